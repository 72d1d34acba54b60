//! The special methods of numbers, str and bytes as attributes, for scripts that call `int.__add__` or `super().__eq__`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::Value;
use crate::syntax::ast::{BinaryOp, CompareOp, UnaryOp};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, native, ok};

macro_rules! rows {
    ($($name:literal $params:literal $function:ident),+ $(,)?) => {
        &[$(native($name, $params, $function)),+]
    };
}

pub(crate) const INT: &[NativeFn] = rows![
    "__add__" "self, value, /" add, "__radd__" "self, value, /" radd,
    "__sub__" "self, value, /" sub, "__rsub__" "self, value, /" rsub,
    "__mul__" "self, value, /" mul, "__rmul__" "self, value, /" rmul,
    "__truediv__" "self, value, /" truediv, "__rtruediv__" "self, value, /" rtruediv,
    "__floordiv__" "self, value, /" floordiv, "__rfloordiv__" "self, value, /" rfloordiv,
    "__mod__" "self, value, /" modulo, "__rmod__" "self, value, /" rmod,
    "__pow__" "self, value, mod=None, /" pow, "__rpow__" "self, value, mod=None, /" rpow,
    "__divmod__" "self, value, /" divmod, "__rdivmod__" "self, value, /" rdivmod,
    "__lshift__" "self, value, /" lshift, "__rlshift__" "self, value, /" rlshift,
    "__rshift__" "self, value, /" rshift, "__rrshift__" "self, value, /" rrshift,
    "__and__" "self, value, /" and, "__rand__" "self, value, /" rand,
    "__or__" "self, value, /" or, "__ror__" "self, value, /" ror,
    "__xor__" "self, value, /" xor, "__rxor__" "self, value, /" rxor,
    "__neg__" "self, /" neg, "__pos__" "self, /" pos, "__invert__" "self, /" invert, "__abs__" "self, /" abs,
    "__bool__" "self, /" bool, "__int__" "self, /" int, "__index__" "self, /" int, "__trunc__" "self, /" int,
    "__floor__" "self, /" int, "__ceil__" "self, /" int, "__float__" "self, /" float,
    "__round__" "self, ndigits=None, /" round,
    "__eq__" "self, value, /" eq, "__ne__" "self, value, /" ne, "__lt__" "self, value, /" lt,
    "__le__" "self, value, /" le, "__gt__" "self, value, /" gt, "__ge__" "self, value, /" ge,
    "__hash__" "self, /" hash, "__repr__" "self, /" repr, "__format__" "self, format_spec, /" format,
];

pub(crate) const FLOAT: &[NativeFn] = rows![
    "__add__" "self, value, /" add, "__radd__" "self, value, /" radd,
    "__sub__" "self, value, /" sub, "__rsub__" "self, value, /" rsub,
    "__mul__" "self, value, /" mul, "__rmul__" "self, value, /" rmul,
    "__truediv__" "self, value, /" truediv, "__rtruediv__" "self, value, /" rtruediv,
    "__floordiv__" "self, value, /" floordiv, "__rfloordiv__" "self, value, /" rfloordiv,
    "__mod__" "self, value, /" modulo, "__rmod__" "self, value, /" rmod,
    "__pow__" "self, value, mod=None, /" pow, "__rpow__" "self, value, mod=None, /" rpow,
    "__divmod__" "self, value, /" divmod, "__rdivmod__" "self, value, /" rdivmod,
    "__neg__" "self, /" neg, "__pos__" "self, /" pos, "__abs__" "self, /" abs,
    "__bool__" "self, /" bool, "__int__" "self, /" int, "__trunc__" "self, /" int,
    "__floor__" "self, /" floor, "__ceil__" "self, /" ceil, "__float__" "self, /" float,
    "__round__" "self, ndigits=None, /" round,
    "__eq__" "self, value, /" eq, "__ne__" "self, value, /" ne, "__lt__" "self, value, /" lt,
    "__le__" "self, value, /" le, "__gt__" "self, value, /" gt, "__ge__" "self, value, /" ge,
    "__hash__" "self, /" hash, "__repr__" "self, /" repr, "__format__" "self, format_spec, /" format,
];

pub(crate) const STR: &[NativeFn] = rows![
    "__add__" "self, value, /" add, "__mul__" "self, value, /" mul, "__rmul__" "self, value, /" mul,
    "__mod__" "self, value, /" modulo, "__rmod__" "self, value, /" rmod, "__repr__" "self, /" repr, "__str__" "self, /" str,
    "__format__" "self, format_spec, /" format,
];

pub(crate) const BYTES: &[NativeFn] = rows![
    "__add__" "self, value, /" add, "__mul__" "self, value, /" mul, "__rmul__" "self, value, /" mul,
    "__mod__" "self, value, /" modulo, "__rmod__" "self, value, /" rmod, "__repr__" "self, /" repr, "__bytes__" "self, /" bytes,
];

