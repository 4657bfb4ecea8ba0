//! The state of a workspace that readers see, under one lock: the partitions, the segments, now, and the revision.
//!
//! A writer holds the lock for one whole frame, but may pause in it. Invariant: a reader sees the state after whole frames only. At a
//! pause a reader of members alone sees partitions each of which is whole.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use enlist_engine::{Engine, RetainedIds};
use enlist_model::{Day, Instant};
use enlist_store::Anchor;
use foldhash::quality::FixedState;

use crate::error::Error;
use crate::partition::output::ChangeLog;
use crate::partition::{Partition, PartitionIdx, SegmentIdx};
use crate::publish::tally::{Sums, Tally};
use crate::revision::{Revision, Sequence};
use crate::sequencer::history::{self, History};
use crate::sequencer::label_spelling::LabelSpelling;
use crate::sequencer::segments::Segments;
use crate::sequencer::sources::Sources;

/// A workspace's state.
pub(crate) struct State {
    /// Never empty. In order of their indices, except while a frame's tasks hold some of them.
    pub(crate) partitions: Vec<Partition>,
    pub(crate) placement: Placement,
    pub(crate) segments: Segments,
    pub(crate) label_spelling: LabelSpelling,
    /// The greatest instant seen. A partition without recent events may lag behind it.
    pub(crate) now: Option<Instant>,
    pub(crate) revision: Revision,
    /// The sequence of the next item. Items are broadcast after the lock is released, and then the broadcast knows it too.
    pub(crate) next_sequence: Sequence,
    /// The events accepted so far.
    pub(crate) event_count: u64,
    /// The creation number of the next contact.
    pub(crate) next_creation: u64,
    pub(crate) history: History,
    pub(crate) sources: Sources,
    /// Whether a frame is under way and pauses, for reads of members alone.
    pub(crate) is_paused: bool,
}

/// Which partition a contact lives in: a hash of its id, with a seed of the workspace's own.
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    hasher: FixedState,
    partitions: usize,
}

impl Placement {
    pub(crate) fn new(seed: u64, partitions: usize) -> Self {
        Placement { hasher: FixedState::with_seed(seed), partitions }
    }

    /// The partition of a contact, whether or not the contact exists.
    pub(crate) fn of(&self, contact: &str) -> PartitionIdx {
        if self.partitions == 1 {
            return PartitionIdx::new(0);
        }
        PartitionIdx::new((self.hasher.hash_one(contact) % self.partitions as u64) as usize)
    }
}

impl State {
    pub(crate) fn partition(&self, index: PartitionIdx) -> &Partition {
        &self.partitions[index.position()]
    }

    /// What has been executed.
    pub(crate) fn anchor(&self) -> Anchor {
        Anchor { revision: self.revision.number(), sequence: self.next_sequence.number() }
    }

    /// The failure of a partition, as an error.
    pub(crate) fn failure_of(&self, index: PartitionIdx) -> Option<Error> {
        self.partition(index).error()
    }

    /// The failure of the first failed partition, as an error.
    pub(crate) fn first_failure(&self) -> Option<Error> {
        self.partitions.iter().find_map(Partition::error)
    }

    /// All engines.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub(crate) fn engines(&self) -> Result<Vec<&Engine>, Error> {
        self.partitions.iter().map(Partition::serving).collect()
    }

    /// The engine of a contact, whether or not the contact exists.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub(crate) fn engine_of(&self, contact: &str) -> Result<&Engine, Error> {
        self.partition(self.placement.of(contact)).serving()
    }

    /// An engine whose definitions are in force: that of the first partition that serves. If none does, the first one, whose
    /// definitions are complete up to the one that it failed over.
    pub(crate) fn leading_engine(&self) -> &Engine {
        let serving = self.partitions.iter().find(|partition| partition.failure.is_none());
        &serving.unwrap_or(&self.partitions[0]).engine
    }

    /// The local date of now.
    pub(crate) fn today(&self) -> Day {
        self.leading_engine().today()
    }

    /// The next instant at which something changes without an event. Currently that is a change of the local date, which all
    /// partitions pass together.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.leading_engine().next_date_change()
    }

    /// The contacts of all partitions, the failed ones included.
    pub(crate) fn contact_count(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.engine.contact_count()).sum()
    }

    /// Notes a delivery in the history. The table must still have the counts from before it.
    pub(crate) fn note_history(&mut self, changes: &ChangeLog, tallies: &[Tally]) {
        let (Some(first), Some(last)) = (changes.triggers.first(), changes.triggers.last()) else { return };
        let serving = self.partitions.iter().find(|partition| partition.failure.is_none());
        let engine = &serving.unwrap_or(&self.partitions[0]).engine;
        let count = |index: SegmentIdx| self.segments.row(index).map(|row| row.count);
        let day = engine.local_day(first.at);
        // Triggers rise in time, so the first and the last decide. In most deliveries one note per segment is enough.
        if history::hour_of(first.at) == history::hour_of(last.at) && day == engine.local_day(last.at) {
            for Tally { index, sums, .. } in tallies {
                if let Some(count) = count(*index) {
                    let before = count + sums.initial;
                    self.history.note(*index, first.at, day, before, sums.entered, sums.left);
                }
            }
            return;
        }
        // A delivery over several hours or days is noted item by item. The counts move along in a copy: `count` needs the table's
        // counts from before the delivery.
        let mut counts: BTreeMap<SegmentIdx, u64> = BTreeMap::new();
        for item in &changes.items {
            let index = item.segment();
            let Some(known) = count(index) else { continue };
            let sums = Sums::of(item, changes);
            let count = counts.entry(index).or_insert(known);
            let at = changes.trigger(item).at;
            let before = *count + sums.initial;
            self.history.note(index, at, engine.local_day(at), before, sums.entered, sums.left);
            *count = sums.count_after(*count);
        }
    }

    /// The failure of the first partition if none serves.
    pub(crate) fn leading_failure(&self) -> Option<Error> {
        let serves = self.partitions.iter().any(|partition| partition.failure.is_none());
        if serves { None } else { self.first_failure() }
    }

    /// Keeps the ids of contacts that are deleted from now on, in all partitions.
    pub(crate) fn retain_ids(&self) -> Arc<[RetainedIds]> {
        self.partitions.iter().map(|partition| partition.engine.retain_deleted_ids()).collect()
    }
}
