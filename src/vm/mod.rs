//! The machine: one running program as one plain value. `run.rs` is the loop that executes instructions; the other
//! files are what its arms call.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

mod attributes;
mod awaiting;
mod bind;
mod bootstrap;
mod build;
mod call;
mod class_build;
pub(crate) mod classes;
mod construct;
mod dict_get;
mod error;
mod exit;
pub(crate) mod fiber;
mod frame;
mod generator_loop;
pub(crate) mod host;
mod import;
mod intrinsics;
mod light;
mod load;
pub(crate) mod loop_step;
pub(crate) mod names;
pub(crate) mod native;
pub(crate) mod natives;
mod outside;
mod patterns;
mod place;
mod precise;
mod prelude;
mod remembered;
mod roots;
pub(crate) mod run;
mod set_attributes;
mod settle;
mod slow;
mod spare;
mod special_call;
mod start;
mod switch;
pub(crate) mod traceback;
mod unwind;

use crate::bytecode::{Op, ParamSpec};
use crate::heap::{Heap, Id, NameMap, NativeId, ShapeId, Value};
use crate::objects::{Class, Function, Instance, Module, Str};
use crate::source::{Source, Span};
use crate::text::surrogates;
use serde::{Deserialize, Serialize};
use std::mem::Discriminant;
use std::sync::Arc;

pub use exit::Exit;
pub(crate) use exit::Flow;
pub(crate) use frame::copy_registers;
pub use frame::{Fiber, Frame, FrameKind};
pub(crate) use import::FIND_MODULE;
pub(crate) use native::Quick;
pub use native::{
    Args, CallRequest, NativeFn, NativeResult, Outcome, Raise, ResumeInput, ResumeMode,
    ResumeRequest, call, native, ok,
};
pub(crate) use natives::Home;
pub(crate) use run::{floor_div, floor_mod};

