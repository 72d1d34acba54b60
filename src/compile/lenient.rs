//! Refusing later: in a file of tests, a function with something that acoro refuses becomes one that skips the test that calls it.
//! The text is changed, line by line, so that every other line keeps its number.

use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::source::Source;

/// The text with the functions around these errors replaced; None if there is an error outside all functions, or one that is no refusal.
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
        let (start, indent) = enclosing(&lines, &inside, line)?;
        replace(&mut lines, &inside, start, indent, &error.message);
    }
    let mut text = lines.join("\n");
    text.push('\n');
    Some(text)
}

fn indent_of(line: &str) -> Option<usize> {
    let rest = line.trim_start_matches(' ');
    (!rest.is_empty() && !rest.starts_with('#')).then(|| line.len() - rest.len())
}

/// The line of the outermost `def` around a line, or of the class if there is none, and its indentation.
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
        let (is_def, is_class) = begins(&lines[at]);
        if is_def {
            function = Some((at, indent));
        } else if is_class && class.is_none() {
            class = Some((at, indent));
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
}
