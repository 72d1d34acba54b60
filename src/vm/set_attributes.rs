//! Setting and deleting attributes, and what a change of a class means to what is remembered of it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::{NativeResult, ok};
use super::{Cached, Raise, Vm, classes, names, native};
use crate::bytecode::{Intrinsic, Op};
use crate::heap::{Id, Value};
use crate::objects::{Class, Dict, Instance, NativeBase, Str};

impl Vm {
    /// `object.name = value`
    pub fn set_attribute(&mut self, object: Value, name: Id<Str>, value: Value) -> NativeResult {
        match object {
            Value::Instance(id) => {
                let class = self.heap[id].class;
                if self.heap[class].specials.setattr
                    && let Some(method) = self.class_attribute(class, names::SETATTR)
                {
                    return self.call_class_attribute(method, object, &[Value::Str(name), value]);
                }
                self.set_instance_attribute(id, name, value)
            }
            Value::Class(class) => {
                if self.heap[class].builtin {
                    let (name, class) = (
                        self.heap.text(name).to_owned(),
                        self.heap.text(self.heap[class].name).to_owned(),
                    );
                    return Err(self.type_error(format!(
                        "cannot set '{name}' attribute of immutable type '{class}'"
                    )));
                }
                self.set_class_attribute(class, name, value)
            }
            Value::Module(module) => {
                if self.is_builtins(module) {
                    self.replace_builtin(name, value);
                }
                self.set_module_global(module, name, value);
                ok(Value::None)
            }
            _ => {
                if self.set_builtin_attribute(object, name, value)? {
                    return ok(Value::None);
                }
                Err(self.cannot_set(object, name))
            }
        }
    }

    fn cannot_set(&mut self, object: Value, name: Id<Str>) -> Raise {
        let class = self.class_of(object);
        let (owner, text) = (
            self.type_name(object).to_owned(),
            self.heap.text(name).to_owned(),
        );
        let is_field = !matches!(object, Value::Instance(_))
            && name != names::DOC
            && matches!(self.builtin_attribute(object, name), Ok(Some(_)));
        let message = if is_field && matches!(object, Value::Range(_) | Value::Slice(_)) {
            "readonly attribute".to_owned()
        } else if is_field {
            let owner = match object {
                Value::Bool(_) => "int".to_owned(),
                _ => owner,
            };
            format!("attribute '{text}' of '{owner}' objects is not writable")
        } else if name == names::DOC || self.class_attribute(class, name).is_some() {
            format!("'{owner}' object attribute '{text}' is read-only")
        } else {
            format!(
                "'{owner}' object has no attribute '{text}' and no __dict__ for setting new attributes"
            )
        };
        self.attribute_error_with(object, name, message)
    }

    /// `SetAttr`, when its cache did not know.
    pub(crate) fn set_attribute_at(
        &mut self,
        object: Value,
        site: u32,
        value: Value,
    ) -> NativeResult {
        let name = self.sites[site as usize].name;
        if let Value::Instance(id) = object {
            let (class, shape) = (self.heap[id].class, self.heap[id].shape);
            let class_data = &self.heap[class];
            let plain = !class_data.specials.setattr
                && class_data
                    .slots
                    .as_ref()
                    .is_none_or(|slots| slots.contains(&name))
                && class != classes::OBJECT
                && class_data.base != NativeBase::Exception
                && !self.heap.shapes[shape].dictionary
                && name != names::CLASS
                && name != names::DICT
                && !self
                    .class_attribute(class, name)
                    .is_some_and(|attribute| self.is_data_descriptor(attribute));
            if plain {
                if let Some(&slot) = self.heap.shapes[shape].slots.get(&name) {
                    self.sites[site as usize].remember_slot(shape, slot);
                } else if let Some(next) = self.heap.shapes.with_attribute(shape, name) {
                    self.sites[site as usize].remember(Cached::AddSlot { shape, next });
                }
            }
        }
        self.set_attribute(object, name, value)
    }

