//! The combinatoric iterators' arithmetic: the next tuples of a product, of permutations, of combinations, some at a time. The
//! iterators themselves are generators of `itertools.acoro`; `indices` is the list of ints they keep between the calls.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::List;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_next_products", "pools, indices, count, /", products),
    native(
        "_next_permutations",
        "pool, indices, cycles, count, /",
        permutations,
    ),
    native(
        "_next_combinations",
        "pool, indices, count, repeated, /",
        combinations,
    ),
];

/// The ints of a list.
fn ints(vm: &Vm, list: Id<List>) -> Vec<usize> {
    let items = vm.heap[list].items.iter();
    items
        .map(|&item| match item {
            Value::Int(int) => usize::try_from(int).unwrap_or(0),
            _ => 0,
        })
        .collect()
}

fn set_ints(vm: &mut Vm, list: Id<List>, ints: &[usize]) {
    let items = &mut vm.heap[list].items;
    for (item, &int) in items.iter_mut().zip(ints) {
        *item = Value::Int(int as i64);
    }
}

/// Nothing more comes: the list is emptied.
fn finish(vm: &mut Vm, list: Id<List>) {
    vm.heap.update(list, |list| list.items.clear());
}

fn count(vm: &Vm, args: Args, index: usize) -> usize {
    match args.get(vm, index) {
        Value::Int(count) => usize::try_from(count).unwrap_or(0),
        _ => 0,
    }
}

fn items(vm: &Vm, value: Value) -> Vec<Value> {
    match value {
        Value::Tuple(tuple) => vm.heap[tuple].items.to_vec(),
        _ => Vec::new(),
    }
}

/// So many bytes are needed for what a call makes.
fn needed(count: usize, width: usize) -> usize {
    count.saturating_mul(width.saturating_add(4)) * size_of::<Value>()
}

fn products(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::List(state) = args.get(vm, 1) else {
        return ok(Value::None);
    };
    let pools: Vec<Vec<Value>> = items(vm, args.get(vm, 0))
        .into_iter()
        .map(|pool| items(vm, pool))
        .collect();
    let wanted = count(vm, args, 2);
    if !vm.heap.has_room(needed(wanted, pools.len())) {
        return Ok(Outcome::NeedMemory(needed(wanted, pools.len())));
    }
    let mut indices = ints(vm, state);
    let mut made = Vec::with_capacity(wanted);
    let mut more = true;
    while more && made.len() < wanted {
        let row: Vec<Value> = pools
            .iter()
            .zip(&indices)
            .map(|(pool, &at)| pool[at])
            .collect();
        made.push(vm.heap.tuple(row));
        more = false;
        for (at, pool) in pools.iter().enumerate().rev() {
            indices[at] += 1;
            if indices[at] < pool.len() {
                more = true;
                break;
            }
            indices[at] = 0;
        }
    }
    if more {
        set_ints(vm, state, &indices);
    } else {
        finish(vm, state);
    }
    ok(vm.heap.list(made))
}

fn permutations(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::List(state), Value::List(cycle_state)) = (args.get(vm, 1), args.get(vm, 2)) else {
        return ok(Value::None);
    };
    let pool = items(vm, args.get(vm, 0));
    let wanted = count(vm, args, 3);
    let mut indices = ints(vm, state);
    let mut cycles = ints(vm, cycle_state);
    let (n, r) = (indices.len(), cycles.len());
    if !vm.heap.has_room(needed(wanted, r)) {
        return Ok(Outcome::NeedMemory(needed(wanted, r)));
    }
    let mut made = Vec::with_capacity(wanted);
    let mut more = true;
    while more && made.len() < wanted {
        let row: Vec<Value> = indices[..r].iter().map(|&at| pool[at]).collect();
        made.push(vm.heap.tuple(row));
        more = false;
        for at in (0..r).rev() {
            cycles[at] -= 1;
            if cycles[at] == 0 {
                indices[at..].rotate_left(1);
                cycles[at] = n - at;
            } else {
                indices.swap(at, n - cycles[at]);
                more = true;
                break;
            }
        }
    }
    if more {
        set_ints(vm, state, &indices);
        set_ints(vm, cycle_state, &cycles);
    } else {
        finish(vm, state);
    }
    ok(vm.heap.list(made))
}

fn combinations(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::List(state) = args.get(vm, 1) else {
        return ok(Value::None);
    };
    let pool = items(vm, args.get(vm, 0));
    let wanted = count(vm, args, 2);
    let repeated = matches!(args.get(vm, 3), Value::Bool(true));
    let mut indices = ints(vm, state);
    let (n, r) = (pool.len(), indices.len());
    if !vm.heap.has_room(needed(wanted, r)) {
        return Ok(Outcome::NeedMemory(needed(wanted, r)));
    }
    let mut made = Vec::with_capacity(wanted);
    let mut more = true;
    while more && made.len() < wanted {
        let row: Vec<Value> = indices.iter().map(|&at| pool[at]).collect();
        made.push(vm.heap.tuple(row));
        let last = |at: usize| if repeated { n - 1 } else { at + n - r };
        match (0..r).rev().find(|&at| indices[at] != last(at)) {
            Some(at) => {
                let next = indices[at] + 1;
                for (step, index) in indices[at..].iter_mut().enumerate() {
                    *index = if repeated { next } else { next + step };
                }
            }
            None => more = false,
        }
    }
    if more {
        set_ints(vm, state, &indices);
    } else {
        finish(vm, state);
    }
    ok(vm.heap.list(made))
}
