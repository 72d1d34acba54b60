//! Arithmetic on ints, bools and floats. Ints stay machine words while they fit.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::text::{self, ErrorKind, IntRef, TextError};
use crate::vm::{Outcome, Raise, Vm, classes};
use num_bigint::BigInt;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};

/// A number, without its type: a bool is an int that remembers it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Bool(bool),
    Int(i64),
    Float(f64),
    Big(Id<BigInt>),
}

/// Ints up to this size are floats exactly.
const EXACT: u64 = 1 << 53;

/// Ints of so many bits are multiplied only after asking for memory.
const WIDE: u64 = 1 << 18;

impl Vm {
    /// The number a value of a builtin type is, if it is one.
    #[inline]
    pub(crate) fn number(&self, value: Value) -> Option<Number> {
        match value {
            Value::Int(int) => Some(Number::Int(int)),
            Value::Float(float) => Some(Number::Float(float)),
            Value::Bool(bool) => Some(Number::Bool(bool)),
            Value::BigInt(id) => Some(Number::Big(id)),
            _ => None,
        }
    }

    /// The int a value is, bools and instances of derived classes included.
    #[inline]
    pub(crate) fn int_ref(&self, value: Value) -> Option<IntRef<'_>> {
        match self.native_value(value) {
            Value::Int(int) => Some(IntRef::Small(int)),
            Value::Bool(bool) => Some(IntRef::Small(i64::from(bool))),
            Value::BigInt(id) => Some(IntRef::Big(&self.heap[id])),
            _ => None,
        }
    }

    /// An int of the text layer as a value.
    pub(crate) fn int_value(&mut self, int: text::Int) -> Value {
        match int {
            text::Int::Small(int) => Value::Int(int),
            text::Int::Big(big) => self.heap.int(big),
        }
    }

    /// An error of the text layer as an exception.
    #[cold]
    pub(crate) fn text_error(&mut self, error: TextError) -> Raise {
        let class = match error.kind {
            ErrorKind::Value => classes::VALUE_ERROR,
            ErrorKind::Type => classes::TYPE_ERROR,
            ErrorKind::Overflow if error.message.starts_with("(34,") => return self.out_of_range(),
            ErrorKind::Overflow => classes::OVERFLOW_ERROR,
            ErrorKind::ZeroDivision => classes::ZERO_DIVISION_ERROR,
            ErrorKind::Lookup => classes::LOOKUP_ERROR,
            ErrorKind::Memory => return Raise(self.new_exception_with(classes::MEMORY_ERROR, &[])),
        };
        self.raise(class, error.message)
    }

    #[cold]
    fn division_by_zero(&mut self, message: &str) -> Raise {
        self.raise(classes::ZERO_DIVISION_ERROR, message)
    }

    /// `NeedMemory` if a result of so many bytes does not fit.
    pub(crate) fn lacks_room(&self, bytes: usize) -> Option<Outcome> {
        (bytes > 1 << 16 && !self.heap.has_room(bytes)).then_some(Outcome::NeedMemory(bytes))
    }

    /// A binary operator on two numbers; None if numbers like these don't have it.
    pub(crate) fn arithmetic(
        &mut self,
        op: BinaryOp,
        a: Number,
        b: Number,
    ) -> Result<Option<Outcome>, Raise> {
        let (x, y) = match (a, b) {
            (Number::Int(x), Number::Int(y)) => (x, y),
            (Number::Float(x), Number::Float(y)) => return self.float_arithmetic(op, x, y),
            (Number::Bool(x), Number::Bool(y)) => match op {
                BinaryOp::And => return Ok(Some(Outcome::Value(Value::Bool(x & y)))),
                BinaryOp::Or => return Ok(Some(Outcome::Value(Value::Bool(x | y)))),
                BinaryOp::Xor => return Ok(Some(Outcome::Value(Value::Bool(x ^ y)))),
                _ => (i64::from(x), i64::from(y)),
            },
            (Number::Bool(x), Number::Int(y)) => (i64::from(x), y),
            (Number::Int(x), Number::Bool(y)) => (x, i64::from(y)),
            (Number::Float(_), _) | (_, Number::Float(_)) => {
                if !has_float(op) {
                    return Ok(None);
                }
                let x = self.float_of(a)?;
                let y = self.float_of(b)?;
                return self.float_arithmetic(op, x, y);
            }
            (Number::Big(_), _) | (_, Number::Big(_)) => return self.big_arithmetic(op, a, b),
        };
        let result = match op {
            BinaryOp::Add => x.checked_add(y),
            BinaryOp::Sub => x.checked_sub(y),
            BinaryOp::Mul => x.checked_mul(y),
            BinaryOp::And => Some(x & y),
            BinaryOp::Or => Some(x | y),
            BinaryOp::Xor => Some(x ^ y),
            BinaryOp::FloorDiv if y == 0 => {
                return Err(self.division_by_zero("integer division or modulo by zero"));
            }
            BinaryOp::Mod if y == 0 => return Err(self.division_by_zero("integer modulo by zero")),
            BinaryOp::FloorDiv => crate::vm::floor_div(x, y),
            BinaryOp::Mod => crate::vm::floor_mod(x, y),
            BinaryOp::Div => {
                if y == 0 {
                    return Err(self.division_by_zero("division by zero"));
                }
                if x.unsigned_abs() <= EXACT && y.unsigned_abs() <= EXACT {
                    return Ok(Some(Outcome::Value(Value::Float(x as f64 / y as f64))));
                }
                None
            }
            BinaryOp::LShift if (0..63).contains(&y) => {
                let shifted = x << y;
                (shifted >> y == x).then_some(shifted)
            }
            BinaryOp::RShift if y >= 0 => Some(x >> y.min(63)),
            BinaryOp::Pow if y >= 0 => u32::try_from(y).ok().and_then(|y| x.checked_pow(y)),
            BinaryOp::Pow => {
                let x = x as f64;
                return self.float_arithmetic(op, x, y as f64);
            }
            BinaryOp::LShift | BinaryOp::RShift => None,
            BinaryOp::MatMul => return Ok(None),
        };
        match result {
            Some(int) => Ok(Some(Outcome::Value(Value::Int(int)))),
            None => self.big_arithmetic(op, a, b),
        }
    }

    /// The float nearest to a number.
    pub(crate) fn float_of(&mut self, number: Number) -> Result<f64, Raise> {
        match number {
            Number::Float(float) => Ok(float),
            Number::Int(int) => Ok(int as f64),
            Number::Bool(bool) => Ok(f64::from(u8::from(bool))),
            Number::Big(id) => text::int_to_float(IntRef::Big(&self.heap[id]))
                .map_err(|error| self.text_error(error)),
        }
    }

    fn float_arithmetic(&mut self, op: BinaryOp, x: f64, y: f64) -> Result<Option<Outcome>, Raise> {
        let result = match op {
            BinaryOp::Add => Ok(x + y),
            BinaryOp::Sub => Ok(x - y),
            BinaryOp::Mul => Ok(x * y),
            BinaryOp::Div => text::float_divide(x, y),
            BinaryOp::FloorDiv => text::float_floor_div(x, y),
            BinaryOp::Mod => text::float_mod(x, y),
            BinaryOp::Pow => text::float_pow(x, y),
            BinaryOp::MatMul
            | BinaryOp::LShift
            | BinaryOp::RShift
            | BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Xor => return Ok(None),
        };
        match result {
            Ok(float) => Ok(Some(Outcome::Value(Value::Float(float)))),
            Err(error) => Err(self.text_error(error)),
        }
    }

    /// OverflowError as the C library words it.
    #[cold]
    pub(crate) fn out_of_range(&mut self) -> Raise {
        let message = self.heap.str("Numerical result out of range");
        Raise(self.new_exception_with(classes::OVERFLOW_ERROR, &[Value::Int(34), message]))
    }

    fn big(&self, number: Number) -> BigInt {
        match number {
            Number::Bool(bool) => BigInt::from(u8::from(bool)),
            Number::Int(int) => BigInt::from(int),
            Number::Big(id) => self.heap[id].clone(),
            Number::Float(_) => BigInt::zero(),
        }
    }

    /// An operator on ints of which one, or the result, does not fit a machine word.
    #[cold]
    fn big_arithmetic(
        &mut self,
        op: BinaryOp,
        a: Number,
        b: Number,
    ) -> Result<Option<Outcome>, Raise> {
        if let Some(result) = self.big_with_small(op, a, b) {
            return Ok(Some(Outcome::Value(self.heap.int(result))));
        }
        let x = self.big(a);
        let y = self.big(b);
        let result = match op {
            BinaryOp::Add => x + y,
            BinaryOp::Sub => x - y,
            BinaryOp::Mul => {
                if let Some(need) = self.lacks_room(((x.bits() + y.bits()) / 8) as usize) {
                    return Ok(Some(need));
                }
                x * y
            }
            BinaryOp::And => x & y,
            BinaryOp::Or => x | y,
            BinaryOp::Xor => x ^ y,
            BinaryOp::FloorDiv => {
                text::floor_div(&x, &y).map_err(|error| self.text_error(error))?
            }
            BinaryOp::Mod => text::modulo(&x, &y).map_err(|error| self.text_error(error))?,
            BinaryOp::Div => {
                let quotient = text::true_divide(&x, &y).map_err(|error| self.text_error(error))?;
                return Ok(Some(Outcome::Value(Value::Float(quotient))));
            }
            BinaryOp::Pow if y.is_negative() => {
                let x = self.float_of(a)?;
                let y = self.float_of(b)?;
                return self.float_arithmetic(op, x, y);
            }
            BinaryOp::Pow => {
                let exponent = y.to_u64().unwrap_or(u64::MAX);
                let bits = text::pow_bits(&x, exponent);
                if let Some(need) = self.lacks_room((bits / 8) as usize) {
                    return Ok(Some(need));
                }
                text::pow(&x, exponent).map_err(|error| self.text_error(error))?
            }
            BinaryOp::LShift => {
                let count = y.to_u64();
                if y.is_negative() {
                    return Err(self.value_error("negative shift count"));
                }
                if count.is_none() && !x.is_zero() {
                    return Err(self.raise(classes::OVERFLOW_ERROR, "too many digits in integer"));
                }
                let bits = text::shift_left_bits(&x, count.unwrap_or(0));
                if let Some(need) = self.lacks_room((bits / 8) as usize) {
                    return Ok(Some(need));
                }
                text::shift_left(&x, IntRef::Big(&y)).map_err(|error| self.text_error(error))?
            }
            BinaryOp::RShift => {
                text::shift_right(&x, IntRef::Big(&y)).map_err(|error| self.text_error(error))?
            }
            BinaryOp::MatMul => return Ok(None),
        };
        Ok(Some(Outcome::Value(self.heap.int(result))))
    }

    /// A big int and one of a machine word, without copies of them; None for other operators and others.
    fn big_with_small(&self, op: BinaryOp, a: Number, b: Number) -> Option<BigInt> {
        match (op, a, b) {
            (BinaryOp::Add, Number::Big(big), Number::Int(small))
            | (BinaryOp::Add, Number::Int(small), Number::Big(big)) => {
                Some(&self.heap[big] + small)
            }
            (BinaryOp::Sub, Number::Big(big), Number::Int(small)) => Some(&self.heap[big] - small),
            (BinaryOp::Mul, Number::Big(big), Number::Int(small))
            | (BinaryOp::Mul, Number::Int(small), Number::Big(big))
                if self.heap[big].bits() < WIDE =>
            {
                Some(&self.heap[big] * small)
            }
            (BinaryOp::Add, Number::Big(x), Number::Big(y)) => Some(&self.heap[x] + &self.heap[y]),
            (BinaryOp::Sub, Number::Big(x), Number::Big(y)) => Some(&self.heap[x] - &self.heap[y]),
            _ => None,
        }
    }

    /// A unary operator on a number; None for `~` of a float.
    pub(crate) fn number_unary(&mut self, op: UnaryOp, number: Number) -> Option<Value> {
        let number = match number {
            Number::Bool(bool) => Number::Int(i64::from(bool)),
            other => other,
        };
        Some(match (op, number) {
            (UnaryOp::Not, _) => return None,
            (UnaryOp::Pos, Number::Big(id)) => Value::BigInt(id),
            (UnaryOp::Pos, Number::Float(float)) => Value::Float(float),
            (UnaryOp::Pos, Number::Int(int)) => Value::Int(int),
            (UnaryOp::Neg, Number::Float(float)) => Value::Float(-float),
            (UnaryOp::Neg, Number::Int(int)) => match int.checked_neg() {
                Some(int) => Value::Int(int),
                None => self.heap.int(-BigInt::from(int)),
            },
            (UnaryOp::Neg, Number::Big(id)) => {
                let negated = -&self.heap[id];
                self.heap.int(negated)
            }
            (UnaryOp::Invert, Number::Int(int)) => Value::Int(!int),
            (UnaryOp::Invert, Number::Big(id)) => {
                let inverted = !&self.heap[id];
                self.heap.int(inverted)
            }
            (UnaryOp::Invert, Number::Float(_)) => return None,
            (_, Number::Bool(_)) => return None,
        })
    }
}

/// Do floats have the operator?
fn has_float(op: BinaryOp) -> bool {
    match op {
        BinaryOp::Add
        | BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::FloorDiv
        | BinaryOp::Mod
        | BinaryOp::Pow => true,
        BinaryOp::MatMul
        | BinaryOp::LShift
        | BinaryOp::RShift
        | BinaryOp::And
        | BinaryOp::Or
        | BinaryOp::Xor => false,
    }
}
