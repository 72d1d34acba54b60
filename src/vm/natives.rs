//! The tables of natives: module functions and builtin types' methods. A native's number is its table and its row, so
//! that it means the same in every process of the same build.

use super::native::NativeFn;
use crate::heap::{Id, NativeId};
use crate::objects::Class;

/// Where a table's functions go.
#[derive(Clone, Copy)]
pub(crate) enum Home {
    /// Attributes of a builtin class.
    Class(Id<Class>),
    /// Class methods of a builtin class: `dict.fromkeys` gets the class as first argument.
    ClassMethods(Id<Class>),
    /// Static methods of a builtin class: `str.maketrans`.
    StaticMethods(Id<Class>),
    /// Builtin functions.
    Builtins,
    /// Builtins that only embedded sources see.
    Prelude,
    /// Functions of a module; the module's own code makes them public.
    Module(&'static str),
}

/// All tables.
pub(crate) fn tables() -> &'static [(Home, &'static [NativeFn])] {
    TABLES
}

static TABLES: &[(Home, &[NativeFn])] = &[];

/// The row of a native.
pub(crate) fn get(id: NativeId) -> &'static NativeFn {
    &TABLES[(id.0 >> 16) as usize].1[(id.0 & 0xFFFF) as usize]
}

/// The number of a row.
pub(crate) fn id(table: usize, row: usize) -> NativeId {
    NativeId((table as u32) << 16 | row as u32)
}

/// Is it a method, which binds to the object it is read from?
pub(crate) fn binds(id: NativeId) -> bool {
    matches!(TABLES[(id.0 >> 16) as usize].0, Home::Class(_))
}
