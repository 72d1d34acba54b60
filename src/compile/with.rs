//! `with` and `async with`.

use super::exits::{Exit, WithExit};
use super::generate::Generator;
use crate::bytecode::{Op, Reg, Special};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Generator<'a> {
    pub(super) fn with(
        &mut self,
        items: &'a [ast::WithItem],
        body: &'a [ast::Stmt],
        is_async: bool,
    ) {
        let Some((item, others)) = items.split_first() else {
            return self.body(body);
        };
        let item_span = item.context.span;
        let mark = self.mark();
        let exception = self.alloc();
        let exit = self.alloc_many(2);
        let entered = self.enter_context(&item.context, exit, is_async);
        let (handler, end) = (self.new_label(), self.new_label());
        let with = WithExit {
            is_async,
            exit,
            span: item_span,
        };
        self.push_frame(Exit::With(with));
        self.f.code.enter_region_below(handler, exception, exit + 2);
        if let Some(target) = &item.target {
            self.assign_register(target, entered, target.span);
        }
        self.release(u16::from(exit) + 2);
        self.with(others, body, is_async);
        self.f.code.leave_region();
        self.pop_frame();
        self.leave_with(with, false);
        self.jump(end, item_span);
        let cold = self.begin_cold();
        self.bind_label(handler);
        self.exit_with_exception(with, exception);
        self.jump(end, item_span);
        self.end_cold(cold);
        self.bind_label(end);
        self.release(mark);
    }

    /// Evaluates a context manager, looks its methods up and enters it; the register of what entering gave.
    fn enter_context(&mut self, context: &'a ast::Expr, exit: Reg, is_async: bool) -> Reg {
        let span = context.span;
        let (enter_special, exit_special) = match is_async {
            true => (Special::AsyncEnter, Special::AsyncExit),
            false => (Special::Enter, Special::Exit),
        };
        let enter = self.alloc_many(2);
        let mark = self.mark();
        let object = self.operand(context);
        self.emit(
            Op::LoadSpecial {
                dst: enter,
                object,
                special: enter_special,
            },
            span,
        );
        self.emit(
            Op::LoadSpecial {
                dst: exit,
                object,
                special: exit_special,
            },
            span,
        );
        self.release(mark);
        self.call_special(enter, 0, is_async, span);
        enter
    }

    fn call_special(&mut self, callee: Reg, count: u8, is_async: bool, span: Span) {
        let op = match is_async {
            true => Op::CallMethodAwait { callee, count },
            false => Op::CallMethod { callee, count },
        };
        self.emit(op, span);
    }

    /// Calls the exit method without an exception. A pending return value lies in the registers that the call would use,
    /// so the call then goes above it.
    pub(super) fn leave_with(&mut self, with: WithExit, keep_value: bool) {
        let span = with.span;
        let mark = self.mark();
        let callee = match keep_value {
            true => {
                let callee = self.alloc_many(2);
                for offset in 0..2 {
                    self.emit(
                        Op::Move {
                            dst: callee + offset,
                            src: with.exit + offset,
                        },
                        span,
                    );
                }
                callee
            }
            false => {
                self.release(u16::from(with.exit) + 2);
                with.exit
            }
        };
        for _ in 0..3 {
            let dst = self.alloc();
            self.emit(Op::LoadNone { dst }, span);
        }
        self.call_special(callee, 3, with.is_async, span);
        self.release(mark);
    }

    /// Calls the exit method with an exception, which goes on unless the method says to suppress it.
    fn exit_with_exception(&mut self, with: WithExit, exception: Reg) {
        let span = with.span;
        self.release(u16::from(with.exit) + 2);
        let class = self.alloc();
        let site = self.site("__class__");
        self.emit(
            Op::GetAttr {
                dst: class,
                object: exception,
                site,
            },
            span,
        );
        let value = self.alloc();
        self.emit(
            Op::Move {
                dst: value,
                src: exception,
            },
            span,
        );
        let traceback = self.alloc();
        let site = self.site("__traceback__");
        self.emit(
            Op::GetAttr {
                dst: traceback,
                object: exception,
                site,
            },
            span,
        );
        self.call_special(with.exit, 3, with.is_async, span);
        let suppressed = self.new_label();
        self.branch_on(with.exit, true, suppressed, span);
        self.emit(Op::Reraise { src: exception }, span);
        self.bind_label(suppressed);
        self.emit(
            Op::PopHandled {
                outer: self.f.handled,
            },
            span,
        );
    }
}
