//! `hash()`: CPython's values for numbers, tuples and frozensets, because they decide the order of sets; acoro's own for
//! strings and bytes, the same in every run.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::str::hash_bytes;
use super::{NativeBase, Set, Str, Tuple, hash_str};
use crate::heap::{Id, Value};
use crate::text::{bigint_hash, float_hash, int_hash};
use crate::vm::native::{NativeFn, Quick};
use crate::vm::{Args, NativeResult, Raise, Vm, classes, names, native, natives, ok};

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;

/// The hash of a tuple so far.
struct TupleHash {
    tuple: Id<Tuple>,
    at: usize,
    acc: u64,
}

impl TupleHash {
    fn new(tuple: Id<Tuple>) -> Self {
        Self {
            tuple,
            at: 0,
            acc: PRIME_5,
        }
    }

    fn add(&mut self, hash: u64) {
        self.acc = self
            .acc
            .wrapping_add(hash.wrapping_mul(PRIME_2))
            .rotate_left(31)
            .wrapping_mul(PRIME_1);
        self.at += 1;
    }

    fn finish(&self) -> u64 {
        let acc = self
            .acc
            .wrapping_add(self.at as u64 ^ (PRIME_5 ^ 3_527_539));
        if acc == u64::MAX { 1_546_275_796 } else { acc }
    }
}

impl Vm {
    /// The hash of a value; None when a script's `__hash__` has to tell.
    ///
    /// # Errors
    /// TypeError for an unhashable value.
    #[inline]
    pub(crate) fn hash(&mut self, value: Value) -> Result<Option<u64>, Raise> {
        match value {
            Value::Int(int) => Ok(Some(int_hash(int) as u64)),
            Value::Str(id) => Ok(Some(self.hash_of_str(id))),
            _ => self.hash_other(value),
        }
    }

    /// The hash of a str, computed once.
    #[inline]
    pub(crate) fn hash_of_str(&mut self, id: Id<Str>) -> u64 {
        match self.heap[id].hash() {
            Some(hash) => hash,
            None => {
                let hash = hash_str(self.heap.text(id));
                self.heap[id].set_hash(hash);
                hash
            }
        }
    }

    fn hash_other(&mut self, value: Value) -> Result<Option<u64>, Raise> {
        let Value::Tuple(id) = value else {
            return self.hash_simple(value);
        };
        let mut stack: Vec<TupleHash> = Vec::new();
        let mut top = TupleHash::new(id);
        loop {
            let Some(&item) = self.heap[top.tuple].items.get(top.at) else {
                let hash = top.finish();
                match stack.pop() {
                    Some(outer) => top = outer,
                    None => return Ok(Some(hash)),
                }
                top.add(hash);
                continue;
            };
            match item {
                Value::Int(int) => top.add(int_hash(int) as u64),
                Value::Str(id) => top.add(self.hash_of_str(id)),
                Value::Tuple(inner) => {
                    stack.push(std::mem::replace(&mut top, TupleHash::new(inner)))
                }
                _ => match self.hash_simple(item)? {
                    Some(hash) => top.add(hash),
                    None => return Ok(None),
                },
            }
        }
    }

    /// The hash of anything but a tuple.
    fn hash_simple(&mut self, value: Value) -> Result<Option<u64>, Raise> {
        let hash = match value {
            Value::Int(int) => int_hash(int) as u64,
            Value::Bool(bool) => u64::from(bool),
            Value::Float(float) => float_hash(float) as u64,
            Value::BigInt(id) => bigint_hash(&self.heap[id]) as u64,
            Value::Str(id) => self.hash_of_str(id),
            Value::Bytes(id) => hash_bytes(&self.heap[id].data),
            Value::None => 0xFCA8_6420,
            Value::FrozenSet(id) => hash_frozenset(&self.heap[id]),
            Value::Range(id) => {
                let length = self.range_length(id);
                let [start, _, step] = self.range_parts(self.heap[id]);
                let start = if length == 0 { Value::None } else { start };
                let step = if length < 2 { Value::None } else { step };
                let parts = self
                    .heap
                    .tuple(vec![Value::Int(length as i64), start, step]);
                return self.hash_other(parts);
            }
            Value::Slice(id) => {
                let slice = self.heap[id];
                let parts = self.heap.tuple(vec![slice.start, slice.stop, slice.step]);
                return self.hash_other(parts);
            }
            Value::GenericAlias(id) => {
                let alias = self.heap[id];
                let args = self.hash_other(Value::Tuple(alias.args))?;
                return Ok(args.map(|args| args ^ identity_hash(self.address(alias.origin))));
            }
            Value::BoundMethod(id) => {
                let method = self.heap[id];
                identity_hash(self.address(method.this))
                    ^ identity_hash(self.address(method.function)).rotate_left(7)
            }
            Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::ByteArray(_) => {
                return Err(self.unhashable(value));
            }
            Value::DictView(id) if self.heap[id].kind != super::ViewKind::Values => {
                return Err(self.unhashable(value));
            }
            Value::Instance(id) => {
                let class = &self.heap[self.heap[id].class];
                if class.specials.unhashable {
                    return Err(self.unhashable(value));
                }
                if class.specials.hash {
                    return Ok(self.hash_directly(value));
                }
                if !matches!(class.base, NativeBase::Value(_)) {
                    return Ok(Some(identity_hash(self.address(value))));
                }
                let native = self.heap[id].slots[0];
                if matches!(
                    native,
                    Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::ByteArray(_)
                ) {
                    return Err(self.unhashable(value));
                }
                return self.hash_other(native);
            }
            _ => identity_hash(self.address(value)),
        };
        Ok(Some(hash))
    }

