//! A collection that a native asks for, which keeps nothing but what the running frames can still name: registers that only hold what
//! earlier calls left are emptied first. So a program that has deleted its last name of an object sees it go, as in CPython.

use super::{Args, Vm};
use crate::bytecode::When;
use crate::heap::Value;
use std::collections::HashMap;

/// Which registers of a frame may hold something that was meant for them.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Written([u64; 4]);

impl Written {
    fn set(&mut self, register: u16) {
        if let Some(word) = self.0.get_mut(usize::from(register / 64)) {
            *word |= 1 << (register % 64);
        }
    }

    fn has(self, register: usize) -> bool {
        self.0
            .get(register / 64)
            .is_some_and(|word| word & (1 << (register % 64)) != 0)
    }

    fn drop_above(&mut self, register: u16) {
        for lost in register + 1..256 {
            self.0[usize::from(lost / 64)] &= !(1 << (lost % 64));
        }
    }

    fn join(self, other: Self) -> Self {
        let mut both = self;
        for (word, other) in both.0.iter_mut().zip(other.0) {
            *word |= other;
        }
        both
    }
}

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
        let start = function.entry as usize;
        let range = start..start + function.length as usize;
        let mut states: Vec<Option<Written>> = vec![None; range.len()];
        let mut entry = Written::default();
        (0..function.params.names.len() as u16).for_each(|register| entry.set(register));
        let mut work = Vec::new();
        let reach = |states: &mut Vec<Option<Written>>, work: &mut Vec<usize>, at: usize, state| {
            let Some(known) = at.checked_sub(start).and_then(|at| states.get_mut(at)) else {
                return;
            };
            let merged = match *known {
                None => state,
                Some(known) => known.join(state),
            };
            if *known != Some(merged) {
                *known = Some(merged);
                work.push(at);
            }
        };
        reach(&mut states, &mut work, start, entry);
        while let Some(at) = work.pop() {
            let Some(state) = states[at - start] else {
                continue;
            };
            for handler in &function.handlers {
                if (handler.start as usize..handler.end as usize).contains(&at) {
                    let mut state = state;
                    state.set(u16::from(handler.register));
                    reach(&mut states, &mut work, handler.target as usize, state);
                }
            }
            let mut op = self.code[at];
            let (mut falling, mut jumping) = (state, state);
            op.operands(|&mut register, effect| {
                let first = u16::from(register);
                if effect.clobbers {
                    falling.drop_above(first);
                    jumping.drop_above(first);
                }
                for register in first..first + effect.writes {
                    if effect.when != When::Jumping {
                        falling.set(register);
                    }
                    if effect.when != When::Falling {
                        jumping.set(register);
                    }
                }
            });
            if let Some(&mut to) = op.jump() {
                let target = (at as i64 + 1 + i64::from(to)) as usize;
                reach(&mut states, &mut work, target, jumping);
            }
            if !op.diverts() {
                reach(&mut states, &mut work, at + 1, falling);
            }
        }
        let before = |at: usize| {
            let state = at.checked_sub(start).and_then(|at| states.get(at));
            state.copied().flatten().unwrap_or_default()
        };
        let pc = pc as usize;
        before(pc).join(pc.checked_sub(1).map_or_else(Written::default, before))
    }
}
