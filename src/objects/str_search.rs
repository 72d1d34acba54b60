//! The methods of `str`, second part: searching, replacing, translating.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::Str;
use crate::text::surrogates::{self, RESERVED};
use crate::text::{self, Text, TextError, Translated};
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};
use compact_str::CompactString;
use num_traits::ToPrimitive as _;

pub(crate) const METHODS: &[NativeFn] = &[
    native("count", "self, sub, start=None, end=None, /", count),
    native(
        "endswith",
        "self, suffix, start=None, end=None, /",
        endswith,
    )
    .direct(|vm, args| match *args {
        [Value::Str(text), Value::Str(affix)] => {
            let found = vm.heap.text(text).ends_with(vm.heap.text(affix));
            Some(Value::Bool(found))
        }
        _ => None,
    }),
    native("find", "self, sub, start=None, end=None, /", find),
    native("index", "self, sub, start=None, end=None, /", index),
    native("removeprefix", "self, prefix, /", removeprefix),
    native("removesuffix", "self, suffix, /", removesuffix),
    native("replace", "self, old, new, /, count=-1", replace),
    native("rfind", "self, sub, start=None, end=None, /", rfind),
    native("rindex", "self, sub, start=None, end=None, /", rindex),
    native(
        "startswith",
        "self, prefix, start=None, end=None, /",
        startswith,
    )
    .direct(|vm, args| match *args {
        [Value::Str(text), Value::Str(affix)] => {
            let found = vm.heap.text(text).starts_with(vm.heap.text(affix));
            Some(Value::Bool(found))
        }
        _ => None,
    }),
    native("translate", "self, table, /", translate),
];

pub(crate) const STATIC_METHODS: &[NativeFn] =
    &[native("maketrans", "x, y=None, z=None, /", maketrans)];

type Search<R> = fn(Text<'_>, &str, Option<i64>, Option<i64>) -> R;

fn searched<R>(
    vm: &mut Vm,
    args: Args,
    name: &str,
    search: Search<R>,
) -> Result<R, crate::vm::Raise> {
    let id = vm.this_str(args, name)?;
    let needle = args.get(vm, 1);
    let Some(needle) = vm.as_str(needle) else {
        let message = format!(
            "{name}() argument 1 must be str, not {}",
            vm.type_name_or_none(needle)
        );
        return Err(vm.type_error(message));
    };
    let start = vm.bound_arg(args.get(vm, 2))?;
    let end = vm.bound_arg(args.get(vm, 3))?;
    Ok(search(vm.text_of(id), vm.heap.text(needle), start, end))
}

fn position(found: Option<usize>) -> NativeResult {
    ok(Value::Int(found.map_or(-1, |at| at as i64)))
}

fn required(vm: &mut Vm, found: Result<usize, TextError>) -> NativeResult {
    match found {
        Ok(at) => ok(Value::Int(at as i64)),
        Err(error) => Err(vm.text_error(error)),
    }
}

fn count(vm: &mut Vm, args: Args) -> NativeResult {
    let count = searched(vm, args, "count", text::count)?;
    ok(Value::Int(count as i64))
}
fn find(vm: &mut Vm, args: Args) -> NativeResult {
    position(searched(vm, args, "find", text::find)?)
}
fn rfind(vm: &mut Vm, args: Args) -> NativeResult {
    position(searched(vm, args, "rfind", text::rfind)?)
}
fn index(vm: &mut Vm, args: Args) -> NativeResult {
    let found = searched(vm, args, "index", text::index)?;
    required(vm, found)
}
fn rindex(vm: &mut Vm, args: Args) -> NativeResult {
    let found = searched(vm, args, "rindex", text::rindex)?;
    required(vm, found)
}

fn affixed(vm: &mut Vm, args: Args, name: &str, test: Search<bool>) -> NativeResult {
    let id = vm.this_str(args, name)?;
    let affix = args.get(vm, 1);
    let start = vm.bound_arg(args.get(vm, 2))?;
    let end = vm.bound_arg(args.get(vm, 3))?;
    match vm.native_value(affix) {
        Value::Str(affix) => ok(Value::Bool(test(
            vm.text_of(id),
            vm.heap.text(affix),
            start,
            end,
        ))),
        Value::Tuple(tuple) => {
            for &affix in &vm.heap[tuple].items {
                let Some(affix) = vm.as_str(affix) else {
                    let message = format!(
                        "tuple for {name} must only contain str, not {}",
                        vm.type_name(affix)
                    );
                    return vm.fail_type(message);
                };
                if test(vm.text_of(id), vm.heap.text(affix), start, end) {
                    return ok(Value::Bool(true));
                }
            }
            ok(Value::Bool(false))
        }
        other => {
            let message = format!(
                "{name} first arg must be str or a tuple of str, not {}",
                vm.type_name(other)
            );
            vm.fail_type(message)
        }
    }
}

fn startswith(vm: &mut Vm, args: Args) -> NativeResult {
    affixed(vm, args, "startswith", text::starts_with)
}
fn endswith(vm: &mut Vm, args: Args) -> NativeResult {
    affixed(vm, args, "endswith", text::ends_with)
}

type Remove = for<'a> fn(&'a str, &str) -> &'a str;

