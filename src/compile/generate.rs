//! The second walk over the tree: the state of code generation, registers, constants, and one function after the other.

use super::Options;
use super::assemble::{Code, Label, Layout};
use super::exits::{Frame, Guard};
use super::names::{Interner, Sym};
use super::resolve::Resolved;
use super::scope::{Binding, ScopeId, ScopeKind, Scopes};
use super::unit::{Tables, load};
use crate::bytecode::{
    Capture, Constant, FunctionCode, FunctionKind, Intrinsic, NO_OUTER, Op, ParamSpec, Reg, Unit,
};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::syntax::ast;
use crate::text::surrogates::has_surrogates;
use rustc_hash::FxHashSet;

/// The most registers a function may use.
const MAX_REGISTERS: u16 = 240;

/// The most constants held in registers around a loop.
const MAX_HOISTED: u8 = 12;

/// The same where registers are copied at every switch.
const MAX_HOISTED_SUSPENDABLE: u8 = 3;

/// Generates a resolved module's code.
pub(super) fn generate<'a>(
    module: &'a ast::Module,
    source: &'a Source,
    options: Options,
    resolved: Resolved,
) -> Result<Unit, Vec<Diagnostic>> {
    let mut generator = Generator {
        source,
        options,
        scopes: resolved.scopes,
        names: resolved.names,
        tables: Tables::default(),
        diagnostics: Vec::new(),
        async_names: resolved.async_names,
        super_is_builtin: resolved.super_is_builtin,
        text_annotations: module.body.iter().any(|stmt| {
            matches!(&stmt.kind, ast::StmtKind::ImportFrom { level: 0, module, names, .. }
                if &**module == "__future__"
                    && names.iter().any(|alias| &*alias.path.name == "annotations"))
        }),
        f: FunctionState::placeholder(),
    };
    generator.module(module);
    if generator.diagnostics.is_empty() {
        Ok(generator.tables.into_unit())
    } else {
        Err(generator.diagnostics)
    }
}

/// Code generation for one source.
pub(super) struct Generator<'a> {
    pub(super) source: &'a Source,
    pub(super) options: Options,
    pub(super) scopes: Scopes,
    pub(super) names: Interner,
    pub(super) tables: Tables,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) async_names: FxHashSet<Sym>,
    pub(super) super_is_builtin: bool,
    /// `from __future__ import annotations`: they stay texts.
    pub(super) text_annotations: bool,
    /// The function under construction.
    pub(super) f: FunctionState,
}

/// Constants that the outermost loop under construction keeps in registers.
pub(super) struct Hoisting {
    /// The placeholder in front of the loop.
    place: usize,
    /// Their loads.
    loads: Vec<Op>,
}

/// A function under construction.
pub(super) struct FunctionState {
    pub(super) code: Code,
    pub(super) number: u32,
    /// The scope of the function.
    pub(super) function: ScopeId,
    /// The innermost scope, when comprehensions run in the function's frame.
    pub(super) scope: ScopeId,
    pub(super) kind: FunctionKind,
    pub(super) qualname: Box<str>,
    /// Loops, handlers and clean-ups around the code under construction.
    pub(super) frames: Vec<Frame>,
    /// Handlers of loops, to be put behind the code.
    pub(super) guards: Vec<Guard>,
    /// The exception register of the innermost handler, or `NO_OUTER`.
    pub(super) handled: Reg,
    /// Functions made here, whose captures name registers of this one.
    pub(super) children: Vec<u32>,
    params: u16,
    locals: u16,
    reserved: u8,
    hoisted: u8,
    hoisting: Option<Hoisting>,
    /// The next free register.
    top: u16,
    too_large: bool,
}

impl FunctionState {
    fn placeholder() -> Self {
        FunctionState {
            code: Code::new(),
            number: 0,
            function: ScopeId(0),
            scope: ScopeId(0),
            kind: FunctionKind::Plain,
            qualname: "".into(),
            frames: Vec::new(),
            guards: Vec::new(),
            handled: NO_OUTER,
            children: Vec::new(),
            params: 0,
            locals: 0,
            reserved: 0,
            hoisted: 0,
            hoisting: None,
            top: 0,
            too_large: false,
        }
    }
}

/// What distinguishes functions before their body is generated.
pub(super) struct Opening<'n> {
    pub(super) scope: ScopeId,
    pub(super) kind: FunctionKind,
    pub(super) name: &'n str,
    pub(super) span: Span,
}

