//! The algorithms of the methods of `bytes` and `bytearray`, on byte slices. Letters are ASCII's here.
//!
//! Slices are resolved by [`slice_indices`](super::slice_indices), as strings' are.

mod case;
mod hex;
mod search;
mod split;

pub use case::*;
pub use hex::*;
pub use search::*;
pub use split::*;

/// `bytes.isspace` of one byte. (The vertical tab is space for Python, not for [`u8::is_ascii_whitespace`].)
pub fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// `data[start:stop:step]`.
pub fn slice(data: &[u8], slice: super::SliceRange) -> Vec<u8> {
    slice
        .indices()
        .filter_map(|index| data.get(index).copied())
        .collect()
}

/// `bytes([number])`'s check: a byte's value.
///
/// # Errors
/// `ValueError` for a number beyond 0..=255. (`bytearray` says "byte must be in range(0, 256)": [`byte_in_array`].)
pub fn byte_value(number: super::IntRef<'_>) -> Result<u8, super::TextError> {
    checked(number, "bytes must be in range(0, 256)")
}

/// The check of a byte that is put into a `bytearray`.
///
/// # Errors
/// `ValueError` for a number beyond 0..=255.
pub fn byte_in_array(number: super::IntRef<'_>) -> Result<u8, super::TextError> {
    checked(number, "byte must be in range(0, 256)")
}

fn checked(number: super::IntRef<'_>, message: &str) -> Result<u8, super::TextError> {
    let byte = match number {
        super::IntRef::Small(number) => u8::try_from(number).ok(),
        super::IntRef::Big(_) => None,
    };
    byte.ok_or_else(|| super::TextError::value(message))
}
