//! `str()`, `ascii()` and `format()` of any value: natively where possible, else through the prelude.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::NativeBase;
use crate::heap::{Id, Value};
use crate::objects::{Instance, Str};
use crate::text::{self, IntRef};
use crate::vm::{NativeResult, Raise, Vm, classes, names, ok};

impl Vm {
    /// The str, or None when script code has a say in it.
    pub(crate) fn str(&mut self, value: Value) -> Result<Option<String>, Raise> {
        let mut out = String::new();
        if self.push_str(&mut out, value)? {
            Ok(Some(out))
        } else {
            Ok(None)
        }
    }

    /// Writes the str of a value; false, and nothing written, when script code has a say in it.
    pub(crate) fn push_str(&mut self, out: &mut String, value: Value) -> Result<bool, Raise> {
        let mut value = value;
        loop {
            match value {
                Value::Str(id) => out.push_str(self.heap.text(id)),
                Value::Primitive(id) if self.is_queue(id) => match self.queue_text(id, false) {
                    Some(text) => out.push_str(&text),
                    None => return Ok(false),
                },
                Value::Instance(id) => match self.plain_str_of(id) {
                    PlainStr::Script => return Ok(false),
                    PlainStr::Of(inner) => {
                        value = inner;
                        continue;
                    }
                    PlainStr::Repr(inner) => return self.push_repr(out, inner),
                    PlainStr::Text(text) => out.push_str(&text),
                },
                _ => return self.push_repr(out, value),
            }
            return Ok(true);
        }
    }

    fn push_repr(&mut self, out: &mut String, value: Value) -> Result<bool, Raise> {
        if self.push_simple_repr(out, value) {
            return Ok(true);
        }
        Ok(match self.repr(value)? {
            Some(text) => {
                out.push_str(&text);
                true
            }
            None => false,
        })
    }

    /// `str(value)`
    pub(crate) fn str_value(&mut self, value: Value) -> NativeResult {
        match value {
            Value::Str(_) => return ok(value),
            Value::Int(int) => return ok(self.heap.int_str(int)),
            Value::Instance(id) => {
                let specials = self.heap[self.heap[id].class].specials;
                if specials.str {
                    return self.call_for_text(value, names::STR, names::STR);
                }
                if specials.repr && self.str_is_repr(id) {
                    return self.call_for_text(value, names::REPR, names::STR);
                }
                let mut out = String::new();
                if self.push_str(&mut out, value)? {
                    return ok(self.heap.str(out));
                }
                return match self.plain_str_of(id) {
                    PlainStr::Of(inner) => self.call_prelude("_str", &[inner]),
                    PlainStr::Repr(inner) => self.repr_value(inner),
                    PlainStr::Script | PlainStr::Text(_) => {
                        self.call_prelude("_exception_str", &[value])
                    }
                };
            }
            Value::Primitive(id) if self.is_queue(id) => {
                return match self.queue_text(id, false) {
                    Some(text) => ok(self.heap.str(text)),
                    None => self.call_prelude("_queue_str", &[value]),
                };
            }
            _ => {}
        }
        self.repr_value(value)
    }

    /// Does `str()` of the instance show its repr, as `object.__str__` does?
    fn str_is_repr(&self, id: Id<Instance>) -> bool {
        let instance = &self.heap[id];
        match self.heap[instance.class].base {
            NativeBase::Exception => false,
            NativeBase::Value(_) => !matches!(instance.slots[0], Value::Str(_)),
            NativeBase::Object | NativeBase::Sealed => true,
        }
    }

    /// What the native `__str__` of an instance shows.
    fn plain_str_of(&mut self, id: Id<Instance>) -> PlainStr {
        let instance = &self.heap[id];
        let class = &self.heap[instance.class];
        if class.specials.str || class.specials.repr && self.str_is_repr(id) {
            return PlainStr::Script;
        }
        match class.base {
            NativeBase::Exception => self.exception_str(id),
            NativeBase::Value(_) => match instance.slots[0] {
                text @ Value::Str(_) => PlainStr::Of(text),
                _ => PlainStr::Repr(Value::Instance(id)),
            },
            NativeBase::Object | NativeBase::Sealed => PlainStr::Repr(Value::Instance(id)),
        }
    }

