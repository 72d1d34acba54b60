//! Floats as decimal text: `repr`, `float()` of a string, and the `e`, `f` and `g` layouts.
//!
//! The digits come from the standard library, whose shortest and exact conversions are correctly
//! rounded; this file arranges them as Python does.

use super::unicode;
use super::{TextError, repr_str};

/// The most digits that follow the point in any float: further ones are zeros.
const MAX_FRACTION: usize = 1074;
/// The most digits that any float has.
const MAX_SIGNIFICANT: usize = 767;

/// `repr(x)` and `str(x)`: the fewest digits that read back as `x`.
///
/// ```
/// # use acoro::text::repr_float;
/// assert_eq!(repr_float(1e16), "1e+16");
/// assert_eq!(repr_float(0.1), "0.1");
/// assert_eq!(repr_float(-0.0), "-0.0");
/// ```
pub fn repr_float(x: f64) -> String {
    if let Some(name) = non_finite(x) {
        return name.to_owned();
    }
    // Rust's debug form leaves fixed notation at the same places (1e-4, 1e16).
    let text = format!("{x:?}");
    if text.len() > 16
        && let Some(even) = tie_to_even(x)
    {
        return even;
    }
    match text.split_once('e') {
        None => text,
        Some((mantissa, exponent)) => {
            let mantissa = mantissa.strip_suffix(".0").unwrap_or(mantissa);
            with_exponent(mantissa, parse_exponent(exponent))
        }
    }
}

/// The repr of a float that lies exactly between two decimals of the fewest digits: Python takes the
/// even one, Rust the upper. Only floats near a power of two with 16 or 17 digits are such.
fn tie_to_even(x: f64) -> Option<String> {
    let shortest = format!("{x:e}");
    let (mantissa, _) = split_exponent(&shortest);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    if digits < 16 {
        return None;
    }
    let even = format!("{x:.*e}", digits - 1);
    if even == shortest || even.parse() != Ok(x) {
        return None;
    }
    let (mantissa, exponent) = split_exponent(&even);
    Some(if (-4..16).contains(&exponent) {
        let fraction = digits as i32 - 1 - exponent;
        format!("{x:.*}", fraction.max(1).unsigned_abs() as usize)
    } else {
        with_exponent(mantissa, exponent)
    })
}

/// The text of an infinity or a nan.
pub(super) fn non_finite(x: f64) -> Option<&'static str> {
    if x.is_nan() {
        Some("nan")
    } else if x == f64::INFINITY {
        Some("inf")
    } else if x == f64::NEG_INFINITY {
        Some("-inf")
    } else {
        None
    }
}

/// How to lay out a float. `alternate` is the `#` flag: keep the point, and the zeros of [`Layout::General`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `e`: one digit, the point, `precision` digits, an exponent.
    Exponent,
    /// `f`: `precision` digits after the point.
    Fixed,
    /// `g`: `precision` digits in all, as [`Layout::Fixed`] or, far from 1, as [`Layout::Exponent`].
    General,
    /// As [`Layout::General`], but at least one digit after the point: a format spec without a type.
    GeneralDotZero,
}

/// `'%.{precision}e' % x`.
pub fn format_float_e(x: f64, precision: usize) -> String {
    format_float(x, Layout::Exponent, precision, false)
}

/// `'%.{precision}f' % x`.
pub fn format_float_f(x: f64, precision: usize) -> String {
    format_float(x, Layout::Fixed, precision, false)
}

/// `'%.{precision}g' % x`.
pub fn format_float_g(x: f64, precision: usize) -> String {
    format_float(x, Layout::General, precision, false)
}

