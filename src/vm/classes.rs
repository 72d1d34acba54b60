//! The classes that exist from the start, by id, with their bases.

#![expect(dead_code, reason = "the table lists the whole tree of exceptions")]

use crate::heap::Id;
use crate::objects::Class;

/// What the table says of a builtin class.
pub(crate) struct BuiltinClass {
    pub(crate) name: &'static str,
    pub(crate) base: Option<Id<Class>>,
    pub(crate) payload: Payload,
    pub(crate) module: &'static str,
}

/// How instances of a builtin class are kept, and so what deriving from it means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    /// Plain `object`: instances have no native part.
    Object,
    /// A native value that a subclass instance keeps in slot 0.
    Value,
    /// An exception.
    Exception,
    /// Can't be derived from.
    Sealed,
}

macro_rules! classes {
    ($($id:ident $name:literal: $base:tt $payload:ident $($module:literal)?;)+) => {
        /// All of them, in id order.
        pub(crate) const CLASSES: &[BuiltinClass] = &[$(BuiltinClass {
            name: $name,
            base: classes!(@base $base),
            payload: Payload::$payload,
            module: classes!(@module $($module)?),
        }),+];
        /// The numbers, counted by the compiler.
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "the names of the constants they number")]
        enum Number { $($id),+ }
        $(pub(crate) const $id: Id<Class> = Id::new(Number::$id as u32);)+
    };
    (@base -) => { None };
    (@base $base:ident) => { Some($base) };
    (@module) => { "builtins" };
    (@module $module:literal) => { $module };
}

