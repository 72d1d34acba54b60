//! Futures of script classes that define `add_done_callback` or `cancel` anew: tasks that await them call those.

use super::{Child, FutureMark, FutureObject, FutureState, Ready, Task, Waiter, Waiting};
use crate::heap::{Id, Value};
use crate::objects::{BoundMethod, Instance};
use crate::vm::{Args, Flow, FrameKind, NativeFn, NativeResult, Outcome, Vm, native, ok};

/// Private natives of the prelude.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_task_wakeup", "task, future, /", task_wakeup),
    native("_run_until_complete_cb", "loop, future, /", stop_loop),
    native("_wakeup_of", "wakeup, waiter, /", wakeup_of),
    native("_run_until", "loop, future, /", run_until),
    native("_step_left", "task, at_loop, /", step_left),
    native("_must_cancel", "task, message, /", must_cancel),
    native("_fail_step", "task, exception, /", fail_step),
];

/// A future whose class cancels it in its own way, or a gather of such, and the task that is to be cancelled instead if it is done.
pub(crate) type OwnCancel = (Child, Option<Id<Task>>);

impl Vm {
    /// The object around a future, if its class has a method of this name of its own.
    pub(super) fn with_own(&self, child: Child, method: &str) -> Option<Id<Instance>> {
        let FutureObject::Derived(object) = self.future(child).object.get() else {
            return None;
        };
        let name = self.heap.interned(method)?;
        let found = self.class_attribute(self.heap[object].class, name);
        matches!(found, Some(Value::Function(_))).then_some(object)
    }

    /// A script that drives a coroutine by hand gets what that awaits: it may yield it to a task.
    #[cold]
    pub(crate) fn mark_blocking(&mut self, yielded: Value) {
        if let Some(child) = self.child_of(yielded)
            && !self.future(child).is_done()
        {
            self.child_mut(child).mark = FutureMark::Blocking;
        }
    }

    /// The step of a task ends with waiting for a future whose class adds callbacks in its own way.
    pub(super) fn wait_on_own(&mut self, id: Id<Task>, future: Id<Instance>) -> Flow {
        let cancel = std::mem::take(&mut self.heap[id].must_cancel);
        let cancel = Some(cancel).filter(|message| !message.is_undef());
        let cancel = self.heap.tuple(Vec::from_iter(cancel));
        let at_loop = matches!(self.top().kind, FrameKind::Loop(_));
        let task = self.child_value(Child::Task(id));
        let given = [Value::Instance(future), task, cancel, Value::Bool(at_loop)];
        let result = self.call_prelude("_wait_on", &given);
        self.settle(result)
    }

    /// Asks futures to cancel themselves. True if one of them, or a task, is.
    pub(super) fn cancel_own(&mut self, futures: Vec<OwnCancel>, message: Value) -> NativeResult {
        if let [(Child::Future(outer), None)] = futures[..]
            && let FutureState::Gathering(gather) = &self.heap[outer].state
        {
            let children = gather.children.clone();
            return self.cancel_gather(outer, &children, message);
        }
        let pairs = self.own_pairs(futures);
        self.call_prelude("_cancel_own", &[pairs, message])
    }

    /// The same at the end of the step of a task that waits for them and was cancelled before.
    pub(super) fn cancel_waited(
        &mut self,
        id: Id<Task>,
        futures: Vec<OwnCancel>,
        message: Value,
    ) -> Flow {
        let pairs = self.own_pairs(futures);
        let at_loop = matches!(self.top().kind, FrameKind::Loop(_));
        let task = self.child_value(Child::Task(id));
        let given = [pairs, message, task, Value::Bool(at_loop)];
        let result = self.call_prelude("_cancel_waited", &given);
        self.settle(result)
    }

