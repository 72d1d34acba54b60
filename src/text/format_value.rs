//! `format(value, spec)`: what a format spec makes of a string, an integer or a float.
//!
//! An empty spec is not special here: for a `bool` or a subclass with its own `__str__` the caller gives
//! `str(value)` instead.

use num_traits::ToPrimitive as _;

use super::float::{format_float, repr_float, repr_float_alternate};
use super::format_spec::shown_kind;
use super::int::{group_digits, radix_prefix};
use super::{
    Align, FormatSpec, IntRef, Layout, MAX_STR_DIGITS, Subject, TextError, char_from_code,
    int_to_decimal_limited, int_to_float,
};

/// The largest width or precision that is obeyed; beyond it is a `MemoryError`.
const MAX_WIDTH: usize = i32::MAX as usize;

/// `format(text, spec)` for a string.
///
/// # Errors
/// As [`FormatSpec::parse`] and [`FormatSpec::apply_str`].
pub fn format_str(text: &str, spec: &str, type_name: &str) -> Result<String, TextError> {
    FormatSpec::parse(spec, type_name, Subject::Text)?.apply_str(text)
}

/// `format(value, spec)` for an integer.
///
/// ```
/// # use acoro::text::{IntRef, format_int};
/// assert_eq!(format_int(IntRef::Small(-1234567), "015,", "int"), Ok("-00,001,234,567".into()));
/// ```
///
/// # Errors
/// As [`FormatSpec::parse`] and [`FormatSpec::apply_int`].
pub fn format_int(value: IntRef<'_>, spec: &str, type_name: &str) -> Result<String, TextError> {
    FormatSpec::parse(spec, type_name, Subject::Number)?.apply_int(value, MAX_STR_DIGITS)
}

/// `format(x, spec)` for a float.
///
/// # Errors
/// As [`FormatSpec::parse`] and [`FormatSpec::apply_float`].
pub fn format_float_spec(x: f64, spec: &str, type_name: &str) -> Result<String, TextError> {
    FormatSpec::parse(spec, type_name, Subject::Number)?.apply_float(x)
}

