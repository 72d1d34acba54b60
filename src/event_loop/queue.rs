//! `asyncio.Queue` and `asyncio.LifoQueue`. A derived class that keeps its items itself (`_put`, `_get`) is served by
//! functions of the prelude, which use the lines of waiters here.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{
    Awaitable, AwaitableKind, AwaitableState, Polled, Primitive, PrimitiveKind, Queue, QueueOrder,
};
use crate::heap::{Id, Value};
use crate::vm::{Args, NativeFn, NativeResult, Quick, Raise, ResumeInput, Vm, classes, native, ok};

/// Methods of queues.
pub(crate) const QUEUE: &[NativeFn] = &[
    native("__new__", "cls, maxsize=0", new),
    native("__init__", "self, maxsize=0", init),
    native("qsize", "self", qsize),
    native("empty", "self", empty),
    native("full", "self", full),
    native("put", "self, item", put).quick(Quick::Put),
    native("get", "self", get).quick(Quick::Get),
    native("put_nowait", "self, item", put_nowait),
    native("get_nowait", "self", get_nowait),
    native("task_done", "self", task_done),
    native("join", "self", join),
    native("shutdown", "self, immediate=False", shutdown),
    native("_init", "self, maxsize", hook_init),
    native("_qsize", "self", hook_qsize),
    native("_put", "self, item", hook_put),
    native("_get", "self", hook_get),
    native("_format", "self", format),
    native("__repr__", "self", repr),
    native("__str__", "self", str),
];

/// What last-in-first-out queues have of their own.
pub(crate) const LIFO_QUEUE: &[NativeFn] = &[native("__new__", "cls, maxsize=0", new_lifo)];

/// What a queue that is written in acoro needs.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_queue_wait", "queue, room, /", wait),
    native("_queue_check_open", "queue, getting, empty, /", check_open),
    native("_queue_added", "queue, /", added),
    native("_queue_taken", "queue, /", taken),
    native("_queue_drained", "queue, /", drained),
    native("_queue_shut", "queue, /", shut),
    native("_queue_facts", "queue, /", facts),
];

fn maxsize(vm: &mut Vm, args: Args) -> Result<i64, Raise> {
    match args.get(vm, 1) {
        Value::Undef => Ok(0),
        Value::Int(value) => Ok(value),
        Value::Bool(value) => Ok(i64::from(value)),
        Value::Float(value) => Ok(value.ceil() as i64),
        other => {
            let name = vm.type_name(other).to_owned();
            Err(vm.type_error(format!(
                "'<=' not supported between instances of '{name}' and 'int'"
            )))
        }
    }
}

fn make(vm: &mut Vm, args: Args, order: QueueOrder) -> NativeResult {
    let class = args.get(vm, 0);
    let exact = matches!(class, Value::Class(class) if vm.heap[class].builtin);
    let maxsize = if exact { maxsize(vm, args)? } else { 0 };
    let queue = Queue {
        order,
        maxsize,
        ..Queue::default()
    };
    vm.new_primitive_of(class, PrimitiveKind::Queue(Box::new(queue)))
}

fn new(vm: &mut Vm, args: Args) -> NativeResult {
    make(vm, args, QueueOrder::Fifo)
}

fn new_lifo(vm: &mut Vm, args: Args) -> NativeResult {
    make(vm, args, QueueOrder::Lifo)
}

fn init(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let size = maxsize(vm, args)?;
    vm.queue_mut(id).maxsize = size;
    let this = args.get(vm, 0);
    if vm.is_scripted(this) {
        return vm.call_prelude("_queue_init", &[this, Value::Int(size)]);
    }
    ok(Value::None)
}

fn hook_init(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    let id = vm.primitive_of(args)?;
    let lifo = vm.queue(id).order == QueueOrder::Lifo;
    vm.call_prelude("_queue_own_items", &[this, Value::Bool(lifo)])
}

fn format(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    vm.call_prelude("_queue_format", &[this])
}

