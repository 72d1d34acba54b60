//! Rules about what stands in brackets: calls, displays, parameter lists, fields of f-strings.

use super::Refused;
use crate::diagnostic::Diagnostic;
use crate::syntax::token::Token;

/// Fields of f-strings.
pub(super) fn field(r: &Refused<'_>) -> Option<Diagnostic> {
    let opener = r.opener(r.at)?;
    if r.token(opener) != Some(Token::FieldStart) {
        return None;
    }
    let here = r.here()?;
    if r.at == opener + 1 {
        let sign = match here {
            Token::FieldEnd => "}",
            Token::Equal => "=",
            Token::Bang => "!",
            Token::FieldSpec => ":",
            Token::Yield | Token::Star => return None,
            _ => {
                return Some(
                    Diagnostic::syntax(
                        "f-string: expecting a valid expression after '{'",
                        r.span(r.at),
                    )
                    .with_help("put an expression in the braces, or write `{{` and `}}` for braces as text"),
                );
            }
        };
        return Some(
            Diagnostic::syntax(
                format!("f-string: valid expression required before '{sign}'"),
                r.span(opener).to(r.span(r.at)),
            )
            .with_label("this field is empty")
            .with_help(
                "put an expression in the braces, or write `{{` and `}}` for braces as text",
            ),
        );
    }
    if r.before() == Some(Token::Bang) {
        let message = if matches!(here, Token::FieldEnd | Token::FieldSpec) {
            "f-string: missing conversion character"
        } else {
            "f-string: invalid conversion character"
        };
        return Some(
            Diagnostic::syntax(message, r.span(r.at))
                .with_help("the conversions are `!r`, `!s` and `!a`"),
        );
    }
    let expected = match (r.near(-2), r.before()?) {
        (Some(Token::Bang), Token::Name) => Some("':' or '}'"),
        (Some(before), Token::Equal) if before.ends_operand() && here != Token::Less => {
            Some("'!', or ':', or '}'")
        }
        _ => None,
    };
    if let Some(expected) = expected {
        return Some(
            Diagnostic::syntax(format!("f-string: expecting {expected}"), r.span(r.at))
                .with_help("the field must end before this"),
        );
    }
    let lambda = r
        .level(opener + 1)
        .find(|(_, token)| *token == Token::Lambda);
    if let Some((at, _)) = lambda
        && here == Token::FieldSpec
    {
        return Some(
            Diagnostic::syntax(
                "f-string: lambda expressions are not allowed without parentheses",
                r.span(at).to(r.span(r.at)),
            )
            .with_help("the `:` would begin a format spec: put the lambda in parentheses"),
        );
    }
    let before = r.before()?;
    if before.ends_operand() && !here.begins_operand() && !here.is_keyword() {
        return Some(
            Diagnostic::syntax(
                "f-string: expecting '=', or '!', or ':', or '}'",
                r.span(r.at),
            )
            .with_help("the field's expression ends before this"),
        );
    }
    None
}

/// `def f[](): …`
pub(super) fn empty_type_params(r: &Refused<'_>) -> Option<Diagnostic> {
    let definition = matches!(r.head()?, Token::Def | Token::Class | Token::Type);
    if !definition
        || r.before() != Some(Token::LeftBracket)
        || r.here() != Some(Token::RightBracket)
        || r.opener(r.at - 1).is_some()
    {
        return None;
    }
    Some(
        Diagnostic::syntax("Type parameter list cannot be empty", r.span(r.at))
            .with_help("name a type parameter, or remove the brackets"),
    )
}

/// Whether the refused token stands directly in the parameter list of a `def`.
fn in_parameters(r: &Refused<'_>) -> bool {
    let def = usize::from(r.token(0) == Some(Token::Async));
    r.token(def) == Some(Token::Def)
        && r.opener(r.at).is_some_and(|opener| {
            r.token(opener) == Some(Token::LeftParen) && r.opener(opener).is_none()
        })
        && r.level(0)
            .all(|(_, token)| token != Token::Arrow && token != Token::Colon)
}

/// Whether the refused token stands between `lambda` and its colon.
fn in_lambda(r: &Refused<'_>) -> bool {
    let mut inside = false;
    for (_, token) in r.level(r.level_start()) {
        match token {
            Token::Lambda => inside = true,
            Token::Colon => inside = false,
            _ => {}
        }
    }
    inside
}

