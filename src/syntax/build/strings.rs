//! String literals: escapes, joining of neighbours, and f-strings.

use super::Builder;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::*;

/// One literal of a row of neighbours.
pub(crate) enum StringPiece {
    Text(String),
    Bytes(Vec<u8>),
    Format(Vec<FStringPart>),
}

impl Builder<'_> {
    pub(crate) fn string_piece(&mut self, start: u32, end: u32) -> StringPiece {
        let text = self.text_of(Span::new(start, end));
        let quote = text.find(['"', '\'']).unwrap_or(0);
        let (prefix, quoted) = text.split_at(quote);
        let width =
            if quoted.len() >= 6 && (quoted.starts_with("\"\"\"") || quoted.starts_with("'''")) {
                3
            } else {
                1
            };
        let body = quoted
            .get(width..quoted.len().saturating_sub(width))
            .unwrap_or("");
        let at = start + (quote + width) as u32;
        let raw = prefix.contains(['r', 'R']);
        if !prefix.contains(['b', 'B']) {
            return StringPiece::Text(self.unescape(body, at, raw));
        }
        let span = Span::new(start, end);
        if let Some((index, c)) = body.char_indices().find(|(_, c)| !c.is_ascii()) {
            let here = at + index as u32;
            self.errors.push(
                Diagnostic::syntax("bytes can only contain ASCII literal characters", span)
                    .and_at(Span::new(here, here + c.len_utf8() as u32), "not ASCII")
                    .with_help("write it with `\\x` escapes, or encode a string: `\"…\".encode()`"),
            );
        }
        StringPiece::Bytes(self.unescape_bytes(body, at, raw))
    }

    /// Joins neighbours to one constant or f-string.
    pub(crate) fn strings(&mut self, start: u32, pieces: Vec<StringPiece>, end: u32) -> Expr {
        let mut bytes: Option<Vec<u8>> = None;
        let mut text = String::new();
        let mut parts: Vec<FStringPart> = Vec::new();
        let mut formatted = false;
        let count = pieces.len();
        let mut byte_pieces = 0;
        for piece in pieces {
            match piece {
                StringPiece::Text(piece) => text.push_str(&piece),
                StringPiece::Bytes(piece) => {
                    byte_pieces += 1;
                    bytes.get_or_insert_default().extend(piece);
                }
                StringPiece::Format(pieces) => {
                    formatted = true;
                    for part in pieces {
                        match part {
                            FStringPart::Literal(literal) => text.push_str(&literal),
                            field @ FStringPart::Field { .. } => {
                                if !text.is_empty() {
                                    parts.push(FStringPart::Literal(
                                        std::mem::take(&mut text).into(),
                                    ));
                                }
                                parts.push(field);
                            }
                        }
                    }
                }
            }
        }
        if byte_pieces != 0 && byte_pieces != count {
            self.errors.push(
                Diagnostic::syntax(
                    "cannot mix bytes and nonbytes literals",
                    Span::new(start, end),
                )
                .with_help("make all of them strings, or all of them bytes (`b\"…\"`)"),
            );
        }
        let kind = if formatted {
            if !text.is_empty() {
                parts.push(FStringPart::Literal(text.into()));
            }
            ExprKind::FString(parts)
        } else if let Some(bytes) = bytes {
            ExprKind::Constant(Constant::Bytes(bytes.into()))
        } else {
            ExprKind::Constant(Constant::Str(text.into()))
        };
        self.expr(start, kind, end)
    }

    pub(crate) fn fstring_text(&mut self, start: u32, end: u32, raw: bool) -> FStringPart {
        let text = self.text_of(Span::new(start, end));
        let mut result = String::with_capacity(text.len());
        // `{{` and `}}` stand for one brace, except in `\N{…}`.
        let mut from = 0;
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if !raw && bytes[at..].starts_with(b"\\N{") => {
                    at += text[at..].find('}').map_or(3, |length| length + 1);
                }
                b'\\' if !raw && !matches!(bytes.get(at + 1), Some(b'{' | b'}')) => at += 2,
                b @ (b'{' | b'}') if bytes.get(at + 1) == Some(&b) => {
                    let piece = self.unescape(&text[from..at + 1], start + from as u32, raw);
                    result.push_str(&piece);
                    at += 2;
                    from = at;
                }
                _ => at += 1,
            }
        }
        let piece = self.unescape(&text[from..], start + from as u32, raw);
        result.push_str(&piece);
        FStringPart::Literal(result.into())
    }

    /// `start` is behind the brace; `end` is where the conversion, the spec or the closing brace begins.
    pub(crate) fn field(
        &mut self,
        start: u32,
        value: Expr,
        debug: bool,
        end: u32,
        conversion: Conversion,
        spec: Option<Vec<FStringPart>>,
    ) -> FStringPart {
        self.refuse_star(&value);
        let debug = debug.then(|| self.debug_text(start, end));
        let conversion = if debug.is_some() && spec.is_none() && conversion == Conversion::None {
            Conversion::Repr
        } else {
            conversion
        };
        FStringPart::Field {
            value,
            debug,
            conversion,
            spec,
        }
    }

    /// The text of `{expr=}` as written, without comments.
    fn debug_text(&self, start: u32, end: u32) -> Box<str> {
        let text = self.text_of(Span::new(start, end));
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if !text.contains('#') {
            return text.into();
        }
        strip_comments(&text).into()
    }

    pub(crate) fn conversion(&mut self, start: u32, end: u32, name: Ident) -> Conversion {
        if name.span.start != end {
            self.errors.push(
                Diagnostic::syntax(
                    "f-string: conversion type must come right after the exclamation mark",
                    Span::new(start, name.span.end),
                )
                .with_help("remove the space behind `!`"),
            );
        }
        match &*name.name {
            "s" => Conversion::Str,
            "r" => Conversion::Repr,
            "a" => Conversion::Ascii,
            other => {
                let message = format!(
                    "f-string: invalid conversion character '{other}': expected 's', 'r', or 'a'"
                );
                self.error(message, name.span);
                Conversion::None
            }
        }
    }

    /// Resolves the escapes of a text that stands at `at`.
    fn unescape(&mut self, text: &str, at: u32, raw: bool) -> String {
        let errors = self.errors.len();
        let result = self.unescaped(text, at, raw);
        // CPython says where an escape stands, counting other characters than ASCII as their `\\U` escapes.
        for error in &mut self.errors[errors..] {
            if let Some((before, after)) = error.message.split_once(" in position :") {
                let span = error.span();
                let front = &text[..(span.start - at) as usize];
                let start: usize = front.chars().map(|c| if c.is_ascii() { 1 } else { 10 }).sum();
                let end = start + (span.end - span.start) as usize - 1;
                error.message = format!("{before} in position {start}-{end}:{after}");
            }
        }
        result
    }

    fn unescaped(&mut self, text: &str, at: u32, raw: bool) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.find(['\\', '\r']) {
            result.push_str(&rest[..next]);
            let here = at + (text.len() - rest.len() + next) as u32;
            rest = &rest[next..];
            if let Some(after) = rest.strip_prefix('\r') {
                rest = after.strip_prefix('\n').unwrap_or(after);
                result.push('\n');
                continue;
            }
            if raw {
                result.push('\\');
                rest = &rest[1..];
                continue;
            }
            let length = self.escape(rest, here, &mut result);
            rest = &rest[length..];
        }
        result.push_str(rest);
        result
    }

    /// Resolves the escape `text` starts with, and says how long it is.
    fn escape(&mut self, text: &str, at: u32, result: &mut String) -> usize {
        let Some(c) = text[1..].chars().next() else {
            result.push('\\');
            return 1;
        };
        let simple = match c {
            '\n' => return 2,
            '\r' => return if text.starts_with("\\\r\n") { 3 } else { 2 },
            '\\' | '\'' | '"' => c,
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '0'..='7' => {
                let (value, length) = octal(&text.as_bytes()[1..]);
                result.push(char::from_u32(value).unwrap_or('\0'));
                return 1 + length;
            }
            'x' => return self.hex_escape(text, at, 2, result),
            'u' => return self.hex_escape(text, at, 4, result),
            'U' => return self.hex_escape(text, at, 8, result),
            'N' => return self.named_escape(text, at),
            _ => {
                result.push('\\');
                return 1;
            }
        };
        result.push(simple);
        2
    }

    fn hex_escape(&mut self, text: &str, at: u32, width: usize, result: &mut String) -> usize {
        let digits = text[2..]
            .bytes()
            .take(width)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        let span = Span::new(at, at + 2 + digits as u32);
        let written = &text[2..2 + digits];
        if digits < width {
            let pattern = match width {
                2 => "\\xXX",
                4 => "\\uXXXX",
                _ => "\\UXXXXXXXX",
            };
            let message = format!(
                "(unicode error) 'unicodeescape' codec can't decode bytes in position : truncated {pattern} escape"
            );
            self.errors.push(Diagnostic::syntax(message, span).with_help(format!(
                "write {width} hexadecimal digits, or `\\\\` for a backslash (raw strings, `r\"…\"`, need no doubling)"
            )));
            return 2 + digits;
        }
        let value = u32::from_str_radix(written, 16).unwrap_or(u32::MAX);
        match char::from_u32(value) {
            Some(c) => result.push(c),
            None if (0xd800..0xe000).contains(&value) => self.errors.push(
                Diagnostic::unsupported("lone surrogates in strings are not supported", span)
                    .with_help("write the character itself, or its code as `\\U` with eight digits"),
            ),
            None => self.error(
                "(unicode error) 'unicodeescape' codec can't decode bytes in position : illegal Unicode character",
                span,
            ),
        }
        2 + digits
    }

    fn named_escape(&mut self, text: &str, at: u32) -> usize {
        let end = text
            .strip_prefix("\\N{")
            .and_then(|name| name.find('}'))
            .filter(|&length| length > 0);
        let Some(length) = end else {
            let length = match text.strip_prefix("\\N{") {
                None => 2,
                Some("") | Some("}") => 3,
                Some(_) => text.len(),
            };
            let span = Span::new(at, at + length as u32);
            let message = "(unicode error) 'unicodeescape' codec can't decode bytes in position : malformed \\N character escape";
            self.errors.push(
                Diagnostic::syntax(message, span)
                    .with_help("write `\\\\N` for a backslash and an N"),
            );
            return 2;
        };
        let total = 3 + length + 1;
        self.errors.push(
            Diagnostic::unsupported(
                "character names (`\\N{…}`) are not supported",
                Span::new(at, at + total as u32),
            )
            .with_help("write the character itself, or its code: `\\u` with four digits or `\\U` with eight"),
        );
        total
    }

    fn unescape_bytes(&mut self, text: &str, at: u32, raw: bool) -> Vec<u8> {
        let bytes = text.as_bytes();
        let mut result = Vec::with_capacity(bytes.len());
        let mut i = 0;
        while i < bytes.len() {
            let b = bytes[i];
            if b == b'\r' {
                i += if bytes.get(i + 1) == Some(&b'\n') {
                    2
                } else {
                    1
                };
                result.push(b'\n');
                continue;
            }
            if b != b'\\' || raw || i + 1 == bytes.len() {
                result.push(b);
                i += 1;
                continue;
            }
            let simple = match bytes[i + 1] {
                b'\n' => {
                    i += 2;
                    continue;
                }
                b'\r' => {
                    i += if bytes.get(i + 2) == Some(&b'\n') {
                        3
                    } else {
                        2
                    };
                    continue;
                }
                c @ (b'\\' | b'\'' | b'"') => c,
                b'a' => 7,
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'v' => 11,
                b'0'..=b'7' => {
                    let (value, length) = octal(&bytes[i + 1..]);
                    result.push(value as u8);
                    i += 1 + length;
                    continue;
                }
                b'x' => {
                    let digits = text.get(i + 2..i + 4).unwrap_or("");
                    let here = at + i as u32;
                    match u8::from_str_radix(digits, 16) {
                        Ok(value) if !digits.starts_with('+') => result.push(value),
                        _ => {
                            let message =
                                format!("(value error) invalid \\x escape at position {i}");
                            self.error(message, Span::new(here, here + 2));
                            i += 2;
                            continue;
                        }
                    }
                    i += 4;
                    continue;
                }
                _ => {
                    result.push(b'\\');
                    i += 1;
                    continue;
                }
            };
            result.push(simple);
            i += 2;
        }
        result
    }
}

/// Up to three octal digits: their value, and how many there are.
fn octal(bytes: &[u8]) -> (u32, usize) {
    let digits = bytes
        .iter()
        .take(3)
        .take_while(|b| (b'0'..=b'7').contains(b));
    digits.fold((0, 0), |(value, length), b| {
        (value * 8 + u32::from(b - b'0'), length + 1)
    })
}

fn strip_comments(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut comment = false;
    for c in text.chars() {
        if comment {
            if c != '\n' {
                continue;
            }
            comment = false;
        }
        match (quote, c) {
            (None, '#') => {
                comment = true;
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
        result.push(c);
    }
    result
}
