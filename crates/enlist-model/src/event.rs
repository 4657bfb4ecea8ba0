//! Events: one change each, with the instant it happened. Read from JSON by hand, so that errors can say where.
//!
//! An event that exists is well formed; whether it fits a workspace (known ids, values of the right kind, a valid
//! rule) is asked of the workspace, which is why values and rules stay JSON here.

use compact_str::CompactString;

use crate::day::WeekStart;
use crate::error::Error;
use crate::field::FieldKey;
use crate::id::{ContactId, ConversationId, SegmentId};
use crate::instant::Instant;
use crate::json::Json;
use crate::kind::Kind;
use crate::limits;
use crate::suggestion::Suggestions;
use crate::text::TextKey;

/// One change, with the instant it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it happened. An event from before `now` is applied at `now`.
    pub at: Instant,
    /// What changed.
    pub body: EventBody,
}

/// What an event changes.
#[derive(Clone, Debug, PartialEq)]
pub enum EventBody {
    /// Settings; `None` keeps what is set.
    WorkspaceConfigured {
        /// An IANA time zone.
        time_zone: Option<String>,
        /// The weekday on which weeks begin.
        week_start: Option<WeekStart>,
    },
    /// A custom field, new or again.
    FieldDefined {
        /// Its key.
        field: FieldKey,
        /// Its kind.
        kind: Kind,
        /// Its options.
        options: Setting<Vec<CompactString>>,
        /// What an empty boolean reads as.
        default: Setting<bool>,
    },
    /// A custom field is gone, and its values.
    FieldDeleted {
        /// Its key.
        field: String,
    },
    /// A segment, new or edited.
    SegmentSaved {
        /// Its id.
        segment: SegmentId,
        /// Its name.
        name: String,
        /// Its rule, not yet checked.
        rule: Json,
    },
    /// A segment is gone.
    SegmentDeleted {
        /// Its id.
        segment: SegmentId,
    },
    /// A contact, new or changed.
    ContactSaved {
        /// Its id.
        contact: ContactId,
        /// New values by field; an empty one empties the field.
        set: Vec<(String, Json)>,
        /// Labels to add, after the removals.
        add_labels: Vec<Label>,
        /// Labels to remove.
        remove_labels: Vec<Label>,
    },
    /// A contact is gone, and its conversations.
    ContactDeleted {
        /// Its id.
        contact: ContactId,
    },
    /// A contact goes into another.
    ContactMerged {
        /// The one that goes.
        contact: ContactId,
        /// The one that stays.
        into: ContactId,
    },
    /// A conversation, new, changed or moved to another contact.
    ConversationSaved {
        /// Its id.
        conversation: ConversationId,
        /// Whose it is now.
        contact: ContactId,
        /// New values by field; an empty one empties the field.
        set: Vec<(String, Json)>,
    },
    /// A conversation is gone.
    ConversationDeleted {
        /// Its id.
        conversation: ConversationId,
    },
    /// The contact, and the conversation if there is one, were active.
    Activity {
        /// The contact.
        contact: ContactId,
        /// One of its conversations.
        conversation: Option<ConversationId>,
    },
    /// Time passes.
    Tick,
}

/// A part of a definition that an event may keep, remove or set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Setting<T> {
    /// Left out: stays as it is.
    #[default]
    Keep,
    /// `null`: none from now on.
    Remove,
    /// This from now on.
    Set(T),
}

/// A label as an event writes it; never blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// By which it is compared.
    pub key: TextKey,
    /// As it was written.
    pub shown: CompactString,
}

impl Label {
    /// Takes a label.
    ///
    /// # Errors
    /// [`Error::Limit`] if it is too long, [`Error::Member`] if it is blank.
    pub fn new(label: &str) -> Result<Self, Error> {
        if limits::LABEL_BYTES.is_exceeded_by(label.len()) {
            let found = format!("a label of {} bytes", label.len());
            return Err(Error::Limit { found, limit: limits::LABEL_BYTES });
        }
        let key = TextKey::of(label).ok_or_else(|| Error::Member {
            event: "the event".into(),
            member: "label".into(),
            found: "a blank label".into(),
            accepted: "a label: a string that is not blank".into(),
        })?;
        Ok(Label { key, shown: label.into() })
    }
}

/// The words of every event type.
const TYPES: [&str; 12] = [
    "workspace_configured",
    "field_defined",
    "field_deleted",
    "segment_saved",
    "segment_deleted",
    "contact_saved",
    "contact_deleted",
    "contact_merged",
    "conversation_saved",
    "conversation_deleted",
    "activity",
    "tick",
];

