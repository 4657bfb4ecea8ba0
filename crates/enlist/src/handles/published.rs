//! What a subscriber reads: a transition or a notice, each a look into a shared delivery, and gaps.

use std::sync::Arc;

use enlist_model::{Change, ContactId, Instant, Node, Notice, SegmentId, Transition, WorkspaceId};

use crate::handles::audience::ContactSet;
use crate::partition::output::{ContactTransitions, Item, ItemKind, SegmentNotice, Trigger, TriggerCause};
use crate::publish::delivery::Delivery;
use crate::publish::mailbox::Gap;
use crate::revision::{Revision, Sequence};
use crate::sequencer::segments::SegmentEntry;

/// One thing that a subscription hands out.
#[derive(Clone, Debug)]
pub enum Published {
    /// A contact entered or left a segment.
    Transition(PublishedTransition),
    /// A segment was built, rebuilt or dropped.
    Notice(PublishedNotice),
    /// The subscriber was slow, or resumed too late: something is missing.
    Gap(Gap),
}

/// Why a contact entered or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// An event about a contact or conversation, by its number in the workspace: the first that was accepted is 1.
    Event(u64),
    /// An event that changed a setting of the workspace or a field, by its number.
    Settings(u64),
    /// A day began.
    Clock,
}

/// A contact entered or left a segment.
#[derive(Clone, Debug)]
pub struct PublishedTransition {
    place: Place,
}

/// A segment was built, rebuilt or dropped.
#[derive(Clone, Debug)]
pub struct PublishedNotice {
    place: Place,
}

/// An item of a delivery.
#[derive(Clone, Debug)]
struct Place {
    delivery: Arc<Delivery>,
    index: usize,
}

impl Published {
    pub(crate) fn at(delivery: &Arc<Delivery>, index: usize) -> Self {
        let place = Place { delivery: Arc::clone(delivery), index };
        match delivery.told.items[index].kind {
            ItemKind::Entered | ItemKind::Left => Published::Transition(PublishedTransition { place }),
            ItemKind::Notice => Published::Notice(PublishedNotice { place }),
        }
    }

    /// Its place in all that the workspace publishes; of a gap, that of the first that is missing.
    pub fn sequence(&self) -> Sequence {
        match self {
            Published::Transition(transition) => transition.sequence(),
            Published::Notice(notice) => notice.sequence(),
            Published::Gap(gap) => gap.from,
        }
    }

    /// The state with which it came to be; of a gap, that of the last that is missing.
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
            _ => None,
        }
    }
}

impl Place {
    fn item(&self) -> &Item {
        &self.delivery.told.items[self.index]
    }

    fn trigger(&self) -> &Trigger {
        self.delivery.told.trigger(self.item())
    }

    fn entry(&self) -> &SegmentEntry {
        let entry = self.delivery.catalogue.get(self.item().place.number);
        entry.expect("a delivery's catalogue has the segments of its items")
    }

    fn sequence(&self) -> Sequence {
        Sequence(self.delivery.first.0 + self.index as u64)
    }
}

impl PublishedTransition {
    fn transitions_of_item(&self) -> &ContactTransitions {
        let transitions_of_item = self.place.delivery.told.transitions_of_item(self.place.item());
        transitions_of_item.expect("made of transitions only")
    }

    /// The workspace.
    pub fn workspace(&self) -> &WorkspaceId {
        &self.place.delivery.workspace
    }

    /// The segment.
    pub fn segment(&self) -> &SegmentId {
        &self.place.entry().segment
    }

    /// The contact.
    pub fn contact(&self) -> &ContactId {
        &self.transitions_of_item().contact
    }

    /// Which way.
    pub fn change(&self) -> Change {
        if self.place.item().kind == ItemKind::Entered { Change::Entered } else { Change::Left }
    }

    /// When.
    pub fn at(&self) -> Instant {
        self.place.trigger().at
    }

    /// Why.
    pub fn cause(&self) -> Cause {
        match self.place.trigger().cause {
            TriggerCause::Clock | TriggerCause::Rebuild => Cause::Clock,
            TriggerCause::Event(number) => Cause::Event(number),
            TriggerCause::Settings(number) => Cause::Settings(number),
        }
    }

    /// Its place in all that the workspace publishes.
    pub fn sequence(&self) -> Sequence {
        self.place.sequence()
    }

    /// The state with which it came to be. A read of that revision or a later one sees it.
    pub fn revision(&self) -> Revision {
        self.place.delivery.revision
    }

    /// The conditions of the segment's rule that flipped of the contact, in the order of the rule, each with whether it
    /// holds now. Looked up when asked for, in the rule as it was then. None if the contact was deleted.
    pub fn flipped(&self) -> Vec<(&Node, bool)> {
        let transitions_of_item = self.transitions_of_item();
        let delivery = &self.place.delivery;
        let flips =
            &delivery.told.flips[transitions_of_item.flips.0 as usize..transitions_of_item.flips.1 as usize];
        let conditions = self.place.entry().conditions.get(usize::from(transitions_of_item.partition));
        conditions.into_iter().flat_map(|conditions| conditions.flipped(flips)).collect()
    }

    /// In the words of the contract, a setting's event as an event.
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
    fn noticed(&self) -> &SegmentNotice {
        self.place.delivery.told.notice(self.place.item()).expect("made of notices only")
    }

    /// The workspace.
    pub fn workspace(&self) -> &WorkspaceId {
        &self.place.delivery.workspace
    }

    /// The notice: when, which segment, and what became of it.
    pub fn notice(&self) -> &Notice {
        &self.noticed().notice
    }

    /// The contacts that the segment holds with it and did not before; [`View::contact_ids`](crate::View::contact_ids)
    /// names them.
    pub fn entered(&self) -> ContactSet {
        ContactSet::of(&self.noticed().entered)
    }

    /// The contacts that the segment held before and does not with it.
    pub fn left(&self) -> ContactSet {
        ContactSet::of(&self.noticed().left)
    }

    /// Its place in all that the workspace publishes.
    pub fn sequence(&self) -> Sequence {
        self.place.sequence()
    }

    /// The state with which it came to be.
    pub fn revision(&self) -> Revision {
        self.place.delivery.revision
    }
}
