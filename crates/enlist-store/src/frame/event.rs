//! The stored form of an event.
//!
//! A member that has a type of its own in the model goes through that type's check when it is read. What the model keeps unchecked
//! (values, rules, names) is kept as it is, so that an event that a workspace refused is refused again. Labels are stored as they
//! are spelled, without the key, which is derived. Invariant: an event that is encoded is decoded to an equal event.

use enlist_model::{
    ContactId, ConversationId, Event, EventBody, FieldKey, Instant, Kind, Label, SegmentId, Setting,
    ShortText, WeekStart,
};

use super::json::StoredJson;
use crate::codec::{BorrowDecode, Depth, Encode, List};
use crate::error::Error;

/// An event that borrows its texts.
#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
pub(super) struct StoredEvent<'a> {
    /// Milliseconds since the event before it in the frame; for the first, since the frame was formed.
    since: i64,
    body: StoredBody<'a>,
}

type Values<'a> = List<(&'a str, StoredJson<'a>)>;

#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
enum StoredBody<'a> {
    WorkspaceConfigured {
        time_zone: Option<&'a str>,
        week_start: Option<StoredWeekStart>,
    },
    FieldDefined {
        field: &'a str,
        kind: StoredKind,
        options: StoredOptions<'a>,
        default: StoredDefault,
    },
    FieldDeleted {
        field: &'a str,
    },
    SegmentSaved {
        segment: &'a str,
        name: &'a str,
        rule: StoredJson<'a>,
    },
    SegmentDeleted {
        segment: &'a str,
    },
    /// The most frequent event, without labels.
    ContactSet {
        contact: &'a str,
        set: Values<'a>,
    },
    ContactSaved {
        contact: &'a str,
        set: Values<'a>,
        add_labels: List<&'a str>,
        remove_labels: List<&'a str>,
    },
    ContactDeleted {
        contact: &'a str,
    },
    ContactMerged {
        contact: &'a str,
        into: &'a str,
    },
    ConversationSaved {
        conversation: &'a str,
        contact: &'a str,
        set: Values<'a>,
    },
    ConversationDeleted {
        conversation: &'a str,
    },
    Activity {
        contact: &'a str,
        conversation: Option<&'a str>,
    },
    Tick,
}

#[derive(Clone, Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
enum StoredOptions<'a> {
    Keep,
    Remove,
    Set(List<&'a str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Encode, BorrowDecode)]
enum StoredDefault {
    Keep,
    Remove,
    False,
    True,
}

#[derive(Clone, Copy, Debug, PartialEq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(crate) enum StoredWeekStart {
    Monday,
    Sunday,
    Saturday,
}

#[derive(Clone, Copy, Debug, PartialEq, Encode, BorrowDecode)]
#[cfg_attr(test, derive(wincode::SchemaWrite, wincode::SchemaRead))]
pub(crate) enum StoredKind {
    Text,
    Phone,
    Number,
    Date,
    Boolean,
    Select,
    MultiSelect,
    Label,
}

/// The stored events of a frame that was formed at an instant.
pub(super) fn stored(events: &[Event], formed_at: Instant) -> Result<List<StoredEvent<'_>>, Error> {
    let mut before = formed_at.milliseconds();
    let mut stored = Vec::with_capacity(events.len());
    for event in events {
        let at = event.at.milliseconds();
        // Instants lie within a range whose width is far below that of the integer.
        stored.push(StoredEvent { since: at - before, body: StoredBody::of(&event.body)? });
        before = at;
    }
    Ok(List(stored))
}

/// The events of a frame that was formed at an instant.
pub(super) fn events(stored: List<StoredEvent<'_>>, formed_at: Instant) -> Result<Vec<Event>, Error> {
    let mut before = formed_at;
    let mut events = Vec::with_capacity(stored.0.len());
    for StoredEvent { since, body } in stored.0 {
        let at = before.milliseconds().checked_add(since).and_then(Instant::from_milliseconds);
        before =
            at.ok_or_else(|| Error::malformed("an event at an instant outside the years 0001 to 9998"))?;
        events.push(Event { at: before, body: body.into_body()? });
    }
    Ok(events)
}

/// What the model refuses is no event.
pub(crate) fn refused(error: &enlist_model::Error) -> Error {
    Error::malformed(error.to_string())
}

fn stored_values(set: &[(String, enlist_model::Json)]) -> Values<'_> {
    List(set.iter().map(|(field, value)| (field.as_str(), StoredJson::of(value))).collect())
}

