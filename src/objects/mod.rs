//! A file per kind of object: its data and its methods.

mod class;
mod coroutine;
mod dict;
mod exception;
mod function;
mod iter;
mod module;
mod sequence;
mod set;
mod str;

pub use self::str::{Str, hash_str};
pub use class::{Class, Instance, NativeBase, Specials};
pub use coroutine::{Coroutine, CoroutineState};
pub use dict::{Dict, DictView, Entry, ViewKind};
pub use exception::{ExceptionState, Traceback, TracebackEntry};
pub use function::{BoundMethod, Cell, Function, GenericAlias, Property, Super};
pub use iter::Iter;
pub use module::Module;
pub use sequence::{Bytes, List, Range, Slice, Tuple};
pub use set::Set;
