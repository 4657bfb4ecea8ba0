//! The types of event with the members of each: one table for reading, writing, suggestions and the JSON Schema.
//!
//! It does not know what a member holds. Invariant: every use matches over [`EventType`] or [`Member`] without a
//! wildcard, so a new type or member does not compile until every place handles it.

use std::fmt;

macro_rules! event_types {
    ($($event_type:ident $name:literal,)*) => {
        /// The type of an event.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType {
            $(#[doc = concat!("`", $name, "`")] $event_type,)*
        }

        impl EventType {
            /// Every type, in the order of the contract.
            pub const ALL: &[EventType] = &[$(EventType::$event_type,)*];

            /// Its name in JSON.
            pub const fn name(self) -> &'static str {
                match self { $(EventType::$event_type => $name,)* }
            }
        }
    };
}

event_types! {
    WorkspaceConfigured "workspace_configured",
    FieldDefined "field_defined",
    FieldDeleted "field_deleted",
    SegmentSaved "segment_saved",
    SegmentDeleted "segment_deleted",
    ContactSaved "contact_saved",
    ContactDeleted "contact_deleted",
    ContactMerged "contact_merged",
    ConversationSaved "conversation_saved",
    ConversationDeleted "conversation_deleted",
    Activity "activity",
    Tick "tick",
}

impl fmt::Display for EventType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A member of an event, besides `type` and `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    TimeZone,
    WeekStart,
    Field,
    Kind,
    Options,
    Default,
    Segment,
    Name,
    Rule,
    Contact,
    Into,
    Conversation,
    Set,
    AddLabels,
    RemoveLabels,
}

impl Member {
    /// Its name in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Member::TimeZone => "time_zone",
            Member::WeekStart => "week_start",
            Member::Field => "field",
            Member::Kind => "kind",
            Member::Options => "options",
            Member::Default => "default",
            Member::Segment => "segment",
            Member::Name => "name",
            Member::Rule => "rule",
            Member::Contact => "contact",
            Member::Into => "into",
            Member::Conversation => "conversation",
            Member::Set => "set",
            Member::AddLabels => "add_labels",
            Member::RemoveLabels => "remove_labels",
        }
    }
}

/// Whether an event of a type must have a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
}

/// The members that every event has.
pub(crate) const EVERY_TYPE: [&str; 2] = ["type", "at"];

impl EventType {
    /// The type with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|event_type| event_type.name() == name)
    }

    /// The members of its events, besides those that every event has, in the order in which they are read.
    pub(crate) const fn members(self) -> &'static [(Member, Presence)] {
        use Member as M;
        use Presence::{Optional, Required};
        match self {
            EventType::WorkspaceConfigured => &[(M::TimeZone, Optional), (M::WeekStart, Optional)],
            EventType::FieldDefined => {
                &[(M::Field, Required), (M::Kind, Required), (M::Options, Optional), (M::Default, Optional)]
            }
            EventType::FieldDeleted => &[(M::Field, Required)],
            EventType::SegmentSaved => &[(M::Segment, Required), (M::Name, Required), (M::Rule, Required)],
            EventType::SegmentDeleted => &[(M::Segment, Required)],
            EventType::ContactSaved => &[
                (M::Contact, Required),
                (M::Set, Optional),
                (M::AddLabels, Optional),
                (M::RemoveLabels, Optional),
            ],
            EventType::ContactDeleted => &[(M::Contact, Required)],
            EventType::ContactMerged => &[(M::Contact, Required), (M::Into, Required)],
            EventType::ConversationSaved => {
                &[(M::Conversation, Required), (M::Contact, Required), (M::Set, Optional)]
            }
            EventType::ConversationDeleted => &[(M::Conversation, Required)],
            EventType::Activity => &[(M::Contact, Required), (M::Conversation, Optional)],
            EventType::Tick => &[],
        }
    }

    /// The names of all members of its events.
    pub(crate) fn member_names(self) -> Vec<&'static str> {
        EVERY_TYPE.into_iter().chain(self.members().iter().map(|(member, _)| member.name())).collect()
    }
}
