//! Tasks: how they are made, step by step run, suspended and ended.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::awaitable::can_take;
use super::future::Cancelled;
use super::{
    Awaitable, AwaitableKind, AwaitableState, Child, Future, FutureMark, FutureObject, FutureState,
    GeneratorStep, Handle, Loop, Polled, Ready, Root, Task, Waiter, Waiting, Waker,
};
use crate::bytecode::Op;
use crate::heap::{Id, Value};
use crate::objects::{Cell, Coroutine, CoroutineState, Instance};
use crate::vm::{Flow, Frame, FrameKind, Raise, ResumeInput, ResumeMode, Vm, copy_registers};

/// `tasks` of a loop is tidied up when it is longer than this and twice as long as it need be.
const TASKS: usize = 64;

impl Vm {
    /// Makes a task and puts its first step on the ready queue, unless it begins at once.
    pub(crate) fn new_task(
        &mut self,
        event_loop: Id<Loop>,
        root: Root,
        name: Value,
        eager: bool,
    ) -> Id<Task> {
        let name = if name.is_undef() || name.is_none() {
            let number = self.next_task_name;
            self.next_task_name += 1;
            Value::Int(number as i64)
        } else {
            name
        };
        let created = self
            .fiber
            .frames
            .last()
            .map_or(0, |frame| frame.pc.saturating_sub(1));
        let context = self.copied_context();
        let id = self.heap.new_task(Task {
            future: Future::new(event_loop),
            root,
            waiting: Waiting::Nothing,
            name,
            must_cancel: Value::Undef,
            cancels: 0,
            created,
            context_object: None,
            context,
        });
        let heap = &mut self.heap;
        let data = &mut heap.loops[event_loop];
        data.live_tasks += 1;
        if data.tasks.len() > TASKS && data.tasks.len() >= data.live_tasks * 2 {
            let tasks = &heap.tasks;
            data.tasks.retain(|&task| !tasks[task].future.is_done());
            data.live_tasks = data.tasks.len() + 1;
        }
        data.tasks.push(id);
        if !eager {
            data.ready.push_back(Ready::Step(id));
        }
        if data.debug {
            self.keep_creation_stack(Child::Task(id));
        }
        id
    }

    /// What a task can run, of a value that is a coroutine. An awaitable that needs a frame gets a coroutine around it.
    pub(crate) fn task_root(&mut self, value: Value) -> Result<Option<Root>, Raise> {
        Ok(Some(match value {
            Value::Coroutine(id) => Root::Coroutine(id),
            Value::Awaitable(id) => match self.heap[id].kind {
                AwaitableKind::GeneratorStep { .. } | AwaitableKind::AnextDefault(_) => {
                    Root::Coroutine(self.prelude_generator("_awaited_coroutine", &[value])?)
                }
                AwaitableKind::Driven { coroutine, .. } => Root::Coroutine(coroutine),
                AwaitableKind::Iterator(_) => return Ok(None),
                AwaitableKind::Sleep { .. }
                | AwaitableKind::Ready(_)
                | AwaitableKind::Acquire { .. }
                | AwaitableKind::EventWait(_)
                | AwaitableKind::QueueGet(_)
                | AwaitableKind::QueuePut(..)
                | AwaitableKind::QueueJoin(_)
                | AwaitableKind::QueueWait { .. } => Root::Awaitable(id),
            },
            Value::Instance(_) if self.is_coroutine_like(value) => {
                Root::Generator(self.prelude_generator("_driven", &[value])?)
            }
            _ => return Ok(None),
        }))
    }

