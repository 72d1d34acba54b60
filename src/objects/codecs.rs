//! Text from bytes and bytes from text: `str.encode`, `bytes.decode`, and the constructor of `str`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Bytes, Str};
use crate::text::codec::{self, CodecError, Encoding};
use crate::text::surrogates::has_surrogates;
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Raise, Vm, classes, names, native, ok};

pub(crate) const STR_METHODS: &[NativeFn] = &[
    native(
        "__new__",
        "cls, object='', encoding='utf-8', errors='strict'",
        new_str,
    )
    .direct(str_of_int),
    native(
        "encode",
        "self, /, encoding='utf-8', errors='strict'",
        encode,
    ),
];

pub(crate) const BYTES_METHODS: &[NativeFn] = &[native(
    "decode",
    "self, /, encoding='utf-8', errors='strict'",
    decode,
)];

impl Vm {
    #[cold]
    fn codec_error(&mut self, error: CodecError) -> Raise {
        let (class, codec, object, start, end, reason) = match error {
            CodecError::Other(error) => return self.text_error(error),
            CodecError::Decode(error) => {
                let object = Value::Bytes(self.heap.new_bytes(Bytes { data: error.object }));
                let class = classes::UNICODE_DECODE_ERROR;
                (
                    class,
                    error.encoding,
                    object,
                    error.start,
                    error.end,
                    error.reason,
                )
            }
            CodecError::Encode(error) => {
                let object = self.heap.str(error.object);
                let class = classes::UNICODE_ENCODE_ERROR;
                (
                    class,
                    error.encoding,
                    object,
                    error.start,
                    error.end,
                    error.reason,
                )
            }
        };
        let codec = self.heap.str(codec);
        let reason = self.heap.str(reason);
        let args = [
            codec,
            object,
            Value::Int(start as i64),
            Value::Int(end as i64),
            reason,
        ];
        Raise(self.new_exception_with(class, &args))
    }

    /// The names of an encoding and of an error handler have UTF-8.
    fn check_codec_names(&mut self, encoding: Value, errors: Value) -> Result<(), Raise> {
        for name in [encoding, errors] {
            if let Some(id) = self.as_str(name)
                && has_surrogates(self.heap.text(id))
            {
                self.encode_text(id, Value::Undef, Value::Undef, "encode")?;
            }
        }
        Ok(())
    }

    /// The encoding and the error handler that are asked for.
    fn codec_args(
        &mut self,
        encoding: Value,
        errors: Value,
        what: &str,
    ) -> Result<(Encoding, String), Raise> {
        let errors = if errors.is_undef() {
            "strict".to_owned()
        } else {
            let id = self.str_arg(errors, &format!("{what}() argument 'errors'"))?;
            self.heap.text(id).to_owned()
        };
        if encoding.is_undef() {
            return Ok((Encoding::Utf8, errors));
        }
        let id = self.str_arg(encoding, &format!("{what}() argument 'encoding'"))?;
        match Encoding::parse(self.heap.text(id)) {
            Ok(encoding) => Ok((encoding, errors)),
            Err(error) => Err(self.text_error(error)),
        }
    }

    /// The bytes of a text.
    pub(crate) fn encode_text(
        &mut self,
        text: Id<Str>,
        encoding: Value,
        errors: Value,
        what: &str,
    ) -> Result<Vec<u8>, Raise> {
        let (encoding, errors) = self.codec_args(encoding, errors, what)?;
        codec::encode(self.heap.text(text), encoding, &errors)
            .map_err(|error| self.codec_error(error))
    }

    fn decode_bytes(
        &mut self,
        data: Id<Bytes>,
        encoding: Value,
        errors: Value,
        what: &str,
    ) -> Result<Value, Raise> {
        let (encoding, errors) = self.codec_args(encoding, errors, what)?;
        match codec::decode(&self.heap[data].data, encoding, &errors) {
            Ok(text) => Ok(self.heap.str(text)),
            Err(error) => Err(self.codec_error(error)),
        }
    }
}

