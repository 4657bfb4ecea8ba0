//! Why a line of the log cannot be applied: as a sentence about that line, and as the reason it shares with others.
//!
//! The shared reason names neither the line's number nor what was found there, so that equal mistakes have equal reasons.

use std::fmt;

use enlist::Error;
use enlist::model::{self, limits::LINE_BYTES};

/// Why a line cannot be applied.
#[derive(Debug, PartialEq)]
pub(super) enum BadLine {
    /// It is longer than a line may be.
    TooLong,
    /// It is not UTF-8 from this byte on, counted from 1.
    NotUtf8 {
        /// The byte.
        byte: usize,
    },
    /// It is no event.
    NotAnEvent(model::Error),
    /// It is an event that the workspace refuses.
    Refused(Error),
}

impl fmt::Display for BadLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadLine::TooLong => {
                write!(out, "the line is over {LINE_BYTES}; split its content over several events")
            }
            BadLine::NotUtf8 { byte } => {
                write!(out, "byte {byte} of the line is not UTF-8; write the log in UTF-8")
            }
            // The JSON of a log is on one line, so its own line number is always 1 and would only confuse.
            BadLine::NotAnEvent(model::Error::Json { problem, column, .. }) => {
                write!(out, "this is not JSON that can be read: {problem} (column {column})")
            }
            BadLine::NotAnEvent(model::Error::DuplicateKey { found, column, .. }) => write!(
                out,
                "this is not JSON that can be read: the key {found} occurs twice in one object (column {column})"
            ),
            BadLine::NotAnEvent(error) => error.fmt(out),
            BadLine::Refused(error) => error.fmt(out),
        }
    }
}

impl BadLine {
    /// The reason without what was found on this very line.
    pub(super) fn shared_reason(&self) -> String {
        match self {
            BadLine::TooLong => self.to_string(),
            BadLine::NotUtf8 { .. } => "the line is not UTF-8; write the log in UTF-8".to_owned(),
            BadLine::NotAnEvent(error) => error.reason(),
            BadLine::Refused(error) => error.reason(),
        }
    }
}
