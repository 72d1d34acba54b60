//! acoro from another crate: everything a host does goes through the public interface.

#![expect(clippy::unwrap_used, reason = "a test fails where it unwraps")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use acoro::{
    Data, Engine, Error, Exception, Progress, Serde, SignalRequest, Stream, from_data, to_data,
};
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// Runs a source on a bare engine.
fn run<T: acoro::FromScript>(source: &str) -> Result<T, Error> {
    Engine::new().session().run(source)
}

#[test]
fn values_cross_both_ways() {
    assert_eq!(run::<i64>("6 * 7").unwrap(), 42);
    assert_eq!(run::<u8>("255").unwrap(), 255);
    assert_eq!(run::<i128>("2 ** 100").unwrap(), 1 << 100);
    assert_eq!(run::<f64>("1 / 4").unwrap(), 0.25);
    assert_eq!(run::<f64>("3").unwrap(), 3.0);
    assert_eq!(run::<String>("'a' + 'é'").unwrap(), "aé");
    assert_eq!(run::<Option<i64>>("None").unwrap(), None);
    assert_eq!(
        run::<Vec<Option<bool>>>("[True, None]").unwrap(),
        [Some(true), None]
    );
    assert_eq!(run::<(i64, String)>("1, 'x'").unwrap(), (1, "x".to_owned()));
    assert_eq!(
        run::<BTreeMap<String, Vec<i64>>>("{'a': [1], 'b': []}").unwrap()["a"],
        [1]
    );
    assert_eq!(run::<HashMap<i64, ()>>("{1: 'dropped'}").unwrap().len(), 1);
    assert_eq!(run::<Vec<u8>>("b'\\x00\\xff'").unwrap(), [0, 255]);
    run::<()>("x = 1").unwrap();

    let mut session = Engine::new().session();
    session.set("given", vec![(1, "one"), (2, "two")]).unwrap();
    assert_eq!(session.run::<String>("dict(given)[2]").unwrap(), "two");
    session.run::<()>("answer = {1.5: (None, True)}").unwrap();
    let expected = Data::Dict(vec![(
        Data::Float(1.5),
        Data::Tuple(vec![Data::None, Data::Bool(true)]),
    )]);
    assert_eq!(session.get::<Data>("answer").unwrap(), expected);
}

#[test]
fn lone_surrogates_are_private_use_characters_for_the_host() {
    assert_eq!(run::<String>(r"'a\ud800'").unwrap(), "a\u{fd800}");
    assert_eq!(run::<char>("chr(0xdfff)").unwrap(), '\u{fdfff}');
    let engine = Engine::builder()
        .function("same", |text: String| text)
        .build();
    let mut session = engine.session();
    session.set("given", "\u{fd800}").unwrap();
    assert_eq!(session.run::<u32>("ord(same(given))").unwrap(), 0xd800);
    assert!(session.run::<bool>(r"same('\udcff') == '\udcff'").unwrap());
    let mut session = engine.restore(&session.save()).unwrap();
    assert_eq!(session.get::<String>("given").unwrap(), "\u{fd800}");
}

#[test]
fn characters_that_stand_for_lone_surrogates_are_refused() {
    for source in [
        "chr(0xfd800)",
        "'%c' % 0xfdfff",
        "format(0xfd800, 'c')",
        "'a'.translate({97: 0xfd800})",
        "import collections\n'a'.translate(collections.UserDict({97: 0xfd800}))",
        r"b'\xf3\xbd\xa0\x80'.decode()",
        r"b'\xf3\xbd\xa0\x80'.decode('utf-8', 'surrogatepass')",
        r"b'\xb6\xdb\x00\xdc'.decode('utf-16-le')",
        r"b'\x00\xd8\x0f\x00'.decode('utf-32')",
        r"rb'\U000fdfff'.decode('unicode_escape')",
        "import json\njson.loads(r'\"\\udbb6\\udc00\"')",
        r"import re; re.compile('\\U000fd800')",
    ] {
        let error = run::<()>(source).expect_err(source);
        let message = error.exception().expect(source).message().to_owned();
        let expected = "acoro keeps the characters U+FD800 to U+FDFFF for lone surrogates";
        assert!(message.contains(expected), "{source}: {message}");
    }
    let replaced = run::<String>(r"b'a\xf3\xbd\xa0\x80b'.decode('utf-8', 'replace')");
    assert_eq!(replaced.unwrap(), "a\u{fffd}b");
}

