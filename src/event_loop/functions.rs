//! The functions of the module `asyncio` that are native, and what its part in acoro needs.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{AwaitableKind, Child, FutureObject, Loop, LoopLife, Root, Task};
use crate::bytecode::FunctionKind;
use crate::heap::{Id, Value};
use crate::objects::{Cell, Class, Instance, Set};
use crate::vm::native::Quick;
use crate::vm::{
    Args, NativeFn, NativeResult, Outcome, Raise, ResumeInput, ResumeMode, ResumeRequest, Vm,
    classes, native, ok,
};

use super::attributes::SOURCE_TRACEBACK;

/// Functions of the module.
pub(crate) const MODULE: &[NativeFn] = &[
    native("sleep", "delay, result=None", sleep).quick(Quick::Pause),
    native(
        "create_task",
        "coro, *, name=None, context=None",
        create_task,
    ),
    native(
        "ensure_future",
        "coro_or_future, *, loop=None",
        ensure_future,
    ),
    native("current_task", "loop=None", current_task),
    native("all_tasks", "loop=None", all_tasks),
    native("get_running_loop", "", get_running_loop),
    native("_get_running_loop", "", running_or_none),
    native("_set_running_loop", "loop, /", set_running_loop),
    native("get_event_loop", "", get_event_loop),
    native("set_event_loop", "loop, /", set_event_loop),
    native("new_event_loop", "", new_event_loop),
    native("_swap_policy", "loop, named, /", swap_policy),
    native("iscoroutine", "obj", iscoroutine),
    native("iscoroutinefunction", "func", iscoroutinefunction),
    native("isfuture", "obj", isfuture),
    native(
        "eager_task_factory",
        "loop, coro, *, name=None, context=None",
        eager_task_factory,
    ),
    native("_builtin_class", "name, /", builtin_class),
    native("_live_tasks", "loop, /", live_tasks),
    native("_take_generators", "loop, /", take_generators),
    native("_set_main_task", "loop, task, /", set_main_task),
    native("_interrupts", "loop, /", interrupts),
    native("_close_loop", "loop, /", close_loop),
    native("_new_context", "", new_context),
    native("_task_in", "loop, coro, context, /", task_in),
];

/// Private natives of the prelude.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_current_or_new_loop", "", current_or_new_loop),
    native("_exception_handler", "loop, /", exception_handler),
    native("_event_loop_facts", "object, /", event_loop_facts),
    native("_function_place", "function, /", function_place),
    native("_loop_write", "text, /", loop_write),
    native("_loop_traceback", "exception, /", loop_traceback),
];

/// Seconds as a float.
pub(crate) fn seconds(vm: &mut Vm, value: Value) -> Result<f64, Raise> {
    match vm.native_value(value) {
        Value::Int(value) => Ok(value as f64),
        Value::Float(value) => Ok(value),
        Value::Bool(value) => Ok(f64::from(u8::from(value))),
        _ => {
            let name = vm.type_name(value).to_owned();
            Err(vm.type_error(format!(
                "'<=' not supported between instances of '{name}' and 'int'"
            )))
        }
    }
}

fn sleep(vm: &mut Vm, args: Args) -> NativeResult {
    let delay = match args.get(vm, 0) {
        Value::Int(value) => value as f64,
        Value::Float(value) => value,
        other => {
            let result = args.get(vm, 1).or_none();
            return vm.call_prelude("_sleep_of", &[other, result]);
        }
    };
    let result = args.get(vm, 1).or_none();
    if delay <= 0.0 && result.is_none() && vm.is_awaited_at_once() {
        return Ok(Outcome::Suspend);
    }
    if delay.is_nan() {
        return vm.call_prelude("_sleep_of", &[Value::Float(delay), result]);
    }
    ok(vm.new_native_awaitable(AwaitableKind::Sleep { delay, result }))
}

