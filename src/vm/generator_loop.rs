//! Loops over generators and other iterators: the short ways from a loop to its generator and back, and the general one.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::frame::copy_registers;
use super::native::{NativeResult, ResumeInput, ResumeMode};
use super::{Flow, Frame, FrameKind, Vm, names, native};
use crate::bytecode::Op;
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, CoroutineState, Iter};

impl Vm {
    /// Resumes a suspended generator for a `ForNext`: the short way. None at the recursion limit.
    #[inline]
    pub(crate) fn resume_for(
        &mut self,
        at: usize,
        id: Id<Coroutine>,
        stack: &mut [Value],
    ) -> Option<(usize, usize)> {
        self.save(at);
        let below = self.top();
        let base = below.base as usize + below.registers as usize;
        let depth = below.depth + 1;
        if depth > self.recursion_limit || base + 2 * super::run::WINDOW > stack.len() {
            return None;
        }
        let coroutine = &mut self.heap.coroutines[id];
        let pc = coroutine.pc;
        let paused = self.code[pc as usize - 1];
        // It gives the next item of what it delegates to.
        if let Op::YieldFrom { .. } = paused {
            return None;
        }
        coroutine.state = CoroutineState::Running;
        let registers = coroutine.registers.len();
        copy_registers(&mut stack[base..base + registers], &coroutine.registers);
        let frame = Frame {
            pc,
            base: base as u32,
            registers: registers as u16,
            depth,
            function: coroutine.function,
            kind: FrameKind::Resumed {
                coroutine: id,
                root: id,
                mode: ResumeMode::For,
                outer: self.handled,
                thrown: false,
            },
            handled: self.handled,
        };
        if coroutine.handled.is_some() {
            self.handled = coroutine.handled;
        }
        // The pause is at a `Yield`, whose register receives what is sent: None.
        if let Op::Yield { dst, .. } = paused {
            stack[base + dst as usize] = Value::None;
        }
        self.fiber.frames.push(frame);
        Some((pc as usize, base))
    }

