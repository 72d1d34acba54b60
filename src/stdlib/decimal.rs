//! What is called often of `decimal`, for the plain case: finite numbers, a result in the context's range, nothing trapped. The
//! answer to anything else is None, nothing having been changed, and the module's own code does it.
//!
//! The module hands over what it is made of, `(a Decimal, a Context, the ContextVar)`: numbers and contexts are known by the shapes
//! of the first two.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::decimal_digits::{Digits, Rounding};
use super::decimal_text as text;
use crate::heap::{Id, ShapeId, Value};
use crate::objects::{Dict, Instance, Lookup};
use crate::vm::native::plain;
use crate::vm::{NativeFn, Vm};
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use smallvec::smallvec;
use std::cmp::Ordering;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    plain("_plain_new", "module, value, /", |vm, args| {
        let &[module, value] = args else { return None };
        make(vm, module, value)
    }),
    plain("_plain_add", "module, a, b, /", |vm, args| {
        add(vm, args, false)
    }),
    plain("_plain_sub", "module, a, b, /", |vm, args| {
        add(vm, args, true)
    }),
    plain("_plain_mul", "module, a, b, /", |vm, args| {
        let (plain, a, b) = Plain::with(vm, args)?;
        let digits = a.digits.times(&b.digits);
        plain.fitted(vm, a.negative ^ b.negative, digits, a.exp + b.exp)
    }),
    plain("_plain_div", "module, a, b, /", divide),
    plain("_plain_floordiv", "module, a, b, /", |vm, args| {
        let (plain, a, b) = Plain::with(vm, args)?;
        let (quotient, _, _) = plain.whole(&a, &b)?;
        plain.fitted(vm, a.negative ^ b.negative, quotient, 0)
    }),
    plain("_plain_mod", "module, a, b, /", |vm, args| {
        let (plain, a, b) = Plain::with(vm, args)?;
        let (_, rest, exp) = plain.whole(&a, &b)?;
        plain.fitted(vm, a.negative, rest, exp)
    }),
    plain("_plain_pow", "module, a, b, /", |vm, args| {
        let (plain, a, b) = Plain::with(vm, args)?;
        let (Digits::Small(count @ 1..=99), 0, false) = (&b.digits, b.exp, b.negative) else {
            return None;
        };
        let count = *count as u32;
        if a.digits.is_zero() || a.digits.len() * u64::from(count) > 2000 || a.is_one() {
            return None;
        }
        let negative = a.negative && count % 2 == 1;
        plain.fitted(
            vm,
            negative,
            a.digits.power(count),
            a.exp * i64::from(count),
        )
    }),
    plain("_plain_order", "module, a, b, /", |vm, args| {
        let &[module, a, b] = args else { return None };
        let shape = Parts::of(vm, module)?.shape;
        let (a, b) = (Number::of(vm, shape, a)?, Number::of(vm, shape, b)?);
        Some(Value::Int(order(&a, &b)? as i64))
    }),
    plain("_plain_neg", "module, a, /", |vm, args| {
        signed(vm, args, |negative| !negative)
    }),
    plain("_plain_abs", "module, a, /", |vm, args| {
        signed(vm, args, |_| false)
    }),
    plain("_plain_quantize", "module, a, b, rounding, /", quantize),
    plain("_plain_hash", "module, a, /", |vm, args| {
        let number = only(vm, args)?;
        let hash = number.digits.hash(number.exp)?;
        Some(Value::Int(match number.negative {
            true if hash == 1 => -2,
            true => -hash,
            false => hash,
        }))
    }),
    plain("_plain_int", "module, a, /", |vm, args| {
        let number = only(vm, args)?;
        let digits = match u32::try_from(number.exp) {
            Ok(exp) => number.digits.scaled(exp.into())?,
            Err(_) => number.digits.parted(number.exp.unsigned_abs())?.0,
        };
        Some(int(vm, number.negative, digits))
    }),
    plain("_plain_float", "module, a, /", |vm, args| {
        let number = only(vm, args)?;
        let sign = if number.negative { "-" } else { "" };
        let text = format!("{sign}{}e{}", number.digits, number.exp);
        text.parse().ok().map(Value::Float)
    }),
    plain("_plain_str", "module, a, /", |vm, args| {
        let &[module, _] = args else { return None };
        let number = only(vm, args)?;
        let text = text::shown(&number, || Some(Plain::of(vm, module)?.capitals))?;
        Some(vm.heap.str(text))
    }),
    plain("_plain_format", "module, a, spec, /", |vm, args| {
        let &[module, _, Value::Str(spec)] = args else {
            return None;
        };
        let plain = Plain::of(vm, module)?;
        let number = only(vm, &args[..2])?;
        let text = text::formatted(number, vm.heap.text(spec), plain.rounding, plain.capitals)?;
        Some(vm.heap.str(text))
    }),
];

