//! Taking strings apart: `split`, `splitlines`, `partition`, `strip` and their mirror images.

use super::{TextError, unicode};

/// `text.split(separator, maxsplit)`, at white space without a separator; negative `maxsplit` is no limit.
///
/// ```
/// # use acoro::text::split;
/// assert_eq!(split(" a  b c ", None, 1)?, ["a", "b c "]);
/// assert_eq!(split("a,,b", Some(","), -1)?, ["a", "", "b"]);
/// # Ok::<(), acoro::text::TextError>(())
/// ```
///
/// # Errors
/// `ValueError` for an empty separator.
pub fn split<'a>(
    text: &'a str,
    separator: Option<&str>,
    maxsplit: i64,
) -> Result<Vec<&'a str>, TextError> {
    let limit = usize::try_from(maxsplit).unwrap_or(usize::MAX);
    Ok(match separator {
        None => split_space(text, limit),
        Some("") => return Err(TextError::value("empty separator")),
        Some(separator) => text.splitn(limit.saturating_add(1), separator).collect(),
    })
}

/// `text.rsplit(separator, maxsplit)`.
///
/// # Errors
/// As [`split`].
pub fn rsplit<'a>(
    text: &'a str,
    separator: Option<&str>,
    maxsplit: i64,
) -> Result<Vec<&'a str>, TextError> {
    let limit = usize::try_from(maxsplit).unwrap_or(usize::MAX);
    let mut parts = match separator {
        None => rsplit_space(text, limit),
        Some("") => return Err(TextError::value("empty separator")),
        Some(separator) => text.rsplitn(limit.saturating_add(1), separator).collect(),
    };
    parts.reverse();
    Ok(parts)
}

fn split_space(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(unicode::is_space);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest);
            break;
        }
        let end = rest.find(unicode::is_space).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(unicode::is_space);
    }
    parts
}

/// The parts from the last to the first.
fn rsplit_space(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end_matches(unicode::is_space);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(rest);
            break;
        }
        let word = rest
            .char_indices()
            .rev()
            .take_while(|&(_, c)| !unicode::is_space(c))
            .last();
        let start = word.map_or(rest.len(), |(offset, _)| offset);
        parts.push(&rest[start..]);
        rest = rest[..start].trim_end_matches(unicode::is_space);
    }
    parts
}

/// `text.splitlines(keepends)`.
pub fn split_lines(text: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        // None of these is a line break.
        let ascii = rest
            .bytes()
            .take_while(|&byte| matches!(byte, b' '..=0x7E))
            .count();
        let Some(end) = rest[ascii..].find(unicode::is_line_break) else {
            lines.push(rest);
            break;
        };
        let end = ascii + end;
        let (line, tail) = rest.split_at(end);
        let ending = if tail.starts_with("\r\n") {
            2
        } else {
            tail.chars().next().map_or(0, char::len_utf8)
        };
        lines.push(if keep_ends {
            &rest[..end + ending]
        } else {
            line
        });
        rest = &tail[ending..];
    }
    lines
}

/// `text.partition(separator)`.
///
/// # Errors
/// `ValueError` for an empty separator.
pub fn partition<'a>(text: &'a str, separator: &str) -> Result<[&'a str; 3], TextError> {
    check_separator(separator)?;
    Ok(match text.find(separator) {
        Some(start) => around(text, start, separator.len()),
        None => [text, "", ""],
    })
}

/// `text.rpartition(separator)`.
///
/// # Errors
/// As [`partition`].
pub fn rpartition<'a>(text: &'a str, separator: &str) -> Result<[&'a str; 3], TextError> {
    check_separator(separator)?;
    Ok(match text.rfind(separator) {
        Some(start) => around(text, start, separator.len()),
        None => ["", "", text],
    })
}

fn check_separator(separator: &str) -> Result<(), TextError> {
    if separator.is_empty() {
        Err(TextError::value("empty separator"))
    } else {
        Ok(())
    }
}

fn around(text: &str, start: usize, len: usize) -> [&str; 3] {
    let (head, rest) = text.split_at(start);
    let (separator, tail) = rest.split_at(len);
    [head, separator, tail]
}

/// `text.strip(chars)`; `None` strips white space.
pub fn strip<'a>(text: &'a str, chars: Option<&str>) -> &'a str {
    lstrip(rstrip(text, chars), chars)
}

/// `text.lstrip(chars)`.
pub fn lstrip<'a>(text: &'a str, chars: Option<&str>) -> &'a str {
    match chars {
        None => text.trim_start_matches(unicode::is_space),
        Some(chars) => text.trim_start_matches(|c| chars.contains(c)),
    }
}

/// `text.rstrip(chars)`.
pub fn rstrip<'a>(text: &'a str, chars: Option<&str>) -> &'a str {
    match chars {
        None => text.trim_end_matches(unicode::is_space),
        Some(chars) => text.trim_end_matches(|c| chars.contains(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits() {
        let ok = |parts: &[&'static str]| Ok(parts.to_vec());
        assert_eq!(split("", None, -1), ok(&[]));
        assert_eq!(split("", Some(","), -1), ok(&[""]));
        assert_eq!(split(" a\u{1c}b\u{3000}", None, -1), ok(&["a", "b"]));
        assert_eq!(split("  a b ", None, 0), ok(&["a b "]));
        assert_eq!(split("a,b,c", Some(","), 1), ok(&["a", "b,c"]));
        assert_eq!(rsplit("a,b,c", Some(","), 1), ok(&["a,b", "c"]));
        assert_eq!(rsplit(" ä b ", None, 1), ok(&[" ä", "b"]));
        assert_eq!(rsplit("aaa", Some("aa"), -1), ok(&["a", ""]));
        assert_eq!(split("aaa", Some("aa"), -1), ok(&["", "a"]));
        assert!(split("a", Some(""), -1).is_err());
    }

    #[test]
    fn lines() {
        assert_eq!(
            split_lines("a\r\nb\n\rc\u{2028}", false),
            ["a", "b", "", "c"]
        );
        assert_eq!(split_lines("a\r\nb", true), ["a\r\n", "b"]);
        assert!(split_lines("", true).is_empty());
    }

    #[test]
    fn partitions_and_strips() {
        assert_eq!(partition("a=b=c", "="), Ok(["a", "=", "b=c"]));
        assert_eq!(rpartition("a=b=c", "="), Ok(["a=b", "=", "c"]));
        assert_eq!(partition("abc", "="), Ok(["abc", "", ""]));
        assert_eq!(rpartition("abc", "="), Ok(["", "", "abc"]));
        assert_eq!(strip(" \x1fa\u{a0}", None), "a");
        assert_eq!(strip("xyaxy", Some("yx")), "a");
        assert_eq!(lstrip("xx", Some("x")), "");
        assert_eq!(rstrip("xx", Some("")), "xx");
    }
}
