//! What an event did to the facts: whatever stood there before. What stands there now is in the facts.

use enlist_model::{ConversationId, Value};
use smallvec::SmallVec;

use crate::facts::{Contact, RowValues};
use crate::ids::{ContactNo, ConversationNo, FieldNo, LabelNo};

/// Earlier values by field; most events change one.
pub(crate) type OldValues = SmallVec<[(FieldNo, Option<Value>); 1]>;

/// What one event did to all contacts it touched.
#[derive(Default)]
pub(crate) struct Recorded {
    /// Contacts that live on, one delta each.
    pub(crate) deltas: SmallVec<[Delta; 1]>,
    /// A contact that was deleted.
    pub(crate) deleted: Option<DeletedContact>,
}

/// A contact that was deleted, and its facts.
pub(crate) struct DeletedContact {
    pub(crate) no: ContactNo,
    pub(crate) contact: Contact,
    pub(crate) values: RowValues,
    /// Its conversations as they were, whether they were deleted too or are another's now.
    pub(crate) conversations: Vec<(ConversationId, RowValues)>,
}

/// What one event did to one contact.
pub(crate) struct Delta {
    /// Whose facts changed.
    pub(crate) contact: ContactNo,
    /// Whether the contact was created by this event.
    pub(crate) is_new: bool,
    /// The earlier value of each field that changed.
    pub(crate) values: OldValues,
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
    Went(RowValues),
    /// It stays; the earlier value of each field that changed.
    Changed(ConversationNo, OldValues),
}

impl Delta {
    /// Nothing yet, of a contact.
    pub(crate) fn of(contact: ContactNo) -> Self {
        Delta {
            contact,
            is_new: false,
            values: OldValues::new(),
            labels_added: Vec::new(),
            labels_removed: Vec::new(),
            conversations: Vec::new(),
        }
    }
}