/// A finite number.
pub(super) struct Number {
    pub(super) negative: bool,
    pub(super) digits: Digits,
    pub(super) exp: i64,
}

/// Exponents beyond this are left to the module's own code: sums of them still fit.
const FAR: i64 = 1 << 60;

impl Number {
    /// A Decimal of this shape, or an int.
    fn of(vm: &Vm, shape: ShapeId, value: Value) -> Option<Self> {
        match value {
            Value::Instance(id) => {
                let instance = &vm.heap[id];
                let &[Value::Int(sign), n, Value::Int(exp), Value::Str(kind)] = &instance.slots[..]
                else {
                    return None;
                };
                if instance.shape != shape || !vm.heap.text(kind).is_empty() || exp.abs() > FAR {
                    return None;
                }
                Some(Self {
                    negative: sign != 0,
                    digits: digits_of(vm, n)?,
                    exp,
                })
            }
            Value::Int(n) => Some(Self {
                negative: n < 0,
                digits: Digits::Small(n.unsigned_abs().into()),
                exp: 0,
            }),
            _ => None,
        }
    }

    /// The exponent of its first digit.
    pub(super) fn adjusted(&self) -> i64 {
        self.exp + self.digits.len() as i64 - 1
    }

    fn is_one(&self) -> bool {
        self.adjusted() == 0 && self.digits.is_power_of_ten()
    }
}

/// An int that is not below 0.
fn digits_of(vm: &Vm, n: Value) -> Option<Digits> {
    match n {
        Value::Int(n) => Some(Digits::Small(u128::try_from(n).ok()?)),
        Value::BigInt(id) => Some(match vm.heap[id].to_u128() {
            Some(small) => Digits::Small(small),
            None => Digits::Big(vm.heap[id].magnitude().clone()),
        }),
        _ => None,
    }
}

fn int(vm: &mut Vm, negative: bool, digits: Digits) -> Value {
    match digits {
        Digits::Small(small) if small <= i64::MAX as u128 => {
            let small = small as i64;
            Value::Int(if negative { -small } else { small })
        }
        digits => {
            let sign = if negative { Sign::Minus } else { Sign::Plus };
            vm.heap.int(BigInt::from_biguint(sign, digits.into_big()))
        }
    }
}

/// The only operand.
fn only(vm: &Vm, args: &[Value]) -> Option<Number> {
    let &[module, value] = args else { return None };
    let shape = Parts::of(vm, module)?.shape;
    Number::of(vm, shape, value)
}

/// What the module is made of.
struct Parts {
    example: Id<Instance>,
    /// Of every Decimal.
    shape: ShapeId,
    context: ShapeId,
    current: Value,
}

impl Parts {
    fn of(vm: &Vm, module: Value) -> Option<Self> {
        let Value::Tuple(module) = module else {
            return None;
        };
        let &[Value::Instance(example), Value::Instance(context), current] =
            &vm.heap[module].items[..]
        else {
            return None;
        };
        Some(Self {
            example,
            shape: vm.heap[example].shape,
            context: vm.heap[context].shape,
            current,
        })
    }
}

/// The module and the context an operation is done in.
struct Plain {
    example: Id<Instance>,
    prec: u64,
    rounding: Rounding,
    emin: i64,
    emax: i64,
    capitals: bool,
    traps: Id<Dict>,
    flags: Id<Dict>,
}

/// Where the signals stand in the dicts of a context.
const INEXACT: usize = 6;
const ROUNDED: usize = 7;
const SIGNALS: usize = 9;

