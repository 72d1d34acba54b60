//! Reading and writing dicts and sets by key, and the natives with which the prelude does it when a script's `__hash__`
//! or `__eq__` has a say.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Dict, Set, Str, hash_str};
use crate::heap::{Id, Value};
use crate::vm::native::NativeFn;
use crate::vm::{Args, NativeResult, Raise, Vm, native, ok};

/// What a lookup found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lookup {
    /// The value.
    Found(Value),
    /// No such key.
    Missing,
    /// Only script code can tell.
    Script,
}

/// Where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    /// At this place.
    At(usize),
    /// Nowhere; its hash.
    Missing(u64),
    /// Only script code can tell.
    Script,
}

/// The last str that was found in a dict. Ids are given anew after a collection, so it holds until the next one.
#[derive(Clone, Copy)]
pub(crate) struct LastProbe {
    dict: Id<Dict>,
    key: Id<Str>,
    /// The str in the dict.
    there: Id<Str>,
    place: u32,
    collections: u64,
}

impl Vm {
    /// The place of a key.
    #[inline]
    pub(crate) fn dict_probe(&mut self, dict: Id<Dict>, key: Value) -> Result<Probe, Raise> {
        match key {
            Value::Str(id) => Ok(self.probe_str(dict, id)),
            Value::Int(int) => Ok(self.probe_int(dict, int)),
            _ => self.dict_probe_other(dict, key),
        }
    }

    /// The place of a str, which may be looked up again at once.
    #[inline(never)]
    fn probe_str(&mut self, dict: Id<Dict>, key: Id<Str>) -> Probe {
        if let Some(place) = self.probed_last(dict, key) {
            return Probe::At(place);
        }
        let probe = self.probe_str_once(dict, key);
        if let Probe::At(place) = probe
            && let Value::Str(there) = self.heap[dict].entry(place).key
        {
            self.last_probe = Some(LastProbe {
                dict,
                key,
                there,
                place: place as u32,
                collections: self.heap.collections(),
            });
        }
        probe
    }

    /// The place of a str.
    #[inline(always)]
    fn probe_str_once(&mut self, dict: Id<Dict>, key: Id<Str>) -> Probe {
        let hash = match self.heap[key].hash() {
            Some(hash) => hash,
            None => self.hash_of_str(key),
        };
        let entries = &self.heap[dict];
        let Some(place) = entries.first_with(hash) else {
            return Probe::Missing(hash);
        };
        let Value::Str(there) = entries.entry(place).key else {
            return self.probe_all(dict, Value::Str(key), hash);
        };
        if !self.same_text(there, key) {
            return self.probe_all(dict, Value::Str(key), hash);
        }
        Probe::At(place)
    }

    /// The place of an int.
    #[inline(never)]
    fn probe_int(&mut self, dict: Id<Dict>, key: i64) -> Probe {
        let hash = crate::text::int_hash(key) as u64;
        let entries = &self.heap[dict];
        match entries.first_with(hash) {
            None => Probe::Missing(hash),
            Some(place) if matches!(entries.entry(place).key, Value::Int(there) if there == key) => {
                Probe::At(place)
            }
            Some(_) => self.probe_all(dict, Value::Int(key), hash),
        }
    }

    /// The place of a str or an int where more keys may have its hash.
    #[inline(never)]
    fn probe_all(&mut self, dict: Id<Dict>, key: Value, hash: u64) -> Probe {
        let mut script = false;
        let found = self.heap[dict].find(hash, |other| match (other, key) {
            (Value::Int(other), Value::Int(key)) => other == key,
            (Value::Str(other), Value::Str(key)) => self.same_text(other, key),
            (Value::Int(_), Value::Str(_)) | (Value::Str(_), Value::Int(_)) => false,
            _ => self.same_instance_key(other, key, &mut script),
        });
        probed(found, hash, script)
    }

    /// The place of a key if it is what was looked up last and found: `d[key] = d.get(key, 0) + 1`.
    #[inline(always)]
    fn probed_last(&self, dict: Id<Dict>, key: Id<Str>) -> Option<usize> {
        let last = self.last_probe?;
        // The entry may have gone since; as long as the same str is there, its text is the key's.
        (last.key == key
            && last.dict == dict
            && last.collections == self.heap.collections()
            && self.heap[dict].key(last.place as usize) == Some(Value::Str(last.there)))
        .then_some(last.place as usize)
    }

