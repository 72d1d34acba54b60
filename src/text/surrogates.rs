//! Lone surrogates in strings. Text here is Rust's, whose characters are Unicode's scalar values, but a Python str may hold any code
//! point: U+D800 to U+DFFF too. Each of those is kept as the private-use character `0xf0000` above it, U+FD800 to U+FDFFF, so that
//! a str stays a plain `&str` with one character for each code point.
//!
//! Invariant: a character from U+FD800 to U+FDFFF in a str is a lone surrogate. The real ones of that range, which nobody assigns, are
//! what acoro lacks for it: [`from_code_point`] refuses them, and so does everything that reads text from outside. Whatever looks at the
//! number of a character asks [`code_point`]; whatever writes text to the outside asks [`has_surrogates`].
//!
//! UTF-8 sorts as code points do except for these, so that orders are asked of [`compare`].

use std::cmp::Ordering;
use std::ops::RangeInclusive;

/// The characters that stand for the surrogates.
const KEPT: RangeInclusive<char> = '\u{fd800}'..='\u{fdfff}';
const SURROGATES: RangeInclusive<u32> = 0xd800..=0xdfff;
const DISTANCE: u32 = 0xf0000;

/// Why one of the characters that stand for surrogates is refused.
pub const RESERVED: &str = "acoro keeps the characters U+FD800 to U+FDFFF for lone surrogates";

/// `ord(c)`.
///
/// ```
/// # use acoro::text::surrogates::{code_point, from_code_point};
/// let lone = from_code_point(0xd800).expect("a code point");
/// assert_eq!((lone, code_point(lone), code_point('a')), ('\u{fd800}', 0xd800, 0x61));
/// assert_eq!(from_code_point(0xfd800), None);
/// ```
#[inline]
pub fn code_point(c: char) -> u32 {
    u32::from(c) - if is_surrogate(c) { DISTANCE } else { 0 }
}

/// `chr(code)`; None beyond Unicode, and for what is [`is_reserved`].
#[inline]
pub fn from_code_point(code: u32) -> Option<char> {
    if SURROGATES.contains(&code) {
        return char::from_u32(code + DISTANCE);
    }
    char::from_u32(code).filter(|&c| !is_surrogate(c))
}

/// Is it a code point that acoro lacks?
pub fn is_reserved(code: u32) -> bool {
    code >= DISTANCE && SURROGATES.contains(&(code - DISTANCE))
}

/// Does the character stand for a lone surrogate?
#[inline]
pub fn is_surrogate(c: char) -> bool {
    KEPT.contains(&c)
}

/// Are there lone surrogates in a text?
#[inline]
pub fn has_surrogates(text: &str) -> bool {
    first_surrogate(text).is_some()
}

/// The offset of the first lone surrogate in a text.
#[inline]
pub fn first_surrogate(text: &str) -> Option<usize> {
    find_surrogate(text.as_bytes())
}

/// The offset of the first lone surrogate in what may be a text.
#[inline]
pub(crate) fn find_surrogate(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(0xf3, bytes).find(|&at| is_surrogate_at(bytes, at))
}

/// Do the bytes of a kept surrogate stand here?
fn is_surrogate_at(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 3), Some([0xf3, 0xbd, 0xa0..=0xbf]))
}

/// The order of two texts by their code points.
///
/// ```
/// # use acoro::text::surrogates::compare;
/// assert!(compare("a", "b").is_lt());
/// assert!(compare("\u{fd800}", "\u{e000}").is_lt());
/// ```
pub fn compare(a: &str, b: &str) -> Ordering {
    let (x, y) = (a.as_bytes(), b.as_bytes());
    let (words_x, words_y) = (x.as_chunks::<8>().0, y.as_chunks::<8>().0);
    let words = words_x.iter().zip(words_y).take_while(|(x, y)| x == y);
    let from = 8 * words.count();
    let same = from
        + x[from..]
            .iter()
            .zip(&y[from..])
            .take_while(|(x, y)| x == y)
            .count();
    let (Some(first_x), Some(first_y)) = (x.get(same), y.get(same)) else {
        return x.len().cmp(&y.len());
    };
    // Surrogates begin with a byte that only what is above them has too.
    if *first_x.min(first_y) < 0x80 {
        return first_x.cmp(first_y);
    }
    let begin = (0..=same)
        .rev()
        .find(|&at| a.is_char_boundary(at))
        .unwrap_or(0);
    let point = |text: &str| text[begin..].chars().next().map(code_point);
    point(a).cmp(&point(b))
}

