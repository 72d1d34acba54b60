//! Changing the case of strings.

use super::unicode;

/// `text.upper()`.
///
/// ```
/// # use acoro::text::upper;
/// assert_eq!(upper("straße"), "STRASSE");
/// ```
pub fn upper(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_uppercase();
    }
    mapped(text, |out, _, c| unicode::push_upper(out, c))
}

/// `text.lower()`.
pub fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    mapped(text, |out, offset, c| push_lower(out, text, offset, c))
}

/// `text.casefold()`.
pub fn casefold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    mapped(text, |out, _, c| unicode::push_fold(out, c))
}

/// `text.swapcase()`.
pub fn swapcase(text: &str) -> String {
    mapped(text, |out, offset, c| {
        if unicode::is_upper(c) {
            push_lower(out, text, offset, c);
        } else if unicode::is_lower(c) {
            unicode::push_upper(out, c);
        } else {
            out.push(c);
        }
    })
}

/// `text.capitalize()`.
pub fn capitalize(text: &str) -> String {
    mapped(text, |out, offset, c| {
        if offset == 0 {
            unicode::push_title(out, c);
        } else {
            push_lower(out, text, offset, c);
        }
    })
}

/// `text.title()`.
pub fn title(text: &str) -> String {
    let mut in_word = false;
    mapped(text, |out, offset, c| {
        if in_word {
            push_lower(out, text, offset, c);
        } else {
            unicode::push_title(out, c);
        }
        in_word = unicode::is_cased(c);
    })
}

fn mapped(text: &str, mut push: impl FnMut(&mut String, usize, char)) -> String {
    let mut out = String::with_capacity(text.len());
    for (offset, c) in text.char_indices() {
        push(&mut out, offset, c);
    }
    out
}

/// Lowercase in context: a sigma that ends a word has a form of its own.
fn push_lower(out: &mut String, text: &str, offset: usize, c: char) {
    if c != 'Σ' {
        unicode::push_lower(out, c);
        return;
    }
    let follows_letter = next_is_cased(text[..offset].chars().rev());
    let precedes_letter = next_is_cased(text[offset + c.len_utf8()..].chars());
    out.push(if follows_letter && !precedes_letter {
        'ς'
    } else {
        'σ'
    });
}

fn next_is_cased(mut chars: impl Iterator<Item = char>) -> bool {
    chars
        .find(|&c| !unicode::is_case_ignorable(c))
        .is_some_and(unicode::is_cased)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii() {
        assert_eq!(upper("aB1"), "AB1");
        assert_eq!(lower("aB1"), "ab1");
        assert_eq!(swapcase("aB1"), "Ab1");
        assert_eq!(capitalize("aBC d"), "Abc d");
        assert_eq!(title("they're BILL's 3rd"), "They'Re Bill'S 3Rd");
    }

    #[test]
    fn beyond_ascii() {
        assert_eq!(upper("ŉﬃ"), "ʼNFFI");
        assert_eq!(lower("ΑΣ ΑΣΑ Σ Α'Σ."), "ας ασα σ α'ς.");
        assert_eq!(casefold("Straße ΑΣ ꭰ"), "strasse ασ Ꭰ");
        assert_eq!(title("ǆ ΑΣ ßß"), "ǅ Ας Ssß");
        assert_eq!(capitalize("ﬁΣ"), "Fiς");
        assert_eq!(swapcase("ßΣ"), "SSς");
    }
}
