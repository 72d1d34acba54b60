//! Parameter lists: the grammar accepts any order of parts, and this puts them in place.

use super::Builder;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::*;
use rustc_hash::FxHashMap;

/// One part of a parameter list.
pub(crate) enum ParamItem {
    /// A parameter, perhaps with a default.
    Plain(Param),
    /// `/`
    Slash(Span),
    /// `*`
    Star(Span),
    /// `*args`
    VarArg(Param),
    /// `**kwargs`
    KwArg(Param),
}

fn param(name: Ident, annotation: Option<Expr>, default: Option<Expr>) -> Param {
    Param {
        name,
        annotation: annotation.map(Box::new),
        default: default.map(Box::new),
    }
}

impl ParamItem {
    pub(crate) fn plain(name: Ident) -> Self {
        Self::Plain(param(name, None, None))
    }

    pub(crate) fn with_default(name: Ident, default: Expr) -> Self {
        Self::Plain(param(name, None, Some(default)))
    }

    pub(crate) fn annotated(name: Ident, annotation: Expr) -> Self {
        Self::Plain(param(name, Some(annotation), None))
    }

    pub(crate) fn annotated_default(name: Ident, annotation: Expr, default: Expr) -> Self {
        Self::Plain(param(name, Some(annotation), Some(default)))
    }

    pub(crate) fn slash(start: u32, end: u32) -> Self {
        Self::Slash(Span::new(start, end))
    }

    pub(crate) fn star(start: u32, end: u32) -> Self {
        Self::Star(Span::new(start, end))
    }

    pub(crate) fn vararg(name: Ident) -> Self {
        Self::VarArg(param(name, None, None))
    }

    pub(crate) fn vararg_annotated(name: Ident, annotation: Expr) -> Self {
        Self::VarArg(param(name, Some(annotation), None))
    }

    pub(crate) fn kwarg(name: Ident) -> Self {
        Self::KwArg(param(name, None, None))
    }

    pub(crate) fn kwarg_annotated(name: Ident, annotation: Expr) -> Self {
        Self::KwArg(param(name, Some(annotation), None))
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Plain(p) | Self::VarArg(p) | Self::KwArg(p) => Some(&p.name.name),
            Self::Slash(_) | Self::Star(_) => None,
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Plain(p) | Self::VarArg(p) | Self::KwArg(p) => p.name.span,
            Self::Slash(span) | Self::Star(span) => *span,
        }
    }
}

/// The positions of parameters whose names have stood before, with the place of the one before.
fn repeated(items: &[ParamItem]) -> Vec<(usize, Span)> {
    let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
    let mut repeated = Vec::new();
    if items.len() > 1 {
        for (at, item) in items.iter().enumerate() {
            if let Some(name) = item.name()
                && let Some(before) = seen.insert(name, item.span())
            {
                repeated.push((at, before));
            }
        }
    }
    repeated
}

