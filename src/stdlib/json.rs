//! The native part of `json`: writing and reading of plain data. What needs script code (a `default` function, hooks, classes of the
//! program's own) is done by `json.acoro`, to which these functions leave it by answering None.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::Dict;
use crate::text;
use crate::text::surrogates::{RESERVED, code_point, compare, from_code_point, is_surrogate};
use crate::vm::{Args, NativeFn, NativeResult, Raise, Vm, classes, native, ok};
use num_bigint::BigInt;
use std::collections::{HashMap, HashSet};

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native(
        "_dumps",
        "obj, skipkeys, ensure_ascii, check_circular, allow_nan, indent, item_separator, key_separator, sort_keys, /",
        dumps,
    ),
    native("_quote", "text, ensure_ascii, /", quote),
    native("_loads", "text, start, strict, /", loads),
    native("_scanstring", "text, end, strict=True, /", scanstring),
];

/// Containers in containers.
const MAX_DEPTH: usize = 10_000;

/// Writes a str in quotes.
fn push_quoted(out: &mut String, text: &str, ascii: bool) {
    use std::fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0c' => out.push_str("\\f"),
            '\x08' => out.push_str("\\b"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c if ascii && is_surrogate(c) => {
                let _ = write!(out, "\\u{:04x}", code_point(c));
            }
            c if ascii && (c as u32) > 0x7e => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn quote(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(text) = vm.as_str(args.get(vm, 0)) else {
        let name = vm.type_name(args.get(vm, 0)).to_owned();
        return vm.fail_type(format!("first argument must be a string, not {name}"));
    };
    let mut out = String::new();
    push_quoted(
        &mut out,
        vm.heap.text(text),
        args.get(vm, 1) == Value::Bool(true),
    );
    ok(vm.heap.str(out))
}

struct Layout {
    skip_keys: bool,
    ascii: bool,
    nan: bool,
    indent: Option<String>,
    item: String,
    key: String,
    sort: bool,
}

/// A container that is being written.
struct Level {
    items: Vec<(Option<String>, Value)>,
    at: usize,
    close: char,
    id: Value,
}

/// The text of an object, or None if script code is needed for it.
fn dumps(vm: &mut Vm, args: Args) -> NativeResult {
    let flag = |at: usize| args.get(vm, at) == Value::Bool(true);
    let text = |at: usize| {
        vm.as_str(args.get(vm, at))
            .map(|id| vm.heap.text(id).to_owned())
    };
    let layout = Layout {
        skip_keys: flag(1),
        ascii: flag(2),
        nan: flag(4),
        indent: text(5),
        item: text(6).unwrap_or_default(),
        key: text(7).unwrap_or_default(),
        sort: flag(8),
    };
    let check_circular = flag(3);
    let root = args.get(vm, 0);
    let mut out = String::new();
    let mut levels: Vec<Level> = Vec::new();
    let mut open: HashSet<String> = HashSet::new();
    let mut next = Some(root);
    loop {
        if let Some(value) = next.take() {
            match write_plain(vm, &mut out, value, &layout)? {
                Plain::Written => {}
                Plain::Script => return ok(Value::None),
                Plain::Container(container) => {
                    if check_circular && !open.insert(format!("{container:?}")) {
                        return Err(vm.value_error("Circular reference detected"));
                    }
                    if levels.len() >= MAX_DEPTH {
                        return Err(vm.raise(
                            classes::RECURSION_ERROR,
                            "maximum recursion depth exceeded while encoding a JSON object",
                        ));
                    }
                    match begin(vm, container, &layout)? {
                        Some(level) => {
                            out.push(if level.close == ']' { '[' } else { '{' });
                            levels.push(level);
                        }
                        None => return ok(Value::None),
                    }
                }
            }
        }
        let depth = levels.len();
        let Some(level) = levels.last_mut() else {
            break;
        };
        if level.at == level.items.len() {
            if let (Some(indent), false) = (&layout.indent, level.items.is_empty()) {
                out.push('\n');
                out.push_str(&indent.repeat(depth - 1));
            }
            out.push(level.close);
            open.remove(&format!("{:?}", level.id));
            levels.pop();
            continue;
        }
        let (key, value) = &level.items[level.at];
        if level.at > 0 {
            out.push_str(&layout.item);
        }
        if let Some(indent) = &layout.indent {
            out.push('\n');
            out.push_str(&indent.repeat(depth));
        }
        if let Some(key) = key {
            push_quoted(&mut out, key, layout.ascii);
            out.push_str(&layout.key);
        }
        next = Some(*value);
        level.at += 1;
    }
    ok(vm.heap.str(out))
}

enum Plain {
    Written,
    Container(Value),
    Script,
}

fn write_plain(
    vm: &mut Vm,
    out: &mut String,
    value: Value,
    layout: &Layout,
) -> Result<Plain, Raise> {
    match vm.native_value(value) {
        Value::None => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(int) => out.push_str(&int.to_string()),
        Value::BigInt(_) => return Ok(Plain::Script),
        Value::Float(float) => match float_text(vm, float, layout.nan)? {
            Some(text) => out.push_str(&text),
            None => return Ok(Plain::Script),
        },
        Value::Str(id) => push_quoted(out, vm.heap.text(id), layout.ascii),
        container @ (Value::List(_) | Value::Tuple(_) | Value::Dict(_)) => {
            return Ok(Plain::Container(container));
        }
        _ => return Ok(Plain::Script),
    }
    Ok(Plain::Written)
}

fn float_text(vm: &mut Vm, float: f64, nan: bool) -> Result<Option<String>, Raise> {
    if float.is_finite() {
        return Ok(Some(text::repr_float(float)));
    }
    if !nan {
        let shown = text::repr_float(float);
        return Err(vm.value_error(format!(
            "Out of range float values are not JSON compliant: {shown}"
        )));
    }
    let text = match float {
        _ if float.is_nan() => "NaN",
        _ if float > 0.0 => "Infinity",
        _ => "-Infinity",
    };
    Ok(Some(text.to_owned()))
}

fn begin(vm: &mut Vm, container: Value, layout: &Layout) -> Result<Option<Level>, Raise> {
    let dict = match container {
        Value::List(id) => {
            let items = vm.heap[id].items.iter().map(|&item| (None, item)).collect();
            return Ok(Some(Level {
                items,
                at: 0,
                close: ']',
                id: container,
            }));
        }
        Value::Tuple(id) => {
            let items = vm.heap[id].items.iter().map(|&item| (None, item)).collect();
            return Ok(Some(Level {
                items,
                at: 0,
                close: ']',
                id: container,
            }));
        }
        Value::Dict(id) => id,
        _ => return Ok(None),
    };
    let entries: Vec<_> = vm.heap[dict].iter().collect();
    if layout.sort
        && !entries
            .iter()
            .all(|entry| matches!(entry.key, Value::Str(_)))
    {
        return Ok(None);
    }
    let mut items = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = match vm.native_value(entry.key) {
            Value::Str(id) => vm.heap.text(id).to_owned(),
            Value::Int(int) => int.to_string(),
            Value::Float(float) => match float_text(vm, float, layout.nan)? {
                Some(text) => text,
                None => return Ok(None),
            },
            Value::Bool(true) => "true".to_owned(),
            Value::Bool(false) => "false".to_owned(),
            Value::None => "null".to_owned(),
            Value::BigInt(_) => return Ok(None),
            _ if layout.skip_keys => continue,
            other => {
                let name = vm.type_name(other).to_owned();
                return Err(vm.type_error(format!(
                    "keys must be str, int, float, bool or None, not {name}"
                )));
            }
        };
        items.push((Some(key), entry.value));
    }
    if layout.sort {
        items.sort_by(|(a, _), (b, _)| match (a, b) {
            (Some(a), Some(b)) => compare(a, b),
            _ => a.cmp(b),
        });
    }
    Ok(Some(Level {
        items,
        at: 0,
        close: '}',
        id: container,
    }))
}

/// A mistake in a text, and the byte it is at.
struct Mistake(&'static str, usize);

/// A container that is being read.
enum Reading {
    List(Vec<Value>),
    Dict(Id<Dict>, Value),
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    strict: bool,
    keys: HashMap<String, Value>,
}

impl Reader<'_> {
    fn skip(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// A string whose opening quote was read.
    fn string(&mut self) -> Result<String, Mistake> {
        let begin = self.at - 1;
        let mut out = String::new();
        loop {
            let rest = &self.bytes[self.at..];
            let Some(stop) = rest
                .iter()
                .position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)
            else {
                return Err(Mistake("Unterminated string starting at", begin));
            };
            out.push_str(&self.text[self.at..self.at + stop]);
            self.at += stop;
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => self.escape(&mut out, begin)?,
                _ if self.strict => return Err(Mistake("Invalid control character at", self.at)),
                control => {
                    out.push(char::from(control));
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self, out: &mut String, begin: usize) -> Result<(), Mistake> {
        let slash = self.at;
        let Some(&letter) = self.bytes.get(self.at + 1) else {
            return Err(Mistake("Unterminated string starting at", begin));
        };
        self.at += 2;
        out.push(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit(slash)?;
                let mut code = u32::from(first);
                if (0xd800..0xdc00).contains(&code) && self.bytes[self.at..].starts_with(b"\\u") {
                    let before = self.at;
                    let second = self.at + 2;
                    self.at = second;
                    match self.unit(before) {
                        Ok(low @ 0xdc00..=0xdfff) => {
                            code = 0x10000 + ((code - 0xd800) << 10) + (u32::from(low) - 0xdc00);
                        }
                        Ok(_) => self.at = before,
                        Err(mistake) => return Err(mistake),
                    }
                }
                match from_code_point(code) {
                    Some(c) => c,
                    None => return Err(Mistake(RESERVED, slash)),
                }
            }
            _ => return Err(Mistake("Invalid \\escape", slash)),
        });
        Ok(())
    }

    fn unit(&mut self, slash: usize) -> Result<u16, Mistake> {
        let digits = self.bytes.get(self.at..self.at + 4);
        let digits = digits
            // CPython's takes no text to end right behind them.
            .filter(|_| self.at + 4 < self.bytes.len())
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u16::from_str_radix(digits, 16).ok());
        match digits {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => Err(Mistake("Invalid \\uXXXX escape", slash + 1)),
        }
    }

    /// A value that is no container.
    fn scalar(&mut self, vm: &mut Vm) -> Result<Value, Mistake> {
        let rest = &self.bytes[self.at..];
        for (word, value) in [
            ("null", Value::None),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
            ("-Infinity", Value::Float(f64::NEG_INFINITY)),
        ] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(match value {
                    Value::Float(float) if float.is_nan() => Value::Float(vm.new_nan()),
                    value => value,
                });
            }
        }
        if rest.first() == Some(&b'"') {
            self.at += 1;
            let text = self.string()?;
            return Ok(vm.heap.str(text));
        }
        let start = self.at;
        let digits = |from: usize| {
            self.bytes[from..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        };
        let mut end = start + usize::from(rest.first() == Some(&b'-'));
        match self.bytes.get(end) {
            Some(b'0') => end += 1,
            Some(b'1'..=b'9') => end += digits(end),
            _ => return Err(Mistake("Expecting value", start)),
        }
        let mut is_float = false;
        if self.bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
            is_float = true;
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            let count = digits((end + 1 + sign).min(self.bytes.len()));
            if count > 0 {
                end += 1 + sign + count;
                is_float = true;
            }
        }
        self.at = end;
        let number = &self.text[start..end];
        if is_float {
            return Ok(Value::Float(number.parse().unwrap_or(f64::NAN)));
        }
        if let Ok(int) = number.parse::<i64>() {
            return Ok(Value::Int(int));
        }
        let limit = vm.int_digits as usize;
        if limit > 0 && number.trim_start_matches('-').len() > limit {
            return Err(Mistake("too many digits", start));
        }
        let big = BigInt::parse_bytes(number.as_bytes(), 10).unwrap_or_default();
        Ok(vm.heap.int(big))
    }

    /// The next key and what is behind its colon.
    fn key(&mut self, vm: &mut Vm) -> Result<Value, Mistake> {
        if self.peek() != Some(b'"') {
            return Err(Mistake(
                "Expecting property name enclosed in double quotes",
                self.at,
            ));
        }
        self.at += 1;
        let key = self.string()?;
        self.skip();
        if self.peek() != Some(b':') {
            return Err(Mistake("Expecting ':' delimiter", self.at));
        }
        self.at += 1;
        self.skip();
        if let Some(&known) = self.keys.get(&key) {
            return Ok(known);
        }
        let value = vm.heap.str(key.as_str());
        self.keys.insert(key, value);
        Ok(value)
    }

    fn value(&mut self, vm: &mut Vm) -> Result<Result<Value, Mistake>, Raise> {
        let mut open: Vec<Reading> = Vec::new();
        loop {
            let mut done = match self.peek() {
                Some(b'[') => {
                    self.at += 1;
                    self.skip();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                        vm.heap.list(Vec::new())
                    } else {
                        open.push(Reading::List(Vec::new()));
                        if open.len() > MAX_DEPTH {
                            return Err(too_deep(vm));
                        }
                        continue;
                    }
                }
                Some(b'{') => {
                    self.at += 1;
                    self.skip();
                    let dict = vm.heap.new_dict(Dict::default());
                    if self.peek() == Some(b'}') {
                        self.at += 1;
                        Value::Dict(dict)
                    } else {
                        let key = match self.key(vm) {
                            Ok(key) => key,
                            Err(mistake) => return Ok(Err(mistake)),
                        };
                        open.push(Reading::Dict(dict, key));
                        if open.len() > MAX_DEPTH {
                            return Err(too_deep(vm));
                        }
                        continue;
                    }
                }
                _ => match self.scalar(vm) {
                    Ok(value) => value,
                    Err(mistake) => return Ok(Err(mistake)),
                },
            };
            loop {
                let Some(top) = open.last_mut() else {
                    return Ok(Ok(done));
                };
                let close = match top {
                    Reading::List(items) => {
                        items.push(done);
                        b']'
                    }
                    Reading::Dict(dict, key) => {
                        vm.dict_set(*dict, *key, done)?;
                        b'}'
                    }
                };
                self.skip();
                let comma = self.at;
                match self.peek() {
                    Some(b',') => {}
                    Some(byte) if byte == close => {
                        self.at += 1;
                        done = match open.pop() {
                            Some(Reading::List(items)) => vm.heap.list(items),
                            Some(Reading::Dict(dict, _)) => Value::Dict(dict),
                            None => panic!("invariant broken: a container was open"),
                        };
                        continue;
                    }
                    _ => return Ok(Err(Mistake("Expecting ',' delimiter", self.at))),
                }
                self.at += 1;
                self.skip();
                if self.peek() == Some(close) {
                    let message = match close {
                        b']' => "Illegal trailing comma before end of array",
                        _ => "Illegal trailing comma before end of object",
                    };
                    return Ok(Err(Mistake(message, comma)));
                }
                if close == b'}' {
                    match self.key(vm) {
                        Ok(new) => {
                            if let Some(Reading::Dict(_, key)) = open.last_mut() {
                                *key = new;
                            }
                        }
                        Err(mistake) => return Ok(Err(mistake)),
                    }
                }
                break;
            }
        }
    }
}

