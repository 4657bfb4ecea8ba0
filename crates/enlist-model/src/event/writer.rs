//! Writes events as JSON. Optional members that an event does not have are not written.
//!
//! It does not check anything. Invariant: a written event is read back as the same event.

use crate::event::{Event, EventBody, Label, Setting};
use crate::event_type::Member;
use crate::id::ConversationId;
use crate::json::Json;
use crate::short_text::ShortText;
use crate::time::day::WeekStart;

impl Event {
    /// The event as JSON; [`from_json`](Self::from_json) reads it back.
    pub fn to_json(&self) -> Json {
        let mut members = WrittenMembers(Vec::new());
        members.0.push(("type".to_owned(), Json::from(self.body.type_name())));
        members.0.push(("at".to_owned(), Json::from(self.at.to_string())));
        members.body(&self.body);
        Json::Object(members.0)
    }
}

/// The members written so far.
struct WrittenMembers(Vec<(String, Json)>);

impl WrittenMembers {
    fn push(&mut self, member: Member, value: impl Into<Json>) {
        self.0.push((member.name().to_owned(), value.into()));
    }

    fn body(&mut self, body: &EventBody) {
        match body {
            EventBody::WorkspaceConfigured { time_zone, week_start } => {
                self.optional(Member::TimeZone, time_zone.as_deref());
                self.optional(Member::WeekStart, week_start.map(WeekStart::name));
            }
            EventBody::FieldDefined { field, kind, options, default } => {
                self.push(Member::Field, field.as_str());
                self.push(Member::Kind, kind.name());
                self.setting(Member::Options, options, |options| {
                    options.iter().map(ShortText::as_str).collect::<Vec<_>>().into()
                });
                self.setting(Member::Default, default, |value| Json::Bool(*value));
            }
            EventBody::FieldDeleted { field } => self.push(Member::Field, field.as_str()),
            EventBody::SegmentSaved { segment, name, rule } => {
                self.push(Member::Segment, segment.as_str());
                self.push(Member::Name, name.as_str());
                self.push(Member::Rule, rule.clone());
            }
            EventBody::SegmentDeleted { segment } => self.push(Member::Segment, segment.as_str()),
            EventBody::ContactSaved { contact, set, add_labels, remove_labels } => {
                self.push(Member::Contact, contact.as_str());
                self.set(set);
                self.labels(Member::AddLabels, add_labels);
                self.labels(Member::RemoveLabels, remove_labels);
            }
            EventBody::ContactDeleted { contact } => self.push(Member::Contact, contact.as_str()),
            EventBody::ContactMerged { contact, into } => {
                self.push(Member::Contact, contact.as_str());
                self.push(Member::Into, into.as_str());
            }
            EventBody::ConversationSaved { conversation, contact, set } => {
                self.push(Member::Conversation, conversation.as_str());
                self.push(Member::Contact, contact.as_str());
                self.set(set);
            }
            EventBody::ConversationDeleted { conversation } => {
                self.push(Member::Conversation, conversation.as_str());
            }
            EventBody::Activity { contact, conversation } => {
                self.push(Member::Contact, contact.as_str());
                self.optional(Member::Conversation, conversation.as_ref().map(ConversationId::as_str));
            }
            EventBody::Tick => {}
        }
    }

    fn optional(&mut self, member: Member, value: Option<&str>) {
        if let Some(value) = value {
            self.push(member, value);
        }
    }

    fn setting<T>(&mut self, member: Member, setting: &Setting<T>, json: impl Fn(&T) -> Json) {
        match setting {
            Setting::Keep => {}
            // `null` and a missing member differ: one removes, the other keeps.
            Setting::Remove => self.push(member, Json::Null),
            Setting::Set(value) => self.push(member, json(value)),
        }
    }

    fn set(&mut self, values: &[(String, Json)]) {
        if !values.is_empty() {
            self.push(Member::Set, Json::Object(values.to_vec()));
        }
    }

    fn labels(&mut self, member: Member, labels: &[Label]) {
        if !labels.is_empty() {
            self.push(member, labels.iter().map(|label| label.shown.as_str()).collect::<Vec<_>>());
        }
    }
}