    fn exception_str(&mut self, id: Id<Instance>) -> PlainStr {
        let class = self.heap[id].class;
        let state = self.exception_state(id);
        let (args, extra) = (state.args, state.extra);
        let items = &self.heap[args].items;
        let derived = |base| self.is_subclass(class, base);
        if derived(classes::OS_ERROR) && items.len() == 2 {
            return self.os_error_str(id, items[0], items[1]);
        }
        if derived(classes::BASE_EXCEPTION_GROUP)
            && let Value::Tuple(group) = extra
            && let Some(&message) = items.first()
        {
            let count = self.heap[group].items.len();
            let ending = if count == 1 { "" } else { "s" };
            let mut text = String::new();
            return match self.push_str(&mut text, message) {
                Ok(true) => PlainStr::Text(format!("{text} ({count} sub-exception{ending})")),
                _ => PlainStr::Script,
            };
        }
        if derived(classes::SYNTAX_ERROR)
            && let Some(text) = self.syntax_error_str(items)
        {
            return PlainStr::Text(text);
        }
        if derived(classes::UNICODE_ERROR)
            && let Some(text) = self.unicode_error_str(id)
        {
            return PlainStr::Text(text);
        }
        match items[..] {
            [] if derived(classes::SYNTAX_ERROR) => PlainStr::Text("None".to_owned()),
            [] => PlainStr::Text(String::new()),
            [key] if derived(classes::KEY_ERROR) => PlainStr::Repr(key),
            [message] => PlainStr::Of(message),
            _ => PlainStr::Repr(Value::Tuple(args)),
        }
    }

    /// `[Errno 2] No such file or directory: 'name'`
    fn os_error_str(&mut self, id: Id<Instance>, code: Value, message: Value) -> PlainStr {
        let mut text = String::from("[Errno ");
        let mut known = matches!(self.push_str(&mut text, code), Ok(true));
        text.push_str("] ");
        known &= matches!(self.push_str(&mut text, message), Ok(true));
        for (name, before) in [("filename", ": "), ("filename2", " -> ")] {
            if let Some(name) = self.heap.interned(name)
                && let Some(file) = self.own_attribute(id, name)
                && !file.is_none()
            {
                text.push_str(before);
                known &= matches!(self.push_repr(&mut text, file), Ok(true));
            }
        }
        if known {
            PlainStr::Text(text)
        } else {
            PlainStr::Script
        }
    }

    /// `message (file, line 3)`
    fn syntax_error_str(&self, args: &[Value]) -> Option<String> {
        let &[Value::Str(message), Value::Tuple(place)] = args else {
            return None;
        };
        let message = self.heap.text(message);
        let place = &self.heap[place].items;
        let file = place.first().and_then(|&file| match file {
            Value::Str(id) => Some(self.heap.text(id).rsplit('/').next().unwrap_or_default()),
            _ => None,
        });
        let line = place.get(1).and_then(|&line| match line {
            Value::Int(line) => Some(line),
            _ => None,
        });
        Some(match (file, line) {
            (Some(file), Some(line)) => format!("{message} ({file}, line {line})"),
            (Some(file), None) => format!("{message} ({file})"),
            (None, Some(line)) => format!("{message} (line {line})"),
            (None, None) => message.to_owned(),
        })
    }

    /// `'utf-8' codec can't decode byte 0xff in position 0: invalid start byte`
    fn unicode_error_str(&self, id: Id<Instance>) -> Option<String> {
        let names = unicode_error_fields(
            self.is_subclass(self.heap[id].class, classes::UNICODE_TRANSLATE_ERROR),
        );
        let args = self.exception_state(id).args;
        let field = |name: &str| {
            let at = names.iter().position(|&own| own == name)?;
            // A program may have set it.
            let own = self
                .heap
                .interned(name)
                .and_then(|name| self.own_attribute(id, name));
            own.or_else(|| self.heap[args].items.get(at).copied())
        };
        let (Value::Int(start), Value::Int(end), Value::Str(reason)) =
            (field("start")?, field("end")?, field("reason")?)
        else {
            return None;
        };
        let reason = self.heap.text(reason);
        let at = usize::try_from(start).unwrap_or(usize::MAX);
        let one = start.checked_add(1) == Some(end);
        let (verb, what) = match field("object")? {
            Value::Bytes(data) | Value::ByteArray(data) => {
                let byte = self.heap[data].data.get(at);
                (
                    "decode",
                    match byte {
                        Some(byte) if one => format!("byte 0x{byte:02x} in position {start}"),
                        _ => format!("bytes in position {start}-{}", end.wrapping_sub(1)),
                    },
                )
            }
            Value::Str(data) => {
                let c = self.heap.text(data).chars().nth(at);
                (
                    "encode",
                    match c.filter(|_| one) {
                        Some(c) => format!(
                            "character '{}' in position {start}",
                            text::codec::backslash_escape(c)
                        ),
                        None => format!("characters in position {start}-{}", end.wrapping_sub(1)),
                    },
                )
            }
            _ => return None,
        };
        Some(match field("encoding") {
            Some(Value::Str(codec)) => {
                let codec = self.heap.text(codec);
                format!("'{codec}' codec can't {verb} {what}: {reason}")
            }
            Some(_) => return None,
            None => format!("can't translate {what}: {reason}"),
        })
    }

