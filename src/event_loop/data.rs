//! The data of event loops, their timers and their handles, all objects of the heap. They never run script code
//! themselves: they say what runs next.

use super::future_data::{Awaitable, Child, Future, Task, trace_task};
use super::primitive_data::Primitive;
use crate::heap::{Id, PART, Trace, Value};
use crate::objects::{Cell, Coroutine, Dict, Instance, List};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// What the machine knows of event loops beside the loops themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoopState {
    /// The loop that `set_event_loop` named.
    pub policy: Option<Id<Loop>>,
    /// The signals that the program has handlers for, or ignores: bit `n` is signal number `n`.
    pub caught: u64,
    /// Those of them that event loops have handlers for.
    pub in_loop: u64,
    /// `set_event_loop` was called in the main thread.
    pub policy_named: bool,
    /// The context of what runs: a cell that holds a dict of its variables. The dict is never changed, only replaced, so that
    /// contexts are copied by sharing it.
    pub context: Option<Id<Cell>>,
    /// A turn of a loop is under way on the native stack: whoever completes an entry only returns to it.
    pub turning: bool,
    /// What the running frame waits for, when it waits for time itself.
    pub pending: Pending,
    /// When `loop.time()` was asked last, and how often in a row it gave that.
    pub asked: (f64, u32),
    /// When a pass with timers began last, and how many began then.
    pub passes: (f64, u32),
    /// What the loop that was asked calls 0.
    pub origin: f64,
    /// What to add to the loop's time to get seconds since 1970.
    pub wall_offset: f64,
    /// New loops begin in debug mode.
    pub debug: bool,
}

/// What `time.time()` begins at where no clock was granted: the first of January 2025.
const NO_CLOCK: f64 = 1_735_689_600.0;

impl Default for LoopState {
    fn default() -> Self {
        Self {
            policy: None,
            caught: 0,
            in_loop: 0,
            policy_named: false,
            context: None,
            turning: false,
            pending: Pending::Nothing,
            asked: (0.0, 0),
            passes: (0.0, 0),
            origin: 0.0,
            wall_offset: NO_CLOCK,
            debug: false,
        }
    }
}

/// What a frame that stopped for the clock waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Pending {
    /// Nothing.
    #[default]
    Nothing,
    /// A fresh time, in the unit asked for.
    Clock(Clock),
    /// A fresh time, to sleep this long from there.
    Nap(f64),
    /// This loop time.
    Until(f64),
    /// Nothing: other threads go first.
    Yield,
    /// A lock of `threading`, for so many seconds; any number if below 0.
    LockFor(Id<Primitive>, f64),
    /// A lock of `threading`, until this loop time.
    Lock {
        /// Which.
        lock: Id<Primitive>,
        /// Infinite if there is no end to it.
        deadline: f64,
    },
    /// Something to do in the running event loop, until this loop time.
    Loop(Id<Loop>, f64),
}

impl Pending {
    /// Does an event loop wait?
    pub(crate) fn is_loop(&self) -> bool {
        matches!(self, Pending::Loop(..))
    }

    pub(crate) fn trace(&self, visit: &mut dyn FnMut(Value)) {
        match *self {
            Pending::LockFor(lock, _) | Pending::Lock { lock, .. } => visit(Value::Primitive(lock)),
            Pending::Loop(event_loop, _) => visit(Value::Loop(event_loop)),
            Pending::Nothing
            | Pending::Clock(_)
            | Pending::Nap(_)
            | Pending::Until(_)
            | Pending::Yield => {}
        }
    }
}

/// Which clock a program reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clock {
    /// Seconds of the loop's clock, asked of the loop itself.
    Loop,
    /// Seconds of the loop's clock.
    Monotonic,
    /// The same, asked by a wait with a timeout: it goes on by itself.
    Wait,
    /// The same in nanoseconds.
    MonotonicNs,
    /// Seconds since 1970.
    Wall,
    /// The same in nanoseconds.
    WallNs,
}

