//! `acoro run`: a program from a file or the command line.

use crate::compile::{self, Options};
use crate::source::Source;
use crate::syntax;
use crate::vm::{Exit, Limits, Stream, Vm};
use std::io::Write;
use std::process::ExitCode;

fn load(name: &str, text: &str) -> Result<(crate::bytecode::Unit, Source), ExitCode> {
    let source = Source::new(name, text);
    match syntax::parse(&source).and_then(|tree| compile::compile(&tree, &source, &Options::default())) {
        Ok(unit) => Ok((unit, source)),
        Err(errors) => {
            for error in errors {
                eprintln!("{}", error.one_line(&source));
            }
            Err(ExitCode::from(2))
        }
    }
}

pub(crate) fn check(path: &str) -> ExitCode {
    match std::fs::read_to_string(path).map(|text| load(path, &text)) {
        Ok(Ok(_)) => ExitCode::SUCCESS,
        Ok(Err(code)) => code,
        Err(error) => {
            eprintln!("acoro: can't read {path}: {error}");
            ExitCode::from(2)
        }
    }
}

pub(crate) fn dis(path: &str) -> ExitCode {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    match load(path, &text) {
        Ok((unit, _)) => {
            for (at, op) in unit.ops.iter().enumerate() {
                println!("{at:5} {op:?}");
            }
            ExitCode::SUCCESS
        }
        Err(code) => code,
    }
}

pub(crate) fn file(path: &str) -> ExitCode {
    match std::fs::read_to_string(path) {
        Ok(source) => text(path, &source),
        Err(error) => {
            eprintln!("acoro: can't read {path}: {error}");
            ExitCode::from(2)
        }
    }
}

pub(crate) fn text(name: &str, text: &str) -> ExitCode {
    let (unit, source) = match load(name, text) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    let mut vm = Vm::new(Limits::default());
    let module = vm.main_module();
    let body = vm.load(unit, source, module);
    vm.start(body);
    vm.heap.fuel = u64::MAX / 2;
    loop {
        let exit = vm.run();
        for part in std::mem::take(&mut vm.output) {
            match part.stream {
                Stream::Out => print!("{}", part.text),
                Stream::Err => {
                    let _ = std::io::stdout().flush();
                    eprint!("{}", part.text);
                }
            }
        }
        match exit {
            Exit::Finished(_) => return ExitCode::SUCCESS,
            Exit::Raised(exception) => {
                let _ = std::io::stdout().flush();
                for entry in vm.exception_state(exception).traceback.iter().rev() {
                    let (source, span) = vm.place(*entry);
                    let (line, column) = source.line_column(span.start);
                    eprintln!("  {}:{line}:{column}: {}", source.name, source.slice(span));
                }
                let class = vm.type_name(crate::heap::Value::Instance(exception)).to_owned();
                let text = vm.str(crate::heap::Value::Instance(exception)).ok().flatten();
                eprintln!("{class}: {}", text.unwrap_or_default());
                return ExitCode::from(1);
            }
            Exit::OutOfTicks => vm.heap.fuel = u64::MAX / 2,
            Exit::Idle { deadline: Some(when) } => vm.now = when,
            Exit::Idle { deadline: None } => {
                eprintln!("deadlock");
                return ExitCode::from(1);
            }
        }
    }
}
