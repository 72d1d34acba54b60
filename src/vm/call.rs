//! Calling anything: functions, natives, classes, bound methods, instances. The callee is at a place of the stack, its
//! arguments behind it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::bind::Given;
use super::native::NativeResult;
use super::{Flow, Frame, FrameKind, Raise, Vm, names, native, natives};
use crate::bytecode::{FunctionKind, Op};
use crate::heap::{Heap, Id, Value};
use crate::objects::Function;

impl Vm {
    /// A call instruction of the frame on top: the result goes where the callee is.
    pub(crate) fn call(&mut self, at: usize, count: usize, names: Option<Value>) -> Flow {
        self.call_at(at, count, names, Value::Undef, false)
    }

    /// `f(*args, **keywords)`
    pub(crate) fn call_spread(&mut self, at: usize) -> Flow {
        let [callee, spread, keywords] = [0, 1, 2].map(|next| self.fiber.stack[at + next]);
        let count = spread_values(&self.heap, spread).len();
        let top = self.top();
        // The call's own place is kept free of more arguments than it has room for: they go above the frame.
        let scratch = top.base as usize + top.registers as usize;
        self.ensure_window(scratch + count + 1);
        self.fiber.stack[scratch] = callee;
        self.fiber.stack[scratch + 1..scratch + 1 + count]
            .copy_from_slice(spread_values(&self.heap, spread));
        let keywords = if keywords.is_none() {
            Value::Undef
        } else {
            keywords
        };
        self.call_at(scratch, count, None, keywords, true)
    }

    /// Calls what is at `at` with the `count` values behind it. With `operation`, or when the paused instruction awaits the result,
    /// the result completes the paused instruction; otherwise it goes to `at`.
    pub(crate) fn call_at(
        &mut self,
        at: usize,
        count: usize,
        names: Option<Value>,
        keywords: Value,
        operation: bool,
    ) -> Flow {
        let awaiting = !operation
            && matches!(
                self.paused_op(),
                Op::CallAwait { .. } | Op::CallMethodAwait { .. }
            );
        let place = if operation || awaiting {
            u32::MAX
        } else {
            at as u32
        };
        let mut count = count;
        // Objects whose `__call__` is another such object: as deep as the recursion limit says.
        for _ in 0..self.recursion_limit {
            match self.fiber.stack[at] {
                Value::Function(id) => {
                    return self.call_function(id, at + 1, count, names, keywords, place);
                }
                Value::Native(id) => {
                    return self.call_native(id, at, count, names, keywords, place);
                }
                Value::Class(class) => {
                    return self.construct(class, at, count, names, keywords, place);
                }
                Value::BoundMethod(id) => {
                    let method = self.heap[id];
                    self.insert_argument(at, count, method.this);
                    self.fiber.stack[at] = method.function;
                    count += 1;
                }
                callee => {
                    let class = self.class_of(callee);
                    match self.class_attribute(class, names::CALL) {
                        Some(method @ (Value::Function(_) | Value::Native(_))) => {
                            self.insert_argument(at, count, callee);
                            self.fiber.stack[at] = method;
                            count += 1;
                        }
                        Some(Value::StaticMethod(cell)) => {
                            self.fiber.stack[at] = self.heap[cell].value
                        }
                        Some(
                            method @ (Value::Property(_)
                            | Value::ClassMethod(_)
                            | Value::Instance(_)),
                        ) => {
                            self.insert_argument(at, count, callee);
                            self.fiber.stack[at] = self.unbound_special(method);
                            count += 1;
                        }
                        Some(other) if other != callee => self.fiber.stack[at] = other,
                        _ => {
                            let name = self.type_name(callee).to_owned();
                            let raise = self.type_error(format!("'{name}' object is not callable"));
                            return self.throw(raise);
                        }
                    }
                }
            }
        }
        let raise = self.recursion_error();
        self.throw(raise)
    }

