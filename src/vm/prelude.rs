//! The functions of the prelude in a machine: its module, and each function compiled when it is first needed.

use super::native::NativeResult;
use super::natives::{self, Home};
use super::{Vm, classes, native};
use crate::heap::{Id, Value};
use crate::objects::Module;
use crate::stdlib::prelude;

impl Vm {
    /// Answers with a call of a function of the prelude: the part of the builtins that is written in acoro.
    pub fn call_prelude(&mut self, name: &str, args: &[Value]) -> NativeResult {
        let function = self.prelude_function(name);
        native::call(function, args)
    }

    /// A function of the prelude, which is compiled when it is first needed.
    pub(crate) fn prelude_function(&mut self, name: &str) -> Value {
        if let Some(function) = self.loaded_from_prelude(name) {
            return function;
        }
        self.load_prelude(name);
        match self.loaded_from_prelude(name) {
            Some(function) => function,
            None => panic!("invariant broken: the prelude has no function {name}"),
        }
    }

    /// A function of the prelude, if it was needed already.
    fn loaded_from_prelude(&self, name: &str) -> Option<Value> {
        let module = &self.heap[self.prelude?];
        let slot = *module.globals.get(&self.heap.interned(name)?)?;
        Some(self.globals[slot as usize]).filter(|value| !value.is_undef())
    }

    /// The prelude's module, which has the natives and classes that its functions name.
    pub(crate) fn prelude_module(&mut self) -> Id<Module> {
        if let Some(module) = self.prelude {
            return module;
        }
        let module = self.new_module("builtins");
        self.prelude = Some(module);
        for (table, (home, rows)) in natives::tables().iter().enumerate() {
            if matches!(home, Home::Prelude) {
                for (row, native) in rows.iter().enumerate() {
                    let name = self.heap.intern(native.name);
                    self.set_module_global(module, name, Value::Native(natives::id(table, row)));
                }
            }
        }
        for (name, class) in [
            ("_generic_alias", classes::GENERIC_ALIAS),
            ("_property_type", classes::PROPERTY),
            ("_function_type", classes::FUNCTION),
            ("_coroutine_type", classes::COROUTINE),
            ("_task_type", classes::TASK),
            ("_QueueFull", classes::QUEUE_FULL),
            ("_QueueEmpty", classes::QUEUE_EMPTY),
        ] {
            let name = self.heap.intern(name);
            self.set_module_global(module, name, Value::Class(class));
        }
        module
    }

    /// Compiles a function of the prelude, and those that it needs. They are made without running the module's body, which holds nothing
    /// but plain `def`s.
    fn load_prelude(&mut self, name: &str) {
        let module = self.prelude_module();
        let source = prelude::source_of(name, |name| self.loaded_from_prelude(name).is_some());
        let Some(source) = source else {
            return;
        };
        let first = self.codes.len() as u32;
        self.load_embedded("<acoro>", &source, module);
        for code in first..self.codes.len() as u32 {
            let qualname = self.codes[code as usize].qualname;
            let text = self.heap.text(qualname);
            if text.contains(['.', '<']) {
                continue;
            }
            let function = self.new_function_object(code, None, None, Box::default());
            self.set_module_global(module, qualname, Value::Function(function));
        }
    }
}
