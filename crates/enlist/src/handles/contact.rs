//! Drafts of changes to a contact or a conversation: `workspace.contact("c1").set("plan", "pro").add_label("vip").save()?`.

use enlist_model::draft::{ContactSaved, ConversationSaved};
use enlist_model::{Event, EventBuilder, Instant, Json};
use serde::Serialize;

use crate::error::Error;
use crate::handles::workspace::Workspace;
use crate::revision::Revision;

/// A change of a contact. It happens when the draft is begun, by the workspace's clock, unless [`at`](Self::at) says
/// otherwise.
///
/// ```
/// # let enlist = enlist::Enlist::new()?;
/// # let workspace = enlist.create_workspace("acme")?;
/// let contact = workspace.contact("c1").set("name", "Ada").add_label("VIP");
/// let revision = contact.save()?;
/// workspace.contact("c1").note_activity()?;
/// workspace.contact("c1").delete()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing changes before it is saved"]
pub struct ContactDraft<'a> {
    workspace: &'a Workspace,
    contact: &'a str,
    at: Instant,
    saved: EventBuilder<ContactSaved>,
}

/// A change of a conversation; see [`ContactDraft`].
///
/// ```
/// # let enlist = enlist::Enlist::new()?;
/// # let workspace = enlist.create_workspace("acme")?;
/// # workspace.contact("c1").save()?;
/// workspace.conversation("v1").set("conversation.status", "open").save_for("c1")?;
/// workspace.conversation("v1").note_activity_of("c1")?;
/// workspace.conversation("v1").delete()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing changes before it is saved"]
pub struct ConversationDraft<'a> {
    workspace: &'a Workspace,
    conversation: &'a str,
    at: Instant,
    /// Its contact is known only when it is saved.
    saved: EventBuilder<ConversationSaved>,
}

impl<'a> ContactDraft<'a> {
    pub(crate) fn new(workspace: &'a Workspace, contact: &'a str) -> Self {
        let at = workspace.clock_now();
        ContactDraft { workspace, contact, at, saved: Event::contact_saved(at, contact) }
    }

    /// Sets when it happened.
    pub fn at(self, at: Instant) -> Self {
        Self { at, saved: self.saved.at(at), ..self }
    }

    /// Sets a field; `Json::Null` or `None` empties it.
    pub fn set(self, field: &str, value: impl Into<Json>) -> Self {
        Self { saved: self.saved.set(field, value), ..self }
    }

    /// Sets every member of a value that serializes as an object: a struct of the host, or a map. `None` empties a field; to
    /// leave a field as it is, skip its member.
    ///
    /// ```
    /// #[derive(serde::Serialize)]
    /// struct Row {
    ///     name: String,
    ///     email: Option<String>,
    /// }
    ///
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// let row = Row { name: "Ada".into(), email: None };
    /// workspace.contact("c1").set_all(&row).save()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_all(self, values: &impl Serialize) -> Self {
        Self { saved: self.saved.set_all(values), ..self }
    }

    /// Adds a label. Removals come first, in whatever order they are called.
    pub fn add_label(self, label: &str) -> Self {
        Self { saved: self.saved.add_label(label), ..self }
    }

    /// Removes a label.
    pub fn remove_label(self, label: &str) -> Self {
        Self { saved: self.saved.remove_label(label), ..self }
    }

    /// The event that [`save`](Self::save) applies, for a batch.
    ///
    /// # Errors
    /// [`Error::Engine`] if an id, a label or a value is not valid.
    pub fn event(self) -> Result<Event, Error> {
        Ok(self.saved.build()?)
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
        self.apply(Event::contact_deleted(self.at, self.contact).build()?)
    }

    /// Merges the contact into another, which keeps its own values. This one is deleted.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn merge_into(self, into: &str) -> Result<Revision, Error> {
        self.apply(Event::contact_merged(self.at, self.contact, into).build()?)
    }

    /// Notes that the contact was active.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn note_activity(self) -> Result<Revision, Error> {
        self.apply(Event::activity(self.at, self.contact).build()?)
    }

    fn apply(&self, event: Event) -> Result<Revision, Error> {
        self.workspace.apply_event(event)
    }
}

impl<'a> ConversationDraft<'a> {
    pub(crate) fn new(workspace: &'a Workspace, conversation: &'a str) -> Self {
        let at = workspace.clock_now();
        ConversationDraft {
            workspace,
            conversation,
            at,
            saved: Event::conversation_saved(at, conversation, ""),
        }
    }

    /// Sets when it happened.
    pub fn at(self, at: Instant) -> Self {
        Self { at, saved: self.saved.at(at), ..self }
    }

    /// Sets a field, by its whole key (`conversation.status`); `Json::Null` or `None` empties it.
    pub fn set(self, field: &str, value: impl Into<Json>) -> Self {
        Self { saved: self.saved.set(field, value), ..self }
    }

    /// Sets every member of a value that serializes as an object, each by its whole key, as
    /// [`ContactDraft::set_all`] does.
    pub fn set_all(self, values: &impl Serialize) -> Self {
        Self { saved: self.saved.set_all(values), ..self }
    }

    /// The event that [`save_for`](Self::save_for) applies, for a batch.
    ///
    /// # Errors
    /// [`Error::Engine`] if an id or a value is not valid.
    pub fn event_for(self, contact: &str) -> Result<Event, Error> {
        Ok(self.saved.contact(contact).build()?)
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
        self.workspace.apply_event(Event::conversation_deleted(self.at, self.conversation).build()?)
    }

    /// Notes that the contact was active in the conversation.
    ///
    /// # Errors
    /// As [`Workspace::apply_event`].
    pub fn note_activity_of(self, contact: &str) -> Result<Revision, Error> {
        let event = Event::activity(self.at, contact).conversation(self.conversation);
        self.workspace.apply_event(event.build()?)
    }
}