    /// `object.__setattr__`: without asking a script's `__setattr__`.
    pub(crate) fn set_instance_attribute(
        &mut self,
        id: Id<Instance>,
        name: Id<Str>,
        value: Value,
    ) -> NativeResult {
        let class = self.heap[id].class;
        let object = Value::Instance(id);
        match self.class_attribute(class, name) {
            Some(Value::Property(property)) => {
                let set = self.heap[property].set;
                if set.is_none() {
                    return Err(self.property_lacks(property, object, "setter"));
                }
                return native::call(set, &[object, value]);
            }
            Some(attribute @ Value::Instance(descriptor))
                if self.heap[self.heap[descriptor].class]
                    .specials
                    .data_descriptor =>
            {
                return match self.call_special(attribute, names::SET, &[object, value]) {
                    Some(result) => result,
                    None => Err(self.raise(classes::ATTRIBUTE_ERROR, "__set__")),
                };
            }
            _ => {}
        }
        if self.set_builtin_attribute(object, name, value)? {
            return ok(Value::None);
        }
        let refused = match &self.heap[class].slots {
            Some(slots) => !slots.contains(&name),
            None => class == classes::OBJECT,
        };
        if refused {
            return Err(self.cannot_set(object, name));
        }
        self.store_attribute(id, name, value);
        ok(Value::None)
    }

    /// Puts an attribute into an instance.
    pub(crate) fn store_attribute(&mut self, id: Id<Instance>, name: Id<Str>, value: Value) {
        let shape = self.heap[id].shape;
        if !self.heap.shapes[shape].dictionary {
            if let Some(&slot) = self.heap.shapes[shape].slots.get(&name) {
                let instance = &mut self.heap[id];
                instance.slots[slot as usize] = value;
                return;
            }
            if let Some(next) = self.heap.shapes.with_attribute(shape, name) {
                self.heap.update(id, |instance| {
                    instance.slots.push(value);
                    instance.shape = next;
                });
                return;
            }
        }
        let dict = self.dict_for(id, name);
        self.dict_set_str(dict, name, value);
    }

    /// The dict in which an instance keeps an attribute of this name from now on: its `__dict__`, or behind that the dict of the
    /// names in `__slots__`.
    fn dict_for(&mut self, id: Id<Instance>, name: Id<Str>) -> Id<Dict> {
        let dict = self.instance_dict(id);
        let instance = &self.heap[id];
        match instance.slots.last() {
            Some(&Value::Dict(slotted))
                if slotted != dict && self.declares_slot(instance.class, name) =>
            {
                slotted
            }
            _ => dict,
        }
    }

    /// `del object.name`
    pub fn delete_attribute(&mut self, object: Value, name: Id<Str>) -> NativeResult {
        match object {
            Value::Instance(id) => {
                let class = self.heap[id].class;
                if self.heap[class].specials.delattr
                    && let Some(method) = self.class_attribute(class, names::DELATTR)
                {
                    return self.call_class_attribute(method, object, &[Value::Str(name)]);
                }
                self.delete_instance_attribute(id, name)
            }
            Value::Class(class) if self.is_member(class, name) => {
                let text = format!(
                    "'{}' cannot delete member '{}'.",
                    self.heap.text(self.heap[class].name),
                    self.heap.text(name)
                );
                Err(self.raise(classes::ATTRIBUTE_ERROR, text))
            }
            Value::Class(class) if !self.heap[class].builtin => {
                if self
                    .heap
                    .update(class, |class| class.attributes.shift_remove(&name))
                    .is_none()
                {
                    let text = format!(
                        "type object '{}' has no attribute '{}'",
                        self.heap.text(self.heap[class].name),
                        self.heap.text(name)
                    );
                    return Err(self.attribute_error_with(object, name, text));
                }
                self.class_changed(class);
                ok(Value::None)
            }
            Value::Class(class) => {
                let (name, class) = (
                    self.heap.text(name).to_owned(),
                    self.heap.text(self.heap[class].name).to_owned(),
                );
                Err(self.type_error(format!(
                    "cannot set '{name}' attribute of immutable type '{class}'"
                )))
            }
            Value::Module(module) => {
                if let Some(&slot) = self.heap[module].globals.get(&name)
                    && !self.globals[slot as usize].is_undef()
                {
                    self.globals[slot as usize] = Value::Undef;
                    if self.is_builtins(module) {
                        self.replace_builtin(name, Value::Undef);
                    }
                    return ok(Value::None);
                }
                Err(self.attribute_error(object, name))
            }
            Value::Function(id) if name == names::DOC => {
                self.heap[id].doc = Value::None;
                ok(Value::None)
            }
            Value::Function(id) if name == names::DEFAULTS => {
                self.heap[id].defaults = None;
                ok(Value::None)
            }
            Value::Function(id) => {
                if let Some(dict) = self.heap[id].attributes
                    && self.dict_remove_str(dict, name)
                {
                    return ok(Value::None);
                }
                Err(self.attribute_error(object, name))
            }
            Value::Cell(cell) if self.heap.text(name) == "cell_contents" => {
                self.heap[cell].value = Value::Undef;
                ok(Value::None)
            }
            Value::Future(_) | Value::Task(_) | Value::Loop(_) => {
                match self.event_loop_dict(object) {
                    Some(dict) if self.dict_remove_str(dict, name) => ok(Value::None),
                    _ => Err(self.attribute_error(object, name)),
                }
            }
            Value::Generator(_) | Value::Coroutine(_) | Value::AsyncGenerator(_)
                if name == names::NAME || name == names::QUALNAME =>
            {
                let text = self.heap.text(name).to_owned();
                Err(self.type_error(format!("{text} must be set to a string object")))
            }
            _ => Err(self.cannot_set(object, name)),
        }
    }

