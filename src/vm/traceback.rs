//! The text of an exception with its traceback, as CPython's `traceback` module lays it out. Frames of acoro's own code
//! are left out.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::{Vm, classes, names};
use crate::heap::{Id, Value};
use crate::objects::{Instance, TracebackEntry};
use crate::source::{Source, Span};
use crate::stdlib;
use crate::text;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// A frame is shown so many times in a row before repetitions are counted instead.
const REPEATED: usize = 3;
/// Exceptions of one group that are shown.
const GROUP_WIDTH: usize = 15;
/// Groups in groups that are shown. The one bound on this file's recursion.
const GROUP_DEPTH: usize = 10;

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";

/// Texts of exceptions whose `__str__` is script code, which only a driver can run.
pub(crate) type ExceptionTexts = HashMap<Id<Instance>, String>;

/// Where in the tree of groups the text is.
struct Writer<'a> {
    out: String,
    depth: usize,
    need_close: bool,
    texts: &'a ExceptionTexts,
}

impl Writer<'_> {
    fn indent(&self) -> String {
        " ".repeat(2 * self.depth)
    }

    /// Writes lines behind the margin of the group they belong to.
    fn emit(&mut self, text: &str, margin: char) {
        if self.depth == 0 {
            self.out.push_str(text);
            return;
        }
        let indent = self.indent();
        for line in text.split_inclusive('\n') {
            let _ = write!(self.out, "{indent}{margin} {line}");
        }
    }
}

impl Vm {
    /// The text of an uncaught exception, its causes and contexts included.
    pub fn traceback_text(&mut self, exception: Id<Instance>) -> String {
        self.traceback_text_with(exception, &ExceptionTexts::new())
    }

    /// The same with texts for exceptions whose `__str__` is script code.
    pub(crate) fn traceback_text_with(
        &mut self,
        exception: Id<Instance>,
        texts: &ExceptionTexts,
    ) -> String {
        let mut writer = Writer {
            out: String::new(),
            depth: 0,
            need_close: false,
            texts,
        };
        let mut seen = HashSet::new();
        self.write_exception(&mut writer, exception, &mut seen);
        writer.out
    }

    /// The exceptions of a traceback whose text only script code can tell.
    pub(crate) fn unknown_texts(&mut self, exception: Id<Instance>) -> Vec<Id<Instance>> {
        let mut pending = vec![exception];
        let mut seen = HashSet::new();
        let mut unknown = Vec::new();
        while let Some(exception) = pending.pop() {
            if !seen.insert(exception) {
                continue;
            }
            if matches!(self.str(Value::Instance(exception)), Ok(None)) {
                unknown.push(exception);
            }
            let state = self.exception_state(exception);
            pending.extend(state.cause.iter().chain(&state.context));
            pending.extend(self.group_members(exception));
        }
        unknown
    }

    /// The lines of a traceback's frames, outermost first.
    pub(crate) fn stack_text(&self, entries: impl Iterator<Item = TracebackEntry>) -> String {
        let mut out = String::new();
        let mut last: Option<(u32, u32)> = None;
        let mut count = 0;
        let close = |out: &mut String, count: usize| {
            if count > REPEATED {
                let more = count - REPEATED;
                let plural = if more > 1 { "s" } else { "" };
                let _ = writeln!(out, "  [Previous line repeated {more} more time{plural}]");
            }
        };
        for entry in entries.filter(|entry| !self.is_hidden(entry.code)) {
            let (source, span) = self.place(entry);
            let (line, column) = source.line_column(span.start);
            if last == Some((entry.code, line)) {
                count += 1;
                if count > REPEATED {
                    continue;
                }
            } else {
                close(&mut out, count);
                last = Some((entry.code, line));
                count = 1;
            }
            let name = self.heap.text(self.codes[entry.code as usize].name);
            let _ = writeln!(
                out,
                "  File \"{}\", line {line}, column {column}, in {name}",
                source.name
            );
            quote(&mut out, source, span, line, column);
        }
        close(&mut out, count);
        out
    }

