//! Calling a class: making an instance.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::{NativeResult, ok};
use super::{Flow, FrameKind, Vm, classes, names, natives};
use crate::bytecode::FunctionKind;
use crate::heap::{Id, Value};
use crate::objects::{Class, Instance, NativeBase, Tuple};
use smallvec::smallvec;

impl Vm {
    /// Calls a class that is at `at`, with `count` arguments behind it.
    pub(crate) fn construct(
        &mut self,
        class: Id<Class>,
        at: usize,
        count: usize,
        names: Option<Value>,
        keywords: Value,
        place: u32,
    ) -> Flow {
        let data = &self.heap[class];
        if data.builtin && data.base != NativeBase::Exception || data.base == NativeBase::Sealed {
            return self.construct_builtin(class, at, count, names, keywords, place);
        }
        if data.specials.plain_exception
            && names.is_none()
            && keywords.is_undef()
            && data.abstract_methods.is_empty()
        {
            let items = self.fiber.stack[at + 1..at + 1 + count].into();
            let args = self.heap.new_tuple(Tuple { items });
            let made = self.exception_from_tuple(class, args);
            return self.settle_call(ok(Value::Instance(made)), place);
        }
        if data.specials.new {
            if let Some(new) = self.only_script_new(class) {
                self.insert_argument(at, count, Value::Class(class));
                self.fiber.stack[at] = Value::Function(new);
                return self.call_function(new, at + 1, count + 1, names, keywords, place);
            }
            return self.construct_in_prelude(class, at, count, names, keywords);
        }
        if !data.abstract_methods.is_empty() {
            let raise = self.abstract_error(class);
            return self.throw(raise);
        }
        let init = self.class_attribute(class, names::INIT);
        // A generator is no `__init__`, which is said once it has been called.
        if let Some(Value::Function(function)) = init
            && self.heap[function].kind != FunctionKind::Plain
        {
            return self.construct_in_prelude(class, at, count, names, keywords);
        }
        match self.heap[class].base {
            NativeBase::Object => {
                let shape = self.heap[class].root_shape;
                match init {
                    Some(Value::Function(init)) => {
                        let instance = self.heap.new_instance(Instance {
                            class,
                            shape,
                            slots: smallvec![],
                        });
                        // The class's place becomes `self`, so that the arguments stay where they are.
                        self.fiber.stack[at] = Value::Instance(instance);
                        let function = &self.heap[init];
                        let plain = function.takes_in_place(count + 1)
                            && names.is_none()
                            && keywords.is_undef();
                        if !plain {
                            let given = self.given(at, count + 1, names, keywords);
                            if let Err(raise) = self.bind(init, &given, at) {
                                return self.throw(raise);
                            }
                        }
                        self.push_function(init, at, FrameKind::Init(place, instance))
                    }
                    None | Some(Value::Native(_)) => {
                        let named =
                            matches!(keywords, Value::Dict(dict) if !self.heap[dict].is_empty());
                        if count > 0 || named {
                            let name = self.heap.text(self.heap[class].name).to_owned();
                            let raise = self.type_error(format!("{name}() takes no arguments"));
                            return self.throw(raise);
                        }
                        let instance = self.heap.new_instance(Instance {
                            class,
                            shape,
                            slots: smallvec![],
                        });
                        self.settle_call(ok(Value::Instance(instance)), place)
                    }
                    Some(_) => self.construct_in_prelude(class, at, count, names, keywords),
                }
            }
            NativeBase::Exception => {
                self.construct_exception(class, init, at, count, names, keywords, place)
            }
            NativeBase::Value(_) | NativeBase::Sealed => {
                self.construct_in_prelude(class, at, count, names, keywords)
            }
        }
    }

