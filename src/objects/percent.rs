//! `%` formatting of str and bytes. The values are taken and converted in the format's order; when script code has to convert
//! one, the prelude does that between the two halves.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Bytes, Str};
use crate::text::{
    self, Amount, ArgumentCursor, Conversion, Directive, IntRef, PercentPiece, TextError,
};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Vm, names, native, ok};

pub(crate) const PRELUDE: &[NativeFn] = &[
    native("_percent_steps", "format, args, /", percent_steps),
    native("_percent_render", "format, args, values, /", percent_render),
    native(
        "_percent_wrong_type",
        "kind, value, in_bytes, /",
        percent_wrong_type,
    ),
];

/// How long a text may be that is made without asking for memory.
const PLAIN: usize = 1 << 16;

/// A value a directive takes.
struct Step {
    directive: Directive,
    value: Value,
    /// The key to look up in the value first, when script code has to.
    key: Option<String>,
}

/// A format taken apart with the values it takes.
struct Plan {
    /// Literals, and None where the next step's value goes.
    literals: Vec<Option<String>>,
    steps: Vec<Step>,
}

/// A value ready to be rendered.
enum Ready {
    Text(String),
    Number(Value),
    Bytes(Vec<u8>),
}

impl Vm {
    /// `format % args`
    pub(crate) fn percent_format(&mut self, format: Value, args: Value) -> NativeResult {
        let Value::Str(id) = format else {
            return ok(Value::NotImplemented);
        };
        if let Some(text) = self.percent_plain(id, args) {
            return ok(self.heap.str(text));
        }
        let plan = self.percent_plan(text::parse_percent(self.heap.text(id)), args, false)?;
        let Some(ready) = self.percent_ready(&plan, false)? else {
            return self.call_prelude("_percent", &[format, args]);
        };
        match self.rendered(plan, ready)? {
            Ok(text) => ok(self.heap.str(text)),
            Err(need) => Ok(need),
        }
    }

    /// A short text of `%s` and `%d` alone, where no script code shows a value; None for all others.
    fn percent_plain(&self, format: Id<Str>, args: Value) -> Option<String> {
        let values = match &args {
            Value::Tuple(id) => &self.heap[*id].items,
            Value::Int(_) | Value::Float(_) | Value::Str(_) => std::slice::from_ref(&args),
            _ => return None,
        };
        let mut values = values.iter();
        let mut rest = self.heap.text(format);
        let mut out = String::new();
        while let Some(at) = memchr::memchr(b'%', rest.as_bytes()) {
            out.push_str(&rest[..at]);
            match rest.as_bytes().get(at + 1)? {
                b's' => match *values.next()? {
                    Value::Str(id) => out.push_str(self.heap.text(id)),
                    value if self.push_simple_repr(&mut out, value) => {}
                    _ => return None,
                },
                b'd' => match *values.next()? {
                    value @ Value::Int(_) if self.push_simple_repr(&mut out, value) => {}
                    _ => return None,
                },
                _ => return None,
            }
            if out.len() > PLAIN {
                return None;
            }
            rest = &rest[at + 2..];
        }
        out.push_str(rest);
        (values.len() == 0 && out.len() <= PLAIN).then_some(out)
    }

    /// `format % args` for bytes and bytearray.
    pub(crate) fn percent_bytes(&mut self, format: Value, args: Value) -> NativeResult {
        let Some(id) = self.as_bytes(format) else {
            return ok(Value::NotImplemented);
        };
        let plan = self.percent_plan(text::parse_percent_bytes(&self.heap[id].data), args, true)?;
        let Some(ready) = self.percent_ready(&plan, true)? else {
            return self.call_prelude("_percent", &[format, args]);
        };
        let data = self.rendered_bytes(plan, ready)?;
        ok(self.same_bytes(format, data))
    }

    /// Is it looked into by key? No str, tuple or (for a bytes format) bytes.
    fn is_percent_mapping(&self, args: Value, bytes: bool) -> bool {
        match self.native_value(args) {
            Value::Dict(_) | Value::List(_) | Value::Range(_) => true,
            Value::Bytes(_) | Value::ByteArray(_) => !bytes,
            Value::Instance(id) => self
                .class_attribute(self.heap[id].class, names::GETITEM)
                .is_some(),
            _ => false,
        }
    }

