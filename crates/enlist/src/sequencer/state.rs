//! Everything of a workspace that readers see, behind one lock: the partitions, what is defined, now and the revision.
//!
//! A writer changes it for one whole batch at a time, so what a reader finds is always the state after whole batches.

use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use enlist_engine::Engine;
use enlist_model::{Day, Instant, SegmentId};
use foldhash::quality::FixedState;
use roaring::RoaringBitmap;
use rustc_hash::FxHashMap;

use crate::error::Error;
use crate::partition::output::Output;
use crate::revision::Revision;
use crate::sequencer::definition::HalfDefinition;
use crate::sequencer::history::History;
use crate::sequencer::label_spelling::Labels;
use crate::sequencer::segments::Segments;

/// A workspace's state.
pub(crate) struct State {
    pub(crate) partitions: Vec<Partition>,
    /// What a failed partition may lack of what all others have.
    pub(crate) half_defined: Option<HalfDefinition>,
    /// How labels are shown in all of them.
    pub(crate) labels: Labels,
    /// The segments by number; those dropped are `None`.
    pub(crate) segments: Vec<Option<SavedSegment>>,
    pub(crate) catalogue: Arc<Segments>,
    pub(crate) now: Option<Instant>,
    /// The local date of now.
    pub(crate) today: Day,
    /// When the local date changes next.
    pub(crate) date_changes_at: Option<Instant>,
    pub(crate) revision: Revision,
    /// The events accepted so far.
    pub(crate) event_count: u64,
    /// The creation number of the contact that arrives next.
    pub(crate) arrivals: u64,
    /// Conditions of all rules together.
    pub(crate) condition_count: usize,
    /// Bytes, as of when they were last estimated.
    pub(crate) bytes: usize,
    /// Counts over time.
    pub(crate) history: History,
    /// For tallies; as long as there are segment numbers, zero between turns.
    pub(crate) scratch: Vec<u32>,
}

/// One partition.
pub(crate) struct Partition {
    /// Away only while a part of a turn is carried out, which nobody else sees.
    engine: Option<Box<Engine>>,
    /// The memory of what it tells in a turn, to be used again.
    pub(crate) told: Output,
    /// Why it serves nothing.
    pub(crate) failure: Option<String>,
    /// What subscribers know of its members, if a rebuild failed after those had changed.
    pub(crate) members_told: Option<Members>,
}

/// The members of each segment, of one partition.
pub(crate) type Members = Vec<(SegmentId, RoaringBitmap)>;

/// What the front door knows of a segment.
#[derive(Clone)]
pub(crate) struct SavedSegment {
    /// The revision at which it was last saved.
    pub(crate) saved_at: Revision,
    /// The conditions of its rule.
    pub(crate) conditions: usize,
    pub(crate) cell: Arc<SegmentCount>,
}

/// A segment's count, to be read without a lock.
#[derive(Debug, Default)]
pub(crate) struct SegmentCount {
    count: AtomicU64,
    is_dropped: AtomicBool,
}

/// The counts by id, for those who ask by id.
pub(crate) type Counts = FxHashMap<SegmentId, Arc<SegmentCount>>;

impl SegmentCount {
    /// The number of members as of the last whole batch; `None` if the segment was dropped.
    pub(crate) fn count(&self) -> Option<u64> {
        let count = self.count.load(Ordering::Acquire);
        (!self.is_dropped.load(Ordering::Acquire)).then_some(count)
    }

    pub(crate) fn set(&self, count: u64) {
        self.count.store(count, Ordering::Release);
    }

    pub(crate) fn get(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(crate) fn drop_segment(&self) {
        self.is_dropped.store(true, Ordering::Release);
    }
}

impl Partition {
    pub(crate) fn new(engine: Engine) -> Self {
        Partition {
            engine: Some(Box::new(engine)),
            told: Output::default(),
            failure: None,
            members_told: None,
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_deref().expect("an engine is away only while a part is carried out")
    }

    pub(crate) fn engine_mut(&mut self) -> &mut Engine {
        self.engine.as_deref_mut().expect("an engine is away only while a part is carried out")
    }

    pub(crate) fn take(&mut self) -> Box<Engine> {
        self.engine.take().expect("an engine is away only while a part is carried out")
    }

    pub(crate) fn put_back(&mut self, engine: Box<Engine>) {
        self.engine = Some(engine);
    }
}

impl State {
    /// In which partition a contact lives, if it does.
    pub(crate) fn partition_of(&self, contact: &str) -> usize {
        partition_of(contact, self.partitions.len())
    }

    /// The failure of a partition, as an error.
    pub(crate) fn failure(&self, partition: usize) -> Option<Error> {
        let reason = self.partitions[partition].failure.clone()?;
        Some(Error::PartitionFailed { partition, reason })
    }

    /// The first failure of any partition, as an error.
    pub(crate) fn any_failure(&self) -> Option<Error> {
        (0..self.partitions.len()).find_map(|partition| self.failure(partition))
    }

    /// All engines.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub(crate) fn engines(&self) -> Result<Vec<&Engine>, Error> {
        match self.any_failure() {
            Some(failure) => Err(failure),
            None => Ok(self.partitions.iter().map(Partition::engine).collect()),
        }
    }

    /// The engine in which a contact lives, if it does.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub(crate) fn engine_of(&self, contact: &str) -> Result<&Engine, Error> {
        let partition = self.partition_of(contact);
        self.failure(partition).map_or_else(|| Ok(self.partitions[partition].engine()), Err)
    }

    /// Contacts that live, in all partitions.
    pub(crate) fn contact_count(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.engine().contact_count()).sum()
    }

    /// Segments that there are.
    pub(crate) fn segment_count(&self) -> usize {
        self.segments.iter().flatten().count()
    }
}

/// Not that of the partitions' own directories, whose buckets would else be filled unevenly.
const PARTITION_SEED: u64 = 0x656e_6c69_7374;

/// In which of so many partitions a contact lives.
pub(crate) fn partition_of(contact: &str, partitions: usize) -> usize {
    if partitions == 1 {
        return 0;
    }
    (FixedState::with_seed(PARTITION_SEED).hash_one(contact) % partitions as u64) as usize
}
