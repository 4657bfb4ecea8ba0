//! The lane that is given the flips and only writes them: one column, and each flip into its segment's row of bits.
//! A program that has to find the flips first cannot be much faster.

use roaring::RoaringBitmap;

use crate::failure::Failure;
use crate::lanes::{Lane, Lap, Part};
use crate::stopwatch::timed;
use crate::workload::columns::Columns;

/// Writes the known flips into rows of bits.
pub struct FloorFlat {
    facts: Columns,
    rows: Vec<Vec<u64>>,
}

impl FloorFlat {
    /// Begins with these facts and the members of each segment.
    pub fn new<'a>(facts: Columns, members: impl Iterator<Item = &'a RoaringBitmap>) -> Self {
        let words = facts.contacts().div_ceil(64);
        let row = |bitmap: &RoaringBitmap| {
            let mut row = vec![0_u64; words];
            bitmap.iter().for_each(|contact| row[contact as usize / 64] |= 1 << (contact % 64));
            row
        };
        let rows = members.map(row).collect();
        FloorFlat { facts, rows }
    }
}

impl Lane for FloorFlat {
    fn name(&self) -> &'static str {
        "floor_flat"
    }

    fn run(&mut self, part: &Part) -> Result<Lap, Failure> {
        let (written, time) = timed(|| {
            let mut written = 0;
            for (event, change) in part.changes.iter().enumerate() {
                self.facts.write(change);
                let (word, bit) = (change.contact as usize / 64, change.contact % 64);
                for (segment, enters) in part.answer.of(event) {
                    let word = &mut self.rows[segment][word];
                    written += u64::from((*word >> bit & 1 == 1) != enters);
                    *word ^= 1 << bit;
                }
            }
            written
        });
        // A flip that changes nothing would show that the answer is wrong.
        Ok(Lap { time, events: part.changes.len(), agrees: written == part.whole.count() })
    }
}
