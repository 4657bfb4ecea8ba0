//! The lane that is told the answer and writes it down: one column, and each flip into its segment's roaring bitmap.
//! Nothing that keeps roaring bitmaps and has to find the flips first can be much faster.

use roaring::RoaringBitmap;

use crate::columns::Columns;
use crate::failure::Failure;
use crate::lane::{Lane, Lap, Part};
use crate::stopwatch::timed;

/// The known answer, written to roaring bitmaps.
pub struct FloorRoaring {
    facts: Columns,
    members: Vec<RoaringBitmap>,
}

impl FloorRoaring {
    /// From these facts and members of each segment on.
    pub fn new(facts: Columns, mut members: Vec<RoaringBitmap>) -> Self {
        // Runs never turn back into what point updates are fast on.
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