impl Plain {
    fn of(vm: &mut Vm, module: Value) -> Option<Self> {
        let parts = Parts::of(vm, module)?;
        let cell = vm.asyncio.context?;
        let Value::Dict(variables) = vm.heap[cell].value else {
            return None;
        };
        let Ok(Lookup::Found(Value::Instance(context))) = vm.dict_get(variables, parts.current)
        else {
            return None;
        };
        let context = &vm.heap[context];
        if context.shape != parts.context {
            return None;
        }
        let &[
            Value::Int(prec),
            Value::Str(rounding),
            Value::Int(emin),
            Value::Int(emax),
            Value::Int(capitals),
            Value::Int(0),
            Value::Instance(traps),
            Value::Instance(flags),
        ] = &context.slots[..]
        else {
            return None;
        };
        let signals = |of: Id<Instance>| match vm.heap[of].slots.first() {
            Some(&Value::Dict(dict)) if vm.heap[dict].places() == SIGNALS => Some(dict),
            _ => None,
        };
        Some(Self {
            example: parts.example,
            prec: u64::try_from(prec).ok()?,
            rounding: Rounding::of(vm.heap.text(rounding))?,
            emin,
            emax,
            capitals: capitals != 0,
            traps: signals(traps)?,
            flags: signals(flags)?,
        })
    }

    /// With two operands.
    fn with(vm: &mut Vm, args: &[Value]) -> Option<(Self, Number, Number)> {
        let &[module, a, b] = args else { return None };
        let plain = Self::of(vm, module)?;
        let shape = vm.heap[plain.example].shape;
        let (a, b) = (Number::of(vm, shape, a)?, Number::of(vm, shape, b)?);
        Some((plain, a, b))
    }

    /// The number as it is.
    fn number(&self, vm: &mut Vm, negative: bool, digits: Digits, exp: i64) -> Value {
        let n = int(vm, false, digits);
        let (class, shape) = (vm.heap[self.example].class, vm.heap[self.example].shape);
        let kind = vm.heap[self.example].slots[3];
        let slots = smallvec![Value::Int(negative.into()), n, Value::Int(exp), kind];
        let instance = Instance {
            class,
            shape,
            slots,
        };
        Value::Instance(vm.heap.new_instance(instance))
    }

    /// The number as the context can hold it.
    fn fitted(&self, vm: &mut Vm, negative: bool, digits: Digits, exp: i64) -> Option<Value> {
        if digits.is_zero() {
            let lowest = self.emin - self.prec as i64 + 1;
            return (lowest..=self.emax)
                .contains(&exp)
                .then(|| self.number(vm, negative, digits, exp));
        }
        let length = digits.len();
        if length <= self.prec {
            return self
                .in_range(exp + length as i64 - 1)
                .then(|| self.number(vm, negative, digits, exp));
        }
        let drop = length - self.prec;
        let (mut rounded, lost) = digits.rounded(drop, negative, self.rounding)?;
        let mut exp = exp + drop as i64;
        if rounded.len() > self.prec {
            rounded = rounded.parted(1)?.0;
            exp += 1;
        }
        if !self.in_range(exp + self.prec as i64 - 1) || !self.note(vm, lost) {
            return None;
        }
        Some(self.number(vm, negative, rounded, exp))
    }

    fn in_range(&self, adjusted: i64) -> bool {
        (self.emin..=self.emax).contains(&adjusted)
    }

    /// Notes that a result was rounded, and whether anything was lost; not if that is trapped.
    fn note(&self, vm: &mut Vm, lost: bool) -> bool {
        let places = [(ROUNDED, true), (INEXACT, lost)];
        let noted = || {
            places
                .into_iter()
                .filter(|place| place.1)
                .map(|place| place.0)
        };
        if noted().any(|place| *vm.heap[self.traps].value(place) != Value::Bool(false)) {
            return false;
        }
        for place in noted() {
            vm.heap[self.flags].set_value(place, Value::Bool(true));
        }
        true
    }

    /// The quotient towards zero and the rest, with the rest's exponent.
    fn whole(&self, a: &Number, b: &Number) -> Option<(Digits, Digits, i64)> {
        if b.digits.is_zero() {
            return None;
        }
        let exp = a.exp.min(b.exp);
        let x = a.digits.scaled(a.exp.abs_diff(exp))?;
        let y = b.digits.scaled(b.exp.abs_diff(exp))?;
        let (quotient, rest) = x.divided(&y);
        (quotient.len() <= self.prec).then_some((quotient, rest, exp))
    }
}

