//! `try` with `except`, `else` and `finally`. A `finally` body is compiled once: registers say why it runs, and code behind
//! it goes on accordingly.

use super::assemble::Label;
use super::exits::{Exit, FinallyExit, Leave, NORMAL, RAISED};
use super::generate::Generator;
use crate::bytecode::{NO_OUTER, Op, Reg};
use crate::source::Span;
use crate::syntax::ast;

/// The parts of a `try` statement.
#[derive(Clone, Copy)]
pub(super) struct Try<'a> {
    pub(super) body: &'a [ast::Stmt],
    pub(super) handlers: &'a [ast::ExceptHandler],
    pub(super) is_star: bool,
    pub(super) orelse: &'a [ast::Stmt],
    pub(super) span: Span,
}

impl<'a> Generator<'a> {
    pub(super) fn try_statement(&mut self, parts: Try<'a>, finalbody: Option<&'a [ast::Stmt]>) {
        match finalbody {
            Some(finalbody) => self.try_finally(parts, finalbody),
            None => self.try_handlers(parts),
        }
    }

    fn try_handlers(&mut self, parts: Try<'a>) {
        if parts.handlers.is_empty() {
            self.body(parts.body);
            self.body(parts.orelse);
        } else if parts.is_star {
            self.try_star(parts);
        } else {
            self.try_except(parts);
        }
    }

    fn try_except(&mut self, parts: Try<'a>) {
        let (caught, end) = (self.new_label(), self.new_label());
        let mark = self.mark();
        // The guarded body is done with its registers when the handlers begin.
        let exception = self.alloc();
        self.release(mark);
        self.f.code.enter_region(caught, exception);
        self.body(parts.body);
        self.f.code.leave_region();
        self.body(parts.orelse);
        self.jump(end, parts.span);
        let cold = self.begin_cold();
        self.bind_label(caught);
        self.alloc();
        let outer = std::mem::replace(&mut self.f.handled, exception);
        let mut catches_all = false;
        for handler in parts.handlers {
            catches_all = handler.kind.is_none();
            self.handler(handler, exception, outer, end);
        }
        if !catches_all {
            self.emit(Op::Reraise { src: exception }, parts.span);
        }
        self.end_cold(cold);
        self.f.handled = outer;
        self.release(mark);
        self.bind_label(end);
    }

    fn handler(&mut self, handler: &'a ast::ExceptHandler, exception: Reg, outer: Reg, end: Label) {
        let next = self.new_label();
        if let Some(kind) = &handler.kind {
            let mark = self.mark();
            let class = self.operand(kind);
            self.emit(
                Op::JumpIfNoMatch {
                    exception,
                    class,
                    to: next.0 as i32,
                },
                kind.span,
            );
            self.release(mark);
        }
        self.push_frame(Exit::Handler { outer });
        self.named_body(handler, exception);
        self.pop_frame();
        self.emit(Op::PopHandled { outer }, handler.span);
        self.jump(end, handler.span);
        self.bind_label(next);
    }

    /// A handler's body, with its variable set before and unset afterwards in any case.
    fn named_body(&mut self, handler: &'a ast::ExceptHandler, exception: Reg) {
        let Some(name) = &handler.name else {
            return self.body(&handler.body);
        };
        let sym = self.intern(&name.name);
        self.store(sym, exception, name.span);
        let (failed, done) = (self.new_label(), self.new_label());
        let mark = self.mark();
        let raised = self.alloc();
        self.release(mark);
        self.push_frame(Exit::Name(sym));
        self.f.code.enter_region(failed, raised);
        self.body(&handler.body);
        self.f.code.leave_region();
        self.pop_frame();
        self.forget(sym, name.span);
        self.jump(done, name.span);
        self.bind_label(failed);
        self.alloc();
        self.forget(sym, name.span);
        self.emit(Op::Reraise { src: raised }, name.span);
        self.release(mark);
        self.bind_label(done);
    }

    fn try_finally(&mut self, parts: Try<'a>, finalbody: &'a [ast::Stmt]) {
        let span = parts.span;
        let mark = self.mark();
        let finally = FinallyExit {
            body: self.new_label(),
            exception: self.alloc(),
            why: self.alloc(),
            value: self.alloc(),
            outer: self.f.handled,
            used: [false; 3],
        };
        let raised = self.new_label();
        self.push_frame(Exit::Finally(finally));
        self.f.code.enter_region(raised, finally.exception);
        self.try_handlers(parts);
        self.f.code.leave_region();
        let Exit::Finally(finally) = self.pop_frame() else {
            unreachable!("frames are balanced")
        };
        // Without other ways, an exception in its register is all there is to know.
        let has_why = finally.used.contains(&true) || finally.outer != NO_OUTER;
        self.no_exception(finally, span);
        self.set_why(finally, has_why, NORMAL, span);
        self.jump(finally.body, span);
        self.bind_label(raised);
        self.set_why(finally, has_why, RAISED, span);
        self.bind_label(finally.body);
        self.push_frame(Exit::Handler {
            outer: finally.outer,
        });
        let outer = std::mem::replace(&mut self.f.handled, finally.exception);
        self.body(finalbody);
        self.f.handled = outer;
        self.pop_frame();
        self.go_on(finally, has_why, span);
        self.release(mark);
    }

    fn set_why(&mut self, finally: FinallyExit, has_why: bool, why: i8, span: Span) {
        if !has_why {
            return;
        }
        self.emit(
            Op::LoadInt {
                dst: finally.why,
                value: i32::from(why),
            },
            span,
        );
        if finally.used[0] {
            self.emit(Op::LoadNone { dst: finally.value }, span);
        }
    }

    /// Behind a `finally` body: goes on as it was entered.
    fn go_on(&mut self, finally: FinallyExit, has_why: bool, span: Span) {
        let end = self.new_label();
        let to = end.0 as i32;
        if !has_why {
            self.emit(
                Op::JumpIfNone {
                    src: finally.exception,
                    when: true,
                    to,
                },
                span,
            );
        } else {
            let lhs = finally.why;
            self.emit(
                Op::JumpIfEqInt {
                    lhs,
                    value: NORMAL,
                    when: true,
                    to,
                },
                span,
            );
            for (how, used) in [Leave::Return, Leave::Break, Leave::Continue]
                .into_iter()
                .zip(finally.used)
            {
                if !used {
                    continue;
                }
                let next = self.new_label();
                self.emit(
                    Op::JumpIfEqInt {
                        lhs,
                        value: how.code(),
                        when: false,
                        to: next.0 as i32,
                    },
                    span,
                );
                let value = (how == Leave::Return).then_some(finally.value);
                self.leave(how, value, span);
                self.bind_label(next);
            }
        }
        self.emit(
            Op::Reraise {
                src: finally.exception,
            },
            span,
        );
        self.bind_label(end);
    }
}
