//! What an engine says about itself: its time, how much it holds, and what is defined.
//!
//! Questions about members and stored contacts are in `query`.

use enlist_model::{ContactId, FieldDefinition, Instant};

use crate::definitions::Segment;
use crate::engine::Engine;
use crate::facts::RetainedIds;
use crate::work::Work;

impl Engine {
    /// The greatest instant seen; `None` before the first event.
    pub fn now(&self) -> Option<Instant> {
        self.now
    }

    /// The number of events accepted so far. It is the cause of the latest event's transitions.
    pub fn event_count(&self) -> u64 {
        self.event_count
    }

    /// Whether a contact has that id.
    pub fn has_contact(&self, contact: &str) -> bool {
        self.facts.contacts.find(contact).is_some()
    }

    /// The contact that a conversation belongs to; `None` if there is no such conversation.
    pub fn conversation_owner(&self, conversation: &str) -> Option<&ContactId> {
        let no = self.facts.conversations.find(conversation)?;
        Some(&self.facts.contacts.get(self.facts.conversations.get(no).contact).id)
    }

    /// Retains the ids of contacts that are deleted from now on, for as long as the result lives, so that
    /// [`contact_ids`](Self::contact_ids) can still name them.
    pub fn retain_deleted_ids(&self) -> RetainedIds {
        self.facts.contacts.retain_deleted_ids()
    }

    /// The number of distinct conditions in the rules of all segments.
    pub fn condition_count(&self) -> usize {
        self.conditions.iter().count()
    }

    /// The number of contacts.
    pub fn contact_count(&self) -> u64 {
        self.facts.contacts.len() as u64
    }

    /// The workspace's time zone, by its IANA name.
    pub fn time_zone(&self) -> &str {
        self.calendar.zone_name()
    }

    /// The weekday on which the workspace's weeks begin.
    pub fn week_start(&self) -> enlist_model::WeekStart {
        self.calendar.week_start()
    }

    /// All fields, the built-in ones first.
    pub fn fields(&self) -> impl Iterator<Item = &FieldDefinition> {
        self.definitions.fields().map(|(_, field)| field)
    }

    /// All segments in order of creation.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.definitions.segments().map(|(_, segment)| segment)
    }

    /// The work done so far.
    pub fn work(&self) -> Work {
        self.work
    }

    /// The definitions that a rule is checked against.
    pub fn definitions(&self) -> &dyn enlist_model::Definitions {
        &self.definitions
    }
}
