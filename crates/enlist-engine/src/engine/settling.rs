//! What one event's settling needs to remember: what flipped of a contact, which of its segments are still to be
//! settled, what was born.
//!
//! Kept between events only so that its memory is used again. What always holds: each segment is handed out at most once
//! for a contact, and after all segments it refers to, because those have lower ranks.

use crate::causes::Flip;
use crate::ids::{ConditionNo, SegmentNo};
use crate::membership::{FlipRange, MembershipChange};
use crate::truths::Flipped;

const WORD_BITS: usize = 64;

/// What is used again from contact to contact and from event to event.
#[derive(Debug, Default)]
pub(super) struct Settling {
    /// The conditions that flipped of the contact.
    pub(super) flipped: Flipped,
    pub(super) queue: SegmentQueue,
    /// What came of the event so far.
    pub(super) changes: Vec<MembershipChange>,
    /// Of each contact of whom something was born the conditions that flipped, contact after contact.
    flips: Vec<Flip>,
}

impl Settling {
    /// Notes why the membership changes of a contact, those from the `first` on, came to be: the conditions that have flipped.
    pub(super) fn note_cause(&mut self, first: usize, bits_before: &[u64]) {
        let flip = |no: &ConditionNo| {
            let (word, bit) = no.word_and_bit();
            Flip::new(*no, bits_before[word] & bit == 0)
        };
        let start = self.flips.len();
        self.flips.extend(self.flipped.list().iter().map(flip));
        let range = FlipRange::new(start, self.flips.len());
        self.changes[first..].iter_mut().for_each(|change| change.flips = range);
    }

    /// The conditions that flipped of a membership change's contact.
    pub(super) fn flips(&self, range: FlipRange) -> &[Flip] {
        &self.flips[range.start()..range.end()]
    }

    /// Takes back the memory of membership changes that were handed out.
    pub(super) fn reuse(&mut self, changes: Vec<MembershipChange>) {
        self.changes = changes;
        self.changes.clear();
        self.flips.clear();
    }
}

/// Segments that wait, by rank and in order of their numbers, each once: as bits, and for each word of bits one bit that
/// says whether any is set.
#[derive(Debug, Default)]
pub(super) struct SegmentQueue {
    /// By rank.
    ranks: Vec<Rank>,
    /// The lowest rank at which something may wait.
    lowest: usize,
}

#[derive(Debug, Default)]
struct Rank {
    /// A bit a word of `segments`.
    words: Vec<u64>,
    segments: Vec<u64>,
}

impl SegmentQueue {
    /// Adds a segment of a rank that is not below that of the last one handed out.
    pub(super) fn add(&mut self, rank: u32, segment: SegmentNo) {
        let rank = rank as usize;
        if rank >= self.ranks.len() {
            self.ranks.resize_with(rank + 1, Rank::default);
        }
        self.ranks[rank].add(segment);
    }

    /// The next segment, of the lowest rank at which one waits.
    pub(super) fn next(&mut self) -> Option<SegmentNo> {
        while let Some(rank) = self.ranks.get_mut(self.lowest) {
            if let Some(segment) = rank.next() {
                return Some(segment);
            }
            self.lowest += 1;
        }
        self.lowest = 0;
        None
    }
}

impl Rank {
    fn add(&mut self, segment: SegmentNo) {
        let word = segment.index() / WORD_BITS;
        if word >= self.segments.len() {
            self.segments.resize(word + 1, 0);
            self.words.resize(word / WORD_BITS + 1, 0);
        }
        self.segments[word] |= 1 << (segment.index() % WORD_BITS);
        self.words[word / WORD_BITS] |= 1 << (word % WORD_BITS);
    }

    fn next(&mut self) -> Option<SegmentNo> {
        let (index, words) = self.words.iter_mut().enumerate().find(|(_, words)| **words != 0)?;
        let word = index * WORD_BITS + words.trailing_zeros() as usize;
        let segments = &mut self.segments[word];
        let segment = SegmentNo::at(word * WORD_BITS + segments.trailing_zeros() as usize);
        *segments &= *segments - 1;
        if *segments == 0 {
            *words &= *words - 1;
        }
        Some(segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_come_once_by_rank_and_number() {
        let mut queue = SegmentQueue::default();
        for _ in 0..2 {
            for (rank, segment) in [(1, 5), (0, 9_000), (0, 63), (0, 64), (0, 63), (1, 4)] {
                queue.add(rank, SegmentNo(segment));
            }
            let first = [queue.next(), queue.next()].map(|segment| segment.map(|segment| segment.0));
            assert_eq!(first, [Some(63), Some(64)]);
            queue.add(1, SegmentNo(5));
            queue.add(2, SegmentNo(0));
            let rest: Vec<u32> = std::iter::from_fn(|| queue.next()).map(|segment| segment.0).collect();
            assert_eq!(rest, [9_000, 4, 5, 0]);
        }
    }
}
