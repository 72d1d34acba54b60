//! Attributes of loops, futures, tasks, handles, primitives and native awaitables that are no methods.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{
    AwaitableState, Child, Future, FutureMark, FutureObject, FutureState, Primitive, PrimitiveKind,
    Waiter,
};
use crate::heap::{Id, Value};
use crate::objects::Dict;
use crate::vm::{Raise, Vm};

/// What a future, a task or a handle keeps in debug mode of where it was made.
pub(super) const SOURCE_TRACEBACK: &str = "_source_traceback";

impl Vm {
    /// A future; in debug mode it keeps where it was made.
    pub(crate) fn new_traced_future(&mut self, future: Future) -> Id<Future> {
        let debug = self.heap[future.event_loop].debug;
        let id = self.heap.new_future(future);
        if debug {
            self.keep_creation_stack(Child::Future(id));
        }
        id
    }

    /// Keeps where a future or task was made.
    #[cold]
    pub(super) fn keep_creation_stack(&mut self, child: Child) {
        let stack = Value::List(self.creation_stack());
        let name = self.heap.intern(SOURCE_TRACEBACK);
        match self.future(child).object.get() {
            FutureObject::Derived(object) => self.store_attribute(object, name, stack),
            FutureObject::Plain => {
                let dict = self.heap.new_dict(Dict::default());
                self.child_mut(child).object = FutureObject::Attributes(dict).into();
                self.dict_set_str(dict, name, stack);
            }
            FutureObject::Attributes(dict) => {
                self.dict_set_str(dict, name, stack);
            }
        }
    }

    /// Where a future or task was made, if that was kept.
    pub(super) fn creation_stack_of(&mut self, child: Child) -> Option<Value> {
        match self.future(child).object.get() {
            FutureObject::Derived(object) => {
                let name = self.heap.interned(SOURCE_TRACEBACK)?;
                self.own_attribute(object, name)
            }
            FutureObject::Plain | FutureObject::Attributes(_) => {
                self.own_future_attribute(child, SOURCE_TRACEBACK)
            }
        }
    }

