//! Finding, counting, replacing in bytes.

use memchr::memmem;

use crate::text::{TextError, search_range};

/// `data.find(needle, start, end)`.
///
/// ```
/// # use acoro::text::bytes::find;
/// assert_eq!(find(b"abcb", b"b", Some(2), None), Some(3));
/// ```
pub fn find(data: &[u8], needle: &[u8], start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (first, last) = search_range(start, end, data.len())?;
    Some(first + memmem::find(&data[first..last], needle)?)
}

/// `data.rfind(needle, start, end)`.
pub fn rfind(data: &[u8], needle: &[u8], start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (first, last) = search_range(start, end, data.len())?;
    Some(first + memmem::rfind(&data[first..last], needle)?)
}

/// The error of `data.index(needle)` when it is not there.
pub fn not_found() -> TextError {
    TextError::value("subsection not found")
}

/// `data.count(needle, start, end)`.
pub fn count(data: &[u8], needle: &[u8], start: Option<i64>, end: Option<i64>) -> usize {
    match search_range(start, end, data.len()) {
        None => 0,
        Some((first, last)) if needle.is_empty() => last - first + 1,
        Some((first, last)) => memmem::find_iter(&data[first..last], needle).count(),
    }
}

/// `data.startswith(prefix, start, end)`.
pub fn starts_with(data: &[u8], prefix: &[u8], start: Option<i64>, end: Option<i64>) -> bool {
    search_range(start, end, data.len())
        .is_some_and(|(first, last)| data[first..last].starts_with(prefix))
}

/// `data.endswith(suffix, start, end)`.
pub fn ends_with(data: &[u8], suffix: &[u8], start: Option<i64>, end: Option<i64>) -> bool {
    search_range(start, end, data.len())
        .is_some_and(|(first, last)| data[first..last].ends_with(suffix))
}

/// `data.replace(old, new, count)`; a negative count replaces all.
pub fn replace(data: &[u8], old: &[u8], new: &[u8], count: i64) -> Vec<u8> {
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(data.len());
    let mut copied = 0;
    for start in occurrences(data, old).take(limit) {
        out.extend_from_slice(&data[copied..start]);
        out.extend_from_slice(new);
        copied = start + old.len();
    }
    out.extend_from_slice(&data[copied..]);
    out
}

/// The size of what [`replace`] would give, or more.
pub fn replaced_size(data: &[u8], old: &[u8], new: &[u8], count: i64) -> usize {
    if new.len() <= old.len() {
        return data.len();
    }
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let found = occurrences(data, old).take(limit).count();
    found
        .saturating_mul(new.len() - old.len())
        .saturating_add(data.len())
}

/// Where the needle is; an empty one is everywhere, the end included.
fn occurrences(data: &[u8], needle: &[u8]) -> impl Iterator<Item = usize> {
    memmem::find_iter(data, needle)
}

/// `data.removeprefix(prefix)`.
pub fn remove_prefix<'a>(data: &'a [u8], prefix: &[u8]) -> &'a [u8] {
    data.strip_prefix(prefix).unwrap_or(data)
}

/// `data.removesuffix(suffix)`.
pub fn remove_suffix<'a>(data: &'a [u8], suffix: &[u8]) -> &'a [u8] {
    data.strip_suffix(suffix).unwrap_or(data)
}

/// `data.translate(table, delete)`; no table keeps the bytes.
///
/// # Errors
/// `ValueError` for a table that has not 256 bytes.
pub fn translate(data: &[u8], table: Option<&[u8]>, delete: &[u8]) -> Result<Vec<u8>, TextError> {
    if table.is_some_and(|table| table.len() != 256) {
        return Err(TextError::value(
            "translation table must be 256 characters long",
        ));
    }
    let mut deleted = [false; 256];
    for &byte in delete {
        deleted[usize::from(byte)] = true;
    }
    Ok(data
        .iter()
        .filter(|&&byte| !deleted[usize::from(byte)])
        .map(|&byte| table.map_or(byte, |table| table[usize::from(byte)]))
        .collect())
}

/// `bytes.maketrans(from, to)`.
///
/// # Errors
/// `ValueError` for arguments of different lengths.
pub fn make_table(from: &[u8], to: &[u8]) -> Result<Vec<u8>, TextError> {
    if from.len() != to.len() {
        return Err(TextError::value(
            "maketrans arguments must have same length",
        ));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (&from, &to) in from.iter().zip(to) {
        table[usize::from(from)] = to;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds() {
        assert_eq!(rfind(b"abab", b"ab", None, Some(3)), Some(0));
        assert_eq!(find(b"abc", b"", Some(3), None), Some(3));
        assert_eq!(find(b"abc", b"", Some(4), None), None);
        assert_eq!(count(b"aaa", b"", None, None), 4);
        assert_eq!(count(b"aaaa", b"aa", None, None), 2);
        assert!(starts_with(b"abc", b"b", Some(1), None));
        assert!(ends_with(b"abc", b"b", None, Some(-1)));
    }

    #[test]
    fn replaces() {
        assert_eq!(replace(b"abc", b"", b"-", -1), b"-a-b-c-");
        assert_eq!(replace(b"abc", b"", b"-", 2), b"-a-bc");
        assert_eq!(replace(b"aaa", b"a", b"bc", 2), b"bcbca");
        assert_eq!(replaced_size(b"aaa", b"a", b"bc", 2), 5);
    }

    #[test]
    fn translates() {
        let table = make_table(b"ab", b"xy");
        let table = table.as_deref().ok();
        assert_eq!(translate(b"abc", table, b"b"), Ok(b"xc".to_vec()));
        assert!(translate(b"", Some(b"a"), b"").is_err());
        assert!(make_table(b"a", b"").is_err());
    }
}
