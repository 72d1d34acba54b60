//! String literals: where they end, and what to say when they don't.

use super::{Scanner, closer_of};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::scan::OpenEnd;
use crate::syntax::token::{Lexeme, Token};

impl Scanner<'_> {
    pub(super) fn string(&mut self, span: Span) {
        let prefix = self.slice(span);
        let triple = prefix.ends_with("'''") || prefix.ends_with("\"\"\"");
        let bytes = self.text.as_bytes();
        let quote = bytes[span.end as usize - 1];
        let mut at = span.end as usize;
        let mut escaped_quote = false;
        loop {
            match bytes.get(at) {
                None => break,
                Some(b'\\') => {
                    escaped_quote |= bytes.get(at + 1) == Some(&quote);
                    let crlf = bytes.get(at + 1..at + 3) == Some(b"\r\n");
                    at += if crlf { 3 } else { 2 };
                }
                Some(b'\n' | b'\r') if !triple => break,
                Some(&b) if b == quote => {
                    if !triple {
                        self.end_string(span.start, at + 1);
                        return;
                    }
                    if bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote) {
                        self.end_string(span.start, at + 3);
                        return;
                    }
                    at += 1;
                }
                Some(_) => at += 1,
            }
        }
        self.unterminated(span, at.min(bytes.len()), triple, escaped_quote && !triple);
    }

    pub(super) fn end_string(&mut self, start: u32, end: usize) {
        self.seek(end);
        self.push(Token::Str, Span::new(start, end as u32));
    }

    pub(super) fn unterminated(&mut self, start: Span, end: usize, triple: bool, escaped: bool) {
        // A quote that was meant to end the field's f-string.
        if let Some(f) = self.fstrings.last()
            && self.slice(start).ends_with(f.quote as char)
            && f.triple == triple
            && let Some(open) = self.opens.last().copied()
        {
            let field = self.opens[f.depth..].first().copied().unwrap_or(open);
            let error = if open.token == Token::FieldStart {
                Diagnostic::syntax("f-string: expecting '}'", start)
                    .with_label("the string ends before its field does")
                    .and_at(field.span, "the field starts here")
                    .with_help("close the field with `}`, or write `{{` for a brace as text")
            } else {
                let bracket = self.slice(open.span);
                Diagnostic::syntax(format!("'{bracket}' was never closed"), open.span)
                    .with_label("opened here")
                    .with_help(format!("add the missing `{}`", closer_of(bracket)))
            };
            let depth = f.depth;
            self.errors.push(error);
            self.opens.truncate(depth);
            self.fstrings.pop();
            self.seek(start.end as usize);
            self.push(Token::FStringEnd, start);
            return;
        }
        let line = self.last_line(end);
        let what = if triple {
            "unterminated triple-quoted string literal"
        } else {
            "unterminated string literal"
        };
        let quotes = self
            .slice(start)
            .trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let mut error = Diagnostic::syntax(
            format!(
                "{what} (detected at line {line}){}",
                if escaped {
                    "; perhaps you escaped the end quote?"
                } else {
                    ""
                }
            ),
            Span::new(start.start, start.end),
        )
        .with_label("the string starts here");
        error = if triple {
            self.end = OpenEnd::Unfinished;
            error.with_help(format!("close it with `{quotes}`"))
        } else {
            error.with_help(format!(
                "close it with `{quotes}` on the same line, or use triple quotes for a text of several lines"
            ))
        };
        if escaped {
            error = error.with_help(format!(
                "`\\{quotes}` is a quote in the text: write `\\\\` for a backslash, and then the quote that ends the string"
            ));
        }
        if let Some(early) = self.quote_in_text(start, quotes) {
            error = error.and_at(early, "this one ended the string before").with_help(format!(
                "a quote in a text is written `\\{quotes}`, or the text stands in quotes of the other kind"
            ));
        }
        self.errors.push(error);
        self.resume_after_text(start.end as usize, end);
        self.push(
            Token::Str,
            Span::new(start.start, self.position().max(start.end as usize) as u32),
        );
    }

    /// `'it's fine'`: a quote with a name behind it, on the line of an unterminated string.
    pub(super) fn quote_in_text(&self, start: Span, quotes: &str) -> Option<Span> {
        let line = self.text[..start.start as usize]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let mut behind: Option<Lexeme> = None;
        for lexeme in self.tokens.iter().rev() {
            if (lexeme.span.start as usize) < line {
                return None;
            }
            let touches = behind.is_some_and(|next| {
                next.token == Token::Name && next.span.start == lexeme.span.end
            });
            if lexeme.token == Token::Str && touches && self.slice(lexeme.span).ends_with(quotes) {
                return Some(Span::new(lexeme.span.end - 1, lexeme.span.end));
            }
            behind = Some(*lexeme);
        }
        None
    }

    /// After an unterminated string, the closing brackets, colon and comma at the end of its line are taken for code,
    /// so that the lines that follow are understood.
    pub(super) fn resume_after_text(&mut self, from: usize, end: usize) {
        let tail = &self.text[from..end];
        let kept = tail.trim_end_matches([')', ']', '}', ':', ',', ' ']);
        let tail = tail[kept.len()..].trim_start_matches([' ', ',', ':']);
        self.seek(end - tail.len());
    }
}
