//! Making classes: bases, method resolution order, specials.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::{self, NativeResult, ok};
use super::{Raise, Vm, classes, names};
use crate::heap::{Id, NameMap, Value};
use crate::objects::{Class, Dict, NativeBase, Specials, Str};

/// Primitives of asyncio: instances of classes derived from them are shown by natives that know the class.
const PRIMITIVES: [Id<Class>; 4] = [
    classes::LOCK,
    classes::EVENT,
    classes::SEMAPHORE,
    classes::QUEUE,
];

/// A function of the module `abc`.
pub(crate) const ABC: &[native::NativeFn] = &[native::native(
    "_update_abstract",
    "cls, /",
    update_abstract,
)];

/// A class has other attributes now: which of its methods are abstract?
fn update_abstract(vm: &mut Vm, args: native::Args) -> native::NativeResult {
    if let Value::Class(class) = args.get(vm, 0)
        && !vm.heap[class].builtin
    {
        let found = vm.find_abstract(&vm.heap[class].order);
        vm.heap[class].abstract_methods = found;
        vm.class_changed(class);
    }
    native::ok(Value::None)
}

impl Vm {
    /// Makes a class of its name, bases and namespace. Hooks (`__set_name__`, `__init_subclass__`) are not called yet.
    pub(crate) fn make_class(
        &mut self,
        name: Id<Str>,
        bases: &[Value],
        namespace: Id<Dict>,
    ) -> Result<Id<Class>, Raise> {
        let mut parents: Vec<Id<Class>> = Vec::new();
        for &base in bases {
            match base {
                Value::Class(class) => {
                    if parents.contains(&class) {
                        let text = self.heap.text(self.heap[class].name).to_owned();
                        return Err(self.type_error(format!("duplicate base class {text}")));
                    }
                    parents.push(class);
                }
                _ => {
                    return Err(self.type_error(
                        "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
                    ));
                }
            }
        }
        if parents.is_empty() {
            parents.push(classes::OBJECT);
        }
        let base = self.common_base(&parents)?;
        let order = self.linearize(&parents)?;
        let mut attributes: NameMap<Value> = NameMap::default();
        let entries: Vec<_> = self.heap[namespace].iter().collect();
        for entry in entries {
            if let Value::Str(key) = entry.key {
                let key = self.heap.intern_id(key);
                let value = self.class_value(entry.value);
                attributes.insert(key, value);
            }
        }
        let annotated = attributes.shift_remove(&names::ANNOTATED).is_some();
        let qualname = match attributes.shift_remove(&names::QUALNAME) {
            Some(Value::Str(text)) => text,
            _ => name,
        };
        let module = match attributes.get(&names::MODULE) {
            Some(&Value::Str(text)) => text,
            // One that `type` makes is of the module that asked for it.
            _ => match self.current_entry() {
                Some(entry) => {
                    let module = self.codes[entry.code as usize].module;
                    match self.module_variable(module, names::NAME) {
                        Value::Str(name) => name,
                        _ => names::MAIN,
                    }
                }
                None => names::MAIN,
            },
        };
        if attributes.contains_key(&names::EQ) && !attributes.contains_key(&names::HASH) {
            attributes.insert(names::HASH, Value::None);
        }
        for implicit in [names::INIT_SUBCLASS, names::CLASS_GETITEM] {
            if let Some(&function @ Value::Function(_)) = attributes.get(&implicit) {
                let cell = self.heap.new_cell(crate::objects::Cell { value: function });
                attributes.insert(implicit, Value::ClassMethod(cell));
            }
        }
        if let Some(&function @ Value::Function(_)) = attributes.get(&names::NEW) {
            let cell = self.heap.new_cell(crate::objects::Cell { value: function });
            attributes.insert(names::NEW, Value::StaticMethod(cell));
        }
        self.check_slots(&attributes, &parents)?;
        let slots = self.slots_of(name, &attributes, &parents);
        let class = self.heap.new_class(Class {
            name,
            qualname,
            module,
            bases: parents.clone(),
            order: Vec::new(),
            attributes,
            subclasses: Vec::new(),
            base,
            root_shape: 0,
            builtin: false,
            specials: Specials::default(),
            slots,
            abstract_methods: Vec::new(),
            annotated,
        });
        let mut full = vec![class];
        full.extend(order);
        let has_payload = matches!(base, NativeBase::Value(_) | NativeBase::Exception);
        let shape = self.heap.shapes.root(class, has_payload);
        let specials = self.find_specials(&full);
        let abstract_methods = self.find_abstract(&full);
        self.heap.update(class, |class| {
            class.order = full;
            class.root_shape = shape;
            class.specials = specials;
            class.abstract_methods = abstract_methods;
        });
        for parent in parents {
            self.heap
                .update(parent, |parent| parent.subclasses.push(class));
        }
        Ok(class)
    }

