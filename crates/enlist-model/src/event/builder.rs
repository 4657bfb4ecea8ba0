//! Events written in Rust: `Event::contact_saved(at, "c1").set("plan", "pro").add_label("vip").build()?`.
//!
//! It knows no workspace and makes no JSON. Invariant: building an event gives the same event, or the same error, as
//! reading its JSON. Both use the checks in `checks`, in the same order.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::Error;
use crate::event::checks::{definable, label, members, options, segment_name};
use crate::event::draft::{
    Activity, Complete, ContactSaved, ConversationSaved, Draft, FieldDefined, WorkspaceConfigured,
};
use crate::event::{Event, EventBody, Setting};
use crate::event_type::{EventType, Member};
use crate::field::FieldKey;
use crate::id::{ContactId, ConversationId, SegmentId};
use crate::json::Json;
use crate::kind::Kind;
use crate::rule::unchecked::UncheckedRule;
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
    /// Sets when it happened, in place of the instant that it was begun with.
    pub fn at(self, at: Instant) -> Self {
        EventBuilder { at, ..self }
    }

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
    ///
    /// The rule is a [`Rule`](crate::Rule), [`Json`], a `serde_json::Value`, or JSON text.
    pub fn segment_saved(
        at: Instant,
        segment: &str,
        name: &str,
        rule: impl TryInto<UncheckedRule, Error: Into<Error>>,
    ) -> EventBuilder<Complete> {
        let body = || {
            let segment = SegmentId::new(segment)?;
            let name = segment_name(name.to_owned())?;
            Ok(EventBody::SegmentSaved { segment, name, rule: rule.try_into().map_err(Into::into)?.into() })
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
            set: Ok(Vec::new()),
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
            set: Ok(Vec::new()),
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

    /// Sets every member of a value that serializes as an object: a struct of the host, or a map. `None` empties a
    /// field; to leave a field as it is, skip its member.
    ///
    /// ```
    /// # use enlist_model::{Event, Instant, Json};
    /// #[derive(serde::Serialize)]
    /// struct Lead<'a> {
    ///     name: &'a str,
    ///     plan: Option<&'a str>,
    /// }
    ///
    /// let at = Instant::parse("2026-11-23T10:00:00Z").unwrap();
    /// let one = Event::contact_saved(at, "c1").set_all(&Lead { name: "Ada", plan: None }).build()?;
    /// let other = Event::contact_saved(at, "c1").set("name", "Ada").set("plan", Json::Null).build()?;
    /// assert_eq!(one, other);
    /// # Ok::<(), enlist_model::Error>(())
    /// ```
    ///
    /// `build` gives [`Error::Member`] if the value serializes as anything but an object, or not at all.
    pub fn set_all(mut self, values: &impl Serialize) -> Self {
        put_all(&mut self.draft.set, EventType::ContactSaved, values);
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

impl EventBuilder<ConversationSaved> {
    /// Sets the contact, in place of the one that it was begun with.
    pub fn contact(mut self, contact: &str) -> Self {
        self.draft.contact = ContactId::new(contact);
        self
    }

    /// Sets every member of a value that serializes as an object, each by its whole key; see
    /// [`ContactSaved`](EventBuilder::<ContactSaved>::set_all).
    pub fn set_all(mut self, values: &impl Serialize) -> Self {
        put_all(&mut self.draft.set, EventType::ConversationSaved, values);
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

/// Values of a draft, or why there are none.
type Values = Result<Vec<(String, Json)>, Error>;

fn put(values: &mut Values, field: &str, value: Json) {
    // After an error the draft can only report it.
    let Ok(values) = values else { return };
    match values.iter_mut().find(|(key, _)| key == field) {
        Some((_, held)) => *held = value,
        None => values.push((field.to_owned(), value)),
    }
}

fn put_all(values: &mut Values, event_type: EventType, added: &impl Serialize) {
    match members(event_type, added) {
        Ok(members) => {
            let Ok(values) = values else { return };
            // An index, because an object of the host may have very many members.
            let places = values.iter().enumerate().map(|(place, (key, _))| (key.clone(), place));
            let places: BTreeMap<String, usize> = places.collect();
            for (field, value) in members {
                match places.get(&field) {
                    Some(place) => values[*place].1 = value,
                    None => values.push((field, value)),
                }
            }
        }
        // The first error stays.
        Err(error) if values.is_ok() => *values = Err(error),
        Err(_) => {}
    }
}
