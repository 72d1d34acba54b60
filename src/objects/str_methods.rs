//! The methods of `str`, first part: case, padding, stripping, predicates, joining, splitting. Searching, replacing and the
//! special methods are in `str_search.rs` and `str_special.rs`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::Str;
use crate::text::{self, TextError, predicates};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Vm, names, native, ok};
use compact_str::CompactString;

pub(crate) const METHODS: &[NativeFn] = &[
    native("capitalize", "self, /", capitalize),
    native("casefold", "self, /", casefold),
    native("center", "self, width, fillchar=' ', /", center),
    native("expandtabs", "self, /, tabsize=8", expandtabs),
    native("isalnum", "self, /", isalnum),
    native("isalpha", "self, /", isalpha),
    native("isascii", "self, /", isascii),
    native("isdecimal", "self, /", isdecimal),
    native("isdigit", "self, /", isdigit),
    native("isidentifier", "self, /", isidentifier),
    native("islower", "self, /", islower),
    native("isnumeric", "self, /", isnumeric),
    native("isprintable", "self, /", isprintable),
    native("isspace", "self, /", isspace),
    native("istitle", "self, /", istitle),
    native("isupper", "self, /", isupper),
    native("join", "self, iterable, /", join),
    native("ljust", "self, width, fillchar=' ', /", ljust),
    native("lower", "self, /", lower)
        .direct(|vm, args| ascii_mapped(vm, only_str(args)?, str::make_ascii_lowercase)),
    native("lstrip", "self, chars=None, /", lstrip),
    native("partition", "self, sep, /", partition),
    native("rjust", "self, width, fillchar=' ', /", rjust),
    native("rpartition", "self, sep, /", rpartition),
    native("rsplit", "self, /, sep=None, maxsplit=-1", rsplit),
    native("rstrip", "self, chars=None, /", rstrip),
    native("split", "self, /, sep=None, maxsplit=-1", split),
    native("splitlines", "self, /, keepends=False", splitlines),
    native("strip", "self, chars=None, /", strip).direct(|vm, args| {
        let id = only_str(args)?;
        let left = text::strip(vm.heap.text(id), None).into();
        Some(whole_or(vm, id, left))
    }),
    native("swapcase", "self, /", swapcase),
    native("title", "self, /", title),
    native("upper", "self, /", upper)
        .direct(|vm, args| ascii_mapped(vm, only_str(args)?, str::make_ascii_uppercase)),
    native("zfill", "self, width, /", zfill),
];

impl Vm {
    /// `s * times`
    pub(crate) fn repeat_str(&mut self, id: Id<Str>, times: usize) -> NativeResult {
        let object = &self.heap[id];
        match times {
            0 => return ok(Value::Str(crate::vm::names::EMPTY)),
            1 => return ok(Value::Str(id)),
            _ => {}
        }
        let size = object.size().saturating_mul(times);
        if size > isize::MAX as usize {
            return Err(Raise(
                self.new_exception_with(crate::vm::classes::MEMORY_ERROR, &[]),
            ));
        }
        if let Some(need) = self.lacks_room(size) {
            return Ok(need);
        }
        let text = self.heap.text(id).repeat(times);
        let object = Str::with_ascii(text, object.ascii());
        ok(Value::Str(self.heap.new_str(object)))
    }

    /// A result of the text layer as a native's answer.
    pub(crate) fn text_result(&mut self, result: Result<String, TextError>) -> NativeResult {
        match result {
            Ok(text) => ok(self.heap.str(text)),
            Err(error) => Err(self.text_error(error)),
        }
    }
}

fn mapped(vm: &mut Vm, args: Args, name: &str, map: fn(&str) -> String) -> NativeResult {
    let id = vm.this_str(args, name)?;
    let text = map(vm.heap.text(id));
    ok(vm.heap.str(text))
}

/// `str.upper` and the like of a str that is ASCII.
fn ascii_mapped(vm: &mut Vm, id: Id<Str>, map: fn(&mut str)) -> Option<Value> {
    if !vm.heap[id].ascii() {
        return None;
    }
    let mut text = vm.heap.copied_text(id);
    map(text.as_mut_str());
    Some(Value::Str(vm.heap.new_str(Str::with_ascii(text, true))))
}

/// The only argument, a str.
fn only_str(args: &[Value]) -> Option<Id<Str>> {
    match *args {
        [Value::Str(id)] => Some(id),
        _ => None,
    }
}

