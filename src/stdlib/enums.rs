//! What is called often of `enum`: finding a member by its value, hashing one.

use crate::heap::Value;
use crate::objects::Lookup;
use crate::vm::{Args, NativeFn, NativeResult, Vm, call, names, native, ok};

/// What the classes of the module have.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_find_member", "cls, value, /", find_member),
    native("_hash_member", "self, /", |vm, args| {
        let name = name_of(vm, args.get(vm, 0)).unwrap_or(Value::None);
        vm.hash_value(name)
    })
    .direct(|vm, args| {
        let Value::Str(name) = name_of(vm, *args.first()?)? else {
            return None;
        };
        Some(Value::Int(vm.hash_of_str(name) as i64))
    }),
];

fn name_of(vm: &Vm, member: Value) -> Option<Value> {
    let Value::Instance(id) = member else {
        return None;
    };
    vm.own_attribute(id, names::MEMBER_NAME)
}

/// `Color(value)`. What no member has as its value is left to the class's `__new__`.
fn find_member(vm: &mut Vm, args: Args) -> NativeResult {
    let (class, value) = (args.get(vm, 0), args.get(vm, 1));
    let Value::Class(id) = class else {
        return vm.fail_type("an enum's class");
    };
    if let Some(&Value::Dict(members)) = vm.heap[id].attributes.get(&names::MEMBERS_BY_VALUE)
        && let Ok(Lookup::Found(member)) = vm.dict_get(members, value)
    {
        return ok(member);
    }
    match vm.class_attribute(id, names::NEW) {
        Some(Value::StaticMethod(new)) => call(vm.heap[new].value, &[class, value]),
        Some(new) => call(new, &[class, value]),
        None => vm.fail_type("an enum's class"),
    }
}
