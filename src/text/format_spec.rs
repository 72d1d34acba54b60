//! The format mini-language, read: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.
//!
//! What a spec makes of a value is in `format_value`.

use super::surrogates::code_point;
use super::{TextError, unicode};

/// What is to be formatted, as far as a spec's meaning depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An int, bool or float: right-aligned, and `0` before the width pads after the sign.
    Number,
    /// A string: left-aligned.
    Text,
}

/// Where the padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between a number's sign and its digits.
    AfterSign,
}

impl Align {
    fn of(c: char) -> Option<Self> {
        match c {
            '<' => Some(Self::Left),
            '>' => Some(Self::Right),
            '^' => Some(Self::Center),
            '=' => Some(Self::AfterSign),
            _ => None,
        }
    }
}

/// A format spec, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatSpec<'a> {
    /// The name of the value's type, for messages.
    pub(super) type_name: &'a str,
    pub(super) fill: char,
    pub(super) align: Align,
    /// `+`, `-` or a space.
    pub(super) sign: Option<char>,
    /// `z`: no minus sign for what rounds to zero.
    pub(super) no_negative_zero: bool,
    /// `#`
    pub(super) alternate: bool,
    pub(super) width: usize,
    /// `,` or `_`
    pub(super) grouping: Option<char>,
    pub(super) precision: Option<usize>,
    /// The type character.
    pub(super) kind: Option<char>,
}

impl<'a> FormatSpec<'a> {
    /// Reads a spec for a value whose type is called `type_name`.
    ///
    /// # Errors
    /// `ValueError`, as CPython words it.
    pub fn parse(spec: &str, type_name: &'a str, subject: Subject) -> Result<Self, TextError> {
        let mut parser = Parser { rest: spec };
        let mut parsed = FormatSpec {
            type_name,
            fill: ' ',
            align: match subject {
                Subject::Number => Align::Right,
                Subject::Text => Align::Left,
            },
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        };
        let (fill, align) = parser.fill_and_align();
        if let Some(align) = align {
            parsed.align = align;
        }
        parsed.sign = parser.take(|c| matches!(c, ' ' | '+' | '-'));
        parsed.no_negative_zero = parser.take(|c| c == 'z').is_some();
        parsed.alternate = parser.take(|c| c == '#').is_some();
        if let Some(fill) = fill {
            parsed.fill = fill;
        } else if parser.take(|c| c == '0').is_some() {
            parsed.fill = '0';
            if align.is_none() && subject == Subject::Number {
                parsed.align = Align::AfterSign;
            }
        }
        parsed.width = parser.number()?.unwrap_or(0);
        parsed.grouping = parser.grouping()?;
        if parser.take(|c| c == '.').is_some() {
            let missing = || TextError::value("Format specifier missing precision");
            parsed.precision = Some(parser.number()?.ok_or_else(missing)?);
        }
        parsed.kind = parser.take(|_| true);
        if !parser.rest.is_empty() {
            return Err(TextError::value(format!(
                "Invalid format specifier '{spec}' for object of type '{type_name}'"
            )));
        }
        parsed.check_grouping(subject)?;
        Ok(parsed)
    }

    fn check_grouping(&self, subject: Subject) -> Result<(), TextError> {
        let Some(separator) = self.grouping else {
            return Ok(());
        };
        let kind = match (self.kind, subject) {
            (None, Subject::Number) => return Ok(()),
            (None, Subject::Text) => 's',
            (Some(kind), Subject::Number | Subject::Text) => kind,
        };
        match kind {
            '\0' | 'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' => Ok(()),
            'b' | 'o' | 'x' | 'X' if separator == '_' => Ok(()),
            _ => Err(TextError::value(format!(
                "Cannot specify '{separator}' with '{}'.",
                shown_kind(kind)
            ))),
        }
    }

    /// About the size of the result for a value that takes `value_size` bytes by itself.
    pub fn estimated_size(&self, value_size: usize) -> usize {
        let grown = match self.kind {
            Some('s') | None => value_size,
            Some(_) => value_size.saturating_add(self.precision.unwrap_or(0)),
        };
        self.width
            .saturating_mul(self.fill.len_utf8())
            .saturating_add(grown)
    }
}

/// A type character as messages show it.
pub(super) fn shown_kind(kind: char) -> String {
    if ('!'..='\x7f').contains(&kind) {
        kind.to_string()
    } else {
        format!("\\x{:x}", code_point(kind))
    }
}

/// What is left of a spec while it is read.
struct Parser<'s> {
    rest: &'s str,
}

impl Parser<'_> {
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let c = self.rest.chars().next().filter(|&c| wanted(c))?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn fill_and_align(&mut self) -> (Option<char>, Option<Align>) {
        let mut chars = self.rest.chars();
        let (first, second) = (chars.next(), chars.next());
        if let Some(align) = second.and_then(Align::of) {
            self.rest = chars.as_str();
            return (first, Some(align));
        }
        let align = self.take(|c| Align::of(c).is_some()).and_then(Align::of);
        (None, align)
    }

    /// Decimal digits of any script; `None` when there are none.
    fn number(&mut self) -> Result<Option<usize>, TextError> {
        let mut number: Option<i64> = None;
        while let Some(c) = self.take(unicode::is_decimal) {
            let digit = i64::from(unicode::decimal_value(c).unwrap_or(0));
            let grown = number
                .unwrap_or(0)
                .checked_mul(10)
                .and_then(|number| number.checked_add(digit));
            number = Some(
                grown
                    .ok_or_else(|| TextError::value("Too many decimal digits in format string"))?,
            );
        }
        Ok(number.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
    }

    fn grouping(&mut self) -> Result<Option<char>, TextError> {
        let comma = self.take(|c| c == ',');
        let underscore = self.take(|c| c == '_');
        if comma.is_some() && underscore.is_some() {
            return Err(TextError::value("Cannot specify both ',' and '_'."));
        }
        if underscore.is_some() && self.rest.starts_with(',') {
            return Err(TextError::value("Cannot specify both ',' and '_'."));
        }
        Ok(comma.or(underscore))
    }
}
