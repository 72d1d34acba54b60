//! What Python knows about single characters: `str`'s predicates, digit values and case mappings.
//!
//! CPython 3.13 has the Unicode 15.1 database, Rust's standard library a newer one. The predicates come
//! from tables of 15.1; the case mappings are the standard library's, undone where they touch a
//! character that 15.1 does not assign. Titlecase and casefolding follow from those by rule.

mod tables;

fn contains(bounds: &[u32], c: char) -> bool {
    bounds.partition_point(|&bound| bound <= u32::from(c)) % 2 == 1
}

/// Whether `repr` shows the character as it is.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        matches!(c, ' '..='~')
    } else {
        contains(tables::PRINTABLE, c)
    }
}

/// A letter: category Lm, Lt, Lu, Ll or Lo. Narrower than [`char::is_alphabetic`].
pub fn is_alpha(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphabetic()
    } else {
        contains(tables::LETTERS, c)
    }
}

/// The value of a decimal digit of any script, as `int()` reads it.
pub fn decimal_value(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let bounds = tables::DECIMALS;
    let after = bounds.partition_point(|&bound| bound <= u32::from(c));
    (after % 2 == 1).then(|| (u32::from(c) - bounds[after - 1]) % 10)
}

/// `str.isdecimal` of one character.
pub fn is_decimal(c: char) -> bool {
    decimal_value(c).is_some()
}

/// `str.isdigit` of one character: decimal digits and superscripts.
pub fn is_digit(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_digit()
    } else {
        contains(tables::DIGITS, c)
    }
}

/// `str.isnumeric` of one character: anything that stands for a number.
pub fn is_numeric(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_digit()
    } else {
        is_digit(c) != contains(tables::NUMERIC, c)
    }
}

/// `str.isalnum` of one character.
pub fn is_alphanumeric(c: char) -> bool {
    is_alpha(c) || is_numeric(c)
}

/// `str.isspace` of one character. Wider than [`char::is_whitespace`] by the four ASCII separators.
pub fn is_space(c: char) -> bool {
    matches!(c, '\x1c'..='\x1f') || c.is_whitespace()
}

/// Whether `str.splitlines` ends a line here.
pub fn is_line_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\x0b' | '\x0c' | '\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Whether the character may begin an identifier.
pub fn is_identifier_start(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphabetic() || c == '_'
    } else {
        is_alpha(c) != contains(tables::START, c)
    }
}

/// Whether the character may follow in an identifier.
pub fn is_identifier_continue(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || c == '_'
    } else {
        is_alpha(c) != contains(tables::CONTINUE, c)
    }
}

/// Uppercase, not titlecase.
pub fn is_upper(c: char) -> bool {
    c.is_uppercase() && is_printable(c)
}

/// Lowercase.
pub fn is_lower(c: char) -> bool {
    // U+0295 lost the property after 15.1.
    (c.is_lowercase() && is_printable(c)) || c == '\u{295}'
}

/// Titlecase: one character that shows a capital and a small letter, such as `ǅ`.
pub fn is_title(c: char) -> bool {
    matches!(
        c,
        '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}'
    ) || (matches!(c, '\u{1f80}'..='\u{1faf}') && u32::from(c) & 8 != 0)
}

/// Whether the character has a case at all.
pub fn is_cased(c: char) -> bool {
    is_upper(c) || is_lower(c) || is_title(c)
}

/// Appends the uppercase of a character.
pub fn push_upper(out: &mut String, c: char) {
    push_mapped(out, c, c.to_uppercase());
}

/// Appends the lowercase of a character, sigma as if it were not final.
pub fn push_lower(out: &mut String, c: char) {
    push_mapped(out, c, c.to_lowercase());
}

fn push_mapped(out: &mut String, c: char, mapped: impl Iterator<Item = char> + Clone) {
    if c.is_ascii() || (is_printable(c) && mapped.clone().all(is_assigned)) {
        out.extend(mapped);
    } else {
        out.push(c);
    }
}

/// Only asked about characters with a case mapping, all of which are printable once assigned.
fn is_assigned(c: char) -> bool {
    is_printable(c)
}

