//! What was found when a store was opened, for the host.
//!
//! Invariant: each subscriber of a workspace that is named here gets a gap.

use enlist_model::{SegmentId, WorkspaceId};

use crate::revision::Revision;

/// What was found when a store was opened; see [`Enlist::open_report`](crate::Enlist::open_report).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenReport {
    /// The workspaces whose segments hold others than when the store was closed, by id.
    pub changed: Vec<ChangedWorkspace>,
    /// What was wrong with the journal; see [`EnlistBuilder::open_up_to_damage`](crate::EnlistBuilder::open_up_to_damage).
    pub damage: Option<Damage>,
}

/// A journal that was damaged, and what was saved of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// What was wrong, with the file.
    pub what: String,
    /// The revision up to which each workspace is kept, by id, as of its life before. Later ones are lost.
    pub revisions: Vec<(WorkspaceId, Revision)>,
}

/// A workspace whose segments hold others than when its store was closed, because the semantics of the engine, the time-zone data or
/// Unicode differ. Subscribers that resume get a [`Gap`](crate::Gap).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangedWorkspace {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The segments whose members differ, by id; all of its segments if that is not known, because the store was not closed well.
    pub segments: Vec<SegmentId>,
}

impl OpenReport {
    /// Adds a workspace.
    pub(crate) fn add_changed(&mut self, workspace: WorkspaceId, mut segments: Vec<SegmentId>) {
        segments.sort_unstable();
        self.changed.push(ChangedWorkspace { workspace, segments });
        self.changed.sort_unstable_by(|a, b| a.workspace.cmp(&b.workspace));
    }
}
