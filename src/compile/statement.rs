//! Statements: what each kind does, and the short ones in full.

use super::assemble::Label;
use super::exits::Leave;
use super::fold::{fold, truth};
use super::generate::Generator;
use super::try_except::Try;
use crate::bytecode::{Constant, Intrinsic, Op, Reg};
use crate::source::Span;
use crate::syntax::ast;
use ast::StmtKind as S;

impl<'a> Generator<'a> {
    pub(super) fn body(&mut self, body: &'a [ast::Stmt]) {
        for stmt in body {
            self.statement(stmt);
        }
    }

    fn statement(&mut self, stmt: &'a ast::Stmt) {
        let span = stmt.span;
        match &stmt.kind {
            S::Expr(value) => self.expression_statement(value),
            S::Assign { targets, value } => self.assign(targets, value, span),
            S::AugAssign { target, op, value } => self.augmented(target, *op, value, span),
            S::AnnAssign {
                target,
                annotation,
                value,
                simple,
            } => self.annotated(target, annotation, value.as_ref(), *simple),
            S::Return(value) => self.return_statement(value.as_ref(), span),
            S::Raise { exception, cause } => {
                self.raise(exception.as_ref(), cause.as_ref(), span);
            }
            S::Delete(targets) => {
                for target in targets {
                    self.delete_target(target);
                }
            }
            S::Assert { test, message } => self.assert(test, message.as_ref(), span),
            S::Global(_) | S::Nonlocal(_) | S::Pass => {}
            S::Break => self.leave(Leave::Break, None, span),
            S::Continue => self.leave(Leave::Continue, None, span),
            S::Import(names) => self.import(names, span),
            S::ImportFrom {
                level,
                module,
                names,
                star,
            } => self.import_from(*level, module, names, star.is_some(), span),
            S::If { branches, orelse } => self.if_statement(branches, orelse, span),
            S::While { test, body, orelse } => self.while_loop(test, body, orelse, span),
            S::For {
                is_async: false,
                target,
                iter,
                body,
                orelse,
            } => self.for_loop(target, iter, body, orelse, span),
            S::For {
                is_async: true,
                target,
                iter,
                body,
                orelse,
            } => self.async_for_loop(target, iter, body, orelse, span),
            S::With {
                is_async,
                items,
                body,
            } => self.with(items, body, *is_async),
            S::Try {
                body,
                handlers,
                is_star,
                orelse,
                finalbody,
            } => self.try_statement(
                Try {
                    body,
                    handlers,
                    is_star: *is_star,
                    orelse,
                    span,
                },
                finalbody.as_deref(),
            ),
            S::Match { subject, cases } => self.match_statement(subject, cases),
            S::FunctionDef(def) => self.function_def(def, span),
            S::ClassDef(def) => self.class_def(def, span),
            S::TypeAlias {
                name,
                type_params,
                value,
            } => self.type_alias(name, type_params, value, stmt.span),
        }
    }

    fn expression_statement(&mut self, value: &'a ast::Expr) {
        let is_top = self.f.function == super::scope::ScopeId(0);
        if self.options.interactive && is_top {
            let mark = self.mark();
            let reg = self.push(value);
            self.emit(
                Op::Intrinsic {
                    dst: reg,
                    first: reg,
                    count: 1,
                    which: Intrinsic::Display,
                },
                value.span,
            );
            return self.release(mark);
        }
        if let ast::ExprKind::Call { .. } = &value.kind {
            self.discard_call(value);
        } else {
            self.discard(value);
        }
    }

    fn return_statement(&mut self, value: Option<&'a ast::Expr>, span: Span) {
        let Some(value) = value else {
            return self.leave(Leave::Return, None, span);
        };
        let constant = fold(value);
        if let ast::ExprKind::Conditional { test, body, orelse } = &value.kind
            && self.f.frames.is_empty()
            && fold(test).is_none()
        {
            // Each branch returns by itself.
            let otherwise = self.new_label();
            self.branch(test, false, otherwise);
            self.return_statement(Some(body), body.span);
            self.bind_label(otherwise);
            return self.return_statement(Some(orelse), orelse.span);
        }
        let mark = self.mark();
        if constant == Some(Constant::None) {
            return self.leave(Leave::Return, None, span);
        }
        let src = match constant {
            None if self.return_disturbs() => self.push(value),
            Some(_) | None => self.operand(value),
        };
        self.leave(Leave::Return, Some(src), span);
        self.release(mark);
    }

