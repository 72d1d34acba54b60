//! Attribute access: the protocol, and the inline caches that remember its outcome.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::{NativeResult, Outcome, ok};
use super::{Cached, Raise, Vm, classes, names, native, natives};
use crate::bytecode::{Op, Special};
use crate::heap::{Id, Value};
use crate::objects::{BoundMethod, Class, Dict, Instance, NativeBase, Str};
use std::mem::discriminant;

impl Vm {
    /// Looks a name up in a class's method resolution order.
    #[inline]
    pub fn class_attribute(&self, class: Id<Class>, name: Id<Str>) -> Option<Value> {
        self.heap[class]
            .order
            .iter()
            .find_map(|&class| self.heap[class].attributes.get(&name))
            .copied()
    }

    /// `object.name`
    pub fn get_attribute(&mut self, object: Value, name: Id<Str>) -> NativeResult {
        match object {
            Value::Instance(id) => self.instance_attribute(id, name, true),
            Value::Class(class) => self.attribute_of_class(class, name),
            Value::Module(module) => match self.heap[module].globals.get(&name) {
                Some(&slot) if !self.globals[slot as usize].is_undef() => {
                    ok(self.globals[slot as usize])
                }
                _ => self.missing_module_attribute(module, name),
            },
            Value::Super(id) => {
                let this = self.heap[id];
                match self.super_attribute(this.class, this.order, this.this, name)? {
                    Some(outcome) => Ok(outcome),
                    None => Err(self.attribute_error(object, name)),
                }
            }
            Value::DictView(view) if self.heap.text(name) == "mapping" => {
                let dict = Value::Dict(self.heap[view].dict);
                self.call_prelude("_proxy_of", &[dict])
            }
            Value::Traceback(_) if self.heap.text(name) == "tb_frame" => {
                self.call_prelude("_frame_of_traceback", &[object])
            }
            Value::GenericAlias(id) => self.attribute_of_alias(id, name),
            Value::Function(id) if name == names::ANNOTATIONS => self.function_annotations(id),
            Value::ClassMethod(cell) | Value::StaticMethod(cell) if name == names::ANNOTATIONS => {
                self.get_attribute(self.heap[cell].value, name)
            }
            Value::BoundMethod(id)
                if let Value::Function(id) = self.heap[id].function
                    && name == names::ANNOTATIONS =>
            {
                self.function_annotations(id)
            }
            _ => {
                if let Some(value) = self.builtin_attribute(object, name)? {
                    return ok(value);
                }
                let class = self.class_of(object);
                match (self.class_attribute(class, name), object) {
                    (Some(attribute), _) => self.bind_attribute(attribute, object, class),
                    // A method of a callable object has that object's attributes.
                    (None, Value::BoundMethod(id))
                        if let Value::Instance(_) = self.heap[id].function =>
                    {
                        self.get_attribute(self.heap[id].function, name)
                    }
                    (None, _) => Err(self.attribute_error(object, name)),
                }
            }
        }
    }

    /// `GetAttr`, when its cache did not know.
    pub(crate) fn get_attribute_at(&mut self, object: Value, site: u32) -> NativeResult {
        let name = self.sites[site as usize].name;
        self.remember_global(object, site);
        self.remember_shared(object, site);
        if let Value::Instance(id) = object {
            let instance = &self.heap[id];
            let class = instance.class;
            let shape = instance.shape;
            let specials = self.heap[class].specials;
            if !specials.getattribute
                && !specials.getattr
                && let Some(Value::Property(property)) = self.class_attribute(class, name)
            {
                match self.heap[property].get {
                    Value::Function(function) if self.heap[function].runs_with(1) => {
                        let found = Cached::Getter { shape, function };
                        self.sites[site as usize].remember(found);
                    }
                    Value::Int(at) if let Value::Tuple(_) = self.native_value(object) => {
                        let at = at as u32;
                        self.sites[site as usize].remember(Cached::Field { shape, at });
                    }
                    _ => {}
                }
            }
            if !specials.getattribute && self.class_attribute(class, name).is_none() {
                if let Some(&slot) = self.heap.shapes[shape].slots.get(&name) {
                    self.sites[site as usize].remember_slot(shape, slot);
                } else if name == names::ARGS
                    && self.heap[class].base == NativeBase::Exception
                    && !self.heap.shapes[shape].dictionary
                {
                    self.sites[site as usize].remember(Cached::Args { shape });
                }
            }
        }
        self.get_attribute(object, name)
    }

