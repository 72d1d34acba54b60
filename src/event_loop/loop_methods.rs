//! Methods of event loops and handles.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::functions::seconds;
use super::loop_object;
use super::{Child, Future, Handle, Loop, LoopLife, Ready, TimerTarget, Waiter};
use crate::heap::{Id, Value};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Vm, native, ok};

/// Methods of event loops.
pub(crate) const LOOP: &[NativeFn] = &[
    native("__new__", "cls, selector=None", new),
    native("__init__", "self, selector=None", loop_object::init),
    native("_begin_at_nought", "self", begin_at_nought),
    native("_advance_time", "self, seconds, /", advance_time),
    native("run_forever", "self", run_forever),
    native("run_until_complete", "self, future", run_until_complete),
    native("stop", "self", stop),
    native("close", "self", close),
    native("is_running", "self", is_running),
    native("is_closed", "self", is_closed),
    native(
        "call_soon",
        "self, callback, *args, context=None",
        call_soon,
    ),
    native(
        "call_soon_threadsafe",
        "self, callback, *args, context=None",
        call_soon_threadsafe,
    ),
    native(
        "call_later",
        "self, delay, callback, *args, context=None",
        call_later,
    ),
    native(
        "call_at",
        "self, when, callback, *args, context=None",
        call_at,
    ),
    native("time", "self", time),
    native("create_future", "self", create_future),
    native(
        "create_task",
        "self, coro, *, name=None, context=None",
        create_task,
    ),
    native("set_task_factory", "self, factory", set_task_factory),
    native("get_task_factory", "self", get_task_factory),
    native(
        "set_exception_handler",
        "self, handler",
        set_exception_handler,
    ),
    native("get_exception_handler", "self", get_exception_handler),
    native(
        "default_exception_handler",
        "self, context",
        default_exception_handler,
    ),
    native(
        "call_exception_handler",
        "self, context",
        call_exception_handler,
    ),
    native("set_debug", "self, enabled", set_debug),
    native("get_debug", "self", get_debug),
    native("shutdown_asyncgens", "self", shutdown_asyncgens),
    native(
        "shutdown_default_executor",
        "self, timeout=None",
        shutdown_default_executor,
    ),
    native(
        "set_default_executor",
        "self, executor",
        set_default_executor,
    ),
    native("_set_executor", "self, executor", set_executor),
    native(
        "run_in_executor",
        "self, executor, func, *args",
        run_in_executor,
    ),
    native(
        "create_connection",
        "self, protocol_factory, host=None, port=None, *, ssl=None, family=0, proto=0, flags=0, sock=None, local_addr=None, server_hostname=None, ssl_handshake_timeout=None, ssl_shutdown_timeout=None, happy_eyeballs_delay=None, interleave=None, all_errors=False",
        create_connection,
    ),
    native(
        "create_server",
        "self, protocol_factory, host=None, port=None, *, family=0, flags=1, sock=None, backlog=100, ssl=None, reuse_address=None, reuse_port=None, keep_alive=None, ssl_handshake_timeout=None, ssl_shutdown_timeout=None, start_serving=True",
        create_server,
    ),
    native(
        "add_signal_handler",
        "self, sig, callback, *args",
        add_signal_handler,
    ),
    native("remove_signal_handler", "self, sig", remove_signal_handler),
    native("_add_callback", "self, handle", add_handle),
];

/// Methods of handles.
pub(crate) const HANDLE: &[NativeFn] = &[
    native(
        "__new__",
        "cls, callback, args, loop, context=None",
        new_handle,
    ),
    native("_run", "self", handle_run),
    native("cancel", "self", handle_cancel),
    native("cancelled", "self", handle_cancelled),
    native("get_context", "self", handle_context),
];

/// What timer handles have of their own.
pub(crate) const TIMER_HANDLE: &[NativeFn] = &[
    native(
        "__new__",
        "cls, when, callback, args, loop, context=None",
        new_timer_handle,
    ),
    native("when", "self", handle_when),
];

fn this(vm: &mut Vm, args: Args) -> Result<Id<Loop>, Raise> {
    let this = args.get(vm, 0);
    match vm.loop_in(this) {
        Some(id) => Ok(id),
        None => {
            let name = vm.type_name(this).to_owned();
            Err(vm.type_error(format!("descriptor requires an event loop, not '{name}'")))
        }
    }
}

