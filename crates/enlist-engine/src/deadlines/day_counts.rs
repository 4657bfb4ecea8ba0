//! How many values fall on each day.
//!
//! Days lie side by side in blocks, because most values lie within a few years, and because an event counts one day down and another
//! up. Invariant: a block that is there has a count that is not zero.

use std::collections::BTreeMap;

use enlist_model::Day;

use crate::bytes;

/// Days in a block.
const BLOCK_DAYS: i32 = 32;

type Block = [u32; BLOCK_DAYS as usize];

/// Counts by day.
#[derive(Debug, Default)]
pub(super) struct DayCounts {
    blocks: BTreeMap<i32, Block>,
}

fn place(day: Day) -> (i32, usize) {
    (day.number().div_euclid(BLOCK_DAYS), day.number().rem_euclid(BLOCK_DAYS) as usize)
}

/// The days of a block.
fn days_of(block: i32) -> impl Iterator<Item = Day> {
    (0..BLOCK_DAYS).map(move |index| Day::from_number(block * BLOCK_DAYS + index))
}

impl DayCounts {
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Counts one more value on a day.
    pub(super) fn add(&mut self, day: Day) {
        let (block, index) = place(day);
        self.blocks.entry(block).or_insert([0; BLOCK_DAYS as usize])[index] += 1;
    }

    /// Counts one value less on a day.
    pub(super) fn remove(&mut self, day: Day) {
        let (number, index) = place(day);
        let Some(block) = self.blocks.get_mut(&number) else { return };
        block[index] = block[index].saturating_sub(1);
        if block[index] == 0 && block.iter().all(|count| *count == 0) {
            self.blocks.remove(&number);
        }
    }

    /// The first day from a day on that has values.
    pub(super) fn first_from(&self, day: Day) -> Option<Day> {
        let (number, index) = place(day);
        let within = |(number, block): (&i32, &Block), from: usize| {
            let (_, day) = days_of(*number).enumerate().skip(from).find(|(index, _)| block[*index] > 0)?;
            Some(day)
        };
        let mut blocks = self.blocks.range(number..);
        let (first, block) = blocks.next()?;
        within((first, block), if *first == number { index } else { 0 })
            .or_else(|| blocks.next().and_then(|next| within(next, 0)))
    }

    /// Every day that has values, with their number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Day, u32)> {
        self.blocks.iter().flat_map(|(number, block)| {
            days_of(*number).zip(block.iter().copied()).filter(|(_, count)| *count > 0)
        })
    }

    /// The memory that they take, estimated.
    pub(super) fn bytes(&self) -> usize {
        bytes::tree::<(i32, Block)>(self.blocks.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_day_with_values_is_found_across_blocks_until_it_has_none() {
        let mut counts = DayCounts::default();
        let days = [-70, -1, 0, 31, 32, 1_000].map(Day::from_number);
        for day in days.into_iter().chain([days[2]]) {
            counts.add(day);
        }
        assert_eq!(counts.iter().map(|(_, count)| count).collect::<Vec<_>>(), [1, 1, 2, 1, 1, 1]);
        let first = |counts: &DayCounts, from| counts.first_from(Day::from_number(from)).map(Day::number);
        assert_eq!(
            [-100, -69, -1, 1, 32, 33, 1_001].map(|from| first(&counts, from)),
            [Some(-70), Some(-1), Some(-1), Some(31), Some(32), Some(1_000), None]
        );
        counts.remove(days[2]);
        assert_eq!(first(&counts, 0), Some(0));
        for day in days {
            counts.remove(day);
        }
        assert!(counts.is_empty());
        counts.remove(days[0]);
    }
}
