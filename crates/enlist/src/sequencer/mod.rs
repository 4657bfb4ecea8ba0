//! One workspace, shared by its handles, the workers and the clock driver. It executes one command at a time.
//!
//! # The story of a frame
//!
//! `Workspace::apply` puts a [`Command`] into the inbox and holds a ticket. A worker, or the caller that waits, takes it out;
//! small batches behind it are [coalesced](CoalescedBatches). Then:
//!
//! 1. The frame is [formed](FormedFrame): its events, its revision and creation numbers, and what the clock reads. Decisions that
//!    depend on the clock use that reading, so executing the frame again has the same outcome.
//!    In a durable workspace the frame then enters the [`Pipeline`], and the next step begins when the journal has kept it.
//!    If it begins with a change of the local date, that is [prepared](prepared) while others read.
//! 2. Under the write lock, [`Frame`] routes the events, runs the partitions, and merges their outputs into deliveries. A long run pauses
//!    while readers of members alone wait, with every partition in its place.
//! 3. *Commit*: counts, the revision and the deadline, still under the lock.
//! 4. The lock is released. Only then are the deliveries broadcast and the ticket answered.
//!
//! Invariant: readers and subscribers see whole frames only, except the readers that a pause lets in, and readers can see a revision
//! before a subscriber receives it.

pub(crate) mod admission;
pub(crate) mod consumers;
pub(crate) mod counters;
pub(crate) mod cross;
pub(crate) mod definitions;
pub(crate) mod digest;
pub(crate) mod dump;
mod filling;
pub(crate) mod formed;
pub(crate) mod frame;
pub(crate) mod history;
pub(crate) mod label_spelling;
pub(crate) mod limits;
pub(crate) mod pipeline;
pub(crate) mod prepared;
pub(crate) mod reads;
pub(crate) mod recorded;
pub(crate) mod recover;
pub(crate) mod replay;
pub(crate) mod restored;
pub(crate) mod run;
pub(crate) mod segments;
pub(crate) mod shared;
pub(crate) mod snapshot;
pub(crate) mod sources;
pub(crate) mod state;
pub(crate) mod stats;
pub(crate) mod submit;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use enlist_engine::RuleScan;
use enlist_store::{FrameBody, LogPosition, Outcome, Totals};
use parking_lot::{RwLockUpgradableReadGuard, RwLockWriteGuard};

pub(crate) use shared::{Sequencer, Surroundings, TimeSource};

use crate::batch::Receipt;
use crate::error::{Error, RefusedEvent};
use crate::inbox::coalesce::CoalescedBatches;
use crate::inbox::command::{Answer, Command, Request};
use crate::inbox::queue::Next;
use crate::inbox::ticket::ticket;
use crate::partition::execute::Task;
use crate::publish::mailbox::Gap;
use crate::sequencer::counters::Stopwatch;
use crate::sequencer::formed::{Content, FormedFrame};
use crate::sequencer::frame::Frame;
use crate::sequencer::pipeline::{Pipeline, Replies, Stage, Staged};
use crate::sequencer::state::State;
use crate::threads::pool::{ForkJoin, Runnable};

/// A worker leaves a workspace after this many events, so that other workspaces get a turn.
const TURN_EVENTS: usize = 256;

impl Runnable<Task> for Sequencer {
    fn run(self: Arc<Self>, fork_join: &ForkJoin<Task>) -> bool {
        let mut events = 0;
        if self.pipeline.is_some() {
            // Nothing rouses a workspace in memory.
            self.queue.begin_turn();
        }
        while events < TURN_EVENTS {
            // A closed workspace continues: the subscriber that blocks it may itself be waiting for the end.
            if self.broadcast.is_blocked() && !self.queue.is_closed() {
                return self.queue.stall(|| self.broadcast.is_blocked()) == Next::Schedule;
            }
            // Frames that were kept come first: somebody has waited for them longest, and they make room for others.
            if let Some((stage, kept)) = self.pipeline.as_ref().and_then(Pipeline::leave) {
                events += self.end_stage(stage, kept, fork_join);
                continue;
            }
            if self.pipeline.as_ref().is_some_and(Pipeline::is_full) {
                return self.queue.await_rouse() == Next::Schedule;
            }
            let Some(request) = self.queue.pop() else { break };
            events += self.take(request, fork_join);
        }
        // What was kept before this turn does not rouse again.
        let has_kept = self.pipeline.as_ref().is_some_and(Pipeline::has_kept);
        has_kept || self.queue.end_turn() == Next::Schedule
    }

