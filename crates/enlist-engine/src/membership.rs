//! Which contacts each segment holds: a bitmap of contact numbers per segment.
//!
//! The only place a transition is born: nothing else writes these bitmaps. It knows neither rules nor facts.

use enlist_model::Change;
use roaring::RoaringBitmap;

use crate::definitions::Place;
use crate::number::{ContactNo, SegmentNo};

/// A contact entered or left a segment. In order of place, then contact, births are in the order of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Birth {
    pub(crate) place: Place,
    pub(crate) contact: ContactNo,
    pub(crate) change: Change,
}

/// The members of every segment.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    segments: Vec<RoaringBitmap>,
}

impl Membership {
    /// Makes room for a new segment, without members.
    pub(crate) fn add_segment(&mut self, segment: SegmentNo) {
        if segment.index() >= self.segments.len() {
            self.segments.resize_with(segment.index() + 1, RoaringBitmap::new);
        }
    }

    /// Drops a segment; hands back its members.
    pub(crate) fn drop_segment(&mut self, segment: SegmentNo) -> RoaringBitmap {
        std::mem::take(&mut self.segments[segment.index()])
    }

    pub(crate) fn of(&self, segment: SegmentNo) -> &RoaringBitmap {
        &self.segments[segment.index()]
    }

    pub(crate) fn contains(&self, segment: SegmentNo, contact: ContactNo) -> bool {
        self.of(segment).contains(contact.0)
    }

    /// Lets the contact be a member exactly if the segment's rule holds of it; says what changed.
    pub(crate) fn settle(&mut self, place: Place, contact: ContactNo, holds: bool) -> Option<Birth> {
        let members = &mut self.segments[place.1.index()];
        let changed = if holds { members.insert(contact.0) } else { members.remove(contact.0) };
        let change = if holds { Change::Entered } else { Change::Left };
        changed.then_some(Birth { place, contact, change })
    }
}
