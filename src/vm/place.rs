//! Where things are in the source: for warnings, tracebacks and repr texts.

use super::Vm;
use crate::objects::TracebackEntry;
use crate::source::{Source, Span};

impl Vm {
    /// The source and span of an instruction.
    pub(crate) fn place(&self, entry: TracebackEntry) -> (&Source, Span) {
        let code = &self.codes[entry.code as usize];
        let span = self
            .spans
            .get(entry.pc as usize)
            .copied()
            .unwrap_or_default();
        (&self.sources[code.source as usize], span)
    }

    /// Is the function part of acoro itself, so that tracebacks leave it out?
    pub(crate) fn is_hidden(&self, code: u32) -> bool {
        let source = self.codes[code as usize].source;
        self.sources[source as usize].name.starts_with("<acoro")
    }

    /// The innermost frame of the program itself: its code and instruction.
    pub(crate) fn current_entry(&self) -> Option<TracebackEntry> {
        self.entry_of(&self.fiber)
    }

    /// The innermost of the program's own frames on a fiber.
    pub(crate) fn entry_of(&self, fiber: &super::Fiber) -> Option<TracebackEntry> {
        fiber
            .frames
            .iter()
            .rev()
            .filter(|frame| frame.has_code())
            .map(|frame| TracebackEntry {
                code: self.heap[frame.function].code,
                pc: frame.pc.saturating_sub(1),
            })
            .find(|entry| !self.is_hidden(entry.code))
    }

    /// File and line of the innermost frame of the program itself.
    pub(crate) fn current_place(&self) -> (String, u32) {
        match self.current_entry() {
            Some(entry) => {
                let (source, span) = self.place(entry);
                (source.name.clone(), source.line_column(span.start).0)
            }
            None => ("<unknown>".to_owned(), 0),
        }
    }

    /// The text of that line.
    pub(crate) fn current_line(&self) -> String {
        match self.current_entry() {
            Some(entry) => {
                let (source, span) = self.place(entry);
                source
                    .line(source.line_column(span.start).0)
                    .trim()
                    .to_owned()
            }
            None => String::new(),
        }
    }
}
