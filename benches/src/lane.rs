//! What the lanes have in common: a part of the events, the known answer to it, and what a lane made of it.

use std::time::Duration;

use crate::columns::Change;
use crate::digest::{Digest, Flip};
use crate::failure::Failure;

/// The flips of a part, event by event: what every lane has to find, and what the floors are told.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Where the flips of each event end.
    ends: Vec<u32>,
    /// Twice the segment's number, plus one if the contact entered. A flip is of its event's contact.
    flips: Vec<u32>,
}

impl Answer {
    /// Appends a flip. Events come in order; those without flips are left out.
    pub fn push(&mut self, flip: Flip) {
        self.close(flip.event as usize);
        self.flips.push(flip.segment << 1 | u32::from(flip.entered));
    }

    /// Ends all events before this one.
    pub fn close(&mut self, event: usize) {
        self.ends.resize(event.max(self.ends.len()), self.flips.len() as u32);
    }

    /// The flips of an event: segment, and whether the contact entered.
    pub fn of(&self, event: usize) -> impl Iterator<Item = (usize, bool)> {
        let start = event.checked_sub(1).map_or(0, |before| self.ends[before]) as usize;
        self.flips[start..self.ends[event] as usize].iter().map(|flip| ((flip >> 1) as usize, flip & 1 == 1))
    }

    /// How many flips there are.
    pub fn count(&self) -> usize {
        self.flips.len()
    }
}

/// A part of a run's events.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The changes.
    pub changes: Vec<Change>,
    /// So many of them the slow lanes take.
    pub prefix: usize,
    /// What the engine reported, event by event.
    pub answer: Answer,
    /// The digest of it.
    pub whole: Digest,
    /// The digest of what it reported for the prefix.
    pub beginning: Digest,
}

impl Part {
    /// The digest of what the engine reported for the prefix about some segments: those whose place says so.
    pub fn digest_of(&self, is_asked: &[bool]) -> Digest {
        let of_event = |(event, change): (u32, &Change)| {
            let contact = change.contact;
            let flips = self.answer.of(event as usize).filter(|(segment, _)| is_asked[*segment]);
            flips.map(move |(segment, entered)| Flip { event, segment: segment as u32, contact, entered })
        };
        (0..).zip(&self.changes[..self.prefix]).flat_map(of_event).collect()
    }
}

/// What a lane made of a part.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lap {
    /// How long it took.
    pub time: Duration,
    /// For so many events.
    pub events: usize,
    /// Whether it found the flips that the engine reported.
    pub agrees: bool,
}

/// A way to keep memberships current that the engine is compared with.
pub trait Lane {
    /// Its name in the report.
    fn name(&self) -> &'static str;
    /// Takes a part. What it does not take of it, it writes down untimed.
    ///
    /// # Errors
    /// [`Failure`] if someone else's program refuses something.
    fn run(&mut self, part: &Part) -> Result<Lap, Failure>;

    /// Of how many segments it can say the rule; `None` for all.
    fn segments(&self) -> Option<usize> {
        None
    }

    /// How long reads take it; `None` if it has none.
    ///
    /// # Errors
    /// As [`run`](Lane::run).
    fn queries(&self) -> Result<Option<Queries>, Failure> {
        Ok(None)
    }
}

/// How long reads take that are asked as queries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Queries {
    /// A count of the contacts that meet a rule.
    pub count: Duration,
    /// A page of them, in order of arrival, at a random offset.
    pub page: Duration,
    /// A count of the members kept.
    pub kept_count: Duration,
    /// A page of them.
    pub kept_page: Duration,
}
