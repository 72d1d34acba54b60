//! Says what is wrong with a line the grammar refused.

use super::token::{Lexeme, Token};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use lalrpop_util::ParseError;
use std::convert::Infallible;

/// The error of a refused line; `block` says that the next line is indented deeper.
pub(crate) fn explain(
    text: &str,
    line: &[Lexeme],
    error: &ParseError<u32, Token, Infallible>,
    block: bool,
) -> Diagnostic {
    let _ = (text, block);
    let span = match error {
        ParseError::UnrecognizedToken { token, .. } | ParseError::ExtraToken { token } => {
            Span::new(token.0, token.2)
        }
        ParseError::UnrecognizedEof { location, .. } | ParseError::InvalidToken { location } => {
            Span::new(*location, *location)
        }
        ParseError::User { error } => match *error {},
    };
    let _ = line;
    Diagnostic::syntax("invalid syntax", span)
}
