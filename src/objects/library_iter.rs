//! Iterators of `itertools` and `collections` whose next item takes no script code: they go over native iterators, or over
//! nothing but their own state. The same iterators over anything else are generators of their modules.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Instance, Iter, Tuple};
use crate::heap::{Heap, Id, Slab, Value};
use crate::objects::iteration::Step;
use crate::syntax::ast::BinaryOp;
use crate::vm::{Outcome, Raise, Vm};
use serde::{Deserialize, Serialize};

/// Where such an iterator is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum LibraryIter {
    /// `product(…)`
    Product {
        /// What the items are taken from.
        pools: Box<[Id<Tuple>]>,
        /// The next item of each.
        indices: Vec<usize>,
        /// There is a next tuple.
        more: bool,
    },
    /// `permutations(…)`
    Permutations {
        /// What the items are taken from.
        pool: Id<Tuple>,
        /// The order of all items; the first of them make the next tuple.
        indices: Vec<usize>,
        /// For each place of the tuple, how many items are still to come there.
        cycles: Vec<usize>,
        /// There is a next tuple.
        more: bool,
    },
    /// `combinations(…)`, `combinations_with_replacement(…)`
    Combinations {
        /// What the items are taken from.
        pool: Id<Tuple>,
        /// Those of the next tuple.
        indices: Vec<usize>,
        /// An item can come again.
        repeated: bool,
        /// There is a next tuple.
        more: bool,
    },
    /// `count(…)` of numbers
    Count {
        /// The next number.
        next: Value,
        /// From one to the next.
        step: Value,
    },
    /// `cycle(…)`
    Cycle {
        /// What the items come from at first.
        inner: Option<Id<Iter>>,
        /// The items it gave.
        saved: Vec<Value>,
        /// Which of them comes next, once there are no others.
        at: usize,
    },
    /// `repeat(…)`
    Repeat {
        /// What it gives.
        object: Value,
        /// How often it still does; None for ever.
        left: Option<u64>,
    },
    /// `chain(…)`
    Chain {
        /// All that it goes over.
        iterables: Box<[Value]>,
        /// Which comes next.
        at: usize,
        /// The one that it is going over.
        inner: Option<Id<Iter>>,
    },
    /// `islice(…)`
    Slice {
        /// What is sliced.
        inner: Id<Iter>,
        /// So many items were taken from it.
        taken: u64,
        /// The number of the next item that is given.
        next: u64,
        /// The number of the first that is not.
        stop: u64,
        /// From one that is given to the next.
        step: u64,
    },
    /// `pairwise(…)`
    Pairs {
        /// What the items come from.
        inner: Id<Iter>,
        /// The first of the next pair; undefined before the first pair.
        old: Value,
    },
    /// `batched(…)`
    Batches {
        /// What the items come from.
        inner: Id<Iter>,
        /// So many go into a batch.
        size: usize,
        /// None may be incomplete.
        strict: bool,
    },
    /// `zip_longest(…)`
    ZipLongest {
        /// What the items come from; None for one that has ended.
        inner: Box<[Option<Id<Iter>>]>,
        /// What stands for their items then.
        fill: Value,
    },
    /// A deque's items.
    Deque {
        /// The deque.
        deque: Id<Instance>,
        /// Items given.
        at: usize,
        /// From right to left.
        backwards: bool,
        /// How often the deque had been changed when the iteration began.
        changes: i64,
    },
}

/// Iterators that may give more items than this are not collected in one go, so that a program can be stopped meanwhile.
const MANY: u64 = 1 << 20;

