//! Floats as exact numbers: conversion to and from integers, ratios, comparison, rounding.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One as _, ToPrimitive as _, Zero as _};

use super::{Int, IntRef, TextError, format_float_e, format_float_f};

/// 2^63, the first float above every `i64`.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// A finite float as `mantissa * 2^exponent`, its sign left out.
pub(super) fn decompose(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    match (bits >> 52) & 0x7ff {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased as i32 - 1075),
    }
}

/// `int(x)`: towards zero.
///
/// # Errors
/// `ValueError` for nan, `OverflowError` for infinities.
pub fn float_to_int(x: f64) -> Result<Int, TextError> {
    if x.is_nan() {
        return Err(TextError::value("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(TextError::overflow(
            "cannot convert float infinity to integer",
        ));
    }
    if (-TWO_63..TWO_63).contains(&x) {
        return Ok(Int::Small(x as i64));
    }
    let (mantissa, exponent) = decompose(x);
    let magnitude = BigUint::from(mantissa) << exponent.unsigned_abs();
    let sign = if x < 0.0 { Sign::Minus } else { Sign::Plus };
    Ok(BigInt::from_biguint(sign, magnitude).into())
}

/// `round(x)`: to the nearest integer, halves to even.
///
/// # Errors
/// As [`float_to_int`].
pub fn round_to_int(x: f64) -> Result<Int, TextError> {
    float_to_int(x.round_ties_even())
}

/// `round(x, ndigits)`: to a multiple of 10^-ndigits, correctly rounded, exact halves to even.
///
/// # Errors
/// `OverflowError` when rounding up leaves the range of floats.
pub fn round_half_even(x: f64, ndigits: i64) -> Result<f64, TextError> {
    // Beyond these the result is x itself, or zero.
    if ndigits > 323 || !x.is_finite() || x == 0.0 {
        return Ok(x);
    }
    if ndigits < -308 {
        return Ok(0.0_f64.copysign(x));
    }
    let text = match usize::try_from(ndigits) {
        Ok(digits) => format_float_f(x, digits),
        Err(_) => round_to_power(x, ndigits.unsigned_abs() as u32),
    };
    let rounded: f64 = text
        .parse()
        .expect("a formatted float reads back as a float");
    if rounded.is_infinite() {
        return Err(TextError::overflow("rounded value too large to represent"));
    }
    Ok(rounded)
}

/// The text of `x` rounded to a multiple of 10^power.
fn round_to_power(x: f64, power: u32) -> String {
    let leading: i64 = format_float_e(x, 766)
        .rsplit('e')
        .next()
        .and_then(|exponent| exponent.parse().ok())
        .expect("the e layout has an exponent");
    let sign = if x < 0.0 { "-" } else { "" };
    match leading - i64::from(power) {
        // At least one digit stays.
        kept @ 0.. => format_float_e(x, kept.unsigned_abs() as usize),
        // The first digit is just below the place: up when more than half of it.
        -1 => {
            let half = BigInt::from(5) * BigInt::from(10).pow(power - 1);
            match compare_float_int(x.abs(), IntRef::Big(&half)) {
                Some(Ordering::Greater) => format!("{sign}1e{power}"),
                Some(Ordering::Less | Ordering::Equal) | None => format!("{sign}0"),
            }
        }
        _ => format!("{sign}0"),
    }
}

/// The nearest float.
///
/// # Errors
/// `OverflowError` when there is none.
pub fn int_to_float(value: IntRef<'_>) -> Result<f64, TextError> {
    let big = match value {
        IntRef::Small(value) => return Ok(value as f64),
        IntRef::Big(value) => value,
    };
    let magnitude = scale_to_float(big.magnitude(), 0)
        .ok_or_else(|| TextError::overflow("int too large to convert to float"))?;
    Ok(if value.is_negative() {
        -magnitude
    } else {
        magnitude
    })
}

/// The float nearest to `value * 2^exponent`, halves to even; `None` when it is too large.
pub(super) fn scale_to_float(value: &BigUint, exponent: i64) -> Option<f64> {
    if value.is_zero() {
        return Some(0.0);
    }
    let bits = value.bits() as i64;
    // The exponent of the result's lowest bit.
    let lowest = (bits + exponent - 53).max(-1074);
    let drop = lowest - exponent;
    let mantissa = if drop <= 0 {
        value.to_u64()? << drop.unsigned_abs()
    } else if drop > bits {
        0
    } else {
        let drop = drop.unsigned_abs();
        let kept = (value >> drop).to_u64()?;
        let half = value.bit(drop - 1);
        let more = value.trailing_zeros().is_some_and(|zeros| zeros < drop - 1);
        kept + u64::from(half && (more || kept % 2 == 1))
    };
    // Both factors are floats, and so is their product, unless it overflows.
    let result = if lowest > 971 {
        f64::INFINITY
    } else {
        mantissa as f64 * power_of_two(lowest)
    };
    result.is_finite().then_some(result)
}

/// 2^exponent for -1074..=1023.
fn power_of_two(exponent: i64) -> f64 {
    let bits = if exponent < -1022 {
        1 << (exponent + 1074)
    } else {
        ((exponent + 1023) as u64) << 52
    };
    f64::from_bits(bits)
}

