//! Checkpoints in a redb file, `state.redb`, beside the journal.
//!
//! A row is a checksum and an encoded record; the checksum covers the key too, so that no row is taken for another one. A key begins
//! with the number of its workspace. Invariant: what a transaction did not commit is not there.

use std::path::{Path, PathBuf};

use enlist_engine::ContactDump;
use enlist_model::SegmentId;
use parking_lot::RwLock;
use redb::{
    Builder, Database, ReadTransaction, ReadableDatabase, StorageBackend, TableDefinition, WriteTransaction,
};

use super::contact::StoredContact;
use super::stored::{StoredSegment, StoredSeries, StoredWorkspace};
use super::{
    CheckpointReader, CheckpointWriter, Checkpoints, Contacts, Meta, SegmentRecord, SeriesRecord,
    WorkspaceRecord,
};
use crate::codec::{self, BorrowDecode, Depth, Encode};
use crate::error::Error;
use crate::frame::{SourcePosition, WorkspaceNumber, refused};
use crate::journal::{Failure, StoppingStorage, guarded, open_file, shown};
use crate::log::LogPosition;

const FILE: &str = "state.redb";
type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;
const META: Table = TableDefinition::new("meta");
const WORKSPACES: Table = TableDefinition::new("workspaces");
const SEGMENTS: Table = TableDefinition::new("segments");
const SERIES: Table = TableDefinition::new("history");
const CONTACTS: Table = TableDefinition::new("contacts");
const SPELLINGS: Table = TableDefinition::new("spellings");
const SOURCES: Table = TableDefinition::new("sources");
/// All tables whose keys begin with the number of a workspace.
const OF_WORKSPACES: [Table; 6] = [WORKSPACES, SEGMENTS, SERIES, CONTACTS, SPELLINGS, SOURCES];
/// The only key of the table [`META`].
const META_KEY: &[u8] = b"meta";
const CHECKSUM_BYTES: usize = 4;
const CACHE_BYTES: usize = 64 << 20;
/// Contacts that are read at once.
const READ_CONTACTS: usize = 1_024;

/// A file that holds the latest checkpoint.
#[derive(Debug)]
pub struct StateFile {
    /// `None` once it is closed.
    database: RwLock<Option<Database>>,
    path: PathBuf,
    failure: Failure,
}

/// A checkpoint in one write transaction.
struct Writer<'a> {
    file: &'a StateFile,
    transaction: WriteTransaction,
}

/// A checkpoint as of one read transaction.
struct Reader<'a> {
    path: &'a Path,
    transaction: ReadTransaction,
}

impl StateFile {
    /// Opens the state of a directory whose journal is open, or creates it. `is_needed` says that the journal was cut, so that a state
    /// that is missing is lost. Reads the whole file.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Format`], [`Error::Store`].
    pub fn open(directory: &Path, is_needed: bool) -> Result<Self, Error> {
        let path = directory.join(FILE);
        let file = open_file(directory, FILE, is_needed, |path, file| {
            let backend =
                redb::backends::FileBackend::new(file).map_err(|error| shown(path, error.into()))?;
            Self::open_on(backend, path).map(drop)
        })?;
        let backend = redb::backends::FileBackend::new(file).map_err(|error| shown(&path, error.into()))?;
        Self::open_on(backend, &path)
    }

    /// Opens a state on storage that is not a file, for tests and simulations. `name` is what errors call it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(storage: impl StorageBackend, name: &Path) -> Result<Self, Error> {
        let failure = Failure::default();
        let storage = StoppingStorage::new(storage, failure.clone());
        let database = guarded(name, || {
            let mut builder = Builder::new();
            // Otherwise a file that was closed well is trusted, whatever became of it since.
            builder.set_check_integrity_on_open(true).set_cache_size(CACHE_BYTES);
            builder.create_with_backend(storage).map_err(|error| shown(name, error.into()))
        })?;
        failure.check(name)?;
        let file = StateFile { database: RwLock::new(Some(database)), path: name.to_owned(), failure };
        // The tables exist from the start, so that a reader need not ask.
        Box::new(file.writer()?).commit()?;
        Ok(file)
    }

    /// Closes the file. What is asked for afterwards is an error.
    pub fn close(&self) {
        let database = self.database.write().take();
        let _ = guarded(&self.path, || {
            drop(database);
            Ok(())
        });
    }

    fn run<T>(&self, run: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, Error> {
        let database = self.database.read();
        let database = database.as_ref().ok_or_else(|| Error::store(&self.path, &"it is closed"))?;
        guarded(&self.path, || run(database).map_err(|error| shown(&self.path, error)))
    }

    fn writer(&self) -> Result<Writer<'_>, Error> {
        let transaction = self.run(|database| {
            let transaction = database.begin_write()?;
            for table in OF_WORKSPACES.into_iter().chain([META]) {
                transaction.open_table(table)?;
            }
            Ok(transaction)
        })?;
        Ok(Writer { file: self, transaction })
    }
}