    /// An attribute; None if the object has none of that name.
    pub(crate) fn event_loop_attribute(&mut self, object: Value, name: &str) -> Option<Value> {
        match object {
            Value::Future(_) | Value::Task(_) => {
                Child::of(object).and_then(|child| self.future_field(child, name))
            }
            Value::Handle(id) => {
                let handle = &self.heap[id];
                Some(match name {
                    "_callback" => handle.callback,
                    "_args" => {
                        let args = handle.args.to_vec();
                        self.heap.tuple(args)
                    }
                    "_cancelled" => Value::Bool(handle.cancelled),
                    "_scheduled" => Value::Bool(handle.scheduled),
                    "_when" => Value::Float(handle.when?),
                    "_loop" => self.loop_value(handle.event_loop),
                    SOURCE_TRACEBACK => handle.stack.map_or(Value::None, Value::List),
                    _ => return None,
                })
            }
            Value::Loop(id) => match name {
                "__dict__" => self.heap[id].attributes.map(Value::Dict),
                "slow_callback_duration" => {
                    let event_loop = &self.heap[id];
                    let seconds = Value::Float(event_loop.slow_callback_duration);
                    Some(event_loop.slow_callback_value.or(seconds))
                }
                "_default_executor" => Some(self.heap[id].executor.or_none()),
                "_ready" => {
                    let items = self.heap[id].ready.iter().map(|ready| ready.value());
                    let items = items.collect();
                    Some(self.heap.list(items))
                }
                "_debug" => Some(Value::Bool(self.heap[id].debug)),
                "_current_handle" => Some(self.heap[id].handle.map_or(Value::None, Value::Handle)),
                _ => {
                    let name = self.heap.interned(name)?;
                    self.dict_get_str(self.heap[id].attributes?, name)
                }
            },
            Value::Primitive(id) => {
                let waiters = |vm: &mut Self| {
                    let items: Vec<Value> = vm.heap[id]
                        .waiters
                        .iter()
                        .map(|&it| Value::Awaitable(it))
                        .collect();
                    vm.heap.list(items)
                };
                match (&self.heap[id].kind, name) {
                    (PrimitiveKind::Lock { locked }, "_locked") => Some(Value::Bool(*locked)),
                    (PrimitiveKind::Event { set }, "_value") => Some(Value::Bool(*set)),
                    (PrimitiveKind::Semaphore { value, .. }, "_value") => Some(Value::Int(*value)),
                    (
                        PrimitiveKind::Semaphore {
                            bound: Some(bound), ..
                        },
                        "_bound_value",
                    ) => Some(Value::Int(*bound)),
                    (PrimitiveKind::Queue(queue), "maxsize" | "_maxsize") => {
                        Some(Value::Int(queue.maxsize))
                    }
                    (PrimitiveKind::Queue(queue), "_unfinished_tasks") => {
                        Some(Value::Int(queue.unfinished as i64))
                    }
                    (PrimitiveKind::Queue(queue), "_is_shutdown") => {
                        Some(Value::Bool(queue.shut_down))
                    }
                    (PrimitiveKind::Queue(queue), "_queue") => {
                        let items: Vec<Value> = queue.items.iter().copied().collect();
                        Some(self.heap.list(items))
                    }
                    (PrimitiveKind::Queue(queue), "_putters") => {
                        let items: Vec<Value> = queue
                            .putters
                            .iter()
                            .map(|&it| Value::Awaitable(it))
                            .collect();
                        Some(self.heap.list(items))
                    }
                    (PrimitiveKind::Queue(_), "_getters") => Some(waiters(self)),
                    (_, "_waiters") => Some(waiters(self)),
                    (_, "_loop") => Some(
                        self.heap[id]
                            .event_loop
                            .map_or(Value::None, |it| self.loop_value(it)),
                    ),
                    _ => None,
                }
            }
            Value::Awaitable(id) => {
                let qualname = self.awaitable_name(id);
                let state = self.heap[id].state;
                Some(match name {
                    "__qualname__" | "co_qualname" => self.heap.str(qualname?),
                    "__name__" | "co_name" => {
                        let qualname = qualname?;
                        let name = qualname.rsplit('.').next().unwrap_or_default().to_owned();
                        self.heap.str(name)
                    }
                    "cr_code" => {
                        qualname?;
                        object
                    }
                    "cr_frame" => match state {
                        AwaitableState::Finished => Value::None,
                        AwaitableState::Created
                        | AwaitableState::Waiting
                        | AwaitableState::Woken
                        | AwaitableState::Cancelled => object,
                    },
                    "cr_await" | "cr_origin" => Value::None,
                    "cr_running" => Value::Bool(false),
                    "cr_suspended" => Value::Bool(state == AwaitableState::Waiting),
                    "co_filename" => self.heap.str("<asyncio>"),
                    "f_line" => self.heap.str(""),
                    "co_firstlineno" | "f_lineno" => Value::Int(1),
                    "f_code" => object,
                    _ => return None,
                })
            }
            _ => None,
        }
    }

    /// Sets what tests and debuggers set of a lock, event, semaphore or queue.
    fn set_primitive_attribute(&mut self, id: Id<Primitive>, name: &str, value: Value) -> bool {
        let truth = self.truth(value);
        let number = match value {
            Value::Int(number) => Some(number),
            _ => None,
        };
        let event_loop = self.loop_in(value);
        let primitive = &mut self.heap[id];
        match (&mut primitive.kind, name, number) {
            (PrimitiveKind::Lock { locked }, "_locked", _) => *locked = truth == Some(true),
            (PrimitiveKind::Event { set }, "_value", _) => *set = truth == Some(true),
            (PrimitiveKind::Semaphore { value, .. }, "_value", Some(number)) => *value = number,
            (PrimitiveKind::Semaphore { bound, .. }, "_bound_value", Some(number)) => {
                *bound = Some(number);
            }
            (PrimitiveKind::Queue(queue), "_maxsize", Some(number)) => queue.maxsize = number,
            (PrimitiveKind::Queue(queue), "_unfinished_tasks", Some(number)) => {
                queue.unfinished = u64::try_from(number).unwrap_or(0);
            }
            (PrimitiveKind::Queue(queue), "_is_shutdown", _) => {
                queue.shut_down = truth == Some(true);
            }
            (_, "_loop", _) if event_loop.is_some() || value.is_none() => {
                primitive.event_loop = event_loop;
            }
            _ => return false,
        }
        true
    }

