//! The heap: one slab per object kind, ids between them, exact accounting in bytes, a precise mark-sweep collector.

mod collector;
mod intern;
mod marks;
mod shape;
mod slab;
mod store;
mod value;
mod weak;

pub use collector::Trace;
pub(crate) use collector::{PART, trace_items};
pub use shape::{Shape, ShapeId, Shapes};
pub use slab::{Id, Slab};
pub use store::Heap;
pub(crate) use store::text_in;
pub use value::{NativeId, Value};

/// A map from interned names, in the order of insertion.
pub type NameMap<V> = indexmap::IndexMap<
    Id<crate::objects::Str>,
    V,
    std::hash::BuildHasherDefault<rustc_hash::FxHasher>,
>;
