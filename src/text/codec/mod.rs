//! Strings to bytes and back: UTF-8, ASCII, Latin-1, Latin-9, Windows-1252, UTF-16, UTF-32 and the escapes of literals, with CPython's error handlers.
//!
//! Lone surrogates have no code in any of them but the escapes; bytes that would be one of the characters that stand for them (see
//! `text::surrogates`) are wrong in all.

mod decode;
mod encode;
mod escape;

use std::fmt;

use super::TextError;
use super::surrogates::code_point;

pub use decode::decode;
pub use encode::encode;

/// A text encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `utf-8`
    Utf8,
    /// `utf-8-sig`: with a byte order mark in front, skipped on reading.
    Utf8Sig,
    /// `ascii`
    Ascii,
    /// `latin-1`
    Latin1,
    /// `iso8859-15`: Latin-1 with the euro sign.
    Latin9,
    /// `cp1252`
    Cp1252,
    /// `utf-16`: in the order that the mark says; written little-endian with a mark.
    Utf16,
    /// `utf-16-le`
    Utf16Le,
    /// `utf-16-be`
    Utf16Be,
    /// `utf-32`: as [`Encoding::Utf16`].
    Utf32,
    /// `utf-32-le`
    Utf32Le,
    /// `utf-32-be`
    Utf32Be,
    /// `unicode-escape`: as in a str literal.
    UnicodeEscape,
    /// `raw-unicode-escape`: as in a raw literal of Python 2.
    RawUnicodeEscape,
}

/// The characters of Windows-1252 from 0x80 to 0x9F; where it has none, the control character stands.
const CP1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The characters that ISO 8859-15 has in the place of those of Latin-1.
const LATIN9: [(u8, char); 8] = [
    (0xa4, '€'),
    (0xa6, 'Š'),
    (0xa8, 'š'),
    (0xb4, 'Ž'),
    (0xb8, 'ž'),
    (0xbc, 'Œ'),
    (0xbd, 'œ'),
    (0xbe, 'Ÿ'),
];

impl Encoding {
    /// The encoding of a name, in any of Python's spellings.
    ///
    /// ```
    /// # use acoro::text::codec::Encoding;
    /// assert_eq!(Encoding::parse("UTF8"), Ok(Encoding::Utf8));
    /// assert_eq!(Encoding::parse("iso-8859-1"), Ok(Encoding::Latin1));
    /// ```
    ///
    /// # Errors
    /// `LookupError` for an unknown name.
    pub fn parse(name: &str) -> Result<Self, TextError> {
        let words: Vec<&str> = name
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
            .filter(|word| !word.is_empty())
            .collect();
        Ok(match words.join("_").to_ascii_lowercase().as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" => Self::Utf8,
            "utf_8_sig" => Self::Utf8Sig,
            "ascii" | "us_ascii" | "us" | "646" | "cp367" | "ibm367" | "iso646_us" | "iso_ir_6" => {
                Self::Ascii
            }
            "latin_1" | "latin1" | "latin" | "l1" | "iso_8859_1" | "iso8859_1" | "iso8859"
            | "8859" | "cp819" | "ibm819" | "iso_ir_100" => Self::Latin1,
            "iso_8859_15" | "iso8859_15" | "latin_9" | "latin9" | "l9" => Self::Latin9,
            "cp1252" | "1252" | "windows_1252" => Self::Cp1252,
            "utf_16" | "utf16" | "u16" => Self::Utf16,
            "utf_16_le" | "utf_16le" => Self::Utf16Le,
            "utf_16_be" | "utf_16be" => Self::Utf16Be,
            "utf_32" | "utf32" | "u32" => Self::Utf32,
            "utf_32_le" | "utf_32le" => Self::Utf32Le,
            "utf_32_be" | "utf_32be" => Self::Utf32Be,
            "unicode_escape" | "unicodeescape" => Self::UnicodeEscape,
            "raw_unicode_escape" | "rawunicodeescape" => Self::RawUnicodeEscape,
            _ => return Err(TextError::lookup(format!("unknown encoding: {name}"))),
        })
    }
}

