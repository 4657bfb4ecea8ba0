//! The tables of a journal in redb: frames by position, and where they start.
//!
//! A value is a checksum and a frame; the checksum covers the position too, so that no frame is taken for another one. The only
//! file that knows the journal's tables. Invariant: positions are consecutive from the start on.

use std::path::Path;

use redb::{OwnedRange, ReadableDatabase, ReadableTable, StorageBackend, StorageError, TableDefinition};

use super::outbox;
use crate::error::Error;
use crate::frame::WorkspaceNumber;
use crate::log::{Frames, LogPosition};
use crate::outbox::OutboxRecord;
use crate::storage::{StoredFile, content, with_checksum, without_checksum};

pub(super) const JOURNAL: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("journal");
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const META_FORMAT: &str = "format";
/// The position of the first frame that is not cut.
pub(super) const META_START: &str = "start";
/// The number that was given last to a use of a tail.
const META_TAIL: &str = "tail";
const FORMAT: u64 = 1;

/// The tables of an open file.
#[derive(Debug)]
pub(super) struct Table(pub(super) StoredFile);

/// The value that is stored for a frame.
pub(super) fn value(at: LogPosition, frame: &[u8]) -> Vec<u8> {
    with_checksum(&at.0.to_le_bytes(), frame)
}

/// The frame of a stored value, without a look at the checksum.
pub(super) fn frame(value: &[u8]) -> &[u8] {
    without_checksum(value)
}

impl Table {
    /// The tables on a storage; creates them on an empty one.
    pub(super) fn open(storage: impl StorageBackend, path: &Path) -> Result<Self, Error> {
        Self::of(StoredFile::open(storage, path)?)
    }

    /// The tables of a file; creates them in a new one.
    pub(super) fn of(file: StoredFile) -> Result<Self, Error> {
        let table = Table(file);
        match table.meta(META_FORMAT)? {
            Some(FORMAT) => Ok(table),
            Some(found) => {
                Err(Error::Format { found: found.try_into().unwrap_or(u32::MAX), known: FORMAT as u32 })
            }
            None => table.create(),
        }
    }

