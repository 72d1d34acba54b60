//! What `for` gets from a native iterator. A loop that unpacks pairs at once, over `enumerate`, `zip` or a dict's items, needs no tuples.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on iterators names the kinds it is about"
)]

use super::Vm;
use crate::bytecode::Op;
use crate::heap::{Id, Value};
use crate::objects::{Iter, Step, ViewKind};

/// What a loop gets.
pub(super) enum LoopStep {
    /// An item.
    Item(Value),
    /// A pair that the instruction behind would unpack, from this register on.
    Pair(u8, Value, Value),
    /// The loop is over.
    End,
    /// The slow way tells.
    Other,
}

impl Vm {
    /// Asks an iterator for the next item, which goes to the register `dst` before the instruction `body` runs.
    #[inline(never)]
    pub(super) fn loop_step(&mut self, id: Id<Iter>, dst: u8, body: &Op) -> LoopStep {
        if let Some(item) = self.plain_item(id) {
            return LoopStep::Item(item);
        }
        if let &Op::Unpack {
            src,
            first,
            count: 2,
        } = body
            && src == dst
        {
            match self.next_pair(id) {
                Some(Pair::Both(one, other)) => return LoopStep::Pair(first, one, other),
                Some(Pair::End) => {
                    self.exhaust(id);
                    return LoopStep::End;
                }
                None => {}
            }
        }
        match &self.heap.iters[id] {
            Iter::Wrapped { .. } => LoopStep::Other,
            Iter::Zip { inner, strict }
                if *strict || !inner.iter().all(|&it| self.is_simple(it)) =>
            {
                LoopStep::Other
            }
            Iter::Enumerate { inner, .. } if !self.is_simple(*inner) => LoopStep::Other,
            Iter::Library { state, .. } if !state.is_pure() => LoopStep::Other,
            _ => match self.advance(id) {
                Ok(Step::Item(item)) => LoopStep::Item(item),
                Ok(Step::End) => LoopStep::End,
                // Asked again it says the same.
                Ok(Step::Script) | Err(_) => LoopStep::Other,
            },
        }
    }

    /// The next item of an iterator over a list or range, unless that is over or it is another iterator.
    #[inline(always)]
    fn plain_item(&mut self, id: Id<Iter>) -> Option<Value> {
        match &mut self.heap.iters[id] {
            Iter::List { list, at } => {
                let &item = self.heap.lists[*list].items.get(*at)?;
                *at += 1;
                Some(item)
            }
            Iter::Range { next, left, step } if *left != 0 => {
                let item = Value::Int(*next);
                *left -= 1;
                *next = next.wrapping_add(*step);
                Some(item)
            }
            _ => None,
        }
    }

    /// The next pair of an iterator that gives pairs. None, and nothing done, if it gives something else or needs more.
    pub(crate) fn next_pair(&mut self, id: Id<Iter>) -> Option<Pair> {
        match self.heap.iters[id] {
            Iter::Enumerate { inner, count } if self.is_simple(inner) => {
                let step = match self.plain_item(inner) {
                    Some(item) => Step::Item(item),
                    None => self.advance(inner).ok()?,
                };
                match step {
                    Step::Item(item) => {
                        if let Iter::Enumerate { count, .. } = &mut self.heap.iters[id] {
                            *count += 1;
                        }
                        Some(Pair::Both(Value::Int(count), item))
                    }
                    Step::End => Some(Pair::End),
                    Step::Script => None,
                }
            }
            Iter::Zip {
                ref inner,
                strict: false,
            } => {
                let &[one, other] = &inner[..] else {
                    return None;
                };
                if !self.is_simple(one) || !self.is_simple(other) {
                    return None;
                }
                let Step::Item(one) = self.advance(one).ok()? else {
                    return Some(Pair::End);
                };
                let Step::Item(other) = self.advance(other).ok()? else {
                    return Some(Pair::End);
                };
                Some(Pair::Both(one, other))
            }
            Iter::Dict {
                dict,
                at,
                length,
                left,
                kind: ViewKind::Items,
                reversed: false,
            } => {
                let object = &self.heap.dicts[dict];
                if object.len() != length {
                    return None;
                }
                let Some(place) = object.next_place(at) else {
                    return Some(Pair::End);
                };
                if left == 0 {
                    return None;
                }
                let entry = object.entry(place);
                if let Iter::Dict { at, left, .. } = &mut self.heap.iters[id] {
                    *at = place + 1;
                    *left -= 1;
                }
                Some(Pair::Both(entry.key, entry.value))
            }
            _ => None,
        }
    }

    /// Can it be asked for an item without script code or an error?
    fn is_simple(&self, id: Id<Iter>) -> bool {
        matches!(
            self.heap.iters[id],
            Iter::List { .. } | Iter::Tuple { .. } | Iter::Range { .. } | Iter::Str { .. }
        )
    }
}

/// What an iterator of pairs gives.
pub(crate) enum Pair {
    /// Both parts.
    Both(Value, Value),
    /// Nothing more.
    End,
}
