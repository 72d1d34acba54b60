//! Soft keywords: names that are keywords only in some places. They are found here, by looking at the whole line, so
//! that the grammar can tell them apart with one token of lookahead.

use super::token::{Lexeme, Token};

/// Turns `match`, `type` and the parenthesis of `with (… as …)` in a line to tokens of their own where they are.
/// `block` says that the next line is indented deeper.
pub(crate) fn resolve(text: &str, line: &mut [Lexeme], block: bool) {
    let Some(first) = line.first().copied() else {
        return;
    };
    let word = |lexeme: &Lexeme| &text[lexeme.span.start as usize..lexeme.span.end as usize];
    match first.token {
        Token::Name if word(&first) == "match" && is_match(line, block) => {
            line[0].token = Token::Match;
        }
        Token::With => with_paren(line, 1),
        Token::Async if line.get(1).is_some_and(|l| l.token == Token::With) => with_paren(line, 2),
        _ => {}
    }
    for at in 0..line.len() {
        let starts = at == 0 || matches!(line[at - 1].token, Token::Semicolon | Token::Colon);
        if starts
            && line[at].token == Token::Name
            && word(&line[at]) == "type"
            && line.get(at + 1).is_some_and(|l| l.token == Token::Name)
            && line
                .get(at + 2)
                .is_some_and(|l| matches!(l.token, Token::Equal | Token::LeftBracket))
        {
            line[at].token = Token::Type;
        }
    }
}

/// A line in a `match` block: `case` is a keyword at its start.
pub(crate) fn resolve_case(text: &str, line: &mut [Lexeme]) {
    if let Some(first) = line.first_mut()
        && first.token == Token::Name
        && &text[first.span.start as usize..first.span.end as usize] == "case"
    {
        first.token = Token::Case;
    }
}

/// No other statement that starts with a name ends with a colon; and one whose colon was forgotten shows itself by a
/// subject that could not follow a name.
fn is_match(line: &[Lexeme], block: bool) -> bool {
    let Some(second) = line.get(1) else {
        return false;
    };
    let ends = line.len() > 2 && line.last().is_some_and(|l| l.token == Token::Colon);
    let subject = second.token.begins_operand()
        && !matches!(
            second.token,
            Token::LeftParen | Token::LeftBracket | Token::Not
        );
    match second.token {
        Token::Equal | Token::Dot | Token::Comma | Token::Colon => false,
        _ => ends || (block && subject),
    }
}

/// `with (a as b, c):`; without an `as` the parentheses are those of an expression.
fn with_paren(line: &mut [Lexeme], at: usize) {
    if line.get(at).is_none_or(|l| l.token != Token::LeftParen) {
        return;
    }
    let mut depth = 0usize;
    for lexeme in &line[at..] {
        match lexeme.token {
            Token::As if depth == 1 => {
                line[at].token = Token::WithParen;
                return;
            }
            token if token.is_opener() => depth += 1,
            token if token.is_closer() => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return;
                }
            }
            _ => {}
        }
    }
}
