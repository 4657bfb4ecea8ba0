//! A checkpoint as one commit left it.
//!
//! Invariant: each row is checked against its checksum and read by the model's checks; what is wrong is damage of the file.

use enlist_engine::ContactDump;
use enlist_model::{FieldKey, SegmentId};
use redb::{OwnedRange, ReadTransaction};

use super::tables::{
    CONSUMERS, CONTACTS, DIGESTS, FIELDS, HISTORY, Meta, SEGMENTS, SOURCES, SPELLINGS, Table, WORKSPACES,
    damaged, key, keys, read_row,
};
use crate::checkpoint::{
    CheckpointReader, Contacts, DigestRecord, SegmentRecord, SeriesRecord, Versions, WorkspaceRecord, contact,
};
use crate::codec;
use crate::error::Error;
use crate::frame::{ConsumerRecord, SourcePosition, WorkspaceNumber};
use crate::log::LogPosition;
use crate::storage::{StoredFile, content};

/// Reads a checkpoint.
pub(super) struct Reader<'a> {
    file: &'a StoredFile,
    transaction: ReadTransaction,
}

/// Rows of a table, one by one. Nothing follows an error.
struct Rows<'a, F> {
    file: &'a StoredFile,
    table: Table,
    range: OwnedRange<&'static [u8], &'static [u8]>,
    /// Makes something of a workspace, the bytes of a key after it, and a content.
    read: F,
    has_failed: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a StoredFile, transaction: ReadTransaction) -> Self {
        Reader { file, transaction }
    }

    /// The rows of a table, of a workspace or of all.
    fn rows<T, F: Fn(WorkspaceNumber, &[u8], &[u8]) -> Result<T, Error>>(
        &self,
        table: Table,
        number: Option<WorkspaceNumber>,
        read: F,
    ) -> Result<Rows<'a, F>, Error> {
        let file = self.file;
        let range = file.guarded(|| {
            let open = self.transaction.open_table(table).map_err(|error| file.shown(error))?;
            let range = match number {
                Some(number) => {
                    let (first, end) = keys(number);
                    open.range_owned::<&[u8]>((
                        first.as_ref().map(Vec::as_slice),
                        end.as_ref().map(Vec::as_slice),
                    ))
                }
                None => open.range_owned::<&[u8]>(..),
            };
            range.map_err(|error| file.shown(error))
        })?;
        Ok(Rows { file, table, range, read, has_failed: false })
    }

    fn list<T>(
        &self,
        table: Table,
        number: WorkspaceNumber,
        read: impl Fn(&[u8], &[u8]) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        self.rows(table, Some(number), |_, key, content| read(key, content))?.collect()
    }

    /// The fields of a workspace, by their numbers.
    fn fields(&self, number: WorkspaceNumber) -> Result<Vec<FieldKey>, Error> {
        let fields = self.list(FIELDS, number, |key, content| {
            let name: &str = codec::decode(content)?;
            let field = FieldKey::new(name).map_err(|error| Error::malformed(error.to_string()))?;
            Ok((index(key)?, field))
        })?;
        if fields.iter().zip(0..).any(|((at, _), expected)| *at != expected) {
            return Err(damaged(self.file, FIELDS, "is missing"));
        }
        Ok(fields.into_iter().map(|(_, field)| field).collect())
    }

    fn meta(&self, meta: Meta) -> Result<Option<u64>, Error> {
        meta.read(self.file, &self.transaction)
    }
}

impl<T, F: Fn(WorkspaceNumber, &[u8], &[u8]) -> Result<T, Error>> Rows<'_, F> {
    fn row(&mut self) -> Option<Result<T, Error>> {
        let (file, table, read, range) = (self.file, self.table, &self.read, &mut self.range);
        let row = file.guarded(|| {
            let Some(row) = range.next() else { return Ok(None) };
            let (key, row) = row.map_err(|error| file.shown(error))?;
            let content = content(key.value(), row.value()).map_err(|what| damaged(file, table, what))?;
            let (number, rest) =
                key.value().split_first_chunk().ok_or_else(|| damaged(file, table, "has no workspace"))?;
            let number = WorkspaceNumber(u64::from_be_bytes(*number));
            read(number, rest, content).map(Some).map_err(|error| error.in_file(file.path()))
        });
        row.transpose()
    }
}

