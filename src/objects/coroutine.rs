//! The data of generators, coroutines and async generators: one suspended frame each.

use super::{Function, Instance};
use crate::heap::{Id, Trace, Value};
use serde::{Deserialize, Serialize};

/// A frame that can be suspended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Coroutine {
    /// What it runs.
    pub function: Id<Function>,
    /// The instruction it goes on at. The instruction before is the one it is suspended at.
    pub pc: u32,
    /// Its life.
    pub state: CoroutineState,
    /// Its registers while it is not running.
    pub registers: Box<[Value]>,
    /// The frame that awaits it or delegates to it, while it is suspended in such a chain.
    pub parent: Option<Id<Coroutine>>,
    /// The innermost suspended frame of the chain that begins here: itself, or whom it awaits in the end.
    pub leaf: Option<Id<Coroutine>>,
    /// What it waits for: a coroutine (its child), future, awaitable or iterator; unset when it simply yielded.
    pub waiting: Value,
    /// The exception it is handling.
    pub handled: Option<Id<Instance>>,
    /// The exception that the frames it was called from in its chain are handling; none when that is the resumer's.
    pub entry_handled: Option<Id<Instance>>,
    /// The instruction that created it.
    pub created: u32,
    /// How deep in calls and awaits it runs.
    pub depth: u32,
    /// For async generators: the `asend`, `athrow` or `aclose` under way; none when an `async for` drives it.
    pub step: Option<Id<crate::event_loop::Awaitable>>,
    /// A loop's header made it and nobody else has it, so that it is closed when the loop is left.
    pub owned_by_loop: bool,
    /// For async generators: first iterated, so known to the loop's shutdown.
    pub hooked: bool,
    /// For generators: made by a function decorated with `types.coroutine`, so that it can be awaited.
    pub awaitable: bool,
}

/// The life of a coroutine. Created -> Running -> Suspended -> Running … -> Closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoroutineState {
    /// Not begun. Next: Running, or Closed by `close()`/`throw()`.
    Created,
    /// On the frame stack. Next: Suspended, Closed.
    Running,
    /// Its registers are here, it waits to be resumed. Next: Running.
    Suspended,
    /// Ended, returned or raised. Nothing follows.
    Closed,
}

impl Trace for Coroutine {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(Value::Function(self.function));
        // While it runs they are on the stack, and these are old.
        if self.state != CoroutineState::Running {
            self.registers.iter().for_each(|&value| visit(value));
        }
        for &other in self.parent.iter().chain(&self.leaf) {
            visit(Value::Generator(other));
        }
        visit(self.waiting);
        self.step
            .iter()
            .for_each(|&step| visit(Value::Awaitable(step)));
        self.handled
            .iter()
            .chain(&self.entry_handled)
            .for_each(|&exception| visit(Value::Instance(exception)));
    }
    fn payload(&self) -> usize {
        self.registers.len() * size_of::<Value>()
    }
}
