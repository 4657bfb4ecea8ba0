//! What comes out: transitions (a contact entered or left a segment) and notices (a definition changed a membership
//! as a whole), with their JSON.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::id::{ContactId, SegmentId};
use crate::instant::Instant;

/// One contact entered or left one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// When: the event's own instant, or the instant at which the local date changed.
    pub at: Instant,
    /// The segment.
    pub segment: SegmentId,
    /// The contact.
    pub contact: ContactId,
    /// Which way.
    pub change: Change,
    /// Why.
    pub cause: Cause,
}

/// Which way a contact went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Into the segment.
    Entered,
    /// Out of it.
    Left,
}

impl Change {
    /// Its word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Change::Entered => "entered",
            Change::Left => "left",
        }
    }
}

/// Why a contact entered or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// An event, by its number: the first one that was accepted is 1.
    Event(u64),
    /// A day began.
    Clock,
}

/// A segment was saved or deleted, or one that it refers to was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: Instant,
    /// The segment.
    pub segment: SegmentId,
    /// What became of it.
    pub outcome: NoticeOutcome,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeOutcome {
    /// It is new.
    Built {
        /// How many contacts it holds.
        members: u64,
    },
    /// Its membership was computed anew.
    Rebuilt {
        /// How many contacts it holds that it did not hold before.
        entered: u64,
        /// How many it no longer holds.
        left: u64,
    },
    /// It is deleted.
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
            Cause::Clock => self.with_cause(("event", 0)).serialize(out),
        }
    }
}

impl Transition {
    /// The transition's JSON with a cause of the caller's words: `("line", 12)` gives `{"line": 12}`. A transition
    /// that the clock caused keeps `"clock"`.
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
