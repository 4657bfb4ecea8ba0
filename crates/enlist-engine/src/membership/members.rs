//! The members of one segment: a set of contact numbers that is stored flat where it is dense.
//!
//! Each run of 65,536 contacts is a block: a sorted list while it holds few, a row of bits otherwise. This is like
//! a roaring bitmap, but it switches to bits sixteen times as early, because writing a bit costs the same
//! everywhere, while inserting into a list moves the rest of it. It knows only numbers. Invariant: the
//! count is that of its blocks.

use enlist_model::Change;
use roaring::RoaringBitmap;
use smallvec::SmallVec;

use crate::bytes;
use crate::ids::ContactNo;
use crate::membership::block::{BLOCK_CONTACTS, BLOCK_WORDS, Block, WORD_BITS, word_of};

/// A set of contacts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// The first two in place: to write a membership is to wait for memory, and a list apart is one more wait.
    blocks: SmallVec<[Block; 2]>,
    count: u64,
}

impl Members {
    pub(crate) fn len(&self) -> u64 {
        self.count
    }

    pub(crate) fn contains(&self, contact: ContactNo) -> bool {
        let (block, low) = split(contact.0);
        self.blocks.get(block).is_some_and(|block| block.contains(low))
    }

    /// Reads the memory that holds a contact's bit, to bring it into the cache before it is written. The caller
    /// must use the result, or the read is optimized away.
    pub(crate) fn touch(&self, contact: ContactNo) -> u64 {
        let (block, low) = split(contact.0);
        match self.blocks.get(block) {
            Some(Block::Row { words, .. }) => words[word_of(low)],
            Some(Block::List(list)) => list.first().map_or(0, |first| u64::from(*first)),
            None => 0,
        }
    }

    /// Lets a contact enter or leave. Returns whether it was on the other side.
    #[inline]
    pub(crate) fn change(&mut self, contact: ContactNo, direction: Change) -> bool {
        let (block, low) = split(contact.0);
        let flips = self.block_mut(block).change(low, direction);
        match direction {
            Change::Entered => self.count += u64::from(flips),
            Change::Left => self.count -= u64::from(flips),
        }
        flips
    }

    /// Adds those of some contacts whose bits are set, 64 to a word. `first` is the number of the first of them and
    /// greater than all members; no block begins after it and within the words.
    pub(crate) fn push_words(&mut self, first: ContactNo, words: &[u64]) {
        let held: u32 = words.iter().map(|word| word.count_ones()).sum();
        if held != 0 {
            let (block, low) = split(first.0);
            self.block_mut(block).push_words(low, words, held);
            self.count += u64::from(held);
        }
    }

    /// Which of 64 contacts are members, from `first` on, which must be a multiple of 64.
    pub(crate) fn word(&self, first: ContactNo) -> u64 {
        let (block, low) = split(first.0);
        match self.blocks.get(block) {
            Some(Block::Row { words, .. }) => words[word_of(low)],
            Some(Block::List(list)) => {
                let from = list.partition_point(|each| *each < low);
                let within = list[from..].iter().take_while(|each| u32::from(**each - low) < WORD_BITS);
                within.fold(0, |word, each| word | 1 << (each - low))
            }
            None => 0,
        }
    }

    /// The number of members below a contact number.
    pub(crate) fn rank(&self, contact: ContactNo) -> u64 {
        let (block, low) = split(contact.0);
        let before: u64 = self.blocks.iter().take(block).map(|block| u64::from(block.count())).sum();
        before + self.blocks.get(block).map_or(0, |block| u64::from(block.rank(low)))
    }

    /// The member with exactly `rank` members before it.
    pub(crate) fn select(&self, rank: u64) -> Option<ContactNo> {
        let mut rest = rank;
        for (index, block) in self.blocks.iter().enumerate() {
            let count = u64::from(block.count());
            if rest < count {
                return Some(join(index, block.select(rest as u32)?));
            }
            rest -= count;
        }
        None
    }

