//! A collection that a native asks for, which keeps nothing but what the running frames can still name: registers that only hold what
//! earlier calls left are emptied first. So a program that has deleted its last name of an object sees it go, as in CPython.

use super::{Args, Vm};
use crate::bytecode::{Written, follow};
use crate::heap::Value;
use std::collections::HashMap;
use std::convert::Infallible;

impl Vm {
    /// Collects on behalf of a native with these arguments, which has not yet looked at them.
    pub(crate) fn collect_exactly(&mut self, args: Args) {
        self.empty_unused_registers(args);
        self.collect_keeping(args.end());
        self.heap.charge_for_collection();
    }

    fn empty_unused_registers(&mut self, args: Args) {
        let mut known: HashMap<(u32, u32), Written> = HashMap::new();
        for at in 0..self.fiber.frames.len() {
            let frame = self.fiber.frames[at];
            let base = frame.base as usize;
            let top = base + frame.registers as usize;
            // What lies between a frame's registers and the next frame is nobody's.
            let end = match self.fiber.frames.get(at + 1) {
                Some(next) => next.base as usize,
                None => top.max(args.end()),
            };
            let written = match frame.has_code() {
                true => {
                    let code = self.heap[frame.function].code;
                    *known
                        .entry((code, frame.pc))
                        .or_insert_with(|| self.written_at(code, frame.pc))
                }
                false => Written::default(),
            };
            for place in base..end {
                if !written.has(place - base) && !args.has_place(place) {
                    self.fiber.stack[place] = Value::Undef;
                }
            }
        }
    }

    /// Which registers may hold something before the instruction at `pc`, or before the one that led there.
    fn written_at(&self, code: u32, pc: u32) -> Written {
        let function = &self.codes[code as usize].code;
        let visit = |_, _| Ok::<(), Infallible>(());
        let Ok(states) = follow(&self.code, function, Written::join, visit);
        let start = function.entry as usize;
        let before = |at: usize| {
            let state = at.checked_sub(start).and_then(|at| states.get(at));
            state.copied().flatten().unwrap_or_default()
        };
        let pc = pc as usize;
        before(pc).join(pc.checked_sub(1).map_or_else(Written::default, before))
    }
}
