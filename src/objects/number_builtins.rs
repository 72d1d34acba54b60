//! The builtin functions on numbers and characters.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::Number;
use crate::heap::Value;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::text::surrogates::{RESERVED, code_point, from_code_point};
use crate::text::{self, IntRef};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Vm, names, native, ok};
use num_traits::Signed as _;

pub(crate) const BUILTINS: &[NativeFn] = &[
    native("abs", "x, /", abs).direct(|_, args| match *args {
        [Value::Int(int)] => int.checked_abs().map(Value::Int),
        [Value::Float(float)] => Some(Value::Float(float.abs())),
        _ => None,
    }),
    native("bin", "number, /", bin),
    native("chr", "i, /", chr).direct(|vm, args| match *args {
        [Value::Int(code @ 0..128)] => Some(Value::Str(vm.heap.ascii_char(code as u8))),
        _ => None,
    }),
    native("divmod", "x, y, /", divmod),
    native("hex", "number, /", hex),
    native("oct", "number, /", oct),
    native("ord", "c, /", ord).direct(|vm, args| match *args {
        [Value::Str(id)] => super::one_char(vm, id).map(|c| Value::Int(i64::from(code_point(c)))),
        _ => None,
    }),
    native("pow", "base, exp, mod=None", pow),
    native("round", "number, ndigits=None", round),
];

impl Vm {
    /// The absolute value of a number of a builtin type.
    pub(crate) fn absolute(&mut self, value: Value) -> NativeResult {
        match self.number(value) {
            Some(Number::Float(float)) => ok(Value::Float(float.abs())),
            Some(Number::Bool(bool)) => ok(Value::Int(i64::from(bool))),
            Some(Number::Int(int)) if int < 0 => self.unary(UnaryOp::Neg, value),
            Some(Number::Big(id)) if self.heap[id].is_negative() => self.unary(UnaryOp::Neg, value),
            Some(Number::Int(_) | Number::Big(_)) => ok(value),
            None => {
                let message = format!("bad operand type for abs(): '{}'", self.type_name(value));
                self.fail_type(message)
            }
        }
    }

    /// `divmod` of numbers of builtin types.
    pub(crate) fn divide_natively(&mut self, a: Value, b: Value) -> Result<Option<Value>, Raise> {
        let (Some(x), Some(y)) = (self.number(a), self.number(b)) else {
            return Ok(None);
        };
        if matches!(x, Number::Float(_)) || matches!(y, Number::Float(_)) {
            let (x, y) = (self.float_of(x)?, self.float_of(y)?);
            let (quotient, rest) =
                text::float_div_mod(x, y).map_err(|error| self.text_error(error))?;
            return Ok(Some(
                self.heap
                    .tuple([Value::Float(quotient), Value::Float(rest)]),
            ));
        }
        let Some(Outcome::Value(quotient)) = self.arithmetic(BinaryOp::FloorDiv, x, y)? else {
            return Ok(None);
        };
        let Some(Outcome::Value(rest)) = self.arithmetic(BinaryOp::Mod, x, y)? else {
            return Ok(None);
        };
        Ok(Some(self.heap.tuple([quotient, rest])))
    }

    /// `pow(base, exponent, modulus)`
    pub(crate) fn power_modulo(
        &mut self,
        base: Value,
        exponent: Value,
        modulus: Value,
    ) -> NativeResult {
        if let (Value::Int(base), Value::Int(exponent @ 0..), Value::Int(modulus @ 1..)) =
            (base, exponent, modulus)
        {
            return ok(Value::Int(small_power(base, exponent, modulus)));
        }
        let parts = [base, exponent, modulus].map(|value| self.int_ref(value).map(IntRef::to_big));
        let [Some(base_int), Some(exponent_int), Some(modulus_int)] = parts else {
            let message = if [base, exponent, modulus]
                .iter()
                .all(|&value| self.number(value).is_some())
            {
                "pow() 3rd argument not allowed unless all arguments are integers".to_owned()
            } else {
                format!(
                    "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
                    self.type_name(base),
                    self.type_name(exponent),
                    self.type_name(modulus)
                )
            };
            return self.fail_type(message);
        };
        match text::pow_mod(&base_int, &exponent_int, &modulus_int) {
            Ok(power) => ok(self.heap.int(power)),
            Err(error) => Err(self.text_error(error)),
        }
    }

