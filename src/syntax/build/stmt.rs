//! Statements and the heads of compound statements.

use super::expr::is_bare_generator;
use super::{Builder, name_of};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::*;

/// One parsed logical line.
pub(crate) enum Line {
    /// Statements separated by semicolons; they stay in [`Builder::statements`].
    Simple,
    /// The head of a compound statement, with the statements behind its colon on the same line.
    Header(Header, Vec<Stmt>),
}

/// The head of a compound statement.
pub(crate) enum Header {
    If(Expr),
    Elif(Expr),
    Else,
    While(Expr),
    For {
        is_async: bool,
        target: Expr,
        iter: Expr,
    },
    With {
        is_async: bool,
        items: Vec<WithItem>,
    },
    Try,
    Except {
        kind: Option<Expr>,
        name: Option<Ident>,
        is_star: bool,
    },
    Finally,
    /// Without decorators and body.
    Def(Box<FunctionDef>),
    /// Without decorators and body.
    Class(Box<ClassDef>),
    Match(Expr),
    Case {
        pattern: Pattern,
        guard: Option<Expr>,
    },
    /// `@expression`
    Decorator(Expr),
}

impl Header {
    pub(crate) fn except_all() -> Self {
        Header::Except {
            kind: None,
            name: None,
            is_star: false,
        }
    }

    pub(crate) fn except(kind: Expr, name: Option<Ident>) -> Self {
        Header::Except {
            kind: Some(kind),
            name,
            is_star: false,
        }
    }

    pub(crate) fn except_star(kind: Expr, name: Option<Ident>) -> Self {
        Header::Except {
            kind: Some(kind),
            name,
            is_star: true,
        }
    }
}

/// What stands behind `import` in `from m import …`.
pub(crate) struct ImportNames {
    names: Vec<ImportAlias>,
    star: Option<Span>,
}

impl ImportNames {
    pub(crate) fn star(start: u32, end: u32) -> Self {
        Self {
            names: Vec::new(),
            star: Some(Span::new(start, end)),
        }
    }

    pub(crate) fn list(names: Vec<ImportAlias>) -> Self {
        Self { names, star: None }
    }
}

pub(crate) fn raise(exception: Option<Expr>, cause: Option<Expr>) -> StmtKind {
    StmtKind::Raise { exception, cause }
}

pub(crate) fn raise_from(exception: Expr, cause: Expr) -> StmtKind {
    raise(Some(exception), Some(cause))
}

pub(crate) fn assert(test: Expr, message: Option<Expr>) -> StmtKind {
    StmtKind::Assert { test, message }
}

pub(crate) fn assert_message(test: Expr, message: Expr) -> StmtKind {
    assert(test, Some(message))
}

pub(crate) fn add(count: u32, more: u32) -> u32 {
    count + more
}

pub(crate) fn dotted(path: Ident, name: Ident) -> Ident {
    Ident {
        name: format!("{}.{}", path.name, name.name).into(),
        span: path.span.to(name.span),
    }
}

pub(crate) fn alias(path: Ident, rename: Option<Ident>) -> ImportAlias {
    ImportAlias { path, rename }
}

pub(crate) fn with_item(context: Expr, target: Option<Expr>) -> WithItem {
    WithItem {
        context: Box::new(context),
        target: target.map(Box::new),
    }
}