    /// One step of a task.
    pub(super) fn step_task(&mut self, event_loop: Id<Loop>, id: Id<Task>) -> Flow {
        let task = &mut self.heap.tasks[id];
        if task.future.is_done() {
            return self.already_done(event_loop, id);
        }
        let root = task.root;
        let waiting = std::mem::take(&mut task.waiting);
        let must_cancel = std::mem::take(&mut task.must_cancel);
        self.asyncio.context = task.context;
        let event_loop = &mut self.heap.loops[event_loop];
        event_loop.current = Some(id);
        event_loop.handle = None;
        let mut input = ResumeInput::Send(Value::None);
        let mut result = Value::Undef;
        match waiting {
            Waiting::Nothing => result = Value::None,
            Waiting::Awaitable(_) => {}
            Waiting::Raise(exception) => input = ResumeInput::Throw(exception),
            Waiting::Future(_) | Waiting::Task(_) => match self.future_outcome(waiting.value()) {
                Some(Ok(value)) => result = value,
                Some(Err(exception)) => {
                    self.chain_outcome(waiting, exception);
                    input = ResumeInput::Throw(exception);
                }
                None => {}
            },
        }
        if !must_cancel.is_undef() {
            let cancelled = match input {
                ResumeInput::Throw(exception) => self
                    .as_cancelled_error(Value::Instance(exception))
                    .is_some(),
                ResumeInput::Send(_) => false,
            };
            if !cancelled {
                let exception = self.new_cancelled_error(must_cancel);
                self.chain_outcome(waiting, exception);
                input = ResumeInput::Throw(exception);
            }
        }
        match root {
            Root::Coroutine(coroutine) | Root::Generator(coroutine) => {
                if matches!(input, ResumeInput::Send(_))
                    && self.resume_with(coroutine, waiting, result)
                {
                    return Flow::Go;
                }
                self.step_coroutine(coroutine, input)
            }
            Root::Awaitable(awaitable) => match self.poll_awaitable(awaitable, input) {
                Polled::Ready(value) => self.task_finished(Ok(value)),
                Polled::Raise(exception) => self.task_finished(Err(exception)),
                Polled::Suspend(yielded) => {
                    self.task_suspended(yielded, Value::Awaitable(awaitable))
                }
                Polled::Await(_) | Polled::Prelude(..) => {
                    panic!("invariant broken: an awaitable that needs a frame has none")
                }
            },
        }
    }

    /// A loop that runs while an exception is handled gives that as context to what cancelled futures raise, and to what futures of
    /// derived classes do, gathers among them: CPython asks those for their results, and only looks into others.
    fn chain_outcome(&mut self, waiting: Waiting, exception: Id<Instance>) {
        if self.handled.is_none() {
            return;
        }
        let asked = match waiting {
            Waiting::Future(_) | Waiting::Task(_) => {
                let future = self.future_mut(waiting.value());
                future.is_cancelled()
                    || future.gathering
                    || matches!(future.object.get(), FutureObject::Derived(_))
            }
            Waiting::Awaitable(awaitable) => {
                self.heap[awaitable].state == AwaitableState::Cancelled
            }
            Waiting::Nothing | Waiting::Raise(_) => false,
        };
        if asked {
            self.chain_context(exception);
        }
    }

    /// Puts the innermost frame of a suspended chain on the stack with what it waited for: the short way. False, and nothing
    /// done, if that is not what has to be done.
    #[inline]
    fn resume_with(&mut self, root: Id<Coroutine>, waiting: Waiting, result: Value) -> bool {
        let first = &self.heap.coroutines[root];
        let id = match (first.state, first.leaf) {
            (CoroutineState::Suspended, Some(leaf)) => leaf,
            (CoroutineState::Created, _) => return self.begin_step(root),
            _ => return false,
        };
        let below = self.top();
        let base = below.base as usize + below.registers as usize;
        let outer = self.handled;
        self.ensure_window(base);
        let coroutine = &mut self.heap.coroutines[id];
        // A bare yield gives None; a future must be the one that the frame itself awaits.
        let same = match (coroutine.waiting, waiting) {
            (Value::Undef, Waiting::Nothing) => true,
            (Value::Future(id), Waiting::Future(other)) => id == other,
            (Value::Task(id), Waiting::Task(other)) => id == other,
            (Value::Awaitable(id), Waiting::Awaitable(other)) => id == other,
            _ => false,
        };
        let (Op::Await { dst, .. }
        | Op::CallAwait { callee: dst, .. }
        | Op::CallMethodAwait { callee: dst, .. }) = self.code[coroutine.pc as usize - 1]
        else {
            return false;
        };
        if !same || coroutine.depth == 0 || coroutine.depth > self.recursion_limit {
            return false;
        }
        let result = match waiting {
            Waiting::Awaitable(awaitable)
                if can_take(&self.heap.awaitables, &self.heap.primitives, awaitable) =>
            {
                self.take_woken(awaitable)
            }
            Waiting::Awaitable(_) => Value::Undef,
            _ => result,
        };
        if result.is_undef() {
            return false;
        }
        let coroutine = &mut self.heap.coroutines[id];
        coroutine.state = CoroutineState::Running;
        coroutine.waiting = Value::Undef;
        let registers = coroutine.registers.len();
        copy_registers(
            &mut self.fiber.stack[base..base + registers],
            &coroutine.registers,
        );
        self.fiber.stack[base + dst as usize] = result;
        let entry = coroutine.entry_handled.or(outer);
        self.handled = coroutine.handled.or(entry);
        self.fiber.frames.push(Frame {
            pc: coroutine.pc,
            base: base as u32,
            registers: registers as u16,
            depth: coroutine.depth,
            function: coroutine.function,
            kind: FrameKind::Resumed {
                coroutine: id,
                root,
                mode: ResumeMode::Task,
                outer,
                thrown: false,
            },
            handled: entry,
        });
        true
    }