    /// The native base that all bases agree on.
    fn common_base(&mut self, parents: &[Id<Class>]) -> Result<NativeBase, Raise> {
        let mut base = NativeBase::Object;
        for &parent in parents {
            let other = self.heap[parent].base;
            if other == NativeBase::Sealed {
                let name = self.heap.text(self.heap[parent].name).to_owned();
                return Err(
                    self.type_error(format!("type '{name}' is not an acceptable base type"))
                );
            }
            if other == NativeBase::Object {
                continue;
            }
            if base != NativeBase::Object && base != other {
                return Err(self.type_error("multiple bases have instance lay-out conflict"));
            }
            base = other;
        }
        Ok(base)
    }

    /// C3.
    fn linearize(&mut self, parents: &[Id<Class>]) -> Result<Vec<Id<Class>>, Raise> {
        let mut lines: Vec<Vec<Id<Class>>> = parents
            .iter()
            .map(|&parent| self.heap[parent].order.clone())
            .collect();
        lines.push(parents.to_vec());
        let mut order = Vec::new();
        loop {
            lines.retain(|line| !line.is_empty());
            if lines.is_empty() {
                return Ok(order);
            }
            let next = lines
                .iter()
                .map(|line| line[0])
                .find(|candidate| !lines.iter().any(|line| line[1..].contains(candidate)));
            let Some(next) = next else {
                let mut heads: Vec<Id<Class>> = Vec::new();
                for line in &lines {
                    if !heads.contains(&line[0]) {
                        heads.push(line[0]);
                    }
                }
                let heads: Vec<&str> = heads
                    .iter()
                    .map(|&head| self.heap.text(self.heap[head].name))
                    .collect();
                let heads = heads.join(", ");
                return Err(self.type_error(format!(
                    "Cannot create a consistent method resolution order (MRO) for bases {heads}"
                )));
            };
            order.push(next);
            for line in &mut lines {
                if line[0] == next {
                    line.remove(0);
                }
            }
        }
    }

    /// What `__slots__` says, if there is one.
    pub(crate) fn declared_slots(&self, attributes: &NameMap<Value>) -> Option<Vec<Id<Str>>> {
        let items: Vec<Value> = match *attributes.get(&names::SLOTS)? {
            own @ Value::Str(_) => vec![own],
            Value::Tuple(tuple) => self.heap[tuple].items.to_vec(),
            Value::List(list) => self.heap[list].items.clone(),
            Value::Dict(dict) => self.heap[dict].iter().map(|entry| entry.key).collect(),
            _ => return None,
        };
        let names = items.into_iter().filter_map(|item| match item {
            Value::Str(name) => Some(name),
            _ => None,
        });
        Some(names.collect())
    }

    /// The names in `__slots__` that are slots.
    fn slot_names(&self, attributes: &NameMap<Value>) -> Vec<Id<Str>> {
        let names = self.declared_slots(attributes).unwrap_or_default();
        names
            .into_iter()
            .filter(|&name| !matches!(self.heap.text(name), "__dict__" | "__weakref__"))
            .collect()
    }

    /// A slot can't have the name of a class variable, and two bases can't both have slots, if neither is the other's.
    fn check_slots(
        &mut self,
        attributes: &NameMap<Value>,
        parents: &[Id<Class>],
    ) -> Result<(), Raise> {
        for name in self.slot_names(attributes) {
            let text = self.heap.text(name).to_owned();
            if attributes
                .keys()
                .any(|&other| self.heap.text(other) == text)
            {
                let message = format!("'{text}' in __slots__ conflicts with class variable");
                return Err(self.value_error(message));
            }
        }
        let mut solid: Option<Id<Class>> = None;
        for &parent in parents {
            let own = self.heap[parent]
                .order
                .iter()
                .copied()
                .find(|&class| !self.slot_names(&self.heap[class].attributes).is_empty());
            match (solid, own) {
                (Some(a), Some(b)) if !self.is_subclass(a, b) => {
                    if !self.is_subclass(b, a) {
                        return Err(
                            self.type_error("multiple bases have instance lay-out conflict")
                        );
                    }
                    solid = own;
                }
                (None, Some(_)) => solid = own,
                _ => {}
            }
        }
        Ok(())
    }

