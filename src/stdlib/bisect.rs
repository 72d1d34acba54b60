//! The functions of `bisect` on lists whose items compare natively. Others are searched by the functions of the same meaning in the
//! prelude.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::List;
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native(
        "bisect_right",
        "a, x, lo=0, hi=None, *, key=None",
        |vm, args| search(vm, args, Side::Right),
    )
    .direct(|vm, args| place(vm, args, Side::Right)),
    native(
        "bisect_left",
        "a, x, lo=0, hi=None, *, key=None",
        |vm, args| search(vm, args, Side::Left),
    )
    .direct(|vm, args| place(vm, args, Side::Left)),
    native(
        "insort_right",
        "a, x, lo=0, hi=None, *, key=None",
        |vm, args| insert(vm, args, Side::Right),
    ),
    native(
        "insort_left",
        "a, x, lo=0, hi=None, *, key=None",
        |vm, args| insert(vm, args, Side::Left),
    ),
];

/// Where an item goes among equal ones.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Where `x` goes in all of a list.
fn place(vm: &mut Vm, args: &[Value], side: Side) -> Option<Value> {
    let &[Value::List(list), x] = args else {
        return None;
    };
    let at = found(vm, list, x, side)?;
    Some(Value::Int(at as i64))
}

fn found(vm: &Vm, list: Id<List>, x: Value, side: Side) -> Option<usize> {
    let items = &vm.heap[list].items;
    let (mut low, mut high) = (0, items.len());
    while low < high {
        let middle = (low + high) / 2;
        let left = match side {
            Side::Left => !vm.less(items[middle], x)?,
            Side::Right => vm.less(x, items[middle])?,
        };
        match left {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    Some(low)
}

/// The list that is searched, if it is one and nothing else is asked for.
fn plain_list(vm: &Vm, args: Args) -> Option<Id<List>> {
    let rest = [2, 3, 4].map(|at| args.get(vm, at));
    match args.get(vm, 0) {
        Value::List(list) if rest.iter().all(|value| value.is_undef()) => Some(list),
        _ => None,
    }
}

/// The arguments with what stands for those that were not given.
fn all(vm: &Vm, args: Args) -> [Value; 5] {
    let [a, x, lo, hi, key] = [0, 1, 2, 3, 4].map(|at| args.get(vm, at));
    [
        a,
        x,
        lo.or(Value::Int(0)),
        hi.or(Value::None),
        key.or(Value::None),
    ]
}

fn search(vm: &mut Vm, args: Args, side: Side) -> NativeResult {
    if let Some(list) = plain_list(vm, args)
        && let Some(at) = found(vm, list, args.get(vm, 1), side)
    {
        return ok(Value::Int(at as i64));
    }
    let args = all(vm, args);
    match side {
        Side::Left => vm.call_prelude("_bisect_left", &args),
        Side::Right => vm.call_prelude("_bisect_right", &args),
    }
}

fn insert(vm: &mut Vm, args: Args, side: Side) -> NativeResult {
    let x = args.get(vm, 1);
    if let Some(list) = plain_list(vm, args)
        && let Some(at) = found(vm, list, x, side)
    {
        vm.heap.update(list, |list| list.items.insert(at, x));
        return ok(Value::None);
    }
    let args = all(vm, args);
    match side {
        Side::Left => vm.call_prelude("_insort_left", &args),
        Side::Right => vm.call_prelude("_insort_right", &args),
    }
}
