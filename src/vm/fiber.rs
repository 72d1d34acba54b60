//! Fibers: the threads of a program. One runs, in the machine's own fields; the others are parked here. They change places
//! when the running one can't go on, when its share of ticks is used up, and at every pass of an event loop, in an order
//! that depends on nothing but the program.

use super::{Exit, Flow, Frame, FrameKind, Vm};
use crate::event_loop::{Loop, LoopLife, Pending};
use crate::heap::{Id, Value};
use crate::objects::{Cell, Instance};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// The fiber that runs the program.
pub(crate) const MAIN: u32 = 1;

/// So many ticks a fiber runs while others could, too: about what CPython's switch interval is worth.
const QUANTUM: u64 = 50_000;

/// What is due within this many seconds is due.
const RESOLUTION: f64 = 1e-9;

/// All fibers of a program. Nothing is in it before the first thread is started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fibers {
    /// Which one runs.
    pub(crate) running: u32,
    /// All that live, by number, the running one too.
    live: IndexMap<u32, Live>,
    /// Those that can go on, in order.
    ready: VecDeque<u32>,
    /// Those that wait for a time: its bits, the wait's number, the fiber.
    sleepers: BTreeSet<(u64, u64, u32)>,
    /// Those in whose event loop nothing is ready.
    idle_loops: Vec<(u32, u64, Id<Loop>)>,
    /// The running one gave up its turn: another is chosen before anything runs.
    given_up: bool,
    /// The number of the next fiber.
    next: u32,
    /// The number of the next wait.
    next_wait: u64,
    /// Ticks of the running fiber's share that earlier slices used.
    used: u64,
    /// The fuel there was when its share was last looked at.
    mark: u64,
}

impl Default for Fibers {
    fn default() -> Self {
        Self {
            running: MAIN,
            live: IndexMap::new(),
            ready: VecDeque::new(),
            sleepers: BTreeSet::new(),
            idle_loops: Vec::new(),
            given_up: false,
            next: MAIN + 1,
            next_wait: 1,
            used: 0,
            mark: 0,
        }
    }
}

/// A fiber that has not ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Live {
    /// What it has when it doesn't run.
    parked: Option<Box<Parked>>,
    /// The number of the wait it is in; 0 if it waits for nothing.
    wait: u64,
    /// What its thread is called.
    name: Box<str>,
}

/// The machine's fields that belong to a fiber.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Parked {
    fiber: super::Fiber,
    handled: Option<Id<Instance>>,
    running_loop: Option<Id<Loop>>,
    policy: Option<Id<Loop>>,
    context: Option<Id<Cell>>,
    pending: Pending,
    shown: Vec<Value>,
}

impl std::fmt::Debug for Parked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parked({} frames)", self.fiber.frames.len())
    }
}

/// What a look at what the running fiber waits for came to.
pub(crate) enum Waited {
    /// It waits for nothing.
    Over,
    /// It got what it waited for.
    Done(Flow),
    /// It waits on, at most until this time.
    On(Option<f64>),
    /// It gives up its turn.
    Yields,
}

impl Fibers {
    /// Are there others than the one that runs?
    #[inline]
    pub(crate) fn any_other(&self) -> bool {
        self.live.len() > 1 || self.live.len() == 1 && !self.live.contains_key(&self.running)
    }

    /// Is the fiber alive?
    pub(crate) fn is_alive(&self, fiber: u32) -> bool {
        fiber == MAIN || self.live.contains_key(&fiber)
    }

    /// What the running thread is called.
    pub(crate) fn name(&self) -> &str {
        self.name_of(self.running)
    }

    fn name_of(&self, fiber: u32) -> &str {
        match self.live.get(&fiber) {
            Some(live) if !live.name.is_empty() => &live.name,
            Some(_) if fiber != MAIN => "Dummy",
            Some(_) | None => "MainThread",
        }
    }

    /// Says what it is called.
    pub(crate) fn set_name(&mut self, name: &str) {
        if let Some(live) = self.live.get_mut(&self.running) {
            live.name = name.into();
        }
    }

    /// A wait is over.
    pub(crate) fn wake(&mut self, fiber: u32, wait: u64) -> bool {
        match self.live.get_mut(&fiber) {
            Some(live) if live.wait == wait && wait != 0 => {
                live.wait = 0;
                self.ready.push_back(fiber);
                true
            }
            _ => false,
        }
    }

    /// Notes that the running fiber begins to wait; gives the wait's number.
    fn begin_wait(&mut self, deadline: Option<f64>) -> u64 {
        let wait = self.next_wait;
        self.next_wait += 1;
        let running = self.running;
        self.live.entry(running).or_default().wait = wait;
        if let Some(deadline) = deadline {
            self.sleepers
                .insert((deadline.max(0.0).to_bits(), wait, running));
        }
        wait
    }