    /// `__slots__`, when no class in the order gives its instances a `__dict__`.
    fn slots_of(
        &mut self,
        class_name: Id<Str>,
        attributes: &NameMap<Value>,
        parents: &[Id<Class>],
    ) -> Option<Vec<Id<Str>>> {
        let own = self.declared_slots(attributes)?;
        let mut slots = Vec::new();
        for &parent in parents {
            if self.heap[parent].builtin {
                continue;
            }
            slots.extend(self.heap[parent].slots.as_ref()?.iter().copied());
        }
        for text in own {
            if self.heap.text(text) == "__dict__" {
                return None;
            }
            // A private name is the class's own.
            let text = match self.heap.text(text) {
                private if private.starts_with("__") && !private.ends_with("__") => {
                    let owner = self.heap.text(class_name).trim_start_matches('_');
                    let mangled = format!("_{owner}{private}");
                    self.heap.intern(&mangled)
                }
                _ => self.heap.intern_id(text),
            };
            slots.push(text);
        }
        Some(slots)
    }

    /// Which special methods a class of this order finds on a script class.
    pub(crate) fn find_specials(&self, order: &[Id<Class>]) -> Specials {
        let find = |name: Id<Str>| -> Option<Value> {
            order.iter().find_map(|&class| {
                let class = &self.heap[class];
                class
                    .attributes
                    .get(&name)
                    .copied()
                    .map(|value| if class.builtin { Value::Undef } else { value })
            })
        };
        let script =
            |name: Id<Str>| find(name).is_some_and(|value| !value.is_undef() && !value.is_none());
        // What shows more than the object that it has inside.
        let shown = |bases: &[Id<Class>]| order.iter().any(|class| bases.contains(class));
        let is_property = shown(&[classes::PROPERTY]);
        let data_descriptor = is_property || script(names::SET) || script(names::DELETE);
        Specials {
            getattr: script(names::GETATTR),
            getattribute: script(names::GETATTRIBUTE),
            setattr: script(names::SETATTR),
            delattr: script(names::DELATTR),
            eq: script(names::EQ) || find(names::EQ) == Some(Value::None),
            hash: script(names::HASH),
            unhashable: find(names::HASH) == Some(Value::None),
            truth: [names::BOOL, names::LEN]
                .into_iter()
                .any(|name| find(name).is_some_and(|value| !value.is_undef())),
            repr: script(names::REPR) || shown(&PRIMITIVES),
            str: script(names::STR) || shown(&[classes::QUEUE]),
            new: script(names::NEW),
            init: script(names::INIT),
            only_init: match find(names::INIT) {
                Some(Value::Function(init)) if !script(names::NEW) => Some(init),
                _ => None,
            },
            only_new: match find(names::CLASS_CALL) {
                Some(Value::Native(call)) => Some(call),
                _ => None,
            },
            plain_exception: self.makes_plain_exceptions(order),
            iter: script(names::ITER),
            descriptor: data_descriptor || script(names::GET),
            data_descriptor,
        }
    }

    /// Is calling a class of this order nothing but keeping the arguments in a new exception?
    pub(super) fn makes_plain_exceptions(&self, order: &[Id<Class>]) -> bool {
        let picky = [
            classes::BASE_EXCEPTION_GROUP,
            classes::OS_ERROR,
            classes::UNICODE_DECODE_ERROR,
            classes::UNICODE_ENCODE_ERROR,
            classes::UNICODE_TRANSLATE_ERROR,
        ];
        let native = |name: Id<Str>| {
            let mut found = order
                .iter()
                .filter_map(|&class| self.heap[class].attributes.get(&name));
            matches!(found.next(), None | Some(Value::Native(_)))
        };
        order.contains(&classes::BASE_EXCEPTION)
            && !order.iter().any(|class| picky.contains(class))
            && native(names::NEW)
            && native(names::INIT)
    }

