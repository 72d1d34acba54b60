//! `iter(x)` and `next(it)` for builtin kinds, and collecting the items of what can be iterated without script code.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::special::Implementor;
use super::{Class, Iter, NativeBase, ViewKind};
use crate::heap::{Id, Value, text_in};
use crate::vm::{
    NativeResult, Outcome, Raise, ResumeInput, ResumeMode, ResumeRequest, Vm, classes, names, ok,
};

/// What advancing a native iterator gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// The next item.
    Item(Value),
    /// Nothing more.
    End,
    /// A generator of the prelude has to be resumed: `Iter::Wrapped`.
    Script,
}

/// All items of something.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Items {
    /// These.
    All(Vec<Value>),
    /// Script code is needed.
    Script,
    /// There are so many that this many bytes are needed for them.
    NeedMemory(usize),
}

/// Iterators over iterators deeper than this are made by the prelude.
const MAX_NESTING: usize = 16;

impl Vm {
    /// `iter(value)`
    pub(crate) fn iterate(&mut self, value: Value) -> NativeResult {
        if let Some(iter) = self.native_iterator(value) {
            return ok(Value::Iter(self.heap.new_iter(iter)));
        }
        match value {
            Value::Iter(_) | Value::Generator(_) => ok(value),
            Value::Instance(_) | Value::Class(_) => self.iterate_instance(value),
            Value::Range(id) => {
                let parts = self.range_parts(self.heap[id]);
                self.call_prelude("_iter_big_range", &parts)
            }
            Value::GenericAlias(id) => self.iterate_alias(id),
            _ => match self.special_method(value, names::ITER) {
                Some(method) => self.call_prelude("_iter", &[method]),
                None => self.fail_not_iterable(value),
            },
        }
    }

    fn iterate_instance(&mut self, value: Value) -> NativeResult {
        // A class is iterable when its metaclass says so, which only the stdlib's own classes have.
        if let Value::Class(class) = value {
            return match self.class_attribute(class, names::CLASS_ITER) {
                Some(method) => self.call_class_hook(method, class, &[]),
                None => self.fail_not_iterable(value),
            };
        }
        match self.implementor(value, names::ITER) {
            // An instance of a class derived from `map`, `zip` and their like.
            Implementor::Native(Value::Iter(_)) => ok(value),
            Implementor::Native(native) => self.iterate(native),
            Implementor::Method(Value::None) => self.fail_not_iterable(value),
            Implementor::Method(_) => match self.special_method(value, names::ITER) {
                Some(method) => self.call_prelude("_iter", &[method]),
                None => self.fail_not_iterable(value),
            },
            Implementor::Missing
                if self
                    .class_attribute(self.class_of(value), names::GETITEM)
                    .is_some() =>
            {
                self.call_prelude("_iter_by_index", &[value])
            }
            Implementor::Missing => self.fail_not_iterable(value),
        }
    }

    /// Calls what a stdlib class has in place of a metaclass's method.
    pub(crate) fn call_class_hook(
        &mut self,
        method: Value,
        class: Id<Class>,
        args: &[Value],
    ) -> NativeResult {
        let function = match method {
            Value::ClassMethod(cell) | Value::StaticMethod(cell) => self.heap[cell].value,
            _ => method,
        };
        let mut all = vec![Value::Class(class)];
        all.extend_from_slice(args);
        crate::vm::call(function, &all)
    }

    #[cold]
    pub(crate) fn fail_not_iterable(&mut self, value: Value) -> NativeResult {
        let message = format!("'{}' object is not iterable", self.type_name(value));
        self.fail_type(message)
    }

    /// A new native iterator over a value of a builtin kind.
    pub(crate) fn native_iterator(&self, value: Value) -> Option<Iter> {
        Some(match value {
            Value::List(list) => Iter::List { list, at: 0 },
            Value::Tuple(tuple) => Iter::Tuple { tuple, at: 0 },
            Value::Str(str) => Iter::Str { str, at: 0 },
            Value::Bytes(bytes) | Value::ByteArray(bytes) => Iter::Bytes {
                bytes,
                at: 0,
                mutable: matches!(value, Value::ByteArray(_)),
            },
            Value::Range(id) if self.heap[id].big.is_none() => {
                let range = self.heap[id];
                Iter::Range {
                    next: range.start,
                    left: range.len(),
                    step: range.step,
                }
            }
            Value::Dict(dict) => self.dict_iterator(dict, ViewKind::Keys, false),
            Value::DictView(id) => {
                let view = self.heap[id];
                self.dict_iterator(view.dict, view.kind, false)
            }
            Value::Set(set) | Value::FrozenSet(set) => Iter::Set {
                set,
                at: 0,
                length: self.heap[set].len(),
            },
            _ => return None,
        })
    }

