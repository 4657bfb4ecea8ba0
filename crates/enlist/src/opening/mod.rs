//! Opening a store: its workspaces are made again from what was kept, and each is found only when it is whole.
//!
//! A [survey](survey) says what there is. Then a [thread](thread) [restores](restore) the workspaces of the checkpoint side by side,
//! [replays](replay) the journal, [settles](settlement) what may differ, and [lets in](arrival) what is ready. It knows no files; the store reads them. Invariant: a workspace
//! is opened whole, or not at all.

mod arrival;
mod replay;
mod restore;
mod salvage;
mod settlement;
pub(crate) mod survey;
pub(crate) mod thread;

use std::sync::Arc;

use enlist_model::{SegmentId, WorkspaceId};
use enlist_store::{Error as StoreError, LogPosition, SettingsRecord, WorkspaceNumber};

use crate::error::Error;
use crate::opening::arrival::Arrivals;
use crate::opening::survey::Survey;
use crate::progress::{OpeningStage, Progress, Steps};
use crate::registry::Registry;
use crate::sequencer::Sequencer;
use crate::sequencer::pipeline::Pipeline;
use crate::sequencer::replay::{Divergence, Passed};
use crate::settings::WorkspaceSettings;
use crate::store::Store;
use crate::store::checkpoint;

/// The number of partitions with which a workspace is opened.
pub(crate) type PartitionsOf = dyn Fn(&WorkspaceId, &WorkspaceSettings) -> usize + Send + Sync;

/// All that opening a store needs.
pub(crate) struct Opener {
    pub(crate) registry: Arc<Registry>,
    pub(crate) partitions_of: Box<PartitionsOf>,
    pub(crate) survey: Survey,
    pub(crate) divergence: Divergence,
    pub(crate) gaps: Gaps,
    /// How many workspaces are restored at once.
    pub(crate) threads: usize,
}

/// Which workspaces publish a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// Those whose results differ from what subscribers may have heard.
    OfChanged,
    /// All, because what some of them had published is lost.
    OfAll,
}

/// A workspace that is being made again.
struct Reopened {
    number: WorkspaceNumber,
    sequencer: Sequencer,
    passed: Passed,
    steps: Arc<Steps>,
    /// How many frames it lacks.
    frames: u64,
    /// The segments that hold others than when the store was closed.
    changed: Vec<SegmentId>,
}

impl Opener {
    /// Makes all workspaces again and lets them in.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Diverged`]; [`Error::Closed`] if it was stopped.
    pub(crate) fn run(&self) -> Result<(), Error> {
        let store = self.store()?;
        std::thread::scope(|scope| {
            let (arrivals, let_in) =
                Arrivals::begin(scope, self).map_err(|error| no_thread(store, &error))?;
            let made = self.make(store, &arrivals);
            // Ends the other thread when it has let in what is there.
            drop(arrivals);
            let let_in = let_in.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            // First: where the other thread fails, this one finds only that it is gone.
            let_in.and(made)
        })
    }

    fn make(&self, store: &Store, arrivals: &Arrivals) -> Result<(), Error> {
        if self.survey.versions.is_none() {
            checkpoint::note_versions(store)?;
        }
        let waiting = self.restore_all(store, arrivals)?;
        self.replay_all(store, waiting, arrivals)?;
        self.settle(store, arrivals)
    }

    fn progress(&self) -> &Progress {
        self.registry.progress()
    }

    fn store(&self) -> Result<&Store, Error> {
        self.registry.store().ok_or_else(|| {
            let what = "there is none".to_owned();
            StoreError::Store { file: std::path::PathBuf::new(), what }.into()
        })
    }

    /// The settings that a workspace is opened with.
    fn opened_with(&self, id: &WorkspaceId, stored: SettingsRecord) -> Result<WorkspaceSettings, Error> {
        let stored = WorkspaceSettings::of_record(stored);
        let settings = stored.with_partitions((self.partitions_of)(id, &stored));
        Registry::check_partitions(&settings)?;
        Ok(settings)
    }

    fn reopened(&self, number: WorkspaceNumber, sequencer: Sequencer) -> Reopened {
        let steps = self.progress().steps(&sequencer.id);
        let frames = self.survey.frames_of(number);
        if frames > 0 {
            steps.begin(OpeningStage::Replaying, frames);
        }
        // Before frames are executed again: what consumers need of them is retained.
        sequencer.broadcast.change_consumers(self.survey.consumers_of(number));
        let passed = Passed::new(self.divergence);
        Reopened { number, sequencer, passed, steps, frames, changed: Vec::new() }
    }
}

impl Reopened {
    /// Whether it has all frames of the journal.
    fn is_whole(&self) -> bool {
        self.frames == 0
    }

    /// The position from which on it lacks frames.
    fn through(&self) -> LogPosition {
        self.sequencer.pipeline.as_ref().map_or(LogPosition(0), Pipeline::through)
    }
}

fn no_thread(store: &Store, error: &std::io::Error) -> Error {
    let what = format!("no thread can be started: {error}");
    StoreError::Store { file: store.directory().to_owned(), what }.into()
}
