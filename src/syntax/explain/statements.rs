//! Rules about whole statements and their heads.

use super::Refused;
use crate::diagnostic::Diagnostic;
use crate::syntax::token::Token;

/// `print x`
pub(super) fn print_without_parentheses(r: &Refused<'_>) -> Option<Diagnostic> {
    let name = r.at.checked_sub(1)?;
    let word = r.word(name);
    if r.token(name) != Some(Token::Name) || !matches!(word, "print" | "exec") {
        return None;
    }
    if !r.here()?.begins_operand() {
        return None;
    }
    let end = (r.at..r.line.len())
        .find(|&at| r.token(at) == Some(Token::Semicolon))
        .unwrap_or(r.line.len());
    let span = r.span(name).to(r.span(end - 1));
    let arguments = r.between(r.at, end - 1);
    let help = if arguments.len() < 60 && !arguments.contains('\n') {
        format!("write `{word}({})`", arguments.trim_end_matches([',', ' ']))
    } else {
        format!("put parentheses around what `{word}` is given")
    };
    Some(
        Diagnostic::syntax(
            format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?"),
            span,
        )
        .with_help(help),
    )
}

/// `else if x:`
pub(super) fn else_if(r: &Refused<'_>) -> Option<Diagnostic> {
    if r.at != 1 || r.token(0) != Some(Token::Else) {
        return None;
    }
    let here = r.here()?;
    if here != Token::If && !(here.begins_operand() && r.colon_follows()) {
        return None;
    }
    Some(
        Diagnostic::syntax("expected ':'", r.span(0).to(r.span(1)))
            .with_label("`else` takes no condition")
            .with_help("write `elif` for \"else if\""),
    )
}

/// `if x {`
pub(super) fn braces(r: &Refused<'_>) -> Option<Diagnostic> {
    let head = r.head()?.opens_block();
    if !head || r.here() != Some(Token::LeftBrace) || r.opener(r.at).is_some() || r.at == 0 {
        return None;
    }
    r.before()?.ends_operand().then(|| {
        Diagnostic::syntax("expected ':'", r.span(r.at))
            .with_label("blocks are not written in braces")
            .with_help("end the line with `:` and indent the lines that belong to it")
    })
}

/// `import a from b`
pub(super) fn import_from(r: &Refused<'_>) -> Option<Diagnostic> {
    let start = r.statement_start();
    if r.token(start) != Some(Token::Import) || r.here() != Some(Token::From) {
        return None;
    }
    let names = r.between(start + 1, r.at - 1);
    let last = r.line.len() - 1;
    let help = if r.at < last {
        let module = r.between(r.at + 1, last);
        format!("write `from {module} import {names}`")
    } else {
        "write `from module import name`".into()
    };
    Some(
        Diagnostic::syntax(
            "Did you mean to use 'from ... import ...' instead?",
            r.span(start).to(r.span(last)),
        )
        .with_help(help),
    )
}

/// `from a import`, `from a import b,`
pub(super) fn names_after_import(r: &Refused<'_>) -> Option<Diagnostic> {
    let ends = matches!(r.here(), None | Some(Token::Semicolon));
    if !ends {
        return None;
    }
    let from = r.token(r.statement_start()) == Some(Token::From);
    match r.before()? {
        Token::Import => Some(
            Diagnostic::syntax("Expected one or more names after 'import'", r.span(r.at))
                .with_help("say what to import"),
        ),
        Token::Comma if from => Some(
            Diagnostic::syntax(
                "trailing comma not allowed without surrounding parentheses",
                r.span(r.at - 1),
            )
            .with_help("remove the comma, or put the names in parentheses"),
        ),
        _ => None,
    }
}

/// `except A, B:` and `except*:`
pub(super) fn exception_types(r: &Refused<'_>) -> Option<Diagnostic> {
    if r.token(0) != Some(Token::Except) || r.opener(r.at).is_some() {
        return None;
    }
    if r.here() == Some(Token::Colon) && r.at == 2 && r.token(1) == Some(Token::Star) {
        return Some(
            Diagnostic::syntax("expected one or more exception types", r.span(2))
                .with_help("name the exceptions: `except* ValueError:`"),
        );
    }
    if r.here() != Some(Token::Comma) {
        return None;
    }
    let end = (r.at..r.line.len())
        .find(|&at| matches!(r.token(at), Some(Token::Colon | Token::As)))
        .unwrap_or(r.line.len());
    let first = if r.token(1) == Some(Token::Star) {
        2
    } else {
        1
    };
    let span = r.span(first).to(r.span(end - 1));
    let types = r.between(first, end - 1);
    Some(
        Diagnostic::syntax("multiple exception types must be parenthesized", span)
            .with_help(format!("write `except ({types}):`")),
    )
}