    fn raise(
        &mut self,
        exception: Option<&'a ast::Expr>,
        cause: Option<&'a ast::Expr>,
        span: Span,
    ) {
        let mark = self.mark();
        let op = match (exception, cause) {
            (None, _) => Op::RaiseAgain,
            (Some(exception), None) => Op::Raise {
                src: self.operand(exception),
            },
            (Some(exception), Some(cause)) => {
                let src = self.operand_kept(exception);
                let cause = self.operand(cause);
                Op::RaiseFrom { src, cause }
            }
        };
        self.emit(op, span);
        self.release(mark);
    }

    fn assert(&mut self, test: &'a ast::Expr, message: Option<&'a ast::Expr>, span: Span) {
        let passed = self.new_label();
        if self.options.testing
            && message.is_none()
            && let ast::ExprKind::Compare { left, rest } = &test.kind
            && let [(op, right)] = &rest[..]
        {
            return self.assert_comparison(*op, left, right, test.span, span);
        }
        self.branch(test, true, passed);
        let mark = self.mark();
        let first = self.alloc();
        let count = u8::from(message.is_some());
        if let Some(message) = message {
            self.into(message, first);
        }
        self.emit(
            Op::Intrinsic {
                dst: first,
                first,
                count,
                which: Intrinsic::AssertFail,
            },
            span,
        );
        // The intrinsic never comes back; this tells the assembler so.
        self.emit(Op::Reraise { src: first }, span);
        self.release(mark);
        self.bind_label(passed);
    }

    /// An `assert` of a comparison in a file of tests: when it fails, it tells the values.
    fn assert_comparison(
        &mut self,
        op: ast::CompareOp,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        test: Span,
        span: Span,
    ) {
        let passed = self.new_label();
        let mark = self.mark();
        let first = self.alloc_many(3);
        let (lhs, rhs) = (first.saturating_add(1), first.saturating_add(2));
        self.into(left, lhs);
        self.into(right, rhs);
        let dst = self.alloc();
        self.emit(Op::Compare { op, dst, lhs, rhs }, test);
        self.emit(
            Op::JumpIf {
                src: dst,
                to: passed.0 as i32,
            },
            test,
        );
        let text = match op {
            ast::CompareOp::Eq => "==",
            ast::CompareOp::Ne => "!=",
            ast::CompareOp::Lt => "<",
            ast::CompareOp::Le => "<=",
            ast::CompareOp::Gt => ">",
            ast::CompareOp::Ge => ">=",
            ast::CompareOp::In => "in",
            ast::CompareOp::NotIn => "not in",
            ast::CompareOp::Is => "is",
            ast::CompareOp::IsNot => "is not",
        };
        self.load_constant(&Constant::Str(text.into()), first, span);
        self.emit(
            Op::Intrinsic {
                dst: first,
                first,
                count: 3,
                which: Intrinsic::AssertFail,
            },
            span,
        );
        self.emit(Op::Reraise { src: first }, span);
        self.release(mark);
        self.bind_label(passed);
    }

    fn if_statement(
        &mut self,
        branches: &'a [(ast::Expr, Vec<ast::Stmt>)],
        orelse: &'a [ast::Stmt],
        span: Span,
    ) {
        let end = self.new_label();
        for (at, (test, body)) in branches.iter().enumerate() {
            match fold(test).map(|constant| truth(&constant)) {
                Some(false) => continue,
                Some(true) => {
                    self.body(body);
                    return self.bind_label(end);
                }
                None => {}
            }
            let is_last = at + 1 == branches.len() && orelse.is_empty();
            let next = match is_last {
                true => end,
                false => self.new_label(),
            };
            self.branch(test, false, next);
            self.body(body);
            if !is_last {
                self.jump(end, span);
                self.bind_label(next);
            }
        }
        self.body(orelse);
        self.bind_label(end);
    }

    /// `if`-less jump for a register compared with None.
    pub(super) fn branch_none(&mut self, src: Reg, when: bool, label: Label, span: Span) {
        self.emit(
            Op::JumpIfNone {
                src,
                when,
                to: label.0 as i32,
            },
            span,
        );
    }
}
