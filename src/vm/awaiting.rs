//! What frames wait for: `await`, `yield from`, `async for`, and the steps of async generators.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::ResumeInput;
use super::{Flow, FrameKind, Raise, Vm, classes, names};
use crate::bytecode::{FunctionKind, Op, Special};
use crate::event_loop::{
    AwaitableKind, AwaitableState, FutureMark, FutureState, GeneratorStep, Polled,
};
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, CoroutineState, Iter, Step};

impl Vm {
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

    /// Gives the frame on top, just put there, what it waited for.
    pub(super) fn deliver(&mut self, waiting: Value, input: ResumeInput) -> Flow {
        match (waiting, input) {
            (Value::Coroutine(child), input) => self.rejoin(child, input),
            (Value::Awaitable(id), input) => self.poll(id, input),
            // To a future's iterator, as to all, a StopIteration says how it ended.
            (Value::Future(_) | Value::Task(_), ResumeInput::Throw(exception))
                if let Some(value) = self.stop_value(exception) =>
            {
                self.complete(value, true)
            }
            // Its context is what the generator itself handles, not what its resumer does, nor what awaits it.
            (_, ResumeInput::Throw(exception)) if self.handled == self.top().handled => {
                self.throw_through(Raise(exception))
            }
            (_, ResumeInput::Throw(exception)) => self.throw(Raise(exception)),
            (Value::Iter(id), ResumeInput::Send(Value::None | Value::Undef)) => self.yield_next(id),
            (Value::Iter(id), ResumeInput::Send(_)) => {
                let class = self.full_name(self.class_of_iter(id));
                let message = format!("'{class}' object has no attribute 'send'");
                let raise = self.raise(classes::ATTRIBUTE_ERROR, message);
                self.throw(raise)
            }
            (Value::Future(_) | Value::Task(_), ResumeInput::Send(_)) => {
                match self.future_outcome(waiting) {
                    Some(Ok(value)) => self.complete(value, true),
                    Some(Err(exception)) => self.throw(Raise(exception)),
                    None => self.not_used_with_future(),
                }
            }
            (_, ResumeInput::Send(value)) => self.complete(value.or_none(), true),
        }
    }

    /// Somebody was given the future already, and did not wait for it as a task does.
    #[cold]
    fn not_used_with_future(&mut self) -> Flow {
        let raise = self.runtime_error("await wasn't used with future");
        self.throw(raise)
    }

    /// `await value`, for the frame on top, paused at the awaiting instruction.
    pub(crate) fn await_value(&mut self, value: Value) -> Flow {
        match value {
            Value::Coroutine(id) => self.await_coroutine(id),
            Value::Generator(id) if self.heap[id].awaitable => self.yield_from(value),
            Value::Future(_) | Value::Task(_) => match self.future_outcome(value) {
                Some(Ok(result)) => self.complete(result, true),
                Some(Err(exception)) => self.throw(Raise(exception)),
                None if self.future_mut(value).mark == FutureMark::Blocking => {
                    self.not_used_with_future()
                }
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
            Value::Iter(id) => self.yield_next(id),
            _ => {
                if let Some(iter) = self.native_iterator(value) {
                    let id = self.heap.new_iter(iter);
                    return self.yield_next(id);
                }
                if let Some(generator) = self.made_by_iter(value) {
                    return self.chain(generator);
                }
                self.chain_prelude("_yield_from", value)
            }
        }
    }

    /// The generator that the `__iter__` of an instance makes, if that is a generator function.
    fn made_by_iter(&mut self, value: Value) -> Option<Id<Coroutine>> {
        let Value::Instance(id) = value else {
            return None;
        };
        let class = self.heap[id].class;
        let Some(Value::Function(function)) = self.class_attribute(class, names::ITER) else {
            return None;
        };
        let found = &self.heap[function];
        if found.kind != FunctionKind::Generator || !found.suspends(1) {
            return None;
        }
        let at = self.top().pc as usize;
        Some(self.begin_coroutine(at, function, &[value]))
    }

    /// Goes on with a generator of the prelude as the child of the frame on top.
    fn chain_prelude(&mut self, name: &str, argument: Value) -> Flow {
        match self.prelude_generator(name, &[argument]) {
            Ok(id) => self.chain(id),
            Err(raise) => self.throw(raise),
        }
    }

    /// Yields the next item of a native iterator to which the frame on top delegates: it waits for the iterator, and who resumes it with
    /// None gets the next item without it (`resume`).
    fn yield_next(&mut self, id: Id<Iter>) -> Flow {
        match self.advance(id) {
            Ok(Step::Item(item)) => self.suspend(item, Value::Iter(id)),
            Ok(Step::End) => self.complete(Value::None, true),
            Ok(Step::Script) => self.chain_prelude("_yield_from_next", Value::Iter(id)),
            Err(raise) => self.throw(raise),
        }
    }

    /// Polls a native awaitable for the frame on top.
    fn poll(&mut self, id: Id<crate::event_loop::Awaitable>, input: ResumeInput) -> Flow {
        match self.heap[id].kind {
            AwaitableKind::GeneratorStep { generator, step } => {
                return self.generator_step(id, generator, step, input);
            }
            // A coroutine's `__await__()`, which may have been driven by hand before.
            AwaitableKind::Iterator(Value::Coroutine(coroutine))
                if self.heap[coroutine].state == CoroutineState::Suspended
                    && self.heap[coroutine].parent.is_none() =>
            {
                return self.chain_with(coroutine, input);
            }
            _ => {}
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
            Polled::Prelude(function, argument) => self.chain_prelude(function, argument),
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
                GeneratorStep::Throw(_) | GeneratorStep::Close(_) => {
                    self.complete(Value::None, true)
                }
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
                    return self.throw_into_created(generator, exception);
                }
                self.heap[generator].step = Some(id);
                self.chain_with(generator, ResumeInput::Throw(exception))
            }
            GeneratorStep::Close(thrown) => {
                if state == CoroutineState::Created {
                    self.heap[generator].state = CoroutineState::Closed;
                    return self.complete(Value::None, true);
                }
                self.heap[generator].step = Some(id);
                let exit = match thrown {
                    Some(exception) => exception,
                    None => self.new_exception_with(classes::GENERATOR_EXIT, &[]),
                };
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
                step: GeneratorStep::Close(_),
                ..
            } = self.heap[step].kind
        {
            let raise = self.runtime_error("async generator ignored GeneratorExit");
            return self.throw(raise);
        }
        self.complete(value, true)
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
                let traced = data.traced.take();
                self.set_traceback(exception, traced);
                Some(Err(exception))
            }
            FutureState::Cancelled(_) => Some(Err(self.cancelled_error(future))),
        }
    }
}
