//! `bytes.decode`.

use std::fmt::Write as _;

use super::{CodecError, DecodeError, Encoding, Handler, escape};
use crate::text::TextError;
use crate::text::surrogates::{
    RESERVED, find_surrogate, first_surrogate, from_code_point, has_surrogates, is_surrogate,
};

/// `data.decode(encoding, errors)`.
///
/// ```
/// # use acoro::text::codec::{Encoding, decode};
/// assert_eq!(decode(b"a\xff", Encoding::Utf8, "replace"), Ok("a\u{fffd}".into()));
/// ```
///
/// # Errors
/// When the bytes are no text in this encoding and the handler does not help.
pub fn decode(data: &[u8], encoding: Encoding, errors: &str) -> Result<String, CodecError> {
    // Most text is right, and not long.
    if encoding == Encoding::Utf8
        && let Ok(text) = std::str::from_utf8(&data[..data.len().min(UTF8_STEP)])
        && text.len() == data.len()
        && !has_surrogates(text)
    {
        return Ok(text.to_owned());
    }
    let (name, skip, step): (_, _, Step) = match encoding {
        Encoding::Utf8 => ("utf-8", 0, utf8_step),
        Encoding::Utf8Sig => {
            let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
            return decode(data, Encoding::Utf8, errors);
        }
        Encoding::Ascii => ("ascii", 0, ascii_step),
        Encoding::Latin9 => ("charmap", 0, latin9_step),
        Encoding::Cp1252 => ("charmap", 0, cp1252_step),
        Encoding::Latin1 => return Ok(data.iter().copied().map(char::from).collect()),
        Encoding::Utf16 if data.starts_with(b"\xfe\xff") => ("utf-16-be", 2, utf16_be_step),
        Encoding::Utf16 if data.starts_with(b"\xff\xfe") => ("utf-16-le", 2, utf16_le_step),
        Encoding::Utf16 | Encoding::Utf16Le => ("utf-16-le", 0, utf16_le_step),
        Encoding::Utf16Be => ("utf-16-be", 0, utf16_be_step),
        Encoding::Utf32 if data.starts_with(b"\0\0\xfe\xff") => ("utf-32-be", 4, utf32_be_step),
        Encoding::Utf32 if data.starts_with(b"\xff\xfe\0\0") => ("utf-32-le", 4, utf32_le_step),
        Encoding::Utf32 | Encoding::Utf32Le => ("utf-32-le", 0, utf32_le_step),
        Encoding::Utf32Be => ("utf-32-be", 0, utf32_be_step),
        Encoding::UnicodeEscape => ("unicodeescape", 0, escape::unicode_step),
        Encoding::RawUnicodeEscape => ("rawunicodeescape", 0, escape::raw_step),
    };
    let mut out = String::with_capacity(data.len());
    let mut handler = None;
    let mut position = skip;
    while position < data.len() {
        let (length, reason) = match step(&data[position..], &mut out) {
            Stepped::Good(length) => {
                position += length;
                continue;
            }
            Stepped::Bad(length, reason) => (length, reason),
        };
        let mut end = position + length;
        let handler = match handler {
            Some(handler) => handler,
            None => *handler.insert(Handler::parse(errors)?),
        };
        let wrong = || {
            CodecError::Decode(DecodeError {
                encoding: name,
                object: data.to_vec(),
                start: position,
                end,
                reason,
            })
        };
        match handler {
            Handler::Ignore => {}
            Handler::Replace => out.push(char::REPLACEMENT_CHARACTER),
            Handler::BackslashReplace => {
                for byte in &data[position..end] {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\x{byte:02x}");
                }
            }
            Handler::XmlCharRefReplace | Handler::NameReplace => {
                return Err(CodecError::Other(TextError::type_error(
                    "don't know how to handle UnicodeDecodeError in error callback",
                )));
            }
            Handler::SurrogateEscape => {
                let bytes = data[position..end].iter().take(4);
                let before = out.len();
                out.extend(bytes.map_while(|&byte| escaped_byte(byte)));
                if out.len() == before {
                    return Err(wrong());
                }
                end = position + out[before..].chars().count();
            }
            Handler::SurrogatePass => {
                let Some((c, length)) = passed(&data[position..], name) else {
                    return Err(wrong());
                };
                out.push(c);
                end = position + length;
            }
            Handler::Strict => return Err(wrong()),
        }
        position = end;
    }
    Ok(out)
}

