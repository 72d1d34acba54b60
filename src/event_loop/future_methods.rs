//! Methods of futures and tasks.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::future::Cancelled;
use super::{
    AwaitableKind, Child, Future, FutureMark, FutureObject, FutureState, Loop, Task, Waiter,
};
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, Instance};
use crate::vm::{Args, NativeFn, NativeResult, Raise, Vm, classes, native, ok};

/// Methods of futures, which tasks have too.
pub(crate) const FUTURE: &[NativeFn] = &[
    native("__new__", "cls, *, loop=None", new),
    native("__init__", "self, *, loop=None", init),
    native("result", "self, /", result),
    native("exception", "self, /", exception),
    native("done", "self, /", done),
    native("cancelled", "self, /", cancelled),
    native("cancel", "self, msg=None", cancel),
    native(
        "add_done_callback",
        "self, fn, /, *, context=None",
        add_done_callback,
    ),
    native("remove_done_callback", "self, fn, /", remove_done_callback),
    native("set_result", "self, result, /", set_result),
    native("set_exception", "self, exception, /", set_exception),
    native("get_loop", "self, /", get_loop),
    native("__await__", "self", await_future),
    native("__iter__", "self", await_future),
];

/// What tasks have of their own.
pub(crate) const TASK: &[NativeFn] = &[
    native(
        "__new__",
        "cls, coro, *, loop=None, name=None, context=None, eager_start=False",
        new_task,
    ),
    native(
        "__init__",
        "self, coro, *, loop=None, name=None, context=None, eager_start=False",
        init_task,
    ),
    native("set_result", "self, result, /", task_set_result),
    native("set_exception", "self, exception, /", task_set_exception),
    native("get_name", "self, /", get_name),
    native("set_name", "self, value, /", set_name),
    native("get_coro", "self, /", get_coro),
    native("get_context", "self, /", get_context),
    native("cancelling", "self, /", cancelling),
    native("uncancel", "self, /", uncancel),
    native("get_stack", "self, *, limit=None", get_stack),
    native("print_stack", "self, *, limit=None, file=None", print_stack),
];

fn this(vm: &mut Vm, args: Args) -> Result<Child, Raise> {
    let value = args.get(vm, 0);
    match vm.child_of(value) {
        Some(child) => Ok(child),
        None if vm.is_instance(value, classes::FUTURE) => {
            Err(vm.runtime_error("Future object is not initialized."))
        }
        None => {
            let name = vm.type_name(value).to_owned();
            Err(vm.type_error(format!("descriptor requires a future, not '{name}'")))
        }
    }
}

fn task(vm: &mut Vm, args: Args) -> Result<Id<Task>, Raise> {
    let this = args.get(vm, 0);
    match vm.native_value(this) {
        Value::Task(id) => Ok(id),
        _ if vm.is_instance(this, classes::TASK) => {
            Err(vm.runtime_error("Task object is not initialized."))
        }
        _ => {
            let other = this;
            let name = vm.type_name(other).to_owned();
            Err(vm.type_error(format!("descriptor requires a task, not '{name}'")))
        }
    }
}

fn loop_of(vm: &mut Vm, value: Value) -> Result<Id<Loop>, Raise> {
    match vm.loop_in(value) {
        Some(id) => Ok(id),
        None if matches!(value, Value::Undef | Value::None) => vm.running_or_policy_loop(),
        None => Err(vm.type_error("loop must be an event loop")),
    }
}

/// The instance of a script's class that `__init__` is called on, when it has no future or task inside yet.
fn unborn(vm: &Vm, args: Args) -> Option<Id<Instance>> {
    match args.get(vm, 0) {
        value @ Value::Instance(id) if vm.native_value(value).is_none() => Some(id),
        _ => None,
    }
}

fn init(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(object) = unborn(vm, args) else {
        return ok(Value::None);
    };
    let event_loop = args.get(vm, 1);
    let event_loop = loop_of(vm, event_loop)?;
    let mut future = Future::new(event_loop);
    future.object = FutureObject::Derived(object).into();
    let id = vm.new_traced_future(future);
    vm.heap[object].slots[0] = Value::Future(id);
    ok(Value::None)
}

fn init_task(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(object) = unborn(vm, args) else {
        return ok(Value::None);
    };
    make_task(vm, args, Some(object))
}

