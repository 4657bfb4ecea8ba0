//! Why a line of the log cannot be applied: as a sentence about that line, and as the reason it shares with others.
//!
//! The shared reason names neither the line's number nor what was found there, so that equal mistakes have equal reasons.
//! It is written from the errors' facts, because the errors' own sentences have the found value in the middle.

use std::fmt;

use enlist::model::limits::{ID_BYTES, LINE_BYTES};
use enlist::model::{self, RuleProblem};
use enlist::{EngineError, Error};

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
            BadLine::NotAnEvent(error) => model_reason(error),
            BadLine::Refused(error) => workspace_reason(error),
        }
    }
}

fn workspace_reason(error: &Error) -> String {
    match error {
        Error::Engine(error) => engine_reason(error),
        Error::Refused(refused) => workspace_reason(&refused.reason),
        Error::Limit { limit, .. } => format!("over {limit}"),
        // A line of a log does not cause the others, or they are about the workspace and have no found value.
        _ => error.to_string(),
    }
}

fn engine_reason(error: &EngineError) -> String {
    let reason = match error {
        EngineError::Model(error) => return model_reason(error),
        EngineError::UnknownContact { .. } => "there is no such contact; save it first",
        EngineError::UnknownConversation { .. } => "there is no such conversation; save it first",
        EngineError::UnknownSegment { .. } => "there is no such segment; save it first",
        EngineError::UnknownField { .. } => "there is no such field; define it first",
        EngineError::UnknownTimeZone { .. } => {
            "there is no such time zone; accepted: a name of the IANA database, as `Europe/Berlin` or `UTC`"
        }
        EngineError::Values { problems } => {
            let shown = |field: &str, kind: Option<model::Kind>, accepted: &str| match kind {
                Some(kind) => format!("`{field}` (a {kind} field): accepted: {accepted}"),
                None => format!("`{field}`: accepted: {accepted}"),
            };
            let problems =
                problems.iter().map(|problem| shown(&problem.field, problem.kind, &problem.accepted));
            return format!("values that do not fit: {}", joined(problems));
        }
        EngineError::BuiltInField { .. } => "the field is built in; it can be neither defined nor deleted",
        EngineError::FieldKind { .. } => {
            "a field keeps its kind; delete it before you define it with another kind, or choose another key"
        }
        EngineError::FieldPart { kind, part, .. } => {
            return format!("a field of kind {kind} has no `{part}`");
        }
        EngineError::FieldInUse { .. } => "the field is used by segments; change or delete them first",
        EngineError::OptionsInUse { .. } => {
            "the field cannot lose options that rules name; change or delete those segments first"
        }
        EngineError::SegmentInUse { .. } => {
            "other segments refer to the segment; change or delete them first"
        }
        EngineError::MergeIntoItself { .. } => "a contact cannot be merged into itself",
        EngineError::ForeignConversation { .. } => "the conversation belongs to another contact",
        EngineError::Limit { limit, .. } => return format!("over {limit}"),
        // About the partition, or about questions that a line of a log does not ask.
        EngineError::PartitionFull { .. }
        | EngineError::Cursor { .. }
        | EngineError::SortField { .. }
        | EngineError::NotEmpty { .. }
        | EngineError::NotLoadable { .. } => return error.to_string(),
    };
    reason.to_owned()
}

fn model_reason(error: &model::Error) -> String {
    match error {
        model::Error::Json { problem, .. } => format!("this is not JSON that can be read: {problem}"),
        model::Error::Id { what, .. } => {
            format!("a {what} id of a wrong length; an id has 1 byte at least and keeps within {ID_BYTES}")
        }
        model::Error::Instant { .. } => "the instant lies outside the years 0001 to 9998".to_owned(),
        model::Error::FieldKey { .. } => {
            "this is not the key of a field; a key is a lower-case letter, then up to 63 lower-case letters, digits or \
             underscores, for a conversation's field after `conversation.`"
                .to_owned()
        }
        model::Error::EventType { accepted, .. } => format!("the event type is unknown; accepted: {accepted}"),
        model::Error::Member { event, member, accepted, .. } => {
            format!("`{member}` of {event} is wrong; accepted: {accepted}")
        }
        model::Error::Limit { limit, .. } => format!("over {limit}"),
        model::Error::Rule { problems } => {
            let shown = |RuleProblem { path, accepted, .. }: &RuleProblem| format!("{path}: accepted: {accepted}");
            format!("the rule is not valid: {}", joined(problems.iter().map(shown)))
        }
    }
}

fn joined(problems: impl Iterator<Item = String>) -> String {
    problems.collect::<Vec<_>>().join("; ")
}
