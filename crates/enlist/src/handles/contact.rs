//! Contacts and conversations written in Rust: `workspace.contact("c1").set("plan", "pro").add_label("vip").save()?`.

use enlist_model::{Event, EventBuilder, Instant, Json, draft::Draft};

use crate::error::Error;
use crate::handles::workspace::Workspace;
use crate::revision::Revision;

/// What is to become of a contact. It happens now, by the workspace's clock, unless [`at`](Self::at) says otherwise.
#[derive(Clone, Debug)]
#[must_use = "nothing happens before it is saved"]
pub struct ContactDraft<'a> {
    workspace: &'a Workspace,
    contact: &'a str,
    at: Option<Instant>,
    changes: Vec<ContactChange<'a>>,
}

#[derive(Clone, Debug)]
enum ContactChange<'a> {
    Set(&'a str, Json),
    AddLabel(&'a str),
    RemoveLabel(&'a str),
}

/// What is to become of a conversation; as [`ContactDraft`].
#[derive(Clone, Debug)]
#[must_use = "nothing happens before it is saved"]
pub struct ConversationDraft<'a> {
    workspace: &'a Workspace,
    conversation: &'a str,
    at: Option<Instant>,
    values: Vec<(&'a str, Json)>,
}

impl<'a> ContactDraft<'a> {
    pub(crate) fn new(workspace: &'a Workspace, contact: &'a str) -> Self {
        ContactDraft { workspace, contact, at: None, changes: Vec::new() }
    }

    /// When it happened.
    pub fn at(mut self, at: Instant) -> Self {
        self.at = Some(at);
        self
    }

    /// Sets a field; `Json::Null` empties it.
    pub fn set(mut self, field: &'a str, value: impl Into<Json>) -> Self {
        self.changes.push(ContactChange::Set(field, value.into()));
        self
    }

    /// Adds a label, after the removals.
    pub fn add_label(mut self, label: &'a str) -> Self {
        self.changes.push(ContactChange::AddLabel(label));
        self
    }

    /// Removes a label.
    pub fn remove_label(mut self, label: &'a str) -> Self {
        self.changes.push(ContactChange::RemoveLabel(label));
        self
    }

    /// The event that saving it would apply; for a batch.
    ///
    /// # Errors
    /// [`Error::Engine`] if an id or a value cannot be one.
    pub fn event(self) -> Result<Event, Error> {
        let mut event = Event::contact_saved(self.when(), self.contact);
        for change in self.changes {
            event = match change {
                ContactChange::Set(field, value) => event.set(field, value),
                ContactChange::AddLabel(label) => event.add_label(label),
                ContactChange::RemoveLabel(label) => event.remove_label(label),
            };
        }
        Ok(event.build()?)
    }

    /// Creates the contact, or changes it.
    ///
    /// # Errors
    /// As [`Workspace::apply`].
    pub fn save(self) -> Result<Revision, Error> {
        let workspace = self.workspace;
        workspace.apply(self.event()?)
    }

    /// Deletes the contact and its conversations.
    ///
    /// # Errors
    /// As [`Workspace::apply`].
    pub fn delete(self) -> Result<Revision, Error> {
        self.apply(Event::contact_deleted(self.when(), self.contact))
    }

    /// Merges the contact into another, which keeps its own values.
    ///
    /// # Errors
    /// As [`Workspace::apply`].
    pub fn merge_into(self, into: &str) -> Result<Revision, Error> {
        self.apply(Event::contact_merged(self.when(), self.contact, into))
    }

    /// The contact was active.
    ///
    /// # Errors
    /// As [`Workspace::apply`].
    pub fn note_activity(self) -> Result<Revision, Error> {
        self.apply(Event::activity(self.when(), self.contact))
    }

    fn apply(&self, event: EventBuilder<impl Draft>) -> Result<Revision, Error> {
        self.workspace.apply(event.build()?)
    }

    fn when(&self) -> Instant {
        self.at.unwrap_or_else(|| self.workspace.clock_now())
    }
}

impl<'a> ConversationDraft<'a> {
    pub(crate) fn new(workspace: &'a Workspace, conversation: &'a str) -> Self {
        ConversationDraft { workspace, conversation, at: None, values: Vec::new() }
    }

    /// When it happened.
    pub fn at(mut self, at: Instant) -> Self {
        self.at = Some(at);
        self
    }

    /// Sets a field, by its whole key (`conversation.status`); `Json::Null` empties it.
    pub fn set(mut self, field: &'a str, value: impl Into<Json>) -> Self {
        self.values.push((field, value.into()));
        self
    }

    /// The event that [`save_for`](Self::save_for) would apply; for a batch.
    ///
    /// # Errors
    /// [`Error::Engine`] if an id or a value cannot be one.
    pub fn event_for(self, contact: &str) -> Result<Event, Error> {
        let mut event = Event::conversation_saved(self.when(), self.conversation, contact);
        for (field, value) in self.values {
            event = event.set(field, value);
        }
        Ok(event.build()?)
    }

    /// Creates the conversation, changes it, or moves it to that contact.
    ///
    /// # Errors
    /// As [`Workspace::apply`].
    pub fn save_for(self, contact: &str) -> Result<Revision, Error> {
        let workspace = self.workspace;
        workspace.apply(self.event_for(contact)?)
    }

    /// Deletes the conversation.
    ///
    /// # Errors
    /// As [`Workspace::apply`].
    pub fn delete(self) -> Result<Revision, Error> {
        let event = Event::conversation_deleted(self.when(), self.conversation);
        self.workspace.apply(event.build()?)
    }

    /// The contact was active in the conversation.
    ///
    /// # Errors
    /// As [`Workspace::apply`].
    pub fn note_activity_of(self, contact: &str) -> Result<Revision, Error> {
        let event = Event::activity(self.when(), contact).conversation(self.conversation);
        self.workspace.apply(event.build()?)
    }

    fn when(&self) -> Instant {
        self.at.unwrap_or_else(|| self.workspace.clock_now())
    }
}
