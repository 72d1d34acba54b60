//! `match` with its cases.

use super::Blocks;
use crate::diagnostic::Diagnostic;
use crate::syntax::MAX_ERRORS;
use crate::syntax::ast::*;
use crate::syntax::build::{Header, Line, irrefutable};
use crate::syntax::soft;
use crate::syntax::token::Token;

impl Blocks<'_> {
    pub(super) fn match_statement(
        &mut self,
        owner: usize,
        subject: Expr,
        inline: Vec<Stmt>,
    ) -> StmtKind {
        let level = self.lines[owner].level;
        let cases = if let Some(first) = inline.first() {
            self.errors.push(
                Diagnostic::syntax("invalid syntax", first.span)
                    .with_label("a `case` block is expected on the next line")
                    .with_help("write `match subject:` on a line of its own"),
            );
            Vec::new()
        } else if self.level().is_some_and(|here| here > level) {
            self.cases(owner)
        } else {
            self.missing_block(owner);
            self.skip_unindented_cases(level);
            Vec::new()
        };
        StmtKind::Match { subject, cases }
    }

    /// Cases at the indentation of their `match`, which was reported.
    pub(super) fn skip_unindented_cases(&mut self, level: usize) {
        let errors = self.errors.len();
        while self.level() == Some(level) {
            let at = self.at;
            let range = self.lines[at].tokens.clone();
            soft::resolve_case(self.text, &mut self.tokens[range]);
            if self.first_token(&self.lines[at]) != Token::Case {
                return;
            }
            self.line();
            self.errors.truncate(errors);
            self.skip_body(at);
        }
    }

    pub(super) fn cases(&mut self, owner: usize) -> Vec<MatchCase> {
        let mut cases: Vec<MatchCase> = Vec::new();
        let level = self.level().unwrap_or(0);
        let mut reported = false;
        while let Some(here) = self.level() {
            if here <= self.lines[owner].level || self.errors.len() > MAX_ERRORS {
                break;
            }
            let at = self.at;
            if here > level {
                self.unexpected_indent();
                self.block(here, &mut Vec::new());
                continue;
            }
            let range = self.lines[at].tokens.clone();
            soft::resolve_case(self.text, &mut self.tokens[range]);
            if self.first_token(&self.lines[at]) != Token::Case {
                if !reported && !self.lines[at].broken {
                    reported = true;
                    let span = self.span_of(at);
                    self.errors.push(
                        Diagnostic::syntax("invalid syntax", span)
                            .with_label("only `case` blocks can stand here")
                            .and_at(self.span_of(owner), "in this `match` statement")
                            .with_help("write `case pattern:` and indent the statements below it"),
                    );
                }
                let errors = self.errors.len();
                self.line();
                self.errors.truncate(errors);
                self.skip_body(at);
                continue;
            }
            let Some(Line::Header(Header::Case { pattern, guard }, inline)) = self.line() else {
                self.skip_body(at);
                continue;
            };
            if let Some(MatchCase {
                pattern: before,
                guard: None,
                ..
            }) = cases.last()
                && let Some(reason) = irrefutable(before)
            {
                self.errors.push(
                    Diagnostic::syntax(
                        format!("{reason} makes remaining patterns unreachable"),
                        before.span,
                    )
                    .with_label("this matches everything")
                    .and_at(pattern.span, "so this one would never be tried")
                    .with_help("move it to the end; to compare with a constant, use a dotted name"),
                );
            }
            let body = self.body(at, inline);
            cases.push(MatchCase {
                pattern,
                guard,
                body,
            });
        }
        cases
    }
}
