//! The builtins that reduce an iterable to one value: `sum`, `min`, `max`, `any`, `all`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::iteration::Step;
use crate::heap::{Id, Value};
use crate::objects::Iter;
use crate::syntax::ast::CompareOp;
use crate::vm::native::NativeFn;
use crate::vm::{Args, NativeResult, Vm, native, ok};
use num_bigint::BigInt;

/// All of them.
pub(crate) const BUILTINS: &[NativeFn] = &[
    native("sum", "iterable, /, start=0", sum),
    native("min", "*args, key=None, default=None", |vm, args| {
        extreme(vm, args, false)
    }),
    native("max", "*args, key=None, default=None", |vm, args| {
        extreme(vm, args, true)
    }),
    native("any", "iterable, /", |vm, args| quantify(vm, args, true)),
    native("all", "iterable, /", |vm, args| quantify(vm, args, false)),
];

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[native("_fail_order", "op, a, b, /", |vm, args| {
    let op = match args.get(vm, 0) {
        Value::Str(op) => match vm.heap.text(op) {
            "<" => CompareOp::Lt,
            "<=" => CompareOp::Le,
            ">" => CompareOp::Gt,
            _ => CompareOp::Ge,
        },
        _ => CompareOp::Lt,
    };
    let (a, b) = (args.get(vm, 1), args.get(vm, 2));
    vm.fail_order(op, a, b)
})];

/// A sum so far. Floats carry what rounding lost, as CPython's `sum` does since 3.12.
enum Total {
    Small(i64),
    Big(BigInt),
    Float { high: f64, low: f64 },
}

impl Total {
    fn of(vm: &Vm, value: Value) -> Option<Self> {
        Some(match value {
            Value::Int(int) => Total::Small(int),
            Value::BigInt(id) => Total::Big(vm.heap[id].clone()),
            Value::Float(high) => Total::Float { high, low: 0.0 },
            _ => return None,
        })
    }

    /// The sum with one more number, or itself if that needs the general `+`.
    fn add(self, vm: &Vm, item: Value) -> Result<Self, Self> {
        let item = match item {
            Value::Bool(bool) => Value::Int(i64::from(bool)),
            item => item,
        };
        Ok(match (self, item) {
            (Total::Small(total), Value::Int(int)) => match total.checked_add(int) {
                Some(total) => Total::Small(total),
                None => Total::Big(BigInt::from(total) + int),
            },
            (Total::Small(total), Value::BigInt(id)) => Total::Big(&vm.heap[id] + total),
            (Total::Big(total), Value::Int(int)) => Total::Big(total + int),
            (Total::Big(total), Value::BigInt(id)) => Total::Big(total + &vm.heap[id]),
            (Total::Small(total), Value::Float(float)) => Total::Float {
                high: total as f64 + float,
                low: 0.0,
            },
            (Total::Float { high, low }, Value::Float(float)) => {
                let sum = high + float;
                let lost = if high.abs() >= float.abs() {
                    (high - sum) + float
                } else {
                    (float - sum) + high
                };
                Total::Float {
                    high: sum,
                    low: low + lost,
                }
            }
            (Total::Float { high, low }, Value::Int(int)) => Total::Float {
                high: high + int as f64,
                low,
            },
            (total, _) => return Err(total),
        })
    }

    fn value(self, vm: &mut Vm) -> Value {
        match self {
            Total::Small(int) => Value::Int(int),
            Total::Big(int) => vm.heap.int(int),
            Total::Float { high, low } => Value::Float(if low != 0.0 && low.is_finite() {
                high + low
            } else {
                high
            }),
        }
    }
}