    pub(super) fn close(&self) {
        self.0.close();
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn file(&self) -> &StoredFile {
        &self.0
    }

    /// Lets a new table begin at a position, with rows of the outbox.
    pub(super) fn begin_at(&self, start: LogPosition, outbox: &[outbox::Row]) -> Result<(), Error> {
        self.0.write(|database| {
            let transaction = database.begin_write()?;
            transaction.open_table(META)?.insert(META_START, start.0)?;
            let mut table = transaction.open_table(outbox::OUTBOX)?;
            for (key, row) in outbox {
                table.insert(*key, row.as_slice())?;
            }
            drop(table);
            Ok(transaction.commit()?)
        })
    }

    fn create(self) -> Result<Self, Error> {
        self.0.write(|database| {
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

    /// A number about the tables; `None` in a new file.
    fn meta(&self, name: &str) -> Result<Option<u64>, Error> {
        self.0.run(|database| match database.begin_read()?.open_table(META) {
            Ok(meta) => Ok(meta.get(name)?.map(|number| number.value())),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    /// The position of the first frame that is not cut.
    pub(super) fn start(&self) -> Result<LogPosition, Error> {
        let start = self.meta(META_START)?;
        start.map(LogPosition).ok_or_else(|| self.0.damaged("it does not say where it starts"))
    }

    /// The position after the last frame.
    pub(super) fn end(&self) -> Result<LogPosition, Error> {
        let start = self.start()?;
        let last = self.0.run(|database| {
            let table = database.begin_read()?.open_table(JOURNAL)?;
            Ok(table.last()?.map(|(at, _)| LogPosition(at.value())))
        })?;
        match last {
            None => Ok(start),
            Some(last) if last < start || last.0 == u64::MAX => {
                Err(self.0.damaged(&format!("its last frame is at {}", last.0)))
            }
            Some(last) => Ok(last.plus(1)),
        }
    }

    /// The number that was given last to a use of a tail; 0 if none was.
    pub(super) fn tail(&self) -> Result<u64, Error> {
        Ok(self.meta(META_TAIL)?.unwrap_or_default())
    }

    /// Keeps frames, synced, and with them the number that is given to a use of a tail, if one is.
    pub(super) fn keep<'a>(
        &self,
        frames: impl Iterator<Item = (LogPosition, &'a [u8])>,
        tail: Option<u64>,
    ) -> Result<(), Error> {
        self.0.write(|database| {
            let transaction = database.begin_write()?;
            let mut table = transaction.open_table(JOURNAL)?;
            for (at, value) in frames {
                table.insert(at.0, value)?;
            }
            drop(table);
            if let Some(number) = tail {
                transaction.open_table(META)?.insert(META_TAIL, number)?;
            }
            Ok(transaction.commit()?)
        })
    }

    /// The frames from a position on and before another.
    pub(super) fn read(&self, from: LogPosition, end: LogPosition) -> Result<Frames<'_>, Error> {
        let next = from.max(self.start()?);
        if next >= end {
            return Ok(Box::new(std::iter::empty()));
        }
        let range = self.0.run(|database| {
            let table = database.begin_read()?.open_table(JOURNAL)?;
            Ok(table.range_owned(next.0..end.0)?)
        })?;
        Ok(Box::new(Reader { file: &self.0, range, next, end, has_failed: false }))
    }

    /// How many bytes of frames there are.
    pub(super) fn bytes(&self) -> Result<u64, Error> {
        self.0.run(|database| {
            let table = database.begin_read()?.open_table(JOURNAL)?;
            let mut bytes = 0;
            for frame in table.iter()? {
                bytes += frame?.1.value().len() as u64;
            }
            Ok(bytes)
        })
    }

    /// Deletes the frames before a position, and rows of the outbox, in one commit. Returns how many bytes of frames.
    pub(super) fn cut(
        &self,
        before: LogPosition,
        acknowledged: &[(WorkspaceNumber, u64)],
        dropped: &[WorkspaceNumber],
    ) -> Result<u64, Error> {
        let cuts_frames = before > self.start()?;
        let acknowledged = outbox::acknowledged(&self.0, acknowledged)?;
        if !cuts_frames && acknowledged.is_empty() && dropped.is_empty() {
            return Ok(0);
        }
        self.0.write(|database| {
            let transaction = database.begin_write()?;
            let mut bytes = 0;
            if cuts_frames {
                let count = |_, frame: &[u8]| {
                    bytes += frame.len() as u64;
                    false
                };
                transaction.open_table(JOURNAL)?.retain_in(..before.0, count)?;
                transaction.open_table(META)?.insert(META_START, before.0)?;
            }
            outbox::delete(&transaction, &acknowledged, dropped)?;
            transaction.commit()?;
            Ok(bytes)
        })
    }

    /// Keeps what was published, synced.
    pub(super) fn keep_outbox(&self, records: &[(WorkspaceNumber, OutboxRecord)]) -> Result<(), Error> {
        outbox::keep(&self.0, records)
    }

    /// What was published in a workspace and is kept.
    pub(super) fn outbox(&self, number: WorkspaceNumber) -> Result<Vec<OutboxRecord>, Error> {
        outbox::records(&self.0, number)
    }
}

/// Reads frames one by one and misses none.
struct Reader<'a> {
    file: &'a StoredFile,
    range: OwnedRange<u64, &'static [u8]>,
    next: LogPosition,
    end: LogPosition,
    has_failed: bool,
}

impl Reader<'_> {
    fn frame(&mut self) -> Result<(LogPosition, Vec<u8>), Error> {
        let (file, expected) = (self.file, self.next);
        let damaged = |what: &str| file.damaged(&format!("the frame at {} {what}", expected.0));
        file.guarded(|| {
            let read = self.range.next().ok_or_else(|| damaged("is missing"))?;
            let (at, value) = read.map_err(|error: StorageError| file.shown(error))?;
            if at.value() != expected.0 {
                return Err(damaged("is missing"));
            }
            let frame = content(&expected.0.to_le_bytes(), value.value()).map_err(damaged)?;
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
