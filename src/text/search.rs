//! Finding, counting and replacing in strings. Positions are code points.

use super::{Text, TextError, search_range};

/// `text.find(needle, start, end)`.
///
/// ```
/// # use acoro::text::find;
/// assert_eq!(find("häh".into(), "h", Some(1), None), Some(2));
/// ```
pub fn find(text: Text<'_>, needle: &str, start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (first, part) = searched(text, start, end)?;
    let byte = part.as_str().find(needle)?;
    Some(first + part.position_of(byte))
}

/// `text.rfind(needle, start, end)`.
pub fn rfind(text: Text<'_>, needle: &str, start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (first, part) = searched(text, start, end)?;
    let byte = part.as_str().rfind(needle)?;
    Some(first + part.position_of(byte))
}

/// `text.index(needle, start, end)`.
///
/// # Errors
/// `ValueError` when it is not there.
pub fn index(
    text: Text<'_>,
    needle: &str,
    start: Option<i64>,
    end: Option<i64>,
) -> Result<usize, TextError> {
    find(text, needle, start, end).ok_or_else(|| TextError::value("substring not found"))
}

/// `text.rindex(needle, start, end)`.
///
/// # Errors
/// `ValueError` when it is not there.
pub fn rindex(
    text: Text<'_>,
    needle: &str,
    start: Option<i64>,
    end: Option<i64>,
) -> Result<usize, TextError> {
    rfind(text, needle, start, end).ok_or_else(|| TextError::value("substring not found"))
}

/// `text.count(needle, start, end)`: occurrences that do not overlap.
pub fn count(text: Text<'_>, needle: &str, start: Option<i64>, end: Option<i64>) -> usize {
    searched(text, start, end).map_or(0, |(_, part)| part.as_str().matches(needle).count())
}

/// `text.startswith(prefix, start, end)`.
pub fn starts_with(text: Text<'_>, prefix: &str, start: Option<i64>, end: Option<i64>) -> bool {
    searched(text, start, end).is_some_and(|(_, part)| part.as_str().starts_with(prefix))
}

/// `text.endswith(suffix, start, end)`.
pub fn ends_with(text: Text<'_>, suffix: &str, start: Option<i64>, end: Option<i64>) -> bool {
    searched(text, start, end).is_some_and(|(_, part)| part.as_str().ends_with(suffix))
}

/// The part between `start` and `end`, and the position where it begins.
fn searched(text: Text<'_>, start: Option<i64>, end: Option<i64>) -> Option<(usize, Text<'_>)> {
    if start.is_none_or(|start| start == 0) && end.is_none() {
        return Some((0, text));
    }
    let (start, end) = search_range(start, end, text.count())?;
    let part = text.substring(start, end);
    Some((start, Text::with_ascii(part, text.is_ascii())))
}

/// `text.replace(old, new, count)`; a negative count replaces all.
///
/// ```
/// # use acoro::text::replace;
/// assert_eq!(replace("abc", "", "-", -1), "-a-b-c-");
/// ```
pub fn replace(text: &str, old: &str, new: &str, count: i64) -> String {
    match usize::try_from(count) {
        Ok(count) => text.replacen(old, new, count),
        Err(_) => text.replace(old, new),
    }
}

/// The size in bytes of what [`replace`] would give.
pub fn replaced_size(text: &str, old: &str, new: &str, count: i64) -> usize {
    if new.len() <= old.len() {
        return text.len();
    }
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let found = text.matches(old).take(limit).count();
    found
        .saturating_mul(new.len() - old.len())
        .saturating_add(text.len())
}

/// `text.removeprefix(prefix)`.
pub fn remove_prefix<'a>(text: &'a str, prefix: &str) -> &'a str {
    text.strip_prefix(prefix).unwrap_or(text)
}

/// `text.removesuffix(suffix)`.
pub fn remove_suffix<'a>(text: &'a str, suffix: &str) -> &'a str {
    text.strip_suffix(suffix).unwrap_or(text)
}

/// What `str.translate` puts in place of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Translated<'t> {
    /// The character itself.
    Same,
    /// Another character.
    Char(char),
    /// A string, perhaps empty.
    Text(&'t str),
}

/// `text.translate(table)`, the table being a function.
///
/// # Errors
/// The table's.
pub fn translate<'t, E>(
    text: &str,
    mut table: impl FnMut(char) -> Result<Translated<'t>, E>,
) -> Result<String, E> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match table(c)? {
            Translated::Same => out.push(c),
            Translated::Char(c) => out.push(c),
            Translated::Text(text) => out.push_str(text),
        }
    }
    Ok(out)
}

/// `separator.join(parts)`.
pub fn join<'p>(separator: &str, parts: impl IntoIterator<Item = &'p str>) -> String {
    let mut out = String::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_position() {
        let text = Text::from("äbcäbc");
        assert_eq!(find(text, "bc", None, None), Some(1));
        assert_eq!(rfind(text, "bc", None, None), Some(4));
        assert_eq!(find(text, "bc", Some(2), Some(5)), None);
        assert_eq!(find(text, "", Some(6), None), Some(6));
        assert_eq!(find(text, "", Some(7), None), None);
        assert_eq!(rfind(text, "", None, Some(-1)), Some(5));
        assert_eq!(count(text, "", None, None), 7);
        assert_eq!(count("aaaa".into(), "aa", None, None), 2);
        assert_eq!(count(text, "b", Some(-3), None), 1);
        assert!(starts_with(text, "b", Some(1), None));
        assert!(!starts_with(text, "", Some(7), None));
        assert!(ends_with(text, "ä", None, Some(4)));
        assert!(index(text, "x", None, None).is_err());
        assert!(rindex(text, "x", None, None).is_err());
    }

    #[test]
    fn replaces() {
        assert_eq!(replace("aaa", "a", "bb", 2), "bbbba");
        assert_eq!(replace("äb", "", "-", 2), "-ä-b");
        assert_eq!(replace("", "", "x", -1), "x");
        assert_eq!(replace("abc", "", "x", 0), "abc");
        for (text, old, new, count) in [
            ("aaa", "a", "bb", 2),
            ("äb", "", "--", -1),
            ("ab", "ab", "c", -1),
        ] {
            assert!(replaced_size(text, old, new, count) >= replace(text, old, new, count).len());
        }
        assert_eq!(remove_prefix("aab", "a"), "ab");
        assert_eq!(remove_suffix("abb", "b"), "ab");
    }

    #[test]
    fn translates() {
        let table = |c| -> Result<_, ()> {
            Ok(match c {
                'a' => Translated::Char('ä'),
                'b' => Translated::Text(""),
                'c' => Translated::Text("xyz"),
                _ => Translated::Same,
            })
        };
        assert_eq!(translate("abcd", table), Ok("äxyzd".into()));
        assert_eq!(join(", ", ["a", "b"]), "a, b");
    }
}
