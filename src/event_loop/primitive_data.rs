//! The data of locks, events, semaphores and queues. Whoever waits is a native awaitable, listed in the order of arrival.

use super::data::Loop;
use super::future_data::Awaitable;
use crate::heap::{Id, Trace, Value};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// A synchronization primitive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Primitive {
    /// What it is, and its state.
    pub kind: PrimitiveKind,
    /// The loop it was first waited on in.
    pub event_loop: Option<Id<Loop>>,
    /// Who waits: to acquire, for the event, to get.
    pub waiters: VecDeque<Id<Awaitable>>,
}

/// The primitives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PrimitiveKind {
    /// `asyncio.Lock`
    Lock {
        /// Somebody holds it.
        locked: bool,
    },
    /// `asyncio.Event`
    Event {
        /// It is set.
        set: bool,
    },
    /// `asyncio.Semaphore`, `asyncio.BoundedSemaphore`
    Semaphore {
        /// How many may still acquire it.
        value: i64,
        /// What `value` may not exceed.
        bound: Option<i64>,
    },
    /// `asyncio.Queue`, `asyncio.LifoQueue`
    Queue(Box<Queue>),
    /// `threading.Lock`, `threading.RLock`
    ThreadLock(Box<ThreadLock>),
}

/// The state of a lock between threads.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ThreadLock {
    /// The fiber that holds it; 0 if none does.
    pub owner: u32,
    /// How often it holds it.
    pub count: u64,
    /// Its holder may take it again.
    pub reentrant: bool,
    /// Who waits: fibers, and the numbers of their waits.
    pub line: VecDeque<(u32, u64)>,
}

/// The state of a queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Queue {
    /// In which order items come out.
    pub order: QueueOrder,
    /// What is in it.
    pub items: VecDeque<Value>,
    /// Not above 0: unbounded.
    pub maxsize: i64,
    /// Who waits to put.
    pub putters: VecDeque<Id<Awaitable>>,
    /// Who waits for all items to be done.
    pub joiners: VecDeque<Id<Awaitable>>,
    /// Items put and not yet done.
    pub unfinished: u64,
    /// `shutdown()` was called.
    pub shut_down: bool,
}

/// In which order a queue gives its items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueOrder {
    /// First in, first out.
    #[default]
    Fifo,
    /// Last in, first out.
    Lifo,
}

impl Trace for Primitive {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        self.event_loop
            .iter()
            .for_each(|&it| visit(Value::Loop(it)));
        self.waiters
            .iter()
            .for_each(|&it| visit(Value::Awaitable(it)));
        match &self.kind {
            PrimitiveKind::Lock { .. }
            | PrimitiveKind::Event { .. }
            | PrimitiveKind::Semaphore { .. }
            | PrimitiveKind::ThreadLock(_) => {}
            PrimitiveKind::Queue(queue) => {
                queue.items.iter().for_each(|&item| visit(item));
                queue
                    .putters
                    .iter()
                    .for_each(|&it| visit(Value::Awaitable(it)));
                queue
                    .joiners
                    .iter()
                    .for_each(|&it| visit(Value::Awaitable(it)));
            }
        }
    }
    fn payload(&self) -> usize {
        let waiting = self.waiters.capacity() * size_of::<Id<Awaitable>>();
        match &self.kind {
            PrimitiveKind::Lock { .. }
            | PrimitiveKind::Event { .. }
            | PrimitiveKind::Semaphore { .. } => waiting,
            PrimitiveKind::ThreadLock(lock) => {
                size_of::<ThreadLock>() + lock.line.capacity() * size_of::<(u32, u64)>()
            }
            PrimitiveKind::Queue(queue) => {
                waiting
                    + size_of::<Queue>()
                    + queue.items.capacity() * size_of::<Value>()
                    + (queue.putters.capacity() + queue.joiners.capacity())
                        * size_of::<Id<Awaitable>>()
            }
        }
    }
}
