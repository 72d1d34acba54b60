//! `%` formatting, first half: a format string taken apart, and the order in which it takes its arguments.
//!
//! CPython reads the format while it consumes the arguments, so an error in the format may come after
//! an error about an argument. The pieces keep that order: a program takes, for each
//! [`Directive`], the key's value, the `*` values, then raises [`Conversion::Broken`], then takes the
//! value, then raises [`Conversion::Unknown`]. Rendering is in `percent_render`.

use num_traits::ToPrimitive as _;

use super::surrogates::code_point;
use super::{IntRef, TextError, unicode};

/// A piece of a format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PercentPiece {
    /// Text to copy. In a bytes format every character stands for the byte of that value.
    Literal(String),
    /// A value to format.
    Directive(Directive),
    /// `%(` without its end: an error once the argument has been found to be a mapping.
    IncompleteKey,
}

/// `%[(key)][flags][width][.precision]conversion`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The mapping key.
    pub key: Option<String>,
    /// `-`: pad on the right.
    pub left: bool,
    /// `+`: a sign for numbers that are not negative.
    pub plus: bool,
    /// A space for the sign of numbers that are not negative.
    pub space: bool,
    /// `#`
    pub alternate: bool,
    /// `0`: pad numbers with zeros.
    pub zero: bool,
    /// The least width.
    pub width: Option<Amount>,
    /// Digits after the point, least digits of an integer, or most characters of a text.
    pub precision: Option<Amount>,
    /// What to make of the value.
    pub conversion: Conversion,
}

/// A width or precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Written in the format.
    Fixed(usize),
    /// `*`: the next argument, to be given to [`Directive::set_width`] or [`Directive::set_precision`].
    Star,
}

/// The conversion character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// `d`, `i` or `u`: an int, or the whole part of a float; `o`, `x` or `X`: an int.
    Int(char),
    /// `e`, `E`, `f`, `F`, `g` or `G`
    Float(char),
    /// `c`: a character or its code.
    Char,
    /// `s`, and `b` in a bytes format.
    Str,
    /// `r`
    Repr,
    /// `a`, and `r` in a bytes format.
    Ascii,
    /// None of these: an error once the value has been taken.
    Unknown(TextError),
    /// The directive breaks off or is too large: an error before the value is taken.
    Broken(TextError),
}

impl Conversion {
    /// The error for a value of a type that the conversion does not take; `bytes` is for a bytes format.
    /// (There `e`, `f` and `g` give it for an int beyond the range of floats too.)
    pub fn type_error(&self, type_name: &str, bytes: bool) -> TextError {
        TextError::type_error(match self {
            Conversion::Int(c @ ('o' | 'x' | 'X')) => {
                format!("%{c} format: an integer is required, not {type_name}")
            }
            // A bytes format reads `i` as `d`.
            Conversion::Int('i') if bytes => {
                format!("%d format: a real number is required, not {type_name}")
            }
            Conversion::Int(c) => {
                format!("%{c} format: a real number is required, not {type_name}")
            }
            Conversion::Float(_) if bytes => format!("float argument required, not {type_name}"),
            Conversion::Float(_) => format!("must be real number, not {type_name}"),
            Conversion::Char if bytes => {
                "%c requires an integer in range(256) or a single byte".to_owned()
            }
            Conversion::Char => "%c requires int or char".to_owned(),
            Conversion::Str
            | Conversion::Repr
            | Conversion::Ascii
            | Conversion::Unknown(_)
            | Conversion::Broken(_) => format!(
                "%b requires a bytes-like object, \
                 or an object that implements __bytes__, not '{type_name}'"
            ),
        })
    }
}

impl Directive {
    /// Sets a `*` width; a negative one pads on the right.
    ///
    /// # Errors
    /// `OverflowError` for a number that is no machine word. (A value that is no int is the caller's
    /// [`star_wants_int`].)
    pub fn set_width(&mut self, value: IntRef<'_>) -> Result<(), TextError> {
        let width = word(value)
            .ok_or_else(|| TextError::overflow("Python int too large to convert to C ssize_t"))?;
        self.left |= width < 0;
        let width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
        self.width = Some(Amount::Fixed(width));
        Ok(())
    }

