//! `object[index]`, `object[index] = value` and `del object[index]`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::dict_access::Lookup;
use super::slicing::{Bounds, Index};
use super::special::Implementor;
use super::{Bytes, List};
use crate::heap::{Id, Value};
use crate::vm::native::Quick;
use crate::vm::{NativeResult, Raise, Vm, call, classes, names, ok};

impl Vm {
    /// `object[index]`
    #[inline]
    pub(crate) fn get_item(&mut self, object: Value, index: Value) -> NativeResult {
        match (object, index) {
            (Value::List(list), Value::Int(at)) => {
                let items = &self.heap[list].items;
                if let Some(at) = Self::place_of_index(at, items.len()) {
                    return ok(items[at]);
                }
            }
            (Value::Dict(dict), _) => return self.get_item_of_dict(dict, index, object),
            _ => {}
        }
        self.get_item_other(object, index)
    }

    fn get_item_other(&mut self, object: Value, index: Value) -> NativeResult {
        let length = match object {
            Value::List(id) => self.heap[id].items.len(),
            Value::Tuple(id) => self.heap[id].items.len(),
            Value::Str(id) => self.heap.str_length(id),
            Value::Bytes(id) | Value::ByteArray(id) => self.heap[id].data.len(),
            Value::Range(id) => usize::try_from(self.range_length(id)).unwrap_or(usize::MAX),
            Value::Dict(dict) => return self.get_item_of_dict(dict, index, object),
            Value::Instance(_) => return self.get_item_of_instance(object, index),
            Value::Class(_) => return self.get_item_of_class(object, index),
            Value::GenericAlias(id) => return self.item_of_alias(id, index),
            _ => {
                let name = self.type_name(object);
                let message = format!("'{name}' object is not subscriptable");
                return self.fail_type(message);
            }
        };
        match self.index_of(index) {
            Index::At(at) => match (object, Self::place_of_index(at, length)) {
                (Value::Range(id), _) if length == usize::MAX => {
                    match self.item_of_big_range(self.heap[id], Value::Int(at)) {
                        Some(item) => ok(item),
                        None => Err(self.index_error(object)),
                    }
                }
                (_, Some(at)) => self.item_at(object, at),
                (_, None) => Err(self.index_error(object)),
            },
            Index::Slice(slice) => match self.slice_bounds(slice, length)? {
                Some(bounds) => self.slice_at(object, bounds),
                None => self.call_prelude("_getitem_by_index", &[object, index]),
            },
            Index::Script => self.call_prelude("_getitem_by_index", &[object, index]),
            Index::Huge if let Value::Range(id) = object => {
                match self.item_of_big_range(self.heap[id], index) {
                    Some(item) => ok(item),
                    None => Err(self.index_error(object)),
                }
            }
            Index::Huge => Err(self.huge_index(index)),
            Index::Invalid => Err(self.bad_index(object, index)),
        }
    }

    fn item_at(&mut self, object: Value, at: usize) -> NativeResult {
        ok(match object {
            Value::List(id) => self.heap[id].items[at],
            Value::Tuple(id) => self.heap[id].items[at],
            Value::Bytes(id) | Value::ByteArray(id) => {
                Value::Int(i64::from(self.heap[id].data[at]))
            }
            Value::Range(id) => self.range_item(id, at as u64),
            Value::Str(id) => {
                let text = self.heap.text(id);
                let character = if self.heap[id].ascii() {
                    Some(char::from(text.as_bytes()[at]))
                } else {
                    text.chars().nth(at)
                };
                self.char_value(character.expect("the index is below the length"))
            }
            _ => Value::None,
        })
    }

