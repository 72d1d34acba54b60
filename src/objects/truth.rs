//! `bool(x)`, `len(x)` and `x in y`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::ViewKind;
use super::dict_access::{Lookup, Probe};
use super::slicing::Index;
use super::special::Implementor;
use crate::heap::Value;
use crate::vm::native::NativeFn;
use crate::vm::{NativeResult, Raise, Vm, classes, names, native, ok};
use num_traits::ToPrimitive;

impl Vm {
    /// `bool(value)`, or None when a script's `__bool__` or `__len__` has to tell.
    #[inline]
    pub(crate) fn truth(&self, value: Value) -> Option<bool> {
        match value {
            Value::Bool(bool) => Some(bool),
            Value::None => Some(false),
            Value::Int(int) => Some(int != 0),
            _ => self.truth_other(value),
        }
    }

    fn truth_other(&self, value: Value) -> Option<bool> {
        Some(match value {
            Value::Float(float) => float != 0.0,
            Value::Instance(id) => {
                let instance = &self.heap[id];
                if self.heap[instance.class].specials.truth {
                    return None;
                }
                match self.native_value(value) {
                    Value::Instance(_) => true,
                    native => return self.truth(native),
                }
            }
            _ => self.native_length(value).is_none_or(|length| length > 0),
        })
    }

    /// `bool(value)`: the whole protocol.
    pub(crate) fn truth_value(&mut self, value: Value) -> NativeResult {
        if let Some(truth) = self.truth(value) {
            return ok(Value::Bool(truth));
        }
        match self.special_method(value, names::BOOL) {
            Some(method) => self.call_prelude("_truth", &[method]),
            None => self.call_prelude("_truth_of_length", &[value]),
        }
    }

    /// The length of a value of a builtin kind, None if it has none.
    pub(crate) fn native_length(&self, value: Value) -> Option<u64> {
        Some(match value {
            Value::Str(id) => self.heap.str_length(id) as u64,
            Value::List(id) => self.heap[id].items.len() as u64,
            Value::Tuple(id) => self.heap[id].items.len() as u64,
            Value::Dict(id) => self.heap[id].len() as u64,
            Value::Set(id) | Value::FrozenSet(id) => self.heap[id].len() as u64,
            Value::Bytes(id) | Value::ByteArray(id) => self.heap[id].data.len() as u64,
            Value::Range(id) => self.range_length(id),
            Value::DictView(id) => self.heap[self.heap[id].dict].len() as u64,
            _ => return None,
        })
    }

    /// `len(value)`
    pub(crate) fn length(&mut self, value: Value) -> NativeResult {
        if let Some(length) = self.native_length(value) {
            return match i64::try_from(length) {
                Ok(length) => ok(Value::Int(length)),
                Err(_) => Err(self.raise(
                    classes::OVERFLOW_ERROR,
                    "Python int too large to convert to C ssize_t",
                )),
            };
        }
        if matches!(value, Value::Instance(_)) {
            if let Some(result) = self.call_checked(value, names::LEN) {
                return result;
            }
            match self.implementor(value, names::LEN) {
                Implementor::Native(native) => return self.length(native),
                Implementor::Method(_) => {
                    if let Some(method) = self.special_method(value, names::LEN) {
                        return self.call_prelude("_length", &[method]);
                    }
                }
                Implementor::Missing => {}
            }
        }
        if let Value::Class(class) = value
            && let Some(method) = self.class_attribute(class, names::CLASS_LEN)
        {
            return self.call_class_hook(method, class, &[]);
        }
        let message = format!("object of type '{}' has no len()", self.type_name(value));
        self.fail_type(message)
    }

    /// `item in container`
    pub(crate) fn contains(&mut self, item: Value, container: Value) -> NativeResult {
        match self.contains_natively(item, container)? {
            Some(found) => ok(Value::Bool(found)),
            None => self.contains_by_script(item, container),
        }
    }

