//! What the compiler accepts and refuses, and that its code is sound: the verifier looks at everything compiled here.

use super::{Options, compile};
use crate::bytecode::{Capture, FunctionCode, FunctionKind, Op, Unit, verify};
use crate::diagnostic::{Diagnostic, ErrorKind};
use crate::source::Source;
use crate::syntax::parse;
use std::path::{Path, PathBuf};

fn compile_with(text: &str, options: Options) -> Result<Unit, Vec<Diagnostic>> {
    let source = Source::new("test", text);
    compile(&parse(&source)?, &source, &options)
}

/// Compiles and verifies a correct text.
fn unit(text: &str) -> Unit {
    let unit = compile_with(text, Options::default()).expect("the text is correct");
    verify(&unit).expect("the code is sound");
    unit
}

fn function<'u>(unit: &'u Unit, qualname: &str) -> &'u FunctionCode {
    unit.functions
        .iter()
        .find(|function| &*function.qualname == qualname)
        .expect("the function is there")
}

fn ops<'u>(unit: &'u Unit, qualname: &str) -> &'u [Op] {
    let function = function(unit, qualname);
    let start = function.entry as usize;
    &unit.ops[start..start + function.length as usize]
}

/// Asserts the messages of all errors of a text, in order.
fn errors(text: &str, expected: &[&str]) {
    let found = compile_with(text, Options::default()).expect_err("the text is wrong");
    let messages: Vec<&str> = found.iter().map(|error| &*error.message).collect();
    assert_eq!(messages, expected, "in {text:?}");
}

#[test]
fn names_resolve_as_in_python() {
    let unit = unit(
        "x = 1\ndef f(a):\n  b = a\n  def g():\n    nonlocal b\n    b += x\n    return a\n  return g\n",
    );
    let g = function(&unit, "f.<locals>.g");
    let names: Vec<&str> = g.free_names.iter().map(|name| &**name).collect();
    assert_eq!(names, ["b", "a"]);
    assert_eq!(g.captures, [Capture::Local(1), Capture::Local(0)]);
}

#[test]
fn class_bodies_hide_their_names_from_methods() {
    let unit =
        unit("class C:\n  x = 1\n  def f(self):\n    return x\n  y = [x for _ in z]\n  w = x\n");
    assert!(matches!(ops(&unit, "C.f")[0], Op::LoadGlobal { .. }));
    let body = ops(&unit, "C");
    let class_reads = |op: &&Op| matches!(op, Op::LoadClassName { .. });
    assert_eq!(
        body.iter().filter(class_reads).count(),
        1,
        "only `w = x` reads the class's x"
    );
}

#[test]
fn a_walrus_in_a_comprehension_binds_outside() {
    let unit =
        unit("def f(xs):\n  [y := x for x in xs]\n  g = (z := x for x in xs)\n  return y, z\n");
    let f = function(&unit, "f");
    assert!(f.locals.iter().any(|(_, name)| &**name == "y"));
    assert_eq!(function(&unit, "f.<locals>.<genexpr>").free_names.len(), 1);
}

#[test]
fn functions_are_of_the_kind_their_body_makes_them() {
    let unit = unit(
        "def p(): pass\ndef g(): yield\nasync def c(): pass\nasync def a(): yield\n\
         async def m(x): (await y for y in x)\nl = lambda: (yield)\n",
    );
    let kind = |name| function(&unit, name).kind;
    assert_eq!(kind("p"), FunctionKind::Plain);
    assert_eq!(kind("g"), FunctionKind::Generator);
    assert_eq!(kind("c"), FunctionKind::Coroutine);
    assert_eq!(kind("a"), FunctionKind::AsyncGenerator);
    assert_eq!(kind("m.<locals>.<genexpr>"), FunctionKind::AsyncGenerator);
    assert_eq!(kind("<lambda>"), FunctionKind::Generator);
}