    /// When the first sleeper is to be woken.
    fn deadline(&self) -> Option<f64> {
        self.sleepers
            .iter()
            .find(|(_, wait, fiber)| self.waits(*fiber, *wait))
            .map(|(when, ..)| f64::from_bits(*when))
    }

    fn waits(&self, fiber: u32, wait: u64) -> bool {
        self.live.get(&fiber).is_some_and(|live| live.wait == wait)
    }
}

impl Vm {
    /// The ticks a slice of the running fiber may have; None when its share is used up.
    pub(crate) fn fiber_slice(&mut self, slice: u64) -> Option<u64> {
        if !self.fibers.any_other() {
            return Some(slice);
        }
        let used = self.fibers.used + self.fibers.mark.saturating_sub(self.fuel_level());
        match QUANTUM.checked_sub(used) {
            None | Some(0) => None,
            Some(left) => Some(slice.min(left)),
        }
    }

    fn fuel_level(&self) -> u64 {
        self.heap.fuel + u64::from(self.heap.ticks)
    }

    /// A slice begins: the fuel is another.
    pub(super) fn fibers_begin_slice(&mut self) {
        self.fibers.mark = self.fuel_level();
    }

    /// A slice ends.
    pub(super) fn fibers_end_slice(&mut self) {
        let level = self.fuel_level();
        self.fibers.used += self.fibers.mark.saturating_sub(level);
        self.fibers.mark = level;
    }

    /// Nobody else can run: the running fiber gets its share of ticks anew.
    pub(crate) fn renew_share(&mut self) {
        self.fibers.used = 0;
        self.fibers.mark = self.fuel_level();
    }

    /// The running fiber lets others go first, and then goes on where it is.
    pub(crate) fn give_up_turn(&mut self) -> Flow {
        self.asyncio.pending = Pending::Yield;
        Flow::Leave(Exit::Clock)
    }

    /// Nothing of the running event loop is ready before the deadline.
    pub(crate) fn loop_idle(&mut self, event_loop: Id<Loop>, deadline: Option<f64>) -> Flow {
        if !self.fibers.any_other() {
            return Flow::Leave(Exit::Idle { deadline });
        }
        self.asyncio.pending = Pending::Loop(event_loop, deadline.unwrap_or(f64::INFINITY));
        Flow::Leave(Exit::Clock)
    }

    /// At a pass of a loop: could another fiber run?
    #[inline]
    pub(crate) fn others_may_run(&mut self) -> bool {
        self.fibers.any_other() && self.others_ready()
    }

    fn others_ready(&mut self) -> bool {
        self.wake_sleepers();
        !self.fibers.ready.is_empty()
    }

    /// Goes on with what the running fiber waits for, or with another fiber. Some when the run loop has to leave, or need
    /// not look further.
    pub(super) fn resume_fibers(&mut self) -> Option<Flow> {
        loop {
            if self.fibers.given_up && !self.next_fiber() {
                return Some(Flow::Leave(Exit::Idle {
                    deadline: self.fibers.deadline(),
                }));
            }
            match self.take_time() {
                Waited::Over => return None,
                Waited::Done(flow) => return Some(flow),
                Waited::On(deadline) if !self.fibers.any_other() => {
                    return Some(Flow::Leave(Exit::Idle { deadline }));
                }
                Waited::On(deadline) => {
                    let wait = self.fibers.begin_wait(deadline);
                    let running = self.fibers.running;
                    match self.asyncio.pending {
                        Pending::Lock { lock, .. } => self.join_thread_line(lock, running, wait),
                        Pending::Loop(event_loop, _) => {
                            self.fibers.idle_loops.push((running, wait, event_loop));
                        }
                        Pending::Nothing
                        | Pending::Clock(_)
                        | Pending::Nap(_)
                        | Pending::Until(_)
                        | Pending::Yield
                        | Pending::LockFor(..) => {}
                    }
                    self.fibers.given_up = true;
                }
                Waited::Yields => {
                    let running = self.fibers.running;
                    self.wake_sleepers();
                    self.fibers.ready.push_back(running);
                    self.fibers.given_up = true;
                }
            }
        }
    }

