//! The slow halves of instructions that build and take apart: displays, unpacking, formatting, functions.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::{NativeResult, Outcome, ok};
use super::{Raise, Vm, classes, names};
use crate::bytecode::{Capture, NO_DEFAULTS, NO_SPEC};
use crate::heap::{Id, Value};
use crate::objects::{Cell, Dict, List, Set, Str};
use crate::stdlib::signal::{SIGINT, bit};
use crate::syntax::ast::CompareOp;
use compact_str::CompactString;

impl Vm {
    /// Any comparison but `is` and `in`.
    pub(crate) fn compare(&mut self, op: CompareOp, a: Value, b: Value) -> NativeResult {
        match op {
            CompareOp::Eq => self.equal_value(a, b, false),
            CompareOp::Ne => self.equal_value(a, b, true),
            CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => {
                self.compare_value(op, a, b)
            }
            CompareOp::Is => ok(Value::Bool(a.is(b))),
            CompareOp::IsNot => ok(Value::Bool(!a.is(b))),
            CompareOp::In | CompareOp::NotIn => self.contains(a, b),
        }
    }

    /// Appends to a list.
    #[inline]
    pub(crate) fn list_push(&mut self, list: Id<List>, value: Value) {
        let items = &mut self.heap[list].items;
        if items.len() < items.capacity() {
            items.push(value);
        } else {
            self.heap.update(list, |list| list.items.push(value));
        }
    }

    pub(crate) fn operands(&self, base: usize, first: u8, count: usize) -> Vec<Value> {
        let at = base + first as usize;
        self.fiber.stack[at..at + count].to_vec()
    }

    /// `{a, b}`
    pub(crate) fn build_set(&mut self, base: usize, first: u8, count: u8) -> NativeResult {
        let items = self.operands(base, first, count as usize);
        let set = self.heap.new_set(Set::default());
        for &item in &items {
            if !self.set_add(set, item)? {
                let items = self.heap.list(items);
                return self.call_prelude("_set_of", &[items]);
            }
        }
        ok(Value::Set(set))
    }

    /// `{k: v}`
    pub(crate) fn build_dict(&mut self, base: usize, first: u8, count: u8) -> NativeResult {
        let items = self.operands(base, first, 2 * count as usize);
        let dict = self.heap.new_dict(crate::objects::Dict::default());
        for pair in items.chunks_exact(2) {
            if !self.dict_set(dict, pair[0], pair[1])? {
                let items = self.heap.list(items);
                return self.call_prelude("_dict_of", &[items]);
            }
        }
        ok(Value::Dict(dict))
    }

    /// The pieces of an f-string joined.
    pub(crate) fn build_string(&mut self, base: usize, first: u8, count: u8) -> NativeResult {
        let pieces = self.operands(base, first, count as usize);
        self.join_texts(&pieces)
    }

    /// The str that the pieces of an f-string make.
    pub(super) fn join_texts(&mut self, pieces: &[Value]) -> NativeResult {
        let (mut size, mut ascii) = (0, true);
        for &piece in pieces {
            if let Value::Str(id) = piece {
                size += self.heap[id].size();
                ascii &= self.heap[id].ascii();
            }
        }
        if let Some(need) = self.lacks_room(size) {
            return Ok(need);
        }
        let mut text = CompactString::with_capacity(size);
        for &piece in pieces {
            if let Value::Str(id) = piece {
                text.push_str(self.heap.text(id));
            }
        }
        let object = Str::with_ascii(text, ascii);
        ok(Value::Str(self.heap.new_str(object)))
    }

    /// `[*items]`
    pub(crate) fn list_extend(&mut self, list: Value, items: Value) -> NativeResult {
        self.list_spread(list, items, |_| "Value".to_owned())
    }

    /// `f(*items)`
    pub(crate) fn spread_items(&mut self, items: Value, callee: Value) -> NativeResult {
        match items {
            Value::Tuple(_) => return ok(items),
            // What comes later in the call may change the list.
            Value::List(list) => {
                let items: Box<[Value]> = self.heap[list].items.as_slice().into();
                return ok(self.heap.tuple(items));
            }
            _ => {}
        }
        let list = self.heap.list(Vec::new());
        let spread = self.list_spread(list, items, |vm| {
            format!("{} argument", vm.callee_name(callee))
        })?;
        Ok(match spread {
            Outcome::Value(_) => Outcome::Value(list),
            other => other,
        })
    }

