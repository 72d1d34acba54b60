//! What refers to objects without keeping them: the collection that finds an object dead clears all that refer to it.

use super::slab::Id;
use super::store::Marks;
use super::value::Value;
use crate::objects::Instance;
use indexmap::IndexMap;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};
use std::hash::BuildHasherDefault;

type Map<K, V> = IndexMap<K, V, BuildHasherDefault<FxHasher>>;

/// What a reference takes beside its object.
const ENTRY: usize = 96;

/// How many bytes of heap may be looked over for those who ask whether an object still lives, before as much as that was allocated.
const FREE: usize = 64 << 20;

/// A reference: an instance of `weakref.ref`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Reference {
    target: Value,
    /// The target's address.
    key: u64,
    /// It is to be told of when the target is dead.
    told: bool,
}

/// All references of a program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Weak {
    references: Map<Id<Instance>, Reference>,
    /// Address of an object -> what refers to it, the oldest first.
    referring: Map<u64, Vec<Id<Instance>>>,
    /// Address of what can't be resized -> the views that show it.
    viewing: Map<u64, Vec<Id<Instance>>>,
    /// References whose object has died, and whose callbacks have not been called.
    died: Vec<Id<Instance>>,
    /// How many bytes of heap may still be looked over on request.
    credit: usize,
    /// How large the heap was after the last look.
    seen: usize,
}

impl Default for Weak {
    fn default() -> Self {
        Self {
            references: Map::default(),
            referring: Map::default(),
            viewing: Map::default(),
            died: Vec::new(),
            credit: FREE,
            seen: 0,
        }
    }
}

impl Weak {
    /// Makes an instance refer to an object with this address.
    pub(crate) fn refer(&mut self, from: Id<Instance>, target: Value, key: u64, told: bool) {
        let reference = Reference { target, key, told };
        if self.references.insert(from, reference).is_none() {
            self.referring.entry(key).or_default().push(from);
        }
    }

    /// The object that an instance refers to, if that lives.
    pub(crate) fn target(&self, from: Id<Instance>) -> Option<Value> {
        Some(self.references.get(&from)?.target)
    }

    /// What refers to the object with this address, the oldest first.
    pub(crate) fn referring(&self, key: u64) -> &[Id<Instance>] {
        self.referring.get(&key).map_or(&[], Vec::as_slice)
    }

    /// References whose object died since this was last asked, the youngest first, as CPython calls their callbacks.
    pub(crate) fn take_died(&mut self) -> Vec<Id<Instance>> {
        let mut died = std::mem::take(&mut self.died);
        died.reverse();
        died
    }

    /// Are there callbacks to be called?
    pub(crate) fn has_died(&self) -> bool {
        !self.died.is_empty()
    }

    /// May a heap of so many bytes be looked over to answer a question? A program that asks all the time gets an answer from the
    /// last collection when it has used up what its allocations paid for.
    pub(crate) fn may_look(&mut self, bytes: usize) -> bool {
        let grown = bytes.saturating_sub(self.seen);
        self.seen = bytes;
        self.credit = self
            .credit
            .saturating_add(grown.saturating_mul(2))
            .min(FREE);
        if self.references.is_empty() && self.viewing.is_empty() || self.credit < bytes {
            return false;
        }
        self.credit -= bytes;
        true
    }

    /// An instance shows the object with this address.
    pub(crate) fn view(&mut self, view: Id<Instance>, key: u64) {
        self.viewing.entry(key).or_default().push(view);
    }

    /// Is anything viewed?
    pub(crate) fn has_viewers(&self) -> bool {
        !self.viewing.is_empty()
    }

    /// What shows the object with this address.
    pub(crate) fn viewers(&self, key: u64) -> &[Id<Instance>] {
        self.viewing.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Nothing shows it any more.
    pub(crate) fn forget_viewers(&mut self, key: u64) {
        self.viewing.swap_remove(&key);
    }

    /// Calls `visit` for what waits to be told.
    pub(super) fn trace(&self, visit: &mut impl FnMut(Value)) {
        self.died.iter().for_each(|&id| visit(Value::Instance(id)));
    }

    /// Forgets what is dead.
    pub(super) fn forget_unmarked(&mut self, marks: &Marks) {
        self.viewing.retain(|_, views| {
            views.retain(|&view| marks.has_instance(view));
            !views.is_empty()
        });
        if self.references.is_empty() {
            return;
        }
        let Self {
            references,
            referring,
            died,
            ..
        } = self;
        let mut gone = Vec::new();
        references.retain(|&from, reference| {
            let alive = marks.has_instance(from);
            let target_alive = marks.has(reference.target);
            if alive && !target_alive && reference.told {
                died.push(from);
            }
            if !alive || !target_alive {
                gone.push((from, reference.key));
            }
            alive && target_alive
        });
        for (from, key) in gone {
            if let Some(all) = referring.get_mut(&key) {
                all.retain(|&other| other != from);
                if all.is_empty() {
                    referring.swap_remove(&key);
                }
            }
        }
    }

    /// Bytes of it.
    pub(super) fn bytes(&self) -> usize {
        let views: usize = self.viewing.values().map(|views| 1 + views.len()).sum();
        (self.references.len() + views) * ENTRY
    }
}
