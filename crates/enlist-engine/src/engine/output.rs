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
    /// Hands out the births that wait as transitions, in the order of the contract.
    pub(super) fn publish(
        &mut self,
        departed: Option<&Departed>,
        at: Instant,
        cause: Cause,
        out: &mut Vec<Output>,
    ) {
        let births = self.settled();
        out.extend(births.iter().map(|birth| {
            Output::Transition(Transition {
                at,
                segment: self.definitions.segment(birth.place.1).id.clone(),
                contact: self.name_of(birth.contact, departed).clone(),
                change: birth.change,
                cause,
            })
        }));
        self.work.transitions += births.len() as u64;
        self.settling.births = births;
        self.settling.births.clear();
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
        out: &mut Vec<Output>,
    ) {
        let outcome = if is_new {
            NoticeOutcome::Built { members: entered.len() }
        } else {
            NoticeOutcome::Rebuilt { entered: entered.len(), left: left.len() }
        };
        let segment = self.definitions.segment(segment).id.clone();
        out.push(Output::Notice { notice: Notice { at, segment, outcome }, entered, left });
    }

    /// Hands out the births that wait as notices, one a segment: of those that refer to one that was saved.
    pub(super) fn publish_rebuilt(&mut self, at: Instant, out: &mut Vec<Output>) {
        let births = self.settled();
        for births in births.chunk_by(|one, two| one.place == two.place) {
            let of = |change: Change| -> RoaringBitmap {
                births.iter().filter(|birth| birth.change == change).map(|birth| birth.contact.0).collect()
            };
            self.publish_saved(births[0].place.1, false, (of(Change::Entered), of(Change::Left)), at, out);
        }
    }
}
