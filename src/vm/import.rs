//! Imports: embedded modules, found by name; a module's body runs as a call that completes the import instruction.

use super::native::{CallRequest, NativeResult, Outcome, ok};
use super::natives::{self, Home};
use super::{Raise, Vm, classes, names};
use crate::bytecode::Op;
use crate::heap::{Id, Value};
use crate::objects::{Function, Module};
use crate::source::Source;
use crate::{compile, stdlib, syntax};
use smallvec::smallvec;

impl Vm {
    /// `import name`: the module itself with `leaf`, else the first part of its dotted name.
    pub(crate) fn import_module(&mut self, name: Value, leaf: bool, _level: Value) -> NativeResult {
        let Value::Str(name) = name else {
            panic!("invariant broken: a module's name is a str");
        };
        let full = self.heap.text(name).to_owned();
        let mut path = String::new();
        let mut parent: Option<Id<Module>> = None;
        let mut first: Option<Id<Module>> = None;
        for part in full.split('.') {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(part);
            let id = self.heap.intern(&path);
            let module = match self.modules.get(&id) {
                Some(&module) => module,
                None => {
                    let module = match self.find_module(&path)? {
                        Found::Ready(module) => module,
                        Found::Run(function) => {
                            return Ok(Outcome::Call(Box::new(CallRequest {
                                callee: Value::Function(function),
                                args: smallvec![],
                                keywords: Value::Undef,
                            })));
                        }
                    };
                    self.modules.insert(id, module);
                    module
                }
            };
            if let Some(parent) = parent {
                let part = self.heap.intern(part);
                self.set_module_global(parent, part, Value::Module(module));
            }
            parent = Some(module);
            first.get_or_insert(module);
        }
        match if leaf { parent } else { first } {
            Some(module) => ok(Value::Module(module)),
            None => Err(self.value_error("Empty module name")),
        }
    }

    /// `from module import name`
    pub(crate) fn import_from(&mut self, module: Value, name: Value) -> NativeResult {
        let (Value::Module(id), Value::Str(name)) = (module, name) else {
            panic!("invariant broken: the operands of an import");
        };
        let slot = self.heap[id].globals.get(&name).copied();
        let value = match slot.map(|slot| self.globals[slot as usize]) {
            Some(value) if !value.is_undef() => value,
            _ => {
                let owner = self.heap.text(self.heap[id].name).to_owned();
                let text = self.heap.text(name).to_owned();
                let path = format!("{owner}.{text}");
                let path_id = self.heap.intern(&path);
                if let Some(&module) = self.modules.get(&path_id) {
                    Value::Module(module)
                } else if stdlib::source(&path).is_some() {
                    return self.import_submodule(&path);
                } else {
                    let message = self.missing_module_name(id, &owner, &text);
                    let message = message.replace(
                        &format!("module '{owner}' has no attribute '{text}'"),
                        &format!("cannot import name '{text}' from '{owner}'"),
                    );
                    let raise = self.raise(classes::IMPORT_ERROR, message);
                    let owner = self.heap.str(owner);
                    self.set_exception_attribute(raise.0, names::NAME_ATTRIBUTE, owner);
                    return Err(raise);
                }
            }
        };
        // Written here, because None is a value like any other for this instruction.
        if let Op::Intrinsic { dst, .. } = self.paused_op() {
            self.set_register(dst, value);
        }
        Ok(Outcome::Done)
    }

    fn import_submodule(&mut self, path: &str) -> NativeResult {
        let name = self.heap.str(path);
        self.import_module(name, true, Value::Int(0))
    }

    /// `from module import *`, at the REPL.
    pub(crate) fn import_star(&mut self, module: Value) -> NativeResult {
        let Value::Module(from) = module else {
            panic!("invariant broken: the operand of an import");
        };
        let code = self.heap[self.top().function].code;
        let to = self.codes[code as usize].module;
        let rows: Vec<_> = self.heap[from]
            .globals
            .iter()
            .map(|(&name, &slot)| (name, slot))
            .collect();
        for (name, slot) in rows {
            let value = self.globals[slot as usize];
            if !value.is_undef() && !self.heap.text(name).starts_with('_') {
                self.set_module_global(to, name, value);
            }
        }
        ok(Value::None)
    }

