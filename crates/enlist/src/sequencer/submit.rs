//! Submitting: puts commands into the inbox and returns tickets.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use enlist_engine::RuleScan;
use enlist_model::{Event, Instant};

use crate::batch::Batch;
use crate::error::Error;
use crate::inbox::command::{Answer, Command, Expected, Request};
use crate::inbox::queue::{Next, NotAccepted};
use crate::inbox::ticket::{Ticket, ticket};
use crate::partition::PartitionIdx;
use crate::sequencer::pipeline::Pipeline;
use crate::sequencer::shared::Sequencer;

impl Sequencer {
    /// Submits a batch; blocks until the queue has room.
    pub(crate) fn submit(self: &Arc<Self>, batch: Batch) -> Result<Ticket<Answer>, Error> {
        let (ticket, next) = self.push(batch)?;
        self.schedule(next);
        Ok(ticket)
    }

    /// Submits a batch and waits for the answer. If nothing else is under way, the calling thread executes it.
    pub(crate) fn submit_and_wait(self: &Arc<Self>, batch: Batch) -> Answer {
        self.check_outside_read()?;
        let (ticket, next) = self.push(batch)?;
        self.schedule_here(next);
        if self.pipeline.as_ref().is_some_and(Pipeline::keep_here) {
            self.schedule_here(Next::Schedule);
        }
        ticket.wait()
    }

    /// Submits a batch if the queue has room.
    pub(crate) fn try_submit(self: &Arc<Self>, batch: Batch) -> Result<Ticket<Answer>, Error> {
        let command = self.check_batch(batch)?;
        let events = command.event_count();
        let (ticket, request) = self.request(command);
        let next = self.queue.try_push(request, events).map_err(|refused| self.not_accepted(refused))?;
        self.schedule(next);
        Ok(ticket)
    }

    fn push(&self, batch: Batch) -> Result<(Ticket<Answer>, Next), Error> {
        let command = self.check_batch(batch)?;
        let events = command.event_count();
        let (ticket, request) = self.request(command);
        // Within a read, waiting for room would never end: the worker that makes room waits for the read to end.
        let pushed = match self.check_outside_read() {
            Ok(()) => self.queue.push(request, events),
            Err(_) => self.queue.try_push(request, events),
        };
        Ok((ticket, pushed.map_err(|refused| self.not_accepted(refused))?))
    }

    /// The command of a batch. Refuses one that the queue can never hold, or whose source is wrong.
    pub(crate) fn check_batch(&self, mut batch: Batch) -> Result<Command, Error> {
        let limit = self.settings.limits.queued_events();
        if batch.len() > limit.most.max(1) {
            return Err(Error::Full { waiting: 0, limit, events: batch.events });
        }
        self.check_consumers(|| std::mem::take(&mut batch.events))?;
        let source = batch.take_source()?;
        Ok(Command::Apply(batch, source))
    }

    pub(crate) fn request(&self, command: Command) -> (Ticket<Answer>, Request) {
        let (ticket, reply) = ticket(Err(self.closed(Vec::new())));
        (ticket, Request::new(command, reply))
    }

    pub(crate) fn not_accepted(&self, refused: NotAccepted<Request>) -> Error {
        match refused {
            NotAccepted::Full(request, waiting) => {
                let limit = self.settings.limits.queued_events();
                Error::Full { waiting, limit, events: request.command.into_events() }
            }
            NotAccepted::Closed(request) => self.closed(request.command.into_events()),
        }
    }

    /// Submits a save or a deletion of a segment; blocks until the queue has room.
    pub(crate) fn submit_segment(
        self: &Arc<Self>,
        event: Event,
        scans: Vec<Option<RuleScan>>,
        expected: Expected,
    ) -> Result<Ticket<Answer>, Error> {
        self.check_outside_read()?;
        self.check_consumers(|| vec![event.clone()])?;
        let (ticket, mut request) = self.request(Command::DefineSegment { event, expected });
        request.scans = scans;
        self.add(ticket, request)
    }

    /// Submits an advance.
    pub(crate) fn submit_advance(self: &Arc<Self>, to: Instant) -> Result<Ticket<Answer>, Error> {
        let (ticket, request) = self.request(Command::Advance { to });
        self.add(ticket, request)
    }

    /// The same for the clock driver, which does not wait; one advance is queued at a time.
    pub(crate) fn submit_clock_advance(self: &Arc<Self>, to: Instant) {
        if !self.is_advance_queued.swap(true, Ordering::AcqRel) && self.submit_advance(to).is_err() {
            // The workspace is closed and accepted nothing, so nothing is queued.
            self.is_advance_queued.store(false, Ordering::Release);
        }
    }

    /// Submits a rebuild of a partition.
    pub(crate) fn submit_rebuild(self: &Arc<Self>, partition: usize) -> Result<Ticket<Answer>, Error> {
        let partitions = self.settings.partitions;
        if partition >= partitions {
            return Err(Error::UnknownPartition { found: partition, partitions });
        }
        let (ticket, request) =
            self.request(Command::Rebuild { partition: Some(PartitionIdx::new(partition)) });
        self.add(ticket, request)
    }

    /// Submits a gap: everybody who follows the workspace must read its segments again.
    pub(crate) fn submit_gap(self: &Arc<Self>) -> Result<Ticket<Answer>, Error> {
        let (ticket, request) = self.request(Command::Rebuild { partition: None });
        self.add(ticket, request)
    }

    fn add(self: &Arc<Self>, ticket: Ticket<Answer>, request: Request) -> Result<Ticket<Answer>, Error> {
        let events = request.command.event_count();
        let next = self.queue.push(request, events).map_err(|refused| self.not_accepted(refused))?;
        self.schedule(next);
        Ok(ticket)
    }
}
