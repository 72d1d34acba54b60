//! Beginning work on an empty fiber: a module's body, or a call from outside. When it ends, the run loop leaves with
//! `Exit::Finished` or `Exit::Raised`, and the fiber is ready for the next.

use super::{Frame, FrameKind, Vm};
use crate::bytecode::FunctionKind;
use crate::heap::{Id, Value};
use crate::objects::{Function, Module};

impl Vm {
    /// The module a program runs in.
    pub fn main_module(&mut self) -> Id<Module> {
        let name = self.heap.intern("__main__");
        if let Some(Value::Module(module)) = self.dict_get_str(self.modules, name) {
            return module;
        }
        let module = self.new_module("__main__");
        self.heap[module].initialized = true;
        self.dict_set_str(self.modules, name, Value::Module(module));
        for variable in ["__package__", "__spec__", "__loader__"] {
            let variable = self.heap.intern(variable);
            self.set_module_global(module, variable, Value::None);
        }
        module
    }

    /// Is nothing running, so that something can be started?
    pub fn is_at_rest(&self) -> bool {
        self.fiber.frames.len() <= 1
    }

    /// Starts the body of a loaded unit. Whatever ran before is given up. A body with a top-level `await` is no plain function:
    /// its coroutine is returned instead, for an event loop to run.
    pub fn start(&mut self, body: Id<Function>) -> Option<Value> {
        self.reset_fiber(body);
        let function = &self.heap[body];
        let registers = function.registers;
        if function.kind == FunctionKind::Coroutine {
            let registers = vec![Value::Undef; registers as usize].into_boxed_slice();
            return Some(Value::Coroutine(self.new_coroutine_object(body, registers)));
        }
        let frame = Frame {
            pc: function.entry,
            base: 0,
            registers,
            depth: 1,
            function: body,
            kind: FrameKind::Operation,
            handled: None,
        };
        self.fiber.frames.push(frame);
        None
    }

    /// Starts a call from outside. Whatever ran before is given up. A coroutine that the call gives is run by `asyncio.run`.
    /// `args` is a tuple.
    pub fn start_call(&mut self, callable: Value, args: Value) {
        let Value::Function(invoke) = self.prelude_function("_invoke") else {
            panic!("invariant broken: a prelude function is a function");
        };
        self.reset_fiber(invoke);
        self.fiber.stack[0] = callable;
        self.fiber.stack[1] = args;
        let function = &self.heap[invoke];
        let frame = Frame {
            pc: function.entry,
            base: 0,
            registers: function.registers,
            depth: 1,
            function: invoke,
            kind: FrameKind::Operation,
            handled: None,
        };
        self.fiber.frames.push(frame);
    }

    /// Empties the fiber but for the frame at its bottom. The function is one that will run on it.
    fn reset_fiber(&mut self, function: Id<Function>) {
        self.take_main_fiber();
        self.fiber.frames.clear();
        self.handled = None;
        self.running_loop = None;
        self.ensure_window(0);
        let live = self.fiber.stack.len().min(super::run::WINDOW);
        self.fiber.stack[..live].fill(Value::Undef);
        self.fiber.frames.push(Frame {
            pc: 0,
            base: 0,
            registers: 0,
            depth: 0,
            function,
            kind: FrameKind::Entry,
            handled: None,
        });
    }
}
