//! One workspace, shared by its handles, the workers and the clock driver. It executes one command at a time.
//!
//! # The story of a frame
//!
//! `Workspace::apply` puts a [`Command`] into the inbox and holds a ticket. A worker, or the caller that waits, takes it out;
//! small batches behind it are [coalesced](CoalescedBatches). Then:
//!
//! 1. The frame is [formed](FormedFrame): its events, its revision and creation numbers, and what the clock reads. Decisions that
//!    depend on the clock use that reading, so executing the frame again has the same outcome. A journal will append it here.
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
pub(crate) mod formed;
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

use enlist_engine::RuleScan;
use parking_lot::RwLockWriteGuard;

pub(crate) use shared::{Sequencer, Surroundings, TimeSource};

use crate::batch::Receipt;
use crate::inbox::coalesce::CoalescedBatches;
use crate::inbox::command::{Answer, Command, Request};
use crate::inbox::queue::Next;
use crate::inbox::ticket::ticket;
use crate::partition::execute::Task;
use crate::sequencer::counters::Stopwatch;
use crate::sequencer::formed::{Content, FormedFrame};
use crate::sequencer::frame::Frame;
use crate::threads::pool::{ForkJoin, Runnable};

/// A worker leaves a workspace after this many events, so that other workspaces get a turn.
const TURN_EVENTS: usize = 256;
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
                let events = Arc::new(batches.take_events());
                let formed = self.form(Arc::clone(&events), Content::Events { on_refusal });
                batches.answer(self.execute_frame(fork_join, &formed, scans));
                // The events are dropped after the answer, so that the caller does not wait while a large batch is freed. An
                // empty batch counts as 1; otherwise empty batches could hold the worker for ever.
                events.len().max(1)
            }
            Command::DefineSegment { event, expected } => {
                let formed = self.form(Arc::new(vec![event]), Content::Segment { expected });
                reply.send(self.execute_frame(fork_join, &formed, scans));
                1
            }
            Command::Advance { to } => {
                // Before the advance and not after it: if the clock moves on meanwhile, the driver can queue the next one.
                self.is_advance_queued.store(false, Ordering::Release);
                let formed = self.form(Arc::default(), Content::Advance { to });
                reply.send(self.execute_frame(fork_join, &formed, scans));
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

    /// Executes, commits and publishes a formed frame.
    fn execute_frame(
        &self,
        fork_join: &ForkJoin<Task>,
        formed: &FormedFrame,
        scans: Vec<Option<RuleScan>>,
    ) -> Answer {
        let revision = formed.revision;
        let stopwatch = Stopwatch::start();
        let mut state = self.state.write();
        let mut frame = Frame::new(self, &mut state, fork_join, formed, scans);
        #[cfg(feature = "tracing")]
        let _span = tracing::debug_span!("frame", workspace = self.id.as_str(), events = frame.events.len())
            .entered();
        let considered = frame.execute();
        frame.close_delivery();
        let Frame { events, refused, deliveries, count_changes, .. } = frame;

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
        let deadline = state.deadline();
        // Fair: passes the lock to a waiting reader. Otherwise a writer at full speed would starve readers.
        RwLockWriteGuard::unlock_fair(state);
        // After the unlock: a subscriber that reads the revision it received must find it, and must not wait for this lock.
        if !deliveries.is_empty() {
            self.broadcast.publish(&deliveries);
        }
        self.note_deadline(deadline);
        let (considered, refusal) = match considered {
            Ok(considered) => (considered, None),
            Err(refusal) => (0, Some(refusal)),
        };
        let applied = considered - refused.len();
        let published = deliveries.iter().map(|delivery| delivery.len()).sum();
        self.counters.end(stopwatch, applied, refused.len(), published);
        let rest = || events[considered..].to_vec();
        refusal.map_or_else(|| Ok(Receipt { revision, applied, refused, rest: rest() }), Err)
    }
}
