//! How a str that is built by adding to its end stays cheap: `s += more`.
//!
//! A long sum of a sum is kept in a buffer that has room behind it. Adding to the newest str of a buffer appends to the buffer and makes a
//! new str of one more prefix of it; the older ones stay what they are, since nobody changes their bytes. Adding to an older one makes a
//! new text. So the texts of a loop that adds to a str share one buffer, and the loop takes time in proportion to what it adds.

use super::Str;
use crate::heap::{Heap, Id, Trace, Value};
use crate::vm::{NativeResult, Outcome, Vm, ok};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A text that grows at its end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Buffer {
    text: String,
}

/// Up to this size a text needs no allocation.
const INLINE: usize = size_of::<CompactString>();

/// Shorter sums are copied.
const LONG: usize = 256;

impl Buffer {
    /// The text of a prefix.
    #[inline]
    pub(crate) fn prefix(&self, size: usize) -> &str {
        &self.text[..size]
    }
}

impl Trace for Buffer {
    const LEAF: bool = true;

    fn trace(&self, _visit: &mut impl FnMut(Value)) {}
    fn payload(&self) -> usize {
        self.text.capacity()
    }
}

impl Heap {
    /// Gives back what no prefix needs any more. For right after a collection.
    pub(crate) fn trim_buffers(&mut self) {
        if self.buffers.is_empty() {
            return;
        }
        let mut needed: Vec<(Id<Buffer>, usize)> = self
            .strs
            .iter()
            .filter_map(|(_, str)| str.place().err())
            .collect();
        needed.sort_unstable_by(|a, b| b.cmp(a));
        needed.dedup_by_key(|row| row.0);
        for (buffer, size) in needed {
            self.update(buffer, |buffer| {
                buffer.text.truncate(size);
                buffer.text.shrink_to(2 * size);
            });
        }
    }
}

impl Vm {
    /// `a + b` if that is short and both texts are in their objects.
    #[inline(never)]
    pub(crate) fn short_sum(&mut self, a: Id<Str>, b: Id<Str>) -> Option<Id<Str>> {
        let (x, y) = (&self.heap[a], &self.heap[b]);
        let (Ok(left), Ok(right)) = (x.place(), y.place()) else {
            return None;
        };
        if left.is_empty() || right.is_empty() || left.len() + right.len() > INLINE {
            return None;
        }
        let mut text = left.clone();
        text.push_str(right);
        let object = Str::with_ascii(text, x.ascii() && y.ascii());
        Some(self.heap.new_str(object))
    }

    /// `a + b`
    #[inline]
    pub(crate) fn concat_strs(&mut self, a: Id<Str>, b: Id<Str>) -> NativeResult {
        let (x, y) = (&self.heap[a], &self.heap[b]);
        if x.is_empty() {
            return ok(Value::Str(b));
        }
        if y.is_empty() {
            return ok(Value::Str(a));
        }
        let size = x.size() + y.size();
        let (Ok(left), Ok(right), true) = (x.place(), y.place(), size < LONG) else {
            return self.concat_long(a, b);
        };
        let mut text = if size <= INLINE {
            left.clone()
        } else {
            let mut text = CompactString::with_capacity(size);
            text.push_str(left);
            text
        };
        text.push_str(right);
        let object = Str::with_ascii(text, x.ascii() && y.ascii());
        ok(Value::Str(self.heap.new_str(object)))
    }

    #[inline(never)]
    fn concat_long(&mut self, a: Id<Str>, b: Id<Str>) -> NativeResult {
        let (x, y) = (&self.heap[a], &self.heap[b]);
        let (size, ascii) = (x.size() + y.size(), x.ascii() && y.ascii());
        let place = x.place().err();
        let is_sum = x.is_sum();
        if let Some((buffer, end)) = place
            && self.heap[buffer].text.len() == end
        {
            if let Some(need) = self.append(buffer, b) {
                return Ok(need);
            }
            let object = Str::prefix(buffer, size, ascii);
            return ok(Value::Str(self.heap.new_str(object)));
        }
        if let Some(need) = self.lacks_room(size) {
            return Ok(need);
        }
        let (left, right) = (self.heap.text(a), self.heap.text(b));
        let object = if is_sum {
            let mut text = String::with_capacity(size);
            text.push_str(left);
            text.push_str(right);
            let buffer = self.heap.new_buffer(Buffer { text });
            Str::prefix(buffer, size, ascii)
        } else {
            let mut text = CompactString::with_capacity(size);
            text.push_str(left);
            text.push_str(right);
            Str::sum(text, ascii)
        };
        ok(Value::Str(self.heap.new_str(object)))
    }

    /// Appends a str to a buffer; what it lacks if there is no room.
    fn append(&mut self, buffer: Id<Buffer>, more: Id<Str>) -> Option<Outcome> {
        let text = &self.heap[buffer].text;
        let room = text.capacity();
        let needed = text.len() + self.heap[more].size();
        let grown = if needed <= room {
            room
        } else if self.lacks_room(needed.max(2 * room) - room).is_none() {
            needed.max(2 * room)
        } else if let Some(need) = self.lacks_room(needed - room) {
            return Some(need);
        } else {
            needed
        };
        // A str that is in a buffer itself, perhaps in this one, is copied.
        let copy = match self.heap[more].place() {
            Ok(_) => None,
            Err(_) => Some(CompactString::from(self.heap.text(more))),
        };
        let Heap { strs, buffers, .. } = &mut self.heap;
        let text = &mut buffers[buffer].text;
        text.reserve_exact(grown - text.len());
        match (&copy, strs[more].place()) {
            (Some(copy), _) | (None, Ok(copy)) => text.push_str(copy),
            (None, Err(_)) => {}
        }
        let capacity = text.capacity();
        self.heap.resized(room, capacity);
        None
    }
}
