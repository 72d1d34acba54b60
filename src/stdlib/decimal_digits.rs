//! The digits of a decimal number: an int of any size, counted, moved and rounded by powers of ten.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::ToPrimitive;
use std::cmp::Ordering;
use std::fmt;

/// An int that is not below 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Digits {
    /// One that fits.
    Small(u128),
    /// One that doesn't.
    Big(BigUint),
}

/// How a digit is chosen when those behind it are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    Down,
    HalfUp,
    HalfEven,
    Ceiling,
    Floor,
    Up,
    HalfDown,
    /// Away from zero if the last digit would be 0 or 5.
    Up05,
}

impl Rounding {
    /// The one with this name in the module.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "ROUND_HALF_EVEN" => Self::HalfEven,
            "ROUND_HALF_UP" => Self::HalfUp,
            "ROUND_DOWN" => Self::Down,
            "ROUND_CEILING" => Self::Ceiling,
            "ROUND_FLOOR" => Self::Floor,
            "ROUND_UP" => Self::Up,
            "ROUND_HALF_DOWN" => Self::HalfDown,
            "ROUND_05UP" => Self::Up05,
            _ => return None,
        })
    }
}

/// Powers of ten that fit.
const POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// More digits than this are left to the module's own code.
const MOST: u64 = 20_000;

fn power(places: u64) -> Digits {
    match POWERS.get(places as usize) {
        Some(&power) => Digits::Small(power),
        None => Digits::Big(BigUint::from(10u8).pow(places as u32)),
    }
}

impl Digits {
    fn from_big(big: BigUint) -> Self {
        match big.to_u128() {
            Some(small) => Self::Small(small),
            None => Self::Big(big),
        }
    }

    /// As a big int.
    pub(super) fn into_big(self) -> BigUint {
        match self {
            Self::Small(small) => small.into(),
            Self::Big(big) => big,
        }
    }

    /// The int that these ASCII digits are.
    pub(super) fn parsed(text: &str) -> Option<Self> {
        if text.len() < POWERS.len() {
            return text.parse().ok().map(Self::Small);
        }
        if text.len() as u64 > MOST {
            return None;
        }
        BigUint::parse_bytes(text.as_bytes(), 10).map(Self::from_big)
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::Small(0)
    }

