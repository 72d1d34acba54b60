//! The texts of loops, futures, tasks, handles and native awaitables (C60).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{AwaitableKind, Child, FutureMark, FutureState, Handle, LoopLife, Waiter};
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, CoroutineState, TracebackEntry};
use crate::vm::{Raise, Vm};

/// What is no longer than this is not shortened by `reprlib`, whatever it is.
const SHORT: usize = 30;

/// So many tasks that wait for one another are shown inside each other.
const NESTED: usize = 100;

/// What stands between the brackets of `cb=[]`.
fn callbacks_text(texts: &[String]) -> String {
    match texts {
        [first, middle @ .., last] if !middle.is_empty() => {
            format!("{first}, <{} more>, {last}", middle.len())
        }
        all => all.join(", "),
    }
}

impl Vm {
    /// `repr` of an object of this part.
    pub(crate) fn repr_event_loop_object(&mut self, value: Value) -> Result<Option<String>, Raise> {
        Ok(match value {
            Value::Future(_) | Value::Task(_) => {
                Child::of(value).and_then(|child| self.future_repr(child))
            }
            Value::Handle(id) => self.handle_repr(id),
            Value::Loop(id) => {
                let event_loop = &self.heap[id];
                let (running, closed, debug) = (
                    event_loop.life == LoopLife::Running,
                    event_loop.life == LoopLife::Closed,
                    event_loop.debug,
                );
                let title = |truth: bool| if truth { "True" } else { "False" };
                let name = self.type_name(self.loop_value(id));
                Some(format!(
                    "<{name} running={} closed={} debug={}>",
                    title(running),
                    title(closed),
                    title(debug)
                ))
            }
            Value::Primitive(id) => self.primitive_repr(id),
            Value::Awaitable(id) => {
                let address = self.address(value);
                let class = self.type_name(value).to_owned();
                Some(match self.awaitable_name(id) {
                    Some(name) => format!("<coroutine object {name} at {address:#x}>"),
                    None => format!("<{class} object at {address:#x}>"),
                })
            }
            _ => None,
        })
    }

    /// What the prelude needs to show a future, a task or a handle.
    pub(crate) fn event_loop_facts(&mut self, value: Value) -> Option<Value> {
        let mut facts = Vec::new();
        match value {
            Value::Handle(id) => {
                let handle = &self.heap[id];
                let (callback, when) = (handle.callback, handle.when);
                let (cancelled, created) = (handle.cancelled, handle.created);
                let args = handle.args.to_vec();
                let debug = self.heap[handle.event_loop].debug;
                facts.push(Value::Bool(cancelled));
                facts.push(when.map_or(Value::None, Value::Float));
                facts.push(callback);
                facts.push(self.heap.tuple(args));
                facts.push(Value::Bool(debug));
                let created = debug.then(|| self.created_place(created));
                facts.push(self.place_value(created));
            }
            _ => {
                let child = Child::of(value)?;
                let class = self.future_class(child);
                facts.push(self.heap.str(class));
                let (word, failed, result) = match self.future(child).state {
                    FutureState::Pending | FutureState::Gathering(_) => {
                        ("pending", false, Value::None)
                    }
                    FutureState::Cancelled(_) => ("cancelled", false, Value::None),
                    FutureState::Result(value) => ("finished", false, value),
                    FutureState::Exception(exception) => {
                        ("finished", true, Value::Instance(exception))
                    }
                };
                let word = match child {
                    Child::Task(id) if word == "pending" && self.heap[id].cancels > 0 => {
                        "cancelling"
                    }
                    Child::Task(_) | Child::Future(_) => word,
                };
                facts.push(self.heap.str(word));
                facts.push(Value::Bool(failed));
                facts.push(result);
                let waiters = self.future(child).waiters.as_slice().to_vec();
                let mut callbacks = Vec::with_capacity(waiters.len());
                for waiter in waiters {
                    callbacks.push(match waiter {
                        Waiter::Task(_) => self.heap.str("Task.task_wakeup()"),
                        Waiter::Callback(handle) => {
                            let callback = self.heap[handle].callback;
                            self.heap.tuple([callback])
                        }
                        Waiter::Gather(_) => self.heap.str("gather.<locals>._done_callback()"),
                        Waiter::Loop => self.heap.str("_run_until_complete_cb()"),
                    });
                }
                facts.push(self.heap.list(callbacks));
                let created = self.child_created(child);
                facts.push(self.place_value(created));
                if let Child::Task(id) = child {
                    let name = self.task_name(id);
                    facts.push(name);
                    facts.push(
                        match self.heap[id].future.mark == FutureMark::BegunAndEnded {
                            true => Value::None,
                            false => {
                                let text = self.coroutine_text(self.task_coroutine(id));
                                self.heap.str(text)
                            }
                        },
                    );
                    let waiting = match self.heap[id].waiting.value() {
                        waiting @ (Value::Future(_) | Value::Task(_)) => waiting,
                        _ => {
                            let text = self.waiting_text(id, 0).unwrap_or_default();
                            self.heap.str(text)
                        }
                    };
                    facts.push(waiting);
                }
            }
        }
        Some(self.heap.tuple(facts))
    }

