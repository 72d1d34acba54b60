//! `dict.get(key)` beside the run loop, and with it the rest of `dict[key] = dict.get(key, 0) + 1`.

use super::Vm;
use super::run::WINDOW;
use crate::bytecode::Op;
use crate::heap::{Id, Value};
use crate::objects::{Dict, Probe};

impl Vm {
    /// Calls the `get` of a dict, with `given` arguments from `first` on, the dict included; the result goes to `at`. How many of the
    /// instructions `after` the call are done too. None if nothing is done: script code has a say, or there is no dict.
    #[inline(never)]
    pub(super) fn get_from_dict(
        &mut self,
        r: &mut [Value; WINDOW],
        at: usize,
        first: usize,
        given: u8,
        after: &[Op],
    ) -> Option<usize> {
        let Value::Dict(dict) = r[first] else {
            return None;
        };
        let key = r[first + 1];
        let probe = self.probe_plain(dict, key)?;
        let value = match probe {
            Probe::At(place) => *self.heap[dict].value(place),
            Probe::Missing(_) if given == 3 => r[first + 2],
            Probe::Missing(_) => Value::None,
            Probe::Script => return None,
        };
        if let Some(sum) = counted(r, at, dict, key, value, after) {
            match probe {
                Probe::At(place) => self.heap[dict].set_value(place, sum),
                Probe::Missing(hash) => self.heap.update(dict, |dict| dict.push(hash, key, sum)),
                Probe::Script => return None,
            }
            r[at] = sum;
            return Some(2);
        }
        r[at] = value;
        Some(0)
    }
}

/// What the next two instructions store in the dict under the same key, if they add to what was found: an int.
#[inline(always)]
fn counted(
    r: &[Value; WINDOW],
    at: usize,
    dict: Id<Dict>,
    key: Value,
    found: Value,
    after: &[Op],
) -> Option<Value> {
    let [
        Op::AddInt {
            dst,
            lhs,
            value: more,
            ..
        },
        Op::SetItem {
            object,
            index,
            value,
        },
        ..,
    ] = *after
    else {
        return None;
    };
    let Value::Int(found) = found else {
        return None;
    };
    let same = match (r[index as usize], key) {
        (Value::Str(index), Value::Str(key)) => index == key,
        (Value::Int(index), Value::Int(key)) => index == key,
        _ => false,
    };
    if lhs as usize != at || dst != lhs || value != dst || index == dst || object == dst || !same {
        return None;
    }
    if !matches!(r[object as usize], Value::Dict(object) if object == dict) {
        return None;
    }
    found.checked_add(i64::from(more)).map(Value::Int)
}
