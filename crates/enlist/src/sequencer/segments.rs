//! The segments of a workspace: one table by index, and the counts that are read without a lock.
//!
//! Invariant: a row's count is that of the latest delivery; the count that readers see is that of the latest whole frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use enlist_model::SegmentId;

use crate::hashing::TextMap;
use crate::partition::SegmentIdx;
use crate::partition::output::ChangeLog;
use crate::publish::published_segment::PublishedSegment;
use crate::publish::tally::{Sums, Tallies, Tally};
use crate::revision::Revision;

/// The segments of a workspace.
#[derive(Default)]
pub(crate) struct Segments {
    /// By index; `None` for a deleted segment, whose index is never used again.
    rows: Vec<Option<SegmentRow>>,
    by_id: TextMap<SegmentId, SegmentIdx>,
    /// The conditions of all rules.
    condition_count: usize,
    /// For tallies: a position by segment index, all zero between calls.
    scratch: Vec<u32>,
}

/// One segment.
#[derive(Clone)]
pub(crate) struct SegmentRow {
    pub(crate) published: Arc<PublishedSegment>,
    /// The revision at which it was last saved.
    pub(crate) saved_at: Revision,
    /// The conditions of its rule.
    pub(crate) condition_count: usize,
    /// The number of members as of the latest delivery.
    pub(crate) count: u64,
    /// The same as of the latest frame, for readers.
    pub(crate) shared: Arc<SegmentCount>,
}

/// A segment's count, read without a lock.
#[derive(Debug, Default)]
pub(crate) struct SegmentCount {
    count: AtomicU64,
    is_deleted: AtomicBool,
}

/// The counts by id, for readers that ask by id.
pub(crate) type Counts = TextMap<SegmentId, Arc<SegmentCount>>;

impl SegmentCount {
    /// The number of members as of the latest frame; `None` if the segment was deleted.
    pub(crate) fn get(&self) -> Option<u64> {
        // The count is read first: if the segment still exists after that, it existed when the count was read.
        let count = self.count.load(Ordering::Acquire);
        (!self.is_deleted.load(Ordering::Acquire)).then_some(count)
    }

    fn set(&self, count: u64) {
        self.count.store(count, Ordering::Release);
    }

    pub(crate) fn delete(&self) {
        self.is_deleted.store(true, Ordering::Release);
    }
}

impl Segments {
    /// How many segments exist.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The conditions of all rules.
    pub(crate) fn condition_count(&self) -> usize {
        self.condition_count
    }

    pub(crate) fn index(&self, segment: &str) -> Option<SegmentIdx> {
        self.by_id.get(segment).copied()
    }

    pub(crate) fn row(&self, index: SegmentIdx) -> Option<&SegmentRow> {
        self.rows.get(index.position())?.as_ref()
    }

    pub(crate) fn find(&self, segment: &str) -> Option<&SegmentRow> {
        self.row(self.index(segment)?)
    }

    pub(crate) fn find_mut(&mut self, segment: &str) -> Option<&mut SegmentRow> {
        let index = self.index(segment)?;
        self.rows[index.position()].as_mut()
    }

    /// All segments that exist, in order of creation.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SegmentIdx, &SegmentRow)> {
        (0..).map(SegmentIdx).zip(&self.rows).filter_map(|(index, row)| Some((index, row.as_ref()?)))
    }

    /// The same, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut SegmentRow> {
        self.rows.iter_mut().flatten()
    }

    /// Notes that a segment was saved; a new one begins with no members.
    pub(crate) fn save(
        &mut self,
        index: SegmentIdx,
        published: PublishedSegment,
        saved_at: Revision,
        condition_count: usize,
    ) -> &SegmentRow {
        // Indices are the engines' and never reused, so the table only grows, and a stale index finds no other segment.
        if index.position() >= self.rows.len() {
            self.rows.resize(index.position() + 1, None);
            self.scratch.resize(index.position() + 1, 0);
        }
        self.by_id.insert(published.id.clone(), index);
        let held = self.rows[index.position()].take();
        self.condition_count -= held.as_ref().map_or(0, |held| held.condition_count);
        self.condition_count += condition_count;
        // A saved rule keeps the count: the notice in the same frame says by how much it changes. Handles hold the shared count,
        // so it must stay the same one.
        let (count, shared) = held.map_or_else(Default::default, |held| (held.count, held.shared));
        let row = SegmentRow { published: Arc::new(published), saved_at, condition_count, count, shared };
        self.rows[index.position()].insert(row)
    }

    /// Notes that a segment was deleted; returns its row.
    pub(crate) fn delete(&mut self, segment: &SegmentId) -> Option<(SegmentIdx, SegmentRow)> {
        let index = self.by_id.remove(segment)?;
        let row = self.rows[index.position()].take()?;
        self.condition_count -= row.condition_count;
        Some((index, row))
    }

    /// Sums a change log by segment.
    pub(crate) fn tally(&mut self, changes: &ChangeLog) -> Tallies {
        let mut scratch = std::mem::take(&mut self.scratch);
        let tallies = self.tally_with(&mut scratch, changes);
        self.scratch = scratch;
        tallies
    }

    /// The same with a list of zeros by segment index, or an empty one. It is zeros again afterwards.
    pub(crate) fn tally_with(&self, scratch: &mut Vec<u32>, changes: &ChangeLog) -> Tallies {
        scratch.resize(self.rows.len(), 0);
        let mut tallies = Tallies::for_items(changes.items.len());
        for item in &changes.items {
            let position = &mut scratch[item.segment().position()];
            if *position == 0 {
                let row = self.rows[item.segment().position()].as_ref();
                // The sequencer keeps the row of a deleted segment until its last notice is tallied.
                let row = row.expect("a segment has items only while it has a row");
                let segment = Arc::clone(&row.published);
                tallies.by_segment.push(Tally { index: item.segment(), segment, sums: Sums::default() });
                // One more than the position: zero stands for a segment without a tally.
                *position = tallies.by_segment.len() as u32;
            }
            tallies.add(*position - 1, item, changes);
        }
        // Only the used positions are cleared: clearing all would cost every small frame the number of segments.
        for tally in &tallies.by_segment {
            scratch[tally.index.position()] = 0;
        }
        tallies
    }

    /// Applies the tallies of a delivery to the counts.
    pub(crate) fn count(&mut self, tallies: &[Tally]) {
        for tally in tallies {
            if let Some(row) = &mut self.rows[tally.index.position()] {
                row.count = tally.sums.count_after(row.count);
            }
        }
    }

    /// Shows readers the count of a segment.
    pub(crate) fn publish_count(&self, index: SegmentIdx) {
        if let Some(row) = self.row(index) {
            row.shared.set(row.count);
        }
    }

    /// The memory that it takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let per_segment = size_of::<PublishedSegment>() + size_of::<SegmentCount>() + 2 * COUNTED_BYTES;
        let rules: usize = self.rows.iter().flatten().map(|row| row.published.bytes()).sum();
        self.rows.capacity() * size_of::<Option<SegmentRow>>()
            + self.scratch.capacity() * size_of::<u32>()
            + 2 * self.by_id.allocation_size()
            + self.len() * per_segment
            + rules
    }
}

impl SegmentRow {
    /// Sets the count, and shows it to readers at once.
    pub(crate) fn recount(&mut self, count: u64) {
        self.count = count;
        self.shared.set(count);
    }
}

/// What a reference-counted value takes besides itself.
const COUNTED_BYTES: usize = 16;