/// The running loop.
pub(crate) fn running(vm: &mut Vm) -> Result<Id<Loop>, Raise> {
    match vm.running_loop {
        Some(event_loop) => Ok(event_loop),
        None => Err(vm.runtime_error("no running event loop")),
    }
}

fn create_task(vm: &mut Vm, args: Args) -> NativeResult {
    let event_loop = running(vm)?;
    let (coroutine, name, context) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
    if let (Value::Coroutine(root), Value::Undef, Value::Undef) = (coroutine, name, context)
        && vm.heap[event_loop].makes_plain_tasks(vm.limits.tasks)
    {
        let task = vm.new_task(event_loop, Root::Coroutine(root), Value::Undef, false);
        return ok(Value::Task(task));
    }
    if vm.heap[event_loop].own_create_task {
        let event_loop = vm.loop_value(event_loop);
        let given = [event_loop, coroutine, name.or_none(), context.or_none()];
        return vm.call_prelude("_create_own_task", &given);
    }
    vm.create_task(event_loop, coroutine, name, context)
}

impl Vm {
    /// `loop.create_task(coroutine)`
    pub(super) fn create_task(
        &mut self,
        event_loop: Id<Loop>,
        coroutine: Value,
        name: Value,
        context: Value,
    ) -> NativeResult {
        self.check_open(event_loop)?;
        if !self.is_coroutine_like(coroutine) && !self.has_task_factory(event_loop) {
            return self.not_a_coroutine(coroutine);
        }
        let factory = self.heap[event_loop].task_factory;
        if !factory.is_undef() && !factory.is_none() {
            return self.call_prelude(
                "_create_task_with",
                &[
                    factory,
                    self.loop_value(event_loop),
                    coroutine,
                    name.or_none(),
                    context.or_none(),
                ],
            );
        }
        let task = self.make_task(event_loop, coroutine, name)?;
        self.set_task_context(task, context)?;
        ok(Value::Task(task))
    }

    /// A task in the context a `context=` argument gives.
    pub(super) fn set_task_context(&mut self, task: Id<Task>, context: Value) -> Result<(), Raise> {
        if let Some(cell) = self.context_of(context)? {
            self.heap[task].context = cell;
            self.heap[task].context_object = match context {
                Value::Instance(object) => Some(object),
                _ => None,
            };
        }
        Ok(())
    }

    /// The cell of a `Context` object; None when there is no such argument.
    pub(super) fn context_of(&mut self, context: Value) -> Result<Option<Option<Id<Cell>>>, Raise> {
        match context {
            Value::Undef | Value::None => Ok(None),
            Value::Cell(cell) => Ok(Some(Some(cell))),
            Value::Instance(id) => {
                let name = self.heap.intern("_cell");
                match self.own_attribute(id, name) {
                    Some(Value::Cell(cell)) => Ok(Some(Some(cell))),
                    _ => Err(self.type_error("a Context was expected")),
                }
            }
            _ => Err(self.type_error("a Context was expected")),
        }
    }

    /// A copy of the running context, for what is made in it.
    #[inline]
    pub(crate) fn copied_context(&mut self) -> Option<Id<Cell>> {
        let value = self.heap[self.asyncio.context?].value;
        Some(self.heap.new_cell(Cell { value }))
    }

    /// A task of a coroutine; its name is as `Task(name=)` takes it.
    pub(super) fn make_task(
        &mut self,
        event_loop: Id<Loop>,
        coroutine: Value,
        name: Value,
    ) -> Result<Id<Task>, Raise> {
        let Some(root) = self.task_root(coroutine)? else {
            panic!("invariant broken: who makes a task has looked at what it is to run");
        };
        let name = self.task_name_argument(name)?;
        if self.heap[event_loop].live_tasks >= self.limits.tasks {
            return Err(self.runtime_error("too many tasks"));
        }
        Ok(self.new_task(event_loop, root, name, false))
    }

    /// What a task can't run.
    pub(super) fn not_a_coroutine(&mut self, value: Value) -> NativeResult {
        self.call_prelude("_not_a_coroutine", &[value])
    }