    pub(crate) fn slice_at(&mut self, object: Value, bounds: Bounds) -> NativeResult {
        match object {
            Value::List(id) => self.slice_of_list(id, bounds),
            Value::Tuple(id) => self.slice_of_tuple(id, bounds),
            Value::Str(id) => self.slice_of_str(id, bounds),
            Value::Range(id) => ok(self.slice_of_range(id, bounds)),
            Value::Bytes(id) => match self.slice_of_bytes(id, bounds) {
                Ok(id) => ok(Value::Bytes(id)),
                Err(need) => Ok(need),
            },
            Value::ByteArray(id) => match self.slice_of_bytes(id, bounds) {
                Ok(id) => ok(Value::ByteArray(id)),
                Err(need) => Ok(need),
            },
            _ => ok(Value::None),
        }
    }

    /// `dict[key]`; `object` is the dict, or the instance of a derived class that may have `__missing__`.
    pub(crate) fn get_item_of_dict(
        &mut self,
        dict: Id<super::Dict>,
        key: Value,
        object: Value,
    ) -> NativeResult {
        match self.dict_get(dict, key)? {
            Lookup::Found(value) => ok(value),
            Lookup::Missing => self.missing_key(object, key),
            Lookup::Script => self.call_prelude("_dict_getitem", &[Value::Dict(dict), key, object]),
        }
    }

    /// What a dict answers for a key it hasn't: `__missing__`, or KeyError.
    pub(crate) fn missing_key(&mut self, object: Value, key: Value) -> NativeResult {
        if let Value::Instance(id) = object
            && let Some(method) = self.class_attribute(self.heap[id].class, names::MISSING)
        {
            if let Value::Native(native) = method
                && let Quick::Direct(direct) = self.native_fn(native).quick
                && let Some(value) = direct(self, &[object, key])
            {
                return ok(value);
            }
            return self.call_class_attribute(method, object, &[key]);
        }
        Err(self.key_error(key))
    }

    fn get_item_of_instance(&mut self, object: Value, index: Value) -> NativeResult {
        match self.implementor(object, names::GETITEM) {
            Implementor::Native(Value::Dict(dict)) => self.get_item_of_dict(dict, index, object),
            Implementor::Native(native) => self.get_item(native, index),
            Implementor::Method(method) => self.call_class_attribute(method, object, &[index]),
            Implementor::Missing => {
                let message = format!("'{}' object is not subscriptable", self.type_name(object));
                self.fail_type(message)
            }
        }
    }

    /// Was the class declared with type parameters, or one it derives from?
    fn has_type_parameters(&self, class: Id<super::Class>) -> bool {
        self.heap
            .interned("__type_params__")
            .is_some_and(|name| self.class_attribute(class, name).is_some())
    }

    /// `list[int]`, or a script class's `__class_getitem__`.
    fn get_item_of_class(&mut self, object: Value, index: Value) -> NativeResult {
        let Value::Class(class) = object else {
            return ok(object);
        };
        match self.class_attribute(class, names::CLASS_GETITEM) {
            Some(Value::ClassMethod(cell)) => call(self.heap[cell].value, &[object, index]),
            Some(Value::StaticMethod(cell)) => call(self.heap[cell].value, &[index]),
            Some(method) => call(method, &[object, index]),
            None if class == classes::TYPE
                || self.has_type_parameters(class)
                || self.is_subclass(class, classes::BASE_EXCEPTION_GROUP) =>
            {
                ok(self.generic_alias(object, index))
            }
            None => {
                let message = format!(
                    "type '{}' is not subscriptable",
                    self.heap.text(self.heap[class].name)
                );
                self.fail_type(message)
            }
        }
    }

    /// `object[index] = value`
    #[inline]
    pub(crate) fn set_item(&mut self, object: Value, index: Value, value: Value) -> NativeResult {
        match (object, index) {
            (Value::List(list), Value::Int(at)) => {
                let items = &mut self.heap[list].items;
                if let Some(at) = Self::place_of_index(at, items.len()) {
                    items[at] = value;
                    return ok(Value::None);
                }
            }
            (Value::Dict(dict), _) => {
                return if self.dict_set(dict, index, value)? {
                    ok(Value::None)
                } else {
                    self.call_prelude("_dict_setitem", &[object, index, value])
                };
            }
            _ => {}
        }
        self.set_item_other(object, index, value)
    }

