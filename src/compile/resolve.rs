//! The first walk over the tree, statements: opens scopes, notes what each name is used for, and reports misplaced code.

use super::Options;
use super::annotations::Annotated;
use super::bind;
use super::names::{Interner, Sym};
use super::placement::Block;
use super::scope::{
    FreeNames, NodeKey, Scope, ScopeId, ScopeKind, Scopes, Symbol, Symbols, node_key,
    type_params_key,
};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// Names that a class body can read without having assigned them.
pub(super) const CLASS_ATTRIBUTES: [&str; 2] = ["__module__", "__qualname__"];

/// What the first walk hands to the second.
pub(super) struct Resolved {
    /// The scopes with every name bound.
    pub(super) scopes: Scopes,
    /// The identifiers.
    pub(super) names: Interner,
    /// The errors.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The names of all `async def`s of the module.
    pub(super) async_names: FxHashSet<Sym>,
    /// No variable of the module hides the builtin `super`.
    pub(super) super_is_builtin: bool,
}

/// Walks a module and binds its names.
pub(super) fn resolve(module: &ast::Module, options: Options) -> Resolved {
    let mut resolver = Resolver {
        scopes: Scopes::default(),
        names: Interner::default(),
        diagnostics: Vec::new(),
        options,
        current: ScopeId(0),
        blocks: Vec::new(),
        valued_return: None,
        iterables: 0,
        futures_allowed: true,
        async_names: FxHashSet::default(),
        calls: Vec::new(),
        annotated: Vec::new(),
        futures: false,
    };
    resolver.push_scope(ScopeKind::Module, module.span, None);
    for (at, stmt) in module.body.iter().enumerate() {
        let stays_allowed = if let ast::StmtKind::Expr(expr) = &stmt.kind {
            at == 0 && is_string(expr)
        } else {
            matches!(&stmt.kind, ast::StmtKind::ImportFrom { level: 0, module, .. }
                if &**module == "__future__")
        };
        if !stays_allowed {
            resolver.futures_allowed = false;
        }
        resolver.statement(stmt);
    }
    resolver.bind_annotations();
    bind::bind(&mut resolver);
    resolver.refuse_calls();
    let super_name = resolver.names.intern("super");
    let super_is_builtin = !resolver.scopes.all.iter().any(|scope| {
        scope.symbols.get(&super_name).is_some_and(|symbol| {
            symbol.bound && (scope.kind == ScopeKind::Module || symbol.global.is_some())
        })
    });
    Resolved {
        scopes: resolver.scopes,
        names: resolver.names,
        diagnostics: resolver.diagnostics,
        async_names: resolver.async_names,
        super_is_builtin,
    }
}

/// Whether an expression statement is a docstring.
pub(super) fn is_string(expr: &ast::Expr) -> bool {
    matches!(expr.kind, ast::ExprKind::Constant(ast::Constant::Str(_)))
}

/// The state of the walk.
pub(super) struct Resolver {
    pub(super) scopes: Scopes,
    pub(super) names: Interner,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) options: Options,
    pub(super) current: ScopeId,
    /// Loops and `except*` bodies around, in the function.
    pub(super) blocks: Vec<Block>,
    /// The first `return value` of the function.
    pub(super) valued_return: Option<Span>,
    /// How many iterable expressions of comprehensions are around.
    pub(super) iterables: u32,
    /// Only docstring and `__future__` imports have been seen.
    pub(super) futures_allowed: bool,
    pub(super) async_names: FxHashSet<Sym>,
    /// Calls of names that acoro refuses if they turn out to be the builtins.
    pub(super) calls: Vec<(ScopeId, Sym, Span)>,
    /// The annotations that may mention variables of a function around.
    pub(super) annotated: Vec<Annotated>,
    /// `from __future__ import annotations`: annotations are texts.
    pub(super) futures: bool,
}

impl Resolver {
    pub(super) fn scope(&mut self) -> &mut Scope {
        &mut self.scopes[self.current]
    }

