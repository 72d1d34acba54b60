//! The lexer proper: drives logos, measures strings, numbers and names outside ASCII, walks in and out of f-strings, and
//! matches brackets. `layout` calls it one logical line at a time.

mod characters;
mod fstrings;
mod strings;

use super::MAX_ERRORS;
use super::number;
use super::token::{Lexeme, Token};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use logos::Logos;

/// Brackets deeper than this are refused, as CPython does.
pub(crate) const MAX_NESTING: usize = 200;

/// An open bracket or an open field of an f-string.
#[derive(Clone, Copy)]
pub(crate) struct Open {
    /// The opening token.
    pub(crate) token: Token,
    /// Where it stands.
    pub(crate) span: Span,
    /// A field that has reached its format spec.
    in_spec: bool,
}

/// An f-string that has not ended yet.
#[derive(Clone, Copy)]
struct FString {
    start: Span,
    quote: u8,
    triple: bool,
    raw: bool,
    /// How many brackets were open where it starts.
    depth: usize,
}

/// What stopped a source before its end was reached properly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenEnd {
    /// Nothing.
    None,
    /// An open bracket, triple quote or line continuation: more text could repair it.
    Unfinished,
}

pub(crate) struct Scanner<'s> {
    pub(crate) text: &'s str,
    lexer: logos::Lexer<'s, Token>,
    pub(crate) tokens: Vec<Lexeme>,
    pub(crate) opens: Vec<Open>,
    fstrings: Vec<FString>,
    pub(crate) errors: Vec<Diagnostic>,
    /// The last character that began no token, and where it ends.
    last_unknown: Option<(char, usize)>,
    /// The end of the text came too early.
    pub(crate) end: OpenEnd,
    /// Nothing behind this error can be read sensibly.
    pub(crate) fatal: bool,
}

impl<'s> Scanner<'s> {
    pub(crate) fn new(text: &'s str) -> Self {
        Self {
            text,
            lexer: Token::lexer(text),
            tokens: Vec::with_capacity(text.len() / 5),
            opens: Vec::new(),
            fstrings: Vec::new(),
            errors: Vec::new(),
            last_unknown: None,
            end: OpenEnd::None,
            fatal: false,
        }
    }

    /// The offset of the first byte not yet read.
    pub(crate) fn position(&self) -> usize {
        self.lexer.span().end
    }

    /// Goes on reading at `position`.
    pub(crate) fn seek(&mut self, position: usize) {
        self.lexer = Token::lexer(self.text);
        self.lexer.bump(position);
    }

    /// Forgets open brackets and f-strings.
    pub(crate) fn close_all(&mut self) {
        self.opens.clear();
        self.fstrings.clear();
    }

    /// Reads on to the end of the logical line; false at the end of the text.
    pub(crate) fn logical_line(&mut self) -> bool {
        let mut starts_line = false;
        loop {
            if self.fatal || self.errors.len() > MAX_ERRORS {
                self.fatal = true;
                return false;
            }
            if self.in_text() {
                self.fstring_text();
                continue;
            }
            let Some(read) = self.lexer.next() else {
                return self.end_of_text();
            };
            let span = self.span();
            let Ok(token) = read else {
                self.unknown(span);
                continue;
            };
            match token {
                Token::Comment => {}
                Token::Newline => {
                    if self.opens.is_empty() {
                        return true;
                    }
                    starts_line = true;
                    continue;
                }
                _ => {
                    if starts_line && token.only_begins_statement() && self.fstrings.is_empty() {
                        self.seek(span.start as usize);
                        self.never_closed();
                        self.rewind_to_line_start();
                        return true;
                    }
                    self.token(token, span);
                }
            }
            starts_line = false;
        }
    }

    fn rewind_to_line_start(&mut self) {
        let before = &self.text.as_bytes()[..self.position()];
        let start = before
            .iter()
            .rposition(|&b| b == b'\n' || b == b'\r')
            .map_or(0, |at| at + 1);
        self.seek(start);
    }

    /// Reports the innermost open bracket and forgets all of them.
    pub(crate) fn never_closed(&mut self) {
        if let Some(open) = self.opens.last() {
            let bracket = self.slice(open.span);
            let closer = closer_of(bracket);
            let error = if open.token == Token::FieldStart {
                Diagnostic::syntax("f-string: expecting '}'", open.span)
                    .with_label("this field is never closed")
            } else {
                Diagnostic::syntax(format!("'{bracket}' was never closed"), open.span)
                    .with_label("opened here")
            };
            self.errors
                .push(error.with_help(format!("add the missing `{closer}`")));
        }
        self.close_all();
    }

    /// The number of the line that ends at an offset.
    fn last_line(&self, end: usize) -> usize {
        let text = &self.text[..end];
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.matches('\n').count() + 1
    }

    /// One of the errors from `first` on is an unterminated string, which explains any open bracket.
    pub(crate) fn unterminated_since(&self, first: usize, message: &str) -> bool {
        let mut errors = self.errors[first.min(self.errors.len())..].iter();
        errors.any(|error| error.message.starts_with(message))
    }

    /// Reports a line continuation with nothing behind it.
    pub(crate) fn end_in_continuation(&mut self) {
        self.end = OpenEnd::Unfinished;
        let at = self.text.len() as u32;
        self.errors.push(
            Diagnostic::syntax("unexpected EOF while parsing", Span::new(at, at))
                .with_help("the line before ends with `\\`, so one more line is expected"),
        );
    }

