//! What the compiler makes of typical code. The listings of `tests/bytecode/*.acoro` are in `.dis` files beside them;
//! `ACORO_UPDATE=1` writes them.

mod common;

use acoro::Script;
use common::{files, golden, in_parallel, report, short};

#[test]
fn code_is_compiled_as_recorded() {
    let files = files("tests/bytecode", "acoro");
    let failures = in_parallel(&files, |path| {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let script = Script::program(&short(path), &text).map_err(|error| error.to_string())?;
        golden(&path.with_extension("dis"), &script.disassemble())
    });
    report("listings", files.len(), &failures);
}
