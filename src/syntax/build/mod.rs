//! What the grammar's actions call: they make the tree, and check what a grammar cannot say. Errors are collected, never
//! returned, so that one line can have several.

mod arguments;
mod captures;
mod depth;
mod escapes;
mod expr;
mod operators;
mod params;
mod pattern;
mod stmt;
mod strings;
mod target;

pub(crate) use arguments::ArgumentItem;
pub(crate) use captures::irrefutable;
pub(crate) use params::ParamItem;
pub(crate) use pattern::{MappingItem, PatternArgument, star_pattern};
pub(crate) use stmt::{
    Header, ImportNames, Line, add, alias, assert, assert_message, dotted, raise, raise_from,
    with_item,
};
pub(crate) use strings::StringPiece;
pub(crate) use target::name_of;

use super::ast::{Expr, ExprKind, Ident, Name, Stmt};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use operators::Operand;
use unicode_normalization::UnicodeNormalization;

/// The grammar's context: the text behind the tokens, and the errors found so far.
pub(crate) struct Builder<'s> {
    /// The source text.
    pub(crate) text: &'s str,
    /// What was found wrong.
    pub(crate) errors: Vec<Diagnostic>,
    /// The simple statements of the line.
    pub(crate) statements: Vec<Stmt>,
    /// The head of a compound statement that the line begins with.
    header: Option<Header>,
    /// The operands of binary operators that wait for what is on the right.
    operands: Vec<Operand>,
}

impl<'s> Builder<'s> {
    pub(crate) fn new(text: &'s str) -> Self {
        Self {
            text,
            errors: Vec::new(),
            statements: Vec::new(),
            header: None,
            operands: Vec::new(),
        }
    }

    pub(crate) fn text_of(&self, span: Span) -> &'s str {
        &self.text[span.start as usize..span.end as usize]
    }

    pub(crate) fn error(&mut self, message: impl Into<String>, span: Span) {
        self.errors.push(Diagnostic::syntax(message, span));
    }

    /// The name at a place, in Unicode's normal form NFKC.
    fn name_at(&self, span: Span) -> Name {
        let text = self.text_of(span);
        if text.is_ascii() {
            text.into()
        } else {
            text.nfkc().collect::<String>().into()
        }
    }

    pub(crate) fn ident(&mut self, start: u32, end: u32) -> Ident {
        let span = Span::new(start, end);
        Ident {
            name: self.name_at(span),
            span,
        }
    }

    pub(crate) fn name(&mut self, start: u32, end: u32) -> Expr {
        let span = Span::new(start, end);
        self.expr(start, ExprKind::Name(self.name_at(span)), end)
    }
}

/// The list with one more item.
pub(crate) fn pushed<T>(mut list: Vec<T>, item: T) -> Vec<T> {
    list.push(item);
    list
}
