//! The natives of `_thread`: fibers and the locks between them. `threading`, `queue` and `concurrent.futures` are written
//! on top of them.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::event_loop::{Pending, Primitive, PrimitiveKind, ThreadLock};
use crate::heap::{Id, Value};
use crate::objects::Dict;
use crate::vm::fiber::Waited;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, classes, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_interrupt", "", interrupt),
    native("get_ident", "", get_ident),
    native("get_native_id", "", get_ident),
    native("_count", "", count),
    native(
        "start_new_thread",
        "function, args, kwargs={}, /",
        start_new_thread,
    ),
    native("allocate_lock", "", allocate_lock),
    native("_lock_class", "reentrant, /", lock_class),
    native("_yield", "", yield_turn),
    native("_is_alive", "ident, /", is_alive),
    native("_set_name", "name, /", set_name),
    native("_prelude", "name, /", prelude),
];

/// Methods of both kinds of locks.
pub(crate) const LOCK: &[NativeFn] = &[
    native("__new__", "cls", new_lock),
    native("acquire", "self, blocking=True, timeout=-1", acquire),
    native("release", "self", release),
    native("locked", "self", locked),
    native("__enter__", "self", enter),
    native("__exit__", "self, type, value, traceback, /", leave),
    native("_at_fork_reinit", "self", reset),
];

/// What reentrant locks have of their own.
pub(crate) const RLOCK: &[NativeFn] = &[
    native("__new__", "cls", new_rlock),
    native("__init__", "self", nothing),
    native("_is_owned", "self", is_owned),
    native("_release_save", "self", release_save),
    native("_acquire_restore", "self, state, /", acquire_restore),
    native("_recursion_count", "self", recursion_count),
];

/// So many seconds a lock can be waited for at most.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;

fn nothing(_vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::None)
}

fn get_ident(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::Int(i64::from(vm.fibers.running)))
}

fn count(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::Int(vm.other_fibers() as i64))
}

fn is_alive(vm: &mut Vm, args: Args) -> NativeResult {
    let alive = match args.get(vm, 0) {
        Value::Int(ident) => u32::try_from(ident).is_ok_and(|ident| vm.fibers.is_alive(ident)),
        _ => false,
    };
    ok(Value::Bool(alive))
}

fn start_new_thread(vm: &mut Vm, args: Args) -> NativeResult {
    let (function, arguments, keywords) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
    if !vm.is_callable(function) {
        return vm.fail_type("first arg must be callable");
    }
    let Value::Tuple(_) = vm.native_value(arguments) else {
        return vm.fail_type("2nd arg must be a tuple");
    };
    let keywords = match vm.native_value(keywords) {
        Value::Undef => Value::Dict(vm.heap.new_dict(Dict::default())),
        Value::Dict(dict) => Value::Dict(dict),
        _ => return vm.fail_type("optional 3rd arg must be a dictionary"),
    };
    if vm.other_fibers() >= vm.limits.tasks {
        return Err(vm.runtime_error("can't start new thread"));
    }
    let arguments = vm.native_value(arguments);
    let ident = vm.start_fiber(function, arguments, keywords);
    ok(Value::Int(i64::from(ident)))
}

/// A function of the prelude, for the modules that share parts with it.
fn prelude(vm: &mut Vm, args: Args) -> NativeResult {
    match args.get(vm, 0) {
        Value::Str(name) => {
            let name = vm.heap.text(name).to_owned();
            ok(vm.prelude_function(&name))
        }
        _ => vm.fail_type("a name was expected"),
    }
}

/// Says what the running thread is called.
fn set_name(vm: &mut Vm, args: Args) -> NativeResult {
    if let Value::Str(name) = args.get(vm, 0) {
        let name = vm.heap.text(name).to_owned();
        vm.fibers.set_name(&name);
    }
    ok(Value::None)
}

fn yield_turn(_vm: &mut Vm, _args: Args) -> NativeResult {
    Ok(Outcome::Clock(Pending::Nap(0.0)))
}