    /// An iterator over a dict.
    pub(crate) fn dict_iterator(
        &self,
        dict: Id<super::Dict>,
        kind: ViewKind,
        reversed: bool,
    ) -> Iter {
        let object = &self.heap[dict];
        Iter::Dict {
            dict,
            at: if reversed { object.places() } else { 0 },
            length: object.len(),
            left: object.len(),
            kind,
            reversed,
        }
    }

    /// Can it be iterated at all?
    pub(crate) fn is_iterable(&self, value: Value) -> bool {
        if self.is_natively_iterable(value) || matches!(value, Value::Iter(_) | Value::Generator(_))
        {
            return true;
        }
        let class = self.class_of(value);
        if let Value::Class(class) = value {
            return self.class_attribute(class, names::CLASS_ITER).is_some();
        }
        match self.class_attribute(class, names::ITER) {
            Some(method) => !method.is_none(),
            None => {
                matches!(value, Value::Instance(_))
                    && self.class_attribute(class, names::GETITEM).is_some()
            }
        }
    }

    /// Can all its items be had without running script code?
    pub(crate) fn is_natively_iterable(&self, value: Value) -> bool {
        match value {
            Value::Iter(id) => match &self.heap[id] {
                Iter::Wrapped { .. } => false,
                Iter::Library { state, .. } => state.is_bounded(&self.heap),
                _ => true,
            },
            _ => self
                .native_iterator(self.plain_for_iteration(value))
                .is_some(),
        }
    }

    /// The native value of an instance whose class doesn't override `__iter__`.
    fn plain_for_iteration(&self, value: Value) -> Value {
        let Value::Instance(id) = value else {
            return value;
        };
        let class = &self.heap[self.heap[id].class];
        if matches!(class.base, NativeBase::Value(_)) && !class.specials.iter {
            if let Value::Iter(_) = self.heap[id].slots[0]
                && let Implementor::Method(_) = self.implementor(value, names::NEXT)
            {
                return value;
            }
            self.heap[id].slots[0]
        } else {
            value
        }
    }

    /// The native iterator `iter(value)` would give, if advancing it never needs script code.
    pub(crate) fn native_iter_of(&mut self, value: Value) -> Option<Id<Iter>> {
        if let Value::Iter(id) = value {
            let usable = self.is_natively_iterable(value) && self.nesting(id) < MAX_NESTING;
            return usable.then_some(id);
        }
        let iter = self.native_iterator(self.plain_for_iteration(value))?;
        Some(self.heap.new_iter(iter))
    }

    /// How many iterators are inside each other, up to `MAX_NESTING`.
    fn nesting(&self, id: Id<Iter>) -> usize {
        let mut level = vec![id];
        let mut depth = 0;
        while !level.is_empty() && depth < MAX_NESTING && level.len() < 1000 {
            depth += 1;
            let mut inner = Vec::new();
            for id in level {
                match &self.heap[id] {
                    Iter::Enumerate { inner: id, .. } => inner.push(*id),
                    Iter::Zip { inner: ids, .. } => inner.extend_from_slice(ids),
                    Iter::Library { state, .. } => inner.extend(state.inner()),
                    Iter::Exhausted(_)
                    | Iter::List { .. }
                    | Iter::ListReversed { .. }
                    | Iter::Tuple { .. }
                    | Iter::Str { .. }
                    | Iter::Bytes { .. }
                    | Iter::Range { .. }
                    | Iter::Dict { .. }
                    | Iter::Set { .. }
                    | Iter::Reversed { .. }
                    | Iter::Wrapped { .. } => {}
                }
            }
            level = inner;
        }
        if level.is_empty() { depth } else { MAX_NESTING }
    }

