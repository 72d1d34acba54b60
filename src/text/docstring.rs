//! Docstrings, without the indentation of the code around them, as CPython keeps them since 3.13.

use super::pad::expand_tabs;

/// A docstring with its tabs expanded, the first line's leading spaces gone, and the others' common indentation too.
pub fn clean_docstring(text: &str) -> String {
    let text = match text.contains('\t') {
        true => expand_tabs(text, 8).unwrap_or_else(|_| text.to_owned()),
        false => text.to_owned(),
    };
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let margin = text
        .split('\n')
        .skip(1)
        .filter(|line| indent(line) < line.len())
        .map(indent)
        .min()
        .unwrap_or(0);
    let mut lines = text.split('\n');
    let mut out = lines
        .next()
        .unwrap_or_default()
        .trim_start_matches(' ')
        .to_owned();
    for line in lines {
        out.push('\n');
        out.push_str(&line[indent(line).min(margin)..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::clean_docstring;

    #[test]
    fn the_margin_goes_and_the_rest_stays() {
        let text = "  First.\n\n    Second\n      third\n   \n    ";
        assert_eq!(clean_docstring(text), "First.\n\nSecond\n  third\n\n");
        assert_eq!(clean_docstring("One\n\ttab\n\n"), "One\ntab\n\n");
        assert_eq!(clean_docstring("\n    only\n"), "\nonly\n");
    }
}
