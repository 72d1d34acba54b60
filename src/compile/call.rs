//! Calls: callee and arguments go into a window of consecutive registers, and the result replaces the callee.

use super::generate::Generator;
use super::variable::Place;
use crate::bytecode::{Constant, Op, Reg};
use crate::source::Span;
use crate::syntax::ast::{self, Argument};
use ast::ExprKind as E;

/// Calls with more arguments pass them as a list.
const MAX_ARGUMENTS: usize = 100;

/// This many keywords go into a dict at a time.
const MAX_PAIRS: usize = 15;

/// An instruction that makes an empty dict.
pub(super) fn empty_dict(dst: Reg) -> Op {
    Op::BuildDict {
        dst,
        first: dst,
        count: 0,
    }
}

/// Only plain arguments by position, and not too many: `Call` can do it, and `CallAwait`.
pub(super) fn is_plain(args: &[Argument]) -> bool {
    args.len() <= MAX_ARGUMENTS
        && args.iter().all(|arg| match arg {
            Argument::Positional(value) => !matches!(value.kind, E::Starred(_)),
            Argument::Keyword(..) | Argument::Unpack(_) => false,
        })
}

fn is_spread(args: &[Argument]) -> bool {
    args.len() > MAX_ARGUMENTS
        || args.iter().any(|arg| match arg {
            Argument::Positional(value) => matches!(value.kind, E::Starred(_)),
            Argument::Keyword(..) => false,
            Argument::Unpack(_) => true,
        })
}

fn is_positional(arg: &Argument) -> bool {
    match arg {
        Argument::Positional(_) => true,
        Argument::Keyword(..) | Argument::Unpack(_) => false,
    }
}

/// The names of what asyncio has that gives a coroutine. Others may have the same names: what is thrown away is looked at.
const NATIVE_COROUTINES: &[&str] = &[
    "acquire",
    "get",
    "join",
    "put",
    "sleep",
    "to_thread",
    "wait",
    "wait_for",
];

impl<'a> Generator<'a> {
    /// `r[dst] = [await] func(args)`; awaiting only with plain arguments.
    pub(super) fn call_into(
        &mut self,
        func: &'a ast::Expr,
        args: &'a [Argument],
        awaits: bool,
        dst: Reg,
        span: Span,
    ) {
        let mark = self.mark();
        let callee = match self.is_top(dst) {
            true => dst,
            false => self.alloc(),
        };
        if is_spread(args) {
            self.into(func, callee);
            self.spread_arguments(callee, args, span);
            self.emit(Op::CallSpread { callee }, span);
        } else if args.is_empty() && matches!(&func.kind, E::Name(name) if &**name == "super") {
            self.bare_super(func, callee, span);
        } else {
            let is_method = self.callee(func, callee);
            let names = self.arguments(args);
            let count = args.len() as u8;
            self.emit(call_op(callee, count, is_method, awaits, names), span);
        }
        if callee != dst {
            self.emit(Op::Move { dst, src: callee }, span);
        }
        self.release(mark);
    }

    /// Loads a callee; true if it is a method, with its object in the next register.
    fn callee(&mut self, func: &'a ast::Expr, callee: Reg) -> bool {
        let E::Attribute { value, name } = &func.kind else {
            self.into(func, callee);
            return false;
        };
        if self.is_super_call(value) {
            self.alloc();
            self.load_super_method(&name.name, callee, func.span);
            return true;
        }
        let object = self.operand_kept_in(value, callee);
        let site = self.site(&name.name);
        self.release(u16::from(callee) + 1);
        self.alloc();
        self.emit(
            Op::LoadMethod {
                dst: callee,
                object,
                site,
            },
            func.span,
        );
        true
    }

    /// Pushes arguments by position, then by keyword; the constant with the keywords' names, if there are any.
    fn arguments(&mut self, args: &'a [Argument]) -> Option<u32> {
        let mut names = Vec::new();
        for arg in args {
            if let Argument::Positional(value) = arg {
                self.push(value);
            }
        }
        for arg in args {
            if let Argument::Keyword(name, value) = arg {
                names.push(Constant::Str(name.name.clone()));
                self.push(value);
            }
        }
        (!names.is_empty()).then(|| self.tables.constant(&Constant::Tuple(names)))
    }