impl Builder<'_> {
    pub(crate) fn params(&mut self, items: Vec<ParamItem>) -> Box<Params> {
        let mut params = Box::<Params>::default();
        let mut slash: Option<Span> = None;
        let mut star: Option<Span> = None;
        let mut first_default: Option<Span> = None;
        let repeated = repeated(&items);
        let count = items.len();
        for (at, item) in items.into_iter().enumerate() {
            let span = item.span();
            if let Some(kwarg) = &params.kwarg {
                self.errors.push(
                    Diagnostic::syntax("arguments cannot follow var-keyword argument", span)
                        .and_at(kwarg.name.span, "this takes all that is left")
                        .with_help("move it to the end of the list"),
                );
            }
            if let Some((_, first)) = repeated.iter().find(|(repeated, _)| *repeated == at)
                && let Some(name) = item.name()
            {
                self.errors.push(
                    Diagnostic::syntax(
                        format!("duplicate argument '{name}' in function definition"),
                        span,
                    )
                    .and_at(*first, "the first one")
                    .with_help("give one of them another name"),
                );
            }
            match item {
                ParamItem::Plain(p) if star.is_some() => params.keyword_only.push(p),
                ParamItem::Plain(p) => {
                    if p.default.is_some() {
                        first_default = first_default.or(Some(span));
                    } else if let Some(first) = first_default {
                        self.errors.push(
                            Diagnostic::syntax(
                                "parameter without a default follows parameter with a default",
                                span,
                            )
                            .with_label("this one has no default")
                            .and_at(first, "this one has")
                            .with_help("move it before those with defaults, or give it one"),
                        );
                    }
                    params.regular.push(p);
                }
                ParamItem::Slash(span) => {
                    if let Some(first) = slash {
                        self.errors.push(
                            Diagnostic::syntax("/ may appear only once", span)
                                .and_at(first, "the first one")
                                .with_help("remove one of them"),
                        );
                    } else if let Some(star) = star {
                        self.errors.push(
                            Diagnostic::syntax("/ must be ahead of *", span).and_at(star, "the *"),
                        );
                    } else if params.regular.is_empty() && params.kwarg.is_none() {
                        self.errors.push(
                            Diagnostic::syntax("at least one argument must precede /", span)
                                .with_help("the parameters before `/` are positional only"),
                        );
                    }
                    slash = Some(span);
                    params.positional_only.append(&mut params.regular);
                }
                ParamItem::Star(span) => {
                    self.second_star(star, span);
                    if at + 1 == count && star.is_none() {
                        self.bare_star(span);
                    }
                    star = Some(span);
                }
                ParamItem::VarArg(p) => {
                    self.second_star(star, span);
                    star = Some(span);
                    params.vararg = Some(p);
                }
                ParamItem::KwArg(p) => {
                    if star.is_some()
                        && params.vararg.is_none()
                        && params.keyword_only.is_empty()
                        && let Some(star) = star
                    {
                        self.bare_star(star);
                    }
                    params.kwarg = Some(p);
                }
            }
        }
        params
    }

    fn second_star(&mut self, first: Option<Span>, span: Span) {
        if let Some(first) = first {
            self.errors.push(
                Diagnostic::syntax("* argument may appear only once", span)
                    .and_at(first, "the first one")
                    .with_help("remove one of them"),
            );
        }
    }

    fn bare_star(&mut self, span: Span) {
        self.errors.push(
            Diagnostic::syntax("named arguments must follow bare *", span).with_help(
                "the parameters behind `*` can only be given by name; name one, or remove the `*`",
            ),
        );
    }

    /// The type parameters of a definition, whose names must differ and whose defaults come last.
    pub(crate) fn type_params(&mut self, params: Vec<TypeParam>) -> Vec<TypeParam> {
        let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
        let mut defaulted: Option<Span> = None;
        for TypeParam { name, default, .. } in &params {
            if let Some(first) = seen.insert(&name.name, name.span) {
                self.errors.push(
                    Diagnostic::syntax(
                        format!("duplicate type parameter '{}'", name.name),
                        name.span,
                    )
                    .and_at(first, "the first one")
                    .with_help("remove one of them"),
                );
            }
            match (default, defaulted) {
                (Some(_), _) => defaulted = Some(name.span),
                (None, Some(before)) => self.errors.push(
                    Diagnostic::syntax(
                        format!(
                            "non-default type parameter '{}' follows default type parameter",
                            name.name
                        ),
                        name.span,
                    )
                    .and_at(before, "this one has a default")
                    .with_help("give it a default too, or move it to the front"),
                ),
                (None, None) => {}
            }
        }
        params
    }

    /// `T`, `*T` or `**T`, with what bounds it and its default.
    pub(crate) fn type_param(
        &mut self,
        kind: TypeParamKind,
        name: Ident,
        bound: Option<Expr>,
        default: Option<Expr>,
    ) -> TypeParam {
        let kind = match &bound {
            Some(Expr {
                kind: ExprKind::Tuple(_),
                ..
            }) => TypeParamKind::Constrained,
            Some(_) | None => kind,
        };
        TypeParam {
            name,
            kind,
            bound: bound.map(|bound| Box::new(self.lazy(bound))),
            default: default.map(|default| Box::new(self.lazy(default))),
        }
    }

    /// `type Name[T] = value`
    pub(crate) fn type_alias(&mut self, name: Ident, type_params: Vec<TypeParam>, value: Expr) {
        let value = self.lazy(value);
        self.statement(StmtKind::TypeAlias {
            name,
            type_params,
            value,
        });
    }

    /// A function that evaluates the expression. What a star spreads is its only item.
    fn lazy(&mut self, value: Expr) -> Expr {
        let Span { start, end } = value.span;
        let value = match value.kind {
            ExprKind::Starred(_) => {
                let tuple = self.expr(start, ExprKind::Tuple(vec![value]), end);
                let index = self.expr(start, ExprKind::Constant(Constant::Int(0)), end);
                let kind = ExprKind::Subscript {
                    value: Box::new(tuple),
                    index: Box::new(index),
                };
                self.expr(start, kind, end)
            }
            _ => value,
        };
        self.lambda(start, Box::default(), value, end)
    }
}