    /// The hash of an instance whose class has a native for it.
    fn hash_directly(&mut self, value: Value) -> Option<u64> {
        if let Some(Value::Native(id)) = self.class_attribute(self.class_of(value), names::HASH)
            && let Quick::Direct(direct) = natives::get(id).quick
            && let Some(Value::Int(hash)) = direct(self, &[value])
        {
            return Some(hash as u64);
        }
        None
    }

    #[cold]
    fn unhashable(&mut self, value: Value) -> Raise {
        let message = format!("unhashable type: '{}'", self.type_name(value));
        self.type_error(message)
    }

    /// `hash(value)` as scripts see it.
    pub(crate) fn hash_value(&mut self, value: Value) -> NativeResult {
        if let Some(hash) = self.hash(value)? {
            return ok(Value::Int(hash as i64));
        }
        if let Some(result) = self.call_checked(value, names::HASH) {
            return result;
        }
        if let Value::Tuple(_) = self.native_value(value)
            && !matches!(value, Value::Instance(_))
        {
            return self.call_prelude("_hash_tuple", &[value]);
        }
        if let Value::GenericAlias(id) = value {
            let args = Value::Tuple(self.heap[id].args);
            let origin = self.heap[id].origin;
            return self.call_prelude("_hash_alias", &[origin, args]);
        }
        match self.class_attribute(self.class_of(value), names::HASH) {
            Some(method) => {
                let method = self.unbound_special(method);
                self.call_prelude("_hash", &[method, value])
            }
            None => self.call_prelude("_hash_tuple", &[self.native_value(value)]),
        }
    }
}

/// The hash of an object that is equal to itself only: CPython's rotation of its address.
fn identity_hash(address: u64) -> u64 {
    address.rotate_right(4)
}

fn hash_frozenset(set: &Set) -> u64 {
    let shuffled = set.iter().fold(0, |acc: u64, (hash, _)| {
        acc ^ ((hash ^ 89_869_747) ^ (hash << 16)).wrapping_mul(3_644_798_167)
    });
    let mut hash = shuffled ^ (set.len() as u64 + 1).wrapping_mul(1_927_868_237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
    if hash == u64::MAX { 590_923_713 } else { hash }
}

/// `hash`
pub(crate) const BUILTINS: &[NativeFn] = &[native("hash", "obj, /", |vm, args| {
    let value = args.get(vm, 0);
    vm.hash_value(value)
})
.checked(check_hash)];

/// What the prelude needs to hash.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_check_hash", "result, /", |vm, args| {
        let result = args.get(vm, 0);
        check_hash(vm, result)
    }),
    native("_hash_of_hashes", "hashes, /", hash_of_hashes),
];

/// A script's `__hash__` has to give an int, which is folded as ints are.
fn check_hash(vm: &mut Vm, result: Value) -> NativeResult {
    match vm.native_value(result) {
        Value::Int(hash) => ok(Value::Int(if hash == -1 { -2 } else { hash })),
        Value::Bool(hash) => ok(Value::Int(i64::from(hash))),
        Value::BigInt(id) => ok(Value::Int(bigint_hash(&vm.heap[id]))),
        _ => Err(vm.raise(
            classes::TYPE_ERROR,
            "__hash__ method should return an integer",
        )),
    }
}

/// The hash of a tuple whose items have these hashes.
fn hash_of_hashes(vm: &mut Vm, args: Args) -> NativeResult {
    let hashes = vm.items_of(args.get(vm, 0))?.unwrap_or_default();
    let mut state = TupleHash::new(Id::new(0));
    for hash in hashes {
        if let Value::Int(hash) = hash {
            state.add(hash as u64);
        }
    }
    ok(Value::Int(state.finish() as i64))
}