    /// Those whose time has come, or whose loop has something to do, are ready.
    fn wake_sleepers(&mut self) {
        let now = (self.now.max(0.0) + RESOLUTION).to_bits();
        while let Some(&(when, wait, fiber)) = self.fibers.sleepers.first() {
            if when > now && self.fibers.waits(fiber, wait) {
                break;
            }
            self.fibers.sleepers.pop_first();
            self.fibers.wake(fiber, wait);
        }
        if !self.fibers.idle_loops.is_empty() {
            let idle = std::mem::take(&mut self.fibers.idle_loops);
            for (fiber, wait, event_loop) in idle {
                if !self.fibers.waits(fiber, wait) {
                    continue;
                }
                let data = &self.heap[event_loop];
                if !data.ready.is_empty() || data.stopping {
                    self.fibers.wake(fiber, wait);
                } else {
                    self.fibers.idle_loops.push((fiber, wait, event_loop));
                }
            }
        }
    }

    /// Chooses the fiber that runs now. False if none can.
    fn next_fiber(&mut self) -> bool {
        self.wake_sleepers();
        let for_code = self.signals_for_code() != 0;
        let pending = self.asyncio.pending;
        if self.signals != 0
            && let Some(main) = self.fibers.live.get_mut(&MAIN)
            && (for_code
                || main
                    .parked
                    .as_ref()
                    .map_or(pending, |it| it.pending)
                    .is_loop())
            && std::mem::take(&mut main.wait) != 0
        {
            self.fibers.ready.push_front(MAIN);
        }
        let Some(next) = self.fibers.ready.pop_front() else {
            return false;
        };
        self.swap_in(next);
        true
    }

    fn swap_in(&mut self, next: u32) {
        self.fibers.given_up = false;
        self.fibers.used = 0;
        self.fibers.mark = self.fuel_level();
        let running = self.fibers.running;
        if next == running {
            return;
        }
        let Some(mut parked) = self
            .fibers
            .live
            .get_mut(&next)
            .and_then(|live| live.parked.take())
        else {
            panic!("invariant broken: a fiber that is ready is parked");
        };
        std::mem::swap(&mut self.fiber, &mut parked.fiber);
        std::mem::swap(&mut self.handled, &mut parked.handled);
        std::mem::swap(&mut self.running_loop, &mut parked.running_loop);
        std::mem::swap(&mut self.asyncio.policy, &mut parked.policy);
        std::mem::swap(&mut self.asyncio.context, &mut parked.context);
        std::mem::swap(&mut self.asyncio.pending, &mut parked.pending);
        std::mem::swap(&mut self.shown, &mut parked.shown);
        if let Some(live) = self.fibers.live.get_mut(&running) {
            live.parked = Some(parked);
        }
        self.fibers.running = next;
    }

    /// A new fiber that will call `function(*args, **keywords)`; it is ready.
    pub(crate) fn start_fiber(&mut self, function: Value, args: Value, keywords: Value) -> u32 {
        let Value::Function(body) = self.prelude_function("_thread_body") else {
            panic!("invariant broken: a prelude function is a function");
        };
        let id = self.fibers.next;
        self.fibers.next += 1;
        if !self.fibers.any_other() {
            self.fibers.used = 0;
            self.fibers.mark = self.fuel_level();
        }
        let running = self.fibers.running;
        self.fibers.live.entry(running).or_default();
        let code = &self.heap[body];
        let mut parked = Parked::default();
        parked.fiber.stack.resize(
            2 * super::run::WINDOW + code.registers as usize,
            Value::Undef,
        );
        parked.fiber.stack[..3].copy_from_slice(&[function, args, keywords]);
        let entry = Frame {
            pc: 0,
            base: 0,
            registers: 0,
            depth: 0,
            function: body,
            kind: FrameKind::Entry,
            handled: None,
        };
        parked.fiber.frames.push(entry);
        parked.fiber.frames.push(Frame {
            pc: code.entry,
            registers: code.registers,
            depth: 1,
            kind: FrameKind::Operation,
            ..entry
        });
        self.fibers.live.insert(
            id,
            Live {
                parked: Some(Box::new(parked)),
                wait: 0,
                name: "".into(),
            },
        );
        self.fibers.ready.push_back(id);
        id
    }

    /// Has this time come? Drivers count in nanoseconds.
    pub(crate) fn is_time(&self, deadline: f64) -> bool {
        self.now + RESOLUTION >= deadline
    }

    /// How many fibers there are beside the main one.
    pub(crate) fn other_fibers(&self) -> usize {
        self.fibers.live.keys().filter(|&&id| id != MAIN).count()
    }

    /// The running fiber has ended. False if it is the main one.
    pub(super) fn end_fiber(&mut self) -> bool {
        let running = self.fibers.running;
        if running == MAIN {
            return false;
        }
        self.fibers.live.shift_remove(&running);
        self.fiber.frames.clear();
        self.handled = None;
        self.running_loop = None;
        self.asyncio.context = None;
        self.asyncio.policy = None;
        self.asyncio.pending = Pending::Nothing;
        self.shown.clear();
        self.fibers.given_up = true;
        true
    }

