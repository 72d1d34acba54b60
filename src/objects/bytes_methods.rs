//! The methods that `bytes` and `bytearray` share with `str`. Each gives what it was called on: bytes, or a bytearray.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::Bytes;
use crate::text::{self, TextError, bytes as text_bytes};
use crate::vm::{Args, NativeFn, NativeResult, Raise, Vm, native, ok};

pub(crate) const METHODS: &[NativeFn] = &[
    native("capitalize", "self, /", capitalize),
    native("center", "self, width, fillchar=b' ', /", center),
    native("count", "self, sub, start=None, end=None, /", count),
    native(
        "endswith",
        "self, suffix, start=None, end=None, /",
        endswith,
    ),
    native("expandtabs", "self, /, tabsize=8", expandtabs),
    native("find", "self, sub, start=None, end=None, /", find),
    native("hex", "self, /, sep=None, bytes_per_sep=1", hex),
    native("index", "self, sub, start=None, end=None, /", index),
    native("isalnum", "self, /", isalnum),
    native("isalpha", "self, /", isalpha),
    native("isascii", "self, /", isascii),
    native("isdigit", "self, /", isdigit),
    native("islower", "self, /", islower),
    native("isspace", "self, /", isspace),
    native("istitle", "self, /", istitle),
    native("isupper", "self, /", isupper),
    native("join", "self, iterable_of_bytes, /", join),
    native("ljust", "self, width, fillchar=b' ', /", ljust),
    native("lower", "self, /", lower),
    native("lstrip", "self, bytes=None, /", lstrip),
    native("partition", "self, sep, /", partition),
    native("removeprefix", "self, prefix, /", removeprefix),
    native("removesuffix", "self, suffix, /", removesuffix),
    native("replace", "self, old, new, count=-1, /", replace),
    native("rfind", "self, sub, start=None, end=None, /", rfind),
    native("rindex", "self, sub, start=None, end=None, /", rindex),
    native("rjust", "self, width, fillchar=b' ', /", rjust),
    native("rpartition", "self, sep, /", rpartition),
    native("rsplit", "self, /, sep=None, maxsplit=-1", rsplit),
    native("rstrip", "self, bytes=None, /", rstrip),
    native("split", "self, /, sep=None, maxsplit=-1", split),
    native("splitlines", "self, /, keepends=False", splitlines),
    native(
        "startswith",
        "self, prefix, start=None, end=None, /",
        startswith,
    ),
    native("strip", "self, bytes=None, /", strip),
    native("swapcase", "self, /", swapcase),
    native("title", "self, /", title),
    native("translate", "self, table, /, delete=b''", translate),
    native("upper", "self, /", upper),
    native("zfill", "self, width, /", zfill),
];

pub(crate) const STATIC_METHODS: &[NativeFn] = &[native("maketrans", "frm, to, /", maketrans)];

impl Vm {
    /// A bytes-like argument.
    fn bytes_arg(&mut self, value: Value) -> Result<Id<Bytes>, Raise> {
        match self.bytes_like(value) {
            Some(id) => Ok(id),
            None => {
                let message = format!(
                    "a bytes-like object is required, not '{}'",
                    self.type_name(value)
                );
                Err(self.type_error(message))
            }
        }
    }

    /// A result of the text layer, of the kind of the receiver.
    fn bytes_result(&mut self, args: Args, result: Result<Vec<u8>, TextError>) -> NativeResult {
        match result {
            Ok(data) => {
                let like = args.get(self, 0);
                ok(self.same_bytes(like, data))
            }
            Err(error) => Err(self.text_error(error)),
        }
    }

    fn bytes_parts(&mut self, args: Args, parts: Vec<Vec<u8>>) -> Vec<Value> {
        let like = args.get(self, 0);
        parts
            .into_iter()
            .map(|part| self.same_bytes(like, part))
            .collect()
    }
}

