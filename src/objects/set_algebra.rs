//! Union, intersection, difference and symmetric difference, step by step as CPython makes them, because the order of the
//! result depends on it. Whatever needs a script's `__eq__` or `__hash__` is left to the prelude.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Dict, Set, Spot, ViewKind};
use crate::heap::{Id, Trace, Value};
use crate::syntax::ast::BinaryOp;
use crate::vm::{Outcome, Raise, Vm};

/// The right side of a set operation.
pub(crate) enum Operand {
    Set(Id<Set>),
    Dict(Id<Dict>),
    /// The items of any other iterable.
    Items(Vec<Value>),
}

impl Vm {
    /// The right side of a set operation; None if its items can't be had without script code.
    ///
    /// # Errors
    /// TypeError if it isn't iterable.
    pub(crate) fn set_operand(&mut self, value: Value) -> Result<Option<Operand>, Raise> {
        Ok(match self.native_value(value) {
            Value::Set(id) | Value::FrozenSet(id) => Some(Operand::Set(id)),
            Value::Dict(id) if matches!(value, Value::Dict(_)) => Some(Operand::Dict(id)),
            _ => self.items_of(value)?.map(Operand::Items),
        })
    }

    /// The hashed elements of an operand, in order; None if script code is needed.
    fn hashed(&mut self, operand: &Operand) -> Result<Option<Vec<(u64, Value)>>, Raise> {
        Ok(Some(match operand {
            Operand::Set(id) => self.heap[*id].iter().collect(),
            Operand::Dict(id) => self.heap[*id]
                .iter()
                .map(|entry| (entry.hash, entry.key))
                .collect(),
            Operand::Items(items) => {
                let mut hashed = Vec::with_capacity(items.len());
                for &item in items {
                    let Some(hash) = self.hash(item)? else {
                        return Ok(None);
                    };
                    hashed.push((hash, item));
                }
                hashed
            }
        }))
    }

    /// A new set with the elements of another.
    pub(crate) fn copy_set(&mut self, set: Id<Set>) -> Id<Set> {
        let copy = self.heap[set].merged();
        self.heap.new_set(copy)
    }

    /// Where an element is in a set or would be added; None if script code is needed.
    #[inline]
    fn spot_in_set(&self, set: &Set, hash: u64, item: Value) -> Option<Spot> {
        let mut script = false;
        let spot = set.spot(hash, |there| match (there, item) {
            (Value::Int(there), Value::Int(item)) => there == item,
            (Value::Str(there), Value::Str(item)) => self.same_text(there, item),
            _ => self.same_or_equal(there, item).unwrap_or_else(|| {
                script = true;
                false
            }),
        });
        (!script).then_some(spot)
    }

    /// Adds an element of this hash; None if script code is needed.
    #[inline]
    pub(crate) fn set_insert(&mut self, set: Id<Set>, hash: u64, item: Value) -> Option<()> {
        let spot = self.spot_in_set(&self.heap[set], hash, item)?;
        if !matches!(spot, Spot::Found(_)) {
            self.heap.update(set, |set| set.put(spot, hash, item));
        }
        Some(())
    }

