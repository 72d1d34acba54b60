//! Coroutines that are left at the end of a program and never began: their `await` was forgotten.

use super::Root;
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, CoroutineState};
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};

/// Private natives of the prelude.
pub(crate) const PRELUDE: &[NativeFn] = &[native("_never_awaited", "", never_awaited)];

/// So many are told of at most.
const TOLD: usize = 20;

impl Vm {
    /// Is there a coroutine that never began?
    pub(crate) fn has_never_awaited(&self) -> bool {
        self.forgotten().next().is_some()
    }

    /// The coroutines of the program's own that never began, as old ones first as their places tell.
    fn forgotten(&self) -> impl Iterator<Item = Id<Coroutine>> {
        self.heap.coroutines.iter().filter_map(|(id, coroutine)| {
            let function = &self.heap[coroutine.function];
            let forgotten = coroutine.state == CoroutineState::Created
                && function.kind == crate::bytecode::FunctionKind::Coroutine
                && !self.is_hidden(function.code)
                && !self.function_place(function.code).0.starts_with('<');
            forgotten.then_some(id)
        })
    }
}

/// What is to be said of each of them: its name, the file and the line that made it, and the text of that.
fn never_awaited(vm: &mut Vm, _args: Args) -> NativeResult {
    // What a task would still begin was not forgotten.
    let given: Vec<Id<Coroutine>> = vm
        .heap
        .tasks
        .iter()
        .filter_map(|(_, task)| match task.root {
            Root::Coroutine(id) if !task.future.is_done() => Some(id),
            Root::Coroutine(_) | Root::Generator(_) | Root::Awaitable(_) => None,
        })
        .collect();
    let found: Vec<Id<Coroutine>> = vm
        .forgotten()
        .filter(|id| !given.contains(id))
        .take(TOLD)
        .collect();
    let mut rows = Vec::new();
    for id in found {
        let coroutine = &vm.heap[id];
        let name = vm
            .heap
            .text(vm.heap[coroutine.function].qualname)
            .to_owned();
        let (file, line, text) = vm.created_line(coroutine.created);
        let row = vec![
            vm.heap.str(name),
            vm.heap.str(file),
            Value::Int(i64::from(line)),
            vm.heap.str(text),
        ];
        rows.push(vm.heap.tuple(row));
    }
    ok(vm.heap.list(rows))
}
