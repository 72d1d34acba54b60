//! Methods of `object` and `type`, and the builtins about classes and attributes.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Class, Property};
use crate::heap::{Id, Value};
use crate::vm::{
    Args, NativeFn, NativeResult, Outcome, Raise, Vm, call, classes, names, native, ok,
};

/// Methods of `object`.
pub(crate) const OBJECT: &[NativeFn] = &[
    native("__new__", "cls=None, /, *args, **kwargs", object_new),
    native("__init__", "self, /, *args, **kwargs", object_init),
    native("__getattribute__", "self, name, /", object_getattribute),
    native("__setattr__", "self, name, value, /", object_setattr),
    native("__delattr__", "self, name, /", object_delattr),
    native("__repr__", "self, /", object_repr),
    native("__str__", "self, /", object_str),
    native("__eq__", "self, value, /", object_eq),
    native("__ne__", "self, value, /", object_ne),
    native("__hash__", "self, /", object_hash),
    native("__format__", "self, format_spec, /", object_format),
    native("__dir__", "self, /", object_dir),
    native("__lt__", "self, value, /", object_order),
    native("__le__", "self, value, /", object_order),
    native("__gt__", "self, value, /", object_order),
    native("__ge__", "self, value, /", object_order),
    native("__reduce_ex__", "self, protocol, /", object_reduce),
    native("__sizeof__", "self, /", object_sizeof),
];

/// Class methods of `object`.
pub(crate) const OBJECT_CLASS: &[NativeFn] = &[
    native(
        "__init_subclass__",
        "cls, /, **kwargs",
        object_init_subclass,
    ),
    native("__subclasshook__", "cls, other, /", object_subclasshook),
];

/// Methods of `type`.
pub(crate) const TYPE: &[NativeFn] = &[
    native(
        "__new__",
        "cls, object_or_name=None, bases=(), dict={}, /, **kwds",
        type_new,
    ),
    native("mro", "self, /", type_mro),
    native("__subclasses__", "self, /", type_subclasses),
    native("__call__", "self, /, *args, **kwargs", type_call),
    native("__instancecheck__", "self, instance, /", type_instancecheck),
    native("__subclasscheck__", "self, subclass, /", type_subclasscheck),
    native("__or__", "self, other, /", type_or),
    native("__ror__", "self, other, /", type_ror),
];

/// Builtin functions.
pub(crate) const BUILTINS: &[NativeFn] = &[
    native("isinstance", "obj, class_or_tuple, /", isinstance).direct(|vm, args| match *args {
        [object, Value::Class(class)] if !is_hooked(vm, class, names::INSTANCECHECK) => {
            vm.is_instance(object, class).then_some(Value::Bool(true))
        }
        _ => None,
    }),
    native("issubclass", "class, class_or_tuple, /", issubclass),
    native("getattr", "object, name, default=None, /", getattr),
    native("setattr", "obj, name, value, /", setattr),
    native("delattr", "obj, name, /", delattr),
    native("hasattr", "obj, name, /", hasattr),
    native("callable", "obj, /", callable),
    native("id", "obj, /", id),
    native("dir", "object=None, /", dir),
    native("vars", "object=None, /", vars),
];

/// What only the prelude sees.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_get_attribute", "object, name, /", get_attribute_plain),
    native("_bind_attribute", "attribute, object, /", bind_attribute),
    native("_make_class", "name, bases, namespace, /", make_class),
    native("_set_cell", "cell, value, /", set_cell),
    native("_class_attribute", "cls, name, /", class_attribute),
    native("_plain_instance", "value, cls, /", plain_instance),
    native("_is_subclass_native", "cls, other, /", is_subclass_native),
    native("_native_new", "cls, args, kwargs, /", native_new),
    native(
        "_invoke_with",
        "function, args, value, index, /",
        invoke_with,
    ),
];

fn class_argument(vm: &mut Vm, value: Value, what: &str) -> Result<Id<Class>, Raise> {
    match value {
        Value::Class(class) => Ok(class),
        other => {
            let name = vm.type_name(other).to_owned();
            Err(vm.type_error(format!("{what}: X is not a type object ({name})")))
        }
    }
}

fn object_new(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    if value.is_undef() {
        return vm.fail_type("object.__new__(): not enough arguments");
    }
    let class = class_argument(vm, value, "object.__new__(X)")?;
    let extra = args.len() > 2 || matches!(args.get(vm, 1), Value::Dict(_));
    let specials = vm.heap[class].specials;
    if extra && (specials.new || !specials.init) && class != classes::OBJECT {
        let message = if specials.new {
            "object.__new__() takes exactly one argument (the type to instantiate)".to_owned()
        } else {
            format!("{}() takes no arguments", vm.heap.text(vm.heap[class].name))
        };
        return vm.fail_type(message);
    }
    if extra && class == classes::OBJECT {
        return vm.fail_type("object() takes no arguments");
    }
    vm.new_plain_instance(class)
}

