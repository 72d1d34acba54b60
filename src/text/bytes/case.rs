//! Case, padding and predicates of bytes.

use super::is_space_byte;
use crate::text::TextError;

const MAX_WIDTH: i64 = i32::MAX as i64;

/// `data.title()`.
pub fn title(data: &[u8]) -> Vec<u8> {
    let mut in_word = false;
    data.iter()
        .map(|byte| {
            let mapped = if in_word {
                byte.to_ascii_lowercase()
            } else {
                byte.to_ascii_uppercase()
            };
            in_word = byte.is_ascii_alphabetic();
            mapped
        })
        .collect()
}

/// `data.capitalize()`.
pub fn capitalize(data: &[u8]) -> Vec<u8> {
    let mut out = data.to_ascii_lowercase();
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}

/// `data.swapcase()`.
pub fn swapcase(data: &[u8]) -> Vec<u8> {
    data.iter()
        .map(|byte| {
            if byte.is_ascii_alphabetic() {
                byte ^ 0x20
            } else {
                *byte
            }
        })
        .collect()
}

/// `data.center(width, fill)`.
///
/// # Errors
/// `MemoryError` for a width out of reason.
pub fn center(data: &[u8], width: i64, fill: u8) -> Result<Vec<u8>, TextError> {
    let missing = missing(data, width)?;
    let odd_width = width.unsigned_abs() as usize & 1;
    let left = missing / 2 + (missing & 1 & odd_width);
    Ok(padded(left, data, missing - left, fill))
}

/// `data.ljust(width, fill)`.
///
/// # Errors
/// As [`center`].
pub fn ljust(data: &[u8], width: i64, fill: u8) -> Result<Vec<u8>, TextError> {
    Ok(padded(0, data, missing(data, width)?, fill))
}

/// `data.rjust(width, fill)`.
///
/// # Errors
/// As [`center`].
pub fn rjust(data: &[u8], width: i64, fill: u8) -> Result<Vec<u8>, TextError> {
    Ok(padded(missing(data, width)?, data, 0, fill))
}

/// `data.zfill(width)`.
///
/// # Errors
/// As [`center`].
pub fn zfill(data: &[u8], width: i64) -> Result<Vec<u8>, TextError> {
    let missing = missing(data, width)?;
    let sign = usize::from(matches!(data.first(), Some(b'+' | b'-')));
    let mut out = Vec::with_capacity(data.len() + missing);
    out.extend_from_slice(&data[..sign]);
    out.resize(sign + missing, b'0');
    out.extend_from_slice(&data[sign..]);
    Ok(out)
}

fn missing(data: &[u8], width: i64) -> Result<usize, TextError> {
    if width > MAX_WIDTH {
        return Err(TextError::memory());
    }
    Ok(usize::try_from(width)
        .unwrap_or(0)
        .saturating_sub(data.len()))
}

fn padded(left: usize, data: &[u8], right: usize, fill: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(left + data.len() + right);
    out.resize(left, fill);
    out.extend_from_slice(data);
    out.resize(left + data.len() + right, fill);
    out
}

/// `data.expandtabs(tabsize)`.
///
/// # Errors
/// `MemoryError` for a tab size or a result beyond `i32::MAX`.
pub fn expand_tabs(data: &[u8], tab_size: i64) -> Result<Vec<u8>, TextError> {
    if tab_size > MAX_WIDTH {
        return Err(TextError::memory());
    }
    let tab_size = usize::try_from(tab_size).unwrap_or(0);
    let mut out = Vec::with_capacity(data.len());
    let mut column = 0;
    for &byte in data {
        match byte {
            b'\t' if tab_size == 0 => {}
            b'\t' => {
                let spaces = tab_size - column % tab_size;
                if (out.len() + spaces) as u64 > MAX_WIDTH as u64 {
                    return Err(TextError::memory());
                }
                out.resize(out.len() + spaces, b' ');
                column += spaces;
            }
            _ => {
                out.push(byte);
                column = if matches!(byte, b'\n' | b'\r') {
                    0
                } else {
                    column + 1
                };
            }
        }
    }
    Ok(out)
}

/// `data.isalpha()`.
pub fn is_alpha(data: &[u8]) -> bool {
    all(data, |byte| byte.is_ascii_alphabetic())
}

/// `data.isdigit()`.
pub fn is_digit(data: &[u8]) -> bool {
    all(data, |byte| byte.is_ascii_digit())
}

/// `data.isalnum()`.
pub fn is_alnum(data: &[u8]) -> bool {
    all(data, |byte| byte.is_ascii_alphanumeric())
}

/// `data.isspace()`.
pub fn is_space(data: &[u8]) -> bool {
    all(data, is_space_byte)
}

/// `data.isupper()`.
pub fn is_upper(data: &[u8]) -> bool {
    data.iter().any(u8::is_ascii_uppercase) && !data.iter().any(u8::is_ascii_lowercase)
}

/// `data.islower()`.
pub fn is_lower(data: &[u8]) -> bool {
    data.iter().any(u8::is_ascii_lowercase) && !data.iter().any(u8::is_ascii_uppercase)
}

/// `data.istitle()`.
pub fn is_title(data: &[u8]) -> bool {
    let mut in_word = false;
    let mut any = false;
    for byte in data {
        if (byte.is_ascii_uppercase() && in_word) || (byte.is_ascii_lowercase() && !in_word) {
            return false;
        }
        in_word = byte.is_ascii_alphabetic();
        any |= in_word;
    }
    any
}

fn all(data: &[u8], test: impl Fn(u8) -> bool) -> bool {
    !data.is_empty() && data.iter().all(|&byte| test(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        assert_eq!(title(b"they're\xe9a"), b"They'Re\xe9A");
        assert_eq!(capitalize(b"aBC"), b"Abc");
        assert_eq!(swapcase(b"aB1"), b"Ab1");
        assert!(is_title(b"Ab Cd") && !is_title(b"AB") && !is_title(b""));
        assert!(is_upper(b"A1") && !is_upper(b"1") && is_lower(b"a1") && !is_lower(b"aB"));
        assert!(
            is_space(b" \x0b")
                && !is_space(b"")
                && is_alnum(b"a1")
                && is_alpha(b"a")
                && is_digit(b"1")
        );
    }

    #[test]
    fn widths() {
        assert_eq!(center(b"ab", 5, b'*'), Ok(b"**ab*".to_vec()));
        assert_eq!(ljust(b"ab", 3, b'*'), Ok(b"ab*".to_vec()));
        assert_eq!(rjust(b"ab", 3, b'*'), Ok(b"*ab".to_vec()));
        assert_eq!(zfill(b"-5", 4), Ok(b"-005".to_vec()));
        assert_eq!(expand_tabs(b"a\tb\n\tc", 4), Ok(b"a   b\n    c".to_vec()));
        assert!(rjust(b"", i64::MAX, b' ').is_err());
    }
}
