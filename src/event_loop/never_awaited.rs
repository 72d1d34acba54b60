//! Coroutines that never began and are left at the end of a program, or found dead by `gc.collect()`: their `await` was forgotten.

use super::{AwaitableKind, AwaitableState, Root};
use crate::heap::Value;
use crate::objects::CoroutineState;
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};
use std::collections::HashSet;

/// Private natives of the prelude.
pub(crate) const PRELUDE: &[NativeFn] = &[native("_never_awaited", "", never_awaited)];

/// So many are told of at most.
const TOLD: usize = 20;

impl Vm {
    /// Is there a coroutine that never began?
    pub(crate) fn has_never_awaited(&self) -> bool {
        self.forgotten().next().is_some()
    }

    /// The coroutines of the program's own that never began, as old ones first as their places tell, and the native ones that it made.
    fn forgotten(&self) -> impl Iterator<Item = Root> {
        let coroutines = self.heap.coroutines.iter().filter_map(|(id, coroutine)| {
            let function = &self.heap[coroutine.function];
            let forgotten = coroutine.state == CoroutineState::Created
                && function.kind == crate::bytecode::FunctionKind::Coroutine
                && !self.is_hidden(function.code)
                && !self.function_place(function.code).0.starts_with('<');
            forgotten.then_some(Root::Coroutine(id))
        });
        let native = self.heap.awaitables.iter().filter_map(|(id, awaitable)| {
            let forgotten = awaitable.state == AwaitableState::Created
                && !matches!(awaitable.kind, AwaitableKind::Ready(_))
                && self.awaitable_name(id).is_some()
                && !self.created_line(awaitable.created).0.starts_with('<');
            forgotten.then_some(Root::Awaitable(id))
        });
        coroutines.chain(native)
    }

    /// The name of what a task could run, and the instruction that made it.
    fn maker(&self, root: Root) -> (String, u32) {
        match root {
            Root::Coroutine(id) | Root::Generator(id) => {
                let coroutine = &self.heap[id];
                let name = self.heap[coroutine.function].qualname;
                (self.heap.text(name).to_owned(), coroutine.created)
            }
            Root::Awaitable(id) => {
                let name = self.awaitable_name(id).unwrap_or_default();
                (name, self.heap[id].created)
            }
        }
    }

    fn makers(&mut self, makers: Vec<(String, u32)>) -> Value {
        let mut rows = Vec::with_capacity(makers.len());
        for (name, created) in makers {
            let (file, line, text) = self.created_line(created);
            let row = [
                self.heap.str(name),
                self.heap.str(file),
                Value::Int(i64::from(line)),
                self.heap.str(text),
            ];
            rows.push(self.heap.tuple(row));
        }
        self.heap.list(rows)
    }

    /// Collects; a list of what is to be said of each coroutine that died without having begun, if there are any.
    pub(crate) fn collect_and_list_forgotten(&mut self, args: Args) -> Option<Value> {
        let before: Vec<_> = self
            .forgotten()
            .filter_map(|root| match root {
                Root::Coroutine(id) => Some((id, self.maker(root))),
                Root::Generator(_) | Root::Awaitable(_) => None,
            })
            .collect();
        self.collect_exactly(args);
        let died: Vec<_> = before
            .into_iter()
            .filter(|(id, _)| self.heap.coroutines.get(*id).is_none())
            .map(|(_, maker)| maker)
            .take(TOLD)
            .collect();
        (!died.is_empty()).then(|| self.makers(died))
    }
}

/// What is to be said of each of them: its name, the file and the line that made it, and the text of that.
fn never_awaited(vm: &mut Vm, _args: Args) -> NativeResult {
    // What a task would still begin was not forgotten.
    let tasks = vm.heap.tasks.iter().map(|(_, task)| task);
    let given: HashSet<Root> = tasks
        .filter(|task| !task.future.is_done())
        .map(|task| task.root)
        .collect();
    let found: Vec<Root> = vm
        .forgotten()
        .filter(|id| !given.contains(id))
        .take(TOLD)
        .collect();
    let found = found.into_iter().map(|root| vm.maker(root)).collect();
    ok(vm.makers(found))
}
