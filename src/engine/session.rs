//! A session: one running world with its host. `poll` is the one way it moves; the blocking and the asynchronous driver
//! are loops around it.

use super::builder::{Engine, SignalRequest, Sink};
use super::convert::{Arguments, FromScript, IntoScript};
use super::data::Data;
use super::error::{Error, Exception};
use super::function::HostFunction;
use super::operations::{Operations, Shared};
use super::script::{RESULT, Script};
use crate::heap::{Id, Value};
use crate::objects::Instance;
use crate::stdlib::signal::{SIGINT, bit};
use crate::stdlib::system::{NETWORK, SIGNALS, STDIN, SYSTEM};
use crate::vm::FIND_MODULE;
use crate::vm::host::HostOperation;
use crate::vm::{Exit, Output, Vm};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

/// Fuel for finding out the text of an uncaught exception whose `__str__` is script code.
const TEXT_FUEL: u64 = 100_000;

/// So much does a session's own time go on each time that a program looks at it, so that waiting for it by looking ends.
const TICK: f64 = 1e-6;

/// One running world: its objects, tasks, timers and output. It can be sent to another thread, copied, saved and restored whenever
/// it is not being polled.
pub struct Session {
    engine: Engine,
    vm: Vm,
    status: Status,
    /// Ticks left of the engine's limit, if it has one.
    fuel: Option<u64>,
    operations: Operations,
    #[cfg(feature = "network")]
    network: super::network::Network,
    arrived: Arc<AtomicU64>,
    captured: String,
    /// Time does not pass by itself.
    virtual_time: bool,
}

/// The life of a session. Resting -> Running by `start`; Running -> Resting when that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Resting,
    Running,
}

/// How a slice of running ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// What was started is done, with this value.
    Done(Data),
    /// The slice's fuel is used up. Poll again to go on.
    OutOfFuel,
    /// Nothing can go on before the deadline, or before a host function is done.
    Idle {
        /// When to poll again at the latest; never if there is none.
        deadline: Option<Duration>,
        /// How many asynchronous host functions are under way.
        pending: usize,
    },
}

/// Interrupts a session from another thread, as Ctrl-C would.
#[derive(Clone)]
pub struct Interrupter {
    arrived: Arc<AtomicU64>,
    shared: Arc<Shared>,
}

impl Interrupter {
    /// Raises KeyboardInterrupt in the program at its next tick; under `asyncio.run` the main task is cancelled first.
    pub fn interrupt(&self) {
        self.signal(SIGINT);
    }

    /// Has the program's handler called for a signal of the process. Signals for which it has none do nothing; number 2 interrupts.
    pub fn signal(&self, number: u32) {
        self.arrived.fetch_or(bit(number), Ordering::SeqCst);
        self.shared.wake_driver();
    }

    /// Was an interruption asked for that the program has not seen yet?
    pub fn is_pending(&self) -> bool {
        self.arrived.load(Ordering::SeqCst) & bit(SIGINT) != 0
    }
}

impl Session {
    pub(crate) fn new(engine: Engine) -> Self {
        let mut vm = Vm::new(engine.parts().limits.clone());
        vm.argv = engine.parts().argv.clone();
        let modules = &engine.parts().modules;
        vm.grant_modules(modules.any(), modules.own_first, modules.path());
        vm.module_options.testing = modules.testing;
        for (name, function) in engine.parts().functions.iter().filter(|it| it.0 != STDIN) {
            vm.add_host_function(name, matches!(function, HostFunction::Async(_)));
        }
        Self::with_vm(engine, vm)
    }

    pub(super) fn with_vm(engine: Engine, mut vm: Vm) -> Self {
        if engine.parts().real_time {
            let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            vm.set_wall_clock(since_1970.map_or(0.0, |it| it.as_secs_f64()));
        }
        let virtual_time = !engine.parts().real_time;
        let mut session = Self {
            fuel: engine.parts().fuel,
            engine,
            vm,
            virtual_time,
            status: Status::Resting,
            operations: Operations::default(),
            #[cfg(feature = "network")]
            network: super::network::Network::default(),
            arrived: Arc::default(),
            captured: String::new(),
        };
        if !virtual_time {
            session.set_wall_clock();
        }
        if session.vm.asyncio.caught != 0 {
            session.request_signals(&[Data::Int(session.vm.asyncio.caught as i64), Data::None]);
        }
        session
    }