/// Appends the titlecase of a character.
pub fn push_title(out: &mut String, c: char) {
    let code = u32::from(c);
    let single = match code {
        0x1c4..=0x1cc => Some((code - 0x1c4) / 3 * 3 + 0x1c5),
        0x1f1..=0x1f3 => Some(0x1f2),
        0x10d0..=0x10ff => Some(code),
        0x1f80..=0x1faf => Some(code | 8),
        0x1fb3 | 0x1fc3 | 0x1ff3 => Some(code + 9),
        0x1fbc | 0x1fcc | 0x1ffc => Some(code),
        _ => None,
    };
    if let Some(c) = single.and_then(char::from_u32) {
        out.push(c);
        return;
    }
    let start = out.len();
    push_upper(out, c);
    match code {
        0x149 => {}
        0x1fb2 | 0x1fb4 | 0x1fb7 | 0x1fc2 | 0x1fc4 | 0x1fc7 | 0x1ff2 | 0x1ff4 | 0x1ff7 => {
            out.pop();
            out.push('\u{345}');
        }
        _ => {
            let first = out[start..].chars().next().map_or(0, char::len_utf8);
            let rest = out.split_off(start + first);
            rest.chars().for_each(|c| push_lower(out, c));
        }
    }
}

/// Appends the casefolding of a character.
pub fn push_fold(out: &mut String, c: char) {
    match c {
        '\u{131}' => out.push(c),
        '\u{1e9e}' => out.push_str("ss"),
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => push_upper(out, c),
        _ => {
            let start = out.len();
            push_upper(out, c);
            let upper = out.split_off(start);
            upper.chars().for_each(|c| push_lower(out, c));
        }
    }
}

/// Whether the final-sigma rule looks past the character (the Unicode property Case_Ignorable).
///
/// The standard library has the table but no function for it: it is asked through its own handling of
/// a final sigma, which is one if only ignorable characters follow, and is none before a letter.
pub fn is_case_ignorable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, '\'' | '.' | ':' | '^' | '`');
    }
    let alone = ['A', 'Σ', c].iter().collect::<String>().to_lowercase();
    let before_letter = ['A', 'Σ', c, 'A'].iter().collect::<String>().to_lowercase();
    // U+1171E lost the property after 15.1, others did not have it yet.
    let in_standard_library = alone.starts_with("aς") && before_letter.starts_with("aσ");
    let assigned = is_printable(c) || contains(tables::FORMAT, c);
    (in_standard_library && assigned) || c == '\u{1171e}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(push: fn(&mut String, char), c: char) -> String {
        let mut out = String::new();
        push(&mut out, c);
        out
    }

    #[test]
    fn counts_of_each_property_are_those_of_cpython() {
        let count = |test: fn(char) -> bool| ('\0'..=char::MAX).filter(|&c| test(c)).count();
        assert_eq!(count(is_printable), 149_625);
        assert_eq!(count(is_alpha), 136_726);
        assert_eq!(count(is_decimal), 680);
        assert_eq!(count(is_digit), 808);
        assert_eq!(count(is_numeric), 1_922);
        assert_eq!(count(is_space), 29);
        assert_eq!(count(is_upper), 1_951);
        assert_eq!(count(is_lower), 2_544);
        assert_eq!(count(is_title), 31);
        assert_eq!(count(is_identifier_start), 136_945);
        assert_eq!(count(is_identifier_continue), 140_089);
    }

    #[test]
    fn case_mappings() {
        assert_eq!(mapped(push_upper, 'ß'), "SS");
        assert_eq!(mapped(push_title, 'ß'), "Ss");
        assert_eq!(mapped(push_fold, 'ß'), "ss");
        assert_eq!(mapped(push_title, 'ǆ'), "ǅ");
        assert_eq!(mapped(push_title, 'ᾳ'), "ᾼ");
        assert_eq!(mapped(push_lower, 'İ'), "i\u{307}");
        // U+A7DC, the capital of U+019B, came with Unicode 16.
        assert_eq!(mapped(push_upper, '\u{19b}'), "\u{19b}");
    }

    #[test]
    fn decimal_digits_of_any_script() {
        assert_eq!(decimal_value('7'), Some(7));
        assert_eq!(decimal_value('٣'), Some(3));
        assert_eq!(decimal_value('𝟟'), Some(7));
        assert_eq!(decimal_value('²'), None);
    }
}