fn object_init(vm: &mut Vm, args: Args) -> NativeResult {
    let extra = args.len() > 2 || matches!(args.get(vm, 1), Value::Dict(_));
    if extra {
        let this = args.get(vm, 0);
        let class = vm.class_of(this);
        let specials = vm.heap[class].specials;
        if specials.init {
            return vm.fail_type(
                "object.__init__() takes exactly one argument (the instance to initialize)",
            );
        }
        if !specials.new && vm.heap[class].base == super::NativeBase::Object {
            let name = vm.heap.text(vm.heap[class].name).to_owned();
            return vm.fail_type(format!(
                "{name}.__init__() takes exactly one argument (the instance to initialize)"
            ));
        }
    }
    ok(Value::None)
}

fn name_argument(vm: &mut Vm, value: Value) -> Result<Id<super::Str>, Raise> {
    match vm.native_value(value) {
        Value::Str(name) => Ok(vm.heap.intern_id(name)),
        other => {
            let name = vm.type_name(other).to_owned();
            Err(vm.type_error(format!("attribute name must be string, not '{name}'")))
        }
    }
}

fn object_getattribute(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, name) = (args.get(vm, 0), args.get(vm, 1));
    let name = name_argument(vm, name)?;
    match object {
        Value::Instance(id) => vm.instance_attribute(id, name, false),
        other => vm.get_attribute(other, name),
    }
}

fn object_setattr(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, name, value) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
    let name = name_argument(vm, name)?;
    match object {
        Value::Instance(id) => vm.set_instance_attribute(id, name, value),
        other => vm.set_attribute(other, name, value),
    }
}

fn object_delattr(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, name) = (args.get(vm, 0), args.get(vm, 1));
    let name = name_argument(vm, name)?;
    match object {
        Value::Instance(id) => vm.delete_instance_attribute(id, name),
        other => vm.delete_attribute(other, name),
    }
}

fn object_repr(vm: &mut Vm, args: Args) -> NativeResult {
    let object = args.get(vm, 0);
    let text = vm.default_repr(object);
    ok(vm.heap.str(text))
}

fn object_str(vm: &mut Vm, args: Args) -> NativeResult {
    let object = args.get(vm, 0);
    vm.repr_value(object)
}

fn object_eq(vm: &mut Vm, args: Args) -> NativeResult {
    let (a, b) = (args.get(vm, 0), args.get(vm, 1));
    ok(if a.is(b) {
        Value::Bool(true)
    } else {
        Value::NotImplemented
    })
}

fn object_ne(vm: &mut Vm, args: Args) -> NativeResult {
    let (a, b) = (args.get(vm, 0), args.get(vm, 1));
    if a.is(b) {
        return ok(Value::Bool(false));
    }
    vm.call_prelude("_object_ne", &[a, b])
}

fn object_hash(vm: &mut Vm, args: Args) -> NativeResult {
    let object = args.get(vm, 0);
    let address = vm.address(object);
    ok(Value::Int((address >> 4) as i64))
}

fn object_format(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, spec) = (args.get(vm, 0), args.get(vm, 1));
    match vm.native_value(spec) {
        Value::Str(id) if vm.heap.text(id).is_empty() => vm.str_value(object),
        Value::Str(_) => {
            let name = vm.type_name(object).to_owned();
            vm.fail_type(format!(
                "unsupported format string passed to {name}.__format__"
            ))
        }
        other => {
            let name = vm.type_name(other).to_owned();
            vm.fail_type(format!("__format__() argument must be str, not {name}"))
        }
    }
}

fn object_order(_vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::NotImplemented)
}

fn object_reduce(vm: &mut Vm, args: Args) -> NativeResult {
    let name = vm.type_name(args.get(vm, 0)).to_owned();
    vm.fail_type(format!(
        "cannot pickle '{name}' object: acoro has no pickle"
    ))
}

fn object_sizeof(_vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::Int(48))
}

fn object_init_subclass(vm: &mut Vm, args: Args) -> NativeResult {
    if let (Value::Class(class), Value::Dict(_)) = (args.get(vm, 0), args.get(vm, 1)) {
        let name = vm.heap.text(vm.heap[class].name).to_owned();
        return vm.fail_type(format!(
            "{name}.__init_subclass__() takes no keyword arguments"
        ));
    }
    ok(Value::None)
}

fn object_subclasshook(_vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::NotImplemented)
}

