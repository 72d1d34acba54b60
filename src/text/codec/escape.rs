//! `unicode-escape` and `raw-unicode-escape`: text as the ASCII of a Python literal.

use super::decode::Stepped;
use crate::text::surrogates::{RESERVED, code_point, from_code_point, is_reserved};
use std::fmt::Write as _;

/// The escapes that a literal has: all of them, or `\u` and `\U` only.
fn code_of(digits: &[u8], length: usize) -> (usize, Option<u32>) {
    let found = digits
        .iter()
        .take(length)
        .take_while(|digit| digit.is_ascii_hexdigit())
        .count();
    let text = String::from_utf8_lossy(&digits[..found]).into_owned();
    let code = u32::from_str_radix(&text, 16)
        .ok()
        .filter(|_| found == length);
    (found, code)
}

fn push_code(digits: &[u8], letter: u8, out: &mut String) -> Stepped {
    let (length, truncated) = match letter {
        b'x' => (2, "truncated \\xXX escape"),
        b'u' => (4, "truncated \\uXXXX escape"),
        _ => (8, "truncated \\UXXXXXXXX escape"),
    };
    match code_of(digits, length) {
        (found, None) => Stepped::Bad(2 + found, truncated),
        (_, Some(code)) => match from_code_point(code) {
            Some(c) => {
                out.push(c);
                Stepped::Good(2 + length)
            }
            None if is_reserved(code) => Stepped::Bad(2 + length, RESERVED),
            None => Stepped::Bad(2 + length, "illegal Unicode character"),
        },
    }
}

/// A step of decoding `unicode-escape`.
pub(super) fn unicode_step(data: &[u8], out: &mut String) -> Stepped {
    if data[0] != b'\\' {
        out.push(char::from(data[0]));
        return Stepped::Good(1);
    }
    let Some(&letter) = data.get(1) else {
        return Stepped::Bad(1, "\\ at end of string");
    };
    let plain = match letter {
        b'\n' => return Stepped::Good(2),
        b'\\' | b'\'' | b'"' => char::from(letter),
        b'a' => '\x07',
        b'b' => '\x08',
        b'f' => '\x0c',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'v' => '\x0b',
        b'0'..=b'7' => {
            let digits = data[1..].iter().take(3);
            let digits: Vec<u8> = digits
                .copied()
                .take_while(|it| (b'0'..=b'7').contains(it))
                .collect();
            let code = digits
                .iter()
                .fold(0, |code, &digit| code * 8 + u32::from(digit - b'0'));
            out.extend(char::from_u32(code));
            return Stepped::Good(1 + digits.len());
        }
        b'x' | b'u' | b'U' => return push_code(&data[2..], letter, out),
        b'N' => return push_named(data, out),
        _ => {
            out.push('\\');
            return Stepped::Good(1);
        }
    };
    out.push(plain);
    Stepped::Good(2)
}

fn push_named(data: &[u8], out: &mut String) -> Stepped {
    let malformed = "malformed \\N character escape";
    let Some(end) = data.iter().position(|&byte| byte == b'}') else {
        return Stepped::Bad(data.len(), malformed);
    };
    if data.get(2) != Some(&b'{') || end == 3 {
        return Stepped::Bad(2, malformed);
    }
    let name = String::from_utf8_lossy(&data[3..end]);
    match unicode_names2::character(&name) {
        Some(c) => {
            out.push(c);
            Stepped::Good(end + 1)
        }
        None => Stepped::Bad(end + 1, "unknown Unicode character name"),
    }
}

/// A step of decoding `raw-unicode-escape`.
pub(super) fn raw_step(data: &[u8], out: &mut String) -> Stepped {
    let backslashes = data.iter().take_while(|&&byte| byte == b'\\').count();
    if backslashes > 1 {
        // Only an odd number of them begins an escape.
        let pairs = backslashes - backslashes % 2;
        out.extend(std::iter::repeat_n('\\', pairs));
        return Stepped::Good(pairs);
    }
    match (data[0], data.get(1)) {
        (b'\\', Some(&letter @ (b'u' | b'U'))) => push_code(&data[2..], letter, out),
        (byte, _) => {
            out.push(char::from(byte));
            Stepped::Good(1)
        }
    }
}

fn push_escape(c: char, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = match code_point(c) {
        code @ 0..=0xff => write!(out, "\\x{code:02x}"),
        code @ 0x100..=0xffff => write!(out, "\\u{code:04x}"),
        code => write!(out, "\\U{code:08x}"),
    };
}

/// A text in `unicode-escape`.
pub(super) fn encode_unicode(text: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            ' '..='~' => out.push(c),
            _ => push_escape(c, &mut out),
        }
    }
    out.into_bytes()
}

/// A text in `raw-unicode-escape`.
pub(super) fn encode_raw(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c)) {
            Ok(byte) => out.push(byte),
            Err(_) => {
                let mut escape = String::new();
                push_escape(c, &mut escape);
                out.extend(escape.into_bytes());
            }
        }
    }
    out
}
