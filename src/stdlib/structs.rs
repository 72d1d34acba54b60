//! Packing and unpacking of `struct`'s items. `struct.acoro` reads the formats, and packs what is no plain value.

use crate::heap::Value;
use crate::objects::{Bytes, Tuple};
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};
use num_bigint::BigInt;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_put_items", "items, values, buffer, start, big, /", put),
    native("_take_items", "items, data, start, big, /", take),
    native("_unpack_float", "data, big, /", unpack_float),
];

/// One item of a format.
struct Item {
    code: u8,
    offset: usize,
    size: usize,
}

fn item_of(vm: &Vm, value: Value) -> Option<Item> {
    let Value::Tuple(tuple) = value else {
        return None;
    };
    let items: &Tuple = &vm.heap[tuple];
    let &[Value::Str(code), _, Value::Int(offset), Value::Int(size)] = &items.items[..] else {
        return None;
    };
    Some(Item {
        code: *vm.heap.text(code).as_bytes().first()?,
        offset: usize::try_from(offset).ok()?,
        size: usize::try_from(size).ok()?,
    })
}

fn is_signed(code: u8) -> bool {
    b"bhilqn".contains(&code)
}

/// The bytes of a plain value in its native size, as they lie in an array.
pub(crate) fn packed_item(code: u8, value: Value) -> Option<Vec<u8>> {
    let size = match code {
        b'b' | b'B' => 1,
        b'h' | b'H' => 2,
        b'i' | b'I' | b'f' => 4,
        _ => 8,
    };
    let item = Item {
        code,
        offset: 0,
        size,
    };
    bytes_of(&item, value)
}

/// The bytes of a plain value of the item's own kind, least first; none if it is another, or doesn't fit.
fn bytes_of(item: &Item, value: Value) -> Option<Vec<u8>> {
    match (item.code, value) {
        (b'd', Value::Float(float)) => Some(float.to_le_bytes().to_vec()),
        (b'f' | b'F', Value::Float(float)) => {
            let single = float as f32;
            (single.is_infinite() == float.is_infinite()).then(|| single.to_le_bytes().to_vec())
        }
        (b'e' | b'f' | b'F' | b'd' | b's' | b'p' | b'c' | b'?', _) => None,
        (_, Value::Int(int)) => {
            let bits = item.size * 8;
            let fits = if bits >= 64 {
                is_signed(item.code) || int >= 0
            } else if is_signed(item.code) {
                (-(1i64 << (bits - 1))..1i64 << (bits - 1)).contains(&int)
            } else {
                (0..1i64 << bits).contains(&int)
            };
            fits.then(|| int.to_le_bytes()[..item.size].to_vec())
        }
        _ => None,
    }
}

/// Packs values from the first on; says how many, for the rest takes script code.
fn put(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::List(items), Value::Tuple(values), Value::ByteArray(buffer), Value::Int(start)) = (
        args.get(vm, 0),
        args.get(vm, 1),
        vm.native_value(args.get(vm, 2)),
        args.get(vm, 3),
    ) else {
        return ok(Value::Int(0));
    };
    let big = matches!(args.get(vm, 4), Value::Bool(true));
    let start = usize::try_from(start).unwrap_or(0);
    for at in 0..vm.heap[values].items.len() {
        let value = vm.heap[values].items[at];
        let Some(item) = vm.heap[items]
            .items
            .get(at)
            .and_then(|&item| item_of(vm, item))
        else {
            return ok(Value::Int(at as i64));
        };
        let Some(mut data) = bytes_of(&item, value) else {
            return ok(Value::Int(at as i64));
        };
        if big {
            data.reverse();
        }
        let place = start + item.offset;
        match vm.heap[buffer].data.get_mut(place..place + data.len()) {
            Some(to) => to.copy_from_slice(&data),
            None => return ok(Value::Int(at as i64)),
        }
    }
    ok(Value::Int(vm.heap[values].items.len() as i64))
}

/// The value that bytes, least first, hold.
fn value_of(vm: &mut Vm, code: u8, data: &[u8]) -> Value {
    match code {
        b'e' | b'f' | b'F' | b'd' => float_of(data),
        b'?' => Value::Bool(data.iter().any(|&byte| byte != 0)),
        _ => {
            let negative = is_signed(code) && data.last().is_some_and(|&byte| byte >= 0x80);
            let mut wide = [if negative { 0xFF } else { 0 }; 8];
            wide[..data.len()].copy_from_slice(data);
            let int = i64::from_le_bytes(wide);
            if int < 0 && !is_signed(code) {
                vm.heap.int(BigInt::from(u64::from_le_bytes(wide)))
            } else {
                Value::Int(int)
            }
        }
    }
}

fn float_of(data: &[u8]) -> Value {
    let float = match *data {
        [a, b] => half(u16::from_le_bytes([a, b])),
        [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => 0.0,
    };
    if float.is_nan() {
        return Value::Float(f64::NAN.copysign(float));
    }
    Value::Float(float)
}

/// A float of 16 bits: 1 of sign, 5 of exponent, 10 of mantissa.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1F), f64::from(bits & 0x3FF));
    sign * match exponent {
        0 => mantissa * 2f64.powi(-24),
        0x1F if mantissa == 0.0 => f64::INFINITY,
        0x1F => f64::NAN,
        _ => (1.0 + mantissa / 1024.0) * 2f64.powi(exponent - 15),
    }
}

fn unpack_float(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Bytes(data) = args.get(vm, 0) else {
        return ok(Value::None);
    };
    let mut data = vm.heap[data].data.clone();
    if matches!(args.get(vm, 1), Value::Bool(true)) {
        data.reverse();
    }
    ok(float_of(&data))
}

/// The tuple of what bytes hold.
fn take(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::List(items), Some(data), Value::Int(start)) = (
        args.get(vm, 0),
        vm.bytes_like(args.get(vm, 1)),
        args.get(vm, 2),
    ) else {
        return vm.fail_type("a bytes-like object is required");
    };
    let big = matches!(args.get(vm, 3), Value::Bool(true));
    let start = usize::try_from(start).unwrap_or(0);
    let mut values = Vec::with_capacity(vm.heap[items].items.len());
    for at in 0..vm.heap[items].items.len() {
        let Some(item) = item_of(vm, vm.heap[items].items[at]) else {
            continue;
        };
        let place = start + item.offset;
        let bytes = vm.heap[data].data.get(place..place + item.size);
        let mut bytes = bytes.unwrap_or_default().to_vec();
        let value = match item.code {
            b's' | b'c' => Value::Bytes(vm.heap.new_bytes(Bytes { data: bytes })),
            b'p' => {
                let length = bytes.first().map_or(0, |&length| usize::from(length));
                let end = (1 + length).min(bytes.len());
                let data = bytes.get(1..end).unwrap_or_default().to_vec();
                Value::Bytes(vm.heap.new_bytes(Bytes { data }))
            }
            code => {
                if big {
                    bytes.reverse();
                }
                value_of(vm, code, &bytes)
            }
        };
        values.push(value);
    }
    ok(vm.heap.tuple(values))
}
