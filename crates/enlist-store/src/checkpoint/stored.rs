//! The stored forms of a workspace, a segment and a history, and conversions both ways.
//!
//! The order of members is the format: a change of it is a new version. Invariant: a record that is encoded is decoded to an equal
//! record, and whatever is read passes the model's checks.

use enlist_model::{Day, FieldDefinition, FieldKey, Instant, SegmentId, ShortText, WorkspaceId};

use super::record::{DayRecord, SegmentRecord, SeriesRecord, Totals, WorkspaceRecord};
use crate::codec::{self, BorrowDecode, Depth, Encode, List};
use crate::error::Error;
use crate::frame::{StoredJson, StoredKind, StoredSettings, StoredWeekStart, instant, refused};
use crate::log::LogPosition;

#[derive(Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
#[bincode(decode_context = "Depth")]
struct StoredWorkspace<'a> {
    id: &'a str,
    incarnation: u64,
    cursor_key: [u8; 32],
    settings: StoredSettings,
    through: u64,
    revision: u64,
    next_sequence: u64,
    forgotten: u64,
    now: Option<i64>,
    event_count: u64,
    next_creation: u64,
    time_zone: &'a str,
    week_start: StoredWeekStart,
    fields: List<StoredField<'a>>,
    /// In the order of [`Totals`].
    totals: [u64; 5],
}

#[derive(Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
#[bincode(decode_context = "Depth")]
struct StoredField<'a> {
    key: &'a str,
    kind: StoredKind,
    options: Option<List<&'a str>>,
    default: Option<bool>,
    built_in: bool,
}

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
struct StoredSegment<'a> {
    id: &'a str,
    name: &'a str,
    rule: StoredJson<'a>,
    creation: u32,
    saved_at: u64,
}

#[derive(Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
#[bincode(decode_context = "Depth")]
struct StoredSeries {
    first_hour: i64,
    first_day: i32,
    hours: List<(i64, u64)>,
    /// Day, count, entered, left.
    days: List<(i32, u64, u64, u64)>,
    latest: Option<(i64, i32)>,
    pending: (u64, u64),
}

impl WorkspaceRecord {
    /// The record as bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let Totals { events, refused, frames, published, transitions } = self.totals;
        codec::encode(&StoredWorkspace {
            id: self.id.as_str(),
            incarnation: self.incarnation,
            cursor_key: self.cursor_key,
            settings: StoredSettings::of(&self.settings),
            through: self.through.0,
            revision: self.revision,
            next_sequence: self.next_sequence,
            forgotten: self.forgotten,
            now: self.now.map(Instant::milliseconds),
            event_count: self.event_count,
            next_creation: self.next_creation,
            time_zone: &self.time_zone,
            week_start: StoredWeekStart::of(self.week_start),
            fields: List(self.fields.iter().map(StoredField::of).collect()),
            totals: [events, refused, frames, published, transitions],
        })
    }

    /// The record of some bytes.
    ///
    /// # Errors
    /// [`Error::Format`] if a newer version wrote them, [`Error::Malformed`] if they are no workspace.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let stored: StoredWorkspace<'_> = codec::decode(bytes)?;
        let [events, refused_events, frames, published, transitions] = stored.totals;
        Ok(WorkspaceRecord {
            id: WorkspaceId::new(stored.id).map_err(|error| refused(&error))?,
            incarnation: stored.incarnation,
            cursor_key: stored.cursor_key,
            settings: stored.settings.into_record()?,
            through: LogPosition(stored.through),
            revision: stored.revision,
            next_sequence: stored.next_sequence,
            forgotten: stored.forgotten,
            now: stored.now.map(instant).transpose()?,
            event_count: stored.event_count,
            next_creation: stored.next_creation,
            time_zone: stored.time_zone.to_owned(),
            week_start: stored.week_start.into_week_start(),
            fields: stored.fields.0.into_iter().map(StoredField::into_field).collect::<Result<_, _>>()?,
            totals: Totals { events, refused: refused_events, frames, published, transitions },
        })
    }
}

impl<'a> StoredField<'a> {
    fn of(field: &'a FieldDefinition) -> Self {
        StoredField {
            key: field.key.as_str(),
            kind: StoredKind::of(field.kind),
            options: field.options.as_ref().map(|all| List(all.iter().map(ShortText::as_str).collect())),
            default: field.default,
            built_in: field.built_in,
        }
    }

    fn into_field(self) -> Result<FieldDefinition, Error> {
        let key = FieldKey::new(self.key).map_err(|error| refused(&error))?;
        let mut field = FieldDefinition::new(key, self.kind.into_kind());
        field.options = self.options.map(|all| all.0.into_iter().map(ShortText::from).collect());
        field.default = self.default;
        field.built_in = self.built_in;
        Ok(field)
    }
}

impl SegmentRecord {
    /// The record as bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        codec::encode(&StoredSegment {
            id: self.id.as_str(),
            name: &self.name,
            rule: StoredJson::of(&self.rule),
            creation: self.creation,
            saved_at: self.saved_at,
        })
    }

    /// The record of some bytes.
    ///
    /// # Errors
    /// [`Error::Format`] if a newer version wrote them, [`Error::Malformed`] if they are no segment.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let stored: StoredSegment<'_> = codec::decode(bytes)?;
        Ok(SegmentRecord {
            id: SegmentId::new(stored.id).map_err(|error| refused(&error))?,
            name: stored.name.to_owned(),
            rule: stored.rule.into_json(),
            creation: stored.creation,
            saved_at: stored.saved_at,
        })
    }
}

impl SeriesRecord {
    /// The record as bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let day = |each: &DayRecord| (each.day.number(), each.count, each.entered, each.left);
        codec::encode(&StoredSeries {
            first_hour: self.first_hour,
            first_day: self.first_day.number(),
            hours: List(self.hours.clone()),
            days: List(self.days.iter().map(day).collect()),
            latest: self.latest.map(|(hour, day)| (hour, day.number())),
            pending: self.pending,
        })
    }

    /// The record of some bytes.
    ///
    /// # Errors
    /// [`Error::Format`] if a newer version wrote them, [`Error::Malformed`] if they are no history.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let stored: StoredSeries = codec::decode(bytes)?;
        let day =
            |(day, count, entered, left)| DayRecord { day: Day::from_number(day), count, entered, left };
        Ok(SeriesRecord {
            first_hour: stored.first_hour,
            first_day: Day::from_number(stored.first_day),
            hours: stored.hours.0,
            days: stored.days.0.into_iter().map(day).collect(),
            latest: stored.latest.map(|(hour, day)| (hour, Day::from_number(day))),
            pending: stored.pending,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::tests::{VARINT, golden, is_the_same_with_another_library};

    #[test]
    fn another_library_reads_and_writes_the_same_workspace_and_history() {
        let (workspaces, histories) = (golden("workspaces"), golden("history"));
        assert!(!workspaces.is_empty() && !histories.is_empty());
        for bytes in &workspaces {
            is_the_same_with_another_library::<StoredWorkspace<'_>, _>(bytes, VARINT);
        }
        for bytes in &histories {
            is_the_same_with_another_library::<StoredSeries, _>(bytes, VARINT);
        }
    }
}
