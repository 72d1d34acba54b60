//! `repr()`: containers are walked with an explicit stack; what only script code can say becomes a gap in the text,
//! which the prelude fills.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Dict, Iter, NativeBase, ViewKind};
use crate::heap::{Id, Value};
use crate::objects::{Class, Instance, Str};
use crate::text::{self, IntRef, TextError};
use crate::vm::{Home, NativeResult, Raise, Vm, classes, names, ok};

/// Containers in containers deeper than this are a RecursionError, as in CPython.
const MAX_DEPTH: usize = 10_000;

/// A part of a repr.
pub(crate) enum Piece {
    /// Known text.
    Text(String),
    /// The repr of a value that script code gives, while these containers are being shown.
    Script(Value, Vec<Value>),
}

/// Why there is no repr.
pub(crate) enum ReprError {
    Text(TextError),
    Recursion,
}

/// What is left to write, the last first.
enum Step<'a> {
    Value(Value),
    Text(&'static str),
    Items {
        items: std::borrow::Cow<'a, [Value]>,
        at: usize,
    },
    Dict {
        dict: &'a Dict,
        place: usize,
        first: bool,
    },
    /// The pairs of an items view.
    Pairs {
        dict: &'a Dict,
        place: usize,
        first: bool,
    },
    /// The parameters of a generic alias.
    Parameters {
        args: &'a [Value],
        at: usize,
    },
    /// The last container that was entered is left.
    Leave,
}

struct Walk<'a> {
    vm: &'a Vm,
    steps: Vec<Step<'a>>,
    /// The containers being shown, those of script code's callers first.
    active: Vec<Value>,
    pieces: Vec<Piece>,
    out: String,
    /// This instance is shown as its native base shows it: its class's `__repr__` is who asks.
    by_base: Option<Value>,
}

impl Vm {
    /// The repr in pieces.
    fn repr_pieces(&self, value: Value, by_base: bool) -> Result<Vec<Piece>, ReprError> {
        let mut walk = Walk {
            vm: self,
            by_base: by_base.then_some(value),
            steps: vec![Step::Value(value)],
            active: self.shown.clone(),
            pieces: Vec::new(),
            out: String::new(),
        };
        walk.run()?;
        if !walk.out.is_empty() || walk.pieces.is_empty() {
            walk.pieces.push(Piece::Text(walk.out));
        }
        Ok(walk.pieces)
    }

    #[cold]
    fn repr_error(&mut self, error: ReprError) -> Raise {
        match error {
            ReprError::Text(error) => self.text_error(error),
            ReprError::Recursion => {
                let message =
                    "maximum recursion depth exceeded while getting the repr of an object";
                self.raise(classes::RECURSION_ERROR, message)
            }
        }
    }

    /// The repr, or None when script code has a say in it.
    pub(crate) fn repr(&mut self, value: Value) -> Result<Option<String>, Raise> {
        let mut out = String::new();
        if self.push_simple_repr(&mut out, value) {
            return Ok(Some(out));
        }
        if let Value::Loop(_)
        | Value::Future(_)
        | Value::Task(_)
        | Value::Handle(_)
        | Value::Awaitable(_)
        | Value::Primitive(_) = value
        {
            return self.repr_event_loop_object(value);
        }
        let mut pieces = self
            .repr_pieces(value, false)
            .map_err(|error| self.repr_error(error))?;
        Ok(match (pieces.pop(), pieces.is_empty()) {
            (Some(Piece::Text(text)), true) => Some(text),
            _ => None,
        })
    }

    /// `repr(value)`
    pub(crate) fn repr_value(&mut self, value: Value) -> NativeResult {
        if let Value::Instance(id) = value
            && self.heap[self.heap[id].class].specials.repr
        {
            return self.call_for_text(value, names::REPR, names::REPR);
        }
        if let Value::Iter(id) = value
            && let Iter::Library { class, .. } = &self.heap[id]
            && self.heap[*class].specials.repr
        {
            return self.call_for_text(value, names::REPR, names::REPR);
        }
        if let Value::Loop(_)
        | Value::Future(_)
        | Value::Task(_)
        | Value::Handle(_)
        | Value::Awaitable(_)
        | Value::Primitive(_) = value
        {
            return match self.repr_event_loop_object(value)? {
                Some(text) => ok(self.heap.str(text)),
                None => self.call_prelude("_repr_event_loop_object", &[value]),
            };
        }
        let pieces = self
            .repr_pieces(value, false)
            .map_err(|error| self.repr_error(error))?;
        self.join_pieces(pieces)
    }

