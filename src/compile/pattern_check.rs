//! The first walk over `match` patterns: what they bind, and the errors CPython finds in them.

use super::resolve::Resolver;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;
use ast::PatternKind as P;
use std::collections::BTreeSet;

impl Resolver {
    /// Binds a pattern's names and walks its expressions.
    pub(super) fn pattern(&mut self, pattern: &ast::Pattern) {
        match &pattern.kind {
            P::Wildcard | P::Singleton(_) | P::Star(None) => {}
            P::Capture(name) | P::Star(Some(name)) => {
                self.bind(&name.name, name.span);
            }
            P::Value(value) => self.expr(value),
            P::Sequence(patterns) | P::Or(patterns) => {
                for pattern in patterns {
                    self.pattern(pattern);
                }
            }
            P::Mapping { items, rest } => {
                for (key, pattern) in items {
                    self.expr(key);
                    self.pattern(pattern);
                }
                if let Some(rest) = rest {
                    self.bind(&rest.name, rest.span);
                }
            }
            P::Class(pattern) => {
                let ast::ClassPattern {
                    class,
                    positional,
                    keyword,
                } = &**pattern;
                self.expr(class);
                for pattern in positional {
                    self.pattern(pattern);
                }
                for (_, pattern) in keyword {
                    self.pattern(pattern);
                }
            }
            P::As(inner, name) => {
                self.pattern(inner);
                self.bind(&name.name, name.span);
            }
        }
    }

    /// Reports what is wrong with the patterns of one `match`.
    pub(super) fn check_cases(&mut self, cases: &[ast::MatchCase]) {
        for (at, case) in cases.iter().enumerate() {
            let is_last = at + 1 == cases.len();
            if !is_last && case.guard.is_none() {
                self.check_refutable(&case.pattern);
            }
            self.check_pattern(&case.pattern, &mut BTreeSet::new());
        }
    }

    /// Reports a pattern that always matches where others follow.
    fn check_refutable(&mut self, pattern: &ast::Pattern) {
        let (message, span) = match &pattern.kind {
            P::Wildcard => (
                "wildcard makes remaining patterns unreachable".to_owned(),
                pattern.span,
            ),
            P::Capture(name) => (
                format!(
                    "name capture '{}' makes remaining patterns unreachable",
                    name.name
                ),
                name.span,
            ),
            P::As(inner, _) => return self.check_refutable(inner),
            // Earlier alternatives are looked at as alternatives.
            P::Or(patterns) => {
                if let Some(last) = patterns.last() {
                    self.check_refutable(last);
                }
                return;
            }
            P::Value(_)
            | P::Singleton(_)
            | P::Sequence(_)
            | P::Star(_)
            | P::Mapping { .. }
            | P::Class(_) => return,
        };
        self.error(Diagnostic::syntax(message, span).with_help(
            "put the pattern that always matches last; to compare with a constant, give it a dotted name",
        ));
    }

    /// Checks a pattern and collects the names it binds.
    fn check_pattern<'a>(&mut self, pattern: &'a ast::Pattern, bound: &mut BTreeSet<&'a str>) {
        match &pattern.kind {
            P::Wildcard | P::Singleton(_) | P::Value(_) | P::Star(None) => {}
            P::Capture(name) | P::Star(Some(name)) => self.check_bound(name, bound),
            P::Sequence(patterns) => {
                let mut stars = patterns.iter().filter(|p| matches!(p.kind, P::Star(_)));
                if let (Some(first), Some(second)) = (stars.next(), stars.next()) {
                    self.error(
                        Diagnostic::syntax(
                            "multiple starred names in sequence pattern",
                            second.span,
                        )
                        .and_at(first.span, "the first one"),
                    );
                }
                for pattern in patterns {
                    self.check_pattern(pattern, bound);
                }
            }
            P::Mapping { items, rest } => {
                self.check_mapping_keys(items);
                for (_, pattern) in items {
                    self.check_pattern(pattern, bound);
                }
                if let Some(rest) = rest {
                    self.check_bound(rest, bound);
                }
            }
            P::Class(class) => {
                let ast::ClassPattern {
                    positional,
                    keyword,
                    ..
                } = &**class;
                for pattern in positional {
                    self.check_pattern(pattern, bound);
                }
                let mut seen = BTreeSet::new();
                for (name, pattern) in keyword {
                    if !seen.insert(&name.name) {
                        let message =
                            format!("attribute name repeated in class pattern: {}", name.name);
                        self.error(Diagnostic::syntax(message, name.span));
                    }
                    self.check_pattern(pattern, bound);
                }
            }
            P::Or(patterns) => self.check_alternatives(patterns, pattern.span, bound),
            P::As(inner, name) => {
                self.check_pattern(inner, bound);
                self.check_bound(name, bound);
            }
        }
    }

    fn check_alternatives<'a>(
        &mut self,
        patterns: &'a [ast::Pattern],
        span: Span,
        bound: &mut BTreeSet<&'a str>,
    ) {
        let mut first: Option<BTreeSet<&str>> = None;
        for (at, pattern) in patterns.iter().enumerate() {
            if at + 1 < patterns.len() {
                self.check_refutable(pattern);
            }
            let mut names = BTreeSet::new();
            self.check_pattern(pattern, &mut names);
            match &first {
                None => first = Some(names),
                Some(expected) if *expected != names => {
                    self.error(
                        Diagnostic::syntax("alternative patterns bind different names", span)
                            .with_help("every alternative of `|` binds the same names"),
                    );
                    break;
                }
                Some(_) => {}
            }
        }
        for name in first.into_iter().flatten() {
            if !bound.insert(name) {
                let message = format!("multiple assignments to name '{name}' in pattern");
                self.error(Diagnostic::syntax(message, span));
            }
        }
    }

    fn check_bound<'a>(&mut self, name: &'a ast::Ident, bound: &mut BTreeSet<&'a str>) {
        if !bound.insert(&name.name) {
            let message = format!("multiple assignments to name '{}' in pattern", name.name);
            self.error(Diagnostic::syntax(message, name.span));
        }
    }

    fn check_mapping_keys(&mut self, items: &[(ast::Expr, ast::Pattern)]) {
        let mut seen = std::collections::HashSet::new();
        for (key, _) in items {
            let Some(text) = constant_key(key) else {
                continue;
            };
            if !seen.insert(text.clone()) {
                let message = format!("mapping pattern checks duplicate key ({text})");
                self.error(Diagnostic::syntax(message, key.span));
            }
        }
    }
}

/// How a literal key is shown, for keys that can be compared here.
fn constant_key(key: &ast::Expr) -> Option<String> {
    if let ast::ExprKind::Constant(ast::Constant::Str(text)) = &key.kind {
        Some(format!("'{text}'"))
    } else if let ast::ExprKind::Constant(ast::Constant::Int(value)) = &key.kind {
        Some(value.to_string())
    } else {
        None
    }
}
