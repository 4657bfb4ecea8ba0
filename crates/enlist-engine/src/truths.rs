//! The truth of every distinct condition for every contact: one bit each, a contact's bits side by side, so that
//! testing any condition of a contact is one load, whatever its operator.
//!
//! It knows neither what a condition says nor what a contact is. What always holds between events: the bit equals the
//! condition evaluated on the facts. Rows of contacts that do not exist are zero.

use crate::number::{ConditionNo, ContactNo};

/// Contacts a block. Widening the rows copies one block at a time.
const BLOCK_CONTACTS: usize = 4_096;
const WORD_BITS: usize = 64;

/// Truth bits, row by contact.
#[derive(Debug, Default)]
pub(crate) struct Truths {
    /// Words a row.
    width: usize,
    blocks: Vec<Vec<u64>>,
}

impl Truths {
    /// Makes room for contacts with numbers below `contacts` and conditions with numbers below `conditions`.
    pub(crate) fn reserve(&mut self, contacts: usize, conditions: usize) {
        let needed = conditions.div_ceil(WORD_BITS);
        if needed > self.width {
            // A half more than needed, so that conditions that come one by one seldom widen the rows.
            self.widen(needed + needed / 2);
        }
        let blocks = contacts.div_ceil(BLOCK_CONTACTS);
        if blocks > self.blocks.len() {
            self.blocks.resize_with(blocks, || vec![0; BLOCK_CONTACTS * self.width]);
        }
    }

    fn widen(&mut self, width: usize) {
        for block in &mut self.blocks {
            let mut wider = vec![0; BLOCK_CONTACTS * width];
            if self.width > 0 {
                for (from, to) in block.chunks_exact(self.width).zip(wider.chunks_exact_mut(width)) {
                    to[..self.width].copy_from_slice(from);
                }
            }
            *block = wider;
        }
        self.width = width;
    }

    pub(crate) fn get(&self, contact: ContactNo, condition: ConditionNo) -> bool {
        get(self.row(contact), condition) != 0
    }

    pub(crate) fn flip(&mut self, contact: ContactNo, condition: ConditionNo) {
        flip(self.row_mut(contact), condition);
    }

    /// Sets a bit, and says whether that changed it.
    pub(crate) fn set(&mut self, contact: ContactNo, condition: ConditionNo, truth: bool) -> bool {
        let changes = self.get(contact, condition) != truth;
        if changes {
            self.flip(contact, condition);
        }
        changes
    }

    /// The conditions that are true of a contact.
    pub(crate) fn of_contact(&self, contact: ContactNo) -> Vec<ConditionNo> {
        let mut found = Vec::new();
        for (index, word) in self.row(contact).iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                found.push(ConditionNo::at(index * WORD_BITS + rest.trailing_zeros() as usize));
                rest &= rest - 1;
            }
        }
        found
    }

    /// Makes everything false of a contact.
    pub(crate) fn clear(&mut self, contact: ContactNo) {
        self.row_mut(contact).fill(0);
    }

    /// The bits of a contact.
    pub(crate) fn row(&self, contact: ContactNo) -> &[u64] {
        let from = contact.index() % BLOCK_CONTACTS * self.width;
        &self.blocks[contact.index() / BLOCK_CONTACTS][from..from + self.width]
    }

    fn row_mut(&mut self, contact: ContactNo) -> &mut [u64] {
        let from = contact.index() % BLOCK_CONTACTS * self.width;
        &mut self.blocks[contact.index() / BLOCK_CONTACTS][from..from + self.width]
    }
}

/// The truth of a condition among the bits of a contact, 0 or 1.
pub(crate) fn get(bits: &[u64], condition: ConditionNo) -> u64 {
    bits[condition.index() / WORD_BITS] >> (condition.index() % WORD_BITS) & 1
}

/// Flips the truth of a condition among the bits of a contact.
pub(crate) fn flip(bits: &mut [u64], condition: ConditionNo) {
    bits[condition.index() / WORD_BITS] ^= 1 << (condition.index() % WORD_BITS);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stay_when_rows_widen() {
        let mut truths = Truths::default();
        truths.reserve(5_000, 1);
        truths.flip(ContactNo(4_999), ConditionNo(0));
        truths.reserve(5_000, 1_000);
        truths.flip(ContactNo(4_999), ConditionNo(999));
        assert_eq!(truths.of_contact(ContactNo(4_999)), [ConditionNo(0), ConditionNo(999)]);
        assert_eq!(truths.of_contact(ContactNo(4_998)), []);
        truths.clear(ContactNo(4_999));
        assert_eq!(truths.of_contact(ContactNo(4_999)), []);
    }
}
