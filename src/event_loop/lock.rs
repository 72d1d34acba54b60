//! `asyncio.Lock`, `asyncio.Event`, `asyncio.Semaphore` and `asyncio.BoundedSemaphore`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Awaitable, AwaitableKind, AwaitableState, Polled, Primitive, PrimitiveKind};
use crate::heap::{Id, Value};
use crate::objects::Instance;
use crate::vm::{Args, NativeFn, NativeResult, Quick, ResumeInput, Vm, native, ok};

/// Methods of locks.
pub(crate) const LOCK: &[NativeFn] = &[
    native("__new__", "cls", new_lock),
    native("__init__", "self", init),
    native("acquire", "self", acquire).quick(Quick::Acquire),
    native("release", "self", release_lock),
    native("locked", "self", lock_locked),
    native("__repr__", "self", repr),
    native("__aenter__", "self", enter).quick(Quick::Enter),
    native("__aexit__", "self, exc_type, exc, tb", exit_lock).quick(Quick::Exit),
];

/// Methods of events.
pub(crate) const EVENT: &[NativeFn] = &[
    native("__new__", "cls", new_event),
    native("__init__", "self", init),
    native("is_set", "self", event_is_set),
    native("set", "self", event_set),
    native("clear", "self", event_clear),
    native("wait", "self", event_wait).quick(Quick::EventWait),
    native("__repr__", "self", repr),
];

/// Methods of semaphores.
pub(crate) const SEMAPHORE: &[NativeFn] = &[
    native("__new__", "cls, value=1", new_semaphore),
    native("__init__", "self, value=1", init_semaphore),
    native("acquire", "self", acquire).quick(Quick::Acquire),
    native("release", "self", release_semaphore),
    native("locked", "self", semaphore_locked),
    native("__repr__", "self", repr),
    native("__aenter__", "self", enter).quick(Quick::Enter),
    native("__aexit__", "self, exc_type, exc, tb", exit_semaphore).quick(Quick::Exit),
];

/// What bounded semaphores have of their own.
pub(crate) const BOUNDED_SEMAPHORE: &[NativeFn] = &[
    native("__new__", "cls, value=1", new_bounded_semaphore),
    native("__init__", "self, value=1", init_semaphore),
];

fn init(_vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::None)
}

fn repr(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, id) = (args.get(vm, 0), vm.primitive_of(args)?);
    let text = vm.primitive_repr(id).unwrap_or_default();
    let text = match this {
        Value::Instance(instance) => {
            let class = vm.heap[instance].class;
            let (module, name) = (vm.heap[class].module, vm.heap[class].qualname);
            let state = text.rfind('[').map_or("", |at| &text[at..]);
            format!(
                "<{}.{} object at {:#x} {state}",
                vm.heap.text(module),
                vm.heap.text(name),
                vm.address(this)
            )
        }
        _ => text,
    };
    ok(vm.heap.str(text))
}

fn new_lock(vm: &mut Vm, args: Args) -> NativeResult {
    let class = args.get(vm, 0);
    vm.new_primitive_of(class, PrimitiveKind::Lock { locked: false })
}

fn new_event(vm: &mut Vm, args: Args) -> NativeResult {
    let class = args.get(vm, 0);
    vm.new_primitive_of(class, PrimitiveKind::Event { set: false })
}

fn initial(vm: &mut Vm, args: Args) -> Result<i64, crate::vm::Raise> {
    match args.get(vm, 1).or(Value::Int(1)) {
        Value::Int(value) if value < 0 => {
            Err(vm.value_error("Semaphore initial value must be >= 0"))
        }
        Value::Int(value) => Ok(value),
        Value::Bool(value) => Ok(i64::from(value)),
        other => {
            let name = vm.type_name(other).to_owned();
            Err(vm.type_error(format!(
                "'<' not supported between instances of '{name}' and 'int'"
            )))
        }
    }
}

fn is_exact(vm: &Vm, class: Value) -> bool {
    matches!(class, Value::Class(class) if vm.heap[class].builtin)
}

