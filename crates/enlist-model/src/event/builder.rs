//! Events written in Rust: `Event::contact_saved(at, "c1").set("plan", "pro").add_label("vip").build()?`.
//!
//! It knows no workspace and makes no JSON. Invariant: building an event gives the same event, or the same error, as
//! reading its JSON. Both use the checks in `checks`, in the same order.

use crate::error::Error;
use crate::event::checks::{definable, label, options, segment_name};
use crate::event::draft::{
    Activity, Complete, ContactSaved, ConversationSaved, Draft, FieldDefined, WorkspaceConfigured,
};
use crate::event::{Event, EventBody, Setting};
use crate::event_type::Member;
use crate::field::FieldKey;
use crate::id::{ContactId, ConversationId, SegmentId};
use crate::json::Json;
use crate::kind::Kind;
use crate::time::day::WeekStart;
use crate::time::instant::Instant;
use crate::value::options::option_of;

/// An event in the making. [`Event`] has a constructor for each type of event; [`build`](Self::build) gives the event.
#[derive(Clone, Debug)]
#[must_use = "`build` makes the event"]
pub struct EventBuilder<D> {
    at: Instant,
    draft: D,
}

impl<D: Draft> EventBuilder<D> {
    /// The event.
    ///
    /// # Errors
    /// The error of the first member that is not accepted, as [`Event::from_json`] gives it.
    pub fn build(self) -> Result<Event, Error> {
        Ok(Event { at: self.at, body: self.draft.into_body()? })
    }
}

impl Event {
    /// Changes settings of the workspace. Settings that the builder does not set stay as they are.
    pub fn workspace_configured(at: Instant) -> EventBuilder<WorkspaceConfigured> {
        EventBuilder { at, draft: WorkspaceConfigured::default() }
    }

    /// Defines a custom field, or changes its definition.
    pub fn field_defined(at: Instant, field: &str, kind: Kind) -> EventBuilder<FieldDefined> {
        let draft = FieldDefined {
            field: FieldKey::new(field),
            kind: definable(kind),
            options: Setting::Keep,
            default: Setting::Keep,
        };
        EventBuilder { at, draft }
    }

    /// Deletes a custom field and its values.
    pub fn field_deleted(at: Instant, field: &str) -> EventBuilder<Complete> {
        complete(at, Ok(EventBody::FieldDeleted { field: field.to_owned() }))
    }

    /// Creates or edits a segment.
    pub fn segment_saved(at: Instant, segment: &str, name: &str, rule: Json) -> EventBuilder<Complete> {
        let body = || {
            let segment = SegmentId::new(segment)?;
            Ok(EventBody::SegmentSaved { segment, name: segment_name(name.to_owned())?, rule })
        };
        complete(at, body())
    }

    /// Deletes a segment.
    pub fn segment_deleted(at: Instant, segment: &str) -> EventBuilder<Complete> {
        complete(at, SegmentId::new(segment).map(|segment| EventBody::SegmentDeleted { segment }))
    }

    /// Creates or changes a contact.
    pub fn contact_saved(at: Instant, contact: &str) -> EventBuilder<ContactSaved> {
        let draft = ContactSaved {
            contact: ContactId::new(contact),
            set: Vec::new(),
            add_labels: Vec::new(),
            remove_labels: Vec::new(),
        };
        EventBuilder { at, draft }
    }

    /// Deletes a contact and its conversations.
    pub fn contact_deleted(at: Instant, contact: &str) -> EventBuilder<Complete> {
        complete(at, ContactId::new(contact).map(|contact| EventBody::ContactDeleted { contact }))
    }

    /// Merges a contact into another and deletes it.
    pub fn contact_merged(at: Instant, contact: &str, into: &str) -> EventBuilder<Complete> {
        let body = || {
            Ok(EventBody::ContactMerged { contact: ContactId::new(contact)?, into: ContactId::new(into)? })
        };
        complete(at, body())
    }

