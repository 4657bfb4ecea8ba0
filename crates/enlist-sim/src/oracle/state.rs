//! Facts, segments and settings together, and how a checked event changes them.
//!
//! It knows no memberships and no `now`. Invariant: [`State::record`] is only called with what
//! [`check`](super::check) accepted, so it cannot refuse.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use enlist_model::{
    CONVERSATION_CREATED_AT, CONVERSATION_LAST_ACTIVITY_AT, CREATED_AT, ContactId, ConversationId, Date,
    Event, EventBody, FieldDefinition, FieldKey, LAST_ACTIVITY_AT, Rule, Setting, ShortText, Value,
    WeekStart,
};

use super::calendar::Zone;
use super::definitions::Definitions;
use super::facts::{self, Facts, Values};

/// Everything that memberships are a function of, except `now`.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) zone: Zone,
    pub(crate) week_start: WeekStart,
    pub(crate) definitions: Definitions,
    pub(crate) facts: Facts,
}

/// What the check has read from an event, so that it is not read twice.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The values of `set`.
    pub(crate) values: Vec<(FieldKey, Option<Value>)>,
    /// The rule of a segment.
    pub(crate) rule: Option<Rule>,
    /// A new time zone.
    pub(crate) zone: Option<Zone>,
}

impl State {
    pub(crate) fn new() -> Self {
        State {
            zone: Zone::utc(),
            week_start: WeekStart::default(),
            definitions: Definitions::built_in(),
            facts: Facts::default(),
        }
    }

    /// Which of two dates comes first, in the workspace's time zone.
    fn order(&self, one: Date, two: Date) -> Ordering {
        one.order(two, |instant| self.zone.day_of(instant))
    }

    /// Applies the change of an event.
    pub(crate) fn record(&mut self, event: &Event, checked: Checked) {
        match &event.body {
            EventBody::WorkspaceConfigured { week_start, .. } => {
                if let Some(zone) = checked.zone {
                    self.zone = zone;
                }
                self.week_start = week_start.unwrap_or(self.week_start);
            }
            EventBody::FieldDefined { field, kind, options, default } => {
                let options = match options {
                    Setting::Set(options) => Setting::Set(without_duplicates(options)),
                    Setting::Keep => Setting::Keep,
                    Setting::Remove => Setting::Remove,
                };
                self.definitions.define(FieldDefinition::new(field.clone(), *kind), &options, default);
            }
            EventBody::FieldDeleted { field } => {
                self.definitions.fields.remove(field.as_str());
                self.facts.forget(field);
            }
            EventBody::SegmentSaved { segment, name, .. } => {
                if let Some(rule) = checked.rule {
                    self.definitions.save(segment, name, rule);
                }
            }
            EventBody::SegmentDeleted { segment } => self.definitions.delete(segment),
            EventBody::ContactSaved { contact, add_labels, remove_labels, .. } => {
                let contact = self.facts.contact_or_new(contact);
                facts::assign(&mut contact.values, checked.values);
                default_date(&mut contact.values, CREATED_AT, Date::Instant(event.at));
                contact.relabel(add_labels, remove_labels);
            }
            EventBody::ContactDeleted { contact } => {
                self.facts.remove_contact(contact);
            }
            EventBody::ContactMerged { contact, into } => self.merge(contact, into),
            EventBody::ConversationSaved { conversation, contact, .. } => {
                let mut values = self.facts.take_conversation(conversation).unwrap_or_default();
                facts::assign(&mut values, checked.values);
                default_date(&mut values, CONVERSATION_CREATED_AT, Date::Instant(event.at));
                self.facts.put_conversation(contact, conversation, values);
            }
            EventBody::ConversationDeleted { conversation } => {
                self.facts.take_conversation(conversation);
            }
            EventBody::Activity { contact, conversation } => {
                self.move_activity(contact, conversation.as_ref(), Date::Instant(event.at));
            }
            EventBody::Tick => {}
        }
    }

    fn merge(&mut self, other: &ContactId, into: &ContactId) {
        let Some(other) = self.facts.remove_contact(other) else { return };
        let Some(held) = self.facts.contact(into).map(|contact| contact.values.clone()) else { return };
        let mut values = held;
        for (field, theirs) in other.values {
            let takes = match (field.as_str(), facts::date(&values, field.as_str()), &theirs) {
                (CREATED_AT, Some(own), Value::Date(theirs)) => self.order(*theirs, own).is_lt(),
                (LAST_ACTIVITY_AT, Some(own), Value::Date(theirs)) => self.order(*theirs, own).is_gt(),
                _ => !values.contains_key(&field),
            };
            if takes {
                values.insert(field, theirs);
            }
        }
        if let Some(contact) = self.facts.contact_mut(into) {
            contact.values = values;
            for (key, shown) in other.labels.0 {
                contact.labels.0.entry(key).or_insert(shown);
            }
        }
        for (conversation, values) in other.conversations {
            self.facts.put_conversation(into, &conversation, values);
        }
    }

    fn move_activity(&mut self, contact: &ContactId, conversation: Option<&ConversationId>, at: Date) {
        let State { zone, facts, .. } = self;
        let forward = |values: &mut Values, field: &str| {
            let moves = super::facts::date(values, field)
                .is_none_or(|held| held.order(at, |instant| zone.day_of(instant)).is_lt());
            if moves {
                put_date(values, field, at);
            }
        };
        let Some(contact) = facts.contact_mut(contact) else { return };
        forward(&mut contact.values, LAST_ACTIVITY_AT);
        if let Some(values) = conversation.and_then(|id| contact.conversations.get_mut(id)) {
            forward(values, CONVERSATION_LAST_ACTIVITY_AT);
        }
    }
}

/// Sets a date unless it has a value.
fn default_date(values: &mut Values, field: &str, date: Date) {
    if !values.contains_key(field) {
        put_date(values, field, date);
    }
}

fn put_date(values: &mut Values, field: &str, date: Date) {
    // Built-in keys are well formed.
    if let Ok(field) = FieldKey::new(field) {
        values.insert(field, Value::Date(date));
    }
}

/// Options in the order given, each once.
fn without_duplicates(options: &[ShortText]) -> Vec<ShortText> {
    let mut seen = BTreeSet::new();
    options.iter().filter(|option| seen.insert(option.as_str())).cloned().collect()
}
