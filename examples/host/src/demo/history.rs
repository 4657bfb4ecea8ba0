//! The past of `crm`: older facts first, then sixty days of events in order of time, until now.
//!
//! It does not know how they are applied. Invariant: at its end there are as many contacts as were asked for.

use std::collections::VecDeque;
use std::vec::IntoIter;

use enlist::model::Error;
use enlist::{Event, Instant};

use crate::demo::DAY;
use crate::demo::arrivals::Arrivals;
use crate::demo::changes::{Changes, Step};
use crate::demo::definitions::{self, TIME_ZONE};
use crate::demo::population::Population;

/// How long ago the first contacts came.
const YEARS: i64 = 3 * 365 * DAY;
/// One of this many contacts comes within the sixty days.
const NEW: usize = 5;
/// How many changes there are for each contact.
const CHANGES: usize = 6;
/// This many of the last changes take nobody away, so that all who left have been replaced at the end.
const LAST: usize = 20;

/// The events, one after the other.
#[derive(Debug)]
pub(crate) struct History {
    changes: Changes,
    /// When the sixty days begin.
    base: Instant,
    /// When older contacts came.
    older: IntoIter<i64>,
    /// When something happens; a sign-up, or another change.
    later: IntoIter<(i64, Planned)>,
    /// Those who left and have not been replaced.
    missing: usize,
    /// Events to give before anything else.
    queue: VecDeque<Event>,
    segments: Segments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Planned {
    SignUp,
    Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Segments {
    Due,
    Saved,
}

impl History {
    /// The history of this many contacts, whose sixty days end with `now`.
    pub(crate) fn new(seed: u64, contacts: usize, base: Instant, now: Instant) -> Result<Self, Error> {
        let mut changes = Changes::new(seed, Population::default());
        let arrivals = Arrivals::of(TIME_ZONE);
        let (from, until, new) = (base.milliseconds(), now.milliseconds(), contacts / NEW);
        let older = arrivals.draw_sorted(changes.draws(), contacts - new, from - YEARS, from);
        let mut planned = |planned, count| {
            let all = arrivals.draw_sorted(changes.draws(), count, from, until);
            all.into_iter().map(move |at| (at, planned)).collect::<Vec<_>>()
        };
        let mut later = planned(Planned::SignUp, new);
        later.extend(planned(Planned::Change, contacts * CHANGES));
        later.sort_unstable();
        Ok(History {
            changes,
            base,
            older: older.into_iter(),
            later: later.into_iter(),
            missing: 0,
            queue: definitions::fields(base)?.into(),
            segments: Segments::Due,
        })
    }

    /// What goes on from here.
    pub(crate) fn into_changes(self) -> Changes {
        self.changes
    }

    /// The next event; `None` at the end.
    pub(crate) fn next_event(&mut self) -> Result<Option<Event>, Error> {
        if self.queue.is_empty() {
            if let Some(at) = self.older.next() {
                let at = Instant::from_milliseconds(at).unwrap_or(Instant::MIN);
                self.queue.extend(self.changes.older(at, self.base.milliseconds())?);
            } else if self.segments == Segments::Due {
                // After the older facts, so that these are in the segments from the first and do not enter them all at once.
                self.segments = Segments::Saved;
                self.queue.extend(definitions::segments(self.base)?);
            } else if let Some((at, planned)) = self.later.next() {
                let at = Instant::from_milliseconds(at).unwrap_or(self.base);
                let step = self.step(planned);
                let before = self.changes.population().contacts().len();
                self.queue.push_back(self.changes.step(step, at)?);
                let after = self.changes.population().contacts().len();
                self.missing += before.saturating_sub(after);
            }
        }
        Ok(self.queue.pop_front())
    }

    fn step(&mut self, planned: Planned) -> Step {
        if planned == Planned::SignUp {
            return Step::SignedUp;
        }
        if self.missing > 0 {
            self.missing -= 1;
            return Step::SignedUp;
        }
        match self.changes.draw_step() {
            Step::Deleted | Step::Merged if self.later.len() < LAST => Step::WasActive,
            step @ (Step::SignedUp
            | Step::Labelled
            | Step::ChangedPlan
            | Step::Opened
            | Step::Resolved
            | Step::WasActive
            | Step::Deleted
            | Step::Merged) => step,
        }
    }
}
