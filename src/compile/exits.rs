//! Ways out of nested statements: what `return`, `break` and `continue` must do for each loop, handler, `with` and
//! `finally` they leave.

use super::assemble::{Label, Region};
use super::generate::Generator;
use super::names::Sym;
use crate::bytecode::{NO_OUTER, Op, Reg};
use crate::source::Span;

/// A loop over a generator that is to be closed when the loop is left early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// A loop over what its header names.
    Sync(Reg),
    /// A loop over what its header makes.
    Made(Reg),
    Async(Reg),
}

/// The handler of a loop that an exception leaves: it stands behind the function's other code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    label: Label,
    region: Region,
    exception: Reg,
    outer: Reg,
    close: Close,
    span: Span,
}

/// How a statement is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Return,
    Break,
    Continue,
}

/// A `with` item that is being left.
#[derive(Clone, Copy, Debug)]
pub(super) struct WithExit {
    pub(super) is_async: bool,
    /// The exit method; its object follows, and room for three arguments.
    pub(super) exit: Reg,
    pub(super) span: Span,
}

/// A `finally` that the code under construction is guarded by.
#[derive(Clone, Copy, Debug)]
pub(super) struct FinallyExit {
    /// Its body.
    pub(super) body: Label,
    /// The register of the exception.
    pub(super) exception: Reg,
    /// The register that says why the body runs.
    pub(super) why: Reg,
    /// The register of the value to return.
    pub(super) value: Reg,
    /// The exception handled outside.
    pub(super) outer: Reg,
    /// Which ways lead here, in the order of [`Leave`].
    pub(super) used: [bool; 3],
}

/// Something around the code under construction that must be left properly.
#[derive(Clone, Copy, Debug)]
pub(super) enum Exit {
    /// A loop.
    Loop {
        breaks: Label,
        continues: Label,
        close: Option<Close>,
    },
    /// A handler, or a `finally` body that an exception may have entered; outside, `outer` is handled.
    Handler { outer: Reg },
    /// The variable of an `except … as`, unset at the end.
    Name(Sym),
    /// A `with`.
    With(WithExit),
    /// A `finally`.
    Finally(FinallyExit),
}

/// An [`Exit`] with the region outside of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) exit: Exit,
    region: Region,
}

/// The codes of a `finally`'s why register.
pub(super) const NORMAL: i8 = 0;
/// An exception is on its way.
pub(super) const RAISED: i8 = 4;

impl Leave {
    /// The code of a `finally`'s why register.
    pub(super) fn code(self) -> i8 {
        match self {
            Leave::Return => 1,
            Leave::Break => 2,
            Leave::Continue => 3,
        }
    }
}

impl Close {
    fn op(self) -> Op {
        match self {
            Close::Sync(iter) => Op::ForClose { iter, made: false },
            Close::Made(iter) => Op::ForClose { iter, made: true },
            Close::Async(iter) => Op::AsyncForClose { iter },
        }
    }
}

