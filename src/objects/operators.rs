//! The operators on values of all types, and the protocol of special methods behind them. Arithmetic itself is in
//! `arithmetic.rs`; what a list, tuple, set or dict does with an operator is in the files of those kinds.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::NativeBase;
use crate::heap::{Id, Value};
use crate::objects::Str;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::vm::{NativeResult, Outcome, Raise, Vm, classes, names, ok};

/// What an operator is called.
pub(crate) struct OperatorNames {
    /// As in source.
    pub(crate) symbol: &'static str,
    /// The method of the left operand.
    pub(crate) forward: Id<Str>,
    /// The method of the right operand.
    pub(crate) reflected: Id<Str>,
    /// The method of the left operand for an augmented assignment.
    pub(crate) in_place: Id<Str>,
}

/// What an operator is called.
pub(crate) const fn operator_names(op: BinaryOp) -> OperatorNames {
    let (symbol, forward, reflected, in_place) = match op {
        BinaryOp::Add => ("+", names::ADD, names::RADD, names::IADD),
        BinaryOp::Sub => ("-", names::SUB, names::RSUB, names::ISUB),
        BinaryOp::Mul => ("*", names::MUL, names::RMUL, names::IMUL),
        BinaryOp::MatMul => ("@", names::MATMUL, names::RMATMUL, names::IMATMUL),
        BinaryOp::Div => ("/", names::TRUEDIV, names::RTRUEDIV, names::ITRUEDIV),
        BinaryOp::FloorDiv => ("//", names::FLOORDIV, names::RFLOORDIV, names::IFLOORDIV),
        BinaryOp::Mod => ("%", names::MOD, names::RMOD, names::IMOD),
        BinaryOp::Pow => ("** or pow()", names::POW, names::RPOW, names::IPOW),
        BinaryOp::LShift => ("<<", names::LSHIFT, names::RLSHIFT, names::ILSHIFT),
        BinaryOp::RShift => (">>", names::RSHIFT, names::RRSHIFT, names::IRSHIFT),
        BinaryOp::And => ("&", names::AND, names::RAND, names::IAND),
        BinaryOp::Or => ("|", names::OR, names::ROR, names::IOR),
        BinaryOp::Xor => ("^", names::XOR, names::RXOR, names::IXOR),
    };
    OperatorNames {
        symbol,
        forward,
        reflected,
        in_place,
    }
}

/// All binary operators: prelude code names one by its place here.
pub(crate) const BINARY_OPERATORS: [BinaryOp; 13] = [
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
    BinaryOp::MatMul,
    BinaryOp::Div,
    BinaryOp::FloorDiv,
    BinaryOp::Mod,
    BinaryOp::Pow,
    BinaryOp::LShift,
    BinaryOp::RShift,
    BinaryOp::And,
    BinaryOp::Or,
    BinaryOp::Xor,
];

/// The place of an operator among them.
fn operator_code(op: BinaryOp) -> Value {
    let place = BINARY_OPERATORS.iter().position(|&other| other == op);
    Value::Int(place.unwrap_or(0) as i64)
}

/// What an operand contributes to an operator.
#[derive(Clone, Copy)]
enum Candidate {
    /// This function of a script class.
    Script(Value),
    /// What the builtin type of the operand, or of its native part, does.
    Native,
    /// Nothing.
    Missing,
}