fn too_deep(vm: &mut Vm) -> Raise {
    vm.raise(
        classes::RECURSION_ERROR,
        "maximum recursion depth exceeded while decoding a JSON array from a unicode string",
    )
}

/// The byte a code point begins at.
fn byte_of(text: &str, point: i64) -> Option<usize> {
    let point = usize::try_from(point).ok()?;
    if text.is_ascii() {
        return (point <= text.len()).then_some(point);
    }
    text.char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .nth(point)
}

fn point_of(text: &str, byte: usize) -> i64 {
    text[..byte.min(text.len())].chars().count() as i64
}

fn mistake_value(vm: &mut Vm, text: &str, mistake: &Mistake) -> Value {
    let mut position = mistake.1.min(text.len());
    while !text.is_char_boundary(position) {
        position -= 1;
    }
    let position = point_of(text, position);
    let message = vm.heap.str(mistake.0);
    vm.heap
        .tuple([Value::Undef.or_none(), message, Value::Int(position)])
}

/// `(value, end)`, or `(None, message, position)`.
fn loads(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(id) = vm.as_str(args.get(vm, 0)) else {
        return vm.fail_type("first argument must be a string");
    };
    let start = vm.clamped_arg(args.get(vm, 1))?;
    let text = vm.heap.text(id).to_owned();
    let Some(at) = byte_of(&text, start) else {
        let message = vm.heap.str("Expecting value");
        return ok(vm.heap.tuple([Value::None, message, Value::Int(start)]));
    };
    let mut reader = Reader {
        text: &text,
        bytes: text.as_bytes(),
        at,
        strict: args.get(vm, 2) != Value::Bool(false),
        keys: HashMap::new(),
    };
    match reader.value(vm)? {
        Ok(value) => {
            let end = point_of(&text, reader.at);
            ok(vm.heap.tuple([value, Value::Int(end)]))
        }
        Err(mistake) => ok(mistake_value(vm, &text, &mistake)),
    }
}

/// A string whose opening quote is in front of `end`: `(text, end)`, or `(None, message, position)`.
fn scanstring(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(id) = vm.as_str(args.get(vm, 0)) else {
        let name = vm.type_name(args.get(vm, 0)).to_owned();
        return vm.fail_type(format!("first argument must be a string, not {name}"));
    };
    let end = vm.index_arg(args.get(vm, 1))?;
    let text = vm.heap.text(id).to_owned();
    let Some(at) = byte_of(&text, end) else {
        return Err(vm.value_error("end is out of bounds"));
    };
    let mut reader = Reader {
        text: &text,
        bytes: text.as_bytes(),
        at,
        strict: args.get(vm, 2) != Value::Bool(false),
        keys: HashMap::new(),
    };
    match reader.string() {
        Ok(found) => {
            let end = point_of(&text, reader.at);
            let found = vm.heap.str(found);
            ok(vm.heap.tuple([found, Value::Int(end)]))
        }
        Err(mistake) => ok(mistake_value(vm, &text, &mistake)),
    }
}
