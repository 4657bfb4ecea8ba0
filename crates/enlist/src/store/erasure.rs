//! Erasure: what was deleted is gone from the files of a store, and not only unreachable.
//!
//! After a checkpoint the rows that live are copied into new files, and the outbox is not: it names contacts. A consumer goes on with what
//! is in memory; if the process ends before it has acknowledged that, it gets a gap. It knows no files; the store copies them.
//! Invariant: a crash at any moment leaves a store that opens to the same state.

use std::sync::Arc;

use enlist_store::{LogPosition, WorkspaceNumber};

use crate::error::Error;
use crate::sequencer::Sequencer;
use crate::store::Store;
use crate::store::checkpoint::{self, Occasion};

/// Erases what was deleted or replaced; `list` lists the workspaces.
///
/// # Errors
/// [`Error::PartitionFailed`], because the facts of a failed partition are in doubt and its frames stay; [`Error::Store`].
pub(crate) fn erase(store: &Store, list: impl Fn() -> Vec<Arc<Sequencer>>) -> Result<(), Error> {
    // Held to the end: a checkpoint between the copy and its taking over would be lost.
    let mut latest = store.saved();
    let end = checkpoint::make_in(store, &mut latest, Occasion::Running, &list)?;
    // Now: if a partition failed before its snapshot, its frames are needed.
    if let Some(failure) = list().iter().find_map(|sequencer| sequencer.read().first_failure()) {
        return Err(failure);
    }
    store.rewrite(|workspace: WorkspaceNumber, at: LogPosition| {
        // A frame that waits keeps those after it from being cut. What is older than the checkpoint is needed by nobody else: rows have
        // it, or its workspace was dropped.
        at >= end
            || latest.get(&workspace).is_some_and(|saved| saved.through.is_none_or(|through| at >= through))
    })
}
