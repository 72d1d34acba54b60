//! What instructions read, write and where they go: the facts that the assembler and the verifier reason with.

use super::op::{NO_DEFAULTS, NO_OUTER, Op, Reg};

/// When an instruction that may jump writes its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Whether it jumps or not.
    Always,
    /// Only when it does not jump.
    Falling,
    /// Only when it jumps.
    Jumping,
}

/// What an instruction does with the registers that start at one of its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// How many are read, from the operand on.
    pub reads: u16,
    /// How many are written afterwards, from the operand on.
    pub writes: u16,
    /// On which way out they are written.
    pub when: When,
    /// They become unset rather than hold a value.
    pub unset: bool,
    /// Everything above the operand is lost: it was the window of a callee.
    pub clobbers: bool,
}

impl Effect {
    const NONE: Effect = Effect {
        reads: 0,
        writes: 0,
        when: When::Always,
        unset: false,
        clobbers: false,
    };

    const fn both(reads: u16, writes: u16) -> Effect {
        Effect {
            reads,
            writes,
            ..Effect::NONE
        }
    }

    const fn call(reads: u16) -> Effect {
        Effect {
            clobbers: true,
            ..Effect::both(reads, 1)
        }
    }

    const fn on(when: When) -> Effect {
        Effect {
            when,
            ..Effect::both(0, 1)
        }
    }
}

/// One register is read.
const READ: Effect = Effect::both(1, 0);
/// One register is written.
const WRITE: Effect = Effect::both(0, 1);

