//! A compiled source that no session has loaded yet.

use super::error::Error;
use crate::bytecode::Unit;
use crate::compile::{self, Options};
use crate::source::Source;
use crate::syntax::{self, ast};
use std::sync::Arc;

/// The variable that holds the value of a source's last expression. No program can name it.
pub(crate) const RESULT: &str = "<result>";

/// A compiled source. Any session can run it, any number of times.
#[derive(Clone, Debug)]
pub struct Script {
    pub(crate) unit: Arc<Unit>,
    pub(crate) source: Arc<Source>,
}

impl Script {
    /// Compiles a source whose last expression's value is the result.
    pub(crate) fn compile(name: &str, text: &str) -> Result<Self, Error> {
        Self::compile_with(name, text, keep_result)
    }

    /// Compiles a source as the command line does: its last expression is a statement like any other, and its value is lost.
    ///
    /// # Errors
    ///
    /// All errors of the source.
    pub fn program(name: &str, text: &str) -> Result<Self, Error> {
        Self::compile_with(name, text, |_| {})
    }

    fn compile_with(
        name: &str,
        text: &str,
        change: impl FnOnce(&mut ast::Module),
    ) -> Result<Self, Error> {
        let source = Arc::new(Source::new(name, text));
        let mut tree = syntax::parse(&source).map_err(|errors| Error::source(&source, errors))?;
        change(&mut tree);
        let unit = compile::compile(&tree, &source, &Options::default())
            .map_err(|errors| Error::source(&source, errors))?;
        Ok(Self {
            unit: Arc::new(unit),
            source,
        })
    }

    /// The bytecode as text.
    pub fn disassemble(&self) -> String {
        crate::bytecode::disassemble(&self.unit, &self.source)
    }
}

/// Makes a last statement that is an expression an assignment of its value.
fn keep_result(tree: &mut ast::Module) {
    let Some(last) = tree.body.last_mut() else {
        return;
    };
    if let ast::StmtKind::Expr(value) = &last.kind {
        let target = ast::Expr {
            kind: ast::ExprKind::Name(RESULT.into()),
            span: value.span,
            depth: 1,
            parenthesized: false,
        };
        last.kind = ast::StmtKind::Assign {
            targets: vec![target],
            value: value.clone(),
        };
    }
}
