//! The truth of every distinct condition for every contact: one bit each. A contact's bits are side by side, so
//! that testing any condition of a contact is one load, whatever its operator.
//!
//! It knows neither what a condition says nor what a contact is. Invariant between events: a bit equals the
//! condition evaluated on the facts, rows of contacts that do not exist are zero, and the counts match the bits.

use crate::bytes;
use crate::conditions::columns::{BLOCK_CONTACTS, Columns, LANES};
use crate::ids::{ConditionNo, ContactNo};
use crate::membership::members;

const WORD_BITS: usize = 64;
/// Words in a cache line.
const LINE_WORDS: usize = 8;

/// Truth bits, one row for each contact.
#[derive(Debug, Default)]
pub(crate) struct Truths {
    /// Words in a row.
    width: usize,
    /// The number of rows, a multiple of 64.
    rows: usize,
    /// For each condition the number of contacts for which it is true.
    counts: Vec<u32>,
    blocks: Vec<Vec<u64>>,
}

impl Truths {
    /// Makes room for contacts with numbers below `contacts` and conditions with numbers below `conditions`.
    pub(crate) fn reserve(&mut self, contacts: usize, conditions: usize) {
        let needed = conditions.div_ceil(WORD_BITS);
        if needed > self.width {
            // An eighth more than needed, so that conditions that are added one by one rarely widen the rows.
            self.widen(needed + needed.div_ceil(8));
        }
        if conditions > self.counts.len() {
            self.counts.resize(conditions, 0);
        }
        if contacts > self.rows {
            // Only a few rows more than needed, so that a small workspace takes little memory.
            let first = self.rows / BLOCK_CONTACTS;
            self.rows = contacts.next_multiple_of(WORD_BITS);
            self.blocks.resize_with(self.rows.div_ceil(BLOCK_CONTACTS), Vec::new);
            for no in first..self.blocks.len() {
                let words = self.block_rows(no) * self.width;
                if self.blocks[no].is_empty() {
                    // Memory that comes zeroed is not written to before it is needed.
                    self.blocks[no] = vec![0; words];
                } else {
                    self.blocks[no].resize(words, 0);
                }
            }
        }
    }

    fn block_rows(&self, no: usize) -> usize {
        (self.rows - no * BLOCK_CONTACTS).min(BLOCK_CONTACTS)
    }

    fn widen(&mut self, width: usize) {
        for no in 0..self.blocks.len() {
            let mut wider = vec![0; self.block_rows(no) * width];
            if self.width > 0 {
                let rows = self.blocks[no].chunks_exact(self.width);
                for (from, to) in rows.zip(wider.chunks_exact_mut(width)) {
                    to[..self.width].copy_from_slice(from);
                }
            }
            self.blocks[no] = wider;
        }
        self.width = width;
    }

    pub(crate) fn get(&self, contact: ContactNo, condition: ConditionNo) -> bool {
        let (word, bit) = condition.word_and_bit();
        self.row(contact)[word] & bit != 0
    }

    /// Writes what has flipped for a contact.
    pub(crate) fn write(&mut self, contact: ContactNo, flipped: &Flipped) {
        let from = contact.index() % BLOCK_CONTACTS * self.width;
        let row = &mut self.blocks[contact.index() / BLOCK_CONTACTS][from..from + self.width];
        for condition in &flipped.list {
            let shift = condition.index() % WORD_BITS;
            let word = &mut row[condition.index() / WORD_BITS];
            *word ^= 1 << shift;
            // One more or one less, without a branch.
            let count = &mut self.counts[condition.index()];
            *count = (*count + (*word >> shift & 1) as u32 * 2).wrapping_sub(1);
        }
    }

    /// Flips bits of a contact.
    pub(crate) fn flip(&mut self, contact: ContactNo, conditions: impl IntoIterator<Item = ConditionNo>) {
        let from = contact.index() % BLOCK_CONTACTS * self.width;
        let row = &mut self.blocks[contact.index() / BLOCK_CONTACTS][from..from + self.width];
        for condition in conditions {
            let (word, bit) = condition.word_and_bit();
            row[word] ^= bit;
            let count = &mut self.counts[condition.index()];
            *count = if row[word] & bit != 0 { *count + 1 } else { *count - 1 };
        }
    }

