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

/// Where an element is or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// It is here.
    Found(usize),
    /// It would take the place of one that was removed.
    Removed(usize),
    /// It would take this place.
    Empty(usize),
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
        probe(self.mask(), hash, |place| match self.table[place] {
            Place::Empty => Some(None),
            Place::Full(other, value) if other == hash && wanted(place, value) => Some(Some(place)),
            Place::Full(..) | Place::Removed => None,
        })
    }

    fn mask(&self) -> usize {
        self.table.len() - 1
    }

    /// Where the element with this hash for which `same` is true is, or would be added: in the last removed place on the way to the
    /// first empty one, if there is any.
    #[inline]
    pub fn spot(&self, hash: u64, mut same: impl FnMut(Value) -> bool) -> Spot {
        let mut removed = None;
        probe(self.mask(), hash, |place| match self.table[place] {
            Place::Empty => Some(match removed {
                Some(place) => Spot::Removed(place),
                None => Spot::Empty(place),
            }),
            Place::Full(other, value) if other == hash && same(value) => Some(Spot::Found(place)),
            Place::Full(..) => None,
            Place::Removed => {
                removed = Some(place);
                None
            }
        })
    }

    /// Adds an element that is not there.
    pub fn push(&mut self, hash: u64, value: Value) {
        let spot = self.spot(hash, |_| false);
        self.put(spot, hash, value);
    }

    /// Adds an element at its spot, unless it is there.
    pub fn put(&mut self, spot: Spot, hash: u64, value: Value) {
        let place = match spot {
            Spot::Found(_) => return,
            Spot::Removed(place) | Spot::Empty(place) => place,
        };
        self.used += 1;
        self.table[place] = Place::Full(hash, value);
        if let Spot::Removed(_) = spot {
            return;
        }
        self.filled += 1;
        if self.filled * 5 >= self.mask() * 3 {
            let wanted = if self.used > 50_000 {
                self.used * 2
            } else {
                self.used * 4
            };
            self.resize(wanted);
        }
    }

    /// What CPython has when it merges this set into an empty one.
    pub fn merged(&self) -> Set {
        let size = match self.used * 5 >= (MIN_SIZE - 1) * 3 {
            true => size_above(self.used * 2),
            false => MIN_SIZE,
        };
        let mut table;
        if size == self.table.len() && self.filled == self.used {
            table = self.table.clone();
        } else {
            table = vec![Place::Empty; size];
            fill(&mut table, &self.table);
        }
        Set {
            table,
            filled: self.used,
            used: self.used,
            finger: 0,
        }
    }

    /// Makes room as CPython does before it merges another set or dict of `more` elements.
    pub fn reserve_for_merge(&mut self, more: usize) {
        if (self.filled + more) * 5 >= self.mask() * 3 {
            self.resize((self.used + more) * 2);
        }
    }

    fn resize(&mut self, more_than: usize) {
        let empty = vec![Place::Empty; size_above(more_than)];
        let old = std::mem::replace(&mut self.table, empty);
        self.filled = self.used;
        fill(&mut self.table, &old);
    }

    /// Removes the element at a place.
    pub fn remove(&mut self, place: usize) {
        self.table[place] = Place::Removed;
        self.used -= 1;
    }

    /// Removes and returns an arbitrary element, CPython's choice.
    pub fn pop(&mut self) -> Option<Value> {
        let first = self.finger & self.mask();
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
        if self.filled - self.used > self.mask() / 4 {
            let wanted = if self.used > 50_000 {
                self.used * 2
            } else {
                self.used * 4
            };
            self.resize(wanted);
        }
    }

    /// The set itself, out of its place, which has none until it is put back.
    pub fn taken(&mut self) -> Set {
        let nothing = Set {
            table: Vec::new(),
            filled: 0,
            used: 0,
            finger: 0,
        };
        std::mem::replace(self, nothing)
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        *self = Set::default();
    }
}

/// The first power of two above a number of places.
fn size_above(places: usize) -> usize {
    (places + 1).next_power_of_two().max(MIN_SIZE)
}

/// Goes the way on which an element with this hash is looked for, until `visit` gives something.
#[inline(always)]
fn probe<R>(mask: usize, hash: u64, mut visit: impl FnMut(usize) -> Option<R>) -> R {
    let mut perturb = hash;
    let mut at = hash as usize & mask;
    loop {
        let last = if at + LINEAR_PROBES <= mask {
            at + LINEAR_PROBES
        } else {
            at
        };
        for place in at..=last {
            if let Some(result) = visit(place) {
                return result;
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

/// Puts the elements of one table into another that has nothing yet.
fn fill(table: &mut [Place], from: &[Place]) {
    let mask = table.len() - 1;
    for &element in from {
        if let Place::Full(hash, _) = element {
            let free = probe(mask, hash, |place| {
                (table[place] == Place::Empty).then_some(place)
            });
            table[free] = element;
        }
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
