//! The passes of a loop: its frame on the stack, the entries of its ready queue, its timers, its end.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{AwaitableState, Child, Handle, Loop, LoopLife, Ready, Task, TimerTarget, Waiter};
use crate::heap::{Id, Value};
use crate::objects::Instance;
use crate::vm::{Exit, Flow, Frame, FrameKind, Raise, Vm, classes};

/// Timers that are due within this many seconds are due.
const RESOLUTION: f64 = 1e-9;

/// What a pass takes in virtual time, once it takes any.
const TICK: f64 = 1e-6;

/// So many cancelled timers are kept at least before they are swept out.
const CANCELLED_TIMERS: usize = 100;

impl Vm {
    /// Begins to run a loop: puts its frame on the stack.
    pub(crate) fn enter_loop(&mut self, id: Id<Loop>) -> Flow {
        let below = *self.top();
        let base = below.base as usize + below.registers as usize;
        self.ensure_window(base);
        self.fiber.frames.push(Frame {
            pc: below.pc,
            base: base as u32,
            registers: 0,
            depth: below.depth,
            function: below.function,
            kind: FrameKind::Loop(id),
            handled: self.handled,
        });
        self.running_loop = Some(id);
        let context = self.asyncio.context;
        let event_loop = &mut self.heap[id];
        event_loop.life = LoopLife::Running;
        event_loop.outer_context = context;
        event_loop.pass_left = 0;
        event_loop.in_pass = false;
        event_loop.clock_fresh = false;
        event_loop.begins = true;
        self.loop_turn(id)
    }

    /// Goes on with a loop whose frame is on top: until script code has to run, nothing is ready, or it is over.
    pub(crate) fn loop_turn(&mut self, id: Id<Loop>) -> Flow {
        if self.asyncio.turning {
            return Flow::Go;
        }
        self.asyncio.turning = true;
        let flow = self.turn(id);
        self.asyncio.turning = false;
        flow
    }

    fn turn(&mut self, id: Id<Loop>) -> Flow {
        loop {
            if self.heap.ticks == 0 {
                match self.out_of_ticks() {
                    Flow::Go if self.is_loop_on_top(id) => {}
                    other => return other,
                }
            } else {
                self.heap.ticks -= 1;
            }
            let event_loop = &mut self.heap.loops[id];
            if event_loop.debug
                && let Some(flow) = self.end_watch(id)
            {
                return flow;
            }
            let event_loop = &mut self.heap.loops[id];
            if event_loop.pass_left == 0
                && let Some(flow) = self.next_pass(id)
            {
                return flow;
            }
            if self.heap.loops[id].debug
                && let Some(flow) = self.begin_watch(id)
            {
                return flow;
            }
            let event_loop = &mut self.heap.loops[id];
            let Some(ready) = event_loop.ready.pop_front() else {
                event_loop.pass_left = 0;
                continue;
            };
            event_loop.pass_left -= 1;
            match self.run_entry(id, ready) {
                Flow::Go if self.is_loop_on_top(id) => {}
                other => return other,
            }
        }
    }

    /// Debug mode, behind an entry: tells how long it took, if that was long.
    fn end_watch(&mut self, id: Id<Loop>) -> Option<Flow> {
        let now = self.now;
        let event_loop = &mut self.heap.loops[id];
        event_loop.watched?;
        if !std::mem::replace(&mut event_loop.watch_fresh, true) {
            return Some(Flow::Leave(Exit::Clock));
        }
        let (began, what) = event_loop.watched.take()?;
        if now - began < event_loop.slow_callback_duration {
            return None;
        }
        event_loop.watch_fresh = false;
        let took = self.heap.str(format!("{:.3}", now - began));
        let result = self.call_prelude("_tell_slow", &[what, took]);
        Some(self.settle(result))
    }

    /// Debug mode, before an entry: notes the time.
    fn begin_watch(&mut self, id: Id<Loop>) -> Option<Flow> {
        let now = self.now;
        let event_loop = &mut self.heap.loops[id];
        if !std::mem::replace(&mut event_loop.watch_fresh, true) {
            return Some(Flow::Leave(Exit::Clock));
        }
        event_loop.watch_fresh = false;
        event_loop.watched = match event_loop.ready.front() {
            Some(&Ready::Step(task)) => Some((now, Value::Task(task))),
            Some(&Ready::Callback(handle)) => Some((now, Value::Handle(handle))),
            Some(
                Ready::Slept(_) | Ready::Gathered(..) | Ready::Ended(_) | Ready::Abandoned(..),
            )
            | None => None,
        };
        None
    }

    #[inline]
    fn is_loop_on_top(&self, id: Id<Loop>) -> bool {
        matches!(self.top().kind, FrameKind::Loop(top) if top == id)
    }

