//! The syntax tree: what the parser makes and the compiler reads. Plain data, spans everywhere, no resolved names.

use crate::source::Span;
use num_bigint::BigInt;

/// An identifier as written (NFKC-normalised).
pub type Name = Box<str>;

/// A name with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The identifier.
    pub name: Name,
    /// Where it stands.
    pub span: Span,
}

/// A whole source file.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Its statements in order.
    pub body: Vec<Stmt>,
    /// `from __future__ import annotations` and the like were present (they change nothing).
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// From its first token to its last.
    pub span: Span,
    /// Which one.
    pub kind: StmtKind,
}

/// The statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// An expression for its effect.
    Expr(Expr),
    /// `a = b = value`
    Assign {
        /// The targets from left to right.
        targets: Vec<Expr>,
        /// The value.
        value: Expr,
    },
    /// `target op= value`
    AugAssign {
        /// Name, attribute or subscript.
        target: Expr,
        /// The operator.
        op: BinaryOp,
        /// The right side.
        value: Expr,
    },
    /// `target: annotation [= value]`
    AnnAssign {
        /// Name, attribute or subscript.
        target: Expr,
        /// Not evaluated; its source text is kept for `__annotations__`.
        annotation: Expr,
        /// The value, if there is one.
        value: Option<Expr>,
        /// The target is a bare name, not `(name)`.
        simple: bool,
    },
    /// `return [value]`
    Return(Option<Expr>),
    /// `raise [exception [from cause]]`
    Raise {
        /// What is raised; none re-raises.
        exception: Option<Expr>,
        /// The explicit cause.
        cause: Option<Expr>,
    },
    /// `del a, b[0], c.d`
    Delete(Vec<Expr>),
    /// `assert test[, message]`
    Assert {
        /// Must be true.
        test: Expr,
        /// Shown when not.
        message: Option<Expr>,
    },
    /// `global a, b`
    Global(Vec<Ident>),
    /// `nonlocal a, b`
    Nonlocal(Vec<Ident>),
    /// `pass`
    Pass,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `import a.b as c, d`
    Import(Vec<ImportAlias>),
    /// `from ..a import b as c`
    ImportFrom {
        /// The number of leading dots.
        level: u32,
        /// The dotted path, "" after dots only.
        module: Name,
        /// The names; empty means `*`.
        names: Vec<ImportAlias>,
        /// Where the star stands, if it is `import *`.
        star: Option<Span>,
    },
    /// `if / elif* / else`; an `elif` is a further branch, not a nested statement.
    If {
        /// Condition and body of each branch, at least one.
        branches: Vec<(Expr, Vec<Stmt>)>,
        /// The `else` body.
        orelse: Vec<Stmt>,
    },
    /// `while test: … else: …`
    While {
        /// Loop condition.
        test: Expr,
        /// Body.
        body: Vec<Stmt>,
        /// Runs when the loop ends without `break`.
        orelse: Vec<Stmt>,
    },
    /// `[async] for target in iter: … else: …`
    For {
        /// `async for`
        is_async: bool,
        /// Assigned each turn.
        target: Expr,
        /// What is iterated.
        iter: Expr,
        /// Body.
        body: Vec<Stmt>,
        /// Runs when the loop ends without `break`.
        orelse: Vec<Stmt>,
    },
    /// `[async] with a as b, c: …`
    With {
        /// `async with`
        is_async: bool,
        /// The items from left to right.
        items: Vec<WithItem>,
        /// Body.
        body: Vec<Stmt>,
    },
    /// `try: … except[*] …: … else: … finally: …`
    Try {
        /// Guarded body.
        body: Vec<Stmt>,
        /// Handlers in order.
        handlers: Vec<ExceptHandler>,
        /// The handlers are `except*`.
        is_star: bool,
        /// Runs when the body raised nothing.
        orelse: Vec<Stmt>,
        /// Always runs; none when there is no `finally`.
        finalbody: Option<Vec<Stmt>>,
    },
    /// `match subject: case …`
    Match {
        /// The value matched.
        subject: Expr,
        /// The cases in order.
        cases: Vec<MatchCase>,
    },
    /// `[async] def`
    FunctionDef(Box<FunctionDef>),
    /// `class`
    ClassDef(Box<ClassDef>),
    /// `type Name[T] = value`
    TypeAlias {
        /// The alias.
        name: Ident,
        /// Its parameters.
        type_params: Vec<TypeParam>,
        /// What it stands for, as a function that is called when a program asks for it.
        value: Expr,
    },
}

/// One of the type parameters of a function, class or alias.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeParam {
    /// Its name.
    pub name: Ident,
    /// `T`, `*T` or `**T`.
    pub kind: TypeParamKind,
    /// What stands behind the colon, as a function that is called when a program asks for it.
    pub bound: Option<Box<Expr>>,
    /// What stands behind `=`, likewise.
    pub default: Option<Box<Expr>>,
}

/// What a type parameter stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeParamKind {
    /// `T`: a type.
    Variable,
    /// `T: (int, str)`: one of these types.
    Constrained,
    /// `*T`: any number of types.
    Tuple,
    /// `**T`: the parameters of a function.
    Parameters,
}

