//! The special methods of the builtin containers as attributes, so that programs can call `super().__setitem__(k, v)` or
//! `list.__len__(x)`. The operators themselves don't come by here.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::ViewKind;
use super::slicing::Index;
use crate::heap::Value;
use crate::syntax::ast::{BinaryOp, CompareOp};
use crate::vm::native::NativeFn;
use crate::vm::{Args, NativeResult, Outcome, Vm, native, ok};

/// Of everything with a length.
pub(crate) const SIZED: &[NativeFn] = &[
    native("__len__", "self, /", |vm, args| {
        let this = vm.native_value(args.get(vm, 0));
        vm.length(this)
    }),
    native("__contains__", "self, key, /", |vm, args| {
        let this = vm.native_value(args.get(vm, 0));
        let item = args.get(vm, 1);
        vm.contains(item, this)
    }),
    native("__iter__", "self, /", |vm, args| {
        let this = vm.native_value(args.get(vm, 0));
        vm.iterate(this)
    }),
];

/// Of everything that is compared by its content.
pub(crate) const EQUALITY: &[NativeFn] = &[
    native("__eq__", "self, value, /", |vm, args| {
        equals(vm, args, false)
    }),
    native("__ne__", "self, value, /", |vm, args| {
        equals(vm, args, true)
    }),
];

/// Of lists, tuples and sets.
pub(crate) const ORDER: &[NativeFn] = &[
    native("__lt__", "self, value, /", |vm, args| {
        compares(vm, args, CompareOp::Lt)
    }),
    native("__le__", "self, value, /", |vm, args| {
        compares(vm, args, CompareOp::Le)
    }),
    native("__gt__", "self, value, /", |vm, args| {
        compares(vm, args, CompareOp::Gt)
    }),
    native("__ge__", "self, value, /", |vm, args| {
        compares(vm, args, CompareOp::Ge)
    }),
];

/// Of tuples, frozensets, ranges.
pub(crate) const HASH: &[NativeFn] = &[native("__hash__", "self, /", |vm, args| {
    let this = vm.native_value(args.get(vm, 0));
    vm.hash_value(this)
})];

/// Of everything with items.
pub(crate) const SUBSCRIPT: &[NativeFn] = &[native("__getitem__", "self, key, /", |vm, args| {
    let (object, index) = (args.get(vm, 0), args.get(vm, 1));
    match vm.native_value(object) {
        Value::Dict(dict) => vm.get_item_of_dict(dict, index, object),
        this => vm.get_item(this, index),
    }
})];

/// Of everything with items that can be changed.
pub(crate) const MUTABLE_SUBSCRIPT: &[NativeFn] = &[
    native("__setitem__", "self, key, value, /", |vm, args| {
        let (this, index, value) = (
            vm.native_value(args.get(vm, 0)),
            args.get(vm, 1),
            args.get(vm, 2),
        );
        vm.set_item(this, index, value)
    }),
    native("__delitem__", "self, key, /", |vm, args| {
        let (this, index) = (vm.native_value(args.get(vm, 0)), args.get(vm, 1));
        vm.delete_item(this, index)
    }),
];

/// Of everything that can be walked backwards.
pub(crate) const REVERSED: &[NativeFn] = &[native("__reversed__", "self, /", |vm, args| {
    let this = vm.native_value(args.get(vm, 0));
    vm.reverse_iterate(this)
})];

/// Of lists and tuples.
pub(crate) const CONCATENATION: &[NativeFn] = &[
    native("__add__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Add, false, false)
    }),
    native("__mul__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Mul, false, false)
    }),
    native("__rmul__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Mul, false, false)
    }),
];

/// Of lists.
pub(crate) const CONCATENATION_IN_PLACE: &[NativeFn] = &[
    native("__iadd__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Add, false, true)
    }),
    native("__imul__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Mul, false, true)
    }),
];

/// Of dicts, sets and dict views.
pub(crate) const UNION: &[NativeFn] = &[
    native("__or__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Or, false, false)
    }),
    native("__ror__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Or, true, false)
    }),
];

