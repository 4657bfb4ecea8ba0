//! Reads events from JSON. It is written by hand because an error must name the member, what was found and what is
//! accepted.
//!
//! It knows no workspace. Invariant: the members are read in the order of the table in `event_type`, so the order in
//! which an event has them does not change its error.

use crate::error::Error;
use crate::event::checks::{
    label, not_definable, not_label, not_options, options, refused, segment_name, suggesting,
};
use crate::event::{Event, EventBody, Label, Setting};
use crate::event_type::{EventType, Member};
use crate::field::FieldKey;
use crate::id::{ContactId, ConversationId, SegmentId};
use crate::json::Json;
use crate::kind::Kind;
use crate::limits;
use crate::short_text::ShortText;
use crate::suggestion::Suggestions;
use crate::suggestion::foreign_words;
use crate::time::day::WeekStart;
use crate::time::instant::Instant;
use crate::value::options::read_option;

impl Event {
    /// Reads one line of an event log.
    ///
    /// # Errors
    /// Every problem that shows without knowing the workspace: [`Error::Json`], [`Error::DuplicateKey`],
    /// [`Error::EventType`], [`Error::UnknownMember`], [`Error::MissingMember`], [`Error::Member`], [`Error::Id`],
    /// [`Error::FieldKey`], [`Error::Limit`].
    pub fn parse(line: &str) -> Result<Self, Error> {
        if limits::LINE_BYTES.is_exceeded_by(line.len()) {
            let found = format!("a line of {} bytes", line.len());
            return Err(Error::Limit { found, limit: limits::LINE_BYTES });
        }
        Self::from_json(Json::parse(line)?)
    }

    /// Reads an event from its JSON object.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn from_json(json: Json) -> Result<Self, Error> {
        let Json::Object(members) = json else {
            let accepted = "an event: a JSON object with `type` and `at`";
            return Err(refused("a line", "the whole", json.shown(), accepted));
        };
        let mut members = UnreadMembers { event: "an event".into(), members };
        let name = members.string_named("type")?;
        // The type decides which members are known, so it is read before all others.
        let Some(event_type) = EventType::named(&name) else {
            let types: Vec<&str> = EventType::ALL.iter().map(|known| known.name()).collect();
            let suggestion = Suggestions::new().meant(&name, &types, &foreign_words::event_types());
            return Err(Error::EventType {
                found: Json::from(name).shown(),
                accepted: types.join(", "),
                suggestion,
            });
        };
        members.event = format!("`{event_type}`");
        // Unknown members come first: a misspelled member is otherwise reported as missing, without a suggestion.
        members.known(event_type)?;
        Ok(Event { at: members.instant()?, body: members.body(event_type)? })
    }
}

/// The members of an event that are not read yet.
struct UnreadMembers {
    event: String,
    members: Vec<(String, Json)>,
}

