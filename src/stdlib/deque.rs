//! The native part of `collections.deque`: adding and taking at the ends. A deque is two lists, the left one turned round. What is
//! not the plain case is left to the methods of the same name with an underscore, nothing having been changed.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a match on values names the kinds it is about"
)]

use crate::heap::{Id, Value};
use crate::objects::{Instance, LibraryIter, List};
use crate::vm::{Args, NativeFn, NativeResult, Raise, Vm, call, names, native, ok};

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
    native("__len__", "self, /", length),
    native("__getitem__", "self, key, /", item),
    native("_iterate", "cls, owner, backwards, /", iterate),
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
    /// How many items it takes; None if it takes as many as come.
    most: Option<usize>,
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
                most: match maxlen {
                    Value::Int(most) => usize::try_from(most).ok(),
                    _ => None,
                },
            }),
            _ => None,
        }
    }

    fn len(&self, vm: &Vm) -> usize {
        vm.heap[self.left].items.len() + vm.heap[self.right].items.len()
    }

    /// The list of a side, and the other.
    fn sides(&self, side: Side) -> (Id<List>, Id<List>) {
        match side {
            Side::Left => (self.left, self.right),
            Side::Right => (self.right, self.left),
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
    if let Some(parts) = Parts::of(vm, this) {
        let full = parts.most.is_some_and(|most| parts.len(vm) >= most);
        let other = match side {
            Side::Left => Side::Right,
            Side::Right => Side::Left,
        };
        // One that is full loses an item at the other end; one that takes none keeps none.
        if !full || parts.most != Some(0) && taken(vm, &parts, other).is_some() {
            parts.changed(vm);
            vm.list_push(parts.sides(side).0, item);
            return ok(Value::None);
        }
    }
    let name = match side {
        Side::Left => "_appendleft",
        Side::Right => "_append",
    };
    in_script(vm, name, &[this, item])
}

/// Takes the last item of a side, unless half of the other side has to be turned round for it.
fn taken(vm: &mut Vm, parts: &Parts, side: Side) -> Option<Value> {
    let (near, far) = parts.sides(side);
    match vm.heap[near].items.pop() {
        Some(item) => Some(item),
        None => match vm.heap[far].items.len() {
            0 => None,
            1..=MANY => Some(vm.heap[far].items.remove(0)),
            many => {
                // Half of it, so that going to and fro costs no more than going one way.
                let half = many.div_ceil(2);
                let bytes = half * size_of::<Value>();
                if !vm.heap.has_room(bytes) {
                    return None;
                }
                let mut turned: Vec<Value> = vm.heap[far].items.drain(..half).collect();
                turned.reverse();
                let item = turned.pop();
                vm.heap.update(near, |list| list.items = turned);
                item
            }
        },
    }
}

fn take(vm: &mut Vm, args: Args, side: Side) -> NativeResult {
    let this = args.get(vm, 0);
    if let Some(parts) = Parts::of(vm, this)
        && let Some(item) = taken(vm, &parts, side)
    {
        parts.changed(vm);
        return ok(item);
    }
    let name = match side {
        Side::Left => "_popleft",
        Side::Right => "_pop",
    };
    in_script(vm, name, &[this])
}

fn length(vm: &mut Vm, args: Args) -> NativeResult {
    let this = args.get(vm, 0);
    match Parts::of(vm, this) {
        Some(parts) => ok(Value::Int(parts.len(vm) as i64)),
        None => in_script(vm, "_length", &[this]),
    }
}

fn item(vm: &mut Vm, args: Args) -> NativeResult {
    let (this, key) = (args.get(vm, 0), args.get(vm, 1));
    if let Some(parts) = Parts::of(vm, this)
        && let Value::Int(at) = key
    {
        let (left, right) = (&vm.heap[parts.left].items, &vm.heap[parts.right].items);
        let length = (left.len() + right.len()) as i64;
        let at = if at < 0 { at + length } else { at };
        if (0..length).contains(&at) {
            let at = at as usize;
            return ok(match left.len().checked_sub(at + 1) {
                Some(at) => left[at],
                None => right[at - left.len()],
            });
        }
    }
    in_script(vm, "_item", &[this, key])
}

/// The iterator of a deque; None of what looks like none.
fn iterate(vm: &mut Vm, args: Args) -> NativeResult {
    let owner = args.get(vm, 1);
    let Some(parts) = Parts::of(vm, owner) else {
        return ok(Value::None);
    };
    let Value::Int(changes) = vm.heap[parts.this].slots[parts.first + 3] else {
        return ok(Value::None);
    };
    let state = LibraryIter::Deque {
        deque: parts.this,
        at: 0,
        backwards: args.get(vm, 2) == Value::Bool(true),
        changes,
    };
    super::itertools::made(vm, args.get(vm, 0), state)
}

/// The item of an iteration that has given `at` items; None at the end.
///
/// # Errors
/// RuntimeError if the deque has changed since.
pub(crate) fn item_at(
    vm: &mut Vm,
    deque: Id<Instance>,
    at: usize,
    backwards: bool,
    changes: i64,
) -> Result<Option<Value>, Raise> {
    let Some(parts) = Parts::of(vm, Value::Instance(deque)) else {
        return Ok(None);
    };
    if vm.heap[deque].slots[parts.first + 3] != Value::Int(changes) {
        return Err(vm.runtime_error("deque mutated during iteration"));
    }
    let (near, far) = match backwards {
        true => (parts.right, parts.left),
        false => (parts.left, parts.right),
    };
    let (near, far) = (&vm.heap[near].items, &vm.heap[far].items);
    Ok(match near.len().checked_sub(at + 1) {
        Some(at) => Some(near[at]),
        None => far.get(at - near.len()).copied(),
    })
}