    /// A task's name as given: a str stays, other things are shown as `str` does.
    pub(super) fn task_name_argument(&mut self, name: Value) -> Result<Value, Raise> {
        match name {
            Value::Undef | Value::None | Value::Str(_) => Ok(name),
            other => {
                let text = self.str(other)?;
                let text = text.unwrap_or_else(|| self.short_repr(other));
                Ok(self.heap.str(text))
            }
        }
    }

    /// A task's name as a str.
    pub(super) fn task_name(&mut self, id: Id<Task>) -> Value {
        match self.heap[id].name {
            Value::Int(number) => {
                let name = self.heap.str(format!("Task-{number}"));
                self.heap[id].name = name;
                name
            }
            name => name,
        }
    }

    /// RuntimeError if the loop is closed.
    pub(super) fn check_open(&mut self, event_loop: Id<Loop>) -> Result<(), Raise> {
        if self.heap[event_loop].life == LoopLife::Closed {
            return Err(self.runtime_error("Event loop is closed"));
        }
        Ok(())
    }

    /// Is the value a coroutine as asyncio sees it: a coroutine, or an object with the methods of one?
    pub(crate) fn is_coroutine_like(&self, value: Value) -> bool {
        match value {
            Value::Coroutine(_) => true,
            Value::Awaitable(id) => !matches!(self.heap[id].kind, AwaitableKind::Iterator(_)),
            Value::Instance(id) => {
                let class = self.heap[id].class;
                ["__await__", "send", "throw", "close"].iter().all(|name| {
                    self.heap
                        .interned(name)
                        .is_some_and(|name| self.class_attribute(class, name).is_some())
                })
            }
            _ => false,
        }
    }

    /// A future or task of an awaitable, without running script code. None if only the prelude can make it.
    pub(super) fn to_future(
        &mut self,
        value: Value,
        event_loop: Option<Id<Loop>>,
    ) -> Result<Option<Child>, Raise> {
        if let Some(child) = self.child_of(value) {
            if event_loop.is_some_and(|event_loop| event_loop != self.future(child).event_loop) {
                return Err(self.value_error("The future belongs to a different loop than the one specified as the loop argument"));
            }
            return Ok(Some(child));
        }
        let coroutine = if self.is_coroutine_like(value) {
            value
        } else {
            let class = self.class_of(value);
            if self
                .class_attribute(class, crate::vm::names::AWAIT)
                .is_none()
            {
                return Err(
                    self.type_error("An asyncio.Future, a coroutine or an awaitable is required")
                );
            }
            Value::Coroutine(self.prelude_generator("_wrap_awaitable", &[value])?)
        };
        let event_loop = match event_loop {
            Some(event_loop) => event_loop,
            None => self.running_or_policy_loop()?,
        };
        self.check_open(event_loop)?;
        if self.has_task_factory(event_loop) {
            return Ok(None);
        }
        Ok(Some(Child::Task(self.make_task(
            event_loop,
            coroutine,
            Value::Undef,
        )?)))
    }

    /// What `get_event_loop` gives.
    pub(super) fn running_or_policy_loop(&mut self) -> Result<Id<Loop>, Raise> {
        if let Some(event_loop) = self.running_loop.or(self.asyncio.policy) {
            return Ok(event_loop);
        }
        if !self.takes_interrupts() || self.asyncio.policy_named {
            let name = self.fibers.name().to_owned();
            return Err(self.runtime_error(format!(
                "There is no current event loop in thread '{name}'."
            )));
        }
        let event_loop = self.new_loop_object();
        self.asyncio.policy = Some(event_loop);
        Ok(event_loop)
    }

    /// Closes a loop that is not running.
    pub(super) fn close_loop(&mut self, event_loop: Id<Loop>) {
        self.heap.update(event_loop, |it| {
            it.life = LoopLife::Closed;
            it.ready = Default::default();
            it.timers = Default::default();
            it.tasks = Vec::new();
            it.failed = Vec::new();
            it.generators = Vec::new();
        });
    }

