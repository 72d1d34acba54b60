//! `str.format` templates taken apart.
//!
//! CPython reads a template while it looks up the fields, so an error in the template may come after an
//! error of a field. The pieces keep that order: an [`FormatPiece::Error`] is raised when it is reached, and
//! so is an [`FieldAccess::Error`] within a field. For each field a program finds the first value,
//! follows the accesses, converts, expands the spec, formats.

use super::surrogates::code_point;
use super::{TextError, unicode};

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatPiece {
    /// Text to copy.
    Literal(String),
    /// A replacement field.
    Field(FormatField),
    /// The template is wrong here. No piece follows.
    Error(TextError),
}

/// `{first.attribute[index]!conversion:spec}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatField {
    /// The argument.
    pub first: FieldFirst,
    /// How to go on from it.
    pub accesses: Vec<FieldAccess>,
    /// What to do to the value before it is formatted.
    pub conversion: FieldConversion,
    /// The format spec, a template itself; empty for none.
    pub spec: Vec<FormatPiece>,
}

/// The argument a field begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldFirst {
    /// A positional one; automatic numbers are filled in.
    Position(usize),
    /// A keyword.
    Name(String),
}

/// A step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldAccess {
    /// `.name`
    Attribute(String),
    /// `[3]`: an int subscript.
    Index(usize),
    /// `[key]`: a string subscript.
    Key(String),
    /// The field name is wrong here. No access follows.
    Error(TextError),
}

/// `!r`, `!s`, `!a` or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldConversion {
    /// Format the value itself.
    None,
    /// `repr`
    Repr,
    /// `str`
    Str,
    /// `ascii`
    Ascii,
    /// None of these: an error once the value has been found.
    Unknown(TextError),
}

/// How deep specs nest: a field in a field's spec is the last.
const MAX_DEPTH: usize = 2;

/// Takes a template apart.
///
/// ```
/// # use acoro::text::{FieldFirst, FormatPiece, parse_str_format};
/// let pieces = parse_str_format("{{{}:{name!r:>{width}}");
/// assert_eq!(pieces[0], FormatPiece::Literal("{".into()));
/// let FormatPiece::Field(field) = &pieces[1] else { panic!() };
/// assert_eq!(field.first, FieldFirst::Position(0));
/// ```
pub fn parse_str_format(template: &str) -> Vec<FormatPiece> {
    parse_template(template, MAX_DEPTH, &mut Numbering::Undecided)
}

/// The error for a positional field in `str.format_map`.
pub fn positional_field_in_map() -> TextError {
    TextError::value("Format string contains positional fields")
}

/// How the positional fields of a template are numbered.
enum Numbering {
    Undecided,
    /// `{}`: the next number.
    Automatic(usize),
    /// `{0}`
    Manual,
}

impl Numbering {
    fn automatic(&mut self) -> Result<usize, TextError> {
        let number = match *self {
            Numbering::Undecided => 0,
            Numbering::Automatic(next) => next,
            Numbering::Manual => {
                return Err(TextError::value(
                    "cannot switch from manual field specification to automatic field numbering",
                ));
            }
        };
        *self = Numbering::Automatic(number + 1);
        Ok(number)
    }

    fn manual(&mut self, number: usize) -> Result<usize, TextError> {
        match self {
            Numbering::Automatic(_) => Err(TextError::value(
                "cannot switch from automatic field numbering to manual field specification",
            )),
            Numbering::Undecided | Numbering::Manual => {
                *self = Numbering::Manual;
                Ok(number)
            }
        }
    }
}

