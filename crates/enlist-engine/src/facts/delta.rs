//! What an event changed in the facts: the values before. The values now are in the facts.

use enlist_model::{ConversationId, Value};
use smallvec::SmallVec;

use crate::facts::{Contact, RowValues};
use crate::ids::{ContactNo, ConversationNo, FieldNo, LabelNo};

/// Earlier values by field; most events change one.
pub(crate) type OldValues = SmallVec<[(FieldNo, Option<Value>); 1]>;

/// What one event changed in all contacts that it touched.
#[derive(Default)]
pub(crate) struct Recorded {
    /// One delta for each contact that still lives.
    pub(crate) deltas: SmallVec<[Delta; 1]>,
    /// A contact that was deleted.
    pub(crate) deleted: Option<DeletedContact>,
}

/// A contact that was deleted, and its facts.
pub(crate) struct DeletedContact {
    pub(crate) no: ContactNo,
    pub(crate) contact: Contact,
    pub(crate) values: RowValues,
    /// Its conversations as they were, whether they were deleted or moved to another contact.
    pub(crate) conversations: Vec<(ConversationId, RowValues)>,
}

/// Whether an event created a contact or changed one that existed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContactAge {
    New,
    Existing,
}

/// What one event changed in one contact.
pub(crate) struct Delta {
    /// The contact.
    pub(crate) contact: ContactNo,
    /// Whether this event created the contact.
    pub(crate) age: ContactAge,
    /// The earlier value of each field that changed.
    pub(crate) values: OldValues,
    /// Labels that the contact has now and did not have before.
    pub(crate) labels_added: Vec<LabelNo>,
    /// Labels that it had before and does not have now.
    pub(crate) labels_removed: Vec<LabelNo>,
    /// Its conversations that changed, came or went.
    pub(crate) conversations: Vec<ConversationDelta>,
}

/// What one event changed in one conversation of a contact.
pub(crate) enum ConversationDelta {
    /// It belongs to the contact now and did not before.
    Came(ConversationNo),
    /// It belonged to the contact before and does not now; the values that it had then.
    Went(RowValues),
    /// It still belongs to the contact; the earlier value of each field that changed.
    Changed(ConversationNo, OldValues),
}

impl Delta {
    /// A delta without changes.
    pub(crate) fn of(contact: ContactNo) -> Self {
        Delta {
            contact,
            age: ContactAge::Existing,
            values: OldValues::new(),
            labels_added: Vec::new(),
            labels_removed: Vec::new(),
            conversations: Vec::new(),
        }
    }
}
