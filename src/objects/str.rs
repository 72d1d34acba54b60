//! `str`: immutable UTF-8 with a cached hash and a flag for ASCII. How one that is built by adding to its end keeps its text is in
//! `str_buffer.rs`.

use super::str_buffer::Buffer;
use crate::heap::{Id, Trace, Value};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A string.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Str {
    text: Text,
    /// The flags in the lowest bits; the others are the hash's, 0 until it is computed.
    marks: u64,
}

/// Where the text is.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Text {
    /// In here. Up to 24 bytes need no allocation.
    Own(CompactString),
    /// The first `size` bytes of a buffer.
    Prefix { buffer: Id<Buffer>, size: usize },
}

/// A str's entry in its slab is half a cache line.
const _: () = assert!(size_of::<Option<Str>>() == 32);

/// Every character is one byte, so that an index is an offset.
const ASCII: u64 = 1;
/// It is in the table of interned strings.
const INTERNED: u64 = 2;
/// It is the sum of two others, and long.
const SUM: u64 = 4;
const FLAGS: u64 = ASCII | INTERNED | SUM;

impl Str {
    /// Wraps a text.
    #[inline]
    pub fn new(text: impl Into<CompactString>) -> Self {
        let text = text.into();
        let ascii = text.is_ascii();
        Self::with_ascii(text, ascii)
    }

    /// Wraps a text known to be ASCII or not.
    #[inline]
    pub fn with_ascii(text: impl Into<CompactString>, ascii: bool) -> Self {
        let mut text = text.into();
        if text.is_heap_allocated() {
            text.shrink_to_fit();
        }
        debug_assert_eq!(ascii, text.is_ascii());
        Self {
            text: Text::Own(text),
            marks: if ascii { ASCII } else { 0 },
        }
    }

    /// An interned text.
    pub(crate) fn as_interned(text: &str, hash: u64) -> Self {
        let mut new = Self::new(text);
        new.marks |= INTERNED;
        new.set_hash(hash);
        new
    }

    /// The sum of two others.
    pub(super) fn sum(text: CompactString, ascii: bool) -> Self {
        let mut new = Self::with_ascii(text, ascii);
        new.marks |= SUM;
        new
    }

    /// The first bytes of a buffer.
    pub(super) fn prefix(buffer: Id<Buffer>, size: usize, ascii: bool) -> Self {
        Self {
            text: Text::Prefix { buffer, size },
            marks: if ascii { ASCII } else { 0 },
        }
    }

    /// The text, if it is in here; else what it is a prefix of, and its size in bytes.
    #[inline(always)]
    pub(crate) fn place(&self) -> Result<&CompactString, (Id<Buffer>, usize)> {
        match &self.text {
            Text::Own(text) => Ok(text),
            &Text::Prefix { buffer, size } => Err((buffer, size)),
        }
    }

    /// The number of bytes.
    #[inline]
    pub fn size(&self) -> usize {
        match &self.text {
            Text::Own(text) => text.len(),
            Text::Prefix { size, .. } => *size,
        }
    }

    /// Is it ""?
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.size() == 0
    }

    /// Is every character one byte, so that an index is an offset?
    #[inline]
    pub fn ascii(&self) -> bool {
        self.marks & ASCII != 0
    }

    /// Is it in the table of interned strings?
    #[inline]
    pub(crate) fn interned(&self) -> bool {
        self.marks & INTERNED != 0
    }

    /// Is it long and the sum of two others?
    pub(super) fn is_sum(&self) -> bool {
        self.marks & SUM != 0
    }

    /// The hash, once it is computed.
    #[inline]
    pub(crate) fn hash(&self) -> Option<u64> {
        (self.marks > FLAGS).then_some(whole(self.marks))
    }

    /// Keeps the hash.
    #[inline]
    pub(crate) fn set_hash(&mut self, hash: u64) {
        self.marks = hash & !FLAGS | self.marks & FLAGS;
    }
}

impl Trace for Str {
    // What prefixes need is marked when everything else is: `Heap::reach_buffers`.
    const LEAF: bool = true;

    fn trace(&self, _visit: &mut impl FnMut(Value)) {}
    fn payload(&self) -> usize {
        match &self.text {
            Text::Own(text) if text.is_heap_allocated() => text.len(),
            Text::Own(_) | Text::Prefix { .. } => 0,
        }
    }
}

/// The hash whose upper bits these are: the lowest depend on the highest.
#[inline(always)]
fn whole(marks: u64) -> u64 {
    marks & !FLAGS | marks >> 61
}

/// The hash of a string: the same in every run, never 0.
#[inline]
pub fn hash_str(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

/// The hash of bytes: that of the str with this encoding.
pub(super) fn hash_bytes(data: &[u8]) -> u64 {
    // FxHash's multiply-rotate over words, then a final mix so that the high bits depend on everything.
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut hash = data.len() as u64;
    let mut chunks = data.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(K);
    }
    hash = (hash.rotate_left(5) ^ last_word(chunks.remainder())).wrapping_mul(K);
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    hash ^= hash >> 29;
    whole(hash.max(FLAGS + 1))
}

/// Fewer than eight bytes as a number.
#[inline(always)]
fn last_word(rest: &[u8]) -> u64 {
    // Two halves that may overlap are read faster than bytes are copied.
    let half = |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
    match rest.len() {
        0 => 0,
        length @ 1..4 => {
            u64::from(rest[0])
                | u64::from(rest[length / 2]) << 8
                | u64::from(rest[length - 1]) << 16
        }
        length => u64::from(half(0)) | u64::from(half(length - 4)) << 32,
    }
}
