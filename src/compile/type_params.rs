//! Type parameters of functions, classes and aliases, and the `type` statement. Bounds, defaults and values are functions that are
//! called when a program asks for them.

use super::generate::Generator;
use super::scope::{NodeKey, type_params_key};
use crate::bytecode::{Constant, Intrinsic, Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{self, TypeParamKind};

impl<'a> Generator<'a> {
    /// Makes the type parameters, in a scope of their own.
    pub(super) fn open_type_params(
        &mut self,
        key: NodeKey,
        params: &'a [ast::TypeParam],
        span: Span,
    ) {
        let Some(&scope) = self.scopes.of_node.get(&key) else {
            return;
        };
        self.enter_inlined(scope, false, span);
        for param in params {
            let span = param.name.span;
            let mark = self.mark();
            let first = self.alloc_many(4);
            let sym = self.intern(&param.name.name);
            // A private name is mangled where it is kept, and shown as it is written.
            self.load_constant(&Constant::Str(param.name.name.clone()), first, span);
            let kind = match param.kind {
                TypeParamKind::Variable => 0,
                TypeParamKind::Constrained => 1,
                TypeParamKind::Tuple => 2,
                TypeParamKind::Parameters => 3,
            };
            self.load_constant(&Constant::Int(kind), first.saturating_add(1), span);
            self.lazy(param.bound.as_deref(), first.saturating_add(2), span);
            self.lazy(param.default.as_deref(), first.saturating_add(3), span);
            self.call_intrinsic(Intrinsic::TypeParameter, first, first, 4, span);
            self.store(sym, first, span);
            self.release(mark);
        }
    }

    fn lazy(&mut self, value: Option<&'a ast::Expr>, dst: Reg, span: Span) {
        match value {
            Some(value) => self.into(value, dst),
            None => self.emit(Op::LoadNone { dst }, span),
        }
    }

    fn call_intrinsic(&mut self, which: Intrinsic, dst: Reg, first: Reg, count: u8, span: Span) {
        self.emit(
            Op::Intrinsic {
                dst,
                first,
                count,
                which,
            },
            span,
        );
    }

    /// `r[dst]` = the tuple of the type parameters.
    fn type_params_tuple(&mut self, params: &'a [ast::TypeParam], dst: Reg, span: Span) {
        let mark = self.mark();
        let count = params.len().min(255) as u8;
        let first = self.alloc_many(count.into());
        for (at, param) in (0..count).zip(params) {
            let sym = self.intern(&param.name.name);
            self.load(sym, first.saturating_add(at), param.name.span);
        }
        self.emit(Op::BuildTuple { dst, first, count }, span);
        self.release(mark);
    }

    /// `object.__type_params__ = (T, …)`
    pub(super) fn store_type_params(
        &mut self,
        params: &'a [ast::TypeParam],
        object: Reg,
        span: Span,
    ) {
        if params.is_empty() {
            return;
        }
        let mark = self.mark();
        let src = self.alloc();
        self.type_params_tuple(params, src, span);
        let site = self.site("__type_params__");
        self.emit(Op::SetAttr { object, src, site }, span);
        self.release(mark);
    }

    /// A class with type parameters derives from `Generic` of them: `r[bases]` becomes the tuple with it.
    pub(super) fn generic_bases(&mut self, params: &'a [ast::TypeParam], bases: Reg, span: Span) {
        if params.is_empty() {
            return;
        }
        let mark = self.mark();
        let first = self.alloc_many(2);
        self.emit(
            Op::Move {
                dst: first,
                src: bases,
            },
            span,
        );
        self.type_params_tuple(params, first.saturating_add(1), span);
        self.call_intrinsic(Intrinsic::GenericBases, bases, first, 2, span);
        self.release(mark);
    }

    /// `type name[T] = value`
    pub(super) fn type_alias(
        &mut self,
        name: &'a ast::Ident,
        params: &'a [ast::TypeParam],
        value: &'a ast::Expr,
        span: Span,
    ) {
        let mark = self.mark();
        let around = self.f.scope;
        self.open_type_params(type_params_key(value), params, span);
        let first = self.alloc_many(3);
        self.load_constant(&Constant::Str(name.name.clone()), first, span);
        self.type_params_tuple(params, first.saturating_add(1), span);
        self.into(value, first.saturating_add(2));
        self.call_intrinsic(Intrinsic::TypeAlias, first, first, 3, span);
        self.f.scope = around;
        let sym = self.intern(&name.name);
        self.store(sym, first, name.span);
        self.release(mark);
    }
}
