//! Attributes of native objects that are no methods: `f.__name__`, `e.args`, `c.cr_frame`, `cls.__mro__`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::bytecode::FunctionKind;
use crate::heap::{Id, Value};
use crate::objects::{
    Bytes, Class, Coroutine, CoroutineState, Dict, Instance, Set, Str, Traceback, TracebackEntry,
};
use crate::vm::natives::{self, Home};
use crate::vm::{Raise, Vm, classes, names};

impl Vm {
    /// An attribute that the machine keeps in fields of its own; None if the object has no such.
    pub(crate) fn builtin_attribute(
        &mut self,
        object: Value,
        name: Id<Str>,
    ) -> Result<Option<Value>, Raise> {
        if name == names::CLASS {
            return Ok(Some(Value::Class(self.class_of(object))));
        }
        let has_own_doc = matches!(
            object,
            Value::Class(_)
                | Value::Function(_)
                | Value::Native(_)
                | Value::BoundMethod(_)
                | Value::Property(_)
                | Value::StaticMethod(_)
                | Value::ClassMethod(_)
                | Value::Super(_)
                | Value::Module(_)
        );
        if name == names::DOC && !has_own_doc {
            return Ok(Some(self.doc_of_class(self.class_of(object))));
        }
        let text = self.heap.copied_text(name);
        Ok(match object {
            Value::Instance(id) => {
                if name == names::DICT && self.heap[self.heap[id].class].slots.is_none() {
                    return Ok(Some(Value::Dict(self.instance_dict(id))));
                }
                if self.as_exception(object).is_some() {
                    return Ok(self.exception_attribute(id, &text));
                }
                match self.native_value(object) {
                    Value::Instance(_) => None,
                    native => return self.builtin_attribute(native, name),
                }
            }
            Value::Class(class) => self.class_field(class, &text),
            Value::Function(id) => {
                let function = &self.heap[id];
                match text.as_str() {
                    "__name__" => Some(Value::Str(function.name)),
                    "__qualname__" => Some(Value::Str(function.qualname)),
                    "__module__" => Some(Value::Str(function.module)),
                    "__doc__" => Some(function.doc),
                    "__defaults__" => Some(function.defaults.map_or(Value::None, Value::Tuple)),
                    "__kwdefaults__" => {
                        Some(function.keyword_defaults.map_or(Value::None, Value::Dict))
                    }
                    "__dict__" => Some(Value::Dict(self.function_dict(id))),
                    "__code__" => Some(object),
                    "__closure__" => {
                        if function.cells.is_empty() {
                            return Ok(Some(Value::None));
                        }
                        let cells: Vec<Value> = function
                            .cells
                            .iter()
                            .map(|&cell| Value::Cell(cell))
                            .collect();
                        Some(self.heap.tuple(cells))
                    }
                    "__type_params__" => Some(match function.type_params {
                        Some(params) => Value::Tuple(params),
                        None => self.heap.tuple(Vec::new()),
                    }),
                    _ => match self.code_field(function.code, &text) {
                        Some(value) => Some(value),
                        None => function_attribute(self, id, name),
                    },
                }
            }
            Value::Native(id) => {
                let native = self.native_fn(id);
                match text.as_str() {
                    "__name__" => Some(Value::Str(self.heap.intern(native.name))),
                    "__qualname__" => {
                        let owner = match natives::home(id) {
                            Home::Class(class)
                            | Home::ClassMethods(class)
                            | Home::StaticMethods(class) => {
                                format!("{}.", self.heap.text(self.heap[class].name))
                            }
                            Home::Module(_) | Home::Builtins | Home::Prelude => String::new(),
                        };
                        Some(self.heap.str(format!("{owner}{}", native.name)))
                    }
                    "__module__" => Some(match natives::home(id) {
                        Home::Module(module) => Value::Str(self.heap.intern(module)),
                        _ => Value::Str(names::BUILTINS),
                    }),
                    "__doc__" => Some(self.doc_of_native(id)),
                    "__self__" => Some(Value::None),
                    // What `help` shows.
                    "__acoro_params__" => Some(self.heap.str(native.params)),
                    _ => None,
                }
            }
            Value::BoundMethod(id) => {
                let method = self.heap[id];
                match text.as_str() {
                    "__self__" => Some(method.this),
                    "__func__" => Some(method.function),
                    _ => return self.builtin_attribute(method.function, name),
                }
            }
            Value::Generator(id) | Value::Coroutine(id) | Value::AsyncGenerator(id) => {
                self.coroutine_field(id, &text)
            }
            Value::Range(id) => {
                let [start, stop, step] = self.range_parts(self.heap[id]);
                match text.as_str() {
                    "start" => Some(start),
                    "stop" => Some(stop),
                    "step" => Some(step),
                    _ => None,
                }
            }
            Value::Slice(id) => {
                let slice = self.heap[id];
                match text.as_str() {
                    "start" => Some(slice.start),
                    "stop" => Some(slice.stop),
                    "step" => Some(slice.step),
                    _ => None,
                }
            }
            Value::Int(_) | Value::Bool(_) | Value::BigInt(_) => match text.as_str() {
                "real" | "numerator" => Some(match object {
                    Value::Bool(value) => Value::Int(i64::from(value)),
                    other => other,
                }),
                "imag" => Some(Value::Int(0)),
                "denominator" => Some(Value::Int(1)),
                _ => None,
            },
            Value::Float(_) => match text.as_str() {
                "real" => Some(object),
                "imag" => Some(Value::Float(0.0)),
                _ => None,
            },
            Value::Property(id) => {
                let property = self.heap[id];
                match text.as_str() {
                    "fget" => Some(property.get),
                    "fset" => Some(property.set),
                    "fdel" => Some(property.delete),
                    "__doc__" => Some(property.doc),
                    "__name__" if !property.name.is_none() => Some(property.name),
                    "__name__" if !property.get.is_none() => {
                        return self.builtin_attribute(property.get, name);
                    }
                    "__isabstractmethod__" => {
                        let functions = [property.get, property.set, property.delete];
                        let is = functions.iter().any(|&function| self.is_abstract(function));
                        Some(Value::Bool(is))
                    }
                    _ => None,
                }
            }
            Value::StaticMethod(cell) | Value::ClassMethod(cell) => match text.as_str() {
                "__func__" | "__wrapped__" => Some(self.heap[cell].value),
                _ => {
                    let inner = self.heap[cell].value;
                    return self.builtin_attribute(inner, name);
                }
            },
            Value::Super(id) => {
                let this = self.heap[id];
                match text.as_str() {
                    "__class__" => Some(Value::Class(classes::SUPER)),
                    "__thisclass__" => Some(Value::Class(this.class)),
                    "__self__" => Some(this.this),
                    "__self_class__" => Some(Value::Class(this.order)),
                    _ => None,
                }
            }
            Value::Cell(cell) => match text.as_str() {
                "cell_contents" => match self.heap[cell].value {
                    Value::Undef => return Err(self.value_error("Cell is empty")),
                    value => Some(value),
                },
                _ => None,
            },
            Value::Traceback(id) => self.traceback_field(id, &text),
            Value::Future(_)
            | Value::Task(_)
            | Value::Handle(_)
            | Value::Loop(_)
            | Value::Awaitable(_)
            | Value::Primitive(_) => self.event_loop_attribute(object, &text),
            _ => None,
        })
    }

