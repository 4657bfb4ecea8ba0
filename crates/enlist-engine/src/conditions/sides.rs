//! The truth bits of one contact before and after a change, laid out so that a test of either, for a condition that rises or falls, as it
//! is or negated, is one load at one place.
//!
//! There are six rows: as it was, as it is, as it was again, and the same three inverted. A [`Place`] is of the first or the second row; a
//! condition that rises reads one row further. So a place of the first row is read where the condition holds, and one of the second
//! where it does not.

use crate::conditions::occurrences::{Demand, Side};
use crate::conditions::truths::RowChange;
use crate::ids::ConditionNo;

const WORD_BITS: u32 = 64;

/// Six rows of truth bits.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    words: Vec<u64>,
    /// Words in a row.
    width: usize,
}

/// Where a demand is read, for a condition that falls. It depends on the width of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u32);

/// How far from its place a demand is read, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift(usize);

impl Place {
    /// The place of a demand in rows of this width.
    pub(crate) fn of(demand: Demand, width: usize) -> Self {
        let row = usize::from(demand.side == Side::Failing) + if demand.leaf.is_negated() { 3 } else { 0 };
        Place::at(row, demand.leaf.condition(), width)
    }

    /// Where a condition that flips is met, always.
    pub(crate) fn always(condition: ConditionNo, width: usize) -> Self {
        Place::at(0, condition, width)
    }

    fn at(row: usize, condition: ConditionNo, width: usize) -> Self {
        Place((row * width) as u32 * WORD_BITS + condition.0)
    }

    /// The word that it is in.
    pub(crate) fn word(self) -> u32 {
        self.0 / WORD_BITS
    }

    /// Its bit in the word.
    pub(crate) fn bit(self) -> u64 {
        1 << (self.0 % WORD_BITS)
    }
}

impl Sides {
    /// Takes the bits of a contact.
    pub(crate) fn fill(&mut self, change: RowChange<'_>) {
        let (row, flipped) = change.rows();
        if self.width != row.len() {
            self.width = row.len();
            self.words = vec![0; 6 * self.width];
        }
        let (as_is, inverted) = self.words.split_at_mut(3 * self.width);
        let (before, rest) = as_is.split_at_mut(self.width);
        let (after, again) = rest.split_at_mut(self.width);
        before.copy_from_slice(row);
        again.copy_from_slice(row);
        for (to, (word, flips)) in after.iter_mut().zip(row.iter().zip(flipped)) {
            *to = word ^ flips;
        }
        for (inverse, word) in inverted.iter_mut().zip(as_is) {
            *inverse = !*word;
        }
    }

    /// Flips a condition that flips because of what has flipped: a membership.
    pub(crate) fn flip(&mut self, condition: ConditionNo) {
        let (word, bit) = condition.word_and_bit();
        self.words[self.width + word] ^= bit;
        self.words[4 * self.width + word] ^= bit;
    }

    /// One if a condition that flips becomes true, zero if it becomes false.
    #[inline]
    pub(crate) fn rises(&self, condition: ConditionNo) -> u32 {
        (self.words[self.width + condition.index() / WORD_BITS as usize] >> (condition.0 % WORD_BITS) & 1)
            as u32
    }

    /// The shift of a condition that rises, or falls.
    #[inline]
    pub(crate) fn shift(&self, rises: u32) -> Shift {
        Shift(self.width * rises as usize)
    }

    /// One word.
    #[inline]
    pub(crate) fn word(&self, word: u32, shift: Shift) -> u64 {
        self.words[word as usize + shift.0]
    }

    /// One if the bit at a place is set, else zero.
    #[inline]
    pub(crate) fn bit(&self, place: Place, shift: Shift) -> u64 {
        self.word(place.word(), shift) >> (place.0 % WORD_BITS) & 1
    }
}