/// A loop asks its host what is ready, whatever selector it is given.
fn new(vm: &mut Vm, args: Args) -> NativeResult {
    if let selector @ Value::Instance(id) = args.get(vm, 1)
        && vm.heap.text(vm.heap[vm.heap[id].class].module) != "selectors"
    {
        let name = vm.type_name(selector).to_owned();
        return vm.fail_type(format!(
            "acoro's event loops ask no selector: they take one of the module selectors, not '{name}'"
        ));
    }
    let class = args.get(vm, 0);
    vm.new_loop_of(class).map(Outcome::Value)
}

/// The loop's clock shows 0 now, as that of a loop of tests does.
fn begin_at_nought(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    vm.heap[id].origin = vm.now;
    ok(Value::None)
}

/// Moves the clock of a loop of tests.
fn advance_time(vm: &mut Vm, args: Args) -> NativeResult {
    this(vm, args)?;
    let by = args.get(vm, 1);
    vm.now += seconds(vm, by)?.max(0.0);
    ok(Value::None)
}

fn check_runnable(vm: &mut Vm, id: Id<Loop>) -> Result<(), Raise> {
    vm.check_open(id)?;
    if vm.heap[id].life == LoopLife::Running {
        return Err(vm.runtime_error("This event loop is already running"));
    }
    if vm.running_loop.is_some() {
        return Err(vm.runtime_error("Cannot run the event loop while another loop is running"));
    }
    Ok(())
}

fn run_forever(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    check_runnable(vm, id)?;
    vm.heap[id].until = Value::Undef;
    Ok(Outcome::RunLoop(id))
}

fn run_until_complete(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    check_runnable(vm, id)?;
    let future = args.get(vm, 1);
    let Some(child) = vm.to_future(future, Some(id))? else {
        return vm.call_prelude("_run_until_complete", &[vm.loop_value(id), future]);
    };
    if let Some(object) = vm.with_own(child, "add_done_callback") {
        let given = [vm.loop_value(id), Value::Instance(object)];
        return vm.call_prelude("_run_until_own", &given);
    }
    vm.wait_for(child, Waiter::Loop);
    vm.heap[id].until = child.value();
    Ok(Outcome::RunLoop(id))
}

fn stop(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    vm.heap[id].stopping = true;
    ok(Value::None)
}

fn close(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    match vm.heap[id].life {
        LoopLife::Running => Err(vm.runtime_error("Cannot close a running event loop")),
        LoopLife::Closed => ok(Value::None),
        LoopLife::Idle
            if vm.asyncio.caught != 0
                || !vm.heap[id].executor.or_none().is_none()
                || vm.heap[id]
                    .failed
                    .iter()
                    .any(|&child| vm.future(child).unretrieved) =>
        {
            vm.call_prelude("_report_and_close", &[vm.loop_value(id)])
        }
        LoopLife::Idle => {
            vm.close_loop(id);
            ok(Value::None)
        }
    }
}

fn is_running(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    ok(Value::Bool(vm.heap[id].life == LoopLife::Running))
}

fn is_closed(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    ok(Value::Bool(vm.heap[id].life == LoopLife::Closed))
}

impl Vm {
    /// A handle for a callback, in the context that a `context=` argument gives, or the running one.
    pub(crate) fn new_handle_for(
        &mut self,
        event_loop: Id<Loop>,
        callback: Value,
        args: &[Value],
        when: Option<f64>,
        context: Value,
    ) -> Result<Id<Handle>, Raise> {
        let context = match self.context_of(context)? {
            Some(context) => context,
            None => self.copied_context(),
        };
        let created = self
            .fiber
            .frames
            .last()
            .map_or(0, |frame| frame.pc.saturating_sub(1));
        let debug = self.heap[event_loop].debug;
        let stack = debug.then(|| self.creation_stack());
        Ok(self.heap.new_handle(Handle {
            callback,
            args: args.into(),
            cancelled: false,
            scheduled: when.is_some(),
            when,
            event_loop,
            context,
            created,
            stack,
        }))
    }
}

