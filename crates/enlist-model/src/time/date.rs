//! Dates: the values of date fields, each a calendar date or an instant.
//!
//! It knows no time zone: the caller says which day an instant falls on.

use std::cmp::Ordering;
use std::fmt;

use crate::time::date_problem::DateProblem;
use crate::time::day::Day;
use crate::time::instant::Instant;

/// A calendar date, which is the same in every time zone, or an instant, whose day depends on the workspace's time
/// zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Date {
    /// A calendar date.
    Calendar(Day),
    /// An instant.
    Instant(Instant),
}

impl Date {
    /// Reads either form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// Like [`parse`](Self::parse), but says what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, DateProblem> {
        match Day::read(text) {
            Ok(day) => Ok(Date::Calendar(day)),
            // A text that continues after a calendar date is meant to be an instant, so the instant's problem is
            // reported.
            Err(DateProblem::NotOnlyADate) => Instant::read(text).map(Date::Instant),
            Err(problem) => Err(problem),
        }
    }

    /// Its day.
    pub fn day(self, day_of: impl Fn(Instant) -> Day) -> Day {
        match self {
            Date::Calendar(day) => day,
            Date::Instant(instant) => day_of(instant),
        }
    }

    /// Compares two dates: by instant if both are instants, otherwise by day.
    pub fn order(self, other: Date, day_of: impl Fn(Instant) -> Day) -> Ordering {
        match (self, other) {
            (Date::Instant(one), Date::Instant(two)) => one.cmp(&two),
            (one, two) => one.day(&day_of).cmp(&two.day(&day_of)),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Date::Calendar(day) => day.fmt(out),
            Date::Instant(instant) => instant.fmt(out),
        }
    }
}
