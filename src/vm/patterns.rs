//! Class and mapping patterns of `match` whose answer needs no script code: for all others, and for what is wrong with a pattern, the
//! prelude is asked.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Vm, classes, names};
use crate::heap::{Id, Value};
use crate::objects::object_methods::{is_hooked, says_its_class};
use crate::objects::{Class, Lookup, Str};
use smallvec::SmallVec;

/// Builtin types whose only positional pattern is about the value itself.
const WHOLE: [Id<Class>; 11] = [
    classes::BOOL,
    classes::BYTEARRAY,
    classes::BYTES,
    classes::DICT,
    classes::FLOAT,
    classes::FROZENSET,
    classes::INT,
    classes::LIST,
    classes::SET,
    classes::STR,
    classes::TUPLE,
];

impl Vm {
    /// A tuple of the attributes that the patterns in `class(…)` are about, or None if the subject is none of that class.
    pub(super) fn match_class_plainly(&mut self, args: &[Value]) -> Option<Value> {
        let &[
            subject,
            Value::Class(class),
            Value::Int(count),
            Value::Tuple(named),
        ] = args
        else {
            return None;
        };
        if is_hooked(self, class, names::INSTANCECHECK) {
            return None;
        }
        if !self.is_instance(subject, class) {
            return (!says_its_class(self, subject)).then_some(Value::None);
        }
        let no_names = self.heap[named].items.is_empty();
        if count == 0 && no_names {
            return Some(self.heap.tuple([]));
        }
        if count == 1 && no_names && WHOLE.contains(&class) {
            return Some(self.heap.tuple([subject]));
        }
        let Value::Instance(id) = subject else {
            return None;
        };
        let count = usize::try_from(count).ok()?;
        let mut wanted = SmallVec::<[Id<Str>; 4]>::new();
        if count > 0 {
            let Some(Value::Tuple(positional)) = self.class_attribute(class, names::MATCH_ARGS)
            else {
                return None;
            };
            wanted.extend(self.interned_names(self.heap[positional].items.get(..count)?)?);
        }
        wanted.extend(self.interned_names(&self.heap[named].items)?);
        let twice = |at: usize| wanted[..at].contains(&wanted[at]);
        if (1..wanted.len()).any(twice) || self.heap[self.heap[id].class].specials.getattribute {
            return None;
        }
        let mut values = SmallVec::<[Value; 4]>::new();
        for name in wanted {
            let on_class = self.class_attribute(self.heap[id].class, name);
            if on_class.is_some_and(|attribute| self.is_data_descriptor(attribute)) {
                return None;
            }
            values.push(self.own_attribute(id, name)?);
        }
        Some(self.heap.tuple(&values[..]))
    }

    /// A tuple of the values of these keys, or None if one is missing.
    pub(super) fn match_keys_plainly(&mut self, subject: Value, keys: Value) -> Option<Value> {
        let (Value::Dict(dict), Value::Tuple(keys)) = (subject, keys) else {
            return None;
        };
        let keys = SmallVec::<[Value; 4]>::from_slice(&self.heap[keys].items);
        let mut values = SmallVec::<[Value; 4]>::new();
        for (at, &key) in keys.iter().enumerate() {
            let new = |&before: &Value| self.same_or_equal(before, key) == Some(false);
            if !keys[..at].iter().all(new) {
                return None;
            }
        }
        for key in keys {
            match self.dict_get(dict, key) {
                Ok(Lookup::Found(value)) => values.push(value),
                Ok(Lookup::Missing) => return Some(Value::None),
                Ok(Lookup::Script) | Err(_) => return None,
            }
        }
        Some(self.heap.tuple(&values[..]))
    }

    /// Names, which a script's `__match_args__` may have other things among.
    fn interned_names(&self, values: &[Value]) -> Option<SmallVec<[Id<Str>; 4]>> {
        let names = values.iter().map(|&value| match value {
            Value::Str(id) if self.heap[id].interned() => Some(id),
            Value::Str(id) => self.heap.interned(self.heap.text(id)),
            _ => None,
        });
        names.collect()
    }
}