fn repr(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    vm.call_prelude("_queue_repr", &[this])
}

fn str(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    vm.call_prelude("_queue_str", &[this])
}

/// What a queue's texts tell: its size, the items that it keeps itself, who waits, tasks, whether it is shut down.
fn facts(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let queue = vm.queue(id);
    let items: Vec<Value> = queue.items.iter().copied().collect();
    let (maxsize, putters, unfinished, shut_down) = (
        queue.maxsize,
        queue.putters.len(),
        queue.unfinished,
        queue.shut_down,
    );
    let items = match own_items(vm, args) {
        Some(items) => items,
        None => vm.heap.list(items),
    };
    let getters = vm.heap[id].waiters.len();
    let facts = [
        Value::Int(maxsize),
        items,
        Value::Int(getters as i64),
        Value::Int(putters as i64),
        Value::Int(unfinished as i64),
        Value::Bool(shut_down),
    ];
    ok(vm.heap.tuple(facts))
}

/// What a derived class's `_init` put in place of the queue's own items.
fn own_items(vm: &mut Vm, args: Args) -> Option<Value> {
    let Value::Instance(id) = args.get(vm, 0) else {
        return None;
    };
    let name = vm.heap.interned("_queue")?;
    vm.own_attribute(id, name)
}

fn hook_qsize(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(items) = own_items(vm, args) {
        return vm.length(items);
    }
    let id = vm.primitive_of(args)?;
    ok(Value::Int(vm.queue(id).items.len() as i64))
}

fn hook_put(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(items) = own_items(vm, args) {
        let item = args.get(vm, 1);
        return vm.call_prelude("_queue_append", &[items, item]);
    }
    let id = vm.primitive_of(args)?;
    let item = args.get(vm, 1);
    vm.queue_store(id, item);
    ok(Value::None)
}

fn hook_get(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(items) = own_items(vm, args) {
        return vm.call_prelude("_queue_popleft", &[items]);
    }
    let id = vm.primitive_of(args)?;
    match vm.queue_take(id) {
        Some(item) => ok(item),
        None => Err(vm.raise(classes::INDEX_ERROR, "pop from an empty deque")),
    }
}

fn qsize(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    if vm.is_scripted(this) {
        return vm.call_prelude("_queue_qsize", &[this]);
    }
    hook_qsize(vm, args)
}

fn empty(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    if vm.is_scripted(this) {
        return vm.call_prelude("_queue_empty", &[this]);
    }
    let id = vm.primitive_of(args)?;
    ok(Value::Bool(vm.queue(id).items.is_empty()))
}

fn full(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    if vm.is_scripted(this) {
        return vm.call_prelude("_queue_full", &[this]);
    }
    let id = vm.primitive_of(args)?;
    ok(Value::Bool(vm.queue(id).is_full()))
}

fn put(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, item) = (args.get(vm, 0), args.get(vm, 1));
    if vm.is_scripted(this) {
        return vm.call_prelude("_queue_put", &[this, item]);
    }
    let id = vm.primitive_of(args)?;
    if vm.is_awaited_at_once() && !vm.queue(id).is_full() {
        vm.put_at_once(id, item)?;
        return vm.ready_now(Value::None);
    }
    ok(vm.new_native_awaitable(AwaitableKind::QueuePut(id, item)))
}

fn get(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    if vm.is_scripted(this) {
        return vm.call_prelude("_queue_get", &[this]);
    }
    let id = vm.primitive_of(args)?;
    if vm.is_awaited_at_once()
        && let Some(item) = vm.get_at_once(id)
    {
        return vm.ready_now(item);
    }
    ok(vm.new_native_awaitable(AwaitableKind::QueueGet(id)))
}

fn put_nowait(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, item) = (args.get(vm, 0), args.get(vm, 1));
    if vm.is_scripted(this) {
        return vm.call_prelude("_queue_put_nowait", &[this, item]);
    }
    let id = vm.primitive_of(args)?;
    vm.put_at_once(id, item)?;
    ok(Value::None)
}

