//! What the engine hands out: births become transitions, or, where a definition changed, notices.
//!
//! Whoever takes them is a [`Sink`]. A transition is lent to it with all that the engine knows of it, so that it keeps what
//! it needs and no more; `Vec<Output>` keeps the words of the contract.

use enlist_model::{Cause, Change, ContactId, Instant, Notice, NoticeOutcome, SegmentId, Transition};
use roaring::RoaringBitmap;

use crate::causes::Flip;
use crate::definitions::Definitions;
use crate::engine::Engine;
use crate::error::Error;
use crate::facts::Departed;
use crate::ids::{ContactNo, SegmentNo};
use crate::membership::Birth;

/// One thing that came of an event or of time.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A contact entered or left a segment.
    Transition(Transition),
    /// A segment was built, rebuilt or dropped. With the contacts that entered and left it, as
    /// [numbers](Engine::contact_ids), so that folding all outputs gives the membership.
    Notice {
        /// The notice.
        notice: Notice,
        /// The contacts that it holds now and did not.
        entered: RoaringBitmap,
        /// The contacts that it held and does not.
        left: RoaringBitmap,
    },
}

/// A segment's place in the order in which segments are reported: first by rank (one more than the greatest among those
/// it refers to), then by creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentPlace {
    /// Its rank.
    pub rank: u32,
    /// Its number, in order of creation; never used again in one engine.
    pub number: u32,
}

/// A contact entered or left some segments, one after the other: transitions as the engine lends them to a [`Sink`].
#[derive(Clone, Copy, Debug)]
pub struct Reported<'a> {
    /// When.
    pub at: Instant,
    /// Why.
    pub cause: Cause,
    /// The contact.
    pub contact: &'a ContactId,
    /// As which the contact arrived in the workspace.
    pub creation: u64,
    births: &'a [Birth],
    definitions: &'a Definitions,
    /// The conditions that flipped of the contact; none if it was deleted.
    /// [`RuleConditions::flipped`](crate::RuleConditions::flipped) says which of them the segment's rule names.
    pub flipped: &'a [Flip],
}

impl<'a> Reported<'a> {
    /// The segments in the order of the contract, one at least, each with its place, and which way the contact went.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = (SegmentPlace, &'a SegmentId, Change)> + use<'a> {
        let definitions = self.definitions;
        self.births.iter().map(move |birth| {
            let (rank, no) = birth.place;
            let segment = &definitions.segment(no).id;
            (SegmentPlace { rank, number: no.0 }, segment, birth.change)
        })
    }
}

/// What takes in what comes of events and of time, in the order of the contract.
pub trait Sink {
    /// A contact entered or left some segments.
    fn transitions(&mut self, reported: &Reported<'_>);

    /// A segment was built, rebuilt or dropped; `entered` and `left` as in [`Output::Notice`].
    fn notice(&mut self, place: SegmentPlace, notice: Notice, entered: RoaringBitmap, left: RoaringBitmap);
}

impl Sink for Vec<Output> {
    fn transitions(&mut self, reported: &Reported<'_>) {
        let Reported { at, cause, contact, .. } = *reported;
        self.extend(reported.segments().map(|(_, segment, change)| {
            let (segment, contact) = (segment.clone(), contact.clone());
            Output::Transition(Transition { at, segment, contact, change, cause })
        }));
    }

    fn notice(&mut self, _place: SegmentPlace, notice: Notice, entered: RoaringBitmap, left: RoaringBitmap) {
        self.push(Output::Notice { notice, entered, left });
    }
}

impl Engine {
    /// Hands out the births that wait as transitions, in the order of the contract.
    pub(super) fn publish(
        &mut self,
        departed: Option<&Departed>,
        at: Instant,
        cause: Cause,
        out: &mut dyn Sink,
    ) {
        let births = self.settled();
        // Mostly they are of one contact, of whom all but the segment is the same.
        for births in births.chunk_by(|one, two| one.contact == two.contact && one.flips == two.flips) {
            let of = births[0];
            let contact = self.name_of(of.contact, departed);
            let creation = self.facts.contacts.creation(of.contact);
            let flipped = self.settling.flips(of.flips);
            let definitions = &self.definitions;
            out.transitions(&Reported { at, cause, contact, creation, births, definitions, flipped });
        }
        self.work.transitions += births.len() as u64;
        self.settling.reuse(births);
    }

    /// Takes the births that wait, in the order of the contract, after they have taken effect.
    fn settled(&mut self) -> Vec<Birth> {
        let mut births = std::mem::take(&mut self.settling.births);
        // Those of one contact are in order.
        if !births.is_sorted_by_key(Birth::order) {
            births.sort_unstable_by_key(Birth::order);
        }
        self.membership.settle(&births);
        births
    }

    fn name_of<'a>(&'a self, contact: ContactNo, departed: Option<&'a Departed>) -> &'a ContactId {
        match departed {
            Some(departed) if departed.no == contact => &departed.contact.id,
            _ => &self.facts.contacts.get(contact).id,
        }
    }

    /// Hands out the notice of a segment that was saved, even if nothing changed.
    pub(super) fn publish_saved(
        &self,
        segment: SegmentNo,
        is_new: bool,
        (entered, left): (RoaringBitmap, RoaringBitmap),
        at: Instant,
        out: &mut dyn Sink,
    ) {
        let outcome = if is_new {
            NoticeOutcome::Built { members: entered.len() }
        } else {
            NoticeOutcome::Rebuilt { entered: entered.len(), left: left.len() }
        };
        let id = self.definitions.segment(segment).id.clone();
        out.notice(self.place(segment), Notice { at, segment: id, outcome }, entered, left);
    }

    /// A segment's place, for those who take reports.
    pub(super) fn place(&self, segment: SegmentNo) -> SegmentPlace {
        SegmentPlace { rank: self.definitions.rank(segment), number: segment.0 }
    }

    /// A segment's place in the order in which segments are reported.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn segment_place(&self, segment: &str) -> Result<SegmentPlace, Error> {
        self.find_segment(segment).map(|no| self.place(no))
    }

    /// Hands out the births that wait as notices, one a segment: of those that refer to one that was saved.
    pub(super) fn publish_rebuilt(&mut self, at: Instant, out: &mut dyn Sink) {
        let births = self.settled();
        for births in births.chunk_by(|one, two| one.place == two.place) {
            let of = |change: Change| -> RoaringBitmap {
                births.iter().filter(|birth| birth.change == change).map(|birth| birth.contact.0).collect()
            };
            self.publish_saved(births[0].place.1, false, (of(Change::Entered), of(Change::Left)), at, out);
        }
        self.settling.reuse(births);
    }
}
