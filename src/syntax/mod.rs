//! From text to tree: `token` and `scan` read tokens, `layout` finds the logical lines and their indentation, the grammar
//! parses one line at a time, and `block` puts the statements together. `explain` says what is wrong with a line the
//! grammar refused.
//!
//! All errors of a file are reported: a line that fails is left out, and its block is still read. Rules that need scopes
//! (`return` outside a function, `await` outside `async def`) are the compiler's.

pub mod ast;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a line begins with any token"
)]
mod block;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a check names the expressions it accepts"
)]
mod build;
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a rule names the tokens it looks for"
)]
mod explain;
mod interactive;
mod layout;
mod number;
#[expect(clippy::wildcard_enum_match_arm, reason = "most tokens need no care")]
mod scan;
#[expect(clippy::wildcard_enum_match_arm, reason = "few tokens matter here")]
mod soft;
#[cfg(test)]
mod tests;
mod token;

#[rustfmt::skip]
#[expect(
    clippy::allow_attributes, clippy::let_unit_value, clippy::unwrap_used, clippy::wildcard_enum_match_arm, unreachable_pub,
    reason = "generated"
)]
mod grammar {
    include!(concat!(env!("OUT_DIR"), "/acoro.rs"));
}

pub use interactive::{Interactive, parse_interactive};

use crate::diagnostic::Diagnostic;
use crate::source::Source;
use ast::Module;

/// The deepest expression tree the parser makes: walkers may recurse on it.
pub const MAX_DEPTH: u16 = 300;

/// After this many errors the rest of a text is not read.
const MAX_ERRORS: usize = 100;

/// Parses a source text.
///
/// # Errors
///
/// All syntax errors of the text in the order of their places.
pub fn parse(source: &Source) -> Result<Module, Vec<Diagnostic>> {
    let parsed = block::parse(&source.text, false);
    if parsed.errors.is_empty() {
        Ok(parsed.module)
    } else {
        Err(parsed.errors)
    }
}
