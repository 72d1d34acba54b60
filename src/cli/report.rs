//! Errors on standard error: excerpts with colours on a terminal, without them elsewhere.

use crate::engine::{Error, SourceError};
use miette::{GraphicalReportHandler, GraphicalTheme};
use std::io::IsTerminal;

/// The errors of a source, rendered for standard error.
pub(crate) fn source_errors(error: &Error) -> String {
    let colours = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let handler = if colours {
        GraphicalReportHandler::new().with_cause_chain()
    } else {
        plain_handler()
    };
    render(&handler, error.source_errors())
}

fn plain_handler() -> GraphicalReportHandler {
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100)
}

fn render(handler: &GraphicalReportHandler, errors: &[SourceError]) -> String {
    let mut out = String::new();
    for error in errors {
        if handler.render_report(&mut out, error).is_err() {
            out.push_str(&error.one_line());
            out.push('\n');
        }
    }
    if errors.len() > 1 {
        out.push_str(&format!("{} errors\n", errors.len()));
    }
    out
}