/// One world: code, heap, stacks and event loops of a running program. It can be cloned, sent to another thread, and
/// serialized at any point where it is not executing.
#[derive(Clone, Serialize, Deserialize)]
pub struct Vm {
    /// All objects.
    pub heap: Heap,
    /// All instructions of all units, one after the other.
    pub(crate) code: Arc<[Op]>,
    /// Source position of each instruction.
    pub(crate) spans: Arc<[Span]>,
    /// Static parts of all functions.
    pub(crate) codes: Vec<LoadedCode>,
    /// All constants.
    pub(crate) constants: Vec<Value>,
    /// All names, interned.
    pub(crate) names: Vec<Id<Str>>,
    /// All attribute sites with their inline caches.
    pub(crate) sites: Vec<Site>,
    /// The variables of all modules.
    pub(crate) globals: Vec<Value>,
    /// What an unset global means: a builtin, or nothing. Parallel to `globals`.
    pub(crate) fallbacks: Vec<Value>,
    /// The name of each global.
    pub(crate) global_names: Vec<Id<Str>>,
    /// The source texts, for tracebacks.
    pub(crate) sources: Vec<Source>,
    /// `sys.modules`
    pub(crate) modules: Id<crate::objects::Dict>,
    /// `sys.path`: a list.
    pub(crate) path: Value,
    /// The host finds modules in files or elsewhere.
    pub(crate) imports_files: bool,
    /// acoro's own modules go before files of the same name.
    pub(crate) own_modules_first: bool,
    /// How modules that the host finds are compiled.
    pub(crate) module_options: crate::compile::Options,
    /// The module that the host is looking for on behalf of an import.
    pub(crate) found_by_host: Option<Id<Str>>,
    /// The module it was last asked for, and its answer.
    pub(crate) found: Option<(Id<Str>, Value)>,
    /// The builtin functions and types.
    pub(crate) builtins: NameMap<Value>,
    /// The stacks that are running.
    pub(crate) fiber: Fiber,
    /// The other stacks: threads that don't run right now.
    pub(crate) fibers: fiber::Fibers,
    /// The exception being handled.
    pub(crate) handled: Option<Id<Instance>>,
    /// What the program wrote and the driver has not taken yet.
    pub(crate) output: Vec<Output>,
    /// The time the driver gave, in seconds of the loop's clock.
    pub(crate) now: f64,
    /// Limits that scripts can't exceed.
    pub(crate) limits: Limits,
    /// `sys.setrecursionlimit`
    pub(crate) recursion_limit: u32,
    /// `sys.set_int_max_str_digits`: 0 is no limit.
    pub(crate) int_digits: u32,
    /// What is known of event loops beside the loops themselves.
    pub(crate) asyncio: crate::event_loop::LoopState,
    /// The running event loop.
    pub(crate) running_loop: Option<Id<crate::event_loop::Loop>>,
    /// The containers whose repr script code is part of right now.
    pub(crate) shown: Vec<Value>,
    /// How many NaNs the program has made.
    pub(crate) nans: u64,
    /// Why the run loop leaves, while it does.
    pub(crate) exit: Option<Exit>,
    /// The module of the prelude, once it is compiled.
    pub(crate) prelude: Option<Id<Module>>,
    /// The signals that have arrived and are not handled yet: bit `n` is signal number `n`.
    pub(crate) signals: u64,
    /// The program was interrupted because nothing could go on: what waited for what, or an empty text.
    pub(crate) deadlock: Option<String>,
    /// What the program asks of its host.
    pub(crate) host: host::HostCalls,
    /// `sys.argv`
    pub(crate) argv: Vec<String>,
    /// The number of the next `Task-N`.
    pub(crate) next_task_name: u64,
    /// The method that `with` and `async with` last found for each special name, and the class it was found for.
    pub(crate) managers: [Option<(Id<Class>, Value)>; 4],
    /// The functions that classes have as special methods.
    #[serde(skip)]
    pub(crate) specials: special_call::SpecialCache,
    /// What was last found in a dict.
    #[serde(skip)]
    pub(crate) last_probe: Option<crate::objects::LastProbe>,
    /// The error that a native answered for want of an int, and the object whose `__index__` could give it.
    #[serde(skip)]
    pub(crate) wanted_index: Option<(Raise, Value)>,
    /// Registers for new coroutines.
    #[serde(skip)]
    pub(crate) spare: spare::Spare,
}

/// Bytes written to one stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Which.
    pub stream: Stream,
    /// What.
    pub text: String,
}

/// An output stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Limits of a program. Each can be hit without harm to the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of heap.
    pub memory: usize,
    /// The highest value `sys.setrecursionlimit` takes.
    pub recursion: u32,
    /// Tasks that are not done.
    pub tasks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: usize::MAX / 4,
            recursion: 10_000_000,
            tasks: usize::MAX,
        }
    }
}

/// The static part of a function, loaded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LoadedCode {
    pub(crate) code: crate::bytecode::FunctionCode,
    pub(crate) name: Id<Str>,
    pub(crate) qualname: Id<Str>,
    /// The names of its parameters, interned.
    pub(crate) parameters: Vec<Id<Str>>,
    /// Which source it is from.
    pub(crate) source: u32,
    /// Which module it is from.
    pub(crate) module: Id<Module>,
}

impl LoadedCode {
    pub(crate) fn params(&self) -> &ParamSpec {
        &self.code.params
    }
}

/// An attribute site: the name, and what was found there last and before: sites in methods of a base class see the shapes
/// of two subclasses in turn.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Site {
    pub(crate) name: Id<Str>,
    /// Shapes whose instances have the attribute in a slot, and the slots: most sites need nothing else.
    shapes: [ShapeId; 2],
    slots: [u32; 2],
    /// Found again by a program that is loaded.
    #[serde(skip)]
    cached: [Cached; 2],
}

/// No shape has this number.
const NO_SHAPE: ShapeId = ShapeId::MAX;

impl Site {
    /// A site that has seen nothing.
    pub(crate) fn new(name: Id<Str>) -> Self {
        Self {
            name,
            shapes: [NO_SHAPE; 2],
            slots: [0; 2],
            cached: [Cached::Empty; 2],
        }
    }

