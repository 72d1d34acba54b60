//! What is called often of `operator` and `collections`: taking items, counting them.

use crate::heap::Value;
use crate::objects::Probe;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, call, names, native, ok};

/// Methods of the classes of `operator`.
pub(crate) const NATIVES: &[NativeFn] = &[native("_take_items", "self, obj, /", take_items)];

/// Functions of `collections`.
pub(crate) const COUNTING: &[NativeFn] = &[native(
    "_count_natively",
    "mapping, iterable, /",
    count_natively,
)];

/// `itemgetter.__call__`: the tuple of the items' keys is the first attribute.
fn take_items(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, object) = (args.get(vm, 0), args.get(vm, 1));
    if let Value::Instance(id) = this {
        let instance = &vm.heap[id];
        let shape = &vm.heap.shapes[instance.shape];
        let first = shape.slots.get_index(0);
        let keys = match first.is_some_and(|(&name, _)| vm.heap.text(name) == "_items") {
            true => instance.slots.get(shape.first as usize).copied(),
            false => None,
        };
        if let Some(Value::Tuple(keys)) = keys {
            if let [key] = vm.heap[keys].items[..] {
                return vm.get_item(object, key);
            }
            let keys = vm.heap[keys].items.to_vec();
            let mut items = Vec::with_capacity(keys.len());
            for &key in &keys {
                // Where script code is needed it takes them all.
                let Outcome::Value(item) = vm.get_item(object, key)? else {
                    break;
                };
                items.push(item);
            }
            if items.len() == keys.len() {
                return ok(vm.heap.tuple(items));
            }
        }
    }
    let name = vm.heap.intern("_take");
    match vm.class_attribute(vm.class_of(this), name) {
        Some(method) => call(method, &[this, object]),
        None => vm.fail_type("an item getter"),
    }
}

/// Counts the items in a dict of counts: None, or what is left to count where script code is needed.
fn count_natively(vm: &mut Vm, args: Args) -> NativeResult {
    let (mapping, iterable) = (args.get(vm, 0), args.get(vm, 1));
    let Value::Dict(dict) = vm.native_value(mapping) else {
        return ok(iterable);
    };
    let class = vm.class_of(mapping);
    for name in [vm.heap.intern("get"), names::SETITEM] {
        if !matches!(vm.class_attribute(class, name), Some(Value::Native(_))) {
            return ok(iterable);
        }
    }
    let Some(items) = vm.items_of(iterable)? else {
        return ok(iterable);
    };
    for (at, &item) in items.iter().enumerate() {
        match vm.dict_probe(dict, item)? {
            Probe::At(place) => {
                if let Value::Int(count @ ..=0x3FFF_FFFF_FFFF_FFFF) =
                    vm.heap[dict].entry(place).value
                {
                    vm.heap[dict].set_value(place, Value::Int(count + 1));
                    continue;
                }
            }
            Probe::Missing(hash) => {
                let one = Value::Int(1);
                vm.heap.update(dict, |dict| dict.push(hash, item, one));
                continue;
            }
            Probe::Script => {}
        }
        let rest = items[at..].to_vec();
        return ok(vm.heap.list(rest));
    }
    ok(Value::None)
}
