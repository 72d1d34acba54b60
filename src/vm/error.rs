//! Making exceptions in Rust: every native raises through these.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::{NativeResult, Raise};
use super::{Vm, classes};
use crate::heap::{Id, Value};
use crate::objects::{Class, ExceptionState, Instance, Trail, Tuple};
use smallvec::smallvec;

impl Vm {
    /// An exception of a builtin (or any other) exception class with these `args`, without calling script code.
    pub fn new_exception_with(&mut self, class: Id<Class>, args: &[Value]) -> Id<Instance> {
        let args = self.heap.new_tuple(Tuple { items: args.into() });
        self.exception_from_tuple(class, args)
    }

    /// An exception with the items of a tuple as its `args`.
    pub fn exception_from_tuple(&mut self, class: Id<Class>, args: Id<Tuple>) -> Id<Instance> {
        let state = self.heap.new_exception(ExceptionState {
            args,
            cause: None,
            context: None,
            suppress_context: false,
            traceback: Trail::new(),
            traceback_object: None,
            extra: Value::Undef,
        });
        let shape = self.heap[class].root_shape;
        self.heap.new_instance(Instance {
            class,
            shape,
            slots: smallvec![Value::ExceptionState(state)],
        })
    }

    /// An exception with a message.
    pub fn new_exception(&mut self, class: Id<Class>, message: impl Into<String>) -> Id<Instance> {
        let message = self.heap.str(message.into());
        self.new_exception_with(class, &[message])
    }

    /// Raises a builtin exception with a message: `return Err(vm.raise(classes::INDEX_ERROR, "…"))`.
    #[cold]
    pub fn raise(&mut self, class: Id<Class>, message: impl Into<String>) -> Raise {
        Raise(self.new_exception(class, message))
    }

    /// TypeError
    #[cold]
    pub fn type_error(&mut self, message: impl Into<String>) -> Raise {
        self.raise(classes::TYPE_ERROR, message)
    }

    /// ValueError
    #[cold]
    pub fn value_error(&mut self, message: impl Into<String>) -> Raise {
        self.raise(classes::VALUE_ERROR, message)
    }

    /// KeyError with the key itself as argument.
    #[cold]
    pub fn key_error(&mut self, key: Value) -> Raise {
        Raise(self.new_exception_with(classes::KEY_ERROR, &[key]))
    }

    /// RuntimeError
    #[cold]
    pub fn runtime_error(&mut self, message: impl Into<String>) -> Raise {
        self.raise(classes::RUNTIME_ERROR, message)
    }

    /// TypeError as a native's answer.
    #[cold]
    pub fn fail_type(&mut self, message: impl Into<String>) -> NativeResult {
        Err(self.type_error(message))
    }

    /// The state of an exception.
    pub fn exception_state(&self, exception: Id<Instance>) -> &ExceptionState {
        match self.heap[exception].slots.first() {
            Some(Value::ExceptionState(state)) => &self.heap[*state],
            _ => panic!("invariant broken: an exception without its state"),
        }
    }

    /// The state of an exception, to be changed.
    pub fn exception_state_mut(&mut self, exception: Id<Instance>) -> &mut ExceptionState {
        match self.heap[exception].slots.first() {
            Some(&Value::ExceptionState(state)) => &mut self.heap[state],
            _ => panic!("invariant broken: an exception without its state"),
        }
    }

    /// Is the value an exception?
    pub fn as_exception(&self, value: Value) -> Option<Id<Instance>> {
        match value {
            Value::Instance(id)
                if matches!(self.heap[id].slots.first(), Some(Value::ExceptionState(_))) =>
            {
                Some(id)
            }
            _ => None,
        }
    }
}
