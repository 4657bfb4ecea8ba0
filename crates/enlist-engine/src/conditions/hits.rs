//! The segments that are found for one contact, each once, however many of their conditions flip.
//!
//! It is kept between contacts only to reuse its memory. Invariant: a segment is in the list at most once.

use crate::ids::SegmentNo;

/// A segment that may flip: its number, whether its rule must still be evaluated, and whether the contact enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit(u32);

impl Hit {
    /// A segment whose membership flips. `is_inverted`: it leaves where the condition becomes true.
    pub(crate) fn new(segment: SegmentNo, is_inverted: bool, is_filter: bool) -> Self {
        Hit(segment.0 << 2 | u32::from(is_filter) << 1 | u32::from(is_inverted))
    }

    /// The same for a condition that becomes true, if `rises` is one, or false, if it is zero.
    #[inline]
    pub(crate) fn with(self, rises: u32) -> Self {
        Hit(self.0 ^ rises)
    }

    pub(crate) fn segment(self) -> SegmentNo {
        SegmentNo(self.0 >> 2)
    }

    /// Whether the rule must be evaluated.
    pub(crate) fn is_filter(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether the contact enters, once it is found.
    pub(crate) fn enters(self) -> bool {
        self.0 & 1 != 0
    }
}

/// Found segments.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    list: Vec<Hit>,
    /// For each segment the number of the contact for which it was last found.
    found_for: Vec<u32>,
    contact: u32,
}

impl Hits {
    /// Begins with another contact, and segments with numbers below `segments`.
    pub(crate) fn begin(&mut self, segments: usize) {
        self.list.clear();
        self.contact = self.contact.wrapping_add(1);
        if self.contact == 0 {
            // After 2³² contacts the numbers begin again.
            self.found_for.fill(0);
            self.contact = 1;
        }
        if segments > self.found_for.len() {
            self.found_for.resize(segments, 0);
        }
    }

    /// Leaves a segment out for this contact.
    pub(crate) fn leave_out(&mut self, segment: SegmentNo) {
        self.found_for[segment.index()] = self.contact;
    }

    #[inline]
    pub(crate) fn push(&mut self, hit: Hit) {
        let found_for = &mut self.found_for[hit.segment().index()];
        if *found_for != self.contact {
            *found_for = self.contact;
            self.list.push(hit);
        }
    }

    /// Takes what is found so far, in order of the segments' numbers.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Hit> + use<'_> {
        self.list.sort_unstable();
        self.list.drain(..)
    }
}