    /// Puts the frame of a task's coroutine on the stack for its first step. False, and nothing done, at the recursion limit.
    fn begin_step(&mut self, id: Id<Coroutine>) -> bool {
        let below = self.top();
        let base = below.base as usize + below.registers as usize;
        let depth = below.depth + 1;
        let outer = self.handled;
        if depth > self.recursion_limit {
            return false;
        }
        self.ensure_window(base);
        let coroutine = &mut self.heap.coroutines[id];
        coroutine.state = CoroutineState::Running;
        coroutine.depth = depth;
        coroutine.leaf = Some(id);
        let registers = coroutine.registers.len();
        copy_registers(
            &mut self.fiber.stack[base..base + registers],
            &coroutine.registers,
        );
        self.fiber.frames.push(Frame {
            pc: coroutine.pc,
            base: base as u32,
            registers: registers as u16,
            depth,
            function: coroutine.function,
            kind: FrameKind::Resumed {
                coroutine: id,
                root: id,
                mode: ResumeMode::Task,
                outer,
                thrown: false,
            },
            handled: outer,
        });
        true
    }

    /// Suspends the chain on top for one pass: what `await asyncio.sleep(0)` does.
    pub(crate) fn suspend_once(&mut self) -> Flow {
        match self.leave_step(Value::Undef) {
            Some(flow) => flow,
            None => self.suspend_chain(Value::None, Value::Undef),
        }
    }

    /// Suspends the only frame of a task's step, which waits for an awaitable, or, with an unset one, for the next pass: the short
    /// way. None, and nothing done, if there is more to it.
    #[inline]
    pub(crate) fn leave_step(&mut self, waiting: Value) -> Option<Flow> {
        let frame = *self.top();
        let FrameKind::Resumed {
            coroutine: id,
            root,
            mode: ResumeMode::Task,
            outer,
            thrown: false,
        } = frame.kind
        else {
            return None;
        };
        let event_loop = self.running_loop?;
        let data = &mut self.heap.loops[event_loop];
        let current = data.current.filter(|_| data.outer.is_empty())?;
        let task = &mut self.heap.tasks[current];
        match waiting {
            Value::Undef => data.ready.push_back(Ready::Step(current)),
            Value::Awaitable(awaitable)
                if task.must_cancel.is_undef()
                    && self.heap.awaitables[awaitable].state == AwaitableState::Waiting =>
            {
                task.waiting = Waiting::Awaitable(awaitable);
            }
            _ => return None,
        }
        data.current = None;
        task.context = self.asyncio.context;
        let handled = self.handled;
        let coroutine = &mut self.heap.coroutines[id];
        let from = frame.base as usize;
        let registers = &self.fiber.stack[from..from + frame.registers as usize];
        copy_registers(&mut coroutine.registers, registers);
        coroutine.pc = frame.pc;
        coroutine.depth = frame.depth;
        coroutine.state = CoroutineState::Suspended;
        coroutine.waiting = waiting;
        coroutine.handled = if handled == frame.handled {
            None
        } else {
            handled
        };
        coroutine.entry_handled = if frame.handled == outer {
            None
        } else {
            frame.handled
        };
        self.heap.coroutines[root].leaf = Some(id);
        self.handled = outer;
        self.fiber.frames.pop();
        Some(self.next_step(event_loop))
    }

    /// Turns the loop. Mostly the next entry is another task's step, and the turn no more than this.
    fn next_step(&mut self, event_loop: Id<Loop>) -> Flow {
        let data = &mut self.heap.loops[event_loop];
        // The next pass, when there is nothing to look at before it.
        if data.pass_left == 0
            && data.goes_on_at_once()
            && self.signals == 0
            && !self.fibers.any_other()
        {
            data.clock_fresh = false;
            data.pass_left = data.ready.len();
        }
        if data.pass_left > 0
            && !data.debug
            && self.heap.ticks > 0
            && let Some(&Ready::Step(next)) = data.ready.front()
            && matches!(self.top().kind, FrameKind::Loop(_))
        {
            let task = &self.heap.tasks[next];
            let waiting = task.waiting;
            if let (Root::Coroutine(coroutine), Waiting::Nothing | Waiting::Awaitable(_)) =
                (task.root, waiting)
                && task.must_cancel.is_undef()
                && !task.future.is_done()
                && self.resume_with(coroutine, waiting, Value::None)
            {
                let task = &mut self.heap.tasks[next];
                task.waiting = Waiting::Nothing;
                self.asyncio.context = task.context;
                self.heap.ticks -= 1;
                let data = &mut self.heap.loops[event_loop];
                data.ready.pop_front();
                data.pass_left -= 1;
                data.current = Some(next);
                data.handle = None;
                return Flow::Go;
            }
        }
        self.loop_turn(event_loop)
    }