    /// Sets a `*` precision; a negative one is 0.
    ///
    /// # Errors
    /// `OverflowError` for a number beyond 32 bits.
    pub fn set_precision(&mut self, value: IntRef<'_>) -> Result<(), TextError> {
        let precision = word(value)
            .and_then(|precision| i32::try_from(precision).ok())
            .ok_or_else(|| TextError::overflow("Python int too large to convert to C int"))?;
        self.precision = Some(Amount::Fixed(usize::try_from(precision).unwrap_or(0)));
        Ok(())
    }

    /// About the size of the rendered value, if it takes `value_size` bytes by itself.
    pub fn estimated_size(&self, value_size: usize) -> usize {
        let grows = if matches!(self.conversion, Conversion::Int(_) | Conversion::Float(_)) {
            fixed(self.precision).unwrap_or(0)
        } else {
            0
        };
        fixed(self.width)
            .unwrap_or(0)
            .saturating_add(grows)
            .saturating_add(value_size)
    }
}

fn word(value: IntRef<'_>) -> Option<i64> {
    match value {
        IntRef::Small(value) => Some(value),
        IntRef::Big(value) => value.to_i64(),
    }
}

/// The number, if it is known.
pub(super) fn fixed(amount: Option<Amount>) -> Option<usize> {
    match amount {
        Some(Amount::Fixed(amount)) => Some(amount),
        Some(Amount::Star) | None => None,
    }
}

/// The error for a `*` argument that is no int.
pub fn star_wants_int() -> TextError {
    TextError::type_error("* wants int")
}

/// The error for `%(key)` with an argument that is a tuple, a string or no mapping.
pub fn format_requires_mapping() -> TextError {
    TextError::type_error("format requires a mapping")
}

/// The error for [`PercentPiece::IncompleteKey`].
pub fn incomplete_format_key() -> TextError {
    TextError::value("incomplete format key")
}

/// Which argument comes next.
///
/// A tuple gives its items, anything else itself, once. A key makes the value found under it the only
/// argument there is from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgumentCursor {
    taken: usize,
    count: usize,
}

impl ArgumentCursor {
    /// For a tuple of `count` items, or 1 for an argument that is no tuple.
    pub fn new(count: usize) -> Self {
        ArgumentCursor { taken: 0, count }
    }

    /// The index of the next argument.
    ///
    /// # Errors
    /// `TypeError` when there is none.
    pub fn take(&mut self) -> Result<usize, TextError> {
        if self.taken == self.count {
            return Err(TextError::type_error(
                "not enough arguments for format string",
            ));
        }
        self.taken += 1;
        Ok(self.taken - 1)
    }

    /// A key has been looked up: its value is the only argument now.
    pub fn replace_by_value(&mut self) {
        *self = ArgumentCursor::new(1);
    }

    /// The check at the end. `mapping` is whether the arguments could have been looked up by key: they
    /// are no tuple and no string (for a bytes format no bytes) and have `__getitem__`.
    ///
    /// # Errors
    /// `TypeError` when arguments are left over.
    pub fn finish(self, mapping: bool, bytes: bool) -> Result<(), TextError> {
        if mapping || self.taken == self.count {
            return Ok(());
        }
        let kind = if bytes { "bytes" } else { "string" };
        Err(TextError::type_error(format!(
            "not all arguments converted during {kind} formatting"
        )))
    }
}

/// Takes a string's format apart.
///
/// ```
/// # use acoro::text::{PercentPiece, parse_percent};
/// let pieces = parse_percent("100%% of %s");
/// assert_eq!(pieces[0], PercentPiece::Literal("100% of ".into()));
/// assert_eq!(pieces.len(), 2);
/// ```
pub fn parse_percent(format: &str) -> Vec<PercentPiece> {
    Parser::new(format.chars().collect(), false).pieces()
}

/// Takes a bytes format apart. Keys and literals have one character for each byte, of the same value.
pub fn parse_percent_bytes(format: &[u8]) -> Vec<PercentPiece> {
    Parser::new(format.iter().copied().map(char::from).collect(), true).pieces()
}

