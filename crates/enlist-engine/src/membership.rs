//! Which contacts each segment holds.
//!
//! The only place a transition is born: nothing else writes these sets. It knows neither rules nor facts.

use enlist_model::Change;
use roaring::RoaringBitmap;

use crate::definitions::Place;
use crate::members::Members;
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
    segments: Vec<Members>,
}

impl Membership {
    /// Makes room for a new segment, without members.
    pub(crate) fn add_segment(&mut self, segment: SegmentNo) {
        if segment.index() >= self.segments.len() {
            self.segments.resize_with(segment.index() + 1, Members::default);
        }
    }

    /// Drops a segment; hands back its members.
    pub(crate) fn drop_segment(&mut self, segment: SegmentNo) -> RoaringBitmap {
        std::mem::take(&mut self.segments[segment.index()]).to_roaring()
    }

    pub(crate) fn of(&self, segment: SegmentNo) -> &Members {
        &self.segments[segment.index()]
    }

    pub(crate) fn contains(&self, segment: SegmentNo, contact: ContactNo) -> bool {
        self.of(segment).contains(contact)
    }

    /// Lets a contact in that was not a member, or out that was.
    pub(crate) fn change(&mut self, place: Place, contact: ContactNo, enters: bool) -> Birth {
        let members = &mut self.segments[place.1.index()];
        let changed = if enters { members.insert(contact) } else { members.remove(contact) };
        debug_assert!(changed, "a contact enters only where it is not, and leaves only where it is");
        Birth { place, contact, change: if enters { Change::Entered } else { Change::Left } }
    }

    /// Gives a segment other members, whose rule has changed; hands back who entered and who left.
    pub(crate) fn replace(&mut self, segment: SegmentNo, members: Members) -> (RoaringBitmap, RoaringBitmap) {
        let after = members.to_roaring();
        let before = std::mem::replace(&mut self.segments[segment.index()], members).to_roaring();
        (&after - &before, before - after)
    }
}
