//! The `acoro` program. Everything it does is in `acoro::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    acoro::cli::main()
}
