//! The module `gc`: asking for a collection.

use crate::event_loop::{Child, Loop, Ready};
use crate::heap::{Id, Value};
use crate::vm::{Args, NativeFn, NativeResult, Vm, native};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[native("collect", "generation=2", collect)];

/// Pending tasks that only their loop knows of are reported, and futures whose exceptions nobody retrieved, and async generators that
/// were left are closed, as CPython does when it collects them (C45, C52, C53).
fn collect(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(forgotten) = vm.collect_and_list_forgotten(args) {
        return vm.call_prelude("_tell_forgotten", &[forgotten]);
    }
    let loops: Vec<Id<Loop>> = vm.heap.loops.iter().map(|(id, _)| id).collect();
    let mut rows = Vec::new();
    for event_loop in loops {
        let lost = vm.lost_in(event_loop);
        for generator in lost.generators {
            let context = vm.copied_context();
            vm.push_ready(event_loop, Ready::Abandoned(generator, context));
        }
        if lost.tasks.is_empty() && lost.failed.is_empty() {
            continue;
        }
        vm.forget_tasks(event_loop, &lost.tasks);
        let tasks = lost
            .tasks
            .into_iter()
            .map(|it| vm.child_value(Child::Task(it)));
        let tasks = tasks.collect();
        let row = [
            vm.loop_value(event_loop),
            vm.heap.list(tasks),
            vm.unretrieved_contexts(&lost.failed),
        ];
        rows.push(vm.heap.tuple(row));
    }
    if rows.is_empty() {
        return vm.after_callbacks(Value::Int(0));
    }
    let rows = vm.heap.list(rows);
    vm.call_prelude("_report_lost", &[rows])
}