    /// An attribute of an instance. `hooks`: `__getattribute__` and `__getattr__` are asked.
    pub(crate) fn instance_attribute(
        &mut self,
        id: Id<Instance>,
        name: Id<Str>,
        hooks: bool,
    ) -> NativeResult {
        let class = self.heap[id].class;
        let specials = self.heap[class].specials;
        let object = Value::Instance(id);
        if hooks && specials.getattribute {
            let name = Value::Str(name);
            return match self.class_attribute(class, names::GETATTRIBUTE) {
                Some(method) if specials.getattr => {
                    self.call_prelude("_getattribute_or_getattr", &[method, object, name])
                }
                Some(method) => self.call_class_attribute(method, object, &[name]),
                None => Err(self.attribute_error(object, names::GETATTRIBUTE)),
            };
        }
        // A property of a derived class has its own docstring, not the class's.
        if name == names::DOC && self.heap[class].base == NativeBase::Value(classes::PROPERTY) {
            return match (self.own_attribute(id, name), self.native_value(object)) {
                (None, Value::Property(property)) => ok(self.heap[property].doc),
                (own, _) => ok(own.unwrap_or(Value::None)),
            };
        }
        let mut attribute = self.class_attribute(class, name);
        // A member of an enum hides what the class has from others for those who ask the class, not for those who ask a member.
        if let Some(Value::Instance(member)) = attribute
            && self.heap[member].class == class
            && self.is_member(class, name)
        {
            match self.behind(class, class, name) {
                Some(hidden) => attribute = Some(hidden),
                None => {
                    if let Some(value) = self.builtin_attribute(object, name)? {
                        return ok(value);
                    }
                }
            }
        }
        if let Some(attribute) = attribute
            && self.is_data_descriptor(attribute)
            && (self.gives_value(attribute) || self.own_attribute(id, name).is_none())
        {
            if hooks && specials.getattr {
                return self.call_prelude(
                    "_property_or_getattr",
                    &[attribute, object, Value::Str(name)],
                );
            }
            return self.bind_attribute(attribute, object, class);
        }
        if let Some(value) = self.own_attribute(id, name) {
            // What every exception has comes before what a script put into its `__dict__`.
            if attribute.is_none()
                && self.heap[class].base == NativeBase::Exception
                && matches!(
                    self.heap.text(name),
                    "args" | "__cause__" | "__context__" | "__traceback__" | "__suppress_context__"
                )
                && let Some(value) = self.builtin_attribute(object, name)?
            {
                return ok(value);
            }
            return ok(value);
        }
        if name == names::ANNOTATIONS && attribute.is_some() {
            let owner = self.heap[class].order.iter().copied();
            let mut owner = owner.filter(|&class| self.heap[class].attributes.contains_key(&name));
            if let Some(owner) = owner.next() {
                return self.class_annotations(owner);
            }
        }
        if let Some(attribute) = attribute {
            return self.bind_attribute(attribute, object, class);
        }
        if let Some(value) = self.builtin_attribute(object, name)? {
            return ok(value);
        }
        if hooks
            && specials.getattr
            && let Some(method) = self.class_attribute(class, names::GETATTR)
        {
            return self.call_class_attribute(method, object, &[Value::Str(name)]);
        }
        Err(self.attribute_error(object, name))
    }

    /// What an instance itself has under a name.
    pub(crate) fn own_attribute(&self, id: Id<Instance>, name: Id<Str>) -> Option<Value> {
        let instance = &self.heap[id];
        let shape = &self.heap.shapes[instance.shape];
        if shape.dictionary {
            let mut dicts = instance.slots[shape.first as usize..].iter();
            return dicts.find_map(|&dict| match dict {
                Value::Dict(dict) => self.dict_get_str(dict, name),
                _ => None,
            });
        }
        let slot = *shape.slots.get(&name)?;
        instance
            .slots
            .get(slot as usize)
            .copied()
            .filter(|value| !value.is_undef())
    }

