//! The truth bits of one contact before and after a change, laid out so that a test of either, for a condition that rises or falls, as it
//! is or negated, is one load at one place.
//!
//! There are two rows, as it was and as it is, each as long as a power of two of words. A [`Place`] is of one of them; for a condition that
//! rises it is that of the other one. So a place of the first row is read where the condition holds, and one of the second where it
//! does not.

use crate::conditions::occurrences::{Demand, Side};
use crate::conditions::truths::RowChange;
use crate::ids::ConditionNo;

const WORD_BITS: u32 = 64;
/// The bit of a place that says that its bit must not be set.
const NEGATED: u32 = 1 << 31;

/// Two rows of truth bits.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    words: Vec<u64>,
    stride: Stride,
}

/// How far apart the two rows are, in words: a power of two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stride(u32);

impl Stride {
    /// The stride for rows of this width.
    pub(crate) fn of(width: usize) -> Self {
        Stride(width.next_power_of_two() as u32)
    }

    fn words(self) -> usize {
        self.0 as usize
    }
}

/// Where a demand is read, for a condition that falls, and whether its bit must be set. It depends on the stride.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u32);

/// The rows as they are read for a condition that flips.
#[derive(Clone, Copy)]
pub(crate) struct SidesOf<'a> {
    words: &'a [u64],
    /// One if it rises, else zero.
    pub(crate) rises: u32,
    /// What places are combined with to be of the other row, if it rises.
    exchange: u32,
}

impl Place {
    /// The place of a demand.
    pub(crate) fn of(demand: Demand, stride: Stride) -> Self {
        let row = u32::from(demand.side == Side::Failing);
        let negated = if demand.leaf.is_negated() { NEGATED } else { 0 };
        Place((row * stride.0 * WORD_BITS + demand.leaf.condition().0) | negated)
    }

    /// The place of the first bit of its word, of the same kind.
    pub(crate) fn word(self) -> Self {
        Place(self.0 / WORD_BITS * WORD_BITS)
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
        let stride = Stride::of(row.len());
        if self.stride != stride {
            self.stride = stride;
            self.words = vec![0; 2 * stride.words()];
        }
        let (before, after) = self.words.split_at_mut(stride.words());
        before[..row.len()].copy_from_slice(row);
        for (to, (word, flips)) in after.iter_mut().zip(row.iter().zip(flipped)) {
            *to = word ^ flips;
        }
    }

    /// Flips a condition that flips because of what has flipped: a membership.
    pub(crate) fn flip(&mut self, condition: ConditionNo) {
        let (word, bit) = condition.word_and_bit();
        self.words[self.stride.words() + word] ^= bit;
    }

    /// The rows as they are read for a condition that flips.
    #[inline]
    pub(crate) fn of(&self, condition: ConditionNo) -> SidesOf<'_> {
        let after = self.words[(condition.0 / WORD_BITS + self.stride.0) as usize];
        let rises = (after >> (condition.0 % WORD_BITS)) as u32 & 1;
        SidesOf { words: &self.words, rises, exchange: rises * self.stride.0 * WORD_BITS }
    }
}

impl SidesOf<'_> {
    /// The word of a place: the bits at which a demand of its kind is met.
    #[inline]
    pub(crate) fn met(self, place: Place) -> u64 {
        let place = place.0 ^ self.exchange;
        // All ones if the bits must not be set.
        let inverse = u64::from(place / NEGATED).wrapping_neg();
        self.words[((place & !NEGATED) / WORD_BITS) as usize] ^ inverse
    }

    /// Whether the demand at a place is met.
    #[inline]
    pub(crate) fn meets(self, place: Place) -> bool {
        let place = place.0 ^ self.exchange;
        let word = self.words[((place & !NEGATED) / WORD_BITS) as usize];
        (word >> (place % WORD_BITS)) as u32 & 1 != place / NEGATED
    }
}
