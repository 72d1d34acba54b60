//! Methods of exceptions, exception groups, and the errors that choose their own class.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::to_str::unicode_error_fields;
use super::{Class, Instance};
use crate::heap::{Id, Value};
use crate::vm::{Args, NativeFn, NativeResult, Raise, Vm, classes, names, native, ok};

/// Methods of `BaseException`.
pub(crate) const METHODS: &[NativeFn] = &[
    native("__init__", "self, /, *args, **kwargs", init),
    native("__new__", "cls, /, *args, **kwargs", new),
    native("__repr__", "self, /", repr),
    native("__str__", "self, /", str),
    native("with_traceback", "self, tb, /", with_traceback),
    native("add_note", "self, note, /", add_note),
    native("__setstate__", "self, state, /", set_state),
];

/// Methods of `BaseExceptionGroup`.
pub(crate) const GROUP_METHODS: &[NativeFn] = &[
    native("split", "self, matcher, /", split),
    native("subgroup", "self, matcher, /", subgroup),
    native("derive", "self, excs, /", derive),
];

fn this(vm: &mut Vm, args: Args) -> Result<Id<Instance>, Raise> {
    match vm.as_exception(args.get(vm, 0)) {
        Some(id) => Ok(id),
        None => Err(vm.type_error("descriptor requires a 'BaseException' object")),
    }
}