fn lock_class(vm: &mut Vm, args: Args) -> NativeResult {
    ok(Value::Class(match args.get(vm, 0) {
        Value::Bool(true) => classes::THREAD_RLOCK,
        _ => classes::THREAD_LOCK,
    }))
}

fn make(vm: &mut Vm, class: Value, reentrant: bool) -> NativeResult {
    let lock = ThreadLock {
        reentrant,
        ..ThreadLock::default()
    };
    vm.new_primitive_of(class, PrimitiveKind::ThreadLock(Box::new(lock)))
}

fn allocate_lock(vm: &mut Vm, _args: Args) -> NativeResult {
    make(vm, Value::Class(classes::THREAD_LOCK), false)
}

fn new_lock(vm: &mut Vm, args: Args) -> NativeResult {
    let class = args.get(vm, 0);
    make(vm, class, false)
}

fn new_rlock(vm: &mut Vm, args: Args) -> NativeResult {
    let class = args.get(vm, 0);
    make(vm, class, true)
}

impl Vm {
    /// The state of a lock between threads.
    fn thread_lock(&mut self, id: Id<Primitive>) -> &mut ThreadLock {
        match &mut self.heap[id].kind {
            PrimitiveKind::ThreadLock(lock) => lock,
            PrimitiveKind::Lock { .. }
            | PrimitiveKind::Event { .. }
            | PrimitiveKind::Semaphore { .. }
            | PrimitiveKind::Queue(_) => {
                panic!("invariant broken: a thread lock's method on another primitive")
            }
        }
    }

    /// Takes the lock for the running fiber if it is free, or its own.
    fn take_thread_lock(&mut self, id: Id<Primitive>) -> bool {
        let running = self.fibers.running;
        let lock = self.thread_lock(id);
        if lock.owner != 0 && !(lock.reentrant && lock.owner == running) {
            return false;
        }
        lock.owner = running;
        lock.count += 1;
        true
    }

    /// A new lock, held by nobody who could release it.
    pub(crate) fn new_held_lock(&mut self) -> Id<Primitive> {
        self.heap.new_primitive(Primitive {
            kind: PrimitiveKind::ThreadLock(Box::new(ThreadLock {
                owner: u32::MAX,
                count: 1,
                ..ThreadLock::default()
            })),
            event_loop: None,
            waiters: std::collections::VecDeque::new(),
        })
    }

    /// The lock is free: the first who waits for it may try to take it.
    pub(crate) fn free_thread_lock(&mut self, id: Id<Primitive>) {
        let lock = self.thread_lock(id);
        lock.owner = 0;
        lock.count = 0;
        while let Some((fiber, wait)) = self.thread_lock(id).line.pop_front() {
            if self.fibers.wake(fiber, wait) {
                return;
            }
        }
    }

    /// A fiber begins to wait for a lock.
    pub(crate) fn join_thread_line(&mut self, id: Id<Primitive>, fiber: u32, wait: u64) {
        self.thread_lock(id).line.push_back((fiber, wait));
    }

    /// Looks whether the lock that the running fiber waits for can be had.
    pub(crate) fn lock_waited(&mut self, id: Id<Primitive>, deadline: f64) -> Waited {
        if let Some(raise) = self.pending_interrupt() {
            self.asyncio.pending = Pending::Nothing;
            return Waited::Done(self.throw(raise));
        }
        if let Some(signal) = self.take_signal() {
            self.asyncio.pending = Pending::Nothing;
            let left = if deadline.is_finite() {
                (deadline - self.now).max(0.0)
            } else {
                -1.0
            };
            let result = self.call_prelude(
                "_acquire_after_signal",
                &[signal, Value::Primitive(id), Value::Float(left)],
            );
            return Waited::Done(self.settle(result));
        }
        let got = self.take_thread_lock(id);
        if got || self.is_time(deadline) {
            self.asyncio.pending = Pending::Nothing;
            return Waited::Done(self.complete(Value::Bool(got), false));
        }
        Waited::On(Some(deadline).filter(|it| it.is_finite()))
    }
}

