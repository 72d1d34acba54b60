//! `if` and `try` with their clauses, and the `else` of loops.

use super::Blocks;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::build::{Header, Line};
use crate::syntax::explain::is_like_handler;
use crate::syntax::token::Token;

impl Blocks<'_> {
    /// The next line is a clause of the statement on line `owner`.
    pub(super) fn clause(&self, owner: usize, token: Token) -> bool {
        let level = self.lines[owner].level;
        self.lines
            .get(self.at)
            .is_some_and(|line| line.level == level && self.first_token(line) == token)
    }

    pub(super) fn if_statement(&mut self, owner: usize, test: Expr, inline: Vec<Stmt>) -> StmtKind {
        let body = self.body(owner, inline);
        let mut branches = vec![(test, body)];
        while self.clause(owner, Token::Elif) {
            let at = self.at;
            match self.line() {
                Some(Line::Header(Header::Elif(test), inline)) => {
                    let body = self.body(at, inline);
                    branches.push((test, body));
                }
                _ => self.skip_body(at),
            }
        }
        let orelse = self.else_clause(owner);
        if self.clause(owner, Token::Elif) {
            let span = self.tokens[self.lines[self.at].tokens.start].span;
            self.errors.push(
                Diagnostic::syntax("'elif' block follows an 'else' block", span)
                    .with_help("move the `else` block to the end"),
            );
            while self.clause(owner, Token::Elif) || self.clause(owner, Token::Else) {
                let at = self.at;
                self.line();
                self.skip_body(at);
            }
        }
        StmtKind::If { branches, orelse }
    }

    pub(super) fn else_clause(&mut self, owner: usize) -> Vec<Stmt> {
        if !self.clause(owner, Token::Else) {
            return Vec::new();
        }
        self.simple_clause().unwrap_or_default()
    }

    /// `else:` or `finally:` with its block; none when it failed.
    pub(super) fn simple_clause(&mut self) -> Option<Vec<Stmt>> {
        let at = self.at;
        match self.line() {
            Some(Line::Header(Header::Else | Header::Finally, inline)) => {
                Some(self.body(at, inline))
            }
            _ => {
                self.skip_body(at);
                None
            }
        }
    }

    pub(super) fn try_statement(&mut self, owner: usize, inline: Vec<Stmt>) -> StmtKind {
        let errors = self.errors.len();
        let body = self.body(owner, inline);
        let blockless = self.errors.len() > errors && body.is_empty();
        let mut handlers = Vec::new();
        let mut star = None;
        let found = self.handlers(owner, &mut handlers, &mut star);
        let orelse = self.else_clause(owner);
        let mut finalbody = None;
        let mut finally = false;
        if self.clause(owner, Token::Finally) {
            finally = true;
            finalbody = Some(self.simple_clause().unwrap_or_default());
        }
        let misspelt =
            self.level() == Some(self.lines[owner].level) && is_like_handler(self.word_at(self.at));
        if !found && !finally && !blockless && !misspelt {
            self.lonely_try(owner);
        }
        StmtKind::Try {
            body,
            handlers,
            is_star: star.unwrap_or(false),
            orelse,
            finalbody,
        }
    }

    /// The `except` clauses of a `try`; whether there were any.
    pub(super) fn handlers(
        &mut self,
        owner: usize,
        handlers: &mut Vec<ExceptHandler>,
        star: &mut Option<bool>,
    ) -> bool {
        let mut found = false;
        let mut catch_all: Option<Span> = None;
        while self.clause(owner, Token::Except) {
            found = true;
            let at = self.at;
            let head = self.span_of(at);
            let Some(Line::Header(
                Header::Except {
                    kind,
                    name,
                    is_star,
                },
                inline,
            )) = self.line()
            else {
                self.skip_body(at);
                continue;
            };
            if let Some(first) = catch_all {
                self.errors.push(
                    Diagnostic::syntax("default 'except:' must be last", first)
                        .with_label("this catches everything")
                        .and_at(head, "so this one would never run")
                        .with_help("move it behind the others"),
                );
            }
            catch_all = kind.is_none().then_some(head);
            if star.is_some_and(|star| star != is_star) {
                self.errors.push(
                    Diagnostic::syntax(
                        "cannot have both 'except' and 'except*' on the same 'try'",
                        head,
                    )
                    .with_help("use one kind for all of its clauses"),
                );
            }
            *star = Some(star.unwrap_or(is_star));
            let span = self.head_span(at);
            let body = self.body(at, inline);
            handlers.push(ExceptHandler {
                kind,
                name,
                body,
                span,
            });
        }
        found
    }

    /// From the first token of a head to its colon.
    pub(super) fn head_span(&self, line: usize) -> Span {
        let tokens = &self.tokens[self.lines[line].tokens.clone()];
        let mut depth = 0usize;
        for lexeme in tokens {
            match lexeme.token {
                Token::Colon if depth == 0 => return tokens[0].span.to(lexeme.span),
                token if token.is_opener() => depth += 1,
                token if token.is_closer() => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.span_of(line)
    }
}
