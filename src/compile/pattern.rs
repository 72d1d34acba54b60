//! `match`: each case tests the subject piece by piece and binds its names only when all of it matched.

use super::assemble::Label;
use super::fold::fold;
use super::generate::Generator;
use super::unit::small_int;
use crate::bytecode::{Constant, Intrinsic, Op, Reg};
use crate::source::Span;
use crate::syntax::ast;
use ast::PatternKind as P;

/// The names a pattern binds, with the registers that hold their values.
type Captures<'a> = Vec<(&'a ast::Ident, Reg)>;

impl<'a> Generator<'a> {
    pub(super) fn match_statement(&mut self, subject: &'a ast::Expr, cases: &'a [ast::MatchCase]) {
        let mark = self.mark();
        let subject = self.subject(subject);
        let end = self.new_label();
        for (at, case) in cases.iter().enumerate() {
            let inner = self.mark();
            let next = self.new_label();
            let mut captures = Captures::new();
            self.pattern(&case.pattern, subject, next, &mut captures);
            for (name, reg) in captures {
                let sym = self.intern(&name.name);
                self.store(sym, reg, name.span);
            }
            self.release(inner);
            if let Some(guard) = &case.guard {
                self.branch(guard, false, next);
            }
            self.body(&case.body);
            if at + 1 < cases.len() {
                self.jump(end, case.pattern.span);
            }
            self.bind_label(next);
        }
        self.bind_label(end);
        self.release(mark);
    }

    /// The subject stays what it was, even if a case assigns the variable it was read from.
    fn subject(&mut self, subject: &'a ast::Expr) -> Reg {
        if let ast::ExprKind::Name(name) = &subject.kind {
            let sym = self.intern(name);
            let scope = &self.scopes[self.f.scope];
            if let Some(symbol) = scope.symbols.get(&sym)
                && !symbol.reassigned
            {
                return self.operand(subject);
            }
        }
        self.push(subject)
    }

    /// Goes on if `r[subject]` matches, else jumps to `fail`.
    fn pattern(
        &mut self,
        pattern: &'a ast::Pattern,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
    ) {
        let span = pattern.span;
        match &pattern.kind {
            P::Wildcard | P::Star(None) => {}
            P::Capture(name) | P::Star(Some(name)) => captures.push((name, subject)),
            P::Value(value) => self.value_pattern(value, subject, fail),
            P::Singleton(constant) => self.singleton(constant, subject, fail, span),
            P::Sequence(patterns) => self.sequence(patterns, subject, fail, captures, span),
            P::Mapping { items, rest } => {
                self.mapping(items, rest.as_ref(), subject, fail, captures, span);
            }
            P::Class(class) => {
                let parts = ClassParts {
                    class: &class.class,
                    positional: &class.positional,
                    keyword: &class.keyword,
                };
                self.class_pattern(parts, subject, fail, captures, span);
            }
            P::Or(patterns) => self.alternatives(patterns, subject, fail, captures, span),
            P::As(inner, name) => {
                self.pattern(inner, subject, fail, captures);
                captures.push((name, subject));
            }
        }
    }

    fn value_pattern(&mut self, value: &'a ast::Expr, subject: Reg, fail: Label) {
        let to = fail.0 as i32;
        let small = fold(value)
            .as_ref()
            .and_then(small_int)
            .and_then(|value| i8::try_from(value).ok());
        let mark = self.mark();
        let op = match small {
            Some(value) => Op::JumpIfEqInt {
                lhs: subject,
                value,
                when: false,
                to,
            },
            None => Op::JumpIfEq {
                lhs: subject,
                rhs: self.operand(value),
                when: false,
                to,
            },
        };
        self.emit(op, value.span);
        self.release(mark);
    }

    fn singleton(&mut self, constant: &ast::Constant, subject: Reg, fail: Label, span: Span) {
        let constant = super::fold::literal(constant);
        if constant == Constant::None {
            return self.branch_none(subject, false, fail, span);
        }
        let mark = self.mark();
        let rhs = self.constant_operand(&constant, span);
        self.emit(
            Op::JumpIfIs {
                lhs: subject,
                rhs,
                when: false,
                to: fail.0 as i32,
            },
            span,
        );
        self.release(mark);
    }

    /// Fails if an intrinsic's answer about a register is false.
    fn require(&mut self, which: Intrinsic, subject: Reg, fail: Label, span: Span) {
        let mark = self.mark();
        let dst = self.alloc();
        self.emit(
            Op::Intrinsic {
                dst,
                first: subject,
                count: 1,
                which,
            },
            span,
        );
        self.branch_on(dst, false, fail, span);
        self.release(mark);
    }

    fn length(&mut self, subject: Reg, span: Span) -> Reg {
        let dst = self.alloc();
        self.emit(
            Op::Intrinsic {
                dst,
                first: subject,
                count: 1,
                which: Intrinsic::Length,
            },
            span,
        );
        dst
    }

