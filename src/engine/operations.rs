//! Asynchronous host functions under way: their futures, polled only when they were woken. Any executor's waker does.

use super::data::Data;
use super::error::Exception;
use super::function::Operation;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// The futures of one session.
#[derive(Default)]
pub(crate) struct Operations {
    futures: HashMap<u64, Operation>,
    shared: Arc<Shared>,
}

/// What wakers reach.
#[derive(Default)]
pub(crate) struct Shared {
    woken: Mutex<Vec<u64>>,
    driver: Mutex<Option<Waker>>,
}

impl Shared {
    /// Wakes whoever drives the session.
    pub(crate) fn wake_driver(&self) {
        let waker = self
            .driver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

struct OperationWaker {
    id: u64,
    shared: Arc<Shared>,
}

impl Wake for OperationWaker {
    fn wake(self: Arc<Self>) {
        self.shared
            .woken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(self.id);
        self.shared.wake_driver();
    }
}

impl Operations {
    /// What a waker of the driver must reach.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Adds a future; it is polled the next time.
    pub(crate) fn add(&mut self, id: u64, future: Operation) {
        self.futures.insert(id, future);
        self.shared
            .woken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(id);
    }

    /// Makes the next poll look at every future.
    pub(crate) fn look_at_all(&self) {
        if !self.futures.is_empty() {
            let mut woken = self
                .shared
                .woken
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let mut all: Vec<u64> = self.futures.keys().copied().collect();
            all.sort_unstable();
            all.retain(|id| !woken.contains(id));
            woken.extend(all);
        }
    }

    /// Drops a future.
    pub(crate) fn remove(&mut self, id: u64) {
        self.futures.remove(&id);
    }

    /// Drops all.
    pub(crate) fn clear(&mut self) {
        self.futures.clear();
    }

    /// How many are under way.
    pub(crate) fn len(&self) -> usize {
        self.futures.len()
    }

    /// Polls those that were woken, in the order they were, and takes the results of those that are done.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Vec<(u64, Result<Data, Exception>)> {
        *self
            .shared
            .driver
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
        let woken = std::mem::take(
            &mut *self
                .shared
                .woken
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let mut done = Vec::new();
        for id in woken {
            let Some(future) = self.futures.get_mut(&id) else {
                continue;
            };
            let waker = Waker::from(Arc::new(OperationWaker {
                id,
                shared: Arc::clone(&self.shared),
            }));
            if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                self.futures.remove(&id);
                done.push((id, result));
            }
        }
        done
    }
}