fn new(vm: &mut Vm, args: Args) -> NativeResult {
    let event_loop = args.get(vm, 1);
    let event_loop = loop_of(vm, event_loop)?;
    ok(Value::Future(vm.new_traced_future(Future::new(event_loop))))
}

fn new_task(vm: &mut Vm, args: Args) -> NativeResult {
    make_task(vm, args, None)
}

fn make_task(vm: &mut Vm, args: Args, object: Option<Id<Instance>>) -> NativeResult {
    let (coroutine, event_loop, name) = (args.get(vm, 1), args.get(vm, 2), args.get(vm, 3));
    let (context, eager) = (args.get(vm, 4), args.get(vm, 5).or(Value::Bool(false)));
    let event_loop = loop_of(vm, event_loop)?;
    if vm.truth(eager).unwrap_or(true) {
        return vm.start_eager_task(event_loop, coroutine, name, context, object);
    }
    vm.check_open(event_loop)?;
    if !vm.is_coroutine_like(coroutine) {
        return vm.not_a_coroutine(coroutine);
    }
    let task = vm.make_task(event_loop, coroutine, name)?;
    vm.set_task_context(task, context)?;
    if object.is_some() {
        vm.set_task_object(task, object);
        return ok(Value::None);
    }
    ok(Value::Task(task))
}

fn result(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    match vm.future_outcome(child.value()) {
        Some(Ok(value)) => ok(value),
        Some(Err(exception)) => Err(Raise(exception)),
        None => Err(vm.raise(classes::INVALID_STATE_ERROR, "Result is not set.")),
    }
}

fn exception(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    let future = vm.child_mut(child);
    match future.state {
        FutureState::Pending | FutureState::Gathering(_) => {
            Err(vm.raise(classes::INVALID_STATE_ERROR, "Exception is not set."))
        }
        FutureState::Result(_) => ok(Value::None),
        FutureState::Exception(exception) => {
            future.unretrieved = false;
            ok(Value::Instance(exception))
        }
        FutureState::Cancelled(_) => Err(Raise(vm.cancelled_error(child.value()))),
    }
}

fn done(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    ok(Value::Bool(vm.future(child).is_done()))
}

fn cancelled(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    ok(Value::Bool(vm.future(child).is_cancelled()))
}

fn cancel(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    let message = args.get(vm, 1).or_none();
    vm.child_mut(child).unretrieved = false;
    let mut own = Vec::new();
    match vm.cancel_chain(child, message, Some(&mut own)) {
        Cancelled::Nothing => ok(Value::Bool(false)),
        Cancelled::Done if !own.is_empty() => vm.cancel_own(own, message),
        Cancelled::Done => ok(Value::Bool(true)),
        Cancelled::Circle => Err(vm.recursion_error()),
    }
}

fn add_done_callback(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    let (callback, context) = (args.get(vm, 1), args.get(vm, 2));
    vm.add_done_callback(child, callback, context)?;
    ok(Value::None)
}

fn remove_done_callback(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    let callback = args.get(vm, 1);
    let waiters = vm.future(child).waiters.as_slice().to_vec();
    let equal: Vec<bool> = waiters
        .iter()
        .map(|waiter| match waiter {
            Waiter::Callback(handle) => vm
                .equal(vm.heap[*handle].callback, callback)
                .unwrap_or(false),
            Waiter::Task(_) | Waiter::Gather(_) | Waiter::Loop => false,
        })
        .collect();
    let mut at = 0;
    let removed = vm.child_mut(child).waiters.retain(|_| {
        at += 1;
        !equal[at - 1]
    });
    ok(Value::Int(removed as i64))
}

fn set_result(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    let value = args.get(vm, 1);
    if vm.future(child).is_done() {
        return Err(vm.invalid_state());
    }
    vm.finish_future(child, FutureState::Result(value));
    ok(Value::None)
}

fn set_exception(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    let value = args.get(vm, 1);
    if vm.future(child).is_done() {
        return Err(vm.invalid_state());
    }
    let exception: Id<Instance> = match value {
        Value::Class(class) if vm.is_subclass(class, classes::BASE_EXCEPTION) => {
            if !vm.heap[class].builtin
                && (vm.heap[class].specials.init || vm.heap[class].specials.new)
            {
                return vm.call_prelude("_set_exception_class", &[vm.child_value(child), value]);
            }
            vm.new_exception_with(class, &[])
        }
        _ => match vm.as_exception(value) {
            Some(exception) => exception,
            None => return vm.fail_type("invalid exception object"),
        },
    };
    vm.fail_future(child, exception)?;
    ok(Value::None)
}