fn parse_template(template: &str, depth: usize, numbering: &mut Numbering) -> Vec<FormatPiece> {
    if depth == 0 {
        return vec![FormatPiece::Error(TextError::value(
            "Max string recursion exceeded",
        ))];
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = template;
    while let Some(start) = rest.find(['{', '}']) {
        literal.push_str(&rest[..start]);
        let brace = &rest[start..=start];
        rest = &rest[start + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
            continue;
        }
        if !literal.is_empty() {
            pieces.push(FormatPiece::Literal(std::mem::take(&mut literal)));
        }
        if brace == "}" || rest.is_empty() {
            pieces.push(FormatPiece::Error(TextError::value(format!(
                "Single '{brace}' encountered in format string"
            ))));
            return pieces;
        }
        match parse_field(&mut rest, depth, numbering) {
            Ok(field) => pieces.push(FormatPiece::Field(field)),
            Err(error) => {
                pieces.push(FormatPiece::Error(error));
                return pieces;
            }
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(FormatPiece::Literal(literal));
    }
    pieces
}

/// Reads a field whose opening brace is behind; leaves `rest` behind its closing one.
fn parse_field(
    rest: &mut &str,
    depth: usize,
    numbering: &mut Numbering,
) -> Result<FormatField, TextError> {
    let (name, stop) = take_field_name(rest)?;
    let mut conversion = None;
    let mut spec = "";
    let mut has_spec = stop == ':';
    if stop == '!' {
        let c = take_char(rest).ok_or_else(|| {
            TextError::value("end of string while looking for conversion specifier")
        })?;
        conversion = Some(c);
        has_spec = match take_char(rest) {
            Some('}') => false,
            Some(':') | None => true,
            Some(_) => {
                return Err(TextError::value("expected ':' after conversion specifier"));
            }
        };
    }
    if has_spec {
        spec = take_spec(rest)?;
    }
    let first_end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, accesses) = name.split_at(first_end);
    let first = match decimal_index(first)? {
        _ if first.is_empty() => FieldFirst::Position(numbering.automatic()?),
        Some(number) => FieldFirst::Position(numbering.manual(number)?),
        None => FieldFirst::Name(first.to_owned()),
    };
    let accesses = parse_accesses(accesses);
    Ok(FormatField {
        first,
        accesses,
        conversion: match conversion {
            None => FieldConversion::None,
            Some('r') => FieldConversion::Repr,
            Some('s') => FieldConversion::Str,
            Some('a') => FieldConversion::Ascii,
            Some(c) => FieldConversion::Unknown(unknown_conversion(c)),
        },
        spec: if spec.contains('{') {
            parse_template(spec, depth - 1, numbering)
        } else if spec.is_empty() {
            Vec::new()
        } else {
            vec![FormatPiece::Literal(spec.to_owned())]
        },
    })
}

fn take_char(rest: &mut &str) -> Option<char> {
    let mut chars = rest.chars();
    let c = chars.next()?;
    *rest = chars.as_str();
    Some(c)
}

/// The text up to `}`, `:` or `!` outside brackets, and which of them it was.
fn take_field_name<'t>(rest: &mut &'t str) -> Result<(&'t str, char), TextError> {
    let text = *rest;
    let mut in_brackets = false;
    for (offset, c) in text.char_indices() {
        match c {
            '[' => in_brackets = true,
            ']' => in_brackets = false,
            _ if in_brackets => {}
            '{' => return Err(TextError::value("unexpected '{' in field name")),
            '}' | ':' | '!' => {
                *rest = &text[offset + 1..];
                return Ok((&text[..offset], c));
            }
            _ => {}
        }
    }
    Err(TextError::value("expected '}' before end of string"))
}

/// The text up to the brace that closes the field.
fn take_spec<'t>(rest: &mut &'t str) -> Result<&'t str, TextError> {
    let text = *rest;
    let mut depth = 1;
    for (offset, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            *rest = &text[offset + 1..];
            return Ok(&text[..offset]);
        }
    }
    Err(TextError::value("unmatched '{' in format spec"))
}

fn unknown_conversion(c: char) -> TextError {
    TextError::value(if ('!'..='~').contains(&c) {
        format!("Unknown conversion specifier {c}")
    } else {
        format!("Unknown conversion specifier \\x{:x}", code_point(c))
    })
}

/// The number, if the text is decimal digits.
fn decimal_index(text: &str) -> Result<Option<usize>, TextError> {
    let mut number: Option<i64> = None;
    for c in text.chars() {
        let Some(digit) = unicode::decimal_value(c) else {
            return Ok(None);
        };
        let grown = number
            .unwrap_or(0)
            .checked_mul(10)
            .and_then(|number| number.checked_add(i64::from(digit)));
        number = Some(
            grown.ok_or_else(|| TextError::value("Too many decimal digits in format string"))?,
        );
    }
    Ok(number.and_then(|number| usize::try_from(number).ok()))
}

/// What follows the first part of a field name: it begins with a dot or a bracket, or is empty.
fn parse_accesses(text: &str) -> Vec<FieldAccess> {
    let mut accesses = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        match parse_access(&mut rest) {
            Ok(access) => accesses.push(access),
            Err(error) => {
                accesses.push(FieldAccess::Error(error));
                break;
            }
        }
    }
    accesses
}

