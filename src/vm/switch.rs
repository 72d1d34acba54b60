//! Suspending and resuming: generators, coroutines, async generators. Only the frame that suspends or resumes is copied;
//! frames that wait for it stay where they are, linked child -> parent.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::frame::copy_registers;
use super::native::{NativeResult, ResumeInput, ResumeMode};
use super::{Flow, Frame, FrameKind, Raise, Vm, classes, native};
use crate::event_loop::{AwaitableKind, GeneratorStep};
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, CoroutineState, Function, Instance, Step};

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
    pub(super) fn push_coroutine(
        &mut self,
        id: Id<Coroutine>,
        kind: FrameKind,
    ) -> Result<(), Raise> {
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
            // While an exception that was thrown in goes up, nobody asks what the frames further out are handling.
            FrameKind::Resumed {
                outer,
                thrown: true,
                ..
            } => outer,
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

    /// The exception that whoever resumed the chain on top of the stack is handling, and, if that was done by throwing one in, what
    /// the suspended frames of the chain are handling.
    fn resumers_handled(&self) -> (Option<Id<Instance>>, Option<Id<Instance>>) {
        let mut frames = self.fiber.frames.iter().rev();
        let found = frames.find_map(|frame| match frame.kind {
            FrameKind::Resumed {
                outer,
                thrown: true,
                coroutine,
                ..
            } => Some((outer, self.heap[coroutine].entry_handled)),
            FrameKind::Resumed { outer, .. } => Some((outer, None)),
            _ => None,
        });
        found.unwrap_or_default()
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
        let (resumer, beneath) = self.resumers_handled();
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
                beneath
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
                if !waiting.is_undef() {
                    self.mark_blocking(value);
                }
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
                    if mode == ResumeMode::Close || mode == ResumeMode::Task {
                        self.heap[root].state = CoroutineState::Closed;
                    }
                    if mode == ResumeMode::Close {
                        return self.complete(Value::None, false);
                    }
                    if mode == ResumeMode::Task {
                        self.trace_created(root, exception);
                        return self.task_finished(Err(exception));
                    }
                    self.throw_into_created(root, exception)
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
                let mut failed = None;
                if let (Value::Iter(iter), ResumeInput::Send(Value::None | Value::Undef)) =
                    (waiting, input)
                    && mode != ResumeMode::Task
                {
                    match self.advance(iter) {
                        Ok(Step::Item(item)) => return self.complete(item, false),
                        Ok(Step::End | Step::Script) => {}
                        Err(raise) => failed = Some(raise),
                    }
                }
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
                match failed {
                    Some(raise) => self.throw(raise),
                    None => self.deliver(waiting, input),
                }
            }
        }
    }

    /// What is thrown into a coroutine or generator that has not begun goes through it: its first line is in the traceback.
    pub(super) fn throw_into_created(
        &mut self,
        id: Id<Coroutine>,
        exception: Id<Instance>,
    ) -> Flow {
        self.heap[id].state = CoroutineState::Closed;
        self.trace_created(id, exception);
        self.throw_through(Raise(exception))
    }

    fn trace_created(&mut self, id: Id<Coroutine>, exception: Id<Instance>) {
        let function = &self.heap[self.heap[id].function];
        let entry = crate::objects::TracebackEntry {
            code: function.code,
            pc: function.entry,
        };
        self.exception_state_mut(exception).traceback.push(entry);
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
            (ResumeInput::Throw(exception), _) => self.throw_through(Raise(exception)),
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

    /// Puts a suspended parent where its child was.
    pub(crate) fn return_child_to(
        &mut self,
        frame: Frame,
        parent: Id<Coroutine>,
    ) -> Result<(), Raise> {
        self.return_to_parent(frame, Some(parent))
    }

    /// After a frame of a chain has left the stack: its parent is the frame below, or is put where it was.
    pub(super) fn return_to_parent(
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
                    step: GeneratorStep::Close(_),
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
}
