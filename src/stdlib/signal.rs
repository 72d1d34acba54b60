//! The native part of `signal`: what Ctrl-C does, done by the program itself.

use crate::event_loop::{Loop, Ready};
use crate::heap::{Id, Value};
use crate::vm::{Args, Flow, FrameKind, NativeFn, NativeResult, Vm, classes, native, ok};

/// The number of the signal that Ctrl-C sends.
const SIGINT: i64 = 2;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_interrupt", "", interrupt),
    native("_catch_interrupts", "catch, /", catch_interrupts),
];

/// From now on, Ctrl-C calls a handler of the program, or nothing does any more.
fn catch_interrupts(vm: &mut Vm, args: Args) -> NativeResult {
    vm.asyncio.catches_interrupts = args.get(vm, 0) == Value::Bool(true);
    ok(Value::None)
}

impl Vm {
    /// Is there a Ctrl-C that a handler of the program is for? It is taken.
    pub(crate) fn take_signal(&mut self) -> bool {
        self.asyncio.catches_interrupts
            && self.takes_interrupts()
            && self.interrupt.take().is_some()
    }

    /// Calls the program's handler between two instructions; a loop that runs calls it in its next pass.
    pub(crate) fn handle_signal(&mut self) -> Option<Flow> {
        let top = *self.top();
        if let FrameKind::Loop(event_loop) = top.kind {
            self.hand_signal_to(event_loop);
            return None;
        }
        if !top.has_code() || !self.take_signal() {
            return None;
        }
        let Value::Function(deliver) = self.prelude_function("_deliver_signal") else {
            panic!("invariant broken: a prelude function is a function");
        };
        // What it returns goes to a place that nothing uses.
        let place = top.base as usize + top.registers as usize;
        self.ensure_window(place);
        self.fiber.stack[place + 1] = Value::Int(SIGINT);
        Some(self.call_function(deliver, place + 1, 1, None, Value::Undef, place as u32))
    }

    /// Puts the call of the program's handler on a loop's ready queue.
    pub(crate) fn hand_signal_to(&mut self, event_loop: Id<Loop>) {
        if self.take_signal() {
            let deliver = self.prelude_function("_deliver_signal");
            let argument = [Value::Int(SIGINT)];
            if let Ok(handle) =
                self.new_handle_for(event_loop, deliver, &argument, None, Value::Undef)
            {
                self.push_ready(event_loop, Ready::Callback(handle));
            }
        }
    }
}

/// Raises KeyboardInterrupt; under `asyncio.run` the main task is cancelled first.
fn interrupt(vm: &mut Vm, _args: Args) -> NativeResult {
    vm.interrupt = Some(classes::KEYBOARD_INTERRUPT);
    vm.heap.look_up();
    // The main thread sees it before it does anything else.
    match vm.pending_interrupt() {
        Some(raise) => Err(raise),
        None => ok(Value::None),
    }
}
