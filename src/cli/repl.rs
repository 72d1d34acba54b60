//! The prompt: entries run in one session, on one event loop that also runs while the prompt waits.

use super::input::{Input, Line, Printer};
use super::output::Console;
use super::run::{engine_for, exit_code};
use super::signals::{self, listen};
use super::{How, WRONG_USE, report};
use crate::bytecode::FunctionKind;
use crate::compile::{self, Options};
use crate::diagnostic::Diagnostic;
use crate::engine::{Error, Progress, Session};
use crate::heap::Value;
use crate::source::Source;
use crate::syntax::{self, Interactive, ast};
use crate::vm::Stream;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Ticks between two looks at the keyboard.
const SLICE: u64 = 50_000;
/// As long as anybody waits before looking again.
const LONG: Duration = Duration::from_secs(3600);
/// The module that runs the entries.
const MODULE: &str = "<acoro prompt>";

/// Runs the prompt.
pub(crate) fn repl(how: How) -> ExitCode {
    let input = Input::start();
    let console = Console::new();
    let waiting = Arc::new(AtomicBool::new(false));
    let screen = Screen {
        console: console.clone(),
        printer: Arc::clone(&input.printer),
        waiting: Arc::clone(&waiting),
    };
    let (for_program, on_screen, on_signal) =
        (input.for_program(), console.clone(), console.clone());
    let mut session = engine_for(
        vec![String::new()],
        std::path::PathBuf::new(),
        move |stream, text| screen.write(stream, text),
        move || for_program.line(on_screen.take_line()),
        move |request| signals::request(request, &on_signal),
    )
    .session();
    listen(session.interrupter(), console.clone());
    if how.debug {
        session.use_debug_mode();
    }
    let mut prompt = Prompt {
        session,
        input,
        console,
        waiting,
        began: Instant::now(),
        virtual_time: how.virtual_time,
        jumped: Duration::ZERO,
        entries: 0,
    };
    let status = match prompt.prepare() {
        Ok(()) => prompt.talk(),
        Err(error) => {
            eprintln!("acoro: the prompt can't start: {error}");
            ExitCode::from(WRONG_USE)
        }
    };
    if prompt.console.flush() {
        status
    } else {
        ExitCode::FAILURE
    }
}

/// Where output goes: above the line that is being typed, if one is.
struct Screen {
    console: Console,
    printer: Printer,
    waiting: Arc<AtomicBool>,
}

impl Screen {
    fn write(&self, stream: Stream, text: &str) {
        if self.waiting.load(Ordering::SeqCst) {
            let mut printer = self.printer.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(printer) = printer.as_mut()
                && printer.print(text.to_owned()).is_ok()
            {
                return;
            }
        }
        self.console.write(stream, text);
    }
}

struct Prompt {
    session: Session,
    input: Input,
    console: Console,
    /// A line is being typed.
    waiting: Arc<AtomicBool>,
    began: Instant,
    virtual_time: bool,
    jumped: Duration,
    entries: usize,
}

impl Prompt {
    /// Loads what runs the entries.
    fn prepare(&mut self) -> Result<(), Error> {
        let source = Source::new(MODULE, include_str!("prompt.acoro"));
        let unit = syntax::parse(&source)
            .and_then(|tree| compile::compile(&tree, &source, &Options::default()))
            .map_err(|errors| Error::source(&Arc::new(source.clone()), errors))?;
        let vm = self.session.vm_mut();
        let module = vm.add_module(MODULE);
        let body = vm.load(unit, source, module);
        vm.start(body);
        self.finish()?;
        for name in ["exit", "quit", "help"] {
            let value = self.helper(name);
            self.session.vm_mut().add_builtin(name, value);
        }
        Ok(())
    }

    /// One of the functions of `prompt.acoro`.
    fn helper(&mut self, name: &str) -> Value {
        match self.session.vm_mut().module_value(MODULE, name) {
            Some(value) => value,
            None => panic!("invariant broken: the prompt's own module lacks {name}"),
        }
    }

    /// Reads and runs entries until there are no more.
    fn talk(&mut self) -> ExitCode {
        if self.input.interactive {
            let version = env!("CARGO_PKG_VERSION");
            let text = format!(
                "acoro {version}: Python's syntax, asyncio's meaning. exit() or Ctrl-D leaves.\n"
            );
            self.console.write(Stream::Out, &text);
        }
        let mut text = String::new();
        loop {
            let line = match self.wait_for_line(if text.is_empty() { ">>> " } else { "... " }) {
                Ok(line) => line,
                Err(status) => return status,
            };
            match line {
                Line::Text(line) => {
                    text.push_str(&line);
                    text.push('\n');
                }
                Line::Interrupted => {
                    self.console.write(Stream::Err, "KeyboardInterrupt\n");
                    text.clear();
                    continue;
                }
                Line::End if text.trim().is_empty() => {
                    if self.input.interactive {
                        self.console.write(Stream::Out, "\n");
                    }
                    return ExitCode::SUCCESS;
                }
                // What was begun is ended, so that a file need not end in an empty line.
                Line::End => text.push('\n'),
            }
            if text.trim().is_empty() {
                text.clear();
                continue;
            }
            // The end of the line just typed is no empty line.
            let typed = text.strip_suffix('\n').unwrap_or(&text);
            let source = Source::new(format!("<prompt {}>", self.entries + 1), typed.to_owned());
            let tree = match syntax::parse_interactive(&source) {
                Interactive::Incomplete if !text.ends_with("\n\n\n") => continue,
                Interactive::Incomplete => match syntax::parse(&source) {
                    Ok(tree) => Ok(tree),
                    Err(errors) => Err(errors),
                },
                Interactive::Complete(tree) => Ok(tree),
                Interactive::Invalid(errors) => Err(errors),
            };
            self.input.remember(text.trim_end());
            text.clear();
            self.entries += 1;
            if let Err(status) = self.enter(tree, source) {
                return status;
            }
        }
    }

