//! What list, tuple and range have in common, and the methods of tuple, range and slice.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::Slice;
use super::iteration::Items;
use super::slicing::Index;
use crate::heap::Value;
use crate::vm::native::NativeFn;
use crate::vm::{Args, NativeResult, Outcome, Raise, Vm, classes, native, ok};

/// `tuple`
pub(crate) const TUPLE: &[NativeFn] = &[
    native("__new__", "cls, iterable=(), /", new_tuple),
    native(
        "index",
        "self, value, start=0, stop=9223372036854775807, /",
        index,
    ),
    native("count", "self, value, /", count),
    native("__getnewargs__", "self, /", |vm, args| {
        let this = vm.native_value(args.get(vm, 0));
        ok(vm.heap.tuple([this]))
    }),
];

/// `range`
pub(crate) const RANGE: &[NativeFn] = &[
    native("__new__", "cls, /, *args", new_range),
    native("index", "self, value, /", index),
    native("count", "self, value, /", count),
];

/// `slice`
pub(crate) const SLICE: &[NativeFn] = &[
    native("__new__", "cls, /, *args", new_slice),
    native("indices", "self, length, /", indices),
];

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[native("_tuple_of", "cls, list, /", |vm, args| {
    let (cls, list) = (args.get(vm, 0), args.get(vm, 1));
    let items = vm.items_of(list)?.unwrap_or_default();
    let tuple = vm.heap.tuple(items);
    ok(vm.wrap_native(cls, tuple))
})];

fn new_tuple(vm: &mut Vm, args: Args) -> NativeResult {
    let (cls, iterable) = (args.get(vm, 0), args.get(vm, 1));
    if matches!(iterable, Value::Tuple(_)) && cls == Value::Class(classes::TUPLE) {
        return ok(iterable);
    }
    let items = if iterable.is_undef() {
        Vec::new()
    } else {
        match vm.collect_items(iterable)? {
            Items::All(items) => items,
            Items::NeedMemory(bytes) => return Ok(Outcome::NeedMemory(bytes)),
            Items::Script => return vm.call_prelude("_tuple", &[cls, iterable]),
        }
    };
    let tuple = vm.heap.tuple(items);
    ok(vm.wrap_native(cls, tuple))
}

/// The start or stop given to `index`: what is below 0 counts from the end.
fn limit(vm: &mut Vm, value: Value, default: i64, length: usize) -> Result<Option<usize>, Raise> {
    let at = match value {
        Value::Undef => default,
        _ => match vm.index_of(value) {
            Index::At(at) => at,
            Index::Huge => match vm.native_value(value) {
                Value::BigInt(id) if vm.heap[id].sign() == num_bigint::Sign::Minus => i64::MIN,
                _ => i64::MAX,
            },
            Index::Script => return Ok(None),
            Index::Slice(_) | Index::Invalid => {
                return Err(
                    vm.type_error("slice indices must be integers or have an __index__ method")
                );
            }
        },
    };
    let at = if at < 0 {
        at.saturating_add(length as i64).max(0)
    } else {
        at
    };
    Ok(Some(usize::try_from(at).unwrap_or(usize::MAX).min(length)))
}

/// `index(value, start, stop)`
pub(super) fn index(vm: &mut Vm, args: Args) -> NativeResult {
    let this = vm.native_value(args.get(vm, 0));
    let (value, first, last) = (args.get(vm, 1), args.get(vm, 2), args.get(vm, 3));
    if let Value::Range(id) = this {
        return range_index(vm, this, vm.heap[id], value);
    }
    let length = vm.native_length(this).unwrap_or(0) as usize;
    let (Some(first), Some(last)) = (
        limit(vm, first, 0, length)?,
        limit(vm, last, i64::MAX, length)?,
    ) else {
        return vm.call_prelude(
            "_sequence_index_by_index",
            &[this, value, first.or_none(), last.or_none()],
        );
    };
    for at in first..last {
        let item = match this {
            Value::List(id) => vm.heap[id].items[at],
            Value::Tuple(id) => vm.heap[id].items[at],
            _ => Value::Undef,
        };
        match vm.same_or_equal(item, value) {
            Some(true) => return ok(Value::Int(at as i64)),
            Some(false) => {}
            None => {
                let (at, last) = (Value::Int(at as i64), Value::Int(last as i64));
                return vm.call_prelude("_sequence_index", &[this, value, at, last]);
            }
        }
    }
    fail_index(vm, this, value)
}

fn fail_index(vm: &mut Vm, this: Value, value: Value) -> NativeResult {
    match this {
        // The text contains the repr, which script code may have to make.
        Value::List(_) => vm.call_prelude("_fail_list_index", &[value]),
        _ => Err(vm.value_error("tuple.index(x): x not in tuple")),
    }
}

