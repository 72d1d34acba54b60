//! The lexer proper: drives logos, measures strings, numbers and names outside ASCII, walks in and out of f-strings, and
//! matches brackets. `layout` calls it one logical line at a time.

use super::MAX_ERRORS;
use super::number;
use super::token::{Lexeme, Token};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use logos::Logos;

/// Brackets deeper than this are refused, as CPython does.
pub(crate) const MAX_NESTING: usize = 200;

/// f-strings in f-strings deeper than this are refused, as CPython does.
const MAX_FSTRINGS: usize = 149;

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

    fn string(&mut self, span: Span) {
        let prefix = self.slice(span);
        let triple = prefix.ends_with("'''") || prefix.ends_with("\"\"\"");
        let bytes = self.text.as_bytes();
        let quote = bytes[span.end as usize - 1];
        let mut at = span.end as usize;
        loop {
            match bytes.get(at) {
                None => break,
                Some(b'\\') => {
                    let crlf = bytes.get(at + 1..at + 3) == Some(b"\r\n");
                    at += if crlf { 3 } else { 2 };
                }
                Some(b'\n' | b'\r') if !triple => break,
                Some(&b) if b == quote => {
                    if !triple {
                        self.end_string(span.start, at + 1);
                        return;
                    }
                    if bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote) {
                        self.end_string(span.start, at + 3);
                        return;
                    }
                    at += 1;
                }
                Some(_) => at += 1,
            }
        }
        self.unterminated(span, at.min(bytes.len()), triple);
    }

    fn end_string(&mut self, start: u32, end: usize) {
        self.seek(end);
        self.push(Token::Str, Span::new(start, end as u32));
    }

    fn unterminated(&mut self, start: Span, end: usize, triple: bool) {
        // A quote that was meant to end the field's f-string.
        if let Some(f) = self.fstrings.last()
            && self.slice(start).ends_with(f.quote as char)
            && f.triple == triple
            && let Some(open) = self.opens.last().copied()
        {
            let field = self.opens[f.depth..].first().copied().unwrap_or(open);
            let error = if open.token == Token::FieldStart {
                Diagnostic::syntax("f-string: expecting '}'", start)
                    .with_label("the string ends before its field does")
                    .and_at(field.span, "the field starts here")
                    .with_help("close the field with `}`, or write `{{` for a brace as text")
            } else {
                let bracket = self.slice(open.span);
                Diagnostic::syntax(format!("'{bracket}' was never closed"), open.span)
                    .with_label("opened here")
                    .with_help(format!("add the missing `{}`", closer_of(bracket)))
            };
            let depth = f.depth;
            self.errors.push(error);
            self.opens.truncate(depth);
            self.fstrings.pop();
            self.seek(start.end as usize);
            self.push(Token::FStringEnd, start);
            return;
        }
        let line = self.last_line(end);
        let what = if triple {
            "unterminated triple-quoted string literal"
        } else {
            "unterminated string literal"
        };
        let quotes = self
            .slice(start)
            .trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let mut error = Diagnostic::syntax(
            format!("{what} (detected at line {line})"),
            Span::new(start.start, start.end),
        )
        .with_label("the string starts here");
        error = if triple {
            self.end = OpenEnd::Unfinished;
            error.with_help(format!("close it with `{quotes}`"))
        } else {
            error.with_help(format!(
                "close it with `{quotes}` on the same line, or use triple quotes for a text of several lines"
            ))
        };
        self.errors.push(error);
        self.resume_after_text(start.end as usize, end);
        self.push(
            Token::Str,
            Span::new(start.start, self.position().max(start.end as usize) as u32),
        );
    }

    /// After an unterminated string, the closing brackets, colon and comma at the end of its line are taken for code,
    /// so that the lines that follow are understood.
    fn resume_after_text(&mut self, from: usize, end: usize) {
        let tail = &self.text[from..end];
        let kept = tail.trim_end_matches(|c: char| matches!(c, ')' | ']' | '}' | ':' | ',' | ' '));
        let tail = tail[kept.len()..].trim_start_matches([' ', ',', ':']);
        self.seek(end - tail.len());
    }

    /// Reading the literal text of an f-string or of a format spec, rather than tokens.
    fn in_text(&self) -> bool {
        match self.fstrings.last() {
            None => false,
            Some(f) if self.opens.len() == f.depth => true,
            Some(_) => self.opens.last().is_some_and(|open| open.in_spec),
        }
    }

    /// Reading a field's expression, outside brackets of its own.
    fn in_field(&self) -> bool {
        self.opens
            .last()
            .is_some_and(|open| open.token == Token::FieldStart)
    }

    fn begin_fstring(&mut self, span: Span) {
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

    fn begin_spec(&mut self, span: Span) {
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
    fn fstring_text(&mut self) {
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
                        self.errors.push(Diagnostic::syntax(
                            "f-string: newlines are not allowed in format specifiers for single quoted f-strings",
                            Span::new(at as u32, at as u32),
                        ));
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

    fn text_token(&mut self, f: FString, start: usize, end: usize) {
        if start < end {
            let token = if f.raw {
                Token::RawFStringMiddle
            } else {
                Token::FStringMiddle
            };
            self.push(token, Span::new(start as u32, end as u32));
        }
    }

    fn unterminated_fstring(&mut self, f: FString, end: usize) {
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

    /// A character no token begins with.
    fn unknown(&mut self, span: Span) {
        let Some(c) = self.text[span.start as usize..].chars().next() else {
            return;
        };
        let span = Span::new(span.start, span.start + c.len_utf8() as u32);
        self.seek(span.end as usize);
        let code = c as u32;
        let error = match c {
            '\\' if self.position() == self.text.len() => {
                self.end = OpenEnd::Unfinished;
                Diagnostic::syntax("unexpected EOF while parsing", span)
                    .with_help("`\\` at the end of a line says that the statement goes on")
            }
            '\\' => Diagnostic::syntax(
                "unexpected character after line continuation character",
                span,
            )
            .with_help("`\\` must be the last character of its line"),
            '\0' => Diagnostic::syntax("source code cannot contain null bytes", span),
            '$' | '?' | '`' => Diagnostic::syntax("invalid syntax", span)
                .with_label(format!("`{c}` has no meaning here")),
            _ if c.is_ascii_graphic() => Diagnostic::syntax("invalid syntax", span),
            _ if c.is_control() || c.is_whitespace() || is_format(c) => Diagnostic::syntax(
                format!("invalid non-printable character U+{code:04X}"),
                span,
            )
            .with_help(
                "delete this invisible character; it may come from a web page or a word processor",
            ),
            _ => invalid_character(c, span),
        };
        self.errors.push(error);
        if !c.is_ascii() && !is_quote(c) {
            return;
        }
        // The rest of a text in typographic quotes is no code.
        if is_quote(c) {
            let rest = &self.text[span.end as usize..];
            let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
            let end = rest[..line]
                .rfind(is_quote)
                .map_or(span.end as usize, |at| {
                    let quote = rest[at..].chars().next().map_or(0, char::len_utf8);
                    span.end as usize + at + quote
                });
            self.seek(end);
            self.push(Token::Str, Span::new(span.start, end as u32));
        }
    }
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '«' | '»'
    )
}

/// Invisible characters that Unicode calls format characters.
fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn invalid_character(c: char, span: Span) -> Diagnostic {
    let error = Diagnostic::syntax(
        format!("invalid character '{c}' (U+{:04X})", c as u32),
        span,
    );
    let help = match c {
        _ if is_quote(c) => "use the straight quotes `'` or `\"`",
        '×' => "write `*` to multiply",
        '÷' => "write `/` or `//` to divide",
        '−' | '–' | '—' => "write the minus sign `-`",
        '≤' => "write `<=`",
        '≥' => "write `>=`",
        '≠' => "write `!=`",
        '→' => "write `->`",
        '…' => "write `...`",
        '，' => "write the comma `,`",
        '：' => "write the colon `:`",
        '（' | '）' => "write the parentheses `(` and `)`",
        _ => "only letters, digits and `_` can be in names; other characters belong in strings",
    };
    error.with_help(help)
}

/// The bracket that closes this one.
pub(crate) fn closer_of(opener: &str) -> &'static str {
    match opener {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}
