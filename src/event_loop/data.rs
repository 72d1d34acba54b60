//! The data of the event loop: loops, futures, tasks, handles and native awaitables, all objects of the heap.

use crate::heap::{Id, Trace, Value};
use crate::objects::{Coroutine, Dict, Instance};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// An event loop.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Loop {
    /// What runs in the next pass, in order.
    pub ready: VecDeque<Ready>,
    /// How many entries of `ready` belong to the pass under way.
    pub pass_left: usize,
    /// Timers by `(when, sequence)`; cancelled ones are skipped when they are due.
    pub timers: BinaryHeap<Timer>,
    /// How many of `timers` are cancelled.
    pub cancelled_timers: usize,
    /// The number of the next timer.
    pub sequence: u64,
    /// Its state.
    pub state: LoopState,
    /// `run_until_complete`'s future or task; unset in `run_forever`.
    pub until: Value,
    /// `stop()` was called: leave after this pass.
    pub stopping: bool,
    /// The task whose step is under way.
    pub current: Option<Id<Task>>,
    /// All tasks that are not done, in order of creation. Removed lazily.
    pub tasks: Vec<Id<Task>>,
    /// Suspended async generators that the loop's shutdown must close.
    pub generators: Vec<Id<Coroutine>>,
    /// `set_exception_handler`
    pub exception_handler: Value,
    /// `set_task_factory`
    pub task_factory: Value,
    /// Debug mode.
    pub debug: bool,
    /// `slow_callback_duration` in seconds.
    pub slow_callback_duration: f64,
}

/// The life of a loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoopState {
    /// Not running. Next: Running, Closed.
    #[default]
    Idle,
    /// In `run_forever` or `run_until_complete`. Next: Idle.
    Running,
    /// Closed for good.
    Closed,
}

/// An entry of the ready queue: everything that can run in a pass.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Ready {
    /// A task's first step, or the step after a bare yield (`sleep(0)`).
    Step(Id<Task>),
    /// A task's step because the future it awaits is done.
    Wakeup(Id<Task>),
    /// A `call_soon`, `call_later` or done callback.
    Callback(Id<Handle>),
    /// A native done callback: what the primitives themselves hang on futures.
    Done(NativeCallback, Value),
}

/// Done callbacks of acoro's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NativeCallback {
    /// The future ends `run_until_complete`.
    StopLoop(Id<Loop>),
    /// The child of a gather is done.
    Gather(Id<Awaitable>, u32),
}

/// An entry of the timer heap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timer {
    /// Loop time in seconds.
    pub when: f64,
    /// Its place among equals.
    pub sequence: u64,
    /// What is due.
    pub target: TimerTarget,
}

/// What a timer does when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimerTarget {
    /// Append the handle to the ready queue.
    Callback(Id<Handle>),
    /// End a native sleep, by its awaitable.
    Sleep(Id<Awaitable>),
}

impl Eq for Timer {}
impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Timer {
    /// Reversed, because `BinaryHeap` gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .when
            .total_cmp(&self.when)
            .then(other.sequence.cmp(&self.sequence))
    }
}

/// A future: also the first half of every task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Future {
    /// Its life.
    pub state: FutureState,
    /// Whom to wake, in order.
    pub waiters: SmallVec<[Waiter; 2]>,
    /// Its loop.
    pub event_loop: Id<Loop>,
    /// It holds an exception that nobody has retrieved yet.
    pub unretrieved: bool,
}

/// The life of a future. Pending -> one of the others, for good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum FutureState {
    /// Not done.
    Pending,
    /// Done with a result.
    Result(Value),
    /// Done with an exception.
    Exception(Id<Instance>),
    /// Cancelled; the CancelledError to raise, or None before the first who asks.
    Cancelled(Value),
}

/// Who waits for a future.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Waiter {
    /// A task that awaits it.
    Task(Id<Task>),
    /// A script's `add_done_callback`: the handle to put on the ready queue.
    Callback(Id<Handle>),
    /// One of acoro's own.
    Native(NativeCallback),
}

/// A task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    /// Its result, state and waiters.
    pub future: Future,
    /// What it runs: a coroutine, a generator, or a native awaitable.
    pub coroutine: Value,
    /// What it awaits now: a future, task or awaitable; unset while it runs or is ready.
    pub waiting: Value,
    /// A number for `Task-N`, or the name given.
    pub name: Value,
    /// `cancel()` was called before the task could be told; the message, or None. Unset otherwise.
    pub must_cancel: Value,
    /// `cancelling()`
    pub cancels: u32,
    /// The instruction that created it.
    pub created: u32,
    /// Its contextvars, when it has any.
    pub context: Option<Id<Dict>>,
}