impl<'a> Generator<'a> {
    fn module(&mut self, module: &'a ast::Module) {
        let kind = match self.scopes[ScopeId(0)].awaits {
            Some(_) => FunctionKind::Coroutine,
            None => FunctionKind::Plain,
        };
        let opening = Opening {
            scope: ScopeId(0),
            kind,
            name: "<module>",
            span: module.span,
        };
        let outer = self.open_function(&opening);
        let doc = self.docstring(&module.body);
        let doc_name = self.names.intern("__doc__");
        if doc.is_some() || self.scopes[ScopeId(0)].symbols.contains_key(&doc_name) {
            let reg = self.alloc();
            match &doc {
                Some(text) => self.load_constant(&Constant::Str(text.clone()), reg, module.span),
                None => self.emit(Op::LoadNone { dst: reg }, module.span),
            }
            self.store(doc_name, reg, module.span);
            self.release(0);
        }
        let annotations = self.names.intern("__annotations__");
        let scope = &self.scopes[ScopeId(0)];
        if scope.annotates && scope.symbols.contains_key(&annotations) {
            let first = self.alloc();
            self.emit(Op::LoadNone { dst: first }, module.span);
            self.emit(
                Op::Intrinsic {
                    dst: first,
                    first,
                    count: 1,
                    which: Intrinsic::AnnotateModule,
                },
                module.span,
            );
            self.release(0);
        }
        self.body(&module.body);
        let mut code = self.function_code(&opening, &ParamSpec::default());
        code.doc = doc.map(|text| self.tables.constant(&Constant::Str(text)));
        self.close_function(outer, code, Span::new(module.span.end, module.span.end));
    }

    /// The docstring at the start of a body.
    pub(super) fn docstring(&mut self, body: &[ast::Stmt]) -> Option<Box<str>> {
        let ast::StmtKind::Expr(expr) = &body.first()?.kind else {
            return None;
        };
        if let ast::ExprKind::Constant(ast::Constant::Str(text)) = &expr.kind
            && !self.options.interactive
        {
            if has_surrogates(text) {
                self.diagnostics.push(
                    Diagnostic::unsupported("a docstring can't hold lone surrogates", expr.span)
                        .with_help("write the escape itself: `\\\\ud800`"),
                );
            }
            return Some(crate::text::clean_docstring(text).into());
        }
        None
    }

    /// Starts a function: registers for its variables, cells for the captured ones. Returns the function around.
    pub(super) fn open_function(&mut self, opening: &Opening<'_>) -> FunctionState {
        let number = self.tables.reserve_function();
        let mut next: u16 = 0;
        let mut params: u16 = 0;
        let mut cells = Vec::new();
        let scope = &mut self.scopes[opening.scope];
        if scope.kind == ScopeKind::Class {
            // The namespace, and the cell of `__class__`.
            (next, params) = (if scope.class_cell { 2 } else { 1 }, 1);
            if scope.class_cell {
                cells.push((1, false));
            }
        }
        let spilled = spill(scope);
        if let Some(namespace) = spilled {
            // Behind the parameters, which come first.
            for symbol in scope.symbols.values_mut() {
                if symbol.binding == Binding::Spilled {
                    symbol.register = namespace;
                }
            }
        }
        for symbol in scope.symbols.values_mut() {
            if !matches!(symbol.binding, Binding::Local | Binding::Cell) {
                continue;
            }
            if spilled.is_some_and(|namespace| u16::from(namespace) == next) {
                next += 1;
            }
            symbol.register = next.min(255) as u8;
            if symbol.binding == Binding::Cell {
                cells.push((symbol.register, symbol.parameter));
            }
            if symbol.parameter {
                params = params.saturating_add(1);
            }
            next = next.saturating_add(1);
        }
        let too_large = next > MAX_REGISTERS || scope.free.len() > 255;
        let next = next.min(MAX_REGISTERS);
        let most = match opening.kind {
            FunctionKind::Plain => MAX_HOISTED,
            FunctionKind::Generator | FunctionKind::Coroutine | FunctionKind::AsyncGenerator => {
                MAX_HOISTED_SUSPENDABLE
            }
        };
        let reserved = if next > 150 { 0 } else { most };
        let qualname = self.qualname(opening);
        let state = FunctionState {
            number,
            function: opening.scope,
            scope: opening.scope,
            kind: opening.kind,
            qualname,
            params,
            locals: next,
            reserved,
            top: next + u16::from(reserved),
            too_large,
            ..FunctionState::placeholder()
        };
        let outer = std::mem::replace(&mut self.f, state);
        if let Some(namespace) = spilled {
            self.emit(super::call::empty_dict(namespace), opening.span);
        }
        for (reg, is_param) in cells {
            if !is_param {
                self.emit(
                    Op::Clear {
                        first: reg,
                        count: 1,
                    },
                    opening.span,
                );
            }
            self.emit(Op::MakeCell { reg }, opening.span);
        }
        outer
    }

