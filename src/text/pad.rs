//! Strings of a certain width: `center`, `ljust`, `rjust`, `zfill`, `expandtabs`.
//!
//! A width beyond `i32::MAX` is a `MemoryError`; the caller bounds smaller ones by its own limit.

use super::{Text, TextError};

const MAX_WIDTH: i64 = i32::MAX as i64;

/// `text.center(width, fill)`.
///
/// # Errors
/// `MemoryError` for a width that is out of reason.
pub fn center(text: Text<'_>, width: i64, fill: char) -> Result<String, TextError> {
    let missing = missing(text, width)?;
    let odd_width = width.unsigned_abs() as usize & 1;
    let left = missing / 2 + (missing & 1 & odd_width);
    Ok(padded(left, text, missing - left, fill))
}

/// `text.ljust(width, fill)`.
///
/// # Errors
/// As [`center`].
pub fn ljust(text: Text<'_>, width: i64, fill: char) -> Result<String, TextError> {
    Ok(padded(0, text, missing(text, width)?, fill))
}

/// `text.rjust(width, fill)`.
///
/// # Errors
/// As [`center`].
pub fn rjust(text: Text<'_>, width: i64, fill: char) -> Result<String, TextError> {
    Ok(padded(missing(text, width)?, text, 0, fill))
}

/// `text.zfill(width)`.
///
/// # Errors
/// As [`center`].
pub fn zfill(text: Text<'_>, width: i64) -> Result<String, TextError> {
    let missing = missing(text, width)?;
    let text = text.as_str();
    let sign = text.len() - text.strip_prefix(['+', '-']).unwrap_or(text).len();
    let mut out = String::with_capacity(text.len() + missing);
    out.push_str(&text[..sign]);
    out.extend(std::iter::repeat_n('0', missing));
    out.push_str(&text[sign..]);
    Ok(out)
}

fn missing(text: Text<'_>, width: i64) -> Result<usize, TextError> {
    if width > MAX_WIDTH {
        return Err(TextError::memory());
    }
    let width = usize::try_from(width).unwrap_or(0);
    Ok(width.saturating_sub(text.count()))
}

fn padded(left: usize, text: Text<'_>, right: usize, fill: char) -> String {
    let size = text.as_str().len() + (left + right) * fill.len_utf8();
    let mut out = String::with_capacity(size);
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(text.as_str());
    out.extend(std::iter::repeat_n(fill, right));
    out
}

/// `text.expandtabs(tabsize)`.
///
/// # Errors
/// `MemoryError` for a tab size or a result beyond `i32::MAX`.
pub fn expand_tabs(text: &str, tab_size: i64) -> Result<String, TextError> {
    if tab_size > MAX_WIDTH {
        return Err(TextError::memory());
    }
    let tab_size = usize::try_from(tab_size).unwrap_or(0);
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                if tab_size > 0 {
                    let spaces = tab_size - column % tab_size;
                    if (out.len() + spaces) as u64 > MAX_WIDTH as u64 {
                        return Err(TextError::memory());
                    }
                    out.extend(std::iter::repeat_n(' ', spaces));
                    column += spaces;
                }
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    Ok(out)
}

/// About the size of what [`expand_tabs`] would give, never less.
pub fn expanded_size(text: &str, tab_size: i64) -> usize {
    let tabs = text.bytes().filter(|&byte| byte == b'\t').count();
    let tab_size = usize::try_from(tab_size).unwrap_or(0);
    tabs.saturating_mul(tab_size).saturating_add(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(center("ab".into(), 5, '*'), ok("**ab*"));
        assert_eq!(center("abc".into(), 6, '*'), ok("*abc**"));
        assert_eq!(center("ä".into(), -1, '*'), ok("ä"));
        assert_eq!(ljust("ä".into(), 3, '漢'), ok("ä漢漢"));
        assert_eq!(rjust("ä".into(), 3, ' '), ok("  ä"));
        assert_eq!(zfill("-5".into(), 4), ok("-005"));
        assert_eq!(zfill("".into(), 2), ok("00"));
        assert!(zfill("".into(), i64::MAX).is_err());
    }

    #[test]
    fn tabs() {
        assert_eq!(expand_tabs("a\tä\t\n\tb", 4), Ok("a   ä   \n    b".into()));
        assert_eq!(expand_tabs("a\tb", 0), Ok("ab".into()));
        assert_eq!(expand_tabs("a\tb", -3), Ok("ab".into()));
        assert!(expand_tabs("\t", i64::MAX).is_err());
        assert!(expanded_size("a\tb", 8) >= 9);
    }
}
