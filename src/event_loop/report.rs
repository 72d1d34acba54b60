//! What an event loop tells of errors that nobody handles: through its exception handler, or to stderr.

use super::{Child, FutureState, Loop, Root, Task, Waiting};
use crate::heap::{Id, Value};
use crate::objects::{CoroutineState, Dict};
use crate::vm::{Args, Flow, NativeFn, NativeResult, Vm, classes, native, ok};

/// Futures with unretrieved exceptions that a loop remembers before it reports them without waiting for its end.
const FAILED: usize = 1000;

/// Private natives of the module.
pub(crate) const MODULE: &[NativeFn] = &[native("_unretrieved", "loop, /", unretrieved)];

impl Vm {
    /// Calls a loop's exception handler with a context; the loop's frame is on top.
    pub(super) fn report(
        &mut self,
        id: Id<Loop>,
        message: Value,
        exception: Value,
        more: &[(&str, Value)],
    ) -> Flow {
        let context = self.report_context(message, exception, more);
        let result = self.call_prelude("_tell_handler", &[self.loop_value(id), context]);
        self.settle(result)
    }

    fn report_context(
        &mut self,
        message: Value,
        exception: Value,
        more: &[(&str, Value)],
    ) -> Value {
        let dict = self.heap.new_dict(Dict::default());
        let name = self.heap.intern("message");
        self.dict_set_str(dict, name, message);
        let name = self.heap.intern("exception");
        self.dict_set_str(dict, name, exception);
        for &(name, value) in more {
            let name = self.heap.intern(name);
            self.dict_set_str(dict, name, value);
        }
        Value::Dict(dict)
    }

    /// What is told of a future whose exception nobody retrieved.
    fn lost_future(&mut self, child: Child) -> Vec<(&'static str, Value)> {
        let mut facts = vec![("future", self.child_value(child))];
        if let Some(stack) = self.creation_stack_of(child) {
            facts.push(("source_traceback", stack));
        }
        facts
    }

    /// The contexts to report for those of some futures whose exceptions nobody retrieved, which counts as done then.
    pub(crate) fn unretrieved_contexts(&mut self, failed: &[Child]) -> Value {
        let mut contexts = Vec::new();
        for &child in failed {
            let future = self.child_mut(child);
            if !std::mem::take(&mut future.unretrieved) {
                continue;
            }
            let FutureState::Exception(exception) = future.state else {
                continue;
            };
            let kind = self.future_class(child);
            let message = self
                .heap
                .str(format!("{kind} exception was never retrieved"));
            let future = self.lost_future(child);
            contexts.push(self.report_context(message, Value::Instance(exception), &future));
        }
        self.heap.list(contexts)
    }

    /// Remembers a future that got an exception.
    pub(super) fn note_failure(&mut self, event_loop: Id<Loop>, child: Child) {
        if self.heap[event_loop].failed.len() >= FAILED {
            let failed = std::mem::take(&mut self.heap[event_loop].failed);
            let failed = failed
                .into_iter()
                .filter(|&child| self.future(child).unretrieved)
                .collect();
            self.heap[event_loop].failed = failed;
        }
        self.heap[event_loop].failed.push(child);
    }

    /// A task that would go on was finished by somebody else.
    #[cold]
    pub(super) fn already_done(&mut self, event_loop: Id<Loop>, id: Id<Task>) -> Flow {
        let task = &self.heap[id];
        let (Root::Coroutine(root) | Root::Generator(root)) = task.root else {
            return Flow::Go;
        };
        if self.heap[root].state == CoroutineState::Closed {
            return Flow::Go;
        }
        let what = match task.waiting {
            Waiting::Nothing | Waiting::Raise(_) => "<_asyncio.TaskStepMethWrapper object>",
            Waiting::Future(_) | Waiting::Task(_) | Waiting::Awaitable(_) => "Task.task_wakeup",
        };
        let text = self.short_repr(self.child_value(super::Child::Task(id)));
        let error = self.new_exception(
            classes::INVALID_STATE_ERROR,
            format!("_step(): already done: {text} None"),
        );
        let message = self.heap.str(format!("Exception in callback {what}()"));
        self.heap[event_loop].handle = None;
        self.report(event_loop, message, Value::Instance(error), &[])
    }

    /// A task whose maker threw it away has ended: if it failed, that is reported at once.
    pub(super) fn report_discarded(&mut self, event_loop: Id<Loop>, id: Id<Task>) -> Option<Flow> {
        let future = &self.heap[id].future;
        if !future.unretrieved {
            return None;
        }
        let FutureState::Exception(exception) = future.state else {
            return None;
        };
        self.heap[id].future.unretrieved = false;
        self.heap[event_loop].handle = None;
        let kind = self.future_class(Child::Task(id));
        let message = self
            .heap
            .str(format!("{kind} exception was never retrieved"));
        let future = self.lost_future(Child::Task(id));
        Some(self.report(event_loop, message, Value::Instance(exception), &future))
    }
}

/// The contexts to report for futures whose exceptions were never retrieved, in the order they failed.
fn unretrieved(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(id) = vm.loop_in(args.get(vm, 0)) else {
        return vm.fail_type("a loop was expected");
    };
    let failed = std::mem::take(&mut vm.heap[id].failed);
    ok(vm.unretrieved_contexts(&failed))
}