    fn qualname(&mut self, opening: &Opening<'_>) -> Box<str> {
        let name = opening.name;
        if opening.scope == ScopeId(0) {
            return name.into();
        }
        let around = &self.scopes[self.f.function];
        if around.kind == ScopeKind::Module {
            return name.into();
        }
        let sym = self.names.intern_in(around.private.as_deref(), name);
        let around = &self.scopes[self.f.function];
        if around
            .symbols
            .get(&sym)
            .is_some_and(|symbol| symbol.global.is_some())
        {
            return name.into();
        }
        let qualname = &self.f.qualname;
        match around.kind {
            ScopeKind::Class => format!("{qualname}.{name}").into(),
            ScopeKind::Module
            | ScopeKind::Function
            | ScopeKind::Lambda
            | ScopeKind::Generator
            | ScopeKind::Comprehension
            | ScopeKind::TypeParams => format!("{qualname}.<locals>.{name}").into(),
        }
    }

    /// The static part of the function under construction.
    pub(super) fn function_code(
        &mut self,
        opening: &Opening<'_>,
        params: &ParamSpec,
    ) -> FunctionCode {
        let scope = &self.scopes[opening.scope];
        let locals = scope
            .symbols
            .iter()
            .filter(|(_, symbol)| matches!(symbol.binding, Binding::Local | Binding::Cell))
            .map(|(&sym, symbol)| (symbol.register, self.names.name(sym).into()))
            .collect();
        let cell_names = scope
            .symbols
            .iter()
            .filter(|(_, symbol)| symbol.binding == Binding::Cell)
            .map(|(&sym, _)| self.names.name(sym).into())
            .collect();
        let free_names = scope
            .free
            .iter()
            .map(|&sym| self.names.name(sym).into())
            .collect();
        FunctionCode {
            name: opening.name.into(),
            qualname: self.f.qualname.clone(),
            kind: opening.kind,
            entry: 0,
            length: 0,
            registers: 0,
            params: params.clone(),
            captures: Vec::new(),
            free_names,
            cell_names,
            locals,
            doc: None,
            handlers: Vec::new(),
            span: opening.span,
            annotations: Vec::new(),
            in_class: false,
        }
    }

    /// Ends a function: assembles it and goes on with the function around, for which it lists the captures.
    pub(super) fn close_function(
        &mut self,
        outer: FunctionState,
        mut code: FunctionCode,
        end: Span,
    ) -> u32 {
        self.emit(Op::ReturnNone, end);
        self.emit_guards();
        let state = std::mem::replace(&mut self.f, outer);
        if state.too_large {
            self.too_large(&code);
        }
        let layout = Layout {
            params: state.params,
            locals: state.locals,
            reserved: state.reserved,
            hoisted: state.hoisted,
        };
        self.tables.update_captures(&state.children, |capture| {
            if let Capture::Local(reg) = capture {
                *reg = layout.place(*reg);
            }
        });
        if !state.too_large {
            let body = state.code.assemble(layout);
            let registers = body.registers;
            code.locals.retain(|(reg, _)| u16::from(*reg) < registers);
            let free: Vec<Sym> = self.scopes[state.function].free.iter().copied().collect();
            code.captures = free.into_iter().map(|sym| self.capture(sym)).collect();
            self.tables.finish_function(state.number, code, body);
        }
        self.f.children.push(state.number);
        state.number
    }

    fn too_large(&mut self, code: &FunctionCode) {
        let what = match &*code.name {
            "<module>" => "this module's top level".to_owned(),
            name => format!("function '{name}'"),
        };
        self.diagnostics.push(
            Diagnostic::unsupported(format!("{what} is too large for acoro"), code.span).with_help(
                "it needs more than 240 variables and intermediate values at once: split it",
            ),
        );
    }

    pub(super) fn emit(&mut self, op: Op, span: Span) {
        self.f.code.emit(op, span);
    }

    pub(super) fn new_label(&mut self) -> Label {
        self.f.code.new_label()
    }

    pub(super) fn bind_label(&mut self, label: Label) {
        self.f.code.bind_label(label);
    }

    pub(super) fn jump(&mut self, label: Label, span: Span) {
        self.emit(Op::Jump { to: label.0 as i32 }, span);
    }

    /// Where handler code begins, to be handed to [`end_cold`](Self::end_cold). Control does not fall into it.
    pub(super) fn begin_cold(&self) -> usize {
        self.f.code.ops.len()
    }

