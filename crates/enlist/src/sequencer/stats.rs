//! What a workspace has done and holds, in numbers: counted as it goes, read without stopping it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

use crate::revision::Revision;
use crate::sequencer::state::State;

/// A workspace in numbers; see [`Workspace::stats`](crate::Workspace::stats).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// The state they are of.
    pub revision: Revision,
    /// Contacts that live.
    pub contacts: u64,
    /// Segments.
    pub segments: u64,
    /// Distinct conditions of all rules.
    pub conditions: u64,
    /// Events applied; those of a dump or a first import are not among them.
    pub events: u64,
    /// Events refused.
    pub refused: u64,
    /// Turns: batches (those that waited and were applied together are one), advances of time, definitions.
    pub batches: u64,
    /// Transitions and notices published.
    pub published: u64,
    /// Conditions that flipped.
    pub flips: u64,
    /// Rules evaluated for one contact.
    pub segments_evaluated: u64,
    /// Time spent in turns, in microseconds.
    pub busy_microseconds: u64,
    /// Batches that wait.
    pub queued_batches: u64,
    /// Events that wait.
    pub queued_events: u64,
    /// Subscriptions.
    pub subscribers: u64,
    /// The most that waits for one of them.
    pub longest_subscriber: u64,
    /// Partitions that failed and were not rebuilt.
    pub failed_partitions: u64,
    /// Memory, estimated.
    pub bytes: MemoryUsage,
}

/// Estimated bytes of memory by part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryUsage {
    /// Contacts, their values, labels and conversations.
    pub facts: u64,
    /// Definitions, conditions, indices.
    pub conditions: u64,
    /// One bit a contact and distinct condition.
    pub truths: u64,
    /// The members of segments.
    pub members: u64,
    /// What is retained for subscribers.
    pub retained: u64,
    /// Counts over time.
    pub history: u64,
}

impl MemoryUsage {
    /// All parts together.
    pub fn total(&self) -> u64 {
        self.facts + self.conditions + self.truths + self.members + self.retained + self.history
    }

    pub(crate) fn of(state: &State) -> Self {
        let mut sum = MemoryUsage { facts: state.labels.bytes() as u64, ..MemoryUsage::default() };
        for partition in &state.partitions {
            let bytes = partition.engine().bytes();
            sum.facts += bytes.facts;
            sum.conditions += bytes.conditions;
            sum.truths += bytes.truths;
            sum.members += bytes.members;
        }
        sum
    }
}

/// What is counted as it goes.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    events: AtomicU64,
    refused: AtomicU64,
    batches: AtomicU64,
    published: AtomicU64,
    busy_microseconds: AtomicU64,
    failures: AtomicU64,
    /// Events since bytes were last estimated.
    since_estimate: AtomicU64,
}

/// When a turn began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// A turn begins.
    #[expect(clippy::disallowed_methods, reason = "how long a turn took is told, and decides nothing")]
    pub(crate) fn now() -> Self {
        Stopwatch(std::time::Instant::now())
    }
}

impl Counters {
    /// A turn ends.
    pub(crate) fn end(&self, began: Stopwatch, applied: usize, refused: usize, published: usize) {
        let took = began.0.elapsed();
        let add = |counter: &AtomicU64, more: u64| counter.fetch_add(more, Ordering::Relaxed);
        add(&self.events, applied as u64);
        add(&self.refused, refused as u64);
        add(&self.batches, 1);
        add(&self.published, published as u64);
        add(&self.busy_microseconds, took.as_micros() as u64);
        add(&self.since_estimate, applied as u64);
        record(applied, refused, published, took);
    }

    pub(crate) fn note_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Estimates bytes anew if enough happened since.
    pub(crate) fn estimate(&self, state: &mut State, every: u64) {
        if self.since_estimate.load(Ordering::Relaxed) >= every {
            self.since_estimate.store(0, Ordering::Relaxed);
            state.bytes = MemoryUsage::of(state).total() as usize;
        }
    }

    pub(crate) fn read(&self, state: &State) -> Stats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let works = || state.partitions.iter().map(|partition| partition.engine().work());
        Stats {
            revision: state.revision,
            contacts: state.contact_count(),
            segments: state.segment_count() as u64,
            conditions: state.partitions[0].engine().condition_count() as u64,
            events: get(&self.events),
            refused: get(&self.refused),
            batches: get(&self.batches),
            published: get(&self.published),
            flips: works().map(|work| work.conditions_flipped).sum(),
            segments_evaluated: works().map(|work| work.segments_evaluated).sum(),
            busy_microseconds: get(&self.busy_microseconds),
            failed_partitions: state.partitions.iter().filter(|partition| partition.failure.is_some()).count()
                as u64,
            bytes: MemoryUsage { history: state.history.bytes() as u64, ..MemoryUsage::of(state) },
            ..Stats::default()
        }
    }
}

/// ForkJoin a turn to the host's recorder, if it has one.
#[cfg(feature = "metrics")]
#[expect(clippy::cast_precision_loss, reason = "no batch has 2⁵² events")]
fn record(applied: usize, refused: usize, published: usize, took: Duration) {
    metrics::counter!("enlist_events_applied_total").increment(applied as u64);
    metrics::counter!("enlist_events_refused_total").increment(refused as u64);
    metrics::counter!("enlist_published_total").increment(published as u64);
    metrics::histogram!("enlist_turn_seconds").record(took.as_secs_f64());
    metrics::histogram!("enlist_batch_events").record(applied as f64);
}

#[cfg(not(feature = "metrics"))]
fn record(_applied: usize, _refused: usize, _published: usize, _took: Duration) {}
