//! What is called often of `functools`: a cached function, a partial call.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Instance, List, Lookup};
use crate::vm::native::CallRequest;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, call, native, ok};

/// Methods of the module's classes.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_cached_call", "self, /, *args, **kwargs", cached_call),
    native("_partial_call", "self, /, *args, **kwargs", partial_call),
    native("reduce", "function, iterable, initial=None, /", reduce),
];

fn own(vm: &Vm, id: Id<Instance>, name: &str) -> Option<Value> {
    vm.own_attribute(id, vm.heap.interned(name)?)
}

/// What a cached function keeps, `_state`: its first attribute, which is in a dict once someone has asked for its `__dict__`.
fn cache_state(vm: &Vm, id: Id<Instance>) -> Option<Id<List>> {
    let instance = &vm.heap[id];
    let shape = &vm.heap.shapes[instance.shape];
    let state = match shape.dictionary {
        true => own(vm, id, "_state"),
        false => instance.slots.get(shape.first as usize).copied(),
    };
    match state {
        Some(Value::List(state)) => Some(state),
        _ => None,
    }
}

/// `_lru_cache_wrapper.__call__`: what the cache has, or the call of the function that fills it. What is not plain is left to the
/// method `_call`.
fn cached_call(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, keywords) = (args.get(vm, 0), args.get(vm, 1));
    let Value::Instance(id) = this else {
        return vm.fail_type("a cached function");
    };
    let plain = match keywords {
        Value::Dict(dict) => vm.heap[dict].is_empty(),
        _ => true,
    };
    if plain
        && let Some(state) = cache_state(vm, id)
        && let [
            Value::Dict(cache),
            function,
            Value::Int(hits),
            Value::Int(misses),
            size,
            Value::Bool(false),
            compute,
            compute_of_one,
        ] = vm.heap[state].items[..]
        && size != Value::Int(0)
    {
        let (key, compute) = match *args.rest(vm, 2) {
            [one @ (Value::Int(_) | Value::Str(_))] => (one, compute_of_one),
            ref items => {
                let items = smallvec::SmallVec::<[Value; 4]>::from_slice(items);
                (vm.heap.tuple(&items[..]), compute)
            }
        };
        let bounded = !size.is_none();
        let found = if bounded {
            vm.dict_remove(cache, key)?
        } else {
            vm.dict_get(cache, key)?
        };
        match found {
            Lookup::Found(value) => {
                // The one that was used last stands at the end.
                if bounded && !vm.dict_set(cache, key, value)? {
                    return vm.fail_type("a key that can't be compared");
                }
                vm.heap[state].items[2] = Value::Int(hits + 1);
                return ok(value);
            }
            Lookup::Missing if !bounded => {
                vm.heap[state].items[3] = Value::Int(misses + 1);
                return call(compute, &[function, Value::Dict(cache), key]);
            }
            Lookup::Missing | Lookup::Script => {}
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

fn reduce(vm: &mut Vm, args: Args) -> NativeResult {
    let given: smallvec::SmallVec<[Value; 3]> = (0..3)
        .map(|at| args.get(vm, at))
        .filter(|value| !value.is_undef())
        .collect();
    vm.call_prelude("_reduce", &given)
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
