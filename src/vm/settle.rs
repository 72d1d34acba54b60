//! What happens with the answer of a native or of script code that an instruction called: it completes the instruction
//! that the frame is paused at. Which that is, is read from the code: the frame itself stores nothing about it.

use super::native::{CallRequest, NativeResult, Outcome, ResumeInput};
use super::{Exit, Flow, FrameKind, Vm, classes};
use crate::bytecode::{Op, Reg};
use crate::heap::{Id, Value};
use crate::objects::{Str, Tuple};
use crate::syntax::ast::CompareOp;

/// At most so many ticks pass before the loop looks up.
const SLICE: u64 = 20_000;

/// Builtins that are made when a program first names them.
const LATE_BUILTINS: [&str; 4] = ["memoryview", "__import__", "__builtins__", "help"];

impl Vm {
    /// Called when `ticks` is 0: collects if it is time, takes more fuel, or leaves.
    pub(crate) fn out_of_ticks(&mut self) -> Flow {
        if self.heap.wants_collection() {
            self.collect();
            self.heap.charge_for_collection();
            if self.heap.over_limit() {
                self.blame_next();
                return self.memory_error();
            }
        }
        if self.heap.weak.has_died()
            && let Some(flow) = self.tell_died()
        {
            return flow;
        }
        if let Some(raise) = self.pending_interrupt() {
            self.blame_next();
            return self.throw(raise);
        }
        if self.signals != 0
            && let Some(flow) = self.handle_signal()
        {
            return flow;
        }
        if !self.output.is_empty() || self.heap.fuel == 0 {
            return Flow::Leave(Exit::OutOfTicks);
        }
        let Some(slice) = self.fiber_slice(self.heap.fuel.min(SLICE)) else {
            return self.give_up_turn();
        };
        self.heap.fuel -= slice;
        // The tick that led here is one of them: else a loop that leaves the machine in every turn, to read the clock, would cost nothing.
        self.heap.ticks = (slice as u32).saturating_sub(1);
        Flow::Go
    }

    /// Between two instructions, what is raised now belongs to the one that would come next: one that jumped is not meant, nor is
    /// what lies before a function.
    pub(crate) fn blame_next(&mut self) {
        let top = self.top_mut();
        if top.has_code() {
            top.pc += 1;
        }
    }

    /// MemoryError at the running instruction. Some room is given, so that it can be handled.
    #[cold]
    pub(crate) fn memory_error(&mut self) -> Flow {
        let exception = self.new_exception_with(classes::MEMORY_ERROR, &[]);
        // What no script can give an exception: it tells this one from those that programs make themselves.
        self.exception_state_mut(exception).extra = Value::Bool(true);
        self.throw(super::Raise(exception))
    }

    /// The instruction the running frame is paused at.
    #[inline(always)]
    pub(crate) fn paused_op(&self) -> Op {
        self.code[self.top().pc as usize - 1]
    }

    /// A register of the running frame.
    #[inline]
    pub(crate) fn register(&self, register: Reg) -> Value {
        self.fiber.stack[self.top().base as usize + register as usize]
    }

    /// Sets a register of the running frame.
    #[inline]
    pub(crate) fn set_register(&mut self, register: Reg, value: Value) {
        let base = self.top().base as usize;
        self.fiber.stack[base + register as usize] = value;
    }

    /// Goes on at another place of the frame on top, which costs a tick if that is before this one.
    #[must_use]
    pub(crate) fn jump(&mut self, to: i32) -> Flow {
        let frame = self.top_mut();
        frame.pc = (i64::from(frame.pc) + i64::from(to)) as u32;
        if to < 0 {
            if self.heap.ticks == 0 {
                return self.out_of_ticks();
            }
            self.heap.ticks -= 1;
        }
        Flow::Go
    }

    /// Jumps forward, behind a loop or to the next handler.
    pub(crate) fn leave_loop(&mut self, to: i32) {
        let frame = self.top_mut();
        frame.pc = (i64::from(frame.pc) + i64::from(to)) as u32;
    }

