//! Futures of script classes that define `add_done_callback` or `cancel` anew: tasks that await them call those.

use super::{Child, FutureMark, FutureObject, Task, Waiter};
use crate::heap::{Id, Value};
use crate::objects::{BoundMethod, Instance};
use crate::vm::{Args, Flow, FrameKind, NativeFn, NativeResult, Vm, native, ok};

/// Private natives of the prelude.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_task_wakeup", "task, future, /", task_wakeup),
    native("_wakeup_of", "wakeup, task, /", wakeup_of),
    native("_step_left", "task, at_loop, /", step_left),
    native("_must_cancel", "task, message, /", must_cancel),
];

/// A future whose class cancels it in its own way, and the task that is to be cancelled instead if it is done.
pub(crate) type OwnCancel = (Id<Instance>, Option<Id<Task>>);

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
        let given = [
            Value::Instance(future),
            task,
            cancel,
            Value::Bool(at_loop),
        ];
        let result = self.call_prelude("_wait_on", &given);
        self.settle(result)
    }

    /// Asks futures to cancel themselves. True if one of them, or a task, is.
    pub(super) fn cancel_own(&mut self, futures: Vec<OwnCancel>, message: Value) -> NativeResult {
        let pairs = futures
            .into_iter()
            .map(|(future, task)| {
                let task = task.map_or(Value::None, Value::Task);
                self.heap.tuple(vec![Value::Instance(future), task])
            })
            .collect();
        let pairs = self.heap.list(pairs);
        self.call_prelude("_cancel_own", &[pairs, message])
    }

    /// The task that a callback goes on with, if it is the one that a task itself gave to a future.
    pub(super) fn woken_by(&self, callback: Value) -> Option<Waiter> {
        let Value::BoundMethod(id) = callback else {
            return None;
        };
        let BoundMethod { function, this } = self.heap[id];
        match (function, self.child_of(this)) {
            (Value::Native(native), Some(Child::Task(task)))
                if self.native_fn(native).name == "_task_wakeup" =>
            {
                Some(Waiter::Task(task))
            }
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
        vm.push_ready(event_loop, super::Ready::Step(task));
    }
    ok(Value::None)
}

/// The callback that a task gives to a future.
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

/// The next step of a task raises a CancelledError.
fn must_cancel(vm: &mut Vm, args: Args) -> NativeResult {
    let message = args.get(vm, 1);
    if let Some(task) = task_of(vm, args) {
        vm.heap[task].must_cancel = message;
    }
    ok(Value::None)
}
