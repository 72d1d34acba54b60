//! Who waits for whom, and what the running task is doing: the native part of asyncio's call graph.

use super::{Child, Waiter};
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, Function};
use crate::vm::{Args, FrameKind, NativeFn, NativeResult, ResumeMode, Vm, native, ok};

/// Private functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_waiters_of", "future, /", waiters_of),
    native("_running_frames", "", running_frames),
];

/// The tasks that await a future, and the callbacks that scripts have put on it. A gather is asked who awaits it.
fn waiters_of(vm: &mut Vm, args: Args) -> NativeResult {
    let mut pending: Vec<Child> = vm.child_of(args.get(vm, 0)).into_iter().collect();
    let mut found = Vec::new();
    while let Some(child) = pending.pop() {
        for waiter in vm.future(child).waiters.as_slice() {
            match *waiter {
                Waiter::Task(id) => found.push(vm.child_value(Child::Task(id))),
                Waiter::Gather(id) => pending.push(Child::Future(id)),
                Waiter::Callback(id) => found.push(vm.heap[id].callback),
                Waiter::Loop => {}
            }
        }
    }
    ok(vm.heap.list(found))
}

/// The frames of the running task, innermost first: `(coroutine or None, function, line)`.
fn running_frames(vm: &mut Vm, _args: Args) -> NativeResult {
    let mut found: Vec<(Option<Id<Coroutine>>, Id<Function>, u32)> = Vec::new();
    for frame in vm.fiber.frames.iter().rev() {
        match frame.kind {
            FrameKind::Loop(_) | FrameKind::Entry => break,
            FrameKind::Call(_)
            | FrameKind::Init(..)
            | FrameKind::Operation
            | FrameKind::Awaited
            | FrameKind::Chained(_)
            | FrameKind::Resumed { .. } => {}
        }
        found.push((frame.coroutine(), frame.function, frame.pc));
        let FrameKind::Resumed {
            coroutine,
            root,
            mode,
            ..
        } = frame.kind
        else {
            continue;
        };
        let mut at = coroutine;
        while at != root
            && let Some(parent) = vm.heap[at].parent
        {
            found.push((Some(parent), vm.heap[parent].function, vm.heap[parent].pc));
            at = parent;
        }
        if mode == ResumeMode::Task {
            break;
        }
    }
    let mut rows = Vec::new();
    for (coroutine, function, pc) in found {
        let entry = crate::objects::TracebackEntry {
            code: vm.heap[function].code,
            pc: pc.saturating_sub(1),
        };
        if vm.is_hidden(entry.code) {
            continue;
        }
        let (source, span) = vm.place(entry);
        let line = Value::Int(source.line_column(span.start).0.into());
        let coroutine = match (coroutine, vm.heap[function].kind) {
            (None, crate::bytecode::FunctionKind::Coroutine) => Value::Bool(true),
            (None, _) => Value::None,
            (Some(id), crate::bytecode::FunctionKind::AsyncGenerator) => Value::AsyncGenerator(id),
            (Some(id), crate::bytecode::FunctionKind::Coroutine) => Value::Coroutine(id),
            (Some(id), _) => Value::Generator(id),
        };
        let row = [coroutine, Value::Function(function), line];
        rows.push(vm.heap.tuple(row));
    }
    ok(vm.heap.list(rows))
}
