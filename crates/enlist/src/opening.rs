//! Opening a store: its workspaces are made again from what was kept, and only then are they found.
//!
//! It knows no files; the store reads them. Invariant: a store is opened whole, or not at all.

use std::collections::BTreeMap;

use enlist_model::WorkspaceId;
use enlist_store::{
    ConsumerRecord, Frame, FrameBody, Log, LogPosition, Outcome, SettingsRecord, WorkspaceNumber,
};

use crate::error::Error;
use crate::life::Life;
use crate::registry::Registry;
use crate::sequencer::Sequencer;
use crate::sequencer::dump::Origin;
use crate::sequencer::pipeline::Pipeline;
use crate::sequencer::replay::Passed;
use crate::sequencer::restored::Rows;
use crate::sequencer::state::State;
use crate::settings::WorkspaceSettings;
use crate::store::Store;

/// The number of partitions with which a workspace is opened.
pub(crate) type PartitionsOf = dyn Fn(&WorkspaceId, &WorkspaceSettings) -> usize + Send + Sync;

/// What frames say of other frames and is needed before them.
#[derive(Default)]
struct Asides {
    /// What frames came to while a partition had failed, by workspace and revision.
    outcomes: BTreeMap<(WorkspaceNumber, u64), Outcome>,
    /// The consumers that began, acknowledged or ended, as each was last; `None` if it ended.
    consumers: BTreeMap<WorkspaceNumber, BTreeMap<String, Option<ConsumerRecord>>>,
}

/// A workspace that is being made again.
struct Reopened {
    sequencer: Sequencer,
    passed: Passed,
}

/// Makes all workspaces of the registry's store again.
///
/// # Errors
/// [`Error::Store`], [`Error::Diverged`].
pub(crate) fn open(registry: &Registry, partitions_of: &PartitionsOf) -> Result<(), Error> {
    let Some(store) = registry.store() else { return Ok(()) };
    let log = store.log();
    let mut asides = asides(&*log)?;
    let mut workspaces = restored(registry, store, partitions_of)?;
    for (number, Reopened { sequencer, .. }) in &workspaces {
        // Before frames are executed again: what consumers need of them is retained.
        sequencer.broadcast.change_consumers(asides.consumers.remove(number).unwrap_or_default());
    }
    for frame in log.read(LogPosition(0))? {
        let (at, bytes) = frame?;
        let Frame { workspace, body } = Frame::decode(&bytes)?;
        match body {
            // The checkpoint has it.
            FrameBody::Create(_) if workspaces.contains_key(&workspace) => {}
            FrameBody::Create(creation) => {
                store.note_number(workspace);
                let life = Life::of_record(creation.incarnation, creation.cursor_key);
                let settings = opened_with(&creation.id, creation.settings, partitions_of)?;
                let state = State::begin(Origin::Nothing, life.incarnation, &settings)?;
                let pipeline = Pipeline::new(store.log(), workspace, at.plus(1));
                let sequencer = registry.begin(creation.id, life, settings, state, Some(pipeline));
                let consumers = asides.consumers.remove(&workspace).unwrap_or_default();
                sequencer.broadcast.change_consumers(consumers);
                workspaces.insert(workspace, Reopened { sequencer, passed: Passed::default() });
            }
            FrameBody::Drop => {
                workspaces.remove(&workspace);
                // The checkpoint may have it.
                store.dropped().push(workspace);
            }
            // Read before.
            FrameBody::Outcome { .. } | FrameBody::Consumer { .. } => {}
            body @ (FrameBody::Events(_)
            | FrameBody::Advance { .. }
            | FrameBody::Settings { .. }
            | FrameBody::Rebuild { .. }) => {
                // What a dropped workspace had accepted comes after its end.
                let Some(Reopened { sequencer, passed }) = workspaces.get_mut(&workspace) else { continue };
                // The checkpoint has it; it was not cut because the process ended before.
                if sequencer.pipeline.as_ref().is_some_and(|pipeline| at < pipeline.through()) {
                    continue;
                }
                let outcome =
                    body.revision().and_then(|revision| asides.outcomes.remove(&(workspace, revision)));
                let frame = (at, body);
                sequencer.replay(registry.run_queue().fork_join(), passed, frame, outcome)?;
            }
        }
    }
    for Reopened { sequencer, passed } in workspaces.into_values() {
        sequencer.end_replay(registry.run_queue().fork_join(), &passed)?;
        registry.insert(sequencer)?;
    }
    Ok(())
}

/// The workspaces of the latest checkpoint, as of then.
fn restored(
    registry: &Registry,
    store: &Store,
    partitions_of: &PartitionsOf,
) -> Result<BTreeMap<WorkspaceNumber, Reopened>, Error> {
    let checkpoint = store.read_checkpoint()?;
    let mut workspaces = BTreeMap::new();
    let mut saved = store.saved();
    for (number, record) in checkpoint.workspaces()? {
        let settings = opened_with(&record.id, record.settings, partitions_of)?;
        let rows = Rows {
            segments: checkpoint.segments(number)?,
            series: checkpoint.series(number)?,
            spellings: checkpoint.spellings(number)?.into_iter().map(|(_, label)| label).collect(),
            sources: checkpoint.sources(number)?,
            consumers: checkpoint.consumers(number)?,
            outbox: store.outbox(number)?,
            record,
        };
        let record = &rows.record;
        let state = State::restore(&rows, checkpoint.contacts(number)?, &settings)?;
        let life = Life::of_record(record.incarnation, record.cursor_key);
        let pipeline = Pipeline::new(store.log(), number, record.through);
        let sequencer = registry.reopen(record.id.clone(), life, settings, state, pipeline);
        saved.insert(number, sequencer.adopt_rows(&rows)?);
        workspaces.insert(number, Reopened { sequencer, passed: Passed::default() });
    }
    Ok(workspaces)
}

/// The settings that a workspace is opened with.
fn opened_with(
    id: &WorkspaceId,
    stored: SettingsRecord,
    partitions_of: &PartitionsOf,
) -> Result<WorkspaceSettings, Error> {
    let stored = WorkspaceSettings::of_record(stored);
    let settings = stored.with_partitions(partitions_of(id, &stored));
    Registry::check_partitions(&settings)?;
    Ok(settings)
}

/// What frames say of other frames: what a frame came to while a partition had failed is kept after that frame, and a consumer's
/// acknowledgement after the frames that it need not hear again.
fn asides(log: &dyn Log) -> Result<Asides, Error> {
    let mut asides = Asides::default();
    for frame in log.read(LogPosition(0))? {
        let (_, bytes) = frame?;
        let Some(Frame { workspace, body }) = Frame::decode_if_aside(&bytes)? else { continue };
        match body {
            FrameBody::Outcome { revision, outcome } => {
                asides.outcomes.insert((workspace, revision), outcome);
            }
            FrameBody::Consumer { consumer, record } => {
                asides.consumers.entry(workspace).or_default().insert(consumer, record);
            }
            FrameBody::Create(_)
            | FrameBody::Events(_)
            | FrameBody::Advance { .. }
            | FrameBody::Settings { .. }
            | FrameBody::Drop
            | FrameBody::Rebuild { .. } => {}
        }
    }
    Ok(asides)
}
