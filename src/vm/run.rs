//! The run loop: fetch, match, do. Arms of more than a few lines are methods of other files.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::dict_get::COUNTED;
use super::loop_step::LoopStep;
use super::native::{Args, Outcome, Quick};
use super::{Exit, Flow, Frame, FrameKind, Vm, classes, natives};
use crate::bytecode::{FunctionKind, Op};
use crate::event_loop::{Awaited, FutureState};
use crate::heap::{Heap, Id, Value};
use crate::objects::{
    Cell, Class, Coroutine, CoroutineState, Function, Instance, Iter, NativeBase, Range,
};
use crate::syntax::ast::CompareOp;
use smallvec::smallvec;
use std::hint::cold_path;
use std::mem::discriminant;
use std::sync::Arc;

/// Registers an instruction can name.
pub(crate) const WINDOW: usize = 256;

#[cold]
#[inline(never)]
fn no_frame() -> ! {
    panic!("invariant broken: the frame stack is empty")
}

/// The registers of the frame at `base`: `u8` operands need no bounds check in it.
#[inline(always)]
pub(crate) fn window(stack: &mut [Value], base: usize) -> &mut [Value; WINDOW] {
    match stack[base..].first_chunk_mut() {
        Some(window) => window,
        None => panic!("invariant broken: the stack ends inside a frame's window"),
    }
}

/// `a // b` as Python rounds it; None when it overflows or divides by zero.
#[inline]
pub(crate) fn floor_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) {
        quotient - 1
    } else {
        quotient
    })
}

/// `a % b` with Python's sign; None when it overflows or divides by zero.
#[inline]
pub(crate) fn floor_mod(a: i64, b: i64) -> Option<i64> {
    let rest = a.checked_rem(b)?;
    Some(if rest != 0 && (rest < 0) != (b < 0) {
        rest + b
    } else {
        rest
    })
}

impl Vm {
    /// Runs until something has to be told to the driver.
    ///
    /// Only what is common and short is done here; everything else, and every instruction whose operands are not of the expected
    /// kind, is done by `slow`.
    pub(crate) fn run(&mut self) -> Exit {
        self.fibers_begin_slice();
        let exit = loop {
            let exit = self.run_fiber();
            // A thread ends; the program goes on.
            if !matches!(exit, Exit::Finished(_) | Exit::Raised(_)) || !self.end_fiber() {
                break exit;
            }
        };
        self.fibers_end_slice();
        exit
    }

    /// Runs the fiber whose turn it is, until something has to be told to the driver, or it ends.
    fn run_fiber(&mut self) -> Exit {
        if let Flow::Leave(exit) = self.resume_running() {
            return exit;
        }
        loop {
            // A module that is imported brings new code: then the loop begins anew with it.
            let code = Arc::clone(&self.code);
            if let Some(exit) = self.run_code(&code) {
                return exit;
            }
        }
    }

