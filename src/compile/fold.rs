//! Constant folding: the operators on literals whose result is certain, small and the same on every machine.

use crate::bytecode::Constant;
use crate::syntax::ast::{self, BinaryOp, UnaryOp};
use ast::ExprKind as E;
use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

/// No folded integer is longer, as in CPython.
const MAX_INT_BITS: u64 = 128;

/// No folded repetition of a string is longer, as in CPython.
const MAX_STR: usize = 4096;

/// No folded repetition of a tuple is longer, as in CPython.
const MAX_TUPLE: usize = 256;

/// Integers up to this size are floats exactly.
const EXACT: i64 = 1 << 53;

/// The value of an expression, if it is constant.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all other expressions have no value before they run"
)]
pub(super) fn fold(expr: &ast::Expr) -> Option<Constant> {
    match &expr.kind {
        E::Constant(constant) => Some(literal(constant)),
        E::Name(name) if &**name == "__debug__" => Some(Constant::Bool(true)),
        E::Tuple(items) => Some(Constant::Tuple(fold_all(items)?)),
        E::Unary { op, operand } => unary(*op, fold(operand)?),
        E::Binary { .. } => chain(expr),
        _ => None,
    }
}

/// The values of expressions that are all constant.
pub(super) fn fold_all(items: &[ast::Expr]) -> Option<Vec<Constant>> {
    items.iter().map(fold).collect()
}

/// Binary operators lean to the left in long chains: from the innermost outwards.
fn chain(expr: &ast::Expr) -> Option<Constant> {
    let mut pending = Vec::new();
    let mut leaf = expr;
    while let E::Binary { op, left, right } = &leaf.kind {
        pending.push((*op, &**right));
        leaf = left;
    }
    let mut value = fold(leaf)?;
    for (op, right) in pending.into_iter().rev() {
        value = binary(op, &value, &fold(right)?)?;
    }
    Some(value)
}

/// A literal of the tree as a constant of the code.
pub(super) fn literal(constant: &ast::Constant) -> Constant {
    match constant {
        ast::Constant::None => Constant::None,
        ast::Constant::Ellipsis => Constant::Ellipsis,
        ast::Constant::Bool(value) => Constant::Bool(*value),
        ast::Constant::Int(value) => Constant::Int(*value),
        ast::Constant::BigInt(value) => Constant::BigInt(value.clone()),
        ast::Constant::Float(value) => Constant::Float(*value),
        ast::Constant::Str(text) => Constant::Str(text.clone()),
        ast::Constant::Bytes(bytes) => Constant::Bytes(bytes.clone()),
    }
}

/// `bool(constant)`
pub(super) fn truth(constant: &Constant) -> bool {
    match constant {
        Constant::None => false,
        Constant::Ellipsis => true,
        Constant::Bool(value) => *value,
        Constant::Int(value) => *value != 0,
        Constant::BigInt(value) => !value.is_zero(),
        Constant::Float(value) => *value != 0.0,
        Constant::Str(text) => !text.is_empty(),
        Constant::Bytes(bytes) => !bytes.is_empty(),
        Constant::Tuple(items) | Constant::FrozenSet(items) => !items.is_empty(),
    }
}

fn integer(constant: &Constant) -> Option<BigInt> {
    match constant {
        Constant::Int(value) => Some(BigInt::from(*value)),
        Constant::BigInt(value) => Some(value.clone()),
        Constant::None
        | Constant::Ellipsis
        | Constant::Bool(_)
        | Constant::Float(_)
        | Constant::Str(_)
        | Constant::Bytes(_)
        | Constant::Tuple(_)
        | Constant::FrozenSet(_) => None,
    }
}

fn from_integer(value: BigInt) -> Option<Constant> {
    if value.bits() > MAX_INT_BITS {
        return None;
    }
    Some(match value.to_i64() {
        Some(small) => Constant::Int(small),
        None => Constant::BigInt(value),
    })
}

fn unary(op: UnaryOp, operand: Constant) -> Option<Constant> {
    if op == UnaryOp::Not {
        return Some(Constant::Bool(!truth(&operand)));
    }
    if let Constant::Float(value) = operand {
        return match op {
            UnaryOp::Neg => Some(Constant::Float(-value)),
            UnaryOp::Pos => Some(Constant::Float(value)),
            UnaryOp::Invert | UnaryOp::Not => None,
        };
    }
    let value = integer(&operand)?;
    match op {
        UnaryOp::Neg => from_integer(-value),
        UnaryOp::Pos => Some(operand),
        UnaryOp::Invert => from_integer(!value),
        UnaryOp::Not => None,
    }
}

fn binary(op: BinaryOp, left: &Constant, right: &Constant) -> Option<Constant> {
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        return integers(op, left, right);
    }
    if let (Some(left), Some(right)) = (float(left), float(right)) {
        return match op {
            BinaryOp::Add => Some(Constant::Float(left + right)),
            BinaryOp::Sub => Some(Constant::Float(left - right)),
            BinaryOp::Mul => Some(Constant::Float(left * right)),
            BinaryOp::Div if right != 0.0 => Some(Constant::Float(left / right)),
            BinaryOp::Div
            | BinaryOp::MatMul
            | BinaryOp::FloorDiv
            | BinaryOp::Mod
            | BinaryOp::Pow
            | BinaryOp::LShift
            | BinaryOp::RShift
            | BinaryOp::And
            | BinaryOp::Or
            | BinaryOp::Xor => None,
        };
    }
    sequences(op, left, right)
}