    /// Does the class attribute come before the instance's own?
    pub(crate) fn is_data_descriptor(&self, attribute: Value) -> bool {
        match attribute {
            Value::Property(_) => true,
            Value::Instance(id) => self.heap[self.heap[id].class].specials.data_descriptor,
            _ => false,
        }
    }

    /// Does the descriptor say what reading gives, or only what writing does?
    fn gives_value(&self, attribute: Value) -> bool {
        match attribute {
            Value::Instance(id) => self
                .class_attribute(self.heap[id].class, names::GET)
                .is_some(),
            _ => true,
        }
    }

    /// What a class attribute is when read through an instance.
    pub(crate) fn bind_attribute(
        &mut self,
        attribute: Value,
        this: Value,
        class: Id<Class>,
    ) -> NativeResult {
        match attribute {
            Value::Function(_) => ok(self.bound(attribute, this)),
            Value::Native(id) if natives::binds(id) => ok(self.bound(attribute, this)),
            Value::Property(id) => {
                let get = self.heap[id].get;
                // A field of a named tuple: the number of an item.
                if let Value::Int(at) = get
                    && let Value::Tuple(tuple) = self.native_value(this)
                    && let Some(&item) = self.heap[tuple].items.get(at as usize)
                {
                    return ok(item);
                }
                if get.is_none() {
                    return Err(self.property_lacks(id, this, "getter"));
                }
                native::call(get, &[this])
            }
            Value::ClassMethod(cell) => {
                let function = self.heap[cell].value;
                ok(self.bound(function, Value::Class(class)))
            }
            Value::StaticMethod(cell) => ok(self.heap[cell].value),
            Value::Instance(id) if self.heap[self.heap[id].class].specials.descriptor => {
                match self.call_special(attribute, names::GET, &[this, Value::Class(class)]) {
                    Some(result) => result,
                    None => ok(attribute),
                }
            }
            _ => ok(attribute),
        }
    }

    /// A bound method.
    pub(crate) fn bound(&mut self, function: Value, this: Value) -> Value {
        Value::BoundMethod(self.heap.new_bound_method(BoundMethod { function, this }))
    }

    /// Has the class `__slots__`, or one it derives from?
    fn has_slots(&self, class: Id<Class>) -> bool {
        self.heap[class]
            .order
            .iter()
            .any(|&class| self.heap[class].attributes.contains_key(&names::SLOTS))
    }

    /// Is the name in the `__slots__` of the class or of one it derives from?
    pub(super) fn declares_slot(&self, class: Id<Class>, name: Id<Str>) -> bool {
        let named = |&other: &Id<Str>| self.heap.text(other) == self.heap.text(name);
        self.heap[class].order.iter().any(|&class| {
            self.declared_slots(&self.heap[class].attributes)
                .is_some_and(|names| names.iter().any(named))
        })
    }

    fn attribute_of_class(&mut self, class: Id<Class>, name: Id<Str>) -> NativeResult {
        if name == names::ANNOTATIONS && !self.heap[class].builtin {
            return self.class_annotations(class);
        }
        if let Some(attribute) = self.class_attribute(class, name)
            && !(name == names::DOC && self.heap[class].builtin)
            // What `type` says of every class.
            && ![names::DICT, names::NAME, names::BASES, names::MRO].contains(&name)
        {
            return match attribute {
                Value::ClassMethod(cell) => {
                    let function = self.heap[cell].value;
                    ok(self.bound(function, Value::Class(class)))
                }
                Value::StaticMethod(cell) => ok(self.heap[cell].value),
                Value::Instance(id) if self.heap[self.heap[id].class].specials.descriptor => {
                    match self.call_special(
                        attribute,
                        names::GET,
                        &[Value::None, Value::Class(class)],
                    ) {
                        Some(result) => result,
                        None => ok(attribute),
                    }
                }
                other => ok(other),
            };
        }
        if let Some(value) = self.builtin_attribute(Value::Class(class), name)? {
            // What a class has can be looked at, but is set by its attributes only.
            if name == names::DICT {
                return self.call_prelude("_proxy_of", &[value]);
            }
            return ok(value);
        }
        match self.class_attribute(classes::TYPE, name) {
            Some(attribute) => self.bind_attribute(attribute, Value::Class(class), classes::TYPE),
            None if self.declares_slot(class, name) => {
                self.call_prelude("_slot_member", &[Value::Class(class), Value::Str(name)])
            }
            None => {
                let text = format!(
                    "type object '{}' has no attribute '{}'",
                    self.heap.text(self.heap[class].name),
                    self.heap.text(name)
                );
                Err(self.attribute_error_with(Value::Class(class), name, text))
            }
        }
    }

