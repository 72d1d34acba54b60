//! The native part of `hashlib`: a digest of bytes that are all there. Objects that are fed piece by piece keep the pieces.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::Value;
use crate::objects::Bytes;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, native, ok};
use blake2::digest::VariableOutput as _;
use sha2::Digest as _;
use sha3::digest::{ExtendableOutput as _, XofReader as _};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_digest", "name, data, length=0, key=b'', /", digest),
    native("_crc32", "data, value=0, /", crc32),
];

/// The digest of data by the name of its algorithm, or None for a name that is not known.
fn digest(vm: &mut Vm, args: Args) -> NativeResult {
    let (Some(name), Some(data)) = (vm.as_str(args.get(vm, 0)), vm.bytes_like(args.get(vm, 1)))
    else {
        return vm.fail_type("a name and bytes");
    };
    let length = match args.get(vm, 2) {
        Value::Int(length) => usize::try_from(length).unwrap_or(0),
        _ => 0,
    };
    if length > 1 << 16 && !vm.heap.has_room(length) {
        return Ok(Outcome::NeedMemory(length));
    }
    let key = vm.bytes_like(args.get(vm, 3));
    let key: &[u8] = key.map_or(&[], |key| &vm.heap[key].data);
    let data = &vm.heap[data].data;
    let Some(result) = compute(vm.heap.text(name), data, length, key) else {
        return ok(Value::None);
    };
    ok(Value::Bytes(vm.heap.new_bytes(Bytes { data: result })))
}

fn compute(name: &str, data: &[u8], length: usize, key: &[u8]) -> Option<Vec<u8>> {
    Some(match name {
        "md5" => md5::Md5::digest(data).to_vec(),
        "sha1" => sha1::Sha1::digest(data).to_vec(),
        "sha224" => sha2::Sha224::digest(data).to_vec(),
        "sha256" => sha2::Sha256::digest(data).to_vec(),
        "sha384" => sha2::Sha384::digest(data).to_vec(),
        "sha512" => sha2::Sha512::digest(data).to_vec(),
        "sha3_224" => sha3::Sha3_224::digest(data).to_vec(),
        "sha3_256" => sha3::Sha3_256::digest(data).to_vec(),
        "sha3_384" => sha3::Sha3_384::digest(data).to_vec(),
        "sha3_512" => sha3::Sha3_512::digest(data).to_vec(),
        "shake_128" => {
            let mut hasher = sha3::Shake128::default();
            sha3::digest::Update::update(&mut hasher, data);
            let mut out = vec![0; length];
            hasher.finalize_xof().read(&mut out);
            out
        }
        "shake_256" => {
            let mut hasher = sha3::Shake256::default();
            sha3::digest::Update::update(&mut hasher, data);
            let mut out = vec![0; length];
            hasher.finalize_xof().read(&mut out);
            out
        }
        "blake2b" if key.is_empty() => {
            let mut hasher = blake2::Blake2bVar::new(length).ok()?;
            blake2::digest::Update::update(&mut hasher, data);
            hasher.finalize_boxed().to_vec()
        }
        "blake2s" if key.is_empty() => {
            let mut hasher = blake2::Blake2sVar::new(length).ok()?;
            blake2::digest::Update::update(&mut hasher, data);
            hasher.finalize_boxed().to_vec()
        }
        _ => return None,
    })
}

/// `zlib.crc32`, which `binascii` has too.
fn crc32(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(data) = vm.bytes_like(args.get(vm, 0)) else {
        return vm.fail_type("a bytes-like object is required");
    };
    let start = match args.get(vm, 1) {
        Value::Int(start) => start as u32,
        _ => 0,
    };
    let mut crc = !start;
    for &byte in &vm.heap[data].data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    ok(Value::Int((!crc).into()))
}
