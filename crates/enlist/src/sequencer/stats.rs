//! Statistics of a workspace: counted while it works, and read without stopping it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

use crate::partition::Partition;
use crate::revision::Revision;
use crate::sequencer::Sequencer;
use crate::sequencer::state::State;

/// Statistics of a workspace; see [`Workspace::stats`](crate::Workspace::stats).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// The state that the numbers describe.
    pub revision: Revision,
    /// Contacts.
    pub contacts: u64,
    /// Segments.
    pub segments: u64,
    /// Distinct conditions of all rules.
    pub conditions: u64,
    /// Events applied, without the events of a dump or an import.
    pub events: u64,
    /// Events refused.
    pub refused: u64,
    /// Frames: batches (coalesced ones are one), advances of time, definitions.
    pub frames: u64,
    /// Transitions and notices published.
    pub published: u64,
    /// Conditions that flipped.
    pub flips: u64,
    /// Rules evaluated for one contact.
    pub segments_evaluated: u64,
    /// Time spent in frames, in microseconds.
    pub busy_microseconds: u64,
    /// Batches queued.
    pub queued_batches: u64,
    /// Events queued.
    pub queued_events: u64,
    /// Subscriptions.
    pub subscribers: u64,
    /// The number of items in the fullest mailbox.
    pub longest_mailbox: u64,
    /// Failed partitions that were not rebuilt yet.
    pub failed_partitions: u64,
    /// Memory, estimated.
    pub bytes: MemoryUsage,
}

/// Estimated memory by use, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MemoryUsage {
    /// Contacts, their values, labels and conversations.
    pub facts: u64,
    /// Fields, segments, their distinct conditions, and the indexes over these.
    pub conditions: u64,
    /// One bit for each contact and distinct condition.
    pub truths: u64,
    /// The members of segments.
    pub members: u64,
    /// Retained transitions and notices.
    pub retained: u64,
    /// Counts over time.
    pub history: u64,
    /// Buffers that are reused from frame to frame.
    pub buffers: u64,
}

impl MemoryUsage {
    /// All uses together.
    pub fn total(&self) -> u64 {
        self.facts
            + self.conditions
            + self.truths
            + self.members
            + self.retained
            + self.history
            + self.buffers
    }

    fn of(state: &State, retained: usize) -> Self {
        let mut sum = MemoryUsage {
            facts: state.label_spelling.bytes() as u64,
            conditions: state.segments.bytes() as u64,
            retained: retained as u64,
            history: state.history.bytes() as u64,
            ..MemoryUsage::default()
        };
        for Partition { engine, output, .. } in &state.partitions {
            let bytes = engine.bytes();
            sum.facts += bytes.facts;
            sum.conditions += bytes.conditions;
            sum.truths += bytes.truths;
            sum.members += bytes.members;
            sum.buffers += output.changes.bytes() as u64;
        }
        sum
    }
}

/// Counters that a workspace updates while it works.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    events: AtomicU64,
    refused: AtomicU64,
    frames: AtomicU64,
    published: AtomicU64,
    busy_microseconds: AtomicU64,
    failures: AtomicU64,
    /// Events since memory was last estimated.
    since_estimate: AtomicU64,
}

/// When a frame began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "how long a frame took is reported, and decides nothing")]
    pub(crate) fn start() -> Self {
        Stopwatch(std::time::Instant::now())
    }
}

impl Counters {
    /// Counts a frame that ended.
    pub(crate) fn end(&self, stopwatch: Stopwatch, applied: usize, refused: usize, published: usize) {
        let took = stopwatch.0.elapsed();
        let add = |counter: &AtomicU64, more: u64| counter.fetch_add(more, Ordering::Relaxed);
        add(&self.events, applied as u64);
        add(&self.refused, refused as u64);
        add(&self.frames, 1);
        add(&self.published, published as u64);
        add(&self.busy_microseconds, took.as_micros() as u64);
        add(&self.since_estimate, applied as u64);
        record(applied, refused, published, took);
    }

    pub(crate) fn note_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Estimates the memory again if enough events were applied since the last time.
    pub(crate) fn estimate(&self, state: &mut State, retained: usize, every: u64) {
        if self.since_estimate.load(Ordering::Relaxed) >= every {
            self.since_estimate.store(0, Ordering::Relaxed);
            state.bytes = MemoryUsage::of(state, retained).total() as usize;
        }
    }
}

impl Sequencer {
    /// The statistics of the workspace.
    pub(crate) fn stats(&self) -> Stats {
        // Read before the state is locked, so that waiting for the broadcast's lock does not hold up the writer.
        let (queued_batches, queued_events) = self.queue.depth();
        let (subscribers, longest_mailbox) = self.broadcast.depth();
        let retained = self.broadcast.bytes();
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let state = self.read();
        let work = || state.partitions.iter().map(|partition| partition.engine.work());
        let failed = state.partitions.iter().filter(|partition| partition.failure.is_some());
        Stats {
            revision: state.revision,
            contacts: state.contact_count(),
            segments: state.segments.len() as u64,
            conditions: state.leading_engine().condition_count() as u64,
            events: get(&self.counters.events),
            refused: get(&self.counters.refused),
            frames: get(&self.counters.frames),
            published: get(&self.counters.published),
            flips: work().map(|work| work.conditions_flipped).sum(),
            segments_evaluated: work().map(|work| work.segments_evaluated).sum(),
            busy_microseconds: get(&self.counters.busy_microseconds),
            queued_batches: queued_batches as u64,
            queued_events: queued_events as u64,
            subscribers: subscribers as u64,
            longest_mailbox: longest_mailbox as u64,
            failed_partitions: failed.count() as u64,
            bytes: MemoryUsage::of(&state, retained),
        }
    }
}

/// Passes a frame to the host's metrics recorder, if it has one.
#[cfg(feature = "metrics")]
#[expect(clippy::cast_precision_loss, reason = "no batch has 2⁵² events")]
fn record(applied: usize, refused: usize, published: usize, took: Duration) {
    metrics::counter!("enlist_events_applied_total").increment(applied as u64);
    metrics::counter!("enlist_events_refused_total").increment(refused as u64);
    metrics::counter!("enlist_published_total").increment(published as u64);
    metrics::histogram!("enlist_frame_seconds").record(took.as_secs_f64());
    metrics::histogram!("enlist_frame_events").record(applied as f64);
}

#[cfg(not(feature = "metrics"))]
fn record(_applied: usize, _refused: usize, _published: usize, _took: Duration) {}