    /// Remembers what was found, and forgets the older of two.
    pub(crate) fn remember(&mut self, found: Cached) {
        self.cached = [found, self.cached[0]];
    }

    /// Remembers the slot of an instance's attribute, and forgets the older of two.
    pub(crate) fn remember_slot(&mut self, shape: ShapeId, slot: u32) {
        self.shapes = [shape, self.shapes[0]];
        self.slots = [slot, self.slots[0]];
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.name);
    }

    /// What is remembered.
    pub(crate) fn cached(&self) -> &[Cached; 2] {
        &self.cached
    }

    /// The slot of the attribute in an instance of this shape.
    #[inline(always)]
    pub(crate) fn slot(&self, of: ShapeId) -> Option<u32> {
        if self.shapes[0] == of {
            Some(self.slots[0])
        } else if self.shapes[1] == of {
            Some(self.slots[1])
        } else {
            None
        }
    }

    /// The shape an instance of this shape has once it has the attribute.
    #[inline(always)]
    pub(crate) fn next_shape(&self, of: ShapeId) -> Option<ShapeId> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::AddSlot { shape, next } if shape == of => Some(next),
            _ => None,
        })
    }

    /// The method that an instance of this shape finds on its class.
    #[inline(always)]
    pub(crate) fn method(&self, of: ShapeId) -> Option<Value> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::Method { shape, function } if shape == of => Some(function),
            _ => None,
        })
    }

    /// The native that a value of this kind finds on its class.
    #[inline(always)]
    pub(crate) fn of_kind(&self, of: Discriminant<Value>) -> Option<Value> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::Kind { kind, function } if kind == of => Some(function),
            _ => None,
        })
    }

    /// The native that a value of this builtin class finds on its class.
    #[inline(always)]
    pub(crate) fn builtin(&self, of: Id<Class>) -> Option<Value> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::Builtin { class, function } if class == of => Some(function),
            _ => None,
        })
    }

    /// The global slot of the module's variable.
    #[inline(always)]
    pub(crate) fn global(&self, of: Id<Module>) -> Option<u32> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::Global { module, slot } if module == of => Some(slot),
            _ => None,
        })
    }

    /// Where what an instance of this shape finds on its class stands: in the attributes of which class, and at which place.
    pub(crate) fn shared(&self, of: ShapeId) -> Option<(Id<Class>, u32)> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::Shared { shape, owner, at } if shape == of => Some((owner, at)),
            _ => None,
        })
    }

    /// The same for a class itself.
    pub(crate) fn of_class(&self, of: Id<Class>) -> Option<(Id<Class>, u32)> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::OfClass { class, owner, at } if class == of => Some((owner, at)),
            _ => None,
        })
    }

    /// The number of the item that this field of a named tuple of this shape is.
    pub(crate) fn field(&self, of: ShapeId) -> Option<u32> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::Field { shape, at } if shape == of => Some(at),
            _ => None,
        })
    }

    /// Is this the `args` of an exception of this shape?
    pub(crate) fn args(&self, of: ShapeId) -> bool {
        self.cached
            .iter()
            .any(|cached| matches!(*cached, Cached::Args { shape } if shape == of))
    }

    /// The getter of the property that an instance of this shape finds on its class.
    #[inline(always)]
    pub(crate) fn getter(&self, of: ShapeId) -> Option<Id<Function>> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::Getter { shape, function } if shape == of => Some(function),
            _ => None,
        })
    }

    /// The method behind this class for an object of that class.
    #[inline(always)]
    pub(crate) fn super_method(&self, behind: Value, of: Id<Class>) -> Option<Value> {
        self.cached.iter().find_map(|cached| match *cached {
            Cached::Super {
                class,
                object,
                function,
            } if object == of && behind == Value::Class(class) => Some(function),
            _ => None,
        })
    }
}

