//! Hashes of numbers as CPython computes them, so that equal numbers hash alike and sets of numbers
//! iterate in CPython's order.

use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive as _;

use super::IntRef;
use super::float_exact::decompose;

/// The prime 2^61 - 1: a number's hash is the number modulo this.
const MODULUS: u64 = (1 << 61) - 1;

/// `hash(value)` of a small integer.
///
/// ```
/// # use acoro::text::int_hash;
/// assert_eq!(int_hash(-1), -2);
/// assert_eq!(int_hash(1 << 61), 1);
/// ```
pub fn int_hash(value: i64) -> i64 {
    signed(value.unsigned_abs() % MODULUS, value < 0)
}

/// `hash(value)` of any integer.
pub fn bigint_hash(value: &BigInt) -> i64 {
    let rest = (value.magnitude() % MODULUS)
        .to_u64()
        .expect("a remainder is below its modulus");
    signed(rest, value.sign() == Sign::Minus)
}

/// `hash(value)` of an integer of either size.
pub fn int_ref_hash(value: IntRef<'_>) -> i64 {
    match value {
        IntRef::Small(value) => int_hash(value),
        IntRef::Big(value) => bigint_hash(value),
    }
}

/// `hash(x)`. CPython hashes a nan by its address; here every nan has hash 0.
pub fn float_hash(x: f64) -> i64 {
    if x.is_nan() {
        return 0;
    }
    if x.is_infinite() {
        return if x > 0.0 { 314_159 } else { -314_159 };
    }
    let (mantissa, exponent) = decompose(x);
    // A product with 2^n modulo 2^61 - 1 is a rotation of 61 bits.
    let turn = exponent.rem_euclid(61).unsigned_abs();
    let rest = mantissa % MODULUS;
    let turned = if turn == 0 {
        rest
    } else {
        (rest << turn) & MODULUS | rest >> (61 - turn)
    };
    signed(turned, x < 0.0)
}

/// Gives the hash its sign; -1 is CPython's mark of an error, so -2 stands for it.
fn signed(rest: u64, negative: bool) -> i64 {
    let rest = rest.cast_signed();
    match if negative { -rest } else { rest } {
        -1 => -2,
        hash => hash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_cpython() {
        assert_eq!(int_hash(i64::MIN), -4);
        assert_eq!(int_hash(i64::MAX), 3);
        let big = BigInt::from(10).pow(30);
        assert_eq!(bigint_hash(&big), 465_258_685_558_744_706);
        assert_eq!(int_ref_hash(IntRef::Big(&-big)), -465_258_685_558_744_706);
        assert_eq!(bigint_hash(&-BigInt::from(1_i64 << 61)), -2);
        assert_eq!(float_hash(0.5), 1_152_921_504_606_846_976);
        assert_eq!(float_hash(-0.1), -230_584_300_921_369_408);
        assert_eq!(float_hash(1e300), 1_224_995_262_755_759_164);
        assert_eq!(float_hash(-1.0), -2);
        assert_eq!(float_hash(f64::NEG_INFINITY), -314_159);
        assert_eq!(float_hash(-0.0), 0);
    }
}