    /// Sets such an attribute; false if the object has none of that name.
    pub(crate) fn set_builtin_attribute(
        &mut self,
        object: Value,
        name: Id<Str>,
        value: Value,
    ) -> Result<bool, Raise> {
        let text = self.heap.copied_text(name);
        match object {
            Value::Cell(cell) if text == "cell_contents" => {
                self.heap[cell].value = value;
                Ok(true)
            }
            Value::Instance(id) if self.as_exception(object).is_some() => {
                self.set_exception_field(id, &text, value)
            }
            Value::Instance(id) => match (text.as_str(), value) {
                ("__class__", Value::Class(class)) => {
                    self.change_class(id, class)?;
                    Ok(true)
                }
                ("__dict__", Value::Dict(new)) => {
                    self.instance_dict(id);
                    let first = self.heap.shapes[self.heap[id].shape].first as usize;
                    self.heap[id].slots[first] = Value::Dict(new);
                    Ok(true)
                }
                _ => match self.native_value(object) {
                    native @ (Value::Future(_) | Value::Task(_) | Value::Loop(_)) => {
                        self.set_inner_attribute(native, &text, value)
                    }
                    _ => Ok(false),
                },
            },
            Value::Function(id) => {
                match (text.as_str(), value) {
                    ("__name__", Value::Str(name)) => self.heap[id].name = name,
                    ("__qualname__", Value::Str(name)) => self.heap[id].qualname = name,
                    ("__module__", Value::Str(name)) => self.heap[id].module = name,
                    ("__name__" | "__qualname__", _) => {
                        return Err(
                            self.type_error(format!("{text} must be set to a string object"))
                        );
                    }
                    ("__doc__", _) => self.heap[id].doc = value,
                    ("__annotations__", Value::Dict(dict)) => {
                        self.heap[id].annotations = Some(dict);
                    }
                    ("__dict__", Value::Dict(dict)) => self.heap[id].attributes = Some(dict),
                    ("__dict__", _) => {
                        let message = format!(
                            "__dict__ must be set to a dictionary, not a '{}'",
                            self.type_name(value)
                        );
                        return Err(self.type_error(message));
                    }
                    ("__annotations__", Value::None) => self.heap[id].annotations = None,
                    ("__annotations__", _) => {
                        return Err(self.type_error("__annotations__ must be set to a dict object"));
                    }
                    ("__defaults__", Value::Tuple(defaults)) => {
                        self.heap[id].defaults = Some(defaults)
                    }
                    ("__defaults__", Value::None) => self.heap[id].defaults = None,
                    ("__defaults__", _) => {
                        return Err(self.type_error("__defaults__ must be set to a tuple object"));
                    }
                    ("__kwdefaults__", Value::Dict(defaults)) => {
                        self.heap[id].keyword_defaults = Some(defaults);
                    }
                    ("__kwdefaults__", Value::None) => self.heap[id].keyword_defaults = None,
                    ("__kwdefaults__", _) => {
                        return Err(self.type_error("__kwdefaults__ must be set to a dict object"));
                    }
                    ("__type_params__", Value::Tuple(params)) => {
                        self.heap[id].type_params = Some(params);
                    }
                    ("__type_params__", _) => {
                        return Err(self.type_error("__type_params__ must be set to a tuple"));
                    }
                    _ => {
                        let dict = self.function_dict(id);
                        self.dict_set_str(dict, name, value);
                    }
                }
                Ok(true)
            }
            Value::Property(id) if text == "__doc__" => {
                self.heap[id].doc = value;
                Ok(true)
            }
            Value::Future(_)
            | Value::Task(_)
            | Value::Handle(_)
            | Value::Loop(_)
            | Value::Primitive(_) => self.set_event_loop_attribute(object, &text, value),
            Value::Generator(id) | Value::Coroutine(id) | Value::AsyncGenerator(id)
                if matches!(text.as_str(), "__name__" | "__qualname__") =>
            {
                let Value::Str(value) = self.native_value(value) else {
                    return Err(self.type_error(format!("{text} must be set to a string object")));
                };
                // It gets a function of its own, which differs in the name.
                let mut function = self.heap[self.heap[id].function].clone();
                match text.as_str() {
                    "__name__" => function.name = value,
                    _ => function.qualname = value,
                }
                self.heap[id].function = self.heap.new_function(function);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn change_class(&mut self, id: Id<Instance>, class: Id<Class>) -> Result<(), Raise> {
        let old = self.heap[id].class;
        if self.heap[old].base != self.heap[class].base || self.heap[class].builtin {
            return Err(self.type_error(
                "__class__ assignment only supported for mutable types or ModuleType subclasses",
            ));
        }
        let dict = self.instance_dict(id);
        let root = self.heap[class].root_shape;
        let shape = self.heap.shapes.dictionary(root);
        let instance = &mut self.heap[id];
        instance.class = class;
        instance.shape = shape;
        debug_assert!(instance.slots.contains(&Value::Dict(dict)));
        Ok(())
    }

    fn function_dict(&mut self, id: Id<super::Function>) -> Id<Dict> {
        match self.heap[id].attributes {
            Some(dict) => dict,
            None => {
                let dict = self.heap.new_dict(Dict::default());
                self.heap[id].attributes = Some(dict);
                dict
            }
        }
    }

    fn class_field(&mut self, class: Id<Class>, text: &str) -> Option<Value> {
        let data = &self.heap[class];
        Some(match text {
            "__name__" => Value::Str(data.name),
            "__qualname__" => Value::Str(data.qualname),
            "__module__" => Value::Str(data.module),
            "__doc__" => self.doc_of_class(class),
            "__bases__" => {
                let bases: Vec<Value> = data.bases.iter().map(|&base| Value::Class(base)).collect();
                self.heap.tuple(bases)
            }
            "__base__" => data
                .bases
                .first()
                .map_or(Value::None, |&base| Value::Class(base)),
            "__mro__" => {
                let order: Vec<Value> = data
                    .order
                    .iter()
                    .map(|&class| Value::Class(class))
                    .collect();
                self.heap.tuple(order)
            }
            "__dict__" => {
                let rows: Vec<(Id<Str>, Value)> = data
                    .attributes
                    .iter()
                    .map(|(&name, &value)| (name, value))
                    .collect();
                let dict = self.heap.new_dict(Dict::default());
                for (name, value) in rows {
                    self.dict_set_str(dict, name, value);
                }
                Value::Dict(dict)
            }
            "__annotations__" if !data.builtin => Value::Dict(self.heap.new_dict(Dict::default())),
            "__type_params__" => self.heap.tuple(Vec::new()),
            "__abstractmethods__" => {
                let names = data.abstract_methods.clone();
                let set = self.heap.new_set(Set::default());
                for name in names {
                    let added = self.set_add(set, Value::Str(name));
                    debug_assert!(matches!(added, Ok(true)), "names are hashable");
                }
                Value::FrozenSet(set)
            }
            _ => return None,
        })
    }

    fn coroutine_field(&mut self, id: Id<Coroutine>, text: &str) -> Option<Value> {
        let coroutine = &self.heap[id];
        let function = coroutine.function;
        let (prefix, field) = text.split_once('_')?;
        match text {
            "__name__" => return Some(Value::Str(self.heap[function].name)),
            "__qualname__" => return Some(Value::Str(self.heap[function].qualname)),
            // A suspended frame is shown by its coroutine itself.
            "f_code" => return Some(Value::Function(function)),
            "f_lineno" => {
                let entry = TracebackEntry {
                    code: self.heap[function].code,
                    pc: coroutine.pc.saturating_sub(1),
                };
                let (source, span) = self.place(entry);
                return Some(Value::Int(i64::from(source.line_column(span.start).0)));
            }
            "f_back" if !self.is_running(id) => return Some(Value::None),
            "f_line" => {
                let entry = TracebackEntry {
                    code: self.heap[function].code,
                    pc: coroutine.pc.saturating_sub(1),
                };
                let (source, span) = self.place(entry);
                let line = source.line(source.line_column(span.start).0).trim();
                let line = line.to_owned();
                return Some(self.heap.str(line));
            }
            _ => {}
        }
        let expected = match self.heap[function].kind {
            FunctionKind::Plain | FunctionKind::Generator => "gi",
            FunctionKind::Coroutine => "cr",
            FunctionKind::AsyncGenerator => "ag",
        };
        if prefix != expected {
            return None;
        }
        Some(match field {
            "running" => Value::Bool(coroutine.step.is_some() || self.is_running(id)),
            "suspended" => {
                Value::Bool(coroutine.state == CoroutineState::Suspended && !self.is_running(id))
            }
            "code" => Value::Function(function),
            "await" | "yieldfrom" if self.is_running(id) => Value::None,
            "await" | "yieldfrom" => match coroutine.waiting {
                Value::Undef => Value::None,
                Value::Coroutine(child) | Value::Generator(child) => {
                    match self.heap[self.heap[child].function].kind {
                        FunctionKind::Coroutine => Value::Coroutine(child),
                        FunctionKind::AsyncGenerator => Value::AsyncGenerator(child),
                        FunctionKind::Plain | FunctionKind::Generator => Value::Generator(child),
                    }
                }
                other => other,
            },
            "frame" if coroutine.state == CoroutineState::Closed => Value::None,
            "frame" => match self.heap[function].kind {
                FunctionKind::Coroutine => Value::Coroutine(id),
                FunctionKind::AsyncGenerator => Value::AsyncGenerator(id),
                FunctionKind::Plain | FunctionKind::Generator => Value::Generator(id),
            },
            "origin" => Value::None,
            _ => return None,
        })
    }

    fn traceback_field(&mut self, id: Id<Traceback>, text: &str) -> Option<Value> {
        let entry = *self.heap[id].entries.first()?;
        Some(match text {
            "tb_lineno" => {
                let (source, span) = self.place(entry);
                Value::Int(i64::from(source.line_column(span.start).0))
            }
            "tb_next" => {
                let rest = self.heap[id].entries[1..].to_vec();
                if rest.is_empty() {
                    return Some(Value::None);
                }
                Value::Traceback(self.heap.new_traceback(Traceback { entries: rest }))
            }
            "tb_name" => Value::Str(self.codes[entry.code as usize].name),
            "tb_filename" => {
                let name = self.place(entry).0.name.clone();
                self.heap.str(name)
            }
            "tb_line" => {
                let (source, span) = self.place(entry);
                let line = source
                    .line(source.line_column(span.start).0)
                    .trim()
                    .to_owned();
                self.heap.str(line)
            }
            _ => return None,
        })
    }

    /// The traceback of an exception as it is now, if there is any: the very object that was given before if no frame came since.
    pub(crate) fn traceback_of(&mut self, exception: Id<Instance>) -> Option<Id<Traceback>> {
        let state = self.exception_state(exception);
        let length = state.traceback.len() as u32;
        if let Some((object, seen)) = state.traceback_object
            && seen == length
        {
            return Some(object);
        }
        let mut entries = state.traceback.to_vec();
        entries.reverse();
        entries.retain(|entry| !self.is_hidden(entry.code));
        if entries.is_empty() {
            return None;
        }
        let object = self.heap.new_traceback(Traceback { entries });
        self.exception_state_mut(exception).traceback_object = Some((object, length));
        Some(object)
    }

    /// Gives an exception the traceback that it had once, or that another one has. Frames that tracebacks don't show are lost with that.
    pub(crate) fn set_traceback(
        &mut self,
        exception: Id<Instance>,
        traceback: Option<Id<Traceback>>,
    ) {
        let state = self.exception_state(exception);
        let length = state.traceback.len() as u32;
        if traceback.map(|object| (object, length)) == state.traceback_object
            && traceback.is_some() == (length != 0)
        {
            return;
        }
        let entries: super::Trail = match traceback {
            None => super::Trail::new(),
            Some(object) => self.heap[object].entries.iter().rev().copied().collect(),
        };
        let state = self.exception_state_mut(exception);
        state.traceback_object = traceback.map(|object| (object, entries.len() as u32));
        state.traceback = entries;
    }

    fn exception_attribute(&mut self, id: Id<Instance>, text: &str) -> Option<Value> {
        let class = self.heap[id].class;
        let state = self.exception_state(id);
        let args = state.args;
        let first = |vm: &Vm, at: usize| vm.heap[args].items.get(at).copied();
        Some(match text {
            "args" => Value::Tuple(args),
            "__cause__" => state.cause.map_or(Value::None, Value::Instance),
            "__context__" => state.context.map_or(Value::None, Value::Instance),
            "__suppress_context__" => Value::Bool(state.suppress_context),
            "__traceback__" => self.traceback_of(id).map_or(Value::None, Value::Traceback),
            "value" if self.is_subclass(class, classes::STOP_ITERATION) => self.stop_value(id)?,
            "code" if self.is_subclass(class, classes::SYSTEM_EXIT) => {
                match self.heap[args].items.len() {
                    0 => Value::None,
                    1 => first(self, 0)?,
                    _ => Value::Tuple(args),
                }
            }
            "message" if self.is_subclass(class, classes::BASE_EXCEPTION_GROUP) => first(self, 0)?,
            "exceptions" if self.is_subclass(class, classes::BASE_EXCEPTION_GROUP) => {
                state.extra.or_none()
            }
            "msg" if self.is_subclass(class, classes::IMPORT_ERROR) => {
                match self.heap[args].items[..] {
                    [message] => message,
                    _ => Value::None,
                }
            }
            "msg" if self.is_subclass(class, classes::SYNTAX_ERROR) => {
                first(self, 0).unwrap_or(Value::None)
            }
            "name" | "path" | "name_from" if self.is_subclass(class, classes::IMPORT_ERROR) => {
                Value::None
            }
            "name" | "obj" if self.is_subclass(class, classes::ATTRIBUTE_ERROR) => Value::None,
            "name" if self.is_subclass(class, classes::NAME_ERROR) => Value::None,
            "filename" | "lineno" | "offset" | "text" | "end_lineno" | "end_offset"
                if self.is_subclass(class, classes::SYNTAX_ERROR) =>
            {
                let at = [
                    "filename",
                    "lineno",
                    "offset",
                    "text",
                    "end_lineno",
                    "end_offset",
                ]
                .iter()
                .position(|&name| name == text)?;
                match first(self, 1) {
                    Some(Value::Tuple(details)) => self.heap[details]
                        .items
                        .get(at)
                        .copied()
                        .unwrap_or(Value::None),
                    _ => Value::None,
                }
            }
            "errno" | "strerror" | "filename" | "filename2"
                if self.is_subclass(class, classes::OS_ERROR) =>
            {
                let at = match text {
                    "errno" => 0,
                    "strerror" => 1,
                    _ => return Some(Value::None),
                };
                if self.heap[args].items.len() == 2 {
                    first(self, at).unwrap_or(Value::None)
                } else {
                    Value::None
                }
            }
            "encoding" | "object" | "start" | "end" | "reason"
                if self.is_subclass(class, classes::UNICODE_ERROR) =>
            {
                let translates = self.is_subclass(class, classes::UNICODE_TRANSLATE_ERROR);
                let names = super::to_str::unicode_error_fields(translates);
                let at = names.iter().position(|&name| name == text)?;
                let value = first(self, at)?;
                // Of a decoding's object a copy is kept, whatever holds the bytes.
                let copied = text == "object" && !matches!(value, Value::Bytes(_) | Value::Str(_));
                match copied.then(|| self.bytes_like(value)).flatten() {
                    Some(id) => {
                        let data = self.heap[id].data.clone();
                        Value::Bytes(self.heap.new_bytes(Bytes { data }))
                    }
                    None => value,
                }
            }
            _ => return None,
        })
    }

    fn set_exception_field(
        &mut self,
        id: Id<Instance>,
        text: &str,
        value: Value,
    ) -> Result<bool, Raise> {
        let as_exception = self.as_exception(value);
        match text {
            "args" => {
                let items = match self.items_of(value)? {
                    Some(items) => items,
                    None => return Err(self.type_error("args must be a tuple")),
                };
                let Value::Tuple(args) = self.heap.tuple(items) else {
                    return Ok(false);
                };
                self.exception_state_mut(id).args = args;
            }
            "__cause__" => {
                if as_exception.is_none() && !value.is_none() {
                    return Err(self
                        .type_error("exception cause must be None or derive from BaseException"));
                }
                let state = self.exception_state_mut(id);
                state.cause = as_exception;
                state.suppress_context = true;
            }
            "__context__" => {
                if as_exception.is_none() && !value.is_none() {
                    return Err(self.type_error(
                        "exception context must be None or derive from BaseException",
                    ));
                }
                self.exception_state_mut(id).context = as_exception;
            }
            "__suppress_context__" => {
                self.exception_state_mut(id).suppress_context = value == Value::Bool(true);
            }
            "__traceback__" => {
                let traceback = match value {
                    Value::None => None,
                    Value::Traceback(traceback) => Some(traceback),
                    _ => return Err(self.type_error("__traceback__ must be a traceback or None")),
                };
                self.set_traceback(id, traceback);
            }
            "message" | "exceptions"
                if self.is_subclass(self.heap[id].class, classes::BASE_EXCEPTION_GROUP) =>
            {
                return Err(self.raise(classes::ATTRIBUTE_ERROR, "readonly attribute"));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn function_attribute(vm: &Vm, id: Id<super::Function>, name: Id<Str>) -> Option<Value> {
    vm.heap[id]
        .attributes
        .and_then(|dict| vm.dict_get_str(dict, name))
}