    /// The conditions that are true for a contact.
    pub(crate) fn of_contact(&self, contact: ContactNo) -> Vec<ConditionNo> {
        let mut found = Vec::new();
        for (index, word) in self.row(contact).iter().enumerate() {
            let number = |bit: u32| ConditionNo::at(index * WORD_BITS + bit as usize);
            found.extend(members::bits(*word).map(number));
        }
        found
    }

    /// Reads one word of each of 64 rows into columns, from the contact `first` on; zeros where there is no row.
    pub(crate) fn read_into(&self, columns: &mut Columns, first: ContactNo, word: usize) {
        let mut square = [0; LANES];
        let from = first.index() % BLOCK_CONTACTS;
        if first.index() < self.rows {
            let block = &self.blocks[first.index() / BLOCK_CONTACTS];
            for (place, each) in square.iter_mut().enumerate() {
                *each = block[(from + place) * self.width + word];
            }
        }
        columns.put_square(word, from / LANES, square);
    }

    /// Writes the truths of conditions for a block of contacts whose rows are zero.
    pub(crate) fn write_block(&mut self, block: usize, conditions: &[ConditionNo], columns: &Columns) {
        for condition in conditions {
            let held: u32 = columns.column(*condition).iter().map(|word| word.count_ones()).sum();
            self.counts[condition.index()] += held;
        }
        let places = self.block_rows(block) / WORD_BITS;
        let (width, rows) = (self.width, &mut self.blocks[block]);
        let mut square = [0; LANES];
        // A cache line of each column has the words of eight places, and is read once.
        for first in (0..places).step_by(LINE_WORDS) {
            for word in 0..columns.row_words().min(width) {
                for place in first..places.min(first + LINE_WORDS) {
                    columns.read_square(word, place, &mut square);
                    let rows = rows[place * WORD_BITS * width..].iter_mut().skip(word).step_by(width);
                    rows.zip(&square).for_each(|(row, bits)| *row = *bits);
                }
            }
        }
    }

    /// Writes the truths of conditions for a block of contacts for which they were false, visiting each row once.
    pub(crate) fn write_columns(&mut self, block: usize, columns: &[(ConditionNo, &[u64])]) {
        let rows = &mut self.blocks[block];
        for place in 0..rows.len() / self.width.max(1) / WORD_BITS {
            // Rows in which none of the conditions holds are skipped: most conditions hold for few contacts.
            let held = columns.iter().fold(0, |held, (_, column)| held | column[place]);
            for lane in members::bits(held) {
                let from = (place * WORD_BITS + lane as usize) * self.width;
                for (condition, column) in columns {
                    let (word, _) = condition.word_and_bit();
                    rows[from + word] |= (column[place] >> lane & 1) << (condition.index() % WORD_BITS);
                }
            }
        }
        for (condition, column) in columns {
            self.counts[condition.index()] += column.iter().map(|word| word.count_ones()).sum::<u32>();
        }
    }

    /// Makes conditions false for every contact.
    pub(crate) fn clear_conditions(&mut self, conditions: &[ConditionNo]) {
        for condition in conditions {
            let (word, bit) = condition.word_and_bit();
            if self.counts[condition.index()] == 0 {
                continue;
            }
            for block in &mut self.blocks {
                block.iter_mut().skip(word).step_by(self.width).for_each(|bits| *bits &= !bit);
            }
            self.counts[condition.index()] = 0;
        }
    }

    /// The number of contacts for which a condition is true.
    pub(crate) fn count(&self, condition: ConditionNo) -> u32 {
        self.counts[condition.index()]
    }

    /// Words in a row.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Makes every condition false for a contact.
    pub(crate) fn clear(&mut self, contact: ContactNo) {
        let conditions = self.of_contact(contact);
        self.flip(contact, conditions);
    }

    /// The bits of a contact.
    pub(crate) fn row(&self, contact: ContactNo) -> &[u64] {
        let from = contact.index() % BLOCK_CONTACTS * self.width;
        &self.blocks[contact.index() / BLOCK_CONTACTS][from..from + self.width]
    }

