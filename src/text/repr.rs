//! `repr` of strings and bytes, and `ascii`.

use std::fmt::Write as _;

use super::surrogates::code_point;
use super::unicode;

/// `repr(text)`.
///
/// ```
/// # use acoro::text::repr_str;
/// assert_eq!(repr_str("it's"), r#""it's""#);
/// assert_eq!(repr_str("a\n\u{200b}é"), r"'a\n\u200bé'");
/// ```
pub fn repr_str(text: &str) -> String {
    quoted(text, unicode::is_printable)
}

/// `ascii(text)`: [`repr_str`] with every character beyond ASCII escaped.
pub fn ascii_repr(text: &str) -> String {
    quoted(text, |c| c.is_ascii() && unicode::is_printable(c))
}

/// What `ascii(object)` makes of the object's repr: characters beyond ASCII escaped.
pub fn escape_non_ascii(repr: &str) -> String {
    let mut out = String::with_capacity(repr.len());
    for c in repr.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            push_escape(&mut out, c);
        }
    }
    out
}

fn quoted(text: &str, shown: impl Fn(char) -> bool) -> String {
    let quote = choose_quote(text.as_bytes());
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if shown(c) => out.push(c),
            c => push_escape(&mut out, c),
        }
    }
    out.push(quote);
    out
}

/// `repr(bytes)`.
///
/// ```
/// # use acoro::text::repr_bytes;
/// assert_eq!(repr_bytes(b"a\x00\xff"), r"b'a\x00\xff'");
/// ```
pub fn repr_bytes(bytes: &[u8]) -> String {
    let quote = choose_quote(bytes);
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match char::from(byte) {
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c @ ' '..='~' => out.push(c),
            c => push_escape(&mut out, c),
        }
    }
    out.push(quote);
    out
}

/// Double quotes only where they save an escape.
fn choose_quote(bytes: &[u8]) -> char {
    if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    }
}

/// The shortest escape that names the character.
fn push_escape(out: &mut String, c: char) {
    let code = code_point(c);
    // Writing to a string cannot fail.
    let _ = match code {
        0x09 => out.write_str("\\t"),
        0x0a => out.write_str("\\n"),
        0x0d => out.write_str("\\r"),
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        for (text, expected) in [
            ("", "''"),
            ("it's \"x\"", r#"'it\'s "x"'"#),
            ("\"", "'\"'"),
            ("\t\r\n\0\x7f\\", r"'\t\r\n\x00\x7f\\'"),
            ("\u{a0}\u{ad}é", r"'\xa0\xadé'"),
            ("\u{2028}\u{3000}漢", r"'\u2028\u3000漢'"),
            ("\u{1f600}\u{e0001}", "'\u{1f600}\\U000e0001'"),
            ("\u{fd800}\u{fdfff}", r"'\ud800\udfff'"),
        ] {
            assert_eq!(repr_str(text), expected);
        }
        assert_eq!(ascii_repr("é漢\u{1f600}"), r"'\xe9\u6f22\U0001f600'");
        assert_eq!(escape_non_ascii("['é']"), r"['\xe9']");
    }

    #[test]
    fn bytes() {
        assert_eq!(repr_bytes(b"it's"), "b\"it's\"");
        assert_eq!(repr_bytes(b"'\"\\\n\x80"), r#"b'\'"\\\n\x80'"#);
    }
}
