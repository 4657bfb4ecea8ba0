//! The members of every segment.
//!
//! This is the only place where a membership change takes effect: nothing else writes these sets. It knows neither
//! rules nor facts. Changes are noted in a log and written together; nothing reads the sets while the log has any, so settling never
//! does. Invariant: after [`write`](Membership::write) the sets have all changes that were noted.

pub(crate) mod block;
pub(crate) mod members;
mod write_log;

use std::hint;

use enlist_model::Change;
use roaring::RoaringBitmap;

use crate::bytes;
use crate::growth;
use crate::ids::{ContactNo, SegmentNo, SegmentOrder};
use crate::membership::members::Members;
use crate::membership::write_log::{Write, WriteLog};

/// A contact entered or left a segment. Sorted by segment, then contact, membership changes are in the order of the
/// contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MembershipChange {
    pub(crate) segment: SegmentOrder,
    pub(crate) contact: ContactNo,
    pub(crate) direction: Change,
    /// Which part of the list of flips is its cause.
    pub(crate) flips: FlipRange,
}

/// A range of the list of flipped conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FlipRange {
    start: u32,
    end: u32,
}

impl FlipRange {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        FlipRange { start: start as u32, end: end as u32 }
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.end as usize
    }
}

impl MembershipChange {
    pub(crate) fn of(segment: SegmentOrder, contact: ContactNo, direction: Change) -> Self {
        MembershipChange { segment, contact, direction, flips: FlipRange::default() }
    }

    /// The sort key: one number, so that comparing takes no branches.
    pub(crate) fn order(&self) -> u128 {
        let SegmentOrder { rank, number } = self.segment;
        u128::from(rank) << 64 | u128::from(number) << 32 | u128::from(self.contact.0)
    }
}

/// Segments with their members.
pub(crate) type ChangedMembers = Vec<(SegmentNo, Members)>;

/// The members of every segment.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    segments: Vec<Members>,
    log: WriteLog,
}

impl Membership {
    /// Makes room for a new segment, without members.
    pub(crate) fn add_segment(&mut self, segment: SegmentNo) {
        if segment.index() >= self.segments.len() {
            growth::reach(&mut self.segments, segment.index() + 1);
            self.segments.resize_with(segment.index() + 1, Members::default);
        }
    }

    /// Drops a segment and returns its members.
    pub(crate) fn drop_segment(&mut self, segment: SegmentNo) -> RoaringBitmap {
        debug_assert!(self.log.is_empty(), "the log is written before a set is read");
        std::mem::take(&mut self.segments[segment.index()]).to_roaring()
    }

    pub(crate) fn of(&self, segment: SegmentNo) -> &Members {
        debug_assert!(self.log.is_empty(), "the log is written before a set is read");
        &self.segments[segment.index()]
    }

    /// The memory that they take.
    pub(crate) fn bytes(&self) -> usize {
        self.log.bytes()
            + bytes::list(&self.segments)
            + self.segments.iter().map(Members::bytes).sum::<usize>()
    }

    pub(crate) fn contains(&self, segment: SegmentNo, contact: ContactNo) -> bool {
        self.of(segment).contains(contact)
    }

    /// Notes all membership changes of an event, and writes the log if it has become long.
    pub(crate) fn note(&mut self, changes: &[MembershipChange]) {
        let write =
            |change: &MembershipChange| Write::new(change.segment.no(), change.contact, change.direction);
        self.log.extend(changes.iter().map(write));
        if self.log.is_long() {
            self.write();
        }
    }

    /// Writes what was noted. It reads every set before it writes the first, so that the cache misses overlap.
    pub(crate) fn write(&mut self) {
        let writes = self.log.take();
        for writes in writes.chunks(WriteLog::MOST) {
            let touch = |write: &Write| self.segments[write.segment().index()].touch(write.contact());
            hint::black_box(writes.iter().fold(0, |all, write| all | touch(write)));
            for each in writes {
                write(&mut self.segments[each.segment().index()], *each);
            }
        }
        self.log.reuse(writes);
    }

    /// The members of the segments that some changes affect, as they are afterwards, for [`swap`](Self::swap). The changes of a segment
    /// are side by side.
    pub(crate) fn changed(&self, changes: &[MembershipChange]) -> ChangedMembers {
        let of_segment = |changes: &[MembershipChange]| {
            let segment = changes[0].segment.no();
            let mut members = self.of(segment).clone();
            for change in changes {
                write(&mut members, Write::new(segment, change.contact, change.direction));
            }
            (segment, members)
        };
        changes.chunk_by(|one, two| one.segment == two.segment).map(of_segment).collect()
    }

    /// Swaps the members of some segments.
    pub(crate) fn swap(&mut self, changed: &mut ChangedMembers) {
        for (segment, members) in changed {
            std::mem::swap(&mut self.segments[segment.index()], members);
        }
    }

    /// Gives a segment its members.
    pub(crate) fn put(&mut self, segment: SegmentNo, members: Members) {
        self.segments[segment.index()] = members;
    }
}

/// Writes one change.
fn write(members: &mut Members, change: Write) {
    let is_flipped = members.change(change.contact(), change.direction());
    debug_assert!(is_flipped, "a contact enters only where it is not, and leaves only where it is");
}
