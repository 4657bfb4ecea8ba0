//! The segments that are found for one contact, each once, however many of their conditions flip.
//!
//! They are bits, so that they come out in the order of their numbers without being sorted. It is kept between contacts only to reuse its
//! memory. Invariant: between [`take`](Hits::take) and the next [`push`](Hits::push) nothing waits to be taken.

use enlist_model::Change;

use crate::ids::SegmentNo;
use crate::membership::block;

const WORD_BITS: usize = 64;

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

    /// Whether the contact enters or leaves, once it is found.
    pub(crate) fn direction(self) -> Change {
        if self.0 & 1 == 1 { Change::Entered } else { Change::Left }
    }
}

/// Found segments, a bit each.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    /// Those that are found and not taken.
    found: Vec<u64>,
    /// Which of these the contact enters.
    entered: Vec<u64>,
    /// Which of these must be evaluated.
    filtered: Vec<u64>,
    /// Those that were taken for this contact, or are left out.
    taken: Vec<u64>,
}

impl Hits {
    /// Begins with another contact, and segments with numbers below `segments`.
    pub(crate) fn begin(&mut self, segments: usize) {
        self.taken.fill(0);
        let words = segments.div_ceil(WORD_BITS);
        if words > self.taken.len() {
            for bits in [&mut self.found, &mut self.entered, &mut self.filtered, &mut self.taken] {
                bits.resize(words, 0);
            }
        }
    }

    /// Leaves a segment out for this contact.
    pub(crate) fn leave_out(&mut self, segment: SegmentNo) {
        self.taken[segment.index() / WORD_BITS] |= 1 << (segment.index() % WORD_BITS);
    }

    #[inline]
    pub(crate) fn push(&mut self, hit: Hit) {
        let segment = hit.segment().index();
        let (word, shift) = (segment / WORD_BITS, segment % WORD_BITS);
        self.found[word] |= 1 << shift;
        self.entered[word] |= u64::from(hit.direction() == Change::Entered) << shift;
        if hit.is_filter() {
            self.filtered[word] |= 1 << shift;
        }
    }

    /// Takes what is found so far, in order of the segments' numbers.
    #[inline]
    pub(crate) fn take(&mut self, mut take: impl FnMut(Hit)) {
        for (word, found) in self.found.iter_mut().enumerate().filter(|(_, found)| **found != 0) {
            let (entered, filtered) = (self.entered[word], self.filtered[word]);
            for bit in block::bits(*found & !self.taken[word]) {
                let segment = SegmentNo::at(word * WORD_BITS + bit as usize);
                take(Hit(segment.0 << 2 | ((filtered >> bit & 1) as u32) << 1 | (entered >> bit & 1) as u32));
            }
            self.taken[word] |= *found;
            (*found, self.entered[word], self.filtered[word]) = (0, 0, 0);
        }
    }
}
