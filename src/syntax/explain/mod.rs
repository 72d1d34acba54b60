//! Says what is wrong with a line the grammar refused. Each rule looks at the tokens around the place where the line
//! stopped making sense, and the first rule that knows better than "invalid syntax" speaks. Messages are CPython's where
//! CPython has a special one; labels and help are for people who meet the error for the first time.

mod brackets;
mod operators;
mod statements;
mod words;

use super::token::{Lexeme, Token};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use lalrpop_util::ParseError;
use std::convert::Infallible;

pub(crate) use words::is_like_handler;

type Rule = fn(&Refused<'_>) -> Option<Diagnostic>;

/// In the order they are asked.
const RULES: &[Rule] = &[
    statements::print_without_parentheses,
    brackets::field,
    words::async_alone,
    statements::else_if,
    statements::braces,
    statements::return_arrow,
    statements::return_type,
    operators::foreign,
    words::foreign_statement,
    statements::import_from,
    statements::names_after_import,
    statements::exception_types,
    statements::no_parameter_list,
    statements::pattern_target,
    brackets::empty_type_params,
    brackets::parameters,
    brackets::missing_default,
    brackets::lone_star,
    brackets::comprehension_target,
    operators::ternary_without_else,
    words::keyword_as_name,
    operators::assignment_for_comparison,
    brackets::dict_items,
    statements::match_words,
    words::misspelt,
    statements::missing_as,
    statements::raise_arguments,
    statements::missing_name,
    brackets::empty_place,
    statements::for_without_in,
    statements::missing_colon,
    brackets::forgotten_comma,
    words::statement_in_expression,
    operators::missing_operand,
    statements::walrus,
    statements::two_statements,
];

/// A refused line and the place where it stopped making sense.
pub(super) struct Refused<'a> {
    text: &'a str,
    line: &'a [Lexeme],
    /// The first token that cannot be there; the length of the line when something is missing at its end.
    at: usize,
    /// The next line is indented deeper.
    block: bool,
}

/// The error of a refused line; `block` says that the next line is indented deeper.
pub(crate) fn explain(
    text: &str,
    line: &[Lexeme],
    error: &ParseError<u32, Token, Infallible>,
    block: bool,
) -> Diagnostic {
    let at = match error {
        ParseError::UnrecognizedToken { token, .. } | ParseError::ExtraToken { token } => {
            line.partition_point(|lexeme| lexeme.span.start < token.0)
        }
        ParseError::UnrecognizedEof { .. } | ParseError::InvalidToken { .. } => line.len(),
        ParseError::User { error } => match *error {},
    };
    let refused = Refused {
        text,
        line,
        at,
        block,
    };
    RULES
        .iter()
        .find_map(|rule| rule(&refused))
        .unwrap_or_else(|| refused.plain())
}

