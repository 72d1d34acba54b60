//! What natives ask of their arguments: ints, strings, indices, with CPython's errors when they are something else.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Bytes, Class, Str};
use crate::text::Text;
use crate::vm::{Args, Raise, Vm, classes, names};
use num_bigint::Sign;

impl Vm {
    /// The str a method was called on.
    #[inline]
    pub(crate) fn this_str(&mut self, args: Args, method: &str) -> Result<Id<Str>, Raise> {
        match self.native_value(args.get(self, 0)) {
            Value::Str(id) => Ok(id),
            _ => Err(self.wrong_receiver(args.get(self, 0), method, "str")),
        }
    }

    /// The bytes or bytearray a method was called on.
    pub(crate) fn this_bytes(&mut self, args: Args, method: &str) -> Result<Id<Bytes>, Raise> {
        match self.native_value(args.get(self, 0)) {
            Value::Bytes(id) | Value::ByteArray(id) => Ok(id),
            _ => Err(self.wrong_receiver(args.get(self, 0), method, "bytes")),
        }
    }

    #[cold]
    pub(crate) fn wrong_receiver(&mut self, receiver: Value, method: &str, class: &str) -> Raise {
        let got = self.type_name(receiver);
        let message = if method.starts_with("__") {
            format!("descriptor '{method}' requires a '{class}' object but received a '{got}'")
        } else {
            format!("descriptor '{method}' for '{class}' objects doesn't apply to a '{got}' object")
        };
        self.type_error(message)
    }

    /// The class a constructor was called for, which must be `base` or derive from it.
    pub(crate) fn new_class(&mut self, args: Args, base: Id<Class>) -> Result<Value, Raise> {
        let class = args.get(self, 0);
        let (name, base_name) = match class {
            Value::Class(id) if self.is_subclass(id, base) => return Ok(class),
            Value::Class(id) => {
                let name = self.heap.text(self.heap[id].name).to_owned();
                (name, self.heap.text(self.heap[base].name).to_owned())
            }
            _ => {
                let name = self.heap.text(self.heap[base].name);
                let shown = self.type_name(class);
                let message = format!("{name}.__new__(X): X is not a type object ({shown})");
                return Err(self.type_error(message));
            }
        };
        Err(self.type_error(format!(
            "{base_name}.__new__({name}): {name} is not a subtype of {base_name}"
        )))
    }

    /// The str a value is.
    #[inline]
    pub(crate) fn as_str(&self, value: Value) -> Option<Id<Str>> {
        match self.native_value(value) {
            Value::Str(id) => Some(id),
            _ => None,
        }
    }

    /// A str argument, or "… must be str, not int".
    pub(crate) fn str_arg(&mut self, value: Value, what: &str) -> Result<Id<Str>, Raise> {
        match self.as_str(value) {
            Some(id) => Ok(id),
            None => {
                let got = self.type_name_or_none(value);
                Err(self.type_error(format!("{what} must be str, not {got}")))
            }
        }
    }

    /// The name of a value's type where CPython shows `None` for None.
    pub(crate) fn type_name_or_none(&self, value: Value) -> String {
        if value.is_none() {
            "None".to_owned()
        } else {
            self.type_name(value).to_owned()
        }
    }

    /// An int argument that has to fit a machine word.
    pub(crate) fn index_arg(&mut self, value: Value) -> Result<i64, Raise> {
        match self.native_value(value) {
            Value::Int(int) => Ok(int),
            Value::Bool(bool) => Ok(i64::from(bool)),
            Value::BigInt(_) => Err(self.raise(
                classes::OVERFLOW_ERROR,
                "Python int too large to convert to C ssize_t",
            )),
            _ => Err(self.no_index(value)),
        }
    }

    /// What the argument of the native under way is can only be said by its `__index__`, if it has one.
    #[cold]
    pub(crate) fn no_index(&mut self, value: Value) -> Raise {
        let raise = self.no_integer(value);
        self.want_index(value, raise)
    }

    /// Notes that this error is only one if the value has no `__index__`.
    pub(crate) fn want_index(&mut self, value: Value, raise: Raise) -> Raise {
        if let Value::Instance(id) = value
            && self
                .class_attribute(self.heap[id].class, names::INDEX)
                .is_some()
        {
            self.wanted_index = Some((raise, value));
        }
        raise
    }

    /// An int argument, beyond a machine word clamped to it.
    pub(crate) fn clamped_arg(&mut self, value: Value) -> Result<i64, Raise> {
        match self.native_value(value) {
            Value::BigInt(id) if self.heap[id].sign() == Sign::Minus => Ok(i64::MIN),
            Value::BigInt(_) => Ok(i64::MAX),
            other => self.index_arg(other),
        }
    }

    /// TypeError: an int was wanted.
    #[cold]
    pub(crate) fn no_integer(&mut self, value: Value) -> Raise {
        let message = format!(
            "'{}' object cannot be interpreted as an integer",
            self.type_name(value)
        );
        self.type_error(message)
    }

    /// An optional bound as `find` and `startswith` take it.
    pub(crate) fn bound_arg(&mut self, value: Value) -> Result<Option<i64>, Raise> {
        if value.is_undef() || value.is_none() {
            return Ok(None);
        }
        match self.native_value(value) {
            Value::Int(_) | Value::Bool(_) | Value::BigInt(_) => self.clamped_arg(value).map(Some),
            _ => {
                let raise = self.type_error(
                    "slice indices must be integers or None or have an __index__ method",
                );
                Err(self.want_index(value, raise))
            }
        }
    }

    /// A str as the text layer takes it.
    #[inline]
    pub(crate) fn text_of(&self, id: Id<Str>) -> Text<'_> {
        Text::with_ascii(self.heap.text(id), self.heap[id].ascii())
    }

    /// The bytes a value is.
    pub(crate) fn as_bytes(&self, value: Value) -> Option<Id<Bytes>> {
        match self.native_value(value) {
            Value::Bytes(id) | Value::ByteArray(id) => Some(id),
            _ => None,
        }
    }

    /// A value's truth when no script code is needed to know it.
    pub(crate) fn flag_arg(&self, value: Value) -> bool {
        !value.is_undef() && self.truth(value).unwrap_or(true)
    }
}
