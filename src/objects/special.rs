//! Calling a special method that was found on a value's class.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{NativeBase, Str};
use crate::vm::{NativeResult, Vm, call};

/// Who implements a special method of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Implementor {
    /// The builtin class whose value is in slot 0: this value.
    Native(Value),
    /// This attribute of the class.
    Method(Value),
    /// Nobody.
    Missing,
}

impl Vm {
    /// Who implements a special method of an instance.
    pub(crate) fn implementor(&self, object: Value, name: Id<Str>) -> Implementor {
        let class = self.class_of(object);
        let method = match self.specials.find(class, name) {
            Some(method) => method,
            None => self.class_attribute(class, name),
        };
        let Some(method) = method else {
            return Implementor::Missing;
        };
        if let (Value::Instance(id), Value::Native(native)) = (object, method)
            && matches!(self.heap[class].base, NativeBase::Value(_))
            && self.native_fn(native).name == self.heap.text(name)
        {
            return Implementor::Native(self.heap[id].slots[0]);
        }
        Implementor::Method(method)
    }

    /// Calls an attribute of a value's class as its method.
    pub(crate) fn call_class_attribute(
        &mut self,
        method: Value,
        object: Value,
        args: &[Value],
    ) -> NativeResult {
        let with = |first: Value| {
            let mut all = vec![first];
            all.extend_from_slice(args);
            all
        };
        match method {
            Value::Function(_) | Value::Native(_) => call(method, &with(object)),
            Value::StaticMethod(cell) => call(self.heap[cell].value, args),
            Value::ClassMethod(cell) => call(
                self.heap[cell].value,
                &with(Value::Class(self.class_of(object))),
            ),
            Value::Property(_) | Value::Instance(_) => {
                let function = self.unbound_special(method);
                call(function, &with(object))
            }
            _ => call(method, args),
        }
    }

    /// A special method as what is called with its object in front, as functions are: what the class has instead of a function is
    /// bound to the object when it is called.
    pub(crate) fn unbound_special(&mut self, method: Value) -> Value {
        if matches!(method, Value::Function(_) | Value::Native(_)) {
            return method;
        }
        let bound = super::BoundMethod {
            function: self.prelude_function("_call_special"),
            this: method,
        };
        Value::BoundMethod(self.heap.new_bound_method(bound))
    }

    /// The special method of a value, as something to be called without the value.
    pub(crate) fn special_method(&mut self, object: Value, name: Id<Str>) -> Option<Value> {
        let method = self.class_attribute(self.class_of(object), name)?;
        Some(match method {
            Value::Function(_) | Value::Native(_) => {
                let bound = super::BoundMethod {
                    function: method,
                    this: object,
                };
                Value::BoundMethod(self.heap.new_bound_method(bound))
            }
            Value::StaticMethod(cell) => self.heap[cell].value,
            Value::ClassMethod(cell) => {
                let bound = super::BoundMethod {
                    function: self.heap[cell].value,
                    this: Value::Class(self.class_of(object)),
                };
                Value::BoundMethod(self.heap.new_bound_method(bound))
            }
            Value::Property(_) | Value::Instance(_) => {
                let bound = super::BoundMethod {
                    function: self.unbound_special(method),
                    this: object,
                };
                Value::BoundMethod(self.heap.new_bound_method(bound))
            }
            _ => method,
        })
    }
}
