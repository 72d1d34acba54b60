//! Patterns of `case`.

use super::Builder;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::*;
use rustc_hash::FxHashSet;

/// One item of a mapping pattern.
pub(crate) enum MappingItem {
    /// `key: pattern`
    Pair(Box<(Expr, Pattern)>),
    /// `**rest`
    Rest(Ident),
}

impl MappingItem {
    pub(crate) fn pair(key: Expr, value: Pattern) -> Self {
        Self::Pair(Box::new((key, value)))
    }
}

/// One argument of a class pattern.
pub(crate) enum PatternArgument {
    Positional(Box<Pattern>),
    Keyword(Ident, Box<Pattern>),
}

impl PatternArgument {
    pub(crate) fn positional(value: Pattern) -> Self {
        Self::Positional(Box::new(value))
    }

    pub(crate) fn keyword(name: Ident, value: Pattern) -> Self {
        Self::Keyword(name, Box::new(value))
    }
}

fn pattern(start: u32, kind: PatternKind, end: u32) -> Pattern {
    Pattern {
        span: Span::new(start, end),
        kind,
    }
}

/// `_` binds nothing.
fn bound(name: Ident) -> Option<Ident> {
    (&*name.name != "_").then_some(name)
}

pub(crate) fn star_pattern(start: u32, name: Ident, end: u32) -> Pattern {
    pattern(start, PatternKind::Star(bound(name)), end)
}

