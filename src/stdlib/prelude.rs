//! The prelude: the part of the builtins that is written in acoro itself, because it calls script code. Nothing but plain functions,
//! each of which is compiled when it is first needed, with those that it names.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

const SOURCES: &[&str] = &[
    include_str!("prelude_core.acoro"),
    include_str!("prelude_asyncio.acoro"),
    include_str!("prelude_values.acoro"),
    include_str!("prelude_containers.acoro"),
    include_str!("prelude_engine.acoro"),
];

/// The source of a function with those of the functions that it needs and that are not `loaded`. None if there is no such function.
pub(crate) fn source_of(name: &str, loaded: impl Fn(&str) -> bool) -> Option<String> {
    let functions = functions();
    let mut source = String::new();
    let mut found: HashSet<&str> = HashSet::new();
    let (&name, _) = functions.get_key_value(name)?;
    let mut missing = vec![name];
    found.insert(name);
    while let Some(name) = missing.pop() {
        let text = functions[name];
        source.push_str(text);
        for word in words(text) {
            if let Some((&named, _)) = functions.get_key_value(word)
                && !found.contains(named)
                && !loaded(named)
            {
                found.insert(named);
                missing.push(named);
            }
        }
    }
    Some(source)
}

/// The text of each function.
fn functions() -> &'static HashMap<&'static str, &'static str> {
    static FUNCTIONS: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    FUNCTIONS.get_or_init(|| SOURCES.iter().flat_map(|source| split(source)).collect())
}

/// The functions of a source: the name and the text of each, up to the next.
fn split(source: &str) -> Vec<(&str, &str)> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        if line.starts_with("def ") || line.starts_with("async def ") {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().copied().skip(1).chain([source.len()]);
    let texts = starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| &source[start..end]);
    let name = |text| words(text).find(|&word| word != "async" && word != "def");
    texts.filter_map(|text| Some((name(text)?, text))).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_brings_those_that_it_needs() {
        let source = source_of("_sort_items", |_| false).unwrap_or_default();
        assert!(source.starts_with("def _sort_items("), "{source}");
        assert!(source.len() < SOURCES.iter().map(|source| source.len()).sum::<usize>() / 4);
        assert_eq!(source_of("_no_such_function", |_| false), None);
    }

    #[test]
    fn sources_hold_functions_and_nothing_else() {
        for source in SOURCES {
            for line in source.lines() {
                let starts = [" ", "#", "def ", "async def ", ")"];
                let known = starts.iter().any(|start| line.starts_with(start));
                assert!(line.is_empty() || known, "{line}");
            }
        }
    }

    #[test]
    fn parameters_have_no_defaults() {
        // They would be made when the body of the module runs, which never does.
        for text in functions().values() {
            let parameters = text.split("):").next().unwrap_or_default();
            assert!(!parameters.contains('='), "{parameters}");
        }
    }
}