    /// `object.__delattr__`
    pub(crate) fn delete_instance_attribute(
        &mut self,
        id: Id<Instance>,
        name: Id<Str>,
    ) -> NativeResult {
        let class = self.heap[id].class;
        let object = Value::Instance(id);
        match self.class_attribute(class, name) {
            Some(Value::Property(property)) => {
                let delete = self.heap[property].delete;
                if delete.is_none() {
                    return Err(self.property_lacks(property, object, "deleter"));
                }
                return native::call(delete, &[object]);
            }
            Some(attribute @ Value::Instance(descriptor))
                if self.heap[self.heap[descriptor].class]
                    .specials
                    .data_descriptor =>
            {
                return match self.call_special(attribute, names::DELETE, &[object]) {
                    Some(result) => result,
                    None => Err(self.raise(classes::ATTRIBUTE_ERROR, "__delete__")),
                };
            }
            _ => {}
        }
        if self.heap[class].base == NativeBase::Exception
            && matches!(
                self.heap.text(name),
                "args" | "__cause__" | "__context__" | "__traceback__"
            )
        {
            let text = format!("{} may not be deleted", self.heap.text(name));
            return Err(self.type_error(text));
        }
        if self.own_attribute(id, name).is_none() {
            return Err(match &self.heap[class].slots {
                Some(slots) if slots.contains(&name) => {
                    let text = self.heap.text(name).to_owned();
                    self.raise(classes::ATTRIBUTE_ERROR, text)
                }
                Some(_) => self.cannot_set(object, name),
                None => {
                    let name = self.heap.text(name);
                    let text = format!(
                        "'{}' object has no attribute '{name}'",
                        self.type_name(object)
                    );
                    self.raise(classes::ATTRIBUTE_ERROR, text)
                }
            });
        }
        if self.heap[class].slots.is_some() && !self.heap.shapes[self.heap[id].shape].dictionary {
            let shape = self.heap[id].shape;
            if let Some(&slot) = self.heap.shapes[shape].slots.get(&name)
                && let Some(without) = self.heap.shapes.without(shape, name)
            {
                self.heap.update(id, |instance| {
                    instance.slots.remove(slot as usize);
                    instance.shape = without;
                });
            }
            return ok(Value::None);
        }
        if let Some(before) = self.heap.shapes.without_last(self.heap[id].shape, name) {
            self.heap.update(id, |instance| {
                instance.slots.pop();
                instance.shape = before;
            });
            return ok(Value::None);
        }
        let dict = self.dict_for(id, name);
        self.dict_remove_str(dict, name);
        ok(Value::None)
    }

    /// Gives an exception an attribute.
    pub(crate) fn set_exception_attribute(
        &mut self,
        exception: Id<Instance>,
        name: Id<Str>,
        value: Value,
    ) {
        self.store_attribute(exception, name, value);
    }