    fn percent_plan(
        &mut self,
        pieces: Vec<PercentPiece>,
        args: Value,
        bytes: bool,
    ) -> Result<Plan, Raise> {
        let mut values = match self.native_value(args) {
            Value::Tuple(id) => self.heap[id].items.to_vec(),
            _ => vec![args],
        };
        let mapping = self.is_percent_mapping(args, bytes);
        let mut cursor = ArgumentCursor::new(values.len());
        let mut plan = Plan {
            literals: Vec::new(),
            steps: Vec::new(),
        };
        for piece in pieces {
            match piece {
                PercentPiece::Literal(text) => plan.literals.push(Some(text)),
                PercentPiece::IncompleteKey => {
                    let error = if mapping {
                        text::incomplete_format_key()
                    } else {
                        text::format_requires_mapping()
                    };
                    return Err(self.text_error(error));
                }
                PercentPiece::Directive(mut directive) => {
                    let mut key = None;
                    if let Some(name) = directive.key.take() {
                        if !mapping {
                            return Err(self.text_error(text::format_requires_mapping()));
                        }
                        match self.percent_lookup(args, &name, bytes)? {
                            Some(value) => values = vec![value],
                            None => {
                                values = vec![args];
                                key = Some(name);
                            }
                        }
                        cursor.replace_by_value();
                    }
                    if directive.width == Some(Amount::Star) {
                        let value = self.percent_star(&mut cursor, &values)?;
                        self.percent_amount(&mut directive, value, Directive::set_width)?;
                    }
                    if directive.precision == Some(Amount::Star) {
                        let value = self.percent_star(&mut cursor, &values)?;
                        self.percent_amount(&mut directive, value, Directive::set_precision)?;
                    }
                    if let Conversion::Broken(error) = directive.conversion {
                        return Err(self.text_error(error));
                    }
                    let at = cursor.take().map_err(|error| self.text_error(error))?;
                    if let Conversion::Unknown(error) = directive.conversion {
                        return Err(self.text_error(error));
                    }
                    plan.literals.push(None);
                    plan.steps.push(Step {
                        directive,
                        value: values[at],
                        key,
                    });
                }
            }
        }
        cursor
            .finish(mapping, bytes)
            .map_err(|error| self.text_error(error))?;
        Ok(plan)
    }

    fn percent_star(
        &mut self,
        cursor: &mut ArgumentCursor,
        values: &[Value],
    ) -> Result<Value, Raise> {
        let at = cursor.take().map_err(|error| self.text_error(error))?;
        Ok(values[at])
    }

