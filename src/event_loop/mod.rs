//! The event loop: its data, its passes, futures, tasks and timers. It never runs script code itself: it says what runs next.

mod data;

pub use data::{
    Awaitable, AwaitableKind, AwaitableState, Future, FutureState, GeneratorStep, Handle, Loop, LoopState,
    NativeCallback, Ready, Task, Timer, TimerTarget, Waiter,
};

