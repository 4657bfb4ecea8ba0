//! Positions as types: of partitions, segments and events. One cannot be passed for another.

/// A partition's position among those of its workspace, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PartitionIdx(u8);

impl PartitionIdx {
    /// The partition at a position; settings bound the number of partitions to 64.
    pub(crate) const fn new(position: usize) -> Self {
        PartitionIdx(position as u8)
    }

    pub(crate) const fn position(self) -> usize {
        self.0 as usize
    }
}

/// A segment's number. It is the same in all partitions, because they execute the same definitions in the same order, and it
/// is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SegmentIdx(pub(crate) u32);

impl SegmentIdx {
    pub(crate) const fn position(self) -> usize {
        self.0 as usize
    }
}

/// An event's position in the events of a frame, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EventIdx(u32);

impl EventIdx {
    /// The event at a position; the limit of queued events bounds it.
    pub(crate) const fn new(position: usize) -> Self {
        EventIdx(position as u32)
    }

    pub(crate) const fn position(self) -> usize {
        self.0 as usize
    }
}
