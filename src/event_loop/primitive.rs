//! What locks, events, semaphores and queues share: who they are, whom they wake, and the polls of those who wait.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{
    Awaitable, AwaitableKind, AwaitableState, Polled, Primitive, PrimitiveKind, Queue, QueueOrder,
};
use crate::heap::{Id, Value};
use crate::objects::{Class, Instance};
use crate::vm::{
    Args, FrameKind, NativeResult, Outcome, Raise, ResumeInput, ResumeMode, Vm, classes, ok,
};
use std::collections::VecDeque;

impl Primitive {
    /// The queue that it is.
    #[inline]
    pub(super) fn queue(&self) -> &Queue {
        match &self.kind {
            PrimitiveKind::Queue(queue) => queue,
            PrimitiveKind::Lock { .. }
            | PrimitiveKind::Event { .. }
            | PrimitiveKind::ThreadLock(_)
            | PrimitiveKind::Semaphore { .. } => {
                panic!("invariant broken: a queue's method on another primitive")
            }
        }
    }
}

impl Vm {
    /// The class of a primitive.
    pub(crate) fn class_of_primitive(&self, id: Id<Primitive>) -> Id<Class> {
        match &self.heap[id].kind {
            PrimitiveKind::Lock { .. } => classes::LOCK,
            PrimitiveKind::Event { .. } => classes::EVENT,
            PrimitiveKind::Semaphore { bound: None, .. } => classes::SEMAPHORE,
            PrimitiveKind::Semaphore { bound: Some(_), .. } => classes::BOUNDED_SEMAPHORE,
            PrimitiveKind::ThreadLock(lock) if lock.reentrant => classes::THREAD_RLOCK,
            PrimitiveKind::ThreadLock(_) => classes::THREAD_LOCK,
            PrimitiveKind::Queue(queue) => match queue.order {
                QueueOrder::Fifo => classes::QUEUE,
                QueueOrder::Lifo => classes::LIFO_QUEUE,
            },
        }
    }

    /// Makes a primitive, or an instance of a class derived from its class.
    pub(crate) fn new_primitive_of(&mut self, class: Value, kind: PrimitiveKind) -> NativeResult {
        let value = Value::Primitive(self.heap.new_primitive(Primitive {
            kind,
            event_loop: None,
            waiters: VecDeque::new(),
        }));
        ok(self.wrap_native(class, value))
    }

    /// The primitive that a method was called on.
    #[inline(always)]
    pub(crate) fn primitive_of(&mut self, args: Args) -> Result<Id<Primitive>, Raise> {
        match args.get(self, 0) {
            Value::Primitive(id) => Ok(id),
            this => self.derived_primitive_of(this),
        }
    }

    fn derived_primitive_of(&mut self, this: Value) -> Result<Id<Primitive>, Raise> {
        match self.native_value(this) {
            Value::Primitive(id) => Ok(id),
            _ => {
                let name = self.type_name(this).to_owned();
                Err(self.type_error(format!(
                    "descriptor requires an asyncio object, not '{name}'"
                )))
            }
        }
    }

    /// The queue that a primitive is.
    pub(super) fn queue(&self, id: Id<Primitive>) -> &Queue {
        self.heap[id].queue()
    }

    /// The same, to be changed.
    pub(super) fn queue_mut(&mut self, id: Id<Primitive>) -> &mut Queue {
        match &mut self.heap[id].kind {
            PrimitiveKind::Queue(queue) => queue,
            PrimitiveKind::Lock { .. }
            | PrimitiveKind::Event { .. }
            | PrimitiveKind::ThreadLock(_)
            | PrimitiveKind::Semaphore { .. } => {
                panic!("invariant broken: a queue's method on another primitive")
            }
        }
    }

    /// Wakes the first of a line that still waits, and takes all before it out of the line.
    pub(super) fn wake_next(&mut self, line: impl Fn(&mut Self) -> Option<Id<Awaitable>>) {
        while let Some(next) = line(self) {
            if self.is_waiting(next) {
                self.wake(next);
                return;
            }
        }
    }

    /// Does it still wait, neither woken nor cancelled?
    pub(super) fn is_waiting(&self, id: Id<Awaitable>) -> bool {
        let awaitable = &self.heap[id];
        awaitable.state == AwaitableState::Waiting
            && match awaitable.waker {
                super::Waker::Future(future) => !self.heap[future].is_done(),
                super::Waker::Nobody | super::Waker::Task(_) => true,
            }
    }

    /// Was it cancelled while it waited?
    pub(super) fn is_wait_cancelled(&self, id: Id<Awaitable>) -> bool {
        let awaitable = &self.heap[id];
        match (awaitable.state, awaitable.waker) {
            (AwaitableState::Cancelled, _) => true,
            (AwaitableState::Waiting, super::Waker::Future(future)) => {
                self.heap[future].is_cancelled()
            }
            _ => false,
        }
    }

