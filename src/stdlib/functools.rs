//! The look-up of `lru_cache`.

use crate::heap::Value;
use crate::objects::Lookup;
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[native(
    "_find_result",
    "cache, key, last, missing, /",
    find_result,
)];

/// What the cache has for a key, put last if `last` says so; `missing` if it has nothing; NotImplemented if script code has to
/// compare.
fn find_result(vm: &mut Vm, args: Args) -> NativeResult {
    let (Value::Dict(cache), key) = (args.get(vm, 0), args.get(vm, 1)) else {
        return ok(Value::NotImplemented);
    };
    let last = matches!(args.get(vm, 2), Value::Bool(true));
    let found = if last {
        vm.dict_remove(cache, key)?
    } else {
        vm.dict_get(cache, key)?
    };
    match found {
        Lookup::Found(value) => {
            if last && !vm.dict_set(cache, key, value)? {
                return ok(Value::NotImplemented);
            }
            ok(value)
        }
        Lookup::Missing => ok(args.get(vm, 3)),
        Lookup::Script => ok(Value::NotImplemented),
    }
}
