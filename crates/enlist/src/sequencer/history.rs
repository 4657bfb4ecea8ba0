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
mod tests {
    use super::*;

    /// Pseudo-random numbers from a seed.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % bound
        }
    }

    /// A model of one segment that keeps all changes.
    #[derive(Clone, Debug)]
    struct Plain {
        begin: (i64, i32, u64),
        /// Milliseconds, the day that the change counts towards, entries, exits.
        changes: Vec<(i64, i32, u64, u64)>,
    }

    impl Plain {
        fn last_day(&self) -> i32 {
            self.changes.iter().map(|change| change.1).fold(self.begin.1, i32::max)
        }

        fn count(&self, counts: impl Fn(&(i64, i32, u64, u64)) -> bool) -> u64 {
            let counted = self.changes.iter().filter(|change| counts(change));
            counted.fold(self.begin.2, |count, change| count + change.2 - change.3)
        }

        fn hours(&self, now: i64, most: u32) -> Vec<HourCount> {
            let mut hours = Vec::new();
            let mut hour = now - now.rem_euclid(HOUR);
            while hour > self.begin.0 && hours.len() < most as usize {
                let count = self.count(|change| change.0 < hour);
                hours.insert(0, HourCount { at: instant(hour), count });
                hour -= HOUR;
            }
            hours
        }

        fn days(&self, today: i32, most: u32) -> Vec<DayCount> {
            let last = today.max(self.last_day());
            let first = self.begin.1.max(last + 1 - most.cast_signed());
            let of_day = |day: i32| {
                let sum = |part: fn(&(i64, i32, u64, u64)) -> u64| {
                    self.changes.iter().filter(|change| change.1 == day).map(part).sum()
                };
                let (entered, left) = (sum(|change| change.2), sum(|change| change.3));
                let count = self.count(|change| change.1 < day);
                DayCount { day: Day::from_number(day), count, entered, left }
            };
            (first..=last).map(of_day).collect()
        }
    }

    fn instant(milliseconds: i64) -> Instant {
        Instant::from_milliseconds(milliseconds).unwrap()
    }

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn settings(hours: u32, days: u32) -> HistorySettings {
        HistorySettings { hours, days }
    }

    /// Compares a history with its plain model through random changes, idle times, time zones and new segments.
    fn assert_agrees_with_the_plain_model(seed: u64, settings: HistorySettings) {
        let mut numbers = Numbers(seed);
        let mut history = History::new(settings);
        let mut plain: Vec<Option<Plain>> = vec![None; 4];
        let (mut now, mut zone) = (-40 * 24 * HOUR, 0);
        for _ in 0..400 {
            now += match numbers.below(8) {
                0 => 0,
                1 => HOUR - now.rem_euclid(HOUR),
                2 => numbers.below(30 * 24).cast_signed() * HOUR,
                _ => numbers.below(3 * HOUR.cast_unsigned()).cast_signed(),
            };
            if numbers.below(20) == 0 {
                zone = (numbers.below(27).cast_signed() - 12) * HOUR;
            }
            let today = (now + zone).div_euclid(24 * HOUR) as i32;
            let segment = numbers.below(4) as u32;
            match (&mut plain[segment as usize], numbers.below(30)) {
                (slot, 0) => {
                    *slot = None;
                    history.forget(SegmentIdx(segment));
                }
                (slot @ None, _) | (slot, 1) => {
                    *slot = Some(Plain { begin: (now, today, numbers.below(5)), changes: Vec::new() });
                    history.begin(SegmentIdx(segment), instant(now), Day::from_number(today));
                }
                (Some(plain), _) => {
                    let before = plain.count(|_| true);
                    let (entered, left) = (numbers.below(4), numbers.below(before.min(3) + 1));
                    let later = today.max(plain.last_day());
                    plain.changes.push((now, later, entered, left));
                    history.note(
                        SegmentIdx(segment),
                        instant(now),
                        Day::from_number(today),
                        before,
                        entered,
                        left,
                    );
                }
            }
            for (segment, plain) in (0..).zip(&plain) {
                let count = plain.as_ref().map_or(0, |plain| plain.count(|_| true));
                let hours = history.hours(SegmentIdx(segment), instant(now), count);
                let days = history.days(SegmentIdx(segment), Day::from_number(today), count);
                let plain = plain.as_ref();
                assert_eq!(hours, plain.map_or(Vec::new(), |plain| plain.hours(now, settings.hours)));
                assert_eq!(days, plain.map_or(Vec::new(), |plain| plain.days(today, settings.days)));
            }
            for series in history.segments.iter().flatten() {
                assert!(series.hours.len() <= settings.hours as usize);
                assert!(series.days.len() <= settings.days as usize);
            }
        }
        let held: usize = history.segments.iter().flatten().map(Series::bytes).sum();
        assert_eq!(history.record_bytes, held);
    }

    #[test]
    fn random_histories_agree_with_a_model_that_keeps_every_change() {
        for seed in 0..40 {
            for (hours, days) in [(0, 0), (1, 1), (2, 3), (24, 7), (168, 400)] {
                assert_agrees_with_the_plain_model(seed, settings(hours, days));
            }
        }
    }

    #[test]
    fn an_hour_has_the_count_before_it_and_a_day_its_entries_and_exits() {
        let mut history = History::new(HistorySettings::default());
        let (first, second) = (day("2026-11-23"), day("2026-11-24"));
        history.begin(SegmentIdx(3), at("2026-11-23T20:00:00Z"), first);
        history.note(SegmentIdx(3), at("2026-11-23T20:59:59.999Z"), first, 10, 2, 1);
        history.note(SegmentIdx(3), at("2026-11-23T23:00:00Z"), second, 11, 0, 4);
        history.note(SegmentIdx(3), at("2026-11-23T23:30:00Z"), second, 7, 1, 0);
        let hours = history.hours(SegmentIdx(3), at("2026-11-24T00:10:00Z"), 8);
        let counts: Vec<_> = hours.iter().map(|hour| (hour.at.to_string(), hour.count)).collect();
        let expected = [("21", 11), ("22", 11), ("23", 11)]
            .map(|(hour, count)| (format!("2026-11-23T{hour}:00:00Z"), count));
        assert_eq!(counts[..3], expected);
        assert_eq!(counts[3..], [("2026-11-24T00:00:00Z".to_owned(), 8)]);
        let expected = [
            DayCount { day: first, count: 10, entered: 2, left: 1 },
            DayCount { day: second, count: 11, entered: 1, left: 4 },
            DayCount { day: day("2026-11-25"), count: 8, entered: 0, left: 0 },
        ];
        assert_eq!(history.days(SegmentIdx(3), day("2026-11-25"), 8), expected);
    }

    #[test]
    fn changes_after_the_date_went_back_count_towards_the_later_day() {
        let mut history = History::new(HistorySettings::default());
        let (before, after) = (day("2026-11-23"), day("2026-11-24"));
        history.begin(SegmentIdx(0), at("2026-11-23T12:00:00Z"), before);
        history.note(SegmentIdx(0), at("2026-11-23T13:00:00Z"), after, 0, 5, 0);
        history.note(SegmentIdx(0), at("2026-11-23T14:00:00Z"), before, 5, 1, 2);
        let expected = [
            DayCount { day: before, count: 0, entered: 0, left: 0 },
            DayCount { day: after, count: 0, entered: 6, left: 2 },
        ];
        assert_eq!(history.days(SegmentIdx(0), before, 4), expected);
    }

    #[test]
    fn idle_segments_have_no_records_and_busy_ones_at_most_those_of_the_settings() {
        let mut history = History::new(settings(168, 400));
        let noon = at("2000-01-01T12:00:00Z").milliseconds();
        for segment in 0..1_000 {
            history.begin(SegmentIdx(segment), instant(noon), day("2000-01-01"));
        }
        assert_eq!(history.record_bytes, 0);
        assert!(size_of::<Series>() <= 128, "{}", size_of::<Series>());
        assert_eq!(history.hours(SegmentIdx(0), instant(noon + 9_000 * HOUR), 5).len(), 168);
        assert_eq!(history.days(SegmentIdx(0), day("2026-11-23"), 5).len(), 400);
        for hour in 0..24 * 1_000 {
            let today = day("2000-01-01").plus((hour + 12) / 24);
            history.note(SegmentIdx(1), instant(noon + i64::from(hour) * HOUR), today, 5, 1, 1);
        }
        assert_eq!(
            history.series(SegmentIdx(1)).map_or((0, 0), |series| (series.hours.len(), series.days.len())),
            (168, 400)
        );
        assert_eq!(history.record_bytes, 256 * size_of::<Hour>() + 512 * size_of::<DayCount>());
        history.forget(SegmentIdx(1));
        assert_eq!(history.record_bytes, 0);
        assert_eq!(history.hours(SegmentIdx(1), instant(noon + 9_000 * HOUR), 5), []);
    }
}
