//! The native part of the module `inspect`: what the machine knows of functions, coroutines and generators.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::bytecode::FunctionKind;
use crate::event_loop::{AwaitableKind, AwaitableState};
use crate::heap::Value;
use crate::objects::CoroutineState;
use crate::vm::{Args, NativeFn, NativeResult, Vm, names, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_state", "object, /", state),
    native("_function_kind", "object, /", function_kind),
    native("isawaitable", "object", isawaitable),
    native("_native_parameters", "object, /", native_parameters),
];

/// What the module `types` needs.
pub(crate) const TYPES: &[NativeFn] = &[native("_traceback_type", "", |_vm, _args| {
    ok(Value::Class(crate::vm::classes::TRACEBACK))
})];

/// "CREATED", "RUNNING", "SUSPENDED" or "CLOSED"
fn state(vm: &mut Vm, args: Args) -> NativeResult {
    let text = match args.get(vm, 0) {
        Value::Coroutine(id) | Value::Generator(id) | Value::AsyncGenerator(id) => {
            match vm.heap[id].state {
                CoroutineState::Suspended if vm.is_running(id) => "RUNNING",
                CoroutineState::Created => "CREATED",
                CoroutineState::Running => "RUNNING",
                CoroutineState::Suspended => "SUSPENDED",
                CoroutineState::Closed => "CLOSED",
            }
        }
        Value::Awaitable(id) => match (vm.heap[id].state, &vm.heap[id].kind) {
            (_, &AwaitableKind::Driven { coroutine, .. }) => match vm.heap[coroutine].state {
                CoroutineState::Created => "CREATED",
                CoroutineState::Running => "RUNNING",
                CoroutineState::Suspended => "SUSPENDED",
                CoroutineState::Closed => "CLOSED",
            },
            (AwaitableState::Created, _) => "CREATED",
            (AwaitableState::Waiting | AwaitableState::Woken | AwaitableState::Cancelled, _) => {
                "SUSPENDED"
            }
            (AwaitableState::Finished, _) => "CLOSED",
        },
        other => {
            let name = vm.type_name(other).to_owned();
            return vm.fail_type(format!("a generator or coroutine was expected, got {name}"));
        }
    };
    ok(Value::Str(vm.heap.intern(text)))
}

/// "function", "generator", "coroutine" or "async generator" of a script function or method; None for anything else
fn function_kind(vm: &mut Vm, args: Args) -> NativeResult {
    let mut value = args.get(vm, 0);
    while let Value::BoundMethod(id) = value {
        value = vm.heap[id].function;
    }
    let text = match value {
        Value::Function(id) => match vm.heap[id].kind {
            FunctionKind::Plain => "function",
            FunctionKind::Generator => "generator",
            FunctionKind::Coroutine => "coroutine",
            FunctionKind::AsyncGenerator => "async generator",
        },
        Value::Native(id) if matches!(vm.native_fn(id).name, "sleep" | "acquire") => "coroutine",
        _ => return ok(Value::None),
    };
    ok(Value::Str(vm.heap.intern(text)))
}

/// The parameters of a native, or of calling a builtin class; None for anything else. What is bound already is left out.
fn native_parameters(vm: &mut Vm, args: Args) -> NativeResult {
    let (native, bound) = match args.get(vm, 0) {
        Value::Native(id) => (id, false),
        Value::BoundMethod(id) => match vm.heap[id].function {
            Value::Native(id) => (id, true),
            _ => return ok(Value::None),
        },
        Value::Class(class) if vm.heap[class].builtin => {
            match vm.heap[class].attributes.get(&names::NEW) {
                Some(&Value::Native(id)) => (id, true),
                _ => return ok(Value::None),
            }
        }
        _ => return ok(Value::None),
    };
    let params = vm.native_fn(native).params;
    let params = match bound {
        true => params.split_once(',').map_or("", |(_, rest)| rest.trim()),
        false => params,
    };
    // The end of positional parameters alone, when there are none.
    let params = params.strip_prefix("/,").unwrap_or(params).trim();
    let params = if params == "/" { "" } else { params };
    ok(vm.heap.str(params))
}

fn isawaitable(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    let is = match value {
        Value::Coroutine(_) | Value::Future(_) | Value::Task(_) | Value::Awaitable(_) => true,
        Value::Generator(id) => vm.heap[id].awaitable,
        Value::Instance(_) => vm
            .class_attribute(vm.class_of(value), names::AWAIT)
            .is_some(),
        _ => false,
    };
    ok(Value::Bool(is))
}