    /// Tells the program what day it is.
    fn set_wall_clock(&mut self) {
        let since_1970 = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        self.vm.asyncio.wall_offset = since_1970.as_secs_f64() - self.vm.now;
    }

    /// Stops time but for the jumps that the driver makes.
    #[cfg(feature = "cli")]
    pub(crate) fn use_virtual_time(&mut self) {
        self.virtual_time = true;
    }

    /// Event loops begin in debug mode.
    #[cfg(feature = "cli")]
    pub(crate) fn use_debug_mode(&mut self) {
        self.vm.asyncio.debug = true;
    }

    /// The main module's `__file__`.
    #[cfg(feature = "cli")]
    pub(crate) fn set_file(&mut self, path: &str) {
        let module = self.vm.main_module();
        self.vm.set_source_file(module, path);
    }

    /// The engine it belongs to.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Starts a script in the session's main module, whose variables stay from one script to the next. [`Session::poll`] runs it.
    /// What ran before is given up.
    pub fn start(&mut self, script: &Script) {
        self.begin();
        let module = self.vm.main_module();
        self.vm.set_source_file(module, &script.source.name);
        let body = self
            .vm
            .load((*script.unit).clone(), (*script.source).clone(), module);
        let coroutine = self.vm.start(body);
        debug_assert!(
            coroutine.is_none(),
            "only interactive sources are coroutines"
        );
    }

    /// Starts a call of a function of the main module. A coroutine that it returns is run by `asyncio.run`. What ran before is
    /// given up.
    ///
    /// # Errors
    ///
    /// There is no such variable, or an argument can't be converted.
    pub fn start_call(&mut self, function: &str, args: impl Arguments) -> Result<(), Error> {
        let args = args
            .into_arguments()
            .map_err(|exception| Error::exception_at(exception, None))?;
        let callable = self.global(function)?;
        let args = self.value_of(Data::Tuple(args))?;
        self.begin();
        self.vm.start_call(callable, args);
        Ok(())
    }

    /// Begins what is left to do when a program has ended, well or not: its threads are waited for, and `atexit` is done. True if
    /// there is something to do; it is then run like what was started.
    pub fn start_end(&mut self) -> bool {
        if !self.vm.has_end_calls() {
            return false;
        }
        let function = self.vm.prelude_function("_run_end_calls");
        let args = self.vm.heap.tuple(Vec::new());
        self.vm.start_call(function, args);
        self.status = Status::Running;
        true
    }

    fn begin(&mut self) {
        self.operations.clear();
        self.vm.forget_host_calls();
        self.status = Status::Running;
        self.fuel = self.engine.parts().fuel;
    }

    /// Runs for at most `fuel` ticks. `now` is the time since a moment of the caller's choice; it never goes back. Host functions that
    /// are futures are polled too: with [`Session::poll_with`] they can wake the caller.
    ///
    /// # Errors
    ///
    /// The program raised an exception, or reached a limit. After [`Error::is_out_of_fuel`] it is paused, and goes on when it is polled
    /// behind [`Session::add_fuel`]; any other error ends it.
    pub fn poll(&mut self, now: Duration, fuel: u64) -> Result<Progress, Error> {
        self.poll_with(&mut Context::from_waker(Waker::noop()), now, fuel)
    }

    /// As [`Session::poll`], with a waker to be woken when a host function can go on.
    ///
    /// # Errors
    ///
    /// As [`Session::poll`].
    pub fn poll_with(
        &mut self,
        context: &mut Context<'_>,
        now: Duration,
        fuel: u64,
    ) -> Result<Progress, Error> {
        self.poll_by(context, &|| now, fuel)
    }