impl Refused<'_> {
    /// The token `offset` places from the refused one.
    fn near(&self, offset: isize) -> Option<Token> {
        let at = self.at.checked_add_signed(offset)?;
        self.token(at)
    }

    fn token(&self, at: usize) -> Option<Token> {
        self.line.get(at).map(|lexeme| lexeme.token)
    }

    fn here(&self) -> Option<Token> {
        self.token(self.at)
    }

    fn before(&self) -> Option<Token> {
        self.near(-1)
    }

    /// The place of a token; behind the last one for the end of the line.
    fn span(&self, at: usize) -> Span {
        match self.line.get(at) {
            Some(lexeme) => lexeme.span,
            None => {
                let end = self.line.last().map_or(0, |l| l.span.end);
                Span::new(end, end)
            }
        }
    }

    fn word(&self, at: usize) -> &str {
        let span = self.span(at);
        &self.text[span.start as usize..span.end as usize]
    }

    /// The text from one token to another; "" when there is none.
    fn between(&self, from: usize, to: usize) -> &str {
        let range = self.span(from).start as usize..self.span(to).end as usize;
        self.text.get(range).unwrap_or("")
    }

    /// Two neighbours without a space between them.
    fn touching(&self, at: usize) -> bool {
        self.span(at).end == self.span(at + 1).start
    }

    /// The innermost bracket that is open in front of a token.
    fn opener(&self, at: usize) -> Option<usize> {
        let mut depth = 0usize;
        for index in (0..at.min(self.line.len())).rev() {
            let token = self.line[index].token;
            if token.is_closer() {
                depth += 1;
            } else if token.is_opener() {
                if depth == 0 {
                    return Some(index);
                }
                depth -= 1;
            }
        }
        None
    }

    /// The tokens between `from` and the refused one that are in no bracket of their own.
    fn level(&self, from: usize) -> impl Iterator<Item = (usize, Token)> {
        let mut depth = 0usize;
        let end = self.at.min(self.line.len());
        self.line[from.min(end)..end]
            .iter()
            .enumerate()
            .filter_map(move |(index, lexeme)| {
                let token = lexeme.token;
                if token.is_closer() {
                    depth = depth.saturating_sub(1);
                    return None;
                }
                let inside = depth > 0;
                if token.is_opener() {
                    depth += 1;
                    return None;
                }
                (!inside).then_some((from + index, token))
            })
    }

    /// The first token inside the innermost open bracket, or of the line.
    fn level_start(&self) -> usize {
        self.opener(self.at).map_or(0, |opener| opener + 1)
    }

    /// The first token of the item (between commas) the refused token stands in.
    fn item_start(&self) -> usize {
        let start = self.level_start();
        self.level(start)
            .filter(|(_, token)| matches!(token, Token::Comma | Token::Semicolon))
            .last()
            .map_or(start, |(index, _)| index + 1)
    }

    /// The first token of the statement, behind `;` if there is one.
    fn statement_start(&self) -> usize {
        self.level(0)
            .filter(|(_, token)| *token == Token::Semicolon)
            .last()
            .map_or(0, |(index, _)| index + 1)
    }

    /// Further on in the line there is a colon outside brackets.
    fn colon_follows(&self) -> bool {
        let mut depth = 0usize;
        self.line[self.at.min(self.line.len())..]
            .iter()
            .any(|lexeme| {
                let token = lexeme.token;
                if token.is_opener() {
                    depth += 1;
                } else if token.is_closer() {
                    depth = depth.saturating_sub(1);
                }
                depth == 0 && token == Token::Colon
            })
    }

    /// The word that says what statement this is, `async` left out.
    fn head(&self) -> Option<Token> {
        match self.token(0) {
            Some(Token::Async) => self.token(1),
            first => first,
        }
    }

    /// The last token of the operand that starts at a token: brackets are taken whole.
    fn operand_end(&self, at: usize) -> usize {
        let mut depth = 0usize;
        for index in at..self.line.len() {
            let token = self.line[index].token;
            if token.is_opener() || token == Token::FStringStart {
                depth += 1;
            } else if token.is_closer() || token == Token::FStringEnd {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 {
                return index;
            }
        }
        self.line.len().saturating_sub(1)
    }

    /// The first token of the name, call or subscript that ends at a token.
    fn primary_start(&self, last: usize) -> usize {
        let mut at = last;
        loop {
            if self.line[at].token.is_closer()
                && let Some(opener) = self.opener(at)
            {
                at = opener;
            }
            let Some(before) = at.checked_sub(1) else {
                return at;
            };
            let bracket = self.line[at].token.is_opener();
            match self.line[before].token {
                Token::Dot => at = before.saturating_sub(1),
                token if bracket && token.ends_operand() => at = before,
                _ => return at,
            }
        }
    }

    /// `invalid syntax` at a token.
    fn invalid(&self, at: usize) -> Diagnostic {
        Diagnostic::syntax("invalid syntax", self.span(at))
    }

    /// When no rule knows better.
    fn plain(&self) -> Diagnostic {
        let error = self.invalid(self.at);
        match self.here() {
            None => error
                .with_label("the line ends too early")
                .with_help("something is missing at the end of this line"),
            Some(_) => {
                let word = self.word(self.at);
                let word = word.lines().next().unwrap_or(word);
                let error = error.with_label(format!("`{word}` is not expected here"));
                match self.before() {
                    Some(_) => {
                        let before = self.word(self.at - 1);
                        let before = before.lines().next().unwrap_or(before);
                        error.with_help(format!("`{word}` cannot follow `{before}` here"))
                    }
                    None => error.with_help("a statement cannot begin with it"),
                }
            }
        }
    }
}
