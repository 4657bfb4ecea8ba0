//! Drafts of changes to a contact or a conversation: `workspace.contact("c1").set("plan", "pro").add_label("vip").save()?`.

use enlist_model::{Event, Instant, Json};

use crate::error::Error;
use crate::handles::workspace::Workspace;
use crate::revision::Revision;

/// A change of a contact. It happens now, by the workspace's clock, unless [`at`](Self::at) says otherwise.
#[derive(Clone, Debug)]
#[must_use = "nothing changes before it is saved"]
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

/// A change of a conversation; see [`ContactDraft`].
#[derive(Clone, Debug)]
#[must_use = "nothing changes before it is saved"]
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

    /// Sets when it happened.
    pub fn at(mut self, at: Instant) -> Self {
        self.at = Some(at);
        self
    }

    /// Sets a field; `Json::Null` empties it.
    pub fn set(mut self, field: &'a str, value: impl Into<Json>) -> Self {
        self.changes.push(ContactChange::Set(field, value.into()));
        self
    }

    /// Adds a label. Removals come first, in whatever order they are called.
    pub fn add_label(mut self, label: &'a str) -> Self {
        self.changes.push(ContactChange::AddLabel(label));
        self
    }

    /// Removes a label.
    pub fn remove_label(mut self, label: &'a str) -> Self {
        self.changes.push(ContactChange::RemoveLabel(label));
        self
    }

    /// The event that [`save`](Self::save) applies, for a batch.
    ///
    /// # Errors
    /// [`Error::Engine`] if an id, a label or a value is not valid.
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

    /// Creates or changes the contact.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn save(self) -> Result<Revision, Error> {
        let workspace = self.workspace;
        workspace.apply_event(self.event()?)
    }

    /// Deletes the contact and its conversations.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn delete(self) -> Result<Revision, Error> {
        self.apply(Event::contact_deleted(self.when(), self.contact).build()?)
    }

    /// Merges the contact into another, which keeps its own values. This one is deleted.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn merge_into(self, into: &str) -> Result<Revision, Error> {
        self.apply(Event::contact_merged(self.when(), self.contact, into).build()?)
    }

    /// Notes that the contact was active.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn note_activity(self) -> Result<Revision, Error> {
        self.apply(Event::activity(self.when(), self.contact).build()?)
    }

    fn apply(&self, event: Event) -> Result<Revision, Error> {
        self.workspace.apply_event(event)
    }

    fn when(&self) -> Instant {
        self.at.unwrap_or_else(|| self.workspace.clock_now())
    }
}

impl<'a> ConversationDraft<'a> {
    pub(crate) fn new(workspace: &'a Workspace, conversation: &'a str) -> Self {
        ConversationDraft { workspace, conversation, at: None, values: Vec::new() }
    }

    /// Sets when it happened.
    pub fn at(mut self, at: Instant) -> Self {
        self.at = Some(at);
        self
    }

    /// Sets a field, by its whole key (`conversation.status`); `Json::Null` empties it.
    pub fn set(mut self, field: &'a str, value: impl Into<Json>) -> Self {
        self.values.push((field, value.into()));
        self
    }

    /// The event that [`save_for`](Self::save_for) applies, for a batch.
    ///
    /// # Errors
    /// [`Error::Engine`] if an id, a label or a value is not valid.
    pub fn event_for(self, contact: &str) -> Result<Event, Error> {
        let mut event = Event::conversation_saved(self.when(), self.conversation, contact);
        for (field, value) in self.values {
            event = event.set(field, value);
        }
        Ok(event.build()?)
    }

    /// Creates or changes the conversation, and moves it to that contact.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn save_for(self, contact: &str) -> Result<Revision, Error> {
        let workspace = self.workspace;
        workspace.apply_event(self.event_for(contact)?)
    }

    /// Deletes the conversation.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn delete(self) -> Result<Revision, Error> {
        self.workspace.apply_event(Event::conversation_deleted(self.when(), self.conversation).build()?)
    }

    /// Notes that the contact was active in the conversation.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn note_activity_of(self, contact: &str) -> Result<Revision, Error> {
        let event = Event::activity(self.when(), contact).conversation(self.conversation);
        self.workspace.apply_event(event.build()?)
    }

    fn when(&self) -> Instant {
        self.at.unwrap_or_else(|| self.workspace.clock_now())
    }
}