fn get_nowait(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    if vm.is_scripted(this) {
        return vm.call_prelude("_queue_get_nowait", &[this]);
    }
    let id = vm.primitive_of(args)?;
    match vm.get_at_once(id) {
        Some(item) => ok(item),
        None => Err(vm.queue_empty(id)),
    }
}

fn task_done(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    if vm.queue(id).unfinished == 0 {
        return Err(vm.value_error("task_done() called too many times"));
    }
    vm.one_finished(id);
    ok(Value::None)
}

fn join(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    if vm.is_awaited_at_once() && vm.queue(id).unfinished == 0 {
        return vm.ready_now(Value::None);
    }
    ok(vm.new_native_awaitable(AwaitableKind::QueueJoin(id)))
}

fn shutdown(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let this = args.get(vm, 0);
    let immediate = args.get(vm, 1).or(Value::Bool(false));
    let immediate = vm.truth(immediate).unwrap_or(true);
    vm.queue_mut(id).shut_down = true;
    if immediate {
        if vm.is_scripted(this) {
            return vm.call_prelude("_queue_drain", &[this]);
        }
        while vm.queue_take(id).is_some() {
            if vm.queue(id).unfinished > 0 {
                vm.one_finished(id);
            }
        }
    }
    vm.wake_all(id);
    ok(Value::None)
}

fn wait(vm: &mut Vm, args: Args) -> NativeResult {
    let queue = vm.primitive_of(args)?;
    let room = args.get(vm, 1) == Value::Bool(true);
    ok(vm.new_native_awaitable(AwaitableKind::QueueWait { queue, room }))
}

fn check_open(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let (getting, is_empty) = (args.get(vm, 1), args.get(vm, 2));
    if vm.queue(id).shut_down && (getting == Value::Bool(false) || is_empty == Value::Bool(true)) {
        return Err(vm.raise_plain(classes::QUEUE_SHUT_DOWN));
    }
    ok(Value::Int(vm.queue(id).maxsize))
}

fn added(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    vm.queue_mut(id).unfinished += 1;
    vm.wake_next(|vm| vm.heap[id].waiters.pop_front());
    ok(Value::None)
}

fn taken(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    vm.wake_next(|vm| vm.queue_mut(id).putters.pop_front());
    ok(Value::None)
}

fn drained(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    if vm.queue(id).unfinished > 0 {
        vm.one_finished(id);
    }
    ok(Value::None)
}

fn shut(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    vm.wake_all(id);
    ok(Value::None)
}

impl Queue {
    pub(super) fn is_full(&self) -> bool {
        self.maxsize > 0 && self.items.len() as i64 >= self.maxsize
    }
}

impl Vm {
    /// Does a derived class keep its items itself?
    fn is_scripted(&self, queue: Value) -> bool {
        let Value::Instance(id) = queue else {
            return false;
        };
        let class = self.heap[id].class;
        ["_put", "_get", "_qsize", "_init"].iter().any(|name| {
            self.heap
                .interned(name)
                .and_then(|name| self.class_attribute(class, name))
                .is_some_and(|method| !matches!(method, Value::Native(_)))
        })
    }

    #[inline]
    fn queue_store(&mut self, id: Id<Primitive>, item: Value) {
        let queue = self.queue_mut(id);
        if queue.items.len() < queue.items.capacity() {
            queue.items.push_back(item);
            return;
        }
        self.heap.update(id, |it| {
            if let PrimitiveKind::Queue(queue) = &mut it.kind {
                queue.items.push_back(item);
            }
        });
    }

    #[inline]
    fn queue_take(&mut self, id: Id<Primitive>) -> Option<Value> {
        let queue = self.queue_mut(id);
        match queue.order {
            QueueOrder::Fifo => queue.items.pop_front(),
            QueueOrder::Lifo => queue.items.pop_back(),
        }
    }

