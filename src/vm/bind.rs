//! Binding the arguments of a call to parameters: the general way, for everything that the run loop's short way leaves.

use super::native::{Args, Arity, NativeFn};
use super::{Raise, Vm, classes, names};
use crate::heap::{Id, Value};
use crate::objects::{Class, Dict, Function, NativeBase, Str};
use smallvec::SmallVec;

/// The arguments of a call, lifted off the stack.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) positional: SmallVec<[Value; 8]>,
    pub(crate) keywords: SmallVec<[(Id<Str>, Value); 4]>,
}

impl Vm {
    /// Collects `count` arguments from `start`, the last of which have the names of the tuple `names`, and the items of the
    /// dict `spread`.
    pub(crate) fn given(
        &mut self,
        start: usize,
        count: usize,
        names: Option<Value>,
        spread: Value,
    ) -> Given {
        let mut given = Given::default();
        let names: &[Value] = match names {
            Some(Value::Tuple(names)) => &self.heap[names].items,
            _ => &[],
        };
        let positional = count - names.len();
        given
            .positional
            .extend_from_slice(&self.fiber.stack[start..start + positional]);
        for (at, name) in names.iter().enumerate() {
            if let Value::Str(name) = name {
                given
                    .keywords
                    .push((*name, self.fiber.stack[start + positional + at]));
            }
        }
        if let Value::Dict(dict) = spread {
            let mut from = 0;
            while let Some(place) = self.heap[dict].next_place(from) {
                from = place + 1;
                let item = self.heap[dict].entry(place);
                if let Value::Str(name) = self.native_value(item.key) {
                    let name = self.heap.intern_id(name);
                    given.keywords.push((name, item.value));
                }
            }
        }
        given
    }

    /// Binds to a script function's parameters; they go to the registers at `base`.
    pub(crate) fn bind(
        &mut self,
        id: Id<Function>,
        given: &Given,
        base: usize,
    ) -> Result<(), Raise> {
        let function = &self.heap[id];
        let code = function.code as usize;
        let (defaults, keyword_defaults) = (function.defaults, function.keyword_defaults);
        let params = self.codes[code].params();
        let positional = params.positional as usize;
        let positional_only = params.positional_only as usize;
        let named = positional + params.keyword_only as usize;
        let (vararg, kwarg) = (params.vararg, params.kwarg);
        let total = named + usize::from(vararg) + usize::from(kwarg);
        self.ensure_window(base + total);
        let given_positional = given.positional.len();
        let taken = given_positional.min(positional);
        self.fiber.stack[base..base + taken].copy_from_slice(&given.positional[..taken]);
        self.fiber.stack[base + taken..base + total].fill(Value::Undef);
        let mut rest: Vec<(Id<Str>, Value)> = Vec::new();
        let mut misplaced: Vec<Id<Str>> = Vec::new();
        for &(name, value) in &given.keywords {
            let names = &self.codes[code].parameters[..named];
            match names.iter().position(|&parameter| parameter == name) {
                Some(at) if at >= positional_only => {
                    if !self.fiber.stack[base + at].is_undef() {
                        let (function, name) =
                            (self.function_name(id), self.heap.text(name).to_owned());
                        return Err(self.type_error(format!(
                            "{function}() got multiple values for argument '{name}'"
                        )));
                    }
                    self.fiber.stack[base + at] = value;
                }
                found if !kwarg => {
                    if found.is_some() {
                        misplaced.push(name);
                        continue;
                    }
                    let (function, text) =
                        (self.function_name(id), self.heap.text(name).to_owned());
                    let names: Vec<String> = self.codes[code].parameters[positional_only..named]
                        .iter()
                        .map(|&name| self.heap.text(name).to_owned())
                        .collect();
                    let hint = crate::text::nearest(&text, names.iter().map(String::as_str))
                        .map_or(String::new(), |near| format!(". Did you mean '{near}'?"));
                    return Err(self.type_error(format!(
                        "{function}() got an unexpected keyword argument '{text}'{hint}"
                    )));
                }
                _ => {
                    if rest.iter().any(|&(other, _)| other == name) {
                        let (function, name) =
                            (self.function_name(id), self.heap.text(name).to_owned());
                        return Err(self.type_error(format!(
                            "{function}() got multiple values for keyword argument '{name}'"
                        )));
                    }
                    rest.push((name, value));
                }
            }
        }
        if !misplaced.is_empty() {
            let names: Vec<&str> = misplaced.iter().map(|&name| self.heap.text(name)).collect();
            let names = names.join(", ");
            let function = self.function_name(id);
            return Err(self.type_error(format!(
                "{function}() got some positional-only arguments passed as keyword arguments: '{names}'"
            )));
        }
        if given_positional > positional && !vararg {
            return Err(self.too_many_positional(id, given));
        }
        if let Some(defaults) = defaults {
            let items = &self.heap[defaults].items;
            let first = positional - items.len().min(positional);
            for (at, &value) in (first..).zip(items.iter()) {
                let place = &mut self.fiber.stack[base + at];
                if place.is_undef() {
                    *place = value;
                }
            }
        }
        if let Some(dict) = keyword_defaults {
            for at in positional..named {
                if self.fiber.stack[base + at].is_undef() {
                    let name = self.codes[code].parameters[at];
                    if let Some(value) = self.dict_get_str(dict, name) {
                        self.fiber.stack[base + at] = value;
                    }
                }
            }
        }
        if self.fiber.stack[base..base + named]
            .iter()
            .any(|value| value.is_undef())
        {
            return Err(self.missing_arguments(id, base));
        }
        if vararg {
            let extra: Box<[Value]> = given.positional[taken..].into();
            self.fiber.stack[base + named] = self.heap.tuple(extra);
        }
        if kwarg {
            let dict = self.heap.new_dict(Dict::default());
            for (name, value) in rest {
                self.dict_set_str(dict, name, value);
            }
            self.fiber.stack[base + named + usize::from(vararg)] = Value::Dict(dict);
        }
        Ok(())
    }

