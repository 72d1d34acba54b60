//! The native part of `signal`: what Ctrl-C does, done by the program itself.

use crate::heap::Value;
use crate::vm::{Args, NativeFn, NativeResult, Vm, classes, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[native("_interrupt", "", interrupt)];

/// Raises KeyboardInterrupt at the next tick; under `asyncio.run` the main task is cancelled first.
fn interrupt(vm: &mut Vm, _args: Args) -> NativeResult {
    vm.interrupt = Some(classes::KEYBOARD_INTERRUPT);
    vm.heap.look_up();
    ok(Value::None)
}
