//! The tables of the unit under construction: constants, names, attribute sites, module slots, finished functions.

use super::assemble::Assembled;
use super::names::{Interner, Sym};
use crate::bytecode::{Constant, FunctionCode, Handler, Op, Unit};
use rustc_hash::FxHashMap;

/// A unit under construction.
#[derive(Default)]
pub(super) struct Tables {
    constants: Vec<Constant>,
    constant_numbers: FxHashMap<Vec<u8>, u32>,
    names: Vec<Box<str>>,
    /// The table index of each interned name that an instruction names.
    name_numbers: FxHashMap<Sym, u32>,
    sites: Vec<u32>,
    globals: Vec<u32>,
    global_slots: FxHashMap<Sym, u32>,
    functions: Vec<Option<(FunctionCode, Assembled)>>,
    key: Vec<u8>,
}

fn index(len: usize) -> u32 {
    u32::try_from(len).expect("tables are shorter than sources")
}

impl Tables {
    /// The index of a constant.
    pub(super) fn constant(&mut self, constant: &Constant) -> u32 {
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        encode(constant, &mut key);
        let number = match self.constant_numbers.get(&key) {
            Some(&number) => number,
            None => {
                let number = index(self.constants.len());
                self.constants.push(constant.clone());
                self.constant_numbers.insert(key.clone(), number);
                number
            }
        };
        self.key = key;
        number
    }

    /// The index of a name.
    pub(super) fn name(&mut self, names: &Interner, sym: Sym) -> u32 {
        *self.name_numbers.entry(sym).or_insert_with(|| {
            self.names.push(names.name(sym).into());
            index(self.names.len() - 1)
        })
    }

    /// A new attribute site.
    pub(super) fn site(&mut self, names: &Interner, sym: Sym) -> u32 {
        let name = self.name(names, sym);
        self.sites.push(name);
        index(self.sites.len() - 1)
    }

    /// The slot of a module variable.
    pub(super) fn global(&mut self, names: &Interner, sym: Sym) -> u32 {
        if let Some(&slot) = self.global_slots.get(&sym) {
            return slot;
        }
        let name = self.name(names, sym);
        let slot = index(self.globals.len());
        self.globals.push(name);
        self.global_slots.insert(sym, slot);
        slot
    }

    /// Takes the next function number.
    pub(super) fn reserve_function(&mut self) -> u32 {
        self.functions.push(None);
        index(self.functions.len() - 1)
    }

    /// Hands in a reserved function.
    pub(super) fn finish_function(&mut self, number: u32, code: FunctionCode, body: Assembled) {
        self.functions[number as usize] = Some((code, body));
    }

    /// Joins everything.
    pub(super) fn into_unit(self) -> Unit {
        let mut unit = Unit {
            constants: self.constants,
            names: self.names,
            sites: self.sites,
            globals: self.globals,
            ..Unit::default()
        };
        for (mut code, body) in self.functions.into_iter().flatten() {
            let entry = index(unit.ops.len());
            code.entry = entry;
            code.length = index(body.ops.len());
            code.registers = code.registers.max(body.registers);
            code.handlers = body
                .handlers
                .into_iter()
                .map(|handler| Handler {
                    start: handler.start + entry,
                    end: handler.end + entry,
                    target: handler.target + entry,
                    register: handler.register,
                    free: handler.free,
                })
                .collect();
            unit.ops.extend(body.ops);
            unit.spans.extend(body.spans);
            unit.functions.push(code);
        }
        unit
    }

    /// Changes the captures of functions whose maker's registers have moved.
    pub(super) fn update_captures(
        &mut self,
        functions: &[u32],
        mut change: impl FnMut(&mut crate::bytecode::Capture),
    ) {
        for &function in functions {
            if let Some(Some((code, _))) = self.functions.get_mut(function as usize) {
                code.captures.iter_mut().for_each(&mut change);
            }
        }
    }
}

/// Whether an integer constant fits an instruction.
pub(super) fn small_int(constant: &Constant) -> Option<i32> {
    match constant {
        Constant::Int(value) => i32::try_from(*value).ok(),
        Constant::None
        | Constant::Ellipsis
        | Constant::Bool(_)
        | Constant::BigInt(_)
        | Constant::Float(_)
        | Constant::Str(_)
        | Constant::Bytes(_)
        | Constant::Tuple(_)
        | Constant::FrozenSet(_) => None,
    }
}

/// The instruction that loads a constant.
pub(super) fn load(tables: &mut Tables, dst: u8, constant: &Constant) -> Op {
    match constant {
        Constant::None => Op::LoadNone { dst },
        Constant::Bool(value) => Op::LoadBool { dst, value: *value },
        Constant::Int(_)
        | Constant::Ellipsis
        | Constant::BigInt(_)
        | Constant::Float(_)
        | Constant::Str(_)
        | Constant::Bytes(_)
        | Constant::Tuple(_)
        | Constant::FrozenSet(_) => match small_int(constant) {
            Some(value) => Op::LoadInt { dst, value },
            None => Op::LoadConst {
                dst,
                constant: tables.constant(constant),
            },
        },
    }
}

/// A key that is equal exactly for constants that may be shared.
fn encode(constant: &Constant, key: &mut Vec<u8>) {
    fn sized(key: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
        key.push(tag);
        key.extend((bytes.len() as u64).to_le_bytes());
        key.extend(bytes);
    }
    match constant {
        Constant::None => key.push(0),
        Constant::Ellipsis => key.push(1),
        Constant::Bool(value) => key.extend([2, u8::from(*value)]),
        Constant::Int(value) => {
            key.push(3);
            key.extend(value.to_le_bytes());
        }
        Constant::BigInt(value) => sized(key, 4, &value.to_signed_bytes_le()),
        Constant::Float(value) => {
            key.push(5);
            key.extend(value.to_bits().to_le_bytes());
        }
        Constant::Str(text) => sized(key, 6, text.as_bytes()),
        Constant::Bytes(bytes) => sized(key, 7, bytes),
        Constant::Tuple(items) => {
            key.push(8);
            key.extend((items.len() as u64).to_le_bytes());
            for item in items {
                encode(item, key);
            }
        }
        // Equal sets are one constant, as in CPython, where the first one's order is seen in all.
        Constant::FrozenSet(items) => {
            let mut encoded: Vec<Vec<u8>> = items
                .iter()
                .map(|item| {
                    let mut key = Vec::new();
                    encode(item, &mut key);
                    key
                })
                .collect();
            encoded.sort();
            encoded.dedup();
            key.push(9);
            key.extend((encoded.len() as u64).to_le_bytes());
            key.extend(encoded.concat());
        }
    }
}