impl Checkpoints for StateFile {
    fn begin(&self) -> Result<Box<dyn CheckpointWriter + '_>, Error> {
        self.failure.check(&self.path)?;
        Ok(Box::new(self.writer()?))
    }

    fn latest(&self) -> Result<Box<dyn CheckpointReader + '_>, Error> {
        let transaction = self.run(|database| Ok(database.begin_read()?))?;
        Ok(Box::new(Reader { path: &self.path, transaction }))
    }
}

/// The key of a row of a workspace.
fn key(workspace: WorkspaceNumber, rest: &[u8]) -> Vec<u8> {
    [&workspace.0.to_be_bytes(), rest].concat()
}

fn checksum(key: &[u8], value: &[u8]) -> [u8; CHECKSUM_BYTES] {
    crc32c::crc32c_append(crc32c::crc32c(key), value).to_le_bytes()
}

impl Writer<'_> {
    fn run(&self, run: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>) -> Result<(), Error> {
        let path = &self.file.path;
        guarded(path, || run(&self.transaction).map_err(|error| shown(path, error)))
    }

    fn put(&self, table: Table, key: &[u8], record: &impl Encode) -> Result<(), Error> {
        let record = codec::encode(record)?;
        let row = [checksum(key, &record).as_slice(), &record].concat();
        self.run(|transaction| {
            transaction.open_table(table)?.insert(key, row.as_slice())?;
            Ok(())
        })
    }

    fn remove(&self, table: Table, key: &[u8]) -> Result<(), Error> {
        self.run(|transaction| {
            transaction.open_table(table)?.remove(key)?;
            Ok(())
        })
    }
}

impl CheckpointWriter for Writer<'_> {
    fn put_workspace(&mut self, workspace: WorkspaceNumber, record: &WorkspaceRecord) -> Result<(), Error> {
        self.put(WORKSPACES, &key(workspace, &[]), &StoredWorkspace::of(record))
    }

    fn drop_workspace(&mut self, workspace: WorkspaceNumber) -> Result<(), Error> {
        let (from, to) = (key(workspace, &[]), key(WorkspaceNumber(workspace.0 + 1), &[]));
        self.run(|transaction| {
            for table in OF_WORKSPACES {
                transaction.open_table(table)?.retain_in(from.as_slice()..to.as_slice(), |_, _| false)?;
            }
            Ok(())
        })
    }

    fn put_contact(&mut self, workspace: WorkspaceNumber, contact: &ContactDump) -> Result<(), Error> {
        self.put(CONTACTS, &key(workspace, &contact.creation.to_be_bytes()), &StoredContact::of(contact))
    }

    fn remove_contact(&mut self, workspace: WorkspaceNumber, creation: u64) -> Result<(), Error> {
        self.remove(CONTACTS, &key(workspace, &creation.to_be_bytes()))
    }

    fn put_segment(&mut self, workspace: WorkspaceNumber, segment: &SegmentRecord) -> Result<(), Error> {
        self.put(SEGMENTS, &key(workspace, segment.id.as_str().as_bytes()), &StoredSegment::of(segment))
    }

    fn remove_segment(&mut self, workspace: WorkspaceNumber, segment: &SegmentId) -> Result<(), Error> {
        let key = key(workspace, segment.as_str().as_bytes());
        self.remove(SEGMENTS, &key)?;
        self.remove(SERIES, &key)
    }

    fn put_series(
        &mut self,
        workspace: WorkspaceNumber,
        segment: &SegmentId,
        series: &SeriesRecord,
    ) -> Result<(), Error> {
        self.put(SERIES, &key(workspace, segment.as_str().as_bytes()), &StoredSeries::of(series))
    }

    fn put_spelling(&mut self, workspace: WorkspaceNumber, index: u32, label: &str) -> Result<(), Error> {
        self.put(SPELLINGS, &key(workspace, &index.to_be_bytes()), &label)
    }

    fn put_source(
        &mut self,
        workspace: WorkspaceNumber,
        source: &str,
        position: SourcePosition,
    ) -> Result<(), Error> {
        self.put(SOURCES, &key(workspace, source.as_bytes()), &(position.0, position.1))
    }

    fn put_meta(&mut self, meta: Meta) -> Result<(), Error> {
        self.put(META, META_KEY, &(meta.position.0, meta.next_workspace.0))
    }

    fn commit(self: Box<Self>) -> Result<(), Error> {
        let Writer { file, transaction } = *self;
        guarded(&file.path, || transaction.commit().map_err(|error| shown(&file.path, error.into())))?;
        file.failure.check(&file.path)
    }
}

