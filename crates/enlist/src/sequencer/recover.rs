//! Recovery of a failed partition: it keeps its facts and contact numbers, takes the definitions that are in force, and
//! computes everything derived again.
//!
//! What the partition reported just before it failed may be incomplete, so subscribers get a gap and read again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parking_lot::RwLockWriteGuard;

use crate::batch::Receipt;
use crate::error::Error;
use crate::inbox::command::Answer;
use crate::partition::execute::panic_message;
use crate::partition::{Partition, PartitionIdx};
use crate::sequencer::shared::Sequencer;
use crate::sequencer::state::State;

impl Sequencer {
    /// Rebuilds a partition, whether or not it failed.
    pub(crate) fn rebuild(&self, index: PartitionIdx) -> Answer {
        let mut state = self.state.write();
        let revision = state.revision.plus(1);
        state.revision = revision;
        let outcome = state.rebuild_partition(index);
        let deadline = state.deadline();
        RwLockWriteGuard::unlock_fair(state);
        self.note_deadline(deadline);
        outcome?;
        self.broadcast.publish_gap(revision);
        Ok(Receipt { revision, applied: 0, refused: Vec::new(), rest: Vec::new() })
    }
}

impl State {
    fn rebuild_partition(&mut self, index: PartitionIdx) -> Result<(), Error> {
        let now = self.now;
        let (before, rest) = self.partitions.split_at_mut(index.position());
        let Some((partition, after)) = rest.split_first_mut() else { return Ok(()) };
        let mut others = before.iter().chain(after.iter());
        // A definition is in force if a partition that serves has it. If none does, this one is the first to come back, and its
        // own definitions, without the one that it failed over, are in force.
        let source = others.find(|other| other.failure.is_none());
        let rebuilt = catch_unwind(AssertUnwindSafe(|| {
            let Partition { engine, output, .. } = &mut *partition;
            engine.recover(source.map(|source| &*source.engine));
            if let Some(now) = now {
                engine.advance(now, output);
            }
            // The days that passed meanwhile are part of what the gap stands for.
            output.reset();
        }));
        if let Err(panic) = rebuilt {
            let reason = panic_message(panic.as_ref());
            partition.failure = Some(reason.clone());
            return Err(Error::PartitionFailed { partition: index.position(), reason });
        }
        partition.failure = None;
        self.renumber_conditions();
        self.recount();
        Ok(())
    }
}