    /// The place of a str or an int that is a key. None for anything else.
    #[inline(never)]
    pub(crate) fn place_in_dict(&mut self, dict: Id<Dict>, key: &Value) -> Option<usize> {
        match self.probe_plain(dict, *key)? {
            Probe::At(place) => Some(place),
            Probe::Missing(_) | Probe::Script => None,
        }
    }

    /// The place of a key that is a str or an int. None for anything else.
    #[inline(always)]
    pub(crate) fn probe_plain(&mut self, dict: Id<Dict>, key: Value) -> Option<Probe> {
        match key {
            Value::Str(id) => Some(self.probe_str(dict, id)),
            Value::Int(int) => Some(self.probe_int(dict, int)),
            _ => None,
        }
    }

    /// The same for a key that is not looked up again at once.
    #[inline(always)]
    pub(crate) fn probe_once(&mut self, dict: Id<Dict>, key: Value) -> Option<Probe> {
        match key {
            Value::Str(id) => Some(self.probe_str_once(dict, id)),
            _ => self.probe_plain(dict, key),
        }
    }

    #[inline(never)]
    fn same_instance_key(&self, other: Value, key: Value, script: &mut bool) -> bool {
        match self.same_or_equal(other, key) {
            Some(equal) => equal,
            None => {
                *script = true;
                false
            }
        }
    }

    #[inline(never)]
    fn dict_probe_other(&mut self, dict: Id<Dict>, key: Value) -> Result<Probe, Raise> {
        let Some(hash) = self.hash(key)? else {
            return Ok(Probe::Script);
        };
        Ok(match self.find_in_dict(dict, hash, key) {
            Some(Some(place)) => Probe::At(place),
            Some(None) => Probe::Missing(hash),
            None => Probe::Script,
        })
    }

    /// `dict[key]`
    #[inline]
    pub(crate) fn dict_get(&mut self, dict: Id<Dict>, key: Value) -> Result<Lookup, Raise> {
        Ok(match self.dict_probe(dict, key)? {
            Probe::At(place) => Lookup::Found(self.heap[dict].entry(place).value),
            Probe::Missing(_) => Lookup::Missing,
            Probe::Script => Lookup::Script,
        })
    }

    /// `dict[key] = value`; false when script code is needed.
    #[inline]
    pub(crate) fn dict_set(
        &mut self,
        dict: Id<Dict>,
        key: Value,
        value: Value,
    ) -> Result<bool, Raise> {
        match self.dict_probe(dict, key)? {
            Probe::At(place) => self.heap[dict].set_value(place, value),
            Probe::Missing(hash) => self.heap.update(dict, |dict| dict.push(hash, key, value)),
            Probe::Script => return Ok(false),
        }
        Ok(true)
    }

    /// Removes an item and gives its value.
    pub(crate) fn dict_remove(&mut self, dict: Id<Dict>, key: Value) -> Result<Lookup, Raise> {
        Ok(match self.dict_probe(dict, key)? {
            Probe::At(place) => {
                Lookup::Found(self.heap.update(dict, |dict| dict.remove(place)).value)
            }
            Probe::Missing(_) => Lookup::Missing,
            Probe::Script => Lookup::Script,
        })
    }

    /// The value of a str key.
    pub(crate) fn dict_get_str(&self, dict: Id<Dict>, name: Id<Str>) -> Option<Value> {
        let str = &self.heap[name];
        let hash = str.hash().unwrap_or_else(|| hash_str(self.heap.text(name)));
        let dict = &self.heap[dict];
        let place = dict.find(hash, |other| match other {
            Value::Str(other) => self.same_text(other, name),
            _ => false,
        })?;
        Some(dict.entry(place).value)
    }

    /// Sets the value of a str key.
    pub(crate) fn dict_set_str(&mut self, dict: Id<Dict>, name: Id<Str>, value: Value) {
        let hash = self.hash_of_str(name);
        let heap = &self.heap;
        let place = heap[dict].find(hash, |other| match other {
            Value::Str(other) => other == name || heap.text(other) == heap.text(name),
            _ => false,
        });
        match place {
            Some(place) => self.heap[dict].set_value(place, value),
            None => self
                .heap
                .update(dict, |dict| dict.push(hash, Value::Str(name), value)),
        }
    }

