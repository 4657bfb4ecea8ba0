//! Rules evaluated for all contacts in short steps, while events and reads go on: to save a segment, to preview it, or for the
//! contacts that a rule holds for.
//!
//! It knows nothing of what a scan becomes. Invariant: the state is released between two steps, and no step changes what a read can
//! see, so none has a revision.

use enlist_engine::RuleScan;
use enlist_model::Json;

use crate::error::Error;
use crate::partition::PartitionIdx;
use crate::sequencer::Sequencer;

impl Sequencer {
    /// Evaluates a rule for the contacts of each partition that serves; as an edit of `segment`, if that exists.
    pub(super) fn scan(&self, rule: &Json, segment: Option<&str>) -> Result<Vec<Option<RuleScan>>, Error> {
        let partitions = (0..self.settings.partitions).map(PartitionIdx::new);
        partitions.map(|partition| self.scan_partition(rule, segment, partition)).collect()
    }

    /// `None` if the partition failed; the caller decides whether the others are enough.
    fn scan_partition(
        &self,
        rule: &Json,
        segment: Option<&str>,
        partition: PartitionIdx,
    ) -> Result<Option<RuleScan>, Error> {
        let mut scan = {
            let state = self.read();
            let Ok(engine) = state.partition(partition).serving() else { return Ok(None) };
            let against = segment.filter(|segment| state.segments.index(segment).is_some());
            engine.start_scan(rule, against)?
        };
        loop {
            match self.step(partition, &mut scan)? {
                Some(true) => return Ok(Some(scan)),
                Some(false) => {}
                None => return Ok(None),
            }
        }
    }

    /// Prepares the partitions for saving what was scanned, so that the frame that saves it is short.
    pub(super) fn fill(&self, mut scans: Vec<Option<RuleScan>>) -> Result<Vec<Option<RuleScan>>, Error> {
        // In turns, so that no partition has long to change after its last step.
        loop {
            let mut are_filled = true;
            for (position, scan) in scans.iter_mut().enumerate() {
                if let Some(scan) = scan {
                    are_filled &= self.fill_partition(scan, PartitionIdx::new(position))?;
                }
            }
            if are_filled {
                return Ok(scans);
            }
        }
    }

    /// Takes one step of filling; returns whether it was the last. There is none to take in a partition that failed.
    fn fill_partition(&self, scan: &mut RuleScan, partition: PartitionIdx) -> Result<bool, Error> {
        while self.step(partition, scan)? == Some(false) {}
        Ok(self.step_filling(partition, scan))
    }

    /// Takes one step of evaluating; returns whether it was the last, or `None` if the partition failed.
    fn step(&self, partition: PartitionIdx, scan: &mut RuleScan) -> Result<Option<bool>, Error> {
        let state = self.read();
        let Ok(engine) = state.partition(partition).serving() else { return Ok(None) };
        Ok(Some(engine.step_scan(scan)?))
    }
}
