//! The JSON of events, read by hand so that errors can say where.
//!
//! It knows nothing of a workspace. What always holds: an event that is written is read back as the same event.

use compact_str::CompactString;

use crate::day::WeekStart;
use crate::error::Error;
use crate::event::{Event, EventBody, Label, Setting};
use crate::event_type::EventType;
use crate::field::FieldKey;
use crate::id::{ContactId, ConversationId, SegmentId};
use crate::instant::Instant;
use crate::json::Json;
use crate::kind::Kind;
use crate::limits;
use crate::options::read_option;
use crate::suggestion::Suggestions;

impl Event {
    /// Reads one line of an event log.
    ///
    /// # Errors
    /// Everything that can be said without knowing the workspace: [`Error::Json`], [`Error::EventType`],
    /// [`Error::Member`], [`Error::Id`], [`Error::FieldKey`], [`Error::Limit`].
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
            return Err(Error::Member {
                event: "a line".into(),
                member: "the whole".into(),
                found: json.shown(),
                accepted: "an event: a JSON object with `type` and `at`".into(),
            });
        };
        let mut members = Members { event: "an event".into(), members };
        let name = members.string("type")?;
        let Some(event_type) = EventType::named(&name) else {
            let types: Vec<&str> = EventType::ALL.iter().map(|known| known.name()).collect();
            let suggestion = Suggestions::new().nearest(&name, types.iter().copied());
            return Err(Error::EventType {
                found: Json::from(name).shown(),
                accepted: types.join(", "),
                suggestion,
            });
        };
        members.event = format!("`{event_type}`");
        members.known(event_type)?;
        Ok(Event { at: members.instant()?, body: members.body(event_type)? })
    }

    /// The event as JSON; [`from_json`](Self::from_json) reads it back.
    pub fn to_json(&self) -> Json {
        let mut members = Written(Vec::new());
        members.push("type", self.body.type_name());
        members.push("at", self.at.to_string());
        members.body(&self.body);
        Json::Object(members.0)
    }
}

/// The members of an event that have not been taken yet.
struct Members {
    event: String,
    members: Vec<(String, Json)>,
}

impl Members {
    /// Refuses members that the type of event does not have.
    fn known(&self, event_type: EventType) -> Result<(), Error> {
        let names = event_type.member_names();
        let Some((unknown, _)) = self.members.iter().find(|(key, _)| !names.contains(&key.as_str())) else {
            return Ok(());
        };
        let meant = match Suggestions::new().nearest(unknown, names.iter().copied()) {
            Some(name) => format!(" (did you mean `{name}`?)"),
            None => String::new(),
        };
        let accepted = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let member = Json::from(unknown.as_str()).shown();
        Err(self.unfit(
            member.trim_matches('"'),
            format!("an unknown member{meant}"),
            format!("the members {accepted}"),
        ))
    }

    fn body(&mut self, event_type: EventType) -> Result<EventBody, Error> {
        Ok(match event_type {
            EventType::WorkspaceConfigured => EventBody::WorkspaceConfigured {
                time_zone: self.optional_string("time_zone")?,
                week_start: self.week_start()?,
            },
            EventType::FieldDefined => EventBody::FieldDefined {
                field: FieldKey::new(&self.string("field")?)?,
                kind: self.kind()?,
                options: self.options()?,
                default: self.default()?,
            },
            EventType::FieldDeleted => EventBody::FieldDeleted { field: self.string("field")? },
            EventType::SegmentSaved => EventBody::SegmentSaved {
                segment: SegmentId::new(&self.string("segment")?)?,
                name: self.name()?,
                rule: self.required("rule", "a rule: an object")?,
            },
            EventType::SegmentDeleted => {
                EventBody::SegmentDeleted { segment: SegmentId::new(&self.string("segment")?)? }
            }
            EventType::ContactSaved => EventBody::ContactSaved {
                contact: self.contact("contact")?,
                set: self.set()?,
                add_labels: self.labels("add_labels")?,
                remove_labels: self.labels("remove_labels")?,
            },
            EventType::ContactDeleted => EventBody::ContactDeleted { contact: self.contact("contact")? },
            EventType::ContactMerged => {
                EventBody::ContactMerged { contact: self.contact("contact")?, into: self.contact("into")? }
            }
            EventType::ConversationSaved => EventBody::ConversationSaved {
                conversation: ConversationId::new(&self.string("conversation")?)?,
                contact: self.contact("contact")?,
                set: self.set()?,
            },
            EventType::ConversationDeleted => EventBody::ConversationDeleted {
                conversation: ConversationId::new(&self.string("conversation")?)?,
            },
            EventType::Activity => EventBody::Activity {
                contact: self.contact("contact")?,
                conversation: self
                    .optional_string("conversation")?
                    .map(|id| ConversationId::new(&id))
                    .transpose()?,
            },
            EventType::Tick => EventBody::Tick,
        })
    }

