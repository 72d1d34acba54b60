//! The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded and read as Python's `random` does.
//!
//! What `random` builds on it (`randrange`, `shuffle`, `gauss`, ...) is elsewhere.

use num_bigint::BigUint;
use serde::{Deserialize, Serialize};

use super::{Int, IntRef, TextError};

/// Words of state.
const N: usize = 624;
/// The distance of the word that each word is mixed with.
const M: usize = 397;

/// The generator's state.
///
/// ```
/// # use acoro::text::{IntRef, MersenneTwister};
/// let mut twister = MersenneTwister::from_seed(IntRef::Small(42));
/// assert_eq!(twister.random(), 0.6394267984578837);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "State", into = "State")]
pub struct MersenneTwister {
    /// Invariant: `N` words.
    words: Vec<u32>,
    /// The next word to give out, `N` when all are used up.
    index: usize,
}

/// What is stored of a generator.
#[derive(Clone, Serialize, Deserialize)]
struct State {
    words: Vec<u32>,
    index: usize,
}

impl From<MersenneTwister> for State {
    fn from(twister: MersenneTwister) -> Self {
        State {
            words: twister.words,
            index: twister.index,
        }
    }
}

impl TryFrom<State> for MersenneTwister {
    type Error = TextError;

    fn try_from(state: State) -> Result<Self, TextError> {
        Self::from_state(state.words, state.index)
    }
}

impl MersenneTwister {
    /// `random.seed(seed)` for an int: its absolute value counts. (For a float Python takes its hash; for a
    /// string or bytes the number made of it by [`seed_of_text`].)
    pub fn from_seed(seed: IntRef<'_>) -> Self {
        let key = match seed {
            IntRef::Small(seed) => BigUint::from(seed.unsigned_abs()).to_u32_digits(),
            IntRef::Big(seed) => seed.magnitude().to_u32_digits(),
        };
        Self::from_key(if key.is_empty() { &[0] } else { &key })
    }

    /// A generator with a given state: `random.setstate`.
    ///
    /// # Errors
    /// `ValueError` for another number of words than 624 or an index beyond that.
    pub fn from_state(words: Vec<u32>, index: usize) -> Result<Self, TextError> {
        if words.len() != N {
            return Err(TextError::value("state vector is the wrong size"));
        }
        if index > N {
            return Err(TextError::value("invalid state"));
        }
        Ok(MersenneTwister { words, index })
    }

    /// The words of the state and the index: `random.getstate`.
    pub fn state(&self) -> (&[u32], usize) {
        (&self.words, self.index)
    }

    fn from_word(seed: u32) -> Self {
        let mut words = vec![seed; N];
        for index in 1..N {
            let previous = words[index - 1];
            words[index] = (previous ^ previous >> 30)
                .wrapping_mul(1_812_433_253)
                .wrapping_add(index as u32);
        }
        MersenneTwister { words, index: N }
    }

    /// The reference's `init_by_array`; the key is not empty.
    fn from_key(key: &[u32]) -> Self {
        let mut twister = Self::from_word(19_650_218);
        let words = &mut twister.words;
        let mut index = 1;
        let mut advance =
            |words: &mut Vec<u32>, factor: u32, change: &dyn Fn(u32, usize) -> u32| {
                let previous = words[index - 1];
                let mixed = words[index] ^ (previous ^ previous >> 30).wrapping_mul(factor);
                words[index] = change(mixed, index);
                index += 1;
                if index == N {
                    words[0] = words[N - 1];
                    index = 1;
                }
            };
        for turn in 0..N.max(key.len()) {
            let position = turn % key.len();
            let added = key[position].wrapping_add(position as u32);
            advance(words, 1_664_525, &|mixed, _| mixed.wrapping_add(added));
        }
        for _ in 1..N {
            advance(words, 1_566_083_941, &|mixed, index| {
                mixed.wrapping_sub(index as u32)
            });
        }
        words[0] = 0x8000_0000;
        twister
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= N {
            self.twist();
        }
        let mut word = self.words[self.index];
        self.index += 1;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^ word >> 18
    }

    fn twist(&mut self) {
        for index in 0..N {
            let next = self.words[(index + 1) % N];
            let joined = self.words[index] & 0x8000_0000 | next & 0x7fff_ffff;
            let odd = if next & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[index] = self.words[(index + M) % N] ^ joined >> 1 ^ odd;
        }
        self.index = 0;
    }

    /// `random.random()`: 53 random bits, in [0, 1).
    pub fn random(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// `random.getrandbits(k)` for up to 64 bits.
    pub fn bits_u64(&mut self, count: u32) -> u64 {
        match count.min(64) {
            0 => 0,
            count @ 1..=32 => u64::from(self.next_u32() >> (32 - count)),
            count => {
                let low = u64::from(self.next_u32());
                low | u64::from(self.next_u32() >> (64 - count)) << 32
            }
        }
    }

    /// `random.getrandbits(k)`. The caller refuses a negative count ("number of bits must be non-negative").
    ///
    /// # Errors
    /// `MemoryError` for more than 2^32 bits.
    pub fn bits(&mut self, count: u64) -> Result<Int, TextError> {
        if count > super::MAX_BITS {
            return Err(TextError::memory());
        }
        let words = count.div_ceil(32);
        let digits = (0..words).map(|index| {
            let wanted = (count - index * 32).min(32);
            self.next_u32() >> (32 - wanted)
        });
        Ok(num_bigint::BigInt::from(BigUint::new(digits.collect())).into())
    }

    /// `randbelow`: a number below a limit that is not 0, as all of `random`'s integer functions draw it.
    pub fn below(&mut self, limit: u64) -> u64 {
        let bits = u64::BITS - limit.leading_zeros();
        loop {
            let number = self.bits_u64(bits);
            if number < limit || limit == 0 {
                return number;
            }
        }
    }
}

/// The seed that `random.seed` makes of a string (as UTF-8) or bytes: the text followed by its SHA-512,
/// as one number.
pub fn seed_of_text(text: &[u8], sha512: &[u8; 64]) -> Int {
    num_bigint::BigInt::from(BigUint::from_bytes_be(&[text, sha512].concat())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_cpython() {
        let mut twister = MersenneTwister::from_seed(IntRef::Small(0));
        assert_eq!(twister.random(), 0.844_421_851_525_048_1);
        assert_eq!(twister.bits_u64(5), 24);
        assert_eq!(
            twister.bits(100).map(|bits| bits.into_big().to_string()),
            Ok("320120153174708524685608814210".into())
        );
        assert_eq!(twister.bits(0), Ok(Int::Small(0)));
        let mut twister = MersenneTwister::from_seed(IntRef::Small(-42));
        assert_eq!(twister.random(), 0.639_426_798_457_883_7);
        let big = num_bigint::BigInt::from(7) << 30_000_u32;
        let mut twister = MersenneTwister::from_seed(IntRef::Big(&big));
        assert_eq!(twister.random(), 0.667_595_721_987_262_4);
    }

    #[test]
    fn state_survives() {
        let mut twister = MersenneTwister::from_seed(IntRef::Small(1));
        twister.random();
        let (words, index) = twister.state();
        let mut copy = MersenneTwister::from_state(words.to_vec(), index).expect("its own state");
        assert_eq!(copy.random(), twister.random());
        assert!(MersenneTwister::from_state(vec![0; 3], 0).is_err());
        assert!(MersenneTwister::from_state(vec![0; N], N + 1).is_err());
    }
}
