//! Puts logical lines together to statements: bodies, `else` and `except` clauses, decorators. What each line says was
//! parsed by the grammar; a line that failed still owns the block behind it, so that errors don't spread.

use super::MAX_ERRORS;
use super::ast::*;
use super::build::{Builder, Header, Line, irrefutable};
use super::explain;
use super::grammar::LineParser;
use super::layout::{self, LogicalLine};
use super::scan::OpenEnd;
use super::soft;
use super::token::{Lexeme, Token};
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::source::Span;

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

pub(crate) fn parse(text: &str) -> Parsed {
    let split = layout::split(text);
    let end = split.end;
    let mut blocks = Blocks {
        text,
        tokens: split.tokens,
        lines: split.lines,
        at: 0,
        builder: Builder::new(text),
        parser: LineParser::new(),
        errors: split.errors,
        open_from: None,
        unindented: None,
    };
    let mut body = Vec::new();
    blocks.block(0, &mut body);
    let ends_in_block = blocks.ends_in_block();
    let mut open_from = blocks.open_from;
    if end == OpenEnd::Unfinished {
        let last = blocks.lines.last().map_or(0, |l| blocks.start_of(l));
        let last = blocks
            .errors
            .last()
            .map_or(last, |e| e.span().start.min(last));
        open_from = Some(open_from.map_or(last, |at| at.min(last)));
    }
    let mut errors = blocks.errors;
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
    /// Where a statement starts whose block the text ends before.
    open_from: Option<u32>,
}

/// The statement a line began, for messages.
#[derive(Clone, Copy)]
struct Owner {
    line: usize,
    /// "'if' statement", "function definition"…
    what: &'static str,
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

    /// The line before the next one ends here.
    fn previous_end(&self) -> u32 {
        self.tokens[self.lines[self.at - 1].tokens.end - 1].span.end
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

    fn unexpected_indent(&mut self) {
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
        let result = self.parser.parse(&mut self.builder, input);
        let mut errors = std::mem::take(&mut self.builder.errors);
        match result {
            Ok(parsed) if errors.is_empty() => return Some(parsed),
            Ok(_) => {}
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
            Some(Line::Simple(mut statements)) => {
                body.append(&mut statements);
                return true;
            }
            Some(Line::Header(header, inline)) => (header, inline),
            Some(Line::Decorator(_)) => return false,
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
            | Header::Case { .. } => return false,
        };
        let span = Span::new(start, self.previous_end());
        body.push(Stmt { span, kind });
        true
    }

    fn decorated(&mut self, body: &mut Vec<Stmt>) -> bool {
        let first = self.at;
        let level = self.lines[first].level;
        let mut decorators = Vec::new();
        while self.level() == Some(level) && self.main_token(&self.lines[self.at]) == Token::At {
            if let Some(Line::Decorator(decorator)) = self.line() {
                decorators.push(decorator);
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
            if follows.is_none_or(|line| !line.broken) {
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

    fn open_at(&mut self, line: usize) {
        let start = self.start_of(&self.lines[line]);
        self.open_from = Some(self.open_from.map_or(start, |at| at.min(start)));
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

    fn missing_block(&mut self, owner: usize) {
        if self.at == self.lines.len() {
            self.open_at(owner);
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
        if token == Token::Match && self.level().is_some_and(|l| l > self.lines[owner].level) {
            self.cases(owner);
        } else {
            self.skip_body(owner);
        }
        if token == Token::Try {
            self.handlers(owner, &mut Vec::new(), &mut None);
        }
    }

    /// The next line is a clause of the statement on line `owner`.
    fn clause(&self, owner: usize, token: Token) -> bool {
        let level = self.lines[owner].level;
        self.lines
            .get(self.at)
            .is_some_and(|line| line.level == level && self.first_token(line) == token)
    }

    fn if_statement(&mut self, owner: usize, test: Expr, inline: Vec<Stmt>) -> StmtKind {
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

    fn else_clause(&mut self, owner: usize) -> Vec<Stmt> {
        if !self.clause(owner, Token::Else) {
            return Vec::new();
        }
        self.simple_clause().unwrap_or_default()
    }

    /// `else:` or `finally:` with its block; none when it failed.
    fn simple_clause(&mut self) -> Option<Vec<Stmt>> {
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

    fn try_statement(&mut self, owner: usize, inline: Vec<Stmt>) -> StmtKind {
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
        if !found && !finally && !blockless {
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

    fn lonely_try(&mut self, owner: usize) {
        if self.at == self.lines.len() {
            self.open_at(owner);
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
                .and_at(head, "this `try` has neither")
                .with_help("add `except SomeError:` below the block, at the indentation of `try`"),
        );
    }

    /// The `except` clauses of a `try`; whether there were any.
    fn handlers(
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
    fn head_span(&self, line: usize) -> Span {
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

    fn match_statement(&mut self, owner: usize, subject: Expr, inline: Vec<Stmt>) -> StmtKind {
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
    fn skip_unindented_cases(&mut self, level: usize) {
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

    fn cases(&mut self, owner: usize) -> Vec<MatchCase> {
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

    fn stray_clause(&mut self, token: Token) {
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