#[test]
fn values_that_do_not_fit_are_errors() {
    let error = run::<i64>("'x'").unwrap_err();
    assert!(error.is_conversion());
    assert_eq!(error.to_string(), "expected int, got str");
    assert_eq!(
        run::<u8>("256").unwrap_err().to_string(),
        "int does not fit into u8"
    );
    assert!(
        run::<Data>("x = []\nx.append(x)\nx")
            .unwrap_err()
            .is_conversion()
    );
    assert!(
        run::<Data>("x = []\nfor _ in range(100000): x = [x]\nx")
            .unwrap_err()
            .is_conversion()
    );
    assert!(
        matches!(run::<Data>("object()").unwrap(), Data::Other { type_name, .. } if type_name == "object")
    );
    let mut deep = Data::None;
    for _ in 0..1000 {
        deep = Data::List(vec![deep]);
    }
    assert!(
        Engine::new()
            .session()
            .set("deep", deep)
            .unwrap_err()
            .is_conversion()
    );
    // Data that shares its parts would be larger outside than in.
    let engine = Engine::builder().memory_limit(8 << 20).build();
    let shared = "x = [0]\nfor _ in range(60): x = [x, x]\nx";
    assert!(
        engine
            .session()
            .run::<Data>(shared)
            .unwrap_err()
            .is_conversion()
    );
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Order {
    id: u64,
    lines: Vec<Line>,
    note: Option<String>,
    state: State,
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Line(String, f32);

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
enum State {
    Open,
    Sent { days: u8 },
    Back(String),
    Pair(i8, i8),
}

#[test]
fn serde_types_cross_both_ways() {
    for state in [
        State::Open,
        State::Sent { days: 3 },
        State::Back("broken".to_owned()),
        State::Pair(-1, 1),
    ] {
        let order = Order {
            id: u64::MAX,
            lines: vec![Line("tea".to_owned(), 1.5)],
            note: None,
            state,
        };
        assert_eq!(from_data::<Order>(to_data(&order).unwrap()).unwrap(), order);
    }
    let engine = Engine::builder()
        .function("ship", |Serde(mut order): Serde<Order>| {
            order.state = State::Sent {
                days: order.lines.len() as u8,
            };
            Serde(order)
        })
        .build();
    let source = "ship({'id': 1, 'lines': [('tea', 2)], 'note': 'quick', 'state': 'Open'})";
    let Serde(order) = engine.session().run::<Serde<Order>>(source).unwrap();
    assert_eq!(
        (order.state, order.note),
        (State::Sent { days: 1 }, Some("quick".to_owned()))
    );
    let error = engine.session().run::<()>("ship({'id': 1})").unwrap_err();
    assert_eq!(
        error.exception().map(Exception::type_name),
        Some("TypeError")
    );
    assert!(error.to_string().contains("missing field"), "{error}");
}

#[test]
fn closures_are_functions_of_the_script() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let engine = Engine::builder()
        .function("add", |a: i64, b: i64| a + b)
        .function("tick", move || count.fetch_add(1, Ordering::SeqCst))
        .function("parse", |text: String| text.parse::<i64>())
        .function("pick", |a: bool, b: Option<String>, c: Vec<f64>| (a, b, c))
        .build();
    let mut session = engine.session();
    assert_eq!(session.run::<i64>("add(40, add(1, 1))").unwrap(), 42);
    assert_eq!(
        session
            .run::<Vec<i64>>("list(map(add, [1, 2], [3, 4]))")
            .unwrap(),
        [4, 6]
    );
    assert_eq!(
        session
            .run::<Vec<i64>>("sorted([3, 1, 2], key=lambda n: add(0, -n))")
            .unwrap(),
        [3, 2, 1]
    );
    session.run::<()>("for _ in range(10): tick()").unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 10);
    let picked: (bool, Option<String>, Vec<f64>) =
        session.run("pick(True, None, [1, 2.5])").unwrap();
    assert_eq!(picked, (true, None, vec![1.0, 2.5]));
    for (source, message) in [
        (
            "add(1)",
            "TypeError: add() takes exactly 2 arguments (1 given)",
        ),
        (
            "add(1, 'x')",
            "TypeError: add() argument 2: expected int, got str",
        ),
        (
            "add(1, 2 ** 64)",
            "OverflowError: add() argument 2: int does not fit into i64",
        ),
        ("parse('x')", "RuntimeError: invalid digit found in string"),
    ] {
        assert_eq!(session.run::<()>(source).unwrap_err().to_string(), message);
    }
    // The script can handle what the host raises.
    let handled = "try:\n    parse('x')\nexcept RuntimeError as e:\n    result = str(e)\nresult";
    assert_eq!(
        session.run::<String>(handled).unwrap(),
        "invalid digit found in string"
    );
}

