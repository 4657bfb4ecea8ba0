//! Fingerprints of texts: 64 bits that are the same in every process and every release.
//!
//! They recognize a text that a position cannot hold whole. The hashes of tables cannot, because they depend on a
//! secret seed. A fingerprint does not protect from somebody who looks for two texts with the same one; a position
//! that is mistaken because of that shows its own workspace a wrong page and nothing else.

/// FNV-1a.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint(u64);

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Fingerprint {
    /// The fingerprint of texts as if they were one.
    pub(super) fn of(texts: &[&str]) -> Self {
        let bytes = texts.iter().flat_map(|text| text.bytes());
        Fingerprint(bytes.fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME)))
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        Fingerprint(bits)
    }

    pub(super) fn bits(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_that_of_the_published_function() {
        for (texts, bits) in
            [(&[""][..], OFFSET), (&["a"], 0xaf63_dc4c_8601_ec8c), (&["foo", "bar"], 0x8594_4171_f739_67e8)]
        {
            assert_eq!(Fingerprint::of(texts).bits(), bits, "{texts:?}");
        }
    }
}
