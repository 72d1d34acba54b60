//! From instructions with symbolic labels to final code: jumps threaded, dead code dropped, checks and hoisted constants
//! settled, handler tables made.

use super::unassigned;
use crate::bytecode::{Handler, Op, Reg};
use crate::source::Span;

/// Most functions have no more instructions.
const USUAL_LENGTH: usize = 32;

/// A place in the code to jump to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(pub(super) u32);

/// A stretch of code whose exceptions go to one handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region(pub(super) u32);

impl Region {
    /// Exceptions leave the function.
    pub(super) const NONE: Region = Region(0);
}

/// Where a region's exceptions go.
#[derive(Clone, Copy, Debug)]
pub(super) struct RegionInfo {
    /// The region around.
    pub(super) parent: Region,
    /// The handler.
    pub(super) target: Label,
    /// The register that receives the exception.
    pub(super) register: Reg,
    /// The first register that the handler has no use for.
    pub(super) free: Reg,
}

/// A function's code while it is generated. The `to` of a jump is the number of a label.
pub(super) struct Code {
    pub(super) ops: Vec<Op>,
    pub(super) spans: Vec<Span>,
    /// The innermost region of each instruction.
    pub(super) op_regions: Vec<Region>,
    /// The position of each label.
    pub(super) labels: Vec<u32>,
    /// Number 0 stands for none.
    pub(super) regions: Vec<RegionInfo>,
    /// The region that emitted instructions belong to.
    pub(super) region: Region,
    /// Placeholder instructions with the constants to load there.
    pub(super) hoists: Vec<(usize, Vec<Op>)>,
    /// Stretches of handler code, put behind the rest so that nothing has to jump over them. Control neither falls into nor
    /// out of them.
    pub(super) cold: Vec<std::ops::Range<usize>>,
    /// `Clear`s that only serve checks, and go when those go.
    pub(super) droppable: Vec<usize>,
}

/// What the assembler must know of a function's registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Parameters: set from the beginning.
    pub(super) params: u16,
    /// Behind the registers of local variables.
    pub(super) locals: u16,
    /// How many registers were kept for hoisted constants behind the locals, and how many of them are used.
    pub(super) reserved: u8,
    pub(super) hoisted: u8,
}

impl Layout {
    /// The final number of a register.
    pub(super) fn place(self, reg: Reg) -> Reg {
        if u16::from(reg) >= self.locals + u16::from(self.reserved) {
            reg - (self.reserved - self.hoisted)
        } else {
            reg
        }
    }
}

/// Final code of one function; positions count from its first instruction.
pub(super) struct Assembled {
    pub(super) ops: Vec<Op>,
    pub(super) spans: Vec<Span>,
    pub(super) handlers: Vec<Handler>,
    pub(super) registers: u16,
}

impl Code {
    pub(super) fn new() -> Self {
        let none = RegionInfo {
            parent: Region::NONE,
            target: Label(0),
            register: 0,
            free: 0,
        };
        Code {
            ops: Vec::with_capacity(USUAL_LENGTH),
            spans: Vec::with_capacity(USUAL_LENGTH),
            op_regions: Vec::with_capacity(USUAL_LENGTH),
            labels: Vec::new(),
            regions: vec![none],
            region: Region::NONE,
            hoists: Vec::new(),
            cold: Vec::new(),
            droppable: Vec::new(),
        }
    }

    pub(super) fn emit(&mut self, op: Op, span: Span) {
        self.ops.push(op);
        self.spans.push(span);
        self.op_regions.push(self.region);
    }

