//! The errors of the model. Each holds its facts, and its message tells a user what to change.

use std::convert::Infallible;

use crate::error_class::ErrorClass;
use crate::limits::{self, Limit};
use crate::problem::{RuleProblem, did_you_mean};

/// Why the model refuses something.
///
/// # Codes
///
/// Each variant has a [`code`](Self::code), which stays the same from release to release:
///
/// | code | variant |
/// |---|---|
/// | `invalid_json` | [`Json`](Self::Json) |
/// | `duplicate_key` | [`DuplicateKey`](Self::DuplicateKey) |
/// | `invalid_id` | [`Id`](Self::Id) |
/// | `instant_out_of_range` | [`Instant`](Self::Instant) |
/// | `invalid_field_key` | [`FieldKey`](Self::FieldKey) |
/// | `unknown_event_type` | [`EventType`](Self::EventType) |
/// | `unknown_member` | [`UnknownMember`](Self::UnknownMember) |
/// | `missing_member` | [`MissingMember`](Self::MissingMember) |
/// | `wrong_member` | [`Member`](Self::Member) |
/// | `over_limit` | [`Limit`](Self::Limit) |
/// | `invalid_rule` | [`Rule`](Self::Rule); each of its problems has a [code of its own](crate::ProblemCode) |
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Text that is not one JSON document.
    #[error("this is not JSON that can be read: {problem} (line {line}, column {column})")]
    Json {
        /// What is wrong.
        problem: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// JSON with an object that has the same key twice.
    #[error(
        "this is not JSON that can be read: the key {found} occurs twice in one object (line {line}, column {column})"
    )]
    DuplicateKey {
        /// The key, as JSON; cut if it is long.
        found: String,
        /// The line at which the object ends, from 1.
        line: usize,
        /// The column at which the object ends, from 1.
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
    #[error("{found} is not the key of a field; {KEY_FORM}")]
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
    /// A member that a type of event does not have.
    #[error("`{found}` of {event}: found an unknown member{}; accepted: {accepted}", did_you_mean(*suggestion))]
    UnknownMember {
        /// The type of the event.
        event: String,
        /// The name of the member; cut if it is long.
        found: String,
        /// The members that exist.
        accepted: String,
        /// The member that was meant.
        suggestion: Option<&'static str>,
    },
    /// A member that an event needs and does not have.
    #[error("`{member}` of {event}: found no such member; accepted: {accepted}")]
    MissingMember {
        /// The type of the event.
        event: String,
        /// The name of the member.
        member: String,
        /// What is accepted.
        accepted: String,
    },
    /// A member of an event that is of the wrong type, or has a value that is not accepted.
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
    #[error(
        "the rule has {} problem{}: {}{}",
        problems.len() + unlisted, if problems.len() + unlisted == 1 { "" } else { "s" }, joined(problems), more(*unlisted)
    )]
    Rule {
        /// Every problem, in the order of the rule; the first 50 if there are more.
        problems: Vec<RuleProblem>,
        /// Number of problems beyond those listed.
        unlisted: usize,
    },
}

impl From<Infallible> for Error {
    /// For conversions that cannot fail, so that they combine with those that can.
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl Error {
    /// What kind of error it is: one of the words of the [table](Self#codes).
    pub fn code(&self) -> &'static str {
        match self {
            Error::Json { .. } => "invalid_json",
            Error::DuplicateKey { .. } => "duplicate_key",
            Error::Id { .. } => "invalid_id",
            Error::Instant { .. } => "instant_out_of_range",
            Error::FieldKey { .. } => "invalid_field_key",
            Error::EventType { .. } => "unknown_event_type",
            Error::UnknownMember { .. } => "unknown_member",
            Error::MissingMember { .. } => "missing_member",
            Error::Member { .. } => "wrong_member",
            Error::Limit { .. } => "over_limit",
            Error::Rule { .. } => "invalid_rule",
        }
    }

    /// What the caller can do about it.
    pub const fn class(&self) -> ErrorClass {
        match self {
            Error::Json { .. } | Error::DuplicateKey { .. } => ErrorClass::Unreadable,
            Error::Id { .. }
            | Error::Instant { .. }
            | Error::FieldKey { .. }
            | Error::EventType { .. }
            | Error::UnknownMember { .. }
            | Error::MissingMember { .. }
            | Error::Member { .. }
            | Error::Limit { .. }
            | Error::Rule { .. } => ErrorClass::Unfit,
        }
    }

