//! Intrinsics: rare operations the compiler calls by number.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::{NativeResult, Outcome, ok};
use super::{Args, Raise, Vm, classes, names, native};
use crate::bytecode::{Intrinsic, Op};
use crate::heap::Value;
use crate::objects::{CoroutineState, Dict};

impl Vm {
    /// Runs an intrinsic with its arguments in place.
    pub(crate) fn intrinsic(&mut self, which: Intrinsic, args: Args) -> NativeResult {
        match which {
            Intrinsic::BuildClass => {
                let body = args.get(self, 0);
                let namespace = Value::Dict(self.heap.new_dict(Dict::default()));
                // The body's place holds the namespace from now on: it is needed again when the body has run.
                if let Op::Intrinsic { first, .. } = self.paused_op() {
                    self.set_register(first, namespace);
                }
                if let (Value::Dict(dict), Value::Function(body)) = (namespace, body) {
                    let (module, qualname) = (self.heap[body].module, self.heap[body].qualname);
                    self.dict_set_str(dict, names::MODULE, Value::Str(module));
                    self.dict_set_str(dict, names::QUALNAME, Value::Str(qualname));
                }
                native::call(body, &[namespace])
            }
            Intrinsic::AssertFail => {
                let args = args.rest(self, 0).to_vec();
                if args.len() == 3 {
                    return self.call_prelude("_assert_failed", &args);
                }
                Err(Raise(
                    self.new_exception_with(classes::ASSERTION_ERROR, &args),
                ))
            }
            Intrinsic::ImportModule => {
                let (name, from, level) = (args.get(self, 0), args.get(self, 1), args.get(self, 2));
                self.import_module(name, !from.is_none(), level)
            }
            Intrinsic::ImportLeaf => {
                let name = args.get(self, 0);
                self.import_module(name, true, Value::Int(0))
            }
            Intrinsic::ImportFrom => {
                let (module, name) = (args.get(self, 0), args.get(self, 1));
                self.import_from(module, name)
            }
            Intrinsic::ImportStar => {
                let module = args.get(self, 0);
                self.import_star(module)
            }
            Intrinsic::Display => {
                let value = args.get(self, 0);
                if value.is_none() {
                    return ok(Value::None);
                }
                self.add_builtin("_", value);
                self.call_prelude("_display", &[value])
            }
            Intrinsic::ExceptStarSplit => {
                let (exception, class) = (args.get(self, 0), args.get(self, 1));
                self.call_prelude("_except_star_split", &[exception, class])
            }
            Intrinsic::ExceptStarFinish => {
                let (original, raised, rest) =
                    (args.get(self, 0), args.get(self, 1), args.get(self, 2));
                self.call_prelude("_except_star_finish", &[original, raised, rest])
            }
            Intrinsic::IsSequence => {
                let value = args.get(self, 0);
                if let Some(answer) = self.match_kind_of_script(value, "_is_sequence") {
                    return answer;
                }
                match self.native_value(value) {
                    Value::List(_) | Value::Tuple(_) | Value::Range(_) => ok(Value::Bool(true)),
                    Value::Instance(_) => self.call_prelude("_is_sequence", &[value]),
                    _ => ok(Value::Bool(false)),
                }
            }
            Intrinsic::IsMapping => {
                let value = args.get(self, 0);
                if let Some(answer) = self.match_kind_of_script(value, "_is_mapping") {
                    return answer;
                }
                match self.native_value(value) {
                    Value::Dict(_) => ok(Value::Bool(true)),
                    Value::Instance(_) => self.call_prelude("_is_mapping", &[value]),
                    _ => ok(Value::Bool(false)),
                }
            }
            Intrinsic::MatchKeys => {
                let (subject, keys) = (args.get(self, 0), args.get(self, 1));
                match self.match_keys_plainly(subject, keys) {
                    Some(found) => ok(found),
                    None => self.call_prelude("_match_keys", &[subject, keys]),
                }
            }
            Intrinsic::MatchClass => {
                let args = [0, 1, 2, 3].map(|at| args.get(self, at));
                match self.match_class_plainly(&args) {
                    Some(found) => ok(found),
                    None => self.call_prelude("_match_class", &args),
                }
            }
            Intrinsic::MappingRest => {
                let (subject, keys) = (args.get(self, 0), args.get(self, 1));
                self.call_prelude("_mapping_rest", &[subject, keys])
            }
            Intrinsic::Length => {
                let value = args.get(self, 0);
                self.length(value)
            }
            Intrinsic::TypeParameter => {
                let args: Vec<Value> = args.rest(self, 0).to_vec();
                self.call_prelude("_type_parameter", &args)
            }
            Intrinsic::TypeAlias => {
                let args: Vec<Value> = args.rest(self, 0).to_vec();
                self.call_prelude("_type_alias", &args)
            }
            Intrinsic::GenericBases => {
                let args: Vec<Value> = args.rest(self, 0).to_vec();
                self.call_prelude("_generic_bases", &args)
            }
            Intrinsic::OnlyItem => {
                let args: Vec<Value> = args.rest(self, 0).to_vec();
                self.call_prelude("_only_item", &args)
            }
            Intrinsic::Discard => {
                let value = args.get(self, 0);
                self.discard(value)
            }
            Intrinsic::AnnotateModule => {
                let (name, text) = (args.get(self, 0), args.get(self, 1));
                self.annotate_module(name, text)
            }
        }
    }