    /// Runs an entry. Err is the status to leave with.
    fn enter(
        &mut self,
        tree: Result<ast::Module, Vec<Diagnostic>>,
        source: Source,
    ) -> Result<(), ExitCode> {
        let options = Options {
            interactive: true,
            ..Options::default()
        };
        let unit = match tree.and_then(|tree| compile::compile(&tree, &source, &options)) {
            Ok(unit) => unit,
            Err(errors) => {
                let error = Error::source(&Arc::new(source), errors);
                self.console
                    .write(Stream::Err, &report::source_errors(&error));
                return Ok(());
            }
        };
        let run = self.helper("run");
        let vm = self.session.vm_mut();
        let module = vm.main_module();
        let body = vm.load(unit, source, module);
        let asynchronous = vm.heap[body].kind == FunctionKind::Coroutine;
        let args = vm
            .heap
            .tuple([Value::Function(body), Value::Bool(asynchronous)]);
        vm.start_call(run, args);
        match self.finish() {
            Ok(()) => Ok(()),
            Err(error) => self.show(&error),
        }
    }

    /// Shows what an entry or a background task raised. Err is the status to leave with.
    fn show(&mut self, error: &Error) -> Result<(), ExitCode> {
        if let Some(exception) = error.exception() {
            if exception.exit_status().is_some() {
                return Err(exit_code(error, &self.console));
            }
            let text = if exception.type_name() == "KeyboardInterrupt" {
                "KeyboardInterrupt\n"
            } else {
                exception.traceback()
            };
            self.console.write(Stream::Err, text);
        } else {
            self.console
                .write(Stream::Err, &format!("acoro: {error}\n"));
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        if self.virtual_time {
            self.jumped
        } else {
            self.began.elapsed()
        }
    }

    /// Runs what was started to its end.
    fn finish(&mut self) -> Result<(), Error> {
        self.session.mark_running();
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            let now = self.now();
            match self.session.poll_with(&mut context, now, SLICE)? {
                Progress::Done(_) => return Ok(()),
                Progress::OutOfFuel => {}
                Progress::Idle {
                    deadline: Some(deadline),
                    ..
                } if self.virtual_time => {
                    self.jumped = self.jumped.max(deadline);
                }
                Progress::Idle { deadline, .. } => {
                    self.console.flush();
                    match deadline {
                        Some(deadline) => {
                            std::thread::park_timeout(deadline.saturating_sub(self.now()))
                        }
                        None => std::thread::park(),
                    }
                }
            }
        }
    }

    /// Waits for a line while background tasks go on. Err is the status to leave with.
    fn wait_for_line(&mut self, prompt: &'static str) -> Result<Line, ExitCode> {
        self.console.flush();
        self.input.ask(prompt);
        self.waiting.store(true, Ordering::SeqCst);
        let line = loop {
            let wait = self.helper("wait");
            let vm = self.session.vm_mut();
            let args = vm.heap.tuple([]);
            vm.start_call(wait, args);
            self.session.mark_running();
            match self.run_in_background() {
                Ok(line) => break line,
                // A task ended the loop: with SystemExit the program ends, anything else is shown.
                Err(error) => self.show(&error)?,
            }
        };
        self.waiting.store(false, Ordering::SeqCst);
        Ok(line)
    }

    fn run_in_background(&mut self) -> Result<Line, Error> {
        let waker = self.input.waker();
        let mut context = Context::from_waker(&waker);
        let mut line: Option<Line> = None;
        loop {
            let now = self.now();
            let progress = self.session.poll_with(&mut context, now, SLICE)?;
            if line.is_none() {
                line = match progress {
                    Progress::Done(_) => loop {
                        if let Some(line) = self.input.wait(LONG) {
                            break Some(line);
                        }
                    },
                    Progress::OutOfFuel => self.input.wait(Duration::ZERO),
                    Progress::Idle { deadline, .. } => {
                        self.console.flush();
                        let wait = match deadline {
                            Some(deadline) if !self.virtual_time => {
                                deadline.saturating_sub(self.now())
                            }
                            Some(_) | None => LONG,
                        };
                        self.input.wait(wait)
                    }
                };
                if line.is_some() {
                    self.stop_loop();
                }
            } else if let Progress::Done(_) = progress {
                return Ok(line.unwrap_or(Line::End));
            }
            if !self.session.is_running() {
                return Ok(line.unwrap_or(Line::End));
            }
        }
    }

    /// Makes the loop leave `run_forever` behind the pass under way.
    fn stop_loop(&mut self) {
        if let Value::Loop(id) = self.helper("loop") {
            self.session.vm_mut().heap[id].stopping = true;
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
