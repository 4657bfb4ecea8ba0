//! One partition: an engine with some of the workspace's contacts, the buffer for its output, and whether it failed.
//!
//! A partition moves to another thread and back as one value, inside an [`execute::Share`]. It knows no other partition.

pub(crate) mod execute;
#[cfg(test)]
pub(crate) mod fault;
pub(crate) mod index;
pub(crate) mod output;

use enlist_engine::Engine;

pub(crate) use index::{EventIdx, PartitionIdx, SegmentIdx};

use crate::error::Error;
use crate::partition::output::OutputBuffer;

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
