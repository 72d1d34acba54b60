//! The operators as functions, and what is called often of `operator` and `collections`: taking items, counting them.

use crate::heap::Value;
use crate::objects::Probe;
use crate::syntax::ast::{BinaryOp, CompareOp, UnaryOp};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, call, names, native, ok};

/// Methods of the classes of `operator`.
pub(crate) const NATIVES: &[NativeFn] = &[native("_take_items", "self, obj, /", take_items)];

/// The operators as functions.
pub(crate) const OPERATORS: &[NativeFn] = &[
    native("add", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Add, false)
    }),
    native("and_", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::And, false)
    }),
    native("floordiv", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::FloorDiv, false)
    }),
    native("lshift", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::LShift, false)
    }),
    native("mod", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Mod, false)
    }),
    native("mul", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Mul, false)
    }),
    native("matmul", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::MatMul, false)
    }),
    native("or_", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Or, false)
    }),
    native("pow", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Pow, false)
    }),
    native("rshift", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::RShift, false)
    }),
    native("sub", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Sub, false)
    }),
    native("truediv", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Div, false)
    }),
    native("xor", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Xor, false)
    }),
    native("iadd", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Add, true)
    }),
    native("iand", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::And, true)
    }),
    native("ifloordiv", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::FloorDiv, true)
    }),
    native("ilshift", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::LShift, true)
    }),
    native("imod", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Mod, true)
    }),
    native("imul", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Mul, true)
    }),
    native("imatmul", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::MatMul, true)
    }),
    native("ior", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Or, true)
    }),
    native("ipow", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Pow, true)
    }),
    native("irshift", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::RShift, true)
    }),
    native("isub", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Sub, true)
    }),
    native("itruediv", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Div, true)
    }),
    native("ixor", "a, b, /", |vm, args| {
        binary(vm, args, BinaryOp::Xor, true)
    }),
    native("lt", "a, b, /", |vm, args| {
        compared(vm, args, CompareOp::Lt)
    }),
    native("le", "a, b, /", |vm, args| {
        compared(vm, args, CompareOp::Le)
    }),
    native("ge", "a, b, /", |vm, args| {
        compared(vm, args, CompareOp::Ge)
    }),
    native("gt", "a, b, /", |vm, args| {
        compared(vm, args, CompareOp::Gt)
    }),
    native("neg", "a, /", |vm, args| unary(vm, args, UnaryOp::Neg)),
    native("pos", "a, /", |vm, args| unary(vm, args, UnaryOp::Pos)),
    native("invert", "a, /", |vm, args| {
        unary(vm, args, UnaryOp::Invert)
    }),
    native("inv", "a, /", |vm, args| unary(vm, args, UnaryOp::Invert)),
    native("eq", "a, b, /", |vm, args| {
        let (a, b) = (args.get(vm, 0), args.get(vm, 1));
        vm.equal_value(a, b, false)
    }),
    native("ne", "a, b, /", |vm, args| {
        let (a, b) = (args.get(vm, 0), args.get(vm, 1));
        vm.equal_value(a, b, true)
    }),
    native("getitem", "a, b, /", |vm, args| {
        let (a, b) = (args.get(vm, 0), args.get(vm, 1));
        vm.get_item(a, b)
    }),
    native("truth", "a, /", |vm, args| {
        let a = args.get(vm, 0);
        vm.truth_value(a)
    }),
];

fn binary(vm: &mut Vm, args: Args, op: BinaryOp, in_place: bool) -> NativeResult {
    let (a, b) = (args.get(vm, 0), args.get(vm, 1));
    vm.binary(op, a, b, in_place)
}

fn compared(vm: &mut Vm, args: Args, op: CompareOp) -> NativeResult {
    let (a, b) = (args.get(vm, 0), args.get(vm, 1));
    vm.compare_value(op, a, b)
}

fn unary(vm: &mut Vm, args: Args, op: UnaryOp) -> NativeResult {
    let a = args.get(vm, 0);
    vm.unary(op, a)
}

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