fn new_semaphore(vm: &mut Vm, args: Args) -> NativeResult {
    let class = args.get(vm, 0);
    // A derived class's __init__ says what it begins with.
    let value = if is_exact(vm, class) {
        initial(vm, args)?
    } else {
        1
    };
    vm.new_primitive_of(class, PrimitiveKind::Semaphore { value, bound: None })
}

fn new_bounded_semaphore(vm: &mut Vm, args: Args) -> NativeResult {
    let class = args.get(vm, 0);
    let value = if is_exact(vm, class) {
        initial(vm, args)?
    } else {
        1
    };
    let bound = Some(value);
    vm.new_primitive_of(class, PrimitiveKind::Semaphore { value, bound })
}

fn init_semaphore(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let first = initial(vm, args)?;
    if let PrimitiveKind::Semaphore { value, bound } = &mut vm.heap[id].kind {
        *value = first;
        *bound = bound.map(|_| first);
    }
    ok(Value::None)
}

fn acquire(vm: &mut Vm, args: Args) -> NativeResult {
    let primitive = vm.primitive_of(args)?;
    begin_acquire(vm, primitive, false)
}

/// Does the class of the lock that a method is called on define this method anew?
#[inline(always)]
fn overrides(vm: &Vm, args: Args, method: &str) -> bool {
    match args.get(vm, 0) {
        Value::Instance(id) => derived_overrides(vm, id, method),
        _ => false,
    }
}

fn derived_overrides(vm: &Vm, id: Id<Instance>, method: &str) -> bool {
    vm.heap.interned(method).is_some_and(|name| {
        matches!(
            vm.class_attribute(vm.heap[id].class, name),
            Some(Value::Function(_))
        )
    })
}

fn enter(vm: &mut Vm, args: Args) -> NativeResult {
    if overrides(vm, args, "acquire") {
        let this = args.get(vm, 0);
        return vm.call_prelude("_lock_enter", &[this]);
    }
    let primitive = vm.primitive_of(args)?;
    begin_acquire(vm, primitive, true)
}

/// Acquires at once when the call is awaited by the instruction that makes it, else later, when it is awaited.
#[inline]
fn begin_acquire(vm: &mut Vm, primitive: Id<Primitive>, enter: bool) -> NativeResult {
    let kind = AwaitableKind::Acquire { primitive, enter };
    if !vm.is_awaited_at_once() {
        return ok(vm.new_native_awaitable(kind));
    }
    if vm.try_acquire(primitive) {
        return vm.ready_now(if enter {
            Value::None
        } else {
            Value::Bool(true)
        });
    }
    vm.wait_now(primitive, kind)
}

fn release_lock(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    if !vm.release(id) {
        return Err(vm.runtime_error("Lock is not acquired."));
    }
    ok(Value::None)
}

fn exit_lock(vm: &mut Vm, args: Args) -> NativeResult {
    if overrides(vm, args, "release") {
        let this = args.get(vm, 0);
        return vm.call_prelude("_lock_exit", &[this]);
    }
    release_lock(vm, args)?;
    vm.ready_now(Value::None)
}

fn lock_locked(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    ok(Value::Bool(matches!(
        vm.heap[id].kind,
        PrimitiveKind::Lock { locked: true }
    )))
}

fn release_semaphore(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    if !vm.release(id) {
        return Err(vm.value_error("BoundedSemaphore released too many times"));
    }
    ok(Value::None)
}

fn exit_semaphore(vm: &mut Vm, args: Args) -> NativeResult {
    if overrides(vm, args, "release") {
        let this = args.get(vm, 0);
        return vm.call_prelude("_lock_exit", &[this]);
    }
    release_semaphore(vm, args)?;
    vm.ready_now(Value::None)
}

fn semaphore_locked(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    ok(Value::Bool(vm.is_semaphore_locked(id)))
}

fn event_is_set(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    ok(Value::Bool(matches!(
        vm.heap[id].kind,
        PrimitiveKind::Event { set: true }
    )))
}

fn event_set(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    if let PrimitiveKind::Event { set } = &mut vm.heap[id].kind
        && !std::mem::replace(set, true)
    {
        for at in 0..vm.heap[id].waiters.len() {
            let waiter = vm.heap[id].waiters[at];
            if vm.is_waiting(waiter) {
                vm.wake(waiter);
            }
        }
    }
    ok(Value::None)
}