    fn function_name(&self, id: Id<Function>) -> String {
        self.heap.text(self.heap[id].qualname).to_owned()
    }

    #[cold]
    fn too_many_positional(&mut self, id: Id<Function>, given: &Given) -> Raise {
        let function = &self.heap[id];
        let loaded = &self.codes[function.code as usize];
        let params = loaded.params();
        let positional = params.positional as usize;
        let defaults = function
            .defaults
            .map_or(0, |defaults| self.heap[defaults].items.len());
        let keyword_only_given = given
            .keywords
            .iter()
            .filter(|(name, _)| {
                loaded.parameters[positional..positional + params.keyword_only as usize]
                    .contains(name)
            })
            .count();
        let takes = if defaults > 0 {
            format!("from {} to {positional}", positional - defaults)
        } else {
            positional.to_string()
        };
        let plural = if positional == 1 && defaults == 0 {
            ""
        } else {
            "s"
        };
        let count = given.positional.len();
        let were = if keyword_only_given > 0 {
            let s = if count == 1 { "" } else { "s" };
            let ks = if keyword_only_given == 1 { "" } else { "s" };
            format!(
                "positional argument{s} (and {keyword_only_given} keyword-only argument{ks}) were given"
            )
        } else if count == 1 {
            "was given".to_owned()
        } else {
            "were given".to_owned()
        };
        let name = self.function_name(id);
        self.type_error(format!(
            "{name}() takes {takes} positional argument{plural} but {count} {were}"
        ))
    }

    #[cold]
    fn missing_arguments(&mut self, id: Id<Function>, base: usize) -> Raise {
        let loaded = &self.codes[self.heap[id].code as usize];
        let params = loaded.params();
        let positional = params.positional as usize;
        let named = positional + params.keyword_only as usize;
        let unset = |range: std::ops::Range<usize>| -> Vec<String> {
            range
                .filter(|&at| self.fiber.stack[base + at].is_undef())
                .map(|at| format!("'{}'", self.heap.text(loaded.parameters[at])))
                .collect()
        };
        let mut missing = unset(0..positional);
        let mut kind = "positional";
        if missing.is_empty() {
            missing = unset(positional..named);
            kind = "keyword-only";
        }
        let count = missing.len();
        let list = enumerated(&missing);
        let plural = if count == 1 { "" } else { "s" };
        let name = self.function_name(id);
        self.type_error(format!(
            "{name}() missing {count} required {kind} argument{plural}: {list}"
        ))
    }