    fn percent_amount(
        &mut self,
        directive: &mut Directive,
        value: Value,
        set: fn(&mut Directive, IntRef<'_>) -> Result<(), TextError>,
    ) -> Result<(), Raise> {
        let result = match self.int_ref(value) {
            Some(int) => set(directive, int),
            None => Err(text::star_wants_int()),
        };
        result.map_err(|error| self.text_error(error))
    }

    /// The value under a key; None when script code has to look it up.
    fn percent_lookup(
        &mut self,
        mapping: Value,
        key: &str,
        bytes: bool,
    ) -> Result<Option<Value>, Raise> {
        let Value::Dict(dict) = mapping else {
            return Ok(None);
        };
        let key = if bytes {
            let data = key.chars().map(|c| c as u8).collect();
            Value::Bytes(self.heap.new_bytes(Bytes { data }))
        } else {
            self.heap.str(key)
        };
        match self.dict_get(dict, key)? {
            super::Lookup::Found(value) => Ok(Some(value)),
            super::Lookup::Missing => Err(self.key_error(key)),
            super::Lookup::Script => Ok(None),
        }
    }

    /// All values converted; None when script code has to convert one.
    fn percent_ready(&mut self, plan: &Plan, bytes: bool) -> Result<Option<Vec<Ready>>, Raise> {
        let mut ready = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            if step.key.is_some() {
                return Ok(None);
            }
            match self.percent_convert(&step.directive.conversion, step.value, bytes)? {
                Some(value) => ready.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(ready))
    }

    fn percent_convert(
        &mut self,
        conversion: &Conversion,
        value: Value,
        bytes: bool,
    ) -> Result<Option<Ready>, Raise> {
        let inner = self.native_value(value);
        let number = self.number(inner).is_some();
        let script = matches!(value, Value::Instance(_));
        Ok(match conversion {
            Conversion::Str if bytes => match inner {
                Value::Bytes(id) | Value::ByteArray(id) => {
                    Some(Ready::Bytes(self.heap[id].data.clone()))
                }
                Value::Instance(_) => None,
                _ => return Err(self.percent_type_error(conversion, value, bytes)),
            },
            Conversion::Str => self.str(value)?.map(Ready::Text),
            Conversion::Repr => self.repr(value)?.map(Ready::Text),
            Conversion::Ascii => self.repr(value)?.map(|text| {
                let text = text::escape_non_ascii(&text);
                if bytes {
                    Ready::Bytes(text.into_bytes())
                } else {
                    Ready::Text(text)
                }
            }),
            Conversion::Char => match inner {
                Value::Str(id) if !bytes && super::one_char(self, id).is_some() => {
                    Some(Ready::Text(self.heap.text(id).to_owned()))
                }
                Value::Bytes(id) | Value::ByteArray(id)
                    if bytes && self.heap[id].data.len() == 1 =>
                {
                    Some(Ready::Bytes(self.heap[id].data.clone()))
                }
                Value::Int(_) | Value::Bool(_) | Value::BigInt(_) => {
                    let int = self.int_ref(inner).unwrap_or(IntRef::Small(0));
                    let ready = if bytes {
                        text::byte_from_code(int).map(|byte| Ready::Bytes(vec![byte]))
                    } else {
                        text::char_from_code(int).map(|c| Ready::Text(c.to_string()))
                    };
                    Some(ready.map_err(|error| self.text_error(error))?)
                }
                Value::Instance(_) => None,
                _ => return Err(self.percent_type_error(conversion, value, bytes)),
            },
            Conversion::Int('o' | 'x' | 'X') => match inner {
                Value::Int(_) | Value::Bool(_) | Value::BigInt(_) => Some(Ready::Number(inner)),
                Value::Instance(_) => None,
                _ => return Err(self.percent_type_error(conversion, value, bytes)),
            },
            Conversion::Int(_) => match inner {
                Value::Float(_) => match self.to_int(inner)? {
                    Outcome::Value(int) => Some(Ready::Number(int)),
                    _ => None,
                },
                _ if number => Some(Ready::Number(inner)),
                _ if script => None,
                _ => return Err(self.percent_type_error(conversion, value, bytes)),
            },
            Conversion::Float(_) => {
                if number {
                    let float = self.float_arg(inner)?;
                    Some(Ready::Number(Value::Float(float)))
                } else if script {
                    None
                } else {
                    return Err(self.percent_type_error(conversion, value, bytes));
                }
            }
            Conversion::Unknown(_) | Conversion::Broken(_) => None,
        })
    }

    #[cold]
    fn percent_type_error(&mut self, conversion: &Conversion, value: Value, bytes: bool) -> Raise {
        let error = conversion.type_error(self.type_name(value), bytes);
        self.text_error(error)
    }

    fn rendered(
        &mut self,
        plan: Plan,
        ready: Vec<Ready>,
    ) -> Result<Result<String, Outcome>, Raise> {
        let mut out = String::new();
        let mut rendered = plan.steps.into_iter().zip(ready);
        for literal in plan.literals {
            if let Some(text) = literal {
                out.push_str(&text);
                continue;
            }
            let Some((step, ready)) = rendered.next() else {
                break;
            };
            let size = match &ready {
                Ready::Text(text) => text.len(),
                Ready::Number(_) | Ready::Bytes(_) => 32,
            };
            if let Some(need) = self.lacks_room(out.len() + step.directive.estimated_size(size)) {
                return Ok(Err(need));
            }
            let text = self.render_one(&step.directive, &ready)?;
            out.push_str(&text);
        }
        Ok(Ok(out))
    }

    fn render_one(&mut self, directive: &Directive, ready: &Ready) -> Result<String, Raise> {
        let result = match (ready, &directive.conversion) {
            (Ready::Text(text), Conversion::Char) => {
                text::render_char(directive, text.chars().next().unwrap_or_default())
            }
            (Ready::Text(text), _) => text::render_str(directive, text),
            (Ready::Number(Value::Float(float)), _) => text::render_float(directive, *float),
            (Ready::Number(value), _) => text::render_int(
                directive,
                self.int_ref(*value).unwrap_or(IntRef::Small(0)),
                self.int_digits as usize,
            ),
            (Ready::Bytes(_), _) => Ok(String::new()),
        };
        result.map_err(|error| self.text_error(error))
    }

    fn rendered_bytes(&mut self, plan: Plan, ready: Vec<Ready>) -> Result<Vec<u8>, Raise> {
        let mut out = Vec::new();
        let mut rendered = plan.steps.into_iter().zip(ready);
        for literal in plan.literals {
            if let Some(text) = literal {
                out.extend(text.chars().map(|c| c as u8));
                continue;
            }
            let Some((step, ready)) = rendered.next() else {
                break;
            };
            if let Ready::Bytes(data) = &ready {
                let data = text::render_bytes(&step.directive, data)
                    .map_err(|error| self.text_error(error))?;
                out.extend_from_slice(&data);
            } else {
                out.extend_from_slice(self.render_one(&step.directive, &ready)?.as_bytes());
            }
        }
        Ok(out)
    }

    fn percent_plan_of(&mut self, format: Value, args: Value) -> Result<(Plan, bool), Raise> {
        Ok(match format {
            Value::Str(id) => (
                self.percent_plan(text::parse_percent(self.heap.text(id)), args, false)?,
                false,
            ),
            _ => {
                let pieces = match self.as_bytes(format) {
                    Some(id) => text::parse_percent_bytes(&self.heap[id].data),
                    None => Vec::new(),
                };
                (self.percent_plan(pieces, args, true)?, true)
            }
        })
    }
}

/// The conversions a format makes, for the prelude: a list of `(kind, value, key or None)`.
fn percent_steps(vm: &mut Vm, args: Args) -> NativeResult {
    let [format, values] = [0, 1].map(|at| args.get(vm, at));
    let (plan, bytes) = vm.percent_plan_of(format, values)?;
    let mut steps = Vec::new();
    for step in plan.steps {
        let kind = match step.directive.conversion {
            Conversion::Str if bytes => "b",
            Conversion::Str => "s",
            Conversion::Repr => "r",
            Conversion::Ascii => "a",
            Conversion::Char => "c",
            Conversion::Int('o') => "o",
            Conversion::Int('x') => "x",
            Conversion::Int('X') => "X",
            Conversion::Int(_) => "d",
            Conversion::Float(_) => "f",
            Conversion::Unknown(_) | Conversion::Broken(_) => "",
        };
        let kind = Value::Str(vm.heap.intern(kind));
        let key = match step.key {
            Some(key) if bytes => {
                let data = key.chars().map(|c| c as u8).collect();
                Value::Bytes(vm.heap.new_bytes(Bytes { data }))
            }
            Some(key) => vm.heap.str(key),
            None => Value::None,
        };
        steps.push(vm.heap.tuple([kind, step.value, key]));
    }
    let mapping = Value::Bool(bytes);
    let steps = vm.heap.list(steps);
    ok(vm.heap.tuple([steps, mapping]))
}

/// Renders a format with values the prelude has converted.
fn percent_render(vm: &mut Vm, args: Args) -> NativeResult {
    let [format, given, values] = [0, 1, 2].map(|at| args.get(vm, at));
    let (plan, bytes) = vm.percent_plan_of(format, given)?;
    let Value::List(list) = values else {
        return ok(Value::None);
    };
    let items = vm.heap[list].items.clone();
    let mut ready = Vec::with_capacity(items.len());
    for (step, value) in plan.steps.iter().zip(items) {
        let prepared = match vm.native_value(value) {
            Value::Str(id) => Ready::Text(vm.heap.text(id).to_owned()),
            Value::Bytes(id) | Value::ByteArray(id) => Ready::Bytes(vm.heap[id].data.clone()),
            number => match vm.percent_convert(&step.directive.conversion, number, bytes)? {
                Some(ready) => ready,
                None => Ready::Number(number),
            },
        };
        ready.push(match prepared {
            Ready::Text(text) if bytes => Ready::Bytes(text.into_bytes()),
            other => other,
        });
    }
    if bytes {
        let data = vm.rendered_bytes(plan, ready)?;
        return ok(vm.same_bytes(format, data));
    }
    match vm.rendered(plan, ready)? {
        Ok(text) => ok(vm.heap.str(text)),
        Err(need) => Ok(need),
    }
}

/// Raises the error of a conversion for a value it does not take.
fn percent_wrong_type(vm: &mut Vm, args: Args) -> NativeResult {
    let [kind, value, bytes] = [0, 1, 2].map(|at| args.get(vm, at));
    let conversion = match vm.as_str(kind).map(|id: Id<Str>| vm.heap.text(id)) {
        Some("d") => Conversion::Int('d'),
        Some("o") => Conversion::Int('o'),
        Some("x") => Conversion::Int('x'),
        Some("X") => Conversion::Int('X'),
        Some("c") => Conversion::Char,
        Some("f") => Conversion::Float('f'),
        _ => Conversion::Str,
    };
    Err(vm.percent_type_error(&conversion, value, bytes == Value::Bool(true)))
}
