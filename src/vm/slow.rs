//! The general way of every instruction: what the run loop leaves to it, with the operands read from the frame on top.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use super::native::{Args, NativeFn, NativeResult, Outcome};
use super::run::cell_id;
use super::{Exit, Flow, FrameKind, Vm, native};
use crate::bytecode::{NO_OUTER, Op, Reg};
use crate::heap::Value;
use crate::syntax::ast::UnaryOp;

impl Vm {
    /// Does the instruction before `pc`. False when the run loop must leave, with `take_exit`.
    #[cold]
    #[inline(never)]
    pub(crate) fn slow(&mut self, pc: usize) -> bool {
        self.save(pc);
        let flow = self.general(self.code[pc - 1]);
        self.went(flow)
    }

    /// Leaves a frame that is not the call of a function.
    #[inline(never)]
    pub(crate) fn return_from(&mut self, pc: usize, value: Value) -> bool {
        if let [.., below, top] = self.fiber.frames[..]
            && let FrameKind::Awaited = top.kind
            && let Op::CallAwait { callee, .. } | Op::CallMethodAwait { callee, .. } =
                self.code[below.pc as usize - 1]
        {
            self.handled = top.handled;
            self.fiber.frames.pop();
            self.fiber.stack[below.base as usize + callee as usize] = value;
            return true;
        }
        if let Some(flow) = self.step_returned(value) {
            return self.went(flow);
        }
        self.save(pc);
        let flow = self.finish_frame(value);
        self.went(flow)
    }

    /// Acts on what a native answered when it was no plain value.
    #[cold]
    #[inline(never)]
    pub(crate) fn settle_slow(&mut self, result: NativeResult) -> bool {
        let flow = self.settle(result);
        self.went(flow)
    }

    /// Carries out what a native called from the loop answered, if that was no value.
    #[cold]
    #[inline(never)]
    pub(crate) fn settle_native(
        &mut self,
        native: &NativeFn,
        args: Args,
        result: NativeResult,
    ) -> bool {
        let result = result.or_else(|raise| self.ask_for_index(native, args, raise));
        self.settle_slow(result)
    }

    /// Calls what is at `at` with the arguments from `first`, right behind it or one further.
    #[cold]
    #[inline(never)]
    pub(crate) fn slow_call(&mut self, pc: usize, at: usize, first: usize, count: u8) -> bool {
        self.save(pc);
        self.fiber
            .stack
            .copy_within(first..first + count as usize, at + 1);
        let flow = self.call(at, count as usize, None);
        self.went(flow)
    }

    /// Calls a native whose arguments are in place, and awaits what it gives.
    #[inline(never)]
    pub(crate) fn await_native(
        &mut self,
        pc: usize,
        native: &native::NativeFn,
        callee: usize,
        first: usize,
    ) -> bool {
        self.save(pc);
        let flow = match (native.function)(self, Args::new(first, native.arity.named as usize)) {
            Ok(Outcome::Value(value)) => {
                self.fiber.stack[callee] = value;
                self.await_value(value)
            }
            Ok(Outcome::Done) => return true,
            Ok(Outcome::Wait(id, yielded)) => self.suspend(yielded, Value::Awaitable(id)),
            Ok(Outcome::Suspend) => self.suspend_once(),
            other => self.settle(other),
        };
        self.went(flow)
    }

    /// The ticks are used up.
    #[cold]
    #[inline(never)]
    pub(crate) fn tick_over(&mut self, pc: usize) -> bool {
        self.save(pc);
        let flow = self.out_of_ticks();
        self.went(flow)
    }

    fn went(&mut self, flow: Flow) -> bool {
        match flow {
            Flow::Go => true,
            Flow::Leave(exit) => {
                self.exit = Some(exit);
                false
            }
        }
    }

    /// Why the run loop leaves.
    #[cold]
    pub(crate) fn take_exit(&mut self) -> Exit {
        match self.exit.take() {
            Some(exit) => exit,
            None => panic!("invariant broken: the run loop left without a reason"),
        }
    }

