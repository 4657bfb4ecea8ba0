//! A step of filling, which prepares a partition for saving a scan while no frame is executed.
//!
//! It changes nothing that a read, a frame or a checkpoint can see, so it has no revision, and no journal keeps it. A frame that is
//! executed again without it comes to the same.

use enlist_engine::RuleScan;
use parking_lot::RwLockWriteGuard;

use crate::partition::PartitionIdx;
use crate::sequencer::shared::Sequencer;

impl Sequencer {
    /// Takes one step; returns whether it was the last. There is none to take in a partition that failed.
    pub(crate) fn step_filling(&self, partition: PartitionIdx, scan: &mut RuleScan) -> bool {
        let mut state = self.write();
        let partition = &mut state.partitions[partition.position()];
        if partition.failure.is_some() {
            return true;
        }
        let is_filled = partition.fill(scan);
        if partition.failure.is_some() {
            self.counters.note_failure();
        }
        // Fair, because the next step takes the lock again soon.
        RwLockWriteGuard::unlock_fair(state);
        is_filled
    }
}