    /// Takes tasks out of a loop's list, as if they were done.
    pub(crate) fn forget_tasks(&mut self, event_loop: Id<Loop>, lost: &[Id<Task>]) {
        let data = &mut self.heap[event_loop];
        data.tasks.retain(|task| !lost.contains(task));
        data.live_tasks = data.live_tasks.saturating_sub(lost.len());
    }

    pub(super) fn new_loop_object(&mut self) -> Id<Loop> {
        self.heap.new_loop(Loop {
            slow_callback_duration: 0.1,
            debug: self.asyncio.debug,
            ..Loop::default()
        })
    }
}

fn loop_argument(vm: &mut Vm, value: Value) -> Result<Option<Id<Loop>>, Raise> {
    match vm.loop_in(value) {
        None if matches!(value, Value::Undef | Value::None) => Ok(None),
        None => Err(vm.type_error("loop must be an event loop")),
        found => Ok(found),
    }
}

fn ensure_future(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    if is_future_like(vm, value) {
        return ok(value);
    }
    let event_loop = args.get(vm, 1);
    let event_loop = loop_argument(vm, event_loop)?;
    match vm.to_future(value, event_loop)? {
        Some(child) => ok(vm.child_value(child)),
        None => {
            let event_loop = match event_loop {
                Some(event_loop) => event_loop,
                None => vm.running_or_policy_loop()?,
            };
            let coroutine = if vm.is_coroutine_like(value) {
                value
            } else {
                Value::Coroutine(vm.prelude_generator("_wrap_awaitable", &[value])?)
            };
            if vm.heap[event_loop].own_create_task {
                let event_loop = vm.loop_value(event_loop);
                return vm.call_prelude("_ensure_own_task", &[event_loop, coroutine]);
            }
            vm.create_task(event_loop, coroutine, Value::Undef, Value::Undef)
        }
    }
}

fn current_task(vm: &mut Vm, args: Args) -> NativeResult {
    let event_loop = match args.get(vm, 0) {
        Value::Undef | Value::None => running(vm)?,
        given => match vm.loop_in(given) {
            Some(event_loop) => event_loop,
            None => return ok(Value::None),
        },
    };
    let current = vm.heap[event_loop].current;
    ok(current.map_or(Value::None, |id| vm.child_value(Child::Task(id))))
}

fn tasks_of(vm: &Vm, event_loop: Id<Loop>) -> Vec<Value> {
    let tasks = vm.heap[event_loop].tasks.iter();
    tasks
        .filter(|&&task| !vm.heap[task].future.is_done())
        .map(|&task| vm.child_value(Child::Task(task)))
        .collect()
}

fn all_tasks(vm: &mut Vm, args: Args) -> NativeResult {
    let event_loop = match args.get(vm, 0) {
        Value::Undef | Value::None => Some(running(vm)?),
        given => vm.loop_in(given),
    };
    let set = vm.heap.new_set(Set::default());
    for task in event_loop.map_or(Vec::new(), |it| tasks_of(vm, it)) {
        vm.set_add(set, task)?;
    }
    ok(Value::Set(set))
}

fn live_tasks(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(event_loop) = vm.loop_in(args.get(vm, 0)) else {
        return vm.fail_type("a loop was expected");
    };
    let tasks = tasks_of(vm, event_loop);
    ok(vm.heap.list(tasks))
}

fn get_running_loop(vm: &mut Vm, _args: Args) -> NativeResult {
    running(vm).map(|id| Outcome::Value(vm.loop_value(id)))
}

fn running_or_none(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(vm.running_loop.map_or(Value::None, |id| vm.loop_value(id)))
}

/// Says which loop runs, to code that is called by none.
fn set_running_loop(vm: &mut Vm, args: Args) -> NativeResult {
    let event_loop = args.get(vm, 0);
    let runs = vm
        .running_loop
        .is_some_and(|id| vm.heap[id].life == LoopLife::Running);
    if !runs {
        vm.running_loop = loop_argument(vm, event_loop)?;
    }
    ok(Value::None)
}

