//! `print`, `repr`, `ascii`, `format`, and what the prelude needs of them.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::BINARY_OPERATORS;
use crate::heap::{Id, Value};
use crate::objects::{Module, Str};
use crate::text::surrogates::has_surrogates;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Stream, Vm, native, ok};

pub(crate) const BUILTINS: &[NativeFn] = &[
    native("ascii", "obj, /", ascii),
    native("exit", "code=None", exit),
    native("format", "value, format_spec='', /", format_builtin),
    native("input", "prompt='', /", input),
    native(
        "print",
        "*args, sep=' ', end='\\n', file=None, flush=False",
        print,
    ),
    native("quit", "code=None", exit),
    native("repr", "obj, /", repr),
];

pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_write_out", "text, /", write_out),
    native("_show_within", "containers, /", show_within),
    native("_show_done", "count, /", show_done),
    native(
        "_operate_natively",
        "code, a, b, in_place, /",
        operate_natively,
    ),
    native("_operate_again", "code, a, b, /", operate_again),
    native("_operator_fails", "code, a, b, in_place, /", operator_fails),
];

fn exit(vm: &mut Vm, args: Args) -> NativeResult {
    let code = args.get(vm, 0).or_none();
    vm.call_prelude("_exit", &[code])
}

fn input(vm: &mut Vm, args: Args) -> NativeResult {
    let prompt = match args.get(vm, 0) {
        Value::Undef => vm.heap.str(""),
        prompt => prompt,
    };
    vm.call_prelude("_input", &[prompt])
}

fn ascii(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    vm.ascii_value(value)
}

fn repr(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    vm.repr_value(value)
}

fn format_builtin(vm: &mut Vm, args: Args) -> NativeResult {
    let [value, spec] = [0, 1].map(|at| args.get(vm, at));
    if spec.is_undef() {
        return vm.format_value(value, "");
    }
    match vm.as_str(spec) {
        Some(spec) => vm.format_value_with(value, spec),
        None => {
            let message = format!(
                "format() argument 2 must be str, not {}",
                vm.type_name_or_none(spec)
            );
            vm.fail_type(message)
        }
    }
}

/// A separator or ending: a str, or None for the default.
fn print_option(vm: &mut Vm, value: Value, name: &str, default: &str) -> Result<Value, Raise> {
    if value.is_undef() || value.is_none() {
        return Ok(Value::Str(vm.heap.intern(default)));
    }
    match vm.as_str(value) {
        Some(id) => Ok(Value::Str(id)),
        None => {
            let message = format!(
                "{name} must be None or a string, not {}",
                vm.type_name(value)
            );
            Err(vm.type_error(message))
        }
    }
}

fn print(vm: &mut Vm, args: Args) -> NativeResult {
    let file = args.get(vm, 2);
    let file = if file.is_undef() || file.is_none() {
        vm.redirected_output()
    } else {
        file
    };
    if file.is_none() {
        // `sys.stdout = None` silences a program.
        return ok(Value::None);
    }
    let plain = args.get(vm, 0).is_undef() && args.get(vm, 1).is_undef();
    let (sep, end) = if plain {
        (Value::Undef, Value::Undef)
    } else {
        let (sep, end) = (args.get(vm, 0), args.get(vm, 1));
        (
            print_option(vm, sep, "sep", " ")?,
            print_option(vm, end, "end", "\n")?,
        )
    };
    let count = args.len().saturating_sub(FIRST);
    if file.is_undef() {
        let mut out = String::new();
        let mut written = 0;
        let mut failed = None;
        while written < count && failed.is_none() {
            if written > 0 {
                push_option(vm, &mut out, sep, " ");
            }
            let value = args.get(vm, FIRST + written);
            match vm.push_str(&mut out, value) {
                Ok(true) => written += 1,
                Ok(false) => break,
                Err(raise) => failed = Some(raise),
            }
        }
        if written == count {
            push_option(vm, &mut out, end, "\n");
        }
        // What can't be written is an error of its own piece, and the pieces before are written.
        let writable = !has_surrogates(&out);
        if writable && (written == count || failed.is_some()) {
            vm.write(Stream::Out, &out);
            return failed.map_or(ok(Value::None), Err);
        }
    }
    let values: Vec<Value> = args.rest(vm, FIRST).to_vec();
    let values = vm.heap.tuple(values);
    let sep = print_option(vm, sep, "sep", " ")?;
    let end = print_option(vm, end, "end", "\n")?;
    let flush = args.get(vm, 3).or(Value::Bool(false));
    vm.call_prelude("_print", &[values, sep, end, file.or_none(), flush])
}