    /// Ends the pass under way and begins the next: what is ready now, and behind it the timers that are due. Some when the
    /// loop is over, or nothing is ready.
    fn next_pass(&mut self, id: Id<Loop>) -> Option<Flow> {
        if self.signals != 0 {
            if let Some(raise) = self.pending_interrupt() {
                return Some(self.throw(raise));
            }
            self.hand_signals_to(id);
        }
        let now = self.now;
        let event_loop = &mut self.heap[id];
        if event_loop.in_pass {
            event_loop.in_pass = false;
            if event_loop.stopping {
                return Some(self.finish_loop(id));
            }
            event_loop.clock_fresh = false;
            // CPython's loop looks at its selector here, and lets other threads run meanwhile.
            if self.others_may_run() {
                return Some(self.give_up_turn());
            }
        }
        let event_loop = &mut self.heap[id];
        if event_loop.begins || !event_loop.timers.is_empty() {
            event_loop.begins = false;
            if !event_loop.clock_fresh {
                event_loop.clock_fresh = true;
                let (last, count) = self.asyncio.passes;
                self.asyncio.passes = if now - last < 2.0 * TICK {
                    (now, count.saturating_add(1))
                } else {
                    (now, 0)
                };
                return Some(Flow::Leave(Exit::Clock));
            }
            self.due_timers(id, now);
        }
        let event_loop = &mut self.heap[id];
        if event_loop.ready.is_empty() && !event_loop.stopping {
            let deadline = event_loop.timers.peek().map(|timer| timer.when);
            return Some(self.loop_idle(id, deadline));
        }
        event_loop.pass_left = event_loop.ready.len();
        event_loop.in_pass = true;
        None
    }

    /// Appends what is due to the ready queue.
    fn due_timers(&mut self, id: Id<Loop>, now: f64) {
        while let Some(&timer) = self.heap[id].timers.peek() {
            let cancelled = self.is_timer_cancelled(timer.target());
            if !cancelled && timer.when > now + RESOLUTION {
                break;
            }
            self.heap[id].timers.pop();
            if cancelled {
                let left = &mut self.heap[id].cancelled_timers;
                *left = left.saturating_sub(1);
                continue;
            }
            let ready = match timer.target() {
                TimerTarget::Callback(handle) => {
                    self.heap[handle].scheduled = false;
                    Ready::Callback(handle)
                }
                TimerTarget::Sleep(awaitable) => Ready::Slept(awaitable),
            };
            self.push_ready(id, ready);
        }
    }

    fn is_timer_cancelled(&self, target: TimerTarget) -> bool {
        match target {
            TimerTarget::Callback(handle) => self.heap[handle].cancelled,
            TimerTarget::Sleep(awaitable) => self.heap[awaitable].state != AwaitableState::Waiting,
        }
    }

    /// Adds a timer.
    pub(crate) fn add_timer(&mut self, id: Id<Loop>, when: f64, target: TimerTarget) {
        self.heap[id].add_timer(when, target);
    }

    /// A timer in the heap was cancelled; when most are, they are swept out.
    pub(crate) fn timer_cancelled(&mut self, id: Id<Loop>) {
        let event_loop = &mut self.heap[id];
        event_loop.cancelled_timers += 1;
        if event_loop.cancelled_timers < CANCELLED_TIMERS
            || event_loop.cancelled_timers * 2 < event_loop.timers.len()
        {
            return;
        }
        let mut timers = std::mem::take(&mut event_loop.timers).into_vec();
        timers.retain(|timer| !self.is_timer_cancelled(timer.target()));
        let event_loop = &mut self.heap[id];
        event_loop.timers = timers.into();
        event_loop.cancelled_timers = 0;
    }

    #[inline]
    fn run_entry(&mut self, id: Id<Loop>, ready: Ready) -> Flow {
        match ready {
            Ready::Step(task) => self.step_task(id, task),
            Ready::Callback(handle) => self.run_handle(id, handle),
            Ready::Slept(awaitable) => {
                if self.heap[awaitable].state == AwaitableState::Waiting {
                    self.wake(awaitable);
                }
                Flow::Go
            }
            Ready::Gathered(outer, child) => {
                self.gathered(outer, child);
                Flow::Go
            }
            Ready::Ended(child) => {
                self.ended_loop(id, child);
                Flow::Go
            }
            Ready::Abandoned(generator, context) => self.close_abandoned(id, generator, context),
        }
    }

    /// What `run_until_complete` runs for is done: the loop stops after this pass.
    fn ended_loop(&mut self, id: Id<Loop>, child: Child) {
        let future = self.child_mut(child);
        if let super::FutureState::Exception(exception) = future.state {
            future.unretrieved = false;
            // This one has left the loop by itself.
            if self.leaves_loop(exception) {
                return;
            }
        }
        self.heap[id].stopping = true;
    }

