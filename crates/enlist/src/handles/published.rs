//! What a subscriber reads: transitions and notices, each a position in a shared delivery, and gaps.

use std::sync::Arc;

use enlist_model::{
    Change, ContactCondition, ContactId, Instant, Notice, SegmentId, Transition, WorkspaceId,
};
use enlist_store::SourcePosition;
use roaring::RoaringBitmap;

use crate::contact_set::{ContactSet, Unnumbered};
use crate::partition::output::{ContactTransitions, Item, ItemKind, SegmentNotice, Trigger, TriggerCause};
use crate::publish::delivery::Delivery;
use crate::publish::mailbox::Gap;
use crate::publish::published_segment::PublishedSegment;
use crate::revision::{Revision, Sequence};

/// One item of a subscription.
#[derive(Clone, Debug)]
pub enum Published {
    /// A contact entered or left a segment.
    Transition(PublishedTransition),
    /// A segment was built, rebuilt or dropped.
    Notice(PublishedNotice),
    /// Something is missing: the subscriber was slow, or resumed too late, or a partition was rebuilt.
    Gap(Gap),
}

/// Why a contact entered or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// An event about a contact or a conversation, by its number in the workspace; the first accepted event is 1.
    /// [`Receipt::first_event`](crate::Receipt::first_event) says which numbers a batch got.
    Event(u64),
    /// An event that changed a setting of the workspace or a field, by its number.
    Settings(u64),
    /// A day began.
    Clock,
}

impl Cause {
    /// The number of the event; `None` if no event is the cause.
    pub const fn event(self) -> Option<u64> {
        match self {
            Cause::Event(number) | Cause::Settings(number) => Some(number),
            Cause::Clock => None,
        }
    }
}

/// A contact entered or left a segment.
#[derive(Clone, Debug)]
pub struct PublishedTransition {
    position: Position,
}

/// A segment was built, rebuilt or dropped.
#[derive(Clone, Debug)]
pub struct PublishedNotice {
    position: Position,
}

/// An item's position in its delivery.
#[derive(Clone, Debug)]
struct Position {
    delivery: Arc<Delivery>,
    index: usize,
}

impl Published {
    pub(crate) fn at(delivery: &Arc<Delivery>, index: usize) -> Self {
        let position = Position { delivery: Arc::clone(delivery), index };
        match delivery.changes.items[index].kind {
            ItemKind::Entered | ItemKind::Left => Published::Transition(PublishedTransition { position }),
            ItemKind::Notice => Published::Notice(PublishedNotice { position }),
        }
    }

    /// Its sequence; of a gap, that of the first missing item.
    pub fn sequence(&self) -> Sequence {
        match self {
            Published::Transition(transition) => transition.sequence(),
            Published::Notice(notice) => notice.sequence(),
            Published::Gap(gap) => gap.from,
        }
    }

    /// The sequence after it: where a subscriber that has processed it [resumes](crate::SubscribeOptions::resume_from). After a gap
    /// it is that of the first item that is not missing.
    pub fn next_sequence(&self) -> Sequence {
        match self {
            Published::Transition(transition) => transition.sequence().next(),
            Published::Notice(notice) => notice.sequence().next(),
            Published::Gap(gap) => gap.until,
        }
    }

    /// The state that it belongs to; of a gap, that of the last missing item.
    pub fn revision(&self) -> Revision {
        match self {
            Published::Transition(transition) => transition.revision(),
            Published::Notice(notice) => notice.revision(),
            Published::Gap(gap) => gap.revision,
        }
    }

    /// The transition, if it is one.
    pub fn transition(&self) -> Option<&PublishedTransition> {
        match self {
            Published::Transition(transition) => Some(transition),
            Published::Notice(_) | Published::Gap(_) => None,
        }
    }

    /// The transition, if it is one.
    pub fn into_transition(self) -> Option<PublishedTransition> {
        match self {
            Published::Transition(transition) => Some(transition),
            Published::Notice(_) | Published::Gap(_) => None,
        }
    }
}

impl Position {
    fn item(&self) -> &Item {
        &self.delivery.changes.items[self.index]
    }

    fn trigger(&self) -> &Trigger {
        self.delivery.changes.trigger(self.item())
    }

    fn segment(&self) -> &PublishedSegment {
        self.delivery.segment_of(self.index)
    }

    fn sequence(&self) -> Sequence {
        self.delivery.first.plus(self.index as u64)
    }
}

