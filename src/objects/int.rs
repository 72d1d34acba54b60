//! `int` and `bool`: constructors and methods.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::Value;
use crate::text::{self, ByteOrder, ErrorKind, IntRef};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Vm, classes, names, native, ok};

pub(crate) const METHODS: &[NativeFn] = &[
    native("__new__", "cls, x=0, /, base=10", new).direct(int_of_plain),
    native("as_integer_ratio", "self, /", as_integer_ratio),
    native("bit_count", "self, /", bit_count),
    native("bit_length", "self, /", bit_length),
    native("conjugate", "self, /", itself),
    native("is_integer", "self, /", is_integer),
    native(
        "to_bytes",
        "self, /, length=1, byteorder='big', *, signed=False",
        to_bytes,
    ),
];

pub(crate) const CLASS_METHODS: &[NativeFn] = &[native(
    "from_bytes",
    "cls, /, bytes, byteorder='big', *, signed=False",
    from_bytes,
)];

pub(crate) const BOOL_METHODS: &[NativeFn] = &[native("__new__", "cls, object=False, /", new_bool)];

impl Vm {
    /// `int(value)` of a number of a builtin type.
    pub(crate) fn to_int(&mut self, value: Value) -> NativeResult {
        match value {
            Value::Int(_) | Value::BigInt(_) => ok(value),
            Value::Bool(bool) => ok(Value::Int(i64::from(bool))),
            Value::Float(float) => {
                let int = text::float_to_int(float).map_err(|error| self.text_error(error))?;
                ok(self.int_value(int))
            }
            _ => Err(self.wrong_receiver(value, "__int__", "int")),
        }
    }

    fn parsed_int(&mut self, text: &str, base: u32) -> Result<Value, Raise> {
        match text::parse_int_limited(text, base, self.int_digits as usize) {
            Ok(int) => Ok(self.int_value(int)),
            Err(error) => Err(self.text_error(error)),
        }
    }
}

/// `int(x)` of an int, a float that is small, or a str of ASCII digits.
fn int_of_plain(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let &[Value::Class(class), value] = args else {
        return None;
    };
    match value {
        _ if class != classes::INT => None,
        Value::Int(_) => Some(value),
        Value::Float(float) if float.abs() < 1e15 => Some(Value::Int(float as i64)),
        Value::Str(id) => vm.heap.text(id).parse().ok().map(Value::Int),
        _ => None,
    }
}

fn new(vm: &mut Vm, args: Args) -> NativeResult {
    let class = vm.new_class(args, classes::INT)?;
    let [x, base] = [1, 2].map(|at| args.get(vm, at));
    if x.is_undef() {
        if !base.is_undef() {
            return vm.fail_type("int() missing string argument");
        }
        return ok(vm.wrap_native(class, Value::Int(0)));
    }
    let inner = vm.native_value(x);
    let radix = if base.is_undef() {
        10
    } else {
        let radix = vm.clamped_arg(base)?;
        if !matches!(inner, Value::Str(_) | Value::Bytes(_) | Value::ByteArray(_)) {
            return vm.fail_type("int() can't convert non-string with explicit base");
        }
        if !(0..=36).contains(&radix) || radix == 1 {
            return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0"));
        }
        radix as u32
    };
    if let Value::Instance(id) = x {
        let own = [names::INT, names::INDEX, vm.heap.intern("__trunc__")]
            .into_iter()
            .any(|name| {
                matches!(
                    vm.class_attribute(vm.heap[id].class, name),
                    Some(method) if !matches!(method, Value::Native(_))
                )
            });
        if own {
            return vm.call_prelude("_new_int", &[class, x]);
        }
    }
    let inner = match inner {
        Value::Instance(_) => vm.bytes_like(inner).map_or(inner, Value::Bytes),
        _ => inner,
    };
    let value = match inner {
        Value::Str(id) => {
            let text = vm.heap.text(id).to_owned();
            vm.parsed_int(&text, radix)?
        }
        Value::Bytes(id) | Value::ByteArray(id) => {
            let data = vm.heap[id].data.clone();
            match std::str::from_utf8(&data) {
                Ok(text) if text.is_ascii() => {
                    match text::parse_int_limited(text, radix, vm.int_digits as usize) {
                        Ok(int) => vm.int_value(int),
                        Err(error)
                            if error.kind == ErrorKind::Value
                                && error.message.starts_with("invalid") =>
                        {
                            return Err(vm.text_error(text::invalid_literal(
                                &text::repr_bytes(&data),
                                radix,
                            )));
                        }
                        Err(error) => return Err(vm.text_error(error)),
                    }
                }
                _ => {
                    return Err(
                        vm.text_error(text::invalid_literal(&text::repr_bytes(&data), radix))
                    );
                }
            }
        }
        Value::Int(_) | Value::Bool(_) | Value::BigInt(_) | Value::Float(_) => {
            match vm.to_int(inner)? {
                Outcome::Value(value) => value,
                other => return Ok(other),
            }
        }
        _ => {
            let message = format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                vm.type_name(x)
            );
            return vm.fail_type(message);
        }
    };
    ok(vm.wrap_native(class, value))
}