    /// Fails unless the length in a register is `count`, or at least that.
    fn require_length(
        &mut self,
        length: Reg,
        count: usize,
        exactly: bool,
        fail: Label,
        span: Span,
    ) {
        let to = fail.0 as i32;
        let mark = self.mark();
        let op = match i8::try_from(count) {
            Ok(value) if exactly => Op::JumpIfEqInt {
                lhs: length,
                value,
                when: false,
                to,
            },
            Ok(value) => Op::JumpIfGeInt {
                lhs: length,
                value,
                when: false,
                to,
            },
            Err(_) => {
                let rhs = self.constant_operand(&Constant::Int(count as i64), span);
                match exactly {
                    true => Op::JumpIfEq {
                        lhs: length,
                        rhs,
                        when: false,
                        to,
                    },
                    false => Op::JumpIfGe {
                        lhs: length,
                        rhs,
                        when: false,
                        to,
                    },
                }
            }
        };
        self.emit(op, span);
        self.release(mark);
    }

    fn sequence(
        &mut self,
        patterns: &'a [ast::Pattern],
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
        span: Span,
    ) {
        let star = patterns
            .iter()
            .position(|pattern| matches!(pattern.kind, P::Star(_)));
        let has_ignored_star = star.is_some_and(|at| matches!(patterns[at].kind, P::Star(None)));
        self.require(Intrinsic::IsSequence, subject, fail, span);
        let least = patterns.len() - usize::from(star.is_some());
        if star.is_some() && least == 0 && has_ignored_star {
            return;
        }
        let length = self.length(subject, span);
        if star.is_none() || least > 0 {
            self.require_length(length, least, star.is_none(), fail, span);
        }
        if patterns.iter().all(is_ignored) {
            return;
        }
        if has_ignored_star {
            return self.sequence_items(patterns, subject, length, fail, captures);
        }
        let count = u16::try_from(patterns.len()).unwrap_or(u16::MAX / 2);
        let first = self.alloc_many(count);
        let op = match star {
            None => Op::Unpack {
                src: subject,
                first,
                count: count.min(255) as u8,
            },
            Some(star) => Op::UnpackStar {
                src: subject,
                first,
                before: star.min(255) as u8,
                after: (patterns.len() - star - 1) as u32,
            },
        };
        self.emit(op, span);
        for (at, pattern) in patterns.iter().enumerate() {
            let item = first.saturating_add(at.min(255) as u8);
            self.pattern(pattern, item, fail, captures);
        }
    }

    /// `[a, *_, b]` looks at single items, from both ends.
    fn sequence_items(
        &mut self,
        patterns: &'a [ast::Pattern],
        subject: Reg,
        length: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
    ) {
        let mut from_end = false;
        for (at, pattern) in patterns.iter().enumerate() {
            if matches!(pattern.kind, P::Star(_)) {
                from_end = true;
                continue;
            }
            if is_ignored(pattern) {
                continue;
            }
            let dst = self.alloc();
            if from_end {
                let value = (patterns.len() - at) as i32;
                self.emit(
                    Op::SubInt {
                        dst,
                        lhs: length,
                        in_place: false,
                        value,
                    },
                    pattern.span,
                );
                self.emit(
                    Op::GetItem {
                        dst,
                        object: subject,
                        index: dst,
                    },
                    pattern.span,
                );
            } else {
                self.emit(
                    Op::GetItemInt {
                        dst,
                        object: subject,
                        index: at as i32,
                    },
                    pattern.span,
                );
            }
            self.pattern(pattern, dst, fail, captures);
        }
    }

    fn mapping(
        &mut self,
        items: &'a [(ast::Expr, ast::Pattern)],
        rest: Option<&'a ast::Ident>,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
        span: Span,
    ) {
        self.require(Intrinsic::IsMapping, subject, fail, span);
        if items.is_empty() && rest.is_none() {
            return;
        }
        if !items.is_empty() {
            let length = self.length(subject, span);
            self.require_length(length, items.len(), false, fail, span);
        }
        let pair = self.alloc_many(2);
        let keys = pair.saturating_add(1);
        self.key_tuple(items, keys, span);
        if !items.is_empty() {
            let move_subject = Op::Move {
                dst: pair,
                src: subject,
            };
            self.emit(move_subject, span);
            let count = u16::try_from(items.len()).unwrap_or(u16::MAX / 2);
            let first = self.alloc_many(count);
            self.emit(
                Op::Intrinsic {
                    dst: pair,
                    first: pair,
                    count: 2,
                    which: Intrinsic::MatchKeys,
                },
                span,
            );
            self.branch_none(pair, true, fail, span);
            self.emit(
                Op::Unpack {
                    src: pair,
                    first,
                    count: count.min(255) as u8,
                },
                span,
            );
            for (at, (_, pattern)) in items.iter().enumerate() {
                let item = first.saturating_add(at.min(255) as u8);
                self.pattern(pattern, item, fail, captures);
            }
        }
        if let Some(rest) = rest {
            self.emit(
                Op::Move {
                    dst: pair,
                    src: subject,
                },
                span,
            );
            self.intrinsic(Intrinsic::MappingRest, pair, 2, span);
            captures.push((rest, pair));
        }
    }

