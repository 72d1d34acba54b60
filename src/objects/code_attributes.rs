//! What `__code__` of a function tells.

use crate::bytecode::FunctionKind;
use crate::heap::Value;
use crate::vm::Vm;

impl Vm {
    /// An attribute of a function's `__code__`.
    pub(crate) fn code_field(&mut self, code: u32, text: &str) -> Option<Value> {
        let loaded = &self.codes[code as usize];
        Some(match text {
            "co_name" => Value::Str(loaded.name),
            "co_qualname" => Value::Str(loaded.qualname),
            "co_argcount" => Value::Int(i64::from(loaded.code.params.positional)),
            "co_kwonlyargcount" => Value::Int(i64::from(loaded.code.params.keyword_only)),
            "co_posonlyargcount" => Value::Int(i64::from(loaded.code.params.positional_only)),
            "co_varnames" => {
                let names = self.variables(code);
                self.heap.tuple(names)
            }
            "co_nlocals" => Value::Int(self.variables(code).len() as i64),
            "co_cellvars" => {
                let names = loaded.code.cell_names.clone();
                self.names_tuple(&names)
            }
            "co_flags" => {
                let params = &loaded.code.params;
                let kind = match loaded.code.kind {
                    FunctionKind::Plain => 0,
                    FunctionKind::Generator => 0x20,
                    FunctionKind::Coroutine => 0x80,
                    FunctionKind::AsyncGenerator => 0x200,
                };
                Value::Int(
                    3 | kind | if params.vararg { 4 } else { 0 } | if params.kwarg { 8 } else { 0 },
                )
            }
            "co_firstlineno" => {
                let source = &self.sources[loaded.source as usize];
                Value::Int(i64::from(source.line_column(loaded.code.span.start).0))
            }
            "co_filename" => {
                let name = self.sources[loaded.source as usize].name.clone();
                self.heap.str(name)
            }
            "co_freevars" => {
                let names = loaded.code.free_names.clone();
                self.names_tuple(&names)
            }
            _ => return None,
        })
    }

    fn names_tuple(&mut self, names: &[Box<str>]) -> Value {
        let names: Vec<Value> = names
            .iter()
            .map(|name| Value::Str(self.heap.intern(name)))
            .collect();
        self.heap.tuple(names)
    }

    /// The names of the parameters, and of the other variables that no inner function has.
    fn variables(&mut self, code: u32) -> Vec<Value> {
        let loaded = &self.codes[code as usize];
        let mut names: Vec<Value> = loaded
            .parameters
            .iter()
            .map(|&name| Value::Str(name))
            .collect();
        let others: Vec<Box<str>> = loaded
            .code
            .locals
            .iter()
            .skip(names.len())
            .filter(|(_, name)| !loaded.code.cell_names.contains(name))
            .map(|(_, name)| name.clone())
            .collect();
        names.extend(others.iter().map(|name| Value::Str(self.heap.intern(name))));
        names
    }
}
