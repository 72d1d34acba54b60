//! `acoro test`: finds the files with tests, runs each in a world of its own, and sums up.

use super::WRONG_USE;
use super::output::Console;
use super::run::drive_until;
use super::signals::{self, listen};
use super::stdin::Stdin;
use crate::engine::{Data, Engine, Error, Script, Session};
use crate::vm::Stream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What was asked for.
#[derive(Default)]
pub(crate) struct TestRun {
    pub(crate) paths: Vec<PathBuf>,
    /// `-k`: only tests whose name has one of these in it.
    pub(crate) patterns: Vec<String>,
    /// `-x`: stop at the first failure.
    pub(crate) stop_at_first: bool,
    pub(crate) real_time: bool,
    pub(crate) verbose: bool,
}

/// The results so far.
#[derive(Default)]
struct Sum {
    passed: i64,
    failed: i64,
    skipped: usize,
    reports: Vec<(String, String)>,
    skips: Vec<(String, String)>,
}

/// Runs the tests.
pub(crate) fn test(run: &TestRun) -> ExitCode {
    let mut files = Vec::new();
    let here = [PathBuf::from(".")];
    let paths = if run.paths.is_empty() {
        &here
    } else {
        &run.paths[..]
    };
    for path in paths {
        if path.is_dir() {
            find(path, &mut files);
        } else if path.is_file() {
            files.push(path.clone());
        } else {
            eprintln!("acoro: there is no file or directory {}", path.display());
            return ExitCode::from(WRONG_USE);
        }
    }
    let console = Console::new();
    let mut sum = Sum::default();
    for file in &files {
        run_file(file, run, &console, &mut sum);
        if run.stop_at_first && sum.failed > 0 {
            break;
        }
    }
    let line = "=".repeat(70);
    for (name, text) in &sum.reports {
        console.write(Stream::Out, &format!("\n{line}\nFAILED {name}\n{text}"));
    }
    if run.verbose {
        for (name, reason) in &sum.skips {
            console.write(Stream::Out, &format!("\nskipped {name}: {reason}"));
        }
    }
    if files.is_empty() {
        console.write(Stream::Out, "no files test_*.acoro or test_*.py here\n");
    }
    let Sum {
        passed,
        failed,
        skipped,
        ..
    } = sum;
    console.write(
        Stream::Out,
        &format!("\n{passed} passed, {failed} failed, {skipped} skipped\n"),
    );
    match console.flush() && failed == 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// The files with tests below a directory, in order.
fn find(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut pending = vec![directory.to_owned()];
    let mut found = Vec::new();
    while let Some(directory) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "__pycache__" && name != "target"
            {
                pending.push(path);
            } else if name.starts_with("test_")
                && (name.ends_with(".acoro") || name.ends_with(".py"))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    files.extend(found);
}

/// Where a file is among the packages around it.
struct Place {
    /// Its dotted name.
    name: String,
    /// The outermost package and its directory, when the directory around it is not searched.
    top: Option<(String, PathBuf)>,
    /// What is searched; nothing when it belongs to CPython's library.
    root: Option<PathBuf>,
}

fn place(file: &Path) -> Place {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let stem = |path: &Path| {
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let is_package = |directory: &Path| {
        ["__init__.py", "__init__.acoro"]
            .iter()
            .any(|name| directory.join(name).is_file())
    };
    let own = stem(&file);
    let mut parts = if own == "__init__" {
        Vec::new()
    } else {
        vec![own]
    };
    let mut root = file.parent().unwrap_or(Path::new("")).to_owned();
    let mut top = None;
    while is_package(&root) {
        let name = root
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        parts.insert(0, name.clone());
        top = Some((name, root.clone()));
        let Some(parent) = root.parent() else { break };
        root = parent.to_owned();
    }
    // CPython's own library is written for CPython: its tests find acoro's modules, and their own packages.
    let is_library = root.join("os.py").is_file() && root.join("asyncio").is_dir()
        || root.join("test/support/__init__.py").is_file();
    Place {
        name: parts.join("."),
        top: top.filter(|_| is_library),
        root: (!is_library).then_some(root),
    }
}

fn run_file(file: &Path, run: &TestRun, console: &Console, sum: &mut Sum) {
    let Place { name, top, root } = place(file);
    console.write(Stream::Out, &format!("{} ", file.display()));
    if run.verbose {
        console.write(Stream::Out, "\n");
    }
    console.flush();
    let out = console.clone();
    let mut builder = Engine::builder()
        .output(move |stream, text| {
            out.write(stream, text);
            if stream == Stream::Out {
                out.flush();
            }
        })
        .real_time()
        .arguments([file.display().to_string()])
        .modules_from_anywhere()
        .testing()
        .system()
        .network()
        .signals({
            let console = console.clone();
            move |request| signals::request(request, &console)
        })
        .input({
            let stdin = Stdin::default();
            move || stdin.line()
        });
    builder = match root {
        Some(root) => builder.module_directory(root),
        None => builder.own_modules_first(),
    };
    let mut session = builder.build().session();
    listen(session.interrupter(), console.clone());
    if !run.real_time {
        session.use_virtual_time();
    }
    if super::debug_by_environment() {
        session.use_debug_mode();
    }
    let (top, directory) = top.unwrap_or_default();
    let result = start(&mut session, &name, &top, &directory, run)
        .and_then(|()| drive_tests(&mut session, console, !run.real_time))
        .and_then(|()| session.get::<Data>("_summary"));
    console.write(Stream::Out, "\n");
    match result {
        Ok(summary) => add(sum, &summary),
        Err(error) => {
            let text = match error.exception() {
                Some(exception) => exception.traceback().to_owned(),
                None => format!("{error}\n"),
            };
            sum.failed += 1;
            sum.reports.push((name, text));
        }
    }
}

/// Runs the tests of a file to their end. One in which nothing more can happen fails, and the others go on.
fn drive_tests(session: &mut Session, console: &Console, virtual_time: bool) -> Result<(), Error> {
    let mut left = 1000;
    loop {
        match drive_until(session, console, virtual_time, true) {
            Err(error) if error.is_deadlock() && left > 0 => {
                left -= 1;
                session.end_deadlock();
            }
            other => return other,
        }
    }
}

fn start(
    session: &mut Session,
    name: &str,
    top: &str,
    directory: &Path,
    run: &TestRun,
) -> Result<(), Error> {
    let script = Script::program(
        "<acoro test>",
        "import _acoro_test\n_summary = _acoro_test.run(*_arguments)\n",
    )?;
    let patterns = run
        .patterns
        .iter()
        .map(|pattern| Data::Str(pattern.clone()))
        .collect();
    session.set(
        "_arguments",
        Data::Tuple(vec![
            Data::Str(name.to_owned()),
            Data::Str(top.to_owned()),
            Data::Str(directory.to_string_lossy().into_owned()),
            Data::List(patterns),
            Data::Bool(run.stop_at_first),
            Data::Bool(run.verbose),
        ]),
    )?;
    session.start(&script);
    Ok(())
}

/// Adds a file's results.
fn add(sum: &mut Sum, summary: &Data) {
    let Data::Dict(rows) = summary else { return };
    for (key, value) in rows {
        let Data::Str(key) = key else { continue };
        match (&**key, value) {
            ("passed", Data::Int(count)) => sum.passed += count,
            ("failed", Data::Int(count)) => sum.failed += count,
            ("skipped", Data::List(rows)) => {
                sum.skipped += rows.len();
                sum.skips.extend(rows.iter().filter_map(pair));
            }
            ("reports", Data::List(rows)) => sum.reports.extend(rows.iter().filter_map(pair)),
            _ => {}
        }
    }
}

fn pair(row: &Data) -> Option<(String, String)> {
    match row {
        Data::List(items) => match &items[..] {
            [Data::Str(name), Data::Str(text)] => Some((name.clone(), text.clone())),
            _ => None,
        },
        _ => None,
    }
}
