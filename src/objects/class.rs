//! The data of classes and instances. An instance is a shape and its slots; an instance of a class that derives from a
//! native type keeps the native value in slot 0, and an exception its `ExceptionState`.

use super::Str;
use crate::heap::{Id, NameMap, ShapeId, Trace, Value};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// A class, built in or made by a `class` statement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Class {
    /// `__name__`
    pub name: Id<Str>,
    /// `__qualname__`
    pub qualname: Id<Str>,
    /// `__module__`
    pub module: Id<Str>,
    /// Direct bases.
    pub bases: Vec<Id<Class>>,
    /// The method resolution order, itself first.
    pub order: Vec<Id<Class>>,
    /// Its own attributes.
    pub attributes: NameMap<Value>,
    /// Direct subclasses.
    pub subclasses: Vec<Id<Class>>,
    /// What is in slot 0 of its instances.
    pub base: NativeBase,
    /// The shape new instances begin with.
    pub root_shape: ShapeId,
    /// It is one of acoro's own, whose attributes can't be set.
    pub builtin: bool,
    /// Which special methods it or its script bases define.
    pub specials: Specials,
    /// `__slots__` of it and all its bases, when no class in its order has a `__dict__`.
    pub slots: Option<Vec<Id<Str>>>,
    /// Names of abstract methods that keep it from being instantiated.
    pub abstract_methods: Vec<Id<Str>>,
    /// Its `__annotations__` are the texts that the compiler kept.
    pub annotated: bool,
}

/// The native value in slot 0 of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NativeBase {
    /// None: an ordinary object, no slot 0.
    Object,
    /// The state of an exception.
    Exception,
    /// An int, float, str, bytes, bytearray, list, tuple, dict, set or frozenset: an instance of the builtin class with this id.
    Value(Id<Class>),
    /// Not to be instantiated or derived from by scripts (NoneType, function, …).
    Sealed,
}

/// Which special methods a class finds in its order on a script class (not on `object` or a native base): what the
/// operators ask before they take their fast way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specials {
    /// `__getattr__`
    pub getattr: bool,
    /// `__getattribute__`
    pub getattribute: bool,
    /// `__setattr__`
    pub setattr: bool,
    /// `__delattr__`
    pub delattr: bool,
    /// `__eq__`
    pub eq: bool,
    /// `__hash__`, and it is not None
    pub hash: bool,
    /// `__hash__` is None: unhashable
    pub unhashable: bool,
    /// `__bool__` or `__len__`
    pub truth: bool,
    /// `__repr__`
    pub repr: bool,
    /// `__str__`
    pub str: bool,
    /// `__new__`
    pub new: bool,
    /// `__init__`
    pub init: bool,
    /// The `__init__` that makes an instance on its own: it is a function, and there is no `__new__`.
    pub only_init: Option<Id<super::Function>>,
    /// The native that is all there is to calling a class of acoro's own: its `__new__`, or the `__class_call__` of the stdlib's, if
    /// the arguments are as it takes them.
    pub only_new: Option<crate::heap::NativeId>,
    /// Calling it makes an exception that has the arguments as they are.
    pub plain_exception: bool,
    /// `__iter__`
    pub iter: bool,
    /// any of `__get__`, `__set__`, `__delete__`: its instances are descriptors
    pub descriptor: bool,
    /// `__set__` or `__delete__`: its instances are data descriptors
    pub data_descriptor: bool,
}

/// An instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Instance {
    /// Its class.
    pub class: Id<Class>,
    /// Its shape.
    pub shape: ShapeId,
    /// The native base's value if the class has one, then attributes.
    pub slots: SmallVec<[Value; 3]>,
}

impl Trace for Class {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(Value::Str(self.name));
        visit(Value::Str(self.qualname));
        visit(Value::Str(self.module));
        for &class in self.bases.iter().chain(&self.order) {
            visit(Value::Class(class));
        }
        for (&name, &value) in &self.attributes {
            visit(Value::Str(name));
            visit(value);
        }
        for &name in self.slots.iter().flatten().chain(&self.abstract_methods) {
            visit(Value::Str(name));
        }
        // Subclasses are listed, not kept: but a class's shapes name it for ever, so no class dies.
        for &class in &self.subclasses {
            visit(Value::Class(class));
        }
    }
    fn payload(&self) -> usize {
        self.attributes.capacity() * 40
            + (self.bases.len() + self.order.len() + self.subclasses.len()) * 4
    }
}

impl Trace for Instance {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(Value::Class(self.class));
        self.slots.iter().for_each(|&slot| visit(slot));
    }
    fn payload(&self) -> usize {
        if self.slots.spilled() {
            self.slots.capacity() * size_of::<Value>()
        } else {
            0
        }
    }
}
