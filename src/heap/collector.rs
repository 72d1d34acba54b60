//! Precise mark-sweep with an explicit stack. It runs only between instructions; natives never root anything.
//! The marks live as long as the collection; an object waits on the stack at most once, and one that names nothing never does.

use super::store::Marks;
use super::{Heap, Value};

/// An object kind tells the collector what it names, and how large it is.
pub trait Trace {
    /// Objects of this kind never name others.
    const LEAF: bool = false;

    /// Calls `visit` for every value the object holds. A kind defines this, or `trace_part` if its objects may be long.
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        let mut part = Some(0);
        while let Some(from) = part {
            part = self.trace_part(from, visit);
        }
    }

    /// Calls `visit` for a part of the values, the one that begins at `from`; gives where the next part begins. A collection goes over
    /// objects this way, so that what waits to be looked at stays short.
    fn trace_part(&self, _from: usize, visit: &mut impl FnMut(Value)) -> Option<usize> {
        self.trace(visit);
        None
    }

    /// Bytes the object holds outside its slab entry.
    fn payload(&self) -> usize {
        0
    }
}

/// How many values a part has.
pub(crate) const PART: usize = 4096;

/// Visits the part of a sequence that begins at `from`; gives where the next begins.
pub(crate) fn trace_items(
    items: &[Value],
    from: usize,
    visit: &mut impl FnMut(Value),
) -> Option<usize> {
    let end = items.len().min(from.saturating_add(PART));
    items[from..end].iter().for_each(|&item| visit(item));
    (end < items.len()).then_some(end)
}

impl Trace for num_bigint::BigInt {
    const LEAF: bool = true;

    fn trace(&self, _visit: &mut impl FnMut(Value)) {}
    fn payload(&self) -> usize {
        (self.bits() / 8) as usize + 8
    }
}

impl Heap {
    /// Frees everything that the roots don't lead to.
    pub fn collect(&mut self, roots: impl FnOnce(&mut dyn FnMut(Value))) {
        let marks = self.marks(roots);
        self.sweep(&marks);
        self.trim_buffers();
    }

    /// What the roots lead to.
    pub(crate) fn marks(&self, roots: impl FnOnce(&mut dyn FnMut(Value))) -> Marks {
        let mut marks = self.no_marks();
        let mut pending: Vec<Value> = Vec::new();
        roots(&mut |value| marks.reach(value, &mut pending));
        for name in self.shapes.names() {
            marks.reach(Value::Str(name), &mut pending);
        }
        self.weak
            .trace(&mut |value| marks.reach(value, &mut pending));
        let mut parts: Vec<(Value, usize)> = Vec::new();
        while let Some((value, from)) = pending
            .pop()
            .map(|value| (value, 0))
            .or_else(|| parts.pop())
        {
            let reach = &mut |value| marks.reach(value, &mut pending);
            if let Some(next) = self.trace_part(value, from, reach) {
                parts.push((value, next));
            }
        }
        self.reach_buffers(&mut marks);
        marks
    }
}