fn values(set: Values<'_>) -> Vec<(String, enlist_model::Json)> {
    set.0.into_iter().map(|(field, value)| (field.to_owned(), value.into_json())).collect()
}

fn stored_labels(labels: &[Label]) -> Result<List<&str>, Error> {
    let spelling = |label: &'_ Label| match Label::new(&label.shown) {
        Ok(read) if read == *label => Ok(()),
        Ok(_) => {
            Err(Error::Unwritable { what: format!("the label {:?} has a key of another one", label.shown) })
        }
        Err(error) => Err(Error::Unwritable { what: error.to_string() }),
    };
    labels.iter().try_for_each(spelling)?;
    Ok(List(labels.iter().map(|label| label.shown.as_str()).collect()))
}

fn labels(stored: List<&str>) -> Result<Vec<Label>, Error> {
    stored.0.into_iter().map(|label| Label::new(label).map_err(|error| refused(&error))).collect()
}

fn contact(id: &str) -> Result<ContactId, Error> {
    ContactId::new(id).map_err(|error| refused(&error))
}

fn conversation(id: &str) -> Result<ConversationId, Error> {
    ConversationId::new(id).map_err(|error| refused(&error))
}

fn segment(id: &str) -> Result<SegmentId, Error> {
    SegmentId::new(id).map_err(|error| refused(&error))
}

impl<'a> StoredBody<'a> {
    fn of(body: &'a EventBody) -> Result<Self, Error> {
        Ok(match body {
            EventBody::WorkspaceConfigured { time_zone, week_start } => StoredBody::WorkspaceConfigured {
                time_zone: time_zone.as_deref(),
                week_start: week_start.map(StoredWeekStart::of),
            },
            EventBody::FieldDefined { field, kind, options, default } => StoredBody::FieldDefined {
                field: field.as_str(),
                kind: StoredKind::of(*kind),
                options: StoredOptions::of(options),
                default: StoredDefault::of(default),
            },
            EventBody::FieldDeleted { field } => StoredBody::FieldDeleted { field },
            EventBody::SegmentSaved { segment, name, rule } => {
                StoredBody::SegmentSaved { segment: segment.as_str(), name, rule: StoredJson::of(rule) }
            }
            EventBody::SegmentDeleted { segment } => StoredBody::SegmentDeleted { segment: segment.as_str() },
            EventBody::ContactSaved { contact, set, add_labels, remove_labels }
                if add_labels.is_empty() && remove_labels.is_empty() =>
            {
                StoredBody::ContactSet { contact: contact.as_str(), set: stored_values(set) }
            }
            EventBody::ContactSaved { contact, set, add_labels, remove_labels } => StoredBody::ContactSaved {
                contact: contact.as_str(),
                set: stored_values(set),
                add_labels: stored_labels(add_labels)?,
                remove_labels: stored_labels(remove_labels)?,
            },
            EventBody::ContactDeleted { contact } => StoredBody::ContactDeleted { contact: contact.as_str() },
            EventBody::ContactMerged { contact, into } => {
                StoredBody::ContactMerged { contact: contact.as_str(), into: into.as_str() }
            }
            EventBody::ConversationSaved { conversation, contact, set } => StoredBody::ConversationSaved {
                conversation: conversation.as_str(),
                contact: contact.as_str(),
                set: stored_values(set),
            },
            EventBody::ConversationDeleted { conversation } => {
                StoredBody::ConversationDeleted { conversation: conversation.as_str() }
            }
            EventBody::Activity { contact, conversation } => StoredBody::Activity {
                contact: contact.as_str(),
                conversation: conversation.as_ref().map(ConversationId::as_str),
            },
            EventBody::Tick => StoredBody::Tick,
        })
    }