    /// An instance of a class with several bases: the first of them that is a sequence or a mapping decides.
    fn match_kind_of_script(&mut self, value: Value, question: &str) -> Option<NativeResult> {
        let Value::Instance(id) = value else {
            return None;
        };
        let order = &self.heap[self.heap[id].class].order;
        let has_several = order.iter().any(|&class| self.heap[class].bases.len() > 1);
        has_several.then(|| self.call_prelude(question, &[value]))
    }

    /// A value that an expression statement throws away: C50's warning for a coroutine that nobody will await.
    fn discard(&mut self, value: Value) -> NativeResult {
        let name = match value {
            Value::Coroutine(id) if self.heap[id].state == CoroutineState::Created => {
                let function = self.heap[id].function;
                self.close_coroutine(id);
                self.heap.text(self.heap[function].qualname).to_owned()
            }
            // Nobody can ask for its result: an exception of it is reported when it ends.
            Value::Task(id) => {
                self.heap[id].future.discarded = true;
                return ok(Value::None);
            }
            Value::Awaitable(id) => match self.discarded_awaitable(id) {
                Some(name) => name,
                None => return ok(Value::None),
            },
            _ => return ok(Value::None),
        };
        let (file, line) = self.current_place();
        let source = self.current_line();
        let debug = self.running_loop.is_some_and(|it| self.heap[it].debug);
        let origin = debug.then(|| Value::List(self.creation_stack()));
        let arguments = [
            self.heap.str(name),
            self.heap.str(file),
            Value::Int(i64::from(line)),
            self.heap.str(source),
            origin.unwrap_or(Value::None),
        ];
        self.call_prelude("_warn_never_awaited", &arguments)
    }

    fn annotate_module(&mut self, name: Value, text: Value) -> NativeResult {
        let code = self.heap[self.top().function].code;
        let module = self.codes[code as usize].module;
        let slot = self.global_slot(module, names::ANNOTATIONS) as usize;
        if !matches!(self.globals[slot], Value::Dict(_)) {
            self.globals[slot] = Value::Dict(self.heap.new_dict(Dict::default()));
        }
        if let (Value::Dict(dict), Value::Str(name)) = (self.globals[slot], name) {
            self.dict_set_str(dict, name, text);
        }
        Ok(Outcome::Value(Value::None))
    }

    /// An intrinsic whose script call returned: class bodies and imports go on from there.
    pub(crate) fn complete_intrinsic(&mut self, op: Op, value: Value) -> super::Flow {
        let Op::Intrinsic {
            dst, first, which, ..
        } = op
        else {
            panic!("invariant broken: only intrinsics are completed here");
        };
        match (which, value) {
            (Intrinsic::BuildClass, Value::None | Value::Cell(_)) => {
                let (namespace, name) = (self.register(first), self.register(first + 1));
                let (bases, keywords) = (self.register(first + 2), self.register(first + 3));
                let result = self.finish_class(name, bases, namespace, keywords, value);
                self.settle(result)
            }
            // The module's body has run: the import is done again, and finds it.
            (
                Intrinsic::ImportModule | Intrinsic::ImportLeaf | Intrinsic::ImportFrom,
                Value::None,
            ) => {
                self.top_mut().pc -= 1;
                super::Flow::Go
            }
            // The host has looked for it.
            (
                Intrinsic::ImportModule | Intrinsic::ImportLeaf | Intrinsic::ImportFrom,
                Value::Tuple(_) | Value::Bool(_),
            ) if self.found_by_host.is_some() => {
                if let Some(asked) = self.found_by_host.take() {
                    self.module_was_searched(asked, value);
                }
                self.top_mut().pc -= 1;
                super::Flow::Go
            }
            // What a `__getattr__` gave, in a tuple because None would mean the end of a module's body.
            (Intrinsic::ImportFrom, Value::Tuple(wrapped)) => {
                let value = self.heap[wrapped].items[0];
                self.set_register(dst, value);
                super::Flow::Go
            }
            _ => {
                self.set_register(dst, value);
                super::Flow::Go
            }
        }
    }
}
