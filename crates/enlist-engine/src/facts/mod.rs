//! The facts: contacts with their values, labels and conversations. Everything else about membership is derived.
//!
//! The room stores facts and returns what was there before. It knows neither rules nor time, and checks nothing.
//! Invariant: the directories name exactly the living contacts and conversations, a conversation is in the list of
//! exactly the contact that it names, and contact numbers rise in order of creation.

mod column;
mod contacts;
mod conversations;
mod deleted_ids;
mod delta;
mod interner;
mod labels;
mod packed_date;
mod record;
pub(crate) mod sort_prefix;
mod values;

pub(crate) use column::{Column, Sortable};
pub(crate) use contacts::{Contact, Contacts};
pub(crate) use conversations::Conversations;
pub use deleted_ids::RetainedIds;
pub(crate) use delta::{ContactAge, ConversationDelta, DeletedContact, Delta, OldValues, Recorded};
pub(crate) use labels::{ContactLabels, Labels};
pub(crate) use packed_date::PackedDate;
pub(crate) use record::{FactChange, NewValues, Subject};
pub(crate) use values::{Replaced, RowValues, Values};

use crate::seeded_map::KeyHasher;

/// All facts of one partition.
pub(crate) struct Facts {
    pub(crate) contacts: Contacts,
    pub(crate) conversations: Conversations,
    pub(crate) labels: Labels,
}

impl Facts {
    pub(crate) fn new(hasher: &KeyHasher) -> Self {
        Facts {
            contacts: Contacts::new(hasher),
            conversations: Conversations::new(hasher),
            labels: Labels::new(hasher),
        }
    }

    /// Gives back the spare room of short lists, because many workspaces change seldom once they are loaded.
    pub(crate) fn fit(&mut self) {
        self.contacts.fit();
        self.conversations.fit();
        self.labels.fit();
    }

    /// The memory that they take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.contacts.bytes() + self.conversations.bytes() + self.labels.bytes()
    }
}
