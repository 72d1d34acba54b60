//! The prompt.

use std::process::ExitCode;

/// Runs the prompt.
pub(crate) fn repl(_virtual_time: bool) -> ExitCode {
    ExitCode::from(super::WRONG_USE)
}