impl Vm {
    /// What `__init__` takes of the classes of UnicodeError that say where a text is wrong.
    pub(crate) fn check_unicode_error(
        &mut self,
        class: Id<Class>,
        args: &[Value],
    ) -> Result<(), Raise> {
        let derived = |base| self.is_subclass(class, base);
        let translates = derived(classes::UNICODE_TRANSLATE_ERROR);
        let decodes = derived(classes::UNICODE_DECODE_ERROR);
        if !translates && !decodes && !derived(classes::UNICODE_ENCODE_ERROR) {
            return Ok(());
        }
        let fields = unicode_error_fields(translates);
        let (wanted, given) = (fields.len(), args.len());
        if wanted != given {
            return Err(self.type_error(format!(
                "function takes exactly {wanted} arguments ({given} given)"
            )));
        }
        for (number, (&field, &value)) in (1..).zip(fields.iter().zip(args)) {
            let name = self.type_name_or_none(value).to_owned();
            match field {
                "start" | "end" => {
                    self.index_arg(value)?;
                }
                "object" if decodes => {
                    let shown = self.bytes_like(value).map(Value::Bytes);
                    let shown = shown.unwrap_or(self.native_value(value));
                    if !matches!(shown, Value::Bytes(_) | Value::ByteArray(_)) {
                        let message = format!("a bytes-like object is required, not '{name}'");
                        return Err(self.type_error(message));
                    }
                }
                _ if self.as_str(value).is_none() => {
                    let message = format!("argument {number} must be str, not {name}");
                    return Err(self.type_error(message));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn init(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let positional = args.rest(vm, 2).to_vec();
    let class = vm.heap[id].class;
    vm.check_unicode_error(class, &positional)?;
    // An OSError has its arguments from `__new__` when that is the program's own, and no `__init__` is.
    if vm.is_subclass(class, classes::OS_ERROR)
        && matches!(
            vm.class_attribute(class, names::INIT),
            None | Some(Value::Native(_))
        )
        && !matches!(
            vm.class_attribute(class, names::NEW),
            None | Some(Value::Native(_))
        )
    {
        return ok(Value::None);
    }
    if !vm.is_instance(Value::Instance(id), classes::BASE_EXCEPTION_GROUP)
        && let Value::Tuple(tuple) = vm.heap.tuple(positional)
    {
        vm.exception_state_mut(id).args = tuple;
    }
    if let Value::Dict(dict) = args.get(vm, 1) {
        let entries: Vec<_> = vm.heap[dict].iter().collect();
        for entry in entries {
            if let Value::Str(name) = entry.key {
                vm.check_exception_keyword(class, name)?;
                vm.set_exception_attribute(id, name, entry.value);
            }
        }
    }
    ok(Value::None)
}

fn new(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Class(class) = args.get(vm, 0) else {
        return vm.fail_type("BaseException.__new__(X): X is not a type object");
    };
    let positional = args.rest(vm, 2).to_vec();
    let made = vm.new_exception_object(class, &positional)?;
    ok(Value::Instance(made))
}

fn repr(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    vm.call_prelude("_exception_repr", &[value])
}

fn str(vm: &mut Vm, args: Args) -> NativeResult {
    let value = args.get(vm, 0);
    vm.call_prelude("_exception_str", &[value])
}

fn with_traceback(vm: &mut Vm, args: Args) -> NativeResult {
    let (object, traceback) = (args.get(vm, 0), args.get(vm, 1));
    vm.set_builtin_attribute(object, names::TRACEBACK, traceback)?;
    ok(object)
}

fn add_note(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    let note = args.get(vm, 1);
    if !matches!(vm.native_value(note), Value::Str(_)) {
        let name = vm.type_name(note).to_owned();
        return vm.fail_type(format!("note must be a str, not '{name}'"));
    }
    match vm.own_attribute(id, names::NOTES) {
        Some(Value::List(list)) => vm.list_push(list, note),
        Some(_) => return vm.fail_type("Cannot add note: __notes__ is not a list"),
        None => {
            let list = vm.heap.list(vec![note]);
            vm.store_attribute(id, names::NOTES, list);
        }
    }
    ok(Value::None)
}

fn set_state(vm: &mut Vm, args: Args) -> NativeResult {
    let id = this(vm, args)?;
    match args.get(vm, 1) {
        Value::None => {}
        Value::Dict(dict) => {
            let entries: Vec<_> = vm.heap[dict].iter().collect();
            for entry in entries {
                if let Value::Str(name) = entry.key {
                    let name = vm.heap.intern_id(name);
                    vm.set_exception_attribute(id, name, entry.value);
                }
            }
        }
        _ => return vm.fail_type("state is not a dictionary"),
    }
    ok(Value::None)
}

fn split(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, matcher) = (args.get(vm, 0), args.get(vm, 1));
    vm.call_prelude("_group_split", &[this, matcher])
}

fn subgroup(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, matcher) = (args.get(vm, 0), args.get(vm, 1));
    vm.call_prelude("_group_subgroup", &[this, matcher])
}

fn derive(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, exceptions) = (args.get(vm, 0), args.get(vm, 1));
    let message = match vm.as_exception(this) {
        Some(id) => {
            let args = vm.exception_state(id).args;
            vm.heap[args].items.first().copied().unwrap_or(Value::None)
        }
        None => Value::None,
    };
    let made = vm.new_exception_group(classes::BASE_EXCEPTION_GROUP, &[message, exceptions])?;
    ok(Value::Instance(made))
}

impl Vm {
    /// `BaseExceptionGroup(message, exceptions)`: becomes an ExceptionGroup when all are Exceptions.
    pub(crate) fn new_exception_group(
        &mut self,
        class: Id<Class>,
        args: &[Value],
    ) -> Result<Id<Instance>, Raise> {
        let name = self.heap.text(self.heap[class].name).to_owned();
        let &[message, exceptions] = args else {
            let count = args.len();
            return Err(self.type_error(format!(
                "BaseExceptionGroup.__new__() takes exactly 2 arguments ({count} given)"
            )));
        };
        if !matches!(message, Value::Str(_)) {
            let name = self.type_name(message).to_owned();
            return Err(self.type_error(format!(
                "BaseExceptionGroup.__new__() argument 1 must be str, not {name}"
            )));
        }
        let items = match exceptions {
            Value::List(list) => self.heap[list].items.clone(),
            Value::Tuple(tuple) => self.heap[tuple].items.to_vec(),
            _ => return Err(self.type_error("second argument (exceptions) must be a sequence")),
        };
        if items.is_empty() {
            return Err(
                self.value_error("second argument (exceptions) must be a non-empty sequence")
            );
        }
        let mut all_plain = true;
        for (at, &item) in items.iter().enumerate() {
            if self.as_exception(item).is_none() {
                return Err(self.value_error(format!(
                    "Item {at} of second argument (exceptions) is not an exception"
                )));
            }
            all_plain &= self.is_instance(item, classes::EXCEPTION);
        }
        let class = if class == classes::BASE_EXCEPTION_GROUP && all_plain {
            classes::EXCEPTION_GROUP
        } else {
            class
        };
        if !all_plain && self.is_subclass(class, classes::EXCEPTION) {
            let what = if class == classes::EXCEPTION_GROUP {
                "Cannot nest BaseExceptions in an ExceptionGroup".to_owned()
            } else {
                format!("Cannot nest BaseExceptions in '{name}'")
            };
            return Err(self.type_error(what));
        }
        let made = self.new_exception_with(class, args);
        let tuple = self.heap.tuple(items);
        self.exception_state_mut(made).extra = tuple;
        Ok(made)
    }

    /// `OSError(errno, text)` makes the subclass for that number.
    pub(crate) fn os_error_class(&self, args: &[Value]) -> Id<Class> {
        match args {
            [Value::Int(number), _, ..] => match number {
                11 | 114 | 115 => classes::BLOCKING_IO_ERROR,
                10 => classes::CHILD_PROCESS_ERROR,
                32 | 108 => classes::BROKEN_PIPE_ERROR,
                103 => classes::CONNECTION_ABORTED_ERROR,
                111 => classes::CONNECTION_REFUSED_ERROR,
                104 => classes::CONNECTION_RESET_ERROR,
                17 => classes::FILE_EXISTS_ERROR,
                2 => classes::FILE_NOT_FOUND_ERROR,
                4 => classes::INTERRUPTED_ERROR,
                21 => classes::IS_A_DIRECTORY_ERROR,
                20 => classes::NOT_A_DIRECTORY_ERROR,
                1 | 13 => classes::PERMISSION_ERROR,
                3 => classes::PROCESS_LOOKUP_ERROR,
                110 => classes::TIMEOUT_ERROR,
                _ => classes::OS_ERROR,
            },
            _ => classes::OS_ERROR,
        }
    }
}