fn mapped(vm: &mut Vm, args: Args, name: &str, map: fn(&[u8]) -> Vec<u8>) -> NativeResult {
    let id = vm.this_bytes(args, name)?;
    let data = map(&vm.heap[id].data);
    vm.bytes_result(args, Ok(data))
}

fn capitalize(vm: &mut Vm, args: Args) -> NativeResult {
    mapped(vm, args, "capitalize", text_bytes::capitalize)
}
fn lower(vm: &mut Vm, args: Args) -> NativeResult {
    mapped(vm, args, "lower", <[u8]>::to_ascii_lowercase)
}
fn swapcase(vm: &mut Vm, args: Args) -> NativeResult {
    mapped(vm, args, "swapcase", text_bytes::swapcase)
}
fn title(vm: &mut Vm, args: Args) -> NativeResult {
    mapped(vm, args, "title", text_bytes::title)
}
fn upper(vm: &mut Vm, args: Args) -> NativeResult {
    mapped(vm, args, "upper", <[u8]>::to_ascii_uppercase)
}

fn tested(vm: &mut Vm, args: Args, name: &str, test: fn(&[u8]) -> bool) -> NativeResult {
    let id = vm.this_bytes(args, name)?;
    ok(Value::Bool(test(&vm.heap[id].data)))
}

fn isalnum(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isalnum", text_bytes::is_alnum)
}
fn isalpha(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isalpha", text_bytes::is_alpha)
}
fn isascii(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isascii", <[u8]>::is_ascii)
}
fn isdigit(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isdigit", text_bytes::is_digit)
}
fn islower(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "islower", text_bytes::is_lower)
}
fn isspace(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isspace", text_bytes::is_space)
}
fn istitle(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "istitle", text_bytes::is_title)
}
fn isupper(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isupper", text_bytes::is_upper)
}

type Pad = fn(&[u8], i64, u8) -> Result<Vec<u8>, TextError>;

fn padded(vm: &mut Vm, args: Args, name: &str, pad: Pad) -> NativeResult {
    let id = vm.this_bytes(args, name)?;
    let width = vm.index_arg(args.get(vm, 1))?;
    let fill = args.get(vm, 2);
    let fill = if fill.is_undef() {
        b' '
    } else {
        match vm.as_bytes(fill).map(|fill| &vm.heap[fill].data[..]) {
            Some(&[fill]) => fill,
            _ => {
                let got = vm.type_name(fill);
                let message =
                    format!("{name}() argument 2 must be a byte string of length 1, not {got}");
                return vm.fail_type(message);
            }
        }
    };
    if let Some(need) = vm.lacks_room(width.max(0) as usize) {
        return Ok(need);
    }
    let result = pad(&vm.heap[id].data, width, fill);
    vm.bytes_result(args, result)
}

fn center(vm: &mut Vm, args: Args) -> NativeResult {
    padded(vm, args, "center", text_bytes::center)
}
fn ljust(vm: &mut Vm, args: Args) -> NativeResult {
    padded(vm, args, "ljust", text_bytes::ljust)
}
fn rjust(vm: &mut Vm, args: Args) -> NativeResult {
    padded(vm, args, "rjust", text_bytes::rjust)
}

fn zfill(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_bytes(args, "zfill")?;
    let width = vm.index_arg(args.get(vm, 1))?;
    if let Some(need) = vm.lacks_room(width.max(0) as usize) {
        return Ok(need);
    }
    let result = text_bytes::zfill(&vm.heap[id].data, width);
    vm.bytes_result(args, result)
}

fn expandtabs(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_bytes(args, "expandtabs")?;
    let size = vm.index_arg(args.get(vm, 1).or(Value::Int(8)))?;
    let tabs = vm.heap[id]
        .data
        .iter()
        .filter(|&&byte| byte == b'\t')
        .count();
    if let Some(need) = vm.lacks_room(tabs.saturating_mul(size.max(0) as usize)) {
        return Ok(need);
    }
    let result = text_bytes::expand_tabs(&vm.heap[id].data, size);
    vm.bytes_result(args, result)
}

