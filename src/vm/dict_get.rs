//! `dict.get(key)` beside the run loop, and `dict[key] = dict.get(key, 0) + 1`.

use super::run::WINDOW;
use super::{Vm, names};
use crate::bytecode::Op;
use crate::heap::Value;
use crate::objects::{Dict, Probe};

/// How many instructions `Vm::count_in_dict` does behind the first.
pub(super) const COUNTED: usize = 5;

impl Vm {
    /// Calls the `get` of a dict, with `given` arguments from `first` on, the dict included. None if nothing is done: script code has a
    /// say, or there is no dict.
    #[inline(never)]
    pub(super) fn get_from_dict(
        &mut self,
        r: &[Value; WINDOW],
        first: usize,
        given: u8,
    ) -> Option<Value> {
        let Value::Dict(dict) = r[first] else {
            return None;
        };
        match self.probe_plain(dict, r[first + 1])? {
            Probe::At(place) => Some(*self.heap[dict].value(place)),
            Probe::Missing(_) if given == 3 => Some(r[first + 2]),
            Probe::Missing(_) => Some(Value::None),
            Probe::Script => None,
        }
    }

    /// Does six instructions that `fuse` has marked as `dict[key] = dict.get(key, default) + more`, if that is what they are: false, and
    /// nothing done, if script code has a say, or what was counted is no int.
    #[inline(never)]
    pub(super) fn count_in_dict(&mut self, r: &mut [Value; WINDOW], ops: &[Op]) -> bool {
        let &[
            Op::LoadMethodCount { dst, object, site },
            Op::Move { src: key, .. },
            Op::LoadInt { value: default, .. },
            _,
            Op::AddInt { value: more, .. },
            ..,
        ] = ops
        else {
            return false;
        };
        let Value::Dict(dict) = r[object as usize] else {
            return false;
        };
        let key = r[key as usize];
        if self.sites[site as usize].name != names::DICT_GET {
            return false;
        }
        let more = i64::from(more);
        let sum = match self.probe_once(dict, key) {
            Some(Probe::At(place)) => {
                let Value::Int(count) = *self.heap[dict].value(place) else {
                    return false;
                };
                let Some(sum) = count.checked_add(more) else {
                    return false;
                };
                self.heap[dict].set_value(place, Value::Int(sum));
                sum
            }
            Some(Probe::Missing(hash)) => {
                let sum = i64::from(default) + more;
                let update = |dict: &mut Dict| dict.push(hash, key, Value::Int(sum));
                self.heap.update(dict, update);
                sum
            }
            Some(Probe::Script) | None => return false,
        };
        r[dst as usize] = Value::Int(sum);
        true
    }
}
