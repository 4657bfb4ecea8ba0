//! The output of a workspace: transitions (a contact entered or left a segment) and notices (a definition changed a
//! whole membership), with their JSON.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::id::{ContactId, SegmentId};
use crate::time::instant::Instant;

/// One contact entered or left one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When: the instant of the event, or the instant at which the local date changed.
    pub at: Instant,
    /// The segment.
    pub segment: SegmentId,
    /// The contact.
    pub contact: ContactId,
    /// Whether the contact entered or left.
    pub change: Change,
    /// The cause.
    pub cause: Cause,
}

/// The direction of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// The contact entered the segment.
    Entered,
    /// The contact left the segment.
    Left,
}

impl Change {
    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Change::Entered => "entered",
            Change::Left => "left",
        }
    }
}

/// The cause of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// An event, by its number; the first accepted event is 1.
    Event(u64),
    /// The clock: a new day began.
    Clock,
}

/// A segment was saved or deleted, or a segment it refers to was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: Instant,
    /// The segment.
    pub segment: SegmentId,
    /// What happened to it.
    pub outcome: NoticeOutcome,
}

/// What happened to a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeOutcome {
    /// The segment is new.
    Built {
        /// Number of its members.
        members: u64,
    },
    /// Its membership was recomputed.
    Rebuilt {
        /// Number of contacts that became members.
        entered: u64,
        /// Number of contacts that are no longer members.
        left: u64,
    },
    /// The segment was deleted.
    Dropped,
}

impl Serialize for Notice {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("at", &self.at)?;
        map.serialize_entry("segment", &self.segment)?;
        match self.outcome {
            NoticeOutcome::Built { members } => {
                map.serialize_entry("change", "built")?;
                map.serialize_entry("members", &members)?;
            }
            NoticeOutcome::Rebuilt { entered, left } => {
                map.serialize_entry("change", "rebuilt")?;
                map.serialize_entry("entered", &entered)?;
                map.serialize_entry("left", &left)?;
            }
            NoticeOutcome::Dropped => map.serialize_entry("change", "dropped")?,
        }
        map.end()
    }
}

impl Serialize for Transition {
    /// With `cause` as `{"event": n}` or `"clock"`.
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.cause {
            Cause::Event(number) => self.with_cause(("event", number)).serialize(out),
            // The word and the number are not used for the clock.
            Cause::Clock => self.with_cause(("event", 0)).serialize(out),
        }
    }
}

impl Transition {
    /// The JSON of the transition with the caller's own cause: `("line", 12)` gives `{"line": 12}`. If the clock is the
    /// cause, it stays `"clock"`.
    pub fn with_cause<'a>(&'a self, (word, number): (&'a str, u64)) -> impl Serialize + 'a {
        TransitionJson { transition: self, word, number }
    }
}

struct TransitionJson<'a> {
    transition: &'a Transition,
    word: &'a str,
    number: u64,
}

impl Serialize for TransitionJson<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let transition = self.transition;
        let mut map = out.serialize_map(Some(5))?;
        map.serialize_entry("at", &transition.at)?;
        map.serialize_entry("segment", &transition.segment)?;
        map.serialize_entry("contact", &transition.contact)?;
        map.serialize_entry("change", transition.change.name())?;
        match transition.cause {
            Cause::Event(_) => {
                map.serialize_entry("cause", &std::collections::BTreeMap::from([(self.word, self.number)]))?;
            }
            Cause::Clock => map.serialize_entry("cause", "clock")?,
        }
        map.end()
    }
}
