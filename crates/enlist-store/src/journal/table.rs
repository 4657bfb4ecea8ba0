//! The tables of a journal in redb: frames by position, and where they start.
//!
//! A value is a checksum and a frame; the checksum covers the position too, so that no frame is taken for another one. The library
//! verifies its file when it is opened, and a panic of it over a damaged file is reported as damage. The only file that knows the
//! library's tables. Invariant: positions are consecutive from the start on.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parking_lot::RwLock;
use redb::backends::FileBackend;
use redb::{
    Builder, Database, OwnedRange, ReadableDatabase, ReadableTable, StorageBackend, StorageError,
    TableDefinition,
};

use super::storage::{Failure, StoppingStorage};
use crate::error::Error;
use crate::log::{Frames, LogPosition};

const JOURNAL: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("journal");
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const META_FORMAT: &str = "format";
/// The position of the first frame that is not cut.
const META_START: &str = "start";
const FORMAT: u64 = 1;
const CHECKSUM_BYTES: usize = 4;
/// A journal is read once and then only written, so a large cache would be wasted.
const CACHE_BYTES: usize = 32 << 20;

/// The tables of an open file.
#[derive(Debug)]
pub(super) struct Table {
    /// `None` once it is closed.
    database: RwLock<Option<Database>>,
    path: PathBuf,
    failure: Failure,
}

/// The value that is stored for a frame.
pub(super) fn value(at: LogPosition, frame: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(CHECKSUM_BYTES + frame.len());
    value.extend(checksum(at.0, frame).to_le_bytes());
    value.extend_from_slice(frame);
    value
}

fn checksum(at: u64, frame: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&at.to_le_bytes()), frame)
}

/// Opens the library's file, an empty one as a new one.
pub(super) fn open_file(path: &Path, file: File) -> Result<Table, Error> {
    let backend = FileBackend::new(file).map_err(|error| shown(path, error.into()))?;
    Table::open(backend, path)
}

/// Runs what reads or writes the file; a panic is damage.
pub(crate) fn guarded<T>(path: &Path, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(Error::damaged(path, &"reading it fails inside the library that keeps it")))
}

/// The library's error as one of ours.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum, which may grow")]
pub(crate) fn shown(path: &Path, error: redb::Error) -> Error {
    use std::io::ErrorKind;
    match error {
        redb::Error::DatabaseAlreadyOpen => Error::Locked { path: path.to_owned() },
        redb::Error::Io(error)
            if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
        {
            Error::damaged(path, &error)
        }
        redb::Error::Io(error) => Error::store(path, &error),
        error @ (redb::Error::PreviousIo | redb::Error::Backend(_) | redb::Error::DatabaseClosed) => {
            Error::store(path, &error)
        }
        error => Error::damaged(path, &error),
    }
}