fn removed(vm: &mut Vm, args: Args, name: &str, remove: Remove) -> NativeResult {
    let id = vm.this_str(args, name)?;
    let affix = vm.str_arg(args.get(vm, 1), &format!("{name}() argument"))?;
    let text = CompactString::from(remove(vm.heap.text(id), vm.heap.text(affix)));
    ok(vm.heap.str(text))
}

fn removeprefix(vm: &mut Vm, args: Args) -> NativeResult {
    removed(vm, args, "removeprefix", text::remove_prefix)
}
fn removesuffix(vm: &mut Vm, args: Args) -> NativeResult {
    removed(vm, args, "removesuffix", text::remove_suffix)
}

fn replace(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "replace")?;
    let old = vm.str_arg(args.get(vm, 1), "replace() argument 1")?;
    let new = vm.str_arg(args.get(vm, 2), "replace() argument 2")?;
    let count = vm.index_arg(args.get(vm, 3).or(Value::Int(-1)))?;
    let (text, old, new) = (vm.heap.text(id), vm.heap.text(old), vm.heap.text(new));
    if let Some(need) = vm.lacks_room(text::replaced_size(text, old, new, count)) {
        return Ok(need);
    }
    let result = text::replace(text, old, new, count);
    ok(vm.heap.str(result))
}

fn translate(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "translate")?;
    let table = args.get(vm, 1);
    let Value::Dict(dict) = table else {
        if matches!(
            table,
            Value::Instance(_)
                | Value::List(_)
                | Value::Tuple(_)
                | Value::Str(_)
                | Value::Bytes(_)
                | Value::ByteArray(_)
        ) {
            return vm.call_prelude("_translate", &[Value::Str(id), table]);
        }
        let message = format!("'{}' object is not subscriptable", vm.type_name(table));
        return vm.fail_type(message);
    };
    let text = vm.heap.text(id).to_owned();
    let result = text::translate(&text, |c| {
        let code = surrogates::code_point(c);
        let key = Value::Int(i64::from(code));
        let place = vm.heap[dict].find(u64::from(code), |other| other == key);
        let Some(place) = place else {
            return Ok(Translated::Same);
        };
        match vm.heap[dict].entry(place).value {
            Value::None => Ok(Translated::Text("")),
            Value::Str(id) => Ok(Translated::Text(vm.heap.text(id))),
            Value::Int(code) => {
                let code = u32::try_from(code).unwrap_or(u32::MAX);
                match surrogates::from_code_point(code) {
                    Some(c) => Ok(Translated::Char(c)),
                    None if surrogates::is_reserved(code) => Err(TextError::value(RESERVED)),
                    None => Err(TextError::value(
                        "character mapping must be in range(0x110000)",
                    )),
                }
            }
            _ => Err(TextError::type_error(
                "character mapping must return integer, None or str",
            )),
        }
    });
    vm.text_result(result)
}

fn maketrans(vm: &mut Vm, args: Args) -> NativeResult {
    let (x, y, z) = (args.get(vm, 0), args.get(vm, 1), args.get(vm, 2));
    let table = vm.heap.new_dict(super::Dict::default());
    if y.is_undef() {
        let Value::Dict(source) = vm.native_value(x) else {
            return vm.fail_type("if you give only one argument to maketrans it must be a dict");
        };
        let entries: Vec<_> = vm.heap[source].iter().collect();
        for entry in entries {
            let key = match vm.native_value(entry.key) {
                Value::Str(id) => match one_char(vm, id) {
                    Some(c) => Value::Int(i64::from(surrogates::code_point(c))),
                    None => {
                        return Err(
                            vm.value_error("string keys in translate table must be of length 1")
                        );
                    }
                },
                key @ (Value::Int(_) | Value::Bool(_) | Value::BigInt(_)) => key,
                _ => return vm.fail_type("keys in translate table must be strings or integers"),
            };
            vm.dict_set(table, key, entry.value)?;
        }
        return ok(Value::Dict(table));
    }
    let from = vm.str_arg(
        x,
        "first maketrans argument must be a string if there is a second argument; it",
    );
    let Ok(from) = from else {
        return vm
            .fail_type("first maketrans argument must be a string if there is a second argument");
    };
    let to = vm.str_arg(y, "maketrans() argument 2")?;
    let from: Vec<char> = vm.heap.text(from).chars().collect();
    let to: Vec<char> = vm.heap.text(to).chars().collect();
    if from.len() != to.len() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    let code = |c: char| Value::Int(i64::from(surrogates::code_point(c)));
    for (from, to) in from.into_iter().zip(to) {
        vm.dict_set(table, code(from), code(to))?;
    }
    if !z.is_undef() {
        let removed = vm.str_arg(z, "maketrans() argument 3")?;
        let removed: Vec<char> = vm.heap.text(removed).chars().collect();
        for c in removed {
            vm.dict_set(table, code(c), Value::None)?;
        }
    }
    ok(Value::Dict(table))
}

/// The only character of a str.
pub(crate) fn one_char(vm: &Vm, id: Id<Str>) -> Option<char> {
    let mut chars = vm.heap.text(id).chars();
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

/// An int as a code point.
pub(crate) fn code_point(vm: &Vm, value: Value) -> Option<u32> {
    match vm.native_value(value) {
        Value::Int(int) => u32::try_from(int).ok(),
        Value::Bool(bool) => Some(u32::from(bool)),
        Value::BigInt(id) => vm.heap[id].to_u32(),
        _ => None,
    }
}