    /// Sets an attribute of a script class.
    pub(crate) fn set_class_attribute(
        &mut self,
        class: Id<Class>,
        name: Id<Str>,
        value: Value,
    ) -> NativeResult {
        if name == names::BASES {
            return Err(self.type_error("acoro can't change the bases of a class"));
        }
        if name == names::NAME || name == names::QUALNAME {
            if let Value::Str(text) = value {
                let text = self.heap.intern_id(text);
                if name == names::NAME {
                    self.heap[class].name = text;
                } else {
                    self.heap[class].qualname = text;
                }
            }
            return ok(Value::None);
        }
        if name == names::ANNOTATIONS {
            self.heap[class].annotated = false;
        }
        if name == names::MODULE
            && let Value::Str(text) = value
        {
            self.heap[class].module = text;
        }
        // The members of an enum stay what they are.
        if self.is_member(class, name) {
            let name = self.heap.text(name);
            let message = format!("cannot reassign member '{name}'");
            return Err(self.raise(classes::ATTRIBUTE_ERROR, message));
        }
        let value = self.class_value(value);
        let old = self
            .heap
            .update(class, |class| class.attributes.insert(name, value));
        // A plain value for a plain value changes nothing that a cache could have seen.
        let plain = |value: Value| {
            !matches!(
                value,
                Value::Function(_)
                    | Value::Native(_)
                    | Value::Property(_)
                    | Value::Instance(_)
                    | Value::ClassMethod(_)
                    | Value::StaticMethod(_)
            )
        };
        if !old.is_some_and(|old| plain(old) && plain(value)) {
            self.class_changed(class);
        }
        ok(Value::None)
    }

    /// A class has other attributes now: its specials and those of its subclasses are found anew, and all caches emptied.
    pub(crate) fn class_changed(&mut self, class: Id<Class>) {
        let mut pending = vec![class];
        while let Some(class) = pending.pop() {
            let specials = self.find_specials(&self.heap[class].order);
            self.heap[class].specials = specials;
            pending.extend(self.heap[class].subclasses.iter().copied());
        }
        self.clear_sites();
        self.managers = [None; 4];
        self.specials.clear();
    }

    /// Forgets what all attribute sites found.
    pub(crate) fn clear_sites(&mut self) {
        for site in &mut self.sites {
            site.clear();
        }
    }

    /// Sets a name of the class body under way.
    pub(crate) fn set_class_name(&mut self, namespace: Value, name: u32, value: Value) {
        if let Value::Dict(dict) = namespace {
            self.dict_set_str(dict, self.names[name as usize], value);
        }
    }

    /// What a name of the class body under way has, when that is an enum's and must not get another value.
    pub(crate) fn redefined_member(
        &self,
        namespace: Value,
        name: u32,
        value: Value,
    ) -> Option<Value> {
        let Value::Dict(dict) = namespace else {
            return None;
        };
        let name = self.names[name as usize];
        let old = self.dict_get_str(dict, name)?;
        // Methods and nested classes are no members.
        let no_member = |value| match value {
            Value::Function(_)
            | Value::Property(_)
            | Value::StaticMethod(_)
            | Value::ClassMethod(_)
            | Value::Class(_) => true,
            Value::Instance(id) => self.heap[self.heap[id].class].specials.descriptor,
            _ => false,
        };
        let text = self.heap.text(name);
        let is_special = text.starts_with('_') && (text.ends_with('_') || text.contains("__"));
        if is_special || no_member(old) && no_member(value) {
            return None;
        }
        self.class_under_way_is_enum().then_some(old)
    }

    /// Does the class whose body runs derive from an enum?
    fn class_under_way_is_enum(&self) -> bool {
        let [.., around, _] = self.fiber.frames[..] else {
            return false;
        };
        let Some(Op::Intrinsic {
            first,
            which: Intrinsic::BuildClass,
            ..
        }) = (around.pc as usize)
            .checked_sub(1)
            .and_then(|at| self.code.get(at))
        else {
            return false;
        };
        let bases = self.fiber.stack[around.base as usize + usize::from(*first) + 2];
        let Value::Tuple(bases) = bases else {
            return false;
        };
        self.heap[bases].items.iter().any(|&base| {
            matches!(base, Value::Class(base) if self.class_attribute(base, names::CLASS_CALL).is_some())
        })
    }

    /// Deletes a name of the class body under way.
    pub(crate) fn delete_class_name(&mut self, namespace: Value, name: u32) -> Result<(), Raise> {
        let name = self.names[name as usize];
        match namespace {
            Value::Dict(dict) if self.dict_remove_str(dict, name) => Ok(()),
            _ => Err(self.name_error(name)),
        }
    }
}