    /// Sets an attribute that futures have not got by themselves; false for one that they have.
    fn set_future_attribute(&mut self, object: Value, name: &str, value: Value) -> bool {
        let Some(child) = Child::of(object) else {
            return false;
        };
        let key = self.heap.intern(name);
        let class = self.class_of(object);
        let known = name.starts_with("__")
            || self.class_attribute(class, key).is_some()
            || self.future_field(child, name).is_some()
                && self.own_future_attribute(child, name).is_none();
        let dict = match self.future(child).object.get() {
            FutureObject::Derived(_) => return false,
            _ if known => return false,
            FutureObject::Attributes(dict) => dict,
            FutureObject::Plain => {
                let dict = self.heap.new_dict(Dict::default());
                self.child_mut(child).object = FutureObject::Attributes(dict).into();
                dict
            }
        };
        self.dict_set_str(dict, key, value);
        true
    }

    /// What scripts have set on a loop or a future.
    pub(crate) fn event_loop_dict(&self, object: Value) -> Option<Id<Dict>> {
        if let Value::Loop(id) = object {
            return self.heap[id].attributes;
        }
        match self.future(Child::of(object)?).object.get() {
            FutureObject::Attributes(dict) => Some(dict),
            FutureObject::Plain | FutureObject::Derived(_) => None,
        }
    }

    /// An attribute that a script has set.
    fn own_future_attribute(&mut self, child: Child, name: &str) -> Option<Value> {
        let FutureObject::Attributes(dict) = self.future(child).object.get() else {
            return None;
        };
        let name = self.heap.interned(name)?;
        self.dict_get_str(dict, name)
    }

    fn future_field(&mut self, child: Child, name: &str) -> Option<Value> {
        let future = self.future(child);
        Some(match name {
            "_state" => {
                let state = match future.state {
                    FutureState::Pending | FutureState::Gathering(_) => "PENDING",
                    FutureState::Result(_) | FutureState::Exception(_) => "FINISHED",
                    FutureState::Cancelled(_) => "CANCELLED",
                };
                Value::Str(self.heap.intern(state))
            }
            "_result" => match future.state {
                FutureState::Result(value) => value,
                FutureState::Pending
                | FutureState::Gathering(_)
                | FutureState::Exception(_)
                | FutureState::Cancelled(_) => Value::None,
            },
            "_exception" => match future.state {
                FutureState::Exception(exception) => Value::Instance(exception),
                FutureState::Pending
                | FutureState::Gathering(_)
                | FutureState::Result(_)
                | FutureState::Cancelled(_) => Value::None,
            },
            "_loop" => self.loop_value(future.event_loop),
            "_log_traceback" => Value::Bool(future.unretrieved),
            "_asyncio_future_blocking" => Value::Bool(future.mark == FutureMark::Blocking),
            SOURCE_TRACEBACK => self.creation_stack_of(child).unwrap_or(Value::None),
            "_cancel_message" if matches!(child, Child::Future(_)) || future.is_done() => {
                match future.state {
                    FutureState::Cancelled(message)
                        if self.as_cancelled_error(message).is_none() =>
                    {
                        message
                    }
                    FutureState::Pending
                    | FutureState::Gathering(_)
                    | FutureState::Result(_)
                    | FutureState::Exception(_)
                    | FutureState::Cancelled(_) => Value::None,
                }
            }
            "_callbacks" => {
                let waiters = future.waiters.as_slice().to_vec();
                let mut items = Vec::new();
                for waiter in waiters {
                    if let Waiter::Callback(handle) = waiter {
                        let callback = self.heap[handle].callback;
                        items.push(self.heap.tuple(vec![callback, Value::None]));
                    }
                }
                self.heap.list(items)
            }
            _ => {
                if let Some(value) = self.own_future_attribute(child, name) {
                    return Some(value);
                }
                let Child::Task(id) = child else {
                    return None;
                };
                let task = &self.heap[id];
                match name {
                    "_coro" => self.task_coroutine(id),
                    "_cancel_message" if !task.must_cancel.is_undef() => task.must_cancel,
                    "_must_cancel" => Value::Bool(!task.must_cancel.is_undef()),
                    "_cancel_message" => Value::None,
                    "_num_cancels_requested" => Value::Int(i64::from(task.cancels)),
                    "_fut_waiter" => match Child::of(task.waiting.value()) {
                        Some(child) => self.child_value(child),
                        None => task.waiting.value(),
                    },
                    "_log_destroy_pending" => Value::Bool(true),
                    _ => return None,
                }
            }
        })
    }