impl LibraryIter {
    /// The values it holds.
    pub(crate) fn values(&self) -> Vec<Value> {
        match self {
            Self::Product { pools, .. } => pools.iter().map(|&pool| Value::Tuple(pool)).collect(),
            Self::Permutations { pool, .. } | Self::Combinations { pool, .. } => {
                vec![Value::Tuple(*pool)]
            }
            Self::Count { next, step } => vec![*next, *step],
            Self::Cycle { inner, saved, .. } => {
                let inner = inner.iter().map(|&inner| Value::Iter(inner));
                inner.chain(saved.iter().copied()).collect()
            }
            Self::Repeat { object, .. } => vec![*object],
            Self::Chain {
                iterables, inner, ..
            } => {
                let inner = inner.iter().map(|&inner| Value::Iter(inner));
                inner.chain(iterables.iter().copied()).collect()
            }
            Self::Slice { inner, .. } | Self::Batches { inner, .. } => vec![Value::Iter(*inner)],
            Self::Pairs { inner, old } => match old.is_undef() {
                true => vec![Value::Iter(*inner)],
                false => vec![Value::Iter(*inner), *old],
            },
            Self::ZipLongest { inner, fill } => {
                let inner = inner.iter().flatten().map(|&inner| Value::Iter(inner));
                inner.chain([*fill]).collect()
            }
            Self::Deque { deque, .. } => vec![Value::Instance(*deque)],
        }
    }

    /// Puts other values in the place of those it holds, in the same order.
    pub(crate) fn set_values(&mut self, values: &[Value]) {
        let mut values = values.iter().copied();
        let mut put_iter = |inner: &mut Id<Iter>| {
            if let Some(Value::Iter(new)) = values.next() {
                *inner = new;
            }
        };
        match self {
            Self::Product { .. } | Self::Permutations { .. } | Self::Combinations { .. } => {}
            Self::Count { next, step } => {
                *next = values.next().unwrap_or(*next);
                *step = values.next().unwrap_or(*step);
            }
            Self::Cycle { inner, saved, .. } => {
                inner.iter_mut().for_each(&mut put_iter);
                saved
                    .iter_mut()
                    .zip(values)
                    .for_each(|(old, new)| *old = new);
            }
            Self::Repeat { object, .. } => *object = values.next().unwrap_or(*object),
            Self::Chain {
                iterables, inner, ..
            } => {
                inner.iter_mut().for_each(&mut put_iter);
                iterables
                    .iter_mut()
                    .zip(values)
                    .for_each(|(old, new)| *old = new);
            }
            Self::Slice { inner, .. } | Self::Batches { inner, .. } => put_iter(inner),
            Self::Pairs { inner, old } => {
                put_iter(inner);
                *old = values.next().unwrap_or(*old);
            }
            Self::ZipLongest { inner, fill } => {
                inner.iter_mut().flatten().for_each(&mut put_iter);
                *fill = values.next().unwrap_or(*fill);
            }
            Self::Deque { deque, .. } => {
                if let Some(Value::Instance(new)) = values.next() {
                    *deque = new;
                }
            }
        }
    }

    /// The native iterators it goes over.
    pub(crate) fn inner(&self) -> Vec<Id<Iter>> {
        match self {
            Self::Product { .. }
            | Self::Permutations { .. }
            | Self::Combinations { .. }
            | Self::Count { .. }
            | Self::Repeat { .. }
            | Self::Deque { .. } => Vec::new(),
            Self::Cycle { inner, .. } => inner.iter().copied().collect(),
            Self::Chain {
                iterables, inner, ..
            } => {
                let others = iterables.iter().filter_map(|value| match value {
                    Value::Iter(inner) => Some(*inner),
                    _ => None,
                });
                inner.iter().copied().chain(others).collect()
            }
            Self::Slice { inner, .. } | Self::Batches { inner, .. } | Self::Pairs { inner, .. } => {
                vec![*inner]
            }
            Self::ZipLongest { inner, .. } => inner.iter().flatten().copied().collect(),
        }
    }

    /// Its next item is never an error, nor anything that other code can change.
    pub(crate) fn is_pure(&self) -> bool {
        matches!(
            self,
            Self::Product { .. }
                | Self::Permutations { .. }
                | Self::Combinations { .. }
                | Self::Count { .. }
                | Self::Repeat { .. }
        )
    }

