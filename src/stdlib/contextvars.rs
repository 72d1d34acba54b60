//! The native part of the module `contextvars`: the running context is a cell that holds a dict, which is never changed.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Cell, Dict};
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_variables", "", variables),
    native("_set_variables", "variables, /", set_variables),
    native("_current_cell", "", current_cell),
    native("_new_cell", "variables, /", new_cell),
    native("_cell_variables", "cell, /", cell_variables),
    native("_enter", "cell, /", enter),
    native("_leave", "cell, /", leave),
];

fn dict_of(vm: &mut Vm, cell: Option<Id<Cell>>) -> Value {
    match cell.map(|cell| vm.heap[cell].value) {
        Some(Value::Dict(dict)) => Value::Dict(dict),
        _ => Value::Dict(vm.heap.new_dict(Dict::default())),
    }
}

/// The variables of the running context.
fn variables(vm: &mut Vm, _args: Args) -> NativeResult {
    let cell = vm.asyncio.context;
    ok(dict_of(vm, cell))
}

/// Replaces them; gives the context they are of.
fn set_variables(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    match vm.asyncio.context {
        Some(cell) => vm.heap[cell].value = value,
        None => vm.asyncio.context = Some(vm.heap.new_cell(Cell { value })),
    }
    current_cell(vm, args)
}

fn current_cell(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(vm.asyncio.context.map_or(Value::None, Value::Cell))
}

fn new_cell(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    ok(Value::Cell(vm.heap.new_cell(Cell { value })))
}

fn cell_variables(vm: &mut Vm, args: Args) -> NativeResult {
    let cell = match args.get(vm, 0) {
        Value::Cell(cell) => Some(cell),
        _ => None,
    };
    ok(dict_of(vm, cell))
}

/// Makes a context the running one; gives the one before.
fn enter(vm: &mut Vm, args: Args) -> NativeResult {
    let before = vm.asyncio.context.map_or(Value::None, Value::Cell);
    leave(vm, args)?;
    ok(before)
}

fn leave(vm: &mut Vm, args: Args) -> NativeResult {
    vm.asyncio.context = match args.get(vm, 0) {
        Value::Cell(cell) => Some(cell),
        _ => None,
    };
    ok(Value::None)
}
