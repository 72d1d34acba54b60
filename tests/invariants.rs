//! The invariants that the design rests on, each with a test that fails when it is broken. (That the corpus prints the same in every
//! mode is in `corpus.rs`.)

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps")]

mod common;

use acoro::bytecode::Op;
use acoro::heap::Value;
use acoro::vm::Vm;
use acoro::{Data, Engine, Exception};
use common::{files, root};
use std::time::{Duration, Instant};

/// The whole running program is one plain value.
#[test]
fn the_machine_is_plain_data() {
    fn plain<T: Send + Sync + Clone + serde::Serialize + serde::de::DeserializeOwned + 'static>() {}
    plain::<Vm>();
}

#[test]
fn instructions_and_values_are_small() {
    assert_eq!(size_of::<Op>(), 8);
    assert_eq!(size_of::<Value>(), 16);
    assert_eq!(size_of::<Option<Value>>(), 16);
}

#[test]
fn unsafe_code_is_forbidden() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    for file in files("src", "rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            !text.contains("unsafe {") && !text.contains("unsafe fn"),
            "{}",
            file.display()
        );
    }
}

/// Runs on a thread whose stack is small: the Rust stack must not grow with the script.
fn on_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    thread.spawn(run).unwrap().join().unwrap()
}

fn run(source: &'static str) -> Data {
    on_small_stack(move || {
        Engine::new()
            .session()
            .run(source)
            .unwrap_or_else(|error| panic!("{error}"))
    })
}

#[test]
fn a_million_calls_deep() {
    let source = "
import sys
sys.setrecursionlimit(1_100_000)

def down(n):
    return 0 if n == 0 else 1 + down(n - 1)

down(1_000_000)
";
    assert_eq!(run(source), Data::Int(1_000_000));
}

#[test]
fn a_million_generators_deep() {
    let source = "
import sys
sys.setrecursionlimit(1_100_000)

def down(n):
    yield n
    if n:
        yield from down(n - 1)

chain = down(20_000)
for _ in range(20_000):
    next(chain)
next(chain)
";
    assert_eq!(run(source), Data::Int(0));
}

/// Resuming through a long chain of awaits costs what resuming through a short one costs.
#[test]
fn a_hundred_thousand_awaits_deep() {
    let source = "
import asyncio
import sys
sys.setrecursionlimit(200_000)

async def down(n, steps):
    if n:
        return await down(n - 1, steps)
    for _ in range(steps):
        await asyncio.sleep(0)
    return 'bottom'

def run(depth, steps):
    return asyncio.run(down(depth, steps))
";
    on_small_stack(move || {
        let mut session = Engine::new().session();
        session.run::<()>(source).unwrap();
        let mut time = |depth: i64, steps: i64| {
            let began = Instant::now();
            assert_eq!(
                session.call::<String>("run", (depth, steps)).unwrap(),
                "bottom"
            );
            began.elapsed()
        };
        time(10, 1000);
        let near = time(1, 20_000);
        let deep = time(100_000, 20_000);
        let building = time(100_000, 1);
        let per_step = deep.saturating_sub(building);
        assert!(
            per_step < near * 10 + Duration::from_millis(200),
            "20,000 steps take {near:?} at depth 1 and {per_step:?} at depth 100,000"
        );
    });
}

#[test]
fn a_million_lists_deep() {
    let source = "
def nest(n):
    x = []
    for _ in range(n):
        x = [x]
    return x

a, b = nest(1_000_000), nest(1_000_000)
results = []
for action in (repr, str, lambda x: x == b, lambda x: x < b, lambda x: f'{x}'):
    try:
        results.append(action(a))
    except RecursionError as e:
        results.append('RecursionError')
d = None
for _ in range(1_000_000):
    d = {'d': d}
t = ()
for _ in range(1_000_000):
    t = (t,)
try:
    results.append(hash(t) is not None)
except RecursionError:
    results.append('RecursionError')
e = None
for _ in range(100_000):
    new = ValueError(1)
    new.__context__ = e
    e = new
a = b = d = t = e = None
results
";
    let Data::List(results) = run(source) else {
        panic!("a list is expected")
    };
    assert_eq!(results[0], Data::Str("RecursionError".to_owned()));
    assert_eq!(results[1], Data::Str("RecursionError".to_owned()));
}

#[test]
fn recursion_errors_can_be_handled() {
    let source = "
def down(n):
    return down(n + 1)

class Loop:
    def __eq__(self, other):
        return self == other
    def __repr__(self):
        return repr(self)
    def __getattr__(self, name):
        return getattr(self, name + 'x')

results = []
for action in (lambda: down(0), lambda: Loop() == 1, lambda: repr(Loop()), lambda: Loop().x, lambda: sorted([3, 1], key=down)):
    try:
        action()
    except RecursionError as e:
        results.append(str(e)[:32])
results
";
    let expected = Data::Str("maximum recursion depth exceeded".to_owned());
    assert_eq!(run(source), Data::List(vec![expected; 5]));
}

