//! What several modules ask of the host: the environment, the process, names of files, entropy. A bare engine grants none of it.

use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, native};

/// The host operation that answers.
pub(crate) const SYSTEM: &str = "<system>";
/// The host operation on the signals of the process.
pub(crate) const SIGNALS: &str = "<signals>";
/// The host operations on sockets.
pub(crate) const NETWORK: &str = "<network>";
/// The host function that reads a line of standard input.
pub(crate) const STDIN: &str = "<stdin>";

/// The question as a function.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_system", "what, /, *args", system),
    native("_network", "what, /, *args", network),
];

pub(crate) fn system(vm: &mut Vm, args: Args) -> NativeResult {
    let args = args.rest(vm, 0).to_vec();
    vm.ask_host(SYSTEM, args);
    Ok(Outcome::Host)
}

fn network(vm: &mut Vm, args: Args) -> NativeResult {
    let args = args.rest(vm, 0).to_vec();
    vm.ask_host(NETWORK, args);
    Ok(Outcome::Host)
}
