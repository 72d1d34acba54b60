//! Rules about operators, of this language and of others.

use super::Refused;
use crate::diagnostic::Diagnostic;
use crate::syntax::token::Token;

/// `&&`, `||`, `!`, `++`, `--`, `===`, `<>`, `=>`, `=<`
pub(super) fn foreign(r: &Refused<'_>) -> Option<Diagnostic> {
    let pair = |first: usize, message: &str, help: &str| {
        let span = r.span(first).to(r.span(first + 1));
        Some(
            Diagnostic::syntax("invalid syntax", span)
                .with_label(message)
                .with_help(help),
        )
    };
    let last = r.at.checked_sub(1);
    if let (Some(first), Some(before), Some(here)) = (last, r.before(), r.here())
        && r.touching(first)
    {
        match (before, here) {
            (Token::Ampersand, Token::Ampersand) => {
                return pair(first, "there is no `&&`", "write `and`");
            }
            (Token::Bar, Token::Bar) => return pair(first, "there is no `||`", "write `or`"),
            (Token::EqualEqual | Token::NotEqual, Token::Equal) => {
                let right = if before == Token::EqualEqual {
                    "=="
                } else {
                    "!="
                };
                return pair(
                    first,
                    "there is no such operator",
                    &format!(
                        "write `{right}` to compare values, or `is` to ask for the same object"
                    ),
                );
            }
            (Token::Less, Token::Greater) => {
                return pair(first, "there is no `<>`", "write `!=`");
            }
            (Token::Equal, Token::Less) => {
                return pair(first, "there is no `=<`", "write `<=`");
            }
            (Token::Equal, Token::Greater) => {
                return pair(
                    first,
                    "there is no `=>`",
                    "write `>=` to compare; a small function is `lambda x: x + 1`",
                );
            }
            _ => {}
        }
    }
    if r.here() == Some(Token::Bang) {
        let error = r.invalid(r.at).with_label("there is no `!` operator");
        return Some(error.with_help("write `not`"));
    }
    increment(r)
}

/// `x++` and `x--`
fn increment(r: &Refused<'_>) -> Option<Diagnostic> {
    let second = r.at.checked_sub(1)?;
    let first = second.checked_sub(1)?;
    let sign = r.token(second)?;
    if !matches!(sign, Token::Plus | Token::Minus)
        || r.token(first) != Some(sign)
        || !r.touching(first)
        || r.here().is_some_and(Token::begins_operand)
    {
        return None;
    }
    let operand = first.checked_sub(1)?;
    if !r.token(operand)?.ends_operand() {
        return None;
    }
    let (sign, name) = (r.word(second), r.word(operand));
    Some(
        Diagnostic::syntax("invalid syntax", r.span(first).to(r.span(second)))
            .with_label(format!("there is no `{sign}{sign}` operator"))
            .with_help(format!("write `{name} {sign}= 1` on a line of its own")),
    )
}

/// `a if b` without `else`
pub(super) fn ternary_without_else(r: &Refused<'_>) -> Option<Diagnostic> {
    if !r.before()?.ends_operand() || r.here().is_some_and(Token::begins_operand) {
        return None;
    }
    if matches!(
        r.here(),
        Some(Token::Equal | Token::Walrus | Token::Ampersand | Token::Bar)
    ) {
        return None;
    }
    let start = r.item_start();
    let mut found = None;
    for (index, token) in r.level(start) {
        match token {
            Token::If if index > start => found = Some(index),
            Token::Else | Token::For | Token::Case | Token::Semicolon => return None,
            _ => {}
        }
    }
    let at = found?;
    if !r.token(at - 1)?.ends_operand() || r.level(start).any(|(i, t)| i > at && t == Token::Colon)
    {
        return None;
    }
    let first = if r.opener(r.at).is_none() {
        r.level(start)
            .filter(|(index, token)| *index < at && matches!(token, Token::Equal | Token::Return))
            .last()
            .map_or(start, |(index, _)| index + 1)
    } else {
        start
    };
    Some(
        Diagnostic::syntax(
            "expected 'else' after 'if' expression",
            r.span(first).to(r.span(r.at - 1)),
        )
        .with_help("say what the value is otherwise: `a if condition else b`"),
    )
}

