//! The store of one Enlist: the journal and the state file that its durable workspaces share, and the numbers that they have in them.
//!
//! It knows no engines and executes nothing. Invariant: what returns from here is kept, and no number is given twice.

pub(crate) mod checkpoint;
pub(crate) mod erasure;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use enlist_model::{Instant, WorkspaceId};
use enlist_store::{
    Backup, CheckedRows, CheckpointReader, CheckpointWriter, Checkpoints, Creation, Durability,
    Error as StoreError, FrameBody, Journal, Log, LogPosition, OutboxRecord, Remains, StateFile,
    WorkspaceNumber, check_rows, sync_directory,
};
use parking_lot::{Mutex, MutexGuard};

use crate::cursor::life::Life;
use crate::error::Error;
use crate::sequencer::pipeline::keep;
use crate::sequencer::snapshot::Saved;
use crate::settings::WorkspaceSettings;

/// An open store.
pub(crate) struct Store {
    directory: PathBuf,
    journal: Kept,
    state: StateFile,
    /// The number of the next workspace. It is locked until a workspace that is created can be found, so that no id is kept twice.
    next: Mutex<WorkspaceNumber>,
    /// Workspaces that have ended and may still be in the latest checkpoint. It is locked while an end is being kept.
    dropped: Mutex<Vec<WorkspaceNumber>>,
    /// What the latest checkpoint has of each workspace. It is locked while a checkpoint is made.
    saved: Mutex<BTreeMap<WorkspaceNumber, Saved>>,
}

/// What keeps the frames.
enum Kept {
    Journal(Arc<Journal>),
    /// Of a damaged journal. Nothing is appended to it.
    Remains(Arc<Remains>),
}