/// What an inline cache remembers. All caches are emptied when a class changes in a way they could have seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Cached {
    /// Nothing yet.
    #[default]
    Empty,
    /// An instance of this shape gets a new attribute: the next shape, and the slot it adds.
    AddSlot { shape: ShapeId, next: ShapeId },
    /// An instance of this shape finds this function or native on its class.
    Method { shape: ShapeId, function: Value },
    /// An instance of this shape finds a property with this getter on its class.
    Getter {
        shape: ShapeId,
        function: Id<Function>,
    },
    /// An instance of this shape gets as it is what stands at this place of the attributes of its class or a base.
    Shared {
        shape: ShapeId,
        owner: Id<Class>,
        at: u32,
    },
    /// The same for a class itself.
    OfClass {
        class: Id<Class>,
        owner: Id<Class>,
        at: u32,
    },
    /// An instance of this shape is a named tuple whose field this is: the number of an item.
    Field { shape: ShapeId, at: u32 },
    /// An exception of this shape has no `args` but those of its state.
    Args { shape: ShapeId },
    /// A value of this kind, which tells its class, finds this native on it.
    Kind {
        kind: Discriminant<Value>,
        function: Value,
    },
    /// A value of this builtin class finds this native on its class.
    Builtin { class: Id<Class>, function: Value },
    /// This module has the variable in this slot.
    Global { module: Id<Module>, slot: u32 },
    /// `super().name` from this class for an object of that class.
    Super {
        class: Id<Class>,
        object: Id<Class>,
        function: Value,
    },
}

impl Vm {
    /// The class of a value.
    pub fn class_of(&self, value: Value) -> Id<Class> {
        match value {
            Value::Instance(id) => self.heap[id].class,
            Value::Undef | Value::None | Value::ExceptionState(_) => classes::NONE_TYPE,
            Value::NotImplemented => classes::NOT_IMPLEMENTED_TYPE,
            Value::Ellipsis => classes::ELLIPSIS,
            Value::Bool(_) => classes::BOOL,
            Value::Int(_) | Value::BigInt(_) => classes::INT,
            Value::Float(_) => classes::FLOAT,
            Value::Native(id) => match (
                natives::binds(id),
                self.native_fn(id).name.starts_with("__"),
            ) {
                (true, true) => classes::WRAPPER_DESCRIPTOR,
                (true, false) => classes::METHOD_DESCRIPTOR,
                (false, _) => classes::BUILTIN_FUNCTION,
            },
            Value::Str(_) => classes::STR,
            Value::Bytes(_) => classes::BYTES,
            Value::ByteArray(_) => classes::BYTEARRAY,
            Value::List(_) => classes::LIST,
            Value::Tuple(_) => classes::TUPLE,
            Value::Dict(_) => classes::DICT,
            Value::Set(_) => classes::SET,
            Value::FrozenSet(_) => classes::FROZENSET,
            Value::Range(_) => classes::RANGE,
            Value::Slice(_) => classes::SLICE,
            Value::Cell(_) => classes::CELL,
            Value::Function(_) => classes::FUNCTION,
            Value::BoundMethod(id) => match self.heap[id].function {
                Value::Native(id) if self.native_fn(id).name.starts_with("__") => {
                    classes::METHOD_WRAPPER
                }
                Value::Native(_) => classes::BUILTIN_FUNCTION,
                _ => classes::METHOD,
            },
            Value::Class(_) => classes::TYPE,
            Value::Module(_) => classes::MODULE,
            Value::Generator(_) => classes::GENERATOR,
            Value::Coroutine(_) => classes::COROUTINE,
            Value::AsyncGenerator(_) => classes::ASYNC_GENERATOR,
            Value::Iter(id) => self.class_of_iter(id),
            Value::DictView(id) => match self.heap[id].kind {
                crate::objects::ViewKind::Keys => classes::DICT_KEYS,
                crate::objects::ViewKind::Values => classes::DICT_VALUES,
                crate::objects::ViewKind::Items => classes::DICT_ITEMS,
            },
            Value::Property(_) => classes::PROPERTY,
            Value::StaticMethod(_) => classes::STATICMETHOD,
            Value::ClassMethod(_) => classes::CLASSMETHOD,
            Value::Super(_) => classes::SUPER,
            Value::GenericAlias(_) => classes::GENERIC_ALIAS,
            Value::Traceback(_) => classes::TRACEBACK,
            Value::Loop(_) => classes::EVENT_LOOP,
            Value::Future(id) if self.heap[id].gathering => classes::GATHERING_FUTURE,
            Value::Future(_) => classes::FUTURE,
            Value::Task(_) => classes::TASK,
            Value::Handle(id) => match self.heap[id].when {
                Some(_) => classes::TIMER_HANDLE,
                None => classes::HANDLE,
            },
            Value::Awaitable(id) => self.class_of_awaitable(id),
            Value::Primitive(id) => self.class_of_primitive(id),
        }
    }