struct Parser {
    chars: Vec<char>,
    /// The position of the next character.
    position: usize,
    /// Where the last width or precision in digits ended.
    digits_end: usize,
    bytes: bool,
}

impl Parser {
    fn new(chars: Vec<char>, bytes: bool) -> Self {
        Parser {
            chars,
            position: 0,
            digits_end: 0,
            bytes,
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.position).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.position += 1;
        Some(c)
    }

    fn skip(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.position += usize::from(found);
        found
    }

    fn pieces(mut self) -> Vec<PercentPiece> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        while let Some(c) = self.next() {
            if c != '%' || self.skip('%') {
                literal.push(c);
                continue;
            }
            if !literal.is_empty() {
                pieces.push(PercentPiece::Literal(std::mem::take(&mut literal)));
            }
            let Ok(key) = self.key() else {
                pieces.push(PercentPiece::IncompleteKey);
                return pieces;
            };
            let directive = self.directive(key);
            let broken = matches!(
                directive.conversion,
                Conversion::Broken(_) | Conversion::Unknown(_)
            );
            pieces.push(PercentPiece::Directive(directive));
            if broken {
                return pieces;
            }
        }
        if !literal.is_empty() {
            pieces.push(PercentPiece::Literal(literal));
        }
        pieces
    }

    /// A key in parentheses, which may contain balanced ones. `Err` when the format ends in it.
    fn key(&mut self) -> Result<Option<String>, ()> {
        if !self.skip('(') {
            return Ok(None);
        }
        let mut depth = 1;
        let mut key = String::new();
        while let Some(c) = self.next() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(Some(key));
            }
            key.push(c);
        }
        Err(())
    }

    fn directive(&mut self, key: Option<String>) -> Directive {
        let mut directive = Directive {
            key,
            left: false,
            plus: false,
            space: false,
            alternate: false,
            zero: false,
            width: None,
            precision: None,
            conversion: Conversion::Str,
        };
        while let Some(c) = self.peek() {
            match c {
                '-' => directive.left = true,
                '+' => directive.plus = true,
                ' ' => directive.space = true,
                '#' => directive.alternate = true,
                '0' => directive.zero = true,
                _ => break,
            }
            self.position += 1;
        }
        directive.conversion = match self.amounts(&mut directive) {
            Ok(()) => self.conversion(),
            Err(error) => Conversion::Broken(error),
        };
        directive
    }

    fn amounts(&mut self, directive: &mut Directive) -> Result<(), TextError> {
        directive.width = self.amount(isize::MAX.unsigned_abs(), "width too big")?;
        if self.skip('.') {
            let precision = self.amount(i32::MAX.unsigned_abs() as usize, "precision too big")?;
            directive.precision = precision.or(Some(Amount::Fixed(0)));
        }
        Ok(())
    }

    fn amount(&mut self, limit: usize, too_big: &str) -> Result<Option<Amount>, TextError> {
        if self.skip('*') {
            return Ok(Some(Amount::Star));
        }
        let mut amount = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.position += 1;
            let grown = amount
                .unwrap_or(0_usize)
                .checked_mul(10)
                .and_then(|amount| amount.checked_add(digit as usize))
                .filter(|&amount| amount <= limit);
            amount = Some(grown.ok_or_else(|| TextError::value(too_big))?);
            self.digits_end = self.position;
        }
        Ok(amount.map(Amount::Fixed))
    }

    fn conversion(&mut self) -> Conversion {
        // One length modifier of C means nothing.
        if matches!(self.peek(), Some('h' | 'l' | 'L')) {
            self.position += 1;
        }
        let Some(c) = self.next() else {
            return Conversion::Broken(TextError::value("incomplete format"));
        };
        match c {
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => Conversion::Int(c),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => Conversion::Float(c),
            'c' => Conversion::Char,
            's' => Conversion::Str,
            'b' if self.bytes => Conversion::Str,
            'r' if !self.bytes => Conversion::Repr,
            'a' | 'r' => Conversion::Ascii,
            _ => Conversion::Unknown(self.unsupported(c)),
        }
    }

    fn unsupported(&self, c: char) -> TextError {
        let code = code_point(c);
        // CPython's own confusion of signed characters.
        if self.bytes && code >= 0x80 && self.digits_end + 1 != self.position {
            return TextError::overflow("character argument not in range(0x110000)");
        }
        let shown = if self.bytes || (c.is_ascii() && unicode::is_printable(c)) || c == '\x1f' {
            c
        } else {
            '?'
        };
        let index = self.position - 1;
        TextError::value(format!(
            "unsupported format character '{shown}' (0x{code:x}) at index {index}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_directive(format: &str) -> Directive {
        match parse_percent(format).as_slice() {
            [PercentPiece::Directive(directive)] => directive.clone(),
            pieces => panic!("one directive expected: {pieces:?}"),
        }
    }

    #[test]
    fn reads_all_parts() {
        let directive = only_directive("%(a(b))-+ #012.*lX");
        assert_eq!(directive.key.as_deref(), Some("a(b)"));
        assert!(directive.left && directive.plus && directive.space);
        assert!(directive.alternate && directive.zero);
        assert_eq!(directive.width, Some(Amount::Fixed(12)));
        assert_eq!(directive.precision, Some(Amount::Star));
        assert_eq!(directive.conversion, Conversion::Int('X'));
        assert_eq!(only_directive("%.f").precision, Some(Amount::Fixed(0)));
        assert_eq!(
            parse_percent("a%(b"),
            [
                PercentPiece::Literal("a".into()),
                PercentPiece::IncompleteKey
            ]
        );
        assert_eq!(parse_percent("%%%%"), [PercentPiece::Literal("%%".into())]);
        assert_eq!(
            parse_percent_bytes(b"\xff%%"),
            [PercentPiece::Literal("ÿ%".into())]
        );
    }

    #[test]
    fn errors_of_a_directive() {
        for (format, expected) in [
            ("%y", "unsupported format character 'y' (0x79) at index 1"),
            ("%é", "unsupported format character '?' (0xe9) at index 1"),
            ("%5%", "unsupported format character '%' (0x25) at index 2"),
            ("%lld", "unsupported format character 'l' (0x6c) at index 2"),
            ("%", "incomplete format"),
            ("%*.5l", "incomplete format"),
            ("%99999999999999999999d", "width too big"),
            ("%.2147483648d", "precision too big"),
        ] {
            let conversion = only_directive(format).conversion;
            assert!(
                matches!(
                    &conversion,
                    Conversion::Unknown(error) | Conversion::Broken(error)
                        if error.message == expected
                ),
                "{format}: {conversion:?}"
            );
        }
        let name = |conversion: Conversion| conversion.type_error("str", false).message;
        assert_eq!(
            name(Conversion::Int('i')),
            "%i format: a real number is required, not str"
        );
        assert_eq!(
            name(Conversion::Int('x')),
            "%x format: an integer is required, not str"
        );
    }

    #[test]
    fn arguments() {
        let mut cursor = ArgumentCursor::new(2);
        assert_eq!((cursor.take(), cursor.take()), (Ok(0), Ok(1)));
        assert!(cursor.take().is_err());
        cursor.replace_by_value();
        assert_eq!(
            cursor.finish(false, false).map_err(|error| error.message),
            Err("not all arguments converted during string formatting".into())
        );
        assert!(cursor.finish(true, false).is_ok());
        assert!(ArgumentCursor::new(0).finish(false, true).is_ok());
    }

    #[test]
    fn stars() {
        let mut directive = only_directive("%*.*d");
        assert!(directive.set_width(IntRef::Small(-7)).is_ok());
        assert!(directive.set_precision(IntRef::Small(-7)).is_ok());
        assert!(directive.left);
        assert_eq!(directive.width, Some(Amount::Fixed(7)));
        assert_eq!(directive.precision, Some(Amount::Fixed(0)));
        assert_eq!(directive.estimated_size(3), 10);
        assert!(directive.set_precision(IntRef::Small(1 << 40)).is_err());
        let big = num_bigint::BigInt::from(1) << 80;
        assert!(directive.set_width(IntRef::Big(&big)).is_err());
    }
}
