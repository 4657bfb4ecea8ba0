//! The demo: the workspaces `crm`, drawn from a seed, `cdnow`, from the log that is bundled with the examples, and `empty`.
//!
//! Sixty days before now the clock stands still while older facts are loaded; then it is set ahead day by day, and what happened
//! on the day is applied. So counts over time and transitions are those of sixty days. With a store the clock is the wall clock, and
//! everything is applied at its now. Invariant: no event of the demo is refused.

mod arrivals;
mod cdnow;
mod changes;
mod definitions;
mod draws;
mod feed;
mod history;
mod origin;
mod person;
mod population;
#[cfg(test)]
mod tests;

use std::io;

use enlist::{Enlist, Event, Instant, Workspace};

use crate::demo::cdnow::Cdnow;
use crate::demo::changes::Changes;
use crate::demo::history::History;
use crate::demo::population::Population;
use crate::demo_clock::DemoClock;
use crate::server::Failure;

pub use definitions::BOARD;
pub(crate) use feed::Feed;

pub(crate) const CRM: &str = "crm";
const CDNOW: &str = "cdnow";
const NOTHING: &str = "empty";

/// Milliseconds of a day.
pub(crate) const DAY: i64 = 86_400_000;
/// How many days are told event by event.
pub(crate) const DAYS: i64 = 60;
/// How many events are applied at once.
const BATCH: usize = 1_000;

/// What the demo is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demo {
    pub(crate) seed: u64,
    pub(crate) contacts: usize,
    /// When the sixty days end.
    pub(crate) now: Instant,
}

impl Demo {
    /// When the sixty days begin.
    pub(crate) fn base(&self) -> Instant {
        self.day(0)
    }

    /// When a day of the sixty begins.
    fn day(&self, day: i64) -> Instant {
        let at = self.now.milliseconds() - (DAYS - day) * DAY;
        Instant::from_milliseconds(at).unwrap_or(Instant::MIN)
    }

    /// Makes the workspaces that are not there yet, and returns the feed, which goes on from there. The clock follows its source
    /// afterwards, also if this fails.
    pub(crate) fn load(&self, enlist: &Enlist, clock: Option<&DemoClock>) -> Result<Feed, Failure> {
        let changes = self.fill(enlist, clock);
        if let Some(clock) = clock {
            clock.follow();
        }
        let changes = changes?;
        for id in [CRM, CDNOW, NOTHING] {
            if let Some(workspace) = enlist.find_workspace(id)? {
                workspace.advance(self.now)?;
            }
        }
        Ok(Feed::new(changes))
    }

    fn fill(&self, enlist: &Enlist, clock: Option<&DemoClock>) -> Result<Changes, Failure> {
        let mut history = History::new(self.seed, self.contacts, self.base(), self.now)?;
        let mut log = Cdnow::before(self.now);
        let crm = new_workspace(enlist, CRM)?;
        let cdnow = new_workspace(enlist, CDNOW)?;
        let _ = new_workspace(enlist, NOTHING)?;
        let mut crm_events = Upcoming::new(|| Ok(history.next_event()?));
        let mut cdnow_events = Upcoming::new(|| log.next_event());
        for day in 0..DAYS {
            // Set to the beginning of the day, not to its end: an event before what the clock reads would be applied late.
            if let Some(clock) = clock {
                clock.stand(self.day(day));
            }
            for (workspace, events) in
                [(&crm, &mut crm_events as &mut dyn Source), (&cdnow, &mut cdnow_events as &mut dyn Source)]
            {
                if let Some(workspace) = workspace {
                    workspace.advance(self.day(day))?;
                    while let Some(batch) = events.batch_before(self.day(day + 1))? {
                        // A test holds that no event is refused.
                        let _ = workspace.apply(batch)?;
                    }
                }
            }
        }
        if crm.is_some() {
            return Ok(history.into_changes());
        }
        let Some(workspace) = enlist.find_workspace(CRM)? else { return Ok(history.into_changes()) };
        Ok(Changes::new(self.seed, population_of(&workspace)?))
    }
}

/// Makes a workspace, unless a store has it already.
fn new_workspace(enlist: &Enlist, id: &str) -> Result<Option<Workspace>, Failure> {
    let is_there = enlist.find_workspace(id)?.is_some();
    Ok(if is_there { None } else { Some(enlist.create_workspace(id)?) })
}

/// Who is in a workspace that a store has kept.
fn population_of(workspace: &Workspace) -> Result<Population, Failure> {
    let mut lines = Vec::new();
    let _ = workspace.export(&mut lines).map_err(io::Error::other)?;
    let mut population = Population::default();
    for line in String::from_utf8_lossy(&lines).lines() {
        population.observe(&Event::parse(line)?);
    }
    Ok(population)
}

/// Events in order of time, taken until an instant.
trait Source {
    /// The next events before an instant; `None` if there are none.
    fn batch_before(&mut self, until: Instant) -> Result<Option<Vec<Event>>, Failure>;
}

/// Events that are made when they are asked for.
struct Upcoming<F> {
    next: F,
    /// The first that lay beyond the instant.
    held: Option<Event>,
}

impl<F: FnMut() -> Result<Option<Event>, Failure>> Upcoming<F> {
    fn new(next: F) -> Self {
        Upcoming { next, held: None }
    }
}

impl<F: FnMut() -> Result<Option<Event>, Failure>> Source for Upcoming<F> {
    fn batch_before(&mut self, until: Instant) -> Result<Option<Vec<Event>>, Failure> {
        let mut batch = Vec::new();
        while batch.len() < BATCH {
            let next = match self.held.take() {
                Some(held) => Some(held),
                None => (self.next)()?,
            };
            let Some(event) = next else { break };
            if event.at >= until {
                self.held = Some(event);
                break;
            }
            batch.push(event);
        }
        Ok((!batch.is_empty()).then_some(batch))
    }
}
