//! The stored forms of a checkpoint's rows, but for contacts.
//!
//! The order of variants and members is the format: a change of it is a new version.

use enlist_model::{Day, FieldDefinition, FieldKey, Instant, SegmentId, ShortText, WorkspaceId};

use super::{DayRecord, SegmentRecord, SeriesRecord, Totals, WorkspaceRecord};
use crate::codec::{BorrowDecode, Depth, Encode, List};
use crate::error::Error;
use crate::frame::{StoredJson, StoredKind, StoredSettings, StoredWeekStart, refused};
use crate::log::LogPosition;

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
pub(super) struct StoredWorkspace<'a> {
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
    totals: [u64; 4],
}

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
struct StoredField<'a> {
    key: &'a str,
    kind: StoredKind,
    options: Option<List<&'a str>>,
    default: Option<bool>,
}

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
pub(super) struct StoredSegment<'a> {
    id: &'a str,
    name: &'a str,
    rule: StoredJson<'a>,
    creation: u32,
    saved_at: u64,
}

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
pub(super) struct StoredSeries {
    first_hour: i64,
    first_day: i32,
    hours: List<(i64, u64)>,
    days: List<(i32, u64, u64, u64)>,
    latest: Option<(i64, i32)>,
    pending: (u64, u64),
}

impl<'a> StoredWorkspace<'a> {
    pub(super) fn of(record: &'a WorkspaceRecord) -> Self {
        let Totals { events, refused, frames, published } = record.totals;
        StoredWorkspace {
            id: record.id.as_str(),
            incarnation: record.incarnation,
            cursor_key: record.cursor_key,
            settings: StoredSettings::of(&record.settings),
            through: record.through.0,
            revision: record.revision,
            next_sequence: record.next_sequence,
            forgotten: record.forgotten,
            now: record.now.map(Instant::milliseconds),
            event_count: record.event_count,
            next_creation: record.next_creation,
            time_zone: &record.time_zone,
            week_start: StoredWeekStart::of(record.week_start),
            fields: List(record.fields.iter().map(StoredField::of).collect()),
            totals: [events, refused, frames, published],
        }
    }

    pub(super) fn into_record(self) -> Result<WorkspaceRecord, Error> {
        let wrong_instant = || Error::malformed("an instant outside the years 0001 to 9998");
        let now =
            self.now.map(|now| Instant::from_milliseconds(now).ok_or_else(wrong_instant)).transpose()?;
        let [events, refused_events, frames, published] = self.totals;
        Ok(WorkspaceRecord {
            id: WorkspaceId::new(self.id).map_err(|error| refused(&error))?,
            incarnation: self.incarnation,
            cursor_key: self.cursor_key,
            settings: self.settings.into_record()?,
            through: LogPosition(self.through),
            revision: self.revision,
            next_sequence: self.next_sequence,
            forgotten: self.forgotten,
            now,
            event_count: self.event_count,
            next_creation: self.next_creation,
            time_zone: self.time_zone.to_owned(),
            week_start: self.week_start.into_week_start(),
            fields: self.fields.0.into_iter().map(StoredField::into_field).collect::<Result<_, _>>()?,
            totals: Totals { events, refused: refused_events, frames, published },
        })
    }
}

impl<'a> StoredField<'a> {
    fn of(field: &'a FieldDefinition) -> Self {
        let options = |options: &'a Vec<ShortText>| List(options.iter().map(ShortText::as_str).collect());
        StoredField {
            key: field.key.as_str(),
            kind: StoredKind::of(field.kind),
            options: field.options.as_ref().map(options),
            default: field.default,
        }
    }

    fn into_field(self) -> Result<FieldDefinition, Error> {
        let key = FieldKey::new(self.key).map_err(|error| refused(&error))?;
        let mut field = FieldDefinition::new(key, self.kind.into_kind());
        field.options = self.options.map(|options| options.0.into_iter().map(ShortText::from).collect());
        field.default = self.default;
        Ok(field)
    }
}

impl<'a> StoredSegment<'a> {
    pub(super) fn of(segment: &'a SegmentRecord) -> Self {
        StoredSegment {
            id: segment.id.as_str(),
            name: &segment.name,
            rule: StoredJson::of(&segment.rule),
            creation: segment.creation,
            saved_at: segment.saved_at,
        }
    }

    pub(super) fn into_record(self) -> Result<SegmentRecord, Error> {
        Ok(SegmentRecord {
            id: SegmentId::new(self.id).map_err(|error| refused(&error))?,
            name: self.name.to_owned(),
            rule: self.rule.into_json(),
            creation: self.creation,
            saved_at: self.saved_at,
        })
    }
}

impl StoredSeries {
    pub(super) fn of(series: &SeriesRecord) -> Self {
        let day = |each: &DayRecord| (each.day.number(), each.count, each.entered, each.left);
        StoredSeries {
            first_hour: series.first_hour,
            first_day: series.first_day.number(),
            hours: List(series.hours.clone()),
            days: List(series.days.iter().map(day).collect()),
            latest: series.latest.map(|(hour, day)| (hour, day.number())),
            pending: series.pending,
        }
    }

    pub(super) fn into_record(self) -> SeriesRecord {
        let day =
            |(day, count, entered, left)| DayRecord { day: Day::from_number(day), count, entered, left };
        SeriesRecord {
            first_hour: self.first_hour,
            first_day: Day::from_number(self.first_day),
            hours: self.hours.0,
            days: self.days.0.into_iter().map(day).collect(),
            latest: self.latest.map(|(hour, day)| (hour, Day::from_number(day))),
            pending: self.pending,
        }
    }
}