impl PublishedTransition {
    fn transitions(&self) -> &ContactTransitions {
        let transitions = self.position.delivery.changes.transitions_of(self.position.item());
        transitions.expect("`Published::at` makes it from entered and left items only")
    }

    /// The workspace.
    pub fn workspace(&self) -> &WorkspaceId {
        &self.position.delivery.workspace
    }

    /// The segment.
    pub fn segment(&self) -> &SegmentId {
        &self.position.segment().id
    }

    /// The contact.
    pub fn contact(&self) -> &ContactId {
        &self.transitions().contact
    }

    /// Whether it entered or left.
    pub fn change(&self) -> Change {
        // A notice never becomes a transition; see `Published::at`.
        self.position.item().change().unwrap_or(Change::Left)
    }

    /// When.
    pub fn at(&self) -> Instant {
        self.position.trigger().at
    }

    /// Why.
    pub fn cause(&self) -> Cause {
        match self.position.trigger().cause {
            TriggerCause::Clock => Cause::Clock,
            TriggerCause::Event(number) => Cause::Event(number),
            TriggerCause::Settings(number) => Cause::Settings(number),
        }
    }

    /// The source of the event that is the cause, and the position of the event there; `None` if the event came without one, or no
    /// event is the cause. See [`Batch::from_source`](crate::Batch::from_source).
    pub fn origin(&self) -> Option<(&str, SourcePosition)> {
        self.position.delivery.origin_of(self.position.item())
    }

    /// Its sequence among everything that the workspace publishes.
    pub fn sequence(&self) -> Sequence {
        self.position.sequence()
    }

    /// The state that it belongs to. A read at that revision or later sees it.
    pub fn revision(&self) -> Revision {
        self.position.delivery.revision
    }

    /// The conditions of the segment's rule that flipped for the contact, in the order of the rule, each with whether it holds
    /// now. The rule is that in force when the contact entered or left. Empty if the contact was deleted.
    pub fn flipped(&self) -> Vec<(&ContactCondition, bool)> {
        let transitions = self.transitions();
        let flips = &self.position.delivery.changes.flips;
        let flips = &flips[transitions.flips.0 as usize..transitions.flips.1 as usize];
        let conditions = self.position.segment().conditions.get(transitions.partition.position());
        conditions.into_iter().flat_map(|conditions| conditions.flipped(flips)).collect()
    }

    /// In the contract's terms, in which a setting's event is an event.
    pub fn to_transition(&self) -> Transition {
        let cause = match self.cause() {
            Cause::Event(number) | Cause::Settings(number) => enlist_model::Cause::Event(number),
            Cause::Clock => enlist_model::Cause::Clock,
        };
        Transition {
            at: self.at(),
            segment: self.segment().clone(),
            contact: self.contact().clone(),
            change: self.change(),
            cause,
        }
    }
}

impl PublishedNotice {
    fn segment_notice(&self) -> &SegmentNotice {
        let notice = self.position.delivery.changes.notice_of(self.position.item());
        notice.expect("`Published::at` makes it from notices only")
    }

    fn contacts(&self, parts: &[RoaringBitmap], unnumbered: &Unnumbered) -> ContactSet {
        let delivery = &self.position.delivery;
        let numbered = ContactSet::new(delivery.revision.incarnation(), parts, Arc::clone(&delivery.names));
        numbered.with_unnumbered(unnumbered)
    }

    /// The workspace.
    pub fn workspace(&self) -> &WorkspaceId {
        &self.position.delivery.workspace
    }

    /// The notice: when, which segment, and what happened to it.
    pub fn notice(&self) -> &Notice {
        &self.segment_notice().notice
    }

    /// The contacts that the segment holds now and did not before; [`View::contact_ids`](crate::View::contact_ids) names them,
    /// those deleted since included.
    pub fn entered(&self) -> ContactSet {
        let notice = self.segment_notice();
        self.contacts(&notice.entered, &notice.unnumbered_entered)
    }

    /// The contacts that the segment held before and does not hold now.
    pub fn left(&self) -> ContactSet {
        let notice = self.segment_notice();
        self.contacts(&notice.left, &notice.unnumbered_left)
    }

    /// The source of the event that saved or deleted the segment, and the position of the event there; `None` if it came without one.
    pub fn origin(&self) -> Option<(&str, SourcePosition)> {
        self.position.delivery.origin_of(self.position.item())
    }

    /// Its sequence among everything that the workspace publishes.
    pub fn sequence(&self) -> Sequence {
        self.position.sequence()
    }

    /// The state that it belongs to.
    pub fn revision(&self) -> Revision {
        self.position.delivery.revision
    }
}
