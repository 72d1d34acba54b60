//! The module `gc`: asking for a collection.

use crate::event_loop::Child;
use crate::heap::Value;
use crate::vm::{Args, NativeFn, NativeResult, Vm, native};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[native("collect", "generation=2", collect)];

/// Pending tasks that only their loop knows of are reported, as CPython does when it collects them (C53).
fn collect(vm: &mut Vm, args: Args) -> NativeResult {
    vm.collect_exactly(args);
    let Some(event_loop) = vm.running_loop else {
        return vm.after_callbacks(Value::Int(0));
    };
    let lost = vm.lost_tasks(event_loop);
    vm.forget_tasks(event_loop, &lost);
    let lost: Vec<Value> = lost
        .into_iter()
        .map(|task| Child::Task(task).value())
        .collect();
    if lost.is_empty() {
        return vm.after_callbacks(Value::Int(0));
    }
    let lost = vm.heap.list(lost);
    vm.call_prelude("_report_lost_tasks", &[vm.loop_value(event_loop), lost])
}
