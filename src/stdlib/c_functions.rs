//! Which functions of the modules CPython has in C and this library in acoro. CPython's are no descriptors: stored in a class, they do
//! not become methods. What is native here isn't one either and needs no mention.

use crate::heap::{Id, Value};
use crate::objects::{Cell, Str};
use crate::vm::Vm;

/// Modules and their functions.
const C_FUNCTIONS: &[(&str, &[&str])] = &[
    ("_thread", &["exit", "interrupt_main", "stack_size"]),
    ("abc", &["get_cache_token"]),
    ("atexit", &["register", "unregister"]),
    (
        "binascii",
        &[
            "a2b_base64",
            "a2b_qp",
            "a2b_uu",
            "b2a_base64",
            "b2a_qp",
            "b2a_uu",
            "crc32",
            "crc_hqx",
            "hexlify",
            "unhexlify",
        ],
    ),
    (
        "codecs",
        &[
            "backslashreplace_errors",
            "decode",
            "encode",
            "ignore_errors",
            "lookup",
            "lookup_error",
            "namereplace_errors",
            "register",
            "register_error",
            "replace_errors",
            "strict_errors",
            "unregister",
            "xmlcharrefreplace_errors",
        ],
    ),
    ("contextvars", &["copy_context"]),
    ("decimal", &["getcontext", "localcontext", "setcontext"]),
    ("functools", &["cmp_to_key"]),
    (
        "gc",
        &["disable", "enable", "freeze", "isenabled", "unfreeze"],
    ),
    (
        "hashlib",
        &[
            "md5",
            "pbkdf2_hmac",
            "sha1",
            "sha224",
            "sha256",
            "sha384",
            "sha3_224",
            "sha3_256",
            "sha3_384",
            "sha3_512",
            "sha512",
            "shake_128",
            "shake_256",
        ],
    ),
    (
        "heapq",
        &[
            "heapify",
            "heappop",
            "heappush",
            "heappushpop",
            "heapreplace",
        ],
    ),
    ("itertools", &["tee"]),
    ("math", &["prod", "sumprod"]),
    (
        "operator",
        &[
            "abs",
            "call",
            "concat",
            "contains",
            "countOf",
            "delitem",
            "iconcat",
            "index",
            "indexOf",
            "is_",
            "is_not",
            "length_hint",
            "not_",
            "setitem",
        ],
    ),
    (
        "os",
        &[
            "abort",
            "cpu_count",
            "fspath",
            "getcwd",
            "getlogin",
            "getpid",
            "getppid",
            "kill",
            "strerror",
            "uname",
            "urandom",
        ],
    ),
    ("os.path", &["normpath", "splitroot"]),
    ("secrets", &["compare_digest"]),
    (
        "signal",
        &[
            "alarm",
            "default_int_handler",
            "getitimer",
            "pause",
            "raise_signal",
            "setitimer",
            "siginterrupt",
            "strsignal",
        ],
    ),
    (
        "struct",
        &[
            "calcsize",
            "iter_unpack",
            "pack",
            "pack_into",
            "unpack",
            "unpack_from",
        ],
    ),
    (
        "sys",
        &[
            "excepthook",
            "getdefaultencoding",
            "getrefcount",
            "gettrace",
            "is_finalizing",
            "settrace",
        ],
    ),
    ("threading", &["excepthook", "stack_size"]),
    (
        "time",
        &[
            "asctime",
            "ctime",
            "get_clock_info",
            "gmtime",
            "localtime",
            "mktime",
            "process_time",
            "process_time_ns",
            "strftime",
            "strptime",
            "thread_time",
            "thread_time_ns",
        ],
    ),
    ("warnings", &["warn", "warn_explicit"]),
    ("weakref", &["getweakrefcount", "getweakrefs", "proxy"]),
];

impl Vm {
    /// What a class keeps of a value that is stored in it: such a function without what would make it a method.
    pub(crate) fn class_value(&mut self, value: Value) -> Value {
        if let Value::Function(id) = value {
            let function = &self.heap[id];
            let (module, name) = (function.module, function.name);
            if name == function.qualname && self.is_in_c(module, name) {
                return Value::StaticMethod(self.heap.new_cell(Cell { value }));
            }
        }
        value
    }

    fn is_in_c(&self, module: Id<Str>, name: Id<Str>) -> bool {
        let (module, name) = (self.heap.text(module), self.heap.text(name));
        C_FUNCTIONS
            .iter()
            .any(|&(of, names)| of == module && names.contains(&name))
    }
}
