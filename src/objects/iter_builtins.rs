//! The builtins that make and drive iterators: `iter`, `next`, `enumerate`, `zip`, `map`, `filter`, `reversed`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::slicing::Index;
use super::special::Implementor;
use super::{Class, Iter, Range, ViewKind};
use crate::heap::{Id, Value};
use crate::vm::native::NativeFn;
use crate::vm::{Args, NativeResult, Raise, ResumeMode, Vm, classes, names, native, ok};

/// `iter`, `next`
pub(crate) const BUILTINS: &[NativeFn] = &[
    native("iter", "object, sentinel=None, /", iter),
    native("next", "iterator, default=None, /", next),
];

/// What every native iterator has.
pub(crate) const ITERATOR_METHODS: &[NativeFn] = &[
    native("__iter__", "self, /", |vm, args| ok(args.get(vm, 0))),
    native("__next__", "self, /", |vm, args| {
        let iterator = vm.native_value(args.get(vm, 0));
        vm.next_value(iterator, ResumeMode::Send)
    }),
    native("__length_hint__", "self, /", length_hint),
];

/// `enumerate`
pub(crate) const ENUMERATE: &[NativeFn] =
    &[native("__new__", "cls, /, iterable, start=0", enumerate)];
/// `zip`
pub(crate) const ZIP: &[NativeFn] = &[native("__new__", "cls, /, *iterables, strict=False", zip)];
/// `map`
pub(crate) const MAP: &[NativeFn] = &[native("__new__", "cls, /, *args", map)];
/// `filter`
pub(crate) const FILTER: &[NativeFn] = &[native("__new__", "cls, function, iterable, /", filter)];
/// `reversed`
pub(crate) const REVERSED: &[NativeFn] = &[native("__new__", "cls, object, /", reversed)];

/// What `itertools` needs.
pub(crate) const ITERTOOLS: &[NativeFn] = &[
    native("_wrap_iterator", "cls, generator, /", wrap_iterator),
    native(
        "_wrap_restartable",
        "cls, function, /, *args",
        wrap_restartable,
    ),
];

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_wrap_iterator", "cls, generator, /", wrap_iterator),
    native("_steps_natively", "iterator, /", |vm, args| {
        let iterator = args.get(vm, 0);
        ok(Value::Bool(matches!(
            iterator,
            Value::Generator(_) | Value::Iter(_)
        )))
    }),
    native(
        "_wrap_restartable",
        "cls, function, /, *args",
        wrap_restartable,
    ),
    native("_wrap_derived", "cls, iterator, /", wrap_derived),
    native("_check_iterator", "result, /", check_iterator),
    native("_index_method", "value, /", index_method),
    native("_check_index", "result, /", check_index),
    native("_special_method", "object, name, /", special_method),
    native("_dict_missing", "object, key, /", |vm, args| {
        let (object, key) = (args.get(vm, 0), args.get(vm, 1));
        vm.missing_key(object, key)
    }),
];

fn iter(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, sentinel) = (args.get(vm, 0), args.get(vm, 1));
    if sentinel.is_undef() {
        vm.iterate(object)
    } else {
        vm.call_prelude("_iter_callable", &[object, sentinel])
    }
}

fn next(vm: &mut Vm, args: Args) -> NativeResult {
    let (mut iterator, default) = (args.get(vm, 0), args.get(vm, 1));
    if let Value::Instance(_) = iterator
        && let Implementor::Native(inner @ Value::Iter(_)) = vm.implementor(iterator, names::NEXT)
    {
        iterator = inner;
    }
    if default.is_undef() {
        return vm.next_value(iterator, ResumeMode::Send);
    }
    match iterator {
        Value::Iter(id) => match vm.advance(id)? {
            super::iteration::Step::Item(item) => ok(item),
            super::iteration::Step::End => ok(default),
            super::iteration::Step::Script => vm.next_value(iterator, ResumeMode::NextDefault),
        },
        Value::Generator(_) => vm.next_value(iterator, ResumeMode::NextDefault),
        _ => match vm.special_method(iterator, names::NEXT) {
            Some(method) => vm.call_prelude("_next_default", &[method, default]),
            None => vm.next_value(iterator, ResumeMode::Send),
        },
    }
}

