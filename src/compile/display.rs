//! Lists, tuples, sets and dicts: built at once when they are short, in pieces when they are not.

use super::call::empty_dict;
use super::fold::fold_all;
use super::generate::Generator;
use crate::bytecode::{Constant, Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{self, DictItem};
use ast::ExprKind as E;

/// Longer displays are built in pieces.
const MAX_AT_ONCE: usize = 30;

/// A display of this many constants is filled from one constant, as CPython does.
const MIN_CONSTANTS: usize = 3;

/// How many pairs a dict is built from at once.
const MAX_PAIRS: usize = 15;

fn is_simple(items: &[ast::Expr]) -> bool {
    items.len() <= MAX_AT_ONCE && !items.iter().any(|item| matches!(item.kind, E::Starred(_)))
}

impl<'a> Generator<'a> {
    /// Pushes all; the first register.
    pub(super) fn push_all(&mut self, items: &'a [ast::Expr]) -> Reg {
        let first = self.mark() as Reg;
        for item in items {
            self.push(item);
        }
        first
    }

    pub(super) fn tuple_into(&mut self, items: &'a [ast::Expr], dst: Reg, span: Span) {
        let mark = self.mark();
        if is_simple(items) {
            let first = self.push_all(items);
            let count = items.len() as u8;
            self.emit(Op::BuildTuple { dst, first, count }, span);
        } else {
            let list = self.scratch_for(dst);
            self.collect_list(items.iter(), list, span);
            self.emit(Op::ListToTuple { dst, src: list }, span);
        }
        self.release(mark);
    }

    pub(super) fn list_into(&mut self, items: &'a [ast::Expr], dst: Reg, span: Span) {
        let mark = self.mark();
        let constants = match items.len() >= MIN_CONSTANTS {
            true => fold_all(items),
            false => None,
        };
        if let Some(constants) = constants {
            let list = self.scratch_for(dst);
            let src = self.constant_operand(&Constant::Tuple(constants), span);
            self.emit(
                Op::BuildList {
                    dst: list,
                    first: list,
                    count: 0,
                },
                span,
            );
            self.emit(Op::ListExtend { list, src }, span);
            self.finish(list, dst, span);
        } else if is_simple(items) {
            let first = self.push_all(items);
            let count = items.len() as u8;
            self.emit(Op::BuildList { dst, first, count }, span);
        } else {
            let list = self.scratch_for(dst);
            self.collect_list(items.iter(), list, span);
            self.finish(list, dst, span);
        }
        self.release(mark);
    }

    /// A register for an unfinished value that goes to `dst`.
    pub(super) fn scratch_for(&mut self, dst: Reg) -> Reg {
        match self.is_scratch(dst) {
            true => dst,
            false => self.alloc(),
        }
    }

    /// Moves a finished value from where [`scratch_for`](Self::scratch_for) said.
    pub(super) fn finish(&mut self, src: Reg, dst: Reg, span: Span) {
        if src != dst {
            self.emit(Op::Move { dst, src }, span);
        }
    }

    /// `r[list] = [items]`, some of them starred, many of them perhaps.
    pub(super) fn collect_list(
        &mut self,
        items: impl Iterator<Item = &'a ast::Expr>,
        list: Reg,
        span: Span,
    ) {
        let mut items = items.peekable();
        let mark = self.mark();
        let first = mark as Reg;
        let mut count = 0;
        while let Some(item) =
            items.next_if(|item| count < MAX_AT_ONCE && !matches!(item.kind, E::Starred(_)))
        {
            self.push(item);
            count += 1;
        }
        self.emit(
            Op::BuildList {
                dst: list,
                first,
                count: count as u8,
            },
            span,
        );
        self.release(mark);
        for item in items {
            let op = if let E::Starred(value) = &item.kind {
                let src = self.operand(value);
                Op::ListExtend { list, src }
            } else {
                let src = self.operand(item);
                Op::ListAppend { list, src }
            };
            self.emit(op, item.span);
            self.release(mark);
        }
    }

    pub(super) fn set_into(&mut self, items: &'a [ast::Expr], dst: Reg, span: Span) {
        let mark = self.mark();
        let constants = match items.len() >= MIN_CONSTANTS {
            true => fold_all(items),
            false => None,
        };
        if let Some(constants) = constants {
            let set = self.scratch_for(dst);
            let src = self.constant_operand(&Constant::FrozenSet(constants), span);
            self.emit(empty_set(set), span);
            self.emit(Op::SetExtend { set, src }, span);
            self.finish(set, dst, span);
        } else if is_simple(items) {
            let first = self.push_all(items);
            let count = items.len() as u8;
            self.emit(Op::BuildSet { dst, first, count }, span);
        } else {
            let set = self.scratch_for(dst);
            self.emit(empty_set(set), span);
            let inner = self.mark();
            for item in items {
                let op = if let E::Starred(value) = &item.kind {
                    let src = self.operand(value);
                    Op::SetExtend { set, src }
                } else {
                    let src = self.operand(item);
                    Op::SetAdd { set, src }
                };
                self.emit(op, item.span);
                self.release(inner);
            }
            self.finish(set, dst, span);
        }
        self.release(mark);
    }

    pub(super) fn dict_into(&mut self, items: &'a [DictItem], dst: Reg, span: Span) {
        let mark = self.mark();
        let pairs = items
            .iter()
            .take(MAX_PAIRS)
            .take_while(|item| matches!(item, DictItem::Pair(..)))
            .count();
        let dict = match pairs == items.len() {
            true => dst,
            false => self.scratch_for(dst),
        };
        let inner = self.mark();
        let first = inner as Reg;
        let (at_once, others) = items.split_at(pairs);
        for item in at_once {
            if let DictItem::Pair(key, value) = item {
                self.push(key);
                self.push(value);
            }
        }
        let op = match pairs {
            0 => empty_dict(dict),
            _ => Op::BuildDict {
                dst: dict,
                first,
                count: pairs as u8,
            },
        };
        self.emit(op, span);
        self.release(inner);
        for item in others {
            match item {
                DictItem::Pair(key, value) => {
                    let key_reg = self.operand_kept(key);
                    let value = self.operand(value);
                    let key = key_reg;
                    self.emit(Op::DictInsert { dict, key, value }, span);
                }
                DictItem::Unpack(mapping) => {
                    let src = self.operand(mapping);
                    self.emit(Op::DictUpdate { dict, src }, mapping.span);
                }
            }
            self.release(inner);
        }
        self.finish(dict, dst, span);
        self.release(mark);
    }
}

/// An instruction that makes an empty set.
pub(super) fn empty_set(dst: Reg) -> Op {
    Op::BuildSet {
        dst,
        first: dst,
        count: 0,
    }
}
