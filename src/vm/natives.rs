//! The tables of natives: module functions and builtin types' methods. A native's number is its table and its row, so
//! that it means the same in every process of the same build.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::classes;
use super::native::{NativeFn, Quick};
use crate::event_loop;
use crate::heap::{Id, NativeId};
use crate::objects::{
    Class, annotations, big_range, bytes, bytes_methods, codecs, container_specials, dict_access,
    dict_methods, exception_methods, float, generator_methods, generic_alias, hashing, int,
    iter_builtins, iter_copy, list_methods, number_builtins, object_methods, percent, print,
    reductions, sequence_methods, set_methods, sorting, str_methods, str_search, str_template,
    truth, value_specials,
};

/// Where a table's functions go.
#[derive(Clone, Copy)]
pub(crate) enum Home {
    /// Attributes of a builtin class.
    Class(Id<Class>),
    /// Class methods of a builtin class: `dict.fromkeys` gets the class as first argument.
    ClassMethods(Id<Class>),
    /// Static methods of a builtin class: `str.maketrans`.
    StaticMethods(Id<Class>),
    /// Builtin functions.
    Builtins,
    /// Builtins that only embedded sources see.
    Prelude,
    /// Functions of a module; the module's own code makes them public.
    Module(&'static str),
}

/// All tables.
pub(crate) fn tables() -> &'static [(Home, &'static [NativeFn])] {
    TABLES
}