fn length_hint(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Iter(id) = args.get(vm, 0) else {
        return ok(Value::NotImplemented);
    };
    let length = match &vm.heap[id] {
        Iter::Exhausted(_) => 0,
        Iter::List { list, at } => vm.heap[*list].items.len().saturating_sub(*at),
        Iter::ListReversed { end, .. } | Iter::Reversed { end, .. } => *end,
        Iter::Tuple { tuple, at } => vm.heap[*tuple].items.len() - at,
        Iter::Str { str, at } => vm.heap.text(*str)[*at..].chars().count(),
        Iter::Bytes { bytes, at, .. } => vm.heap[*bytes].data.len().saturating_sub(*at),
        Iter::Range { left, .. } => *left as usize,
        Iter::Dict { left, .. } => *left,
        Iter::Set { set, at, .. } => {
            let set = &vm.heap[*set];
            let mut left = 0;
            let mut at = *at;
            while let Some((place, ..)) = set.next(at) {
                left += 1;
                at = place + 1;
            }
            left
        }
        Iter::Enumerate { .. } | Iter::Zip { .. } | Iter::Library { .. } | Iter::Wrapped { .. } => {
            return ok(Value::NotImplemented);
        }
    };
    ok(Value::Int(length as i64))
}

fn enumerate(vm: &mut Vm, args: Args) -> NativeResult {
    let (given, keyword) = (vec![args.get(vm, 1)], args.get(vm, 2));
    if let Some(derived) = derived_iterator(vm, args, classes::ENUMERATE, given, keyword) {
        return derived;
    }
    let (iterable, start) = (args.get(vm, 1), args.get(vm, 2).or(Value::Int(0)));
    let count = match vm.index_of(start) {
        Index::At(count) => Some(count),
        Index::Huge | Index::Script => None,
        Index::Slice(_) | Index::Invalid => return Err(vm.not_an_index(start)),
    };
    // A count that could leave the range of small ints is left to the prelude.
    if let Some(count) = count.filter(|&count| count < i64::MAX / 2)
        && let Some(inner) = vm.native_iter_of(iterable)
    {
        return ok(Value::Iter(
            vm.heap.new_iter(Iter::Enumerate { inner, count }),
        ));
    }
    vm.call_prelude("_enumerate", &[iterable, start])
}

fn zip(vm: &mut Vm, args: Args) -> NativeResult {
    let (given, keyword) = (args.rest(vm, 2).to_vec(), args.get(vm, 1));
    if let Some(derived) = derived_iterator(vm, args, classes::ZIP, given, keyword) {
        return derived;
    }
    let strict = args.get(vm, 1).or(Value::Bool(false));
    let iterables = args.rest(vm, 2).to_vec();
    if let Some(strict) = vm.truth(strict)
        && iterables
            .iter()
            .all(|&iterable| vm.is_natively_iterable(iterable))
    {
        let inner: Option<Vec<Id<Iter>>> = iterables
            .iter()
            .map(|&iterable| vm.native_iter_of(iterable))
            .collect();
        if let Some(inner) = inner {
            let inner = inner.into_boxed_slice();
            return ok(Value::Iter(vm.heap.new_iter(Iter::Zip { inner, strict })));
        }
    }
    let iterables = vm.heap.list(iterables);
    vm.call_prelude("_zip", &[iterables, strict])
}

fn map(vm: &mut Vm, args: Args) -> NativeResult {
    let (given, keyword) = (args.rest(vm, 1).to_vec(), Value::Undef);
    if let Some(derived) = derived_iterator(vm, args, classes::MAP, given, keyword) {
        return derived;
    }
    let arguments = args.rest(vm, 1).to_vec();
    match arguments[..] {
        [] | [_] => vm.fail_type("map() must have at least two arguments."),
        [function, iterable] => vm.call_prelude("_map", &[function, iterable]),
        [function, ..] => {
            let iterables = vm.heap.list(arguments[1..].to_vec());
            vm.call_prelude("_map_several", &[function, iterables])
        }
    }
}

fn filter(vm: &mut Vm, args: Args) -> NativeResult {
    let (given, keyword) = (args.rest(vm, 1).to_vec(), Value::Undef);
    if let Some(derived) = derived_iterator(vm, args, classes::FILTER, given, keyword) {
        return derived;
    }
    let (function, iterable) = (args.get(vm, 1), args.get(vm, 2));
    vm.call_prelude("_filter", &[function, iterable])
}