fn acquire(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let blocking = args.get(vm, 1).or(Value::Bool(true));
    let blocking = vm.truth(blocking).unwrap_or(true);
    let timeout = args.get(vm, 2).or(Value::Int(-1));
    let seconds = match vm.native_value(timeout) {
        Value::Int(value) => value as f64,
        Value::Bool(value) => f64::from(u8::from(value)),
        Value::Float(value) => value,
        _ => {
            let name = vm.type_name(timeout).to_owned();
            return vm.fail_type(format!(
                "'{name}' object cannot be interpreted as an integer or float"
            ));
        }
    };
    if !blocking && seconds != -1.0 {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if seconds < 0.0 && seconds != -1.0 {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds >= i64::MAX as f64 {
        let text = "timestamp out of range for platform time_t";
        return Err(vm.raise(classes::OVERFLOW_ERROR, text));
    }
    if seconds > TIMEOUT_MAX {
        return Err(vm.raise(classes::OVERFLOW_ERROR, "timeout value is too large"));
    }
    if vm.take_thread_lock(id) {
        return ok(Value::Bool(true));
    }
    if !blocking || seconds == 0.0 {
        return ok(Value::Bool(false));
    }
    Ok(Outcome::Clock(Pending::LockFor(id, seconds)))
}

fn enter(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    if vm.take_thread_lock(id) {
        return ok(Value::Bool(true));
    }
    Ok(Outcome::Clock(Pending::LockFor(id, -1.0)))
}

fn release(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let running = vm.fibers.running;
    let lock = vm.thread_lock(id);
    if lock.reentrant && lock.owner != running {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    if lock.owner == 0 {
        return Err(vm.runtime_error("release unlocked lock"));
    }
    lock.count -= 1;
    if lock.count == 0 {
        vm.free_thread_lock(id);
    }
    ok(Value::None)
}

fn leave(vm: &mut Vm, args: Args) -> NativeResult {
    release(vm, args)
}

fn reset(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    vm.free_thread_lock(id);
    ok(Value::None)
}

fn locked(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    ok(Value::Bool(vm.thread_lock(id).owner != 0))
}

fn is_owned(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let running = vm.fibers.running;
    ok(Value::Bool(vm.thread_lock(id).owner == running))
}

fn recursion_count(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let running = vm.fibers.running;
    let lock = vm.thread_lock(id);
    let count = if lock.owner == running { lock.count } else { 0 };
    ok(Value::Int(count as i64))
}

/// Frees the lock however often it is held; gives that number.
fn release_save(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    let running = vm.fibers.running;
    let lock = vm.thread_lock(id);
    if lock.owner != running {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    let count = lock.count;
    vm.free_thread_lock(id);
    ok(Value::Int(count as i64))
}

/// Says how often the lock, just acquired, is held.
fn acquire_restore(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.primitive_of(args)?;
    if let Value::Int(count) = args.get(vm, 1) {
        vm.thread_lock(id).count = count as u64;
    }
    ok(Value::None)
}

impl Vm {
    /// What a lock's repr says of its state, and of its holder.
    pub(crate) fn thread_lock_texts(&self, lock: &ThreadLock) -> (String, String) {
        let state = if lock.owner == 0 {
            "unlocked"
        } else {
            "locked"
        };
        let holder = if lock.reentrant {
            format!(" owner={} count={}", lock.owner, lock.count)
        } else {
            String::new()
        };
        (state.to_owned(), holder)
    }
}

/// The main thread sees a KeyboardInterrupt as soon as it can.
fn interrupt(vm: &mut Vm, _args: Args) -> NativeResult {
    vm.signal_arrived(super::signal::SIGINT);
    match vm.pending_interrupt() {
        Some(raise) => Err(raise),
        None => ok(Value::None),
    }
}
