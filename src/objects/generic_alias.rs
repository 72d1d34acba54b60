//! `types.GenericAlias`: `list[int]`, and `*tuple[int]`. The prelude substitutes types for type parameters.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Iter, Str, Tuple};
use crate::heap::{Id, Trace, Value};
use crate::vm::native::{NativeFn, Outcome};
use crate::vm::{Args, NativeResult, Vm, names, native, ok};
use serde::{Deserialize, Serialize};

/// `list[int]`
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GenericAlias {
    /// `list`
    pub origin: Value,
    /// The parameters, a tuple.
    pub args: Id<Tuple>,
    /// It is spread: `*tuple[int]`.
    pub starred: bool,
}

impl Trace for GenericAlias {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        visit(self.origin);
        visit(Value::Tuple(self.args));
    }
}

/// Its methods.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("__call__", "self, /, *args, **kwargs", alias_call),
    native("__new__", "cls, origin, args, /", new_generic_alias),
    native("__iter__", "self, /", alias_iter),
    native("__getitem__", "self, item, /", alias_getitem),
    native("__mro_entries__", "self, bases, /", alias_mro_entries),
    native(
        "__instancecheck__",
        "self, instance, /",
        alias_instancecheck,
    ),
    native("__subclasscheck__", "self, cls, /", alias_subclasscheck),
];

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[native("_starred_alias", "alias, /", starred_alias)];

/// The attributes that are its own, and not those of what it stands for.
const OWN: [&str; 11] = [
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
];

impl Vm {
    /// `origin[args]`
    pub(crate) fn generic_alias(&mut self, origin: Value, args: Value) -> Value {
        let args = match args {
            Value::Tuple(id) => id,
            _ => self.heap.new_tuple(Tuple {
                items: Box::new([args]),
            }),
        };
        Value::GenericAlias(self.heap.new_generic_alias(GenericAlias {
            origin,
            args,
            starred: false,
        }))
    }

    /// `alias.name`
    pub(crate) fn attribute_of_alias(
        &mut self,
        id: Id<GenericAlias>,
        name: Id<Str>,
    ) -> NativeResult {
        let text = self.heap.text(name);
        if text == "__bases__" {
            return Err(self.attribute_error(Value::GenericAlias(id), name));
        }
        let alias = self.heap[id];
        if !OWN.contains(&text) {
            return self.get_attribute(alias.origin, name);
        }
        let value = match text {
            "__origin__" => alias.origin,
            "__args__" => Value::Tuple(alias.args),
            "__unpacked__" => Value::Bool(alias.starred),
            "__parameters__" => {
                let parameters = self.parameters_of(&self.heap[alias.args].items);
                self.heap.tuple(parameters)
            }
            "__typing_unpacked_tuple_args__" => {
                match alias.starred && alias.origin == Value::Class(crate::vm::classes::TUPLE) {
                    true => Value::Tuple(alias.args),
                    false => Value::None,
                }
            }
            _ => {
                let class = self.class_of(Value::GenericAlias(id));
                return match self.class_attribute(class, name) {
                    Some(found) => self.bind_attribute(found, Value::GenericAlias(id), class),
                    None if name == names::CLASS => ok(Value::Class(class)),
                    None => Err(self.attribute_error(Value::GenericAlias(id), name)),
                };
            }
        };
        ok(value)
    }