/// Why a string could not be encoded or bytes not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecError {
    /// `UnicodeDecodeError`
    Decode(DecodeError),
    /// `UnicodeEncodeError`
    Encode(EncodeError),
    /// Another exception: an unknown error handler.
    Other(TextError),
}

/// The data of a `UnicodeDecodeError`; `Display` gives its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The codec's own name.
    pub encoding: &'static str,
    /// The bytes that were decoded.
    pub object: Vec<u8>,
    /// The first wrong byte.
    pub start: usize,
    /// Behind the last wrong byte.
    pub end: usize,
    /// What is wrong.
    pub reason: &'static str,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DecodeError {
            encoding,
            start,
            end,
            reason,
            ..
        } = self;
        match self.object.get(*start) {
            Some(byte) if *end == start + 1 => write!(
                f,
                "'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}"
            ),
            Some(_) | None => write!(
                f,
                "'{encoding}' codec can't decode bytes in position {start}-{}: {reason}",
                end.saturating_sub(1)
            ),
        }
    }
}

/// The data of a `UnicodeEncodeError`; `Display` gives its message. Positions are code points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError {
    /// The codec's own name.
    pub encoding: &'static str,
    /// The string that was encoded.
    pub object: String,
    /// The first character that has no code.
    pub start: usize,
    /// Behind the last of them.
    pub end: usize,
    /// What is wrong.
    pub reason: &'static str,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EncodeError {
            encoding,
            start,
            end,
            reason,
            ..
        } = self;
        match self.object.chars().nth(*start) {
            Some(c) if *end == start + 1 => write!(
                f,
                "'{encoding}' codec can't encode character '{}' in position {start}: {reason}",
                backslash_escape(c)
            ),
            Some(_) | None => write!(
                f,
                "'{encoding}' codec can't encode characters in position {start}-{}: {reason}",
                end.saturating_sub(1)
            ),
        }
    }
}

/// `\xe9`, `\u6f22` or `\U0001f600`.
pub fn backslash_escape(c: char) -> String {
    match code_point(c) {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handler {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    XmlCharRefReplace,
    NameReplace,
    SurrogateEscape,
    SurrogatePass,
}

/// Is it the name of an error handler that is built in?
pub fn is_handler(name: &str) -> bool {
    Handler::parse(name).is_ok()
}

impl Handler {
    /// Looked up only once there is an error, as CPython does.
    fn parse(name: &str) -> Result<Self, CodecError> {
        Ok(match name {
            "strict" => Self::Strict,
            "ignore" => Self::Ignore,
            "replace" => Self::Replace,
            "backslashreplace" => Self::BackslashReplace,
            "xmlcharrefreplace" => Self::XmlCharRefReplace,
            "namereplace" => Self::NameReplace,
            "surrogateescape" => Self::SurrogateEscape,
            "surrogatepass" => Self::SurrogatePass,
            _ => {
                return Err(CodecError::Other(TextError::lookup(format!(
                    "unknown error handler name '{name}'"
                ))));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, expected) in [
            ("U8", Encoding::Utf8),
            ("-utf--8-", Encoding::Utf8),
            ("Latin 1", Encoding::Latin1),
            ("us ascii", Encoding::Ascii),
            ("UTF_16LE", Encoding::Utf16Le),
            ("utf-8-sig", Encoding::Utf8Sig),
        ] {
            assert_eq!(Encoding::parse(name), Ok(expected));
        }
        assert_eq!(
            Encoding::parse("foo").map_err(|error| error.message),
            Err("unknown encoding: foo".into())
        );
    }

    #[test]
    fn unknown_handlers_matter_only_with_an_error() {
        assert_eq!(decode(b"a", Encoding::Ascii, "foo"), Ok("a".into()));
        let error = TextError::lookup("unknown error handler name 'foo'");
        assert_eq!(
            decode(b"\xff", Encoding::Ascii, "foo"),
            Err(CodecError::Other(error.clone()))
        );
        assert_eq!(
            encode("é", Encoding::Ascii, "foo"),
            Err(CodecError::Other(error))
        );
    }
}