fn reversed(vm: &mut Vm, args: Args) -> NativeResult {
    let (given, keyword) = (args.rest(vm, 1).to_vec(), Value::Undef);
    if let Some(derived) = derived_iterator(vm, args, classes::REVERSED, given, keyword) {
        return derived;
    }
    let object = args.get(vm, 1);
    vm.reverse_iterate(object)
}

/// For a derived class, an instance around an iterator of the builtin one.
fn derived_iterator(
    vm: &mut Vm,
    args: Args,
    base: Id<Class>,
    given: Vec<Value>,
    keyword: Value,
) -> Option<NativeResult> {
    let class = args.get(vm, 0);
    if class == Value::Class(base) {
        return None;
    }
    if let Err(raise) = vm.new_class(args, base) {
        return Some(Err(raise));
    }
    let given = vm.heap.list(given);
    let args = [class, Value::Class(base), given, keyword.or_none()];
    Some(vm.call_prelude("_derived_iterator", &args))
}

/// `cls` and an iterator: the iterator as an instance of the derived class.
fn wrap_derived(vm: &mut Vm, args: Args) -> NativeResult {
    let (class, iterator) = (args.get(vm, 0), args.get(vm, 1));
    ok(vm.wrap_native(class, iterator))
}

impl Vm {
    /// `reversed(object)`
    pub(crate) fn reverse_iterate(&mut self, object: Value) -> NativeResult {
        if let Value::Range(id) = object
            && self.heap[id].big.is_some()
        {
            let backwards = self.reverse_of_big_range(self.heap[id]);
            return self.iterate(backwards);
        }
        if let Some(iter) = self.native_reversed(object) {
            return ok(Value::Iter(self.heap.new_iter(iter)));
        }
        if let Value::Instance(id) = object {
            match self.implementor(object, names::REVERSED) {
                Implementor::Native(native) => return self.reverse_iterate(native),
                Implementor::Method(Value::None) => {}
                Implementor::Method(method) => {
                    return self.call_class_attribute(method, object, &[]);
                }
                Implementor::Missing => {
                    if self
                        .class_attribute(self.heap[id].class, names::GETITEM)
                        .is_some()
                    {
                        return self.call_prelude("_reversed_by_index", &[object]);
                    }
                }
            }
        }
        if let Value::Class(class) = object
            && let Some(method) = self.class_attribute(class, names::CLASS_REVERSED)
        {
            return self.call_class_hook(method, class, &[]);
        }
        let message = format!("'{}' object is not reversible", self.type_name(object));
        self.fail_type(message)
    }

    fn native_reversed(&self, object: Value) -> Option<Iter> {
        Some(match object {
            Value::List(list) => Iter::ListReversed {
                list,
                end: self.heap[list].items.len(),
            },
            Value::Tuple(id) => Iter::Reversed {
                object,
                end: self.heap[id].items.len(),
            },
            Value::Bytes(id) | Value::ByteArray(id) => Iter::Reversed {
                object,
                end: self.heap[id].data.len(),
            },
            Value::Str(id) => Iter::Reversed {
                object,
                end: self.heap.text(id).len(),
            },
            Value::Range(id) => {
                let range = self.heap[id];
                let left = range.len();
                Iter::Range {
                    next: if left == 0 { 0 } else { range.item(left - 1) },
                    left,
                    step: range.step.wrapping_neg(),
                }
            }
            Value::Dict(dict) => self.dict_iterator(dict, ViewKind::Keys, true),
            Value::DictView(id) => {
                let view = self.heap[id];
                self.dict_iterator(view.dict, view.kind, true)
            }
            _ => return None,
        })
    }

    /// A generator of a function without `*args` or captured parameters, not yet begun.
    fn begin_generator(
        &mut self,
        function: Id<super::Function>,
        args: &[Value],
    ) -> Id<super::Coroutine> {
        let mut registers = vec![Value::Undef; self.heap[function].registers as usize];
        registers[..args.len()].copy_from_slice(args);
        self.new_coroutine_object(function, registers.into())
    }