    /// The type parameters in arguments, each once, in the order of their first mention.
    fn parameters_of(&self, args: &[Value]) -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        let mut pending: Vec<Value> = args.iter().rev().copied().collect();
        let (substitute, parameters) = (
            self.heap.interned("__typing_subst__"),
            self.heap.interned("__parameters__"),
        );
        // A list that holds itself ends here too.
        for _ in 0..100_000 {
            let Some(value) = pending.pop() else {
                break;
            };
            match value {
                Value::Tuple(id) => pending.extend(self.heap[id].items.iter().rev()),
                Value::List(id) => pending.extend(self.heap[id].items.iter().rev()),
                Value::GenericAlias(id) => {
                    pending.extend(self.heap[self.heap[id].args].items.iter().rev());
                }
                Value::Instance(id) => {
                    let class = self.heap[id].class;
                    if substitute.is_some_and(|name| self.class_attribute(class, name).is_some()) {
                        if !found.iter().any(|one| one.is(value)) {
                            found.push(value);
                        }
                    } else if let Some(Value::Tuple(inner)) = parameters.and_then(|name| {
                        self.own_attribute(id, name)
                            .or_else(|| self.class_attribute(class, name))
                    }) {
                        pending.extend(self.heap[inner].items.iter().rev());
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// `alias[item]`
    pub(crate) fn item_of_alias(&mut self, id: Id<GenericAlias>, item: Value) -> NativeResult {
        let parameters = self.parameters_of(&self.heap[self.heap[id].args].items);
        let parameters = self.heap.tuple(parameters);
        self.call_prelude(
            "_subscript_alias",
            &[Value::GenericAlias(id), parameters, item],
        )
    }

    /// `iter(alias)`, which gives the spread alias.
    pub(crate) fn iterate_alias(&mut self, id: Id<GenericAlias>) -> NativeResult {
        let alias = GenericAlias {
            starred: true,
            ..self.heap[id]
        };
        let starred = Value::GenericAlias(self.heap.new_generic_alias(alias));
        let tuple = self.heap.new_tuple(Tuple {
            items: Box::new([starred]),
        });
        ok(Value::Iter(
            self.heap.new_iter(Iter::Tuple { tuple, at: 0 }),
        ))
    }
}

fn alias_argument(vm: &mut Vm, args: Args) -> Result<Id<GenericAlias>, crate::vm::Raise> {
    match args.get(vm, 0) {
        Value::GenericAlias(id) => Ok(id),
        _ => Err(vm.type_error("descriptor requires a 'types.GenericAlias' object")),
    }
}

fn new_generic_alias(vm: &mut Vm, args: Args) -> NativeResult {
    let (origin, parameters) = (args.get(vm, 1), args.get(vm, 2));
    ok(vm.generic_alias(origin, parameters))
}

fn starred_alias(vm: &mut Vm, args: Args) -> NativeResult {
    let id = alias_argument(vm, args)?;
    let alias = GenericAlias {
        starred: true,
        ..vm.heap[id]
    };
    ok(Value::GenericAlias(vm.heap.new_generic_alias(alias)))
}

fn alias_call(vm: &mut Vm, args: Args) -> NativeResult {
    let id = alias_argument(vm, args)?;
    let callee = vm.heap[id].origin;
    let keywords = args.get(vm, 1);
    let mut positional = vec![Value::GenericAlias(id), callee, keywords.or_none()];
    positional.extend(args.rest(vm, 2));
    if let Value::Class(_) = callee {
        return vm.call_prelude("_call_alias", &positional);
    }
    Ok(Outcome::Call(Box::new(crate::vm::CallRequest {
        callee,
        args: args.rest(vm, 2).into(),
        keywords,
    })))
}

fn alias_iter(vm: &mut Vm, args: Args) -> NativeResult {
    let id = alias_argument(vm, args)?;
    vm.iterate_alias(id)
}

fn alias_getitem(vm: &mut Vm, args: Args) -> NativeResult {
    let id = alias_argument(vm, args)?;
    vm.item_of_alias(id, args.get(vm, 1))
}

fn alias_mro_entries(vm: &mut Vm, args: Args) -> NativeResult {
    let id = alias_argument(vm, args)?;
    let origin = vm.heap[id].origin;
    ok(vm.heap.tuple(vec![origin]))
}

fn alias_instancecheck(vm: &mut Vm, args: Args) -> NativeResult {
    alias_argument(vm, args)?;
    vm.fail_type("isinstance() argument 2 cannot be a parameterized generic")
}

fn alias_subclasscheck(vm: &mut Vm, args: Args) -> NativeResult {
    alias_argument(vm, args)?;
    vm.fail_type("issubclass() argument 2 cannot be a parameterized generic")
}