type Search<R> = fn(&[u8], &[u8], Option<i64>, Option<i64>) -> R;

fn searched<R>(vm: &mut Vm, args: Args, name: &str, search: Search<R>) -> Result<R, Raise> {
    let id = vm.this_bytes(args, name)?;
    let needle = args.get(vm, 1);
    let needle = match vm.bytes_like(needle) {
        Some(needle) => vm.heap[needle].data.clone(),
        None if vm.int_ref(needle).is_some() => {
            vec![vm.byte_arg(needle, text_bytes::byte_in_array)?]
        }
        None => {
            let got = vm.type_name(needle);
            let message = format!("argument should be integer or bytes-like object, not '{got}'");
            let raise = vm.type_error(message);
            return Err(vm.want_index(needle, raise));
        }
    };
    let start = vm.bound_arg(args.get(vm, 2))?;
    let end = vm.bound_arg(args.get(vm, 3))?;
    Ok(search(&vm.heap[id].data, &needle, start, end))
}

fn count(vm: &mut Vm, args: Args) -> NativeResult {
    let count = searched(vm, args, "count", text_bytes::count)?;
    ok(Value::Int(count as i64))
}
fn find(vm: &mut Vm, args: Args) -> NativeResult {
    let found = searched(vm, args, "find", text_bytes::find)?;
    ok(Value::Int(found.map_or(-1, |at| at as i64)))
}
fn rfind(vm: &mut Vm, args: Args) -> NativeResult {
    let found = searched(vm, args, "rfind", text_bytes::rfind)?;
    ok(Value::Int(found.map_or(-1, |at| at as i64)))
}
fn index(vm: &mut Vm, args: Args) -> NativeResult {
    match searched(vm, args, "index", text_bytes::find)? {
        Some(at) => ok(Value::Int(at as i64)),
        None => Err(vm.text_error(text_bytes::not_found())),
    }
}
fn rindex(vm: &mut Vm, args: Args) -> NativeResult {
    match searched(vm, args, "rindex", text_bytes::rfind)? {
        Some(at) => ok(Value::Int(at as i64)),
        None => Err(vm.text_error(text_bytes::not_found())),
    }
}

fn affixed(vm: &mut Vm, args: Args, name: &str, test: Search<bool>) -> NativeResult {
    let id = vm.this_bytes(args, name)?;
    let affix = args.get(vm, 1);
    let start = vm.bound_arg(args.get(vm, 2))?;
    let end = vm.bound_arg(args.get(vm, 3))?;
    let shown = vm.bytes_like(affix).map(Value::Bytes);
    match shown.unwrap_or(vm.native_value(affix)) {
        Value::Bytes(affix) | Value::ByteArray(affix) => ok(Value::Bool(test(
            &vm.heap[id].data,
            &vm.heap[affix].data,
            start,
            end,
        ))),
        Value::Tuple(tuple) => {
            let affixes = vm.heap[tuple].items.to_vec();
            for affix in affixes {
                let affix = vm.bytes_arg(affix)?;
                if test(&vm.heap[id].data, &vm.heap[affix].data, start, end) {
                    return ok(Value::Bool(true));
                }
            }
            ok(Value::Bool(false))
        }
        _ => {
            let got = vm.type_name(affix);
            let message = format!("{name} first arg must be bytes or a tuple of bytes, not {got}");
            vm.fail_type(message)
        }
    }
}

fn startswith(vm: &mut Vm, args: Args) -> NativeResult {
    affixed(vm, args, "startswith", text_bytes::starts_with)
}
fn endswith(vm: &mut Vm, args: Args) -> NativeResult {
    affixed(vm, args, "endswith", text_bytes::ends_with)
}