    /// `ascii(value)`
    pub(crate) fn ascii_value(&mut self, value: Value) -> NativeResult {
        match self.repr(value)? {
            Some(text) if text.is_ascii() => ok(self.heap.str(text)),
            Some(text) => ok(self.heap.str(text::escape_non_ascii(&text))),
            None => self.call_prelude("_ascii", &[value]),
        }
    }

    /// `format(value, spec)`
    pub(crate) fn format_value(&mut self, value: Value, spec: &str) -> NativeResult {
        if spec.is_empty() && !matches!(value, Value::Instance(_)) {
            return self.str_value(value);
        }
        let mut subject = value;
        if let Value::Instance(id) = value {
            match self.class_attribute(self.heap[id].class, names::FORMAT) {
                Some(method @ Value::Function(_)) => {
                    let spec = self.heap.str(spec);
                    return self.call_prelude("_format_text", &[method, value, spec]);
                }
                Some(Value::Native(_)) | None => {
                    if spec.is_empty() {
                        return self.str_value(value);
                    }
                    subject = self.native_value(value);
                }
                Some(_) => {
                    let spec = self.heap.str(spec);
                    if let Some(method) = self.special_method(value, names::FORMAT) {
                        return self.call_prelude("_bound_format_text", &[method, spec]);
                    }
                }
            }
        }
        self.format_native(subject, value, spec)
    }

    /// What the native `__format__` of a value's type, or of its native part, makes.
    pub(crate) fn format_native(
        &mut self,
        subject: Value,
        shown: Value,
        spec: &str,
    ) -> NativeResult {
        let kind = match subject {
            Value::Str(_) => text::Subject::Text,
            Value::Int(_) | Value::Bool(_) | Value::Float(_) | Value::BigInt(_) => {
                text::Subject::Number
            }
            _ if spec.is_empty() => return self.str_value(shown),
            _ => {
                let message = format!(
                    "unsupported format string passed to {}.__format__",
                    self.type_name(shown)
                );
                return self.fail_type(message);
            }
        };
        let result = match text::FormatSpec::parse(spec, self.type_name(shown), kind) {
            Err(error) => Err(error),
            Ok(parsed) => {
                let size = match subject {
                    Value::Str(id) => self.heap.text(id).len(),
                    _ => 0,
                };
                if let Some(need) = self.lacks_room(parsed.estimated_size(size)) {
                    return Ok(need);
                }
                match subject {
                    Value::Str(id) => parsed.apply_str(self.heap.text(id)),
                    Value::Int(int) => parsed.apply_int(IntRef::Small(int), 0),
                    Value::Bool(bool) => parsed.apply_int(IntRef::Small(i64::from(bool)), 0),
                    Value::BigInt(id) => {
                        parsed.apply_int(IntRef::Big(&self.heap[id]), self.int_digits as usize)
                    }
                    Value::Float(float) => parsed.apply_float(float),
                    _ => Ok(String::new()),
                }
            }
        };
        match result {
            Ok(text) => ok(self.heap.str(text)),
            Err(error) => Err(self.text_error(error)),
        }
    }

    /// `format(value, spec)` with the spec a str of the heap.
    pub(crate) fn format_value_with(&mut self, value: Value, spec: Id<Str>) -> NativeResult {
        let spec = self.heap.text(spec).to_owned();
        self.format_value(value, &spec)
    }
}

/// What a native `__str__` shows.
enum PlainStr {
    /// Script code decides.
    Script,
    /// The str of this.
    Of(Value),
    /// The repr of this.
    Repr(Value),
    /// This.
    Text(String),
}

/// The attributes of a UnicodeError that are its arguments.
pub(super) fn unicode_error_fields(translates: bool) -> &'static [&'static str] {
    let fields = &["encoding", "object", "start", "end", "reason"];
    if translates { &fields[1..] } else { fields }
}