    /// Has the program threads to join, calls to make, or coroutines to tell of, when it ends?
    pub(crate) fn has_end_calls(&self) -> bool {
        self.has_never_awaited()
            || ["threading", "atexit"].iter().any(|name| {
                self.heap
                    .interned(name)
                    .is_some_and(|name| self.dict_get_str(self.modules, name).is_some())
            })
    }

    /// The main fiber begins something new: whatever it did is given up.
    pub(super) fn take_main_fiber(&mut self) {
        self.asyncio.pending = match self.fibers.running {
            MAIN => Pending::Nothing,
            _ => self.asyncio.pending,
        };
        self.fibers.ready.retain(|&id| id != MAIN);
        if let Some(main) = self.fibers.live.get_mut(&MAIN) {
            main.wait = 0;
        }
        let running = self.fibers.running;
        if running != MAIN {
            let waits = self
                .fibers
                .live
                .get(&running)
                .is_some_and(|it| it.wait != 0);
            if !waits && self.fibers.live.contains_key(&running) && !self.fibers.given_up {
                self.fibers.ready.push_back(running);
            }
            self.swap_in(MAIN);
            self.asyncio.pending = Pending::Nothing;
        }
        self.fibers.given_up = false;
    }

    /// Where every thread stands, when none can ever go on: the main one waits for a lock, and nothing is under way that
    /// could free it.
    #[cfg(feature = "cli")]
    pub(crate) fn deadlock_report(&self) -> Option<String> {
        let main_waits = match self
            .fibers
            .live
            .get(&MAIN)
            .and_then(|it| it.parked.as_ref())
        {
            Some(parked) => parked.pending,
            None => self.asyncio.pending,
        };
        let Pending::Lock { .. } = main_waits else {
            return None;
        };
        let mut text = "every thread waits for something that can't happen".to_owned();
        let mut line = |id: u32, fiber: &super::Fiber, pending: Pending| {
            let who = self.fibers.name_of(id);
            let what = match pending {
                Pending::Loop(..) => "for its event loop",
                Pending::Lock { .. } => "for a lock",
                Pending::Nothing
                | Pending::Clock(_)
                | Pending::Nap(_)
                | Pending::Until(_)
                | Pending::Yield
                | Pending::LockFor(..) => "",
            };
            text.push_str(&format!("\n  {who} waits {what}"));
            if let Some(entry) = self.entry_of(fiber) {
                let (source, span) = self.place(entry);
                let line = source.line_column(span.start).0;
                text.push_str(&format!(" at {}:{line}", source.name));
            }
        };
        if self.fibers.live.is_empty() {
            line(MAIN, &self.fiber, self.asyncio.pending);
        }
        for (&id, live) in &self.fibers.live {
            match &live.parked {
                Some(parked) => line(id, &parked.fiber, parked.pending),
                None => line(id, &self.fiber, self.asyncio.pending),
            }
        }
        Some(text)
    }

    /// Is an interruption for the running fiber? Ctrl-C is the main one's.
    pub(crate) fn takes_interrupts(&self) -> bool {
        self.fibers.running == MAIN
    }

    /// Goes on with a loop in which nothing was ready, if that has changed.
    pub(crate) fn loop_waited(&mut self, event_loop: Id<Loop>, deadline: f64) -> Waited {
        let data = &self.heap[event_loop];
        let over = !data.ready.is_empty()
            || data.stopping
            || data.life != LoopLife::Running
            || self.is_time(deadline)
            || self.signals != 0 && self.takes_interrupts();
        if over {
            self.asyncio.pending = Pending::Nothing;
            return Waited::Over;
        }
        Waited::On(Some(deadline).filter(|it| it.is_finite()))
    }

    /// What the collector finds in parked fibers.
    pub(super) fn trace_fibers(fibers: &Fibers, visit: &mut dyn FnMut(Value)) {
        for live in fibers.live.values() {
            let Some(parked) = &live.parked else { continue };
            super::roots::trace_fiber(&parked.fiber, visit);
            let Parked {
                handled,
                running_loop,
                policy,
                context,
                pending,
                shown,
                fiber: _,
            } = &**parked;
            handled
                .iter()
                .for_each(|&exception| visit(Value::Instance(exception)));
            running_loop
                .iter()
                .chain(policy)
                .for_each(|&it| visit(Value::Loop(it)));
            context.iter().for_each(|&it| visit(Value::Cell(it)));
            pending.trace(visit);
            shown.iter().for_each(|&value| visit(value));
        }
    }
}
