//! The truth of conditions for one block of contacts, one column for each condition, 64 contacts a word.
//!
//! It does not know what a condition says. Invariant: every column has `COLUMN_WORDS` words, and bit `lane` of word
//! `w` is the contact `w * LANES + lane` of the block.

use crate::ids::ConditionNo;

/// Contacts in a block. When the rows of truth bits get wider, they are copied one block at a time.
pub(crate) const BLOCK_CONTACTS: usize = 4_096;
/// Contacts in a word.
pub(crate) const LANES: usize = 64;
/// Words in a column.
pub(crate) const COLUMN_WORDS: usize = BLOCK_CONTACTS / LANES;

/// The truth of one condition, or of a rule, for the contacts of a block.
pub(crate) type Column = [u64; COLUMN_WORDS];

/// A column for each condition.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    words: Vec<u64>,
}

impl Columns {
    /// Makes room for conditions with numbers below `conditions`. Conditions come in groups of 64, because
    /// `put_square` and `square` work on 64 at a time.
    pub(crate) fn reserve(&mut self, conditions: usize) {
        let words = conditions.next_multiple_of(LANES) * COLUMN_WORDS;
        self.words.resize(words, 0);
    }

    /// The words of a condition.
    pub(crate) fn column(&self, condition: ConditionNo) -> &Column {
        &self.columns()[condition.index()]
    }

    pub(crate) fn column_mut(&mut self, condition: ConditionNo) -> &mut Column {
        &mut self.columns_mut()[condition.index()]
    }

    /// Sets the bit of a condition for the contact at a position in the block.
    pub(crate) fn set(&mut self, condition: ConditionNo, place: usize) {
        self.columns_mut()[condition.index()][place / LANES] |= 1 << (place % LANES);
    }

    /// Stores the truths of 64 consecutive conditions for 64 consecutive contacts. `square` has one word for each
    /// contact; `word` is the index of the conditions' word in a row, `place` the index of the contacts' word in a
    /// column.
    pub(crate) fn put_square(&mut self, word: usize, place: usize, mut square: [u64; LANES]) {
        transpose(&mut square);
        for (column, bits) in self.columns_mut()[word * LANES..][..LANES].iter_mut().zip(square) {
            column[place] = bits;
        }
    }

    /// How many words a row needs for these conditions.
    pub(crate) fn row_words(&self) -> usize {
        self.columns().len() / LANES
    }

    /// Reads the truths of 64 consecutive conditions for 64 consecutive contacts, as `put_square` stores them.
    pub(crate) fn read_square(&self, word: usize, place: usize, square: &mut [u64; LANES]) {
        for (bits, column) in square.iter_mut().zip(&self.columns()[word * LANES..][..LANES]) {
            *bits = column[place];
        }
        transpose(square);
    }

    fn columns(&self) -> &[Column] {
        self.words.as_chunks().0
    }

    fn columns_mut(&mut self) -> &mut [Column] {
        self.words.as_chunks_mut().0
    }
}

/// Transposes a matrix of 64 × 64 bits: swaps the off-diagonal quarters, then the quarters of each quarter, and so
/// on. (Hacker's Delight, second edition, section 7-3, mirrored so that bit 0 is the first column.)
fn transpose(rows: &mut [u64; LANES]) {
    exchange::<32>(rows);
    exchange::<16>(rows);
    exchange::<8>(rows);
    exchange::<4>(rows);
    exchange::<2>(rows);
    exchange::<1>(rows);
}

/// Swaps the off-diagonal quarters of each square of twice this size. The size is a constant, and the rows are taken
/// side by side, so that the compiler exchanges several of them at a time.
fn exchange<const SIZE: usize>(rows: &mut [u64; LANES]) {
    // The lower half of the bits of each square's rows.
    let mask = u64::MAX / ((1 << SIZE) + 1);
    for square in rows.chunks_exact_mut(2 * SIZE) {
        let (upper, lower) = square.split_at_mut(SIZE);
        for (upper, lower) in upper.iter_mut().zip(lower) {
            let swapped = (*upper >> SIZE ^ *lower) & mask;
            *upper ^= swapped << SIZE;
            *lower ^= swapped;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_matrix_has_its_columns_for_rows() {
        let mut rows: [u64; LANES] =
            std::array::from_fn(|row| (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let before = rows;
        transpose(&mut rows);
        for (row, column) in (0..64).flat_map(|row| (0..64).map(move |column| (row, column))) {
            assert_eq!(rows[row] >> column & 1, before[column] >> row & 1, "{row}, {column}");
        }
    }
}