    fn general(&mut self, op: Op) -> Flow {
        let base = self.top().base as usize;
        let result = match op.plain() {
            Op::Move { .. }
            | Op::LoadGlobalThen { .. }
            | Op::LoadGlobalPause { .. }
            | Op::GetAttrOperand { .. }
            | Op::AddThenSet { .. }
            | Op::SubThenSet { .. }
            | Op::AddIntThenSet { .. }
            | Op::LoadMethodCount { .. }
            | Op::LoadConst { .. }
            | Op::LoadInt { .. }
            | Op::LoadNone { .. }
            | Op::LoadBool { .. }
            | Op::Clear { .. }
            | Op::JumpIfSet { .. }
            | Op::StoreGlobal { .. }
            | Op::MakeCell { .. }
            | Op::StoreCell { .. }
            | Op::StoreFree { .. }
            | Op::LoadFreeCell { .. }
            | Op::Jump { .. }
            | Op::JumpIfNone { .. }
            | Op::JumpIfIs { .. }
            | Op::ListAppend { .. } => panic!("invariant broken: the run loop does {op:?} itself"),

            Op::CheckLocal { name, .. } | Op::LoadCell { name, .. } => {
                Err(self.unbound_local(name))
            }
            Op::LoadFree { name, .. } => Err(self.unbound_free(name)),
            Op::LoadGlobal { slot, .. } => self.load_late_builtin(slot),
            Op::DeleteGlobal { slot } => {
                if std::mem::take(&mut self.globals[slot as usize]).is_undef() {
                    Err(self.unknown_global(slot))
                } else {
                    Ok(Outcome::Done)
                }
            }
            Op::DeleteCell { cell, name } => {
                let cell = cell_id(&self.register(cell));
                if std::mem::take(&mut self.heap[cell].value).is_undef() {
                    Err(self.unbound_local(name))
                } else {
                    Ok(Outcome::Done)
                }
            }
            Op::DeleteFree { index, name } => {
                let cell = self.free_cell(index);
                if std::mem::take(&mut self.heap[cell].value).is_undef() {
                    Err(self.unbound_free(name))
                } else {
                    Ok(Outcome::Done)
                }
            }
            Op::LoadClassName {
                dst,
                namespace,
                name,
            } => {
                let value = self.class_name(self.register(namespace), name);
                self.set_register(dst, value);
                Ok(Outcome::Done)
            }
            Op::StoreClassName {
                namespace,
                src,
                name,
            } => {
                let (namespace, value) = (self.register(namespace), self.register(src));
                if let Some(old) = self.redefined_member(namespace, name, value) {
                    let name = Value::Str(self.names[name as usize]);
                    self.call_prelude("_member_redefined", &[name, old])
                } else {
                    self.set_class_name(namespace, name, value);
                    Ok(Outcome::Done)
                }
            }
            Op::DeleteClassName { namespace, name } => {
                let namespace = self.register(namespace);
                self.delete_class_name(namespace, name)
                    .map(|()| Outcome::Done)
            }

            op @ (Op::Add { .. }
            | Op::Sub { .. }
            | Op::Mul { .. }
            | Op::Div { .. }
            | Op::FloorDiv { .. }
            | Op::Mod { .. }
            | Op::And { .. }
            | Op::Binary { .. }
            | Op::AddInt { .. }
            | Op::SubInt { .. }
            | Op::MulInt { .. }
            | Op::FloorDivInt { .. }
            | Op::ModInt { .. }
            | Op::AndInt { .. }
            | Op::Compare { .. }
            | Op::JumpIfLt { .. }
            | Op::JumpIfLe { .. }
            | Op::JumpIfGt { .. }
            | Op::JumpIfGe { .. }
            | Op::JumpIfEq { .. }
            | Op::JumpIfNe { .. }
            | Op::JumpIfIn { .. }
            | Op::JumpIfLtInt { .. }
            | Op::JumpIfLeInt { .. }
            | Op::JumpIfGtInt { .. }
            | Op::JumpIfGeInt { .. }
            | Op::JumpIfEqInt { .. }
            | Op::JumpIfNeInt { .. }) => return self.operate(op),
            Op::Neg { src, .. } => self.unary(UnaryOp::Neg, self.register(src)),
            Op::Pos { src, .. } => self.unary(UnaryOp::Pos, self.register(src)),
            Op::Invert { src, .. } => self.unary(UnaryOp::Invert, self.register(src)),
            Op::Not { src, .. } | Op::JumpIf { src, .. } | Op::JumpIfNot { src, .. } => {
                let value = self.register(src);
                if let Some(flow) = self.begin_truth(value) {
                    return flow;
                }
                // Completing the instruction asks for the truth of the value.
                return self.complete(value, false);
            }
            Op::BuildList { first, count, .. } => {
                let items = self.operands(base, first, count as usize);
                Ok(Outcome::Value(self.heap.list(items)))
            }
            Op::BuildTuple { first, count, .. } => {
                let items = self.operands(base, first, count as usize);
                Ok(Outcome::Value(self.heap.tuple(items)))
            }
            Op::BuildSet { first, count, .. } => self.build_set(base, first, count),
            Op::BuildDict { first, count, .. } => self.build_dict(base, first, count),
            Op::BuildString { first, count, .. } => self.build_string(base, first, count),
            Op::BuildSlice { first, .. } => {
                let slice = crate::objects::Slice {
                    start: self.register(first),
                    stop: self.register(first + 1),
                    step: self.register(first + 2),
                };
                Ok(Outcome::Value(Value::Slice(self.heap.new_slice(slice))))
            }
            Op::ListExtend { list, src } => {
                self.list_extend(self.register(list), self.register(src))
            }
            Op::SpreadItems { src, callee, .. } => {
                self.spread_items(self.register(src), self.register(callee))
            }
            Op::SpreadKeywords { src, callee, .. } => {
                self.spread_keywords(self.register(src), self.register(callee))
            }
            Op::ListToTuple { src, .. } => match self.register(src) {
                Value::List(list) => {
                    let items: Box<[Value]> = self.heap[list].items.as_slice().into();
                    Ok(Outcome::Value(self.heap.tuple(items)))
                }
                // `*items` alone may have been a tuple, which is handed on.
                tuple @ Value::Tuple(_) => Ok(Outcome::Value(tuple)),
                _ => panic!("invariant broken: ListToTuple needs a list or a tuple"),
            },
            Op::SetAdd { set, src } => self.set_add_value(self.register(set), self.register(src)),
            Op::SetExtend { set, src } => self.set_extend(self.register(set), self.register(src)),
            Op::DictInsert { dict, key, value } => self.set_item(
                self.register(dict),
                self.register(key),
                self.register(value),
            ),
            Op::DictUpdate { dict, src } => {
                self.dict_update(self.register(dict), self.register(src))
            }
            Op::DictMerge { dict, src, callee } => self.dict_merge(
                self.register(dict),
                self.register(src),
                self.register(callee),
            ),
            Op::GetItem { dst, object, index } => {
                let (object, index) = (self.register(object), self.register(index));
                if let Some(flow) = self.begin_get_item(object, index, dst) {
                    return flow;
                }
                self.get_item(object, index)
            }
            Op::GetItemInt { dst, object, index } => {
                let (object, index) = (self.register(object), Value::Int(i64::from(index)));
                if let Some(flow) = self.begin_get_item(object, index, dst) {
                    return flow;
                }
                self.get_item(object, index)
            }
            Op::SetItem {
                object,
                index,
                value,
            } => {
                let [object, index, value] = [object, index, value].map(|it| self.register(it));
                if let Some(flow) = self.begin_set_item(object, index, value) {
                    return flow;
                }
                self.set_item(object, index, value)
            }
            Op::DeleteItem { object, index } => {
                self.delete_item(self.register(object), self.register(index))
            }
            Op::Unpack { src, count, .. } => self.unpack(self.register(src), count),
            Op::UnpackStar {
                src, before, after, ..
            } => self.unpack_star(self.register(src), before as usize, after as usize),
            Op::Format {
                src,
                conversion,
                spec,
                ..
            } => self.format_operation(self.register(src), conversion, spec),
            Op::FormatWith {
                src,
                conversion,
                spec,
                ..
            } => self.format_with(self.register(src), conversion, self.register(spec)),

            Op::GetAttr { dst, object, site } => {
                let object = self.register(object);
                if let Some(flow) = self.begin_get_attribute(object, site, dst) {
                    return flow;
                }
                self.get_attribute_at(object, site)
            }
            Op::SetAttr { object, src, site } => {
                self.set_attribute_at(self.register(object), site, self.register(src))
            }
            Op::DeleteAttr { object, site } => {
                let name = self.sites[site as usize].name;
                self.delete_attribute(self.register(object), name)
            }
            Op::LoadMethod { dst, object, site } => {
                self.load_method(base, dst, self.register(object), site)
            }
            Op::LoadSuperMethod { dst, class, site } => self.load_super_method(
                base,
                dst,
                self.register(class),
                self.register(dst + 1),
                site,
            ),
            Op::GetSuperAttr {
                class, this, site, ..
            } => self.get_super_attribute(self.register(class), self.register(this), site),
            Op::LoadSpecial {
                dst,
                object,
                special,
            } => self.load_special(base, dst, self.register(object), special),

            Op::Call { callee, count } | Op::CallAwait { callee, count } => {
                return self.call(base + callee as usize, count as usize, None);
            }
            Op::CallKw {
                callee,
                count,
                names,
            } => {
                let names = self.constants[names as usize];
                return self.call(base + callee as usize, count as usize, Some(names));
            }
            Op::CallMethod { callee, .. } | Op::CallMethodAwait { callee, .. } => {
                panic!("invariant broken: the run loop calls {callee} itself")
            }
            Op::CallMethodKw {
                callee,
                count,
                names,
            } => {
                let count = self.method_arguments(base, callee, count);
                let names = self.constants[names as usize];
                return self.call(base + callee as usize, count, Some(names));
            }
            Op::CallSpread { callee } => return self.call_spread(base + callee as usize),
            Op::Intrinsic {
                first,
                count,
                which,
                ..
            } => self.intrinsic(which, Args::new(base + first as usize, count as usize)),
            Op::Return { src } => return self.finish_frame(self.register(src)),
            Op::ReturnNone => return self.finish_frame(Value::None),
            Op::MakeFunction {
                defaults, function, ..
            } => Ok(Outcome::Value(self.make_function(base, function, defaults))),

            Op::ForPrepare { iter, src } => self.prepare_loop(iter, src),
            Op::ForNext { iter, .. } | Op::ForLoop { iter, .. } => {
                let state = self.register(iter);
                return self.for_next(base, iter as usize, state);
            }
            Op::ForClose { iter, made } => self.for_close(self.register(iter), made),
            Op::GetIter { src, .. } => self.iterate(self.register(src)),
            Op::Yield { src, .. } => return self.suspend(self.register(src), Value::Undef),
            Op::YieldAsync { src, .. } => return self.yield_async(self.register(src)),
            Op::YieldFrom { iter, .. } => return self.yield_from(self.register(iter)),
            Op::Await { src, .. } => return self.await_value(self.register(src)),
            Op::GetAsyncIter { src, .. } => self.async_iterate(self.register(src)),
            Op::AsyncForNext { iter, .. } => return self.async_for_next(self.register(iter)),
            Op::AsyncForClose { iter } => self.async_for_close(self.register(iter)),

            Op::Raise { src } => return self.raise_value(self.register(src), None),
            Op::RaiseFrom { src, cause } => {
                let cause = self.register(cause);
                return self.raise_value(self.register(src), Some(cause));
            }
            Op::RaiseAgain => return self.raise_again(),
            Op::Reraise { src } => return self.reraise(self.register(src)),
            // `light` chooses; it is left what can't be chosen.
            Op::JumpIfNoMatch { .. } => Err(self.type_error(
                "catching classes that do not inherit from BaseException is not allowed",
            )),
            Op::PopHandled { outer } => {
                self.handled = if outer == NO_OUTER {
                    let top = self.top_mut();
                    if let FrameKind::Resumed { outer, .. } = top.kind {
                        // What its resumer handles, if the frame handled that itself in between.
                        top.handled = top.handled.or(outer);
                    }
                    top.handled
                } else {
                    match self.register(outer) {
                        Value::Instance(exception) => Some(exception),
                        _ => None,
                    }
                };
                Ok(Outcome::Done)
            }
        };
        self.settle(result)
    }

