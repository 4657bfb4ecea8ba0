//! The members of a workspace's segments as digests, over all partitions.
//!
//! Invariant: equal members have equal digests, however they are spread over partitions.

use std::collections::BTreeMap;

use enlist_engine::MemberDigest;
use enlist_model::SegmentId;
use enlist_store::DigestRecord;

use crate::error::Error;
use crate::sequencer::shared::Sequencer;

impl Sequencer {
    /// The digests as of now.
    ///
    /// # Errors
    /// [`Error::PartitionFailed`].
    pub(crate) fn digests(&self) -> Result<DigestRecord, Error> {
        let state = self.read();
        let mut segments: BTreeMap<SegmentId, MemberDigest> = BTreeMap::new();
        for engine in state.engines()? {
            for (segment, digest) in engine.member_digests() {
                segments.entry(segment).or_default().add(digest);
            }
        }
        let segments =
            segments.into_iter().map(|(id, MemberDigest { count, digest, .. })| (id, count, digest));
        Ok(DigestRecord { revision: state.revision.number(), segments: segments.collect() })
    }

    /// The segments whose members differ from digests of the same revision.
    ///
    /// # Errors
    /// As [`digests`](Self::digests).
    pub(crate) fn segments_unlike(&self, stored: &DigestRecord) -> Result<Vec<SegmentId>, Error> {
        let found = self.digests()?;
        let stored: BTreeMap<_, _> =
            stored.segments.iter().map(|(id, count, digest)| (id, (*count, *digest))).collect();
        let unlike =
            found.segments.iter().filter(|(id, count, digest)| stored.get(id) != Some(&(*count, *digest)));
        Ok(unlike.map(|(id, ..)| id.clone()).collect())
    }

    /// The ids of all segments.
    pub(crate) fn segment_ids(&self) -> Vec<SegmentId> {
        self.read().segments.iter().map(|(_, row)| row.published.id.clone()).collect()
    }
}
