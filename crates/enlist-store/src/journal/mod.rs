//! The journal: a log in a redb file, with a high-water mark beside it.
//!
//! A directory holds `journal.redb` and `mark`. Beside frames the file holds the outbox, whose rows come and go with a cut. Frames that
//! wait are kept in one commit by one thread; meanwhile the next ones gather. A journal that buffers answers before that, when frames are
//! in a tail. It does not know what a frame means. Invariant: an append is answered only after its commit is synced and marked, or
//! after it is in a tail; after a failure nothing more is appended; what is synced is read whole or with an error, never shorter.

mod buffer;
mod committer;
mod creation;
mod outbox;
mod queue;
mod remains;
mod rewriting;
mod rows;
mod table;
mod tails;
mod unwritten;

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::{Condvar, Mutex};
use redb::StorageBackend;

use crate::durability::Durability;
use crate::error::Error;
use crate::frame::WorkspaceNumber;
use crate::log::{Frames, Log, LogPosition, Ticket};
use crate::mark::Mark;
use crate::memory_log::check_sizes;
use crate::outbox::OutboxRecord;
use crate::tail::{Tail, TailStorage};
use buffer::Buffer;
use committer::{Committer, Turns};
use queue::{Queue, Rouse};
pub use remains::Remains;
use table::Table;

pub(crate) use creation::{JOURNAL, MARK, lock};
pub use rewriting::JournalRewrite;
pub(crate) use rows::{JournalRows, put_frame};

/// A log in a directory. What survives of what is answered for is its [`Durability`]. Dropping it keeps what was appended, synced, and
/// waits until it is kept.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the handle and the committing thread share.
#[derive(Debug)]
struct Shared {
    table: Table,
    queue: Mutex<Queue>,
    /// Locked after the queue, or alone. `None` when the journal is closed: then the mark's file is released.
    committer: Mutex<Option<Committer>>,
    /// Something waits and nobody commits, or the journal closes.
    wake: Condvar,
}

impl Journal {
    /// The name of the file in its directory.
    pub const NAME: &str = creation::JOURNAL;

    /// Opens the journal of a directory, or creates both. Reads the whole file.
    ///
    /// # Errors
    /// [`Error::Locked`] if it is open elsewhere; [`Error::Damaged`] names the file that does not hold what was written to it;
    /// [`Error::Format`]; [`Error::Store`].
    pub fn open(directory: &Path) -> Result<Self, Error> {
        Self::open_with(directory, Durability::Synced)
    }

