//! The lanes of other programs: SQLite, the crate `a-tree`, and PostgreSQL. They are built only with the feature
//! `compare`, because SQLite takes long to compile.
//!
//! Invariant: without the feature, asking for them is an error that names it.

#[cfg(feature = "compare")]
pub mod a_tree;
#[cfg(feature = "compare")]
pub mod cluster;
#[cfg(feature = "compare")]
pub mod expression;
#[cfg(feature = "compare")]
pub mod postgres;
#[cfg(feature = "compare")]
pub mod queries;
#[cfg(feature = "compare")]
pub mod sql;
#[cfg(feature = "compare")]
pub mod sqlite;

use std::sync::Arc;

use enlist_engine::Engine;
use roaring::RoaringBitmap;

use crate::failure::Failure;
use crate::lanes::Lane;
use crate::workload::columns::Columns;
use crate::workload::pools::Pools;

/// Which other programs run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// SQLite, in memory.
    pub sqlite: bool,
    /// The crate `a-tree`.
    pub a_tree: bool,
    /// PostgreSQL, which must be installed.
    pub postgres: bool,
}

impl Others {
    /// Those that need nothing installed.
    pub const BUILT_IN: Others = Others { sqlite: true, a_tree: true, postgres: false };

    /// Those with these names on the command line, between commas.
    pub fn named(names: &str) -> Option<Self> {
        names.split(',').try_fold(Others::default(), |others, name| match name {
            "sqlite" => Some(Others { sqlite: true, ..others }),
            "a-tree" => Some(Others { a_tree: true, ..others }),
            "postgres" => Some(Others { postgres: true, ..others }),
            _ => None,
        })
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self == Others::default()
    }
}

/// The names on the command line.
impl std::fmt::Display for Others {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Others { sqlite, a_tree, postgres } = *self;
        let all = [("sqlite", sqlite), ("a-tree", a_tree), ("postgres", postgres)];
        let names = all.into_iter().filter(|(_, runs)| *runs).map(|(name, _)| name);
        out.write_str(&names.collect::<Vec<_>>().join(","))
    }
}

/// The lanes over these facts and the engine's segments, whose members are given.
///
/// # Errors
/// A refusal of the other programs.
#[cfg(feature = "compare")]
pub fn lanes(
    others: Others,
    facts: &Columns,
    pools: &Arc<Pools>,
    engine: &Engine,
    members: &[RoaringBitmap],
) -> Result<Vec<Box<dyn Lane>>, Failure> {
    let rules = || engine.segments().map(enlist_engine::Segment::rule);
    let mut lanes: Vec<Box<dyn Lane>> = Vec::new();
    if others.sqlite {
        lanes.push(Box::new(sqlite::Sqlite::new(facts, Arc::clone(pools), rules(), members)?));
    }
    if others.a_tree {
        lanes.push(Box::new(a_tree::Tree::new(facts.clone(), Arc::clone(pools), rules(), members)?));
    }
    if others.postgres {
        lanes.push(Box::new(postgres::Postgres::new(facts, Arc::clone(pools), rules(), members)?));
    }
    Ok(lanes)
}

/// The lanes, if they are built in.
///
/// # Errors
/// [`Failure::NotBuilt`].
#[cfg(not(feature = "compare"))]
pub fn lanes(
    _others: Others,
    _facts: &Columns,
    _pools: &Arc<Pools>,
    _engine: &Engine,
    _members: &[RoaringBitmap],
) -> Result<Vec<Box<dyn Lane>>, Failure> {
    Err(Failure::NotBuilt)
}

/// Whether the lanes are built in.
pub const fn is_built_in() -> bool {
    cfg!(feature = "compare")
}
