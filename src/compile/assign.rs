//! Assignments: targets of every kind, augmented and annotated assignment, `del`.

use super::fold::fold;
use super::generate::Generator;
use super::unit::small_int;
use super::variable::Place;
use crate::bytecode::{Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp};
use ast::ExprKind as E;

impl<'a> Generator<'a> {
    /// `targets = … = value`
    pub(super) fn assign(&mut self, targets: &'a [ast::Expr], value: &'a ast::Expr, span: Span) {
        let mark = self.mark();
        match targets {
            [target] => self.assign_one(target, value),
            _ => {
                // A target could change a variable that the value is read from.
                let src = match fold(value) {
                    Some(constant) => self.constant_operand(&constant, value.span),
                    None => self.push(value),
                };
                for target in targets {
                    self.assign_register(target, src, span);
                }
            }
        }
        self.release(mark);
    }

    fn assign_one(&mut self, target: &'a ast::Expr, value: &'a ast::Expr) {
        match (&target.kind, &value.kind) {
            (E::Name(name), _) => self.assign_name(name, value, target.span),
            (E::Tuple(targets) | E::List(targets), E::Tuple(values) | E::List(values))
                if targets.len() == values.len() && is_pairwise(targets, values) =>
            {
                self.assign_pairwise(targets, values);
            }
            _ => {
                let src = self.operand_kept(value);
                self.assign_register(target, src, target.span);
            }
        }
    }

    /// `name = value`
    pub(super) fn assign_name(&mut self, name: &str, value: &'a ast::Expr, span: Span) {
        let sym = self.intern(name);
        if let Place::Local { reg, .. } = self.place(sym) {
            return self.into(value, reg);
        }
        let mark = self.mark();
        let src = self.operand(value);
        self.store(sym, src, span);
        self.release(mark);
    }

    /// `a, b = x, y` without a tuple: all values first, then the targets from left to right.
    fn assign_pairwise(&mut self, targets: &'a [ast::Expr], values: &'a [ast::Expr]) {
        let mut sources = Vec::with_capacity(values.len());
        for (at, value) in values.iter().enumerate() {
            let is_overwritten = matches!(&value.kind, E::Name(name)
                if targets[..at].iter().any(|target| assigns(target, name)));
            sources.push(match is_overwritten {
                true => self.push(value),
                false => self.operand_kept(value),
            });
        }
        for (target, src) in targets.iter().zip(sources) {
            self.assign_register(target, src, target.span);
        }
    }