    fn find_module(&mut self, path: &str) -> Result<Found, Raise> {
        let Some(text) = stdlib::source(path) else {
            let hint = crate::text::nearest(path, stdlib::names())
                .map_or(String::new(), |near| format!(". Did you mean '{near}'?"));
            let known = if hint.is_empty() && stdlib::is_python_module(path) {
                " (acoro does not have this module)"
            } else {
                ""
            };
            let raise = self.raise(
                classes::MODULE_NOT_FOUND_ERROR,
                format!("No module named '{path}'{known}{hint}"),
            );
            let name = self.heap.str(path);
            self.set_exception_attribute(raise.0, names::NAME_ATTRIBUTE, name);
            return Err(raise);
        };
        let module = self.new_module(path);
        for (table, (home, rows)) in natives::tables().iter().enumerate() {
            if matches!(home, Home::Module(owner) if *owner == path) {
                for (row, native) in rows.iter().enumerate() {
                    let name = self.heap.intern(native.name);
                    self.set_module_global(module, name, Value::Native(natives::id(table, row)));
                }
            }
        }
        let id = self.heap.intern(path);
        self.modules.insert(id, module);
        if text.is_empty() {
            self.heap[module].initialized = true;
            return Ok(Found::Ready(module));
        }
        let function = self.load_embedded(&format!("<acoro {path}>"), text, module);
        Ok(Found::Run(function))
    }

    /// Compiles and loads one of acoro's own sources.
    fn load_embedded(&mut self, name: &str, text: &str, module: Id<Module>) -> Id<Function> {
        let source = Source::new(name, text);
        let unit = syntax::parse(&source)
            .and_then(|tree| compile::compile(&tree, &source, &compile::Options::default()));
        match unit {
            Ok(unit) => self.load(unit, source, module),
            Err(errors) => {
                let errors: Vec<String> =
                    errors.iter().map(|error| error.one_line(&source)).collect();
                panic!(
                    "invariant broken: an embedded module does not compile: {}",
                    errors.join("; ")
                );
            }
        }
    }

    /// The prelude's module. Its functions are made without running its body, which holds nothing but plain `def`s.
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
            ("_QueueFull", classes::QUEUE_FULL),
            ("_QueueEmpty", classes::QUEUE_EMPTY),
        ] {
            let name = self.heap.intern(name);
            self.set_module_global(module, name, Value::Class(class));
        }
        let text = stdlib::prelude_source();
        let first = self.codes.len() as u32;
        self.load_embedded("<acoro>", &text, module);
        for code in first..self.codes.len() as u32 {
            let qualname = self.codes[code as usize].qualname;
            let text = self.heap.text(qualname);
            if text.contains(['.', '<']) {
                continue;
            }
            let function = self.new_function_object(code, None, None, Box::default());
            self.set_module_global(module, qualname, Value::Function(function));
        }
        module
    }

    /// What to say when a module lacks a name: whose fault it is, and what is near.
    pub(crate) fn missing_module_name(
        &mut self,
        module: Id<Module>,
        owner: &str,
        name: &str,
    ) -> String {
        let names: Vec<String> = self.heap[module]
            .globals
            .iter()
            .filter(|&(_, &slot)| !self.globals[slot as usize].is_undef())
            .map(|(&name, _)| self.heap.text(name).to_owned())
            .filter(|name| !name.starts_with('_'))
            .collect();
        let mut message = format!("module '{owner}' has no attribute '{name}'");
        if stdlib::source(owner).is_some() {
            message.push_str(" (acoro's version of the module lacks it, or it does not exist)");
        }
        if let Some(near) = crate::text::nearest(name, names.iter().map(String::as_str)) {
            message.push_str(&format!(". Did you mean: '{near}'?"));
        }
        message
    }
}

enum Found {
    Ready(Id<Module>),
    Run(Id<Function>),
}
