//! The native part of `random`: the Mersenne Twister on a state of 2,500 bytes, 624 words and the index of the next, which the
//! program's generator object keeps as a bytearray.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::Bytes;
use crate::text::{self, IntRef, MersenneTwister};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Vm, native, ok};
use num_bigint::{BigInt, BigUint};
use sha2::Digest as _;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_seed", "state, seed, /", seed),
    native("_seed_text", "text, /", seed_text),
    native("_random", "state, /", random),
    native("_getrandbits", "state, k, /", getrandbits),
    native("_below", "state, n, /", below),
    native("_getstate", "state, /", getstate),
    native("_setstate", "state, words, /", setstate),
    native("_shuffle", "state, list, /", shuffle),
];

/// Words of state.
const WORDS: usize = 624;
/// Where the index lies.
const INDEX: usize = WORDS * 4;
/// Bytes of state.
const SIZE: usize = INDEX + 4;

fn word(data: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]])
}

fn put(data: &mut [u8], at: usize, word: u32) {
    data[at..at + 4].copy_from_slice(&word.to_le_bytes());
}

fn store(data: &mut [u8], twister: &MersenneTwister) {
    let (words, index) = twister.state();
    for (at, &word) in words.iter().enumerate() {
        put(data, at * 4, word);
    }
    put(data, INDEX, index as u32);
}

/// The next 32 random bits.
fn next(data: &mut [u8]) -> u32 {
    let index = word(data, INDEX) as usize;
    if index >= WORDS {
        let words = (0..WORDS).map(|at| word(data, at * 4)).collect();
        let Ok(mut twister) = MersenneTwister::from_state(words, WORDS) else {
            panic!("invariant broken: a twister has 624 words");
        };
        let first = twister.next_u32();
        store(data, &twister);
        return first;
    }
    let mut word = word(data, index * 4);
    put(data, INDEX, index as u32 + 1);
    word ^= word >> 11;
    word ^= word << 7 & 0x9d2c_5680;
    word ^= word << 15 & 0xefc6_0000;
    word ^ word >> 18
}

fn bits(data: &mut [u8], count: u32) -> u64 {
    match count {
        0 => 0,
        1..=32 => u64::from(next(data) >> (32 - count)),
        _ => {
            let low = u64::from(next(data));
            low | u64::from(next(data) >> (64 - count.min(64))) << 32
        }
    }
}

fn draw_below(data: &mut [u8], limit: u64) -> u64 {
    let count = u64::BITS - limit.leading_zeros();
    loop {
        let number = bits(data, count);
        if number < limit {
            return number;
        }
    }
}

/// The state a function was given.
fn state(vm: &mut Vm, value: Value) -> Result<Id<Bytes>, Raise> {
    match vm.as_bytes(value) {
        Some(id) if vm.heap[id].data.len() == SIZE => Ok(id),
        _ => Err(vm.type_error("a generator's state is 2,500 bytes")),
    }
}

fn seed(vm: &mut Vm, args: Args) -> NativeResult {
    let state = state(vm, args.get(vm, 0))?;
    let value = vm.native_value(args.get(vm, 1));
    let Some(seed) = vm.int_ref(value) else {
        return Err(vm.no_index(value));
    };
    let twister = MersenneTwister::from_seed(seed);
    store(&mut vm.heap[state].data, &twister);
    ok(Value::None)
}

/// The number that a str's or bytes' seed is.
fn seed_text(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    let bytes = match (vm.as_str(value), vm.as_bytes(value)) {
        (Some(id), _) => vm.encode_text(id, Value::Undef, Value::Undef, "encode")?,
        (_, Some(id)) => vm.heap[id].data.clone(),
        _ => return vm.fail_type("a str or bytes"),
    };
    let digest: [u8; 64] = sha2::Sha512::digest(&bytes).into();
    let seed = text::seed_of_text(&bytes, &digest).into_big();
    ok(vm.heap.int(seed))
}

fn random(vm: &mut Vm, args: Args) -> NativeResult {
    let state = state(vm, args.get(vm, 0))?;
    let data = &mut vm.heap[state].data;
    let high = f64::from(next(data) >> 5);
    let low = f64::from(next(data) >> 6);
    ok(Value::Float(
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0,
    ))
}