fn new_bool(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 1);
    if value.is_undef() {
        return ok(Value::Bool(false));
    }
    vm.truth_value(value)
}

/// The int a method was called on.
fn this(vm: &mut Vm, args: Args, method: &str) -> Result<Value, Raise> {
    match vm.native_value(args.get(vm, 0)) {
        value @ (Value::Int(_) | Value::BigInt(_)) => Ok(value),
        Value::Bool(bool) => Ok(Value::Int(i64::from(bool))),
        other => Err(vm.wrong_receiver(other, method, "int")),
    }
}

fn itself(vm: &mut Vm, args: Args) -> NativeResult {
    ok(this(vm, args, "conjugate")?)
}

fn is_integer(vm: &mut Vm, args: Args) -> NativeResult {
    this(vm, args, "is_integer")?;
    ok(Value::Bool(true))
}

fn as_integer_ratio(vm: &mut Vm, args: Args) -> NativeResult {
    let value = this(vm, args, "as_integer_ratio")?;
    ok(vm.heap.tuple([value, Value::Int(1)]))
}

fn bit_length(vm: &mut Vm, args: Args) -> NativeResult {
    let value = this(vm, args, "bit_length")?;
    ok(Value::Int(
        vm.int_ref(value).map_or(0, text::bit_length) as i64
    ))
}

fn bit_count(vm: &mut Vm, args: Args) -> NativeResult {
    let value = this(vm, args, "bit_count")?;
    ok(Value::Int(
        vm.int_ref(value).map_or(0, text::bit_count) as i64
    ))
}

fn byte_order(vm: &mut Vm, value: Value, function: &str) -> Result<ByteOrder, Raise> {
    if value.is_undef() {
        return Ok(ByteOrder::Big);
    }
    let name = vm.str_arg(value, &format!("{function}() argument 'byteorder'"))?;
    ByteOrder::parse(vm.heap.text(name)).map_err(|error| vm.text_error(error))
}

fn to_bytes(vm: &mut Vm, args: Args) -> NativeResult {
    let value = this(vm, args, "to_bytes")?;
    let [length, order, signed] = [1, 2, 3].map(|at| args.get(vm, at));
    let length = vm.index_arg(length.or(Value::Int(1)))?;
    let order = byte_order(vm, order, "to_bytes")?;
    let signed = vm.flag_arg(signed);
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    if let Some(need) = vm.lacks_room(length) {
        return Ok(need);
    }
    let int = vm.int_ref(value).unwrap_or(IntRef::Small(0));
    match text::int_to_bytes(int, length, order, signed) {
        Ok(data) => ok(Value::Bytes(vm.heap.new_bytes(super::Bytes { data }))),
        Err(error) => Err(vm.text_error(error)),
    }
}

fn from_bytes(vm: &mut Vm, args: Args) -> NativeResult {
    let [class, source, order, signed] = [0, 1, 2, 3].map(|at| args.get(vm, at));
    let order = byte_order(vm, order, "from_bytes")?;
    let signed = vm.flag_arg(signed);
    let shown = vm.bytes_like(source).map(Value::Bytes);
    let data = match shown.unwrap_or(vm.native_value(source)) {
        Value::Bytes(id) | Value::ByteArray(id) => vm.heap[id].data.clone(),
        inner if matches!(inner, Value::Str(_)) || !vm.is_iterable(source) => {
            let message = format!("cannot convert '{}' object to bytes", vm.type_name(source));
            return vm.fail_type(message);
        }
        _ => match vm.bytes_of_items(source)? {
            Some(data) => data,
            None => {
                let signed = Value::Bool(signed);
                let order = vm.heap.str(if order == ByteOrder::Big {
                    "big"
                } else {
                    "little"
                });
                return vm.call_prelude("_int_from_items", &[class, source, order, signed]);
            }
        },
    };
    let int = text::int_from_bytes(&data, order, signed);
    let value = vm.int_value(int);
    if class == Value::Class(classes::INT) {
        ok(value)
    } else {
        crate::vm::call(class, &[value])
    }
}