fn type_new(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, bases, namespace) = (args.get(vm, 1), args.get(vm, 2), args.get(vm, 3));
    if object.is_undef() {
        return vm.fail_type("type() takes 1 or 3 arguments");
    }
    if bases.is_undef() {
        if !args.get(vm, 4).is_undef() {
            return vm.fail_type("type() takes no keyword arguments");
        }
        return ok(Value::Class(vm.class_of(object)));
    }
    if namespace.is_undef() {
        return vm.fail_type("type() takes 1 or 3 arguments");
    }
    let copy = match vm.native_value(namespace) {
        Value::Dict(dict) => vm.heap[dict].clone(),
        _ => {
            let name = vm.type_name(namespace).to_owned();
            return vm.fail_type(format!(
                "type.__new__() argument 3 must be dict, not {name}"
            ));
        }
    };
    let copy = Value::Dict(vm.heap.new_dict(copy));
    let Value::Str(name) = object else {
        let name = vm.type_name(object).to_owned();
        return vm.fail_type(format!("type.__new__() argument 1 must be str, not {name}"));
    };
    // A class has a name that has UTF-8.
    vm.encode_text(name, Value::Undef, Value::Undef, "type")?;
    let Value::Tuple(tuple) = bases else {
        let name = vm.type_name(bases).to_owned();
        return vm.fail_type(format!(
            "type.__new__() argument 2 must be tuple, not {name}"
        ));
    };
    let mut bases_given = vm.heap[tuple].items.iter().copied();
    if let Some(base) = bases_given.find(|base| !matches!(base, Value::Class(_))) {
        let class = vm.class_of(base);
        let entries = vm.heap.intern("__mro_entries__");
        let resolves =
            matches!(base, Value::GenericAlias(_)) || vm.class_attribute(class, entries).is_some();
        return vm.fail_type(match resolves {
            true => "type() doesn't support MRO entry resolution; use types.new_class()",
            false => {
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) \
                 subclass of the metaclasses of all its bases"
            }
        });
    }
    let keywords = args.get(vm, 4).or_none();
    vm.finish_class(object, bases, copy, keywords, Value::None)
}

fn type_mro(vm: &mut Vm, args: Args) -> NativeResult {
    let class = class_argument(vm, args.get(vm, 0), "type.mro(X)")?;
    let order = vm.heap[class]
        .order
        .iter()
        .map(|&class| Value::Class(class))
        .collect();
    ok(vm.heap.list(order))
}

fn type_subclasses(vm: &mut Vm, args: Args) -> NativeResult {
    let class = class_argument(vm, args.get(vm, 0), "type.__subclasses__(X)")?;
    let list = vm.heap[class]
        .subclasses
        .iter()
        .map(|&class| Value::Class(class))
        .collect();
    ok(vm.heap.list(list))
}

fn type_call(vm: &mut Vm, args: Args) -> NativeResult {
    let class = args.get(vm, 0);
    let keywords = args.get(vm, 1);
    let positional = args.rest(vm, 2).into();
    Ok(Outcome::Call(Box::new(crate::vm::CallRequest {
        callee: class,
        args: positional,
        keywords,
    })))
}

fn type_instancecheck(vm: &mut Vm, args: Args) -> NativeResult {
    let class = class_argument(vm, args.get(vm, 0), "isinstance")?;
    let instance = args.get(vm, 1);
    if !vm.is_instance(instance, class) && says_its_class(vm, instance) {
        return vm.call_prelude("_isinstance_by_class", &[instance, Value::Class(class)]);
    }
    ok(Value::Bool(vm.is_instance(instance, class)))
}

/// Does a property or `__getattribute__` give another `__class__`? A mock is an instance of what it stands for.
pub(crate) fn says_its_class(vm: &Vm, object: Value) -> bool {
    let Value::Instance(id) = object else {
        return false;
    };
    let class = vm.heap[id].class;
    vm.heap[class].specials.getattribute
        || matches!(
            vm.class_attribute(class, names::CLASS),
            Some(Value::Property(_) | Value::Class(_))
        )
}

fn type_subclasscheck(vm: &mut Vm, args: Args) -> NativeResult {
    let class = class_argument(vm, args.get(vm, 0), "issubclass")?;
    let Value::Class(other) = args.get(vm, 1) else {
        return vm.call_prelude(
            "_abstract_subclass",
            &[args.get(vm, 1), Value::Class(class)],
        );
    };
    ok(Value::Bool(vm.is_subclass(other, class)))
}

fn type_or(vm: &mut Vm, args: Args) -> NativeResult {
    let (a, b) = (args.get(vm, 0), args.get(vm, 1));
    vm.call_prelude("_union", &[a, b])
}

fn type_ror(vm: &mut Vm, args: Args) -> NativeResult {
    let (a, b) = (args.get(vm, 1), args.get(vm, 0));
    vm.call_prelude("_union", &[a, b])
}

