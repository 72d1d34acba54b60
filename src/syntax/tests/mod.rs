//! What is accepted, what is refused and how, and the limits. Trees are compared with CPython's outside this crate.

mod messages;

use super::ast::*;
use super::build::{
    ArgumentItem, ImportNames, MappingItem, ParamItem, PatternArgument, StringPiece,
};
use super::*;
use crate::diagnostic::ErrorKind;

fn source(text: &str) -> Source {
    Source::new("<test>", text)
}

#[track_caller]
fn accept(text: &str) -> Vec<Stmt> {
    match parse(&source(text)) {
        Ok(module) => module.body,
        Err(errors) => panic!("{text:?} was refused: {errors:#?}"),
    }
}

#[track_caller]
fn refuse(text: &str) -> Vec<Diagnostic> {
    match parse(&source(text)) {
        Ok(_) => panic!("{:.200?} was accepted", text),
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in &errors {
                for (span, _) in &error.labels {
                    let range = span.start as usize..span.end as usize;
                    assert!(text.get(range).is_some(), "{text:?}: {error:?}");
                }
            }
            errors
        }
    }
}

#[track_caller]
fn messages_of(text: &str) -> Vec<String> {
    refuse(text).into_iter().map(|e| e.message).collect()
}

#[track_caller]
fn expression(text: &str) -> Expr {
    match accept(text).into_iter().next().map(|stmt| stmt.kind) {
        Some(StmtKind::Expr(expr)) => expr,
        other => panic!("{text:?} is {other:?}"),
    }
}

#[track_caller]
fn constant(text: &str) -> Constant {
    let ExprKind::Constant(constant) = expression(text).kind else {
        panic!("{text:?} is no constant");
    };
    constant
}