/// Of sets and dict views.
pub(crate) const SET_OPERATORS: &[NativeFn] = &[
    native("__and__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::And, false, false)
    }),
    native("__rand__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::And, true, false)
    }),
    native("__sub__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Sub, false, false)
    }),
    native("__rsub__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Sub, true, false)
    }),
    native("__xor__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Xor, false, false)
    }),
    native("__rxor__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Xor, true, false)
    }),
];

/// Of dicts.
pub(crate) const UNION_IN_PLACE: &[NativeFn] =
    &[native("__ior__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Or, false, true)
    })];

/// Of sets.
pub(crate) const SET_OPERATORS_IN_PLACE: &[NativeFn] = &[
    native("__ior__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Or, false, true)
    }),
    native("__iand__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::And, false, true)
    }),
    native("__isub__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Sub, false, true)
    }),
    native("__ixor__", "self, value, /", |vm, args| {
        operate(vm, args, BinaryOp::Xor, false, true)
    }),
];

/// Class methods of the classes that can be written `list[int]`.
pub(crate) const GENERIC: &[NativeFn] =
    &[native("__class_getitem__", "cls, item, /", |vm, args| {
        let (class, item) = (args.get(vm, 0), args.get(vm, 1));
        ok(vm.generic_alias(class, item))
    })];

/// Can the content of the two be compared at all?
fn comparable(vm: &Vm, a: Value, b: Value) -> bool {
    let is_set = |value: Value| {
        matches!(value, Value::Set(_) | Value::FrozenSet(_))
            || matches!(value, Value::DictView(id) if vm.heap[id].kind != ViewKind::Values)
    };
    std::mem::discriminant(&a) == std::mem::discriminant(&b) || is_set(a) && is_set(b)
}

fn equals(vm: &mut Vm, args: Args, negate: bool) -> NativeResult {
    let (a, b) = (
        vm.native_value(args.get(vm, 0)),
        vm.native_value(args.get(vm, 1)),
    );
    if comparable(vm, a, b) {
        vm.equal_value(a, b, negate)
    } else {
        ok(Value::NotImplemented)
    }
}

fn compares(vm: &mut Vm, args: Args, op: CompareOp) -> NativeResult {
    let (a, b) = (
        vm.native_value(args.get(vm, 0)),
        vm.native_value(args.get(vm, 1)),
    );
    if comparable(vm, a, b) {
        vm.compare_value(op, a, b)
    } else {
        ok(Value::NotImplemented)
    }
}

fn operate(vm: &mut Vm, args: Args, op: BinaryOp, reflected: bool, in_place: bool) -> NativeResult {
    let object = args.get(vm, 0);
    let (this, other) = (vm.native_value(object), vm.native_value(args.get(vm, 1)));
    let (a, b) = if reflected {
        (other, this)
    } else {
        (this, other)
    };
    match op {
        BinaryOp::Add => return keep_identity(vm.sequence_concat(a, b, in_place)?, this, object),
        BinaryOp::Mul => {
            let times = match vm.index_of(other) {
                Index::At(times) => usize::try_from(times).unwrap_or(0),
                Index::Script => {
                    let in_place = Value::Bool(in_place);
                    return vm.call_prelude("_repeat_index", &[this, other, in_place]);
                }
                Index::Huge | Index::Slice(_) | Index::Invalid => {
                    let message = format!(
                        "'{}' object cannot be interpreted as an integer",
                        vm.type_name(other)
                    );
                    return vm.fail_type(message);
                }
            };
            return keep_identity(vm.sequence_repeat(this, times, in_place)?, this, object);
        }
        _ => {}
    }
    let result = if matches!(this, Value::Dict(_)) {
        vm.dict_union(a, b, in_place)?
    } else {
        vm.set_binary(op, a, b, in_place)?
    };
    match result {
        Some(outcome) => keep_identity(outcome, this, object),
        None => ok(Value::NotImplemented),
    }
}

/// An in-place operation of a derived class's instance gives the instance back.
fn keep_identity(outcome: Outcome, this: Value, object: Value) -> NativeResult {
    match outcome {
        Outcome::Value(value) if value == this => ok(object),
        other => Ok(other),
    }
}
