//! A checkpoint: everything that is not derived, of all workspaces of a store, so that the journal can be cut.
//!
//! It is made while the workspaces go on. The rows are one commit and the cut is the next; after a crash between the two the store opens
//! to the same state: frames that a checkpoint has are passed over. It knows no files; the store writes them. Invariant: no frame
//! is cut that a workspace would lack.

use std::collections::BTreeMap;
use std::sync::Arc;

use enlist_store::{CheckpointWriter, LogPosition, WorkspaceNumber};

use crate::error::Error;
use crate::sequencer::Sequencer;
use crate::sequencer::snapshot::{Saved, Snapshot, Unneeded};
use crate::store::Store;

/// The number of the engine's semantics. It rises when the same rows and frames lead to other memberships.
const SEMANTICS: u32 = 1;

/// What a checkpoint says about its store.
#[derive(Clone, Copy)]
struct Meta {
    /// Frames before this position are not needed.
    position: LogPosition,
    next_workspace: WorkspaceNumber,
}

/// A workspace whose snapshot is being written.
struct Written {
    sequencer: Arc<Sequencer>,
    number: WorkspaceNumber,
    snapshot: Snapshot,
}

/// Makes a checkpoint of all workspaces of a store; `list` lists them.
///
/// # Errors
/// [`Error::Store`]. Then the store has the checkpoint before, and the journal what came after it.
pub(crate) fn make(store: &Store, list: impl FnOnce() -> Vec<Arc<Sequencer>>) -> Result<(), Error> {
    make_in(store, &mut store.saved(), list).map(|_| ())
}

/// As [`make`], by whoever has the right to; returns the end of the journal when it began.
pub(crate) fn make_in(
    store: &Store,
    latest: &mut BTreeMap<WorkspaceNumber, Saved>,
    list: impl FnOnce() -> Vec<Arc<Sequencer>>,
) -> Result<LogPosition, Error> {
    let (mut meta, dropped, sequencers) = {
        // Held together: no workspace begins or ends between the position and the list.
        let (next, dropped) = (store.next_workspace(), store.dropped());
        let position = store.log().end();
        (Meta { position, next_workspace: *next }, dropped.clone(), list())
    };
    let end = meta.position;
    let mut written = Vec::new();
    for sequencer in sequencers {
        let Some(pipeline) = &sequencer.pipeline else { continue };
        let number = pipeline.number;
        let nothing = Saved::default();
        let saved = latest.get(&number).unwrap_or(&nothing);
        match sequencer.snapshot(saved) {
            Ok(snapshot) => {
                meta.position = meta.position.min(snapshot.needed_from.unwrap_or(meta.position));
                written.push(Written { sequencer: Arc::clone(&sequencer), number, snapshot });
            }
            Err(Unneeded::Unchanged { needed_from }) => {
                meta.position = meta.position.min(needed_from.unwrap_or(meta.position));
            }
            // Its facts are in doubt, so its frames stay.
            Err(Unneeded::Failed) => meta.position = meta.position.min(saved.through.unwrap_or_default()),
        }
    }
    let outcome = write(store, &mut written, &dropped, meta);
    for Written { sequencer, number, snapshot } in written {
        if outcome.is_ok() {
            latest.insert(number, sequencer.end_snapshot(snapshot));
        } else {
            sequencer.cancel_snapshot(snapshot);
        }
    }
    outcome?;
    store.dropped().retain(|number| !dropped.contains(number));
    latest.retain(|number, _| !dropped.contains(number));
    // Last: until now the journal has what the checkpoint has, and after a crash it is passed over.
    store.cut(meta.position, &dropped)?;
    Ok(end)
}

/// Writes the snapshots, all in one commit.
fn write(
    store: &Store,
    written: &mut [Written],
    dropped: &[WorkspaceNumber],
    meta: Meta,
) -> Result<(), Error> {
    let mut writer = store.begin_checkpoint()?;
    for Written { sequencer, number, snapshot } in written {
        write_workspace(&mut *writer, sequencer, *number, snapshot)?;
    }
    // After the others: a workspace may have ended while its snapshot was taken.
    for number in dropped {
        writer.drop_workspace(*number)?;
    }
    put_meta(&mut *writer, meta)?;
    Ok(writer.commit()?)
}

/// Keeps a workspace that begins with contents, before it can be found. It needs no frame, because the checkpoint has all of it.
///
/// # Errors
/// [`Error::Store`].
pub(crate) fn keep_new(
    store: &Store,
    latest: &mut BTreeMap<WorkspaceNumber, Saved>,
    sequencer: &Sequencer,
    number: WorkspaceNumber,
) -> Result<(), Error> {
    let Ok(mut snapshot) = sequencer.snapshot(&Saved::default()) else { return Ok(()) };
    let mut writer = store.begin_checkpoint()?;
    write_workspace(&mut *writer, sequencer, number, &mut snapshot)?;
    let position = store.read_checkpoint()?.position()?;
    put_meta(&mut *writer, Meta { position, next_workspace: WorkspaceNumber(number.0 + 1) })?;
    writer.commit()?;
    latest.insert(number, sequencer.end_snapshot(snapshot));
    Ok(())
}

fn put_meta(writer: &mut dyn CheckpointWriter, meta: Meta) -> Result<(), Error> {
    writer.set_position(meta.position)?;
    writer.set_next_workspace(meta.next_workspace)?;
    Ok(writer.set_engine(SEMANTICS)?)
}

/// Writes what a snapshot has of a workspace.
fn write_workspace(
    writer: &mut dyn CheckpointWriter,
    sequencer: &Sequencer,
    number: WorkspaceNumber,
    snapshot: &mut Snapshot,
) -> Result<(), Error> {
    writer.put_workspace(number, &snapshot.record)?;
    for segment in &snapshot.removed_segments {
        writer.remove_segment(number, segment)?;
    }
    for segment in &snapshot.segments {
        writer.put_segment(number, segment)?;
    }
    for (segment, series) in &snapshot.series {
        writer.put_series(number, segment, series)?;
    }
    let (first, spellings) = &snapshot.spellings;
    for (index, spelling) in (*first as u32..).zip(spellings) {
        writer.put_spelling(number, index, spelling)?;
    }
    for (source, position) in &snapshot.sources {
        writer.put_source(number, source, *position)?;
    }
    for creation in snapshot.deleted() {
        writer.remove_contact(number, creation)?;
    }
    loop {
        let contacts = sequencer.step_snapshot(snapshot)?;
        if contacts.is_empty() {
            return Ok(());
        }
        for contact in &contacts {
            writer.put_contact(number, contact)?;
        }
    }
}
