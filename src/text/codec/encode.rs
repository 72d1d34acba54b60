//! `str.encode`.

use super::{CodecError, EncodeError, Encoding, Handler, backslash_escape, escape};
use crate::text::surrogates::{code_point, has_surrogates, is_surrogate};

/// `text.encode(encoding, errors)`.
///
/// ```
/// # use acoro::text::codec::{Encoding, encode};
/// assert_eq!(encode("é", Encoding::Utf8, "strict"), Ok(vec![0xc3, 0xa9]));
/// ```
///
/// # Errors
/// When a character has no code and the handler does not help.
pub fn encode(text: &str, encoding: Encoding, errors: &str) -> Result<Vec<u8>, CodecError> {
    if encoding == Encoding::Utf8 && !has_surrogates(text) {
        return Ok(text.as_bytes().to_vec());
    }
    let (mark, target) = match encoding {
        Encoding::Utf8 => ("", &UTF8),
        Encoding::Utf8Sig => ("\u{feff}", &UTF8),
        Encoding::Ascii => ("", &ASCII),
        Encoding::Latin1 => ("", &LATIN1),
        Encoding::Latin9 => ("", &LATIN9),
        Encoding::Cp1252 => ("", &WINDOWS),
        Encoding::Utf16 => ("\u{feff}", &UTF16),
        Encoding::Utf16Le => ("", &UTF16_LE),
        Encoding::Utf16Be => ("", &UTF16_BE),
        Encoding::Utf32 => ("\u{feff}", &UTF32),
        Encoding::Utf32Le => ("", &UTF32_LE),
        Encoding::Utf32Be => ("", &UTF32_BE),
        Encoding::UnicodeEscape => return Ok(escape::encode_unicode(text)),
        Encoding::RawUnicodeEscape => return Ok(escape::encode_raw(text)),
    };
    let mut out = Vec::with_capacity(mark.len() + text.len());
    for c in mark.chars() {
        (target.put)(c, &mut out);
    }
    target.encode(text, errors, &mut out)?;
    Ok(out)
}

/// What a text is encoded to.
struct Target {
    /// The codec's own name.
    encoding: &'static str,
    /// What is wrong with characters that have no code.
    reason: &'static str,
    /// Writes a character; false if it has no code.
    put: fn(char, &mut Vec<u8>) -> bool,
    /// Writes a surrogate for `surrogatepass`, where that is possible.
    pass: Option<fn(u16, &mut Vec<u8>)>,
    /// One byte is a code: then characters without a code that follow each other are one error, and `surrogateescape` is possible.
    bytewise: bool,
}

const NO_SURROGATES: &str = "surrogates not allowed";