fn sum(vm: &mut Vm, args: Args) -> NativeResult {
    let (iterable, start) = (args.get(vm, 0), args.get(vm, 1).or(Value::Int(0)));
    let cannot = match vm.native_value(start) {
        Value::Str(_) => Some("sum() can't sum strings [use ''.join(seq) instead]"),
        Value::Bytes(_) => Some("sum() can't sum bytes [use b''.join(seq) instead]"),
        Value::ByteArray(_) => Some("sum() can't sum bytearray [use b''.join(seq) instead]"),
        _ => None,
    };
    if let Some(message) = cannot {
        return vm.fail_type(message);
    }
    let Some(iter) = vm.native_iter_of(iterable) else {
        if !vm.is_iterable(iterable) {
            return vm.fail_not_iterable(iterable);
        }
        return vm.call_prelude("_sum", &[iterable, start]);
    };
    let Some(mut total) = Total::of(vm, start) else {
        return vm.call_prelude("_sum_rest", &[start, Value::Iter(iter)]);
    };
    while let Step::Item(item) = vm.advance(iter)? {
        total = match total.add(vm, item) {
            Ok(total) => total,
            Err(total) => {
                let total = total.value(vm);
                return vm.call_prelude("_sum_from", &[total, item, Value::Iter(iter)]);
            }
        };
    }
    ok(total.value(vm))
}

fn extreme(vm: &mut Vm, args: Args, greatest: bool) -> NativeResult {
    let (key, default) = (args.get(vm, 0).or_none(), args.get(vm, 1));
    if let &[Value::Int(a), Value::Int(b)] = args.rest(vm, 2)
        && key.is_none()
        && default.is_undef()
    {
        return ok(Value::Int(if greatest { a.max(b) } else { a.min(b) }));
    }
    let given = args.rest(vm, 2).to_vec();
    let name = if greatest { "max" } else { "min" };
    let items = match given[..] {
        [] => {
            let message = format!("{name} expected at least 1 argument, got 0");
            return vm.fail_type(message);
        }
        [iterable] => match vm.items_of(iterable)? {
            Some(items) => items,
            None => {
                let has_default = Value::Bool(!default.is_undef());
                let args = [
                    iterable,
                    key,
                    has_default,
                    default.or_none(),
                    Value::Bool(greatest),
                ];
                return vm.call_prelude("_extreme_of_iterable", &args);
            }
        },
        _ if !default.is_undef() => {
            let message =
                format!("Cannot specify a default for {name}() with multiple positional arguments");
            return vm.fail_type(message);
        }
        _ => given,
    };
    let Some((&first, rest)) = items.split_first() else {
        return if default.is_undef() {
            Err(vm.value_error(format!("{name}() iterable argument is empty")))
        } else {
            ok(default)
        };
    };
    if key.is_none() {
        let mut best = first;
        let native = rest.iter().all(|&item| {
            let better = if greatest {
                vm.less(best, item)
            } else {
                vm.less(item, best)
            };
            if better == Some(true) {
                best = item;
            }
            better.is_some()
        });
        if native {
            return ok(best);
        }
    }
    let items = vm.heap.list(items);
    vm.call_prelude("_extreme", &[items, key, Value::Bool(greatest)])
}

/// `any` stops at the first true item, `all` at the first false one.
fn quantify(vm: &mut Vm, args: Args, stop: bool) -> NativeResult {
    let iterable = args.get(vm, 0);
    let name = if stop { "_any" } else { "_all" };
    let Some(iter) = vm.native_iter_of(iterable) else {
        if !vm.is_iterable(iterable) {
            return vm.fail_not_iterable(iterable);
        }
        return vm.call_prelude(name, &[iterable]);
    };
    rest_of_quantify(vm, iter, stop, name)
}

fn rest_of_quantify(vm: &mut Vm, iter: Id<Iter>, stop: bool, name: &str) -> NativeResult {
    while let Step::Item(item) = vm.advance(iter)? {
        match vm.truth(item) {
            Some(truth) if truth == stop => return ok(Value::Bool(stop)),
            Some(_) => {}
            None => {
                let first = vm.heap.list(vec![item]);
                let name = if name == "_any" {
                    "_any_from"
                } else {
                    "_all_from"
                };
                return vm.call_prelude(name, &[first, Value::Iter(iter)]);
            }
        }
    }
    ok(Value::Bool(!stop))
}