/// An event loop.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Loop {
    /// What runs in the next pass, in order.
    pub ready: VecDeque<Ready>,
    /// How many entries of `ready` belong to the pass under way.
    pub pass_left: usize,
    /// A pass is under way, even if nothing of it is left.
    pub in_pass: bool,
    /// Timers by `(when, sequence)`; cancelled ones are skipped when they are due.
    pub timers: BinaryHeap<Timer>,
    /// How many of `timers` are cancelled.
    pub cancelled_timers: usize,
    /// The number of the next timer, below `Timer::MAX_SEQUENCE`.
    pub sequence: u32,
    /// Its life.
    pub life: LoopLife,
    /// `run_until_complete`'s future or task; unset in `run_forever`.
    pub until: Value,
    /// `stop()` was called: leave after this pass.
    pub stopping: bool,
    /// The time is the driver's newest, or was asked for in this pass.
    pub clock_fresh: bool,
    /// It was entered and has not looked at the clock since: what came before took time.
    pub begins: bool,
    /// The task whose step is under way.
    pub current: Option<Id<Task>>,
    /// The handle whose callback is under way.
    pub handle: Option<Id<Handle>>,
    /// The tasks that were running when an eager task began inside them, innermost last.
    pub outer: Vec<Option<Id<Task>>>,
    /// Tasks in order of creation; those that are done are removed now and then.
    pub tasks: Vec<Id<Task>>,
    /// How many of `tasks` are not done.
    pub live_tasks: usize,
    /// Async generators that were begun, for the loop's shutdown to close; closed ones are removed now and then.
    pub generators: Vec<Id<Coroutine>>,
    /// How long `generators` may get before closed ones are removed.
    pub generators_limit: usize,
    /// Futures and tasks with an exception that nobody had retrieved when it was set.
    pub failed: Vec<Child>,
    /// `set_exception_handler`
    pub exception_handler: Value,
    /// `set_task_factory`
    pub task_factory: Value,
    /// Debug mode.
    pub debug: bool,
    /// In debug mode: when what runs began, and what it is.
    pub watched: Option<(f64, Value)>,
    /// In debug mode: the clock was read behind what ran last.
    pub watch_fresh: bool,
    /// `slow_callback_duration` in seconds.
    pub slow_callback_duration: f64,
    /// It was set to a value that is no float; scripts read that.
    pub slow_callback_value: Value,
    /// The task that the first Ctrl-C cancels.
    pub main: Option<Id<Task>>,
    /// How often Ctrl-C came while `main` was set.
    pub interrupts: u32,
    /// The default executor, once there is one.
    pub executor: Value,
    /// `shutdown_default_executor` was called.
    pub executor_shut: bool,
    /// The time of the clock that the loop calls 0.
    pub origin: f64,
    /// The instance of a script's class that it is inside of.
    pub object: Option<Id<Instance>>,
    /// Its class, or a script that set its attribute, has a `create_task` of its own.
    pub own_create_task: bool,
    /// Attributes that scripts set on it: a dict, once there are any.
    pub attributes: Option<Id<Dict>>,
    /// The context variables outside.
    pub outer_context: Option<Id<Cell>>,
}

/// The life of a loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoopLife {
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
    /// A task's step: its first, the one after a bare yield, or the one after what it awaited is done.
    Step(Id<Task>),
    /// A `call_soon`, `call_later` or done callback.
    Callback(Id<Handle>),
    /// A sleep is over: whoever sleeps is woken in the next pass.
    Slept(Id<Awaitable>),
    /// A child of a gather is done.
    Gathered(Id<Future>, Child),
    /// What `run_until_complete` runs for is done.
    Ended(Child),
    /// A dropped async generator: a task that closes it is made, in the context it was dropped in.
    Abandoned(Id<Coroutine>, Option<Id<Cell>>),
}

impl Ready {
    /// What it is about.
    pub(crate) fn value(self) -> Value {
        match self {
            Ready::Step(task) => Value::Task(task),
            Ready::Callback(handle) => Value::Handle(handle),
            Ready::Slept(awaitable) => Value::Awaitable(awaitable),
            Ready::Gathered(outer, _) => Value::Future(outer),
            Ready::Ended(child) => child.value(),
            Ready::Abandoned(generator, _) => Value::AsyncGenerator(generator),
        }
    }
}

/// An entry of the timer heap, in 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timer {
    /// Loop time in seconds.
    pub when: f64,
    /// Twice its place among equals, and one more if a handle is due.
    order: u32,
    /// The number of the handle or awaitable.
    target: u32,
}

impl Timer {
    /// As many timers can be told apart.
    pub const MAX_SEQUENCE: u32 = u32::MAX / 2;

    /// The timer number `sequence`.
    pub fn new(when: f64, sequence: u32, target: TimerTarget) -> Self {
        let (kind, target) = match target {
            TimerTarget::Sleep(awaitable) => (0, awaitable.index()),
            TimerTarget::Callback(handle) => (1, handle.index()),
        };
        Self {
            when,
            order: sequence << 1 | kind,
            target,
        }
    }

    /// What is due.
    pub fn target(&self) -> TimerTarget {
        if self.order & 1 == 0 {
            TimerTarget::Sleep(Id::new(self.target))
        } else {
            TimerTarget::Callback(Id::new(self.target))
        }
    }
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
            .then(other.order.cmp(&self.order))
    }
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
    /// It is in the timer heap.
    pub scheduled: bool,
    /// The loop time it is due at, for timer handles.
    pub when: Option<f64>,
    /// Its loop.
    pub event_loop: Id<Loop>,
    /// Its context variables.
    pub context: Option<Id<Cell>>,
    /// The instruction that created it.
    pub created: u32,
    /// The stack it was created on, in debug mode.
    pub stack: Option<Id<List>>,
}

impl LoopState {
    /// The time is asked for, by what is patient for a while when it stands still.
    pub(crate) fn count_asking(&mut self, now: f64) {
        let (last, times) = self.asked;
        self.asked = if last == now {
            (last, times.saturating_add(1))
        } else {
            (now, 0)
        };
    }

    pub(crate) fn trace(&self, visit: &mut dyn FnMut(Value)) {
        self.policy.iter().for_each(|&it| visit(Value::Loop(it)));
        self.context.iter().for_each(|&it| visit(Value::Cell(it)));
        self.pending.trace(visit);
    }
}