#[test]
fn script_functions_are_called_from_the_host() {
    let mut session = Engine::new().session();
    session
        .run::<()>("import asyncio\ndef twice(x): return x + x\nasync def later(x):\n    await asyncio.sleep(60)\n    return x")
        .unwrap();
    assert_eq!(session.call::<i64>("twice", (21,)).unwrap(), 42);
    assert_eq!(session.call::<String>("twice", ("ab",)).unwrap(), "abab");
    assert_eq!(session.call::<i64>("later", (7,)).unwrap(), 7);
    assert_eq!(
        session
            .call::<f64>("float", ("1.5",))
            .unwrap_err()
            .to_string(),
        "the program has no variable 'float'"
    );
    let error = session.call::<i64>("twice", ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "TypeError: twice() missing 1 required positional argument: 'x'"
    );
}

#[test]
fn asynchronous_closures_run_side_by_side() {
    let engine = Engine::builder()
        .async_function("fetch", |n: u64| async move {
            Sleep::new(Duration::from_millis(30)).await;
            if n == 3 {
                Err(Exception::new("OSError", "no route"))
            } else {
                Ok(n * 10)
            }
        })
        .real_time()
        .build();
    let source = "
import asyncio

async def main():
    task = asyncio.create_task(fetch(9))
    results = await asyncio.gather(*[fetch(n) for n in range(6)], return_exceptions=True)
    return [str(r) for r in results] + [await task]

asyncio.run(main())
";
    let began = Instant::now();
    let results: Vec<Data> = engine.session().run(source).unwrap();
    assert!(
        began.elapsed() < Duration::from_millis(150),
        "they ran one after the other"
    );
    let expected = ["0", "10", "20", "no route", "40", "50"].map(|text| Data::Str(text.to_owned()));
    assert_eq!(results[..6], expected);
    assert_eq!(results[6], Data::Int(90));
    let error = engine
        .session()
        .run::<()>("import asyncio\nasync def f(): await fetch('x')\nasyncio.run(f())")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "TypeError: fetch() argument 1: expected int, got str"
    );
}

#[test]
fn a_cancelled_host_function_is_dropped() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&drops);
    let engine = Engine::builder()
        .async_function("hang", move || {
            let guard = Dropped(Arc::clone(&count));
            async move {
                std::future::pending::<()>().await;
                drop(guard);
            }
        })
        .real_time()
        .build();
    let source = "
import asyncio

async def main():
    try:
        async with asyncio.timeout(0.01):
            await hang()
    except TimeoutError:
        pass
    await asyncio.sleep(0.01)
    return 'timed out'

asyncio.run(main())
";
    assert_eq!(engine.session().run::<String>(source).unwrap(), "timed out");
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn the_poll_interface_leaves_time_to_the_host() {
    let engine = Engine::builder().capture_output().build();
    let mut session = engine.session();
    let script = engine
        .compile("naps", "import asyncio\nasync def f():\n    await asyncio.sleep(1.5)\n    print('up')\n    return 1\nasyncio.run(f())")
        .unwrap();
    session.start(&script);
    let mut slices = 0;
    let deadline = loop {
        match session.poll(Duration::from_secs(10), 3).unwrap() {
            Progress::OutOfFuel => slices += 1,
            Progress::Idle { deadline, pending } => {
                assert_eq!(pending, 0);
                break deadline;
            }
            other => panic!("{other:?}"),
        }
    };
    assert!(slices > 0);
    assert_eq!(deadline, Some(Duration::from_millis(11_500)));
    assert!(matches!(
        session.poll(Duration::from_secs(11), 1000).unwrap(),
        Progress::Idle { .. }
    ));
    assert_eq!(session.take_output(), "");
    assert_eq!(
        session.poll(Duration::from_secs(12), 1000).unwrap(),
        Progress::Done(Data::Int(1))
    );
    assert_eq!(session.take_output(), "up\n");
    assert!(session.poll(Duration::from_secs(12), 1000).is_err());
}

