//! `set` and `frozenset`: constructors and methods.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::Set;
use super::set_algebra::Operand;
use crate::heap::{Id, Value};
use crate::vm::native::NativeFn;
use crate::vm::{Args, NativeResult, Raise, Vm, classes, native, ok};

/// `set`
pub(crate) const SET: &[NativeFn] = &[
    native("__new__", "cls, iterable=(), /", new_set),
    native("__init__", "self, iterable=(), /", init_set),
    native("add", "self, object, /", add).direct(add_plain),
    native("remove", "self, object, /", remove),
    native("discard", "self, object, /", discard),
    native("pop", "self, /", pop),
    native("clear", "self, /", clear),
    native("update", "self, /, *others", update),
    native(
        "intersection_update",
        "self, /, *others",
        intersection_update,
    ),
    native("difference_update", "self, /, *others", difference_update),
    native(
        "symmetric_difference_update",
        "self, other, /",
        symmetric_difference_update,
    ),
];

/// `frozenset`
pub(crate) const FROZENSET: &[NativeFn] =
    &[native("__new__", "cls, iterable=(), /", new_frozenset)];

/// What both have.
pub(crate) const COMMON: &[NativeFn] = &[
    native("copy", "self, /", copy),
    native("union", "self, /, *others", union),
    native("intersection", "self, /, *others", intersection),
    native("difference", "self, /, *others", difference),
    native(
        "symmetric_difference",
        "self, other, /",
        symmetric_difference,
    ),
    native("issubset", "self, other, /", issubset),
    native("issuperset", "self, other, /", issuperset),
    native("isdisjoint", "self, other, /", isdisjoint),
];

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[native("_set_put", "set, item, /", |vm, args| {
    let (set, item) = (args.get(vm, 0), args.get(vm, 1));
    vm.set_add_value(set, item)
})];

/// The set in `self`, and whether it is frozen.
fn this(vm: &mut Vm, args: Args, name: &str) -> Result<(Id<Set>, bool), Raise> {
    let this = args.get(vm, 0);
    match vm.native_value(this) {
        Value::Set(id) => Ok((id, false)),
        Value::FrozenSet(id) => Ok((id, true)),
        _ => {
            let type_name = vm.type_name(this);
            let message = format!(
                "descriptor '{name}' for 'set' objects doesn't apply to a '{type_name}' object"
            );
            Err(vm.type_error(message))
        }
    }
}

fn value(set: Id<Set>, frozen: bool) -> Value {
    if frozen {
        Value::FrozenSet(set)
    } else {
        Value::Set(set)
    }
}

fn new_set(vm: &mut Vm, args: Args) -> NativeResult {
    let (cls, iterable) = (args.get(vm, 0), args.get(vm, 1));
    let set = vm.heap.new_set(Set::default());
    if cls != Value::Class(classes::SET) {
        return ok(vm.wrap_native(cls, Value::Set(set)));
    }
    if iterable.is_undef() {
        return ok(Value::Set(set));
    }
    if let Some(operand) = vm.set_operand(iterable)?
        && vm.set_merge(set, &operand)?
    {
        return ok(Value::Set(set));
    }
    vm.call_prelude("_set_filled", &[Value::Set(set), iterable])
}

fn init_set(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "__init__")?;
    let iterable = args.get(vm, 1);
    vm.heap.update(set, Set::clear);
    if iterable.is_undef() {
        return ok(Value::None);
    }
    vm.extend_set(Value::Set(set), iterable)
}

fn new_frozenset(vm: &mut Vm, args: Args) -> NativeResult {
    let (cls, iterable) = (args.get(vm, 0), args.get(vm, 1));
    if cls == Value::Class(classes::FROZENSET) && matches!(iterable, Value::FrozenSet(_)) {
        return ok(iterable);
    }
    let set = vm.heap.new_set(Set::default());
    if iterable.is_undef() {
        return ok(vm.wrap_native(cls, Value::FrozenSet(set)));
    }
    if let Some(operand) = vm.set_operand(iterable)?
        && vm.set_merge(set, &operand)?
    {
        return ok(vm.wrap_native(cls, Value::FrozenSet(set)));
    }
    vm.call_prelude("_frozenset_filled", &[cls, Value::Set(set), iterable])
}

/// `set.add` of a str or an int.
fn add_plain(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    match *args {
        [Value::Set(set), item @ (Value::Str(_) | Value::Int(_))] => match vm.set_add(set, item) {
            Ok(true) => Some(Value::None),
            Ok(false) | Err(_) => None,
        },
        _ => None,
    }
}

fn add(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "add")?;
    let item = args.get(vm, 1);
    vm.set_add_value(Value::Set(set), item)
}

fn remove(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "remove")?;
    let item = args.get(vm, 1);
    let key = vm.as_set_key(item);
    match vm.set_discard(set, key)? {
        Some(true) => ok(Value::None),
        Some(false) => Err(vm.key_error(item)),
        None => vm.call_prelude("_set_remove", &[Value::Set(set), key]),
    }
}

fn discard(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "discard")?;
    let item = args.get(vm, 1);
    let key = vm.as_set_key(item);
    match vm.set_discard(set, key)? {
        Some(_) => ok(Value::None),
        None => vm.call_prelude("_set_discard_only", &[Value::Set(set), key]),
    }
}

fn pop(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "pop")?;
    match vm.heap[set].pop() {
        Some(item) => ok(item),
        None => {
            let message = vm.heap.str("pop from an empty set");
            Err(vm.key_error(message))
        }
    }
}

fn clear(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "clear")?;
    vm.heap.update(set, Set::clear);
    ok(Value::None)
}