impl Builder<'_> {
    /// A whole `case` pattern without a comma at its end: one pattern, or an open sequence.
    pub(crate) fn case_pattern(
        &mut self,
        start: u32,
        mut items: Vec<Pattern>,
        end: u32,
    ) -> Pattern {
        match items.pop() {
            Some(only) if items.is_empty() => {
                self.refuse_lone_star(&only);
                only
            }
            last => {
                items.extend(last);
                self.sequence_pattern(start, items, end)
            }
        }
    }

    fn refuse_lone_star(&mut self, pattern: &Pattern) {
        if matches!(pattern.kind, PatternKind::Star(_)) {
            self.errors.push(
                Diagnostic::syntax("invalid syntax", pattern.span)
                    .with_label("a starred name can only stand in a sequence")
                    .with_help("write `[*rest]`, or add a comma: `*rest,`"),
            );
        }
    }

    pub(crate) fn group_pattern(&mut self, start: u32, items: Vec<Pattern>, end: u32) -> Pattern {
        let mut items = items;
        match items.pop() {
            Some(only) if items.is_empty() => {
                if matches!(only.kind, PatternKind::Star(_)) {
                    self.refuse_lone_star(&only);
                }
                only
            }
            last => {
                items.extend(last);
                self.sequence_pattern(start, items, end)
            }
        }
    }

    pub(crate) fn empty_sequence(&mut self, start: u32, end: u32) -> Pattern {
        pattern(start, PatternKind::Sequence(Vec::new()), end)
    }

    pub(crate) fn sequence_pattern(
        &mut self,
        start: u32,
        items: Vec<Pattern>,
        end: u32,
    ) -> Pattern {
        let mut stars = items
            .iter()
            .filter(|item| matches!(item.kind, PatternKind::Star(_)));
        if let (Some(first), Some(second)) = (stars.next(), stars.next()) {
            self.errors.push(
                Diagnostic::syntax(
                    "multiple starred expressions in sequence pattern",
                    second.span,
                )
                .and_at(first.span, "the first one")
                .with_help("only one name can take what is left over"),
            );
        }
        pattern(start, PatternKind::Sequence(items), end)
    }

    pub(crate) fn as_pattern(
        &mut self,
        start: u32,
        inner: Pattern,
        name: Ident,
        end: u32,
    ) -> Pattern {
        if &*name.name == "_" {
            self.errors.push(
                Diagnostic::syntax("cannot use '_' as a target", name.span)
                    .with_help("`_` matches anything and keeps nothing; use another name"),
            );
        }
        pattern(start, PatternKind::As(Box::new(inner), name), end)
    }

    pub(crate) fn or_pattern(
        &mut self,
        start: u32,
        left: Pattern,
        right: Pattern,
        end: u32,
    ) -> Pattern {
        // A nested alternative can only come from parentheses, which its span leaves out.
        let alternatives = match left {
            Pattern {
                kind: PatternKind::Or(list),
                span,
            } if span.start == start => super::pushed(list, right),
            left => vec![left, right],
        };
        pattern(start, PatternKind::Or(alternatives), end)
    }

    pub(crate) fn value_pattern(&mut self, value: Expr) -> Pattern {
        let span = value.span;
        let kind = match value.kind {
            ExprKind::Constant(constant @ (Constant::None | Constant::Bool(_))) => {
                PatternKind::Singleton(constant)
            }
            ExprKind::FString(_) => {
                self.refuse_format(span);
                PatternKind::Value(Box::new(value))
            }
            _ => PatternKind::Value(Box::new(value)),
        };
        Pattern { span, kind }
    }

    fn refuse_format(&mut self, span: Span) {
        self.errors.push(
            Diagnostic::syntax(
                "patterns may only match literals and attribute lookups",
                span,
            )
            .with_help("compare with the f-string in a guard: `case x if x == f\"…\":`"),
        );
    }

    pub(crate) fn name_pattern(&mut self, name: Expr) -> Pattern {
        let span = name.span;
        let kind = match name.kind {
            ExprKind::Name(name) if &*name == "_" => PatternKind::Wildcard,
            ExprKind::Name(name) => PatternKind::Capture(Ident { name, span }),
            _ => PatternKind::Value(Box::new(name)),
        };
        Pattern { span, kind }
    }

    pub(crate) fn complex_pattern(
        &mut self,
        start: u32,
        left: Expr,
        _right: Expr,
        end: u32,
    ) -> Expr {
        if self.errors.is_empty() {
            self.error(
                "imaginary number required in complex literal",
                Span::new(start, end),
            );
        }
        left
    }

    pub(crate) fn empty_mapping(&mut self, start: u32, end: u32) -> Pattern {
        self.mapping_pattern(start, Vec::new(), end)
    }

    pub(crate) fn mapping_pattern(
        &mut self,
        start: u32,
        parts: Vec<MappingItem>,
        end: u32,
    ) -> Pattern {
        let mut items = Vec::with_capacity(parts.len());
        let mut rest: Option<Ident> = None;
        for part in parts {
            if let Some(rest) = &rest {
                self.errors.push(
                    Diagnostic::syntax("double star pattern must be the last (right-most) subpattern in the mapping", rest.span)
                        .with_help("move it to the end"),
                );
            }
            match part {
                MappingItem::Pair(pair) => {
                    let (key, value) = *pair;
                    match &key.kind {
                        ExprKind::FString(_) => self.refuse_format(key.span),
                        ExprKind::Name(name) => {
                            let message = "mapping pattern keys may only match literals and attribute lookups";
                            self.errors
                                .push(Diagnostic::syntax(message, key.span).with_help(format!(
                                "write \"{name}\" for that text, or a dotted name for a constant"
                            )));
                        }
                        _ => {}
                    }
                    items.push((key, value));
                }
                MappingItem::Rest(name) => {
                    if &*name.name == "_" {
                        self.error("invalid syntax", name.span);
                    }
                    rest = Some(name);
                }
            }
        }
        self.check_keys(&items);
        pattern(start, PatternKind::Mapping { items, rest }, end)
    }

    fn check_keys(&mut self, items: &[(Expr, Pattern)]) {
        let mut seen: FxHashSet<String> = FxHashSet::default();
        for (key, _) in items {
            if let Some(value) = key_value(key)
                && !seen.insert(value)
            {
                self.error(
                    format!(
                        "mapping pattern checks duplicate key ({})",
                        self.text_of(key.span)
                    ),
                    key.span,
                );
            }
        }
    }

    pub(crate) fn empty_class_pattern(&mut self, start: u32, class: Expr, end: u32) -> Pattern {
        self.class_pattern(start, class, Vec::new(), end)
    }

    pub(crate) fn class_pattern(
        &mut self,
        start: u32,
        class: Expr,
        arguments: Vec<PatternArgument>,
        end: u32,
    ) -> Pattern {
        let mut positional = Vec::new();
        let mut keyword: Vec<(Ident, Pattern)> = Vec::new();
        for argument in arguments {
            match argument {
                PatternArgument::Positional(value) => {
                    if let Some((name, _)) = keyword.last() {
                        self.errors.push(
                            Diagnostic::syntax(
                                "positional patterns follow keyword patterns",
                                value.span,
                            )
                            .and_at(name.span, "a keyword pattern")
                            .with_help("move the patterns without names to the front"),
                        );
                    }
                    positional.push(*value);
                }
                PatternArgument::Keyword(name, value) => {
                    if keyword.iter().any(|(other, _)| other.name == name.name) {
                        self.error(
                            format!("attribute name repeated in class pattern: {}", name.name),
                            name.span,
                        );
                    }
                    keyword.push((name, *value));
                }
            }
        }
        let class = ClassPattern {
            class,
            positional,
            keyword,
        };
        pattern(start, PatternKind::Class(Box::new(class)), end)
    }
}

/// A text that is the same for keys that are equal; none for names.
fn key_value(key: &Expr) -> Option<String> {
    match &key.kind {
        ExprKind::Constant(constant) => Some(match constant {
            Constant::Bool(value) => i64::from(*value).to_string(),
            Constant::Int(value) => value.to_string(),
            Constant::BigInt(value) => value.to_string(),
            Constant::Float(value) if value.fract() == 0.0 => format!("{value:.0}"),
            Constant::Float(value) => format!("{value:?}"),
            Constant::None | Constant::Ellipsis | Constant::Str(_) | Constant::Bytes(_) => {
                format!("{constant:?}")
            }
        }),
        ExprKind::Unary { operand, .. } => key_value(operand).map(|value| match value.as_str() {
            "0" => value,
            _ => format!("-{value}"),
        }),
        _ => None,
    }
}
