//! The segments as they were when something was published: their ids, and what their rules' conditions are called by the
//! engines. Shared by all deliveries between two definitions.

use std::sync::Arc;

use enlist_engine::RuleConditions;
use enlist_model::SegmentId;
use rustc_hash::FxHashMap;

/// All segments, by number and by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segments {
    entries: Vec<Option<Arc<SegmentEntry>>>,
    numbers: FxHashMap<SegmentId, u32>,
}

/// One segment.
#[derive(Debug)]
pub(crate) struct SegmentEntry {
    pub(crate) segment: SegmentId,
    /// By partition.
    pub(crate) conditions: Vec<RuleConditions>,
}

impl Segments {
    pub(crate) fn put(&mut self, number: u32, entry: SegmentEntry) {
        let index = number as usize;
        if index >= self.entries.len() {
            self.entries.resize(index + 1, None);
        }
        self.numbers.insert(entry.segment.clone(), number);
        self.entries[index] = Some(Arc::new(entry));
    }

    /// Forgets a segment that was dropped; what was published before still names it.
    pub(crate) fn forget(&mut self, number: u32) {
        let Some(entry) = self.entries.get_mut(number as usize).and_then(Option::take) else { return };
        if self.numbers.get(&entry.segment) == Some(&number) {
            self.numbers.remove(&entry.segment);
        }
    }

    pub(crate) fn number(&self, segment: &str) -> Option<u32> {
        self.numbers.get(segment).copied()
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Arc<SegmentEntry>> {
        self.entries.get(number as usize)?.as_ref()
    }

    /// The segments that there are now, by id.
    pub(crate) fn living(&self) -> impl Iterator<Item = (u32, &SegmentId)> {
        self.numbers.iter().map(|(id, number)| (*number, id))
    }
}
