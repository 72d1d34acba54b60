//! Indices and slices: what they mean for a sequence of a given length, and cutting slices out of the builtin ones.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Bytes, List, Range, Slice, Str, Tuple};
use crate::heap::{Id, Value};
use crate::vm::{NativeResult, Raise, Vm, names, ok};
use num_bigint::Sign;

/// A subscript of a builtin sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Index {
    /// An int.
    At(i64),
    /// An int that no sequence is long enough for.
    Huge,
    /// A slice.
    Slice(Id<Slice>),
    /// An object with `__index__`.
    Script,
    /// Nothing of that.
    Invalid,
}

/// A slice of a sequence of known length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// The first position.
    pub(crate) start: i64,
    /// The excluded end, which is -1 for one that goes down to the first item.
    pub(crate) stop: i64,
    /// Never 0.
    pub(crate) step: i64,
    /// How many positions.
    pub(crate) count: usize,
}

impl Bounds {
    pub(crate) fn new(start: Option<i64>, stop: Option<i64>, step: i64, length: usize) -> Self {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let clamp = |at: i64| {
            if at < 0 {
                let at = at.saturating_add(length);
                if at < 0 && step < 0 { -1 } else { at.max(0) }
            } else if at >= length {
                if step < 0 { length - 1 } else { length }
            } else {
                at
            }
        };
        let start = start.map_or(if step < 0 { length - 1 } else { 0 }, clamp);
        let stop = stop.map_or(if step < 0 { -1 } else { length }, clamp);
        let distance = if step < 0 { start - stop } else { stop - start };
        let count = if distance <= 0 {
            0
        } else {
            ((distance - 1) as u64 / step.unsigned_abs() + 1) as usize
        };
        Self {
            start,
            stop,
            step,
            count,
        }
    }

    /// The positions in the order of the slice.
    pub(crate) fn positions(self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.count).map(move |number| (self.start + number as i64 * self.step) as usize)
    }

    /// The positions as a range if they are neighbours.
    pub(crate) fn contiguous(self) -> Option<std::ops::Range<usize>> {
        let start = self.start as usize;
        (self.step == 1).then_some(start..start + self.count)
    }

    /// The items at these positions.
    pub(crate) fn of<T: Copy>(self, items: &[T]) -> Vec<T> {
        match self.contiguous() {
            Some(range) => items[range].to_vec(),
            None => self.positions().map(|at| items[at]).collect(),
        }
    }
}

impl Vm {
    /// What a subscript is.
    #[inline]
    pub(crate) fn index_of(&self, index: Value) -> Index {
        match self.native_value(index) {
            Value::Int(int) => Index::At(int),
            Value::Bool(bool) => Index::At(i64::from(bool)),
            Value::BigInt(_) => Index::Huge,
            Value::Slice(id) => Index::Slice(id),
            Value::Instance(id)
                if self
                    .class_attribute(self.heap[id].class, names::INDEX)
                    .is_some() =>
            {
                Index::Script
            }
            _ => Index::Invalid,
        }
    }

    /// The position an index means in a sequence, None if there is none.
    #[inline]
    pub(crate) fn place_of_index(index: i64, length: usize) -> Option<usize> {
        let at = if index < 0 {
            index.checked_add_unsigned(length as u64)?
        } else {
            index
        };
        usize::try_from(at).ok().filter(|&at| at < length)
    }

    /// A slice's part: outer None if script code has to tell, inner None if it is left out.
    fn slice_part(&mut self, part: Value) -> Result<Option<Option<i64>>, Raise> {
        Ok(match self.native_value(part) {
            Value::None => Some(None),
            Value::Int(at) => Some(Some(at)),
            Value::BigInt(id) => Some(Some(if self.heap[id].sign() == Sign::Minus {
                i64::MIN
            } else {
                i64::MAX
            })),
            native => match self.index_of(native) {
                Index::At(at) => Some(Some(at)),
                Index::Script => None,
                Index::Huge | Index::Slice(_) | Index::Invalid => {
                    return Err(self.type_error(
                        "slice indices must be integers or None or have an __index__ method",
                    ));
                }
            },
        })
    }

    /// What a slice means for a sequence of this length; None when one of its parts has an `__index__` method to call.
    ///
    /// # Errors
    /// TypeError if a part is no index, ValueError if the step is 0.
    pub(crate) fn slice_bounds(
        &mut self,
        slice: Id<Slice>,
        length: usize,
    ) -> Result<Option<Bounds>, Raise> {
        let slice = self.heap[slice];
        let Some(step) = self.slice_part(slice.step)? else {
            return Ok(None);
        };
        if step == Some(0) {
            return Err(self.value_error("slice step cannot be zero"));
        }
        let Some(start) = self.slice_part(slice.start)? else {
            return Ok(None);
        };
        let Some(stop) = self.slice_part(slice.stop)? else {
            return Ok(None);
        };
        let step = step.unwrap_or(1).max(-i64::MAX);
        Ok(Some(Bounds::new(start, stop, step, length)))
    }

