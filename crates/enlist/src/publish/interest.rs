//! Which segments a subscriber wants to receive.

use enlist_model::SegmentId;

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
        let tallies = delivery.tallies.by_segment.iter().filter(|tally| self.includes(&tally.segment.id));
        tallies.map(|tally| tally.sums.items as usize).sum()
    }

    /// The tallies of a delivery that it includes, by position; `None` if it includes all.
    pub(crate) fn tallies_in(&self, delivery: &Delivery) -> Option<Vec<u32>> {
        match self {
            Interest::All => None,
            Interest::Segments(_) => {
                let tallies = (0..).zip(&delivery.tallies.by_segment);
                let included = tallies.filter(|(_, tally)| self.includes(&tally.segment.id));
                Some(included.map(|(position, _)| position).collect())
            }
        }
    }
}