/// `def f:`
pub(super) fn no_parameter_list(r: &Refused<'_>) -> Option<Diagnostic> {
    let def = usize::from(r.token(0) == Some(Token::Async));
    if r.token(def) != Some(Token::Def) || r.at != def + 2 {
        return None;
    }
    let name = r.word(def + 1);
    Some(
        Diagnostic::syntax("expected '('", r.span(r.at))
            .with_label("the parameters are missing")
            .with_help(format!(
                "write `def {name}():`, with parentheses even if there are no parameters"
            )),
    )
}

/// `case x as y.z:`
pub(super) fn pattern_target(r: &Refused<'_>) -> Option<Diagnostic> {
    let name = r.at.checked_sub(1)?;
    if r.token(0) != Some(Token::Case) {
        return None;
    }
    let place = match (r.before()?, r.near(-2)) {
        (Token::As, _) => r.at,
        (Token::Name, Some(Token::As)) if r.here() != Some(Token::Name) => name,
        _ => return None,
    };
    if matches!(r.here(), None | Some(Token::As | Token::Bar)) {
        return None;
    }
    Some(
        Diagnostic::syntax("invalid pattern target", r.span(place))
            .with_help("a plain name must follow `as`"),
    )
}

/// `for x y:` and `for x of y:`
pub(super) fn for_without_in(r: &Refused<'_>) -> Option<Diagnostic> {
    let start = r.level_start();
    let mut for_at = None;
    for (index, token) in r.level(start) {
        match token {
            Token::For => for_at = Some(index),
            Token::In => for_at = None,
            _ => {}
        }
    }
    let for_at = for_at?;
    if r.at <= for_at + 1 {
        return None;
    }
    let plain = matches!(r.here(), Some(token) if token.begins_operand() || token.is_closer() || token == Token::Colon);
    if !plain || r.before() == Some(Token::LeftParen) {
        return None;
    }
    let error = Diagnostic::syntax("'in' expected after for-loop variables", r.span(r.at))
        .with_label("`in` is expected here");
    Some(
        if r.here() == Some(Token::Name) && matches!(r.word(r.at), "of" | "on" | "from") {
            error.with_help("write `for item in items`")
        } else {
            error.with_help("a loop names its variable and what it runs over: `for item in items:`")
        },
    )
}

/// `if x` at the end of a line, or followed by what should come behind the colon.
pub(super) fn missing_colon(r: &Refused<'_>) -> Option<Diagnostic> {
    let head = r.head()?;
    let before = r.before()?;
    if !head.opens_block() || r.opener(r.at).is_some() {
        return None;
    }
    if r.level(0).any(|(_, token)| token == Token::Colon) {
        return None;
    }
    let complete = before.ends_operand()
        || matches!(
            before,
            Token::Else | Token::Try | Token::Finally | Token::Except
        );
    if !complete {
        return None;
    }
    let word = r.word(usize::from(r.token(0) == Some(Token::Async)));
    let what = format!("a line that begins with `{word}`");
    match r.here() {
        None => Some(
            Diagnostic::syntax("expected ':'", r.span(r.at))
                .with_label("the colon is missing here")
                .with_help(format!("{what} ends with `:`")),
        ),
        Some(_) if r.colon_follows() && !matches!(r.word(r.at), "then" | "do") => None,
        Some(token) if token.is_keyword() || token.begins_operand() => {
            let error = Diagnostic::syntax("expected ':'", r.span(r.at));
            Some(if matches!(r.word(r.at), "then" | "do") {
                error
                    .with_label(format!("there is no `{}`", r.word(r.at)))
                    .with_help("end the line with `:` instead")
            } else {
                error
                    .with_label("the colon is missing before this")
                    .with_help(format!("{what} ends with `:`"))
            })
        }
        Some(Token::Equal | Token::Comma) => None,
        Some(Token::Semicolon) => Some(
            Diagnostic::syntax("expected ':'", r.span(r.at))
                .with_label("a colon is expected, no semicolon"),
        ),
        Some(_) => None,
    }
}

/// `def f() - > int:` and `def f() => int:`
pub(super) fn return_arrow(r: &Refused<'_>) -> Option<Diagnostic> {
    if r.head()? != Token::Def || r.opener(r.at).is_some() || r.before() != Some(Token::RightParen)
    {
        return None;
    }
    let split = matches!(r.here(), Some(Token::Minus | Token::Equal | Token::Colon))
        && r.near(1) == Some(Token::Greater);
    split.then(|| {
        Diagnostic::syntax("invalid syntax", r.span(r.at).to(r.span(r.at + 1)))
            .with_label("`->` is expected here")
            .with_help("what a function returns is written `def f() -> type:`")
    })
}

/// `def f(x) int:`
pub(super) fn return_type(r: &Refused<'_>) -> Option<Diagnostic> {
    if r.head()? != Token::Def || r.opener(r.at).is_some() {
        return None;
    }
    let fits = r.before() == Some(Token::RightParen) && r.here()?.begins_operand();
    (fits && r.colon_follows()).then(|| {
        Diagnostic::syntax("expected ':'", r.span(r.at))
            .with_label("`:` or `->` is expected before this")
            .with_help("what a function returns is written `def f() -> type:`")
    })
}