impl Builder<'_> {
    /// Forgets what is left of the line before.
    pub(crate) fn begin_line(&mut self) {
        self.statements.clear();
        self.header = None;
        self.operands.clear();
    }

    /// What the line is that was parsed.
    pub(crate) fn take_line(&mut self) -> Line {
        match self.header.take() {
            Some(header) => Line::Header(header, std::mem::take(&mut self.statements)),
            None => Line::Simple,
        }
    }

    pub(crate) fn header(&mut self, header: Header) {
        self.header = Some(header);
    }

    /// Adds a statement, whose place is given by the next call of `place_statement`.
    pub(crate) fn statement(&mut self, kind: StmtKind) {
        let span = Span::default();
        self.statements.push(Stmt { span, kind });
    }

    pub(crate) fn place_statement(&mut self, start: u32, end: u32) {
        if let Some(statement) = self.statements.last_mut() {
            statement.span = Span::new(start, end);
        }
    }

    pub(crate) fn expression(&mut self, value: Expr) {
        self.refuse_star(&value);
        self.statement(StmtKind::Expr(value));
    }

    /// `a = b = value`
    pub(crate) fn assignment(&mut self, targets: Vec<Expr>, value: Expr) {
        self.refuse_star(&value);
        for (at, target) in targets.iter().enumerate() {
            self.check_assigned(target, at + 1 == targets.len());
        }
        self.statement(StmtKind::Assign { targets, value });
    }

    pub(crate) fn augmented(&mut self, target: Expr, op: BinaryOp, value: Expr) {
        match &target.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => {}
            _ => self.errors.push(
                Diagnostic::syntax(
                    format!(
                        "'{}' is an illegal expression for augmented assignment",
                        name_of(&target)
                    ),
                    target.span,
                )
                .with_help("only a name, an attribute or a subscript can be updated in place"),
            ),
        }
        self.refuse_star(&value);
        self.statement(StmtKind::AugAssign { target, op, value });
    }

    pub(crate) fn annotated(&mut self, target: Expr, annotation: Expr, value: Option<Expr>) {
        let message = match &target.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => None,
            ExprKind::List(_) => Some("only single target (not list) can be annotated"),
            ExprKind::Tuple(_) => Some("only single target (not tuple) can be annotated"),
            _ => Some("illegal target for annotation"),
        };
        if let Some(message) = message {
            self.errors.push(
                Diagnostic::syntax(message, target.span)
                    .with_help("`name: type = value` declares one name; `:` is also the end of `if`, `for`, `def` lines: was a keyword meant?"),
            );
        }
        if let Some(value) = &value {
            self.refuse_star(value);
        }
        let simple = matches!(target.kind, ExprKind::Name(_)) && !target.parenthesized;
        self.statement(StmtKind::AnnAssign {
            target,
            annotation,
            value,
            simple,
        });
    }

    pub(crate) fn annotated_value(&mut self, target: Expr, annotation: Expr, value: Expr) {
        self.annotated(target, annotation, Some(value));
    }

    pub(crate) fn return_value(&mut self, value: Expr) {
        self.refuse_star(&value);
        self.statement(StmtKind::Return(Some(value)));
    }

    pub(crate) fn delete(&mut self, targets: Expr) {
        let targets = match targets {
            Expr {
                kind: ExprKind::Tuple(items),
                parenthesized: false,
                ..
            } => items,
            one => vec![one],
        };
        for target in &targets {
            self.check_deleted(target);
        }
        self.statement(StmtKind::Delete(targets));
    }

    pub(crate) fn import_from_package(&mut self, level: u32, names: ImportNames) {
        if level == 0 {
            let at = names
                .star
                .or_else(|| names.names.first().map(|n| n.path.span));
            self.errors.push(
                Diagnostic::syntax("invalid syntax", at.unwrap_or_default())
                    .with_label("no module was named before `import`")
                    .with_help("write `from module import name`"),
            );
        }
        self.statement(StmtKind::ImportFrom {
            level,
            module: "".into(),
            names: names.names,
            star: names.star,
        });
    }

    pub(crate) fn import_from(&mut self, level: u32, module: Ident, names: ImportNames) {
        self.statement(StmtKind::ImportFrom {
            level,
            module: module.name,
            names: names.names,
            star: names.star,
        });
    }

    pub(crate) fn for_header(&mut self, is_async: bool, target: Expr, iter: Expr) {
        self.check_target(&target);
        self.refuse_star(&iter);
        self.header(Header::For {
            is_async,
            target,
            iter,
        });
    }

    pub(crate) fn match_header(&mut self, subject: Expr) {
        self.refuse_star(&subject);
        self.header(Header::Match(subject));
    }

    /// `with (a, b):` has two items, as has `with (a as x, b):`.
    pub(crate) fn with_header(&mut self, is_async: bool, mut items: Vec<WithItem>) {
        if let [
            WithItem {
                context,
                target: None,
            },
        ] = items.as_mut_slice()
            && context.parenthesized
            && let ExprKind::Tuple(parts) = &mut context.kind
            && !parts.is_empty()
            && parts.iter().all(|part| {
                part.parenthesized
                    || !matches!(part.kind, ExprKind::Starred(_) | ExprKind::Named { .. })
            })
        {
            items = std::mem::take(parts)
                .into_iter()
                .map(|part| with_item(part, None))
                .collect();
        }
        self.header(Header::With { is_async, items });
    }

    pub(crate) fn with_target(&mut self, context: Expr, target: Expr) -> WithItem {
        self.check_target(&target);
        with_item(context, Some(target))
    }

    pub(crate) fn except_as(&mut self, kind: Expr, name: Expr, is_star: bool) {
        let span = name.span;
        let ident = match name.kind {
            ExprKind::Name(name) if !name.is_empty() => Some(Ident { name, span }),
            _ => {
                let word = if is_star { "except*" } else { "except" };
                self.errors.push(
                    Diagnostic::syntax(
                        format!("cannot use {word} statement with {}", name_of(&name)),
                        span,
                    )
                    .with_help("a plain name must follow `as`"),
                );
                None
            }
        };
        self.header(if is_star {
            Header::except_star(kind, ident)
        } else {
            Header::except(kind, ident)
        });
    }

    pub(crate) fn function(
        &mut self,
        is_async: bool,
        name: Ident,
        type_params: Vec<TypeParam>,
        params: Box<Params>,
        returns: Option<Expr>,
    ) {
        let function = FunctionDef {
            name,
            is_async,
            decorators: Vec::new(),
            type_params,
            params,
            returns,
            body: Vec::new(),
        };
        self.header(Header::Def(Box::new(function)));
    }

    pub(crate) fn case(&mut self, pattern: Pattern, guard: Option<Expr>) {
        self.check_captures(&pattern);
        self.header(Header::Case { pattern, guard });
    }

    pub(crate) fn guarded_case(&mut self, pattern: Pattern, guard: Expr) {
        self.case(pattern, Some(guard));
    }

    pub(crate) fn class(
        &mut self,
        name: Ident,
        type_params: Vec<TypeParam>,
        arguments: Vec<Argument>,
    ) {
        if let [Argument::Positional(value)] = arguments.as_slice()
            && is_bare_generator(value)
        {
            self.errors.push(
                Diagnostic::syntax("invalid syntax", value.span)
                    .with_label("a class cannot inherit from a generator")
                    .with_help("name the base classes: `class Name(Base1, Base2):`"),
            );
        }
        let class = ClassDef {
            name,
            decorators: Vec::new(),
            type_params,
            arguments,
            body: Vec::new(),
        };
        self.header(Header::Class(Box::new(class)));
    }
}
