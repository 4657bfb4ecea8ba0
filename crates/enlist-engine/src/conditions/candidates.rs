//! The segments that the flip of a condition can affect, behind guards. The guard of a segment is another condition
//! without which its rule cannot hold. If the guard holds neither before nor after a change, the rule does neither,
//! and the segment need not be evaluated.
//!
//! Most conditions have one or two segments, which are stored next to their guards. Where there are many, they are
//! grouped by the word that holds the bits of their guards, so that up to 64 guards are one test. This file knows
//! which condition guards a segment, not why. Invariant: each segment appears once, behind one guard or none.

use smallvec::SmallVec;

use crate::bytes;
use crate::compiled_rule::Leaf;
use crate::conditions::truths::RowChange;
use crate::ids::SegmentNo;

/// Up to this many segments are tested one by one, and need no allocation.
const FEW: usize = 4;

/// A segment and its guard.
pub(crate) type Guarded = (Option<Leaf>, SegmentNo);

/// Segments, each behind a guard or none.
#[derive(Debug)]
pub(crate) enum Candidates {
    /// The guards have not been chosen yet.
    Unknown,
    Few(SmallVec<[Guarded; FEW]>),
    Many(Box<Grouped>),
}

/// Segments, grouped by the words of their guards.
#[derive(Debug)]
pub(crate) struct Grouped {
    unguarded: Vec<SegmentNo>,
    words: Vec<GuardWord>,
    /// For each guard the index in `guarded` at which its segments begin, in the order of the words and their bits;
    /// at the end the length of `guarded`.
    starts: Vec<u32>,
    guarded: Vec<SegmentNo>,
}

/// The guards among the 64 conditions of one word.
#[derive(Debug)]
struct GuardWord {
    /// The index of the word in a contact's truth bits.
    word: u32,
    /// The index of its first guard in `starts`.
    first: u32,
    is_negated: bool,
    mask: u64,
}

impl Candidates {
    /// Groups segments by their guards.
    pub(crate) fn new(segments: impl Iterator<Item = Guarded>) -> Self {
        let few: SmallVec<[Guarded; FEW]> = segments.collect();
        if few.len() <= FEW { Candidates::Few(few) } else { Candidates::Many(Box::new(Grouped::new(few))) }
    }

    /// The memory that they allocate.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Candidates::Unknown => 0,
            Candidates::Few(few) => bytes::small_list(few),
            Candidates::Many(grouped) => {
                bytes::room::<Grouped>(1)
                    + bytes::list(&grouped.unguarded)
                    + bytes::list(&grouped.words)
                    + bytes::list(&grouped.starts)
                    + bytes::list(&grouped.guarded)
            }
        }
    }

    /// Calls `pass` for each segment that a change of a contact may affect.
    pub(crate) fn passing(&self, change: RowChange<'_>, mut pass: impl FnMut(SegmentNo)) {
        match self {
            Candidates::Unknown => {}
            Candidates::Few(few) => {
                for (guard, segment) in few {
                    if guard.is_none_or(|guard| change.was_or_is(guard)) {
                        pass(*segment);
                    }
                }
            }
            Candidates::Many(grouped) => grouped.passing(change, pass),
        }
    }
}

impl Grouped {
    fn new(segments: impl IntoIterator<Item = Guarded>) -> Self {
        let mut sorted: Vec<Guarded> = segments.into_iter().collect();
        sorted.sort_unstable_by_key(|(guard, segment)| {
            (guard.map(|guard| (guard.is_negated(), guard.condition())), *segment)
        });
        let guarded_from = sorted.partition_point(|(guard, _)| guard.is_none());
        let mut grouped = Grouped {
            unguarded: sorted.drain(..guarded_from).map(|(_, segment)| segment).collect(),
            words: Vec::new(),
            starts: Vec::new(),
            guarded: Vec::with_capacity(sorted.len()),
        };
        for behind_one in sorted.chunk_by(|one, two| one.0 == two.0) {
            if let Some(guard) = behind_one[0].0 {
                grouped.add_guard(guard);
            }
            grouped.guarded.extend(behind_one.iter().map(|(_, segment)| *segment));
        }
        grouped.starts.push(grouped.guarded.len() as u32);
        grouped
    }

    /// Adds a guard. Guards must be added in order.
    fn add_guard(&mut self, guard: Leaf) {
        let (word, bit) = guard.condition().word_and_bit();
        let is_negated = guard.is_negated();
        match self.words.last_mut() {
            Some(last) if last.word == word as u32 && last.is_negated == is_negated => last.mask |= bit,
            _ => {
                let first = self.starts.len() as u32;
                self.words.push(GuardWord { word: word as u32, first, is_negated, mask: bit });
            }
        }
        self.starts.push(self.guarded.len() as u32);
    }

    fn passing(&self, change: RowChange<'_>, mut pass: impl FnMut(SegmentNo)) {
        for segment in &self.unguarded {
            pass(*segment);
        }
        for guards in &self.words {
            // Before *or* after, because a guard may flip in the same event as the condition.
            let mut open = guards.mask & change.were_or_are(guards.word as usize, guards.is_negated);
            while open != 0 {
                let before = guards.mask & ((open & open.wrapping_neg()) - 1);
                let guard = (guards.first + before.count_ones()) as usize;
                for segment in &self.guarded[self.starts[guard] as usize..self.starts[guard + 1] as usize] {
                    pass(*segment);
                }
                open &= open - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiled_rule::Sign;
    use crate::conditions::truths::Flipped;
    use crate::ids::ConditionNo;

    #[test]
    fn a_segment_passes_where_its_guard_was_or_is_as_it_must() {
        let guard = |condition, sign| Some(Leaf::new(ConditionNo(condition), sign));
        let segments = [
            (None, SegmentNo(0)),
            (guard(3, Sign::Positive), SegmentNo(1)),
            (guard(3, Sign::Positive), SegmentNo(2)),
            (guard(3, Sign::Negated), SegmentNo(3)),
            (guard(5, Sign::Positive), SegmentNo(4)),
            (guard(70, Sign::Positive), SegmentNo(5)),
            (guard(71, Sign::Negated), SegmentNo(6)),
        ];
        let passing = |row: [u64; 2], flips: &[u32]| {
            let mut flipped = Flipped::default();
            flipped.clear(2);
            flipped.extend(flips.iter().map(|condition| ConditionNo(*condition)));
            let passing = |candidates: Candidates| {
                let mut passed = Vec::new();
                candidates.passing(RowChange::new(&row, &flipped), |segment| passed.push(segment.0));
                passed.sort_unstable();
                passed
            };
            let many = passing(Candidates::new(segments.into_iter()));
            assert_eq!(many, passing(Candidates::Few(segments.into_iter().collect())));
            many
        };
        assert_eq!(passing([0, 0], &[]), [0, 3, 6]);
        assert_eq!(passing([1 << 3, 0], &[]), [0, 1, 2, 6]);
        assert_eq!(passing([1 << 3, 0], &[3]), [0, 1, 2, 3, 6]);
        assert_eq!(passing([0, 0], &[3, 5]), [0, 1, 2, 3, 4, 6]);
        assert_eq!(passing([1 << 5, 1 << 6 | 1 << 7], &[]), [0, 3, 4, 5]);
    }
}
