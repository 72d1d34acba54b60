//! Decides where every name lives: register, cell, captured cell, module slot or class namespace.

use super::names::Sym;
use super::resolve::Resolver;
use super::scope::{Binding, ScopeId, ScopeKind, Scopes, Symbol};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Binds all names of all scopes. Parents come before children, so registers of the result are stable.
pub(super) fn bind(resolver: &mut Resolver) {
    let class_name = resolver.names.intern("__class__");
    for index in 0..resolver.scopes.all.len() {
        let id = ScopeId(index as u32);
        for at in 0..resolver.scopes[id].symbols.len() {
            bind_symbol(resolver, id, at, class_name);
        }
    }
    // What is captured is known only now.
    for scope in &mut resolver.scopes.all {
        for symbol in scope.symbols.values_mut() {
            if symbol.binding == Binding::Local && symbol.captured {
                symbol.binding = Binding::Cell;
            }
        }
    }
}

fn bind_symbol(resolver: &mut Resolver, id: ScopeId, at: usize, class_name: Sym) {
    let scope = &resolver.scopes[id];
    let kind = scope.kind;
    let (&sym, symbol) = scope.symbols.get_index(at).expect("counted");
    let nonlocal = symbol.nonlocal;
    let binding = if kind == ScopeKind::Module || symbol.global.is_some() {
        Binding::Global
    } else if symbol.is_own() {
        match kind {
            ScopeKind::Class => Binding::Class,
            ScopeKind::Module
            | ScopeKind::Function
            | ScopeKind::Lambda
            | ScopeKind::Generator
            | ScopeKind::Comprehension
            | ScopeKind::TypeParams => Binding::Local,
        }
    } else {
        match owner(&resolver.scopes, id, sym, class_name) {
            Some(owner) => capture(&mut resolver.scopes, id, owner, sym),
            None => {
                if let Some(span) = nonlocal {
                    missing_nonlocal(resolver, sym, span);
                }
                Binding::Global
            }
        }
    };
    resolver.scopes[id].symbols[at].binding = binding;
}

fn missing_nonlocal(resolver: &mut Resolver, sym: Sym, span: Span) {
    let name = resolver.names.name(sym);
    let message = format!("no binding for nonlocal '{name}' found");
    let is_global = resolver.scopes[ScopeId(0)].symbols.contains_key(&sym);
    let help = if is_global {
        format!("'{name}' is a module variable: write `global {name}`")
    } else {
        format!("assign '{name}' in a function around this one")
    };
    resolver.error(Diagnostic::syntax(message, span).with_help(help));
}

/// The scope that owns what `sym` means in `id`, which does not own it; none if it is global.
fn owner(scopes: &Scopes, id: ScopeId, sym: Sym, class_name: Sym) -> Option<ScopeId> {
    let mut from = id;
    // A type parameter scope sees the class around it, other scopes do not.
    let mut through_type_params = scopes[id].kind == ScopeKind::TypeParams;
    while let Some(at) = scopes[from].parent {
        let scope = &scopes[at];
        let symbol = scope.symbols.get(&sym);
        match scope.kind {
            ScopeKind::Module => return None,
            ScopeKind::Class => {
                if sym == class_name {
                    return Some(at);
                }
                if through_type_params && symbol.is_some_and(Symbol::is_own) {
                    return Some(at);
                }
            }
            ScopeKind::Function
            | ScopeKind::Lambda
            | ScopeKind::Generator
            | ScopeKind::Comprehension
            | ScopeKind::TypeParams => {
                if let Some(symbol) = symbol {
                    if symbol.is_own() {
                        return Some(at);
                    }
                    if symbol.global.is_some() {
                        return None;
                    }
                }
            }
        }
        through_type_params &= scope.kind == ScopeKind::TypeParams;
        from = at;
    }
    None
}

/// Makes `owner`'s variable reachable from `id`, through every function between them.
fn capture(scopes: &mut Scopes, id: ScopeId, owner: ScopeId, sym: Sym) -> Binding {
    let home = scopes[owner].function;
    if let Some(symbol) = scopes[owner].symbols.get_mut(&sym) {
        symbol.used = true;
    }
    if scopes[id].function == home {
        if scopes[owner].kind == ScopeKind::Class && !scopes[owner].symbols.contains_key(&sym) {
            scopes[owner].class_cell = true;
        }
        return Binding::Outer;
    }
    match scopes[owner].kind {
        ScopeKind::Class => scopes[owner].class_cell = true,
        ScopeKind::Module
        | ScopeKind::Function
        | ScopeKind::Lambda
        | ScopeKind::Generator
        | ScopeKind::Comprehension
        | ScopeKind::TypeParams => {
            if let Some(symbol) = scopes[owner].symbols.get_mut(&sym) {
                symbol.captured = true;
            }
        }
    }
    let mut function = scopes[id].function;
    let (index, _) = scopes[function].free.insert_full(sym);
    while let Some(parent) = scopes[function].parent {
        function = scopes[parent].function;
        if function == home {
            break;
        }
        scopes[function].free.insert(sym);
    }
    // More than 255 captures are refused when the function is compiled.
    Binding::Free(index.min(255) as u8)
}