    fn running_task(&self) -> (Id<Loop>, Id<Task>) {
        match self
            .running_loop
            .map(|id| (id, self.heap.loops[id].current))
        {
            Some((event_loop, Some(task))) => (event_loop, task),
            _ => panic!(
                "invariant broken: a task's chain ended or suspended while no task was running"
            ),
        }
    }

    /// The chain of the running task suspended; `waiting` is what it waits for, unset for a bare yield.
    pub(crate) fn task_suspended(&mut self, yielded: Value, waiting: Value) -> Flow {
        let (event_loop, id) = self.running_task();
        self.heap.tasks[id].context = self.asyncio.context;
        match waiting {
            Value::Awaitable(awaitable) if !matches!(yielded, Value::Future(_)) => {
                match self.heap[awaitable].state {
                    AwaitableState::Woken => self.push_ready(event_loop, Ready::Step(id)),
                    AwaitableState::Created
                    | AwaitableState::Waiting
                    | AwaitableState::Cancelled
                    | AwaitableState::Finished => self.wait_on_awaitable(id, awaitable),
                }
            }
            _ => match yielded {
                Value::None => self.push_ready(event_loop, Ready::Step(id)),
                Value::Future(_) | Value::Task(_) => {
                    if let Some(flow) = self.wait_on_future(event_loop, id, yielded, waiting) {
                        return flow;
                    }
                }
                Value::Instance(_) if self.child_of(yielded).is_some() => {
                    let future = self.native_value(yielded);
                    if let Some(flow) = self.wait_on_future(event_loop, id, future, waiting) {
                        return flow;
                    }
                }
                _ => {
                    let task = self.child_value(Child::Task(id));
                    return if matches!(yielded, Value::Generator(_)) {
                        let text =
                            "yield was used instead of yield from for generator in task %r with %r";
                        self.raise_in_task(id, text, &[task, yielded])
                    } else {
                        self.raise_in_task(id, "Task got bad yield: %r", &[yielded])
                    };
                }
            },
        }
        self.step_ended(event_loop, id)
    }

    fn wait_on_awaitable(&mut self, id: Id<Task>, awaitable: Id<Awaitable>) {
        let task = &mut self.heap.tasks[id];
        task.waiting = Waiting::Awaitable(awaitable);
        if !task.must_cancel.is_undef() {
            let message = std::mem::take(&mut task.must_cancel);
            let cancels = task.cancels;
            self.cancel(Child::Task(id), message);
            self.heap[id].cancels = cancels;
        }
    }

    /// Some(flow) if a script's code is called for that.
    fn wait_on_future(
        &mut self,
        event_loop: Id<Loop>,
        id: Id<Task>,
        value: Value,
        waiting: Value,
    ) -> Option<Flow> {
        let Some(child) = Child::of(value) else {
            panic!("invariant broken: tasks wait for futures");
        };
        if let Some((text, values)) = self.cannot_wait(event_loop, id, child, waiting) {
            return Some(self.raise_in_task(id, text, &values));
        }
        self.heap[id].waiting = match child {
            Child::Future(id) => Waiting::Future(id),
            Child::Task(id) => Waiting::Task(id),
        };
        if let Some(future) = self.with_own(child, "add_done_callback") {
            return Some(self.wait_on_own(id, future));
        }
        self.wait_for(child, Waiter::Task(id));
        if !self.heap[id].must_cancel.is_undef() {
            let message = std::mem::take(&mut self.heap[id].must_cancel);
            let mut own = Vec::new();
            let done = self.cancel_chain(child, message, Some(&mut own));
            if !own.is_empty() {
                return Some(self.cancel_waited(id, own, message));
            }
            if done == Cancelled::Nothing {
                self.heap[id].must_cancel = message;
            }
        }
        None
    }