    fn take(&mut self, name: &str) -> Option<Json> {
        let index = self.members.iter().position(|(key, _)| key == name)?;
        Some(self.members.swap_remove(index).1)
    }

    fn unfit(
        &self,
        member: impl Into<String>,
        found: impl Into<String>,
        accepted: impl Into<String>,
    ) -> Error {
        Error::Member {
            event: self.event.clone(),
            member: member.into(),
            found: found.into(),
            accepted: accepted.into(),
        }
    }

    fn required(&mut self, name: &str, accepted: &str) -> Result<Json, Error> {
        self.take(name).ok_or_else(|| self.unfit(name, "no such member", accepted))
    }

    fn string(&mut self, name: &str) -> Result<String, Error> {
        let found = self.required(name, "a string")?;
        if let Json::Text(text) = found { Ok(text) } else { Err(self.unfit(name, found.shown(), "a string")) }
    }

    fn optional_string(&mut self, name: &str) -> Result<Option<String>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.unfit(name, other.shown(), "a string, or to be left out")),
        }
    }

    fn instant(&mut self) -> Result<Instant, Error> {
        const ACCEPTED: &str = "an RFC 3339 instant of the years 0001 to 9998, as `2026-11-23T10:00:00Z`";
        let found = self.required("at", ACCEPTED)?;
        let read = if let Json::Text(text) = &found { Instant::parse(text) } else { None };
        read.ok_or_else(|| self.unfit("at", found.shown(), ACCEPTED))
    }

    fn contact(&mut self, name: &str) -> Result<ContactId, Error> {
        ContactId::new(&self.string(name)?)
    }

    fn name(&mut self) -> Result<String, Error> {
        let name = self.string("name")?;
        if name.trim().is_empty() {
            return Err(self.unfit("name", "a blank name", "a string that is not blank"));
        }
        Ok(name)
    }

    fn kind(&mut self) -> Result<Kind, Error> {
        let name = self.string("kind")?;
        Kind::named(&name).ok_or_else(|| {
            let accepted: Vec<&str> = Kind::DEFINABLE.iter().map(|kind| kind.name()).collect();
            self.unfit("kind", Json::from(name).shown(), accepted.join(", "))
        })
    }

    fn week_start(&mut self) -> Result<Option<WeekStart>, Error> {
        let Some(name) = self.optional_string("week_start")? else { return Ok(None) };
        match WeekStart::named(&name) {
            Some(start) => Ok(Some(start)),
            None => {
                Err(self.unfit("week_start", Json::from(name).shown(), "`monday`, `sunday` or `saturday`"))
            }
        }
    }

    fn options(&mut self) -> Result<Setting<Vec<CompactString>>, Error> {
        let members = match self.take("options") {
            None => return Ok(Setting::Keep),
            Some(Json::Null) => return Ok(Setting::Remove),
            Some(Json::List(members)) if !members.is_empty() => members,
            Some(other) => {
                return Err(self.unfit("options", other.shown(), "a list of at least one option, or `null`"));
            }
        };
        if limits::LIST_VALUES.is_exceeded_by(members.len()) {
            let found = format!("a list of {} options", members.len());
            return Err(Error::Limit { found, limit: limits::LIST_VALUES });
        }
        let mut options: Vec<CompactString> = Vec::with_capacity(members.len());
        for (index, member) in members.iter().enumerate() {
            let option = read_option(member)
                .map_err(|unfit| self.unfit(format!("options[{index}]"), unfit.found, unfit.accepted))?;
            if !options.contains(&option) {
                options.push(option);
            }
        }
        Ok(Setting::Set(options))
    }

    fn default(&mut self) -> Result<Setting<bool>, Error> {
        match self.take("default") {
            None => Ok(Setting::Keep),
            Some(Json::Null) => Ok(Setting::Remove),
            Some(Json::Bool(value)) => Ok(Setting::Set(value)),
            Some(other) => Err(self.unfit("default", other.shown(), "`true`, `false` or `null`")),
        }
    }

    fn set(&mut self) -> Result<Vec<(String, Json)>, Error> {
        match self.take("set") {
            None => Ok(Vec::new()),
            Some(Json::Object(values)) => Ok(values),
            Some(other) => {
                Err(self.unfit("set", other.shown(), "an object of values by field, or to be left out"))
            }
        }
    }

    fn labels(&mut self, name: &str) -> Result<Vec<Label>, Error> {
        let members = match self.take(name) {
            None => return Ok(Vec::new()),
            Some(Json::List(members)) => members,
            Some(other) => {
                return Err(self.unfit(name, other.shown(), "a list of labels, or to be left out"));
            }
        };
        let label = |(index, member): (usize, Json)| {
            let unfit = |found: String| {
                self.unfit(format!("{name}[{index}]"), found, "a label: a string that is not blank")
            };
            match member.as_text() {
                Some(text) if text.trim().is_empty() => Err(unfit("a blank label".into())),
                Some(text) => Label::new(text),
                None => Err(unfit(member.shown())),
            }
        };
        members.into_iter().enumerate().map(label).collect()
    }
}