    fn end_of_text(&mut self) -> bool {
        if !self.opens.is_empty() {
            self.end = OpenEnd::Unfinished;
        } else if self.text.ends_with("\\\n") || self.text.ends_with("\\\r\n") {
            self.end_in_continuation();
        }
        false
    }

    fn span(&self) -> Span {
        let range = self.lexer.span();
        Span::new(range.start as u32, range.end as u32)
    }

    fn slice(&self, span: Span) -> &'s str {
        &self.text[span.start as usize..span.end as usize]
    }

    fn push(&mut self, token: Token, span: Span) {
        self.tokens.push(Lexeme { token, span });
    }

    fn token(&mut self, token: Token, span: Span) {
        match token {
            Token::LeftParen | Token::LeftBracket | Token::LeftBrace => self.open(token, span),
            Token::RightParen | Token::RightBracket => self.close(token, span),
            Token::RightBrace if self.in_field() => {
                self.opens.pop();
                self.push(Token::FieldEnd, span);
            }
            Token::RightBrace => self.close(token, span),
            Token::Colon if self.in_field() => self.begin_spec(span),
            Token::Walrus if self.in_field() => {
                self.seek(span.start as usize + 1);
                self.begin_spec(Span::new(span.start, span.start + 1));
            }
            Token::Name if self.next_byte() >= 0x80 => self.long_name(span),
            Token::NonAscii => self.long_name(span),
            Token::Number => self.number(span),
            Token::Str => self.string(span),
            Token::FStringStart => self.begin_fstring(span),
            _ if token.is_keyword() && self.next_byte() >= 0x80 => self.long_name(span),
            _ => self.push(token, span),
        }
    }

    fn next_byte(&self) -> u8 {
        let bytes = self.text.as_bytes();
        bytes.get(self.position()).copied().unwrap_or(0)
    }

    fn open(&mut self, token: Token, span: Span) {
        if self.opens.len() >= MAX_NESTING {
            self.errors.push(
                Diagnostic::syntax("too many nested parentheses", span)
                    .with_label(format!("the {}st bracket inside another", MAX_NESTING + 1))
                    .with_help("split the expression in parts that have names"),
            );
            self.fatal = true;
            return;
        }
        self.opens.push(Open {
            token,
            span,
            in_spec: false,
        });
        self.push(token, span);
    }

    fn close(&mut self, token: Token, span: Span) {
        let closer = self.slice(span);
        let floor = self.fstrings.last().map_or(0, |f| f.depth);
        let Some(&open) = self.opens.get(floor..).and_then(<[Open]>::last) else {
            self.errors.push(
                Diagnostic::syntax(format!("unmatched '{closer}'"), span)
                    .with_label("nothing is open here")
                    .with_help(format!(
                        "remove this `{closer}`, or add its opening bracket"
                    )),
            );
            return;
        };
        let opener = self.slice(open.span);
        if closer_of(opener) == closer {
            self.opens.pop();
            self.push(token, span);
            return;
        }
        if open.token == Token::FieldStart {
            self.errors.push(
                Diagnostic::syntax(format!("f-string: unmatched '{closer}'"), span)
                    .with_label("nothing is open here")
                    .with_help(format!(
                        "remove this `{closer}`, or add its opening bracket"
                    )),
            );
            return;
        }
        let line = |at: u32| self.text[..at as usize].matches('\n').count() + 1;
        let (here, there) = (line(span.start), line(open.span.start));
        let mut message =
            format!("closing parenthesis '{closer}' does not match opening parenthesis '{opener}'");
        if here != there {
            message.push_str(&format!(" on line {there}"));
        }
        self.errors.push(
            Diagnostic::syntax(message, span)
                .with_label(format!("`{}` is expected here", closer_of(opener)))
                .and_at(open.span, "opened here")
                .with_help("close brackets in the reverse order of their opening"),
        );
        let fits = |o: &Open| closer_of(self.slice(o.span)) == closer;
        match self.opens[floor..].iter().rposition(fits) {
            Some(at) => self.opens.truncate(floor + at),
            None => {
                self.opens.pop();
            }
        }
    }

    /// Names with characters outside ASCII; `span` is what logos read of it.
    fn long_name(&mut self, span: Span) {
        let rest = &self.text[span.start as usize..];
        let mut length = 0;
        for (at, c) in rest.char_indices() {
            let fits = match at {
                0 => c == '_' || unicode_ident::is_xid_start(c),
                _ => c == '_' || unicode_ident::is_xid_continue(c),
            };
            if !fits {
                break;
            }
            length = at + c.len_utf8();
        }
        if length == 0 {
            self.unknown(span);
            return;
        }
        let end = span.start + length as u32;
        self.seek(end as usize);
        self.push(Token::Name, Span::new(span.start, end));
    }

    fn number(&mut self, span: Span) {
        let start = span.start as usize;
        let (length, error) = number::measure(&self.text[start..], start);
        if let Some(error) = error {
            self.errors.push(error);
        }
        self.seek(start + length);
        self.push(
            Token::Number,
            Span::new(span.start, span.start + length as u32),
        );
    }
}

/// The bracket that closes this one.
pub(crate) fn closer_of(opener: &str) -> &'static str {
    match opener {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}