fn get_event_loop(vm: &mut Vm, args: Args) -> NativeResult {
    let known = vm.running_loop.or(vm.asyncio.policy).is_some();
    if !known && vm.takes_interrupts() && !vm.asyncio.policy_named {
        // One is made, and CPython warns of that.
        return vm.call_prelude("_no_current_loop", &[]);
    }
    current_or_new_loop(vm, args)
}

fn current_or_new_loop(vm: &mut Vm, _args: Args) -> NativeResult {
    vm.running_or_policy_loop()
        .map(|id| Outcome::Value(vm.loop_value(id)))
}

fn set_event_loop(vm: &mut Vm, args: Args) -> NativeResult {
    let event_loop = args.get(vm, 0);
    let policy = match event_loop {
        Value::None => None,
        other => match vm.loop_in(other) {
            Some(id) => Some(id),
            None => {
                let name = vm.type_name(other).to_owned();
                return vm.fail_type(format!(
                    "loop must be an instance of AbstractEventLoop or None, not '{name}'"
                ));
            }
        },
    };
    vm.asyncio.policy = policy;
    if vm.takes_interrupts() {
        vm.asyncio.policy_named = true;
    }
    ok(Value::None)
}

fn new_event_loop(vm: &mut Vm, _args: Args) -> NativeResult {
    let event_loop = Value::Loop(vm.new_loop_object());
    let logging = vm.heap.interned("logging");
    if logging.is_some_and(|name| vm.dict_get_str(vm.modules, name).is_some()) {
        return vm.call_prelude("_log_selector", &[event_loop]);
    }
    ok(event_loop)
}

/// What a policy knows of the main thread's loop is put in place of what another one did, which is given.
fn swap_policy(vm: &mut Vm, args: Args) -> NativeResult {
    let (given, named) = (args.get(vm, 0), args.get(vm, 1));
    let event_loop = vm.loop_in(given);
    let old = std::mem::replace(&mut vm.asyncio.policy, event_loop);
    let was_named = std::mem::replace(&mut vm.asyncio.policy_named, named == Value::Bool(true));
    let old = old.map_or(Value::None, |it| vm.loop_value(it));
    ok(vm.heap.tuple([old, Value::Bool(was_named)]))
}

fn iscoroutine(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    ok(Value::Bool(vm.is_coroutine_like(value)))
}

fn iscoroutinefunction(vm: &mut Vm, args: Args) -> NativeResult {
    let mut value = args.get(vm, 0);
    loop {
        value = match value {
            Value::BoundMethod(id) => vm.heap[id].function,
            Value::Instance(id) => {
                // What `functools.partial` keeps.
                let name = vm.heap.intern("_func");
                match vm.own_attribute(id, name) {
                    Some(inner) => inner,
                    None => break,
                }
            }
            _ => break,
        };
    }
    let is = match value {
        Value::Function(id) => {
            vm.heap[id].kind == FunctionKind::Coroutine || {
                let name = vm.heap.intern("_is_coroutine_mark");
                vm.heap[id]
                    .attributes
                    .is_some_and(|dict| vm.dict_get_str(dict, name).is_some())
            }
        }
        // An object that says so of itself, as `AsyncMock` does.
        Value::Instance(id) => {
            let name = vm.heap.intern("_is_coroutine_mark");
            vm.class_attribute(vm.heap[id].class, name).is_some()
        }
        // Native coroutine functions.
        Value::Native(id) => {
            let name = vm.native_fn(id).name;
            matches!(name, "sleep" | "acquire" | "wait" | "join")
        }
        _ => false,
    };
    ok(Value::Bool(is))
}

fn isfuture(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    let is = vm.child_of(value).is_some() || is_future_like(vm, value);
    ok(Value::Bool(is))
}