fn get_loop(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    ok(vm.loop_value(vm.future(child).event_loop))
}

fn await_future(vm: &mut Vm, args: Args) -> NativeResult {
    let child = this(vm, args)?;
    ok(vm.new_native_awaitable(AwaitableKind::Iterator(child.value())))
}

fn task_set_result(vm: &mut Vm, _args: Args) -> NativeResult {
    Err(vm.runtime_error("Task does not support set_result operation"))
}

fn task_set_exception(vm: &mut Vm, _args: Args) -> NativeResult {
    Err(vm.runtime_error("Task does not support set_exception operation"))
}

fn get_name(vm: &mut Vm, args: Args) -> NativeResult {
    let id = task(vm, args)?;
    ok(vm.task_name(id))
}

fn set_name(vm: &mut Vm, args: Args) -> NativeResult {
    let id = task(vm, args)?;
    let name = args.get(vm, 1);
    let name = match name {
        Value::None => vm.heap.str("None"),
        other => vm.task_name_argument(other)?,
    };
    vm.heap[id].name = name;
    ok(Value::None)
}

fn get_coro(vm: &mut Vm, args: Args) -> NativeResult {
    let id = task(vm, args)?;
    if vm.heap[id].future.mark == FutureMark::BegunAndEnded {
        return ok(Value::None);
    }
    ok(vm.task_coroutine(id))
}

impl Vm {
    /// What a task was given to run. A native awaitable that needed a frame is inside a coroutine of the prelude.
    pub(super) fn task_coroutine(&self, id: Id<Task>) -> Value {
        let root = self.heap[id].root.value();
        if let Value::Coroutine(id) = root
            && let Some(&inner @ Value::Awaitable(_)) = self.heap[id].registers.first()
            && self.is_wrapper(id)
        {
            return inner;
        }
        root
    }

    fn is_wrapper(&self, id: Id<Coroutine>) -> bool {
        let function = &self.heap[self.heap[id].function];
        self.is_hidden(function.code) && self.heap.text(function.name) == "_awaited_coroutine"
    }
}

fn get_context(vm: &mut Vm, args: Args) -> NativeResult {
    let id = task(vm, args)?;
    if let Some(object) = vm.heap[id].context_object {
        return ok(Value::Instance(object));
    }
    let context = match vm.heap[id].context {
        Some(cell) => Value::Cell(cell),
        None => {
            let cell = vm
                .heap
                .new_cell(crate::objects::Cell { value: Value::None });
            vm.heap[id].context = Some(cell);
            Value::Cell(cell)
        }
    };
    vm.call_prelude("_context_object", &[context])
}

fn cancelling(vm: &mut Vm, args: Args) -> NativeResult {
    let id = task(vm, args)?;
    ok(Value::Int(i64::from(vm.heap[id].cancels)))
}

fn uncancel(vm: &mut Vm, args: Args) -> NativeResult {
    let id = task(vm, args)?;
    let awaits_cancelled = match vm.heap[id].waiting {
        super::Waiting::Awaitable(awaitable) => {
            vm.heap[awaitable].state == super::AwaitableState::Cancelled
        }
        super::Waiting::Nothing
        | super::Waiting::Future(_)
        | super::Waiting::Task(_)
        | super::Waiting::Raise(_) => false,
    };
    let data = &mut vm.heap[id];
    data.cancels = data.cancels.saturating_sub(1);
    // Nothing is left to be told, unless what it awaits is cancelled already.
    if data.cancels == 0 && !awaits_cancelled {
        data.must_cancel = Value::Undef;
    }
    ok(Value::Int(i64::from(vm.heap[id].cancels)))
}

fn get_stack(vm: &mut Vm, args: Args) -> NativeResult {
    task(vm, args)?;
    let (this, limit) = (args.get(vm, 0), args.get(vm, 1).or_none());
    vm.call_prelude("_task_stack", &[this, limit])
}

fn print_stack(vm: &mut Vm, args: Args) -> NativeResult {
    task(vm, args)?;
    let this = args.get(vm, 0);
    let (limit, file) = (args.get(vm, 1).or_none(), args.get(vm, 2).or_none());
    vm.call_prelude("_print_task_stack", &[this, limit, file])
}
