//! `acoro check` and `acoro dis`: what can be said about a source without running it.

use super::{Program, WRONG_USE, output, report};
use crate::engine::{Error, Script};
use std::path::PathBuf;
use std::process::ExitCode;

/// Compiles a program; its errors are reported.
pub(crate) fn load(program: &Program) -> Result<Script, ExitCode> {
    let (name, text) = program.read().map_err(|message| {
        eprintln!("acoro: {message}");
        ExitCode::from(WRONG_USE)
    })?;
    Script::program(&name, &text).map_err(|error| refuse(&error))
}

/// Reports the errors of a source.
pub(crate) fn refuse(error: &Error) -> ExitCode {
    eprint!("{}", report::source_errors(error));
    ExitCode::from(WRONG_USE)
}

/// Reports the errors of all files.
pub(crate) fn check(files: &[PathBuf]) -> ExitCode {
    let mut status = ExitCode::SUCCESS;
    for file in files {
        if let Err(code) = load(&Program::File(file.clone())) {
            status = code;
        }
    }
    status
}

/// Shows a program's bytecode.
pub(crate) fn dis(program: &Program) -> ExitCode {
    match load(program) {
        Ok(script) => output::print(&script.disassemble()),
        Err(code) => code,
    }
}
