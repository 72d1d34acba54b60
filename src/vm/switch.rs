//! Suspending and resuming: generators, coroutines, async generators. Only the frame that suspends or resumes is copied;
//! frames that wait for it stay where they are, linked child -> parent.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::frame::copy_registers;
use super::native::{NativeResult, ResumeInput, ResumeMode};
use super::{Flow, Frame, FrameKind, Raise, Vm, classes, names, native};
use crate::bytecode::{Op, Special};
use crate::event_loop::{AwaitableKind, AwaitableState, FutureState, GeneratorStep, Polled};
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, CoroutineState, Function, Instance, Iter};

impl Vm {
    /// A new coroutine object of a function whose arguments are bound in `registers`.
    pub(crate) fn new_coroutine_object(
        &mut self,
        function: Id<Function>,
        registers: Box<[Value]>,
    ) -> Id<Coroutine> {
        let entry = self.heap[function].entry;
        let created = self
            .fiber
            .frames
            .last()
            .map_or(0, |frame| frame.pc.saturating_sub(1));
        self.heap.new_coroutine(Coroutine {
            function,
            pc: entry,
            state: CoroutineState::Created,
            registers,
            parent: None,
            leaf: None,
            waiting: Value::Undef,
            handled: None,
            entry_handled: None,
            created,
            depth: 0,
            step: None,
            owned_by_loop: false,
            hooked: false,
            awaitable: false,
        })
    }

    /// Puts a coroutine's frame on the stack.
    fn push_coroutine(&mut self, id: Id<Coroutine>, kind: FrameKind) -> Result<(), Raise> {
        let below = *self.top();
        let base = below.base as usize + below.registers as usize;
        self.ensure_window(base);
        let coroutine = &mut self.heap.coroutines[id];
        let depth = match coroutine.state {
            CoroutineState::Suspended if coroutine.depth > 0 => coroutine.depth,
            _ => below.depth + 1,
        };
        if depth > self.recursion_limit {
            return Err(self.recursion_error());
        }
        coroutine.depth = depth;
        coroutine.state = CoroutineState::Running;
        coroutine.waiting = Value::Undef;
        let registers = coroutine.registers.len();
        copy_registers(
            &mut self.fiber.stack[base..base + registers],
            &coroutine.registers,
        );
        let entry = match kind {
            FrameKind::Resumed { outer, .. } => coroutine.entry_handled.or(outer),
            _ => self.handled,
        };
        let frame = Frame {
            pc: coroutine.pc,
            base: base as u32,
            registers: registers as u16,
            depth,
            function: coroutine.function,
            kind,
            handled: entry,
        };
        self.handled = coroutine.handled.or(entry);
        self.fiber.frames.push(frame);
        Ok(())
    }

    /// Resumes a suspended generator for a `ForNext`: the short way. None at the recursion limit.
    #[inline]
    pub(crate) fn resume_for(
        &mut self,
        at: usize,
        id: Id<Coroutine>,
        stack: &mut [Value],
    ) -> Option<(usize, usize)> {
        self.save(at);
        let below = self.top();
        let base = below.base as usize + below.registers as usize;
        let depth = below.depth + 1;
        if depth > self.recursion_limit || base + 2 * super::run::WINDOW > stack.len() {
            return None;
        }
        let coroutine = &mut self.heap.coroutines[id];
        coroutine.state = CoroutineState::Running;
        let registers = coroutine.registers.len();
        copy_registers(&mut stack[base..base + registers], &coroutine.registers);
        let pc = coroutine.pc;
        let frame = Frame {
            pc,
            base: base as u32,
            registers: registers as u16,
            depth,
            function: coroutine.function,
            kind: FrameKind::Resumed {
                coroutine: id,
                root: id,
                mode: ResumeMode::For,
                outer: self.handled,
                thrown: false,
            },
            handled: self.handled,
        };
        if coroutine.handled.is_some() {
            self.handled = coroutine.handled;
        }
        // The pause is at a `Yield`, whose register receives what is sent: None.
        if let Op::Yield { dst, .. } = self.code[pc as usize - 1] {
            stack[base + dst as usize] = Value::None;
        }
        self.fiber.frames.push(frame);
        Some((pc as usize, base))
    }

