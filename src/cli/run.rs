//! `acoro run`: a program to its end, in real or virtual time, with Ctrl-C.

use super::check::load;
use super::output::Console;
use super::signals::{self, listen};
use super::stdin::Stdin;
use super::{How, Program};
use crate::engine::{Engine, Error, Exception, Progress, Session, SignalRequest};
use crate::vm::Stream;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Ticks between two looks at the clock.
const SLICE: u64 = 100_000;
/// The exit status of a program that Ctrl-C ended.
pub(super) const INTERRUPTED: u8 = 130;

/// Runs a program.
pub(crate) fn run(program: &Program, args: Vec<String>, how: How) -> ExitCode {
    let script = match load(program) {
        Ok(script) => script,
        Err(code) => return code,
    };
    let console = Console::new();
    let (out, on_signal) = (console.clone(), console.clone());
    let directory = program.directory();
    let stdin = Stdin::default();
    let mut session = engine_for(
        args,
        directory,
        move |stream, text| out.write(stream, text),
        move || stdin.line(),
        move |request| signals::request(request, &on_signal),
    )
    .session();
    listen(session.interrupter(), console.clone());
    let virtual_time = how.virtual_time;
    if virtual_time {
        session.use_virtual_time();
    }
    if how.debug {
        session.use_debug_mode();
    }
    session.start(&script);
    if let Program::File(path) = program
        && let Ok(path) = std::path::absolute(path)
    {
        session.set_file(&path.to_string_lossy());
    }
    drop(script);
    let result = drive(&mut session, &console, virtual_time);
    let mut code = match &result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit_code(error, &console),
    };
    if result.err().is_none_or(|error| error.is_exception())
        && session.start_end()
        && let Err(error) = drive(&mut session, &console, virtual_time)
    {
        code = exit_code(&error, &console);
    }
    if console.flush() {
        // The heap goes with the process; taking it apart first would only take time.
        std::mem::forget(session);
        code
    } else {
        ExitCode::FAILURE
    }
}

/// An engine with everything the command line grants.
pub(crate) fn engine_for<Line>(
    args: Vec<String>,
    directory: PathBuf,
    output: impl Fn(Stream, &str) + Send + Sync + 'static,
    input: impl Fn() -> Line + Send + Sync + 'static,
    signals: impl Fn(SignalRequest) + Send + Sync + 'static,
) -> Engine
where
    Line: Future<Output = Result<String, Exception>> + Send + 'static,
{
    Engine::builder()
        .output(output)
        .real_time()
        .arguments(args)
        .module_directory(directory)
        .modules_from_anywhere()
        .system()
        .network()
        .input(input)
        .signals(signals)
        .build()
}

struct ThreadWaker(Thread);

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs what was started to its end.
pub(crate) fn drive(
    session: &mut Session,
    console: &Console,
    virtual_time: bool,
) -> Result<(), Error> {
    drive_until(session, console, virtual_time, false)
}

/// As `drive`; where nothing more can happen, that is an error even if one thread alone waits, when `deadlock_ends`.
pub(crate) fn drive_until(
    session: &mut Session,
    console: &Console,
    virtual_time: bool,
    deadlock_ends: bool,
) -> Result<(), Error> {
    let waker = Waker::from(Arc::new(ThreadWaker(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let began = Instant::now();
    let offset = session.now();
    let mut jumped = offset;
    let mut told = false;
    loop {
        let clock = || {
            if virtual_time {
                jumped
            } else {
                offset + began.elapsed()
            }
        };
        match session.poll_by(&mut context, &clock, SLICE)? {
            Progress::Done(_) => return Ok(()),
            Progress::OutOfFuel if console.is_open() => {}
            Progress::OutOfFuel => return Ok(()),
            Progress::Idle {
                deadline: Some(deadline),
                ..
            } if virtual_time => jumped = jumped.max(deadline),
            Progress::Idle { deadline, pending } => {
                if !console.flush() {
                    return Ok(());
                }
                match deadline {
                    Some(deadline) => {
                        let now = offset + began.elapsed();
                        let wait = deadline.saturating_sub(now).min(Duration::from_secs(3600));
                        if !wait.is_zero() {
                            std::thread::park_timeout(wait);
                        }
                    }
                    // A program with a handler of its own may be waiting for Ctrl-C.
                    None if session.vm().asyncio.caught != 0 => std::thread::park(),
                    None if deadlock_ends && pending == 0 => return Err(Error::deadlock()),
                    None => {
                        if pending == 0
                            && let Some(report) = session.vm().deadlock_report()
                        {
                            console.write(Stream::Err, &format!("acoro: {report}\n"));
                            return Err(Error::deadlock());
                        }
                        if pending == 0 && !std::mem::replace(&mut told, true) {
                            let text = format!(
                                "acoro: every task waits for something that can't happen; Ctrl-C ends the program\n{}",
                                session.waiting_tasks()
                            );
                            console.write(Stream::Err, &text);
                        }
                        std::thread::park();
                    }
                }
            }
        }
    }
}

/// Reports what ended a program, and says with which status to exit.
pub(crate) fn exit_code(error: &Error, console: &Console) -> ExitCode {
    let Some(exception) = error.exception() else {
        console.write(Stream::Err, &format!("acoro: {error}\n"));
        return ExitCode::FAILURE;
    };
    if let Some(status) = exception.exit_status() {
        return ExitCode::from(status as u8);
    }
    console.write(Stream::Err, exception.traceback());
    if exception.type_name() == "KeyboardInterrupt" {
        ExitCode::from(INTERRUPTED)
    } else {
        ExitCode::FAILURE
    }
}
