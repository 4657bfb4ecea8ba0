//! Sums by segment over a change log: how many items, and how the number of members changes.

use std::sync::Arc;

use enlist_model::NoticeOutcome;

use crate::partition::SegmentIdx;
use crate::partition::output::{ChangeLog, Item, ItemKind};
use crate::publish::published_segment::PublishedSegment;

/// The sums of one segment's items in a delivery.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) index: SegmentIdx,
    /// The segment, with the rule for reading its items.
    pub(crate) segment: Arc<PublishedSegment>,
    pub(crate) sums: Sums,
}

/// Sums of items of one segment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) items: u32,
    /// Transitions in.
    pub(crate) entered: u64,
    /// Transitions out.
    pub(crate) left: u64,
    /// Members that notices added.
    pub(crate) built: u64,
    /// Members that notices removed.
    pub(crate) unbuilt: u64,
    /// The number of members with which the segment was built; 0 if it was not built here.
    pub(crate) initial: u64,
}

impl Sums {
    /// The sums of one item.
    pub(crate) fn of(item: &Item, changes: &ChangeLog) -> Self {
        let mut sums = Sums::default();
        sums.add(item, changes);
        sums
    }

    pub(crate) fn add(&mut self, item: &Item, changes: &ChangeLog) {
        self.items += 1;
        match item.kind {
            ItemKind::Entered => self.entered += 1,
            ItemKind::Left => self.left += 1,
            ItemKind::Notice => match changes.notice_of(item).map(|notice| notice.notice.outcome) {
                // Kept apart as well: history begins a built segment with its members, instead of counting them as entries.
                Some(NoticeOutcome::Built { members }) => {
                    self.initial = members;
                    self.built += members;
                }
                Some(NoticeOutcome::Rebuilt { entered, left }) => {
                    self.built += entered;
                    self.unbuilt += left;
                }
                Some(NoticeOutcome::Dropped) | None => {}
            },
        }
    }

    /// The number of members after the items, given the number before.
    pub(crate) fn count_after(&self, before: u64) -> u64 {
        before + self.entered + self.built - self.left - self.unbuilt
    }
}
