//! Pairs of instructions that the run loop does in one go. The first of a pair is marked; the second stays where it is, so that
//! jumps to it, spans, and everything that can't be done in one go work as if there were no pairs.

use super::Op;

/// Marks the pairs.
pub fn fuse(ops: &mut [Op]) {
    for at in 1..ops.len() {
        ops[at - 1] = pair(ops[at - 1], ops[at]);
    }
}

/// The first of two instructions, marked if they are a pair.
fn pair(first: Op, second: Op) -> Op {
    match (first, second) {
        (
            Op::GetAttr { dst, object, site },
            Op::Add { lhs, rhs, .. } | Op::Sub { lhs, rhs, .. } | Op::Mul { lhs, rhs, .. },
        ) if rhs == dst && lhs != dst => Op::GetAttrOperand { dst, object, site },
        (
            Op::LoadGlobal { dst, slot },
            Op::Move { src: from, .. } | Op::SubInt { lhs: from, .. },
        ) if from != dst => Op::LoadGlobalThen { dst, slot },
        (Op::LoadGlobal { dst, slot }, Op::LoadMethod { object, .. }) if object == dst => {
            Op::LoadGlobalThen { dst, slot }
        }
        (
            Op::Add {
                dst,
                lhs,
                rhs,
                in_place,
            },
            Op::SetAttr { src, object, .. },
        ) if src == dst && object != dst => Op::AddThenSet {
            dst,
            lhs,
            rhs,
            in_place,
        },
        (
            Op::Sub {
                dst,
                lhs,
                rhs,
                in_place,
            },
            Op::SetAttr { src, object, .. },
        ) if src == dst && object != dst => Op::SubThenSet {
            dst,
            lhs,
            rhs,
            in_place,
        },
        (
            Op::AddInt {
                dst,
                lhs,
                in_place,
                value,
            },
            Op::SetAttr { src, object, .. },
        ) if src == dst && object != dst => Op::AddIntThenSet {
            dst,
            lhs,
            in_place,
            value,
        },
        _ => first,
    }
}

impl Op {
    /// The instruction without the mark of a pair.
    #[must_use]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "few instructions make pairs"
    )]
    pub fn plain(self) -> Op {
        match self {
            Op::LoadGlobalThen { dst, slot } => Op::LoadGlobal { dst, slot },
            Op::GetAttrOperand { dst, object, site } => Op::GetAttr { dst, object, site },
            Op::AddThenSet {
                dst,
                lhs,
                rhs,
                in_place,
            } => Op::Add {
                dst,
                lhs,
                rhs,
                in_place,
            },
            Op::SubThenSet {
                dst,
                lhs,
                rhs,
                in_place,
            } => Op::Sub {
                dst,
                lhs,
                rhs,
                in_place,
            },
            Op::AddIntThenSet {
                dst,
                lhs,
                in_place,
                value,
            } => Op::AddInt {
                dst,
                lhs,
                in_place,
                value,
            },
            op => op,
        }
    }
}