/// `raise ValueError, "text"`
pub(super) fn raise_arguments(r: &Refused<'_>) -> Option<Diagnostic> {
    let start = r.statement_start();
    if r.token(start) != Some(Token::Raise) || r.here() != Some(Token::Comma) {
        return None;
    }
    if r.opener(r.at).is_some() || r.at + 1 >= r.line.len() || r.at < start + 2 {
        return None;
    }
    let exception = r.between(start + 1, r.at - 1);
    let arguments = r.between(r.at + 1, r.line.len() - 1);
    Some(
        r.invalid(r.at)
            .with_label("`raise` takes one exception")
            .with_help(format!("write `raise {exception}({arguments})`")),
    )
}

/// `with open(path) file:`, `except ValueError error:`, `import a b`
pub(super) fn missing_as(r: &Refused<'_>) -> Option<Diagnostic> {
    let start = r.statement_start();
    let head = if start == 0 { r.head() } else { r.token(start) };
    let fits = matches!(
        head?,
        Token::With | Token::Except | Token::Import | Token::From
    );
    if !fits || r.here() != Some(Token::Name) || r.opener(r.at).is_some() {
        return None;
    }
    if !r.before()?.ends_operand() || r.word(r.at - 1) == "from" {
        return None;
    }
    Some(
        r.invalid(r.at)
            .with_label("`as` or a comma is expected before this")
            .with_help(format!("to give a name, write `as {}`", r.word(r.at))),
    )
}

/// `case` without `match`, and `match:` without a value.
pub(super) fn match_words(r: &Refused<'_>) -> Option<Diagnostic> {
    if r.token(0) != Some(Token::Name) {
        return None;
    }
    match r.word(0) {
        "case" if r.at == 1 => Some(
            r.invalid(0)
                .with_label("this `case` belongs to no `match`")
                .with_help("`case` lines stand in the block below `match value:`"),
        ),
        "match" if r.at == 2 && r.here().is_none() && r.before() == Some(Token::Colon) => Some(
            r.invalid(1)
                .with_label("the value to match is missing")
                .with_help("write `match value:`"),
        ),
        _ => None,
    }
}

/// Names that stop in the middle: `a.`, `import a.`, `global`.
pub(super) fn missing_name(r: &Refused<'_>) -> Option<Diagnostic> {
    let before = r.before()?;
    let error = r.invalid(r.at);
    match before {
        Token::Dot if r.token(r.statement_start()) == Some(Token::From) => None,
        Token::Dot => Some(
            error
                .with_label("a name is expected here")
                .with_help("an attribute's name must follow the dot"),
        ),
        Token::Global | Token::Nonlocal => Some(
            error
                .with_label("a name is expected here")
                .with_help("list the names, with commas between them"),
        ),
        Token::Class => Some(
            error
                .with_label("a name is expected here")
                .with_help("a class is named: `class Name:`"),
        ),
        Token::Def => Some(
            error
                .with_label("a name is expected here")
                .with_help("a function is named: `def name():`; one without a name is a `lambda`"),
        ),
        Token::As => Some(
            error
                .with_label("a name is expected here")
                .with_help("`as` gives a name: write a plain one"),
        ),
        _ => None,
    }
}

/// `x := 1` as a statement.
pub(super) fn walrus(r: &Refused<'_>) -> Option<Diagnostic> {
    if r.here() != Some(Token::Walrus) {
        return None;
    }
    let error = r.invalid(r.at);
    Some(if r.at == r.statement_start() + 1 {
        error.with_help("a statement assigns with `=`; `:=` is for the middle of an expression")
    } else {
        error.with_help("put parentheses around `name := value`")
    })
}

/// Two statements, or two values, with nothing between them.
pub(super) fn two_statements(r: &Refused<'_>) -> Option<Diagnostic> {
    if r.opener(r.at).is_some() {
        return None;
    }
    let here = r.here()?;
    let compound = here.opens_block() && !matches!(here, Token::If | Token::For | Token::Else);
    if (here.opens_block() || here == Token::At)
        && matches!(r.before(), Some(Token::Colon | Token::Semicolon))
        || (compound && r.at > 0)
    {
        let word = r.word(r.at);
        return Some(
            r.invalid(r.at)
                .with_label(format!("`{word}` must begin a line of its own"))
                .with_help("put it on the next line, indented as its block demands"),
        );
    }
    let before = r.before()?;
    let word = matches!(before, Token::Pass | Token::Break | Token::Continue);
    let fits = here.begins_operand() || (here.is_keyword() && !matches!(here, Token::As));
    if !fits || !(before.ends_operand() || word) {
        return None;
    }
    let span = r.span(r.at);
    Some(
        Diagnostic::syntax("invalid syntax", span)
            .with_label("nothing connects this with what stands before it")
            .with_help(
                "an operator or a comma may be missing, or a line break between two statements",
            ),
    )
}
