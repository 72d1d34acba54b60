//! The data of functions, bound methods, cells, properties and `super` objects.

use super::{Class, Dict, Str, Tuple};
use crate::bytecode::FunctionKind;
use crate::heap::{Id, Trace, Value};
use serde::{Deserialize, Serialize};

/// A variable shared between functions.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// Its content, or unset.
    pub value: Value,
}

/// A script function. What a call needs is copied here from its code.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Function {
    /// Its first instruction.
    pub entry: u32,
    /// Its code's number.
    pub code: u32,
    /// How many registers it uses.
    pub registers: u16,
    /// How many parameters it has if it takes positional ones only (no `*args`, `**kwargs`, keyword-only), so that a call with all
    /// of them needs no binding; else `BINDS`.
    pub positional: u16,
    /// `positional` if a call runs its body at once, else `BINDS`.
    pub plain: u16,
    /// What calling it gives.
    pub kind: FunctionKind,
    /// Defaults of the last positional parameters.
    pub defaults: Option<Id<Tuple>>,
    /// Defaults of keyword-only parameters.
    pub keyword_defaults: Option<Id<Dict>>,
    /// Captured cells.
    pub cells: Box<[Id<Cell>]>,
    /// `__name__`
    pub name: Id<Str>,
    /// `__qualname__`
    pub qualname: Id<Str>,
    /// `__module__`
    pub module: Id<Str>,
    /// `__doc__`
    pub doc: Value,
    /// Other attributes.
    pub attributes: Option<Id<Dict>>,
    /// `__annotations__`, once they have been asked for or set; with the one key `__acoro_of__`, where they come from.
    pub annotations: Option<Id<Dict>>,
    /// `__type_params__`, when it has some.
    pub type_params: Option<Id<Tuple>>,
}

impl Function {
    /// Its arguments always need binding.
    pub const BINDS: u16 = u16::MAX;

    /// Can it be called with this many positional arguments where they are, and is it of this kind?
    #[inline(always)]
    pub(crate) fn takes(&self, count: u8, kind: FunctionKind) -> bool {
        self.positional == u16::from(count) && self.kind == kind
    }

    /// Does a call with this many positional arguments where they are run its body at once?
    #[inline(always)]
    pub(crate) fn runs_with(&self, count: u8) -> bool {
        self.plain == u16::from(count)
    }

    /// Can it be called with this many positional arguments where they are?
    pub(crate) fn takes_in_place(&self, count: usize) -> bool {
        self.positional != Self::BINDS && usize::from(self.positional) == count
    }

    /// Does a call with this many positional arguments need no more than a new object that holds them?
    #[inline(always)]
    pub(crate) fn suspends(&self, count: u8) -> bool {
        self.positional == u16::from(count)
            && self.kind != FunctionKind::Plain
            && self.attributes.is_none()
    }
}

/// A callable bound to its first argument.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct BoundMethod {
    /// The function or native.
    pub function: Value,
    /// The first argument.
    pub this: Value,
}

/// A property.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Property {
    /// Reads it, or None.
    pub get: Value,
    /// Writes it, or None.
    pub set: Value,
    /// Deletes it, or None.
    pub delete: Value,
    /// Its docstring.
    pub doc: Value,
    /// The name it has in its class, or None.
    pub name: Value,
}

/// A `super` object.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Super {
    /// Look behind this class.
    pub class: Id<Class>,
    /// The instance or class it is bound to.
    pub this: Value,
    /// In the method resolution order of this class.
    pub order: Id<Class>,
}

impl Trace for Cell {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(self.value);
    }
}

impl Trace for Function {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        self.cells.iter().for_each(|&cell| visit(Value::Cell(cell)));
        self.defaults
            .iter()
            .chain(&self.type_params)
            .for_each(|&tuple| visit(Value::Tuple(tuple)));
        self.keyword_defaults
            .iter()
            .for_each(|&dict| visit(Value::Dict(dict)));
        self.attributes
            .iter()
            .chain(&self.annotations)
            .for_each(|&dict| visit(Value::Dict(dict)));
        visit(Value::Str(self.name));
        visit(Value::Str(self.qualname));
        visit(Value::Str(self.module));
        visit(self.doc);
    }
    fn payload(&self) -> usize {
        self.cells.len() * size_of::<Id<Cell>>()
    }
}

impl Trace for BoundMethod {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(self.function);
        visit(self.this);
    }
}

impl Trace for Property {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(self.get);
        visit(self.set);
        visit(self.delete);
        visit(self.doc);
        visit(self.name);
    }
}

impl Trace for Super {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(Value::Class(self.class));
        visit(self.this);
        visit(Value::Class(self.order));
    }
}
