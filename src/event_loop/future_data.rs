//! The data of futures, tasks and native awaitables.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::data::{Handle, Loop};
use super::primitive_data::Primitive;
use crate::heap::{Id, Trace, Value};
use crate::objects::{Cell, Coroutine, Dict, Instance, Traceback, Tuple};
use serde::{Deserialize, Serialize};

/// A future: also the first half of every task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Future {
    /// Its life.
    pub state: FutureState,
    /// Whom to wake, in order.
    pub waiters: Waiters,
    /// Its loop.
    pub event_loop: Id<Loop>,
    /// It holds an exception that nobody has retrieved yet.
    pub unretrieved: bool,
    /// It is what `gather` gave.
    pub gathering: bool,
    /// The expression statement that made it threw it away: nobody will ever ask for its result.
    pub discarded: bool,
    /// What else is known of it.
    pub mark: FutureMark,
    /// The traceback that its exception had when it got it, if any: so the first who asks gets it, and others without that.
    pub traced: Option<Id<Traceback>>,
    /// What scripts have made of it.
    pub object: PackedObject,
}

/// What is known of few futures. Plain -> Blocking and back; Plain -> BegunAndEnded at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FutureMark {
    /// Nothing.
    #[default]
    Plain,
    /// Its `__await__` gave it to a script that drives that by hand, so that it may be yielded to a task; or to a task that refused to
    /// wait for it.
    Blocking,
    /// A task that began at once and ended with its first step: nothing is left of its coroutine.
    BegunAndEnded,
}

/// What scripts have made of a future. Plain -> Attributes by setting one; Derived from the beginning on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FutureObject {
    /// Nothing.
    #[default]
    Plain,
    /// It is of a class of theirs: they see this instead of it.
    Derived(Id<Instance>),
    /// They have set attributes of it.
    Attributes(Id<Dict>),
}

/// The same in four bytes: a million tasks have one each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedObject(u32);

impl PackedObject {
    /// What it stands for.
    pub fn get(self) -> FutureObject {
        match (self.0 >> 1, self.0 & 1) {
            (0, _) => FutureObject::Plain,
            (place, 0) => FutureObject::Derived(Id::new(place - 1)),
            (place, _) => FutureObject::Attributes(Id::new(place - 1)),
        }
    }
}

impl From<FutureObject> for PackedObject {
    fn from(object: FutureObject) -> Self {
        let (index, tag) = match object {
            FutureObject::Plain => return Self(0),
            FutureObject::Derived(id) => (id.index(), 0),
            FutureObject::Attributes(id) => (id.index(), 1),
        };
        assert!(
            index < (1 << 31) - 1,
            "invariant broken: more than 2^31 objects of one kind"
        );
        Self((index + 1) << 1 | tag)
    }
}

/// The life of a future. Pending or Gathering -> one of the others, for good.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FutureState {
    /// Not done.
    Pending,
    /// Not done: it gathers the results of others.
    Gathering(Box<Gather>),
    /// Done with a result.
    Result(Value),
    /// Done with an exception.
    Exception(Id<Instance>),
    /// Cancelled: the CancelledError that the first who asks gets, or the message for one, or None.
    Cancelled(Value),
}

/// A gather that is not done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gather {
    /// In the order of the arguments; the same one may come twice.
    pub children: Vec<Child>,
    /// How many different children are not done.
    pub remaining: usize,
    /// Exceptions are results.
    pub return_exceptions: bool,
    /// It was cancelled, and so were its children.
    pub cancel_requested: bool,
    /// The message of that, if it stayed with its last child: its own CancelledError has it in the end.
    pub message: Value,
}

/// A future or task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Child {
    /// A future.
    Future(Id<Future>),
    /// A task.
    Task(Id<Task>),
}

impl Child {
    /// As a value.
    pub fn value(self) -> Value {
        match self {
            Child::Future(id) => Value::Future(id),
            Child::Task(id) => Value::Task(id),
        }
    }