impl Op {
    /// Calls `visit` once for each register operand with what is done to it. All reads come before all writes.
    pub fn operands(&mut self, mut visit: impl FnMut(&mut Reg, Effect)) {
        let many = |count: &u8| Effect::both(u16::from(*count), 0);
        match self {
            Op::Jump { .. }
            | Op::ReturnNone
            | Op::RaiseAgain
            | Op::DeleteGlobal { .. }
            | Op::DeleteFree { .. } => {}
            Op::LoadConst { dst, .. }
            | Op::LoadInt { dst, .. }
            | Op::LoadNone { dst }
            | Op::LoadBool { dst, .. }
            | Op::LoadGlobal { dst, .. }
            | Op::LoadGlobalThen { dst, .. }
            | Op::LoadGlobalPause { dst, .. }
            | Op::LoadFree { dst, .. }
            | Op::LoadFreeCell { dst, .. } => visit(dst, WRITE),
            Op::Clear { first, count } => visit(
                first,
                Effect {
                    unset: true,
                    ..Effect::both(0, u16::from(*count))
                },
            ),
            Op::Move { dst, src }
            | Op::Neg { dst, src }
            | Op::Pos { dst, src }
            | Op::Invert { dst, src }
            | Op::Not { dst, src }
            | Op::ListToTuple { dst, src }
            | Op::GetIter { dst, src }
            | Op::Yield { dst, src }
            | Op::YieldAsync { dst, src }
            | Op::Await { dst, src }
            | Op::GetAsyncIter { dst, src }
            | Op::Format { dst, src, .. } => {
                visit(src, READ);
                visit(dst, WRITE);
            }
            Op::CheckLocal { src, .. }
            | Op::JumpIfSet { src, .. }
            | Op::StoreGlobal { src, .. }
            | Op::StoreFree { src, .. }
            | Op::JumpIf { src, .. }
            | Op::JumpIfNot { src, .. }
            | Op::JumpIfNone { src, .. }
            | Op::Return { src }
            | Op::Raise { src }
            | Op::Reraise { src } => visit(src, READ),
            Op::MakeCell { reg } => visit(reg, Effect::both(1, 1)),
            Op::LoadCell { dst, cell, .. } => {
                visit(cell, READ);
                visit(dst, WRITE);
            }
            Op::StoreCell { cell, src } => {
                visit(cell, READ);
                visit(src, READ);
            }
            Op::DeleteCell { cell, .. } => visit(cell, READ),
            Op::LoadClassName { dst, namespace, .. } => {
                visit(namespace, READ);
                visit(dst, WRITE);
            }
            Op::StoreClassName { namespace, src, .. } => {
                visit(namespace, READ);
                visit(src, READ);
            }
            Op::DeleteClassName { namespace, .. } => visit(namespace, READ),
            Op::Add { dst, lhs, rhs, .. }
            | Op::Sub { dst, lhs, rhs, .. }
            | Op::AddThenSet { dst, lhs, rhs, .. }
            | Op::SubThenSet { dst, lhs, rhs, .. }
            | Op::Mul { dst, lhs, rhs, .. }
            | Op::Div { dst, lhs, rhs, .. }
            | Op::FloorDiv { dst, lhs, rhs, .. }
            | Op::Mod { dst, lhs, rhs, .. }
            | Op::And { dst, lhs, rhs, .. }
            | Op::Binary { dst, lhs, rhs, .. }
            | Op::Compare { dst, lhs, rhs, .. } => {
                visit(lhs, READ);
                visit(rhs, READ);
                visit(dst, WRITE);
            }
            Op::AddInt { dst, lhs, .. }
            | Op::SubInt { dst, lhs, .. }
            | Op::AddIntThenSet { dst, lhs, .. }
            | Op::MulInt { dst, lhs, .. }
            | Op::FloorDivInt { dst, lhs, .. }
            | Op::ModInt { dst, lhs, .. }
            | Op::AndInt { dst, lhs, .. } => {
                visit(lhs, READ);
                visit(dst, WRITE);
            }
            Op::JumpIfIs { lhs, rhs, .. }
            | Op::JumpIfLt { lhs, rhs, .. }
            | Op::JumpIfLe { lhs, rhs, .. }
            | Op::JumpIfGt { lhs, rhs, .. }
            | Op::JumpIfGe { lhs, rhs, .. }
            | Op::JumpIfEq { lhs, rhs, .. }
            | Op::JumpIfNe { lhs, rhs, .. }
            | Op::JumpIfIn { lhs, rhs, .. } => {
                visit(lhs, READ);
                visit(rhs, READ);
            }
            Op::JumpIfLtInt { lhs, .. }
            | Op::JumpIfLeInt { lhs, .. }
            | Op::JumpIfGtInt { lhs, .. }
            | Op::JumpIfGeInt { lhs, .. }
            | Op::JumpIfEqInt { lhs, .. }
            | Op::JumpIfNeInt { lhs, .. } => visit(lhs, READ),
            Op::BuildList { dst, first, count }
            | Op::BuildTuple { dst, first, count }
            | Op::BuildSet { dst, first, count }
            | Op::BuildString { dst, first, count }
            | Op::Intrinsic {
                dst, first, count, ..
            } => {
                visit(first, many(count));
                visit(dst, WRITE);
            }
            Op::BuildDict { dst, first, count } => {
                visit(first, Effect::both(u16::from(*count) * 2, 0));
                visit(dst, WRITE);
            }
            Op::BuildSlice { dst, first } => {
                visit(first, Effect::both(3, 0));
                visit(dst, WRITE);
            }
            Op::ListAppend { list, src } | Op::ListExtend { list, src } => {
                visit(list, READ);
                visit(src, READ);
            }
            Op::SetAdd { set, src } | Op::SetExtend { set, src } => {
                visit(set, READ);
                visit(src, READ);
            }
            Op::DictInsert { dict, key, value } => {
                visit(dict, READ);
                visit(key, READ);
                visit(value, READ);
            }
            Op::DictUpdate { dict, src } => {
                visit(dict, READ);
                visit(src, READ);
            }
            Op::SpreadItems { dst, src, callee } | Op::SpreadKeywords { dst, src, callee } => {
                visit(src, READ);
                visit(callee, READ);
                visit(dst, WRITE);
            }
            Op::DictMerge { dict, src, callee } => {
                visit(dict, READ);
                visit(src, READ);
                visit(callee, READ);
            }
            Op::GetItem { dst, object, index } => {
                visit(object, READ);
                visit(index, READ);
                visit(dst, WRITE);
            }
            Op::GetItemInt { dst, object, .. }
            | Op::GetAttr { dst, object, .. }
            | Op::GetAttrOperand { dst, object, .. } => {
                visit(object, READ);
                visit(dst, WRITE);
            }
            Op::SetItem {
                object,
                index,
                value,
            } => {
                visit(object, READ);
                visit(index, READ);
                visit(value, READ);
            }
            Op::DeleteItem { object, index } => {
                visit(object, READ);
                visit(index, READ);
            }
            Op::Unpack { src, first, count } => {
                visit(src, READ);
                visit(first, Effect::both(0, u16::from(*count)));
            }
            Op::UnpackStar {
                src,
                first,
                before,
                after,
            } => {
                let count = u16::from(*before) + 1 + u16::try_from(*after).unwrap_or(u16::MAX / 2);
                visit(src, READ);
                visit(first, Effect::both(0, count));
            }
            Op::FormatWith { dst, src, spec, .. } => {
                visit(src, READ);
                visit(spec, READ);
                visit(dst, WRITE);
            }
            Op::SetAttr { object, src, .. } => {
                visit(object, READ);
                visit(src, READ);
            }
            Op::DeleteAttr { object, .. } => visit(object, READ),
            Op::LoadMethod { dst, object, .. }
            | Op::LoadMethodCount { dst, object, .. }
            | Op::LoadSpecial { dst, object, .. } => {
                visit(object, READ);
                visit(dst, Effect::both(0, 2));
            }
            // The second register is read as well; it is `dst + 1`, so that no operand of its own names it.
            Op::LoadSuperMethod { dst, class, .. } => {
                visit(class, READ);
                visit(dst, Effect::both(0, 2));
            }
            Op::GetSuperAttr {
                dst, class, this, ..
            } => {
                visit(class, READ);
                visit(this, READ);
                visit(dst, WRITE);
            }
            Op::Call { callee, count }
            | Op::CallKw { callee, count, .. }
            | Op::CallAwait { callee, count } => {
                visit(callee, Effect::call(u16::from(*count) + 1));
            }
            Op::CallSpread { callee } => visit(callee, Effect::call(3)),
            Op::CallMethod { callee, count }
            | Op::CallMethodKw { callee, count, .. }
            | Op::CallMethodAwait { callee, count } => {
                visit(callee, Effect::call(u16::from(*count) + 2));
            }
            Op::MakeFunction { dst, defaults, .. } => {
                if *defaults != NO_DEFAULTS {
                    visit(defaults, Effect::both(2, 0));
                }
                visit(dst, WRITE);
            }
            Op::ForPrepare { iter, src } => {
                visit(src, READ);
                visit(iter, Effect::both(0, 3));
            }
            Op::ForNext { iter, dst, .. } => {
                visit(iter, Effect::both(3, 3));
                visit(dst, Effect::on(When::Falling));
            }
            Op::ForLoop { iter, dst, .. } => {
                visit(iter, Effect::both(3, 3));
                visit(dst, Effect::on(When::Jumping));
            }
            Op::ForClose { iter, .. } => visit(iter, Effect::both(3, 0)),
            Op::YieldFrom { dst, iter } => {
                visit(iter, Effect::both(1, 1));
                visit(dst, WRITE);
            }
            Op::AsyncForNext { iter, dst, .. } => {
                visit(iter, READ);
                visit(dst, Effect::on(When::Falling));
            }
            Op::AsyncForClose { iter } => visit(iter, READ),
            Op::RaiseFrom { src, cause } => {
                visit(src, READ);
                visit(cause, READ);
            }
            Op::JumpIfNoMatch {
                exception, class, ..
            } => {
                visit(exception, READ);
                visit(class, READ);
            }
            Op::PopHandled { outer } => {
                if *outer != NO_OUTER {
                    visit(outer, READ);
                }
            }
        }
    }