/// Limits hold inside callbacks, where builtins call script code.
#[test]
fn limits_hold_inside_callbacks() {
    let engine = Engine::builder()
        .fuel(200_000)
        .memory_limit(8 << 20)
        .task_limit(50)
        .build();
    let callbacks = [
        "sorted([1, 2], key=lambda n: BODY)",
        "list(map(lambda n: BODY, [1]))",
        "max([1, 2], key=lambda n: BODY)",
        "[n for n in (BODY for _ in range(1))]",
        "class C:\n    def __eq__(self, other): return BODY\nC() in [C()]",
        "class C:\n    def __hash__(self): return BODY\n{C(): 1}",
        "class C:\n    def __str__(self): return BODY\nprint(C())",
        "class C:\n    @property\n    def p(self): return BODY\nC().p",
        "class C:\n    def __init_subclass__(cls): BODY\nclass D(C): pass",
        "class C:\n    def __exit__(self, *a): BODY\n    def __enter__(self): pass\nwith C(): pass",
        "import asyncio\nasync def f(): BODY\nasyncio.run(f())",
        "import asyncio\nasync def f():\n    asyncio.get_running_loop().call_soon(lambda: BODY)\n    await asyncio.sleep(1)\nasyncio.run(f())",
    ];
    for callback in callbacks {
        let endless = format!(
            "def spin():\n    while True: pass\n{}",
            callback.replace("BODY", "spin()")
        );
        let error = engine.session().run::<()>(&endless).expect_err(callback);
        assert!(error.is_out_of_fuel(), "{callback}: {error}");
        if callback.contains("call_soon") {
            continue;
        }
        let hoarding = format!(
            "def hoard():\n    x = []\n    while True: x.append('y' * 10000)\n{}",
            callback.replace("BODY", "hoard()")
        );
        let error = engine.session().run::<()>(&hoarding).expect_err(callback);
        assert!(error.is_out_of_memory(), "{callback}: {error}");
    }
    let source = "
import asyncio

async def main():
    tasks = []
    while True:
        tasks.append(asyncio.create_task(asyncio.sleep(1)))

asyncio.run(main())
";
    let error = engine
        .session()
        .run::<()>(source)
        .expect_err("there is a limit to tasks");
    assert_eq!(
        error.exception().map(Exception::type_name),
        Some("RuntimeError"),
        "{error}"
    );
}

/// Garbage is garbage, cycles or not: a program that makes it without end stays small.
#[test]
fn cycles_are_collected() {
    let engine = Engine::builder().memory_limit(32 << 20).build();
    let source = "
class Node:
    def __init__(self):
        self.me = self
        self.items = [self, lambda: self]

for _ in range(300_000):
    Node()
'done'
";
    assert_eq!(engine.session().run::<String>(source).unwrap(), "done");
}

/// The same program does the same thing, always.
#[test]
fn runs_repeat() {
    let source = "
import asyncio
order = []
async def work(n):
    await asyncio.sleep(n % 3)
    order.append(n)
async def main():
    async with asyncio.TaskGroup() as group:
        for n in range(50):
            group.create_task(work(n))
asyncio.run(main())
(order, [hash(str(n)) for n in range(5)], list({'a', 'b', 'c', 'd'}), id(order))
";
    assert_eq!(run(source), run(source));
}

/// A source of ten million brackets is refused, not a crash.
#[test]
fn deep_sources_are_refused() {
    on_small_stack(|| {
        for text in [
            "(",
            "[",
            "{",
            "f(",
            "not ",
            "-",
            "lambda: ",
            "a if b else ",
            "x.",
            "'' f'{",
            "await ",
        ] {
            let source = text.repeat(10_000_000 / text.len().max(1) / 10);
            assert!(Engine::new().compile("deep", &source).is_err(), "{text}");
        }
        let nested: String = (0..2000)
            .map(|depth| format!("{}if x:\n", " ".repeat(depth)))
            .collect();
        assert!(Engine::new().compile("deep", &nested).is_err());
    });
}

/// A str that grows at its end fills the memory that it may, and what it was is given back.
#[test]
fn grown_texts_fit_the_limit() {
    let engine = Engine::builder().memory_limit(8 << 20).build();
    let source = "
total = 0
for turn in range(20):
    text = ''
    while len(text) < 3_000_000:
        text += 'a' * 1000
        if len(text) == 2000:
            first = text
    total += len(text) + len(first)
    text = first
total
";
    assert_eq!(engine.session().run::<i64>(source).unwrap(), 60_040_000);
    for source in [
        "x = ''\nwhile True: x += 'some more' * 1000",
        "x = []\nwhile True:\n    y = 'a' * 300\n    for i in range(9): y += 'b'\n    x.append(y)",
    ] {
        let error = engine.session().run::<()>(source).unwrap_err();
        assert!(error.is_out_of_memory(), "{source}: {error}");
    }
}

/// A call that lacks memory is made again after a collection with the arguments it had, however it was made.
#[test]
fn calls_that_lack_memory_are_made_again() {
    let engine = Engine::builder().memory_limit(8 << 20).build();
    let calls = [
        "'a'.ljust(3_000_000)",
        "bound(3_000_000)",
        "bound(3_000_000, 'b')",
        "pairs['f'](3_000_000)",
        "holder.f(3_000_000)",
        "holder.g(3_000_000)",
        "module.f(3_000_000, '.')",
        "str.ljust('a', 3_000_000)",
        "str.ljust(*('a', 3_000_000))",
        "bytes(3_000_000)",
        "bytearray(3_000_000)",
        "(lambda n: 'a'.ljust(n))(3_000_000)",
        "'-'.join(['a' * 1_500_000, 'b' * 1_499_999])",
        "'%3000000d' % 5",
        "f'{5:3000000d}'",
        "'a' * 3_000_000",
    ];
    for call in calls {
        let source = format!(
            "class Holder:\n    f = staticmethod('a'.ljust)\n    g = 'a'.ljust\nclass Module: pass\n\
             bound = 'a'.ljust\npairs = {{'f': bound}}\nholder = Holder()\nmodule = Module()\nmodule.f = bound\n\
             total = 0\nfor _ in range(20):\n    total += len({call})\ntotal"
        );
        match engine.session().run::<i64>(&source) {
            Ok(total) => assert_eq!(total, 60_000_000, "{call}"),
            Err(error) => panic!("{call}: {error}"),
        }
    }
}
