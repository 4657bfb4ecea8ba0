//! The journal: a log in a redb file, with a high-water mark beside it.
//!
//! A directory holds `journal.redb` and `mark`. Frames that wait are kept in one commit by one thread; meanwhile the next ones
//! gather. It does not know what a frame means. Invariant: an append is answered only after its commit is synced and marked; after
//! a failure nothing more is appended; the journal is read whole or with an error, never shorter.

mod committer;
mod creation;
mod table;

use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use parking_lot::{Condvar, Mutex};
use redb::StorageBackend;

use crate::error::Error;
use crate::log::{Frames, Log, LogPosition, Reply, Ticket, ticket};
use crate::mark::Mark;
use crate::memory_log::check_sizes;
use table::Table;

/// A log in a directory. What is answered for survives process death and power loss. Dropping it keeps what was appended, and waits until it is kept.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    committer: Option<JoinHandle<()>>,
}

/// What the handle and the committing thread share.
#[derive(Debug)]
struct Shared {
    table: Table,
    queue: Mutex<Queue>,
    /// Something waits, or the journal closes.
    wake: Condvar,
}

/// Frames on their way.
#[derive(Debug)]
struct Queue {
    waiting: Vec<Appended>,
    /// The position of the next frame that is appended.
    next: LogPosition,
    /// The position after the last kept frame.
    kept: LogPosition,
    failure: Option<Error>,
    closes: bool,
}

/// One append that waits.
#[derive(Debug)]
struct Appended {
    first: LogPosition,
    /// The stored values.
    values: Vec<Vec<u8>>,
    reply: Reply,
}

impl Journal {
    /// Opens the journal of a directory, or creates both. Reads the whole file.
    ///
    /// # Errors
    /// [`Error::Locked`] if it is open elsewhere; [`Error::Damaged`] names the file that does not hold what was written to it;
    /// [`Error::Format`]; [`Error::Store`].
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let mark = creation::mark(directory)?;
        Self::start(creation::journal(directory, &mark)?, mark)
    }

    /// Opens a journal on storage that is not a file, for tests and simulations. `name` is what errors call it.
    ///
    /// # Errors
    /// As [`open`](Self::open), except for [`Error::Locked`].
    pub fn open_on(storage: impl StorageBackend, name: &Path, mark: Mark) -> Result<Self, Error> {
        Self::start(Table::open(storage, name)?, mark)
    }

    fn start(table: Table, mark: Mark) -> Result<Self, Error> {
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
        let queue = Queue { waiting: Vec::new(), next: end, kept: end, failure: None, closes: false };
        let shared = Arc::new(Shared { table, queue: Mutex::new(queue), wake: Condvar::new() });
        let committing = Arc::clone(&shared);
        let committer = thread::Builder::new()
            .name("enlist-journal".to_owned())
            .spawn(move || committer::run(&committing, mark))
            .map_err(|error| Error::store(shared.table.path(), &error))?;
        Ok(Journal { shared, committer: Some(committer) })
    }
}

impl Log for Journal {
    fn append(&self, frames: Vec<Vec<u8>>) -> Result<Ticket, Error> {
        check_sizes(&frames)?;
        let mut queue = self.shared.queue.lock();
        if let Some(failure) = &queue.failure {
            return Err(failure.clone());
        }
        let first = queue.next;
        let values =
            frames.iter().enumerate().map(|(at, frame)| table::value(first.plus(at), frame)).collect();
        queue.next = first.plus(frames.len());
        let (ticket, reply) = ticket();
        queue.waiting.push(Appended { first, values, reply });
        drop(queue);
        self.shared.wake.notify_one();
        Ok(ticket)
    }

    fn read(&self, from: LogPosition) -> Result<Frames<'_>, Error> {
        // A commit may be synced and not answered; what is not answered is not shown.
        let end = self.end();
        self.shared.table.read(from, end)
    }

    fn end(&self) -> LogPosition {
        self.shared.queue.lock().kept
    }

    fn cut(&self, before: LogPosition) -> Result<(), Error> {
        let before = {
            let queue = self.shared.queue.lock();
            if let Some(failure) = &queue.failure {
                return Err(failure.clone());
            }
            before.min(queue.kept)
        };
        self.shared.table.cut(before).inspect_err(|error| self.shared.fail(error))
    }
}

impl Shared {
    /// Refuses every append from now on. The first failure stays.
    fn fail(&self, error: &Error) {
        self.queue.lock().failure.get_or_insert_with(|| error.clone());
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.shared.queue.lock().closes = true;
        self.shared.wake.notify_one();
        // A panic of the thread has answered nobody; there is nothing to add to it here.
        let _ = self.committer.take().map(JoinHandle::join);
    }
}
