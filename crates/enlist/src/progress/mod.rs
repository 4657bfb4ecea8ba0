//! How far the opening of a store has come: for each workspace its stage, and for all of them the outcome.
//!
//! The thread that opens writes here; handles and the registry read. It knows no files and no frames. Invariant: a workspace that is
//! not pending can be found, or it does not exist.

pub(crate) mod open_report;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use enlist_model::WorkspaceId;
use parking_lot::{Condvar, Mutex};

use crate::error::Error;
use crate::progress::open_report::OpenReport;

/// What is being done with a workspace that a store has, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum OpeningStage {
    /// Its definitions and contacts are read from the checkpoint, in order of creation. `of` is the number of the last creation, not
    /// of contacts: some were deleted since, and some numbers were never used.
    Reading,
    /// Memberships and everything else that is derived are computed. Counted in partitions.
    Restoring,
    /// What was executed since the checkpoint is executed again. Counted in frames of the journal.
    Replaying,
    /// It can be read and written.
    Open,
}

/// How far a workspace has come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkspaceProgress {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// What is being done with it.
    pub stage: OpeningStage,
    /// How much of this stage is done.
    pub done: u64,
    /// The whole of this stage.
    pub of: u64,
}

/// How far the opening of a store has come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpeningProgress {
    /// How many workspaces are open.
    pub done: usize,
    /// How many workspaces the store has.
    pub of: usize,
    /// Each of them, by id.
    pub workspaces: Vec<WorkspaceProgress>,
}

/// The progress of all workspaces of a store.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    inner: Mutex<Inner>,
    ended: Condvar,
    /// Whether everything is open. Read first, because it nearly always is.
    is_complete: AtomicBool,
    is_stopped: AtomicBool,
}

#[derive(Debug, Default)]
struct Inner {
    workspaces: BTreeMap<WorkspaceId, Arc<Steps>>,
    open: usize,
    /// `None` until the thread that opens has ended.
    outcome: Option<Result<(), Error>>,
    report: OpenReport,
}

/// The progress of one workspace.
#[derive(Debug)]
pub(crate) struct Steps(Mutex<(OpeningStage, u64, u64)>);

impl Progress {
    /// That of a store with these workspaces.
    pub(crate) fn of(workspaces: impl IntoIterator<Item = WorkspaceId>) -> Self {
        let steps = || Arc::new(Steps(Mutex::new((OpeningStage::Reading, 0, 0))));
        let workspaces = workspaces.into_iter().map(|id| (id, steps())).collect();
        Progress { inner: Mutex::new(Inner { workspaces, ..Inner::default() }), ..Progress::default() }
    }

    /// That of an Enlist whose workspaces are in memory only.
    pub(crate) fn complete() -> Self {
        let progress = Progress::default();
        progress.end(Ok(()));
        progress
    }

    /// The progress of a workspace.
    pub(crate) fn steps(&self, workspace: &WorkspaceId) -> Arc<Steps> {
        let inner = self.inner.lock();
        inner.workspaces.get(workspace).map_or_else(|| Arc::new(Steps::default()), Arc::clone)
    }

    /// Notes that a workspace can be found.
    pub(crate) fn note_open(&self, workspace: &WorkspaceId) {
        let mut inner = self.inner.lock();
        if let Some(steps) = inner.workspaces.get(workspace) {
            steps.begin(OpeningStage::Open, 0);
            inner.open += 1;
        }
    }

    /// Notes that nothing more is opened.
    pub(crate) fn end(&self, outcome: Result<(), Error>) {
        let mut inner = self.inner.lock();
        self.is_complete.store(outcome.is_ok(), Ordering::Release);
        inner.outcome.get_or_insert(outcome);
        drop(inner);
        self.ended.notify_all();
    }

    /// Waits until nothing more is opened.
    pub(crate) fn wait(&self) -> Result<(), Error> {
        let mut inner = self.inner.lock();
        loop {
            if let Some(outcome) = &inner.outcome {
                return outcome.clone();
            }
            self.ended.wait(&mut inner);
        }
    }

    /// Fails unless everything is open: with what opening failed with, or with how far it is.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.is_complete.load(Ordering::Acquire) {
            return Ok(());
        }
        let inner = self.inner.lock();
        match &inner.outcome {
            Some(outcome) => outcome.clone(),
            None => Err(Error::Opening { done: inner.open, of: inner.workspaces.len() }),
        }
    }

    /// As [`check`](Self::check), for a workspace: only one that the store has and that cannot be found yet is refused. Ask this
    /// before looking for the workspace; afterwards, it may have become open meanwhile.
    pub(crate) fn check_workspace(&self, workspace: &str) -> Result<(), Error> {
        if !self.is_complete.load(Ordering::Acquire) && self.is_pending(workspace) {
            return self.check();
        }
        Ok(())
    }

    fn is_pending(&self, workspace: &str) -> bool {
        let inner = self.inner.lock();
        inner.workspaces.get(workspace).is_some_and(|steps| steps.shown().0 != OpeningStage::Open)
    }

    /// The workspaces that cannot be found yet.
    pub(crate) fn pending(&self) -> Vec<WorkspaceId> {
        if self.is_complete.load(Ordering::Acquire) {
            return Vec::new();
        }
        let inner = self.inner.lock();
        let pending = inner.workspaces.iter().filter(|(_, steps)| steps.shown().0 != OpeningStage::Open);
        pending.map(|(id, _)| id.clone()).collect()
    }

    /// How far all are.
    pub(crate) fn shown(&self) -> OpeningProgress {
        let inner = self.inner.lock();
        let workspaces = inner.workspaces.iter().map(|(id, steps)| {
            let (stage, done, of) = steps.shown();
            WorkspaceProgress { workspace: id.clone(), stage, done, of }
        });
        OpeningProgress { done: inner.open, of: inner.workspaces.len(), workspaces: workspaces.collect() }
    }

    /// Changes the report, or reads it.
    pub(crate) fn report<T>(&self, look: impl FnOnce(&mut OpenReport) -> T) -> T {
        look(&mut self.inner.lock().report)
    }

    /// Asks the thread that opens to end.
    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
    }

    /// Fails if opening was stopped.
    pub(crate) fn check_stopped(&self, workspace: &WorkspaceId) -> Result<(), Error> {
        if self.is_stopped.load(Ordering::Acquire) {
            return Err(Error::Closed { workspace: workspace.clone(), events: Vec::new() });
        }
        Ok(())
    }
}

impl Default for Steps {
    fn default() -> Self {
        Steps(Mutex::new((OpeningStage::Reading, 0, 0)))
    }
}

impl Steps {
    /// Begins a stage.
    pub(crate) fn begin(&self, stage: OpeningStage, of: u64) {
        *self.0.lock() = (stage, 0, of);
    }

    /// Notes how much of the stage is done.
    pub(crate) fn note(&self, done: u64) {
        self.0.lock().1 = done;
    }

    /// Notes one step more.
    pub(crate) fn note_one(&self) {
        self.0.lock().1 += 1;
    }

    fn shown(&self) -> (OpeningStage, u64, u64) {
        *self.0.lock()
    }
}
