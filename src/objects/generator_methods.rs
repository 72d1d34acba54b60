//! Methods of generators, coroutines and async generators.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Coroutine, CoroutineState};
use crate::event_loop::{AwaitableKind, GeneratorStep};
use crate::heap::{Id, Value};
use crate::vm::{
    Args, NativeFn, NativeResult, Outcome, Raise, ResumeInput, ResumeMode, ResumeRequest, Vm, call,
    classes, names, native, ok,
};

/// Methods of generators.
pub(crate) const GENERATOR: &[NativeFn] = &[
    native("send", "self, value, /", send),
    native("throw", "self, type, value=None, traceback=None, /", throw),
    native("close", "self, /", close),
    native("__next__", "self, /", next),
    native("__iter__", "self, /", itself),
];

/// Methods of coroutines.
pub(crate) const COROUTINE: &[NativeFn] = &[
    native("send", "self, value, /", send),
    native("throw", "self, type, value=None, traceback=None, /", throw),
    native("close", "self, /", close),
    native("__await__", "self, /", await_coroutine),
];

/// Methods of async generators.
pub(crate) const ASYNC_GENERATOR: &[NativeFn] = &[
    native("__aiter__", "self, /", itself),
    native("__anext__", "self, /", anext),
    native("asend", "self, value, /", asend),
    native(
        "athrow",
        "self, type, value=None, traceback=None, /",
        athrow,
    ),
    native("aclose", "self, /", aclose),
];

/// Methods of the awaitables that are no coroutines: `agen.asend(x)`, `future.__await__()`.
pub(crate) const STEP: &[NativeFn] = &[
    native("send", "self, value, /", send),
    native("throw", "self, type, value=None, traceback=None, /", throw),
    native("close", "self, /", close),
    native("__next__", "self, /", next),
    native("__iter__", "self, /", itself),
];

/// What those of them have that can be awaited.
pub(crate) const AWAITABLE_STEP: &[NativeFn] = &[native("__await__", "self, /", itself)];

/// Builtin functions.
pub(crate) const BUILTINS: &[NativeFn] = &[
    native("aiter", "async_iterable, /", aiter),
    native("anext", "async_iterator, default=None, /", anext_of),
];

fn aiter(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    if let Value::AsyncGenerator(_) = value {
        return ok(value);
    }
    match vm.call_special(value, names::AITER, &[]) {
        Some(result) => result,
        None => {
            let name = vm.type_name(value).to_owned();
            vm.fail_type(format!("'{name}' object is not an async iterable"))
        }
    }
}

/// `anext(iterator[, default])`
fn anext_of(vm: &mut Vm, args: Args) -> NativeResult {
    let (iterator, default) = (args.get(vm, 0), args.get(vm, 1));
    let class = vm.class_of(iterator);
    let Some(method) = vm.class_attribute(class, names::ANEXT) else {
        let name = vm.type_name(iterator).to_owned();
        return vm.fail_type(format!("'{name}' object is not an async iterator"));
    };
    if !default.is_undef() {
        return vm.call_prelude("_anext_with_default", &[method, iterator, default]);
    }
    call(method, &[iterator])
}

/// What `anext(iterator, default)` gives: the awaitable of the item and the default, in one.
fn anext_default(vm: &mut Vm, args: Args) -> NativeResult {
    let pair = vec![args.get(vm, 0), args.get(vm, 1)];
    let Value::Tuple(pair) = vm.heap.tuple(pair) else {
        return ok(Value::None);
    };
    awaitable(vm, AwaitableKind::AnextDefault(pair))
}

/// What only the prelude sees.
pub(crate) const PRELUDE: &[NativeFn] = &[
    native(
        "_anext_default_awaitable",
        "awaitable, default, /",
        anext_default,
    ),
    native("_throw_here", "generator, exception, /", throw_here),
];

fn this(vm: &mut Vm, args: Args) -> Result<Id<Coroutine>, Raise> {
    match args.get(vm, 0) {
        Value::Generator(id) | Value::Coroutine(id) | Value::AsyncGenerator(id) => Ok(id),
        other => {
            let name = vm.type_name(other).to_owned();
            Err(vm.type_error(format!(
                "descriptor requires a generator or coroutine, not '{name}'"
            )))
        }
    }
}

fn itself(vm: &mut Vm, args: Args) -> NativeResult {
    ok(args.get(vm, 0))
}

fn resume(coroutine: Id<Coroutine>, input: ResumeInput) -> NativeResult {
    Ok(Outcome::Resume(ResumeRequest {
        coroutine,
        input,
        mode: ResumeMode::Send,
    }))
}

fn next(vm: &mut Vm, args: Args) -> NativeResult {
    go_on(vm, args, ResumeInput::Send(Value::None))
}

fn go_on(vm: &mut Vm, args: Args, input: ResumeInput) -> NativeResult {
    match driven(vm, args) {
        Value::Awaitable(id) => vm.drive_awaitable(id, input),
        Value::Coroutine(id) => resume(id, input),
        _ => resume(this(vm, args)?, input),
    }
}