/// The first of the printed values among the arguments.
const FIRST: usize = 4;

fn push_option(vm: &Vm, out: &mut String, option: Value, default: &str) {
    match option {
        Value::Str(id) => out.push_str(vm.heap.text(id)),
        _ => out.push_str(default),
    }
}

impl Vm {
    /// Writes a str to a standard stream. Both are UTF-8; standard error shows lone surrogates as escapes.
    pub(crate) fn write_str(&mut self, stream: Stream, id: Id<Str>) -> Result<(), Raise> {
        let text = self.heap.text(id);
        let text = match stream {
            Stream::Out if has_surrogates(text) => {
                // There is no UTF-8 of it, which is the error.
                return self
                    .encode_text(id, Value::Undef, Value::Undef, "write")
                    .map(drop);
            }
            Stream::Out | Stream::Err => text.to_owned(),
        };
        self.write(stream, &text);
        Ok(())
    }

    /// What `sys.stdout` was replaced by; unset while it is the standard stream itself.
    fn redirected_output(&self) -> Value {
        let variable = |module: &Module, name: &str| {
            let slot = *module.globals.get(&self.heap.interned(name)?)?;
            Some(self.globals[slot as usize])
        };
        let streams = || {
            let Value::Module(module) =
                self.dict_get_str(self.modules, self.heap.interned("sys")?)?
            else {
                return None;
            };
            let module = &self.heap[module];
            Some((variable(module, "stdout")?, variable(module, "__stdout__")?))
        };
        match streams() {
            Some((now, standard)) if now != standard => now,
            // `sys.stdout.write = function`
            Some((now @ Value::Instance(stream), _)) => {
                let name = self.heap.interned("write");
                match name.and_then(|name| self.own_attribute(stream, name)) {
                    Some(_) => now,
                    None => Value::Undef,
                }
            }
            _ => Value::Undef,
        }
    }
}

fn write_out(vm: &mut Vm, args: Args) -> NativeResult {
    if let Some(id) = vm.as_str(args.get(vm, 0)) {
        vm.write_str(Stream::Out, id)?;
    }
    ok(Value::None)
}

fn show_within(vm: &mut Vm, args: Args) -> NativeResult {
    if let Value::Tuple(id) = args.get(vm, 0) {
        let containers = vm.heap[id].items.to_vec();
        vm.shown.extend(containers);
    }
    ok(Value::None)
}

fn show_done(vm: &mut Vm, args: Args) -> NativeResult {
    if let Value::Int(count) = args.get(vm, 0) {
        let left = vm.shown.len().saturating_sub(count as usize);
        vm.shown.truncate(left);
    }
    ok(Value::None)
}

fn operate_natively(vm: &mut Vm, args: Args) -> NativeResult {
    let [code, a, b, in_place] = [0, 1, 2, 3].map(|at| args.get(vm, at));
    let op = match code {
        Value::Int(code) => BINARY_OPERATORS[code as usize],
        _ => BINARY_OPERATORS[0],
    };
    let outcome = vm.binary_unwrapped(op, a, b, in_place == Value::Bool(true))?;
    Ok(outcome.unwrap_or(Outcome::Value(Value::NotImplemented)))
}

fn operate_again(vm: &mut Vm, args: Args) -> NativeResult {
    let [code, a, b] = [0, 1, 2].map(|at| args.get(vm, at));
    let op = match code {
        Value::Int(code) => BINARY_OPERATORS[code as usize],
        _ => BINARY_OPERATORS[0],
    };
    vm.binary_after_in_place(op, a, b)
}

fn operator_fails(vm: &mut Vm, args: Args) -> NativeResult {
    let [code, a, b, in_place] = [0, 1, 2, 3].map(|at| args.get(vm, at));
    let op = match code {
        Value::Int(code) => BINARY_OPERATORS[code as usize],
        _ => BINARY_OPERATORS[0],
    };
    vm.unsupported(op, a, b, in_place == Value::Bool(true))
}