/// `Decimal(value)` of a Decimal, an int, or a text that is written the usual way.
fn make(vm: &mut Vm, module: Value, value: Value) -> Option<Value> {
    let parts = Parts::of(vm, module)?;
    let number = match value {
        Value::Instance(id) if vm.heap[id].shape == parts.shape => return Some(value),
        Value::Int(_) => Number::of(vm, parts.shape, value)?,
        Value::Str(id) => text::parsed(vm.heap.text(id))?,
        _ => return None,
    };
    // Nothing is rounded here; a context has to be there all the same.
    let plain = Plain::of(vm, module)?;
    Some(plain.number(vm, number.negative, number.digits, number.exp))
}

fn add(vm: &mut Vm, args: &[Value], subtract: bool) -> Option<Value> {
    let (plain, a, mut b) = Plain::with(vm, args)?;
    b.negative ^= subtract;
    let exp = a.exp.min(b.exp);
    let x = a.digits.scaled(a.exp.abs_diff(exp))?;
    let y = b.digits.scaled(b.exp.abs_diff(exp))?;
    let (negative, digits) = if a.negative == b.negative {
        (a.negative, x.plus(&y))
    } else {
        match x.order(&y) {
            Ordering::Greater => (a.negative, x.minus(&y)),
            Ordering::Less => (b.negative, y.minus(&x)),
            Ordering::Equal => (plain.rounding == Rounding::Floor, Digits::Small(0)),
        }
    };
    plain.fitted(vm, negative, digits, exp)
}

fn divide(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let (plain, a, b) = Plain::with(vm, args)?;
    if a.digits.is_zero() || b.digits.is_zero() || plain.prec > 2000 {
        return None;
    }
    let negative = a.negative ^ b.negative;
    let ideal = a.exp - b.exp;
    let shift = b.digits.len() as i64 - a.digits.len() as i64 + plain.prec as i64 + 1;
    let (x, y) = match shift >= 0 {
        true => (a.digits.scaled(shift as u64)?, b.digits),
        false => (a.digits, b.digits.scaled(shift.unsigned_abs())?),
    };
    let (mut digits, rest) = x.divided(&y);
    let mut exp = ideal - shift;
    if !rest.is_zero() {
        digits = digits.tipped();
    } else {
        let (shorter, taken) = digits.stripped((ideal - exp).max(0).unsigned_abs());
        digits = shorter;
        exp += taken as i64;
    }
    plain.fitted(vm, negative, digits, exp)
}

fn order(a: &Number, b: &Number) -> Option<Ordering> {
    let rank = |number: &Number| match (number.digits.is_zero(), number.negative) {
        (true, _) => 0,
        (false, true) => -1,
        (false, false) => 1,
    };
    if rank(a) != rank(b) || rank(a) == 0 {
        return Some(rank(a).cmp(&rank(b)));
    }
    let mut order = a.adjusted().cmp(&b.adjusted());
    if order == Ordering::Equal {
        let exp = a.exp.min(b.exp);
        let x = a.digits.scaled(a.exp.abs_diff(exp))?;
        order = x.order(&b.digits.scaled(b.exp.abs_diff(exp))?);
    }
    Some(if a.negative { order.reverse() } else { order })
}

fn signed(vm: &mut Vm, args: &[Value], sign: fn(bool) -> bool) -> Option<Value> {
    let &[module, _] = args else { return None };
    let plain = Plain::of(vm, module)?;
    let number = only(vm, args)?;
    if number.digits.is_zero() {
        return (plain.rounding != Rounding::Floor)
            .then(|| plain.fitted(vm, false, number.digits, number.exp))?;
    }
    plain.fitted(vm, sign(number.negative), number.digits, number.exp)
}

fn quantize(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let &[module, a, b, rounding] = args else {
        return None;
    };
    let (plain, a, b) = Plain::with(vm, &[module, a, b])?;
    let rounding = match rounding {
        Value::None => plain.rounding,
        Value::Str(name) => Rounding::of(vm.heap.text(name))?,
        _ => return None,
    };
    let to = b.exp;
    let (digits, lost) = match u64::try_from(to - a.exp) {
        Ok(drop) => a.digits.rounded(drop, a.negative, rounding)?,
        Err(_) => (a.digits.scaled(to.abs_diff(a.exp))?, false),
    };
    let length = digits.len();
    if length > plain.prec || !plain.in_range(to + length as i64 - 1) {
        return None;
    }
    if to > a.exp && !a.digits.is_zero() && !plain.note(vm, lost) {
        return None;
    }
    Some(plain.number(vm, a.negative, digits, to))
}
