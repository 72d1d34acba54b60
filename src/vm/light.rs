//! Instructions that the run loop leaves to a function, but that need neither the frame in its place nor a result that is settled: on
//! values of builtin types displays, slices, items, comparisons, `in`, `except`, plain fields of f-strings; and attributes found again.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values and instructions names those it is about"
)]

use super::Vm;
use super::native::{NativeResult, Outcome};
use super::run::WINDOW;
use crate::bytecode::{NO_SPEC, Op};
use crate::heap::Value;
use crate::objects::slicing::Bounds;
use crate::objects::{Dict, Probe};
use crate::syntax::ast::CompareOp;

impl Vm {
    /// Does an instruction, with those `after` it, if it is simple. How far behind the next instruction it goes on. None if it is left to
    /// the general way; then nothing has changed.
    #[inline(never)]
    pub(super) fn light(&mut self, op: Op, after: &[Op], r: &mut [Value; WINDOW]) -> Option<i32> {
        let (dst, value) = match op {
            Op::JumpIfEq { lhs, rhs, when, to } => {
                return self.jump_light(CompareOp::Eq, r[lhs as usize], r[rhs as usize], when, to);
            }
            Op::JumpIfNe { lhs, rhs, when, to } => {
                return self.jump_light(CompareOp::Ne, r[lhs as usize], r[rhs as usize], when, to);
            }
            Op::JumpIfLt { lhs, rhs, when, to } => {
                return self.jump_light(CompareOp::Lt, r[lhs as usize], r[rhs as usize], when, to);
            }
            Op::JumpIfLe { lhs, rhs, when, to } => {
                return self.jump_light(CompareOp::Le, r[lhs as usize], r[rhs as usize], when, to);
            }
            Op::JumpIfGt { lhs, rhs, when, to } => {
                return self.jump_light(CompareOp::Gt, r[lhs as usize], r[rhs as usize], when, to);
            }
            Op::JumpIfGe { lhs, rhs, when, to } => {
                return self.jump_light(CompareOp::Ge, r[lhs as usize], r[rhs as usize], when, to);
            }
            Op::JumpIfIn { lhs, rhs, when, to } => {
                return self.jump_light(CompareOp::In, r[lhs as usize], r[rhs as usize], when, to);
            }
            Op::JumpIfNoMatch {
                exception,
                class,
                to,
            } => {
                let matches = self.exception_matches(r[exception as usize], r[class as usize])?;
                return Some(if matches { 0 } else { to });
            }
            Op::Compare { op, dst, lhs, rhs } => {
                let truth = self.compare_plain(op, r[lhs as usize], r[rhs as usize])?;
                (dst, Value::Bool(truth))
            }
            Op::BuildTuple { dst, first, count } => {
                let items = &r[first as usize..first as usize + count as usize];
                (dst, self.heap.tuple(items))
            }
            Op::BuildList { dst, first, count } => {
                let items = &r[first as usize..first as usize + count as usize];
                (dst, self.heap.list(items.to_vec()))
            }
            Op::BuildDict { dst, count: 0, .. } => {
                (dst, Value::Dict(self.heap.new_dict(Dict::default())))
            }
            Op::BuildString { dst, first, count } => {
                let pieces = &r[first as usize..first as usize + count as usize];
                (dst, value_of(self.join_texts(pieces))?)
            }
            Op::BuildSlice { dst: slice, first } => {
                let bounds = &r[first as usize..first as usize + 3];
                match after.first() {
                    // An assignment like `+=` needs the slice again; then the item's place is above it.
                    Some(&Op::GetItem { dst, object, index }) if index == slice && dst < slice => {
                        let part = self.part(r[object as usize], bounds)?;
                        r[dst as usize] = part;
                    }
                    Some(&Op::SetItem {
                        object,
                        index,
                        value,
                    }) if index == slice => {
                        self.set_part(r[object as usize], bounds, r[value as usize])?;
                    }
                    _ => return None,
                }
                return Some(1);
            }
            Op::SetAdd { set, src } => {
                let Value::Set(set) = r[set as usize] else {
                    return None;
                };
                return matches!(self.set_add(set, r[src as usize]), Ok(true)).then_some(0);
            }
            Op::DictInsert { dict, key, value } => {
                let Value::Dict(dict) = r[dict as usize] else {
                    return None;
                };
                let set = self.dict_set(dict, r[key as usize], r[value as usize]);
                return matches!(set, Ok(true)).then_some(0);
            }
            Op::GetAttr { dst, object, site } => {
                (dst, self.remembered_attribute(r[object as usize], site)?)
            }
            Op::LoadMethod { dst, object, site } => {
                let value = self.remembered_attribute(r[object as usize], site)?;
                r[dst as usize + 1] = Value::Undef;
                (dst, value)
            }
            Op::Format {
                dst,
                src,
                conversion: 0,
                spec: NO_SPEC,
            } => match r[src as usize] {
                text @ Value::Str(_) => (dst, text),
                Value::Int(int) => (dst, self.heap.int_str(int)),
                _ => return None,
            },
            Op::GetItem { dst, object, index } => {
                (dst, self.item_plain(r[object as usize], r[index as usize])?)
            }
            Op::GetItemInt { dst, object, index } => {
                let index = Value::Int(i64::from(index));
                (dst, self.item_plain(r[object as usize], index)?)
            }
            Op::SetItem {
                object,
                index,
                value,
            } => {
                let Value::Dict(dict) = r[object as usize] else {
                    return None;
                };
                let set = self.dict_set(dict, r[index as usize], r[value as usize]);
                return matches!(set, Ok(true)).then_some(0);
            }
            _ => return None,
        };
        r[dst as usize] = value;
        Some(0)
    }

