//! Validation: an event as a host wrote it becomes the same event with dense numbers and typed values, or is
//! refused.
//!
//! Everything that can be refused is refused here, before anything changes; later rooms cannot refuse. It reads the
//! definitions and the facts, and changes nothing.

mod across;
mod definitions;
mod facts;
mod typed;
mod values;

use enlist_model::{ContactId, ConversationId, Event, EventBody, FieldDefinition, Rule, SegmentId};

pub(crate) use across::Crossing;

use crate::calendar::Calendar;
use crate::definitions::Definitions;
use crate::error::Error;
use crate::facts::{FactChange, Facts};
use crate::handles::{EngineMark, HandleTable};
use crate::ids::{ContactNo, ConversationNo, FieldNo, SegmentNo};

/// A checked event.
pub(crate) enum Checked<'a> {
    /// An event about contacts and conversations.
    Facts(FactChange<'a>),
    /// An event about settings, fields or segments.
    Definition(DefinitionChange),
    /// `tick`
    Tick,
}

/// A checked event that changes what is defined.
pub(crate) enum DefinitionChange {
    /// `workspace_configured`
    Configure(Calendar),
    /// `field_defined`
    DefineField(FieldDefinition),
    /// `field_deleted`
    DeleteField(FieldNo),
    /// `segment_saved`
    SaveSegment(SavedSegment),
    /// `segment_deleted`
    DeleteSegment(SegmentNo),
}

/// A segment that an event saves.
pub(crate) struct SavedSegment {
    /// Its number, if it exists already.
    pub(crate) edited: Option<SegmentNo>,
    pub(crate) id: SegmentId,
    pub(crate) name: String,
    pub(crate) rule: Rule,
}

/// What an event is checked against.
#[derive(Clone, Copy)]
pub(crate) struct Validator<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) definitions: &'a Definitions,
    pub(crate) calendar: &'a Calendar,
    /// The labels and options that handles name.
    pub(crate) handles: &'a HandleTable,
    /// The mark of the engine's handles.
    pub(crate) engine: EngineMark,
    /// How many contacts may be created over the partition's life.
    pub(crate) contact_limit: usize,
}

impl Validator<'_> {
    /// Checks an event.
    pub(crate) fn check<'e>(&self, event: &'e Event) -> Result<Checked<'e>, Error> {
        match &event.body {
            EventBody::WorkspaceConfigured { time_zone, week_start } => {
                self.configure(time_zone.as_deref(), *week_start).map(Checked::Definition)
            }
            EventBody::FieldDefined { field, kind, options, default } => {
                self.define_field(field, *kind, options, default).map(Checked::Definition)
            }
            EventBody::FieldDeleted { field } => self.delete_field(field).map(Checked::Definition),
            EventBody::SegmentSaved { segment, name, rule } => {
                self.save_segment(segment, name, rule).map(Checked::Definition)
            }
            EventBody::SegmentDeleted { segment } => self.delete_segment(segment).map(Checked::Definition),
            EventBody::ContactSaved { contact, set, add_labels, remove_labels } => {
                self.save_contact(event.at, contact, set, remove_labels, add_labels).map(Checked::Facts)
            }
            EventBody::ContactDeleted { contact } => {
                Ok(Checked::Facts(FactChange::DeleteContact(self.contact(contact)?)))
            }
            EventBody::ContactMerged { contact, into } => {
                self.merge_contact(contact, into).map(Checked::Facts)
            }
            EventBody::ConversationSaved { conversation, contact, set } => {
                self.save_conversation(event.at, conversation, contact, set).map(Checked::Facts)
            }
            EventBody::ConversationDeleted { conversation } => {
                Ok(Checked::Facts(FactChange::DeleteConversation(self.conversation(conversation)?)))
            }
            EventBody::Activity { contact, conversation } => {
                self.activity(event.at, contact, conversation.as_ref()).map(Checked::Facts)
            }
            EventBody::Tick => Ok(Checked::Tick),
        }
    }

    pub(crate) fn contact(&self, id: &ContactId) -> Result<ContactNo, Error> {
        let found = self.facts.contacts.find(id.as_str());
        found.ok_or_else(|| Error::UnknownContact { contact: id.as_str().to_owned() })
    }

    pub(crate) fn conversation(&self, id: &ConversationId) -> Result<ConversationNo, Error> {
        let found = self.facts.conversations.find(id.as_str());
        found.ok_or_else(|| Error::UnknownConversation { conversation: id.as_str().to_owned() })
    }
}
