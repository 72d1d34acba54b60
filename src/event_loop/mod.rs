//! The event loop: its data, its passes, futures, tasks, timers and primitives. It never runs script code itself: it says
//! what runs next.
//!
//! `data`, `future_data` and `primitive_data` are the objects; `turn` is the passes of a loop, `step` the life of tasks,
//! `future` what ends and wakes, `gather` several at once, `awaitable` and `primitive` the native coroutines, `quick` what the run loop does
//! of all that without a call; the others are what programs call.

mod attributes;
mod awaitable;
mod data;
pub(crate) mod functions;
mod future;
mod future_data;
pub(crate) mod future_methods;
pub(crate) mod gather;
pub(crate) mod graph;
pub(crate) mod lock;
pub(crate) mod loop_methods;
pub(crate) mod loop_object;
pub(crate) mod never_awaited;
pub(crate) mod own_methods;
mod primitive;
mod primitive_data;
pub(crate) mod queue;
mod quick;
pub(crate) mod report;
mod repr;
mod step;
mod turn;
mod waiting;

pub use awaitable::Polled;
pub use data::{Clock, Handle, Loop, LoopLife, LoopState, Pending, Ready, Timer, TimerTarget};
pub use future_data::{
    Awaitable, AwaitableKind, AwaitableState, Child, Future, FutureMark, FutureObject, FutureState,
    Gather, GeneratorStep, PackedObject, Root, Task, Waiter, Waiters, Waiting, Waker,
};
pub use primitive_data::{Primitive, PrimitiveKind, Queue, QueueOrder, ThreadLock};
pub(crate) use quick::Awaited;
