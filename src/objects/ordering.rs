//! `<`, `<=`, `>` and `>=`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{NativeBase, Set, Str};
use crate::heap::{Id, Value};
use crate::syntax::ast::CompareOp;
use crate::text::{IntRef, compare_float_int, surrogates};
use crate::vm::{NativeResult, Vm, names, ok};
use num_bigint::{BigInt, Sign};
use std::cmp::Ordering;

/// What can be said about the order of two values without script code.
enum Verdict {
    Known(bool),
    /// An order of these two is not defined: the operands, or items inside them.
    Unsupported(Value, Value),
    Script,
}

/// The methods that the left and the right operand may have for an order.
fn order_methods(op: CompareOp) -> (Id<Str>, Id<Str>) {
    match op {
        CompareOp::Lt => (names::LT, names::GT),
        CompareOp::Le => (names::LE, names::GE),
        CompareOp::Gt => (names::GT, names::LT),
        _ => (names::GE, names::LE),
    }
}

impl Vm {
    /// The order of two numbers: None if one of them isn't a number, `Some(None)` if one is not a number at all.
    #[inline]
    pub(crate) fn compare_numbers(&self, a: Value, b: Value) -> Option<Option<Ordering>> {
        let (a, b) = (as_number(a)?, as_number(b)?);
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => Some(Some(a.cmp(&b))),
            (Value::Float(a), Value::Float(b)) => Some(a.partial_cmp(&b)),
            _ => Some(self.compare_mixed(a, b)),
        }
    }

    fn compare_mixed(&self, a: Value, b: Value) -> Option<Ordering> {
        let big_sign = |id: Id<BigInt>| {
            if self.heap[id].sign() == Sign::Minus {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        };
        match (a, b) {
            (Value::BigInt(a), Value::BigInt(b)) => Some(self.heap[a].cmp(&self.heap[b])),
            (Value::BigInt(a), Value::Int(_)) => Some(big_sign(a)),
            (Value::Int(_), Value::BigInt(b)) => Some(big_sign(b).reverse()),
            (Value::Float(a), Value::Int(b)) => compare_float_int(a, IntRef::Small(b)),
            (Value::Float(a), Value::BigInt(b)) => compare_float_int(a, IntRef::Big(&self.heap[b])),
            (_, Value::Float(_)) => self.compare_mixed(b, a).map(Ordering::reverse),
            _ => None,
        }
    }

    /// The order of two strs.
    #[inline]
    pub(crate) fn compare_strs(&self, a: Id<Str>, b: Id<Str>) -> Ordering {
        let (x, y) = (self.heap.text(a), self.heap.text(b));
        if self.heap[a].ascii() || self.heap[b].ascii() {
            x.cmp(y)
        } else {
            surrogates::compare(x, y)
        }
    }

    /// `a < b`; None when script code or a TypeError is needed.
    #[inline]
    pub(crate) fn less(&self, a: Value, b: Value) -> Option<bool> {
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => Some(a < b),
            (Value::Float(a), Value::Float(b)) => Some(a < b),
            (Value::Str(a), Value::Str(b)) => Some(self.compare_strs(a, b).is_lt()),
            (Value::Tuple(x), Value::Tuple(y))
                if let Some(less) = self.less_tuples(&self.heap[x].items, &self.heap[y].items) =>
            {
                Some(less)
            }
            _ => self.ordered(CompareOp::Lt, a, b),
        }
    }

    /// `a < b`, `a <= b` and so on; None when script code or a TypeError is needed.
    pub(crate) fn ordered(&self, op: CompareOp, a: Value, b: Value) -> Option<bool> {
        match self.order_verdict(op, a, b) {
            Verdict::Known(truth) => Some(truth),
            Verdict::Unsupported(..) | Verdict::Script => None,
        }
    }

    /// `<` of tuples, when ints and strs decide.
    fn less_tuples(&self, a: &[Value], b: &[Value]) -> Option<bool> {
        for (a, b) in a.iter().zip(b) {
            match (a, b) {
                (Value::Int(a), Value::Int(b)) if a == b => {}
                (Value::Int(a), Value::Int(b)) => return Some(a < b),
                (Value::Str(a), Value::Str(b)) => match self.compare_strs(*a, *b) {
                    Ordering::Equal => {}
                    order => return Some(order.is_lt()),
                },
                _ => return None,
            }
        }
        Some(a.len() < b.len())
    }

    /// The value whose native order counts, or None if a script's method could decide.
    fn plain_for_order(&self, value: Value) -> Option<Value> {
        let Value::Instance(id) = value else {
            return Some(value);
        };
        let class = self.heap[id].class;
        let NativeBase::Value(base) = self.heap[class].base else {
            return None;
        };
        // A class between this one and the native one may define an order.
        let overridden = [names::LT, names::LE, names::GT, names::GE, names::EQ]
            .into_iter()
            .any(|name| self.class_attribute(class, name) != self.class_attribute(base, name));
        if overridden {
            None
        } else {
            Some(self.heap[id].slots[0])
        }
    }

    fn order_verdict(&self, op: CompareOp, mut a: Value, mut b: Value) -> Verdict {
        loop {
            let (Some(x), Some(y)) = (self.plain_for_order(a), self.plain_for_order(b)) else {
                return Verdict::Script;
            };
            if let Some(order) = self.compare_numbers(x, y) {
                return Verdict::Known(order.is_some_and(|order| holds(op, order)));
            }
            let parts;
            let (items_x, items_y) = match (x, y) {
                (Value::Slice(x), Value::Slice(y)) => {
                    parts = [x, y].map(|id| {
                        let slice = self.heap[id];
                        [slice.start, slice.stop, slice.step]
                    });
                    (&parts[0][..], &parts[1][..])
                }
                (Value::Str(x), Value::Str(y)) => {
                    return Verdict::Known(holds(op, self.compare_strs(x, y)));
                }
                (Value::Bytes(x) | Value::ByteArray(x), Value::Bytes(y) | Value::ByteArray(y)) => {
                    return Verdict::Known(holds(op, self.heap[x].data.cmp(&self.heap[y].data)));
                }
                (Value::Set(x) | Value::FrozenSet(x), Value::Set(y) | Value::FrozenSet(y)) => {
                    return self.order_sets(op, x, y);
                }
                (Value::DictView(_), Value::DictView(_) | Value::Set(_) | Value::FrozenSet(_))
                | (Value::Set(_) | Value::FrozenSet(_), Value::DictView(_)) => {
                    return Verdict::Script;
                }
                (Value::List(x), Value::List(y)) => {
                    (&self.heap[x].items[..], &self.heap[y].items[..])
                }
                (Value::Tuple(x), Value::Tuple(y)) => {
                    (&self.heap[x].items[..], &self.heap[y].items[..])
                }
                _ => return Verdict::Unsupported(a, b),
            };
            // The first items that differ decide.
            let mut differing = None;
            for (&x, &y) in items_x.iter().zip(items_y) {
                match self.same_or_equal(x, y) {
                    Some(true) => {}
                    Some(false) => {
                        differing = Some((x, y));
                        break;
                    }
                    None => return Verdict::Script,
                }
            }
            match differing {
                Some((x, y)) => (a, b) = (x, y),
                None => return Verdict::Known(holds(op, items_x.len().cmp(&items_y.len()))),
            }
        }
    }

    /// `<` between sets is "proper subset".
    fn order_sets(&self, op: CompareOp, a: Id<Set>, b: Id<Set>) -> Verdict {
        let (small, large, proper) = match op {
            CompareOp::Lt => (a, b, true),
            CompareOp::Le => (a, b, false),
            CompareOp::Gt => (b, a, true),
            _ => (b, a, false),
        };
        let (lower, upper) = (self.heap[small].len(), self.heap[large].len());
        if lower > upper || proper && lower == upper {
            return Verdict::Known(false);
        }
        for (hash, key) in self.heap[small].iter() {
            match self.find_in_set(large, hash, key) {
                Some(Some(_)) => {}
                Some(None) => return Verdict::Known(false),
                None => return Verdict::Script,
            }
        }
        Verdict::Known(true)
    }

    /// `a < b` and the like: the whole protocol.
    pub(crate) fn compare_value(&mut self, op: CompareOp, a: Value, b: Value) -> NativeResult {
        if let (Value::Handle(a), Value::Handle(b)) = (a, b)
            && let (Some(a), Some(b)) = (self.heap[a].when, self.heap[b].when)
        {
            return ok(Value::Bool(match op {
                CompareOp::Lt => a < b,
                CompareOp::Le => a <= b,
                CompareOp::Gt => a > b,
                _ => a >= b,
            }));
        }
        match self.order_verdict(op, a, b) {
            Verdict::Known(result) => return ok(Value::Bool(result)),
            Verdict::Unsupported(a, b) => return self.fail_order(op, a, b),
            Verdict::Script => {}
        }
        let op_text = self.heap.intern(symbol(op));
        if self.plain_for_order(a).is_some() && self.plain_for_order(b).is_some() {
            // Script code decides about items inside.
            let args = [
                Value::Str(op_text),
                self.native_value(a),
                self.native_value(b),
            ];
            return self.call_prelude("_order_containers", &args);
        }
        let (forward, backward) = order_methods(op);
        let [first, second] = [(a, forward), (b, backward)].map(|(value, name)| {
            match self.class_attribute(self.class_of(value), name) {
                Some(method) => self.unbound_special(method),
                None => Value::None,
            }
        });
        if self.reflected_first(a, b) {
            self.call_prelude(
                "_order",
                &[second, b, first, a, Value::Str(op_text), Value::Bool(true)],
            )
        } else {
            self.call_prelude(
                "_order",
                &[first, a, second, b, Value::Str(op_text), Value::Bool(false)],
            )
        }
    }

    /// `a < b` and the like when the method of `a` did not want to.
    pub(crate) fn order_declined(&mut self, op: CompareOp, a: Value, b: Value) -> NativeResult {
        let (_, backward) = order_methods(op);
        let second = match self.class_attribute(self.class_of(b), backward) {
            Some(method) => self.unbound_special(method),
            None => Value::None,
        };
        let op_text = self.heap.intern(symbol(op));
        let args = [
            Value::None,
            a,
            second,
            b,
            Value::Str(op_text),
            Value::Bool(false),
        ];
        self.call_prelude("_order", &args)
    }

    /// TypeError: no order between these.
    #[cold]
    pub(crate) fn fail_order(&mut self, op: CompareOp, a: Value, b: Value) -> NativeResult {
        let message = format!(
            "'{}' not supported between instances of '{}' and '{}'",
            symbol(op),
            self.type_name(a),
            self.type_name(b)
        );
        self.fail_type(message)
    }
}

/// Ints and floats as they are, bools as ints.
#[inline]
fn as_number(value: Value) -> Option<Value> {
    match value {
        Value::Int(_) | Value::Float(_) | Value::BigInt(_) => Some(value),
        Value::Bool(bool) => Some(Value::Int(i64::from(bool))),
        _ => None,
    }
}

/// Is the comparison true of an order?
#[inline]
pub(crate) fn holds(op: CompareOp, order: Ordering) -> bool {
    match op {
        CompareOp::Lt => order == Ordering::Less,
        CompareOp::Le => order != Ordering::Greater,
        CompareOp::Gt => order == Ordering::Greater,
        CompareOp::Ge => order != Ordering::Less,
        CompareOp::Eq => order == Ordering::Equal,
        CompareOp::Ne => order != Ordering::Equal,
        CompareOp::Is | CompareOp::IsNot | CompareOp::In | CompareOp::NotIn => false,
    }
}

fn symbol(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge
        | CompareOp::Eq
        | CompareOp::Ne
        | CompareOp::Is
        | CompareOp::IsNot
        | CompareOp::In
        | CompareOp::NotIn => ">=",
    }
}