/// Is it an object of a script's class that asyncio takes for a future?
fn is_future_like(vm: &mut Vm, value: Value) -> bool {
    let Value::Instance(id) = value else {
        return false;
    };
    let name = vm.heap.intern("_asyncio_future_blocking");
    let Some(attribute) = vm.class_attribute(vm.heap[id].class, name) else {
        return false;
    };
    !vm.own_attribute(id, name).unwrap_or(attribute).is_none()
}

/// Runs a task's first step inside the call that makes it (C57).
fn eager_task_factory(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(event_loop) = vm.loop_in(args.get(vm, 0)) else {
        return vm.fail_type("a loop was expected");
    };
    let (coroutine, name, context) = (args.get(vm, 1), args.get(vm, 2), args.get(vm, 3));
    vm.start_eager_task(event_loop, coroutine, name, context, None)
}

impl Vm {
    /// The task is what is inside an instance of a script's class.
    pub(super) fn set_task_object(&mut self, task: Id<Task>, object: Option<Id<Instance>>) {
        if let Some(object) = object {
            let traced = self.creation_stack_of(Child::Task(task));
            self.heap[task].future.object = FutureObject::Derived(object).into();
            self.heap[object].slots[0] = Value::Task(task);
            if let Some(stack) = traced {
                let name = self.heap.intern(SOURCE_TRACEBACK);
                self.store_attribute(object, name, stack);
            }
        }
    }

    /// `Task(coro, eager_start=True)`: completed with the task when its first step is over.
    pub(super) fn start_eager_task(
        &mut self,
        event_loop: Id<Loop>,
        coroutine: Value,
        name: Value,
        context: Value,
        object: Option<Id<Instance>>,
    ) -> NativeResult {
        if !self.is_coroutine_like(coroutine) {
            return self.not_a_coroutine(coroutine);
        }
        if self.running_loop != Some(event_loop) {
            self.check_open(event_loop)?;
            let task = self.make_task(event_loop, coroutine, name)?;
            self.set_task_context(task, context)?;
            self.set_task_object(task, object);
            return ok(Value::Task(task));
        }
        let Some(root) = self.task_root(coroutine)? else {
            panic!("invariant broken: a coroutine can be run");
        };
        let name = self.task_name_argument(name)?;
        let root = match root {
            // What has no frame gets one, so that it can begin on top of the caller's.
            super::Root::Awaitable(_) => {
                super::Root::Coroutine(self.prelude_generator("_awaited_coroutine", &[coroutine])?)
            }
            other => other,
        };
        let id = self.new_task(event_loop, root, name, true);
        self.set_task_context(id, context)?;
        self.set_task_object(id, object);
        self.start_eagerly(event_loop, id);
        match root {
            super::Root::Coroutine(coroutine) | super::Root::Generator(coroutine) => {
                Ok(Outcome::Resume(ResumeRequest {
                    coroutine,
                    input: ResumeInput::Send(Value::None),
                    mode: ResumeMode::Task,
                }))
            }
            super::Root::Awaitable(_) => ok(Value::Task(id)),
        }
    }
}

/// Builtin classes that the module makes public.
fn builtin_class(vm: &mut Vm, args: Args) -> NativeResult {
    const CLASSES: &[(&str, Id<Class>)] = &[
        ("Future", classes::FUTURE),
        ("Task", classes::TASK),
        ("Handle", classes::HANDLE),
        ("TimerHandle", classes::TIMER_HANDLE),
        ("EventLoop", classes::EVENT_LOOP),
        ("AbstractEventLoop", classes::ABSTRACT_EVENT_LOOP),
        ("CancelledError", classes::CANCELLED_ERROR),
        ("InvalidStateError", classes::INVALID_STATE_ERROR),
        ("Lock", classes::LOCK),
        ("Event", classes::EVENT),
        ("Semaphore", classes::SEMAPHORE),
        ("BoundedSemaphore", classes::BOUNDED_SEMAPHORE),
        ("Queue", classes::QUEUE),
        ("LifoQueue", classes::LIFO_QUEUE),
        ("QueueEmpty", classes::QUEUE_EMPTY),
        ("QueueFull", classes::QUEUE_FULL),
        ("QueueShutDown", classes::QUEUE_SHUT_DOWN),
    ];
    if let Value::Str(name) = args.get(vm, 0) {
        let name = vm.heap.text(name);
        if let Some(&(_, class)) = CLASSES.iter().find(|row| row.0 == name) {
            return ok(Value::Class(class));
        }
    }
    panic!("invariant broken: the module asks for a class there is not")
}

