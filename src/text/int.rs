//! Integers as text: `int()` of a string, and an integer in base 10, 2, 8 or 16.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::ToPrimitive as _;

use super::unicode;
use super::{TextError, repr_str};

/// The longest decimal integer that may be read or written unless the program asks for more
/// (`sys.get_int_max_str_digits()`).
pub const MAX_STR_DIGITS: usize = 4300;

/// An integer of any size.
///
/// Invariant: a `Big` does not fit an `i64`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Int {
    /// Fits a machine word.
    Small(i64),
    /// Does not.
    Big(BigInt),
}

impl Int {
    /// The integer as a big one.
    pub fn into_big(self) -> BigInt {
        match self {
            Int::Small(value) => BigInt::from(value),
            Int::Big(value) => value,
        }
    }

    /// A borrowed view.
    pub fn as_ref(&self) -> IntRef<'_> {
        match self {
            Int::Small(value) => IntRef::Small(*value),
            Int::Big(value) => IntRef::Big(value),
        }
    }
}

impl From<i64> for Int {
    fn from(value: i64) -> Self {
        Int::Small(value)
    }
}

impl From<BigInt> for Int {
    fn from(value: BigInt) -> Self {
        match value.to_i64() {
            Some(small) => Int::Small(small),
            None => Int::Big(value),
        }
    }
}

/// A borrowed integer: what functions here that only read an integer take.
#[derive(Clone, Copy, Debug)]
pub enum IntRef<'a> {
    /// A machine word.
    Small(i64),
    /// Any integer.
    Big(&'a BigInt),
}

impl IntRef<'_> {
    /// The integer as a big one.
    pub fn to_big(self) -> BigInt {
        match self {
            IntRef::Small(value) => BigInt::from(value),
            IntRef::Big(value) => value.clone(),
        }
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            IntRef::Small(value) => value < 0,
            IntRef::Big(value) => value.sign() == Sign::Minus,
        }
    }

    /// The digits of the absolute value in base `radix` (2..=36), lower case, without a prefix.
    pub fn magnitude_digits(self, radix: u32) -> String {
        match self {
            IntRef::Small(value) => {
                let value = value.unsigned_abs();
                match radix {
                    2 => format!("{value:b}"),
                    8 => format!("{value:o}"),
                    10 => value.to_string(),
                    16 => format!("{value:x}"),
                    _ => BigUint::from(value).to_str_radix(radix),
                }
            }
            IntRef::Big(value) => value.magnitude().to_str_radix(radix),
        }
    }
}

impl From<i64> for IntRef<'_> {
    fn from(value: i64) -> Self {
        IntRef::Small(value)
    }
}

impl<'a> From<&'a BigInt> for IntRef<'a> {
    fn from(value: &'a BigInt) -> Self {
        IntRef::Big(value)
    }
}

/// `str(value)`, or CPython's error when it would have more than [`MAX_STR_DIGITS`] digits.
///
/// # Errors
/// `ValueError` when the limit is passed.
pub fn int_to_decimal(value: IntRef<'_>) -> Result<String, TextError> {
    int_to_decimal_limited(value, MAX_STR_DIGITS)
}

