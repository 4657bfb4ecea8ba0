//! What programs take an error for: its code, its class and its reason, which stay the same while sentences change.
//!
//! Invariant: each variant has a code of its own, and a code never changes.

use enlist_model::{ErrorClass, ValueProblem};

use crate::error::Error;

impl Error {
    /// What kind of error it is: one of the words of the [table](Self#codes).
    pub fn code(&self) -> &'static str {
        match self {
            Error::Model(error) => error.code(),
            Error::UnknownContact { .. } => "unknown_contact",
            Error::UnknownConversation { .. } => "unknown_conversation",
            Error::UnknownSegment { .. } => "unknown_segment",
            Error::UnknownField { .. } => "unknown_field",
            Error::UnknownTimeZone { .. } => "unknown_time_zone",
            Error::Values { .. } => "wrong_values",
            Error::BuiltInField { .. } => "built_in_field",
            Error::FieldKind { .. } => "field_kind",
            Error::FieldPart { .. } => "field_part",
            Error::FieldInUse { .. } => "field_in_use",
            Error::OptionsInUse { .. } => "options_in_use",
            Error::SegmentInUse { .. } => "segment_in_use",
            Error::MergeIntoItself { .. } => "merge_into_itself",
            Error::ForeignConversation { .. } => "foreign_conversation",
            Error::Limit { .. } => "over_limit",
            Error::PartitionFull { .. } => "partition_full",
            Error::Cursor { .. } => "wrong_cursor",
            Error::SortField { .. } => "sort_field",
            Error::NotEmpty { .. } => "not_empty",
            Error::NotLoadable { .. } => "not_loadable",
            Error::ForeignHandle { .. } => "foreign_handle",
            Error::DeletedHandle { .. } => "deleted_handle",
        }
    }

    /// What the caller can do about it.
    pub const fn class(&self) -> ErrorClass {
        match self {
            Error::Model(error) => error.class(),
            Error::UnknownContact { .. }
            | Error::UnknownConversation { .. }
            | Error::UnknownSegment { .. }
            | Error::UnknownField { .. }
            | Error::DeletedHandle { .. } => ErrorClass::Unknown,
            Error::FieldInUse { .. } | Error::OptionsInUse { .. } | Error::SegmentInUse { .. } => {
                ErrorClass::InUse
            }
            Error::Cursor { .. } => ErrorClass::Unreadable,
            Error::UnknownTimeZone { .. }
            | Error::Values { .. }
            | Error::BuiltInField { .. }
            | Error::FieldKind { .. }
            | Error::FieldPart { .. }
            | Error::MergeIntoItself { .. }
            | Error::ForeignConversation { .. }
            | Error::Limit { .. }
            | Error::PartitionFull { .. }
            | Error::SortField { .. }
            | Error::NotEmpty { .. }
            | Error::NotLoadable { .. }
            | Error::ForeignHandle { .. } => ErrorClass::Unfit,
        }
    }

    /// The sentence without what was found: equal mistakes have equal reasons, so a host can count them.
    pub fn reason(&self) -> String {
        let reason = match self {
            Error::Model(error) => return error.reason(),
            Error::UnknownContact { .. } => "there is no such contact; save it first",
            Error::UnknownConversation { .. } => "there is no such conversation; save it first",
            Error::UnknownSegment { .. } => "there is no such segment; save it first",
            Error::UnknownField { .. } => "there is no such field; define it first",
            Error::UnknownTimeZone { .. } => {
                "there is no such time zone; accepted: a name of the IANA database, as `Europe/Berlin` or `UTC`"
            }
            Error::Values { problems } => {
                let reasons: Vec<String> = problems.iter().map(ValueProblem::reason).collect();
                return format!("values that do not fit: {}", reasons.join("; "));
            }
            Error::BuiltInField { .. } => "the field is built in; it can be neither defined nor deleted",
            Error::FieldKind { .. } => {
                "a field keeps its kind; delete it before you define it with another kind, or choose another key"
            }
            Error::FieldPart { kind, part, .. } => return format!("a field of kind {kind} has no `{part}`"),
            Error::FieldInUse { .. } => "the field is used by segments; change or delete them first",
            Error::OptionsInUse { .. } => {
                "the field cannot lose options that rules name; change or delete those segments first"
            }
            Error::SegmentInUse { .. } => "other segments refer to the segment; change or delete them first",
            Error::MergeIntoItself { .. } => "a contact cannot be merged into itself",
            Error::ForeignConversation { .. } => "the conversation belongs to another contact",
            Error::Limit { limit, .. } => return format!("over {limit}"),
            Error::SortField { .. } => {
                "members cannot be sorted by this field; accepted: a contact's field of a single value"
            }
            Error::NotEmpty { .. } => "a bulk load needs an engine without contacts; apply events instead",
            // These sentences hold nothing that differs between equal mistakes.
            Error::PartitionFull { .. }
            | Error::Cursor { .. }
            | Error::NotLoadable { .. }
            | Error::ForeignHandle { .. }
            | Error::DeletedHandle { .. } => return self.to_string(),
        };
        reason.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use enlist_model::limits;
    use enlist_model::{ContactId, ConversationId, FieldKey, Kind, SegmentId};

    use super::*;

    fn examples() -> Vec<Error> {
        let text = || "x".to_owned();
        let field = || FieldKey::new("plan").unwrap();
        let segment = || SegmentId::new("s").unwrap();
        let contact = || ContactId::new("c").unwrap();
        let conversation = ConversationId::new("v").unwrap();
        let (kind, found) = (Kind::Text, Kind::Number);
        vec![
            Error::UnknownContact { contact: text() },
            Error::UnknownConversation { conversation: text() },
            Error::UnknownSegment { segment: text() },
            Error::UnknownField { field: text() },
            Error::UnknownTimeZone { time_zone: text() },
            Error::Values { problems: Vec::new() },
            Error::BuiltInField { field: field() },
            Error::FieldKind { field: field(), kind, found },
            Error::FieldPart { field: field(), kind, part: "options" },
            Error::FieldInUse { field: field(), segments: Vec::new() },
            Error::OptionsInUse { field: field(), options: Vec::new() },
            Error::SegmentInUse { segment: segment(), segments: Vec::new() },
            Error::MergeIntoItself { contact: contact() },
            Error::ForeignConversation { conversation, contact: contact(), owner: contact() },
            Error::Limit { found: text(), limit: limits::CONTACT_LABELS },
            Error::PartitionFull { created: 1 },
            Error::Cursor { problem: "x" },
            Error::SortField { field: text() },
            Error::NotEmpty { contacts: 1 },
            Error::NotLoadable { found: "x" },
            Error::ForeignHandle { of: "a contact" },
            Error::DeletedHandle { of: "a contact" },
        ]
    }

    /// A new variant does not compile here until it has a code, which then never changes: hosts store these words.
    fn golden(error: &Error) -> &'static str {
        match error {
            Error::Model(error) => error.code(),
            Error::UnknownContact { .. } => "unknown_contact",
            Error::UnknownConversation { .. } => "unknown_conversation",
            Error::UnknownSegment { .. } => "unknown_segment",
            Error::UnknownField { .. } => "unknown_field",
            Error::UnknownTimeZone { .. } => "unknown_time_zone",
            Error::Values { .. } => "wrong_values",
            Error::BuiltInField { .. } => "built_in_field",
            Error::FieldKind { .. } => "field_kind",
            Error::FieldPart { .. } => "field_part",
            Error::FieldInUse { .. } => "field_in_use",
            Error::OptionsInUse { .. } => "options_in_use",
            Error::SegmentInUse { .. } => "segment_in_use",
            Error::MergeIntoItself { .. } => "merge_into_itself",
            Error::ForeignConversation { .. } => "foreign_conversation",
            Error::Limit { .. } => "over_limit",
            Error::PartitionFull { .. } => "partition_full",
            Error::Cursor { .. } => "wrong_cursor",
            Error::SortField { .. } => "sort_field",
            Error::NotEmpty { .. } => "not_empty",
            Error::NotLoadable { .. } => "not_loadable",
            Error::ForeignHandle { .. } => "foreign_handle",
            Error::DeletedHandle { .. } => "deleted_handle",
        }
    }

    #[test]
    fn every_code_stays_as_it_is_and_is_in_the_table_of_the_docs() {
        let codes: Vec<&str> = examples().iter().map(Error::code).collect();
        assert_eq!(codes, examples().iter().map(golden).collect::<Vec<_>>());
        let rows = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("/// | `"));
        assert_eq!(codes, rows.filter_map(|row| row.split('`').next()).collect::<Vec<_>>());
    }
}
