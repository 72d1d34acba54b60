//! `set` and `frozenset`: open addressing with CPython's probing and growth, because programs print sets of numbers and
//! the order they see is the order of this table.

use crate::heap::{Trace, Value};
use serde::{Deserialize, Serialize};

/// One place of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Place {
    #[default]
    Empty,
    Removed,
    Full(u64, Value),
}

/// A set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Set {
    table: Vec<Place>,
    /// Full and removed places.
    filled: usize,
    /// Full places.
    used: usize,
    /// Where `pop` looks next.
    finger: usize,
}

impl Default for Set {
    fn default() -> Self {
        Self {
            table: vec![Place::Empty; MIN_SIZE],
            filled: 0,
            used: 0,
            finger: 0,
        }
    }
}

const MIN_SIZE: usize = 8;
/// Neighbours looked at before the next jump.
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;

impl Set {
    /// The number of elements.
    pub fn len(&self) -> usize {
        self.used
    }

    /// It has no elements.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The number of places: an iteration goes through `0..places()`.
    pub fn places(&self) -> usize {
        self.table.len()
    }

    /// The first place at or behind `from` that holds an element, with its hash and the element.
    pub fn next(&self, from: usize) -> Option<(usize, u64, Value)> {
        self.table
            .get(from..)?
            .iter()
            .enumerate()
            .find_map(|(at, place)| match *place {
                Place::Full(hash, value) => Some((from + at, hash, value)),
                Place::Empty | Place::Removed => None,
            })
    }

    /// All elements with their hashes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, Value)> + '_ {
        self.table.iter().filter_map(|place| match *place {
            Place::Full(hash, value) => Some((hash, value)),
            Place::Empty | Place::Removed => None,
        })
    }

    /// The element at a place.
    #[inline]
    pub fn value(&self, place: usize) -> Option<Value> {
        match self.table.get(place) {
            Some(&Place::Full(_, value)) => Some(value),
            _ => None,
        }
    }

    /// The place of an element with this hash for which `same` is true.
    pub fn find(&self, hash: u64, mut same: impl FnMut(Value) -> bool) -> Option<usize> {
        self.find_place(hash, |_, value| same(value))
    }

    /// The place with this hash for which `wanted` is true.
    #[inline]
    pub fn find_place(
        &self,
        hash: u64,
        mut wanted: impl FnMut(usize, Value) -> bool,
    ) -> Option<usize> {
        let mask = self.table.len() - 1;
        let mut perturb = hash;
        let mut at = hash as usize & mask;
        loop {
            let last = if at + LINEAR_PROBES <= mask {
                at + LINEAR_PROBES
            } else {
                at
            };
            for place in at..=last {
                match self.table[place] {
                    Place::Empty => return None,
                    Place::Full(other, value) if other == hash && wanted(place, value) => {
                        return Some(place);
                    }
                    Place::Full(..) | Place::Removed => {}
                }
            }
            perturb >>= PERTURB_SHIFT;
            at = (at
                .wrapping_mul(5)
                .wrapping_add(1)
                .wrapping_add(perturb as usize))
                & mask;
        }
    }

    /// Adds an element that is not there: in the last removed place on the way to the first empty one, if there is any.
    pub fn push(&mut self, hash: u64, value: Value) {
        let mask = self.table.len() - 1;
        let mut perturb = hash;
        let mut at = hash as usize & mask;
        let mut removed = None;
        'search: loop {
            let last = if at + LINEAR_PROBES <= mask {
                at + LINEAR_PROBES
            } else {
                at
            };
            for place in at..=last {
                match self.table[place] {
                    Place::Empty => {
                        at = place;
                        break 'search;
                    }
                    Place::Removed => removed = Some(place),
                    Place::Full(..) => {}
                }
            }
            perturb >>= PERTURB_SHIFT;
            at = (at
                .wrapping_mul(5)
                .wrapping_add(1)
                .wrapping_add(perturb as usize))
                & mask;
        }
        self.used += 1;
        if let Some(place) = removed {
            self.table[place] = Place::Full(hash, value);
            return;
        }
        self.table[at] = Place::Full(hash, value);
        self.filled += 1;
        if self.filled * 5 >= mask * 3 {
            let wanted = if self.used > 50_000 {
                self.used * 2
            } else {
                self.used * 4
            };
            self.resize(wanted);
        }
    }

    /// Makes room as CPython does before it merges another set or dict of `more` elements.
    pub fn reserve_for_merge(&mut self, more: usize) {
        let mask = self.table.len() - 1;
        if (self.filled + more) * 5 >= mask * 3 {
            self.resize((self.used + more) * 2);
        }
    }

    fn resize(&mut self, more_than: usize) {
        let mut size = MIN_SIZE;
        while size <= more_than {
            size <<= 1;
        }
        let old = std::mem::replace(&mut self.table, vec![Place::Empty; size]);
        self.filled = self.used;
        let mask = size - 1;
        for place in old {
            let Place::Full(hash, _) = place else {
                continue;
            };
            let mut perturb = hash;
            let mut at = hash as usize & mask;
            'search: loop {
                let last = if at + LINEAR_PROBES <= mask {
                    at + LINEAR_PROBES
                } else {
                    at
                };
                for free in at..=last {
                    if self.table[free] == Place::Empty {
                        self.table[free] = place;
                        break 'search;
                    }
                }
                perturb >>= PERTURB_SHIFT;
                at = (at
                    .wrapping_mul(5)
                    .wrapping_add(1)
                    .wrapping_add(perturb as usize))
                    & mask;
            }
        }
    }

    /// Removes the element at a place.
    pub fn remove(&mut self, place: usize) {
        self.table[place] = Place::Removed;
        self.used -= 1;
    }

    /// Removes and returns an arbitrary element, CPython's choice.
    pub fn pop(&mut self) -> Option<Value> {
        let mask = self.table.len() - 1;
        let first = self.finger & mask;
        let (place, _, value) = self.next(first).or_else(|| self.next(0))?;
        self.remove(place);
        self.finger = place + 1;
        Some(value)
    }

    /// Takes over the table of another set as it is, if CPython would when it merges that into this one.
    pub fn adopt(&mut self, other: &Set) {
        self.table.clone_from(&other.table);
        self.filled = other.filled;
        self.used = other.used;
    }

    /// Can it take over another's table as it is?
    pub fn adopts(&self, other: &Set) -> bool {
        self.filled == 0 && self.table.len() == other.table.len() && other.filled == other.used
    }

    /// Drops the removed places as CPython does behind `difference_update`.
    pub fn shrink_after_difference(&mut self) {
        if self.filled - self.used > (self.table.len() - 1) / 4 {
            let wanted = if self.used > 50_000 {
                self.used * 2
            } else {
                self.used * 4
            };
            self.resize(wanted);
        }
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        *self = Set::default();
    }
}

impl Trace for Set {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        self.iter().for_each(|(_, value)| visit(value));
    }
    fn payload(&self) -> usize {
        self.table.capacity() * size_of::<Place>()
    }
}
