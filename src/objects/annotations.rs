//! `__annotations__`: the compiler keeps annotations as texts, which become values when a program asks for them. They are evaluated
//! among the names of their module then; what they don't find there stays a text.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Dict, Function};
use crate::compile;
use crate::heap::{Id, Value};
use crate::objects::Class;
use crate::source::Source;
use crate::syntax;
use crate::vm::native::NativeFn;
use crate::vm::{Args, NativeResult, Vm, names, native, ok};

impl Vm {
    /// `function.__annotations__`
    pub(crate) fn function_annotations(&mut self, id: Id<Function>) -> NativeResult {
        let of = self.heap.intern("__acoro_of__");
        if let Some(dict) = self.heap[id].annotations {
            let Some(source) = self.dict_get_str(dict, of) else {
                return ok(Value::Dict(dict));
            };
            return self.call_prelude("_annotations_from", &[Value::Function(id), source]);
        }
        let rows = self.codes[self.heap[id].code as usize]
            .code
            .annotations
            .clone();
        let dict = self.heap.new_dict(Dict::default());
        if rows.is_empty() {
            self.heap[id].annotations = Some(dict);
            return ok(Value::Dict(dict));
        }
        for (name, text) in rows {
            let name = self.heap.intern(&name);
            let text = self.heap.str(text);
            self.dict_set_str(dict, name, text);
        }
        self.call_prelude("_annotate", &[Value::Function(id), Value::Dict(dict)])
    }

    /// `class.__annotations__`: its own only.
    pub(crate) fn class_annotations(&mut self, id: Id<Class>) -> NativeResult {
        let own = self.heap[id].attributes.get(&names::ANNOTATIONS).copied();
        match own {
            Some(Value::Dict(dict)) if self.heap[id].annotated => {
                self.heap[id].annotated = false;
                self.call_prelude("_annotate", &[Value::Class(id), Value::Dict(dict)])
            }
            Some(other) => ok(other),
            None => {
                let dict = Value::Dict(self.heap.new_dict(Dict::default()));
                self.heap.update(id, |class| {
                    class.attributes.insert(names::ANNOTATIONS, dict);
                });
                ok(dict)
            }
        }
    }
}

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_evaluator", "owner, text, /", evaluator),
    native("_set_annotations", "owner, annotations, /", set_annotations),
];

/// What `functools`, `dataclasses` and `typing` need.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_evaluator", "owner, text, /", evaluator),
    native("_derive_annotations", "function, source, /", derive),
];

/// A function without parameters that evaluates an expression in the module of a function or class; None if it is none.
fn evaluator(vm: &mut Vm, args: Args) -> NativeResult {
    let (owner, Some(text)) = (args.get(vm, 0), vm.as_str(args.get(vm, 1))) else {
        return ok(Value::None);
    };
    let module = match owner {
        Value::Function(id) => Value::Module(vm.codes[vm.heap[id].code as usize].module),
        Value::Class(id) => {
            let name = vm.heap[id].module;
            vm.dict_get_str(vm.modules, name).unwrap_or_default()
        }
        other => other,
    };
    let Value::Module(module) = module else {
        return ok(Value::None);
    };
    let text = format!("def evaluate():\n return (\n{}\n)\n", vm.heap.text(text));
    let source = Source::new("<string>", text.as_str());
    let unit = syntax::parse(&source)
        .and_then(|tree| compile::compile(&tree, &source, &compile::Options::default()));
    let Ok(unit) = unit else {
        return ok(Value::None);
    };
    let body = vm.load(unit, source, module);
    let code = vm.heap[body].code + 1;
    let function = vm.new_function_object(code, None, None, Box::default());
    // By a call, behind which the run loop goes on with the new code.
    vm.call_prelude("_identity", &[Value::Function(function)])
}

/// Keeps what the annotations of a function have become.
fn set_annotations(vm: &mut Vm, args: Args) -> NativeResult {
    if let (Value::Function(id), Value::Dict(dict)) = (args.get(vm, 0), args.get(vm, 1)) {
        vm.heap[id].annotations = Some(dict);
    }
    ok(args.get(vm, 1))
}

/// A function has the annotations of another from now on, or those that a function makes when it is called.
fn derive(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::Function(id), source) = (args.get(vm, 0), args.get(vm, 1)) else {
        return ok(Value::Bool(false));
    };
    if let Value::Function(from) = source
        && let Some(dict) = vm.heap[from].annotations
    {
        vm.heap[id].annotations = Some(dict);
        return ok(Value::Bool(true));
    }
    let of = vm.heap.intern("__acoro_of__");
    let dict = vm.heap.new_dict(Dict::default());
    vm.dict_set_str(dict, of, source);
    vm.heap[id].annotations = Some(dict);
    ok(Value::Bool(true))
}