/// A float, or an integer next to one.
fn float(constant: &Constant) -> Option<f64> {
    match constant {
        Constant::Float(value) => Some(*value),
        Constant::Int(value) if value.abs() <= EXACT => Some(*value as f64),
        Constant::Int(_)
        | Constant::None
        | Constant::Ellipsis
        | Constant::Bool(_)
        | Constant::BigInt(_)
        | Constant::Str(_)
        | Constant::Bytes(_)
        | Constant::Tuple(_)
        | Constant::FrozenSet(_) => None,
    }
}

fn integers(op: BinaryOp, left: BigInt, right: BigInt) -> Option<Constant> {
    use num_integer::Integer;
    let bits = left.bits() + right.bits();
    match op {
        BinaryOp::Add => from_integer(left + right),
        BinaryOp::Sub => from_integer(left - right),
        BinaryOp::Mul if bits <= MAX_INT_BITS => from_integer(left * right),
        BinaryOp::FloorDiv if !right.is_zero() => from_integer(left.div_floor(&right)),
        BinaryOp::Mod if !right.is_zero() => from_integer(left.mod_floor(&right)),
        BinaryOp::Div => {
            let (left, right) = (left.to_i64()?, right.to_i64()?);
            let exact = left.abs() <= EXACT && right.abs() <= EXACT && right != 0;
            exact.then(|| Constant::Float(left as f64 / right as f64))
        }
        BinaryOp::Pow => {
            let exponent = right.to_u32()?;
            let fits = left.bits().saturating_mul(u64::from(exponent)) <= MAX_INT_BITS;
            fits.then(|| from_integer(left.pow(exponent)))?
        }
        BinaryOp::LShift => {
            let shift = right.to_u64()?;
            let fits = left.bits().saturating_add(shift) <= MAX_INT_BITS;
            fits.then(|| from_integer(left << shift))?
        }
        BinaryOp::RShift => {
            let shift = right.to_u64()?;
            from_integer(left >> shift)
        }
        BinaryOp::And => from_integer(left & right),
        BinaryOp::Or => from_integer(left | right),
        BinaryOp::Xor => from_integer(left ^ right),
        BinaryOp::Mul | BinaryOp::FloorDiv | BinaryOp::Mod | BinaryOp::MatMul => None,
    }
}

fn sequences(op: BinaryOp, left: &Constant, right: &Constant) -> Option<Constant> {
    match (op, left, right) {
        (BinaryOp::Add, Constant::Str(left), Constant::Str(right)) => {
            let joined = format!("{left}{right}");
            (joined.len() <= MAX_STR).then(|| Constant::Str(joined.into()))
        }
        (BinaryOp::Add, Constant::Tuple(left), Constant::Tuple(right)) => {
            let joined = [left.as_slice(), right].concat();
            (joined.len() <= MAX_TUPLE).then_some(Constant::Tuple(joined))
        }
        (BinaryOp::Mul, sequence, Constant::Int(count))
        | (BinaryOp::Mul, Constant::Int(count), sequence) => {
            let count = usize::try_from(*count).unwrap_or(0);
            match sequence {
                Constant::Str(text) if text.len().saturating_mul(count) <= MAX_STR => {
                    Some(Constant::Str(text.repeat(count).into()))
                }
                Constant::Tuple(items) if items.len().saturating_mul(count) <= MAX_TUPLE => {
                    let repeated = items.iter().cycle().take(items.len() * count);
                    Some(Constant::Tuple(repeated.cloned().collect()))
                }
                Constant::Str(_)
                | Constant::Tuple(_)
                | Constant::None
                | Constant::Ellipsis
                | Constant::Bool(_)
                | Constant::Int(_)
                | Constant::BigInt(_)
                | Constant::Float(_)
                | Constant::Bytes(_)
                | Constant::FrozenSet(_) => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> Constant {
        Constant::Int(value)
    }

    #[test]
    fn integers_fold_as_python_computes_them() {
        let fold = |op, left, right| binary(op, &int(left), &int(right));
        assert_eq!(fold(BinaryOp::FloorDiv, -7, 2), Some(int(-4)));
        assert_eq!(fold(BinaryOp::Mod, -7, 2), Some(int(1)));
        assert_eq!(fold(BinaryOp::Div, 1, 2), Some(Constant::Float(0.5)));
        assert_eq!(fold(BinaryOp::Div, 1, 0), None);
        assert_eq!(fold(BinaryOp::Pow, 2, 10), Some(int(1024)));
        assert_eq!(fold(BinaryOp::Pow, 2, -1), None);
        assert_eq!(fold(BinaryOp::Pow, 10, 1000), None);
        assert_eq!(
            fold(BinaryOp::Add, i64::MAX, 1),
            Some(Constant::BigInt(BigInt::from(i64::MAX) + 1))
        );
        assert_eq!(fold(BinaryOp::RShift, -5, 1), Some(int(-3)));
    }

    #[test]
    fn strings_fold_up_to_a_limit() {
        let dash = Constant::Str("-".into());
        assert_eq!(
            binary(BinaryOp::Mul, &dash, &int(3)),
            Some(Constant::Str("---".into()))
        );
        assert_eq!(binary(BinaryOp::Mul, &dash, &int(5000)), None);
        assert_eq!(
            binary(BinaryOp::Mul, &dash, &int(-1)),
            Some(Constant::Str("".into()))
        );
    }
}
