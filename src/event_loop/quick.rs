//! Awaits that the run loop does in place of a call: sleeping for one pass, locks, semaphores, events and queues, and the change
//! from one task's step to the next that they come to. Whatever is not plain is left to the general way, before anything is done.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::awaitable::can_take;
use super::queue::putters;
use super::{
    Awaitable, AwaitableKind, AwaitableState, Primitive, PrimitiveKind, Ready, Root, Task, Waiting,
    Waker,
};
use crate::bytecode::Op;
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, CoroutineState};
use crate::vm::{Frame, FrameKind, Quick, ResumeMode, Vm, copy_registers, natives};
use std::num::NonZeroU32;

/// What came of an await.
pub(crate) enum Awaited {
    /// It is over, and its result in the register.
    Done,
    /// Another frame runs.
    Entered(Entered),
    /// Nothing was done.
    Not,
}

/// The frame that runs now.
#[derive(Clone, Copy)]
pub(crate) struct Entered {
    /// Its next instruction; never the first of all.
    pub pc: NonZeroU32,
    /// Where its registers begin.
    pub base: u32,
}

/// What those in a line of a primitive wait to do.
#[derive(Clone, Copy)]
enum Line {
    Acquire { enter: bool },
    Event,
    Get,
    Put(Value),
}

impl Line {
    fn kind(self, primitive: Id<Primitive>) -> AwaitableKind {
        match self {
            Line::Acquire { enter } => AwaitableKind::Acquire { primitive, enter },
            Line::Event => AwaitableKind::EventWait(primitive),
            Line::Get => AwaitableKind::QueueGet(primitive),
            Line::Put(item) => AwaitableKind::QueuePut(primitive, item),
        }
    }
}

impl Vm {
    /// Awaits a call of a native that can be done at once, or that only has the running task wait. `at` is the next instruction,
    /// `callee` the place of the callee and of the result, `first` that of the first of the `given` arguments.
    #[inline(never)]
    pub(crate) fn await_quick(
        &mut self,
        quick: Quick,
        at: usize,
        callee: usize,
        first: usize,
        given: u8,
        stack: &mut [Value],
    ) -> Awaited {
        let turn = match (quick, given, stack[first]) {
            (Quick::Pause, 1, Value::Int(0)) => {
                return match self.change_tasks(at, callee, None, stack) {
                    Some(entered) => Awaited::Entered(entered),
                    None => Awaited::Not,
                };
            }
            (Quick::Acquire, 1, Value::Primitive(id)) => {
                if self.try_acquire(id) {
                    stack[callee] = Value::Bool(true);
                    return Awaited::Done;
                }
                (id, Line::Acquire { enter: false })
            }
            (Quick::Enter, 1, Value::Primitive(id)) => {
                if self.try_acquire(id) {
                    stack[callee] = Value::None;
                    return Awaited::Done;
                }
                (id, Line::Acquire { enter: true })
            }
            (Quick::Exit, 4, Value::Primitive(id)) => {
                if !self.release(id) {
                    return Awaited::Not;
                }
                stack[callee] = Value::None;
                return Awaited::Done;
            }
            (Quick::EventWait, 1, Value::Primitive(id)) => match self.heap.primitives[id].kind {
                PrimitiveKind::Event { set: true } => {
                    stack[callee] = Value::Bool(true);
                    return Awaited::Done;
                }
                PrimitiveKind::Event { set: false } => (id, Line::Event),
                _ => return Awaited::Not,
            },
            (Quick::Get, 1, Value::Primitive(id)) => match &self.heap.primitives[id].kind {
                PrimitiveKind::Queue(queue) if !queue.items.is_empty() => {
                    let Some(item) = self.get_at_once(id) else {
                        return Awaited::Not;
                    };
                    stack[callee] = item;
                    return Awaited::Done;
                }
                PrimitiveKind::Queue(queue) if !queue.shut_down => (id, Line::Get),
                _ => return Awaited::Not,
            },
            (Quick::Put, 2, Value::Primitive(id)) => match &self.heap.primitives[id].kind {
                PrimitiveKind::Queue(queue) if queue.shut_down => return Awaited::Not,
                PrimitiveKind::Queue(queue) if queue.is_full() => (id, Line::Put(stack[first + 1])),
                PrimitiveKind::Queue(_) => {
                    self.add_item(id, stack[first + 1]);
                    stack[callee] = Value::None;
                    return Awaited::Done;
                }
                _ => return Awaited::Not,
            },
            _ => return Awaited::Not,
        };
        match self.change_tasks(at, callee, Some(turn), stack) {
            Some(entered) => Awaited::Entered(entered),
            None => Awaited::Not,
        }
    }

