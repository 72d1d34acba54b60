//! The names a pattern binds: none twice, and the same ones in every alternative.

use super::Builder;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::*;
use rustc_hash::FxHashMap;

type Captures<'p> = FxHashMap<&'p str, Span>;

/// Why a pattern matches everything, in CPython's words.
pub(crate) fn irrefutable(pattern: &Pattern) -> Option<String> {
    match &pattern.kind {
        PatternKind::Wildcard => Some("wildcard".into()),
        PatternKind::Capture(name) => Some(format!("name capture '{}'", name.name)),
        PatternKind::As(inner, _) => irrefutable(inner),
        PatternKind::Or(alternatives) => alternatives.last().and_then(irrefutable),
        PatternKind::Value(_)
        | PatternKind::Singleton(_)
        | PatternKind::Sequence(_)
        | PatternKind::Star(_)
        | PatternKind::Mapping { .. }
        | PatternKind::Class(_) => None,
    }
}

impl Builder<'_> {
    pub(super) fn check_captures(&mut self, pattern: &Pattern) {
        self.captures(pattern, &mut Captures::default());
    }

    fn capture<'p>(&mut self, name: &'p Ident, seen: &mut Captures<'p>) {
        if let Some(first) = seen.insert(&name.name, name.span) {
            self.errors.push(
                Diagnostic::syntax(
                    format!("multiple assignments to name '{}' in pattern", name.name),
                    name.span,
                )
                .and_at(first, "the first one")
                .with_help("use another name, and compare them in a guard: `case a, b if a == b:`"),
            );
        }
    }

    fn captures<'p>(&mut self, pattern: &'p Pattern, seen: &mut Captures<'p>) {
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Value(_) | PatternKind::Singleton(_) => {}
            PatternKind::Capture(name) => self.capture(name, seen),
            PatternKind::Star(name) => {
                if let Some(name) = name {
                    self.capture(name, seen);
                }
            }
            PatternKind::Sequence(items) => {
                for item in items {
                    self.captures(item, seen);
                }
            }
            PatternKind::Mapping { items, rest } => {
                for (_, value) in items {
                    self.captures(value, seen);
                }
                if let Some(rest) = rest {
                    self.capture(rest, seen);
                }
            }
            PatternKind::Class(class) => {
                let keyword = class.keyword.iter().map(|(_, value)| value);
                for item in class.positional.iter().chain(keyword) {
                    self.captures(item, seen);
                }
            }
            PatternKind::As(inner, name) => {
                self.captures(inner, seen);
                self.capture(name, seen);
            }
            PatternKind::Or(alternatives) => self.alternatives(alternatives, seen),
        }
    }

    fn alternatives<'p>(&mut self, alternatives: &'p [Pattern], seen: &mut Captures<'p>) {
        let mut first: Option<Captures<'p>> = None;
        let errors = self.errors.len();
        for (at, alternative) in alternatives.iter().enumerate() {
            let mut own = Captures::default();
            self.captures(alternative, &mut own);
            if at + 1 < alternatives.len()
                && let Some(reason) = irrefutable(alternative)
            {
                self.errors.push(
                    Diagnostic::syntax(
                        format!("{reason} makes remaining patterns unreachable"),
                        alternative.span,
                    )
                    .with_help("move it to the end"),
                );
            }
            match &first {
                None => first = Some(own),
                Some(first) => {
                    let same =
                        own.len() == first.len() && own.keys().all(|k| first.contains_key(k));
                    if !same && self.errors.len() == errors {
                        self.errors.push(
                            Diagnostic::syntax(
                                "alternative patterns bind different names",
                                alternative.span,
                            )
                            .with_help("every alternative of `|` must bind the same names"),
                        );
                    }
                }
            }
        }
        let mut names: Vec<(&str, Span)> = first.unwrap_or_default().into_iter().collect();
        names.sort_by_key(|(_, span)| span.start);
        for (name, span) in names {
            if let Some(before) = seen.insert(name, span) {
                self.errors.push(
                    Diagnostic::syntax(
                        format!("multiple assignments to name '{name}' in pattern"),
                        span,
                    )
                    .and_at(before, "the first one"),
                );
            }
        }
    }
}
