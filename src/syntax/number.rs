//! Number literals: how far one reaches, and its value.

use super::ast::Constant;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use num_bigint::BigInt;

/// Decimal literals longer than this are refused, as CPython does: converting them takes quadratic time.
const MAX_DECIMAL_DIGITS: usize = 4300;

/// The length of the literal `text` starts with, which stands at `base`, and what is wrong with it.
pub(crate) fn measure(text: &str, base: usize) -> (usize, Option<Diagnostic>) {
    let mut m = Measure {
        text,
        bytes: text.as_bytes(),
        at: 0,
        base,
        error: None,
    };
    m.literal();
    if m.error.is_some() {
        // What is left of the malformed word is no new token.
        while m
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            m.at += 1;
        }
    }
    (m.at, m.error)
}

struct Measure<'s> {
    text: &'s str,
    bytes: &'s [u8],
    at: usize,
    base: usize,
    error: Option<Diagnostic>,
}

impl Measure<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fail(&mut self, message: impl Into<String>, at: usize, help: &str) {
        if self.error.is_none() {
            let length = self.text[at..].chars().next().map_or(0, char::len_utf8);
            let start = (self.base + at) as u32;
            let mut error = Diagnostic::syntax(message, Span::new(start, start + length as u32));
            if !help.is_empty() {
                error = error.with_help(help);
            }
            self.error = Some(error);
        }
    }

    fn literal(&mut self) {
        if self.peek() == Some(b'0') {
            let radix = match self.bytes.get(1) {
                Some(b'x' | b'X') => Some((16, "hexadecimal")),
                Some(b'o' | b'O') => Some((8, "octal")),
                Some(b'b' | b'B') => Some((2, "binary")),
                _ => None,
            };
            if let Some((radix, name)) = radix {
                self.at = 2;
                self.based(radix, name);
                return;
            }
        }
        let zero = self.peek() == Some(b'0');
        if self.peek() != Some(b'.') {
            self.digits();
        }
        let integer = self.at;
        let mut float = false;
        if self.error.is_none() && self.peek() == Some(b'.') {
            float = true;
            self.at += 1;
            if self.peek().is_some_and(|b| b.is_ascii_digit()) {
                self.digits();
            }
        }
        if self.error.is_none() && matches!(self.peek(), Some(b'e' | b'E')) {
            let sign = matches!(self.bytes.get(self.at + 1), Some(b'+' | b'-')) as usize;
            let digit = self.bytes.get(self.at + 1 + sign);
            if digit.is_some_and(u8::is_ascii_digit) {
                float = true;
                self.at += 1 + sign;
                self.digits();
            } else if sign == 1 {
                let at = self.at;
                self.fail("invalid decimal literal", at, "an exponent needs digits");
            }
        }
        if self.error.is_none() && matches!(self.peek(), Some(b'j' | b'J')) {
            self.at += 1;
            self.end_of_number("imaginary");
            return;
        }
        let digits = &self.bytes[..integer];
        if zero && !float && digits.iter().any(|b| (b'1'..=b'9').contains(b)) {
            self.fail(
                "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
                0,
                "write the number without the zeros in front",
            );
        }
        self.end_of_number("decimal");
    }

    /// Digits with single underscores between them.
    fn digits(&mut self) {
        loop {
            while self.peek().is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1;
            }
            if self.peek() != Some(b'_') {
                return;
            }
            if !self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit) {
                let at = self.at;
                self.fail(
                    "invalid decimal literal",
                    at,
                    "an underscore in a number must stand between two digits",
                );
                return;
            }
            self.at += 1;
        }
    }

    fn based(&mut self, radix: u32, name: &str) {
        loop {
            if self.peek() == Some(b'_') {
                self.at += 1;
            }
            let Some(b) = self.peek() else {
                let at = self.at - 1;
                self.fail(format!("invalid {name} literal"), at, "digits are missing");
                return;
            };
            if !(b as char).is_digit(radix) {
                let at = self.at;
                if b.is_ascii_digit() {
                    self.fail(
                        format!("invalid digit '{}' in {name} literal", b as char),
                        at,
                        "such a number has smaller digits only",
                    );
                } else {
                    let at = at - 1;
                    self.fail(format!("invalid {name} literal"), at, "digits are missing");
                }
                return;
            }
            while self.peek().is_some_and(|b| (b as char).is_digit(radix)) {
                self.at += 1;
            }
            if self.peek() != Some(b'_') {
                break;
            }
        }
        if let Some(b) = self.peek().filter(u8::is_ascii_digit) {
            let at = self.at;
            self.fail(
                format!("invalid digit '{}' in {name} literal", b as char),
                at,
                "such a number has smaller digits only",
            );
        }
        self.end_of_number(name);
    }

    /// A number may be followed by an operator word without a space (`1if x else 2`), but by no other name.
    fn end_of_number(&mut self, name: &str) {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else {
            return;
        };
        if c != '_' && !unicode_ident::is_xid_continue(c) {
            return;
        }
        let words = ["and", "else", "for", "if", "in", "is", "or", "not"];
        if words.iter().any(|word| rest.starts_with(word)) {
            return;
        }
        if !c.is_ascii() && !unicode_ident::is_xid_start(c) {
            return;
        }
        let at = self.at.max(1) - 1;
        let at = (0..=at).rev().find(|&i| self.text.is_char_boundary(i));
        self.fail(
            format!("invalid {name} literal"),
            at.unwrap_or(0),
            "a name cannot start with a digit, and an operator is needed between a number and a name",
        );
    }
}

/// The value of a literal that `measure` accepted; none for imaginary ones.
pub(crate) fn value(text: &str) -> Result<Constant, String> {
    let clean: String = text.chars().filter(|&c| c != '_').collect();
    let lower = clean.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return Ok(integer(digits, radix));
        }
    }
    if lower.bytes().all(|b| b.is_ascii_digit()) {
        if lower.len() > MAX_DECIMAL_DIGITS {
            return Err(format!(
                "Exceeds the limit ({MAX_DECIMAL_DIGITS} digits) for integer string conversion: value has {} digits; use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid decimal conversion limits.",
                lower.len()
            ));
        }
        return Ok(integer(&lower, 10));
    }
    Ok(Constant::Float(lower.parse().unwrap_or(f64::NAN)))
}

fn integer(digits: &str, radix: u32) -> Constant {
    match i64::from_str_radix(digits, radix) {
        Ok(value) => Constant::Int(value),
        Err(_) => {
            BigInt::parse_bytes(digits.as_bytes(), radix).map_or(Constant::Int(0), Constant::BigInt)
        }
    }
}
