//! What happens to futures and tasks alike: they end, they are cancelled, and whoever waits is put on the ready queue.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::own_methods::OwnCancel;
use super::{
    AwaitableState, Child, Future, FutureMark, FutureObject, FutureState, Loop, PackedObject,
    Ready, Waiter, Waiters, Waiting, Waker,
};
use crate::heap::{Id, Value};
use crate::objects::Instance;
use crate::vm::{Raise, Vm, classes};

/// Chains of awaits shorter than this are not looked at for circles.
const SHORT_CHAIN: usize = 100;

/// What `cancel` came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// Nothing was left to cancel.
    Nothing,
    /// It is cancelled, or will be.
    Done,
    /// What it awaits awaits, in the end, itself.
    Circle,
}

impl Future {
    /// A pending future of a loop.
    pub fn new(event_loop: Id<Loop>) -> Self {
        Self {
            state: FutureState::Pending,
            waiters: Waiters::Nobody,
            event_loop,
            unretrieved: false,
            gathering: false,
            discarded: false,
            mark: FutureMark::Plain,
            traced: None,
            object: PackedObject::default(),
        }
    }

    /// It has a result or an exception, or was cancelled.
    pub fn is_done(&self) -> bool {
        match self.state {
            FutureState::Pending | FutureState::Gathering(_) => false,
            FutureState::Result(_) | FutureState::Exception(_) | FutureState::Cancelled(_) => true,
        }
    }

    /// It was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.state, FutureState::Cancelled(_))
    }
}

impl Vm {
    /// The future that a future or task value is.
    pub(crate) fn future(&self, child: Child) -> &Future {
        match child {
            Child::Future(id) => &self.heap[id],
            Child::Task(id) => &self.heap[id].future,
        }
    }

    /// The same, to be changed.
    pub(crate) fn child_mut(&mut self, child: Child) -> &mut Future {
        match child {
            Child::Future(id) => &mut self.heap[id],
            Child::Task(id) => &mut self.heap[id].future,
        }
    }

    /// The future that a future or task value is, to be changed.
    pub(crate) fn future_mut(&mut self, value: Value) -> &mut Future {
        match value {
            Value::Future(id) => &mut self.heap[id],
            Value::Task(id) => &mut self.heap[id].future,
            _ => panic!("invariant broken: neither a future nor a task"),
        }
    }

    /// Puts an entry on a loop's ready queue.
    #[inline]
    pub(crate) fn push_ready(&mut self, event_loop: Id<Loop>, ready: Ready) {
        self.heap.loops[event_loop].ready.push_back(ready);
    }

    /// Ends a future or task, and puts whoever waits for it on the ready queue.
    pub(crate) fn finish_future(&mut self, child: Child, state: FutureState) {
        let failed = matches!(state, FutureState::Exception(_));
        let traced = match state {
            FutureState::Exception(exception) => self.traceback_of(exception),
            FutureState::Pending
            | FutureState::Gathering(_)
            | FutureState::Result(_)
            | FutureState::Cancelled(_) => None,
        };
        let future = self.child_mut(child);
        future.traced = traced;
        future.state = state;
        future.unretrieved = failed;
        let event_loop = future.event_loop;
        match std::mem::take(&mut future.waiters) {
            Waiters::Nobody => {}
            Waiters::One(waiter) => self.notify(event_loop, waiter, child),
            Waiters::Many(all) => all
                .iter()
                .for_each(|&waiter| self.notify(event_loop, waiter, child)),
        }
        if failed {
            self.note_failure(event_loop, child);
        }
    }

    #[inline]
    fn notify(&mut self, event_loop: Id<Loop>, waiter: Waiter, child: Child) {
        let ready = match waiter {
            Waiter::Task(task) => Ready::Step(task),
            Waiter::Callback(handle) => Ready::Callback(handle),
            Waiter::Gather(outer) => Ready::Gathered(outer, child),
            Waiter::Loop => Ready::Ended(child),
        };
        self.push_ready(event_loop, ready);
    }

    /// Adds who is to be told when a future is done; if it is done, they are told in the next pass.
    pub(crate) fn wait_for(&mut self, child: Child, waiter: Waiter) {
        let future = self.child_mut(child);
        if future.is_done() {
            let event_loop = future.event_loop;
            self.notify(event_loop, waiter, child);
        } else {
            future.waiters.push(waiter);
        }
    }

