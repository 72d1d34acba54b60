//! The native part of `collections.deque`: adding and taking at the ends. A deque is two lists, the left one turned round. What is
//! not the plain case is left to the methods of the same name with an underscore, nothing having been changed.

use crate::heap::{Id, Value};
use crate::objects::{Instance, List};
use crate::vm::{Args, NativeFn, NativeResult, Vm, call, names, native, ok};

/// Methods of the class.
pub(crate) const NATIVES: &[NativeFn] = &[
    native("append", "self, item, /", |vm, args| {
        add(vm, args, Side::Right)
    }),
    native("appendleft", "self, item, /", |vm, args| {
        add(vm, args, Side::Left)
    }),
    native("pop", "self, /", |vm, args| take(vm, args, Side::Right)),
    native("popleft", "self, /", |vm, args| take(vm, args, Side::Left)),
];

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// What a deque is made of.
struct Parts {
    this: Id<Instance>,
    /// The slot of the first attribute.
    first: usize,
    left: Id<List>,
    right: Id<List>,
    bounded: bool,
}

/// The attributes in the order in which `__init__` sets them.
const ATTRIBUTES: [Id<crate::objects::Str>; 4] =
    [names::MAXLEN, names::LEFT, names::RIGHT, names::CHANGES];

/// From so many items on, half of the other side is turned round.
const MANY: usize = 16;

impl Parts {
    fn of(vm: &Vm, this: Value) -> Option<Self> {
        let Value::Instance(this) = this else {
            return None;
        };
        let instance = &vm.heap[this];
        let shape = &vm.heap.shapes[instance.shape];
        let first = shape.first as usize;
        let known = |(at, &name)| {
            shape
                .slots
                .get_index(at)
                .is_some_and(|(&attribute, _)| attribute == name)
        };
        if !ATTRIBUTES.iter().enumerate().all(known) {
            return None;
        }
        match instance.slots.get(first..first + ATTRIBUTES.len()) {
            Some(&[maxlen, Value::List(left), Value::List(right), Value::Int(_)]) => Some(Self {
                this,
                first,
                left,
                right,
                bounded: maxlen != Value::None,
            }),
            _ => None,
        }
    }

    /// Iterators see that the deque was changed.
    fn changed(&self, vm: &mut Vm) {
        let slot = &mut vm.heap[self.this].slots[self.first + 3];
        if let Value::Int(changes) = *slot {
            *slot = Value::Int(changes.wrapping_add(1));
        }
    }
}

/// Calls the method written in acoro.
fn in_script(vm: &mut Vm, name: &str, args: &[Value]) -> NativeResult {
    let found = vm.heap.intern(name);
    let class = vm.class_of(args[0]);
    match vm.class_attribute(class, found) {
        Some(method) => call(method, args),
        None => {
            let method = name.trim_start_matches('_');
            let message = format!(
                "descriptor '{method}' for 'collections.deque' objects doesn't apply to a '{}' object",
                vm.type_name(args[0])
            );
            vm.fail_type(message)
        }
    }
}

fn add(vm: &mut Vm, args: Args, side: Side) -> NativeResult {
    let (this, item) = (args.get(vm, 0), args.get(vm, 1));
    match Parts::of(vm, this) {
        Some(parts) if !parts.bounded => {
            parts.changed(vm);
            let list = match side {
                Side::Left => parts.left,
                Side::Right => parts.right,
            };
            vm.list_push(list, item);
            ok(Value::None)
        }
        Some(_) | None => {
            let name = match side {
                Side::Left => "_appendleft",
                Side::Right => "_append",
            };
            in_script(vm, name, &[this, item])
        }
    }
}

fn take(vm: &mut Vm, args: Args, side: Side) -> NativeResult {
    let this = args.get(vm, 0);
    if let Some(parts) = Parts::of(vm, this) {
        let (near, far) = match side {
            Side::Left => (parts.left, parts.right),
            Side::Right => (parts.right, parts.left),
        };
        let item = match vm.heap[near].items.pop() {
            Some(item) => Some(item),
            None => match vm.heap[far].items.len() {
                0 => None,
                1..=MANY => Some(vm.heap[far].items.remove(0)),
                _ => None,
            },
        };
        if let Some(item) = item {
            parts.changed(vm);
            return ok(item);
        }
    }
    let name = match side {
        Side::Left => "_popleft",
        Side::Right => "_pop",
    };
    in_script(vm, name, &[this])
}