    fn put_at_once(&mut self, id: Id<Primitive>, item: Value) -> Result<(), Raise> {
        let queue = self.queue(id);
        if queue.shut_down {
            return Err(self.raise_plain(classes::QUEUE_SHUT_DOWN));
        }
        if queue.is_full() {
            return Err(self.raise_plain(classes::QUEUE_FULL));
        }
        self.add_item(id, item);
        Ok(())
    }

    /// Puts an item into an open queue that has room.
    #[inline]
    pub(super) fn add_item(&mut self, id: Id<Primitive>, item: Value) {
        self.queue_store(id, item);
        self.queue_mut(id).unfinished += 1;
        if !self.heap[id].waiters.is_empty() {
            self.wake_next(|vm| vm.heap[id].waiters.pop_front());
        }
    }

    /// Takes an item, if there is one.
    #[inline]
    pub(super) fn get_at_once(&mut self, id: Id<Primitive>) -> Option<Value> {
        let item = self.queue_take(id)?;
        if !self.queue(id).putters.is_empty() {
            self.wake_next(|vm| vm.queue_mut(id).putters.pop_front());
        }
        Some(item)
    }

    /// What taking an item from an empty queue raises.
    fn queue_empty(&mut self, id: Id<Primitive>) -> Raise {
        let class = if self.queue(id).shut_down {
            classes::QUEUE_SHUT_DOWN
        } else {
            classes::QUEUE_EMPTY
        };
        self.raise_plain(class)
    }

    fn one_finished(&mut self, id: Id<Primitive>) {
        let queue = self.queue_mut(id);
        queue.unfinished -= 1;
        if queue.unfinished == 0 {
            for joiner in std::mem::take(&mut queue.joiners) {
                if self.is_waiting(joiner) {
                    self.wake(joiner);
                }
            }
        }
    }

    fn wake_all(&mut self, id: Id<Primitive>) {
        let waiters = std::mem::take(&mut self.heap[id].waiters);
        let putters = std::mem::take(&mut self.queue_mut(id).putters);
        for waiter in waiters.into_iter().chain(putters) {
            if self.is_waiting(waiter) {
                self.wake(waiter);
            }
        }
    }

    pub(super) fn poll_get(
        &mut self,
        id: Id<Awaitable>,
        primitive: Id<Primitive>,
        state: AwaitableState,
        input: ResumeInput,
    ) -> Polled {
        if let Some(exception) = Self::thrown(input) {
            self.leave_line(primitive, id);
            // Woken and cancelled at once: the item is for the next.
            if !self.queue(primitive).items.is_empty() && state == AwaitableState::Woken {
                self.wake_next(|vm| vm.heap[primitive].waiters.pop_front());
            }
            return Polled::Raise(exception);
        }
        if let Some(item) = self.get_at_once(primitive) {
            return Polled::Ready(item);
        }
        if self.queue(primitive).shut_down {
            return Polled::Raise(self.raise_plain(classes::QUEUE_SHUT_DOWN).0);
        }
        self.join_line(id, primitive, |it| &mut it.waiters)
    }

    pub(super) fn poll_put(
        &mut self,
        id: Id<Awaitable>,
        primitive: Id<Primitive>,
        item: Value,
        state: AwaitableState,
        input: ResumeInput,
    ) -> Polled {
        if let Some(exception) = Self::thrown(input) {
            self.queue_mut(primitive)
                .putters
                .retain(|&other| other != id);
            if !self.queue(primitive).is_full() && state == AwaitableState::Woken {
                self.wake_next(|vm| vm.queue_mut(primitive).putters.pop_front());
            }
            return Polled::Raise(exception);
        }
        if self.queue(primitive).is_full() && !self.queue(primitive).shut_down {
            return self.join_line(id, primitive, putters);
        }
        match self.put_at_once(primitive, item) {
            Ok(()) => Polled::Ready(Value::None),
            Err(raise) => Polled::Raise(raise.0),
        }
    }