fn call_soon(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    vm.check_open(id)?;
    check_thread(vm, id)?;
    add_callback(vm, id, args, "call_soon")
}

fn call_soon_threadsafe(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    vm.check_open(id)?;
    add_callback(vm, id, args, "call_soon_threadsafe")
}

fn add_callback(vm: &mut Vm, id: Id<Loop>, args: Args, method: &str) -> NativeResult {
    let (callback, context) = (args.get(vm, 1), args.get(vm, 2));
    check_callback(vm, id, callback, method)?;
    let rest = args.rest(vm, 3).to_vec();
    let handle = vm.new_handle_for(id, callback, &rest, None, context)?;
    vm.push_ready(id, Ready::Callback(handle));
    ok(Value::Handle(handle))
}

/// In debug mode, a loop that runs is only for its own thread.
fn check_thread(vm: &mut Vm, id: Id<Loop>) -> Result<(), Raise> {
    let data = &vm.heap[id];
    if data.debug && data.life == LoopLife::Running && vm.running_loop != Some(id) {
        return Err(vm.runtime_error(
            "Non-thread-safe operation invoked on an event loop other than the current one",
        ));
    }
    Ok(())
}

/// Debug mode looks at what is to be called.
fn check_callback(vm: &mut Vm, id: Id<Loop>, callback: Value, method: &str) -> Result<(), Raise> {
    if !vm.heap[id].debug {
        return Ok(());
    }
    let is_coroutine = vm.is_coroutine_like(callback)
        || matches!(callback, Value::Function(id)
            if vm.heap[id].kind == crate::bytecode::FunctionKind::Coroutine);
    if is_coroutine {
        return Err(vm.type_error(format!("coroutines cannot be used with {method}()")));
    }
    if !is_callable(vm, callback) {
        let text = vm.short_repr(callback);
        return Err(vm.type_error(format!(
            "a callable object was expected by {method}(), got {text}"
        )));
    }
    Ok(())
}

fn schedule(vm: &mut Vm, id: Id<Loop>, when: f64, args: Args) -> NativeResult {
    vm.check_open(id)?;
    let (callback, context) = (args.get(vm, 2), args.get(vm, 3));
    check_thread(vm, id)?;
    check_callback(vm, id, callback, "call_at")?;
    let rest = args.rest(vm, 4).to_vec();
    let shown = when - vm.heap[id].origin;
    let handle = vm.new_handle_for(id, callback, &rest, Some(shown), context)?;
    vm.add_timer(id, when, TimerTarget::Callback(handle));
    ok(Value::Handle(handle))
}

fn call_later(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let delay = args.get(vm, 1);
    if delay.is_none() {
        return vm.fail_type("delay must not be None");
    }
    let delay = match vm.native_value(delay) {
        Value::Str(_) | Value::List(_) | Value::Tuple(_) | Value::Dict(_) => {
            let name = vm.type_name(delay).to_owned();
            return vm.fail_type(format!(
                "unsupported operand type(s) for +: 'float' and '{name}'"
            ));
        }
        _ => seconds(vm, delay)?,
    };
    let when = vm.now + delay;
    schedule(vm, id, when, args)
}

fn call_at(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let when = args.get(vm, 1);
    if when.is_none() {
        return vm.fail_type("when cannot be None");
    }
    let when = seconds(vm, when)? + vm.heap[id].origin;
    schedule(vm, id, when, args)
}

fn time(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    vm.asyncio.origin = vm.heap[id].origin;
    vm.asyncio.count_asking(vm.now);
    Ok(Outcome::Clock(super::Pending::Clock(super::Clock::Loop)))
}

fn create_future(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    ok(Value::Future(vm.new_traced_future(Future::new(id))))
}

fn create_task(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let (coroutine, name, context) = (args.get(vm, 1), args.get(vm, 2), args.get(vm, 3));
    vm.create_task(id, coroutine, name, context)
}

fn set_task_factory(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let factory = args.get(vm, 1);
    if !factory.is_none() && !is_callable(vm, factory) {
        return vm.fail_type("task factory must be a callable or None");
    }
    vm.heap[id].task_factory = factory;
    ok(Value::None)
}

