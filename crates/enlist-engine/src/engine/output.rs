//! What the engine hands out: births become transitions, or, where a definition changed, notices.

use enlist_model::{Cause, Change, ContactId, Instant, Notice, NoticeOutcome, Transition};
use roaring::RoaringBitmap;

use crate::engine::Engine;
use crate::facts::Departed;
use crate::membership::Birth;
use crate::number::{ContactNo, SegmentNo};

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

impl Engine {
    /// Hands out births as transitions, in the order of the contract.
    pub(super) fn publish(
        &mut self,
        mut births: Vec<Birth>,
        departed: Option<&Departed>,
        at: Instant,
        cause: Cause,
        out: &mut Vec<Output>,
    ) {
        births.sort_unstable();
        self.work.transitions += births.len() as u64;
        out.extend(births.into_iter().map(|birth| {
            Output::Transition(Transition {
                at,
                segment: self.definitions.segment(birth.place.1).id.clone(),
                contact: self.name_of(birth.contact, departed).clone(),
                change: birth.change,
                cause,
            })
        }));
    }

    fn name_of<'a>(&'a self, contact: ContactNo, departed: Option<&'a Departed>) -> &'a ContactId {
        match departed {
            Some(departed) if departed.no == contact => &departed.contact.id,
            _ => &self.facts.contacts.get(contact).id,
        }
    }

    /// Hands out births as notices, one a segment. The saved segment has one even if nothing changed.
    pub(super) fn publish_notices(
        &self,
        mut births: Vec<Birth>,
        saved: SegmentNo,
        is_new: bool,
        at: Instant,
        out: &mut Vec<Output>,
    ) {
        births.sort_unstable();
        if births.first().is_none_or(|birth| birth.place.1 != saved) {
            // Nothing refers to a segment that it refers to itself, so the saved one comes before all others.
            out.push(self.notice(saved, &[], is_new, at));
        }
        for births in births.chunk_by(|one, two| one.place == two.place) {
            let segment = births[0].place.1;
            out.push(self.notice(segment, births, is_new && segment == saved, at));
        }
    }

    fn notice(&self, segment: SegmentNo, births: &[Birth], is_new: bool, at: Instant) -> Output {
        let of = |change: Change| -> RoaringBitmap {
            births.iter().filter(|birth| birth.change == change).map(|birth| birth.contact.0).collect()
        };
        let (entered, left) = (of(Change::Entered), of(Change::Left));
        let outcome = if is_new {
            NoticeOutcome::Built { members: entered.len() }
        } else {
            NoticeOutcome::Rebuilt { entered: entered.len(), left: left.len() }
        };
        let segment = self.definitions.segment(segment).id.clone();
        Output::Notice { notice: Notice { at, segment, outcome }, entered, left }
    }
}
