//! `dict`: entries in insertion order beside a hash table of their positions. A removed entry leaves a tombstone, so
//! that removing the first of a million moves nothing; the entries are packed when half of them are tombstones.

use crate::heap::{PART, Trace, Value};
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

/// One entry; the key is unset in a tombstone.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The key's hash.
    pub hash: u64,
    /// The key.
    pub key: Value,
    /// The value.
    pub value: Value,
}

/// A dict.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Entry>", into = "Vec<Entry>")]
pub struct Dict {
    entries: Vec<Entry>,
    table: HashTable<u32>,
    live: usize,
    /// Every place before this one is a tombstone.
    head: usize,
}

impl From<Vec<Entry>> for Dict {
    fn from(entries: Vec<Entry>) -> Self {
        let mut dict = Dict {
            entries,
            ..Dict::default()
        };
        dict.rebuild();
        dict
    }
}

impl From<Dict> for Vec<Entry> {
    fn from(dict: Dict) -> Self {
        dict.entries
    }
}

/// Tables are not worth their cost for this few entries: they are searched from the first to the last.
const SMALL: usize = 8;

/// The hash of an int is the int, but the table takes a tag from the highest bits and a place from the lowest: so every bit
/// has to depend on all. Keeping neighbouring ints together would fill parts of the table to the brim.
#[inline]
fn spread(hash: u64) -> u64 {
    let product = u128::from(hash) * 0x9E37_79B9_7F4A_7C15;
    (product as u64) ^ (product >> 64) as u64
}

impl Dict {
    /// The number of items.
    #[inline]
    pub fn len(&self) -> usize {
        self.live
    }

    /// It has no items.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The number of places, tombstones included: an iteration goes through `0..places()`.
    #[inline]
    pub fn places(&self) -> usize {
        self.entries.len()
    }

