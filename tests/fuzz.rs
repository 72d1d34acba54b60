//! A bounded fuzz run: programs of the corpus, damaged a little, go through lexer, parser, compiler, verifier and machine. Nothing may
//! panic or hang. `ACORO_FUZZ_SECONDS` sets how long (20 by default), `ACORO_FUZZ_SEED` where it begins; `ACORO_FUZZ_FILE` names a
//! program to be run alone.

mod common;

use acoro::{Engine, Progress, Script};
use common::{files, panic_text};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// xorshift: the same damage for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Pieces that are put where they don't belong.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "=",
    "==",
    ":=",
    "->",
    "*",
    "**",
    "@",
    ".",
    "...",
    "\\",
    "\n",
    "\t",
    "    ",
    "'",
    "\"\"\"",
    "f'",
    "f'{",
    "}'",
    "#",
    "0",
    "1e999",
    "0x",
    "9",
    "lambda x: x",
    "yield",
    "await ",
    "async ",
    "def f(): ",
    "class C: ",
    "return",
    "raise",
    "try:",
    "except:",
    "finally:",
    "with x as y: ",
    "for x in y: ",
    "while True: ",
    "if x: ",
    "else:",
    "import asyncio",
    "from a import *",
    "del ",
    "global x",
    "nonlocal x",
    "match x:",
    "case _:",
    "not ",
    "in ",
    "is ",
    "and ",
    "or ",
    "None",
    "True",
    "self",
    "super()",
    "range(10)",
    "x",
    "print(x)",
    "é",
    "\u{1F600}",
    "\0",
    "\u{feff}",
    "-1",
    "2 ** 70",
    "[x for x in x]",
    "x[1:2, ...]",
    "*x, y = z",
];