    pub(super) fn poll_join(
        &mut self,
        id: Id<Awaitable>,
        primitive: Id<Primitive>,
        state: AwaitableState,
        input: ResumeInput,
    ) -> Polled {
        if let Some(exception) = Self::thrown(input) {
            self.queue_mut(primitive)
                .joiners
                .retain(|&other| other != id);
            return Polled::Raise(exception);
        }
        if state != AwaitableState::Created || self.queue(primitive).unfinished == 0 {
            return Polled::Ready(Value::None);
        }
        self.join_line(id, primitive, |it| match &mut it.kind {
            PrimitiveKind::Queue(queue) => &mut queue.joiners,
            PrimitiveKind::Lock { .. }
            | PrimitiveKind::Event { .. }
            | PrimitiveKind::ThreadLock(_)
            | PrimitiveKind::Semaphore { .. } => &mut it.waiters,
        })
    }

    pub(super) fn poll_queue_wait(
        &mut self,
        id: Id<Awaitable>,
        queue: Id<Primitive>,
        room: bool,
        state: AwaitableState,
        input: ResumeInput,
    ) -> Polled {
        if let Some(exception) = Self::thrown(input) {
            let woken = state == AwaitableState::Woken;
            if room {
                self.queue_mut(queue).putters.retain(|&other| other != id);
                if woken {
                    self.wake_next(|vm| vm.queue_mut(queue).putters.pop_front());
                }
            } else {
                self.leave_line(queue, id);
                if woken {
                    self.wake_next(|vm| vm.heap[queue].waiters.pop_front());
                }
            }
            return Polled::Raise(exception);
        }
        if state != AwaitableState::Created {
            return Polled::Ready(Value::None);
        }
        if room {
            self.join_line(id, queue, putters)
        } else {
            self.join_line(id, queue, |it| &mut it.waiters)
        }
    }

    /// Is the primitive a queue?
    pub(crate) fn is_queue(&self, id: Id<Primitive>) -> bool {
        matches!(self.heap[id].kind, PrimitiveKind::Queue(_))
    }

    /// The repr of a queue, or its str, which has no address. None if it takes script code.
    pub(crate) fn queue_text(&mut self, id: Id<Primitive>, repr: bool) -> Option<String> {
        let address = self.address(Value::Primitive(id));
        let class = self.class_of(Value::Primitive(id));
        let mut text = format!("<{} ", self.heap.text(self.heap[class].name));
        if repr {
            text.push_str(&format!("at {address:#x} "));
        }
        let queue = self.queue(id);
        text.push_str(&format!("maxsize={}", queue.maxsize));
        let (items, putters, unfinished, shut_down) = (
            queue.items.clone(),
            queue.putters.len(),
            queue.unfinished,
            queue.shut_down,
        );
        if !items.is_empty() {
            let mut texts = Vec::with_capacity(items.len());
            for &item in &items {
                texts.push(self.repr(item).ok()??);
            }
            text.push_str(&format!(" _queue=[{}]", texts.join(", ")));
        }
        let getters = self.heap[id].waiters.len();
        if getters > 0 {
            text.push_str(&format!(" _getters[{getters}]"));
        }
        if putters > 0 {
            text.push_str(&format!(" _putters[{putters}]"));
        }
        if unfinished > 0 {
            text.push_str(&format!(" tasks={unfinished}"));
        }
        if shut_down {
            text.push_str(" shutdown");
        }
        text.push('>');
        Some(text)
    }
}

pub(super) fn putters(primitive: &mut Primitive) -> &mut std::collections::VecDeque<Id<Awaitable>> {
    match &mut primitive.kind {
        PrimitiveKind::Queue(queue) => &mut queue.putters,
        PrimitiveKind::Lock { .. }
        | PrimitiveKind::Event { .. }
        | PrimitiveKind::ThreadLock(_)
        | PrimitiveKind::Semaphore { .. } => &mut primitive.waiters,
    }
}
