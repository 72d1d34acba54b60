//! How deep an expression is.

use crate::syntax::ast::*;

/// The depth of the deepest child.
pub(super) fn deepest(kind: &ExprKind) -> u16 {
    let all = |list: &[Expr]| list.iter().map(|e| e.depth).max().unwrap_or(0);
    let one = |e: &Option<Box<Expr>>| e.as_ref().map_or(0, |e| e.depth);
    let clauses = |list: &[Comprehension]| {
        list.iter()
            .map(|c| c.target.depth.max(c.iter.depth).max(all(&c.conditions)))
            .max()
            .unwrap_or(0)
    };
    match kind {
        ExprKind::Name(_) | ExprKind::Constant(_) => 0,
        ExprKind::FString(parts) => deepest_part(parts),
        ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => all(items),
        ExprKind::Dict(items) => items
            .iter()
            .map(|item| match item {
                DictItem::Pair(key, value) => key.depth.max(value.depth),
                DictItem::Unpack(mapping) => mapping.depth,
            })
            .max()
            .unwrap_or(0),
        ExprKind::Unary { operand, .. } => operand.depth,
        ExprKind::Binary { left, right, .. } => left.depth.max(right.depth),
        ExprKind::Bool { values, .. } => all(values),
        ExprKind::Compare { left, rest } => rest
            .iter()
            .map(|(_, right)| right.depth)
            .fold(left.depth, u16::max),
        ExprKind::Conditional { test, body, orelse } => {
            test.depth.max(body.depth).max(orelse.depth)
        }
        ExprKind::Lambda { params, body } => deepest_param(params).max(body.depth),
        ExprKind::Named { value, .. } => value.depth,
        ExprKind::Attribute { value, .. }
        | ExprKind::Starred(value)
        | ExprKind::Await(value)
        | ExprKind::YieldFrom(value) => value.depth,
        ExprKind::Subscript { value, index } => value.depth.max(index.depth),
        ExprKind::Slice { lower, upper, step } => one(lower).max(one(upper)).max(one(step)),
        ExprKind::Call { func, args } => args
            .iter()
            .map(|arg| match arg {
                Argument::Positional(value) => value.depth,
                Argument::Keyword(_, value) | Argument::Unpack(value) => value.depth,
            })
            .fold(func.depth, u16::max),
        ExprKind::ListComp {
            element,
            clauses: c,
        }
        | ExprKind::SetComp {
            element,
            clauses: c,
        }
        | ExprKind::Generator {
            element,
            clauses: c,
        } => element.depth.max(clauses(c)),
        ExprKind::DictComp {
            key,
            value,
            clauses: c,
        } => key.depth.max(value.depth).max(clauses(c)),
        ExprKind::Yield(value) => one(value),
    }
}

fn deepest_part(parts: &[FStringPart]) -> u16 {
    let depth = |part: &FStringPart| match part {
        FStringPart::Literal(_) => 0,
        FStringPart::Field { value, spec, .. } => {
            let spec = spec.as_ref().map_or(0, |parts| deepest_part(parts));
            value.depth.max(spec)
        }
    };
    parts.iter().map(depth).max().unwrap_or(0)
}

fn deepest_param(params: &Params) -> u16 {
    let lists = [
        &params.positional_only,
        &params.regular,
        &params.keyword_only,
    ];
    let defaults = lists
        .into_iter()
        .flatten()
        .filter_map(|p| p.default.as_deref());
    defaults.map(|e| e.depth).max().unwrap_or(0)
}
