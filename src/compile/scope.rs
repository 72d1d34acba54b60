//! What the resolver finds out: scopes, the symbols in them, and where each name lives.

use super::names::Sym;
use crate::bytecode::Reg;
use crate::source::Span;
use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::rc::Rc;

/// An index into [`Scopes::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ScopeId(pub(super) u32);

/// What opened a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind {
    /// The source file.
    Module,
    /// `def`, `async def`
    Function,
    /// `lambda`
    Lambda,
    /// A class body.
    Class,
    /// A generator expression: a function with the parameter `.0`.
    Generator,
    /// A list, set or dict comprehension: runs in its function's frame, its variables in registers of their own.
    Comprehension,
    /// The type parameters of a `def` or `class`: likewise in the frame of the function around.
    TypeParams,
}

impl ScopeKind {
    /// It has no frame of its own.
    pub(super) fn is_inlined(self) -> bool {
        matches!(self, ScopeKind::Comprehension | ScopeKind::TypeParams)
    }
}

/// Where a name lives, seen from one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// In a register of the frame.
    Local,
    /// In the dict that holds the variables of a function that has too many for its registers.
    Spilled,
    /// In a cell in a register of the frame: some function inside captures it.
    Cell,
    /// In the captured cell of this number of the running function.
    Free(u8),
    /// A slot of the module.
    Global,
    /// In the namespace of the class body, else global.
    Class,
    /// Where the scope around says: this one has no frame of its own.
    Outer,
}

/// A name in a scope.
#[derive(Clone, Debug)]
pub(super) struct Symbol {
    /// Something in this scope gives it a value.
    pub(super) bound: bool,
    /// Something that is no import does; an import may stand before a `global` of its name.
    pub(super) assigned: bool,
    /// It is a parameter.
    pub(super) parameter: bool,
    /// It is the parameter behind `*`.
    pub(super) vararg: bool,
    /// It is a parameter that no position reaches.
    pub(super) keyword: bool,
    /// It is read.
    pub(super) used: bool,
    /// `global` names it here.
    pub(super) global: Option<Span>,
    /// `nonlocal` names it here, or a walrus in a generator expression binds it further out.
    pub(super) nonlocal: Option<Span>,
    /// It has an annotation.
    pub(super) annotated: bool,
    /// It is the target of a comprehension's `for`.
    pub(super) iterates: bool,
    /// A walrus assigns it, so its register may change in the middle of an expression.
    pub(super) walrus: bool,
    /// `del`, or the end of an `except … as`, takes its value away.
    pub(super) deleted: bool,
    /// Assigned other than by being a parameter.
    pub(super) reassigned: bool,
    /// A function inside uses it.
    pub(super) captured: bool,
    /// Where it lives.
    pub(super) binding: Binding,
    /// Its register, when it is a local or a cell; given by the code generator.
    pub(super) register: Reg,
    /// Where it stands first.
    pub(super) first: Span,
}

impl Symbol {
    pub(super) fn new(first: Span) -> Self {
        Symbol {
            bound: false,
            assigned: false,
            parameter: false,
            vararg: false,
            keyword: false,
            used: false,
            global: None,
            nonlocal: None,
            annotated: false,
            iterates: false,
            walrus: false,
            deleted: false,
            reassigned: false,
            captured: false,
            binding: Binding::Global,
            register: 0,
            first,
        }
    }

    /// The scope owns the variable.
    pub(super) fn is_own(&self) -> bool {
        self.bound && self.global.is_none() && self.nonlocal.is_none()
    }
}

/// The names of a scope in order of appearance.
pub(super) type Symbols = IndexMap<Sym, Symbol, FxBuildHasher>;

/// The variables that a scope captures.
pub(super) type FreeNames = IndexSet<Sym, FxBuildHasher>;

/// One scope.
pub(super) struct Scope {
    /// What opened it.
    pub(super) kind: ScopeKind,
    /// The scope around.
    pub(super) parent: Option<ScopeId>,
    /// The scope whose frame it runs in: itself unless it is inlined.
    pub(super) function: ScopeId,
    /// Its names in order of appearance.
    pub(super) symbols: Symbols,
    /// The variables it captures, when it has a frame.
    pub(super) free: FreeNames,
    /// The class whose private names are meant here.
    pub(super) private: Option<Rc<str>>,
    /// `async def`
    pub(super) is_async: bool,
    /// Where it first yields.
    pub(super) yields: Option<Span>,
    /// Where it first awaits, `async for` in comprehensions included.
    pub(super) awaits: Option<Span>,
    /// The class body has simple annotations.
    pub(super) annotates: bool,
    /// A method inside the class uses `__class__`.
    pub(super) class_cell: bool,
    /// What a comprehension is called in messages, "" for other scopes.
    pub(super) noun: &'static str,
    /// The name of the `def` or the place of what opened it, for error messages.
    pub(super) span: Span,
}

/// What opened a scope, as a key: the node's address and which of its scopes.
pub(super) type NodeKey = (usize, bool);

/// The key of the scope that a node opens.
pub(super) fn node_key<T>(node: &T) -> NodeKey {
    (std::ptr::from_ref(node).addr(), false)
}

/// The key of the type parameter scope of a definition.
pub(super) fn type_params_key<T>(node: &T) -> NodeKey {
    (std::ptr::from_ref(node).addr(), true)
}

/// All scopes of a module.
#[derive(Default)]
pub(super) struct Scopes {
    /// The module is number 0; parents come before children.
    pub(super) all: Vec<Scope>,
    /// The scope that a node opens.
    pub(super) of_node: FxHashMap<NodeKey, ScopeId>,
    /// The functions whose annotations are evaluated where they stand.
    pub(super) evaluated: FxHashSet<NodeKey>,
    /// The class bodies whose annotations are.
    pub(super) evaluating: FxHashSet<ScopeId>,
}

impl std::ops::Index<ScopeId> for Scopes {
    type Output = Scope;

    fn index(&self, id: ScopeId) -> &Scope {
        &self.all[id.0 as usize]
    }
}

impl std::ops::IndexMut<ScopeId> for Scopes {
    fn index_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.all[id.0 as usize]
    }
}
