//! What a store has, before anything of it is made: the workspaces, and how many frames each of them lacks.
//!
//! It reads the journal once, mostly the beginnings of its frames, and executes nothing. Invariant: a workspace that has ended is not
//! in it.

use std::collections::{BTreeMap, BTreeSet};

use enlist_model::WorkspaceId;
use enlist_store::{
    ConsumerRecord, Frame, FrameBody, FrameKind, LogPosition, Outcome, Versions, WorkspaceNumber,
    WorkspaceRecord,
};

use crate::error::Error;
use crate::sequencer::replay::Divergence;
use crate::store::Store;
use crate::store::checkpoint;

/// What frames came to while a partition had failed, by workspace and revision.
pub(crate) type Outcomes = BTreeMap<(WorkspaceNumber, u64), Outcome>;

/// Consumers that began, acknowledged or ended, as each was last; `None` if it ended.
pub(crate) type ChangedConsumers = BTreeMap<String, Option<ConsumerRecord>>;

/// What a store has.
#[derive(Debug)]
pub(crate) struct Survey {
    /// The workspaces of the checkpoint.
    pub(crate) restored: Vec<(WorkspaceNumber, WorkspaceRecord)>,
    /// The workspaces that only the journal has.
    pub(crate) created: BTreeMap<WorkspaceNumber, WorkspaceId>,
    /// How many frames of the journal each of them lacks.
    frames: BTreeMap<WorkspaceNumber, u64>,
    /// What frames came to while a partition had failed. It is kept after the frame, and needed when that frame is executed.
    pub(crate) outcomes: Outcomes,
    /// What the journal says of consumers. It is needed before the frames that they need not hear again.
    consumers: BTreeMap<WorkspaceNumber, ChangedConsumers>,
    /// Those with frames whose execution depends on more than the frames.
    executed: BTreeSet<WorkspaceNumber>,
    /// What the store was written with; `None` if it does not say.
    pub(super) versions: Option<Versions>,
    /// Where the journal ended when it was read. What comes after is of this process.
    pub(crate) end: LogPosition,
}

impl Survey {
    /// Looks at a store, and tells it which numbers were given and which workspaces have ended.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) fn of(store: &Store) -> Result<Self, Error> {
        let log = store.log();
        let in_journal = |error| store.in_journal(error);
        let checkpoint = store.read_checkpoint()?;
        let restored = checkpoint.workspaces()?;
        let through: BTreeMap<WorkspaceNumber, LogPosition> =
            restored.iter().map(|(number, record)| (*number, record.through)).collect();
        let mut survey = Survey {
            restored,
            created: BTreeMap::new(),
            frames: BTreeMap::new(),
            outcomes: Outcomes::new(),
            consumers: BTreeMap::new(),
            executed: BTreeSet::new(),
            versions: checkpoint.versions()?,
            end: log.end(),
        };
        let mut ended = BTreeSet::new();
        for frame in log.read(LogPosition(0))? {
            let (at, bytes) = frame?;
            let (workspace, kind) = Frame::kind(&bytes).map_err(in_journal)?;
            match kind {
                FrameKind::Create => {
                    store.note_number(workspace);
                    // The checkpoint may have it.
                    if !through.contains_key(&workspace)
                        && let FrameBody::Create(creation) = Frame::decode(&bytes).map_err(in_journal)?.body
                    {
                        survey.created.insert(workspace, creation.id);
                    }
                }
                FrameKind::Events | FrameKind::Advance | FrameKind::Settings | FrameKind::Rebuild => {
                    // The checkpoint has what comes before; it was not cut because the process ended before.
                    if through.get(&workspace).is_none_or(|through| at >= *through) {
                        *survey.frames.entry(workspace).or_default() += 1;
                        // A kept rebuild is a gap, whatever the versions are.
                        if kind != FrameKind::Rebuild {
                            survey.executed.insert(workspace);
                        }
                    }
                }
                FrameKind::Outcome => {
                    if let FrameBody::Outcome { revision, outcome } =
                        Frame::decode(&bytes).map_err(in_journal)?.body
                    {
                        survey.outcomes.insert((workspace, revision), outcome);
                    }
                }
                FrameKind::Drop => {
                    ended.insert(workspace);
                }
                FrameKind::Consumer => {
                    if let FrameBody::Consumer { consumer, record } =
                        Frame::decode(&bytes).map_err(in_journal)?.body
                    {
                        survey.consumers.entry(workspace).or_default().insert(consumer, record);
                    }
                }
            }
        }
        // The checkpoint may have them.
        store.dropped().extend(&ended);
        survey.restored.retain(|(number, _)| !ended.contains(number));
        survey.created.retain(|number, _| !ended.contains(number));
        survey.executed.retain(|number| !ended.contains(number));
        Ok(survey)
    }

    /// The ids of all workspaces.
    pub(crate) fn ids(&self) -> impl Iterator<Item = WorkspaceId> {
        let restored = self.restored.iter().map(|(_, record)| record.id.clone());
        restored.chain(self.created.values().cloned())
    }

    /// Refuses a store whose frames would lead to other results in this process, unless that is accepted.
    ///
    /// # Errors
    /// [`Error::OtherVersions`].
    pub(crate) fn check_versions(&self, divergence: Divergence) -> Result<(), Error> {
        match (&self.versions, divergence) {
            (Some(found), Divergence::Refused) if self.has_other_versions() && self.executes() => {
                Err(Error::OtherVersions { found: found.clone(), own: checkpoint::versions().clone() })
            }
            _ => Ok(()),
        }
    }

    /// Whether the store was written with other versions. Stores of the first versions of Enlist do not say.
    pub(crate) fn has_other_versions(&self) -> bool {
        self.versions.as_ref().is_some_and(|found| found != checkpoint::versions())
    }

    /// Whether the journal has frames whose execution depends on more than the frames.
    pub(crate) fn executes(&self) -> bool {
        !self.executed.is_empty()
    }

    /// The same of one workspace.
    pub(crate) fn executes_in(&self, workspace: WorkspaceNumber) -> bool {
        self.executed.contains(&workspace)
    }

    /// What the journal says of the consumers of a workspace.
    pub(crate) fn consumers_of(&self, workspace: WorkspaceNumber) -> ChangedConsumers {
        self.consumers.get(&workspace).cloned().unwrap_or_default()
    }

    /// How many frames of the journal a workspace lacks.
    pub(crate) fn frames_of(&self, workspace: WorkspaceNumber) -> u64 {
        self.frames.get(&workspace).copied().unwrap_or(0)
    }
}
