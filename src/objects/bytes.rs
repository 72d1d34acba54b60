//! `bytes` and `bytearray`: constructors, concatenation, and what only a bytearray can.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::Bytes;
use crate::text::{self, IntRef, bytes as text_bytes};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Vm, classes, names, native, ok};

pub(crate) const BYTES: &[NativeFn] = &[native(
    "__new__",
    "cls, source=b'', encoding='utf-8', errors='strict'",
    new,
)];

pub(crate) const BYTEARRAY: &[NativeFn] = &[
    native(
        "__new__",
        "cls, source=b'', encoding='utf-8', errors='strict'",
        new_array,
    ),
    native(
        "__init__",
        "self, source=b'', encoding='utf-8', errors='strict'",
        init_array,
    ),
    native("append", "self, item, /", append),
    native("clear", "self, /", clear),
    native("copy", "self, /", copy),
    native("extend", "self, iterable_of_ints, /", extend),
    native("insert", "self, index, item, /", insert),
    native("pop", "self, index=-1, /", pop),
    native("remove", "self, value, /", remove),
    native("reverse", "self, /", reverse),
];

pub(crate) const CLASS_METHODS: &[NativeFn] = &[native("fromhex", "cls, string, /", fromhex)];

pub(crate) const PRELUDE: &[NativeFn] = &[native("_fill_bytes", "array, data, /", fill)];

impl Vm {
    /// New bytes of the kind of `like`: a bytearray for a bytearray.
    pub(crate) fn same_bytes(&mut self, like: Value, data: Vec<u8>) -> Value {
        let id = self.heap.new_bytes(Bytes { data });
        if matches!(self.native_value(like), Value::ByteArray(_)) {
            Value::ByteArray(id)
        } else {
            Value::Bytes(id)
        }
    }

    /// `a + b` for a bytes or bytearray `a`.
    pub(crate) fn concat_bytes(&mut self, a: Value, b: Value, in_place: bool) -> NativeResult {
        let (Some(x), Some(y)) = (self.as_bytes(a), self.bytes_like(b)) else {
            let message = format!(
                "can't concat {} to {}",
                self.type_name(b),
                self.type_name(a)
            );
            return self.fail_type(message);
        };
        if let Some(need) = self.lacks_room(self.heap[x].data.len() + self.heap[y].data.len()) {
            return Ok(need);
        }
        if in_place && matches!(a, Value::ByteArray(_)) {
            let more = self.heap[y].data.clone();
            if !more.is_empty()
                && let Some(first) = self.before_resizing(x, "__iadd__", &[b])?
            {
                return Ok(first);
            }
            self.heap
                .update(x, |object| object.data.extend_from_slice(&more));
            return ok(a);
        }
        let mut data = Vec::with_capacity(self.heap[x].data.len() + self.heap[y].data.len());
        data.extend_from_slice(&self.heap[x].data);
        data.extend_from_slice(&self.heap[y].data);
        ok(self.same_bytes(a, data))
    }

    /// `bytes * times`
    pub(crate) fn repeat_bytes(
        &mut self,
        value: Value,
        times: usize,
        in_place: bool,
    ) -> NativeResult {
        let Some(id) = self.as_bytes(value) else {
            return ok(Value::NotImplemented);
        };
        let size = self.heap[id].data.len().saturating_mul(times);
        if size > isize::MAX as usize {
            return Err(Raise(self.new_exception_with(classes::MEMORY_ERROR, &[])));
        }
        if let Some(need) = self.lacks_room(size) {
            return Ok(need);
        }
        let data = self.heap[id].data.repeat(times);
        if in_place && matches!(value, Value::ByteArray(_)) {
            if data.len() != self.heap[id].data.len()
                && let Some(first) =
                    self.before_resizing(id, "__imul__", &[Value::Int(times as i64)])?
            {
                return Ok(first);
            }
            self.heap.update(id, |object| object.data = data);
            return ok(value);
        }
        ok(self.same_bytes(value, data))
    }

    /// The bytes that the ints of an iterable are; None when script code has to iterate.
    pub(crate) fn bytes_of_items(&mut self, iterable: Value) -> Result<Option<Vec<u8>>, Raise> {
        let Some(items) = self.items_of(iterable)? else {
            return Ok(None);
        };
        let mut data = Vec::with_capacity(items.len());
        for item in items {
            data.push(self.byte_arg(item, text_bytes::byte_value)?);
        }
        Ok(Some(data))
    }

