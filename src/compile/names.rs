//! Interned identifiers and the mangling of private names.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use std::borrow::Cow;

/// An interned identifier, mangled already where Python mangles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Sym(pub(super) u32);

/// All identifiers of one compilation.
#[derive(Default)]
pub(super) struct Interner {
    names: IndexSet<Box<str>, FxBuildHasher>,
}

impl Interner {
    /// The number of a name, the same for equal names.
    pub(super) fn intern(&mut self, name: &str) -> Sym {
        let number = match self.names.get_index_of(name) {
            Some(number) => number,
            None => self.names.insert_full(name.into()).0,
        };
        Sym(u32::try_from(number).expect("fewer names than source bytes"))
    }

    /// The number of a name as it counts inside the class called `class`.
    pub(super) fn intern_in(&mut self, class: Option<&str>, name: &str) -> Sym {
        self.intern(&mangle(class, name))
    }

    /// The name of a number.
    pub(super) fn name(&self, sym: Sym) -> &str {
        &self.names[sym.0 as usize]
    }
}

/// `__x` inside `class C` is `_C__x`.
pub(super) fn mangle<'a>(class: Option<&str>, name: &'a str) -> Cow<'a, str> {
    let Some(class) = class else {
        return Cow::Borrowed(name);
    };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return Cow::Borrowed(name);
    }
    let stripped = class.trim_start_matches('_');
    if stripped.is_empty() {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("_{stripped}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_names_are_mangled_as_python_does() {
        assert_eq!(mangle(Some("C"), "__x"), "_C__x");
        assert_eq!(mangle(Some("__C"), "__x"), "_C__x");
        assert_eq!(mangle(Some("C"), "__x__"), "__x__");
        assert_eq!(mangle(Some("C"), "_x"), "_x");
        assert_eq!(mangle(Some("___"), "__x"), "__x");
        assert_eq!(mangle(None, "__x"), "__x");
    }
}