/// `if x = 1:`
pub(super) fn assignment_for_comparison(r: &Refused<'_>) -> Option<Diagnostic> {
    if r.here() != Some(Token::Equal) {
        return None;
    }
    let last = r.at.checked_sub(1)?;
    let before = r.token(last)?;
    if !before.ends_operand() {
        return None;
    }
    let in_display = r.opener(r.at).is_some();
    let in_head = matches!(
        r.head()?,
        Token::If | Token::Elif | Token::While | Token::Assert | Token::Return | Token::Case
    );
    if !in_display && !in_head {
        return None;
    }
    let in_braces = r
        .opener(r.at)
        .is_some_and(|opener| r.token(opener) == Some(Token::LeftBrace));
    let in_for = r.token(0) == Some(Token::For) && r.level(0).all(|(_, t)| t != Token::In);
    let help = if in_for {
        "a loop runs over items: `for i in range(10):`"
    } else if in_braces {
        "`==` compares; in a dict, `:` stands between a key and its value"
    } else {
        "`=` stores a value and cannot stand here; `==` compares two values"
    };
    let name = target_name(r, last);
    let error = match name {
        None => {
            let end = if r.at + 1 < r.line.len() {
                r.operand_end(r.at + 1)
            } else {
                r.at
            };
            Diagnostic::syntax(
                "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
                r.span(last).to(r.span(end)),
            )
        }
        Some(name @ ("True" | "False" | "None")) => {
            Diagnostic::syntax(format!("cannot assign to {name}"), r.span(last))
        }
        Some(name) => Diagnostic::syntax(
            format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?"),
            r.span(r.primary_start(last)).to(r.span(last)),
        ),
    };
    Some(error.with_help(help))
}

/// What the operand that ends at a token is, if it is not a plain name.
fn target_name(r: &Refused<'_>, last: usize) -> Option<&'static str> {
    let in_front = last.checked_sub(1).and_then(|at| r.token(at));
    match r.token(last)? {
        Token::Name => match in_front {
            Some(Token::Dot) => Some("attribute"),
            Some(
                Token::Plus
                | Token::Minus
                | Token::Star
                | Token::Slash
                | Token::DoubleSlash
                | Token::Percent
                | Token::DoubleStar,
            ) => Some("expression"),
            _ => None,
        },
        Token::True => Some("True"),
        Token::False => Some("False"),
        Token::None => Some("None"),
        Token::Number | Token::Str => Some("literal"),
        Token::FStringEnd => Some("f-string expression"),
        Token::Ellipsis => Some("ellipsis"),
        Token::RightParen | Token::RightBracket => {
            let opener = r.opener(last)?;
            let called = opener
                .checked_sub(1)
                .and_then(|at| r.token(at))
                .is_some_and(Token::ends_operand);
            Some(match (called, r.token(last)?) {
                (true, Token::RightParen) => "function call",
                (true, _) => "subscript",
                (false, Token::RightParen) => "expression",
                (false, _) => "list",
            })
        }
        _ => Some("expression"),
    }
}

/// `a = `, `1 +`, `x = (1 + )`
pub(super) fn missing_operand(r: &Refused<'_>) -> Option<Diagnostic> {
    let before = r.before()?;
    let operator = matches!(
        before,
        Token::Plus
            | Token::Minus
            | Token::Star
            | Token::DoubleStar
            | Token::Slash
            | Token::DoubleSlash
            | Token::Percent
            | Token::At
            | Token::Ampersand
            | Token::Bar
            | Token::Caret
            | Token::LeftShift
            | Token::RightShift
            | Token::Tilde
            | Token::Less
            | Token::LessEqual
            | Token::Greater
            | Token::GreaterEqual
            | Token::EqualEqual
            | Token::NotEqual
            | Token::Equal
            | Token::And
            | Token::Or
            | Token::Not
            | Token::In
            | Token::Is
            | Token::Walrus
            | Token::Arrow
            | Token::If
            | Token::Elif
            | Token::While
            | Token::Else
            | Token::Await
            | Token::Assert
            | Token::With
            | Token::PlusEqual
            | Token::MinusEqual
            | Token::StarEqual
            | Token::SlashEqual
    );
    let ends = match r.here() {
        None => true,
        Some(token) => {
            token.is_closer()
                || matches!(
                    token,
                    Token::Comma | Token::Colon | Token::Semicolon | Token::Equal | Token::Else
                )
        }
    };
    if !operator || !ends {
        return None;
    }
    let import = matches!(
        r.token(r.statement_start()),
        Some(Token::Import | Token::From)
    );
    if import {
        return None;
    }
    let word = r.word(r.at - 1);
    Some(
        r.invalid(r.at)
            .with_label("a value is expected here")
            .and_at(
                r.span(r.at - 1),
                format!("`{word}` needs a value behind it"),
            )
            .with_help("add the missing value"),
    )
}
