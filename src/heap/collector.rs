//! Precise mark-sweep with an explicit stack. It runs only between instructions; natives never root anything.

use super::{Heap, Value};

/// An object kind tells the collector what it names, and how large it is.
pub trait Trace {
    /// Calls `visit` for every value the object holds.
    fn trace(&self, visit: &mut dyn FnMut(Value));

    /// Bytes the object holds outside its slab entry.
    fn payload(&self) -> usize {
        0
    }
}

impl Trace for num_bigint::BigInt {
    fn trace(&self, _visit: &mut dyn FnMut(Value)) {}
    fn payload(&self) -> usize {
        (self.bits() / 8) as usize + 8
    }
}

impl Heap {
    /// Frees everything that the roots don't lead to.
    pub fn collect(&mut self, roots: impl FnOnce(&mut dyn FnMut(Value))) {
        self.mark_from(roots);
        self.sweep();
    }

    /// Marks everything that the roots lead to, lets `look` see the marks, and frees nothing.
    pub(crate) fn mark_only(
        &mut self,
        roots: impl FnOnce(&mut dyn FnMut(Value)),
        look: impl FnOnce(&Self),
    ) {
        self.mark_from(roots);
        look(self);
        self.clear_marks();
    }

    fn mark_from(&mut self, roots: impl FnOnce(&mut dyn FnMut(Value))) {
        let mut pending: Vec<Value> = Vec::new();
        roots(&mut |value| pending.push(value));
        for name in self.shapes.names() {
            pending.push(Value::Str(name));
        }
        while let Some(value) = pending.pop() {
            self.mark(value, &mut pending);
        }
    }
}
