//! Logical lines and their indentation: which lines belong together is decided here, before any parsing.

use super::MAX_ERRORS;
use super::scan::{OpenEnd, Scanner};
use super::token::{Lexeme, Token};
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::source::Span;
use std::ops::Range;

/// Blocks deeper than this are refused, as CPython does.
const MAX_INDENTATION: usize = 100;

/// How often an unclosed bracket is repaired before the rest of the text is given up.
const MAX_REPAIRS: usize = 10;

/// One logical line: a simple statement list or the head of a compound statement.
#[derive(Clone, Debug)]
pub(crate) struct LogicalLine {
    /// Its tokens, at least one.
    pub(crate) tokens: Range<usize>,
    /// How many blocks it stands in.
    pub(crate) level: usize,
    /// An error was already reported in it.
    pub(crate) broken: bool,
}

/// A whole text, split in lines.
pub(crate) struct Lines {
    pub(crate) tokens: Vec<Lexeme>,
    pub(crate) lines: Vec<LogicalLine>,
    pub(crate) errors: Vec<Diagnostic>,
    /// The end of the text was not reached, or not understood.
    pub(crate) cut_short: bool,
    /// Whether more text could repair the end.
    pub(crate) end: OpenEnd,
}

/// The column of an indentation: with tabs to multiples of eight, and with tabs of width one. Two lines are comparable
/// when both measures agree.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Column {
    wide: u32,
    narrow: u32,
}

/// Splits a text. At a prompt, an open bracket waits for more text and is not repaired.
pub(crate) fn split(text: &str, prompt: bool) -> Lines {
    let mut layout = Layout {
        scanner: Scanner::new(text),
        indents: vec![Column { wide: 0, narrow: 0 }],
        lines: Vec::new(),
        misaligned: None,
        repairs: if prompt { MAX_REPAIRS } else { 0 },
        stopped: false,
    };
    while layout.line() {}
    let scanner = &layout.scanner;
    let cut_short = layout.stopped || scanner.fatal || scanner.end == OpenEnd::Unfinished;
    Lines {
        cut_short,
        tokens: layout.scanner.tokens,
        lines: layout.lines,
        errors: layout.scanner.errors,
        end: layout.scanner.end,
    }
}

struct Layout<'s> {
    scanner: Scanner<'s>,
    indents: Vec<Column>,
    lines: Vec<LogicalLine>,
    /// The column of a line that matched no block: its neighbours are not reported again.
    misaligned: Option<u32>,
    repairs: usize,
    /// The nesting became too deep.
    stopped: bool,
}