    fn call_native(
        &mut self,
        id: crate::heap::NativeId,
        at: usize,
        count: usize,
        names: Option<Value>,
        keywords: Value,
        place: u32,
    ) -> Flow {
        let native = natives::get(id);
        if count > 0
            && let Some(raise) = self.refuse_receiver(id, self.fiber.stack[at + 1])
        {
            return self.throw(raise);
        }
        let plain = u8::try_from(count).is_ok_and(|count| native.arity.plain(count));
        let result = if plain && names.is_none() && keywords.is_undef() {
            let named = native.arity.named as usize;
            self.ensure_window(at + 1 + named);
            for missing in count..named {
                self.fiber.stack[at + 1 + missing] = Value::Undef;
            }
            self.invoke(native, native::Args::new(at + 1, named))
        } else if native.arity.takes_any(count) && names.is_none() && keywords.is_undef() {
            // `*args` stand behind the parameters that are given by name only.
            let (first, named) = (at + 1, native.arity.named as usize);
            let (taken, extra) = (
                native.arity.positional as usize,
                count - native.arity.positional as usize,
            );
            self.ensure_window(first + named + extra);
            let stack = &mut self.fiber.stack;
            stack.copy_within(first + taken..first + count, first + named);
            stack[first + taken..first + named].fill(Value::Undef);
            self.invoke(native, native::Args::new(first, named + extra))
        } else {
            let given = self.given(at + 1, count, names, keywords);
            self.call_native_with(native, &given, at + 1 + count)
        };
        self.settle_call(result, place)
    }

    /// A method of a builtin class that is called through the class takes only what is of that class: `float.__add__(1, 2.0)`.
    #[inline]
    fn refuse_receiver(&mut self, id: crate::heap::NativeId, this: Value) -> Option<Raise> {
        let native = natives::get(id);
        if !native.arity.method {
            return None;
        }
        let natives::Home::Class(class) = natives::home(id) else {
            return None;
        };
        let own = self.class_of(this);
        if own == class || self.is_subclass(own, class) {
            return None;
        }
        let class = self.heap.text(self.heap[class].name).to_owned();
        Some(self.wrong_receiver(this, native.name, &class))
    }

    /// Calls a native with lifted arguments, bound in a scratch area at `scratch`.
    pub(crate) fn call_native_with(
        &mut self,
        native: &native::NativeFn,
        given: &Given,
        scratch: usize,
    ) -> NativeResult {
        let args = self.bind_native(native, given, scratch)?;
        self.invoke(native, args)
    }

    /// Calls a native whose arguments are on the stack. If it lacks memory it is called again after a collection: the instruction that
    /// calls it can't be run again, because its own arguments may have been moved.
    pub(crate) fn invoke(&mut self, native: &native::NativeFn, args: native::Args) -> NativeResult {
        let result = (native.function)(self, args);
        match result {
            Ok(native::Outcome::NeedMemory(bytes)) => {
                self.collect_keeping(args.end());
                if self.heap.has_room(bytes) {
                    (native.function)(self, args)
                } else {
                    Ok(native::Outcome::NeedMemory(bytes))
                }
            }
            Err(raise) => self.ask_for_index(native, args, raise),
            other => other,
        }
    }

    /// The last of these arguments that is the value, or a list or tuple with it.
    pub(crate) fn find_argument(&self, args: &[Value], value: Value) -> Option<usize> {
        let has = |&arg: &Value| match arg {
            Value::List(list) => self.heap[list].items.contains(&value),
            Value::Tuple(tuple) => self.heap[tuple].items.contains(&value),
            _ => false,
        };
        args.iter()
            .rposition(|&arg| arg == value)
            .or_else(|| args.iter().rposition(has))
    }

    /// A native that wanted an int and got an object with `__index__` is called again with the int that this gives.
    /// Natives look at their ints before they change anything.
    #[cold]
    pub(crate) fn ask_for_index(
        &mut self,
        native: &native::NativeFn,
        args: native::Args,
        raise: Raise,
    ) -> NativeResult {
        let Some((wanted, value)) = self.wanted_index.take() else {
            return Err(raise);
        };
        let all = args.rest(self, 0).to_vec();
        if wanted != raise || self.find_argument(&all, value).is_none() {
            return Err(raise);
        }
        let Some(id) = natives::id_of_row(native) else {
            return Err(raise);
        };
        let all = self.heap.tuple(&all[..]);
        self.call_prelude("_with_index", &[Value::Native(id), all, value])
    }

    /// Acts on a native's answer: a value goes to its place or completes the paused instruction.
    pub(crate) fn settle_call(&mut self, result: NativeResult, place: u32) -> Flow {
        match result {
            Ok(native::Outcome::Value(value)) if place != u32::MAX => {
                self.fiber.stack[place as usize] = value;
                Flow::Go
            }
            other => self.settle(other),
        }
    }

    /// Makes room for one more argument in front.
    pub(crate) fn insert_argument(&mut self, at: usize, count: usize, value: Value) {
        self.ensure_window(at + count + 2);
        self.fiber.stack.copy_within(at + 1..at + 1 + count, at + 2);
        self.fiber.stack[at + 1] = value;
    }

