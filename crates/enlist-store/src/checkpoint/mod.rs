//! The checkpoint: everything of all workspaces that is not derived, as of a position in the log.
//!
//! [`Checkpoints`] is what a store asks of whatever keeps it. There is one checkpoint, and a writer changes rows of it. It does not
//! know files. Invariant: a checkpoint is read as one commit left it, and a commit is kept whole or not at all.

mod contact;
mod digest;
mod record;
mod stored;

use enlist_engine::ContactDump;
use enlist_model::SegmentId;

#[doc(hidden)]
pub use contact::rewritten_contact;
pub(crate) use contact::{FieldNumbers, contact, encode_contact};
pub use digest::{DigestRecord, Versions};
pub use record::{DayRecord, SegmentRecord, SeriesRecord, Totals, WorkspaceRecord};

use crate::error::Error;
use crate::frame::{ConsumerRecord, SourcePosition, WorkspaceNumber};
use crate::log::LogPosition;

/// Contacts in order of creation. Nothing follows an error.
pub type Contacts<'a> = Box<dyn Iterator<Item = Result<ContactDump, Error>> + Send + 'a>;

/// Whatever keeps a checkpoint.
///
/// Not published: two implementations are too few to know its form.
pub trait Checkpoints: Send + Sync {
    /// Begins to change the checkpoint. Waits until no other writer is there.
    ///
    /// # Errors
    /// [`Error::Store`] if an earlier commit failed; [`Error::Damaged`].
    fn begin(&self) -> Result<Box<dyn CheckpointWriter + '_>, Error>;

    /// The checkpoint as the latest commit left it. It stays as it is while writers commit.
    ///
    /// # Errors
    /// [`Error::Store`] if an earlier commit failed, because what is kept is then unknown until it is opened again;
    /// [`Error::Damaged`].
    fn latest(&self) -> Result<Box<dyn CheckpointReader + '_>, Error>;
}

/// Changes a checkpoint. Nothing is changed before [`commit`](Self::commit), and dropping a writer changes nothing.
///
/// # Errors
/// Every method fails with [`Error::TooLarge`] if a row is too long, [`Error::Store`] and [`Error::Damaged`]. After an error a
/// writer has only that error to give, so that no part of a checkpoint is committed.
#[expect(clippy::missing_errors_doc, reason = "they are the same for all methods")]
pub trait CheckpointWriter: Send {
    /// Sets everything of a workspace that is in no row of its own.
    fn put_workspace(&mut self, number: WorkspaceNumber, record: &WorkspaceRecord) -> Result<(), Error>;
    /// Removes all rows of a workspace.
    fn drop_workspace(&mut self, number: WorkspaceNumber) -> Result<(), Error>;
    /// Sets a contact, by its creation number.
    fn put_contact(&mut self, number: WorkspaceNumber, contact: &ContactDump) -> Result<(), Error>;
    /// Removes the contact of a creation number, if it is there.
    fn remove_contact(&mut self, number: WorkspaceNumber, creation: u64) -> Result<(), Error>;
    /// Removes all contacts of a workspace.
    fn clear_contacts(&mut self, number: WorkspaceNumber) -> Result<(), Error>;
    /// Sets a segment.
    fn put_segment(&mut self, number: WorkspaceNumber, record: &SegmentRecord) -> Result<(), Error>;
    /// Removes a segment with its history, if it is there.
    fn remove_segment(&mut self, number: WorkspaceNumber, segment: &SegmentId) -> Result<(), Error>;
    /// Sets the history of a segment.
    fn put_series(
        &mut self,
        number: WorkspaceNumber,
        segment: &SegmentId,
        record: &SeriesRecord,
    ) -> Result<(), Error>;
    /// Sets how a label is shown.
    fn put_spelling(&mut self, number: WorkspaceNumber, index: u32, spelling: &str) -> Result<(), Error>;
    /// Sets the position of a source.
    fn put_source(
        &mut self,
        number: WorkspaceNumber,
        source: &str,
        position: SourcePosition,
    ) -> Result<(), Error>;
    /// Sets a consumer.
    fn put_consumer(
        &mut self,
        number: WorkspaceNumber,
        consumer: &str,
        record: &ConsumerRecord,
    ) -> Result<(), Error>;
    /// Removes a consumer, if it is there.
    fn remove_consumer(&mut self, number: WorkspaceNumber, consumer: &str) -> Result<(), Error>;
    /// Sets the position after the last frame that the checkpoint includes.
    fn set_position(&mut self, position: LogPosition) -> Result<(), Error>;
    /// Sets the number of the next workspace.
    fn set_next_workspace(&mut self, number: WorkspaceNumber) -> Result<(), Error>;
    /// Sets the versions that the results of frames from now on depend on.
    fn set_versions(&mut self, versions: &Versions) -> Result<(), Error>;
    /// Sets the digests of a workspace's segments.
    fn put_digests(&mut self, number: WorkspaceNumber, record: &DigestRecord) -> Result<(), Error>;
    /// Keeps all changes, synced, or none of them.
    fn commit(self: Box<Self>) -> Result<(), Error>;
}

/// Reads a checkpoint. Rows come in the order of their keys.
///
/// # Errors
/// Every method fails with [`Error::Store`] if reading fails and with [`Error::Damaged`] if a row is not what was written.
#[expect(clippy::missing_errors_doc, reason = "they are the same for all methods")]
pub trait CheckpointReader: Send + Sync {
    /// The position after the last frame that is included; 0 before the first checkpoint.
    fn position(&self) -> Result<LogPosition, Error>;
    /// The number of the next workspace; 0 before the first checkpoint.
    fn next_workspace(&self) -> Result<WorkspaceNumber, Error>;
    /// The versions that results depend on; `None` if they were never set.
    fn versions(&self) -> Result<Option<Versions>, Error>;
    /// The digests of a workspace's segments, as of the last time that they were set.
    fn digests(&self, number: WorkspaceNumber) -> Result<Option<DigestRecord>, Error>;
    /// The workspaces.
    fn workspaces(&self) -> Result<Vec<(WorkspaceNumber, WorkspaceRecord)>, Error>;
    /// The segments of a workspace, by id.
    fn segments(&self, number: WorkspaceNumber) -> Result<Vec<SegmentRecord>, Error>;
    /// The histories of segments, by id.
    fn series(&self, number: WorkspaceNumber) -> Result<Vec<(SegmentId, SeriesRecord)>, Error>;
    /// How labels are shown, by index.
    fn spellings(&self, number: WorkspaceNumber) -> Result<Vec<(u32, String)>, Error>;
    /// The positions of sources, by name.
    fn sources(&self, number: WorkspaceNumber) -> Result<Vec<(String, SourcePosition)>, Error>;
    /// The consumers, by name.
    fn consumers(&self, number: WorkspaceNumber) -> Result<Vec<(String, ConsumerRecord)>, Error>;
    /// The contacts, one by one.
    fn contacts(&self, number: WorkspaceNumber) -> Result<Contacts<'_>, Error>;
}