    /// Are there so few items that they can be collected in one go?
    pub(crate) fn is_bounded(&self, heap: &Heap) -> bool {
        let mut count: u64 = 1;
        match self {
            Self::Count { .. } | Self::Cycle { .. } => count = u64::MAX,
            Self::Repeat { left, .. } => count = left.unwrap_or(u64::MAX),
            // What is cut out of something endless.
            Self::Slice { inner, stop, .. } if !bounded(heap, *inner) => count = *stop,
            Self::Product { pools, .. } => {
                for &pool in pools {
                    count = count.saturating_mul(heap[pool].items.len() as u64);
                }
            }
            Self::Permutations {
                indices, cycles, ..
            } => {
                for at in 0..cycles.len() {
                    count = count.saturating_mul((indices.len() - at) as u64);
                }
            }
            Self::Combinations {
                pool,
                indices,
                repeated,
                ..
            } => {
                let n = heap[*pool].items.len() as u64;
                for at in 0..indices.len() as u64 {
                    let choices = if *repeated {
                        n + at
                    } else {
                        n.saturating_sub(at)
                    };
                    count = count.saturating_mul(choices) / (at + 1);
                    if count > MANY {
                        break;
                    }
                }
            }
            Self::Chain { .. }
            | Self::Slice { .. }
            | Self::Pairs { .. }
            | Self::Batches { .. }
            | Self::ZipLongest { .. }
            | Self::Deque { .. } => {}
        }
        count <= MANY
    }
}

/// Is it one that ends soon? What is not one of these is.
fn bounded(heap: &Heap, id: Id<Iter>) -> bool {
    match &heap[id] {
        Iter::Library { state, .. } => match &**state {
            // What a slice goes over is no slice that has to be looked into: `islice` of `islice` is made by the module.
            LibraryIter::Slice { stop, .. } => *stop <= MANY,
            state => state.is_bounded(heap),
        },
        _ => true,
    }
}

/// Goes on to the indices of the next tuple, if there is one.
pub(crate) fn next_of_product(
    tuples: &Slab<Tuple>,
    pools: &[Id<Tuple>],
    indices: &mut [usize],
) -> bool {
    for (index, &pool) in indices.iter_mut().zip(pools).rev() {
        *index += 1;
        if *index < tuples[pool].items.len() {
            return true;
        }
        *index = 0;
    }
    false
}

/// The next tuple of one that has no iterators in it.
fn next_row(heap: &mut Heap, id: Id<Iter>) -> Option<Vec<Value>> {
    let Iter::Library { state, .. } = &mut heap.iters[id] else {
        return None;
    };
    match &mut **state {
        LibraryIter::Product {
            pools,
            indices,
            more,
        } => {
            if !*more {
                return None;
            }
            let tuples = &heap.tuples;
            let row = pools
                .iter()
                .zip(&*indices)
                .map(|(&pool, &at)| tuples[pool].items[at]);
            let row = row.collect();
            *more = next_of_product(tuples, pools, indices);
            Some(row)
        }
        LibraryIter::Permutations {
            pool,
            indices,
            cycles,
            more,
        } => {
            if !*more {
                return None;
            }
            let items = &heap.tuples[*pool].items;
            let (n, r) = (indices.len(), cycles.len());
            let row = indices[..r].iter().map(|&at| items[at]).collect();
            *more = false;
            for at in (0..r).rev() {
                cycles[at] -= 1;
                if cycles[at] == 0 {
                    indices[at..].rotate_left(1);
                    cycles[at] = n - at;
                } else {
                    indices.swap(at, n - cycles[at]);
                    *more = true;
                    break;
                }
            }
            Some(row)
        }
        LibraryIter::Combinations {
            pool,
            indices,
            repeated,
            more,
        } => {
            if !*more {
                return None;
            }
            let items = &heap.tuples[*pool].items;
            let (n, r) = (items.len(), indices.len());
            let row = indices.iter().map(|&at| items[at]).collect();
            let last = |at: usize| if *repeated { n - 1 } else { at + n - r };
            match (0..r).rev().find(|&at| indices[at] != last(at)) {
                Some(at) => {
                    let next = indices[at] + 1;
                    for (step, index) in indices[at..].iter_mut().enumerate() {
                        *index = if *repeated { next } else { next + step };
                    }
                }
                None => *more = false,
            }
            Some(row)
        }
        LibraryIter::Count { .. }
        | LibraryIter::Cycle { .. }
        | LibraryIter::Repeat { .. }
        | LibraryIter::Chain { .. }
        | LibraryIter::Slice { .. }
        | LibraryIter::Pairs { .. }
        | LibraryIter::Batches { .. }
        | LibraryIter::ZipLongest { .. }
        | LibraryIter::Deque { .. } => None,
    }
}

