//! Everything that the engine refuses, with the facts of each refusal, as messages that a user can act on.

mod code;

use enlist_model::limits::{self, Limit};
use enlist_model::{ContactId, ConversationId, FieldKey, Kind, RuleProblem, SegmentId, ValueProblem};

/// A prepared turn cannot be taken, because another engine prepared it, or the engine has changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the prepared turn is stale: the engine has changed since, or is another; prepare it again")]
pub struct StaleTurn;

/// Why the engine refuses an event or a question. A refused event changes nothing, not even `now`.
///
/// # Codes
///
/// Each variant has a [`code`](Self::code), which stays the same from release to release. [`Model`](Self::Model) has that of
/// [the model's error](enlist_model::Error#codes).
///
/// | code | variant |
/// |---|---|
/// | `unknown_contact` | [`UnknownContact`](Self::UnknownContact) |
/// | `unknown_conversation` | [`UnknownConversation`](Self::UnknownConversation) |
/// | `unknown_segment` | [`UnknownSegment`](Self::UnknownSegment) |
/// | `unknown_field` | [`UnknownField`](Self::UnknownField) |
/// | `unknown_time_zone` | [`UnknownTimeZone`](Self::UnknownTimeZone) |
/// | `wrong_values` | [`Values`](Self::Values); each of its problems has a [code of its own](enlist_model::ProblemCode) |
/// | `built_in_field` | [`BuiltInField`](Self::BuiltInField) |
/// | `field_kind` | [`FieldKind`](Self::FieldKind) |
/// | `field_part` | [`FieldPart`](Self::FieldPart) |
/// | `field_in_use` | [`FieldInUse`](Self::FieldInUse) |
/// | `options_in_use` | [`OptionsInUse`](Self::OptionsInUse) |
/// | `segment_in_use` | [`SegmentInUse`](Self::SegmentInUse) |
/// | `merge_into_itself` | [`MergeIntoItself`](Self::MergeIntoItself) |
/// | `foreign_conversation` | [`ForeignConversation`](Self::ForeignConversation) |
/// | `over_limit` | [`Limit`](Self::Limit) |
/// | `partition_full` | [`PartitionFull`](Self::PartitionFull) |
/// | `wrong_cursor` | [`Cursor`](Self::Cursor) |
/// | `sort_field` | [`SortField`](Self::SortField) |
/// | `not_empty` | [`NotEmpty`](Self::NotEmpty) |
/// | `not_loadable` | [`NotLoadable`](Self::NotLoadable) |
/// | `foreign_handle` | [`ForeignHandle`](Self::ForeignHandle) |
/// | `deleted_handle` | [`DeletedHandle`](Self::DeletedHandle) |
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model refuses it.
    #[error(transparent)]
    Model(#[from] enlist_model::Error),
    /// No contact has that id.
    #[error("there is no contact {contact:?}; save it first")]
    UnknownContact {
        /// The id.
        contact: String,
    },
    /// No conversation has that id.
    #[error("there is no conversation {conversation:?}; save it first")]
    UnknownConversation {
        /// The id.
        conversation: String,
    },
    /// No segment has that id.
    #[error("there is no segment {segment:?}; save it first")]
    UnknownSegment {
        /// The id.
        segment: String,
    },
    /// No field has that key.
    #[error("there is no field {field:?}; define it first")]
    UnknownField {
        /// The key.
        field: String,
    },
    /// A time zone that the database does not have.
    #[error(
        "there is no time zone {time_zone:?}; accepted: a name of the IANA database, as `Europe/Berlin` or `UTC`"
    )]
    UnknownTimeZone {
        /// The name.
        time_zone: String,
    },
    /// Values that do not fit their fields: all of them.
    #[error("{} that do{} not fit: {}", plural(problems.len(), "value"), if problems.len() == 1 { "es" } else { "" }, joined(problems))]
    Values {
        /// Every value that does not fit, in the order given.
        problems: Vec<ValueProblem>,
    },
    /// A built-in field cannot be defined or deleted.
    #[error("the field `{field}` is built in; it can be neither defined nor deleted")]
    BuiltInField {
        /// Its key.
        field: FieldKey,
    },
    /// A field keeps its kind.
    #[error(
        "the field `{field}` is of kind {kind} and stays so (found {found}); delete it first, or choose another key"
    )]
    FieldKind {
        /// Its key.
        field: FieldKey,
        /// Its kind.
        kind: Kind,
        /// The kind that the event gives it.
        found: Kind,
    },
    /// A part of a definition that the field's kind does not have.
    #[error("the field `{field}` is of kind {kind}, which has no `{part}`")]
    FieldPart {
        /// Its key.
        field: FieldKey,
        /// Its kind.
        kind: Kind,
        /// `options` or `default`.
        part: &'static str,
    },
    /// A field that rules name cannot be deleted.
    #[error("the field `{field}` is used by {}; change or delete them first", ids(segments))]
    FieldInUse {
        /// Its key.
        field: FieldKey,
        /// The segments whose rules name it.
        segments: Vec<SegmentId>,
    },
    /// Options that rules name cannot be taken away.
    #[error(
        "the field `{field}` cannot lose options that rules name: {}; change or delete those segments first",
        uses(options)
    )]
    OptionsInUse {
        /// Its key.
        field: FieldKey,
        /// Each option with a segment whose rule names it.
        options: Vec<(String, SegmentId)>,
    },
    /// A segment that others refer to cannot be deleted.
    #[error("the segment {segment:?} is referred to by {}; change or delete them first", ids(segments))]
    SegmentInUse {
        /// Its id.
        segment: SegmentId,
        /// The segments whose rules refer to it.
        segments: Vec<SegmentId>,
    },
    /// A contact cannot be merged into itself.
    #[error("the contact {contact:?} cannot be merged into itself")]
    MergeIntoItself {
        /// Its id.
        contact: ContactId,
    },
    /// The conversation belongs to another contact.
    #[error("the conversation {conversation:?} is not the contact {contact:?}'s but {owner:?}'s")]
    ForeignConversation {
        /// The conversation.
        conversation: ConversationId,
        /// The contact that the event names.
        contact: ContactId,
        /// The contact that the conversation belongs to.
        owner: ContactId,
    },
    /// A limit is exceeded.
    #[error("{found} is over {limit}")]
    Limit {
        /// What was found.
        found: String,
        /// The limit.
        limit: Limit,
    },
    /// A partition has used all its contact numbers.
    #[error(
        "the partition has created {created} contacts, which is its limit `{}`; build it again from its dump, which \
         leaves deleted contacts behind, or use more partitions",
        limits::PARTITION_CONTACTS.name
    )]
    PartitionFull {
        /// The number of contacts created, including deleted ones.
        created: usize,
    },
    /// A cursor of another order, damaged, or not a cursor at all. Nothing is lost but the place.
    #[error("the cursor does not fit: {problem}; read the first page again")]
    Cursor {
        /// What is wrong.
        problem: &'static str,
    },
    /// Pages cannot be sorted by this field.
    #[error("members cannot be sorted by `{field}`; accepted: a contact's field of a single value")]
    SortField {
        /// Its key.
        field: String,
    },
    /// A bulk load needs an engine without contacts.
    #[error(
        "a bulk load needs an engine without contacts, but this one has {contacts}; apply events instead"
    )]
    NotEmpty {
        /// The number of contacts.
        contacts: u64,
    },
    /// A bulk load does not take events that define something.
    #[error("a bulk load does not take `{found}`; apply definitions before or after the load")]
    NotLoadable {
        /// The type of the event.
        found: &'static str,
    },
    /// A handle of another engine.
    #[error(
        "the handle of {of} is of another workspace or partition; take it from the one that the event goes to"
    )]
    ForeignHandle {
        /// What it names, as `a contact`.
        of: &'static str,
    },
    /// A handle of something that was deleted.
    #[error("the handle of {of} is of something that was deleted; look it up again by its id")]
    DeletedHandle {
        /// What it names, as `a contact`.
        of: &'static str,
    },
}

