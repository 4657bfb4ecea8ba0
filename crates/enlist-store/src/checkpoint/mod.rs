//! Checkpoints: everything of a store's workspaces that is not derived, as of one frame of each, in rows.
//!
//! A checkpoint is written over the one before, and only what changed is written. It is kept whole or not at all. This module does
//! not know what the rows mean together. Invariant: a row that is written is read as an equal row.

mod contact;
mod state_file;
mod stored;

use enlist_engine::ContactDump;
use enlist_model::{Day, FieldDefinition, Instant, Json, SegmentId, WeekStart, WorkspaceId};

use crate::error::Error;
use crate::frame::{SettingsRecord, SourcePosition, WorkspaceNumber};
use crate::log::LogPosition;

pub use state_file::StateFile;

/// A workspace, without its segments and contacts.
#[derive(Clone, PartialEq)]
pub struct WorkspaceRecord {
    /// Its id.
    pub id: WorkspaceId,
    /// The random bits that tell this life of the workspace from others.
    pub incarnation: u64,
    /// The key of its cursors.
    pub cursor_key: [u8; 32],
    /// Its settings.
    pub settings: SettingsRecord,
    /// The position after the last frame of it that was executed.
    pub through: LogPosition,
    /// The number of its revision.
    pub revision: u64,
    /// The number of the next item's sequence.
    pub next_sequence: u64,
    /// The number of the revision of the last item that can no longer be had.
    pub forgotten: u64,
    /// The greatest instant seen.
    pub now: Option<Instant>,
    /// The number of events accepted.
    pub event_count: u64,
    /// The creation number of the next contact.
    pub next_creation: u64,
    /// The time zone.
    pub time_zone: String,
    /// The weekday on which weeks begin.
    pub week_start: WeekStart,
    /// The custom fields.
    pub fields: Vec<FieldDefinition>,
    /// What it has done.
    pub totals: Totals,
}

/// What a workspace has done since it was created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events applied.
    pub events: u64,
    /// Events refused.
    pub refused: u64,
    /// Frames executed.
    pub frames: u64,
    /// Transitions and notices published.
    pub published: u64,
}

/// A segment's definition.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentRecord {
    /// Its id.
    pub id: SegmentId,
    /// Its name.
    pub name: String,
    /// Its rule.
    pub rule: Json,
    /// Its place in the order of creation. Numbers may be missing in that order.
    pub creation: u32,
    /// The number of the revision at which it was saved last.
    pub saved_at: u64,
}

/// The counts of a segment over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRecord {
    /// The hour in which it begins, in hours since 1970 (UTC).
    pub first_hour: i64,
    /// The local date on which it begins.
    pub first_day: Day,
    /// Hours with a change, and the counts before it.
    pub hours: Vec<(i64, u64)>,
    /// Days with a change.
    pub days: Vec<DayRecord>,
    /// The hour and the day of the latest change.
    pub latest: Option<(i64, Day)>,
    /// Entries and exits of that hour and day that are not in the list of days.
    pub pending: (u64, u64),
}

/// The counts of a segment on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRecord {
    /// The local date.
    pub day: Day,
    /// The count before the first change.
    pub count: u64,
    /// Entries.
    pub entered: u64,
    /// Exits.
    pub left: u64,
}

/// Whatever keeps checkpoints.
///
/// Not for other crates to implement: two implementations are too few to know its form.
pub trait Checkpoints: Send + Sync {
    /// Begins to write the next checkpoint over the latest one.
    ///
    /// # Errors
    /// [`Error::Store`].
    fn begin(&self) -> Result<Box<dyn CheckpointWriter + '_>, Error>;

    /// The latest checkpoint.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    fn latest(&self) -> Result<Box<dyn CheckpointReader + '_>, Error>;
}

