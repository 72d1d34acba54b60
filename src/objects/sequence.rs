//! The data of list, tuple, bytes, range and slice.

use crate::heap::{Trace, Value, trace_items};
use serde::{Deserialize, Serialize};

/// A list.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct List {
    /// Its items.
    pub items: Vec<Value>,
}

/// A tuple.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tuple {
    /// Its items.
    pub items: Box<[Value]>,
}

/// A bytes or bytearray.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Bytes {
    /// Its bytes.
    pub data: Vec<u8>,
}

/// A range; `step` is not 0.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Range {
    /// First item.
    pub start: i64,
    /// Excluded end.
    pub stop: i64,
    /// Distance of neighbours.
    pub step: i64,
    /// Start, stop and step when one of them is no small int; the other fields then make an empty range.
    pub big: Option<crate::heap::Id<Tuple>>,
}

/// A slice; each part an int, None or anything with `__index__`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Slice {
    /// First index.
    pub start: Value,
    /// Excluded end.
    pub stop: Value,
    /// Step.
    pub step: Value,
}

impl Range {
    /// The number of items.
    pub fn len(&self) -> u64 {
        let (low, high, step) = if self.step > 0 {
            (self.start, self.stop, self.step as u64)
        } else {
            (self.stop, self.start, self.step.unsigned_abs())
        };
        if low >= high {
            return 0;
        }
        (high.wrapping_sub(low) as u64 - 1) / step + 1
    }

    /// It has no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Is the int one of its items?
    pub fn contains(&self, int: i64) -> bool {
        let inside = if self.step > 0 {
            self.start <= int && int < self.stop
        } else {
            self.stop < int && int <= self.start
        };
        inside && (i128::from(int) - i128::from(self.start)) % i128::from(self.step) == 0
    }

    /// Item number `index`, which must be less than `len()`.
    pub fn item(&self, index: u64) -> i64 {
        self.start
            .wrapping_add((index as i64).wrapping_mul(self.step))
    }
}

impl Trace for List {
    fn trace_part(&self, from: usize, visit: &mut impl FnMut(Value)) -> Option<usize> {
        trace_items(&self.items, from, visit)
    }
    fn payload(&self) -> usize {
        self.items.capacity() * size_of::<Value>()
    }
}

impl Trace for Tuple {
    fn trace_part(&self, from: usize, visit: &mut impl FnMut(Value)) -> Option<usize> {
        trace_items(&self.items, from, visit)
    }
    fn payload(&self) -> usize {
        self.items.len() * size_of::<Value>()
    }
}

impl Trace for Bytes {
    const LEAF: bool = true;

    fn trace(&self, _visit: &mut impl FnMut(Value)) {}
    fn payload(&self) -> usize {
        self.data.capacity()
    }
}

impl Trace for Range {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        self.big
            .iter()
            .for_each(|&parts| visit(Value::Tuple(parts)));
    }
}

impl Trace for Slice {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(self.start);
        visit(self.stop);
        visit(self.step);
    }
}