fn hex(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_bytes(args, "hex")?;
    let [separator, group] = [1, 2].map(|at| args.get(vm, at));
    let group = vm.index_arg(group.or(Value::Int(1)))?;
    let separator = if separator.is_undef() {
        None
    } else {
        let checked = match vm.native_value(separator) {
            Value::Str(id) => text_bytes::hex_separator(vm.heap.text(id)),
            Value::Bytes(id) | Value::ByteArray(id) => {
                text_bytes::hex_separator(&String::from_utf8_lossy(&vm.heap[id].data))
            }
            _ => {
                let message = format!("object of type '{}' has no len()", vm.type_name(separator));
                return vm.fail_type(message);
            }
        };
        Some((checked.map_err(|error| vm.text_error(error))?, group))
    };
    let text = text_bytes::hex(&vm.heap[id].data, separator);
    ok(vm.heap.str(text))
}

type Strip = for<'a> fn(&'a [u8], Option<&[u8]>) -> &'a [u8];

fn stripped(vm: &mut Vm, args: Args, name: &str, strip: Strip) -> NativeResult {
    let id = vm.this_bytes(args, name)?;
    let bytes = args.get(vm, 1);
    let bytes = if bytes.is_undef() || bytes.is_none() {
        None
    } else {
        Some(vm.bytes_arg(bytes)?)
    };
    let data = strip(
        &vm.heap[id].data,
        bytes.map(|bytes| &vm.heap[bytes].data[..]),
    )
    .to_vec();
    vm.bytes_result(args, Ok(data))
}

fn lstrip(vm: &mut Vm, args: Args) -> NativeResult {
    stripped(vm, args, "lstrip", text_bytes::lstrip)
}
fn rstrip(vm: &mut Vm, args: Args) -> NativeResult {
    stripped(vm, args, "rstrip", text_bytes::rstrip)
}
fn strip(vm: &mut Vm, args: Args) -> NativeResult {
    stripped(vm, args, "strip", text_bytes::strip)
}

type Remove = for<'a> fn(&'a [u8], &[u8]) -> &'a [u8];

fn removed(vm: &mut Vm, args: Args, name: &str, remove: Remove) -> NativeResult {
    let id = vm.this_bytes(args, name)?;
    let affix = vm.bytes_arg(args.get(vm, 1))?;
    let data = remove(&vm.heap[id].data, &vm.heap[affix].data).to_vec();
    vm.bytes_result(args, Ok(data))
}

fn removeprefix(vm: &mut Vm, args: Args) -> NativeResult {
    removed(vm, args, "removeprefix", text_bytes::remove_prefix)
}
fn removesuffix(vm: &mut Vm, args: Args) -> NativeResult {
    removed(vm, args, "removesuffix", text_bytes::remove_suffix)
}

fn replace(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_bytes(args, "replace")?;
    let old = vm.bytes_arg(args.get(vm, 1))?;
    let new = vm.bytes_arg(args.get(vm, 2))?;
    let count = vm.index_arg(args.get(vm, 3).or(Value::Int(-1)))?;
    let (data, old, new) = (&vm.heap[id].data, &vm.heap[old].data, &vm.heap[new].data);
    if let Some(need) = vm.lacks_room(text_bytes::replaced_size(data, old, new, count)) {
        return Ok(need);
    }
    let data = text_bytes::replace(data, old, new, count);
    vm.bytes_result(args, Ok(data))
}

