//! The lanes, and what they share: a part of the events, its known flips, and the result of a lane.
//!
//! | | |
//! |---|---|
//! | [`engine`], [`engine_handles`] | the engine through its public API, by ids and by handles |
//! | [`brute`], [`dependent`] | every segment, or those that read the field that changes, by [`closure`]s |
//! | [`bits`] | a clever brute force: a truth bit for each condition, rules over the bits |
//! | [`floor_roaring`], [`floor_flat`] | floors, which are given the flips and only write them |

pub mod bits;
pub mod brute;
pub mod closure;
pub mod dependent;
pub mod engine;
pub mod engine_handles;
pub mod floor_flat;
pub mod floor_roaring;

use std::time::Duration;

use crate::digest::{Digest, Flip};
use crate::failure::Failure;
use crate::workload::columns::Change;

/// The flips of a part, event by event. Every lane has to find them; the floors are given them.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Where the flips of each event end.
    ends: Vec<u32>,
    /// Twice the segment's number, plus one if the contact entered. The contact is that of the event.
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

    /// The number of flips.
    pub fn count(&self) -> usize {
        self.flips.len()
    }
}

/// A part of a run's events.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The changes.
    pub changes: Vec<Change>,
    /// How many of them the slow lanes apply.
    pub prefix: usize,
    /// The engine's flips, event by event.
    pub answer: Answer,
    /// The digest of these.
    pub whole: Digest,
    /// The digest of those of the prefix.
    pub beginning: Digest,
}

impl Part {
    /// The digest of the engine's flips of the prefix, for the segments that are marked in the list.
    pub fn digest_of(&self, is_asked: &[bool]) -> Digest {
        let of_event = |(event, change): (u32, &Change)| {
            let contact = change.contact;
            let flips = self.answer.of(event as usize).filter(|(segment, _)| is_asked[*segment]);
            flips.map(move |(segment, entered)| Flip { event, segment: segment as u32, contact, entered })
        };
        (0..).zip(&self.changes[..self.prefix]).flat_map(of_event).collect()
    }
}

/// The result of a lane for a part.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lap {
    /// How long it took.
    pub time: Duration,
    /// How many events it applied.
    pub events: usize,
    /// Whether it found the flips that the engine reported.
    pub agrees: bool,
}

/// A way to keep memberships up to date, with which the engine is compared.
pub trait Lane {
    /// Its name in the report.
    fn name(&self) -> &'static str;
    /// Applies a part. The events that it skips are written to its facts without being timed.
    ///
    /// # Errors
    /// [`Failure`] if another program refuses something.
    fn run(&mut self, part: &Part) -> Result<Lap, Failure>;

    /// How many segments' rules it can express; `None` for all.
    fn segments(&self) -> Option<usize> {
        None
    }

    /// How long its reads take; `None` if it has none.
    ///
    /// # Errors
    /// As [`run`](Lane::run).
    fn queries(&mut self) -> Result<Option<Queries>, Failure> {
        Ok(None)
    }
}

/// How long reads take that are queries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Queries {
    /// A count of the contacts that meet a rule.
    pub count: Duration,
    /// A page of these contacts, in order of arrival, at a random offset.
    pub page: Duration,
    /// A count from the stored members.
    pub kept_count: Duration,
    /// A page of the stored members.
    pub kept_page: Duration,
    /// A count of the contacts that meet each rule, of every segment, one after the other.
    pub every_count: Duration,
    /// Whether these counts are those of the stored members.
    pub counts_agree: bool,
}