    /// How many there are; 1 for 0.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Small(small) => match u64::try_from(*small) {
                Ok(small) => u64::from(small.checked_ilog10().unwrap_or(0)) + 1,
                Err(_) => u64::from(small.ilog10()) + 1,
            },
            Self::Big(big) => {
                let least = (big.bits() - 1) * 30_102 / 100_000;
                let mut count = least.max(1);
                let mut above = BigUint::from(10u8).pow(count as u32);
                while *big >= above {
                    count += 1;
                    above *= 10u8;
                }
                count
            }
        }
    }

    /// A 1 and nothing but zeros.
    pub(super) fn is_power_of_ten(&self) -> bool {
        *self == power(self.len() - 1)
    }

    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(a), Self::Small(b)) => a.cmp(b),
            (Self::Small(_), Self::Big(_)) => Ordering::Less,
            (Self::Big(_), Self::Small(_)) => Ordering::Greater,
            (Self::Big(a), Self::Big(b)) => a.cmp(b),
        }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            return Self::Small(sum);
        }
        Self::from_big(self.clone().into_big() + other.clone().into_big())
    }

    /// Less another that is not more.
    pub(super) fn minus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Small(a), Self::Small(b)) => Self::Small(a.saturating_sub(*b)),
            _ => Self::from_big(self.clone().into_big() - other.clone().into_big()),
        }
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        if let (Self::Small(a), Self::Small(b)) = (self, other)
            && let Some(product) = a.checked_mul(*b)
        {
            return Self::Small(product);
        }
        Self::from_big(self.clone().into_big() * other.clone().into_big())
    }

    pub(super) fn power(&self, count: u32) -> Self {
        match self {
            Self::Small(small) => match small.checked_pow(count) {
                Some(power) => Self::Small(power),
                None => Self::from_big(BigUint::from(*small).pow(count)),
            },
            Self::Big(big) => Self::from_big(big.pow(count)),
        }
    }

    /// With so many zeros behind it; None if they are too many.
    pub(super) fn scaled(&self, places: u64) -> Option<Self> {
        if places == 0 || self.is_zero() {
            return Some(self.clone());
        }
        (places <= MOST).then(|| self.times(&power(places)))
    }

    /// The quotient and the rest.
    pub(super) fn divided(&self, by: &Self) -> (Self, Self) {
        match (self, by) {
            (Self::Small(a), Self::Small(b)) => match (u64::try_from(*a), u64::try_from(*b)) {
                (Ok(a), Ok(b)) => (Self::Small((a / b).into()), Self::Small((a % b).into())),
                _ => {
                    let quotient = a / b;
                    (Self::Small(quotient), Self::Small(a - quotient * b))
                }
            },
            (Self::Small(_), Self::Big(_)) => (Self::Small(0), self.clone()),
            (Self::Big(a), _) => {
                let (quotient, rest) = a.div_rem(&by.clone().into_big());
                (Self::from_big(quotient), Self::from_big(rest))
            }
        }
    }

    /// What stands before the last so many digits, and these.
    pub(super) fn parted(&self, places: u64) -> Option<(Self, Self)> {
        if places > self.len() {
            return Some((Self::Small(0), self.clone()));
        }
        (places <= MOST).then(|| self.divided(&power(places)))
    }

    /// Without the zeros at its end, of which `most` are taken at most, and how many were taken. It is not 0.
    pub(super) fn stripped(mut self, most: u64) -> (Self, u64) {
        let mut taken = 0;
        // Halved steps find any number of zeros.
        let mut step = most.checked_next_power_of_two().unwrap_or(0).min(16_384);
        while step > 0 {
            if taken + step <= most && step < self.len() {
                let (quotient, rest) = self.divided(&power(step));
                if rest.is_zero() {
                    self = quotient;
                    taken += step;
                    continue;
                }
            }
            step /= 2;
        }
        (self, taken)
    }

    /// One more if the last digit is 0 or 5: so that no rounding takes what was cut off for a tie or for nothing.
    pub(super) fn tipped(self) -> Self {
        let (_, rest) = self.divided(&Self::Small(5));
        match rest.is_zero() {
            true => self.plus(&Self::Small(1)),
            false => self,
        }
    }

    /// Without the last so many digits, rounded; and whether anything was lost.
    pub(super) fn rounded(
        &self,
        drop: u64,
        negative: bool,
        rounding: Rounding,
    ) -> Option<(Self, bool)> {
        if drop == 0 {
            return Some((self.clone(), false));
        }
        let (quotient, rest) = self.parted(drop)?;
        if rest.is_zero() {
            return Some((quotient, false));
        }
        let half = || rest.plus(&rest).order(&power(drop));
        let far = drop > MOST;
        let up = match rounding {
            Rounding::Down => false,
            Rounding::Up => true,
            Rounding::Ceiling => !negative,
            Rounding::Floor => negative,
            Rounding::HalfUp => !far && half() != Ordering::Less,
            Rounding::HalfDown => !far && half() == Ordering::Greater,
            Rounding::HalfEven => {
                !far && match half() {
                    Ordering::Less => false,
                    Ordering::Greater => true,
                    Ordering::Equal => quotient.is_odd(),
                }
            }
            Rounding::Up05 => return Some((quotient.tipped(), true)),
        };
        let quotient = match up {
            true => quotient.plus(&Self::Small(1)),
            false => quotient,
        };
        Some((quotient, true))
    }

    fn is_odd(&self) -> bool {
        match self {
            Self::Small(small) => small % 2 == 1,
            Self::Big(big) => big.is_odd(),
        }
    }

    /// The hash of it times a power of ten, as every number of that value has it.
    pub(super) fn hash(&self, exp: i64) -> Option<i64> {
        const MODULUS: u128 = (1 << 61) - 1;
        let mut result = match self {
            Self::Small(small) => small % MODULUS,
            Self::Big(big) => (big % MODULUS).to_u128()?,
        };
        /// Ten times it is 1 more than a multiple of the modulus.
        const TENTH: u128 = (9 * MODULUS + 1) / 10;
        let mut base = if exp >= 0 { 10 } else { TENTH };
        let mut count = exp.unsigned_abs();
        while count > 0 {
            if count & 1 == 1 {
                result = result * base % MODULUS;
            }
            base = base * base % MODULUS;
            count >>= 1;
        }
        i64::try_from(result).ok()
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(small) => match u64::try_from(*small) {
                Ok(small) => f.write_str(itoa::Buffer::new().format(small)),
                Err(_) => f.write_str(itoa::Buffer::new().format(*small)),
            },
            Self::Big(big) => f.write_str(&big.to_str_radix(10)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_digits() {
        for places in [0, 1, 18, 19, 20, 37, 38, 39, 100, 1000] {
            let least = power(places);
            assert_eq!(least.len(), places + 1);
            assert!(least.is_power_of_ten());
            if places > 0 {
                assert_eq!(least.minus(&Digits::Small(1)).len(), places);
            }
        }
        assert_eq!(Digits::Small(0).len(), 1);
    }

    #[test]
    fn rounds_beyond_its_digits() {
        let rounded = |rounding| Digits::Small(7).rounded(5, false, rounding);
        assert_eq!(rounded(Rounding::HalfEven), Some((Digits::Small(0), true)));
        assert_eq!(rounded(Rounding::Up), Some((Digits::Small(1), true)));
        assert_eq!(rounded(Rounding::Up05), Some((Digits::Small(1), true)));
    }

    #[test]
    fn strips_zeros() {
        let strip = |n, most| Digits::Small(n).stripped(most);
        assert_eq!(strip(1_234_000, 29), (Digits::Small(1234), 3));
        assert_eq!(strip(1_234_000, 2), (Digits::Small(12_340), 2));
        assert_eq!(strip(10u128.pow(38), 100), (Digits::Small(1), 38));
        assert_eq!(strip(7, 0), (Digits::Small(7), 0));
    }

    #[test]
    fn big_and_small_agree() {
        let big = Digits::Small(u128::MAX).plus(&Digits::Small(1));
        assert!(matches!(big, Digits::Big(_)));
        assert_eq!(big.minus(&Digits::Small(1)), Digits::Small(u128::MAX));
        assert_eq!(big.times(&big).divided(&big).0, big);
    }
}