    /// Calls a script function with the `count` values at `start`.
    pub(crate) fn call_function(
        &mut self,
        id: Id<Function>,
        start: usize,
        count: usize,
        names: Option<Value>,
        keywords: Value,
        place: u32,
    ) -> Flow {
        self.ensure_window(start);
        let function = &self.heap[id];
        let plain = function.takes_in_place(count) && names.is_none() && keywords.is_undef();
        if !plain {
            let given = self.given(start, count, names, keywords);
            if let Err(raise) = self.bind(id, &given, start) {
                return self.throw(raise);
            }
        }
        self.enter_function(id, start, place)
    }

    /// Begins a function whose arguments are bound at `base`: pushes its frame, or makes its coroutine.
    fn enter_function(&mut self, id: Id<Function>, base: usize, place: u32) -> Flow {
        let function = &self.heap[id];
        let kind = function.kind;
        if kind == FunctionKind::Plain {
            let kind = if place == u32::MAX {
                FrameKind::Operation
            } else {
                FrameKind::Call(place)
            };
            return self.push_function(id, base, kind);
        }
        let registers = self
            .spare
            .copy(&self.fiber.stack[base..base + function.registers as usize]);
        let coroutine = self.new_coroutine_object(id, registers);
        let value = match kind {
            FunctionKind::Generator | FunctionKind::Plain => {
                let awaitable = self.heap[id].attributes.is_some() && self.is_types_coroutine(id);
                self.heap[coroutine].awaitable = awaitable;
                Value::Generator(coroutine)
            }
            FunctionKind::Coroutine => Value::Coroutine(coroutine),
            FunctionKind::AsyncGenerator => Value::AsyncGenerator(coroutine),
        };
        if place == u32::MAX {
            return self.complete(value, false);
        }
        self.fiber.stack[place as usize] = value;
        Flow::Go
    }

    /// Pushes a frame whose registers begin at `base`.
    pub(crate) fn push_function(&mut self, id: Id<Function>, base: usize, kind: FrameKind) -> Flow {
        // What CPython does in C is not counted, unless there is nothing else: far too many frames are an error all the same.
        let unseen = self.is_hidden(self.heap[id].code)
            && self.fiber.frames.len() < (self.recursion_limit as usize).saturating_mul(4);
        let depth = self.top().depth + u32::from(!unseen);
        if depth > self.recursion_limit {
            let raise = self.recursion_error();
            return self.throw(raise);
        }
        self.ensure_window(base);
        let function = &self.heap[id];
        self.fiber.frames.push(Frame {
            pc: function.entry,
            base: base as u32,
            registers: function.registers,
            depth,
            function: id,
            kind,
            handled: self.handled,
        });
        if self.heap.ticks == 0 {
            return self.out_of_ticks();
        }
        self.heap.ticks -= 1;
        Flow::Go
    }

    /// Calls a special method of a value's class with the value in front: `vm.call_special(x, names::LEN, &[])`. None if the class
    /// has none.
    pub(crate) fn call_special(
        &mut self,
        value: Value,
        name: Id<crate::objects::Str>,
        args: &[Value],
    ) -> Option<NativeResult> {
        let class = self.class_of(value);
        let method = self.class_attribute(class, name)?;
        Some(match method {
            Value::Function(_) | Value::Native(_) => {
                let mut all = Vec::with_capacity(args.len() + 1);
                all.push(value);
                all.extend_from_slice(args);
                native::call(method, &all)
            }
            Value::Property(_)
            | Value::ClassMethod(_)
            | Value::StaticMethod(_)
            | Value::Instance(_) => match self.bind_attribute(method, value, class) {
                Ok(native::Outcome::Value(bound)) => native::call(bound, args),
                other => return Some(other),
            },
            other => native::call(other, args),
        })
    }

    fn is_types_coroutine(&mut self, id: Id<Function>) -> bool {
        let Some(attributes) = self.heap[id].attributes else {
            return false;
        };
        match self.heap.interned("__acoro_awaitable__") {
            Some(name) => self.dict_get_str(attributes, name).is_some(),
            None => false,
        }
    }
}

/// The positional arguments of a call that spreads them.
fn spread_values(heap: &Heap, spread: Value) -> &[Value] {
    match spread {
        Value::List(list) => &heap[list].items,
        Value::Tuple(tuple) => &heap[tuple].items,
        _ => panic!("invariant broken: spread arguments are a list or tuple"),
    }
}
