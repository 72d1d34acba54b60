//! What `dataclasses` and `collections` make methods with: functions compiled from texts that these modules compose, as
//! CPython's do. Scripts don't see it: acoro has no `exec`.

use crate::compile;
use crate::heap::Value;
use crate::source::Source;
use crate::syntax;
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};

/// The private functions of the two modules.
pub(crate) const NATIVES: &[NativeFn] = &[native("_define", "name, source, /", define)];

/// The function that a text consisting of one `def` defines. Its free names are looked up in the calling module.
fn define(vm: &mut Vm, args: Args) -> NativeResult {
    let (name, text) = (args.get(vm, 0), args.get(vm, 1));
    let (Some(name), Some(text)) = (vm.as_str(name), vm.as_str(text)) else {
        return vm.fail_type("_define() arguments must be str");
    };
    let module = vm.current_module();
    let source = Source::new(vm.heap.text(name), vm.heap.text(text));
    let unit = syntax::parse(&source)
        .and_then(|tree| compile::compile(&tree, &source, &compile::Options::default()));
    let Ok(unit) = unit else {
        return Err(vm.value_error("the fields don't make a function"));
    };
    let body = vm.load(unit, source, module);
    let code = vm.heap[body].code + 1;
    let function = vm.new_function_object(code, None, None, Box::default());
    ok(Value::Function(function))
}
