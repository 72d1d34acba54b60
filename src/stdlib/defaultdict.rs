//! `defaultdict.__missing__`

use crate::heap::Value;
use crate::objects::special::Implementor;
use crate::objects::{Dict, Set};
use crate::vm::{Args, NativeFn, NativeResult, Vm, classes, names, native, ok};

/// The method of the class.
pub(crate) const NATIVES: &[NativeFn] =
    &[native("__missing__", "self, key, /", missing).direct(missing_plain)];

/// What the class that is the factory makes of nothing, once it is the key's value.
fn missing_plain(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let &[this @ Value::Instance(id), key] = args else {
        return None;
    };
    let factory = vm.own_attribute(id, names::DEFAULT_FACTORY)?;
    let value = empty_value(vm, factory)?;
    let Implementor::Native(Value::Dict(dict)) = vm.implementor(this, names::SETITEM) else {
        return None;
    };
    matches!(vm.dict_set(dict, key, value), Ok(true)).then_some(value)
}

fn missing(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, key) = (args.get(vm, 0), args.get(vm, 1));
    let Value::Instance(id) = this else {
        return vm.fail_type("a defaultdict");
    };
    let Some(factory) = vm
        .own_attribute(id, names::DEFAULT_FACTORY)
        .filter(|factory| !factory.is_none())
    else {
        return Err(vm.key_error(key));
    };
    if let Some(value) = missing_plain(vm, &[this, key]) {
        return ok(value);
    }
    vm.call_prelude("_set_default", &[this, key, factory])
}

/// What calling a builtin class gives.
fn empty_value(vm: &mut Vm, class: Value) -> Option<Value> {
    let Value::Class(class) = class else {
        return None;
    };
    Some(if class == classes::LIST {
        vm.heap.list(Vec::new())
    } else if class == classes::INT {
        Value::Int(0)
    } else if class == classes::SET {
        Value::Set(vm.heap.new_set(Set::default()))
    } else if class == classes::DICT {
        Value::Dict(vm.heap.new_dict(Dict::default()))
    } else if class == classes::FLOAT {
        Value::Float(0.0)
    } else {
        return None;
    })
}
