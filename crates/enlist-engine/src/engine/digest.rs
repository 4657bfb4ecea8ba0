//! The members of a segment in two numbers, to compare what two processes made of the same facts.
//!
//! Invariant: the digest depends on which contacts are members and on nothing else, and it stays the same in every version.

use enlist_model::SegmentId;

use crate::definitions::Segment;
use crate::engine::Engine;

/// The members of a segment, as numbers that can be compared and combined.
///
/// Of a segment of a workspace over several engines, the counts are added and the digests combined with XOR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberDigest {
    /// How many members there are.
    pub count: u64,
    /// XOR of [`hash`](Self::hash) over the creation numbers of the members.
    pub digest: u64,
}

impl MemberDigest {
    /// The hash of a creation number: the next number of `SplitMix64` in the state of that creation number. It is stored, so it never
    /// changes.
    pub const fn hash(creation: u64) -> u64 {
        let state = creation.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Adds members that this one does not have.
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.digest ^= other.digest;
    }
}

impl Engine {
    /// The members of every segment as a digest, in order of creation. Takes time in proportion to the members of all segments.
    pub fn member_digests(&self) -> Vec<(SegmentId, MemberDigest)> {
        let contacts = &self.facts.contacts;
        // Once for each contact, not once for each member.
        let hashes: Vec<u64> = contacts.creations().map(MemberDigest::hash).collect();
        let digest = |(no, segment): (_, &Segment)| {
            let members = self.membership.of(no);
            let digest = members.iter().fold(0, |digest, contact| digest ^ hashes[contact.index()]);
            (segment.id().clone(), MemberDigest { count: members.len(), digest })
        };
        self.definitions.segments().map(digest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_creation_number_is_that_of_every_version() {
        let hashes = [0, 1, 2, u64::MAX].map(MemberDigest::hash);
        assert_eq!(
            hashes,
            [0xe220_a839_7b1d_cdaf, 0x910a_2dec_8902_5cc1, 0x9758_35de_1c97_56ce, 0xe4d9_7177_1b65_2c20]
        );
    }
}