fn capitalize(vm: &mut Vm, args: Args) -> NativeResult {
    mapped(vm, args, "capitalize", text::capitalize)
}
fn casefold(vm: &mut Vm, args: Args) -> NativeResult {
    mapped(vm, args, "casefold", text::casefold)
}
fn lower(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "lower")?;
    match ascii_mapped(vm, id, str::make_ascii_lowercase) {
        Some(lower) => ok(lower),
        None => mapped(vm, args, "lower", text::lower),
    }
}
fn swapcase(vm: &mut Vm, args: Args) -> NativeResult {
    mapped(vm, args, "swapcase", text::swapcase)
}
fn title(vm: &mut Vm, args: Args) -> NativeResult {
    mapped(vm, args, "title", text::title)
}
fn upper(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "upper")?;
    match ascii_mapped(vm, id, str::make_ascii_uppercase) {
        Some(upper) => ok(upper),
        None => mapped(vm, args, "upper", text::upper),
    }
}

fn tested(vm: &mut Vm, args: Args, name: &str, test: fn(&str) -> bool) -> NativeResult {
    let id = vm.this_str(args, name)?;
    ok(Value::Bool(test(vm.heap.text(id))))
}

fn isalnum(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isalnum", predicates::is_alnum)
}
fn isalpha(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isalpha", predicates::is_alpha)
}
fn isascii(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isascii", str::is_ascii)
}
fn isdecimal(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isdecimal", predicates::is_decimal)
}
fn isdigit(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isdigit", predicates::is_digit)
}
fn isidentifier(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isidentifier", predicates::is_identifier)
}
fn islower(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "islower", predicates::is_lower)
}
fn isnumeric(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isnumeric", predicates::is_numeric)
}
fn isprintable(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isprintable", predicates::is_printable)
}
fn isspace(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isspace", predicates::is_space)
}
fn istitle(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "istitle", predicates::is_title)
}
fn isupper(vm: &mut Vm, args: Args) -> NativeResult {
    tested(vm, args, "isupper", predicates::is_upper)
}

type Pad = fn(text::Text<'_>, i64, char) -> Result<String, TextError>;

fn padded(vm: &mut Vm, args: Args, name: &str, pad: Pad) -> NativeResult {
    let id = vm.this_str(args, name)?;
    let width = vm.index_arg(args.get(vm, 1))?;
    let fill = args.get(vm, 2);
    let fill = if fill.is_undef() {
        ' '
    } else if let Some(fill) = vm.as_str(fill) {
        let mut chars = vm.heap.text(fill).chars();
        match (chars.next(), chars.next()) {
            (Some(fill), None) => fill,
            _ => return vm.fail_type("The fill character must be exactly one character long"),
        }
    } else {
        let message = format!(
            "The fill character must be a unicode character, not {}",
            vm.type_name(fill)
        );
        return vm.fail_type(message);
    };
    if let Some(need) = vm.lacks_room((width.max(0) as usize).saturating_mul(fill.len_utf8())) {
        return Ok(need);
    }
    let result = pad(vm.text_of(id), width, fill);
    vm.text_result(result)
}

fn center(vm: &mut Vm, args: Args) -> NativeResult {
    padded(vm, args, "center", text::center)
}
fn ljust(vm: &mut Vm, args: Args) -> NativeResult {
    padded(vm, args, "ljust", text::ljust)
}
fn rjust(vm: &mut Vm, args: Args) -> NativeResult {
    padded(vm, args, "rjust", text::rjust)
}

fn zfill(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "zfill")?;
    let width = vm.index_arg(args.get(vm, 1))?;
    if let Some(need) = vm.lacks_room(width.max(0) as usize) {
        return Ok(need);
    }
    let result = text::zfill(vm.text_of(id), width);
    vm.text_result(result)
}

fn expandtabs(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "expandtabs")?;
    let size = vm.index_arg(args.get(vm, 1).or(Value::Int(8)))?;
    if let Some(need) = vm.lacks_room(text::expanded_size(vm.heap.text(id), size)) {
        return Ok(need);
    }
    let result = text::expand_tabs(vm.heap.text(id), size);
    vm.text_result(result)
}

type Strip = for<'a> fn(&'a str, Option<&str>) -> &'a str;