pub(crate) const BYTEARRAY: &[NativeFn] = rows![
    "__add__" "self, value, /" add, "__mul__" "self, value, /" mul, "__rmul__" "self, value, /" mul,
    "__iadd__" "self, value, /" iadd, "__imul__" "self, value, /" imul,
    "__mod__" "self, value, /" modulo, "__rmod__" "self, value, /" rmod,
    "__repr__" "self, /" repr,
];

/// For all builtin types that show more than their name and address.
pub(crate) const REPR: &[NativeFn] = rows!["__repr__" "self, /" repr];

/// An operator of the builtin type of `a` alone: NotImplemented where it doesn't know `b`.
fn operate(vm: &mut Vm, a: Value, b: Value, op: BinaryOp, in_place: bool) -> NativeResult {
    let known = match (vm.number(a), vm.number(b)) {
        (Some(_), None) => false,
        (Some(_), Some(_)) => !matches!(b, Value::Float(_)) || matches!(a, Value::Float(_)),
        (None, _) => true,
    };
    let outcome = if known {
        vm.binary_native(op, a, b, in_place)?
    } else {
        None
    };
    Ok(outcome.unwrap_or(Outcome::Value(Value::NotImplemented)))
}

fn forward(vm: &mut Vm, args: Args, op: BinaryOp) -> NativeResult {
    let a = vm.native_value(args.get(vm, 0));
    let b = args.get(vm, 1);
    let b = if op == BinaryOp::Mod && vm.number(a).is_none() {
        b
    } else {
        vm.native_value(b)
    };
    operate(vm, a, b, op, false)
}

fn reflected(vm: &mut Vm, args: Args, op: BinaryOp) -> NativeResult {
    let a = vm.native_value(args.get(vm, 0));
    let b = vm.native_value(args.get(vm, 1));
    match (vm.number(a), vm.number(b)) {
        (Some(_), Some(_)) if matches!(a, Value::Float(_)) || !matches!(b, Value::Float(_)) => {
            let outcome = vm.binary_native(op, b, a, false)?;
            Ok(outcome.unwrap_or(Outcome::Value(Value::NotImplemented)))
        }
        (None, None) if std::mem::discriminant(&a) == std::mem::discriminant(&b) => {
            operate(vm, b, a, op, false)
        }
        _ => ok(Value::NotImplemented),
    }
}

macro_rules! operators {
    ($($forward:ident $reflected:ident $op:ident),+ $(,)?) => {
        $(
            fn $forward(vm: &mut Vm, args: Args) -> NativeResult {
                forward(vm, args, BinaryOp::$op)
            }
            fn $reflected(vm: &mut Vm, args: Args) -> NativeResult {
                reflected(vm, args, BinaryOp::$op)
            }
        )+
    };
}

operators! {
    add radd Add, sub rsub Sub, mul rmul Mul, truediv rtruediv Div, floordiv rfloordiv FloorDiv, modulo rmod Mod,
    lshift rlshift LShift, rshift rrshift RShift, and rand And, or ror Or, xor rxor Xor,
}

fn pow(vm: &mut Vm, args: Args) -> NativeResult {
    let modulus = args.get(vm, 2);
    if modulus.is_undef() || modulus.is_none() {
        return forward(vm, args, BinaryOp::Pow);
    }
    let [a, b] = [0, 1].map(|at| vm.native_value(args.get(vm, at)));
    vm.power_modulo(a, b, modulus)
}

fn rpow(vm: &mut Vm, args: Args) -> NativeResult {
    reflected(vm, args, BinaryOp::Pow)
}

fn iadd(vm: &mut Vm, args: Args) -> NativeResult {
    let [a, b] = [0, 1].map(|at| args.get(vm, at));
    let outcome = vm.binary_unwrapped(BinaryOp::Add, a, b, true)?;
    Ok(outcome.unwrap_or(Outcome::Value(Value::NotImplemented)))
}

fn imul(vm: &mut Vm, args: Args) -> NativeResult {
    let [a, b] = [0, 1].map(|at| args.get(vm, at));
    let outcome = vm.binary_unwrapped(BinaryOp::Mul, a, b, true)?;
    Ok(outcome.unwrap_or(Outcome::Value(Value::NotImplemented)))
}

fn divmod(vm: &mut Vm, args: Args) -> NativeResult {
    let [a, b] = [0, 1].map(|at| vm.native_value(args.get(vm, at)));
    divided(vm, a, a, b)
}

fn rdivmod(vm: &mut Vm, args: Args) -> NativeResult {
    let [a, b] = [0, 1].map(|at| vm.native_value(args.get(vm, at)));
    divided(vm, a, b, a)
}

fn divided(vm: &mut Vm, this: Value, a: Value, b: Value) -> NativeResult {
    let other_is_float = matches!(a, Value::Float(_)) || matches!(b, Value::Float(_));
    if other_is_float && !matches!(this, Value::Float(_)) {
        return ok(Value::NotImplemented);
    }
    match vm.divide_natively(a, b)? {
        Some(pair) => ok(pair),
        None => ok(Value::NotImplemented),
    }
}