    /// `super().name`: looked up behind `class` in `order`'s method resolution order.
    pub(crate) fn super_attribute(
        &mut self,
        class: Id<Class>,
        order: Id<Class>,
        this: Value,
        name: Id<Str>,
    ) -> Result<Option<Outcome>, Raise> {
        if name == names::CLASS {
            return Ok(Some(Outcome::Value(Value::Class(classes::SUPER))));
        }
        let Some(attribute) = self.behind(class, order, name) else {
            return Ok(match self.heap.text(name) {
                "__self__" => Some(this.into()),
                "__thisclass__" => Some(Value::Class(class).into()),
                "__self_class__" => Some(Value::Class(order).into()),
                _ => None,
            });
        };
        if let Value::Class(_) = this {
            // Bound to a class: class methods bind, everything else is as on the class.
            return Ok(Some(Outcome::Value(match attribute {
                Value::ClassMethod(cell) => {
                    let function = self.heap[cell].value;
                    self.bound(function, this)
                }
                Value::StaticMethod(cell) => self.heap[cell].value,
                other => other,
            })));
        }
        self.bind_attribute(attribute, this, order).map(Some)
    }

    fn behind(&self, class: Id<Class>, order: Id<Class>, name: Id<Str>) -> Option<Value> {
        let line = &self.heap[order].order;
        let at = line.iter().position(|&other| other == class)?;
        line[at + 1..]
            .iter()
            .find_map(|&class| self.heap[class].attributes.get(&name))
            .copied()
    }

    /// What the cache of a `LoadMethod` knows of an object whose class its kind does not tell.
    #[inline(never)]
    pub(crate) fn builtin_method(&self, site: u32, object: Value) -> Option<Value> {
        self.sites[site as usize].builtin(self.class_of(object))
    }

    /// `LoadMethod`, when its cache did not know.
    pub(crate) fn load_method(
        &mut self,
        base: usize,
        dst: u8,
        object: Value,
        site: u32,
    ) -> NativeResult {
        let name = self.sites[site as usize].name;
        self.remember_global(object, site);
        let class = self.class_of(object);
        if let Value::Loop(id) = object
            && self.heap[id].attributes.is_some()
        {
            return self.get_attribute(object, name);
        }
        if let Some(function) = self.sites[site as usize].builtin(class) {
            return self.method_found(base, dst, function, object);
        }
        match object {
            Value::Instance(id) => {
                let specials = self.heap[class].specials;
                if !specials.getattribute
                    && self.own_attribute(id, name).is_none()
                    && let Some(function) = self.class_attribute(class, name)
                    && self.is_method(function)
                {
                    let shape = self.heap[id].shape;
                    // An instance whose attributes are in a dict may get one of this name without changing its shape.
                    if !self.heap.shapes[shape].dictionary {
                        self.sites[site as usize].remember(Cached::Method { shape, function });
                    }
                    return self.method_found(base, dst, function, object);
                }
            }
            Value::Class(_) => self.remember_shared(object, site),
            Value::Module(_) | Value::Super(_) => {}
            _ => {
                if let Some(function) = self.class_attribute(class, name)
                    && self.is_method(function)
                {
                    let found = if object.kind_tells_class() {
                        let kind = discriminant(&object);
                        Cached::Kind { kind, function }
                    } else {
                        Cached::Builtin { class, function }
                    };
                    self.sites[site as usize].remember(found);
                    return self.method_found(base, dst, function, object);
                }
            }
        }
        self.get_attribute(object, name)
    }

    fn is_method(&self, function: Value) -> bool {
        match function {
            Value::Function(_) => true,
            Value::Native(id) => natives::binds(id),
            _ => false,
        }
    }

