//! The run loop: fetch, match, do. Arms of more than a few lines are methods of other files.

use super::native::{Args, Outcome};
use super::{Cached, Exit, Flow, Frame, FrameKind, Vm, natives};
use crate::bytecode::{FunctionKind, NO_OUTER, Op};
use crate::heap::{Id, Value};
use crate::objects::{Cell, Coroutine, CoroutineState};
use crate::syntax::ast::{BinaryOp, CompareOp, UnaryOp};
use std::sync::Arc;

/// Registers an instruction can name.
pub(crate) const WINDOW: usize = 256;

/// The registers of the frame at `base`: `u8` operands need no bounds check in it.
#[inline(always)]
fn window(stack: &mut [Value], base: usize) -> &mut [Value; WINDOW] {
    match stack[base..].first_chunk_mut() {
        Some(window) => window,
        None => panic!("invariant broken: the stack ends inside a frame's window"),
    }
}

/// `a // b` as Python rounds it; None when it overflows or divides by zero.
#[inline]
pub(crate) fn floor_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    Some(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })
}

/// `a % b` with Python's sign; None when it overflows or divides by zero.
#[inline]
pub(crate) fn floor_mod(a: i64, b: i64) -> Option<i64> {
    let rest = a.checked_rem(b)?;
    Some(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
}

impl Vm {
    /// Runs until something has to be told to the driver.
    pub(crate) fn run(&mut self) -> Exit {
        if let Flow::Leave(exit) = self.resume_running() {
            return exit;
        }
        let mut code = Arc::clone(&self.code);
        let (mut pc, mut base) = self.resume_point();

        /// Goes on with the frame that is on top now.
        macro_rules! reload {
            () => {{
                if !Arc::ptr_eq(&code, &self.code) {
                    code = Arc::clone(&self.code);
                }
                (pc, base) = self.resume_point();
            }};
        }
        macro_rules! flow {
            ($flow:expr) => {
                match $flow {
                    Flow::Go => reload!(),
                    Flow::Leave(exit) => return exit,
                }
            };
        }
        /// Runs a slow path that answers as a native does; its value goes to a register.
        macro_rules! operation {
            ($result:expr, $dst:expr) => {{
                self.save(pc);
                match $result {
                    Ok(Outcome::Value(value)) => window(&mut self.fiber.stack, base)[$dst as usize] = value,
                    other => flow!(self.settle(other)),
                }
            }};
        }
        /// The same when the value is not wanted or needs more work: it completes the instruction.
        macro_rules! complete {
            ($result:expr) => {{
                self.save(pc);
                let result = $result;
                flow!(self.settle(result))
            }};
        }
        macro_rules! raise {
            ($raise:expr) => {{
                self.save(pc);
                let raise = $raise;
                flow!(self.throw(raise))
            }};
        }
        macro_rules! jump {
            ($to:expr) => {{
                pc = (pc as isize + $to as isize) as usize;
                if $to < 0 {
                    tick!();
                }
            }};
        }
        macro_rules! tick {
            () => {
                if self.heap.ticks == 0 {
                    self.save(pc);
                    flow!(self.out_of_ticks());
                } else {
                    self.heap.ticks -= 1;
                }
            };
        }
        macro_rules! arithmetic {
            ($r:ident, $op:expr, $dst:ident, $lhs:ident, $rhs:ident, $in_place:ident, $int:expr, $float:expr) => {{
                let (a, b) = ($r[$lhs as usize], $r[$rhs as usize]);
                match (a, b) {
                    (Value::Int(x), Value::Int(y)) => {
                        if let Some(z) = $int(x, y) {
                            $r[$dst as usize] = Value::Int(z);
                            continue;
                        }
                    }
                    (Value::Float(x), Value::Float(y)) => {
                        if let Some(z) = $float(x, y) {
                            $r[$dst as usize] = Value::Float(z);
                            continue;
                        }
                    }
                    (Value::Float(x), Value::Int(y)) => {
                        if let Some(z) = $float(x, y as f64) {
                            $r[$dst as usize] = Value::Float(z);
                            continue;
                        }
                    }
                    (Value::Int(x), Value::Float(y)) => {
                        if let Some(z) = $float(x as f64, y) {
                            $r[$dst as usize] = Value::Float(z);
                            continue;
                        }
                    }
                    _ => {}
                }
                operation!(self.binary($op, a, b, $in_place), $dst);
            }};
        }
        macro_rules! arithmetic_int {
            ($r:ident, $op:expr, $dst:ident, $lhs:ident, $in_place:ident, $value:ident, $int:expr) => {{
                let a = $r[$lhs as usize];
                if let Value::Int(x) = a
                    && let Some(z) = $int(x, i64::from($value))
                {
                    $r[$dst as usize] = Value::Int(z);
                    continue;
                }
                operation!(self.binary($op, a, Value::Int(i64::from($value)), $in_place), $dst);
            }};
        }
        macro_rules! compare_jump {
            ($r:ident, $op:expr, $lhs:ident, $rhs:ident, $when:ident, $to:ident, $compare:tt) => {{
                let (a, b) = ($r[$lhs as usize], $r[$rhs as usize]);
                let truth = match (a, b) {
                    (Value::Int(x), Value::Int(y)) => x $compare y,
                    (Value::Float(x), Value::Float(y)) => x $compare y,
                    _ => {
                        complete!(self.compare($op, a, b));
                        continue;
                    }
                };
                if truth == $when {
                    jump!($to);
                }
            }};
        }
        macro_rules! compare_jump_int {
            ($r:ident, $op:expr, $lhs:ident, $value:ident, $when:ident, $to:ident, $compare:tt) => {{
                let a = $r[$lhs as usize];
                let truth = match a {
                    Value::Int(x) => x $compare i64::from($value),
                    Value::Float(x) => x $compare f64::from($value),
                    _ => {
                        complete!(self.compare($op, a, Value::Int(i64::from($value))));
                        continue;
                    }
                };
                if truth == $when {
                    jump!($to);
                }
            }};
        }

        loop {
            let op = code[pc];
            pc += 1;
            let r = window(&mut self.fiber.stack, base);
            match op {
                Op::Move { dst, src } => r[dst as usize] = r[src as usize],
                Op::LoadConst { dst, constant } => r[dst as usize] = self.constants[constant as usize],
                Op::LoadInt { dst, value } => r[dst as usize] = Value::Int(i64::from(value)),
                Op::LoadNone { dst } => r[dst as usize] = Value::None,
                Op::LoadBool { dst, value } => r[dst as usize] = Value::Bool(value),
                Op::Clear { first, count } => {
                    for at in 0..count {
                        r[first as usize + at as usize] = Value::Undef;
                    }
                }
                Op::CheckLocal { src, name } => {
                    if r[src as usize].is_undef() {
                        raise!(self.unbound_local(name));
                    }
                }
                Op::JumpIfSet { src, to } => {
                    if !r[src as usize].is_undef() {
                        jump!(to);
                    }
                }
                Op::LoadGlobal { dst, slot } => {
                    let mut value = self.globals[slot as usize];
                    if value.is_undef() {
                        value = self.fallbacks[slot as usize];
                        if value.is_undef() {
                            raise!(self.unknown_global(slot));
                            continue;
                        }
                    }
                    r[dst as usize] = value;
                }
                Op::StoreGlobal { src, slot } => self.globals[slot as usize] = r[src as usize],
                Op::DeleteGlobal { slot } => {
                    if self.globals[slot as usize].is_undef() {
                        raise!(self.unknown_global(slot));
                    } else {
                        self.globals[slot as usize] = Value::Undef;
                    }
                }
                Op::MakeCell { reg } => {
                    let value = r[reg as usize];
                    r[reg as usize] = Value::Cell(self.heap.new_cell(Cell { value }));
                }
                Op::LoadCell { dst, cell, name } => {
                    let value = self.heap[cell_id(r[cell as usize])].value;
                    if value.is_undef() {
                        raise!(self.unbound_local(name));
                    } else {
                        r[dst as usize] = value;
                    }
                }
                Op::StoreCell { cell, src } => self.heap[cell_id(r[cell as usize])].value = r[src as usize],
                Op::DeleteCell { cell, name } => {
                    let cell = cell_id(r[cell as usize]);
                    if std::mem::take(&mut self.heap[cell].value).is_undef() {
                        raise!(self.unbound_local(name));
                    }
                }
                Op::LoadFree { dst, index, name } => {
                    let cell = self.free_cell(index);
                    let value = self.heap[cell].value;
                    if value.is_undef() {
                        raise!(self.unbound_free(name));
                    } else {
                        window(&mut self.fiber.stack, base)[dst as usize] = value;
                    }
                }
                Op::StoreFree { index, src } => {
                    let value = r[src as usize];
                    let cell = self.free_cell(index);
                    self.heap[cell].value = value;
                }
                Op::DeleteFree { index, name } => {
                    let cell = self.free_cell(index);
                    if std::mem::take(&mut self.heap[cell].value).is_undef() {
                        raise!(self.unbound_free(name));
                    }
                }
                Op::LoadFreeCell { dst, index } => {
                    let cell = Value::Cell(self.free_cell(index));
                    window(&mut self.fiber.stack, base)[dst as usize] = cell;
                }
                Op::LoadClassName { dst, namespace, name } => {
                    let namespace = r[namespace as usize];
                    let value = self.class_name(namespace, name);
                    window(&mut self.fiber.stack, base)[dst as usize] = value;
                }
                Op::StoreClassName { namespace, src, name } => {
                    let (namespace, value) = (r[namespace as usize], r[src as usize]);
                    self.set_class_name(namespace, name, value);
                }
                Op::DeleteClassName { namespace, name } => {
                    let namespace = r[namespace as usize];
                    if let Err(missing) = self.delete_class_name(namespace, name) {
                        raise!(missing);
                    }
                }

                Op::Add { dst, lhs, rhs, in_place } => {
                    arithmetic!(r, BinaryOp::Add, dst, lhs, rhs, in_place, i64::checked_add, |x: f64, y| Some(x + y));
                }
                Op::Sub { dst, lhs, rhs, in_place } => {
                    arithmetic!(r, BinaryOp::Sub, dst, lhs, rhs, in_place, i64::checked_sub, |x: f64, y| Some(x - y));
                }
                Op::Mul { dst, lhs, rhs, in_place } => {
                    arithmetic!(r, BinaryOp::Mul, dst, lhs, rhs, in_place, i64::checked_mul, |x: f64, y| Some(x * y));
                }
                Op::Div { dst, lhs, rhs, in_place } => {
                    let (a, b) = (r[lhs as usize], r[rhs as usize]);
                    let quotient = match (a, b) {
                        (Value::Float(x), Value::Float(y)) if y != 0.0 => x / y,
                        (Value::Float(x), Value::Int(y)) if y != 0 => x / y as f64,
                        (Value::Int(x), Value::Float(y)) if y != 0.0 => x as f64 / y,
                        (Value::Int(x), Value::Int(y)) if y != 0 && exact(x) && exact(y) => x as f64 / y as f64,
                        _ => {
                            operation!(self.binary(BinaryOp::Div, a, b, in_place), dst);
                            continue;
                        }
                    };
                    r[dst as usize] = Value::Float(quotient);
                }
                Op::FloorDiv { dst, lhs, rhs, in_place } => {
                    arithmetic!(r, BinaryOp::FloorDiv, dst, lhs, rhs, in_place, floor_div, |_: f64, _: f64| None);
                }
                Op::Mod { dst, lhs, rhs, in_place } => {
                    arithmetic!(r, BinaryOp::Mod, dst, lhs, rhs, in_place, floor_mod, |_: f64, _: f64| None);
                }
                Op::And { dst, lhs, rhs, in_place } => {
                    arithmetic!(r, BinaryOp::And, dst, lhs, rhs, in_place, |x: i64, y| Some(x & y), |_: f64, _: f64| None);
                }
                Op::Binary { op, dst, lhs, rhs, in_place } => {
                    let (a, b) = (r[lhs as usize], r[rhs as usize]);
                    operation!(self.binary(op, a, b, in_place), dst);
                }
                Op::AddInt { dst, lhs, in_place, value } => {
                    arithmetic_int!(r, BinaryOp::Add, dst, lhs, in_place, value, i64::checked_add);
                }
                Op::SubInt { dst, lhs, in_place, value } => {
                    arithmetic_int!(r, BinaryOp::Sub, dst, lhs, in_place, value, i64::checked_sub);
                }
                Op::MulInt { dst, lhs, in_place, value } => {
                    arithmetic_int!(r, BinaryOp::Mul, dst, lhs, in_place, value, i64::checked_mul);
                }
                Op::FloorDivInt { dst, lhs, in_place, value } => {
                    arithmetic_int!(r, BinaryOp::FloorDiv, dst, lhs, in_place, value, floor_div);
                }
                Op::ModInt { dst, lhs, in_place, value } => {
                    // A non-negative number modulo a positive one, the common case, needs no sign rule.
                    if let Value::Int(x) = r[lhs as usize]
                        && x >= 0
                        && value > 0
                    {
                        r[dst as usize] = Value::Int(match u32::try_from(x) {
                            Ok(small) => i64::from(small % value as u32),
                            Err(_) => x % i64::from(value),
                        });
                        continue;
                    }
                    arithmetic_int!(r, BinaryOp::Mod, dst, lhs, in_place, value, floor_mod);
                }
                Op::AndInt { dst, lhs, in_place, value } => {
                    arithmetic_int!(r, BinaryOp::And, dst, lhs, in_place, value, |x: i64, y| Some(x & y));
                }
                Op::Neg { dst, src } => match r[src as usize] {
                    Value::Int(x) if x != i64::MIN => r[dst as usize] = Value::Int(-x),
                    Value::Float(x) => r[dst as usize] = Value::Float(-x),
                    a => operation!(self.unary(UnaryOp::Neg, a), dst),
                },
                Op::Pos { dst, src } => {
                    let a = r[src as usize];
                    operation!(self.unary(UnaryOp::Pos, a), dst);
                }
                Op::Invert { dst, src } => {
                    let a = r[src as usize];
                    operation!(self.unary(UnaryOp::Invert, a), dst);
                }
                Op::Not { dst, src } => {
                    let value = r[src as usize];
                    match truth(value).or_else(|| self.truth(value)) {
                        Some(truth) => window(&mut self.fiber.stack, base)[dst as usize] = Value::Bool(!truth),
                        None => complete!(self.truth_value(value)),
                    }
                }
                Op::Compare { op, dst, lhs, rhs } => {
                    let (a, b) = (r[lhs as usize], r[rhs as usize]);
                    let truth = match (op, a, b) {
                        (CompareOp::Is, a, b) => a.is(b),
                        (CompareOp::IsNot, a, b) => !a.is(b),
                        (CompareOp::Lt, Value::Int(x), Value::Int(y)) => x < y,
                        (CompareOp::Eq, Value::Int(x), Value::Int(y)) => x == y,
                        _ => {
                            // `in` gives a bool whatever __contains__ returns: its result needs completing.
                            if matches!(op, CompareOp::In | CompareOp::NotIn) {
                                complete!(self.contains(a, b));
                            } else {
                                operation!(self.compare(op, a, b), dst);
                            }
                            continue;
                        }
                    };
                    r[dst as usize] = Value::Bool(truth);
                }

                Op::Jump { to } => jump!(to),
                Op::JumpIf { src, to } => {
                    let value = r[src as usize];
                    match truth(value).or_else(|| self.truth(value)) {
                        Some(true) => jump!(to),
                        Some(false) => {}
                        None => complete!(self.truth_value(value)),
                    }
                }
                Op::JumpIfNot { src, to } => {
                    let value = r[src as usize];
                    match truth(value).or_else(|| self.truth(value)) {
                        Some(false) => jump!(to),
                        Some(true) => {}
                        None => complete!(self.truth_value(value)),
                    }
                }
                Op::JumpIfNone { src, when, to } => {
                    if r[src as usize].is_none() == when {
                        jump!(to);
                    }
                }
                Op::JumpIfIs { lhs, rhs, when, to } => {
                    if r[lhs as usize].is(r[rhs as usize]) == when {
                        jump!(to);
                    }
                }
                Op::JumpIfLt { lhs, rhs, when, to } => compare_jump!(r, CompareOp::Lt, lhs, rhs, when, to, <),
                Op::JumpIfLe { lhs, rhs, when, to } => compare_jump!(r, CompareOp::Le, lhs, rhs, when, to, <=),
                Op::JumpIfGt { lhs, rhs, when, to } => compare_jump!(r, CompareOp::Gt, lhs, rhs, when, to, >),
                Op::JumpIfGe { lhs, rhs, when, to } => compare_jump!(r, CompareOp::Ge, lhs, rhs, when, to, >=),
                Op::JumpIfEq { lhs, rhs, when, to } => compare_jump!(r, CompareOp::Eq, lhs, rhs, when, to, ==),
                Op::JumpIfNe { lhs, rhs, when, to } => compare_jump!(r, CompareOp::Ne, lhs, rhs, when, to, !=),
                Op::JumpIfLtInt { lhs, value, when, to } => compare_jump_int!(r, CompareOp::Lt, lhs, value, when, to, <),
                Op::JumpIfLeInt { lhs, value, when, to } => compare_jump_int!(r, CompareOp::Le, lhs, value, when, to, <=),
                Op::JumpIfGtInt { lhs, value, when, to } => compare_jump_int!(r, CompareOp::Gt, lhs, value, when, to, >),
                Op::JumpIfGeInt { lhs, value, when, to } => compare_jump_int!(r, CompareOp::Ge, lhs, value, when, to, >=),
                Op::JumpIfEqInt { lhs, value, when, to } => compare_jump_int!(r, CompareOp::Eq, lhs, value, when, to, ==),
                Op::JumpIfNeInt { lhs, value, when, to } => compare_jump_int!(r, CompareOp::Ne, lhs, value, when, to, !=),
                Op::JumpIfIn { lhs, rhs, .. } => {
                    let (item, container) = (r[lhs as usize], r[rhs as usize]);
                    complete!(self.contains(item, container));
                }

                Op::BuildList { dst, first, count } => {
                    let items = r[first as usize..first as usize + count as usize].to_vec();
                    r[dst as usize] = self.heap.list(items);
                }
                Op::BuildTuple { dst, first, count } => {
                    let items: Box<[Value]> = r[first as usize..first as usize + count as usize].into();
                    r[dst as usize] = self.heap.tuple(items);
                }
                Op::BuildSet { dst, first, count } => complete!(self.build_set(base, dst, first, count)),
                Op::BuildDict { dst, first, count } => {
                    if count == 0 {
                        r[dst as usize] = Value::Dict(self.heap.new_dict(crate::objects::Dict::default()));
                    } else {
                        complete!(self.build_dict(base, first, count));
                    }
                }
                Op::BuildString { dst, first, count } => {
                    let text = self.build_string(base, first, count);
                    window(&mut self.fiber.stack, base)[dst as usize] = text;
                }
                Op::BuildSlice { dst, first } => {
                    let at = first as usize;
                    let slice = crate::objects::Slice {
                        start: r[at],
                        stop: r[at + 1],
                        step: r[at + 2],
                    };
                    r[dst as usize] = Value::Slice(self.heap.new_slice(slice));
                }
                Op::ListAppend { list, src } => {
                    let value = r[src as usize];
                    if let Value::List(list) = r[list as usize] {
                        self.list_push(list, value);
                    }
                }
                Op::ListExtend { list, src } => {
                    let (list, items) = (r[list as usize], r[src as usize]);
                    complete!(self.list_extend(list, items));
                }
                Op::ListToTuple { dst, src } => {
                    if let Value::List(list) = r[src as usize] {
                        let items: Box<[Value]> = self.heap[list].items.as_slice().into();
                        r[dst as usize] = self.heap.tuple(items);
                    }
                }
                Op::SetAdd { set, src } => {
                    let (set, item) = (r[set as usize], r[src as usize]);
                    complete!(self.set_add_value(set, item));
                }
                Op::SetExtend { set, src } => {
                    let (set, items) = (r[set as usize], r[src as usize]);
                    complete!(self.set_extend(set, items));
                }
                Op::DictInsert { dict, key, value } => {
                    let (dict, key, value) = (r[dict as usize], r[key as usize], r[value as usize]);
                    complete!(self.set_item(dict, key, value));
                }
                Op::DictUpdate { dict, src } => {
                    let (dict, other) = (r[dict as usize], r[src as usize]);
                    complete!(self.dict_update(dict, other));
                }
                Op::DictMerge { dict, src, callee } => {
                    let (dict, other, callee) = (r[dict as usize], r[src as usize], r[callee as usize]);
                    complete!(self.dict_merge(dict, other, callee));
                }
                Op::GetItem { dst, object, index } => {
                    let (object, index) = (r[object as usize], r[index as usize]);
                    if let (Value::List(list), Value::Int(at)) = (object, index) {
                        let items = &self.heap[list].items;
                        let at = if at < 0 { at + items.len() as i64 } else { at };
                        if let Some(&value) = items.get(at as usize) {
                            r[dst as usize] = value;
                            continue;
                        }
                    }
                    operation!(self.get_item(object, index), dst);
                }
                Op::GetItemInt { dst, object, index } => {
                    let object = r[object as usize];
                    let items: &[Value] = match object {
                        Value::List(list) => &self.heap[list].items,
                        Value::Tuple(tuple) => &self.heap[tuple].items,
                        _ => &[],
                    };
                    let at = if index < 0 { index as isize + items.len() as isize } else { index as isize };
                    if let Some(&value) = items.get(at as usize) {
                        r[dst as usize] = value;
                        continue;
                    }
                    operation!(self.get_item(object, Value::Int(i64::from(index))), dst);
                }
                Op::SetItem { object, index, value } => {
                    let (object, index, value) = (r[object as usize], r[index as usize], r[value as usize]);
                    if let (Value::List(list), Value::Int(at)) = (object, index) {
                        let items = &mut self.heap[list].items;
                        let at = if at < 0 { at + items.len() as i64 } else { at };
                        if let Some(place) = items.get_mut(at as usize) {
                            *place = value;
                            continue;
                        }
                    }
                    complete!(self.set_item(object, index, value));
                }
                Op::DeleteItem { object, index } => {
                    let (object, index) = (r[object as usize], r[index as usize]);
                    complete!(self.delete_item(object, index));
                }
                Op::Unpack { src, first, count } => {
                    let value = r[src as usize];
                    let items: &[Value] = match value {
                        Value::Tuple(tuple) => &self.heap[tuple].items,
                        Value::List(list) => &self.heap[list].items,
                        _ => &[],
                    };
                    if items.len() == count as usize && count > 0 {
                        r[first as usize..first as usize + count as usize].copy_from_slice(items);
                    } else {
                        complete!(self.unpack(value, count));
                    }
                }
                Op::UnpackStar { src, before, after, .. } => {
                    let value = r[src as usize];
                    complete!(self.unpack_star(value, before as usize, after as usize));
                }
                Op::Format { dst, src, conversion, spec } => {
                    let value = r[src as usize];
                    operation!(self.format_operation(value, conversion, spec), dst);
                }
                Op::FormatWith { dst, src, conversion, spec } => {
                    let (value, spec) = (r[src as usize], r[spec as usize]);
                    operation!(self.format_with(value, conversion, spec), dst);
                }

                Op::GetAttr { dst, object, site } => {
                    let object = r[object as usize];
                    if let Value::Instance(id) = object
                        && let Cached::Slot { shape, slot } = self.sites[site as usize].cached
                    {
                        let instance = &self.heap[id];
                        if instance.shape == shape
                            && let Some(&value) = instance.slots.get(slot as usize)
                        {
                            r[dst as usize] = value;
                            continue;
                        }
                    }
                    operation!(self.get_attribute_at(object, site), dst);
                }
                Op::SetAttr { object, src, site } => {
                    let (object, value) = (r[object as usize], r[src as usize]);
                    if let Value::Instance(id) = object {
                        let cached = self.sites[site as usize].cached;
                        let instance = &mut self.heap[id];
                        match cached {
                            Cached::Slot { shape, slot } if instance.shape == shape => {
                                if let Some(place) = instance.slots.get_mut(slot as usize) {
                                    *place = value;
                                    continue;
                                }
                            }
                            Cached::AddSlot { shape, next } if instance.shape == shape => {
                                if instance.slots.len() < instance.slots.capacity() {
                                    instance.slots.push(value);
                                    instance.shape = next;
                                } else {
                                    self.heap.update(id, |instance| {
                                        instance.slots.push(value);
                                        instance.shape = next;
                                    });
                                }
                                continue;
                            }
                            _ => {}
                        }
                    }
                    complete!(self.set_attribute_at(object, site, value));
                }
                Op::DeleteAttr { object, site } => {
                    let object = r[object as usize];
                    let name = self.sites[site as usize].name;
                    complete!(self.delete_attribute(object, name));
                }
                Op::LoadMethod { dst, object, site } => {
                    let object = r[object as usize];
                    if let (Value::Instance(id), Cached::Method { shape, function }) =
                        (object, self.sites[site as usize].cached)
                        && self.heap[id].shape == shape
                    {
                        r[dst as usize] = function;
                        r[dst as usize + 1] = object;
                        continue;
                    }
                    complete!(self.load_method(base, dst, object, site));
                }
                Op::LoadSuperMethod { dst, class, site } => {
                    let (class, this) = (r[class as usize], r[dst as usize + 1]);
                    complete!(self.load_super_method(base, dst, class, this, site));
                }
                Op::GetSuperAttr { dst, class, this, site } => {
                    let (class, this) = (r[class as usize], r[this as usize]);
                    operation!(self.get_super_attribute(class, this, site), dst);
                }
                Op::LoadSpecial { dst, object, special } => {
                    let object = r[object as usize];
                    complete!(self.load_special(base, dst, object, special));
                }

                Op::Call { callee, count } => {
                    if let Value::Function(id) = r[callee as usize] {
                        let function = &self.heap[id];
                        if function.simple && function.parameters == count && function.kind == FunctionKind::Plain {
                            let frame = Frame {
                                pc: function.entry,
                                base: (base + callee as usize + 1) as u32,
                                registers: function.registers,
                                depth: 0,
                                function: id,
                                kind: FrameKind::Call((base + callee as usize) as u32),
                                handled: self.handled,
                            };
                            if self.push_call(pc, frame) {
                                pc = frame.pc as usize;
                                base = frame.base as usize;
                                tick!();
                            } else {
                                raise!(self.recursion_error());
                            }
                            continue;
                        }
                    }
                    if let Value::Native(id) = r[callee as usize] {
                        let native = natives::get(id);
                        if native.arity.plain(count) {
                            let start = base + callee as usize + 1;
                            for at in count..native.arity.named {
                                r[callee as usize + 1 + at as usize] = Value::Undef;
                            }
                            let args = Args::new(start, native.arity.named as usize);
                            operation!((native.function)(self, args), callee);
                            continue;
                        }
                    }
                    self.save(pc);
                    flow!(self.call(base + callee as usize, count as usize, None));
                }
                Op::CallMethod { callee, count } => {
                    let at = callee as usize;
                    if r[at + 1].is_undef() {
                        r.copy_within(at + 2..at + 2 + count as usize, at + 1);
                        self.save(pc);
                        flow!(self.call(base + at, count as usize, None));
                        continue;
                    }
                    if let Value::Function(id) = r[at] {
                        let function = &self.heap[id];
                        if function.simple && function.parameters == count + 1 && function.kind == FunctionKind::Plain {
                            let frame = Frame {
                                pc: function.entry,
                                base: (base + at + 1) as u32,
                                registers: function.registers,
                                depth: 0,
                                function: id,
                                kind: FrameKind::Call((base + at) as u32),
                                handled: self.handled,
                            };
                            if self.push_call(pc, frame) {
                                pc = frame.pc as usize;
                                base = frame.base as usize;
                                tick!();
                            } else {
                                raise!(self.recursion_error());
                            }
                            continue;
                        }
                    }
                    if let Value::Native(id) = r[at] {
                        let native = natives::get(id);
                        if native.arity.plain(count + 1) {
                            let start = base + at + 1;
                            for missing in count + 1..native.arity.named {
                                r[at + 1 + missing as usize] = Value::Undef;
                            }
                            let args = Args::new(start, native.arity.named as usize);
                            operation!((native.function)(self, args), callee);
                            continue;
                        }
                    }
                    self.save(pc);
                    flow!(self.call(base + at, count as usize + 1, None));
                }
                Op::CallKw { callee, count, names } => {
                    self.save(pc);
                    let names = self.constants[names as usize];
                    flow!(self.call(base + callee as usize, count as usize, Some(names)));
                }
                Op::CallMethodKw { callee, count, names } => {
                    let at = callee as usize;
                    let mut count = count as usize;
                    if r[at + 1].is_undef() {
                        r.copy_within(at + 2..at + 2 + count, at + 1);
                    } else {
                        count += 1;
                    }
                    self.save(pc);
                    let names = self.constants[names as usize];
                    flow!(self.call(base + at, count, Some(names)));
                }
                Op::CallSpread { callee } => {
                    self.save(pc);
                    flow!(self.call_spread(base + callee as usize));
                }
                Op::CallAwait { callee, count } => {
                    if let Value::Function(id) = r[callee as usize] {
                        let function = &self.heap[id];
                        if function.simple && function.parameters == count && function.kind == FunctionKind::Coroutine {
                            let frame = Frame {
                                pc: function.entry,
                                base: (base + callee as usize + 1) as u32,
                                registers: function.registers,
                                depth: 0,
                                function: id,
                                kind: FrameKind::Awaited,
                                handled: self.handled,
                            };
                            if self.push_call(pc, frame) {
                                pc = frame.pc as usize;
                                base = frame.base as usize;
                                tick!();
                            } else {
                                raise!(self.recursion_error());
                            }
                            continue;
                        }
                    }
                    self.save(pc);
                    flow!(self.call(base + callee as usize, count as usize, None));
                }
                Op::CallMethodAwait { callee, count } => {
                    let at = callee as usize;
                    let mut count = count as usize;
                    if r[at + 1].is_undef() {
                        r.copy_within(at + 2..at + 2 + count, at + 1);
                    } else {
                        count += 1;
                        if let Value::Function(id) = r[at] {
                            let function = &self.heap[id];
                            if function.simple
                                && function.parameters as usize == count
                                && function.kind == FunctionKind::Coroutine
                            {
                                let frame = Frame {
                                    pc: function.entry,
                                    base: (base + at + 1) as u32,
                                    registers: function.registers,
                                    depth: 0,
                                    function: id,
                                    kind: FrameKind::Awaited,
                                    handled: self.handled,
                                };
                                if self.push_call(pc, frame) {
                                    pc = frame.pc as usize;
                                    base = frame.base as usize;
                                    tick!();
                                } else {
                                    raise!(self.recursion_error());
                                }
                                continue;
                            }
                        }
                    }
                    self.save(pc);
                    flow!(self.call(base + at, count, None));
                }
                Op::Intrinsic { first, count, which, .. } => {
                    let args = Args::new(base + first as usize, count as usize);
                    complete!(self.intrinsic(which, args));
                }
                Op::Return { src } => {
                    let value = r[src as usize];
                    match self.pop_call(value) {
                        Some((to_pc, to_base)) => (pc, base) = (to_pc, to_base),
                        None => flow!(self.finish_frame(value)),
                    }
                }
                Op::ReturnNone => match self.pop_call(Value::None) {
                    Some((to_pc, to_base)) => (pc, base) = (to_pc, to_base),
                    None => flow!(self.finish_frame(Value::None)),
                },
                Op::MakeFunction { dst, defaults, function } => {
                    let made = self.make_function(base, function, defaults);
                    window(&mut self.fiber.stack, base)[dst as usize] = made;
                }

                Op::ForPrepare { iter, src } => {
                    let source = r[src as usize];
                    let at = iter as usize;
                    match source {
                        Value::List(_) | Value::Tuple(_) => {
                            r[at] = source;
                            r[at + 1] = Value::Int(0);
                        }
                        Value::Range(id) => {
                            let range = self.heap[id];
                            r[at] = Value::Int(range.len() as i64);
                            r[at + 1] = Value::Int(range.start);
                            r[at + 2] = Value::Int(range.step);
                        }
                        Value::Dict(id) => {
                            r[at] = source;
                            r[at + 1] = Value::Int(0);
                            r[at + 2] = Value::Int(self.heap[id].len() as i64);
                        }
                        Value::Generator(_) | Value::Iter(_) => r[at] = source,
                        _ => complete!(self.iterate(source)),
                    }
                }
                Op::ForNext { iter, dst, to } => {
                    let at = iter as usize;
                    match self.loop_item(base, at) {
                        LoopItem::Item(item) => window(&mut self.fiber.stack, base)[dst as usize] = item,
                        LoopItem::End => pc = (pc as isize + to as isize) as usize,
                        LoopItem::Generator(id) => {
                            self.save(pc);
                            if let Some((new_pc, new_base)) = self.resume_for(id) {
                                (pc, base) = (new_pc, new_base);
                                tick!();
                            } else {
                                raise!(self.recursion_error());
                            }
                        }
                        LoopItem::Other(state) => {
                            self.save(pc);
                            flow!(self.for_next(base, at, state));
                        }
                    }
                }
                Op::ForLoop { iter, dst, to } => {
                    let at = iter as usize;
                    match self.loop_item(base, at) {
                        LoopItem::Item(item) => {
                            window(&mut self.fiber.stack, base)[dst as usize] = item;
                            jump!(to);
                        }
                        LoopItem::End => {}
                        LoopItem::Generator(id) => {
                            self.save(pc);
                            if let Some((new_pc, new_base)) = self.resume_for(id) {
                                (pc, base) = (new_pc, new_base);
                                tick!();
                            } else {
                                raise!(self.recursion_error());
                            }
                        }
                        LoopItem::Other(state) => {
                            self.save(pc);
                            flow!(self.for_next(base, at, state));
                        }
                    }
                }
                Op::ForClose { iter } => {
                    let state = r[iter as usize];
                    complete!(self.for_close(state));
                }
                Op::GetIter { src, dst } => {
                    let value = r[src as usize];
                    operation!(self.iterate(value), dst);
                }
                Op::Yield { src, .. } => {
                    let value = r[src as usize];
                    self.save(pc);
                    flow!(self.suspend(value, Value::Undef));
                }
                Op::YieldAsync { src, .. } => {
                    let value = r[src as usize];
                    self.save(pc);
                    flow!(self.yield_async(value));
                }
                Op::YieldFrom { iter, .. } => {
                    let value = r[iter as usize];
                    self.save(pc);
                    flow!(self.yield_from(value));
                }
                Op::Await { src, .. } => {
                    let value = r[src as usize];
                    self.save(pc);
                    flow!(self.await_value(value));
                }
                Op::GetAsyncIter { dst, src } => {
                    let value = r[src as usize];
                    operation!(self.async_iterate(value), dst);
                }
                Op::AsyncForNext { iter, .. } => {
                    let value = r[iter as usize];
                    self.save(pc);
                    flow!(self.async_for_next(value));
                }
                Op::AsyncForClose { iter } => {
                    let value = r[iter as usize];
                    complete!(self.async_for_close(value));
                }

                Op::Raise { src } => {
                    let value = r[src as usize];
                    self.save(pc);
                    flow!(self.raise_value(value, None));
                }
                Op::RaiseFrom { src, cause } => {
                    let (value, cause) = (r[src as usize], r[cause as usize]);
                    self.save(pc);
                    flow!(self.raise_value(value, Some(cause)));
                }
                Op::RaiseAgain => {
                    self.save(pc);
                    flow!(self.raise_again());
                }
                Op::Reraise { src } => {
                    let value = r[src as usize];
                    self.save(pc);
                    flow!(self.reraise(value));
                }
                Op::JumpIfNoMatch { exception, class, to } => {
                    let (exception, class) = (r[exception as usize], r[class as usize]);
                    match self.exception_matches(exception, class) {
                        Ok(true) => {}
                        Ok(false) => jump!(to),
                        Err(wrong) => raise!(wrong),
                    }
                }
                Op::PopHandled { outer } => {
                    self.handled = if outer == NO_OUTER {
                        self.top().handled
                    } else {
                        match r[outer as usize] {
                            Value::Instance(exception) => Some(exception),
                            _ => None,
                        }
                    };
                }
            }
        }
    }

    /// The next item of the loop whose state is at register `at`, if that needs no more than a look.
    #[inline(always)]
    fn loop_item(&mut self, base: usize, at: usize) -> LoopItem {
        let r = window(&mut self.fiber.stack, base);
        let state = r[at];
        match state {
            Value::Int(left) => {
                if left > 0
                    && let (Value::Int(next), Value::Int(step)) = (r[at + 1], r[at + 2])
                {
                    r[at] = Value::Int(left - 1);
                    r[at + 1] = Value::Int(next.wrapping_add(step));
                    LoopItem::Item(Value::Int(next))
                } else {
                    LoopItem::End
                }
            }
            Value::List(list) => {
                if let Value::Int(index) = r[at + 1]
                    && let Some(&item) = self.heap[list].items.get(index as usize)
                {
                    r[at + 1] = Value::Int(index + 1);
                    LoopItem::Item(item)
                } else {
                    // An exhausted iterator stays so, even if the list grows.
                    r[at] = Value::Int(0);
                    LoopItem::End
                }
            }
            Value::Tuple(tuple) => {
                if let Value::Int(index) = r[at + 1]
                    && let Some(&item) = self.heap[tuple].items.get(index as usize)
                {
                    r[at + 1] = Value::Int(index + 1);
                    LoopItem::Item(item)
                } else {
                    LoopItem::End
                }
            }
            Value::Generator(id)
                if self.heap[id].state == CoroutineState::Suspended && self.heap[id].leaf == Some(id) =>
            {
                LoopItem::Generator(id)
            }
            _ => LoopItem::Other(state),
        }
    }

    /// The running frame.
    #[inline(always)]
    pub(crate) fn top(&self) -> &Frame {
        match self.fiber.frames.last() {
            Some(frame) => frame,
            None => panic!("invariant broken: the frame stack is empty"),
        }
    }

    /// The running frame, to be changed.
    #[inline(always)]
    pub(crate) fn top_mut(&mut self) -> &mut Frame {
        match self.fiber.frames.last_mut() {
            Some(frame) => frame,
            None => panic!("invariant broken: the frame stack is empty"),
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

    /// Enters a frame; false when the recursion limit is reached.
    #[inline(always)]
    fn push_call(&mut self, pc: usize, mut frame: Frame) -> bool {
        let below = self.top_mut();
        below.pc = pc as u32;
        frame.depth = below.depth + 1;
        if frame.depth > self.recursion_limit {
            return false;
        }
        self.ensure_window(frame.base as usize);
        self.fiber.frames.push(frame);
        true
    }

    /// Leaves a frame made by a call: writes the result, and says where to go on. None if the frame is of another kind.
    #[inline(always)]
    fn pop_call(&mut self, value: Value) -> Option<(usize, usize)> {
        let FrameKind::Call(place) = self.top().kind else {
            return None;
        };
        self.fiber.frames.pop();
        self.fiber.stack[place as usize] = value;
        Some(self.resume_point())
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
    fn free_cell(&self, index: u8) -> Id<Cell> {
        self.heap[self.top().function].cells[index as usize]
    }
}

/// What a look at a loop's state gives.
enum LoopItem {
    Item(Value),
    End,
    /// A suspended generator is to be resumed.
    Generator(Id<Coroutine>),
    /// The slow way.
    Other(Value),
}

/// Truth of the values that need no memory.
#[inline(always)]
fn truth(value: Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(value),
        Value::None => Some(false),
        Value::Int(value) => Some(value != 0),
        _ => None,
    }
}

/// Is the integer exact as a float?
#[inline]
fn exact(value: i64) -> bool {
    value.unsigned_abs() <= 1 << 53
}

#[inline(always)]
fn cell_id(value: Value) -> Id<Cell> {
    match value {
        Value::Cell(cell) => cell,
        _ => panic!("invariant broken: a register that must hold a cell doesn't"),
    }
}