    fn set_item_other(&mut self, object: Value, index: Value, value: Value) -> NativeResult {
        let length = match object {
            Value::List(id) => self.heap[id].items.len(),
            Value::ByteArray(id) => self.heap[id].data.len(),
            Value::Instance(_) => {
                return match self.implementor(object, names::SETITEM) {
                    Implementor::Native(native) => self.set_item(native, index, value),
                    Implementor::Method(method) => {
                        self.call_class_attribute(method, object, &[index, value])
                    }
                    Implementor::Missing => Err(self.no_item_assignment(object)),
                };
            }
            _ => {
                if self.is_sequence_kind(object) && matches!(self.index_of(index), Index::Huge) {
                    return Err(self.huge_index(index));
                }
                return Err(self.no_item_assignment(object));
            }
        };
        match self.index_of(index) {
            Index::At(at) => {
                if matches!(object, Value::ByteArray(_)) {
                    self.byte_of(value)?;
                }
                let Some(at) = Self::place_of_index(at, length) else {
                    return Err(self.assignment_error(object));
                };
                match object {
                    Value::List(id) => self.heap[id].items[at] = value,
                    Value::ByteArray(id) => {
                        let Some(byte) = self.byte_of(value)? else {
                            return self
                                .call_prelude("_setitem_index_value", &[object, index, value]);
                        };
                        self.heap[id].data[at] = byte;
                    }
                    _ => {}
                }
                ok(Value::None)
            }
            Index::Slice(slice) => {
                if !self.is_iterable(value)
                    || matches!((object, value), (Value::ByteArray(_), Value::Str(_)))
                {
                    return self.fail_type(match object {
                        Value::ByteArray(_) => {
                            "can assign only bytes, buffers, or iterables of ints in range(0, 256)"
                        }
                        _ => "must assign iterable to extended slice",
                    });
                }
                if let (Value::ByteArray(id), Value::Bytes(from) | Value::ByteArray(from)) =
                    (object, value)
                    && self.heap.has_room(self.heap[from].data.len())
                    && let Some(bounds) = self.slice_bounds(slice, length)?
                    && (bounds.count == self.heap[from].data.len() || !self.is_viewed(id))
                {
                    let data = self.heap[from].data.clone();
                    return self.set_byte_slice(id, bounds, data);
                }
                let Some(items) = self.items_of(value)? else {
                    return self.call_prelude("_setitem_items", &[object, index, value]);
                };
                let Some(bounds) = self.slice_bounds(slice, length)? else {
                    return self.call_prelude("_setitem_by_index", &[object, index, value]);
                };
                match object {
                    Value::List(id) => self.set_slice(id, bounds, items),
                    Value::ByteArray(id) if bounds.count != items.len() && self.is_viewed(id) => {
                        let items = self.heap.list(items);
                        match self.before_resizing(id, "__setitem__", &[index, items])? {
                            Some(first) => Ok(first),
                            None => ok(Value::None),
                        }
                    }
                    Value::ByteArray(id) => self.set_byte_items(id, bounds, &items),
                    _ => ok(Value::None),
                }
            }
            Index::Script => self.call_prelude("_setitem_by_index", &[object, index, value]),
            Index::Huge => Err(self.huge_index(index)),
            Index::Invalid => Err(self.bad_index(object, index)),
        }
    }

    fn set_slice(&mut self, list: Id<List>, bounds: Bounds, items: Vec<Value>) -> NativeResult {
        if let Some(range) = bounds.contiguous() {
            self.heap
                .update(list, |list| drop(list.items.splice(range, items)));
            return ok(Value::None);
        }
        self.check_slice_length(bounds, items.len(), "sequence")?;
        let target = &mut self.heap[list].items;
        for (at, item) in bounds.positions().zip(items) {
            target[at] = item;
        }
        ok(Value::None)
    }

