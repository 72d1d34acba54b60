//! Conditions as jumps: no bool is made where only the branch matters.

use super::assemble::Label;
use super::fold::{fold, truth};
use super::generate::Generator;
use super::unit::small_int;
use crate::bytecode::{Constant, Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{self, BoolOp, CompareOp, UnaryOp};
use ast::ExprKind as E;

impl<'a> Generator<'a> {
    /// Jumps to `label` if `bool(expr) == when`, else goes on behind.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other expressions are evaluated and tested"
    )]
    pub(super) fn branch(&mut self, expr: &'a ast::Expr, when: bool, label: Label) {
        if let Some(constant) = fold(expr) {
            if truth(&constant) == when {
                self.jump(label, expr.span);
            }
            return;
        }
        match &expr.kind {
            E::Unary {
                op: UnaryOp::Not,
                operand,
            } => self.branch(operand, !when, label),
            E::Bool { op, values } => self.branch_bool(*op, values, when, label),
            E::Compare { left, rest } => self.branch_compare(expr, left, rest, when, label),
            _ => {
                let mark = self.mark();
                let src = self.operand(expr);
                self.branch_on(src, when, label, expr.span);
                self.release(mark);
            }
        }
    }

    /// Jumps if the truth of a register is `when`.
    pub(super) fn branch_on(&mut self, src: Reg, when: bool, label: Label, span: Span) {
        let to = label.0 as i32;
        self.emit(
            if when {
                Op::JumpIf { src, to }
            } else {
                Op::JumpIfNot { src, to }
            },
            span,
        );
    }

    fn branch_bool(&mut self, op: BoolOp, values: &'a [ast::Expr], when: bool, label: Label) {
        // `and` is decided by the first false value, `or` by the first true one.
        let decides = op == BoolOp::Or;
        let Some((last, others)) = values.split_last() else {
            return;
        };
        if when == decides {
            for value in values {
                self.branch(value, when, label);
            }
        } else {
            let decided = self.new_label();
            for value in others {
                self.branch(value, decides, decided);
            }
            self.branch(last, when, label);
            self.bind_label(decided);
        }
    }

    fn branch_compare(
        &mut self,
        expr: &'a ast::Expr,
        left: &'a ast::Expr,
        rest: &'a [(CompareOp, ast::Expr)],
        when: bool,
        label: Label,
    ) {
        let mark = self.mark();
        // Names and literals on the right change nothing that is on the left.
        let mut lhs = match rest.iter().all(|(_, right)| is_atom(right)) {
            true => self.operand(left),
            false => self.operand_kept(left),
        };
        let failed = match when {
            true => self.new_label(),
            false => label,
        };
        for (at, (op, right)) in rest.iter().enumerate() {
            let is_last = at + 1 == rest.len();
            let (when, to) = match is_last {
                true => (when, label),
                false => (false, failed),
            };
            if is_last && self.branch_immediate(*op, lhs, right, when, to, expr.span) {
                break;
            }
            let rhs = self.compare_right(*op, right, !is_last);
            let jump = compare_jump(*op, lhs, rhs, when, to.0 as i32);
            self.emit(jump, expr.span);
            lhs = rhs;
        }
        if when {
            self.bind_label(failed);
        }
        self.release(mark);
    }

    /// Comparisons with None and small integers need no register for the right side.
    fn branch_immediate(
        &mut self,
        op: CompareOp,
        lhs: Reg,
        right: &'a ast::Expr,
        when: bool,
        label: Label,
        span: Span,
    ) -> bool {
        let to = label.0 as i32;
        let Some(constant) = fold(right) else {
            return false;
        };
        let jump = match (&constant, op) {
            (Constant::None, CompareOp::Is) => Op::JumpIfNone { src: lhs, when, to },
            (Constant::None, CompareOp::IsNot) => Op::JumpIfNone {
                src: lhs,
                when: !when,
                to,
            },
            _ => {
                let Some(value) = small_int(&constant).and_then(|value| i8::try_from(value).ok())
                else {
                    return false;
                };
                match op {
                    CompareOp::Lt => Op::JumpIfLtInt {
                        lhs,
                        value,
                        when,
                        to,
                    },
                    CompareOp::Le => Op::JumpIfLeInt {
                        lhs,
                        value,
                        when,
                        to,
                    },
                    CompareOp::Gt => Op::JumpIfGtInt {
                        lhs,
                        value,
                        when,
                        to,
                    },
                    CompareOp::Ge => Op::JumpIfGeInt {
                        lhs,
                        value,
                        when,
                        to,
                    },
                    CompareOp::Eq => Op::JumpIfEqInt {
                        lhs,
                        value,
                        when,
                        to,
                    },
                    CompareOp::Ne => Op::JumpIfNeInt {
                        lhs,
                        value,
                        when,
                        to,
                    },
                    CompareOp::Is | CompareOp::IsNot | CompareOp::In | CompareOp::NotIn => {
                        return false;
                    }
                }
            }
        };
        self.emit(jump, span);
        true
    }
}

fn is_atom(expr: &ast::Expr) -> bool {
    matches!(expr.kind, E::Name(_) | E::Constant(_))
}

/// The jump that a comparison is as a condition.
#[rustfmt::skip]
fn compare_jump(op: CompareOp, lhs: Reg, rhs: Reg, when: bool, to: i32) -> Op {
    match op {
        CompareOp::Lt => Op::JumpIfLt { lhs, rhs, when, to },
        CompareOp::Le => Op::JumpIfLe { lhs, rhs, when, to },
        CompareOp::Gt => Op::JumpIfGt { lhs, rhs, when, to },
        CompareOp::Ge => Op::JumpIfGe { lhs, rhs, when, to },
        CompareOp::Eq => Op::JumpIfEq { lhs, rhs, when, to },
        CompareOp::Ne => Op::JumpIfNe { lhs, rhs, when, to },
        CompareOp::Is => Op::JumpIfIs { lhs, rhs, when, to },
        CompareOp::IsNot => Op::JumpIfIs { lhs, rhs, when: !when, to },
        CompareOp::In => Op::JumpIfIn { lhs, rhs, when, to },
        CompareOp::NotIn => Op::JumpIfIn { lhs, rhs, when: !when, to },
    }
}
