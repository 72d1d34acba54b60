//! Arguments of calls and classes: their order, and keywords given twice.

use super::{Builder, name_of};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::*;
use rustc_hash::FxHashSet;

/// One argument, before its place in the list is checked.
pub(crate) enum ArgumentItem {
    /// A value, or a starred one.
    Value(Expr),
    /// A generator without parentheses of its own.
    Generator(Box<Expr>),
    /// `name=value`
    Keyword(Ident, Box<Expr>),
    /// The same with something else for the name.
    Misnamed(Box<Expr>, Box<Expr>),
    /// `**mapping`
    Unpack(u32, Box<Expr>),
}

impl ArgumentItem {
    pub(crate) fn unpack(start: u32, mapping: Expr) -> Self {
        Self::Unpack(start, Box::new(mapping))
    }

    /// `name=value`; anything may stand for the name.
    pub(crate) fn keyword(name: Expr, value: Expr) -> Self {
        let (span, value) = (name.span, Box::new(value));
        match name.kind {
            ExprKind::Name(text) if !name.parenthesized => {
                Self::Keyword(Ident { name: text, span }, value)
            }
            _ => Self::Misnamed(Box::new(name), value),
        }
    }
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
        ArgumentItem::Generator(Box::new(generator))
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
        let mut names: FxHashSet<Name> = FxHashSet::default();
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
                    arguments.push(Argument::Positional(*value));
                }
                ArgumentItem::Keyword(name, value) => {
                    keyword = keyword.or(Some(name.span.to(value.span)));
                    self.refuse_repetition(&name, &mut names);
                    arguments.push(Argument::Keyword(name, value));
                }
                ArgumentItem::Misnamed(name, value) => {
                    keyword = keyword.or(Some(name.span.to(value.span)));
                    let name = self.misnamed(&name);
                    self.refuse_repetition(&name, &mut names);
                    arguments.push(Argument::Keyword(name, value));
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

    fn refuse_repetition(&mut self, name: &Ident, names: &mut FxHashSet<Name>) {
        if !names.insert(name.name.clone()) {
            self.errors.push(
                Diagnostic::syntax(
                    format!("keyword argument repeated: {}", name.name),
                    name.span,
                )
                .with_help("pass it only once"),
            );
        }
    }

    /// Refuses what stands for the name of an argument.
    fn misnamed(&mut self, name: &Expr) -> Ident {
        let span = name.span;
        let error = match name.kind {
            ExprKind::Constant(Constant::None | Constant::Bool(_)) => {
                Diagnostic::syntax(format!("cannot assign to {}", name_of(name)), span)
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