    /// The generator to resume for an iterator's next item, if it is made of one.
    pub(crate) fn live_generator(&mut self, iter: Id<Iter>) -> Option<Id<super::Coroutine>> {
        let Iter::Wrapped {
            generator, again, ..
        } = &self.heap[iter]
        else {
            return None;
        };
        let generator = *generator;
        let Some(again) = again else {
            return Some(generator);
        };
        match self.heap[generator].state {
            super::CoroutineState::Created | super::CoroutineState::Suspended => {
                return Some(generator);
            }
            // It asks itself for an item: all that it knows is in its arguments.
            super::CoroutineState::Running | super::CoroutineState::Closed => {}
        }
        let (function, arguments) = (again.0, again.1.clone());
        let fresh = self.begin_generator(function, &arguments);
        if let Iter::Wrapped { generator, .. } = &mut self.heap[iter] {
            *generator = fresh;
        }
        Some(fresh)
    }

    /// TypeError: no `__index__`.
    #[cold]
    pub(crate) fn not_an_index(&mut self, value: Value) -> Raise {
        let message = format!(
            "'{}' object cannot be interpreted as an integer",
            self.type_name(value)
        );
        self.type_error(message)
    }

    /// A range from three ints.
    pub(crate) fn new_range_value(&mut self, start: i64, stop: i64, step: i64) -> Value {
        Value::Range(self.heap.new_range(Range {
            start,
            stop,
            step,
            big: None,
        }))
    }
}

/// The class of an iterator, which is given itself or by name.
fn iterator_class(vm: &Vm, class: Value) -> Id<Class> {
    match class {
        Value::Class(class) => class,
        Value::Str(name) if vm.heap.text(name) == "callable_iterator" => classes::CALLABLE_ITERATOR,
        Value::Str(name) if vm.heap.text(name) == "longrange_iterator" => {
            classes::LONGRANGE_ITERATOR
        }
        _ => classes::ITERATOR,
    }
}

/// Makes a prelude generator pass for an iterator of a class.
fn wrap_iterator(vm: &mut Vm, args: Args) -> NativeResult {
    let class = iterator_class(vm, args.get(vm, 0));
    match args.get(vm, 1) {
        Value::Generator(generator) => ok(Value::Iter(vm.heap.new_iter(Iter::Wrapped {
            class,
            generator,
            again: None,
        }))),
        other => ok(other),
    }
}

/// The same for the generator of a function and its arguments, which is made anew when it is resumed behind its end or while it runs.
fn wrap_restartable(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Function(function) = args.get(vm, 1) else {
        return ok(Value::None);
    };
    let class = iterator_class(vm, args.get(vm, 0));
    let arguments = args.rest(vm, 2).to_vec();
    let generator = vm.begin_generator(function, &arguments);
    let again = Some(Box::new((function, arguments)));
    ok(Value::Iter(vm.heap.new_iter(Iter::Wrapped {
        class,
        generator,
        again,
    })))
}

/// What `__iter__` returned has to be an iterator.
fn check_iterator(vm: &mut Vm, args: Args) -> NativeResult {
    let result = args.get(vm, 0);
    // What a generator function `__iter__` just made goes to whoever iterates, and to nobody else.
    if let Value::Generator(id) = result {
        vm.note_owner(id);
    }
    let is_iterator = matches!(result, Value::Iter(_) | Value::Generator(_))
        || vm
            .class_attribute(vm.class_of(result), names::NEXT)
            .is_some();
    if is_iterator {
        return ok(result);
    }
    let message = format!(
        "iter() returned non-iterator of type '{}'",
        vm.type_name(result)
    );
    vm.fail_type(message)
}

/// The bound special method of a value's class, or None.
fn special_method(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Str(name) = args.get(vm, 1) else {
        return ok(Value::None);
    };
    let name = vm.heap.intern_id(name);
    match vm.special_method(args.get(vm, 0), name) {
        Some(method) => ok(method),
        None => ok(Value::None),
    }
}

/// The bound `__index__` of a value, or a function that returns it if it is an int already.
fn index_method(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    match vm.special_method(value, names::INDEX) {
        Some(method) => ok(method),
        None => Err(vm.not_an_index(value)),
    }
}

fn check_index(vm: &mut Vm, args: Args) -> NativeResult {
    let result = args.get(vm, 0);
    match vm.native_value(result) {
        int @ (Value::Int(_) | Value::BigInt(_) | Value::Bool(_)) => ok(int),
        _ => {
            let message = format!("__index__ returned non-int (type {})", vm.type_name(result));
            vm.fail_type(message)
        }
    }
}
