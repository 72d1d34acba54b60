//! Lines for the prompt, read on a thread of their own, so that a program goes on while nobody types.

use crate::engine::Exception;
use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor, ExternalPrinter};
use std::future::poll_fn;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

/// What the reader answers to a request.
pub(crate) enum Line {
    /// A line without its end.
    Text(String),
    /// Ctrl-C at the prompt.
    Interrupted,
    /// The end of the input, or Ctrl-D.
    End,
}

/// What whoever waits for a line gets.
enum Arrived {
    /// A line.
    Line(Line),
    /// Nothing from the reader: the session has something to do.
    Work,
}

/// Wakes whoever waits for a line.
struct Nudge {
    answers: Sender<Arrived>,
    /// It was woken, and has not noticed yet.
    sent: Arc<AtomicBool>,
}

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        if !self.sent.swap(true, Ordering::SeqCst) {
            // Nobody waits any more when this fails.
            let _ = self.answers.send(Arrived::Work);
        }
    }
}

/// What the reader is asked.
enum Request {
    Read(&'static str),
    /// A line for the program, behind what it wrote last.
    ForProgram(String, Slot),
    Remember(String),
}

/// Where a program's line goes, and who waits for it.
type Slot = Arc<Mutex<(Option<Line>, Option<Waker>)>>;

fn fill(slot: &Slot, line: Line) {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    slot.0 = Some(line);
    if let Some(waker) = slot.1.take() {
        waker.wake();
    }
}

/// Asks the reader for lines that the program wants.
pub(crate) struct ForProgram(Sender<Request>);

impl ForProgram {
    /// The next line with its end; an empty one when there are no more. `prompt` is what stands on the line.
    pub(crate) fn line(
        &self,
        prompt: String,
    ) -> impl Future<Output = Result<String, Exception>> + Send + use<> {
        let slot = Slot::default();
        let sent = self.0.send(Request::ForProgram(prompt, Arc::clone(&slot)));
        poll_fn(move |context| {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let line = if sent.is_err() {
                Some(Line::End)
            } else {
                slot.0.take()
            };
            match line {
                Some(Line::Text(line)) => Poll::Ready(Ok(line + "\n")),
                Some(Line::Interrupted) => {
                    Poll::Ready(Err(Exception::new("KeyboardInterrupt", "")))
                }
                Some(Line::End) => Poll::Ready(Ok(String::new())),
                None => {
                    slot.1 = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
    }
}

/// Prints above the line that is being typed.
pub(crate) type Printer = Arc<Mutex<Option<Box<dyn ExternalPrinter + Send>>>>;

/// The reader's other end.
pub(crate) struct Input {
    requests: Sender<Request>,
    lines: Receiver<Arrived>,
    nudged: Arc<AtomicBool>,
    waker: Waker,
    /// Somebody types: there is a prompt to show.
    pub(crate) interactive: bool,
    pub(crate) printer: Printer,
}

impl Input {
    /// Starts the reader.
    pub(crate) fn start() -> Self {
        let (requests, wanted) = channel();
        let (answers, lines) = channel();
        let interactive = std::io::stdin().is_terminal();
        let printer = Printer::default();
        let slot = Arc::clone(&printer);
        let nudged = Arc::<AtomicBool>::default();
        let waker = Waker::from(Arc::new(Nudge {
            answers: Sender::clone(&answers),
            sent: Arc::clone(&nudged),
        }));
        std::thread::spawn(move || {
            if interactive {
                read_terminal(&wanted, &answers, &slot);
            } else {
                read_plain(&wanted, &answers);
            }
        });
        Self {
            requests,
            lines,
            nudged,
            waker,
            interactive,
            printer,
        }
    }

    /// What reads lines for the program.
    pub(crate) fn for_program(&self) -> ForProgram {
        ForProgram(self.requests.clone())
    }

    /// Asks for a line; it comes through `lines`.
    pub(crate) fn ask(&self, prompt: &'static str) {
        // A reader that is gone shows as a closed channel of lines.
        let _ = self.requests.send(Request::Read(prompt));
    }

    /// Adds to the history.
    pub(crate) fn remember(&self, entry: &str) {
        let _ = self.requests.send(Request::Remember(entry.to_owned()));
    }

    /// What wakes `wait` when the session has something to do.
    pub(crate) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Waits for a line, at most so long. None if there is none yet.
    pub(crate) fn wait(&self, at_most: Duration) -> Option<Line> {
        match self.lines.recv_timeout(at_most) {
            Ok(Arrived::Line(line)) => Some(line),
            Ok(Arrived::Work) => {
                self.nudged.store(false, Ordering::SeqCst);
                None
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Line::End),
        }
    }
}

fn read_plain(requests: &Receiver<Request>, answers: &Sender<Arrived>) {
    while let Ok(request) = requests.recv() {
        if let Request::Remember(_) = request {
            continue;
        }
        // Programs read lines of the same input.
        let mut line = String::new();
        let line = match std::io::stdin().read_line(&mut line) {
            Ok(0) | Err(_) => Line::End,
            Ok(_) => Line::Text(line.trim_end_matches(['\r', '\n']).to_owned()),
        };
        if let Request::ForProgram(_, slot) = request {
            fill(&slot, line);
            continue;
        }
        if answers.send(Arrived::Line(line)).is_err() {
            return;
        }
    }
}

fn read_terminal(requests: &Receiver<Request>, answers: &Sender<Arrived>, printer: &Printer) {
    let config = Config::builder().auto_add_history(false).build();
    let Ok(mut editor) = DefaultEditor::with_config(config) else {
        return read_plain(requests, answers);
    };
    if let Ok(made) = editor.create_external_printer() {
        *printer.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(made));
    }
    let history = history_file();
    if let Some(path) = &history {
        // There is none the first time.
        let _ = editor.load_history(path);
    }
    while let Ok(request) = requests.recv() {
        let (prompt, slot) = match request {
            Request::Remember(entry) => {
                let _ = editor.add_history_entry(entry);
                if let Some(path) = &history {
                    let _ = editor.append_history(path);
                }
                continue;
            }
            Request::Read(prompt) => (prompt.to_owned(), None),
            Request::ForProgram(prompt, slot) => (prompt, Some(slot)),
        };
        let line = match editor.readline(&prompt) {
            Ok(line) => Line::Text(line),
            Err(ReadlineError::Interrupted) => Line::Interrupted,
            Err(_) => Line::End,
        };
        if let Some(slot) = slot {
            fill(&slot, line);
            continue;
        }
        if answers.send(Arrived::Line(line)).is_err() {
            return;
        }
    }
}

/// Where the history is kept, its directory made.
fn history_file() -> Option<PathBuf> {
    let data = std::env::var_os("XDG_DATA_HOME")
        .or_else(|| std::env::var_os("APPDATA"))
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".local/share")))?;
    let directory = data.join("acoro");
    std::fs::create_dir_all(&directory).ok()?;
    Some(directory.join("history"))
}
