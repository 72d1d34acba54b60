//! `str.encode`.

use super::{CodecError, EncodeError, Encoding, Handler, backslash_escape, escape};

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
    let utf16 = |mark: &str, unit: fn(u16) -> [u8; 2]| {
        let units = mark.encode_utf16().chain(text.encode_utf16());
        Ok(units.flat_map(unit).collect())
    };
    let utf32 = |mark: &str, unit: fn(u32) -> [u8; 4]| {
        let chars = mark.chars().chain(text.chars());
        Ok(chars.flat_map(|c| unit(u32::from(c))).collect())
    };
    match encoding {
        Encoding::Utf8 => Ok(text.as_bytes().to_vec()),
        Encoding::Utf8Sig => Ok(["\u{feff}", text].concat().into_bytes()),
        Encoding::Ascii => encode_charset(text, &ASCII, errors),
        Encoding::Latin1 => encode_charset(text, &LATIN1, errors),
        Encoding::Cp1252 => encode_charset(text, &WINDOWS, errors),
        Encoding::Utf16 => utf16("\u{feff}", u16::to_le_bytes),
        Encoding::Utf16Le => utf16("", u16::to_le_bytes),
        Encoding::Utf16Be => utf16("", u16::to_be_bytes),
        Encoding::Utf32 => utf32("\u{feff}", u32::to_le_bytes),
        Encoding::Utf32Le => utf32("", u32::to_le_bytes),
        Encoding::Utf32Be => utf32("", u32::to_be_bytes),
        Encoding::UnicodeEscape => Ok(escape::encode_unicode(text)),
        Encoding::RawUnicodeEscape => Ok(escape::encode_raw(text)),
    }
}

/// A character set whose codes are the code points, up to a limit; Windows-1252 has other characters in the midst of them.
struct Charset {
    encoding: &'static str,
    limit: u32,
    reason: &'static str,
}

const ASCII: Charset = Charset {
    encoding: "ascii",
    limit: 128,
    reason: "ordinal not in range(128)",
};

const LATIN1: Charset = Charset {
    encoding: "latin-1",
    limit: 256,
    reason: "ordinal not in range(256)",
};

const WINDOWS: Charset = Charset {
    encoding: "charmap",
    limit: 256,
    reason: "character maps to <undefined>",
};

impl Charset {
    fn code(&self, c: char) -> Option<u8> {
        if self.encoding == WINDOWS.encoding && !matches!(c, '\0'..='\x7f' | '\u{a0}'..='\u{ff}') {
            let place = super::CP1252.iter().position(|&own| own == c)? as u8;
            return (!matches!(c, '\u{80}'..='\u{9f}')).then_some(0x80 + place);
        }
        let code = u32::from(c);
        u8::try_from(code).ok().filter(|_| code < self.limit)
    }
}

fn encode_charset(text: &str, charset: &Charset, errors: &str) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(text.len());
    let mut handler = None;
    for (position, c) in text.chars().enumerate() {
        if let Some(code) = charset.code(c) {
            out.push(code);
            continue;
        }
        let handler = match handler {
            Some(handler) => handler,
            None => *handler.insert(Handler::parse(errors)?),
        };
        match handler {
            Handler::Ignore => {}
            Handler::Replace => out.push(b'?'),
            Handler::BackslashReplace => out.extend(backslash_escape(c).into_bytes()),
            Handler::XmlCharRefReplace => {
                out.extend(format!("&#{};", u32::from(c)).into_bytes());
            }
            Handler::NameReplace => match unicode_names2::name(c) {
                Some(name) => out.extend(format!("\\N{{{name}}}").into_bytes()),
                None => out.extend(backslash_escape(c).into_bytes()),
            },
            Handler::Strict => {
                let rest = text.chars().skip(position);
                let wrong = rest.take_while(|&c| charset.code(c).is_none()).count();
                return Err(CodecError::Encode(EncodeError {
                    encoding: charset.encoding,
                    object: text.to_owned(),
                    start: position,
                    end: position + wrong,
                    reason: charset.reason,
                }));
            }
        }
    }
    Ok(out)
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
