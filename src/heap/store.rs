//! The heap itself. The table of kinds at the end of this file is the list of object kinds.

use super::collector::Trace;
use super::intern::Interner;
use super::marks::Marked;
use super::shape::Shapes;
use super::slab::{Id, Slab};
use super::value::Value;
use super::weak::Weak;
use crate::event_loop::{Awaitable, Child, Future, Handle, Loop, Primitive, Task};
use crate::objects::{
    BoundMethod, Buffer, Bytes, Cell, Class, Coroutine, Dict, DictView, ExceptionState, Function,
    GenericAlias, Instance, Iter, List, Module, Property, Range, Set, Slice, Str, Super, Traceback,
    Tuple, hash_str,
};
use compact_str::CompactString;
use num_bigint::BigInt;
use serde::{Deserialize, Serialize};
use std::mem::size_of;

/// Defines the heap from its kinds: the slabs, access by id, allocation, marking and sweeping.
macro_rules! heap {
    ($($field:ident: $kind:ty, $alloc:ident, [$($variant:ident),*];)+) => {
        /// All objects of one program.
        #[derive(Clone, Default, Serialize, Deserialize)]
        pub struct Heap {
            $(pub(crate) $field: Slab<$kind>,)+
            pub(crate) shapes: Shapes,
            interner: Interner,
            /// The strings of single ASCII characters that were asked for since the last collection.
            #[serde(skip)]
            ascii_chars: Vec<Option<Id<Str>>>,
            /// What refers to objects without keeping them.
            pub(crate) weak: Weak,
            /// Bytes of all live objects with their payloads, and of those not yet found dead.
            bytes: usize,
            /// At this many bytes a collection is due.
            collect_at: usize,
            /// More than this many bytes, garbage aside, is a MemoryError.
            limit: usize,
            /// Collections so far.
            collections: u64,
            /// Calls and backward jumps until the machine must look up: fuel used up, a collection due, an interruption.
            pub(crate) ticks: u32,
            /// Fuel left behind `ticks`.
            pub(crate) fuel: u64,
        }

        /// The marks of a collection.
        pub(crate) struct Marks {
            $($field: Marked,)+
        }

        impl Marks {
            /// Marks the object that a value names; one that may name others is left in `pending` when it is reached first.
            #[inline(always)]
            pub(super) fn reach(&mut self, value: Value, pending: &mut Vec<Value>) {
                if let Value::Instance(id) = value {
                    if self.instances.mark(id.index()) {
                        pending.push(value);
                    }
                } else if !matches!(
                    value,
                    Value::Undef | Value::None | Value::NotImplemented | Value::Ellipsis | Value::Bool(_)
                        | Value::Int(_) | Value::Float(_) | Value::Native(_)
                ) {
                    self.reach_other(value, pending);
                }
            }

            /// Was the object that a value names reached? True for what is no object.
            pub(super) fn has(&self, value: Value) -> bool {
                match value {
                    Value::Undef | Value::None | Value::NotImplemented | Value::Ellipsis | Value::Bool(_)
                    | Value::Int(_) | Value::Float(_) | Value::Native(_) => true,
                    $($(Value::$variant(id) => self.$field.has(id.index()),)*)+
                }
            }

            /// The same for objects that are no instances.
            #[inline(never)]
            fn reach_other(&mut self, value: Value, pending: &mut Vec<Value>) {
                match value {
                    Value::Undef | Value::None | Value::NotImplemented | Value::Ellipsis | Value::Bool(_)
                    | Value::Int(_) | Value::Float(_) | Value::Native(_) => {}
                    $($(Value::$variant(id) => {
                        if self.$field.mark(id.index()) && !<$kind as Trace>::LEAF {
                            pending.push(value);
                        }
                    })*)+
                }
            }
        }

        $(
            impl std::ops::Index<Id<$kind>> for Heap {
                type Output = $kind;
                #[inline(always)]
                fn index(&self, id: Id<$kind>) -> &$kind {
                    &self.$field[id]
                }
            }
            impl std::ops::IndexMut<Id<$kind>> for Heap {
                #[inline(always)]
                fn index_mut(&mut self, id: Id<$kind>) -> &mut $kind {
                    &mut self.$field[id]
                }
            }
        )+

        impl Heap {
            $(
                /// Stores an object of this kind and counts its bytes.
                #[inline]
                pub fn $alloc(&mut self, object: $kind) -> Id<$kind> {
                    self.bytes += size_of::<$kind>() + object.payload();
                    if self.bytes >= self.collect_at {
                        self.look_up();
                    }
                    self.$field.insert(object)
                }
            )+

            /// Marks for all places, none set.
            pub(super) fn no_marks(&self) -> Marks {
                Marks { $($field: Marked::none_of(self.$field.places()),)+ }
            }

            /// Calls `visit` for a part of the values that an object holds; gives where the next part begins. A free place is passed over:
            /// registers may name one that they need no more.
            pub(super) fn trace_part(&self, value: Value, from: usize, visit: &mut impl FnMut(Value)) -> Option<usize> {
                match value {
                    Value::Undef | Value::None | Value::NotImplemented | Value::Ellipsis | Value::Bool(_)
                    | Value::Int(_) | Value::Float(_) | Value::Native(_) => None,
                    $($(Value::$variant(id) => self.$field.get(id)?.trace_part(from, visit),)*)+
                }
            }

            pub(super) fn sweep(&mut self, marks: &Marks) {
                self.interner.forget_unmarked(&marks.strs);
                self.weak.forget_unmarked(marks);
                self.ascii_chars.clear();
                let mut bytes = self.weak.bytes();
                $(self.$field.sweep(&marks.$field, |object| bytes += size_of::<$kind>() + object.payload());)+
                self.bytes = bytes;
                self.collections += 1;
                self.collect_at = (bytes * 2).max(MIN_COLLECT).min(self.limit.max(bytes + 4096));
            }

            /// Marks the buffers whose prefixes are marked.
            pub(super) fn reach_buffers(&self, marks: &mut Marks) {
                if self.buffers.is_empty() {
                    return;
                }
                for (id, str) in self.strs.iter() {
                    if let Err((buffer, _)) = str.place()
                        && marks.strs.has(id.index())
                    {
                        marks.buffers.mark(buffer.index());
                    }
                }
            }

            /// How many live objects each kind has, by the kind's slab name.
            pub fn census(&self) -> Vec<(&'static str, usize)> {
                vec![$((stringify!($field), self.$field.len()),)+]
            }
        }
    };
}