impl Vm {
    /// The next item; None at the end.
    pub(crate) fn advance_library(&mut self, id: Id<Iter>) -> Result<Option<Value>, Raise> {
        let Iter::Library { state, .. } = &self.heap.iters[id] else {
            return Ok(None);
        };
        match **state {
            LibraryIter::Product { .. }
            | LibraryIter::Permutations { .. }
            | LibraryIter::Combinations { .. } => {
                let row = next_row(&mut self.heap, id);
                Ok(row.map(|row| self.heap.tuple(row)))
            }
            LibraryIter::Count { next, step } => {
                let after = match (next, step) {
                    (Value::Int(a), Value::Int(b)) => a.checked_add(b).map(Value::Int),
                    _ => None,
                };
                let after = match after {
                    Some(after) => after,
                    None => match self.binary(BinaryOp::Add, next, step, false)? {
                        Outcome::Value(after) => after,
                        _ => return Ok(None),
                    },
                };
                self.set_library_state(id, LibraryIter::Count { next: after, step });
                Ok(Some(next))
            }
            LibraryIter::Repeat { object, left } => {
                let left = match left {
                    Some(0) => return Ok(None),
                    Some(left) => Some(left - 1),
                    None => None,
                };
                self.set_library_state(id, LibraryIter::Repeat { object, left });
                Ok(Some(object))
            }
            LibraryIter::Cycle { .. } => self.advance_cycle(id),
            LibraryIter::Chain { .. } => self.advance_chain(id),
            LibraryIter::Slice { .. } => self.advance_slice(id),
            LibraryIter::Pairs { inner, old } => {
                let first = match old.is_undef() {
                    true => self.advance_inner(inner)?,
                    false => Some(old),
                };
                let Some(first) = first else { return Ok(None) };
                self.set_library_state(id, LibraryIter::Pairs { inner, old: first });
                let Some(second) = self.advance_inner(inner)? else {
                    return Ok(None);
                };
                self.set_library_state(id, LibraryIter::Pairs { inner, old: second });
                Ok(Some(self.heap.tuple([first, second])))
            }
            LibraryIter::Batches {
                inner,
                size,
                strict,
            } => {
                let mut batch = Vec::new();
                while batch.len() < size {
                    match self.advance_inner(inner)? {
                        Some(item) => batch.push(item),
                        None => break,
                    }
                }
                if strict && !batch.is_empty() && batch.len() < size {
                    self.exhaust(id);
                    return Err(self.value_error("batched(): incomplete batch"));
                }
                Ok((!batch.is_empty()).then(|| self.heap.tuple(batch)))
            }
            LibraryIter::ZipLongest { .. } => self.advance_longest(id),
            LibraryIter::Deque {
                deque,
                at,
                backwards,
                changes,
            } => {
                let item = crate::stdlib::deque::item_at(self, deque, at, backwards, changes)?;
                if let Iter::Library { state, .. } = &mut self.heap.iters[id]
                    && let LibraryIter::Deque { at, .. } = &mut **state
                {
                    *at += 1;
                }
                Ok(item)
            }
        }
    }

    /// Is it one of `repeat`?
    pub(crate) fn is_repeat(&self, id: Id<Iter>) -> bool {
        match &self.heap.iters[id] {
            Iter::Library { state, .. } => matches!(**state, LibraryIter::Repeat { .. }),
            _ => false,
        }
    }

