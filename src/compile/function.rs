//! Functions: `def`, `lambda`, decorators, defaults, type parameters.

use super::annotations::all_annotations;
use super::generate::{Generator, Opening};
use super::scope::{ScopeId, node_key, type_params_key};
use crate::bytecode::{Constant, FunctionKind, NO_DEFAULTS, Op, ParamSpec, Reg};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Generator<'a> {
    /// `@decorators def name(params): body`
    pub(super) fn function_def(&mut self, def: &'a ast::FunctionDef, span: Span) {
        let mark = self.mark();
        let first = self.push_all(&def.decorators);
        let dst = match self.local_register(&def.name.name) {
            Some(reg) if def.decorators.is_empty() => reg,
            _ => self.alloc(),
        };
        let span = self.header_span(span, def);
        let defaults = self.push_defaults(&def.params);
        let around = self.f.scope;
        self.open_type_params(type_params_key(def), &def.type_params, span);
        let annotations = self.push_annotations(def);
        let scope = self.scopes.of_node[&node_key(def)];
        let opening = Opening {
            scope,
            kind: self.kind(scope),
            name: &def.name.name,
            span,
        };
        let number = self.function(&opening, &def.params, FunctionBody::Block(def));
        self.make_function(dst, defaults, number, span);
        self.store_annotations(dst, annotations, span);
        self.store_type_params(&def.type_params, dst, span);
        self.f.scope = around;
        self.decorate(first, &def.decorators);
        let result = match def.decorators.is_empty() {
            true => dst,
            false => first,
        };
        let sym = self.intern(&def.name.name);
        self.store(sym, result, def.name.span);
        self.release(mark);
    }

    pub(super) fn lambda_into(
        &mut self,
        expr: &'a ast::Expr,
        params: &'a ast::Params,
        body: &'a ast::Expr,
        dst: Reg,
    ) {
        let mark = self.mark();
        let defaults = self.push_defaults(params);
        let scope = self.scopes.of_node[&node_key(expr)];
        let opening = Opening {
            scope,
            kind: self.kind(scope),
            name: "<lambda>",
            span: expr.span,
        };
        let number = self.function(&opening, params, FunctionBody::Value(body));
        self.make_function(dst, defaults, number, expr.span);
        self.release(mark);
    }

    /// What calling the function of a scope gives.
    pub(super) fn kind(&self, scope: ScopeId) -> FunctionKind {
        let scope = &self.scopes[scope];
        match (scope.is_async, scope.yields.is_some()) {
            (false, false) => FunctionKind::Plain,
            (false, true) => FunctionKind::Generator,
            (true, false) => FunctionKind::Coroutine,
            (true, true) => FunctionKind::AsyncGenerator,
        }
    }

    /// Calls the decorators, which lie in consecutive registers in front of what they decorate.
    pub(super) fn decorate(&mut self, first: Reg, decorators: &'a [ast::Expr]) {
        for (at, decorator) in decorators.iter().enumerate().rev() {
            let callee = first.saturating_add(at.min(255) as u8);
            self.emit(Op::Call { callee, count: 1 }, decorator.span);
        }
    }

    /// Evaluates defaults into a tuple and a dict in consecutive registers.
    fn push_defaults(&mut self, params: &'a ast::Params) -> Reg {
        let positional = || {
            params
                .positional_only
                .iter()
                .chain(&params.regular)
                .filter_map(|param| param.default.as_deref())
        };
        let keyword_only: Vec<_> = params
            .keyword_only
            .iter()
            .filter_map(|param| Some((&param.name, param.default.as_deref()?)))
            .collect();
        let span = match (positional().next(), keyword_only.first()) {
            (Some(first), _) => first.span,
            (None, Some((_, first))) => first.span,
            (None, None) => return NO_DEFAULTS,
        };
        let tuple = self.alloc();
        let constants: Option<Vec<Constant>> = positional().map(super::fold::fold).collect();
        match constants {
            Some(constants) if constants.is_empty() => {
                self.emit(Op::LoadNone { dst: tuple }, span);
            }
            Some(constants) => self.load_constant(&Constant::Tuple(constants), tuple, span),
            None => {
                self.collect_list(positional(), tuple, span);
                self.emit(
                    Op::ListToTuple {
                        dst: tuple,
                        src: tuple,
                    },
                    span,
                );
            }
        }
        let dict = self.alloc();
        if keyword_only.is_empty() {
            self.emit(Op::LoadNone { dst: dict }, span);
        } else {
            let mark = self.mark();
            self.emit(super::call::empty_dict(dict), span);
            for (name, default) in keyword_only {
                let sym = self.intern(&name.name);
                let name = Constant::Str(self.names.name(sym).into());
                let key = self.constant_operand(&name, default.span);
                let value = self.operand(default);
                self.emit(Op::DictInsert { dict, key, value }, default.span);
                self.release(mark);
            }
        }
        tuple
    }

    pub(super) fn make_function(&mut self, dst: Reg, defaults: Reg, function: u32, span: Span) {
        self.emit(
            Op::MakeFunction {
                dst,
                defaults,
                function,
            },
            span,
        );
    }

    /// Generates a function's code; its number.
    pub(super) fn function(
        &mut self,
        opening: &Opening<'_>,
        params: &'a ast::Params,
        body: FunctionBody<'a>,
    ) -> u32 {
        let outer = self.open_function(opening);
        let spec = self.param_spec(params);
        let mut code = self.function_code(opening, &spec);
        let end = match body {
            FunctionBody::Block(def) => {
                let doc = self.docstring(&def.body);
                code.doc = doc.map(|text| self.tables.constant(&Constant::Str(text)));
                code.annotations = self.annotations(params, def.returns.as_ref());
                self.body(&def.body);
                def.body.last().map_or(opening.span, |last| {
                    Span::new(last.span.start, last.span.end)
                })
            }
            FunctionBody::Value(value) => {
                let src = self.operand(value);
                self.emit(Op::Return { src }, value.span);
                value.span
            }
        };
        let scope = &self.scopes[opening.scope];
        let parent = scope.parent.map(|parent| self.scopes[parent].kind);
        let class = self.names.intern("__class__");
        code.in_class = parent == Some(super::scope::ScopeKind::Class)
            || self.scopes[opening.scope].free.contains(&class);
        self.close_function(outer, code, end)
    }

    /// How a function takes its arguments, in the order of their registers.
    fn param_spec(&mut self, params: &ast::Params) -> ParamSpec {
        let all = params
            .positional_only
            .iter()
            .chain(&params.regular)
            .chain(&params.keyword_only)
            .chain(&params.vararg)
            .chain(&params.kwarg);
        let mut names = Vec::new();
        for param in all {
            let sym = self.intern(&param.name.name);
            names.push(self.names.name(sym).into());
        }
        let count = |len: usize| len.min(255) as u8;
        ParamSpec {
            names,
            positional_only: count(params.positional_only.len()),
            positional: count(params.positional_only.len() + params.regular.len()),
            keyword_only: count(params.keyword_only.len()),
            vararg: params.vararg.is_some(),
            kwarg: params.kwarg.is_some(),
        }
    }

    /// The annotations' source texts.
    fn annotations(
        &mut self,
        params: &ast::Params,
        returns: Option<&ast::Expr>,
    ) -> Vec<(Box<str>, Box<str>)> {
        let mut annotations = Vec::new();
        for (name, annotation) in all_annotations(params, returns) {
            let sym = self.intern(name);
            let name = self.names.name(sym).into();
            annotations.push((name, self.annotation_text(annotation)));
        }
        annotations
    }

    /// The expression that an annotation is when it is asked for.
    fn annotation_text(&self, annotation: &ast::Expr) -> Box<str> {
        let text = self.source.slice(annotation.span);
        match self.text_annotations {
            true => crate::text::repr_str(text).into(),
            false if matches!(annotation.kind, ast::ExprKind::Starred(_)) => {
                format!("({text},)[0]").into()
            }
            false => text.into(),
        }
    }

    /// From the first decorator or `def` to the colon.
    fn header_span(&self, span: Span, def: &ast::FunctionDef) -> Span {
        let params = &def.params;
        let last_param = params
            .positional_only
            .iter()
            .chain(&params.regular)
            .chain(&params.vararg)
            .chain(&params.keyword_only)
            .chain(&params.kwarg)
            .flat_map(|param| {
                [
                    Some(param.name.span),
                    param.annotation.as_ref().map(|expr| expr.span),
                    param.default.as_ref().map(|expr| expr.span),
                ]
            })
            .flatten()
            .chain(def.returns.as_ref().map(|expr| expr.span))
            .map(|span| span.end)
            .max();
        let from = last_param.unwrap_or(def.name.span.end);
        self.header_to_colon(span, from, last_param.is_none())
    }

    /// A definition's span up to the colon behind `from`; brackets that open there are skipped if they are `balanced`.
    pub(super) fn header_to_colon(&self, span: Span, from: u32, balanced: bool) -> Span {
        let text = self.source.slice(Span::new(from, span.end));
        let mut depth = 0;
        let mut in_comment = false;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'\n' => in_comment = false,
                _ if in_comment => {}
                b'#' => in_comment = true,
                b'(' | b'[' | b'{' if balanced => depth += 1,
                b')' | b']' | b'}' if balanced => depth -= 1,
                b':' if depth <= 0 => return Span::new(span.start, from + at as u32),
                _ => {}
            }
        }
        Span::new(span.start, from)
    }
}

/// What a function does.
#[derive(Clone, Copy)]
pub(super) enum FunctionBody<'a> {
    /// The statements of a `def`.
    Block(&'a ast::FunctionDef),
    /// The value of a lambda.
    Value(&'a ast::Expr),
}
