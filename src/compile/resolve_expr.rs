//! The first walk over the tree, expressions, targets, parameters and comprehensions.

use super::resolve::Resolver;
use super::scope::{ScopeKind, node_key};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;
use ast::ExprKind as E;

impl Resolver {
    pub(super) fn exprs(&mut self, exprs: &[ast::Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    /// Elements of a display, which may be starred.
    fn elements(&mut self, elements: &[ast::Expr]) {
        for element in elements {
            self.element(element);
        }
    }

    fn element(&mut self, element: &ast::Expr) {
        if let E::Starred(value) = &element.kind {
            self.expr(value);
        } else {
            self.expr(element);
        }
    }

    /// Walks an expression that is read.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other expressions are no chains"
    )]
    pub(super) fn expr(&mut self, expr: &ast::Expr) {
        // Long chains lean to the left: `a + b + c` and `a.b().c()` are walked down in a loop, right operands on the way up.
        let mut expr = expr;
        loop {
            match &expr.kind {
                E::Binary { left, right, .. } if is_chain(left) => {
                    let mut rights = vec![&**right];
                    expr = left;
                    while let E::Binary { left, right, .. } = &expr.kind {
                        rights.push(right);
                        expr = left;
                    }
                    self.expr(expr);
                    for right in rights.into_iter().rev() {
                        self.expr(right);
                    }
                    return;
                }
                E::Attribute { value, .. } => expr = value,
                _ => return self.expr_here(expr),
            }
        }
    }

