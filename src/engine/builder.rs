//! The engine: what all sessions share and none can change. Nothing is granted that was not asked for.

use super::error::{Error, Exception};
use super::function::{AsyncFunction, HostFunction, SyncFunction};
use super::modules::Modules;
use super::script::Script;
use super::session::Session;
use crate::stdlib::system::STDIN;
use crate::vm::{Limits, Stream};
use indexmap::IndexMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Host functions, limits and capabilities. Cheap to clone, and shared by threads.
///
/// ```
/// let engine = acoro::Engine::builder()
///     .function("add", |a: i64, b: i64| a + b)
///     .memory_limit(16 << 20)
///     .fuel(1_000_000)
///     .build();
/// assert_eq!(engine.session().run::<i64>("add(40, 2)")?, 42);
/// # Ok::<(), acoro::Error>(())
/// ```
#[derive(Clone)]
pub struct Engine(Arc<EngineParts>);

pub(crate) struct EngineParts {
    pub(crate) functions: IndexMap<String, HostFunction>,
    pub(crate) limits: Limits,
    pub(crate) fuel: Option<u64>,
    pub(crate) real_time: bool,
    pub(crate) sink: Sink,
    pub(crate) argv: Vec<String>,
    pub(crate) modules: Modules,
    pub(crate) system: bool,
    pub(crate) signals: Option<Signals>,
    #[cfg(feature = "network")]
    pub(crate) network: bool,
}

/// What the host does about signals.
pub(crate) type Signals = Box<dyn Fn(SignalRequest) + Send + Sync>;

/// What a program asks of its host about the signals of the process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignalRequest {
    /// From now on these, and no others, are the program's: they are delivered by [`Interrupter::signal`](super::Interrupter::signal).
    Catch(Vec<u32>),
    /// The program sent itself this one, for which it has no handler: what the system does by default is wanted.
    Default(u32),
}

/// Where output goes.
pub(crate) enum Sink {
    Discard,
    Capture,
    Writer(Box<dyn Fn(Stream, &str) + Send + Sync>),
}

impl Engine {
    /// An engine that grants nothing: no output, no clock, no host functions, no limits but those of the machine it runs on.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Begins an engine.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// A new, empty world.
    pub fn session(&self) -> Session {
        Session::new(self.clone())
    }

    /// Compiles a source, to be run as often as wanted. `name` is what tracebacks call it.
    ///
    /// # Errors
    ///
    /// All errors of the source.
    pub fn compile(&self, name: &str, source: &str) -> Result<Script, Error> {
        Script::compile(name, source)
    }

    /// A session from what [`Session::save`] gave: it goes on where it was. Host functions that were under way are called again.
    ///
    /// # Errors
    ///
    /// The bytes are no session saved by this version of acoro with these host functions. Bytes that somebody made on purpose can make
    /// the machine panic, but do no other harm.
    pub fn restore(&self, bytes: &[u8]) -> Result<Session, Error> {
        Session::restore(self.clone(), bytes)
    }