impl<T, F: Fn(WorkspaceNumber, &[u8], &[u8]) -> Result<T, Error>> Iterator for Rows<'_, F> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let row = self.row();
        self.has_failed = matches!(row, Some(Err(_)));
        row
    }
}

/// The number at the end of a key.
fn index(key: &[u8]) -> Result<u32, Error> {
    let bytes = key.try_into().map_err(|_| Error::malformed("a key that ends in no index"))?;
    Ok(u32::from_be_bytes(bytes))
}

/// The name at the end of a key.
fn name(key: &[u8]) -> Result<String, Error> {
    let name = std::str::from_utf8(key).map_err(|_| Error::malformed("a key that ends in no name"))?;
    Ok(name.to_owned())
}

fn segment(key: &[u8]) -> Result<SegmentId, Error> {
    SegmentId::new(&name(key)?).map_err(|error| Error::malformed(error.to_string()))
}

fn read_contact(key: &[u8], content: &[u8], fields: &[FieldKey]) -> Result<ContactDump, Error> {
    let creation = key.try_into().map_err(|_| Error::malformed("a key that ends in no creation number"))?;
    contact(u64::from_be_bytes(creation), content, fields)
}

impl CheckpointReader for Reader<'_> {
    fn position(&self) -> Result<LogPosition, Error> {
        Ok(LogPosition(self.meta(Meta::Position)?.unwrap_or(0)))
    }

    fn next_workspace(&self) -> Result<WorkspaceNumber, Error> {
        Ok(WorkspaceNumber(self.meta(Meta::NextWorkspace)?.unwrap_or(0)))
    }

    fn versions(&self) -> Result<Option<Versions>, Error> {
        let wide = |_| self.file.damaged("the number of the engine's semantics is too large");
        let semantics = self.meta(Meta::Engine)?;
        let time_zones = Meta::TimeZones.read_text(self.file, &self.transaction)?;
        let (Some(semantics), Some(time_zones), Some(unicode)) =
            (semantics, time_zones, self.meta(Meta::Unicode)?)
        else {
            return Ok(None);
        };
        Ok(Some(Versions { semantics: semantics.try_into().map_err(wide)?, time_zones, unicode }))
    }

    fn digests(&self, number: WorkspaceNumber) -> Result<Option<DigestRecord>, Error> {
        read_row(self.file, &self.transaction, DIGESTS, &key(number, &[]), DigestRecord::decode)
    }

    fn workspaces(&self) -> Result<Vec<(WorkspaceNumber, WorkspaceRecord)>, Error> {
        let read = |number: WorkspaceNumber, _: &[u8], content: &[u8]| {
            Ok((number, WorkspaceRecord::decode(content)?))
        };
        self.rows(WORKSPACES, None, read)?.collect()
    }

    fn segments(&self, number: WorkspaceNumber) -> Result<Vec<SegmentRecord>, Error> {
        self.list(SEGMENTS, number, |_, content| SegmentRecord::decode(content))
    }

    fn series(&self, number: WorkspaceNumber) -> Result<Vec<(SegmentId, SeriesRecord)>, Error> {
        self.list(HISTORY, number, |key, content| Ok((segment(key)?, SeriesRecord::decode(content)?)))
    }

    fn spellings(&self, number: WorkspaceNumber) -> Result<Vec<(u32, String)>, Error> {
        self.list(SPELLINGS, number, |key, content| {
            Ok((index(key)?, codec::decode::<&str>(content)?.to_owned()))
        })
    }

    fn sources(&self, number: WorkspaceNumber) -> Result<Vec<(String, SourcePosition)>, Error> {
        self.list(SOURCES, number, |key, content| {
            let (first, second) = codec::decode(content)?;
            Ok((name(key)?, SourcePosition(first, second)))
        })
    }

    fn consumers(&self, number: WorkspaceNumber) -> Result<Vec<(String, ConsumerRecord)>, Error> {
        self.list(CONSUMERS, number, |key, content| Ok((name(key)?, ConsumerRecord::decode(content)?)))
    }

    fn contacts(&self, number: WorkspaceNumber) -> Result<Contacts<'_>, Error> {
        let fields = self.fields(number)?;
        let read = move |_, key: &[u8], content: &[u8]| read_contact(key, content, &fields);
        Ok(Box::new(self.rows(CONTACTS, Some(number), read)?))
    }
}
