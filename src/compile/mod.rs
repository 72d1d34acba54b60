//! From the syntax tree to bytecode: resolve names, check what the grammar cannot, generate code, assemble.
//!
//! `resolve` walks the tree once, makes the scopes and collects every semantic error; `bind` then decides where each name
//! lives. Code generation (`generate` and the files named after what they compile) walks the tree a second time, a function
//! at a time, into instructions with symbolic labels; `assemble` turns those into final code. Nothing here knows values.

mod annotations;
mod assemble;
mod assign;
mod bind;
mod call;
mod class;
mod comprehension;
mod condition;
mod display;
mod exits;
mod expression;
mod fold;
mod function;
mod generate;
mod import;
pub(crate) mod lenient;
mod loops;
mod names;
mod operators;
mod pattern;
mod pattern_check;
mod placement;
mod refuse;
mod resolve;
mod resolve_expr;
mod scope;
mod statement;
mod try_except;
mod try_star;
mod type_params;
mod unassigned;
mod unit;
mod variable;
mod with;

#[cfg(test)]
mod tests;

use crate::bytecode::Unit;
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::syntax::ast;

/// How a source is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Options {
    /// It is a REPL entry: `await` and `from m import *` work at the top level, expression statements show their value.
    pub interactive: bool,
    /// It holds tests: what acoro refuses is refused when it is reached, and a failed `assert` tells the values it compared.
    pub testing: bool,
}

/// Compiles a module.
///
/// # Errors
///
/// Every error of the source that the parser could not see, in source order.
pub fn compile(
    module: &ast::Module,
    source: &Source,
    options: &Options,
) -> Result<Unit, Vec<Diagnostic>> {
    let mut resolved = resolve::resolve(module, *options);
    if resolved.diagnostics.is_empty() {
        generate::generate(module, source, *options, resolved)
    } else {
        resolved
            .diagnostics
            .sort_by_key(|diagnostic| diagnostic.span().start);
        Err(resolved.diagnostics)
    }
}
