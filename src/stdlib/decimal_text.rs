//! Decimal numbers as texts, in their usual forms: what `Decimal("1.50")` reads, what `str` and `format` give.

use super::decimal::Number;
use super::decimal_digits::{Digits, Rounding};
use std::fmt::Write;

/// The number that a text is: a sign, digits with a point, an exponent. None if it is written another way.
pub(super) fn parsed(text: &str) -> Option<Number> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (number, exp) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
        None => (rest, 0),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) || whole.len() + part.len() == 0 {
        return None;
    }
    let digits = match part.is_empty() {
        true => Digits::parsed(whole)?,
        false => Digits::parsed(&[whole, part].concat())?,
    };
    Some(Number {
        negative,
        digits,
        exp: exp - part.len() as i64,
    })
}

/// An exponent of few digits.
fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// `str(number)`; whether an `E` is a capital is asked when there is one.
pub(super) fn shown(number: &Number, capitals: impl FnOnce() -> Option<bool>) -> Option<String> {
    let mut text = String::from(if number.negative { "-" } else { "" });
    let digits = number.digits.to_string();
    let left = number.exp + digits.len() as i64;
    if number.exp <= 0 && left > -6 {
        write_fixed(&mut text, &digits, number.exp);
        return Some(text);
    }
    text.push_str(&digits[..1]);
    if digits.len() > 1 {
        text.push('.');
        text.push_str(&digits[1..]);
    }
    let letter = if capitals()? { 'E' } else { 'e' };
    write!(text, "{letter}{:+}", left - 1).ok()?;
    Some(text)
}

/// The digits with a point as many places from their end as the exponent says, which is 0 or less and not far below.
fn write_fixed(text: &mut String, digits: &str, exp: i64) {
    let places = exp.unsigned_abs() as usize;
    match digits.len().checked_sub(places) {
        Some(left @ 1..) => {
            text.push_str(&digits[..left]);
            if places > 0 {
                text.push('.');
                text.push_str(&digits[left..]);
            }
        }
        _ => {
            text.push_str("0.");
            text.extend(std::iter::repeat_n('0', places - digits.len()));
            text.push_str(digits);
        }
    }
}

/// More places or columns than this are left to the module's own code.
const MOST: usize = 10_000;

/// A format specification, as far as it is read here.
#[derive(Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    width: usize,
    group: bool,
    places: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn parsed(text: &str) -> Option<Self> {
        let mut spec = Spec::default();
        let mut rest = text;
        let mut chars = rest.chars();
        let is_align = |c: char| matches!(c, '<' | '>' | '=' | '^');
        match (chars.next(), chars.next()) {
            (Some(fill), Some(align)) if is_align(align) => {
                spec.fill = Some(fill);
                spec.align = Some(align);
                rest = chars.as_str();
            }
            (Some(align), _) if is_align(align) => {
                spec.align = Some(align);
                rest = &rest[1..];
            }
            _ => {}
        }
        let taken = |rest: &mut &str, set: &[char]| {
            let c = rest.chars().next().filter(|c| set.contains(c))?;
            *rest = &rest[1..];
            Some(c)
        };
        let number = |rest: &mut &str| -> Option<usize> {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, behind) = rest.split_at(length);
            *rest = behind;
            digits.parse().ok().filter(|&number| number <= MOST)
        };
        spec.sign = taken(&mut rest, &['+', '-', ' ']);
        if taken(&mut rest, &['0']).is_some() {
            if spec.align.is_some() {
                return None;
            }
            (spec.fill, spec.align) = (Some('0'), Some('='));
        }
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            spec.width = number(&mut rest)?;
        }
        spec.group = taken(&mut rest, &[',']).is_some();
        if taken(&mut rest, &['.']).is_some() {
            spec.places = Some(number(&mut rest)?);
        }
        spec.kind = taken(&mut rest, &['f', 'F', '%']);
        (rest.is_empty() && (spec.kind.is_some() || spec.places.is_none())).then_some(spec)
    }
}

/// `format(number, spec)`; None for what is asked for seldom.
pub(super) fn formatted(
    mut number: Number,
    spec: &str,
    rounding: Rounding,
    capitals: bool,
) -> Option<String> {
    let spec = Spec::parsed(spec)?;
    let sign = match (number.negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        (false, _) => "",
    };
    number.negative = false;
    let mut body = match spec.kind {
        None => shown(&number, || Some(capitals))?,
        Some(kind) => {
            if kind == '%' {
                number.exp += 2;
            }
            let places = spec
                .places
                .map_or((-number.exp).max(0), |places| places as i64);
            if places as usize > MOST {
                return None;
            }
            let digits = match u64::try_from(-places - number.exp) {
                Ok(drop) => number.digits.rounded(drop, sign == "-", rounding)?.0,
                Err(_) => number.digits.scaled((-places).abs_diff(number.exp))?,
            };
            let mut body = String::new();
            write_fixed(&mut body, &digits.to_string(), -places);
            body
        }
    };
    if spec.group {
        if spec.fill == Some('0') && spec.align == Some('=') || body.contains(['e', 'E']) {
            return None;
        }
        let whole = body.find('.').unwrap_or(body.len());
        for at in (1..whole).rev().filter(|at| (whole - at) % 3 == 0) {
            body.insert(at, ',');
        }
    }
    if spec.kind == Some('%') {
        body.push('%');
    }
    let padding = spec.width.saturating_sub(sign.len() + body.len());
    let fill = |count| -> String { std::iter::repeat_n(spec.fill.unwrap_or(' '), count).collect() };
    Some(match spec.align.unwrap_or('>') {
        '<' => format!("{sign}{body}{}", fill(padding)),
        '=' => format!("{sign}{}{body}", fill(padding)),
        '^' => {
            let left = padding / 2;
            format!("{}{sign}{body}{}", fill(left), fill(padding - left))
        }
        _ => format!("{}{sign}{body}", fill(padding)),
    })
}
