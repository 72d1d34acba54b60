//! What may be assigned to and deleted, and where a star may stand.

use super::Builder;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::*;

/// What error messages call an expression, as CPython does.
pub(crate) fn name_of(expr: &Expr) -> &'static str {
    match &expr.kind {
        ExprKind::Name(_) => "name",
        ExprKind::Constant(constant) => match constant {
            Constant::None => "None",
            Constant::Bool(true) => "True",
            Constant::Bool(false) => "False",
            Constant::Ellipsis => "ellipsis",
            Constant::Int(_)
            | Constant::BigInt(_)
            | Constant::Float(_)
            | Constant::Str(_)
            | Constant::Bytes(_) => "literal",
        },
        ExprKind::FString(_) => "f-string expression",
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) => "list",
        ExprKind::Set(_) => "set display",
        ExprKind::Dict(_) => "dict literal",
        ExprKind::Unary { .. } | ExprKind::Binary { .. } | ExprKind::Bool { .. } => "expression",
        ExprKind::Compare { .. } => "comparison",
        ExprKind::Conditional { .. } => "conditional expression",
        ExprKind::Lambda { .. } => "lambda",
        ExprKind::Named { .. } => "named expression",
        ExprKind::Attribute { .. } => "attribute",
        ExprKind::Subscript { .. } => "subscript",
        ExprKind::Slice { .. } => "slice",
        ExprKind::Call { .. } => "function call",
        ExprKind::Starred(_) => "starred",
        ExprKind::ListComp { .. } => "list comprehension",
        ExprKind::SetComp { .. } => "set comprehension",
        ExprKind::DictComp { .. } => "dict comprehension",
        ExprKind::Generator { .. } => "generator expression",
        ExprKind::Await(_) => "await expression",
        ExprKind::Yield(_) | ExprKind::YieldFrom(_) => "yield expression",
    }
}

impl Builder<'_> {
    /// A target of `=`; `last` is the one next to the value.
    pub(crate) fn check_assigned(&mut self, target: &Expr, last: bool) {
        match &target.kind {
            ExprKind::Starred(_) if !target.parenthesized => {
                self.errors.push(
                    Diagnostic::syntax(
                        "starred assignment target must be in a list or tuple",
                        target.span,
                    )
                    .with_help("add a comma to make a tuple: `*items, = value`"),
                );
                self.check_target(target);
            }
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) if !target.parenthesized => {
                self.error("assignment to yield expression not possible", target.span);
            }
            ExprKind::Generator { .. }
            | ExprKind::Constant(Constant::None | Constant::Bool(_))
            | ExprKind::Conditional { .. }
            | ExprKind::Lambda { .. }
            | ExprKind::Bool { .. }
            | ExprKind::Compare { .. }
            | ExprKind::Unary {
                op: UnaryOp::Not, ..
            } if !target.parenthesized || matches!(target.kind, ExprKind::Generator { .. }) => {
                self.refuse_target(target);
            }
            ExprKind::Name(_)
            | ExprKind::Tuple(_)
            | ExprKind::List(_)
            | ExprKind::Attribute { .. }
            | ExprKind::Subscript { .. } => self.check_target(target),
            _ if last => self.errors.push(
                Diagnostic::syntax(
                    format!(
                        "cannot assign to {} here. Maybe you meant '==' instead of '='?",
                        name_of(target)
                    ),
                    target.span,
                )
                .with_label("a value, not a place to store one")
                .with_help("`=` stores into the name on its left; `==` compares"),
            ),
            _ => self.refuse_target(target),
        }
    }

    /// A target of `for`, `with … as`, or a part of one of `=`.
    pub(crate) fn check_target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => {}
            ExprKind::Starred(inner) => self.check_target(inner),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                let mut stars = items
                    .iter()
                    .filter(|item| matches!(item.kind, ExprKind::Starred(_)));
                if let (Some(first), Some(second)) = (stars.next(), stars.next()) {
                    self.errors.push(
                        Diagnostic::syntax(
                            "multiple starred expressions in assignment",
                            second.span,
                        )
                        .and_at(first.span, "the first one")
                        .with_help("only one name can take what is left over"),
                    );
                }
                for item in items {
                    self.check_target(item);
                }
            }
            _ => self.refuse_target(target),
        }
    }

    fn refuse_target(&mut self, target: &Expr) {
        self.errors.push(
            Diagnostic::syntax(format!("cannot assign to {}", name_of(target)), target.span)
                .with_label("a value, not a place to store one")
                .with_help("only names, attributes, subscripts, and lists or tuples of them can be assigned to"),
        );
    }

    /// A target of `del`.
    pub(crate) fn check_deleted(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => {}
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for item in items {
                    self.check_deleted(item);
                }
            }
            _ => self.errors.push(
                Diagnostic::syntax(format!("cannot delete {}", name_of(target)), target.span)
                    .with_help("only names, attributes and subscripts can be deleted"),
            ),
        }
    }

    /// A star at the top of a value that is no tuple.
    pub(crate) fn refuse_star(&mut self, value: &Expr) {
        if matches!(value.kind, ExprKind::Starred(_)) && !value.parenthesized {
            self.errors.push(
                Diagnostic::syntax("can't use starred expression here", value.span)
                    .with_help("add a comma to make a tuple: `*items,`"),
            );
        }
    }
}
