//! `for`, `async for` and `while`: one turn of a loop is its body and one instruction at the bottom.

use super::exits::{Close, Exit};
use super::fold::{fold, fold_all, truth};
use super::generate::Generator;
use crate::bytecode::{Constant, Op, Reg};
use crate::source::Span;
use crate::syntax::ast;
use ast::ExprKind as E;

impl<'a> Generator<'a> {
    pub(super) fn while_loop(
        &mut self,
        test: &'a ast::Expr,
        body: &'a [ast::Stmt],
        orelse: &'a [ast::Stmt],
        span: Span,
    ) {
        let constant = fold(test).map(|constant| truth(&constant));
        if constant == Some(false) {
            return self.body(orelse);
        }
        let (top, bottom, end) = (self.new_label(), self.new_label(), self.new_label());
        let outermost = self.begin_loop(span);
        if constant.is_none() {
            self.jump(bottom, test.span);
        }
        self.bind_label(top);
        self.push_frame(Exit::Loop {
            breaks: end,
            continues: bottom,
            close: None,
        });
        self.body(body);
        self.pop_frame();
        self.bind_label(bottom);
        match constant {
            Some(_) => self.jump(top, test.span),
            None => self.branch(test, true, top),
        }
        self.end_loop(outermost);
        self.body(orelse);
        self.bind_label(end);
    }

    pub(super) fn for_loop(
        &mut self,
        target: &'a ast::Expr,
        iter: &'a ast::Expr,
        body: &'a [ast::Stmt],
        orelse: &'a [ast::Stmt],
        span: Span,
    ) {
        let mark = self.mark();
        let state = self.prepare_for(iter);
        let outermost = self.begin_loop(span);
        let (top, bottom) = (self.new_label(), self.new_label());
        let (otherwise, end) = (self.new_label(), self.new_label());
        let inner = self.mark();
        let item = self.item_register(target);
        self.emit(
            Op::ForNext {
                iter: state,
                dst: item,
                to: otherwise.0 as i32,
            },
            iter.span,
        );
        self.bind_label(top);
        let close = if self.is_created_here(iter) {
            Some(Close::Made(state))
        } else {
            may_call_iter(iter).then_some(Close::Sync(state))
        };
        self.push_frame(Exit::Loop {
            breaks: end,
            continues: bottom,
            close,
        });
        self.guard(close, iter.span);
        self.assign_register(target, item, target.span);
        self.release(inner);
        self.body(body);
        self.unguard(close);
        self.pop_frame();
        self.bind_label(bottom);
        self.emit(
            Op::ForLoop {
                iter: state,
                dst: item,
                to: top.0 as i32,
            },
            iter.span,
        );
        self.bind_label(otherwise);
        self.end_loop(outermost);
        self.release(mark);
        self.body(orelse);
        self.bind_label(end);
    }

    /// Evaluates what a loop iterates and prepares its state registers.
    pub(super) fn prepare_for(&mut self, iter: &'a ast::Expr) -> Reg {
        // Nobody else sees a list of constants in a loop's header.
        let constants = if let E::List(items) = &iter.kind {
            fold_all(items)
        } else {
            None
        };
        // A value that needs a register takes the first of the state's.
        let state = self.mark() as Reg;
        let src = match constants {
            Some(items) => self.constant_operand(&Constant::Tuple(items), iter.span),
            None => self.operand(iter),
        };
        self.release(u16::from(state));
        let state = self.alloc_many(3);
        self.emit(Op::ForPrepare { iter: state, src }, iter.span);
        state
    }

    /// Where a loop's item goes: the variable itself, if it is a register.
    pub(super) fn item_register(&mut self, target: &'a ast::Expr) -> Reg {
        if let E::Name(name) = &target.kind
            && let Some(reg) = self.local_register(name)
        {
            return reg;
        }
        self.alloc()
    }

    pub(super) fn async_for_loop(
        &mut self,
        target: &'a ast::Expr,
        iter: &'a ast::Expr,
        body: &'a [ast::Stmt],
        orelse: &'a [ast::Stmt],
        span: Span,
    ) {
        let mark = self.mark();
        let state = self.prepare_async_for(iter);
        let outermost = self.begin_loop(span);
        let (top, otherwise, end) = (self.new_label(), self.new_label(), self.new_label());
        self.bind_label(top);
        let inner = self.mark();
        let item = self.item_register(target);
        self.emit(
            Op::AsyncForNext {
                iter: state,
                dst: item,
                to: otherwise.0 as i32,
            },
            iter.span,
        );
        let close = self.is_created_here(iter).then_some(Close::Async(state));
        self.push_frame(Exit::Loop {
            breaks: end,
            continues: top,
            close,
        });
        self.guard(close, iter.span);
        self.assign_register(target, item, target.span);
        self.release(inner);
        self.body(body);
        self.unguard(close);
        self.pop_frame();
        self.jump(top, iter.span);
        self.bind_label(otherwise);
        self.end_loop(outermost);
        self.release(mark);
        self.body(orelse);
        self.bind_label(end);
    }

    /// Evaluates what an `async for` iterates; the register of its iterator.
    pub(super) fn prepare_async_for(&mut self, iter: &'a ast::Expr) -> Reg {
        let mark = self.mark();
        let src = self.operand(iter);
        self.release(mark);
        let state = self.alloc();
        self.emit(Op::GetAsyncIter { dst: state, src }, iter.span);
        state
    }

    /// A generator made in the loop's header has no other owner: it is closed when the loop is left.
    pub(super) fn is_created_here(&mut self, iter: &ast::Expr) -> bool {
        if let E::Call { func, .. } = &iter.kind {
            let E::Name(name) = &func.kind else {
                return true;
            };
            return !(NEVER_GENERATORS.contains(&&**name) && self.is_builtin(name));
        }
        matches!(iter.kind, E::Generator { .. })
    }
}

/// Can going through this call a script's `__iter__`, whose generator the loop alone has?
fn may_call_iter(iter: &ast::Expr) -> bool {
    matches!(
        iter.kind,
        E::Name(_)
            | E::Attribute { .. }
            | E::Subscript { .. }
            | E::Await(_)
            | E::Conditional { .. }
    )
}

/// Builtins whose results have nothing to close.
const NEVER_GENERATORS: [&str; 8] = [
    "range",
    "sorted",
    "list",
    "tuple",
    "set",
    "frozenset",
    "dict",
    "str",
];
