//! Binary operators. The grammar reads `a + b * c` as a row of operands; here it becomes a tree, by how tightly each
//! operator binds. All of them but `**`, which is not among these, group from the left.

use super::Builder;
use crate::syntax::ast::*;

/// An operand with the operator behind it.
pub(super) struct Operand {
    start: u32,
    value: Expr,
    op: BinaryOp,
}

/// How tightly an operator binds.
fn tightness(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 0,
        BinaryOp::Xor => 1,
        BinaryOp::And => 2,
        BinaryOp::LShift | BinaryOp::RShift => 3,
        BinaryOp::Add | BinaryOp::Sub => 4,
        BinaryOp::Mul | BinaryOp::MatMul | BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Mod => 5,
        BinaryOp::Pow => 6,
    }
}

impl Builder<'_> {
    /// Begins a row; answers its number, which the operands that follow carry.
    pub(crate) fn first_operand(&mut self, start: u32, value: Expr, op: BinaryOp) -> usize {
        self.operands.push(Operand { start, value, op });
        self.operands.len() - 1
    }

    pub(crate) fn next_operand(
        &mut self,
        row: usize,
        start: u32,
        value: Expr,
        end: u32,
        op: BinaryOp,
    ) -> usize {
        let (start, value) = self.join(row, start, value, end, tightness(op));
        self.operands.push(Operand { start, value, op });
        row
    }

    /// Ends a row.
    pub(crate) fn last_operand(&mut self, row: usize, start: u32, value: Expr, end: u32) -> Expr {
        self.join(row, start, value, end, 0).1
    }

    /// Applies the operators of a row that bind at least as tightly as the one behind `right`.
    fn join(
        &mut self,
        row: usize,
        mut start: u32,
        mut right: Expr,
        end: u32,
        tight: u8,
    ) -> (u32, Expr) {
        while self.operands.len() > row
            && let Some(left) = self.operands.pop_if(|left| tightness(left.op) >= tight)
        {
            start = left.start;
            right = self.binary(start, left.value, left.op, right, end);
        }
        (start, right)
    }

    pub(crate) fn power(&mut self, start: u32, left: Expr, right: Expr, end: u32) -> Expr {
        self.binary(start, left, BinaryOp::Pow, right, end)
    }
}
