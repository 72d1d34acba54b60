//! Puts logical lines together to statements: bodies, `else` and `except` clauses, decorators. What each line says was
//! parsed by the grammar; a line that failed still owns the block behind it, so that errors don't spread.

mod clauses;
mod errors;
mod matching;

use super::MAX_ERRORS;
use super::ast::*;
use super::build::{Builder, Header, Line};
use super::explain;
use super::grammar::LineParser;
use super::layout::{self, LogicalLine};
use super::scan::OpenEnd;
use super::soft;
use super::token::{Lexeme, Token};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::text::surrogates;
use lalrpop_util::ParseError;

/// A parsed text, with what a prompt wants to know about its end.
pub(crate) struct Parsed {
    pub(crate) module: Module,
    /// In the order of their places.
    pub(crate) errors: Vec<Diagnostic>,
    /// The text ends in the middle of a token, of a bracket, or of a statement that lacks its block.
    pub(crate) open: bool,
    /// Errors from here on may vanish when the text goes on.
    pub(crate) open_from: u32,
    /// The last statement is a compound one.
    pub(crate) ends_in_block: bool,
}

/// Parses a text; at a `prompt` it may be unfinished.
pub(crate) fn parse(text: &str, prompt: bool) -> Parsed {
    let split = layout::split(text, prompt);
    let end = split.end;
    let mut blocks = Blocks {
        text,
        tokens: split.tokens,
        lines: split.lines,
        at: 0,
        builder: Builder::new(text),
        parser: LineParser::new(),
        errors: split.errors,
        cut_short: split.cut_short,
        open_from: None,
        unindented: None,
    };
    let mut body = Vec::new();
    blocks.block(0, &mut body);
    let ends_in_block = blocks.ends_in_block();
    let mut open_from = blocks.open_from;
    if end == OpenEnd::Unfinished && !(prompt && blocks.last_line_is_wrong()) {
        let last = blocks.lines.last().map_or(0, |l| blocks.start_of(l));
        let last = blocks
            .errors
            .last()
            .map_or(last, |e| e.span().start.min(last));
        open_from = Some(open_from.map_or(last, |at| at.min(last)));
    }
    let mut errors = blocks.errors;
    errors.extend(reserved_character(text));
    errors.sort_by_key(|error| error.span().start);
    errors.dedup();
    errors.truncate(MAX_ERRORS);
    Parsed {
        module: Module {
            body,
            span: Span::new(0, text.len() as u32),
        },
        errors,
        open: open_from.is_some(),
        open_from: open_from.unwrap_or(u32::MAX),
        ends_in_block,
    }
}

/// A text can't hold the characters that stand for lone surrogates, be it in a literal or elsewhere.
fn reserved_character(text: &str) -> Option<Diagnostic> {
    let at = surrogates::first_surrogate(text)? as u32;
    let error = Diagnostic::unsupported(surrogates::RESERVED, Span::new(at, at + 4));
    Some(error.with_help(
        "write another private-use character; a lone surrogate is written as its escape, such as `\\ud800`",
    ))
}

struct Blocks<'s> {
    text: &'s str,
    tokens: Vec<Lexeme>,
    lines: Vec<LogicalLine>,
    /// The next line.
    at: usize,
    builder: Builder<'s>,
    parser: LineParser,
    errors: Vec<Diagnostic>,
    /// The last line that should have been indented: what follows it is not to blame for its own indentation.
    unindented: Option<usize>,
    /// The text could not be read to its end, so nothing is missing there.
    cut_short: bool,
    /// Where a statement starts whose block the text ends before.
    open_from: Option<u32>,
}

