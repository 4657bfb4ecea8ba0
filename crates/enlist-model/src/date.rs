//! Dates: the values of date fields, each a calendar date or an instant.
//!
//! It knows no time zone: a caller that knows one says which day an instant falls on.

use std::cmp::Ordering;
use std::fmt;

use crate::date_problem::DateProblem;
use crate::day::Day;
use crate::instant::Instant;

/// A calendar date, which no time zone moves, or an instant, whose day is its day in the workspace's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Date {
    /// A calendar date.
    Calendar(Day),
    /// An instant.
    Instant(Instant),
}

impl Date {
    /// Reads either form, strictly.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// As [`parse`](Self::parse), with what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, DateProblem> {
        match Day::read(text) {
            Ok(day) => Ok(Date::Calendar(day)),
            // What goes on after a calendar date was meant as an instant, so its problem is the instant's.
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

    /// Which comes first: by the instant where both are instants, otherwise by the day.
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
