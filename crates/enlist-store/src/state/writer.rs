//! Changes of a checkpoint, in one write transaction.
//!
//! Rows go to the library one by one, which writes them out as its cache fills. Invariant: nothing is committed after an error.

use std::collections::BTreeMap;
use std::ops::Bound;

use enlist_engine::ContactDump;
use enlist_model::{FieldKey, SegmentId};
use redb::{ReadableTable, WriteTransaction};

use super::tables::{
    CONSUMERS, CONTACTS, DIGESTS, FIELDS, HISTORY, Meta, OF_WORKSPACES, SEGMENTS, SOURCES, SPELLINGS, Table,
    WORKSPACES, damaged, key, keys,
};
use crate::checkpoint::{
    CheckpointWriter, DigestRecord, FieldNumbers, SegmentRecord, SeriesRecord, Versions, WorkspaceRecord,
    encode_contact,
};
use crate::codec;
use crate::error::Error;
use crate::frame::{ConsumerRecord, SourcePosition, WorkspaceNumber};
use crate::log::LogPosition;
use crate::storage::{StoredFile, content, with_checksum};

/// Changes a checkpoint.
pub(super) struct Writer<'a> {
    file: &'a StoredFile,
    /// Until it is committed.
    transaction: Option<WriteTransaction>,
    /// The numbers of fields, of the workspaces that needed them.
    fields: BTreeMap<WorkspaceNumber, FieldNumbers>,
    failure: Option<Error>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(file: &'a StoredFile, transaction: WriteTransaction) -> Self {
        Writer { file, transaction: Some(transaction), fields: BTreeMap::new(), failure: None }
    }

    /// Runs a change. The first error is that of everything after it.
    fn change(&mut self, change: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        change(self).inspect_err(|error| self.failure = Some(error.clone()))
    }

    fn run<T>(&self, run: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>) -> Result<T, Error> {
        let done = self.file.guarded(|| match &self.transaction {
            Some(transaction) => run(transaction).map_err(|error| self.file.shown(error)),
            None => Err(Error::store(self.file.path(), &"the writer has committed")),
        })?;
        // Early: once the disk is full, all that follows would gather in memory.
        self.file.check()?;
        Ok(done)
    }

    fn put(&self, table: Table, key: &[u8], content: &[u8]) -> Result<(), Error> {
        self.put_row(table, key, &with_checksum(key, content))
    }

    fn put_row(&self, table: Table, key: &[u8], row: &[u8]) -> Result<(), Error> {
        self.run(|transaction| {
            transaction.open_table(table)?.insert(key, row)?;
            Ok(())
        })
    }

    fn remove(&self, table: Table, key: &[u8]) -> Result<(), Error> {
        self.run(|transaction| {
            transaction.open_table(table)?.remove(key)?;
            Ok(())
        })
    }

    /// Removes the rows of a workspace from a table.
    fn clear(&self, table: Table, number: WorkspaceNumber) -> Result<(), Error> {
        let (first, end) = keys(number);
        let range = (first.as_ref().map(Vec::as_slice), end.as_ref().map(Vec::as_slice));
        self.run(|transaction| {
            Ok(transaction.open_table(table)?.retain_in::<&[u8], _>(range, |_, _| false)?)
        })
    }

    fn set(&mut self, meta: Meta, value: impl codec::Encode) -> Result<(), Error> {
        self.change(|this| {
            let (table, key, row) = meta.row(value)?;
            this.put_row(table, key, &row)
        })
    }

    /// Gives each field of a contact a number.
    fn number_fields(&mut self, number: WorkspaceNumber, contact: &ContactDump) -> Result<(), Error> {
        if !self.fields.contains_key(&number) {
            let known = self.known_fields(number)?;
            self.fields.insert(number, known);
        }
        let Some(fields) = self.fields.get(&number) else { return Ok(()) };
        let (next, missing) = (fields.len(), fields.missing(contact));
        for (field, at) in missing.into_iter().zip(next..) {
            self.put(FIELDS, &key(number, &at.to_be_bytes()), &codec::encode(&field.as_str())?)?;
            self.fields.entry(number).or_default().push(field);
        }
        Ok(())
    }

    fn known_fields(&self, number: WorkspaceNumber) -> Result<FieldNumbers, Error> {
        let (first, end) = keys(number);
        let range: (Bound<&[u8]>, Bound<&[u8]>) =
            (first.as_ref().map(Vec::as_slice), end.as_ref().map(Vec::as_slice));
        let rows = self.run(|transaction| {
            let table = transaction.open_table(FIELDS)?;
            let rows = table.range::<&[u8]>(range)?;
            rows.map(|row| row.map(|(key, row)| (key.value().to_vec(), row.value().to_vec())))
                .collect::<Result<Vec<_>, _>>()
                .map_err(redb::Error::from)
        })?;
        let mut fields = FieldNumbers::default();
        for (key, row) in rows {
            let content = content(&key, &row).map_err(|what| damaged(self.file, FIELDS, what))?;
            let name: &str = codec::decode(content).map_err(|error| error.in_file(self.file.path()))?;
            if !key.ends_with(&fields.len().to_be_bytes()) {
                return Err(damaged(self.file, FIELDS, "is missing"));
            }
            let field = FieldKey::new(name).map_err(|_| damaged(self.file, FIELDS, "holds no field"))?;
            fields.push(field);
        }
        Ok(fields)
    }
}