    /// The exceptions of a group, in order.
    pub(crate) fn group_members(&self, exception: Id<Instance>) -> Vec<Id<Instance>> {
        if !self.is_subclass(self.heap[exception].class, classes::BASE_EXCEPTION_GROUP) {
            return Vec::new();
        }
        match self.exception_state(exception).extra {
            Value::Tuple(tuple) => self.heap[tuple]
                .items
                .iter()
                .filter_map(|&item| self.as_exception(item))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn write_exception(
        &mut self,
        writer: &mut Writer<'_>,
        exception: Id<Instance>,
        seen: &mut HashSet<Id<Instance>>,
    ) {
        let mut chain = vec![(exception, None)];
        seen.insert(exception);
        let mut at = exception;
        loop {
            let state = self.exception_state(at);
            let next = match (state.cause, state.context) {
                (Some(cause), _) => Some((cause, CAUSE)),
                (None, Some(context)) if !state.suppress_context => Some((context, CONTEXT)),
                _ => None,
            };
            // An exception that is its own cause, by whatever way, is shown once.
            let Some((next, message)) = next.filter(|&(next, _)| seen.insert(next)) else {
                break;
            };
            if let Some(last) = chain.last_mut() {
                last.1 = Some(message);
            }
            chain.push((next, None));
            at = next;
        }
        for (exception, message) in chain.into_iter().rev() {
            if let Some(message) = message {
                writer.emit(message, '|');
            }
            self.write_one(writer, exception, seen);
        }
    }

    fn write_one(
        &mut self,
        writer: &mut Writer<'_>,
        exception: Id<Instance>,
        seen: &mut HashSet<Id<Instance>>,
    ) {
        let members = self.group_members(exception);
        let entries = self.exception_state(exception).traceback.clone();
        let stack = self.stack_text(entries.into_iter().rev());
        if members.is_empty() {
            if !stack.is_empty() {
                writer.emit("Traceback (most recent call last):\n", '|');
                writer.emit(&stack, '|');
            }
            let text = self.exception_lines(exception, writer.texts);
            writer.emit(&text, '|');
            return;
        }
        if writer.depth > GROUP_DEPTH {
            writer.emit(&format!("... (max_group_depth is {GROUP_DEPTH})\n"), '|');
            return;
        }
        let outermost = writer.depth == 0;
        if outermost {
            writer.depth = 1;
        }
        if !stack.is_empty() {
            let margin = if outermost { '+' } else { '|' };
            writer.emit(
                "Exception Group Traceback (most recent call last):\n",
                margin,
            );
            writer.emit(&stack, '|');
        }
        let text = self.exception_lines(exception, writer.texts);
        writer.emit(&text, '|');
        let shown = members.len().min(GROUP_WIDTH + 1);
        writer.need_close = false;
        for (at, &member) in members.iter().enumerate().take(shown) {
            let last = at + 1 == shown;
            if last {
                writer.need_close = true;
            }
            let title = if at < GROUP_WIDTH {
                (at + 1).to_string()
            } else {
                "...".to_owned()
            };
            let corner = if at == 0 { "+-" } else { "  " };
            let indent = writer.indent();
            let _ = writeln!(
                writer.out,
                "{indent}{corner}+---------------- {title} ----------------"
            );
            writer.depth += 1;
            if at < GROUP_WIDTH {
                self.write_exception(writer, member, seen);
            } else {
                let rest = members.len() - GROUP_WIDTH;
                let plural = if rest > 1 { "s" } else { "" };
                writer.emit(&format!("and {rest} more exception{plural}\n"), '|');
            }
            if last && writer.need_close {
                let indent = writer.indent();
                let _ = writeln!(writer.out, "{indent}+------------------------------------");
                writer.need_close = false;
            }
            writer.depth -= 1;
        }
        if outermost {
            writer.depth = 0;
        }
    }

    /// `Type: message` with suggestions and notes: what ends a traceback.
    pub(crate) fn exception_lines(
        &mut self,
        exception: Id<Instance>,
        texts: &ExceptionTexts,
    ) -> String {
        let mut out = self.exception_line(exception, texts);
        out.push('\n');
        match self.own_attribute(exception, names::NOTES) {
            Some(Value::List(list)) => {
                let notes = self.heap[list].items.clone();
                for note in notes {
                    let text = self.text_or(note, "<note str() failed>");
                    text.split('\n').for_each(|line| {
                        let _ = writeln!(out, "{line}");
                    });
                }
            }
            Some(notes) if !notes.is_none() => {
                let shown = self.repr(notes).ok().flatten();
                let _ = writeln!(
                    out,
                    "{}",
                    shown.unwrap_or_else(|| "<__notes__ repr() failed>".to_owned())
                );
            }
            _ => {}
        }
        out
    }

    /// `Type: message` with suggestions.
    pub(crate) fn exception_line(
        &mut self,
        exception: Id<Instance>,
        texts: &ExceptionTexts,
    ) -> String {
        let mut message = self.exception_message(exception, texts);
        let suggestion = self.suggestion(exception, &message);
        message.push_str(&suggestion);
        let name = self.exception_class_name(exception);
        if message.is_empty() {
            name
        } else {
            format!("{name}: {message}")
        }
    }

    /// `str(exception)`
    pub(crate) fn exception_message(
        &mut self,
        exception: Id<Instance>,
        texts: &ExceptionTexts,
    ) -> String {
        match texts.get(&exception) {
            Some(text) => text.clone(),
            None => self.text_or(Value::Instance(exception), "<exception str() failed>"),
        }
    }

    /// The class's name as tracebacks give it.
    pub(crate) fn exception_class_name(&self, exception: Id<Instance>) -> String {
        let name = self.full_name(self.heap[exception].class);
        match name.strip_prefix("__main__.") {
            Some(own) => own.to_owned(),
            None => name,
        }
    }

    fn text_or(&mut self, value: Value, default: &str) -> String {
        self.str(value)
            .ok()
            .flatten()
            .unwrap_or_else(|| default.to_owned())
    }

    /// `. Did you mean: 'x'?`, or nothing.
    fn suggestion(&mut self, exception: Id<Instance>, message: &str) -> String {
        let class = self.heap[exception].class;
        let is_name = self.is_subclass(class, classes::NAME_ERROR);
        if !is_name && !self.is_subclass(class, classes::ATTRIBUTE_ERROR)
            || message.contains("Did you mean")
        {
            return String::new();
        }
        let Some(Value::Str(name)) = self.own_attribute(exception, names::NAME_ATTRIBUTE) else {
            return String::new();
        };
        let wrong = self.heap.text(name).to_owned();
        let candidates = if is_name {
            self.names_in_reach(exception)
        } else {
            let Some(object) = self.own_attribute(exception, names::OBJ) else {
                return String::new();
            };
            let mut all = self.dir_names(object);
            if !wrong.starts_with('_') {
                all.retain(|name| !name.starts_with('_'));
            }
            all
        };
        let candidates: Vec<&str> = candidates.iter().map(String::as_str).collect();
        let near =
            text::suggest(&wrong, &candidates).map(|near| format!(". Did you mean: '{near}'?"));
        let forgotten =
            is_name && (stdlib::source(&wrong).is_some() || stdlib::is_python_module(&wrong));
        match near {
            Some(near) if forgotten => format!("{near} Or did you forget to import '{wrong}'?"),
            Some(near) => near,
            None if forgotten => format!(". Did you forget to import '{wrong}'?"),
            None => String::new(),
        }
    }

    /// The names that the innermost frame of a traceback could have meant: locals, globals, builtins.
    fn names_in_reach(&self, exception: Id<Instance>) -> Vec<String> {
        let state = self.exception_state(exception);
        let Some(entry) = state
            .traceback
            .iter()
            .find(|entry| !self.is_hidden(entry.code))
        else {
            return Vec::new();
        };
        let loaded = &self.codes[entry.code as usize];
        let locals = loaded.code.locals.iter().map(|(_, name)| name.to_string());
        let free = loaded.code.free_names.iter().map(|name| name.to_string());
        let globals = &self.heap[loaded.module].globals;
        let globals = globals
            .iter()
            .filter(|&(_, &slot)| !self.globals[slot as usize].is_undef());
        let globals = globals.map(|(&name, _)| self.heap.text(name).to_owned());
        let builtins = self
            .builtins
            .keys()
            .map(|&name| self.heap.text(name).to_owned());
        locals.chain(free).chain(globals).chain(builtins).collect()
    }
}

/// The source line of a frame, with carets below the part that was running.
fn quote(out: &mut String, source: &Source, span: Span, line: u32, column: u32) {
    let text = source.line(line).trim_end();
    let shown = text.trim_start();
    if shown.is_empty() {
        return;
    }
    let _ = writeln!(out, "    {shown}");
    let cut = text.chars().count() - shown.chars().count();
    let from = (column as usize - 1).saturating_sub(cut);
    let (last_line, last_column) = source.line_column(span.end);
    let width = shown.chars().count();
    let to = if last_line == line {
        (last_column as usize - 1).saturating_sub(cut).min(width)
    } else {
        width
    };
    if from >= to || (from == 0 && to == width) {
        return;
    }
    out.push_str("    ");
    out.extend(
        shown
            .chars()
            .take(from)
            .map(|c| if c == '\t' { c } else { ' ' }),
    );
    out.extend(std::iter::repeat_n('^', to - from));
    out.push('\n');
}