    /// As [`open`](Self::open), with another durability. What an earlier process buffered is synced first.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(directory: &Path, durability: Durability) -> Result<Self, Error> {
        let mark = creation::mark(directory)?;
        let table = creation::journal(directory, &mark)?;
        Self::begin(table, mark, creation::tails(directory, durability)?, durability)
    }

    /// Opens the journal of a directory, and no byte of the directory changes: what is appended stays in memory.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`Error::Store`] if there is no store.
    pub fn open_unwritten(directory: &Path) -> Result<Self, Error> {
        let (table, mark) = unwritten::files(directory)?;
        Self::begin(table, mark, unwritten::tails(directory)?, Durability::Synced)
    }

    /// Opens a journal on storage that is not a file, for tests and simulations. `name` is what errors call it.
    ///
    /// # Errors
    /// As [`open`](Self::open), except for [`Error::Locked`].
    pub fn open_on(storage: impl StorageBackend, name: &Path, mark: Mark) -> Result<Self, Error> {
        Self::begin(Table::open(storage, name)?, mark, None, Durability::Synced)
    }

    /// As [`open_on`](Self::open_on), with tails and another durability.
    ///
    /// # Errors
    /// As [`open_on`](Self::open_on).
    pub fn open_on_with(
        storage: impl StorageBackend,
        name: &Path,
        mark: Mark,
        tails: [impl TailStorage; 2],
        durability: Durability,
    ) -> Result<Self, Error> {
        let [one, two] = tails;
        let tails = [Tail::new(one, Path::new("tail-0")), Tail::new(two, Path::new("tail-1"))];
        Self::begin(Table::open(storage, name)?, mark, Some(tails), durability)
    }

    fn begin(
        table: Table,
        mut mark: Mark,
        tails: Option<[Tail; 2]>,
        durability: Durability,
    ) -> Result<Self, Error> {
        let end = table.end()?;
        if end < mark.position() {
            let what = format!(
                "it ends before position {}, but was synced up to {} according to {}",
                end.0,
                mark.position().0,
                mark.file().display()
            );
            return Err(Error::damaged(table.path(), &what));
        }
        let (mut buffer, mut turns) = (None, None);
        if let Some(mut tails) = tails {
            let sync_every = durability.sync_every();
            tails::move_left(&table, &mut mark, &mut tails, sync_every.is_some())?;
            let [tail, spare] = tails;
            buffer = sync_every.map(|_| Buffer::new(tail));
            turns = sync_every.map(|sync_every| Turns { sync_every, spare });
        }
        let end = table.end()?;
        let queue = Queue {
            waiting: Vec::new(),
            unanswered: 0,
            buffer,
            next: end,
            start: table.start()?,
            kept: end,
            synced: end,
            bytes: table.bytes()?,
            failure: None,
            last_group: 0,
            commits: None,
            closes: false,
        };
        let committer = Mutex::new(Some(Committer { mark, turns }));
        let shared = Arc::new(Shared { table, queue: Mutex::new(queue), committer, wake: Condvar::new() });
        let thread = thread::Builder::new()
            .name("enlist-journal".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.run()
            })
            .map_err(|error| Error::store(shared.table.path(), &error))?;
        Ok(Journal { shared, thread: Mutex::new(Some(thread)) })
    }

    /// The position of the first frame that is not cut. Frames before it are in a checkpoint, or lost with it.
    pub fn start(&self) -> LogPosition {
        self.shared.queue.lock().start
    }

    /// How many bytes the kept frames take that are not cut, without what the library adds.
    pub fn bytes(&self) -> u64 {
        self.shared.queue.lock().bytes
    }

    /// Waits until everything that was answered is synced. Does nothing unless the journal buffers.
    ///
    /// # Errors
    /// [`Error::Store`] if this or an earlier write has failed, or the journal is closed.
    pub fn sync(&self) -> Result<(), Error> {
        let mut queue = self.shared.queue.lock();
        queue.check()?;
        if !queue.has_unsynced() {
            return Ok(());
        }
        if queue.closes {
            return Err(self.closed());
        }
        let ticket = queue.ask_for_sync();
        drop(queue);
        self.shared.wake.notify_one();
        ticket.wait().map(|_| ())
    }

    fn closed(&self) -> Error {
        Error::store(self.shared.table.path(), &"it is closed")
    }

    /// Keeps what was published, synced, in the place of records with the same first sequences.
    ///
    /// # Errors
    /// [`Error::TooLarge`] and [`Error::Unwritable`], which change nothing; [`Error::Store`] if an earlier append or this commit
    /// failed; [`Error::Damaged`].
    pub fn keep_outbox(&self, records: &[(WorkspaceNumber, OutboxRecord)]) -> Result<(), Error> {
        if records.is_empty() {
            return Ok(());
        }
        // What a frame published must not be there without the frame.
        self.sync()?;
        self.shared.table.keep_outbox(records).inspect_err(|error| self.shared.fail_of(error))
    }

    /// What was published in a workspace and is kept, in the order of sequences.
    ///
    /// # Errors
    /// [`Error::Store`] or [`Error::Damaged`].
    pub fn outbox(&self, number: WorkspaceNumber) -> Result<Vec<OutboxRecord>, Error> {
        self.shared.table.outbox(number)
    }

    /// Deletes, in one synced commit, the frames before a position, the records of the outbox of which each item is acknowledged
    /// (for each workspace the greatest sequence that no consumer needs any more), and all records of dropped workspaces.
    ///
    /// # Errors
    /// As [`cut`](Log::cut).
    pub fn cut_through(
        &self,
        before: LogPosition,
        acknowledged: &[(WorkspaceNumber, u64)],
        dropped: &[WorkspaceNumber],
    ) -> Result<(), Error> {
        // Only the table can be cut.
        self.sync()?;
        let before = before.min(self.shared.queue.lock().synced);
        let cut = self.shared.table.cut(before, acknowledged, dropped);
        let bytes = cut.inspect_err(|error| self.shared.fail_of(error))?;
        let mut queue = self.shared.queue.lock();
        queue.start = queue.start.max(before);
        queue.bytes = queue.bytes.saturating_sub(bytes);
        Ok(())
    }

    /// The rows that the latest commit left, with everything that was answered before.
    pub(crate) fn rows(&self) -> Result<JournalRows<'_>, Error> {
        self.sync()?;
        self.shared.table.rows()
    }
}

