//! `str`: immutable UTF-8 with a cached hash and a flag for ASCII.

use crate::heap::{Trace, Value};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// A string.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Str {
    /// Up to 24 bytes are kept in here, without an allocation.
    text: CompactString,
    /// The hash, 0 until computed.
    pub hash: u64,
    /// Every character is one byte, so that an index is an offset.
    pub ascii: bool,
    /// It is in the table of interned strings.
    pub interned: bool,
}

impl Str {
    /// Wraps a text.
    #[inline]
    pub fn new(text: impl Into<CompactString>) -> Self {
        let mut text = text.into();
        if text.is_heap_allocated() {
            text.shrink_to_fit();
        }
        let ascii = text.is_ascii();
        Self {
            text,
            hash: 0,
            ascii,
            interned: false,
        }
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
            text,
            hash: 0,
            ascii,
            interned: false,
        }
    }

    /// An ASCII text changed by a function that keeps it one.
    pub(super) fn mapped_ascii(&self, map: fn(&mut str)) -> Self {
        let mut text = self.text.clone();
        map(text.as_mut_str());
        Self {
            text,
            hash: 0,
            ascii: true,
            interned: false,
        }
    }

    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The number of code points.
    pub fn len(&self) -> usize {
        if self.ascii {
            self.text.len()
        } else {
            self.text.chars().count()
        }
    }

    /// Is it ""?
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl Trace for Str {
    const LEAF: bool = true;

    fn trace(&self, _visit: &mut impl FnMut(Value)) {}
    fn payload(&self) -> usize {
        if self.text.is_heap_allocated() {
            self.text.len()
        } else {
            0
        }
    }
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
    let mut word = [0; 8];
    let rest = chunks.remainder();
    word[..rest.len()].copy_from_slice(rest);
    hash = (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(K);
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    hash ^= hash >> 29;
    if hash == 0 { 1 } else { hash }
}
