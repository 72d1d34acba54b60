//! Floats in hexadecimal: `float.hex` and `float.fromhex`.

use num_bigint::BigUint;

use super::TextError;
use super::float::non_finite;
use super::float_exact::{decompose, scale_to_float};

/// `x.hex()`.
///
/// ```
/// # use acoro::text::float_hex;
/// assert_eq!(float_hex(-0.1), "-0x1.999999999999ap-4");
/// ```
pub fn float_hex(x: f64) -> String {
    if let Some(name) = non_finite(x) {
        return name.to_owned();
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let (mantissa, exponent) = decompose(x);
    let exponent = exponent + 52;
    let whole = mantissa >> 52;
    let fraction = mantissa & ((1 << 52) - 1);
    format!("{sign}0x{whole}.{fraction:013x}p{exponent:+}")
}

/// `float.fromhex(text)`, correctly rounded.
///
/// # Errors
/// `ValueError` for text that is no number, `OverflowError` for a number beyond the largest float.
pub fn float_from_hex(text: &str) -> Result<f64, TextError> {
    let text = text.trim_matches(|c| matches!(c, '\t'..='\r' | ' '));
    let negative = text.starts_with('-');
    let number = text
        .strip_prefix(['+', '-'])
        .unwrap_or(text)
        .to_ascii_lowercase();
    let value = match number.as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        _ => finite_from_hex(&number)?,
    };
    Ok(if negative { -value } else { value })
}

fn finite_from_hex(number: &str) -> Result<f64, TextError> {
    let invalid = || TextError::value("invalid hexadecimal floating-point string");
    let number = number.strip_prefix("0x").unwrap_or(number);
    let (mantissa, exponent) = match number.split_once('p') {
        Some((mantissa, exponent)) => (mantissa, exponent_value(exponent).ok_or_else(invalid)?),
        None => (number, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Option<Vec<u8>> = whole
        .bytes()
        .chain(fraction.bytes())
        .map(|byte| char::from(byte).to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits
        .filter(|digits| !digits.is_empty())
        .ok_or_else(invalid)?;
    let value = BigUint::from_radix_be(&digits, 16).ok_or_else(invalid)?;
    let fraction_bits = i64::try_from(fraction.len()).unwrap_or(i64::MAX / 8) * 4;
    scale_to_float(&value, exponent.saturating_sub(fraction_bits))
        .ok_or_else(|| TextError::overflow("hexadecimal value too large to represent as a float"))
}

/// A signed decimal number, held within a range that is safe to add to.
fn exponent_value(text: &str) -> Option<i64> {
    const LIMIT: i64 = i64::MAX / 4;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse::<i64>().unwrap_or(LIMIT).min(LIMIT);
    Some(if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes() {
        for (x, expected) in [
            (0.0, "0x0.0p+0"),
            (-0.0, "-0x0.0p+0"),
            (1.0, "0x1.0000000000000p+0"),
            (5e-324, "0x0.0000000000001p-1022"),
            (f64::MAX, "0x1.fffffffffffffp+1023"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(float_hex(x), expected);
        }
    }

    #[test]
    fn reads() {
        for (text, expected) in [
            ("0x1.8p1", 3.0),
            (" -1.8 ", -1.5),
            ("0X.8", 0.5),
            ("0x1.", 1.0),
            ("ffp-4", 15.9375),
            ("0x1p-1074", 5e-324),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1075", 5e-324),
            ("0x1.fffffffffffff7p0", 1.999_999_999_999_999_8),
            ("0x1.fffffffffffff8p0", 2.0),
            ("0p9999999999999999999999", 0.0),
            ("1p-9999999999999999999999", 0.0),
            ("-Inf", f64::NEG_INFINITY),
        ] {
            assert_eq!(float_from_hex(text), Ok(expected), "{text:?}");
        }
        for bad in [
            "", "0x", ".", "0x.p1", "1p", "1p+", "1 2", "g", "0x-1", "1_0", "++1",
        ] {
            assert!(float_from_hex(bad).is_err(), "{bad:?}");
        }
        assert!(float_from_hex("1p1024").is_err());
        assert!(float_from_hex("1p9999999999999999999999").is_err());
    }
}
