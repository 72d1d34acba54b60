//! What drivers ask of a machine that is not executing: variables, the texts of uncaught exceptions, places.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::traceback::ExceptionTexts;
use super::{Exit, Vm, classes};
use crate::event_loop::{Clock, Pending};
use crate::heap::{Id, Value};
use crate::objects::{Instance, Module};
use crate::source::{Source, Span};
use std::sync::Arc;

/// So often a program may ask its loop what time it is before that counts as waiting.
const PATIENCE: u32 = 1000;

/// So many passes of a loop take no time at all in virtual time.
const PASSES: u32 = 10_000;

impl Vm {
    /// A variable of the main module.
    pub(crate) fn main_global(&mut self, name: &str) -> Option<Value> {
        let module = self.main_module();
        let name = self.heap.intern(name);
        let slot = *self.heap[module].globals.get(&name)?;
        Some(self.globals[slot as usize]).filter(|value| !value.is_undef())
    }

    /// Sets a variable of the main module.
    pub(crate) fn set_main_global(&mut self, name: &str, value: Value) {
        let module = self.main_module();
        let name = self.heap.intern(name);
        self.set_module_global(module, name, value);
    }

    /// Takes a variable away from the main module.
    pub(crate) fn take_global(&mut self, name: &str) -> Option<Value> {
        let value = self.main_global(name)?;
        self.set_main_global(name, Value::Undef);
        Some(value)
    }

    /// A variable of the module `sys`, if the program has imported that.
    fn sys_variable(&mut self, name: &str) -> Option<(Id<Module>, Value)> {
        let (sys, name) = (self.heap.intern("sys"), self.heap.intern(name));
        match self.dict_get_str(self.modules, sys) {
            Some(Value::Module(sys)) => Some((sys, self.module_variable(sys, name))),
            _ => None,
        }
    }

    /// Has the program's own `sys.excepthook` been told of an uncaught exception?
    pub(crate) fn is_reported(&mut self, exception: Id<Instance>) -> bool {
        let reported = self.sys_variable("_reported");
        reported.is_some_and(|(_, reported)| reported == Value::Instance(exception))
    }

    /// Calls the program's own `sys.excepthook` for an uncaught exception, which is raised again behind it. False if there is none.
    pub(crate) fn begin_excepthook(&mut self, exception: Id<Instance>) -> bool {
        let Some((sys, hook)) = self.sys_variable("excepthook") else {
            return false;
        };
        let standard = self.sys_variable("__excepthook__");
        if hook.is_undef()
            || standard.is_some_and(|(_, standard)| standard == hook)
            || self.is_subclass(self.heap[exception].class, classes::SYSTEM_EXIT)
            || self.is_limit(exception)
            || self.is_reported(exception)
        {
            return false;
        }
        for name in ["_reported", "last_exc", "last_value"] {
            let name = self.heap.intern(name);
            self.set_module_global(sys, name, Value::Instance(exception));
        }
        let function = self.prelude_function("_call_excepthook");
        let args = self.heap.tuple([hook, Value::Instance(exception)]);
        self.start_call(function, args);
        true
    }

    /// Sets a module's `__file__`.
    pub(crate) fn set_source_file(&mut self, module: Id<Module>, name: &str) {
        let file = self.heap.intern("__file__");
        let name = self.heap.str(name);
        self.set_module_global(module, file, name);
    }

    /// Runs what was started, without its host, for at most `fuel` ticks.
    fn run_alone(&mut self, fuel: u64) -> Option<Value> {
        self.heap.fuel = fuel;
        self.heap.ticks = 0;
        let output = std::mem::take(&mut self.output);
        let result = match self.run() {
            Exit::Finished(value) => Some(value),
            Exit::Raised(_) | Exit::OutOfTicks | Exit::Host | Exit::Clock | Exit::Idle { .. } => {
                None
            }
        };
        let said = std::mem::replace(&mut self.output, output);
        self.output.extend(said);
        self.heap.take_fuel();
        result
    }

    /// The texts of those of a traceback's exceptions whose `__str__` is script code. What ran is given up.
    pub(crate) fn exception_texts(&mut self, exception: Id<Instance>, fuel: u64) -> ExceptionTexts {
        let unknown = self.unknown_texts(exception);
        if unknown.is_empty() {
            return ExceptionTexts::new();
        }
        let items: Vec<Value> = unknown.iter().map(|&id| Value::Instance(id)).collect();
        let items = self.heap.tuple(items);
        let function = self.prelude_function("_exception_texts");
        let args = self.heap.tuple([Value::Instance(exception), items]);
        self.start_call(function, args);
        let Some(Value::List(texts)) = self.run_alone(fuel) else {
            return ExceptionTexts::new();
        };
        let texts = self.heap[texts].items.clone();
        let texts = texts.into_iter().filter_map(|text| match text {
            Value::Str(id) => Some(self.heap.text(id).to_owned()),
            _ => None,
        });
        unknown.into_iter().zip(texts).collect()
    }