    fn own_pairs(&mut self, futures: Vec<OwnCancel>) -> Value {
        let pairs = futures
            .into_iter()
            .map(|(future, task)| {
                let task = task.map_or(Value::None, Value::Task);
                let future = self.child_value(future);
                self.heap.tuple(vec![future, task])
            })
            .collect();
        self.heap.list(pairs)
    }

    /// Who waits, if a callback is one that a task, a gather or a loop itself gave to a future.
    pub(super) fn woken_by(&self, callback: Value) -> Option<Waiter> {
        let Value::BoundMethod(id) = callback else {
            return None;
        };
        let BoundMethod { function, this } = self.heap[id];
        let Value::Native(native) = function else {
            return None;
        };
        match (self.native_fn(native).name, self.child_of(this)) {
            ("_task_wakeup", Some(Child::Task(task))) => Some(Waiter::Task(task)),
            ("_gather_done", Some(Child::Future(outer))) => Some(Waiter::Gather(outer)),
            ("_run_until_complete_cb", Some(_)) => Some(Waiter::Loop),
            _ => None,
        }
    }
}

fn task_of(vm: &Vm, args: Args) -> Option<Id<Task>> {
    match vm.child_of(args.get(vm, 0)) {
        Some(Child::Task(task)) => Some(task),
        Some(Child::Future(_)) | None => None,
    }
}

/// A task that waits for a future goes on: what scripts do that call the callback of a task themselves.
fn task_wakeup(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(task) = task_of(vm, args)
        && !vm.heap[task].future.is_done()
    {
        let event_loop = vm.heap[task].future.event_loop;
        vm.push_ready(event_loop, Ready::Step(task));
    }
    ok(Value::None)
}

/// Runs a loop until a future is done that stops it.
fn run_until(vm: &mut Vm, args: Args) -> NativeResult {
    match (vm.loop_in(args.get(vm, 0)), vm.child_of(args.get(vm, 1))) {
        (Some(id), Some(child)) => {
            vm.heap[id].until = child.value();
            Ok(Outcome::RunLoop(id))
        }
        _ => vm.fail_type("a loop and a future were expected"),
    }
}

/// What a loop ran for is done.
fn stop_loop(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(child) = vm.child_of(args.get(vm, 0)) {
        let event_loop = vm.future(child).event_loop;
        vm.heap[event_loop].stopping = true;
    }
    ok(Value::None)
}

/// The callback that a task, a gather or a loop gives to a future.
fn wakeup_of(vm: &mut Vm, args: Args) -> NativeResult {
    let (function, this) = (args.get(vm, 0), args.get(vm, 1));
    let bound = vm.heap.new_bound_method(BoundMethod { function, this });
    ok(Value::BoundMethod(bound))
}

/// The step of a task is over.
fn step_left(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(task) = task_of(vm, args) else {
        return ok(Value::None);
    };
    let at_loop = args.get(vm, 1) == Value::Bool(true);
    let event_loop = vm.heap[task].future.event_loop;
    let data = &mut vm.heap.loops[event_loop];
    if at_loop {
        data.current = None;
        data.outer.clear();
    } else {
        data.current = data.outer.pop().flatten();
        vm.asyncio.context = data.current.and_then(|task| vm.heap.tasks[task].context);
    }
    ok(Value::None)
}

/// The next step of a task raises an exception, which comes of what it yielded.
fn fail_step(vm: &mut Vm, args: Args) -> NativeResult {
    if let (Some(task), Some(exception)) = (task_of(vm, args), vm.as_exception(args.get(vm, 1))) {
        vm.heap[task].waiting = Waiting::Raise(exception);
        let event_loop = vm.heap[task].future.event_loop;
        vm.push_ready(event_loop, Ready::Step(task));
    }
    ok(Value::None)
}

/// The next step of a task raises a CancelledError.
fn must_cancel(vm: &mut Vm, args: Args) -> NativeResult {
    let message = args.get(vm, 1);
    if let Some(task) = task_of(vm, args) {
        vm.heap[task].must_cancel = message;
    }
    ok(Value::None)
}