impl Store {
    /// Opens the store of a directory, or creates it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) fn open(directory: &Path, durability: Durability) -> Result<Self, Error> {
        // First: it locks the directory.
        let journal = Journal::open_with(directory, durability)?;
        let start = journal.start();
        Self::of(directory, Kept::Journal(Arc::new(journal)), StateFile::open(directory)?, start)
    }

    /// The store of a damaged journal, in which nothing can be kept but a checkpoint.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) fn of_remains(directory: &Path, remains: Remains) -> Result<(Self, Arc<Remains>), Error> {
        let state = StateFile::open(directory)?;
        let known = {
            let checkpoint = state.latest()?;
            let through = checkpoint.workspaces()?.into_iter().map(|(_, record)| record.through).max();
            through.max(Some(checkpoint.position()?)).unwrap_or_default()
        };
        let remains = Arc::new(remains.ending_behind(known));
        let start = remains.start();
        Ok((Self::of(directory, Kept::Remains(Arc::clone(&remains)), state, start)?, remains))
    }

    /// As [`open`](Self::open), for a store that is read only: what is kept stays in memory.
    pub(crate) fn open_unwritten(directory: &Path) -> Result<Self, Error> {
        let journal = Journal::open_unwritten(directory)?;
        let start = journal.start();
        Self::of(directory, Kept::Journal(Arc::new(journal)), StateFile::open_unwritten(directory)?, start)
    }

    fn of(directory: &Path, journal: Kept, state: StateFile, start: LogPosition) -> Result<Self, Error> {
        let (position, next) = {
            let checkpoint = state.latest()?;
            (checkpoint.position()?, checkpoint.next_workspace()?)
        };
        if position < start {
            let what = format!(
                "it is missing, or it lacks a checkpoint that was made: it has frames before {}, and the journal starts at {}",
                position.0, start.0
            );
            return Err(StoreError::Damaged { file: directory.join(StateFile::NAME), what }.into());
        }
        let next = Mutex::new(next);
        Ok(Store {
            directory: directory.to_owned(),
            journal,
            state,
            next,
            dropped: Mutex::default(),
            saved: Mutex::default(),
        })
    }

    /// Where it is.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// An error of a frame that was read from the journal.
    pub(crate) fn in_journal(&self, error: StoreError) -> StoreError {
        error.in_file(&self.directory.join(Journal::NAME))
    }

    /// Releases the files. Nothing more is kept.
    pub(crate) fn close(&self) {
        match &self.journal {
            Kept::Journal(journal) => journal.close(),
            Kept::Remains(remains) => remains.close(),
        }
        self.state.close();
    }

    pub(crate) fn log(&self) -> Arc<dyn Log> {
        match &self.journal {
            Kept::Journal(journal) => Arc::clone(journal) as Arc<dyn Log>,
            Kept::Remains(remains) => Arc::clone(remains) as Arc<dyn Log>,
        }
    }

    /// The bytes of frames in the journal.
    pub(crate) fn journal_bytes(&self) -> u64 {
        match &self.journal {
            Kept::Journal(journal) => journal.bytes(),
            Kept::Remains(_) => 0,
        }
    }

    /// The position of the first frame in the journal.
    pub(crate) fn journal_start(&self) -> LogPosition {
        match &self.journal {
            Kept::Journal(journal) => journal.start(),
            Kept::Remains(remains) => remains.start(),
        }
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

    /// Keeps that a workspace without contents begins, synced; returns the position after that.
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
        let after = keep(&*self.log(), number, FrameBody::Create(Box::new(creation)))?;
        self.sync()?;
        Ok(after)
    }

    /// Keeps that a workspace has ended, synced.
    pub(crate) fn drop_workspace(&self, number: WorkspaceNumber) -> Result<(), Error> {
        // Held: a checkpoint must not cut the frame before it knows the number.
        let mut dropped = self.dropped.lock();
        keep(&*self.log(), number, FrameBody::Drop)?;
        self.sync()?;
        dropped.push(number);
        Ok(())
    }

    /// The workspaces that have ended since the latest checkpoint.
    pub(crate) fn dropped(&self) -> MutexGuard<'_, Vec<WorkspaceNumber>> {
        self.dropped.lock()
    }

    /// What the latest checkpoint has, and the right to make the next.
    pub(crate) fn saved(&self) -> MutexGuard<'_, BTreeMap<WorkspaceNumber, Saved>> {
        self.saved.lock()
    }

    /// The rows of the latest checkpoint.
    pub(crate) fn read_checkpoint(&self) -> Result<Box<dyn CheckpointReader + '_>, Error> {
        Ok(self.state.latest()?)
    }

    /// Begins to write the next checkpoint.
    pub(crate) fn begin_checkpoint(&self) -> Result<Box<dyn CheckpointWriter + '_>, Error> {
        Ok(self.state.begin()?)
    }

    /// Keeps what consumers need of frames that will be cut.
    pub(crate) fn keep_outbox(&self, records: &[(WorkspaceNumber, OutboxRecord)]) -> Result<(), Error> {
        match &self.journal {
            Kept::Journal(journal) => Ok(journal.keep_outbox(records)?),
            // Its workspaces begin another life.
            Kept::Remains(_) => Ok(()),
        }
    }

    /// What is kept for the consumers of a workspace.
    pub(crate) fn outbox(&self, number: WorkspaceNumber) -> Result<Vec<OutboxRecord>, Error> {
        match &self.journal {
            Kept::Journal(journal) => Ok(journal.outbox(number)?),
            Kept::Remains(_) => Ok(Vec::new()),
        }
    }

    /// Commits a checkpoint.
    pub(crate) fn commit(&self, checkpoint: Box<dyn CheckpointWriter + '_>) -> Result<(), Error> {
        // First: a checkpoint that includes frames which the journal lost would pass over those that take their positions.
        self.sync()?;
        Ok(checkpoint.commit()?)
    }

    /// Syncs what is buffered.
    fn sync(&self) -> Result<(), Error> {
        match &self.journal {
            Kept::Journal(journal) => Ok(journal.sync()?),
            Kept::Remains(_) => Ok(()),
        }
    }

    /// Deletes the frames before a position, and of the outbox what is acknowledged: by workspace, up to and with a sequence.
    pub(crate) fn cut(
        &self,
        before: LogPosition,
        acknowledged: &[(WorkspaceNumber, u64)],
        dropped: &[WorkspaceNumber],
    ) -> Result<(), Error> {
        match &self.journal {
            Kept::Journal(journal) => Ok(journal.cut_through(before, acknowledged, dropped)?),
            // It is replaced as a whole.
            Kept::Remains(_) => Ok(()),
        }
    }

    /// Copies the store, as of now, into a new directory.
    pub(crate) fn backup(&self, to: &Path) -> Result<(), Error> {
        let backup = {
            // Held: no checkpoint is committed or cut while the two files are looked at.
            let _no_checkpoint = self.saved();
            Backup::begin(self.journal()?, &self.state)?
        };
        Ok(backup.write(to)?)
    }

    /// Reads every row, and says how far it is.
    pub(crate) fn check_rows(&self, progress: impl FnMut(&CheckedRows)) -> Result<CheckedRows, Error> {
        Ok(check_rows(self.journal()?, &self.state, progress)?)
    }

    /// Copies what is there into new files, which take the places of the old ones. The outbox is left out, and so are frames that
    /// are not needed. No checkpoint may be made meanwhile.
    pub(crate) fn rewrite(
        &self,
        is_needed: impl Fn(WorkspaceNumber, LogPosition) -> bool,
    ) -> Result<(), Error> {
        let state = self.state.rewrite()?;
        // From here on appends wait.
        let journal = self.journal()?.rewrite(is_needed)?;
        // In this order: a journal without the frames that rows have needs the rows.
        state.take_over()?;
        journal.take_over()?;
        Ok(sync_directory(&self.directory)?)
    }

    fn journal(&self) -> Result<&Journal, Error> {
        match &self.journal {
            Kept::Journal(journal) => Ok(journal),
            Kept::Remains(remains) => Err(remains.not_appended().into()),
        }
    }
}