#[test]
fn messages_are_those_of_cpython() {
    let mut failures = Vec::new();
    for (text, message) in messages::MESSAGES {
        let found = messages_of(text);
        if found != [*message] {
            failures.push(format!("{text:?}: {found:?}, expected {message:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn whole_syntax_is_accepted() {
    for text in [
        "",
        "\n\n# nothing\n",
        "x = 1",
        "x = 1;y = 2;",
        "a = b = c, *d = e",
        "a: int; b: int = 1; (c): int = 2; d.e: x = 1, *y",
        "a.b, c[0], (d, [e, *f]) = g",
        "del a, b[0], (c.d, e)",
        "return\nreturn *a, b\nraise\nraise A from b",
        "import a.b.c as d, e\nfrom .. import a\nfrom ...a.b import (c as d, e,)\nfrom a import *",
        "from .import a\nfrom . . import b",
        "global a, b\nnonlocal c",
        "if a:\n b\nelif c: d\nelse:\n\te\n",
        "while a: b; c\nelse: d",
        "for a, *b in c, *d:\n pass\nelse:\n pass",
        "async def f():\n async for x in y: pass\n async with a as b, c: pass\n await x\n [z async for z in y]",
        "with a, b as c: pass\nwith (a as b, c): pass\nwith (a, b): pass\nwith (a): pass\nwith (a, b) as c: pass",
        "with (yield): pass\nwith (a := b): pass\nwith (*a, b): pass\nwith (): pass\nwith (a as b, c,): pass",
        "with (a).b as c: pass\nwith (a, b), c: pass\nwith (a for a in b): pass",
        "try: a\nexcept A as e: b\nexcept (B, C): c\nexcept: d\nelse: e\nfinally: f",
        "try: a\nexcept* A as e: b",
        "try: a\nfinally: b",
        "@a.b(c)\n@d[0]\nclass A[T: int = str, *Ts = *tuple[int], **P = [int]](B, *C, m=D, **E): pass",
        "def f[T](a, b: int = 1, /, c=2, *d: *e, f, g=3, **h: i) -> j: pass",
        "lambda: 0\nlambda a, /, b=1, *, c, **d: (yield)\nlambda *a, b: a\nlambda a,: a",
        "type X = int\ntype Y[T] = list[T]\ntype = 1\ntype(x)\ntype.x\nprint(type)",
        "match = 1\nmatch.x\nmatch(x)\nmatch[x]\nmatch, y = z\nmatch: int = 1\nmatch * x\ncase = 2\n_ = 3",
        "match x:\n case 1 | -2.5 | 'a' 'b' | None | True: pass\n case a.b.c: pass\n case _: pass",
        "match x, *y:\n case [a, *_, b] | (a, b): pass\n case {'k': v, **r}: pass\n case A(b, c=d) as e if f: pass",
        "match (x):\n case (a): pass\nmatch -x:\n case (): pass\n case []: pass\n case {}: pass\n case a, : pass",
        "match x:\n case *a, b: pass\n case 1, 2: pass\n case A(): pass\n case {a.b: 1}: pass\n case {-1: x}: pass",
        "a if b else c if d else e",
        "not a in b is not c not in d < e <= f",
        "a or b and not c",
        "-a ** -b ** c\nawait a ** b\n~+-a",
        "f(a, *b, c=d, *e, **g, h=i)\nf(a for a in b)\nf(a, (b for b in c))\nf(a := b)\nf(*a or b)",
        "a[b:c, ::d, ..., *e, f := g]\na[:]\na[b,]\na[*b]",
        "[a, *b]\n{a, *b}\n{a: b, **c}\n(a, *b)\n()\n[]\n{}\n(a,)",
        "[a for b in c if d if e for f in g]\n{a: b for c, in d}\n{a for b in c}",
        "x = yield\nx = yield a, *b\nx = yield from a\nx += yield",
        "f'{a}{b!r:>{w}.{p}}{c=}{d = !s:x}' f\"{f'{x}'}\" 'plain' rf'\\{e}'",
        "f'{'a' + f'{'b'}'}'\nf'''{\na # comment\n}'''\nf'{{}}'\nf'{a:{{}}}'\nf'{(lambda: 1)}'\nf'{x:=5}'\nf'{x!=y}'",
        "x = (1 # c\n  , 2\n\n)\ny = 1 + \\\n  2\n",
        "if a:\r\n  b\r\n\r\nc\r\n",
        "if a:\n  b\n\x0c\nif c:\n  d",
        "\u{feff}x = 1",
        "变量 = 'ö'; é = 变量; ﬁ = 1",
        "1_000; 0xFF_ff; 0o17; 0B1; 1.; .5; 1e5; 1_0.0_1e-1_0; 00; 0_0; 1if 2else 3",
        "assert a, b\npass\nbreak\ncontinue",
        "class A: x: int; y = 2",
        "x = 1 if True else 2; y = lambda: (1, 2)",
        "(yield)\n(a := 1)\n((a))\n[(yield)]",
    ] {
        accept(text);
    }
}

#[test]
fn wrong_programs_are_refused() {
    for text in [
        "x = ",
        "x := 1",
        "f(**a, *b)",
        "class A(x for x in y): pass",
        "match *a:\n case 1: pass",
        "with (a, b): c as d",
        "a = *b",
        "async x",
        "def f(a, (b)): pass",
        "{**a, 1}",
        "{1, **a}",
        "[**a]",
        "a[**b]",
        "lambda *: 1",
        "print 1",
        "[a, b := 1 for c in d]",
        "for x in *a: pass",
        "yield = 1",
        "f'{a'",
        "'\\N{DASH}'",
        "1j",
        "from __future__ import",
        "return return",
        "type X",
        "type x, y = 1",
        "0777",
        "a\u{a0}b",
    ] {
        refuse(text);
    }
}

#[test]
fn numbers_and_strings_have_their_values() {
    assert_eq!(constant("9223372036854775807"), Constant::Int(i64::MAX));
    let big = "9223372036854775808";
    assert_eq!(
        constant(big),
        Constant::BigInt(big.parse().expect("a number"))
    );
    assert_eq!(constant("0xff_FF"), Constant::Int(0xffff));
    assert_eq!(constant("0b1_01"), Constant::Int(5));
    assert_eq!(constant("1_0.5e1"), Constant::Float(105.0));
    assert_eq!(constant("1e999"), Constant::Float(f64::INFINITY));
    assert_eq!(
        constant(
            r#""a\n\x41\u00e9\101\
b" 'c' r'\n'"#
        ),
        Constant::Str("a\nAéAbc\\n".into())
    );
    assert_eq!(constant("'''a\r\nb'''"), Constant::Str("a\nb".into()));
    assert_eq!(
        constant(r"b'\xff\0\q' b'x'"),
        Constant::Bytes((*b"\xff\0\\qx").into())
    );
}

#[test]
fn fstrings_have_their_parts() {
    let ExprKind::FString(parts) = expression(r#"'a' f'{x = !s:>{w}}}}' "b""#).kind else {
        panic!("an f-string");
    };
    let [
        FStringPart::Literal(first),
        FStringPart::Field {
            debug,
            conversion,
            spec: Some(spec),
            ..
        },
        FStringPart::Literal(last),
    ] = parts.as_slice()
    else {
        panic!("{parts:?}");
    };
    assert_eq!(&**first, "a");
    assert_eq!(debug.as_deref(), Some("x = "));
    assert_eq!(*conversion, Conversion::Str);
    assert_eq!(spec.len(), 2);
    assert_eq!(&**last, "}b");
}

#[test]
fn lists_of_operands_are_flat() {
    let ExprKind::Bool { values, .. } = expression("a or b or c").kind else {
        panic!("a boolean operation");
    };
    assert_eq!(values.len(), 3);
    let ExprKind::Bool { values, .. } = expression("(a or b) or c").kind else {
        panic!("a boolean operation");
    };
    assert_eq!(values.len(), 2);
    let ExprKind::Compare { rest, .. } = expression("a < b <= c").kind else {
        panic!("a comparison");
    };
    assert_eq!(rest.len(), 2);
    let statements = accept("if a: b\nelif c: d\nelif e: f\nelse: g");
    let StmtKind::If { branches, orelse } = &statements[0].kind else {
        panic!("an if");
    };
    assert_eq!((branches.len(), orelse.len()), (3, 1));
}

#[test]
fn spans_leave_parentheses_out() {
    let text = "(a) + ((b, c))";
    let sum = expression(text);
    let ExprKind::Binary { left, right, .. } = &sum.kind else {
        panic!("a sum");
    };
    let source = source(text);
    assert_eq!(source.slice(sum.span), text);
    assert_eq!(source.slice(left.span), "a");
    assert!(left.parenthesized && right.parenthesized);
    // The parentheses of a tuple are its own, as CPython has it.
    assert_eq!(source.slice(right.span), "(b, c)");
}

#[test]
fn every_error_of_a_text_is_reported_once() {
    let text = "\
x = = 1
def f(a, a):
    return 1 +

class A
    y = (1, 2
    def g(self):
        if x = 1:
            pass

print 'done'
";
    let lines: Vec<u32> = refuse(text)
        .iter()
        .map(|error| source(text).line_column(error.span().start).0)
        .collect();
    assert_eq!(lines, [1, 2, 3, 5, 6, 8, 11]);
}

#[test]
fn errors_do_not_spread() {
    for text in [
        "if x\n    y\nelse:\n    z\n",
        "whlie x:\n    y\nelse:\n    z\n",
        "def f(a b):\n    if a:\n        return b\n    return c\n",
        "try\n    x\nexcept A:\n    y\n",
        "x = [1, 2\ny = 3\nz = 4\n",
        "foo('a\nbar('b')\n",
        "match x\n    case 1:\n        y\n    case 2:\n        z\n",
        "class A\n    def f(self):\n        pass\n",
        "if x:\ny\n    z\n",
        "for x in y:\n    a\n  b\n  c\nd\n",
        "if x:\n        a\n\tb\n\tc\nd\n",
        "print(f'{a')\nb\n",
        "x = ]\ny = 1\n",
        "else:\n    x\n",
    ] {
        let errors = refuse(text);
        assert_eq!(errors.len(), 1, "{text:?}: {errors:#?}");
    }
}

#[test]
fn indentation_errors_have_their_kinds() {
    let kind = |text: &str| refuse(text)[0].kind;
    assert_eq!(kind("if x:\ny"), ErrorKind::Indentation);
    assert_eq!(kind("  x"), ErrorKind::Indentation);
    assert_eq!(kind("if x:\n    y\n  z"), ErrorKind::Indentation);
    assert_eq!(kind("if x:\n        y\n\tz"), ErrorKind::Tab);
    assert_eq!(kind("1j"), ErrorKind::Unsupported);
    assert_eq!(kind("x ="), ErrorKind::Syntax);
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    accept(&nested(200));
    assert_eq!(messages_of(&nested(201)), ["too many nested parentheses"]);
    let indented = |levels: usize| {
        let heads: String = (0..levels).map(|i| " ".repeat(i) + "if x:\n").collect();
        heads + &" ".repeat(levels) + "pass\n"
    };
    accept(&indented(99));
    assert_eq!(
        messages_of(&indented(100)),
        ["too many levels of indentation"]
    );
    for (unit, end) in [("not ", "1"), ("1 ** ", "1"), ("lambda: ", "1")] {
        accept(&(unit.repeat(usize::from(MAX_DEPTH) - 1) + end));
        let deep = unit.repeat(usize::from(MAX_DEPTH)) + end;
        assert_eq!(messages_of(&deep), ["expression too deeply nested"]);
    }
    accept(&("a + ".repeat(100_000) + "c"));
    accept(&("a.b or ".repeat(5000) + "c"));
    accept(&("a < ".repeat(5000) + "c"));
}

#[test]
fn hostile_texts_are_refused_quickly() {
    for unit in [
        "(", "]", "([{", "f'{", "-", "1+", "a.", "f(", "'\n", "\0", "\\", "@a\n", "try:\n",
    ] {
        refuse(&unit.repeat(200_000 / unit.len()));
    }
}

#[test]
fn a_prompt_knows_when_more_is_needed() {
    use Interactive::{Complete, Incomplete, Invalid};
    let state = |text: &str| match parse_interactive(&source(text)) {
        Complete(_) => "complete",
        Incomplete => "incomplete",
        Invalid(_) => "invalid",
    };
    for (text, expected) in [
        ("", "complete"),
        ("# c", "complete"),
        ("x = 1", "complete"),
        ("x = (", "incomplete"),
        ("x = (\n1,", "incomplete"),
        ("x = '''a\n", "incomplete"),
        ("x = f'''{a", "incomplete"),
        ("x = 1 + \\", "incomplete"),
        ("if x:", "incomplete"),
        ("if x:\n", "incomplete"),
        ("if x:\n    y", "incomplete"),
        ("if x:\n    y\n", "complete"),
        ("if x: y", "incomplete"),
        ("if x: y\n", "complete"),
        ("if x:\n    y\nelse:", "incomplete"),
        ("try:\n    x", "incomplete"),
        ("try:\n    x\n", "incomplete"),
        ("@a", "incomplete"),
        ("@a\ndef f():\n    pass\n", "complete"),
        ("match x:\n    case 1:", "incomplete"),
        ("x = = 1", "invalid"),
        ("f(a b", "invalid"),
        ("x = )", "invalid"),
        ("x = 'a", "invalid"),
        ("if x", "invalid"),
        ("if x:\n    y = = 1", "invalid"),
        ("else:", "invalid"),
    ] {
        assert_eq!(state(text), expected, "{text:?}");
    }
}

#[test]
fn golden_programs_are_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/syntax_errors");
    let Ok(files) = std::fs::read_dir(folder) else {
        return;
    };
    for file in files.flatten() {
        let path = file.path();
        if path.extension().is_some_and(|e| e == "acoro") {
            let text = std::fs::read_to_string(&path).expect("a readable file");
            refuse(&text);
        }
    }
}

/// The parser moves a value at every step, and each takes the room of the biggest kind of value.
#[test]
fn what_the_grammar_passes_on_is_small() {
    let sizes = [
        size_of::<Expr>(),
        size_of::<ArgumentItem>(),
        size_of::<FStringPart>(),
        size_of::<ImportAlias>(),
        size_of::<ImportNames>(),
        size_of::<MappingItem>(),
        size_of::<ParamItem>(),
        size_of::<Pattern>(),
        size_of::<PatternArgument>(),
        size_of::<StringPiece>(),
        size_of::<TypeParam>(),
        size_of::<WithItem>(),
    ];
    assert!(sizes.iter().all(|&size| size <= 56), "{sizes:?}");
}