    /// The future or task that a value is.
    pub fn of(value: Value) -> Option<Self> {
        match value {
            Value::Future(id) => Some(Child::Future(id)),
            Value::Task(id) => Some(Child::Task(id)),
            _ => None,
        }
    }
}

/// Who waits for a future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waiter {
    /// A task that awaits it.
    Task(Id<Task>),
    /// A script's `add_done_callback`: the handle to put on the ready queue.
    Callback(Id<Handle>),
    /// A gather, by the future it gave.
    Gather(Id<Future>),
    /// `run_until_complete`
    Loop,
}

/// All who wait for a future; mostly nobody or one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub enum Waiters {
    /// Nobody.
    #[default]
    Nobody,
    /// One.
    One(Waiter),
    /// Several, in order.
    Many(Box<Vec<Waiter>>),
}

impl Waiters {
    /// Adds one at the end.
    pub fn push(&mut self, waiter: Waiter) {
        match self {
            Waiters::Nobody => *self = Waiters::One(waiter),
            Waiters::One(first) => *self = Waiters::Many(Box::new(vec![*first, waiter])),
            Waiters::Many(all) => all.push(waiter),
        }
    }

    /// All, in order.
    pub fn as_slice(&self) -> &[Waiter] {
        match self {
            Waiters::Nobody => &[],
            Waiters::One(waiter) => std::slice::from_ref(waiter),
            Waiters::Many(all) => all,
        }
    }

    /// Keeps those that pass; gives how many don't.
    pub fn retain(&mut self, mut keep: impl FnMut(Waiter) -> bool) -> usize {
        let before = self.as_slice().len();
        match self {
            Waiters::Nobody => {}
            Waiters::One(waiter) => {
                if !keep(*waiter) {
                    *self = Waiters::Nobody;
                }
            }
            Waiters::Many(all) => all.retain(|&waiter| keep(waiter)),
        }
        before - self.as_slice().len()
    }
}

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    /// Its result, state and waiters.
    pub future: Future,
    /// What it runs.
    pub root: Root,
    /// What it awaits now.
    pub waiting: Waiting,
    /// A number for `Task-N`, or the name given.
    pub name: Value,
    /// `cancel()` was called before the task could be told, or it awaits a cancelled awaitable; the message, or None. Unset otherwise.
    pub must_cancel: Value,
    /// `cancelling()`
    pub cancels: u32,
    /// The instruction that created it.
    pub created: u32,
    /// The `Context` object that it was given to run in.
    pub context_object: Option<Id<Instance>>,
    /// Its context variables, when it has any.
    pub context: Option<Id<Cell>>,
}

/// What a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Root {
    /// A coroutine.
    Coroutine(Id<Coroutine>),
    /// A generator made by `types.coroutine`.
    Generator(Id<Coroutine>),
    /// A native awaitable; it needs no frame.
    Awaitable(Id<Awaitable>),
}

impl Root {
    /// As a value.
    pub fn value(self) -> Value {
        match self {
            Root::Coroutine(id) => Value::Coroutine(id),
            Root::Generator(id) => Value::Generator(id),
            Root::Awaitable(id) => Value::Awaitable(id),
        }
    }
}

/// What a task waits for between two steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waiting {
    /// Nothing: it runs, or its next step is on the ready queue.
    #[default]
    Nothing,
    /// A future.
    Future(Id<Future>),
    /// A task.
    Task(Id<Task>),
    /// A native awaitable.
    Awaitable(Id<Awaitable>),
    /// Nothing: its next step raises this in it.
    Raise(Id<Instance>),
}

impl Waiting {
    /// As a value, or None.
    pub fn value(self) -> Value {
        match self {
            Waiting::Nothing | Waiting::Raise(_) => Value::None,
            Waiting::Future(id) => Value::Future(id),
            Waiting::Task(id) => Value::Task(id),
            Waiting::Awaitable(id) => Value::Awaitable(id),
        }
    }
}

