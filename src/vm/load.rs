//! Loading compiled units: one flat instruction array, indices rebased, constants and names made values.

use super::natives::Home;
use super::{LoadedCode, Site, Vm, names, natives};
use crate::bytecode::{Constant, FunctionKind, Op, Unit, fuse};
use crate::heap::{Id, Value};
use crate::objects::{Function, Module, Set};
use crate::source::Source;
use std::sync::Arc;

/// Where a unit's tables begin in the machine's.
struct Base<'a> {
    constant: u32,
    name: u32,
    site: u32,
    function: u32,
    slots: &'a [u32],
}

impl Vm {
    /// Makes a module, or finds it, by its `__name__`.
    pub(crate) fn new_module(&mut self, name: &str) -> Id<Module> {
        let name = self.heap.intern(name);
        let module = self.heap.new_module(Module {
            name,
            globals: Default::default(),
            initialized: false,
        });
        self.set_module_global(module, names::NAME, Value::Str(name));
        self.set_module_global(module, names::DOC, Value::None);
        module
    }

    /// The slot of a module's variable, made if there is none.
    pub(crate) fn global_slot(&mut self, module: Id<Module>, name: Id<crate::objects::Str>) -> u32 {
        if let Some(&slot) = self.heap[module].globals.get(&name) {
            return slot;
        }
        let slot = self.globals.len() as u32;
        self.globals.push(Value::Undef);
        let fallback = self.builtins.get(&name).copied().unwrap_or_default();
        self.fallbacks.push(fallback);
        self.global_names.push(name);
        self.heap[module].globals.insert(name, slot);
        slot
    }

    /// Sets a module's variable.
    pub(crate) fn set_module_global(
        &mut self,
        module: Id<Module>,
        name: Id<crate::objects::Str>,
        value: Value,
    ) {
        let slot = self.global_slot(module, name);
        self.globals[slot as usize] = value;
    }

    /// Loads a unit into a module and makes the function of its body.
    pub fn load(&mut self, unit: Unit, source: Source, module: Id<Module>) -> Id<Function> {
        let source_index = self.sources.len() as u32;
        self.sources.push(source);
        let op_base = self.code.len() as u32;
        let name_base = self.names.len() as u32;
        let constant_base = self.constants.len() as u32;
        let function_base = self.codes.len() as u32;
        for name in &unit.names {
            let id = self.heap.intern(name);
            self.names.push(id);
        }
        for constant in &unit.constants {
            let value = self.constant(constant);
            self.constants.push(value);
        }
        let site_base = self.sites.len() as u32;
        for &name in &unit.sites {
            self.sites
                .push(Site::new(self.names[(name_base + name) as usize]));
        }
        let slots: Vec<u32> = unit
            .globals
            .iter()
            .map(|&name| self.global_slot(module, self.names[(name_base + name) as usize]))
            .collect();
        let base = Base {
            constant: constant_base,
            name: name_base,
            site: site_base,
            function: function_base,
            slots: &slots,
        };
        let mut ops = Vec::with_capacity(self.code.len() + unit.ops.len());
        ops.extend_from_slice(&self.code);
        let first = ops.len();
        ops.extend(unit.ops.iter().map(|&op| rebase(op, &base)));
        fuse(&mut ops[first..]);
        self.code = Arc::from(ops);
        let mut spans = Vec::with_capacity(self.spans.len() + unit.spans.len());
        spans.extend_from_slice(&self.spans);
        spans.extend_from_slice(&unit.spans);
        self.spans = Arc::from(spans);
        for mut code in unit.functions {
            code.entry += op_base;
            code.doc = code.doc.map(|doc| doc + constant_base);
            for handler in &mut code.handlers {
                handler.start += op_base;
                handler.end += op_base;
                handler.target += op_base;
            }
            let loaded = LoadedCode {
                name: self.heap.intern(&code.name),
                qualname: self.heap.intern(&code.qualname),
                parameters: code
                    .params
                    .names
                    .iter()
                    .map(|name| self.heap.intern(name))
                    .collect(),
                source: source_index,
                module,
                code,
            };
            self.codes.push(loaded);
        }
        self.new_function_object(function_base, None, None, Box::default())
    }

