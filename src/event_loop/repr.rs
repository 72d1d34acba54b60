//! The texts of loops, futures, tasks, handles and native awaitables (C60).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{AwaitableKind, Child, FutureState, Handle, LoopLife, Waiter};
use crate::heap::{Id, Value};
use crate::objects::{Coroutine, CoroutineState, TracebackEntry};
use crate::vm::{Raise, Vm};

/// A result longer than this is cut in the middle, as reprlib does.
const RESULT: usize = 200;

impl Vm {
    /// `repr` of an object of this part.
    pub(crate) fn repr_event_loop_object(&mut self, value: Value) -> Result<Option<String>, Raise> {
        Ok(match value {
            Value::Future(_) | Value::Task(_) => {
                Child::of(value).map(|child| self.future_repr(child))
            }
            Value::Handle(id) => Some(self.handle_repr(id)),
            Value::Loop(id) => {
                let event_loop = &self.heap[id];
                let (running, closed, debug) = (
                    event_loop.life == LoopLife::Running,
                    event_loop.life == LoopLife::Closed,
                    event_loop.debug,
                );
                let title = |truth: bool| if truth { "True" } else { "False" };
                Some(format!(
                    "<_UnixSelectorEventLoop running={} closed={} debug={}>",
                    title(running),
                    title(closed),
                    title(debug)
                ))
            }
            Value::Primitive(id) => Some(self.primitive_repr(id)),
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

    /// The repr of a value, or what `object` would say where only script code knows.
    pub(crate) fn short_repr(&mut self, value: Value) -> String {
        let text = match self.repr(value) {
            Ok(Some(text)) => text,
            Ok(None) | Err(_) => format!(
                "<{} object at {:#x}>",
                self.type_name(value).to_owned(),
                self.address(value)
            ),
        };
        let count = text.chars().count();
        if count <= RESULT {
            return text;
        }
        let half = RESULT / 2;
        let head: String = text.chars().take(half).collect();
        let tail: String = text.chars().skip(count - half).collect();
        format!("{head}...{tail}")
    }

    fn future_repr(&mut self, child: Child) -> String {
        let future = self.future(child);
        let gathering = future.gathering;
        let state = future.state.clone();
        let (word, detail) = match state {
            FutureState::Pending | FutureState::Gathering(_) => ("pending", String::new()),
            FutureState::Cancelled(_) => ("cancelled", String::new()),
            FutureState::Result(value) => {
                ("finished", format!(" result={}", self.short_repr(value)))
            }
            FutureState::Exception(exception) => (
                "finished",
                format!(" exception={}", self.short_repr(Value::Instance(exception))),
            ),
        };
        let mut text = match child {
            Child::Future(_) if gathering => format!("<_GatheringFuture {word}{detail}"),
            Child::Future(_) => {
                let class = self.type_name(self.child_value(child)).to_owned();
                format!("<{class} {word}{detail}")
            }
            Child::Task(id) => {
                let name = self.task_name(id);
                let name = self.short_repr(name);
                let coroutine = self.coroutine_text(self.heap[id].root.value());
                let word = if word == "pending" && !self.heap[id].must_cancel.is_undef() {
                    "cancelling"
                } else {
                    word
                };
                let class = self.type_name(self.child_value(child)).to_owned();
                let mut text = format!("<{class} {word} name={name} coro=<{coroutine}>");
                let waiting = self.heap[id].waiting.value();
                if !waiting.is_none() {
                    // One level: what a task waits for may wait for others without end.
                    let waiting = match waiting {
                        Value::Future(_) => "<Future pending cb=[Task.task_wakeup()]>".to_owned(),
                        Value::Task(inner) => {
                            let name = self.task_name(inner);
                            let name = self.short_repr(name);
                            let coroutine = self.coroutine_text(self.heap[inner].root.value());
                            format!(
                                "<Task pending name={name} coro=<{coroutine}> cb=[Task.task_wakeup()]>"
                            )
                        }
                        _ => "<Future pending cb=[Task.task_wakeup()]>".to_owned(),
                    };
                    text.push_str(&format!(" wait_for={waiting}"));
                }
                text + &detail
            }
        };
        let waiters = self.future(child).waiters.as_slice().to_vec();
        if !waiters.is_empty() {
            let mut texts: Vec<String> = Vec::new();
            for &waiter in &waiters {
                texts.push(match waiter {
                    Waiter::Task(_) => "Task.task_wakeup()".to_owned(),
                    Waiter::Callback(handle) => self.callback_text(self.heap[handle].callback),
                    Waiter::Gather(_) => "gather.<locals>._done_callback()".to_owned(),
                    Waiter::Loop => "_run_until_complete_cb()".to_owned(),
                });
            }
            let shown = match texts.as_slice() {
                [first, middle @ .., last] if middle.len() > 1 => {
                    format!("{first}, <{} more>, {last}", middle.len())
                }
                all => all.join(", "),
            };
            text.push_str(&format!(" cb=[{shown}]"));
        }
        if let Child::Task(id) = child
            && self.heap[self.future(child).event_loop].debug
        {
            let (file, line) = self.created_place(self.heap[id].created);
            text.push_str(&format!(" created at {file}:{line}"));
        }
        text.push('>');
        text
    }

    fn handle_repr(&mut self, id: Id<Handle>) -> String {
        let handle = &self.heap[id];
        let (cancelled, when, callback) = (handle.cancelled, handle.when, handle.callback);
        let mut text = if when.is_some() {
            "<TimerHandle"
        } else {
            "<Handle"
        }
        .to_owned();
        if cancelled {
            text.push_str(" cancelled");
        }
        if let Some(when) = when {
            let when = self.short_repr(Value::Float(when));
            text.push_str(&format!(" when={when}"));
        }
        if !cancelled {
            let callback = self.callback_text(callback);
            text.push_str(&format!(" {callback}"));
        }
        text.push('>');
        text
    }

    /// What a callback is called in messages: `main.<locals>.f() at file:line`.
    pub(super) fn callback_text(&mut self, callback: Value) -> String {
        match callback {
            Value::Function(id) => {
                let function = &self.heap[id];
                let name = self.heap.text(function.qualname).to_owned();
                let (file, line) = self.function_place(function.code);
                format!("{name}() at {file}:{line}")
            }
            Value::BoundMethod(id) => {
                let method = self.heap[id];
                match method.function {
                    Value::Function(_) => self.callback_text(method.function),
                    Value::Native(native) => {
                        let owner = self.type_name(method.this).to_owned();
                        format!("{owner}.{}()", self.native_fn(native).name)
                    }
                    _ => "method()".to_owned(),
                }
            }
            Value::Native(native) => format!("{}()", self.native_fn(native).name),
            Value::Class(class) => {
                let name = self.heap.text(self.heap[class].qualname);
                format!("{name}()")
            }
            _ => format!("{}()", self.short_repr(callback)),
        }
    }

    /// File and line of an instruction that made something.
    fn created_place(&self, pc: u32) -> (String, u32) {
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
                (source.name.clone(), source.line_column(span.start).0)
            }
            None => ("<unknown>".to_owned(), 0),
        }
    }

    fn function_place(&self, code: u32) -> (String, u32) {
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
