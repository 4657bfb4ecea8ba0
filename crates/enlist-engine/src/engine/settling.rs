//! What one event's settling needs to remember: what flipped of a contact, which of its segments are still to be
//! settled, what was born.
//!
//! Kept between events only so that its memory is used again. What always holds: each segment is handed out at most once
//! for a contact, and after all segments it refers to, because those have lower ranks.

use crate::membership::Birth;
use crate::number::SegmentNo;
use crate::truths::Flipped;

/// What is used again from contact to contact and from event to event.
#[derive(Debug, Default)]
pub(super) struct Settling {
    /// The conditions that flipped of the contact.
    pub(super) flipped: Flipped,
    pub(super) queue: Queue,
    /// What came of the event so far.
    pub(super) births: Vec<Birth>,
}

/// Segments by rank, each once a contact.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// By rank.
    waiting: Vec<Vec<SegmentNo>>,
    /// The lowest rank at which something may wait.
    rank: usize,
    /// For each segment the turn in which it was last added.
    added: Vec<u32>,
    /// The number of the contact's turn; starts anew when it overflows.
    turn: u32,
}

impl Queue {
    /// Begins with another contact, among so many segments.
    pub(super) fn begin(&mut self, segments: usize) {
        self.rank = 0;
        self.turn = self.turn.wrapping_add(1);
        if self.turn == 0 {
            self.added.fill(0);
            self.turn = 1;
        }
        if self.added.len() < segments {
            self.added.resize(segments, 0);
        }
    }

    /// Adds a segment of a rank, unless it was added already.
    pub(super) fn add(&mut self, rank: u32, segment: SegmentNo) {
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
}