fn event_clear(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    vm.heap[id].kind = PrimitiveKind::Event { set: false };
    ok(Value::None)
}

fn event_wait(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let kind = AwaitableKind::EventWait(id);
    if !vm.is_awaited_at_once() {
        return ok(vm.new_native_awaitable(kind));
    }
    if matches!(vm.heap[id].kind, PrimitiveKind::Event { set: true }) {
        return vm.ready_now(Value::Bool(true));
    }
    vm.wait_now(id, kind)
}

impl Vm {
    /// Acquires a lock or semaphore if that needs no waiting.
    #[inline]
    pub(super) fn try_acquire(&mut self, id: Id<Primitive>) -> bool {
        if let PrimitiveKind::Lock { locked: true } = self.heap[id].kind {
            return false;
        }
        self.try_acquire_free(id)
    }

    fn try_acquire_free(&mut self, id: Id<Primitive>) -> bool {
        let free = match self.heap[id].kind {
            PrimitiveKind::Lock { locked } => {
                !locked
                    && self.heap[id]
                        .waiters
                        .iter()
                        .all(|&waiter| self.is_wait_cancelled(waiter))
            }
            PrimitiveKind::Semaphore { .. } => !self.is_semaphore_locked(id),
            PrimitiveKind::Event { .. }
            | PrimitiveKind::Queue(_)
            | PrimitiveKind::ThreadLock(_) => false,
        };
        if free {
            match &mut self.heap[id].kind {
                PrimitiveKind::Lock { locked } => *locked = true,
                PrimitiveKind::Semaphore { value, .. } => *value -= 1,
                PrimitiveKind::Event { .. }
                | PrimitiveKind::Queue(_)
                | PrimitiveKind::ThreadLock(_) => {}
            }
        }
        free
    }

    /// Releases a lock or semaphore. False, and nothing done, if it is not acquired, or more often than it may be.
    #[inline]
    pub(super) fn release(&mut self, id: Id<Primitive>) -> bool {
        match &mut self.heap.primitives[id].kind {
            PrimitiveKind::Lock { locked } => {
                if !std::mem::take(locked) {
                    return false;
                }
                self.wake_first(id);
            }
            PrimitiveKind::Semaphore { value, bound } => {
                if bound.is_some_and(|bound| *value >= bound) {
                    return false;
                }
                *value += 1;
                self.grant_next(id);
            }
            PrimitiveKind::Event { .. }
            | PrimitiveKind::Queue(_)
            | PrimitiveKind::ThreadLock(_) => {}
        }
        true
    }

    /// Wakes the first in a lock's line, if it has not been woken or cancelled already.
    #[inline]
    fn wake_first(&mut self, id: Id<Primitive>) {
        if let Some(&first) = self.heap[id].waiters.front()
            && self.is_waiting(first)
        {
            self.wake(first);
        }
    }

    pub(super) fn poll_lock(
        &mut self,
        id: Id<Awaitable>,
        primitive: Id<Primitive>,
        state: AwaitableState,
        input: ResumeInput,
        value: Value,
    ) -> Polled {
        if state == AwaitableState::Created {
            if self.try_acquire(primitive) {
                return Polled::Ready(value);
            }
            return self.join_line(id, primitive, |it| &mut it.waiters);
        }
        self.leave_line(primitive, id);
        match Self::thrown(input) {
            Some(exception) => {
                // A wake-up that came together with the cancellation goes on to the next.
                if matches!(
                    self.heap[primitive].kind,
                    PrimitiveKind::Lock { locked: false }
                ) && self
                    .as_cancelled_error(Value::Instance(exception))
                    .is_some()
                {
                    self.wake_first(primitive);
                }
                Polled::Raise(exception)
            }
            None => {
                self.heap[primitive].kind = PrimitiveKind::Lock { locked: true };
                Polled::Ready(value)
            }
        }
    }

    /// What was given to one who waited in a lock's or semaphore's line, and was woken, is now its own.
    pub(super) fn take_granted(&mut self, id: Id<Awaitable>, primitive: Id<Primitive>) {
        self.leave_line(primitive, id);
        if let PrimitiveKind::Lock { locked } = &mut self.heap[primitive].kind {
            *locked = true;
        } else {
            self.grant_rest(primitive);
        }
    }