    /// `target = r[src]`
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else can be assigned to"
    )]
    pub(super) fn assign_register(&mut self, target: &'a ast::Expr, src: Reg, span: Span) {
        let mark = self.mark();
        match &target.kind {
            E::Name(name) => {
                let sym = self.intern(name);
                self.store(sym, src, span);
            }
            E::Attribute { value, name } => {
                let object = self.operand(value);
                let site = self.site(&name.name);
                self.emit(Op::SetAttr { object, src, site }, target.span);
            }
            E::Subscript { value, index } => {
                let object = self.operand_kept(value);
                let index = self.operand(index);
                self.emit(
                    Op::SetItem {
                        object,
                        index,
                        value: src,
                    },
                    target.span,
                );
            }
            E::Tuple(targets) | E::List(targets) => self.unpack(targets, src, target.span),
            E::Starred(inner) => self.assign_register(inner, src, span),
            _ => unreachable!("the parser lets no other targets through"),
        }
        self.release(mark);
    }

    /// `a, *b, c = r[src]`
    fn unpack(&mut self, targets: &'a [ast::Expr], src: Reg, span: Span) {
        let star = targets
            .iter()
            .position(|target| matches!(target.kind, E::Starred(_)));
        let direct = match star {
            None => self.adjacent_locals(targets),
            Some(_) => None,
        };
        let count = u16::try_from(targets.len()).unwrap_or(u16::MAX / 2);
        let first = match direct {
            Some(first) => first,
            None => self.alloc_many(count),
        };
        let op = match star {
            None => Op::Unpack {
                src,
                first,
                count: count.min(255) as u8,
            },
            Some(star) => Op::UnpackStar {
                src,
                first,
                before: star.min(255) as u8,
                after: (targets.len() - star - 1) as u32,
            },
        };
        self.emit(op, span);
        if direct.is_none() {
            for (at, target) in targets.iter().enumerate() {
                let reg = first.saturating_add(at.min(255) as u8);
                self.assign_register(target, reg, target.span);
            }
        }
    }

    /// The first register, if the targets are local variables in consecutive registers.
    fn adjacent_locals(&mut self, targets: &'a [ast::Expr]) -> Option<Reg> {
        let mut first = None;
        for (at, target) in targets.iter().enumerate() {
            let E::Name(name) = &target.kind else {
                return None;
            };
            let reg = self.local_register(name)?;
            let first = *first.get_or_insert(reg);
            if usize::from(reg) != usize::from(first) + at {
                return None;
            }
        }
        first
    }

    /// `target op= value`; the parts of the target are evaluated once.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else can be assigned to"
    )]
    pub(super) fn augmented(
        &mut self,
        target: &'a ast::Expr,
        op: BinaryOp,
        value: &'a ast::Expr,
        span: Span,
    ) {
        let mark = self.mark();
        match &target.kind {
            E::Name(name) => {
                let sym = self.intern(name);
                let lhs = self.operand_kept(target);
                let right = self.right_operand(op, value);
                let dst = match self.place(sym) {
                    Place::Local { reg, .. } => reg,
                    Place::Cell(_)
                    | Place::Free(_)
                    | Place::Global
                    | Place::Class
                    | Place::Spilled(_) => lhs,
                };
                self.binary_op(op, dst, lhs, right, true, span);
                self.store(sym, dst, target.span);
            }
            E::Attribute {
                value: object,
                name,
            } => {
                let object = self.operand_kept(object);
                let dst = self.alloc();
                let site = self.site(&name.name);
                self.emit(Op::GetAttr { dst, object, site }, target.span);
                self.augment(op, dst, value, span);
                let site = self.site(&name.name);
                self.emit(
                    Op::SetAttr {
                        object,
                        src: dst,
                        site,
                    },
                    target.span,
                );
            }
            E::Subscript {
                value: object,
                index,
            } => {
                let object = self.operand_kept(object);
                let constant = fold(index);
                let small = constant.as_ref().and_then(small_int);
                let index = match &constant {
                    Some(constant) => self.constant_operand(constant, index.span),
                    None => self.operand_kept(index),
                };
                let dst = self.alloc();
                let get = match small {
                    Some(index) => Op::GetItemInt { dst, object, index },
                    None => Op::GetItem { dst, object, index },
                };
                self.emit(get, target.span);
                self.augment(op, dst, value, span);
                self.emit(
                    Op::SetItem {
                        object,
                        index,
                        value: dst,
                    },
                    target.span,
                );
            }
            _ => unreachable!("the parser lets no other targets through"),
        }
        self.release(mark);
    }

    fn augment(&mut self, op: BinaryOp, dst: Reg, value: &'a ast::Expr, span: Span) {
        let mark = self.mark();
        let right = self.right_operand(op, value);
        self.binary_op(op, dst, dst, right, true, span);
        self.release(mark);
    }

    /// `target: annotation = value`; the annotation is kept as text.
    pub(super) fn annotated(
        &mut self,
        target: &'a ast::Expr,
        annotation: &'a ast::Expr,
        value: Option<&'a ast::Expr>,
        simple: bool,
    ) {
        match value {
            Some(value) => self.assign(std::slice::from_ref(target), value, target.span),
            None => self.evaluate_target(target),
        }
        if let (true, E::Name(name)) = (simple, &target.kind) {
            self.note_annotation(name, annotation);
        }
    }

    /// An annotated target without a value: its parts are evaluated, nothing else happens.
    fn evaluate_target(&mut self, target: &'a ast::Expr) {
        if let E::Attribute { value, .. } = &target.kind {
            self.discard(value);
        } else if let E::Subscript { value, index } = &target.kind {
            self.discard(value);
            self.discard(index);
        }
    }

    /// `del target`
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else can be deleted"
    )]
    pub(super) fn delete_target(&mut self, target: &'a ast::Expr) {
        let mark = self.mark();
        match &target.kind {
            E::Name(name) => {
                let sym = self.intern(name);
                self.delete(sym, target.span);
            }
            E::Attribute { value, name } => {
                let object = self.operand(value);
                let site = self.site(&name.name);
                self.emit(Op::DeleteAttr { object, site }, target.span);
            }
            E::Subscript { value, index } => {
                let object = self.operand_kept(value);
                let index = self.operand(index);
                self.emit(Op::DeleteItem { object, index }, target.span);
            }
            E::Tuple(targets) | E::List(targets) => {
                for target in targets {
                    self.delete_target(target);
                }
            }
            _ => unreachable!("the parser lets no other targets through"),
        }
        self.release(mark);
    }
}

/// Whether assigning to `target` may change the variable `name`.
fn assigns(target: &ast::Expr, name: &str) -> bool {
    if let E::Name(other) = &target.kind {
        return **other == *name;
    }
    !matches!(target.kind, E::Attribute { .. } | E::Subscript { .. })
}

/// No stars: each value goes to one target. Long ones are not worth it.
fn is_pairwise(targets: &[ast::Expr], values: &[ast::Expr]) -> bool {
    targets.len() <= 8
        && !targets
            .iter()
            .chain(values)
            .any(|expr| matches!(expr.kind, E::Starred(_)))
}
