//! Recovery of a failed partition: it keeps its facts and contact numbers, takes the definitions that are in force, and
//! computes everything derived again.
//!
//! The partition's output just before the failure may be incomplete, so subscribers get a gap and read again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use crate::partition::execute::panic_message;
use crate::partition::{Partition, PartitionIdx};
use crate::sequencer::state::State;

impl State {
    /// Rebuilds a partition, whether or not it failed.
    pub(super) fn rebuild_partition(&mut self, index: PartitionIdx) -> Result<(), Error> {
        let now = self.now;
        let (before, rest) = self.partitions.split_at_mut(index.position());
        let Some((partition, after)) = rest.split_first_mut() else { return Ok(()) };
        let mut others = before.iter().chain(after.iter());
        // A definition is in force if a serving partition has it. If none serves, this is the first partition to recover, and its
        // own definitions are in force, without the one at which it failed.
        let source = others.find(|other| other.failure.is_none());
        let rebuilt = catch_unwind(AssertUnwindSafe(|| {
            let Partition { engine, output, .. } = &mut *partition;
            engine.recover(source.map(|source| &*source.engine));
            if let Some(now) = now {
                engine.advance(now, output);
            }
            // The changes of the days that passed are not published: the gap covers them.
            output.reset();
        }));
        if let Err(panic) = rebuilt {
            let reason = panic_message(panic.as_ref());
            partition.failure = Some(reason.clone());
            return Err(Error::PartitionFailed { partition: index.position(), reason });
        }
        partition.failure = None;
        // Recovery numbers conditions again. An item read with the old numbers would name other conditions.
        self.renumber_conditions();
        self.recount();
        Ok(())
    }
}
