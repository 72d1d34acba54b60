//! Taking bytes apart: `split`, `splitlines`, `partition`, `strip` and their mirror images.

use memchr::memmem;

use super::is_space_byte;
use crate::text::TextError;

/// `data.split(separator, maxsplit)`, at white space without a separator; negative `maxsplit` is no limit.
///
/// # Errors
/// `ValueError` for an empty separator.
pub fn split<'a>(
    data: &'a [u8],
    separator: Option<&[u8]>,
    maxsplit: i64,
) -> Result<Vec<&'a [u8]>, TextError> {
    let limit = usize::try_from(maxsplit).unwrap_or(usize::MAX);
    let Some(separator) = separator else {
        return Ok(split_space(data, limit));
    };
    check_separator(separator)?;
    let mut parts = Vec::new();
    let mut begin = 0;
    for start in memmem::find_iter(data, separator).take(limit) {
        parts.push(&data[begin..start]);
        begin = start + separator.len();
    }
    parts.push(&data[begin..]);
    Ok(parts)
}

/// `data.rsplit(separator, maxsplit)`.
///
/// # Errors
/// As [`split`].
pub fn rsplit<'a>(
    data: &'a [u8],
    separator: Option<&[u8]>,
    maxsplit: i64,
) -> Result<Vec<&'a [u8]>, TextError> {
    let limit = usize::try_from(maxsplit).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let mut rest = data;
    match separator {
        None => {
            rest = strip_end(rest, is_space_byte);
            while !rest.is_empty() && parts.len() < limit {
                let word = rest.iter().rev().take_while(|&&byte| !is_space_byte(byte));
                let start = rest.len() - word.count();
                parts.push(&rest[start..]);
                rest = strip_end(&rest[..start], is_space_byte);
            }
            if !rest.is_empty() {
                parts.push(rest);
            }
        }
        Some(separator) => {
            check_separator(separator)?;
            for start in memmem::rfind_iter(data, separator).take(limit) {
                parts.push(&rest[start + separator.len()..]);
                rest = &rest[..start];
            }
            parts.push(rest);
        }
    }
    parts.reverse();
    Ok(parts)
}

fn split_space(data: &[u8], limit: usize) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = strip_start(data, is_space_byte);
    while !rest.is_empty() && parts.len() < limit {
        let word = rest.iter().take_while(|&&byte| !is_space_byte(byte));
        let (part, tail) = rest.split_at(word.count());
        parts.push(part);
        rest = strip_start(tail, is_space_byte);
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

/// `data.splitlines(keepends)`: at line feeds and carriage returns only.
pub fn split_lines(data: &[u8], keep_ends: bool) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let Some(end) = memchr::memchr2(b'\n', b'\r', rest) else {
            lines.push(rest);
            break;
        };
        let next = end
            + if rest[end..].starts_with(b"\r\n") {
                2
            } else {
                1
            };
        lines.push(&rest[..if keep_ends { next } else { end }]);
        rest = &rest[next..];
    }
    lines
}

/// `data.partition(separator)`.
///
/// # Errors
/// `ValueError` for an empty separator.
pub fn partition<'a>(data: &'a [u8], separator: &[u8]) -> Result<[&'a [u8]; 3], TextError> {
    check_separator(separator)?;
    Ok(match memmem::find(data, separator) {
        Some(start) => around(data, start, separator.len()),
        None => [data, b"", b""],
    })
}

/// `data.rpartition(separator)`.
///
/// # Errors
/// As [`partition`].
pub fn rpartition<'a>(data: &'a [u8], separator: &[u8]) -> Result<[&'a [u8]; 3], TextError> {
    check_separator(separator)?;
    Ok(match memmem::rfind(data, separator) {
        Some(start) => around(data, start, separator.len()),
        None => [b"", b"", data],
    })
}

fn check_separator(separator: &[u8]) -> Result<(), TextError> {
    if separator.is_empty() {
        Err(TextError::value("empty separator"))
    } else {
        Ok(())
    }
}

fn around(data: &[u8], start: usize, len: usize) -> [&[u8]; 3] {
    let (head, rest) = data.split_at(start);
    let (separator, tail) = rest.split_at(len);
    [head, separator, tail]
}

/// `data.strip(bytes)`; `None` strips white space.
pub fn strip<'a>(data: &'a [u8], bytes: Option<&[u8]>) -> &'a [u8] {
    lstrip(rstrip(data, bytes), bytes)
}

/// `data.lstrip(bytes)`.
pub fn lstrip<'a>(data: &'a [u8], bytes: Option<&[u8]>) -> &'a [u8] {
    match bytes {
        None => strip_start(data, is_space_byte),
        Some(bytes) => strip_start(data, |byte| bytes.contains(&byte)),
    }
}

/// `data.rstrip(bytes)`.
pub fn rstrip<'a>(data: &'a [u8], bytes: Option<&[u8]>) -> &'a [u8] {
    match bytes {
        None => strip_end(data, is_space_byte),
        Some(bytes) => strip_end(data, |byte| bytes.contains(&byte)),
    }
}

fn strip_start(data: &[u8], unwanted: impl Fn(u8) -> bool) -> &[u8] {
    let count = data.iter().take_while(|&&byte| unwanted(byte)).count();
    &data[count..]
}

fn strip_end(data: &[u8], unwanted: impl Fn(u8) -> bool) -> &[u8] {
    let count = data
        .iter()
        .rev()
        .take_while(|&&byte| unwanted(byte))
        .count();
    &data[..data.len() - count]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits() {
        let parts = |parts: &[&'static [u8]]| Ok(parts.to_vec());
        assert_eq!(split(b" a  b c ", None, 1), parts(&[b"a", b"b c "]));
        assert_eq!(rsplit(b" a  b c ", None, 1), parts(&[b" a  b", b"c"]));
        assert_eq!(split(b"a,,b", Some(b","), -1), parts(&[b"a", b"", b"b"]));
        assert_eq!(rsplit(b"aaa", Some(b"aa"), -1), parts(&[b"a", b""]));
        assert_eq!(split(b"", Some(b","), -1), parts(&[b""]));
        assert_eq!(split(b"", None, -1), parts(&[]));
        assert!(rsplit(b"", Some(b""), -1).is_err());
    }

    #[test]
    fn lines_and_ends() {
        assert_eq!(
            split_lines(b"a\r\nb\x0b\rc\n", false),
            [&b"a"[..], b"b\x0b", b"c"]
        );
        assert_eq!(split_lines(b"a\r\nb", true), [&b"a\r\n"[..], b"b"]);
        assert_eq!(partition(b"a=b=c", b"="), Ok([&b"a"[..], b"=", b"b=c"]));
        assert_eq!(rpartition(b"abc", b"="), Ok([&b""[..], b"", b"abc"]));
        assert_eq!(strip(b" \x0ba\n", None), b"a");
        assert_eq!(lstrip(b"xyaxy", Some(b"yx")), b"axy");
    }
}