fn is_callable(vm: &Vm, value: Value) -> bool {
    match value {
        Value::Function(_) | Value::Native(_) | Value::BoundMethod(_) | Value::Class(_) => true,
        _ => vm
            .class_attribute(vm.class_of(value), crate::vm::names::CALL)
            .is_some(),
    }
}

fn get_task_factory(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    ok(vm.heap[id].task_factory.or_none())
}

fn set_exception_handler(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let handler = args.get(vm, 1);
    if !handler.is_none() && !is_callable(vm, handler) {
        let text = vm.short_repr(handler);
        return vm.fail_type(format!("A callable object or None is expected, got {text}"));
    }
    vm.heap[id].exception_handler = handler;
    ok(Value::None)
}

fn get_exception_handler(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    ok(vm.heap[id].exception_handler.or_none())
}

fn default_exception_handler(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let context = args.get(vm, 1);
    vm.call_prelude("_default_exception_handler", &[vm.loop_value(id), context])
}

fn call_exception_handler(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let context = args.get(vm, 1);
    vm.call_prelude("_call_exception_handler", &[vm.loop_value(id), context])
}

fn set_debug(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let enabled = args.get(vm, 1);
    vm.heap[id].debug = vm.truth(enabled).unwrap_or(true);
    ok(Value::None)
}

fn get_debug(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    ok(Value::Bool(vm.heap[id].debug))
}

fn shutdown_asyncgens(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let closed = |vm: &Vm, it: &Id<crate::objects::Coroutine>| {
        vm.heap[*it].state == crate::objects::CoroutineState::Closed
    };
    if vm.heap[id].generators.iter().all(|it| closed(vm, it)) {
        return vm.ready_now(Value::None);
    }
    vm.call_prelude("_shutdown_asyncgens", &[vm.loop_value(id)])
}

fn shutdown_default_executor(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    vm.heap[id].executor_shut = true;
    if vm.heap[id].executor.or_none().is_none() {
        return vm.ready_now(Value::None);
    }
    let (executor, timeout) = (vm.heap[id].executor, args.get(vm, 1).or_none());
    vm.call_prelude(
        "_shutdown_default_executor",
        &[vm.loop_value(id), executor, timeout],
    )
}

fn set_default_executor(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    check_executor(vm, id)?;
    let executor = args.get(vm, 1);
    vm.call_prelude("_set_default_executor", &[vm.loop_value(id), executor])
}

fn set_executor(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    vm.heap[id].executor = args.get(vm, 1);
    ok(Value::None)
}

fn check_executor(vm: &mut Vm, id: Id<Loop>) -> Result<(), Raise> {
    if vm.heap[id].executor_shut {
        return Err(vm.runtime_error("Executor shutdown has been called"));
    }
    Ok(())
}

fn run_in_executor(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    vm.check_open(id)?;
    let (executor, function) = (args.get(vm, 1), args.get(vm, 2));
    check_callback(vm, id, function, "run_in_executor")?;
    let rest = args.rest(vm, 3).to_vec();
    let rest = vm.heap.tuple(rest);
    let executor = if executor.or_none().is_none() {
        check_executor(vm, id)?;
        vm.heap[id].executor.or_none()
    } else {
        executor
    };
    vm.call_prelude(
        "_run_in_executor",
        &[vm.loop_value(id), executor, function, rest],
    )
}

/// Asks the part of asyncio that has sockets, with all that was given.
fn network_call(vm: &mut Vm, function: &str, args: Args, count: usize) -> NativeResult {
    let id = this(vm, args)?;
    let mut given = vec![vm.loop_value(id)];
    given.extend((1..count).map(|at| args.get(vm, at).or_none()));
    vm.call_prelude(function, &given)
}

fn create_connection(vm: &mut Vm, args: Args) -> NativeResult {
    network_call(vm, "_create_connection", args, 16)
}

fn create_server(vm: &mut Vm, args: Args) -> NativeResult {
    network_call(vm, "_create_server", args, 15)
}

fn add_signal_handler(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let (signal, callback) = (args.get(vm, 1), args.get(vm, 2));
    let rest = args.rest(vm, 3).to_vec();
    let rest = vm.heap.tuple(rest);
    vm.call_prelude(
        "_add_signal_handler",
        &[vm.loop_value(id), signal, callback, rest],
    )
}