#[test]
fn only_variables_that_can_be_unassigned_are_checked() {
    let checks = |text: &str| {
        let unit = unit(text);
        ops(&unit, "f")
            .iter()
            .filter(|op| matches!(op, Op::CheckLocal { .. }))
            .count()
    };
    assert_eq!(checks("def f():\n  x = 1\n  return x\n"), 0);
    assert_eq!(
        checks("def f(c):\n  if c: x = 1\n  else: x = 2\n  return x\n"),
        0
    );
    assert_eq!(checks("def f(c):\n  if c: x = 1\n  return x\n"), 1);
    assert_eq!(checks("def f(c):\n  for x in c: pass\n  return x + x\n"), 1);
    assert_eq!(
        checks("def f():\n  try: x = g()\n  except E: pass\n  return x\n"),
        1
    );
    assert_eq!(
        checks("def f():\n  try: x = g()\n  finally: h()\n  return x\n"),
        1
    );
    assert_eq!(checks("def f(x):\n  del x\n  return x\n"), 1);
    assert_eq!(
        checks("def f():\n  while True:\n    x = 1\n    if x: break\n  return x\n"),
        0
    );
}

#[test]
fn hot_loops_are_short() {
    let unit = unit(
        "def f(n):\n  i = 0\n  t = 0.0\n  while i < n:\n    t += 2.5\n    i += 1\n  return t\n",
    );
    let code = ops(&unit, "f");
    let turn = code
        .iter()
        .position(|op| matches!(op, Op::JumpIfLt { .. }))
        .expect("the test is at the bottom");
    assert!(matches!(
        code[turn],
        Op::JumpIfLt {
            to: -3,
            when: true,
            ..
        }
    ));
}

#[test]
fn misplaced_statements_are_refused() {
    errors("return 1", &["'return' outside function"]);
    errors("class A:\n  yield 1", &["'yield' outside function"]);
    errors("break", &["'break' outside loop"]);
    errors("def f():\n  continue", &["'continue' not properly in loop"]);
    errors("await x", &["'await' outside function"]);
    errors("def f():\n  await x", &["'await' outside async function"]);
    errors(
        "def f():\n  async with x: pass",
        &["'async with' outside async function"],
    );
    errors(
        "def f(): return [await x for x in y]",
        &["asynchronous comprehension outside of an asynchronous function"],
    );
    errors(
        "async def f():\n  yield from x",
        &["'yield from' inside async function"],
    );
    errors(
        "async def f():\n  yield\n  return 1",
        &["'return' with value in async generator"],
    );
    errors(
        "[(yield) for x in y]",
        &["'yield' inside list comprehension"],
    );
}

#[test]
fn all_errors_are_reported_in_order() {
    errors(
        "break\ndef f():\n  nonlocal x\nreturn\n",
        &[
            "'break' outside loop",
            "no binding for nonlocal 'x' found",
            "'return' outside function",
        ],
    );
}

#[test]
fn await_outside_async_def_points_at_the_def() {
    let found = compile_with("def fetch():\n  await x\n", Options::default()).expect_err("wrong");
    let [error] = &found[..] else {
        panic!("one error, not {found:?}");
    };
    assert_eq!(error.labels.len(), 2);
    let def = error.labels[1].0;
    assert_eq!((def.start, def.end), (4, 9));
    assert!(
        error
            .help
            .as_deref()
            .is_some_and(|help| help.contains("async def"))
    );
}

#[test]
fn declarations_follow_their_rules() {
    errors(
        "def f():\n  x = 1\n  global x",
        &["name 'x' is assigned to before global declaration"],
    );
    errors(
        "def f():\n  print(x)\n  global x",
        &["name 'x' is used prior to global declaration"],
    );
    errors(
        "def f(x):\n  global x",
        &["name 'x' is parameter and global"],
    );
    errors(
        "nonlocal x",
        &["nonlocal declaration not allowed at module level"],
    );
    errors(
        "def f():\n  global x\n  nonlocal x",
        &["name 'x' is nonlocal and global"],
    );
    errors(
        "def f(a, a): pass",
        &["duplicate argument 'a' in function definition"],
    );
    errors("__debug__ = 1", &["cannot assign to __debug__"]);
    errors(
        "[x := 1 for x in y]",
        &["assignment expression cannot rebind comprehension iteration variable 'x'"],
    );
}

#[test]
fn patterns_follow_their_rules() {
    errors(
        "match x:\n  case _: pass\n  case 1: pass",
        &["wildcard makes remaining patterns unreachable"],
    );
    errors(
        "match x:\n  case [a] | [b]: pass",
        &["alternative patterns bind different names"],
    );
    errors(
        "match x:\n  case [a, a]: pass",
        &["multiple assignments to name 'a' in pattern"],
    );
}

