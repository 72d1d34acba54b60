//! Arithmetic and comparisons as values.

use super::fold::{fold, fold_all};
use super::generate::Generator;
use super::unit::small_int;
use crate::bytecode::{Constant, Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp, CompareOp, UnaryOp};
use ast::ExprKind as E;

/// A right operand: a register, or an integer inside the instruction.
pub(super) enum Right {
    Reg(Reg),
    Int(i32),
}

impl<'a> Generator<'a> {
    /// `r[dst] = left op right op …`, the left-leaning chain that `expr` is.
    pub(super) fn binary_into(&mut self, expr: &'a ast::Expr, dst: Reg) {
        let mark = self.mark();
        let mut pending = Vec::new();
        let mut leaf = expr;
        while let E::Binary { op, left, right } = &leaf.kind {
            pending.push((*op, &**right, leaf.span));
            leaf = left;
        }
        let mut left = self.operand_kept_in(leaf, dst);
        // Intermediate results share one register.
        let mut scratch = None;
        let last = pending.len() - 1;
        for (at, (op, right, span)) in pending.into_iter().rev().enumerate() {
            let inner = self.mark();
            let right = self.right_operand(op, right);
            self.release(inner);
            let to = match (at == last, scratch) {
                (true, _) => dst,
                (false, Some(scratch)) => scratch,
                (false, None) if self.is_scratch(dst) => dst,
                (false, None) => {
                    let reg = match self.is_top(left) {
                        true => left,
                        false => self.alloc(),
                    };
                    scratch = Some(reg);
                    reg
                }
            };
            self.binary_op(op, to, left, right, false, span);
            left = to;
        }
        self.release(mark);
    }

    /// The right operand of an operator.
    pub(super) fn right_operand(&mut self, op: BinaryOp, right: &'a ast::Expr) -> Right {
        if takes_int(op)
            && let Some(constant) = fold(right)
            && let Some(value) = small_int(&constant)
        {
            return Right::Int(value);
        }
        Right::Reg(self.operand(right))
    }

    pub(super) fn binary_op(
        &mut self,
        op: BinaryOp,
        dst: Reg,
        lhs: Reg,
        right: Right,
        in_place: bool,
        span: Span,
    ) {
        let op = match right {
            Right::Reg(rhs) => with_register(op, dst, lhs, rhs, in_place),
            Right::Int(value) => with_int(op, dst, lhs, value, in_place),
        };
        self.emit(op, span);
    }

    pub(super) fn unary_into(&mut self, expr: &'a ast::Expr, dst: Reg) {
        let E::Unary { op, operand } = &expr.kind else {
            return;
        };
        let mark = self.mark();
        let src = self.operand_kept_in(operand, dst);
        let op = match op {
            UnaryOp::Neg => Op::Neg { dst, src },
            UnaryOp::Pos => Op::Pos { dst, src },
            UnaryOp::Invert => Op::Invert { dst, src },
            UnaryOp::Not => Op::Not { dst, src },
        };
        self.emit(op, expr.span);
        self.release(mark);
    }

    /// `r[dst] = a < b <= c`, each operand evaluated once and only if it matters.
    pub(super) fn compare_into(&mut self, expr: &'a ast::Expr, dst: Reg) {
        let E::Compare { left, rest } = &expr.kind else {
            return;
        };
        let mark = self.mark();
        let mut lhs = self.operand_kept_in(left, dst);
        let last = rest.len() - 1;
        // The value of a failed comparison stays; it must not be seen before the chain is done.
        let result = match last == 0 || self.is_scratch(dst) {
            true => dst,
            false => self.alloc(),
        };
        let end = self.new_label();
        for (at, (op, right)) in rest.iter().enumerate() {
            let rhs = self.compare_right(*op, right, at < last);
            self.emit(
                Op::Compare {
                    op: *op,
                    dst: result,
                    lhs,
                    rhs,
                },
                expr.span,
            );
            if at < last {
                self.emit(
                    Op::JumpIfNot {
                        src: result,
                        to: end.0 as i32,
                    },
                    expr.span,
                );
            }
            lhs = rhs;
        }
        self.bind_label(end);
        if result != dst {
            self.emit(Op::Move { dst, src: result }, expr.span);
        }
        self.release(mark);
    }

    /// The right operand of a comparison; `kept` when it is the left operand of the next one.
    pub(super) fn compare_right(&mut self, op: CompareOp, right: &'a ast::Expr, kept: bool) -> Reg {
        if matches!(op, CompareOp::In | CompareOp::NotIn)
            && let Some(constant) = constant_container(right)
        {
            return self.constant_operand(&constant, right.span);
        }
        if kept {
            self.operand_kept(right)
        } else {
            self.operand(right)
        }
    }
}

/// `[1, 2]` and `{1, 2}` behind `in` are constants: nobody else can see them.
pub(super) fn constant_container(expr: &ast::Expr) -> Option<Constant> {
    if let E::List(items) = &expr.kind {
        Some(Constant::Tuple(fold_all(items)?))
    } else if let E::Set(items) = &expr.kind {
        Some(Constant::FrozenSet(fold_all(items)?))
    } else {
        None
    }
}

fn takes_int(op: BinaryOp) -> bool {
    match op {
        BinaryOp::Add
        | BinaryOp::Sub
        | BinaryOp::Mul
        | BinaryOp::FloorDiv
        | BinaryOp::Mod
        | BinaryOp::And => true,
        BinaryOp::MatMul
        | BinaryOp::Div
        | BinaryOp::Pow
        | BinaryOp::LShift
        | BinaryOp::RShift
        | BinaryOp::Or
        | BinaryOp::Xor => false,
    }
}

#[rustfmt::skip]
fn with_register(op: BinaryOp, dst: Reg, lhs: Reg, rhs: Reg, in_place: bool) -> Op {
    match op {
        BinaryOp::Add => Op::Add { dst, lhs, rhs, in_place },
        BinaryOp::Sub => Op::Sub { dst, lhs, rhs, in_place },
        BinaryOp::Mul => Op::Mul { dst, lhs, rhs, in_place },
        BinaryOp::Div => Op::Div { dst, lhs, rhs, in_place },
        BinaryOp::FloorDiv => Op::FloorDiv { dst, lhs, rhs, in_place },
        BinaryOp::Mod => Op::Mod { dst, lhs, rhs, in_place },
        BinaryOp::And => Op::And { dst, lhs, rhs, in_place },
        BinaryOp::MatMul
        | BinaryOp::Pow
        | BinaryOp::LShift
        | BinaryOp::RShift
        | BinaryOp::Or
        | BinaryOp::Xor => Op::Binary { op, dst, lhs, rhs, in_place },
    }
}

#[rustfmt::skip]
fn with_int(op: BinaryOp, dst: Reg, lhs: Reg, value: i32, in_place: bool) -> Op {
    match op {
        BinaryOp::Add => Op::AddInt { dst, lhs, in_place, value },
        BinaryOp::Sub => Op::SubInt { dst, lhs, in_place, value },
        BinaryOp::Mul => Op::MulInt { dst, lhs, in_place, value },
        BinaryOp::FloorDiv => Op::FloorDivInt { dst, lhs, in_place, value },
        BinaryOp::Mod => Op::ModInt { dst, lhs, in_place, value },
        BinaryOp::And => Op::AndInt { dst, lhs, in_place, value },
        BinaryOp::MatMul
        | BinaryOp::Div
        | BinaryOp::Pow
        | BinaryOp::LShift
        | BinaryOp::RShift
        | BinaryOp::Or
        | BinaryOp::Xor => unreachable!("takes_int says so"),
    }
}
