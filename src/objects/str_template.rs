//! `str.format` and `str.format_map`. Fields that need no script code are filled here, the rest by the prelude.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Dict, Str};
use crate::text::{self, FieldAccess, FieldConversion, FieldFirst, FormatField, FormatPiece};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Vm, native, ok};

pub(crate) const METHODS: &[NativeFn] = &[
    native("format", "self, /, *args, **kwargs", format),
    native("format_map", "self, mapping, /", format_map),
];

pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_format_pieces", "template, /", format_pieces),
    native("_escape_non_ascii", "text, /", escape_non_ascii),
];

/// A field's part was filled, or script code has to do it.
type Filled = Result<bool, Raise>;

fn format(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "format")?;
    let keywords = match args.get(vm, 1) {
        Value::Dict(id) => Some(id),
        _ => None,
    };
    let positional = args.rest(vm, 2).to_vec();
    let pieces = text::parse_str_format(vm.heap.text(id));
    let mut out = String::new();
    if fill(vm, &mut out, &pieces, &positional, keywords)? {
        return ok(vm.heap.str(out));
    }
    let pieces = pieces_value(vm, pieces);
    let positional = vm.heap.tuple(positional);
    let keywords = match keywords {
        Some(id) => Value::Dict(id),
        None => Value::Dict(vm.heap.new_dict(Dict::default())),
    };
    vm.call_prelude("_format_template", &[pieces, positional, keywords])
}

fn format_map(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "format_map")?;
    let mapping = args.get(vm, 1);
    let pieces = text::parse_str_format(vm.heap.text(id));
    let pieces = pieces_value(vm, pieces);
    vm.call_prelude("_format_template", &[pieces, Value::None, mapping])
}

/// Fills a template natively; false when script code is needed.
fn fill(
    vm: &mut Vm,
    out: &mut String,
    pieces: &[FormatPiece],
    args: &[Value],
    keywords: Option<Id<Dict>>,
) -> Filled {
    for piece in pieces {
        match piece {
            FormatPiece::Literal(text) => out.push_str(text),
            FormatPiece::Error(error) => return Err(vm.text_error(error.clone())),
            FormatPiece::Field(field) => {
                if !fill_field(vm, out, field, args, keywords)? {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

fn fill_field(
    vm: &mut Vm,
    out: &mut String,
    field: &FormatField,
    args: &[Value],
    keywords: Option<Id<Dict>>,
) -> Filled {
    if !field.accesses.is_empty() {
        return Ok(false);
    }
    let value = match &field.first {
        FieldFirst::Position(at) => args.get(*at).copied(),
        // Keywords are interned names.
        FieldFirst::Name(name) => match (keywords, vm.heap.interned(name)) {
            (Some(dict), Some(name)) => vm.dict_get_str(dict, name),
            _ => None,
        },
    };
    let Some(value) = value else { return Ok(false) };
    let spec = match &field.spec[..] {
        [] => String::new(),
        [FormatPiece::Literal(text)] => text.clone(),
        _ => return Ok(false),
    };
    let shown = match &field.conversion {
        FieldConversion::None if spec.is_empty() => {
            return match value {
                Value::Instance(_) => Ok(false),
                _ => vm.push_str(out, value),
            };
        }
        FieldConversion::None => value,
        FieldConversion::Str | FieldConversion::Repr | FieldConversion::Ascii => {
            let text = match &field.conversion {
                FieldConversion::Str => vm.str(value)?,
                FieldConversion::Repr => vm.repr(value)?,
                _ => vm.repr(value)?.map(|text| text::escape_non_ascii(&text)),
            };
            let Some(text) = text else { return Ok(false) };
            if spec.is_empty() {
                out.push_str(&text);
                return Ok(true);
            }
            vm.heap.str(text)
        }
        FieldConversion::Unknown(error) => return Err(vm.text_error(error.clone())),
    };
    if matches!(shown, Value::Instance(_)) {
        return Ok(false);
    }
    match vm.format_native(shown, shown, &spec)? {
        Outcome::Value(Value::Str(id)) => {
            out.push_str(vm.heap.text(id));
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// A template for the prelude: a list of strs, of exceptions to raise, and of fields: tuples of the first value's position
/// or name, a list of accesses, the conversion and the spec's pieces.
fn pieces_value(vm: &mut Vm, pieces: Vec<FormatPiece>) -> Value {
    let mut values = Vec::with_capacity(pieces.len());
    for piece in pieces {
        values.push(match piece {
            FormatPiece::Literal(text) => vm.heap.str(text),
            FormatPiece::Error(error) => Value::Instance(vm.text_error(error).0),
            FormatPiece::Field(field) => field_value(vm, field),
        });
    }
    vm.heap.list(values)
}

fn field_value(vm: &mut Vm, field: FormatField) -> Value {
    let first = match field.first {
        FieldFirst::Position(at) => Value::Int(at as i64),
        FieldFirst::Name(name) => vm.heap.str(name),
    };
    let mut accesses = Vec::with_capacity(field.accesses.len());
    for access in field.accesses {
        accesses.push(match access {
            FieldAccess::Attribute(name) => {
                let name = vm.heap.str(name);
                vm.heap.tuple([Value::Bool(true), name])
            }
            FieldAccess::Index(at) => vm.heap.tuple([Value::Bool(false), Value::Int(at as i64)]),
            FieldAccess::Key(key) => {
                let key = vm.heap.str(key);
                vm.heap.tuple([Value::Bool(false), key])
            }
            FieldAccess::Error(error) => Value::Instance(vm.text_error(error).0),
        });
    }
    let accesses = vm.heap.list(accesses);
    let conversion = match field.conversion {
        FieldConversion::None => Value::None,
        FieldConversion::Repr => vm.heap.str("r"),
        FieldConversion::Str => vm.heap.str("s"),
        FieldConversion::Ascii => vm.heap.str("a"),
        FieldConversion::Unknown(error) => Value::Instance(vm.text_error(error).0),
    };
    // Specs nest twice at most: the parser refuses more.
    let spec = pieces_value(vm, field.spec);
    vm.heap.tuple([first, accesses, conversion, spec])
}

fn format_pieces(vm: &mut Vm, args: Args) -> NativeResult {
    let template = vm.str_arg(args.get(vm, 0), "template")?;
    let pieces = text::parse_str_format(vm.heap.text(template));
    ok(pieces_value(vm, pieces))
}

fn escape_non_ascii(vm: &mut Vm, args: Args) -> NativeResult {
    let id: Id<Str> = vm.str_arg(args.get(vm, 0), "text")?;
    let escaped = text::escape_non_ascii(vm.heap.text(id));
    ok(vm.heap.str(escaped))
}
