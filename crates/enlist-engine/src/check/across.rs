//! Checks of an event that concerns two partitions: a merge of contacts, or a conversation with an old and a new
//! contact, in different partitions.
//!
//! Each partition is read for what it holds. Both have the same definitions under the same numbers, so values can
//! move from one to the other unchanged.

use std::collections::BTreeSet;

use enlist_model::limits;
use enlist_model::{ContactId, ConversationId, Event, EventBody, Json, Scope};

use crate::check::Validator;
use crate::check::facts::within;
use crate::error::Error;
use crate::facts::NewValues;
use crate::ids::{ContactNo, ConversationNo};

/// A checked event over two partitions.
pub(crate) enum Crossing {
    /// `contact_merged`: a contact of the first partition into one of the second. The values are those that it
    /// takes over.
    Merge { contact: ContactNo, into: ContactNo, values: NewValues },
    /// `conversation_saved`: a conversation of the first partition to a contact of the second.
    Move { conversation: ConversationNo, contact: ContactNo, values: NewValues },
}

impl Crossing {
    /// Checks an event that moves facts from one partition to another; `None` if it does not.
    pub(crate) fn check(
        event: &Event,
        from: Validator<'_>,
        to: Validator<'_>,
    ) -> Result<Option<Self>, Error> {
        match &event.body {
            EventBody::ContactMerged { contact, into } => merge(contact, into, from, to).map(Some),
            EventBody::ConversationSaved { conversation, contact, set } => {
                let contact = to.contact(contact)?;
                transfer(conversation, contact, set, from, to).map(Some)
            }
            EventBody::Activity { contact, conversation: Some(conversation) } => {
                to.contact(contact)?;
                let owner = from.facts.conversations.get(from.conversation(conversation)?).contact;
                Err(Error::ForeignConversation {
                    conversation: conversation.clone(),
                    contact: contact.clone(),
                    owner: from.facts.contacts.get(owner).id.clone(),
                })
            }
            EventBody::WorkspaceConfigured { .. }
            | EventBody::FieldDefined { .. }
            | EventBody::FieldDeleted { .. }
            | EventBody::SegmentSaved { .. }
            | EventBody::SegmentDeleted { .. }
            | EventBody::ContactSaved { .. }
            | EventBody::ContactDeleted { .. }
            | EventBody::ConversationDeleted { .. }
            | EventBody::Activity { conversation: None, .. }
            | EventBody::Tick => Ok(None),
        }
    }
}

fn merge(
    contact: &ContactId,
    into: &ContactId,
    from: Validator<'_>,
    to: Validator<'_>,
) -> Result<Crossing, Error> {
    let (contact, into) = (from.contact(contact)?, to.contact(into)?);
    let (leaving, staying) = (from.facts.contacts.get(contact), to.facts.contacts.get(into));
    to.conversation_count(into, leaving.conversations.len())?;
    let labels: BTreeSet<_> = leaving.labels.iter().map(|no| from.facts.labels.key(*no)).collect();
    let held = staying.labels.iter().map(|no| to.facts.labels.key(*no));
    let labels: BTreeSet<_> = labels.into_iter().chain(held).collect();
    within(limits::CONTACT_LABELS, labels.len(), "labels on the contact")?;
    let others = from.facts.contacts.values.row(contact.index());
    let taken = others.filter(|(field, value)| {
        to.takes_over(*field, value, to.facts.contacts.value(into, *field).as_ref())
    });
    let values = taken.map(|(field, value)| (field, Some(value))).collect();
    Ok(Crossing::Merge { contact, into, values })
}

fn transfer(
    conversation: &ConversationId,
    contact: ContactNo,
    set: &[(String, Json)],
    from: Validator<'_>,
    to: Validator<'_>,
) -> Result<Crossing, Error> {
    let conversation = from.conversation(conversation)?;
    let held = Some((&from.facts.conversations.values, conversation.index()));
    let values = from.values(set, Scope::Conversation, held)?;
    to.conversation_count(contact, 1)?;
    to.conversation_room()?;
    Ok(Crossing::Move { conversation, contact, values })
}
