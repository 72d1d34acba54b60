//! What a `memoryview` shows can't be resized while the view lives. As CPython frees a view when its last name is gone, a resize first
//! looks which views are left, as far as that can be afforded; when in doubt it goes on.

use crate::heap::{Id, Value};
use crate::vm::{Args, NativeFn, NativeResult, Outcome, Vm, classes, names, native, ok};

/// What `_memoryview` and the prelude need.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("_keep_size", "view, base, /", keep_size),
    native("_check_resizable", "base, message, /", check_resizable),
];

/// A view of this base has been made.
fn keep_size(vm: &mut Vm, args: Args) -> NativeResult {
    let base = vm.native_value(args.get(vm, 1));
    if let (Value::Instance(view), Value::ByteArray(_) | Value::List(_)) = (args.get(vm, 0), base) {
        let key = vm.address(base);
        vm.heap.weak.view(view, key);
    }
    ok(Value::None)
}

/// BufferError if a view of it lives. If not, that is remembered.
fn check_resizable(vm: &mut Vm, args: Args) -> NativeResult {
    let base = vm.native_value(args.get(vm, 0));
    let key = vm.address(base);
    if vm.heap.weak.viewers(key).is_empty() {
        return ok(Value::None);
    }
    let bytes = vm.heap.bytes();
    if vm.heap.weak.may_look(bytes) {
        vm.collect_exactly(args);
        let viewers = vm.heap.weak.viewers(key).to_vec();
        if viewers.into_iter().any(|view| vm.is_open_view(view)) {
            let Value::Str(message) = args.get(vm, 1) else {
                return vm.fail_type("a message");
            };
            let message = vm.heap.text(message).to_owned();
            return Err(vm.raise(classes::BUFFER_ERROR, message));
        }
    }
    vm.heap.weak.forget_viewers(key);
    ok(Value::None)
}

impl Vm {
    fn is_open_view(&self, view: Id<crate::objects::Instance>) -> bool {
        self.own_attribute(view, names::RELEASED) == Some(Value::Bool(false))
    }

    /// Has a bytearray views that may live?
    #[inline]
    pub(crate) fn is_viewed(&self, bytes: Id<crate::objects::Bytes>) -> bool {
        self.heap.weak.has_viewers()
            && !self
                .heap
                .weak
                .viewers(self.address(Value::ByteArray(bytes)))
                .is_empty()
    }

    /// What is to be done in place of a method that resizes a bytearray, if that is viewed: looking whether it may, then the same.
    pub(crate) fn before_resizing(
        &mut self,
        bytes: Id<crate::objects::Bytes>,
        method: &str,
        args: &[Value],
    ) -> Result<Option<Outcome>, crate::vm::Raise> {
        if !self.is_viewed(bytes) {
            return Ok(None);
        }
        let (method, args) = (self.heap.str(method), self.heap.tuple(args));
        let outcome =
            self.call_prelude("_resize_viewed", &[Value::ByteArray(bytes), method, args])?;
        Ok(Some(outcome))
    }
}