impl CheckpointWriter for Writer<'_> {
    fn put_workspace(&mut self, number: WorkspaceNumber, record: &WorkspaceRecord) -> Result<(), Error> {
        self.change(|this| this.put(WORKSPACES, &key(number, &[]), &record.encode()?))
    }

    fn drop_workspace(&mut self, number: WorkspaceNumber) -> Result<(), Error> {
        self.change(|this| {
            this.fields.remove(&number);
            OF_WORKSPACES.into_iter().try_for_each(|table| this.clear(table, number))
        })
    }

    fn put_contact(&mut self, number: WorkspaceNumber, contact: &ContactDump) -> Result<(), Error> {
        self.change(|this| {
            this.number_fields(number, contact)?;
            let content = encode_contact(contact, this.fields.entry(number).or_default())?;
            this.put(CONTACTS, &key(number, &contact.creation.to_be_bytes()), &content)
        })
    }

    fn remove_contact(&mut self, number: WorkspaceNumber, creation: u64) -> Result<(), Error> {
        self.change(|this| this.remove(CONTACTS, &key(number, &creation.to_be_bytes())))
    }

    fn clear_contacts(&mut self, number: WorkspaceNumber) -> Result<(), Error> {
        self.change(|this| this.clear(CONTACTS, number))
    }

    fn put_segment(&mut self, number: WorkspaceNumber, record: &SegmentRecord) -> Result<(), Error> {
        self.change(|this| this.put(SEGMENTS, &key(number, record.id.as_str().as_bytes()), &record.encode()?))
    }

    fn remove_segment(&mut self, number: WorkspaceNumber, segment: &SegmentId) -> Result<(), Error> {
        self.change(|this| {
            let key = key(number, segment.as_str().as_bytes());
            this.remove(SEGMENTS, &key)?;
            this.remove(HISTORY, &key)
        })
    }

    fn put_series(
        &mut self,
        number: WorkspaceNumber,
        segment: &SegmentId,
        record: &SeriesRecord,
    ) -> Result<(), Error> {
        self.change(|this| this.put(HISTORY, &key(number, segment.as_str().as_bytes()), &record.encode()?))
    }

    fn put_spelling(&mut self, number: WorkspaceNumber, index: u32, spelling: &str) -> Result<(), Error> {
        self.change(|this| {
            this.put(SPELLINGS, &key(number, &index.to_be_bytes()), &codec::encode(&spelling)?)
        })
    }

    fn put_source(
        &mut self,
        number: WorkspaceNumber,
        source: &str,
        position: SourcePosition,
    ) -> Result<(), Error> {
        let position = (position.0, position.1);
        self.change(|this| this.put(SOURCES, &key(number, source.as_bytes()), &codec::encode(&position)?))
    }

    fn put_consumer(
        &mut self,
        number: WorkspaceNumber,
        consumer: &str,
        record: &ConsumerRecord,
    ) -> Result<(), Error> {
        self.change(|this| this.put(CONSUMERS, &key(number, consumer.as_bytes()), &record.encode()?))
    }

    fn remove_consumer(&mut self, number: WorkspaceNumber, consumer: &str) -> Result<(), Error> {
        self.change(|this| this.remove(CONSUMERS, &key(number, consumer.as_bytes())))
    }

    fn set_position(&mut self, position: LogPosition) -> Result<(), Error> {
        self.set(Meta::Position, position.0)
    }

    fn set_next_workspace(&mut self, number: WorkspaceNumber) -> Result<(), Error> {
        self.set(Meta::NextWorkspace, number.0)
    }

    fn set_versions(&mut self, versions: &Versions) -> Result<(), Error> {
        self.set(Meta::Engine, u64::from(versions.semantics))?;
        self.set(Meta::TimeZones, versions.time_zones.as_str())?;
        self.set(Meta::Unicode, versions.unicode)
    }

    fn put_digests(&mut self, number: WorkspaceNumber, record: &DigestRecord) -> Result<(), Error> {
        self.change(|this| this.put(DIGESTS, &key(number, &[]), &record.encode()?))
    }

    fn commit(mut self: Box<Self>) -> Result<(), Error> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let Some(transaction) = self.transaction.take() else { return Ok(()) };
        self.file.write(|_| Ok(transaction.commit()?))
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        let Some(transaction) = self.transaction.take() else { return };
        // Undoing reads the file, and a panic while something is dropped would end the process.
        let _ = self.file.guarded(|| transaction.abort().map_err(|error| self.file.shown(error)));
    }
}