    /// The name of a value's class, as error messages give it.
    ///
    /// Classes that CPython has in C are named with their module: a class of acoro's library says so in `__shown_name__`.
    pub fn type_name(&self, value: Value) -> &str {
        let class = &self.heap[self.class_of(value)];
        if !class.builtin
            && let Some(name) = self.heap.interned("__shown_name__")
            && let Some(&Value::Str(shown)) = class.attributes.get(&name)
        {
            return self.heap.text(shown);
        }
        match value {
            // CPython has these in C, and their errors say of which module they are.
            Value::Future(id) if !self.heap[id].gathering => "_asyncio.Future",
            Value::Task(_) => "_asyncio.Task",
            _ => self.heap.text(class.name),
        }
    }

    /// The `__name__` of a value's class.
    pub(crate) fn short_type_name(&self, value: Value) -> &str {
        match value {
            Value::Future(_) | Value::Task(_) => {
                self.heap.text(self.heap[self.class_of(value)].name)
            }
            _ => self.type_name(value),
        }
    }

    /// Is `class` the class `base` or derived from it?
    pub fn is_subclass(&self, class: Id<Class>, base: Id<Class>) -> bool {
        class == base || self.heap[class].order.contains(&base)
    }

    /// Is the value an instance of the class or of one derived from it?
    pub fn is_instance(&self, value: Value, class: Id<Class>) -> bool {
        self.is_subclass(self.class_of(value), class)
    }

    /// For an instance of a class derived from a native type its native value, else the value itself. Natives that take a
    /// list, int, str … call this on `self` and on arguments, so that subclass instances work.
    #[inline]
    pub fn native_value(&self, value: Value) -> Value {
        match value {
            Value::Instance(id) => {
                let instance = &self.heap[id];
                if matches!(
                    self.heap[instance.class].base,
                    crate::objects::NativeBase::Value(_)
                ) {
                    instance.slots[0]
                } else {
                    value
                }
            }
            _ => value,
        }
    }

    /// A NaN of its own: floats have no address, so that `is` compares bits, and two NaNs a program makes are not the same object.
    pub(crate) fn new_nan(&mut self) -> f64 {
        self.nans = (self.nans + 1) & ((1 << 50) - 1);
        f64::from_bits(f64::NAN.to_bits() | self.nans)
    }

    /// The row of a native.
    pub fn native_fn(&self, id: NativeId) -> &'static NativeFn {
        natives::get(id)
    }

    /// Where a native belongs.
    pub(crate) fn native_home(&self, id: NativeId) -> Home {
        natives::home(id)
    }

    /// Writes to a stream; the driver takes it between slices.
    pub fn write(&mut self, stream: Stream, text: &str) {
        let text = &*match stream {
            Stream::Out => text.into(),
            Stream::Err => surrogates::escaped(text),
        };
        match self.output.last_mut() {
            Some(last) if last.stream == stream => last.text.push_str(text),
            _ => self.output.push(Output {
                stream,
                text: text.to_owned(),
            }),
        }
        if self
            .output
            .last()
            .is_some_and(|last| last.text.len() > OUTPUT_SLICE)
        {
            self.heap.look_up();
        }
    }
}

/// So much unwritten output ends a slice, so that the driver can write it.
const OUTPUT_SLICE: usize = 1 << 16;