fn remove_signal_handler(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let signal = args.get(vm, 1);
    vm.call_prelude("_remove_signal_handler", &[vm.loop_value(id), signal])
}

fn handle(vm: &mut Vm, args: Args) -> Result<Id<Handle>, Raise> {
    match args.get(vm, 0) {
        Value::Handle(id) => Ok(id),
        _ => Err(vm.type_error("descriptor requires a handle")),
    }
}

/// `asyncio.Handle(…)`, made by a program: it belongs to no queue yet.
fn made_handle(vm: &mut Vm, args: Args, first: usize, when: Option<f64>) -> NativeResult {
    let callback = args.get(vm, first);
    let given = args.get(vm, first + 1);
    let given = vm.items_of(given)?.unwrap_or_default();
    let Some(event_loop) = vm.loop_in(args.get(vm, first + 2)) else {
        return vm.fail_type("loop must be an event loop".to_owned());
    };
    let context = args.get(vm, first + 3);
    let id = vm.new_handle_for(event_loop, callback, &given, when, context)?;
    vm.heap[id].scheduled = false;
    ok(Value::Handle(id))
}

fn new_handle(vm: &mut Vm, args: Args) -> NativeResult {
    made_handle(vm, args, 1, None)
}

fn new_timer_handle(vm: &mut Vm, args: Args) -> NativeResult {
    let when = args.get(vm, 1);
    let when = super::functions::seconds(vm, when)?;
    made_handle(vm, args, 2, Some(when))
}

fn handle_run(vm: &mut Vm, args: Args) -> NativeResult {
    let id = handle(vm, args)?;
    let event_loop = vm.heap[id].event_loop;
    vm.call_prelude(
        "_run_handle",
        &[vm.loop_value(event_loop), Value::Handle(id)],
    )
}

/// What a program puts on the ready queue itself, unless it is cancelled.
fn add_handle(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    if let Value::Handle(handle) = args.get(vm, 1)
        && !vm.heap[handle].cancelled
    {
        vm.push_ready(id, Ready::Callback(handle));
    }
    ok(Value::None)
}

fn handle_cancel(vm: &mut Vm, args: Args) -> NativeResult {
    let id = handle(vm, args)?;
    // Debug mode goes on showing what it would have called.
    let debug = vm.heap[vm.heap[id].event_loop].debug;
    let data = &mut vm.heap[id];
    if std::mem::replace(&mut data.cancelled, true) {
        return ok(Value::None);
    }
    if !debug {
        data.callback = Value::None;
        data.args.clear();
    }
    if std::mem::take(&mut data.scheduled) {
        let event_loop = data.event_loop;
        vm.timer_cancelled(event_loop);
    }
    ok(Value::None)
}

fn handle_cancelled(vm: &mut Vm, args: Args) -> NativeResult {
    let id = handle(vm, args)?;
    ok(Value::Bool(vm.heap[id].cancelled))
}

fn handle_context(vm: &mut Vm, args: Args) -> NativeResult {
    let id = handle(vm, args)?;
    let cell = match vm.heap[id].context {
        Some(cell) => cell,
        None => {
            let cell = vm
                .heap
                .new_cell(crate::objects::Cell { value: Value::None });
            vm.heap[id].context = Some(cell);
            cell
        }
    };
    vm.call_prelude("_context_object", &[Value::Cell(cell)])
}

fn handle_when(vm: &mut Vm, args: Args) -> NativeResult {
    let id = handle(vm, args)?;
    ok(Value::Float(vm.heap[id].when.unwrap_or_default()))
}

impl Vm {
    /// Puts a done callback of a script on a future, or, when it is done, on the ready queue.
    pub(super) fn add_done_callback(
        &mut self,
        child: Child,
        callback: Value,
        context: Value,
    ) -> Result<(), Raise> {
        let event_loop = self.future(child).event_loop;
        let this = self.child_value(child);
        let handle = self.new_handle_for(event_loop, callback, &[this], None, context)?;
        if self.future(child).is_done() {
            self.check_open(event_loop)?;
        }
        let waiter = self.woken_by(callback);
        self.wait_for(child, waiter.unwrap_or(Waiter::Callback(handle)));
        Ok(())
    }
}