/// No collection before this many bytes.
const MIN_COLLECT: usize = 16 << 20;

impl Marks {
    /// Was the task reached?
    pub(crate) fn has_task(&self, task: Id<Task>) -> bool {
        self.tasks.has(task.index())
    }

    /// Was the future or task reached?
    pub(crate) fn has_child(&self, child: Child) -> bool {
        match child {
            Child::Future(future) => self.futures.has(future.index()),
            Child::Task(task) => self.has_task(task),
        }
    }

    /// Was the coroutine or generator reached?
    pub(crate) fn has_coroutine(&self, coroutine: Id<Coroutine>) -> bool {
        self.coroutines.has(coroutine.index())
    }

    /// Was the instance reached?
    pub(super) fn has_instance(&self, instance: Id<Instance>) -> bool {
        self.instances.has(instance.index())
    }
}

impl Heap {
    /// An empty heap that may hold `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            collect_at: MIN_COLLECT.min(limit),
            ..Self::default()
        }
    }

    /// Makes the run loop look up at the next tick, without using up fuel.
    pub(crate) fn look_up(&mut self) {
        self.fuel += u64::from(self.ticks);
        self.ticks = 0;
    }

    /// Takes the fuel that is left.
    pub(crate) fn take_fuel(&mut self) -> u64 {
        std::mem::take(&mut self.fuel) + u64::from(std::mem::take(&mut self.ticks))
    }

    /// A collection costs a tick for each 256 bytes that stay: else a program whose memory is nearly full could use far more time than its
    /// fuel stands for.
    pub(crate) fn charge_for_collection(&mut self) {
        self.fuel = self.fuel.saturating_sub(self.bytes as u64 >> 8);
    }

    /// Bytes accounted for.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The limit in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Collections so far.
    pub fn collections(&self) -> u64 {
        self.collections
    }

    /// Should the machine collect at the next safe point?
    #[inline]
    pub fn wants_collection(&self) -> bool {
        self.bytes >= self.collect_at
    }

    /// Is the limit exceeded? Only meaningful right after a collection.
    pub fn over_limit(&self) -> bool {
        self.bytes > self.limit
    }

    /// Would `more` bytes exceed the limit?
    pub fn has_room(&self, more: usize) -> bool {
        self.bytes.saturating_add(more) <= self.limit
    }

    /// Counts a payload that grew from `before` to `after` bytes.
    #[inline]
    pub fn resized(&mut self, before: usize, after: usize) {
        self.bytes = (self.bytes + after).saturating_sub(before);
        if self.bytes >= self.collect_at {
            self.look_up();
        }
    }

    /// Changes an object whose payload may change with it, and accounts for that.
    #[inline]
    pub fn update<T: Trace, R>(&mut self, id: Id<T>, change: impl FnOnce(&mut T) -> R) -> R
    where
        Heap: std::ops::IndexMut<Id<T>, Output = T>,
    {
        let object = &mut self[id];
        let before = object.payload();
        let result = change(object);
        let after = object.payload();
        self.resized(before, after);
        result
    }

    /// A new str.
    #[inline]
    pub fn str(&mut self, text: impl Into<CompactString>) -> Value {
        Value::Str(self.new_str(Str::new(text)))
    }

    /// `str` of an int.
    #[inline]
    pub(crate) fn int_str(&mut self, int: i64) -> Value {
        let text = Str::with_ascii(itoa::Buffer::new().format(int), true);
        Value::Str(self.new_str(text))
    }

    /// The interned string of one ASCII character.
    #[inline]
    pub(crate) fn ascii_char(&mut self, byte: u8) -> Id<Str> {
        if let Some(&Some(id)) = self.ascii_chars.get(byte as usize) {
            return id;
        }
        let id = self.intern(char::from(byte).encode_utf8(&mut [0; 4]));
        self.ascii_chars.resize(256, None);
        self.ascii_chars[byte as usize] = Some(id);
        id
    }

    /// The interned string with this text.
    pub fn intern(&mut self, text: &str) -> Id<Str> {
        let hash = hash_str(text);
        if let Some(id) = self.interner.find(&self.strs, text, hash) {
            return id;
        }
        let id = self.new_str(Str::as_interned(text, hash));
        self.interner.add(hash, id);
        id
    }

    /// The interned string equal to a string.
    pub fn intern_id(&mut self, id: Id<Str>) -> Id<Str> {
        if self[id].interned() {
            return id;
        }
        let text = self.copied_text(id);
        self.intern(&text)
    }

    /// The interned string equal to a string if there is one: without it no object has an attribute of that name.
    pub fn interned(&self, text: &str) -> Option<Id<Str>> {
        self.interner.find(&self.strs, text, hash_str(text))
    }

    /// A new list.
    #[inline]
    pub fn list(&mut self, items: Vec<Value>) -> Value {
        Value::List(self.new_list(List { items }))
    }

    /// A new tuple.
    #[inline]
    pub fn tuple(&mut self, items: impl Into<Box<[Value]>>) -> Value {
        Value::Tuple(self.new_tuple(Tuple {
            items: items.into(),
        }))
    }

    /// An int, small or big.
    pub fn int(&mut self, value: BigInt) -> Value {
        use num_traits::ToPrimitive;
        match value.to_i64() {
            Some(small) => Value::Int(small),
            None => Value::BigInt(self.new_big_int(value)),
        }
    }

    /// The text of a str.
    #[inline]
    pub fn text(&self, id: Id<Str>) -> &str {
        text_in(&self.strs, &self.buffers, id)
    }

    /// A copy of it.
    #[inline]
    pub(crate) fn copied_text(&self, id: Id<Str>) -> CompactString {
        match self[id].place() {
            Ok(own) => own.clone(),
            Err((buffer, size)) => self[buffer].prefix(size).into(),
        }
    }

    /// How many characters a str has.
    pub(crate) fn str_length(&self, id: Id<Str>) -> usize {
        let str = &self[id];
        if str.ascii() {
            str.size()
        } else {
            self.text(id).chars().count()
        }
    }
}