    /// The script's `__new__` when calling the class is calling that: there is no `__init__` to be called behind it, not even one
    /// of a derived class.
    fn only_script_new(&self, class: Id<Class>) -> Option<Id<crate::objects::Function>> {
        let data = &self.heap[class];
        let filled_later = [
            classes::LIST,
            classes::DICT,
            classes::SET,
            classes::BYTEARRAY,
        ];
        let simple = match data.base {
            NativeBase::Object => true,
            NativeBase::Value(base) => !filled_later.contains(&base),
            NativeBase::Exception | NativeBase::Sealed => false,
        };
        if !simple || data.specials.init || !data.subclasses.is_empty() {
            return None;
        }
        let function = match self.class_attribute(class, names::NEW)? {
            Value::StaticMethod(cell) => self.heap[cell].value,
            other => other,
        };
        match function {
            Value::Function(id) => Some(id),
            _ => None,
        }
    }

    /// A class of acoro's own: its `__new__` does everything.
    fn construct_builtin(
        &mut self,
        class: Id<Class>,
        at: usize,
        count: usize,
        names: Option<Value>,
        keywords: Value,
        place: u32,
    ) -> Flow {
        let Some(Value::Native(new)) = self.heap[class].attributes.get(&names::NEW).copied() else {
            let only = [
                (classes::NONE_TYPE, Value::None),
                (classes::NOT_IMPLEMENTED_TYPE, Value::NotImplemented),
                (classes::ELLIPSIS, Value::Ellipsis),
            ];
            let only = only.iter().find(|it| it.0 == class).map(|it| it.1);
            let name = self.heap.text(self.heap[class].name).to_owned();
            let raise = match only {
                Some(only) if count == 0 && names.is_none() && keywords.is_undef() => {
                    return self.settle_call(ok(only), place);
                }
                Some(Value::Ellipsis) => self.type_error("EllipsisType takes no arguments"),
                Some(_) => self.type_error(format!("{name} takes no arguments")),
                None => self.type_error(format!("cannot create '{name}' instances")),
            };
            return self.throw(raise);
        };
        let native = natives::get(new);
        // The class itself is the first argument, and already stands in front of the others.
        let plain = u8::try_from(count + 1).is_ok_and(|count| native.arity.plain(count));
        let result = if plain && names.is_none() && keywords.is_undef() {
            let named = native.arity.named as usize;
            self.ensure_window(at + named);
            for missing in count + 1..named {
                self.fiber.stack[at + missing] = Value::Undef;
            }
            self.invoke(native, super::Args::new(at, named))
        } else {
            let given = self.given(at, count + 1, names, keywords);
            self.call_native_with(native, &given, at + 1 + count)
        };
        self.settle_call(result, place)
    }

    #[expect(clippy::too_many_arguments, reason = "the shape of a call")]
    fn construct_exception(
        &mut self,
        class: Id<Class>,
        init: Option<Value>,
        at: usize,
        count: usize,
        names: Option<Value>,
        keywords: Value,
        place: u32,
    ) -> Flow {
        let given = self.given(at + 1, count, names, keywords);
        match init {
            Some(Value::Function(init)) => {
                let made = match self.new_exception_object(class, &given.positional) {
                    Ok(made) => made,
                    Err(raise) => return self.throw(raise),
                };
                self.fiber.stack[at] = Value::Instance(made);
                let given = self.given(at, count + 1, names, keywords);
                if let Err(raise) = self.bind(init, &given, at) {
                    return self.throw(raise);
                }
                self.push_function(init, at, FrameKind::Init(place, made))
            }
            None | Some(Value::Native(_)) => {
                let made = self
                    .check_unicode_error(class, &given.positional)
                    .and_then(|()| self.new_exception_object(class, &given.positional));
                let made = match made {
                    Ok(made) => made,
                    Err(raise) => return self.throw(raise),
                };
                for &(name, value) in &given.keywords {
                    if let Err(raise) = self.check_exception_keyword(class, name) {
                        return self.throw(raise);
                    }
                    self.set_exception_attribute(made, name, value);
                }
                self.settle_call(ok(Value::Instance(made)), place)
            }
            Some(_) => self.construct_in_prelude(class, at, count, names, keywords),
        }
    }