/// All items of a (nested) tuple of classes.
fn flatten(vm: &mut Vm, class: Value, check: &str) -> Result<Vec<Value>, Raise> {
    let mut found = Vec::new();
    let mut pending = vec![(class, 0)];
    while let Some((value, depth)) = pending.pop() {
        match value {
            Value::Tuple(_) if depth > vm.recursion_limit => {
                let message = format!("maximum recursion depth exceeded in {check}");
                return Err(vm.raise(classes::RECURSION_ERROR, &message));
            }
            Value::Tuple(tuple) => {
                let items = vm.heap[tuple].items.iter().rev();
                pending.extend(items.map(|&item| (item, depth + 1)));
            }
            other => found.push(other),
        }
    }
    Ok(found)
}

fn isinstance(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, class) = (args.get(vm, 0), args.get(vm, 1));
    if let Value::Class(class) = class
        && !is_hooked(vm, class, names::INSTANCECHECK)
    {
        if vm.is_instance(object, class) {
            return ok(Value::Bool(true));
        }
        if says_its_class(vm, object) {
            return vm.call_prelude("_isinstance_by_class", &[object, Value::Class(class)]);
        }
        return ok(Value::Bool(false));
    }
    let wanted = flatten(vm, class, "__instancecheck__")?;
    let what = "isinstance() arg 2 must be a type, a tuple of types, or a union";
    check_each(
        vm,
        object,
        &wanted,
        names::INSTANCECHECK,
        what,
        |vm, class| vm.is_instance(object, class),
    )
}

fn issubclass(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, class) = (args.get(vm, 0), args.get(vm, 1));
    let Value::Class(object_class) = object else {
        // What has bases counts as a class.
        let wanted = flatten(vm, class, "__subclasscheck__")?;
        let wanted = vm.heap.list(wanted);
        let hook = Value::Str(names::SUBCLASSCHECK);
        return vm.call_prelude("_check_hooks", &[object, wanted, hook]);
    };
    let wanted = flatten(vm, class, "__subclasscheck__")?;
    let what = "issubclass() arg 2 must be a class, a tuple of classes, or a union";
    check_each(
        vm,
        object,
        &wanted,
        names::SUBCLASSCHECK,
        what,
        |vm, class| vm.is_subclass(object_class, class),
    )
}

/// Does a class say itself what is an instance or a subclass of it?
pub(crate) fn is_hooked(vm: &Vm, class: Id<Class>, name: Id<super::Str>) -> bool {
    !vm.heap[class].builtin
        && matches!(
            vm.class_attribute(class, name),
            Some(Value::ClassMethod(_) | Value::StaticMethod(_))
        )
}

fn check_each(
    vm: &mut Vm,
    object: Value,
    wanted: &[Value],
    hook: Id<super::Str>,
    what: &str,
    plain: impl Fn(&Vm, Id<Class>) -> bool,
) -> NativeResult {
    let mut scripts = Vec::new();
    let says_its_class = hook == names::INSTANCECHECK && says_its_class(vm, object);
    for &class in wanted {
        match class {
            Value::Class(class) => {
                if plain(vm, class) {
                    return ok(Value::Bool(true));
                }
                if is_hooked(vm, class, hook) || says_its_class {
                    scripts.push(Value::Class(class));
                }
            }
            Value::GenericAlias(_) => {
                let function = what.split(' ').next().unwrap_or(what);
                let message = format!("{function} argument 2 cannot be a parameterized generic");
                return vm.fail_type(message);
            }
            other => scripts.push(other),
        }
    }
    if scripts.is_empty() {
        return ok(Value::Bool(false));
    }
    let scripts = vm.heap.list(scripts);
    let name = Value::Str(hook);
    vm.call_prelude("_check_hooks", &[object, scripts, name])
}

fn getattr(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, name, default) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
    let interned = name_argument(vm, name)?;
    if default.is_undef() {
        return vm.get_attribute(object, interned);
    }
    if lacks(vm, object, interned) {
        return ok(default);
    }
    match vm.get_attribute(object, interned) {
        Err(Raise(raised)) if vm.is_subclass(vm.heap[raised].class, classes::ATTRIBUTE_ERROR) => {
            ok(default)
        }
        Ok(Outcome::Call(_)) => vm.call_prelude("_getattr_default", &[object, name, default]),
        other => other,
    }
}

/// Is it plain that an object hasn't this attribute? Then no AttributeError need be made to tell.
fn lacks(vm: &Vm, object: Value, name: Id<super::Str>) -> bool {
    let Value::Instance(id) = object else {
        return false;
    };
    let class = vm.heap[id].class;
    let specials = vm.heap[class].specials;
    vm.heap[class].base == super::NativeBase::Object
        && !specials.getattr
        && !specials.getattribute
        && !vm.heap.text(name).starts_with("__")
        && vm.own_attribute(id, name).is_none()
        && vm.class_attribute(class, name).is_none()
}