    pub(super) fn error(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Opens a scope inside the current one and enters it.
    pub(super) fn push_scope(&mut self, kind: ScopeKind, span: Span, key: Option<NodeKey>) {
        let id = ScopeId(u32::try_from(self.scopes.all.len()).expect("fewer scopes than bytes"));
        let parent = (kind != ScopeKind::Module).then_some(self.current);
        let function = match parent {
            Some(parent) if kind.is_inlined() => self.scopes[parent].function,
            _ => id,
        };
        let private = parent.and_then(|parent| self.scopes[parent].private.clone());
        self.scopes.all.push(Scope {
            kind,
            parent,
            function,
            symbols: Symbols::default(),
            free: FreeNames::default(),
            private,
            is_async: false,
            yields: None,
            awaits: None,
            annotates: false,
            class_cell: false,
            noun: "",
            span,
        });
        if let Some(key) = key {
            self.scopes.of_node.insert(key, id);
        }
        self.current = id;
    }

    /// Goes back to the scope around.
    pub(super) fn pop_scope(&mut self) {
        self.current = self.scopes[self.current]
            .parent
            .expect("only inner scopes are left");
    }

    /// The symbol of a name in the current scope, made when it is new.
    pub(super) fn symbol(&mut self, name: &str, span: Span) -> (Sym, &mut Symbol) {
        let scope = &mut self.scopes[self.current];
        let sym = self.names.intern_in(scope.private.as_deref(), name);
        let symbol = scope
            .symbols
            .entry(sym)
            .or_insert_with(|| Symbol::new(span));
        (sym, symbol)
    }

    /// The current scope gives a name a value.
    pub(super) fn bind(&mut self, name: &str, span: Span) -> Sym {
        self.refuse_debug(name, span, "assign to");
        let (sym, symbol) = self.symbol(name, span);
        symbol.bound = true;
        symbol.assigned = true;
        symbol.reassigned = true;
        sym
    }

    fn bind_import(&mut self, name: &str, span: Span) {
        let assigned = self.symbol(name, span).1.assigned;
        self.bind(name, span);
        self.symbol(name, span).1.assigned = assigned;
    }

    /// The current scope reads a name.
    pub(super) fn read(&mut self, name: &str, span: Span) -> Sym {
        let (sym, symbol) = self.symbol(name, span);
        symbol.used = true;
        sym
    }

    pub(super) fn body(&mut self, body: &[ast::Stmt]) {
        for stmt in body {
            self.statement(stmt);
        }
    }

    fn loop_body(&mut self, body: &[ast::Stmt]) {
        self.blocks.push(Block::Loop);
        self.body(body);
        self.blocks.pop();
    }

    fn statement(&mut self, stmt: &ast::Stmt) {
        use ast::StmtKind as S;
        match &stmt.kind {
            S::Expr(value) => self.expr(value),
            S::Assign { targets, value } => {
                self.expr(value);
                for target in targets {
                    self.assignment_target(target);
                }
            }
            S::AugAssign { target, value, .. } => {
                if let ast::ExprKind::Name(name) = &target.kind {
                    self.read(name, target.span);
                }
                self.target(target);
                self.expr(value);
            }
            S::AnnAssign {
                target,
                annotation,
                value,
                simple,
            } => self.annotated(target, annotation, value.as_ref(), *simple),
            S::Return(value) => {
                self.check_return(stmt.span, value.is_some());
                if let Some(value) = value {
                    self.expr(value);
                }
            }
            S::Raise { exception, cause } => {
                for expr in [exception, cause].into_iter().flatten() {
                    self.expr(expr);
                }
            }
            S::Delete(targets) => {
                for target in targets {
                    self.delete_target(target);
                }
            }
            S::Assert { test, message } => {
                self.expr(test);
                if let Some(message) = message {
                    self.expr(message);
                }
            }
            S::Global(names) => self.declare_global(names, stmt.span),
            S::Nonlocal(names) => self.declare_nonlocal(names, stmt.span),
            S::Pass => {}
            S::Break => self.check_break(stmt.span, "'break' outside loop"),
            S::Continue => self.check_break(stmt.span, "'continue' not properly in loop"),
            S::Import(names) => {
                for alias in names {
                    self.import(alias);
                }
            }
            S::ImportFrom {
                module,
                names,
                star,
                level,
            } => self.import_from(stmt.span, *level, module, names, *star),
            S::If { branches, orelse } => {
                for (test, body) in branches {
                    self.expr(test);
                    self.body(body);
                }
                self.body(orelse);
            }
            S::While { test, body, orelse } => {
                self.expr(test);
                self.loop_body(body);
                self.body(orelse);
            }
            S::For {
                is_async,
                target,
                iter,
                body,
                orelse,
            } => {
                if *is_async {
                    self.check_async_statement(stmt.span, "async for");
                }
                self.expr(iter);
                self.assignment_target(target);
                self.loop_body(body);
                self.body(orelse);
            }
            S::With {
                is_async,
                items,
                body,
            } => {
                if *is_async {
                    self.check_async_statement(stmt.span, "async with");
                }
                for item in items {
                    self.expr(&item.context);
                    if let Some(target) = &item.target {
                        self.assignment_target(target);
                    }
                }
                self.body(body);
            }
            S::Try {
                body,
                handlers,
                is_star,
                orelse,
                finalbody,
            } => {
                self.body(body);
                self.check_default_except_last(handlers);
                for handler in handlers {
                    self.handler(handler, *is_star);
                }
                self.body(orelse);
                self.body(finalbody.as_deref().unwrap_or_default());
            }
            S::Match { subject, cases } => {
                self.expr(subject);
                self.check_cases(cases);
                for case in cases {
                    self.pattern(&case.pattern);
                    if let Some(guard) = &case.guard {
                        self.expr(guard);
                    }
                    self.body(&case.body);
                }
            }
            S::FunctionDef(def) => self.function(def, stmt.span),
            S::ClassDef(def) => self.class(def, stmt.span),
            S::TypeAlias {
                name,
                type_params,
                value,
            } => {
                self.bind(&name.name, name.span);
                let generic = self.open_type_params(type_params_key(value), type_params, stmt.span);
                self.expr(value);
                if generic {
                    self.pop_scope();
                }
            }
        }
    }

    fn annotated(
        &mut self,
        target: &ast::Expr,
        annotation: &ast::Expr,
        value: Option<&ast::Expr>,
        simple: bool,
    ) {
        if let ast::ExprKind::Name(name) = &target.kind {
            if simple || value.is_some() {
                self.bind(name, target.span);
            }
            if simple {
                let is_module = self.current == ScopeId(0);
                self.scope().annotates = true;
                self.variable_annotation(annotation);
                let (_, symbol) = self.symbol(name, target.span);
                symbol.annotated = true;
                if let (Some(at), false) = (symbol.global, is_module) {
                    let message = format!("annotated name '{name}' can't be global");
                    self.error(
                        Diagnostic::syntax(message, target.span)
                            .and_at(at, "declared global here")
                            .with_help("leave the annotation out, or annotate it at module level"),
                    );
                }
            }
        } else {
            self.target(target);
        }
        if let Some(value) = value {
            self.expr(value);
        }
    }

    fn handler(&mut self, handler: &ast::ExceptHandler, is_star: bool) {
        if let Some(kind) = &handler.kind {
            self.expr(kind);
        }
        if let Some(name) = &handler.name {
            self.bind(&name.name, name.span);
            self.symbol(&name.name, name.span).1.deleted = true;
        }
        if is_star {
            self.blocks.push(Block::ExceptStar);
        }
        self.body(&handler.body);
        if is_star {
            self.blocks.pop();
        }
    }

    fn import(&mut self, alias: &ast::ImportAlias) {
        match &alias.rename {
            Some(rename) => self.bind_import(&rename.name, rename.span),
            None => {
                let first = alias.path.name.split('.').next().unwrap_or_default();
                self.bind_import(first, alias.path.span)
            }
        };
    }

    fn import_from(
        &mut self,
        span: Span,
        level: u32,
        module: &str,
        names: &[ast::ImportAlias],
        star: Option<Span>,
    ) {
        if level == 0 && module == "__future__" {
            self.futures |= names.iter().any(|alias| &*alias.path.name == "annotations");
            self.check_future(span, names);
        }
        if let Some(star) = star {
            self.check_star_import(star);
        }
        for alias in names {
            let local = alias.rename.as_ref().unwrap_or(&alias.path);
            self.bind_import(&local.name, local.span);
        }
    }

    fn function(&mut self, def: &ast::FunctionDef, span: Span) {
        let sym = self.bind(&def.name.name, def.name.span);
        if def.is_async {
            self.async_names.insert(sym);
        }
        self.check_del_method(def);
        self.exprs(&def.decorators);
        self.defaults(&def.params);
        let generic = self.open_type_params(type_params_key(def), &def.type_params, span);
        self.function_annotations(def);
        self.push_scope(ScopeKind::Function, def.name.span, Some(node_key(def)));
        self.scope().is_async = def.is_async;
        self.in_function(|this| {
            this.parameters(&def.params);
            this.body(&def.body);
        });
        self.pop_scope();
        if generic {
            self.pop_scope();
        }
    }

    /// Walks a function's parameters and body with the loops of the code around out of sight.
    pub(super) fn in_function(&mut self, walk: impl FnOnce(&mut Self)) {
        let blocks = std::mem::take(&mut self.blocks);
        let valued_return = self.valued_return.take();
        walk(self);
        self.check_generator_return();
        self.blocks = blocks;
        self.valued_return = valued_return;
    }

    fn open_type_params(&mut self, key: NodeKey, params: &[ast::TypeParam], span: Span) -> bool {
        if params.is_empty() {
            return false;
        }
        self.push_scope(ScopeKind::TypeParams, span, Some(key));
        for ast::TypeParam { name, .. } in params {
            self.bind(&name.name, name.span);
            self.read(&name.name, name.span);
        }
        for param in params {
            for lazy in [&param.bound, &param.default].into_iter().flatten() {
                self.expr(lazy);
            }
        }
        true
    }

    fn class(&mut self, def: &ast::ClassDef, span: Span) {
        self.bind(&def.name.name, def.name.span);
        self.exprs(&def.decorators);
        let generic = self.open_type_params(type_params_key(def), &def.type_params, span);
        self.check_metaclass(&def.arguments);
        self.arguments(&def.arguments);
        self.push_scope(ScopeKind::Class, def.name.span, Some(node_key(def)));
        self.scope().private = Some(Rc::from(&*def.name.name));
        self.in_function(|this| this.body(&def.body));
        // A class body has these without assigning them.
        for name in CLASS_ATTRIBUTES {
            let sym = self.names.intern(name);
            if let Some(symbol) = self.scope().symbols.get_mut(&sym) {
                symbol.bound = true;
            }
        }
        self.pop_scope();
        if generic {
            self.pop_scope();
        }
    }
}
