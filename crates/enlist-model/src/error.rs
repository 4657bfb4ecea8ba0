//! The errors of the model. Each holds its facts, and its message tells a user what to change.

use std::fmt;

use crate::limits::{self, Limit};

/// Why the model refuses something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Text that is not one JSON document, or has an object with two equal keys.
    #[error("this is not JSON that can be read: {problem} (line {line}, column {column})")]
    Json {
        /// What is wrong.
        problem: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// An id that is empty or too long.
    #[error("a {what} id of {bytes} bytes; an id is not empty and within {}", limits::ID_BYTES)]
    Id {
        /// What the id names.
        what: &'static str,
        /// Its length.
        bytes: usize,
    },
    /// An instant outside the years 0001 to 9998.
    #[error("the instant {found} lies outside the years 0001 to 9998")]
    Instant {
        /// The instant.
        found: String,
    },
    /// A key that no field can have.
    #[error(
        "{found} is not the key of a field; a key is a lower-case letter followed by up to 63 lower-case letters, digits \
         or underscores, with the prefix `conversation.` for a conversation field"
    )]
    FieldKey {
        /// What was found.
        found: String,
    },
    /// An event of an unknown type.
    #[error("the unknown event type {found}{}; accepted: {accepted}", did_you_mean(*suggestion))]
    EventType {
        /// What was found.
        found: String,
        /// The types that exist.
        accepted: String,
        /// The type that was meant.
        suggestion: Option<&'static str>,
    },
    /// A member of an event that is missing, unknown or of the wrong type.
    #[error("`{member}` of {event}: found {found}{}; accepted: {accepted}", did_you_mean(*suggestion))]
    Member {
        /// The type of the event.
        event: String,
        /// The path of the member.
        member: String,
        /// What was found.
        found: String,
        /// What is accepted.
        accepted: String,
        /// The name that was meant, where a name is unknown.
        suggestion: Option<&'static str>,
    },
    /// A limit is exceeded.
    #[error("{found} is over {limit}")]
    Limit {
        /// What was found.
        found: String,
        /// The limit.
        limit: Limit,
    },
    /// An invalid rule.
    #[error("the rule has {} problem{}: {}", problems.len(), if problems.len() == 1 { "" } else { "s" }, joined(problems))]
    Rule {
        /// Every problem, in the order of the rule.
        problems: Vec<RuleProblem>,
    },
}

/// One problem of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// Where: `conditions[2].conditions[0].value`.
    pub path: String,
    /// What was found there.
    pub found: String,
    /// What is accepted there.
    pub accepted: String,
    /// The name that was meant, where a name is unknown.
    pub suggestion: Option<String>,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meant = did_you_mean(self.suggestion.as_deref());
        write!(out, "{}: found {}{meant}; accepted: {}", self.path, self.found, self.accepted)
    }
}

/// Why a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// What was found; cut if it is long.
    pub found: String,
    /// What is accepted.
    pub accepted: String,
}

/// ` (did you mean …?)`, or nothing.
fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

fn joined(problems: &[RuleProblem]) -> String {
    problems.iter().map(RuleProblem::to_string).collect::<Vec<_>>().join("; ")
}
