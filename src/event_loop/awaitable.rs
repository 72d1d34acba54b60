//! Native awaitables: polling them, and driving them by hand.

use super::{
    Awaitable, AwaitableKind, AwaitableState, Future, FutureState, GeneratorStep, Loop, Primitive,
    TimerTarget, Waker,
};
use crate::heap::{Id, Slab, Value};
use crate::objects::{Class, Instance, Tuple};
use crate::vm::{
    NativeResult, Outcome, Raise, ResumeInput, ResumeMode, ResumeRequest, Vm, classes, ok,
};

/// What polling an awaitable came to.
#[derive(Clone, Copy, Debug)]
pub enum Polled {
    /// It is done: this is what `await` gives.
    Ready(Value),
    /// It raises.
    Raise(Id<Instance>),
    /// It waits; a driver that is no task sees this value.
    Suspend(Value),
    /// It goes on as an await of this.
    Await(Value),
    /// It goes on as this function of the prelude with this argument.
    Prelude(&'static str, Value),
}

/// What `send` or `throw` by hand mean to a step of an async generator.
enum Driving {
    /// It goes on, or begins, with this.
    Go(GeneratorStep, ResumeInput),
    /// What is thrown goes through the generator, which has not begun or is over.
    Through(Id<Instance>),
}

impl Vm {
    /// A new awaitable, not yet awaited.
    pub(crate) fn new_native_awaitable(&mut self, kind: AwaitableKind) -> Value {
        let created = self
            .fiber
            .frames
            .last()
            .map_or(0, |frame| frame.pc.saturating_sub(1));
        Value::Awaitable(self.heap.new_awaitable(Awaitable {
            kind,
            state: AwaitableState::Created,
            waker: Waker::Nobody,
            created,
        }))
    }

    /// Is the native that runs called by an instruction that awaits its result at once, in a chain that a task drives?
    #[inline]
    pub(crate) fn is_awaited_at_once(&self) -> bool {
        self.top().has_code()
            && matches!(
                self.paused_op(),
                crate::bytecode::Op::CallAwait { .. } | crate::bytecode::Op::CallMethodAwait { .. }
            )
    }