fn unary(vm: &mut Vm, args: Args, op: UnaryOp) -> NativeResult {
    let value = vm.native_value(args.get(vm, 0));
    vm.unary(op, value)
}

fn neg(vm: &mut Vm, args: Args) -> NativeResult {
    unary(vm, args, UnaryOp::Neg)
}
fn pos(vm: &mut Vm, args: Args) -> NativeResult {
    unary(vm, args, UnaryOp::Pos)
}
fn invert(vm: &mut Vm, args: Args) -> NativeResult {
    unary(vm, args, UnaryOp::Invert)
}
fn abs(vm: &mut Vm, args: Args) -> NativeResult {
    let value = vm.native_value(args.get(vm, 0));
    vm.absolute(value)
}
fn bool(vm: &mut Vm, args: Args) -> NativeResult {
    let value = vm.native_value(args.get(vm, 0));
    ok(Value::Bool(vm.truth(value).unwrap_or(true)))
}
fn int(vm: &mut Vm, args: Args) -> NativeResult {
    let value = vm.native_value(args.get(vm, 0));
    vm.to_int(value)
}
fn float(vm: &mut Vm, args: Args) -> NativeResult {
    let value = vm.native_value(args.get(vm, 0));
    match vm.number(value) {
        Some(number) => {
            let float = vm.float_of(number)?;
            ok(Value::Float(float))
        }
        None => Err(vm.wrong_receiver(value, "__float__", "float")),
    }
}
fn floor(vm: &mut Vm, args: Args) -> NativeResult {
    match vm.native_value(args.get(vm, 0)) {
        Value::Float(float) => vm.to_int(Value::Float(float.floor())),
        other => vm.to_int(other),
    }
}
fn ceil(vm: &mut Vm, args: Args) -> NativeResult {
    match vm.native_value(args.get(vm, 0)) {
        Value::Float(float) => vm.to_int(Value::Float(float.ceil())),
        other => vm.to_int(other),
    }
}
fn round(vm: &mut Vm, args: Args) -> NativeResult {
    let value = vm.native_value(args.get(vm, 0));
    let digits = args.get(vm, 1);
    if digits.is_none() && !matches!(value, Value::Float(_)) {
        return vm.fail_type("'NoneType' object cannot be interpreted as an integer");
    }
    vm.round_number(value, digits)
}

/// Can values of these types be compared by the left one's type?
fn comparable(vm: &Vm, a: Value, b: Value) -> bool {
    match (vm.number(a), vm.number(b)) {
        (Some(_), Some(_)) => matches!(a, Value::Float(_)) || !matches!(b, Value::Float(_)),
        (None, None) => match a {
            Value::Str(_) => matches!(b, Value::Str(_)),
            _ => matches!(b, Value::Bytes(_) | Value::ByteArray(_)),
        },
        _ => false,
    }
}

fn compared(vm: &mut Vm, args: Args, op: CompareOp) -> NativeResult {
    let [a, b] = [0, 1].map(|at| vm.native_value(args.get(vm, at)));
    if !comparable(vm, a, b) {
        return ok(Value::NotImplemented);
    }
    match op {
        CompareOp::Eq => vm.equal_value(a, b, false),
        CompareOp::Ne => vm.equal_value(a, b, true),
        _ => vm.compare_value(op, a, b),
    }
}

fn eq(vm: &mut Vm, args: Args) -> NativeResult {
    compared(vm, args, CompareOp::Eq)
}
fn ne(vm: &mut Vm, args: Args) -> NativeResult {
    compared(vm, args, CompareOp::Ne)
}
fn lt(vm: &mut Vm, args: Args) -> NativeResult {
    compared(vm, args, CompareOp::Lt)
}
fn le(vm: &mut Vm, args: Args) -> NativeResult {
    compared(vm, args, CompareOp::Le)
}
fn gt(vm: &mut Vm, args: Args) -> NativeResult {
    compared(vm, args, CompareOp::Gt)
}
fn ge(vm: &mut Vm, args: Args) -> NativeResult {
    compared(vm, args, CompareOp::Ge)
}

fn hash(vm: &mut Vm, args: Args) -> NativeResult {
    let value = vm.native_value(args.get(vm, 0));
    vm.hash_value(value)
}
fn repr(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    vm.base_repr(value)
}
fn str(vm: &mut Vm, args: Args) -> NativeResult {
    let value = vm.native_value(args.get(vm, 0));
    vm.str_value(value)
}
fn format(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    let spec = args.get(vm, 1);
    let Some(spec) = vm.as_str(spec) else {
        let message = format!(
            "__format__() argument must be str, not {}",
            vm.type_name_or_none(spec)
        );
        return vm.fail_type(message);
    };
    let spec = vm.heap.text(spec).to_owned();
    let subject = vm.native_value(value);
    if spec.is_empty() {
        return vm.str_value(value);
    }
    vm.format_native(subject, value, &spec)
}
fn bytes(vm: &mut Vm, args: Args) -> NativeResult {
    ok(vm.native_value(args.get(vm, 0)))
}
