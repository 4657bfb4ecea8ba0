//! A checkpoint: everything that is not derived, of all workspaces of a store, so that the journal can be cut.
//!
//! It is made while the workspaces go on. The rows are one commit and the cut is the next; after a crash between the two the store opens
//! to the same state: frames that a checkpoint has are passed over. It knows no files; the store writes them. Invariant: no frame
//! is cut that a workspace would lack.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use enlist_model::text_digest;
use enlist_store::{CheckpointWriter, ConsumerRecord, DigestRecord, LogPosition, Versions, WorkspaceNumber};

use crate::error::Error;
use crate::sequencer::Sequencer;
use crate::sequencer::consumers::Outgoing;
use crate::sequencer::snapshot::{Saved, Snapshot, Unneeded};
use crate::store::Store;

/// The number of the semantics of the engine and the sequencer. It rises when the same rows and frames lead to other results; the test
/// `semantics` tells.
const SEMANTICS: u32 = 1;

/// Why a checkpoint is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// The workspaces go on.
    Running,
    /// Nothing is executed any more. What the segments hold is kept, too, to be compared when the store is opened again.
    Close,
}

/// The versions of all that results depend on in this process.
pub(crate) fn versions() -> &'static Versions {
    static VERSIONS: OnceLock<Versions> = OnceLock::new();
    VERSIONS.get_or_init(|| Versions::new(SEMANTICS, enlist_engine::time_zone_version(), text_digest()))
}

/// What a checkpoint says about its store.
#[derive(Clone, Copy)]
struct Meta {
    /// Frames before this position are not needed.
    position: LogPosition,
    next_workspace: WorkspaceNumber,
}

/// A workspace that is being written.
struct Written {
    sequencer: Arc<Sequencer>,
    number: WorkspaceNumber,
    /// `None` if the checkpoint has everything that was executed.
    snapshot: Option<Snapshot>,
    /// What its consumers have acknowledged meanwhile, and what they need.
    outgoing: Outgoing,
}

/// Makes a checkpoint of all workspaces of a store; `list` lists them.
///
/// # Errors
/// [`Error::Store`]. Then the store has the checkpoint before, and the journal what came after it.
pub(crate) fn make(
    store: &Store,
    occasion: Occasion,
    list: impl FnOnce() -> Vec<Arc<Sequencer>>,
) -> Result<(), Error> {
    make_in(store, &mut store.saved(), occasion, list).map(|_| ())
}

/// As [`make`], for a caller that has the right to; returns the end of the journal when it began.
pub(crate) fn make_in(
    store: &Store,
    latest: &mut BTreeMap<WorkspaceNumber, Saved>,
    occasion: Occasion,
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
    for sequencer in &sequencers {
        let Some(pipeline) = &sequencer.pipeline else { continue };
        let number = pipeline.number;
        let saved = latest.entry(number).or_default();
        let (snapshot, needed_from) = match sequencer.snapshot(saved) {
            Ok(snapshot) => {
                let needed_from = snapshot.needed_from;
                (Some(snapshot), needed_from)
            }
            Err(Unneeded::Unchanged { needed_from }) => (None, needed_from),
            Err(Unneeded::Failed) => {
                // Its facts are in doubt, so its frames stay.
                meta.position = meta.position.min(saved.through.unwrap_or_default());
                continue;
            }
        };
        meta.position = meta.position.min(needed_from.unwrap_or(meta.position));
        let before = snapshot.as_ref().map_or(saved.outbox_until, |snapshot| snapshot.record.next_sequence);
        let outgoing = sequencer.outgoing(saved.outbox_until, before);
        written.push(Written { sequencer: Arc::clone(sequencer), number, snapshot, outgoing });
    }
    // Frames that are not executed (of consumers) do not move what a workspace needs, and may be cut already.
    meta.position = meta.position.max(store.journal_start());
    let digests = match occasion {
        Occasion::Running => Vec::new(),
        Occasion::Close => undigested(&sequencers, latest),
    };
    let outcome = write(store, latest, &mut written, &digests, &dropped, meta);
    let mut acknowledged = Vec::with_capacity(written.len());
    for Written { sequencer, number, snapshot, outgoing } in written {
        let saved = latest.entry(number).or_default();
        match (snapshot, &outcome) {
            (Some(snapshot), Ok(())) => *saved = sequencer.end_snapshot(snapshot),
            (Some(snapshot), Err(_)) => sequencer.cancel_snapshot(snapshot),
            (None, _) => {}
        }
        if outcome.is_ok() {
            saved.consumers = outgoing.consumers;
            acknowledged.push((number, outgoing.needed_from.saturating_sub(1)));
        }
    }
    outcome?;
    for (number, record) in digests {
        latest.entry(number).or_default().digested = Some(record.revision);
    }
    store.dropped().retain(|number| !dropped.contains(number));
    latest.retain(|number, _| !dropped.contains(number));
    // Last: until now the journal has what the checkpoint has, and after a crash it is passed over.
    store.cut(meta.position, &acknowledged, &dropped)?;
    Ok(end)
}