    /// What the `__repr__` of a builtin type answers, for instances of derived classes too.
    pub(crate) fn base_repr(&mut self, value: Value) -> NativeResult {
        if let Value::Loop(_)
        | Value::Future(_)
        | Value::Task(_)
        | Value::Handle(_)
        | Value::Awaitable(_)
        | Value::Primitive(_) = value
        {
            return self.repr_value(value);
        }
        let pieces = self
            .repr_pieces(value, true)
            .map_err(|error| self.repr_error(error))?;
        self.join_pieces(pieces)
    }

    fn join_pieces(&mut self, mut pieces: Vec<Piece>) -> NativeResult {
        if pieces.len() == 1
            && let Some(Piece::Text(text)) = pieces.first_mut()
        {
            let text = std::mem::take(text);
            return ok(self.heap.str(text));
        }
        let mut parts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            parts.push(match piece {
                Piece::Text(text) => self.heap.str(text),
                Piece::Script(value, shown) => {
                    let shown = self.heap.tuple(shown);
                    self.heap.tuple([value, shown])
                }
            });
        }
        let parts = self.heap.list(parts);
        self.call_prelude("_fill_repr", &[parts])
    }

    /// Calls a method of an object's class that must give a str; messages call it `shown`.
    pub(crate) fn call_for_text(
        &mut self,
        object: Value,
        name: Id<Str>,
        shown: Id<Str>,
    ) -> NativeResult {
        match self.class_attribute(self.class_of(object), name) {
            Some(method @ (Value::Function(_) | Value::Native(_))) => {
                self.call_prelude("_method_text", &[method, object, Value::Str(shown)])
            }
            _ => match self.special_method(object, name) {
                Some(method) => self.call_prelude("_bound_text", &[method, Value::Str(shown)]),
                None => ok(Value::Str(names::EMPTY)),
            },
        }
    }

    /// Writes the repr of a value that has no parts; false if it is no such value.
    pub(crate) fn push_simple_repr(&self, out: &mut String, value: Value) -> bool {
        match value {
            Value::None => out.push_str("None"),
            Value::Bool(true) => out.push_str("True"),
            Value::Bool(false) => out.push_str("False"),
            Value::Int(int) => push_int(out, int),
            Value::Float(float) => out.push_str(&text::repr_float(float)),
            Value::Str(id) => out.push_str(&text::repr_str(self.heap.text(id))),
            _ => return false,
        }
        true
    }

    /// A number that stays the same while the object lives, and looks like an address.
    pub(crate) fn address(&self, value: Value) -> u64 {
        let (kind, index): (u64, u64) = match value {
            Value::Undef => (0, 0),
            Value::None => (0, 1),
            Value::NotImplemented => (0, 2),
            Value::Ellipsis => (0, 3),
            Value::Bool(bool) => (0, 4 + u64::from(bool)),
            Value::ExceptionState(id) => (0, 16 + u64::from(id.index())),
            Value::Int(int) => return 0x5600_0000_0000 ^ ((int as u64) << 5),
            Value::Float(float) => return 0x5700_0000_0000 ^ float.to_bits().rotate_right(11),
            Value::Native(id) => (1, u64::from(id.0)),
            Value::BigInt(id) => (2, id.index().into()),
            Value::Str(id) => (3, id.index().into()),
            Value::Bytes(id) | Value::ByteArray(id) => (4, id.index().into()),
            Value::List(id) => (5, id.index().into()),
            Value::Tuple(id) => (6, id.index().into()),
            Value::Dict(id) => (7, id.index().into()),
            Value::Set(id) | Value::FrozenSet(id) => (8, id.index().into()),
            Value::Range(id) => (9, id.index().into()),
            Value::Slice(id) => (10, id.index().into()),
            Value::Cell(id) | Value::StaticMethod(id) | Value::ClassMethod(id) => {
                (11, id.index().into())
            }
            Value::Function(id) => (12, id.index().into()),
            Value::BoundMethod(id) => (13, id.index().into()),
            Value::Class(id) => (14, id.index().into()),
            Value::Instance(id) => (15, id.index().into()),
            Value::Module(id) => (16, id.index().into()),
            Value::Generator(id) | Value::Coroutine(id) | Value::AsyncGenerator(id) => {
                (17, id.index().into())
            }
            Value::Iter(id) => (18, id.index().into()),
            Value::DictView(id) => (19, id.index().into()),
            Value::Property(id) => (20, id.index().into()),
            Value::Super(id) => (21, id.index().into()),
            Value::GenericAlias(id) => (22, id.index().into()),
            Value::Traceback(id) => (23, id.index().into()),
            Value::Loop(id) => (24, id.index().into()),
            Value::Future(id) => (25, id.index().into()),
            Value::Task(id) => (26, id.index().into()),
            Value::Handle(id) => (27, id.index().into()),
            Value::Awaitable(id) => (28, id.index().into()),
            Value::Primitive(id) => (29, id.index().into()),
        };
        0x7f00_0000_0000 + (kind << 35) + index * 48 + 16
    }

    /// `<built-in function len>`, or as a method of `this`.
    fn native_repr(&self, function: Value, this: Value) -> String {
        let Value::Native(id) = function else {
            return String::new();
        };
        let name = self.native_fn(id).name;
        if !this.is_undef() {
            let what = if name.starts_with("__") {
                "method-wrapper"
            } else {
                "built-in method"
            };
            let quote = if name.starts_with("__") { "'" } else { "" };
            return format!(
                "<{what} {quote}{name}{quote} of {} object at {:#x}>",
                self.type_name(this),
                self.address(this)
            );
        }
        match self.native_home(id) {
            Home::Class(class) => {
                let kind = if name.starts_with("__") {
                    "slot wrapper"
                } else {
                    "method"
                };
                format!(
                    "<{kind} '{name}' of '{}' objects>",
                    self.heap.text(self.heap[class].name)
                )
            }
            Home::ClassMethods(_) | Home::StaticMethods(_) => {
                format!(
                    "<built-in method {name} of type object at {:#x}>",
                    self.address(function)
                )
            }
            Home::Builtins | Home::Prelude | Home::Module(_) => {
                format!("<built-in function {name}>")
            }
        }
    }

    /// `module.qualname`, the module left out for builtins.
    pub(crate) fn full_name(&self, class: Id<Class>) -> String {
        let class = &self.heap[class];
        let qualname = self.heap.text(class.qualname);
        match self.heap.text(class.module) {
            "builtins" => qualname.to_owned(),
            module => format!("{module}.{qualname}"),
        }
    }

    /// `<module.C object at 0x…>`
    pub(crate) fn default_repr(&self, value: Value) -> String {
        format!(
            "<{} object at {:#x}>",
            self.full_name(self.class_of(value)),
            self.address(value)
        )
    }
}