    /// The class a native iterator is said to have.
    pub(crate) fn class_of_iter(&self, id: Id<Iter>) -> Id<Class> {
        match &self.heap[id] {
            Iter::Exhausted(class) | Iter::Wrapped { class, .. } | Iter::Library { class, .. } => {
                *class
            }
            Iter::List { .. } => classes::LIST_ITERATOR,
            Iter::ListReversed { .. } => classes::LIST_REVERSEITERATOR,
            Iter::Tuple { .. } => classes::TUPLE_ITERATOR,
            Iter::Str { str, .. } => {
                if self.heap[*str].ascii() {
                    classes::STR_ASCII_ITERATOR
                } else {
                    classes::STR_ITERATOR
                }
            }
            Iter::Bytes { mutable: false, .. } => classes::BYTES_ITERATOR,
            Iter::Bytes { mutable: true, .. } => classes::BYTEARRAY_ITERATOR,
            Iter::Range { .. } => classes::RANGE_ITERATOR,
            Iter::Dict { kind, reversed, .. } => match (kind, reversed) {
                (ViewKind::Keys, false) => classes::DICT_KEYITERATOR,
                (ViewKind::Values, false) => classes::DICT_VALUEITERATOR,
                (ViewKind::Items, false) => classes::DICT_ITEMITERATOR,
                (ViewKind::Keys, true) => classes::DICT_REVERSEKEYITERATOR,
                (ViewKind::Values, true) => classes::DICT_REVERSEVALUEITERATOR,
                (ViewKind::Items, true) => classes::DICT_REVERSEITEMITERATOR,
            },
            Iter::Set { .. } => classes::SET_ITERATOR,
            Iter::Enumerate { .. } => classes::ENUMERATE,
            Iter::Zip { .. } => classes::ZIP,
            Iter::Reversed { .. } => classes::REVERSED,
        }
    }

    /// The next item of a native iterator.
    ///
    /// # Errors
    /// RuntimeError if a dict or set changed its size; ValueError of `zip(strict=True)`.
    #[inline]
    pub(crate) fn advance(&mut self, id: Id<Iter>) -> Result<Step, Raise> {
        let heap = &mut self.heap;
        let item = match &mut heap.iters[id] {
            Iter::List { list, at } => heap.lists[*list].items.get(*at).map(|&item| {
                *at += 1;
                item
            }),
            Iter::Tuple { tuple, at } => heap.tuples[*tuple].items.get(*at).map(|&item| {
                *at += 1;
                item
            }),
            Iter::Range { next, left, step } => (*left > 0).then(|| {
                let item = *next;
                *left -= 1;
                *next = item.wrapping_add(*step);
                Value::Int(item)
            }),
            Iter::Exhausted(_)
            | Iter::ListReversed { .. }
            | Iter::Str { .. }
            | Iter::Bytes { .. }
            | Iter::Dict { .. }
            | Iter::Set { .. }
            | Iter::Enumerate { .. }
            | Iter::Zip { .. }
            | Iter::Reversed { .. }
            | Iter::Library { .. }
            | Iter::Wrapped { .. } => return self.advance_other(id),
        };
        match item {
            Some(item) => Ok(Step::Item(item)),
            None => Ok(self.exhaust(id)),
        }
    }

    /// An iterator that has ended stays so.
    pub(crate) fn exhaust(&mut self, id: Id<Iter>) -> Step {
        let class = self.class_of_iter(id);
        self.heap[id] = Iter::Exhausted(class);
        Step::End
    }

