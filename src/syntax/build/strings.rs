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
    pub(crate) fn strings(&mut self, start: u32, mut pieces: Vec<StringPiece>, end: u32) -> Expr {
        if let [StringPiece::Text(text)] = pieces.as_mut_slice() {
            let constant = Constant::Str(std::mem::take(text).into());
            return self.constant(start, end, constant);
        }
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
            value: Box::new(value),
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
                self.errors.push(
                    Diagnostic::syntax(message, name.span).with_help(
                        "the conversions are `!r`, `!s` and `!a`; a format follows a `:`",
                    ),
                );
                Conversion::None
            }
        }
    }
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