    /// `yield` of a generator that a loop of the frame below resumed: the short way. None if it is anything else.
    #[inline]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only two instructions are loops"
    )]
    pub(crate) fn yield_to_loop(
        &mut self,
        at: usize,
        src: u8,
        stack: &mut [Value],
    ) -> Option<(usize, usize)> {
        let frame = self.top();
        let FrameKind::Resumed {
            coroutine: id,
            root,
            mode: ResumeMode::For,
            outer,
            ..
        } = frame.kind
        else {
            return None;
        };
        if id != root {
            return None;
        }
        let (base, registers) = (frame.base as usize, frame.registers as usize);
        let below = self.fiber.frames[self.fiber.frames.len() - 2];
        let (dst, to) = match self.code[below.pc as usize - 1] {
            Op::ForLoop { dst, to, .. } => (dst, to),
            Op::ForNext { dst, .. } => (dst, 0),
            _ => return None,
        };
        let handled = self.handled;
        let coroutine = &mut self.heap.coroutines[id];
        copy_registers(&mut coroutine.registers, &stack[base..base + registers]);
        coroutine.pc = at as u32;
        coroutine.state = CoroutineState::Suspended;
        coroutine.leaf = Some(id);
        coroutine.handled = if handled == outer { None } else { handled };
        self.handled = outer;
        self.fiber.frames.pop();
        let to_base = below.base as usize;
        stack[to_base + dst as usize] = stack[base + src as usize];
        Some(((i64::from(below.pc) + i64::from(to)) as usize, to_base))
    }

    /// What a call of a function that can suspend gives: an object that holds the arguments.
    #[inline(never)]
    pub(crate) fn begin_coroutine(
        &mut self,
        pc: usize,
        id: Id<Function>,
        arguments: &[Value],
    ) -> Id<Coroutine> {
        self.save(pc);
        let function = &self.heap[id];
        let mut registers = self.spare.take(function.registers as usize);
        copy_registers(&mut registers[..arguments.len()], arguments);
        self.new_coroutine_object(id, registers)
    }

    /// Resumes a suspended async generator for an `async for`: the short way. None if it needs more.
    #[inline]
    pub(crate) fn resume_async_for(
        &mut self,
        at: usize,
        id: Id<Coroutine>,
        stack: &mut [Value],
    ) -> Option<(usize, usize)> {
        self.save(at);
        let below = self.top();
        let base = below.base as usize + below.registers as usize;
        let depth = below.depth + 1;
        let coroutine = &mut self.heap.coroutines[id];
        if coroutine.state != CoroutineState::Suspended
            || coroutine.leaf != Some(id)
            || coroutine.parent.is_some()
            || coroutine.step.is_some()
            || !coroutine.hooked
            || depth > self.recursion_limit
            || base + 2 * super::run::WINDOW > stack.len()
        {
            return None;
        }
        // The pause is at a `YieldAsync`, whose register receives what is sent: None.
        let pc = coroutine.pc;
        let Op::YieldAsync { dst, .. } = self.code[pc as usize - 1] else {
            return None;
        };
        coroutine.state = CoroutineState::Running;
        coroutine.depth = depth;
        let registers = coroutine.registers.len();
        copy_registers(&mut stack[base..base + registers], &coroutine.registers);
        stack[base + dst as usize] = Value::None;
        let frame = Frame {
            pc,
            base: base as u32,
            registers: registers as u16,
            depth,
            function: coroutine.function,
            kind: FrameKind::Chained(id),
            handled: self.handled,
        };
        if coroutine.handled.is_some() {
            self.handled = coroutine.handled;
        }
        self.fiber.frames.push(frame);
        Some((pc as usize, base))
    }

    /// `yield` of an async generator that an `async for` of the frame below resumed: the short way. None if it is anything else.
    #[inline]
    pub(crate) fn yield_to_async_for(
        &mut self,
        at: usize,
        src: u8,
        stack: &mut [Value],
    ) -> Option<(usize, usize)> {
        let frame = self.top();
        let FrameKind::Chained(id) = frame.kind else {
            return None;
        };
        let (base, registers, entry) =
            (frame.base as usize, frame.registers as usize, frame.handled);
        let below = &self.fiber.frames[self.fiber.frames.len() - 2];
        let (below_pc, below_base) = (below.pc as usize, below.base as usize);
        let coroutine = &mut self.heap.coroutines[id];
        if coroutine.parent.is_some() || coroutine.step.is_some() || !below.has_code() {
            return None;
        }
        let Op::AsyncForNext { dst, .. } = self.code[below_pc - 1] else {
            return None;
        };
        copy_registers(&mut coroutine.registers, &stack[base..base + registers]);
        coroutine.pc = at as u32;
        coroutine.depth = 0;
        coroutine.state = CoroutineState::Suspended;
        coroutine.leaf = Some(id);
        coroutine.waiting = Value::Undef;
        coroutine.handled = if self.handled == entry {
            None
        } else {
            self.handled
        };
        self.handled = entry;
        self.fiber.frames.pop();
        stack[below_base + dst as usize] = stack[base + src as usize];
        Some((below_pc, below_base))
    }

    /// The exception that whoever resumed the chain on top of the stack is handling.
    fn resumers_handled(&self) -> Option<Id<crate::objects::Instance>> {
        let mut frames = self.fiber.frames.iter().rev();
        let resumer = frames.find_map(|frame| match frame.kind {
            FrameKind::Resumed { outer, .. } => Some(outer),
            _ => None,
        });
        resumer.flatten()
    }

    /// Suspends the chain of frames on top of the stack. `yielded` goes to whoever resumed it; `waiting` is what its innermost
    /// frame waits for, unset for a plain yield.
    pub(crate) fn suspend(&mut self, yielded: Value, waiting: Value) -> Flow {
        if let Value::Awaitable(_) = waiting
            && let Some(flow) = self.leave_step(waiting)
        {
            return flow;
        }
        self.suspend_chain(yielded, waiting)
    }

    /// `suspend` of any chain.
    pub(crate) fn suspend_chain(&mut self, yielded: Value, waiting: Value) -> Flow {
        let mut handled = self.handled;
        let resumer = self.resumers_handled();
        let mut child: Option<Id<Coroutine>> = None;
        let mut leaf = None;
        loop {
            let frame = *self.top();
            self.fiber.frames.pop();
            let registers = frame.base as usize..frame.base as usize + frame.registers as usize;
            let id = match frame.kind {
                FrameKind::Chained(id) | FrameKind::Resumed { coroutine: id, .. } => {
                    let coroutine = &mut self.heap.coroutines[id];
                    copy_registers(&mut coroutine.registers, &self.fiber.stack[registers]);
                    id
                }
                FrameKind::Awaited => {
                    let registers = self.spare.copy(&self.fiber.stack[registers]);
                    self.new_coroutine_object(frame.function, registers)
                }
                FrameKind::Call(_)
                | FrameKind::Init(..)
                | FrameKind::Operation
                | FrameKind::Loop(_)
                | FrameKind::Entry => {
                    panic!("invariant broken: a frame that can't suspend in an await chain")
                }
            };
            let coroutine = &mut self.heap.coroutines[id];
            coroutine.pc = frame.pc;
            coroutine.depth = frame.depth;
            coroutine.state = CoroutineState::Suspended;
            coroutine.handled = if handled == frame.handled {
                None
            } else {
                handled
            };
            coroutine.entry_handled = if frame.handled == resumer {
                None
            } else {
                frame.handled
            };
            coroutine.waiting = match child {
                Some(child) => Value::Coroutine(child),
                None => waiting,
            };
            if let Some(child) = child {
                self.heap.coroutines[child].parent = Some(id);
            }
            handled = frame.handled;
            child = Some(match frame.kind {
                // Somewhere in a chain of its own, the first of which is who the frame below delegates to.
                FrameKind::Chained(_) => self.first_of_chain(id),
                _ => id,
            });
            let leaf = *leaf.get_or_insert(id);
            if let FrameKind::Resumed { root, mode, .. } = frame.kind {
                if mode == ResumeMode::Close && id != root {
                    return self.child_ignored_exit(frame, id, leaf);
                }
                self.heap.coroutines[root].leaf = Some(leaf);
                self.handled = resumer;
                return self.yielded(root, mode, yielded, waiting);
            }
        }
    }

    /// The first coroutine of the suspended chain that one is in.
    fn first_of_chain(&self, mut id: Id<Coroutine>) -> Id<Coroutine> {
        while let Some(parent) = self.heap[id].parent {
            id = parent;
        }
        id
    }

    /// A coroutine in the midst of a chain that is being closed yielded: who delegates to it gets a RuntimeError.
    fn child_ignored_exit(
        &mut self,
        frame: Frame,
        child: Id<Coroutine>,
        leaf: Id<Coroutine>,
    ) -> Flow {
        let kind = match self.coroutine_kind(child) {
            // The step of it is what is awaited.
            "async generator" => "coroutine",
            kind => kind,
        };
        let coroutine = &mut self.heap[child];
        coroutine.leaf = Some(leaf);
        let parent = coroutine.parent.take();
        if let Err(raise) = self.return_to_parent(frame, parent) {
            return self.throw(raise);
        }
        let raise = self.runtime_error(format!("{kind} ignored GeneratorExit"));
        self.throw_through(raise)
    }

    /// A chain yielded to whoever resumed it, whose frame is now on top.
    fn yielded(
        &mut self,
        root: Id<Coroutine>,
        mode: ResumeMode,
        value: Value,
        waiting: Value,
    ) -> Flow {
        match mode {
            ResumeMode::For | ResumeMode::Send | ResumeMode::NextDefault => {
                self.complete(value, false)
            }
            ResumeMode::Close => {
                let kind = self.coroutine_kind(root);
                let raise = self.runtime_error(format!("{kind} ignored GeneratorExit"));
                self.throw(raise)
            }
            ResumeMode::Task => self.task_suspended(value, waiting),
        }
    }

    /// "generator", "coroutine" or "async generator"
    pub(crate) fn coroutine_kind(&self, id: Id<Coroutine>) -> &'static str {
        match self.heap[self.heap[id].function].kind {
            crate::bytecode::FunctionKind::Plain | crate::bytecode::FunctionKind::Generator => {
                "generator"
            }
            crate::bytecode::FunctionKind::Coroutine => "coroutine",
            crate::bytecode::FunctionKind::AsyncGenerator => "async generator",
        }
    }

    /// A task around a step of an async generator, `aclose()` mostly, is cancelled before it began. CPython has no frame around
    /// the step: the generator gets the exception. True if the step does that now.
    fn throws_into_step(&mut self, root: Id<Coroutine>, exception: Id<Instance>) -> bool {
        let coroutine = &self.heap[root];
        let Some(&Value::Awaitable(id)) = coroutine.registers.first() else {
            return false;
        };
        if !self.is_hidden(self.heap[coroutine.function].code) {
            return false;
        }
        let AwaitableKind::GeneratorStep { generator, .. } = self.heap[id].kind else {
            return false;
        };
        if self.heap[generator].state != CoroutineState::Suspended {
            return false;
        }
        self.heap[id].kind = AwaitableKind::GeneratorStep {
            generator,
            step: GeneratorStep::Throw(exception),
        };
        true
    }

    /// Resumes a chain that begins at `root`.
    pub(crate) fn resume(
        &mut self,
        root: Id<Coroutine>,
        input: ResumeInput,
        mode: ResumeMode,
    ) -> Flow {
        match self.heap[root].state {
            CoroutineState::Running => {
                let kind = self.coroutine_kind(root);
                let raise = self.value_error(format!("{kind} already executing"));
                self.refuse_resumption(raise, mode)
            }
            CoroutineState::Closed => self.resume_closed(root, input, mode),
            CoroutineState::Created => match input {
                ResumeInput::Throw(exception)
                    if mode == ResumeMode::Task && self.throws_into_step(root, exception) =>
                {
                    self.resume(root, ResumeInput::Send(Value::None), mode)
                }
                ResumeInput::Throw(exception) => {
                    self.heap[root].state = CoroutineState::Closed;
                    if mode == ResumeMode::Close {
                        return self.complete(Value::None, false);
                    }
                    let traced = self.created_entry(root);
                    self.exception_state_mut(exception).traceback.push(traced);
                    if mode == ResumeMode::Task {
                        return self.task_finished(Err(exception));
                    }
                    self.throw_through(Raise(exception))
                }
                ResumeInput::Send(value) => {
                    if !value.is_none() && !value.is_undef() {
                        let kind = self.coroutine_kind(root);
                        let raise = self.type_error(format!(
                            "can't send non-None value to a just-started {kind}"
                        ));
                        return self.throw(raise);
                    }
                    let kind = FrameKind::Resumed {
                        coroutine: root,
                        root,
                        mode,
                        outer: self.handled,
                        thrown: false,
                    };
                    self.heap[root].leaf = Some(root);
                    match self.push_coroutine(root, kind) {
                        Ok(()) => Flow::Go,
                        Err(raise) => self.throw(raise),
                    }
                }
            },
            CoroutineState::Suspended => {
                if self.heap[root].parent.is_some() && !self.is_running(root) {
                    self.unlink(root);
                }
                let leaf = self.heap[root].leaf.unwrap_or(root);
                if self.heap[leaf].state != CoroutineState::Suspended {
                    // What it delegates to runs, and so does it.
                    let kind = self.coroutine_kind(root);
                    let raise = self.value_error(format!("{kind} already executing"));
                    return self.refuse_resumption(raise, mode);
                }
                let waiting = self.heap[leaf].waiting;
                let kind = FrameKind::Resumed {
                    coroutine: leaf,
                    root,
                    mode,
                    outer: self.handled,
                    thrown: mode != ResumeMode::Close && matches!(input, ResumeInput::Throw(_)),
                };
                // Who resumes sets how deep the chain runs; the frames of the chain keep their distances.
                if let Err(raise) = self.push_coroutine(leaf, kind) {
                    return self.throw(raise);
                }
                self.deliver(waiting, input)
            }
        }
    }

    fn created_entry(&self, id: Id<Coroutine>) -> crate::objects::TracebackEntry {
        let function = &self.heap[self.heap[id].function];
        crate::objects::TracebackEntry {
            code: function.code,
            pc: function.entry,
        }
    }

    /// A coroutine can't be resumed: whoever asked is told, and a task of it ends with that.
    fn refuse_resumption(&mut self, raise: Raise, mode: ResumeMode) -> Flow {
        if mode == ResumeMode::Task {
            return self.task_finished(Err(raise.0));
        }
        self.throw(raise)
    }

    fn resume_closed(&mut self, root: Id<Coroutine>, input: ResumeInput, mode: ResumeMode) -> Flow {
        if mode == ResumeMode::Close {
            return self.complete(Value::None, false);
        }
        if self.coroutine_kind(root) == "coroutine" {
            let raise = self.runtime_error("cannot reuse already awaited coroutine");
            return self.refuse_resumption(raise, mode);
        }
        match (input, mode) {
            (ResumeInput::Throw(exception), _) => self.throw(Raise(exception)),
            (ResumeInput::Send(_), _) => self.ended(mode, Value::None),
        }
    }

    /// Takes a suspended coroutine out of the chain it is in: somebody else goes on with it. Who delegates to it finds that when it
    /// is resumed itself.
    pub(crate) fn unlink(&mut self, id: Id<Coroutine>) {
        let Some(parent) = self.heap[id].parent.take() else {
            return;
        };
        let root = self.first_of_chain(parent);
        // None for the root itself: one that is its own leaf is paused at a plain `yield`.
        let new = (root != parent).then_some(parent);
        let leaf = std::mem::replace(&mut self.heap[root].leaf, new);
        let coroutine = &mut self.heap[id];
        coroutine.leaf = leaf;
        coroutine.entry_handled = None;
    }

    /// The frame on top, just put there, delegates to what is not in its chain any more.
    fn rejoin(&mut self, child: Id<Coroutine>, input: ResumeInput) -> Flow {
        match (self.heap[child].state, input) {
            (CoroutineState::Closed, ResumeInput::Send(_)) => self.complete(Value::None, true),
            (CoroutineState::Closed, ResumeInput::Throw(exception)) => self.throw(Raise(exception)),
            (CoroutineState::Running, _) => {
                let kind = self.coroutine_kind(child);
                let raise = self.value_error(format!("{kind} already executing"));
                self.throw(raise)
            }
            (CoroutineState::Created | CoroutineState::Suspended, input) => {
                if self.is_running(child) {
                    let raise = self.value_error("generator already executing");
                    return self.throw(raise);
                }
                self.unlink(child);
                let flow = self.chain_with(child, input);
                self.heap[child].leaf = None;
                flow
            }
        }
    }

    /// What a suspended generator or coroutine delegates to, when that is one too: taken out of the chain.
    pub(crate) fn unlink_child(&mut self, id: Id<Coroutine>) -> Option<Id<Coroutine>> {
        let Value::Coroutine(child) = self.heap[id].waiting else {
            return None;
        };
        let has_ended = self.heap[child].state == CoroutineState::Closed;
        if has_ended || self.is_running(id) || self.coroutine_kind(child) == "async generator" {
            return None;
        }
        self.unlink(id);
        self.unlink(child);
        Some(child)
    }

    /// Gives the frame on top, just put there, what it waited for.
    fn deliver(&mut self, waiting: Value, input: ResumeInput) -> Flow {
        match (waiting, input) {
            (Value::Coroutine(child), input) => self.rejoin(child, input),
            (Value::Awaitable(id), input) => self.poll(id, input),
            // Its context is what the generator itself handles, not what its resumer does, nor what awaits it.
            (_, ResumeInput::Throw(exception)) if self.handled == self.top().handled => {
                self.throw_through(Raise(exception))
            }
            (_, ResumeInput::Throw(exception)) => self.throw(Raise(exception)),
            (Value::Future(_) | Value::Task(_), ResumeInput::Send(_)) => {
                match self.future_outcome(waiting) {
                    Some(Ok(value)) => self.complete(value, true),
                    Some(Err(exception)) => self.throw(Raise(exception)),
                    None => {
                        let raise = self.runtime_error("await wasn't used with future");
                        self.throw(raise)
                    }
                }
            }
            (_, ResumeInput::Send(value)) => self.complete(value.or_none(), true),
        }
    }

    /// `await value`, for the frame on top, paused at the awaiting instruction.
    pub(crate) fn await_value(&mut self, value: Value) -> Flow {
        match value {
            Value::Coroutine(id) => self.await_coroutine(id),
            Value::Generator(id) if self.heap[id].awaitable => self.yield_from(value),
            Value::Future(_) | Value::Task(_) => match self.future_outcome(value) {
                Some(Ok(result)) => self.complete(result, true),
                Some(Err(exception)) => self.throw(Raise(exception)),
                None => self.suspend(value, value),
            },
            Value::Awaitable(id) => self.poll(id, ResumeInput::Send(Value::None)),
            _ => {
                let class = self.class_of(value);
                if self.class_attribute(class, names::AWAIT).is_none() {
                    let raise = self.not_awaitable(value);
                    return self.throw(raise);
                }
                match self.prelude_generator("_await_object", &[value]) {
                    Ok(id) => self.await_coroutine(id),
                    Err(raise) => self.throw(raise),
                }
            }
        }
    }

    /// TypeError: what the paused instruction awaits can't be awaited. `async with` says where it got it from.
    #[cold]
    fn not_awaitable(&mut self, value: Value) -> Raise {
        let name = self.type_name(value).to_owned();
        let method = match self.paused_op() {
            Op::CallMethodAwait { callee, .. } => self.context_method(callee),
            _ => None,
        };
        if let Some(method) = method {
            return self.type_error(format!(
                "'async with' received an object from {method} that does not implement __await__: {name}"
            ));
        }
        self.type_error(format!("object {name} can't be used in 'await' expression"))
    }

    /// The method of an `async with` that the paused instruction calls: what wrote the register it calls last says so.
    #[cold]
    fn context_method(&self, callee: u8) -> Option<&'static str> {
        let frame = self.top();
        let entry = self.heap[frame.function].entry as usize;
        let mut wanted = callee;
        for op in self.code[entry..frame.pc as usize - 1].iter().rev() {
            match *op {
                Op::LoadSpecial { dst, special, .. } if dst == wanted => {
                    return match special {
                        Special::AsyncEnter => Some("__aenter__"),
                        Special::AsyncExit => Some("__aexit__"),
                        _ => None,
                    };
                }
                Op::Move { dst, src } if dst == wanted => wanted = src,
                // The call of the way without an exception.
                Op::CallMethodAwait { callee, .. } if callee == wanted => {}
                mut other => {
                    let mut written = false;
                    other.operands(|&mut at, effect| {
                        let to = u16::from(at) + effect.writes;
                        written |= (u16::from(at)..to).contains(&u16::from(wanted));
                    });
                    if written {
                        return None;
                    }
                }
            }
        }
        None
    }

    fn await_coroutine(&mut self, id: Id<Coroutine>) -> Flow {
        let message = match self.heap[id].state {
            CoroutineState::Closed => "cannot reuse already awaited coroutine",
            CoroutineState::Running => {
                let raise = self.value_error("coroutine already executing");
                return self.throw(raise);
            }
            // A coroutine pauses only in an `await`, so somebody drives it already.
            CoroutineState::Suspended
                if self.heap[id].parent.is_some() || self.coroutine_kind(id) == "coroutine" =>
            {
                "coroutine is being awaited already"
            }
            CoroutineState::Created | CoroutineState::Suspended => return self.chain(id),
        };
        let raise = self.runtime_error(message);
        self.throw(raise)
    }

    /// Goes on with a coroutine as the child of the frame on top.
    pub(crate) fn chain(&mut self, id: Id<Coroutine>) -> Flow {
        self.chain_with(id, ResumeInput::Send(Value::None))
    }

    fn chain_with(&mut self, id: Id<Coroutine>, input: ResumeInput) -> Flow {
        let suspended = self.heap[id].state == CoroutineState::Suspended;
        let leaf = if suspended {
            self.heap[id].leaf.unwrap_or(id)
        } else {
            id
        };
        let waiting = self.heap[leaf].waiting;
        if let Err(raise) = self.push_coroutine(leaf, FrameKind::Chained(leaf)) {
            return self.throw(raise);
        }
        match (suspended, input) {
            (false, ResumeInput::Send(_)) => Flow::Go,
            (false, ResumeInput::Throw(exception)) => self.throw(Raise(exception)),
            (true, input) => self.deliver(waiting, input),
        }
    }

    /// `yield from value`, for the frame on top.
    pub(crate) fn yield_from(&mut self, value: Value) -> Flow {
        match value {
            Value::Generator(id) => match self.heap[id].state {
                CoroutineState::Suspended if self.is_running(id) => {
                    let raise = self.value_error("generator already executing");
                    self.throw(raise)
                }
                CoroutineState::Created | CoroutineState::Suspended => {
                    self.unlink(id);
                    let flow = self.chain(id);
                    // Whoever else resumes it looks whether it is in a chain.
                    self.heap[id].leaf = None;
                    flow
                }
                CoroutineState::Closed => self.complete(Value::None, true),
                CoroutineState::Running => {
                    let raise = self.value_error("generator already executing");
                    self.throw(raise)
                }
            },
            Value::Iter(id) if matches!(self.heap[id], Iter::Wrapped { .. }) => {
                let Some(generator) = self.live_generator(id) else {
                    return Flow::Go;
                };
                self.yield_from(Value::Generator(generator))
            }
            Value::Coroutine(_) | Value::Future(_) | Value::Task(_) | Value::Awaitable(_) => {
                let function = self.top().function;
                let awaitable = self
                    .top()
                    .coroutine()
                    .is_some_and(|id| self.heap[id].awaitable)
                    || self.is_hidden(self.heap[function].code);
                if matches!(value, Value::Coroutine(_)) && !awaitable {
                    let raise = self.type_error(
                        "cannot 'yield from' a coroutine object in a non-coroutine generator",
                    );
                    return self.throw(raise);
                }
                self.await_value(value)
            }
            _ => match self.prelude_generator("_yield_from", &[value]) {
                Ok(id) => self.chain(id),
                Err(raise) => self.throw(raise),
            },
        }
    }

    /// Polls a native awaitable for the frame on top.
    fn poll(&mut self, id: Id<crate::event_loop::Awaitable>, input: ResumeInput) -> Flow {
        if let AwaitableKind::GeneratorStep { generator, step } = self.heap[id].kind {
            return self.generator_step(id, generator, step, input);
        }
        let thrown = matches!(input, ResumeInput::Throw(_));
        match self.poll_awaitable(id, input) {
            Polled::Ready(value) => self.complete(value, true),
            Polled::Raise(exception) if thrown && self.handled == self.top().handled => {
                self.throw_through(Raise(exception))
            }
            Polled::Raise(exception) => self.throw(Raise(exception)),
            Polled::Suspend(yielded) => self.suspend(yielded, Value::Awaitable(id)),
            Polled::Await(value) => self.await_value(value),
            Polled::Prelude(function, argument) => {
                match self.prelude_generator(function, &[argument]) {
                    Ok(id) => self.chain(id),
                    Err(raise) => self.throw(raise),
                }
            }
        }
    }

    /// Begins `asend`, `athrow` or `aclose`.
    fn generator_step(
        &mut self,
        id: Id<crate::event_loop::Awaitable>,
        generator: Id<Coroutine>,
        step: GeneratorStep,
        input: ResumeInput,
    ) -> Flow {
        if let ResumeInput::Throw(exception) = input {
            let begun = std::mem::replace(&mut self.heap[id].state, AwaitableState::Finished);
            let data = &self.heap[generator];
            // A step that is cancelled before it began throws into the generator all the same.
            if begun == AwaitableState::Created
                && data.state == CoroutineState::Suspended
                && data.parent.is_none()
            {
                self.heap[generator].step = Some(id);
                return self.chain_with(generator, ResumeInput::Throw(exception));
            }
            return self.throw(Raise(exception));
        }
        if std::mem::replace(&mut self.heap[id].state, AwaitableState::Finished)
            == AwaitableState::Finished
        {
            let what = step.both();
            let raise = self.runtime_error(format!("cannot reuse already awaited {what}"));
            return self.throw(raise);
        }
        let state = self.heap[generator].state;
        if state == CoroutineState::Running || self.heap[generator].parent.is_some() {
            let verb = step.verb();
            let raise = self.runtime_error(format!(
                "{verb}(): asynchronous generator is already running"
            ));
            return self.throw(raise);
        }
        if state == CoroutineState::Closed {
            return match step {
                GeneratorStep::Send(_) => {
                    let end = self.new_exception_with(classes::STOP_ASYNC_ITERATION, &[]);
                    self.throw(Raise(end))
                }
                // CPython loses what is thrown into one that has ended.
                GeneratorStep::Throw(_) | GeneratorStep::Close => self.complete(Value::None, true),
            };
        }
        self.hook_generator(generator);
        match step {
            GeneratorStep::Send(value) => {
                if state == CoroutineState::Created && !value.is_none() {
                    let raise = self
                        .type_error("can't send non-None value to a just-started async generator");
                    return self.throw(raise);
                }
                self.heap[generator].step = Some(id);
                self.chain_with(generator, ResumeInput::Send(value))
            }
            GeneratorStep::Throw(exception) => {
                if state == CoroutineState::Created {
                    self.heap[generator].state = CoroutineState::Closed;
                    return self.throw(Raise(exception));
                }
                self.heap[generator].step = Some(id);
                self.chain_with(generator, ResumeInput::Throw(exception))
            }
            GeneratorStep::Close => {
                if state == CoroutineState::Created {
                    self.heap[generator].state = CoroutineState::Closed;
                    return self.complete(Value::None, true);
                }
                self.heap[generator].step = Some(id);
                let exit = self.new_exception_with(classes::GENERATOR_EXIT, &[]);
                self.chain_with(generator, ResumeInput::Throw(exit))
            }
        }
    }

    /// The next item of an `async for`, for the frame on top.
    pub(crate) fn async_for_next(&mut self, value: Value) -> Flow {
        if let Value::AsyncGenerator(id) = value {
            match self.heap[id].state {
                CoroutineState::Created | CoroutineState::Suspended
                    if self.heap[id].parent.is_none() =>
                {
                    self.hook_generator(id);
                    return self.chain(id);
                }
                CoroutineState::Closed => {
                    self.end_loop(true);
                    return Flow::Go;
                }
                CoroutineState::Created | CoroutineState::Suspended | CoroutineState::Running => {
                    let raise =
                        self.runtime_error("anext(): asynchronous generator is already running");
                    return self.throw(raise);
                }
            }
        }
        match self.prelude_generator("_anext", &[value]) {
            Ok(id) => self.chain(id),
            Err(raise) => self.throw(raise),
        }
    }

    /// `yield` in an async generator: the item goes to whoever iterates.
    pub(crate) fn yield_async(&mut self, value: Value) -> Flow {
        let frame = *self.top();
        let Some(id) = frame.coroutine() else {
            panic!("invariant broken: an async generator without its object");
        };
        self.fiber.frames.pop();
        let registers = frame.base as usize..frame.base as usize + frame.registers as usize;
        let handled = self.handled;
        let coroutine = &mut self.heap.coroutines[id];
        coroutine
            .registers
            .copy_from_slice(&self.fiber.stack[registers]);
        coroutine.pc = frame.pc;
        coroutine.depth = 0;
        coroutine.state = CoroutineState::Suspended;
        coroutine.leaf = Some(id);
        coroutine.waiting = Value::Undef;
        coroutine.handled = if handled == frame.handled {
            None
        } else {
            handled
        };
        let step = coroutine.step.take();
        let parent = coroutine.parent.take();
        self.handled = frame.handled;
        if let Err(raise) = self.return_to_parent(frame, parent) {
            return self.throw(raise);
        }
        if let Some(step) = step
            && let AwaitableKind::GeneratorStep {
                step: GeneratorStep::Close,
                ..
            } = self.heap[step].kind
        {
            let raise = self.runtime_error("async generator ignored GeneratorExit");
            return self.throw(raise);
        }
        self.complete(value, true)
    }

    /// Puts a suspended parent where its child was.
    pub(crate) fn return_child_to(
        &mut self,
        frame: Frame,
        parent: Id<Coroutine>,
    ) -> Result<(), Raise> {
        self.return_to_parent(frame, Some(parent))
    }

    /// After a frame of a chain has left the stack: its parent is the frame below, or is put where it was.
    fn return_to_parent(
        &mut self,
        frame: Frame,
        parent: Option<Id<Coroutine>>,
    ) -> Result<(), Raise> {
        let Some(parent) =
            parent.filter(|&parent| self.heap[parent].state == CoroutineState::Suspended)
        else {
            return Ok(());
        };
        let kind = match frame.kind {
            FrameKind::Resumed {
                root,
                mode,
                outer,
                thrown,
                ..
            } => FrameKind::Resumed {
                coroutine: parent,
                root,
                mode,
                outer,
                thrown,
            },
            _ => FrameKind::Chained(parent),
        };
        self.push_coroutine(parent, kind)
    }

    /// The running frame, not made by a plain call, returned `value`.
    pub(crate) fn finish_frame(&mut self, value: Value) -> Flow {
        let frame = *self.top();
        self.fiber.frames.pop();
        self.handled = frame.handled;
        match frame.kind {
            FrameKind::Call(place) => {
                self.fiber.stack[place as usize] = value;
                Flow::Go
            }
            FrameKind::Init(place, instance) => {
                if !value.is_none() {
                    let name = self.type_name(value).to_owned();
                    let raise =
                        self.type_error(format!("__init__() should return None, not '{name}'"));
                    return self.throw(raise);
                }
                if place == u32::MAX {
                    return self.complete(Value::Instance(instance), false);
                }
                self.fiber.stack[place as usize] = Value::Instance(instance);
                Flow::Go
            }
            FrameKind::Operation => {
                if let FrameKind::Entry = self.top().kind {
                    return Flow::Leave(super::Exit::Finished(value));
                }
                if let Value::NotImplemented = value
                    && let Some(flow) = self.declined()
                {
                    return flow;
                }
                if let Some(check) = self.result_check() {
                    let result = check(self, value);
                    return self.settle(result);
                }
                self.complete(value, false)
            }
            FrameKind::Awaited => self.complete(value, true),
            FrameKind::Chained(id) => {
                let parent = self.close_coroutine(id);
                if let Err(raise) = self.return_to_parent(frame, parent) {
                    return self.throw(raise);
                }
                self.child_returned(id, value)
            }
            FrameKind::Resumed {
                coroutine,
                mode,
                outer,
                ..
            } => {
                let parent = self.close_coroutine(coroutine);
                if parent.is_some_and(|parent| self.heap[parent].state == CoroutineState::Suspended)
                {
                    if let Err(raise) = self.return_to_parent(frame, parent) {
                        return self.throw(raise);
                    }
                    if mode == ResumeMode::Close {
                        // The child took its GeneratorExit quietly; its parent is closed too.
                        let exit = self.new_exception_with(classes::GENERATOR_EXIT, &[]);
                        return self.throw(Raise(exit));
                    }
                    return self.child_returned(coroutine, value);
                }
                self.handled = outer;
                self.ended(mode, value)
            }
            FrameKind::Loop(_) | FrameKind::Entry => {
                panic!("invariant broken: a frame without code returned")
            }
        }
    }

    /// Marks a coroutine as ended; gives its parent.
    pub(crate) fn close_coroutine(&mut self, id: Id<Coroutine>) -> Option<Id<Coroutine>> {
        let before = self.heap[id].registers.len() * size_of::<Value>();
        let coroutine = &mut self.heap.coroutines[id];
        coroutine.state = CoroutineState::Closed;
        self.spare.give(std::mem::take(&mut coroutine.registers));
        coroutine.leaf = None;
        coroutine.waiting = Value::Undef;
        coroutine.handled = None;
        let parent = coroutine.parent.take();
        self.heap.resized(before, 0);
        parent
    }

    /// A child of the frame on top returned.
    fn child_returned(&mut self, child: Id<Coroutine>, value: Value) -> Flow {
        if self.coroutine_kind(child) == "async generator" {
            return self.async_generator_ended(child);
        }
        self.complete(value, true)
    }

    /// An async generator that the frame on top drives has ended without an exception.
    fn async_generator_ended(&mut self, id: Id<Coroutine>) -> Flow {
        match self.heap[id].step.take() {
            None => {
                self.end_loop(true);
                Flow::Go
            }
            Some(step) => match self.heap[step].kind {
                AwaitableKind::GeneratorStep {
                    step: GeneratorStep::Close,
                    ..
                } => self.complete(Value::None, true),
                _ => {
                    let end = self.new_exception_with(classes::STOP_ASYNC_ITERATION, &[]);
                    self.throw(Raise(end))
                }
            },
        }
    }

    /// A chain that the frame on top resumed has returned.
    fn ended(&mut self, mode: ResumeMode, value: Value) -> Flow {
        match mode {
            ResumeMode::For => {
                if !self.end_loop(false) {
                    panic!("invariant broken: a loop's generator ended elsewhere");
                }
                Flow::Go
            }
            ResumeMode::Close => self.complete(value, false),
            ResumeMode::NextDefault => {
                let default = self.default_argument();
                self.complete(default, false)
            }
            ResumeMode::Send => {
                // A frame paused at a loop means that a native `next` was called for it: the loop ends.
                if self.end_loop(false) {
                    return Flow::Go;
                }
                let stop = if value.is_none() {
                    self.new_exception_with(classes::STOP_ITERATION, &[])
                } else {
                    self.new_exception_with(classes::STOP_ITERATION, &[value])
                };
                self.throw(Raise(stop))
            }
            ResumeMode::Task => self.task_finished(Ok(value)),
        }
    }

    /// A generator object of a function of the prelude, not yet begun.
    pub(crate) fn prelude_generator(
        &mut self,
        name: &str,
        args: &[Value],
    ) -> Result<Id<Coroutine>, Raise> {
        let Value::Function(function) = self.prelude_function(name) else {
            panic!("invariant broken: {name} is no function of the prelude");
        };
        let mut registers = vec![Value::Undef; self.heap[function].registers as usize];
        registers[..args.len()].copy_from_slice(args);
        let id = self.new_coroutine_object(function, registers.into());
        self.heap[id].awaitable = true;
        Ok(id)
    }

    /// `ForClose`: the generator that a loop alone has is closed when the loop is left. `made` says that the loop's header made
    /// what it iterates, so that a wrapped generator is its own too.
    pub(crate) fn for_close(&mut self, state: Value, made: bool) -> NativeResult {
        let id = match state {
            Value::Generator(id) if !self.heap[id].owned_by_loop => return native::ok(Value::None),
            Value::Generator(id) => id,
            Value::Iter(id) => match self.heap[id] {
                Iter::Wrapped { generator, .. } if made => generator,
                _ => return native::ok(Value::None),
            },
            _ => return native::ok(Value::None),
        };
        self.close_request(id)
    }

    /// Notes whether a generator that a loop is about to go through was made by the instruction before: then nobody else has it.
    pub(crate) fn note_owner(&mut self, id: Id<Coroutine>) {
        let paused = self.top().pc - 1;
        let coroutine = &mut self.heap[id];
        coroutine.owned_by_loop =
            coroutine.state == CoroutineState::Created && coroutine.created + 1 == paused;
    }

    /// `close()`
    pub(crate) fn close_request(&mut self, id: Id<Coroutine>) -> NativeResult {
        match self.heap[id].state {
            CoroutineState::Closed => native::ok(Value::None),
            CoroutineState::Created => {
                self.close_coroutine(id);
                native::ok(Value::None)
            }
            CoroutineState::Running | CoroutineState::Suspended => {
                let exit = self.new_exception_with(classes::GENERATOR_EXIT, &[]);
                Ok(native::Outcome::Resume(native::ResumeRequest {
                    coroutine: id,
                    input: ResumeInput::Throw(exit),
                    mode: ResumeMode::Close,
                }))
            }
        }
    }

    /// `ForNext` over anything that the run loop does not do itself.
    pub(crate) fn for_next(&mut self, base: usize, at: usize, state: Value) -> Flow {
        use crate::objects::Entry;
        match state {
            Value::Dict(dict) => {
                // The second word counts the items given in its upper half, the length at the beginning stands in its lower half.
                let (Value::Int(place), Value::Int(counts)) = (
                    self.fiber.stack[base + at + 1],
                    self.fiber.stack[base + at + 2],
                ) else {
                    panic!("invariant broken: a loop's state");
                };
                let (given, length) = (counts >> 32, counts & 0xFFFF_FFFF);
                if self.heap[dict].len() as i64 != length {
                    let raise = self.runtime_error("dictionary changed size during iteration");
                    return self.throw(raise);
                }
                match self.heap[dict].next_place(place as usize) {
                    Some(_) if given == length => {
                        let raise = self.runtime_error("dictionary keys changed during iteration");
                        self.throw(raise)
                    }
                    Some(place) => {
                        let Entry { key, .. } = self.heap[dict].entry(place);
                        self.fiber.stack[base + at + 1] = Value::Int(place as i64 + 1);
                        self.fiber.stack[base + at + 2] = Value::Int(counts + (1 << 32));
                        self.complete(key, false)
                    }
                    None => {
                        self.end_loop(false);
                        Flow::Go
                    }
                }
            }
            Value::Generator(id) => {
                self.resume(id, ResumeInput::Send(Value::None), ResumeMode::For)
            }
            Value::Iter(id) => match self.advance(id) {
                Ok(crate::objects::Step::Item(value)) => self.complete(value, false),
                Ok(crate::objects::Step::End) => {
                    self.end_loop(false);
                    Flow::Go
                }
                Ok(crate::objects::Step::Script) => {
                    if let Some(generator) = self.live_generator(id) {
                        return self.resume(
                            generator,
                            ResumeInput::Send(Value::None),
                            ResumeMode::For,
                        );
                    }
                    let result = self.call_prelude("_advance", &[state]);
                    self.settle(result)
                }
                Err(raise) => self.throw(raise),
            },
            _ => {
                // An instance of a class derived from `map`, `zip` and their like.
                if let Value::Instance(id) = state
                    && let Some(&inner @ Value::Iter(_)) = self.heap[id].slots.first()
                    && let crate::objects::special::Implementor::Native(_) =
                        self.implementor(state, names::NEXT)
                {
                    return self.for_next(base, at, inner);
                }
                if let Some(flow) = self.begin_next(state) {
                    return flow;
                }
                let class = self.class_of(state);
                match self.class_attribute(class, names::NEXT) {
                    Some(method) => {
                        let result = self.call_class_attribute(method, state, &[]);
                        self.settle(result)
                    }
                    None => {
                        let name = self.type_name(state).to_owned();
                        let raise = self.type_error(format!("'{name}' object is not an iterator"));
                        self.throw(raise)
                    }
                }
            }
        }
    }

    /// What a done future gives: its result, or the exception to raise. None while it is pending.
    pub(crate) fn future_outcome(
        &mut self,
        future: Value,
    ) -> Option<Result<Value, Id<crate::objects::Instance>>> {
        let data = self.future_mut(future);
        match data.state {
            FutureState::Pending | FutureState::Gathering(_) => None,
            FutureState::Result(value) => Some(Ok(value)),
            FutureState::Exception(exception) => {
                data.unretrieved = false;
                // The second who asks gets it without what came before, as from CPython's own futures.
                let traced = std::mem::take(&mut data.traced) as usize;
                let state = self.exception_state_mut(exception);
                if state.traceback.len() > traced {
                    state.traceback.truncate(traced);
                    state.traceback_object = None;
                }
                Some(Err(exception))
            }
            FutureState::Cancelled(_) => Some(Err(self.cancelled_error(future))),
        }
    }
}