    /// What error messages call a native: a constructor has its class's name.
    fn native_name(&self, native: &NativeFn, given: &Given) -> String {
        match given.positional.first() {
            Some(&Value::Class(class)) if native.name == "__new__" => self.native_class_name(class),
            Some(&this) if native.name == "__init__" => self.native_class_name(self.class_of(this)),
            _ => native.name.to_owned(),
        }
    }

    /// The name of the class of the machine's own that makes a class's instances: itself, or what it is derived from.
    fn native_class_name(&self, class: Id<Class>) -> String {
        let own = match self.heap[class].base {
            NativeBase::Exception => None,
            NativeBase::Object | NativeBase::Value(_) | NativeBase::Sealed => {
                let order = &self.heap[class].order;
                order.iter().find(|&&base| self.heap[base].builtin)
            }
        };
        let class = *own.unwrap_or(&class);
        self.heap.text(self.heap[class].name).to_owned()
    }

    /// Does a constructor let keywords pass that it does not know, because a derived class has an `__init__` or a `__new__` for them?
    fn leaves_keywords(&self, native: &NativeFn, given: &Given) -> bool {
        let (class, other) = match (native.name, given.positional.first()) {
            ("__new__", Some(&Value::Class(class))) => (class, names::INIT),
            ("__init__", Some(&this @ Value::Instance(_))) => (self.class_of(this), names::NEW),
            _ => return false,
        };
        let kept = match self.heap[class].base {
            NativeBase::Value(base) if native.name == "__init__" => base == classes::LIST,
            NativeBase::Value(_) => true,
            NativeBase::Object | NativeBase::Exception | NativeBase::Sealed => false,
        };
        kept && !matches!(
            self.class_attribute(class, other),
            None | Some(Value::Native(_))
        )
    }

    /// Binds to a native's parameters, in a scratch area at `base`.
    pub(crate) fn bind_native(
        &mut self,
        native: &NativeFn,
        given: &Given,
        base: usize,
    ) -> Result<Args, Raise> {
        let arity = native.arity;
        let named = arity.named as usize;
        let first_extra = named + usize::from(arity.kwarg);
        let extra = given
            .positional
            .len()
            .saturating_sub(arity.positional as usize);
        let short = given.positional.len() < arity.required as usize
            && (given.keywords.is_empty()
                || has_keywords(native.params)
                    && given.positional.len() < positional_only_parameters(native.params));
        if (extra > 0 && !arity.vararg) || short {
            return Err(self.native_arity_error(native, given));
        }
        self.ensure_window(base + first_extra + extra);
        let taken = given.positional.len() - extra;
        self.fiber.stack[base..base + first_extra].fill(Value::Undef);
        self.fiber.stack[base..base + taken].copy_from_slice(&given.positional[..taken]);
        self.fiber.stack[base + first_extra..base + first_extra + extra]
            .copy_from_slice(&given.positional[taken..]);
        let mut rest: Option<Id<Dict>> = None;
        for &(name, value) in &given.keywords {
            let text = self.heap.text(name);
            match parameter_index(native.params, text) {
                Some((at, positional_only)) if !positional_only => {
                    if !self.fiber.stack[base + at].is_undef() {
                        if let Some(name) = self.python_name(native) {
                            let message =
                                format!("{name}() got multiple values for argument '{text}'");
                            return Err(self.type_error(message));
                        }
                        let message = format!(
                            "argument for {}() given by name ('{text}') and position ({})",
                            self.native_name(native, given),
                            at + 1
                        );
                        return Err(self.type_error(message));
                    }
                    self.fiber.stack[base + at] = value;
                }
                _ if arity.kwarg => {
                    let dict = match rest {
                        Some(dict) => dict,
                        None => *rest.insert(self.heap.new_dict(Dict::default())),
                    };
                    self.dict_set_str(dict, name, value);
                }
                _ => {
                    let takes_keywords = has_keywords(native.params);
                    if !takes_keywords && self.leaves_keywords(native, given) {
                        continue;
                    }
                    let text = text.to_owned();
                    let owner = match self.native_name(native, given) {
                        name if name == "sorted" => "sort".to_owned(),
                        name => name,
                    };
                    let hint = crate::text::nearest(&text, parameter_names(native.params))
                        .map_or(String::new(), |near| format!(". Did you mean '{near}'?"));
                    let owner = self.python_name(native).unwrap_or(owner);
                    return Err(if takes_keywords {
                        self.type_error(format!(
                            "{owner}() got an unexpected keyword argument '{text}'{hint}"
                        ))
                    } else {
                        let class = given.positional.first().copied().filter(|_| {
                            native.params.starts_with("self") && native.name != "__init__"
                        });
                        let class = match (class, given.positional.first()) {
                            (Some(this), _) => format!("{}.", self.short_type_name(this)),
                            (None, Some(&Value::Class(class))) if native.name != "__new__" => {
                                format!("{}.", self.heap.text(self.heap[class].name))
                            }
                            _ => String::new(),
                        };
                        self.type_error(format!("{class}{owner}() takes no keyword arguments"))
                    });
                }
            }
        }
        if let Some(dict) = rest {
            self.fiber.stack[base + named] = Value::Dict(dict);
        }
        let required = arity.required as usize;
        if let Some(at) = (0..required).find(|&at| self.fiber.stack[base + at].is_undef()) {
            let name = parameter_names(native.params)
                .nth(at)
                .unwrap_or("?")
                .to_owned();
            if let Some(name) = self.python_name(native) {
                return Err(self.python_arity_error(native, &name, given));
            }
            return Err(self.type_error(format!(
                "{}() missing required argument '{name}' (pos {})",
                self.native_name(native, given),
                at + 1
            )));
        }
        Ok(Args::new(base, first_extra + extra))
    }

