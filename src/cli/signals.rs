//! Signals of the process: Ctrl-C interrupts the program, and those that it has handlers for are handed to it.

use super::output::Console;
use super::run::INTERRUPTED;
use crate::engine::{Interrupter, SignalRequest};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Who is told of signals: the session that runs now.
static LISTENER: Mutex<Option<Interrupter>> = Mutex::new(None);
/// The signals that its program has handlers for: bit `n` is signal number `n`.
static CAUGHT: AtomicU64 = AtomicU64::new(0);

fn listener() -> Option<Interrupter> {
    LISTENER
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Makes Ctrl-C interrupt the program. When the program has not even noticed the one before, the process ends.
pub(crate) fn listen(interrupter: Interrupter, console: Console) {
    static TWICE: AtomicBool = AtomicBool::new(false);
    CAUGHT.store(0, Ordering::SeqCst);
    // One handler serves all sessions of the process, one after the other.
    let first = LISTENER
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .replace(interrupter)
        .is_none();
    if !first {
        return;
    }
    let handler = move || {
        let Some(interrupter) = listener() else {
            return;
        };
        if interrupter.is_pending() && TWICE.swap(true, Ordering::SeqCst) {
            console.flush();
            std::process::exit(INTERRUPTED.into());
        }
        if !interrupter.is_pending() {
            TWICE.store(true, Ordering::SeqCst);
        }
        interrupter.interrupt();
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        eprintln!("acoro: Ctrl-C will end the program at once: {error}");
    }
}

/// Does what a program asks about signals.
pub(crate) fn request(request: SignalRequest, console: &Console) {
    match request {
        SignalRequest::Catch(signals) => {
            let caught = signals.iter().fold(0, |set, &number| set | 1 << number);
            CAUGHT.store(caught, Ordering::SeqCst);
            system::catch(&signals);
        }
        SignalRequest::Default(number) => {
            console.flush();
            system::default(number);
        }
    }
}

#[cfg(unix)]
mod system {
    use super::{CAUGHT, listener};
    use signal_hook::consts::{FORBIDDEN, SIGINT};
    use signal_hook::iterator::{Handle, Signals};
    use signal_hook::low_level::emulate_default_handler;
    use std::sync::OnceLock;
    use std::sync::atomic::Ordering;

    /// Catches signals, but Ctrl-C, which always is, and those that say that the process itself is broken.
    pub(super) fn catch(signals: &[u32]) {
        static CATCHER: OnceLock<Option<Handle>> = OnceLock::new();
        let mut wanted = signals
            .iter()
            .map(|&number| number as i32)
            .filter(|number| *number != SIGINT && !FORBIDDEN.contains(number))
            .peekable();
        if wanted.peek().is_none() {
            return;
        }
        let Some(catcher) = CATCHER.get_or_init(|| start().ok()) else {
            return;
        };
        for number in wanted {
            if let Err(error) = catcher.add_signal(number) {
                eprintln!("acoro: signal {number} can't be caught: {error}");
            }
        }
    }

    /// Starts the thread that hands signals on. Those that the program has given back do what they do by default.
    fn start() -> std::io::Result<Handle> {
        let mut signals = Signals::new(std::iter::empty::<i32>())?;
        let handle = signals.handle();
        let pass_on = move || {
            for number in signals.forever() {
                if CAUGHT.load(Ordering::SeqCst) >> number & 1 == 0 {
                    default(number as u32);
                } else if let Some(interrupter) = listener() {
                    interrupter.signal(number as u32);
                }
            }
        };
        std::thread::Builder::new().spawn(pass_on)?;
        Ok(handle)
    }

    pub(super) fn default(number: u32) {
        if emulate_default_handler(number as i32).is_err() {
            std::process::exit(128 + number as i32);
        }
    }
}

#[cfg(not(unix))]
mod system {
    pub(super) fn catch(_signals: &[u32]) {}

    pub(super) fn default(number: u32) {
        std::process::exit(128 + number as i32);
    }
}
