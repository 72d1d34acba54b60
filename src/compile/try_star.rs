//! `try` with `except*`: every clause takes its part of the group; what is left or raised goes on as one group.

use super::exits::Exit;
use super::generate::Generator;
use super::try_except::Try;
use crate::bytecode::{Intrinsic, Op, Reg};
use crate::source::Span;
use crate::syntax::ast;

/// The registers of one `except*` statement.
#[derive(Clone, Copy)]
struct Star {
    original: Reg,
    /// What no clause has taken yet, or None.
    rest: Reg,
    /// The part of the running clause.
    matched: Reg,
    /// The list of exceptions that clauses raised.
    raised: Reg,
}

impl<'a> Generator<'a> {
    pub(super) fn try_star(&mut self, parts: Try<'a>) {
        let span = parts.span;
        let (caught, end) = (self.new_label(), self.new_label());
        let mark = self.mark();
        let original = self.alloc();
        self.release(mark);
        self.f.code.enter_region(caught, original);
        self.body(parts.body);
        self.f.code.leave_region();
        self.body(parts.orelse);
        self.jump(end, span);
        let cold = self.begin_cold();
        self.bind_label(caught);
        self.alloc();
        let first = self.alloc_many(3);
        let star = Star {
            original,
            matched: first,
            rest: first.saturating_add(1),
            raised: first.saturating_add(2),
        };
        self.emit(
            Op::Move {
                dst: star.rest,
                src: original,
            },
            span,
        );
        self.emit(
            Op::BuildList {
                dst: star.raised,
                first: star.raised,
                count: 0,
            },
            span,
        );
        let outer = std::mem::replace(&mut self.f.handled, original);
        for handler in parts.handlers {
            self.star_handler(handler, star, outer);
        }
        self.f.handled = outer;
        self.finish_star(star, outer, span);
        self.jump(end, span);
        self.end_cold(cold);
        self.release(mark);
        self.bind_label(end);
    }

    fn star_handler(&mut self, handler: &'a ast::ExceptHandler, star: Star, outer: Reg) {
        let span = handler.span;
        let next = self.new_label();
        let mark = self.mark();
        let first = self.alloc();
        self.emit(
            Op::Move {
                dst: first,
                src: star.rest,
            },
            span,
        );
        if let Some(kind) = &handler.kind {
            self.push(kind);
        }
        self.emit(
            Op::Intrinsic {
                dst: first,
                first,
                count: 2,
                which: Intrinsic::ExceptStarSplit,
            },
            span,
        );
        // `matched` and `rest` are neighbours.
        self.emit(
            Op::Unpack {
                src: first,
                first: star.matched,
                count: 2,
            },
            span,
        );
        self.release(mark);
        self.emit(
            Op::JumpIfNone {
                src: star.matched,
                when: true,
                to: next.0 as i32,
            },
            span,
        );
        self.emit(
            Op::PopHandled {
                outer: star.matched,
            },
            span,
        );
        let around = std::mem::replace(&mut self.f.handled, star.matched);
        let failed = self.new_label();
        let exception = self.alloc();
        self.release(mark);
        let sym = handler.name.as_ref().map(|name| {
            let sym = self.intern(&name.name);
            self.store(sym, star.matched, name.span);
            sym
        });
        self.push_frame(Exit::Handler { outer });
        self.f.code.enter_region(failed, exception);
        self.body(&handler.body);
        self.f.code.leave_region();
        self.pop_frame();
        if let Some(sym) = sym {
            self.forget(sym, span);
        }
        self.jump(next, span);
        self.bind_label(failed);
        self.alloc();
        if let Some(sym) = sym {
            self.forget(sym, span);
        }
        self.emit(
            Op::ListAppend {
                list: star.raised,
                src: exception,
            },
            span,
        );
        self.release(mark);
        self.f.handled = around;
        self.bind_label(next);
    }

    fn finish_star(&mut self, star: Star, outer: Reg, span: Span) {
        let done = self.new_label();
        let first = self.alloc_many(3);
        for (offset, src) in [star.original, star.raised, star.rest]
            .into_iter()
            .enumerate()
        {
            let dst = first.saturating_add(offset as u8);
            self.emit(Op::Move { dst, src }, span);
        }
        self.emit(
            Op::Intrinsic {
                dst: first,
                first,
                count: 3,
                which: Intrinsic::ExceptStarFinish,
            },
            span,
        );
        self.emit(
            Op::JumpIfNone {
                src: first,
                when: true,
                to: done.0 as i32,
            },
            span,
        );
        self.emit(Op::Reraise { src: first }, span);
        self.bind_label(done);
        self.emit(Op::PopHandled { outer }, span);
    }
}
