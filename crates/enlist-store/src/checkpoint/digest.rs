//! What a store was closed with: the versions that results depend on, and the members of segments as digests.
//!
//! They are compared when the store is opened again, and nothing is made of them. Invariant: digests are read only with the revision
//! that they are of.

use std::fmt;

use enlist_model::SegmentId;

use crate::codec::{self, BorrowDecode, Depth, Encode, List};
use crate::error::Error;

/// The versions of all that the results of a frame depend on besides its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versions {
    /// The number of the engine's semantics.
    pub semantics: u32,
    /// The version of the time-zone data.
    pub time_zones: String,
    /// A digest of how texts are compared, which follows the version of Unicode.
    pub unicode: u64,
}

/// The members of a workspace's segments as of a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestRecord {
    /// The revision.
    pub revision: u64,
    /// For each segment how many members it has, and the digest of their creation numbers.
    pub segments: Vec<(SegmentId, u64, u64)>,
}

#[derive(Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
struct StoredDigests<'a> {
    revision: u64,
    segments: List<(&'a str, u64, u64)>,
}

impl Versions {
    /// All versions.
    pub fn new(semantics: u32, time_zones: impl Into<String>, unicode: u64) -> Self {
        Versions { semantics, time_zones: time_zones.into(), unicode }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Versions { semantics, time_zones, unicode } = self;
        write!(out, "semantics {semantics}, time zones {time_zones}, Unicode data {unicode:016x}")
    }
}

impl DigestRecord {
    /// The record as bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let segments = self.segments.iter().map(|(id, count, digest)| (id.as_str(), *count, *digest));
        codec::encode(&StoredDigests { revision: self.revision, segments: List(segments.collect()) })
    }

    /// The record of some bytes.
    ///
    /// # Errors
    /// [`Error::Format`] if a newer version wrote them, [`Error::Malformed`] if they are no digests.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let StoredDigests { revision, segments } = codec::decode(bytes)?;
        let segment = |(id, count, digest): (&str, u64, u64)| {
            let id = SegmentId::new(id).map_err(|error| Error::malformed(error.to_string()))?;
            Ok((id, count, digest))
        };
        Ok(DigestRecord {
            revision,
            segments: segments.0.into_iter().map(segment).collect::<Result<_, _>>()?,
        })
    }
}
