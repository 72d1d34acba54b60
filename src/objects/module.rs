//! The data of modules. A module's variables are slots of the machine's one array of globals.

use super::Str;
use crate::heap::{Id, NameMap, Trace, Value};
use serde::{Deserialize, Serialize};

/// A module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Module {
    /// `__name__`
    pub name: Id<Str>,
    /// Variable -> number of its global slot.
    pub globals: NameMap<u32>,
    /// Its body has run to the end.
    pub initialized: bool,
}

impl Trace for Module {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(Value::Str(self.name));
        self.globals
            .keys()
            .for_each(|&name| visit(Value::Str(name)));
    }
    fn payload(&self) -> usize {
        self.globals.capacity() * 24
    }
}