    /// What a native coroutine function answers that need not wait: to an instruction that awaits it, the result itself.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "two instructions await what they call"
    )]
    pub(crate) fn ready_now(&mut self, value: Value) -> NativeResult {
        if self.top().has_code() {
            match self.paused_op() {
                crate::bytecode::Op::CallAwait { callee, .. }
                | crate::bytecode::Op::CallMethodAwait { callee, .. } => {
                    self.set_register(callee, value);
                    return Ok(Outcome::Done);
                }
                _ => {}
            }
        }
        ok(self.new_native_awaitable(AwaitableKind::Ready(value)))
    }

    /// Goes on with a native awaitable: begins it, or looks whether what it waits for has happened.
    pub(crate) fn poll_awaitable(&mut self, id: Id<Awaitable>, input: ResumeInput) -> Polled {
        let state = self.heap[id].state;
        if state == AwaitableState::Finished {
            let error = self.new_exception(
                classes::RUNTIME_ERROR,
                "cannot reuse already awaited coroutine",
            );
            return Polled::Raise(error);
        }
        if state == AwaitableState::Created
            && let ResumeInput::Throw(exception) = input
        {
            self.heap[id].state = AwaitableState::Finished;
            return Polled::Raise(exception);
        }
        // Driven by hand, it waits for the future it gave.
        let mut state = state;
        let mut input = input;
        if state == AwaitableState::Waiting
            && let Waker::Future(future) = self.heap[id].waker
        {
            match (&self.heap[future].state, input) {
                (FutureState::Result(_), _) => state = AwaitableState::Woken,
                (FutureState::Exception(exception), ResumeInput::Send(_)) => {
                    input = ResumeInput::Throw(*exception)
                }
                (FutureState::Cancelled(_), ResumeInput::Send(_)) => {
                    input = ResumeInput::Throw(self.cancelled_error(Value::Future(future)));
                }
                _ => {}
            }
        }
        // To the future's iterator, as to all, a StopIteration says how it ended; a sleep of 0 seconds is a generator.
        if let ResumeInput::Throw(exception) = input
            && let Some(value) = self.stop_value(exception)
        {
            match self.heap[id].kind {
                AwaitableKind::Sleep { delay, .. } if delay <= 0.0 => {
                    input = ResumeInput::Throw(self.converted(exception, "generator"));
                }
                AwaitableKind::Sleep { .. } => {
                    self.heap[id].state = AwaitableState::Finished;
                    return Polled::Ready(value);
                }
                AwaitableKind::Acquire { .. }
                | AwaitableKind::EventWait(_)
                | AwaitableKind::QueueGet(_)
                | AwaitableKind::QueuePut(..)
                | AwaitableKind::QueueWait { .. }
                | AwaitableKind::QueueJoin(_) => {
                    state = AwaitableState::Woken;
                    input = ResumeInput::Send(Value::None);
                }
                AwaitableKind::Ready(_)
                | AwaitableKind::Iterator(_)
                | AwaitableKind::Driven { .. }
                | AwaitableKind::GeneratorStep { .. }
                | AwaitableKind::AnextDefault(_) => {}
            }
        }
        let polled = match (&self.heap[id].kind, state, input) {
            (&AwaitableKind::Ready(value), _, ResumeInput::Send(_)) => Polled::Ready(value),
            (&AwaitableKind::Sleep { delay, .. }, AwaitableState::Created, _) => {
                return self.begin_sleep(id, delay);
            }
            (&AwaitableKind::Sleep { result, .. }, AwaitableState::Woken, ResumeInput::Send(_)) => {
                Polled::Ready(result)
            }
            (
                AwaitableKind::Ready(_) | AwaitableKind::Sleep { .. },
                _,
                ResumeInput::Throw(exception),
            ) => Polled::Raise(exception),
            (AwaitableKind::Sleep { .. }, _, ResumeInput::Send(_)) => self.not_woken(),
            (&AwaitableKind::Iterator(value), _, _) => Polled::Await(value),
            (&AwaitableKind::Driven { coroutine, .. }, _, _) => {
                return Polled::Await(Value::Coroutine(coroutine));
            }
            (&AwaitableKind::AnextDefault(pair), _, _) => {
                Polled::Prelude("_anext_default", Value::Tuple(pair))
            }
            (AwaitableKind::GeneratorStep { .. }, _, _) => {
                panic!("invariant broken: steps of generators are done by the machine")
            }
            (
                AwaitableKind::Acquire { .. }
                | AwaitableKind::EventWait(_)
                | AwaitableKind::QueueGet(_)
                | AwaitableKind::QueuePut(..)
                | AwaitableKind::QueueWait { .. }
                | AwaitableKind::QueueJoin(_),
                _,
                _,
            ) => self.poll_primitive(id, state, input),
        };
        match polled {
            Polled::Suspend(_) => {}
            Polled::Ready(_) | Polled::Raise(_) | Polled::Await(_) | Polled::Prelude(..) => {
                self.heap[id].state = AwaitableState::Finished;
            }
        }
        polled
    }

    /// The result of an awaitable that can be taken.
    #[inline]
    pub(super) fn take_woken(&mut self, id: Id<Awaitable>) -> Value {
        let result = match self.heap.awaitables[id].kind {
            AwaitableKind::Sleep { result, .. } => result,
            AwaitableKind::Acquire { primitive, enter } => {
                self.take_granted(id, primitive);
                if enter {
                    Value::None
                } else {
                    Value::Bool(true)
                }
            }
            AwaitableKind::EventWait(primitive) => {
                self.leave_line(primitive, id);
                Value::Bool(true)
            }
            AwaitableKind::QueueGet(queue) => self.get_at_once(queue).unwrap_or_default(),
            AwaitableKind::QueuePut(queue, item) => {
                self.add_item(queue, item);
                Value::None
            }
            AwaitableKind::Ready(_)
            | AwaitableKind::Iterator(_)
            | AwaitableKind::Driven { .. }
            | AwaitableKind::GeneratorStep { .. }
            | AwaitableKind::AnextDefault(_)
            | AwaitableKind::QueueWait { .. }
            | AwaitableKind::QueueJoin(_) => Value::Undef,
        };
        self.heap.awaitables[id].state = AwaitableState::Finished;
        result
    }

    pub(super) fn not_woken(&mut self) -> Polled {
        Polled::Raise(self.new_exception(classes::RUNTIME_ERROR, "await wasn't used with future"))
    }

    fn begin_sleep(&mut self, id: Id<Awaitable>, delay: f64) -> Polled {
        if delay <= 0.0 {
            self.heap[id].state = AwaitableState::Woken;
            return Polled::Suspend(Value::None);
        }
        let event_loop = match self.running_loop {
            Some(event_loop) => event_loop,
            None => {
                let error = self.new_exception(classes::RUNTIME_ERROR, "no running event loop");
                self.heap[id].state = AwaitableState::Finished;
                return Polled::Raise(error);
            }
        };
        let suspend = self.wait_for_waker(event_loop, id);
        let when = self.now + delay;
        self.add_timer(event_loop, when, TimerTarget::Sleep(id));
        suspend
    }

    /// The awaitable waits from now on: for its task to be woken, or, driven by hand, for a future that its driver sees.
    pub(super) fn wait_for_waker(&mut self, event_loop: Id<Loop>, id: Id<Awaitable>) -> Polled {
        match self.driver() {
            Some(task) => {
                let awaitable = &mut self.heap[id];
                awaitable.state = AwaitableState::Waiting;
                awaitable.waker = Waker::Task(task);
                Polled::Suspend(Value::None)
            }
            None => {
                let future = self.heap.new_future(Future::new(event_loop));
                let awaitable = &mut self.heap[id];
                awaitable.state = AwaitableState::Waiting;
                awaitable.waker = Waker::Future(future);
                Polled::Suspend(Value::Future(future))
            }
        }
    }

    /// The name it would have if it were a coroutine, when it is one and was never awaited.
    pub(crate) fn discarded_awaitable(&mut self, id: Id<Awaitable>) -> Option<String> {
        if self.heap[id].state != AwaitableState::Created {
            return None;
        }
        let name = self.awaitable_name(id)?;
        self.heap[id].state = AwaitableState::Finished;
        Some(name)
    }

    /// Its qualified name as a coroutine; None if it is none.
    pub(crate) fn awaitable_name(&self, id: Id<Awaitable>) -> Option<String> {
        self.undriven_name(self.undriven(id))
    }

    /// What it was before it was driven by hand. What is inside is never driven itself.
    fn undriven(&self, id: Id<Awaitable>) -> Id<Awaitable> {
        if let AwaitableKind::Driven { inner, .. } = self.heap[id].kind {
            return inner;
        }
        id
    }

    fn undriven_name(&self, id: Id<Awaitable>) -> Option<String> {
        let method = |vm: &Self, primitive, name: &str| {
            let owner = vm
                .heap
                .text(vm.heap[vm.class_of(Value::Primitive(primitive))].name);
            Some(format!("{owner}.{name}"))
        };
        match self.heap[id].kind {
            AwaitableKind::Sleep { .. } => Some("sleep".to_owned()),
            AwaitableKind::Ready(_) => Some("coroutine".to_owned()),
            AwaitableKind::Acquire { primitive, enter } => method(
                self,
                primitive,
                if enter { "__aenter__" } else { "acquire" },
            ),
            AwaitableKind::EventWait(primitive) => method(self, primitive, "wait"),
            AwaitableKind::QueueGet(primitive) => method(self, primitive, "get"),
            AwaitableKind::QueuePut(primitive, _) => method(self, primitive, "put"),
            AwaitableKind::QueueJoin(primitive) => method(self, primitive, "join"),
            AwaitableKind::QueueWait { queue, room } => {
                method(self, queue, if room { "put" } else { "get" })
            }
            AwaitableKind::Driven { .. }
            | AwaitableKind::GeneratorStep { .. }
            | AwaitableKind::Iterator(_)
            | AwaitableKind::AnextDefault(_) => None,
        }
    }

    /// The class it claims to be of.
    pub(crate) fn class_of_awaitable(&self, id: Id<Awaitable>) -> Id<Class> {
        match self.heap[self.undriven(id)].kind {
            AwaitableKind::GeneratorStep {
                step: GeneratorStep::Send(_),
                ..
            } => classes::ASYNC_GENERATOR_ASEND,
            AwaitableKind::GeneratorStep { .. } => classes::ASYNC_GENERATOR_ATHROW,
            AwaitableKind::Iterator(Value::Future(_) | Value::Task(_)) => classes::FUTURE_ITER,
            AwaitableKind::Iterator(_) => classes::COROUTINE_WRAPPER,
            AwaitableKind::AnextDefault(_) => classes::ANEXT_AWAITABLE,
            AwaitableKind::Sleep { .. }
            | AwaitableKind::Driven { .. }
            | AwaitableKind::Ready(_)
            | AwaitableKind::Acquire { .. }
            | AwaitableKind::EventWait(_)
            | AwaitableKind::QueueGet(_)
            | AwaitableKind::QueuePut(..)
            | AwaitableKind::QueueJoin(_)
            | AwaitableKind::QueueWait { .. } => classes::COROUTINE,
        }
    }

    /// `send`, `throw` by hand: the awaitable goes on as a coroutine that awaits what it was.
    pub(crate) fn drive_awaitable(
        &mut self,
        id: Id<Awaitable>,
        input: ResumeInput,
    ) -> NativeResult {
        let inner = self.undriven(id);
        if let AwaitableKind::AnextDefault(pair) = self.heap[inner].kind {
            let (how, value) = match input {
                ResumeInput::Send(value) => ("send", value.or_none()),
                ResumeInput::Throw(exception) => ("throw", Value::Instance(exception)),
            };
            return self.drive_anext(pair, how, value);
        }
        let mut input = input;
        let mut kind = None;
        if let AwaitableKind::GeneratorStep { generator, step } = self.heap[inner].kind {
            let (step, first) = match self.drive_step(id, generator, step, input)? {
                Driving::Go(step, first) => (step, first),
                Driving::Through(exception) => {
                    return Ok(Outcome::Resume(ResumeRequest {
                        coroutine: generator,
                        input: ResumeInput::Throw(exception),
                        mode: ResumeMode::Send,
                    }));
                }
            };
            kind = Some(AwaitableKind::GeneratorStep { generator, step });
            input = first;
        }
        let coroutine = self.driven_coroutine(id, kind)?;
        // The iterator of a future hands on what is thrown, when it is over too.
        if let ResumeInput::Throw(exception) = input
            && let AwaitableKind::Iterator(Value::Future(_) | Value::Task(_)) =
                self.heap[inner].kind
            && self.heap[coroutine].state == crate::objects::CoroutineState::Closed
        {
            return Err(Raise(exception));
        }
        Ok(Outcome::Resume(ResumeRequest {
            coroutine,
            input,
            mode: ResumeMode::Send,
        }))
    }

    /// What is done by hand with what `anext(iterator, default)` gave is done with the iterator's awaitable.
    fn drive_anext(&mut self, pair: Id<Tuple>, how: &str, value: Value) -> NativeResult {
        let how = Value::Str(self.heap.intern(how));
        let (iterator, default) = (self.heap[pair].items[0], self.heap[pair].items[1]);
        self.call_prelude("_drive_anext", &[iterator, default, how, value])
    }

    /// Throws into an async generator that has not begun, or is over: that is all it will ever do.
    fn throw_into_idle(
        &mut self,
        id: Id<Awaitable>,
        generator: Id<crate::objects::Coroutine>,
        step: GeneratorStep,
        exception: Id<Instance>,
    ) -> Result<Driving, Raise> {
        self.heap[id].state = AwaitableState::Finished;
        let class = self.heap[exception].class;
        let quiet = self.is_subclass(class, classes::STOP_ASYNC_ITERATION)
            || self.is_subclass(class, classes::GENERATOR_EXIT);
        if quiet && matches!(step, GeneratorStep::Close(_)) {
            self.heap[generator].state = crate::objects::CoroutineState::Closed;
            return Err(Raise(self.new_exception_with(classes::STOP_ITERATION, &[])));
        }
        Ok(Driving::Through(exception))
    }

    /// What `send` and `throw` by hand mean to `asend()`, `athrow()` and `aclose()`, and what they refuse.
    fn drive_step(
        &mut self,
        id: Id<Awaitable>,
        generator: Id<crate::objects::Coroutine>,
        step: GeneratorStep,
        input: ResumeInput,
    ) -> Result<Driving, Raise> {
        let mut begun = false;
        let mut over = self.heap[id].state == AwaitableState::Finished;
        if let AwaitableKind::Driven { coroutine, .. } = self.heap[id].kind {
            begun = true;
            over = self.heap[coroutine].state == crate::objects::CoroutineState::Closed;
        }
        if over {
            let what = step.both();
            return Err(self.runtime_error(format!("cannot reuse already awaited {what}")));
        }
        if begun {
            return Ok(Driving::Go(step, input));
        }
        let data = &self.heap[generator];
        let closed = data.state == crate::objects::CoroutineState::Closed;
        let unbegun = data.state == crate::objects::CoroutineState::Created;
        if data.state == crate::objects::CoroutineState::Running || data.parent.is_some() {
            let verb = step.verb();
            self.heap[id].state = AwaitableState::Finished;
            return Err(self.runtime_error(format!(
                "{verb}(): asynchronous generator is already running"
            )));
        }
        let step = match (step, input) {
            (GeneratorStep::Throw(exception), ResumeInput::Send(Value::None | Value::Undef))
                if unbegun =>
            {
                return self.throw_into_idle(id, generator, step, exception);
            }
            (_, ResumeInput::Send(Value::None | Value::Undef)) => step,
            (GeneratorStep::Send(_), ResumeInput::Send(value)) => GeneratorStep::Send(value),
            (_, ResumeInput::Send(_)) if closed => step,
            (_, ResumeInput::Send(_)) => {
                return Err(
                    self.runtime_error("can't send non-None value to a just-started coroutine")
                );
            }
            (_, ResumeInput::Throw(exception)) if closed || unbegun => {
                return self.throw_into_idle(id, generator, step, exception);
            }
            (GeneratorStep::Close(_), ResumeInput::Throw(exception)) => {
                GeneratorStep::Close(Some(exception))
            }
            (_, ResumeInput::Throw(exception)) => GeneratorStep::Throw(exception),
        };
        Ok(Driving::Go(step, ResumeInput::Send(Value::None)))
    }

    /// Is it what the end of a step raises?
    fn ends_step(&self, exception: Id<Instance>) -> bool {
        let class = self.heap[exception].class;
        self.is_subclass(class, classes::STOP_ITERATION)
            || self.is_subclass(class, classes::STOP_ASYNC_ITERATION)
    }

    fn driven_coroutine(
        &mut self,
        id: Id<Awaitable>,
        kind: Option<AwaitableKind>,
    ) -> Result<Id<crate::objects::Coroutine>, Raise> {
        if let AwaitableKind::Driven { coroutine, .. } = self.heap[id].kind {
            return Ok(coroutine);
        }
        let inner = self.heap[id].clone();
        let inner = self.heap.new_awaitable(inner);
        let mut work = inner;
        if let Some(kind) = kind {
            let mut step = self.heap[inner].clone();
            step.kind = kind;
            work = self.heap.new_awaitable(step);
        }
        let coroutine = self.prelude_generator("_awaited_coroutine", &[Value::Awaitable(work)])?;
        self.heap[id].kind = AwaitableKind::Driven { coroutine, inner };
        self.heap[id].state = AwaitableState::Waiting;
        Ok(coroutine)
    }

    /// `close()` by hand.
    pub(crate) fn close_awaitable(&mut self, id: Id<Awaitable>) -> NativeResult {
        match (self.heap[id].state, &self.heap[id].kind) {
            (AwaitableState::Created, AwaitableKind::GeneratorStep { .. }) => {
                let exit = self.new_exception_with(classes::GENERATOR_EXIT, &[]);
                return match self.drive_awaitable(id, ResumeInput::Throw(exit)) {
                    Ok(Outcome::Resume(request)) => Ok(Outcome::Resume(ResumeRequest {
                        mode: ResumeMode::Close,
                        ..request
                    })),
                    Err(Raise(raised)) if raised == exit || self.ends_step(raised) => {
                        ok(Value::None)
                    }
                    other => other,
                };
            }
            (AwaitableState::Created, &AwaitableKind::AnextDefault(pair)) => {
                return self.drive_anext(pair, "close", Value::None);
            }
            (AwaitableState::Created, _) => self.heap[id].state = AwaitableState::Finished,
            (_, &AwaitableKind::Driven { coroutine, .. }) => return self.close_request(coroutine),
            _ => {}
        }
        ok(Value::None)
    }
}

/// Was it woken, and is there no more to look at than `take_woken` does?
#[inline]
pub(super) fn can_take(
    awaitables: &Slab<Awaitable>,
    primitives: &Slab<Primitive>,
    id: Id<Awaitable>,
) -> bool {
    let awaitable = &awaitables[id];
    awaitable.state == AwaitableState::Woken
        && match awaitable.kind {
            AwaitableKind::Sleep { .. }
            | AwaitableKind::Acquire { .. }
            | AwaitableKind::EventWait(_) => true,
            AwaitableKind::QueueGet(queue) => !primitives[queue].queue().items.is_empty(),
            AwaitableKind::QueuePut(queue, _) => {
                let queue = primitives[queue].queue();
                !queue.is_full() && !queue.shut_down
            }
            AwaitableKind::Ready(_)
            | AwaitableKind::Iterator(_)
            | AwaitableKind::Driven { .. }
            | AwaitableKind::GeneratorStep { .. }
            | AwaitableKind::AnextDefault(_)
            | AwaitableKind::QueueWait { .. }
            | AwaitableKind::QueueJoin(_) => false,
        }
}