fn setattr(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, name, value) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
    let name = name_argument(vm, name)?;
    vm.set_attribute(object, name, value)
}

fn delattr(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, name) = (args.get(vm, 0), args.get(vm, 1));
    let name = name_argument(vm, name)?;
    vm.delete_attribute(object, name)
}

fn hasattr(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, name) = (args.get(vm, 0), args.get(vm, 1));
    let interned = name_argument(vm, name)?;
    if lacks(vm, object, interned) {
        return ok(Value::Bool(false));
    }
    match vm.get_attribute(object, interned) {
        Ok(Outcome::Call(_)) => vm.call_prelude("_hasattr", &[object, name]),
        Ok(_) => ok(Value::Bool(true)),
        Err(Raise(raised)) if vm.is_subclass(vm.heap[raised].class, classes::ATTRIBUTE_ERROR) => {
            ok(Value::Bool(false))
        }
        Err(raise) => Err(raise),
    }
}

fn callable(vm: &mut Vm, args: Args) -> NativeResult {
    let object = args.get(vm, 0);
    ok(Value::Bool(vm.is_callable(object)))
}

fn id(vm: &mut Vm, args: Args) -> NativeResult {
    let object = args.get(vm, 0);
    ok(Value::Int(vm.address(object) as i64))
}

fn object_dir(vm: &mut Vm, args: Args) -> NativeResult {
    let object = args.get(vm, 0);
    let names = vm.dir_names(object);
    let names = names.into_iter().map(|name| vm.heap.str(name)).collect();
    ok(vm.heap.list(names))
}

fn dir(vm: &mut Vm, args: Args) -> NativeResult {
    let object = args.get(vm, 0);
    if let Value::Instance(id) = object {
        let class = vm.heap[id].class;
        if let Some(method @ Value::Function(_)) = vm.class_attribute(class, names::DIR) {
            return vm.call_prelude("_dir", &[method, object]);
        }
    }
    if let Value::Class(class) = object {
        let name = vm.heap.intern("__class_dir__");
        if let Some(Value::ClassMethod(cell)) = vm.class_attribute(class, name) {
            let method = vm.heap[cell].value;
            return vm.call_prelude("_dir", &[method, object]);
        }
    }
    if let Value::Module(module) = object
        && let Some(&slot) = vm.heap[module].globals.get(&names::DIR)
        && let function @ Value::Function(_) = vm.globals[slot as usize]
    {
        return vm.call_prelude("_module_dir", &[function]);
    }
    if object.is_undef() {
        return vm.fail_type("acoro's dir() needs an argument");
    }
    object_dir(vm, args)
}

fn vars(vm: &mut Vm, args: Args) -> NativeResult {
    let object = args.get(vm, 0);
    match vm.get_attribute(object, names::DICT) {
        Err(_) => vm.fail_type("vars() argument must have __dict__ attribute"),
        other => other,
    }
}

fn get_attribute_plain(vm: &mut Vm, args: Args) -> NativeResult {
    object_getattribute(vm, args)
}

fn bind_attribute(vm: &mut Vm, args: Args) -> NativeResult {
    let (attribute, object) = (args.get(vm, 0), args.get(vm, 1));
    let class = vm.class_of(object);
    vm.bind_attribute(attribute, object, class)
}

fn make_class(vm: &mut Vm, args: Args) -> NativeResult {
    let (name, bases, namespace) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
    let bases = vm.items_of(bases)?.unwrap_or_default();
    match (name, namespace) {
        (Value::Str(name), Value::Dict(namespace)) => {
            let class = vm.make_class(name, &bases, namespace)?;
            ok(Value::Class(class))
        }
        _ => vm.fail_type("a class needs a name and a namespace"),
    }
}

fn set_cell(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 1);
    if let Value::Cell(cell) = args.get(vm, 0) {
        vm.heap[cell].value = value;
    }
    ok(Value::None)
}

fn class_attribute(vm: &mut Vm, args: Args) -> NativeResult {
    let (class, name) = (args.get(vm, 0), args.get(vm, 1));
    let name = name_argument(vm, name)?;
    ok(match class {
        Value::Class(class) => vm.class_attribute(class, name).unwrap_or(Value::None),
        _ => Value::None,
    })
}

fn plain_instance(vm: &mut Vm, args: Args) -> NativeResult {
    match (args.get(vm, 0), args.get(vm, 1)) {
        (value, Value::Class(class)) => ok(Value::Bool(vm.is_instance(value, class))),
        _ => ok(Value::Bool(false)),
    }
}

fn is_subclass_native(vm: &mut Vm, args: Args) -> NativeResult {
    match (args.get(vm, 0), args.get(vm, 1)) {
        (Value::Class(class), Value::Class(other)) => ok(Value::Bool(vm.is_subclass(class, other))),
        _ => ok(Value::Bool(false)),
    }
}