    /// `f(**mapping)`
    pub(crate) fn spread_keywords(&mut self, mapping: Value, callee: Value) -> NativeResult {
        if let Value::Dict(dict) = mapping
            && self.heap[dict]
                .iter()
                .all(|entry| matches!(entry.key, Value::Str(_)))
        {
            return ok(mapping);
        }
        let dict = Value::Dict(self.heap.new_dict(Dict::default()));
        Ok(match self.dict_merge(dict, mapping, callee)? {
            Outcome::Value(_) => Outcome::Value(dict),
            other => other,
        })
    }

    fn list_spread(
        &mut self,
        list: Value,
        items: Value,
        what: impl FnOnce(&Vm) -> String,
    ) -> NativeResult {
        let Value::List(id) = list else {
            panic!("invariant broken: only a list is spread into");
        };
        if !self.is_iterable(items) {
            if self
                .class_attribute(self.class_of(items), names::ITER)
                .is_some()
            {
                return self.fail_not_iterable(items);
            }
            let message = format!(
                "{} after * must be an iterable, not {}",
                what(self),
                self.type_name(items)
            );
            return Err(self.type_error(message));
        }
        match self.items_of(items)? {
            Some(found) => {
                self.heap
                    .update(id, |list| list.items.extend_from_slice(&found));
                ok(Value::None)
            }
            None => self.call_prelude("_spread_list", &[list, items]),
        }
    }

    /// One element more for a set.
    pub(crate) fn set_add_value(&mut self, set: Value, item: Value) -> NativeResult {
        let Value::Set(id) = set else {
            panic!("invariant broken: SetAdd needs a set");
        };
        if self.set_add(id, item)? {
            return ok(Value::None);
        }
        self.call_prelude("_set_add", &[set, item])
    }

    /// `{*items}`
    pub(crate) fn set_extend(&mut self, set: Value, items: Value) -> NativeResult {
        self.extend_set(set, items)
    }

    /// `{**other}`
    pub(crate) fn dict_update(&mut self, dict: Value, other: Value) -> NativeResult {
        if let (Value::Dict(to), Value::Dict(from)) = (dict, self.native_value(other)) {
            return match self.dict_merge_dict(to, from)? {
                true => ok(Value::None),
                false => self.call_prelude("_spread_dict", &[dict, other]),
            };
        }
        let class = self.class_of(other);
        let Some(keys) = self.heap.interned("keys") else {
            return ok(Value::None);
        };
        if self.class_attribute(class, keys).is_none() {
            let name = self.type_name(other).to_owned();
            return Err(self.type_error(format!("'{name}' object is not a mapping")));
        }
        self.call_prelude("_spread_dict", &[dict, other])
    }

    /// `f(**other)`
    pub(crate) fn dict_merge(&mut self, dict: Value, other: Value, callee: Value) -> NativeResult {
        let Value::Dict(to) = dict else {
            panic!("invariant broken: DictMerge needs a dict");
        };
        let Value::Dict(from) = self.native_value(other) else {
            let class = self.class_of(other);
            let mapping = self
                .heap
                .interned("keys")
                .is_some_and(|keys| self.class_attribute(class, keys).is_some());
            if !mapping {
                let (callee, name) = (self.callee_name(callee), self.type_name(other).to_owned());
                return Err(self.type_error(format!(
                    "{callee} argument after ** must be a mapping, not {name}"
                )));
            }
            return self.call_prelude("_spread_keywords", &[dict, other, callee]);
        };
        let entries: Vec<_> = self.heap[from].iter().collect();
        for entry in entries {
            let Value::Str(key) = self.native_value(entry.key) else {
                return Err(self.type_error("keywords must be strings"));
            };
            let key = self.heap.intern_id(key);
            if self.dict_get_str(to, key).is_some() {
                let (callee, key) = (self.callee_name(callee), self.heap.text(key).to_owned());
                return Err(self.type_error(format!(
                    "{callee} got multiple values for keyword argument '{key}'"
                )));
            }
            self.dict_set_str(to, key, entry.value);
        }
        ok(Value::None)
    }