    /// The CancelledError that a cancelled future raises.
    pub(crate) fn cancelled_error(&mut self, value: Value) -> Id<Instance> {
        let FutureState::Cancelled(message) = self.future_mut(value).state else {
            panic!("invariant broken: the future is not cancelled");
        };
        if let Some(exception) = self.as_cancelled_error(message) {
            self.future_mut(value).state = FutureState::Cancelled(Value::None);
            return exception;
        }
        self.new_cancelled_error(message)
    }

    /// A CancelledError with a message, or without one when it is None.
    pub(crate) fn new_cancelled_error(&mut self, message: Value) -> Id<Instance> {
        if message.is_none() || message.is_undef() {
            self.new_exception_with(classes::CANCELLED_ERROR, &[])
        } else {
            self.new_exception_with(classes::CANCELLED_ERROR, &[message])
        }
    }

    /// The future or task that a value is, or that is inside an instance of a derived class.
    #[inline]
    pub(crate) fn child_of(&self, value: Value) -> Option<Child> {
        match value {
            Value::Instance(_) => Child::of(self.native_value(value)),
            _ => Child::of(value),
        }
    }

    /// A future or task as scripts see it.
    pub(crate) fn child_value(&self, child: Child) -> Value {
        match self.future(child).object.get() {
            FutureObject::Derived(object) => Value::Instance(object),
            FutureObject::Plain | FutureObject::Attributes(_) => child.value(),
        }
    }

    /// Is the value a CancelledError?
    pub(crate) fn as_cancelled_error(&self, value: Value) -> Option<Id<Instance>> {
        self.as_exception(value).filter(|&exception| {
            self.is_subclass(self.heap[exception].class, classes::CANCELLED_ERROR)
        })
    }

    /// `future.cancel(message)`, `task.cancel(message)`: whether it was not done. Works down through what tasks await.
    pub(crate) fn cancel(&mut self, child: Child, message: Value) -> bool {
        self.cancel_chain(child, message, None) != Cancelled::Nothing
    }

    /// The same; tasks that await each other in a circle are told from others. What has a `cancel` of its own is left to the caller
    /// if there is a list for it.
    pub(crate) fn cancel_chain(
        &mut self,
        child: Child,
        message: Value,
        mut own: Option<&mut Vec<OwnCancel>>,
    ) -> Cancelled {
        if own.is_some() && self.gathers_own(child) {
            // Done or not, they are asked.
            own.into_iter().for_each(|own| own.push((child, None)));
            return Cancelled::Done;
        }
        if !self.can_cancel(child) {
            return Cancelled::Nothing;
        }
        let mut pending = vec![child];
        let mut steps = 0;
        let mut seen = std::collections::HashSet::new();
        while let Some(child) = pending.pop() {
            if let Some(own) = own.as_mut().filter(|_| steps > 0)
                && self.cancels_itself(child)
            {
                own.push((child, None));
                continue;
            }
            steps += 1;
            if steps > SHORT_CHAIN
                && let Child::Task(task) = child
                && !seen.insert(task.index())
            {
                return Cancelled::Circle;
            }
            let future = self.child_mut(child);
            match &mut future.state {
                FutureState::Result(_) | FutureState::Exception(_) | FutureState::Cancelled(_) => {
                    continue;
                }
                FutureState::Gathering(gather) => {
                    gather.cancel_requested = true;
                    pending.extend(gather.children.iter().rev());
                    let last = gather.children.last().copied();
                    let hears = last.is_some_and(|last| self.keeps_message(last));
                    if hears
                        && let FutureState::Gathering(gather) = &mut self.child_mut(child).state
                    {
                        gather.message = message;
                    }
                    continue;
                }
                FutureState::Pending => {}
            }
            match child {
                Child::Future(_) => self.finish_future(child, FutureState::Cancelled(message)),
                Child::Task(task) => {
                    self.heap[task].cancels += 1;
                    // Done or not, it is asked.
                    if let Some(own) = own.as_mut()
                        && let Some(next) = Child::of(self.heap[task].waiting.value())
                        && self.cancels_itself(next)
                    {
                        own.push((next, Some(task)));
                        continue;
                    }
                    let next = match self.heap[task].waiting {
                        Waiting::Future(id) => {
                            Some(Child::Future(id)).filter(|&next| self.can_cancel(next))
                        }
                        Waiting::Task(id) => {
                            Some(Child::Task(id)).filter(|&next| self.can_cancel(next))
                        }
                        Waiting::Awaitable(id) => match self.heap[id].state {
                            AwaitableState::Waiting => {
                                self.cancel_awaitable(id, task, message);
                                continue;
                            }
                            AwaitableState::Cancelled => continue,
                            AwaitableState::Created
                            | AwaitableState::Woken
                            | AwaitableState::Finished => None,
                        },
                        Waiting::Nothing | Waiting::Raise(_) => None,
                    };
                    match next {
                        Some(next) => pending.push(next),
                        None => self.heap[task].must_cancel = message,
                    }
                }
            }
        }
        Cancelled::Done
    }

