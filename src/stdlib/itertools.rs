//! How the iterators of `itertools` are made that need no script code: see `objects::LibraryIter`. None where an iterator needs
//! some; it is a generator of `itertools.acoro` then.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Class, Iter, LibraryIter, Tuple, next_of_product};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_product", "cls, pools, last=None, /", product),
    native("_permutations", "cls, pool, r, /", permutations),
    native("_combinations", "cls, pool, r, repeated, /", combinations),
    native("_count_natively", "cls, start, step, /", count),
    native("_repeat_natively", "cls, object, times, /", repeat),
    native("_cycle_natively", "cls, iterator, /", cycle),
    native("_state_of", "iterator, /", state_of),
    native("_become", "iterator, other, /", become_other),
    native("_chain_natively", "cls, iterables, /", chain),
    native(
        "_slice_natively",
        "cls, iterator, start, stop, step, /",
        slice,
    ),
    native("_pair_natively", "cls, iterator, /", pair),
    native("_batch_natively", "cls, iterator, size, strict, /", batch),
    native("_longest_natively", "cls, iterators, fill, /", longest),
];

/// The iterator of a class in this state.
pub(crate) fn made(vm: &mut Vm, class: Value, state: LibraryIter) -> NativeResult {
    let Value::Class(class) = class else {
        return ok(Value::None);
    };
    let class: Id<Class> = class;
    let state = Box::new(state);
    ok(Value::Iter(
        vm.heap.new_iter(Iter::Library { class, state }),
    ))
}

fn tuple(value: Value) -> Option<Id<Tuple>> {
    match value {
        Value::Tuple(tuple) => Some(tuple),
        _ => None,
    }
}

fn number(value: Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(number).ok(),
        _ => None,
    }
}

/// The native iterator that a value is.
fn native_iter(vm: &mut Vm, value: Value) -> Option<Id<Iter>> {
    match value {
        Value::Iter(_) => vm.native_iter_of(value),
        _ => None,
    }
}

/// One that may never end: what goes over it has to end.
fn endless(vm: &Vm, value: Value) -> Option<Id<Iter>> {
    let Value::Iter(id) = value else { return None };
    match &vm.heap[id] {
        Iter::Library { state, .. } => matches!(
            **state,
            LibraryIter::Count { .. } | LibraryIter::Repeat { .. }
        )
        .then_some(id),
        _ => None,
    }
}

/// So many numbers, and a tuple as long, have to be kept.
fn needed(vm: &Vm, width: u64) -> Option<Outcome> {
    let bytes = usize::try_from(width)
        .unwrap_or(usize::MAX)
        .saturating_mul(4 * size_of::<Value>());
    (bytes > 1 << 16 && !vm.heap.has_room(bytes)).then_some(Outcome::NeedMemory(bytes))
}

fn product(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(pools) = tuple(args.get(vm, 1)) else {
        return ok(Value::None);
    };
    if let Some(need) = needed(vm, vm.heap[pools].items.len() as u64) {
        return Ok(need);
    }
    let pools: Box<[Id<Tuple>]> = vm.heap[pools]
        .items
        .iter()
        .filter_map(|&pool| tuple(pool))
        .collect();
    let mut more = pools.iter().all(|&pool| !vm.heap[pool].items.is_empty());
    let mut indices = vec![0; pools.len()];
    if let Value::List(last) = args.get(vm, 2) {
        let last = &vm.heap[last].items;
        for (index, &last) in indices.iter_mut().zip(last) {
            *index = number(last).unwrap_or(0) as usize;
        }
        more = more && next_of_product(&vm.heap.tuples, &pools, &mut indices);
    }
    let state = LibraryIter::Product {
        pools,
        indices,
        more,
    };
    made(vm, args.get(vm, 0), state)
}

fn permutations(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(pool) = tuple(args.get(vm, 1)) else {
        return ok(Value::None);
    };
    let n = vm.heap[pool].items.len();
    let r = number(args.get(vm, 2)).map_or(usize::MAX, |r| r as usize);
    if let Some(need) = needed(vm, n as u64) {
        return Ok(need);
    }
    let state = LibraryIter::Permutations {
        pool,
        indices: (0..n).collect(),
        cycles: match r <= n {
            true => (n - r + 1..=n).rev().collect(),
            false => Vec::new(),
        },
        more: r <= n,
    };
    made(vm, args.get(vm, 0), state)
}

fn combinations(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(pool) = tuple(args.get(vm, 1)) else {
        return ok(Value::None);
    };
    let repeated = args.get(vm, 3) == Value::Bool(true);
    let n = vm.heap[pool].items.len() as u64;
    let r = number(args.get(vm, 2)).unwrap_or(u64::MAX);
    let more = if repeated { n > 0 || r == 0 } else { r <= n };
    if more && let Some(need) = needed(vm, r) {
        return Ok(need);
    }
    let state = LibraryIter::Combinations {
        pool,
        indices: match (more, repeated) {
            (false, _) => Vec::new(),
            (true, true) => vec![0; r as usize],
            (true, false) => (0..r as usize).collect(),
        },
        repeated,
        more,
    };
    made(vm, args.get(vm, 0), state)
}