static TABLES: &[(Home, &[NativeFn])] = &[
    (Home::Prelude, super::host::PRELUDE),
    (Home::Builtins, truth::BUILTINS),
    (Home::Builtins, hashing::BUILTINS),
    (Home::Builtins, iter_builtins::BUILTINS),
    (Home::Builtins, sorting::BUILTINS),
    (Home::Builtins, reductions::BUILTINS),
    (Home::Prelude, big_range::PRELUDE),
    (Home::Prelude, truth::PRELUDE),
    (Home::Prelude, hashing::PRELUDE),
    (Home::Prelude, iter_builtins::PRELUDE),
    (Home::Prelude, sorting::PRELUDE),
    (Home::Prelude, reductions::PRELUDE),
    (Home::Prelude, dict_access::PRELUDE),
    (Home::Prelude, dict_methods::PRELUDE),
    (Home::Prelude, set_methods::PRELUDE),
    (Home::Prelude, list_methods::PRELUDE),
    (Home::Prelude, sequence_methods::PRELUDE),
    (Home::Class(classes::LIST), list_methods::LIST),
    (Home::Class(classes::LIST), container_specials::SIZED),
    (Home::Class(classes::LIST), container_specials::EQUALITY),
    (Home::Class(classes::LIST), container_specials::ORDER),
    (Home::Class(classes::LIST), container_specials::SUBSCRIPT),
    (
        Home::Class(classes::LIST),
        container_specials::MUTABLE_SUBSCRIPT,
    ),
    (Home::Class(classes::LIST), container_specials::REVERSED),
    (
        Home::Class(classes::LIST),
        container_specials::CONCATENATION,
    ),
    (
        Home::Class(classes::LIST),
        container_specials::CONCATENATION_IN_PLACE,
    ),
    (Home::Class(classes::TUPLE), sequence_methods::TUPLE),
    (Home::Class(classes::TUPLE), container_specials::SIZED),
    (Home::Class(classes::TUPLE), container_specials::EQUALITY),
    (Home::Class(classes::TUPLE), container_specials::ORDER),
    (Home::Class(classes::TUPLE), container_specials::HASH),
    (Home::Class(classes::TUPLE), container_specials::SUBSCRIPT),
    (
        Home::Class(classes::TUPLE),
        container_specials::CONCATENATION,
    ),
    (Home::Class(classes::DICT), dict_methods::DICT),
    (Home::Class(classes::DICT), container_specials::SIZED),
    (Home::Class(classes::DICT), container_specials::EQUALITY),
    (Home::Class(classes::DICT), container_specials::SUBSCRIPT),
    (
        Home::Class(classes::DICT),
        container_specials::MUTABLE_SUBSCRIPT,
    ),
    (Home::Class(classes::DICT), container_specials::REVERSED),
    (Home::Class(classes::DICT), container_specials::UNION),
    (
        Home::Class(classes::DICT),
        container_specials::UNION_IN_PLACE,
    ),
    (
        Home::ClassMethods(classes::DICT),
        dict_methods::DICT_CLASS_METHODS,
    ),
    (Home::Class(classes::SET), set_methods::SET),
    (Home::Class(classes::SET), set_methods::COMMON),
    (Home::Class(classes::SET), container_specials::SIZED),
    (Home::Class(classes::SET), container_specials::EQUALITY),
    (Home::Class(classes::SET), container_specials::ORDER),
    (Home::Class(classes::SET), container_specials::UNION),
    (Home::Class(classes::SET), container_specials::SET_OPERATORS),
    (
        Home::Class(classes::SET),
        container_specials::SET_OPERATORS_IN_PLACE,
    ),
    (Home::Class(classes::FROZENSET), set_methods::FROZENSET),
    (Home::Class(classes::FROZENSET), set_methods::COMMON),
    (Home::Class(classes::FROZENSET), container_specials::SIZED),
    (
        Home::Class(classes::FROZENSET),
        container_specials::EQUALITY,
    ),
    (Home::Class(classes::FROZENSET), container_specials::ORDER),
    (Home::Class(classes::FROZENSET), container_specials::HASH),
    (Home::Class(classes::FROZENSET), container_specials::UNION),
    (
        Home::Class(classes::FROZENSET),
        container_specials::SET_OPERATORS,
    ),
    (Home::Class(classes::RANGE), sequence_methods::RANGE),
    (Home::Class(classes::RANGE), container_specials::SIZED),
    (Home::Class(classes::RANGE), container_specials::EQUALITY),
    (Home::Class(classes::RANGE), container_specials::HASH),
    (Home::Class(classes::RANGE), container_specials::SUBSCRIPT),
    (Home::Class(classes::RANGE), container_specials::REVERSED),
    (Home::Class(classes::SLICE), sequence_methods::SLICE),
    (Home::Class(classes::SLICE), container_specials::EQUALITY),
    (Home::Class(classes::SLICE), container_specials::HASH),
    (Home::Class(classes::DICT_KEYS), dict_methods::SET_VIEW),
    (Home::Class(classes::DICT_KEYS), container_specials::SIZED),
    (
        Home::Class(classes::DICT_KEYS),
        container_specials::EQUALITY,
    ),
    (Home::Class(classes::DICT_KEYS), container_specials::ORDER),
    (
        Home::Class(classes::DICT_KEYS),
        container_specials::REVERSED,
    ),
    (Home::Class(classes::DICT_KEYS), container_specials::UNION),
    (
        Home::Class(classes::DICT_KEYS),
        container_specials::SET_OPERATORS,
    ),
    (Home::Class(classes::DICT_ITEMS), dict_methods::SET_VIEW),
    (Home::Class(classes::DICT_ITEMS), container_specials::SIZED),
    (
        Home::Class(classes::DICT_ITEMS),
        container_specials::EQUALITY,
    ),
    (Home::Class(classes::DICT_ITEMS), container_specials::ORDER),
    (
        Home::Class(classes::DICT_ITEMS),
        container_specials::REVERSED,
    ),
    (Home::Class(classes::DICT_ITEMS), container_specials::UNION),
    (
        Home::Class(classes::DICT_ITEMS),
        container_specials::SET_OPERATORS,
    ),
    (Home::Class(classes::DICT_VALUES), container_specials::SIZED),
    (
        Home::Class(classes::DICT_VALUES),
        container_specials::REVERSED,
    ),
    (Home::Class(classes::STR), container_specials::SIZED),
    (Home::Class(classes::STR), container_specials::EQUALITY),
    (Home::Class(classes::STR), container_specials::ORDER),
    (Home::Class(classes::STR), container_specials::SUBSCRIPT),
    (Home::Class(classes::BYTES), container_specials::SIZED),
    (Home::Class(classes::BYTES), container_specials::EQUALITY),
    (Home::Class(classes::BYTES), container_specials::ORDER),
    (Home::Class(classes::BYTES), container_specials::SUBSCRIPT),
    (Home::Class(classes::BYTEARRAY), container_specials::SIZED),
    (
        Home::Class(classes::BYTEARRAY),
        container_specials::EQUALITY,
    ),
    (Home::Class(classes::BYTEARRAY), container_specials::ORDER),
    (
        Home::Class(classes::BYTEARRAY),
        container_specials::SUBSCRIPT,
    ),
    (Home::Class(classes::STR), container_specials::HASH),
    (Home::Class(classes::BYTES), container_specials::HASH),
    (
        Home::Class(classes::BYTEARRAY),
        container_specials::MUTABLE_SUBSCRIPT,
    ),
    (
        Home::ClassMethods(classes::LIST),
        container_specials::GENERIC,
    ),
    (
        Home::ClassMethods(classes::TUPLE),
        container_specials::GENERIC,
    ),
    (
        Home::ClassMethods(classes::DICT),
        container_specials::GENERIC,
    ),
    (
        Home::ClassMethods(classes::SET),
        container_specials::GENERIC,
    ),
    (
        Home::ClassMethods(classes::FROZENSET),
        container_specials::GENERIC,
    ),
    (Home::Class(classes::ENUMERATE), iter_builtins::ENUMERATE),
    (Home::Class(classes::ZIP), iter_builtins::ZIP),
    (Home::Class(classes::MAP), iter_builtins::MAP),
    (Home::Class(classes::FILTER), iter_builtins::FILTER),
    (Home::Class(classes::REVERSED), iter_builtins::REVERSED),
    (
        Home::Class(classes::LIST_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::LIST_REVERSEITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::TUPLE_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::STR_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::STR_ASCII_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::BYTES_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::BYTEARRAY_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::RANGE_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::LONGRANGE_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::DICT_KEYITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::DICT_VALUEITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::DICT_ITEMITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::DICT_REVERSEKEYITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::DICT_REVERSEVALUEITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::DICT_REVERSEITEMITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::SET_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::CALLABLE_ITERATOR),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::ENUMERATE),
        iter_builtins::ITERATOR_METHODS,
    ),
    (Home::Class(classes::ZIP), iter_builtins::ITERATOR_METHODS),
    (Home::Class(classes::MAP), iter_builtins::ITERATOR_METHODS),
    (
        Home::Class(classes::FILTER),
        iter_builtins::ITERATOR_METHODS,
    ),
    (
        Home::Class(classes::REVERSED),
        iter_builtins::ITERATOR_METHODS,
    ),
    (Home::Class(classes::OBJECT), object_methods::OBJECT),
    (
        Home::ClassMethods(classes::OBJECT),
        object_methods::OBJECT_CLASS,
    ),
    (Home::Class(classes::TYPE), object_methods::TYPE),
    (Home::Builtins, object_methods::BUILTINS),
    (Home::Prelude, object_methods::PRELUDE),
    (Home::Class(classes::PROPERTY), object_methods::PROPERTY),
    (
        Home::Class(classes::STATICMETHOD),
        object_methods::STATIC_METHOD,
    ),
    (
        Home::Class(classes::CLASSMETHOD),
        object_methods::CLASS_METHOD,
    ),
    (Home::Class(classes::SUPER), object_methods::SUPER),
    (Home::Class(classes::FUNCTION), object_methods::FUNCTION),
    (Home::Class(classes::METHOD), object_methods::METHOD),
    (Home::Class(classes::GENERIC_ALIAS), generic_alias::NATIVES),
    (
        Home::Class(classes::BASE_EXCEPTION),
        exception_methods::METHODS,
    ),
    (
        Home::Class(classes::BASE_EXCEPTION_GROUP),
        exception_methods::GROUP_METHODS,
    ),
    (Home::Builtins, generator_methods::BUILTINS),
    (Home::Prelude, generator_methods::PRELUDE),
    (
        Home::Class(classes::GENERATOR),
        generator_methods::GENERATOR,
    ),
    (
        Home::Class(classes::COROUTINE),
        generator_methods::COROUTINE,
    ),
    (
        Home::Class(classes::ASYNC_GENERATOR),
        generator_methods::ASYNC_GENERATOR,
    ),
    (Home::Builtins, print::BUILTINS),
    (Home::Prelude, print::PRELUDE),
    (Home::Builtins, number_builtins::BUILTINS),
    (Home::Class(classes::INT), int::METHODS),
    (Home::ClassMethods(classes::INT), int::CLASS_METHODS),
    (Home::Class(classes::BOOL), int::BOOL_METHODS),
    (Home::Class(classes::FLOAT), float::METHODS),
    (Home::ClassMethods(classes::FLOAT), float::CLASS_METHODS),
    (Home::Class(classes::STR), str_methods::METHODS),
    (Home::Class(classes::INT), value_specials::INT),
    (Home::Class(classes::FLOAT), value_specials::FLOAT),
    (Home::Class(classes::STR), value_specials::STR),
    (Home::Class(classes::BYTES), value_specials::BYTES),
    (Home::Class(classes::BYTEARRAY), value_specials::BYTEARRAY),
    (Home::Prelude, percent::PRELUDE),
    (Home::Prelude, str_template::PRELUDE),
    (Home::Prelude, bytes::PRELUDE),
    (Home::Class(classes::STR), str_search::METHODS),
    (Home::Class(classes::STR), str_template::METHODS),
    (Home::Class(classes::STR), codecs::STR_METHODS),
    (
        Home::StaticMethods(classes::STR),
        str_search::STATIC_METHODS,
    ),
    (Home::Class(classes::BYTES), bytes::BYTES),
    (Home::Class(classes::BYTES), codecs::BYTES_METHODS),
    (Home::Class(classes::BYTES), bytes_methods::METHODS),
    (
        Home::StaticMethods(classes::BYTES),
        bytes_methods::STATIC_METHODS,
    ),
    (Home::Class(classes::BYTEARRAY), bytes_methods::METHODS),
    (
        Home::StaticMethods(classes::BYTEARRAY),
        bytes_methods::STATIC_METHODS,
    ),
    (Home::ClassMethods(classes::BYTES), bytes::CLASS_METHODS),
    (Home::Class(classes::BYTEARRAY), bytes::BYTEARRAY),
    (Home::Class(classes::BYTEARRAY), codecs::BYTES_METHODS),
    (Home::ClassMethods(classes::BYTEARRAY), bytes::CLASS_METHODS),
    (Home::Module("sys"), crate::stdlib::sys::NATIVES),
    (Home::Module("asyncio"), event_loop::functions::MODULE),
    (Home::Module("asyncio"), event_loop::report::MODULE),
    (Home::Module("asyncio"), event_loop::graph::NATIVES),
    (Home::Prelude, event_loop::functions::PRELUDE),
    (Home::Prelude, event_loop::queue::PRELUDE),
    (
        Home::Class(classes::EVENT_LOOP),
        event_loop::loop_methods::LOOP,
    ),
    (
        Home::Class(classes::ABSTRACT_EVENT_LOOP),
        event_loop::loop_object::ABSTRACT,
    ),
    (
        Home::Class(classes::HANDLE),
        event_loop::loop_methods::HANDLE,
    ),
    (
        Home::Class(classes::TIMER_HANDLE),
        event_loop::loop_methods::TIMER_HANDLE,
    ),
    (
        Home::Class(classes::FUTURE),
        event_loop::future_methods::FUTURE,
    ),
    (Home::Class(classes::TASK), event_loop::future_methods::TASK),
    (Home::Class(classes::LOCK), event_loop::lock::LOCK),
    (Home::Class(classes::EVENT), event_loop::lock::EVENT),
    (Home::Class(classes::SEMAPHORE), event_loop::lock::SEMAPHORE),
    (
        Home::Class(classes::BOUNDED_SEMAPHORE),
        event_loop::lock::BOUNDED_SEMAPHORE,
    ),
    (Home::Class(classes::QUEUE), event_loop::queue::QUEUE),
    (
        Home::Class(classes::LIFO_QUEUE),
        event_loop::queue::LIFO_QUEUE,
    ),
    (
        Home::Class(classes::ASYNC_GENERATOR_ASEND),
        generator_methods::STEP,
    ),
    (
        Home::Class(classes::ASYNC_GENERATOR_ATHROW),
        generator_methods::STEP,
    ),
    (
        Home::Class(classes::ANEXT_AWAITABLE),
        generator_methods::STEP,
    ),
    (
        Home::Class(classes::ASYNC_GENERATOR_ASEND),
        generator_methods::AWAITABLE_STEP,
    ),
    (
        Home::Class(classes::ASYNC_GENERATOR_ATHROW),
        generator_methods::AWAITABLE_STEP,
    ),
    (
        Home::Class(classes::ANEXT_AWAITABLE),
        generator_methods::AWAITABLE_STEP,
    ),
    (
        Home::Class(classes::COROUTINE_WRAPPER),
        generator_methods::STEP,
    ),
    (Home::Class(classes::FUTURE_ITER), generator_methods::STEP),
    (Home::Module("time"), crate::stdlib::time::NATIVES),
    (
        Home::Module("contextvars"),
        crate::stdlib::contextvars::NATIVES,
    ),
    (Home::Module("gc"), crate::stdlib::gc::NATIVES),
    (Home::Module("inspect"), crate::stdlib::inspect::NATIVES),
    (Home::Module("math"), crate::stdlib::math::FLOAT_FUNCTIONS),
    (Home::Module("math"), crate::stdlib::math::FUNCTIONS),
    (Home::Class(classes::LIST), value_specials::REPR),
    (Home::Class(classes::TUPLE), value_specials::REPR),
    (Home::Class(classes::DICT), value_specials::REPR),
    (Home::Class(classes::SET), value_specials::REPR),
    (Home::Class(classes::FROZENSET), value_specials::REPR),
    (Home::Class(classes::RANGE), value_specials::REPR),
    (Home::Class(classes::SLICE), value_specials::REPR),
    (Home::Class(classes::NONE_TYPE), value_specials::REPR),
    (
        Home::Class(classes::NOT_IMPLEMENTED_TYPE),
        value_specials::REPR,
    ),
    (Home::Class(classes::ELLIPSIS), value_specials::REPR),
    (Home::Class(classes::TYPE), value_specials::REPR),
    (Home::Class(classes::FUNCTION), value_specials::REPR),
    (Home::Class(classes::METHOD), value_specials::REPR),
    (Home::Class(classes::BUILTIN_FUNCTION), value_specials::REPR),
    (Home::Class(classes::MODULE), value_specials::REPR),
    (Home::Class(classes::GENERATOR), value_specials::REPR),
    (Home::Class(classes::COROUTINE), value_specials::REPR),
    (Home::Class(classes::ASYNC_GENERATOR), value_specials::REPR),
    (Home::Class(classes::DICT_KEYS), value_specials::REPR),
    (Home::Class(classes::DICT_VALUES), value_specials::REPR),
    (Home::Class(classes::DICT_ITEMS), value_specials::REPR),
    (Home::Class(classes::GENERIC_ALIAS), value_specials::REPR),
    (Home::Class(classes::STATICMETHOD), value_specials::REPR),
    (Home::Class(classes::CLASSMETHOD), value_specials::REPR),
    (Home::Class(classes::SUPER), value_specials::REPR),
    (Home::Prelude, super::import::PRELUDE),
    (Home::Module("importlib"), super::import::NATIVES),
    (Home::Module("_thread"), crate::stdlib::thread::NATIVES),
    (
        Home::ClassMethods(classes::QUEUE),
        container_specials::GENERIC,
    ),
    (
        Home::ClassMethods(classes::FUTURE),
        container_specials::GENERIC,
    ),
    (
        Home::Class(classes::THREAD_LOCK),
        crate::stdlib::thread::LOCK,
    ),
    (
        Home::Class(classes::THREAD_RLOCK),
        crate::stdlib::thread::LOCK,
    ),
    (
        Home::Class(classes::THREAD_RLOCK),
        crate::stdlib::thread::RLOCK,
    ),
    (Home::Module("random"), crate::stdlib::random::NATIVES),
    (Home::Module("random"), crate::stdlib::system::NATIVES),
    (Home::Module("hashlib"), crate::stdlib::hashlib::NATIVES),
    (Home::Module("json"), crate::stdlib::json::NATIVES),
    (Home::Module("re"), crate::stdlib::re::NATIVES),
    (Home::Module("os"), crate::stdlib::system::NATIVES),
    (
        Home::Module("asyncio.selector_events"),
        crate::stdlib::system::NATIVES,
    ),
    (Home::Module("traceback"), crate::stdlib::traceback::NATIVES),
    (Home::Module("signal"), crate::stdlib::signal::NATIVES),
    (Home::Module("uuid"), crate::stdlib::system::NATIVES),
    (Home::Module("binascii"), crate::stdlib::hashlib::NATIVES),
    (Home::Module("itertools"), iter_builtins::ITERTOOLS),
    (Home::Module("copy"), iter_copy::NATIVES),
    (Home::Module("dataclasses"), crate::stdlib::define::NATIVES),
    (Home::Module("collections"), crate::stdlib::define::NATIVES),
    (Home::Module("heapq"), crate::stdlib::heapq::NATIVES),
    (Home::Module("itertools"), crate::stdlib::itertools::NATIVES),
    (Home::Module("functools"), crate::stdlib::functools::NATIVES),
    (Home::Module("struct"), crate::stdlib::structs::NATIVES),
    (Home::Module("collections"), iter_builtins::ITERTOOLS),
    (Home::Module("types"), crate::stdlib::inspect::TYPES),
    (Home::Module("collections"), crate::stdlib::sys::CALLER),
    (Home::Module("enum"), crate::stdlib::sys::CALLER),
    (Home::Module("datetime"), crate::stdlib::datetime::NATIVES),
    (
        Home::Class(classes::BUILTIN_FUNCTION),
        object_methods::BUILTIN_FUNCTION,
    ),
    (Home::Prelude, annotations::PRELUDE),
    (Home::Class(classes::MODULE), object_methods::MODULE),
    (Home::Module("functools"), annotations::NATIVES),
    (Home::Module("dataclasses"), annotations::NATIVES),
    (Home::Module("typing"), annotations::NATIVES),
    (Home::Module("_typing"), generic_alias::PRELUDE),
    (Home::Module("_typing"), crate::stdlib::sys::CALLER),
    (Home::Module("_collections"), crate::stdlib::deque::NATIVES),
    (Home::Prelude, crate::objects::buffer::PRELUDE),
    (Home::Module("binascii"), crate::stdlib::binascii::NATIVES),
    (Home::Prelude, event_loop::own_methods::PRELUDE),
    (Home::Module("_weakref"), crate::stdlib::weakref::NATIVES),
    (Home::Module("dataclasses"), crate::stdlib::sys::CALLER),
    (Home::Module("abc"), super::class_build::ABC),
    (Home::Module("operator"), crate::stdlib::operator::NATIVES),
    (
        Home::Module("collections"),
        crate::stdlib::operator::COUNTING,
    ),
    (Home::Module("operator"), crate::stdlib::operator::OPERATORS),
    (Home::Prelude, event_loop::never_awaited::PRELUDE),
    (Home::Prelude, crate::objects::dict_fill::PRELUDE),
    (Home::Module("enum"), crate::stdlib::enums::NATIVES),
    (
        Home::Module("_collections"),
        crate::stdlib::defaultdict::NATIVES,
    ),
    (Home::Module("asyncio"), event_loop::gather::MODULE),
    (Home::Prelude, event_loop::gather::PRELUDE),
    (
        Home::Module("_memoryview"),
        crate::objects::exports::NATIVES,
    ),
    (Home::Prelude, crate::objects::exports::NATIVES),
    (Home::Module("array"), crate::objects::exports::NATIVES),
    (Home::Module("_frames"), crate::stdlib::traceback::FRAMES),
    (Home::Module("decimal"), crate::stdlib::decimal::NATIVES),
    (Home::Module("bisect"), crate::stdlib::bisect::NATIVES),
    (
        Home::Module("datetime"),
        crate::stdlib::datetime_plain::NATIVES,
    ),
];