    /// `item in container` for containers of builtin kinds; None when script code is needed.
    ///
    /// # Errors
    /// TypeError if the item can't be hashed, or is no text for a str.
    pub(crate) fn contains_natively(
        &mut self,
        item: Value,
        container: Value,
    ) -> Result<Option<bool>, Raise> {
        match container {
            Value::Dict(dict) => Ok(match self.dict_probe(dict, item)? {
                Probe::At(_) => Some(true),
                Probe::Missing(_) => Some(false),
                Probe::Script => None,
            }),
            Value::Set(set) | Value::FrozenSet(set) => {
                let key = self.as_set_key(item);
                self.set_contains(set, key)
            }
            Value::List(id) => Ok(self.search(&self.heap[id].items, item)),
            Value::Tuple(id) => Ok(self.search(&self.heap[id].items, item)),
            Value::Str(id) => match self.native_value(item) {
                Value::Str(part) => Ok(Some(self.heap.text(id).contains(self.heap.text(part)))),
                _ => {
                    let name = self.type_name(item);
                    let message =
                        format!("'in <string>' requires string as left operand, not {name}");
                    Err(self.type_error(message))
                }
            },
            Value::Bytes(id) | Value::ByteArray(id) => match self
                .bytes_like(item)
                .map_or(self.native_value(item), Value::Bytes)
            {
                Value::Bytes(part) | Value::ByteArray(part) => {
                    let (data, part) = (&self.heap[id].data, &self.heap[part].data);
                    Ok(Some(
                        part.is_empty()
                            || data.windows(part.len()).any(|window| window == &part[..]),
                    ))
                }
                Value::Int(_) | Value::Bool(_) | Value::BigInt(_) => Ok(self
                    .byte_of(item)?
                    .map(|byte| self.heap[id].data.contains(&byte))),
                Value::Instance(_) if matches!(self.index_of(item), Index::Script) => Ok(None),
                _ => {
                    let message = format!(
                        "a bytes-like object is required, not '{}'",
                        self.type_name(item)
                    );
                    Err(self.type_error(message))
                }
            },
            Value::Range(id) => {
                let range = self.heap[id];
                let int = match item {
                    Value::Int(_) | Value::Bool(_) | Value::BigInt(_) if range.big.is_some() => {
                        return Ok(Some(self.place_in_big_range(range, item).is_some()));
                    }
                    _ if range.big.is_some() => return Ok(None),
                    Value::Int(int) => int,
                    Value::Bool(bool) => i64::from(bool),
                    Value::Float(float) if float.fract() == 0.0 => match float.to_i64() {
                        Some(int) => int,
                        None => return Ok(Some(false)),
                    },
                    Value::Instance(_) => return Ok(None),
                    _ => return Ok(Some(false)),
                };
                Ok(Some(range.contains(int)))
            }
            Value::DictView(id) => {
                let view = self.heap[id];
                match view.kind {
                    ViewKind::Keys => self.contains_natively(item, Value::Dict(view.dict)),
                    ViewKind::Values => {
                        let values: Vec<Value> = self.heap[view.dict]
                            .iter()
                            .map(|entry| entry.value)
                            .collect();
                        Ok(self.search(&values, item))
                    }
                    ViewKind::Items => {
                        let Value::Tuple(pair) = self.native_value(item) else {
                            return Ok(Some(false));
                        };
                        let &[key, value] = &self.heap[pair].items[..] else {
                            return Ok(Some(false));
                        };
                        Ok(match self.dict_get(view.dict, key)? {
                            Lookup::Found(found) => self.same_or_equal(found, value),
                            Lookup::Missing => Some(false),
                            Lookup::Script => None,
                        })
                    }
                }
            }
            _ => Ok(None),
        }
    }

    /// Sets can be looked for in sets, as if they were frozen, unless their class says how they are hashed.
    pub(crate) fn as_set_key(&self, item: Value) -> Value {
        match (item, self.native_value(item)) {
            (Value::Instance(id), _) if self.heap[self.heap[id].class].specials.hash => item,
            (_, Value::Set(id)) => Value::FrozenSet(id),
            _ => item,
        }
    }

