//! f-strings: their text, their fields and the fields' specs. The tokens of a field's expression are read like any
//! others; the bracket stack says when they end.

use super::{FString, OpenEnd, Scanner};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::token::Token;

/// f-strings in f-strings deeper than this are refused, as CPython does.
const MAX_FSTRINGS: usize = 149;

impl Scanner<'_> {
    /// Reading the literal text of an f-string or of a format spec, rather than tokens.
    pub(super) fn in_text(&self) -> bool {
        match self.fstrings.last() {
            None => false,
            Some(f) if self.opens.len() == f.depth => true,
            Some(_) => self.opens.last().is_some_and(|open| open.in_spec),
        }
    }

    /// Reading a field's expression, outside brackets of its own.
    pub(super) fn in_field(&self) -> bool {
        self.opens
            .last()
            .is_some_and(|open| open.token == Token::FieldStart)
    }

    pub(super) fn begin_fstring(&mut self, span: Span) {
        let prefix = self.slice(span);
        let triple = prefix.ends_with("'''") || prefix.ends_with("\"\"\"");
        if self.fstrings.len() >= MAX_FSTRINGS {
            self.errors
                .push(Diagnostic::syntax("too many nested f-strings", span));
            self.fatal = true;
            return;
        }
        self.fstrings.push(FString {
            start: span,
            quote: prefix.as_bytes()[prefix.len() - 1],
            triple,
            raw: prefix.contains(['r', 'R']),
            depth: self.opens.len(),
        });
        self.push(Token::FStringStart, span);
    }

    pub(super) fn begin_spec(&mut self, span: Span) {
        let floor = self.fstrings.last().map_or(0, |f| f.depth);
        if self.opens.len() > floor + 2 {
            self.errors
                .push(Diagnostic::syntax("f-string: expressions nested too deeply", span)
                .with_help("a format spec can hold fields, but their specs cannot hold fields again: compute the inner one before"));
        }
        if let Some(open) = self.opens.last_mut() {
            open.in_spec = true;
        }
        self.push(Token::FieldSpec, span);
    }

    /// Reads text up to the next field, the end of the spec, or the end of the f-string.
    pub(super) fn fstring_text(&mut self) {
        let Some(&f) = self.fstrings.last() else {
            return;
        };
        let in_spec = self.opens.len() > f.depth;
        let bytes = self.text.as_bytes();
        let start = self.position();
        let mut at = start;
        loop {
            let next = bytes.get(at + 1).copied();
            match bytes.get(at).copied() {
                None => return self.unterminated_fstring(f, at),
                Some(b'\n' | b'\r') if !f.triple => {
                    if in_spec {
                        self.errors.push(
                            Diagnostic::syntax(
                                "f-string: newlines are not allowed in format specifiers for single quoted f-strings",
                                Span::new(at as u32, at as u32),
                            )
                            .with_help("close the field on the same line, or use triple quotes"),
                        );
                        if self.spec_ends_on_next_line(f, at) {
                            at += 1;
                            continue;
                        }
                        self.opens.truncate(f.depth);
                        self.fstrings.pop();
                        self.seek(at);
                        return;
                    }
                    return self.unterminated_fstring(f, at);
                }
                Some(b'\\') if !f.raw && next == Some(b'N') && bytes.get(at + 2) == Some(&b'{') => {
                    let name = &bytes[at..];
                    let end = name
                        .iter()
                        .position(|&b| b == b'}' || b == b'\n' || b == f.quote);
                    at += end.unwrap_or(name.len()).max(3);
                    if bytes.get(at) == Some(&b'}') {
                        at += 1;
                    }
                }
                Some(b'\\') => {
                    let brace = matches!(next, Some(b'{' | b'}'));
                    let crlf = bytes.get(at + 1..at + 3) == Some(b"\r\n");
                    at += if brace {
                        1
                    } else if crlf {
                        3
                    } else {
                        2
                    };
                    at = at.min(bytes.len());
                }
                Some(b'{') if next == Some(b'{') && !in_spec => at += 2,
                Some(b'{') => {
                    self.text_token(f, start, at);
                    self.seek(at + 1);
                    let span = Span::new(at as u32, at as u32 + 1);
                    self.open(Token::FieldStart, span);
                    return;
                }
                Some(b'}') if in_spec => {
                    self.text_token(f, start, at);
                    self.seek(at + 1);
                    self.opens.pop();
                    self.push(Token::FieldEnd, Span::new(at as u32, at as u32 + 1));
                    return;
                }
                Some(b'}') if next == Some(b'}') => at += 2,
                Some(b'}') => {
                    self.errors.push(
                        Diagnostic::syntax(
                            "f-string: single '}' is not allowed",
                            Span::new(at as u32, at as u32 + 1),
                        )
                        .with_help("write `}}` for a brace as text"),
                    );
                    at += 1;
                }
                Some(b) if b == f.quote => {
                    let ends =
                        !f.triple || (next == Some(f.quote) && bytes.get(at + 2) == Some(&f.quote));
                    if !ends {
                        at += 1;
                        continue;
                    }
                    let end = at + if f.triple { 3 } else { 1 };
                    let span = Span::new(at as u32, end as u32);
                    self.text_token(f, start, at);
                    if in_spec && let Some(open) = self.opens.get(f.depth) {
                        self.errors.push(
                            Diagnostic::syntax("f-string: expecting '}', or format specs", span)
                                .with_label("the string ends before its field does")
                                .and_at(open.span, "the field starts here")
                                .with_help("close the field with `}`"),
                        );
                    }
                    self.seek(end);
                    self.opens.truncate(f.depth);
                    self.fstrings.pop();
                    self.push(Token::FStringEnd, span);
                    return;
                }
                Some(_) => at += 1,
            }
        }
    }

    /// The line behind the one that ends at `at` closes both field and string.
    pub(super) fn spec_ends_on_next_line(&self, f: FString, at: usize) -> bool {
        let rest = self.text[at..].trim_start_matches(['\r', '\n']);
        let line = rest.lines().next().unwrap_or("");
        line.find('}')
            .is_some_and(|brace| line[brace..].contains(f.quote as char))
    }

    pub(super) fn text_token(&mut self, f: FString, start: usize, end: usize) {
        if start < end {
            let token = if f.raw {
                Token::RawFStringMiddle
            } else {
                Token::FStringMiddle
            };
            self.push(token, Span::new(start as u32, end as u32));
        }
    }

    pub(super) fn unterminated_fstring(&mut self, f: FString, end: usize) {
        let end = end.min(self.text.len());
        let line = self.last_line(end);
        let what = if f.triple {
            self.end = OpenEnd::Unfinished;
            "unterminated triple-quoted f-string literal"
        } else {
            "unterminated f-string literal"
        };
        let quotes = self
            .slice(f.start)
            .trim_start_matches(|c: char| c.is_ascii_alphabetic());
        self.errors.push(
            Diagnostic::syntax(format!("{what} (detected at line {line})"), f.start)
                .with_label("the string starts here")
                .with_help(format!("close it with `{quotes}`")),
        );
        let from = self.position();
        self.opens.truncate(f.depth);
        self.fstrings.pop();
        self.resume_after_text(from, end);
    }
}