/// Calls a native again with the int that the last of its arguments which is `value` stands for.
fn invoke_with(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::Native(function), Value::Tuple(given)) = (args.get(vm, 0), args.get(vm, 1)) else {
        return vm.fail_type("not a native and its arguments");
    };
    let (value, index) = (args.get(vm, 2), args.get(vm, 3));
    let mut given = vm.heap[given].items.to_vec();
    if let Some(at) = vm.find_argument(&given, value) {
        given[at] = if given[at] == value {
            index
        } else {
            let items = vm.items_of(given[at])?.unwrap_or_default();
            let swapped = items.iter().map(|&item| match item == value {
                true => index,
                false => item,
            });
            vm.heap.list(swapped.collect())
        };
    }
    let start = args.end();
    vm.ensure_window(start + given.len());
    vm.fiber.stack[start..start + given.len()].copy_from_slice(&given);
    vm.invoke(
        crate::vm::natives::get(function),
        Args::new(start, given.len()),
    )
}

/// `cls.__new__(cls, *args, **kwargs)` as found in the class's order, for `_construct`.
fn native_new(vm: &mut Vm, args: Args) -> NativeResult {
    let (class, positional, keywords) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
    let Value::Class(id) = class else {
        return vm.fail_type("not a class");
    };
    let mut all: smallvec::SmallVec<[Value; 6]> = smallvec::smallvec![class];
    all.extend(vm.items_of(positional)?.unwrap_or_default());
    let new = match vm.class_attribute(id, names::NEW) {
        Some(Value::StaticMethod(cell)) => vm.heap[cell].value,
        Some(new) => new,
        None => return vm.new_plain_instance(id),
    };
    if let (Value::Native(_), crate::objects::NativeBase::Value(base)) = (new, vm.heap[id].base)
        && vm.is_subclass(base, classes::FUTURE)
    {
        // Its `__init__` makes the future or task inside.
        return ok(vm.wrap_native(class, Value::None));
    }
    // What a list, dict, set or bytearray is filled with is its `__init__`'s business.
    if let (Value::Native(_), Some(empty)) = (new, vm.empty_container(id)) {
        return ok(vm.wrap_native(class, empty));
    }
    Ok(Outcome::Call(Box::new(crate::vm::CallRequest {
        callee: new,
        args: all,
        keywords,
    })))
}

/// `types.ModuleType`
pub(crate) const MODULE: &[NativeFn] = &[native("__new__", "cls, name, doc=None", module_new)];

/// A module that no file is behind.
fn module_new(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(name) = vm.as_str(args.get(vm, 1)) else {
        let got = vm.type_name_or_none(args.get(vm, 1));
        return vm.fail_type(format!("module() argument 'name' must be str, not {got}"));
    };
    let name = vm.heap.text(name).to_owned();
    let module = vm.new_module(&name);
    let doc = args.get(vm, 2).or_none();
    for (name, value) in [
        ("__doc__", doc),
        ("__package__", Value::None),
        ("__loader__", Value::None),
        ("__spec__", Value::None),
    ] {
        let name = vm.heap.intern(name);
        vm.set_module_global(module, name, value);
    }
    vm.heap[module].initialized = true;
    ok(Value::Module(module))
}

/// Methods of `property`.
pub(crate) const PROPERTY: &[NativeFn] = &[
    native(
        "__new__",
        "cls, fget=None, fset=None, fdel=None, doc=None",
        property_new,
    ),
    native(
        "__init__",
        "self, fget=None, fset=None, fdel=None, doc=None",
        property_init,
    ),
    native("getter", "self, fget, /", property_getter),
    native("setter", "self, fset, /", property_setter),
    native("deleter", "self, fdel, /", property_deleter),
    native("__get__", "self, instance, owner=None, /", property_get),
    native("__set__", "self, instance, value, /", property_set),
    native("__delete__", "self, instance, /", property_delete),
    native("__set_name__", "self, owner, name, /", property_set_name),
];

fn doc_of(vm: &Vm, function: Value) -> Value {
    match function {
        Value::Function(id) => vm.heap[id].doc,
        _ => Value::None,
    }
}

fn property_new(vm: &mut Vm, args: Args) -> NativeResult {
    let property = given_property(vm, args);
    let value = Value::Property(vm.heap.new_property(property));
    let class = args.get(vm, 0);
    ok(vm.wrap_native(class, value))
}

/// What a derived class's `super().__init__(…)` fills.
fn property_init(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this_property(vm, args)?;
    let name = vm.heap[id].name;
    let property = given_property(vm, args);
    vm.heap[id] = Property { name, ..property };
    ok(Value::None)
}

