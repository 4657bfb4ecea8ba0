//! The lanes of other programs: SQLite, and the crate `a-tree`. They are built only with the feature `compare`,
//! because SQLite takes long to compile.
//!
//! Invariant: without the feature, asking for them is an error that names it.

use std::sync::Arc;

use enlist_engine::Engine;
use roaring::RoaringBitmap;

use crate::columns::Columns;
use crate::failure::Failure;
use crate::lane::Lane;
use crate::pools::Pools;

/// The lanes over these facts and the engine's segments, whose members are given.
///
/// # Errors
/// A refusal of the other programs.
#[cfg(feature = "compare")]
pub fn lanes(
    facts: &Columns,
    pools: &Arc<Pools>,
    engine: &Engine,
    members: &[RoaringBitmap],
) -> Result<Vec<Box<dyn Lane>>, Failure> {
    let rules = || engine.segments().map(enlist_engine::Segment::rule);
    let sqlite = crate::sqlite::Sqlite::new(facts, Arc::clone(pools), rules(), members)?;
    let tree = crate::a_tree::Tree::new(facts.clone(), Arc::clone(pools), rules(), members)?;
    Ok(vec![Box::new(sqlite), Box::new(tree)])
}

/// The lanes, if they are built in.
///
/// # Errors
/// [`Failure::NotBuilt`].
#[cfg(not(feature = "compare"))]
pub fn lanes(
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
