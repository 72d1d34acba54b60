//! `input()` and `sys.stdin`: lines come one by one, and only the thread that asks waits for them.

use std::io::Write;
use std::process::{Command, Stdio};

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

#[test]
fn lines_come_one_by_one() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_acoro"))
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("acoro runs");
    let mut stdin = child.stdin.take().expect("it is piped");
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
