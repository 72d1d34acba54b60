//! A checker of compiled units: every index in range, every jump inside its function, every register written before it is
//! read. The compiler's tests run it over everything they compile.

use super::code::{Capture, FunctionCode, Unit};
use super::op::{NO_DEFAULTS, NO_OUTER, NO_SPEC, Op, Reg};
use super::written::{Written, follow};
use std::collections::HashMap;

/// Checks a unit.
///
/// # Errors
///
/// The first thing that is wrong, with the function and instruction.
pub fn verify(unit: &Unit) -> Result<(), String> {
    if unit.ops.len() != unit.spans.len() {
        return Err("ops and spans differ in length".to_owned());
    }
    // Functions learn from their makers which of their captures are cells; here it is enough that registers exist.
    let mut makers: HashMap<usize, usize> = HashMap::new();
    for (number, function) in unit.functions.iter().enumerate() {
        let check = Check {
            unit,
            function,
            number,
        };
        check.tables()?;
        check.flow()?;
        for at in check.range() {
            if let Op::MakeFunction { function: made, .. } = unit.ops[at] {
                makers.insert(made as usize, number);
            }
        }
    }
    for (made, maker) in makers {
        let registers = unit.functions[maker].registers;
        let cells = unit.functions[maker].captures.len();
        for capture in &unit.functions[made].captures {
            let fits = match *capture {
                Capture::Local(reg) => u16::from(reg) < registers,
                Capture::Free(index) => usize::from(index) < cells,
            };
            if !fits {
                let name = &unit.functions[made].qualname;
                return Err(format!(
                    "{name} captures what its maker has not: {capture:?}"
                ));
            }
        }
    }
    Ok(())
}

/// One function of a unit.
struct Check<'a> {
    unit: &'a Unit,
    function: &'a FunctionCode,
    number: usize,
}

impl Check<'_> {
    fn range(&self) -> std::ops::Range<usize> {
        let start = self.function.entry as usize;
        start..start + self.function.length as usize
    }

    fn fail<T>(&self, at: usize, what: impl std::fmt::Display) -> Result<T, String> {
        Err(format!(
            "function {} '{}', instruction {} ({:?}): {what}",
            self.number,
            self.function.qualname,
            at - self.function.entry as usize,
            self.unit.ops.get(at),
        ))
    }

    fn tables(&self) -> Result<(), String> {
        let range = self.range();
        if range.end > self.unit.ops.len() || range.is_empty() {
            return self.fail(range.start, "code out of range");
        }
        for at in range.clone() {
            self.indices(at)?;
            let mut op = self.unit.ops[at];
            if let Some(&mut to) = op.jump() {
                let target = at as i64 + 1 + i64::from(to);
                if !(range.start as i64..range.end as i64).contains(&target) {
                    return self.fail(at, "jump out of the function");
                }
            }
        }
        for handler in &self.function.handlers {
            let inside = |at: u32| range.contains(&(at as usize));
            if !inside(handler.start) || !inside(handler.target) || handler.start >= handler.end {
                return self.fail(range.start, format!("bad handler {handler:?}"));
            }
        }
        match self.unit.ops[range.end - 1].diverts() {
            true => Ok(()),
            false => self.fail(range.end - 1, "control runs out of the function"),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other instructions have no index"
    )]
    fn indices(&self, at: usize) -> Result<(), String> {
        let unit = self.unit;
        let below = |index: u32, len: usize| (index as usize) < len;
        let fits = match unit.ops[at] {
            Op::LoadConst { constant, .. }
            | Op::CallKw {
                names: constant, ..
            }
            | Op::CallMethodKw {
                names: constant, ..
            } => below(constant, unit.constants.len()),
            Op::Format { spec, .. } => spec == NO_SPEC || below(spec, unit.constants.len()),
            Op::LoadGlobal { slot, .. }
            | Op::LoadGlobalThen { slot, .. }
            | Op::LoadGlobalPause { slot, .. }
            | Op::StoreGlobal { slot, .. }
            | Op::DeleteGlobal { slot } => below(slot, unit.globals.len()),
            Op::CheckLocal { name, .. }
            | Op::LoadCell { name, .. }
            | Op::DeleteCell { name, .. }
            | Op::LoadClassName { name, .. }
            | Op::StoreClassName { name, .. }
            | Op::DeleteClassName { name, .. } => below(name, unit.names.len()),
            Op::LoadFree { name, index, .. } | Op::DeleteFree { name, index } => {
                below(name, unit.names.len()) && self.has_cell(index)
            }
            Op::StoreFree { index, .. } | Op::LoadFreeCell { index, .. } => self.has_cell(index),
            Op::GetAttr { site, .. }
            | Op::SetAttr { site, .. }
            | Op::DeleteAttr { site, .. }
            | Op::LoadMethod { site, .. }
            | Op::LoadMethodCount { site, .. }
            | Op::LoadSuperMethod { site, .. }
            | Op::GetSuperAttr { site, .. } => below(site, unit.sites.len()),
            Op::MakeFunction { function, .. } => below(function, unit.functions.len()),
            _ => true,
        };
        match fits {
            true => Ok(()),
            false => self.fail(at, "an index is out of range"),
        }
    }

    fn has_cell(&self, index: u8) -> bool {
        usize::from(index) < self.function.captures.len()
    }

    /// Checks what each instruction reads against what is written on all ways to it.
    fn flow(&self) -> Result<(), String> {
        let check = |at, state| self.reads(at, state);
        follow(&self.unit.ops, self.function, Written::meet, check).map(|_| ())
    }

    fn reads(&self, at: usize, state: Written) -> Result<(), String> {
        let mut op = self.unit.ops[at];
        let mut problem = None;
        let registers = self.function.registers;
        if let Op::LoadSuperMethod { dst, .. } = op
            && !state.has(usize::from(dst) + 1)
        {
            problem = Some(format!("r{} is read before it is written", dst + 1));
        }
        op.operands(|&mut reg, effect| {
            let first = u16::from(reg);
            for reg in first..first + effect.reads {
                if !state.has(usize::from(reg)) {
                    problem = Some(format!("r{reg} is read before it is written"));
                }
            }
            let is_sentinel = reg == NO_OUTER || reg == NO_DEFAULTS;
            if first + effect.reads.max(effect.writes) > registers && !is_sentinel {
                problem = Some(format!("r{first} is above the {registers} registers"));
            }
        });
        match problem {
            Some(problem) => self.fail(at, problem),
            None => Ok(()),
        }
    }
}

/// The sentinels are no registers.
const _: () = assert!(NO_OUTER == Reg::MAX && NO_DEFAULTS == Reg::MAX);
