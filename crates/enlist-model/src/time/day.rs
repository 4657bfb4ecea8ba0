//! A calendar day, and the weeks and months around it.
//!
//! It knows no time zone; the engine's calendar decides which day an instant falls on. Arithmetic is on whole days
//! since 1970-01-01 and may leave the years 0001 to 9999, the range in which a day can be written.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};

use crate::time::date_problem::DateProblem;

/// A day of the proleptic Gregorian calendar, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// Days from 0000-12-31, chrono's day 0, to 1970-01-01.
const EPOCH: i32 = 719_163;

/// Length of a written date, in bytes.
pub(crate) const DATE_BYTES: usize = 10;

impl Day {
    /// Milliseconds in a day without a clock change.
    pub const MILLISECONDS: i64 = 86_400_000;

    /// The day `days_since_epoch` days after 1970-01-01.
    pub const fn from_number(days_since_epoch: i32) -> Self {
        Day(days_since_epoch)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Reads `2026-11-23`, years 0001 to 9999.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// Like [`parse`](Self::parse), but says what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, DateProblem> {
        let bytes = text.as_bytes();
        let day = Self::read_start(bytes)?;
        match &bytes[DATE_BYTES..] {
            [] => Ok(day),
            rest if rest.trim_ascii().is_empty() => Err(DateProblem::BlankAfter),
            _ => Err(DateProblem::NotOnlyADate),
        }
    }

    /// Reads the date at the start of a text.
    pub(crate) fn read_start(bytes: &[u8]) -> Result<Self, DateProblem> {
        let Some(date) = bytes.first_chunk::<DATE_BYTES>().and_then(written_date) else {
            let blank_before = bytes.trim_ascii_start().first_chunk().and_then(written_date).is_some();
            return Err(if blank_before { DateProblem::BlankBefore } else { DateProblem::NoDate });
        };
        let (year, month, day) = date;
        if year == 0 {
            return Err(DateProblem::YearZero);
        }
        let year = i32::try_from(year).map_err(|_| DateProblem::NoDate)?;
        NaiveDate::from_ymd_opt(year, month, day).map(Day::from).ok_or(DateProblem::NoSuchDay)
    }

    /// The day `days` after this one.
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Day(self.0.saturating_add(days))
    }

    /// The first day of the week that holds this day.
    #[must_use]
    pub fn week_start(self, first: WeekStart) -> Self {
        // 1970-01-01 was a Thursday, three days after a Monday.
        let since_monday = (self.0.rem_euclid(7) + 3) % 7;
        let first = match first {
            WeekStart::Monday => 0,
            WeekStart::Saturday => 5,
            WeekStart::Sunday => 6,
        };
        // `rem_euclid`, because a Sunday start gives a negative difference from Monday to Saturday.
        self.plus(-(since_monday - first).rem_euclid(7))
    }

    /// The first day of the month that lies `months` after this day's month.
    #[must_use]
    pub fn month_start(self, months: i32) -> Self {
        // The first day of the month, so that adding months never meets a month that is too short.
        let first = NaiveDate::from(self).with_day(1).unwrap_or(NaiveDate::MIN);
        let count = Months::new(months.unsigned_abs());
        if months < 0 {
            first.checked_sub_months(count).unwrap_or(NaiveDate::MIN).into()
        } else {
            first.checked_add_months(count).unwrap_or(NaiveDate::MAX).into()
        }
    }
}

/// The year, month and day in `2026-11-23`, whether or not that day exists.
fn written_date(bytes: &[u8; DATE_BYTES]) -> Option<(u32, u32, u32)> {
    let is_shaped = bytes[4] == b'-' && bytes[7] == b'-';
    is_shaped.then_some((digits(&bytes[0..4])?, digits(&bytes[5..7])?, digits(&bytes[8..])?))
}

/// The number that ASCII digits spell; `None` if one of them is not a digit.
pub(crate) fn digits(bytes: &[u8]) -> Option<u32> {
    bytes
        .iter()
        .try_fold(0_u32, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Day(date.num_days_from_ce() - EPOCH)
    }
}

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        // chrono covers 262,000 years in each direction, so only days far outside the writable range are clamped.
        NaiveDate::from_num_days_from_ce_opt(day.0.saturating_add(EPOCH)).unwrap_or(if day.0 < 0 {
            NaiveDate::MIN
        } else {
            NaiveDate::MAX
        })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = NaiveDate::from(*self);
        write!(out, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
    }
}

/// The weekday on which a week begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WeekStart {
    /// ISO 8601 weeks; the default.
    #[default]
    Monday,
    /// Weeks from Sunday.
    Sunday,
    /// Weeks from Saturday.
    Saturday,
}

impl WeekStart {
    /// Every week start with its name.
    pub const ALL: [(WeekStart, &'static str); 3] =
        [(WeekStart::Monday, "monday"), (WeekStart::Sunday, "sunday"), (WeekStart::Saturday, "saturday")];

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            WeekStart::Monday => "monday",
            WeekStart::Sunday => "sunday",
            WeekStart::Saturday => "saturday",
        }
    }

    /// The week start with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, word)| *word == name).map(|(start, _)| start)
    }
}

/// The current day, as operators over days need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Today {
    /// The local date of `now` in the workspace's time zone.
    pub day: Day,
    /// The workspace's `week_start`.
    pub week_start: WeekStart,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn days_are_read_strictly() {
        assert_eq!(day("1970-01-01").number(), 0);
        assert_eq!(day("0001-01-01").to_string(), "0001-01-01");
        assert_eq!(day("9999-12-31").to_string(), "9999-12-31");
        for wrong in ["0000-01-01", "2023-02-29", "2023-2-01", "+123-01-01", "2023-01-01 ", "2023/01/01"] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn weeks_begin_on_the_weekday_of_the_setting() {
        let monday = day("2026-11-23");
        assert_eq!(monday.week_start(WeekStart::Monday), monday);
        assert_eq!(monday.week_start(WeekStart::Sunday), day("2026-11-22"));
        assert_eq!(monday.week_start(WeekStart::Saturday), day("2026-11-21"));
        assert_eq!(day("1969-12-28").week_start(WeekStart::Monday), day("1969-12-22"));
    }

    #[test]
    fn months_begin_on_their_first_day() {
        assert_eq!(day("2024-03-31").month_start(0), day("2024-03-01"));
        assert_eq!(day("2024-03-31").month_start(-1), day("2024-02-01"));
        assert_eq!(day("2023-12-31").month_start(1), day("2024-01-01"));
    }

    #[test]
    fn arithmetic_beyond_the_writable_days_does_not_panic() {
        for day in [Day::from_number(i32::MIN), Day::from_number(i32::MAX)] {
            for months in [i32::MIN, -1, 0, 1, i32::MAX] {
                let _ = day.month_start(months);
            }
            for (start, _) in WeekStart::ALL {
                assert!(
                    (0..7).contains(&(i64::from(day.number()) - i64::from(day.week_start(start).number())))
                );
            }
            assert!(!day.plus(i32::MIN).plus(i32::MAX).to_string().is_empty());
        }
    }
}