    /// Abstract methods that nothing in the order implements; only classes that derive from `abc.ABC` (they have the mark) count.
    fn find_abstract(&self, order: &[Id<Class>]) -> Vec<Id<Str>> {
        let Some(mark) = self.heap.interned("__acoro_abstract__") else {
            return Vec::new();
        };
        if !order
            .iter()
            .any(|&class| self.heap[class].attributes.contains_key(&mark))
        {
            return Vec::new();
        }
        let mut found: Vec<Id<Str>> = Vec::new();
        for &class in order {
            for (&name, &value) in &self.heap[class].attributes {
                if !found.contains(&name) && self.is_abstract(value) {
                    let first = order
                        .iter()
                        .find_map(|&class| self.heap[class].attributes.get(&name));
                    if first.is_some_and(|&first| self.is_abstract(first)) {
                        found.push(name);
                    }
                }
            }
        }
        found.sort_by_key(|&name| self.heap.text(name));
        found
    }

    /// Does the attribute carry `__isabstractmethod__`?
    pub(crate) fn is_abstract(&self, mut value: Value) -> bool {
        loop {
            value = match value {
                Value::Function(id) => {
                    return self.heap[id]
                        .attributes
                        .and_then(|dict| self.dict_get_str(dict, names::ABSTRACT))
                        .is_some();
                }
                Value::Property(id) => self.heap[id].get,
                Value::ClassMethod(cell) | Value::StaticMethod(cell) => self.heap[cell].value,
                _ => return false,
            };
        }
    }

    /// Second half of a `class` statement, its body having run: makes the class, and calls the hooks if there are any.
    pub(crate) fn finish_class(
        &mut self,
        name: Value,
        bases: Value,
        namespace: Value,
        keywords: Value,
        cell: Value,
    ) -> NativeResult {
        let (Value::Str(name), Value::Tuple(bases), Value::Dict(namespace)) =
            (name, bases, namespace)
        else {
            panic!("invariant broken: the operands of a class statement");
        };
        let bases: Vec<Value> = self.heap[bases].items.to_vec();
        let maker = self.heap.interned("__acoro_make_class__");
        let is_special = |base: &Value| match base {
            Value::Class(class) => {
                maker.is_some_and(|name| self.class_attribute(*class, name).is_some())
            }
            _ => true,
        };
        if bases.iter().any(is_special) {
            let list = self.heap.list(bases);
            return self.call_prelude(
                "_class_with_entries",
                &[
                    Value::Str(name),
                    list,
                    Value::Dict(namespace),
                    keywords,
                    cell,
                ],
            );
        }
        // A metaclass is ABCMeta or one like it: what it makes can be abstract.
        let metaclass = self.heap.intern("metaclass");
        if let Value::Dict(keywords) = keywords
            && let Some(metaclass) = self.dict_get_str(keywords, metaclass)
            && metaclass != Value::Class(classes::TYPE)
        {
            let mark = self.heap.intern("__acoro_abstract__");
            self.dict_set_str(namespace, mark, Value::Bool(true));
        }
        let class = self.make_class(name, &bases, namespace)?;
        if let Value::Cell(cell) = cell {
            self.heap[cell].value = Value::Class(class);
        }
        let mut hooks: Vec<Value> = Vec::new();
        for (&name, &value) in &self.heap[class].attributes {
            let is_hooked = match value {
                Value::Instance(id) => self
                    .class_attribute(self.heap[id].class, names::SET_NAME)
                    .is_some(),
                _ => false,
            };
            if is_hooked {
                hooks.push(Value::Str(name));
            }
        }
        // Properties learn their names here; descriptors are told theirs by script code.
        self.name_properties(class);
        let inherits_hook = self.heap[class].order[1..].iter().any(|&parent| {
            !self.heap[parent].builtin
                && self.heap[parent]
                    .attributes
                    .contains_key(&names::INIT_SUBCLASS)
        });
        let has_keywords = matches!(keywords, Value::Dict(dict) if !self.heap[dict].is_empty());
        if hooks.is_empty() && !inherits_hook && !has_keywords {
            return ok(Value::Class(class));
        }
        let hooks = self.heap.list(hooks);
        self.call_prelude("_finish_class", &[Value::Class(class), hooks, keywords])
    }

    fn name_properties(&mut self, class: Id<Class>) {
        let named: Vec<(Id<Str>, Id<crate::objects::Property>)> = self.heap[class]
            .attributes
            .iter()
            .filter_map(|(&name, &value)| match value {
                Value::Property(id) => Some((name, id)),
                _ => None,
            })
            .collect();
        for (name, id) in named {
            if self.heap[id].name.is_none() {
                self.heap[id].name = Value::Str(name);
            }
        }
    }
}