/// A native awaitable: a coroutine without bytecode. The machine polls it when it is awaited, and again each time
/// the task that awaits it is resumed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Awaitable {
    /// What it does and how far it is.
    pub kind: AwaitableKind,
    /// Its life, as for coroutines.
    pub state: AwaitableState,
    /// Whom to tell when what it waits for has happened.
    pub waker: Waker,
    /// The instruction that created it.
    pub created: u32,
}

/// Who goes on when a native awaitable is woken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waker {
    /// Nobody yet.
    #[default]
    Nobody,
    /// The task that awaits it, in the next pass.
    Task(Id<Task>),
    /// Whoever drives it by hand was given this future.
    Future(Id<Future>),
}

/// The life of an awaitable. Created -> Waiting -> Woken or Cancelled -> … -> Finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AwaitableState {
    /// Not awaited yet.
    Created,
    /// Awaited, waiting.
    Waiting,
    /// What it waited for has happened (set by whoever wakes it).
    Woken,
    /// Its task was cancelled while it waited: the task's next step raises.
    Cancelled,
    /// Ended; awaiting it again is an error.
    Finished,
}

/// The native awaitables.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum AwaitableKind {
    /// `asyncio.sleep(delay, result)`
    Sleep {
        /// In seconds; not above 0 is one bare yield.
        delay: f64,
        /// What it gives.
        result: Value,
    },
    /// `agen.__anext__()`, `asend(v)`, `athrow(e)`, `aclose()`
    GeneratorStep {
        /// The async generator.
        generator: Id<Coroutine>,
        /// What is done with it.
        step: GeneratorStep,
    },
    /// `future.__await__()`, `iter(future)`, `coroutine.__await__()`
    Iterator(Value),
    /// `anext(it, default)`: awaits the first, gives the second on StopAsyncIteration
    AnextDefault(Id<Tuple>),
    /// It was driven by hand: a coroutine awaits what it was.
    Driven {
        /// The coroutine.
        coroutine: Id<Coroutine>,
        /// What it was.
        inner: Id<Awaitable>,
    },
    /// Gives this at once: what a native coroutine function that need not wait returned.
    Ready(Value),
    /// `lock.acquire()`, `semaphore.acquire()`; entering `async with` gives None
    Acquire {
        /// The lock or semaphore.
        primitive: Id<Primitive>,
        /// It was called by `async with`.
        enter: bool,
    },
    /// `event.wait()`
    EventWait(Id<Primitive>),
    /// `queue.get()`
    QueueGet(Id<Primitive>),
    /// `queue.put(item)`
    QueuePut(Id<Primitive>, Value),
    /// `queue.join()`
    QueueJoin(Id<Primitive>),
    /// One wait of a queue written in acoro: for an item, or for room.
    QueueWait {
        /// The queue.
        queue: Id<Primitive>,
        /// For room.
        room: bool,
    },
}

/// What is done with an async generator.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum GeneratorStep {
    /// `__anext__`, `asend`
    Send(Value),
    /// `athrow`
    Throw(Id<Instance>),
    /// `aclose`, which throws a GeneratorExit, or what was thrown into it by hand before it began.
    Close(Option<Id<Instance>>),
}

impl GeneratorStep {
    /// What CPython calls it in its errors.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            GeneratorStep::Send(_) => "anext",
            GeneratorStep::Throw(_) => "athrow",
            GeneratorStep::Close(_) => "aclose",
        }
    }

    /// The methods that make such steps.
    pub(crate) fn both(self) -> &'static str {
        match self {
            GeneratorStep::Send(_) => "__anext__()/asend()",
            GeneratorStep::Throw(_) | GeneratorStep::Close(_) => "aclose()/athrow()",
        }
    }
}

/// Visits a task there may be.
pub(super) fn trace_task(task: Option<Id<Task>>, visit: &mut dyn FnMut(Value)) {
    task.iter().for_each(|&task| visit(Value::Task(task)));
}