    /// The memory that they take.
    pub(crate) fn bytes(&self) -> usize {
        bytes::list(&self.counts)
            + bytes::list(&self.blocks)
            + self.blocks.iter().map(bytes::list).sum::<usize>()
    }

    /// Reads every cache line of a contact's bits, to bring them into the cache. The caller must use the result, or
    /// the read is optimized away.
    pub(crate) fn touch(&self, contact: ContactNo) -> u64 {
        self.row(contact).iter().step_by(LINE_WORDS).fold(0, |all, word| all | word)
    }
}

/// The conditions that flipped for one contact, before its bits are written, as a list in the order in which they
/// flipped and as bits. Invariant: both have the same conditions, each once.
#[derive(Debug, Default)]
pub(crate) struct Flipped {
    list: Vec<ConditionNo>,
    words: Vec<u64>,
}

impl Flipped {
    /// Clears everything, and prepares for rows of this width.
    pub(crate) fn clear(&mut self, width: usize) {
        self.list.clear();
        self.words.fill(0);
        if self.words.len() != width {
            self.words.resize(width, 0);
        }
    }

    /// Adds a condition that has flipped and is not in the list yet.
    pub(crate) fn push(&mut self, condition: ConditionNo) {
        let (word, bit) = condition.word_and_bit();
        debug_assert!(self.words[word] & bit == 0, "a condition flips once");
        self.words[word] |= bit;
        self.list.push(condition);
    }

    /// In the order in which they flipped.
    pub(crate) fn list(&self) -> &[ConditionNo] {
        &self.list
    }
}

impl Extend<ConditionNo> for Flipped {
    fn extend<I: IntoIterator<Item = ConditionNo>>(&mut self, conditions: I) {
        conditions.into_iter().for_each(|condition| self.push(condition));
    }
}

/// The truths of one contact before a change, and which of them have flipped.
#[derive(Clone, Copy)]
pub(crate) struct RowChange<'a> {
    row: &'a [u64],
    flipped: &'a [u64],
}

impl<'a> RowChange<'a> {
    /// The lanes in which a rule is evaluated for one contact: before and after the change.
    pub(crate) const BEFORE: u64 = 1;
    pub(crate) const AFTER: u64 = 2;

    /// A contact's bits before the change, and what flipped.
    pub(crate) fn new(row: &'a [u64], flipped: &'a Flipped) -> Self {
        RowChange { row, flipped: &flipped.words[..row.len()] }
    }

    /// The lanes in which a condition holds.
    pub(crate) fn lanes(self, condition: ConditionNo) -> u64 {
        let (word, shift) = (condition.index() / WORD_BITS, condition.index() % WORD_BITS);
        let (before, flipped) = (self.row[word], self.flipped[word]);
        (before >> shift & 1) | ((before ^ flipped) >> shift & 1) << 1
    }

    /// Whether a condition holds now.
    pub(crate) fn holds(self, condition: ConditionNo) -> bool {
        self.lanes(condition) & Self::AFTER != 0
    }

    /// The words before the change, and what flipped in each.
    pub(crate) fn rows(self) -> (&'a [u64], &'a [u64]) {
        (self.row, self.flipped)
    }
}

impl ConditionNo {
    /// The word and the bit of a condition in a contact's row.
    pub(crate) fn word_and_bit(self) -> (usize, u64) {
        (self.index() / WORD_BITS, 1 << (self.index() % WORD_BITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stay_when_rows_widen() {
        let mut truths = Truths::default();
        truths.reserve(5_000, 1);
        truths.flip(ContactNo(4_999), [ConditionNo(0)]);
        truths.reserve(5_000, 1_000);
        truths.flip(ContactNo(4_999), [ConditionNo(999)]);
        assert_eq!(truths.of_contact(ContactNo(4_999)), [ConditionNo(0), ConditionNo(999)]);
        assert_eq!(truths.of_contact(ContactNo(4_998)), []);
        truths.clear(ContactNo(4_999));
        assert_eq!(truths.of_contact(ContactNo(4_999)), []);
    }
}
