//! Names the machine knows by id: interned first, in this order, in every heap.

#![expect(
    dead_code,
    reason = "the table lists whole families of special methods"
)]

use crate::heap::{Heap, Id};
use crate::objects::Str;

macro_rules! names {
    ($($name:ident = $text:literal),+ $(,)?) => {
        const TEXTS: &[&str] = &[$($text),+];
        /// The numbers, counted by the compiler.
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "the names of the constants they number")]
        enum Number { $($name),+ }
        $(pub(crate) const $name: Id<Str> = Id::new(Number::$name as u32);)+
    };
}

names! {
    EMPTY = "", INIT = "__init__", NEW = "__new__", REPR = "__repr__", STR = "__str__", EQ = "__eq__", NE = "__ne__",
    LT = "__lt__", LE = "__le__", GT = "__gt__", GE = "__ge__", HASH = "__hash__", BOOL = "__bool__", LEN = "__len__",
    ITER = "__iter__", NEXT = "__next__", CONTAINS = "__contains__", GETITEM = "__getitem__", SETITEM = "__setitem__",
    DELITEM = "__delitem__", GETATTR = "__getattr__", GETATTRIBUTE = "__getattribute__", SETATTR = "__setattr__",
    DELATTR = "__delattr__", CALL = "__call__", GET = "__get__", SET = "__set__", DELETE = "__delete__",
    SET_NAME = "__set_name__", INIT_SUBCLASS = "__init_subclass__", CLASS_GETITEM = "__class_getitem__",
    CLASS_ITER = "__class_iter__", CLASS_LEN = "__class_len__", CLASS_CONTAINS = "__class_contains__",
    CLASS_REVERSED = "__class_reversed__", CLASS_KIND = "__class_kind__", MEMBER_MAP = "_member_map_",
    ENTER = "__enter__", EXIT = "__exit__", AENTER = "__aenter__", AEXIT = "__aexit__", AWAIT = "__await__",
    AITER = "__aiter__", ANEXT = "__anext__", FORMAT = "__format__", INDEX = "__index__", INT = "__int__",
    FLOAT = "__float__", ABS = "__abs__", NEG = "__neg__", POS = "__pos__", INVERT = "__invert__", ROUND = "__round__",
    REVERSED = "__reversed__", BYTES = "__bytes__", DIR = "__dir__", DICT = "__dict__", CLASS = "__class__",
    NAME = "__name__", QUALNAME = "__qualname__", MODULE = "__module__", DOC = "__doc__", SLOTS = "__slots__",
    ANNOTATIONS = "__annotations__", BASES = "__bases__", MRO = "__mro__", ARGS = "args", CAUSE = "__cause__",
    CONTEXT = "__context__", TRACEBACK = "__traceback__", SUPPRESS_CONTEXT = "__suppress_context__", NOTES = "__notes__",
    VALUE = "value", MAIN = "__main__", BUILTINS = "builtins", MATCH_ARGS = "__match_args__", MISSING = "__missing__",
    ABSTRACT = "__isabstractmethod__", INSTANCECHECK = "__instancecheck__", SUBCLASSCHECK = "__subclasscheck__",
    WRAPPED = "__wrapped__", DEFAULTS = "__defaults__", KWDEFAULTS = "__kwdefaults__", CLOSURE = "__closure__",
    CODE = "__code__", SELF = "__self__", FUNC = "__func__", FILE = "__file__", ALL = "__all__", PATH = "__path__",
    ADD = "__add__", RADD = "__radd__", IADD = "__iadd__", SUB = "__sub__", RSUB = "__rsub__", ISUB = "__isub__",
    MUL = "__mul__", RMUL = "__rmul__", IMUL = "__imul__", MATMUL = "__matmul__", RMATMUL = "__rmatmul__",
    IMATMUL = "__imatmul__", TRUEDIV = "__truediv__", RTRUEDIV = "__rtruediv__", ITRUEDIV = "__itruediv__",
    FLOORDIV = "__floordiv__", RFLOORDIV = "__rfloordiv__", IFLOORDIV = "__ifloordiv__", MOD = "__mod__", RMOD = "__rmod__",
    IMOD = "__imod__", POW = "__pow__", RPOW = "__rpow__", IPOW = "__ipow__", LSHIFT = "__lshift__", RLSHIFT = "__rlshift__",
    ILSHIFT = "__ilshift__", RSHIFT = "__rshift__", RRSHIFT = "__rrshift__", IRSHIFT = "__irshift__", AND = "__and__",
    RAND = "__rand__", IAND = "__iand__", OR = "__or__", ROR = "__ror__", IOR = "__ior__", XOR = "__xor__", RXOR = "__rxor__",
    IXOR = "__ixor__", DIVMOD = "__divmod__", RDIVMOD = "__rdivmod__", COPY = "__copy__", DEEPCOPY = "__deepcopy__",
    EXCEPTIONS = "exceptions", MESSAGE = "message", SEND = "send", THROW = "throw", CLOSE = "close", UNDERSCORE = "_",
    ACORO = "acoro", DICT_GET = "get", NAME_ATTRIBUTE = "name", OBJ = "obj", OBJCLASS = "__objclass__", WEAKREF = "__weakref__", SUPER = "super", CLASSCELL = "__classcell__",
    ANNOTATED = "__acoro_annotated__", MAXLEN = "_maxlen", LEFT = "_left", RIGHT = "_right", CHANGES = "_changes",
    RE = "re", STRING = "string", MATCH_POS = "pos", MATCH_ENDPOS = "endpos", SPANS = "_spans",
    CLASS_CALL = "__class_call__", MEMBERS_BY_VALUE = "_value2member_map_", MEMBER_NAME = "_name_",
    DEFAULT_FACTORY = "default_factory", RELEASED = "_released",
}

/// Interns all known names; the heap must be empty.
pub(crate) fn intern_all(heap: &mut Heap) {
    for (at, text) in TEXTS.iter().enumerate() {
        let id = heap.intern(text);
        assert_eq!(
            id.index() as usize,
            at,
            "invariant broken: a known name is listed twice"
        );
    }
}

/// The known names, which the collector keeps.
pub(crate) fn all() -> impl Iterator<Item = Id<Str>> {
    (0..TEXTS.len() as u32).map(Id::new)
}
