//! Counts over time, compared with a model of one segment that keeps every change.

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
