//! The native part of the module `time`. The core has no clock: what it needs to know it asks the driver for.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::event_loop::{Clock, Pending, functions};
use crate::heap::Value;
use crate::vm::fiber::Waited;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, native};
use num_bigint::BigInt;
use num_traits::FromPrimitive;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("time", "", time),
    native("time_ns", "", time_ns),
    native("monotonic", "", monotonic),
    native("_waiting_since", "", waiting_since),
    native("monotonic_ns", "", monotonic_ns),
    native("perf_counter", "", monotonic),
    native("perf_counter_ns", "", monotonic_ns),
    native("_system", "what, /, *args", super::system::system),
    native("sleep", "seconds, /", sleep),
];

fn clock(clock: Clock) -> NativeResult {
    Ok(Outcome::Clock(Pending::Clock(clock)))
}

fn time(_vm: &mut Vm, _args: Args) -> NativeResult {
    clock(Clock::Wall)
}

fn time_ns(_vm: &mut Vm, _args: Args) -> NativeResult {
    clock(Clock::WallNs)
}

fn monotonic(_vm: &mut Vm, _args: Args) -> NativeResult {
    clock(Clock::Monotonic)
}

fn waiting_since(vm: &mut Vm, _args: Args) -> NativeResult {
    vm.asyncio.count_asking(vm.now);
    clock(Clock::Wait)
}

fn monotonic_ns(_vm: &mut Vm, _args: Args) -> NativeResult {
    clock(Clock::MonotonicNs)
}

fn sleep(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    let seconds = match vm.native_value(value) {
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => functions::seconds(vm, value)?,
        _ => {
            let name = vm.type_name(value).to_owned();
            return vm.fail_type(format!(
                "'{name}' object cannot be interpreted as an integer"
            ));
        }
    };
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    Ok(Outcome::Clock(Pending::Nap(seconds)))
}

impl Vm {
    /// Says what `time.time()` is now, in seconds since 1970.
    pub(crate) fn set_wall_clock(&mut self, seconds: f64) {
        self.asyncio.wall_offset = seconds - self.now;
    }

    /// Goes on behind a look at the clock, or a `time.sleep`, if that is what the running frame stopped for.
    pub(crate) fn take_time(&mut self) -> Waited {
        match self.asyncio.pending {
            Pending::Nothing => Waited::Over,
            Pending::Yield => {
                self.asyncio.pending = Pending::Nothing;
                if self.others_may_run() {
                    Waited::Yields
                } else {
                    self.renew_share();
                    Waited::Over
                }
            }
            Pending::Loop(event_loop, deadline) => self.loop_waited(event_loop, deadline),
            Pending::LockFor(lock, seconds) => {
                let deadline = if seconds < 0.0 {
                    f64::INFINITY
                } else {
                    self.now + seconds
                };
                self.asyncio.pending = Pending::Lock { lock, deadline };
                self.take_time()
            }
            Pending::Lock { lock, deadline } => self.lock_waited(lock, deadline),
            Pending::Clock(clock) => {
                self.asyncio.pending = Pending::Nothing;
                let nanoseconds = |vm: &mut Self, seconds: f64| {
                    let value = BigInt::from_f64((seconds * 1e9).round()).unwrap_or_default();
                    vm.heap.int(value)
                };
                let value = match clock {
                    Clock::Loop => Value::Float(self.now - self.asyncio.origin),
                    Clock::Monotonic | Clock::Wait => Value::Float(self.now),
                    Clock::MonotonicNs => nanoseconds(self, self.now),
                    Clock::Wall => Value::Float(self.now + self.asyncio.wall_offset),
                    Clock::WallNs => nanoseconds(self, self.now + self.asyncio.wall_offset),
                };
                Waited::Done(self.complete(value, false))
            }
            Pending::Nap(seconds) => {
                self.asyncio.pending = Pending::Until(self.now + seconds);
                self.take_time()
            }
            Pending::Until(deadline) => {
                if let Some(raise) = self.pending_interrupt() {
                    self.asyncio.pending = Pending::Nothing;
                    return Waited::Done(self.throw(raise));
                }
                if let Some(signal) = self.take_signal() {
                    self.asyncio.pending = Pending::Nothing;
                    let left = Value::Float((deadline - self.now).max(0.0));
                    let result = self.call_prelude("_sleep_after_signal", &[signal, left]);
                    return Waited::Done(self.settle(result));
                }
                if !self.is_time(deadline) {
                    return Waited::On(Some(deadline));
                }
                self.asyncio.pending = Pending::Nothing;
                Waited::Done(self.complete(Value::None, false))
            }
        }
    }
}