/// The row of a native.
pub(crate) fn get(id: NativeId) -> &'static NativeFn {
    &TABLES[(id.0 >> 16) as usize].1[(id.0 & 0xFFFF) as usize]
}

/// `asyncio.sleep`
pub(crate) const PAUSE: NativeId = {
    let (mut table, mut row) = (0, 0);
    loop {
        let rows = TABLES[table].1;
        if row == rows.len() {
            (table, row) = (table + 1, 0);
        } else if let Quick::Pause = rows[row].quick {
            break id(table, row);
        } else {
            row += 1;
        }
    }
};

/// The class whose table a row is in.
pub(crate) fn class_of_row(row: &NativeFn) -> Option<Id<Class>> {
    TABLES.iter().find_map(|&(home, rows)| match home {
        Home::Class(class) if rows.iter().any(|other| std::ptr::eq(other, row)) => Some(class),
        _ => None,
    })
}

/// The module whose table a row is in.
pub(crate) fn module_of_row(row: &NativeFn) -> Option<&'static str> {
    TABLES.iter().find_map(|&(home, rows)| match home {
        Home::Module(module) if rows.iter().any(|other| std::ptr::eq(other, row)) => Some(module),
        _ => None,
    })
}

/// The number of the native whose row this is.
pub(crate) fn id_of_row(row: &NativeFn) -> Option<NativeId> {
    TABLES.iter().enumerate().find_map(|(table, &(_, rows))| {
        let at = rows.iter().position(|other| std::ptr::eq(other, row))?;
        Some(id(table, at))
    })
}

/// The number of a row.
pub(crate) const fn id(table: usize, row: usize) -> NativeId {
    NativeId((table as u32) << 16 | row as u32)
}

/// Is it a method, which binds to the object it is read from? Those of a module are methods of its classes if they have a `self`.
pub(crate) fn binds(id: NativeId) -> bool {
    match TABLES[(id.0 >> 16) as usize].0 {
        Home::Class(_) => true,
        Home::Module(_) => get(id).arity.method,
        Home::ClassMethods(_) | Home::StaticMethods(_) | Home::Builtins | Home::Prelude => false,
    }
}

/// Where a native belongs.
pub(crate) fn home(id: NativeId) -> Home {
    TABLES[(id.0 >> 16) as usize].0
}
