//! Many contacts at once: the members of segments whose rules are new, 64 contacts a word.
//!
//! The truth bits stand row by contact; for 64 contacts they are turned into columns, one word a condition, and a rule
//! over them is a few operations for all 64.

use crate::engine::Engine;
use crate::members::{self, Members};
use crate::number::{ConditionNo, ContactNo, SegmentNo};

/// Contacts a word.
const LANES: usize = 64;

impl Engine {
    /// The contacts of whom the rules of segments hold by their truth bits, a set a segment. The segments are given each
    /// after those it refers to. With `is_anew`, the truth bits of conditions on their membership are set on the way,
    /// for those after them to read.
    pub(super) fn members_of_all(&mut self, segments: &[SegmentNo], is_anew: bool) -> Vec<Members> {
        let mut members = vec![Members::default(); segments.len()];
        let mut words: Vec<usize> = segments
            .iter()
            .flat_map(|segment| self.definitions.expression(*segment).conditions())
            .map(|condition| condition.index() / LANES)
            .collect();
        words.sort_unstable();
        words.dedup();
        let mut columns = vec![0; self.conditions.numbers().next_multiple_of(LANES)];
        for first in (0..self.facts.contacts.numbers()).step_by(LANES) {
            let living = self.living_among(first);
            if living == 0 {
                continue;
            }
            for word in words.iter().copied() {
                self.turn_into_columns(first, word, &mut columns[word * LANES..][..LANES]);
            }
            for (segment, members) in segments.iter().zip(&mut members) {
                let holds = |condition: ConditionNo| columns[condition.index()];
                let held = self.definitions.expression(*segment).holds_in(living, &holds);
                members.push_word(ContactNo::at(first), held);
                if is_anew && let Some(condition) = self.conditions.member_of(*segment) {
                    columns[condition.index()] = held;
                    for lane in members::bits(living) {
                        let contact = ContactNo::at(first + lane as usize);
                        self.truths.set(contact, condition, held >> lane & 1 != 0);
                    }
                }
            }
        }
        members
    }

    /// Which of 64 contacts exist.
    fn living_among(&self, first: usize) -> u64 {
        let is_living = |lane: &usize| self.facts.contacts.living(ContactNo::at(first + lane)).is_some();
        (0..LANES).filter(is_living).fold(0, |living, lane| living | 1 << lane)
    }

    /// One word of the truth bits of 64 contacts, turned into 64 columns, a word each.
    fn turn_into_columns(&self, first: usize, word: usize, columns: &mut [u64]) {
        let count = (self.facts.contacts.numbers() - first).min(LANES);
        for (lane, column) in columns.iter_mut().enumerate() {
            *column = if lane < count { self.truths.row(ContactNo::at(first + lane))[word] } else { 0 };
        }
        transpose(columns);
    }
}

/// Transposes a matrix of 64 × 64 bits: swaps the off-diagonal quarters, then the quarters of each quarter, and so on.
/// (Hacker's Delight, second edition, section 7-3, mirrored so that bit 0 is the first column.)
fn transpose(rows: &mut [u64]) {
    let mut size = LANES / 2;
    let mut mask = u64::MAX >> size;
    while size > 0 {
        let mut row = 0;
        while row < LANES {
            let swapped = (rows[row] >> size ^ rows[row + size]) & mask;
            rows[row] ^= swapped << size;
            rows[row + size] ^= swapped;
            row = (row + size + 1) & !size;
        }
        size /= 2;
        mask ^= mask << size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transposed_matrix_has_its_columns_for_rows() {
        let mut rows: Vec<u64> =
            (0..64_u64).map(|row| (row + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let before = rows.clone();
        transpose(&mut rows);
        for (row, column) in (0..64).flat_map(|row| (0..64).map(move |column| (row, column))) {
            assert_eq!(rows[row] >> column & 1, before[column] >> row & 1, "{row}, {column}");
        }
    }
}