    /// A byte argument.
    pub(crate) fn byte_arg(
        &mut self,
        value: Value,
        check: fn(IntRef<'_>) -> Result<u8, text::TextError>,
    ) -> Result<u8, Raise> {
        match self.int_ref(value) {
            Some(int) => check(int).map_err(|error| self.text_error(error)),
            None => Err(self.no_index(value)),
        }
    }

    /// What the constructors make of their arguments: the bytes, or a call that makes them.
    fn bytes_from(&mut self, args: Args, class: &str) -> Result<Result<Vec<u8>, Outcome>, Raise> {
        let [source, encoding, errors] = [1, 2, 3].map(|at| args.get(self, at));
        if source.is_undef() {
            if !encoding.is_undef() || !errors.is_undef() {
                let given = if encoding.is_undef() {
                    "errors"
                } else {
                    "encoding"
                };
                return Err(self.type_error(format!("{given} without a string argument")));
            }
            return Ok(Ok(Vec::new()));
        }
        let inner = self.native_value(source);
        let made_by_script = match source {
            Value::Instance(id) if encoding.is_undef() && errors.is_undef() => {
                let class = self.heap[id].class;
                let script = |name| matches!(self.class_attribute(class, name), Some(method) if !matches!(method, Value::Native(_)));
                script(names::BYTES) || script(names::INDEX)
            }
            _ => false,
        };
        if made_by_script {
            return self
                .call_prelude("_bytes_from", &[args.get(self, 0), source])
                .map(Err);
        }
        if let Value::Str(id) = inner {
            if encoding.is_undef() {
                return Err(self.type_error("string argument without an encoding"));
            }
            return self.encode_text(id, encoding, errors, class).map(Ok);
        }
        if !encoding.is_undef() || !errors.is_undef() {
            let given = if encoding.is_undef() {
                "errors"
            } else {
                "encoding"
            };
            return Err(self.type_error(format!("{given} without a string argument")));
        }
        match inner {
            Value::Bytes(id) | Value::ByteArray(id) => Ok(Ok(self.heap[id].data.clone())),
            Value::Int(_) | Value::Bool(_) | Value::BigInt(_) => {
                let count = match inner {
                    Value::BigInt(_) => {
                        let message = "cannot fit 'int' into an index-sized integer";
                        return Err(self.raise(classes::OVERFLOW_ERROR, message));
                    }
                    _ => self.index_arg(inner)?,
                };
                let Ok(count) = usize::try_from(count) else {
                    return Err(self.value_error("negative count"));
                };
                if count > isize::MAX as usize / 2 {
                    return Err(Raise(self.new_exception_with(classes::MEMORY_ERROR, &[])));
                }
                match self.lacks_room(count) {
                    Some(need) => Ok(Err(need)),
                    None => Ok(Ok(vec![0; count])),
                }
            }
            _ if !self.is_iterable(source) => {
                let message = format!(
                    "cannot convert '{}' object to {class}",
                    self.type_name(source)
                );
                Err(self.type_error(message))
            }
            _ => match self.items_of(source)? {
                Some(items) => {
                    let check = if class == "bytes" {
                        text_bytes::byte_value
                    } else {
                        text_bytes::byte_in_array
                    };
                    let mut data = Vec::with_capacity(items.len());
                    for item in items {
                        data.push(self.byte_arg(item, check)?);
                    }
                    Ok(Ok(data))
                }
                None => self
                    .call_prelude("_bytes_from", &[args.get(self, 0), source])
                    .map(Err),
            },
        }
    }
}

fn new(vm: &mut Vm, args: Args) -> NativeResult {
    let class = vm.new_class(args, classes::BYTES)?;
    let source = args.get(vm, 1);
    if class == Value::Class(classes::BYTES)
        && matches!(source, Value::Bytes(_))
        && args.get(vm, 2).is_undef()
        && args.get(vm, 3).is_undef()
    {
        return ok(source);
    }
    match vm.bytes_from(args, "bytes")? {
        Ok(data) => {
            let value = Value::Bytes(vm.heap.new_bytes(Bytes { data }));
            ok(vm.wrap_native(class, value))
        }
        Err(outcome) => Ok(outcome),
    }
}

fn new_array(vm: &mut Vm, args: Args) -> NativeResult {
    let class = vm.new_class(args, classes::BYTEARRAY)?;
    if class != Value::Class(classes::BYTEARRAY) {
        let value = Value::ByteArray(vm.heap.new_bytes(Bytes::default()));
        return ok(vm.wrap_native(class, value));
    }
    match vm.bytes_from(args, "bytearray")? {
        Ok(data) => ok(Value::ByteArray(vm.heap.new_bytes(Bytes { data }))),
        Err(outcome) => Ok(outcome),
    }
}

fn init_array(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(id) = vm.as_bytes(args.get(vm, 0)) else {
        return Err(vm.wrong_receiver(args.get(vm, 0), "__init__", "bytearray"));
    };
    match vm.bytes_from(args, "bytearray")? {
        Ok(data) => {
            vm.heap.update(id, |object| object.data = data);
            ok(Value::None)
        }
        Err(Outcome::NeedMemory(bytes)) => Ok(Outcome::NeedMemory(bytes)),
        Err(_) => {
            let [this, source] = [0, 1].map(|at| args.get(vm, at));
            vm.call_prelude("_init_bytearray", &[this, source])
        }
    }
}

/// Makes a bytearray hold what a bytes holds.
fn fill(vm: &mut Vm, args: Args) -> NativeResult {
    let [array, data] = [0, 1].map(|at| args.get(vm, at));
    if let (Some(array), Some(data)) = (vm.as_bytes(array), vm.as_bytes(data)) {
        let data = vm.heap[data].data.clone();
        vm.heap.update(array, |object| object.data = data);
    }
    ok(Value::None)
}

fn fromhex(vm: &mut Vm, args: Args) -> NativeResult {
    let [class, string] = [0, 1].map(|at| args.get(vm, at));
    let Some(id) = vm.as_str(string) else {
        let message = format!(
            "fromhex() argument must be str, not {}",
            vm.type_name(string)
        );
        return vm.fail_type(message);
    };
    let data = text_bytes::from_hex(vm.heap.text(id)).map_err(|error| vm.text_error(error))?;
    let id = vm.heap.new_bytes(Bytes { data });
    if class == Value::Class(classes::BYTES) {
        ok(Value::Bytes(id))
    } else if class == Value::Class(classes::BYTEARRAY) {
        ok(Value::ByteArray(id))
    } else {
        crate::vm::call(class, &[Value::Bytes(id)])
    }
}

/// The bytearray a method was called on.
fn this(vm: &mut Vm, args: Args, method: &str) -> Result<Id<Bytes>, Raise> {
    match vm.native_value(args.get(vm, 0)) {
        Value::ByteArray(id) => Ok(id),
        other => Err(vm.wrong_receiver(other, method, "bytearray")),
    }
}

fn append(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args, "append")?;
    let byte = vm.byte_arg(args.get(vm, 1), text_bytes::byte_in_array)?;
    if let Some(first) = vm.before_resizing(id, "append", &[args.get(vm, 1)])? {
        return Ok(first);
    }
    vm.heap.update(id, |object| object.data.push(byte));
    ok(Value::None)
}