    /// Does its class have a `cancel` of its own, or that of one it gathers?
    fn cancels_itself(&self, child: Child) -> bool {
        self.with_own(child, "cancel").is_some() || self.gathers_own(child)
    }

    /// Would a cancellation's message stay with the task, because it awaits nothing that takes it?
    pub(super) fn keeps_message(&self, child: Child) -> bool {
        let Child::Task(task) = child else {
            return false;
        };
        !self.future(child).is_done()
            && match self.heap[task].waiting {
                Waiting::Nothing | Waiting::Raise(_) => true,
                Waiting::Future(id) => !self.can_cancel(Child::Future(id)),
                Waiting::Task(id) => !self.can_cancel(Child::Task(id)),
                Waiting::Awaitable(id) => match self.heap[id].state {
                    AwaitableState::Waiting | AwaitableState::Cancelled => false,
                    AwaitableState::Created | AwaitableState::Woken | AwaitableState::Finished => {
                        true
                    }
                },
            }
    }

    /// Would `cancel` do something? A gather can be cancelled if one of its children can.
    fn can_cancel(&self, child: Child) -> bool {
        let mut pending = vec![child];
        while let Some(child) = pending.pop() {
            match &self.future(child).state {
                FutureState::Pending => return true,
                FutureState::Gathering(gather) => pending.extend(&gather.children),
                FutureState::Result(_) | FutureState::Exception(_) | FutureState::Cancelled(_) => {}
            }
        }
        false
    }

    /// The task that awaits a native awaitable is cancelled: its next step raises.
    fn cancel_awaitable(
        &mut self,
        id: Id<super::Awaitable>,
        task: Id<super::Task>,
        message: Value,
    ) {
        let awaitable = &mut self.heap[id];
        awaitable.state = AwaitableState::Cancelled;
        awaitable.waker = Waker::Nobody;
        if let super::AwaitableKind::Sleep { .. } = awaitable.kind {
            let event_loop = self.heap[task].future.event_loop;
            self.timer_cancelled(event_loop);
        }
        self.heap[task].must_cancel = message;
        let event_loop = self.heap[task].future.event_loop;
        self.push_ready(event_loop, Ready::Step(task));
    }

    /// What a native awaitable waited for has happened: whoever awaits it goes on in the next pass.
    #[inline]
    pub(crate) fn wake(&mut self, id: Id<super::Awaitable>) {
        let awaitable = &mut self.heap[id];
        awaitable.state = AwaitableState::Woken;
        match std::mem::take(&mut awaitable.waker) {
            Waker::Nobody => {}
            Waker::Task(task) => {
                let event_loop = self.heap[task].future.event_loop;
                self.push_ready(event_loop, Ready::Step(task));
            }
            Waker::Future(future) => {
                if !self.heap[future].is_done() {
                    self.finish_future(Child::Future(future), FutureState::Result(Value::None));
                }
            }
        }
    }

    /// Sets an exception as `set_exception` does.
    pub(crate) fn fail_future(
        &mut self,
        child: Child,
        exception: Id<Instance>,
    ) -> Result<(), Raise> {
        let exception = if self.is_subclass(self.heap[exception].class, classes::STOP_ITERATION) {
            let error = self.new_exception(
                classes::RUNTIME_ERROR,
                "StopIteration interacts badly with generators and cannot be raised into a Future",
            );
            let state = self.exception_state_mut(error);
            state.cause = Some(exception);
            state.context = Some(exception);
            state.suppress_context = true;
            error
        } else {
            exception
        };
        if self.future(child).is_done() {
            return Err(self.invalid_state());
        }
        self.finish_future(child, FutureState::Exception(exception));
        Ok(())
    }

    /// InvalidStateError: the future is done already.
    pub(crate) fn invalid_state(&mut self) -> Raise {
        self.raise(classes::INVALID_STATE_ERROR, "invalid state")
    }
}
