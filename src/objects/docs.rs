//! The docstrings of what is built in, looked up when a program asks.

use crate::heap::{Id, NativeId, Value};
use crate::vm::{Vm, natives};

use super::Class;

/// `name|text`, a line for each; methods have their class in front.
const DOCS: &str = include_str!("docs.txt");

/// Classes whose methods are described at another's.
const LIKE: &[(&str, &str)] = &[
    ("bytearray", "list"),
    ("bytearray", "bytes"),
    ("bytes", "str"),
    ("tuple", "list"),
    ("frozenset", "set"),
    ("dict", "list"),
    ("set", "list"),
    ("float", "int"),
    ("bool", "int"),
    ("coroutine", "generator"),
];

fn doc(name: &str) -> Option<&'static str> {
    DOCS.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('|'))
}

fn doc_of_method(owner: &str, name: &str) -> Option<&'static str> {
    doc(&format!("{owner}.{name}")).or_else(|| {
        LIKE.iter()
            .filter(|&&(class, _)| class == owner)
            .find_map(|&(_, other)| doc_of_method(other, name))
    })
}

impl Vm {
    /// `__doc__` of a native.
    pub(crate) fn doc_of_native(&mut self, id: NativeId) -> Value {
        let native = natives::get(id);
        let found = match natives::home(id) {
            natives::Home::Builtins => doc(native.name),
            natives::Home::Class(class)
            | natives::Home::ClassMethods(class)
            | natives::Home::StaticMethods(class) => {
                let owner = self.heap.text(self.heap[class].name);
                doc_of_method(owner, native.name).or_else(|| doc(native.name))
            }
            natives::Home::Prelude | natives::Home::Module(_) => None,
        };
        self.doc_value(found)
    }

    /// `__doc__` of a class of acoro's own.
    pub(crate) fn doc_of_class(&mut self, class: Id<Class>) -> Value {
        let data = &self.heap[class];
        let found = match data.builtin {
            true => doc(self.heap.text(data.name)),
            false => None,
        };
        self.doc_value(found)
    }

    fn doc_value(&mut self, found: Option<&'static str>) -> Value {
        found.map_or(Value::None, |text| self.heap.str(text))
    }
}
