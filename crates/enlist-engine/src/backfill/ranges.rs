//! Conditions that hold for a range of whole numbers, tested against many numbers at once.
//!
//! The bounds of all ranges are sorted. The rank of a number is the count of bounds at or below it. Ranks are
//! small, so many of them are compared at a time, whatever the numbers are. Invariant: a number lies in a range
//! exactly if its rank lies between the ranks of the range's bounds.

use std::ops::RangeInclusive;

use crate::conditions::columns::{BLOCK_CONTACTS, Columns, LANES};
use crate::ids::ConditionNo;

/// The rank where there is no number, below all others.
const NO_RANK: i32 = -1;

/// Ranges, each with its condition.
pub(super) struct Ranges {
    /// The first number of each range and the first number after it, sorted, each once.
    ends: Vec<i64>,
    /// Each condition with the first rank at which it holds, and the first rank after that at which it does not.
    ranks: Vec<(ConditionNo, i32, i32)>,
}

impl Ranges {
    pub(super) fn new(ranges: impl Iterator<Item = (ConditionNo, RangeInclusive<i64>)>) -> Self {
        let ranges: Vec<(ConditionNo, i64, Option<i64>)> = ranges
            .map(|(condition, range)| (condition, *range.start(), range.end().checked_add(1)))
            .collect();
        let mut ends: Vec<i64> =
            ranges.iter().flat_map(|(_, start, end)| [Some(*start), *end]).flatten().collect();
        ends.sort_unstable();
        ends.dedup();
        let rank = |number: i64| rank(&ends, number);
        let until = |end: Option<i64>| end.map_or(i32::MAX, rank);
        let ranks =
            ranges.iter().map(|(condition, start, end)| (*condition, rank(*start), until(*end))).collect();
        Ranges { ends, ranks }
    }

    /// Calls `found` for the conditions that hold for a number.
    pub(super) fn holding(&self, number: i64, found: impl FnMut(ConditionNo)) {
        let rank = rank(&self.ends, number);
        let holding = self.ranks.iter().filter(|(_, from, until)| *from <= rank && rank < *until);
        holding.map(|(condition, _, _)| *condition).for_each(found);
    }

    /// Fills the conditions' columns for a block of numbers.
    pub(super) fn fill(&self, numbers: impl Iterator<Item = Option<i64>>, columns: &mut Columns) {
        let mut ranks = [NO_RANK; BLOCK_CONTACTS];
        for (slot, number) in ranks.iter_mut().zip(numbers) {
            *slot = number.map_or(NO_RANK, |number| rank(&self.ends, number));
        }
        for (condition, from, until) in &self.ranks {
            let column = columns.column_mut(*condition);
            for (word, ranks) in column.iter_mut().zip(ranks.chunks_exact(LANES)) {
                let mut holds = [0_u8; LANES];
                for (holds, rank) in holds.iter_mut().zip(ranks) {
                    *holds = u8::from(*from <= *rank) & u8::from(*rank < *until);
                }
                *word = packed(&holds);
            }
        }
    }
}

/// The number of bounds at or below a number.
fn rank(ends: &[i64], number: i64) -> i32 {
    i32::try_from(ends.partition_point(|end| *end <= number)).unwrap_or(i32::MAX)
}

/// Packs 64 bytes that are 0 or 1 into bits. A multiplication moves the lowest bits of eight bytes next to each
/// other.
fn packed(bytes: &[u8; LANES]) -> u64 {
    const SIDE_BY_SIDE: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().enumerate().fold(0, |word, (place, eight)| {
        word | (u64::from_le_bytes(*eight).wrapping_mul(SIDE_BY_SIDE) >> 56) << (8 * place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_meets_the_ranges_that_it_lies_in() {
        let ranges =
            [3..=5, 5..=5, RangeInclusive::new(6, 4), i64::MIN..=4, 4..=i64::MAX, i64::MIN..=i64::MAX];
        let numbered = || ranges.iter().cloned().enumerate().map(|(no, range)| (ConditionNo::at(no), range));
        let made = Ranges::new(numbered());
        let numbers: Vec<Option<i64>> = (0..9).map(Some).chain([None, Some(i64::MIN)]).collect();
        let mut columns = Columns::default();
        columns.reserve(ranges.len());
        made.fill(numbers.iter().copied(), &mut columns);
        for (place, number) in numbers.into_iter().enumerate() {
            let mut holding = Vec::new();
            if let Some(number) = number {
                made.holding(number, |condition| holding.push(condition));
            }
            for (condition, range) in numbered() {
                let expected = number.is_some_and(|number| range.contains(&number));
                assert_eq!(holding.contains(&condition), expected, "{number:?} in {range:?}");
                assert_eq!(
                    columns.column(condition)[0] >> place & 1 == 1,
                    expected,
                    "{number:?} in {range:?}"
                );
            }
        }
    }
}
