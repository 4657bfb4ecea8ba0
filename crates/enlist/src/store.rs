//! The store of one Enlist: the journal that its durable workspaces share, and the numbers that they have in it.
//!
//! It knows no engines and executes nothing. Invariant: whatever returns from here is kept, and no number is given twice.

use std::path::Path;
use std::sync::Arc;

use enlist_model::{Instant, WorkspaceId};
use enlist_store::{Creation, Frame, FrameBody, Journal, Log, LogPosition, WorkspaceNumber};
use parking_lot::{Mutex, MutexGuard};

use crate::error::Error;
use crate::life::Life;
use crate::settings::WorkspaceSettings;

/// An open store.
pub(crate) struct Store {
    journal: Arc<Journal>,
    /// The number of the next workspace. Whoever creates a workspace holds it until the workspace can be found, so that no id is
    /// kept twice.
    next: Mutex<WorkspaceNumber>,
}

impl Store {
    /// Opens the store of a directory, or creates it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) fn open(directory: &Path) -> Result<Self, Error> {
        Ok(Store { journal: Arc::new(Journal::open(directory)?), next: Mutex::new(WorkspaceNumber(0)) })
    }

    /// Releases the files. Nothing more is kept.
    pub(crate) fn close(&self) {
        self.journal.close();
    }

    pub(crate) fn log(&self) -> Arc<dyn Log> {
        Arc::clone(&self.journal) as Arc<dyn Log>
    }

    /// The right to create a workspace, with the number that it gets.
    pub(crate) fn next_workspace(&self) -> MutexGuard<'_, WorkspaceNumber> {
        self.next.lock()
    }

    /// Notes that a number was given.
    pub(crate) fn note_number(&self, given: WorkspaceNumber) {
        let mut next = self.next.lock();
        *next = (*next).max(WorkspaceNumber(given.0 + 1));
    }

    /// Keeps that a workspace without contents begins; returns the position after that.
    pub(crate) fn create(
        &self,
        number: WorkspaceNumber,
        id: &WorkspaceId,
        life: &Life,
        settings: &WorkspaceSettings,
        formed_at: Instant,
    ) -> Result<LogPosition, Error> {
        let creation = Creation {
            id: id.clone(),
            incarnation: life.incarnation.bits(),
            cursor_key: life.cursor_key.to_bytes(),
            settings: settings.to_record(),
            formed_at,
        };
        self.keep(number, FrameBody::Create(Box::new(creation)))
    }

    /// Keeps that a workspace has ended.
    pub(crate) fn drop_workspace(&self, number: WorkspaceNumber) -> Result<(), Error> {
        self.keep(number, FrameBody::Drop).map(|_| ())
    }

    /// Keeps a frame, and waits for that; returns the position after it.
    fn keep(&self, workspace: WorkspaceNumber, body: FrameBody) -> Result<LogPosition, Error> {
        let frame = Frame { workspace, body }.encode()?;
        Ok(self.journal.append(vec![frame])?.wait()?.plus(1))
    }
}