fn given_property(vm: &Vm, args: Args) -> Property {
    let get = args.get(vm, 1).or_none();
    let doc = match args.get(vm, 4) {
        Value::Undef | Value::None => doc_of(vm, get),
        doc => doc,
    };
    Property {
        get,
        set: args.get(vm, 2).or_none(),
        delete: args.get(vm, 3).or_none(),
        doc,
        name: Value::None,
    }
}

fn this_property(vm: &mut Vm, args: Args) -> Result<Id<Property>, Raise> {
    match vm.native_value(args.get(vm, 0)) {
        Value::Property(id) => Ok(id),
        _ => Err(vm.type_error("descriptor requires a 'property' object")),
    }
}

fn property_set_name(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this_property(vm, args)?;
    vm.heap[id].name = args.get(vm, 2);
    ok(Value::None)
}

fn changed_property(
    vm: &mut Vm,
    args: Args,
    change: impl FnOnce(&mut Property, Value),
) -> NativeResult {
    let id = this_property(vm, args)?;
    let mut property = vm.heap[id];
    let from_getter = property.doc == doc_of(vm, property.get);
    change(&mut property, args.get(vm, 1));
    if from_getter {
        property.doc = doc_of(vm, property.get);
    }
    if let Value::Instance(instance) = args.get(vm, 0) {
        // A derived class makes its own.
        let class = Value::Class(vm.heap[instance].class);
        return call(class, &[property.get, property.set, property.delete]);
    }
    ok(Value::Property(vm.heap.new_property(property)))
}

fn property_getter(vm: &mut Vm, args: Args) -> NativeResult {
    changed_property(vm, args, |property, function| property.get = function)
}

fn property_setter(vm: &mut Vm, args: Args) -> NativeResult {
    changed_property(vm, args, |property, function| property.set = function)
}

fn property_deleter(vm: &mut Vm, args: Args) -> NativeResult {
    changed_property(vm, args, |property, function| property.delete = function)
}

fn property_get(vm: &mut Vm, args: Args) -> NativeResult {
    let (property, instance) = (args.get(vm, 0), args.get(vm, 1));
    if instance.is_none() {
        return ok(property);
    }
    let class = vm.class_of(instance);
    let property = vm.native_value(property);
    vm.bind_attribute(property, instance, class)
}

fn property_set(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this_property(vm, args)?;
    let (set, instance, value) = (vm.heap[id].set, args.get(vm, 1), args.get(vm, 2));
    if set.is_none() {
        return Err(vm.property_lacks(id, instance, "setter"));
    }
    call(set, &[instance, value])
}

fn property_delete(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this_property(vm, args)?;
    let (delete, instance) = (vm.heap[id].delete, args.get(vm, 1));
    if delete.is_none() {
        return Err(vm.property_lacks(id, instance, "deleter"));
    }
    call(delete, &[instance])
}

impl Vm {
    /// AttributeError: a property has no function for what is asked of it.
    #[cold]
    pub(crate) fn property_lacks(
        &mut self,
        id: Id<Property>,
        instance: Value,
        what: &str,
    ) -> Raise {
        let name = match self.heap[id].name {
            Value::Str(name) => format!("property '{}'", self.heap.text(name)),
            _ => "property".to_owned(),
        };
        let class = self.class_of(instance);
        let owner = self.heap.text(self.heap[class].qualname).to_owned();
        self.raise(
            classes::ATTRIBUTE_ERROR,
            format!("{name} of '{owner}' object has no {what}"),
        )
    }
}

/// `staticmethod` and `classmethod`.
pub(crate) const STATIC_METHOD: &[NativeFn] = &[
    native("__new__", "cls, function, /", staticmethod_new),
    native("__call__", "self, /, *args, **kwargs", staticmethod_call),
    native("__get__", "self, instance, owner=None, /", |vm, args| {
        ok(match args.get(vm, 0) {
            Value::StaticMethod(cell) => vm.heap[cell].value,
            other => other,
        })
    }),
];

/// Methods of `classmethod`.
pub(crate) const CLASS_METHOD: &[NativeFn] = &[
    native("__new__", "cls, function, /", classmethod_new),
    native("__get__", "self, instance, owner=None, /", classmethod_get),
];

/// Methods of `super`.
pub(crate) const SUPER: &[NativeFn] = &[native(
    "__new__",
    "cls, type=None, object_or_type=None, /",
    super_new,
)];

/// Methods of functions.
pub(crate) const FUNCTION: &[NativeFn] = &[
    native("__call__", "self, /, *args, **kwargs", type_call),
    native("__get__", "self, instance, owner=None, /", function_get),
];

/// Methods of native functions.
pub(crate) const BUILTIN_FUNCTION: &[NativeFn] =
    &[native("__call__", "self, /, *args, **kwargs", type_call)];

/// Methods of bound methods.
pub(crate) const METHOD: &[NativeFn] = &[
    native("__new__", "cls, function, instance, /", method_new),
    native("__call__", "self, /, *args, **kwargs", type_call),
    // It is bound already.
    native("__get__", "self, instance, owner=None, /", |vm, args| {
        ok(args.get(vm, 0))
    }),
];