/// What `surrogateescape` makes of a byte that is not ASCII.
fn escaped_byte(byte: u8) -> Option<char> {
    match byte {
        0x80.. => from_code_point(0xdc00 + u32::from(byte)),
        _ => None,
    }
}

/// The surrogate that bytes begin with, and its length.
fn passed(data: &[u8], encoding: &str) -> Option<(char, usize)> {
    let (code, length) = match encoding {
        "utf-8" => match *data.first_chunk::<3>()? {
            [0xed, middle @ 0xa0..=0xbf, low @ 0x80..=0xbf] => (
                0xd000 | u32::from(middle & 0x3f) << 6 | u32::from(low & 0x3f),
                3,
            ),
            _ => return None,
        },
        "utf-16-le" => (u16::from_le_bytes(*data.first_chunk()?).into(), 2),
        "utf-16-be" => (u16::from_be_bytes(*data.first_chunk()?).into(), 2),
        "utf-32-le" => (u32::from_le_bytes(*data.first_chunk()?), 4),
        "utf-32-be" => (u32::from_be_bytes(*data.first_chunk()?), 4),
        _ => return None,
    };
    let c = from_code_point(code).filter(|&c| is_surrogate(c))?;
    Some((c, length))
}

/// Decodes some bytes at the beginning of a slice that is not empty.
type Step = fn(&[u8], &mut String) -> Stepped;

pub(super) enum Stepped {
    /// This many bytes are decoded.
    Good(usize),
    /// This many bytes are wrong.
    Bad(usize, &'static str),
}

/// So much is looked at in a step, whose work is done again when it ends early.
const UTF8_STEP: usize = 1 << 14;

fn utf8_step(data: &[u8], out: &mut String) -> Stepped {
    let mut end = data.len().min(UTF8_STEP);
    // Not in the midst of a character, of which up to three bytes may be in front.
    for _ in 0..3 {
        if data.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end -= 1;
        }
    }
    // Nor far behind a character that is refused.
    if let Some(at) = find_surrogate(&data[..end]) {
        end = end.min(at + 4);
    }
    let data = &data[..end];
    let (text, error) = match std::str::from_utf8(data) {
        Ok(text) => (text, None),
        Err(error) => {
            let good = std::str::from_utf8(&data[..error.valid_up_to()]);
            (good.unwrap_or_default(), Some(error))
        }
    };
    let good = first_surrogate(text).unwrap_or(text.len());
    if good > 0 {
        out.push_str(&text[..good]);
        return Stepped::Good(good);
    }
    let Some(error) = error.filter(|_| text.is_empty()) else {
        return Stepped::Bad(4, RESERVED);
    };
    match (error.error_len(), data[0]) {
        (None, _) => Stepped::Bad(data.len(), "unexpected end of data"),
        (Some(length), 0x80..=0xc1 | 0xf5..=0xff) => Stepped::Bad(length, "invalid start byte"),
        (Some(length), _) => Stepped::Bad(length, "invalid continuation byte"),
    }
}

fn latin9_step(data: &[u8], out: &mut String) -> Stepped {
    let own = super::LATIN9.iter().find(|&&(code, _)| code == data[0]);
    out.push(own.map_or(char::from(data[0]), |&(_, c)| c));
    Stepped::Good(1)
}

