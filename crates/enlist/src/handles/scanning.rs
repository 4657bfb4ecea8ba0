//! Rules evaluated for all contacts in short steps, while events and reads go on: to save a segment, to preview it, or for the
//! contacts that a rule holds for.
//!
//! It knows nothing of what a scan becomes. Invariant: the state is released between two steps.

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
            let state = self.read();
            let Ok(engine) = state.partition(partition).serving() else { return Ok(None) };
            if engine.step_scan(&mut scan)? {
                return Ok(Some(scan));
            }
        }
    }
}
