//! Instructions that the run loop does in one go: pairs, and those that count in a dict. The first is marked; the others stay where they
//! are, so that jumps to them, spans, and everything that can't be done in one go work as if they were single.

use super::Op;

/// Marks what is done in one go.
pub fn fuse(ops: &mut [Op]) {
    for at in 0..ops.len() {
        let rest = &ops[at..];
        if let Some(marked) = counting(rest).or_else(|| pausing(rest)) {
            ops[at] = marked;
        } else if let [first, second, ..] = *rest {
            ops[at] = pair(first, second);
        }
    }
}

/// The first of the six instructions of `d[k] = d.m(k, int) + int`, marked.
fn counting(ops: &[Op]) -> Option<Op> {
    let &[
        Op::LoadMethod { dst, object, site },
        Op::Move {
            dst: first,
            src: key,
        },
        Op::LoadInt { dst: second, .. },
        Op::CallMethod { callee, count: 2 },
        Op::AddInt {
            dst: sum,
            lhs,
            in_place: false,
            ..
        },
        Op::SetItem {
            object: changed,
            index,
            value,
        },
        ..,
    ] = ops
    else {
        return None;
    };
    let is_counting = [callee, sum, lhs, value] == [dst; 4]
        && (changed, index) == (object, key)
        && object < dst
        && key < dst
        && (first, second) == (dst.checked_add(2)?, dst.checked_add(3)?);
    is_counting.then_some(Op::LoadMethodCount { dst, object, site })
}

/// The first instruction of `await asyncio.sleep(0)` or `await sleep(0)`, as far as it can be told from others, marked.
fn pausing(ops: &[Op]) -> Option<Op> {
    let (dst, slot) = match *ops {
        [
            Op::LoadGlobal { dst, slot },
            Op::LoadMethod {
                dst: method,
                object,
                ..
            },
            Op::LoadInt {
                dst: argument,
                value: 0,
            },
            Op::CallMethodAwait { callee, count: 1 },
            ..,
        ] if [object, method, callee] == [dst; 3] && dst.checked_add(2) == Some(argument) => {
            (dst, slot)
        }
        [
            Op::LoadGlobal { dst, slot },
            Op::LoadInt {
                dst: argument,
                value: 0,
            },
            Op::CallAwait { callee, count: 1 },
            ..,
        ] if callee == dst && dst.checked_add(1) == Some(argument) => (dst, slot),
        _ => return None,
    };
    Some(Op::LoadGlobalPause { dst, slot })
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
            Op::LoadGlobalThen { dst, slot } | Op::LoadGlobalPause { dst, slot } => {
                Op::LoadGlobal { dst, slot }
            }
            Op::LoadMethodCount { dst, object, site } => Op::LoadMethod { dst, object, site },
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