    /// Does `await asyncio.sleep(0)` if the global of this slot, which the instruction before `pc` is to load, is the module, or
    /// `await sleep(0)` if it is the function. None, and nothing done, if it is something else or more than a change of tasks.
    #[inline(never)]
    pub(crate) fn pause_at(
        &mut self,
        pc: usize,
        slot: u32,
        base: usize,
        stack: &mut [Value],
    ) -> Option<Entered> {
        let [second, third, fourth] = *self.code[pc..].first_chunk()?;
        let (native, at, callee) = match (self.globals[slot as usize], second, third, fourth) {
            (
                Value::Module(module),
                Op::LoadMethod { site, .. },
                Op::LoadInt { value: 0, .. },
                Op::CallMethodAwait { callee, .. },
            ) => {
                let slot = self.sites[site as usize].global(module)?;
                (self.globals[slot as usize], pc + 3, callee)
            }
            (native, Op::LoadInt { value: 0, .. }, Op::CallAwait { callee, .. }, _) => {
                (native, pc + 2, callee)
            }
            _ => return None,
        };
        if !matches!(native, Value::Native(natives::PAUSE)) {
            return None;
        }
        self.change_tasks(at, base + callee as usize, None, stack)
    }

    /// The running task waits, for its turn in a line of a primitive or for the next pass, and the next thing the loop does is
    /// another task's step that goes on behind such a wait: the frames change places, and nothing else happens. None, and nothing
    /// done, if it is anything else.
    #[inline(always)]
    fn change_tasks(
        &mut self,
        at: usize,
        callee: usize,
        turn: Option<(Id<Primitive>, Line)>,
        stack: &mut [Value],
    ) -> Option<Entered> {
        let [.., below, frame] = &mut self.fiber.frames[..] else {
            return None;
        };
        let (
            FrameKind::Loop(event_loop),
            FrameKind::Resumed {
                coroutine: from,
                root,
                mode: ResumeMode::Task,
                outer: None,
                thrown: false,
            },
        ) = (below.kind, frame.kind)
        else {
            return None;
        };
        let heap = &mut self.heap;
        let data = &mut heap.loops[event_loop];
        let task = data.current?;
        if self.handled.or(frame.handled).is_some()
            || heap.ticks == 0
            || data.debug
            || !data.outer.is_empty()
        {
            return None;
        }
        let base = frame.base as usize;
        let mut pass_left = data.pass_left;
        if pass_left == 0 {
            // The next pass, when there is nothing to look at before it.
            if !data.goes_on_at_once() || self.signals != 0 || self.fibers.any_other() {
                return None;
            }
            pass_left = data.ready.len();
            if turn.is_none() {
                if pass_left == 0 {
                    // Nobody else wants to run.
                    if !heap.tasks[task].must_cancel.is_undef() {
                        return None;
                    }
                    data.clock_fresh = false;
                    heap.ticks -= 1;
                    stack[callee] = Value::None;
                    return entered(at as u32, base);
                }
                pass_left += 1;
            }
        }
        let Some(&Ready::Step(next)) = data.ready.front() else {
            return None;
        };
        let (task_left, next_task) = heap.tasks.pair_mut(task, next)?;
        let (Root::Coroutine(next_root), Value::Undef) = (next_task.root, next_task.must_cancel)
        else {
            return None;
        };
        let to = heap.coroutines[next_root].leaf?;
        let (left, coroutine) = heap.coroutines.pair_mut(from, to)?;
        let waited = match (next_task.waiting, coroutine.waiting) {
            (Waiting::Nothing, Value::Undef) => None,
            (Waiting::Awaitable(id), Value::Awaitable(same))
                if id == same && can_take(&heap.awaitables, &heap.primitives, id) =>
            {
                Some(id)
            }
            _ => return None,
        };
        let dst = plain_result(coroutine, &self.code, self.recursion_limit)?;
        if next_task.future.is_done() {
            return None;
        }
        if let Some((primitive, _)) = turn
            && (heap.primitives[primitive].event_loop != Some(event_loop)
                || !task_left.must_cancel.is_undef())
        {
            return None;
        }

        if data.pass_left == 0 {
            data.clock_fresh = false;
        }
        data.pass_left = pass_left - 1;
        data.ready.pop_front();
        if turn.is_none() {
            data.ready.push_back(Ready::Step(task));
        }
        data.current = Some(next);
        heap.ticks -= 1;
        task_left.context = self.asyncio.context;
        self.asyncio.context = next_task.context;
        next_task.waiting = Waiting::Nothing;
        leave(frame, left, at, stack);
        let pc = enter(frame, coroutine, to, next_root, stack);
        left.leaf = Some(from);
        if root != from {
            heap.coroutines[root].leaf = Some(from);
        }
        if let Some((primitive, line)) = turn {
            let waiting = self.stand_in_line(at, task, primitive, line);
            self.heap.coroutines[from].waiting = waiting;
        }
        stack[base + dst as usize] = match waited {
            None => Value::None,
            Some(id) => self.take_woken(id),
        };
        entered(pc, base)
    }