    /// The exit status that a SystemExit asks for.
    pub(crate) fn exit_status(
        &mut self,
        exception: Id<Instance>,
        texts: &ExceptionTexts,
    ) -> Option<i32> {
        if !self.is_subclass(self.heap[exception].class, classes::SYSTEM_EXIT) {
            return None;
        }
        let state = self.exception_state(exception);
        let code = match (state.extra, self.heap[state.args].items.as_ref()) {
            (Value::Undef, []) => Value::None,
            (Value::Undef, [code]) => *code,
            (Value::Undef, _) => Value::Tuple(state.args),
            (code, _) => code,
        };
        Some(match self.native_value(code) {
            Value::None => 0,
            Value::Bool(value) => i32::from(value),
            Value::Int(value) => value as i32,
            Value::BigInt(_) => -1,
            other => {
                let text = match self.as_exception(other) {
                    Some(inner) => self.exception_message(inner, texts),
                    None => self.str(other).ok().flatten().unwrap_or_default(),
                };
                self.write(super::Stream::Err, &format!("{text}\n"));
                1
            }
        })
    }

    /// Is it the MemoryError of the heap's limit?
    pub(crate) fn is_limit(&self, exception: Id<Instance>) -> bool {
        self.heap[exception].class == classes::MEMORY_ERROR
            && self.exception_state(exception).extra == Value::Bool(true)
    }

    /// Is it the program that stopped to read the clock, and not its event loop?
    pub(crate) fn reads_clock(&self) -> bool {
        match self.asyncio.pending {
            // Timers that are made at the same moment are to be due at the same moment.
            Pending::Clock(Clock::Loop | Clock::Wait) => self.asyncio.asked.1 > PATIENCE,
            Pending::Clock(_) => true,
            // A loop that is never idle waits for a timer: its passes take time after all.
            Pending::Nothing => self.asyncio.passes.1 > PASSES,
            _ => false,
        }
    }

    /// Where an exception came from: the innermost of the program's own frames.
    pub(crate) fn raised_at(&self, exception: Id<Instance>) -> Option<(Arc<Source>, Span)> {
        let state = self.exception_state(exception);
        let entry = state
            .traceback
            .iter()
            .find(|entry| !self.is_hidden(entry.code))?;
        let (source, span) = self.place(*entry);
        Some((Arc::new(source.clone()), span))
    }

    /// Says where modules may come from that are not acoro's own.
    pub(crate) fn grant_modules(&mut self, any: bool, own_first: bool, path: Vec<String>) {
        self.imports_files = any;
        self.own_modules_first = own_first;
        let path = path.into_iter().map(|place| self.heap.str(place)).collect();
        self.path = self.heap.list(path);
    }

    /// A new module that imports find.
    #[cfg(feature = "cli")]
    pub(crate) fn add_module(&mut self, name: &str) -> Id<Module> {
        let module = self.new_module(name);
        let name = self.heap.intern(name);
        self.heap[module].initialized = true;
        self.dict_set_str(self.modules, name, Value::Module(module));
        module
    }

    /// Adds or replaces a builtin.
    pub(crate) fn add_builtin(&mut self, name: &str, value: Value) {
        let id = self.heap.intern(name);
        self.builtins.insert(id, value);
        for (slot, &name) in self.global_names.iter().enumerate() {
            if name == id {
                self.fallbacks[slot] = value;
            }
        }
    }

    /// Is it the module `builtins`, whose variables are those that all modules have?
    pub(crate) fn is_builtins(&mut self, module: Id<Module>) -> bool {
        let name = self.heap[module].name;
        self.heap.text(name) == "builtins"
            && self.dict_get_str(self.modules, name) == Some(Value::Module(module))
    }

    /// Sets or deletes a builtin on behalf of a program. The prelude keeps what it was written with.
    pub(crate) fn replace_builtin(&mut self, name: Id<crate::objects::Str>, value: Value) {
        let prelude = self.prelude_module();
        let kept = self.global_slot(prelude, name);
        if value.is_undef() {
            self.builtins.shift_remove(&name);
        } else {
            self.builtins.insert(name, value);
        }
        for (slot, &other) in self.global_names.iter().enumerate() {
            if other == name && slot as u32 != kept {
                self.fallbacks[slot] = value;
            }
        }
    }

    /// A module's variable.
    #[cfg(feature = "cli")]
    pub(crate) fn module_value(&mut self, module: &str, name: &str) -> Option<Value> {
        let Value::Module(module) = self.dict_get_str(self.modules, self.heap.interned(module)?)?
        else {
            return None;
        };
        let name = self.heap.interned(name)?;
        let slot = *self.heap[module].globals.get(&name)?;
        Some(self.globals[slot as usize]).filter(|value| !value.is_undef())
    }
}

/// Names of the prelude's functions for drivers, kept here so that one search finds their users.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globals_are_taken_away() {
        let mut vm = Vm::new(super::super::Limits::default());
        vm.set_main_global("x", Value::Int(1));
        assert_eq!(vm.take_global("x"), Some(Value::Int(1)));
        assert_eq!(vm.main_global("x"), None);
        assert!(vm.main_global("__name__").is_some());
    }
}
