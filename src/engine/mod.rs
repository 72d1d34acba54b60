//! Embedding: the engine, sessions, drivers and conversions. This is acoro's public face for Rust programs.
//!
//! An [`Engine`] holds what never changes: host functions, limits, capabilities. A [`Session`] is one running world. It can be driven in
//! three ways: [`Session::run`] blocks, [`Session::run_async`] is a future, and [`Session::poll`] is for those who have a loop of their own.

mod builder;
mod convert;
mod data;
mod drive;
mod error;
mod function;
mod modules;
#[cfg(feature = "network")]
mod network;
mod operations;
mod report;
mod saved;
mod script;
mod serde_data;
mod serde_read;
mod serde_write;
mod session;
pub(crate) mod system;

pub use builder::{Engine, EngineBuilder, SignalRequest};
pub use convert::{Arguments, FromScript, IntoScript};
pub use data::{Data, MAX_DEPTH};
pub use error::{Error, Exception};
pub use function::{AsyncFunction, SyncFunction};
pub use report::SourceError;
pub use script::Script;
pub use serde_data::Serde;
pub use serde_read::from_data;
pub use serde_write::to_data;
pub use session::{Interrupter, Progress, Session};
