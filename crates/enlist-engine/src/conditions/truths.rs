//! The truth of every distinct condition for every contact: one bit each. A contact's bits are side by side, so
//! that testing any condition of a contact is one load, whatever its operator.
//!
//! It knows neither what a condition says nor what a contact is. Invariant between events: the bit of a condition that is in
//! use equals the condition evaluated on the facts. A number that no condition uses may have any bits, so that losing a condition
//! visits no row; the next condition with that number writes the bits of all contacts. The counts match the bits in any case.

use crate::bytes;
use crate::conditions::columns::{BLOCK_CONTACTS, Columns, LANES};
use crate::conditions::row_flips::RowFlips;
use crate::ids::{ConditionNo, ContactNo};
use crate::membership::block;

const WORD_BITS: usize = 64;
/// Up to this many rows it takes little time to widen them.
const FEW_ROWS: usize = 1_024;
/// Words in a cache line.
const LINE_WORDS: usize = 8;

/// Truth bits, one row for each contact.
#[derive(Debug, Default)]
pub(crate) struct Truths {
    /// Words in a row that are read.
    width: usize,
    /// The number of rows, a multiple of 64.
    rows: usize,
    /// For each number of a condition how many contacts have its bit.
    counts: Vec<u32>,
    blocks: Vec<Block>,
}

/// The rows of 4,096 contacts.
#[derive(Clone, Debug, Default)]
struct Block {
    /// Words from one row to the next: at least those that are read, and more while the rows are being widened block by block.
    stride: usize,
    words: Vec<u64>,
}

/// What is known of the bits of conditions before they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BitsBefore {
    /// Some may be set.
    Any,
    /// None is set, so that rows in which none of the conditions holds need no visit.
    Clear,
}

impl Truths {
    /// Makes room for contacts with numbers below `contacts`.
    pub(crate) fn reserve_contacts(&mut self, contacts: usize) {
        if contacts > self.rows {
            // Only a few rows more than needed, so that a small workspace takes little memory.
            let first = self.rows / BLOCK_CONTACTS;
            self.rows = contacts.next_multiple_of(WORD_BITS);
            let stride = self.width;
            self.blocks
                .resize_with(self.rows.div_ceil(BLOCK_CONTACTS), || Block { stride, words: Vec::new() });
            for no in first..self.blocks.len() {
                let rows = self.block_rows(no);
                let Block { stride, words } = &mut self.blocks[no];
                if words.is_empty() {
                    // Memory that comes zeroed is not written to before it is needed.
                    *words = vec![0; rows * *stride];
                } else {
                    words.resize(rows * *stride, 0);
                }
            }
        }
    }

    /// Makes room for conditions with numbers below `conditions`.
    pub(crate) fn reserve_conditions(&mut self, conditions: usize) {
        if conditions > self.counts.len() {
            self.counts.resize(conditions, 0);
        }
        if conditions.div_ceil(WORD_BITS) > self.width {
            for block in 0..self.blocks.len() {
                self.widen(block, conditions);
            }
            let narrowest = self.blocks.iter().map(|block| block.stride).min();
            self.width = narrowest.unwrap_or(roomy_width(self.rows, conditions));
        }
    }

    /// Makes room for conditions with numbers below `conditions` in the rows of one block, which are then wider than what is read of
    /// them.
    fn widen(&mut self, block: usize, conditions: usize) {
        let (rows, wider_stride) = (self.block_rows(block), roomy_width(self.rows, conditions));
        let Block { stride, words } = &mut self.blocks[block];
        if conditions.div_ceil(WORD_BITS) <= *stride {
            return;
        }
        let mut wider = vec![0; rows * wider_stride];
        if *stride > 0 {
            for (from, to) in words.chunks_exact(*stride).zip(wider.chunks_exact_mut(wider_stride)) {
                to[..*stride].copy_from_slice(from);
            }
        }
        self.blocks[block] = Block { stride: wider_stride, words: wider };
    }

    fn block_rows(&self, no: usize) -> usize {
        (self.rows - no * BLOCK_CONTACTS).min(BLOCK_CONTACTS)
    }