/// The digests that a checkpoint lacks. A workspace with a failed partition has none.
fn undigested(
    sequencers: &[Arc<Sequencer>],
    latest: &BTreeMap<WorkspaceNumber, Saved>,
) -> Vec<(WorkspaceNumber, DigestRecord)> {
    let digests = sequencers.iter().filter_map(|sequencer| {
        let number = sequencer.pipeline.as_ref()?.number;
        let digested = latest.get(&number).and_then(|saved| saved.digested);
        if digested == Some(sequencer.read().revision.number()) {
            return None;
        }
        Some((number, sequencer.digests().ok()?))
    });
    digests.collect()
}

/// Notes the versions of this process in a store that says none.
///
/// # Errors
/// [`Error::Store`].
pub(crate) fn note_versions(store: &Store) -> Result<(), Error> {
    let (position, next_workspace) = {
        let latest = store.read_checkpoint()?;
        (latest.position()?, latest.next_workspace()?)
    };
    let mut writer = store.begin_checkpoint()?;
    put_meta(&mut *writer, Meta { position, next_workspace })?;
    Ok(writer.commit()?)
}

/// Writes what consumers need, and then the snapshots, all in one commit.
fn write(
    store: &Store,
    latest: &BTreeMap<WorkspaceNumber, Saved>,
    written: &mut [Written],
    digests: &[(WorkspaceNumber, DigestRecord)],
    dropped: &[WorkspaceNumber],
    meta: Meta,
) -> Result<(), Error> {
    // First: until the frames are cut the journal has it, and after a crash these rows are as if they were not there.
    let mut records = Vec::new();
    for Written { number, outgoing, .. } in &mut *written {
        records.extend(std::mem::take(&mut outgoing.records).into_iter().map(|record| (*number, record)));
    }
    store.keep_outbox(&records)?;
    let nothing = BTreeMap::new();
    let mut writer = store.begin_checkpoint()?;
    for Written { sequencer, number, snapshot, outgoing } in written {
        if let Some(snapshot) = snapshot {
            write_workspace(&mut *writer, sequencer, *number, snapshot)?;
        }
        let saved = latest.get(number).map_or(&nothing, |saved| &saved.consumers);
        write_consumers(&mut *writer, *number, saved, &outgoing.consumers)?;
    }
    for (number, record) in digests {
        writer.put_digests(*number, record)?;
    }
    // After the others: a workspace may have ended while its snapshot was taken.
    for number in dropped {
        writer.drop_workspace(*number)?;
    }
    put_meta(&mut *writer, meta)?;
    store.commit(writer)
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
    store.commit(writer)?;
    latest.insert(number, sequencer.end_snapshot(snapshot));
    Ok(())
}

/// Writes what consumers have acknowledged since the checkpoint before.
fn write_consumers(
    writer: &mut dyn CheckpointWriter,
    number: WorkspaceNumber,
    saved: &BTreeMap<String, ConsumerRecord>,
    consumers: &BTreeMap<String, ConsumerRecord>,
) -> Result<(), Error> {
    for name in saved.keys().filter(|name| !consumers.contains_key(*name)) {
        writer.remove_consumer(number, name)?;
    }
    for (name, record) in consumers.iter().filter(|(name, record)| saved.get(*name) != Some(record)) {
        writer.put_consumer(number, name, record)?;
    }
    Ok(())
}

fn put_meta(writer: &mut dyn CheckpointWriter, meta: Meta) -> Result<(), Error> {
    writer.set_position(meta.position)?;
    writer.set_next_workspace(meta.next_workspace)?;
    Ok(writer.set_versions(versions())?)
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
