//! Rules about words: keywords in the wrong place, misspelt ones, and those of other languages.

use super::Refused;
use crate::diagnostic::Diagnostic;
use crate::syntax::token::Token;

/// `async` before anything but `def`, `for`, `with`.
pub(super) fn async_alone(r: &Refused<'_>) -> Option<Diagnostic> {
    if r.before() != Some(Token::Async) {
        return None;
    }
    let error = r.invalid(r.at - 1);
    Some(
        error
            .with_label("`async` only goes with `def`, `for` and `with`")
            .with_help(match r.here() {
                Some(Token::Lambda) => "a lambda cannot be asynchronous: write an `async def`",
                _ => "write `async def`, `async for` or `async with`; to wait for something, write `await`",
            }),
    )
}

/// Words that begin statements in other languages, and what to write instead.
const FOREIGN: &[(&str, &str)] = &[
    ("function", "write `def name():`"),
    ("func", "write `def name():`"),
    ("fn", "write `def name():`"),
    ("fun", "write `def name():`"),
    ("sub", "write `def name():`"),
    ("var", "variables need no declaration: write `name = value`"),
    ("let", "variables need no declaration: write `name = value`"),
    (
        "const",
        "variables need no declaration: write `NAME = value`",
    ),
    ("int", "variables need no type: write `name = value`"),
    ("string", "variables need no type: write `name = value`"),
    ("elseif", "write `elif`"),
    ("elsif", "write `elif`"),
    ("switch", "write `match value:` with `case …:` blocks"),
    ("foreach", "write `for item in items:`"),
    ("until", "write `while not condition:`"),
    ("unless", "write `if not condition:`"),
    ("do", "write `while True:` and leave the loop with `break`"),
    ("catch", "write `except SomeError as error:`"),
    ("throw", "write `raise SomeError(...)`"),
    ("new", "call the class like a function: `Name()`"),
    ("delete", "write `del name`"),
    ("require", "write `import name`"),
    ("include", "write `import name`"),
    ("using", "write `import name`"),
    ("struct", "write `class Name:`"),
    ("interface", "write `class Name:`"),
    (
        "end",
        "a block ends where the indentation goes back: remove this word",
    ),
];

/// `function f():`, `var x = 3`
pub(super) fn foreign_statement(r: &Refused<'_>) -> Option<Diagnostic> {
    let word = r.at.checked_sub(1)?;
    let begins = word == r.statement_start()
        || matches!(r.token(word - 1), Some(Token::Equal | Token::Colon));
    if !begins || r.token(word) != Some(Token::Name) {
        return None;
    }
    let follows = matches!(
        r.here(),
        Some(Token::Name | Token::Number | Token::Str | Token::LeftBrace | Token::Not | Token::Def)
    );
    if !follows {
        return None;
    }
    let name = r.word(word);
    let (_, help) = FOREIGN.iter().find(|(foreign, _)| *foreign == name)?;
    Some(
        r.invalid(word)
            .with_label(format!("there is no `{name}` statement"))
            .with_help(*help),
    )
}

/// `class = 3`, `def class(): …`, `x.None`
pub(super) fn keyword_as_name(r: &Refused<'_>) -> Option<Diagnostic> {
    let keyword = |at: usize| {
        let word = r.word(at);
        Some(
            r.invalid(at)
                .with_label(format!(
                    "`{word}` is a keyword and cannot be used as a name"
                ))
                .with_help(format!(
                    "choose another name, for example `{}_`",
                    word.to_lowercase()
                )),
        )
    };
    let before = r.before()?;
    let here = r.here();
    let stored = matches!(
        here,
        Some(
            Token::Equal
                | Token::PlusEqual
                | Token::MinusEqual
                | Token::StarEqual
                | Token::SlashEqual
                | Token::Dot
        )
    );
    let stands_alone = !matches!(
        before,
        Token::True
            | Token::False
            | Token::None
            | Token::Not
            | Token::And
            | Token::Or
            | Token::In
            | Token::Is
            | Token::From
            | Token::Import
            | Token::Lambda
            | Token::If
            | Token::Else
            | Token::Await
    );
    if stored && before.is_keyword() && stands_alone {
        return keyword(r.at - 1);
    }
    if here.is_some_and(Token::is_keyword)
        && matches!(
            before,
            Token::Def
                | Token::Class
                | Token::Dot
                | Token::Import
                | Token::As
                | Token::Global
                | Token::Nonlocal
        )
    {
        return keyword(r.at);
    }
    // `f(class=1)`, `def f(a, class): …`
    let begins = matches!(before, Token::LeftParen | Token::Comma | Token::For);
    if begins
        && here.is_some_and(Token::is_keyword)
        && matches!(
            r.near(1),
            Some(Token::Equal | Token::Comma | Token::RightParen | Token::In)
        )
    {
        return keyword(r.at);
    }
    None
}

