//! `dict(…)`, `update` and `|=`: the items of a mapping or of an iterable of pairs go into a dict. Pairs that come natively go in without
//! script code, a portion at a time so that the machine can collect in between; the prelude goes on where it needs script code.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::iteration::Step;
use super::{Dict, Iter};
use crate::heap::{Id, Value};
use crate::vm::loop_step::Pair;
use crate::vm::native::NativeFn;
use crate::vm::{Args, NativeResult, Raise, Vm, native, ok};

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_dict_add_pairs", "dict, pairs, number, /", add_pairs),
    native("_dict_add_pair", "dict, pair, /", |vm, args| {
        let added = vm.dict_add_pair(args.get(vm, 0), args.get(vm, 1))?;
        ok(Value::Bool(added))
    }),
];

/// So many pairs go in without a break.
const PORTION: usize = 256;

/// How far adding pairs came.
enum Added {
    /// All are in.
    All,
    /// So many went in; there may be more.
    Some(usize),
    /// So many went in; script code has to say what to do with the next.
    Script(usize, Value),
}

impl Vm {
    /// The dict of a value that can be read as one without calling script code.
    pub(super) fn plain_dict(&self, value: Value) -> Option<Id<Dict>> {
        let Value::Dict(id) = self.native_value(value) else {
            return None;
        };
        if let Value::Instance(instance) = value {
            let class = self.heap[instance].class;
            if self.heap[class].specials.iter {
                return None;
            }
        }
        Some(id)
    }

    /// Adds the items of a mapping or of an iterable of pairs, if there is one, and those of the dict `keywords`; `result` is the
    /// native's result.
    pub(super) fn dict_fill(
        &mut self,
        dict: Id<Dict>,
        other: Value,
        keywords: Value,
        result: Value,
    ) -> NativeResult {
        let this = Value::Dict(dict);
        if let Some(other) = self.plain_dict(other) {
            if !self.dict_merge_dict(dict, other)? {
                let args = [this, Value::Dict(other), keywords.or_none(), result];
                return self.call_prelude("_dict_update", &args);
            }
        } else if !other.is_undef() {
            let pairs = match other {
                Value::Instance(_) => None,
                _ => self.native_iter_of(other),
            };
            let Some(pairs) = pairs else {
                if self.is_iterable(other) || matches!(other, Value::Instance(_)) {
                    let args = [this, other, keywords.or_none(), result];
                    return self.call_prelude("_dict_update", &args);
                }
                return self.fail_not_iterable(other);
            };
            let (number, left) = match self.dict_add_pairs(dict, pairs)? {
                Added::All => (0, None),
                Added::Some(number) => (number, Some(self.heap.tuple([]))),
                Added::Script(number, pair) => (number, Some(self.heap.tuple([pair]))),
            };
            if let Some(left) = left {
                let (pairs, number) = (Value::Iter(pairs), Value::Int(number as i64));
                let args = [this, pairs, number, left, keywords.or_none(), result];
                return self.call_prelude("_dict_add_rest", &args);
            }
        }
        match keywords {
            Value::Dict(keywords) if !self.dict_merge_dict(dict, keywords)? => {
                let args = [this, Value::None, Value::Dict(keywords), result];
                self.call_prelude("_dict_update", &args)
            }
            _ => ok(result),
        }
    }

    /// The items of a tuple or list of two.
    fn parts_of_pair(&self, pair: Value) -> Option<(Value, Value)> {
        let items = match pair {
            Value::Tuple(id) => &self.heap[id].items[..],
            Value::List(id) => &self.heap[id].items[..],
            _ => return None,
        };
        match *items {
            [key, value] => Some((key, value)),
            _ => None,
        }
    }

    fn dict_add_pairs(&mut self, dict: Id<Dict>, pairs: Id<Iter>) -> Result<Added, Raise> {
        for number in 0..PORTION {
            let (key, value) = match self.next_pair(pairs) {
                Some(Pair::Both(key, value)) => (key, value),
                Some(Pair::End) => {
                    self.exhaust(pairs);
                    return Ok(Added::All);
                }
                None => {
                    let Step::Item(pair) = self.advance(pairs)? else {
                        return Ok(Added::All);
                    };
                    match self.parts_of_pair(pair) {
                        Some(parts) => parts,
                        None => return Ok(Added::Script(number, pair)),
                    }
                }
            };
            if !self.dict_set(dict, key, value)? {
                let pair = self.heap.tuple([key, value]);
                return Ok(Added::Script(number, pair));
            }
        }
        Ok(Added::Some(PORTION))
    }

    /// Adds a pair; false if script code is needed.
    fn dict_add_pair(&mut self, dict: Value, pair: Value) -> Result<bool, Raise> {
        match (self.native_value(dict), self.parts_of_pair(pair)) {
            (Value::Dict(dict), Some((key, value))) => self.dict_set(dict, key, value),
            _ => Ok(false),
        }
    }
}

/// Adds some pairs, the first of which has this number. Gives the number of the next one and a tuple with that, if script code has to
/// add it, or None behind the last.
fn add_pairs(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::Dict(dict), Value::Iter(pairs), Value::Int(number)) =
        (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2))
    else {
        panic!("invariant broken: the prelude gave no dict and iterator");
    };
    let (added, left) = match vm.dict_add_pairs(dict, pairs)? {
        Added::All => return ok(Value::None),
        Added::Some(added) => (added, vm.heap.tuple([])),
        Added::Script(added, pair) => (added, vm.heap.tuple([pair])),
    };
    ok(vm.heap.tuple([Value::Int(number + added as i64), left]))
}