/// What is driven: for what `coroutine.__await__()` gives, the coroutine itself.
fn driven(vm: &Vm, args: Args) -> Value {
    match args.get(vm, 0) {
        Value::Awaitable(id) => match vm.heap[id].kind {
            AwaitableKind::Iterator(coroutine @ Value::Coroutine(_)) => coroutine,
            _ => Value::Awaitable(id),
        },
        other => other,
    }
}

fn send(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 1);
    go_on(vm, args, ResumeInput::Send(value))
}

impl Vm {
    /// Is it running, itself or in what it delegates to?
    pub(crate) fn is_running(&self, id: Id<Coroutine>) -> bool {
        let mut at = id;
        loop {
            match (self.heap[at].state, self.heap[at].waiting) {
                (CoroutineState::Running, _) => return true,
                (
                    CoroutineState::Suspended,
                    Value::Coroutine(child)
                    | Value::Generator(child)
                    | Value::AsyncGenerator(child),
                ) => at = child,
                _ => return false,
            }
        }
    }
}

/// What a `throw` needs script code for: making the exception, and warning of the old form with several arguments.
fn throw_in_script(vm: &mut Vm, args: Args, method: &str) -> Option<NativeResult> {
    let (kind, value, traceback) = (args.get(vm, 1), args.get(vm, 2), args.get(vm, 3));
    let made_by_script = matches!(kind, Value::Class(class) if !vm.heap[class].builtin && vm.is_subclass(class, classes::BASE_EXCEPTION));
    if !made_by_script && value.is_undef() {
        return None;
    }
    let method = Value::Str(vm.heap.intern(method));
    let given = [kind, value, traceback]
        .into_iter()
        .filter(|value| !value.is_undef());
    let arguments: Vec<Value> = [args.get(vm, 0), method].into_iter().chain(given).collect();
    Some(vm.call_prelude("_throw", &arguments))
}

fn throw(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(result) = throw_in_script(vm, args, "throw") {
        return result;
    }
    let exception = thrown(vm, args)?;
    let class = vm.heap[exception].class;
    // What it delegates to is closed first, as if it were closed itself.
    if vm.is_subclass(class, classes::GENERATOR_EXIT)
        && let this @ (Value::Generator(id) | Value::Coroutine(id)) = driven(vm, args)
        && vm.heap[id].state == CoroutineState::Suspended
        && let Some(child) = vm.unlink_child(id)
    {
        let child = match vm.coroutine_kind(child) {
            "coroutine" => Value::Coroutine(child),
            _ => Value::Generator(child),
        };
        return vm.call_prelude("_throw_exit", &[this, child, Value::Instance(exception)]);
    }
    go_on(vm, args, ResumeInput::Throw(exception))
}

/// Throws into a generator itself, and not into what it delegates to.
fn throw_here(vm: &mut Vm, args: Args) -> NativeResult {
    let exception = thrown(vm, args)?;
    let id = this(vm, args)?;
    vm.heap[id].waiting = Value::Undef;
    resume(id, ResumeInput::Throw(exception))
}

/// The exception of `throw(exception)`.
fn thrown(vm: &mut Vm, args: Args) -> Result<Id<super::Instance>, Raise> {
    let kind = args.get(vm, 1);
    match kind {
        Value::Class(class) if vm.is_subclass(class, classes::BASE_EXCEPTION) => {
            Ok(vm.new_exception_with(class, &[]))
        }
        _ => match vm.as_exception(kind) {
            Some(exception) => Ok(exception),
            None if vm.class_of(args.get(vm, 0)) == classes::FUTURE_ITER => Err(vm.type_error(
                "exceptions must be classes deriving BaseException or instances of such a class",
            )),
            None => {
                let name = vm.type_name(kind).to_owned();
                Err(vm.type_error(format!(
                    "exceptions must be classes or instances deriving from BaseException, not {name}"
                )))
            }
        },
    }
}

fn close(vm: &mut Vm, args: Args) -> NativeResult {
    match driven(vm, args) {
        Value::Awaitable(id) => vm.close_awaitable(id),
        Value::Coroutine(id) => vm.close_request(id),
        _ => {
            let id = this(vm, args)?;
            vm.close_request(id)
        }
    }
}

fn awaitable(vm: &mut Vm, kind: AwaitableKind) -> NativeResult {
    ok(vm.new_native_awaitable(kind))
}

fn await_coroutine(vm: &mut Vm, args: Args) -> NativeResult {
    let coroutine = args.get(vm, 0);
    awaitable(vm, AwaitableKind::Iterator(coroutine))
}

fn step(vm: &mut Vm, args: Args, step: GeneratorStep) -> NativeResult {
    let generator = this(vm, args)?;
    awaitable(vm, AwaitableKind::GeneratorStep { generator, step })
}

fn anext(vm: &mut Vm, args: Args) -> NativeResult {
    step(vm, args, GeneratorStep::Send(Value::None))
}

fn asend(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 1);
    step(vm, args, GeneratorStep::Send(value))
}

fn athrow(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(result) = throw_in_script(vm, args, "athrow") {
        return result;
    }
    let exception = thrown(vm, args)?;
    step(vm, args, GeneratorStep::Throw(exception))
}

fn aclose(vm: &mut Vm, args: Args) -> NativeResult {
    step(vm, args, GeneratorStep::Close(None))
}
