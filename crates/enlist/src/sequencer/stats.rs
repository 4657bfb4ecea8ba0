//! What a workspace has done and holds, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::partition::Partition;
use crate::revision::Revision;
use crate::sequencer::shared::Sequencer;
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
    /// Transitions published.
    pub transitions: u64,
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

    pub(super) fn of(state: &State, retained: usize) -> Self {
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
            transitions: get(&self.counters.transitions),
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
