//! Expressions as values: where each kind goes, operands in place, names, attributes, subscripts, suspensions.
//!
//! `into(expr, dst)` writes `dst` only as its last act unless `dst` is scratch, so that a local variable keeps its value when
//! something raises on the way. `operand(expr)` gives a register that is only read: the variable's own where it can.

use super::fold::{fold, truth};
use super::generate::Generator;
use super::unit::small_int;
use super::variable::Place;
use crate::bytecode::{Constant, FunctionKind, NO_SPEC, Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{self, BoolOp};
use ast::ExprKind as E;

/// F-strings are joined this many pieces at a time.
const MAX_PIECES: usize = 40;

impl<'a> Generator<'a> {
    /// Evaluates for the effect alone.
    pub(super) fn discard(&mut self, expr: &'a ast::Expr) {
        if fold(expr).is_some() {
            return;
        }
        let mark = self.mark();
        self.operand(expr);
        self.release(mark);
    }

    /// Evaluates into a fresh register.
    pub(super) fn push(&mut self, expr: &'a ast::Expr) -> Reg {
        let reg = self.alloc();
        self.into(expr, reg);
        reg
    }

    /// A register that holds the value until the next statement at most; nothing else is evaluated before it is read.
    pub(super) fn operand(&mut self, expr: &'a ast::Expr) -> Reg {
        self.operand_at(expr, false, None)
    }

    /// An operand that survives the evaluation of others.
    pub(super) fn operand_kept(&mut self, expr: &'a ast::Expr) -> Reg {
        self.operand_at(expr, true, None)
    }

    /// The same; `hint` is used if a register is needed and the hint is scratch.
    pub(super) fn operand_kept_in(&mut self, expr: &'a ast::Expr, hint: Reg) -> Reg {
        let hint = self.is_scratch(hint).then_some(hint);
        self.operand_at(expr, true, hint)
    }

    fn operand_at(&mut self, expr: &'a ast::Expr, kept: bool, hint: Option<Reg>) -> Reg {
        if let E::Name(name) = &expr.kind
            && &**name != "__debug__"
        {
            let sym = self.intern(name);
            if let Place::Local {
                reg,
                checked,
                unstable,
            } = self.place(sym)
                && !(kept && unstable)
            {
                if checked {
                    self.check_local(reg, sym, expr.span);
                }
                return reg;
            }
        } else if let E::Named { target, value } = &expr.kind
            && !kept
            && let Some(reg) = self.local_register(&target.name)
        {
            self.into(value, reg);
            return reg;
        } else if let Some(constant) = fold(expr) {
            return match hint {
                Some(reg) if !self.is_in_loop() => {
                    self.load_constant(&constant, reg, expr.span);
                    reg
                }
                _ => self.constant_operand(&constant, expr.span),
            };
        }
        let reg = match hint {
            Some(reg) => reg,
            None => self.alloc(),
        };
        self.into(expr, reg);
        reg
    }

    /// `r[dst] = expr`
    pub(super) fn into(&mut self, expr: &'a ast::Expr, dst: Reg) {
        match &expr.kind {
            E::Name(name) if &**name == "__debug__" => {
                self.load_constant(&Constant::Bool(true), dst, expr.span);
            }
            E::Name(name) => {
                let sym = self.intern(name);
                self.load(sym, dst, expr.span);
            }
            E::Constant(constant) => {
                self.load_constant(&super::fold::literal(constant), dst, expr.span);
            }
            E::FString(parts) => self.f_string_into(parts, dst, expr.span),
            E::Binary { .. } | E::Unary { .. } | E::Tuple(_) => match fold(expr) {
                Some(constant) => self.load_constant(&constant, dst, expr.span),
                None => self.compound_into(expr, dst),
            },
            E::List(items) => self.list_into(items, dst, expr.span),
            E::Set(items) => self.set_into(items, dst, expr.span),
            E::Dict(items) => self.dict_into(items, dst, expr.span),
            E::Bool { op, values } => self.bool_into(*op, values, dst, expr.span),
            E::Compare { .. } => self.compare_into(expr, dst),
            E::Conditional { test, body, orelse } => {
                self.conditional_into(test, body, orelse, dst);
            }
            E::Lambda { params, body } => self.lambda_into(expr, params, body, dst),
            E::Named { target, value } => self.named_into(target, value, dst),
            E::Attribute { value, name } => self.attribute_into(value, name, dst, expr.span),
            E::Subscript { value, index } => self.subscript_into(value, index, dst, expr.span),
            E::Slice { lower, upper, step } => {
                let parts = [lower.as_deref(), upper.as_deref(), step.as_deref()];
                self.slice_into(parts, dst, expr.span);
            }
            E::Call { func, args } => self.call_into(func, args, false, dst, expr.span),
            E::Starred(value) => self.into(value, dst),
            E::ListComp { .. } | E::SetComp { .. } | E::DictComp { .. } => {
                self.comprehension_into(expr, dst);
            }
            E::Generator { element, clauses } => self.generator_into(expr, element, clauses, dst),
            E::Await(value) => self.await_into(value, dst, expr.span),
            E::Yield(value) => self.yield_into(value.as_deref(), dst, expr.span),
            E::YieldFrom(value) => {
                // The instruction keeps its iterator in the register, so it is one of its own.
                let mark = self.mark();
                let iter = self.push(value);
                self.emit(Op::YieldFrom { dst, iter }, expr.span);
                self.release(mark);
            }
        }
    }

    fn compound_into(&mut self, expr: &'a ast::Expr, dst: Reg) {
        if let E::Binary { .. } = &expr.kind {
            self.binary_into(expr, dst);
        } else if let E::Tuple(items) = &expr.kind {
            self.tuple_into(items, dst, expr.span);
        } else {
            self.unary_into(expr, dst);
        }
    }

    /// `a and b and c`
    fn bool_into(&mut self, op: BoolOp, values: &'a [ast::Expr], dst: Reg, span: Span) {
        let mark = self.mark();
        let result = match self.is_scratch(dst) {
            true => dst,
            false => self.alloc(),
        };
        let end = self.new_label();
        let to = end.0 as i32;
        for (at, value) in values.iter().enumerate() {
            let is_last = at + 1 == values.len();
            if let (Some(constant), false) = (fold(value), is_last) {
                if truth(&constant) == (op == BoolOp::And) {
                    continue;
                }
                self.load_constant(&constant, result, value.span);
                break;
            }
            self.into(value, result);
            if !is_last {
                let jump = match op {
                    BoolOp::And => Op::JumpIfNot { src: result, to },
                    BoolOp::Or => Op::JumpIf { src: result, to },
                };
                self.emit(jump, value.span);
            }
        }
        self.bind_label(end);
        if result != dst {
            self.emit(Op::Move { dst, src: result }, span);
        }
        self.release(mark);
    }

    fn conditional_into(
        &mut self,
        test: &'a ast::Expr,
        body: &'a ast::Expr,
        orelse: &'a ast::Expr,
        dst: Reg,
    ) {
        if let Some(constant) = fold(test) {
            return self.into(if truth(&constant) { body } else { orelse }, dst);
        }
        let (otherwise, end) = (self.new_label(), self.new_label());
        self.branch(test, false, otherwise);
        self.into(body, dst);
        self.jump(end, body.span);
        self.bind_label(otherwise);
        self.into(orelse, dst);
        self.bind_label(end);
    }

    fn named_into(&mut self, target: &'a ast::Ident, value: &'a ast::Expr, dst: Reg) {
        let sym = self.intern(&target.name);
        let mark = self.mark();
        let reg = match self.place(sym) {
            Place::Local { reg, .. } => reg,
            Place::Cell(_) | Place::Free(_) | Place::Global | Place::Class | Place::Spilled(_) => {
                match self.is_scratch(dst) {
                    true => dst,
                    false => self.alloc(),
                }
            }
        };
        self.into(value, reg);
        self.store(sym, reg, target.span);
        if reg != dst {
            self.emit(Op::Move { dst, src: reg }, target.span);
        }
        self.release(mark);
    }

    fn attribute_into(&mut self, value: &'a ast::Expr, name: &ast::Ident, dst: Reg, span: Span) {
        if self.is_super_call(value) {
            return self.super_attribute_into(&name.name, dst, span);
        }
        let mark = self.mark();
        let object = self.operand_kept_in(value, dst);
        let site = self.site(&name.name);
        self.emit(Op::GetAttr { dst, object, site }, span);
        self.release(mark);
    }

    fn subscript_into(&mut self, value: &'a ast::Expr, index: &'a ast::Expr, dst: Reg, span: Span) {
        let mark = self.mark();
        let object = self.operand_kept_in(value, dst);
        match fold(index).as_ref().and_then(small_int) {
            Some(index) => self.emit(Op::GetItemInt { dst, object, index }, span),
            None => {
                let index = self.operand(index);
                self.emit(Op::GetItem { dst, object, index }, span);
            }
        }
        self.release(mark);
    }

    fn slice_into(&mut self, parts: [Option<&'a ast::Expr>; 3], dst: Reg, span: Span) {
        let mark = self.mark();
        let first = self.mark() as Reg;
        for part in parts {
            match part {
                Some(part) => {
                    self.push(part);
                }
                None => {
                    let dst = self.alloc();
                    self.emit(Op::LoadNone { dst }, span);
                }
            }
        }
        self.emit(Op::BuildSlice { dst, first }, span);
        self.release(mark);
    }

    fn await_into(&mut self, value: &'a ast::Expr, dst: Reg, span: Span) {
        if let E::Call { func, args } = &value.kind
            && super::call::is_plain(args)
        {
            return self.call_into(func, args, true, dst, span);
        }
        let mark = self.mark();
        let src = self.operand_kept_in(value, dst);
        self.emit(Op::Await { dst, src }, span);
        self.release(mark);
    }

    fn yield_into(&mut self, value: Option<&'a ast::Expr>, dst: Reg, span: Span) {
        let mark = self.mark();
        let src = match value {
            Some(value) => self.operand(value),
            None => self.constant_operand(&Constant::None, span),
        };
        let op = match self.f.kind {
            FunctionKind::AsyncGenerator => Op::YieldAsync { dst, src },
            FunctionKind::Plain | FunctionKind::Generator | FunctionKind::Coroutine => {
                Op::Yield { dst, src }
            }
        };
        self.emit(op, span);
        self.release(mark);
    }

    /// Joins the pieces of an f-string.
    pub(super) fn f_string_into(&mut self, parts: &'a [ast::FStringPart], dst: Reg, span: Span) {
        use ast::FStringPart as P;
        match parts {
            [P::Literal(text)] => {
                return self.load_constant(&Constant::Str(text.clone()), dst, span);
            }
            [
                P::Field {
                    debug: None,
                    value,
                    conversion,
                    spec,
                },
            ] if self.is_scratch(dst) || spec.is_none() => {
                return self.format_into(value, *conversion as u8, spec.as_deref(), dst);
            }
            _ => {}
        }
        let mark = self.mark();
        let first = self.mark() as Reg;
        let mut count = 0;
        for part in parts {
            if count >= MAX_PIECES {
                self.join(first, &mut count, span);
                self.release(u16::from(first) + 1);
            }
            count += self.f_string_part(part, span);
        }
        let count = count as u8;
        self.emit(Op::BuildString { dst, first, count }, span);
        self.release(mark);
    }

    fn join(&mut self, first: Reg, count: &mut usize, span: Span) {
        self.emit(
            Op::BuildString {
                dst: first,
                first,
                count: *count as u8,
            },
            span,
        );
        *count = 1;
    }

    /// Pushes one part; how many pieces it made.
    fn f_string_part(&mut self, part: &'a ast::FStringPart, span: Span) -> usize {
        let (value, debug, conversion, spec) = match part {
            ast::FStringPart::Literal(text) => {
                let reg = self.alloc();
                self.load_constant(&Constant::Str(text.clone()), reg, span);
                return 1;
            }
            ast::FStringPart::Field {
                value,
                debug,
                conversion,
                spec,
            } => (value, debug, conversion, spec),
        };
        if let Some(text) = debug {
            let reg = self.alloc();
            self.load_constant(&Constant::Str(text.clone()), reg, value.span);
        }
        let dst = self.alloc();
        self.format_into(value, *conversion as u8, spec.as_deref(), dst);
        1 + usize::from(debug.is_some())
    }

    fn format_into(
        &mut self,
        value: &'a ast::Expr,
        conversion: u8,
        spec: Option<&'a [ast::FStringPart]>,
        dst: Reg,
    ) {
        let span = value.span;
        let mark = self.mark();
        let constant = match spec {
            None | Some([]) => Some(NO_SPEC),
            Some([ast::FStringPart::Literal(text)]) => {
                Some(self.tables.constant(&Constant::Str(text.clone())))
            }
            Some(_) => None,
        };
        if let Some(spec) = constant {
            let src = self.operand_kept_in(value, dst);
            self.emit(
                Op::Format {
                    dst,
                    src,
                    conversion,
                    spec,
                },
                span,
            );
        } else {
            // The conversion comes before the spec is evaluated, and a string's own format is itself.
            let mut src = self.operand_kept_in(value, dst);
            if conversion != 0 {
                self.emit(
                    Op::Format {
                        dst,
                        src,
                        conversion,
                        spec: NO_SPEC,
                    },
                    span,
                );
                src = dst;
            }
            let spec_reg = self.alloc();
            self.f_string_into(spec.unwrap_or_default(), spec_reg, span);
            self.emit(
                Op::FormatWith {
                    dst,
                    src,
                    conversion: 0,
                    spec: spec_reg,
                },
                span,
            );
        }
        self.release(mark);
    }
}
