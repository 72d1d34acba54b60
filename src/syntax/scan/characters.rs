//! Characters that no token begins with.

use super::{OpenEnd, Scanner};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::token::Token;

impl Scanner<'_> {
    /// A character no token begins with.
    pub(super) fn unknown(&mut self, span: Span) {
        let Some(c) = self.text[span.start as usize..].chars().next() else {
            return;
        };
        let span = Span::new(span.start, span.start + c.len_utf8() as u32);
        self.seek(span.end as usize);
        let code = c as u32;
        let error = match c {
            '\\' if self.position() == self.text.len() => {
                self.end = OpenEnd::Unfinished;
                Diagnostic::syntax("unexpected EOF while parsing", span)
                    .with_help("`\\` at the end of a line says that the statement goes on")
            }
            '\\' => Diagnostic::syntax(
                "unexpected character after line continuation character",
                span,
            )
            .with_help("`\\` must be the last character of its line"),
            '\0' => Diagnostic::syntax("source code cannot contain null bytes", span),
            '?' => Diagnostic::syntax("invalid syntax", span)
                .with_label("`?` has no meaning here")
                .with_help("to choose between two values, write `a if condition else b`"),
            '$' | '`' => Diagnostic::syntax("invalid syntax", span)
                .with_label(format!("`{c}` has no meaning here"))
                .with_help("remove it; values are put in a text by an f-string: `f\"{name}\"`"),
            _ if c.is_ascii_graphic() => Diagnostic::syntax("invalid syntax", span),
            _ if c.is_control() || c.is_whitespace() || is_format(c) => Diagnostic::syntax(
                format!("invalid non-printable character U+{code:04X}"),
                span,
            )
            .with_help(
                "delete this invisible character; it may come from a web page or a word processor",
            ),
            _ => invalid_character(c, span),
        };
        // One report per line is enough for such a character.
        let again = self.last_unknown.is_some_and(|(last, end)| {
            let between = self.text.get(end..span.start as usize);
            last == c && between.is_some_and(|text| !text.contains('\n'))
        });
        self.last_unknown = Some((c, span.end as usize));
        if !again {
            self.errors.push(error);
        }
        if !c.is_ascii() && !is_quote(c) {
            return;
        }
        // The rest of a text in typographic quotes is no code.
        if is_quote(c) {
            let rest = &self.text[span.end as usize..];
            let line = rest.find(['\n', '\r']).unwrap_or(rest.len());
            let end = rest[..line]
                .rfind(is_quote)
                .map_or(span.end as usize, |at| {
                    let quote = rest[at..].chars().next().map_or(0, char::len_utf8);
                    span.end as usize + at + quote
                });
            self.seek(end);
            self.push(Token::Str, Span::new(span.start, end as u32));
        }
    }
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '«' | '»'
    )
}

/// Invisible characters that Unicode calls format characters.
fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn invalid_character(c: char, span: Span) -> Diagnostic {
    let error = Diagnostic::syntax(
        format!("invalid character '{c}' (U+{:04X})", c as u32),
        span,
    );
    let help = match c {
        _ if is_quote(c) => "use the straight quotes `'` or `\"`",
        '×' => "write `*` to multiply",
        '÷' => "write `/` or `//` to divide",
        '−' | '–' | '—' => "write the minus sign `-`",
        '≤' => "write `<=`",
        '≥' => "write `>=`",
        '≠' => "write `!=`",
        '→' => "write `->`",
        '…' => "write `...`",
        '，' => "write the comma `,`",
        '：' => "write the colon `:`",
        '（' | '）' => "write the parentheses `(` and `)`",
        _ => "only letters, digits and `_` can be in names; other characters belong in strings",
    };
    error.with_help(help)
}