impl Trace for Future {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        match &self.state {
            FutureState::Pending => {}
            FutureState::Gathering(gather) => {
                visit(gather.message);
                gather
                    .children
                    .iter()
                    .for_each(|child| visit(child.value()));
            }
            FutureState::Result(value) | FutureState::Cancelled(value) => visit(*value),
            FutureState::Exception(exception) => {
                visit(Value::Instance(*exception));
                self.traced
                    .iter()
                    .for_each(|&traceback| visit(Value::Traceback(traceback)));
            }
        }
        for &waiter in self.waiters.as_slice() {
            match waiter {
                Waiter::Task(task) => visit(Value::Task(task)),
                Waiter::Callback(handle) => visit(Value::Handle(handle)),
                Waiter::Gather(outer) => visit(Value::Future(outer)),
                Waiter::Loop => {}
            }
        }
        visit(Value::Loop(self.event_loop));
        match self.object.get() {
            FutureObject::Plain => {}
            FutureObject::Derived(object) => visit(Value::Instance(object)),
            FutureObject::Attributes(dict) => visit(Value::Dict(dict)),
        }
    }
    fn payload(&self) -> usize {
        let waiters = match &self.waiters {
            Waiters::Nobody | Waiters::One(_) => 0,
            Waiters::Many(all) => size_of::<Vec<Waiter>>() + all.capacity() * size_of::<Waiter>(),
        };
        let children = match &self.state {
            FutureState::Gathering(gather) => {
                size_of::<Gather>() + gather.children.capacity() * size_of::<Child>()
            }
            FutureState::Pending
            | FutureState::Result(_)
            | FutureState::Exception(_)
            | FutureState::Cancelled(_) => 0,
        };
        waiters + children
    }
}

impl Trace for Task {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        self.future.trace(visit);
        visit(self.root.value());
        visit(self.waiting.value());
        if let Waiting::Raise(exception) = self.waiting {
            visit(Value::Instance(exception));
        }
        visit(self.name);
        visit(self.must_cancel);
        self.context_object
            .iter()
            .for_each(|&object| visit(Value::Instance(object)));
        self.context
            .iter()
            .for_each(|&context| visit(Value::Cell(context)));
    }
    fn payload(&self) -> usize {
        self.future.payload()
    }
}

impl Trace for Awaitable {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        match &self.kind {
            AwaitableKind::Sleep { result, .. } => visit(*result),
            AwaitableKind::GeneratorStep { generator, step } => {
                visit(Value::AsyncGenerator(*generator));
                match *step {
                    GeneratorStep::Send(value) => visit(value),
                    GeneratorStep::Throw(exception) | GeneratorStep::Close(Some(exception)) => {
                        visit(Value::Instance(exception));
                    }
                    GeneratorStep::Close(None) => {}
                }
            }
            AwaitableKind::Iterator(value) | AwaitableKind::Ready(value) => visit(*value),
            AwaitableKind::AnextDefault(pair) => visit(Value::Tuple(*pair)),
            AwaitableKind::Driven { coroutine, inner } => {
                visit(Value::Coroutine(*coroutine));
                visit(Value::Awaitable(*inner));
            }
            AwaitableKind::Acquire { primitive, .. }
            | AwaitableKind::EventWait(primitive)
            | AwaitableKind::QueueGet(primitive)
            | AwaitableKind::QueueWait {
                queue: primitive, ..
            }
            | AwaitableKind::QueueJoin(primitive) => visit(Value::Primitive(*primitive)),
            AwaitableKind::QueuePut(primitive, item) => {
                visit(Value::Primitive(*primitive));
                visit(*item);
            }
        }
        match self.waker {
            Waker::Nobody => {}
            Waker::Task(task) => visit(Value::Task(task)),
            Waker::Future(future) => visit(Value::Future(future)),
        }
    }
}