fn stripped(vm: &mut Vm, args: Args, name: &str, strip: Strip) -> NativeResult {
    let id = vm.this_str(args, name)?;
    let chars = args.get(vm, 1);
    let chars = if chars.is_undef() || chars.is_none() {
        None
    } else {
        match vm.as_str(chars) {
            Some(chars) => Some(vm.heap.text(chars)),
            None => return vm.fail_type(format!("{name} arg must be None or str")),
        }
    };
    let left = strip(vm.heap.text(id), chars).into();
    ok(whole_or(vm, id, left))
}

/// What stripping has left of a str: the str itself if that is all of it.
fn whole_or(vm: &mut Vm, id: Id<Str>, left: CompactString) -> Value {
    match left.len() == vm.heap[id].size() {
        true => Value::Str(id),
        false => vm.heap.str(left),
    }
}

fn lstrip(vm: &mut Vm, args: Args) -> NativeResult {
    stripped(vm, args, "lstrip", text::lstrip)
}
fn rstrip(vm: &mut Vm, args: Args) -> NativeResult {
    stripped(vm, args, "rstrip", text::rstrip)
}
fn strip(vm: &mut Vm, args: Args) -> NativeResult {
    stripped(vm, args, "strip", text::strip)
}

type Partition = for<'a> fn(&'a str, &str) -> Result<[&'a str; 3], TextError>;

fn partitioned(vm: &mut Vm, args: Args, name: &str, partition: Partition) -> NativeResult {
    let id = vm.this_str(args, name)?;
    let separator = args.get(vm, 1);
    let Some(separator) = vm.as_str(separator) else {
        let message = format!("must be str, not {}", vm.type_name(separator));
        return vm.fail_type(message);
    };
    let parts = partition(vm.heap.text(id), vm.heap.text(separator))
        .map(|parts| parts.map(Box::<str>::from));
    match parts {
        Ok(parts) => {
            let parts = parts.map(|part| vm.heap.str(part));
            ok(vm.heap.tuple(parts))
        }
        Err(error) => Err(vm.text_error(error)),
    }
}

fn partition(vm: &mut Vm, args: Args) -> NativeResult {
    partitioned(vm, args, "partition", text::partition)
}
fn rpartition(vm: &mut Vm, args: Args) -> NativeResult {
    partitioned(vm, args, "rpartition", text::rpartition)
}

type Split = for<'a> fn(&'a str, Option<&str>, i64) -> Result<Vec<&'a str>, TextError>;

fn split_with(vm: &mut Vm, args: Args, name: &str, split: Split) -> NativeResult {
    let id = vm.this_str(args, name)?;
    let separator = args.get(vm, 1);
    let limit = args.get(vm, 2);
    let limit = if limit.is_undef() {
        -1
    } else {
        vm.index_arg(limit)?
    };
    let separator = if separator.is_undef() || separator.is_none() {
        None
    } else {
        match vm.as_str(separator) {
            Some(separator) => Some(vm.heap.text(separator)),
            None => {
                let message = format!("must be str or None, not {}", vm.type_name(separator));
                return vm.fail_type(message);
            }
        }
    };
    if let Some(&[byte]) = separator.map(str::as_bytes)
        && limit < 0
        && byte.is_ascii()
    {
        return Ok(Outcome::Value(vm.split_at_byte(id, byte)));
    }
    if separator.is_none() && limit < 0 && vm.heap[id].ascii() {
        return ok(vm.split_at_space(id));
    }
    let parts: Result<Vec<Str>, TextError> = split(vm.heap.text(id), separator, limit)
        .map(|parts| parts.into_iter().map(Str::new).collect());
    match parts {
        Ok(parts) => {
            let items = parts
                .into_iter()
                .map(|part| Value::Str(vm.heap.new_str(part)))
                .collect();
            ok(vm.heap.list(items))
        }
        Err(error) => Err(vm.text_error(error)),
    }
}

impl Vm {
    /// The parts between all bytes of a kind, an ASCII one.
    fn split_at_byte(&mut self, id: Id<Str>, byte: u8) -> Value {
        let text = self.heap.copied_text(id);
        let ascii = self.heap[id].ascii();
        let mut items = Vec::new();
        let mut from = 0;
        for end in memchr::memchr_iter(byte, text.as_bytes()).chain([text.len()]) {
            let part = &text[from..end];
            items.push(if ascii {
                self.ascii_part(part)
            } else {
                self.heap.str(part)
            });
            from = end + 1;
        }
        self.heap.list(items)
    }

