//! The working memory of settling: what flipped for a contact, which of its segments are still to be settled, and
//! the resulting membership changes.
//!
//! It is kept between events only to reuse its memory. Invariant: for one contact, the queue yields each segment at
//! most once, and after all segments it refers to, because those have lower ranks.

use crate::conditions::truths::Flipped;
use crate::engine::causes::Flip;
use crate::ids::{ConditionNo, SegmentNo};
use crate::membership::{FlipRange, MembershipChange};

const WORD_BITS: usize = 64;

/// The buffers that are reused from contact to contact and from event to event.
#[derive(Debug, Default)]
pub(super) struct Settling {
    /// The conditions that flipped for the current contact.
    pub(super) flipped: Flipped,
    pub(super) queue: SegmentQueue,
    /// The membership changes of the event so far.
    pub(super) changes: Vec<MembershipChange>,
    /// The flipped conditions of each contact that has membership changes, contact after contact.
    flips: Vec<Flip>,
}

impl Settling {
    /// Records the cause of a contact's membership changes, those from `first` on: the conditions that have
    /// flipped.
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

    /// The conditions that flipped for the contact of a membership change.
    pub(super) fn flips(&self, range: FlipRange) -> &[Flip] {
        &self.flips[range.start()..range.end()]
    }

    /// Takes back the memory of reported membership changes.
    pub(super) fn reuse(&mut self, changes: Vec<MembershipChange>) {
        self.changes = changes;
        self.changes.clear();
        self.flips.clear();
    }
}

/// Segments to be settled, by rank and then by number, each once. They are bits, with one summary bit for each word
/// of bits that says whether any is set.
#[derive(Debug, Default)]
pub(super) struct SegmentQueue {
    /// By rank.
    ranks: Vec<Rank>,
    /// The lowest rank at which a segment may be waiting.
    lowest: usize,
}

#[derive(Debug, Default)]
struct Rank {
    /// One bit for each word of `segments`: whether it is not zero.
    words: Vec<u64>,
    segments: Vec<u64>,
}

impl SegmentQueue {
    /// Adds a segment. Its rank must not be below that of the last segment taken.
    pub(super) fn add(&mut self, rank: u32, segment: SegmentNo) {
        let rank = rank as usize;
        if rank >= self.ranks.len() {
            self.ranks.resize_with(rank + 1, Rank::default);
        }
        self.ranks[rank].add(segment);
    }

    /// Takes the next segment: the one with the lowest rank, then the lowest number.
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