impl Table {
    /// The tables on a storage, which is verified; creates them on an empty one.
    pub(super) fn open(storage: impl StorageBackend, path: &Path) -> Result<Self, Error> {
        let failure = Failure::default();
        let storage = StoppingStorage::new(storage, failure.clone());
        let database = guarded(path, || {
            let mut builder = Builder::new();
            // Otherwise a file that was closed well is trusted, whatever became of it since.
            builder.set_check_integrity_on_open(true).set_cache_size(CACHE_BYTES);
            builder.create_with_backend(storage).map_err(|error| shown(path, error.into()))
        })?;
        let table = Table { database: RwLock::new(Some(database)), path: path.to_owned(), failure };
        table.failure.check(path)?;
        match table.meta(META_FORMAT)? {
            Some(FORMAT) => Ok(table),
            Some(found) => {
                Err(Error::Format { found: found.try_into().unwrap_or(u32::MAX), known: FORMAT as u32 })
            }
            None => table.create(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn create(self) -> Result<Self, Error> {
        self.write(|database| {
            let transaction = database.begin_write()?;
            transaction.open_table(JOURNAL)?;
            let mut meta = transaction.open_table(META)?;
            meta.insert(META_FORMAT, FORMAT)?;
            meta.insert(META_START, 0)?;
            drop(meta);
            Ok(transaction.commit()?)
        })?;
        Ok(self)
    }

    fn run<T>(&self, run: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, Error> {
        let database = self.database.read();
        let database = database.as_ref().ok_or_else(|| Error::store(&self.path, &"it is closed"))?;
        guarded(&self.path, || run(database).map_err(|error| shown(&self.path, error)))
    }

    /// Closes the file. What is asked for afterwards is an error.
    pub(super) fn close(&self) {
        let database = self.database.write().take();
        // The library syncs once more when it closes; the frames are kept whatever comes of that.
        let _ = guarded(&self.path, || {
            drop(database);
            Ok(())
        });
    }

    /// Runs what writes; what the storage did not take has failed.
    fn write(&self, write: impl FnOnce(&Database) -> Result<(), redb::Error>) -> Result<(), Error> {
        self.run(write)?;
        self.failure.check(&self.path)
    }

    /// A number about the tables; `None` in a new file.
    fn meta(&self, name: &str) -> Result<Option<u64>, Error> {
        self.run(|database| match database.begin_read()?.open_table(META) {
            Ok(meta) => Ok(meta.get(name)?.map(|number| number.value())),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    /// Where the frames start that are not cut.
    pub(super) fn start(&self) -> Result<LogPosition, Error> {
        let start = self.meta(META_START)?;
        start.map(LogPosition).ok_or_else(|| Error::damaged(&self.path, &"it does not say where it starts"))
    }

    /// The position after the last frame.
    pub(super) fn end(&self) -> Result<LogPosition, Error> {
        let start = self.start()?;
        let last = self.run(|database| {
            let table = database.begin_read()?.open_table(JOURNAL)?;
            Ok(table.last()?.map(|(at, _)| LogPosition(at.value())))
        })?;
        match last {
            None => Ok(start),
            Some(last) if last < start || last.0 == u64::MAX => {
                Err(Error::damaged(&self.path, &format!("its last frame is at {}", last.0)))
            }
            Some(last) => Ok(last.plus(1)),
        }
    }

    /// Keeps frames, synced.
    pub(super) fn keep<'a>(
        &self,
        frames: impl Iterator<Item = (LogPosition, &'a [u8])>,
    ) -> Result<(), Error> {
        self.write(|database| {
            let transaction = database.begin_write()?;
            let mut table = transaction.open_table(JOURNAL)?;
            for (at, value) in frames {
                table.insert(at.0, value)?;
            }
            drop(table);
            Ok(transaction.commit()?)
        })
    }

    /// The frames from a position on and before another.
    pub(super) fn read(&self, from: LogPosition, end: LogPosition) -> Result<Frames<'_>, Error> {
        let next = from.max(self.start()?);
        if next >= end {
            return Ok(Box::new(std::iter::empty()));
        }
        let range = self.run(|database| {
            let table = database.begin_read()?.open_table(JOURNAL)?;
            Ok(table.range_owned(next.0..end.0)?)
        })?;
        Ok(Box::new(Reader { path: &self.path, range, next, end, has_failed: false }))
    }

    /// Deletes the frames before a position.
    pub(super) fn cut(&self, before: LogPosition) -> Result<(), Error> {
        if before <= self.start()? {
            return Ok(());
        }
        self.write(|database| {
            let transaction = database.begin_write()?;
            transaction.open_table(JOURNAL)?.retain_in(..before.0, |_, _| false)?;
            transaction.open_table(META)?.insert(META_START, before.0)?;
            Ok(transaction.commit()?)
        })
    }
}

/// Reads frames one by one and misses none.
struct Reader<'a> {
    path: &'a Path,
    range: OwnedRange<u64, &'static [u8]>,
    next: LogPosition,
    end: LogPosition,
    has_failed: bool,
}

impl Reader<'_> {
    fn frame(&mut self) -> Result<(LogPosition, Vec<u8>), Error> {
        let (path, expected) = (self.path, self.next);
        let damaged = |what: &str| Error::damaged(path, &format!("the frame at {} {what}", expected.0));
        guarded(path, || {
            let read = self.range.next().ok_or_else(|| damaged("is missing"))?;
            let (at, value) = read.map_err(|error: StorageError| shown(path, error.into()))?;
            if at.value() != expected.0 {
                return Err(damaged("is missing"));
            }
            let value = value.value();
            let (checked, frame) = value.split_at_checked(CHECKSUM_BYTES).ok_or_else(|| damaged("is cut"))?;
            if checksum(expected.0, frame).to_le_bytes() != checked {
                return Err(damaged("has another checksum"));
            }
            Ok((expected, frame.to_vec()))
        })
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<(LogPosition, Vec<u8>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed || self.next >= self.end {
            return None;
        }
        let frame = self.frame();
        self.has_failed = frame.is_err();
        self.next = self.next.plus(1);
        Some(frame)
    }
}
