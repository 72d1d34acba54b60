//! Sorting, stable, of keys whose order needs no script code. Keys of scripts are sorted by the prelude in the same way.

use crate::heap::Value;
use crate::text::surrogates;
use crate::vm::native::NativeFn;
use crate::vm::{Args, NativeResult, Vm, native, ok};
use std::cmp::Ordering;

/// `sorted`
pub(crate) const BUILTINS: &[NativeFn] = &[native(
    "sorted",
    "iterable, /, *, key=None, reverse=False",
    sorted,
)];

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[native(
    "_sort_by_keys",
    "items, keys, reverse, /",
    sort_by_keys,
)];

/// Runs shorter than this are sorted by insertion, as CPython does.
const MIN_RUN: usize = 64;

/// An order that was not to be had without script code, or a TypeError.
struct Undecided;

impl Vm {
    /// The items sorted by their keys; None if script code or a TypeError is needed.
    pub(crate) fn sort_natively(
        &self,
        mut items: Vec<Value>,
        keys: &[Value],
        reverse: bool,
    ) -> Option<Vec<Value>> {
        let mut keyed: Vec<(Value, Value)> =
            keys.iter().copied().zip(items.iter().copied()).collect();
        // Reversing before and behind keeps equal items in their order.
        if reverse {
            keyed.reverse();
        }
        if keys.iter().all(|key| matches!(key, Value::Int(_))) {
            keyed.sort_by_key(|&(key, _)| if let Value::Int(int) = key { int } else { 0 });
        } else if keys.iter().all(|key| matches!(key, Value::Str(_))) {
            let text = |key: Value| {
                if let Value::Str(id) = key {
                    self.heap.text(id)
                } else {
                    ""
                }
            };
            // Without lone surrogates the bytes are in the order of the code points.
            if keys.iter().any(|&key| self.has_lone_surrogates(key)) {
                keyed.sort_by(|a, b| surrogates::compare(text(a.0), text(b.0)));
            } else {
                keyed.sort_by(|a, b| text(a.0).cmp(text(b.0)));
            }
        } else if keys
            .iter()
            .all(|key| matches!(key, Value::Float(float) if !float.is_nan()))
        {
            keyed.sort_by(|(a, _), (b, _)| match (a, b) {
                (Value::Float(a), Value::Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
                _ => Ordering::Equal,
            });
        } else {
            self.merge_sort(&mut keyed).ok()?;
        }
        if reverse {
            keyed.reverse();
        }
        for (place, (_, item)) in items.iter_mut().zip(keyed) {
            *place = item;
        }
        Some(items)
    }

    fn has_lone_surrogates(&self, text: Value) -> bool {
        matches!(text, Value::Str(id) if !self.heap[id].ascii() && surrogates::has_surrogates(self.heap.text(id)))
    }

    fn comes_before(&self, a: Value, b: Value) -> Result<bool, Undecided> {
        self.less(a, b).ok_or(Undecided)
    }

    /// Sorts by keys whose order may be no total one.
    fn merge_sort(&self, keyed: &mut [(Value, Value)]) -> Result<(), Undecided> {
        let mut width = MIN_RUN.min(keyed.len().max(1));
        for run in keyed.chunks_mut(width) {
            self.insertion_sort(run)?;
        }
        let mut merged = Vec::with_capacity(keyed.len());
        while width < keyed.len() {
            for pair in keyed.chunks_mut(width * 2) {
                if pair.len() <= width {
                    continue;
                }
                merged.clear();
                let (mut left, mut right) = pair.split_at(width);
                while let (Some(&a), Some(&b)) = (left.first(), right.first()) {
                    if self.comes_before(b.0, a.0)? {
                        merged.push(b);
                        right = &right[1..];
                    } else {
                        merged.push(a);
                        left = &left[1..];
                    }
                }
                merged.extend_from_slice(left);
                merged.extend_from_slice(right);
                pair.copy_from_slice(&merged);
            }
            width *= 2;
        }
        Ok(())
    }

    /// Makes the longest run at the beginning ascending and tells its length: CPython's `count_run`.
    fn first_run(&self, keyed: &mut [(Value, Value)]) -> Result<usize, Undecided> {
        let length = keyed.len();
        let mut run = 1;
        while run < length && !self.comes_before(keyed[run].0, keyed[run - 1].0)? {
            run += 1;
        }
        if run == length {
            return Ok(run);
        }
        // The item at `run` is less than the one before.
        if run > 1 {
            if self.comes_before(keyed[0].0, keyed[run - 1].0)? {
                return Ok(run);
            }
            // So far all are equal, and they must keep their order when the descending run is turned round.
            keyed[..run].reverse();
        }
        run += 1;
        let mut equal = 0;
        while run < length {
            let descends = self.comes_before(keyed[run].0, keyed[run - 1].0)?;
            if !descends {
                if self.comes_before(keyed[run - 1].0, keyed[run].0)? {
                    break;
                }
                equal += 1;
            } else if equal > 0 {
                keyed[run - equal - 1..run].reverse();
                equal = 0;
            }
            run += 1;
        }
        if equal > 0 {
            keyed[run - equal - 1..run].reverse();
        }
        keyed[..run].reverse();
        while run < length && !self.comes_before(keyed[run].0, keyed[run - 1].0)? {
            run += 1;
        }
        Ok(run)
    }

    /// A run at the beginning is found first, then each item behind it is put to its place by bisection.
    fn insertion_sort(&self, keyed: &mut [(Value, Value)]) -> Result<(), Undecided> {
        if keyed.len() < 2 {
            return Ok(());
        }
        let run = self.first_run(keyed)?;
        for at in run..keyed.len() {
            let pivot = keyed[at];
            let (mut low, mut high) = (0, at);
            while low < high {
                let middle = (low + high) / 2;
                if self.comes_before(pivot.0, keyed[middle].0)? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            keyed[low..=at].rotate_right(1);
        }
        Ok(())
    }
}

fn sorted(vm: &mut Vm, args: Args) -> NativeResult {
    let iterable = args.get(vm, 0);
    let (key, reverse) = (
        args.get(vm, 1).or_none(),
        args.get(vm, 2).or(Value::Bool(false)),
    );
    let Some(items) = vm.items_of(iterable)? else {
        return vm.call_prelude("_sorted", &[iterable, key, reverse]);
    };
    if key.is_none()
        && let Some(reverse) = vm.truth(reverse)
        && let Some(sorted) = vm.sort_natively(items.clone(), &items, reverse)
    {
        return ok(vm.heap.list(sorted));
    }
    let items = vm.heap.list(items);
    vm.call_prelude("_sort_items", &[items, key, reverse])
}

/// The items sorted by their keys as a new list, or None if script code or a TypeError is needed.
fn sort_by_keys(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::List(items), Value::List(keys)) = (args.get(vm, 0), args.get(vm, 1)) else {
        return ok(Value::None);
    };
    let reverse = args.get(vm, 2) == Value::Bool(true);
    let items = vm.heap[items].items.clone();
    match vm.sort_natively(items, &vm.heap[keys].items, reverse) {
        Some(sorted) => ok(vm.heap.list(sorted)),
        None => ok(Value::None),
    }
}