    fn check_slice_length(
        &mut self,
        bounds: Bounds,
        given: usize,
        what: &str,
    ) -> Result<(), Raise> {
        if given == bounds.count {
            return Ok(());
        }
        let message = format!(
            "attempt to assign {what} of size {given} to extended slice of size {}",
            bounds.count
        );
        Err(self.value_error(message))
    }

    fn set_byte_items(
        &mut self,
        bytes: Id<Bytes>,
        bounds: Bounds,
        items: &[Value],
    ) -> NativeResult {
        let mut data = Vec::with_capacity(items.len());
        for &item in items {
            match self.byte_of(item)? {
                Some(byte) => data.push(byte),
                None => {
                    return self.fail_type(
                        "an object with __index__ can't be assigned to a slice of a bytearray",
                    );
                }
            }
        }
        self.set_byte_slice(bytes, bounds, data)
    }

    fn set_byte_slice(&mut self, bytes: Id<Bytes>, bounds: Bounds, data: Vec<u8>) -> NativeResult {
        if let Some(range) = bounds.contiguous() {
            self.heap
                .update(bytes, |bytes| drop(bytes.data.splice(range, data)));
            return ok(Value::None);
        }
        self.check_slice_length(bounds, data.len(), "bytes")?;
        let target = &mut self.heap[bytes].data;
        for (at, byte) in bounds.positions().zip(data) {
            target[at] = byte;
        }
        ok(Value::None)
    }

    /// An item of a bytearray; None if its `__index__` has to be called.
    ///
    /// # Errors
    /// ValueError if it is out of range, TypeError if it is no int.
    pub(crate) fn byte_of(&mut self, value: Value) -> Result<Option<u8>, Raise> {
        match self.index_of(value) {
            Index::At(int) => match u8::try_from(int) {
                Ok(byte) => Ok(Some(byte)),
                Err(_) => Err(self.value_error("byte must be in range(0, 256)")),
            },
            Index::Huge => Err(self.value_error("byte must be in range(0, 256)")),
            Index::Script => Ok(None),
            Index::Slice(_) | Index::Invalid => {
                let message = format!(
                    "'{}' object cannot be interpreted as an integer",
                    self.type_name(value)
                );
                Err(self.type_error(message))
            }
        }
    }

    /// `del object[index]`
    pub(crate) fn delete_item(&mut self, object: Value, index: Value) -> NativeResult {
        let length = match object {
            Value::List(id) => self.heap[id].items.len(),
            Value::ByteArray(id) => self.heap[id].data.len(),
            Value::Dict(dict) => {
                return match self.dict_remove(dict, index)? {
                    Lookup::Found(_) => ok(Value::None),
                    Lookup::Missing => Err(self.key_error(index)),
                    Lookup::Script => self.call_prelude("_dict_delitem", &[object, index]),
                };
            }
            Value::Instance(_) => {
                return match self.implementor(object, names::DELITEM) {
                    Implementor::Native(native) => self.delete_item(native, index),
                    Implementor::Method(method) => {
                        self.call_class_attribute(method, object, &[index])
                    }
                    Implementor::Missing => Err(self.no_item_deletion(object, index)),
                };
            }
            _ => return Err(self.no_item_deletion(object, index)),
        };
        match self.index_of(index) {
            Index::At(at) => {
                let Some(at) = Self::place_of_index(at, length) else {
                    return Err(self.assignment_error(object));
                };
                if let Value::ByteArray(id) = object
                    && let Some(first) = self.before_resizing(id, "__delitem__", &[index])?
                {
                    return Ok(first);
                }
                match object {
                    Value::List(id) => drop(self.heap[id].items.remove(at)),
                    Value::ByteArray(id) => drop(self.heap[id].data.remove(at)),
                    _ => {}
                }
                ok(Value::None)
            }
            Index::Slice(slice) => {
                let Some(bounds) = self.slice_bounds(slice, length)? else {
                    return self.call_prelude("_delitem_by_index", &[object, index]);
                };
                if let Value::ByteArray(id) = object
                    && bounds.count > 0
                    && let Some(first) = self.before_resizing(id, "__delitem__", &[index])?
                {
                    return Ok(first);
                }
                match object {
                    Value::List(id) => self
                        .heap
                        .update(id, |list| delete_slice(&mut list.items, bounds)),
                    Value::ByteArray(id) => self
                        .heap
                        .update(id, |bytes| delete_slice(&mut bytes.data, bounds)),
                    _ => {}
                }
                ok(Value::None)
            }
            Index::Script => self.call_prelude("_delitem_by_index", &[object, index]),
            Index::Huge => Err(self.huge_index(index)),
            Index::Invalid => Err(self.bad_index(object, index)),
        }
    }

