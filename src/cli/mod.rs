//! The command line: what the arguments mean. Each command has a file of its own.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

mod check;
mod input;
mod output;
mod repl;
mod report;
mod run;
mod signals;
mod stdin;
mod test;

use crate::engine::system::name_text;
use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// The exit status for wrong use and for errors of the source.
const WRONG_USE: u8 = 2;

const HELP: &str = "\
acoro runs a small scripting language: Python's syntax, asyncio's meaning.

Usage:
  acoro [run] [OPTIONS] FILE [ARGS…]     run a program; ARGS are its sys.argv[1:]
  acoro [run] [OPTIONS] -c CODE [ARGS…]  run a program given as text
  acoro [run] [OPTIONS] - [ARGS…]        run a program from standard input
  acoro check FILE…                      report all errors of the sources, and run nothing
  acoro dis FILE                         show a program's bytecode
  acoro test [OPTIONS] [PATH…]           run the tests of test_*.acoro and test_*.py files
  acoro                                  the prompt: type code, see what it does

Options:
      --virtual-time  time stands still while code runs, and jumps to the next deadline
                      when nothing is ready: a program that sleeps an hour ends at once
      --debug         event loops in debug mode, as with PYTHONASYNCIODEBUG=1: they say where
                      tasks and handles were made, and which callbacks take long
  -k TEXT             test: only the tests whose name has the text in it
  -x                  test: stop at the first failure
  -v                  test: name each test, and say why tests were skipped
      --real-time     test: let time pass; without it tests run as with --virtual-time
  -h, --help          show this help
  -V, --version       show the version

Exit status: 0; 1 after an uncaught exception; what sys.exit() says; 2 for wrong use or an
error of the source; 130 after Ctrl-C.
";

/// What is to be done.
enum Command {
    Run {
        program: Program,
        args: Vec<String>,
        how: How,
    },
    Check(Vec<PathBuf>),
    Dis(Program),
    Test(test::TestRun),
    Prompt {
        how: How,
    },
    Help,
    Version,
}

/// How a program is run.
#[derive(Clone, Copy)]
pub(crate) struct How {
    /// Time stands still while code runs.
    pub(crate) virtual_time: bool,
    /// Event loops begin in debug mode.
    pub(crate) debug: bool,
}

/// Does the environment ask for debug mode?
pub(crate) fn debug_by_environment() -> bool {
    std::env::var_os("PYTHONASYNCIODEBUG").is_some_and(|value| !value.is_empty())
}

/// Where a program comes from.
pub(crate) enum Program {
    File(PathBuf),
    Code(String),
    Stdin,
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let command = match parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("acoro: {error}\nTry 'acoro --help'.");
            return ExitCode::from(WRONG_USE);
        }
    };
    match command {
        Command::Help => output::print(HELP),
        Command::Version => output::print(concat!("acoro ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::Check(files) => check::check(&files),
        Command::Dis(program) => check::dis(&program),
        Command::Test(run) => test::test(&run),
        Command::Run { program, args, how } => run::run(&program, args, how),
        Command::Prompt { how } => repl::repl(how),
    }
}

fn parse(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut command: Option<&'static str> = None;
    let mut how = How {
        virtual_time: false,
        debug: debug_by_environment(),
    };
    let mut files = Vec::new();
    let mut tests = test::TestRun::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Long("virtual-time") => how.virtual_time = true,
            Long("debug") => how.debug = true,
            Short('k') if command == Some("test") => {
                tests.patterns.push(parser.value()?.string()?);
            }
            Short('x') if command == Some("test") => tests.stop_at_first = true,
            Short('v') if command == Some("test") => tests.verbose = true,
            Long("real-time") if command == Some("test") => tests.real_time = true,
            Short('c') => {
                let code = parser.value()?.string()?;
                match command {
                    Some("check") => return Err("check needs files, not -c".into()),
                    Some("test") => return Err("test needs files, not -c".into()),
                    Some("dis") => return Ok(Command::Dis(Program::Code(code))),
                    Some(_) | None => {}
                }
                let args = script_args("-c".to_owned(), parser.raw_args()?);
                return Ok(Command::Run {
                    program: Program::Code(code),
                    args,
                    how,
                });
            }
            Value(value) if command.is_none() && is_command(&value) => {
                command = match value.to_str() {
                    Some("run") => Some("run"),
                    Some("check") => Some("check"),
                    Some("test") => Some("test"),
                    _ => Some("dis"),
                };
            }
            Value(value) if command == Some("test") => tests.paths.push(PathBuf::from(value)),
            Value(value) if command == Some("check") => files.push(PathBuf::from(value)),
            Value(value) => {
                let name = name_text(&value);
                let program = if value == "-" {
                    Program::Stdin
                } else {
                    Program::File(value.into())
                };
                if command == Some("dis") {
                    return Ok(Command::Dis(program));
                }
                let args = script_args(name, parser.raw_args()?);
                return Ok(Command::Run { program, args, how });
            }
            _ => return Err(argument.unexpected()),
        }
    }
    match command {
        Some("test") => Ok(Command::Test(tests)),
        Some("check") if !files.is_empty() => Ok(Command::Check(files)),
        Some(name) => Err(format!("{name} needs a FILE").into()),
        None => Ok(Command::Prompt { how }),
    }
}

fn is_command(value: &OsString) -> bool {
    value == "run" || value == "check" || value == "dis" || value == "test"
}

fn script_args(name: String, rest: impl Iterator<Item = OsString>) -> Vec<String> {
    let rest = rest.map(|arg| name_text(&arg));
    std::iter::once(name).chain(rest).collect()
}

impl Program {
    /// Where its modules are: beside the file, or in the current directory.
    pub(crate) fn directory(&self) -> PathBuf {
        let Program::File(path) = self else {
            return PathBuf::new();
        };
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        path.parent().map(PathBuf::from).unwrap_or_default()
    }

    /// Its name and text.
    pub(crate) fn read(&self) -> Result<(String, String), String> {
        let (name, bytes) = match self {
            Program::Code(code) => return Ok(("<string>".to_owned(), code.clone())),
            Program::Stdin => {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
                    .map_err(|error| format!("can't read standard input: {error}"))?;
                ("<stdin>".to_owned(), bytes)
            }
            Program::File(path) => {
                let bytes = std::fs::read(path)
                    .map_err(|error| format!("can't read {}: {error}", path.display()))?;
                (path.display().to_string(), bytes)
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok((name, text)),
            Err(error) => Err(format!(
                "{name} is not UTF-8: byte {} is wrong",
                error.utf8_error().valid_up_to()
            )),
        }
    }
}