/// Lays out any float, correctly rounded, in lower case. Infinities and nan ignore the layout.
///
/// The result has about `precision` bytes: bound it before the call.
pub fn format_float(x: f64, layout: Layout, precision: usize, alternate: bool) -> String {
    if let Some(name) = non_finite(x) {
        return name.to_owned();
    }
    let mut out = match layout {
        Layout::Fixed => {
            let shown = precision.min(MAX_FRACTION);
            let mut out = format!("{x:.shown$}");
            push_zeros(&mut out, precision - shown);
            if alternate && precision == 0 {
                out.push('.');
            }
            return out;
        }
        Layout::Exponent => {
            let shown = precision.min(MAX_SIGNIFICANT);
            let text = format!("{x:.shown$e}");
            let (mantissa, exponent) = split_exponent(&text);
            let mut mantissa = mantissa.to_owned();
            push_zeros(&mut mantissa, precision - shown);
            if alternate && precision == 0 {
                mantissa.push('.');
            }
            return with_exponent(&mantissa, exponent);
        }
        Layout::General | Layout::GeneralDotZero => String::new(),
    };
    if x.is_sign_negative() {
        out.push('-');
    }
    push_general(
        &mut out,
        x.abs(),
        precision.max(1),
        alternate,
        layout == Layout::GeneralDotZero,
    );
    out
}

fn push_general(out: &mut String, x: f64, precision: usize, alternate: bool, dot_zero: bool) {
    let shown = precision.min(MAX_SIGNIFICANT);
    let text = format!("{x:.*e}", shown - 1);
    let (mantissa, exponent) = split_exponent(&text);
    let mut digits = mantissa.replace('.', "");
    if alternate {
        push_zeros(&mut digits, precision - shown);
    } else {
        digits.truncate(digits.trim_end_matches('0').len().max(1));
    }
    // One digit less is fixed where ".0" will be added.
    let fixed_digits = i64::try_from(precision).unwrap_or(i64::MAX) - i64::from(dot_zero);
    if exponent < -4 || i64::from(exponent) >= fixed_digits {
        if digits.len() > 1 || alternate {
            digits.insert(1, '.');
        }
        out.push_str(&with_exponent(&digits, exponent));
        return;
    }
    if exponent < 0 {
        out.push_str("0.");
        push_zeros(out, exponent.unsigned_abs() as usize - 1);
        out.push_str(&digits);
        return;
    }
    let whole = exponent as usize + 1;
    if digits.len() < whole {
        let missing = whole - digits.len();
        push_zeros(&mut digits, missing);
    }
    let (whole, fraction) = digits.split_at(whole);
    out.push_str(whole);
    if !fraction.is_empty() || alternate {
        out.push('.');
        out.push_str(fraction);
    }
    if fraction.is_empty() && dot_zero {
        out.push_str(if alternate { "0" } else { ".0" });
    }
}

/// `repr` with the `#` flag: a point even before an exponent (`1.e+16`).
pub(super) fn repr_float_alternate(x: f64) -> String {
    let text = repr_float(x);
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.e{exponent}"),
        Some(_) | None => text,
    }
}

fn split_exponent(text: &str) -> (&str, i32) {
    let (mantissa, exponent) = text
        .split_once('e')
        .expect("Rust's exponent form has an exponent");
    (mantissa, parse_exponent(exponent))
}

fn parse_exponent(text: &str) -> i32 {
    text.parse()
        .expect("Rust's exponent form has a decimal exponent")
}

/// The exponent as C writes it: a sign and at least two digits.
fn with_exponent(mantissa: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

fn push_zeros(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n('0', count));
}

/// `float(text)`: white space, sign, underscores between digits, `inf`, `nan`, decimal digits of any script.
///
/// ```
/// # use acoro::text::parse_float;
/// assert_eq!(parse_float(" -1_0.5e-1\n"), Some(-1.05));
/// assert_eq!(parse_float("1_"), None);
/// ```
pub fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        plain.push(match unicode::decimal_value(c) {
            Some(value) => char::from_digit(value, 10)?,
            None => c,
        });
    }
    let negative = plain.starts_with('-');
    let number = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let value = match number.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        _ => without_underscores(number)?.parse().ok()?,
    };
    Some(if negative { -value } else { value })
}

/// The error of `float(x)` for a string; `repr` is x's repr (a string's or bytes').
pub fn invalid_float(repr: &str) -> TextError {
    let mut message = "could not convert string to float: ".to_owned();
    message.push_str(repr);
    TextError::value(message)
}

