//! Who is there: as much of contacts and conversations as the next change must know to be accepted.
//!
//! It is folded from events, those of the demo or those of an export. Invariant: after every event it names the contacts that
//! the workspace has.

use std::collections::BTreeMap;

use enlist::{Event, EventBody, Json};

/// A contact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) plan: Option<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) conversations: Vec<KnownConversation>,
}

/// A conversation.
#[derive(Clone, Debug)]
pub(crate) struct KnownConversation {
    pub(crate) id: String,
    pub(crate) status: Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
    Resolved,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Resolved => "resolved",
        }
    }
}

/// All contacts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Population {
    contacts: Vec<Known>,
    /// Where each is, by id.
    places: BTreeMap<String, usize>,
    /// The greatest numbers in ids.
    last_contact: u64,
    last_conversation: u64,
}

impl Population {
    pub(crate) fn contacts(&self) -> &[Known] {
        &self.contacts
    }

    /// The number of the next contact.
    pub(crate) fn next_contact(&self) -> u64 {
        self.last_contact + 1
    }

    /// The number of the next conversation.
    pub(crate) fn next_conversation(&self) -> u64 {
        self.last_conversation + 1
    }

    /// Takes in what an event changes.
    pub(crate) fn observe(&mut self, event: &Event) {
        match &event.body {
            EventBody::ContactSaved { contact, set, add_labels, remove_labels } => {
                let known = self.find_or_add(contact.as_str());
                if let Some(plan) = text_of(set, "plan") {
                    known.plan = Some(plan.to_owned());
                }
                known.labels.retain(|label| remove_labels.iter().all(|gone| gone.shown.as_str() != label));
                known.labels.extend(add_labels.iter().map(|label| label.shown.as_str().to_owned()));
            }
            EventBody::ContactDeleted { contact } => {
                self.remove(contact.as_str());
            }
            EventBody::ContactMerged { contact, into } => {
                if let Some(other) = self.remove(contact.as_str()) {
                    let known = self.find_or_add(into.as_str());
                    known.conversations.extend(other.conversations);
                    known.labels.extend(other.labels);
                    known.plan = known.plan.take().or(other.plan);
                }
            }
            EventBody::ConversationSaved { conversation, contact, set } => {
                let id = conversation.as_str();
                self.last_conversation = self.last_conversation.max(number_of(id));
                let status = text_of(set, "conversation.status")
                    .map(|status| if status == "open" { Status::Open } else { Status::Resolved });
                let conversations = &mut self.find_or_add(contact.as_str()).conversations;
                if let Some(known) = conversations.iter_mut().find(|known| known.id == id) {
                    known.status = status.unwrap_or(known.status);
                } else {
                    let status = status.unwrap_or(Status::Resolved);
                    conversations.push(KnownConversation { id: id.to_owned(), status });
                }
            }
            // Neither makes or ends a contact, and neither the demo nor an export deletes a conversation.
            EventBody::WorkspaceConfigured { .. }
            | EventBody::FieldDefined { .. }
            | EventBody::FieldDeleted { .. }
            | EventBody::SegmentSaved { .. }
            | EventBody::SegmentDeleted { .. }
            | EventBody::ConversationDeleted { .. }
            | EventBody::Activity { .. }
            | EventBody::Tick => {}
        }
    }

    fn find_or_add(&mut self, id: &str) -> &mut Known {
        let place = self.places.get(id).copied().unwrap_or_else(|| {
            self.last_contact = self.last_contact.max(number_of(id));
            self.places.insert(id.to_owned(), self.contacts.len());
            self.contacts.push(Known { id: id.to_owned(), ..Known::default() });
            self.contacts.len() - 1
        });
        &mut self.contacts[place]
    }

    fn remove(&mut self, id: &str) -> Option<Known> {
        let place = self.places.remove(id)?;
        let gone = self.contacts.swap_remove(place);
        if let Some(moved) = self.contacts.get(place) {
            self.places.insert(moved.id.clone(), place);
        }
        Some(gone)
    }
}

fn text_of<'a>(set: &'a [(String, Json)], field: &str) -> Option<&'a str> {
    let (_, value) = set.iter().find(|(key, _)| key == field)?;
    if let Json::Text(text) = value { Some(text) } else { None }
}

/// The number at the end of an id; 0 for an id of somebody else's.
fn number_of(id: &str) -> u64 {
    id.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_contacts_that_come_merge_and_go() {
        let mut population = Population::default();
        for line in [
            r#"{"type": "contact_saved", "contact": "c-00001", "set": {"plan": "pro"}, "add_labels": ["Lead"]}"#,
            r#"{"type": "contact_saved", "contact": "c-00002", "set": {"plan": null}, "add_labels": ["VIP"]}"#,
            r#"{"type": "contact_saved", "contact": "c-00007"}"#,
            r#"{"type": "conversation_saved", "conversation": "v-12", "contact": "c-00001", "set": {"conversation.status": "open"}}"#,
            r#"{"type": "contact_merged", "contact": "c-00001", "into": "c-00002"}"#,
            r#"{"type": "contact_deleted", "contact": "c-00007"}"#,
            r#"{"type": "contact_saved", "contact": "c-00002", "remove_labels": ["VIP"]}"#,
            r#"{"type": "tick"}"#,
        ] {
            let line = line.replacen('{', r#"{"at": "2026-11-26T10:00:00Z", "#, 1);
            population.observe(&Event::parse(&line).expect("an event"));
        }
        let [known] = population.contacts() else { panic!("{population:?}") };
        assert_eq!((known.id.as_str(), known.plan.as_deref()), ("c-00002", Some("pro")));
        assert_eq!(known.labels, ["Lead"]);
        assert_eq!(
            (known.conversations[0].id.as_str(), known.conversations[0].status),
            ("v-12", Status::Open)
        );
        assert_eq!((population.next_contact(), population.next_conversation()), (8, 13));
    }
}