    fn advance_other(&mut self, id: Id<Iter>) -> Result<Step, Raise> {
        let heap = &mut self.heap;
        let item = match &mut heap.iters[id] {
            Iter::Exhausted(_) => return Ok(Step::End),
            Iter::Wrapped { .. } => return Ok(Step::Script),
            Iter::List { .. } | Iter::Tuple { .. } | Iter::Range { .. } => return self.advance(id),
            Iter::ListReversed { list, end } => {
                let items = &heap.lists[*list].items;
                let item = end.checked_sub(1).and_then(|at| items.get(at)).copied();
                *end = end.saturating_sub(1);
                item
            }
            Iter::Reversed { object, end } => match *object {
                Value::Tuple(id) => end.checked_sub(1).map(|at| {
                    *end = at;
                    heap.tuples[id].items[at]
                }),
                Value::Bytes(id) | Value::ByteArray(id) => {
                    let byte = end
                        .checked_sub(1)
                        .and_then(|at| heap.bytes_objects[id].data.get(at))
                        .copied();
                    *end = end.saturating_sub(1);
                    byte.map(|byte| Value::Int(i64::from(byte)))
                }
                Value::Str(id) => {
                    let character = text_in(&heap.strs, &heap.buffers, id)[..*end]
                        .chars()
                        .next_back();
                    *end -= character.map_or(0, char::len_utf8);
                    character.map(|character| self.char_value(character))
                }
                _ => None,
            },
            Iter::Str { str, at } => {
                let text = text_in(&heap.strs, &heap.buffers, *str);
                let character = if heap.strs[*str].ascii() {
                    text.as_bytes().get(*at).copied().map(char::from)
                } else {
                    text[*at..].chars().next()
                };
                *at += character.map_or(0, char::len_utf8);
                character.map(|character| self.char_value(character))
            }
            Iter::Bytes { bytes, at, .. } => {
                heap.bytes_objects[*bytes].data.get(*at).map(|&byte| {
                    *at += 1;
                    Value::Int(i64::from(byte))
                })
            }
            Iter::Dict { .. } => return self.advance_dict(id),
            Iter::Set { set, at, length } => {
                let set = &heap.sets[*set];
                if set.len() != *length {
                    *length = usize::MAX;
                    return Err(self.runtime_error("Set changed size during iteration"));
                }
                set.next(*at).map(|(place, _, item)| {
                    *at = place + 1;
                    item
                })
            }
            // `MAX_NESTING` bounds how deep these three call back.
            Iter::Library { .. } => match self.advance_library(id)? {
                // One that has ended still shows what it repeated.
                None if self.is_repeat(id) => return Ok(Step::End),
                item => item,
            },
            Iter::Enumerate { inner, count } => {
                let (inner, number) = (*inner, *count);
                *count += 1;
                match self.advance(inner)? {
                    Step::Item(item) => Some(self.heap.tuple(vec![Value::Int(number), item])),
                    Step::End => None,
                    Step::Script => return Ok(Step::Script),
                }
            }
            Iter::Zip { inner, strict } => {
                let (inner, strict) = (inner.clone(), *strict);
                self.advance_zip(&inner, strict)?
            }
        };
        match item {
            Some(item) => Ok(Step::Item(item)),
            None => Ok(self.exhaust(id)),
        }
    }

    fn advance_zip(&mut self, inner: &[Id<Iter>], strict: bool) -> Result<Option<Value>, Raise> {
        let mut items = Vec::with_capacity(inner.len());
        for (number, &iter) in inner.iter().enumerate() {
            match self.advance(iter)? {
                Step::Item(item) => items.push(item),
                Step::End | Step::Script => {
                    if !strict {
                        return Ok(None);
                    }
                    if number > 0 {
                        return Err(self.zip_lengths(number, "shorter"));
                    }
                    // The first has ended: so must all others.
                    for (number, &iter) in inner.iter().enumerate().skip(1) {
                        if self.advance(iter)? != Step::End {
                            return Err(self.zip_lengths(number, "longer"));
                        }
                    }
                    return Ok(None);
                }
            }
        }
        Ok((!items.is_empty()).then(|| self.heap.tuple(items)))
    }

    #[cold]
    fn zip_lengths(&mut self, number: usize, how: &str) -> Raise {
        let others = if number == 1 {
            "argument 1".to_owned()
        } else {
            format!("arguments 1-{number}")
        };
        let message = format!("zip() argument {} is {how} than {others}", number + 1);
        self.value_error(message)
    }

    fn advance_dict(&mut self, id: Id<Iter>) -> Result<Step, Raise> {
        let heap = &mut self.heap;
        let Iter::Dict {
            dict,
            at,
            length,
            left,
            kind,
            reversed,
        } = &mut heap.iters[id]
        else {
            return Ok(Step::End);
        };
        let object = &heap.dicts[*dict];
        if object.len() != *length {
            *length = usize::MAX;
            return Err(self.runtime_error("dictionary changed size during iteration"));
        }
        let place = if *reversed {
            object.previous_place(*at)
        } else {
            object.next_place(*at)
        };
        let Some(place) = place else {
            return Ok(self.exhaust(id));
        };
        if *left == 0 {
            return Err(self.runtime_error("dictionary keys changed during iteration"));
        }
        *left -= 1;
        *at = if *reversed { place } else { place + 1 };
        let entry = object.entry(place);
        Ok(Step::Item(match kind {
            ViewKind::Keys => entry.key,
            ViewKind::Values => entry.value,
            ViewKind::Items => self.heap.tuple([entry.key, entry.value]),
        }))
    }

