//! Checks of events that change contacts and conversations, and the values that follow from an event without being
//! in it: `created_at` of a new contact, `last_activity_at` after an activity, what a merge takes over.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use enlist_model::limits::{self, Limit};
use enlist_model::{ContactId, ConversationId, Date, Instant, Json, Label, Scope, Value};

use crate::check::Validator;
use crate::error::Error;
use crate::facts::{Contact, FactChange, NewValues, Subject};
use crate::ids::{ContactNo, ConversationNo, FieldNo};

impl Validator<'_> {
    pub(super) fn save_contact<'e>(
        &self,
        at: Instant,
        id: &ContactId,
        set: &[(String, Json)],
        remove_labels: &'e [Label],
        add_labels: &'e [Label],
    ) -> Result<FactChange<'e>, Error> {
        let found = self.facts.contacts.find(id.as_str());
        let held = found.map(|no| self.facts.contacts.get(no));
        let mut values =
            self.values(set, Scope::Contact, found.map(|no| (&self.facts.contacts.values, no.index())))?;
        self.label_count(held, remove_labels, add_labels)?;
        let contact = if let Some(no) = found {
            Subject::Existing(no)
        } else {
            let created = self.facts.contacts.numbers();
            if created >= self.contact_limit {
                return Err(Error::PartitionFull { created });
            }
            created_now(&mut values, self.definitions.built_in.created_at, at);
            Subject::Created(id.clone())
        };
        let (remove_labels, add_labels) = (Cow::Borrowed(remove_labels), Cow::Borrowed(add_labels));
        Ok(FactChange::SaveContact { contact, values, remove_labels, add_labels })
    }

    /// Refuses more labels than a contact may have after all removals and additions.
    pub(super) fn label_count(
        &self,
        held: Option<&Contact>,
        remove: &[Label],
        add: &[Label],
    ) -> Result<(), Error> {
        // Most events add none, and then the contact's labels need not be read.
        if add.is_empty() {
            return Ok(());
        }
        let held = held.map(|contact| contact.labels.as_slice()).unwrap_or_default();
        // Almost always true, and cheap: sets are built only near the limit.
        if held.len() + add.len() <= limits::CONTACT_LABELS.most {
            return Ok(());
        }
        let mut keys: BTreeSet<&str> = held.iter().map(|no| self.facts.labels.key(*no)).collect();
        for label in remove {
            keys.remove(label.key.as_str());
        }
        keys.extend(add.iter().map(|label| label.key.as_str()));
        within(limits::CONTACT_LABELS, keys.len(), "labels on the contact")
    }

    pub(super) fn save_conversation<'e>(
        &self,
        at: Instant,
        id: &ConversationId,
        contact: &ContactId,
        set: &[(String, Json)],
    ) -> Result<FactChange<'e>, Error> {
        let contact = self.contact(contact)?;
        let found = self.facts.conversations.find(id.as_str());
        let held = found.map(|no| self.facts.conversations.get(no));
        let mut values = self.values(
            set,
            Scope::Conversation,
            found.map(|no| (&self.facts.conversations.values, no.index())),
        )?;
        if held.is_none_or(|row| row.contact != contact) {
            self.conversation_count(contact, 1)?;
        }
        let conversation = if let Some(no) = found {
            Subject::Existing(no)
        } else {
            self.conversation_room()?;
            created_now(&mut values, self.definitions.built_in.conversation_created_at, at);
            Subject::Created(id.clone())
        };
        Ok(FactChange::SaveConversation { conversation, contact, values })
    }

    /// Refuses a new conversation when all numbers are in use.
    pub(super) fn conversation_room(&self) -> Result<(), Error> {
        if self.facts.conversations.is_full() {
            let limit = Limit { name: "partition_conversations", most: u32::MAX as usize };
            return Err(Error::Limit { found: "one more conversation in the partition".into(), limit });
        }
        Ok(())
    }

    pub(super) fn conversation_count(&self, contact: ContactNo, more: usize) -> Result<(), Error> {
        let count = self.facts.contacts.get(contact).conversations.len() + more;
        within(limits::CONTACT_CONVERSATIONS, count, "conversations of the contact")
    }

    pub(super) fn activity<'e>(
        &self,
        at: Instant,
        contact_id: &ContactId,
        conversation: Option<&ConversationId>,
    ) -> Result<FactChange<'e>, Error> {
        let contact = self.contact(contact_id)?;
        let conversation = conversation.map(|id| self.conversation(id)).transpose()?;
        self.activity_of(at, contact, conversation)
    }

    pub(super) fn activity_of<'e>(
        &self,
        at: Instant,
        contact: ContactNo,
        conversation: Option<ConversationNo>,
    ) -> Result<FactChange<'e>, Error> {
        let built_in = self.definitions.built_in;
        let field = built_in.last_activity_at;
        // An activity that is not later than the stored one changes nothing, but must still be valid.
        let values = self.active(field, self.facts.contacts.value(contact, field).as_ref(), at);
        let Some(no) = conversation else {
            return Ok(FactChange::Activity { contact, values, conversation: None });
        };
        let row = self.facts.conversations.get(no);
        if row.contact != contact {
            return Err(Error::ForeignConversation {
                conversation: row.id.clone(),
                contact: self.facts.contacts.get(contact).id.clone(),
                owner: self.facts.contacts.get(row.contact).id.clone(),
            });
        }
        let field = built_in.conversation_last_activity_at;
        let active = self.active(field, self.facts.conversations.value(no, field).as_ref(), at);
        Ok(FactChange::Activity { contact, values, conversation: Some((no, active)) })
    }

    /// The activity's instant, if the stored value is empty or earlier.
    fn active(&self, field: FieldNo, held: Option<&Value>, at: Instant) -> NewValues {
        let active = Date::Instant(at);
        let replaces = match held {
            Some(Value::Date(held)) => self.order(active, *held) == Ordering::Greater,
            _ => true,
        };
        replaces.then_some((field, Some(Value::Date(active)))).into_iter().collect()
    }

    fn order(&self, one: Date, two: Date) -> Ordering {
        one.order(two, |instant| self.calendar.day(instant))
    }

    pub(super) fn merge_contact<'e>(
        &self,
        contact_id: &ContactId,
        into_id: &ContactId,
    ) -> Result<FactChange<'e>, Error> {
        let (contact, into) = (self.contact(contact_id)?, self.contact(into_id)?);
        if contact == into {
            return Err(Error::MergeIntoItself { contact: contact_id.clone() });
        }
        let (from, to) = (self.facts.contacts.get(contact), self.facts.contacts.get(into));
        self.conversation_count(into, from.conversations.len())?;
        let labels: BTreeSet<_> = from.labels.iter().chain(&to.labels).collect();
        within(limits::CONTACT_LABELS, labels.len(), "labels on the contact")?;
        let others = self.facts.contacts.values.row(contact.index());
        let taken = others.filter(|(field, value)| {
            self.takes_over(*field, value, self.facts.contacts.value(into, *field).as_ref())
        });
        let values = taken.map(|(field, value)| (field, Some(value))).collect();
        Ok(FactChange::MergeContact { contact, into, values })
    }

    /// Whether a merge takes over a value, given the value that is held.
    pub(super) fn takes_over(&self, field: FieldNo, value: &Value, held: Option<&Value>) -> bool {
        let built_in = self.definitions.built_in;
        match (value, held) {
            (_, None) => true,
            (Value::Date(other), Some(Value::Date(held))) if field == built_in.created_at => {
                self.order(*other, *held) == Ordering::Less
            }
            (Value::Date(other), Some(Value::Date(held))) if field == built_in.last_activity_at => {
                self.order(*other, *held) == Ordering::Greater
            }
            _ => false,
        }
    }
}

/// Sets `created_at` of something new, unless the event sets it.
fn created_now(values: &mut NewValues, field: FieldNo, at: Instant) {
    if !values.iter().any(|(each, _)| *each == field) {
        values.push((field, Some(Value::Date(Date::Instant(at)))));
    }
}

pub(super) fn within(limit: Limit, count: usize, what: &str) -> Result<(), Error> {
    if limit.is_exceeded_by(count) {
        return Err(Error::Limit { found: format!("{count} {what}"), limit });
    }
    Ok(())
}
