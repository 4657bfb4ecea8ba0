//! A digest of flips that does not depend on their order, so that lanes that find them in different orders can be
//! compared.
//!
//! Invariant: the digest of several flips is the sum of their digests.

/// One membership that flipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    /// The event of the part.
    pub event: u32,
    /// The segment.
    pub segment: u32,
    /// The contact.
    pub contact: u32,
    /// Whether it entered.
    pub entered: bool,
}

/// A sum over flips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    sum: u64,
    count: u64,
}

impl Digest {
    /// Adds a flip.
    pub fn add(&mut self, flip: Flip) {
        let place = u64::from(flip.event) << 32 | u64::from(flip.contact);
        let change = u64::from(flip.segment) << 1 | u64::from(flip.entered);
        self.sum = self.sum.wrapping_add(mixed(mixed(place).wrapping_add(change)));
        self.count += 1;
    }

    /// How many flips it sums.
    pub fn count(self) -> u64 {
        self.count
    }
}

impl FromIterator<Flip> for Digest {
    fn from_iter<I: IntoIterator<Item = Flip>>(flips: I) -> Self {
        flips.into_iter().fold(Digest::default(), |mut digest, flip| {
            digest.add(flip);
            digest
        })
    }
}

/// Every bit of the result depends on every bit of the word (the finisher of `SplitMix64`).
pub(crate) fn mixed(mut word: u64) -> u64 {
    word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}