    /// Creates or changes a conversation of a contact, or moves it there from another contact.
    pub fn conversation_saved(
        at: Instant,
        conversation: &str,
        contact: &str,
    ) -> EventBuilder<ConversationSaved> {
        let draft = ConversationSaved {
            conversation: ConversationId::new(conversation),
            contact: ContactId::new(contact),
            set: Vec::new(),
        };
        EventBuilder { at, draft }
    }

    /// Deletes a conversation.
    pub fn conversation_deleted(at: Instant, conversation: &str) -> EventBuilder<Complete> {
        let conversation = ConversationId::new(conversation);
        complete(at, conversation.map(|conversation| EventBody::ConversationDeleted { conversation }))
    }

    /// A contact was active.
    pub fn activity(at: Instant, contact: &str) -> EventBuilder<Activity> {
        EventBuilder { at, draft: Activity { contact: ContactId::new(contact), conversation: None } }
    }

    /// Time passes.
    pub fn tick(at: Instant) -> Event {
        Event { at, body: EventBody::Tick }
    }
}

fn complete(at: Instant, body: Result<EventBody, Error>) -> EventBuilder<Complete> {
    EventBuilder { at, draft: Complete { body } }
}

impl EventBuilder<WorkspaceConfigured> {
    /// Sets the time zone by its IANA name. The workspace checks whether that zone exists.
    pub fn time_zone(mut self, time_zone: &str) -> Self {
        self.draft.time_zone = Some(time_zone.to_owned());
        self
    }

    /// Sets the weekday on which weeks begin.
    pub fn week_start(mut self, week_start: WeekStart) -> Self {
        self.draft.week_start = Some(week_start);
        self
    }
}

impl EventBuilder<FieldDefined> {
    /// Sets the options that the field accepts. An empty list is refused; see [`any_option`](Self::any_option).
    pub fn options<O: AsRef<str>>(mut self, accepted: impl IntoIterator<Item = O>) -> Self {
        let read: Vec<_> = accepted.into_iter().map(|option| option_of(option.as_ref())).collect();
        self.draft.options = Setting::Set(options(read.into_iter()));
        self
    }

    /// Removes the options, so that the field accepts any option.
    pub fn any_option(mut self) -> Self {
        self.draft.options = Setting::Remove;
        self
    }

    /// Sets what an empty boolean reads as.
    pub fn default_value(mut self, default: bool) -> Self {
        self.draft.default = Setting::Set(default);
        self
    }

    /// Removes the default: an empty boolean is empty.
    pub fn no_default(mut self) -> Self {
        self.draft.default = Setting::Remove;
        self
    }
}

impl EventBuilder<ContactSaved> {
    /// Sets a field; `Json::Null` empties it. The last value set for a field counts.
    pub fn set(mut self, field: &str, value: impl Into<Json>) -> Self {
        put(&mut self.draft.set, field, value.into());
        self
    }

    /// Adds a label; labels are removed first, then added.
    pub fn add_label(mut self, text: &str) -> Self {
        let labels = &mut self.draft.add_labels;
        labels.push(label(Member::AddLabels, labels.len(), text));
        self
    }

    /// Removes a label.
    pub fn remove_label(mut self, text: &str) -> Self {
        let labels = &mut self.draft.remove_labels;
        labels.push(label(Member::RemoveLabels, labels.len(), text));
        self
    }
}

impl EventBuilder<ConversationSaved> {
    /// Sets a field, by its whole key (`conversation.status`); `Json::Null` empties it. The last value set for a field
    /// counts.
    pub fn set(mut self, field: &str, value: impl Into<Json>) -> Self {
        put(&mut self.draft.set, field, value.into());
        self
    }
}

impl EventBuilder<Activity> {
    /// The conversation in which the contact was active.
    pub fn conversation(mut self, conversation: &str) -> Self {
        self.draft.conversation = Some(ConversationId::new(conversation));
        self
    }
}

fn put(values: &mut Vec<(String, Json)>, field: &str, value: Json) {
    match values.iter_mut().find(|(key, _)| key == field) {
        Some((_, held)) => *held = value,
        None => values.push((field.to_owned(), value)),
    }
}
