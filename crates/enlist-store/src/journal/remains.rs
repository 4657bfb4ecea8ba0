//! What can be read of a damaged journal, and the journal that begins in its place.
//!
//! The library refuses a file in which it finds damage. Here it is opened without its check, and frames are read in order until one of
//! them is not what was written. Invariant: no position is given twice; the journal that begins starts behind every position that the
//! damaged one can have had.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::table::Table;
use super::{creation, outbox};
use crate::error::Error;
use crate::frame::Frame;
use crate::log::{Frames, Log, LogPosition, Ticket};
use crate::mark::Mark;
use crate::storage::{StoredFile, sync};

/// What can be read of a journal. The directory is locked as long as it exists.
#[derive(Debug)]
pub struct Remains {
    directory: PathBuf,
    /// `None` if nothing can be read.
    table: Option<Table>,
    /// Holds the lock.
    lock: Mutex<File>,
    start: LogPosition,
    /// The position after the last frame that can be read.
    readable: LogPosition,
    /// A position that no frame can have had.
    end: LogPosition,
    damage: Option<Error>,
    is_marked: bool,
}

impl Remains {
    /// Locks the directory of a journal and reads what can be read.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Format`], [`Error::Store`].
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let mut file = creation::lock(directory)?;
        let is_new = creation::is_new(directory, &mut file)?;
        let path = directory.join(creation::MARK);
        let failed = |error: std::io::Error| Error::store(&path, &error);
        let mark = damaged(Mark::open(file.try_clone().map_err(failed)?, &path))?;
        let marked = mark.as_ref().map_or(LogPosition(0), Mark::position);
        let mut remains = Remains {
            directory: directory.to_owned(),
            table: None,
            lock: Mutex::new(file),
            start: LogPosition(0),
            readable: LogPosition(0),
            end: marked,
            is_marked: mark.is_ok(),
            damage: mark.err(),
        };
        if is_new {
            remains.damage = None;
        } else {
            remains.read_journal(marked)?;
        }
        Ok(remains)
    }

    fn read_journal(&mut self, marked: LogPosition) -> Result<(), Error> {
        let path = self.directory.join(creation::JOURNAL);
        let open = || {
            File::options().read(true).write(true).open(&path).map_err(|error| Error::damaged(&path, &error))
        };
        let empty = || Err(Error::damaged(&path, &"it is missing or empty"));
        let is_there = fs::metadata(&path).is_ok_and(|metadata| metadata.len() > 0);
        let checked =
            if is_there { StoredFile::open_file(open()?, &path).and_then(Table::of) } else { empty() };
        let table = match damaged(checked)? {
            Ok(table) => Some(table),
            Err(error) => {
                self.damage.get_or_insert(error);
                let unchecked = || StoredFile::open_unchecked(open()?, &path).and_then(Table::of);
                if is_there { damaged(unchecked())?.ok() } else { None }
            }
        };
        let Some(table) = table else { return Ok(()) };
        let Ok(start) = damaged(table.start())? else { return Ok(()) };
        let end = damaged(table.end())?;
        (self.start, self.readable) = (start, start);
        let mut failure = None;
        let last = end.as_ref().map_or(LogPosition(u64::MAX), |end| *end);
        match damaged(table.read(start, last))? {
            Ok(frames) => {
                for frame in frames {
                    let read = frame.and_then(|(at, bytes)| {
                        Frame::decode(&bytes).map_err(|error| error.in_file(&path))?;
                        Ok(at)
                    });
                    match damaged(read)? {
                        Ok(at) => self.readable = at.plus(1),
                        Err(error) => {
                            failure = Some(error);
                            break;
                        }
                    }
                }
            }
            Err(error) => failure = Some(error),
        }
        let end = end.unwrap_or(self.readable);
        if failure.is_none() && end < marked {
            let what = format!("it ends before position {}, but was synced up to {}", end.0, marked.0);
            failure = Some(Error::damaged(&path, &what));
        }
        // The first that was found says most.
        if let Some(failure) = failure {
            self.damage.get_or_insert(failure);
        }
        self.end = self.end.max(end).max(self.readable);
        self.table = Some(table);
        Ok(())
    }

    /// What is wrong; `None` if the journal is whole.
    pub fn damage(&self) -> Option<&Error> {
        self.damage.as_ref()
    }

    /// The position of the first frame that is not cut; 0 if that cannot be read.
    pub fn start(&self) -> LogPosition {
        self.start
    }

    /// These remains, with an end behind every position that somebody may know.
    #[must_use]
    pub fn ending_behind(mut self, known: LogPosition) -> Self {
        self.end = self.end.max(known).plus(1);
        self
    }

    /// Puts a journal without frames, which begins at the [end](Log::end), in the place of the damaged one. It has what can be read of
    /// the outbox. After a crash there is the one or the other.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn replace(&self) -> Result<(), Error> {
        let (path, unfinished) = (
            self.directory.join(creation::JOURNAL),
            self.directory.join(format!("{}.new", creation::JOURNAL)),
        );
        let failed = |error: std::io::Error| Error::store(&unfinished, &error);
        let mut options = File::options();
        let empty =
            options.read(true).write(true).create(true).truncate(true).open(&unfinished).map_err(failed)?;
        let outbox = self.table.as_ref().map(|table| outbox::readable(table.file())).unwrap_or_default();
        let table = Table::of(StoredFile::open_file(empty, &unfinished)?)?;
        table.begin_at(self.end, &outbox)?;
        table.close();
        self.close();
        // They hold frames that follow the damage, which nothing can execute.
        for name in creation::TAILS {
            let path = self.directory.join(name);
            let failed = |error: std::io::Error| Error::store(&path, &error);
            if path.try_exists().map_err(failed)? {
                let tail = File::options().write(true).open(&path).map_err(failed)?;
                tail.set_len(0).and_then(|()| tail.sync_all()).map_err(failed)?;
            }
        }
        fs::rename(&unfinished, &path).map_err(failed)?;
        sync(&self.directory)?;
        if !self.is_marked {
            let path = self.directory.join(creation::MARK);
            let file = self.lock.lock().try_clone().map_err(|error| Error::store(&path, &error))?;
            Mark::create(file, &path)?;
        }
        Ok(())
    }

    /// What every call gets that would append to it or copy it.
    pub fn not_appended(&self) -> Error {
        Error::store(&self.directory.join(creation::JOURNAL), &"it is damaged, and nothing is appended to it")
    }

    /// Closes the file. Nothing more is read.
    pub fn close(&self) {
        if let Some(table) = &self.table {
            table.close();
        }
    }
}

impl Log for Remains {
    fn append(&self, _frames: Vec<Vec<u8>>) -> Result<Ticket, Error> {
        Err(self.not_appended())
    }

    fn read(&self, from: LogPosition) -> Result<Frames<'_>, Error> {
        match &self.table {
            Some(table) => table.read(from, self.readable),
            None => Ok(Box::new(std::iter::empty())),
        }
    }

    fn end(&self) -> LogPosition {
        self.end
    }

    fn cut(&self, _before: LogPosition) -> Result<(), Error> {
        // It is replaced.
        Ok(())
    }
}

/// Tells damage, which is expected here, from other errors.
fn damaged<T>(result: Result<T, Error>) -> Result<Result<T, Error>, Error> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error @ (Error::Damaged { .. } | Error::Malformed { .. })) => Ok(Err(error)),
        Err(
            error @ (Error::Store { .. }
            | Error::Locked { .. }
            | Error::Format { .. }
            | Error::TooLarge { .. }
            | Error::Unwritable { .. }
            | Error::NotEmpty { .. }),
        ) => Err(error),
    }
}
