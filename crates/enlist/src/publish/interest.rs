//! Which segments a subscriber wants to receive.

use enlist_model::SegmentId;

use crate::partition::SegmentIdx;
use crate::publish::delivery::Delivery;

/// The segments of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    All,
    Segments(Vec<SegmentId>),
}

impl Interest {
    fn includes(&self, segment: &SegmentId) -> bool {
        match self {
            Interest::All => true,
            Interest::Segments(segments) => segments.contains(segment),
        }
    }

    /// How many items of a delivery it includes.
    pub(crate) fn count_in(&self, delivery: &Delivery) -> usize {
        let tallies = delivery.tallies.iter().filter(|tally| self.includes(&tally.segment.id));
        tallies.map(|tally| tally.sums.items as usize).sum()
    }

    /// The segments of a delivery that it includes, by index; `None` if it includes all.
    pub(crate) fn indices_in(&self, delivery: &Delivery) -> Option<Vec<SegmentIdx>> {
        match self {
            Interest::All => None,
            Interest::Segments(_) => {
                let segments = delivery.segments().filter(|(_, id)| self.includes(id));
                Some(segments.map(|(index, _)| index).collect())
            }
        }
    }
}