#[test]
fn limits_hold() {
    let engine = Engine::builder()
        .fuel(10_000)
        .memory_limit(4 << 20)
        .task_limit(100)
        .build();
    let error = engine.session().run::<()>("while True: pass").unwrap_err();
    assert!(error.is_out_of_fuel() && !error.is_exception());
    // Neither `except` nor `finally` sees it.
    let error = engine
        .session()
        .run::<()>(
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        )
        .unwrap_err();
    assert!(error.is_out_of_fuel());
    let mut session = engine.session();
    assert!(
        session
            .run::<i64>("n = 0\nfor _ in range(25000): n += 1\nn")
            .unwrap_err()
            .is_out_of_fuel()
    );
    session.add_fuel(100_000);
    assert_eq!(session.drive().unwrap(), Data::Int(25_000));
    // Reading the clock leaves the machine in every turn of the loop.
    let mut session = engine.session();
    session.start(
        &acoro::Script::program("clock", "import time\nwhile time.monotonic() < 1: pass").unwrap(),
    );
    let polls = (0..1000).find(|_| session.poll(Duration::ZERO, 500).is_err());
    assert!(polls.is_some_and(|polls| polls <= 20));
    for source in [
        "'x' * 10 ** 8",
        "[0] * 10 ** 7",
        "1 << 10 ** 9",
        "bytes(10 ** 8)",
        "x = 'y'\nfor _ in range(40): x += x",
    ] {
        let error = engine.session().run::<()>(source).unwrap_err();
        assert!(error.is_out_of_memory(), "{source}: {error}");
    }
    // A MemoryError can be handled, and faked without becoming a limit.
    assert_eq!(
        engine
            .session()
            .run::<i64>("try:\n    'x' * 10 ** 9\nexcept MemoryError:\n    y = 1\ny")
            .unwrap(),
        1
    );
    assert!(
        engine
            .session()
            .run::<()>("raise MemoryError")
            .unwrap_err()
            .is_exception()
    );
}

#[test]
fn errors_say_what_and_where() {
    let error = run::<()>("x = 1\ny = (2,\nz = = 3\n").unwrap_err();
    assert!(error.is_syntax());
    assert!(!error.source_errors().is_empty());

    let error = run::<()>("def f():\n    raise KeyError('k')\n\nf()").unwrap_err();
    let exception = error.exception().unwrap();
    assert_eq!(
        (exception.type_name(), exception.message()),
        ("KeyError", "'k'")
    );
    assert_eq!(error.line_column(), Some((2, 5)));
    assert!(
        exception
            .traceback()
            .starts_with("Traceback (most recent call last):\n")
    );
    assert!(exception.traceback().ends_with("KeyError: 'k'\n"));
    let report = format!("{:?}", miette::Report::new(error));
    assert!(report.contains("raise KeyError"), "{report}");

    assert_eq!(
        run::<()>("import sys\nsys.exit(3)")
            .unwrap_err()
            .exception()
            .unwrap()
            .exit_status(),
        Some(3)
    );
    let error = run::<()>(
        "import asyncio\nasync def f(): await asyncio.get_running_loop().create_future()\nasyncio.run(f())",
    );
    assert!(error.unwrap_err().is_deadlock());
    // After an error the session is as good as before.
    let mut session = Engine::new().session();
    assert!(session.run::<()>("x = 1\n1 / 0").is_err());
    assert_eq!(session.run::<i64>("x").unwrap(), 1);
}

#[test]
fn nothing_is_granted_that_was_not_asked_for() {
    let began = Instant::now();
    run::<()>("print('nobody hears this')\nimport asyncio\nasyncio.run(asyncio.sleep(3600))")
        .unwrap();
    assert!(began.elapsed() < Duration::from_secs(60));

    let heard = Arc::new(Mutex::new(String::new()));
    let ear = Arc::clone(&heard);
    let engine = Engine::builder()
        .output(move |stream, text| {
            assert_eq!(stream, Stream::Out);
            ear.lock().unwrap().push_str(text);
        })
        .build();
    engine
        .session()
        .run::<()>("print('hello', end='')\nprint(' host')")
        .unwrap();
    assert_eq!(*heard.lock().unwrap(), "hello host\n");
}