fn copy(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, frozen) = this(vm, args, "copy")?;
    if frozen && matches!(args.get(vm, 0), Value::FrozenSet(_)) {
        return ok(Value::FrozenSet(set));
    }
    let copy = vm.copy_set(set);
    ok(value(copy, frozen))
}

/// Runs a method on one operand after the other; what needs script code is done anew by the prelude.
fn operands(
    vm: &mut Vm,
    args: Args,
    name: &str,
    mut each: impl FnMut(&mut Vm, Operand) -> Result<bool, Raise>,
) -> Result<Option<NativeResult>, Raise> {
    let others = args.rest(vm, 1).to_vec();
    for &other in &others {
        if let Some(operand) = vm.set_operand(other)?
            && each(vm, operand)?
        {
            continue;
        }
        let (set, frozen) = this(vm, args, name)?;
        let name = vm.heap.str(name);
        let others = vm.heap.list(others);
        return Ok(Some(vm.call_prelude(
            "_set_method",
            &[name, value(set, frozen), Value::Bool(frozen), others],
        )));
    }
    Ok(None)
}

fn update(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "update")?;
    let rest = operands(vm, args, "update", |vm, operand| {
        vm.set_merge(set, &operand)
    })?;
    rest.unwrap_or_else(|| ok(Value::None))
}

fn difference_update(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "difference_update")?;
    let rest = operands(vm, args, "difference_update", |vm, operand| {
        vm.set_subtract(set, &operand)
    })?;
    rest.unwrap_or_else(|| ok(Value::None))
}

fn intersection_update(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "intersection_update")?;
    let mut result = vm.copy_set(set);
    let rest = operands(vm, args, "intersection_update", |vm, operand| {
        Ok(vm
            .set_intersection(result, &operand)?
            .map(|common| result = common)
            .is_some())
    })?;
    if let Some(rest) = rest {
        return rest;
    }
    vm.replace_set(set, result);
    ok(Value::None)
}

fn symmetric_difference_update(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, _) = this(vm, args, "symmetric_difference_update")?;
    let rest = operands(vm, args, "symmetric_difference_update", |vm, operand| {
        vm.set_toggle(set, &operand)
    })?;
    rest.unwrap_or_else(|| ok(Value::None))
}

fn union(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, frozen) = this(vm, args, "union")?;
    let result = vm.copy_set(set);
    let rest = operands(vm, args, "union", |vm, operand| {
        vm.set_merge(result, &operand)
    })?;
    rest.unwrap_or_else(|| ok(value(result, frozen)))
}

fn intersection(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, frozen) = this(vm, args, "intersection")?;
    let mut result = None;
    let rest = operands(vm, args, "intersection", |vm, operand| {
        let common = vm.set_intersection(result.unwrap_or(set), &operand)?;
        Ok(common.map(|common| result = Some(common)).is_some())
    })?;
    if let Some(rest) = rest {
        return rest;
    }
    let result = result.unwrap_or_else(|| vm.copy_set(set));
    ok(value(result, frozen))
}

fn difference(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, frozen) = this(vm, args, "difference")?;
    let mut result = None;
    let rest = operands(vm, args, "difference", |vm, operand| match result {
        None => {
            result = vm.set_difference(set, &operand)?;
            Ok(result.is_some())
        }
        Some(result) => vm.set_subtract(result, &operand),
    })?;
    if let Some(rest) = rest {
        return rest;
    }
    let result = result.unwrap_or_else(|| vm.copy_set(set));
    ok(value(result, frozen))
}

fn symmetric_difference(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, frozen) = this(vm, args, "symmetric_difference")?;
    let mut result = None;
    let rest = operands(vm, args, "symmetric_difference", |vm, operand| {
        result = vm.set_symmetric(set, &operand)?;
        Ok(result.is_some())
    })?;
    if let Some(rest) = rest {
        return rest;
    }
    let result = result.unwrap_or(set);
    ok(value(result, frozen))
}

fn issubset(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, frozen) = this(vm, args, "issubset")?;
    let other = args.get(vm, 1);
    if let Some(operand) = vm.set_operand(other)? {
        let large = match operand {
            Operand::Set(id) => Some(id),
            Operand::Dict(_) | Operand::Items(_) => {
                let large = vm.heap.new_set(Set::default());
                vm.set_merge(large, &operand)?.then_some(large)
            }
        };
        if let Some(large) = large
            && let Some(answer) = vm.is_subset(&Operand::Set(set), large)?
        {
            return ok(Value::Bool(answer));
        }
    }
    vm.call_prelude("_set_issubset", &[value(set, frozen), other])
}

fn issuperset(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, frozen) = this(vm, args, "issuperset")?;
    let other = args.get(vm, 1);
    if let Some(operand) = vm.set_operand(other)?
        && let Some(answer) = vm.is_subset(&operand, set)?
    {
        return ok(Value::Bool(answer));
    }
    vm.call_prelude("_contains_all", &[value(set, frozen), other])
}

fn isdisjoint(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, frozen) = this(vm, args, "isdisjoint")?;
    let other = args.get(vm, 1);
    let operand = vm.set_operand(other)?;
    if let Some(Operand::Set(other)) = operand
        && let Some(disjoint) = vm.are_disjoint(set, other)
    {
        return ok(Value::Bool(disjoint));
    }
    if let Some(operand) = operand
        && let Some(common) = vm.set_intersection(set, &operand)?
    {
        return ok(Value::Bool(vm.heap[common].is_empty()));
    }
    vm.call_prelude("_set_isdisjoint", &[value(set, frozen), other])
}