fn count(vm: &mut Vm, args: Args) -> NativeResult {
    let (next, step) = (args.get(vm, 1), args.get(vm, 2));
    let plain = |value| matches!(value, Value::Int(_) | Value::BigInt(_) | Value::Float(_));
    if !plain(next) || !plain(step) {
        return ok(Value::None);
    }
    made(vm, args.get(vm, 0), LibraryIter::Count { next, step })
}

fn repeat(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, times) = (args.get(vm, 1), args.get(vm, 2));
    let left = match times {
        Value::None => None,
        Value::Int(times) => Some(u64::try_from(times).unwrap_or(0)),
        _ => return ok(Value::None),
    };
    made(vm, args.get(vm, 0), LibraryIter::Repeat { object, left })
}

fn cycle(vm: &mut Vm, args: Args) -> NativeResult {
    let iterator = args.get(vm, 1);
    match native_iter(vm, iterator) {
        Some(inner) => {
            let state = LibraryIter::Cycle {
                inner: Some(inner),
                saved: Vec::new(),
                at: 0,
            };
            made(vm, args.get(vm, 0), state)
        }
        None => ok(Value::None),
    }
}

/// What an iterator of the module knows that its class wants to know; None for what is no iterator.
fn state_of(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Iter(id) = args.get(vm, 0) else {
        return ok(Value::None);
    };
    let known = match &vm.heap[id] {
        Iter::Library { state, .. } => match &**state {
            LibraryIter::Count { next, step } => vec![*next, *step],
            LibraryIter::Repeat { object, left } => {
                let left = left.map_or(Value::None, |left| Value::Int(left as i64));
                vec![*object, left]
            }
            LibraryIter::Product { pools, .. } => {
                pools.iter().map(|&pool| Value::Tuple(pool)).collect()
            }
            LibraryIter::Cycle { inner, saved, .. } => {
                let inner: Vec<Value> = inner.iter().map(|&inner| Value::Iter(inner)).collect();
                let saved = saved.clone();
                vec![vm.heap.list(inner), vm.heap.list(saved)]
            }
            _ => Vec::new(),
        },
        Iter::Wrapped {
            again: Some(again), ..
        } => again.1.clone(),
        _ => Vec::new(),
    };
    ok(vm.heap.tuple(known))
}

/// Puts an iterator where another is.
fn become_other(vm: &mut Vm, args: Args) -> NativeResult {
    if let (Value::Iter(id), Value::Iter(other)) = (args.get(vm, 0), args.get(vm, 1)) {
        let other = vm.heap[other].clone();
        vm.heap.update(id, |iterator| *iterator = other);
    }
    ok(Value::None)
}

fn chain(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(iterables) = tuple(args.get(vm, 1)) else {
        return ok(Value::None);
    };
    let iterables: Box<[Value]> = vm.heap[iterables].items.clone();
    for &iterable in &iterables {
        // An instance's class might change what iterating it means.
        if matches!(iterable, Value::Instance(_)) || !vm.is_natively_iterable(iterable) {
            return ok(Value::None);
        }
        if matches!(iterable, Value::Iter(_)) && native_iter(vm, iterable).is_none() {
            return ok(Value::None);
        }
    }
    let state = LibraryIter::Chain {
        iterables,
        at: 0,
        inner: None,
    };
    made(vm, args.get(vm, 0), state)
}

fn slice(vm: &mut Vm, args: Args) -> NativeResult {
    let stop = match args.get(vm, 3) {
        Value::None => Some(u64::MAX),
        stop => number(stop),
    };
    let iterator = args.get(vm, 1);
    let (Some(inner), Some(start), Some(stop), Some(step)) = (
        native_iter(vm, iterator).or_else(|| endless(vm, iterator)),
        number(args.get(vm, 2)),
        stop,
        number(args.get(vm, 4)),
    ) else {
        return ok(Value::None);
    };
    let state = LibraryIter::Slice {
        inner,
        taken: 0,
        next: start,
        stop,
        step,
    };
    made(vm, args.get(vm, 0), state)
}

fn pair(vm: &mut Vm, args: Args) -> NativeResult {
    let iterator = args.get(vm, 1);
    match native_iter(vm, iterator) {
        Some(inner) => {
            let old = Value::Undef;
            made(vm, args.get(vm, 0), LibraryIter::Pairs { inner, old })
        }
        None => ok(Value::None),
    }
}

fn batch(vm: &mut Vm, args: Args) -> NativeResult {
    let iterator = args.get(vm, 1);
    let (Some(inner), Some(size)) = (native_iter(vm, iterator), number(args.get(vm, 2))) else {
        return ok(Value::None);
    };
    let state = LibraryIter::Batches {
        inner,
        size: size as usize,
        strict: vm.truth(args.get(vm, 3)) == Some(true),
    };
    made(vm, args.get(vm, 0), state)
}

fn longest(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::List(iterators) = args.get(vm, 1) else {
        return ok(Value::None);
    };
    let iterators = vm.heap[iterators].items.clone();
    let mut inner = Vec::with_capacity(iterators.len());
    for iterator in iterators {
        match native_iter(vm, iterator) {
            Some(iter) => inner.push(Some(iter)),
            None => return ok(Value::None),
        }
    }
    let state = LibraryIter::ZipLongest {
        inner: inner.into(),
        fill: args.get(vm, 2),
    };
    made(vm, args.get(vm, 0), state)
}