/// A `call_soon` or `call_later` handle, or a done callback.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Handle {
    /// What to call.
    pub callback: Value,
    /// With what.
    pub args: SmallVec<[Value; 2]>,
    /// It was cancelled.
    pub cancelled: bool,
    /// The loop time it is due at, for timer handles.
    pub when: Option<f64>,
    /// Its loop.
    pub event_loop: Id<Loop>,
    /// Its contextvars.
    pub context: Option<Id<Dict>>,
    /// The instruction that created it.
    pub created: u32,
}

/// A native awaitable: a coroutine without bytecode. The machine polls it when it is awaited, and again each time
/// the task that awaits it is resumed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Awaitable {
    /// What it does and how far it is.
    pub kind: AwaitableKind,
    /// Its life, as for coroutines.
    pub state: AwaitableState,
    /// The instruction that created it.
    pub created: u32,
}

/// The life of an awaitable. Created -> Waiting -> … -> Finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AwaitableState {
    /// Not awaited yet.
    Created,
    /// Awaited, waiting.
    Waiting,
    /// What it waited for has happened (set by whoever wakes it).
    Woken,
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
    AnextDefault(Value, Value),
}

/// What is done with an async generator.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum GeneratorStep {
    /// `__anext__`, `asend`
    Send(Value),
    /// `athrow`
    Throw(Id<Instance>),
    /// `aclose`
    Close,
}

impl Trace for Loop {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        for &ready in &self.ready {
            match ready {
                Ready::Step(task) | Ready::Wakeup(task) => visit(Value::Task(task)),
                Ready::Callback(handle) => visit(Value::Handle(handle)),
                Ready::Done(callback, future) => {
                    trace_callback(callback, visit);
                    visit(future);
                }
            }
        }
        for timer in &self.timers {
            match timer.target {
                TimerTarget::Callback(handle) => visit(Value::Handle(handle)),
                TimerTarget::Sleep(awaitable) => visit(Value::Awaitable(awaitable)),
            }
        }
        self.tasks.iter().chain(&self.current).for_each(|&task| visit(Value::Task(task)));
        self.generators.iter().for_each(|&it| visit(Value::AsyncGenerator(it)));
        visit(self.until);
        visit(self.exception_handler);
        visit(self.task_factory);
    }
    fn payload(&self) -> usize {
        self.ready.capacity() * size_of::<Ready>() + self.timers.capacity() * size_of::<Timer>()
    }
}

fn trace_callback(callback: NativeCallback, visit: &mut dyn FnMut(Value)) {
    match callback {
        NativeCallback::StopLoop(event_loop) => visit(Value::Loop(event_loop)),
        NativeCallback::Gather(awaitable, _) => visit(Value::Awaitable(awaitable)),
    }
}

impl Trace for Future {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        match self.state {
            FutureState::Pending => {}
            FutureState::Result(value) | FutureState::Cancelled(value) => visit(value),
            FutureState::Exception(exception) => visit(Value::Instance(exception)),
        }
        for &waiter in &self.waiters {
            match waiter {
                Waiter::Task(task) => visit(Value::Task(task)),
                Waiter::Callback(handle) => visit(Value::Handle(handle)),
                Waiter::Native(callback) => trace_callback(callback, visit),
            }
        }
        visit(Value::Loop(self.event_loop));
    }
    fn payload(&self) -> usize {
        if self.waiters.spilled() {
            self.waiters.capacity() * size_of::<Waiter>()
        } else {
            0
        }
    }
}

impl Trace for Task {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        self.future.trace(visit);
        visit(self.coroutine);
        visit(self.waiting);
        visit(self.name);
        visit(self.must_cancel);
        self.context.iter().for_each(|&context| visit(Value::Dict(context)));
    }
    fn payload(&self) -> usize {
        self.future.payload()
    }
}

impl Trace for Handle {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.callback);
        self.args.iter().for_each(|&arg| visit(arg));
        visit(Value::Loop(self.event_loop));
        self.context.iter().for_each(|&context| visit(Value::Dict(context)));
    }
}

impl Trace for Awaitable {
    fn trace(&self, visit: &mut dyn FnMut(Value)) {
        match &self.kind {
            AwaitableKind::Sleep { result, .. } => visit(*result),
            AwaitableKind::GeneratorStep { generator, step } => {
                visit(Value::AsyncGenerator(*generator));
                match *step {
                    GeneratorStep::Send(value) => visit(value),
                    GeneratorStep::Throw(exception) => visit(Value::Instance(exception)),
                    GeneratorStep::Close => {}
                }
            }
            AwaitableKind::Iterator(value) => visit(*value),
            AwaitableKind::AnextDefault(inner, default) => {
                visit(*inner);
                visit(*default);
            }
        }
    }
}
