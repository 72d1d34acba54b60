//! `dict`: constructor and methods, and its views.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::dict_access::{Lookup, Probe};
use super::{Dict, DictView, Str, ViewKind};
use crate::heap::{Id, Value};
use crate::vm::native::{NativeFn, Quick};
use crate::vm::{Args, NativeResult, Raise, Vm, classes, native, ok};

/// `dict`
pub(crate) const DICT: &[NativeFn] = &[
    native("__new__", "cls, iterable=(), /, **kwargs", new),
    native("__init__", "self, iterable=(), /, **kwargs", init),
    native("get", "self, key, default=None, /", get).quick(Quick::DictGet),
    native("setdefault", "self, key, default=None, /", setdefault),
    native("pop", "self, key, default=None, /", pop),
    native("popitem", "self, /", popitem),
    native("update", "self, iterable=(), /, **kwargs", update),
    native("clear", "self, /", clear),
    native("copy", "self, /", copy),
    native("keys", "self, /", |vm, args| {
        view(vm, args, "keys", ViewKind::Keys)
    })
    .direct(|vm, args| view_of_dict(vm, args, ViewKind::Keys)),
    native("values", "self, /", |vm, args| {
        view(vm, args, "values", ViewKind::Values)
    })
    .direct(|vm, args| view_of_dict(vm, args, ViewKind::Values)),
    native("items", "self, /", |vm, args| {
        view(vm, args, "items", ViewKind::Items)
    })
    .direct(|vm, args| view_of_dict(vm, args, ViewKind::Items)),
];

/// Class methods of `dict`.
pub(crate) const DICT_CLASS_METHODS: &[NativeFn] =
    &[native("fromkeys", "cls, iterable, value=None, /", fromkeys)];

/// `dict.keys()` and `dict.items()`
pub(crate) const SET_VIEW: &[NativeFn] = &[native("isdisjoint", "self, other, /", |vm, args| {
    let (this, other) = (args.get(vm, 0), args.get(vm, 1));
    vm.call_prelude("_view_isdisjoint", &[this, other])
})];

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_dict_set", "dict, key, value, /", |vm, args| {
        let (dict, key, value) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
        let dict = vm.native_value(dict);
        vm.set_item(dict, key, value)
    }),
    native("_has_plain_iter", "object, /", |vm, args| {
        let object = args.get(vm, 0);
        ok(Value::Bool(vm.plain_dict(object).is_some()))
    }),
];

fn this(vm: &mut Vm, args: Args, name: &str) -> Result<Id<Dict>, Raise> {
    let this = args.get(vm, 0);
    match vm.native_value(this) {
        Value::Dict(id) => Ok(id),
        _ => {
            let type_name = vm.type_name(this);
            let message = format!(
                "descriptor '{name}' for 'dict' objects doesn't apply to a '{type_name}' object"
            );
            Err(vm.type_error(message))
        }
    }
}

fn new(vm: &mut Vm, args: Args) -> NativeResult {
    let cls = args.get(vm, 0);
    let dict = vm.heap.new_dict(Dict::default());
    if cls != Value::Class(classes::DICT) {
        return ok(vm.wrap_native(cls, Value::Dict(dict)));
    }
    let (other, keywords) = (args.get(vm, 1), args.get(vm, 2));
    vm.dict_fill(dict, other, keywords, Value::Dict(dict))
}

fn init(vm: &mut Vm, args: Args) -> NativeResult {
    fill(vm, args, "__init__")
}

fn update(vm: &mut Vm, args: Args) -> NativeResult {
    fill(vm, args, "update")
}

fn fill(vm: &mut Vm, args: Args, name: &str) -> NativeResult {
    let dict = this(vm, args, name)?;
    let (other, keywords) = (args.get(vm, 1), args.get(vm, 2));
    vm.dict_fill(dict, other, keywords, Value::None)
}

