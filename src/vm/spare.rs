//! Registers of ended coroutines, kept for the next: making a coroutine then costs no allocation.

use crate::heap::Value;

/// Frames with more registers are not kept.
const LENGTHS: usize = 16;

/// So many registers of each length are kept: 4 MiB in all.
const KEPT: usize = 1 << 14;

/// The store. Not part of a program: a clone or a saved program begins with an empty one.
#[derive(Default)]
pub(crate) struct Spare {
    by_length: [Vec<Box<[Value]>>; LENGTHS + 1],
}

impl Clone for Spare {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Spare {
    /// Unset registers.
    #[inline]
    pub(crate) fn take(&mut self, length: usize) -> Box<[Value]> {
        match self.by_length.get_mut(length).and_then(Vec::pop) {
            Some(mut registers) => {
                registers.fill(Value::Undef);
                registers
            }
            None => vec![Value::Undef; length].into(),
        }
    }

    /// A copy of registers.
    #[inline]
    pub(crate) fn copy(&mut self, from: &[Value]) -> Box<[Value]> {
        match self.by_length.get_mut(from.len()).and_then(Vec::pop) {
            Some(mut registers) => {
                super::frame::copy_registers(&mut registers, from);
                registers
            }
            None => from.into(),
        }
    }

    /// Keeps registers that are not needed any more.
    #[inline]
    pub(crate) fn give(&mut self, registers: Box<[Value]>) {
        let length = registers.len();
        if length > 0
            && let Some(kept) = self.by_length.get_mut(length)
            && kept.len() * length < KEPT
        {
            kept.push(registers);
        }
    }
}