/// The characters whose code points are in a range, as ranges of characters: surrogates are elsewhere than their neighbours.
pub fn ranges(low: u32, high: u32) -> impl Iterator<Item = RangeInclusive<char>> {
    let around = |code, instead| {
        if SURROGATES.contains(&code) {
            instead
        } else {
            code
        }
    };
    let lone = (low.max(*SURROGATES.start()), high.min(*SURROGATES.end()));
    // No character stands between U+D7FF and U+E000, so that a range may go over them.
    let below = (around(low, 0xe000), around(high, 0xd7ff).min(0xfd7ff));
    let above = (low.max(0xfe000), high);
    [below, lone, above].into_iter().filter_map(|(low, high)| {
        (low <= high).then(|| Some(from_code_point(low)?..=from_code_point(high)?))?
    })
}

/// A text for the outside, with the lone surrogates as the escapes of a literal, as standard error shows them.
pub fn escaped(text: &str) -> std::borrow::Cow<'_, str> {
    use std::fmt::Write as _;
    let Some(first) = first_surrogate(text) else {
        return text.into();
    };
    let mut out = text[..first].to_owned();
    for c in text[first..].chars() {
        if is_surrogate(c) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{:04x}", code_point(c));
        } else {
            out.push(c);
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points() {
        for code in [
            0, 0x7f, 0xd7ff, 0xd800, 0xdc80, 0xdfff, 0xe000, 0xfd7ff, 0xfe000, 0x10_ffff,
        ] {
            let c = from_code_point(code).expect("one that acoro has");
            assert_eq!(code_point(c), code);
            assert_eq!(is_surrogate(c), (0xd800..0xe000).contains(&code));
            let text = format!("a\u{f3}{c}");
            assert_eq!(first_surrogate(&text), is_surrogate(c).then_some(3));
        }
        for code in [0xfd800, 0xfdfff, 0x11_0000, u32::MAX] {
            assert_eq!(from_code_point(code), None);
            assert_eq!(is_reserved(code), code < 0x11_0000);
        }
    }

    #[test]
    fn orders() {
        let points = [
            0x41, 0xe9, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0xfd7ff, 0xfe000, 0x10_ffff,
        ];
        let chars = points.map(|code| from_code_point(code).expect("one that acoro has"));
        let mut texts: Vec<String> = vec![String::new()];
        for front in ["", "a", "é漢", "12345678é"] {
            for one in chars {
                texts.push(format!("{front}{one}"));
                texts.extend(chars.map(|two| format!("{front}{one}{two}")));
            }
        }
        for a in &texts {
            for b in &texts {
                let expected = a.chars().map(code_point).cmp(b.chars().map(code_point));
                assert_eq!(compare(a, b), expected, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn ranges_over_the_boundaries() {
        let found: Vec<_> = ranges(0xd7fe, 0xe001).collect();
        let expected = ['\u{d7fe}'..='\u{e001}', '\u{fd800}'..='\u{fdfff}'];
        assert_eq!(found, expected);
        assert_eq!(
            ranges(0xd900, 0xda00).collect::<Vec<_>>(),
            ['\u{fd900}'..='\u{fda00}']
        );
        assert_eq!(ranges(0x61, 0x7a).collect::<Vec<_>>(), ['a'..='z']);
        assert_eq!(ranges(0xfd900, 0xfda00).count(), 0);
        assert_eq!(ranges(0xfd700, 0x10_ffff).count(), 2);
    }

    #[test]
    fn escapes() {
        assert_eq!(escaped("é"), "é");
        assert_eq!(escaped("é\u{fdfff}a"), "é\\udfffa");
    }
}