    /// The sentence without what was found: equal mistakes have equal reasons, so a host can count them.
    pub fn reason(&self) -> String {
        match self {
            Error::Json { problem, .. } => format!("this is not JSON that can be read: {problem}"),
            Error::DuplicateKey { .. } => {
                "this is not JSON that can be read: a key occurs twice in one object".to_owned()
            }
            Error::Id { what, .. } => {
                format!("a {what} id of a wrong length; an id is not empty and within {}", limits::ID_BYTES)
            }
            Error::Instant { .. } => "the instant lies outside the years 0001 to 9998".to_owned(),
            Error::FieldKey { .. } => format!("this is not the key of a field; {KEY_FORM}"),
            Error::EventType { accepted, .. } => format!("the event type is unknown; accepted: {accepted}"),
            Error::UnknownMember { event, accepted, .. } => {
                format!("{event} has an unknown member; accepted: {accepted}")
            }
            Error::MissingMember { event, member, accepted } => {
                format!("`{member}` of {event} is missing; accepted: {accepted}")
            }
            Error::Member { event, member, accepted, .. } => {
                format!("`{member}` of {event} is wrong; accepted: {accepted}")
            }
            Error::Limit { limit, .. } => format!("over {limit}"),
            Error::Rule { problems, unlisted } => {
                let reasons: Vec<String> = problems.iter().map(RuleProblem::reason).collect();
                format!("the rule is not valid: {}{}", reasons.join("; "), more(*unlisted))
            }
        }
    }

    /// The problems of the rule, if it is a rule that is refused; otherwise none.
    pub fn rule_problems(&self) -> &[RuleProblem] {
        if let Error::Rule { problems, .. } = self { problems } else { &[] }
    }

    /// How many more problems the rule has than are listed.
    pub fn unlisted_rule_problems(&self) -> usize {
        if let Error::Rule { unlisted, .. } = self { *unlisted } else { 0 }
    }
}

/// The form of a field's key.
const KEY_FORM: &str = "a key is a lower-case letter followed by up to 63 lower-case letters, digits or underscores, with the \
    prefix `conversation.` for a conversation field";

fn joined(problems: &[RuleProblem]) -> String {
    problems.iter().map(RuleProblem::to_string).collect::<Vec<_>>().join("; ")
}

/// `; and … more problems`, or nothing.
fn more(unlisted: usize) -> String {
    match unlisted {
        0 => String::new(),
        1 => "; and 1 more problem, not listed here".to_owned(),
        more => format!("; and {more} more problems, not listed here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        "x".to_owned()
    }

    fn examples() -> Vec<Error> {
        vec![
            Error::Json { problem: text(), line: 1, column: 1 },
            Error::DuplicateKey { found: text(), line: 1, column: 1 },
            Error::Id { what: "contact", bytes: 0 },
            Error::Instant { found: text() },
            Error::FieldKey { found: text() },
            Error::EventType { found: text(), accepted: text(), suggestion: None },
            Error::UnknownMember { event: text(), found: text(), accepted: text(), suggestion: None },
            Error::MissingMember { event: text(), member: text(), accepted: text() },
            Error::Member {
                event: text(),
                member: text(),
                found: text(),
                accepted: text(),
                suggestion: None,
            },
            Error::Limit { found: text(), limit: limits::ID_BYTES },
            Error::Rule { problems: Vec::new(), unlisted: 0 },
        ]
    }

    /// A new variant does not compile here until it has a code, which then never changes: hosts store these words.
    fn golden(error: &Error) -> &'static str {
        match error {
            Error::Json { .. } => "invalid_json",
            Error::DuplicateKey { .. } => "duplicate_key",
            Error::Id { .. } => "invalid_id",
            Error::Instant { .. } => "instant_out_of_range",
            Error::FieldKey { .. } => "invalid_field_key",
            Error::EventType { .. } => "unknown_event_type",
            Error::UnknownMember { .. } => "unknown_member",
            Error::MissingMember { .. } => "missing_member",
            Error::Member { .. } => "wrong_member",
            Error::Limit { .. } => "over_limit",
            Error::Rule { .. } => "invalid_rule",
        }
    }

    #[test]
    fn every_code_stays_as_it_is_and_is_in_the_table_of_the_docs() {
        let codes: Vec<&str> = examples().iter().map(Error::code).collect();
        assert_eq!(codes, examples().iter().map(golden).collect::<Vec<_>>());
        let rows = include_str!("error.rs").lines().filter_map(|line| line.strip_prefix("/// | `"));
        assert_eq!(codes, rows.filter_map(|row| row.split('`').next()).collect::<Vec<_>>());
    }
}
