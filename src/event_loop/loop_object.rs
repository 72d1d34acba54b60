//! Loops of classes that scripts derive: the loop is inside an instance, and what of such a class asyncio itself asks for.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::Loop;
use crate::heap::{Id, Value};
use crate::objects::{Class, Instance};
use crate::vm::{Args, NativeFn, NativeResult, Raise, Vm, classes, native, ok};

/// What a loop does itself, without looking whether a script has put something in its place.
const REPLACED_IN_VAIN: &[&str] = &[
    "time",
    "call_at",
    "call_later",
    "call_soon",
    "call_soon_threadsafe",
    "run_forever",
    "_run_once",
];

/// Methods of `AbstractEventLoop`.
pub(crate) const ABSTRACT: &[NativeFn] = &[
    native("__new__", "cls, /, *args, **kwargs", new_abstract),
    native("run_forever", "self, *args, **kwargs", not_implemented),
    native(
        "run_until_complete",
        "self, *args, **kwargs",
        not_implemented,
    ),
    native("stop", "self, *args, **kwargs", not_implemented),
    native("is_running", "self, *args, **kwargs", not_implemented),
    native("is_closed", "self, *args, **kwargs", not_implemented),
    native("close", "self, *args, **kwargs", not_implemented),
    native("call_soon", "self, *args, **kwargs", not_implemented),
    native("call_later", "self, *args, **kwargs", not_implemented),
    native("call_at", "self, *args, **kwargs", not_implemented),
    native("time", "self, *args, **kwargs", not_implemented),
    native("create_future", "self, *args, **kwargs", not_implemented),
    native("create_task", "self, *args, **kwargs", not_implemented),
    native(
        "call_soon_threadsafe",
        "self, *args, **kwargs",
        not_implemented,
    ),
    native("run_in_executor", "self, *args, **kwargs", not_implemented),
    native(
        "set_default_executor",
        "self, *args, **kwargs",
        not_implemented,
    ),
    native(
        "add_signal_handler",
        "self, *args, **kwargs",
        not_implemented,
    ),
    native(
        "remove_signal_handler",
        "self, *args, **kwargs",
        not_implemented,
    ),
    native("set_task_factory", "self, *args, **kwargs", not_implemented),
    native("get_task_factory", "self, *args, **kwargs", not_implemented),
    native(
        "get_exception_handler",
        "self, *args, **kwargs",
        not_implemented,
    ),
    native(
        "set_exception_handler",
        "self, *args, **kwargs",
        not_implemented,
    ),
    native(
        "default_exception_handler",
        "self, *args, **kwargs",
        not_implemented,
    ),
    native(
        "call_exception_handler",
        "self, *args, **kwargs",
        not_implemented,
    ),
    native("get_debug", "self, *args, **kwargs", not_implemented),
    native("set_debug", "self, *args, **kwargs", not_implemented),
    native(
        "shutdown_asyncgens",
        "self, *args, **kwargs",
        not_implemented_async,
    ),
    native(
        "shutdown_default_executor",
        "self, *args, **kwargs",
        not_implemented_async,
    ),
    native(
        "create_connection",
        "self, *args, **kwargs",
        not_implemented_async,
    ),
    native(
        "create_server",
        "self, *args, **kwargs",
        not_implemented_async,
    ),
];

impl Vm {
    /// The loop that a value is, or that is inside an instance of a derived class.
    pub(crate) fn loop_in(&self, value: Value) -> Option<Id<Loop>> {
        match value {
            Value::Loop(id) => Some(id),
            Value::Instance(_) => match self.native_value(value) {
                Value::Loop(id) => Some(id),
                _ => None,
            },
            _ => None,
        }
    }

    /// A loop as scripts see it.
    pub(crate) fn loop_value(&self, id: Id<Loop>) -> Value {
        match self.heap[id].object {
            Some(object) => Value::Instance(object),
            None => Value::Loop(id),
        }
    }

    /// Does the loop ask script code for its tasks: a factory, or a `create_task` of its own?
    pub(super) fn has_task_factory(&self, id: Id<Loop>) -> bool {
        let event_loop = &self.heap[id];
        event_loop.own_create_task || !matches!(event_loop.task_factory, Value::Undef | Value::None)
    }

    /// Refuses what a script puts in the place of something that the loop does without looking.
    pub(super) fn check_replaced(&mut self, name: &str) -> Result<(), Raise> {
        if REPLACED_IN_VAIN.contains(&name) {
            return Err(self.raise(
                classes::ATTRIBUTE_ERROR,
                format!("acoro's event loops cannot have {name}() replaced"),
            ));
        }
        Ok(())
    }

    /// Does a class derived from that of loops have its own method of this name?
    fn overrides(&mut self, class: Id<Class>, name: &str) -> bool {
        let name = self.heap.intern(name);
        self.class_attribute(class, name) != self.class_attribute(classes::EVENT_LOOP, name)
    }

    /// A new loop, inside an instance if the class is a script's.
    pub(super) fn new_loop_of(&mut self, class: Value) -> Result<Value, Raise> {
        let id = self.new_loop_object();
        let made = self.wrap_native(class, Value::Loop(id));
        if let (Value::Class(class), Value::Instance(object)) = (class, made) {
            for name in REPLACED_IN_VAIN {
                if self.overrides(class, name) {
                    self.check_replaced(name)?;
                }
            }
            let own_create_task = self.overrides(class, "create_task");
            let event_loop = &mut self.heap[id];
            event_loop.object = Some(object);
            event_loop.own_create_task = own_create_task;
        }
        Ok(made)
    }
}

fn new_abstract(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Class(class) = args.get(vm, 0) else {
        return vm.fail_type("a class was expected");
    };
    let shape = vm.heap[class].root_shape;
    ok(Value::Instance(vm.heap.new_instance(Instance {
        class,
        shape,
        slots: Default::default(),
    })))
}

fn not_implemented(vm: &mut Vm, _args: Args) -> NativeResult {
    Err(vm.raise(classes::NOT_IMPLEMENTED_ERROR, ""))
}

fn not_implemented_async(vm: &mut Vm, _args: Args) -> NativeResult {
    let coroutine = vm.prelude_generator("_not_implemented", &[])?;
    ok(Value::Coroutine(coroutine))
}

/// `super().__init__()` of a derived class.
pub(super) fn init(_vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::None)
}
