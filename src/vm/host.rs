//! What a program asks of its host: operations as data. A driver performs them and brings the answers; the machine never
//! sees a closure.

use super::native::{Args, NativeFn, NativeResult, Outcome, native, ok};
use super::{Flow, Raise, Vm};
use crate::event_loop::{Child, Future, FutureState, Primitive};
use crate::heap::{Id, Value};
use crate::objects::{BoundMethod, Instance, List};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The operations under way.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct HostCalls {
    /// The number of the next operation.
    next: u64,
    /// The operation the running frame is stopped at.
    pub(crate) waiting: Option<HostOperation>,
    /// Its answer, which the run loop takes when it goes on.
    answer: Option<Result<Value, Id<Instance>>>,
    /// Operations whose futures scripts hold, by number.
    pub(crate) pending: IndexMap<u64, HostOperation>,
    /// Those of them that no driver has seen yet.
    pub(crate) started: Vec<u64>,
}

/// One operation: a name that the driver knows, and arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HostOperation {
    /// Its number.
    pub(crate) id: u64,
    /// What to do.
    pub(crate) name: Box<str>,
    /// With what.
    pub(crate) args: Vec<Value>,
    /// Where the answer goes; the running frame waits for it if there is neither this nor a lock.
    pub(crate) future: Option<Id<Future>>,
    /// A lock that a thread waits for: the answer goes to the list, and the lock is released.
    pub(crate) lock: Option<(Id<Primitive>, Id<List>)>,
}

impl HostCalls {
    pub(super) fn trace(&self, visit: &mut dyn FnMut(Value)) {
        for operation in self.waiting.iter().chain(self.pending.values()) {
            operation.args.iter().for_each(|&arg| visit(arg));
            operation
                .future
                .iter()
                .for_each(|&future| visit(Value::Future(future)));
            if let Some((lock, answer)) = operation.lock {
                visit(Value::Primitive(lock));
                visit(Value::List(answer));
            }
        }
        match self.answer {
            Some(Ok(value)) => visit(value),
            Some(Err(exception)) => visit(Value::Instance(exception)),
            None => {}
        }
    }
}

/// Private natives of the prelude.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_host_call", "name, /, *args", host_call),
    native("_host_start", "name, /, *args", host_start),
    native("_host_wait", "name, /, *args", host_wait),
];

fn operation(vm: &mut Vm, args: Args) -> HostOperation {
    let Value::Str(name) = args.get(vm, 0) else {
        panic!("invariant broken: a host function is called by its name");
    };
    let id = vm.host.next;
    vm.host.next += 1;
    HostOperation {
        id,
        name: vm.heap.text(name).into(),
        args: args.rest(vm, 1).to_vec(),
        future: None,
        lock: None,
    }
}

/// Calls a host function: the machine stops until the driver has the answer.
fn host_call(vm: &mut Vm, args: Args) -> NativeResult {
    vm.host.waiting = Some(operation(vm, args));
    Ok(Outcome::Host)
}

/// Starts an asynchronous host function; its answer comes through a future.
fn host_start(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(event_loop) = vm.running_loop else {
        return Err(vm.runtime_error("no running event loop"));
    };
    let mut operation = operation(vm, args);
    let future = vm.heap.new_future(Future::new(event_loop));
    operation.future = Some(future);
    vm.host.started.push(operation.id);
    vm.host.pending.insert(operation.id, operation);
    // The driver is to see it soon, not when the fuel is used up.
    vm.heap.look_up();
    ok(Value::Future(future))
}

/// Starts an asynchronous host function for a thread: gives a lock, released when the answer is in the list `[succeeded, value]` behind it.
fn host_wait(vm: &mut Vm, args: Args) -> NativeResult {
    let mut operation = operation(vm, args);
    let lock = vm.new_held_lock();
    let Value::List(answer) = vm.heap.list(Vec::new()) else {
        panic!("invariant broken: a list is one");
    };
    operation.lock = Some((lock, answer));
    vm.host.started.push(operation.id);
    vm.host.pending.insert(operation.id, operation);
    vm.heap.look_up();
    ok(vm.heap.tuple([Value::Primitive(lock), Value::List(answer)]))
}

impl Vm {
    /// Asks the host for something; the machine stops until the answer is there.
    pub(crate) fn ask_host(&mut self, name: &str, args: Vec<Value>) {
        let id = self.host.next;
        self.host.next += 1;
        self.host.waiting = Some(HostOperation {
            id,
            name: name.into(),
            args,
            future: None,
            lock: None,
        });
    }

    /// A builtin that performs a host function.
    pub(crate) fn add_host_function(&mut self, name: &str, asynchronous: bool) {
        let native = if asynchronous {
            "_host_async"
        } else {
            "_host_call"
        };
        let function = self.prelude_function(native);
        let id = self.heap.intern(name);
        let method = self.heap.new_bound_method(BoundMethod {
            function,
            this: Value::Str(id),
        });
        self.add_builtin(name, Value::BoundMethod(method));
    }

    /// Gives up what is under way.
    pub(crate) fn forget_host_calls(&mut self) {
        let next = self.host.next;
        self.host = HostCalls {
            next,
            ..HostCalls::default()
        };
    }

    /// Asks again for everything that is under way: another driver is there now.
    pub(crate) fn restart_host_calls(&mut self) {
        self.host.started = self.host.pending.keys().copied().collect();
    }

    /// Answers the operation the running frame is stopped at.
    pub(crate) fn answer_host_call(&mut self, answer: Result<Value, Id<Instance>>) {
        self.host.waiting = None;
        self.host.answer = Some(answer);
    }

    /// Goes on behind a host function's call, if an answer is there.
    pub(crate) fn take_host_answer(&mut self) -> Option<Flow> {
        if self.host.waiting.is_some() {
            return Some(Flow::Leave(super::Exit::Host));
        }
        Some(match self.host.answer.take()? {
            Ok(value) => self.complete(value, false),
            Err(exception) => self.throw(Raise(exception)),
        })
    }

    /// Answers an asynchronous operation. Nothing happens if nobody waits for it any more.
    pub(crate) fn complete_host(&mut self, id: u64, answer: Result<Value, Id<Instance>>) {
        let Some(operation) = self.host.pending.swap_remove(&id) else {
            return;
        };
        if let Some((lock, list)) = operation.lock {
            let (done, value) = match answer {
                Ok(value) => (true, value),
                Err(exception) => (false, Value::Instance(exception)),
            };
            self.heap
                .update(list, |list| list.items = vec![Value::Bool(done), value]);
            self.free_thread_lock(lock);
        }
        if let Some(future) = operation.future
            && !self.heap[future].is_done()
        {
            let state = match answer {
                Ok(value) => FutureState::Result(value),
                Err(exception) => FutureState::Exception(exception),
            };
            self.finish_future(Child::Future(future), state);
        }
    }

    /// The operations that were cancelled since the last time.
    pub(crate) fn forget_cancelled_host_calls(&mut self) -> Vec<u64> {
        let heap = &self.heap;
        let mut cancelled = Vec::new();
        self.host.pending.retain(|&id, operation| {
            let alive = operation
                .future
                .is_none_or(|future| !heap[future].is_done());
            if !alive {
                cancelled.push(id);
            }
            alive
        });
        cancelled
    }
}