    /// `target |= operand`; false if script code is needed, which can then begin anew.
    pub(crate) fn set_merge(&mut self, target: Id<Set>, operand: &Operand) -> Result<bool, Raise> {
        match *operand {
            Operand::Set(other) if other == target => return Ok(true),
            Operand::Set(other) => {
                let more = self.heap[other].len();
                self.heap.update(target, |set| set.reserve_for_merge(more));
                if self.heap[target].adopts(&self.heap[other]) {
                    let source = self.heap[other].clone();
                    self.heap.update(target, |set| set.adopt(&source));
                    return Ok(true);
                }
                // Out of its place, so that the elements can be compared while it grows.
                let mut set = self.heap[target].taken();
                let before = set.payload();
                let added = self.heap[other].iter().try_for_each(|(hash, item)| {
                    let spot = self.spot_in_set(&set, hash, item)?;
                    set.put(spot, hash, item);
                    Some(())
                });
                let after = set.payload();
                self.heap[target] = set;
                self.heap.resized(before, after);
                return Ok(added.is_some());
            }
            Operand::Dict(other) => {
                let more = self.heap[other].len();
                self.heap.update(target, |set| set.reserve_for_merge(more));
            }
            Operand::Items(ref items) => {
                for &item in items {
                    if !self.set_add(target, item)? {
                        return Ok(false);
                    }
                }
                return Ok(true);
            }
        }
        let Some(hashed) = self.hashed(operand)? else {
            return Ok(false);
        };
        for (hash, item) in hashed {
            if self.set_insert(target, hash, item).is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `set & operand`; None if script code is needed.
    pub(crate) fn set_intersection(
        &mut self,
        set: Id<Set>,
        operand: &Operand,
    ) -> Result<Option<Id<Set>>, Raise> {
        let mut result = Set::default();
        let (walked, asked) = match *operand {
            Operand::Set(other) if other == set => return Ok(Some(self.copy_set(set))),
            Operand::Set(other) => {
                let (walked, asked) = match self.heap[other].len() > self.heap[set].len() {
                    true => (set, other),
                    false => (other, set),
                };
                for (hash, item) in self.heap[walked].iter() {
                    match self.find_in_set(asked, hash, item) {
                        Some(Some(_)) => result.push(hash, item),
                        Some(None) => {}
                        None => return Ok(None),
                    }
                }
                return Ok(Some(self.heap.new_set(result)));
            }
            Operand::Dict(other) => (Operand::Dict(other), set),
            Operand::Items(ref items) => (Operand::Items(items.clone()), set),
        };
        let Some(hashed) = self.hashed(&walked)? else {
            return Ok(None);
        };
        for (hash, item) in hashed {
            match self.find_in_set(asked, hash, item) {
                Some(Some(_)) => {}
                Some(None) => continue,
                None => return Ok(None),
            }
            // Items of an iterable can come twice; what is equal to the same element is equal.
            match self.spot_in_set(&result, hash, item) {
                Some(spot) => result.put(spot, hash, item),
                None => return Ok(None),
            }
        }
        Ok(Some(self.heap.new_set(result)))
    }

    /// `target -= operand`; false if script code is needed, which can then begin anew.
    pub(crate) fn set_subtract(
        &mut self,
        target: Id<Set>,
        operand: &Operand,
    ) -> Result<bool, Raise> {
        if matches!(operand, Operand::Set(other) if *other == target) {
            self.heap.update(target, Set::clear);
            return Ok(true);
        }
        let Some(hashed) = self.hashed(operand)? else {
            return Ok(false);
        };
        for (hash, item) in hashed {
            match self.find_in_set(target, hash, item) {
                Some(Some(place)) => self.heap[target].remove(place),
                Some(None) => {}
                None => return Ok(false),
            }
        }
        self.heap.update(target, Set::shrink_after_difference);
        Ok(true)
    }

    /// `set - operand`; None if script code is needed.
    pub(crate) fn set_difference(
        &mut self,
        set: Id<Set>,
        operand: &Operand,
    ) -> Result<Option<Id<Set>>, Raise> {
        let length = self.heap[set].len();
        let small_other = match *operand {
            Operand::Set(other) => length >> 2 > self.heap[other].len(),
            Operand::Dict(other) => length >> 2 > self.heap[other].len(),
            Operand::Items(_) => true,
        };
        if small_other {
            let copy = self.copy_set(set);
            return Ok(self.set_subtract(copy, operand)?.then_some(copy));
        }
        let mut result = Set::default();
        for (hash, item) in self.heap[set].iter() {
            let found = match *operand {
                Operand::Set(other) => self
                    .find_in_set(other, hash, item)
                    .map(|place| place.is_some()),
                Operand::Dict(other) => self
                    .find_in_dict(other, hash, item)
                    .map(|place| place.is_some()),
                Operand::Items(_) => None,
            };
            match found {
                Some(true) => {}
                Some(false) => result.push(hash, item),
                None => return Ok(None),
            }
        }
        Ok(Some(self.heap.new_set(result)))
    }

    /// `target ^= operand`; false if script code is needed, and nothing is changed then.
    pub(crate) fn set_toggle(&mut self, target: Id<Set>, operand: &Operand) -> Result<bool, Raise> {
        if matches!(operand, Operand::Set(other) if *other == target) {
            self.heap.update(target, Set::clear);
            return Ok(true);
        }
        let operand = match operand {
            Operand::Items(_) => {
                let set = self.heap.new_set(Set::default());
                if !self.set_merge(set, operand)? {
                    return Ok(false);
                }
                Operand::Set(set)
            }
            Operand::Set(id) => Operand::Set(*id),
            Operand::Dict(id) => Operand::Dict(*id),
        };
        let Some(hashed) = self.hashed(&operand)? else {
            return Ok(false);
        };
        if hashed
            .iter()
            .any(|&(hash, item)| self.find_in_set(target, hash, item).is_none())
        {
            return Ok(false);
        }
        for (hash, item) in hashed {
            match self.find_in_set(target, hash, item).flatten() {
                Some(place) => self.heap[target].remove(place),
                None => self.heap.update(target, |set| set.push(hash, item)),
            }
        }
        Ok(true)
    }

    /// `set ^ operand`; None if script code is needed.
    pub(crate) fn set_symmetric(
        &mut self,
        set: Id<Set>,
        operand: &Operand,
    ) -> Result<Option<Id<Set>>, Raise> {
        let other = self.heap.new_set(Set::default());
        if !self.set_merge(other, operand)? {
            return Ok(None);
        }
        Ok(self.set_toggle(other, &Operand::Set(set))?.then_some(other))
    }

    /// Are all elements of `small` in `large`? None if script code is needed.
    pub(crate) fn is_subset(
        &mut self,
        small: &Operand,
        large: Id<Set>,
    ) -> Result<Option<bool>, Raise> {
        let hashed = match *small {
            Operand::Set(_) => Some(Vec::new()),
            Operand::Dict(_) | Operand::Items(_) => self.hashed(small)?,
        };
        let Some(hashed) = hashed else {
            return Ok(None);
        };
        let within = |(hash, item)| match self.find_in_set(large, hash, item) {
            Some(Some(_)) => None,
            Some(None) => Some(Some(false)),
            None => Some(None),
        };
        let answer = match *small {
            Operand::Set(small) => self.heap[small].iter().find_map(within),
            Operand::Dict(_) | Operand::Items(_) => hashed.into_iter().find_map(within),
        };
        Ok(answer.unwrap_or(Some(true)))
    }

    /// `|`, `&`, `-` and `^` where an operand is a set or a dict view; None if the kinds don't fit.
    pub(crate) fn set_binary(
        &mut self,
        op: BinaryOp,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> Result<Option<Outcome>, Raise> {
        if self.is_set_view(a) || self.is_set_view(b) {
            let name = match op {
                BinaryOp::Or => "_view_or",
                BinaryOp::And => "_view_and",
                BinaryOp::Sub => "_view_sub",
                _ => "_view_xor",
            };
            return self.call_prelude(name, &[a, b]).map(Some);
        }
        let (Value::Set(x) | Value::FrozenSet(x), Value::Set(y) | Value::FrozenSet(y)) = (a, b)
        else {
            return Ok(None);
        };
        let operand = Operand::Set(y);
        if in_place && matches!(a, Value::Set(_)) {
            let done = match op {
                BinaryOp::Or => self.set_merge(x, &operand)?,
                BinaryOp::Sub => self.set_subtract(x, &operand)?,
                BinaryOp::And => match self.set_intersection(x, &operand)? {
                    Some(result) => {
                        self.replace_set(x, result);
                        true
                    }
                    None => false,
                },
                _ => self.set_toggle(x, &operand)?,
            };
            if done {
                return Ok(Some(a.into()));
            }
            let name = self.heap.str(match op {
                BinaryOp::Or => "update",
                BinaryOp::Sub => "difference_update",
                BinaryOp::And => "intersection_update",
                _ => "symmetric_difference_update",
            });
            return self
                .call_prelude("_set_method_in_place", &[name, a, b])
                .map(Some);
        }
        let result = match op {
            BinaryOp::Or => {
                let copy = self.copy_set(x);
                self.set_merge(copy, &operand)?.then_some(copy)
            }
            BinaryOp::And => self.set_intersection(x, &operand)?,
            BinaryOp::Sub => self.set_difference(x, &operand)?,
            _ => self.set_symmetric(x, &operand)?,
        };
        let frozen = matches!(a, Value::FrozenSet(_));
        if let Some(result) = result {
            let value = if frozen {
                Value::FrozenSet(result)
            } else {
                Value::Set(result)
            };
            return Ok(Some(value.into()));
        }
        let name = self.heap.str(match op {
            BinaryOp::Or => "union",
            BinaryOp::And => "intersection",
            BinaryOp::Sub => "difference",
            _ => "symmetric_difference",
        });
        let others = self.heap.list(vec![b]);
        self.call_prelude("_set_method", &[name, a, Value::Bool(frozen), others])
            .map(Some)
    }

    /// Is it the keys or items of a dict?
    pub(crate) fn is_set_view(&self, value: Value) -> bool {
        matches!(value, Value::DictView(id) if self.heap[id].kind != ViewKind::Values)
    }

    /// Makes a set have the elements of another that nobody else has.
    pub(crate) fn replace_set(&mut self, target: Id<Set>, source: Id<Set>) {
        let content = std::mem::take(&mut self.heap[source]);
        self.heap.update(target, |set| *set = content);
    }

    /// Adds the items of an iterable to a set.
    pub(crate) fn extend_set(&mut self, set: Value, items: Value) -> crate::vm::NativeResult {
        let Value::Set(id) = set else {
            return Ok(Value::None.into());
        };
        if let Some(operand) = self.set_operand(items)?
            && self.set_merge(id, &operand)?
        {
            return Ok(Value::None.into());
        }
        self.call_prelude("_set_update", &[set, items])
    }
}