/// A damaged copy.
fn damage(random: &mut Random, sources: &[String]) -> String {
    let mut text = random.pick(sources).clone();
    for _ in 0..=random.below(4) {
        if text.is_empty() {
            break;
        }
        let cut = |random: &mut Random, text: &str| -> usize {
            let mut at = random.below(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        match random.below(8) {
            0 => {
                let (a, b) = (cut(random, &text), cut(random, &text));
                let (a, b) = (a.min(b), a.max(b).min(a.min(b) + 40));
                let b = (b..=text.len())
                    .find(|&at| text.is_char_boundary(at))
                    .unwrap_or(text.len());
                text.replace_range(a..b, "");
            }
            1 | 2 => {
                let at = cut(random, &text);
                let piece: &&str = random.pick(PIECES);
                text.insert_str(at, piece);
            }
            3 | 4 => {
                let mut lines: Vec<&str> = text.split('\n').collect();
                let (from, to) = (random.below(lines.len()), random.below(lines.len()));
                match random.below(3) {
                    0 => lines.swap(from, to),
                    1 => lines.insert(to, lines[from]),
                    _ => {
                        lines.remove(from);
                    }
                }
                text = lines.join("\n");
            }
            5 => {
                let words: Vec<&str> = text
                    .split_inclusive(|c: char| !c.is_alphanumeric())
                    .collect();
                let (a, b) = (random.below(words.len()), random.below(words.len()));
                let mut words = words;
                words.swap(a, b);
                text = words.concat();
            }
            6 => {
                let other = random.pick(sources);
                let (at, from) = (cut(random, &text), cut(random, other));
                let line = other[from..].split('\n').nth(1).unwrap_or_default();
                text.insert_str(at, line);
            }
            _ => {
                let at = cut(random, &text);
                text.truncate(at);
            }
        }
    }
    text
}

/// A program of nothing but pieces.
fn made_up(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.below(60) {
        let piece: &&str = random.pick(PIECES);
        text.push_str(piece);
        match random.below(4) {
            0 => text.push('\n'),
            1 => text.push_str("\n    "),
            _ => text.push(' '),
        }
    }
    text
}

/// Runs a source within narrow limits; now and then what is left of it goes on from saved bytes.
fn run(engine: &Engine, random: &mut Random, text: &str) {
    let Ok(script) = Script::program("fuzz", text) else {
        return;
    };
    let listing = script.disassemble();
    assert!(!listing.is_empty());
    let mut session = engine.session();
    session.start(&script);
    let mut now = Duration::ZERO;
    for _ in 0..2_000 {
        match session.poll(now, 500) {
            Ok(Progress::OutOfFuel) => {}
            Ok(Progress::Idle {
                deadline: Some(deadline),
                ..
            }) => now = now.max(deadline),
            Ok(_) | Err(_) => return,
        }
        if random.below(100) == 0 {
            session = match engine.restore(&session.save()) {
                Ok(restored) => restored,
                Err(error) => panic!("a saved session is not restored: {error}"),
            };
        }
    }
}

/// What a worker runs, and since when.
type Running = Mutex<Option<(Instant, String)>>;

/// Writes the program that did harm where it can be found again.
fn keep(text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("acoro-fuzz-{}.acoro", std::process::id()));
    let _ = std::fs::write(&path, text);
    path
}

/// How scripts are limited here.
fn limited() -> Engine {
    Engine::builder()
        .fuel(200_000)
        .memory_limit(16 << 20)
        .task_limit(1000)
        .build()
}

/// A program that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn damaged_programs_do_no_harm() {
    let number = |name: &str, default: u64| {
        let text = std::env::var(name).ok();
        text.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let seconds = number("ACORO_FUZZ_SECONDS", 20);
    let seed = number("ACORO_FUZZ_SEED", 0x5EED);
    if let Some(text) =
        std::env::var_os("ACORO_FUZZ_FILE").and_then(|path| std::fs::read_to_string(path).ok())
    {
        let began = Instant::now();
        run(&limited(), &mut Random(seed | 1), &text);
        println!("{:?}", began.elapsed());
        return;
    }
    let cores = std::thread::available_parallelism().map_or(2, usize::from) as u64;
    let workers = number("ACORO_FUZZ_THREADS", cores.min(8));
    let sources: Vec<String> = [
        "tests/lang",
        "tests/semantics",
        "tests/syntax_errors",
        "examples",
        "tests/tracebacks",
    ]
    .iter()
    .flat_map(|directory| files(directory, "acoro"))
    .filter_map(|path| std::fs::read_to_string(path).ok())
    .filter(|text| !text.is_empty())
    .collect();
    let until = Instant::now() + Duration::from_secs(seconds);
    let failed = AtomicBool::new(false);
    let programs = AtomicU64::new(0);
    let running: Vec<Running> = (0..workers).map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (sources, failed, programs) = (&sources, &failed, &programs);
            let current = &running[worker as usize];
            scope.spawn(move || {
                let engine = limited();
                let mut random = Random((seed + worker).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
                while Instant::now() < until && !failed.load(Ordering::Relaxed) {
                    let text = match random.below(8) {
                        0 => made_up(&mut random),
                        _ => damage(&mut random, sources),
                    };
                    let began = Instant::now();
                    if let Ok(mut current) = current.lock() {
                        *current = Some((began, text.clone()));
                    }
                    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        run(&engine, &mut random, &text)
                    }));
                    if let Ok(mut current) = current.lock() {
                        *current = None;
                    }
                    programs.fetch_add(1, Ordering::Relaxed);
                    if let Err(panic) = result {
                        failed.store(true, Ordering::Relaxed);
                        let path = keep(&text);
                        panic!(
                            "{}\nthe program is in {}",
                            panic_text(&*panic),
                            path.display()
                        );
                    }
                }
            });
        }
        // A program that hangs can't be stopped, so that whoever watches ends the whole test.
        while Instant::now() < until && !failed.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(200));
            for current in &running {
                let Ok(current) = current.lock() else {
                    continue;
                };
                if let Some((began, text)) = &*current
                    && began.elapsed() > PATIENCE
                {
                    let path = keep(text);
                    eprintln!("a program hangs; it is in {}", path.display());
                    std::process::exit(101);
                }
            }
        }
    });
    println!("{} programs", programs.load(Ordering::Relaxed));
}