impl Vm {
    /// `a op b`, or `a op= b`.
    pub(crate) fn binary(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> NativeResult {
        if let (Value::Str(x), Value::Str(y)) = (a, b)
            && op == BinaryOp::Add
        {
            return self.concat_strs(x, y);
        }
        if matches!(a, Value::Instance(_)) || matches!(b, Value::Instance(_)) {
            return self.binary_protocol(op, a, b, in_place);
        }
        match self.binary_native(op, a, b, in_place)? {
            Some(outcome) => Ok(outcome),
            None => self.unsupported(op, a, b, in_place),
        }
    }

    /// The operator on values of builtin types; None if these don't have it.
    pub(crate) fn binary_native(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> Result<Option<Outcome>, Raise> {
        if let Some(x) = self.number(a) {
            if let Some(y) = self.number(b) {
                return self.arithmetic(op, x, y);
            }
            if op == BinaryOp::Mul && is_sequence(b) {
                return self.repeat(b, a, false).map(Some);
            }
            return Ok(None);
        }
        match op {
            BinaryOp::Add => match a {
                Value::Str(x) => match b {
                    Value::Str(y) => self.concat_strs(x, y).map(Some),
                    _ => Err(self.cannot_concatenate("str", b)),
                },
                Value::Bytes(_) | Value::ByteArray(_) => {
                    self.concat_bytes(a, b, in_place).map(Some)
                }
                Value::List(_) | Value::Tuple(_) => self.sequence_concat(a, b, in_place).map(Some),
                _ => Ok(None),
            },
            BinaryOp::Mul => {
                if is_sequence(a) {
                    self.repeat(a, b, in_place).map(Some)
                } else if is_sequence(b) && !(in_place && is_plain_container(a)) {
                    self.repeat(b, a, false).map(Some)
                } else {
                    Ok(None)
                }
            }
            BinaryOp::Mod => match a {
                Value::Str(_) => self.percent_format(a, b).map(Some),
                Value::Bytes(_) | Value::ByteArray(_) => self.percent_bytes(a, b).map(Some),
                _ => Ok(None),
            },
            BinaryOp::Or | BinaryOp::And | BinaryOp::Sub | BinaryOp::Xor => {
                if in_place && op == BinaryOp::Or && matches!(a, Value::Dict(_)) {
                    self.dict_union(a, b, in_place)
                } else if is_set(a) || is_set(b) {
                    self.set_binary(op, a, b, in_place)
                } else if op != BinaryOp::Or {
                    Ok(None)
                } else if matches!(a, Value::Dict(_)) || matches!(b, Value::Dict(_)) {
                    self.dict_union(a, b, in_place)
                } else if is_type(a) && (is_type(b) || b.is_none()) || a.is_none() && is_type(b) {
                    self.call_prelude("_union", &[a, b]).map(Some)
                } else {
                    Ok(None)
                }
            }
            BinaryOp::MatMul
            | BinaryOp::Div
            | BinaryOp::FloorDiv
            | BinaryOp::Pow
            | BinaryOp::LShift
            | BinaryOp::RShift => Ok(None),
        }
    }

    /// The operator when an operand is an instance: CPython's order of asking.
    fn binary_protocol(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> NativeResult {
        let operator = operator_names(op);
        let code = operator_code(op);
        if in_place && let Candidate::Script(function) = self.candidate(a, operator.in_place) {
            return self.call_prelude("_operate_in_place", &[function, a, b, code]);
        }
        self.binary_methods(op, a, b, in_place)
    }

    /// `a op= b` when `a` has an in-place method that did not want to.
    pub(crate) fn binary_after_in_place(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
    ) -> NativeResult {
        self.binary_methods(op, a, b, true)
    }

    /// `a op b` when the method of `a` did not want to.
    pub(crate) fn binary_declined(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> NativeResult {
        if self.class_of(a) != self.class_of(b) {
            match self.candidate(b, operator_names(op).reflected) {
                Candidate::Script(function) => {
                    let (code, in_place) = (operator_code(op), Value::Bool(in_place));
                    let natively = Value::Bool(false);
                    let args = [function, a, b, Value::None, natively, code, in_place];
                    return self.call_prelude("_operate_reflected", &args);
                }
                // A right operand of a builtin type, or derived from one, may still know how: `Decimal() + 1` does not.
                Candidate::Native if self.native_value(a) != a => {
                    if let Some(outcome) = self.binary_unwrapped(op, a, b, in_place)? {
                        return Ok(outcome);
                    }
                }
                Candidate::Native | Candidate::Missing => {}
            }
        }
        self.unsupported(op, a, b, in_place)
    }

    fn binary_methods(&mut self, op: BinaryOp, a: Value, b: Value, in_place: bool) -> NativeResult {
        let operator = operator_names(op);
        let code = operator_code(op);
        let first = self.candidate(a, operator.forward);
        let second = if self.class_of(a) == self.class_of(b) {
            Candidate::Missing
        } else {
            self.candidate(b, operator.reflected)
        };
        if let Candidate::Script(function) = second {
            let overrides = || {
                self.reflected_first(a, b)
                    && self.class_attribute(self.class_of(a), operator.reflected) != Some(function)
            };
            // Concatenation and repetition of builtin sequences come after all numeric methods.
            let sequence = matches!(op, BinaryOp::Add | BinaryOp::Mul)
                && matches!(first, Candidate::Native)
                && is_sequence(self.native_value(a));
            if overrides() || sequence {
                let then = match first {
                    Candidate::Script(function) => function,
                    Candidate::Native | Candidate::Missing => Value::None,
                };
                let native_then = Value::Bool(matches!(first, Candidate::Native));
                let in_place = Value::Bool(in_place);
                return self.call_prelude(
                    "_operate_reflected",
                    &[function, a, b, then, native_then, code, in_place],
                );
            }
        }
        match first {
            Candidate::Script(function) => {
                let then = match second {
                    Candidate::Script(function) => function,
                    Candidate::Native | Candidate::Missing => Value::None,
                };
                // A right operand of a builtin type, or derived from one, may still know how: `Decimal() + 1` does not.
                let native_then =
                    Value::Bool(matches!(second, Candidate::Native) && self.native_value(a) != a);
                let in_place = Value::Bool(in_place);
                self.call_prelude(
                    "_operate",
                    &[function, a, b, then, native_then, code, in_place],
                )
            }
            Candidate::Native | Candidate::Missing => {
                let known =
                    if matches!(first, Candidate::Native) || matches!(second, Candidate::Native) {
                        self.binary_unwrapped(op, a, b, in_place)?
                    } else {
                        None
                    };
                if let Some(outcome) = known {
                    return Ok(outcome);
                }
                if let Candidate::Script(function) = second {
                    let args = [
                        function,
                        a,
                        b,
                        Value::None,
                        Value::Bool(false),
                        code,
                        Value::Bool(in_place),
                    ];
                    return self.call_prelude("_operate_reflected", &args);
                }
                self.unsupported(op, a, b, in_place)
            }
        }
    }

    /// The operator on the native parts of the operands.
    pub(crate) fn binary_unwrapped(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> Result<Option<Outcome>, Raise> {
        let inner = self.native_value(a);
        // Formatting shows the operand itself, and a repetition count may have an `__index__`.
        let other = match inner {
            Value::Str(_) | Value::Bytes(_) | Value::ByteArray(_) if op == BinaryOp::Mod => b,
            _ => self.native_value(b),
        };
        let outcome = self.binary_native(op, inner, other, in_place)?;
        let mutable = matches!(
            inner,
            Value::List(_) | Value::Set(_) | Value::Dict(_) | Value::ByteArray(_)
        );
        if !(in_place && mutable && inner != a) {
            return Ok(outcome);
        }
        // `+=` on an instance of a class derived from list changes its list and gives the instance.
        Ok(match outcome {
            Some(Outcome::Value(value)) if value == inner => Some(Outcome::Value(a)),
            Some(Outcome::Call(request)) => {
                let mut args = vec![a, request.callee];
                args.extend_from_slice(&request.args);
                let items = self.heap.tuple(&args[2..]);
                Some(self.call_prelude("_call_and_return", &[a, request.callee, items])?)
            }
            other => other,
        })
    }

    fn candidate(&mut self, value: Value, name: Id<Str>) -> Candidate {
        let Value::Instance(id) = value else {
            return Candidate::Native;
        };
        match self.class_attribute(self.heap[id].class, name) {
            Some(Value::Native(_)) => Candidate::Native,
            None => {
                if matches!(self.heap[self.heap[id].class].base, NativeBase::Value(_)) {
                    Candidate::Native
                } else {
                    Candidate::Missing
                }
            }
            Some(method) => Candidate::Script(self.unbound_special(method)),
        }
    }

    /// TypeError: no such operator for these operands.
    #[cold]
    pub(crate) fn unsupported(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> NativeResult {
        let a_native = self.native_value(a);
        if op == BinaryOp::Add {
            match a_native {
                Value::Str(_) => return Err(self.cannot_concatenate("str", b)),
                Value::List(_) => return Err(self.cannot_concatenate("list", b)),
                Value::Tuple(_) => return Err(self.cannot_concatenate("tuple", b)),
                Value::Bytes(_) | Value::ByteArray(_) => {
                    let message = format!(
                        "can't concat {} to {}",
                        self.type_name(b),
                        self.type_name(a)
                    );
                    return self.fail_type(message);
                }
                _ => {}
            }
        }
        // In place, CPython asks the right operand to be repeated only if the left one is no container at all.
        let only_left = in_place && is_plain_container(a_native);
        if op == BinaryOp::Mul && !only_left {
            let b_native = self.native_value(b);
            if is_sequence(a_native) {
                return Err(self.cannot_repeat(b));
            }
            if is_sequence(b_native) {
                return Err(self.cannot_repeat(a));
            }
        }
        let symbol = match (op, in_place) {
            (BinaryOp::Pow, true) => "**=".to_owned(),
            (_, true) => format!("{}=", operator_names(op).symbol),
            (_, false) => operator_names(op).symbol.to_owned(),
        };
        let message = format!(
            "unsupported operand type(s) for {symbol}: '{}' and '{}'",
            self.type_name(a),
            self.type_name(b)
        );
        self.fail_type(message)
    }

    #[cold]
    fn cannot_concatenate(&mut self, to: &str, what: Value) -> Raise {
        let message = format!(
            "can only concatenate {to} (not \"{}\") to {to}",
            self.type_name(what)
        );
        self.type_error(message)
    }

    #[cold]
    pub(crate) fn cannot_repeat(&mut self, count: Value) -> Raise {
        let message = format!(
            "can't multiply sequence by non-int of type '{}'",
            self.type_name(count)
        );
        self.type_error(message)
    }

    /// `sequence * count`
    fn repeat(&mut self, sequence: Value, count: Value, in_place: bool) -> NativeResult {
        let times = match count {
            Value::Int(times) => times,
            Value::Bool(times) => i64::from(times),
            Value::BigInt(_) => {
                let message = "cannot fit 'int' into an index-sized integer";
                return Err(self.raise(classes::OVERFLOW_ERROR, message));
            }
            Value::Instance(id) => {
                return match self.class_attribute(self.heap[id].class, names::INDEX) {
                    Some(_) => {
                        let in_place = Value::Bool(in_place);
                        self.call_prelude("_repeat_index", &[sequence, count, in_place])
                    }
                    None => Err(self.cannot_repeat(count)),
                };
            }
            _ => return Err(self.cannot_repeat(count)),
        };
        let times = times.max(0) as usize;
        match sequence {
            Value::Str(id) => self.repeat_str(id, times),
            Value::Bytes(_) | Value::ByteArray(_) => self.repeat_bytes(sequence, times, in_place),
            _ => self.sequence_repeat(sequence, times, in_place),
        }
    }

    /// `-a`, `+a`, `~a`
    pub(crate) fn unary(&mut self, op: UnaryOp, a: Value) -> NativeResult {
        if let Some(x) = self.number(a)
            && let Some(result) = self.number_unary(op, x)
        {
            return ok(result);
        }
        let (name, symbol) = match op {
            UnaryOp::Neg => (names::NEG, "-"),
            UnaryOp::Pos => (names::POS, "+"),
            UnaryOp::Invert | UnaryOp::Not => (names::INVERT, "~"),
        };
        if let Value::Instance(id) = a {
            match self.class_attribute(self.heap[id].class, name) {
                Some(Value::Native(_)) => return self.unary(op, self.native_value(a)),
                Some(method) => return self.call_class_attribute(method, a, &[]),
                None if self.native_value(a) != a => return self.unary(op, self.native_value(a)),
                None => {}
            }
        }
        let message = format!(
            "bad operand type for unary {symbol}: '{}'",
            self.type_name(a)
        );
        self.fail_type(message)
    }
}

fn is_sequence(value: Value) -> bool {
    matches!(
        value,
        Value::Str(_) | Value::Bytes(_) | Value::ByteArray(_) | Value::List(_) | Value::Tuple(_)
    )
}

fn is_set(value: Value) -> bool {
    matches!(
        value,
        Value::Set(_) | Value::FrozenSet(_) | Value::DictView(_)
    )
}

/// Can it be a member of a union: `int | None`?
fn is_type(value: Value) -> bool {
    matches!(value, Value::Class(_) | Value::GenericAlias(_))
}

/// A container that is no sequence to be repeated.
fn is_plain_container(value: Value) -> bool {
    matches!(
        value,
        Value::Set(_) | Value::FrozenSet(_) | Value::Dict(_) | Value::DictView(_) | Value::Range(_)
    )
}
