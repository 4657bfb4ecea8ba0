//! Recording: a checked change of facts is stored, and its delta says what was there before.
//!
//! It is built on three primitives (take a contact's facts out, put facts in, move a conversation), so that two
//! partitions can carry out one change together. Invariant: an equal value, or a label that is held already, leaves
//! no delta.

use std::borrow::Cow;

use enlist_model::{ContactId, ConversationId, Label, Value};
use smallvec::{SmallVec, smallvec};

use crate::facts::{
    ContactAge, ConversationDelta, DeletedContact, Delta, Facts, OldValues, Recorded, Replaced, RowValues,
    Values,
};
use crate::ids::{ContactNo, ConversationNo, FieldNo};

/// New values by field; `None` empties the field.
pub(crate) type NewValues = SmallVec<[(FieldNo, Option<Value>); 1]>;

/// A contact or conversation that an event changes, or creates.
pub(crate) enum Subject<No, Id> {
    Existing(No),
    Created(Id),
}

/// A change of facts that has been checked.
pub(crate) enum FactChange<'a> {
    /// `contact_saved`
    SaveContact {
        contact: Subject<ContactNo, ContactId>,
        values: NewValues,
        remove_labels: Cow<'a, [Label]>,
        add_labels: Cow<'a, [Label]>,
    },
    /// `activity`
    Activity { contact: ContactNo, values: NewValues, conversation: Option<(ConversationNo, NewValues)> },
    /// `contact_deleted`
    DeleteContact(ContactNo),
    /// `contact_merged`; the values are those that `into` takes from the other contact.
    MergeContact { contact: ContactNo, into: ContactNo, values: NewValues },
    /// `conversation_saved`
    SaveConversation {
        conversation: Subject<ConversationNo, ConversationId>,
        contact: ContactNo,
        values: NewValues,
    },
    /// `conversation_deleted`
    DeleteConversation(ConversationNo),
}

impl Facts {
    /// Records a change and returns what was there before.
    pub(crate) fn record(&mut self, change: FactChange<'_>) -> Recorded {
        match change {
            FactChange::SaveContact { contact, values, remove_labels, add_labels } => {
                let mut delta = match contact {
                    Subject::Existing(no) => Delta::of(no),
                    Subject::Created(id) => {
                        Delta { age: ContactAge::New, ..Delta::of(self.contacts.create(id)) }
                    }
                };
                self.put_values(&mut delta, values);
                self.change_labels(&mut delta, &remove_labels, &add_labels);
                Recorded { deltas: smallvec![delta], deleted: None }
            }
            FactChange::Activity { contact, values, conversation } => {
                let mut delta = Delta::of(contact);
                self.put_values(&mut delta, values);
                if let Some((conversation, values)) = conversation {
                    self.put_conversation_values(&mut delta, conversation, values);
                }
                Recorded { deltas: smallvec![delta], deleted: None }
            }
            FactChange::DeleteContact(contact) => {
                Recorded { deltas: SmallVec::new(), deleted: Some(self.take_contact(contact)) }
            }
            FactChange::MergeContact { contact, into, values } => self.merge(contact, into, values),
            FactChange::SaveConversation { conversation, contact, values } => {
                self.save_conversation(conversation, contact, values)
            }
            FactChange::DeleteConversation(conversation) => {
                Recorded { deltas: smallvec![self.take_conversation(conversation)], deleted: None }
            }
        }
    }

    /// Releases labels that lost a holder. It runs after the outputs are reported, because they may still name the
    /// labels.
    pub(crate) fn release(&mut self, recorded: &Recorded) {
        for delta in &recorded.deltas {
            delta.labels_removed.iter().for_each(|label| self.labels.release(*label));
        }
        if let Some(deleted) = &recorded.deleted {
            deleted.contact.labels.iter().for_each(|label| self.labels.release(*label));
        }
    }

    /// Recounts the holders of every label.
    pub(crate) fn recount_labels(&mut self) {
        let Facts { contacts, labels, .. } = self;
        labels.recount(contacts.iter().flat_map(|(_, contact)| &contact.labels));
    }

    /// The living contacts that hold a value of some of the fields, themselves or in a conversation. A contact may
    /// come several times.
    pub(crate) fn holders(&self, is_wanted: impl Fn(FieldNo) -> bool) -> Vec<ContactNo> {
        let contacts = self.contacts.values.filled_rows(&is_wanted).map(ContactNo::at);
        let conversations = self.conversations.values.filled_rows(&is_wanted).map(ConversationNo::at);
        let owners = conversations.filter_map(|no| Some(self.conversations.living(no)?.contact));
        contacts.chain(owners).filter(|no| self.contacts.living(*no).is_some()).collect()
    }

    /// Empties a field of every contact or conversation.
    pub(crate) fn forget_field(&mut self, field: FieldNo) {
        self.contacts.values.forget(field);
        self.conversations.values.forget(field);
    }

    /// Empties every field that is not kept.
    pub(crate) fn forget_fields_but(&mut self, is_kept: impl Fn(FieldNo) -> bool) {
        for values in [&mut self.contacts.values, &mut self.conversations.values] {
            values.forget_but(&is_kept);
        }
    }

    /// Sets values of a contact.
    pub(crate) fn put_values(&mut self, delta: &mut Delta, values: NewValues) {
        replace(&mut self.contacts.values, delta.contact.index(), values, &mut delta.values);
    }