    /// The place of an element.
    #[inline]
    pub(crate) fn set_probe(&mut self, set: Id<Set>, key: Value) -> Result<Probe, Raise> {
        let Some(hash) = self.hash(key)? else {
            return Ok(Probe::Script);
        };
        // Mostly the first with the hash is the key.
        let found = &self.heap[set];
        let Some(place) = found.find(hash, |_| true) else {
            return Ok(Probe::Missing(hash));
        };
        match (found.value(place), key) {
            (Some(Value::Int(there)), Value::Int(key)) if there == key => {
                return Ok(Probe::At(place));
            }
            (Some(Value::Str(there)), Value::Str(key)) if self.same_text(there, key) => {
                return Ok(Probe::At(place));
            }
            _ => {}
        }
        Ok(match self.find_in_set(set, hash, key) {
            Some(Some(place)) => Probe::At(place),
            Some(None) => Probe::Missing(hash),
            None => Probe::Script,
        })
    }

    /// Adds an element; false when script code is needed.
    #[inline]
    pub(crate) fn set_add(&mut self, set: Id<Set>, key: Value) -> Result<bool, Raise> {
        let Some(hash) = self.hash(key)? else {
            return Ok(false);
        };
        Ok(self.set_insert(set, hash, key).is_some())
    }

    /// Is it an element? None when script code is needed.
    pub(crate) fn set_contains(&mut self, set: Id<Set>, key: Value) -> Result<Option<bool>, Raise> {
        Ok(match self.set_probe(set, key)? {
            Probe::At(_) => Some(true),
            Probe::Missing(_) => Some(false),
            Probe::Script => None,
        })
    }

