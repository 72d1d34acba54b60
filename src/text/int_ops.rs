//! Integer arithmetic with Python's sign rules and errors, on big integers.
//!
//! What a result will weigh can be asked before it is made: [`pow_bits`], [`shift_left_bits`].
//! Bitwise and, or, xor, not are the library's: its `BigInt` has Python's two's complement meaning.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One as _, Signed as _, ToPrimitive as _, Zero as _};

use super::float_exact::scale_to_float;
use super::{Int, IntRef, TextError};

/// `a // b`, rounded towards minus infinity.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn floor_div(a: &BigInt, b: &BigInt) -> Result<BigInt, TextError> {
    check_divisor(b, "integer division or modulo by zero")?;
    Ok(a.div_floor(b))
}

/// `a % b`, with the sign of `b`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn modulo(a: &BigInt, b: &BigInt) -> Result<BigInt, TextError> {
    check_divisor(b, "integer modulo by zero")?;
    Ok(a.mod_floor(b))
}

/// `divmod(a, b)`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn div_mod(a: &BigInt, b: &BigInt) -> Result<(BigInt, BigInt), TextError> {
    check_divisor(b, "integer division or modulo by zero")?;
    Ok(a.div_mod_floor(b))
}

fn check_divisor(b: &BigInt, message: &str) -> Result<(), TextError> {
    if b.is_zero() {
        Err(TextError::zero_division(message))
    } else {
        Ok(())
    }
}

/// `a / b`, correctly rounded even where neither is a float.
///
/// # Errors
/// `ZeroDivisionError`, and `OverflowError` when the quotient is no float.
pub fn true_divide(a: &BigInt, b: &BigInt) -> Result<f64, TextError> {
    check_divisor(b, "division by zero")?;
    // 66 bits or more of quotient: the bits below the 53 that a float keeps, and one that says whether
    // anything was left over.
    let shift = b.bits() as i64 - a.bits() as i64 + 66;
    let (mut dividend, mut divisor) = (a.magnitude().clone(), b.magnitude().clone());
    if shift >= 0 {
        dividend <<= shift.unsigned_abs();
    } else {
        divisor <<= shift.unsigned_abs();
    }
    let (mut quotient, rest) = dividend.div_rem(&divisor);
    if !rest.is_zero() {
        quotient |= num_bigint::BigUint::one();
    }
    let value = scale_to_float(&quotient, -shift)
        .ok_or_else(|| TextError::overflow("integer division result too large for a float"))?;
    let negative = a.is_negative() != b.is_negative();
    Ok(if negative { -value } else { value })
}

/// About how many bits `base ** exponent` will have, never fewer than it has.
pub fn pow_bits(base: &BigInt, exponent: u64) -> u64 {
    if base.magnitude().is_one() || base.is_zero() {
        1
    } else {
        base.bits().saturating_mul(exponent)
    }
}

/// `base ** exponent` for an exponent that is not negative (a negative one gives a float: the caller's).
///
/// # Errors
/// `MemoryError` when the result would pass 2^32 bits; ask [`pow_bits`] first for a tighter limit.
pub fn pow(base: &BigInt, exponent: u64) -> Result<BigInt, TextError> {
    if base.magnitude().is_one() || base.is_zero() {
        let keep = exponent % 2 == 1 || (base.is_zero() && exponent > 0);
        return Ok(if keep { base.clone() } else { BigInt::one() });
    }
    if pow_bits(base, exponent) > MAX_BITS {
        return Err(TextError::memory());
    }
    let exponent = u32::try_from(exponent).map_err(|_| TextError::memory())?;
    Ok(base.pow(exponent))
}

/// The size that [`pow`] and [`shift_left`] refuse to pass: half a gigabyte.
pub const MAX_BITS: u64 = 1 << 32;

