//! `float`: constructor and methods.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::Number;
use crate::heap::Value;
use crate::text;
use crate::vm::{Args, NativeFn, NativeResult, Raise, Vm, classes, names, native, ok};

pub(crate) const METHODS: &[NativeFn] = &[
    native("__new__", "cls, x=0, /", new),
    native("as_integer_ratio", "self, /", as_integer_ratio),
    native("conjugate", "self, /", itself),
    native("hex", "self, /", hex),
    native("is_integer", "self, /", is_integer),
];

pub(crate) const CLASS_METHODS: &[NativeFn] = &[native("fromhex", "cls, string, /", fromhex)];

fn new(vm: &mut Vm, args: Args) -> NativeResult {
    let class = vm.new_class(args, classes::FLOAT)?;
    let x = args.get(vm, 1);
    if x.is_undef() {
        return ok(vm.wrap_native(class, Value::Float(0.0)));
    }
    if let Value::Instance(id) = x {
        let own = [names::FLOAT, names::INDEX].into_iter().any(|name| {
            matches!(
                vm.class_attribute(vm.heap[id].class, name),
                Some(method) if !matches!(method, Value::Native(_))
            )
        });
        if own {
            return vm.call_prelude("_new_float", &[class, x]);
        }
    }
    let inner = vm.native_value(x);
    let float = match inner {
        Value::Str(id) => match text::parse_float_or_error(vm.heap.text(id)) {
            Ok(float) if float.is_nan() => vm.new_nan().copysign(float),
            Ok(float) => float,
            Err(error) => return Err(vm.text_error(error)),
        },
        _ => match (vm.number(inner), vm.bytes_like(inner)) {
            (Some(number), _) => vm.float_of(number)?,
            (None, Some(id)) => {
                let data = &vm.heap[id].data;
                match std::str::from_utf8(data).ok().and_then(text::parse_float) {
                    Some(float) => float,
                    None => {
                        let shown = match inner {
                            Value::ByteArray(_) => format!("bytearray({})", text::repr_bytes(data)),
                            _ => text::repr_bytes(data),
                        };
                        return Err(vm.text_error(text::invalid_float(&shown)));
                    }
                }
            }
            (None, None) => {
                let message = format!(
                    "float() argument must be a string or a real number, not '{}'",
                    vm.type_name(x)
                );
                return vm.fail_type(message);
            }
        },
    };
    ok(vm.wrap_native(class, Value::Float(float)))
}

fn this(vm: &mut Vm, args: Args, method: &str) -> Result<f64, Raise> {
    match vm.native_value(args.get(vm, 0)) {
        Value::Float(float) => Ok(float),
        other => Err(vm.wrong_receiver(other, method, "float")),
    }
}

fn itself(vm: &mut Vm, args: Args) -> NativeResult {
    ok(Value::Float(this(vm, args, "conjugate")?))
}

fn as_integer_ratio(vm: &mut Vm, args: Args) -> NativeResult {
    let float = this(vm, args, "as_integer_ratio")?;
    match text::float_as_integer_ratio(float) {
        Ok((numerator, denominator)) => {
            let pair = [numerator, denominator].map(|part| vm.heap.int(part));
            ok(vm.heap.tuple(pair))
        }
        Err(error) => Err(vm.text_error(error)),
    }
}

fn hex(vm: &mut Vm, args: Args) -> NativeResult {
    let text = text::float_hex(this(vm, args, "hex")?);
    ok(vm.heap.str(text))
}

fn is_integer(vm: &mut Vm, args: Args) -> NativeResult {
    let float = this(vm, args, "is_integer")?;
    ok(Value::Bool(float.is_finite() && float.floor() == float))
}

fn fromhex(vm: &mut Vm, args: Args) -> NativeResult {
    let class = args.get(vm, 0);
    let string = args.get(vm, 1);
    let Some(id) = vm.as_str(string) else {
        return vm.fail_type("bad argument type for built-in operation");
    };
    let float = match text::float_from_hex(vm.heap.text(id)) {
        Ok(float) => Value::Float(float),
        Err(error) => return Err(vm.text_error(error)),
    };
    if class == Value::Class(classes::FLOAT) {
        ok(float)
    } else {
        crate::vm::call(class, &[float])
    }
}

impl Vm {
    /// A float argument: a number, or an instance derived from one.
    pub(crate) fn float_arg(&mut self, value: Value) -> Result<f64, Raise> {
        match self.number(self.native_value(value)) {
            Some(Number::Float(float)) => Ok(float),
            Some(number) => self.float_of(number),
            None => {
                let message = format!("must be real number, not {}", self.type_name(value));
                Err(self.type_error(message))
            }
        }
    }
}