/// Are an encoding or an error handler asked for that only the module `codecs` may know?
fn is_registered(vm: &mut Vm, encoding: Value, errors: Value) -> Option<&'static str> {
    let module = vm.heap.intern("codecs");
    vm.dict_get_str(vm.modules, module)?;
    let text = |value| vm.as_str(value).map(|id| vm.heap.text(id));
    if text(encoding).is_some_and(|name| Encoding::parse(name).is_err()) {
        return Some("_by_codec");
    }
    let unknown = text(errors).is_some_and(|name| !codec::is_handler(name));
    unknown.then_some("_by_handler")
}

fn encode(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_str(args, "encode")?;
    let [encoding, errors] = [1, 2].map(|at| args.get(vm, at));
    vm.check_codec_names(encoding, errors)?;
    if let Some(how) = is_registered(vm, encoding, errors) {
        let encoding = encoding.or(Value::Str(vm.heap.intern("utf-8")));
        let args = [Value::Str(id), encoding, errors.or_none()];
        return vm.call_prelude(&format!("_encode{how}"), &args);
    }
    let data = vm.encode_text(id, encoding, errors, "encode")?;
    ok(Value::Bytes(vm.heap.new_bytes(Bytes { data })))
}

fn decode(vm: &mut Vm, args: Args) -> NativeResult {
    let id = vm.this_bytes(args, "decode")?;
    let [encoding, errors] = [1, 2].map(|at| args.get(vm, at));
    vm.check_codec_names(encoding, errors)?;
    // CPython doesn't look the encoding up when there is nothing to decode.
    if vm.heap[id].data.is_empty()
        && [encoding, errors]
            .iter()
            .all(|&name| vm.as_str(name).is_some() || name.is_undef())
    {
        return ok(Value::Str(names::EMPTY));
    }
    if let Some(how) = is_registered(vm, encoding, errors) {
        let data = vm.heap[id].data.clone();
        let data = Value::Bytes(vm.heap.new_bytes(Bytes { data }));
        let encoding = encoding.or(Value::Str(vm.heap.intern("utf-8")));
        let args = [data, encoding, errors.or_none()];
        return vm.call_prelude(&format!("_decode{how}"), &args);
    }
    ok(vm.decode_bytes(id, encoding, errors, "decode")?)
}

/// `str(x)` of an int or a str.
fn str_of_int(vm: &mut Vm, args: &[Value]) -> Option<Value> {
    let &[Value::Class(class), value] = args else {
        return None;
    };
    match value {
        _ if class != classes::STR => None,
        Value::Int(int) => Some(vm.heap.int_str(int)),
        Value::Str(_) => Some(value),
        _ => None,
    }
}

fn new_str(vm: &mut Vm, args: Args) -> NativeResult {
    let class = vm.new_class(args, classes::STR)?;
    let [object, encoding, errors] = [1, 2, 3].map(|at| args.get(vm, at));
    if object.is_undef() {
        return ok(vm.wrap_native(class, Value::Str(names::EMPTY)));
    }
    if !encoding.is_undef() || !errors.is_undef() {
        for (argument, name) in [(encoding, "encoding"), (errors, "errors")] {
            if !argument.is_undef() {
                vm.str_arg(argument, &format!("str() argument '{name}'"))?;
            }
        }
        vm.check_codec_names(encoding, errors)?;
        let shown = vm.bytes_like(object).map(Value::Bytes);
        let value = match shown.unwrap_or(vm.native_value(object)) {
            Value::Bytes(id) | Value::ByteArray(id) => {
                vm.decode_bytes(id, encoding, errors, "str")?
            }
            Value::Str(_) => return vm.fail_type("decoding str is not supported"),
            _ => {
                let message = format!(
                    "decoding to str: need a bytes-like object, {} found",
                    vm.type_name(object)
                );
                return vm.fail_type(message);
            }
        };
        return ok(vm.wrap_native(class, value));
    }
    if class == Value::Class(classes::STR) {
        return vm.str_value(object);
    }
    match vm.str_value(object)? {
        Outcome::Value(text) => {
            let text = vm.native_value(text);
            ok(vm.wrap_native(class, text))
        }
        _ => vm.call_prelude("_new_str", &[class, object]),
    }
}
