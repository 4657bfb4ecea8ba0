//! The outputs of the engine: membership changes become transitions or, where a definition changed, notices.
//!
//! A [`Sink`] receives them. It borrows transitions from the engine with everything the engine knows about them, so
//! that it copies only what it needs. `Vec<Output>` keeps them as the types of the contract.

use enlist_model::{Cause, Change, ContactId, Instant, Notice, NoticeOutcome, SegmentId, Transition};
use roaring::RoaringBitmap;

use crate::definitions::Definitions;
use crate::engine::Engine;
use crate::engine::causes::Flip;
use crate::engine::run::Writing;
use crate::engine::settling::Settling;
use crate::error::Error;
use crate::facts::DeletedContact;
use crate::ids::{ContactNo, SegmentNo, SegmentOrder};
use crate::membership::MembershipChange;

/// One output of an event or of time.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A contact entered or left a segment.
    Transition(Transition),
    /// A segment was built, rebuilt or dropped. It is boxed because almost all outputs are transitions, which are smaller.
    Notice(Box<NoticeOutput>),
}

/// A notice with the contacts that entered and left, as [numbers](Engine::contact_ids), so that folding all outputs gives the
/// membership.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeOutput {
    /// The notice.
    pub notice: Notice,
    /// The contacts that the segment holds now and did not before.
    pub entered: RoaringBitmap,
    /// The contacts that the segment held before and does not now.
    pub left: RoaringBitmap,
}

/// Transitions of one contact, as a [`Sink`] borrows them: it entered or left one or more segments.
#[derive(Clone, Copy, Debug)]
pub struct BorrowedTransitions<'a> {
    /// When it happened.
    pub at: Instant,
    /// What caused it.
    pub cause: Cause,
    /// The contact.
    pub contact: &'a ContactId,
    /// The contact's creation number in the workspace.
    pub creation: u64,
    changes: &'a [MembershipChange],
    definitions: &'a Definitions,
    /// The conditions that flipped for the contact; none if it was deleted.
    /// [`RuleConditions::flipped`](crate::RuleConditions::flipped) says which of them a segment's rule has.
    pub flipped: &'a [Flip],
}

impl<'a> BorrowedTransitions<'a> {
    /// The segments in the order of the contract, at least one, each with its position in that order and whether
    /// the contact entered or left.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = (SegmentOrder, &'a SegmentId, Change)> + use<'a> {
        let definitions = self.definitions;
        self.changes.iter().map(move |change| {
            let segment = &definitions.segment(change.segment.no()).id;
            (change.segment, segment, change.direction)
        })
    }
}

/// Receives the outputs of events and of time, in the order of the contract.
pub trait Sink {
    /// A contact entered or left some segments.
    fn transitions(&mut self, reported: &BorrowedTransitions<'_>);

    /// A segment was built, rebuilt or dropped; `entered` and `left` as in [`NoticeOutput`].
    fn notice(&mut self, order: SegmentOrder, notice: Notice, entered: RoaringBitmap, left: RoaringBitmap);
}

impl Sink for Vec<Output> {
    fn transitions(&mut self, reported: &BorrowedTransitions<'_>) {
        let BorrowedTransitions { at, cause, contact, .. } = *reported;
        self.extend(reported.segments().map(|(_, segment, change)| {
            let (segment, contact) = (segment.clone(), contact.clone());
            Output::Transition(Transition { at, segment, contact, change, cause })
        }));
    }

    fn notice(&mut self, _order: SegmentOrder, notice: Notice, entered: RoaringBitmap, left: RoaringBitmap) {
        self.push(Output::Notice(Box::new(NoticeOutput { notice, entered, left })));
    }
}

impl Engine {
    /// Reports the collected membership changes as transitions, in the order of the contract.
    pub(super) fn publish(
        &mut self,
        deleted: Option<&DeletedContact>,
        at: Instant,
        cause: Cause,
        out: &mut dyn Sink,
    ) {
        if self.settling.changes.is_empty() {
            return;
        }
        let changes = self.settled();
        self.report(&changes, &self.settling, deleted, (at, cause), out);
        self.work.transitions += changes.len() as u64;
        self.settling.reuse(changes);
    }

