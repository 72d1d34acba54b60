//! What the test programs share: finding scripts, running them in every mode, and showing what differs.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::needless_range_loop,
    reason = "each test program uses a part of it"
)]

use acoro::{Engine, Error, Progress, Script, Session, Stream};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Ticks after which a program counts as one that never ends.
const ENDLESS: u64 = 400_000_000;

/// What stands for the exit status of a program in which every task waits for something that can't happen.
pub const STANDSTILL: i32 = 98;

/// How a program is run. None of them may change what it prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In large slices.
    Plain,
    /// A slice for every tick.
    OneTick,
    /// A slice for every tick, and a collection between all slices.
    Collecting,
    /// Saved to bytes and restored in another session at every suspension.
    Saved,
}

/// What a program did.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// What it printed to standard output.
    pub out: String,
    /// What it, and the report of its end, printed to standard error.
    pub err: String,
    /// Its exit status.
    pub status: i32,
}

/// The project's directory.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a directory of the project with this ending, sorted.
pub fn files(directory: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![root().join(directory)];
    while let Some(directory) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == ending)
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path from the project's directory on.
pub fn short(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Runs a source.
pub fn run(name: &str, text: &str, mode: Mode) -> Ran {
    run_beside(root(), name, text, mode)
}

/// Runs a source whose modules are in a directory.
pub fn run_beside(directory: &Path, name: &str, text: &str, mode: Mode) -> Ran {
    let out = Arc::new(Mutex::new((String::new(), String::new())));
    let sink = Arc::clone(&out);
    let engine = Engine::builder()
        .output(move |stream, text| {
            let mut out = sink.lock().expect("no other test thread has it");
            match stream {
                Stream::Out => out.0.push_str(text),
                Stream::Err => out.1.push_str(text),
            }
        })
        .arguments([name.to_owned()])
        .module_directory(directory)
        .system()
        .network()
        .build();
    let status = match Script::program(name, text) {
        Ok(script) => {
            let mut session = engine.session();
            let mut ended = false;
            session.start(&script);
            let mut status = 0;
            let mut running = true;
            while running {
                match drive(&engine, &mut session, mode) {
                    Ok(None) => {}
                    Ok(Some(standstill)) => {
                        let mut out = out.lock().expect("no other test thread has it");
                        out.1.push_str(&standstill);
                        status = STANDSTILL;
                        break;
                    }
                    Err(error) => status = end(&error, &out),
                }
                running = !std::mem::replace(&mut ended, true) && session.start_end();
            }
            status
        }
        Err(error) => {
            let report: Vec<String> = error
                .source_errors()
                .iter()
                .map(|error| error.one_line())
                .collect();
            out.lock()
                .expect("no other test thread has it")
                .1
                .push_str(&report.join("\n"));
            2
        }
    };
    let (out, err) = std::mem::take(&mut *out.lock().expect("no other test thread has it"));
    Ran { out, err, status }
}

fn end(error: &Error, out: &Mutex<(String, String)>) -> i32 {
    match error.exception() {
        Some(exception) => exception.exit_status().unwrap_or_else(|| {
            out.lock()
                .expect("no other test thread has it")
                .1
                .push_str(exception.traceback());
            1
        }),
        None => {
            let text = format!("acoro: {error}\n");
            out.lock()
                .expect("no other test thread has it")
                .1
                .push_str(&text);
            99
        }
    }
}

/// Runs what was started on a virtual clock. Some(report) if nothing can happen any more.
fn drive(engine: &Engine, session: &mut Session, mode: Mode) -> Result<Option<String>, Error> {
    let mut now = session.now();
    let mut ticks: u64 = 0;
    let mut suspensions: u64 = 0;
    loop {
        // The costly modes keep to the beginning of programs that run long.
        let slice = match mode {
            Mode::Plain => 100_000,
            Mode::OneTick if suspensions < 300_000 => 1,
            Mode::Collecting if suspensions < 4_000 => 1,
            Mode::Saved if suspensions < 150 => 7 + suspensions * 3 % 101,
            Mode::OneTick | Mode::Collecting | Mode::Saved => 100_000,
        };
        let progress = session.poll(now, slice)?;
        ticks += slice;
        suspensions += 1;
        match progress {
            Progress::Done(_) => return Ok(None),
            Progress::OutOfFuel if ticks > ENDLESS => panic!("the program does not end"),
            Progress::OutOfFuel => {}
            Progress::Idle {
                deadline: Some(deadline),
                ..
            } => now = now.max(deadline),
            // The other end of a connection is in this process: it needs no time.
            Progress::Idle { pending: 1.., .. } => std::thread::yield_now(),
            Progress::Idle { .. } => return Ok(Some(session.waiting_tasks())),
            other => panic!("unknown progress {other:?}"),
        }
        match mode {
            Mode::Plain | Mode::OneTick => {}
            Mode::Collecting => {
                if suspensions < 4_000 {
                    session.collect_garbage();
                }
            }
            Mode::Saved => {
                if suspensions < 200 {
                    let bytes = session.save();
                    *session = engine.restore(&bytes)?;
                }
            }
        }
    }
}

/// Calls `check` for every item on all processors; the failures in the items' order.
pub fn in_parallel<T: Sync>(
    items: &[T],
    check: impl Fn(&T) -> Result<(), String> + Sync,
) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(8);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else {
                        return;
                    };
                    let result =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(item)));
                    let failure = match result {
                        Ok(Ok(())) => continue,
                        Ok(Err(failure)) => failure,
                        Err(panic) => format!("panicked: {}", panic_text(&*panic)),
                    };
                    failures
                        .lock()
                        .expect("checks run outside the lock")
                        .push((at, failure));
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("all workers are done");
    failures.sort();
    failures.into_iter().map(|(_, failure)| failure).collect()
}

/// What a panic said.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text.clone(),
        (_, Some(text)) => (*text).to_owned(),
        (None, None) => "?".to_owned(),
    }
}

/// Fails with all failures, if there are any.
pub fn report(what: &str, count: usize, failures: &[String]) {
    assert!(
        failures.is_empty(),
        "{} of {count} {what} failed:\n\n{}\n",
        failures.len(),
        failures.join("\n\n")
    );
}

/// Compares two texts line by line; the difference is named as `file:line`.
pub fn same(file: &str, expected: &str, actual: &str) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    let (left, right): (Vec<&str>, Vec<&str>) =
        (expected.lines().collect(), actual.lines().collect());
    let at = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let mut text = format!("{file}:{}: differs", at + 1);
    for line in at.saturating_sub(2)..at {
        let _ = write!(text, "\n    {}", left[line]);
    }
    for line in left.iter().skip(at).take(4) {
        let _ = write!(text, "\n  - {line}");
    }
    for line in right.iter().skip(at).take(4) {
        let _ = write!(text, "\n  + {line}");
    }
    if at == left.len() && at == right.len() {
        text.push_str("\n  (only the ends of the lines differ)");
    }
    Err(text)
}

/// Compares with a golden file, or writes it when ACORO_UPDATE is set.
pub fn golden(path: &Path, actual: &str) -> Result<(), String> {
    if std::env::var_os("ACORO_UPDATE").is_some() {
        std::fs::write(path, actual).map_err(|error| format!("{}: {error}", short(path)))?;
        return Ok(());
    }
    let expected = std::fs::read_to_string(path).map_err(|error| {
        format!(
            "{}: {error}; ACORO_UPDATE=1 writes it\n{actual}",
            short(path)
        )
    })?;
    same(&short(path), &expected, actual)
}
