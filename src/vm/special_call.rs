//! Special methods and getters that are plain functions of a script: the frame on top gets their frame above it at once. What else a
//! class may define is found the general way.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::Check;
use super::{Flow, FrameKind, NativeResult, Vm, call, names, natives};
use crate::bytecode::{Op, Reg};
use crate::heap::{Id, Value};
use crate::objects::{Class, Function, Str, check_bool, operator_names};
use crate::syntax::ast::{BinaryOp, CompareOp};

/// How many special methods are remembered; a power of two.
const REMEMBERED: usize = 256;

/// What classes have as special methods, as far as they were asked for lately. Emptied whenever a class changes or may have gone.
#[derive(Clone, Default)]
pub(crate) struct SpecialCache {
    entries: Vec<Option<(Id<Class>, Id<Str>, Option<Value>)>>,
}

impl SpecialCache {
    fn place(class: Id<Class>, name: Id<Str>) -> usize {
        (class.index().wrapping_mul(31) ^ name.index()) as usize % REMEMBERED
    }

    /// The attribute of a class. None if it is not remembered.
    #[inline]
    pub(crate) fn find(&self, class: Id<Class>, name: Id<Str>) -> Option<Option<Value>> {
        match self.entries.get(Self::place(class, name)) {
            Some(&Some((of, named, method))) if of == class && named == name => Some(method),
            _ => None,
        }
    }

