//! `import` and `from … import`.

use super::generate::Generator;
use crate::bytecode::{Constant, Intrinsic, Op, Reg};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Generator<'a> {
    pub(super) fn import(&mut self, names: &'a [ast::ImportAlias], span: Span) {
        for alias in names {
            let mark = self.mark();
            let path = &*alias.path.name;
            let (module, local) = match &alias.rename {
                Some(rename) => (self.import_leaf(path, span), &*rename.name),
                None => {
                    let first = path.split('.').next().unwrap_or_default();
                    (self.import_module(path, None, 0, span), first)
                }
            };
            let sym = self.intern(local);
            self.store(sym, module, span);
            self.release(mark);
        }
    }

    /// `import a.b as c` binds `a.b`; without a dot it is an ordinary import.
    fn import_leaf(&mut self, path: &str, span: Span) -> Reg {
        if !path.contains('.') {
            return self.import_module(path, None, 0, span);
        }
        let reg = self.alloc();
        self.load_constant(&Constant::Str(path.into()), reg, span);
        self.intrinsic(Intrinsic::ImportLeaf, reg, 1, span);
        reg
    }

    fn import_module(
        &mut self,
        path: &str,
        names: Option<Vec<Constant>>,
        level: u32,
        span: Span,
    ) -> Reg {
        let first = self.alloc_many(3);
        self.load_constant(&Constant::Str(path.into()), first, span);
        let names = names.map_or(Constant::None, Constant::Tuple);
        self.load_constant(&names, first.saturating_add(1), span);
        let level = Constant::Int(i64::from(level));
        self.load_constant(&level, first.saturating_add(2), span);
        self.intrinsic(Intrinsic::ImportModule, first, 3, span);
        first
    }

    pub(super) fn intrinsic(&mut self, which: Intrinsic, first: Reg, count: u8, span: Span) {
        self.emit(
            Op::Intrinsic {
                dst: first,
                first,
                count,
                which,
            },
            span,
        );
    }

    pub(super) fn import_from(
        &mut self,
        level: u32,
        module: &str,
        names: &'a [ast::ImportAlias],
        is_star: bool,
        span: Span,
    ) {
        let mark = self.mark();
        let wanted = match is_star {
            true => vec![Constant::Str("*".into())],
            false => names
                .iter()
                .map(|alias| Constant::Str(alias.path.name.clone()))
                .collect(),
        };
        let module = self.import_module(module, Some(wanted), level, span);
        self.release(u16::from(module) + 1);
        if is_star {
            self.intrinsic(Intrinsic::ImportStar, module, 1, span);
        }
        for alias in names {
            let inner = self.mark();
            let first = self.alloc_many(2);
            let name = Constant::Str(alias.path.name.clone());
            self.emit(
                Op::Move {
                    dst: first,
                    src: module,
                },
                alias.path.span,
            );
            self.load_constant(&name, first.saturating_add(1), alias.path.span);
            self.intrinsic(Intrinsic::ImportFrom, first, 2, alias.path.span);
            let local = alias.rename.as_ref().unwrap_or(&alias.path);
            let sym = self.intern(&local.name);
            self.store(sym, first, local.span);
            self.release(inner);
        }
        self.release(mark);
    }
}
