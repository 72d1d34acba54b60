//! Raising and unwinding: from the instruction that raised, outwards through frames and await chains, to a handler.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Exit, Flow, Frame, FrameKind, Raise, ResumeMode, Vm, classes};
use crate::bytecode::Handler;
use crate::event_loop::{AwaitableKind, GeneratorStep};
use crate::heap::{Id, Value};
use crate::objects::{Class, Coroutine, CoroutineState, Instance, TracebackEntry};

impl Vm {
    /// Raises an exception at the paused instruction of the frame on top.
    pub(crate) fn throw(&mut self, raise: Raise) -> Flow {
        self.chain_context(raise.0);
        self.unwind(raise.0, true)
    }

    /// Raises an exception that is already on its way, without giving it a new context.
    pub(crate) fn throw_through(&mut self, raise: Raise) -> Flow {
        self.unwind(raise.0, true)
    }

    /// `raise value [from cause]`
    pub(crate) fn raise_value(&mut self, value: Value, cause: Option<Value>) -> Flow {
        let cause = match cause {
            None => None,
            Some(Value::None) => Some(None),
            Some(made @ Value::Class(class))
                if self.is_subclass(class, classes::BASE_EXCEPTION) =>
            {
                if self.heap[class].specials.init || self.heap[class].specials.new {
                    let result = self.call_prelude("_raise_from_class", &[value, made]);
                    return self.settle(result);
                }
                Some(Some(self.new_exception_with(class, &[])))
            }
            Some(cause) => match self.as_exception(cause) {
                Some(cause) => Some(Some(cause)),
                None => {
                    let raise = self.type_error("exception causes must derive from BaseException");
                    return self.throw(raise);
                }
            },
        };
        let exception = match value {
            Value::Class(class) if self.is_subclass(class, classes::BASE_EXCEPTION) => {
                if self.heap[class].specials.init
                    || self.heap[class].specials.new
                    || cause.is_some()
                {
                    let result = match cause {
                        None => self.call_prelude("_raise_class", &[value]),
                        Some(cause) => {
                            let cause = cause.map_or(Value::None, Value::Instance);
                            self.call_prelude("_raise_class_from", &[value, cause])
                        }
                    };
                    return self.settle(result);
                }
                self.new_exception_with(class, &[])
            }
            _ => match self.as_exception(value) {
                Some(exception) => exception,
                None => {
                    let raise = self.type_error("exceptions must derive from BaseException");
                    return self.throw(raise);
                }
            },
        };
        if let Some(cause) = cause {
            let state = self.exception_state_mut(exception);
            state.cause = cause;
            state.suppress_context = true;
        }
        self.throw(Raise(exception))
    }

    /// Bare `raise`.
    pub(crate) fn raise_again(&mut self) -> Flow {
        match self.handled {
            Some(exception) => self.unwind(exception, false),
            None => {
                let raise = self.runtime_error("No active exception to reraise");
                self.throw(raise)
            }
        }
    }

    /// Goes on raising an exception as if it had not been caught here.
    pub(crate) fn reraise(&mut self, value: Value) -> Flow {
        let Some(exception) = self.as_exception(value) else {
            panic!("invariant broken: only exceptions are raised again");
        };
        self.unwind(exception, false)
    }

    /// Sets `__context__` to the exception being handled, and keeps the chain free of cycles.
    pub(crate) fn chain_context(&mut self, exception: Id<Instance>) {
        let Some(handled) = self.handled.filter(|&handled| handled != exception) else {
            return;
        };
        let mut at = handled;
        // A script may have made the chain a circle: one that goes at half the speed is met again.
        let (mut slow, mut step) = (handled, false);
        while let Some(context) = self.exception_state(at).context {
            if context == exception {
                self.exception_state_mut(at).context = None;
                break;
            }
            at = context;
            if at == slow {
                break;
            }
            if step && let Some(next) = self.exception_state(slow).context {
                slow = next;
            }
            step = !step;
        }
        self.exception_state_mut(exception).context = Some(handled);
    }

