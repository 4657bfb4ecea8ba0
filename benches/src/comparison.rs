//! The lanes of other people's programs: SQLite, and the crate `a-tree`. They are built in with the feature `compare`
//! alone, because SQLite is a long compile of C.
//!
//! What always holds: without the feature, who asks for them is told of it.

use std::sync::Arc;

use enlist_engine::Engine;
use roaring::RoaringBitmap;

use crate::columns::Columns;
use crate::failure::Failure;
use crate::lane::Lane;
use crate::pools::Pools;

/// The lanes, beside these facts and the engine's segments, whose members are given.
///
/// # Errors
/// What the other programs refuse.
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

/// The lanes, if they were built in.
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

/// Whether the lanes were built in.
pub const fn is_built_in() -> bool {
    cfg!(feature = "compare")
}