    /// The jump operand, if the instruction can jump.
    pub fn jump(&mut self) -> Option<&mut i32> {
        match self {
            Op::JumpIfSet { to, .. }
            | Op::Jump { to }
            | Op::JumpIf { to, .. }
            | Op::JumpIfNot { to, .. }
            | Op::JumpIfNone { to, .. }
            | Op::JumpIfIs { to, .. }
            | Op::JumpIfLt { to, .. }
            | Op::JumpIfLe { to, .. }
            | Op::JumpIfGt { to, .. }
            | Op::JumpIfGe { to, .. }
            | Op::JumpIfEq { to, .. }
            | Op::JumpIfNe { to, .. }
            | Op::JumpIfLtInt { to, .. }
            | Op::JumpIfLeInt { to, .. }
            | Op::JumpIfGtInt { to, .. }
            | Op::JumpIfGeInt { to, .. }
            | Op::JumpIfEqInt { to, .. }
            | Op::JumpIfNeInt { to, .. }
            | Op::JumpIfIn { to, .. }
            | Op::ForNext { to, .. }
            | Op::ForLoop { to, .. }
            | Op::AsyncForNext { to, .. }
            | Op::JumpIfNoMatch { to, .. } => Some(to),
            Op::Move { .. }
            | Op::LoadConst { .. }
            | Op::LoadInt { .. }
            | Op::LoadNone { .. }
            | Op::LoadBool { .. }
            | Op::Clear { .. }
            | Op::CheckLocal { .. }
            | Op::LoadGlobal { .. }
            | Op::LoadGlobalThen { .. }
            | Op::LoadGlobalPause { .. }
            | Op::StoreGlobal { .. }
            | Op::DeleteGlobal { .. }
            | Op::MakeCell { .. }
            | Op::LoadCell { .. }
            | Op::StoreCell { .. }
            | Op::DeleteCell { .. }
            | Op::LoadFree { .. }
            | Op::StoreFree { .. }
            | Op::DeleteFree { .. }
            | Op::LoadFreeCell { .. }
            | Op::LoadClassName { .. }
            | Op::StoreClassName { .. }
            | Op::DeleteClassName { .. }
            | Op::Add { .. }
            | Op::Sub { .. }
            | Op::AddThenSet { .. }
            | Op::SubThenSet { .. }
            | Op::AddIntThenSet { .. }
            | Op::GetAttrOperand { .. }
            | Op::Mul { .. }
            | Op::Div { .. }
            | Op::FloorDiv { .. }
            | Op::Mod { .. }
            | Op::And { .. }
            | Op::Binary { .. }
            | Op::AddInt { .. }
            | Op::SubInt { .. }
            | Op::MulInt { .. }
            | Op::FloorDivInt { .. }
            | Op::ModInt { .. }
            | Op::AndInt { .. }
            | Op::Neg { .. }
            | Op::Pos { .. }
            | Op::Invert { .. }
            | Op::Not { .. }
            | Op::Compare { .. }
            | Op::BuildList { .. }
            | Op::BuildTuple { .. }
            | Op::BuildSet { .. }
            | Op::BuildDict { .. }
            | Op::BuildString { .. }
            | Op::BuildSlice { .. }
            | Op::ListAppend { .. }
            | Op::ListExtend { .. }
            | Op::SpreadItems { .. }
            | Op::SpreadKeywords { .. }
            | Op::ListToTuple { .. }
            | Op::SetAdd { .. }
            | Op::SetExtend { .. }
            | Op::DictInsert { .. }
            | Op::DictUpdate { .. }
            | Op::DictMerge { .. }
            | Op::GetItem { .. }
            | Op::GetItemInt { .. }
            | Op::SetItem { .. }
            | Op::DeleteItem { .. }
            | Op::Unpack { .. }
            | Op::UnpackStar { .. }
            | Op::Format { .. }
            | Op::FormatWith { .. }
            | Op::GetAttr { .. }
            | Op::SetAttr { .. }
            | Op::DeleteAttr { .. }
            | Op::LoadMethod { .. }
            | Op::LoadMethodCount { .. }
            | Op::LoadSuperMethod { .. }
            | Op::GetSuperAttr { .. }
            | Op::LoadSpecial { .. }
            | Op::Call { .. }
            | Op::CallKw { .. }
            | Op::CallSpread { .. }
            | Op::CallMethod { .. }
            | Op::CallMethodKw { .. }
            | Op::CallAwait { .. }
            | Op::CallMethodAwait { .. }
            | Op::Intrinsic { .. }
            | Op::Return { .. }
            | Op::ReturnNone
            | Op::MakeFunction { .. }
            | Op::ForPrepare { .. }
            | Op::ForClose { .. }
            | Op::GetIter { .. }
            | Op::Yield { .. }
            | Op::YieldAsync { .. }
            | Op::YieldFrom { .. }
            | Op::Await { .. }
            | Op::GetAsyncIter { .. }
            | Op::AsyncForClose { .. }
            | Op::Raise { .. }
            | Op::RaiseFrom { .. }
            | Op::RaiseAgain
            | Op::Reraise { .. }
            | Op::PopHandled { .. } => None,
        }
    }

    /// Whether control never goes on to the next instruction.
    pub fn diverts(self) -> bool {
        matches!(
            self,
            Op::Jump { .. }
                | Op::Return { .. }
                | Op::ReturnNone
                | Op::Raise { .. }
                | Op::RaiseFrom { .. }
                | Op::RaiseAgain
                | Op::Reraise { .. }
        )
    }
}