impl EventBody {
    /// The word of its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            EventBody::WorkspaceConfigured { .. } => TYPES[0],
            EventBody::FieldDefined { .. } => TYPES[1],
            EventBody::FieldDeleted { .. } => TYPES[2],
            EventBody::SegmentSaved { .. } => TYPES[3],
            EventBody::SegmentDeleted { .. } => TYPES[4],
            EventBody::ContactSaved { .. } => TYPES[5],
            EventBody::ContactDeleted { .. } => TYPES[6],
            EventBody::ContactMerged { .. } => TYPES[7],
            EventBody::ConversationSaved { .. } => TYPES[8],
            EventBody::ConversationDeleted { .. } => TYPES[9],
            EventBody::Activity { .. } => TYPES[10],
            EventBody::Tick => TYPES[11],
        }
    }
}

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
        let Some(name) = TYPES.into_iter().find(|known| *known == name) else {
            let suggestion = Suggestions::new().nearest(&name, TYPES);
            let found = Json::from(name).shown();
            return Err(Error::EventType { found, accepted: TYPES.join(", "), suggestion });
        };
        members.event = format!("`{name}`");
        let at = members.instant()?;
        let body = members.body(name)?;
        members.finish()?;
        Ok(Event { at, body })
    }
}

/// The members of an event that have not been taken yet.
struct Members {
    event: String,
    members: Vec<(String, Json)>,
}

impl Members {
    fn body(&mut self, name: &str) -> Result<EventBody, Error> {
        Ok(match name {
            "workspace_configured" => EventBody::WorkspaceConfigured {
                time_zone: self.optional_string("time_zone")?,
                week_start: self.week_start()?,
            },
            "field_defined" => EventBody::FieldDefined {
                field: FieldKey::new(&self.string("field")?)?,
                kind: self.kind()?,
                options: self.options()?,
                default: self.default()?,
            },
            "field_deleted" => EventBody::FieldDeleted { field: self.string("field")? },
            "segment_saved" => EventBody::SegmentSaved {
                segment: SegmentId::new(&self.string("segment")?)?,
                name: self.name()?,
                rule: self.required("rule", "a rule: an object")?,
            },
            "segment_deleted" => {
                EventBody::SegmentDeleted { segment: SegmentId::new(&self.string("segment")?)? }
            }
            "contact_saved" => EventBody::ContactSaved {
                contact: self.contact("contact")?,
                set: self.set()?,
                add_labels: self.labels("add_labels")?,
                remove_labels: self.labels("remove_labels")?,
            },
            "contact_deleted" => EventBody::ContactDeleted { contact: self.contact("contact")? },
            "contact_merged" => {
                EventBody::ContactMerged { contact: self.contact("contact")?, into: self.contact("into")? }
            }
            "conversation_saved" => EventBody::ConversationSaved {
                conversation: ConversationId::new(&self.string("conversation")?)?,
                contact: self.contact("contact")?,
                set: self.set()?,
            },
            "conversation_deleted" => EventBody::ConversationDeleted {
                conversation: ConversationId::new(&self.string("conversation")?)?,
            },
            "activity" => EventBody::Activity {
                contact: self.contact("contact")?,
                conversation: self
                    .optional_string("conversation")?
                    .map(|id| ConversationId::new(&id))
                    .transpose()?,
            },
            _ => EventBody::Tick,
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
        match self.required(name, "a string")? {
            Json::Text(text) => Ok(text),
            other => Err(self.unfit(name, other.shown(), "a string")),
        }
    }

    fn optional_string(&mut self, name: &str) -> Result<Option<String>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.unfit(name, other.shown(), "a string, or to be left out")),
        }
    }

    fn instant(&mut self) -> Result<Instant, Error> {
        let text = self.string("at")?;
        Instant::parse(&text).ok_or_else(|| {
            let accepted = "an RFC 3339 instant of the years 0001 to 9998, as `2026-11-23T10:00:00Z`";
            self.unfit("at", Json::from(text).shown(), accepted)
        })
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
            let option = crate::value::read_option(member)
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
            match member {
                Json::Text(text) if text.trim().is_empty() => Err(unfit("a blank label".into())),
                Json::Text(text) => Label::new(&text),
                other => Err(unfit(other.shown())),
            }
        };
        members.into_iter().enumerate().map(label).collect()
    }

    /// Refuses what no one took.
    fn finish(self) -> Result<(), Error> {
        match self.members.first() {
            None => Ok(()),
            Some((name, _)) => {
                let accepted = "only the members that this type of event has";
                Err(self.unfit(Json::from(name.as_str()).shown(), "an unknown member", accepted))
            }
        }
    }
}
