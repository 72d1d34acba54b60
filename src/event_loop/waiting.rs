//! What is said when nothing can happen any more: which tasks there are, where each of them waits, and for what.

use super::{Child, Root, Task, Waiting};
use crate::heap::{Id, Value};
use crate::objects::TracebackEntry;
use crate::vm::Vm;

/// So many tasks are listed at most.
const LISTED: usize = 20;

impl Vm {
    /// The tasks of the running loop that are not done, a line each, in the order they were made. Empty if no loop runs.
    pub(crate) fn waiting_tasks(&self) -> String {
        let Some(event_loop) = self.running_loop else {
            return String::new();
        };
        let tasks: Vec<Id<Task>> = self.heap[event_loop]
            .tasks
            .iter()
            .copied()
            .filter(|&task| !self.heap[task].future.is_done())
            .collect();
        let mut text = String::new();
        for &task in tasks.iter().take(LISTED) {
            text.push_str(&format!("  {} waits", self.plain_task_name(task)));
            let what = self.module_function(task).or_else(|| self.awaited_by(task));
            if let Some(what) = what {
                text.push_str(&format!(" for {what}"));
            }
            match self.waits_at(task) {
                Some((place, line)) => text.push_str(&format!(" at {place}\n    {line}")),
                None => {
                    let (file, line, source) = self.created_line(self.heap[task].created);
                    if !file.starts_with('<') {
                        text.push_str(&format!(", made at {file}:{line}\n    {source}"));
                    }
                }
            }
            text.push('\n');
        }
        if tasks.len() > LISTED {
            text.push_str(&format!("  and {} more\n", tasks.len() - LISTED));
        }
        text
    }

    fn plain_task_name(&self, task: Id<Task>) -> String {
        if let Value::Str(name) = self.heap[task].name {
            return self.heap.text(name).to_owned();
        }
        if let Value::Int(number) = self.heap[task].name {
            return format!("Task-{number}");
        }
        "a task".to_owned()
    }

    fn awaited_by(&self, task: Id<Task>) -> Option<String> {
        match self.heap[task].waiting {
            Waiting::Awaitable(id) => self.awaitable_name(id).map(|name| format!("{name}()")),
            Waiting::Task(other) => Some(self.plain_task_name(other)),
            Waiting::Future(id) if self.future(Child::Future(id)).gathering => {
                Some("a gather()".to_owned())
            }
            Waiting::Future(_) => Some("a future".to_owned()),
            Waiting::Nothing | Waiting::Raise(_) => None,
        }
    }

    /// The function of the standard library that a task awaits, if that is written in the language.
    fn module_function(&self, task: Id<Task>) -> Option<String> {
        let (Root::Coroutine(root) | Root::Generator(root)) = self.heap[task].root else {
            return None;
        };
        let mut found = None;
        let mut at = Some(self.heap[root].leaf.unwrap_or(root));
        while let Some(id) = at {
            let coroutine = &self.heap[id];
            let function = &self.heap[coroutine.function];
            if !self.function_place(function.code).0.starts_with('<') {
                break;
            }
            let name = self.heap.text(function.qualname);
            let last = name.rsplit('.').next().unwrap_or(name);
            if !last.starts_with('_') || last.starts_with("__") {
                found = Some(format!("{name}()"));
            }
            at = coroutine.parent;
        }
        found
    }

    /// The innermost place of the program's own that the task waits at, and the source line.
    fn waits_at(&self, task: Id<Task>) -> Option<(String, String)> {
        let (Root::Coroutine(root) | Root::Generator(root)) = self.heap[task].root else {
            return None;
        };
        let mut at = Some(self.heap[root].leaf.unwrap_or(root));
        while let Some(id) = at {
            let coroutine = &self.heap[id];
            let code = self.heap[coroutine.function].code;
            let entry = TracebackEntry {
                code,
                pc: coroutine.pc.saturating_sub(1),
            };
            let (source, span) = self.place(entry);
            if !source.name.starts_with('<') {
                let line = source.line_column(span.start).0;
                let text = source.line(line);
                return Some((format!("{}:{line}", source.name), text.trim().to_owned()));
            }
            at = coroutine.parent;
        }
        None
    }
}
