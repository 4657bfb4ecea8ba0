//! Which segments are still to be settled for one contact, and what was true of it before.
//!
//! Kept between events only so that its memory is used again. What always holds: each segment is handed out at most once
//! for a contact, and after all segments it refers to, because those have lower ranks.

use crate::definitions::Definitions;
use crate::number::{ConditionNo, SegmentNo};
use crate::truths;

/// Candidates by rank, each once.
#[derive(Debug, Default)]
pub(super) struct Settling {
    /// By rank.
    waiting: Vec<Vec<SegmentNo>>,
    /// The lowest rank at which something may wait.
    rank: usize,
    /// For each segment the turn in which it was last added.
    added: Vec<u32>,
    /// The number of the contact's turn; starts anew when it overflows.
    turn: u32,
    /// The contact's truth bits as they were.
    before: Vec<u64>,
}

impl Settling {
    /// Begins with a contact's truth bits as they are and the conditions among them that flipped.
    pub(super) fn begin(&mut self, bits: &[u64], flipped: &[ConditionNo]) {
        self.rank = 0;
        self.turn = self.turn.wrapping_add(1);
        if self.turn == 0 {
            self.added.fill(0);
            self.turn = 1;
        }
        self.before.clear();
        self.before.extend_from_slice(bits);
        for condition in flipped {
            truths::flip(&mut self.before, *condition);
        }
    }

    /// Adds segments, but for those that were added already.
    pub(super) fn add_all<'a>(
        &mut self,
        segments: impl IntoIterator<Item = &'a SegmentNo>,
        definitions: &Definitions,
    ) {
        for segment in segments {
            self.add(definitions.rank(*segment), *segment);
        }
    }

    fn add(&mut self, rank: u32, segment: SegmentNo) {
        if segment.index() >= self.added.len() {
            self.added.resize(segment.index() + 1, 0);
        }
        if std::mem::replace(&mut self.added[segment.index()], self.turn) == self.turn {
            return;
        }
        let rank = rank as usize;
        if rank >= self.waiting.len() {
            self.waiting.resize_with(rank + 1, Vec::new);
        }
        self.waiting[rank].push(segment);
    }

    /// The next segment, of the lowest rank at which one waits.
    pub(super) fn next(&mut self) -> Option<SegmentNo> {
        while let Some(waiting) = self.waiting.get_mut(self.rank) {
            if let Some(segment) = waiting.pop() {
                return Some(segment);
            }
            self.rank += 1;
        }
        None
    }

    /// The truth of a condition before, 0 or 1.
    pub(super) fn before(&self, condition: ConditionNo) -> u64 {
        truths::get(&self.before, condition)
    }
}