    fn is_semaphore_locked(&self, id: Id<Primitive>) -> bool {
        matches!(
            self.heap[id].kind,
            PrimitiveKind::Semaphore { value: 0, .. }
        ) || self.heap[id]
            .waiters
            .iter()
            .any(|&waiter| !self.is_wait_cancelled(waiter))
    }

    /// Gives a slot to the first who still waits.
    fn grant_next(&mut self, id: Id<Primitive>) -> bool {
        let Some(waiter) = self.heap[id]
            .waiters
            .iter()
            .copied()
            .find(|&waiter| self.is_waiting(waiter))
        else {
            return false;
        };
        if let PrimitiveKind::Semaphore { value, .. } = &mut self.heap[id].kind {
            *value -= 1;
        }
        self.wake(waiter);
        true
    }

    /// Gives all slots that are free to those who wait.
    fn grant_rest(&mut self, id: Id<Primitive>) {
        while matches!(self.heap[id].kind, PrimitiveKind::Semaphore { value, .. } if value > 0) {
            if !self.grant_next(id) {
                break;
            }
        }
    }

    pub(super) fn poll_semaphore(
        &mut self,
        id: Id<Awaitable>,
        primitive: Id<Primitive>,
        state: AwaitableState,
        input: ResumeInput,
        value: Value,
    ) -> Polled {
        if state == AwaitableState::Created {
            if self.try_acquire(primitive) {
                return Polled::Ready(value);
            }
            return self.join_line(id, primitive, |it| &mut it.waiters);
        }
        self.leave_line(primitive, id);
        let exception = Self::thrown(input);
        if let Some(exception) = exception
            && state == AwaitableState::Woken
            && self
                .as_cancelled_error(Value::Instance(exception))
                .is_some()
            && let PrimitiveKind::Semaphore { value, .. } = &mut self.heap[primitive].kind
        {
            // The slot had been granted: it is given back.
            *value += 1;
        }
        self.grant_rest(primitive);
        exception.map_or(Polled::Ready(value), Polled::Raise)
    }

    pub(super) fn poll_event(
        &mut self,
        id: Id<Awaitable>,
        primitive: Id<Primitive>,
        state: AwaitableState,
        input: ResumeInput,
    ) -> Polled {
        if state == AwaitableState::Created {
            if matches!(
                self.heap[primitive].kind,
                PrimitiveKind::Event { set: true }
            ) {
                return Polled::Ready(Value::Bool(true));
            }
            return self.join_line(id, primitive, |it| &mut it.waiters);
        }
        self.leave_line(primitive, id);
        Self::thrown(input).map_or(Polled::Ready(Value::Bool(true)), Polled::Raise)
    }

    /// `repr` of a primitive.
    pub(crate) fn primitive_repr(&mut self, id: Id<Primitive>) -> Option<String> {
        let class = self.class_of(Value::Primitive(id));
        let name = format!(
            "{}.{}",
            self.heap.text(self.heap[class].module),
            self.heap.text(self.heap[class].name)
        );
        let address = self.address(Value::Primitive(id));
        let waiting = self.heap[id].waiters.len();
        let mut state = match &self.heap[id].kind {
            PrimitiveKind::Lock { locked } => {
                (if *locked { "locked" } else { "unlocked" }).to_owned()
            }
            PrimitiveKind::Event { set } => (if *set { "set" } else { "unset" }).to_owned(),
            PrimitiveKind::Semaphore { value, .. } => {
                let value = *value;
                if self.is_semaphore_locked(id) {
                    "locked".to_owned()
                } else {
                    format!("unlocked, value:{value}")
                }
            }
            PrimitiveKind::Queue(_) => return self.queue_text(id, true),
            PrimitiveKind::ThreadLock(lock) => {
                let (state, holder) = self.thread_lock_texts(lock);
                return Some(format!("<{state} {name} object{holder} at {address:#x}>"));
            }
        };
        if waiting > 0 {
            state.push_str(&format!(", waiters:{waiting}"));
        }
        Some(format!("<{name} object at {address:#x} [{state}]>"))
    }
}