    /// As [`Session::poll_with`], with a clock that is read whenever the program wants to know the time.
    pub(crate) fn poll_by(
        &mut self,
        context: &mut Context<'_>,
        clock: &dyn Fn() -> Duration,
        fuel: u64,
    ) -> Result<Progress, Error> {
        if self.status == Status::Resting {
            return Err(Error::usage("nothing was started that could be polled"));
        }
        self.vm.now = self.vm.now.max(clock().as_secs_f64());
        let mut slice = fuel;
        loop {
            if self.arrived.load(Ordering::Relaxed) != 0 {
                let arrived = self.arrived.swap(0, Ordering::SeqCst);
                self.vm.signals_arrived(arrived);
            }
            self.take_results(context);
            let given = slice.min(self.fuel.unwrap_or(u64::MAX));
            let exit = self.run_slice(given);
            let used = given - self.vm.heap.take_fuel().min(given);
            slice -= used;
            self.fuel = self.fuel.map(|left| left - used.min(left));
            self.flush();
            let refused = self.start_operations();
            match exit {
                Exit::Finished(value) => {
                    self.status = Status::Resting;
                    let value = self.vm.take_global(RESULT).unwrap_or(value);
                    let data = self
                        .vm
                        .to_data(value)
                        .map_err(|exception| Error::conversion(exception.message()))?;
                    return Ok(Progress::Done(data));
                }
                Exit::Raised(exception) if self.vm.begin_excepthook(exception) => {}
                Exit::Raised(exception) => {
                    self.status = Status::Resting;
                    return Err(self.error_of(exception));
                }
                Exit::Host => self.perform(),
                Exit::Clock => {
                    self.vm.now = self.vm.now.max(clock().as_secs_f64());
                    if self.virtual_time && self.vm.reads_clock() {
                        self.vm.now += TICK;
                    }
                }
                Exit::OutOfTicks if self.fuel == Some(0) => return Err(Error::out_of_fuel()),
                Exit::OutOfTicks if slice == 0 => return Ok(Progress::OutOfFuel),
                Exit::OutOfTicks => {}
                Exit::Idle { deadline } => {
                    self.forget_cancelled();
                    // A signal that came before `context` was known woke somebody else.
                    if refused
                        || self.arrived.load(Ordering::SeqCst) != 0
                        || self.take_results(context)
                        || self.virtual_time && self.look_everywhere(context)
                        || deadline.is_some_and(|when| when <= self.vm.now)
                    {
                        continue;
                    }
                    return Ok(Progress::Idle {
                        deadline: deadline
                            .map(|when| Duration::try_from_secs_f64(when).unwrap_or(Duration::MAX)),
                        pending: self.operations.len(),
                    });
                }
            }
        }
    }

    fn run_slice(&mut self, fuel: u64) -> Exit {
        self.vm.heap.fuel = fuel;
        self.vm.heap.ticks = 0;
        self.vm.run()
    }

    /// More ticks for what is running, on top of the engine's limit.
    pub fn add_fuel(&mut self, ticks: u64) {
        self.fuel = self.fuel.map(|left| left.saturating_add(ticks));
    }

    /// Is something started that is not done?
    pub fn is_running(&self) -> bool {
        self.status == Status::Running
    }

    /// Sets a variable of the main module.
    ///
    /// # Errors
    ///
    /// The value can't be converted.
    pub fn set(&mut self, name: &str, value: impl IntoScript) -> Result<(), Error> {
        let data = value
            .into_script()
            .map_err(|exception| Error::conversion(exception.to_string()))?;
        let value = self.value_of(data)?;
        self.vm.set_main_global(name, value);
        Ok(())
    }

    /// A variable of the main module.
    ///
    /// # Errors
    ///
    /// There is none of that name, or it is of another type.
    pub fn get<T: FromScript>(&mut self, name: &str) -> Result<T, Error> {
        let value = self.global(name)?;
        let data = self
            .vm
            .to_data(value)
            .map_err(|exception| Error::conversion(exception.message()))?;
        convert(data)
    }

    /// What programs printed since the last time, if the engine was built with
    /// [`EngineBuilder::capture_output`](super::EngineBuilder::capture_output).
    pub fn take_output(&mut self) -> String {
        std::mem::take(&mut self.captured)
    }

    /// The session's time.
    pub fn now(&self) -> Duration {
        Duration::try_from_secs_f64(self.vm.now).unwrap_or_default()
    }

