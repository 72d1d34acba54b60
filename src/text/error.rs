//! The one error of this layer: a Python exception's class and its message.

use std::fmt;

/// Which Python exception a [`TextError`] becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `ValueError`
    Value,
    /// `TypeError`
    Type,
    /// `OverflowError`
    Overflow,
    /// `ZeroDivisionError`
    ZeroDivision,
    /// `LookupError`
    Lookup,
    /// `MemoryError`: the result would be larger than any machine should build.
    Memory,
}

/// A failure, worded exactly as CPython words it.
///
/// ```
/// # use acoro::text::{ErrorKind, TextError};
/// let error = TextError::value("bad");
/// assert_eq!(error.kind, ErrorKind::Value);
/// assert_eq!(error.to_string(), "bad");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextError {
    /// The class of the exception.
    pub kind: ErrorKind,
    /// What `str(exception)` gives.
    pub message: String,
}

impl TextError {
    /// A `ValueError`.
    pub fn value(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Value, message)
    }

    /// A `TypeError`.
    pub fn type_error(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Type, message)
    }

    /// An `OverflowError`.
    pub fn overflow(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Overflow, message)
    }

    /// A `ZeroDivisionError`.
    pub fn zero_division(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::ZeroDivision, message)
    }

    /// A `LookupError`.
    pub fn lookup(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Lookup, message)
    }

    /// A `MemoryError`, which has no message.
    pub fn memory() -> Self {
        Self::new(ErrorKind::Memory, "")
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TextError {}
