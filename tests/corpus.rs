//! The language corpus: every script prints what is recorded, in every mode that must not change its meaning.
//!
//! To add a test, add `tests/lang/<area>/<name>.acoro` and its output, recorded from CPython, as `<name>.out`. A first line
//! `# exit: N` gives the exit status if it is not 0. With `ACORO_CPYTHON=1` the recorded outputs are checked against CPython 3.13
//! (`ACORO_PYTHON` names it, `python3.13` otherwise). `ACORO_ONLY=text` runs the scripts whose path contains the text.

mod common;

use common::{Mode, files, in_parallel, report, root, run_beside, same, short};
use std::path::{Path, PathBuf};

/// Scripts that need what acoro does not have yet, with what that is.
const SKIPPED: &[(&str, &str)] = &[(
    "tests/semantics/c03.acoro",
    "timers that tie run in the order they were made, not in heapq's",
)];

/// Scripts with sockets, which stay behind when a program is saved.
const NOT_SAVED: &[&str] = &[
    "tests/semantics/c80.acoro",
    "tests/lang/network/",
    "examples/echo_server.acoro",
];

/// A script and its recorded output.
struct Case {
    script: PathBuf,
    expected: PathBuf,
}

fn cases() -> Vec<Case> {
    let only = std::env::var("ACORO_ONLY").unwrap_or_default();
    let mut cases: Vec<Case> = ["tests/lang", "tests/semantics"]
        .iter()
        .flat_map(|directory| files(directory, "acoro"))
        .map(|script| Case {
            expected: script.with_extension("out"),
            script,
        })
        .collect();
    for script in files("examples", "acoro") {
        if let Some(name) = script.file_name() {
            let expected = root()
                .join("tests/examples")
                .join(name)
                .with_extension("out");
            cases.push(Case { script, expected });
        }
    }
    cases.retain(|case| {
        let name = short(&case.script);
        name.contains(&only) && !SKIPPED.iter().any(|(skipped, _)| *skipped == name)
    });
    cases
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}:1: {error}", short(path)))
}

/// The status that the first line asks for.
fn expected_status(text: &str) -> i32 {
    let first = text.lines().next().unwrap_or_default();
    first
        .strip_prefix("# exit:")
        .and_then(|rest| rest.trim().parse().ok())
        .unwrap_or(0)
}

fn check(case: &Case, mode: Mode) -> Result<(), String> {
    let name = short(&case.script);
    let text = read(&case.script)?;
    let expected = read(&case.expected)?;
    // Some scripts print where their coroutines are; they were recorded in their own directory.
    let own = case
        .script
        .file_name()
        .map_or_else(|| name.clone(), |own| own.to_string_lossy().into_owned());
    let directory = case.script.parent().unwrap_or(root());
    let ran = std::panic::catch_unwind(|| run_beside(directory, &own, &text, mode))
        .map_err(|panic| format!("{name}:1: panicked: {}", common::panic_text(&*panic)))?;
    let tail: Vec<&str> = ran.err.lines().rev().take(12).collect();
    let tail: String = tail
        .iter()
        .rev()
        .map(|line| format!("\n  | {line}"))
        .collect();
    same(&short(&case.expected), &expected, &ran.out)
        .map_err(|difference| format!("{difference}{tail}"))?;
    let status = expected_status(&text);
    if ran.status != status {
        return Err(format!(
            "{name}:1: exit status {} instead of {status}{tail}",
            ran.status
        ));
    }
    Ok(())
}

fn check_all(mode: Mode) {
    let mut cases = cases();
    if mode == Mode::Saved {
        cases.retain(|case| {
            let name = short(&case.script);
            !NOT_SAVED.iter().any(|it| name.starts_with(it))
        });
    }
    let failures = in_parallel(&cases, |case| check(case, mode));
    report(&format!("scripts ({mode:?})"), cases.len(), &failures);
}

#[test]
fn scripts_print_what_is_recorded() {
    check_all(Mode::Plain);
}

#[test]
fn one_tick_of_fuel_per_slice_changes_nothing() {
    check_all(Mode::OneTick);
}

#[test]
fn collecting_at_every_tick_changes_nothing() {
    check_all(Mode::Collecting);
}

#[test]
fn saving_and_restoring_at_every_suspension_changes_nothing() {
    check_all(Mode::Saved);
}

#[test]
fn cpython_prints_what_is_recorded() {
    if std::env::var_os("ACORO_CPYTHON").is_none_or(|value| value != "1") {
        return;
    }
    let python = std::env::var("ACORO_PYTHON").unwrap_or_else(|_| "python3.13".to_owned());
    let cases = cases();
    let failures = in_parallel(&cases, |case| {
        let expected = read(&case.expected)?;
        let output = std::process::Command::new(&python)
            .arg(&case.script)
            .env("PYTHONHASHSEED", "0")
            .output()
            .map_err(|error| format!("{python}: {error}"))?;
        same(
            &short(&case.expected),
            &expected,
            &String::from_utf8_lossy(&output.stdout),
        )
    });
    report("scripts (CPython)", cases.len(), &failures);
}
