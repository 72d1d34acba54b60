//! Strings as sequences of code points: indexing and slicing a `&str` by position, and the arithmetic of slices.

use std::borrow::Cow;

use super::TextError;

/// A string together with whether it is ASCII, which makes positions and byte offsets the same.
///
/// Invariant: `ascii` implies that the text is ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    text: &'a str,
    ascii: bool,
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Text {
            text,
            ascii: text.is_ascii(),
        }
    }
}

impl<'a> Text<'a> {
    /// A string known to be ASCII or not; `false` is always right, only slower.
    pub fn with_ascii(text: &'a str, ascii: bool) -> Self {
        debug_assert!(!ascii || text.is_ascii());
        Text { text, ascii }
    }

    /// The string.
    pub fn as_str(self) -> &'a str {
        self.text
    }

    /// Whether the string is known to be ASCII.
    pub fn is_ascii(self) -> bool {
        self.ascii
    }

    /// How many code points it has: `len(text)`.
    pub fn count(self) -> usize {
        if self.ascii {
            self.text.len()
        } else {
            self.text.chars().count()
        }
    }

    /// The byte offset of a position; the length in bytes for a position at or past the end.
    pub fn byte_of(self, position: usize) -> usize {
        if self.ascii {
            return position.min(self.text.len());
        }
        self.text
            .char_indices()
            .nth(position)
            .map_or(self.text.len(), |(offset, _)| offset)
    }

    /// The position of a byte offset, which must lie on a code point's boundary (or it is rounded up).
    pub fn position_of(self, byte: usize) -> usize {
        if self.ascii {
            return byte.min(self.text.len());
        }
        // A byte that continues a character is 0b10......
        let before = &self.text.as_bytes()[..byte.min(self.text.len())];
        before.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
    }

    /// `text[index]` as a one-character string; `None` when there is no such position.
    pub fn get(self, index: i64) -> Option<&'a str> {
        let position = match usize::try_from(index) {
            Ok(position) => position,
            Err(_) => self
                .count()
                .checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
        };
        let rest = &self.text[self.byte_of(position)..];
        let c = rest.chars().next()?;
        Some(&rest[..c.len_utf8()])
    }

    /// The code points from one position to another.
    pub fn substring(self, start: usize, end: usize) -> &'a str {
        let first = self.byte_of(start);
        let rest = Text {
            text: &self.text[first..],
            ascii: self.ascii,
        };
        &rest.text[..rest.byte_of(end.saturating_sub(start))]
    }

    /// `text[start:stop:step]`, the slice resolved for [`Text::count`].
    pub fn slice(self, slice: SliceRange) -> Cow<'a, str> {
        let count = slice.count();
        let Some(first) = slice.indices().next() else {
            return Cow::Borrowed("");
        };
        if slice.step == 1 {
            return Cow::Borrowed(self.substring(first, first + count));
        }
        if self.ascii {
            let bytes = self.text.as_bytes();
            return Cow::Owned(
                slice
                    .indices()
                    .map(|index| char::from(bytes[index]))
                    .collect(),
            );
        }
        let stride = usize::try_from(slice.step.unsigned_abs()).unwrap_or(usize::MAX);
        let last = first.min(slice.indices().next_back().unwrap_or(first));
        let chosen = self.text[self.byte_of(last)..]
            .chars()
            .step_by(stride)
            .take(count);
        if slice.step > 0 {
            return Cow::Owned(chosen.collect());
        }
        let forward: Vec<char> = chosen.collect();
        Cow::Owned(forward.into_iter().rev().collect())
    }
}

/// A slice resolved for a sequence of a certain length: what `slice.indices(len)` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceRange {
    /// The first position, -1 or the length when there is none.
    pub start: i64,
    /// The position before which to stop; -1 for all the way back.
    pub stop: i64,
    /// The stride, not 0.
    pub step: i64,
}

impl SliceRange {
    /// How many positions there are.
    pub fn count(self) -> usize {
        let distance = if self.step > 0 {
            self.stop.saturating_sub(self.start)
        } else {
            self.start.saturating_sub(self.stop)
        };
        if distance <= 0 {
            return 0;
        }
        let count = (distance.unsigned_abs() - 1) / self.step.unsigned_abs() + 1;
        usize::try_from(count).unwrap_or(usize::MAX)
    }

    /// The positions, in the slice's order.
    pub fn indices(self) -> impl DoubleEndedIterator<Item = usize> + Clone {
        (0..self.count() as i64)
            .map(move |turn| (self.start + turn * self.step).unsigned_abs() as usize)
    }
}

