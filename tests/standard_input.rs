//! `input()`, `sys.stdin` and the prompt: lines come one by one, only the thread that asks waits for them, and signals don't.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

const PROGRAM: &str = r#"
import asyncio, sys

print("hello", input("name? "))

async def tick(until):
    while not until.done():
        await asyncio.sleep(0)
    print("ticked")

async def main():
    line = asyncio.create_task(asyncio.to_thread(input))
    await tick(line)
    print(repr(await line))

asyncio.run(main())
print(repr(sys.stdin.readline(3)), repr(sys.stdin.read(4)), list(sys.stdin), repr(sys.stdin.read()))
try:
    input()
except EOFError as e:
    print(e)
exit(3)
"#;

/// Acoro, and what it reads.
fn start(args: &[&str]) -> (Child, ChildStdin) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_acoro"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("acoro runs");
    let stdin = child.stdin.take().expect("it is piped");
    (child, stdin)
}

#[test]
fn lines_come_one_by_one() {
    let (child, mut stdin) = start(&["-c", PROGRAM]);
    stdin
        .write_all("Ada\nsecond\nthird\nmore\r\nlast".as_bytes())
        .expect("acoro reads");
    drop(stdin);
    let output = child.wait_with_output().expect("acoro ends");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "name? hello Ada\nticked\n'second'\n'thi' 'rd\\nm' ['ore\\r\\n', 'last'] ''\nEOF when reading a line\n"
    );
    assert_eq!(output.status.code(), Some(3));
}

const HANDLER: &str = "import signal
old = signal.signal(signal.SIGALRM, lambda number, frame: print('alarm', number))
old = signal.setitimer(signal.ITIMER_REAL, 0.01)
";

#[test]
fn signals_are_handled_while_the_prompt_waits() {
    let (mut child, mut stdin) = start(&[]);
    stdin
        .write_all(HANDLER.as_bytes())
        .expect("the prompt reads");
    stdin.flush().expect("as above");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let (found, first) = std::sync::mpsc::channel();
    std::thread::spawn(move || found.send(lines.next()));
    let line = first.recv_timeout(Duration::from_secs(30));
    drop(stdin);
    child.wait().expect("the prompt ends with its input");
    let line = line.expect("the handler runs without more input");
    assert_eq!(line.expect("a line").expect("text"), "alarm 14");
}
