//! The heap: one slab per object kind, ids between them, exact accounting in bytes, a precise mark-sweep collector.

mod collector;
mod intern;
mod shape;
mod slab;
mod store;
mod value;

pub use collector::Trace;
pub use shape::{Shape, ShapeId, Shapes};
pub use slab::{Id, Slab};
pub use store::Heap;
pub use value::{NativeId, Value};