const STATEMENT_WORDS: &[&str] = &[
    "assert", "async", "await", "break", "case", "class", "continue", "def", "del", "elif", "else",
    "except", "finally", "for", "from", "global", "if", "import", "match", "nonlocal", "pass",
    "raise", "return", "try", "while", "with", "yield",
];

const INNER_WORDS: &[&str] = &[
    "and", "as", "else", "for", "from", "if", "import", "in", "is", "not", "or",
];

/// `whlie x:`, `for x ni y:`, `esle:`
pub(super) fn misspelt(r: &Refused<'_>) -> Option<Diagnostic> {
    let start = r.statement_start();
    let first = match r.token(start) {
        Some(Token::Async) => start + 1,
        _ => start,
    };
    // `esle:` reads like an annotation without its type.
    let bare = r.here().is_none() && r.at == first + 2 && r.before() == Some(Token::Colon);
    let called = r.block && r.here().is_none() && r.before() == Some(Token::Colon);
    if r.token(first) == Some(Token::Name)
        && (r.at == first + 1 || bare || called)
        && r.here().is_none_or(|token| {
            token.begins_operand() || token.is_keyword() || token == Token::Star
        })
        && let Some(word) = nearest(r.word(first), STATEMENT_WORDS)
    {
        return Some(suggestion(r, first, word));
    }
    if r.here() == Some(Token::Name)
        && r.before().is_some_and(Token::ends_operand)
        && let Some(word) = nearest(r.word(r.at), INNER_WORDS)
    {
        return Some(suggestion(r, r.at, word));
    }
    let last = r.at.checked_sub(1)?;
    if last > first
        && r.token(last) == Some(Token::Name)
        && r.token(last - 1).is_some_and(Token::is_keyword)
        && r.here().is_some_and(Token::begins_operand)
        && let Some(word) = nearest(
            r.word(last),
            &["def", "for", "with", "lambda", "not", "await"],
        )
    {
        return Some(suggestion(r, last, word));
    }
    None
}

/// A word that was meant to be `except` or `finally`; its own line will be reported.
pub(crate) fn is_like_handler(word: &str) -> bool {
    matches!(word, "catch" | "rescue") || nearest(word, &["except", "finally"]).is_some()
}

fn suggestion(r: &Refused<'_>, at: usize, word: &str) -> Diagnostic {
    r.invalid(at)
        .with_label(format!("`{}` is no keyword", r.word(at)))
        .with_help(format!("did you mean `{word}`?"))
}

/// The keyword that differs from a word by one slip of the keys, or two in a long one.
fn nearest(word: &str, keywords: &[&'static str]) -> Option<&'static str> {
    if word.len() < 2 || word.len() > 10 || !word.is_ascii() {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    keywords
        .iter()
        .copied()
        .filter(|keyword| *keyword != word)
        .map(|keyword| (distance(lower.as_bytes(), keyword.as_bytes()), keyword))
        .filter(|(slips, keyword)| match keyword.len() {
            ..=2 => *slips == 0 || (*slips == 1 && transposed(&lower, keyword)),
            3..=5 => *slips <= 1,
            _ => *slips <= 2,
        })
        .min_by_key(|(slips, keyword)| (*slips, keyword.len().abs_diff(word.len())))
        .map(|(_, keyword)| keyword)
}

fn transposed(word: &str, keyword: &str) -> bool {
    word.len() == keyword.len() && word.bytes().rev().eq(keyword.bytes())
}

/// How many letters must be inserted, deleted, replaced or swapped with their neighbour.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let width = b.len() + 1;
    let mut table = vec![0; (a.len() + 1) * width];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i * width + j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = table[(i - 1) * width + j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let shorter = table[(i - 1) * width + j] + 1;
                let longer = table[i * width + j - 1] + 1;
                let mut best = replaced.min(shorter).min(longer);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(table[(i - 2) * width + j - 2] + 1);
                }
                best
            };
        }
    }
    table[a.len() * width + b.len()]
}

/// `x = return`, `lambda: pass`
pub(super) fn statement_in_expression(r: &Refused<'_>) -> Option<Diagnostic> {
    let here = r.here()?;
    let statement = here.only_begins_statement()
        || matches!(here, Token::If | Token::For | Token::From | Token::Except);
    let before = r.before()?;
    if !statement || before.ends_operand() || matches!(before, Token::Semicolon) {
        return None;
    }
    if before == Token::Colon && r.opener(r.at).is_none() && r.head()?.opens_block() {
        return None;
    }
    let word = r.word(r.at);
    Some(
        r.invalid(r.at)
            .with_label(format!("`{word}` is a keyword and no value"))
            .with_help("a value is expected here; a name must not be a keyword"),
    )
}
