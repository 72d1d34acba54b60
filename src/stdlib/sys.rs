//! The native part of `sys`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::Value;
use crate::vm::{Args, NativeFn, NativeResult, Raise, Stream, Vm, classes, native, ok};

/// Functions that `sys.acoro` makes public.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("setrecursionlimit", "limit, /", set_recursion_limit),
    native("getrecursionlimit", "", recursion_limit),
    native("get_int_max_str_digits", "", int_max_str_digits),
    native(
        "set_int_max_str_digits",
        "maxdigits",
        set_int_max_str_digits,
    ),
    native("exit", "status=None, /", exit),
    native("exc_info", "", exc_info),
    native("exception", "", exception),
    native("intern", "string, /", intern),
    native("_argv", "", argv),
    native("_stdin_line", "", stdin_line),
    native("_write", "stream, text, /", write),
    native("_modules", "", modules),
    native("_path", "", path),
    native("getsizeof", "object, default=0, /", size_of),
];

/// What other modules of acoro need.
pub(crate) const CALLER: &[NativeFn] = &[native("_caller_module", "", caller_module)];

/// The name of the module of the innermost running function that is not acoro's own.
fn caller_module(vm: &mut Vm, _args: Args) -> NativeResult {
    let code = vm
        .fiber
        .frames
        .iter()
        .rev()
        .filter(|frame| frame.has_code())
        .map(|frame| vm.heap[frame.function].code)
        .find(|&code| !vm.is_hidden(code));
    let Some(code) = code else {
        return ok(Value::Str(crate::vm::names::MAIN));
    };
    let module = vm.codes[code as usize].module;
    match vm.module_variable(module, crate::vm::names::NAME) {
        name @ Value::Str(_) => ok(name),
        _ => ok(Value::Str(crate::vm::names::MAIN)),
    }
}

fn set_recursion_limit(vm: &mut Vm, args: Args) -> NativeResult {
    match args.get(vm, 0) {
        Value::Int(limit) if limit >= 1 => {
            let limit = u32::try_from(limit).unwrap_or(u32::MAX);
            if limit <= vm.top().depth {
                let depth = vm.top().depth;
                return Err(vm.raise(
                    classes::RECURSION_ERROR,
                    format!("cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"),
                ));
            }
            vm.recursion_limit = limit.min(vm.limits.recursion);
            ok(Value::None)
        }
        Value::Int(_) => Err(vm.value_error("recursion limit must be greater or equal than 1")),
        other => {
            let name = vm.type_name(other).to_owned();
            vm.fail_type(format!(
                "'{name}' object cannot be interpreted as an integer"
            ))
        }
    }
}

fn stdin_line(vm: &mut Vm, _args: Args) -> NativeResult {
    vm.call_prelude("_read_line", &[])
}

fn recursion_limit(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::Int(i64::from(vm.recursion_limit)))
}

fn int_max_str_digits(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::Int(i64::from(vm.int_digits)))
}

fn set_int_max_str_digits(vm: &mut Vm, args: Args) -> NativeResult {
    match vm.native_value(args.get(vm, 0)) {
        Value::Int(digits @ (0 | 640..=0x7fff_ffff)) => {
            vm.int_digits = digits as u32;
            ok(Value::None)
        }
        Value::Int(_) => Err(vm.value_error("maxdigits must be 0 or larger than 640")),
        other => {
            let name = vm.type_name(other).to_owned();
            vm.fail_type(format!(
                "'{name}' object cannot be interpreted as an integer"
            ))
        }
    }
}

fn exit(vm: &mut Vm, args: Args) -> NativeResult {
    let status = args.get(vm, 0);
    let exception = match status {
        Value::Undef => vm.new_exception_with(classes::SYSTEM_EXIT, &[]),
        Value::Tuple(args) => vm.exception_from_tuple(classes::SYSTEM_EXIT, args),
        status => vm.new_exception_with(classes::SYSTEM_EXIT, &[status]),
    };
    Err(Raise(exception))
}

fn exc_info(vm: &mut Vm, _args: Args) -> NativeResult {
    let info = match vm.handled {
        Some(exception) => {
            let class = vm.heap[exception].class;
            let object = Value::Instance(exception);
            let traceback = vm
                .builtin_attribute(object, crate::vm::names::TRACEBACK)?
                .unwrap_or(Value::None);
            vec![Value::Class(class), object, traceback]
        }
        None => vec![Value::None; 3],
    };
    ok(vm.heap.tuple(info))
}

fn exception(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(vm.handled.map_or(Value::None, Value::Instance))
}

fn intern(vm: &mut Vm, args: Args) -> NativeResult {
    match args.get(vm, 0) {
        Value::Str(id) => ok(Value::Str(vm.heap.intern_id(id))),
        other => {
            let name = vm.type_name(other).to_owned();
            vm.fail_type(format!("intern() argument must be str, not {name}"))
        }
    }
}

fn argv(vm: &mut Vm, _args: Args) -> NativeResult {
    let texts = vm.argv.clone();
    let items = texts.into_iter().map(|text| vm.heap.str(text)).collect();
    ok(vm.heap.list(items))
}

fn write(vm: &mut Vm, args: Args) -> NativeResult {
    let stream = match args.get(vm, 0) {
        Value::Int(2) => Stream::Err,
        _ => Stream::Out,
    };
    match vm.native_value(args.get(vm, 1)) {
        Value::Str(id) => {
            vm.write_str(stream, id)?;
            ok(Value::Int(vm.heap.str_length(id) as i64))
        }
        other => {
            let name = vm.type_name(other).to_owned();
            vm.fail_type(format!("write() argument must be str, not {name}"))
        }
    }
}

fn modules(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::Dict(vm.modules))
}

fn path(vm: &mut Vm, _args: Args) -> NativeResult {
    ok(vm.path)
}

fn size_of(_vm: &mut Vm, _args: Args) -> NativeResult {
    ok(Value::Int(64))
}