    /// Reports membership changes, which are in the order of the contract, with the flips that `settling` holds.
    pub(super) fn report(
        &self,
        changes: &[MembershipChange],
        settling: &Settling,
        deleted: Option<&DeletedContact>,
        (at, cause): (Instant, Cause),
        out: &mut dyn Sink,
    ) {
        // Most events change one contact, for which everything but the segment is the same.
        let is_same = |one: &MembershipChange, two: &MembershipChange| {
            settling.contacts_changed == 1 || (one.contact == two.contact && one.flips == two.flips)
        };
        for changes in changes.chunk_by(is_same) {
            let of = changes[0];
            let contact = self.name_of(of.contact, deleted);
            let creation = self.facts.contacts.creation(of.contact);
            let flipped = settling.flips(of.flips);
            let definitions = &self.definitions;
            out.transitions(&BorrowedTransitions {
                at,
                cause,
                contact,
                creation,
                changes,
                definitions,
                flipped,
            });
        }
    }

    /// Takes the collected membership changes in the order of the contract, and lets them take effect.
    fn settled(&mut self) -> Vec<MembershipChange> {
        let changes = self.settling.take_changes();
        self.note_members(&changes);
        changes
    }

    /// Lets membership changes take effect.
    pub(super) fn note_members(&mut self, changes: &[MembershipChange]) {
        self.membership.note(changes);
        if self.writing == Writing::AtOnce {
            self.membership.write();
        }
    }

    fn name_of<'a>(&'a self, contact: ContactNo, deleted: Option<&'a DeletedContact>) -> &'a ContactId {
        match deleted {
            Some(deleted) if deleted.no == contact => &deleted.contact.id,
            _ => &self.facts.contacts.get(contact).id,
        }
    }

    /// Reports the notice of a new segment.
    pub(super) fn publish_new_segment(
        &self,
        segment: SegmentNo,
        members: RoaringBitmap,
        at: Instant,
        out: &mut dyn Sink,
    ) {
        let outcome = NoticeOutcome::Built { members: members.len() };
        self.publish_notice(segment, outcome, (members, RoaringBitmap::new()), at, out);
    }

    /// Reports the notice of a segment whose rule was saved again, or that refers to a saved one, even if nothing
    /// changed.
    pub(super) fn publish_rebuilt(
        &self,
        segment: SegmentNo,
        (entered, left): (RoaringBitmap, RoaringBitmap),
        at: Instant,
        out: &mut dyn Sink,
    ) {
        let outcome = NoticeOutcome::Rebuilt { entered: entered.len(), left: left.len() };
        self.publish_notice(segment, outcome, (entered, left), at, out);
    }

    fn publish_notice(
        &self,
        segment: SegmentNo,
        outcome: NoticeOutcome,
        (entered, left): (RoaringBitmap, RoaringBitmap),
        at: Instant,
        out: &mut dyn Sink,
    ) {
        let id = self.definitions.segment(segment).id.clone();
        out.notice(self.definitions.order(segment), Notice { at, segment: id, outcome }, entered, left);
    }

    /// A segment's position in the order in which segments are reported.
    ///
    /// # Errors
    /// [`Error::UnknownSegment`].
    pub fn segment_order(&self, segment: &str) -> Result<SegmentOrder, Error> {
        self.find_segment(segment).map(|no| self.definitions.order(no))
    }

    /// Reports the collected membership changes as notices, one for each segment. They are changes of segments that
    /// refer to a saved one.
    pub(super) fn publish_referring(&mut self, at: Instant, out: &mut dyn Sink) {
        let changes = self.settled();
        for changes in changes.chunk_by(|one, two| one.segment == two.segment) {
            let of = |direction: Change| -> RoaringBitmap {
                changes
                    .iter()
                    .filter(|change| change.direction == direction)
                    .map(|change| change.contact.0)
                    .collect()
            };
            let entered_and_left = (of(Change::Entered), of(Change::Left));
            self.publish_rebuilt(changes[0].segment.no(), entered_and_left, at, out);
        }
        self.settling.reuse(changes);
    }
}