    fn expr_here(&mut self, expr: &ast::Expr) {
        match &expr.kind {
            E::Name(name) => {
                self.note_name(name, expr.span);
                self.name(name, expr.span);
            }
            E::Constant(_) => {}
            E::FString(parts) => self.f_string(parts),
            E::Tuple(elements) | E::List(elements) | E::Set(elements) => self.elements(elements),
            E::Dict(items) => {
                for item in items {
                    match item {
                        ast::DictItem::Pair(key, value) => {
                            self.expr(key);
                            self.expr(value);
                        }
                        ast::DictItem::Unpack(mapping) => self.expr(mapping),
                    }
                }
            }
            E::Unary { operand, .. } => self.expr(operand),
            E::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            E::Bool { values, .. } => self.exprs(values),
            E::Compare { left, rest } => {
                self.expr(left);
                for (_, right) in rest {
                    self.expr(right);
                }
            }
            E::Conditional { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            E::Lambda { params, body } => self.lambda(expr, params, body),
            E::Named { target, value } => self.named(target, value),
            E::Attribute { value, .. } => self.expr(value),
            E::Subscript { value, index } => {
                self.expr(value);
                self.expr(index);
            }
            E::Slice { lower, upper, step } => {
                for part in [lower, upper, step].into_iter().flatten() {
                    self.expr(part);
                }
            }
            E::Call { func, args } => {
                self.note_call(func, args);
                self.expr(func);
                self.arguments(args);
            }
            E::Starred(value) => {
                self.error(
                    Diagnostic::syntax("can't use starred expression here", expr.span)
                        .with_help("a starred expression belongs in a call, a list, a tuple or a set: `[*items]`"),
                );
                self.expr(value);
            }
            E::ListComp { element, clauses } => {
                self.comprehension(expr, "list comprehension", &[element], clauses);
            }
            E::SetComp { element, clauses } => {
                self.comprehension(expr, "set comprehension", &[element], clauses);
            }
            E::DictComp {
                key,
                value,
                clauses,
            } => self.comprehension(expr, "dict comprehension", &[key, value], clauses),
            E::Generator { element, clauses } => {
                self.comprehension(expr, "generator expression", &[element], clauses);
            }
            E::Await(value) => {
                self.check_await(expr.span);
                self.expr(value);
            }
            E::Yield(value) => {
                self.check_yield(expr.span);
                if let Some(value) = value {
                    self.expr(value);
                }
            }
            E::YieldFrom(value) => {
                self.check_yield_from(expr.span);
                self.expr(value);
            }
        }
    }

    fn name(&mut self, name: &str, span: Span) {
        if name == "__debug__" {
            return;
        }
        self.read(name, span);
        // `super` finds its class through the cell that `__class__` names.
        let function = self.scopes[self.current].function;
        let is_function = matches!(
            self.scopes[function].kind,
            ScopeKind::Function | ScopeKind::Lambda | ScopeKind::Generator
        );
        if name == "super" && is_function {
            self.read("__class__", span);
        }
    }

    fn f_string(&mut self, parts: &[ast::FStringPart]) {
        for part in parts {
            match part {
                ast::FStringPart::Literal(_) => {}
                ast::FStringPart::Field { value, spec, .. } => {
                    self.expr(value);
                    if let Some(spec) = spec {
                        self.f_string(spec);
                    }
                }
            }
        }
    }

    fn lambda(&mut self, expr: &ast::Expr, params: &ast::Params, body: &ast::Expr) {
        self.defaults(params);
        self.push_scope(ScopeKind::Lambda, expr.span, Some(node_key(expr)));
        self.in_function(|this| {
            this.parameters(params);
            this.expr(body);
        });
        self.pop_scope();
    }

    /// Positional, keyword and unpacked arguments of a call or class.
    pub(super) fn arguments(&mut self, args: &[ast::Argument]) {
        let mut keywords: Vec<&str> = Vec::new();
        for arg in args {
            match arg {
                ast::Argument::Positional(value) => self.element(value),
                ast::Argument::Keyword(name, value) => {
                    self.refuse_debug(&name.name, name.span, "assign to");
                    if keywords.contains(&&*name.name) {
                        let message = format!("keyword argument repeated: {}", name.name);
                        self.error(Diagnostic::syntax(message, name.span));
                    }
                    // A call with thousands of keywords is generated code; its repeats are the machine's to find.
                    if keywords.len() < 256 {
                        keywords.push(&name.name);
                    }
                    self.expr(value);
                }
                ast::Argument::Unpack(value) => self.expr(value),
            }
        }
    }

    /// The defaults of a function, evaluated where it is defined.
    pub(super) fn defaults(&mut self, params: &ast::Params) {
        for param in params
            .positional_only
            .iter()
            .chain(&params.regular)
            .chain(&params.keyword_only)
        {
            if let Some(default) = &param.default {
                self.expr(default);
            }
        }
    }

    /// The parameters, in the order of their registers.
    pub(super) fn parameters(&mut self, params: &ast::Params) {
        for param in params.positional_only.iter().chain(&params.regular) {
            self.parameter(param);
        }
        for param in &params.keyword_only {
            self.parameter(param).keyword = true;
        }
        if let Some(param) = &params.vararg {
            self.parameter(param).vararg = true;
        }
        if let Some(param) = &params.kwarg {
            self.parameter(param).keyword = true;
        }
    }

    fn parameter(&mut self, param: &ast::Param) -> &mut super::scope::Symbol {
        let ident = &param.name;
        self.refuse_debug(&ident.name, ident.span, "assign to");
        let (sym, symbol) = self.symbol(&ident.name, ident.span);
        if symbol.parameter {
            let first = symbol.first;
            let message = format!("duplicate argument '{}' in function definition", ident.name);
            self.error(Diagnostic::syntax(message, ident.span).and_at(first, "the first one"));
        }
        let symbol = &mut self.scope().symbols[&sym];
        symbol.bound = true;
        symbol.parameter = true;
        symbol
    }

    /// A target at the top of an assignment, `for` or `with`.
    pub(super) fn assignment_target(&mut self, target: &ast::Expr) {
        if let E::Starred(inner) = &target.kind {
            self.error(
                Diagnostic::syntax(
                    "starred assignment target must be in a list or tuple",
                    target.span,
                )
                .with_help("add a comma: `*rest, = items`"),
            );
            self.target(inner);
        } else {
            self.target(target);
        }
    }

    /// Walks an expression that is assigned to.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parts of a subscript are read, and nothing else can be assigned to"
    )]
    pub(super) fn target(&mut self, target: &ast::Expr) {
        match &target.kind {
            E::Name(name) => {
                self.bind(name, target.span);
            }
            E::Attribute { value, name } => {
                self.refuse_debug(&name.name, target.span, "assign to");
                self.expr(value);
            }
            E::Tuple(targets) | E::List(targets) => {
                let mut stars = targets
                    .iter()
                    .filter(|target| matches!(target.kind, E::Starred(_)));
                if let (Some(first), Some(second)) = (stars.next(), stars.next()) {
                    self.error(
                        Diagnostic::syntax(
                            "multiple starred expressions in assignment",
                            second.span,
                        )
                        .and_at(first.span, "the first one"),
                    );
                }
                for target in targets {
                    if let E::Starred(inner) = &target.kind {
                        self.target(inner);
                    } else {
                        self.target(target);
                    }
                }
            }
            _ => self.expr(target),
        }
    }

    /// Walks an expression that is deleted.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parts of a subscript are read, and nothing else can be deleted"
    )]
    pub(super) fn delete_target(&mut self, target: &ast::Expr) {
        match &target.kind {
            E::Name(name) => {
                self.refuse_debug(name, target.span, "delete");
                let (_, symbol) = self.symbol(name, target.span);
                symbol.bound = true;
                symbol.reassigned = true;
                symbol.deleted = true;
            }
            E::Attribute { value, .. } => self.expr(value),
            E::Tuple(targets) | E::List(targets) => {
                for target in targets {
                    self.delete_target(target);
                }
            }
            _ => self.expr(target),
        }
    }

    fn comprehension(
        &mut self,
        expr: &ast::Expr,
        noun: &'static str,
        results: &[&ast::Expr],
        clauses: &[ast::Comprehension],
    ) {
        let Some((first, others)) = clauses.split_first() else {
            return;
        };
        self.iterable(&first.iter);
        let kind = match noun {
            "generator expression" => ScopeKind::Generator,
            _ => ScopeKind::Comprehension,
        };
        self.push_scope(kind, expr.span, Some(node_key(expr)));
        self.scope().noun = noun;
        if kind == ScopeKind::Generator {
            let (_, symbol) = self.symbol(".0", first.iter.span);
            symbol.bound = true;
            symbol.parameter = true;
        }
        self.clause(first);
        for clause in others {
            self.iteration_target(&clause.target);
            self.iterable(&clause.iter);
            self.clause_rest(clause);
        }
        for result in results {
            self.expr(result);
        }
        let awaits = self.scope().awaits;
        self.pop_scope();
        if let (Some(at), ScopeKind::Comprehension) = (awaits, kind) {
            self.check_async_comprehension(expr.span, at);
        }
    }

    fn clause(&mut self, clause: &ast::Comprehension) {
        self.iteration_target(&clause.target);
        self.clause_rest(clause);
    }

    fn clause_rest(&mut self, clause: &ast::Comprehension) {
        if clause.is_async {
            self.scope().awaits.get_or_insert(clause.target.span);
        }
        self.exprs(&clause.conditions);
    }

    fn iterable(&mut self, iter: &ast::Expr) {
        self.iterables += 1;
        self.expr(iter);
        self.iterables -= 1;
    }

    fn iteration_target(&mut self, target: &ast::Expr) {
        self.target(target);
        self.mark_iteration_names(target);
    }

    fn mark_iteration_names(&mut self, target: &ast::Expr) {
        if let E::Tuple(targets) | E::List(targets) = &target.kind {
            for target in targets {
                self.mark_iteration_names(target);
            }
        } else if let E::Starred(inner) = &target.kind {
            self.mark_iteration_names(inner);
        } else if let E::Name(name) = &target.kind {
            let (_, symbol) = self.symbol(name, target.span);
            symbol.iterates = true;
            if symbol.nonlocal.is_some() || symbol.walrus {
                let message = format!(
                    "comprehension inner loop cannot rebind assignment expression target '{name}'"
                );
                self.error(Diagnostic::syntax(message, target.span));
            }
        }
    }

    /// `target := value` binds in the function around all comprehensions.
    fn named(&mut self, target: &ast::Ident, value: &ast::Expr) {
        let name = &*target.name;
        if self.iterables > 0 {
            self.error(
                Diagnostic::syntax(
                    "assignment expression cannot be used in a comprehension iterable expression",
                    target.span,
                )
                .with_help("assign before the comprehension"),
            );
        }
        self.refuse_debug(name, target.span, "assign to");
        let is_comprehension =
            |kind| matches!(kind, ScopeKind::Comprehension | ScopeKind::Generator);
        let inner = self.current;
        let mut passed = Vec::new();
        while is_comprehension(self.scopes[self.current].kind) {
            let (_, symbol) = self.symbol(name, target.span);
            if symbol.iterates {
                let message = format!(
                    "assignment expression cannot rebind comprehension iteration variable '{name}'"
                );
                self.error(
                    Diagnostic::syntax(message, target.span)
                        .with_help("give the assigned variable another name"),
                );
                self.current = inner;
                self.expr(value);
                return;
            }
            symbol.walrus = true;
            passed.push(self.current);
            self.current = self.scopes[self.current]
                .parent
                .expect("comprehensions have a scope around");
        }
        if !passed.is_empty() && self.scope().kind == ScopeKind::Class {
            self.error(
                Diagnostic::syntax(
                    "assignment expression within a comprehension cannot be used in a class body",
                    target.span,
                )
                .with_help("assign in a statement of its own"),
            );
        }
        let is_module = self.scope().kind == ScopeKind::Module;
        let (_, symbol) = self.symbol(name, target.span);
        symbol.bound = true;
        symbol.reassigned = true;
        symbol.walrus = true;
        let global = symbol.global.is_some() || is_module;
        for scope in passed {
            self.current = scope;
            let (_, symbol) = self.symbol(name, target.span);
            symbol.bound = true;
            if global {
                symbol.global = Some(target.span);
            } else {
                symbol.nonlocal = Some(target.span);
            }
        }
        self.current = inner;
        self.expr(value);
    }
}

fn is_chain(expr: &ast::Expr) -> bool {
    matches!(expr.kind, E::Binary { .. })
}