impl Generator<'_> {
    /// Sees to it that an exception in what follows closes the loop's generator.
    pub(super) fn guard(&mut self, close: Option<Close>, span: Span) {
        let Some(close) = close else { return };
        let mark = self.mark();
        let exception = self.alloc();
        self.release(mark);
        let guard = Guard {
            label: self.new_label(),
            region: self.f.code.region,
            exception,
            outer: self.f.handled,
            close,
            span,
        };
        self.f.code.enter_region(guard.label, exception);
        self.f.guards.push(guard);
    }

    /// Ends what [`guard`](Self::guard) began.
    pub(super) fn unguard(&mut self, close: Option<Close>) {
        if close.is_some() {
            self.f.code.leave_region();
        }
    }

    /// Puts the handlers of guarded loops behind the function's code.
    pub(super) fn emit_guards(&mut self) {
        for guard in std::mem::take(&mut self.f.guards) {
            self.f.code.region = guard.region;
            self.bind_label(guard.label);
            self.emit(Op::PopHandled { outer: guard.outer }, guard.span);
            self.emit(guard.close.op(), guard.span);
            self.emit(
                Op::Reraise {
                    src: guard.exception,
                },
                guard.span,
            );
        }
        self.f.code.region = Region::NONE;
    }

    /// Enters a statement that must be left properly; exceptions of what leaving it does go where they go from here.
    pub(super) fn push_frame(&mut self, exit: Exit) {
        let region = self.f.code.region;
        self.f.frames.push(Frame { exit, region });
    }

    pub(super) fn pop_frame(&mut self) -> Exit {
        self.f.frames.pop().expect("frames are balanced").exit
    }

    /// Whether leaving by `return` can change variables, so that a returned one must be copied.
    pub(super) fn return_disturbs(&self) -> bool {
        self.f
            .frames
            .iter()
            .any(|frame| matches!(frame.exit, Exit::Finally(_) | Exit::Name(_)))
    }

    /// Leaves everything up to the loop or function meant, with `value` when returning one.
    pub(super) fn leave(&mut self, how: Leave, value: Option<Reg>, span: Span) {
        let region = self.f.code.region;
        // Leaving several handlers in a row restores the outermost one's state at once.
        let mut handled: Option<Reg> = None;
        for at in (0..self.f.frames.len()).rev() {
            let frame = self.f.frames[at];
            match frame.exit {
                Exit::Loop {
                    breaks,
                    continues,
                    close,
                } => {
                    if how == Leave::Continue {
                        self.pop_handled(&mut handled, span);
                        self.jump(continues, span);
                        self.f.code.region = region;
                        return;
                    }
                    self.f.code.region = frame.region;
                    if let Some(close) = close {
                        self.pop_handled(&mut handled, span);
                        self.emit(close.op(), span);
                    }
                    if how == Leave::Break {
                        self.pop_handled(&mut handled, span);
                        self.jump(breaks, span);
                        self.f.code.region = region;
                        return;
                    }
                }
                Exit::Handler { outer } => {
                    handled = Some(outer);
                    self.f.code.region = frame.region;
                }
                Exit::Name(sym) => {
                    self.f.code.region = frame.region;
                    self.forget(sym, span);
                }
                Exit::With(with) => {
                    self.pop_handled(&mut handled, span);
                    self.f.code.region = frame.region;
                    self.leave_with(with, value.is_some());
                }
                Exit::Finally(finally) => {
                    self.pop_handled(&mut handled, span);
                    self.f.code.region = frame.region;
                    self.leave_to_finally(at, finally, how, value, span);
                    self.f.code.region = region;
                    return;
                }
            }
        }
        self.pop_handled(&mut handled, span);
        match value {
            Some(src) => self.emit(Op::Return { src }, span),
            None => self.emit(Op::ReturnNone, span),
        }
        self.f.code.region = region;
    }

    fn pop_handled(&mut self, handled: &mut Option<Reg>, span: Span) {
        if let Some(outer) = handled.take() {
            self.emit(Op::PopHandled { outer }, span);
        }
    }

    fn leave_to_finally(
        &mut self,
        at: usize,
        finally: FinallyExit,
        how: Leave,
        value: Option<Reg>,
        span: Span,
    ) {
        if let Exit::Finally(finally) = &mut self.f.frames[at].exit {
            finally.used[(how.code() - 1) as usize] = true;
        }
        match value {
            Some(src) => self.emit(
                Op::Move {
                    dst: finally.value,
                    src,
                },
                span,
            ),
            None => self.emit(Op::LoadNone { dst: finally.value }, span),
        }
        self.no_exception(finally, span);
        self.emit(
            Op::LoadInt {
                dst: finally.why,
                value: i32::from(how.code()),
            },
            span,
        );
        self.jump(finally.body, span);
    }

    /// A `finally` body entered without an exception handles what is handled outside.
    pub(super) fn no_exception(&mut self, finally: FinallyExit, span: Span) {
        let dst = finally.exception;
        let op = match finally.outer {
            NO_OUTER => Op::LoadNone { dst },
            src => Op::Move { dst, src },
        };
        self.emit(op, span);
    }
}