    /// Ends handler code, from which control does not fall on.
    pub(super) fn end_cold(&mut self, start: usize) {
        let end = self.f.code.ops.len();
        self.f.code.cold.push(start..end);
    }

    /// Takes the next register.
    pub(super) fn alloc(&mut self) -> Reg {
        self.alloc_many(1)
    }

    /// Takes `count` registers in a row. A function that has no more is refused; its code is never used.
    pub(super) fn alloc_many(&mut self, count: u16) -> Reg {
        let first = self.f.top;
        if first + count > MAX_REGISTERS {
            self.f.too_large = true;
            return 0;
        }
        self.f.top += count;
        first as Reg
    }

    /// The next free register, to be handed to [`release`](Self::release).
    pub(super) fn mark(&self) -> u16 {
        self.f.top
    }

    /// Gives back all registers taken since `mark`.
    pub(super) fn release(&mut self, mark: u16) {
        self.f.top = mark.max(self.f.locals + u16::from(self.f.reserved));
    }

    /// Nothing but the expression under construction knows this register, so it may hold unfinished values.
    pub(super) fn is_scratch(&self, reg: Reg) -> bool {
        u16::from(reg) >= self.f.locals + u16::from(self.f.reserved)
    }

    /// `reg` is the last register taken, so that a call window can start there.
    pub(super) fn is_top(&self, reg: Reg) -> bool {
        self.is_scratch(reg) && u16::from(reg) + 1 == self.f.top
    }

    pub(super) fn load_constant(&mut self, constant: &Constant, dst: Reg, span: Span) {
        let op = load(&mut self.tables, dst, constant);
        self.emit(op, span);
    }

    /// A register that holds a constant and is only read: around a loop, one that is loaded once.
    pub(super) fn constant_operand(&mut self, constant: &Constant, span: Span) -> Reg {
        let first = self.f.locals as u8;
        if let Some(hoisting) = &mut self.f.hoisting {
            let count = hoisting.loads.len() as u8;
            // Equal constants have equal loads but for the register.
            for at in 0..count {
                let load = load(&mut self.tables, first + at, constant);
                if hoisting.loads[usize::from(at)] == load {
                    return first + at;
                }
            }
            if count < self.f.reserved {
                hoisting
                    .loads
                    .push(load(&mut self.tables, first + count, constant));
                self.f.hoisted = self.f.hoisted.max(count + 1);
                return first + count;
            }
        }
        let reg = self.alloc();
        self.load_constant(constant, reg, span);
        reg
    }

    /// Constants are worth keeping in registers here.
    pub(super) fn is_in_loop(&self) -> bool {
        self.f.hoisting.is_some()
    }

    /// Marks the entry of a loop. Returns whether it is the outermost, to be handed to [`end_loop`](Self::end_loop).
    pub(super) fn begin_loop(&mut self, span: Span) -> bool {
        if self.f.hoisting.is_some() {
            return false;
        }
        self.f.hoisting = Some(Hoisting {
            place: self.f.code.ops.len(),
            loads: Vec::new(),
        });
        self.emit(Op::Clear { first: 0, count: 0 }, span);
        true
    }

    pub(super) fn end_loop(&mut self, outermost: bool) {
        if outermost && let Some(hoisting) = self.f.hoisting.take() {
            self.f.code.hoists.push((hoisting.place, hoisting.loads));
        }
    }
}

/// A function with more variables than this keeps only the first of them in registers.
const MANY_VARIABLES: usize = 180;

/// How many variables such a function keeps in registers.
const KEPT_VARIABLES: usize = 100;

/// Gives the variables that a function has no registers for to a dict, and says which register holds that: the one behind the
/// parameters.
fn spill(scope: &mut super::scope::Scope) -> Option<Reg> {
    let owns =
        |symbol: &super::scope::Symbol| matches!(symbol.binding, Binding::Local | Binding::Cell);
    let count = scope.symbols.values().filter(|symbol| owns(symbol)).count();
    let params = scope
        .symbols
        .values()
        .filter(|symbol| symbol.parameter)
        .count();
    if count <= MANY_VARIABLES || params > KEPT_VARIABLES || scope.kind == ScopeKind::Class {
        return None;
    }
    let later = scope
        .symbols
        .values_mut()
        .filter(|symbol| owns(symbol))
        .skip(KEPT_VARIABLES);
    for symbol in later {
        if symbol.binding == Binding::Local && !symbol.parameter {
            symbol.binding = Binding::Spilled;
        }
    }
    Some(params as Reg)
}
