//! Handing work in: events, segments and time go into the workspace's queue, and a ticket comes back.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use enlist_engine::RuleScan;
use enlist_model::{Event, Instant};

use crate::error::Error;
use crate::inbox::queue::{Next, NotTaken};
use crate::inbox::ticket::{Reply, Ticket, ticket};
use crate::sequencer::{Command, Expected, Receipt, Sequencer};

/// What a job will answer.
pub(crate) type Answer = Result<Receipt, Error>;

impl Sequencer {
    /// ForkJoin events in; waits for room if asked to, otherwise says that there is none.
    pub(crate) fn submit(
        self: &Arc<Self>,
        events: Vec<Event>,
        stop_on_refusal: bool,
        waits: bool,
    ) -> Result<Ticket<Answer>, Error> {
        let (ticket, next) = self.push(events, stop_on_refusal, waits)?;
        self.follow(next);
        Ok(ticket)
    }

    /// ForkJoin events in, waiting for room, and waits for what becomes of them; where nothing else is under way, they are
    /// applied on the calling thread.
    pub(crate) fn submit_and_wait(self: &Arc<Self>, events: Vec<Event>, stop_on_refusal: bool) -> Answer {
        let (ticket, next) = self.push(events, stop_on_refusal, true)?;
        self.follow_here(next);
        ticket.wait()
    }

    fn push(
        &self,
        events: Vec<Event>,
        stop_on_refusal: bool,
        waits: bool,
    ) -> Result<(Ticket<Answer>, Next), Error> {
        let limit = self.settings.limits.queued_events();
        if events.len() > limit.most.max(1) {
            return Err(Error::Full { waiting: 0, limit, events });
        }
        let count = events.len();
        let (ticket, reply) = ticket(Err(self.closed(Vec::new())));
        let job = Command::Apply { events, stop_on_refusal, reply };
        let pushed = if waits { self.queue.push(job, count) } else { self.queue.try_push(job, count) };
        match pushed {
            Ok(next) => Ok((ticket, next)),
            Err(NotTaken::Full(Command::Apply { events, .. }, waiting)) => {
                Err(Error::Full { waiting, limit, events })
            }
            Err(NotTaken::Full(job, _) | NotTaken::Closed(job)) => Err(self.closed(job.into_events())),
        }
    }

    /// ForkJoin in that a segment is saved or deleted.
    pub(crate) fn submit_segment(
        self: &Arc<Self>,
        event: Event,
        surveys: Vec<Option<RuleScan>>,
        expected: Expected,
    ) -> Result<Ticket<Answer>, Error> {
        self.add(1, |reply| Command::SaveSegment { event, surveys, expected, reply })
    }

    /// ForkJoin in that time passes.
    pub(crate) fn submit_advance(self: &Arc<Self>, to: Instant) -> Result<Ticket<Answer>, Error> {
        self.add(0, |reply| Command::Advance { to, reply })
    }

    /// The same for the clock driver: nobody waits for it, and there is one at a time.
    pub(crate) fn submit_driven(self: &Arc<Self>, to: Instant) {
        if !self.is_driven.swap(true, Ordering::AcqRel) && self.submit_advance(to).is_err() {
            // Closed; nothing moves any more.
            self.is_driven.store(false, Ordering::Release);
        }
    }

    /// ForkJoin in that a partition is to be rebuilt.
    pub(crate) fn submit_rebuild(self: &Arc<Self>, partition: usize) -> Result<Ticket<Answer>, Error> {
        self.add(0, |reply| Command::Rebuild { partition, reply })
    }

    /// Adds a job of so many events, waiting for room.
    fn add(
        self: &Arc<Self>,
        events: usize,
        job: impl FnOnce(Reply<Answer>) -> Command,
    ) -> Result<Ticket<Answer>, Error> {
        let (ticket, reply) = ticket(Err(self.closed(Vec::new())));
        match self.queue.push(job(reply), events) {
            Ok(next) => {
                self.follow(next);
                Ok(ticket)
            }
            Err(NotTaken::Full(job, _) | NotTaken::Closed(job)) => Err(self.closed(job.into_events())),
        }
    }
}
