//! The command line: arguments, and what each command does.

mod run;

use std::process::ExitCode;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("run") => run::file(&args.next().unwrap_or_default()),
        Some("-c") => run::text("<string>", &args.next().unwrap_or_default()),
        Some("dis") => run::dis(&args.next().unwrap_or_default()),
        Some("check") => run::check(&args.next().unwrap_or_default()),
        Some(path) => run::file(path),
        None => ExitCode::from(2),
    }
}
