//! One partition: an engine with some of the workspace's contacts, the buffer for its output, and whether it failed.
//!
//! A partition moves to another thread and back as one value, inside an [`execute::Task`]. It knows no other partition.

pub(crate) mod execute;
#[cfg(test)]
pub(crate) mod fault;
pub(crate) mod output;

use enlist_engine::Engine;

use crate::error::Error;
use crate::partition::output::OutputBuffer;

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

/// One partition of a workspace.
pub(crate) struct Partition {
    pub(crate) index: PartitionIdx,
    pub(crate) engine: Box<Engine>,
    /// The memory for its output, reused from frame to frame.
    pub(crate) output: OutputBuffer,
    /// The panic that stopped it; it serves nothing until it is rebuilt.
    pub(crate) failure: Option<String>,
}

impl Partition {
    pub(crate) fn new(index: PartitionIdx, engine: Engine) -> Self {
        let output = OutputBuffer::new(index);
        Partition { index, engine: Box::new(engine), output, failure: None }
    }

    /// Its failure as an error.
    pub(crate) fn error(&self) -> Option<Error> {
        let reason = self.failure.clone()?;
        Some(Error::PartitionFailed { partition: self.index.position(), reason })
    }

    /// Its engine, if it serves.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub(crate) fn serving(&self) -> Result<&Engine, Error> {
        self.error().map_or(Ok(&self.engine), Err)
    }
}