    /// `round` of a number of a builtin type.
    pub(crate) fn round_number(&mut self, value: Value, digits: Value) -> NativeResult {
        let digits = if digits.is_undef() || digits.is_none() {
            None
        } else {
            Some(self.clamped_arg(digits)?)
        };
        match (value, digits) {
            (Value::Float(float), None) => {
                let rounded = text::round_to_int(float).map_err(|error| self.text_error(error))?;
                ok(self.int_value(rounded))
            }
            (Value::Float(float), Some(digits)) => {
                let rounded =
                    text::round_half_even(float, digits).map_err(|error| self.text_error(error))?;
                ok(Value::Float(rounded))
            }
            (Value::Bool(bool), _) => self.round_number(
                Value::Int(i64::from(bool)),
                digits.map_or(Value::None, Value::Int),
            ),
            (_, None) => ok(value),
            (_, Some(digits)) if digits >= 0 => ok(value),
            (_, Some(digits)) => {
                match self.int_ref(value).map(|int| text::round_int(int, digits)) {
                    Some(rounded) => ok(self.int_value(rounded)),
                    None => ok(value),
                }
            }
        }
    }

    /// An argument that must be an int, through its `__index__`: in `retry`, a prelude function that gets the argument.
    fn int_or_retry(&mut self, value: Value, retry: &str) -> Result<Result<Value, Outcome>, Raise> {
        match self.native_value(value) {
            int @ (Value::Int(_) | Value::Bool(_) | Value::BigInt(_)) => Ok(Ok(int)),
            Value::Instance(id)
                if self
                    .class_attribute(self.heap[id].class, names::INDEX)
                    .is_some() =>
            {
                self.call_prelude(retry, &[value]).map(Err)
            }
            _ => Err(self.no_integer(value)),
        }
    }
}

fn abs(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    if let Value::Instance(id) = value {
        match vm.class_attribute(vm.heap[id].class, names::ABS) {
            Some(Value::Native(_)) => {
                let inner = vm.native_value(value);
                return vm.absolute(inner);
            }
            Some(method) => return vm.call_class_attribute(method, value, &[]),
            None => {}
        }
    }
    vm.absolute(value)
}

fn in_radix(vm: &mut Vm, args: Args, radix: u32, retry: &str) -> NativeResult {
    match vm.int_or_retry(args.get(vm, 0), retry)? {
        Ok(int) => {
            let text = vm.int_ref(int).map(|int| text::int_to_prefixed(int, radix));
            ok(vm.heap.str(text.unwrap_or_default()))
        }
        Err(outcome) => Ok(outcome),
    }
}

fn bin(vm: &mut Vm, args: Args) -> NativeResult {
    in_radix(vm, args, 2, "_bin")
}
fn hex(vm: &mut Vm, args: Args) -> NativeResult {
    in_radix(vm, args, 16, "_hex")
}
fn oct(vm: &mut Vm, args: Args) -> NativeResult {
    in_radix(vm, args, 8, "_oct")
}

fn chr(vm: &mut Vm, args: Args) -> NativeResult {
    let value = match vm.int_or_retry(args.get(vm, 0), "_chr")? {
        Ok(value) => value,
        Err(outcome) => return Ok(outcome),
    };
    let code = match super::code_point(vm, value) {
        Some(code) if code <= 0x10_ffff => code,
        _ => return Err(vm.value_error("chr() arg not in range(0x110000)")),
    };
    match from_code_point(code) {
        Some(c) => ok(vm.heap.str(c.to_string())),
        None => Err(vm.value_error(RESERVED)),
    }
}

