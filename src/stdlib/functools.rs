//! What is called often of `functools`: a cached function, a partial call.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Instance, Lookup};
use crate::vm::native::CallRequest;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, native, ok};

/// Methods of the module's classes.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_cached_call", "self, /, *args, **kwargs", cached_call),
    native("_partial_call", "self, /, *args, **kwargs", partial_call),
];

fn own(vm: &Vm, id: Id<Instance>, name: &str) -> Option<Value> {
    vm.own_attribute(id, vm.heap.interned(name)?)
}

/// `_lru_cache_wrapper.__call__`: what the cache has, or the call of the method that fills it, `_call`.
fn cached_call(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, keywords) = (args.get(vm, 0), args.get(vm, 1));
    let Value::Instance(id) = this else {
        return vm.fail_type("a cached function");
    };
    let plain = own(vm, id, "_plain") == Some(Value::Bool(true))
        && match keywords {
            Value::Dict(dict) => vm.heap[dict].is_empty(),
            _ => true,
        };
    if plain && let Some(Value::Dict(cache)) = own(vm, id, "_cache") {
        let key = match *args.rest(vm, 2) {
            [one @ (Value::Int(_) | Value::Str(_))] => one,
            _ => {
                let items = args.rest(vm, 2).to_vec();
                vm.heap.tuple(items)
            }
        };
        let bounded = own(vm, id, "_maxsize").is_some_and(|size| !size.is_none());
        let found = if bounded {
            vm.dict_remove(cache, key)?
        } else {
            vm.dict_get(cache, key)?
        };
        if let Lookup::Found(value) = found {
            // The one that was used last stands at the end.
            if bounded && !vm.dict_set(cache, key, value)? {
                return vm.fail_type("a key that can't be compared");
            }
            if let (Some(Value::Int(hits)), Some(name)) =
                (own(vm, id, "_hits"), vm.heap.interned("_hits"))
            {
                vm.store_attribute(id, name, Value::Int(hits + 1));
            }
            return ok(value);
        }
    }
    let name = vm.heap.intern("_call");
    let class = vm.class_of(this);
    let Some(callee) = vm.class_attribute(class, name) else {
        return vm.fail_type("a cached function");
    };
    let mut given: smallvec::SmallVec<[Value; 6]> = smallvec::smallvec![this];
    given.extend_from_slice(args.rest(vm, 2));
    Ok(Outcome::Call(Box::new(CallRequest {
        callee,
        args: given,
        keywords,
    })))
}

/// `partial.__call__`
fn partial_call(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, keywords) = (args.get(vm, 0), args.get(vm, 1));
    let Value::Instance(id) = this else {
        return vm.fail_type("a partial function");
    };
    let (Some(callee), Some(Value::Tuple(first)), Some(Value::Dict(named))) = (
        own(vm, id, "_func"),
        own(vm, id, "_args"),
        own(vm, id, "_keywords"),
    ) else {
        return vm.fail_type("a partial function");
    };
    let mut given: smallvec::SmallVec<[Value; 6]> =
        smallvec::SmallVec::from_slice(&vm.heap[first].items);
    given.extend_from_slice(args.rest(vm, 2));
    let keywords = match keywords {
        _ if vm.heap[named].is_empty() => keywords,
        Value::Dict(more) => {
            let merged = vm.heap[named].packed();
            let merged = vm.heap.new_dict(merged);
            vm.dict_merge_dict(merged, more)?;
            Value::Dict(merged)
        }
        _ => Value::Dict(named),
    };
    Ok(Outcome::Call(Box::new(CallRequest {
        callee,
        args: given,
        keywords,
    })))
}
