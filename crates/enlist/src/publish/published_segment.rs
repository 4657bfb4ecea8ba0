//! What is needed to read a segment's items: its id, and the conditions of its rule at that time.
//!
//! A tally shares it with the table of segments, so that a retained delivery keeps the rules of its own segments only.

use enlist_engine::RuleConditions;
use enlist_model::SegmentId;

/// What is needed to read a segment's items: its id, and its rule's conditions as each partition's engine numbers them.
#[derive(Debug)]
pub(crate) struct PublishedSegment {
    pub(crate) id: SegmentId,
    /// By partition.
    pub(crate) conditions: Vec<RuleConditions>,
}

impl PublishedSegment {
    /// The same segment with other numbers for its conditions.
    pub(crate) fn with_conditions(&self, conditions: Vec<RuleConditions>) -> Self {
        PublishedSegment { id: self.id.clone(), conditions }
    }

    /// The heap memory that it takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.conditions.iter().map(RuleConditions::bytes).sum()
    }
}