const UTF8: Target = Target {
    encoding: "utf-8",
    reason: NO_SURROGATES,
    put: |c, out| {
        if !is_surrogate(c) {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        !is_surrogate(c)
    },
    pass: Some(|code, out| {
        let [high, low] = code.to_be_bytes();
        let middle = (high & 0x0f) << 2 | low >> 6;
        out.extend([0xe0 | high >> 4, 0x80 | middle, 0x80 | low & 0x3f]);
    }),
    bytewise: true,
};

const ASCII: Target = Target {
    encoding: "ascii",
    reason: "ordinal not in range(128)",
    put: |c, out| put_byte(u8::try_from(c).ok().filter(u8::is_ascii), out),
    pass: None,
    bytewise: true,
};

const LATIN1: Target = Target {
    encoding: "latin-1",
    reason: "ordinal not in range(256)",
    put: |c, out| put_byte(u8::try_from(c).ok(), out),
    pass: None,
    bytewise: true,
};

const LATIN9: Target = Target {
    put: |c, out| {
        let own = super::LATIN9.iter().find(|&&(_, own)| own == c);
        let latin1 = u8::try_from(c).ok();
        let replaced = |&code: &u8| super::LATIN9.iter().any(|&(place, _)| place == code);
        put_byte(
            own.map(|&(code, _)| code)
                .or(latin1.filter(|code| !replaced(code))),
            out,
        )
    },
    ..WINDOWS
};

const WINDOWS: Target = Target {
    encoding: "charmap",
    reason: "character maps to <undefined>",
    put: |c, out| {
        let code = match c {
            '\0'..='\x7f' | '\u{a0}'..='\u{ff}' => u8::try_from(c).ok(),
            '\u{80}'..='\u{9f}' => None,
            _ => {
                let place = super::CP1252.iter().position(|&own| own == c);
                place.map(|place| 0x80 + place as u8)
            }
        };
        put_byte(code, out)
    },
    pass: None,
    bytewise: true,
};

const UTF16: Target = Target {
    encoding: "utf-16",
    ..UTF16_LE
};

const UTF16_LE: Target = Target {
    encoding: "utf-16-le",
    reason: NO_SURROGATES,
    put: |c, out| put_units(c, u16::to_le_bytes, out),
    pass: Some(|code, out| out.extend(code.to_le_bytes())),
    bytewise: false,
};

const UTF16_BE: Target = Target {
    encoding: "utf-16-be",
    reason: NO_SURROGATES,
    put: |c, out| put_units(c, u16::to_be_bytes, out),
    pass: Some(|code, out| out.extend(code.to_be_bytes())),
    bytewise: false,
};

const UTF32: Target = Target {
    encoding: "utf-32",
    ..UTF32_LE
};

const UTF32_LE: Target = Target {
    encoding: "utf-32-le",
    reason: NO_SURROGATES,
    put: |c, out| put_code(c, u32::to_le_bytes, out),
    pass: Some(|code, out| out.extend(u32::from(code).to_le_bytes())),
    bytewise: false,
};

const UTF32_BE: Target = Target {
    encoding: "utf-32-be",
    reason: NO_SURROGATES,
    put: |c, out| put_code(c, u32::to_be_bytes, out),
    pass: Some(|code, out| out.extend(u32::from(code).to_be_bytes())),
    bytewise: false,
};

fn put_byte(code: Option<u8>, out: &mut Vec<u8>) -> bool {
    out.extend(code);
    code.is_some()
}

fn put_units(c: char, bytes: fn(u16) -> [u8; 2], out: &mut Vec<u8>) -> bool {
    if is_surrogate(c) {
        return false;
    }
    for &mut unit in c.encode_utf16(&mut [0; 2]) {
        out.extend(bytes(unit));
    }
    true
}

fn put_code(c: char, bytes: fn(u32) -> [u8; 4], out: &mut Vec<u8>) -> bool {
    if !is_surrogate(c) {
        out.extend(bytes(u32::from(c)));
    }
    !is_surrogate(c)
}

impl Target {
    fn encode(&self, text: &str, errors: &str, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let mut handler = None;
        // Where the characters without a code began that go on to here.
        let mut run = None;
        for (position, c) in text.chars().enumerate() {
            if (self.put)(c, out) {
                run = None;
                continue;
            }
            let handler = match handler {
                Some(handler) => handler,
                None => *handler.insert(Handler::parse(errors)?),
            };
            let run = *run.get_or_insert(position);
            let escaped = match handler {
                Handler::Ignore => continue,
                Handler::Replace => "?".to_owned(),
                Handler::BackslashReplace => backslash_escape(c),
                Handler::XmlCharRefReplace => format!("&#{};", code_point(c)),
                Handler::NameReplace => match unicode_names2::name(c) {
                    Some(name) => format!("\\N{{{name}}}"),
                    None => backslash_escape(c),
                },
                Handler::SurrogateEscape if self.bytewise && escapes_byte(c) => {
                    out.extend(code_point(c).to_le_bytes().first());
                    continue;
                }
                Handler::SurrogatePass
                    if is_surrogate(c)
                        && let Some(pass) = self.pass =>
                {
                    pass(code_point(c) as u16, out);
                    continue;
                }
                Handler::SurrogateEscape | Handler::SurrogatePass | Handler::Strict => {
                    // The handler of a character map is told of the whole run, and undoes what it did of it.
                    let whole = self.encoding == WINDOWS.encoding;
                    let start = if whole { run } else { position };
                    return Err(self.error(text, start));
                }
            };
            for c in escaped.chars() {
                (self.put)(c, out);
            }
        }
        Ok(())
    }

    fn error(&self, text: &str, start: usize) -> CodecError {
        let rest = text.chars().skip(start);
        let wrong = rest.take_while(|&c| !(self.put)(c, &mut Vec::new()));
        let most = if self.bytewise { usize::MAX } else { 1 };
        CodecError::Encode(EncodeError {
            encoding: self.encoding,
            object: text.to_owned(),
            start,
            end: start + wrong.take(most).count(),
            reason: self.reason,
        })
    }
}

/// Does `surrogateescape` make a byte of it?
fn escapes_byte(c: char) -> bool {
    matches!(code_point(c), 0xdc80..=0xdcff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unicode_encodings() {
        let bytes = |encoding| {
            encode("a\u{1f600}", encoding, "strict")
                .map(|bytes| crate::text::bytes::hex(&bytes, None))
        };
        assert_eq!(bytes(Encoding::Utf8), Ok("61f09f9880".into()));
        assert_eq!(bytes(Encoding::Utf8Sig), Ok("efbbbf61f09f9880".into()));
        assert_eq!(bytes(Encoding::Utf16), Ok("fffe61003dd800de".into()));
        assert_eq!(bytes(Encoding::Utf16Be), Ok("0061d83dde00".into()));
        assert_eq!(bytes(Encoding::Utf32Le), Ok("6100000000f60100".into()));
        assert_eq!(
            bytes(Encoding::Utf32),
            Ok("fffe00006100000000f60100".into())
        );
    }

    #[test]
    fn handlers() {
        let ascii = |errors| encode("aé漢b", Encoding::Ascii, errors);
        assert_eq!(ascii("ignore"), Ok(b"ab".to_vec()));
        assert_eq!(ascii("replace"), Ok(b"a??b".to_vec()));
        assert_eq!(ascii("backslashreplace"), Ok(b"a\\xe9\\u6f22b".to_vec()));
        assert_eq!(ascii("xmlcharrefreplace"), Ok(b"a&#233;&#28450;b".to_vec()));
        let Err(CodecError::Encode(error)) = ascii("strict") else {
            panic!("é is not ASCII");
        };
        assert_eq!(
            error.to_string(),
            "'ascii' codec can't encode characters in position 1-2: ordinal not in range(128)"
        );
        let Err(CodecError::Encode(error)) = encode("é漢", Encoding::Latin1, "strict") else {
            panic!("漢 is not in Latin-1");
        };
        assert_eq!(
            error.to_string(),
            "'latin-1' codec can't encode character '\\u6f22' in position 1: ordinal not in range(256)"
        );
    }
}