/// A checkpoint that is being written. Nothing of it is kept before [`commit`](Self::commit) returns.
///
/// # Errors
/// Every method: [`Error::Store`], [`Error::Damaged`], [`Error::TooLarge`].
#[expect(clippy::missing_errors_doc, reason = "said once for all methods")]
pub trait CheckpointWriter {
    /// Writes a workspace.
    fn put_workspace(&mut self, workspace: WorkspaceNumber, record: &WorkspaceRecord) -> Result<(), Error>;
    /// Deletes a workspace with everything that it has.
    fn drop_workspace(&mut self, workspace: WorkspaceNumber) -> Result<(), Error>;
    /// Writes a contact.
    fn put_contact(&mut self, workspace: WorkspaceNumber, contact: &ContactDump) -> Result<(), Error>;
    /// Deletes a contact, if it is there, by its creation number.
    fn remove_contact(&mut self, workspace: WorkspaceNumber, creation: u64) -> Result<(), Error>;
    /// Writes a segment.
    fn put_segment(&mut self, workspace: WorkspaceNumber, segment: &SegmentRecord) -> Result<(), Error>;
    /// Deletes a segment and its series.
    fn remove_segment(&mut self, workspace: WorkspaceNumber, segment: &SegmentId) -> Result<(), Error>;
    /// Writes the series of a segment.
    fn put_series(
        &mut self,
        workspace: WorkspaceNumber,
        segment: &SegmentId,
        series: &SeriesRecord,
    ) -> Result<(), Error>;
    /// Writes how a label is spelled, by its place in the order in which labels were spelled first.
    fn put_spelling(&mut self, workspace: WorkspaceNumber, index: u32, label: &str) -> Result<(), Error>;
    /// Writes the position of a source.
    fn put_source(
        &mut self,
        workspace: WorkspaceNumber,
        source: &str,
        position: SourcePosition,
    ) -> Result<(), Error>;
    /// Writes up to which position the log is not needed any more, and the number of the next workspace.
    fn put_meta(&mut self, meta: Meta) -> Result<(), Error>;
    /// Keeps all of it.
    fn commit(self: Box<Self>) -> Result<(), Error>;
}

/// What a checkpoint says about its store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Frames before this position are not needed.
    pub position: LogPosition,
    /// The number of the next workspace.
    pub next_workspace: WorkspaceNumber,
}

/// A checkpoint that was kept.
///
/// # Errors
/// Every method: [`Error::Store`]; [`Error::Damaged`] if a row is not what was written; [`Error::Format`].
#[expect(clippy::missing_errors_doc, reason = "said once for all methods")]
pub trait CheckpointReader {
    /// What it says about its store.
    fn meta(&self) -> Result<Meta, Error>;
    /// The workspaces, by number.
    fn workspaces(&self) -> Result<Vec<(WorkspaceNumber, WorkspaceRecord)>, Error>;
    /// The segments of a workspace, by id.
    fn segments(&self, workspace: WorkspaceNumber) -> Result<Vec<SegmentRecord>, Error>;
    /// The series of a workspace, by segment.
    fn series(&self, workspace: WorkspaceNumber) -> Result<Vec<(SegmentId, SeriesRecord)>, Error>;
    /// The labels of a workspace, in the order in which they were spelled first.
    fn spellings(&self, workspace: WorkspaceNumber) -> Result<Vec<String>, Error>;
    /// The sources of a workspace and their positions, by name.
    fn sources(&self, workspace: WorkspaceNumber) -> Result<Vec<(String, SourcePosition)>, Error>;
    /// The contacts of a workspace, in order of creation, one after the other.
    fn contacts(&self, workspace: WorkspaceNumber) -> Result<Contacts<'_>, Error>;
}

/// Contacts, one after the other.
pub type Contacts<'a> = Box<dyn Iterator<Item = Result<ContactDump, Error>> + 'a>;

impl std::fmt::Debug for WorkspaceRecord {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the key, which is a secret.
        out.debug_struct("WorkspaceRecord")
            .field("id", &self.id)
            .field("through", &self.through)
            .field("revision", &self.revision)
            .field("next_sequence", &self.next_sequence)
            .field("now", &self.now)
            .field("event_count", &self.event_count)
            .field("next_creation", &self.next_creation)
            .finish_non_exhaustive()
    }
}