fn getrandbits(vm: &mut Vm, args: Args) -> NativeResult {
    let state = state(vm, args.get(vm, 0))?;
    let count = match vm.native_value(args.get(vm, 1)) {
        Value::BigInt(_) => {
            return Err(vm.raise(
                crate::vm::classes::OVERFLOW_ERROR,
                "Python int too large to convert to C unsigned long",
            ));
        }
        other => vm.index_arg(other)?,
    };
    let Ok(count) = u64::try_from(count) else {
        return Err(vm.value_error("number of bits must be non-negative"));
    };
    if count <= 63 {
        return ok(Value::Int(
            bits(&mut vm.heap[state].data, count as u32) as i64
        ));
    }
    let needed = (count / 8).saturating_mul(2);
    if needed > 1 << 16
        && !vm
            .heap
            .has_room(usize::try_from(needed).unwrap_or(usize::MAX))
    {
        return Ok(Outcome::NeedMemory(
            usize::try_from(needed).unwrap_or(usize::MAX),
        ));
    }
    let big = draw_bits(&mut vm.heap[state].data, count);
    ok(vm.heap.int(BigInt::from(big)))
}

fn draw_bits(data: &mut [u8], count: u64) -> BigUint {
    let digits = (0..count.div_ceil(32))
        .map(|at| next(data) >> (32 - (count - at * 32).min(32)))
        .collect();
    BigUint::new(digits)
}

/// A number below a positive limit, as all of CPython's functions draw it.
fn below(vm: &mut Vm, args: Args) -> NativeResult {
    let state = state(vm, args.get(vm, 0))?;
    let limit = vm.native_value(args.get(vm, 1));
    match limit {
        Value::Int(0) => ok(Value::Int(0)),
        Value::Int(limit @ 1..) => ok(Value::Int(
            draw_below(&mut vm.heap[state].data, limit as u64) as i64,
        )),
        Value::Bool(_) => ok(Value::Int(0)),
        _ => {
            let Some(limit) = vm.int_ref(limit).map(IntRef::to_big) else {
                return Err(vm.no_index(limit));
            };
            let limit = limit.magnitude().clone();
            let data = &mut vm.heap[state].data;
            let number = loop {
                let number = draw_bits(data, limit.bits());
                if number < limit {
                    break number;
                }
            };
            ok(vm.heap.int(BigInt::from(number)))
        }
    }
}

fn getstate(vm: &mut Vm, args: Args) -> NativeResult {
    let state = state(vm, args.get(vm, 0))?;
    let data = &vm.heap[state].data;
    let words: Vec<Value> = (0..=WORDS)
        .map(|at| Value::Int(word(data, at * 4).into()))
        .collect();
    ok(vm.heap.tuple(words))
}

fn setstate(vm: &mut Vm, args: Args) -> NativeResult {
    let state = state(vm, args.get(vm, 0))?;
    let Value::Tuple(words) = vm.native_value(args.get(vm, 1)) else {
        return vm.fail_type("state vector must be a tuple");
    };
    let words = vm.heap[words].items.to_vec();
    if words.len() != WORDS + 1 {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    let mut data = vec![0; SIZE];
    for (at, value) in words.into_iter().enumerate() {
        let number = vm.index_arg(value)?;
        let Ok(number) = u32::try_from(number) else {
            return Err(vm.value_error("invalid state"));
        };
        put(&mut data, at * 4, number);
    }
    if word(&data, INDEX) as usize > WORDS {
        return Err(vm.value_error("invalid state"));
    }
    vm.heap[state].data = data;
    ok(Value::None)
}

/// Shuffles a list in place; False if it is no list itself.
fn shuffle(vm: &mut Vm, args: Args) -> NativeResult {
    let state = state(vm, args.get(vm, 0))?;
    let Value::List(list) = args.get(vm, 1) else {
        return ok(Value::Bool(false));
    };
    for at in (1..vm.heap[list].items.len()).rev() {
        let other = draw_below(&mut vm.heap[state].data, at as u64 + 1) as usize;
        vm.heap[list].items.swap(at, other);
    }
    ok(Value::Bool(true))
}