    /// SystemExit and KeyboardInterrupt are not kept in futures alone: they leave the loop.
    pub(crate) fn leaves_loop(&self, exception: Id<Instance>) -> bool {
        let class = self.heap[exception].class;
        self.is_subclass(class, classes::SYSTEM_EXIT)
            || self.is_subclass(class, classes::KEYBOARD_INTERRUPT)
    }

    pub(super) fn run_handle(&mut self, id: Id<Loop>, handle: Id<Handle>) -> Flow {
        let top = *self.top();
        let at = top.base as usize + top.registers as usize;
        let data = &self.heap.handles[handle];
        if data.cancelled {
            return Flow::Go;
        }
        let count = data.args.len();
        self.ensure_window(at + count + 1);
        let data = &self.heap.handles[handle];
        self.fiber.stack[at] = data.callback;
        self.fiber.stack[at + 1..at + 1 + count].copy_from_slice(&data.args);
        self.asyncio.context = data.context;
        self.heap[id].handle = Some(handle);
        self.call_at(at, count, None, Value::Undef, true)
    }

    /// An exception reached the loop's frame from a callback. None if it leaves the loop.
    pub(crate) fn callback_failed(
        &mut self,
        id: Id<Loop>,
        exception: Id<Instance>,
    ) -> Option<Flow> {
        if self.leaves_loop(exception) {
            self.quit_loop(id);
            return None;
        }
        let Some(handle) = self.heap[id].handle.take() else {
            // The handler of exceptions itself catches what it raises; nothing else is called without a handle.
            return Some(self.loop_turn(id));
        };
        let result = self.call_prelude(
            "_callback_failed",
            &[
                self.loop_value(id),
                Value::Instance(exception),
                Value::Handle(handle),
            ],
        );
        let frames = self.fiber.frames.len();
        let flow = self.settle(result);
        if self.fiber.frames.len() > frames {
            // A handler of the script's finds it being handled.
            self.handled = Some(exception);
        }
        Some(flow)
    }

    /// Restores what was before the loop ran. Its frame is still there.
    pub(crate) fn quit_loop(&mut self, id: Id<Loop>) {
        let event_loop = &mut self.heap[id];
        event_loop.life = LoopLife::Idle;
        event_loop.stopping = false;
        event_loop.pass_left = 0;
        event_loop.in_pass = false;
        event_loop.current = None;
        event_loop.handle = None;
        event_loop.outer.clear();
        let until = std::mem::take(&mut event_loop.until);
        self.asyncio.context = event_loop.outer_context.take();
        self.running_loop = None;
        if let Some(child) = Child::of(until) {
            let future = self.child_mut(child);
            future.waiters.retain(|waiter| waiter != Waiter::Loop);
            if future.is_done() {
                future.unretrieved = false;
            }
        }
    }

    /// The loop is over: its frame goes, and the call that ran it is completed.
    fn finish_loop(&mut self, id: Id<Loop>) -> Flow {
        let until = self.heap[id].until;
        self.quit_loop(id);
        let Some(frame) = self.fiber.frames.pop() else {
            panic!("invariant broken: the loop's frame is on the stack");
        };
        self.handled = frame.handled;
        if until.is_undef() {
            return self.complete(Value::None, false);
        }
        match self.future_outcome(until) {
            Some(Ok(value)) => self.complete(value, false),
            Some(Err(exception)) => self.throw(Raise(exception)),
            None => {
                let raise = self.runtime_error("Event loop stopped before Future completed.");
                self.throw(raise)
            }
        }
    }

    /// A task ended with an exception that leaves the loop.
    pub(crate) fn throw_out_of_loop(&mut self, id: Id<Loop>, exception: Id<Instance>) -> Flow {
        if self.is_loop_on_top(id) {
            self.quit_loop(id);
            if let Some(frame) = self.fiber.frames.pop() {
                self.handled = frame.handled;
            }
        }
        self.throw_through(Raise(exception))
    }

    /// Ctrl-C while a loop runs: the first time the main task is cancelled, as `asyncio.run` does (C56).
    pub(crate) fn interrupt_loop(&mut self, id: Id<Loop>) -> bool {
        let Some(main) = self.heap[id].main else {
            return false;
        };
        self.heap[id].interrupts += 1;
        if self.heap[id].interrupts > 1 || self.heap[main].future.is_done() {
            return false;
        }
        self.cancel(Child::Task(main), Value::None)
    }

    /// The task that runs, if one does.
    pub(crate) fn current_task(&self) -> Option<Id<Task>> {
        self.heap[self.running_loop?].current
    }
}