/// `def f((a, b)): …`, `lambda (x): …`, `def f(*a=1): …`, `def f(1): …`
pub(super) fn parameters(r: &Refused<'_>) -> Option<Diagnostic> {
    let lambda = in_lambda(r);
    if !lambda && !in_parameters(r) {
        return None;
    }
    let here = r.here()?;
    let begins = matches!(
        r.before(),
        Some(Token::LeftParen | Token::Comma | Token::Lambda)
    );
    if here == Token::LeftParen && begins {
        let what = if lambda {
            "Lambda expression"
        } else {
            "Function"
        };
        return Some(
            Diagnostic::syntax(
                format!("{what} parameters cannot be parenthesized"),
                r.span(r.at).to(r.span(r.operand_end(r.at))),
            )
            .with_help("take one parameter and unpack it in the body: `a, b = pair`"),
        );
    }
    if here == Token::Equal {
        let message = match r.near(-2) {
            Some(Token::Star) => "var-positional argument cannot have default value",
            Some(Token::DoubleStar) => "var-keyword argument cannot have default value",
            _ => return None,
        };
        return Some(
            Diagnostic::syntax(message, r.span(r.at))
                .with_help("it is empty when nothing is passed"),
        );
    }
    if begins && matches!(here, Token::Number | Token::Str | Token::FStringStart) {
        return Some(
            r.invalid(r.at)
                .with_label("a parameter must be a name")
                .with_help("a value can be its default: `name=value`"),
        );
    }
    None
}

/// `f(a=)` and `def f(a=): …`
pub(super) fn missing_default(r: &Refused<'_>) -> Option<Diagnostic> {
    let opener = r.opener(r.at)?;
    if r.before() != Some(Token::Equal)
        || !matches!(r.here(), Some(Token::Comma | Token::RightParen))
        || r.token(opener) != Some(Token::LeftParen)
    {
        return None;
    }
    if in_parameters(r) || in_lambda(r) {
        return Some(
            Diagnostic::syntax("expected default value expression", r.span(r.at - 1))
                .with_help("add the default, or remove the `=`"),
        );
    }
    let called = opener
        .checked_sub(1)
        .and_then(|at| r.token(at))
        .is_some_and(Token::ends_operand);
    called.then(|| {
        Diagnostic::syntax(
            "expected argument value expression",
            r.span(r.at.saturating_sub(2)).to(r.span(r.at - 1)),
        )
        .with_help("add the value behind `=`")
    })
}

/// `f(*)`
pub(super) fn lone_star(r: &Refused<'_>) -> Option<Diagnostic> {
    r.opener(r.at)?;
    if r.before() != Some(Token::Star) || in_parameters(r) {
        return None;
    }
    if !matches!(r.here(), Some(Token::Comma | Token::RightParen)) {
        return None;
    }
    if !matches!(r.near(-2), Some(Token::Comma | Token::LeftParen)) {
        return None;
    }
    Some(
        Diagnostic::syntax("Invalid star expression", r.span(r.at - 1))
            .with_help("name what is to be unpacked: `*items`"),
    )
}

/// `[x, y for x, y in z]`
pub(super) fn comprehension_target(r: &Refused<'_>) -> Option<Diagnostic> {
    let opener = r.opener(r.at)?;
    if !matches!(r.here(), Some(Token::For | Token::Async)) {
        return None;
    }
    let item = r.item_start();
    if r.token(item) == Some(Token::Star) {
        return Some(
            Diagnostic::syntax(
                "iterable unpacking cannot be used in comprehension",
                r.span(item).to(r.span(r.at - 1)),
            )
            .with_help("write a second `for` clause that loops over the inner items"),
        );
    }
    if r.token(item + 1) == Some(Token::Equal) && item + 2 < r.at {
        return Some(
            Diagnostic::syntax(
                "invalid syntax. Maybe you meant '==' or ':=' instead of '='?",
                r.span(item).to(r.span(item + 1)),
            )
            .with_help("to pass a generator by name, put it in parentheses: `name=(… for … in …)`"),
        );
    }
    if !matches!(
        r.token(opener),
        Some(Token::LeftBracket | Token::LeftBrace | Token::LeftParen)
    ) || r.level(opener + 1).all(|(_, token)| token != Token::Comma)
        || r.level(opener + 1)
            .any(|(_, token)| matches!(token, Token::Colon | Token::Equal))
    {
        return None;
    }
    let called = opener
        .checked_sub(1)
        .and_then(|at| r.token(at))
        .is_some_and(Token::ends_operand);
    if called {
        return None;
    }
    Some(
        Diagnostic::syntax(
            "did you forget parentheses around the comprehension target?",
            r.span(opener + 1).to(r.span(r.at - 1)),
        )
        .with_help("a tuple in front of `for` needs parentheses: `[(x, y) for …]`"),
    )
}

