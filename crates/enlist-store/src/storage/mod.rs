//! A file of the library that keeps rows, as the journal and the checkpoint both need it.
//!
//! The library verifies its file when it is opened, and a panic of it over a damaged file is reported as damage. Each row has a
//! checksum of its own that covers its key, so that no row is taken for another one. It does not know what a row means.
//! Invariant: after a failed write or sync nothing more reaches the file, and later calls return the failure.

mod creation;
mod rows;
mod stopping;
mod unwritten;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parking_lot::{Mutex, MutexGuard, RwLock};
use redb::backends::{FileBackend, InMemoryBackend};
use redb::{Builder, Database, StorageBackend};

pub use creation::sync;
pub(crate) use creation::{new_name, open_or_create};
pub(crate) use rows::{NewFile, Rows};
use stopping::{Failure, StoppingStorage};
use unwritten::UnwrittenStorage;

use crate::error::Error;

const CHECKSUM_BYTES: usize = 4;
/// A file is read once and then mostly written, so a large cache would be wasted.
const CACHE_BYTES: usize = 32 << 20;

/// Whether the library verifies a file when it is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    Whole,
    None,
}

/// An open file of the library.
#[derive(Debug)]
pub(crate) struct StoredFile {
    /// `None` once it is closed.
    database: RwLock<Option<Database>>,
    path: PathBuf,
    failure: RwLock<Failure>,
    /// Locked while something is written.
    writes: Mutex<()>,
}

impl StoredFile {
    /// The library's file on a storage, which is verified; an empty storage becomes a new one.
    pub(crate) fn open(storage: impl StorageBackend, path: &Path) -> Result<Self, Error> {
        Self::open_with(storage, path, Check::Whole)
    }

    fn open_with(storage: impl StorageBackend, path: &Path, check: Check) -> Result<Self, Error> {
        let failure = Failure::default();
        let storage = StoppingStorage::new(storage, failure.clone());
        let database = guarded(path, || {
            let mut builder = Builder::new();
            // Otherwise a file that was closed well is trusted, whatever became of it since.
            builder.set_check_integrity_on_open(check == Check::Whole).set_cache_size(CACHE_BYTES);
            builder.create_with_backend(storage).map_err(|error| shown(path, error.into()))
        })?;
        let file = Self::of(Some(database), path.to_owned(), failure);
        file.check()?;
        Ok(file)
    }

    fn of(database: Option<Database>, path: PathBuf, failure: Failure) -> Self {
        let (database, failure) = (RwLock::new(database), RwLock::new(failure));
        StoredFile { database, path, failure, writes: Mutex::default() }
    }

    /// As [`open`](Self::open), on a file.
    pub(crate) fn open_file(file: File, path: &Path) -> Result<Self, Error> {
        let backend = FileBackend::new(file).map_err(|error| shown(path, error.into()))?;
        Self::open(backend, path)
    }

    /// As [`open_file`](Self::open_file), but the library does not verify the file if it was closed well. Rows must be checked.
    pub(crate) fn open_unchecked(file: File, path: &Path) -> Result<Self, Error> {
        let backend = FileBackend::new(file).map_err(|error| shown(path, error.into()))?;
        Self::open_with(backend, path, Check::None)
    }

    /// As [`open`](Self::open), on a file of a name, which is not changed: what is written stays in memory. A file that is missing is
    /// a new one.
    pub(crate) fn open_unwritten(path: &Path) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::store(path, &error);
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Self::open(InMemoryBackend::new(), path);
            }
            Err(error) => return Err(failed(error)),
        };
        // The library would take an empty file for a new one.
        if file.metadata().map_err(failed)?.len() == 0 {
            return Err(Error::damaged(path, &"it is empty"));
        }
        let backend = FileBackend::new(file).map_err(|error| shown(path, error.into()))?;
        Self::open(UnwrittenStorage::new(backend).map_err(failed)?, path)
    }

    /// The file, as errors name it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Fails if a write or sync has failed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.failure.read().check(&self.path)
    }

    /// Closes the file. What is asked for afterwards is an error.
    pub(crate) fn close(&self) {
        let database = self.database.write().take();
        // The library syncs once more when it closes; what was committed is kept whatever comes of that.
        let _ = self.guarded(|| {
            drop(database);
            Ok(())
        });
    }

    /// Runs what reads.
    pub(crate) fn run<T>(&self, run: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, Error> {
        let database = self.database.read();
        let database = database.as_ref().ok_or_else(|| Error::store(&self.path, &"it is closed"))?;
        self.guarded(|| run(database).map_err(|error| self.shown(error)))
    }

    /// Runs what writes; what the storage did not take has failed.
    pub(crate) fn write<T>(
        &self,
        write: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, Error> {
        let _writes = self.writes.lock();
        let written = self.run(write)?;
        self.check()?;
        Ok(written)
    }

    /// Lets what writes wait, as long as the result lives.
    pub(crate) fn pause_writes(&self) -> MutexGuard<'_, ()> {
        self.writes.lock()
    }

    /// Goes on with another file, which gets the name of this one.
    pub(crate) fn take_over(&self, new: &StoredFile) -> Result<(), Error> {
        let mut database = self.database.write();
        if database.is_none() {
            return Err(Error::store(&self.path, &"it is closed"));
        }
        // First: if it fails, this file goes on.
        std::fs::rename(&new.path, &self.path).map_err(|error| Error::store(&self.path, &error))?;
        let old = std::mem::replace(&mut *database, new.database.write().take());
        *self.failure.write() = new.failure.read().clone();
        drop(database);
        self.guarded(|| {
            drop(old);
            Ok(())
        })
    }

    /// Runs what reads or writes the file; a panic is damage.
    pub(crate) fn guarded<T>(&self, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        guarded(&self.path, run)
    }

    /// The library's error as one of ours.
    pub(crate) fn shown(&self, error: impl Into<redb::Error>) -> Error {
        shown(&self.path, error.into())
    }

    /// The file does not hold what was written to it.
    pub(crate) fn damaged(&self, what: &str) -> Error {
        Error::damaged(&self.path, &what)
    }
}

/// The content of a row with its checksum, as it is stored under a key.
pub(crate) fn with_checksum(key: &[u8], content: &[u8]) -> Vec<u8> {
    let mut row = Vec::with_capacity(CHECKSUM_BYTES + content.len());
    row.extend(checksum(key, content).to_le_bytes());
    row.extend_from_slice(content);
    row
}

/// The content of a row that is stored under a key, or what is wrong with it.
pub(crate) fn content<'a>(key: &[u8], row: &'a [u8]) -> Result<&'a [u8], &'static str> {
    let (checked, content) = row.split_at_checked(CHECKSUM_BYTES).ok_or("is cut")?;
    if checksum(key, content).to_le_bytes() == checked { Ok(content) } else { Err("has another checksum") }
}

/// The content of a row that was made in this process, so that its checksum need not be compared.
pub(crate) fn without_checksum(row: &[u8]) -> &[u8] {
    row.get(CHECKSUM_BYTES..).unwrap_or_default()
}

fn checksum(key: &[u8], content: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), content)
}

fn guarded<T>(path: &Path, run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|_| Err(Error::damaged(path, &"reading it fails inside the library that keeps it")))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum, which may grow")]
fn shown(path: &Path, error: redb::Error) -> Error {
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