    fn remember(&mut self, class: Id<Class>, name: Id<Str>, method: Option<Value>) {
        if self.entries.is_empty() {
            self.entries.resize(REMEMBERED, None);
        }
        self.entries[Self::place(class, name)] = Some((class, name, method));
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// An operator with its operands.
#[derive(Clone, Copy)]
enum Operator {
    Binary(BinaryOp, Value, Value, bool),
    Compare(CompareOp, Value, Value),
}

impl Vm {
    /// The function that a class has as a special method, if it is a function.
    fn special_function(&mut self, class: Id<Class>, name: Id<Str>) -> Option<Id<Function>> {
        let method = match self.specials.find(class, name) {
            Some(method) => method,
            None => {
                let method = self.class_attribute(class, name);
                self.specials.remember(class, name, method);
                method
            }
        };
        match method {
            Some(Value::Function(id)) => Some(id),
            _ => None,
        }
    }

    /// The same, for an instance, when the function's body runs at once with so many arguments.
    #[inline]
    fn special_of(&mut self, value: Value, name: Id<Str>, count: u8) -> Option<Id<Function>> {
        let Value::Instance(id) = value else {
            return None;
        };
        let function = self.special_function(self.heap[id].class, name)?;
        self.heap[function].runs_with(count).then_some(function)
    }

    /// Begins a function above the frame on top.
    fn begin_above<const N: usize>(
        &mut self,
        function: Id<Function>,
        args: [Value; N],
        kind: FrameKind,
    ) -> Flow {
        let top = self.top();
        let base = top.base as usize + top.registers as usize;
        self.ensure_window(base);
        self.fiber.stack[base..base + N].copy_from_slice(&args);
        self.push_function(function, base, kind)
    }

    /// The same, for a result that goes to a register of the frame on top.
    fn begin_for<const N: usize>(
        &mut self,
        function: Id<Function>,
        args: [Value; N],
        dst: Reg,
    ) -> Flow {
        let place = self.top().base + u32::from(dst);
        self.begin_above(function, args, FrameKind::Call(place))
    }

    /// The operator that an instruction does.
    fn operator(&self, op: Op) -> Option<Operator> {
        let binary = |op, lhs, rhs, in_place| {
            Operator::Binary(op, self.register(lhs), self.register(rhs), in_place)
        };
        let binary_int = |op, lhs, value: i32, in_place| {
            let value = Value::Int(i64::from(value));
            Operator::Binary(op, self.register(lhs), value, in_place)
        };
        let compare = |op, lhs, rhs| Operator::Compare(op, self.register(lhs), self.register(rhs));
        let compare_int = |op, lhs, value: i8| {
            Operator::Compare(op, self.register(lhs), Value::Int(i64::from(value)))
        };
        Some(match op {
            Op::Add {
                lhs, rhs, in_place, ..
            } => binary(BinaryOp::Add, lhs, rhs, in_place),
            Op::Sub {
                lhs, rhs, in_place, ..
            } => binary(BinaryOp::Sub, lhs, rhs, in_place),
            Op::Mul {
                lhs, rhs, in_place, ..
            } => binary(BinaryOp::Mul, lhs, rhs, in_place),
            Op::Div {
                lhs, rhs, in_place, ..
            } => binary(BinaryOp::Div, lhs, rhs, in_place),
            Op::FloorDiv {
                lhs, rhs, in_place, ..
            } => binary(BinaryOp::FloorDiv, lhs, rhs, in_place),
            Op::Mod {
                lhs, rhs, in_place, ..
            } => binary(BinaryOp::Mod, lhs, rhs, in_place),
            Op::And {
                lhs, rhs, in_place, ..
            } => binary(BinaryOp::And, lhs, rhs, in_place),
            Op::Binary {
                op,
                lhs,
                rhs,
                in_place,
                ..
            } => binary(op, lhs, rhs, in_place),
            Op::AddInt {
                lhs,
                value,
                in_place,
                ..
            } => binary_int(BinaryOp::Add, lhs, value, in_place),
            Op::SubInt {
                lhs,
                value,
                in_place,
                ..
            } => binary_int(BinaryOp::Sub, lhs, value, in_place),
            Op::MulInt {
                lhs,
                value,
                in_place,
                ..
            } => binary_int(BinaryOp::Mul, lhs, value, in_place),
            Op::FloorDivInt {
                lhs,
                value,
                in_place,
                ..
            } => binary_int(BinaryOp::FloorDiv, lhs, value, in_place),
            Op::ModInt {
                lhs,
                value,
                in_place,
                ..
            } => binary_int(BinaryOp::Mod, lhs, value, in_place),
            Op::AndInt {
                lhs,
                value,
                in_place,
                ..
            } => binary_int(BinaryOp::And, lhs, value, in_place),
            Op::Compare { op, lhs, rhs, .. } => compare(op, lhs, rhs),
            Op::JumpIfLt { lhs, rhs, .. } => compare(CompareOp::Lt, lhs, rhs),
            Op::JumpIfLe { lhs, rhs, .. } => compare(CompareOp::Le, lhs, rhs),
            Op::JumpIfGt { lhs, rhs, .. } => compare(CompareOp::Gt, lhs, rhs),
            Op::JumpIfGe { lhs, rhs, .. } => compare(CompareOp::Ge, lhs, rhs),
            Op::JumpIfEq { lhs, rhs, .. } => compare(CompareOp::Eq, lhs, rhs),
            Op::JumpIfNe { lhs, rhs, .. } => compare(CompareOp::Ne, lhs, rhs),
            Op::JumpIfIn { lhs, rhs, .. } => compare(CompareOp::In, lhs, rhs),
            Op::JumpIfLtInt { lhs, value, .. } => compare_int(CompareOp::Lt, lhs, value),
            Op::JumpIfLeInt { lhs, value, .. } => compare_int(CompareOp::Le, lhs, value),
            Op::JumpIfGtInt { lhs, value, .. } => compare_int(CompareOp::Gt, lhs, value),
            Op::JumpIfGeInt { lhs, value, .. } => compare_int(CompareOp::Ge, lhs, value),
            Op::JumpIfEqInt { lhs, value, .. } => compare_int(CompareOp::Eq, lhs, value),
            Op::JumpIfNeInt { lhs, value, .. } => compare_int(CompareOp::Ne, lhs, value),
            _ => return None,
        })
    }

    /// Does an arithmetic or comparing instruction.
    pub(super) fn operate(&mut self, op: Op) -> Flow {
        let result = match self.operator(op) {
            Some(Operator::Binary(op, a, b, in_place)) => {
                if let Some(function) = self.operator_function(op, a, b, in_place) {
                    return self.begin_above(function, [a, b], FrameKind::Operation);
                }
                self.binary(op, a, b, in_place)
            }
            Some(Operator::Compare(op, a, b)) => {
                if let Some((function, args)) = self.comparing_function(op, a, b) {
                    return self.begin_above(function, args, FrameKind::Operation);
                }
                self.compare(op, a, b)
            }
            None => panic!("invariant broken: {op:?} is no operator"),
        };
        self.settle(result)
    }

    /// The method of the left operand, when it is the first to be asked.
    fn operator_function(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> Option<Id<Function>> {
        let Value::Instance(id) = a else {
            return None;
        };
        let names = operator_names(op);
        let class = self.heap[id].class;
        if in_place && self.class_attribute(class, names.in_place).is_some() {
            return self.special_of(a, names.in_place, 2);
        }
        let function = self.special_of(a, names.forward, 2)?;
        match b {
            Value::Instance(other)
                if self.heap[other].class != class && self.reflected_first(a, b) =>
            {
                None
            }
            _ => Some(function),
        }
    }

    /// The method that is the first to be asked, and its arguments.
    fn comparing_function(
        &mut self,
        op: CompareOp,
        a: Value,
        b: Value,
    ) -> Option<(Id<Function>, [Value; 2])> {
        let name = match op {
            CompareOp::Lt => names::LT,
            CompareOp::Le => names::LE,
            CompareOp::Gt => names::GT,
            CompareOp::Ge => names::GE,
            CompareOp::Eq => names::EQ,
            CompareOp::In | CompareOp::NotIn => {
                return Some((self.special_of(b, names::CONTAINS, 2)?, [b, a]));
            }
            CompareOp::Ne | CompareOp::Is | CompareOp::IsNot => return None,
        };
        let function = self.special_of(a, name, 2)?;
        let asked_first = !matches!(b, Value::Instance(_)) || !self.reflected_first(a, b);
        asked_first.then_some((function, [a, b]))
    }

    /// A method that the paused instruction asked gave `NotImplemented`: asks the next. None if that is no such instruction.
    #[cold]
    pub(super) fn declined(&mut self) -> Option<Flow> {
        let result = match self.operator(self.paused_op().plain())? {
            Operator::Binary(op, a, b, in_place) => {
                let names = operator_names(op);
                let class = self.class_of(a);
                if in_place && self.class_attribute(class, names.in_place).is_some() {
                    self.binary_after_in_place(op, a, b)
                } else {
                    self.binary_declined(op, a, b, in_place)
                }
            }
            Operator::Compare(CompareOp::Eq, a, b) => self.equality_declined(a, b),
            Operator::Compare(
                op @ (CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge),
                a,
                b,
            ) => self.order_declined(op, a, b),
            Operator::Compare(..) => return None,
        };
        Some(self.settle(result))
    }

    /// The next item of an iterator by its method. None if it is found another way.
    pub(super) fn begin_next(&mut self, iterator: Value) -> Option<Flow> {
        let function = self.special_of(iterator, names::NEXT, 1)?;
        Some(self.begin_above(function, [iterator], FrameKind::Operation))
    }

    /// Calls a special method for the native that runs, when what it gives will be checked as the native says. None if it is found
    /// or checked another way.
    pub(crate) fn call_checked(&mut self, object: Value, name: Id<Str>) -> Option<NativeResult> {
        let function = self.special_of(object, name, 1)?;
        self.result_check()?;
        Some(call(Value::Function(function), &[object]))
    }

    /// What checks the result that completes the paused instruction.
    pub(super) fn result_check(&self) -> Option<Check> {
        match self.paused_op() {
            Op::Call { callee, .. } | Op::CallMethod { callee, .. } | Op::CallSpread { callee } => {
                match self.register(callee) {
                    Value::Native(id) => natives::get(id).check,
                    _ => None,
                }
            }
            Op::Not { .. } | Op::JumpIf { .. } | Op::JumpIfNot { .. } => Some(check_bool),
            _ => None,
        }
    }

    /// Asks an object for its truth. None if that is found another way.
    pub(super) fn begin_truth(&mut self, value: Value) -> Option<Flow> {
        let function = self.special_of(value, names::BOOL, 1)?;
        Some(self.begin_above(function, [value], FrameKind::Operation))
    }

    /// `object[index]` by a method. None if it is done another way.
    pub(super) fn begin_get_item(&mut self, object: Value, index: Value, dst: Reg) -> Option<Flow> {
        let function = self.special_of(object, names::GETITEM, 2)?;
        Some(self.begin_for(function, [object, index], dst))
    }

    /// `object[index] = value` by a method. None if it is done another way.
    pub(super) fn begin_set_item(
        &mut self,
        object: Value,
        index: Value,
        value: Value,
    ) -> Option<Flow> {
        let function = self.special_of(object, names::SETITEM, 3)?;
        Some(self.begin_above(function, [object, index, value], FrameKind::Operation))
    }

    /// `object.name` by a property's getter. None if it is found another way.
    pub(super) fn begin_get_attribute(
        &mut self,
        object: Value,
        site: u32,
        dst: Reg,
    ) -> Option<Flow> {
        let Value::Instance(id) = object else {
            return None;
        };
        let getter = self.sites[site as usize].getter(self.heap[id].shape)?;
        Some(self.begin_for(getter, [object], dst))
    }
}
