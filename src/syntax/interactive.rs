//! Parsing what is typed at a prompt: the text may not be finished yet.

use super::ast::Module;
use super::block;
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// What a text typed so far amounts to.
#[derive(Clone, Debug, PartialEq)]
pub enum Interactive {
    /// Statements that can run (none for a blank line or a comment).
    Complete(Module),
    /// More lines are needed: a bracket or a triple quote is open, or a block is not ended by an empty line.
    Incomplete,
    /// It can't become right by further lines.
    Invalid(Vec<Diagnostic>),
}

/// Parses what was typed, as CPython's prompt does: lines joined by `\n`, with none behind the last. A compound statement
/// is complete when an empty line follows.
///
/// ```
/// use acoro::source::Source;
/// use acoro::syntax::{Interactive, parse_interactive};
///
/// let typed = |text: &str| parse_interactive(&Source::new("<stdin>", text));
/// assert!(matches!(typed("x = (1,"), Interactive::Incomplete));
/// assert!(matches!(typed("if x:\n    y"), Interactive::Incomplete));
/// assert!(matches!(typed("if x:\n    y\n"), Interactive::Complete(_)));
/// assert!(matches!(typed("x = = 1"), Interactive::Invalid(_)));
/// ```
pub fn parse_interactive(source: &Source) -> Interactive {
    let parsed = block::parse(&source.text, true);
    if parsed
        .errors
        .iter()
        .any(|error| error.span().start < parsed.open_from)
    {
        return Interactive::Invalid(parsed.errors);
    }
    if parsed.open || (parsed.ends_in_block && !ends_with_blank_line(&source.text)) {
        return Interactive::Incomplete;
    }
    if parsed.errors.is_empty() {
        Interactive::Complete(parsed.module)
    } else {
        Interactive::Invalid(parsed.errors)
    }
}

fn ends_with_blank_line(text: &str) -> bool {
    let last = text.rsplit_once('\n').map(|(_, last)| last);
    last.is_some_and(|last| last.trim().is_empty())
}