    fn is_numeric(&self, value: Option<Value>) -> bool {
        value.is_some_and(|value| self.number(value).is_some())
    }

    #[cold]
    fn native_arity_error(&mut self, native: &NativeFn, given: &Given) -> Raise {
        if let Some(name) = self.python_name(native) {
            return self.python_arity_error(native, &name, given);
        }
        let is_method = native.params.starts_with("self") || native.params.starts_with("cls");
        let hidden = usize::from(is_method);
        let count = given.positional.len().saturating_sub(hidden);
        let (required, most) = (
            (native.arity.required as usize).saturating_sub(hidden),
            (native.arity.positional as usize).saturating_sub(hidden),
        );
        let class = given.positional.first().copied().filter(|_| is_method);
        let name = match class {
            Some(value) if native.params.starts_with("self") => {
                let class = self.type_name(value).rsplit('.').next();
                format!("{}.{}", class.unwrap_or_default(), native.name)
            }
            Some(Value::Class(class)) => self.heap.text(self.heap[class].name).to_owned(),
            _ => match super::natives::module_of_row(native) {
                Some("asyncio") => format!("_asyncio.{}", native.name),
                Some(module) => format!("{module}.{}", native.name),
                None => native.name.to_owned(),
            },
        };
        let short = self.native_name(native, given);
        if native.name != "__new__" && is_method && class.is_none() {
            let owner = super::natives::class_of_row(native).map_or(String::new(), |class| {
                format!("{}.", self.heap.text(self.heap[class].name))
            });
            return self.type_error(match owner.strip_suffix('.') {
                Some(owner) if is_slot_wrapper(native.name) => format!(
                    "descriptor '{}' of '{owner}' object needs an argument",
                    native.name
                ),
                _ => format!("unbound method {owner}{}() needs an argument", native.name),
            });
        }
        let s = |n: usize| if n == 1 { "" } else { "s" };
        let slot = is_slot_wrapper(native.name)
            || match (native.name, class) {
                ("__getitem__", Some(this)) => {
                    !matches!(self.native_value(this), Value::List(_) | Value::Dict(_))
                }
                ("__contains__", Some(this)) => !matches!(
                    self.native_value(this),
                    Value::Dict(_) | Value::Set(_) | Value::FrozenSet(_)
                ),
                _ => false,
            };
        if is_method && slot && given.keywords.is_empty() {
            let bound = match count < required {
                _ if required == most => "",
                true => "at least ",
                false => "at most ",
            };
            let wanted = if count < required { required } else { most };
            // Those that CPython unpacks by a function that is given no name.
            let gap = match native.name {
                "__mul__" | "__rmul__" | "__imul__" if !self.is_numeric(class) => " ",
                "__setitem__" | "__pow__" | "__rpow__" => " ",
                _ => "",
            };
            return self.type_error(format!(
                "{gap}expected {bound}{wanted} argument{}, got {count}",
                s(wanted)
            ));
        }
        // CPython words it in three ways, by how the function takes its arguments.
        let positional_only = !has_keywords(native.params)
            || native.name == "sorted"
            || native.name == "__new__"
                && (native.params.starts_with("cls, x=0,")
                    || native.params.starts_with("cls, object=''"));
        self.type_error(if !positional_only && !native.arity.vararg {
            let total = native.arity.named as usize - hidden;
            let all = count + given.keywords.len();
            if all > total {
                let bound = if required == total {
                    "exactly"
                } else {
                    "at most"
                };
                format!(
                    "{short}() takes {bound} {total} argument{} ({all} given)",
                    s(total)
                )
            } else if count > most && most == 0 {
                format!("{short}() takes no positional arguments")
            } else if count > most {
                let bound = if required == most {
                    "exactly"
                } else {
                    "at most"
                };
                format!(
                    "{short}() takes {bound} {most} positional argument{} ({count} given)",
                    s(most)
                )
            } else {
                let needed = positional_only_parameters(native.params)
                    .saturating_sub(hidden)
                    .min(required);
                if count < needed {
                    let bound = if needed == most {
                        "exactly"
                    } else {
                        "at least"
                    };
                    format!(
                        "{short}() takes {bound} {needed} positional argument{} ({count} given)",
                        s(needed)
                    )
                } else {
                    let name = parameter_names(native.params)
                        .nth(count + hidden)
                        .unwrap_or("?");
                    let place = if native.name == "__new__" {
                        String::new()
                    } else {
                        format!(" (pos {})", count + 1)
                    };
                    format!("{short}() missing required argument '{name}'{place}")
                }
            }
        } else if required == most && most == 0 {
            format!("{name}() takes no arguments ({count} given)")
        } else if required == most
            && most == 1
            && native.name != "__new__"
            && native.name != "sorted"
        {
            format!("{name}() takes exactly one argument ({count} given)")
        } else if required == most && !native.arity.vararg {
            format!(
                "{short} expected {required} argument{}, got {count}",
                s(required)
            )
        } else if count < required {
            format!(
                "{short} expected at least {required} argument{}, got {count}",
                s(required)
            )
        } else {
            format!(
                "{short} expected at most {most} argument{}, got {count}",
                s(most)
            )
        })
    }
}