    /// Why a task cannot wait for a future that its coroutine yielded, if it can't: a message with `%r` for each of the values.
    fn cannot_wait(
        &mut self,
        event_loop: Id<Loop>,
        id: Id<Task>,
        child: Child,
        waiting: Value,
    ) -> Option<(&'static str, Vec<Value>)> {
        let task = self.child_value(Child::Task(id));
        let future = self.child_value(child);
        let refused = if child == Child::Task(id) {
            Some(("Task cannot await on itself: %r", vec![task]))
        } else if self.future(child).event_loop != event_loop {
            let text = "Task %r got Future %r attached to a different loop";
            Some((text, vec![task, future]))
        } else {
            None
        };
        if refused.is_some() {
            // As in CPython the next to await it is told that it was given away already.
            if !waiting.is_undef() {
                self.child_mut(child).mark = FutureMark::Blocking;
            }
            return refused;
        }
        if waiting.is_undef() {
            let mark = &mut self.child_mut(child).mark;
            if *mark != FutureMark::Blocking {
                let text = "yield was used instead of yield from in task %r with %r";
                return Some((text, vec![task, future]));
            }
            *mark = FutureMark::Plain;
        }
        None
    }

    /// The task's next step raises a RuntimeError, in whose message each `%r` stands for the repr of a value.
    fn raise_in_task(&mut self, id: Id<Task>, message: &str, values: &[Value]) -> Flow {
        let at_loop = matches!(self.top().kind, FrameKind::Loop(_));
        let given = [
            self.child_value(Child::Task(id)),
            self.heap.str(message),
            self.heap.tuple(values.to_vec()),
            Value::Bool(at_loop),
        ];
        let result = self.call_prelude("_raise_in_task", &given);
        self.settle(result)
    }

    /// The running task is done.
    pub(crate) fn task_finished(&mut self, result: Result<Value, Id<Instance>>) -> Flow {
        let (event_loop, id) = self.running_task();
        let task = &mut self.heap.tasks[id];
        let must_cancel = std::mem::take(&mut task.must_cancel);
        let data = &mut self.heap.loops[event_loop];
        data.live_tasks = data.live_tasks.saturating_sub(1);
        match result {
            Ok(_) if !must_cancel.is_undef() => {
                self.finish_future(Child::Task(id), FutureState::Cancelled(must_cancel));
            }
            Ok(value) => self.finish_future(Child::Task(id), FutureState::Result(value)),
            Err(exception)
                if self
                    .as_cancelled_error(Value::Instance(exception))
                    .is_some() =>
            {
                self.finish_future(
                    Child::Task(id),
                    FutureState::Cancelled(Value::Instance(exception)),
                );
            }
            Err(exception) => {
                // A cancellation that came too late stays visible.
                self.heap[id].must_cancel = must_cancel;
                self.finish_future(Child::Task(id), FutureState::Exception(exception));
                if self.leaves_loop(exception) {
                    self.heap[id].future.unretrieved = false;
                    return self.throw_out_of_loop(event_loop, exception);
                }
            }
        }
        self.step_ended(event_loop, id)
    }

    /// The frame on top returned, and it was all that a task's step had: the short way to finish the task and to turn the loop on. None,
    /// and nothing done, if there is more to it.
    #[inline]
    pub(crate) fn step_returned(&mut self, value: Value) -> Option<Flow> {
        let [.., below, frame] = &self.fiber.frames[..] else {
            return None;
        };
        let (
            FrameKind::Loop(event_loop),
            FrameKind::Resumed {
                coroutine,
                root,
                mode: ResumeMode::Task,
                outer: None,
                ..
            },
        ) = (below.kind, frame.kind)
        else {
            return None;
        };
        let data = &mut self.heap.loops[event_loop];
        let id = data.current?;
        let task = &self.heap.tasks[id];
        if root != coroutine
            || !data.outer.is_empty()
            || !task.must_cancel.is_undef()
            || task.future.discarded
            || self.heap.coroutines[coroutine].parent.is_some()
        {
            return None;
        }
        data.live_tasks = data.live_tasks.saturating_sub(1);
        data.current = None;
        self.handled = None;
        self.fiber.frames.pop();
        self.close_coroutine(coroutine);
        self.finish_future(Child::Task(id), FutureState::Result(value));
        Some(self.next_step(event_loop))
    }

