//! `acoro test`: what it finds, what it says of failures, and how it ends.

use std::path::PathBuf;
use std::process::Command;

const TESTS: &str = r#"
import asyncio
import unittest


class Numbers(unittest.TestCase):
    def test_good(self):
        self.assertEqual(1 + 1, 2)

    def test_bad(self):
        self.assertEqual(1 + 1, 3)

    @unittest.skip("later")
    def test_later(self):
        pass

    def test_refused(self):
        exec("1")


class Waiting(unittest.IsolatedAsyncioTestCase):
    async def test_an_hour(self):
        await asyncio.sleep(3600)


def test_values():
    answer = 41
    assert answer == 42


async def test_function():
    await asyncio.sleep(1)
"#;

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&directory).expect("the directory for temporary files can be written");
    std::fs::write(directory.join("test_numbers.acoro"), TESTS).expect("as above");
    std::fs::write(directory.join("helper.py"), "assert False, 'no test'\n").expect("as above");
    directory
}

fn run(args: &[&str], name: &str) -> (String, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_acoro"))
        .arg("test")
        .args(args)
        .current_dir(directory(name))
        .output()
        .expect("acoro runs");
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        output.status.success(),
    )
}

#[test]
fn the_last_line_sums_up() {
    let (out, success) = run(&[], "all");
    assert_eq!(
        out.lines().last(),
        Some("3 passed, 2 failed, 2 skipped"),
        "{out}"
    );
    assert!(!success);
}

#[test]
fn failures_show_values_and_source() {
    let (out, _) = run(&[], "values");
    assert!(out.contains("AssertionError: 2 != 3"), "{out}");
    assert!(out.contains("AssertionError: 41 == 42"), "{out}");
    assert!(out.contains("    assert answer == 42"), "{out}");
    assert!(out.contains("test_numbers.acoro\", line 28"), "{out}");
}

#[test]
fn some_tests_can_be_chosen() {
    let (out, success) = run(&["-k", "good", "-k", "hour"], "chosen");
    assert_eq!(
        out.lines().last(),
        Some("2 passed, 0 failed, 0 skipped"),
        "{out}"
    );
    assert!(success);
}

#[test]
fn the_first_failure_can_end_it() {
    let (out, success) = run(&["-x"], "first");
    assert!(
        out.ends_with("1 failed, 0 skipped\n") || out.contains(" 1 failed"),
        "{out}"
    );
    assert!(!success);
}

#[test]
fn a_module_may_choose_its_tests() {
    let directory = directory("chosen_by_module");
    let text = "\
import unittest

class Shared(unittest.TestCase):
    def test_name(self):
        self.assertIn(self.name, ('x', 'y'))

class X(Shared):
    name = 'x'

class Z(Shared):
    name = 'z'

def load_tests(loader, tests, pattern):
    suite = loader.suiteClass()
    suite.addTest(loader.loadTestsFromTestCase(X))
    return suite
";
    std::fs::write(directory.join("test_chosen.acoro"), text).expect("as above");
    let (out, success) = run(&["test_chosen.acoro"], "chosen_by_module");
    assert_eq!(
        out.lines().last(),
        Some("1 passed, 0 failed, 0 skipped"),
        "{out}"
    );
    assert!(success);
}