impl FormatSpec<'_> {
    fn unknown_code(&self, kind: char) -> TextError {
        TextError::value(format!(
            "Unknown format code '{}' for object of type '{}'",
            shown_kind(kind),
            self.type_name
        ))
    }

    /// Formats a string.
    ///
    /// # Errors
    /// `ValueError` when the spec asks for what a string has not.
    pub fn apply_str(&self, text: &str) -> Result<String, TextError> {
        if let Some(kind) = self.kind.filter(|&kind| kind != 's') {
            return Err(self.unknown_code(kind));
        }
        let refused = match self.sign {
            Some(' ') => Some("Space not allowed in string format specifier"),
            Some(_) => Some("Sign not allowed in string format specifier"),
            None if self.no_negative_zero => {
                Some("Negative zero coercion (z) not allowed in string format specifier")
            }
            None if self.alternate => {
                Some("Alternate form (#) not allowed in string format specifier")
            }
            None if self.align == Align::AfterSign => {
                Some("'=' alignment not allowed in string format specifier")
            }
            None => None,
        };
        if let Some(message) = refused {
            return Err(TextError::value(message));
        }
        let shown = match self.precision {
            Some(limit) => match text.char_indices().nth(limit) {
                Some((end, _)) => &text[..end],
                None => text,
            },
            None => text,
        };
        self.pad("", shown)
    }

    /// Formats an integer (a bool is one).
    ///
    /// # Errors
    /// `ValueError` for a spec that is not an integer's, `OverflowError` for a number too large for it.
    pub fn apply_int(&self, value: IntRef<'_>, limit: usize) -> Result<String, TextError> {
        let radix = match self.kind {
            None | Some('d' | 'n' | 'c') => 10,
            Some('b') => 2,
            Some('o') => 8,
            Some('x' | 'X') => 16,
            Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
                return self.apply_float(int_to_float(value)?);
            }
            Some(kind) => return Err(self.unknown_code(kind)),
        };
        if self.precision.is_some() {
            return Err(TextError::value(
                "Precision not allowed in integer format specifier",
            ));
        }
        if self.no_negative_zero {
            return Err(TextError::value(
                "Negative zero coercion (z) not allowed in integer format specifier",
            ));
        }
        if self.kind == Some('c') {
            return self.apply_char(value);
        }
        let mut digits = if radix == 10 {
            let text = int_to_decimal_limited(value, limit)?;
            text.strip_prefix('-').map_or(text.clone(), str::to_owned)
        } else {
            value.magnitude_digits(radix)
        };
        let mut prefix = if self.alternate {
            radix_prefix(radix)
        } else {
            ""
        }
        .to_owned();
        if self.kind == Some('X') {
            digits.make_ascii_uppercase();
            prefix.make_ascii_uppercase();
        }
        self.number(value.is_negative(), &prefix, &digits, "")
    }

    fn apply_char(&self, value: IntRef<'_>) -> Result<String, TextError> {
        if self.sign.is_some() {
            return Err(TextError::value(
                "Sign not allowed with integer format specifier 'c'",
            ));
        }
        if self.alternate {
            return Err(TextError::value(
                "Alternate form (#) not allowed with integer format specifier 'c'",
            ));
        }
        self.pad("", char_of(value)?.encode_utf8(&mut [0; 4]))
    }

    /// Formats a float.
    ///
    /// # Errors
    /// `ValueError` for a spec that is not a float's.
    pub fn apply_float(&self, x: f64) -> Result<String, TextError> {
        if self
            .precision
            .is_some_and(|precision| precision > MAX_WIDTH)
        {
            return Err(TextError::value("precision too big"));
        }
        let precision = self.precision.unwrap_or(6);
        let laid_out = |x, layout| format_float(x, layout, precision, self.alternate);
        // CPython takes a NUL for no type.
        let mut text = match self.kind.filter(|&kind| kind != '\0') {
            None if self.precision.is_some() => laid_out(x, Layout::GeneralDotZero),
            None if self.alternate => repr_float_alternate(x),
            None => repr_float(x),
            Some('e' | 'E') => laid_out(x, Layout::Exponent),
            Some('f' | 'F') => laid_out(x, Layout::Fixed),
            Some('g' | 'G' | 'n') => laid_out(x, Layout::General),
            Some('%') => laid_out(x * 100.0, Layout::Fixed) + "%",
            Some(kind) => return Err(self.unknown_code(kind)),
        };
        if matches!(self.kind, Some('E' | 'F' | 'G')) {
            text.make_ascii_uppercase();
        }
        let (mut negative, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, text.as_str()),
        };
        if self.no_negative_zero && is_zero_text(unsigned) {
            negative = false;
        }
        let whole = unsigned
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(unsigned.len());
        let (digits, tail) = unsigned.split_at(whole);
        self.number(negative, "", digits, tail)
    }

    /// Puts a number together: sign, prefix, grouped digits, tail, and the padding.
    fn number(
        &self,
        negative: bool,
        prefix: &str,
        digits: &str,
        tail: &str,
    ) -> Result<String, TextError> {
        let sign = match self.sign {
            _ if negative => "-",
            Some('+') => "+",
            Some(' ') => " ",
            Some(_) | None => "",
        };
        let lead = format!("{sign}{prefix}");
        let Some(separator) = self.grouping.filter(|_| !digits.is_empty()) else {
            return self.pad(&lead, &format!("{digits}{tail}"));
        };
        let size = match self.kind {
            Some('b' | 'o' | 'x' | 'X') => 4,
            Some(_) | None => 3,
        };
        let mut grouped = group_digits(digits, separator, size);
        if self.fill == '0' && self.align == Align::AfterSign {
            // The zeros are grouped too, and none stands before a separator.
            let wanted = self.width.saturating_sub(lead.len() + tail.len());
            if wanted > MAX_WIDTH {
                return Err(TextError::memory());
            }
            if wanted > grouped.len() {
                let groups = wanted / (size + 1);
                let zeros_and_digits = groups * size + (wanted % (size + 1)).max(1);
                let zeros = "0".repeat(zeros_and_digits - digits.len());
                grouped = group_digits(&(zeros + digits), separator, size);
            }
        }
        self.pad(&lead, &(grouped + tail))
    }

    /// Pads `lead` and `body` to the width.
    fn pad(&self, lead: &str, body: &str) -> Result<String, TextError> {
        if self.width > MAX_WIDTH {
            return Err(TextError::memory());
        }
        let length = lead.chars().count() + body.chars().count();
        let padding = self.width.saturating_sub(length);
        let (before, between, after) = match self.align {
            Align::Left => (0, 0, padding),
            Align::Right => (padding, 0, 0),
            Align::Center => (padding / 2, 0, padding - padding / 2),
            Align::AfterSign => (0, padding, 0),
        };
        let size = lead.len() + body.len() + padding * self.fill.len_utf8();
        let mut out = String::with_capacity(size);
        let fill = |out: &mut String, count| out.extend(std::iter::repeat_n(self.fill, count));
        fill(&mut out, before);
        out.push_str(lead);
        fill(&mut out, between);
        out.push_str(body);
        fill(&mut out, after);
        Ok(out)
    }
}

