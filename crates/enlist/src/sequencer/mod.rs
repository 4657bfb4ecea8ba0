//! One workspace, shared by its handles, the workers and the clock driver. It executes one command at a time.
//!
//! # The story of a frame
//!
//! `Workspace::apply` puts a [`Command`] into the inbox and holds a ticket. A worker, or the caller that waits, takes it out;
//! small batches behind it are [coalesced](CoalescedBatches). Then, in [`Sequencer::execute_frame`]:
//!
//! 1. The frame is *formed*: its events, what to do on a refusal, and what the clock reads. Decisions that depend on the clock
//!    use that reading, so executing the frame again has the same outcome. A journal will append the frame here.
//! 2. Under the write lock, [`Frame`] routes the events, runs the partitions, and merges their outputs into deliveries.
//! 3. *Commit*: counts, the revision and the deadline, still under the lock.
//! 4. The lock is released. Only then are the deliveries broadcast and the ticket answered.
//!
//! Invariant: readers and subscribers see whole frames only, and readers can see a revision before a subscriber receives it.

pub(crate) mod admission;
pub(crate) mod counters;
pub(crate) mod cross;
pub(crate) mod definitions;
pub(crate) mod dump;
pub(crate) mod frame;
pub(crate) mod history;
pub(crate) mod label_spelling;
pub(crate) mod limits;
pub(crate) mod reads;
pub(crate) mod recover;
pub(crate) mod run;
pub(crate) mod segments;
pub(crate) mod shared;
pub(crate) mod state;
pub(crate) mod stats;
pub(crate) mod submit;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use enlist_model::{Event, EventBody, Instant};
use parking_lot::RwLockWriteGuard;

pub(crate) use shared::{Sequencer, Surroundings, TimeSource};

use crate::batch::Receipt;
use crate::error::Error;
use crate::inbox::coalesce::CoalescedBatches;
use crate::inbox::command::{Answer, Command, Expected, Request};
use crate::inbox::queue::Next;
use crate::inbox::ticket::ticket;
use crate::partition::execute::Task;
use crate::sequencer::counters::Stopwatch;
use crate::sequencer::frame::Frame;
use crate::sequencer::stats::MemoryUsage;
use crate::threads::pool::{ForkJoin, Runnable};

/// A worker leaves a workspace after this many events, so that other workspaces get a turn.
const TURN_EVENTS: usize = 256;
/// Memory is estimated again after this many events.
const ESTIMATE_EVENTS: u64 = 1_000;

impl Runnable<Task> for Sequencer {
    fn run(self: Arc<Self>, fork_join: &ForkJoin<Task>) -> bool {
        let mut events = 0;
        while events < TURN_EVENTS {
            // A closed workspace continues: the subscriber that blocks it may itself be waiting for the end.
            if self.broadcast.is_blocked() && !self.queue.is_closed() {
                return self.queue.stall(|| self.broadcast.is_blocked()) == Next::Schedule;
            }
            let Some(request) = self.queue.pop() else { break };
            events += self.execute(request, fork_join);
        }
        self.queue.end_turn() == Next::Schedule
    }

    fn abandon(&self) {
        let (_, reply) = ticket(Err(self.closed(Vec::new())));
        // Closed before the queue is emptied: a request that came later would never be answered.
        let _ = self.queue.close(Request::new(Command::Close, reply));
        // Dropping a request drops its reply, which answers that the workspace is closed.
        while self.queue.pop().is_some() {}
        self.broadcast.end();
    }
}

impl Sequencer {
    /// Enters the run queue if `next` says so.
    pub(crate) fn schedule(self: &Arc<Self>, next: Next) {
        if next == Next::Schedule {
            self.run_queue.enter(Arc::clone(self) as Arc<dyn Runnable<Task>>);
        }
    }

    /// As [`schedule`](Self::schedule), for a caller that waits anyway: it serves the workspace itself if it can.
    pub(crate) fn schedule_here(self: &Arc<Self>, next: Next) {
        if next == Next::Schedule {
            self.run_queue.serve_here(Arc::clone(self) as Arc<dyn Runnable<Task>>);
        }
    }

    /// Called when a subscriber took items or unsubscribed.
    pub(crate) fn room_was_made(self: &Arc<Self>) {
        self.schedule(self.queue.resume());
    }

