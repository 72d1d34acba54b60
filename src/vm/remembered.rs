//! What attribute sites remember beside the slots of instances, and finding it again: what a class shares, fields of named tuples,
//! the `args` of exceptions, the variables of modules.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Cached, Vm, natives};
use crate::heap::Value;

impl Vm {
    /// Notes what an object gets from a class as it is: from its own, or as one.
    pub(super) fn remember_shared(&mut self, object: Value, site: u32) {
        let name = self.sites[site as usize].name;
        let class = match object {
            Value::Instance(id) => {
                let instance = &self.heap[id];
                let shape = &self.heap.shapes[instance.shape];
                if self.heap[instance.class].specials.getattribute
                    || shape.dictionary
                    || shape.slots.contains_key(&name)
                {
                    return;
                }
                instance.class
            }
            Value::Class(class) => class,
            _ => return,
        };
        // Some of the names that Python keeps for itself are looked for elsewhere first.
        if self.heap.text(name).starts_with("__") {
            return;
        }
        let found = self.heap[class].order.iter().find_map(|&owner| {
            let (at, _, value) = self.heap[owner].attributes.get_full(&name)?;
            Some((owner, at as u32, *value))
        });
        let Some((owner, at, value)) = found else {
            return;
        };
        let as_it_is = match value {
            Value::Function(_) => matches!(object, Value::Class(_)),
            Value::Native(id) => matches!(object, Value::Class(_)) || !natives::binds(id),
            Value::Property(_) => matches!(object, Value::Class(_)),
            Value::ClassMethod(_) => false,
            // A member of an enum hides what its class is derived from only when the class is asked.
            Value::Instance(id) => {
                !self.heap[self.heap[id].class].specials.descriptor
                    && (matches!(object, Value::Class(_)) || !self.is_member(class, name))
            }
            _ => true,
        };
        if as_it_is {
            self.sites[site as usize].remember(match object {
                Value::Instance(id) => Cached::Shared {
                    shape: self.heap[id].shape,
                    owner,
                    at,
                },
                _ => Cached::OfClass { class, owner, at },
            });
        }
    }

    /// An attribute that no code is run for, if where it is found is remembered: what an object gets from a class as it is, a field of a
    /// named tuple, the `args` of an exception.
    pub(super) fn remembered_attribute(&self, object: Value, site: u32) -> Option<Value> {
        let site = &self.sites[site as usize];
        let (owner, at) = match object {
            Value::Instance(id) => {
                let shape = self.heap[id].shape;
                if let Some(at) = site.field(shape)
                    && let Value::Tuple(tuple) = self.native_value(object)
                {
                    return self.heap[tuple].items.get(at as usize).copied();
                }
                if site.args(shape) {
                    return Some(Value::Tuple(self.exception_state(id).args));
                }
                site.shared(shape)?
            }
            Value::Class(class) => site.of_class(class)?,
            _ => return None,
        };
        let (_, value) = self.heap[owner].attributes.get_index(at as usize)?;
        Some(match *value {
            Value::StaticMethod(cell) => self.heap[cell].value,
            value => value,
        })
    }

    /// Notes the variable of a module.
    pub(super) fn remember_global(&mut self, object: Value, site: u32) {
        if let Value::Module(module) = object
            && let Some(&slot) = self.heap[module]
                .globals
                .get(&self.sites[site as usize].name)
        {
            self.sites[site as usize].remember(Cached::Global { module, slot });
        }
    }
}
