//! The native part of `signal`: which signals the program has handlers for, and what happens when one arrives.

use crate::event_loop::{Loop, Ready};
use crate::heap::{Id, Value};
use crate::stdlib::system::SIGNALS;
use crate::vm::{Args, Flow, FrameKind, NativeFn, NativeResult, Outcome, Vm, native, ok};

/// The number of the signal that Ctrl-C sends.
pub(crate) const SIGINT: u32 = 2;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_send", "number, /", send),
    native("_catch_signals", "signals, in_loop, /", catch_signals),
    native("_signals", "signals, default, /", ask),
    native("_take_deadlock", "", take_deadlock),
    native("_in_main_thread", "", in_main_thread),
];

/// The bit of a signal in a set of them.
pub(crate) fn bit(number: u32) -> u64 {
    1u64.checked_shl(number).unwrap_or(0)
}

/// From now on, the program says what these signals do.
fn catch_signals(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::Int(signals), Value::Int(in_loop)) = (args.get(vm, 0), args.get(vm, 1)) else {
        return vm.fail_type("signals are a set of bits".to_owned());
    };
    let caught = signals as u64;
    vm.asyncio.caught = caught;
    vm.asyncio.in_loop = in_loop as u64;
    vm.signals &= caught | bit(SIGINT);
    ok(Value::None)
}

/// Tells the host which signals the program has handlers for, or which one it wants the default of.
fn ask(vm: &mut Vm, args: Args) -> NativeResult {
    let args = vec![args.get(vm, 0), args.get(vm, 1)];
    vm.ask_host(SIGNALS, args);
    Ok(Outcome::Host)
}

/// Why the program was interrupted, if it was because nothing could go on.
fn take_deadlock(vm: &mut Vm, _args: Args) -> NativeResult {
    match vm.deadlock.take() {
        Some(report) => ok(vm.heap.str(report)),
        None => ok(Value::None),
    }
}

fn in_main_thread(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::Bool(vm.takes_interrupts()))
}

/// A signal from the program itself. Ctrl-C raises KeyboardInterrupt; under `asyncio.run` the main task is cancelled first.
fn send(vm: &mut Vm, args: Args) -> NativeResult {
    if let Value::Int(number) = args.get(vm, 0) {
        vm.signal_arrived(number as u32);
    }
    // The main thread sees it before it does anything else.
    match vm.pending_interrupt() {
        Some(raise) => Err(raise),
        None => ok(Value::None),
    }
}

impl Vm {
    /// A signal has arrived; the program sees it as soon as it can, if it has a handler for it or it is Ctrl-C.
    pub(crate) fn signal_arrived(&mut self, number: u32) {
        self.signals_arrived(bit(number));
        self.heap.look_up();
    }

    /// As `signal_arrived`, for a set of signals.
    pub(crate) fn signals_arrived(&mut self, signals: u64) {
        self.signals |= signals & (self.asyncio.caught | bit(SIGINT));
    }

    /// The signals that the running code, not its event loop, has handlers for.
    pub(crate) fn signals_for_code(&self) -> u64 {
        self.signals & !self.asyncio.in_loop
    }

    /// A signal that has arrived and that a handler of the program is for, not one of an event loop. It is taken.
    pub(crate) fn take_signal(&mut self) -> Option<Value> {
        self.take_signal_of(self.signals_for_code())
    }

    fn take_signal_of(&mut self, signals: u64) -> Option<Value> {
        let caught = signals & self.asyncio.caught;
        if caught == 0 || !self.takes_interrupts() {
            return None;
        }
        self.signals &= !(caught & caught.wrapping_neg());
        if self.signals_for_code() != 0 {
            self.heap.look_up();
        }
        Some(Value::Int(caught.trailing_zeros().into()))
    }

    /// Calls the program's handler between two instructions; a loop that runs calls it in its next pass.
    pub(crate) fn handle_signal(&mut self) -> Option<Flow> {
        let top = *self.top();
        if let FrameKind::Loop(event_loop) = top.kind {
            self.hand_signals_to(event_loop);
            return None;
        }
        if !top.has_code() {
            return None;
        }
        let signal = self.take_signal()?;
        let Value::Function(deliver) = self.prelude_function("_deliver_signal") else {
            panic!("invariant broken: a prelude function is a function");
        };
        // What it returns goes to a place that nothing uses.
        let place = top.base as usize + top.registers as usize;
        self.ensure_window(place);
        self.fiber.stack[place + 1] = signal;
        Some(self.call_function(deliver, place + 1, 1, None, Value::Undef, place as u32))
    }

    /// Puts the calls of the program's handlers on a loop's ready queue.
    pub(crate) fn hand_signals_to(&mut self, event_loop: Id<Loop>) {
        while let Some(signal) = self.take_signal_of(self.signals) {
            let deliver = self.prelude_function("_deliver_signal");
            if let Ok(handle) =
                self.new_handle_for(event_loop, deliver, &[signal], None, Value::Undef)
            {
                self.push_ready(event_loop, Ready::Callback(handle));
            }
        }
    }
}
