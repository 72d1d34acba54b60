//! What a native function is: a row of a `const` table, called with its arguments in place, answering with one enum.
//! A native never calls the machine back: to run script code it answers with `Outcome::Call`.

use super::Vm;
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, Instance};
use smallvec::SmallVec;

/// A native function or method.
///
/// `params` is written as in Python: `"self, sep=None, maxsplit=-1"`, with `/`, `*`, `*args` and `**kwargs`. Defaults are
/// shown, not evaluated: a missing argument is unset. The function finds the named parameters at 0, 1, … in the order
/// written (`*args` and `**kwargs` not counted); behind them, if there is `**kwargs`, a dict or unset; behind that the
/// arguments of `*args`.
pub struct NativeFn {
    /// `__name__`
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static str,
    /// What it does.
    pub function: fn(&mut Vm, Args) -> NativeResult,
    pub(crate) arity: Arity,
    /// What the run loop does itself, without the call.
    pub(crate) quick: Quick,
    /// What the result of a special method that it calls has to be.
    pub(crate) check: Option<Check>,
}

/// Does what a native does for the arguments that are given to it most often. None leaves it to the native; then nothing may have changed.
pub(crate) type Direct = fn(&mut Vm, &[Value]) -> Option<Value>;

/// Gives the result of a special method as the native it was called for gives it, or refuses it.
pub(crate) type Check = fn(&mut Vm, Value) -> NativeResult;

/// A row of a table of natives.
pub const fn native(
    name: &'static str,
    params: &'static str,
    function: fn(&mut Vm, Args) -> NativeResult,
) -> NativeFn {
    NativeFn {
        name,
        params,
        function,
        arity: Arity::of(params),
        quick: Quick::Nothing,
        check: None,
    }
}

/// A row of a native that only has a short way, and gives None for all that this leaves.
pub(crate) const fn plain(name: &'static str, params: &'static str, direct: Direct) -> NativeFn {
    native(name, params, |_, _| ok(Value::None)).direct(direct)
}

impl NativeFn {
    /// The row of a native that the run loop can often do itself.
    pub(crate) const fn quick(mut self, quick: Quick) -> Self {
        self.quick = quick;
        self
    }

    /// The row of a native for whose common cases there is a shorter way.
    pub(crate) const fn direct(self, direct: Direct) -> Self {
        self.quick(Quick::Direct(direct))
    }

    /// The row of a native that gives what a special method gives, once that is checked.
    pub(crate) const fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }
}

/// What the run loop does itself for a native, in the common case.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Quick {
    /// Nothing: it is called.
    Nothing,
    /// It calls this first, which needs no frame in its place.
    Direct(Direct),
    /// `asyncio.sleep`: awaited with 0 it only suspends the caller for one pass of the loop.
    Pause,
    /// `acquire` of an asyncio lock or semaphore, awaited.
    Acquire,
    /// Its `__aenter__`, awaited.
    Enter,
    /// Its `__aexit__`, awaited.
    Exit,
    /// `asyncio.Event.wait`, awaited.
    EventWait,
    /// `asyncio.Queue.get`, awaited.
    Get,
    /// `asyncio.Queue.put`, awaited.
    Put,
    /// `dict.get` of a key that is there.
    DictGet,
    /// `list.append`
    ListAppend,
}

/// How many arguments a native takes, read off its parameters at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arity {
    /// Positional arguments it needs.
    pub required: u8,
    /// Positional arguments it takes, `*args` aside.
    pub positional: u8,
    /// Named parameters, keyword-only ones included.
    pub named: u8,
    /// The fewest and the most arguments that a call can use where they are, without `*args` and `**kwargs`.
    plain: (u8, u8),
    /// There is `*args`.
    pub vararg: bool,
    /// There is `**kwargs`.
    pub kwarg: bool,
    /// The first parameter is `self`.
    pub method: bool,
}

impl Arity {
    const fn of(params: &str) -> Self {
        let text = params.as_bytes();
        let mut arity = Arity {
            required: 0,
            positional: 0,
            named: 0,
            plain: (0, 0),
            vararg: false,
            kwarg: false,
            method: text.len() >= 4
                && text[0] == b's'
                && text[1] == b'e'
                && text[2] == b'l'
                && text[3] == b'f',
        };
        let mut keyword_only = false;
        let mut at = 0;
        while at < text.len() {
            while at < text.len() && (text[at] == b' ' || text[at] == b',') {
                at += 1;
            }
            if at >= text.len() {
                break;
            }
            let start = at;
            let mut default = false;
            let mut depth = 0;
            while at < text.len() && (text[at] != b',' || depth > 0) {
                match text[at] {
                    b'=' => default = true,
                    b'(' | b'[' => depth += 1,
                    b')' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
            }
            if text[start] == b'/' {
                continue;
            }
            if text[start] == b'*' {
                if start + 1 < at && text[start + 1] == b'*' {
                    arity.kwarg = true;
                } else {
                    keyword_only = true;
                    arity.vararg = start + 1 < at && text[start + 1] != b' ';
                }
                continue;
            }
            arity.named += 1;
            if !keyword_only {
                arity.positional += 1;
                if !default {
                    arity.required += 1;
                }
            }
        }
        arity.plain = if arity.vararg || arity.kwarg {
            (u8::MAX, 0)
        } else {
            (arity.required, arity.positional)
        };
        arity
    }

    /// Can a call with this many positional arguments use them where they are?
    #[inline(always)]
    pub(crate) fn plain(&self, count: u8) -> bool {
        count >= self.plain.0 && count <= self.plain.1
    }
}

/// The arguments of a native call: places on the value stack.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    start: u32,
    count: u32,
}

