//! A checkpoint in memory: the plain reading of what [`Checkpoints`] is.
//!
//! It keeps nothing beyond the process. Invariant: a reader has the tables that were there when it began.

use std::collections::BTreeMap;
use std::sync::Arc;

use enlist_engine::ContactDump;
use enlist_model::SegmentId;
use parking_lot::{Condvar, Mutex};

use crate::checkpoint::{
    CheckpointReader, CheckpointWriter, Checkpoints, Contacts, DigestRecord, SegmentRecord, SeriesRecord,
    Versions, WorkspaceRecord,
};
use crate::error::Error;
use crate::frame::{ConsumerRecord, SourcePosition, WorkspaceNumber};
use crate::log::LogPosition;

/// A checkpoint in memory. A writer copies all of it, which is fine for tests and simulations.
#[derive(Debug, Default)]
pub struct MemoryCheckpoints {
    latest: Mutex<Arc<Tables>>,
    /// Whether there is a writer.
    writing: Mutex<bool>,
    written: Condvar,
}

#[derive(Clone, Debug, Default)]
struct Tables {
    position: LogPosition,
    next_workspace: u64,
    versions: Option<Versions>,
    workspaces: BTreeMap<WorkspaceNumber, Rows>,
}

/// The rows of a workspace.
#[derive(Clone, Debug, Default)]
struct Rows {
    record: Option<WorkspaceRecord>,
    contacts: BTreeMap<u64, ContactDump>,
    segments: BTreeMap<SegmentId, SegmentRecord>,
    series: BTreeMap<SegmentId, SeriesRecord>,
    spellings: BTreeMap<u32, String>,
    sources: BTreeMap<String, SourcePosition>,
    consumers: BTreeMap<String, ConsumerRecord>,
    digests: Option<DigestRecord>,
}

struct Writer<'a> {
    checkpoints: &'a MemoryCheckpoints,
    tables: Tables,
}

impl Checkpoints for MemoryCheckpoints {
    fn begin(&self) -> Result<Box<dyn CheckpointWriter + '_>, Error> {
        let mut writing = self.writing.lock();
        while *writing {
            self.written.wait(&mut writing);
        }
        *writing = true;
        let tables = Tables::clone(&self.latest.lock());
        Ok(Box::new(Writer { checkpoints: self, tables }))
    }

    fn latest(&self) -> Result<Box<dyn CheckpointReader + '_>, Error> {
        Ok(Box::new(Arc::clone(&self.latest.lock())))
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        *self.checkpoints.writing.lock() = false;
        self.checkpoints.written.notify_one();
    }
}

impl Writer<'_> {
    fn rows(&mut self, number: WorkspaceNumber) -> &mut Rows {
        self.tables.workspaces.entry(number).or_default()
    }
}

impl CheckpointWriter for Writer<'_> {
    fn put_workspace(&mut self, number: WorkspaceNumber, record: &WorkspaceRecord) -> Result<(), Error> {
        self.rows(number).record = Some(record.clone());
        Ok(())
    }

    fn drop_workspace(&mut self, number: WorkspaceNumber) -> Result<(), Error> {
        self.tables.workspaces.remove(&number);
        Ok(())
    }

    fn put_contact(&mut self, number: WorkspaceNumber, contact: &ContactDump) -> Result<(), Error> {
        self.rows(number).contacts.insert(contact.creation, contact.clone());
        Ok(())
    }

    fn remove_contact(&mut self, number: WorkspaceNumber, creation: u64) -> Result<(), Error> {
        self.rows(number).contacts.remove(&creation);
        Ok(())
    }

    fn clear_contacts(&mut self, number: WorkspaceNumber) -> Result<(), Error> {
        self.rows(number).contacts.clear();
        Ok(())
    }

    fn put_segment(&mut self, number: WorkspaceNumber, record: &SegmentRecord) -> Result<(), Error> {
        self.rows(number).segments.insert(record.id.clone(), record.clone());
        Ok(())
    }

    fn remove_segment(&mut self, number: WorkspaceNumber, segment: &SegmentId) -> Result<(), Error> {
        let rows = self.rows(number);
        rows.segments.remove(segment);
        rows.series.remove(segment);
        Ok(())
    }

    fn put_series(
        &mut self,
        number: WorkspaceNumber,
        segment: &SegmentId,
        record: &SeriesRecord,
    ) -> Result<(), Error> {
        self.rows(number).series.insert(segment.clone(), record.clone());
        Ok(())
    }

    fn put_spelling(&mut self, number: WorkspaceNumber, index: u32, spelling: &str) -> Result<(), Error> {
        self.rows(number).spellings.insert(index, spelling.to_owned());
        Ok(())
    }

    fn put_source(
        &mut self,
        number: WorkspaceNumber,
        source: &str,
        position: SourcePosition,
    ) -> Result<(), Error> {
        self.rows(number).sources.insert(source.to_owned(), position);
        Ok(())
    }

    fn put_consumer(
        &mut self,
        number: WorkspaceNumber,
        consumer: &str,
        record: &ConsumerRecord,
    ) -> Result<(), Error> {
        self.rows(number).consumers.insert(consumer.to_owned(), *record);
        Ok(())
    }

    fn remove_consumer(&mut self, number: WorkspaceNumber, consumer: &str) -> Result<(), Error> {
        self.rows(number).consumers.remove(consumer);
        Ok(())
    }

    fn set_position(&mut self, position: LogPosition) -> Result<(), Error> {
        self.tables.position = position;
        Ok(())
    }

    fn set_next_workspace(&mut self, number: WorkspaceNumber) -> Result<(), Error> {
        self.tables.next_workspace = number.0;
        Ok(())
    }

    fn set_versions(&mut self, versions: &Versions) -> Result<(), Error> {
        self.tables.versions = Some(versions.clone());
        Ok(())
    }

    fn put_digests(&mut self, number: WorkspaceNumber, record: &DigestRecord) -> Result<(), Error> {
        self.rows(number).digests = Some(record.clone());
        Ok(())
    }

    fn commit(mut self: Box<Self>) -> Result<(), Error> {
        *self.checkpoints.latest.lock() = Arc::new(std::mem::take(&mut self.tables));
        Ok(())
    }
}