/// `path [as name]` in an import.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportAlias {
    /// The dotted path or the imported name.
    pub path: Ident,
    /// The local name, when given.
    pub rename: Option<Ident>,
}

/// One item of a `with`.
#[derive(Clone, Debug, PartialEq)]
pub struct WithItem {
    /// The context manager.
    pub context: Box<Expr>,
    /// The target behind `as`.
    pub target: Option<Box<Expr>>,
}

/// One `except` clause.
#[derive(Clone, Debug, PartialEq)]
pub struct ExceptHandler {
    /// The exception type or tuple; none catches all.
    pub kind: Option<Expr>,
    /// The name behind `as`.
    pub name: Option<Ident>,
    /// The body.
    pub body: Vec<Stmt>,
    /// From `except` to the colon.
    pub span: Span,
}

/// One `case`.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchCase {
    /// The pattern.
    pub pattern: Pattern,
    /// The condition behind `if`.
    pub guard: Option<Expr>,
    /// The body.
    pub body: Vec<Stmt>,
}

/// A pattern with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Where it stands.
    pub span: Span,
    /// Which one.
    pub kind: PatternKind,
}

/// The patterns.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    /// A bare name.
    Capture(Ident),
    /// A literal or dotted name, compared with `==`.
    Value(Box<Expr>),
    /// `None`, `True`, `False`, compared with `is`.
    Singleton(Constant),
    /// `[a, b]`, `(a, b)` or `a, b`; may hold one `Star`.
    Sequence(Vec<Pattern>),
    /// `*name` or `*_` inside a sequence.
    Star(Option<Ident>),
    /// `{key: pattern, **rest}`
    Mapping {
        /// Literal or dotted-name keys with their patterns.
        items: Vec<(Expr, Pattern)>,
        /// The name behind `**`.
        rest: Option<Ident>,
    },
    /// `Class(a, b, name=c)`
    Class(Box<ClassPattern>),
    /// `a | b`
    Or(Vec<Pattern>),
    /// `pattern as name`
    As(Box<Pattern>, Ident),
}

/// `Class(a, b, name=c)`
#[derive(Clone, Debug, PartialEq)]
pub struct ClassPattern {
    /// A name or dotted name.
    pub class: Expr,
    /// Positional patterns.
    pub positional: Vec<Pattern>,
    /// Keyword patterns.
    pub keyword: Vec<(Ident, Pattern)>,
}

/// A function definition.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDef {
    /// Its name.
    pub name: Ident,
    /// `async def`
    pub is_async: bool,
    /// From the outermost to the innermost.
    pub decorators: Vec<Expr>,
    /// The type parameters.
    pub type_params: Vec<TypeParam>,
    /// The parameters.
    pub params: Box<Params>,
    /// The return annotation, not evaluated.
    pub returns: Option<Expr>,
    /// The body.
    pub body: Vec<Stmt>,
}

/// The parameters of a `def` or `lambda`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    /// Before `/`.
    pub positional_only: Vec<Param>,
    /// Positional or keyword.
    pub regular: Vec<Param>,
    /// `*args`
    pub vararg: Option<Param>,
    /// Behind `*` or `*args`.
    pub keyword_only: Vec<Param>,
    /// `**kwargs`
    pub kwarg: Option<Param>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its annotation, not evaluated.
    pub annotation: Option<Box<Expr>>,
    /// Its default.
    pub default: Option<Box<Expr>>,
}

/// A class definition.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassDef {
    /// Its name.
    pub name: Ident,
    /// From the outermost to the innermost.
    pub decorators: Vec<Expr>,
    /// The type parameters.
    pub type_params: Vec<TypeParam>,
    /// Bases and keywords.
    pub arguments: Vec<Argument>,
    /// The body.
    pub body: Vec<Stmt>,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// From its first token to its last (parentheses excluded).
    pub span: Span,
    /// 1 + the deepest child's: the parser refuses trees deeper than `syntax::MAX_DEPTH`, so walkers may recurse.
    pub depth: u16,
    /// It stood in parentheses.
    pub parenthesized: bool,
    /// Which one.
    pub kind: ExprKind,
}

/// The left operand of a binary operator. Chains of thousands of operators lean to the left, so it is dropped in a loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Left(pub Box<Expr>);

impl std::ops::Deref for Left {
    type Target = Expr;

    fn deref(&self) -> &Expr {
        &self.0
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        let nothing = || ExprKind::Constant(Constant::None);
        let mut kind = std::mem::replace(&mut self.0.kind, nothing());
        while let ExprKind::Binary { left, .. } = &mut kind {
            kind = std::mem::replace(&mut left.0.kind, nothing());
        }
    }
}