    /// Finds the handler. `entry` tells whether the frame on top gets a traceback entry.
    fn unwind(&mut self, mut exception: Id<Instance>, mut entry: bool) -> Flow {
        loop {
            let frame = *self.top();
            if frame.has_code() {
                let pc = frame.pc - 1;
                let code = self.heap[frame.function].code;
                if entry {
                    self.add_traceback_entry(exception, code, pc);
                }
                entry = true;
                if let Some(handler) = self.find_handler(code, pc) {
                    let base = frame.base as usize;
                    self.fiber.stack[base + handler.register as usize] = Value::Instance(exception);
                    // What was under way is over: nothing of it is kept alive.
                    let (free, end) = (handler.free as usize, frame.registers as usize);
                    if free < end {
                        self.fiber.stack[base + free..base + end].fill(Value::Undef);
                    }
                    self.handled = Some(exception);
                    let top = self.top_mut();
                    top.pc = handler.target;
                    if matches!(top.kind, FrameKind::Resumed { .. })
                        && top.handled == Some(exception)
                    {
                        // Its resumer threw in what it handles itself: from now on the generator handles it too, and keeps it
                        // when it is suspended.
                        top.handled = None;
                    }
                    return Flow::Go;
                }
            }
            match frame.kind {
                FrameKind::Call(place) => {
                    self.leave(frame);
                    let below = self.top();
                    // A signal's handler, called between two instructions.
                    if place == below.base + u32::from(below.registers) {
                        self.blame_next();
                    }
                }
                FrameKind::Init(..) => self.leave(frame),
                FrameKind::Awaited => {
                    self.leave(frame);
                    exception = self.converted(exception, "coroutine");
                }
                FrameKind::Operation => {
                    self.leave(frame);
                    if self.ends_iteration(exception) {
                        return Flow::Go;
                    }
                }
                FrameKind::Chained(id) => {
                    self.leave(frame);
                    let kind = self.coroutine_kind(id);
                    exception = self.converted(exception, kind);
                    let parent = self.close_coroutine(id);
                    if let Some(flow) = self.child_raised(frame, id, parent, &mut exception) {
                        return flow;
                    }
                }
                FrameKind::Resumed {
                    coroutine,
                    mode,
                    outer,
                    ..
                } => {
                    self.leave(frame);
                    let kind = self.coroutine_kind(coroutine);
                    exception = self.converted(exception, kind);
                    let parent = self.close_coroutine(coroutine);
                    if parent
                        .is_some_and(|parent| self.heap[parent].state == CoroutineState::Suspended)
                    {
                        if let Some(flow) =
                            self.child_raised(frame, coroutine, parent, &mut exception)
                        {
                            return flow;
                        }
                        continue;
                    }
                    self.handled = outer;
                    match mode {
                        ResumeMode::Task => return self.task_finished(Err(exception)),
                        ResumeMode::Close => {
                            let class = self.heap[exception].class;
                            if self.is_subclass(class, classes::GENERATOR_EXIT)
                                || self.is_subclass(class, classes::STOP_ITERATION)
                            {
                                return self.complete(Value::None, false);
                            }
                        }
                        ResumeMode::Send | ResumeMode::NextDefault | ResumeMode::For => {}
                    }
                }
                FrameKind::Loop(event_loop) => {
                    if let Some(flow) = self.callback_failed(event_loop, exception) {
                        return flow;
                    }
                    self.fiber.frames.pop();
                    self.handled = frame.handled;
                }
                FrameKind::Entry => return Flow::Leave(Exit::Raised(exception)),
            }
        }
    }

    fn leave(&mut self, frame: Frame) {
        self.fiber.frames.pop();
        self.handled = frame.handled;
    }