fn clear(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args, "clear")?;
    if !vm.heap[id].data.is_empty()
        && let Some(first) = vm.before_resizing(id, "clear", &[])?
    {
        return Ok(first);
    }
    vm.heap.update(id, |object| object.data = Vec::new());
    ok(Value::None)
}

fn copy(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args, "copy")?;
    let data = vm.heap[id].data.clone();
    ok(Value::ByteArray(vm.heap.new_bytes(Bytes { data })))
}

fn extend(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args, "extend")?;
    let source = args.get(vm, 1);
    let more = if let Some(other) = vm.bytes_like(source) {
        vm.heap[other].data.clone()
    } else if let Some(_text) = vm.as_str(source) {
        return vm.fail_type("expected iterable of integers; got: 'str'");
    } else if !vm.is_iterable(source) {
        let message = format!("can't extend bytearray with {}", vm.type_name(source));
        return vm.fail_type(message);
    } else {
        match vm.items_of(source)? {
            Some(items) => {
                let mut data = Vec::with_capacity(items.len());
                for item in items {
                    data.push(vm.byte_arg(item, text_bytes::byte_in_array)?);
                }
                data
            }
            None => return vm.call_prelude("_extend_bytearray", &[Value::ByteArray(id), source]),
        }
    };
    if !more.is_empty()
        && let Some(first) = vm.before_resizing(id, "extend", &[source])?
    {
        return Ok(first);
    }
    vm.heap
        .update(id, |object| object.data.extend_from_slice(&more));
    ok(Value::None)
}

fn insert(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args, "insert")?;
    let at = vm.clamped_arg(args.get(vm, 1))?;
    let byte = vm.byte_arg(args.get(vm, 2), text_bytes::byte_in_array)?;
    let length = vm.heap[id].data.len() as i64;
    let at = if at < 0 {
        (at.saturating_add(length)).max(0)
    } else {
        at.min(length)
    };
    if let Some(first) = vm.before_resizing(id, "insert", &[args.get(vm, 1), args.get(vm, 2)])? {
        return Ok(first);
    }
    vm.heap
        .update(id, |object| object.data.insert(at as usize, byte));
    ok(Value::None)
}

fn pop(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args, "pop")?;
    let at = vm.index_arg(args.get(vm, 1).or(Value::Int(-1)))?;
    let length = vm.heap[id].data.len();
    if length == 0 {
        return Err(vm.raise(classes::INDEX_ERROR, "pop from empty bytearray"));
    }
    match Vm::place_of_index(at, length) {
        Some(at) => {
            let place = Value::Int(at as i64);
            if let Some(first) = vm.before_resizing(id, "pop", &[place])? {
                return Ok(first);
            }
            let byte = vm.heap.update(id, |object| object.data.remove(at));
            ok(Value::Int(i64::from(byte)))
        }
        None => Err(vm.raise(classes::INDEX_ERROR, "pop index out of range")),
    }
}

fn remove(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args, "remove")?;
    let byte = vm.byte_arg(args.get(vm, 1), text_bytes::byte_in_array)?;
    match vm.heap[id].data.iter().position(|&other| other == byte) {
        Some(at) => {
            if let Some(first) = vm.before_resizing(id, "remove", &[args.get(vm, 1)])? {
                return Ok(first);
            }
            vm.heap.update(id, |object| object.data.remove(at));
            ok(Value::None)
        }
        None => Err(vm.value_error("value not found in bytearray")),
    }
}

fn reverse(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args, "reverse")?;
    vm.heap[id].data.reverse();
    ok(Value::None)
}
