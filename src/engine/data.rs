//! Values that belong to the host: an owned tree, free of any machine. Everything that crosses between a program and its
//! host crosses as this.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::error::Exception;
use crate::heap::{Id, Value};
use crate::objects::{Bytes, Dict, Set};
use crate::vm::{Vm, classes};
use num_bigint::BigInt;

/// Data nested deeper than this does not cross, nor does data that contains itself.
pub const MAX_DEPTH: usize = 500;

/// A script's value on the host's side.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// `None`
    #[default]
    None,
    /// A bool.
    Bool(bool),
    /// An int that fits.
    Int(i64),
    /// An int that does not fit.
    BigInt(BigInt),
    /// A float.
    Float(f64),
    /// A str. Rust's text has no lone surrogates: U+D800 to U+DFFF are the private-use characters 0xF0000 above them in it, both ways
    /// (see [`surrogates`](crate::text::surrogates)).
    Str(String),
    /// Bytes, or a bytearray.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Data>),
    /// A tuple.
    Tuple(Vec<Data>),
    /// A set or frozenset.
    Set(Vec<Data>),
    /// A dict, in its order.
    Dict(Vec<(Data, Data)>),
    /// Anything else, which stays where it is: only its type's name and a description cross, and it can't come back.
    Other {
        /// The name of its type.
        type_name: String,
        /// As its default `repr` shows it.
        description: String,
    },
}

impl Data {
    /// The name of the type, as error messages give it.
    pub fn type_name(&self) -> &str {
        match self {
            Data::None => "NoneType",
            Data::Bool(_) => "bool",
            Data::Int(_) | Data::BigInt(_) => "int",
            Data::Float(_) => "float",
            Data::Str(_) => "str",
            Data::Bytes(_) => "bytes",
            Data::List(_) => "list",
            Data::Tuple(_) => "tuple",
            Data::Set(_) => "set",
            Data::Dict(_) => "dict",
            Data::Other { type_name, .. } => type_name,
        }
    }
}

const TOO_DEEP: &str = "data that contains itself, or is nested more than 500 levels deep, can't cross between program and host";

impl Vm {
    /// A value as the host's data.
    pub(crate) fn to_data(&self, value: Value) -> Result<Data, Exception> {
        let mut room = self.heap.limit();
        self.to_data_at(value, 0, &mut room)
    }

    /// Recurses to `MAX_DEPTH` at most. `room` bounds the copy: data that shares parts is larger outside than inside.
    fn to_data_at(&self, value: Value, depth: usize, room: &mut usize) -> Result<Data, Exception> {
        if depth > MAX_DEPTH {
            return Err(Exception::new("ValueError", TOO_DEEP));
        }
        let value = self.native_value(value);
        let payload = match value {
            Value::Str(id) => self.heap.text(id).len(),
            Value::Bytes(id) | Value::ByteArray(id) => self.heap[id].data.len(),
            _ => 0,
        };
        *room = room
            .checked_sub(size_of::<Data>() + payload)
            .ok_or_else(|| Exception::new("MemoryError", "the data is too large for the host"))?;
        let mut items = |items: &mut dyn Iterator<Item = Value>| -> Result<Vec<Data>, Exception> {
            items
                .map(|item| self.to_data_at(item, depth + 1, room))
                .collect()
        };
        Ok(match value {
            Value::None | Value::Undef => Data::None,
            Value::Bool(value) => Data::Bool(value),
            Value::Int(value) => Data::Int(value),
            Value::BigInt(id) => Data::BigInt(self.heap[id].clone()),
            Value::Float(value) => Data::Float(value),
            Value::Str(id) => Data::Str(self.heap.text(id).to_owned()),
            Value::Bytes(id) | Value::ByteArray(id) => Data::Bytes(self.heap[id].data.clone()),
            Value::List(id) => Data::List(items(&mut self.heap[id].items.iter().copied())?),
            Value::Tuple(id) => Data::Tuple(items(&mut self.heap[id].items.iter().copied())?),
            Value::Set(id) | Value::FrozenSet(id) => {
                Data::Set(items(&mut self.heap[id].iter().map(|(_, item)| item))?)
            }
            Value::Dict(id) => {
                let keys = items(&mut self.heap[id].iter().map(|entry| entry.key))?;
                let values = items(&mut self.heap[id].iter().map(|entry| entry.value))?;
                Data::Dict(keys.into_iter().zip(values).collect())
            }
            other => Data::Other {
                type_name: self.type_name(other).to_owned(),
                description: self.default_repr(other),
            },
        })
    }

