//! What the collector begins at: everything of the machine that names objects.

use super::{Cached, Fiber, FrameKind, Vm, names};
use crate::event_loop::{Child, Loop, Task};
use crate::heap::{Heap, Id, Value};
use crate::objects::{Coroutine, CoroutineState};

/// What of a loop nothing but the loop's own lists leads to.
pub(crate) struct Lost {
    /// Pending tasks.
    pub(crate) tasks: Vec<Id<Task>>,
    /// Futures with exceptions that may not have been retrieved.
    pub(crate) failed: Vec<Child>,
    /// Async generators that were begun and are not closed.
    pub(crate) generators: Vec<Id<Coroutine>>,
}

impl Vm {
    /// Collects garbage. Only called between instructions.
    pub fn collect(&mut self) {
        self.collect_keeping(0);
    }

    /// Collects garbage while the values of the stack up to `end` are needed, though no frame has them yet.
    pub(crate) fn collect_keeping(&mut self, end: usize) {
        self.specials.clear();
        let classes = self.heap.classes.len();
        self.with_roots(end, |heap, roots| heap.collect(roots));
        // Another class may get the place of one that is gone.
        if self.heap.classes.len() < classes {
            self.clear_sites();
        }
    }

    /// What of a loop nothing but the loop's own lists leads to.
    pub(crate) fn lost_in(&mut self, event_loop: Id<Loop>) -> Lost {
        let data = &mut self.heap[event_loop];
        let tasks = std::mem::take(&mut data.tasks);
        let failed = std::mem::take(&mut data.failed);
        let generators = std::mem::take(&mut data.generators);
        let lost = self.with_roots(0, |heap, roots| {
            let marks = heap.marks(roots);
            let waits =
                |task: &Id<Task>| !marks.has_task(*task) && !heap.tasks[*task].future.is_done();
            let lost = |child: &Child| !marks.has_child(*child);
            let begun = |&id: &Id<Coroutine>| {
                !marks.has_coroutine(id) && heap.coroutines[id].state == CoroutineState::Suspended
            };
            Lost {
                tasks: tasks.iter().copied().filter(waits).collect(),
                failed: failed.iter().copied().filter(lost).collect(),
                generators: generators.iter().copied().filter(begun).collect(),
            }
        });
        let data = &mut self.heap[event_loop];
        (data.tasks, data.failed, data.generators) = (tasks, failed, generators);
        lost
    }

    /// Calls `action` with the heap and what visits all roots.
    fn with_roots<R>(
        &mut self,
        end: usize,
        action: impl FnOnce(&mut Heap, &dyn Fn(&mut dyn FnMut(Value))) -> R,
    ) -> R {
        let Vm {
            heap,
            codes,
            constants,
            names,
            sites,
            globals,
            fallbacks,
            global_names,
            modules,
            path,
            found_by_host,
            found,
            builtins,
            fiber,
            fibers,
            handled,
            shown,
            host,
            asyncio,
            ..
        } = self;
        let running_loop = self.running_loop;
        let prelude = self.prelude;
        action(heap, &|visit| {
            names::all().for_each(|name| visit(Value::Str(name)));
            asyncio.trace(visit);
            for loaded in codes.iter() {
                visit(Value::Str(loaded.name));
                visit(Value::Str(loaded.qualname));
                loaded
                    .parameters
                    .iter()
                    .for_each(|&name| visit(Value::Str(name)));
                visit(Value::Module(loaded.module));
            }
            constants
                .iter()
                .chain(globals.iter())
                .chain(fallbacks.iter())
                .for_each(|&value| visit(value));
            names
                .iter()
                .chain(global_names.iter())
                .for_each(|&name| visit(Value::Str(name)));
            for site in sites.iter() {
                visit(Value::Str(site.name));
                for cached in site.cached() {
                    match *cached {
                        Cached::Empty
                        | Cached::AddSlot { .. }
                        | Cached::Shared { .. }
                        | Cached::OfClass { .. }
                        | Cached::Field { .. }
                        | Cached::Args { .. }
                        | Cached::Global { .. } => {}
                        Cached::Method { function, .. }
                        | Cached::Kind { function, .. }
                        | Cached::Builtin { function, .. }
                        | Cached::Super { function, .. } => visit(function),
                        Cached::Getter { function, .. } => visit(Value::Function(function)),
                    }
                }
            }
            visit(Value::Dict(*modules));
            visit(*path);
            found_by_host
                .iter()
                .for_each(|&name| visit(Value::Str(name)));
            if let Some((name, answer)) = *found {
                visit(Value::Str(name));
                visit(answer);
            }
            for (&name, &value) in builtins.iter() {
                visit(Value::Str(name));
                visit(value);
            }
            trace_fiber(fiber, visit);
            if let Some(kept) = fiber.stack.get(..end) {
                kept.iter().for_each(|&value| visit(value));
            }
            Vm::trace_fibers(fibers, visit);
            handled
                .iter()
                .for_each(|&exception| visit(Value::Instance(exception)));
            host.trace(visit);
            running_loop.iter().for_each(|&it| visit(Value::Loop(it)));
            shown.iter().for_each(|&value| visit(value));
            prelude.iter().for_each(|&it| visit(Value::Module(it)));
        })
    }
}

/// What the stacks of a fiber name.
pub(super) fn trace_fiber(fiber: &Fiber, visit: &mut dyn FnMut(Value)) {
    let top = fiber
        .frames
        .last()
        .map_or(0, |frame| frame.base as usize + frame.registers as usize);
    fiber.stack[..top].iter().for_each(|&value| visit(value));
    for frame in &fiber.frames {
        visit(Value::Function(frame.function));
        frame
            .handled
            .iter()
            .for_each(|&exception| visit(Value::Instance(exception)));
        match frame.kind {
            FrameKind::Init(_, instance) => visit(Value::Instance(instance)),
            FrameKind::Chained(coroutine) => visit(Value::Generator(coroutine)),
            FrameKind::Resumed {
                coroutine, root, ..
            } => {
                visit(Value::Generator(coroutine));
                visit(Value::Generator(root));
            }
            FrameKind::Loop(event_loop) => visit(Value::Loop(event_loop)),
            FrameKind::Call(_) | FrameKind::Operation | FrameKind::Awaited | FrameKind::Entry => {}
        }
    }
}