#[test]
fn sessions_are_saved_forked_and_moved() {
    let engine = Engine::builder()
        .capture_output()
        .function("host", |n: i64| n + 1)
        .build();
    let source = "
import asyncio

async def count(name):
    for n in range(3):
        await asyncio.sleep(1)
        print(name, host(n))

async def main():
    await asyncio.gather(count('a'), count('b'))

asyncio.run(main())
";
    let mut session = engine.session();
    session.start(&engine.compile("count", source).unwrap());
    for second in 0..2 {
        assert!(matches!(
            session.poll(Duration::from_secs(second), 100_000).unwrap(),
            Progress::Idle { .. }
        ));
    }
    assert_eq!(session.take_output(), "a 1\nb 1\n");
    let saved = session.save();
    let mut fork = session.fork();
    let mut restored = engine.restore(&saved).unwrap();
    let moved = std::thread::spawn(move || {
        fork.drive().unwrap();
        fork.take_output()
    });
    session.drive().unwrap();
    restored.drive().unwrap();
    let rest = "a 2\nb 2\na 3\nb 3\n";
    assert_eq!(session.take_output(), rest);
    assert_eq!(restored.take_output(), rest);
    assert_eq!(moved.join().unwrap(), rest);

    assert!(engine.restore(b"something else").err().unwrap().is_saved());
    assert!(
        engine
            .restore(&saved[..saved.len() / 2])
            .err()
            .unwrap()
            .is_saved()
    );
    let other = Engine::new().restore(&saved).err().unwrap();
    assert!(other.to_string().contains("'host'"), "{other}");
}

#[test]
fn a_session_is_interrupted_from_another_thread() {
    let mut session = interruptible();
    let source = "
import asyncio

done = []

async def main():
    interrupt_soon()
    try:
        await asyncio.sleep(60)
    finally:
        done.append('cleaned up')

asyncio.run(main())
";
    let error = session.run::<()>(source).unwrap_err();
    assert_eq!(
        error.exception().map(Exception::type_name),
        Some("KeyboardInterrupt")
    );
    assert_eq!(session.get::<Vec<String>>("done").unwrap(), ["cleaned up"]);
}

/// A session whose programs can have themselves interrupted, in a moment and from another thread.
fn interruptible() -> acoro::Session {
    let place: Arc<Mutex<Option<acoro::Interrupter>>> = Arc::default();
    let theirs = Arc::clone(&place);
    let engine = Engine::builder()
        .real_time()
        .function("interrupt_soon", move || {
            let interrupter = theirs.lock().unwrap().clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(20));
                interrupter.unwrap().interrupt();
            });
        })
        .build();
    let session = engine.session();
    *place.lock().unwrap() = Some(session.interrupter());
    session
}

/// Runs a source that has itself interrupted, and gives what its list `done` has in the end.
fn interrupted(source: &str) -> Vec<String> {
    let mut session = interruptible();
    session.run::<()>(source).unwrap();
    session.get("done").unwrap()
}

#[test]
fn handlers_of_the_program_are_called_for_an_interruption() {
    let began = "
import asyncio, signal, threading, time
done = []
def handler(number, frame):
    done.append(f'signal {number}')
signal.signal(signal.SIGINT, handler)
interrupt_soon()
";
    for waits in [
        "time.sleep(0.1)",
        "while not done: pass",
        "while not done: time.monotonic()",
        "threading.Lock().acquire() and asyncio.run(asyncio.sleep(0.1))",
        "lock = threading.Lock(); lock.acquire(); lock.acquire(timeout=0.1)",
        "asyncio.run(asyncio.to_thread(time.sleep, 0.1))",
    ] {
        let done = interrupted(&format!("{began}{waits}\ndone.append('end')"));
        assert_eq!(done, ["signal 2", "end"], "{waits}");
    }
    let raised = interrupted(
        "
import signal, time
done = []
def handler(number, frame):
    raise ValueError('from the handler')
signal.signal(signal.SIGINT, handler)
interrupt_soon()
try:
    time.sleep(60)
except ValueError as e:
    done.append(str(e))
",
    );
    assert_eq!(raised, ["from the handler"]);
    let on_a_loop = interrupted(
        "
import asyncio, signal
done = []
async def main():
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    interrupt_soon()
    await stop.wait()
    done.append('stopped')
    done.append(str(loop.remove_signal_handler(signal.SIGINT)))
    done.append(str(signal.getsignal(signal.SIGINT) is signal.default_int_handler))
asyncio.run(main())
",
    );
    assert_eq!(on_a_loop, ["stopped", "True", "True"]);
}