fn parse_access(rest: &mut &str) -> Result<FieldAccess, TextError> {
    let empty = || TextError::value("Empty attribute in format string");
    if let Some(text) = rest.strip_prefix('.') {
        let end = text.find(['.', '[']).unwrap_or(text.len());
        *rest = &text[end..];
        return match &text[..end] {
            "" => Err(empty()),
            name => Ok(FieldAccess::Attribute(name.to_owned())),
        };
    }
    let Some(text) = rest.strip_prefix('[') else {
        return Err(TextError::value(
            "Only '.' or '[' may follow ']' in format field specifier",
        ));
    };
    let Some((key, after)) = text.split_once(']') else {
        return Err(TextError::value("Missing ']' in format string"));
    };
    *rest = after;
    match decimal_index(key)? {
        _ if key.is_empty() => Err(empty()),
        Some(index) => Ok(FieldAccess::Index(index)),
        None => Ok(FieldAccess::Key(key.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_error(pieces: &[FormatPiece]) -> Option<String> {
        pieces.iter().find_map(|piece| match piece {
            FormatPiece::Literal(_) => None,
            FormatPiece::Error(error) => Some(error.message.clone()),
            FormatPiece::Field(field) => {
                let access = field.accesses.iter().find_map(|access| match access {
                    FieldAccess::Error(error) => Some(error.message.clone()),
                    FieldAccess::Attribute(_) | FieldAccess::Index(_) | FieldAccess::Key(_) => None,
                });
                let conversion = match &field.conversion {
                    FieldConversion::Unknown(error) => Some(error.message.clone()),
                    FieldConversion::None
                    | FieldConversion::Repr
                    | FieldConversion::Str
                    | FieldConversion::Ascii => None,
                };
                access.or(conversion).or_else(|| first_error(&field.spec))
            }
        })
    }

    #[test]
    fn fields() {
        let pieces = parse_str_format("a{{{0.b[c][1]!r:>{w}}}}");
        let field = FormatField {
            first: FieldFirst::Position(0),
            accesses: vec![
                FieldAccess::Attribute("b".into()),
                FieldAccess::Key("c".into()),
                FieldAccess::Index(1),
            ],
            conversion: FieldConversion::Repr,
            spec: vec![
                FormatPiece::Literal(">".into()),
                FormatPiece::Field(FormatField {
                    first: FieldFirst::Name("w".into()),
                    accesses: vec![],
                    conversion: FieldConversion::None,
                    spec: vec![],
                }),
            ],
        };
        assert_eq!(
            pieces,
            [
                FormatPiece::Literal("a{".into()),
                FormatPiece::Field(field),
                FormatPiece::Literal("}".into()),
            ]
        );
        assert_eq!(parse_str_format(""), []);
    }

    #[test]
    fn numbering_goes_through_the_specs() {
        let numbers: Vec<String> = parse_str_format("{:{}}{}")
            .iter()
            .map(|piece| format!("{piece:?}"))
            .collect();
        assert!(numbers[0].contains("Position(0)") && numbers[0].contains("Position(1)"));
        assert!(numbers[1].contains("Position(2)"));
    }

    #[test]
    fn messages() {
        for (template, expected) in [
            ("{", "Single '{' encountered in format string"),
            ("a}", "Single '}' encountered in format string"),
            ("{0", "expected '}' before end of string"),
            (
                "{0!",
                "end of string while looking for conversion specifier",
            ),
            ("{0!r", "unmatched '{' in format spec"),
            ("{0!}", "unmatched '{' in format spec"),
            ("{0!rx}", "expected ':' after conversion specifier"),
            ("{0!x}", "Unknown conversion specifier x"),
            ("{0! }", "Unknown conversion specifier \\x20"),
            ("{0:{}", "unmatched '{' in format spec"),
            ("{a{b}}", "unexpected '{' in field name"),
            (
                "{0}{}",
                "cannot switch from manual field specification to automatic field numbering",
            ),
            (
                "{:{0}}",
                "cannot switch from automatic field numbering to manual field specification",
            ),
            ("{a.}", "Empty attribute in format string"),
            ("{a[]}", "Empty attribute in format string"),
            (
                "{a[0]x}",
                "Only '.' or '[' may follow ']' in format field specifier",
            ),
            ("{a[0}", "expected '}' before end of string"),
            ("{:{:{}}}", "Max string recursion exceeded"),
            (
                "{99999999999999999999}",
                "Too many decimal digits in format string",
            ),
        ] {
            assert_eq!(
                first_error(&parse_str_format(template)).as_deref(),
                Some(expected),
                "{template}"
            );
        }
    }
}