/// The members of an event as it is written; what an event may leave out and does is left out.
struct Written(Vec<(String, Json)>);

impl Written {
    fn push(&mut self, name: &str, value: impl Into<Json>) {
        self.0.push((name.to_owned(), value.into()));
    }

    fn body(&mut self, body: &EventBody) {
        match body {
            EventBody::WorkspaceConfigured { time_zone, week_start } => {
                self.optional("time_zone", time_zone.as_deref());
                self.optional("week_start", week_start.map(WeekStart::name));
            }
            EventBody::FieldDefined { field, kind, options, default } => {
                self.push("field", field.as_str());
                self.push("kind", kind.name());
                self.setting("options", options, |options| {
                    options.iter().map(CompactString::as_str).collect::<Vec<_>>().into()
                });
                self.setting("default", default, |value| Json::Bool(*value));
            }
            EventBody::FieldDeleted { field } => self.push("field", field.as_str()),
            EventBody::SegmentSaved { segment, name, rule } => {
                self.push("segment", segment.as_str());
                self.push("name", name.as_str());
                self.push("rule", rule.clone());
            }
            EventBody::SegmentDeleted { segment } => self.push("segment", segment.as_str()),
            EventBody::ContactSaved { contact, set, add_labels, remove_labels } => {
                self.push("contact", contact.as_str());
                self.set(set);
                self.labels("add_labels", add_labels);
                self.labels("remove_labels", remove_labels);
            }
            EventBody::ContactDeleted { contact } => self.push("contact", contact.as_str()),
            EventBody::ContactMerged { contact, into } => {
                self.push("contact", contact.as_str());
                self.push("into", into.as_str());
            }
            EventBody::ConversationSaved { conversation, contact, set } => {
                self.push("conversation", conversation.as_str());
                self.push("contact", contact.as_str());
                self.set(set);
            }
            EventBody::ConversationDeleted { conversation } => {
                self.push("conversation", conversation.as_str());
            }
            EventBody::Activity { contact, conversation } => {
                self.push("contact", contact.as_str());
                self.optional("conversation", conversation.as_ref().map(ConversationId::as_str));
            }
            EventBody::Tick => {}
        }
    }

    fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    fn setting<T>(&mut self, name: &str, setting: &Setting<T>, json: impl Fn(&T) -> Json) {
        match setting {
            Setting::Keep => {}
            Setting::Remove => self.push(name, Json::Null),
            Setting::Set(value) => self.push(name, json(value)),
        }
    }

    fn set(&mut self, values: &[(String, Json)]) {
        if !values.is_empty() {
            self.push("set", Json::Object(values.to_vec()));
        }
    }

    fn labels(&mut self, name: &str, labels: &[Label]) {
        if !labels.is_empty() {
            self.push(name, labels.iter().map(|label| label.shown.as_str()).collect::<Vec<_>>());
        }
    }
}