    /// Writes the pair that `CallMethod` finds.
    fn method_found(
        &mut self,
        base: usize,
        dst: u8,
        function: Value,
        object: Value,
    ) -> NativeResult {
        let at = base + dst as usize;
        self.fiber.stack[at] = function;
        self.fiber.stack[at + 1] = object;
        Ok(Outcome::Done)
    }

    /// `LoadSuperMethod`
    pub(crate) fn load_super_method(
        &mut self,
        base: usize,
        dst: u8,
        cell: Value,
        this: Value,
        site: u32,
    ) -> NativeResult {
        let Value::Cell(cell) = cell else {
            return Err(self.runtime_error("super(): __class__ cell not found"));
        };
        let Value::Class(class) = self.heap[cell].value else {
            return Err(self.runtime_error("super(): empty __class__ cell"));
        };
        let name = self.sites[site as usize].name;
        if let Value::Instance(id) = this {
            let object = self.heap[id].class;
            if let Some(function) = self.behind(class, object, name)
                && self.is_method(function)
            {
                self.sites[site as usize].remember(Cached::Super {
                    class,
                    object,
                    function,
                });
                return self.method_found(base, dst, function, this);
            }
        }
        self.get_super_attribute(Value::Cell(cell), this, site)
    }

    /// `GetSuperAttr`
    pub(crate) fn get_super_attribute(
        &mut self,
        cell: Value,
        this: Value,
        site: u32,
    ) -> NativeResult {
        let class = match cell {
            Value::Cell(cell) => self.heap[cell].value,
            other => other,
        };
        let Value::Class(class) = class else {
            return Err(self.runtime_error("super(): empty __class__ cell"));
        };
        let name = self.sites[site as usize].name;
        let made = self.new_super(class, this)?;
        self.get_attribute(made, name)
    }

    /// A `super` object.
    pub(crate) fn new_super(&mut self, class: Id<Class>, this: Value) -> Result<Value, Raise> {
        let order = match this {
            Value::Class(order) if self.is_subclass(order, class) => order,
            other if self.is_instance(other, class) => self.class_of(other),
            _ => {
                let what = match this {
                    Value::Class(class) => {
                        format!("obj (type {})", self.heap.text(self.heap[class].name))
                    }
                    other => format!("obj (instance of {})", self.type_name(other)),
                };
                let class = self.heap.text(self.heap[class].name).to_owned();
                return Err(self.type_error(format!(
                    "super(type, obj): {what} is not an instance or subtype of type ({class})."
                )));
            }
        };
        Ok(Value::Super(self.heap.new_super(crate::objects::Super {
            class,
            this,
            order,
        })))
    }

    /// `LoadSpecial`
    pub(crate) fn load_special(
        &mut self,
        base: usize,
        dst: u8,
        object: Value,
        special: Special,
    ) -> NativeResult {
        let class = self.class_of(object);
        let name = match special {
            Special::Enter => names::ENTER,
            Special::Exit => names::EXIT,
            Special::AsyncEnter => names::AENTER,
            Special::AsyncExit => names::AEXIT,
        };
        let Some(function) = self.class_attribute(class, name) else {
            let owner = self.type_name(object).to_owned();
            let asynchronous = matches!(special, Special::AsyncEnter | Special::AsyncExit);
            let protocol = if asynchronous {
                "asynchronous context manager"
            } else {
                "context manager"
            };
            let entering = matches!(special, Special::Enter | Special::AsyncEnter);
            let mut message = format!("'{owner}' object does not support the {protocol} protocol");
            if !entering
                && self
                    .class_attribute(
                        class,
                        if asynchronous {
                            names::AENTER
                        } else {
                            names::ENTER
                        },
                    )
                    .is_some()
            {
                message = format!("{message} (missed {} method)", self.heap.text(name));
            }
            return Err(self.type_error(message));
        };
        if self.is_method(function) {
            self.managers[special as usize] = Some((class, function));
            return self.method_found(base, dst, function, object);
        }
        self.bind_attribute(function, object, class)
    }

