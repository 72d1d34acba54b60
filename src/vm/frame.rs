//! Frames and fibers: the stacks of a running program, plain data.

use super::native::ResumeMode;
use crate::event_loop::RunLoop;
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
    /// Called by an instruction of the frame below that is no call: its result completes that instruction.
    Operation,
    /// The body of a coroutine, generator or async generator that has its own object; on the stack while it runs. Below it
    /// is the frame that awaits it, if that one is on the stack too, or a `Resume`.
    Coroutine(Id<Coroutine>),
    /// A coroutine called and awaited by one instruction: it gets an object only if it suspends. Its result completes the
    /// instruction of the frame below.
    Awaited,
    /// No code: someone resumed the chain of frames above, which begins at this coroutine. A yield of the chain ends here.
    Resume(Id<Coroutine>, ResumeMode),
    /// No code: an event loop running. What is above is a task's step or a callback.
    Loop(RunLoop),
    /// No code: the bottom of a fiber.
    Entry,
}