    /// Acts on the answer of a native called by the paused instruction.
    pub(crate) fn settle(&mut self, result: NativeResult) -> Flow {
        match result {
            Ok(Outcome::Value(value)) => self.complete(value, false),
            Ok(Outcome::Done) => Flow::Go,
            Ok(Outcome::Call(request)) => self.call_for_operation(*request),
            Ok(Outcome::Resume(request)) => {
                self.resume(request.coroutine, request.input, request.mode)
            }
            Ok(Outcome::RunLoop(event_loop)) => self.enter_loop(event_loop),
            Ok(Outcome::Suspend) => self.suspend_once(),
            Ok(Outcome::Wait(id, yielded)) => self.suspend(yielded, Value::Awaitable(id)),
            Ok(Outcome::Clock(pending)) => {
                self.asyncio.pending = pending;
                Flow::Leave(Exit::Clock)
            }
            Ok(Outcome::Host) => Flow::Leave(Exit::Host),
            Ok(Outcome::NeedMemory(bytes)) => self.need_memory(bytes),
            Err(raise) => self.throw(raise),
        }
    }

    /// Collects, and runs the instruction again if that gave enough room.
    #[cold]
    fn need_memory(&mut self, bytes: usize) -> Flow {
        self.collect();
        if !self.heap.has_room(bytes) {
            return self.memory_error();
        }
        if matches!(self.top().kind, FrameKind::Loop(_)) {
            return self.memory_error();
        }
        self.top_mut().pc -= 1;
        Flow::Go
    }

    /// Calls something whose result completes the paused instruction.
    fn call_for_operation(&mut self, request: CallRequest) -> Flow {
        let top = *self.top();
        let at = top.base as usize + top.registers as usize;
        self.ensure_window(at + request.args.len());
        self.fiber.stack[at] = request.callee;
        self.fiber.stack[at + 1..at + 1 + request.args.len()].copy_from_slice(&request.args);
        self.call_at(at, request.args.len(), None, request.keywords, true)
    }