    pub(crate) fn get(&self, contact: ContactNo, condition: ConditionNo) -> bool {
        let (word, bit) = condition.word_and_bit();
        self.row(contact)[word] & bit != 0
    }

    /// Flips bits of a contact.
    pub(crate) fn flip(&mut self, contact: ContactNo, conditions: &[ConditionNo]) {
        let Block { stride, words } = &mut self.blocks[contact.index() / BLOCK_CONTACTS];
        let from = contact.index() % BLOCK_CONTACTS * *stride;
        let row = &mut words[from..from + self.width];
        for condition in conditions {
            let shift = condition.index() % WORD_BITS;
            let word = &mut row[condition.index() / WORD_BITS];
            *word ^= 1 << shift;
            // One more or one less, without a branch.
            let count = &mut self.counts[condition.index()];
            *count = (*count + (*word >> shift & 1) as u32 * 2).wrapping_sub(1);
        }
    }

    /// A copy in which the bits of some contacts are flipped. It has only the blocks of these contacts, for [`swap`](Self::swap).
    pub(crate) fn flipped(&self, flips: &RowFlips) -> Truths {
        let blocks = vec![Block::default(); self.blocks.len()];
        let mut copy = Truths { width: self.width, rows: self.rows, counts: self.counts.clone(), blocks };
        for (contact, conditions) in flips.iter() {
            let no = contact.index() / BLOCK_CONTACTS;
            if copy.blocks[no].words.is_empty() {
                copy.blocks[no].clone_from(&self.blocks[no]);
            }
            copy.flip(contact, conditions);
        }
        copy
    }

    /// Swaps the blocks that a [flipped copy](Self::flipped) has, and the counts.
    pub(crate) fn swap(&mut self, copy: &mut Truths) {
        std::mem::swap(&mut self.counts, &mut copy.counts);
        let blocks = self.blocks.iter_mut().zip(&mut copy.blocks);
        for (block, other) in blocks.filter(|(_, other)| !other.words.is_empty()) {
            std::mem::swap(block, other);
        }
    }

    /// The numbers of conditions that have a contact's bit, whether or not they are in use.
    pub(crate) fn of_contact(&self, contact: ContactNo) -> Vec<ConditionNo> {
        let mut found = Vec::new();
        for (index, word) in self.row(contact).iter().enumerate() {
            let number = |bit: u32| ConditionNo::at(index * WORD_BITS + bit as usize);
            found.extend(block::bits(*word).map(number));
        }
        found
    }

