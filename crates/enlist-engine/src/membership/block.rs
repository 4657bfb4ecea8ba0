//! A block of a set of contacts: up to 65,536 numbers that follow each other.
//!
//! It is a sorted list while it holds few, a row of bits otherwise. It does not know where it is in the set. Invariant: a list is sorted and
//! no longer than [`LIST_MOST`]; the count of a row is right.

use enlist_model::Change;

use crate::bytes;

/// Contacts in a block.
pub(super) const BLOCK_CONTACTS: u32 = 65_536;
pub(super) const WORD_BITS: u32 = 64;
pub(super) const BLOCK_WORDS: usize = (BLOCK_CONTACTS / WORD_BITS) as usize;
/// The maximum length of a list: 1 in 256 of a block.
const LIST_MOST: usize = 256;
/// A row of bits becomes a list again below this count. It is half of `LIST_MOST`, so that one contact that enters
/// and leaves repeatedly does not convert the block each time.
const ROW_LEAST: u32 = 128;

/// A run of contacts, by their numbers within it.
#[derive(Clone, Debug)]
pub(super) enum Block {
    List(Vec<u16>),
    Row { words: Box<[u64; BLOCK_WORDS]>, count: u32 },
}

impl Block {
    pub(super) fn count(&self) -> u32 {
        match self {
            Block::List(list) => list.len() as u32,
            Block::Row { count, .. } => *count,
        }
    }

    pub(super) fn contains(&self, low: u16) -> bool {
        match self {
            Block::List(list) => list.binary_search(&low).is_ok(),
            Block::Row { words, .. } => words[word_of(low)] & bit_of(low) != 0,
        }
    }

    /// Lets a contact enter or leave. Returns whether it was on the other side.
    #[inline]
    pub(super) fn change(&mut self, low: u16, direction: Change) -> bool {
        let Block::Row { words, count } = self else { return self.change_list(low, direction) };
        // No branch on the direction: which one comes next cannot be predicted.
        let is_in = u64::from(direction == Change::Entered);
        let (word, bit) = (&mut words[word_of(low)], u32::from(low) % WORD_BITS);
        let was_in = *word >> bit & 1;
        *word = *word & !(1 << bit) | is_in << bit;
        *count = *count + is_in as u32 - was_in as u32;
        if *count < ROW_LEAST {
            *self = Block::List(self.from(0).collect());
        }
        is_in != was_in
    }

    fn change_list(&mut self, low: u16, direction: Change) -> bool {
        let Block::List(list) = self else { return false };
        match (list.binary_search(&low), direction) {
            (Err(index), Change::Entered) => list.insert(index, low),
            (Ok(index), Change::Left) => {
                list.remove(index);
            }
            (Ok(_), Change::Entered) | (Err(_), Change::Left) => return false,
        }
        if list.len() > LIST_MOST {
            *self = Block::row(list);
        }
        true
    }

    /// `held` is the number of bits that are set.
    pub(super) fn push_words(&mut self, first: u16, words: &[u64], held: u32) {
        if let Block::List(list) = self
            && list.len() + held as usize > LIST_MOST
        {
            *self = Block::row(list);
        }
        match self {
            Block::List(list) => {
                list.reserve_exact(held as usize);
                for (index, word) in words.iter().enumerate() {
                    list.extend(bits(*word).map(|bit| first + number(index, bit)));
                }
            }
            Block::Row { words: row, count } => {
                row[word_of(first)..][..words.len()].copy_from_slice(words);
                *count += held;
            }
        }
    }

    /// The members from one on, in order.
    pub(super) fn from(&self, low: u16) -> impl Iterator<Item = u16> {
        let (list, words) = self.parts();
        let listed = list[list.partition_point(|each| *each < low)..].iter().copied();
        let first = word_of(low);
        let in_row = words.iter().enumerate().skip(first).flat_map(move |(index, word)| {
            let masked = if index == first { word & !(bit_of(low) - 1) } else { *word };
            bits(masked).map(move |bit| number(index, bit))
        });
        listed.chain(in_row)
    }

    /// The members up to and including one, in descending order.
    pub(super) fn back_from(&self, low: u16) -> impl Iterator<Item = u16> {
        let (list, words) = self.parts();
        let listed = list[..list.partition_point(|each| *each <= low)].iter().rev().copied();
        let final_word = word_of(low);
        let in_row = words.iter().enumerate().take(final_word + 1).rev().flat_map(move |(index, word)| {
            let masked = if index == final_word { word & (bit_of(low) | (bit_of(low) - 1)) } else { *word };
            bits_back(masked).map(move |bit| number(index, bit))
        });
        listed.chain(in_row)
    }

    /// The list and the row, one of which is empty.
    fn parts(&self) -> (&[u16], &[u64]) {
        match self {
            Block::List(list) => (list, &[]),
            Block::Row { words, .. } => (&[], &words[..]),
        }
    }

    pub(super) fn rank(&self, low: u16) -> u32 {
        match self {
            Block::List(list) => list.partition_point(|each| *each < low) as u32,
            Block::Row { words, .. } => {
                let word = word_of(low);
                let whole: u32 = words[..word].iter().map(|word| word.count_ones()).sum();
                whole + (words[word] & (bit_of(low) - 1)).count_ones()
            }
        }
    }

    pub(super) fn select(&self, rank: u32) -> Option<u16> {
        match self {
            Block::List(list) => list.get(rank as usize).copied(),
            Block::Row { words, .. } => {
                let mut rest = rank;
                for (index, word) in words.iter().enumerate() {
                    if rest < word.count_ones() {
                        let bit = bits(*word).nth(rest as usize)?;
                        return Some(number(index, bit));
                    }
                    rest -= word.count_ones();
                }
                None
            }
        }
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Block::List(list) => bytes::list(list),
            Block::Row { words, .. } => bytes::room::<u64>(words.len()),
        }
    }

    fn row(list: &[u16]) -> Block {
        let mut words = Box::new([0; BLOCK_WORDS]);
        for low in list {
            words[word_of(*low)] |= bit_of(*low);
        }
        Block::Row { words, count: list.len() as u32 }
    }
}

pub(super) fn word_of(low: u16) -> usize {
    (u32::from(low) / WORD_BITS) as usize
}

fn bit_of(low: u16) -> u64 {
    1 << (u32::from(low) % WORD_BITS)
}

/// The positions of the set bits, ascending.
pub(crate) fn bits(word: u64) -> impl Iterator<Item = u32> {
    std::iter::successors((word != 0).then_some(word), |rest| {
        let rest = rest & (rest - 1);
        (rest != 0).then_some(rest)
    })
    .map(u64::trailing_zeros)
}

/// The positions of the set bits, descending.
fn bits_back(word: u64) -> impl Iterator<Item = u32> {
    let last = |word: u64| WORD_BITS - 1 - word.leading_zeros();
    std::iter::successors((word != 0).then_some(word), move |rest| {
        let rest = rest & !(1 << last(*rest));
        (rest != 0).then_some(rest)
    })
    .map(last)
}

/// The number of a bit within its block.
fn number(word: usize, bit: u32) -> u16 {
    (word as u32 * WORD_BITS + bit) as u16
}