    /// An exception has left a chained coroutine; its parent is put on the stack if it is not there. Some(flow) when the exception
    /// means an ordinary end to the parent.
    fn child_raised(
        &mut self,
        frame: Frame,
        child: Id<Coroutine>,
        parent: Option<Id<Coroutine>>,
        exception: &mut Id<Instance>,
    ) -> Option<Flow> {
        if let Some(parent) =
            parent.filter(|&parent| self.heap[parent].state == CoroutineState::Suspended)
            && let Err(raise) = self.return_child_to(frame, parent)
        {
            *exception = raise.0;
            return None;
        }
        if let FrameKind::Resumed { thrown: true, .. } = frame.kind
            && self.handled != self.top().handled
        {
            self.chain_context(*exception);
        }
        let class = self.heap[*exception].class;
        let step = self.heap[child].step.take();
        if let Some(step) = step
            && let AwaitableKind::GeneratorStep {
                step: GeneratorStep::Close(_),
                ..
            } = self.heap[step].kind
            && (self.is_subclass(class, classes::GENERATOR_EXIT)
                || self.is_subclass(class, classes::STOP_ASYNC_ITERATION))
        {
            return Some(self.complete(Value::None, true));
        }
        // `_anext` of the prelude hands on what a script's `__anext__` raises.
        if self.is_subclass(class, classes::STOP_ASYNC_ITERATION)
            && self.coroutine_kind(child) != "async generator"
            && self.end_loop(true)
        {
            return Some(Flow::Go);
        }
        None
    }

    /// Does the exception mean that the loop the frame on top is paused at is over?
    fn ends_iteration(&mut self, exception: Id<Instance>) -> bool {
        let class = self.heap[exception].class;
        if self.is_subclass(class, classes::STOP_ITERATION) {
            return self.end_loop(false);
        }
        false
    }

    /// The value of a StopIteration, if it is one.
    pub(crate) fn stop_value(&self, exception: Id<Instance>) -> Option<Value> {
        if !self.is_subclass(self.heap[exception].class, classes::STOP_ITERATION) {
            return None;
        }
        let args = self.exception_state(exception).args;
        Some(
            self.heap[args]
                .items
                .first()
                .copied()
                .unwrap_or(Value::None),
        )
    }

    /// PEP 479: StopIteration must not leave a generator or coroutine, nor StopAsyncIteration an async generator.
    pub(crate) fn converted(
        &mut self,
        exception: Id<Instance>,
        kind: &'static str,
    ) -> Id<Instance> {
        let class = self.heap[exception].class;
        let wrong: Option<Id<Class>> = if self.is_subclass(class, classes::STOP_ITERATION) {
            Some(classes::STOP_ITERATION)
        } else if kind == "async generator"
            && self.is_subclass(class, classes::STOP_ASYNC_ITERATION)
        {
            Some(classes::STOP_ASYNC_ITERATION)
        } else {
            None
        };
        let Some(wrong) = wrong else {
            return exception;
        };
        let name = self.heap.text(self.heap[wrong].name).to_owned();
        let error = self.new_exception(classes::RUNTIME_ERROR, format!("{kind} raised {name}"));
        let state = self.exception_state_mut(error);
        state.cause = Some(exception);
        state.context = Some(exception);
        state.suppress_context = true;
        error
    }

    fn find_handler(&self, code: u32, pc: u32) -> Option<Handler> {
        self.codes[code as usize]
            .code
            .handlers
            .iter()
            .find(|handler| (handler.start..handler.end).contains(&pc))
            .copied()
    }

    fn add_traceback_entry(&mut self, exception: Id<Instance>, code: u32, pc: u32) {
        let Some(&Value::ExceptionState(state)) = self.heap[exception].slots.first() else {
            return;
        };
        self.heap.update(state, |state| {
            state.traceback.push(TracebackEntry { code, pc })
        });
    }

    /// `except class:` does the exception match? None if `class` is no exception class or tuple of them.
    pub(super) fn exception_matches(&self, exception: Value, class: Value) -> Option<bool> {
        let single = [class];
        let wanted = match class {
            Value::Tuple(tuple) => &self.heap[tuple].items[..],
            _ => &single,
        };
        let actual = self.class_of(exception);
        let mut found = false;
        for &class in wanted {
            match class {
                Value::Class(class) if class == actual => found = true,
                Value::Class(class) if self.is_subclass(class, classes::BASE_EXCEPTION) => {
                    found |= self.is_subclass(actual, class);
                }
                _ => return None,
            }
        }
        Some(found)
    }
}