    /// Is the item among these? None when only script code can tell.
    pub(crate) fn search(&self, items: &[Value], item: Value) -> Option<bool> {
        for &other in items {
            match self.same_or_equal(other, item) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => return None,
            }
        }
        Some(false)
    }

    fn contains_by_script(&mut self, item: Value, container: Value) -> NativeResult {
        match container {
            Value::Dict(_) => self.call_prelude("_dict_contains", &[container, item]),
            Value::Bytes(_) | Value::ByteArray(_) => {
                self.call_prelude("_bytes_contain", &[container, item])
            }
            Value::Set(_) | Value::FrozenSet(_) => {
                let key = self.as_set_key(item);
                self.call_prelude("_set_contains", &[container, key])
            }
            Value::DictView(id) if self.heap[id].kind != ViewKind::Values => {
                let dict = Value::Dict(self.heap[id].dict);
                let name = match self.heap[id].kind {
                    ViewKind::Items => "_items_contain",
                    ViewKind::Keys | ViewKind::Values => "_dict_contains",
                };
                self.call_prelude(name, &[dict, item])
            }
            Value::Instance(_) => match self.implementor(container, names::CONTAINS) {
                Implementor::Native(native) => self.contains(item, native),
                Implementor::Method(Value::None) => {
                    let name = self.type_name(container);
                    let message = format!("'{name}' object is not a container");
                    self.fail_type(message)
                }
                Implementor::Method(_) => match self.special_method(container, names::CONTAINS) {
                    Some(method) => self.call_prelude("_contains_by_method", &[method, item]),
                    None => self.fail_not_container(container),
                },
                Implementor::Missing if self.is_iterable(container) => {
                    self.call_prelude("_contains", &[container, item])
                }
                Implementor::Missing => self.fail_not_container(container),
            },
            Value::Class(class)
                if let Some(method) = self.class_attribute(class, names::CLASS_CONTAINS) =>
            {
                self.call_class_hook(method, class, &[item])
            }
            _ if self.is_iterable(container) => self.call_prelude("_contains", &[container, item]),
            _ => self.fail_not_container(container),
        }
    }

    fn fail_not_container(&mut self, container: Value) -> NativeResult {
        let message = format!(
            "argument of type '{}' is not iterable",
            self.type_name(container)
        );
        self.fail_type(message)
    }
}

/// `len`
pub(crate) const BUILTINS: &[NativeFn] = &[native("len", "obj, /", |vm, args| {
    let value = args.get(vm, 0);
    vm.length(value)
})
.checked(check_length)
.direct(|vm, args| {
    let length = vm.native_length(*args.first()?)?;
    i64::try_from(length).ok().map(Value::Int)
})];

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_fail_not_container", "container, /", |vm, args| {
        let container = args.get(vm, 0);
        vm.fail_not_container(container)
    }),
    native("_check_bool", "result, /", |vm, args| {
        let result = args.get(vm, 0);
        check_bool(vm, result)
    }),
    native("_check_length", "result, /", |vm, args| {
        let result = args.get(vm, 0);
        check_length(vm, result)
    }),
];

/// A `__bool__` has to give a bool.
pub(crate) fn check_bool(vm: &mut Vm, result: Value) -> NativeResult {
    if matches!(result, Value::Bool(_)) {
        return ok(result);
    }
    let message = format!(
        "__bool__ should return bool, returned {}",
        vm.type_name(result)
    );
    vm.fail_type(message)
}

fn check_length(vm: &mut Vm, result: Value) -> NativeResult {
    match vm.native_value(result) {
        Value::Int(length) if length >= 0 => ok(Value::Int(length)),
        Value::Bool(bool) => ok(Value::Int(i64::from(bool))),
        Value::Int(_) => Err(vm.value_error("__len__() should return >= 0")),
        Value::BigInt(id) if vm.heap[id].sign() == num_bigint::Sign::Minus => {
            Err(vm.value_error("__len__() should return >= 0"))
        }
        Value::BigInt(_) => Err(vm.raise(
            classes::OVERFLOW_ERROR,
            "cannot fit 'int' into an index-sized integer",
        )),
        _ => {
            let message = format!(
                "'{}' object cannot be interpreted as an integer",
                vm.type_name(result)
            );
            vm.fail_type(message)
        }
    }
}
