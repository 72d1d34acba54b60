//! Bytes as hexadecimal text.

use crate::text::TextError;

/// `data.hex(sep, bytes_per_sep)`: the separator and the group's size, from the right, or from the left when
/// it is negative.
///
/// ```
/// # use acoro::text::bytes::hex;
/// assert_eq!(hex(b"\x01\x02\x03", Some((':', 2))), "01:0203");
/// ```
pub fn hex(data: &[u8], separator: Option<(char, i64)>) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let (separator, per_group) = separator.unwrap_or((':', 0));
    let size = usize::try_from(per_group.unsigned_abs()).unwrap_or(usize::MAX);
    let mut out = String::with_capacity(data.len() * 2);
    for (index, &byte) in data.iter().enumerate() {
        let from = if per_group < 0 {
            index
        } else {
            data.len() - index
        };
        if index > 0 && size > 0 && from % size == 0 {
            out.push(separator);
        }
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// The `sep` argument of [`hex`], given as characters (a bytes argument's bytes count as such).
///
/// # Errors
/// `ValueError` unless it is one ASCII character.
pub fn hex_separator(separator: &str) -> Result<char, TextError> {
    let mut chars = separator.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if c.is_ascii() => Ok(c),
        (Some(_), None) => Err(TextError::value("sep must be ASCII.")),
        (_, _) => Err(TextError::value("sep must be length 1.")),
    }
}

/// `bytes.fromhex(text)`: pairs of digits with ASCII white space between them.
///
/// # Errors
/// `ValueError`, with the position of the first wrong character.
pub fn from_hex(text: &str) -> Result<Vec<u8>, TextError> {
    let wrong = |position: usize| {
        TextError::value(format!(
            "non-hexadecimal number found in fromhex() arg at position {position}"
        ))
    };
    if let Some(position) = text.chars().position(|c| !c.is_ascii()) {
        return Err(wrong(position));
    }
    let bytes = text.as_bytes();
    let digit = |position: usize| {
        let digit = bytes
            .get(position)
            .and_then(|&byte| char::from(byte).to_digit(16));
        digit
            .map(|digit| digit as u8)
            .ok_or_else(|| wrong(position))
    };
    let mut out = Vec::with_capacity(bytes.len() / 2);
    let mut position = 0;
    while position < bytes.len() {
        if super::is_space_byte(bytes[position]) {
            position += 1;
            continue;
        }
        out.push(digit(position)? << 4 | digit(position + 1)?);
        position += 2;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes() {
        assert_eq!(hex(b"abcde", None), "6162636465");
        assert_eq!(hex(b"abcde", Some((':', 2))), "61:6263:6465");
        assert_eq!(hex(b"abcde", Some((':', -2))), "6162:6364:65");
        assert_eq!(hex(b"abc", Some((':', 0))), "616263");
        assert_eq!(hex(b"abc", Some((':', i64::MIN))), "616263");
        assert!(hex_separator("é").is_err() && hex_separator("").is_err());
    }

    #[test]
    fn reads() {
        assert_eq!(from_hex(" ab\tCD "), Ok(b"\xab\xcd".to_vec()));
        for (text, position) in [
            ("a", 1),
            ("a b", 1),
            ("ab c", 4),
            ("abé", 2),
            ("zz", 0),
            ("ab\x1ccd", 2),
        ] {
            let expected =
                format!("non-hexadecimal number found in fromhex() arg at position {position}");
            assert_eq!(from_hex(text).map_err(|error| error.message), Err(expected));
        }
    }
}