    pub(crate) fn parts(&self) -> &EngineParts {
        &self.0
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("functions", &self.0.functions.keys().collect::<Vec<_>>())
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

/// Makes an [`Engine`].
#[derive(Default)]
pub struct EngineBuilder {
    functions: IndexMap<String, HostFunction>,
    limits: Limits,
    fuel: Option<u64>,
    real_time: bool,
    sink: Option<Sink>,
    argv: Vec<String>,
    modules: Modules,
    system: bool,
    signals: Option<Signals>,
    #[cfg(feature = "network")]
    network: bool,
}

impl EngineBuilder {
    /// Registers a closure that scripts call by this name, as a builtin function. The program waits for it.
    #[must_use]
    pub fn function<Args, F: SyncFunction<Args>>(mut self, name: &str, function: F) -> Self {
        let owned = name.to_owned();
        let erased = HostFunction::Sync(Box::new(move |args| function.call(&owned, args)));
        self.functions.insert(name.to_owned(), erased);
        self
    }

    /// Registers a closure that gives a future. Scripts call it by this name and `await` the call; meanwhile their other tasks run.
    #[must_use]
    pub fn async_function<Args, F: AsyncFunction<Args>>(mut self, name: &str, function: F) -> Self {
        let owned = name.to_owned();
        let erased = HostFunction::Async(Box::new(move |args| function.start(&owned, args)));
        self.functions.insert(name.to_owned(), erased);
        self
    }

    /// Grants what `input()` and `sys.stdin` read: the closure gives a future of the next line, with its end, or of an empty one when there are
    /// no more. The thread of the program that asks waits; its other threads and their event loops go on. Without it reading raises RuntimeError.
    ///
    /// ```
    /// let engine = acoro::Engine::builder().input(|| async { Ok("Ada\n".to_owned()) }).build();
    /// assert_eq!(engine.session().run::<String>("'hello ' + input()")?, "hello Ada");
    /// # Ok::<(), acoro::Error>(())
    /// ```
    #[must_use]
    pub fn input<F, Line>(self, read: F) -> Self
    where
        F: Fn() -> Line + Send + Sync + 'static,
        Line: Future<Output = Result<String, Exception>> + Send + 'static,
    {
        self.async_function(STDIN, read)
    }

    /// Limits each run or call to so many ticks (calls and backward jumps).
    /// A collection of garbage costs a tick for each 256 bytes that stay in use.
    #[must_use]
    pub fn fuel(mut self, ticks: u64) -> Self {
        self.fuel = Some(ticks);
        self
    }

    /// Limits the heap of each session, in bytes.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.limits.memory = bytes;
        self
    }

    /// Limits the tasks of each session that are not done.
    #[must_use]
    pub fn task_limit(mut self, tasks: usize) -> Self {
        self.limits.tasks = tasks;
        self
    }

    /// Limits what scripts can set with `sys.setrecursionlimit`, which is 1000 at first.
    #[must_use]
    pub fn recursion_limit(mut self, depth: u32) -> Self {
        self.limits.recursion = depth;
        self
    }

    /// Lets time pass. Without it a session has its own time, which jumps to the next deadline when nothing else can happen.
    #[must_use]
    pub fn real_time(mut self) -> Self {
        self.real_time = true;
        self
    }

    /// Grants output: what programs print goes to this closure, in pieces of any size. Without it output is dropped.
    #[must_use]
    pub fn output(mut self, write: impl Fn(Stream, &str) + Send + Sync + 'static) -> Self {
        self.sink = Some(Sink::Writer(Box::new(write)));
        self
    }

    /// Grants output, kept for [`Session::take_output`].
    #[must_use]
    pub fn capture_output(mut self) -> Self {
        self.sink = Some(Sink::Capture);
        self
    }

    /// Grants what `os`, `random` and `uuid` ask of the system: environment variables, the process's number and directory, the names
    /// of files, entropy. Without it they raise PermissionError, and random numbers are the same in every session.
    #[must_use]
    pub fn system(mut self) -> Self {
        self.system = true;
        self
    }

    /// Grants the signals of the process: the closure is told which of them the program has handlers for. Without it, the handlers are
    /// called only for signals that the program sends itself, and for [`Interrupter::interrupt`](super::Interrupter::interrupt).
    #[must_use]
    pub fn signals(mut self, request: impl Fn(SignalRequest) + Send + Sync + 'static) -> Self {
        self.signals = Some(Box::new(request));
        self
    }

    /// Grants TCP: `asyncio.open_connection`, `asyncio.start_server` and what is below them. Without it they raise PermissionError.
    #[cfg(feature = "network")]
    #[must_use]
    pub fn network(mut self) -> Self {
        self.network = true;
        self
    }

    /// `sys.argv`
    #[must_use]
    pub fn arguments(mut self, arguments: impl IntoIterator<Item = String>) -> Self {
        self.argv = arguments.into_iter().collect();
        self
    }

    /// Grants a module that programs can import by this name. `"a.b"` makes a package `a`, whose own body is the source of `"a"`.
    ///
    /// ```
    /// let engine = acoro::Engine::builder().module("shapes", "def area(a, b):\n    return a * b\n").build();
    /// assert_eq!(engine.session().run::<i64>("import shapes\nshapes.area(6, 7)")?, 42);
    /// # Ok::<(), acoro::Error>(())
    /// ```
    #[must_use]
    pub fn module(mut self, name: &str, source: &str) -> Self {
        self.modules
            .sources
            .insert(name.to_owned(), source.to_owned());
        self
    }

    /// Grants the import of `.acoro` and `.py` files below a directory. The directories are `sys.path`, in the order they are granted.
    #[must_use]
    pub fn module_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.modules.directories.push(directory.into());
        self
    }

    /// Lets programs import from any directory they put in `sys.path`.
    #[cfg(feature = "cli")]
    pub(crate) fn modules_from_anywhere(mut self) -> Self {
        self.modules.anywhere = true;
        self
    }

    /// Lets acoro's own modules go before files of the same name.
    #[cfg(feature = "cli")]
    pub(crate) fn own_modules_first(mut self) -> Self {
        self.modules.own_first = true;
        self
    }

    /// Compiles modules as tests.
    #[cfg(feature = "cli")]
    pub(crate) fn testing(mut self) -> Self {
        self.modules.testing = true;
        self
    }

    /// The engine.
    pub fn build(self) -> Engine {
        Engine(Arc::new(EngineParts {
            functions: self.functions,
            limits: self.limits,
            fuel: self.fuel,
            real_time: self.real_time,
            sink: self.sink.unwrap_or(Sink::Discard),
            argv: self.argv,
            modules: self.modules,
            system: self.system,
            signals: self.signals,
            #[cfg(feature = "network")]
            network: self.network,
        }))
    }
}