impl Tables {
    /// What is read of the rows of a workspace, all of which may be missing.
    fn list<T>(&self, number: WorkspaceNumber, list: impl FnOnce(&Rows) -> Vec<T>) -> Vec<T> {
        self.workspaces.get(&number).map(list).unwrap_or_default()
    }
}

impl CheckpointReader for Arc<Tables> {
    fn position(&self) -> Result<LogPosition, Error> {
        Ok(self.position)
    }

    fn next_workspace(&self) -> Result<WorkspaceNumber, Error> {
        Ok(WorkspaceNumber(self.next_workspace))
    }

    fn versions(&self) -> Result<Option<Versions>, Error> {
        Ok(self.versions.clone())
    }

    fn digests(&self, number: WorkspaceNumber) -> Result<Option<DigestRecord>, Error> {
        Ok(self.workspaces.get(&number).and_then(|rows| rows.digests.clone()))
    }

    fn workspaces(&self) -> Result<Vec<(WorkspaceNumber, WorkspaceRecord)>, Error> {
        let record = |(number, rows): (&WorkspaceNumber, &Rows)| Some((*number, rows.record.clone()?));
        Ok(self.workspaces.iter().filter_map(record).collect())
    }

    fn segments(&self, number: WorkspaceNumber) -> Result<Vec<SegmentRecord>, Error> {
        Ok(self.list(number, |rows| rows.segments.values().cloned().collect()))
    }

    fn series(&self, number: WorkspaceNumber) -> Result<Vec<(SegmentId, SeriesRecord)>, Error> {
        let owned = |(segment, record): (&SegmentId, &SeriesRecord)| (segment.clone(), record.clone());
        Ok(self.list(number, |rows| rows.series.iter().map(owned).collect()))
    }

    fn spellings(&self, number: WorkspaceNumber) -> Result<Vec<(u32, String)>, Error> {
        let owned = |(index, spelling): (&u32, &String)| (*index, spelling.clone());
        Ok(self.list(number, |rows| rows.spellings.iter().map(owned).collect()))
    }

    fn sources(&self, number: WorkspaceNumber) -> Result<Vec<(String, SourcePosition)>, Error> {
        let owned = |(source, position): (&String, &SourcePosition)| (source.clone(), *position);
        Ok(self.list(number, |rows| rows.sources.iter().map(owned).collect()))
    }

    fn consumers(&self, number: WorkspaceNumber) -> Result<Vec<(String, ConsumerRecord)>, Error> {
        let owned = |(consumer, record): (&String, &ConsumerRecord)| (consumer.clone(), *record);
        Ok(self.list(number, |rows| rows.consumers.iter().map(owned).collect()))
    }

    fn contacts(&self, number: WorkspaceNumber) -> Result<Contacts<'_>, Error> {
        let rows = self.workspaces.get(&number).into_iter();
        Ok(Box::new(rows.flat_map(|rows| rows.contacts.values().cloned().map(Ok))))
    }
}