/// Keys without values, values without keys.
pub(super) fn dict_items(r: &Refused<'_>) -> Option<Diagnostic> {
    let opener = r.opener(r.at)?;
    if r.token(opener) != Some(Token::LeftBrace) {
        return None;
    }
    let here = r.here()?;
    let is_dict = r
        .level(opener + 1)
        .any(|(_, token)| matches!(token, Token::Colon | Token::DoubleStar));
    let item = r.item_start();
    let keyed = r.level(item).any(|(_, token)| token == Token::Colon);
    let ends = matches!(here, Token::Comma | Token::RightBrace);
    if r.before() == Some(Token::Colon) {
        if ends {
            return Some(
                Diagnostic::syntax(
                    "expression expected after dictionary key and ':'",
                    r.span(r.at - 1),
                )
                .with_label("the value is missing")
                .with_help("add the value behind `:`"),
            );
        }
        if here == Token::Star {
            return Some(
                Diagnostic::syntax(
                    "cannot use a starred expression in a dictionary value",
                    r.span(r.at),
                )
                .with_help("put it in a list: `[*items]`"),
            );
        }
    }
    if is_dict && !keyed && r.at > item && r.before()?.ends_operand() {
        if ends || here.begins_operand() {
            return Some(
                Diagnostic::syntax(
                    "':' expected after dictionary key",
                    r.span(r.at - 1).to(r.span(r.at)),
                )
                .with_help("a dict item is `key: value`"),
            );
        }
    } else if !is_dict && here == Token::Colon && item > opener + 1 {
        return Some(
            r.invalid(r.at)
                .with_label("the items before this one have no `:`")
                .with_help("give every item a key, or none"),
        );
    }
    None
}

/// `a[]`, `f(a,, b)`
pub(super) fn empty_place(r: &Refused<'_>) -> Option<Diagnostic> {
    let here = r.here()?;
    match (r.before()?, here) {
        (Token::LeftBracket, Token::RightBracket) => Some(
            r.invalid(r.at)
                .with_label("an index is expected here")
                .with_help("say which item: `items[0]`; all of them are `items[:]`"),
        ),
        (Token::Comma, Token::Comma) => Some(
            r.invalid(r.at)
                .with_label("nothing stands between these commas")
                .with_help("remove one of them, or add what is missing"),
        ),
        _ => None,
    }
}

/// `f(a b)`
pub(super) fn forgotten_comma(r: &Refused<'_>) -> Option<Diagnostic> {
    let opener = r.opener(r.at)?;
    let before = r.before()?;
    let here = r.here()?;
    if !before.ends_operand() || !here.begins_operand() {
        return None;
    }
    let mut start = r.item_start();
    for (index, token) in r.level(start) {
        if matches!(
            token,
            Token::Colon | Token::Equal | Token::Walrus | Token::In
        ) {
            start = index + 1;
        }
    }
    let span = r.span(start.min(r.at - 1)).to(r.span(r.operand_end(r.at)));
    let error = Diagnostic::syntax("invalid syntax. Perhaps you forgot a comma?", span);
    let place = if r.token(opener) == Some(Token::FieldStart) {
        "an operator or a comma is missing between the two"
    } else {
        "put a comma, or an operator, between the two"
    };
    let quoted = before == Token::Str && here == Token::Name;
    Some(if quoted {
        error.with_help("if the text is to hold a quote, write it as `\\'` or `\\\"`, or use the other kind outside; otherwise a comma is missing")
    } else {
        error.with_help(place)
    })
}