impl Args {
    pub(crate) fn new(start: usize, count: usize) -> Self {
        Self {
            start: start as u32,
            count: count as u32,
        }
    }

    /// How many there are, named parameters included.
    pub fn len(self) -> usize {
        self.count as usize
    }

    /// The place of the stack behind them.
    pub(crate) fn end(self) -> usize {
        (self.start + self.count) as usize
    }

    /// Is one of them in this place of the stack?
    pub(crate) fn has_place(self, place: usize) -> bool {
        (self.start as usize..self.end()).contains(&place)
    }

    /// There are none.
    pub fn is_empty(self) -> bool {
        self.count == 0
    }

    /// Argument number `index`, unset when it was not given.
    #[inline]
    pub fn get(self, vm: &Vm, index: usize) -> Value {
        if index < self.count as usize {
            vm.fiber.stack[self.start as usize + index]
        } else {
            Value::Undef
        }
    }

    /// The arguments from number `from` on.
    pub fn rest(self, vm: &Vm, from: usize) -> &[Value] {
        let from = from.min(self.count as usize);
        &vm.fiber.stack[self.start as usize + from..(self.start + self.count) as usize]
    }
}

/// A raised exception on its way to a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raise(pub Id<Instance>);

/// What a native answers.
pub type NativeResult = Result<Outcome, Raise>;

/// How a native went, when it raised nothing.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its result.
    Value(Value),
    /// Its result is what this call will return.
    Call(Box<CallRequest>),
    /// Run a suspended frame; what it yields is the result.
    Resume(ResumeRequest),
    /// Run an event loop until it stops; its `until` says what the result is.
    RunLoop(Id<crate::event_loop::Loop>),
    /// The instruction is complete as it is: everything was written already.
    Done,
    /// The instruction, which awaits what it calls, suspends once and gives None: `asyncio.sleep(0)`.
    Suspend,
    /// The instruction, which awaits what it calls, waits for this; a driver that is no task sees the value.
    Wait(Id<crate::event_loop::Awaitable>, Value),
    /// Go on with the time that this waits for.
    Clock(crate::event_loop::Pending),
    /// The host has to answer first: `vm.host.waiting` says what.
    Host,
    /// So many bytes are needed at once: collect, and call again. Must be answered before anything was changed.
    NeedMemory(usize),
}

/// A call a native wants made.
#[derive(Clone, Debug)]
pub struct CallRequest {
    /// What is called.
    pub callee: Value,
    /// Its positional arguments.
    pub args: SmallVec<[Value; 6]>,
    /// Its keyword arguments: a dict, or unset.
    pub keywords: Value,
}

/// A resumption a native wants made (`send`, `throw`, `close`, `next`).
#[derive(Clone, Copy, Debug)]
pub struct ResumeRequest {
    /// Whom.
    pub coroutine: Id<Coroutine>,
    /// With what.
    pub input: ResumeInput,
    /// What the result means to the caller.
    pub mode: ResumeMode,
}

/// What a suspended frame is resumed with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ResumeInput {
    /// A value: `send`.
    Send(Value),
    /// An exception: `throw`.
    Throw(Id<Instance>),
}

/// Who resumed a chain of frames, and so what its yields and its end mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ResumeMode {
    /// `send`, `throw`, `next`: a yield is the result, a return raises StopIteration.
    Send,
    /// `next(it, default)`: as `Send`, but a return gives the default, the second argument of the call under way.
    NextDefault,
    /// `close`: a yield is a RuntimeError, an end gives None.
    Close,
    /// A `ForNext` of the frame below: a yield is the item, a return ends the loop.
    For,
    /// A step of the loop's current task, made by the event loop's frame below.
    Task,
}

/// A value as a native's answer.
impl From<Value> for Outcome {
    fn from(value: Value) -> Self {
        Outcome::Value(value)
    }
}

/// Answers with a value.
#[inline]
pub fn ok(value: Value) -> NativeResult {
    Ok(Outcome::Value(value))
}

/// Answers with a call of `callee`.
pub fn call(callee: Value, args: &[Value]) -> NativeResult {
    Ok(Outcome::Call(Box::new(CallRequest {
        callee,
        args: args.into(),
        keywords: Value::Undef,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arity_is_read_off_the_parameters() {
        let arity = Arity::of("self, sep=None, /, *args, key=(1, 2), **kwargs");
        assert_eq!(
            arity,
            Arity {
                required: 1,
                positional: 2,
                named: 3,
                plain: (u8::MAX, 0),
                vararg: true,
                kwarg: true,
                method: true
            }
        );
        assert_eq!(Arity::of("").named, 0);
        assert!(!Arity::of("a, *, b").vararg);
        assert!(!arity.plain(1));
        assert!(
            [1, 2]
                .iter()
                .all(|&count| Arity::of("a, b=1, *, c=2").plain(count))
        );
        assert!(
            [0, 3]
                .iter()
                .all(|&count| !Arity::of("a, b=1, *, c=2").plain(count))
        );
    }
}