impl UnreadMembers {
    /// Refuses members that the type of event does not have.
    fn known(&self, event_type: EventType) -> Result<(), Error> {
        let names = event_type.member_names();
        let Some((unknown, _)) = self.members.iter().find(|(key, _)| !names.contains(&key.as_str())) else {
            return Ok(());
        };
        // A member that the event has already cannot be what the user meant.
        let missing: Vec<&str> = names.iter().copied().filter(|name| !self.has(name)).collect();
        let suggestion = Suggestions::new().meant(unknown, &missing, &foreign_words::members());
        let accepted = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let found = Json::from(unknown.as_str()).shown();
        Err(Error::UnknownMember {
            event: self.event.clone(),
            found: found.trim_matches('"').to_owned(),
            accepted: format!("the members {accepted}"),
            suggestion,
        })
    }

    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(key, _)| key == name)
    }

    fn body(&mut self, event_type: EventType) -> Result<EventBody, Error> {
        Ok(match event_type {
            EventType::WorkspaceConfigured => EventBody::WorkspaceConfigured {
                time_zone: self.optional_string(Member::TimeZone)?,
                week_start: self.week_start()?,
            },
            EventType::FieldDefined => EventBody::FieldDefined {
                field: FieldKey::new(&self.string(Member::Field)?)?,
                kind: self.kind()?,
                options: self.options()?,
                default: self.default()?,
            },
            EventType::FieldDeleted => EventBody::FieldDeleted { field: self.string(Member::Field)? },
            EventType::SegmentSaved => EventBody::SegmentSaved {
                segment: SegmentId::new(&self.string(Member::Segment)?)?,
                name: self.name()?,
                rule: self.required(Member::Rule.name(), "a rule: an object")?,
            },
            EventType::SegmentDeleted => {
                EventBody::SegmentDeleted { segment: SegmentId::new(&self.string(Member::Segment)?)? }
            }
            EventType::ContactSaved => EventBody::ContactSaved {
                contact: self.contact(Member::Contact)?,
                set: self.set()?,
                add_labels: self.labels(Member::AddLabels)?,
                remove_labels: self.labels(Member::RemoveLabels)?,
            },
            EventType::ContactDeleted => {
                EventBody::ContactDeleted { contact: self.contact(Member::Contact)? }
            }
            EventType::ContactMerged => EventBody::ContactMerged {
                contact: self.contact(Member::Contact)?,
                into: self.contact(Member::Into)?,
            },
            EventType::ConversationSaved => EventBody::ConversationSaved {
                conversation: ConversationId::new(&self.string(Member::Conversation)?)?,
                contact: self.contact(Member::Contact)?,
                set: self.set()?,
            },
            EventType::ConversationDeleted => EventBody::ConversationDeleted {
                conversation: ConversationId::new(&self.string(Member::Conversation)?)?,
            },
            EventType::Activity => EventBody::Activity {
                contact: self.contact(Member::Contact)?,
                conversation: self
                    .optional_string(Member::Conversation)?
                    .map(|id| ConversationId::new(&id))
                    .transpose()?,
            },
            EventType::Tick => EventBody::Tick,
        })
    }

    fn take(&mut self, member: Member) -> Option<Json> {
        self.take_named(member.name())
    }

    fn take_named(&mut self, name: &str) -> Option<Json> {
        let index = self.members.iter().position(|(key, _)| key == name)?;
        // The order of the members does not matter here, and an event may have very many.
        Some(self.members.swap_remove(index).1)
    }

    fn refused(&self, member: Member, found: impl Into<String>, accepted: impl Into<String>) -> Error {
        refused(&self.event, member.name(), found, accepted)
    }

    fn required(&mut self, name: &str, accepted: &str) -> Result<Json, Error> {
        self.take_named(name).ok_or_else(|| Error::MissingMember {
            event: self.event.clone(),
            member: name.to_owned(),
            accepted: accepted.to_owned(),
        })
    }

    fn string(&mut self, member: Member) -> Result<String, Error> {
        self.string_named(member.name())
    }

    fn string_named(&mut self, name: &str) -> Result<String, Error> {
        let found = self.required(name, "a string")?;
        let Json::Text(text) = found else {
            return Err(refused(&self.event, name, found.shown(), "a string"));
        };
        Ok(text)
    }

    fn optional_string(&mut self, member: Member) -> Result<Option<String>, Error> {
        match self.take(member) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.refused(member, other.shown(), "a string, or leave it out")),
        }
    }

    fn instant(&mut self) -> Result<Instant, Error> {
        const ACCEPTED: &str = "an RFC 3339 instant of the years 0001 to 9998, as `2026-11-23T10:00:00Z`";
        let found = self.required("at", ACCEPTED)?;
        let wrong = match found.as_text().map(Instant::read) {
            Some(Ok(instant)) => return Ok(instant),
            Some(Err(problem)) => problem.shown_with(&found),
            None => found.shown(),
        };
        Err(refused(&self.event, "at", wrong, ACCEPTED))
    }

    fn contact(&mut self, member: Member) -> Result<ContactId, Error> {
        ContactId::new(&self.string(member)?)
    }

    fn name(&mut self) -> Result<String, Error> {
        segment_name(self.string(Member::Name)?)
    }

    fn kind(&mut self) -> Result<Kind, Error> {
        let name = self.string(Member::Kind)?;
        Kind::named(&name).ok_or_else(|| not_definable(&name))
    }

    fn week_start(&mut self) -> Result<Option<WeekStart>, Error> {
        let Some(name) = self.optional_string(Member::WeekStart)? else { return Ok(None) };
        let named = WeekStart::named(&name);
        named.map(Some).ok_or_else(|| {
            let accepted = WeekStart::ALL.map(|(_, word)| word);
            let suggestion = Suggestions::new().meant(&name, &accepted, &foreign_words::week_starts());
            let found = Json::from(name).shown();
            suggesting(self.refused(Member::WeekStart, found, "`monday`, `sunday` or `saturday`"), suggestion)
        })
    }

    fn options(&mut self) -> Result<Setting<Vec<ShortText>>, Error> {
        match self.take(Member::Options) {
            None => Ok(Setting::Keep),
            Some(Json::Null) => Ok(Setting::Remove),
            // An empty list is refused: it would be a field that accepts nothing. `null` removes the options.
            Some(Json::List(members)) => options(members.iter().map(read_option)).map(Setting::Set),
            Some(other) => Err(not_options(&other)),
        }
    }

    fn default(&mut self) -> Result<Setting<bool>, Error> {
        match self.take(Member::Default) {
            None => Ok(Setting::Keep),
            Some(Json::Null) => Ok(Setting::Remove),
            Some(Json::Bool(value)) => Ok(Setting::Set(value)),
            Some(other) => Err(self.refused(Member::Default, other.shown(), "`true`, `false` or `null`")),
        }
    }

    fn set(&mut self) -> Result<Vec<(String, Json)>, Error> {
        match self.take(Member::Set) {
            None => Ok(Vec::new()),
            Some(Json::Object(values)) => Ok(values),
            Some(other) => {
                Err(self.refused(Member::Set, other.shown(), "an object of values by field, or leave it out"))
            }
        }
    }

    fn labels(&mut self, member: Member) -> Result<Vec<Label>, Error> {
        let labels = match self.take(member) {
            None => return Ok(Vec::new()),
            Some(Json::List(labels)) => labels,
            Some(other) => {
                return Err(self.refused(member, other.shown(), "a list of labels, or leave it out"));
            }
        };
        let read = |(index, found): (usize, &Json)| match found.as_text() {
            Some(text) => label(member, index, text),
            None => Err(not_label(member, index, found.shown())),
        };
        labels.iter().enumerate().map(read).collect()
    }
}
