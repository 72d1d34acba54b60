//! Annotations are kept as texts, which are evaluated among the names of their module when a program asks for them. Those that mention
//! a variable of a function or class around are evaluated where they stand, as CPython does: only there the variable can be found.

use super::generate::Generator;
use super::resolve::Resolver;
use super::scope::{NodeKey, ScopeId, ScopeKind, node_key};
use crate::bytecode::{Constant, Intrinsic, Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind as E};

/// The annotations of a function, or one of a class body.
pub(super) struct Annotated {
    /// The scope that evaluates them.
    scope: ScopeId,
    /// The function; none for a class, which is the scope.
    function: Option<NodeKey>,
    /// The names in them.
    names: Vec<(ast::Name, Span)>,
}

impl Resolver {
    /// Remembers the annotations of a function.
    pub(super) fn function_annotations(&mut self, def: &ast::FunctionDef) {
        let annotations = all_annotations(&def.params, def.returns.as_ref());
        self.remember(
            annotations.map(|(_, annotation)| annotation),
            Some(node_key(def)),
        );
    }

    /// Remembers the annotation of a variable of a class.
    pub(super) fn variable_annotation(&mut self, annotation: &ast::Expr) {
        if self.scope().kind == ScopeKind::Class {
            self.remember([annotation].into_iter(), None);
        }
    }

    fn remember<'e>(
        &mut self,
        annotations: impl Iterator<Item = &'e ast::Expr>,
        function: Option<NodeKey>,
    ) {
        if self.current == ScopeId(0) || self.futures {
            return;
        }
        let mut names = Vec::new();
        for annotation in annotations {
            if !collect_names(annotation, &mut names) {
                return;
            }
        }
        if !names.is_empty() {
            let scope = self.current;
            self.annotated.push(Annotated {
                scope,
                function,
                names,
            });
        }
    }

    /// Decides which annotations are evaluated where they stand, and reads the names in them there.
    pub(super) fn bind_annotations(&mut self) {
        let annotated = std::mem::take(&mut self.annotated);
        for one in &annotated {
            if one
                .names
                .iter()
                .any(|(name, _)| self.is_local(one.scope, name))
            {
                match one.function {
                    Some(key) => self.scopes.evaluated.insert(key),
                    None => self.scopes.evaluating.insert(one.scope),
                };
            }
        }
        for one in annotated {
            let evaluated = match one.function {
                Some(key) => self.scopes.evaluated.contains(&key),
                None => self.scopes.evaluating.contains(&one.scope),
            };
            if evaluated {
                self.current = one.scope;
                for (name, span) in one.names {
                    self.read(&name, span);
                }
            }
        }
        self.current = ScopeId(0);
    }

    /// Is the name a variable of a function or class around?
    fn is_local(&mut self, from: ScopeId, name: &str) -> bool {
        let private = self.scopes[from].private.clone();
        let sym = self.names.intern_in(private.as_deref(), name);
        let mut at = Some(from);
        while let Some(id) = at {
            let scope = &self.scopes[id];
            let counts = match scope.kind {
                ScopeKind::Module => return false,
                ScopeKind::Class => id == from,
                ScopeKind::Function
                | ScopeKind::Lambda
                | ScopeKind::Generator
                | ScopeKind::Comprehension
                | ScopeKind::TypeParams => true,
            };
            if counts && let Some(symbol) = scope.symbols.get(&sym) {
                if symbol.is_own() {
                    return true;
                }
                if symbol.global.is_some() {
                    return false;
                }
            }
            at = scope.parent;
        }
        false
    }
}

/// All annotations of a function with the parameters' names, in CPython's order.
pub(super) fn all_annotations<'e>(
    params: &'e ast::Params,
    returns: Option<&'e ast::Expr>,
) -> impl Iterator<Item = (&'e str, &'e ast::Expr)> {
    params
        .regular
        .iter()
        .chain(&params.positional_only)
        .chain(&params.vararg)
        .chain(&params.keyword_only)
        .chain(&params.kwarg)
        .filter_map(|param| Some((&*param.name.name, param.annotation.as_deref()?)))
        .chain(returns.map(|returns| ("return", returns)))
}

/// Collects the names in an annotation; false if it is of a kind that is not evaluated in place.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what opens scopes or waits is rare in annotations"
)]
fn collect_names(expr: &ast::Expr, names: &mut Vec<(ast::Name, Span)>) -> bool {
    match &expr.kind {
        E::Name(name) => {
            names.push((name.clone(), expr.span));
            true
        }
        E::Constant(_) => true,
        E::Attribute { value, .. } => collect_names(value, names),
        E::Starred(inner) => collect_names(inner, names),
        E::Subscript { value, index } => collect_names(value, names) && collect_names(index, names),
        E::Tuple(items) | E::List(items) | E::Set(items) => {
            items.iter().all(|item| collect_names(item, names))
        }
        E::Unary { operand, .. } => collect_names(operand, names),
        E::Binary { left, right, .. } => collect_names(left, names) && collect_names(right, names),
        E::Call { func, args } => {
            collect_names(func, names)
                && args.iter().all(|arg| match arg {
                    ast::Argument::Positional(value) => collect_names(value, names),
                    ast::Argument::Keyword(_, value) | ast::Argument::Unpack(value) => {
                        collect_names(value, names)
                    }
                })
        }
        _ => false,
    }
}

impl<'a> Generator<'a> {
    /// Pushes the dict of a function's annotations, if they are evaluated where they stand.
    pub(super) fn push_annotations(&mut self, def: &'a ast::FunctionDef) -> Option<Reg> {
        if !self.scopes.evaluated.contains(&node_key(def)) {
            return None;
        }
        let dict = self.alloc();
        self.emit(super::call::empty_dict(dict), def.name.span);
        for (name, annotation) in all_annotations(&def.params, def.returns.as_ref()) {
            let span = annotation.span;
            let mark = self.mark();
            let sym = self.intern(name);
            let name = Constant::Str(self.names.name(sym).into());
            let key = self.constant_operand(&name, span);
            let value = self.annotation(annotation);
            self.emit(Op::DictInsert { dict, key, value }, span);
            self.release(mark);
        }
        Some(dict)
    }

    /// The value of an annotation, in a register.
    pub(super) fn annotation(&mut self, annotation: &'a ast::Expr) -> Reg {
        let E::Starred(inner) = &annotation.kind else {
            return self.operand(annotation);
        };
        let dst = self.alloc();
        self.into(inner, dst);
        let which = Intrinsic::OnlyItem;
        self.emit(
            Op::Intrinsic {
                dst,
                first: dst,
                count: 1,
                which,
            },
            annotation.span,
        );
        dst
    }

    /// `function.__annotations__ = dict`
    pub(super) fn store_annotations(&mut self, function: Reg, dict: Option<Reg>, span: Span) {
        if let Some(src) = dict {
            let site = self.site("__annotations__");
            self.emit(
                Op::SetAttr {
                    object: function,
                    src,
                    site,
                },
                span,
            );
        }
    }
}
