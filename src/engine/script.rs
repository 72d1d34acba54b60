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
    pub(crate) fn compile(name: &str, text: &str) -> Result<Self, Error> {
        let source = Arc::new(Source::new(name, text));
        let mut tree = syntax::parse(&source).map_err(|errors| Error::source(&source, errors))?;
        keep_result(&mut tree);
        let unit = compile::compile(&tree, &source, &Options::default()).map_err(|errors| Error::source(&source, errors))?;
        Ok(Self {
            unit: Arc::new(unit),
            source,
        })
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
