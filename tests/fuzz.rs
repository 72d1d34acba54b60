//! A bounded fuzz run: programs of the corpus, damaged a little, go through lexer, parser, compiler, verifier and machine. Nothing may
//! panic or hang. `ACORO_FUZZ_SECONDS` sets how long (20 by default), `ACORO_FUZZ_SEED` where it begins.

mod common;

use acoro::{Engine, Progress, Script};
use common::{files, panic_text};
use std::sync::atomic::{AtomicBool, Ordering};
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

/// Runs a source within narrow limits.
fn run(engine: &Engine, text: &str) {
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
    }
}

#[test]
fn damaged_programs_do_no_harm() {
    let seconds = std::env::var("ACORO_FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20);
    let seed: u64 = std::env::var("ACORO_FUZZ_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0x5EED);
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
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(8) as u64;
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let (sources, failed) = (&sources, &failed);
            scope.spawn(move || {
                let engine = Engine::builder()
                    .fuel(200_000)
                    .memory_limit(16 << 20)
                    .task_limit(1000)
                    .build();
                let mut random = Random((seed + worker).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
                while Instant::now() < until && !failed.load(Ordering::Relaxed) {
                    let text = damage(&mut random, sources);
                    let began = Instant::now();
                    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        run(&engine, &text)
                    }));
                    let took = began.elapsed();
                    let problem = match result {
                        Err(panic) => panic_text(&*panic),
                        Ok(()) if took > Duration::from_secs(10) => format!("it took {took:?}"),
                        Ok(()) => continue,
                    };
                    failed.store(true, Ordering::Relaxed);
                    let path = std::env::temp_dir()
                        .join(format!("acoro-fuzz-{}.acoro", std::process::id()));
                    let _ = std::fs::write(&path, &text);
                    panic!("{problem}\nthe program is in {}", path.display());
                }
            });
        }
    });
}