type Partition = for<'a> fn(&'a [u8], &[u8]) -> Result<[&'a [u8]; 3], TextError>;

fn partitioned(vm: &mut Vm, args: Args, name: &str, partition: Partition) -> NativeResult {
    let id = vm.this_bytes(args, name)?;
    let separator = vm.bytes_arg(args.get(vm, 1))?;
    let parts = partition(&vm.heap[id].data, &vm.heap[separator].data)
        .map(|parts| parts.map(<[u8]>::to_vec));
    match parts {
        Ok(parts) => {
            let parts = vm.bytes_parts(args, parts.into());
            ok(vm.heap.tuple(parts))
        }
        Err(error) => Err(vm.text_error(error)),
    }
}

fn partition(vm: &mut Vm, args: Args) -> NativeResult {
    partitioned(vm, args, "partition", text_bytes::partition)
}
fn rpartition(vm: &mut Vm, args: Args) -> NativeResult {
    partitioned(vm, args, "rpartition", text_bytes::rpartition)
}

type Split = for<'a> fn(&'a [u8], Option<&[u8]>, i64) -> Result<Vec<&'a [u8]>, TextError>;

fn split_with(vm: &mut Vm, args: Args, name: &str, split: Split) -> NativeResult {
    let id = vm.this_bytes(args, name)?;
    let [separator, limit] = [1, 2].map(|at| args.get(vm, at));
    let limit = vm.index_arg(limit.or(Value::Int(-1)))?;
    let separator = if separator.is_undef() || separator.is_none() {
        None
    } else {
        Some(vm.bytes_arg(separator)?)
    };
    let parts = split(
        &vm.heap[id].data,
        separator.map(|separator| &vm.heap[separator].data[..]),
        limit,
    )
    .map(|parts| parts.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
    match parts {
        Ok(parts) => {
            let parts = vm.bytes_parts(args, parts);
            ok(vm.heap.list(parts))
        }
        Err(error) => Err(vm.text_error(error)),
    }
}

fn split(vm: &mut Vm, args: Args) -> NativeResult {
    split_with(vm, args, "split", text_bytes::split)
}
fn rsplit(vm: &mut Vm, args: Args) -> NativeResult {
    split_with(vm, args, "rsplit", text_bytes::rsplit)
}

fn splitlines(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_bytes(args, "splitlines")?;
    let keep = vm.flag_arg(args.get(vm, 1));
    let parts = text_bytes::split_lines(&vm.heap[id].data, keep)
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect();
    let parts = vm.bytes_parts(args, parts);
    ok(vm.heap.list(parts))
}

fn join(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_bytes(args, "join")?;
    let iterable = args.get(vm, 1);
    if !vm.is_iterable(iterable) {
        return vm.fail_type("can only join an iterable");
    }
    let Some(items) = vm.items_of(iterable)? else {
        let this = vm.native_value(args.get(vm, 0));
        return vm.call_prelude("_join", &[this, iterable]);
    };
    let mut data = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let Some(part) = vm.bytes_like(item) else {
            let got = vm.type_name(item);
            let message = format!("sequence item {at}: expected a bytes-like object, {got} found");
            return vm.fail_type(message);
        };
        if at > 0 {
            data.extend_from_slice(&vm.heap[id].data);
        }
        data.extend_from_slice(&vm.heap[part].data);
    }
    vm.bytes_result(args, Ok(data))
}

fn translate(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_bytes(args, "translate")?;
    let [table, delete] = [1, 2].map(|at| args.get(vm, at));
    let table = if table.is_none() {
        None
    } else {
        Some(vm.bytes_arg(table)?)
    };
    let delete = if delete.is_undef() {
        Vec::new()
    } else {
        let delete = vm.bytes_arg(delete)?;
        vm.heap[delete].data.clone()
    };
    let table = table.map(|table| &vm.heap[table].data[..]);
    let result = text_bytes::translate(&vm.heap[id].data, table, &delete);
    vm.bytes_result(args, result)
}

fn maketrans(vm: &mut Vm, args: Args) -> NativeResult {
    let from = vm.bytes_arg(args.get(vm, 0))?;
    let to = vm.bytes_arg(args.get(vm, 1))?;
    match text::bytes::make_table(&vm.heap[from].data, &vm.heap[to].data) {
        Ok(data) => ok(Value::Bytes(vm.heap.new_bytes(Bytes { data }))),
        Err(error) => Err(vm.text_error(error)),
    }
}