fn range_index(vm: &mut Vm, this: Value, range: super::Range, value: Value) -> NativeResult {
    match vm.native_value(value) {
        int @ (Value::Int(_) | Value::Bool(_) | Value::BigInt(_)) if range.big.is_some() => {
            match vm.place_in_big_range(range, int) {
                Some(place) => ok(place),
                None => vm.call_prelude("_fail_range_index", &[int]),
            }
        }
        _ if range.big.is_some() => vm.call_prelude("_range_index", &[this, value]),
        int @ Value::BigInt(_) => vm.call_prelude("_fail_range_index", &[int]),
        Value::Int(int) if range.contains(int) => ok(Value::Int(
            ((i128::from(int) - i128::from(range.start)) / i128::from(range.step)) as i64,
        )),
        Value::Int(int) => Err(vm.value_error(format!("{int} is not in range"))),
        Value::Bool(bool) => range_index(vm, this, range, Value::Int(i64::from(bool))),
        Value::Instance(_) => vm.call_prelude("_range_index", &[this, value]),
        _ => match vm.contains_natively(value, this)? {
            Some(true) => {
                let Value::Float(float) = value else {
                    return ok(Value::None);
                };
                range_index(vm, this, range, Value::Int(float as i64))
            }
            _ => Err(vm.value_error("sequence.index(x): x not in sequence")),
        },
    }
}

/// `count(value)`
pub(super) fn count(vm: &mut Vm, args: Args) -> NativeResult {
    let this = vm.native_value(args.get(vm, 0));
    let value = args.get(vm, 1);
    let items = match this {
        Value::List(id) => &vm.heap[id].items[..],
        Value::Tuple(id) => &vm.heap[id].items[..],
        _ => {
            return match vm.contains_natively(value, this)? {
                Some(found) => ok(Value::Int(i64::from(found))),
                None => vm.call_prelude("_sequence_count", &[this, value]),
            };
        }
    };
    let mut found = 0;
    for &item in items {
        match vm.same_or_equal(item, value) {
            Some(true) => found += 1,
            Some(false) => {}
            None => return vm.call_prelude("_sequence_count", &[this, value]),
        }
    }
    ok(Value::Int(found))
}

fn new_range(vm: &mut Vm, args: Args) -> NativeResult {
    let given = args.rest(vm, 1).to_vec();
    if given.is_empty() || given.len() > 3 {
        let (bound, plural, number) = if given.is_empty() {
            ("least", "", 1)
        } else {
            ("most", "s", 3)
        };
        let message = format!(
            "range expected at {bound} {number} argument{plural}, got {}",
            given.len()
        );
        return vm.fail_type(message);
    }
    let mut ints = [0; 3];
    for (int, &value) in ints.iter_mut().zip(&given) {
        *int = match vm.index_of(value) {
            Index::At(int) => int,
            Index::Script | Index::Huge => {
                let given = vm.heap.list(given);
                return vm.call_prelude("_range", &[given]);
            }
            Index::Slice(_) | Index::Invalid => return Err(vm.not_an_index(value)),
        };
    }
    let [first, second, third] = ints;
    match given.len() {
        1 => ok(vm.new_range_value(0, first, 1)),
        2 => ok(vm.new_range_value(first, second, 1)),
        _ if third == 0 => Err(vm.value_error("range() arg 3 must not be zero")),
        _ => ok(vm.new_range_value(first, second, third)),
    }
}

fn new_slice(vm: &mut Vm, args: Args) -> NativeResult {
    let (start, stop, step) = match *args.rest(vm, 1) {
        [stop] => (Value::None, stop, Value::None),
        [start, stop] => (start, stop, Value::None),
        [start, stop, step] => (start, stop, step),
        [] => return vm.fail_type("slice expected at least 1 argument, got 0"),
        _ => {
            let message = format!("slice expected at most 3 arguments, got {}", args.len() - 1);
            return vm.fail_type(message);
        }
    };
    ok(Value::Slice(vm.heap.new_slice(Slice { start, stop, step })))
}

fn indices(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, length) = (args.get(vm, 0), args.get(vm, 1));
    let Value::Slice(slice) = this else {
        return ok(Value::None);
    };
    let length = match vm.index_of(length) {
        Index::At(length) => length,
        Index::Script => return vm.call_prelude("_slice_indices", &[this, length]),
        Index::Huge => {
            return Err(vm.raise(
                classes::OVERFLOW_ERROR,
                "acoro has no slices of more than 64 bits",
            ));
        }
        Index::Slice(_) | Index::Invalid => return Err(vm.not_an_index(length)),
    };
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length should not be negative"));
    };
    match vm.slice_bounds(slice, length)? {
        Some(bounds) => ok(vm
            .heap
            .tuple([bounds.start, bounds.stop, bounds.step].map(Value::Int))),
        None => vm.call_prelude("_slice_indices", &[this, Value::Int(length as i64)]),
    }
}
