//! Events written in Rust: `Event::contact_saved(at, "c1").set("plan", "pro").add_label("vip").build()?`.
//!
//! What always holds: an event that is built has passed the same checks as one that was read, because it is made as
//! JSON and read.

use crate::error::Error;
use crate::event::Event;
use crate::instant::Instant;
use crate::json::Json;
use crate::kind::Kind;

/// An event in the making; see [`Event::builder`].
#[derive(Clone, Debug)]
#[must_use = "an event comes of `build`"]
pub struct EventBuilder {
    members: Vec<(String, Json)>,
}

impl Event {
    /// Begins an event of any type; [`EventBuilder::member`] gives it members.
    pub fn builder(kind: &str, at: Instant) -> EventBuilder {
        let members =
            vec![("type".to_owned(), Json::from(kind)), ("at".to_owned(), Json::from(at.to_string()))];
        EventBuilder { members }
    }

    /// A contact, new or changed.
    pub fn contact_saved(at: Instant, contact: &str) -> EventBuilder {
        Self::builder("contact_saved", at).member("contact", contact)
    }

    /// A contact is gone.
    pub fn contact_deleted(at: Instant, contact: &str) -> EventBuilder {
        Self::builder("contact_deleted", at).member("contact", contact)
    }

    /// A contact goes into another.
    pub fn contact_merged(at: Instant, contact: &str, into: &str) -> EventBuilder {
        Self::builder("contact_merged", at).member("contact", contact).member("into", into)
    }

    /// A conversation of a contact, new, changed or moved.
    pub fn conversation_saved(at: Instant, conversation: &str, contact: &str) -> EventBuilder {
        Self::builder("conversation_saved", at)
            .member("conversation", conversation)
            .member("contact", contact)
    }

    /// A contact was active.
    pub fn activity(at: Instant, contact: &str) -> EventBuilder {
        Self::builder("activity", at).member("contact", contact)
    }

    /// A custom field, new or again.
    pub fn field_defined(at: Instant, field: &str, kind: Kind) -> EventBuilder {
        Self::builder("field_defined", at).member("field", field).member("kind", kind.name())
    }

    /// A segment, new or edited.
    pub fn segment_saved(at: Instant, segment: &str, name: &str, rule: Json) -> EventBuilder {
        Self::builder("segment_saved", at)
            .member("segment", segment)
            .member("name", name)
            .member("rule", rule)
    }

    /// Time passes.
    pub fn tick(at: Instant) -> Event {
        Event { at, body: crate::event::EventBody::Tick }
    }
}

impl EventBuilder {
    /// Gives the event a member, in place of one of that name.
    pub fn member(mut self, name: &str, value: impl Into<Json>) -> Self {
        put(&mut self.members, name, value.into());
        self
    }

    /// Sets a field; `Json::Null` empties it.
    pub fn set(mut self, field: &str, value: impl Into<Json>) -> Self {
        if let Json::Object(values) = self.entry("set", Json::Object(Vec::new())) {
            put(values, field, value.into());
        }
        self
    }

    /// Adds a label to a contact, after the removals.
    pub fn add_label(self, label: &str) -> Self {
        self.append("add_labels", label)
    }

    /// Removes a label from a contact.
    pub fn remove_label(self, label: &str) -> Self {
        self.append("remove_labels", label)
    }

    /// The event.
    ///
    /// # Errors
    /// As [`Event::from_json`].
    pub fn build(self) -> Result<Event, Error> {
        Event::from_json(Json::Object(self.members))
    }

    fn append(mut self, name: &str, value: &str) -> Self {
        if let Json::List(values) = self.entry(name, Json::List(Vec::new())) {
            values.push(value.into());
        }
        self
    }

    /// The value of a member, which is this one where there was none.
    fn entry(&mut self, name: &str, value: Json) -> &mut Json {
        let at = self.members.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
            self.members.push((name.to_owned(), value));
            self.members.len() - 1
        });
        &mut self.members[at].1
    }
}

fn put(members: &mut Vec<(String, Json)>, name: &str, value: Json) {
    match members.iter_mut().find(|(key, _)| key == name) {
        Some((_, held)) => *held = value,
        None => members.push((name.to_owned(), value)),
    }
}