impl Log for Journal {
    fn append(&self, frames: Vec<Vec<u8>>) -> Result<Ticket, Error> {
        check_sizes(&frames)?;
        let mut queue = self.shared.queue.lock();
        queue.check()?;
        if queue.closes {
            return Err(self.closed());
        }
        let (ticket, rouse) = queue.append(&frames);
        drop(queue);
        if rouse == Rouse::Needed {
            self.shared.wake.notify_one();
        }
        Ok(ticket)
    }

    fn keep_here(&self) {
        self.shared.commit_here();
    }

    fn read(&self, from: LogPosition) -> Result<Frames<'_>, Error> {
        // A commit may be synced and not answered; what is not answered is not shown.
        let (synced, buffered) = {
            let queue = self.shared.queue.lock();
            (queue.synced, queue.buffer.as_ref().map(|buffer| buffer.read(from.max(queue.synced))))
        };
        let buffered = buffered.unwrap_or_default().into_iter().map(Ok);
        let mut has_failed = false;
        let frames = self.shared.table.read(from, synced)?.chain(buffered);
        Ok(Box::new(frames.take_while(move |frame| !std::mem::replace(&mut has_failed, frame.is_err()))))
    }

    fn end(&self) -> LogPosition {
        self.shared.queue.lock().kept
    }

    fn cut(&self, before: LogPosition) -> Result<(), Error> {
        self.cut_through(before, &[], &[])
    }
}

impl Shared {
    /// Refuses every append from now on. The first failure stays.
    fn fail(&self, error: &Error) {
        self.queue.lock().failure.get_or_insert_with(|| error.clone());
    }

    /// As [`fail`](Self::fail), unless the error is of what was to be written and not of the file.
    fn fail_of(&self, error: &Error) {
        match error {
            Error::Store { .. }
            | Error::Damaged { .. }
            | Error::Malformed { .. }
            | Error::Locked { .. }
            | Error::Format { .. } => self.fail(error),
            Error::TooLarge { .. } | Error::Unwritable { .. } | Error::NotEmpty { .. } => {}
        }
    }
}

impl Journal {
    /// Keeps what was appended, waits until it is kept, and releases the files and the lock. Nothing more is appended or read.
    pub fn close(&self) {
        let commits = {
            let mut queue = self.shared.queue.lock();
            queue.closes = true;
            queue.commits
        };
        self.shared.wake.notify_one();
        let Some(thread) = self.thread.lock().take() else { return };
        // An answer may drop the last handle, on the thread that commits, for which the journal's thread waits or which it is.
        if commits != Some(thread::current().id()) {
            // A panic of the thread has answered nobody; there is nothing to add to it here.
            let _ = thread.join();
            self.shared.table.close();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}