    /// Brings the arguments of a method call together: behind `LoadMethod`, the object's place may be unset.
    fn method_arguments(&mut self, base: usize, callee: Reg, count: u8) -> usize {
        let (at, count) = (base + callee as usize, count as usize);
        if !self.fiber.stack[at + 1].is_undef() {
            return count + 1;
        }
        self.fiber.stack.copy_within(at + 2..at + 2 + count, at + 1);
        count
    }

    /// `ForPrepare`: the loop's state for what the run loop iterates itself; an iterator for the rest.
    fn prepare_loop(&mut self, iter: Reg, src: Reg) -> NativeResult {
        let source = self.register(src);
        match source {
            Value::List(_) | Value::Tuple(_) => {
                self.set_register(iter, source);
                self.set_register(iter + 1, Value::Int(0));
            }
            Value::Range(id)
                if self.heap[id].big.is_none() && self.heap[id].len() <= i64::MAX as u64 =>
            {
                let range = self.heap[id];
                self.set_register(iter, Value::Int(range.len() as i64));
                self.set_register(iter + 1, Value::Int(range.start));
                self.set_register(iter + 2, Value::Int(range.step));
            }
            Value::Dict(id) => {
                let length = self.heap[id].len() as i64;
                self.set_register(iter, source);
                self.set_register(iter + 1, Value::Int(0));
                self.set_register(iter + 2, Value::Int(length));
            }
            Value::Generator(id) => {
                // What stands in a variable has another owner.
                if src == iter {
                    self.note_owner(id);
                } else {
                    self.heap[id].owned_by_loop = false;
                }
                self.set_register(iter, source);
            }
            Value::Iter(_) => self.set_register(iter, source),
            _ => return self.iterate(source),
        }
        Ok(native::Outcome::Done)
    }
}
