//! Escapes in string and bytes literals.

use super::Builder;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::text::surrogates;

impl Builder<'_> {
    /// Resolves the escapes of a text that stands at `at`.
    pub(super) fn unescape(&mut self, text: &str, at: u32, raw: bool) -> String {
        let errors = self.errors.len();
        let result = self.unescaped(text, at, raw);
        // One slip, such as a path with backslashes, often makes several wrong escapes.
        self.errors.truncate(errors + 1);
        // CPython says where an escape stands, counting other characters than ASCII as their `\\U` escapes.
        for error in &mut self.errors[errors..] {
            if let Some((before, after)) = error.message.split_once(" in position :") {
                let span = error.span();
                let front = &text[..(span.start - at) as usize];
                let start: usize = front
                    .chars()
                    .map(|c| if c.is_ascii() { 1 } else { 10 })
                    .sum();
                let end = start + (span.end - span.start) as usize - 1;
                error.message = format!("{before} in position {start}-{end}:{after}");
            }
        }
        result
    }

    pub(super) fn unescaped(&mut self, text: &str, at: u32, raw: bool) -> String {
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
    pub(super) fn escape(&mut self, text: &str, at: u32, result: &mut String) -> usize {
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
            'N' => return self.named_escape(text, at, result),
            _ => {
                result.push('\\');
                return 1;
            }
        };
        result.push(simple);
        2
    }

    pub(super) fn hex_escape(
        &mut self,
        text: &str,
        at: u32,
        width: usize,
        result: &mut String,
    ) -> usize {
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
        match surrogates::from_code_point(value) {
            Some(c) => result.push(c),
            None if surrogates::is_reserved(value) => self.errors.push(
                Diagnostic::unsupported(surrogates::RESERVED, span)
                    .with_help("write another of the private-use characters, such as `\\U000f0000`"),
            ),
            None => self.error(
                "(unicode error) 'unicodeescape' codec can't decode bytes in position : illegal Unicode character",
                span,
            ),
        }
        2 + digits
    }

    pub(super) fn named_escape(&mut self, text: &str, at: u32, result: &mut String) -> usize {
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
        match unicode_names2::character(&text[3..3 + length]) {
            Some(character) => result.push(character),
            None => self.errors.push(Diagnostic::syntax(
                "(unicode error) 'unicodeescape' codec can't decode bytes in position : unknown Unicode character name",
                Span::new(at, at + total as u32),
            )),
        }
        total
    }

    pub(super) fn unescape_bytes(&mut self, text: &str, at: u32, raw: bool) -> Vec<u8> {
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
