//! Frames and fibers: the stacks of a running program, plain data.

use super::native::ResumeMode;
use crate::event_loop::Loop;
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, Function, Instance};
use serde::{Deserialize, Serialize};

/// A value stack and a frame stack. The last frame is the one that runs.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Fiber {
    /// Registers of all frames; at least a window of 256 behind the last frame's base.
    pub stack: Vec<Value>,
    /// The frames, innermost last.
    pub frames: Vec<Frame>,
}

/// One activation.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Frame {
    /// The next instruction, when it is not the running frame (which keeps it in a local of the run loop).
    pub pc: u32,
    /// Where its registers begin on the stack.
    pub base: u32,
    /// How many registers it has.
    pub registers: u16,
    /// How deep it is in calls and awaits; what the recursion limit counts.
    pub depth: u32,
    /// Its function.
    pub function: Id<Function>,
    /// What it is, and so what its end means to the frame below.
    pub kind: FrameKind,
    /// The exception that was being handled when it began.
    pub handled: Option<Id<Instance>>,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum FrameKind {
    /// A call: its result goes to this absolute place of the stack.
    Call(u32),
    /// An `__init__`: its result must be None, and the instance goes to this place.
    Init(u32, Id<Instance>),
    /// Called by an instruction of the frame below that is no call, or by the event loop below: its result completes that.
    Operation,
    /// A coroutine called and awaited by one instruction of the frame below: it gets an object only if it suspends.
    Awaited,
    /// A coroutine whose parent is the frame below, which awaits it.
    Chained(Id<Coroutine>),
    /// A coroutine that the frame below resumed: the chain it belongs to begins at `root`, and its parent, if it has one, is suspended.
    /// A yield of the chain ends here.
    Resumed {
        /// The coroutine on the stack.
        coroutine: Id<Coroutine>,
        /// The first of its chain.
        root: Id<Coroutine>,
        /// What yields and the end mean to the frame below.
        mode: ResumeMode,
        /// The exception that was being handled where the chain was resumed.
        outer: Option<Id<Instance>>,
        /// It was resumed by an exception. One that leaves the frame then meets what each of its parents is handling.
        thrown: bool,
    },
    /// No code: an event loop running. What is above is a task's step or a callback.
    Loop(Id<Loop>),
    /// No code: the bottom of a fiber.
    Entry,
}

impl Frame {
    /// The coroutine object it runs, if it has one.
    pub fn coroutine(&self) -> Option<Id<Coroutine>> {
        match self.kind {
            FrameKind::Chained(coroutine) | FrameKind::Resumed { coroutine, .. } => Some(coroutine),
            FrameKind::Call(_)
            | FrameKind::Init(..)
            | FrameKind::Operation
            | FrameKind::Awaited
            | FrameKind::Loop(_)
            | FrameKind::Entry => None,
        }
    }

    /// Does it run code?
    pub fn has_code(&self) -> bool {
        !matches!(self.kind, FrameKind::Loop(_) | FrameKind::Entry)
    }
}

/// Copies a frame's registers. Most frames have few: for them a call of `memcpy` would take longer than the copying.
#[inline]
pub(crate) fn copy_registers(to: &mut [Value], from: &[Value]) {
    assert_eq!(
        to.len(),
        from.len(),
        "invariant broken: a frame keeps its number of registers"
    );
    /// The first and the last `N` of them, which may overlap.
    #[inline(always)]
    fn both_ends<const N: usize>(to: &mut [Value], from: &[Value]) -> bool {
        if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
            *to = *from;
        } else {
            return false;
        }
        if from.len() > N
            && let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>())
        {
            *to = *from;
        }
        true
    }
    if from.len() > 16 {
        to.copy_from_slice(from);
    } else if !both_ends::<8>(to, from) && !both_ends::<4>(to, from) && !both_ends::<2>(to, from) {
        both_ends::<1>(to, from);
    }
}
