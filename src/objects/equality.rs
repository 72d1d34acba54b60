//! `==` and `!=`. What no script method can influence is decided here, without recursion; the rest goes to the prelude.

use super::{Dict, Range, ViewKind};
use crate::heap::{Id, Value};
use crate::objects::{NativeBase, Set, Str};
use crate::vm::{NativeResult, Vm, names, ok};
use std::cmp::Ordering;

/// Containers in containers deeper than this are compared by the prelude, where the recursion limit holds.
const MAX_DEPTH: usize = 10_000;
/// The keys of dicts and sets can be containers too: so many such lookups inside each other are made here.
const MAX_LOOKUPS: u8 = 8;

/// Two containers being compared, item by item.
enum Walk<'a> {
    Sequences(&'a [Value], &'a [Value]),
    Dicts {
        a: &'a Dict,
        b: &'a Dict,
        place: usize,
    },
}

/// What is known about two values without looking into them.
enum Verdict<'a> {
    Known(bool),
    Script,
    Walk(Walk<'a>),
}

/// Most texts compared are short: then two pieces that may overlap tell, without a call.
#[inline]
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && match a.len() {
            4..=8 => {
                a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk()
            }
            9..=16 => {
                a.first_chunk::<8>() == b.first_chunk() && a.last_chunk::<8>() == b.last_chunk()
            }
            _ => a == b,
        }
}