    /// Executes a request and answers it; returns the number of its events, at least 1.
    fn execute(&self, request: Request, fork_join: &ForkJoin<Task>) -> usize {
        let Request { command, scans, reply } = request;
        match command {
            Command::Apply(batch) => {
                let mut batches = CoalescedBatches::of(batch, reply);
                batches
                    .gather(&self.queue, self.coalesce_limit.of_next_frame(self.broadcast.least_capacity()));
                let on_refusal = batches.batch.on_refusal;
                // An `Arc` of the vector, because making a shared slice would copy every event.
                let events = Arc::new(batches.take_events());
                let receipt = self.execute_frame(fork_join, &events, |frame| {
                    frame.on_refusal = on_refusal;
                    frame.apply()
                });
                batches.answer(receipt);
                // The events are dropped after the answer, so that the caller does not wait while a large batch is freed. An
                // empty batch counts as 1; otherwise empty batches could hold the worker for ever.
                events.len().max(1)
            }
            Command::DefineSegment { event, expected } => {
                reply.send(self.define_segment(fork_join, event, expected, |frame| {
                    frame.scans = scans;
                    frame.apply()
                }));
                1
            }
            Command::Advance { to } => {
                // Before the advance and not after it: if the clock moves on meanwhile, the driver can queue the next one.
                self.is_advance_queued.store(false, Ordering::Release);
                reply.send(self.advance(fork_join, to));
                1
            }
            Command::Rebuild { partition } => {
                reply.send(self.rebuild(partition));
                1
            }
            Command::Close => {
                self.broadcast.end();
                reply.send(Err(self.closed(Vec::new())));
                1
            }
        }
    }

    /// Forms, executes, commits and publishes one frame. `work` returns how many of the events it considered.
    fn execute_frame(
        &self,
        fork_join: &ForkJoin<Task>,
        events: &Arc<Vec<Event>>,
        work: impl FnOnce(&mut Frame<'_>) -> usize,
    ) -> Receipt {
        #[cfg(feature = "tracing")]
        let _span =
            tracing::debug_span!("frame", workspace = self.id.as_str(), events = events.len()).entered();
        let stopwatch = Stopwatch::start();
        // Read once: the frame is formed here, and executing it again must decide by the same reading.
        let formed_at = self.clock.now();
        let mut state = self.state.write();
        let mut frame = Frame::new(self, &mut state, fork_join, formed_at, Arc::clone(events));
        let considered = work(&mut frame);
        frame.close_delivery();
        let Frame { revision, refused, deliveries, count_changes, .. } = frame;

        // Counts are published under the lock: a reader that sees the new revision must also find its counts.
        state.revision = revision;
        if !count_changes.is_empty() {
            let mut counts = self.counts.write();
            for change in count_changes {
                change.publish(&mut counts);
            }
        }
        for tally in deliveries.iter().flat_map(|delivery| &delivery.tallies.by_segment) {
            state.segments.publish_count(tally.index);
        }
        // Only the byte limit asks for the estimate, which takes tens of microseconds.
        if self.settings.limits.bytes != usize::MAX && self.counters.is_estimate_due(ESTIMATE_EVENTS) {
            state.bytes = MemoryUsage::of(&state, self.broadcast.bytes()).total() as usize;
        }
        let deadline = state.deadline();
        // Fair: passes the lock to a waiting reader. Otherwise a writer at full speed would starve readers.
        RwLockWriteGuard::unlock_fair(state);
        // After the unlock: a subscriber that reads the revision it received must find it, and must not wait for this lock.
        if !deliveries.is_empty() {
            self.broadcast.publish(&deliveries);
        }
        self.note_deadline(deadline);
        let applied = considered - refused.len();
        let published = deliveries.iter().map(|delivery| delivery.len()).sum();
        self.counters.end(stopwatch, applied, refused.len(), published);
        Receipt { revision, applied, refused, rest: events[considered..].to_vec() }
    }

    fn advance(&self, fork_join: &ForkJoin<Task>, to: Instant) -> Answer {
        let mut refused = None;
        let receipt = self.execute_frame(fork_join, &Arc::default(), |frame| {
            match self.check_ahead(to, frame.formed_at) {
                Ok(()) => frame.advance(to),
                Err(error) => refused = Some(error),
            }
            0
        });
        refused.map_or(Ok(receipt), Err)
    }

    /// Saves or deletes a segment if it is as expected.
    fn define_segment(
        &self,
        fork_join: &ForkJoin<Task>,
        event: Event,
        expected: Expected,
        work: impl FnOnce(&mut Frame<'_>) -> usize,
    ) -> Answer {
        if let (Expected::SavedAt(expected), Some(segment)) = (expected, segment_of(&event.body)) {
            // The lock is released before the frame takes it again. Nothing comes between: only one worker at a time executes
            // this workspace's commands.
            let found = self.read().segments.find(segment.as_str()).map(|row| row.saved_at);
            if found != expected {
                return Err(Error::SegmentChanged { segment: segment.clone(), expected, found });
            }
        }
        Ok(self.execute_frame(fork_join, &Arc::new(vec![event]), work))
    }
}

/// The segment that an event saves or deletes.
fn segment_of(body: &EventBody) -> Option<&enlist_model::SegmentId> {
    match body {
        EventBody::SegmentSaved { segment, .. } | EventBody::SegmentDeleted { segment } => Some(segment),
        EventBody::WorkspaceConfigured { .. }
        | EventBody::FieldDefined { .. }
        | EventBody::FieldDeleted { .. }
        | EventBody::ContactSaved { .. }
        | EventBody::ContactDeleted { .. }
        | EventBody::ContactMerged { .. }
        | EventBody::ConversationSaved { .. }
        | EventBody::ConversationDeleted { .. }
        | EventBody::Activity { .. }
        | EventBody::Tick => None,
    }
}
