//! Sums by segment over a change log: how many items, and how the number of members changes.

use std::sync::Arc;

use enlist_model::NoticeOutcome;
use smallvec::SmallVec;

use crate::partition::SegmentIdx;
use crate::partition::output::{ChangeLog, Item, ItemKind, spilled_bytes};
use crate::publish::published_segment::PublishedSegment;

/// The tallies of a delivery.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    /// One for each segment that has items, in order of first appearance.
    pub(crate) by_segment: Vec<Tally>,
    /// For each item the position of its segment's tally. They are apart from the items, because a subscriber of few segments
    /// searches all of them.
    of_items: SmallVec<[u32; 8]>,
}

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

impl Tallies {
    /// Up to this many items have room for a tally each.
    const FEW: usize = 32;

    /// No tallies yet, for this many items.
    pub(crate) fn for_items(items: usize) -> Self {
        // The items of one event are of as many segments. Those of many events are mostly of fewer, so their list grows.
        let by_segment = Vec::with_capacity(items.min(Self::FEW));
        Tallies { by_segment, of_items: SmallVec::with_capacity(items) }
    }

    /// Adds the next item to a tally.
    pub(crate) fn add(&mut self, tally: u32, item: &Item, changes: &ChangeLog) {
        self.of_items.push(tally);
        self.by_segment[tally as usize].sums.add(item, changes);
    }

    /// How many items they are of.
    pub(crate) fn len(&self) -> usize {
        self.of_items.len()
    }

    /// The tally of the item at a position.
    pub(crate) fn of_item(&self, position: usize) -> &Tally {
        &self.by_segment[self.tally_of(position) as usize]
    }

    /// The position of the tally of the item at a position.
    pub(crate) fn tally_of(&self, position: usize) -> u32 {
        self.of_items[position]
    }

    /// The position of the first item from `from` on that belongs to one of these tallies.
    pub(crate) fn next_item(&self, from: usize, wanted: &[u32]) -> Option<usize> {
        let rest = self.of_items.get(from..)?;
        let next = match wanted {
            // Most subscriptions are to one segment; comparing with one number needs no inner loop.
            [one] => rest.iter().position(|tally| tally == one),
            _ => rest.iter().position(|tally| wanted.contains(tally)),
        };
        next.map(|position| from + position)
    }

    /// The heap memory that they take, estimated. The segments' rules are counted with the segments.
    pub(crate) fn bytes(&self) -> usize {
        self.by_segment.capacity() * size_of::<Tally>() + spilled_bytes(&self.of_items)
    }
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