    /// Begins to wait, at the end of the primitive's line or of another one.
    pub(super) fn join_line(
        &mut self,
        id: Id<Awaitable>,
        primitive: Id<Primitive>,
        line: impl FnOnce(&mut Primitive) -> &mut VecDeque<Id<Awaitable>>,
    ) -> Polled {
        let event_loop = match self.running_loop {
            Some(event_loop) => event_loop,
            None => {
                let error = self.new_exception(classes::RUNTIME_ERROR, "no running event loop");
                return Polled::Raise(error);
            }
        };
        match self.heap[primitive].event_loop {
            None => self.heap[primitive].event_loop = Some(event_loop),
            Some(bound) if bound != event_loop => {
                let text = self.primitive_repr(primitive).unwrap_or_default();
                let error = self.new_exception(
                    classes::RUNTIME_ERROR,
                    format!("{text} is bound to a different event loop"),
                );
                return Polled::Raise(error);
            }
            Some(_) => {}
        }
        self.heap.update(primitive, |it| line(it).push_back(id));
        self.wait_for_waker(event_loop, id)
    }

    /// What a native coroutine function answers that has to wait, to an instruction that awaits it: it waits in the primitive's line.
    pub(super) fn wait_now(
        &mut self,
        primitive: Id<Primitive>,
        kind: AwaitableKind,
    ) -> NativeResult {
        let frame = self.top();
        let (created, kind_of_frame) = (frame.pc.saturating_sub(1), frame.kind);
        let event_loop = self.running_loop;
        // The short way: a task's own frame waits, and the primitive is of its loop.
        if let FrameKind::Resumed {
            mode: ResumeMode::Task,
            ..
        } = kind_of_frame
            && let Some(task) = self.current_task()
            && self.heap[primitive].event_loop == event_loop
        {
            let id = self.heap.new_awaitable(Awaitable {
                kind,
                state: AwaitableState::Waiting,
                waker: super::Waker::Task(task),
                created,
            });
            self.heap.update(primitive, |it| it.waiters.push_back(id));
            return Ok(Outcome::Wait(id, Value::None));
        }
        let Value::Awaitable(id) = self.new_native_awaitable(kind) else {
            panic!("invariant broken: an awaitable is one");
        };
        match self.join_line(id, primitive, |it| &mut it.waiters) {
            Polled::Suspend(yielded) => Ok(Outcome::Wait(id, yielded)),
            Polled::Raise(exception) => {
                self.heap[id].state = AwaitableState::Finished;
                Err(Raise(exception))
            }
            Polled::Ready(_) | Polled::Await(_) | Polled::Prelude(..) => {
                panic!("invariant broken: who joins a line waits")
            }
        }
    }

    /// Takes one out of the primitive's line.
    #[inline]
    pub(super) fn leave_line(&mut self, primitive: Id<Primitive>, id: Id<Awaitable>) {
        let waiters = &mut self.heap[primitive].waiters;
        if waiters.front() == Some(&id) {
            waiters.pop_front();
        } else {
            waiters.retain(|&other| other != id);
        }
    }

    /// Polls an awaitable of a primitive. `state` is its state as seen through a future that stands for it.
    pub(super) fn poll_primitive(
        &mut self,
        id: Id<Awaitable>,
        state: AwaitableState,
        input: ResumeInput,
    ) -> Polled {
        if state == AwaitableState::Waiting && matches!(input, ResumeInput::Send(_)) {
            return self.not_woken();
        }
        match self.heap[id].kind {
            AwaitableKind::Acquire { primitive, enter } => {
                let value = if enter {
                    Value::None
                } else {
                    Value::Bool(true)
                };
                match self.heap[primitive].kind {
                    PrimitiveKind::Semaphore { .. } => {
                        self.poll_semaphore(id, primitive, state, input, value)
                    }
                    PrimitiveKind::Lock { .. }
                    | PrimitiveKind::ThreadLock(_)
                    | PrimitiveKind::Event { .. }
                    | PrimitiveKind::Queue(_) => self.poll_lock(id, primitive, state, input, value),
                }
            }
            AwaitableKind::EventWait(primitive) => self.poll_event(id, primitive, state, input),
            AwaitableKind::QueueGet(primitive) => self.poll_get(id, primitive, state, input),
            AwaitableKind::QueuePut(primitive, item) => {
                self.poll_put(id, primitive, item, state, input)
            }
            AwaitableKind::QueueJoin(primitive) => self.poll_join(id, primitive, state, input),
            AwaitableKind::QueueWait { queue, room } => {
                self.poll_queue_wait(id, queue, room, state, input)
            }
            AwaitableKind::Sleep { .. }
            | AwaitableKind::GeneratorStep { .. }
            | AwaitableKind::Iterator(_)
            | AwaitableKind::AnextDefault(_)
            | AwaitableKind::Driven { .. }
            | AwaitableKind::Ready(_) => panic!("invariant broken: no awaitable of a primitive"),
        }
    }

    /// Raises a builtin exception without arguments.
    pub(super) fn raise_plain(&mut self, class: Id<Class>) -> Raise {
        Raise(self.new_exception_with(class, &[]))
    }

    /// The exception of a poll.
    pub(super) fn thrown(input: ResumeInput) -> Option<Id<Instance>> {
        match input {
            ResumeInput::Throw(exception) => Some(exception),
            ResumeInput::Send(_) => None,
        }
    }
}