impl Layout<'_> {
    /// Reads one logical line; false at the end of the text.
    fn line(&mut self) -> bool {
        let line_start = self.scanner.position();
        let Some((column, start)) = self.indentation() else {
            return self.scanner.position() < self.scanner.text.len();
        };
        let first = self.scanner.tokens.len();
        let errors = self.scanner.errors.len();
        self.scanner.seek(start);
        let mut more = self.scanner.logical_line();
        if !self.scanner.opens.is_empty() && !self.scanner.fatal {
            more = self.repair(line_start, first, errors, column.wide);
        }
        let tokens = first..self.scanner.tokens.len();
        if tokens.is_empty() {
            return more;
        }
        let reported = self.scanner.errors.len() > errors;
        let span = Span::new(line_start as u32, start as u32);
        if !self.align(column, span) {
            return false;
        }
        self.lines.push(LogicalLine {
            tokens,
            level: self.indents.len() - 1,
            broken: reported,
        });
        more && self.scanner.errors.len() <= MAX_ERRORS
    }

    /// Measures the indentation of the next physical line and where its text starts; none for a blank line, which is
    /// skipped.
    fn indentation(&mut self) -> Option<(Column, usize)> {
        let bytes = self.scanner.text.as_bytes();
        let mut at = self.scanner.position();
        let mut column = Column { wide: 0, narrow: 0 };
        let mut continued: Option<Column> = None;
        loop {
            match bytes.get(at) {
                Some(b' ') => {
                    column.wide += 1;
                    column.narrow += 1;
                }
                Some(b'\t') => {
                    column.wide = (column.wide / 8 + 1) * 8;
                    column.narrow += 1;
                }
                Some(b'\x0c') => column = Column { wide: 0, narrow: 0 },
                Some(b'\\') if matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) => {
                    // The indentation of a line broken by a backslash is that of its first part.
                    continued = continued.or(Some(column));
                    at += 1;
                    if bytes.get(at..at + 2) == Some(b"\r\n") {
                        at += 1;
                    }
                }
                Some(b'#') => {
                    while !matches!(bytes.get(at), None | Some(b'\n' | b'\r')) {
                        at += 1;
                    }
                    continue;
                }
                Some(b'\n' | b'\r') => {
                    at += if bytes.get(at..at + 2) == Some(b"\r\n") {
                        2
                    } else {
                        1
                    };
                    self.scanner.seek(at);
                    return None;
                }
                None => {
                    self.scanner.seek(at);
                    if continued.is_some() {
                        self.scanner.end_in_continuation();
                    }
                    return None;
                }
                Some(_) => return Some((continued.unwrap_or(column), at)),
            }
            at += 1;
        }
    }

    /// An open bracket swallowed the rest of the text: ends the line where the next one is no deeper than it.
    fn repair(&mut self, line_start: usize, first: usize, errors: usize, wide: u32) -> bool {
        let Some(open) = self.scanner.opens.last().copied() else {
            return false;
        };
        self.repairs += 1;
        if self
            .scanner
            .unterminated_since(errors, "unterminated triple-quoted")
        {
            self.scanner.close_all();
            return false;
        }
        if self.scanner.unterminated_since(errors, "unterminated") {
            self.scanner.close_all();
        } else {
            self.scanner.never_closed();
        }
        if self.repairs > MAX_REPAIRS {
            return false;
        }
        let text = self.scanner.text;
        let mut at = (open.span.start as usize).max(line_start);
        while let Some(end) = text[at..].find('\n') {
            at += end + 1;
            let line = &text[at..];
            let body = line.trim_start_matches([' ', '\t']);
            let indentation = (line.len() - body.len()) as u32;
            let blank = body.is_empty() || body.starts_with(['\n', '\r', '#', ')', ']', '}']);
            if indentation <= wide && !blank {
                let tokens = &mut self.scanner.tokens;
                let kept = tokens[first..].partition_point(|t| (t.span.start as usize) < at);
                tokens.truncate(first + kept);
                self.scanner
                    .errors
                    .retain(|error| (error.span().start as usize) < at);
                self.scanner.seek(at);
                return true;
            }
        }
        false
    }

    /// Enters a deeper block or leaves blocks; false when the nesting is too deep to go on.
    fn align(&mut self, column: Column, span: Span) -> bool {
        let current = self.indents.last().copied().unwrap_or(column);
        if column.wide == 0 {
            self.misaligned = None;
        }
        if column.wide == current.wide {
            self.tab_error(column, column.narrow == current.narrow, span);
            return true;
        }
        if column.wide > current.wide {
            let consistent = column.narrow > current.narrow;
            self.tab_error(column, consistent, span);
            if !consistent && !self.block_begins() {
                return true;
            }
            if self.indents.len() >= MAX_INDENTATION {
                self.scanner.errors.push(
                    Diagnostic::syntax("too many levels of indentation", span)
                        .with_kind(ErrorKind::Indentation)
                        .with_help("move inner blocks to functions of their own"),
                );
                self.stopped = true;
                return false;
            }
            self.indents.push(column);
            return true;
        }
        let keep = self.indents.partition_point(|i| i.wide <= column.wide);
        let outer = self.indents[keep - 1];
        if outer.wide == column.wide {
            self.indents.truncate(keep);
            self.tab_error(column, column.narrow == outer.narrow, span);
            return true;
        }
        // It belongs to the block whose lines are next deeper, in all likelihood.
        self.indents.truncate(keep + 1);
        if self.misaligned != Some(column.wide) {
            self.misaligned = Some(column.wide);
            let width = |c: u32| match c {
                1 => "1 space".to_string(),
                n => format!("{n} spaces"),
            };
            let inner = self.indents[keep];
            self.scanner.errors.push(
                Diagnostic::syntax("unindent does not match any outer indentation level", span)
                    .with_kind(ErrorKind::Indentation)
                    .with_label(format!("indented by {}", width(column.wide)))
                    .with_help(format!(
                        "indent it by {} to stay in the block before, or by {} to leave it",
                        width(inner.wide),
                        width(outer.wide)
                    )),
            );
        }
        true
    }

    /// The line before ends with a colon.
    fn block_begins(&self) -> bool {
        self.lines.last().is_some_and(|line| {
            let last = self.scanner.tokens[line.tokens.clone()].last();
            last.is_some_and(|lexeme| lexeme.token == Token::Colon)
        })
    }

    fn tab_error(&mut self, column: Column, consistent: bool, span: Span) {
        if consistent || self.misaligned == Some(column.wide) {
            return;
        }
        self.misaligned = Some(column.wide);
        self.scanner.errors.push(
            Diagnostic::syntax("inconsistent use of tabs and spaces in indentation", span)
                .with_kind(ErrorKind::Tab)
                .with_label("this indentation cannot be compared with that of the lines before")
                .with_help("indent every line with spaces (editors can convert tabs)"),
        );
    }
}