impl Blocks<'_> {
    fn start_of(&self, line: &LogicalLine) -> u32 {
        self.tokens[line.tokens.start].span.start
    }

    fn first_token(&self, line: &LogicalLine) -> Token {
        self.tokens[line.tokens.start].token
    }

    /// The first token that is not `async`.
    fn main_token(&self, line: &LogicalLine) -> Token {
        match self.tokens[line.tokens.clone()] {
            [
                Lexeme {
                    token: Token::Async,
                    ..
                },
                second,
                ..,
            ] => second.token,
            [first, ..] => first.token,
            [] => Token::Newline,
        }
    }

    fn span_of(&self, line: usize) -> Span {
        let tokens = &self.tokens[self.lines[line].tokens.clone()];
        tokens[0].span.to(tokens[tokens.len() - 1].span)
    }

    fn level(&self) -> Option<usize> {
        self.lines.get(self.at).map(|line| line.level)
    }

    /// The first word of a line.
    fn word_at(&self, line: usize) -> &str {
        let line = self.lines.get(line);
        line.map_or("", |line| {
            let span = self.tokens[line.tokens.start].span;
            &self.text[span.start as usize..span.end as usize]
        })
    }

    /// The line before the next one ends here.
    fn previous_end(&self) -> u32 {
        self.tokens[self.lines[self.at - 1].tokens.end - 1].span.end
    }

    /// For the prompt: an unfinished last line that can't become right.
    fn last_line_is_wrong(&mut self) -> bool {
        let Some(line) = self.lines.last() else {
            return false;
        };
        let tokens = &self.tokens[line.tokens.clone()];
        let input = tokens
            .iter()
            .map(|t| Ok((t.span.start, t.token, t.span.end)));
        self.builder.begin_line();
        let result = self.parser.parse(&mut self.builder, input);
        self.builder.errors.clear();
        match result {
            Ok(_) | Err(ParseError::UnrecognizedEof { .. }) => false,
            Err(error) => {
                let error = explain::explain(self.text, tokens, &error, false);
                self.errors.push(error);
                true
            }
        }
    }

    /// For the prompt: the last statement of the text can have further lines.
    fn ends_in_block(&self) -> bool {
        let last = self.lines.iter().rposition(|line| line.level == 0);
        last.is_some_and(|at| {
            let token = self.main_token(&self.lines[at]);
            at + 1 < self.lines.len() || token.opens_block() || token == Token::At
        })
    }

    /// Reads the statements of a block.
    fn block(&mut self, level: usize, body: &mut Vec<Stmt>) {
        let mut failed = false;
        while let Some(here) = self.level() {
            if here < level || self.errors.len() > MAX_ERRORS {
                return;
            }
            if here > level {
                self.unexpected_indent();
                self.block(here, body);
                continue;
            }
            failed = !self.statement(failed, body);
        }
    }

    /// Parses the next line, whose errors are then reported; none when it has any.
    fn line(&mut self) -> Option<Line> {
        let line = self.lines[self.at].clone();
        let block = self
            .lines
            .get(self.at + 1)
            .is_some_and(|next| next.level > line.level);
        let tokens = &mut self.tokens[line.tokens.clone()];
        soft::resolve(self.text, tokens, block);
        self.at += 1;
        if line.broken {
            return None;
        }
        let tokens = &self.tokens[line.tokens];
        let input = tokens
            .iter()
            .map(|t| Ok((t.span.start, t.token, t.span.end)));
        self.builder.begin_line();
        let result = self.parser.parse(&mut self.builder, input);
        let mut errors = std::mem::take(&mut self.builder.errors);
        match result {
            Ok(()) if errors.is_empty() => return Some(self.builder.take_line()),
            Ok(()) => {}
            Err(error) => {
                if errors.is_empty() {
                    errors.push(explain::explain(self.text, tokens, &error, block));
                }
            }
        }
        self.errors.append(&mut errors);
        None
    }

    /// Reads one statement with its blocks and clauses; false when its first line failed.
    fn statement(&mut self, after_failure: bool, body: &mut Vec<Stmt>) -> bool {
        let at = self.at;
        let start = self.start_of(&self.lines[at]);
        let first = self.main_token(&self.lines[at]);
        if matches!(
            first,
            Token::Elif | Token::Else | Token::Except | Token::Finally
        ) {
            if !after_failure {
                self.stray_clause(first);
            }
            let errors = self.errors.len();
            self.line();
            self.errors.truncate(errors);
            self.skip_body(at);
            return false;
        }
        if first == Token::At {
            return self.decorated(body);
        }
        let line = self.line();
        let (header, inline) = match line {
            Some(Line::Simple) => {
                body.append(&mut self.builder.statements);
                return true;
            }
            Some(Line::Header(header, inline)) => (header, inline),
            None => {
                self.skip_compound(at);
                return false;
            }
        };
        let kind = match header {
            Header::If(test) => self.if_statement(at, test, inline),
            Header::While(test) => {
                let body = self.body(at, inline);
                let orelse = self.else_clause(at);
                StmtKind::While { test, body, orelse }
            }
            Header::For {
                is_async,
                target,
                iter,
            } => {
                let body = self.body(at, inline);
                let orelse = self.else_clause(at);
                StmtKind::For {
                    is_async,
                    target,
                    iter,
                    body,
                    orelse,
                }
            }
            Header::With { is_async, items } => StmtKind::With {
                is_async,
                items,
                body: self.body(at, inline),
            },
            Header::Try => self.try_statement(at, inline),
            Header::Def(mut def) => {
                def.body = self.body(at, inline);
                StmtKind::FunctionDef(def)
            }
            Header::Class(mut class) => {
                class.body = self.body(at, inline);
                StmtKind::ClassDef(class)
            }
            Header::Match(subject) => self.match_statement(at, subject, inline),
            // Those begin no statement: `main_token` sent them away.
            Header::Elif(_)
            | Header::Else
            | Header::Except { .. }
            | Header::Finally
            | Header::Case { .. }
            | Header::Decorator(_) => return false,
        };
        let span = Span::new(start, self.previous_end());
        body.push(Stmt { span, kind });
        true
    }

    fn decorated(&mut self, body: &mut Vec<Stmt>) -> bool {
        let first = self.at;
        let level = self.lines[first].level;
        let mut decorators = Vec::new();
        let mut failed = false;
        while self.level() == Some(level) && self.main_token(&self.lines[self.at]) == Token::At {
            match self.line() {
                Some(Line::Header(Header::Decorator(decorator), _)) => decorators.push(decorator),
                _ => failed = true,
            }
        }
        let follows = self
            .lines
            .get(self.at)
            .filter(|l| l.level == level)
            .cloned();
        let token = follows.as_ref().map(|line| self.main_token(line));
        if !matches!(token, Some(Token::Def | Token::Class)) {
            let span = self.span_of(self.at - 1);
            if self.at == self.lines.len() {
                self.open_at(first);
            }
            let next = match &follows {
                Some(line) => self.tokens[line.tokens.start].span,
                None => Span::new(span.end, span.end),
            };
            let deeper = self.lines.get(self.at).is_some_and(|l| l.level > level);
            if !failed && !deeper && follows.is_none_or(|line| !line.broken) {
                self.errors.push(
                    Diagnostic::syntax("invalid syntax", next)
                        .with_label("`def` or `class` is expected here")
                        .and_at(span, "a decorator changes the function or class below it")
                        .with_help("put the decorator directly above the line it belongs to"),
                );
            }
            return false;
        }
        let before = body.len();
        let good = self.statement(false, body);
        if let Some(Stmt { kind, .. }) = body.get_mut(before) {
            match kind {
                StmtKind::FunctionDef(def) => def.decorators = decorators,
                StmtKind::ClassDef(class) => class.decorators = decorators,
                _ => {}
            }
        }
        good
    }

    /// The statements of a compound statement whose head is the line `owner`.
    fn body(&mut self, owner: usize, inline: Vec<Stmt>) -> Vec<Stmt> {
        if !inline.is_empty() {
            return inline;
        }
        let mut body = Vec::new();
        let level = self.lines[owner].level;
        match self.level() {
            Some(here) if here > level => self.block(here, &mut body),
            _ => self.missing_block(owner),
        }
        body
    }

    /// Reads and drops the block of a line that failed.
    fn skip_body(&mut self, owner: usize) {
        let level = self.lines[owner].level;
        if let Some(here) = self.level()
            && here > level
        {
            self.block(here, &mut Vec::new());
        }
    }

    /// The same for a line that may have been a `match`.
    fn skip_compound(&mut self, owner: usize) {
        let token = self.main_token(&self.lines[owner]);
        let cases = token == Token::Match || self.word_at(self.at) == "case";
        if cases && self.level().is_some_and(|l| l > self.lines[owner].level) {
            self.cases(owner);
        } else {
            self.skip_body(owner);
        }
        if token == Token::Try {
            self.handlers(owner, &mut Vec::new(), &mut None);
        }
    }
}
