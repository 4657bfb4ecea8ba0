//! How many values fall on each day.
//!
//! A few days are a sorted list. Many lie side by side in blocks, because most values lie within a few years, and because an event counts
//! one day down and another up. Invariant: a day in the list, and a block that is there, has a count that is not zero; there is a list or
//! there are blocks, not both.

use std::collections::BTreeMap;

use enlist_model::Day;

use crate::bytes;
use crate::growth;

/// Up to this many days are a list.
const FEW_DAYS: usize = 256;
/// Days in a block.
const BLOCK_DAYS: i32 = 32;

type Block = [u32; BLOCK_DAYS as usize];

/// Counts by day.
#[derive(Debug, Default)]
pub(super) struct DayCounts {
    few: Vec<(Day, u32)>,
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
        self.few.is_empty() && self.blocks.is_empty()
    }

    /// Counts one more value on a day.
    pub(super) fn add(&mut self, day: Day) {
        if self.blocks.is_empty() {
            match self.few.binary_search_by_key(&day, |(each, _)| *each) {
                Ok(index) => self.few[index].1 += 1,
                Err(index) if self.few.len() < FEW_DAYS => {
                    let length = self.few.len() + 1;
                    growth::reach(&mut self.few, length);
                    self.few.insert(index, (day, 1));
                }
                Err(_) => {
                    for (day, count) in std::mem::take(&mut self.few) {
                        self.add_to_block(day, count);
                    }
                    self.add_to_block(day, 1);
                }
            }
        } else {
            self.add_to_block(day, 1);
        }
    }

    fn add_to_block(&mut self, day: Day, count: u32) {
        let (block, index) = place(day);
        self.blocks.entry(block).or_insert([0; BLOCK_DAYS as usize])[index] += count;
    }

    /// Counts one value less on a day.
    pub(super) fn remove(&mut self, day: Day) {
        if let Ok(index) = self.few.binary_search_by_key(&day, |(each, _)| *each) {
            self.few[index].1 -= 1;
            if self.few[index].1 == 0 {
                self.few.remove(index);
            }
            return;
        }
        let (number, index) = place(day);
        let Some(block) = self.blocks.get_mut(&number) else { return };
        block[index] = block[index].saturating_sub(1);
        if block[index] == 0 && block.iter().all(|count| *count == 0) {
            self.blocks.remove(&number);
        }
    }

    /// The first day from a day on that has values.
    pub(super) fn first_from(&self, day: Day) -> Option<Day> {
        if self.blocks.is_empty() {
            let index = self.few.partition_point(|(each, _)| *each < day);
            return self.few.get(index).map(|(day, _)| *day);
        }
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
        let in_blocks = self.blocks.iter().flat_map(|(number, block)| {
            days_of(*number).zip(block.iter().copied()).filter(|(_, count)| *count > 0)
        });
        self.few.iter().copied().chain(in_blocks)
    }

    /// The memory that they take, estimated.
    pub(super) fn bytes(&self) -> usize {
        bytes::list(&self.few) + bytes::tree::<(i32, Block)>(self.blocks.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_day_with_values_is_found_in_a_list_and_across_blocks_until_there_is_none() {
        let (mut counts, mut plain) = (DayCounts::default(), BTreeMap::new());
        let days = i32::try_from(FEW_DAYS * 3 / 2).expect("a few");
        let day = |no: i32| Day::from_number(no * 7_919 % 1_000 - 500);
        let are_equal = |counts: &DayCounts, plain: &BTreeMap<Day, u32>| {
            let first = |from: i32| plain.range(Day::from_number(from)..).next().map(|(day, _)| *day);
            assert!((-501..502).all(|from| counts.first_from(Day::from_number(from)) == first(from)));
            assert!(counts.iter().eq(plain.iter().map(|(day, count)| (*day, *count))));
        };
        for no in 0..days {
            counts.add(day(no));
            *plain.entry(day(no)).or_default() += 1;
            if no % 16 == 0 {
                are_equal(&counts, &plain);
            }
        }
        assert!(!counts.blocks.is_empty());
        for no in 0..days {
            are_equal(&counts, &plain);
            counts.remove(day(no));
            plain.remove(&day(no));
        }
        assert!(counts.is_empty());
    }
}