    /// `NeedMemory` if a result of so many bytes doesn't fit.
    pub(crate) fn needs_memory(&self, bytes: usize) -> Option<crate::vm::Outcome> {
        (bytes > 1 << 16 && !self.heap.has_room(bytes))
            .then_some(crate::vm::Outcome::NeedMemory(bytes))
    }

    pub(super) fn slice_of_list(&mut self, list: Id<List>, bounds: Bounds) -> NativeResult {
        if let Some(need) = self.needs_memory(bounds.count * size_of::<Value>()) {
            return Ok(need);
        }
        let items = bounds.of(&self.heap[list].items);
        ok(self.heap.list(items))
    }

    pub(super) fn slice_of_tuple(&mut self, tuple: Id<Tuple>, bounds: Bounds) -> NativeResult {
        if bounds.step == 1 && bounds.count == self.heap[tuple].items.len() {
            return ok(Value::Tuple(tuple));
        }
        if let Some(need) = self.needs_memory(bounds.count * size_of::<Value>()) {
            return Ok(need);
        }
        let items = bounds.of(&self.heap[tuple].items);
        ok(self.heap.tuple(items))
    }

    pub(super) fn slice_of_bytes(
        &mut self,
        bytes: Id<Bytes>,
        bounds: Bounds,
    ) -> Result<Id<Bytes>, crate::vm::Outcome> {
        if let Some(need) = self.needs_memory(bounds.count) {
            return Err(need);
        }
        let data = bounds.of(&self.heap[bytes].data);
        Ok(self.heap.new_bytes(Bytes { data }))
    }

    pub(super) fn slice_of_range(&mut self, range: Id<Range>, bounds: Bounds) -> Value {
        let range = self.heap[range];
        if range.big.is_some() {
            return self.slice_of_big_range(range, bounds);
        }
        let place = |at: i64| range.start.wrapping_add(at.wrapping_mul(range.step));
        Value::Range(self.heap.new_range(Range {
            start: place(bounds.start),
            stop: place(bounds.stop),
            step: range.step.saturating_mul(bounds.step),
            big: None,
        }))
    }

    pub(super) fn slice_of_str(&mut self, str: Id<Str>, bounds: Bounds) -> NativeResult {
        if let Some(need) = self.needs_memory(bounds.count * 4) {
            return Ok(need);
        }
        let object = &self.heap[str];
        let text = self.heap.text(str);
        let cut: String = match bounds.contiguous() {
            Some(range) if range.start == 0 && range.end == self.heap.str_length(str) => {
                return ok(Value::Str(str));
            }
            Some(range) if object.ascii() => text[range].to_owned(),
            Some(range) => text.chars().skip(range.start).take(range.len()).collect(),
            None if object.ascii() => {
                let bytes = text.as_bytes();
                bounds.positions().map(|at| char::from(bytes[at])).collect()
            }
            None => {
                let chars: Vec<char> = text.chars().collect();
                bounds.positions().map(|at| chars[at]).collect()
            }
        };
        let mut chars = cut.chars();
        ok(match (chars.next(), chars.next()) {
            (Some(only), None) => self.char_value(only),
            _ => self.heap.str(cut),
        })
    }

    /// The str of one character; those of ASCII are the same object every time.
    #[inline]
    pub(crate) fn char_value(&mut self, character: char) -> Value {
        if character.is_ascii() {
            Value::Str(self.heap.ascii_char(character as u8))
        } else {
            let mut buffer = [0; 4];
            self.heap.str(&*character.encode_utf8(&mut buffer))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_clamped_as_python_does() {
        let all = |start, stop, step, length| {
            Bounds::new(start, stop, step, length)
                .positions()
                .collect::<Vec<_>>()
        };
        assert_eq!(all(None, None, -1, 3), [2, 1, 0]);
        assert_eq!(all(Some(-2), None, 1, 3), [1, 2]);
        assert_eq!(all(Some(10), Some(-10), -2, 4), [3, 1]);
        assert_eq!(all(Some(i64::MIN), Some(i64::MAX), i64::MAX, 4), [0]);
        assert_eq!(all(Some(2), Some(1), 1, 4), [0; 0]);
    }
}
