//! Events: one change each, with the instant it happened.
//!
//! Invariant: an event that exists is well formed. Only a workspace can say whether it also fits (known ids, values of
//! the right kind, a valid rule), so values and rules stay JSON here.

pub(crate) mod builder;
pub(crate) mod checks;
pub mod draft;
pub(crate) mod fitting;
pub(crate) mod reader;
pub(crate) mod value_check;
pub(crate) mod writer;

use crate::error::Error;
use crate::event_type::EventType;
use crate::field::FieldKey;
use crate::id::{ContactId, ConversationId, SegmentId};
use crate::json::Json;
use crate::kind::Kind;
use crate::limits;
use crate::short_text::ShortText;
use crate::time::day::WeekStart;
use crate::time::instant::Instant;
use crate::value::text::TextKey;

/// One change, with the instant it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it happened. An event older than `now` is applied at `now`.
    pub at: Instant,
    /// What changed.
    pub body: EventBody,
}

/// What an event changes.
#[derive(Clone, Debug, PartialEq)]
pub enum EventBody {
    /// Changes settings of the workspace; `None` keeps the current value.
    WorkspaceConfigured {
        /// An IANA time zone.
        time_zone: Option<String>,
        /// The weekday on which weeks begin.
        week_start: Option<WeekStart>,
    },
    /// Defines a custom field, or changes its definition.
    FieldDefined {
        /// Its key.
        field: FieldKey,
        /// Its kind.
        kind: Kind,
        /// Its options. Whether they are within the limit of a list is for the workspace to say.
        options: Setting<Vec<ShortText>>,
        /// What an empty boolean reads as.
        default: Setting<bool>,
    },
    /// Deletes a custom field and its values.
    FieldDeleted {
        /// Its key.
        field: String,
    },
    /// Creates or edits a segment.
    SegmentSaved {
        /// Its id.
        segment: SegmentId,
        /// Its name.
        name: String,
        /// Its rule, not yet checked.
        rule: Json,
    },
    /// Deletes a segment.
    SegmentDeleted {
        /// Its id.
        segment: SegmentId,
    },
    /// Creates or changes a contact.
    ContactSaved {
        /// Its id.
        contact: ContactId,
        /// New values by field; an empty value empties the field.
        set: Vec<(String, Json)>,
        /// Labels to add. Labels are removed first, then added.
        add_labels: Vec<Label>,
        /// Labels to remove.
        remove_labels: Vec<Label>,
    },
    /// Deletes a contact and its conversations.
    ContactDeleted {
        /// Its id.
        contact: ContactId,
    },
    /// Merges a contact into another.
    ContactMerged {
        /// The contact that is deleted.
        contact: ContactId,
        /// The contact that stays.
        into: ContactId,
    },
    /// Creates or changes a conversation, or moves it to another contact.
    ConversationSaved {
        /// Its id.
        conversation: ConversationId,
        /// The contact it belongs to from now on.
        contact: ContactId,
        /// New values by field; an empty value empties the field.
        set: Vec<(String, Json)>,
    },
    /// Deletes a conversation.
    ConversationDeleted {
        /// Its id.
        conversation: ConversationId,
    },
    /// A contact was active, possibly in a conversation.
    Activity {
        /// The contact.
        contact: ContactId,
        /// One of its conversations.
        conversation: Option<ConversationId>,
    },
    /// Time passes.
    Tick,
}

/// A part of a definition that an event may keep, remove or set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Setting<T> {
    /// Left out of the event: no change.
    #[default]
    Keep,
    /// `null`: removed.
    Remove,
    /// The new value.
    Set(T),
}

/// A label in an event; never blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The key by which labels are compared.
    pub key: TextKey,
    /// The spelling in the event.
    pub shown: ShortText,
}

impl Label {
    /// Reads a label.
    ///
    /// # Errors
    /// [`Error::Limit`] if it is too long, [`Error::Member`] if it is blank.
    pub fn new(label: &str) -> Result<Self, Error> {
        if limits::LABEL_BYTES.is_exceeded_by(label.len()) {
            let found = format!("a label of {} bytes", label.len());
            return Err(Error::Limit { found, limit: limits::LABEL_BYTES });
        }
        let key = TextKey::of(label).ok_or_else(|| Error::Member {
            event: "the event".into(),
            member: "label".into(),
            found: "a blank label".into(),
            accepted: "a label: a string that is not blank".into(),
            suggestion: None,
        })?;
        Ok(Label { key, shown: label.into() })
    }
}

impl EventBody {
    /// Its type.
    pub const fn event_type(&self) -> EventType {
        match self {
            EventBody::WorkspaceConfigured { .. } => EventType::WorkspaceConfigured,
            EventBody::FieldDefined { .. } => EventType::FieldDefined,
            EventBody::FieldDeleted { .. } => EventType::FieldDeleted,
            EventBody::SegmentSaved { .. } => EventType::SegmentSaved,
            EventBody::SegmentDeleted { .. } => EventType::SegmentDeleted,
            EventBody::ContactSaved { .. } => EventType::ContactSaved,
            EventBody::ContactDeleted { .. } => EventType::ContactDeleted,
            EventBody::ContactMerged { .. } => EventType::ContactMerged,
            EventBody::ConversationSaved { .. } => EventType::ConversationSaved,
            EventBody::ConversationDeleted { .. } => EventType::ConversationDeleted,
            EventBody::Activity { .. } => EventType::Activity,
            EventBody::Tick => EventType::Tick,
        }
    }

    /// The name of its type.
    pub const fn type_name(&self) -> &'static str {
        self.event_type().name()
    }

    /// The segment that it saves or deletes.
    pub const fn segment(&self) -> Option<&SegmentId> {
        match self {
            EventBody::SegmentSaved { segment, .. } | EventBody::SegmentDeleted { segment } => Some(segment),
            EventBody::WorkspaceConfigured { .. }
            | EventBody::FieldDefined { .. }
            | EventBody::FieldDeleted { .. }
            | EventBody::ContactSaved { .. }
            | EventBody::ContactDeleted { .. }
            | EventBody::ContactMerged { .. }
            | EventBody::ConversationSaved { .. }
            | EventBody::ConversationDeleted { .. }
            | EventBody::Activity { .. }
            | EventBody::Tick => None,
        }
    }

    /// Whether it defines something for all contacts (a setting, a field, a segment) instead of changing one of them.
    pub const fn is_definition(&self) -> bool {
        match self.event_type() {
            EventType::WorkspaceConfigured
            | EventType::FieldDefined
            | EventType::FieldDeleted
            | EventType::SegmentSaved
            | EventType::SegmentDeleted => true,
            EventType::ContactSaved
            | EventType::ContactDeleted
            | EventType::ContactMerged
            | EventType::ConversationSaved
            | EventType::ConversationDeleted
            | EventType::Activity
            | EventType::Tick => false,
        }
    }
}
