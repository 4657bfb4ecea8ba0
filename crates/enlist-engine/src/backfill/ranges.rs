//! Conditions that hold for a range of whole numbers, tested against many numbers at once.
//!
//! The bounds of all ranges are sorted. The rank of a number is the count of bounds at or below it. Ranks are small,
//! so contacts are put in order of their ranks without comparing them. From the greatest rank down, a column collects the
//! contacts that are at or above a bound; each condition is a copy of it, or a copy without an earlier one. So a
//! condition costs a column, however many contacts it holds for. Invariant: a number lies in a range exactly if its
//! rank lies between the ranks of the range's bounds.

use std::ops::RangeInclusive;

use crate::conditions::columns::{BLOCK_CONTACTS, COLUMN_WORDS, Columns, LANES};
use crate::ids::ConditionNo;

/// Up to this many conditions are compared one by one, which needs no order.
const FEW: usize = 12;
/// The rank where there is no number, below all others.
const NO_RANK: i32 = -1;
/// The end of a chain of contacts.
const NOBODY: u16 = u16::MAX;

/// Ranges, each with its condition.
pub(super) struct Ranges {
    /// The first number of each range and the first number after it, sorted, each once.
    ends: Vec<i64>,
    /// Each condition with the first rank at which it holds, and the first rank after that at which it does not.
    ranks: Vec<(ConditionNo, i32, i32)>,
    /// What is written when the contacts of a rank and of all greater ones are known, from the greatest rank down.
    steps: Vec<Step>,
}

/// A column that is written at a rank.
struct Step {
    rank: usize,
    condition: ConditionNo,
    bound: Bound,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// All contacts that were collected are copied.
    Copied,
    /// The contacts that were collected, without those copied before, are the ones for which the condition holds.
    First,
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
        let ranks: Vec<(ConditionNo, i32, i32)> =
            ranges.iter().map(|(condition, start, end)| (*condition, rank(*start), until(*end))).collect();
        let steps = if ranks.len() > FEW { steps(&ranks) } else { Vec::new() };
        Ranges { ends, ranks, steps }
    }

    /// Calls `found` for the conditions that hold for a number.
    pub(super) fn holding(&self, number: i64, found: impl FnMut(ConditionNo)) {
        let rank = rank(&self.ends, number);
        let holding = self.ranks.iter().filter(|(_, from, until)| *from <= rank && rank < *until);
        holding.map(|(condition, _, _)| *condition).for_each(found);
    }

    /// Writes the conditions' columns for a block of numbers.
    pub(super) fn fill(&self, numbers: impl Iterator<Item = Option<i64>>, columns: &mut Columns) {
        let mut ranks = [NO_RANK; BLOCK_CONTACTS];
        for (slot, number) in ranks.iter_mut().zip(numbers) {
            *slot = number.map_or(NO_RANK, |number| rank(&self.ends, number));
        }
        if self.steps.is_empty() {
            self.compare(&ranks, columns);
        } else {
            self.descend(&ranks, columns);
        }
    }

    /// Compares the ranks with each condition's.
    fn compare(&self, ranks: &[i32; BLOCK_CONTACTS], columns: &mut Columns) {
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

    /// Collects the contacts from the greatest rank down, and writes each column where a bound of it is met.
    fn descend(&self, ranks: &[i32; BLOCK_CONTACTS], columns: &mut Columns) {
        // For each rank the chain of its contacts: the first here, the next of each in `next`.
        let mut first = vec![NOBODY; self.ends.len() + 1];
        let mut next = [NOBODY; BLOCK_CONTACTS];
        for (place, rank) in ranks.iter().enumerate() {
            // `NO_RANK` is negative.
            if let Ok(rank) = usize::try_from(*rank) {
                next[place] = std::mem::replace(&mut first[rank], place as u16);
            }
        }
        let mut collected = [0_u64; COLUMN_WORDS];
        let mut reached = first.len();
        for Step { rank, condition, bound } in &self.steps {
            while reached > *rank {
                reached -= 1;
                let mut place = first[reached];
                while place != NOBODY {
                    collected[usize::from(place) / LANES] |= 1 << (usize::from(place) % LANES);
                    place = next[usize::from(place)];
                }
            }
            let column = columns.column_mut(*condition);
            match bound {
                Bound::Copied => *column = collected,
                Bound::First => {
                    for (word, collected) in column.iter_mut().zip(&collected) {
                        *word = collected & !*word;
                    }
                }
            }
        }
    }
}

/// What is written, from the greatest rank down. The end of a range comes before its beginning, also where they are the
/// same because it has no numbers.
fn steps(ranks: &[(ConditionNo, i32, i32)]) -> Vec<Step> {
    // The rank of a bound counts the bound itself, so it is positive.
    let index = |rank: i32| rank.unsigned_abs() as usize;
    let mut steps = Vec::new();
    for (condition, from, until) in ranks.iter().copied() {
        let is_bounded = until != i32::MAX;
        if is_bounded {
            steps.push(Step { rank: index(until.max(from)), condition, bound: Bound::Copied });
        }
        let bound = if is_bounded { Bound::First } else { Bound::Copied };
        steps.push(Step { rank: index(from), condition, bound });
    }
    steps.sort_by_key(|step| std::cmp::Reverse(step.rank));
    steps
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

    /// Tests ranges, repeated so often that they are few or many.
    fn meets(repeated: usize) {
        let ranges =
            [3..=5, 5..=5, RangeInclusive::new(6, 4), i64::MIN..=4, 4..=i64::MAX, i64::MIN..=i64::MAX];
        let count = ranges.len() * repeated;
        let numbered = || {
            ranges
                .iter()
                .cycle()
                .take(count)
                .cloned()
                .enumerate()
                .map(|(no, range)| (ConditionNo::at(no), range))
        };
        let made = Ranges::new(numbered());
        assert_eq!(made.steps.is_empty(), count <= FEW);
        let numbers: Vec<Option<i64>> = (0..9).map(Some).chain([None, Some(i64::MIN)]).collect();
        let mut columns = Columns::default();
        columns.reserve(count);
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

    #[test]
    fn a_number_meets_the_ranges_that_it_lies_in_however_many_there_are() {
        meets(1);
        meets(5);
    }
}