    #[cold]
    fn index_error(&mut self, object: Value) -> Raise {
        let message = match object {
            Value::List(_) => "list index out of range",
            Value::Tuple(_) => "tuple index out of range",
            Value::Str(_) => "string index out of range",
            Value::ByteArray(_) => "bytearray index out of range",
            Value::Range(_) => "range object index out of range",
            _ => "index out of range",
        };
        self.raise(classes::INDEX_ERROR, message)
    }

    #[cold]
    fn assignment_error(&mut self, object: Value) -> Raise {
        let message = if matches!(object, Value::List(_)) {
            "list assignment index out of range"
        } else {
            "bytearray index out of range"
        };
        self.raise(classes::INDEX_ERROR, message)
    }

    #[cold]
    fn huge_index(&mut self, index: Value) -> Raise {
        let message = format!(
            "cannot fit '{}' into an index-sized integer",
            self.type_name(index)
        );
        self.raise(classes::INDEX_ERROR, message)
    }

    #[cold]
    fn bad_index(&mut self, object: Value, index: Value) -> Raise {
        let name = self.type_name(index);
        let message = match object {
            Value::Str(_) => format!("string indices must be integers, not '{name}'"),
            Value::Bytes(_) => format!("byte indices must be integers or slices, not {name}"),
            _ => format!(
                "{} indices must be integers or slices, not {name}",
                self.type_name(object)
            ),
        };
        self.type_error(message)
    }

    #[cold]
    fn no_item_assignment(&mut self, object: Value) -> Raise {
        let message = format!(
            "'{}' object does not support item assignment",
            self.type_name(object)
        );
        self.type_error(message)
    }

    #[cold]
    fn no_item_deletion(&mut self, object: Value, index: Value) -> Raise {
        let how = match self.index_of(index) {
            Index::Huge if self.is_sequence_kind(object) => return self.huge_index(index),
            Index::At(_) | Index::Script if self.is_sequence_kind(object) => "doesn't",
            _ => "does not",
        };
        let message = format!(
            "'{}' object {how} support item deletion",
            self.type_name(object)
        );
        self.type_error(message)
    }

    /// Is it of a type that CPython gives the sequence protocol, whose messages differ?
    fn is_sequence_kind(&self, value: Value) -> bool {
        matches!(
            value,
            Value::Instance(_)
                | Value::Tuple(_)
                | Value::Str(_)
                | Value::Bytes(_)
                | Value::Set(_)
                | Value::FrozenSet(_)
                | Value::Range(_)
                | Value::DictView(_)
        )
    }
}

fn delete_slice<T>(items: &mut Vec<T>, bounds: Bounds) {
    if let Some(range) = bounds.contiguous() {
        items.drain(range);
        return;
    }
    if bounds.count == 0 {
        return;
    }
    let distance = bounds.step.unsigned_abs() as usize;
    let lowest = if bounds.step > 0 {
        bounds.start as usize
    } else {
        (bounds.start + (bounds.count as i64 - 1) * bounds.step) as usize
    };
    let highest = lowest + (bounds.count - 1) * distance;
    let mut at = 0;
    items.retain(|_| {
        let deleted = at >= lowest && at <= highest && (at - lowest).is_multiple_of(distance);
        at += 1;
        !deleted
    });
}
