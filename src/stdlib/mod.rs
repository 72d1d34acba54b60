//! The standard modules: a table of names and sources. A module's natives are tables of `Home::Module` in `vm/natives.rs`.

pub(crate) mod contextvars;
pub(crate) mod gc;
pub(crate) mod inspect;
pub(crate) mod math;
mod math_functions;
mod prelude;
pub(crate) mod sys;
pub(crate) mod time;

/// Every module: its name and its part in acoro ("" when it is all native).
static MODULES: &[(&str, &str)] = &[
    ("asyncio", include_str!("asyncio.acoro")),
    ("contextvars", include_str!("contextvars.acoro")),
    ("gc", ""),
    ("inspect", include_str!("inspect.acoro")),
    ("math", include_str!("math.acoro")),
    ("sys", include_str!("sys.acoro")),
    ("time", include_str!("time.acoro")),
    ("types", include_str!("types.acoro")),
];

/// The source of a module.
pub(crate) fn source(name: &str) -> Option<&'static str> {
    MODULES.iter().find(|row| row.0 == name).map(|row| row.1)
}

/// The names of all modules.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|row| row.0)
}

/// Does CPython have a module of this name? Only those that programs import often.
pub(crate) fn is_python_module(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "abc",
        "argparse",
        "array",
        "ast",
        "base64",
        "bisect",
        "calendar",
        "collections",
        "concurrent",
        "contextlib",
        "contextvars",
        "copy",
        "csv",
        "ctypes",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "glob",
        "gc",
        "hashlib",
        "heapq",
        "html",
        "http",
        "importlib",
        "inspect",
        "io",
        "itertools",
        "json",
        "logging",
        "multiprocessing",
        "operator",
        "os",
        "pathlib",
        "pickle",
        "platform",
        "pprint",
        "queue",
        "random",
        "re",
        "select",
        "selectors",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "statistics",
        "string",
        "struct",
        "subprocess",
        "tempfile",
        "textwrap",
        "threading",
        "timeit",
        "traceback",
        "types",
        "typing",
        "unittest",
        "urllib",
        "uuid",
        "warnings",
        "weakref",
        "xml",
        "zlib",
    ];
    KNOWN.contains(&name.split('.').next().unwrap_or(name))
}

/// The prelude as one source.
pub(crate) fn prelude_source() -> String {
    prelude::SOURCES.join("\n")
}
