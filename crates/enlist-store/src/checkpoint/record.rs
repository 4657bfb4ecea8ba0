//! What a checkpoint holds of a workspace, in plain records.
//!
//! They say nothing about how they are stored. Invariant: what is derived is in none of them.

use std::fmt;

use enlist_model::{Day, FieldDefinition, Instant, Json, SegmentId, WeekStart, WorkspaceId};

use crate::frame::SettingsRecord;
use crate::log::LogPosition;

/// A workspace without its segments and contacts.
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
    /// The position after the last frame that is included.
    pub through: LogPosition,
    /// The newest revision.
    pub revision: u64,
    /// The sequence of the next published item.
    pub next_sequence: u64,
    /// The revision of the latest published item that is no longer available.
    pub forgotten: u64,
    /// The greatest instant seen.
    pub now: Option<Instant>,
    /// The number of events accepted.
    pub event_count: u64,
    /// The creation number of the next contact.
    pub next_creation: u64,
    /// Its time zone.
    pub time_zone: String,
    /// The weekday on which its weeks begin.
    pub week_start: WeekStart,
    /// Its fields.
    pub fields: Vec<FieldDefinition>,
    /// What was counted since its creation.
    pub totals: Totals,
}

/// What was counted since the creation of a workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events applied.
    pub events: u64,
    /// Events refused.
    pub refused: u64,
    /// Frames executed.
    pub frames: u64,
    /// Items published.
    pub published: u64,
    /// Transitions among them.
    pub transitions: u64,
}

/// The definition of a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentRecord {
    /// Its id.
    pub id: SegmentId,
    /// Its name.
    pub name: String,
    /// Its rule.
    pub rule: Json,
    /// Its position in the order of creation, from 0.
    pub creation: u32,
    /// The revision at which it was saved last.
    pub saved_at: u64,
}

/// The history of one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRecord {
    /// The first hour for which there can be a count.
    pub first_hour: i64,
    /// The first day for which there can be a count.
    pub first_day: Day,
    /// Hours with the count at their end.
    pub hours: Vec<(i64, u64)>,
    /// Days.
    pub days: Vec<DayRecord>,
    /// The latest hour and day.
    pub latest: Option<(i64, Day)>,
    /// How many entered and left since the latest day was written.
    pub pending: (u64, u64),
}

/// A day in the history of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRecord {
    /// The day.
    pub day: Day,
    /// The count at its end.
    pub count: u64,
    /// How many entered.
    pub entered: u64,
    /// How many left.
    pub left: u64,
}

impl fmt::Debug for WorkspaceRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the key of cursors, which is a secret.
        out.debug_struct("WorkspaceRecord")
            .field("id", &self.id)
            .field("incarnation", &self.incarnation)
            .field("settings", &self.settings)
            .field("through", &self.through)
            .field("revision", &self.revision)
            .field("next_sequence", &self.next_sequence)
            .field("forgotten", &self.forgotten)
            .field("now", &self.now)
            .field("event_count", &self.event_count)
            .field("next_creation", &self.next_creation)
            .field("time_zone", &self.time_zone)
            .field("week_start", &self.week_start)
            .field("fields", &self.fields)
            .field("totals", &self.totals)
            .finish_non_exhaustive()
    }
}