    #[inline(always)]
    fn jump_light(
        &mut self,
        op: CompareOp,
        a: Value,
        b: Value,
        when: bool,
        to: i32,
    ) -> Option<i32> {
        let truth = self.compare_plain(op, a, b)?;
        Some(if truth == when { to } else { 0 })
    }

    /// A comparison in which no script code has a say.
    fn compare_plain(&mut self, op: CompareOp, a: Value, b: Value) -> Option<bool> {
        match (op, a, b) {
            (_, Value::Instance(_), _) | (_, _, Value::Instance(_)) => None,
            (CompareOp::Eq, ..) => self.equal(a, b),
            (CompareOp::Ne, ..) => self.equal(a, b).map(|equal| !equal),
            (CompareOp::In, ..) => self.contains_natively(a, b).ok()?,
            (CompareOp::NotIn, ..) => self.contains_natively(a, b).ok()?.map(|found| !found),
            (CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge, ..) => {
                self.ordered(op, a, b)
            }
            _ => None,
        }
    }

    /// `object[index]` of builtin types.
    fn item_plain(&mut self, object: Value, index: Value) -> Option<Value> {
        match (object, index) {
            (Value::Dict(_), Value::Instance(_)) => None,
            (Value::Dict(dict), key) => match self.dict_probe(dict, key) {
                Ok(Probe::At(place)) => Some(*self.heap[dict].value(place)),
                Ok(Probe::Missing(_) | Probe::Script) | Err(_) => None,
            },
            (Value::Tuple(id), Value::Int(at)) => {
                let items = &self.heap[id].items;
                Some(items[Self::place_of_index(at, items.len())?])
            }
            (Value::Str(id), Value::Int(at)) if self.heap[id].ascii() => {
                let bytes = self.heap.text(id).as_bytes();
                let byte = bytes[Self::place_of_index(at, bytes.len())?];
                Some(Value::Str(self.heap.ascii_char(byte)))
            }
            (Value::Bytes(id) | Value::ByteArray(id), Value::Int(at)) => {
                let data = &self.heap[id].data;
                let byte = data[Self::place_of_index(at, data.len())?];
                Some(Value::Int(i64::from(byte)))
            }
            _ => None,
        }
    }

    /// `object[start:stop:step]` of builtin types, without the slice.
    fn part(&mut self, object: Value, bounds: &[Value]) -> Option<Value> {
        let length = match object {
            Value::List(id) => self.heap[id].items.len(),
            Value::Tuple(id) => self.heap[id].items.len(),
            Value::Str(id) => self.heap.str_length(id),
            Value::Bytes(id) | Value::ByteArray(id) => self.heap[id].data.len(),
            _ => return None,
        };
        let bounds = plain_bounds(bounds, length)?;
        value_of(self.slice_at(object, bounds))
    }

    /// `object[bounds] = value` for adjoining items of a list that become those of another.
    fn set_part(&mut self, object: Value, bounds: &[Value], value: Value) -> Option<()> {
        let (Value::List(list), Value::List(other)) = (object, value) else {
            return None;
        };
        if list == other {
            return None;
        }
        let range = plain_bounds(bounds, self.heap[list].items.len())?.contiguous()?;
        let given = std::mem::take(&mut self.heap[other].items);
        if range.len() == given.len() {
            self.heap[list].items[range].copy_from_slice(&given);
        } else {
            self.heap.update(list, |list| {
                drop(list.items.splice(range, given.iter().copied()));
            });
        }
        self.heap[other].items = given;
        Some(())
    }
}

/// The part of so many items that a slice of plain numbers means.
fn plain_bounds(bounds: &[Value], length: usize) -> Option<Bounds> {
    let number = |bound: Value| match bound {
        Value::None => Some(None),
        Value::Int(at) => Some(Some(at)),
        _ => None,
    };
    let &[start, stop, step] = bounds else {
        return None;
    };
    let (start, stop, step) = (number(start)?, number(stop)?, number(step)?.unwrap_or(1));
    if step == 0 || step == i64::MIN {
        return None;
    }
    Some(Bounds::new(start, stop, step, length))
}

/// The value, if there is one at once.
fn value_of(result: NativeResult) -> Option<Value> {
    match result {
        Ok(Outcome::Value(value)) => Some(value),
        _ => None,
    }
}