/// The text of a str, for those who have lent out another part of the heap.
#[inline(always)]
pub(crate) fn text_in<'a>(strs: &'a Slab<Str>, buffers: &'a Slab<Buffer>, id: Id<Str>) -> &'a str {
    match strs[id].place() {
        Ok(own) => own,
        Err((buffer, size)) => buffers[buffer].prefix(size),
    }
}

heap! {
    big_ints: BigInt, new_big_int, [BigInt];
    strs: Str, new_str, [Str];
    buffers: Buffer, new_buffer, [];
    bytes_objects: Bytes, new_bytes, [Bytes, ByteArray];
    lists: List, new_list, [List];
    tuples: Tuple, new_tuple, [Tuple];
    dicts: Dict, new_dict, [Dict];
    sets: Set, new_set, [Set, FrozenSet];
    ranges: Range, new_range, [Range];
    slices: Slice, new_slice, [Slice];
    cells: Cell, new_cell, [Cell, StaticMethod, ClassMethod];
    functions: Function, new_function, [Function];
    bound_methods: BoundMethod, new_bound_method, [BoundMethod];
    classes: Class, new_class, [Class];
    instances: Instance, new_instance, [Instance];
    exceptions: ExceptionState, new_exception, [ExceptionState];
    modules: Module, new_module, [Module];
    coroutines: Coroutine, new_coroutine, [Generator, Coroutine, AsyncGenerator];
    iters: Iter, new_iter, [Iter];
    dict_views: DictView, new_dict_view, [DictView];
    properties: Property, new_property, [Property];
    supers: Super, new_super, [Super];
    generic_aliases: GenericAlias, new_generic_alias, [GenericAlias];
    tracebacks: Traceback, new_traceback, [Traceback];
    loops: Loop, new_loop, [Loop];
    futures: Future, new_future, [Future];
    tasks: Task, new_task, [Task];
    handles: Handle, new_handle, [Handle];
    awaitables: Awaitable, new_awaitable, [Awaitable];
    primitives: Primitive, new_primitive, [Primitive];
}
