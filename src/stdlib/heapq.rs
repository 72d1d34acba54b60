//! The heap functions on items that compare natively. For others they answer with the functions of the same meaning in
//! `heapq.acoro`, having changed nothing.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::List;
use crate::vm::{Args, NativeFn, NativeResult, Vm, classes, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_push", "heap, item, /", push),
    native("_pop", "heap, /", pop),
    native("_replace", "heap, item, /", replace),
    native("_make_heap", "heap, /", heapify),
];

/// The heap, if it is one: the module's own functions say what is wrong otherwise.
fn heap_of(vm: &Vm, value: Value) -> Option<Id<List>> {
    match vm.native_value(value) {
        Value::List(list) => Some(list),
        _ => None,
    }
}

/// Adds an item; False if that takes script code.
fn push(vm: &mut Vm, args: Args) -> NativeResult {
    let item = args.get(vm, 1);
    let Some(list) = heap_of(vm, args.get(vm, 0)) else {
        return ok(Value::Bool(false));
    };
    let items = &vm.heap[list].items;
    let mut at = items.len();
    // Where the item comes to stand, before anything is moved.
    while at > 0 {
        let parent = (at - 1) / 2;
        match vm.less(item, items[parent]) {
            Some(true) => at = parent,
            Some(false) => break,
            None => return ok(Value::Bool(false)),
        }
    }
    vm.list_push(list, item);
    let items = &mut vm.heap[list].items;
    let mut hole = items.len() - 1;
    while hole > at {
        let parent = (hole - 1) / 2;
        items[hole] = items[parent];
        hole = parent;
    }
    items[at] = item;
    ok(Value::Bool(true))
}

/// The places that the items below the hole at `start` move up through, down to where `item` goes; none if that takes script
/// code. `end` is how many items count. As CPython: down to a leaf first, then up again as far as the item belongs.
fn path(items: &[Value], start: usize, end: usize, item: Value, vm: &Vm) -> Option<Vec<usize>> {
    let mut path = vec![start];
    let mut child = 2 * start + 1;
    while child < end {
        let right = child + 1;
        if right < end && !vm.less(items[child], items[right])? {
            child = right;
        }
        path.push(child);
        child = 2 * child + 1;
    }
    while path.len() > 1 {
        let above = items[*path.last()?];
        if !vm.less(item, above)? {
            break;
        }
        path.pop();
    }
    Some(path)
}

/// Moves the items of a path up and puts `item` at its end.
fn shift(items: &mut [Value], path: &[usize], item: Value) {
    for pair in path.windows(2) {
        items[pair[0]] = items[pair[1]];
    }
    if let Some(&last) = path.last() {
        items[last] = item;
    }
}

/// The smallest item, taken off; NotImplemented if that takes script code.
fn pop(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(list) = heap_of(vm, args.get(vm, 0)) else {
        return ok(Value::NotImplemented);
    };
    let items = &vm.heap[list].items;
    let Some((&last, rest)) = items.split_last() else {
        return Err(vm.raise(classes::INDEX_ERROR, "index out of range"));
    };
    let Some(&first) = rest.first() else {
        vm.heap.update(list, |list| list.items.pop());
        return ok(last);
    };
    let Some(path) = path(rest, 0, rest.len(), last, vm) else {
        return ok(Value::NotImplemented);
    };
    vm.heap.update(list, |list| {
        list.items.pop();
        shift(&mut list.items, &path, last);
    });
    ok(first)
}

/// The smallest item, replaced by another; NotImplemented if that takes script code.
fn replace(vm: &mut Vm, args: Args) -> NativeResult {
    let item = args.get(vm, 1);
    let Some(list) = heap_of(vm, args.get(vm, 0)) else {
        return ok(Value::NotImplemented);
    };
    let items = &vm.heap[list].items;
    let Some(&first) = items.first() else {
        return Err(vm.raise(classes::INDEX_ERROR, "index out of range"));
    };
    let Some(path) = path(items, 0, items.len(), item, vm) else {
        return ok(Value::NotImplemented);
    };
    shift(&mut vm.heap[list].items, &path, item);
    ok(first)
}

/// Makes a list a heap; False if that takes script code.
fn heapify(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(list) = heap_of(vm, args.get(vm, 0)) else {
        return ok(Value::Bool(false));
    };
    let mut items = vm.heap[list].items.clone();
    for at in (0..items.len() / 2).rev() {
        let item = items[at];
        let Some(path) = path(&items, at, items.len(), item, vm) else {
            return ok(Value::Bool(false));
        };
        shift(&mut items, &path, item);
    }
    vm.heap[list].items = items;
    ok(Value::Bool(true))
}
