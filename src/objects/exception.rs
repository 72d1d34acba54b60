//! The data of exceptions and tracebacks.

use super::{Instance, Tuple};
use crate::heap::{Id, Trace, Value};
use serde::{Deserialize, Serialize};

/// The native half of an exception.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExceptionState {
    /// `args`
    pub args: Id<Tuple>,
    /// `__cause__`
    pub cause: Option<Id<Instance>>,
    /// `__context__`
    pub context: Option<Id<Instance>>,
    /// `__suppress_context__`
    pub suppress_context: bool,
    /// Where it has been, innermost frame first.
    pub traceback: Trail,
    /// The object that shows the traceback as it was when it had so many entries.
    pub traceback_object: Option<(Id<Traceback>, u32)>,
    /// The exceptions of a group (a tuple), `StopIteration.value`, `SystemExit.code`; unset for others.
    pub extra: Value,
}

/// Most exceptions are caught where they are raised or one call away.
pub type Trail = smallvec::SmallVec<[TracebackEntry; 2]>;

/// One frame an exception went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracebackEntry {
    /// The number of the function's code.
    pub code: u32,
    /// The instruction that raised or called.
    pub pc: u32,
}

/// A traceback object: a view of an exception's entries from `skip` outermost frames inwards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Traceback {
    /// Outermost first.
    pub entries: Vec<TracebackEntry>,
}

impl Trace for ExceptionState {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(Value::Tuple(self.args));
        for &instance in self.cause.iter().chain(&self.context) {
            visit(Value::Instance(instance));
        }
        visit(self.extra);
        self.traceback_object
            .iter()
            .for_each(|&(id, _)| visit(Value::Traceback(id)));
    }
    fn payload(&self) -> usize {
        match self.traceback.spilled() {
            true => self.traceback.capacity() * size_of::<TracebackEntry>(),
            false => 0,
        }
    }
}

impl Trace for Traceback {
    const LEAF: bool = true;

    fn trace(&self, _visit: &mut impl FnMut(Value)) {}
    fn payload(&self) -> usize {
        self.entries.capacity() * size_of::<TracebackEntry>()
    }
}