/// `pow(base, exponent, modulus)`; a negative exponent asks for the inverse.
///
/// # Errors
/// `ValueError` for modulus 0 and for a base without an inverse.
pub fn pow_mod(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Result<BigInt, TextError> {
    if modulus.is_zero() {
        return Err(TextError::value("pow() 3rd argument cannot be 0"));
    }
    if modulus.magnitude().is_one() {
        return Ok(BigInt::zero());
    }
    let positive = modulus.abs();
    let power = if exponent.is_negative() {
        let not_invertible = "base is not invertible for the given modulus";
        let inverse = base
            .mod_floor(&positive)
            .modinv(&positive)
            .ok_or_else(|| TextError::value(not_invertible))?;
        inverse.modpow(&exponent.abs(), &positive)
    } else {
        base.modpow(exponent, &positive)
    };
    Ok(power.mod_floor(modulus))
}

/// `round(value, ndigits)`: for negative `ndigits` to a multiple of a power of ten, halves to even.
///
/// ```
/// # use acoro::text::{Int, IntRef, round_int};
/// assert_eq!(round_int(IntRef::Small(250), -2), Int::Small(200));
/// ```
pub fn round_int(value: IntRef<'_>, ndigits: i64) -> Int {
    let big = value.to_big();
    if ndigits >= 0 {
        return big.into();
    }
    // 10^n has more than 3n bits: a number of fewer is below half of it.
    let power = ndigits.unsigned_abs();
    if power.saturating_mul(3) > big.bits() + 1 {
        return Int::Small(0);
    }
    let unit = BigInt::from(10).pow(u32::try_from(power).unwrap_or(u32::MAX));
    let (quotient, rest) = big.div_mod_floor(&unit);
    let up = match (rest * 2_u8).cmp(&unit) {
        Ordering::Less => false,
        Ordering::Greater => true,
        Ordering::Equal => quotient.is_odd(),
    };
    ((quotient + u8::from(up)) * unit).into()
}

/// How many bits `value << count` will have.
pub fn shift_left_bits(value: &BigInt, count: u64) -> u64 {
    if value.is_zero() {
        0
    } else {
        value.bits().saturating_add(count)
    }
}

/// `value << count`.
///
/// # Errors
/// `ValueError` for a negative count, `MemoryError` for a result beyond [`MAX_BITS`].
pub fn shift_left(value: &BigInt, count: IntRef<'_>) -> Result<BigInt, TextError> {
    match shift_count(count)? {
        _ if value.is_zero() => Ok(BigInt::zero()),
        Some(count) if shift_left_bits(value, count) <= MAX_BITS => Ok(value << count),
        Some(_) | None => Err(TextError::memory()),
    }
}

/// `value >> count`, rounded towards minus infinity.
///
/// # Errors
/// `ValueError` for a negative count.
pub fn shift_right(value: &BigInt, count: IntRef<'_>) -> Result<BigInt, TextError> {
    match shift_count(count)? {
        Some(count) if count <= value.bits() => Ok(value >> count),
        Some(_) | None => Ok(BigInt::from(if value.is_negative() { -1 } else { 0 })),
    }
}

/// The count as a word, `None` when it is larger.
fn shift_count(count: IntRef<'_>) -> Result<Option<u64>, TextError> {
    if count.is_negative() {
        return Err(TextError::value("negative shift count"));
    }
    Ok(match count {
        IntRef::Small(count) => Some(count.unsigned_abs()),
        IntRef::Big(count) => count.to_u64(),
    })
}

/// `value.bit_length()`.
pub fn bit_length(value: IntRef<'_>) -> u64 {
    match value {
        IntRef::Small(value) => u64::from(u64::BITS - value.unsigned_abs().leading_zeros()),
        IntRef::Big(value) => value.bits(),
    }
}

/// `value.bit_count()`: the ones of the absolute value.
pub fn bit_count(value: IntRef<'_>) -> u64 {
    match value {
        IntRef::Small(value) => u64::from(value.unsigned_abs().count_ones()),
        IntRef::Big(value) => value.magnitude().count_ones(),
    }
}

/// `math.isqrt(value)`.
///
/// # Errors
/// `ValueError` for a negative value.
pub fn isqrt(value: IntRef<'_>) -> Result<Int, TextError> {
    if value.is_negative() {
        return Err(TextError::value("isqrt() argument must be nonnegative"));
    }
    Ok(match value {
        IntRef::Small(value) => Int::Small(value.isqrt()),
        IntRef::Big(value) => value.sqrt().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        text.parse().expect("a decimal integer")
    }

    #[test]
    fn signs_of_division() {
        for (a, b, quotient, rest) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
        ] {
            let expected = (BigInt::from(quotient), BigInt::from(rest));
            assert_eq!(div_mod(&a.into(), &b.into()), Ok(expected));
        }
        let zero = BigInt::zero();
        let message = |error: TextError| error.message;
        assert_eq!(
            floor_div(&zero, &zero).map_err(message),
            Err("integer division or modulo by zero".into())
        );
        assert_eq!(
            modulo(&zero, &zero).map_err(message),
            Err("integer modulo by zero".into())
        );
    }

    #[test]
    fn true_division() {
        let divide = |a: &str, b: &str| true_divide(&big(a), &big(b));
        assert_eq!(divide("1", "3"), Ok(1.0 / 3.0));
        assert_eq!(
            divide("-9007199254740993", "1"),
            Ok(-9_007_199_254_740_992.0)
        );
        let huge = format!("1{}", "0".repeat(400));
        assert_eq!(divide("1", &huge), Ok(0.0));
        assert_eq!(divide(&huge, &huge), Ok(1.0));
        assert!(divide(&huge, "3").is_err());
        assert_eq!(
            divide("0", "-5").map(f64::to_bits),
            Ok((-0.0_f64).to_bits())
        );
    }

    #[test]
    fn powers() {
        assert_eq!(
            pow(&2.into(), 100),
            Ok(big("1267650600228229401496703205376"))
        );
        assert_eq!(pow(&BigInt::from(-1), u64::MAX), Ok(BigInt::from(-1)));
        assert_eq!(pow(&BigInt::zero(), 0), Ok(BigInt::one()));
        assert_eq!(pow(&BigInt::zero(), 2), Ok(BigInt::zero()));
        assert!(pow(&BigInt::from(2), u64::MAX).is_err());
        let modular = |a: i64, b: i64, c: i64| {
            pow_mod(&a.into(), &b.into(), &c.into()).map_err(|error| error.message)
        };
        assert_eq!(modular(3, 4, 5), Ok(1.into()));
        assert_eq!(modular(3, 4, -5), Ok(BigInt::from(-4)));
        assert_eq!(modular(-3, 3, 5), Ok(3.into()));
        assert_eq!(modular(3, -1, 7), Ok(5.into()));
        assert_eq!(modular(2, -1, 1), Ok(0.into()));
        assert_eq!(
            modular(2, -1, 4),
            Err("base is not invertible for the given modulus".into())
        );
        assert_eq!(
            modular(2, 1, 0),
            Err("pow() 3rd argument cannot be 0".into())
        );
    }

    #[test]
    fn shifts() {
        let minus = BigInt::from(-5);
        assert_eq!(shift_right(&minus, IntRef::Small(1)), Ok(BigInt::from(-3)));
        assert_eq!(
            shift_right(&minus, IntRef::Small(i64::MAX)),
            Ok(BigInt::from(-1))
        );
        assert_eq!(shift_left(&minus, IntRef::Small(2)), Ok(BigInt::from(-20)));
        assert!(shift_left(&minus, IntRef::Small(i64::MAX)).is_err());
        assert!(shift_left(&minus, IntRef::Small(-1)).is_err());
        let huge = BigInt::one() << 80;
        assert_eq!(
            shift_left(&BigInt::zero(), IntRef::Big(&huge)),
            Ok(BigInt::zero())
        );
        assert_eq!(shift_right(&huge, IntRef::Big(&huge)), Ok(BigInt::zero()));
    }

    #[test]
    fn rounding() {
        let round = |value: i64, ndigits| round_int(IntRef::Small(value), ndigits);
        for (value, ndigits, expected) in [
            (15, -1, 20),
            (25, -1, 20),
            (-15, -1, -20),
            (-25, -1, -20),
            (5, -1, 0),
            (6, -1, 10),
            (5001, -4, 10_000),
            (4, -1, 0),
            (7, 3, 7),
            (i64::MAX, i64::MIN, 0),
        ] {
            assert_eq!(
                round(value, ndigits),
                Int::Small(expected),
                "round({value}, {ndigits})"
            );
        }
    }

    #[test]
    fn bits() {
        assert_eq!(bit_length(IntRef::Small(i64::MIN)), 64);
        assert_eq!(bit_length(IntRef::Small(0)), 0);
        assert_eq!(bit_count(IntRef::Small(-7)), 3);
        assert_eq!(isqrt(IntRef::Small(99)), Ok(Int::Small(9)));
        assert_eq!(
            isqrt(IntRef::Big(&big("10000000000000000000000"))),
            Ok(Int::Small(100_000_000_000))
        );
    }
}
