//! The native part of `binascii`: Base64 of bytes that are all there. What stands in a text that is not plain Base64 is read by the
//! module itself.

use crate::heap::Value;
use crate::objects::Bytes;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, native, ok};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_encode_base64", "data, /", encode),
    native("_decode_base64", "data, /", decode),
];

/// Bytes as a line of Base64.
fn encode(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(data) = vm.bytes_like(args.get(vm, 0)) else {
        return vm.fail_type("a bytes-like object is required");
    };
    let length = vm.heap[data].data.len() / 3 * 4 + 4;
    if length > 1 << 16 && !vm.heap.has_room(length) {
        return Ok(Outcome::NeedMemory(length));
    }
    let data = STANDARD.encode(&vm.heap[data].data).into_bytes();
    ok(Value::Bytes(vm.heap.new_bytes(Bytes { data })))
}

/// The bytes that a plain Base64 text stands for, or None.
fn decode(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(data) = vm.bytes_like(args.get(vm, 0)) else {
        return ok(Value::None);
    };
    let length = vm.heap[data].data.len();
    if length > 1 << 16 && !vm.heap.has_room(length) {
        return Ok(Outcome::NeedMemory(length));
    }
    match STANDARD.decode(&vm.heap[data].data) {
        Ok(data) => ok(Value::Bytes(vm.heap.new_bytes(Bytes { data }))),
        Err(_) => ok(Value::None),
    }
}
