//! acoro: a tiny scripting language with Python's syntax and asyncio's meaning.

pub mod bytecode;
#[cfg(feature = "cli")]
pub mod cli;
pub mod compile;
pub mod diagnostic;
pub mod engine;
pub mod event_loop;
pub mod heap;
pub mod objects;
pub mod source;
pub mod stdlib;
pub mod syntax;
pub mod text;
pub mod vm;

pub use engine::{
    Arguments, AsyncFunction, Data, Engine, EngineBuilder, Error, Exception, FromScript,
    Interrupter, IntoScript, MAX_DEPTH, Progress, Script, Serde, Session, SignalRequest,
    SourceError, SyncFunction, from_data, to_data,
};
pub use vm::Stream;

/// The README's example of a Rust program is run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