    /// A function object of a code.
    pub(crate) fn new_function_object(
        &mut self,
        code: u32,
        defaults: Option<Id<crate::objects::Tuple>>,
        keyword_defaults: Option<Id<crate::objects::Dict>>,
        cells: Box<[Id<crate::objects::Cell>]>,
    ) -> Id<Function> {
        let loaded = &self.codes[code as usize];
        let params = loaded.params();
        let positional = match params.vararg || params.kwarg || params.keyword_only > 0 {
            true => Function::BINDS,
            false => u16::from(params.positional),
        };
        let function = Function {
            entry: loaded.code.entry,
            code,
            registers: loaded.code.registers,
            positional,
            plain: match loaded.code.kind {
                FunctionKind::Plain => positional,
                FunctionKind::Generator
                | FunctionKind::Coroutine
                | FunctionKind::AsyncGenerator => Function::BINDS,
            },
            kind: loaded.code.kind,
            defaults,
            keyword_defaults,
            cells,
            name: loaded.name,
            qualname: loaded.qualname,
            module: self.heap[loaded.module].name,
            doc: loaded
                .code
                .doc
                .map_or(Value::None, |doc| self.constants[doc as usize]),
            attributes: None,
            annotations: None,
            type_params: None,
        };
        self.heap.new_function(function)
    }

    fn constant(&mut self, constant: &Constant) -> Value {
        match constant {
            Constant::None => Value::None,
            Constant::Ellipsis => Value::Ellipsis,
            Constant::Bool(value) => Value::Bool(*value),
            Constant::Int(value) => Value::Int(*value),
            Constant::BigInt(value) => self.heap.int(value.clone()),
            Constant::Float(value) => Value::Float(*value),
            Constant::Str(text) => Value::Str(self.heap.intern(text)),
            Constant::Bytes(data) => {
                let data = data.to_vec();
                Value::Bytes(self.heap.new_bytes(crate::objects::Bytes { data }))
            }
            // Displays nest no deeper than the source may.
            Constant::Tuple(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.constant(item)).collect();
                self.heap.tuple(items)
            }
            Constant::FrozenSet(items) => {
                let set = self.heap.new_set(Set::default());
                for item in items {
                    let value = self.constant(item);
                    let added = self.set_add(set, value);
                    debug_assert!(matches!(added, Ok(true)), "constants are hashable");
                }
                // CPython's compiler makes the set once more from itself, and displays show its order.
                let again = self.heap.new_set(Set::default());
                let elements: Vec<Value> =
                    self.heap[set].iter().map(|(_, element)| element).collect();
                for element in elements {
                    let added = self.set_add(again, element);
                    debug_assert!(matches!(added, Ok(true)), "constants are hashable");
                }
                Value::FrozenSet(again)
            }
        }
    }

    /// The number of a native of a home by its name.
    pub(crate) fn find_native(&self, wanted: fn(&Home) -> bool, name: &str) -> Option<Value> {
        natives::tables()
            .iter()
            .enumerate()
            .find_map(|(table, (home, rows))| {
                let row = wanted(home).then(|| rows.iter().position(|row| row.name == name))??;
                Some(Value::Native(natives::id(table, row)))
            })
    }
}

/// An instruction with the table indices of its unit made the machine's.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most instructions index no table"
)]
fn rebase(mut op: Op, base: &Base<'_>) -> Op {
    match &mut op {
        Op::LoadConst { constant, .. } => *constant += base.constant,
        Op::CallKw { names, .. } | Op::CallMethodKw { names, .. } => *names += base.constant,
        Op::Format { spec, .. } if *spec != crate::bytecode::NO_SPEC => *spec += base.constant,
        Op::CheckLocal { name, .. }
        | Op::LoadCell { name, .. }
        | Op::DeleteCell { name, .. }
        | Op::LoadFree { name, .. }
        | Op::DeleteFree { name, .. }
        | Op::LoadClassName { name, .. }
        | Op::StoreClassName { name, .. }
        | Op::DeleteClassName { name, .. } => *name += base.name,
        Op::LoadGlobal { slot, .. }
        | Op::LoadGlobalThen { slot, .. }
        | Op::LoadGlobalPause { slot, .. }
        | Op::StoreGlobal { slot, .. }
        | Op::DeleteGlobal { slot } => {
            *slot = base.slots[*slot as usize];
        }
        Op::GetAttr { site, .. }
        | Op::SetAttr { site, .. }
        | Op::DeleteAttr { site, .. }
        | Op::LoadMethod { site, .. }
        | Op::LoadMethodCount { site, .. }
        | Op::LoadSuperMethod { site, .. }
        | Op::GetSuperAttr { site, .. } => *site += base.site,
        Op::MakeFunction { function, .. } => *function += base.function,
        _ => {}
    }
    op
}
