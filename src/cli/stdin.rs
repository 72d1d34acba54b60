//! Standard input for programs: lines, read on a thread of their own.

use crate::engine::Exception;
use crate::text::surrogates::{RESERVED, has_surrogates};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::IsTerminal;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// So many lines of a file or pipe are read before anybody wants them.
const AHEAD: usize = 256;

/// What the reader and those who wait share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Something is wanted.
    wanted: Condvar,
}

#[derive(Default)]
struct State {
    lines: VecDeque<Result<String, String>>,
    /// Who waits for a line.
    waiting: Option<Waker>,
    started: bool,
    /// The input has ended.
    ended: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lines of standard input.
#[derive(Clone, Default)]
pub(crate) struct Stdin(Arc<Shared>);

impl Stdin {
    /// The next line with its end; an empty one when there are no more.
    pub(crate) fn line(&self) -> impl Future<Output = Result<String, Exception>> + Send + use<> {
        let shared = Arc::clone(&self.0);
        poll_fn(move |context| {
            let mut state = shared.state();
            if let Some(line) = state.lines.pop_front() {
                shared.wanted.notify_one();
                return Poll::Ready(line.map_err(|error| Exception::new("OSError", error)));
            }
            if state.ended {
                return Poll::Ready(Ok(String::new()));
            }
            state.waiting = Some(context.waker().clone());
            if !std::mem::replace(&mut state.started, true) {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || read(&shared));
            }
            shared.wanted.notify_one();
            Poll::Pending
        })
    }
}

fn read(shared: &Shared) {
    // At a terminal nothing is read that nobody asked for: the prompt reads there too.
    let terminal = std::io::stdin().is_terminal();
    loop {
        let mut state = shared.state();
        while if terminal {
            state.waiting.is_none()
        } else {
            state.lines.len() >= AHEAD
        } {
            state = shared
                .wanted
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        let mut line = String::new();
        let line = match std::io::stdin().read_line(&mut line) {
            Ok(_) if has_surrogates(&line) => Err(RESERVED.to_owned()),
            Ok(_) => Ok(line),
            Err(error) => Err(error.to_string()),
        };
        let over = line.as_ref().map_or(true, String::is_empty);
        let mut state = shared.state();
        if over && !terminal {
            state.ended = true;
        }
        state.lines.push_back(line);
        let ended = state.ended;
        if let Some(waker) = state.waiting.take() {
            drop(state);
            waker.wake();
        }
        if ended {
            return;
        }
    }
}