classes! {
    OBJECT "object": - Object;
    TYPE "type": OBJECT Sealed;
    NONE_TYPE "NoneType": OBJECT Sealed;
    NOT_IMPLEMENTED_TYPE "NotImplementedType": OBJECT Sealed;
    ELLIPSIS "ellipsis": OBJECT Sealed;
    INT "int": OBJECT Value;
    BOOL "bool": INT Sealed;
    FLOAT "float": OBJECT Value;
    STR "str": OBJECT Value;
    BYTES "bytes": OBJECT Value;
    BYTEARRAY "bytearray": OBJECT Value;
    LIST "list": OBJECT Value;
    TUPLE "tuple": OBJECT Value;
    DICT "dict": OBJECT Value;
    SET "set": OBJECT Value;
    FROZENSET "frozenset": OBJECT Value;
    RANGE "range": OBJECT Sealed;
    SLICE "slice": OBJECT Sealed;
    CELL "cell": OBJECT Sealed;
    FUNCTION "function": OBJECT Sealed;
    BUILTIN_FUNCTION "builtin_function_or_method": OBJECT Sealed;
    METHOD "method": OBJECT Sealed;
    MODULE "module": OBJECT Sealed;
    GENERATOR "generator": OBJECT Sealed;
    COROUTINE "coroutine": OBJECT Sealed;
    ASYNC_GENERATOR "async_generator": OBJECT Sealed;
    ASYNC_GENERATOR_ASEND "async_generator_asend": OBJECT Sealed;
    COROUTINE_WRAPPER "coroutine_wrapper": OBJECT Sealed;
    FUTURE_ITER "FutureIter": OBJECT Sealed "_asyncio";
    DICT_KEYS "dict_keys": OBJECT Sealed;
    DICT_VALUES "dict_values": OBJECT Sealed;
    DICT_ITEMS "dict_items": OBJECT Sealed;
    PROPERTY "property": OBJECT Value;
    STATICMETHOD "staticmethod": OBJECT Sealed;
    CLASSMETHOD "classmethod": OBJECT Sealed;
    SUPER "super": OBJECT Sealed;
    GENERIC_ALIAS "GenericAlias": OBJECT Sealed "types";
    TRACEBACK "traceback": OBJECT Sealed;
    LIST_ITERATOR "list_iterator": OBJECT Sealed;
    LIST_REVERSEITERATOR "list_reverseiterator": OBJECT Sealed;
    TUPLE_ITERATOR "tuple_iterator": OBJECT Sealed;
    STR_ITERATOR "str_iterator": OBJECT Sealed;
    STR_ASCII_ITERATOR "str_ascii_iterator": OBJECT Sealed;
    BYTES_ITERATOR "bytes_iterator": OBJECT Sealed;
    BYTEARRAY_ITERATOR "bytearray_iterator": OBJECT Sealed;
    RANGE_ITERATOR "range_iterator": OBJECT Sealed;
    LONGRANGE_ITERATOR "longrange_iterator": OBJECT Sealed;
    DICT_KEYITERATOR "dict_keyiterator": OBJECT Sealed;
    DICT_VALUEITERATOR "dict_valueiterator": OBJECT Sealed;
    DICT_ITEMITERATOR "dict_itemiterator": OBJECT Sealed;
    DICT_REVERSEKEYITERATOR "dict_reversekeyiterator": OBJECT Sealed;
    DICT_REVERSEVALUEITERATOR "dict_reversevalueiterator": OBJECT Sealed;
    DICT_REVERSEITEMITERATOR "dict_reverseitemiterator": OBJECT Sealed;
    SET_ITERATOR "set_iterator": OBJECT Sealed;
    ITERATOR "iterator": OBJECT Sealed;
    CALLABLE_ITERATOR "callable_iterator": OBJECT Sealed;
    ENUMERATE "enumerate": OBJECT Value;
    ZIP "zip": OBJECT Value;
    MAP "map": OBJECT Value;
    FILTER "filter": OBJECT Value;
    REVERSED "reversed": OBJECT Value;
    ABSTRACT_EVENT_LOOP "AbstractEventLoop": OBJECT Object "asyncio.events";
    EVENT_LOOP "_UnixSelectorEventLoop": ABSTRACT_EVENT_LOOP Value "asyncio.unix_events";
    FUTURE "Future": OBJECT Value "_asyncio";
    TASK "Task": FUTURE Value "_asyncio";
    HANDLE "Handle": OBJECT Sealed "asyncio.events";
    TIMER_HANDLE "TimerHandle": HANDLE Sealed "asyncio.events";
    BASE_EXCEPTION "BaseException": OBJECT Exception;
    SYSTEM_EXIT "SystemExit": BASE_EXCEPTION Exception;
    KEYBOARD_INTERRUPT "KeyboardInterrupt": BASE_EXCEPTION Exception;
    GENERATOR_EXIT "GeneratorExit": BASE_EXCEPTION Exception;
    CANCELLED_ERROR "CancelledError": BASE_EXCEPTION Exception "asyncio.exceptions";
    UNSUPPORTED_ERROR "UnsupportedError": BASE_EXCEPTION Exception "acoro";
    BASE_EXCEPTION_GROUP "BaseExceptionGroup": BASE_EXCEPTION Exception;
    EXCEPTION "Exception": BASE_EXCEPTION Exception;
    EXCEPTION_GROUP "ExceptionGroup": BASE_EXCEPTION_GROUP Exception;
    STOP_ITERATION "StopIteration": EXCEPTION Exception;
    STOP_ASYNC_ITERATION "StopAsyncIteration": EXCEPTION Exception;
    ARITHMETIC_ERROR "ArithmeticError": EXCEPTION Exception;
    FLOATING_POINT_ERROR "FloatingPointError": ARITHMETIC_ERROR Exception;
    OVERFLOW_ERROR "OverflowError": ARITHMETIC_ERROR Exception;
    ZERO_DIVISION_ERROR "ZeroDivisionError": ARITHMETIC_ERROR Exception;
    ASSERTION_ERROR "AssertionError": EXCEPTION Exception;
    ATTRIBUTE_ERROR "AttributeError": EXCEPTION Exception;
    BUFFER_ERROR "BufferError": EXCEPTION Exception;
    EOF_ERROR "EOFError": EXCEPTION Exception;
    IMPORT_ERROR "ImportError": EXCEPTION Exception;
    MODULE_NOT_FOUND_ERROR "ModuleNotFoundError": IMPORT_ERROR Exception;
    LOOKUP_ERROR "LookupError": EXCEPTION Exception;
    INDEX_ERROR "IndexError": LOOKUP_ERROR Exception;
    KEY_ERROR "KeyError": LOOKUP_ERROR Exception;
    MEMORY_ERROR "MemoryError": EXCEPTION Exception;
    NAME_ERROR "NameError": EXCEPTION Exception;
    UNBOUND_LOCAL_ERROR "UnboundLocalError": NAME_ERROR Exception;
    OS_ERROR "OSError": EXCEPTION Exception;
    BLOCKING_IO_ERROR "BlockingIOError": OS_ERROR Exception;
    CHILD_PROCESS_ERROR "ChildProcessError": OS_ERROR Exception;
    CONNECTION_ERROR "ConnectionError": OS_ERROR Exception;
    BROKEN_PIPE_ERROR "BrokenPipeError": CONNECTION_ERROR Exception;
    CONNECTION_ABORTED_ERROR "ConnectionAbortedError": CONNECTION_ERROR Exception;
    CONNECTION_REFUSED_ERROR "ConnectionRefusedError": CONNECTION_ERROR Exception;
    CONNECTION_RESET_ERROR "ConnectionResetError": CONNECTION_ERROR Exception;
    FILE_EXISTS_ERROR "FileExistsError": OS_ERROR Exception;
    FILE_NOT_FOUND_ERROR "FileNotFoundError": OS_ERROR Exception;
    INTERRUPTED_ERROR "InterruptedError": OS_ERROR Exception;
    IS_A_DIRECTORY_ERROR "IsADirectoryError": OS_ERROR Exception;
    NOT_A_DIRECTORY_ERROR "NotADirectoryError": OS_ERROR Exception;
    PERMISSION_ERROR "PermissionError": OS_ERROR Exception;
    PROCESS_LOOKUP_ERROR "ProcessLookupError": OS_ERROR Exception;
    TIMEOUT_ERROR "TimeoutError": OS_ERROR Exception;
    REFERENCE_ERROR "ReferenceError": EXCEPTION Exception;
    RUNTIME_ERROR "RuntimeError": EXCEPTION Exception;
    NOT_IMPLEMENTED_ERROR "NotImplementedError": RUNTIME_ERROR Exception;
    RECURSION_ERROR "RecursionError": RUNTIME_ERROR Exception;
    PYTHON_FINALIZATION_ERROR "PythonFinalizationError": RUNTIME_ERROR Exception;
    SYNTAX_ERROR "SyntaxError": EXCEPTION Exception;
    INDENTATION_ERROR "IndentationError": SYNTAX_ERROR Exception;
    TAB_ERROR "TabError": INDENTATION_ERROR Exception;
    SYSTEM_ERROR "SystemError": EXCEPTION Exception;
    TYPE_ERROR "TypeError": EXCEPTION Exception;
    VALUE_ERROR "ValueError": EXCEPTION Exception;
    UNICODE_ERROR "UnicodeError": VALUE_ERROR Exception;
    UNICODE_DECODE_ERROR "UnicodeDecodeError": UNICODE_ERROR Exception;
    UNICODE_ENCODE_ERROR "UnicodeEncodeError": UNICODE_ERROR Exception;
    UNICODE_TRANSLATE_ERROR "UnicodeTranslateError": UNICODE_ERROR Exception;
    WARNING "Warning": EXCEPTION Exception;
    DEPRECATION_WARNING "DeprecationWarning": WARNING Exception;
    PENDING_DEPRECATION_WARNING "PendingDeprecationWarning": WARNING Exception;
    RUNTIME_WARNING "RuntimeWarning": WARNING Exception;
    SYNTAX_WARNING "SyntaxWarning": WARNING Exception;
    USER_WARNING "UserWarning": WARNING Exception;
    FUTURE_WARNING "FutureWarning": WARNING Exception;
    IMPORT_WARNING "ImportWarning": WARNING Exception;
    UNICODE_WARNING "UnicodeWarning": WARNING Exception;
    BYTES_WARNING "BytesWarning": WARNING Exception;
    RESOURCE_WARNING "ResourceWarning": WARNING Exception;
    ENCODING_WARNING "EncodingWarning": WARNING Exception;
    INVALID_STATE_ERROR "InvalidStateError": EXCEPTION Exception "asyncio.exceptions";
    QUEUE_EMPTY "QueueEmpty": EXCEPTION Exception "asyncio.queues";
    QUEUE_FULL "QueueFull": EXCEPTION Exception "asyncio.queues";
    QUEUE_SHUT_DOWN "QueueShutDown": EXCEPTION Exception "asyncio.queues";
    LOCK "Lock": OBJECT Value "asyncio.locks";
    EVENT "Event": OBJECT Value "asyncio.locks";
    SEMAPHORE "Semaphore": OBJECT Value "asyncio.locks";
    BOUNDED_SEMAPHORE "BoundedSemaphore": SEMAPHORE Value "asyncio.locks";
    QUEUE "Queue": OBJECT Value "asyncio.queues";
    LIFO_QUEUE "LifoQueue": QUEUE Value "asyncio.queues";
    ASYNC_GENERATOR_ATHROW "async_generator_athrow": OBJECT Sealed;
    ANEXT_AWAITABLE "anext_awaitable": OBJECT Sealed;
    GATHERING_FUTURE "_GatheringFuture": FUTURE Sealed "asyncio.tasks";
    METHOD_DESCRIPTOR "method_descriptor": OBJECT Sealed;
    WRAPPER_DESCRIPTOR "wrapper_descriptor": OBJECT Sealed;
    METHOD_WRAPPER "method-wrapper": OBJECT Sealed;
    THREAD_LOCK "lock": OBJECT Sealed "_thread";
    THREAD_RLOCK "RLock": OBJECT Value "_thread";
}