    fn into_body(self) -> Result<EventBody, Error> {
        Ok(match self {
            StoredBody::WorkspaceConfigured { time_zone, week_start } => EventBody::WorkspaceConfigured {
                time_zone: time_zone.map(str::to_owned),
                week_start: week_start.map(StoredWeekStart::into_week_start),
            },
            StoredBody::FieldDefined { field, kind, options, default } => EventBody::FieldDefined {
                field: FieldKey::new(field).map_err(|error| refused(&error))?,
                kind: kind.into_kind(),
                options: options.into_setting(),
                default: default.into_setting(),
            },
            StoredBody::FieldDeleted { field } => EventBody::FieldDeleted { field: field.to_owned() },
            StoredBody::SegmentSaved { segment: id, name, rule } => EventBody::SegmentSaved {
                segment: segment(id)?,
                name: name.to_owned(),
                rule: rule.into_json(),
            },
            StoredBody::SegmentDeleted { segment: id } => EventBody::SegmentDeleted { segment: segment(id)? },
            StoredBody::ContactSet { contact: id, set } => EventBody::ContactSaved {
                contact: contact(id)?,
                set: values(set),
                add_labels: Vec::new(),
                remove_labels: Vec::new(),
            },
            StoredBody::ContactSaved { contact: id, set, add_labels, remove_labels } => {
                EventBody::ContactSaved {
                    contact: contact(id)?,
                    set: values(set),
                    add_labels: labels(add_labels)?,
                    remove_labels: labels(remove_labels)?,
                }
            }
            StoredBody::ContactDeleted { contact: id } => EventBody::ContactDeleted { contact: contact(id)? },
            StoredBody::ContactMerged { contact: id, into } => {
                EventBody::ContactMerged { contact: contact(id)?, into: contact(into)? }
            }
            StoredBody::ConversationSaved { conversation: id, contact: owner, set } => {
                EventBody::ConversationSaved {
                    conversation: conversation(id)?,
                    contact: contact(owner)?,
                    set: values(set),
                }
            }
            StoredBody::ConversationDeleted { conversation: id } => {
                EventBody::ConversationDeleted { conversation: conversation(id)? }
            }
            StoredBody::Activity { contact: id, conversation: at } => {
                EventBody::Activity { contact: contact(id)?, conversation: at.map(conversation).transpose()? }
            }
            StoredBody::Tick => EventBody::Tick,
        })
    }
}

impl<'a> StoredOptions<'a> {
    fn of(options: &'a Setting<Vec<ShortText>>) -> Self {
        match options {
            Setting::Keep => StoredOptions::Keep,
            Setting::Remove => StoredOptions::Remove,
            Setting::Set(options) => {
                StoredOptions::Set(List(options.iter().map(ShortText::as_str).collect()))
            }
        }
    }

    fn into_setting(self) -> Setting<Vec<ShortText>> {
        match self {
            StoredOptions::Keep => Setting::Keep,
            StoredOptions::Remove => Setting::Remove,
            StoredOptions::Set(options) => Setting::Set(options.0.into_iter().map(ShortText::from).collect()),
        }
    }
}

impl StoredDefault {
    fn of(default: &Setting<bool>) -> Self {
        match default {
            Setting::Keep => StoredDefault::Keep,
            Setting::Remove => StoredDefault::Remove,
            Setting::Set(false) => StoredDefault::False,
            Setting::Set(true) => StoredDefault::True,
        }
    }

    fn into_setting(self) -> Setting<bool> {
        match self {
            StoredDefault::Keep => Setting::Keep,
            StoredDefault::Remove => Setting::Remove,
            StoredDefault::False => Setting::Set(false),
            StoredDefault::True => Setting::Set(true),
        }
    }
}

impl StoredWeekStart {
    pub(crate) fn of(week_start: WeekStart) -> Self {
        match week_start {
            WeekStart::Monday => StoredWeekStart::Monday,
            WeekStart::Sunday => StoredWeekStart::Sunday,
            WeekStart::Saturday => StoredWeekStart::Saturday,
        }
    }

    pub(crate) fn into_week_start(self) -> WeekStart {
        match self {
            StoredWeekStart::Monday => WeekStart::Monday,
            StoredWeekStart::Sunday => WeekStart::Sunday,
            StoredWeekStart::Saturday => WeekStart::Saturday,
        }
    }
}

impl StoredKind {
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => StoredKind::Text,
            Kind::Phone => StoredKind::Phone,
            Kind::Number => StoredKind::Number,
            Kind::Date => StoredKind::Date,
            Kind::Boolean => StoredKind::Boolean,
            Kind::Select => StoredKind::Select,
            Kind::MultiSelect => StoredKind::MultiSelect,
            Kind::Label => StoredKind::Label,
        }
    }

    pub(crate) fn into_kind(self) -> Kind {
        match self {
            StoredKind::Text => Kind::Text,
            StoredKind::Phone => Kind::Phone,
            StoredKind::Number => Kind::Number,
            StoredKind::Date => Kind::Date,
            StoredKind::Boolean => Kind::Boolean,
            StoredKind::Select => Kind::Select,
            StoredKind::MultiSelect => Kind::MultiSelect,
            StoredKind::Label => Kind::Label,
        }
    }
}