fn ord(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    let length = match vm.native_value(value) {
        Value::Str(id) => match super::one_char(vm, id) {
            Some(c) => return ok(Value::Int(i64::from(code_point(c)))),
            None => vm.heap.str_length(id),
        },
        Value::Bytes(id) | Value::ByteArray(id) => match vm.heap[id].data[..] {
            [byte] => return ok(Value::Int(i64::from(byte))),
            _ => vm.heap[id].data.len(),
        },
        _ => {
            let message = format!(
                "ord() expected string of length 1, but {} found",
                vm.type_name(value)
            );
            return vm.fail_type(message);
        }
    };
    vm.fail_type(format!(
        "ord() expected a character, but string of length {length} found"
    ))
}

fn divmod(vm: &mut Vm, args: Args) -> NativeResult {
    let [a, b] = [0, 1].map(|at| args.get(vm, at));
    let script = matches!(a, Value::Instance(_)) || matches!(b, Value::Instance(_));
    let [x, y] = [a, b].map(|value| vm.native_value(value));
    if script {
        let overridden = |value: Value, name| {
            matches!(value, Value::Instance(_))
                && !matches!(
                    vm.class_attribute(vm.class_of(value), name),
                    None | Some(Value::Native(_))
                )
        };
        if overridden(a, names::DIVMOD) || overridden(b, names::RDIVMOD) {
            return vm.call_prelude("_divmod", &[a, b, Value::Bool(vm.reflected_first(a, b))]);
        }
    }
    match vm.divide_natively(x, y)? {
        Some(pair) => ok(pair),
        None => {
            let message = format!(
                "unsupported operand type(s) for divmod(): '{}' and '{}'",
                vm.type_name(a),
                vm.type_name(b)
            );
            vm.fail_type(message)
        }
    }
}

/// `base ** exponent % modulus` of ints that fit in a word; the exponent is not negative, the modulus positive.
fn small_power(base: i64, exponent: i64, modulus: i64) -> i64 {
    let wide = i128::from(modulus);
    let mut base = i128::from(base).rem_euclid(wide);
    let mut power = 1 % wide;
    let mut exponent = exponent;
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = power * base % wide;
        }
        base = base * base % wide;
        exponent >>= 1;
    }
    power as i64
}

fn pow(vm: &mut Vm, args: Args) -> NativeResult {
    let [base, exponent, modulus] = [0, 1, 2].map(|at| args.get(vm, at));
    if modulus.is_undef() || modulus.is_none() {
        return vm.binary(BinaryOp::Pow, base, exponent, false);
    }
    if let Value::Instance(id) = base
        && let Some(method) = vm.class_attribute(vm.heap[id].class, names::POW)
        && !matches!(method, Value::Native(_))
    {
        return vm.call_class_attribute(method, base, &[exponent, modulus]);
    }
    let [base, exponent, modulus] = [base, exponent, modulus].map(|value| vm.native_value(value));
    vm.power_modulo(base, exponent, modulus)
}

fn round(vm: &mut Vm, args: Args) -> NativeResult {
    let [value, digits] = [0, 1].map(|at| args.get(vm, at));
    if let Value::Instance(id) = value
        && let Some(method) = vm.class_attribute(vm.heap[id].class, names::ROUND)
        && !matches!(method, Value::Native(_))
    {
        return if digits.is_undef() || digits.is_none() {
            vm.call_class_attribute(method, value, &[])
        } else {
            vm.call_class_attribute(method, value, &[digits])
        };
    }
    let inner = vm.native_value(value);
    if let Value::Instance(id) = digits
        && vm.native_value(digits) == digits
        && vm
            .class_attribute(vm.heap[id].class, names::INDEX)
            .is_some()
    {
        return vm.call_prelude("_round", &[value, digits]);
    }
    if vm.number(inner).is_none() {
        let message = format!(
            "type {} doesn't define __round__ method",
            vm.type_name(value)
        );
        return vm.fail_type(message);
    }
    vm.round_number(inner, digits)
}