impl Loop {
    /// Does one pass follow the other with nothing of the loop's own to look at between them?
    #[inline]
    pub(crate) fn goes_on_at_once(&self) -> bool {
        !self.stopping && self.timers.is_empty()
    }

    /// Is a task made without asking anybody, when at most so many may be alive?
    #[inline]
    pub(crate) fn makes_plain_tasks(&self, limit: usize) -> bool {
        (self.task_factory.is_undef() || self.task_factory.is_none())
            && !self.own_create_task
            && self.life != LoopLife::Closed
            && self.live_tasks < limit
    }

    /// Adds a timer.
    pub fn add_timer(&mut self, when: f64, target: TimerTarget) {
        if self.sequence == Timer::MAX_SEQUENCE {
            self.number_timers();
        }
        self.timers.push(Timer::new(when, self.sequence, target));
        self.sequence += 1;
    }

    /// Numbers the timers anew, in the same order.
    fn number_timers(&mut self) {
        let mut timers = std::mem::take(&mut self.timers).into_sorted_vec();
        self.sequence = 0;
        for timer in timers.iter_mut().rev() {
            *timer = Timer::new(timer.when, self.sequence, timer.target());
            self.sequence += 1;
        }
        self.timers = timers.into();
    }

    /// Visits what a loop names once, whatever it runs.
    fn trace_own(&self, visit: &mut dyn FnMut(Value)) {
        trace_task(self.current, visit);
        trace_task(self.main, visit);
        self.outer.iter().for_each(|&task| trace_task(task, visit));
        self.generators
            .iter()
            .for_each(|&it| visit(Value::AsyncGenerator(it)));
        self.failed.iter().for_each(|it| visit(it.value()));
        self.handle.iter().for_each(|&it| visit(Value::Handle(it)));
        self.outer_context
            .iter()
            .for_each(|&it| visit(Value::Cell(it)));
        visit(self.until);
        visit(self.slow_callback_value);
        visit(self.exception_handler);
        visit(self.task_factory);
        visit(self.executor);
        self.object
            .iter()
            .for_each(|&it| visit(Value::Instance(it)));
        self.attributes
            .iter()
            .for_each(|&it| visit(Value::Dict(it)));
        self.watched.iter().for_each(|it| visit(it.1));
    }
}

impl Trace for Loop {
    fn trace_part(&self, from: usize, visit: &mut impl FnMut(Value)) -> Option<usize> {
        if from == 0 {
            self.trace_own(visit);
        }
        for &ready in self.ready.iter().skip(from).take(PART) {
            match ready {
                Ready::Step(task) => visit(Value::Task(task)),
                Ready::Callback(handle) => visit(Value::Handle(handle)),
                Ready::Slept(awaitable) => visit(Value::Awaitable(awaitable)),
                Ready::Gathered(outer, child) => {
                    visit(Value::Future(outer));
                    visit(child.value());
                }
                Ready::Ended(child) => visit(child.value()),
                Ready::Abandoned(generator, context) => {
                    visit(Value::AsyncGenerator(generator));
                    context.iter().for_each(|&it| visit(Value::Cell(it)));
                }
            }
        }
        for timer in self.timers.as_slice().iter().skip(from).take(PART) {
            match timer.target() {
                TimerTarget::Callback(handle) => visit(Value::Handle(handle)),
                TimerTarget::Sleep(awaitable) => visit(Value::Awaitable(awaitable)),
            }
        }
        for &task in self.tasks.iter().skip(from).take(PART) {
            visit(Value::Task(task));
        }
        let next = from + PART;
        let longest = self
            .ready
            .len()
            .max(self.timers.len())
            .max(self.tasks.len());
        (next < longest).then_some(next)
    }
    fn payload(&self) -> usize {
        self.ready.capacity() * size_of::<Ready>() + self.timers.capacity() * size_of::<Timer>()
    }
}

impl Trace for Handle {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(self.callback);
        self.args.iter().for_each(|&arg| visit(arg));
        visit(Value::Loop(self.event_loop));
        self.context
            .iter()
            .for_each(|&context| visit(Value::Cell(context)));
        self.stack
            .iter()
            .for_each(|&stack| visit(Value::List(stack)));
    }
    fn payload(&self) -> usize {
        if self.args.spilled() {
            self.args.capacity() * size_of::<Value>()
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_keep_their_order_when_their_numbers_run_out() {
        let mut event_loop = Loop {
            sequence: Timer::MAX_SEQUENCE - 3,
            ..Loop::default()
        };
        for at in 0..6 {
            event_loop.add_timer(f64::from(at % 2), TimerTarget::Sleep(Id::new(at)));
        }
        let mut due = Vec::new();
        while let Some(timer) = event_loop.timers.pop() {
            due.push(timer.target());
        }
        assert_eq!(
            due,
            [0, 2, 4, 1, 3, 5].map(|at| TimerTarget::Sleep(Id::new(at)))
        );
        assert_eq!(size_of::<Timer>(), 16);
    }
}
