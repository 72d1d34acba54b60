//! What errors look like: source errors as `acoro check` renders them, the tracebacks of uncaught exceptions, and what is told of
//! programs that forget to await or stand still.
//!
//! `tests/syntax_errors/*.acoro`, `tests/tracebacks/*.acoro` and `tests/reports/*.acoro` each have their text in a `.err` beside them.
//! `ACORO_UPDATE=1` writes the texts; read what changed before it is committed.

mod common;

use acoro::Script;
use common::{Mode, STANDSTILL, files, golden, in_parallel, report, run, short};
use miette::{GraphicalReportHandler, GraphicalTheme};

/// All errors of a source, rendered without colours.
fn rendered(name: &str, text: &str) -> Result<String, String> {
    let Err(error) = Script::program(name, text) else {
        return Err(format!("{name}:1: has no error"));
    };
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut out = String::new();
    for error in error.source_errors() {
        handler
            .render_report(&mut out, error)
            .map_err(|error| error.to_string())?;
    }
    Ok(out)
}

#[test]
fn source_errors_are_rendered_as_recorded() {
    let files = files("tests/syntax_errors", "acoro");
    let failures = in_parallel(&files, |path| {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        golden(&path.with_extension("err"), &rendered(&short(path), &text)?)
    });
    report("source errors", files.len(), &failures);
}

#[test]
fn tracebacks_are_rendered_as_recorded() {
    let files = files("tests/tracebacks", "acoro");
    let failures = in_parallel(&files, |path| {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let ran = run(&short(path), &text, Mode::Plain);
        if ran.status != 1 {
            return Err(format!(
                "{}:1: exit status {} instead of 1\n{}",
                short(path),
                ran.status,
                ran.err
            ));
        }
        golden(&path.with_extension("err"), &ran.err)
    });
    report("tracebacks", files.len(), &failures);
}

#[test]
fn reports_are_rendered_as_recorded() {
    let files = files("tests/reports", "acoro");
    let failures = in_parallel(&files, |path| {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let ran = run(&short(path), &text, Mode::Plain);
        let standstill = text.contains("# stands still");
        if ran.status != if standstill { STANDSTILL } else { 0 } {
            return Err(format!(
                "{}:1: exit status {}\n{}",
                short(path),
                ran.status,
                ran.err
            ));
        }
        golden(&path.with_extension("err"), &ran.err)
    });
    report("reports", files.len(), &failures);
}
