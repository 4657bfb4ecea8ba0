//! Counts over time: how many contacts each segment held at every full hour and at the start of every day, and how many
//! entered and left on that day.
//!
//! It reads no clock and knows no time zone: the caller passes the instant and the local date of a change, and the current
//! count of a query. Only hours and days with changes are recorded, each with the count before its first change, so idle hours
//! and days take no memory. Invariant: between two records the count is that of the later record; after the last record it is
//! the current count.

use std::collections::VecDeque;

use enlist_model::{Day, Instant};
use enlist_store::{DayRecord, SeriesRecord};
use serde::Serialize;

use crate::partition::SegmentIdx;
use crate::settings::HistorySettings;

/// How many contacts a segment held at a full hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HourCount {
    /// The full hour, in UTC.
    pub at: Instant,
    /// How many contacts the segment held at the start of the hour, before any change in it.
    pub count: u64,
}

/// The counts of a segment on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DayCount {
    /// The local date.
    pub day: Day,
    /// How many contacts the segment held at the start of the day, or when it was created if that was on this day.
    pub count: u64,
    /// How many times a contact entered on that day.
    pub entered: u64,
    /// How many times a contact left on that day.
    pub left: u64,
}

/// The counts of all segments over time.
#[derive(Debug)]
pub(crate) struct History {
    settings: HistorySettings,
    /// By segment index.
    segments: Vec<Option<Series>>,
    /// The memory that the records of all series take, in bytes.
    record_bytes: usize,
}

/// The counts of one segment.
#[derive(Debug)]
struct Series {
    /// The hour in which it begins, in hours since 1970 (UTC).
    first_hour: i64,
    /// The local date on which it begins.
    first_day: Day,
    hours: VecDeque<Hour>,
    days: VecDeque<DayCount>,
    /// The hour and the day of the latest note.
    latest: Option<(i64, Day)>,
    /// Entries and exits of that hour and day that are not in the records yet. Most notes change nothing but these two numbers.
    pending: (u64, u64),
    /// Whether it differs from what a checkpoint has.
    is_unsaved: bool,
}

/// An hour with a change.
#[derive(Debug)]
struct Hour {
    /// Hours since 1970 (UTC).
    number: i64,
    /// The count before the first change in the hour.
    count: u64,
}

impl History {
    /// An empty history, bounded by the settings.
    pub(crate) fn new(settings: HistorySettings) -> Self {
        History { settings, segments: Vec::new(), record_bytes: 0 }
    }

    /// Begins the series of a new segment. A series that exists under this index is dropped.
    pub(crate) fn begin(&mut self, segment: SegmentIdx, at: Instant, day: Day) {
        self.forget(segment);
        *self.slot(segment) = Some(Series::new(at, day));
    }

    /// Drops the series of a deleted segment.
    pub(crate) fn forget(&mut self, segment: SegmentIdx) {
        if let Some(series) = self.segments.get_mut(segment.position()).and_then(Option::take) {
            self.record_bytes -= series.bytes();
        }
    }

    fn slot(&mut self, segment: SegmentIdx) -> &mut Option<Series> {
        let index = segment.position();
        if index >= self.segments.len() {
            self.segments.resize_with(index + 1, || None);
        }
        &mut self.segments[index]
    }

    fn series(&self, segment: SegmentIdx) -> Option<&Series> {
        self.segments.get(segment.position())?.as_ref()
    }

    /// Notes that the segment held `count_before` contacts until `at`, whose local date is `day`, and that `entered` contacts
    /// entered and `left` contacts left then. One call may sum several changes of one hour (UTC) and one local date. If both
    /// are 0, a saved rule changed the count. The series of an unknown segment begins here.
    ///
    /// Instants never go back. The local date can go back, when the time zone changes or clocks are turned back across
    /// midnight. Changes until the date catches up count towards the later day, which has already begun for this segment.
    pub(crate) fn note(
        &mut self,
        segment: SegmentIdx,
        at: Instant,
        day: Day,
        count_before: u64,
        entered: u64,
        left: u64,
    ) {
        let HistorySettings { hours, days } = self.settings;
        let series = self.slot(segment).get_or_insert_with(|| Series::new(at, day));
        series.is_unsaved = true;
        let latest = Some((hour_of(at), day));
        if series.latest == latest {
            series.pending = (series.pending.0 + entered, series.pending.1 + left);
            return;
        }
        series.latest = latest;
        // Before the new day is noted: the pending numbers belong to the day that is last in the records now.
        series.record_pending();
        let bytes_before = series.bytes();
        series.note_hour(hour_of(at), count_before, hours);
        series.note_day(DayCount { day, count: count_before, entered, left }, days);
        let more = series.bytes() - bytes_before;
        self.record_bytes += more;
    }

    /// The counts at the full hours after the segment was created, up to `now` and as far back as the settings say; `count` is
    /// the current count. Empty for an unknown segment.
    pub(crate) fn hours(&self, segment: SegmentIdx, now: Instant, count: u64) -> Vec<HourCount> {
        let Some(series) = self.series(segment) else { return Vec::new() };
        let last = hour_of(now);
        // One hour later: when the hour of its creation began, the segment did not exist.
        let first = (series.first_hour + 1).max(last + 1 - i64::from(self.settings.hours));
        let mut records = series.hours.iter().peekable();
        let counts = (first..=last).filter_map(|number| {
            while records.next_if(|hour| hour.number < number).is_some() {}
            // The next record holds the count before its change, so the count of every idle hour before it too.
            let count = records.peek().map_or(count, |hour| hour.count);
            Instant::from_milliseconds(number * HOUR).map(|at| HourCount { at, count })
        });
        counts.collect()
    }