/// [`parse_float`] with CPython's error.
///
/// # Errors
/// `ValueError` for text that is no number.
pub fn parse_float_or_error(text: &str) -> Result<f64, TextError> {
    parse_float(text).ok_or_else(|| invalid_float(&repr_str(text)))
}

/// Checks that the text is `digits [. digits] [e [sign] digits]` and drops its underscores. Rust's own
/// parser is wider than this by `inf`, `nan` and a second sign.
fn without_underscores(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut previous = '.';
    for (index, c) in text.char_indices() {
        let good = match c {
            '0'..='9' | '.' => true,
            'e' | 'E' => index > 0,
            '+' | '-' => matches!(previous, 'e' | 'E'),
            '_' => previous.is_ascii_digit(),
            _ => false,
        };
        if !good || (previous == '_' && !c.is_ascii_digit()) {
            return None;
        }
        previous = c;
        if c != '_' {
            plain.push(c);
        }
    }
    (previous != '_' && plain.contains(|c: char| c.is_ascii_digit())).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr() {
        for (x, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1e16, "1e+16"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1.5e300, "1.5e+300"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (2.0_f64.powi(-25), "2.9802322387695312e-08"),
            (2.0_f64.powi(-24), "5.960464477539063e-08"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NEG_INFINITY, "-inf"),
            (-f64::NAN, "nan"),
        ] {
            assert_eq!(repr_float(x), expected);
        }
    }

    #[test]
    fn layouts() {
        assert_eq!(format_float_f(2.5, 0), "2");
        assert_eq!(format_float_f(0.125, 2), "0.12");
        assert_eq!(format_float_f(-1e-9, 2), "-0.00");
        assert_eq!(format_float_f(0.1, 1100).len(), 1102);
        assert_eq!(format_float_e(12345.0, 2), "1.23e+04");
        assert_eq!(format_float_e(0.0, 0), "0e+00");
        assert_eq!(format_float_e(1.0, 70_000).len(), 70_006);
        assert_eq!(format_float_g(1234567.0, 6), "1.23457e+06");
        assert_eq!(format_float_g(0.0001, 6), "0.0001");
        assert_eq!(format_float_g(100_000.0, 6), "100000");
        assert_eq!(format_float_g(-0.0, 0), "-0");
        let alternate = |x, layout, precision| format_float(x, layout, precision, true);
        assert_eq!(alternate(1.0, Layout::General, 6), "1.00000");
        assert_eq!(alternate(1.0, Layout::General, 1), "1.");
        assert_eq!(alternate(1e9, Layout::General, 1), "1.e+09");
        assert_eq!(alternate(3.0, Layout::Fixed, 0), "3.");
        assert_eq!(alternate(3.0, Layout::Exponent, 0), "3.e+00");
        assert_eq!(format_float(1.0, Layout::GeneralDotZero, 1, false), "1e+00");
        assert_eq!(format_float(10.0, Layout::GeneralDotZero, 3, false), "10.0");
        assert_eq!(repr_float_alternate(1e16), "1.e+16");
    }

    #[test]
    fn parses_as_cpython() {
        for (text, expected) in [
            ("1", 1.0),
            (" \u{a0}1.5\u{3000}", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("+1e3", 1000.0),
            ("-Infinity", f64::NEG_INFINITY),
            ("1_0.0_1", 10.01),
            ("1e1_0", 1e10),
            ("٣.١", 3.1),
            ("1e999999999999999999999", f64::INFINITY),
            ("0e999999999999999999999", 0.0),
            ("1e-999999999999999999999", 0.0),
        ] {
            assert_eq!(parse_float(text), Some(expected), "{text:?}");
        }
        for bad in [
            "", ".", "e5", "1e", "1e+", "_1", "1_", "1__0", "1_.0", "1._0", "1_e5", "1e_5", "++1",
            "+-1", "1.2.3", "0x1", "infi", "1 2", "in_f", "--nan", ".e1", "1\0", "1\x1f", "½", "-",
        ] {
            assert_eq!(parse_float(bad), None, "{bad:?}");
        }
        assert!(parse_float("-nan").is_some_and(|x| x.is_nan() && x.is_sign_negative()));
    }
}