fn method_new(vm: &mut Vm, args: Args) -> NativeResult {
    let (function, this) = (args.get(vm, 1), args.get(vm, 2));
    if this.is_none() {
        return vm.fail_type("instance must not be None");
    }
    ok(Value::BoundMethod(
        vm.heap
            .new_bound_method(super::BoundMethod { function, this }),
    ))
}

fn staticmethod_new(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 1);
    ok(Value::StaticMethod(vm.heap.new_cell(super::Cell { value })))
}

fn staticmethod_call(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::StaticMethod(cell) = args.get(vm, 0) else {
        return vm.fail_type("descriptor requires a 'staticmethod' object");
    };
    let (callee, keywords) = (vm.heap[cell].value, args.get(vm, 1));
    let positional = args.rest(vm, 2).into();
    Ok(Outcome::Call(Box::new(crate::vm::CallRequest {
        callee,
        args: positional,
        keywords,
    })))
}

fn classmethod_new(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 1);
    ok(Value::ClassMethod(vm.heap.new_cell(super::Cell { value })))
}

fn classmethod_get(vm: &mut Vm, args: Args) -> NativeResult {
    let (method, instance, owner) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
    let class = match owner {
        Value::Class(class) => class,
        _ => vm.class_of(instance),
    };
    vm.bind_attribute(method, instance, class)
}

fn function_get(vm: &mut Vm, args: Args) -> NativeResult {
    let (function, instance) = (args.get(vm, 0), args.get(vm, 1));
    if instance.is_none() {
        return ok(function);
    }
    ok(vm.bound(function, instance))
}

fn super_new(vm: &mut Vm, args: Args) -> NativeResult {
    match (args.get(vm, 1), args.get(vm, 2)) {
        (Value::Class(class), this) if !this.is_undef() => {
            vm.new_super(class, this).map(Outcome::Value)
        }
        (Value::Undef, _) => {
            let code = &vm.codes[vm.heap[vm.top().function].code as usize].code;
            let message = if code.params.positional == 0 || code.in_class {
                "super(): no arguments"
            } else {
                "super(): __class__ cell not found"
            };
            Err(vm.runtime_error(message))
        }
        (Value::Class(_), _) => {
            let message =
                "acoro has no unbound super objects: write super(type, object) or super()";
            Err(vm.raise(classes::NOT_IMPLEMENTED_ERROR, message))
        }
        (other, _) => {
            let name = vm.type_name(other).to_owned();
            vm.fail_type(format!("super() argument 1 must be a type, not {name}"))
        }
    }
}

impl Vm {
    /// `callable(value)`
    pub(crate) fn is_callable(&self, value: Value) -> bool {
        match value {
            Value::Function(_)
            | Value::Native(_)
            | Value::BoundMethod(_)
            | Value::Class(_)
            | Value::GenericAlias(_) => true,
            Value::StaticMethod(_) => true,
            Value::Instance(id) => self
                .class_attribute(self.heap[id].class, names::CALL)
                .is_some_and(|method| !method.is_none()),
            _ => false,
        }
    }

    /// The names `dir(object)` lists, sorted.
    pub(crate) fn dir_names(&mut self, object: Value) -> Vec<String> {
        let mut found: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
        let order = match object {
            Value::Module(module) => {
                for (&name, &slot) in &self.heap[module].globals {
                    if !self.globals[slot as usize].is_undef() {
                        found.insert(self.heap.text(name).to_owned());
                    }
                }
                return found.into_iter().collect();
            }
            Value::Class(class) => self.heap[class].order.clone(),
            other => self.heap[self.class_of(other)].order.clone(),
        };
        for class in order {
            for &name in self.heap[class].attributes.keys() {
                found.insert(self.heap.text(name).to_owned());
            }
        }
        if let Value::Function(id) = object
            && let Some(dict) = self.heap[id].attributes
        {
            for entry in self.heap[dict].iter() {
                if let Value::Str(name) = entry.key {
                    found.insert(self.heap.text(name).to_owned());
                }
            }
        }
        if let Value::Instance(id) = object {
            let shape = self.heap[id].shape;
            if self.heap.shapes[shape].dictionary {
                let dict = self.instance_dict(id);
                for entry in self.heap[dict].iter() {
                    if let Value::Str(name) = entry.key {
                        found.insert(self.heap.text(name).to_owned());
                    }
                }
            } else {
                for &name in self.heap.shapes[shape].slots.keys() {
                    found.insert(self.heap.text(name).to_owned());
                }
            }
        }
        found.insert("__class__".to_owned());
        found.insert("__doc__".to_owned());
        found.into_iter().collect()
    }
}