    /// Does the constructor of a builtin exception take this keyword?
    pub(crate) fn check_exception_keyword(
        &mut self,
        class: Id<Class>,
        name: Id<crate::objects::Str>,
    ) -> Result<(), super::Raise> {
        if self.exception_keyword(class, name) {
            return Ok(());
        }
        let takes = [
            classes::IMPORT_ERROR,
            classes::ATTRIBUTE_ERROR,
            classes::NAME_ERROR,
        ]
        .into_iter()
        .find(|&base| self.is_subclass(class, base));
        let named = takes.unwrap_or(class);
        let text = self.heap.text(self.heap[named].name).to_owned();
        let message = if takes.is_some() {
            let name = self.heap.text(name);
            let known: &[&str] = if named == classes::IMPORT_ERROR {
                &["name", "path", "name_from"]
            } else if named == classes::ATTRIBUTE_ERROR {
                &["name", "obj"]
            } else {
                &["name"]
            };
            let hint = crate::text::nearest(name, known.iter().copied())
                .map_or(String::new(), |near| format!(". Did you mean '{near}'?"));
            format!("{text}() got an unexpected keyword argument '{name}'{hint}")
        } else {
            format!("{text}() takes no keyword arguments")
        };
        Err(self.type_error(message))
    }

    /// Which keywords builtin exceptions take.
    fn exception_keyword(&self, class: Id<Class>, name: Id<crate::objects::Str>) -> bool {
        let text = self.heap.text(name);
        self.is_subclass(class, classes::IMPORT_ERROR)
            && matches!(text, "name" | "path" | "name_from")
            || self.is_subclass(class, classes::ATTRIBUTE_ERROR) && matches!(text, "name" | "obj")
            || self.is_subclass(class, classes::NAME_ERROR) && text == "name"
    }

    /// A class with its own `__new__`, a native base or an unusual `__init__`: the protocol is spelled out in the prelude.
    fn construct_in_prelude(
        &mut self,
        class: Id<Class>,
        at: usize,
        count: usize,
        names: Option<Value>,
        keywords: Value,
    ) -> Flow {
        let given = self.given(at + 1, count, names, keywords);
        let args = self.heap.tuple(given.positional.as_slice());
        let dict = self.heap.new_dict(crate::objects::Dict::default());
        for &(name, value) in &given.keywords {
            self.dict_set_str(dict, name, value);
        }
        let result = self.call_prelude(
            "_construct",
            &[Value::Class(class), args, Value::Dict(dict)],
        );
        self.settle(result)
    }

    pub(crate) fn abstract_error(&mut self, class: Id<Class>) -> super::Raise {
        let names: Vec<String> = self.heap[class]
            .abstract_methods
            .iter()
            .map(|&name| format!("'{}'", self.heap.text(name)))
            .collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        let message = format!(
            "Can't instantiate abstract class {} without an implementation for abstract method{plural} {}",
            self.heap.text(self.heap[class].name),
            names.join(", ")
        );
        self.type_error(message)
    }

    /// `object.__new__(class)`
    pub(crate) fn new_plain_instance(&mut self, class: Id<Class>) -> NativeResult {
        let data = &self.heap[class];
        let shape = data.root_shape;
        match data.base {
            NativeBase::Object => {
                if !data.abstract_methods.is_empty() {
                    return Err(self.abstract_error(class));
                }
                ok(Value::Instance(self.heap.new_instance(Instance {
                    class,
                    shape,
                    slots: smallvec![],
                })))
            }
            NativeBase::Exception => {
                let made = self.new_exception_with(class, &[]);
                ok(Value::Instance(made))
            }
            NativeBase::Value(_) | NativeBase::Sealed => {
                let name = self.heap.text(data.name).to_owned();
                Err(self.type_error(format!(
                    "object.__new__({name}) is not safe, use {name}.__new__()"
                )))
            }
        }
    }

    /// A native value as an instance of `class`: itself when that is its own class.
    pub(crate) fn wrap_native(&mut self, class: Value, value: Value) -> Value {
        match class {
            Value::Class(class) if !self.heap[class].builtin => {
                let shape = self.heap[class].root_shape;
                Value::Instance(self.heap.new_instance(Instance {
                    class,
                    shape,
                    slots: smallvec![value],
                }))
            }
            _ => value,
        }
    }
}
