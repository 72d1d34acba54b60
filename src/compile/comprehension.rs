//! Comprehensions, which run in the frame around them, and generator expressions, which are functions.

use super::assemble::Label;
use super::exits::Close;
use super::generate::{Generator, Opening};
use super::scope::node_key;
use crate::bytecode::{FunctionKind, NO_DEFAULTS, Op, ParamSpec, Reg};
use crate::source::Span;
use crate::syntax::ast;
use ast::ExprKind as E;

/// What is done with each item.
#[derive(Clone, Copy)]
enum Item<'a> {
    Append(Reg, &'a ast::Expr),
    Add(Reg, &'a ast::Expr),
    Insert(Reg, &'a ast::Expr, &'a ast::Expr),
    Yield(&'a ast::Expr),
}

/// Where the items of a clause come from.
#[derive(Clone, Copy)]
enum Items<'a> {
    /// The state registers of a prepared loop.
    Prepared(Reg),
    /// An expression evaluated inside the comprehension.
    Expr(&'a ast::Expr),
}

impl<'a> Generator<'a> {
    /// A list, set or dict comprehension.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "no other expressions come here"
    )]
    pub(super) fn comprehension_into(&mut self, expr: &'a ast::Expr, dst: Reg) {
        let mark = self.mark();
        let span = expr.span;
        let result = self.scratch_for(dst);
        let (item, clauses, make) = match &expr.kind {
            E::ListComp { element, clauses } => {
                let make = Op::BuildList {
                    dst: result,
                    first: result,
                    count: 0,
                };
                (Item::Append(result, element), clauses, make)
            }
            E::SetComp { element, clauses } => (
                Item::Add(result, element),
                clauses,
                super::display::empty_set(result),
            ),
            E::DictComp {
                key,
                value,
                clauses,
            } => (
                Item::Insert(result, key, value),
                clauses,
                super::call::empty_dict(result),
            ),
            _ => unreachable!("only comprehensions come here"),
        };
        let Some((first, others)) = clauses.split_first() else {
            return;
        };
        // The first iterable belongs to the scope around.
        let state = self.prepare_clause(first, Items::Expr(&first.iter));
        let scope = self.scopes.of_node[&node_key(expr)];
        let around = self.enter_inlined(scope, false, span);
        self.emit(make, span);
        let outermost = self.begin_loop(span);
        self.clause(first, Items::Prepared(state), others, item, span);
        self.end_loop(outermost);
        self.f.scope = around;
        self.finish(result, dst, span);
        self.release(mark);
    }

    /// `(element for …)`: a function that is called with the first iterable's iterator.
    pub(super) fn generator_into(
        &mut self,
        expr: &'a ast::Expr,
        element: &'a ast::Expr,
        clauses: &'a [ast::Comprehension],
        dst: Reg,
    ) {
        let Some((first, others)) = clauses.split_first() else {
            return;
        };
        let mark = self.mark();
        let callee = match self.is_top(dst) {
            true => dst,
            false => self.alloc(),
        };
        let number = self.generator_function(expr, element, first, others);
        self.make_function(callee, NO_DEFAULTS, number, expr.span);
        let iter = self.alloc();
        let inner = self.mark();
        let src = self.operand_kept_in(&first.iter, iter);
        self.emit(get_iter(first.is_async, iter, src), first.iter.span);
        self.release(inner);
        self.emit(Op::Call { callee, count: 1 }, expr.span);
        self.finish(callee, dst, expr.span);
        self.release(mark);
    }

    fn generator_function(
        &mut self,
        expr: &'a ast::Expr,
        element: &'a ast::Expr,
        first: &'a ast::Comprehension,
        others: &'a [ast::Comprehension],
    ) -> u32 {
        let scope = self.scopes.of_node[&node_key(expr)];
        let kind = match self.scopes[scope].awaits {
            Some(_) => FunctionKind::AsyncGenerator,
            None => FunctionKind::Generator,
        };
        let opening = Opening {
            scope,
            kind,
            name: "<genexpr>",
            span: expr.span,
        };
        let outer = self.open_function(&opening);
        let spec = ParamSpec {
            names: vec![".0".into()],
            positional_only: 1,
            positional: 1,
            ..ParamSpec::default()
        };
        let code = self.function_code(&opening, &spec);
        let state = if first.is_async {
            0
        } else {
            let iter = self.alloc_many(3);
            self.emit(Op::ForPrepare { iter, src: 0 }, first.iter.span);
            iter
        };
        let outermost = self.begin_loop(expr.span);
        self.clause(
            first,
            Items::Prepared(state),
            others,
            Item::Yield(element),
            expr.span,
        );
        self.end_loop(outermost);
        self.close_function(outer, code, expr.span)
    }

    /// The loop state of a clause.
    fn prepare_clause(&mut self, clause: &'a ast::Comprehension, items: Items<'a>) -> Reg {
        match items {
            Items::Prepared(state) => state,
            Items::Expr(iter) if clause.is_async => self.prepare_async_for(iter),
            Items::Expr(iter) => self.prepare_for(iter),
        }
    }

    /// One `for` clause with those behind it inside.
    fn clause(
        &mut self,
        clause: &'a ast::Comprehension,
        items: Items<'a>,
        others: &'a [ast::Comprehension],
        item: Item<'a>,
        span: Span,
    ) {
        let mark = self.mark();
        let state = self.prepare_clause(clause, items);
        let iter_span = clause.iter.span;
        let (top, next, end) = (self.new_label(), self.new_label(), self.new_label());
        let inner = self.mark();
        let reg = self.item_register(&clause.target);
        if clause.is_async {
            self.bind_label(next);
            self.emit(
                Op::AsyncForNext {
                    iter: state,
                    dst: reg,
                    to: end.0 as i32,
                },
                iter_span,
            );
        } else {
            self.emit(
                Op::ForNext {
                    iter: state,
                    dst: reg,
                    to: end.0 as i32,
                },
                iter_span,
            );
            self.bind_label(top);
        }
        let close = self
            .is_created_here(&clause.iter)
            .then_some(match clause.is_async {
                true => Close::Async(state),
                false => Close::Made(state),
            });
        self.guard(close, iter_span);
        self.assign_register(&clause.target, reg, clause.target.span);
        self.release(inner);
        self.clause_body(clause, others, item, next, span);
        self.unguard(close);
        if clause.is_async {
            self.jump(next, iter_span);
        } else {
            self.bind_label(next);
            self.emit(
                Op::ForLoop {
                    iter: state,
                    dst: reg,
                    to: top.0 as i32,
                },
                iter_span,
            );
        }
        self.bind_label(end);
        self.release(mark);
    }

    fn clause_body(
        &mut self,
        clause: &'a ast::Comprehension,
        others: &'a [ast::Comprehension],
        item: Item<'a>,
        next: Label,
        span: Span,
    ) {
        for condition in &clause.conditions {
            self.branch(condition, false, next);
        }
        match others.split_first() {
            Some((inner, others)) => {
                self.clause(inner, Items::Expr(&inner.iter), others, item, span);
            }
            None => self.item(item),
        }
    }

    fn item(&mut self, item: Item<'a>) {
        let mark = self.mark();
        let (op, span) = match item {
            Item::Append(list, element) => {
                let src = self.operand(element);
                (Op::ListAppend { list, src }, element.span)
            }
            Item::Add(set, element) => {
                let src = self.operand(element);
                (Op::SetAdd { set, src }, element.span)
            }
            Item::Insert(dict, key, value) => {
                let key_reg = self.operand_kept(key);
                let value_reg = self.operand(value);
                let insert = Op::DictInsert {
                    dict,
                    key: key_reg,
                    value: value_reg,
                };
                (insert, key.span)
            }
            Item::Yield(element) => {
                let src = self.operand(element);
                let dst = self.alloc();
                let op = match self.f.kind {
                    FunctionKind::AsyncGenerator => Op::YieldAsync { dst, src },
                    FunctionKind::Plain | FunctionKind::Generator | FunctionKind::Coroutine => {
                        Op::Yield { dst, src }
                    }
                };
                (op, element.span)
            }
        };
        self.emit(op, span);
        self.release(mark);
    }
}

fn get_iter(is_async: bool, dst: Reg, src: Reg) -> Op {
    match is_async {
        true => Op::GetAsyncIter { dst, src },
        false => Op::GetIter { dst, src },
    }
}
