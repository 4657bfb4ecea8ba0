//! What a store keeps of a consumer: how far it is, and what is done when it falls behind.
//!
//! It does not know what a consumer gets. Invariant: a record that is encoded is decoded to an equal record.

use crate::codec::{self, BorrowDecode, Depth, Encode};
use crate::error::Error;

/// A consumer of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerRecord {
    /// The last sequence that it needs no more.
    pub acknowledged: u64,
    /// How many items may wait for it.
    pub unacknowledged_most: u64,
    /// What is done when more wait.
    pub when_full: WhenFull,
}

/// What is done when too many items wait for a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Writes are refused.
    Refuse,
    /// The oldest are dropped, and it gets a gap.
    Gap,
}

#[derive(Clone, Copy, Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
pub(crate) struct StoredConsumer {
    acknowledged: u64,
    unacknowledged_most: u64,
    when_full: StoredWhenFull,
}

#[derive(Clone, Copy, Debug, PartialEq, Encode, BorrowDecode)]
#[bincode(decode_context = "Depth")]
enum StoredWhenFull {
    Refuse,
    Gap,
}

impl StoredConsumer {
    pub(crate) fn of(record: &ConsumerRecord) -> Self {
        StoredConsumer {
            acknowledged: record.acknowledged,
            unacknowledged_most: record.unacknowledged_most,
            when_full: match record.when_full {
                WhenFull::Refuse => StoredWhenFull::Refuse,
                WhenFull::Gap => StoredWhenFull::Gap,
            },
        }
    }

    pub(crate) fn into_record(self) -> ConsumerRecord {
        ConsumerRecord {
            acknowledged: self.acknowledged,
            unacknowledged_most: self.unacknowledged_most,
            when_full: match self.when_full {
                StoredWhenFull::Refuse => WhenFull::Refuse,
                StoredWhenFull::Gap => WhenFull::Gap,
            },
        }
    }
}

impl ConsumerRecord {
    /// The record as bytes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Error> {
        codec::encode(&StoredConsumer::of(self))
    }

    /// The record of some bytes.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Ok(codec::decode::<StoredConsumer>(bytes)?.into_record())
    }
}
