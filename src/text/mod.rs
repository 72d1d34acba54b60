//! The text and number layer: what Python says about characters, strings, bytes, integers and floats as
//! plain functions on plain Rust types. It knows no values, no heap and no IO.
//!
//! Every function takes any input without panicking. Where a result may be much larger than the
//! arguments, the size can be asked first (`pow_bits`, `estimated_size`).

pub mod bytes;
mod case;
pub mod codec;
mod docstring;
mod error;
mod float;
mod float_exact;
mod float_hex;
mod float_ops;
mod format_spec;
mod format_value;
mod hash;
mod int;
mod int_bytes;
mod int_ops;
mod nearest;
mod pad;
mod percent;
mod percent_render;
mod points;
pub mod predicates;
mod random;
pub mod regex_syntax;
mod repr;
mod search;
mod split;
mod str_format;
mod suggest;
pub mod surrogates;
pub mod unicode;

pub use case::*;
pub use docstring::clean_docstring;
pub use error::{ErrorKind, TextError};
pub use float::*;
pub use float_exact::*;
pub use float_hex::*;
pub use float_ops::*;
pub use format_spec::*;
pub use format_value::*;
pub use hash::*;
pub use int::*;
pub use int_bytes::*;
pub use int_ops::*;
pub use nearest::nearest;
pub use pad::*;
pub use percent::*;
pub use percent_render::*;
pub use points::*;
pub use random::*;
pub use repr::*;
pub use search::*;
pub use split::*;
pub use str_format::*;
pub use suggest::suggest;
