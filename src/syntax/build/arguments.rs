//! Arguments of calls and classes: their order, and keywords given twice.

use super::{Builder, name_of};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::*;
use std::collections::HashSet;

/// One argument, before its place in the list is checked.
pub(crate) enum ArgumentItem {
    /// A value, or a starred one.
    Value(Expr),
    /// A generator without parentheses of its own.
    Generator(Expr),
    /// `name=value`; anything may stand for the name.
    Keyword(Expr, Expr),
    /// `**mapping`
    Unpack(u32, Expr),
}

impl Builder<'_> {
    pub(crate) fn generator_argument(
        &mut self,
        start: u32,
        element: Expr,
        clauses: Vec<Comprehension>,
        end: u32,
    ) -> ArgumentItem {
        let mut generator = self.generator(start, element, clauses, end);
        generator.parenthesized = false;
        ArgumentItem::Generator(generator)
    }

    pub(crate) fn star_argument(&mut self, start: u32, value: Expr, end: u32) -> ArgumentItem {
        ArgumentItem::Value(self.starred(start, value, end))
    }

    /// `end` is where the comma behind the last one would be.
    pub(crate) fn arguments(
        &mut self,
        items: Vec<ArgumentItem>,
        comma: u32,
        end: u32,
    ) -> Vec<Argument> {
        let alone = items.len() == 1 && self.text_of(Span::new(comma, end)).is_empty();
        let mut names: HashSet<Name> = HashSet::new();
        let mut keyword: Option<Span> = None;
        let mut unpack: Option<Span> = None;
        let mut arguments = Vec::with_capacity(items.len());
        for item in items {
            match item {
                ArgumentItem::Value(value) => {
                    let starred = matches!(value.kind, ExprKind::Starred(_));
                    if let Some(unpack) = unpack {
                        let message = if starred {
                            "iterable argument unpacking follows keyword argument unpacking"
                        } else {
                            "positional argument follows keyword argument unpacking"
                        };
                        self.misplaced(message, value.span, unpack);
                    } else if let Some(keyword) = keyword
                        && !starred
                    {
                        let message = "positional argument follows keyword argument";
                        self.misplaced(message, value.span, keyword);
                    }
                    arguments.push(Argument::Positional(value));
                }
                ArgumentItem::Generator(value) => {
                    if !alone {
                        self.errors.push(
                            Diagnostic::syntax(
                                "Generator expression must be parenthesized",
                                value.span,
                            )
                            .with_help("put parentheses around `… for … in …`"),
                        );
                    }
                    arguments.push(Argument::Positional(value));
                }
                ArgumentItem::Keyword(name, value) => {
                    let span = name.span;
                    keyword = keyword.or(Some(span.to(value.span)));
                    let ident = self.keyword_name(name);
                    if !names.insert(ident.name.clone()) {
                        self.errors.push(
                            Diagnostic::syntax(
                                format!("keyword argument repeated: {}", ident.name),
                                span,
                            )
                            .with_help("pass it only once"),
                        );
                    }
                    arguments.push(Argument::Keyword(ident, value));
                }
                ArgumentItem::Unpack(start, value) => {
                    unpack = unpack.or(Some(Span::new(start, value.span.end)));
                    arguments.push(Argument::Unpack(value));
                }
            }
        }
        arguments
    }

    fn misplaced(&mut self, message: &str, span: Span, before: Span) {
        self.errors.push(
            Diagnostic::syntax(message, span)
                .with_label("this value has no name")
                .and_at(before, "this one comes before it")
                .with_help(
                    "move the values without names to the front, or name this one: `name=value`",
                ),
        );
    }

    fn keyword_name(&mut self, name: Expr) -> Ident {
        let span = name.span;
        let error = match name.kind {
            ExprKind::Name(name_text) if !name.parenthesized => {
                return Ident {
                    name: name_text,
                    span,
                };
            }
            ExprKind::Constant(Constant::None | Constant::Bool(_)) => {
                Diagnostic::syntax(format!("cannot assign to {}", name_of(&name)), span)
                    .with_help("an argument's name must be a plain name")
            }
            _ => Diagnostic::syntax(
                "expression cannot contain assignment, perhaps you meant \"==\"?",
                span,
            )
            .with_help(
                "`name=value` passes an argument by name; `==` compares; `:=` assigns in an expression",
            ),
        };
        self.errors.push(error);
        Ident {
            name: self.text_of(span).into(),
            span,
        }
    }
}
