//! Membership changes that are not written yet, in their order.
//!
//! Written one event at a time, each write would wait for memory; a log is written at once, so that the waits overlap. It knows neither
//! why something changed nor the sets. Invariant: it holds at most [`MOST`](WriteLog::MOST) changes and those of one event.

use enlist_model::Change;

use crate::bytes;
use crate::ids::{ContactNo, SegmentNo};

/// A membership change to write, in eight bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Write {
    /// Twice the segment's number, plus one if the contact enters.
    packed: u32,
    contact: ContactNo,
}

impl Write {
    pub(super) fn new(segment: SegmentNo, contact: ContactNo, direction: Change) -> Self {
        Write { packed: segment.0 << 1 | u32::from(direction == Change::Entered), contact }
    }

    pub(super) fn segment(self) -> SegmentNo {
        SegmentNo(self.packed >> 1)
    }

    pub(super) fn contact(self) -> ContactNo {
        self.contact
    }

    pub(super) fn direction(self) -> Change {
        if self.packed & 1 == 1 { Change::Entered } else { Change::Left }
    }
}

/// Changes to write.
#[derive(Debug, Default)]
pub(super) struct WriteLog {
    writes: Vec<Write>,
}

impl WriteLog {
    /// A log of this length is written. More would not overlap more, and would leave the cache.
    pub(super) const MOST: usize = 256;

    pub(super) fn extend(&mut self, writes: impl Iterator<Item = Write>) {
        self.writes.extend(writes);
    }

    pub(super) fn is_long(&self) -> bool {
        self.writes.len() >= Self::MOST
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Takes all changes. [`reuse`](Self::reuse) gives the memory back.
    pub(super) fn take(&mut self) -> Vec<Write> {
        std::mem::take(&mut self.writes)
    }

    pub(super) fn reuse(&mut self, mut writes: Vec<Write>) {
        writes.clear();
        // The changes of a midnight take much memory once.
        writes.shrink_to(2 * Self::MOST);
        self.writes = writes;
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        bytes::list(&self.writes)
    }
}
