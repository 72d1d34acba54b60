//! Copies of iterators, for the module `copy`: an iterator is taken apart into the values it holds, and put together of others.
//! Generators of scripts are not among them, as in CPython.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Coroutine, CoroutineState, Iter};
use crate::heap::{Id, Value};
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};

/// What `copy` needs.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_iterator_parts", "iterator, /", parts),
    native("_iterator_with", "iterator, parts, /", with),
];

/// Can the generator behind an iterator be copied: is it paused, and not in what it delegates to?
fn is_copyable(coroutine: &Coroutine) -> bool {
    matches!(
        coroutine.state,
        CoroutineState::Created | CoroutineState::Suspended
    ) && coroutine.waiting.is_undef()
        && coroutine.handled.is_none()
}

/// The values an iterator holds, as a list; None for what is no iterator, or is one that can't be copied now.
fn parts(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Iter(id) = args.get(vm, 0) else {
        return ok(Value::None);
    };
    let items = match &vm.heap[id] {
        Iter::Exhausted(_) | Iter::Range { .. } => Vec::new(),
        Iter::List { list, .. } | Iter::ListReversed { list, .. } => vec![Value::List(*list)],
        Iter::Tuple { tuple, .. } => vec![Value::Tuple(*tuple)],
        Iter::Str { str, .. } => vec![Value::Str(*str)],
        Iter::Bytes { bytes, mutable, .. } => vec![match mutable {
            true => Value::ByteArray(*bytes),
            false => Value::Bytes(*bytes),
        }],
        Iter::Dict { dict, .. } => vec![Value::Dict(*dict)],
        Iter::Set { .. } => Vec::new(),
        Iter::Reversed { object, .. } => vec![*object],
        Iter::Enumerate { inner, .. } => vec![Value::Iter(*inner)],
        Iter::Zip { inner, .. } => inner.iter().map(|&inner| Value::Iter(inner)).collect(),
        Iter::Library { state, .. } => state.values(),
        Iter::Wrapped {
            generator, again, ..
        } => {
            let coroutine = &vm.heap[*generator];
            if coroutine.state != CoroutineState::Closed && !is_copyable(coroutine) {
                return ok(Value::None);
            }
            let set = |&value: &Value| match value {
                Value::Undef => Value::NotImplemented,
                value => value,
            };
            let again = again.iter().flat_map(|again| again.1.iter());
            coroutine.registers.iter().chain(again).map(set).collect()
        }
    };
    ok(vm.heap.list(items))
}

/// A new iterator at the same place, that holds other values.
fn with(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::Iter(id), Value::List(list)) = (args.get(vm, 0), args.get(vm, 1)) else {
        return ok(Value::None);
    };
    let items = vm.heap[list].items.to_vec();
    let first = items.first().copied().unwrap_or_default();
    let mut copy = vm.heap[id].clone();
    match (&mut copy, first) {
        (Iter::List { list, .. } | Iter::ListReversed { list, .. }, Value::List(new)) => {
            *list = new;
        }
        (Iter::Tuple { tuple, .. }, Value::Tuple(new)) => *tuple = new,
        (Iter::Bytes { bytes, .. }, Value::ByteArray(new)) => *bytes = new,
        (Iter::Dict { dict, .. }, Value::Dict(new)) => *dict = new,
        (Iter::Reversed { object, .. }, new) => *object = new,
        (Iter::Enumerate { inner, .. }, Value::Iter(new)) => *inner = new,
        (Iter::Zip { inner, .. }, _) => {
            for (inner, new) in inner.iter_mut().zip(&items) {
                if let Value::Iter(new) = new {
                    *inner = *new;
                }
            }
        }
        (Iter::Library { state, .. }, _) => state.set_values(&items),
        (
            Iter::Wrapped {
                generator, again, ..
            },
            _,
        ) => {
            let count = vm.heap[*generator].registers.len();
            *generator = copied_generator(vm, *generator, &items[..count.min(items.len())]);
            if let Some(again) = again {
                again.1 = items.get(count..).unwrap_or_default().to_vec();
            }
        }
        (_, _) => {}
    }
    ok(Value::Iter(vm.heap.new_iter(copy)))
}

fn copied_generator(vm: &mut Vm, id: Id<Coroutine>, items: &[Value]) -> Id<Coroutine> {
    let mut copy = vm.heap[id].clone();
    for (register, &new) in copy.registers.iter_mut().zip(items) {
        *register = match new {
            Value::NotImplemented => Value::Undef,
            new => new,
        };
    }
    copy.parent = None;
    let copied = vm.heap.new_coroutine(copy);
    if vm.heap[copied].leaf.is_some() {
        vm.heap[copied].leaf = Some(copied);
    }
    copied
}