    fn set_library_state(&mut self, id: Id<Iter>, new: LibraryIter) {
        if let Iter::Library { state, .. } = &mut self.heap.iters[id] {
            **state = new;
        }
    }

    fn advance_inner(&mut self, inner: Id<Iter>) -> Result<Option<Value>, Raise> {
        Ok(match self.advance(inner)? {
            Step::Item(item) => Some(item),
            Step::End | Step::Script => None,
        })
    }

    fn advance_chain(&mut self, id: Id<Iter>) -> Result<Option<Value>, Raise> {
        loop {
            let Iter::Library { state, .. } = &mut self.heap.iters[id] else {
                return Ok(None);
            };
            let LibraryIter::Chain {
                iterables,
                at,
                inner,
            } = &mut **state
            else {
                return Ok(None);
            };
            if let &mut Some(inner) = inner {
                if let Some(item) = self.advance_inner(inner)? {
                    return Ok(Some(item));
                }
                self.set_chained(id, None);
                continue;
            }
            let Some(&next) = iterables.get(*at) else {
                return Ok(None);
            };
            *at += 1;
            let inner = self.native_iter_of(next);
            self.set_chained(id, inner);
        }
    }

    fn advance_cycle(&mut self, id: Id<Iter>) -> Result<Option<Value>, Raise> {
        let inner = match &self.heap.iters[id] {
            Iter::Library { state, .. } => match &**state {
                LibraryIter::Cycle { inner, .. } => *inner,
                _ => None,
            },
            _ => None,
        };
        let item = match inner {
            Some(inner) => self.advance_inner(inner)?,
            None => None,
        };
        let Iter::Library { state, .. } = &mut self.heap.iters[id] else {
            return Ok(None);
        };
        let LibraryIter::Cycle { inner, saved, at } = &mut **state else {
            return Ok(None);
        };
        if let Some(item) = item {
            saved.push(item);
            return Ok(Some(item));
        }
        *inner = None;
        let item = saved.get(*at).copied();
        *at = if *at + 1 >= saved.len() { 0 } else { *at + 1 };
        Ok(item)
    }

    fn set_chained(&mut self, id: Id<Iter>, new: Option<Id<Iter>>) {
        if let Iter::Library { state, .. } = &mut self.heap.iters[id]
            && let LibraryIter::Chain { inner, .. } = &mut **state
        {
            *inner = new;
        }
    }

    fn advance_slice(&mut self, id: Id<Iter>) -> Result<Option<Value>, Raise> {
        loop {
            let Iter::Library { state, .. } = &mut self.heap.iters[id] else {
                return Ok(None);
            };
            let LibraryIter::Slice {
                inner,
                taken,
                next,
                stop,
                step,
            } = &mut **state
            else {
                return Ok(None);
            };
            let given = *taken == *next;
            if *taken >= *next && *taken >= *stop {
                return Ok(None);
            }
            let inner = *inner;
            *taken += 1;
            if given {
                *next = next.saturating_add(*step).min(*stop);
            }
            match self.advance_inner(inner)? {
                Some(item) if given => return Ok(Some(item)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    fn advance_longest(&mut self, id: Id<Iter>) -> Result<Option<Value>, Raise> {
        let (all, fill) = match &self.heap.iters[id] {
            Iter::Library { state, .. } => match &**state {
                LibraryIter::ZipLongest { inner, fill } => (inner.clone(), *fill),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        let mut active = all.iter().flatten().count();
        let mut items = Vec::with_capacity(all.len());
        for (at, &one) in all.iter().enumerate() {
            let item = match one {
                Some(one) => self.advance_inner(one)?,
                None => None,
            };
            if item.is_none() && one.is_some() {
                active -= 1;
                if active == 0 {
                    return Ok(None);
                }
                if let Iter::Library { state, .. } = &mut self.heap.iters[id]
                    && let LibraryIter::ZipLongest { inner, .. } = &mut **state
                {
                    inner[at] = None;
                }
            }
            items.push(item.unwrap_or(fill));
        }
        Ok((active > 0).then(|| self.heap.tuple(items)))
    }
}