/// [`int_to_decimal`] with a limit of the caller's; 0 is none.
///
/// # Errors
/// `ValueError` when the limit is passed.
pub fn int_to_decimal_limited(value: IntRef<'_>, limit: usize) -> Result<String, TextError> {
    let too_long = || {
        TextError::value(format!(
            "Exceeds the limit ({limit} digits) for integer string conversion; \
             use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    let big = match value {
        IntRef::Small(value) => return Ok(value.to_string()),
        IntRef::Big(value) => value,
    };
    // A decimal digit is log2(10) = 3.32 bits: refuse the clear cases before the quadratic work.
    if limit > 0 && big.bits() / 4 > limit as u64 {
        return Err(too_long());
    }
    let text = big.to_string();
    if limit > 0 && text.len() - usize::from(text.starts_with('-')) > limit {
        return Err(too_long());
    }
    Ok(text)
}

/// `hex()`, `oct()` and `bin()`: sign, prefix, digits. `radix` is 16, 8 or 2.
pub fn int_to_prefixed(value: IntRef<'_>, radix: u32) -> String {
    let mut out = String::new();
    if value.is_negative() {
        out.push('-');
    }
    out.push_str(radix_prefix(radix));
    out.push_str(&value.magnitude_digits(radix));
    out
}

/// `0x`, `0o` or `0b`, and nothing for another base.
pub(super) fn radix_prefix(radix: u32) -> &'static str {
    match radix {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    }
}

/// `int(text, base)`: white space, sign, prefix, underscores, decimal digits of any script.
///
/// `base` is 0 (by prefix, as in source) or 2..=36.
///
/// # Errors
/// `ValueError` for a bad base, text that is no number, or more than [`MAX_STR_DIGITS`] digits.
pub fn parse_int(text: &str, base: u32) -> Result<Int, TextError> {
    parse_int_limited(text, base, MAX_STR_DIGITS)
}

/// [`parse_int`] with a limit of the caller's; 0 is none.
///
/// # Errors
/// As [`parse_int`].
pub fn parse_int_limited(text: &str, base: u32, limit: usize) -> Result<Int, TextError> {
    if base == 1 || base > 36 {
        return Err(TextError::value("int() base must be >= 2 and <= 36, or 0"));
    }
    match scan(text, base) {
        None => Err(invalid_literal(&repr_str(text), base)),
        Some(scanned) => scanned.value(limit),
    }
}

/// The error for `int(x, base)` when x is no number; `repr` is x's repr (a string's or bytes').
pub fn invalid_literal(repr: &str, base: u32) -> TextError {
    let mut message = format!("invalid literal for int() with base {base}: ");
    message.extend(repr.chars().take(200));
    TextError::value(message)
}

/// A number's text, taken apart.
struct Scanned {
    negative: bool,
    radix: u32,
    /// The value of each digit, the highest first.
    digits: Vec<u8>,
}

fn scan(text: &str, base: u32) -> Option<Scanned> {
    let text = text.trim();
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut radix = base;
    let prefixed = match rest.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    if prefixed != 0 && (base == 0 || base == prefixed) {
        radix = prefixed;
        rest = &rest[2..];
        rest = rest.strip_prefix('_').unwrap_or(rest);
    } else if base == 0 {
        radix = 10;
    }
    let mut digits = Vec::with_capacity(rest.len());
    let mut after_digit = false;
    for c in rest.chars() {
        if c == '_' {
            if !after_digit {
                return None;
            }
            after_digit = false;
            continue;
        }
        let value = unicode::decimal_value(c).or_else(|| c.to_digit(36))?;
        if value >= radix {
            return None;
        }
        digits.push(value as u8);
        after_digit = true;
    }
    let source_zeros = base == 0 && prefixed == 0 && digits.first() == Some(&0);
    if !after_digit || (source_zeros && digits.iter().any(|&digit| digit != 0)) {
        return None;
    }
    Some(Scanned {
        negative,
        radix,
        digits,
    })
}

impl Scanned {
    fn value(self, limit: usize) -> Result<Int, TextError> {
        let count = self.digits.len();
        if limit > 0 && count > limit && !self.radix.is_power_of_two() {
            return Err(TextError::value(format!(
                "Exceeds the limit ({limit} digits) for integer string conversion: \
                 value has {count} digits; \
                 use sys.set_int_max_str_digits() to increase the limit"
            )));
        }
        // Twelve digits of base 36 are below 2^63.
        if count <= 12 {
            let radix = i64::from(self.radix);
            let value = self
                .digits
                .iter()
                .fold(0, |value, &digit| value * radix + i64::from(digit));
            return Ok(Int::Small(if self.negative { -value } else { value }));
        }
        let sign = if self.negative {
            Sign::Minus
        } else {
            Sign::Plus
        };
        let magnitude = from_digits(&self.digits, self.radix);
        Ok(BigInt::from_biguint(sign, magnitude).into())
    }
}

/// The number with these digits. Halves the digits, because the library's own conversion is quadratic.
fn from_digits(digits: &[u8], radix: u32) -> BigUint {
    const DIRECT: usize = 2000;
    if digits.len() <= DIRECT || radix.is_power_of_two() {
        return BigUint::from_radix_be(digits, radix).expect("digits are below the radix");
    }
    let low_len = digits.len() / 2;
    let (high, low) = digits.split_at(digits.len() - low_len);
    let scale = BigUint::from(radix).pow(u32::try_from(low_len).unwrap_or(u32::MAX));
    from_digits(high, radix) * scale + from_digits(low, radix)
}

/// An integer with `separator` between groups of `size` digits from the right.
pub(super) fn group_digits(digits: &str, separator: char, size: usize) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / size);
    for (index, c) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, base: u32, expected: &str) {
        let got = match parse_int(text, base) {
            Ok(value) => value.into_big().to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expected, "int({text:?}, {base})");
    }

    #[test]
    fn parses_as_cpython() {
        check(" -1_000 ", 10, "-1000");
        check("0x_fF", 0, "255");
        check("0x_fF", 16, "255");
        check("٣٤", 10, "34");
        check("\u{a0}7\u{3000}", 10, "7");
        check("000", 0, "0");
        check("0b1", 16, "177");
        check("zz", 36, "1295");
        check("-9223372036854775808", 10, "-9223372036854775808");
        check(&"1".repeat(30), 10, &"1".repeat(30));
        check("007", 0, "invalid literal for int() with base 0: '007'");
        for bad in ["", "_1", "1_", "1__0", "+-1", "0x", "1 2", "a", "½", "0x_"] {
            let expected = format!("invalid literal for int() with base 10: '{bad}'");
            check(bad, 10, &expected);
        }
        check("1", 37, "int() base must be >= 2 and <= 36, or 0");
        check(
            &"9".repeat(4301),
            10,
            "Exceeds the limit (4300 digits) for integer string conversion: value has 4301 \
             digits; use sys.set_int_max_str_digits() to increase the limit",
        );
        assert!(parse_int_limited(&"9".repeat(9000), 10, 0).is_ok());
        assert!(parse_int(&"f".repeat(9000), 16).is_ok());
    }

    #[test]
    fn an_int_is_small_whenever_it_fits() {
        assert_eq!(
            parse_int("9223372036854775807", 10),
            Ok(Int::Small(i64::MAX))
        );
        assert_eq!(
            parse_int("-9223372036854775808", 10),
            Ok(Int::Small(i64::MIN))
        );
        assert!(matches!(
            parse_int("9223372036854775808", 10),
            Ok(Int::Big(_))
        ));
    }

    #[test]
    fn writes() {
        assert_eq!(int_to_prefixed(IntRef::Small(-255), 16), "-0xff");
        assert_eq!(int_to_prefixed(IntRef::Small(8), 8), "0o10");
        assert_eq!(int_to_prefixed(IntRef::Small(i64::MIN), 2).len(), 67);
        let limit: BigInt = BigInt::from(10).pow(4300);
        assert!(int_to_decimal(IntRef::Big(&limit)).is_err());
        assert_eq!(
            int_to_decimal(IntRef::Big(&(BigInt::from(1) - limit))).map(|s| s.len()),
            Ok(4301)
        );
        assert_eq!(group_digits("1234567", ',', 3), "1,234,567");
    }

    #[test]
    fn long_texts_are_halved() {
        let digits = "123456789".repeat(1000);
        let value = parse_int_limited(&digits, 10, 0).map(Int::into_big);
        assert_eq!(value.map(|value| value.to_string()), Ok(digits));
    }
}