    /// The dict that holds an instance's attributes from now on.
    pub(crate) fn instance_dict(&mut self, id: Id<Instance>) -> Id<Dict> {
        let shape = self.heap[id].shape;
        let first = self.heap.shapes[shape].first as usize;
        if self.heap.shapes[shape].dictionary {
            match self.heap[id].slots.get(first) {
                Some(&Value::Dict(dict)) => return dict,
                _ => panic!("invariant broken: an instance of a dictionary shape has its dict"),
            }
        }
        let pairs: Vec<(Id<Str>, Value)> = self.heap.shapes[shape]
            .slots
            .iter()
            .map(|(&name, &slot)| (name, self.heap[id].slots[slot as usize]))
            .filter(|(_, value)| !value.is_undef())
            .collect();
        let class = self.heap[id].class;
        let dict = self.heap.new_dict(Dict::default());
        let slotted = match self.heap[class].slots.is_none() && self.has_slots(class) {
            true => Some(self.heap.new_dict(Dict::default())),
            false => None,
        };
        for (name, value) in pairs {
            match slotted {
                Some(slotted) if self.declares_slot(class, name) => {
                    self.dict_set_str(slotted, name, value);
                }
                _ => {
                    self.dict_set_str(dict, name, value);
                }
            }
        }
        let shape = self.heap.shapes.dictionary(shape);
        self.heap.update(id, |instance| {
            instance.slots.truncate(first);
            instance.slots.push(Value::Dict(dict));
            instance.slots.extend(slotted.map(Value::Dict));
            instance.shape = shape;
        });
        dict
    }

    /// AttributeError for a missing attribute.
    #[cold]
    pub(crate) fn attribute_error(&mut self, object: Value, name: Id<Str>) -> Raise {
        let text = if let Value::Super(_) = object {
            format!("'super' object has no attribute '{}'", self.heap.text(name))
        } else {
            format!(
                "'{}' object has no attribute '{}'",
                self.type_name(object),
                self.heap.text(name)
            )
        };
        self.attribute_error_with(object, name, text)
    }

    /// AttributeError with its `name` and `obj`.
    #[cold]
    pub(crate) fn attribute_error_with(
        &mut self,
        object: Value,
        name: Id<Str>,
        message: String,
    ) -> Raise {
        let raise = self.raise(classes::ATTRIBUTE_ERROR, message);
        self.set_exception_attribute(raise.0, names::NAME_ATTRIBUTE, Value::Str(name));
        self.set_exception_attribute(raise.0, names::OBJ, object);
        raise
    }

    #[cold]
    pub(super) fn missing_module_attribute(
        &mut self,
        module: Id<crate::objects::Module>,
        name: Id<Str>,
    ) -> NativeResult {
        if name == names::DICT {
            let dict = self.heap.new_dict(Dict::default());
            let rows: Vec<(Id<Str>, u32)> = self.heap[module]
                .globals
                .iter()
                .map(|(&name, &slot)| (name, slot))
                .collect();
            for (name, slot) in rows {
                let value = self.globals[slot as usize];
                if !value.is_undef() {
                    self.dict_set_str(dict, name, value);
                }
            }
            return ok(Value::Dict(dict));
        }
        if name == names::CLASS {
            return ok(Value::Class(classes::MODULE));
        }
        let getattr = self.module_variable(module, names::GETATTR);
        if !getattr.is_undef() {
            return native::call(getattr, &[Value::Str(name)]);
        }
        let module_name = self.heap.text(self.heap[module].name).to_owned();
        if matches!(self.paused_op(), Op::GetAttr { .. }) && self.may_lack_attribute(module) {
            let owner = self.heap.str(module_name);
            return self.call_prelude("_missing_name", &[owner, Value::Str(name)]);
        }
        let text = self.heap.text(name).to_owned();
        let message = self.missing_module_name(module, &module_name, &text, &[]);
        Err(self.attribute_error_with(Value::Module(module), name, message))
    }

    /// Is it the name of a member of an enum?
    pub(super) fn is_member(&self, class: Id<Class>, name: Id<Str>) -> bool {
        match self.heap[class].attributes.get(&names::MEMBER_MAP) {
            Some(&Value::Dict(members)) => self.dict_get_str(members, name).is_some(),
            _ => false,
        }
    }

    /// A name of the class body under way.
    pub(crate) fn class_name(&self, namespace: Value, name: u32) -> Value {
        match namespace {
            Value::Dict(dict) => self
                .dict_get_str(dict, self.names[name as usize])
                .unwrap_or_default(),
            _ => Value::Undef,
        }
    }
}