    /// The running task is the last in a line from now on.
    fn stand_in_line(
        &mut self,
        at: usize,
        task: Id<Task>,
        primitive: Id<Primitive>,
        line: Line,
    ) -> Value {
        let id = self.heap.new_awaitable(Awaitable {
            kind: line.kind(primitive),
            state: AwaitableState::Waiting,
            waker: Waker::Task(task),
            created: at as u32 - 1,
        });
        self.heap.update(primitive, |it| {
            let line = match line {
                Line::Put(_) => putters(it),
                Line::Acquire { .. } | Line::Event | Line::Get => &mut it.waiters,
            };
            line.push_back(id);
        });
        self.heap.tasks[task].waiting = Waiting::Awaitable(id);
        Value::Awaitable(id)
    }
}

/// Where the result of what a coroutine waits for goes, if it can go on with no more than that.
#[inline(always)]
fn plain_result(coroutine: &Coroutine, code: &[Op], recursion_limit: u32) -> Option<u8> {
    let (Op::Await { dst, .. }
    | Op::CallAwait { callee: dst, .. }
    | Op::CallMethodAwait { callee: dst, .. }) = code[coroutine.pc as usize - 1]
    else {
        return None;
    };
    let is_plain = coroutine.state == CoroutineState::Suspended
        && coroutine.handled.or(coroutine.entry_handled).is_none()
        && coroutine.depth != 0
        && coroutine.depth <= recursion_limit;
    is_plain.then_some(dst)
}

/// The coroutine of a frame is suspended, to go on at `at`.
#[inline(always)]
fn leave(frame: &Frame, coroutine: &mut Coroutine, at: usize, stack: &[Value]) {
    let base = frame.base as usize;
    let end = base + frame.registers as usize;
    copy_registers(&mut coroutine.registers, &stack[base..end]);
    coroutine.pc = at as u32;
    coroutine.state = CoroutineState::Suspended;
    coroutine.handled = None;
    coroutine.entry_handled = None;
    coroutine.waiting = Value::Undef;
}

/// A suspended coroutine takes the place of another in its frame. Where it goes on.
#[inline(always)]
fn enter(
    frame: &mut Frame,
    coroutine: &mut Coroutine,
    id: Id<Coroutine>,
    root: Id<Coroutine>,
    stack: &mut [Value],
) -> u32 {
    let base = frame.base as usize;
    let registers = coroutine.registers.len();
    copy_registers(&mut stack[base..base + registers], &coroutine.registers);
    coroutine.state = CoroutineState::Running;
    coroutine.waiting = Value::Undef;
    frame.registers = registers as u16;
    frame.depth = coroutine.depth;
    frame.function = coroutine.function;
    frame.kind = FrameKind::Resumed {
        coroutine: id,
        root,
        mode: ResumeMode::Task,
        outer: None,
        thrown: false,
    };
    coroutine.pc
}

fn entered(pc: u32, base: usize) -> Option<Entered> {
    Some(Entered {
        pc: NonZeroU32::new(pc)?,
        base: base as u32,
    })
}