/// `slice(start, stop, step).indices(len)`. Ints beyond `i64` may be clamped to it by the caller.
///
/// ```
/// # use acoro::text::slice_indices;
/// let slice = slice_indices(None, None, Some(-2), 5)?;
/// assert_eq!((slice.start, slice.stop, slice.step), (4, -1, -2));
/// assert_eq!(slice.indices().collect::<Vec<_>>(), [4, 2, 0]);
/// # Ok::<(), acoro::text::TextError>(())
/// ```
///
/// # Errors
/// `ValueError` for step 0.
pub fn slice_indices(
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
    len: usize,
) -> Result<SliceRange, TextError> {
    let len = i64::try_from(len).unwrap_or(i64::MAX);
    // One more than the least, so that the stride can be negated.
    let step = step.unwrap_or(1).max(-i64::MAX);
    if step == 0 {
        return Err(TextError::value("slice step cannot be zero"));
    }
    let (lowest, highest) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let resolve = |index: i64| {
        let index = if index < 0 { index + len } else { index };
        index.clamp(lowest, highest)
    };
    let (first, last) = if step > 0 { (0, len) } else { (len - 1, -1) };
    Ok(SliceRange {
        start: start.map_or(first, resolve),
        stop: stop.map_or(last, resolve),
        step,
    })
}

/// The part of a sequence that `find`, `count`, `startswith` and `index` look at for their `start` and
/// `end`; `None` when it is not even an empty part.
pub fn search_range(start: Option<i64>, end: Option<i64>, len: usize) -> Option<(usize, usize)> {
    let length = i64::try_from(len).unwrap_or(i64::MAX);
    let resolve = |index: i64| {
        if index < 0 {
            (index + length).max(0)
        } else {
            index
        }
    };
    let start = start.map_or(0, resolve);
    let end = end.map_or(length, resolve).min(length);
    let start = usize::try_from(start).ok()?;
    let end = usize::try_from(end).ok()?;
    (start <= end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(text: &str, start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> String {
        let text = Text::from(text);
        let slice = slice_indices(start, stop, step, text.count()).expect("step is not 0");
        text.slice(slice).into_owned()
    }

    #[test]
    fn slices() {
        for (text, reversed) in [("abcdef", "fedcba"), ("aäb漢c\u{1f600}", "\u{1f600}c漢bäa")] {
            assert_eq!(slice(text, None, None, Some(-1)), reversed);
            assert_eq!(slice(text, Some(1), Some(-1), None).chars().count(), 4);
            assert_eq!(slice(text, Some(4), Some(2), None), "");
            assert_eq!(
                slice(text, Some(i64::MIN), Some(i64::MAX), Some(i64::MAX)),
                text[..1]
            );
            let last: String = text.chars().rev().take(1).collect();
            assert_eq!(slice(text, None, None, Some(i64::MIN)), last);
        }
        assert_eq!(slice("aäb漢c\u{1f600}", Some(-2), Some(0), Some(-2)), "cb");
        assert_eq!(slice("aäb漢c", Some(1), None, Some(2)), "ä漢");
        assert!(slice_indices(None, None, Some(0), 3).is_err());
    }

    #[test]
    fn positions() {
        let text = Text::from("aä漢b");
        assert_eq!(text.count(), 4);
        assert_eq!((text.byte_of(2), text.position_of(3)), (3, 2));
        assert_eq!((text.byte_of(9), text.position_of(99)), (7, 4));
        assert_eq!(
            (text.get(-3), text.get(3), text.get(4), text.get(-5)),
            (Some("ä"), Some("b"), None, None)
        );
        assert_eq!(text.get(i64::MIN), None);
        assert_eq!(text.substring(1, 3), "ä漢");
        assert_eq!(text.substring(3, 1), "");
        assert_eq!(Text::from("abc").get(-1), Some("c"));
    }

    #[test]
    fn ranges_of_a_search() {
        assert_eq!(search_range(None, None, 3), Some((0, 3)));
        assert_eq!(search_range(Some(-2), Some(99), 3), Some((1, 3)));
        assert_eq!(search_range(Some(3), None, 3), Some((3, 3)));
        assert_eq!(search_range(Some(4), None, 3), None);
        assert_eq!(
            search_range(Some(i64::MIN), Some(i64::MIN), 3),
            Some((0, 0))
        );
    }
}