/// The exact order of a float and an integer; `None` for nan.
pub fn compare_float_int(x: f64, value: IntRef<'_>) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return x.partial_cmp(&0.0);
    }
    let whole = x.trunc();
    let whole_order = match (value, float_to_int(whole).ok()?) {
        (IntRef::Small(value), Int::Small(whole)) => whole.cmp(&value),
        (IntRef::Big(value), Int::Big(whole)) => whole.cmp(value),
        (IntRef::Big(value), Int::Small(whole)) => BigInt::from(whole).cmp(value),
        (IntRef::Small(_), Int::Big(_)) => whole.partial_cmp(&0.0)?,
    };
    Some(whole_order.then(x.partial_cmp(&whole)?))
}

/// `x.as_integer_ratio()`, in lowest terms.
///
/// # Errors
/// `ValueError` for nan, `OverflowError` for infinities.
pub fn float_as_integer_ratio(x: f64) -> Result<(BigInt, BigInt), TextError> {
    if x.is_nan() {
        return Err(TextError::value("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(TextError::overflow(
            "cannot convert Infinity to integer ratio",
        ));
    }
    if x == 0.0 {
        return Ok((BigInt::zero(), BigInt::one()));
    }
    let (mantissa, exponent) = decompose(x);
    let common = mantissa.trailing_zeros();
    let exponent = exponent + common as i32;
    let mut numerator = BigInt::from(mantissa >> common);
    let mut denominator = BigInt::one();
    if exponent >= 0 {
        numerator <<= exponent.unsigned_abs();
    } else {
        denominator <<= exponent.unsigned_abs();
    }
    Ok((if x < 0.0 { -numerator } else { numerator }, denominator))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        text.parse().expect("a decimal integer")
    }

    #[test]
    fn to_int() {
        assert_eq!(float_to_int(-1.9), Ok(Int::Small(-1)));
        assert_eq!(float_to_int(-TWO_63), Ok(Int::Small(i64::MIN)));
        assert_eq!(
            float_to_int(TWO_63),
            Ok(Int::Big(big("9223372036854775808")))
        );
        assert_eq!(
            float_to_int(-1e23),
            Ok(Int::Big(big("-99999999999999991611392")))
        );
        assert!(float_to_int(f64::NAN).is_err());
        assert_eq!(round_to_int(2.5), Ok(Int::Small(2)));
        assert_eq!(round_to_int(-3.5), Ok(Int::Small(-4)));
    }

    #[test]
    fn from_int() {
        let convert = |text: &str| int_to_float(IntRef::Big(&big(text)));
        assert_eq!(convert("9007199254740993"), Ok(9_007_199_254_740_992.0));
        assert_eq!(convert("9007199254740995"), Ok(9_007_199_254_740_996.0));
        assert_eq!(convert("-99999999999999999999999"), Ok(-1e23));
        let max = BigInt::from((1_u64 << 53) - 1) << 971;
        assert_eq!(int_to_float(IntRef::Big(&max)), Ok(f64::MAX));
        assert!(int_to_float(IntRef::Big(&(max + (BigInt::one() << 970)))).is_err());
    }

    #[test]
    fn order_of_float_and_int() {
        let order = |x, n: &str| compare_float_int(x, IntRef::Big(&big(n)));
        assert_eq!(
            order(9_007_199_254_740_992.0, "9007199254740993"),
            Some(Ordering::Less)
        );
        assert_eq!(
            order(1e23, "100000000000000000000000"),
            Some(Ordering::Less)
        );
        assert_eq!(
            order(f64::INFINITY, "100000000000000000000000"),
            Some(Ordering::Greater)
        );
        assert_eq!(order(f64::NAN, "0"), None);
        let order = |x, n| compare_float_int(x, IntRef::Small(n));
        assert_eq!(order(-0.5, 0), Some(Ordering::Less));
        assert_eq!(order(0.5, 0), Some(Ordering::Greater));
        assert_eq!(order(-0.0, 0), Some(Ordering::Equal));
        assert_eq!(order(TWO_63, i64::MAX), Some(Ordering::Greater));
        assert_eq!(order(-TWO_63, i64::MIN), Some(Ordering::Equal));
    }

    #[test]
    fn ratio() {
        assert_eq!(
            float_as_integer_ratio(-0.75),
            Ok((BigInt::from(-3), BigInt::from(4)))
        );
        assert_eq!(
            float_as_integer_ratio(1e22),
            Ok((big("10000000000000000000000"), BigInt::one()))
        );
        assert_eq!(
            float_as_integer_ratio(-0.0),
            Ok((BigInt::zero(), BigInt::one()))
        );
        assert!(float_as_integer_ratio(f64::INFINITY).is_err());
    }

    #[test]
    fn rounding() {
        for (x, ndigits, expected) in [
            (2.675, 2, 2.67),
            (0.125, 2, 0.12),
            (25.0, -1, 20.0),
            (35.0, -1, 40.0),
            (5.0, -1, 0.0),
            (5.1, -1, 10.0),
            (-5.1, -1, -10.0),
            (4.9, -1, 0.0),
            (1e22, -30, 0.0),
            (-0.4, 0, -0.0),
            (5e-324, 323, 0.0),
            (1e308, -308, 1e308),
            (1.5, i64::MAX, 1.5),
            (1.5, i64::MIN, 0.0),
        ] {
            assert_eq!(
                round_half_even(x, ndigits),
                Ok(expected),
                "round({x}, {ndigits})"
            );
        }
        assert!(round_half_even(f64::MAX, -308).is_err());
        assert!(round_half_even(f64::NAN, 2).is_ok_and(f64::is_nan));
    }
}
