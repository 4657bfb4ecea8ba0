//! The oracle's facts: contacts with their values, labels and conversations. Plain maps by name.
//!
//! Changes have been checked, so nothing here refuses. Invariant: a conversation is in the directory exactly if its
//! contact has it.

use std::collections::BTreeMap;

use enlist_model::{ContactId, ConversationId, Date, FieldKey, Label, LabelSet, ShortText, TextKey, Value};

/// Values by field; a missing field is empty.
pub(crate) type Values = BTreeMap<FieldKey, Value>;

/// The labels of a contact by key, each as it was first written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Labels(pub(crate) BTreeMap<TextKey, ShortText>);

impl LabelSet for Labels {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, label: &TextKey) -> bool {
        self.0.contains_key(label)
    }
}

/// One contact.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) id: ContactId,
    pub(crate) values: Values,
    pub(crate) labels: Labels,
    pub(crate) conversations: BTreeMap<ConversationId, Values>,
}

impl Contact {
    /// Removes labels first, then adds.
    pub(crate) fn relabel(&mut self, add: &[Label], remove: &[Label]) {
        for label in remove {
            self.labels.0.remove(&label.key);
        }
        for label in add {
            self.labels.0.entry(label.key.clone()).or_insert_with(|| label.shown.clone());
        }
    }
}

/// Every contact, in order of creation, and the directories by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    contacts: BTreeMap<u64, Contact>,
    numbers: BTreeMap<ContactId, u64>,
    owners: BTreeMap<ConversationId, ContactId>,
    created: u64,
}

impl Facts {
    /// Every contact with its creation number, in order of creation.
    pub(crate) fn contacts(&self) -> impl Iterator<Item = (u64, &Contact)> {
        self.contacts.iter().map(|(number, contact)| (*number, contact))
    }

    pub(crate) fn contact_count(&self) -> usize {
        self.contacts.len()
    }

    pub(crate) fn contact(&self, id: &ContactId) -> Option<&Contact> {
        self.contacts.get(self.numbers.get(id)?)
    }

    pub(crate) fn contact_mut(&mut self, id: &ContactId) -> Option<&mut Contact> {
        self.contacts.get_mut(self.numbers.get(id)?)
    }

    /// The contact with an id, created if it is new.
    pub(crate) fn contact_or_new(&mut self, id: &ContactId) -> &mut Contact {
        let number = *self.numbers.entry(id.clone()).or_insert_with(|| {
            self.created += 1;
            self.created
        });
        self.contacts.entry(number).or_insert_with(|| Contact {
            id: id.clone(),
            values: Values::new(),
            labels: Labels::default(),
            conversations: BTreeMap::new(),
        })
    }

    /// Removes a contact and its conversations.
    pub(crate) fn remove_contact(&mut self, id: &ContactId) -> Option<Contact> {
        let contact = self.contacts.remove(&self.numbers.remove(id)?)?;
        for conversation in contact.conversations.keys() {
            self.owners.remove(conversation);
        }
        Some(contact)
    }

    /// The contact that a conversation belongs to.
    pub(crate) fn owner(&self, conversation: &ConversationId) -> Option<&ContactId> {
        self.owners.get(conversation)
    }

    /// The ids of all conversations with their contacts.
    pub(crate) fn conversations(&self) -> impl Iterator<Item = (&ConversationId, &ContactId)> {
        self.owners.iter()
    }

    /// The values of a conversation.
    pub(crate) fn conversation(&self, id: &ConversationId) -> Option<&Values> {
        self.contact(self.owners.get(id)?)?.conversations.get(id)
    }

    /// Removes a conversation, if it exists.
    pub(crate) fn take_conversation(&mut self, id: &ConversationId) -> Option<Values> {
        let owner = self.owners.remove(id)?;
        self.contact_mut(&owner)?.conversations.remove(id)
    }

    /// Adds a conversation to a contact.
    pub(crate) fn put_conversation(&mut self, contact: &ContactId, id: &ConversationId, values: Values) {
        self.owners.insert(id.clone(), contact.clone());
        self.contact_or_new(contact).conversations.insert(id.clone(), values);
    }

    /// Removes every value of a field.
    pub(crate) fn forget(&mut self, field: &str) {
        for contact in self.contacts.values_mut() {
            contact.values.remove(field);
            for values in contact.conversations.values_mut() {
                values.remove(field);
            }
        }
    }
}

/// Sets values; `None` empties the field.
pub(crate) fn assign(values: &mut Values, new: Vec<(FieldKey, Option<Value>)>) {
    for (field, value) in new {
        match value {
            Some(value) => values.insert(field, value),
            None => values.remove(&field),
        };
    }
}

/// The date in a field.
pub(crate) fn date(values: &Values, field: &str) -> Option<Date> {
    match values.get(field) {
        Some(Value::Date(date)) => Some(*date),
        _ => None,
    }
}
