//! The event loop: its data, its passes, futures, tasks and timers. It never runs script code itself: it says what runs next.

mod data;

pub use data::{
    Awaitable, AwaitableKind, AwaitableState, Future, FutureState, GeneratorStep, Handle, Loop, LoopState,
    NativeCallback, Ready, Task, Timer, TimerTarget, Waiter,
};

/// What an event loop frame was made for.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RunLoop {
    /// The loop.
    pub event_loop: crate::heap::Id<Loop>,
    /// `run_until_complete`'s future or task; unset for `run_forever`.
    pub until: crate::heap::Value,
}