    fn key_tuple(&mut self, items: &'a [(ast::Expr, ast::Pattern)], dst: Reg, span: Span) {
        let constants: Option<Vec<Constant>> = items.iter().map(|(key, _)| fold(key)).collect();
        match constants {
            Some(constants) => self.load_constant(&Constant::Tuple(constants), dst, span),
            None => {
                self.collect_list(items.iter().map(|(key, _)| key), dst, span);
                self.emit(Op::ListToTuple { dst, src: dst }, span);
            }
        }
    }

    fn class_pattern(
        &mut self,
        parts: ClassParts<'a>,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
        span: Span,
    ) {
        let first = self.alloc();
        self.push(parts.class);
        let move_subject = Op::Move {
            dst: first,
            src: subject,
        };
        self.emit(move_subject, span);
        let rest = self.alloc_many(2);
        let count = parts.positional.len() + parts.keyword.len();
        let positional = Constant::Int(parts.positional.len() as i64);
        self.load_constant(&positional, rest, span);
        let names = parts
            .keyword
            .iter()
            .map(|(name, _)| Constant::Str(name.name.clone()))
            .collect();
        self.load_constant(&Constant::Tuple(names), rest.saturating_add(1), span);
        self.intrinsic(Intrinsic::MatchClass, first, 4, span);
        self.branch_none(first, true, fail, span);
        if count == 0 {
            return;
        }
        self.release(u16::from(first) + 1);
        let items = self.alloc_many(u16::try_from(count).unwrap_or(u16::MAX / 2));
        self.emit(
            Op::Unpack {
                src: first,
                first: items,
                count: count.min(255) as u8,
            },
            span,
        );
        let patterns = parts
            .positional
            .iter()
            .chain(parts.keyword.iter().map(|(_, pattern)| pattern));
        for (at, pattern) in patterns.enumerate() {
            let item = items.saturating_add(at.min(255) as u8);
            self.pattern(pattern, item, fail, captures);
        }
    }

    /// Every alternative leaves what it captures in the same registers.
    fn alternatives(
        &mut self,
        patterns: &'a [ast::Pattern],
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
        span: Span,
    ) {
        let matched = self.new_label();
        let mut names: Vec<&'a ast::Ident> = Vec::new();
        if let Some(first) = patterns.first() {
            collect_names(first, &mut names);
        }
        let results = self.alloc_many(names.len() as u16);
        for (at, pattern) in patterns.iter().enumerate() {
            let is_last = at + 1 == patterns.len();
            let mark = self.mark();
            let next = match is_last {
                true => fail,
                false => self.new_label(),
            };
            let mut own = Captures::new();
            self.pattern(pattern, subject, next, &mut own);
            for (name, src) in own {
                let place = names.iter().position(|other| other.name == name.name);
                let offset = place.unwrap_or_default().min(255) as u8;
                let dst = results.saturating_add(offset);
                self.emit(Op::Move { dst, src }, name.span);
            }
            if !is_last {
                self.jump(matched, span);
                self.bind_label(next);
            }
            self.release(mark);
        }
        self.bind_label(matched);
        for (at, name) in names.into_iter().enumerate() {
            captures.push((name, results.saturating_add(at.min(255) as u8)));
        }
    }
}

/// The parts of a class pattern.
#[derive(Clone, Copy)]
struct ClassParts<'a> {
    class: &'a ast::Expr,
    positional: &'a [ast::Pattern],
    keyword: &'a [(ast::Ident, ast::Pattern)],
}

fn is_ignored(pattern: &ast::Pattern) -> bool {
    matches!(pattern.kind, P::Wildcard | P::Star(None))
}

fn collect_names<'a>(pattern: &'a ast::Pattern, names: &mut Vec<&'a ast::Ident>) {
    match &pattern.kind {
        P::Wildcard | P::Value(_) | P::Singleton(_) | P::Star(None) => {}
        P::Capture(name) | P::Star(Some(name)) => names.push(name),
        P::Sequence(patterns) => {
            for pattern in patterns {
                collect_names(pattern, names);
            }
        }
        // Alternatives bind the same names.
        P::Or(patterns) => {
            if let Some(first) = patterns.first() {
                collect_names(first, names);
            }
        }
        P::Mapping { items, rest } => {
            for (_, pattern) in items {
                collect_names(pattern, names);
            }
            names.extend(rest);
        }
        P::Class(class) => {
            for pattern in &class.positional {
                collect_names(pattern, names);
            }
            for (_, pattern) in &class.keyword {
                collect_names(pattern, names);
            }
        }
        P::As(inner, name) => {
            collect_names(inner, names);
            names.push(name);
        }
    }
}
