//! The data of native iterators.

use super::{
    Bytes, Class, Coroutine, Dict, Function, LibraryIter, List, Set, Str, Tuple, ViewKind,
};
use crate::heap::{Id, Trace, Value};
use serde::{Deserialize, Serialize};

/// A native iterator. An exhausted one becomes `Exhausted`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Iter {
    /// Nothing more comes; the class it was of, for its repr.
    Exhausted(Id<Class>),
    /// Over a list.
    List {
        /// The list.
        list: Id<List>,
        /// Next index.
        at: usize,
    },
    /// Over a list, backwards.
    ListReversed {
        /// The list.
        list: Id<List>,
        /// Next index plus 1.
        end: usize,
    },
    /// Over a tuple.
    Tuple {
        /// The tuple.
        tuple: Id<Tuple>,
        /// Next index.
        at: usize,
    },
    /// Over the characters of a str.
    Str {
        /// The string.
        str: Id<Str>,
        /// Next byte offset.
        at: usize,
    },
    /// Over bytes or a bytearray.
    Bytes {
        /// The bytes.
        bytes: Id<Bytes>,
        /// Next index.
        at: usize,
        /// It is a bytearray.
        mutable: bool,
    },
    /// Over a range.
    Range {
        /// Next item.
        next: i64,
        /// Items left.
        left: u64,
        /// Distance.
        step: i64,
    },
    /// Over a dict's keys, values or items.
    Dict {
        /// The dict.
        dict: Id<Dict>,
        /// Next place.
        at: usize,
        /// Its length when the iteration began.
        length: usize,
        /// Items not yet given.
        left: usize,
        /// What to give.
        kind: ViewKind,
        /// From the last to the first: `at` is then the place behind the next.
        reversed: bool,
    },
    /// Over a set or frozenset.
    Set {
        /// The set.
        set: Id<Set>,
        /// Next place.
        at: usize,
        /// Its length when the iteration began.
        length: usize,
    },
    /// `enumerate(…)` over a native iterator.
    Enumerate {
        /// What is counted.
        inner: Id<Iter>,
        /// The next number.
        count: i64,
    },
    /// `zip(…)` over native iterators.
    Zip {
        /// What is zipped.
        inner: Box<[Id<Iter>]>,
        /// `strict=True`
        strict: bool,
    },
    /// `reversed()` of a tuple, str, bytes or bytearray.
    Reversed {
        /// The sequence.
        object: Value,
        /// Next index plus 1; for a str in bytes.
        end: usize,
    },
    /// One of a module's own: see `LibraryIter`.
    Library {
        /// What its type is said to be.
        class: Id<Class>,
        /// Where it is.
        state: Box<LibraryIter>,
    },
    /// A generator of the prelude that passes for a native iterator: `map`, `filter`, itertools, the old protocol.
    Wrapped {
        /// What its type is said to be.
        class: Id<Class>,
        /// Does the work.
        generator: Id<Coroutine>,
        /// How to begin anew when the generator has ended, or runs: the function and its arguments. CPython's `map`, `filter`,
        /// `zip` and their like go on behind an exception, ask their iterators again behind the end, and can be entered again.
        again: Option<Box<(Id<Function>, Vec<Value>)>>,
    },
}

impl Trace for Iter {
    fn trace(&self, visit: &mut impl FnMut(Value)) {
        match self {
            Iter::Exhausted(class) => visit(Value::Class(*class)),
            Iter::List { list, .. } | Iter::ListReversed { list, .. } => visit(Value::List(*list)),
            Iter::Tuple { tuple, .. } => visit(Value::Tuple(*tuple)),
            Iter::Str { str, .. } => visit(Value::Str(*str)),
            Iter::Bytes { bytes, .. } => visit(Value::Bytes(*bytes)),
            Iter::Range { .. } => {}
            Iter::Dict { dict, .. } => visit(Value::Dict(*dict)),
            Iter::Set { set, .. } => visit(Value::Set(*set)),
            Iter::Enumerate { inner, .. } => visit(Value::Iter(*inner)),
            Iter::Zip { inner, .. } => inner.iter().for_each(|&inner| visit(Value::Iter(inner))),
            Iter::Reversed { object, .. } => visit(*object),
            Iter::Library { class, state } => {
                visit(Value::Class(*class));
                state.values().into_iter().for_each(visit);
            }
            Iter::Wrapped {
                class,
                generator,
                again,
            } => {
                visit(Value::Class(*class));
                visit(Value::Generator(*generator));
                if let Some(again) = again {
                    visit(Value::Function(again.0));
                    again.1.iter().for_each(|&value| visit(value));
                }
            }
        }
    }
}
