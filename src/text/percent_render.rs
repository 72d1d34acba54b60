//! `%` formatting, second half: rendering the value of a directive.
//!
//! Numbers render to ASCII text in both string and bytes formats. Each conversion has its function; the
//! `*` of the directive must have been set. A width beyond `i32::MAX` is a `MemoryError`.

use super::int::radix_prefix;
use super::percent::fixed;
use super::surrogates::{RESERVED, from_code_point};
use super::{
    Conversion, Directive, IntRef, Layout, TextError, format_float, int_to_decimal_limited,
};

/// A number before it is padded.
struct Number {
    negative: bool,
    prefix: String,
    digits: String,
}

/// Renders an int for `d`, `i`, `u`, `o`, `x` or `X`. (For the first three the caller turns a float
/// into an int.)
///
/// ```
/// # use acoro::text::{IntRef, PercentPiece, parse_percent, render_int};
/// let pieces = parse_percent("%#06x");
/// let PercentPiece::Directive(directive) = &pieces[0] else { panic!() };
/// assert_eq!(render_int(directive, IntRef::Small(42), 0), Ok("0x002a".into()));
/// ```
///
/// # Errors
/// `ValueError` for more decimal digits than the limit; 0 is none.
pub fn render_int(
    directive: &Directive,
    value: IntRef<'_>,
    limit: usize,
) -> Result<String, TextError> {
    let letter = conversion_letter(directive);
    let radix = match letter.to_ascii_lowercase() {
        'o' => 8,
        'x' => 16,
        _ => 10,
    };
    let mut digits = if radix == 10 {
        let text = int_to_decimal_limited(value, limit)?;
        text.trim_start_matches('-').to_owned()
    } else {
        value.magnitude_digits(radix)
    };
    let mut prefix = if directive.alternate {
        radix_prefix(radix).to_owned()
    } else {
        String::new()
    };
    if letter == 'X' {
        digits.make_ascii_uppercase();
        prefix.make_ascii_uppercase();
    }
    let least = fixed(directive.precision).unwrap_or(0);
    if least > digits.len() {
        digits = "0".repeat(least - digits.len()) + &digits;
    }
    pad_number(
        directive,
        Number {
            negative: value.is_negative(),
            prefix,
            digits,
        },
    )
}

/// Renders a float for `e`, `E`, `f`, `F`, `g` or `G`.
///
/// # Errors
/// `MemoryError` for a width out of reason.
pub fn render_float(directive: &Directive, x: f64) -> Result<String, TextError> {
    let letter = conversion_letter(directive);
    let layout = match letter.to_ascii_lowercase() {
        'e' => Layout::Exponent,
        'g' => Layout::General,
        _ => Layout::Fixed,
    };
    let precision = fixed(directive.precision).unwrap_or(6);
    let mut text = format_float(x, layout, precision, directive.alternate);
    if letter.is_ascii_uppercase() {
        text.make_ascii_uppercase();
    }
    pad_number(
        directive,
        Number {
            negative: text.starts_with('-'),
            prefix: String::new(),
            digits: text.trim_start_matches('-').to_owned(),
        },
    )
}

/// The character of a number's conversion.
fn conversion_letter(directive: &Directive) -> char {
    if let Conversion::Int(letter) | Conversion::Float(letter) = directive.conversion {
        letter
    } else {
        's'
    }
}

fn pad_number(directive: &Directive, number: Number) -> Result<String, TextError> {
    let sign = match number.negative {
        true => "-",
        false if directive.plus => "+",
        false if directive.space => " ",
        false => "",
    };
    let lead = format!("{sign}{}", number.prefix);
    let padding = padding(directive, lead.len() + number.digits.len())?;
    let mut out = String::with_capacity(padding + lead.len() + number.digits.len());
    let fill = |out: &mut String, c| out.extend(std::iter::repeat_n(c, padding));
    if !directive.left && !directive.zero {
        fill(&mut out, ' ');
    }
    out.push_str(&lead);
    if !directive.left && directive.zero {
        fill(&mut out, '0');
    }
    out.push_str(&number.digits);
    if directive.left {
        fill(&mut out, ' ');
    }
    Ok(out)
}

fn padding(directive: &Directive, length: usize) -> Result<usize, TextError> {
    let width = fixed(directive.width).unwrap_or(0);
    if width > i32::MAX.unsigned_abs() as usize {
        return Err(TextError::memory());
    }
    Ok(width.saturating_sub(length))
}

/// Renders a text for `s`, `r` or `a`: what `str`, `repr` or `ascii` gave.
///
/// # Errors
/// `MemoryError` for a width out of reason.
pub fn render_str(directive: &Directive, text: &str) -> Result<String, TextError> {
    let shown = match fixed(directive.precision).and_then(|most| text.char_indices().nth(most)) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    pad_text(directive, shown)
}

/// Renders the character for `c`.
///
/// # Errors
/// `MemoryError` for a width out of reason.
pub fn render_char(directive: &Directive, c: char) -> Result<String, TextError> {
    pad_text(directive, c.encode_utf8(&mut [0; 4]))
}

