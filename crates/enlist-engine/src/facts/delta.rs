//! What an event did to the facts: whatever stood there before. What stands there now is in the facts.

use enlist_model::Value;

use crate::facts::{Contact, Conversation, Values};
use crate::number::{ContactNo, ConversationNo, FieldNo, LabelNo};

/// What one event did to all contacts it touched.
#[derive(Default)]
pub(crate) struct Recorded {
    /// Contacts that live on, one delta each.
    pub(crate) deltas: Vec<Delta>,
    /// A contact that was deleted.
    pub(crate) departed: Option<Departed>,
}

/// A contact that was deleted, and its facts.
pub(crate) struct Departed {
    pub(crate) no: ContactNo,
    pub(crate) contact: Contact,
    /// Its conversations as they were, whether they were deleted too or are another's now.
    pub(crate) conversations: Vec<Conversation>,
}

/// What one event did to one contact.
pub(crate) struct Delta {
    /// Whose facts changed.
    pub(crate) contact: ContactNo,
    /// Whether the contact was created by this event.
    pub(crate) is_new: bool,
    /// The earlier value of each field that changed.
    pub(crate) values: Vec<(FieldNo, Option<Value>)>,
    /// Labels that the contact has now and had not.
    pub(crate) labels_added: Vec<LabelNo>,
    /// Labels that it had and has no longer.
    pub(crate) labels_removed: Vec<LabelNo>,
    /// Its conversations that changed, came or went.
    pub(crate) conversations: Vec<ConversationDelta>,
}

/// What one event did to one conversation of a contact.
pub(crate) enum ConversationDelta {
    /// It is the contact's now and was not.
    Came(ConversationNo),
    /// It was the contact's and is not now; its values then.
    Went(Values),
    /// It stays; the earlier value of each field that changed.
    Changed(ConversationNo, Vec<(FieldNo, Option<Value>)>),
}

impl Delta {
    /// Nothing yet, of a contact.
    pub(crate) fn of(contact: ContactNo) -> Self {
        Delta {
            contact,
            is_new: false,
            values: Vec::new(),
            labels_added: Vec::new(),
            labels_removed: Vec::new(),
            conversations: Vec::new(),
        }
    }
}