    /// A callable as error messages name it: `__main__.f()`.
    fn callee_name(&self, callee: Value) -> String {
        match callee {
            Value::Function(id) => {
                let function = &self.heap[id];
                format!(
                    "{}.{}()",
                    self.heap.text(function.module),
                    self.heap.text(function.qualname)
                )
            }
            Value::Class(id) => {
                let class = &self.heap[id];
                if class.builtin {
                    format!("{}()", self.heap.text(class.qualname))
                } else {
                    format!(
                        "{}.{}()",
                        self.heap.text(class.module),
                        self.heap.text(class.qualname)
                    )
                }
            }
            Value::Native(id) => format!("{}()", self.native_fn(id).name),
            Value::BoundMethod(id) => {
                let method = self.heap[id];
                let name = self.callee_name_once(method.function);
                match method.function {
                    Value::Native(_) => format!("{}.{name}", self.type_name(method.this)),
                    _ => name,
                }
            }
            other => format!("{} object", self.type_name(other)),
        }
    }

    fn callee_name_once(&self, function: Value) -> String {
        match function {
            Value::BoundMethod(_) => "method object".to_owned(),
            other => self.callee_name(other),
        }
    }

    /// `a, b = value` when it is not a list or tuple of just that length.
    pub(crate) fn unpack(&mut self, value: Value, count: u8) -> NativeResult {
        let count = count as usize;
        if !self.is_iterable(value) {
            let name = self.type_name(value).to_owned();
            if self
                .class_attribute(self.class_of(value), names::ITER)
                .is_some()
            {
                return self.fail_not_iterable(value);
            }
            return Err(self.type_error(format!("cannot unpack non-iterable {name} object")));
        }
        match self.items_of(value)? {
            Some(items) => {
                if items.len() < count {
                    let got = items.len();
                    return Err(self.value_error(format!(
                        "not enough values to unpack (expected {count}, got {got})"
                    )));
                }
                if items.len() > count {
                    return Err(
                        self.value_error(format!("too many values to unpack (expected {count})"))
                    );
                }
                ok(self.heap.tuple(items))
            }
            None => self.call_prelude("_unpack", &[value, Value::Int(count as i64)]),
        }
    }

    /// `a, *b, c = value`
    pub(crate) fn unpack_star(
        &mut self,
        value: Value,
        before: usize,
        after: usize,
    ) -> NativeResult {
        if !self.is_iterable(value) {
            let name = self.type_name(value).to_owned();
            if self
                .class_attribute(self.class_of(value), names::ITER)
                .is_some()
            {
                return self.fail_not_iterable(value);
            }
            return Err(self.type_error(format!("cannot unpack non-iterable {name} object")));
        }
        let Some(items) = self.items_of(value)? else {
            let (before, after) = (Value::Int(before as i64), Value::Int(after as i64));
            return self.call_prelude("_unpack_star", &[value, before, after]);
        };
        if items.len() < before + after {
            let (wanted, got) = (before + after, items.len());
            return Err(self.value_error(format!(
                "not enough values to unpack (expected at least {wanted}, got {got})"
            )));
        }
        let split = items.len() - after;
        let mut spread = items[..before].to_vec();
        spread.push(self.heap.list(items[before..split].to_vec()));
        spread.extend_from_slice(&items[split..]);
        ok(self.heap.tuple(spread))
    }

    /// `Format`
    pub(crate) fn format_operation(
        &mut self,
        value: Value,
        conversion: u8,
        spec: u32,
    ) -> NativeResult {
        if spec == NO_SPEC {
            return self.convert(value, conversion);
        }
        let Value::Str(spec) = self.constants[spec as usize] else {
            panic!("invariant broken: a format spec is a str");
        };
        let spec = self.heap.text(spec).to_owned();
        match conversion {
            0 => self.format_value(value, &spec),
            _ => match self.convert(value, conversion)? {
                Outcome::Value(text) => self.format_value(text, &spec),
                _ => {
                    let spec = self.heap.str(spec);
                    self.call_prelude(
                        "_format_converted",
                        &[value, Value::Int(i64::from(conversion)), spec],
                    )
                }
            },
        }
    }