    fn put_conversation_values(
        &mut self,
        delta: &mut Delta,
        conversation: ConversationNo,
        values: NewValues,
    ) {
        let mut changed = OldValues::new();
        replace(&mut self.conversations.values, conversation.index(), values, &mut changed);
        if !changed.is_empty() {
            delta.conversations.push(ConversationDelta::Changed(conversation, changed));
        }
    }

    /// Creates a conversation of a contact with all its values.
    pub(crate) fn create_conversation(&mut self, delta: &mut Delta, id: ConversationId, values: NewValues) {
        let no = self.conversations.create(id, delta.contact);
        self.contacts.get_mut(delta.contact).conversations.push(no);
        replace(&mut self.conversations.values, no.index(), values, &mut OldValues::new());
        delta.conversations.push(ConversationDelta::Came(no));
    }

    /// Removes labels, then adds labels, and records the net change.
    pub(crate) fn change_labels(&mut self, delta: &mut Delta, remove: &[Label], add: &[Label]) {
        if remove.is_empty() && add.is_empty() {
            return;
        }
        // Removals first: a label that is in both lists ends up on the contact, as the contract says.
        for label in remove.iter().filter_map(|label| self.labels.find(&label.key)) {
            if self.contacts.get_mut(delta.contact).remove_label(label) {
                delta.labels_removed.push(label);
            }
        }
        for label in add {
            let label = self.labels.intern(label);
            if !self.contacts.get_mut(delta.contact).add_label(label) {
                continue;
            }
            // A label that is removed and added again is no change.
            match delta.labels_removed.iter().position(|removed| *removed == label) {
                Some(place) => {
                    delta.labels_removed.swap_remove(place);
                }
                None => delta.labels_added.push(label),
            }
        }
        // Those that were removed are counted down in `release`.
        for label in &delta.labels_added {
            self.labels.hold(*label);
        }
    }

    fn save_conversation(
        &mut self,
        conversation: Subject<ConversationNo, ConversationId>,
        contact: ContactNo,
        values: NewValues,
    ) -> Recorded {
        let mut to = Delta::of(contact);
        let no = match conversation {
            Subject::Created(id) => {
                self.create_conversation(&mut to, id, values);
                return Recorded { deltas: smallvec![to], deleted: None };
            }
            Subject::Existing(no) => no,
        };
        let owner = self.conversations.get(no).contact;
        if owner == contact {
            self.put_conversation_values(&mut to, no, values);
            return Recorded { deltas: smallvec![to], deleted: None };
        }
        let mut from = Delta::of(owner);
        from.conversations.push(ConversationDelta::Went(self.move_conversation(no, contact)));
        replace(&mut self.conversations.values, no.index(), values, &mut OldValues::new());
        to.conversations.push(ConversationDelta::Came(no));
        Recorded { deltas: smallvec![from, to], deleted: None }
    }

    /// Removes a conversation; the delta has its values.
    pub(crate) fn take_conversation(&mut self, no: ConversationNo) -> Delta {
        let mut delta = Delta::of(self.conversations.get(no).contact);
        self.contacts.get_mut(delta.contact).remove_conversation(no);
        let (_, values) = self.conversations.remove(no);
        delta.conversations.push(ConversationDelta::Went(values));
        delta
    }

    /// Moves a conversation to another contact, and returns its values.
    fn move_conversation(&mut self, conversation: ConversationNo, to: ContactNo) -> RowValues {
        let row = self.conversations.get_mut(conversation);
        let from = std::mem::replace(&mut row.contact, to);
        let values = self.conversations.values.row(conversation.index()).collect();
        self.contacts.get_mut(from).remove_conversation(conversation);
        self.contacts.get_mut(to).conversations.push(conversation);
        values
    }

    /// Removes a contact with all its facts, including its conversations.
    pub(crate) fn take_contact(&mut self, no: ContactNo) -> DeletedContact {
        let (contact, values) = self.contacts.remove(no);
        let conversations =
            contact.conversations.iter().map(|each| self.conversations.remove(*each)).collect();
        DeletedContact { no, contact, values, conversations }
    }

    /// A merge removes the other contact's facts and gives `into` what it takes of them.
    fn merge(&mut self, no: ContactNo, into: ContactNo, values: NewValues) -> Recorded {
        let deleted = self.take_contact(no);
        let labels = self.labels_of(&deleted);
        let delta = self.absorb(into, values, &labels, &deleted.conversations);
        Recorded { deltas: smallvec![delta], deleted: Some(deleted) }
    }

    /// The labels of a contact that was removed.
    pub(crate) fn labels_of(&self, deleted: &DeletedContact) -> Vec<Label> {
        deleted.contact.labels.iter().map(|no| self.labels.label(*no)).collect()
    }

    /// Adds to a contact what a merge gives it.
    pub(crate) fn absorb(
        &mut self,
        into: ContactNo,
        values: NewValues,
        labels: &[Label],
        conversations: &[(ConversationId, RowValues)],
    ) -> Delta {
        let mut delta = Delta::of(into);
        self.put_values(&mut delta, values);
        self.change_labels(&mut delta, &[], labels);
        for (id, values) in conversations {
            let values = values.iter().map(|(field, value)| (*field, Some(value.clone()))).collect();
            self.create_conversation(&mut delta, id.clone(), values);
        }
        delta
    }
}

/// Sets values of a row, and adds the earlier value of each field that changed to a list.
fn replace(values: &mut Values, row: usize, with: NewValues, olds: &mut OldValues) {
    for (field, value) in with {
        if let Replaced::Was(old) = values.replace(row, field, value) {
            olds.push((field, old));
        }
    }
}
