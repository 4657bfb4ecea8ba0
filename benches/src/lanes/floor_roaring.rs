//! The lane that is given the flips and only writes them: one column, and each flip into its segment's roaring
//! bitmap. A program that keeps roaring bitmaps and has to find the flips first cannot be much faster.

use roaring::RoaringBitmap;

use crate::failure::Failure;
use crate::lanes::{Lane, Lap, Part};
use crate::stopwatch::timed;
use crate::workload::columns::Columns;

/// Writes the known flips into roaring bitmaps.
pub struct FloorRoaring {
    facts: Columns,
    members: Vec<RoaringBitmap>,
}

impl FloorRoaring {
    /// Begins with these facts and the members of each segment.
    pub fn new(facts: Columns, mut members: Vec<RoaringBitmap>) -> Self {
        // Run containers never turn back into containers with fast point updates.
        for bitmap in &mut members {
            bitmap.remove_run_compression();
        }
        FloorRoaring { facts, members }
    }

    /// The members of each segment.
    pub fn members(&self) -> &[RoaringBitmap] {
        &self.members
    }
}

impl Lane for FloorRoaring {
    fn name(&self) -> &'static str {
        "floor_roaring"
    }

    fn run(&mut self, part: &Part) -> Result<Lap, Failure> {
        let (written, time) = timed(|| {
            let mut written = 0;
            for (event, change) in part.changes.iter().enumerate() {
                self.facts.write(change);
                for (segment, enters) in part.answer.of(event) {
                    let bitmap = &mut self.members[segment];
                    let changed =
                        if enters { bitmap.insert(change.contact) } else { bitmap.remove(change.contact) };
                    written += u64::from(changed);
                }
            }
            written
        });
        // A flip that changes nothing would show that the answer is wrong.
        Ok(Lap { time, events: part.changes.len(), agrees: written == part.whole.count() })
    }
}
