//! What is said about lines that don't fit together: missing blocks, stray clauses, wrong indentation.

use super::Blocks;
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::source::Span;
use crate::syntax::token::Token;

/// The statement a line began, for messages.
#[derive(Clone, Copy)]
struct Owner {
    line: usize,
    /// "'if' statement", "function definition"…
    what: &'static str,
}

impl Blocks<'_> {
    pub(super) fn unexpected_indent(&mut self) {
        if self.unindented == self.at.checked_sub(1) && self.at > 0 {
            return;
        }
        let span = self.span_of(self.at);
        let before = self.at.checked_sub(1).map(|at| self.span_of(at));
        let mut error = Diagnostic::syntax("unexpected indent", span)
            .with_kind(ErrorKind::Indentation)
            .with_label("indented deeper than the line before");
        error = match before {
            Some(before) => error
                .and_at(before, "this line does not begin a block")
                .with_help("give it the same indentation as the line before"),
            None => error.with_help("the first statement must not be indented"),
        };
        self.errors.push(error);
    }

    pub(super) fn open_at(&mut self, line: usize) {
        let start = self.start_of(&self.lines[line]);
        self.open_from = Some(self.open_from.map_or(start, |at| at.min(start)));
    }

    pub(super) fn missing_block(&mut self, owner: usize) {
        if self.at == self.lines.len() {
            self.open_at(owner);
            if self.cut_short {
                return;
            }
        }
        self.unindented = Some(self.at);
        let Owner { line, what } = self.owner(owner);
        let head = self.span_of(owner);
        let next = match self.lines.get(self.at) {
            Some(line) => self.tokens[line.tokens.start].span,
            None => Span::new(head.end, head.end),
        };
        self.errors.push(
            Diagnostic::syntax(
                format!("expected an indented block after {what} on line {line}"),
                next,
            )
            .with_kind(ErrorKind::Indentation)
            .with_label(if self.at < self.lines.len() {
                "this is not indented"
            } else {
                "the text ends here"
            })
            .and_at(head, "its block must follow, indented deeper")
            .with_help("indent the lines that belong to it; write `pass` if there are none yet"),
        );
    }

    fn owner(&self, line: usize) -> Owner {
        let what = match self.main_token(&self.lines[line]) {
            Token::If => "'if' statement",
            Token::Elif => "'elif' statement",
            Token::Else => "'else' statement",
            Token::For => "'for' statement",
            Token::While => "'while' statement",
            Token::With => "'with' statement",
            Token::Try => "'try' statement",
            Token::Except => {
                let second = self.tokens.get(self.lines[line].tokens.start + 1);
                if second.is_some_and(|t| t.token == Token::Star) {
                    "'except*' statement"
                } else {
                    "'except' statement"
                }
            }
            Token::Finally => "'finally' statement",
            Token::Class => "class definition",
            Token::Match => "'match' statement",
            Token::Case => "'case' statement",
            _ => "function definition",
        };
        let start = self.start_of(&self.lines[line]) as usize;
        Owner {
            line: self.text[..start].matches('\n').count() + 1,
            what,
        }
    }

    pub(super) fn lonely_try(&mut self, owner: usize) {
        if self.at == self.lines.len() {
            self.open_at(owner);
            if self.cut_short {
                return;
            }
        }
        let head = self.span_of(owner);
        let next = match self.lines.get(self.at) {
            Some(line) => self.tokens[line.tokens.start].span,
            None => {
                let end = self.previous_end();
                Span::new(end, end)
            }
        };
        self.errors.push(
            Diagnostic::syntax("expected 'except' or 'finally' block", next)
                .with_label("the `try` statement ends before this")
                .and_at(head, "this `try` has neither")
                .with_help("add `except SomeError:` below the block, at the indentation of `try`"),
        );
    }

    pub(super) fn stray_clause(&mut self, token: Token) {
        let line = &self.lines[self.at];
        let span = self.tokens[line.tokens.start].span;
        let (word, owners) = match token {
            Token::Elif => ("elif", "an `if`"),
            Token::Else => ("else", "an `if`, `for`, `while` or `try`"),
            Token::Except => ("except", "a `try`"),
            _ => ("finally", "a `try`"),
        };
        self.errors.push(
            Diagnostic::syntax("invalid syntax", span)
                .with_label(format!("this `{word}` belongs to nothing"))
                .with_help(format!(
                    "`{word}` must follow the block of {owners}, at the same indentation"
                )),
        );
    }
}
