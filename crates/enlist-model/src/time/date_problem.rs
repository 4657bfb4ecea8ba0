//! The problems of a refused date or instant, with the words that the error adds.
//!
//! It does not know the grammar: `day` and `instant` find the problem while they read.

use std::fmt;

use crate::json::Json;

/// The first problem from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateProblem {
    /// Nothing that looks like a date. The error adds no words, because it says what is accepted.
    NoDate,
    BlankBefore,
    BlankAfter,
    YearZero,
    NoSuchDay,
    /// A text that continues after the calendar date.
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

    /// A refused date and its problem, as an error shows them.
    pub(crate) fn shown_with(self, found: &Json) -> String {
        if self == DateProblem::NoDate { found.shown() } else { format!("{} ({self})", found.shown()) }
    }
}

impl fmt::Display for DateProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.words())
    }
}