#[test]
fn signals_reach_the_handlers_that_a_granted_program_has() {
    let place: Arc<Mutex<Option<acoro::Interrupter>>> = Arc::default();
    let requests: Arc<Mutex<Vec<SignalRequest>>> = Arc::default();
    let (interrupter, asked) = (Arc::clone(&place), Arc::clone(&requests));
    let engine = Engine::builder()
        .function("deliver", move |number: i64| {
            let interrupter = interrupter.lock().unwrap().clone();
            interrupter.unwrap().signal(number as u32);
        })
        .signals(move |request| asked.lock().unwrap().push(request))
        .build();
    let mut session = engine.session();
    *place.lock().unwrap() = Some(session.interrupter());
    session
        .run::<()>(
            "
import asyncio, signal, time
done = []
def handler(number, frame):
    done.append(f'handler {number}')
deliver(15)
signal.signal(signal.SIGTERM, handler)
deliver(15)
time.sleep(100)
try:
    signal.signal(signal.SIGTERM, lambda number, frame: 1 / 0)
    deliver(15)
    while True:
        pass
except ZeroDivisionError:
    done.append('raised')
async def main():
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, stop.set)
    deliver(10)
    await stop.wait()
    done.append('woken')
asyncio.run(main())
signal.signal(signal.SIGTERM, signal.SIG_DFL)
try:
    signal.raise_signal(signal.SIGTERM)
except SystemExit as e:
    done.append(f'exit {e.code}')
",
        )
        .unwrap();
    let done: Vec<String> = session.get("done").unwrap();
    assert_eq!(done, ["handler 15", "raised", "woken", "exit 143"]);
    let catch = |signals: &[u32]| SignalRequest::Catch(signals.to_vec());
    let expected = [
        catch(&[15]),
        catch(&[10, 15]),
        catch(&[15]),
        catch(&[]),
        SignalRequest::Default(15),
    ];
    assert_eq!(*requests.lock().unwrap(), expected);
}

#[test]
fn a_session_is_a_future_for_any_executor() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let engine = Engine::builder()
        .async_function("double", |n: i64| async move { n * 2 })
        .real_time()
        .build();
    let source = "
import asyncio

async def main():
    await asyncio.sleep(0.02)
    return await double(21)

asyncio.run(main())
";
    let naps = AtomicU64::new(0);
    let mut session = engine.session();
    let future = assert_send(session.run_async::<i64, _>(source, |wait| {
        naps.fetch_add(1, Ordering::SeqCst);
        Sleep::new(wait)
    }));
    assert_eq!(block_on(future).unwrap(), 42);
    assert!(naps.load(Ordering::SeqCst) > 0);
}

#[test]
fn engines_and_sessions_go_where_they_are_needed() {
    fn send_sync<T: Send + Sync>() {}
    fn send<T: Send>() {}
    send_sync::<Engine>();
    send_sync::<acoro::Script>();
    send_sync::<acoro::Interrupter>();
    send::<acoro::Session>();
    send_sync::<Error>();
}