    /// Completes the paused instruction of the frame on top with a value. `awaited` tells the result of an await from the
    /// result of the call that gives what is to be awaited.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "instructions that complete alike, or never pause"
    )]
    pub(crate) fn complete(&mut self, value: Value, awaited: bool) -> Flow {
        if let FrameKind::Loop(event_loop) = self.top().kind {
            return self.loop_turn(event_loop);
        }
        match self.paused_op() {
            Op::Move { dst, .. }
            | Op::LoadGlobal { dst, .. }
            | Op::LoadGlobalThen { dst, .. }
            | Op::LoadGlobalPause { dst, .. }
            | Op::Add { dst, .. }
            | Op::Sub { dst, .. }
            | Op::AddThenSet { dst, .. }
            | Op::SubThenSet { dst, .. }
            | Op::AddIntThenSet { dst, .. }
            | Op::GetAttrOperand { dst, .. }
            | Op::Mul { dst, .. }
            | Op::Div { dst, .. }
            | Op::FloorDiv { dst, .. }
            | Op::Mod { dst, .. }
            | Op::And { dst, .. }
            | Op::Binary { dst, .. }
            | Op::AddInt { dst, .. }
            | Op::SubInt { dst, .. }
            | Op::MulInt { dst, .. }
            | Op::FloorDivInt { dst, .. }
            | Op::ModInt { dst, .. }
            | Op::AndInt { dst, .. }
            | Op::Neg { dst, .. }
            | Op::Pos { dst, .. }
            | Op::Invert { dst, .. }
            | Op::GetItem { dst, .. }
            | Op::GetItemInt { dst, .. }
            | Op::GetAttr { dst, .. }
            | Op::GetSuperAttr { dst, .. }
            | Op::Format { dst, .. }
            | Op::FormatWith { dst, .. }
            | Op::GetIter { dst, .. }
            | Op::GetAsyncIter { dst, .. }
            | Op::BuildList { dst, .. }
            | Op::BuildTuple { dst, .. }
            | Op::BuildString { dst, .. }
            | Op::BuildSlice { dst, .. }
            | Op::ListToTuple { dst, .. }
            | Op::SpreadItems { dst, .. }
            | Op::SpreadKeywords { dst, .. }
            | Op::MakeFunction { dst, .. }
            | Op::BuildSet { dst, .. }
            | Op::BuildDict { dst, .. }
            | Op::Await { dst, .. }
            | Op::YieldFrom { dst, .. }
            | Op::Yield { dst, .. }
            | Op::YieldAsync { dst, .. }
            | Op::Call { callee: dst, .. }
            | Op::CallMethod { callee: dst, .. }
            | Op::CallKw { callee: dst, .. }
            | Op::CallMethodKw { callee: dst, .. }
            | Op::CallSpread { callee: dst } => {
                self.set_register(dst, value);
                Flow::Go
            }
            op @ Op::Intrinsic { .. } => self.complete_intrinsic(op, value),
            Op::CallAwait { callee, .. } | Op::CallMethodAwait { callee, .. } => {
                self.set_register(callee, value);
                if awaited {
                    Flow::Go
                } else {
                    self.await_value(value)
                }
            }
            Op::LoadMethod { dst, .. }
            | Op::LoadMethodCount { dst, .. }
            | Op::LoadSuperMethod { dst, .. }
            | Op::LoadSpecial { dst, .. } => {
                self.set_register(dst, value);
                self.set_register(dst + 1, Value::Undef);
                Flow::Go
            }
            Op::ForNext { dst, .. } | Op::AsyncForNext { dst, .. } => {
                self.set_register(dst, value);
                Flow::Go
            }
            Op::ForLoop { dst, to, .. } => {
                self.set_register(dst, value);
                self.jump(to)
            }
            Op::ForPrepare { iter, .. } => {
                self.set_register(iter, value);
                Flow::Go
            }
            Op::Compare { op, dst, .. } => match op {
                CompareOp::In | CompareOp::NotIn => self.with_truth(value, |vm, truth| {
                    vm.set_register(dst, Value::Bool(truth == (op == CompareOp::In)));
                    Flow::Go
                }),
                _ => {
                    self.set_register(dst, value);
                    Flow::Go
                }
            },
            Op::Not { dst, .. } => self.with_truth(value, |vm, truth| {
                vm.set_register(dst, Value::Bool(!truth));
                Flow::Go
            }),
            Op::JumpIf { to, .. } => self.jump_when(value, true, to),
            Op::JumpIfNot { to, .. } => self.jump_when(value, false, to),
            Op::JumpIfLt { when, to, .. }
            | Op::JumpIfLe { when, to, .. }
            | Op::JumpIfGt { when, to, .. }
            | Op::JumpIfGe { when, to, .. }
            | Op::JumpIfEq { when, to, .. }
            | Op::JumpIfNe { when, to, .. }
            | Op::JumpIfLtInt { when, to, .. }
            | Op::JumpIfLeInt { when, to, .. }
            | Op::JumpIfGtInt { when, to, .. }
            | Op::JumpIfGeInt { when, to, .. }
            | Op::JumpIfEqInt { when, to, .. }
            | Op::JumpIfNeInt { when, to, .. }
            | Op::JumpIfIn { when, to, .. } => self.jump_when(value, when, to),
            Op::Unpack { first, count, .. } => {
                let Value::Tuple(items) = value else {
                    panic!("invariant broken: unpacking is completed with a tuple");
                };
                self.spread(items, first, count as usize);
                Flow::Go
            }
            Op::UnpackStar {
                first,
                before,
                after,
                ..
            } => {
                let Value::Tuple(items) = value else {
                    panic!("invariant broken: unpacking is completed with a tuple");
                };
                self.spread(items, first, before as usize + 1 + after as usize);
                Flow::Go
            }
            // The rest want no value: stores, deletions, extensions.
            _ => Flow::Go,
        }
    }

    fn spread(&mut self, items: Id<Tuple>, first: Reg, count: usize) {
        let at = self.top().base as usize + first as usize;
        self.fiber.stack[at..at + count].copy_from_slice(&self.heap[items].items);
    }

    fn with_truth(&mut self, value: Value, then: impl FnOnce(&mut Vm, bool) -> Flow) -> Flow {
        match self.truth(value) {
            Some(truth) => then(self, truth),
            None => {
                let result = self.truth_value(value);
                self.settle(result)
            }
        }
    }

    fn jump_when(&mut self, value: Value, when: bool, to: i32) -> Flow {
        self.with_truth(
            value,
            |vm, truth| {
                if truth == when { vm.jump(to) } else { Flow::Go }
            },
        )
    }

    /// The loop or `async for` that the frame on top is paused at has ended: jumps behind it. False if it is paused elsewhere.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only two instructions are loops"
    )]
    pub(crate) fn end_loop(&mut self, asynchronous: bool) -> bool {
        if !self.top().has_code() {
            return false;
        }
        match self.paused_op() {
            Op::ForNext { to, iter, .. } if !asynchronous => {
                self.set_register(iter, Value::Int(0));
                self.leave_loop(to);
                true
            }
            Op::ForLoop { iter, .. } if !asynchronous => {
                self.set_register(iter, Value::Int(0));
                true
            }
            Op::AsyncForNext { to, .. } if asynchronous => {
                self.leave_loop(to);
                true
            }
            _ => false,
        }
    }

    /// The default of the `next(it, default)` call that the frame on top is paused at.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other call shape spreads its arguments"
    )]
    pub(crate) fn default_argument(&self) -> Value {
        let default = match self.paused_op() {
            Op::Call { callee, .. } | Op::CallKw { callee, .. } => self.register(callee + 2),
            Op::CallMethod { callee, .. }
            | Op::CallMethodAwait { callee, .. }
            | Op::CallAwait { callee, .. } => self.register(callee + 2),
            Op::CallSpread { callee } => match self.register(callee + 1) {
                Value::List(list) => self.heap[list].items.get(1).copied().unwrap_or_default(),
                Value::Tuple(tuple) => self.heap[tuple].items.get(1).copied().unwrap_or_default(),
                _ => Value::None,
            },
            _ => Value::None,
        };
        default.or_none()
    }

    /// Resumes what was running: after a slice, a load or a wait.
    pub(crate) fn resume_running(&mut self) -> Flow {
        if let Some(flow) = self.take_host_answer() {
            return flow;
        }
        if let Some(flow) = self.resume_fibers() {
            return flow;
        }
        match self.top().kind {
            FrameKind::Loop(event_loop) => self.loop_turn(event_loop),
            FrameKind::Entry => panic!("invariant broken: nothing runs"),
            FrameKind::Call(_)
            | FrameKind::Init(..)
            | FrameKind::Operation
            | FrameKind::Awaited
            | FrameKind::Chained(_)
            | FrameKind::Resumed { .. } => {
                if self.heap.ticks == 0 {
                    return self.out_of_ticks();
                }
                Flow::Go
            }
        }
    }

    /// Unset local variable.
    #[cold]
    pub(crate) fn unbound_local(&mut self, name: u32) -> super::Raise {
        let name = self.heap.text(self.names[name as usize]).to_owned();
        self.raise(
            classes::UNBOUND_LOCAL_ERROR,
            format!(
                "cannot access local variable '{name}' where it is not associated with a value"
            ),
        )
    }

    /// Unset captured variable.
    #[cold]
    pub(crate) fn unbound_free(&mut self, name: u32) -> super::Raise {
        let name = self.heap.text(self.names[name as usize]).to_owned();
        self.raise(
            classes::NAME_ERROR,
            format!("cannot access free variable '{name}' where it is not associated with a value in enclosing scope"),
        )
    }

    /// A global that is unset, and no builtin unless it is one that is made when a program first names it.
    #[cold]
    pub(crate) fn load_late_builtin(&mut self, slot: u32) -> NativeResult {
        let name = self.global_names[slot as usize];
        if LATE_BUILTINS.contains(&self.heap.text(name)) {
            return self.call_prelude("_load_builtin", &[Value::Str(name)]);
        }
        Err(self.unknown_global(slot))
    }

    /// Unset global that is no builtin.
    #[cold]
    pub(crate) fn unknown_global(&mut self, slot: u32) -> super::Raise {
        let name = self.global_names[slot as usize];
        self.name_error(name)
    }

    /// NameError for a name, or what says that acoro lacks it.
    #[cold]
    pub(crate) fn name_error(&mut self, name: Id<Str>) -> super::Raise {
        let text = self.heap.text(name).to_owned();
        if text == "open" {
            // No Exception, or `except Exception` around the use of a file would hide that there are no files.
            return self.raise(
                classes::UNSUPPORTED_ERROR,
                "acoro has no 'open()': a program cannot use files yet",
            );
        }
        let lacking = ["breakpoint", "copyright", "credits", "license"];
        let why = match lacking.contains(&text.as_str()) {
            true => " (acoro lacks this builtin)",
            false => "",
        };
        let raise = self.raise(
            classes::NAME_ERROR,
            format!("name '{text}' is not defined{why}"),
        );
        self.set_exception_attribute(raise.0, super::names::NAME_ATTRIBUTE, Value::Str(name));
        raise
    }

    /// The recursion limit is reached.
    #[cold]
    pub(crate) fn recursion_error(&mut self) -> super::Raise {
        self.raise(classes::RECURSION_ERROR, "maximum recursion depth exceeded")
    }

    /// Throws or sends into a coroutine on behalf of the loop.
    pub(crate) fn step_coroutine(
        &mut self,
        coroutine: Id<crate::objects::Coroutine>,
        input: ResumeInput,
    ) -> Flow {
        self.resume(coroutine, input, super::ResumeMode::Task)
    }
}