/// What in CPython is written in Python, of the module `asyncio`.
const PYTHON_FUNCTIONS: &[&str] = &[
    "sleep",
    "create_task",
    "ensure_future",
    "gather",
    "iscoroutine",
    "iscoroutinefunction",
    "isfuture",
    "set_event_loop",
    "new_event_loop",
    "all_tasks",
];

/// Classes that CPython has in Python, with the names of those that have their methods.
const PYTHON_CLASSES: &[(Id<Class>, &str)] = &[
    (classes::EVENT_LOOP, "BaseEventLoop"),
    (classes::HANDLE, "Handle"),
    (classes::TIMER_HANDLE, "TimerHandle"),
    (classes::LOCK, "Lock"),
    (classes::EVENT, "Event"),
    (classes::SEMAPHORE, "Semaphore"),
    (classes::BOUNDED_SEMAPHORE, "BoundedSemaphore"),
    (classes::QUEUE, "Queue"),
    (classes::LIFO_QUEUE, "Queue"),
];

impl Vm {
    /// The qualified name of a native that stands for a function CPython has in Python, and whose errors say so.
    #[cold]
    fn python_name(&self, native: &NativeFn) -> Option<String> {
        if super::natives::module_of_row(native) == Some("asyncio")
            && PYTHON_FUNCTIONS.contains(&native.name)
        {
            return Some(native.name.to_owned());
        }
        let class = super::natives::class_of_row(native)?;
        let &(_, owner) = PYTHON_CLASSES.iter().find(|row| row.0 == class)?;
        let name = match native.name {
            "__new__" => "__init__",
            name => name,
        };
        Some(format!("{owner}.{name}"))
    }

