//! Which reads of local variables can find them unassigned: a forward dataflow over a function's code.
//!
//! The generator puts a `CheckLocal` in front of every read of a local that is not a parameter. Most go here; a variable
//! whose check stays is cleared at the function's entry, so that no stale value is ever taken for its own.

use super::assemble::{Code, Layout};
use crate::bytecode::{Op, Reg, When};

/// The registers that surely hold a value.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Assigned([u64; 4]);

impl Assigned {
    const ALL: Assigned = Assigned([u64::MAX; 4]);

    fn set(&mut self, reg: u16) {
        if let Some(word) = self.0.get_mut(usize::from(reg / 64)) {
            *word |= 1 << (reg % 64);
        }
    }

    fn unset(&mut self, reg: u16) {
        if let Some(word) = self.0.get_mut(usize::from(reg / 64)) {
            *word &= !(1 << (reg % 64));
        }
    }

    fn has(self, reg: Reg) -> bool {
        self.0[usize::from(reg / 64)] & (1 << (reg % 64)) != 0
    }

    /// Keeps what both have; true if that is less than before.
    fn meet(&mut self, other: Assigned) -> bool {
        let before = *self;
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= other;
        }
        *self != before
    }
}

/// What the analysis found.
#[derive(Default)]
pub(super) struct Checks {
    /// Positions of `CheckLocal`s that cannot fail, and of `Clear`s that served only them.
    pub(super) needless: Vec<usize>,
    /// `Clear`s for the variables that are still checked.
    pub(super) clear_at_entry: Vec<Op>,
}

/// Finds the checks that can go.
pub(super) fn analyse(code: &Code, live: &[bool], layout: Layout) -> Checks {
    let mut result = Checks::default();
    let has_checks = code
        .ops
        .iter()
        .zip(live)
        .any(|(op, &live)| live && matches!(op, Op::CheckLocal { .. }));
    let mut checked = [false; 256];
    if has_checks {
        let states = solve(code, live, layout);
        each_check(code, live, &states, |at, reg, can_fail| {
            if can_fail {
                checked[usize::from(reg)] = true;
            } else {
                result.needless.push(at);
            }
        });
    }
    for &at in &code.droppable {
        if let Op::Clear { first, count } = code.ops[at] {
            let last = usize::from(first) + usize::from(count);
            if !checked[usize::from(first)..last].contains(&true) {
                result.needless.push(at);
            }
        }
    }
    let mut reg = layout.params;
    while reg < layout.locals {
        let first = reg;
        while reg < layout.locals && checked[usize::from(reg)] {
            reg += 1;
        }
        if reg > first {
            result.clear_at_entry.push(Op::Clear {
                first: first as u8,
                count: (reg - first) as u8,
            });
        } else {
            reg += 1;
        }
    }
    result
}

/// The state in front of each block leader.
fn solve(code: &Code, live: &[bool], layout: Layout) -> Vec<Option<Assigned>> {
    let len = code.ops.len();
    let mut is_leader = vec![false; len + 1];
    is_leader[0] = true;
    for at in 0..len {
        let mut op = code.ops[at];
        if let Some(&mut to) = op.jump()
            && live[at]
        {
            is_leader[code.position(to)] = true;
            is_leader[at + 1] = true;
        }
    }
    for info in &code.regions[1..] {
        if let Some(slot) = is_leader.get_mut(code.labels[info.target.0 as usize] as usize) {
            *slot = true;
        }
    }
    let mut states: Vec<Option<Assigned>> = is_leader
        .iter()
        .map(|&leader| leader.then_some(Assigned::ALL))
        .collect();
    let mut entry = Assigned([0; 4]);
    (0..layout.params).for_each(|reg| entry.set(reg));
    states[0] = Some(entry);
    loop {
        let mut changed = false;
        let mut at = 0;
        while at < len {
            let Some(state) = states[at] else {
                // Behind a dead jump: nothing comes here.
                at += 1;
                continue;
            };
            at = walk_block(code, live, at, state, &mut states, &mut changed);
        }
        if !changed {
            return states;
        }
    }
}

/// Walks from a leader to the next one, telling successors and handlers what is assigned.
fn walk_block(
    code: &Code,
    live: &[bool],
    leader: usize,
    mut state: Assigned,
    states: &mut [Option<Assigned>],
    changed: &mut bool,
) -> usize {
    let mut at = leader;
    let mut tell_handlers = true;
    loop {
        if live[at] {
            if at > leader && code.op_regions[at] != code.op_regions[at - 1] {
                tell_handlers = true;
            }
            if tell_handlers {
                for info in code.regions_of(at) {
                    let mut state = state;
                    state.set(u16::from(info.register));
                    let target = code.labels[info.target.0 as usize] as usize;
                    *changed |= states[target]
                        .as_mut()
                        .expect("handlers are leaders")
                        .meet(state);
                }
                tell_handlers = false;
            }
            let mut op = code.ops[at];
            let mut jumping = state;
            step(&mut op, &mut state, &mut jumping);
            tell_handlers |= matches!(op, Op::Clear { .. });
            if let Some(&mut to) = op.jump() {
                *changed |= states[code.position(to)]
                    .as_mut()
                    .expect("jump targets are leaders")
                    .meet(jumping);
            }
            if op.diverts() {
                return next_leader(states, at + 1);
            }
        }
        at += 1;
        match states.get_mut(at) {
            None => return at,
            Some(Some(next)) => {
                *changed |= next.meet(state);
                return at;
            }
            Some(None) => {}
        }
        if at >= code.ops.len() {
            return at;
        }
    }
}

fn next_leader(states: &[Option<Assigned>], from: usize) -> usize {
    (from..states.len())
        .find(|&at| states[at].is_some())
        .unwrap_or(states.len())
}

/// What is assigned behind an instruction, when it goes on and when it jumps.
fn step(op: &mut Op, falling: &mut Assigned, jumping: &mut Assigned) {
    if let Op::CheckLocal { src, .. } = op {
        falling.set(u16::from(*src));
    }
    op.operands(|&mut reg, effect| {
        for reg in u16::from(reg)..u16::from(reg) + effect.writes {
            if effect.unset {
                falling.unset(reg);
                continue;
            }
            if effect.when != When::Jumping {
                falling.set(reg);
            }
            if effect.when != When::Falling {
                jumping.set(reg);
            }
        }
    });
}

/// Calls `visit` with each live check and whether it can fail.
fn each_check(
    code: &Code,
    live: &[bool],
    states: &[Option<Assigned>],
    mut visit: impl FnMut(usize, Reg, bool),
) {
    let mut state = Assigned::ALL;
    for at in 0..code.ops.len() {
        if let Some(leader) = states[at] {
            state = leader;
        }
        if !live[at] {
            continue;
        }
        let mut op = code.ops[at];
        if let Op::CheckLocal { src, .. } = op {
            visit(at, src, !state.has(src));
        }
        let mut jumping = state;
        step(&mut op, &mut state, &mut jumping);
    }
}
