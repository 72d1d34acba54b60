//! Making a world: known names, builtin classes, natives.

use super::classes::{self, CLASSES, Payload};
use super::natives::{self, Home};
use super::{Fiber, Limits, Vm, names};
use crate::heap::{Heap, Id, NameMap, Value};
use crate::objects::{Cell, Class, NativeBase, Specials};
use std::sync::Arc;

/// Registers of the first frames; the stack grows from here.
const FIRST_STACK: usize = 2048;

impl Vm {
    /// An empty world with these limits.
    pub fn new(limits: Limits) -> Self {
        let mut heap = Heap::new(limits.memory);
        names::intern_all(&mut heap);
        let modules = heap.new_dict(Default::default());
        let path = heap.list(Vec::new());
        let mut vm = Vm {
            heap,
            code: Arc::from([]),
            spans: Arc::from([]),
            codes: Vec::new(),
            constants: Vec::new(),
            names: Vec::new(),
            sites: Vec::new(),
            globals: Vec::new(),
            fallbacks: Vec::new(),
            global_names: Vec::new(),
            sources: Vec::new(),
            modules,
            path,
            imports_files: false,
            own_modules_first: false,
            module_options: Default::default(),
            found_by_host: None,
            found: None,
            builtins: NameMap::default(),
            fiber: Fiber {
                stack: vec![Value::Undef; FIRST_STACK],
                frames: Vec::new(),
            },
            fibers: Default::default(),
            handled: None,
            output: Vec::new(),
            now: 0.0,
            limits,
            recursion_limit: 1000,
            int_digits: crate::text::MAX_STR_DIGITS as u32,
            asyncio: crate::event_loop::LoopState::default(),
            running_loop: None,
            shown: Vec::new(),
            nans: 0,
            exit: None,
            prelude: None,
            signals: 0,
            deadlock: None,
            host: Default::default(),
            argv: Vec::new(),
            next_task_name: 1,
            managers: [None; 4],
            specials: Default::default(),
            last_probe: None,
            wanted_index: None,
            spare: super::spare::Spare::default(),
        };
        vm.make_classes();
        vm.register_natives();
        vm
    }

    fn make_classes(&mut self) {
        for (at, row) in CLASSES.iter().enumerate() {
            let id: Id<Class> = Id::new(at as u32);
            let name = self.heap.intern(row.name);
            let module = self.heap.intern(row.module);
            let base = match row.payload {
                Payload::Object => NativeBase::Object,
                Payload::Value => NativeBase::Value(id),
                Payload::Exception => NativeBase::Exception,
                Payload::Sealed => NativeBase::Sealed,
            };
            let mut order = vec![id];
            if let Some(parent) = row.base {
                order.extend(self.heap[parent].order.iter().copied());
            }
            // A group is an Exception too.
            if id == classes::EXCEPTION_GROUP {
                order.insert(2, classes::EXCEPTION);
            }
            let has_payload = matches!(base, NativeBase::Value(_) | NativeBase::Exception);
            let root_shape = self.heap.shapes.root(id, has_payload);
            let mut bases: Vec<_> = row.base.into_iter().collect();
            if id == classes::EXCEPTION_GROUP {
                bases.push(classes::EXCEPTION);
            }
            let made = self.heap.new_class(Class {
                name,
                qualname: name,
                module,
                bases,
                order,
                attributes: NameMap::default(),
                subclasses: Vec::new(),
                base,
                root_shape,
                builtin: true,
                specials: Specials::default(),
                slots: None,
                abstract_methods: Vec::new(),
                annotated: false,
            });
            assert_eq!(
                made, id,
                "invariant broken: builtin classes are made in order"
            );
            let plain_exception = self.makes_plain_exceptions(&self.heap[id].order);
            self.heap[id].specials.plain_exception = plain_exception;
            if let Some(parent) = row.base {
                self.heap[parent].subclasses.push(id);
            }
            if row.module == "builtins" && is_builtin_name(row.name) {
                self.builtins.insert(name, Value::Class(id));
            }
        }
        for class in [
            classes::LIST,
            classes::DICT,
            classes::SET,
            classes::BYTEARRAY,
        ] {
            self.heap[class].attributes.insert(names::HASH, Value::None);
        }
        for (alias, class) in [
            ("EnvironmentError", classes::OS_ERROR),
            ("IOError", classes::OS_ERROR),
        ] {
            let name = self.heap.intern(alias);
            self.builtins.insert(name, Value::Class(class));
        }
        for (name, value) in [
            ("NotImplemented", Value::NotImplemented),
            ("Ellipsis", Value::Ellipsis),
            ("__debug__", Value::Bool(true)),
        ] {
            let name = self.heap.intern(name);
            self.builtins.insert(name, value);
        }
    }

    fn register_natives(&mut self) {
        for (table, (home, rows)) in natives::tables().iter().enumerate() {
            for (row, native) in rows.iter().enumerate() {
                let value = Value::Native(natives::id(table, row));
                let name = self.heap.intern(native.name);
                match *home {
                    Home::Class(class) => {
                        let class = &mut self.heap[class];
                        class.attributes.insert(name, value);
                        if name == names::NEW && class.base != NativeBase::Exception {
                            class.specials.only_new = Some(natives::id(table, row));
                        }
                    }
                    Home::ClassMethods(class) => {
                        let cell = self.heap.new_cell(Cell { value });
                        self.heap[class]
                            .attributes
                            .insert(name, Value::ClassMethod(cell));
                    }
                    Home::StaticMethods(class) => {
                        let cell = self.heap.new_cell(Cell { value });
                        self.heap[class]
                            .attributes
                            .insert(name, Value::StaticMethod(cell));
                    }
                    Home::Builtins => {
                        self.builtins.insert(name, value);
                    }
                    Home::Prelude | Home::Module(_) => {}
                }
            }
        }
    }
}

/// Which of the classes in `builtins` a program can name without an import.
fn is_builtin_name(name: &str) -> bool {
    matches!(
        name,
        "object"
            | "type"
            | "int"
            | "bool"
            | "float"
            | "str"
            | "bytes"
            | "bytearray"
            | "list"
            | "tuple"
            | "dict"
            | "set"
            | "frozenset"
            | "range"
            | "slice"
            | "property"
            | "staticmethod"
            | "classmethod"
            | "super"
            | "enumerate"
            | "zip"
            | "map"
            | "filter"
            | "reversed"
    ) || name.starts_with(|c: char| c.is_ascii_uppercase())
        && !matches!(name, "NoneType" | "NotImplementedType")
}