    fn place_value(&mut self, place: Option<(String, u32)>) -> Value {
        match place {
            Some((file, line)) => self.heap.str(format!("{file}:{line}")),
            None => Value::None,
        }
    }

    /// Where a function is defined, for the prelude: `file:line`, or None.
    pub(crate) fn place_of_function(&mut self, value: Value) -> Value {
        match value {
            Value::Function(id) => {
                let place = self.function_place(self.heap[id].code);
                self.place_value(Some(place))
            }
            _ => Value::None,
        }
    }

    /// The repr of a value, or what `object` would say where only script code knows.
    pub(crate) fn short_repr(&mut self, value: Value) -> String {
        match self.repr(value) {
            Ok(Some(text)) => text,
            Ok(None) | Err(_) => format!(
                "<{} object at {:#x}>",
                self.type_name(value).to_owned(),
                self.address(value)
            ),
        }
    }

    /// The repr of a value as `reprlib` shortens it. None if that takes the prelude.
    fn shortened(&mut self, value: Value) -> Option<String> {
        let text = match value {
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) => {
                self.repr(value).ok()??
            }
            _ => return None,
        };
        (text.len() <= SHORT).then_some(text)
    }

    /// The repr of a future or task. None if it takes script code.
    fn future_repr(&mut self, child: Child) -> Option<String> {
        self.future_text(child, 0)
    }

    fn future_text(&mut self, child: Child, depth: usize) -> Option<String> {
        let (word, value) = match &self.future(child).state {
            FutureState::Pending | FutureState::Gathering(_) => ("pending", None),
            FutureState::Cancelled(_) => ("cancelled", None),
            FutureState::Result(value) => ("finished", Some((false, *value))),
            FutureState::Exception(exception) => {
                ("finished", Some((true, Value::Instance(*exception))))
            }
        };
        let detail = match value {
            None => String::new(),
            Some((true, exception)) => format!(" exception={}", self.repr(exception).ok()??),
            Some((false, value)) => format!(" result={}", self.shortened(value)?),
        };
        let class = self.future_class(child);
        let mut text = match child {
            Child::Future(_) => format!("<{class} {word}{detail}"),
            Child::Task(id) => {
                let name = self.task_name(id);
                let name = self.repr(name).ok()??;
                let cancelling = word == "pending" && self.heap[id].cancels > 0;
                let word = if cancelling { "cancelling" } else { word };
                let mut text = format!("<{class} {word} name={name}");
                if self.heap[id].future.mark != FutureMark::BegunAndEnded {
                    let coroutine = self.coroutine_text(self.task_coroutine(id));
                    text.push_str(&format!(" coro=<{coroutine}>"));
                }
                text.push_str(&self.waiting_text(id, depth)?);
                text + &detail
            }
        };
        let waiters = self.future(child).waiters.as_slice().to_vec();
        if !waiters.is_empty() {
            let mut texts: Vec<String> = Vec::new();
            for &waiter in &waiters {
                texts.push(match waiter {
                    Waiter::Task(_) => "Task.task_wakeup()".to_owned(),
                    Waiter::Callback(handle) => {
                        self.callback_text(self.heap[handle].callback, None)?
                    }
                    Waiter::Gather(_) => "gather.<locals>._done_callback()".to_owned(),
                    Waiter::Loop => "_run_until_complete_cb()".to_owned(),
                });
            }
            text.push_str(&format!(" cb=[{}]", callbacks_text(&texts)));
        }
        if let Some((file, line)) = self.child_created(child) {
            text.push_str(&format!(" created at {file}:{line}"));
        }
        text.push('>');
        Some(text)
    }

    pub(super) fn future_class(&self, child: Child) -> String {
        if self.future(child).gathering {
            return "_GatheringFuture".to_owned();
        }
        let class = self.class_of(self.child_value(child));
        self.heap.text(self.heap[class].name).to_owned()
    }

    /// ` wait_for=<...>`, if a task waits.
    fn waiting_text(&mut self, id: Id<super::Task>, depth: usize) -> Option<String> {
        Some(match self.heap[id].waiting.value() {
            Value::None => String::new(),
            Value::Future(_) | Value::Task(_) if depth >= NESTED => " wait_for=...".to_owned(),
            waiting @ (Value::Future(_) | Value::Task(_)) => {
                let Some(child) = Child::of(waiting) else {
                    return Some(String::new());
                };
                format!(" wait_for={}", self.future_text(child, depth + 1)?)
            }
            Value::Awaitable(awaitable)
                if self.heap[awaitable].state == super::AwaitableState::Cancelled =>
            {
                " wait_for=<Future cancelled>".to_owned()
            }
            Value::Awaitable(awaitable)
                if self.heap[awaitable].state == super::AwaitableState::Woken =>
            {
                let result = match self.heap[awaitable].kind {
                    AwaitableKind::Sleep { result, .. } => self.shortened(result)?,
                    AwaitableKind::Acquire { .. } | AwaitableKind::EventWait(_) => {
                        "True".to_owned()
                    }
                    _ => "None".to_owned(),
                };
                format!(" wait_for=<Future finished result={result}>")
            }
            _ => " wait_for=<Future pending cb=[Task.task_wakeup()]>".to_owned(),
        })
    }

    /// Where a future or task was made, if that was kept.
    fn child_created(&mut self, child: Child) -> Option<(String, u32)> {
        let stack = self.creation_stack_of(child)?;
        self.innermost_place(stack)
    }

    /// File and line of the last row of a stack that debug mode kept.
    fn innermost_place(&self, stack: Value) -> Option<(String, u32)> {
        let Value::List(stack) = stack else {
            return None;
        };
        let &Value::Tuple(row) = self.heap[stack].items.last()? else {
            return None;
        };
        match self.heap[row].items[..] {
            [Value::Str(file), Value::Int(line), ..] => {
                Some((self.heap.text(file).to_owned(), line as u32))
            }
            _ => None,
        }
    }

    /// The repr of a handle. None if it takes script code.
    fn handle_repr(&mut self, id: Id<Handle>) -> Option<String> {
        let handle = &self.heap[id];
        let (cancelled, when, callback) = (handle.cancelled, handle.when, handle.callback);
        let debug = self.heap[handle.event_loop].debug;
        let args = debug.then(|| handle.args.to_vec());
        let created = handle.created;
        let mut text = match when {
            Some(_) => "<TimerHandle",
            None => "<Handle",
        }
        .to_owned();
        if cancelled {
            text.push_str(" cancelled");
        }
        if let Some(when) = when {
            let when = self.short_repr(Value::Float(when));
            text.push_str(&format!(" when={when}"));
        }
        if !callback.is_none() {
            let callback = self.callback_text(callback, args.as_deref())?;
            text.push_str(&format!(" {callback}"));
        }
        if debug {
            let (file, line) = self.created_place(created);
            text.push_str(&format!(" created at {file}:{line}"));
        }
        text.push('>');
        Some(text)
    }

    /// What a callback is called in messages: `main.<locals>.f() at file:line`. In debug mode with its arguments. None if that
    /// takes script code.
    pub(super) fn callback_text(
        &mut self,
        callback: Value,
        args: Option<&[Value]>,
    ) -> Option<String> {
        let mut texts = Vec::new();
        for &arg in args.unwrap_or_default() {
            texts.push(self.shortened(arg)?);
        }
        let args = texts.join(", ");
        Some(match callback {
            Value::Function(id) => {
                let function = &self.heap[id];
                let name = self.heap.text(function.qualname).to_owned();
                let code = function.code;
                if function.attributes.is_some() {
                    // It may wrap another function, whose place is told.
                    return None;
                }
                let (file, line) = self.function_place(code);
                format!("{name}({args}) at {file}:{line}")
            }
            Value::BoundMethod(id) => {
                let method = self.heap[id];
                let name = match method.function {
                    Value::Function(function) => {
                        self.heap.text(self.heap[function].qualname).to_owned()
                    }
                    native @ Value::Native(_) => self.native_qualname(method.this, native),
                    _ => return None,
                };
                format!("{name}({args})")
            }
            Value::Native(native) => format!("{}({args})", self.native_fn(native).name),
            Value::Class(class) => {
                let name = self.heap.text(self.heap[class].qualname);
                format!("{name}({args})")
            }
            _ => return None,
        })
    }

    /// The name of a native method with that of the class that has it.
    fn native_qualname(&mut self, this: Value, function: Value) -> String {
        let Value::Native(native) = function else {
            return String::new();
        };
        let name = self.native_fn(native).name;
        if let Value::Loop(_) = this {
            return format!("BaseEventLoop.{name}");
        }
        let key = self.heap.intern(name);
        let class = self.class_of(this);
        let order = self.heap[class].order.clone();
        let owner = order
            .into_iter()
            .find(|&class| self.heap[class].attributes.get(&key) == Some(&function))
            .unwrap_or(class);
        format!("{}.{name}", self.heap.text(self.heap[owner].name))
    }

    /// File and line of an instruction that made something.
    fn created_place(&self, pc: u32) -> (String, u32) {
        let (file, line, _) = self.created_line(pc);
        (file, line)
    }

    /// The same, and the text of the line; for what the program itself did not make, CPython's way to say so.
    pub(super) fn created_line(&self, pc: u32) -> (String, u32, String) {
        let found = self.codes.iter().enumerate().find(|(_, loaded)| {
            let entry = loaded.code.entry;
            (entry..entry + loaded.code.length).contains(&pc)
        });
        match found {
            Some((code, _)) => {
                let (source, span) = self.place(TracebackEntry {
                    code: code as u32,
                    pc,
                });
                let line = source.line_column(span.start).0;
                let text = source.line(line).trim().to_owned();
                (source.name.clone(), line, text)
            }
            None => ("<unknown>".to_owned(), 0, String::new()),
        }
    }

    pub(super) fn function_place(&self, code: u32) -> (String, u32) {
        let loaded = &self.codes[code as usize];
        let source = &self.sources[loaded.source as usize];
        (
            source.name.clone(),
            source.line_column(loaded.code.span.start).0,
        )
    }

    /// What a task's repr says of its coroutine: `f() running at file:line`.
    fn coroutine_text(&mut self, root: Value) -> String {
        match root {
            Value::Coroutine(id) | Value::Generator(id) => self.frame_text(id),
            Value::Awaitable(id) => {
                let name = self
                    .awaitable_name(id)
                    .unwrap_or_else(|| "coroutine".to_owned());
                let done = self.heap[id].state == super::AwaitableState::Finished;
                // A native coroutine has no line; the loop's own module stands for it.
                match (&self.heap[id].kind, done) {
                    (AwaitableKind::Sleep { .. }, false) => {
                        format!("{name}() running at <asyncio>:1")
                    }
                    (_, false) => format!("{name}() running at <asyncio>:1"),
                    (_, true) => format!("{name}() done, defined at <asyncio>:1"),
                }
            }
            _ => "coroutine".to_owned(),
        }
    }

    fn frame_text(&mut self, id: Id<Coroutine>) -> String {
        let coroutine = &self.heap[id];
        let function = &self.heap[coroutine.function];
        let name = self.heap.text(function.qualname).to_owned();
        let code = function.code;
        match coroutine.state {
            CoroutineState::Closed => {
                let (file, line) = self.function_place(code);
                format!("{name}() done, defined at {file}:{line}")
            }
            CoroutineState::Created => {
                let (file, line) = self.function_place(code);
                format!("{name}() running at {file}:{line}")
            }
            CoroutineState::Running | CoroutineState::Suspended => {
                let mut pc = coroutine.pc;
                if coroutine.state == CoroutineState::Running
                    && let Some(frame) = self
                        .fiber
                        .frames
                        .iter()
                        .find(|frame| frame.coroutine() == Some(id))
                {
                    pc = frame.pc;
                }
                let entry = TracebackEntry {
                    code,
                    pc: pc.saturating_sub(1),
                };
                let (source, span) = self.place(entry);
                let line = source.line_column(span.start).0;
                format!("{name}() running at {}:{line}", source.name)
            }
        }
    }
}