impl Vm {
    /// `a == b`, or None when only script code can tell.
    #[inline]
    pub(crate) fn equal(&self, a: Value, b: Value) -> Option<bool> {
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => Some(a == b),
            (Value::Str(a), Value::Str(b)) => Some(self.same_text(a, b)),
            _ => self.equal_within(a, b, 0),
        }
    }

    /// `a is b or a == b`: what containers ask about their items.
    #[inline]
    pub(crate) fn same_or_equal(&self, a: Value, b: Value) -> Option<bool> {
        if a.is(b) {
            Some(true)
        } else {
            self.equal(a, b)
        }
    }

    /// Have two strings the same text?
    #[inline(always)]
    pub(crate) fn same_text(&self, a: Id<Str>, b: Id<Str>) -> bool {
        if a == b {
            return true;
        }
        let (one, other) = (&self.heap[a], &self.heap[b]);
        match (one.place(), other.place()) {
            _ if one.interned() && other.interned() => false,
            (Ok(one), Ok(other)) => same_bytes(one.as_bytes(), other.as_bytes()),
            _ => self.heap.text(a) == self.heap.text(b),
        }
    }

    /// The value whose native equality counts, or None if a script's `__eq__` decides.
    fn plain_for_equality(&self, value: Value) -> Option<Value> {
        let Value::Instance(id) = value else {
            return Some(value);
        };
        let instance = &self.heap[id];
        let class = &self.heap[instance.class];
        if class.specials.eq {
            None
        } else if matches!(class.base, NativeBase::Value(_)) {
            Some(instance.slots[0])
        } else {
            Some(value)
        }
    }

    fn equal_within(&self, a: Value, b: Value, lookups: u8) -> Option<bool> {
        if lookups > MAX_LOOKUPS {
            return None;
        }
        let mut walks = match self.verdict(a, b, lookups) {
            Verdict::Known(equal) => return Some(equal),
            Verdict::Script => return None,
            Verdict::Walk(walk) => vec![walk],
        };
        while let Some(walk) = walks.last_mut() {
            let (x, y) = match walk {
                Walk::Sequences(a, b) => {
                    let (Some((&x, rest_a)), Some((&y, rest_b))) =
                        (a.split_first(), b.split_first())
                    else {
                        walks.pop();
                        continue;
                    };
                    (*a, *b) = (rest_a, rest_b);
                    (x, y)
                }
                Walk::Dicts { a, b, place } => {
                    let Some(at) = a.next_place(*place) else {
                        walks.pop();
                        continue;
                    };
                    *place = at + 1;
                    let entry = a.entry(at);
                    let mut script = false;
                    let found = b.find(entry.hash, |key| {
                        self.same_key(key, entry.key, lookups, &mut script)
                    });
                    match found {
                        _ if script => return None,
                        None => return Some(false),
                        Some(found) => (entry.value, b.entry(found).value),
                    }
                }
            };
            if x.is(y) {
                continue;
            }
            match self.verdict(x, y, lookups) {
                Verdict::Known(true) => {}
                Verdict::Known(false) => return Some(false),
                Verdict::Script => return None,
                Verdict::Walk(_) if walks.len() >= MAX_DEPTH => return None,
                Verdict::Walk(walk) => walks.push(walk),
            }
        }
        Some(true)
    }

    /// Is a key of a dict or set the one looked for? Sets `script` when only script code can tell.
    fn same_key(&self, key: Value, wanted: Value, lookups: u8, script: &mut bool) -> bool {
        if key.is(wanted) {
            return true;
        }
        match self.equal_within(key, wanted, lookups + 1) {
            Some(equal) => equal,
            None => {
                *script = true;
                false
            }
        }
    }

    /// The place of a key in a dict: None when only script code can tell.
    pub(crate) fn find_in_dict(
        &self,
        dict: Id<Dict>,
        hash: u64,
        key: Value,
    ) -> Option<Option<usize>> {
        let mut script = false;
        let found = self.heap[dict].find(hash, |other| self.same_key(other, key, 0, &mut script));
        if script { None } else { Some(found) }
    }

    /// The place of an element in a set: None when only script code can tell.
    pub(crate) fn find_in_set(&self, set: Id<Set>, hash: u64, key: Value) -> Option<Option<usize>> {
        self.find_in_set_within(&self.heap[set], hash, key, 0)
    }

    fn find_in_set_within(
        &self,
        set: &Set,
        hash: u64,
        key: Value,
        lookups: u8,
    ) -> Option<Option<usize>> {
        let mut script = false;
        let found = set.find(hash, |other| match (other, key) {
            (Value::Int(other), Value::Int(key)) => other == key,
            _ => self.same_key(other, key, lookups, &mut script),
        });
        if script { None } else { Some(found) }
    }

    fn verdict(&self, a: Value, b: Value, lookups: u8) -> Verdict<'_> {
        let (Some(a), Some(b)) = (self.plain_for_equality(a), self.plain_for_equality(b)) else {
            return Verdict::Script;
        };
        if let Some(order) = self.compare_numbers(a, b) {
            return Verdict::Known(order == Some(Ordering::Equal));
        }
        match (a, b) {
            (Value::Str(a), Value::Str(b)) => Verdict::Known(self.same_text(a, b)),
            (Value::Bytes(a) | Value::ByteArray(a), Value::Bytes(b) | Value::ByteArray(b)) => {
                Verdict::Known(self.heap[a].data == self.heap[b].data)
            }
            (Value::List(a), Value::List(b)) => {
                self.sequences(&self.heap[a].items, &self.heap[b].items)
            }
            (Value::Tuple(a), Value::Tuple(b)) => {
                self.sequences(&self.heap[a].items, &self.heap[b].items)
            }
            (Value::Dict(a), Value::Dict(b)) => {
                let (a, b) = (&self.heap[a], &self.heap[b]);
                if a.len() == b.len() {
                    Verdict::Walk(Walk::Dicts { a, b, place: 0 })
                } else {
                    Verdict::Known(false)
                }
            }
            (Value::Set(a) | Value::FrozenSet(a), Value::Set(b) | Value::FrozenSet(b)) => {
                let (a, b) = (&self.heap[a], &self.heap[b]);
                if a.len() != b.len() {
                    return Verdict::Known(false);
                }
                for (hash, key) in a.iter() {
                    match self.find_in_set_within(b, hash, key, lookups) {
                        Some(Some(_)) => {}
                        Some(None) => return Verdict::Known(false),
                        None => return Verdict::Script,
                    }
                }
                Verdict::Known(true)
            }
            (Value::Range(a), Value::Range(b)) => {
                let (a, b) = (self.heap[a], self.heap[b]);
                let big = a.big.is_some() || b.big.is_some();
                Verdict::Known(if big {
                    self.same_big_range(a, b)
                } else {
                    same_range(a, b)
                })
            }
            (Value::Slice(a), Value::Slice(b)) => {
                let (a, b) = (self.heap[a], self.heap[b]);
                for (x, y) in [(a.start, b.start), (a.stop, b.stop), (a.step, b.step)] {
                    if x.is(y) {
                        continue;
                    }
                    match self.equal_within(x, y, lookups + 1) {
                        Some(true) => {}
                        Some(false) => return Verdict::Known(false),
                        None => return Verdict::Script,
                    }
                }
                Verdict::Known(true)
            }
            (Value::DictView(view), Value::DictView(_) | Value::Set(_) | Value::FrozenSet(_))
            | (Value::Set(_) | Value::FrozenSet(_), Value::DictView(view)) => {
                // The elements of an items view have to be made first.
                if self.heap[view].kind == ViewKind::Values {
                    Verdict::Known(a == b)
                } else {
                    Verdict::Script
                }
            }
            (Value::BoundMethod(a), Value::BoundMethod(b)) => {
                let (a, b) = (self.heap[a], self.heap[b]);
                Verdict::Known(a.function == b.function && a.this.is(b.this))
            }
            (Value::GenericAlias(a), Value::GenericAlias(b)) => {
                let (a, b) = (self.heap[a], self.heap[b]);
                if a.origin == b.origin && a.starred == b.starred {
                    self.sequences(&self.heap[a.args].items, &self.heap[b.args].items)
                } else {
                    Verdict::Known(false)
                }
            }
            _ => Verdict::Known(a.is(b)),
        }
    }

    fn sequences<'a>(&self, a: &'a [Value], b: &'a [Value]) -> Verdict<'a> {
        if a.len() == b.len() {
            Verdict::Walk(Walk::Sequences(a, b))
        } else {
            Verdict::Known(false)
        }
    }

    /// `a == b`, or `a != b` when `negate`: the whole protocol.
    pub(crate) fn equal_value(&mut self, a: Value, b: Value, negate: bool) -> NativeResult {
        if negate
            && (matches!(a, Value::Instance(_)) || matches!(b, Value::Instance(_)))
            && let Some(answer) = self.script_not_equal(a, b)
        {
            return answer;
        }
        if let Some(equal) = self.equal(a, b) {
            return ok(Value::Bool(equal != negate));
        }
        if self.plain_for_equality(a).is_some() && self.plain_for_equality(b).is_some() {
            let args = [
                self.native_value(a),
                self.native_value(b),
                Value::Bool(negate),
            ];
            return self.call_prelude("_equal_containers", &args);
        }
        let first = self.equality_method(a);
        let second = self.equality_method(b);
        if self.reflected_first(a, b) {
            self.call_prelude("_equal", &[second, b, first, a, Value::Bool(negate)])
        } else {
            self.call_prelude("_equal", &[first, a, second, b, Value::Bool(negate)])
        }
    }

    /// `a == b` when the method of `a` did not want to.
    pub(crate) fn equality_declined(&mut self, a: Value, b: Value) -> NativeResult {
        let second = self.equality_method(b);
        self.call_prelude("_equal", &[Value::None, a, second, b, Value::Bool(false)])
    }

    /// Is the right operand asked first, because its class derives from the left one's?
    pub(crate) fn reflected_first(&self, a: Value, b: Value) -> bool {
        let (class_a, class_b) = (self.class_of(a), self.class_of(b));
        class_a != class_b && self.is_subclass(class_b, class_a)
    }

    /// The `__eq__` of a value's class, None if it is only that of `object`.
    fn equality_method(&mut self, value: Value) -> Value {
        if let Value::Instance(id) = value {
            let class = &self.heap[self.heap[id].class];
            if !class.specials.eq && !matches!(class.base, NativeBase::Value(_)) {
                return Value::None;
            }
        }
        match self.class_attribute(self.class_of(value), names::EQ) {
            Some(method) => self.unbound_special(method),
            None => Value::None,
        }
    }

    /// `a != b` when one of them has a `__ne__` written in script code.
    fn script_not_equal(&mut self, a: Value, b: Value) -> Option<NativeResult> {
        let mut method = |value: Value| match self.class_attribute(self.class_of(value), names::NE)
        {
            Some(Value::Native(_)) | None => Value::None,
            Some(method) => self.unbound_special(method),
        };
        let (mut first, mut second) = (method(a), method(b));
        if first.is_none() && second.is_none() {
            return None;
        }
        // The side without one answers by inverting its `__eq__`.
        let invert = [first.is_none(), second.is_none()];
        if invert[0] {
            first = self.equality_method(a);
        }
        if invert[1] {
            second = self.equality_method(b);
        }
        let [invert_first, invert_second] = invert.map(Value::Bool);
        Some(if self.reflected_first(a, b) {
            self.call_prelude(
                "_not_equal",
                &[second, b, invert_second, first, a, invert_first],
            )
        } else {
            self.call_prelude(
                "_not_equal",
                &[first, a, invert_first, second, b, invert_second],
            )
        })
    }
}

fn same_range(a: Range, b: Range) -> bool {
    let length = a.len();
    length == b.len() && (length == 0 || a.start == b.start && (length == 1 || a.step == b.step))
}