    /// The host's data as a value. Only called between instructions: it may collect garbage first.
    pub(crate) fn from_data(&mut self, data: Data) -> Result<Value, Exception> {
        let size = size_of_data(&data, 0)?;
        if !self.heap.has_room(size) {
            self.collect();
            if !self.heap.has_room(size) {
                return Err(Exception::new("MemoryError", ""));
            }
        }
        self.build(data)
    }

    /// Recurses to `MAX_DEPTH` at most, which was checked.
    fn build(&mut self, data: Data) -> Result<Value, Exception> {
        Ok(match data {
            Data::None => Value::None,
            Data::Bool(value) => Value::Bool(value),
            Data::Int(value) => Value::Int(value),
            Data::BigInt(value) => self.heap.int(value),
            Data::Float(value) => Value::Float(value),
            Data::Str(text) => self.heap.str(text),
            Data::Bytes(data) => Value::Bytes(self.heap.new_bytes(Bytes { data })),
            Data::List(items) => {
                let items = self.build_all(items)?;
                self.heap.list(items)
            }
            Data::Tuple(items) => {
                let items = self.build_all(items)?;
                self.heap.tuple(items)
            }
            Data::Set(items) => {
                let items = self.build_all(items)?;
                let set: Id<Set> = self.heap.new_set(Set::default());
                for item in items {
                    self.set_add(set, item)
                        .map_err(|raise| self.unhashable_data(raise.0))?;
                }
                Value::Set(set)
            }
            Data::Dict(pairs) => {
                let dict: Id<Dict> = self.heap.new_dict(Dict::default());
                for (key, value) in pairs {
                    let key = self.build(key)?;
                    let value = self.build(value)?;
                    self.dict_set(dict, key, value)
                        .map_err(|raise| self.unhashable_data(raise.0))?;
                }
                Value::Dict(dict)
            }
            Data::Other { type_name, .. } => {
                let message = format!("a '{type_name}' object can't go back to the program");
                return Err(Exception::new("TypeError", message));
            }
        })
    }

    fn build_all(&mut self, items: Vec<Data>) -> Result<Vec<Value>, Exception> {
        items.into_iter().map(|item| self.build(item)).collect()
    }

    fn unhashable_data(&mut self, exception: Id<crate::objects::Instance>) -> Exception {
        let message = self.exception_message(exception, &Default::default());
        Exception::new("TypeError", message)
    }

    /// A host's exception as a script's.
    pub(crate) fn new_host_exception(
        &mut self,
        exception: &Exception,
    ) -> Id<crate::objects::Instance> {
        let name = self.heap.intern(exception.type_name());
        let class = match self.builtins.get(&name) {
            Some(&Value::Class(class)) if self.is_subclass(class, classes::BASE_EXCEPTION) => class,
            _ => classes::RUNTIME_ERROR,
        };
        if exception.message().is_empty() {
            self.new_exception_with(class, &[])
        } else {
            self.new_exception(class, exception.message())
        }
    }
}

/// About how many bytes of heap the data needs.
fn size_of_data(data: &Data, depth: usize) -> Result<usize, Exception> {
    if depth > MAX_DEPTH {
        return Err(Exception::new("ValueError", TOO_DEEP));
    }
    let payload = match data {
        Data::Str(text) => text.len(),
        Data::Bytes(bytes) => bytes.len(),
        Data::List(items) | Data::Tuple(items) | Data::Set(items) => {
            let mut sum = 0;
            for item in items {
                sum += size_of_data(item, depth + 1)?;
            }
            sum
        }
        Data::Dict(pairs) => {
            let mut sum = 0;
            for (key, value) in pairs {
                sum += size_of_data(key, depth + 1)? + size_of_data(value, depth + 1)?;
            }
            sum
        }
        Data::None
        | Data::Bool(_)
        | Data::Int(_)
        | Data::BigInt(_)
        | Data::Float(_)
        | Data::Other { .. } => 0,
    };
    Ok(payload + 3 * size_of::<Value>())
}