    /// All members in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ContactNo> {
        self.iter_from(ContactNo(0))
    }

    /// The members from a number on, in order.
    pub(crate) fn iter_from(&self, contact: ContactNo) -> impl Iterator<Item = ContactNo> {
        let (first, low) = split(contact.0);
        self.blocks.iter().enumerate().skip(first).flat_map(move |(index, block)| {
            let from = if index == first { low } else { 0 };
            block.from(from).map(move |low| join(index, low))
        })
    }

    /// The members up to and including a number, in descending order.
    pub(crate) fn iter_back_from(&self, contact: ContactNo) -> impl Iterator<Item = ContactNo> {
        let (last, low) = split(contact.0);
        self.blocks.iter().enumerate().take(last + 1).rev().flat_map(move |(index, block)| {
            let upto = if index == last { low } else { u16::MAX };
            block.back_from(upto).map(move |low| join(index, low))
        })
    }

    /// The number of contacts in both sets.
    pub(crate) fn intersection_len(&self, other: &Members) -> u64 {
        let shared = |(one, two): (&Block, &Block)| match (one, two) {
            (Block::Row { words: one, .. }, Block::Row { words: two, .. }) => {
                one.iter().zip(two.iter()).map(|(one, two)| u64::from((one & two).count_ones())).sum()
            }
            (Block::List(list), block) | (block, Block::List(list)) => {
                list.iter().filter(|low| block.contains(**low)).count() as u64
            }
        };
        self.blocks.iter().zip(&other.blocks).map(shared).sum()
    }

    /// A copy of the set as a roaring bitmap.
    pub(crate) fn to_roaring(&self) -> RoaringBitmap {
        let mut bitmap = RoaringBitmap::new();
        for (index, block) in self.blocks.iter().enumerate() {
            let first = join(index, 0).0;
            match block {
                Block::List(list) => {
                    bitmap
                        .append(list.iter().map(|low| first + u32::from(*low)))
                        .expect("a list is in order and after all blocks before it");
                }
                Block::Row { words, .. } => {
                    let mut bytes = [0; BLOCK_WORDS * size_of::<u64>()];
                    let (eights, _) = bytes.as_chunks_mut();
                    for (eight, word) in eights.iter_mut().zip(words.iter()) {
                        *eight = word.to_le_bytes();
                    }
                    bitmap |= RoaringBitmap::from_lsb0_bytes(first, &bytes);
                }
            }
        }
        bitmap
    }

    /// The memory that the set takes.
    pub(crate) fn bytes(&self) -> usize {
        bytes::small_list(&self.blocks) + self.blocks.iter().map(Block::bytes).sum::<usize>()
    }

    #[inline]
    fn block_mut(&mut self, index: usize) -> &mut Block {
        if index >= self.blocks.len() {
            self.reach(index + 1);
        }
        &mut self.blocks[index]
    }

    #[cold]
    fn reach(&mut self, blocks: usize) {
        // No more than needed, because there are many sets.
        self.blocks.reserve_exact(blocks - self.blocks.len());
        self.blocks.resize_with(blocks, || Block::List(Vec::new()));
    }
}

fn split(contact: u32) -> (usize, u16) {
    ((contact / BLOCK_CONTACTS) as usize, (contact % BLOCK_CONTACTS) as u16)
}

fn join(block: usize, low: u16) -> ContactNo {
    ContactNo(block as u32 * BLOCK_CONTACTS + u32::from(low))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::membership::block::bits;

    /// Numbers that turn a block into a row, leave gaps, and reach into a third block.
    fn numbers() -> impl Iterator<Item = u32> {
        (0..900).map(|n| n * 7).chain((0..200).map(|n| 70_000 + n * 64)).chain([131_072, 140_000])
    }

    #[test]
    fn it_answers_as_an_ordered_set_does_while_it_grows_and_shrinks() {
        let mut members = Members::default();
        let mut set = BTreeSet::new();
        let check = |members: &Members, set: &BTreeSet<u32>| {
            assert_eq!(members.len(), set.len() as u64);
            assert!(members.iter().map(|no| no.0).eq(set.iter().copied()));
            assert!(members.to_roaring().iter().eq(set.iter().copied()));
            for probe in [0, 6, 7, 65_535, 65_536, 70_000, 70_065, 140_000, 200_000] {
                let no = ContactNo(probe);
                assert_eq!(members.contains(no), set.contains(&probe), "{probe}");
                assert_eq!(members.rank(no), set.range(..probe).count() as u64, "{probe}");
                assert!(members.iter_from(no).map(|no| no.0).eq(set.range(probe..).copied()), "{probe}");
                assert!(
                    members.iter_back_from(no).map(|no| no.0).eq(set.range(..=probe).rev().copied()),
                    "{probe}"
                );
            }
            for (rank, number) in set.iter().enumerate() {
                assert_eq!(members.select(rank as u64), Some(ContactNo(*number)));
            }
            assert_eq!(members.select(set.len() as u64), None);
        };
        for number in numbers() {
            assert_eq!(members.change(ContactNo(number), Change::Entered), set.insert(number));
            assert!(!members.change(ContactNo(number), Change::Entered));
        }
        check(&members, &set);
        for number in numbers().filter(|number| number % 9 != 0) {
            assert_eq!(members.change(ContactNo(number), Change::Left), set.remove(&number));
            assert!(!members.change(ContactNo(number), Change::Left));
        }
        check(&members, &set);
    }

    #[test]
    fn words_that_are_pushed_are_the_contacts_inserted() {
        let (mut pushed, mut inserted) = (Members::default(), Members::default());
        for first in (0..140_000).step_by(4_096) {
            let words: [u64; 64] = std::array::from_fn(|no| {
                let dense = u64::from(first + no as u32 * 64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                // Blocks stay lists, become rows, or have both: nothing for a while, then much.
                if first < 65_536 { dense & 0x8000_0000 } else { dense * u64::from(first > 100_000) }
            });
            pushed.push_words(ContactNo(first), &words);
            for (no, word) in words.into_iter().enumerate() {
                for bit in bits(word) {
                    inserted.change(ContactNo(first + no as u32 * 64 + bit), Change::Entered);
                }
            }
        }
        assert!(pushed.iter().eq(inserted.iter()));
        assert_eq!(pushed.len(), inserted.len());
        assert_eq!(pushed.intersection_len(&inserted), pushed.len());
        assert_eq!(pushed.intersection_len(&Members::default()), 0);
        assert!(pushed.bytes() > 8_192);
    }
}