    /// A step is over: the loop turns on, or the call that began an eager task is completed.
    fn step_ended(&mut self, event_loop: Id<Loop>, id: Id<Task>) -> Flow {
        let at_loop = matches!(self.top().kind, FrameKind::Loop(_));
        let data = &mut self.heap.loops[event_loop];
        if at_loop || data.outer.is_empty() {
            let data = &mut self.heap.loops[event_loop];
            data.current = None;
            data.outer.clear();
            if self.heap.tasks[id].future.discarded
                && let Some(flow) = self.report_discarded(event_loop, id)
            {
                return flow;
            }
            return self.next_step(event_loop);
        }
        let done = self.heap.tasks[id].future.is_done();
        if done {
            self.heap.tasks[id].future.mark = FutureMark::BegunAndEnded;
        }
        let data = &mut self.heap.loops[event_loop];
        data.current = data.outer.pop().flatten();
        self.asyncio.context = data.current.and_then(|task| self.heap.tasks[task].context);
        self.complete(Value::Task(id), false)
    }

    /// Begins a task at once, inside the task (if any) that made it.
    pub(crate) fn start_eagerly(&mut self, event_loop: Id<Loop>, id: Id<Task>) {
        let data = &mut self.heap[event_loop];
        let current = data.current.replace(id);
        data.outer.push(current);
        // The context outside is kept by the task that is left; at the loop's own level there is none to keep.
        if let Some(current) = current {
            self.heap[current].context = self.asyncio.context;
        }
        self.asyncio.context = self.heap[id].context;
    }

    /// The task that drives the chain of frames on top, if a task does; else it is driven by hand.
    pub(super) fn driver(&self) -> Option<Id<Task>> {
        for frame in self.fiber.frames.iter().rev() {
            match frame.kind {
                FrameKind::Awaited | FrameKind::Chained(_) => {}
                FrameKind::Resumed {
                    mode: crate::vm::ResumeMode::Task,
                    ..
                }
                | FrameKind::Loop(_) => return self.current_task(),
                FrameKind::Resumed { .. }
                | FrameKind::Call(_)
                | FrameKind::Init(..)
                | FrameKind::Operation
                | FrameKind::Entry => return None,
            }
        }
        None
    }

    /// The first iteration of an async generator: the loop will close it at the end.
    pub(crate) fn hook_generator(&mut self, id: Id<Coroutine>) {
        let Some(event_loop) = self.running_loop.filter(|_| !self.heap[id].hooked) else {
            return;
        };
        self.heap[id].hooked = true;
        let heap = &mut self.heap;
        let data = &mut heap.loops[event_loop];
        if data.generators.len() >= data.generators_limit.max(TASKS) {
            let coroutines = &heap.coroutines;
            data.generators
                .retain(|&it| coroutines[it].state != CoroutineState::Closed);
            data.generators_limit = data.generators.len() * 2;
        }
        data.generators.push(id);
    }

    /// An `async for` was left early over a generator that its header made: a task closes it, two passes later (C45).
    pub(crate) fn async_for_close(&mut self, value: Value) -> crate::vm::NativeResult {
        if let Value::AsyncGenerator(id) = value
            && self.heap[id].owned_by_loop
            && self.heap[id].state == CoroutineState::Suspended
            && let Some(event_loop) = self.running_loop
        {
            let context = self.copied_context();
            self.push_ready(event_loop, Ready::Abandoned(id, context));
        }
        crate::vm::ok(Value::None)
    }

    /// Makes the task that closes a dropped async generator.
    pub(super) fn close_abandoned(
        &mut self,
        event_loop: Id<Loop>,
        generator: Id<Coroutine>,
        context: Option<Id<Cell>>,
    ) -> Flow {
        self.asyncio.context = context;
        if self.has_task_factory(event_loop) {
            let callback = self.prelude_function("_close_generator");
            let data = Handle {
                callback,
                args: [
                    self.loop_value(event_loop),
                    Value::AsyncGenerator(generator),
                ]
                .into(),
                cancelled: false,
                scheduled: false,
                when: None,
                event_loop,
                context,
                created: self.heap[generator].created,
                stack: None,
            };
            let handle = self.heap.new_handle(data);
            return self.run_handle(event_loop, handle);
        }
        let created = self.heap[generator].created;
        let step = self.heap.new_awaitable(Awaitable {
            kind: AwaitableKind::GeneratorStep {
                generator,
                step: GeneratorStep::Close(None),
            },
            state: AwaitableState::Created,
            waker: Waker::Nobody,
            created,
        });
        if let Ok(Some(root)) = self.task_root(Value::Awaitable(step)) {
            self.new_task(event_loop, root, Value::Undef, false);
        }
        Flow::Go
    }
}
