//! What natives that take bytes see of objects that give a view of theirs: `memoryview` and `array.array`, which are classes in acoro.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Bytes, Class, Instance};
use crate::stdlib::structs;
use crate::text::surrogates::code_point;
use crate::vm::{Args, NativeFn, NativeResult, Vm, native, ok};

/// What the prelude needs.
pub(crate) const PRELUDE: &[NativeFn] = &[native("_add_builtin", "name, value, /", add_builtin)];

/// Makes a builtin of what the prelude imported when a program first named it.
fn add_builtin(vm: &mut Vm, args: Args) -> NativeResult {
    let (name, value) = (args.get(vm, 0), args.get(vm, 1));
    if let Value::Str(name) = name {
        let name = vm.heap.text(name).to_owned();
        vm.add_builtin(&name, value);
    }
    ok(value)
}

impl Vm {
    /// The bytes a value is, or shows.
    pub(crate) fn bytes_like(&mut self, value: Value) -> Option<Id<Bytes>> {
        if let Some(id) = self.as_bytes(value) {
            return Some(id);
        }
        let Value::Instance(instance) = value else {
            return None;
        };
        let data = self.shown_bytes(instance)?;
        Some(self.heap.new_bytes(Bytes { data }))
    }

    /// A copy of what a `memoryview` or an `array.array` shows.
    fn shown_bytes(&self, instance: Id<Instance>) -> Option<Vec<u8>> {
        let class = self.heap[instance].class;
        let field = |name| self.own_attribute(instance, self.heap.interned(name)?);
        if self.is_of_module(class, "array", "array") {
            let (Value::List(items), Value::Str(code)) = (field("_items")?, field("typecode")?)
            else {
                return None;
            };
            let code = *self.heap.text(code).as_bytes().first()?;
            return self.packed(&self.heap[items].items, code);
        }
        if !self.is_of_module(class, "_memoryview", "memoryview")
            || field("_released")? != Value::Bool(false)
        {
            return None;
        }
        let base = field("_base")?;
        let packed;
        let data: &[u8] = match (base, field("_code")?) {
            (Value::List(items), Value::Str(code)) => {
                let code = *self.heap.text(code).as_bytes().first()?;
                packed = self.packed(&self.heap[items].items, code)?;
                &packed
            }
            _ => &self.heap[self.as_bytes(base)?].data,
        };
        let (Value::Int(offset), Value::Int(size)) = (field("_offset")?, field("_itemsize")?)
        else {
            return None;
        };
        let (Value::Tuple(shape), Value::Tuple(strides)) = (field("_shape")?, field("_strides")?)
        else {
            return None;
        };
        let mut places = vec![offset];
        for (&count, &stride) in self.heap[shape].items.iter().zip(&self.heap[strides].items) {
            let (Value::Int(count), Value::Int(stride)) = (count, stride) else {
                return None;
            };
            if places.len() == 1 && stride == size {
                // Neighbours, as in most views.
                let start = usize::try_from(places[0]).ok()?;
                let length = usize::try_from(count.checked_mul(size)?).ok()?;
                return data.get(start..start + length).map(<[u8]>::to_vec);
            }
            let next = places.iter();
            places = next
                .flat_map(|place| (0..count).map(move |number| place + number * stride))
                .collect();
        }
        let size = usize::try_from(size).ok()?;
        let mut out = Vec::with_capacity(places.len() * size);
        for place in places {
            let start = usize::try_from(place).ok()?;
            out.extend_from_slice(data.get(start..start + size)?);
        }
        Some(out)
    }

    fn packed(&self, items: &[Value], code: u8) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        for &item in items {
            match item {
                Value::Str(text) => {
                    for c in self.heap.text(text).chars() {
                        out.extend(code_point(c).to_le_bytes());
                    }
                }
                Value::BigInt(id) => {
                    out.extend(u64::try_from(&self.heap[id]).ok()?.to_le_bytes());
                }
                _ => out.extend(structs::packed_item(code, item)?),
            }
        }
        Some(out)
    }

    /// Is it this class of that module of acoro's?
    fn is_of_module(&self, class: Id<Class>, module: &str, name: &str) -> bool {
        let (Some(module), Some(name)) = (self.heap.interned(module), self.heap.interned(name))
        else {
            return false;
        };
        match self.dict_get_str(self.modules, module) {
            Some(Value::Module(module)) => match self.module_variable(module, name) {
                Value::Class(wanted) => self.is_subclass(class, wanted),
                _ => false,
            },
            _ => false,
        }
    }
}
