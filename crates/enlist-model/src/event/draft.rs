//! Drafts: the bodies of events that are being built. Each event type with optional members has its own type of draft.
//!
//! A draft keeps the errors of its members until it is complete. Invariant: [`Draft::into_body`] checks the members in
//! the order in which they are read from JSON, so both report the same error first.

use crate::error::Error;
use crate::event::{EventBody, Label, Setting};
use crate::field::FieldKey;
use crate::id::{ContactId, ConversationId};
use crate::json::Json;
use crate::kind::Kind;
use crate::short_text::ShortText;
use crate::time::day::WeekStart;

/// The source from which an [`EventBuilder`](crate::EventBuilder) makes the body of an event.
pub trait Draft {
    /// The body.
    ///
    /// # Errors
    /// The error of the first member that is not accepted.
    fn into_body(self) -> Result<EventBody, Error>;
}

/// An event of a type without optional members.
#[derive(Clone, Debug)]
pub struct Complete {
    pub(crate) body: Result<EventBody, Error>,
}

/// A `workspace_configured` event.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceConfigured {
    pub(crate) time_zone: Option<String>,
    pub(crate) week_start: Option<WeekStart>,
}

/// A `field_defined` event.
#[derive(Clone, Debug)]
pub struct FieldDefined {
    pub(crate) field: Result<FieldKey, Error>,
    pub(crate) kind: Result<Kind, Error>,
    pub(crate) options: Setting<Result<Vec<ShortText>, Error>>,
    pub(crate) default: Setting<bool>,
}

/// A `contact_saved` event.
#[derive(Clone, Debug)]
pub struct ContactSaved {
    pub(crate) contact: Result<ContactId, Error>,
    pub(crate) set: Result<Vec<(String, Json)>, Error>,
    pub(crate) add_labels: Vec<Result<Label, Error>>,
    pub(crate) remove_labels: Vec<Result<Label, Error>>,
}

/// A `conversation_saved` event.
#[derive(Clone, Debug)]
pub struct ConversationSaved {
    pub(crate) conversation: Result<ConversationId, Error>,
    pub(crate) contact: Result<ContactId, Error>,
    pub(crate) set: Result<Vec<(String, Json)>, Error>,
}

/// An `activity` event.
#[derive(Clone, Debug)]
pub struct Activity {
    pub(crate) contact: Result<ContactId, Error>,
    pub(crate) conversation: Option<Result<ConversationId, Error>>,
}

impl Draft for Complete {
    fn into_body(self) -> Result<EventBody, Error> {
        self.body
    }
}

impl Draft for WorkspaceConfigured {
    fn into_body(self) -> Result<EventBody, Error> {
        Ok(EventBody::WorkspaceConfigured { time_zone: self.time_zone, week_start: self.week_start })
    }
}

impl Draft for FieldDefined {
    fn into_body(self) -> Result<EventBody, Error> {
        Ok(EventBody::FieldDefined {
            field: self.field?,
            kind: self.kind?,
            options: match self.options {
                Setting::Keep => Setting::Keep,
                Setting::Remove => Setting::Remove,
                // The options are checked after field and kind, as in the reader.
                Setting::Set(options) => Setting::Set(options?),
            },
            default: self.default,
        })
    }
}

impl Draft for ContactSaved {
    fn into_body(self) -> Result<EventBody, Error> {
        Ok(EventBody::ContactSaved {
            contact: self.contact?,
            set: self.set?,
            add_labels: self.add_labels.into_iter().collect::<Result<_, _>>()?,
            remove_labels: self.remove_labels.into_iter().collect::<Result<_, _>>()?,
        })
    }
}

impl Draft for ConversationSaved {
    fn into_body(self) -> Result<EventBody, Error> {
        Ok(EventBody::ConversationSaved {
            conversation: self.conversation?,
            contact: self.contact?,
            set: self.set?,
        })
    }
}

impl Draft for Activity {
    fn into_body(self) -> Result<EventBody, Error> {
        Ok(EventBody::Activity { contact: self.contact?, conversation: self.conversation.transpose()? })
    }
}