impl Error {
    /// The problems of the rule, if it is a rule that is refused; otherwise none.
    pub fn rule_problems(&self) -> &[RuleProblem] {
        if let Error::Model(error) = self { error.rule_problems() } else { &[] }
    }

    /// How many more problems the rule has than are listed.
    pub fn unlisted_rule_problems(&self) -> usize {
        if let Error::Model(error) = self { error.unlisted_rule_problems() } else { 0 }
    }

    /// The values that do not fit, if that is why the event is refused; otherwise none.
    pub fn value_problems(&self) -> &[ValueProblem] {
        if let Error::Values { problems } = self { problems } else { &[] }
    }
}

/// Why a batch stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {index} of the batch: {error}")]
#[non_exhaustive]
pub struct Refused {
    /// The index of the refused event. Those before it are applied, it and those after it are not.
    pub index: usize,
    /// Why.
    pub error: Error,
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn joined(problems: &[ValueProblem]) -> String {
    problems.iter().map(ValueProblem::to_string).collect::<Vec<_>>().join("; ")
}

fn ids(segments: &[SegmentId]) -> String {
    let ids: Vec<String> = segments.iter().map(|id| format!("{id:?}")).collect();
    format!("{} {}", if ids.len() == 1 { "the segment" } else { "the segments" }, ids.join(", "))
}

fn uses(options: &[(String, SegmentId)]) -> String {
    options.iter().map(|(option, id)| format!("{option:?} by {id:?}")).collect::<Vec<_>>().join(", ")
}
