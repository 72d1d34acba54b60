//! Reading, writing and deleting variables, wherever they live.

use super::generate::Generator;
use super::names::Sym;
use super::scope::{Binding, ScopeKind};
use crate::bytecode::{Capture, Op, Reg};
use crate::source::Span;

/// Where a name lives, seen from the code under construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A register; whether reads must ask if it is unset, and whether an assignment expression may change it.
    Local {
        reg: Reg,
        checked: bool,
        unstable: bool,
    },
    /// The cell in a register.
    Cell(Reg),
    /// A captured cell.
    Free(u8),
    /// A module slot.
    Global,
    /// The class namespace, which is in register 0.
    Class,
    /// The dict in this register, in a function with too many variables.
    Spilled(Reg),
}

impl Generator<'_> {
    /// The name as the current scope means it.
    pub(super) fn intern(&mut self, name: &str) -> Sym {
        let class = self.scopes[self.f.scope].private.as_deref();
        self.names.intern_in(class, name)
    }

    /// Where a name lives.
    pub(super) fn place(&mut self, sym: Sym) -> Place {
        let mut at = self.f.scope;
        loop {
            let scope = &self.scopes[at];
            let symbol = scope.symbols.get(&sym);
            match symbol.map(|symbol| (symbol, symbol.binding)) {
                Some((symbol, Binding::Local)) => {
                    return Place::Local {
                        reg: symbol.register,
                        checked: !symbol.parameter || symbol.deleted,
                        unstable: symbol.walrus,
                    };
                }
                Some((symbol, Binding::Cell)) => return Place::Cell(symbol.register),
                Some((symbol, Binding::Spilled)) => return Place::Spilled(symbol.register),
                Some((_, Binding::Free(index))) => return Place::Free(index),
                Some((_, Binding::Global)) => return Place::Global,
                Some((_, Binding::Class)) => return Place::Class,
                Some((_, Binding::Outer)) => {}
                None if scope.kind.is_inlined() => {}
                None => {
                    if scope.class_cell && self.names.name(sym) == "__class__" {
                        return Place::Cell(1);
                    }
                    return match scope.free.get_index_of(&sym) {
                        Some(index) => Place::Free(index as u8),
                        None => Place::Global,
                    };
                }
            }
            at = scope.parent.expect("inlined scopes have a scope around");
        }
    }

    /// How a function made here gets at a variable it captures.
    pub(super) fn capture(&mut self, sym: Sym) -> Capture {
        let mut at = self.f.scope;
        loop {
            let scope = &self.scopes[at];
            if let Some(symbol) = scope.symbols.get(&sym)
                && symbol.binding == Binding::Cell
            {
                return Capture::Local(symbol.register);
            }
            if !scope.kind.is_inlined() {
                if scope.class_cell && self.names.name(sym) == "__class__" {
                    return Capture::Local(1);
                }
                let index = scope
                    .free
                    .get_index_of(&sym)
                    .expect("what a function captures, the function around has or captures");
                return Capture::Free(index as u8);
            }
            at = scope.parent.expect("inlined scopes have a scope around");
        }
    }

    /// The index of a name for an instruction.
    pub(super) fn name_index(&mut self, sym: Sym) -> u32 {
        self.tables.name(&self.names, sym)
    }

    /// A new attribute site.
    pub(super) fn site(&mut self, name: &str) -> u32 {
        let sym = self.intern(name);
        self.tables.site(&self.names, sym)
    }

    fn slot(&mut self, sym: Sym) -> u32 {
        self.tables.global(&self.names, sym)
    }

    pub(super) fn check_local(&mut self, reg: Reg, sym: Sym, span: Span) {
        let name = self.name_index(sym);
        self.emit(Op::CheckLocal { src: reg, name }, span);
    }

    /// `r[dst] = variable`
    pub(super) fn load(&mut self, sym: Sym, dst: Reg, span: Span) {
        match self.place(sym) {
            Place::Local { reg, checked, .. } => {
                if checked {
                    self.check_local(reg, sym, span);
                }
                if reg != dst {
                    self.emit(Op::Move { dst, src: reg }, span);
                }
            }
            Place::Cell(cell) => {
                let name = self.name_index(sym);
                self.emit(Op::LoadCell { dst, cell, name }, span);
            }
            Place::Free(index) => {
                let name = self.name_index(sym);
                self.emit(Op::LoadFree { dst, index, name }, span);
            }
            Place::Global => {
                let slot = self.slot(sym);
                self.emit(Op::LoadGlobal { dst, slot }, span);
            }
            Place::Class => self.load_class_name(sym, dst, span),
            Place::Spilled(namespace) => {
                let name = self.name_index(sym);
                self.emit(
                    Op::LoadClassName {
                        dst,
                        namespace,
                        name,
                    },
                    span,
                );
                let found = self.new_label();
                let to = found.0 as i32;
                self.emit(Op::JumpIfSet { src: dst, to }, span);
                let unset = Op::Clear {
                    first: dst,
                    count: 1,
                };
                self.emit(unset, span);
                self.check_local(dst, sym, span);
                self.bind_label(found);
            }
        }
    }

    /// `r[dst]` = a name of the class namespace, else the module's.
    pub(super) fn load_class_name(&mut self, sym: Sym, dst: Reg, span: Span) {
        let name = self.name_index(sym);
        let slot = self.slot(sym);
        let found = self.new_label();
        let to = found.0 as i32;
        self.emit(
            Op::LoadClassName {
                dst,
                namespace: 0,
                name,
            },
            span,
        );
        self.emit(Op::JumpIfSet { src: dst, to }, span);
        self.emit(Op::LoadGlobal { dst, slot }, span);
        self.bind_label(found);
    }

    /// `variable = r[src]`
    pub(super) fn store(&mut self, sym: Sym, src: Reg, span: Span) {
        let op = match self.place(sym) {
            Place::Local { reg, .. } if reg == src => return,
            Place::Local { reg, .. } => Op::Move { dst: reg, src },
            Place::Cell(cell) => Op::StoreCell { cell, src },
            Place::Free(index) => Op::StoreFree { index, src },
            Place::Global => Op::StoreGlobal {
                src,
                slot: self.slot(sym),
            },
            Place::Class => Op::StoreClassName {
                namespace: 0,
                src,
                name: self.name_index(sym),
            },
            Place::Spilled(namespace) => Op::StoreClassName {
                namespace,
                src,
                name: self.name_index(sym),
            },
        };
        self.emit(op, span);
    }

    /// `del variable`
    pub(super) fn delete(&mut self, sym: Sym, span: Span) {
        let op = match self.place(sym) {
            Place::Local { reg, .. } => {
                self.check_local(reg, sym, span);
                Op::Clear {
                    first: reg,
                    count: 1,
                }
            }
            Place::Cell(cell) => Op::DeleteCell {
                cell,
                name: self.name_index(sym),
            },
            Place::Free(index) => Op::DeleteFree {
                index,
                name: self.name_index(sym),
            },
            Place::Global => Op::DeleteGlobal {
                slot: self.slot(sym),
            },
            Place::Class => Op::DeleteClassName {
                namespace: 0,
                name: self.name_index(sym),
            },
            Place::Spilled(namespace) => {
                let mark = self.mark();
                let value = self.alloc();
                self.load(sym, value, span);
                self.release(mark);
                Op::DeleteClassName {
                    namespace,
                    name: self.name_index(sym),
                }
            }
        };
        self.emit(op, span);
    }

    /// `variable = None; del variable`, which never fails: the end of `except … as variable`.
    pub(super) fn forget(&mut self, sym: Sym, span: Span) {
        if let Place::Local { reg, .. } = self.place(sym) {
            self.emit(
                Op::Clear {
                    first: reg,
                    count: 1,
                },
                span,
            );
            return;
        }
        let mark = self.mark();
        let none = self.alloc();
        self.emit(Op::LoadNone { dst: none }, span);
        self.store(sym, none, span);
        self.release(mark);
        self.delete(sym, span);
    }

    /// A name means the builtin: no variable of the module hides it.
    pub(super) fn is_builtin(&mut self, name: &str) -> bool {
        let sym = self.intern(name);
        let module = &self.scopes.all[0];
        let is_hidden = module.symbols.get(&sym).is_some_and(|symbol| symbol.bound);
        !is_hidden && self.place(sym) == Place::Global
    }

    /// The register of a local variable that can be written directly.
    pub(super) fn local_register(&mut self, name: &str) -> Option<Reg> {
        let sym = self.intern(name);
        match self.place(sym) {
            Place::Local { reg, .. } => Some(reg),
            Place::Cell(_) | Place::Free(_) | Place::Global | Place::Class | Place::Spilled(_) => {
                None
            }
        }
    }

    /// Enters a scope that runs in this frame: gives its variables registers and cells. Returns the scope around.
    pub(super) fn enter_inlined(
        &mut self,
        scope: super::scope::ScopeId,
        only_used: bool,
        span: Span,
    ) -> super::scope::ScopeId {
        debug_assert!(matches!(
            self.scopes[scope].kind,
            ScopeKind::Comprehension | ScopeKind::TypeParams
        ));
        let mut fresh = Vec::new();
        for at in 0..self.scopes[scope].symbols.len() {
            let symbol = &self.scopes[scope].symbols[at];
            let binding = symbol.binding;
            let wanted = symbol.used || symbol.captured || !only_used;
            if matches!(binding, Binding::Local | Binding::Cell) && wanted {
                let reg = self.alloc();
                self.scopes[scope].symbols[at].register = reg;
                fresh.push((reg, binding == Binding::Cell));
            }
        }
        for (reg, is_cell) in fresh {
            if !is_cell {
                let at = self.f.code.ops.len();
                self.f.code.droppable.push(at);
            }
            self.emit(
                Op::Clear {
                    first: reg,
                    count: 1,
                },
                span,
            );
            if is_cell {
                self.emit(Op::MakeCell { reg }, span);
            }
        }
        std::mem::replace(&mut self.f.scope, scope)
    }
}
