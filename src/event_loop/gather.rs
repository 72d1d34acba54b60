//! `gather`: a future of the results of others. Children whose classes have methods of their own are asked by the prelude.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Child, Future, FutureState, Gather, Loop, Waiter};
use crate::heap::{Id, Value};
use crate::vm::{Args, NativeFn, NativeResult, Vm, classes, native, ok};

/// Functions of the module.
pub(crate) const MODULE: &[NativeFn] = &[native(
    "gather",
    "*coros_or_futures, return_exceptions=False",
    gather,
)];

/// Private natives of the prelude.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_begin_gather", "loop, /", begin_gather),
    native("_add_to_gather", "outer, future, /", add_to_gather),
    native(
        "_end_gather",
        "outer, futures, done, different, return_exceptions, /",
        end_gather,
    ),
    native("_gather_done", "outer, future, /", gather_done),
    native("_gather_cancelled", "outer, message, /", gather_cancelled),
];

fn gather(vm: &mut Vm, args: Args) -> NativeResult {
    let return_exceptions = args.get(vm, 0).or(Value::Bool(false));
    let values = args.rest(vm, 1).to_vec();
    if values.is_empty() {
        let event_loop = vm.running_or_policy_loop()?;
        let future = vm.new_traced_future(Future::new(event_loop));
        let result = vm.heap.list(Vec::new());
        vm.finish_future(Child::Future(future), FutureState::Result(result));
        return ok(Value::Future(future));
    }
    let Some(return_exceptions) = vm.truth(return_exceptions) else {
        return vm.fail_type("return_exceptions must be a bool");
    };
    let mut event_loop = None;
    let has_factory = vm.running_loop.is_some_and(|it| vm.has_task_factory(it));
    let asks = |&value: &Value| {
        vm.child_of(value)
            .is_some_and(|child| vm.with_own(child, "add_done_callback").is_some())
    };
    if has_factory || values.iter().any(asks) {
        let values = vm.heap.list(values);
        return vm.call_prelude(
            "_gather_one_by_one",
            &[values, Value::Bool(return_exceptions)],
        );
    }
    let mut made: std::collections::HashMap<(u8, u32), Child> = std::collections::HashMap::new();
    let mut children = Vec::with_capacity(values.len());
    for value in values {
        let key = match value {
            Value::Coroutine(id) => Some((0, id.index())),
            Value::Awaitable(id) => Some((1, id.index())),
            Value::Instance(id) => Some((2, id.index())),
            Value::Generator(id) => Some((3, id.index())),
            _ => None,
        };
        if key.is_none() {
            vm.hash(value)?;
        }
        if let Some(&child) = key.and_then(|key| made.get(&key)) {
            children.push(child);
            continue;
        }
        let Some(child) = vm.to_future(value, event_loop)? else {
            panic!("invariant broken: a loop without a task factory makes tasks itself");
        };
        event_loop.get_or_insert(vm.future(child).event_loop);
        if let Some(key) = key {
            made.insert(key, child);
        }
        children.push(child);
    }
    let Some(event_loop) = event_loop else {
        panic!("invariant broken: a gather has children");
    };
    ok(Value::Future(vm.new_gather(
        event_loop,
        children,
        return_exceptions,
    )))
}

fn begin_gather(vm: &mut Vm, args: Args) -> NativeResult {
    match vm.loop_in(args.get(vm, 0)) {
        Some(event_loop) => ok(Value::Future(vm.begin_gather(event_loop))),
        None => vm.fail_type("a loop was expected"),
    }
}

/// The gather hears of a future; False if the future has to be asked for that.
fn add_to_gather(vm: &mut Vm, args: Args) -> NativeResult {
    let children = (vm.child_of(args.get(vm, 0)), vm.child_of(args.get(vm, 1)));
    let (Some(Child::Future(outer)), Some(child)) = children else {
        return vm.fail_type("futures were expected");
    };
    let asks = vm.with_own(child, "add_done_callback").is_some();
    if !asks {
        vm.wait_for(child, Waiter::Gather(outer));
    }
    ok(Value::Bool(!asks))
}

fn end_gather(vm: &mut Vm, args: Args) -> NativeResult {
    let (Some(Child::Future(outer)), Value::Int(different)) =
        (vm.child_of(args.get(vm, 0)), args.get(vm, 3))
    else {
        return vm.fail_type("a future and a number were expected");
    };
    let children = children_in(vm, args.get(vm, 1));
    let done = children_in(vm, args.get(vm, 2));
    let return_exceptions = args.get(vm, 4) == Value::Bool(true);
    vm.end_gather(outer, children, different as usize, return_exceptions);
    for child in done {
        vm.gathered(outer, child);
    }
    ok(Value::Future(outer))
}

/// The futures in a list of the prelude.
fn children_in(vm: &Vm, list: Value) -> Vec<Child> {
    let Value::List(list) = list else {
        return Vec::new();
    };
    let items = &vm.heap[list].items;
    items.iter().filter_map(|&item| vm.child_of(item)).collect()
}

/// A child of a gather is done.
fn gather_done(vm: &mut Vm, args: Args) -> NativeResult {
    let children = (vm.child_of(args.get(vm, 0)), vm.child_of(args.get(vm, 1)));
    if let (Some(Child::Future(outer)), Some(child)) = children
        && vm.future(child).is_done()
    {
        vm.gathered(outer, child);
    }
    ok(Value::None)
}

/// A child of a gather let itself be cancelled.
fn gather_cancelled(vm: &mut Vm, args: Args) -> NativeResult {
    let message = args.get(vm, 1);
    if let Some(Child::Future(outer)) = vm.child_of(args.get(vm, 0))
        && let FutureState::Gathering(gather) = &mut vm.heap[outer].state
    {
        gather.cancel_requested = true;
        gather.message = message;
    }
    ok(Value::None)
}