/// The async generators that were begun and not closed; the loop forgets them.
fn take_generators(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(event_loop) = vm.loop_in(args.get(vm, 0)) else {
        return vm.fail_type("a loop was expected");
    };
    let generators = std::mem::take(&mut vm.heap[event_loop].generators);
    let open = generators
        .into_iter()
        .filter(|&it| vm.heap[it].state != crate::objects::CoroutineState::Closed)
        .map(Value::AsyncGenerator)
        .collect();
    ok(vm.heap.list(open))
}

fn set_main_task(vm: &mut Vm, args: Args) -> NativeResult {
    if let (Some(event_loop), task) = (vm.loop_in(args.get(vm, 0)), args.get(vm, 1)) {
        vm.heap[event_loop].main = match vm.child_of(task) {
            Some(Child::Task(task)) => Some(task),
            Some(Child::Future(_)) | None => None,
        };
        vm.heap[event_loop].interrupts = 0;
    }
    ok(Value::None)
}

fn interrupts(vm: &mut Vm, args: Args) -> NativeResult {
    let interrupts = vm
        .loop_in(args.get(vm, 0))
        .map_or(0, |event_loop| vm.heap[event_loop].interrupts);
    ok(Value::Int(interrupts.into()))
}

fn close_loop(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(event_loop) = vm.loop_in(args.get(vm, 0)) {
        if vm.heap[event_loop].life == LoopLife::Running {
            return Err(vm.runtime_error("Cannot close a running event loop"));
        }
        vm.close_loop(event_loop);
    }
    ok(Value::None)
}

/// A context that several runs of a `Runner` share.
fn new_context(vm: &mut Vm, _args: Args) -> NativeResult {
    let value = vm
        .asyncio
        .context
        .map_or(Value::None, |cell| vm.heap[cell].value);
    ok(Value::Cell(vm.heap.new_cell(Cell { value })))
}

fn task_in(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(event_loop) = vm.loop_in(args.get(vm, 0)) else {
        return vm.fail_type("a loop was expected");
    };
    let (coroutine, context) = (args.get(vm, 1), args.get(vm, 2));
    if vm.heap[event_loop].own_create_task {
        let event_loop = vm.loop_value(event_loop);
        return vm.call_prelude("_create_task_in", &[event_loop, coroutine, context]);
    }
    vm.create_task(event_loop, coroutine, Value::Undef, context)
}

fn exception_handler(vm: &mut Vm, args: Args) -> NativeResult {
    match args.get(vm, 0) {
        given if let Some(id) = vm.loop_in(given) => ok(vm.heap[id].exception_handler.or_none()),
        _ => ok(Value::None),
    }
}

fn event_loop_facts(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    match vm.event_loop_facts(value) {
        Some(facts) => ok(facts),
        None => vm.fail_type("a future or a handle was expected"),
    }
}

fn function_place(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    ok(vm.place_of_function(value))
}

fn loop_write(vm: &mut Vm, args: Args) -> NativeResult {
    if let Value::Str(text) = args.get(vm, 0) {
        let text = vm.heap.text(text).to_owned();
        vm.write(crate::vm::Stream::Err, &text);
    }
    ok(Value::None)
}

fn loop_traceback(vm: &mut Vm, args: Args) -> NativeResult {
    let exception = args.get(vm, 0);
    let text = match vm.as_exception(exception) {
        Some(exception) => vm.traceback_text_with(exception, &Default::default()),
        None => String::new(),
    };
    ok(vm.heap.str(text))
}