    fn abandon(&self) {
        let (_, reply) = ticket(Err(self.closed(Vec::new())));
        // Closed before the queue is emptied: a request that came later would never be answered.
        let _ = self.queue.close(Request::new(Command::Close, reply));
        // Dropping a request drops its reply, which answers that the workspace is closed.
        while self.queue.pop().is_some() {}
        if let Some(pipeline) = &self.pipeline {
            pipeline.abandon();
        }
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

    /// Takes a request: forms a frame of it and begins to execute it, or has it kept first. Returns the number of its events, at
    /// least 1.
    fn take(self: &Arc<Self>, request: Request, fork_join: &ForkJoin<Task>) -> usize {
        let Request { command, scans, reply } = request;
        let (events, content, source, replies) = match command {
            Command::Apply(batch, source) => {
                let mut batches = CoalescedBatches::of(batch, reply);
                let most = self.coalesce_limit.of_next_frame(self.broadcast.least_capacity());
                // A frame has one source.
                if source.is_none() {
                    batches.gather(&self.queue, most);
                }
                let content = Content::Events { on_refusal: batches.batch.on_refusal };
                (batches.take_events(), content, source, Replies::Batches(batches))
            }
            Command::DefineSegment { event, expected } => {
                (vec![event], Content::Segment { expected }, None, Replies::One(reply))
            }
            Command::Advance { to } => (Vec::new(), Content::Advance { to }, None, Replies::One(reply)),
            Command::Rebuild { partition } => {
                (Vec::new(), Content::Rebuild { partition }, None, Replies::One(reply))
            }
            Command::Close => return self.pass(Stage::Close(reply), fork_join),
        };
        let formed = self.form(Arc::new(events), content, source);
        self.pass(Stage::Frame(Staged { formed, scans, replies }), fork_join)
    }

    /// Executes a stage now, or puts it into the pipeline.
    fn pass(self: &Arc<Self>, stage: Stage, fork_join: &ForkJoin<Task>) -> usize {
        let Some(pipeline) = &self.pipeline else { return self.end_stage(stage, Ok(None), fork_join) };
        let Stage::Frame(staged) = stage else {
            pipeline.enter(stage);
            return 1;
        };
        let frame = recorded::frame(pipeline.number, &staged.formed);
        // Before it is appended: a checkpoint must find every frame that the journal has, or it would cut it.
        pipeline.enter(Stage::Frame(staged));
        match frame.encode().and_then(|bytes| pipeline.log.append(vec![bytes])) {
            Ok(kept) => {
                let sequencer = Arc::clone(self);
                kept.then(move |answer| sequencer.note_kept(answer));
            }
            Err(error) => {
                // Nothing of it was kept, and nothing was executed.
                if let Some(Stage::Frame(staged)) = pipeline.take_back() {
                    staged.replies.answer(Err(error.into()));
                }
            }
        }
        1
    }

    /// Called on the thread that keeps frames, in their order.
    fn note_kept(self: &Arc<Self>, answer: enlist_store::Answer) {
        if let Some(pipeline) = &self.pipeline {
            pipeline.note(answer);
            let next = self.queue.rouse();
            if next == Next::Schedule && !pipeline.hand_over() {
                self.schedule(next);
            }
        }
    }

    /// Executes and answers what has left the pipeline, or what needs none. Returns the number of its events, at least 1.
    fn end_stage(
        &self,
        stage: Stage,
        kept: Result<Option<LogPosition>, Error>,
        fork_join: &ForkJoin<Task>,
    ) -> usize {
        match stage {
            Stage::Frame(Staged { formed, scans, replies }) => {
                if matches!(formed.content, Content::Advance { .. }) {
                    // Before the advance and not after it: if the clock moves on meanwhile, the driver can queue the next one.
                    self.is_advance_queued.store(false, Ordering::Release);
                }
                replies.answer(kept.and_then(|at| self.execute_frame(fork_join, &formed, scans, at)));
                // The events are dropped after the answer, so that the caller does not wait while a large batch is freed. An
                // empty batch counts as 1; otherwise empty batches could hold the worker for ever.
                formed.events.len().max(1)
            }
            Stage::Close(reply) => {
                self.broadcast.end();
                reply.send(Err(self.closed(Vec::new())));
                1
            }
        }
    }

    /// Executes, commits and publishes a formed frame, which a journal keeps at `at`.
    fn execute_frame(
        &self,
        fork_join: &ForkJoin<Task>,
        formed: &FormedFrame,
        scans: Vec<Option<RuleScan>>,
        at: Option<LogPosition>,
    ) -> Answer {
        let revision = formed.revision;
        let stopwatch = Stopwatch::start();
        // Upgradable: others go on reading, even while yet another waits to write; and nothing changes between preparing and taking.
        let shared = self.state.upgradable_read();
        let prepared = self.prepare(&shared, formed, fork_join);
        let state = RwLockUpgradableReadGuard::upgrade(shared);
        let events_before = state.event_count;
        let mut frame = Frame::new(self, state, fork_join, formed, scans, prepared);
        #[cfg(feature = "tracing")]
        let _span = tracing::debug_span!("frame", workspace = self.id.as_str(), events = frame.events.len())
            .entered();
        let considered = frame.execute();
        frame.close_delivery();
        let Frame { mut state, paused, events, refused, skipped, mut deliveries, .. } = frame;
        let Frame { count_changes, replaced, .. } = frame;
        // Before anybody sees what the frame did: executed again, it would not panic again.
        let outcome = self.keep_outcome(formed, &state, &refused);
        let mut gap =
            formed.outcome.as_ref().and_then(|outcome| state.end_as_before(outcome, formed, &mut deliveries));

        // Counts are published under the lock: a reader that sees the new revision must also find its counts.
        state.revision = revision;
        if let (Some(pipeline), Some(at)) = (&self.pipeline, at) {
            pipeline.note_executed(at);
        }
        // A rebuilt partition may not have published all that it did, and the gap takes a sequence of its own.
        if matches!(formed.content, Content::Rebuild { .. }) {
            let from = state.next_sequence;
            state.next_sequence = from.next();
            gap = Some(Gap { from: gap.map_or(from, |gap| gap.from), until: from.next(), revision });
        }
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
        // After the unlock: who waits for the end of the pauses takes that lock next.
        drop(paused);
        // After the unlock, because it can be large.
        drop(replaced);
        // After the unlock: a subscriber that reads the revision it received must find it, and must not wait for this lock.
        if let Some(gap) = gap {
            self.broadcast.publish_gap(gap);
        }
        if !deliveries.is_empty() {
            self.broadcast.publish(&deliveries);
        }
        self.note_deadline(deadline);
        let (considered, refusal) = match outcome.and(considered) {
            Ok(considered) => (considered, None),
            Err(refusal) => (0, Some(refusal)),
        };
        let applied = considered - refused.len() - skipped;
        let first_event = (applied > 0).then_some(events_before + 1);
        let published = deliveries.iter().map(|delivery| delivery.len() as u64).sum();
        let tallies = deliveries.iter().flat_map(|delivery| &delivery.tallies.by_segment);
        let transitions = tallies.map(|tally| tally.sums.entered + tally.sums.left).sum();
        let (applied_count, refused_count) = (applied as u64, refused.len() as u64);
        let totals =
            Totals { events: applied_count, refused: refused_count, frames: 1, published, transitions };
        self.counters.end(stopwatch, totals);
        let rest = || events[considered..].to_vec();
        refusal.map_or_else(
            || Ok(Receipt { revision, applied, first_event, refused, skipped, rest: rest() }),
            Err,
        )
    }
}

impl Sequencer {
    /// Keeps what the frame came to, if a partition has failed, and waits for that. Executed again, with all partitions, it would
    /// refuse other events and publish more.
    fn keep_outcome(
        &self,
        formed: &FormedFrame,
        state: &State,
        refused: &[RefusedEvent],
    ) -> Result<(), Error> {
        let Some(pipeline) = &self.pipeline else { return Ok(()) };
        if state.first_failure().is_none() || formed.outcome.is_some() {
            return Ok(());
        }
        let by_panic =
            refused.iter().filter(|refused| matches!(refused.reason, Error::PartitionFailed { .. }));
        let refused = by_panic.map(|refused| refused.index as u32).collect();
        let outcome = Outcome { refused, next_sequence: state.next_sequence.number() };
        pipeline.keep(FrameBody::Outcome { revision: formed.revision.number(), outcome })
    }
}