impl Reader<'_> {
    /// Decodes a row, whose texts it borrows.
    fn row<'r, T: BorrowDecode<'r, Depth>>(&self, key: &[u8], row: &'r [u8]) -> Result<T, Error> {
        let damaged = |what: &str| Error::damaged(self.path, &what);
        let (checked, record) =
            row.split_at_checked(CHECKSUM_BYTES).ok_or_else(|| damaged("a row is cut"))?;
        if checksum(key, record) != checked {
            return Err(damaged("a row has another checksum"));
        }
        codec::decode(record).map_err(|error| error.in_file(self.path))
    }

    fn read<T>(&self, run: impl FnOnce(&ReadTransaction) -> Result<T, Error>) -> Result<T, Error> {
        guarded(self.path, || run(&self.transaction))
    }

    fn shown(&self, error: impl Into<redb::Error>) -> Error {
        shown(self.path, error.into())
    }

    /// The rows of a range of keys, each as `make` makes it of the key and the row; `most` at most.
    fn rows<T>(
        &self,
        table: Table,
        (from, to): (&[u8], &[u8]),
        most: usize,
        mut make: impl FnMut(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.read(|transaction| {
            let table = transaction.open_table(table).map_err(|error| self.shown(error))?;
            let range = table.range(from..to).map_err(|error| self.shown(error))?;
            let mut rows = Vec::new();
            for row in range.take(most) {
                let (key, row) = row.map_err(|error| self.shown(error))?;
                rows.push(make(key.value(), row.value())?);
            }
            Ok(rows)
        })
    }

    fn of_workspace<T>(
        &self,
        table: Table,
        workspace: WorkspaceNumber,
        make: impl FnMut(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let (from, to) = (key(workspace, &[]), key(WorkspaceNumber(workspace.0 + 1), &[]));
        self.rows(table, (&from, &to), usize::MAX, make)
    }

    /// The text after the number of the workspace in a key.
    fn name<'k>(&self, key: &'k [u8]) -> Result<&'k str, Error> {
        let name = key.get(8..).and_then(|name| str::from_utf8(name).ok());
        name.ok_or_else(|| Error::damaged(self.path, &"a key is not of its table"))
    }
}

impl CheckpointReader for Reader<'_> {
    fn meta(&self) -> Result<Meta, Error> {
        let end = [META_KEY, &[0]].concat();
        let read = self.rows(META, (META_KEY, &end), 1, |key, row| self.row::<(u64, u64)>(key, row))?;
        let meta = |(position, next): (u64, u64)| Meta {
            position: LogPosition(position),
            next_workspace: WorkspaceNumber(next),
        };
        Ok(read.into_iter().next().map(meta).unwrap_or_default())
    }

    fn workspaces(&self) -> Result<Vec<(WorkspaceNumber, WorkspaceRecord)>, Error> {
        self.rows(WORKSPACES, (&[], &[u8::MAX; 9]), usize::MAX, |key, row| {
            let number = <[u8; 8]>::try_from(key).map_err(|_| Error::damaged(self.path, &"a key is cut"))?;
            let record = self.row::<StoredWorkspace<'_>>(key, row)?.into_record();
            Ok((
                WorkspaceNumber(u64::from_be_bytes(number)),
                record.map_err(|error| error.in_file(self.path))?,
            ))
        })
    }

    fn segments(&self, workspace: WorkspaceNumber) -> Result<Vec<SegmentRecord>, Error> {
        self.of_workspace(SEGMENTS, workspace, |key, row| {
            let record = self.row::<StoredSegment<'_>>(key, row)?.into_record();
            record.map_err(|error| error.in_file(self.path))
        })
    }

    fn series(&self, workspace: WorkspaceNumber) -> Result<Vec<(SegmentId, SeriesRecord)>, Error> {
        self.of_workspace(SERIES, workspace, |key, row| {
            let segment =
                SegmentId::new(self.name(key)?).map_err(|error| refused(&error).in_file(self.path))?;
            Ok((segment, self.row::<StoredSeries>(key, row)?.into_record()))
        })
    }

    fn spellings(&self, workspace: WorkspaceNumber) -> Result<Vec<String>, Error> {
        self.of_workspace(SPELLINGS, workspace, |key, row| Ok(self.row::<&str>(key, row)?.to_owned()))
    }

    fn sources(&self, workspace: WorkspaceNumber) -> Result<Vec<(String, SourcePosition)>, Error> {
        self.of_workspace(SOURCES, workspace, |key, row| {
            let (first, second) = self.row::<(u64, u64)>(key, row)?;
            Ok((self.name(key)?.to_owned(), SourcePosition(first, second)))
        })
    }

    fn contacts(&self, workspace: WorkspaceNumber) -> Result<Contacts<'_>, Error> {
        let end = key(WorkspaceNumber(workspace.0 + 1), &[]);
        let mut from = key(workspace, &[]);
        let mut read = Vec::new().into_iter();
        let mut has_ended = false;
        Ok(Box::new(std::iter::from_fn(move || {
            if read.len() == 0 && !has_ended {
                let mut last = Vec::new();
                let more = self.rows(CONTACTS, (&from, &end), READ_CONTACTS, |key, row| {
                    last.clear();
                    last.extend_from_slice(key);
                    let contact = self.row::<StoredContact<'_>>(key, row)?.into_contact();
                    contact.map_err(|error| error.in_file(self.path))
                });
                match more {
                    Ok(more) => {
                        // The next part begins after the last key of this one.
                        last.push(0);
                        from = last;
                        has_ended = more.len() < READ_CONTACTS;
                        read = more.into_iter();
                    }
                    Err(error) => {
                        has_ended = true;
                        return Some(Err(error));
                    }
                }
            }
            read.next().map(Ok)
        })))
    }
}