/// The character with this code point, for `c`.
///
/// # Errors
/// `OverflowError` beyond Unicode; `ValueError` for what is kept for surrogates.
fn char_of(value: IntRef<'_>) -> Result<char, TextError> {
    if let IntRef::Big(value) = value
        && value.to_i64().is_none()
    {
        return Err(TextError::overflow(
            "Python int too large to convert to C long",
        ));
    }
    char_from_code(value)
}

/// Whether the digits before an exponent are all zeros.
fn is_zero_text(unsigned: &str) -> bool {
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or(unsigned);
    mantissa.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && !mantissa.contains(|c: char| matches!(c, '1'..='9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64, spec: &str) -> String {
        text(format_int(IntRef::Small(value), spec, "int"))
    }

    fn float(x: f64, spec: &str) -> String {
        text(format_float_spec(x, spec, "float"))
    }

    fn str(value: &str, spec: &str) -> String {
        text(format_str(value, spec, "str"))
    }

    fn text(result: Result<String, TextError>) -> String {
        result.unwrap_or_else(|error| error.message)
    }

    #[test]
    fn integers() {
        assert_eq!(int(-1234567, "015,"), "-00,001,234,567");
        assert_eq!(int(1234, "08,"), "0,001,234");
        assert_eq!(int(255, "#06x"), "0x00ff");
        assert_eq!(int(255, "#X"), "0XFF");
        assert_eq!(int(65536, "_b"), "1_0000_0000_0000_0000");
        assert_eq!(int(42, "*^+9"), "***+42***");
        assert_eq!(int(42, "=+9"), "+      42");
        assert_eq!(int(65, "5c"), "    A");
        assert_eq!(int(5, ".1%"), "500.0%");
        assert_eq!(int(5, "n"), "5");
        assert_eq!(int(1, "٣"), "  1");
    }

    #[test]
    fn floats() {
        assert_eq!(float(1234.5, ".3"), "1.23e+03");
        assert_eq!(float(3.0, ""), "3.0");
        assert_eq!(float(1e16, "#"), "1.e+16");
        assert_eq!(float(1234567.891, ",.2f"), "1,234,567.89");
        assert_eq!(float(-0.001, "z.1f"), "0.0");
        assert_eq!(float(-0.001, ".1f"), "-0.0");
        assert_eq!(float(f64::INFINITY, "010,"), "0000000inf");
        assert_eq!(float(f64::NAN, "+F"), "+NAN");
        assert_eq!(float(0.5, "%"), "50.000000%");
    }

    #[test]
    fn strings() {
        assert_eq!(str("äb", "5"), "äb   ");
        assert_eq!(str("äbc", "_>4.2s"), "__äb");
        assert_eq!(str("a", "03"), "a00");
    }

    #[test]
    fn messages() {
        for (got, expected) in [
            (
                str("a", "d"),
                "Unknown format code 'd' for object of type 'str'",
            ),
            (
                float(1.0, "é"),
                "Unknown format code '\\xe9' for object of type 'float'",
            ),
            (
                int(1, "dd"),
                "Invalid format specifier 'dd' for object of type 'int'",
            ),
            (
                int(1, ".2"),
                "Precision not allowed in integer format specifier",
            ),
            (int(1, ".d"), "Format specifier missing precision"),
            (int(1, ",_d"), "Cannot specify both ',' and '_'."),
            (int(1, ",x"), "Cannot specify ',' with 'x'."),
            (str("a", ","), "Cannot specify ',' with 's'."),
            (
                str("a", "=5"),
                "'=' alignment not allowed in string format specifier",
            ),
            (
                str("a", " "),
                "Space not allowed in string format specifier",
            ),
            (int(-1, "c"), "%c arg not in range(0x110000)"),
            (
                int(1, "9223372036854775808"),
                "Too many decimal digits in format string",
            ),
            (float(1.0, ".9223372036854775807f"), "precision too big"),
        ] {
            assert_eq!(got, expected);
        }
    }

    #[test]
    fn sizes_can_be_foreseen() {
        let spec = FormatSpec::parse("1000000000", "int", Subject::Number);
        assert_eq!(spec.map(|spec| spec.estimated_size(1)), Ok(1_000_000_001));
        assert!(format_int(IntRef::Small(1), "9223372036854775807", "int").is_err());
        assert!(format_int(IntRef::Small(1), "09223372036854775807,", "int").is_err());
    }
}