#[test]
fn the_example_runs() {
    // `cargo test` builds the examples beside the tests.
    let tests = std::env::current_exe().unwrap();
    let example = tests
        .parent()
        .and_then(|deps| deps.parent())
        .unwrap()
        .join("examples/embed");
    let output = std::process::Command::new(&example)
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "{}: {error}; cargo build --examples makes it",
                example.display()
            )
        });
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let expected = "discounted: 15.0
in stock: [\"tea\"]
error: ValueError: 120 is no percentage
endless: the program used up its fuel
hoarding: the program reached its memory limit
good night
saved a few bytes
good morning
done: Str(\"rested\")
";
    assert_eq!(
        text.replace("discounted: 15\n", "discounted: 15.0\n"),
        expected
    );
}

/// A timer without an executor: a thread that wakes.
struct Sleep {
    until: Instant,
    started: bool,
}

impl Sleep {
    fn new(wait: Duration) -> Self {
        Self {
            until: Instant::now() + wait,
            started: false,
        }
    }
}

impl Future for Sleep {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let wait = self.until.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            return Poll::Ready(());
        }
        if !self.started {
            self.started = true;
            let waker = context.waker().clone();
            std::thread::spawn(move || {
                std::thread::sleep(wait);
                waker.wake();
            });
        }
        Poll::Pending
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn modules_come_from_memory() {
    let engine = acoro::Engine::builder()
        .module(
            "shapes",
            "from shapes.square import area\nNAME = __name__\n",
        )
        .module(
            "shapes.square",
            "from . import kinds\ndef area(a):\n    return a * a + kinds.EXTRA\n",
        )
        .module("shapes.kinds", "EXTRA = 1\n")
        .build();
    let mut session = engine.session();
    let area = session
        .run::<i64>(
            "import shapes\nimport shapes.square as square\nsquare.area(3) + shapes.area(1)",
        )
        .expect("the modules are granted");
    assert_eq!(area, 12);
    let error = session
        .run::<i64>("import elsewhere")
        .expect_err("there is no such module");
    assert!(
        error.to_string().contains("No module named 'elsewhere'"),
        "{error}"
    );
    let error = acoro::Engine::new()
        .session()
        .run::<i64>("import shapes")
        .expect_err("nothing was granted");
    assert!(
        error.to_string().contains("No module named 'shapes'"),
        "{error}"
    );
}

#[test]
fn nothing_of_the_system_is_granted_by_itself() {
    let engine = acoro::Engine::new();
    let first = engine
        .session()
        .run::<f64>("import random\nrandom.random()")
        .expect("random numbers need no grant");
    let second = engine
        .session()
        .run::<f64>("import random\nrandom.random()")
        .expect("as above");
    assert_eq!(
        first, second,
        "without entropy every session has the same numbers"
    );
    let error = engine
        .session()
        .run::<i64>("import os\nos.getpid()")
        .expect_err("the process is not granted");
    assert!(error.to_string().contains("does not grant"), "{error}");
    let refused = run::<()>("import asyncio\nasyncio.run(asyncio.open_connection('127.0.0.1', 1))");
    assert_eq!(
        refused.unwrap_err().to_string(),
        "PermissionError: the host does not grant this program the network"
    );
    let engine = Engine::builder().network().build();
    let refused = engine
        .session()
        .run::<()>("import asyncio\nasyncio.run(asyncio.open_connection('127.0.0.1', 1))");
    assert_eq!(
        refused.unwrap_err().to_string(),
        "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 1)"
    );
}

#[test]
fn a_call_graph_tells_who_waits_for_whom() {
    let source = "
import asyncio, io

def walk(graph):
    frames = []
    for entry in graph.call_stack:
        generator = entry.frame.f_generator
        frames.append(entry.frame.f_code.co_name if generator is None else 'async ' + generator.__name__)
    return f'{graph.future.get_name()}({\", \".join(frames)}){[walk(each) for each in graph.awaited_by]}'

found = []

def here():
    found.append(walk(asyncio.capture_call_graph()))
    out = io.StringIO()
    asyncio.print_call_graph(file=out)
    found.append(out.getvalue().splitlines()[2].rpartition(', in ')[2])

async def leaf():
    await asyncio.sleep(0)
    here()

async def middle():
    await leaf()

async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(middle(), name='grouped')
    await asyncio.gather(middle())
    await asyncio.wait([asyncio.create_task(leaf(), name='waited')])
    await asyncio.shield(asyncio.create_task(leaf(), name='shielded'))
    graph = asyncio.capture_call_graph(limit=1)
    found.append(walk(graph))

asyncio.run(main())
found
";
    let graph: Vec<String> = run(source).unwrap();
    let stack = "here, async leaf, async middle";
    assert_eq!(
        graph,
        [
            &format!("grouped({stack})['Task-1(async _aexit, async __aexit__, async main)[]']")[..],
            "here()",
            &format!("Task-2({stack})['Task-1(async main)[]']"),
            "here()",
            "waited(here, async leaf)['Task-1(async _wait, async wait, async main)[]']",
            "here()",
            "shielded(here, async leaf)['Task-1(async main)[]']",
            "here()",
            "Task-1(async main)[]",
        ]
    );
}