/// The character that an int stands for under `c`.
///
/// # Errors
/// `OverflowError` beyond Unicode; `ValueError` for what is kept for surrogates.
pub fn char_from_code(value: IntRef<'_>) -> Result<char, TextError> {
    let code = match value {
        IntRef::Small(value) => u32::try_from(value).ok(),
        IntRef::Big(value) => u32::try_from(value).ok(),
    };
    match code {
        Some(code) if code < 0x11_0000 => {
            from_code_point(code).ok_or_else(|| TextError::value(RESERVED))
        }
        Some(_) | None => Err(TextError::overflow("%c arg not in range(0x110000)")),
    }
}

/// The byte that an int stands for under `c` in a bytes format.
///
/// # Errors
/// `OverflowError` beyond a byte.
pub fn byte_from_code(value: IntRef<'_>) -> Result<u8, TextError> {
    let byte = match value {
        IntRef::Small(value) => u8::try_from(value).ok(),
        IntRef::Big(value) => u8::try_from(value).ok(),
    };
    byte.ok_or_else(|| TextError::overflow("%c arg not in range(256)"))
}

fn pad_text(directive: &Directive, text: &str) -> Result<String, TextError> {
    let padding = padding(directive, text.chars().count())?;
    let mut out = String::with_capacity(text.len() + padding);
    let fill = |out: &mut String| out.extend(std::iter::repeat_n(' ', padding));
    if !directive.left {
        fill(&mut out);
    }
    out.push_str(text);
    if directive.left {
        fill(&mut out);
    }
    Ok(out)
}

/// Renders bytes for `s`, `b`, `a` (the ascii text's bytes) or, one byte long, `c` of a bytes format.
///
/// # Errors
/// `MemoryError` for a width out of reason.
pub fn render_bytes(directive: &Directive, bytes: &[u8]) -> Result<Vec<u8>, TextError> {
    let most = match fixed(directive.precision) {
        Some(most) if directive.conversion != Conversion::Char => most,
        Some(_) | None => usize::MAX,
    };
    let shown = &bytes[..bytes.len().min(most)];
    let padding = padding(directive, shown.len())?;
    let mut out = Vec::with_capacity(shown.len() + padding);
    if !directive.left {
        out.resize(padding, b' ');
    }
    out.extend_from_slice(shown);
    if directive.left {
        out.resize(shown.len() + padding, b' ');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::{PercentPiece, parse_percent};
    use super::*;

    fn directive(format: &str) -> Directive {
        match parse_percent(format).as_slice() {
            [PercentPiece::Directive(directive)] => directive.clone(),
            pieces => panic!("one directive expected: {pieces:?}"),
        }
    }

    fn int(format: &str, value: i64) -> String {
        render_int(&directive(format), IntRef::Small(value), 0).expect("a width within reason")
    }

    fn float(format: &str, x: f64) -> String {
        render_float(&directive(format), x).expect("a width within reason")
    }

    #[test]
    fn integers() {
        assert_eq!(int("%05d", -42), "-0042");
        assert_eq!(int("%-05d", 42), "42   ");
        assert_eq!(int("%05.3d", 42), "00042");
        assert_eq!(int("%+.3d", 42), "+042");
        assert_eq!(int("%#.5x", 42), "0x0002a");
        assert_eq!(int("%#08X", -255), "-0X000FF");
        assert_eq!(int("%#o", 8), "0o10");
        assert_eq!(int("% d", 5), " 5");
        assert_eq!(int("%d", i64::MIN), "-9223372036854775808");
    }

    #[test]
    fn floats() {
        assert_eq!(float("%08.3f", -3.24159), "-003.242");
        assert_eq!(float("%05f", f64::INFINITY), "00inf");
        assert_eq!(float("%#.0E", 5.0), "5.E+00");
        assert_eq!(float("%g", 1e-5), "1e-05");
    }

    #[test]
    fn texts() {
        let str = |format, text| render_str(&directive(format), text);
        assert_eq!(
            str("%05.1s|".trim_end_matches('|'), "äb"),
            Ok("    ä".into())
        );
        assert_eq!(str("%-3s", "ä"), Ok("ä  ".into()));
        assert_eq!(render_char(&directive("%.0c"), 'a'), Ok("a".into()));
        assert_eq!(
            render_bytes(&directive("%4.1s"), b"ab"),
            Ok(b"   a".to_vec())
        );
        assert_eq!(render_bytes(&directive("%-2.0c"), b"a"), Ok(b"a ".to_vec()));
        assert_eq!(char_from_code(IntRef::Small(0x1f600)), Ok('\u{1f600}'));
        assert_eq!(char_from_code(IntRef::Small(0xd800)), Ok('\u{fd800}'));
        assert!(char_from_code(IntRef::Small(0xfd800)).is_err());
        assert!(byte_from_code(IntRef::Small(-1)).is_err());
        assert!(str("%9223372036854775807s", "").is_err());
    }
}