    /// The loop itself, for as long as the code stays the same.
    ///
    /// The value stack is a local of the loop while it runs: registers are reached through `r`, the window of the running frame,
    /// without going through `self`. Everything that is not done here gets the stack back first.
    ///
    /// `pc` is the instruction under way; the one behind it is what frames keep, and what the distance of a jump is counted from. What is
    /// rare leaves the match by a label and stands here once: with a copy at each instruction the loop's own few variables would have no
    /// room in registers.
    fn run_code(&mut self, code: &Arc<[Op]>) -> Option<Exit> {
        let ops: &[Op] = code;
        let (mut pc, mut base) = self.resume_point();
        let mut stack = std::mem::take(&mut self.fiber.stack);
        let mut r = window(&mut stack, base);

        'next: loop {
            'done: {
                // Operands are read where they are used: taken out of one copy of the instruction they would all be shifted out first.
                let op = &ops[pc];
                // False when the loop is to be left.
                let done = 'outside: {
                    'tick: {
                        'slow: {
                            'light: {
                                /// Gives the stack back, does something that may switch frames, and goes on with the frame that is on top then.
                                macro_rules! outside {
                                    ($done:expr) => {{
                                        self.fiber.stack = stack;
                                        break 'outside $done;
                                    }};
                                }
                                /// Does the instruction the general way.
                                macro_rules! slow {
                                    () => {{
                                        cold_path();
                                        break 'slow;
                                    }};
                                }
                                /// Does the instruction in a function of its own if it is simple, else the general way.
                                macro_rules! light {
                                    () => {{
                                        cold_path();
                                        break 'light;
                                    }};
                                }
                                macro_rules! tick {
                                    () => {
                                        if self.heap.ticks == 0 {
                                            cold_path();
                                            break 'tick;
                                        } else {
                                            self.heap.ticks -= 1;
                                        }
                                    };
                                }
                                macro_rules! jump {
                                    ($to:expr) => {{
                                        pc = (pc as isize + $to as isize) as usize;
                                        if $to < 0 {
                                            tick!();
                                        }
                                    }};
                                }
                                macro_rules! arithmetic {
                                    ($r:ident, $dst:ident, $lhs:ident, $rhs:ident, $int:expr, $float:expr $(, $kinds:pat => $other:block)?) => {{
                                        // By reference: loading 16 bytes right after their two halves were stored would stall the processor.
                                        match (&$r[$lhs as usize], &$r[$rhs as usize]) {
                                            (&Value::Int(x), &Value::Int(y)) => {
                                                if let Some(z) = $int(x, y) {
                                                    $r[$dst as usize] = Value::Int(z);
                                                    break 'done;
                                                }
                                            }
                                            (&Value::Float(x), &Value::Float(y)) => {
                                                if let Some(z) = $float(x, y) {
                                                    $r[$dst as usize] = Value::Float(z);
                                                    break 'done;
                                                }
                                            }
                                            (&Value::Float(x), &Value::Int(y)) => {
                                                if let Some(z) = $float(x, y as f64) {
                                                    $r[$dst as usize] = Value::Float(z);
                                                    break 'done;
                                                }
                                            }
                                            (&Value::Int(x), &Value::Float(y)) => {
                                                if let Some(z) = $float(x as f64, y) {
                                                    $r[$dst as usize] = Value::Float(z);
                                                    break 'done;
                                                }
                                            }
                                            $($kinds => $other)?
                                            _ => {}
                                        }
                                        slow!();
                                    }};
                                }
                                macro_rules! arithmetic_int {
                                    ($r:ident, $dst:ident, $lhs:ident, $value:ident, $int:expr) => {{
                                        if let Value::Int(x) = $r[$lhs as usize]
                                            && let Some(z) = $int(x, i64::from($value))
                                        {
                                            $r[$dst as usize] = Value::Int(z);
                                            break 'done;
                                        }
                                        slow!();
                                    }};
                                }
                                macro_rules! compare_jump {
                                    ($r:ident, $lhs:ident, $rhs:ident, $when:ident, $to:ident, $compare:tt) => {{
                                        let truth = match (&$r[$lhs as usize], &$r[$rhs as usize]) {
                                            (Value::Int(x), Value::Int(y)) => x $compare y,
                                            (Value::Float(x), Value::Float(y)) => x $compare y,
                                            _ => {
                                                light!();
                                            }
                                        };
                                        if truth == $when {
                                            jump!($to);
                                        }
                                    }};
                                }
                                macro_rules! compare_jump_int {
                                    ($r:ident, $lhs:ident, $value:ident, $when:ident, $to:ident, $compare:tt) => {{
                                        let truth = match &$r[$lhs as usize] {
                                            &Value::Int(x) => x $compare i64::from($value),
                                            &Value::Float(x) => x $compare f64::from($value),
                                            _ => {
                                                slow!();
                                            }
                                        };
                                        if truth == $when {
                                            jump!($to);
                                        }
                                    }};
                                }
                                /// Stores the result of an arithmetic instruction, and does the `SetAttr` behind it if that needs no more than its cache.
                                macro_rules! then_set {
                                    ($dst:ident, $result:expr) => {{
                                        let result = $result;
                                        if let Value::Undef = result {
                                            slow!();
                                        }
                                        r[$dst as usize] = result;
                                        if let Op::SetAttr { object, site, .. } = ops[pc + 1]
                                            && let Value::Instance(id) = r[object as usize]
                                        {
                                            let instance = &mut self.heap[id];
                                            if let Some(slot) =
                                                self.sites[site as usize].slot(instance.shape)
                                                && let Some(place) =
                                                    instance.slots.get_mut(slot as usize)
                                            {
                                                *place = result;
                                                pc += 1;
                                            }
                                        }
                                    }};
                                }
                                /// Goes on in a frame that was just pushed or is on top again.
                                macro_rules! switch {
                                    ($to:expr) => {{
                                        (pc, base) = $to;
                                        r = window(&mut stack, base);
                                        continue 'next;
                                    }};
                                }
                                /// The same, and counts a tick.
                                macro_rules! switch_counted {
                                    ($to:expr) => {{
                                        (pc, base) = $to;
                                        r = window(&mut stack, base);
                                        if self.heap.ticks == 0 {
                                            cold_path();
                                            pc = pc.wrapping_sub(1);
                                            break 'tick;
                                        }
                                        self.heap.ticks -= 1;
                                        continue 'next;
                                    }};
                                }
                                /// Enters a script function whose parameters are bound at `$at`.
                                macro_rules! enter {
                                    ($id:ident, $at:expr, $kind:expr) => {{
                                        let at = $at;
                                        match self.push_call(pc + 1, $id, at, $kind, stack.len()) {
                                            Some(entry) => {
                                                switch_counted!((entry, at));
                                            }
                                            None => slow!(),
                                        }
                                    }};
                                }
                                /// Calls a native and awaits what it gives.
                                macro_rules! await_native {
                                    ($id:ident, $at:expr, $first:expr, $given:expr) => {{
                                        let native = natives::get($id);
                                        let (at, first, given) = ($at, $first, $given);
                                        let awaited = match native.quick {
                                            Quick::Nothing => Awaited::Not,
                                            quick => self.await_quick(
                                                quick,
                                                pc + 1,
                                                at,
                                                first,
                                                given,
                                                &mut stack,
                                            ),
                                        };
                                        match awaited {
                                            Awaited::Done => r = window(&mut stack, base),
                                            Awaited::Entered(to) => {
                                                switch!((to.pc.get() as usize, to.base as usize))
                                            }
                                            Awaited::Not if native.arity.plain(given) => {
                                                for missing in
                                                    given as usize..native.arity.named as usize
                                                {
                                                    stack[first + missing] = Value::Undef;
                                                }
                                                outside!(self.await_native(
                                                    pc + 1,
                                                    native,
                                                    at,
                                                    first
                                                ));
                                            }
                                            Awaited::Not => {
                                                outside!(self.slow_call(pc + 1, at, first, given))
                                            }
                                        }
                                    }};
                                }
                                /// Puts a global, or the builtin of its name, into a register.
                                macro_rules! load_global {
                                    ($dst:ident, $slot:ident) => {{
                                        let mut value = &self.globals[$slot as usize];
                                        if let Value::Undef = value {
                                            value = &self.fallbacks[$slot as usize];
                                            if let Value::Undef = value {
                                                slow!();
                                            }
                                        }
                                        r[$dst as usize] = *value;
                                    }};
                                }
                                /// Calls a native that takes its arguments as they are.
                                macro_rules! native {
                                    ($native:ident, $first:expr, $given:expr, $dst:ident) => {{
                                        let first = $first;
                                        if let Quick::Direct(direct) = $native.quick
                                            && let Some(value) =
                                                direct(self, &r[first..first + $given as usize])
                                        {
                                            r[$dst as usize] = value;
                                            break 'done;
                                        }
                                        let named = $native.arity.named as usize;
                                        for missing in $given as usize..named {
                                            r[first + missing] = Value::Undef;
                                        }
                                        self.save(pc + 1);
                                        self.fiber.stack = stack;
                                        let result = ($native.function)(
                                            self,
                                            Args::new(base + first, named),
                                        );
                                        if let Ok(Outcome::Value(value)) = result
                                            && self.code.len() == ops.len()
                                        {
                                            stack = std::mem::take(&mut self.fiber.stack);
                                            r = window(&mut stack, base);
                                            r[$dst as usize] = value;
                                        } else {
                                            cold_path();
                                            stack = std::mem::take(&mut self.fiber.stack);
                                            let args = Args::new(base + first, named);
                                            outside!(self.settle_native($native, args, result));
                                        }
                                    }};
                                }

                                match *op {
                                    Op::Move { dst, src } => r[dst as usize] = r[src as usize],
                                    Op::LoadConst { dst, constant } => {
                                        r[dst as usize] = self.constants[constant as usize]
                                    }
                                    Op::LoadInt { dst, value } => {
                                        r[dst as usize] = Value::Int(i64::from(value))
                                    }
                                    Op::LoadNone { dst } => r[dst as usize] = Value::None,
                                    Op::LoadBool { dst, value } => {
                                        r[dst as usize] = Value::Bool(value)
                                    }
                                    Op::Clear { first, count } => {
                                        for at in 0..count {
                                            r[first as usize + at as usize] = Value::Undef;
                                        }
                                    }
                                    Op::CheckLocal { src, .. } => {
                                        if let Value::Undef = r[src as usize] {
                                            slow!();
                                        }
                                    }
                                    Op::JumpIfSet { src, to } => {
                                        if !matches!(r[src as usize], Value::Undef) {
                                            jump!(to);
                                        }
                                    }
                                    Op::LoadGlobal { dst, slot } => load_global!(dst, slot),
                                    Op::LoadGlobalPause { dst, slot } => {
                                        match self.pause_at(pc + 1, slot, base, &mut stack) {
                                            Some(entered) => {
                                                switch!((
                                                    entered.pc.get() as usize,
                                                    entered.base as usize
                                                ))
                                            }
                                            None => {
                                                r = window(&mut stack, base);
                                                load_global!(dst, slot);
                                            }
                                        }
                                    }
                                    Op::LoadGlobalThen { dst, slot } => {
                                        load_global!(dst, slot);
                                        match ops[pc + 1] {
                                            Op::Move { dst, src } => {
                                                r[dst as usize] = r[src as usize];
                                                pc += 1;
                                            }
                                            Op::SubInt {
                                                dst, lhs, value, ..
                                            } => {
                                                if let Value::Int(x) = r[lhs as usize]
                                                    && let Some(z) = x.checked_sub(i64::from(value))
                                                {
                                                    r[dst as usize] = Value::Int(z);
                                                    pc += 1;
                                                    if let Op::Call { callee, count } = ops[pc + 1]
                                                        && let Value::Function(id) =
                                                            r[callee as usize]
                                                        && self.heap[id].runs_with(count)
                                                    {
                                                        let place = base + callee as usize;
                                                        pc += 1;
                                                        enter!(
                                                            id,
                                                            place + 1,
                                                            FrameKind::Call(place as u32)
                                                        );
                                                    }
                                                }
                                            }
                                            Op::LoadMethod { dst, object, site } => {
                                                if let Value::Module(module) = r[object as usize]
                                                    && let Some(slot) =
                                                        self.sites[site as usize].global(module)
                                                    && !matches!(
                                                        self.globals[slot as usize],
                                                        Value::Undef
                                                    )
                                                {
                                                    r[dst as usize] = self.globals[slot as usize];
                                                    r[dst as usize + 1] = Value::Undef;
                                                    pc += 1;
                                                }
                                            }
                                            _ => {}
                                        }
                                    }
                                    Op::StoreGlobal { src, slot } => {
                                        self.globals[slot as usize] = r[src as usize]
                                    }
                                    Op::MakeCell { reg } => {
                                        let value = r[reg as usize];
                                        r[reg as usize] =
                                            Value::Cell(self.heap.new_cell(Cell { value }));
                                    }
                                    Op::LoadCell { dst, cell, .. } => {
                                        let value = &self.heap[cell_id(&r[cell as usize])].value;
                                        if let Value::Undef = value {
                                            slow!();
                                        }
                                        r[dst as usize] = *value;
                                    }
                                    Op::StoreCell { cell, src } => {
                                        self.heap[cell_id(&r[cell as usize])].value =
                                            r[src as usize]
                                    }
                                    Op::LoadFree { dst, index, .. } => {
                                        let cell = self.free_cell(index);
                                        let value = &self.heap[cell].value;
                                        if let Value::Undef = value {
                                            slow!();
                                        }
                                        r[dst as usize] = *value;
                                    }
                                    Op::StoreFree { index, src } => {
                                        let cell = self.free_cell(index);
                                        self.heap[cell].value = r[src as usize];
                                    }
                                    Op::LoadFreeCell { dst, index } => {
                                        let cell = Value::Cell(self.free_cell(index));
                                        r[dst as usize] = cell;
                                    }

                                    Op::Add { dst, lhs, rhs, .. } => {
                                        arithmetic!(r, dst,
                                            lhs,
                                            rhs,
                                            i64::checked_add,
                                            |x: f64, y| Some(x + y),
                                            (&Value::Str(x), &Value::Str(y)) => {
                                                if let Some(sum) = self.short_sum(x, y) {
                                                    r[dst as usize] = Value::Str(sum);
                                                    break 'done;
                                                }
                                            }
                                        );
                                    }
                                    Op::Sub { dst, lhs, rhs, .. } => {
                                        arithmetic!(
                                            r,
                                            dst,
                                            lhs,
                                            rhs,
                                            i64::checked_sub,
                                            |x: f64, y| { Some(x - y) }
                                        );
                                    }
                                    Op::Mul { dst, lhs, rhs, .. } => {
                                        arithmetic!(
                                            r,
                                            dst,
                                            lhs,
                                            rhs,
                                            i64::checked_mul,
                                            |x: f64, y| { Some(x * y) }
                                        );
                                    }
                                    Op::Div { dst, lhs, rhs, .. } => {
                                        let quotient = match (&r[lhs as usize], &r[rhs as usize]) {
                                            (&Value::Float(x), &Value::Float(y)) if y != 0.0 => {
                                                x / y
                                            }
                                            (&Value::Float(x), &Value::Int(y)) if y != 0 => {
                                                x / y as f64
                                            }
                                            (&Value::Int(x), &Value::Float(y)) if y != 0.0 => {
                                                x as f64 / y
                                            }
                                            (&Value::Int(x), &Value::Int(y))
                                                if y != 0 && exact(x) && exact(y) =>
                                            {
                                                x as f64 / y as f64
                                            }
                                            _ => {
                                                slow!();
                                            }
                                        };
                                        r[dst as usize] = Value::Float(quotient);
                                    }
                                    Op::FloorDiv { dst, lhs, rhs, .. } => {
                                        arithmetic!(
                                            r,
                                            dst,
                                            lhs,
                                            rhs,
                                            floor_div,
                                            |_: f64, _: f64| None
                                        );
                                    }
                                    Op::Mod { dst, lhs, rhs, .. } => {
                                        arithmetic!(
                                            r,
                                            dst,
                                            lhs,
                                            rhs,
                                            floor_mod,
                                            |_: f64, _: f64| None
                                        );
                                    }
                                    Op::And { dst, lhs, rhs, .. } => {
                                        arithmetic!(
                                            r,
                                            dst,
                                            lhs,
                                            rhs,
                                            |x: i64, y| Some(x & y),
                                            |_: f64, _: f64| None
                                        );
                                    }
                                    Op::AddInt {
                                        dst, lhs, value, ..
                                    } => arithmetic_int!(r, dst, lhs, value, i64::checked_add),
                                    Op::SubInt {
                                        dst, lhs, value, ..
                                    } => arithmetic_int!(r, dst, lhs, value, i64::checked_sub),
                                    Op::MulInt {
                                        dst, lhs, value, ..
                                    } => arithmetic_int!(r, dst, lhs, value, i64::checked_mul),
                                    Op::FloorDivInt {
                                        dst, lhs, value, ..
                                    } => arithmetic_int!(r, dst, lhs, value, floor_div),
                                    Op::ModInt {
                                        dst, lhs, value, ..
                                    } => {
                                        // A small non-negative number modulo a positive one, the common case, needs no sign rule and no wide division.
                                        if let Value::Int(x) = r[lhs as usize]
                                            && value > 0
                                            && let Ok(small) = u32::try_from(x)
                                        {
                                            r[dst as usize] =
                                                Value::Int(i64::from(small % value as u32));
                                            break 'done;
                                        }
                                        arithmetic_int!(r, dst, lhs, value, floor_mod);
                                    }
                                    Op::AndInt {
                                        dst, lhs, value, ..
                                    } => {
                                        arithmetic_int!(r, dst, lhs, value, |x: i64, y| Some(
                                            x & y
                                        ));
                                    }
                                    Op::Neg { dst, src } => match r[src as usize] {
                                        Value::Int(x) if x != i64::MIN => {
                                            r[dst as usize] = Value::Int(-x)
                                        }
                                        Value::Float(x) => r[dst as usize] = Value::Float(-x),
                                        _ => slow!(),
                                    },
                                    Op::Not { dst, src } => {
                                        match self.quick_truth(&r[src as usize]) {
                                            Some(truth) => r[dst as usize] = Value::Bool(!truth),
                                            None => slow!(),
                                        }
                                    }
                                    Op::Compare {
                                        op: CompareOp::Is,
                                        dst,
                                        lhs,
                                        rhs,
                                    } => {
                                        r[dst as usize] =
                                            Value::Bool(r[lhs as usize].is(r[rhs as usize]));
                                    }

                                    Op::Jump { to } => jump!(to),
                                    Op::JumpIf { src, to } => {
                                        match self.quick_truth(&r[src as usize]) {
                                            Some(true) => jump!(to),
                                            Some(false) => {}
                                            None => slow!(),
                                        }
                                    }
                                    Op::JumpIfNot { src, to } => {
                                        match self.quick_truth(&r[src as usize]) {
                                            Some(false) => jump!(to),
                                            Some(true) => {}
                                            None => slow!(),
                                        }
                                    }
                                    Op::JumpIfNone { src, when, to } => {
                                        if matches!(r[src as usize], Value::None) == when {
                                            jump!(to);
                                        }
                                    }
                                    Op::JumpIfIs { lhs, rhs, when, to } => {
                                        if r[lhs as usize].is(r[rhs as usize]) == when {
                                            jump!(to);
                                        }
                                    }
                                    Op::JumpIfLt { lhs, rhs, when, to } => {
                                        compare_jump!(r, lhs, rhs, when, to, <)
                                    }
                                    Op::JumpIfLe { lhs, rhs, when, to } => {
                                        compare_jump!(r, lhs, rhs, when, to, <=)
                                    }
                                    Op::JumpIfGt { lhs, rhs, when, to } => {
                                        compare_jump!(r, lhs, rhs, when, to, >)
                                    }
                                    Op::JumpIfGe { lhs, rhs, when, to } => {
                                        compare_jump!(r, lhs, rhs, when, to, >=)
                                    }
                                    Op::JumpIfEq { lhs, rhs, when, to } => {
                                        compare_jump!(r, lhs, rhs, when, to, ==)
                                    }
                                    Op::JumpIfNe { lhs, rhs, when, to } => {
                                        compare_jump!(r, lhs, rhs, when, to, !=)
                                    }
                                    Op::JumpIfLtInt {
                                        lhs,
                                        value,
                                        when,
                                        to,
                                    } => compare_jump_int!(r, lhs, value, when, to, <),
                                    Op::JumpIfLeInt {
                                        lhs,
                                        value,
                                        when,
                                        to,
                                    } => compare_jump_int!(r, lhs, value, when, to, <=),
                                    Op::JumpIfGtInt {
                                        lhs,
                                        value,
                                        when,
                                        to,
                                    } => compare_jump_int!(r, lhs, value, when, to, >),
                                    Op::JumpIfGeInt {
                                        lhs,
                                        value,
                                        when,
                                        to,
                                    } => compare_jump_int!(r, lhs, value, when, to, >=),
                                    Op::JumpIfEqInt {
                                        lhs,
                                        value,
                                        when,
                                        to,
                                    } => compare_jump_int!(r, lhs, value, when, to, ==),
                                    Op::JumpIfNeInt {
                                        lhs,
                                        value,
                                        when,
                                        to,
                                    } => compare_jump_int!(r, lhs, value, when, to, !=),

                                    Op::ListAppend { list, src } => {
                                        if let Value::List(list) = r[list as usize] {
                                            let value = r[src as usize];
                                            self.list_push(list, value);
                                        }
                                    }
                                    Op::GetItem { dst, object, index } => {
                                        if let (&Value::List(list), &Value::Int(at)) =
                                            (&r[object as usize], &r[index as usize])
                                        {
                                            let items = &self.heap[list].items;
                                            let at =
                                                if at < 0 { at + items.len() as i64 } else { at };
                                            if let Some(value) = items.get(at as usize) {
                                                r[dst as usize] = *value;
                                                break 'done;
                                            }
                                        } else if let Value::Dict(dict) = r[object as usize]
                                            && let Some(place) =
                                                self.place_in_dict(dict, &r[index as usize])
                                        {
                                            r[dst as usize] = *self.heap[dict].value(place);
                                            break 'done;
                                        }
                                        light!();
                                    }
                                    Op::GetItemInt { dst, object, index } => {
                                        let items: &[Value] = match r[object as usize] {
                                            Value::List(list) => &self.heap[list].items,
                                            Value::Tuple(tuple) => &self.heap[tuple].items,
                                            _ => &[],
                                        };
                                        let at = if index < 0 {
                                            index as isize + items.len() as isize
                                        } else {
                                            index as isize
                                        };
                                        if let Some(value) = items.get(at as usize) {
                                            r[dst as usize] = *value;
                                            break 'done;
                                        }
                                        light!();
                                    }
                                    Op::SetItem {
                                        object,
                                        index,
                                        value,
                                    } => {
                                        if let (&Value::List(list), &Value::Int(at)) =
                                            (&r[object as usize], &r[index as usize])
                                        {
                                            let items = &mut self.heap[list].items;
                                            let at =
                                                if at < 0 { at + items.len() as i64 } else { at };
                                            if let Some(place) = items.get_mut(at as usize) {
                                                *place = r[value as usize];
                                                break 'done;
                                            }
                                        } else if let Value::Dict(dict) = r[object as usize]
                                            && let Some(place) =
                                                self.place_in_dict(dict, &r[index as usize])
                                        {
                                            self.heap[dict].set_value(place, r[value as usize]);
                                            break 'done;
                                        }
                                        light!();
                                    }
                                    Op::Unpack { src, first, count } => {
                                        let items: &[Value] = match r[src as usize] {
                                            Value::Tuple(tuple) => &self.heap[tuple].items,
                                            Value::List(list) => &self.heap[list].items,
                                            _ => &[],
                                        };
                                        if items.len() == count as usize && count > 0 {
                                            r[first as usize..first as usize + count as usize]
                                                .copy_from_slice(items);
                                            break 'done;
                                        }
                                        slow!();
                                    }

                                    Op::GetAttr { dst, object, site } => {
                                        if let Value::Instance(id) = r[object as usize] {
                                            let instance = &self.heap[id];
                                            if let Some(slot) =
                                                self.sites[site as usize].slot(instance.shape)
                                                && let Some(value) =
                                                    instance.slots.get(slot as usize)
                                            {
                                                r[dst as usize] = *value;
                                                break 'done;
                                            }
                                        }
                                        if let Value::Module(module) = r[object as usize]
                                            && let Some(slot) =
                                                self.sites[site as usize].global(module)
                                            && !matches!(self.globals[slot as usize], Value::Undef)
                                        {
                                            r[dst as usize] = self.globals[slot as usize];
                                            break 'done;
                                        }
                                        light!();
                                    }
                                    Op::GetAttrOperand { dst, object, site } => {
                                        if let Value::Instance(id) = r[object as usize] {
                                            let instance = &self.heap[id];
                                            if let Some(slot) =
                                                self.sites[site as usize].slot(instance.shape)
                                                && let Some(value) =
                                                    instance.slots.get(slot as usize)
                                            {
                                                // The arithmetic at once, when both operands are floats.
                                                if let &Value::Float(y) = value {
                                                    macro_rules! then {
                                    ($to:ident, $lhs:ident, $operator:tt) => {
                                        if let Value::Float(x) = &r[$lhs as usize] {
                                            r[$to as usize] = Value::Float(x $operator y);
                                            pc += 1;
                                            break 'done;
                                        }
                                    };
                                }
                                                    match ops[pc + 1] {
                                                        Op::Mul { dst, lhs, .. } => {
                                                            then!(dst, lhs, *)
                                                        }
                                                        Op::Sub { dst, lhs, .. } => {
                                                            then!(dst, lhs, -)
                                                        }
                                                        Op::Add { dst, lhs, .. } => {
                                                            then!(dst, lhs, +)
                                                        }
                                                        _ => {}
                                                    }
                                                }
                                                r[dst as usize] = *value;
                                                break 'done;
                                            }
                                        }
                                        slow!();
                                    }
                                    Op::AddThenSet { dst, lhs, rhs, .. } => {
                                        then_set!(
                                            dst,
                                            match (&r[lhs as usize], &r[rhs as usize]) {
                                                (Value::Float(x), Value::Float(y)) =>
                                                    Value::Float(x + y),
                                                (Value::Int(x), Value::Int(y)) => {
                                                    x.checked_add(*y)
                                                        .map_or(Value::Undef, Value::Int)
                                                }
                                                _ => Value::Undef,
                                            }
                                        );
                                    }
                                    Op::SubThenSet { dst, lhs, rhs, .. } => {
                                        then_set!(
                                            dst,
                                            match (&r[lhs as usize], &r[rhs as usize]) {
                                                (Value::Float(x), Value::Float(y)) =>
                                                    Value::Float(x - y),
                                                (Value::Int(x), Value::Int(y)) => {
                                                    x.checked_sub(*y)
                                                        .map_or(Value::Undef, Value::Int)
                                                }
                                                _ => Value::Undef,
                                            }
                                        );
                                    }
                                    Op::AddIntThenSet {
                                        dst, lhs, value, ..
                                    } => {
                                        then_set!(
                                            dst,
                                            match &r[lhs as usize] {
                                                Value::Int(x) => x
                                                    .checked_add(i64::from(value))
                                                    .map_or(Value::Undef, Value::Int),
                                                _ => Value::Undef,
                                            }
                                        );
                                    }
                                    Op::SetAttr { object, src, site } => {
                                        if let Value::Instance(id) = r[object as usize] {
                                            let instance = &mut self.heap[id];
                                            let site = &self.sites[site as usize];
                                            if let Some(slot) = site.slot(instance.shape) {
                                                if let Some(place) =
                                                    instance.slots.get_mut(slot as usize)
                                                {
                                                    *place = r[src as usize];
                                                    break 'done;
                                                }
                                            } else if let Some(next) =
                                                site.next_shape(instance.shape)
                                                && instance.slots.len() < instance.slots.capacity()
                                            {
                                                instance.slots.push(r[src as usize]);
                                                instance.shape = next;
                                                break 'done;
                                            }
                                        }
                                        slow!();
                                    }
                                    Op::LoadMethod { dst, object, site } => {
                                        if let Value::Instance(id) = r[object as usize] {
                                            if let Some(function) = self.sites[site as usize]
                                                .method(self.heap[id].shape)
                                            {
                                                r[dst as usize] = function;
                                                r[dst as usize + 1] = Value::Instance(id);
                                                break 'done;
                                            }
                                        } else if let Value::Module(module) = r[object as usize] {
                                            if let Some(slot) =
                                                self.sites[site as usize].global(module)
                                                && !matches!(
                                                    self.globals[slot as usize],
                                                    Value::Undef
                                                )
                                            {
                                                r[dst as usize] = self.globals[slot as usize];
                                                r[dst as usize + 1] = Value::Undef;
                                                break 'done;
                                            }
                                        } else {
                                            let object = r[object as usize];
                                            if let Some(function) = self.sites[site as usize]
                                                .of_kind(discriminant(&object))
                                            {
                                                r[dst as usize] = function;
                                                r[dst as usize + 1] = object;
                                                break 'done;
                                            }
                                            if let Some(function) =
                                                self.builtin_method(site, object)
                                            {
                                                r[dst as usize] = function;
                                                r[dst as usize + 1] = object;
                                                break 'done;
                                            }
                                        }
                                        light!();
                                    }
                                    Op::LoadMethodCount { .. } => {
                                        if self.count_in_dict(r, &ops[pc..]) {
                                            pc += COUNTED;
                                            break 'done;
                                        }
                                        slow!();
                                    }
                                    Op::LoadSuperMethod { dst, class, site } => {
                                        if let (&Value::Instance(id), &Value::Cell(cell)) =
                                            (&r[dst as usize + 1], &r[class as usize])
                                            && let Some(function) = self.sites[site as usize]
                                                .super_method(
                                                    self.heap[cell].value,
                                                    self.heap[id].class,
                                                )
                                        {
                                            r[dst as usize] = function;
                                            break 'done;
                                        }
                                        slow!();
                                    }

                                    Op::LoadSpecial {
                                        dst,
                                        object,
                                        special,
                                    } => {
                                        let value = &r[object as usize];
                                        if let Some((class, function)) =
                                            self.managers[special as usize]
                                            && class == self.class_of(*value)
                                        {
                                            let value = *value;
                                            r[dst as usize] = function;
                                            r[dst as usize + 1] = value;
                                            break 'done;
                                        }
                                        slow!();
                                    }

                                    Op::Call { callee, count } => {
                                        if let Value::Function(id) = r[callee as usize]
                                            && self.heap[id].runs_with(count)
                                        {
                                            let place = base + callee as usize;
                                            enter!(id, place + 1, FrameKind::Call(place as u32));
                                        }
                                        match r[callee as usize] {
                                            Value::Function(id) => {
                                                let function = &self.heap[id];
                                                if function.suspends(count) {
                                                    let kind = function.kind;
                                                    let first = callee as usize + 1;
                                                    let arguments =
                                                        &r[first..first + count as usize];
                                                    let made =
                                                        self.begin_coroutine(pc + 1, id, arguments);
                                                    r[callee as usize] =
                                                        coroutine_value(kind, made);
                                                } else {
                                                    slow!();
                                                }
                                            }
                                            // `for i in range(…)` needs no range object.
                                            Value::Class(class)
                                                if class == classes::RANGE
                                                    && let Op::ForPrepare { iter, src } =
                                                        ops[pc + 1]
                                                    && src == callee
                                                    && let Some((first, length, step)) =
                                                        range_loop(r, callee, count) =>
                                            {
                                                r[iter as usize] = Value::Int(length);
                                                r[iter as usize + 1] = Value::Int(first);
                                                r[iter as usize + 2] = Value::Int(step);
                                                pc += 1;
                                            }
                                            Value::Class(class)
                                                if let Some(init) = self.plain_init(class)
                                                    && self.heap[init].runs_with(count + 1) =>
                                            {
                                                let at = base + callee as usize;
                                                let instance = self.new_bare_instance(class);
                                                let kind = FrameKind::Init(at as u32, instance);
                                                match self.push_call(
                                                    pc + 1,
                                                    init,
                                                    at,
                                                    kind,
                                                    stack.len(),
                                                ) {
                                                    Some(entry) => {
                                                        // The class's place becomes `self`, so that the arguments stay where they are.
                                                        stack[at] = Value::Instance(instance);
                                                        switch_counted!((entry, at));
                                                    }
                                                    None => slow!(),
                                                }
                                            }
                                            Value::Class(class)
                                                if let Some(new) =
                                                    self.heap[class].specials.only_new
                                                    && natives::get(new).arity.plain(count + 1) =>
                                            {
                                                // The class itself is the first argument.
                                                let native = natives::get(new);
                                                native!(native, callee as usize, count + 1, callee);
                                            }
                                            Value::Native(id) => {
                                                let native = natives::get(id);
                                                if native.arity.plain(count) && !native.arity.method
                                                {
                                                    native!(
                                                        native,
                                                        callee as usize + 1,
                                                        count,
                                                        callee
                                                    );
                                                } else {
                                                    slow!();
                                                }
                                            }
                                            Value::BoundMethod(id) => {
                                                let bound = self.heap[id];
                                                let at = base + callee as usize;
                                                match bound.function {
                                                    Value::Function(function)
                                                        if self.heap[function]
                                                            .runs_with(count.wrapping_add(1)) =>
                                                    {
                                                        let kind = FrameKind::Call(at as u32);
                                                        match self.push_call(
                                                            pc + 1,
                                                            function,
                                                            at,
                                                            kind,
                                                            stack.len(),
                                                        ) {
                                                            Some(entry) => {
                                                                // The method's place becomes `self`.
                                                                stack[at] = bound.this;
                                                                switch_counted!((entry, at));
                                                            }
                                                            None => slow!(),
                                                        }
                                                    }
                                                    Value::Native(native)
                                                        if natives::get(native)
                                                            .arity
                                                            .plain(count.wrapping_add(1)) =>
                                                    {
                                                        let native = natives::get(native);
                                                        r[callee as usize] = bound.this;
                                                        let named = native.arity.named as usize;
                                                        for missing in count as usize + 1..named {
                                                            r[callee as usize + missing] =
                                                                Value::Undef;
                                                        }
                                                        self.save(pc + 1);
                                                        self.fiber.stack = stack;
                                                        let result = self
                                                            .invoke(native, Args::new(at, named));
                                                        stack =
                                                            std::mem::take(&mut self.fiber.stack);
                                                        r = window(&mut stack, base);
                                                        if let Ok(Outcome::Value(value)) = result
                                                            && self.code.len() == ops.len()
                                                        {
                                                            r[callee as usize] = value;
                                                        } else {
                                                            outside!(self.settle_slow(result));
                                                        }
                                                    }
                                                    _ => slow!(),
                                                }
                                            }
                                            _ => slow!(),
                                        }
                                    }
                                    Op::CallMethod { callee, count } => {
                                        let at = callee as usize;
                                        let (first, given) = method_arguments(r, at, count);
                                        match r[at] {
                                            Value::Function(id)
                                                if self.heap[id].runs_with(given) =>
                                            {
                                                let to = base + first;
                                                let kind = FrameKind::Call((base + at) as u32);
                                                match self.push_call(
                                                    pc + 1,
                                                    id,
                                                    to,
                                                    kind,
                                                    stack.len(),
                                                ) {
                                                    Some(entry) => {
                                                        switch_counted!((entry, to));
                                                    }
                                                    None => {
                                                        outside!(self.slow_call(
                                                            pc + 1,
                                                            base + at,
                                                            base + first,
                                                            given
                                                        ))
                                                    }
                                                }
                                            }
                                            // A method found on its class, not on an object, has its receiver checked.
                                            Value::Native(id)
                                                if natives::get(id).arity.plain(given)
                                                    && (given != count
                                                        || !natives::get(id).arity.method) =>
                                            {
                                                let native = natives::get(id);
                                                if let Quick::ListAppend = native.quick
                                                    && let Value::List(list) = r[first]
                                                {
                                                    self.list_push(list, r[first + 1]);
                                                    r[at] = Value::None;
                                                    break 'done;
                                                }
                                                if let Quick::DictGet = native.quick
                                                    && let Some(value) =
                                                        self.get_from_dict(r, first, given)
                                                {
                                                    r[at] = value;
                                                    break 'done;
                                                }
                                                native!(native, first, given, callee);
                                            }
                                            Value::Function(id)
                                                if self.heap[id].suspends(given) =>
                                            {
                                                let made = self.begin_coroutine(
                                                    pc + 1,
                                                    id,
                                                    &r[first..first + given as usize],
                                                );
                                                r[at] = coroutine_value(self.heap[id].kind, made);
                                            }
                                            _ => outside!(self.slow_call(
                                                pc + 1,
                                                base + at,
                                                base + first,
                                                given
                                            )),
                                        }
                                    }
                                    Op::CallAwait { callee, count } => match r[callee as usize] {
                                        Value::Function(id)
                                            if self.heap[id]
                                                .takes(count, FunctionKind::Coroutine) =>
                                        {
                                            enter!(
                                                id,
                                                base + callee as usize + 1,
                                                FrameKind::Awaited
                                            );
                                        }
                                        Value::Native(id) => {
                                            let at = base + callee as usize;
                                            await_native!(id, at, at + 1, count);
                                        }
                                        _ => slow!(),
                                    },
                                    Op::CallMethodAwait { callee, count } => {
                                        let at = callee as usize;
                                        let (first, given) = method_arguments(r, at, count);
                                        match r[at] {
                                            Value::Function(id)
                                                if self.heap[id]
                                                    .takes(given, FunctionKind::Coroutine) =>
                                            {
                                                let to = base + first;
                                                match self.push_call(
                                                    pc + 1,
                                                    id,
                                                    to,
                                                    FrameKind::Awaited,
                                                    stack.len(),
                                                ) {
                                                    Some(entry) => {
                                                        switch_counted!((entry, to));
                                                    }
                                                    None => {
                                                        outside!(self.slow_call(
                                                            pc + 1,
                                                            base + at,
                                                            base + first,
                                                            given
                                                        ))
                                                    }
                                                }
                                            }
                                            Value::Native(id) => {
                                                await_native!(id, base + at, base + first, given)
                                            }
                                            _ => outside!(self.slow_call(
                                                pc + 1,
                                                base + at,
                                                base + first,
                                                given
                                            )),
                                        }
                                    }
                                    Op::Return { src } => {
                                        if let [.., below, top] = self.fiber.frames[..]
                                            && let FrameKind::Call(place) = top.kind
                                        {
                                            self.fiber.frames.pop();
                                            let value = r[src as usize];
                                            stack[place as usize] = value;
                                            switch!((below.pc as usize, below.base as usize));
                                        } else {
                                            let value = r[src as usize];
                                            outside!(self.return_from(pc + 1, value));
                                        }
                                    }
                                    Op::ReturnNone => match self.top().kind {
                                        FrameKind::Call(place) => {
                                            self.fiber.frames.pop();
                                            stack[place as usize] = Value::None;
                                            switch!(self.resume_point());
                                        }
                                        FrameKind::Init(place, instance) if place != u32::MAX => {
                                            self.handled = self.top().handled;
                                            self.fiber.frames.pop();
                                            stack[place as usize] = Value::Instance(instance);
                                            switch!(self.resume_point());
                                        }
                                        _ => outside!(self.return_from(pc + 1, Value::None)),
                                    },

                                    Op::ForNext { iter, dst, to } => {
                                        match loop_item(&self.heap, r, iter as usize, dst) {
                                            LoopItem::Item => {}
                                            LoopItem::End => {
                                                pc = (pc as isize + to as isize) as usize
                                            }
                                            LoopItem::Generator(id) => {
                                                match self.resume_for(pc + 1, id, &mut stack) {
                                                    Some(entered) => {
                                                        switch_counted!(entered);
                                                    }
                                                    None => slow!(),
                                                }
                                            }
                                            LoopItem::Iter(id) => {
                                                match self.loop_step(id, dst, &ops[pc + 1]) {
                                                    LoopStep::Item(item) => r[dst as usize] = item,
                                                    LoopStep::Pair(first, one, other) => {
                                                        r[first as usize] = one;
                                                        r[first.wrapping_add(1) as usize] = other;
                                                        pc += 1;
                                                    }
                                                    LoopStep::End => {
                                                        pc = (pc as isize + to as isize) as usize
                                                    }
                                                    LoopStep::Other => slow!(),
                                                }
                                            }
                                            LoopItem::Other => slow!(),
                                        }
                                    }
                                    Op::ForLoop { iter, dst, to } => {
                                        match loop_item(&self.heap, r, iter as usize, dst) {
                                            LoopItem::Item => jump!(to),
                                            LoopItem::End => {}
                                            LoopItem::Generator(id) => {
                                                match self.resume_for(pc + 1, id, &mut stack) {
                                                    Some(entered) => {
                                                        switch_counted!(entered);
                                                    }
                                                    None => slow!(),
                                                }
                                            }
                                            LoopItem::Iter(id) => {
                                                let body = (pc as isize + 1 + to as isize) as usize;
                                                match self.loop_step(id, dst, &ops[body]) {
                                                    LoopStep::Item(item) => {
                                                        r[dst as usize] = item;
                                                        jump!(to);
                                                    }
                                                    LoopStep::Pair(first, one, other) => {
                                                        r[first as usize] = one;
                                                        r[first.wrapping_add(1) as usize] = other;
                                                        pc = body;
                                                        tick!();
                                                    }
                                                    LoopStep::End => {}
                                                    LoopStep::Other => slow!(),
                                                }
                                            }
                                            LoopItem::Other => slow!(),
                                        }
                                    }
                                    Op::ForPrepare { iter, src } => {
                                        if let source @ (Value::List(_) | Value::Tuple(_)) =
                                            r[src as usize]
                                        {
                                            r[iter as usize] = source;
                                            r[iter as usize + 1] = Value::Int(0);
                                        } else {
                                            slow!();
                                        }
                                    }
                                    Op::Yield { src, .. } => {
                                        match self.yield_to_loop(pc + 1, src, &mut stack) {
                                            Some(entered) => switch!(entered),
                                            None => slow!(),
                                        }
                                    }
                                    Op::AsyncForNext { iter, .. } => match r[iter as usize] {
                                        Value::AsyncGenerator(id) => {
                                            match self.resume_async_for(pc + 1, id, &mut stack) {
                                                Some(entered) => {
                                                    switch_counted!(entered);
                                                }
                                                None => slow!(),
                                            }
                                        }
                                        _ => slow!(),
                                    },
                                    Op::YieldAsync { src, .. } => {
                                        match self.yield_to_async_for(pc + 1, src, &mut stack) {
                                            Some(entered) => switch!(entered),
                                            None => slow!(),
                                        }
                                    }
                                    // What is done already gives its result at once.
                                    Op::Await { dst, src } => {
                                        let state = match r[src as usize] {
                                            Value::Task(id) => Some(&self.heap[id].future.state),
                                            Value::Future(id) => Some(&self.heap[id].state),
                                            _ => None,
                                        };
                                        match state {
                                            Some(FutureState::Result(result)) => {
                                                r[dst as usize] = *result
                                            }
                                            _ => slow!(),
                                        }
                                    }
                                    Op::YieldFrom { .. }
                                    | Op::GetAsyncIter { .. }
                                    | Op::AsyncForClose { .. }
                                    | Op::ForClose { .. }
                                    | Op::GetIter { .. }
                                    | Op::CallKw { .. }
                                    | Op::CallMethodKw { .. }
                                    | Op::CallSpread { .. }
                                    | Op::Intrinsic { .. }
                                    | Op::MakeFunction { .. }
                                    | Op::DeleteGlobal { .. }
                                    | Op::DeleteCell { .. }
                                    | Op::DeleteFree { .. }
                                    | Op::LoadClassName { .. }
                                    | Op::StoreClassName { .. }
                                    | Op::DeleteClassName { .. }
                                    | Op::Binary { .. }
                                    | Op::Pos { .. }
                                    | Op::Invert { .. }
                                    | Op::BuildSet { .. }
                                    | Op::ListExtend { .. }
                                    | Op::SpreadItems { .. }
                                    | Op::SpreadKeywords { .. }
                                    | Op::ListToTuple { .. }
                                    | Op::SetExtend { .. }
                                    | Op::DictUpdate { .. }
                                    | Op::DictMerge { .. }
                                    | Op::DeleteItem { .. }
                                    | Op::UnpackStar { .. }
                                    | Op::FormatWith { .. }
                                    | Op::DeleteAttr { .. }
                                    | Op::GetSuperAttr { .. }
                                    | Op::Raise { .. }
                                    | Op::RaiseFrom { .. }
                                    | Op::RaiseAgain
                                    | Op::Reraise { .. }
                                    | Op::PopHandled { .. } => slow!(),

                                    Op::Compare { .. }
                                    | Op::JumpIfIn { .. }
                                    | Op::JumpIfNoMatch { .. }
                                    | Op::BuildList { .. }
                                    | Op::BuildTuple { .. }
                                    | Op::BuildDict { .. }
                                    | Op::BuildString { .. }
                                    | Op::BuildSlice { .. }
                                    | Op::SetAdd { .. }
                                    | Op::DictInsert { .. }
                                    | Op::Format { .. } => light!(),
                                }
                                break 'done;
                            }
                            if let Some(to) = self.light(*op, &ops[pc + 1..], r) {
                                pc = (pc as isize + to as isize) as usize;
                                if to < 0 {
                                    if self.heap.ticks == 0 {
                                        break 'tick;
                                    }
                                    self.heap.ticks -= 1;
                                }
                                break 'done;
                            }
                        }
                        self.fiber.stack = stack;
                        break 'outside self.slow(pc + 1);
                    }
                    self.fiber.stack = stack;
                    self.tick_over(pc.wrapping_add(1))
                };
                if !done {
                    return Some(self.take_exit());
                }
                if !Arc::ptr_eq(code, &self.code) {
                    return None;
                }
                stack = std::mem::take(&mut self.fiber.stack);
                (pc, base) = self.resume_point();
                r = window(&mut stack, base);
                continue 'next;
            }
            pc = pc.wrapping_add(1);
        }
    }

    /// The running frame.
    #[inline(always)]
    pub(crate) fn top(&self) -> &Frame {
        match self.fiber.frames.last() {
            Some(frame) => frame,
            None => no_frame(),
        }
    }

    /// The running frame, to be changed.
    #[inline(always)]
    pub(crate) fn top_mut(&mut self) -> &mut Frame {
        match self.fiber.frames.last_mut() {
            Some(frame) => frame,
            None => no_frame(),
        }
    }

    /// Notes where the running frame is.
    #[inline(always)]
    pub(crate) fn save(&mut self, pc: usize) {
        self.top_mut().pc = pc as u32;
    }

    #[inline(always)]
    fn resume_point(&self) -> (usize, usize) {
        let frame = self.top();
        (frame.pc as usize, frame.base as usize)
    }

    /// Enters a script function whose parameters are bound at `base`. None at the recursion limit, or when the stack must grow.
    #[inline(always)]
    fn push_call(
        &mut self,
        pc: usize,
        id: Id<Function>,
        base: usize,
        kind: FrameKind,
        room: usize,
    ) -> Option<usize> {
        let function = &self.heap[id];
        let (entry, registers) = (function.entry, function.registers);
        let handled = self.handled;
        let below = self.top_mut();
        below.pc = pc as u32;
        let depth = below.depth + 1;
        // Growing either stack is left to the slow way: a call in here would make the loop save its registers.
        if depth > self.recursion_limit
            || base + 2 * WINDOW > room
            || self.fiber.frames.len() == self.fiber.frames.capacity()
        {
            return None;
        }
        self.fiber.frames.push(Frame {
            pc: entry,
            base: base as u32,
            registers,
            depth,
            function: id,
            kind,
            handled,
        });
        Some(entry as usize)
    }

    /// Is it true? None if script code says.
    #[inline(always)]
    fn quick_truth(&self, value: &Value) -> Option<bool> {
        match value {
            Value::Bool(value) => Some(*value),
            Value::None => Some(false),
            Value::Int(value) => Some(*value != 0),
            value => self.truth_of(value),
        }
    }

    #[inline(never)]
    fn truth_of(&self, value: &Value) -> Option<bool> {
        self.truth(*value)
    }

    /// The `__init__` that is all there is to making an instance of a class.
    #[inline(always)]
    fn plain_init(&self, class: Id<Class>) -> Option<Id<Function>> {
        let class = &self.heap[class];
        if class.base == NativeBase::Object && class.abstract_methods.is_empty() {
            class.specials.only_init
        } else {
            None
        }
    }

    /// An instance without attributes.
    #[inline(never)]
    pub(crate) fn new_bare_instance(&mut self, class: Id<Class>) -> Id<Instance> {
        let shape = self.heap[class].root_shape;
        self.heap.new_instance(Instance {
            class,
            shape,
            slots: smallvec![],
        })
    }

    /// Makes sure that a frame at `base` has its window.
    #[inline(always)]
    pub(crate) fn ensure_window(&mut self, base: usize) {
        if base + 2 * WINDOW > self.fiber.stack.len() {
            self.grow_stack(base);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow_stack(&mut self, base: usize) {
        let size = (self.fiber.stack.len() * 2).max(base + 4 * WINDOW);
        self.fiber.stack.resize(size, Value::Undef);
    }

    #[inline(always)]
    pub(crate) fn free_cell(&self, index: u8) -> Id<Cell> {
        self.heap[self.top().function].cells[index as usize]
    }
}

/// The value that a call of a function of this kind gives.
#[inline(always)]
fn coroutine_value(kind: FunctionKind, id: Id<Coroutine>) -> Value {
    match kind {
        FunctionKind::Generator | FunctionKind::Plain => Value::Generator(id),
        FunctionKind::Coroutine => Value::Coroutine(id),
        FunctionKind::AsyncGenerator => Value::AsyncGenerator(id),
    }
}

/// Where the arguments of a method call begin, the receiver included, and how many there are. What was no method has none.
#[inline(always)]
fn method_arguments(r: &[Value; WINDOW], at: usize, count: u8) -> (usize, u8) {
    match r[at + 1] {
        Value::Undef => (at + 2, count),
        _ => (at + 1, count + 1),
    }
}

/// What a look at a loop's state gives.
enum LoopItem {
    /// The item is in its register.
    Item,
    End,
    /// A suspended generator is to be resumed.
    Generator(Id<Coroutine>),
    /// A native iterator is to be asked.
    Iter(Id<Iter>),
    /// The slow way.
    Other,
}

/// Puts the next item of the loop whose state is at register `at` into `r[dst]`, if that needs no more than a look.
#[inline(always)]
fn loop_item(heap: &Heap, r: &mut [Value; WINDOW], at: usize, dst: u8) -> LoopItem {
    match r[at] {
        Value::Int(left) => {
            if left > 0
                && let (&Value::Int(next), &Value::Int(step)) = (&r[at + 1], &r[at + 2])
            {
                r[at] = Value::Int(left - 1);
                r[at + 1] = Value::Int(next.wrapping_add(step));
                r[dst as usize] = Value::Int(next);
                LoopItem::Item
            } else {
                LoopItem::End
            }
        }
        Value::List(list) => {
            if let Value::Int(index) = r[at + 1]
                && let Some(item) = heap[list].items.get(index as usize)
            {
                r[at + 1] = Value::Int(index + 1);
                r[dst as usize] = *item;
                LoopItem::Item
            } else {
                // An exhausted iterator stays so, even if the list grows.
                r[at] = Value::Int(0);
                LoopItem::End
            }
        }
        Value::Tuple(tuple) => {
            if let Value::Int(index) = r[at + 1]
                && let Some(item) = heap[tuple].items.get(index as usize)
            {
                r[at + 1] = Value::Int(index + 1);
                r[dst as usize] = *item;
                LoopItem::Item
            } else {
                LoopItem::End
            }
        }
        Value::Generator(id)
            if heap[id].state == CoroutineState::Suspended && heap[id].leaf == Some(id) =>
        {
            LoopItem::Generator(id)
        }
        Value::Iter(id) => LoopItem::Iter(id),
        _ => LoopItem::Other,
    }
}

/// First number, length and step of `range` called with the `count` ints behind `callee`. None for anything else.
#[inline]
fn range_loop(r: &[Value; WINDOW], callee: u8, count: u8) -> Option<(i64, i64, i64)> {
    let int = |at: usize| match r.get(callee as usize + at) {
        Some(&Value::Int(value)) => Some(value),
        _ => None,
    };
    let (start, stop, step) = match count {
        1 => (0, int(1)?, 1),
        2 => (int(1)?, int(2)?, 1),
        3 => (int(1)?, int(2)?, int(3)?),
        _ => return None,
    };
    if step == 0 {
        return None;
    }
    let range = Range {
        start,
        stop,
        step,
        big: None,
    };
    Some((start, i64::try_from(range.len()).ok()?, step))
}

/// Is the integer exact as a float?
#[inline]
fn exact(value: i64) -> bool {
    value.unsigned_abs() <= 1 << 53
}

#[inline(always)]
pub(crate) fn cell_id(value: &Value) -> Id<Cell> {
    match value {
        Value::Cell(cell) => *cell,
        _ => panic!("invariant broken: a register that must hold a cell doesn't"),
    }
}