fn cp1252_step(data: &[u8], out: &mut String) -> Stepped {
    let byte = data[0];
    let c = match byte {
        0x80..=0x9f => super::CP1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    if matches!(c, '\u{80}'..='\u{9f}') {
        return Stepped::Bad(1, "character maps to <undefined>");
    }
    out.push(c);
    Stepped::Good(1)
}

fn ascii_step(data: &[u8], out: &mut String) -> Stepped {
    let good = data.iter().take_while(|byte| byte.is_ascii()).count();
    if good == 0 {
        return Stepped::Bad(1, "ordinal not in range(128)");
    }
    out.extend(data[..good].iter().copied().map(char::from));
    Stepped::Good(good)
}

fn utf16_le_step(data: &[u8], out: &mut String) -> Stepped {
    utf16_step(data, out, u16::from_le_bytes)
}

fn utf16_be_step(data: &[u8], out: &mut String) -> Stepped {
    utf16_step(data, out, u16::from_be_bytes)
}

fn utf16_step(data: &[u8], out: &mut String, unit: fn([u8; 2]) -> u16) -> Stepped {
    let (units, _) = data.as_chunks::<2>();
    let Some(&first) = units.first() else {
        return Stepped::Bad(data.len(), "truncated data");
    };
    let first = unit(first);
    if let Some(c) = char::from_u32(u32::from(first)) {
        out.push(c);
        return Stepped::Good(2);
    }
    if first >= 0xdc00 {
        return Stepped::Bad(2, "illegal encoding");
    }
    let Some(&second) = units.get(1) else {
        return Stepped::Bad(data.len(), "unexpected end of data");
    };
    match char::decode_utf16([first, unit(second)]).next() {
        Some(Ok(c)) if is_surrogate(c) => Stepped::Bad(4, RESERVED),
        Some(Ok(c)) => {
            out.push(c);
            Stepped::Good(4)
        }
        Some(Err(_)) | None => Stepped::Bad(2, "illegal UTF-16 surrogate"),
    }
}

fn utf32_le_step(data: &[u8], out: &mut String) -> Stepped {
    utf32_step(data, out, u32::from_le_bytes)
}

fn utf32_be_step(data: &[u8], out: &mut String) -> Stepped {
    utf32_step(data, out, u32::from_be_bytes)
}

fn utf32_step(data: &[u8], out: &mut String, unit: fn([u8; 4]) -> u32) -> Stepped {
    let Some(&first) = data.first_chunk::<4>() else {
        return Stepped::Bad(data.len(), "truncated data");
    };
    let code = unit(first);
    match char::from_u32(code) {
        Some(c) if is_surrogate(c) => Stepped::Bad(4, RESERVED),
        Some(c) => {
            out.push(c);
            Stepped::Good(4)
        }
        None if code < 0x11_0000 => Stepped::Bad(
            4,
            "code point in surrogate code point range(0xd800, 0xe000)",
        ),
        None => Stepped::Bad(4, "code point not in range(0x110000)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(data: &[u8], encoding: Encoding, expected: &str) {
        let got = match decode(data, encoding, "strict") {
            Ok(text) => text,
            Err(CodecError::Decode(error)) => error.to_string(),
            Err(error) => panic!("{error:?}"),
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn utf8() {
        check("aé漢\u{1f600}".as_bytes(), Encoding::Utf8, "aé漢\u{1f600}");
        check(b"\xef\xbb\xbfa", Encoding::Utf8Sig, "a");
        check(
            b"a\xff",
            Encoding::Utf8,
            "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte",
        );
        check(
            b"\xe0\x80",
            Encoding::Utf8,
            "'utf-8' codec can't decode byte 0xe0 in position 0: invalid continuation byte",
        );
        check(
            b"\xf0\x9f\x98",
            Encoding::Utf8,
            "'utf-8' codec can't decode bytes in position 0-2: unexpected end of data",
        );
        assert_eq!(
            decode(b"\xf0\x9f\x98a\xff", Encoding::Utf8, "replace"),
            Ok("\u{fffd}a\u{fffd}".into())
        );
        assert_eq!(
            decode(b"a\xff\xfe", Encoding::Utf8, "ignore"),
            Ok("a".into())
        );
        assert_eq!(
            decode(b"a\xff", Encoding::Ascii, "backslashreplace"),
            Ok("a\\xff".into())
        );
    }

    #[test]
    fn utf16_and_32() {
        check(b"\xfe\xff\xd8\x3d\xde\x00", Encoding::Utf16, "\u{1f600}");
        check(b"a\0", Encoding::Utf16, "a");
        check(
            b"a",
            Encoding::Utf16Be,
            "'utf-16-be' codec can't decode byte 0x61 in position 0: truncated data",
        );
        check(
            b"\x00\xd8a",
            Encoding::Utf16Le,
            "'utf-16-le' codec can't decode bytes in position 0-2: unexpected end of data",
        );
        check(
            b"\x00\xd8ab",
            Encoding::Utf16Le,
            "'utf-16-le' codec can't decode bytes in position 0-1: illegal UTF-16 surrogate",
        );
        check(b"\xff\xfe\0\0a\0\0\0", Encoding::Utf32, "a");
        check(
            b"\x00\xd8\x00\x00",
            Encoding::Utf32Le,
            "'utf-32-le' codec can't decode bytes in position 0-3: code point in surrogate code point range(0xd800, 0xe000)",
        );
        check(b"\xe9", Encoding::Latin1, "é");
    }
}
