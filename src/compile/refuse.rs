//! Valid Python that acoro does not have, refused by name.

use super::resolve::Resolver;
use super::scope::{Binding, ScopeId, ScopeKind};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;

/// Builtins that acoro refuses, with what to do instead.
const REFUSED: &[(&str, &str)] = &[
    (
        "exec",
        "a program cannot run source text; write a function, or read data with `json`",
    ),
    (
        "eval",
        "a program cannot run source text; convert with `int()`, `float()` or `json.loads()`",
    ),
    (
        "complex",
        "keep the real and the imaginary part in two floats",
    ),
    ("compile", "a program cannot compile source text"),
    ("globals", "keep the values in a dict of your own"),
    ("locals", "keep the values in a dict of your own"),
    (
        "vars",
        "keep the values in a dict of your own, or ask an object: `vars(object)`",
    ),
    (
        "dir",
        "keep the names in a list of your own, or ask an object: `dir(object)`",
    ),
];

impl Resolver {
    /// Notes a call of `vars()` or `dir()`, which are refused without an argument.
    pub(super) fn note_call(&mut self, func: &ast::Expr, args: &[ast::Argument]) {
        if let ast::ExprKind::Name(name) = &func.kind
            && matches!(&**name, "vars" | "dir")
            && args.is_empty()
        {
            self.note_use(name, func.span);
        }
    }

    /// Notes a name that may be a refused builtin.
    pub(super) fn note_name(&mut self, name: &str, span: Span) {
        if !matches!(name, "vars" | "dir") && REFUSED.iter().any(|(refused, _)| *refused == name) {
            self.note_use(name, span);
        }
    }

    fn note_use(&mut self, name: &str, span: Span) {
        let (sym, _) = self.symbol(name, span);
        self.calls.push((self.current, sym, span));
    }

    /// After names are bound: refuses the noted calls that mean the builtin.
    pub(super) fn refuse_calls(&mut self) {
        for (scope, sym, span) in std::mem::take(&mut self.calls) {
            let mut at = scope;
            while self.scopes[at].symbols[&sym].binding == Binding::Outer {
                at = self.scopes[at]
                    .parent
                    .expect("inlined scopes have a scope around");
                if !self.scopes[at].symbols.contains_key(&sym) {
                    break;
                }
            }
            let is_global = self.scopes[at]
                .symbols
                .get(&sym)
                .is_none_or(|symbol| symbol.binding == Binding::Global);
            let module_has_it = self.scopes[ScopeId(0)]
                .symbols
                .get(&sym)
                .is_some_and(|symbol| symbol.bound);
            if !is_global || module_has_it {
                continue;
            }
            let name = self.names.name(sym).to_owned();
            let without = match &*name {
                "vars" | "dir" => " without an argument",
                _ => "",
            };
            let Some((_, help)) = REFUSED.iter().find(|(refused, _)| **refused == *name) else {
                continue;
            };
            self.error(
                Diagnostic::unsupported(format!("acoro has no '{name}()'{without}"), span)
                    .with_help(*help),
            );
        }
    }

    pub(super) fn check_metaclass(&mut self, arguments: &[ast::Argument]) {
        for argument in arguments {
            if let ast::Argument::Positional(base) = argument
                && matches!(&base.kind, ast::ExprKind::Name(name) if &**name == "type")
            {
                self.error(
                    Diagnostic::unsupported(
                        "acoro has no metaclasses other than 'type' and 'ABCMeta'",
                        base.span,
                    )
                    .with_help(
                        "a class decorator or `__init_subclass__` does most of what metaclasses do",
                    ),
                );
            }
            let ast::Argument::Keyword(name, value) = argument else {
                continue;
            };
            if &*name.name != "metaclass" {
                continue;
            }
            let is_known = matches!(&value.kind,
                ast::ExprKind::Name(name) | ast::ExprKind::Attribute { name: ast::Ident { name, .. }, .. }
                    if matches!(&**name, "type" | "ABCMeta" | "EnumMeta" | "EnumType"));
            if !is_known {
                self.error(
                    Diagnostic::unsupported(
                        "acoro has no metaclasses other than 'type' and 'ABCMeta'",
                        name.span.to(value.span),
                    )
                    .with_help(
                        "a class decorator or `__init_subclass__` does most of what metaclasses do",
                    ),
                );
            }
        }
    }

    pub(super) fn check_del_method(&mut self, def: &ast::FunctionDef) {
        if self.scope().kind == ScopeKind::Class && &*def.name.name == "__del__" {
            self.error(
                Diagnostic::unsupported("acoro has no '__del__'", def.name.span).with_help(
                    "write a context manager (`__enter__`, `__exit__`) and use it in a `with`",
                ),
            );
        }
    }
}