    /// The number of arguments is wrong, as a function written in Python says it.
    #[cold]
    fn python_arity_error(&mut self, native: &NativeFn, name: &str, given: &Given) -> Raise {
        let (required, most) = (
            native.arity.required as usize,
            native.arity.positional as usize,
        );
        let count = given.positional.len();
        let s = |n: usize| if n == 1 { "" } else { "s" };
        if count > most {
            let takes = if required == most {
                format!("{most}")
            } else {
                format!("from {required} to {most}")
            };
            let were = if count == 1 { "was" } else { "were" };
            return self.type_error(format!(
                "{name}() takes {takes} positional argument{} but {count} {were} given",
                s(most)
            ));
        }
        let missing: Vec<String> = parameter_names(native.params)
            .take(required)
            .skip(count)
            .filter(|parameter| {
                !given
                    .keywords
                    .iter()
                    .any(|&(name, _)| self.heap.text(name) == *parameter)
            })
            .map(|parameter| format!("'{parameter}'"))
            .collect();
        let number = missing.len();
        self.type_error(format!(
            "{name}() missing {number} required positional argument{}: {}",
            s(number),
            enumerated(&missing)
        ))
    }
}

/// Is a method of this name what CPython calls a slot wrapper, which words its complaints in its own way?
fn is_slot_wrapper(name: &str) -> bool {
    let Some(name) = name
        .strip_prefix("__")
        .and_then(|name| name.strip_suffix("__"))
    else {
        return false;
    };
    // As they are in `operator`; with an `r` or an `i` in front they are the reflected and the in-place form.
    const OPERATORS: &[&str] = &[
        "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift", "and", "or",
        "xor", "matmul", "divmod",
    ];
    const OTHERS: &[&str] = &[
        "neg", "pos", "invert", "abs", "bool", "int", "index", "float", "eq", "ne", "lt", "le",
        "gt", "ge", "hash", "repr", "str", "len", "iter", "next", "setitem", "delitem",
    ];
    let plain = name
        .strip_prefix(['r', 'i'])
        .filter(|plain| OPERATORS.contains(plain));
    plain.is_some() || OPERATORS.contains(&name) || OTHERS.contains(&name)
}

/// How many parameters stand in front of the `/`.
fn positional_only_parameters(params: &str) -> usize {
    params
        .split(',')
        .map(str::trim)
        .position(|part| part == "/")
        .unwrap_or(0)
}

impl Arity {
    /// Does a call with this many positional arguments, and no others, give all that have a place, and perhaps more?
    #[inline]
    pub(crate) fn takes_any(&self, count: usize) -> bool {
        self.vararg && !self.kwarg && count >= self.positional as usize
    }
}

/// `'a', 'b', and 'c'`
fn enumerated(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [init @ .., last] => format!("{}, and {last}", init.join(", ")),
    }
}

/// The named parameters of a native's parameter text.
fn parameter_names(params: &str) -> impl Iterator<Item = &str> {
    params
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty() && !part.starts_with('*') && *part != "/")
        .map(|part| part.split('=').next().unwrap_or(part).trim())
}

/// The place of a named parameter, and whether it is positional-only.
fn parameter_index(params: &str, name: &str) -> Option<(usize, bool)> {
    let at = parameter_names(params).position(|parameter| parameter == name)?;
    let slash = params
        .split(',')
        .map(str::trim)
        .position(|part| part == "/");
    Some((at, slash.is_some_and(|slash| at < slash)))
}

/// Does any parameter take a keyword?
fn has_keywords(params: &str) -> bool {
    let parts: Vec<&str> = params
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    match parts.iter().position(|part| *part == "/") {
        Some(slash) => parts[slash + 1..].iter().any(|part| !part.starts_with('*')),
        None => parts.iter().any(|part| !part.starts_with('*')),
    }
}
