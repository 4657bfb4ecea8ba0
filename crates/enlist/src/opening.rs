//! Opening a store: its workspaces are made again from what was kept, and only then are they found.
//!
//! It knows no files; the store reads them. Invariant: a store is opened whole, or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use enlist_model::WorkspaceId;
use enlist_store::{Frame, FrameBody, Log, LogPosition, WorkspaceNumber};

use crate::error::Error;
use crate::life::Life;
use crate::registry::Registry;
use crate::sequencer::Sequencer;
use crate::sequencer::pipeline::Pipeline;
use crate::sequencer::replay::Passed;
use crate::settings::WorkspaceSettings;

/// The number of partitions with which a workspace is opened.
pub(crate) type PartitionsOf = dyn Fn(&WorkspaceId, &WorkspaceSettings) -> usize + Send + Sync;

/// The events that panics refused, by workspace and revision.
type Panicked = BTreeMap<(WorkspaceNumber, u64), Vec<u32>>;

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
    let mut panicked = panicked(&*log)?;
    let mut workspaces: BTreeMap<WorkspaceNumber, Reopened> = BTreeMap::new();
    for frame in log.read(LogPosition(0))? {
        let (at, bytes) = frame?;
        let Frame { workspace, body } = Frame::decode(&bytes)?;
        match body {
            FrameBody::Create(creation) => {
                store.note_number(workspace);
                let life = Life::of_record(creation.incarnation, creation.cursor_key);
                let stored = WorkspaceSettings::of_record(creation.settings);
                let partitions = partitions_of(&creation.id, &stored);
                let settings = stored.with_partitions(partitions);
                Registry::check_partitions(&settings)?;
                let pipeline = Pipeline::new(store.log(), workspace, at.plus(1));
                let sequencer = registry.reopen(creation.id, life, settings, pipeline)?;
                workspaces.insert(workspace, Reopened { sequencer, passed: Passed::default() });
            }
            FrameBody::Drop => {
                workspaces.remove(&workspace);
            }
            // Read before.
            FrameBody::Outcome { .. } => {}
            body @ (FrameBody::Events(_)
            | FrameBody::Advance { .. }
            | FrameBody::Settings { .. }
            | FrameBody::Rebuild { .. }
            | FrameBody::Ack { .. }) => {
                // What a dropped workspace had accepted comes after its end.
                let Some(Reopened { sequencer, passed }) = workspaces.get_mut(&workspace) else { continue };
                let refused = body.revision().and_then(|revision| panicked.remove(&(workspace, revision)));
                let frame = (at, body);
                sequencer.replay(
                    registry.run_queue().fork_join(),
                    passed,
                    frame,
                    refused.unwrap_or_default(),
                )?;
            }
        }
    }
    for Reopened { sequencer, .. } in workspaces.into_values() {
        registry.insert(Arc::new(sequencer))?;
    }
    Ok(())
}

/// What panics refused. It is kept after the frame that it belongs to, and needed when that frame is executed.
fn panicked(log: &dyn Log) -> Result<Panicked, Error> {
    let mut panicked = Panicked::new();
    for frame in log.read(LogPosition(0))? {
        let (_, bytes) = frame?;
        if let Some((workspace, revision, refused)) = Frame::outcome(&bytes)? {
            panicked.insert((workspace, revision), refused);
        }
    }
    Ok(panicked)
}
