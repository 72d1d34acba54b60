//! The questions that strings answer: `isalpha`, `isdigit`, `isupper` and the others.

use super::unicode;

/// Whether there is a character and all are such.
fn all(text: &str, test: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(test)
}

/// `text.isalpha()`.
pub fn is_alpha(text: &str) -> bool {
    all(text, unicode::is_alpha)
}

/// `text.isdecimal()`.
pub fn is_decimal(text: &str) -> bool {
    all(text, unicode::is_decimal)
}

/// `text.isdigit()`.
pub fn is_digit(text: &str) -> bool {
    all(text, unicode::is_digit)
}

/// `text.isnumeric()`.
pub fn is_numeric(text: &str) -> bool {
    all(text, unicode::is_numeric)
}

/// `text.isalnum()`.
pub fn is_alnum(text: &str) -> bool {
    all(text, unicode::is_alphanumeric)
}

/// `text.isspace()`.
pub fn is_space(text: &str) -> bool {
    all(text, unicode::is_space)
}

/// `text.isprintable()`; the empty string is.
pub fn is_printable(text: &str) -> bool {
    text.chars().all(unicode::is_printable)
}

/// `text.isidentifier()`; keywords are.
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(unicode::is_identifier_start)
        && chars.all(unicode::is_identifier_continue)
}

/// `text.isupper()`: some capital, nothing small.
pub fn is_upper(text: &str) -> bool {
    text.chars().any(unicode::is_upper)
        && !text
            .chars()
            .any(|c| unicode::is_lower(c) || unicode::is_title(c))
}

/// `text.islower()`: something small, no capital.
pub fn is_lower(text: &str) -> bool {
    text.chars().any(unicode::is_lower)
        && !text
            .chars()
            .any(|c| unicode::is_upper(c) || unicode::is_title(c))
}

/// `text.istitle()`: every word begins with a capital and goes on small.
pub fn is_title(text: &str) -> bool {
    let mut in_word = false;
    let mut any = false;
    for c in text.chars() {
        let capital = unicode::is_upper(c) || unicode::is_title(c);
        let small = unicode::is_lower(c);
        if (capital && in_word) || (small && !in_word) {
            return false;
        }
        in_word = capital || small;
        any |= in_word;
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_cpython() {
        assert!(is_alpha("aä漢") && !is_alpha("") && !is_alpha("a1"));
        assert!(is_decimal("1٣") && !is_decimal("²"));
        assert!(is_digit("1²") && !is_digit("½"));
        assert!(is_numeric("½一") && !is_numeric("a"));
        assert!(is_alnum("a½") && !is_alnum("_"));
        assert!(is_space(" \x1c\u{3000}") && !is_space("\u{200b}"));
        assert!(is_printable("") && is_printable("a ä") && !is_printable("\u{a0}"));
        assert!(is_identifier("_ä1") && !is_identifier("1a") && !is_identifier(""));
        assert!(is_upper("A1Ä") && !is_upper("1") && !is_upper("AǅB"));
        assert!(is_lower("a1ªʕ") && !is_lower("aB"));
        assert!(is_title("Aa Ǆ1A") && !is_title("AA") && !is_title("aA") && !is_title("1"));
    }
}
