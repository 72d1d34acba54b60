//! The sources of the prelude: the part of the builtins that is written in acoro itself, because it calls script code.

/// All of them, compiled as one module.
pub(crate) const SOURCES: &[&str] = &[
    include_str!("prelude_core.acoro"),
    include_str!("prelude_asyncio.acoro"),
    include_str!("prelude_values.acoro"),
    include_str!("prelude_containers.acoro"),
    include_str!("prelude_engine.acoro"),
];