/// The expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A variable.
    Name(Name),
    /// A literal.
    Constant(Constant),
    /// An f-string (adjacent string literals already joined into it).
    FString(Vec<FStringPart>),
    /// `a, b`
    Tuple(Vec<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{a, b}`
    Set(Vec<Expr>),
    /// `{k: v, **m}`
    Dict(Vec<DictItem>),
    /// `-a`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// Its operand.
        operand: Box<Expr>,
    },
    /// `a + b`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left operand.
        left: Left,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `a and b and c`, `a or b`: one flat list per operator.
    Bool {
        /// Which.
        op: BoolOp,
        /// Two or more operands.
        values: Vec<Expr>,
    },
    /// `a < b <= c`
    Compare {
        /// The first operand.
        left: Box<Expr>,
        /// Each operator with its right operand, at least one.
        rest: Vec<(CompareOp, Expr)>,
    },
    /// `body if test else orelse`
    Conditional {
        /// The condition.
        test: Box<Expr>,
        /// Its value when true.
        body: Box<Expr>,
        /// Its value when false.
        orelse: Box<Expr>,
    },
    /// `lambda params: body`
    Lambda {
        /// The parameters.
        params: Box<Params>,
        /// The result.
        body: Box<Expr>,
    },
    /// `name := value`
    Named {
        /// The name bound.
        target: Ident,
        /// The value.
        value: Box<Expr>,
    },
    /// `value.name`
    Attribute {
        /// The object.
        value: Box<Expr>,
        /// The attribute.
        name: Ident,
    },
    /// `value[index]`
    Subscript {
        /// The object.
        value: Box<Expr>,
        /// The index: an expression, a `Slice`, or a `Tuple` that may hold slices.
        index: Box<Expr>,
    },
    /// `lower:upper:step` inside a subscript.
    Slice {
        /// First index.
        lower: Option<Box<Expr>>,
        /// Index behind the last.
        upper: Option<Box<Expr>>,
        /// Step.
        step: Option<Box<Expr>>,
    },
    /// `func(args)`
    Call {
        /// The callee.
        func: Box<Expr>,
        /// The arguments in source order.
        args: Vec<Argument>,
    },
    /// `*value` in a display, call, subscript or target.
    Starred(Box<Expr>),
    /// `[element for …]`
    ListComp {
        /// The element.
        element: Box<Expr>,
        /// The `for` clauses.
        clauses: Vec<Comprehension>,
    },
    /// `{element for …}`
    SetComp {
        /// The element.
        element: Box<Expr>,
        /// The `for` clauses.
        clauses: Vec<Comprehension>,
    },
    /// `{key: value for …}`
    DictComp {
        /// The key.
        key: Box<Expr>,
        /// The value.
        value: Box<Expr>,
        /// The `for` clauses.
        clauses: Vec<Comprehension>,
    },
    /// `(element for …)`
    Generator {
        /// The element.
        element: Box<Expr>,
        /// The `for` clauses.
        clauses: Vec<Comprehension>,
    },
    /// `await value`
    Await(Box<Expr>),
    /// `yield [value]`
    Yield(Option<Box<Expr>>),
    /// `yield from value`
    YieldFrom(Box<Expr>),
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `None`
    None,
    /// `...`
    Ellipsis,
    /// `True`, `False`
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// An integer that does not.
    BigInt(BigInt),
    /// A float.
    Float(f64),
    /// A string, escapes resolved, neighbours joined.
    Str(Box<str>),
    /// A bytes literal.
    Bytes(Box<[u8]>),
}

/// A piece of an f-string.
#[derive(Clone, Debug, PartialEq)]
pub enum FStringPart {
    /// Text, escapes resolved.
    Literal(Box<str>),
    /// `{value=!r:spec}`
    Field {
        /// The expression.
        value: Box<Expr>,
        /// The text to show before the value, `expr=` as written (with its white space), for `{expr=}`.
        debug: Option<Box<str>>,
        /// The conversion behind `!`; `{expr=}` without conversion and spec has `Repr`.
        conversion: Conversion,
        /// The format spec: pieces again.
        spec: Option<Vec<FStringPart>>,
    },
}

/// The conversion of an f-string field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// None given.
    None,
    /// `!s`
    Str,
    /// `!r`
    Repr,
    /// `!a`
    Ascii,
}

/// An item of a dict display.
#[derive(Clone, Debug, PartialEq)]
pub enum DictItem {
    /// `key: value`
    Pair(Expr, Expr),
    /// `**mapping`
    Unpack(Expr),
}

/// An argument of a call or class.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// `value`, or `*value` as a `Starred` expression.
    Positional(Expr),
    /// `name=value`
    Keyword(Ident, Box<Expr>),
    /// `**mapping`
    Unpack(Box<Expr>),
}

/// One `[async] for target in iter [if cond]*`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comprehension {
    /// `async for`
    pub is_async: bool,
    /// Assigned each turn.
    pub target: Expr,
    /// What is iterated.
    pub iter: Expr,
    /// Conditions in order.
    pub conditions: Vec<Expr>,
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `+`
    Pos,
    /// `~`
    Invert,
    /// `not`
    Not,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `@`
    MatMul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `<<`
    LShift,
    /// `>>`
    RShift,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

/// `and`, `or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoolOp {
    /// `and`
    And,
    /// `or`
    Or,
}

/// Comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum CompareOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `in`
    In,
    /// `not in`
    NotIn,
}