    /// Sets an attribute of what is inside an instance of a derived class; false if it is one of the instance.
    pub(crate) fn set_inner_attribute(
        &mut self,
        native: Value,
        name: &str,
        value: Value,
    ) -> Result<bool, Raise> {
        match native {
            Value::Loop(_) if name == "slow_callback_duration" => {
                self.set_event_loop_attribute(native, name, value)
            }
            Value::Loop(id) => {
                self.check_replaced(name)?;
                self.heap[id].own_create_task |= name == "create_task";
                Ok(false)
            }
            _ => self.set_event_loop_attribute(native, name, value),
        }
    }

    /// Sets an attribute; false if there is none of that name to set.
    pub(crate) fn set_event_loop_attribute(
        &mut self,
        object: Value,
        name: &str,
        value: Value,
    ) -> Result<bool, Raise> {
        match object {
            Value::Loop(id) if name == "slow_callback_duration" => {
                self.heap[id].slow_callback_duration = super::functions::seconds(self, value)?;
                self.heap[id].slow_callback_value = match value {
                    Value::Float(_) => Value::Undef,
                    other => other,
                };
                Ok(true)
            }
            Value::Loop(id) => {
                self.check_replaced(name)?;
                self.heap[id].own_create_task |= name == "create_task";
                let dict = match self.heap[id].attributes {
                    Some(dict) => dict,
                    None => {
                        let dict = self.heap.new_dict(Dict::default());
                        self.heap[id].attributes = Some(dict);
                        dict
                    }
                };
                let name = self.heap.intern(name);
                self.dict_set_str(dict, name, value);
                Ok(true)
            }
            Value::Future(_) | Value::Task(_) if name == "_log_traceback" => {
                if self.truth(value).unwrap_or(true) {
                    return Err(self.value_error("_log_traceback can only be set to False"));
                }
                self.future_mut(object).unretrieved = false;
                Ok(true)
            }
            Value::Future(_) | Value::Task(_) if name == "_cancel_message" => {
                if let Value::Task(id) = object
                    && !self.heap[id].must_cancel.is_undef()
                {
                    self.heap[id].must_cancel = value;
                }
                let future = self.future_mut(object);
                if future.is_cancelled() {
                    future.state = FutureState::Cancelled(value);
                }
                Ok(true)
            }
            Value::Future(_) | Value::Task(_) if name == "_log_destroy_pending" => Ok(true),
            Value::Future(_) | Value::Task(_) if name == "_asyncio_future_blocking" => {
                let blocking = self.truth(value).unwrap_or(true);
                let mark = &mut self.future_mut(object).mark;
                match *mark {
                    FutureMark::Plain if blocking => *mark = FutureMark::Blocking,
                    FutureMark::Blocking if !blocking => *mark = FutureMark::Plain,
                    FutureMark::Plain | FutureMark::Blocking | FutureMark::BegunAndEnded => {}
                }
                Ok(true)
            }
            Value::Future(_) | Value::Task(_) => Ok(self.set_future_attribute(object, name, value)),
            Value::Primitive(id) => Ok(self.set_primitive_attribute(id, name, value)),
            _ => Ok(false),
        }
    }
}