    /// `yield` of a generator that a loop of the frame below resumed: the short way. None if it is anything else.
    #[inline]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "only two instructions are loops"
    )]
    pub(crate) fn yield_to_loop(
        &mut self,
        at: usize,
        src: u8,
        stack: &mut [Value],
    ) -> Option<(usize, usize)> {
        let frame = self.top();
        let FrameKind::Resumed {
            coroutine: id,
            root,
            mode: ResumeMode::For,
            outer,
            ..
        } = frame.kind
        else {
            return None;
        };
        if id != root {
            return None;
        }
        let (base, registers) = (frame.base as usize, frame.registers as usize);
        let below = self.fiber.frames[self.fiber.frames.len() - 2];
        let (dst, to) = match self.code[below.pc as usize - 1] {
            Op::ForLoop { dst, to, .. } => (dst, to),
            Op::ForNext { dst, .. } => (dst, 0),
            _ => return None,
        };
        let handled = self.handled;
        let coroutine = &mut self.heap.coroutines[id];
        copy_registers(&mut coroutine.registers, &stack[base..base + registers]);
        coroutine.pc = at as u32;
        coroutine.state = CoroutineState::Suspended;
        coroutine.leaf = Some(id);
        coroutine.handled = if handled == outer { None } else { handled };
        self.handled = outer;
        self.fiber.frames.pop();
        let to_base = below.base as usize;
        stack[to_base + dst as usize] = stack[base + src as usize];
        Some(((i64::from(below.pc) + i64::from(to)) as usize, to_base))
    }

    /// Resumes a suspended async generator for an `async for`: the short way. None if it needs more.
    #[inline]
    pub(crate) fn resume_async_for(
        &mut self,
        at: usize,
        id: Id<Coroutine>,
        stack: &mut [Value],
    ) -> Option<(usize, usize)> {
        self.save(at);
        let below = self.top();
        let base = below.base as usize + below.registers as usize;
        let depth = below.depth + 1;
        let coroutine = &mut self.heap.coroutines[id];
        if coroutine.state != CoroutineState::Suspended
            || coroutine.leaf != Some(id)
            || coroutine.parent.is_some()
            || coroutine.step.is_some()
            || !coroutine.hooked
            || depth > self.recursion_limit
            || base + 2 * super::run::WINDOW > stack.len()
        {
            return None;
        }
        // The pause is at a `YieldAsync`, whose register receives what is sent: None.
        let pc = coroutine.pc;
        let Op::YieldAsync { dst, .. } = self.code[pc as usize - 1] else {
            return None;
        };
        coroutine.state = CoroutineState::Running;
        coroutine.depth = depth;
        let registers = coroutine.registers.len();
        copy_registers(&mut stack[base..base + registers], &coroutine.registers);
        stack[base + dst as usize] = Value::None;
        let frame = Frame {
            pc,
            base: base as u32,
            registers: registers as u16,
            depth,
            function: coroutine.function,
            kind: FrameKind::Chained(id),
            handled: self.handled,
        };
        if coroutine.handled.is_some() {
            self.handled = coroutine.handled;
        }
        self.fiber.frames.push(frame);
        Some((pc as usize, base))
    }

    /// `yield` of an async generator that an `async for` of the frame below resumed: the short way. None if it is anything else.
    #[inline]
    pub(crate) fn yield_to_async_for(
        &mut self,
        at: usize,
        src: u8,
        stack: &mut [Value],
    ) -> Option<(usize, usize)> {
        let frame = self.top();
        let FrameKind::Chained(id) = frame.kind else {
            return None;
        };
        let (base, registers, entry) =
            (frame.base as usize, frame.registers as usize, frame.handled);
        let below = &self.fiber.frames[self.fiber.frames.len() - 2];
        let (below_pc, below_base) = (below.pc as usize, below.base as usize);
        let coroutine = &mut self.heap.coroutines[id];
        if coroutine.parent.is_some() || coroutine.step.is_some() || !below.has_code() {
            return None;
        }
        let Op::AsyncForNext { dst, .. } = self.code[below_pc - 1] else {
            return None;
        };
        copy_registers(&mut coroutine.registers, &stack[base..base + registers]);
        coroutine.pc = at as u32;
        coroutine.depth = 0;
        coroutine.state = CoroutineState::Suspended;
        coroutine.leaf = Some(id);
        coroutine.waiting = Value::Undef;
        coroutine.handled = if self.handled == entry {
            None
        } else {
            self.handled
        };
        self.handled = entry;
        self.fiber.frames.pop();
        stack[below_base + dst as usize] = stack[base + src as usize];
        Some((below_pc, below_base))
    }

    /// `ForClose`: the generator that a loop alone has is closed when the loop is left. `made` says that the loop's header made
    /// what it iterates, so that a wrapped generator is its own too.
    pub(crate) fn for_close(&mut self, state: Value, made: bool) -> NativeResult {
        let id = match state {
            Value::Generator(id) if !self.heap[id].owned_by_loop => return native::ok(Value::None),
            Value::Generator(id) => id,
            Value::Iter(id) => match self.heap[id] {
                Iter::Wrapped { generator, .. } if made => generator,
                _ => return native::ok(Value::None),
            },
            _ => return native::ok(Value::None),
        };
        self.close_request(id)
    }

    /// Notes whether a generator that a loop is about to go through was made by the instruction before: then nobody else has it.
    pub(crate) fn note_owner(&mut self, id: Id<Coroutine>) {
        let paused = self.top().pc - 1;
        let coroutine = &mut self.heap[id];
        coroutine.owned_by_loop =
            coroutine.state == CoroutineState::Created && coroutine.created + 1 == paused;
    }

    /// `ForNext` over anything that the run loop does not do itself.
    pub(crate) fn for_next(&mut self, base: usize, at: usize, state: Value) -> Flow {
        use crate::objects::Entry;
        match state {
            Value::Dict(dict) => {
                // The second word counts the items given in its upper half, the length at the beginning stands in its lower half.
                let (Value::Int(place), Value::Int(counts)) = (
                    self.fiber.stack[base + at + 1],
                    self.fiber.stack[base + at + 2],
                ) else {
                    panic!("invariant broken: a loop's state");
                };
                let (given, length) = (counts >> 32, counts & 0xFFFF_FFFF);
                if self.heap[dict].len() as i64 != length {
                    let raise = self.runtime_error("dictionary changed size during iteration");
                    return self.throw(raise);
                }
                match self.heap[dict].next_place(place as usize) {
                    Some(_) if given == length => {
                        let raise = self.runtime_error("dictionary keys changed during iteration");
                        self.throw(raise)
                    }
                    Some(place) => {
                        let Entry { key, .. } = self.heap[dict].entry(place);
                        self.fiber.stack[base + at + 1] = Value::Int(place as i64 + 1);
                        self.fiber.stack[base + at + 2] = Value::Int(counts + (1 << 32));
                        self.complete(key, false)
                    }
                    None => {
                        self.end_loop(false);
                        Flow::Go
                    }
                }
            }
            Value::Generator(id) => {
                self.resume(id, ResumeInput::Send(Value::None), ResumeMode::For)
            }
            Value::Iter(id) => match self.advance(id) {
                Ok(crate::objects::Step::Item(value)) => self.complete(value, false),
                Ok(crate::objects::Step::End) => {
                    self.end_loop(false);
                    Flow::Go
                }
                Ok(crate::objects::Step::Script) => {
                    if let Some(generator) = self.live_generator(id) {
                        return self.resume(
                            generator,
                            ResumeInput::Send(Value::None),
                            ResumeMode::For,
                        );
                    }
                    let result = self.call_prelude("_advance", &[state]);
                    self.settle(result)
                }
                Err(raise) => self.throw(raise),
            },
            _ => {
                // An instance of a class derived from `map`, `zip` and their like.
                if let Value::Instance(id) = state
                    && let Some(&inner @ Value::Iter(_)) = self.heap[id].slots.first()
                    && let crate::objects::special::Implementor::Native(_) =
                        self.implementor(state, names::NEXT)
                {
                    return self.for_next(base, at, inner);
                }
                if let Some(flow) = self.begin_next(state) {
                    return flow;
                }
                let class = self.class_of(state);
                match self.class_attribute(class, names::NEXT) {
                    Some(method) => {
                        let result = self.call_class_attribute(method, state, &[]);
                        self.settle(result)
                    }
                    None => {
                        let name = self.type_name(state).to_owned();
                        let raise = self.type_error(format!("'{name}' object is not an iterator"));
                        self.throw(raise)
                    }
                }
            }
        }
    }
}