    pub(super) fn new_label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }

    pub(super) fn bind_label(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.ops.len() as u32;
    }

    /// Opens a region inside the current one and enters it. Its handler needs the registers up to that of the exception.
    pub(super) fn enter_region(&mut self, target: Label, register: Reg) -> Region {
        self.enter_region_below(target, register, register + 1)
    }

    /// The same for a handler that needs the registers below `free`.
    pub(super) fn enter_region_below(&mut self, target: Label, register: Reg, free: Reg) -> Region {
        self.regions.push(RegionInfo {
            parent: self.region,
            target,
            register,
            free,
        });
        self.region = Region(self.regions.len() as u32 - 1);
        self.region
    }

    pub(super) fn parent(&self, region: Region) -> Region {
        self.regions[region.0 as usize].parent
    }

    /// Leaves the current region for good.
    pub(super) fn leave_region(&mut self) {
        self.region = self.parent(self.region);
    }

    /// The position a label stands for.
    pub(super) fn position(&self, label: i32) -> usize {
        self.labels[label as usize] as usize
    }

    /// The regions around an instruction, from the innermost.
    pub(super) fn regions_of(&self, at: usize) -> impl Iterator<Item = RegionInfo> + '_ {
        let mut region = self.op_regions[at];
        std::iter::from_fn(move || {
            if region == Region::NONE {
                return None;
            }
            let info = self.regions[region.0 as usize];
            region = info.parent;
            Some(info)
        })
    }

    /// Settles everything.
    pub(super) fn assemble(mut self, layout: Layout) -> Assembled {
        self.thread_jumps();
        let mut live = self.reachable(&[]);
        self.invert_jumps(&mut live);
        let checks = unassigned::analyse(&self, &live, layout);
        self.drop_checks(&checks.needless, &mut live);
        let order = self.order();
        self.drop_jumps_to_next(&mut live, &order);
        self.emit_final(&live, &order, layout, &checks.clear_at_entry)
    }

    /// Lets labels in front of an unconditional jump stand for that jump's target.
    fn thread_jumps(&mut self) {
        for label in 0..self.labels.len() {
            let mut hops = 0;
            while let Some(Op::Jump { to }) = self.ops.get(self.labels[label] as usize)
                && hops < 8
            {
                self.labels[label] = self.labels[*to as usize];
                hops += 1;
            }
        }
    }

    /// Takes checks out, and the handlers that only they could have reached.
    fn drop_checks(&mut self, needless: &[usize], live: &mut [bool]) {
        if needless.is_empty() {
            return;
        }
        if self.regions.len() > 1 {
            let mut silent = vec![false; self.ops.len()];
            needless.iter().for_each(|&at| silent[at] = true);
            let reached = self.reachable(&silent);
            for (live, reached) in live.iter_mut().zip(reached) {
                *live &= reached;
            }
        }
        needless.iter().for_each(|&at| live[at] = false);
    }

    /// Which instructions can run; those that are `silent` raise nothing.
    fn reachable(&mut self, silent: &[bool]) -> Vec<bool> {
        let mut live = vec![false; self.ops.len()];
        let mut regions_seen = vec![false; self.regions.len()];
        let mut work = vec![0];
        while let Some(mut at) = work.pop() {
            while at < live.len() && !live[at] {
                live[at] = true;
                let mut region = match silent.get(at) {
                    Some(true) => Region::NONE,
                    Some(false) | None => self.op_regions[at],
                };
                while region != Region::NONE && !regions_seen[region.0 as usize] {
                    regions_seen[region.0 as usize] = true;
                    let info = self.regions[region.0 as usize];
                    work.push(self.labels[info.target.0 as usize] as usize);
                    region = info.parent;
                }
                let mut op = self.ops[at];
                if let Some(&mut to) = op.jump() {
                    work.push(self.position(to));
                }
                if op.diverts() {
                    break;
                }
                at += 1;
            }
        }
        live
    }

    /// `if c jump A; jump B; A:` is `if not c jump B; A:`.
    fn invert_jumps(&mut self, live: &mut [bool]) {
        let mut is_target = vec![false; self.ops.len() + 1];
        for (op, &live) in self.ops.iter_mut().zip(&*live) {
            if live && let Some(&mut to) = op.jump() {
                is_target[self.labels[to as usize] as usize] = true;
            }
        }
        for info in &self.regions[1..] {
            // The handler of a region that was never entered has no place.
            if let Some(slot) = is_target.get_mut(self.labels[info.target.0 as usize] as usize) {
                *slot = true;
            }
        }
        for at in 0..self.ops.len().saturating_sub(2) {
            let Op::Jump { to: far } = self.ops[at + 1] else {
                continue;
            };
            if !live[at] || !live[at + 1] || is_target[at + 1] {
                continue;
            }
            let mut op = self.ops[at];
            let Some(&mut to) = op.jump() else { continue };
            if self.position(to) == at + 2 && invert(&mut op) {
                *op.jump().expect("an inverted jump jumps") = far;
                self.ops[at] = op;
                // Nothing stands here any more, so that what follows is reached by falling through.
                self.ops[at + 1] = Op::Clear { first: 0, count: 0 };
                live[at + 1] = false;
            }
        }
    }

    /// The positions in their final order: cold code last.
    fn order(&self) -> Vec<usize> {
        if self.cold.is_empty() {
            return (0..self.ops.len()).collect();
        }
        let mut is_cold = vec![false; self.ops.len()];
        for range in &self.cold {
            is_cold[range.clone()].fill(true);
        }
        let (cold, hot): (Vec<usize>, Vec<usize>) =
            (0..self.ops.len()).partition(|&at| is_cold[at]);
        [hot, cold].concat()
    }

    fn drop_jumps_to_next(&self, live: &mut [bool], order: &[usize]) {
        // The place of each position in the order, and the first live place at or behind each place.
        let mut places = vec![order.len(); self.ops.len() + 1];
        for (place, &at) in order.iter().enumerate() {
            places[at] = place;
        }
        let mut next_live = vec![order.len(); order.len() + 1];
        for (place, &at) in order.iter().enumerate().rev() {
            if live[at]
                && let Op::Jump { to } = self.ops[at]
            {
                let to = places[self.position(to)];
                if to > place && next_live[to] == next_live[place + 1] {
                    live[at] = false;
                }
            }
            next_live[place] = match live[at] {
                true => place,
                false => next_live[place + 1],
            };
        }
    }

    fn emit_final(
        mut self,
        live: &[bool],
        order: &[usize],
        layout: Layout,
        clears: &[Op],
    ) -> Assembled {
        let hoists = std::mem::take(&mut self.hoists);
        let mut ops: Vec<Op> = Vec::with_capacity(self.ops.len() + clears.len());
        let mut spans = Vec::with_capacity(ops.capacity());
        let mut regions = Vec::with_capacity(ops.capacity());
        // The new position of each instruction, or of the next live one.
        let mut moved = vec![0; self.ops.len() + 1];
        let first_span = self.spans.first().copied().unwrap_or_default();
        for &op in clears {
            ops.push(op);
            spans.push(first_span);
            regions.push(Region::NONE);
        }
        for &at in order {
            moved[at] = ops.len();
            if !live[at] {
                continue;
            }
            let hoisted = if let Op::Clear { count: 0, .. } = self.ops[at] {
                hoists
                    .binary_search_by_key(&at, |(place, _)| *place)
                    .map_or(&[][..], |index| &hoists[index].1)
            } else {
                std::slice::from_ref(&self.ops[at])
            };
            for &op in hoisted {
                ops.push(op);
                spans.push(self.spans[at]);
                regions.push(self.op_regions[at]);
            }
        }
        moved[self.ops.len()] = ops.len();
        let mut registers = layout.params;
        for (at, op) in ops.iter_mut().enumerate() {
            op.operands(|reg, effect| {
                *reg = layout.place(*reg);
                let last = u16::from(*reg) + effect.reads.max(effect.writes);
                registers = registers.max(last);
            });
            if let Some(to) = op.jump() {
                let target = moved[self.labels[*to as usize] as usize];
                *to = target as i32 - (at as i32 + 1);
            }
        }
        let handlers = self.handlers(&regions, &moved, layout);
        for handler in &handlers {
            registers = registers.max(u16::from(handler.register) + 1);
        }
        Assembled {
            ops,
            spans,
            handlers,
            registers,
        }
    }

    /// The handler table, inner regions first.
    fn handlers(&self, op_regions: &[Region], moved: &[usize], layout: Layout) -> Vec<Handler> {
        if self.regions.len() == 1 {
            return Vec::new();
        }
        let mut rows: Vec<Vec<(u32, u32)>> = vec![Vec::new(); self.regions.len()];
        let mut start = 0;
        while start < op_regions.len() {
            let innermost = op_regions[start];
            let mut end = start + 1;
            while op_regions.get(end) == Some(&innermost) {
                end += 1;
            }
            let mut region = innermost;
            while region != Region::NONE {
                let row = &mut rows[region.0 as usize];
                match row.last_mut() {
                    Some(last) if last.1 == start as u32 => last.1 = end as u32,
                    _ => row.push((start as u32, end as u32)),
                }
                region = self.parent(region);
            }
            start = end;
        }
        let mut handlers = Vec::new();
        // Inner regions are opened after outer ones, so they have the higher numbers.
        for (info, row) in self.regions.iter().zip(rows).rev() {
            for (start, end) in row {
                handlers.push(Handler {
                    start,
                    end,
                    target: moved[self.labels[info.target.0 as usize] as usize] as u32,
                    register: layout.place(info.register),
                    free: layout.place(info.free),
                });
            }
        }
        handlers
    }
}

/// Turns a conditional jump round; false if it cannot be.
fn invert(op: &mut Op) -> bool {
    if let Op::JumpIf { src, to } = *op {
        *op = Op::JumpIfNot { src, to };
        true
    } else if let Op::JumpIfNot { src, to } = *op {
        *op = Op::JumpIf { src, to };
        true
    } else {
        invert_when(op)
    }
}

fn invert_when(op: &mut Op) -> bool {
    if let Op::JumpIfNone { when, .. }
    | Op::JumpIfIs { when, .. }
    | Op::JumpIfLt { when, .. }
    | Op::JumpIfLe { when, .. }
    | Op::JumpIfGt { when, .. }
    | Op::JumpIfGe { when, .. }
    | Op::JumpIfEq { when, .. }
    | Op::JumpIfNe { when, .. }
    | Op::JumpIfLtInt { when, .. }
    | Op::JumpIfLeInt { when, .. }
    | Op::JumpIfGtInt { when, .. }
    | Op::JumpIfGeInt { when, .. }
    | Op::JumpIfEqInt { when, .. }
    | Op::JumpIfNeInt { when, .. }
    | Op::JumpIfIn { when, .. } = op
    {
        *when = !*when;
        return true;
    }
    false
}
