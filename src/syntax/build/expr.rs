//! Expressions. Every one is made by `Builder::expr`, which keeps their depth within `MAX_DEPTH`.

use super::depth::deepest;
use super::{Builder, name_of};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::MAX_DEPTH;
use crate::syntax::ast::*;
use crate::syntax::number;

impl Builder<'_> {
    /// Makes an expression. One that would be too deep becomes a placeholder, so that nobody ever meets a deep tree.
    pub(crate) fn expr(&mut self, start: u32, kind: ExprKind, end: u32) -> Expr {
        let depth = deepest(&kind) + 1;
        self.expr_of_depth(start, kind, end, depth)
    }

    fn expr_of_depth(&mut self, start: u32, kind: ExprKind, end: u32, depth: u16) -> Expr {
        let span = Span::new(start, end);
        if depth <= MAX_DEPTH {
            return Expr {
                span,
                depth,
                parenthesized: false,
                kind,
            };
        }
        let message = "expression too deeply nested";
        if self.errors.last().is_none_or(|e| e.message != message) {
            self.errors.push(
                Diagnostic::syntax(message, span)
                    .with_label(format!(
                        "more than {MAX_DEPTH} operations inside each other"
                    ))
                    .with_help("split it in several statements"),
            );
        }
        Expr {
            span,
            depth: 1,
            parenthesized: false,
            kind: ExprKind::Constant(Constant::None),
        }
    }

    pub(crate) fn constant(&mut self, start: u32, end: u32, constant: Constant) -> Expr {
        self.expr(start, ExprKind::Constant(constant), end)
    }

    pub(crate) fn number(&mut self, start: u32, end: u32) -> Expr {
        let span = Span::new(start, end);
        let text = self.text_of(span);
        let constant =
            if text.ends_with(['j', 'J']) && !text.starts_with("0x") && !text.starts_with("0X") {
                self.errors.push(
                    Diagnostic::unsupported("complex numbers are not supported", span)
                        .with_label("an imaginary number")
                        .with_help("keep the real and the imaginary part in two floats"),
                );
                Constant::Int(0)
            } else {
                number::value(text).unwrap_or_else(|message| {
                    self.error(message, span);
                    Constant::Int(0)
                })
            };
        self.expr(start, ExprKind::Constant(constant), end)
    }

    pub(crate) fn tuple(&mut self, start: u32, items: Vec<Expr>, end: u32) -> Expr {
        self.expr(start, ExprKind::Tuple(items), end)
    }

    pub(crate) fn tuple_of_one(&mut self, start: u32, item: Expr, end: u32) -> Expr {
        self.tuple(start, vec![item], end)
    }

    pub(crate) fn empty_tuple(&mut self, start: u32, end: u32) -> Expr {
        self.tuple_group(start, Vec::new(), end)
    }

    /// A tuple in parentheses; they are part of it.
    pub(crate) fn tuple_group(&mut self, start: u32, items: Vec<Expr>, end: u32) -> Expr {
        let mut tuple = self.tuple(start, items, end);
        tuple.parenthesized = true;
        tuple
    }

    pub(crate) fn group_of_one(&mut self, start: u32, item: Expr, end: u32) -> Expr {
        self.tuple_group(start, vec![item], end)
    }

    pub(crate) fn group(&mut self, _start: u32, mut inner: Expr, _end: u32) -> Expr {
        if matches!(inner.kind, ExprKind::Starred(_)) {
            self.errors.push(
                Diagnostic::syntax("cannot use starred expression here", inner.span)
                    .with_help("add a comma to make a tuple: `(*items,)`"),
            );
        }
        inner.parenthesized = true;
        inner
    }

    pub(crate) fn empty_list(&mut self, start: u32, end: u32) -> Expr {
        self.list(start, Vec::new(), end)
    }

    pub(crate) fn list(&mut self, start: u32, items: Vec<Expr>, end: u32) -> Expr {
        self.expr(start, ExprKind::List(items), end)
    }

    pub(crate) fn set(&mut self, start: u32, items: Vec<Expr>, end: u32) -> Expr {
        self.expr(start, ExprKind::Set(items), end)
    }

    pub(crate) fn empty_dict(&mut self, start: u32, end: u32) -> Expr {
        self.dict(start, Vec::new(), end)
    }

    pub(crate) fn dict(&mut self, start: u32, items: Vec<DictItem>, end: u32) -> Expr {
        self.expr(start, ExprKind::Dict(items), end)
    }

    fn element(&mut self, element: Expr) -> Box<Expr> {
        if matches!(element.kind, ExprKind::Starred(_)) {
            self.errors.push(
                Diagnostic::syntax(
                    "iterable unpacking cannot be used in comprehension",
                    element.span,
                )
                .with_help("write a second `for` clause that loops over the inner items"),
            );
        }
        Box::new(element)
    }

    pub(crate) fn generator(
        &mut self,
        start: u32,
        element: Expr,
        clauses: Vec<Comprehension>,
        end: u32,
    ) -> Expr {
        let element = self.element(element);
        let mut made = self.expr(start, ExprKind::Generator { element, clauses }, end);
        made.parenthesized = true;
        made
    }

    pub(crate) fn list_comp(
        &mut self,
        start: u32,
        element: Expr,
        clauses: Vec<Comprehension>,
        end: u32,
    ) -> Expr {
        let element = self.element(element);
        self.expr(start, ExprKind::ListComp { element, clauses }, end)
    }

    pub(crate) fn set_comp(
        &mut self,
        start: u32,
        element: Expr,
        clauses: Vec<Comprehension>,
        end: u32,
    ) -> Expr {
        let element = self.element(element);
        self.expr(start, ExprKind::SetComp { element, clauses }, end)
    }

    pub(crate) fn dict_comp(
        &mut self,
        start: u32,
        key: Expr,
        value: Expr,
        clauses: Vec<Comprehension>,
        end: u32,
    ) -> Expr {
        let (key, value) = (Box::new(key), Box::new(value));
        let kind = ExprKind::DictComp {
            key,
            value,
            clauses,
        };
        self.expr(start, kind, end)
    }

    pub(crate) fn dict_comp_unpacking(
        &mut self,
        start: u32,
        mapping: Expr,
        _clauses: Vec<Comprehension>,
        end: u32,
    ) -> Expr {
        self.errors.push(
            Diagnostic::syntax(
                "dict unpacking cannot be used in dict comprehension",
                mapping.span,
            )
            .with_help("write a second `for` clause over `.items()`"),
        );
        self.empty_dict(start, end)
    }

    pub(crate) fn clause(
        &mut self,
        is_async: bool,
        target: Expr,
        iter: Expr,
        conditions: Vec<Expr>,
    ) -> Comprehension {
        self.check_target(&target);
        Comprehension {
            is_async,
            target,
            iter,
            conditions,
        }
    }

    pub(crate) fn starred(&mut self, start: u32, value: Expr, end: u32) -> Expr {
        self.expr(start, ExprKind::Starred(Box::new(value)), end)
    }

    pub(crate) fn yield_nothing(&mut self, start: u32, end: u32) -> Expr {
        self.expr(start, ExprKind::Yield(None), end)
    }

    pub(crate) fn yield_value(&mut self, start: u32, value: Expr, end: u32) -> Expr {
        self.refuse_star(&value);
        self.expr(start, ExprKind::Yield(Some(Box::new(value))), end)
    }

    pub(crate) fn yield_from(&mut self, start: u32, value: Expr, end: u32) -> Expr {
        self.expr(start, ExprKind::YieldFrom(Box::new(value)), end)
    }

    pub(crate) fn await_value(&mut self, start: u32, value: Expr, end: u32) -> Expr {
        self.expr(start, ExprKind::Await(Box::new(value)), end)
    }

    pub(crate) fn named(&mut self, start: u32, target: Expr, value: Expr, end: u32) -> Expr {
        let span = target.span;
        let name = match target.kind {
            ExprKind::Name(name) if !target.parenthesized => name,
            _ => {
                self.errors.push(
                    Diagnostic::syntax(
                        format!(
                            "cannot use assignment expressions with {}",
                            name_of(&target)
                        ),
                        span,
                    )
                    .with_help("`:=` can only give a value to a plain name"),
                );
                "_".into()
            }
        };
        let target = Ident { name, span };
        let value = Box::new(value);
        self.expr(start, ExprKind::Named { target, value }, end)
    }

    pub(crate) fn conditional(
        &mut self,
        start: u32,
        body: Expr,
        test: Expr,
        orelse: Expr,
        end: u32,
    ) -> Expr {
        let kind = ExprKind::Conditional {
            test: Box::new(test),
            body: Box::new(body),
            orelse: Box::new(orelse),
        };
        self.expr(start, kind, end)
    }

    pub(crate) fn lambda(&mut self, start: u32, params: Box<Params>, body: Expr, end: u32) -> Expr {
        let kind = ExprKind::Lambda {
            params,
            body: Box::new(body),
        };
        self.expr(start, kind, end)
    }

    /// `a or b or c` is one list.
    pub(crate) fn bool_op(
        &mut self,
        start: u32,
        left: Expr,
        right: Expr,
        end: u32,
        op: BoolOp,
    ) -> Expr {
        let depth = right.depth + 1;
        match left {
            Expr {
                parenthesized: false,
                depth: before,
                kind: ExprKind::Bool { op: same, values },
                ..
            } if same == op => {
                let values = super::pushed(values, right);
                let kind = ExprKind::Bool { op, values };
                self.expr_of_depth(start, kind, end, depth.max(before))
            }
            left => {
                let values = vec![left, right];
                self.expr(start, ExprKind::Bool { op, values }, end)
            }
        }
    }

    /// `a < b <= c` is one chain.
    pub(crate) fn compare(
        &mut self,
        start: u32,
        left: Expr,
        op: CompareOp,
        right: Expr,
        end: u32,
    ) -> Expr {
        let depth = right.depth + 1;
        match left {
            Expr {
                parenthesized: false,
                depth: before,
                kind: ExprKind::Compare { left, rest },
                ..
            } => {
                let rest = super::pushed(rest, (op, right));
                let kind = ExprKind::Compare { left, rest };
                self.expr_of_depth(start, kind, end, depth.max(before))
            }
            left => {
                let left = Box::new(left);
                let rest = vec![(op, right)];
                self.expr(start, ExprKind::Compare { left, rest }, end)
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        start: u32,
        left: Expr,
        op: BinaryOp,
        right: Expr,
        end: u32,
    ) -> Expr {
        // A chain is as deep as its operands: everything that walks it walks down its left side in a loop.
        let depth = match left.kind {
            ExprKind::Binary { .. } => left.depth.max(right.depth + 1),
            _ => left.depth.max(right.depth) + 1,
        };
        let (left, right) = (Left(Box::new(left)), Box::new(right));
        self.expr_of_depth(start, ExprKind::Binary { op, left, right }, end, depth)
    }

    pub(crate) fn unary(&mut self, start: u32, operand: Expr, end: u32, op: UnaryOp) -> Expr {
        let operand = Box::new(operand);
        self.expr(start, ExprKind::Unary { op, operand }, end)
    }

    pub(crate) fn factor(&mut self, start: u32, op: UnaryOp, operand: Expr, end: u32) -> Expr {
        self.unary(start, operand, end, op)
    }

    pub(crate) fn attribute(&mut self, start: u32, value: Expr, name: Ident, end: u32) -> Expr {
        let value = Box::new(value);
        self.expr(start, ExprKind::Attribute { value, name }, end)
    }

    pub(crate) fn call(
        &mut self,
        start: u32,
        func: Expr,
        open: u32,
        mut args: Vec<Argument>,
        end: u32,
    ) -> Expr {
        let func = Box::new(func);
        if let [Argument::Positional(value)] = args.as_mut_slice()
            && is_bare_generator(value)
        {
            // The call's parentheses are the generator's.
            value.span = Span::new(open, end);
            value.parenthesized = true;
        }
        self.expr(start, ExprKind::Call { func, args }, end)
    }

    pub(crate) fn subscript(&mut self, start: u32, value: Expr, index: Expr, end: u32) -> Expr {
        // `a[*b]` has a tuple for its index.
        let index = match index.kind {
            ExprKind::Starred(_) => {
                let Span { start, end } = index.span;
                self.tuple(start, vec![index], end)
            }
            _ => index,
        };
        let (value, index) = (Box::new(value), Box::new(index));
        self.expr(start, ExprKind::Subscript { value, index }, end)
    }

    pub(crate) fn slice(
        &mut self,
        start: u32,
        lower: Option<Expr>,
        upper: Option<Expr>,
        end: u32,
        step: Option<Expr>,
    ) -> Expr {
        let kind = ExprKind::Slice {
            lower: lower.map(Box::new),
            upper: upper.map(Box::new),
            step: step.map(Box::new),
        };
        self.expr(start, kind, end)
    }

    pub(crate) fn slice_step(
        &mut self,
        start: u32,
        lower: Option<Expr>,
        upper: Option<Expr>,
        step: Option<Expr>,
        end: u32,
    ) -> Expr {
        self.slice(start, lower, upper, end, step)
    }
}

/// A generator that is the only argument and has no parentheses of its own.
pub(super) fn is_bare_generator(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Generator { .. }) && !value.parenthesized
}