impl Vm {
    /// A gather asks its children one by one to cancel themselves. Its own error may have the message in the end.
    pub(super) fn cancel_gather(
        &mut self,
        outer: Id<Future>,
        children: &[Child],
        message: Value,
    ) -> NativeResult {
        let hears = children
            .last()
            .is_some_and(|&last| self.keeps_message(last));
        let kept = if hears { message } else { Value::None };
        let children = children.iter().map(|&it| self.child_value(it)).collect();
        let children = self.heap.list(children);
        let given = [Value::Future(outer), children, message, kept];
        self.call_prelude("_cancel_gather", &given)
    }

    /// Is it a gather of futures, or of gathers of futures, whose classes have a `cancel` of their own?
    pub(super) fn gathers_own(&self, child: Child) -> bool {
        if !self.future(child).gathering {
            return false;
        }
        let mut pending = vec![child];
        while let Some(child) = pending.pop() {
            if let FutureState::Gathering(gather) = &self.future(child).state {
                for &child in &gather.children {
                    if self.with_own(child, "cancel").is_some() {
                        return true;
                    }
                    pending.push(child);
                }
            }
        }
        false
    }

    /// A new future that gathers the results of its children.
    pub(crate) fn new_gather(
        &mut self,
        event_loop: Id<Loop>,
        children: Vec<Child>,
        return_exceptions: bool,
    ) -> Id<Future> {
        let mut different: Vec<Child> = Vec::with_capacity(children.len());
        let mut seen = std::collections::HashSet::with_capacity(children.len());
        for &child in &children {
            let key = match child {
                Child::Future(id) => (0u8, id.index()),
                Child::Task(id) => (1, id.index()),
            };
            if seen.insert(key) {
                different.push(child);
            }
        }
        let outer = self.begin_gather(event_loop);
        self.end_gather(outer, children, different.len(), return_exceptions);
        let (done, running): (Vec<Child>, Vec<Child>) = different
            .into_iter()
            .partition(|&child| self.future(child).is_done());
        for child in running {
            self.wait_for(child, Waiter::Gather(outer));
        }
        // Children that are done already count at once: the gather may be done when it is made.
        for child in done {
            self.gathered(outer, child);
        }
        outer
    }

    /// A gather without children yet: until it has them, it doesn't count those that are done.
    pub(super) fn begin_gather(&mut self, event_loop: Id<Loop>) -> Id<Future> {
        let mut future = Future::new(event_loop);
        future.gathering = true;
        self.new_traced_future(future)
    }

    /// The gather has all its children.
    pub(super) fn end_gather(
        &mut self,
        outer: Id<Future>,
        children: Vec<Child>,
        different: usize,
        return_exceptions: bool,
    ) {
        let gather = Gather {
            children,
            remaining: different,
            return_exceptions,
            cancel_requested: false,
            message: Value::None,
        };
        self.heap.update(outer, |future| {
            future.state = FutureState::Gathering(Box::new(gather));
        });
    }

    /// A child of a gather is done.
    pub(crate) fn gathered(&mut self, outer: Id<Future>, child: Child) {
        let outcome = self.future(child).state.clone();
        self.child_mut(child).unretrieved = false;
        let FutureState::Gathering(gather) = &mut self.heap[outer].state else {
            return;
        };
        gather.remaining -= 1;
        if !gather.return_exceptions {
            let exception = match outcome {
                FutureState::Exception(exception) => Some(exception),
                FutureState::Cancelled(_) => Some(self.cancelled_error(child.value())),
                FutureState::Pending | FutureState::Gathering(_) | FutureState::Result(_) => None,
            };
            if let Some(exception) = exception {
                self.finish_future(Child::Future(outer), FutureState::Exception(exception));
                return;
            }
        }
        let FutureState::Gathering(gather) = &mut self.heap[outer].state else {
            return;
        };
        if gather.remaining > 0 {
            return;
        }
        let children = std::mem::take(&mut gather.children);
        let message = gather.message;
        if gather.cancel_requested {
            // CPython takes the last of the arguments here, whichever child ended last.
            let child = children.last().copied().unwrap_or(child);
            // The message is that child's: it may have been cancelled again, and ended before it saw that.
            let message = match child {
                Child::Task(task) if !self.heap[task].must_cancel.is_undef() => {
                    self.heap[task].must_cancel
                }
                Child::Task(_) | Child::Future(_) => message,
            };
            let exception = match self.future(child).state {
                FutureState::Cancelled(_) => self.cancelled_error(child.value()),
                FutureState::Pending
                | FutureState::Gathering(_)
                | FutureState::Result(_)
                | FutureState::Exception(_) => self.new_cancelled_error(message),
            };
            self.finish_future(Child::Future(outer), FutureState::Exception(exception));
            return;
        }
        let mut results = Vec::with_capacity(children.len());
        for child in children {
            results.push(match self.future(child).state {
                FutureState::Result(value) => value,
                FutureState::Exception(exception) => Value::Instance(exception),
                FutureState::Cancelled(message) => {
                    let message = match self.as_cancelled_error(message) {
                        Some(_) => Value::None,
                        None => message,
                    };
                    let message = if message.is_none() {
                        self.heap.str("")
                    } else {
                        message
                    };
                    Value::Instance(self.new_exception_with(classes::CANCELLED_ERROR, &[message]))
                }
                FutureState::Pending | FutureState::Gathering(_) => {
                    panic!("invariant broken: a gather ended before its children")
                }
            });
        }
        let results = self.heap.list(results);
        self.finish_future(Child::Future(outer), FutureState::Result(results));
    }
}
