//! Class definitions: the body is a function over the namespace dict.

use super::generate::{Generator, Opening};
use super::resolve::CLASS_ATTRIBUTES;
use super::scope::{ScopeKind, node_key, type_params_key};
use crate::bytecode::{Constant, FunctionKind, Intrinsic, NO_DEFAULTS, Op, ParamSpec, Reg};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Generator<'a> {
    /// `@decorators class name(arguments): body`
    pub(super) fn class_def(&mut self, def: &'a ast::ClassDef, span: Span) {
        let mark = self.mark();
        let first = self.push_all(&def.decorators);
        let body = self.alloc();
        let span = self.class_header(span, def);
        let around = self.f.scope;
        self.open_type_params(type_params_key(def), &def.type_params, span);
        let inner = self.mark();
        let callee = match u16::from(body) + 1 == inner {
            true => body,
            false => self.alloc(),
        };
        let number = self.class_body(def, span);
        self.make_function(callee, NO_DEFAULTS, number, span);
        let name = self.alloc();
        self.load_constant(&Constant::Str(def.name.name.clone()), name, def.name.span);
        self.class_arguments(callee, &def.arguments, span);
        self.generic_bases(&def.type_params, callee.saturating_add(2), span);
        self.emit(
            Op::Intrinsic {
                dst: body,
                first: callee,
                count: 4,
                which: Intrinsic::BuildClass,
            },
            span,
        );
        self.store_type_params(&def.type_params, body, span);
        self.f.scope = around;
        self.decorate(first, &def.decorators);
        let result = match def.decorators.is_empty() {
            true => body,
            false => first,
        };
        let sym = self.intern(&def.name.name);
        self.store(sym, result, def.name.span);
        self.release(mark);
    }

    /// Pushes the tuple of bases and the dict of keywords or None.
    fn class_arguments(&mut self, callee: Reg, arguments: &'a [ast::Argument], span: Span) {
        self.spread_arguments(callee, arguments, span);
        let bases = callee.saturating_add(2);
        self.emit(
            Op::ListToTuple {
                dst: bases,
                src: bases,
            },
            span,
        );
    }

    fn class_header(&self, span: Span, def: &ast::ClassDef) -> Span {
        let last = def
            .arguments
            .iter()
            .map(|argument| match argument {
                ast::Argument::Positional(value) => value.span.end,
                ast::Argument::Keyword(_, value) | ast::Argument::Unpack(value) => value.span.end,
            })
            .max();
        self.header_to_colon(span, last.unwrap_or(def.name.span.end), last.is_none())
    }

    /// Generates the function that fills the namespace, in register 0, and returns the cell of `__class__`.
    fn class_body(&mut self, def: &'a ast::ClassDef, span: Span) -> u32 {
        let scope = self.scopes.of_node[&node_key(def)];
        let opening = Opening {
            scope,
            kind: FunctionKind::Plain,
            name: &def.name.name,
            span,
        };
        let outer = self.open_function(&opening);
        let spec = ParamSpec {
            names: vec![".namespace".into()],
            positional_only: 1,
            positional: 1,
            ..ParamSpec::default()
        };
        let mut code = self.function_code(&opening, &spec);
        code.in_class = true;
        let doc = self.docstring(&def.body);
        self.class_attributes(doc.clone(), span);
        code.doc = doc.map(|text| self.tables.constant(&Constant::Str(text)));
        self.body(&def.body);
        if self.scopes[scope].class_cell {
            self.emit(Op::Return { src: 1 }, span);
        }
        self.close_function(outer, code, span)
    }

    /// What a class body finds in its namespace, or must.
    fn class_attributes(&mut self, doc: Option<Box<str>>, span: Span) {
        let mark = self.mark();
        let reg = self.alloc();
        for name in CLASS_ATTRIBUTES {
            let sym = self.names.intern(name);
            if !self.scopes[self.f.scope].symbols.contains_key(&sym) {
                continue;
            }
            if name == "__qualname__" {
                let qualname = Constant::Str(self.f.qualname.clone());
                self.load_constant(&qualname, reg, span);
            } else {
                let module = self.names.intern("__name__");
                let slot = self.tables.global(&self.names, module);
                self.emit(Op::LoadGlobal { dst: reg, slot }, span);
            }
            self.store_attribute(name, reg, span);
        }
        if let Some(doc) = doc {
            self.load_constant(&Constant::Str(doc), reg, span);
            self.store_attribute("__doc__", reg, span);
        }
        if self.scopes[self.f.scope].annotates {
            self.emit(super::call::empty_dict(reg), span);
            self.store_attribute("__annotations__", reg, span);
            if !self.text_annotations && !self.scopes.evaluating.contains(&self.f.scope) {
                self.emit(Op::LoadNone { dst: reg }, span);
                self.store_attribute("__acoro_annotated__", reg, span);
            }
        }
        self.release(mark);
    }

    fn store_attribute(&mut self, name: &str, src: Reg, span: Span) {
        let sym = self.names.intern(name);
        let name = self.name_index(sym);
        self.emit(
            Op::StoreClassName {
                namespace: 0,
                src,
                name,
            },
            span,
        );
    }

    /// `__annotations__[name] = text` in a class body or module; functions keep nothing.
    pub(super) fn note_annotation(&mut self, name: &str, annotation: &'a ast::Expr) {
        let span = annotation.span;
        let kind = self.scopes[self.f.function].kind;
        if !matches!(kind, ScopeKind::Class | ScopeKind::Module) {
            return;
        }
        let sym = self.intern(name);
        let name = Constant::Str(self.names.name(sym).into());
        let text = Constant::Str(self.source.slice(span).into());
        let mark = self.mark();
        if kind == ScopeKind::Module {
            let first = self.alloc_many(2);
            self.load_constant(&name, first, span);
            self.load_constant(&text, first.saturating_add(1), span);
            self.emit(
                Op::Intrinsic {
                    dst: first,
                    first,
                    count: 2,
                    which: Intrinsic::AnnotateModule,
                },
                span,
            );
        } else {
            let object = self.alloc();
            let annotations = self.names.intern("__annotations__");
            self.load_class_name(annotations, object, span);
            let index = self.constant_operand(&name, span);
            let value = match self.scopes.evaluating.contains(&self.f.scope) {
                true => self.annotation(annotation),
                false => self.constant_operand(&text, span),
            };
            self.emit(
                Op::SetItem {
                    object,
                    index,
                    value,
                },
                span,
            );
        }
        self.release(mark);
    }
}