    /// Reads one word of each of 64 rows into columns, from the contact `first` on; zeros where there is no row.
    pub(crate) fn read_into(&self, columns: &mut Columns, first: ContactNo, word: usize) {
        let mut square = [0; LANES];
        let from = first.index() % BLOCK_CONTACTS;
        if first.index() < self.rows {
            let Block { stride, words } = &self.blocks[first.index() / BLOCK_CONTACTS];
            for (place, each) in square.iter_mut().enumerate() {
                *each = words[(from + place) * stride + word];
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
        let Block { stride, words: rows } = &mut self.blocks[block];
        let mut square = [0; LANES];
        // A cache line of each column has the words of eight places, and is read once.
        for first in (0..places).step_by(LINE_WORDS) {
            for word in 0..columns.row_words().min(*stride) {
                for place in first..places.min(first + LINE_WORDS) {
                    columns.read_square(word, place, &mut square);
                    let rows = rows[place * WORD_BITS * *stride..].iter_mut().skip(word).step_by(*stride);
                    rows.zip(&square).for_each(|(row, bits)| *row = *bits);
                }
            }
        }
    }

    /// What is known of the bits of some conditions.
    pub(crate) fn bits_before(&self, conditions: &[ConditionNo]) -> BitsBefore {
        let are_clear =
            conditions.iter().all(|no| self.counts.get(no.index()).is_none_or(|count| *count == 0));
        if are_clear { BitsBefore::Clear } else { BitsBefore::Any }
    }

    /// Writes the truths of conditions for a block of contacts, visiting each row once, and widens its rows if they have no room for
    /// them. What is read of the rows stays as wide as it was.
    pub(crate) fn write_columns(
        &mut self,
        block: usize,
        before: BitsBefore,
        columns: &[(ConditionNo, &[u64])],
    ) {
        let conditions = ConditionNo::room(columns.iter().map(|(no, _)| *no));
        if conditions > self.counts.len() {
            self.counts.resize(conditions, 0);
        }
        self.widen(block, conditions);
        let Block { stride, words: rows } = &mut self.blocks[block];
        for place in 0..rows.len() / (*stride).max(1) / WORD_BITS {
            let rows = &mut rows[place * WORD_BITS * *stride..];
            match before {
                // Most conditions hold for few contacts.
                BitsBefore::Clear => {
                    let held = columns.iter().fold(0, |held, (_, column)| held | column[place]);
                    for lane in block::bits(held) {
                        for (condition, column) in columns {
                            let (word, shift) =
                                (condition.index() / WORD_BITS, condition.index() % WORD_BITS);
                            rows[lane as usize * *stride + word] |= (column[place] >> lane & 1) << shift;
                        }
                    }
                }
                BitsBefore::Any => {
                    for (condition, column) in columns {
                        let ((word, bit), shift) = (condition.word_and_bit(), condition.index() % WORD_BITS);
                        let mut were_set = 0;
                        let rows = rows.iter_mut().skip(word).step_by(*stride);
                        for (lane, row) in rows.take(LANES).enumerate() {
                            were_set += (*row >> shift & 1) as u32;
                            *row = *row & !bit | (column[place] >> lane & 1) << shift;
                        }
                        self.counts[condition.index()] -= were_set;
                    }
                }
            }
            for (condition, column) in columns {
                self.counts[condition.index()] += column[place].count_ones();
            }
        }
    }

    /// The number of contacts for which a condition that is in use is true.
    pub(crate) fn count(&self, condition: ConditionNo) -> u32 {
        self.counts[condition.index()]
    }

    /// Words in a row.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Clears all bits of a contact.
    pub(crate) fn clear(&mut self, contact: ContactNo) {
        let conditions = self.of_contact(contact);
        self.flip(contact, &conditions);
    }

    /// The bits of a contact.
    pub(crate) fn row(&self, contact: ContactNo) -> &[u64] {
        let Block { stride, words } = &self.blocks[contact.index() / BLOCK_CONTACTS];
        let from = contact.index() % BLOCK_CONTACTS * stride;
        &words[from..from + self.width]
    }

    /// The memory that they take.
    pub(crate) fn bytes(&self) -> usize {
        bytes::list(&self.counts)
            + bytes::list(&self.blocks)
            + self.blocks.iter().map(|block| bytes::list(&block.words)).sum::<usize>()
    }

    /// Reads every cache line of a contact's bits, to bring them into the cache. The caller must use the result, or
    /// the read is optimized away.
    pub(crate) fn touch(&self, contact: ContactNo) -> u64 {
        self.row(contact).iter().step_by(LINE_WORDS).fold(0, |all, word| all | word)
    }
}

/// Words for conditions with numbers below `conditions`, and an eighth more, so that conditions that are added one by one rarely widen
/// the rows. Few rows are soon widened.
fn roomy_width(rows: usize, conditions: usize) -> usize {
    let needed = conditions.div_ceil(WORD_BITS);
    needed + if rows > FEW_ROWS { needed.div_ceil(8) } else { needed / 8 }
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
        truths.reserve_contacts(5_000);
        truths.reserve_conditions(1);
        truths.flip(ContactNo(4_999), &[ConditionNo(0)]);
        truths.reserve_conditions(1_000);
        truths.flip(ContactNo(4_999), &[ConditionNo(999)]);
        assert_eq!(truths.of_contact(ContactNo(4_999)), [ConditionNo(0), ConditionNo(999)]);
        assert_eq!(truths.of_contact(ContactNo(4_998)), []);
        truths.clear(ContactNo(4_999));
        assert_eq!(truths.of_contact(ContactNo(4_999)), []);
    }
}