#[test]
fn what_acoro_lacks_is_refused_by_name() {
    for text in [
        "eval('1')",
        "exec('1')",
        "globals()",
        "def f(): return locals()",
        "vars()",
        "dir()",
        "class A(metaclass=M): pass",
        "class A:\n  def __del__(self): pass",
        "from m import *",
        r"def f(): '\ud800'",
        r"class A: 'x' '\udfff'",
    ] {
        let found = compile_with(text, Options::default()).expect_err("refused");
        assert_eq!(found.len(), 1, "in {text:?}");
        assert_eq!(found[0].kind, ErrorKind::Unsupported, "in {text:?}");
        assert!(found[0].help.is_some(), "in {text:?}");
    }
    unit("vars(x)\nclass A(metaclass=ABCMeta): pass\ndef f(eval): return eval('1')\n");
    unit("from re import compile\ncompile('x')\n");
    unit(r"def f(): return '\ud800'");
}

#[test]
fn functions_that_are_too_large_are_refused() {
    let params: Vec<String> = (0..260).map(|n| format!("x{n}")).collect();
    errors(
        &format!("def f({}): pass", params.join(", ")),
        &["function 'f' is too large for acoro"],
    );
    let locals: String = (0..1000).map(|n| format!("  x{n} = {n}\n")).collect();
    unit(&format!("def f():\n{locals}  return x999"));
    let many: Vec<String> = (0..1000).map(|n| format!("a{n}")).collect();
    let many = many.join(", ");
    unit(&format!(
        "x = [{many}]\ny = {{{many}}}\nz = {many}\nf({many})\nw = {{a: 1, **b, {}}}\n",
        {
            let pairs: Vec<String> = (0..300).map(|n| format!("k{n}: v{n}")).collect();
            pairs.join(", ")
        }
    ));
}

#[test]
fn the_repl_may_await_and_shows_values() {
    let options = Options {
        interactive: true,
        ..Options::default()
    };
    let unit = compile_with("x = await f()\nx\nfrom m import *\n", options).expect("allowed");
    verify(&unit).expect("the code is sound");
    assert_eq!(unit.functions[0].kind, FunctionKind::Coroutine);
    let unit = compile_with("1 + 1\n", options).expect("allowed");
    assert_eq!(unit.functions[0].kind, FunctionKind::Plain);
}

#[test]
fn nesting_to_the_parsers_limit_fits_the_stack() {
    let wrap = |open: &str, close: &str| {
        // The deepest text that the parser takes.
        (1..400)
            .rev()
            .map(|depth| format!("x = {}y{}\n", open.repeat(depth), close.repeat(depth)))
            .find(|text| parse(&Source::new("test", &**text)).is_ok())
            .expect("some depth is allowed")
    };
    for (open, close) in [
        ("[", "]"),
        ("f(", ")"),
        ("-", ""),
        ("not ", ""),
        ("lambda: ", ""),
        ("{1: ", "}"),
        ("a if b else ", ""),
        ("a[", "]"),
        ("[a for b in ", "]"),
        ("(a for b in ", ")"),
        ("(1 + ", ")"),
        ("f(*", ")"),
        ("a ** ", ""),
    ] {
        // A comprehension takes several registers, so that many of them are too large rather than too deep.
        match compile_with(&wrap(open, close), Options::default()) {
            Ok(unit) => verify(&unit).expect("the code is sound"),
            Err(errors) => assert!(errors[0].message.contains("too large"), "{errors:?}"),
        }
    }
    let sum = vec!["x"; 20_000].join(" + ");
    if parse(&Source::new("test", &*sum)).is_ok() {
        unit(&sum);
    }
}

fn programs(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "acoro") {
            found.push(path);
        }
    }
}

#[test]
fn code_of_all_test_programs_is_sound() {
    let mut paths = Vec::new();
    for directory in ["tests", "benches", "examples", "src"] {
        programs(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(directory),
            &mut paths,
        );
    }
    assert!(paths.len() > 100, "the test programs are there");
    let mut failures = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("readable");
        if let Ok(unit) = compile_with(&text, Options::default())
            && let Err(problem) = verify(&unit)
        {
            failures.push(format!("{}: {problem}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
