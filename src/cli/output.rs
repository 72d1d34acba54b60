//! Standard output and standard error of a program: buffered when nobody watches, never a panic when nobody reads.

use crate::text::surrogates;
use crate::vm::Stream;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So much is kept before it is written.
const BUFFER: usize = 1 << 16;
/// So long output may wait while a program computes.
const PATIENCE: Duration = Duration::from_millis(100);

/// Both streams, shared by the program and the driver.
#[derive(Clone)]
pub(crate) struct Console(Arc<Mutex<Buffers>>);

struct Buffers {
    out: Vec<u8>,
    written: Instant,
    /// What stands on the last line.
    line: String,
    terminal: bool,
    broken: bool,
}

impl Console {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Buffers {
            out: Vec::new(),
            written: Instant::now(),
            line: String::new(),
            terminal: io::stdout().is_terminal(),
            broken: false,
        })))
    }

    /// Takes what the program wrote.
    pub(crate) fn write(&self, stream: Stream, text: &str) {
        // A program's output has no lone surrogates; the report of its exception may have.
        let text = &*surrogates::escaped(text);
        let mut buffers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match stream {
            Stream::Out => {
                match text.rfind('\n') {
                    Some(end) => text[end + 1..].clone_into(&mut buffers.line),
                    None => buffers.line.push_str(text),
                }
                buffers.out.extend_from_slice(text.as_bytes());
                if buffers.terminal
                    || buffers.out.len() >= BUFFER
                    || buffers.written.elapsed() > PATIENCE
                {
                    buffers.flush();
                }
            }
            Stream::Err => {
                buffers.flush();
                // Nobody can be told that standard error is gone.
                let _ = io::stderr().write_all(text.as_bytes());
            }
        }
    }

    /// Writes what is kept. False when nobody reads any more.
    pub(crate) fn flush(&self) -> bool {
        let mut buffers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffers.flush();
        !buffers.broken
    }

    /// Takes what stands on the last line: whoever reads a line shows it as the prompt.
    pub(crate) fn take_line(&self) -> String {
        let mut buffers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut buffers.line)
    }

    /// Does somebody still read?
    pub(crate) fn is_open(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).broken
    }
}

impl Buffers {
    fn flush(&mut self) {
        self.written = Instant::now();
        if self.out.is_empty() || self.broken {
            self.out.clear();
            return;
        }
        let mut stdout = io::stdout().lock();
        if stdout
            .write_all(&self.out)
            .and_then(|()| stdout.flush())
            .is_err()
        {
            self.broken = true;
        }
        self.out.clear();
    }
}

/// Prints a text of the command line itself.
pub(crate) fn print(text: &str) -> ExitCode {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
