//! `list`: constructor and methods, and what the operators need of lists and tuples.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::iteration::Items;
use super::slicing::Index;
use super::{Bytes, Class, Dict, List, NativeBase, Property, Set};
use crate::heap::{Id, Value};
use crate::vm::native::{NativeFn, Quick};
use crate::vm::{Args, NativeResult, Outcome, Raise, Vm, classes, native, ok};

/// `list`
pub(crate) const LIST: &[NativeFn] = &[
    native("__new__", "cls, iterable=(), /", new),
    native("__init__", "self, iterable=(), /", init),
    native("append", "self, object, /", append).quick(Quick::ListAppend),
    native("extend", "self, iterable, /", extend),
    native("insert", "self, index, object, /", insert),
    native("pop", "self, index=-1, /", pop).direct(pop_last),
    native("remove", "self, value, /", remove),
    native("clear", "self, /", clear),
    native("copy", "self, /", copy),
    native("reverse", "self, /", reverse),
    native(
        "index",
        "self, value, start=0, stop=9223372036854775807, /",
        super::sequence_methods::index,
    ),
    native("count", "self, value, /", super::sequence_methods::count),
    native("sort", "self, /, *, key=None, reverse=False", sort),
];

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_list_take", "list, /", take),
    native("_list_restore", "list, items, /", restore),
];

fn this(vm: &mut Vm, args: Args, name: &str) -> Result<Id<List>, Raise> {
    let this = args.get(vm, 0);
    match vm.native_value(this) {
        Value::List(id) => Ok(id),
        _ => {
            let type_name = vm.type_name(this);
            let message = format!(
                "descriptor '{name}' for 'list' objects doesn't apply to a '{type_name}' object"
            );
            Err(vm.type_error(message))
        }
    }
}

fn new(vm: &mut Vm, args: Args) -> NativeResult {
    let (cls, iterable) = (args.get(vm, 0), args.get(vm, 1));
    if cls != Value::Class(classes::LIST) {
        let list = vm.heap.list(Vec::new());
        return ok(vm.wrap_native(cls, list));
    }
    if iterable.is_undef() {
        return ok(vm.heap.list(Vec::new()));
    }
    match vm.collect_items(iterable)? {
        Items::All(items) => ok(vm.heap.list(items)),
        Items::NeedMemory(bytes) => Ok(Outcome::NeedMemory(bytes)),
        Items::Script => vm.call_prelude("_list", &[iterable]),
    }
}

fn init(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "__init__")?;
    let iterable = args.get(vm, 1);
    vm.heap.update(list, |list| list.items = Vec::new());
    if iterable.is_undef() {
        return ok(Value::None);
    }
    extend_with(vm, list, iterable)
}

fn append(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "append")?;
    let item = args.get(vm, 1);
    vm.list_push(list, item);
    ok(Value::None)
}

fn extend(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "extend")?;
    let iterable = args.get(vm, 1);
    extend_with(vm, list, iterable)
}

fn extend_with(vm: &mut Vm, list: Id<List>, iterable: Value) -> NativeResult {
    match vm.collect_items(iterable)? {
        Items::All(items) => {
            vm.heap.update(list, |list| list.items.extend(items));
            ok(Value::None)
        }
        Items::NeedMemory(bytes) => Ok(Outcome::NeedMemory(bytes)),
        Items::Script => vm.call_prelude("_list_extend", &[Value::List(list), iterable]),
    }
}

fn insert(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "insert")?;
    let (index, item) = (args.get(vm, 1), args.get(vm, 2));
    let at = match vm.index_of(index) {
        Index::At(at) => at,
        Index::Script => return vm.call_prelude("_list_insert", &[Value::List(list), index, item]),
        Index::Huge => {
            return Err(vm.raise(
                classes::OVERFLOW_ERROR,
                "Python int too large to convert to C ssize_t",
            ));
        }
        Index::Slice(_) | Index::Invalid => return Err(vm.not_an_index(index)),
    };
    let length = vm.heap[list].items.len() as i64;
    let at = if at < 0 {
        at.saturating_add(length).max(0)
    } else {
        at.min(length)
    };
    vm.heap
        .update(list, |list| list.items.insert(at as usize, item));
    ok(Value::None)
}

/// `list.pop()`
fn pop_last(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    match *args {
        [Value::List(list)] => vm.heap[list].items.pop(),
        _ => None,
    }
}

fn pop(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "pop")?;
    let index = args.get(vm, 1);
    if index.is_undef()
        && let Some(item) = vm.heap[list].items.pop()
    {
        return ok(item);
    }
    let at = match vm.index_of(index.or(Value::Int(-1))) {
        Index::At(at) => at,
        Index::Script => return vm.call_prelude("_list_pop", &[Value::List(list), index]),
        Index::Huge => {
            return Err(vm.raise(
                classes::OVERFLOW_ERROR,
                "Python int too large to convert to C ssize_t",
            ));
        }
        Index::Slice(_) | Index::Invalid => return Err(vm.not_an_index(index)),
    };
    let items = &mut vm.heap[list].items;
    if items.is_empty() {
        return Err(vm.raise(classes::INDEX_ERROR, "pop from empty list"));
    }
    match Vm::place_of_index(at, items.len()) {
        Some(at) => ok(items.remove(at)),
        None => Err(vm.raise(classes::INDEX_ERROR, "pop index out of range")),
    }
}

