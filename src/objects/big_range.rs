//! Ranges whose bounds leave 64 bits. They are rare, and slow: the data is a tuple of ints beside an empty small range.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::slicing::Bounds;
use super::{Range, Tuple};
use crate::heap::{Id, Value};
use crate::vm::native::NativeFn;
use crate::vm::{Vm, native, ok};
use num_bigint::{BigInt, Sign};
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Start, stop and step of any range.
pub(crate) struct BigRange {
    pub(crate) start: BigInt,
    stop: BigInt,
    pub(crate) step: BigInt,
}

impl BigRange {
    /// The number of items.
    pub(crate) fn len(&self) -> BigInt {
        let distance = match self.step.sign() {
            Sign::Minus => &self.start - &self.stop,
            Sign::NoSign | Sign::Plus => &self.stop - &self.start,
        };
        if distance.is_positive() {
            (distance - BigInt::one()) / self.step.abs() + BigInt::one()
        } else {
            BigInt::zero()
        }
    }

    fn item(&self, index: &BigInt) -> BigInt {
        &self.start + index * &self.step
    }

    /// The place of an int among the items.
    fn place(&self, int: &BigInt) -> Option<BigInt> {
        let distance = int - &self.start;
        let place = &distance / &self.step;
        let inside =
            (&distance % &self.step).is_zero() && !place.is_negative() && place < self.len();
        inside.then_some(place)
    }
}

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] =
    &[native("_big_range", "start, stop, step, /", |vm, args| {
        let parts = [0, 1, 2].map(|at| vm.big_int(args.get(vm, at)).unwrap_or_default());
        let [start, stop, step] = parts;
        if step.is_zero() {
            return Err(vm.value_error("range() arg 3 must not be zero"));
        }
        ok(vm.range_of(BigRange { start, stop, step }))
    })];

impl Vm {
    fn big_int(&self, value: Value) -> Option<BigInt> {
        match value {
            Value::Int(int) => Some(BigInt::from(int)),
            Value::Bool(bool) => Some(BigInt::from(u8::from(bool))),
            Value::BigInt(id) => Some(self.heap[id].clone()),
            _ => None,
        }
    }

    /// Start, stop and step of a range as values.
    pub(crate) fn range_parts(&self, range: Range) -> [Value; 3] {
        if let Some(parts) = range.big
            && let &[start, stop, step] = &self.heap[parts].items[..]
        {
            return [start, stop, step];
        }
        [range.start, range.stop, range.step].map(Value::Int)
    }

    /// A range whose ints don't fit, or whose length doesn't.
    pub(crate) fn as_big_range(&self, range: Range) -> BigRange {
        let [start, stop, step] = self
            .range_parts(range)
            .map(|part| self.big_int(part).unwrap_or_default());
        BigRange { start, stop, step }
    }

    /// A range, small if its ints are.
    pub(crate) fn range_of(&mut self, range: BigRange) -> Value {
        let BigRange { start, stop, step } = range;
        let range = match (start.to_i64(), stop.to_i64(), step.to_i64()) {
            (Some(start), Some(stop), Some(step)) => Range {
                start,
                stop,
                step,
                big: None,
            },
            _ => {
                let parts = [start, stop, step].map(|part| self.heap.int(part));
                let parts = self.heap.new_tuple(Tuple {
                    items: parts.into(),
                });
                Range {
                    start: 0,
                    stop: 0,
                    step: 1,
                    big: Some(parts),
                }
            }
        };
        Value::Range(self.heap.new_range(range))
    }

    /// The number of a range's items, at most `u64::MAX`.
    pub(crate) fn range_length(&self, id: Id<Range>) -> u64 {
        let range = self.heap[id];
        if range.big.is_none() {
            return range.len();
        }
        self.as_big_range(range).len().to_u64().unwrap_or(u64::MAX)
    }

    /// The item at a position below the length.
    pub(crate) fn range_item(&mut self, id: Id<Range>, at: u64) -> Value {
        let range = self.heap[id];
        if range.big.is_none() {
            return Value::Int(range.item(at));
        }
        let item = self.as_big_range(range).item(&BigInt::from(at));
        self.heap.int(item)
    }

    /// The item at any int, negative ones counted from the end.
    pub(crate) fn item_of_big_range(&mut self, range: Range, index: Value) -> Option<Value> {
        let index = self.big_int(index)?;
        let range = self.as_big_range(range);
        let length = range.len();
        let index = if index.is_negative() {
            index + &length
        } else {
            index
        };
        if index.is_negative() || index >= length {
            return None;
        }
        Some(self.heap.int(range.item(&index)))
    }

    /// The place of an int among the items of a range that is big, or is asked about a big int.
    pub(crate) fn place_in_big_range(&mut self, range: Range, value: Value) -> Option<Value> {
        let int = self.big_int(value)?;
        let place = self.as_big_range(range).place(&int)?;
        Some(self.heap.int(place))
    }

    /// A slice of a big range.
    pub(super) fn slice_of_big_range(&mut self, range: Range, bounds: Bounds) -> Value {
        let range = self.as_big_range(range);
        let [start, stop] = [bounds.start, bounds.stop].map(|at| range.item(&BigInt::from(at)));
        let step = range.step * bounds.step;
        self.range_of(BigRange { start, stop, step })
    }

    /// A big range walked backwards.
    pub(super) fn reverse_of_big_range(&mut self, range: Range) -> Value {
        let range = self.as_big_range(range);
        let last = range.len() - BigInt::one();
        let (start, stop, step) = (range.item(&last), &range.start - &range.step, -&range.step);
        self.range_of(BigRange { start, stop, step })
    }

    /// Do two ranges have the same items?
    pub(super) fn same_big_range(&self, a: Range, b: Range) -> bool {
        let (a, b) = (self.as_big_range(a), self.as_big_range(b));
        let length = a.len();
        length == b.len()
            && (length.is_zero() || a.start == b.start && (length.is_one() || a.step == b.step))
    }
}
