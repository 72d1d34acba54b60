//! A compiled unit: one module's (or one REPL entry's) instructions with the tables they index.

use super::op::{Op, Reg};
use crate::source::Span;
use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

/// What the compiler makes of one source: self-contained, not yet loaded into a machine.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Unit {
    /// All instructions of all functions, one after the other.
    pub ops: Vec<Op>,
    /// The source position of each instruction, parallel to `ops`.
    pub spans: Vec<Span>,
    /// Function 0 is the module body.
    pub functions: Vec<FunctionCode>,
    /// Constants, without duplicates.
    pub constants: Vec<Constant>,
    /// Identifiers named by instructions.
    pub names: Vec<Box<str>>,
    /// The name of each attribute site: one for every attribute instruction, since each has its own inline cache.
    /// An index into `names`.
    pub sites: Vec<u32>,
    /// The module's global variables: slot number -> index into `names`.
    pub globals: Vec<u32>,
}

/// The static part of a function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FunctionCode {
    /// `f`, `<lambda>`, `<module>`, `<genexpr>`
    pub name: Box<str>,
    /// `C.f`, `outer.<locals>.f`
    pub qualname: Box<str>,
    /// What calling it gives.
    pub kind: FunctionKind,
    /// The unit's instruction it starts at.
    pub entry: u32,
    /// The number of its instructions.
    pub length: u32,
    /// How many registers it uses, parameters included.
    pub registers: u16,
    /// Its parameters; they arrive in registers 0, 1, … in the order positional, keyword-only, `*args`, `**kwargs`.
    pub params: ParamSpec,
    /// The cells it captures when it is made, numbered as `LoadFree` numbers them.
    pub captures: Vec<Capture>,
    /// The names of the captured variables, parallel to `captures`.
    pub free_names: Vec<Box<str>>,
    /// The names of its variables that functions inside it capture.
    pub cell_names: Vec<Box<str>>,
    /// Names of registers that hold local variables, for tracebacks and tools.
    pub locals: Vec<(Reg, Box<str>)>,
    /// The docstring's constant.
    pub doc: Option<u32>,
    /// Exception handlers, innermost first.
    pub handlers: Vec<Handler>,
    /// Where it is defined: for a `def`, from the first decorator or `def` to the colon.
    pub span: Span,
    /// Annotated parameters (and "return") with the annotation's source text.
    pub annotations: Vec<(Box<str>, Box<str>)>,
    /// It is a method that uses `super()` or `__class__`, or any function in a class body.
    pub in_class: bool,
}

/// What calling a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FunctionKind {
    /// Its return value.
    Plain,
    /// A generator.
    Generator,
    /// A coroutine.
    Coroutine,
    /// An async generator.
    AsyncGenerator,
}

/// The parameters of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParamSpec {
    /// Names of positional-only, then regular, then keyword-only parameters, then `*args` and `**kwargs`.
    pub names: Vec<Box<str>>,
    /// How many are positional-only.
    pub positional_only: u8,
    /// How many can be given by position (positional-only included).
    pub positional: u8,
    /// How many are keyword-only.
    pub keyword_only: u8,
    /// There is `*args`.
    pub vararg: bool,
    /// There is `**kwargs`.
    pub kwarg: bool,
}

/// Where a captured cell comes from, seen from the function that makes the closure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Capture {
    /// The cell in this register of the maker.
    Local(Reg),
    /// The maker's own captured cell of this number.
    Free(u8),
}

/// One row of a handler table: an exception raised by an instruction in `start..end` goes to `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// First covered instruction of the unit.
    pub start: u32,
    /// Behind the last covered instruction.
    pub end: u32,
    /// The handler's first instruction.
    pub target: u32,
    /// The register that receives the exception.
    pub register: Reg,
    /// From here on, registers belong to what the exception ended.
    pub free: Reg,
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Constant {
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// A bool inside a tuple.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A big integer.
    BigInt(BigInt),
    /// A float (compared by bits when deduplicated).
    Float(f64),
    /// A string.
    Str(Box<str>),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// A tuple of constants: folded displays, keyword names.
    Tuple(Vec<Constant>),
    /// A frozen set of constants, for `x in {1, 2}`.
    FrozenSet(Vec<Constant>),
}
