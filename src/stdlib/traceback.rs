//! The native part of `traceback`: the frames of a traceback and of the running stack, and what carets stand under.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{List, TracebackEntry};
use crate::source::Source;
use crate::syntax::{self, ast};
use crate::vm::{Args, FrameKind, NativeFn, NativeResult, Vm, native, ok};

/// So many frames are kept of where something was made.
const CREATION_DEPTH: usize = 10;

/// Functions of the module.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_frames", "traceback, /", frames),
    native("_stack", "", stack),
    native("_anchors", "segment, /", anchors),
    native("_text", "exception, /", text),
];

/// What the frames of programs are made of.
pub(crate) const FRAMES: &[NativeFn] = &[native("_calls", "traceback, /", calls)];

/// `(filename, line number, name, line, column, last line, last column)`, columns from 0 in code points.
fn row(vm: &mut Vm, entry: TracebackEntry) -> Value {
    let (source, span) = vm.place(entry);
    let (line, column) = source.line_column(span.start);
    let (end_line, end_column) = source.line_column(span.end);
    let (file, text) = (source.name.clone(), source.line(line).to_owned());
    let name = vm.codes[entry.code as usize].name;
    let file = vm.heap.str(file);
    let text = vm.heap.str(text);
    let items = [
        file,
        Value::Int(line.into()),
        Value::Str(name),
        text,
        Value::Int(i64::from(column) - 1),
        Value::Int(end_line.into()),
        Value::Int(i64::from(end_column) - 1),
    ];
    vm.heap.tuple(items)
}

/// The frames of a traceback, outermost first, without acoro's own.
fn frames(vm: &mut Vm, args: Args) -> NativeResult {
    let Value::Traceback(id) = args.get(vm, 0) else {
        return ok(vm.heap.list(Vec::new()));
    };
    let entries = vm.heap[id].entries.clone();
    let rows = entries
        .into_iter()
        .filter(|entry| !vm.is_hidden(entry.code))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|entry| row(vm, entry))
        .collect();
    ok(vm.heap.list(rows))
}

/// The frames that are running, outermost first.
fn stack(vm: &mut Vm, _args: Args) -> NativeResult {
    let entries = vm.running_entries();
    let rows = entries.into_iter().map(|entry| row(vm, entry)).collect();
    ok(vm.heap.list(rows))
}

impl Vm {
    /// The frames that are running, outermost first, without acoro's own.
    fn running_entries(&self) -> Vec<TracebackEntry> {
        let mut entries = Vec::new();
        for frame in self.fiber.frames.iter().filter(|frame| frame.has_code()) {
            // The frames between whoever resumed a chain and its innermost one are not on the stack.
            let first = entries.len();
            let mut at = frame.coroutine();
            while let FrameKind::Resumed { root, .. } = frame.kind
                && at != Some(root)
                && let Some(parent) = at.and_then(|at| self.heap[at].parent)
            {
                entries.push((self.heap[parent].function, self.heap[parent].pc));
                at = Some(parent);
            }
            entries[first..].reverse();
            entries.push((frame.function, frame.pc));
        }
        let entries = entries.into_iter().map(|(function, pc)| TracebackEntry {
            code: self.heap[function].code,
            pc: pc.saturating_sub(1),
        });
        entries
            .filter(|entry| !self.is_hidden(entry.code))
            .collect()
    }

    /// The same as a list of `(filename, line number, name, line)`: what debug mode keeps of where something was made.
    pub(crate) fn creation_stack(&mut self) -> Id<List> {
        let mut rows = Vec::new();
        let entries = self.running_entries();
        for &entry in &entries[entries.len().saturating_sub(CREATION_DEPTH)..] {
            let (source, span) = self.place(entry);
            let line = source.line_column(span.start).0;
            let (file, text) = (source.name.clone(), source.line(line).trim().to_owned());
            let items = [
                self.heap.str(file),
                Value::Int(line.into()),
                Value::Str(self.codes[entry.code as usize].name),
                self.heap.str(text),
            ];
            rows.push(self.heap.tuple(items));
        }
        self.heap.new_list(List { items: rows })
    }
}

/// `(filename, line number, name, qualified name, first line number, line)` of the frames of a traceback, or of those that are running.
fn calls(vm: &mut Vm, args: Args) -> NativeResult {
    let entries = match args.get(vm, 0) {
        Value::Traceback(id) => vm.heap[id].entries.clone(),
        _ => vm.running_entries(),
    };
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let (source, span) = vm.place(entry);
        let line = source.line_column(span.start).0;
        let loaded = &vm.codes[entry.code as usize];
        let first = source.line_column(loaded.code.span.start).0;
        let (name, qualname) = (Value::Str(loaded.name), Value::Str(loaded.qualname));
        let (file, text) = (source.name.clone(), source.line(line).to_owned());
        let (file, text) = (vm.heap.str(file), vm.heap.str(text));
        let (line, first) = (Value::Int(line.into()), Value::Int(first.into()));
        rows.push(vm.heap.tuple([file, line, name, qualname, first, text]));
    }
    ok(vm.heap.list(rows))
}

/// What of an expression's text matters most: `(kind, from, to)` with kind "operator", "subscript" or "call"; None for others.
fn anchors(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(id) = vm.as_str(args.get(vm, 0)) else {
        return ok(Value::None);
    };
    let text = vm.heap.text(id);
    if text.len() > 500 {
        return ok(Value::None);
    }
    let source = Source::new("", text);
    let Ok(tree) = syntax::parse(&source) else {
        return ok(Value::None);
    };
    let [
        ast::Stmt {
            kind: ast::StmtKind::Expr(expr),
            ..
        },
    ] = &tree.body[..]
    else {
        return ok(Value::None);
    };
    let found = match &expr.kind {
        ast::ExprKind::Binary { left, right, .. } => {
            let between = &source.text[left.span.end as usize..right.span.start as usize];
            let Some(skip) = between.find(|c: char| !c.is_whitespace() && c != ')') else {
                return ok(Value::None);
            };
            let from = left.span.end as usize + skip;
            let width = between[skip..]
                .chars()
                .take_while(|c| !c.is_whitespace() && *c != '(')
                .count()
                .min(2);
            let width = match &source.text[from..from + width] {
                "**" | "//" | "<<" | ">>" => 2,
                _ => 1,
            };
            Some(("operator", from, from + width))
        }
        ast::ExprKind::Subscript { value, .. } => {
            Some(("subscript", value.span.end as usize, expr.span.end as usize))
        }
        ast::ExprKind::Call { func, .. } => {
            Some(("call", func.span.end as usize, expr.span.end as usize))
        }
        _ => None,
    };
    let Some((kind, from, to)) = found else {
        return ok(Value::None);
    };
    let point = |byte: usize| source.text[..byte].chars().count() as i64;
    let (from, to) = (point(from), point(to));
    let kind = vm.heap.str(kind);
    ok(vm.heap.tuple([kind, Value::Int(from), Value::Int(to)]))
}

/// An exception with its traceback as acoro reports it at the end of a program.
fn text(vm: &mut Vm, args: Args) -> NativeResult {
    let Some(exception) = vm.as_exception(args.get(vm, 0)) else {
        return ok(Value::None);
    };
    let text = vm.traceback_text(exception);
    ok(vm.heap.str(text))
}
