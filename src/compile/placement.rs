//! Errors about where things stand: `await` outside `async def`, `break` outside loops, late `global` declarations.
//! The messages are CPython's; the labels and the help are for those who meet them first.

use super::resolve::Resolver;
use super::scope::{ScopeId, ScopeKind};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;

/// What `break`, `continue` and `return` find around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// A loop body.
    Loop,
    /// The body of an `except*`.
    ExceptStar,
}

/// The features that `from __future__ import` knows; none changes anything.
const FUTURES: &[&str] = &[
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

impl Resolver {
    /// The function whose frame the current scope runs in.
    fn function_id(&self) -> ScopeId {
        self.scopes[self.current].function
    }

    pub(super) fn check_return(&mut self, span: Span, has_value: bool) {
        if matches!(self.scope().kind, ScopeKind::Module | ScopeKind::Class) {
            self.error(
                Diagnostic::syntax("'return' outside function", span)
                    .with_help("`return` leaves a function: put it into a `def`"),
            );
            return;
        }
        if self.blocks.contains(&Block::ExceptStar) {
            self.refuse_in_except_star(span);
        }
        if has_value {
            self.valued_return.get_or_insert(span);
        }
    }

    pub(super) fn check_break(&mut self, span: Span, message: &str) {
        match self.blocks.last() {
            Some(Block::Loop) => {}
            Some(Block::ExceptStar) if self.blocks.contains(&Block::Loop) => {
                self.refuse_in_except_star(span);
            }
            Some(Block::ExceptStar) | None => {
                self.error(Diagnostic::syntax(message, span).with_help(
                    "it belongs in the body of a `for` or `while`, in the same function",
                ))
            }
        }
    }

    fn refuse_in_except_star(&mut self, span: Span) {
        self.error(
            Diagnostic::syntax(
                "'break', 'continue' and 'return' cannot appear in an except* block",
                span,
            )
            .with_help("note the outcome in a variable and act on it behind the `try`"),
        );
    }

    /// After a function body: an async generator returns nothing.
    pub(super) fn check_generator_return(&mut self) {
        let scope = &self.scopes[self.current];
        let (Some(yields), Some(returns), true) =
            (scope.yields, self.valued_return, scope.is_async)
        else {
            return;
        };
        self.error(
            Diagnostic::syntax("'return' with value in async generator", returns)
                .and_at(yields, "this `yield` makes it an async generator")
                .with_help("write a bare `return`, or `yield` the value"),
        );
    }

    fn outside_async(&mut self, what: &str, span: Span) {
        let function = self.function_id();
        let scope = &self.scopes[function];
        let diagnostic = match scope.kind {
            ScopeKind::Function => {
                let at = scope.span;
                Diagnostic::syntax(format!("{what} outside async function"), span)
                    .and_at(at, "this function is not async")
                    .with_help("write `async def` to make the function a coroutine")
            }
            ScopeKind::Lambda => Diagnostic::syntax(format!("{what} outside async function"), span)
                .with_help("a lambda is never async: write an `async def`"),
            ScopeKind::Module
            | ScopeKind::Class
            | ScopeKind::Generator
            | ScopeKind::Comprehension
            | ScopeKind::TypeParams => {
                let place = match what {
                    "'await'" => "outside function",
                    _ => "outside async function",
                };
                Diagnostic::syntax(format!("{what} {place}"), span).with_help(
                    "put it into an `async def main():` and start that with `asyncio.run(main())`",
                )
            }
        };
        self.error(diagnostic);
    }

    /// Whether the function around may wait; notes that it does.
    fn may_wait(&mut self, span: Span) -> bool {
        let function = self.function_id();
        let interactive = self.options.interactive;
        let scope = &mut self.scopes[function];
        let may = match scope.kind {
            ScopeKind::Generator => true,
            ScopeKind::Function => scope.is_async,
            ScopeKind::Module => interactive,
            ScopeKind::Lambda
            | ScopeKind::Class
            | ScopeKind::Comprehension
            | ScopeKind::TypeParams => false,
        };
        if may {
            scope.awaits.get_or_insert(span);
        }
        may
    }

    pub(super) fn check_await(&mut self, span: Span) {
        if self.scope().kind == ScopeKind::Comprehension {
            // Whether the comprehension may wait is asked once, at its end.
            self.scope().awaits.get_or_insert(span);
        } else if !self.may_wait(span) {
            self.outside_async("'await'", span);
        }
    }

    pub(super) fn check_async_statement(&mut self, span: Span, what: &str) {
        if !self.may_wait(span) {
            let first = Span::new(span.start, span.start + what.len() as u32);
            self.outside_async(&format!("'{what}'"), first);
        }
    }

    /// A comprehension waits (at `at`): so does what is around it.
    pub(super) fn check_async_comprehension(&mut self, span: Span, at: Span) {
        if self.scope().kind == ScopeKind::Comprehension {
            self.scope().awaits.get_or_insert(at);
            return;
        }
        if self.may_wait(at) {
            return;
        }
        let function = self.function_id();
        let scope = &self.scopes[function];
        let mut diagnostic = Diagnostic::syntax(
            "asynchronous comprehension outside of an asynchronous function",
            span,
        );
        if scope.kind == ScopeKind::Function {
            diagnostic = diagnostic.and_at(scope.span, "this function is not async");
        }
        self.error(diagnostic.with_help("put it into an `async def`"));
    }

    pub(super) fn check_yield(&mut self, span: Span) {
        self.check_yield_place(span, "'yield'");
    }

    fn check_yield_place(&mut self, span: Span, what: &str) -> bool {
        let noun = self.scope().noun;
        if !noun.is_empty() {
            self.error(
                Diagnostic::syntax(format!("'yield' inside {noun}"), span)
                    .with_help("write the loop as a statement"),
            );
            return false;
        }
        let function = self.function_id();
        let scope = &mut self.scopes[function];
        match scope.kind {
            ScopeKind::Function | ScopeKind::Lambda => {
                scope.yields.get_or_insert(span);
                true
            }
            ScopeKind::Module
            | ScopeKind::Class
            | ScopeKind::Generator
            | ScopeKind::Comprehension
            | ScopeKind::TypeParams => {
                self.error(
                    Diagnostic::syntax(format!("{what} outside function"), span)
                        .with_help("`yield` makes a generator of the `def` it stands in"),
                );
                false
            }
        }
    }

    pub(super) fn check_yield_from(&mut self, span: Span) {
        let function = self.function_id();
        if self.check_yield_place(span, "'yield from'") && self.scopes[function].is_async {
            let at = self.scopes[function].span;
            self.error(
                Diagnostic::syntax("'yield from' inside async function", span)
                    .and_at(at, "this function is async")
                    .with_help("write `async for item in source: yield item`"),
            );
        }
    }

    pub(super) fn check_default_except_last(&mut self, handlers: &[ast::ExceptHandler]) {
        let Some((_, others)) = handlers.split_last() else {
            return;
        };
        for handler in others.iter().filter(|handler| handler.kind.is_none()) {
            self.error(
                Diagnostic::syntax("default 'except:' must be last", handler.span)
                    .with_help("it would catch everything that the clauses behind it name"),
            );
        }
    }

    pub(super) fn check_future(&mut self, span: Span, names: &[ast::ImportAlias]) {
        if !self.futures_allowed {
            self.error(
                Diagnostic::syntax(
                    "from __future__ imports must occur at the beginning of the file",
                    span,
                )
                .with_help("move the line to the top, or leave it out: it changes nothing"),
            );
        }
        for alias in names {
            let feature = &*alias.path.name;
            if !FUTURES.contains(&feature) {
                let message = match feature {
                    "braces" => "not a chance".to_owned(),
                    _ => format!("future feature {feature} is not defined"),
                };
                self.error(Diagnostic::syntax(message, alias.path.span));
            }
        }
    }

    pub(super) fn check_star_import(&mut self, star: Span) {
        if self.scope().kind != ScopeKind::Module {
            self.error(
                Diagnostic::syntax("import * only allowed at module level", star)
                    .with_help("name what you need: `from module import name`"),
            );
        } else if !self.options.interactive && !self.options.testing {
            self.error(
                Diagnostic::unsupported("acoro has no 'import *' outside the REPL", star)
                    .with_help("name what you need: `from module import name`"),
            );
        }
    }

    /// `__debug__` is a constant.
    pub(super) fn refuse_debug(&mut self, name: &str, span: Span, what: &str) {
        if name == "__debug__" {
            self.error(Diagnostic::syntax(format!("cannot {what} __debug__"), span));
        }
    }

    pub(super) fn declare_global(&mut self, names: &[ast::Ident], span: Span) {
        for ident in names {
            self.refuse_debug(&ident.name, ident.span, "assign to");
            if self.check_declaration(ident, span, "global") {
                let (sym, symbol) = self.symbol(&ident.name, ident.span);
                symbol.global = Some(ident.span);
                // The module has the variable, even if only functions assign it.
                self.scopes.all[0]
                    .symbols
                    .entry(sym)
                    .or_insert_with(|| super::scope::Symbol::new(ident.span));
            }
        }
    }

    pub(super) fn declare_nonlocal(&mut self, names: &[ast::Ident], span: Span) {
        if self.scope().kind == ScopeKind::Module {
            self.error(
                Diagnostic::syntax("nonlocal declaration not allowed at module level", span)
                    .with_help("module variables are seen everywhere; functions that assign them say `global`"),
            );
            return;
        }
        for ident in names {
            if self.check_declaration(ident, span, "nonlocal") {
                self.symbol(&ident.name, ident.span).1.nonlocal = Some(ident.span);
            }
        }
    }

    /// A declaration stands before everything else that is done to its name.
    fn check_declaration(&mut self, ident: &ast::Ident, span: Span, what: &str) -> bool {
        let name = &ident.name;
        let (_, symbol) = self.symbol(name, ident.span);
        let first = symbol.first;
        let other = match what {
            "global" => symbol.nonlocal,
            _ => symbol.global,
        };
        let message = if symbol.parameter {
            format!("name '{name}' is parameter and {what}")
        } else if other.is_some() {
            format!("name '{name}' is nonlocal and global")
        } else if symbol.used {
            format!("name '{name}' is used prior to {what} declaration")
        } else if symbol.annotated {
            format!("annotated name '{name}' can't be {what}")
        } else if symbol.assigned {
            format!("name '{name}' is assigned to before {what} declaration")
        } else {
            return true;
        };
        let help = if symbol.parameter {
            "give the parameter another name"
        } else {
            "move the declaration to the top of the function"
        };
        self.error(
            Diagnostic::syntax(message, span)
                .and_at(first, "used here")
                .with_help(help),
        );
        false
    }
}