    /// The next item of any iterator, as the native `next` answers.
    pub(crate) fn next_value(&mut self, iterator: Value, mode: ResumeMode) -> NativeResult {
        let generator = match iterator {
            Value::Iter(id) => match self.advance(id)? {
                Step::Item(item) => return ok(item),
                Step::End => return Err(self.stop_iteration()),
                Step::Script => match self.live_generator(id) {
                    Some(generator) => generator,
                    None => return Err(self.stop_iteration()),
                },
            },
            Value::Generator(id) => id,
            _ => {
                return match self.implementor(iterator, names::NEXT) {
                    Implementor::Method(method) => self.call_class_attribute(method, iterator, &[]),
                    Implementor::Native(inner @ Value::Iter(_)) => self.next_value(inner, mode),
                    Implementor::Native(_) | Implementor::Missing => {
                        let message =
                            format!("'{}' object is not an iterator", self.type_name(iterator));
                        self.fail_type(message)
                    }
                };
            }
        };
        Ok(Outcome::Resume(ResumeRequest {
            coroutine: generator,
            input: ResumeInput::Send(Value::None),
            mode,
        }))
    }

    /// StopIteration without a value.
    pub(crate) fn stop_iteration(&mut self) -> Raise {
        Raise(self.new_exception_with(classes::STOP_ITERATION, &[]))
    }

    /// All items of a value, in order; None if script code is needed.
    ///
    /// # Errors
    /// TypeError if it isn't iterable, MemoryError if there are too many items.
    pub(crate) fn items_of(&mut self, value: Value) -> Result<Option<Vec<Value>>, Raise> {
        match self.collect_items(value)? {
            Items::All(items) => Ok(Some(items)),
            Items::Script => Ok(None),
            Items::NeedMemory(_) => Err(Raise(self.new_exception_with(classes::MEMORY_ERROR, &[]))),
        }
    }

    /// All items of a value, in order.
    ///
    /// # Errors
    /// TypeError if it isn't iterable.
    pub(crate) fn collect_items(&mut self, value: Value) -> Result<Items, Raise> {
        let value = self.plain_for_iteration(value);
        if let Some(length) = self.native_length(value) {
            let bytes = usize::try_from(length)
                .unwrap_or(usize::MAX)
                .saturating_mul(size_of::<Value>());
            if bytes > 1 << 16 && !self.heap.has_room(bytes) {
                return Ok(Items::NeedMemory(bytes));
            }
        }
        match value {
            Value::List(id) => return Ok(Items::All(self.heap[id].items.clone())),
            Value::Tuple(id) => return Ok(Items::All(self.heap[id].items.to_vec())),
            Value::Set(id) | Value::FrozenSet(id) => {
                return Ok(Items::All(
                    self.heap[id].iter().map(|(_, item)| item).collect(),
                ));
            }
            Value::Dict(id) => {
                return Ok(Items::All(
                    self.heap[id].iter().map(|entry| entry.key).collect(),
                ));
            }
            Value::Range(id) if self.heap[id].big.is_none() => {
                let range = self.heap[id];
                return Ok(Items::All(
                    (0..range.len())
                        .map(|at| Value::Int(range.item(at)))
                        .collect(),
                ));
            }
            Value::DictView(id) if self.heap[id].kind != ViewKind::Items => {
                let view = self.heap[id];
                let entries = self.heap[view.dict].iter();
                return Ok(Items::All(match view.kind {
                    ViewKind::Values => entries.map(|entry| entry.value).collect(),
                    ViewKind::Keys | ViewKind::Items => entries.map(|entry| entry.key).collect(),
                }));
            }
            Value::Bytes(id) | Value::ByteArray(id) => {
                let bytes = self.heap[id].data.iter();
                let ints = bytes.map(|&byte| Value::Int(byte.into()));
                return Ok(Items::All(ints.collect()));
            }
            _ => {}
        }
        let Some(iter) = self.native_iter_of(value) else {
            if self.is_iterable(value) {
                return Ok(Items::Script);
            }
            let message = format!("'{}' object is not iterable", self.type_name(value));
            return Err(self.type_error(message));
        };
        if let Iter::Range { left, .. } = self.heap[iter] {
            let bytes = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .saturating_mul(size_of::<Value>());
            if bytes > 1 << 16 && !self.heap.has_room(bytes) {
                return Ok(Items::NeedMemory(bytes));
            }
        }
        let mut items = Vec::new();
        while let Step::Item(item) = self.advance(iter)? {
            items.push(item);
        }
        Ok(Items::All(items))
    }
}