    /// Pushes a list or tuple of the positional arguments and a dict of the others, or None.
    pub(super) fn spread_arguments(&mut self, callee: Reg, args: &'a [Argument], span: Span) {
        let positional: Vec<&'a ast::Expr> = args
            .iter()
            .filter_map(|arg| match arg {
                Argument::Positional(value) => Some(value),
                Argument::Keyword(..) | Argument::Unpack(_) => None,
            })
            .collect();
        let list = self.alloc();
        if !self.own_arguments(&positional, list) && !self.only_starred(callee, &positional, list) {
            self.collect_list(positional.into_iter(), list, span);
        }
        let dict = self.alloc();
        self.keyword_dict(callee, dict, args, span);
    }

    /// `*args` alone, when `args` is the function's own `*args`: a tuple already.
    fn own_arguments(&mut self, positional: &[&'a ast::Expr], dst: Reg) -> bool {
        let [only] = positional else { return false };
        let E::Starred(value) = &only.kind else {
            return false;
        };
        let E::Name(name) = &value.kind else {
            return false;
        };
        let sym = self.intern(name);
        let scope = &self.scopes[self.f.scope];
        let Some(symbol) = scope.symbols.get(&sym) else {
            return false;
        };
        if !symbol.vararg || symbol.reassigned || symbol.captured {
            return false;
        }
        self.load(sym, dst, value.span);
        true
    }

    /// `*items` alone: an error then names the function.
    fn only_starred(&mut self, callee: Reg, positional: &[&'a ast::Expr], list: Reg) -> bool {
        let [only] = positional else { return false };
        let E::Starred(value) = &only.kind else {
            return false;
        };
        // A fresh list can be handed on as it is.
        if matches!(value.kind, E::List(_) | E::ListComp { .. }) {
            self.into(value, list);
            return true;
        }
        let mark = self.mark();
        let src = self.operand(value);
        let dst = list;
        self.emit(Op::SpreadItems { dst, src, callee }, only.span);
        self.release(mark);
        true
    }

    /// `r[dict]`: the keywords and mappings in order, or None when there are none.
    fn keyword_dict(&mut self, callee: Reg, dict: Reg, args: &'a [Argument], span: Span) {
        let mut is_made = false;
        let mut rest = args;
        while let Some((first, others)) = rest.split_first() {
            match first {
                Argument::Positional(_) => rest = others,
                Argument::Keyword(..) => {
                    // A run of keywords that one instruction can take.
                    let run = rest
                        .iter()
                        .take(MAX_PAIRS)
                        .take_while(|arg| matches!(arg, Argument::Keyword(..)))
                        .count();
                    let target = match is_made {
                        true => self.alloc(),
                        false => dict,
                    };
                    self.keyword_run(&rest[..run], target, span);
                    if is_made {
                        let src = target;
                        self.emit(Op::DictMerge { dict, src, callee }, span);
                        self.release(u16::from(target));
                    }
                    is_made = true;
                    rest = &rest[run..];
                }
                Argument::Unpack(mapping) => {
                    // Nothing is added to what stands alone.
                    let is_alone = !is_made && others.iter().all(is_positional);
                    if !is_made && !is_alone {
                        self.emit(empty_dict(dict), span);
                    }
                    is_made = true;
                    let mark = self.mark();
                    let src = self.operand(mapping);
                    let op = match is_alone {
                        true => Op::SpreadKeywords {
                            dst: dict,
                            src,
                            callee,
                        },
                        false => Op::DictMerge { dict, src, callee },
                    };
                    self.emit(op, mapping.span);
                    self.release(mark);
                    rest = others;
                }
            }
        }
        if !is_made {
            self.emit(Op::LoadNone { dst: dict }, span);
        }
    }

    fn keyword_run(&mut self, run: &'a [Argument], dst: Reg, span: Span) {
        let mark = self.mark();
        let first = mark as Reg;
        for arg in run {
            if let Argument::Keyword(name, value) = arg {
                let key = self.alloc();
                self.load_constant(&Constant::Str(name.name.clone()), key, name.span);
                self.push(value);
            }
        }
        let count = run.len() as u8;
        self.emit(Op::BuildDict { dst, first, count }, span);
        self.release(mark);
    }

    /// `super()`, when it means what it always means.
    pub(super) fn is_super_call(&mut self, expr: &ast::Expr) -> bool {
        let E::Call { func, args } = &expr.kind else {
            return false;
        };
        args.is_empty()
            && matches!(&func.kind, E::Name(name) if &**name == "super")
            && self.super_parts().is_some()
    }

    /// The number of the captured `__class__` cell and the first parameter, in a method that has both.
    fn super_parts(&mut self) -> Option<(u8, super::names::Sym)> {
        let (class, name) = (self.names.intern("__class__"), self.names.intern("super"));
        if !self.super_is_builtin || self.place(name) != Place::Global {
            return None;
        }
        let Place::Free(index) = self.place(class) else {
            return None;
        };
        let function = &self.scopes[self.f.function];
        let (&first, symbol) = function.symbols.first()?;
        let is_positional = symbol.parameter && !symbol.vararg && !symbol.keyword;
        is_positional.then_some((index, first))
    }

    /// Loads the first parameter as the function's own variable.
    fn load_first(&mut self, first: super::names::Sym, dst: Reg, span: Span) {
        let scope = std::mem::replace(&mut self.f.scope, self.f.function);
        self.load(first, dst, span);
        self.f.scope = scope;
    }

    fn load_super_method(&mut self, name: &str, callee: Reg, span: Span) {
        let Some((index, first)) = self.super_parts() else {
            return;
        };
        self.emit(Op::LoadFreeCell { dst: callee, index }, span);
        self.load_first(first, callee.saturating_add(1), span);
        let site = self.site(name);
        self.emit(
            Op::LoadSuperMethod {
                dst: callee,
                class: callee,
                site,
            },
            span,
        );
    }

    /// `super().name` as a value.
    pub(super) fn super_attribute_into(&mut self, name: &str, dst: Reg, span: Span) {
        let Some((index, first)) = self.super_parts() else {
            return;
        };
        let mark = self.mark();
        let class = self.alloc();
        let this = self.alloc();
        self.emit(Op::LoadFreeCell { dst: class, index }, span);
        self.load_first(first, this, span);
        let site = self.site(name);
        self.emit(
            Op::GetSuperAttr {
                dst,
                class,
                this,
                site,
            },
            span,
        );
        self.release(mark);
    }

    /// `super()` in another place than in front of a dot: `super(__class__, first)` in a method. Elsewhere it is called as
    /// written: the builtin says what it lacks.
    fn bare_super(&mut self, func: &'a ast::Expr, callee: Reg, span: Span) {
        self.into(func, callee);
        let mut count = 0;
        if let Some((_, first)) = self.super_parts() {
            let class = self.names.intern("__class__");
            let dst = self.alloc();
            self.load(class, dst, span);
            let dst = self.alloc();
            self.load_first(first, dst, span);
            count = 2;
        }
        self.emit(Op::Call { callee, count }, span);
    }

    /// Notes that a statement throws a call's result away, when that may be a coroutine nobody awaits.
    pub(super) fn discard_call(&mut self, expr: &'a ast::Expr) {
        let mark = self.mark();
        let reg = self.operand(expr);
        if self.may_be_coroutine(expr) {
            self.emit(
                Op::Intrinsic {
                    dst: reg,
                    first: reg,
                    count: 1,
                    which: crate::bytecode::Intrinsic::Discard,
                },
                expr.span,
            );
        }
        self.release(mark);
    }

    fn may_be_coroutine(&mut self, expr: &ast::Expr) -> bool {
        let E::Call { func, .. } = &expr.kind else {
            return false;
        };
        let (E::Name(name)
        | E::Attribute {
            name: ast::Ident { name, .. },
            ..
        }) = &func.kind
        else {
            return false;
        };
        let sym = self.intern(name);
        NATIVE_COROUTINES.contains(&&**name) || self.async_names.contains(&sym)
    }
}

fn call_op(callee: Reg, count: u8, is_method: bool, awaits: bool, names: Option<u32>) -> Op {
    match (names, is_method, awaits) {
        (Some(names), false, _) => Op::CallKw {
            callee,
            count,
            names,
        },
        (Some(names), true, _) => Op::CallMethodKw {
            callee,
            count,
            names,
        },
        (None, false, false) => Op::Call { callee, count },
        (None, true, false) => Op::CallMethod { callee, count },
        (None, false, true) => Op::CallAwait { callee, count },
        (None, true, true) => Op::CallMethodAwait { callee, count },
    }
}
