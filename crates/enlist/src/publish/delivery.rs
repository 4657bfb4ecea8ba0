//! A delivery: transitions and notices in the order of the contract, with the segments' rules at that time. Its readers share
//! it.
//!
//! A frame publishes one delivery, or several if it contains definitions: a definition closes one and opens the next, so that an
//! item is always read with the rule that was in force. Invariant: a delivery never changes, and it retains the ids of the
//! contacts that its notices name.

use std::sync::Arc;

use enlist_engine::RetainedIds;
use enlist_model::WorkspaceId;
use enlist_store::SourcePosition;

use crate::partition::output::{ChangeLog, Item};
use crate::publish::published_segment::PublishedSegment;
use crate::publish::tally::Tallies;
use crate::revision::{Revision, Sequence};

/// What a frame published between two definitions.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) workspace: Arc<WorkspaceId>,
    pub(crate) revision: Revision,
    /// The sequence of the first item. The sequences of the other items follow without holes.
    pub(crate) first: Sequence,
    pub(crate) changes: ChangeLog,
    pub(crate) tallies: Tallies,
    /// Keeps the ids of deleted contacts for the notices; empty without notices.
    pub(crate) names: Arc<[RetainedIds]>,
    /// The source of the events, if the changes have origins.
    pub(crate) source: Option<Arc<str>>,
}

impl Delivery {
    /// How many transitions and notices it holds.
    pub(crate) fn len(&self) -> usize {
        self.changes.items.len()
    }

    /// The sequence after the last item's.
    pub(crate) fn end(&self) -> Sequence {
        self.first.plus(self.len() as u64)
    }

    /// The segment of the item at a position.
    pub(crate) fn segment_of(&self, position: usize) -> &PublishedSegment {
        &self.tallies.of_item(position).segment
    }

    /// The source of the event that caused an item, and the position of the event there.
    pub(crate) fn origin_of(&self, item: &Item) -> Option<(&str, SourcePosition)> {
        let position = self.changes.origin_of(item)?;
        Some((self.source.as_deref()?, position))
    }

    /// The memory that it takes, estimated. The segments' rules are counted with the segments.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Delivery>() + self.changes.bytes() + self.tallies.bytes()
    }
}