    /// The first place at or behind `from` that holds an item.
    #[inline]
    pub fn next_place(&self, from: usize) -> Option<usize> {
        let mut at = from.max(self.head);
        while let Some(entry) = self.entries.get(at) {
            if !entry.key.is_undef() {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// The last place before `end` that holds an item.
    pub fn previous_place(&self, end: usize) -> Option<usize> {
        (self.head..end.min(self.entries.len()))
            .rev()
            .find(|&at| !self.entries[at].key.is_undef())
    }

    /// The item at a place, which must hold one.
    #[inline]
    pub fn entry(&self, place: usize) -> Entry {
        self.entries[place]
    }

    /// The key at a place, if there is such a place.
    #[inline]
    pub fn key(&self, place: usize) -> Option<Value> {
        self.entries.get(place).map(|entry| entry.key)
    }

    /// The value at a place, which must hold an item.
    #[inline]
    pub fn value(&self, place: usize) -> &Value {
        &self.entries[place].value
    }

    /// All items in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry> + '_ {
        self.entries[self.head.min(self.entries.len())..]
            .iter()
            .copied()
            .filter(|entry| !entry.key.is_undef())
    }

    /// The place of a key with this hash for which `same` is true.
    #[inline]
    pub fn find(&self, hash: u64, mut same: impl FnMut(Value) -> bool) -> Option<usize> {
        if self.entries.len() <= SMALL {
            return self
                .entries
                .iter()
                .position(|entry| entry.hash == hash && !entry.key.is_undef() && same(entry.key));
        }
        self.table
            .find(spread(hash), |&at| {
                let entry = &self.entries[at as usize];
                entry.hash == hash && same(entry.key)
            })
            .map(|&at| at as usize)
    }

    /// The first place with this hash that is met: the key's, unless two keys have one hash.
    #[inline]
    pub(super) fn first_with(&self, hash: u64) -> Option<usize> {
        if self.entries.len() <= SMALL {
            return self
                .entries
                .iter()
                .position(|entry| entry.hash == hash && !entry.key.is_undef());
        }
        let entries = &self.entries;
        self.table
            .find(spread(hash), |&at| entries[at as usize].hash == hash)
            .map(|&at| at as usize)
    }

    /// The place of an entry with this hash for whose place `wanted` is true.
    pub fn find_place(&self, hash: u64, mut wanted: impl FnMut(usize) -> bool) -> Option<usize> {
        if self.entries.len() <= SMALL {
            return (0..self.entries.len()).find(|&at| {
                let entry = &self.entries[at];
                entry.hash == hash && !entry.key.is_undef() && wanted(at)
            });
        }
        self.table
            .find(spread(hash), |&at| {
                self.entries[at as usize].hash == hash && wanted(at as usize)
            })
            .map(|&at| at as usize)
    }

    /// Adds an item whose key is not there.
    #[inline]
    pub fn push(&mut self, hash: u64, key: Value, value: Value) {
        if self.entries.len() >= 2 * SMALL
            && self.live * 2 < self.entries.len()
            && self.entries.len() == self.entries.capacity()
        {
            self.pack();
        }
        let at = self.entries.len();
        self.entries.push(Entry { hash, key, value });
        self.live += 1;
        if at < SMALL {
            return;
        }
        if at == SMALL {
            self.rebuild();
        } else {
            let entries = &self.entries;
            self.table.insert_unique(spread(hash), at as u32, |&at| {
                spread(entries[at as usize].hash)
            });
        }
    }

    /// Replaces the value at a place.
    #[inline]
    pub fn set_value(&mut self, place: usize, value: Value) {
        self.entries[place].value = value;
    }

    /// Removes the item at a place and returns it.
    pub fn remove(&mut self, place: usize) -> Entry {
        let entry = self.entries[place];
        if self.entries.len() > SMALL
            && let Ok(found) = self
                .table
                .find_entry(spread(entry.hash), |&at| at as usize == place)
        {
            found.remove();
        }
        self.entries[place].key = Value::Undef;
        self.entries[place].value = Value::Undef;
        self.live -= 1;
        if place == self.head {
            self.head = self.next_place(place).unwrap_or(self.entries.len());
        }
        // The last places are given back at once, so that popitem() stays cheap.
        while self.entries.len() > SMALL + 1
            && self
                .entries
                .last()
                .is_some_and(|entry| entry.key.is_undef())
        {
            self.entries.pop();
        }
        entry
    }

    /// A copy without tombstones.
    pub fn packed(&self) -> Self {
        if self.live == self.entries.len() {
            return self.clone();
        }
        let entries: Vec<Entry> = self.iter().collect();
        Self::from(entries)
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        *self = Dict::default();
    }

    /// Drops the tombstones. Places change, so this must not happen under an iteration that goes on.
    fn pack(&mut self) {
        self.entries.retain(|entry| !entry.key.is_undef());
        self.rebuild();
    }

    fn rebuild(&mut self) {
        self.live = self
            .entries
            .iter()
            .filter(|entry| !entry.key.is_undef())
            .count();
        self.head = 0;
        self.head = self.next_place(0).unwrap_or(self.entries.len());
        self.table.clear();
        if self.entries.len() <= SMALL {
            return;
        }
        let entries = &self.entries;
        self.table
            .reserve(entries.len(), |&at| spread(entries[at as usize].hash));
        for (at, entry) in entries.iter().enumerate() {
            if !entry.key.is_undef() {
                self.table
                    .insert_unique(spread(entry.hash), at as u32, |&at| {
                        spread(entries[at as usize].hash)
                    });
            }
        }
    }
}

impl Trace for Dict {
    fn trace_part(&self, from: usize, visit: &mut impl FnMut(Value)) -> Option<usize> {
        for entry in self.entries.iter().skip(from).take(PART) {
            visit(entry.key);
            visit(entry.value);
        }
        let next = from + PART;
        (next < self.entries.len()).then_some(next)
    }
    fn payload(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.table.capacity() * 5
    }
}

/// `dict.keys()`, `.values()` or `.items()`
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct DictView {
    /// The dict (a `Dict`, or an instance of a subclass).
    pub dict: crate::heap::Id<Dict>,
    /// Which.
    pub kind: ViewKind,
}

/// What a dict view shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ViewKind {
    /// Keys.
    Keys,
    /// Values.
    Values,
    /// Pairs.
    Items,
}

impl Trace for DictView {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(Value::Dict(self.dict));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removing_from_the_front_moves_nothing() {
        let mut dict = Dict::default();
        for i in 0..100_000u64 {
            dict.push(i, Value::Int(i as i64), Value::None);
        }
        for i in 0..100_000u64 {
            let place = dict.next_place(0).expect("items are left");
            assert_eq!(dict.entry(place).key, Value::Int(i as i64));
            dict.remove(place);
        }
        assert!(dict.is_empty());
    }

    #[test]
    fn the_first_is_found_at_once_after_it_was_removed_early() {
        let mut dict = Dict::default();
        for i in 0..20u64 {
            dict.push(i, Value::Int(i as i64), Value::None);
            if i == 2 {
                dict.remove(0);
            }
        }
        dict.remove(1);
        assert_eq!(dict.head, 2);
    }

    #[test]
    fn finds_after_growth_and_removal() {
        let mut dict = Dict::default();
        for i in 0..1000u64 {
            dict.push(i * 7, Value::Int(i as i64), Value::Int(i as i64));
        }
        for i in (0..1000u64).step_by(2) {
            let place = dict
                .find(i * 7, |k| k == Value::Int(i as i64))
                .expect("is there");
            dict.remove(place);
        }
        for i in 0..1000u64 {
            let found = dict.find(i * 7, |k| k == Value::Int(i as i64)).is_some();
            assert_eq!(found, i % 2 == 1);
        }
        assert_eq!(dict.len(), 500);
    }
}
