//! The value: 16 bytes, `Copy`, its kind readable without touching memory.

use super::slab::Id;
use crate::event_loop::{Awaitable, Future, Handle, Loop, Primitive, Task};
use crate::objects::{
    BoundMethod, Bytes, Cell, Class, Coroutine, Dict, DictView, ExceptionState, Function,
    GenericAlias, Instance, Iter, List, Module, Property, Range, Set, Slice, Str, Super, Traceback,
    Tuple,
};
use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

/// A script value. Heap kinds are ids into the slab of their kind.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[repr(u64)]
pub enum Value {
    /// An unset variable, a missing argument, a removed dict entry. Scripts never see it.
    #[default]
    Undef,
    /// `None`
    None,
    /// `NotImplemented`
    NotImplemented,
    /// `...`
    Ellipsis,
    /// `True`, `False`
    Bool(bool),
    /// An int that fits.
    Int(i64),
    /// A float.
    Float(f64),
    /// A native function: its number in the table of natives.
    Native(NativeId),
    /// An int that does not fit; never one that does.
    BigInt(Id<BigInt>),
    /// A str.
    Str(Id<Str>),
    /// A bytes.
    Bytes(Id<Bytes>),
    /// A bytearray.
    ByteArray(Id<Bytes>),
    /// A list.
    List(Id<List>),
    /// A tuple.
    Tuple(Id<Tuple>),
    /// A dict.
    Dict(Id<Dict>),
    /// A set.
    Set(Id<Set>),
    /// A frozenset.
    FrozenSet(Id<Set>),
    /// A range.
    Range(Id<Range>),
    /// A slice.
    Slice(Id<Slice>),
    /// A captured variable. Only in registers and closures.
    Cell(Id<Cell>),
    /// A script function.
    Function(Id<Function>),
    /// A function, native or class bound to an object.
    BoundMethod(Id<BoundMethod>),
    /// A class.
    Class(Id<Class>),
    /// An instance of a script class, or any exception.
    Instance(Id<Instance>),
    /// The native half of an exception, in slot 0 of its instance. Scripts never see it.
    ExceptionState(Id<ExceptionState>),
    /// A module.
    Module(Id<Module>),
    /// A generator.
    Generator(Id<Coroutine>),
    /// A coroutine of an `async def`.
    Coroutine(Id<Coroutine>),
    /// An async generator.
    AsyncGenerator(Id<Coroutine>),
    /// A native iterator.
    Iter(Id<Iter>),
    /// `dict.keys()`, `.values()`, `.items()`
    DictView(Id<DictView>),
    /// A property.
    Property(Id<Property>),
    /// `staticmethod(f)`: the id of a cell holding f
    StaticMethod(Id<Cell>),
    /// `classmethod(f)`: the id of a cell holding f
    ClassMethod(Id<Cell>),
    /// `super(...)`
    Super(Id<Super>),
    /// `list[int]`
    GenericAlias(Id<GenericAlias>),
    /// A traceback.
    Traceback(Id<Traceback>),
    /// An event loop.
    Loop(Id<Loop>),
    /// An asyncio.Future.
    Future(Id<Future>),
    /// An asyncio.Task.
    Task(Id<Task>),
    /// An asyncio.Handle or TimerHandle.
    Handle(Id<Handle>),
    /// What a native coroutine function returned: `asyncio.sleep(1)`, `lock.acquire()`, `agen.asend(x)`.
    Awaitable(Id<Awaitable>),
    /// An asyncio.Lock, Event, Semaphore or Queue.
    Primitive(Id<Primitive>),
}

/// The number of a native function: table in the high half, row in the low half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NativeId(pub u32);

impl Value {
    /// Is it unset?
    #[inline]
    pub fn is_undef(self) -> bool {
        matches!(self, Value::Undef)
    }

    /// Is it None?
    #[inline]
    pub fn is_none(self) -> bool {
        matches!(self, Value::None)
    }

    /// Does its kind alone tell its class? Asked for kinds whose methods programs call often.
    pub(crate) fn kind_tells_class(self) -> bool {
        matches!(
            self,
            Value::Int(_)
                | Value::Float(_)
                | Value::Str(_)
                | Value::Bytes(_)
                | Value::ByteArray(_)
                | Value::List(_)
                | Value::Tuple(_)
                | Value::Dict(_)
                | Value::Set(_)
                | Value::FrozenSet(_)
                | Value::Generator(_)
                | Value::Task(_)
        )
    }

    /// None for an unset value.
    #[inline]
    pub fn or_none(self) -> Value {
        if self.is_undef() { Value::None } else { self }
    }

    /// The default for an unset value.
    #[inline]
    pub fn or(self, default: Value) -> Value {
        if self.is_undef() { default } else { self }
    }

    /// `is`: the same object. Floats are the same when their bits are.
    #[inline]
    pub fn is(self, other: Value) -> bool {
        match (self, other) {
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (a, b) => a == b,
        }
    }
}
