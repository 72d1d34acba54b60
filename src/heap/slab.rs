//! Typed storage: a `Slab<T>` holds all objects of one kind, an `Id<T>` names one of them.

use super::marks::Marked;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;

/// The index of an object in its kind's slab.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id<T> {
    /// One more than the number, so that `Option<Id>` needs no more room.
    place: NonZeroU32,
    #[serde(skip)]
    kind: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The object number `index`.
    pub const fn new(index: u32) -> Self {
        match NonZeroU32::new(index.wrapping_add(1)) {
            Some(place) => Self {
                place,
                kind: PhantomData,
            },
            None => panic!("invariant broken: an id out of range"),
        }
    }

    /// Its number.
    #[inline(always)]
    pub const fn index(self) -> u32 {
        self.place.get() - 1
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place.cmp(&other.place)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(self.place.get());
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.index())
    }
}

/// One place of a slab.
#[derive(Clone, Serialize, Deserialize)]
enum Entry<T> {
    /// In use.
    Live(T),
    /// Free; the next free place, or `NONE`.
    Free(u32),
}

const NONE: u32 = u32::MAX;

/// All objects of one kind.
#[derive(Clone, Serialize, Deserialize)]
pub struct Slab<T> {
    entries: Vec<Entry<T>>,
    first_free: u32,
    live: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            first_free: NONE,
            live: 0,
        }
    }
}

impl<T> Slab<T> {
    /// Stores an object.
    #[inline]
    pub fn insert(&mut self, object: T) -> Id<T> {
        self.live += 1;
        let index = self.first_free;
        if index == NONE {
            return self.push(object);
        }
        let entry = &mut self.entries[index as usize];
        if let Entry::Free(next) = *entry {
            self.first_free = next;
        }
        *entry = Entry::Live(object);
        Id::new(index)
    }

    #[inline(never)]
    fn push(&mut self, object: T) -> Id<T> {
        let index = self.entries.len();
        assert!(
            index < NONE as usize,
            "slab: more than 2^32-2 objects of one kind"
        );
        self.entries.push(Entry::Live(object));
        Id::new(index as u32)
    }

    /// The object, or None if its place is free. Only the collector may meet a free place.
    pub fn get(&self, id: Id<T>) -> Option<&T> {
        match self.entries.get(id.index() as usize) {
            Some(Entry::Live(object)) => Some(object),
            Some(Entry::Free(_)) | None => None,
        }
    }

    /// Two different objects; None if they are the same one.
    #[inline(always)]
    pub(crate) fn pair_mut(&mut self, one: Id<T>, other: Id<T>) -> Option<(&mut T, &mut T)> {
        let places = [one.index() as usize, other.index() as usize];
        match self.entries.get_disjoint_mut(places) {
            Ok([Entry::Live(one), Entry::Live(other)]) => Some((one, other)),
            Ok(_) => dangling(),
            Err(_) => None,
        }
    }

    /// How many places there are, free ones too.
    pub(super) fn places(&self) -> usize {
        self.entries.len()
    }

    /// Frees what is not marked, and calls `keep` for what stays.
    pub(super) fn sweep(&mut self, marked: &Marked, mut keep: impl FnMut(&T)) {
        for (at, (entry, marked)) in self.entries.iter_mut().zip(marked.iter()).enumerate() {
            match entry {
                Entry::Live(object) if marked => keep(object),
                Entry::Live(_) => {
                    *entry = Entry::Free(self.first_free);
                    self.first_free = at as u32;
                    self.live -= 1;
                }
                Entry::Free(_) => {}
            }
        }
    }

    /// How many objects are live.
    pub fn len(&self) -> usize {
        self.live as usize
    }

    /// No object is live.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// All live objects with their ids, in id order.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.entries
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| match entry {
                Entry::Live(object) => Some((Id::new(at as u32), object)),
                Entry::Free(_) => None,
            })
    }
}

impl<T> std::ops::Index<Id<T>> for Slab<T> {
    type Output = T;
    #[inline(always)]
    fn index(&self, id: Id<T>) -> &T {
        match &self.entries[id.index() as usize] {
            Entry::Live(object) => object,
            Entry::Free(_) => dangling(),
        }
    }
}

impl<T> std::ops::IndexMut<Id<T>> for Slab<T> {
    #[inline(always)]
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        match &mut self.entries[id.index() as usize] {
            Entry::Live(object) => object,
            Entry::Free(_) => dangling(),
        }
    }
}

#[cold]
#[inline(never)]
fn dangling() -> ! {
    panic!("invariant broken: an object was freed while something still named it")
}
