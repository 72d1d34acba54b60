//! The native part of the module `weakref`: references that the collector clears, and the calls of their callbacks.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::event_loop::Ready;
use crate::heap::{Id, Value};
use crate::objects::{Class, NativeBase};
use crate::vm::{Args, Flow, FrameKind, NativeFn, NativeResult, Vm, classes, names, native, ok};

/// Functions of `_weakref`, and the call of a reference.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_refer", "reference, object, told, /", refer),
    native("_target", "self, /", target),
    native("_peek", "reference, /", peek),
    native("_referring", "object, /", referring),
    native("_look", "", look),
];

/// Makes an instance a reference to an object. `told`: it has a callback.
fn refer(vm: &mut Vm, args: Args) -> NativeResult {
    let (reference, object) = (args.get(vm, 0), args.get(vm, 1));
    let Value::Instance(reference) = reference else {
        return vm.fail_type("a reference");
    };
    if !vm.may_be_referred_to(object) {
        let message = format!(
            "cannot create weak reference to '{}' object",
            vm.type_name(object)
        );
        return vm.fail_type(message);
    }
    let key = vm.address(object);
    let told = args.get(vm, 2) == Value::Bool(true);
    vm.heap.weak.refer(reference, object, key, told);
    ok(Value::None)
}

/// The object of a reference, or None. As far as that can be afforded, the answer is of now rather than of the last collection.
fn target(vm: &mut Vm, args: Args) -> NativeResult {
    vm.look_for_dead(args);
    let Value::Instance(reference) = args.get(vm, 0) else {
        return vm.fail_type("a reference");
    };
    let target = vm.heap.weak.target(reference);
    vm.after_callbacks(target.unwrap_or(Value::None))
}

/// The object of a reference, or None if it was found dead.
fn peek(vm: &mut Vm, args: Args) -> NativeResult {
    let target = match args.get(vm, 0) {
        Value::Instance(reference) => vm.heap.weak.target(reference),
        _ => None,
    };
    ok(target.unwrap_or(Value::None))
}

/// A list of the references to an object.
fn referring(vm: &mut Vm, args: Args) -> NativeResult {
    let key = vm.address(args.get(vm, 0));
    let found: Vec<Value> = vm
        .heap
        .weak
        .referring(key)
        .iter()
        .map(|&id| Value::Instance(id))
        .collect();
    let found = vm.heap.list(found);
    ok(found)
}

/// Looks which objects are dead before a container says what it has.
fn look(vm: &mut Vm, args: Args) -> NativeResult {
    vm.look_for_dead(args);
    vm.after_callbacks(Value::None)
}

impl Vm {
    fn look_for_dead(&mut self, args: Args) {
        let bytes = self.heap.bytes();
        if self.heap.weak.may_look(bytes) {
            self.collect_exactly(args);
        }
    }

    /// A native's answer, behind the callbacks of references to what has died.
    pub(crate) fn after_callbacks(&mut self, answer: Value) -> NativeResult {
        if !self.heap.weak.has_died() {
            return ok(answer);
        }
        let died = self.take_died();
        self.call_prelude("_tell_died", &[died, answer])
    }

    fn take_died(&mut self) -> Value {
        let died = self.heap.weak.take_died();
        let died = died.into_iter().map(Value::Instance).collect();
        self.heap.list(died)
    }

    /// Calls the callbacks of references to what the last collection found dead, between two instructions.
    #[cold]
    pub(crate) fn tell_died(&mut self) -> Option<Flow> {
        let top = *self.top();
        if let FrameKind::Loop(event_loop) = top.kind {
            let died = self.take_died();
            let tell = self.prelude_function("_tell_died");
            if let Ok(handle) =
                self.new_handle_for(event_loop, tell, &[died, Value::None], None, Value::Undef)
            {
                self.push_ready(event_loop, Ready::Callback(handle));
            }
            return None;
        }
        if !top.has_code() {
            return None;
        }
        let Value::Function(tell) = self.prelude_function("_tell_died") else {
            panic!("invariant broken: a prelude function is a function");
        };
        let died = self.take_died();
        // What it returns goes to a place that nothing uses.
        let place = top.base as usize + top.registers as usize;
        self.ensure_window(place);
        self.fiber.stack[place + 1] = died;
        self.fiber.stack[place + 2] = Value::None;
        Some(self.call_function(tell, place + 1, 2, None, Value::Undef, place as u32))
    }

    /// Do CPython's objects of this kind take weak references?
    fn may_be_referred_to(&self, value: Value) -> bool {
        match value {
            Value::Instance(id) => self.instances_may_be_referred_to(self.heap[id].class),
            Value::Native(_)
            | Value::Set(_)
            | Value::FrozenSet(_)
            | Value::Function(_)
            | Value::BoundMethod(_)
            | Value::Class(_)
            | Value::Module(_)
            | Value::Generator(_)
            | Value::Coroutine(_)
            | Value::AsyncGenerator(_)
            | Value::GenericAlias(_)
            | Value::Loop(_)
            | Value::Future(_)
            | Value::Task(_)
            | Value::Handle(_)
            | Value::Primitive(_) => true,
            _ => false,
        }
    }

    fn instances_may_be_referred_to(&self, class: Id<Class>) -> bool {
        let data = &self.heap[class];
        if data.builtin {
            return matches!(data.base, NativeBase::Value(_));
        }
        if let NativeBase::Value(base) = data.base
            && [classes::INT, classes::TUPLE, classes::BYTES].contains(&base)
        {
            return false;
        }
        data.slots
            .as_ref()
            .is_none_or(|slots| slots.contains(&names::WEAKREF))
    }
}
