//! Which registers hold something before each instruction of a function: the verifier checks it, and a collection that has to be exact goes
//! by it.

use super::code::FunctionCode;
use super::effects::When;
use super::op::Op;

/// Which registers hold something, an unset mark included.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Written([u64; 4]);

impl Written {
    fn set(&mut self, register: u16) {
        if let Some(word) = self.0.get_mut(usize::from(register / 64)) {
            *word |= 1 << (register % 64);
        }
    }

    fn drop_above(&mut self, register: u16) {
        for lost in register + 1..256 {
            self.0[usize::from(lost / 64)] &= !(1 << (lost % 64));
        }
    }

    pub(crate) fn has(self, register: usize) -> bool {
        self.0
            .get(register / 64)
            .is_some_and(|word| word & (1 << (register % 64)) != 0)
    }

    /// What is written on both of two ways.
    pub(crate) fn meet(mut self, other: Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= other;
        }
        self
    }

    /// What is written on one of two ways.
    pub(crate) fn join(mut self, other: Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
        self
    }

    /// What is written behind an instruction: when it goes on, and when it jumps.
    fn behind(self, mut op: Op) -> (Self, Self) {
        let (mut falling, mut jumping) = (self, self);
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
        (falling, jumping)
    }
}

/// Follows every path through a function: what is written before each of its instructions, the first of which is number `function.entry` of
/// `ops`, where ways that come together are merged by `merge`. None where no way leads. `visit` is shown each instruction with what is written
/// before it, again when that has changed.
pub(crate) fn follow<E>(
    ops: &[Op],
    function: &FunctionCode,
    merge: fn(Written, Written) -> Written,
    mut visit: impl FnMut(usize, Written) -> Result<(), E>,
) -> Result<Vec<Option<Written>>, E> {
    let start = function.entry as usize;
    let mut states: Vec<Option<Written>> = vec![None; function.length as usize];
    let mut work = Vec::new();
    let reach = |states: &mut Vec<Option<Written>>, work: &mut Vec<usize>, at: usize, state| {
        let Some(known) = at.checked_sub(start).and_then(|at| states.get_mut(at)) else {
            return;
        };
        let merged = match *known {
            None => state,
            Some(known) => merge(known, state),
        };
        if *known != Some(merged) {
            *known = Some(merged);
            work.push(at);
        }
    };
    let mut entry = Written::default();
    (0..function.params.names.len() as u16).for_each(|register| entry.set(register));
    reach(&mut states, &mut work, start, entry);
    while let Some(at) = work.pop() {
        let Some(state) = states[at - start] else {
            continue;
        };
        visit(at, state)?;
        for handler in &function.handlers {
            if (handler.start as usize..handler.end as usize).contains(&at) {
                let mut state = state;
                state.set(u16::from(handler.register));
                reach(&mut states, &mut work, handler.target as usize, state);
            }
        }
        let mut op = ops[at];
        let (falling, jumping) = state.behind(op);
        if let Some(&mut to) = op.jump() {
            let target = (at as i64 + 1 + i64::from(to)) as usize;
            reach(&mut states, &mut work, target, jumping);
        }
        if !op.diverts() {
            reach(&mut states, &mut work, at + 1, falling);
        }
    }
    Ok(states)
}