    /// `FormatWith`
    pub(crate) fn format_with(
        &mut self,
        value: Value,
        conversion: u8,
        spec: Value,
    ) -> NativeResult {
        let Value::Str(id) = spec else {
            panic!("invariant broken: a format spec is a str");
        };
        let text = self.heap.text(id).to_owned();
        match conversion {
            0 => self.format_value(value, &text),
            _ => match self.convert(value, conversion)? {
                Outcome::Value(converted) => self.format_value(converted, &text),
                _ => self.call_prelude(
                    "_format_converted",
                    &[value, Value::Int(i64::from(conversion)), spec],
                ),
            },
        }
    }

    fn convert(&mut self, value: Value, conversion: u8) -> NativeResult {
        match conversion {
            0 => match value {
                Value::Str(_) => ok(value),
                Value::Instance(_) => self.format_value(value, ""),
                _ => self.str_value(value),
            },
            1 => self.str_value(value),
            2 => self.repr_value(value),
            _ => self.ascii_value(value),
        }
    }

    /// `MakeFunction`
    pub(crate) fn make_function(&mut self, base: usize, code: u32, defaults: u8) -> Value {
        let (defaults, keyword_defaults) = if defaults == NO_DEFAULTS {
            (None, None)
        } else {
            let at = base + defaults as usize;
            let positional = match self.fiber.stack[at] {
                Value::Tuple(tuple) => Some(tuple),
                _ => None,
            };
            let keyword = match self.fiber.stack[at + 1] {
                Value::Dict(dict) => Some(dict),
                _ => None,
            };
            (positional, keyword)
        };
        let maker = self.top().function;
        let cells: Box<[Id<Cell>]> = self.codes[code as usize]
            .code
            .captures
            .iter()
            .map(|capture| match *capture {
                Capture::Local(register) => match self.fiber.stack[base + register as usize] {
                    Value::Cell(cell) => cell,
                    _ => panic!("invariant broken: a captured register holds no cell"),
                },
                Capture::Free(index) => self.heap[maker].cells[index as usize],
            })
            .collect();
        Value::Function(self.new_function_object(code, defaults, keyword_defaults, cells))
    }

    /// `aiter(value)` for `async for`
    pub(crate) fn async_iterate(&mut self, value: Value) -> NativeResult {
        if let Value::AsyncGenerator(id) = value {
            self.note_owner(id);
            return ok(value);
        }
        match self.call_special(value, names::AITER, &[]) {
            Some(Ok(Outcome::Call(request))) => {
                // The result is checked where it comes back: by `_anext`, which says what is missing.
                Ok(Outcome::Call(request))
            }
            Some(other) => other,
            None => {
                let name = self.type_name(value).to_owned();
                Err(self.type_error(format!(
                    "'async for' requires an object with __aiter__ method, got {name}"
                )))
            }
        }
    }

    /// What an outside event (Ctrl-C) wants raised here.
    pub(crate) fn pending_interrupt(&mut self) -> Option<Raise> {
        if self.signals & !self.asyncio.caught & bit(SIGINT) == 0 || !self.takes_interrupts() {
            return None;
        }
        self.signals &= !bit(SIGINT);
        if self
            .running_loop
            .is_some_and(|event_loop| self.interrupt_loop(event_loop))
        {
            return None;
        }
        Some(Raise(
            self.new_exception_with(classes::KEYBOARD_INTERRUPT, &[]),
        ))
    }

    /// A new exception of a class as its `__new__` makes it.
    pub(crate) fn new_exception_object(
        &mut self,
        class: Id<crate::objects::Class>,
        args: &[Value],
    ) -> Result<Id<crate::objects::Instance>, Raise> {
        if self.is_subclass(class, classes::BASE_EXCEPTION_GROUP) {
            return self.new_exception_group(class, args);
        }
        let class = if class == classes::OS_ERROR {
            self.os_error_class(args)
        } else {
            class
        };
        if self.is_subclass(class, classes::OS_ERROR) && (3..=5).contains(&args.len()) {
            // The file's name is no argument, but an attribute.
            let made = self.new_exception_with(class, &args[..2]);
            for (name, at) in [("filename", 2), ("filename2", 4)] {
                if let Some(&file) = args.get(at) {
                    let name = self.heap.intern(name);
                    self.set_exception_attribute(made, name, file);
                }
            }
            return Ok(made);
        }
        Ok(self.new_exception_with(class, args))
    }
}