    /// The tasks of the running event loop that are not done, in the order they were made: what each waits for, where, and the source
    /// line. For a report when [`Progress::Idle`] says that nothing can happen any more; empty if no loop runs.
    pub fn waiting_tasks(&self) -> String {
        self.vm.waiting_tasks()
    }

    /// Bytes of the session's heap.
    pub fn memory(&self) -> usize {
        self.vm.heap.bytes()
    }

    /// Frees what the program can't reach any more. It happens by itself when it is time.
    pub fn collect_garbage(&mut self) {
        self.vm.collect();
    }

    /// Raises KeyboardInterrupt in the main thread, which waits for something that can't happen, as everything else does. What waits
    /// for whom is kept for the program to tell.
    #[cfg(feature = "cli")]
    pub(crate) fn end_deadlock(&mut self) {
        let report = self.vm.deadlock_report();
        self.vm.deadlock = Some(report.unwrap_or_default());
        self.vm.signal_arrived(SIGINT);
    }

    /// Interrupts this session from elsewhere.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter {
            arrived: Arc::clone(&self.arrived),
            shared: Arc::clone(self.operations.shared()),
        }
    }

    /// Another session that is in the same state, and goes its own way from here. Host functions under way are called again for it.
    #[must_use]
    pub fn fork(&self) -> Self {
        let mut copy = Self::with_vm(self.engine.clone(), self.vm.clone());
        copy.fuel = self.fuel;
        copy.status = self.status;
        copy.vm.restart_host_calls();
        copy
    }

    pub(crate) fn vm(&self) -> &Vm {
        &self.vm
    }

    #[cfg(feature = "cli")]
    pub(crate) fn vm_mut(&mut self) -> &mut Vm {
        &mut self.vm
    }

    pub(super) fn fuel_left(&self) -> Option<u64> {
        self.fuel
    }

    pub(super) fn resume_saved(&mut self, running: bool, fuel: Option<u64>) {
        self.status = if running {
            Status::Running
        } else {
            Status::Resting
        };
        self.fuel = fuel;
        self.vm.restart_host_calls();
    }

    /// Marks the session as running something that was started on the machine itself.
    #[cfg(feature = "cli")]
    pub(crate) fn mark_running(&mut self) {
        self.status = Status::Running;
    }

    fn global(&mut self, name: &str) -> Result<Value, Error> {
        self.vm
            .main_global(name)
            .ok_or_else(|| Error::usage(format!("the program has no variable '{name}'")))
    }

    fn value_of(&mut self, data: Data) -> Result<Value, Error> {
        self.vm
            .from_data(data)
            .map_err(|exception| Error::conversion(exception.to_string()))
    }

    /// Hands the program's output on.
    pub(crate) fn flush(&mut self) {
        for Output { stream, text } in std::mem::take(&mut self.vm.output) {
            match &self.engine.parts().sink {
                Sink::Discard => {}
                Sink::Capture => self.captured.push_str(&text),
                Sink::Writer(write) => write(stream, &text),
            }
        }
    }

    /// Looks for what is done without having woken anybody: virtual time stands still as long as something can happen without it.
    fn look_everywhere(&mut self, context: &mut Context<'_>) -> bool {
        self.operations.look_at_all();
        self.take_results(context) || self.take_results(context)
    }

    /// Drops the host functions whose results nobody wants any more.
    fn forget_cancelled(&mut self) {
        for id in self.vm.forget_cancelled_host_calls() {
            self.operations.remove(id);
        }
    }

    /// Does the host function that the program waits for.
    fn perform(&mut self) {
        let Some(HostOperation { name, args, .. }) = self.vm.host.waiting.clone() else {
            panic!("invariant broken: the machine waits for a host function that it did not name");
        };
        let result = self.arguments(&args).and_then(|args| {
            if &*name == SYSTEM {
                return super::system::ask(self.engine.parts().system, &args);
            }
            if &*name == SIGNALS {
                self.request_signals(&args);
                return Ok(Data::None);
            }
            #[cfg(feature = "network")]
            if &*name == NETWORK {
                return self.network.ask(self.engine.parts().network, &args);
            }
            if &*name == FIND_MODULE {
                return self.engine.parts().modules.find(&args);
            }
            match self.engine.parts().functions.get(&*name) {
                Some(HostFunction::Sync(function)) => function(args),
                Some(HostFunction::Async(_)) | None => Err(missing(&name)),
            }
        });
        let answer = self.answer(result);
        self.vm.answer_host_call(answer);
        #[cfg(feature = "network")]
        if &*name == NETWORK {
            // A socket that was closed is not read any more.
            self.forget_cancelled();
        }
    }

    /// Tells the host what the program wants of the signals of the process: `[caught, default]`.
    fn request_signals(&self, args: &[Data]) {
        let Some(request) = &self.engine.parts().signals else {
            return;
        };
        match *args {
            [_, Data::Int(number)] => request(SignalRequest::Default(number as u32)),
            [Data::Int(caught), _] => {
                let caught = (1..64).filter(|&number| caught as u64 & bit(number) != 0);
                request(SignalRequest::Catch(caught.collect()));
            }
            _ => {}
        }
    }

    /// Begins the asynchronous host functions that the program called. True if one could not begin, and the program was told.
    fn start_operations(&mut self) -> bool {
        let mut refused = false;
        for id in std::mem::take(&mut self.vm.host.started) {
            let Some(HostOperation { name, args, .. }) = self.vm.host.pending.get(&id).cloned()
            else {
                continue;
            };
            let started = self.arguments(&args).and_then(|args| {
                #[cfg(feature = "network")]
                if &*name == NETWORK {
                    return self.network.start(self.engine.parts().network, &args);
                }
                match self.engine.parts().functions.get(&*name) {
                    Some(HostFunction::Async(function)) => function(args),
                    Some(HostFunction::Sync(_)) | None => Err(missing(&name)),
                }
            });
            match started {
                Ok(future) => self.operations.add(id, future),
                Err(exception) => {
                    let answer = self.answer(Err(exception));
                    self.vm.complete_host(id, answer);
                    refused = true;
                }
            }
        }
        refused
    }

    /// Gives the program the results of host functions that are done. False if there are none.
    fn take_results(&mut self, context: &mut Context<'_>) -> bool {
        let done = self.operations.poll(context);
        let any = !done.is_empty();
        for (id, result) in done {
            let answer = self.answer(result);
            self.vm.complete_host(id, answer);
        }
        any
    }

    fn arguments(&self, args: &[Value]) -> Result<Vec<Data>, Exception> {
        args.iter().map(|&arg| self.vm.to_data(arg)).collect()
    }

    fn answer(&mut self, result: Result<Data, Exception>) -> Result<Value, Id<Instance>> {
        result
            .and_then(|data| self.vm.from_data(data))
            .map_err(|exception| self.vm.new_host_exception(&exception))
    }

    /// An uncaught exception as an error.
    pub(crate) fn error_of(&mut self, exception: Id<Instance>) -> Error {
        if self.vm.is_limit(exception) {
            return Error::out_of_memory();
        }
        let texts = self.vm.exception_texts(exception, TEXT_FUEL);
        self.flush();
        let message = self.vm.exception_message(exception, &texts);
        let traceback = match self.vm.is_reported(exception) {
            true => String::new(),
            false => self.vm.traceback_text_with(exception, &texts),
        };
        let type_name = self.vm.exception_class_name(exception);
        let status = self.vm.exit_status(exception, &texts);
        // What `sys.exit("text")` says goes out before the program ends.
        self.flush();
        let place = self.vm.raised_at(exception);
        let exception = Exception::new(type_name, message).with_traceback(traceback, status);
        Error::exception_at(exception, place)
    }
}

fn missing(name: &str) -> Exception {
    if name == NETWORK {
        return Exception::new("PermissionError", "this build of acoro has no network");
    }
    if name == STDIN {
        return Exception::new("RuntimeError", "input(): lost sys.stdin");
    }
    Exception::new("RuntimeError", format!("the host has no function '{name}'"))
}

pub(super) fn convert<T: FromScript>(data: Data) -> Result<T, Error> {
    T::from_script(data).map_err(|exception| Error::conversion(exception.message()))
}
