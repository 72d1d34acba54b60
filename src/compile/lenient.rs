//! Refusing later: in a file of tests, a function with something that acoro refuses becomes one that skips the test that calls it,
//! and so does what a statement outside all functions gives a name.
//! The text is changed, line by line, so that every other line keeps its number.

use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::source::Source;

/// The text with the functions or statements around these errors replaced; None if there is an error that is no refusal.
pub(crate) fn without_refused(source: &Source, errors: &[Diagnostic]) -> Option<String> {
    let mut lines: Vec<String> = source.text.lines().map(str::to_owned).collect();
    let inside = lines_inside_strings(&source.text);
    for error in errors {
        if error.kind != ErrorKind::Unsupported {
            return None;
        }
        let line = source.line_column(error.span().start).0 as usize - 1;
        if lines.get(line)?.trim().is_empty() {
            // It was in a function that is replaced already.
            continue;
        }
        match enclosing(&lines, &inside, line) {
            Some((start, indent)) => replace(&mut lines, &inside, start, indent, &error.message),
            None => replace_statement(&mut lines, line, &error.message),
        }
    }
    let mut text = lines.join("\n");
    text.push('\n');
    Some(text)
}

fn indent_of(line: &str) -> Option<usize> {
    let rest = line.trim_start_matches(' ');
    (!rest.is_empty() && !rest.starts_with('#')).then(|| line.len() - rest.len())
}

/// The line of the outermost `def` around a line, or of the class whose header it is, and its indentation.
fn enclosing(lines: &[String], inside: &[bool], line: usize) -> Option<(usize, usize)> {
    let mut line = line;
    while line > 0 && inside.get(line).copied().unwrap_or(false) {
        line -= 1;
    }
    let mut least = indent_of(lines.get(line)?)?;
    let mut function = None;
    let mut class = None;
    let begins = |text: &str| {
        let text = text.trim_start();
        (
            text.starts_with("def ") || text.starts_with("async def "),
            text.starts_with("class "),
        )
    };
    let (is_def, is_class) = begins(&lines[line]);
    if is_def {
        function = Some((line, least));
    } else if is_class {
        class = Some((line, least));
    }
    for at in (0..line).rev() {
        let Some(indent) = indent_of(&lines[at]).filter(|_| !inside[at]) else {
            continue;
        };
        if indent >= least {
            continue;
        }
        least = indent;
        let (is_def, _) = begins(&lines[at]);
        if is_def {
            function = Some((at, indent));
        }
    }
    function.or(class)
}

/// For each line: does it begin inside a string of several lines?
fn lines_inside_strings(text: &str) -> Vec<bool> {
    let mut inside = vec![false];
    let mut quote: Option<&str> = None;
    let mut at = 0;
    let mut in_comment = false;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        at += c.len_utf8();
        if c == '\n' {
            in_comment = false;
            if quote.is_some_and(|quote| quote.len() == 1) {
                quote = None;
            }
            inside.push(quote.is_some());
            continue;
        }
        match quote {
            Some(_) if c == '\\' => {
                let next = text[at..].chars().next();
                if let Some(next) = next.filter(|&next| next != '\n') {
                    at += next.len_utf8();
                }
            }
            Some(open) if rest.starts_with(open) => {
                at += open.len() - 1;
                quote = None;
            }
            Some(_) => {}
            None if in_comment => {}
            None if c == '#' => in_comment = true,
            None => {
                for open in ["\"\"\"", "'''", "\"", "'"] {
                    if rest.starts_with(open) {
                        at += open.len() - 1;
                        quote = Some(open);
                        break;
                    }
                }
            }
        }
    }
    inside
}

fn replace(lines: &mut [String], inside: &[bool], start: usize, indent: usize, message: &str) {
    let header = lines[start].trim_start().to_owned();
    if header.contains("raise _skip_test") {
        return;
    }
    let is_async = header.starts_with("async ");
    let name: String = header
        .trim_start_matches("async ")
        .trim_start_matches("def ")
        .trim_start_matches("class ")
        .chars()
        .take_while(|&c| c.is_alphanumeric() || c == '_')
        .collect();
    let mut end = start;
    let mut depth = 0_i64;
    let mut in_header = true;
    while let Some(line) = lines.get(end) {
        if end > start
            && !inside[end]
            && !in_header
            && !line.trim_start().starts_with([')', ']', '}'])
            && indent_of(line).is_some_and(|it| it <= indent)
        {
            break;
        }
        if in_header {
            for c in line.chars() {
                depth += i64::from(matches!(c, '(' | '[' | '{'));
                depth -= i64::from(matches!(c, ')' | ']' | '}'));
            }
            in_header = depth > 0;
        }
        end += 1;
    }
    for line in &mut lines[start..end] {
        line.clear();
    }
    let prefix = if is_async { "async " } else { "" };
    lines[start] = format!(
        "{}{prefix}def {name}(*args, **kwargs): import unittest as _skip_test; raise _skip_test.SkipTest({message:?})",
        " ".repeat(indent)
    );
    if header.starts_with("class ") {
        lines[start] = format!(
            "{}import unittest as _skip_test; {name} = _skip_test._missing({message:?})",
            " ".repeat(indent)
        );
    }
}

/// Replaces a statement outside all functions: the names it binds stand for what is refused.
fn replace_statement(lines: &mut [String], line: usize, message: &str) {
    let open = open_at_start(lines);
    let is_begin = |at: usize| {
        !open[at]
            && !at
                .checked_sub(1)
                .is_some_and(|before| lines[before].trim_end().ends_with('\\'))
    };
    let mut start = line;
    while start > 0 && !is_begin(start) {
        start -= 1;
    }
    let mut end = line + 1;
    while end < lines.len() && !is_begin(end) {
        end += 1;
    }
    let first = lines[start].clone();
    let statement = first.trim_start();
    let indent = first.len() - statement.len();
    let word = statement.split([' ', '(']).next().unwrap_or_default();
    let last = lines[end - 1].split('#').next().unwrap_or_default();
    let new = match word {
        _ if statement.starts_with('@') => String::new(),
        "elif" => "elif False:".to_owned(),
        "if" | "while" | "for" | "with" if last.trim_end().ends_with(':') => "if False:".to_owned(),
        _ => {
            let names: Vec<&str> = match statement.split_once('=') {
                Some((targets, rest)) if !rest.starts_with('=') => targets.split(',').collect(),
                _ => Vec::new(),
            };
            let is_name = |name: &str| {
                !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
            };
            let mut new = "import unittest as _skip_test".to_owned();
            for name in names
                .into_iter()
                .map(str::trim)
                .filter(|name| is_name(name))
            {
                new.push_str(&format!("; {name} = _skip_test._missing({message:?})"));
            }
            new
        }
    };
    for line in &mut lines[start..end] {
        line.clear();
    }
    lines[start] = format!("{}{new}", " ".repeat(indent));
}

/// For each line: does it begin inside brackets or a string of several lines?
fn open_at_start(lines: &[String]) -> Vec<bool> {
    let text = lines.join("\n");
    let inside = lines_inside_strings(&text);
    let mut depth = 0_i64;
    let mut open = Vec::new();
    for (line, &inside) in lines.iter().zip(&inside) {
        open.push(inside || depth > 0);
        let mut quote = None;
        for c in line.chars() {
            match (quote, c) {
                (Some(open), c) if open == c => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(c),
                (None, '#') => break,
                (None, '(' | '[' | '{') => depth += 1,
                (None, ')' | ']' | '}') => depth -= 1,
                (None, _) => {}
            }
        }
        depth = depth.max(0);
    }
    open
}