    /// Have two sets no element in common? None when script code is needed.
    pub(crate) fn are_disjoint(&self, a: Id<Set>, b: Id<Set>) -> Option<bool> {
        let (small, large) = if self.heap[a].len() <= self.heap[b].len() {
            (a, b)
        } else {
            (b, a)
        };
        for (hash, element) in self.heap[small].iter() {
            if self.find_in_set(large, hash, element)?.is_some() {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Removes an element and tells if it was there; None when script code is needed.
    pub(crate) fn set_discard(&mut self, set: Id<Set>, key: Value) -> Result<Option<bool>, Raise> {
        Ok(match self.set_probe(set, key)? {
            Probe::At(place) => {
                self.heap[set].remove(place);
                Some(true)
            }
            Probe::Missing(_) => Some(false),
            Probe::Script => None,
        })
    }
}

#[inline]
fn probed(found: Option<usize>, hash: u64, script: bool) -> Probe {
    match found {
        _ if script => Probe::Script,
        Some(place) => Probe::At(place),
        None => Probe::Missing(hash),
    }
}

/// What the prelude's own lookup is made of. A place is where a key is in the table; after script code has run it may be
/// another's, so `_dict_key_at` asks again.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_dict_spot", "table, key, hash, /", spot),
    native("_dict_candidates", "table, hash, /", candidates),
    native("_dict_key_at", "table, place, /", key_at),
    native("_dict_value_at", "dict, place, /", value_at),
    native("_dict_replace", "dict, place, value, /", replace),
    native("_dict_push", "dict, hash, key, value, /", push),
    native("_dict_take", "dict, place, /", take),
    native("_set_push", "set, hash, key, /", set_push),
    native("_set_take", "set, place, /", set_take),
    native("_entries", "table, /", entries),
    native("_is_hashed", "object, /", |vm, args| {
        let object = args.get(vm, 0);
        ok(Value::Bool(matches!(
            object,
            Value::Dict(_) | Value::Set(_) | Value::FrozenSet(_)
        )))
    }),
];

/// The place of a key, -1 if it is not there, -2 when only script code can tell.
fn spot(vm: &mut Vm, args: Args) -> NativeResult {
    let (table, key, hash) = (
        args.get(vm, 0),
        args.get(vm, 1),
        int_arg(vm, args, 2) as u64,
    );
    let found = match vm.native_value(table) {
        Value::Dict(dict) => vm.find_in_dict(dict, hash, key),
        Value::Set(set) | Value::FrozenSet(set) => vm.find_in_set(set, hash, key),
        _ => panic!("invariant broken: the prelude gave no dict or set"),
    };
    ok(Value::Int(match found {
        Some(Some(place)) => place as i64,
        Some(None) => -1,
        None => -2,
    }))
}

fn int_arg(vm: &Vm, args: Args, index: usize) -> i64 {
    match args.get(vm, index) {
        Value::Int(int) => int,
        _ => panic!("invariant broken: the prelude gave no int"),
    }
}

fn dict_arg(vm: &Vm, args: Args) -> Id<Dict> {
    match vm.native_value(args.get(vm, 0)) {
        Value::Dict(id) => id,
        _ => panic!("invariant broken: the prelude gave no dict"),
    }
}

fn set_arg(vm: &Vm, args: Args) -> Id<Set> {
    match vm.native_value(args.get(vm, 0)) {
        Value::Set(id) | Value::FrozenSet(id) => id,
        _ => panic!("invariant broken: the prelude gave no set"),
    }
}

/// `[place, key, place, key, …]` of all keys with a hash.
fn candidates(vm: &mut Vm, args: Args) -> NativeResult {
    let hash = int_arg(vm, args, 1) as u64;
    let mut found = Vec::new();
    // Keys of the same hash stand one behind the other on the probe's way: ask for each but those already seen.
    loop {
        let fresh = |place: usize| {
            !found
                .iter()
                .step_by(2)
                .any(|&seen| seen == Value::Int(place as i64))
        };
        let next = match vm.native_value(args.get(vm, 0)) {
            Value::Set(id) | Value::FrozenSet(id) => {
                let set = &vm.heap[id];
                let place = set.find_place(hash, |place, _| fresh(place));
                place
                    .and_then(|place| set.next(place))
                    .map(|(place, _, key)| (place, key))
            }
            Value::Dict(id) => {
                let dict = &vm.heap[id];
                let place = dict.find_place(hash, fresh);
                place.map(|place| (place, dict.entry(place).key))
            }
            _ => panic!("invariant broken: the prelude gave no table"),
        };
        let Some((place, key)) = next else { break };
        found.extend([Value::Int(place as i64), key]);
    }
    ok(vm.heap.list(found))
}

/// `[(hash, key, value), …]` of a dict; a set's elements have the value None.
fn entries(vm: &mut Vm, args: Args) -> NativeResult {
    let rows: Vec<[Value; 3]> = match vm.native_value(args.get(vm, 0)) {
        Value::Dict(id) => {
            let row = |entry: super::Entry| [Value::Int(entry.hash as i64), entry.key, entry.value];
            vm.heap[id].iter().map(row).collect()
        }
        Value::Set(id) | Value::FrozenSet(id) => {
            let row = |(hash, key)| [Value::Int(hash as i64), key, Value::None];
            vm.heap[id].iter().map(row).collect()
        }
        _ => panic!("invariant broken: the prelude gave no table"),
    };
    let rows = rows.into_iter().map(|row| vm.heap.tuple(row)).collect();
    ok(vm.heap.list(rows))
}

/// The key at a place, or a value no script has if there is none any more.
fn key_at(vm: &mut Vm, args: Args) -> NativeResult {
    let place = int_arg(vm, args, 1) as usize;
    let key = match vm.native_value(args.get(vm, 0)) {
        Value::Dict(id) => {
            let dict = &vm.heap[id];
            if place < dict.places() {
                dict.entry(place).key
            } else {
                Value::Undef
            }
        }
        Value::Set(id) | Value::FrozenSet(id) => match vm.heap[id].next(place) {
            Some((at, _, key)) if at == place => key,
            _ => Value::Undef,
        },
        _ => Value::Undef,
    };
    ok(if key.is_undef() {
        Value::NotImplemented
    } else {
        key
    })
}

fn value_at(vm: &mut Vm, args: Args) -> NativeResult {
    let place = int_arg(vm, args, 1) as usize;
    ok(vm.heap[dict_arg(vm, args)].entry(place).value)
}

fn replace(vm: &mut Vm, args: Args) -> NativeResult {
    let (dict, place, value) = (
        dict_arg(vm, args),
        int_arg(vm, args, 1) as usize,
        args.get(vm, 2),
    );
    vm.heap[dict].set_value(place, value);
    ok(Value::None)
}

fn push(vm: &mut Vm, args: Args) -> NativeResult {
    let (dict, hash) = (dict_arg(vm, args), int_arg(vm, args, 1) as u64);
    let (key, value) = (args.get(vm, 2), args.get(vm, 3));
    vm.heap.update(dict, |dict| dict.push(hash, key, value));
    ok(Value::None)
}

fn take(vm: &mut Vm, args: Args) -> NativeResult {
    let (dict, place) = (dict_arg(vm, args), int_arg(vm, args, 1) as usize);
    ok(vm.heap.update(dict, |dict| dict.remove(place)).value)
}

fn set_push(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, hash, key) = (
        set_arg(vm, args),
        int_arg(vm, args, 1) as u64,
        args.get(vm, 2),
    );
    vm.heap.update(set, |set| set.push(hash, key));
    ok(Value::None)
}

fn set_take(vm: &mut Vm, args: Args) -> NativeResult {
    let (set, place) = (set_arg(vm, args), int_arg(vm, args, 1) as usize);
    vm.heap[set].remove(place);
    ok(Value::None)
}