impl Vm {
    /// Adds all items of another dict; false if script code is needed, which can then begin anew.
    pub(crate) fn dict_merge_dict(
        &mut self,
        dict: Id<Dict>,
        other: Id<Dict>,
    ) -> Result<bool, Raise> {
        if dict == other {
            return Ok(true);
        }
        if self.heap[dict].is_empty() {
            let copy = self.heap[other].packed();
            self.heap.update(dict, |dict| *dict = copy);
            return Ok(true);
        }
        let mut place = 0;
        while let Some(at) = self.heap[other].next_place(place) {
            place = at + 1;
            let entry = self.heap[other].entry(at);
            match self.find_in_dict(dict, entry.hash, entry.key) {
                Some(Some(found)) => self.heap[dict].set_value(found, entry.value),
                Some(None) => self
                    .heap
                    .update(dict, |dict| dict.push(entry.hash, entry.key, entry.value)),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Removes a str key and tells if it was there.
    pub(crate) fn dict_remove_str(&mut self, dict: Id<Dict>, name: Id<Str>) -> bool {
        matches!(
            self.dict_remove(dict, Value::Str(name)),
            Ok(Lookup::Found(_))
        )
    }

    /// `a | b` where one is a dict; None if the other is none.
    pub(crate) fn dict_union(
        &mut self,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> Result<Option<crate::vm::Outcome>, Raise> {
        let Value::Dict(x) = a else { return Ok(None) };
        if in_place {
            return self.dict_fill(x, b, Value::Undef, a).map(Some);
        }
        let Value::Dict(y) = b else { return Ok(None) };
        let copy = self.heap[x].packed();
        let copy = self.heap.new_dict(copy);
        if self.dict_merge_dict(copy, y)? {
            return Ok(Some(Value::Dict(copy).into()));
        }
        let copy = Value::Dict(copy);
        self.call_prelude("_dict_update", &[copy, b, Value::None, copy])
            .map(Some)
    }
}

fn get(vm: &mut Vm, args: Args) -> NativeResult {
    let dict = this(vm, args, "get")?;
    let (key, default) = (args.get(vm, 1), args.get(vm, 2).or_none());
    match vm.dict_get(dict, key)? {
        Lookup::Found(value) => ok(value),
        Lookup::Missing => ok(default),
        Lookup::Script => vm.call_prelude("_dict_get", &[Value::Dict(dict), key, default]),
    }
}

fn setdefault(vm: &mut Vm, args: Args) -> NativeResult {
    let dict = this(vm, args, "setdefault")?;
    let (key, default) = (args.get(vm, 1), args.get(vm, 2).or_none());
    match vm.dict_probe(dict, key)? {
        Probe::At(place) => ok(vm.heap[dict].entry(place).value),
        Probe::Missing(hash) => {
            vm.heap.update(dict, |dict| dict.push(hash, key, default));
            ok(default)
        }
        Probe::Script => vm.call_prelude("_dict_setdefault", &[Value::Dict(dict), key, default]),
    }
}

fn pop(vm: &mut Vm, args: Args) -> NativeResult {
    let dict = this(vm, args, "pop")?;
    let (key, default) = (args.get(vm, 1), args.get(vm, 2));
    if vm.heap[dict].is_empty() {
        // CPython doesn't even hash the key.
        return if default.is_undef() {
            Err(vm.key_error(key))
        } else {
            ok(default)
        };
    }
    match vm.dict_remove(dict, key)? {
        Lookup::Found(value) => ok(value),
        Lookup::Missing if default.is_undef() => Err(vm.key_error(key)),
        Lookup::Missing => ok(default),
        Lookup::Script => {
            let has_default = Value::Bool(!default.is_undef());
            vm.call_prelude(
                "_dict_pop",
                &[Value::Dict(dict), key, has_default, default.or_none()],
            )
        }
    }
}

fn popitem(vm: &mut Vm, args: Args) -> NativeResult {
    let dict = this(vm, args, "popitem")?;
    match vm.heap[dict].previous_place(usize::MAX) {
        Some(place) => {
            let entry = vm.heap.update(dict, |dict| dict.remove(place));
            ok(vm.heap.tuple([entry.key, entry.value]))
        }
        None => {
            let message = vm.heap.str("popitem(): dictionary is empty");
            Err(vm.key_error(message))
        }
    }
}

fn clear(vm: &mut Vm, args: Args) -> NativeResult {
    let dict = this(vm, args, "clear")?;
    vm.heap.update(dict, Dict::clear);
    ok(Value::None)
}

fn copy(vm: &mut Vm, args: Args) -> NativeResult {
    let dict = this(vm, args, "copy")?;
    let copy = vm.heap[dict].packed();
    ok(Value::Dict(vm.heap.new_dict(copy)))
}

/// A view of a dict.
fn view_of_dict(vm: &mut Vm, args: &[Value], kind: ViewKind) -> Option<Value> {
    match *args {
        [Value::Dict(dict)] => Some(Value::DictView(
            vm.heap.new_dict_view(DictView { dict, kind }),
        )),
        _ => None,
    }
}

fn view(vm: &mut Vm, args: Args, name: &str, kind: ViewKind) -> NativeResult {
    let dict = this(vm, args, name)?;
    ok(Value::DictView(
        vm.heap.new_dict_view(DictView { dict, kind }),
    ))
}

fn fromkeys(vm: &mut Vm, args: Args) -> NativeResult {
    let (cls, iterable, value) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2).or_none());
    if cls != Value::Class(classes::DICT) {
        return vm.call_prelude("_dict_fromkeys_of", &[cls, iterable, value]);
    }
    let dict = vm.heap.new_dict(Dict::default());
    let items = if matches!(iterable, Value::Iter(_)) {
        None
    } else {
        vm.items_of(iterable)?
    };
    let Some(items) = items else {
        return vm.call_prelude("_dict_fromkeys", &[Value::Dict(dict), iterable, value]);
    };
    for item in items {
        if !vm.dict_set(dict, item, value)? {
            return vm.call_prelude("_dict_fromkeys", &[Value::Dict(dict), iterable, value]);
        }
    }
    ok(Value::Dict(dict))
}