    /// The words of an ASCII text.
    fn split_at_space(&mut self, id: Id<Str>) -> Value {
        let text = self.heap.copied_text(id);
        let mut items = Vec::new();
        let is_space = |byte: &u8| matches!(byte, b'\t'..=b'\r' | 0x1C..=b' ');
        let mut rest = text.as_str();
        loop {
            let bytes = rest.as_bytes();
            let Some(start) = bytes.iter().position(|byte| !is_space(byte)) else {
                break;
            };
            let size = bytes[start..].iter().position(is_space);
            let end = size.map_or(rest.len(), |size| start + size);
            items.push(self.ascii_part(&rest[start..end]));
            rest = &rest[end..];
        }
        self.heap.list(items)
    }

    /// A part of an ASCII text.
    #[inline]
    fn ascii_part(&mut self, part: &str) -> Value {
        match *part.as_bytes() {
            [] => Value::Str(names::EMPTY),
            [byte] => Value::Str(self.heap.ascii_char(byte)),
            _ => Value::Str(self.heap.new_str(Str::with_ascii(part, true))),
        }
    }
}

fn split(vm: &mut Vm, args: Args) -> NativeResult {
    split_with(vm, args, "split", text::split)
}
fn rsplit(vm: &mut Vm, args: Args) -> NativeResult {
    split_with(vm, args, "rsplit", text::rsplit)
}

fn splitlines(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "splitlines")?;
    let keep = vm.flag_arg(args.get(vm, 1));
    let lines: Vec<CompactString> = text::split_lines(vm.heap.text(id), keep)
        .into_iter()
        .map(CompactString::from)
        .collect();
    let items = lines.into_iter().map(|line| vm.heap.str(line)).collect();
    ok(vm.heap.list(items))
}

fn join(vm: &mut Vm, args: Args) -> NativeResult {
    let separator = vm.this_str(args, "join")?;
    let iterable = args.get(vm, 1);
    match vm.native_value(iterable) {
        Value::List(list) => {
            let joined = join_items(vm, separator, &vm.heap[list].items);
            joined_result(vm, joined)
        }
        Value::Tuple(tuple) => {
            let joined = join_items(vm, separator, &vm.heap[tuple].items);
            joined_result(vm, joined)
        }
        _ => {
            if !vm.is_iterable(iterable) {
                return vm.fail_type("can only join an iterable");
            }
            match vm.items_of(iterable)? {
                Some(items) => {
                    let joined = join_items(vm, separator, &items);
                    joined_result(vm, joined)
                }
                None => vm.call_prelude("_join", &[Value::Str(separator), iterable]),
            }
        }
    }
}

/// Why strings can't be joined.
enum NoJoin {
    /// This item is no str.
    Item(usize, Value),
    /// The result would have so many bytes.
    Size(usize),
}

fn join_items(vm: &Vm, separator: Id<Str>, items: &[Value]) -> Result<Str, NoJoin> {
    let mut ascii = vm.heap[separator].ascii() || items.len() < 2;
    let separator = vm.heap.text(separator);
    let mut size = separator
        .len()
        .saturating_mul(items.len().saturating_sub(1));
    for (at, &item) in items.iter().enumerate() {
        let Some(id) = vm.as_str(item) else {
            return Err(NoJoin::Item(at, item));
        };
        let object = &vm.heap[id];
        ascii &= object.ascii();
        size = size.saturating_add(object.size());
    }
    if vm.lacks_room(size).is_some() {
        return Err(NoJoin::Size(size));
    }
    let mut text = String::with_capacity(size);
    for (at, &item) in items.iter().enumerate() {
        if at > 0 {
            text.push_str(separator);
        }
        if let Some(id) = vm.as_str(item) {
            text.push_str(vm.heap.text(id));
        }
    }
    Ok(Str::with_ascii(text, ascii || size == 0))
}

fn joined_result(vm: &mut Vm, joined: Result<Str, NoJoin>) -> NativeResult {
    match joined {
        Ok(object) => ok(Value::Str(vm.heap.new_str(object))),
        Err(NoJoin::Size(size)) => Ok(crate::vm::Outcome::NeedMemory(size)),
        Err(NoJoin::Item(at, item)) => {
            let message = format!(
                "sequence item {at}: expected str instance, {} found",
                vm.type_name(item)
            );
            vm.fail_type(message)
        }
    }
}