fn remove(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "remove")?;
    let value = args.get(vm, 1);
    for at in 0..vm.heap[list].items.len() {
        match vm.same_or_equal(vm.heap[list].items[at], value) {
            Some(true) => {
                vm.heap[list].items.remove(at);
                return ok(Value::None);
            }
            Some(false) => {}
            None => return vm.call_prelude("_list_remove", &[Value::List(list), value]),
        }
    }
    Err(vm.value_error("list.remove(x): x not in list"))
}

fn clear(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "clear")?;
    vm.heap.update(list, |list| list.items = Vec::new());
    ok(Value::None)
}

fn copy(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "copy")?;
    if let Some(need) = vm.needs_memory(vm.heap[list].items.len() * size_of::<Value>()) {
        return Ok(need);
    }
    let items = vm.heap[list].items.clone();
    ok(vm.heap.list(items))
}

fn reverse(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "reverse")?;
    vm.heap[list].items.reverse();
    ok(Value::None)
}

fn sort(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "sort")?;
    let (key, reverse) = (
        args.get(vm, 1).or_none(),
        args.get(vm, 2).or(Value::Bool(false)),
    );
    if key.is_none()
        && let Some(reverse) = vm.truth(reverse)
    {
        let items = vm.heap[list].items.clone();
        if let Some(sorted) = vm.sort_natively(items.clone(), &items, reverse) {
            vm.heap[list].items = sorted;
            return ok(Value::None);
        }
    }
    vm.call_prelude("_list_sort", &[Value::List(list), key, reverse])
}

/// Empties a list and gives its items as a new one: nobody sees a list while it is being sorted.
fn take(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "sort")?;
    let items = vm.heap.update(list, |list| std::mem::take(&mut list.items));
    ok(vm.heap.list(items))
}

/// Gives a list its items back; tells if someone has added some meanwhile.
fn restore(vm: &mut Vm, args: Args) -> NativeResult {
    let list = this(vm, args, "sort")?;
    let items = vm.items_of(args.get(vm, 1))?.unwrap_or_default();
    let changed = vm.heap.update(list, |list| {
        !std::mem::replace(&mut list.items, items).is_empty()
    });
    ok(Value::Bool(changed))
}

impl Vm {
    /// What a new instance of a class derived from a mutable container wraps.
    pub(crate) fn empty_container(&mut self, class: Id<Class>) -> Option<Value> {
        let NativeBase::Value(base) = self.heap[class].base else {
            return None;
        };
        Some(if base == classes::LIST {
            self.heap.list(Vec::new())
        } else if base == classes::DICT {
            Value::Dict(self.heap.new_dict(Dict::default()))
        } else if base == classes::SET {
            Value::Set(self.heap.new_set(Set::default()))
        } else if base == classes::BYTEARRAY {
            Value::ByteArray(self.heap.new_bytes(Bytes::default()))
        } else if base == classes::PROPERTY {
            Value::Property(self.heap.new_property(Property {
                get: Value::None,
                set: Value::None,
                delete: Value::None,
                doc: Value::None,
                name: Value::None,
            }))
        } else {
            return None;
        })
    }

    /// `a + b` for a list or tuple `a`.
    pub(crate) fn sequence_concat(&mut self, a: Value, b: Value, in_place: bool) -> NativeResult {
        let (x, y) = match (a, b) {
            (Value::List(x), _) if in_place => return extend_in_place(self, x, b),
            (Value::List(x), Value::List(y)) => (&self.heap[x].items[..], &self.heap[y].items[..]),
            (Value::Tuple(x), Value::Tuple(y)) => {
                if self.heap[y].items.is_empty() {
                    return ok(a);
                }
                (&self.heap[x].items[..], &self.heap[y].items[..])
            }
            _ => {
                let kind = self.type_name(a).to_owned();
                let message = format!(
                    "can only concatenate {kind} (not \"{}\") to {kind}",
                    self.type_name(b)
                );
                return self.fail_type(message);
            }
        };
        if let Some(need) = self.needs_memory((x.len() + y.len()) * size_of::<Value>()) {
            return Ok(need);
        }
        let items = [x, y].concat();
        ok(match a {
            Value::List(_) => self.heap.list(items),
            _ => self.heap.tuple(items),
        })
    }

    /// `a * times` for a list or tuple.
    pub(crate) fn sequence_repeat(
        &mut self,
        a: Value,
        times: usize,
        in_place: bool,
    ) -> NativeResult {
        let items = match a {
            Value::List(id) => &self.heap[id].items[..],
            Value::Tuple(id) => &self.heap[id].items[..],
            _ => &[],
        };
        let bytes = items
            .len()
            .saturating_mul(times)
            .saturating_mul(size_of::<Value>());
        if let Some(need) = self.needs_memory(bytes) {
            return Ok(need);
        }
        let items = match items {
            _ if bytes == 0 => Vec::new(),
            // Filling only writes; repeating reads what it wrote.
            [item] => vec![*item; times],
            items => items.repeat(times),
        };
        ok(match a {
            Value::List(id) if in_place => {
                self.heap.update(id, |list| list.items = items);
                a
            }
            Value::List(_) => self.heap.list(items),
            Value::Tuple(_) if times == 1 => a,
            _ => self.heap.tuple(items),
        })
    }
}

/// `list += iterable`
fn extend_in_place(vm: &mut Vm, list: Id<List>, iterable: Value) -> NativeResult {
    match extend_with(vm, list, iterable)? {
        Outcome::Value(_) => ok(Value::List(list)),
        Outcome::Call(_) => {
            vm.call_prelude("_list_extend_in_place", &[Value::List(list), iterable])
        }
        other => Ok(other),
    }
}
