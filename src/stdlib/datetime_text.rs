//! Days and times of day as texts: ISO 8601, and the directives of `strftime` and `strptime` that are written most.

use super::datetime::ordinal;
use std::fmt::Write;

/// What an object has of year, month, day, and of hour, minute, second, microsecond.
pub(super) struct Fields {
    pub(super) date: Option<[i64; 3]>,
    pub(super) time: Option<[i64; 4]>,
}

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Adds a number with zeros in front of it.
fn number(text: &mut String, number: i64, width: usize) {
    let digits = itoa::Buffer::new().format(number).len();
    text.extend(std::iter::repeat_n('0', width.saturating_sub(digits)));
    text.push_str(itoa::Buffer::new().format(number));
}

fn joined(text: &mut String, parts: &[(i64, usize)], separator: char) {
    for (at, &(part, width)) in parts.iter().enumerate() {
        if at > 0 {
            text.push(separator);
        }
        number(text, part, width);
    }
}

/// `isoformat()`, the time zone aside.
pub(super) fn iso(fields: &Fields, separator: &str) -> String {
    let mut text = String::with_capacity(26);
    if let Some([year, month, day]) = fields.date {
        joined(&mut text, &[(year, 4), (month, 2), (day, 2)], '-');
    }
    if let Some([hour, minute, second, microsecond]) = fields.time {
        if fields.date.is_some() {
            text.push_str(separator);
        }
        joined(&mut text, &[(hour, 2), (minute, 2), (second, 2)], ':');
        if microsecond != 0 {
            text.push('.');
            number(&mut text, microsecond, 6);
        }
    }
    text
}

/// `strftime(format)`; None if a directive is none of these.
pub(super) fn formatted(fields: &Fields, format: &str) -> Option<String> {
    let [year, month, day] = fields.date.unwrap_or([1900, 1, 1]);
    let [hour, minute, second, microsecond] = fields.time.unwrap_or_default();
    let weekday = || (ordinal(year, month, day) + 6).rem_euclid(7) as usize;
    let mut text = String::with_capacity(format.len() + 16);
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let directive = *rest.as_bytes().get(at + 1)?;
        match directive {
            b'Y' => number(&mut text, year, 1),
            b'm' => number(&mut text, month, 2),
            b'd' => number(&mut text, day, 2),
            b'H' => number(&mut text, hour, 2),
            b'M' => number(&mut text, minute, 2),
            b'S' => number(&mut text, second, 2),
            b'I' => number(&mut text, (hour + 11) % 12 + 1, 2),
            b'f' => number(&mut text, microsecond, 6),
            b'y' => number(&mut text, year % 100, 2),
            b'j' => number(
                &mut text,
                ordinal(year, month, day) - ordinal(year, 1, 1) + 1,
                3,
            ),
            b'p' => text.push_str(if hour < 12 { "AM" } else { "PM" }),
            b'A' => text.push_str(WEEKDAYS[weekday()]),
            b'a' => text.push_str(&WEEKDAYS[weekday()][..3]),
            b'B' => text.push_str(MONTHS.get(month as usize - 1)?),
            b'b' => text.push_str(&MONTHS.get(month as usize - 1)?[..3]),
            b'%' => text.push('%'),
            b'F' => joined(&mut text, &[(year, 1), (month, 2), (day, 2)], '-'),
            b'T' => joined(&mut text, &[(hour, 2), (minute, 2), (second, 2)], ':'),
            b'w' => write!(text, "{}", (weekday() + 1) % 7).ok()?,
            _ => return None,
        }
        rest = &rest[at + 2..];
    }
    text.push_str(rest);
    Some(text)
}

/// Digits of a text, from its front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// A number of so many digits.
    fn number(&mut self, width: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(width)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + i64::from(byte - b'0'))
        })
    }

    /// A number of so many digits, between these.
    fn between(&mut self, width: usize, low: i64, high: i64) -> Option<i64> {
        self.number(width)
            .filter(|number| (low..=high).contains(number))
    }

    /// The next byte, if it is this.
    fn skip(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }
}

/// `strptime(text, format)`: year to microsecond, of numbers written with all their digits. None for anything else.
pub(super) fn parsed(text: &str, format: &str) -> Option<[i64; 7]> {
    let mut fields = [1900, 1, 1, 0, 0, 0, 0];
    let mut seen = [false; 7];
    let mut text = Reader(text.as_bytes());
    let mut format = format.bytes();
    while let Some(byte) = format.next() {
        if byte != b'%' {
            if byte.is_ascii_whitespace() || !byte.is_ascii() {
                // One blank stands for any number of them.
                if byte != b' ' || text.0.get(1).is_some_and(u8::is_ascii_whitespace) {
                    return None;
                }
            }
            text.skip(byte)?;
            continue;
        }
        let (field, value) = match format.next()? {
            b'Y' => (0, text.number(4)?),
            b'm' => (1, text.between(2, 1, 12)?),
            b'd' => (2, text.between(2, 1, 31)?),
            b'H' => (3, text.between(2, 0, 23)?),
            b'M' => (4, text.between(2, 0, 59)?),
            b'S' => (5, text.between(2, 0, 59)?),
            b'f' => (6, text.number(6)?),
            _ => return None,
        };
        if std::mem::replace(&mut seen[field], true) {
            return None;
        }
        fields[field] = value;
    }
    // February 29 needs its year.
    (text.0.is_empty() && seen[0]).then_some(fields)
}

/// `fromisoformat(text)`: `2024-01-31`, and for a whole moment `2024-01-31T12:00[:00[.000000]]`. None for anything else.
pub(super) fn parsed_iso(text: &str, whole: bool) -> Option<[i64; 7]> {
    let mut text = Reader(text.as_bytes());
    let mut fields = [0; 7];
    fields[0] = text.number(4)?;
    text.skip(b'-')?;
    fields[1] = text.number(2)?;
    text.skip(b'-')?;
    fields[2] = text.number(2)?;
    if text.0.is_empty() {
        return Some(fields);
    }
    if !whole {
        return None;
    }
    text.skip(b'T').or_else(|| text.skip(b' '))?;
    fields[3] = text.number(2)?;
    text.skip(b':')?;
    fields[4] = text.number(2)?;
    if text.0.is_empty() {
        return Some(fields);
    }
    text.skip(b':')?;
    fields[5] = text.number(2)?;
    if text.0.is_empty() {
        return Some(fields);
    }
    text.skip(b'.')?;
    fields[6] = match text.0.len() {
        3 => text.number(3)? * 1000,
        6 => text.number(6)?,
        _ => return None,
    };
    Some(fields)
}
