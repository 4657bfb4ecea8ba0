//! What is wrong with a date or an instant that is refused, in the words that its error adds.
//!
//! It knows no grammar: `day` and `instant` find the problem where they read.

use std::fmt;

use crate::json::Json;

/// The first thing, from the left, that the grammar of the contract does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateProblem {
    /// Nothing that looks like a date; what is accepted says it all.
    NoDate,
    BlankBefore,
    BlankAfter,
    YearZero,
    NoSuchDay,
    /// There is more than the calendar date that is asked for.
    NotOnlyADate,
    NoTime,
    NoSeconds,
    /// RFC 3339 has leap seconds, the contract has none.
    SecondSixty,
    NoSuchTime,
    NoDigitsAfterThePoint,
    NoOffset,
    BlankBeforeOffset,
    NoColonInOffset,
    NoMinutesInOffset,
    NoSuchOffset,
    BeforeTheFirstYear,
    AfterTheLastYear,
}

impl DateProblem {
    const fn words(self) -> &'static str {
        match self {
            DateProblem::NoDate => "",
            DateProblem::BlankBefore => "a blank before the date",
            DateProblem::BlankAfter => "a blank at the end",
            DateProblem::YearZero => "there is no year 0000",
            DateProblem::NoSuchDay => "a day that does not exist",
            DateProblem::NotOnlyADate => "more than a calendar date",
            DateProblem::NoTime => "no time",
            DateProblem::NoSeconds => "no seconds",
            DateProblem::SecondSixty => "there is no second 60",
            DateProblem::NoSuchTime => "a time of day that does not exist",
            DateProblem::NoDigitsAfterThePoint => "no digits after the point",
            DateProblem::NoOffset => "no offset",
            DateProblem::BlankBeforeOffset => "a blank before the offset",
            DateProblem::NoColonInOffset => "no colon in the offset",
            DateProblem::NoMinutesInOffset => "no minutes in the offset",
            DateProblem::NoSuchOffset => "an offset that does not exist",
            DateProblem::BeforeTheFirstYear => "before the year 0001 (UTC)",
            DateProblem::AfterTheLastYear => "after the year 9998 (UTC)",
        }
    }

    /// A refused date as an error shows it, with its problem.
    pub(crate) fn shown_with(self, found: &Json) -> String {
        if self == DateProblem::NoDate { found.shown() } else { format!("{} ({self})", found.shown()) }
    }
}

impl fmt::Display for DateProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.words())
    }
}