/// Writes an int.
pub(crate) fn push_int(out: &mut String, int: i64) {
    out.push_str(itoa::Buffer::new().format(int));
}

impl<'a> Walk<'a> {
    fn run(&mut self) -> Result<(), ReprError> {
        while let Some(step) = self.steps.pop() {
            match step {
                Step::Value(value) => self.value(value)?,
                Step::Text(text) => self.out.push_str(text),
                Step::Leave => {
                    self.active.pop();
                }
                Step::Items { items, at } => {
                    if let Some(&item) = items.get(at) {
                        if at > 0 {
                            self.out.push_str(", ");
                        }
                        self.steps.push(Step::Items { items, at: at + 1 });
                        self.value(item)?;
                    }
                }
                Step::Parameters { args, at } => {
                    if let Some(&arg) = args.get(at) {
                        if at > 0 {
                            self.out.push_str(", ");
                        }
                        self.steps.push(Step::Parameters { args, at: at + 1 });
                        self.type_parameter(arg);
                    }
                }
                Step::Dict { dict, place, first } => {
                    if let Some(place) = dict.next_place(place) {
                        let entry = dict.entry(place);
                        if !first {
                            self.out.push_str(", ");
                        }
                        self.steps.push(Step::Dict {
                            dict,
                            place: place + 1,
                            first: false,
                        });
                        self.steps.push(Step::Value(entry.value));
                        self.steps.push(Step::Text(": "));
                        self.value(entry.key)?;
                    }
                }
                Step::Pairs { dict, place, first } => {
                    if let Some(place) = dict.next_place(place) {
                        let entry = dict.entry(place);
                        self.out.push_str(if first { "(" } else { ", (" });
                        self.steps.push(Step::Pairs {
                            dict,
                            place: place + 1,
                            first: false,
                        });
                        self.steps.push(Step::Text(")"));
                        self.steps.push(Step::Value(entry.value));
                        self.steps.push(Step::Text(", "));
                        self.value(entry.key)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Enters a container, or writes `again` if it is being shown already.
    fn enter(&mut self, container: Value, again: &str) -> Result<bool, ReprError> {
        if self.active.contains(&container) {
            self.out.push_str(again);
            return Ok(false);
        }
        if self.active.len() >= MAX_DEPTH {
            return Err(ReprError::Recursion);
        }
        self.active.push(container);
        self.steps.push(Step::Leave);
        Ok(true)
    }

    fn items(
        &mut self,
        open: &str,
        items: impl Into<std::borrow::Cow<'a, [Value]>>,
        close: &'static str,
    ) {
        self.out.push_str(open);
        self.steps.push(Step::Text(close));
        self.steps.push(Step::Items {
            items: items.into(),
            at: 0,
        });
    }

    /// A gap for script code to fill.
    fn script(&mut self, value: Value) {
        if !self.out.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.out)));
        }
        let shown = self.active[self.vm.shown.len().min(self.active.len())..].to_vec();
        self.pieces.push(Piece::Script(value, shown));
    }

    #[expect(
        clippy::too_many_lines,
        reason = "a line or two for each kind of value"
    )]
    fn value(&mut self, value: Value) -> Result<(), ReprError> {
        let vm = self.vm;
        let heap = &vm.heap;
        if vm.push_simple_repr(&mut self.out, value) {
            return Ok(());
        }
        match value {
            Value::Undef => self.out.push_str("<unset>"),
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) => {}
            Value::NotImplemented => self.out.push_str("NotImplemented"),
            Value::Ellipsis => self.out.push_str("Ellipsis"),
            Value::BigInt(id) => {
                let digits =
                    text::int_to_decimal_limited(IntRef::Big(&heap[id]), vm.int_digits as usize)
                        .map_err(ReprError::Text)?;
                self.out.push_str(&digits);
            }
            Value::Bytes(id) => self.out.push_str(&text::repr_bytes(&heap[id].data)),
            Value::ByteArray(id) => self.bytearray("bytearray", &heap[id].data),
            Value::List(id) => {
                if self.enter(value, "[...]")? {
                    self.items("[", &heap[id].items[..], "]");
                }
            }
            Value::Tuple(id) => {
                if self.enter(value, "(...)")? {
                    let items = &heap[id].items[..];
                    self.items("(", items, if items.len() == 1 { ",)" } else { ")" });
                }
            }
            Value::Dict(id) => {
                if self.enter(value, "{...}")? {
                    self.out.push('{');
                    self.steps.push(Step::Text("}"));
                    self.steps.push(Step::Dict {
                        dict: &heap[id],
                        place: 0,
                        first: true,
                    });
                }
            }
            Value::Set(_) => self.set(value, value, "set")?,
            Value::FrozenSet(_) => self.set(value, value, "frozenset")?,
            Value::DictView(id) => {
                let view = heap[id];
                if self.enter(value, "...")? {
                    let dict = &heap[view.dict];
                    let items: Vec<Value> = match view.kind {
                        ViewKind::Keys => dict.iter().map(|entry| entry.key).collect(),
                        ViewKind::Values => dict.iter().map(|entry| entry.value).collect(),
                        ViewKind::Items => {
                            self.out.push_str("dict_items([");
                            self.steps.push(Step::Text("])"));
                            self.steps.push(Step::Pairs {
                                dict,
                                place: 0,
                                first: true,
                            });
                            return Ok(());
                        }
                    };
                    let open = if view.kind == ViewKind::Keys {
                        "dict_keys(["
                    } else {
                        "dict_values(["
                    };
                    self.items(open, items, "])");
                }
            }
            Value::Range(id) => {
                let [start, stop, step] = vm.range_parts(heap[id]);
                let mut parts = vec![start, stop];
                if step != Value::Int(1) {
                    parts.push(step);
                }
                self.items("range(", parts, ")");
            }
            Value::Slice(id) => {
                let slice = heap[id];
                self.items("slice(", vec![slice.start, slice.stop, slice.step], ")");
            }
            Value::Instance(id) => self.instance(value, id)?,
            Value::Class(id)
                if let Some(&Value::Str(kind)) = heap[id].attributes.get(&names::CLASS_KIND)
                    && heap.text(kind).contains('.') =>
            {
                self.out.push_str(heap.text(kind));
            }
            // The stdlib's enums say what they are.
            Value::Class(id)
                if let Some(Value::Str(kind)) = vm.class_attribute(id, names::CLASS_KIND) =>
            {
                let name = heap.text(heap[id].name);
                self.out
                    .push_str(&format!("<{} '{name}'>", heap.text(kind)));
            }
            Value::Class(id) => self
                .out
                .push_str(&format!("<class '{}'>", vm.full_name(id))),
            Value::Function(id) => {
                let qualname = heap.text(heap[id].qualname);
                self.out.push_str(&format!(
                    "<function {qualname} at {:#x}>",
                    vm.address(value)
                ));
            }
            Value::Native(_) => self.out.push_str(&vm.native_repr(value, Value::Undef)),
            Value::BoundMethod(id) => {
                let method = heap[id];
                if let Value::Native(_) = method.function {
                    self.out
                        .push_str(&vm.native_repr(method.function, method.this));
                } else if self.enter(value, "...")? {
                    let name = match method.function {
                        Value::Function(function) => heap.text(heap[function].qualname).to_owned(),
                        other => vm.type_name(other).to_owned(),
                    };
                    self.out.push_str(&format!("<bound method {name} of "));
                    self.steps.push(Step::Text(">"));
                    self.steps.push(Step::Value(method.this));
                }
            }
            Value::Module(id) => {
                let name = heap.text(heap[id].name);
                // One that a program made has nothing behind it.
                let made = heap
                    .interned("__loader__")
                    .is_some_and(|loader| heap[id].globals.contains_key(&loader));
                let origin = if made { "" } else { " (built-in)" };
                self.out.push_str(&format!("<module '{name}'{origin}>"));
            }
            Value::Generator(id) | Value::Coroutine(id) | Value::AsyncGenerator(id) => {
                let kind = match value {
                    Value::Generator(_) => "generator",
                    Value::Coroutine(_) => "coroutine",
                    _ => "async_generator",
                };
                let qualname = heap.text(heap[heap[id].function].qualname);
                self.out.push_str(&format!(
                    "<{kind} object {qualname} at {:#x}>",
                    vm.address(value)
                ));
            }
            Value::StaticMethod(id) | Value::ClassMethod(id) => {
                if self.enter(value, "...")? {
                    self.out.push('<');
                    self.out.push_str(vm.type_name(value));
                    self.out.push('(');
                    self.steps.push(Step::Text(")>"));
                    self.steps.push(Step::Value(heap[id].value));
                }
            }
            Value::Super(id) => {
                let object = heap[id];
                let class = heap.text(heap[object.class].name);
                let this = heap.text(heap[object.order].name);
                self.out
                    .push_str(&format!("<super: <class '{class}'>, <{this} object>>"));
            }
            Value::GenericAlias(id) => {
                if self.enter(value, "...")? {
                    if heap[id].starred {
                        self.out.push('*');
                    }
                    let args = &heap[heap[id].args].items[..];
                    self.steps.push(Step::Text("]"));
                    self.steps.push(Step::Parameters { args, at: 0 });
                    let empty = args.is_empty();
                    self.steps.push(Step::Text(if empty { "[()" } else { "[" }));
                    self.type_parameter(heap[id].origin);
                }
            }
            Value::Cell(id) => {
                let held = heap[id].value;
                let content = if held.is_undef() {
                    "empty".to_owned()
                } else {
                    format!("{} object at {:#x}", vm.type_name(held), vm.address(held))
                };
                self.out
                    .push_str(&format!("<cell at {:#x}: {content}>", vm.address(value)));
            }
            Value::Iter(id) => {
                if let Iter::Wrapped { class, .. } | Iter::Library { class, .. } = &heap[id]
                    && heap[*class].specials.repr
                {
                    self.script(value);
                } else {
                    self.out.push_str(&vm.default_repr(value));
                }
            }
            Value::Property(_) | Value::Traceback(_) | Value::ExceptionState(_) => {
                self.out.push_str(&vm.default_repr(value));
            }
            Value::Loop(_)
            | Value::Future(_)
            | Value::Task(_)
            | Value::Handle(_)
            | Value::Awaitable(_)
            | Value::Primitive(_) => {
                self.script(value);
            }
        }
        Ok(())
    }

    fn bytearray(&mut self, name: &str, data: &[u8]) {
        self.out.push_str(name);
        self.out.push('(');
        // As CPython does, which escapes the apostrophe between quotation marks too.
        let shown = text::repr_bytes(data);
        if shown.starts_with("b\"") {
            self.out.push_str(&shown.replace('\'', "\\'"));
        } else {
            self.out.push_str(&shown);
        }
        self.out.push(')');
    }

    /// A set or frozenset, under the name of its class.
    fn set(&mut self, object: Value, set: Value, name: &str) -> Result<(), ReprError> {
        let (Value::Set(id) | Value::FrozenSet(id)) = set else {
            return Ok(());
        };
        if self.enter(object, &format!("{name}(...)"))? {
            let items: Vec<Value> = self.vm.heap[id].iter().map(|(_, item)| item).collect();
            if items.is_empty() {
                self.out.push_str(name);
                self.out.push_str("()");
            } else if name == "set" {
                self.items("{", items, "}");
            } else {
                self.items(&format!("{name}({{"), items, "})");
            }
        }
        Ok(())
    }

    fn instance(&mut self, value: Value, id: Id<Instance>) -> Result<(), ReprError> {
        let heap = &self.vm.heap;
        let instance = &heap[id];
        let class = &heap[instance.class];
        if class.specials.repr && self.by_base != Some(value) {
            self.script(value);
            return Ok(());
        }
        let name = heap.text(class.name);
        match class.base {
            NativeBase::Exception => {
                let args = &heap[self.vm.exception_state(id).args].items[..];
                if self.enter(value, "...")? {
                    self.items(&format!("{name}("), args, ")");
                }
            }
            NativeBase::Value(_) => match instance.slots[0] {
                set @ (Value::Set(_) | Value::FrozenSet(_)) => self.set(value, set, name)?,
                Value::ByteArray(data) => self.bytearray(name, &heap[data].data),
                native => return self.value(native),
            },
            NativeBase::Object | NativeBase::Sealed => {
                let text = self.vm.default_repr(value);
                self.out.push_str(&text);
            }
        }
        Ok(())
    }

    /// A class as a parameter of `list[…]`: its name only.
    fn type_parameter(&mut self, value: Value) {
        match value {
            Value::Class(id) => self.out.push_str(&self.vm.full_name(id)),
            Value::Ellipsis => self.out.push_str("..."),
            Value::Function(id) => {
                let function = &self.vm.heap[id];
                let module = self.vm.heap.text(function.module);
                if module != "builtins" {
                    self.out.push_str(module);
                    self.out.push('.');
                }
                self.out.push_str(self.vm.heap.text(function.qualname));
            }
            Value::List(id) => {
                let args = &self.vm.heap[id].items[..];
                self.out.push('[');
                self.steps.push(Step::Text("]"));
                self.steps.push(Step::Parameters { args, at: 0 });
            }
            other => self.steps.push(Step::Value(other)),
        }
    }
}