    /// The days since the segment was created, up to `today` (or a later day that has already begun for this segment) and as
    /// far back as the settings say; `count` is the current count. Unless a saved rule changed the count, each day's count plus
    /// entries minus exits is the count of the next day. Empty for an unknown segment.
    pub(crate) fn days(&self, segment: SegmentIdx, today: Day, count: u64) -> Vec<DayCount> {
        let Some(series) = self.series(segment) else { return Vec::new() };
        let last = i64::from(series.begun_on_or_after(today).number());
        let first = i64::from(series.first_day.number()).max(last + 1 - i64::from(self.settings.days));
        let mut records = series.days.iter().peekable();
        let counts = (first..=last).filter_map(|number| {
            let day = Day::from_number(i32::try_from(number).ok()?);
            while records.next_if(|record| record.day < day).is_some() {}
            let idle = |count| DayCount { day, count, entered: 0, left: 0 };
            Some(match records.peek() {
                Some(record) if record.day == day => {
                    let is_latest = series.days.back().is_some_and(|last| last.day == day);
                    let (entered, left) = if is_latest { series.pending } else { (0, 0) };
                    DayCount { entered: record.entered + entered, left: record.left + left, ..**record }
                }
                later => idle(later.map_or(count, |record| record.count)),
            })
        });
        counts.collect()
    }

    /// The series of a segment as a store keeps it, if it changed since it was asked for last.
    pub(crate) fn take_unsaved(&mut self, segment: SegmentIdx) -> Option<SeriesRecord> {
        let series = self.segments.get_mut(segment.position())?.as_mut()?;
        std::mem::take(&mut series.is_unsaved).then(|| series.to_record())
    }

    /// Notes that what was taken is not kept after all.
    pub(crate) fn note_unsaved(&mut self) {
        self.segments.iter_mut().flatten().for_each(|series| series.is_unsaved = true);
    }

    /// Puts a series that a store kept in its place.
    pub(crate) fn restore(&mut self, segment: SegmentIdx, record: SeriesRecord) {
        self.forget(segment);
        let series = Series::of_record(record);
        self.record_bytes += series.bytes();
        *self.slot(segment) = Some(series);
    }

    /// The memory that it takes, estimated in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.record_bytes + self.segments.capacity() * size_of::<Option<Series>>()
    }
}

impl Series {
    fn new(at: Instant, day: Day) -> Self {
        Series {
            first_hour: hour_of(at),
            first_day: day,
            hours: VecDeque::new(),
            days: VecDeque::new(),
            latest: None,
            pending: (0, 0),
            is_unsaved: true,
        }
    }

    fn to_record(&self) -> SeriesRecord {
        let day = |count: &DayCount| {
            let DayCount { day, count, entered, left } = *count;
            DayRecord { day, count, entered, left }
        };
        SeriesRecord {
            first_hour: self.first_hour,
            first_day: self.first_day,
            hours: self.hours.iter().map(|hour| (hour.number, hour.count)).collect(),
            days: self.days.iter().map(day).collect(),
            latest: self.latest,
            pending: self.pending,
        }
    }

    fn of_record(record: SeriesRecord) -> Self {
        let day = |record: DayRecord| {
            let DayRecord { day, count, entered, left } = record;
            DayCount { day, count, entered, left }
        };
        Series {
            first_hour: record.first_hour,
            first_day: record.first_day,
            hours: record.hours.into_iter().map(|(number, count)| Hour { number, count }).collect(),
            days: record.days.into_iter().map(day).collect(),
            latest: record.latest,
            pending: record.pending,
            is_unsaved: false,
        }
    }

    /// Adds the pending entries and exits to the record of the last day.
    fn record_pending(&mut self) {
        let (entered, left) = std::mem::take(&mut self.pending);
        if let Some(last) = self.days.back_mut() {
            last.entered += entered;
            last.left += left;
        }
    }

    fn note_hour(&mut self, number: i64, count: u64, most: u32) {
        // The hour is recorded already if only the day differs from the latest note: a local day can begin within an hour (UTC).
        if most == 0 || self.hours.back().is_some_and(|last| last.number >= number) {
            return;
        }
        while self.hours.front().is_some_and(|first| number - first.number >= i64::from(most)) {
            self.hours.pop_front();
        }
        self.hours.push_back(Hour { number, count });
    }

    fn note_day(&mut self, change: DayCount, most: u32) {
        if most == 0 {
            return;
        }
        let day = self.begun_on_or_after(change.day);
        if let Some(last) = self.days.back_mut().filter(|last| last.day == day) {
            last.entered += change.entered;
            last.left += change.left;
            return;
        }
        let age = |first: &DayCount| i64::from(day.number()) - i64::from(first.day.number());
        while self.days.front().is_some_and(|first| age(first) >= i64::from(most)) {
            self.days.pop_front();
        }
        self.days.push_back(DayCount { day, ..change });
    }

    /// The day, or a later day that has already begun for this segment.
    fn begun_on_or_after(&self, day: Day) -> Day {
        day.max(self.days.back().map_or(self.first_day, |last| last.day))
    }

    fn bytes(&self) -> usize {
        self.hours.capacity() * size_of::<Hour>() + self.days.capacity() * size_of::<DayCount>()
    }
}

/// One hour, in milliseconds.
const HOUR: i64 = 3_600_000;

/// The hour that holds the instant, in hours since 1970 (UTC).
pub(crate) fn hour_of(at: Instant) -> i64 {
    at.milliseconds().div_euclid(HOUR)
}

#[cfg(test)]
mod tests;
