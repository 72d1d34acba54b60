//! Interned strings: identifiers and attribute names are compared by id. An interned string that nothing names is
//! forgotten by the sweep.

use super::marks::Marked;
use super::slab::{Id, Slab};
use crate::objects::Str;
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

/// The table of interned strings.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, Id<Str>)>", into = "Vec<(u64, Id<Str>)>")]
pub(super) struct Interner {
    table: HashTable<(u64, Id<Str>)>,
}

impl From<Vec<(u64, Id<Str>)>> for Interner {
    fn from(rows: Vec<(u64, Id<Str>)>) -> Self {
        let mut table = HashTable::with_capacity(rows.len());
        for row in rows {
            table.insert_unique(row.0, row, |row| row.0);
        }
        Self { table }
    }
}

impl From<Interner> for Vec<(u64, Id<Str>)> {
    fn from(interner: Interner) -> Self {
        let mut rows: Vec<_> = interner.table.into_iter().collect();
        rows.sort_by_key(|row| row.1);
        rows
    }
}

impl Interner {
    pub(super) fn find(&self, strs: &Slab<Str>, text: &str, hash: u64) -> Option<Id<Str>> {
        self.table
            .find(hash, |row| strs[row.1].place().is_ok_and(|own| own == text))
            .map(|row| row.1)
    }

    pub(super) fn add(&mut self, hash: u64, id: Id<Str>) {
        self.table.insert_unique(hash, (hash, id), |row| row.0);
    }

    pub(super) fn forget_unmarked(&mut self, strs: &Marked) {
        self.table.retain(|row| strs.has(row.1.index()));
    }
}
