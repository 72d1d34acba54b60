//! Register bytecode: the instruction set, compiled units, a disassembler and a verifier. Knows nothing of values or of the machine.

mod code;
mod disassemble;
mod effects;
mod fuse;
mod op;
mod verify;
mod written;

pub use code::{Capture, Constant, FunctionCode, FunctionKind, Handler, ParamSpec, Unit};
pub use disassemble::disassemble;
pub use effects::{Effect, When};
pub use fuse::fuse;
pub use op::{Intrinsic, NO_DEFAULTS, NO_OUTER, NO_SPEC, Op, Reg, Special};
pub use verify::verify;
pub(crate) use written::{Written, follow};
