//! What one partition tells of a turn: transitions and notices as they come out of its engine, each with its moment.
//!
//! It keeps what merging and subscribers need, numbers instead of names where it can. It knows no other partition. What
//! always holds: items are in the order of the contract as far as one partition knows it, and their moments rise.

use enlist_engine::{Flip, Reported, SegmentPlace, Sink};
use enlist_model::{Change, ContactId, Instant, Notice};
use roaring::RoaringBitmap;

/// An instant at which something came of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: Instant,
    pub(crate) cause: MomentCause,
}

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MomentCause {
    /// A day began.
    Clock,
    /// An event, by its number in the workspace.
    Event(u64),
    /// An event that changed a setting or a field.
    Settings(u64),
    /// A failed partition was rebuilt.
    Rebuild,
}

/// One thing that is told.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Transition(Passed),
    Notice(Box<Noticed>),
}

/// A contact entered or left a segment.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    pub(crate) contact: ContactId,
    pub(crate) creation: u64,
    pub(crate) place: SegmentPlace,
    /// Which part of the list of flips is the reason.
    pub(crate) flips: (u32, u32),
    /// Its moment, by its place in the list.
    pub(crate) moment: u32,
    pub(crate) partition: u8,
    pub(crate) change: Change,
}

/// A segment was built, rebuilt or dropped.
#[derive(Clone, Debug)]
pub(crate) struct Noticed {
    pub(crate) place: SegmentPlace,
    pub(crate) moment: u32,
    pub(crate) notice: Notice,
    /// By partition, contacts by their numbers there.
    pub(crate) entered: Vec<RoaringBitmap>,
    pub(crate) left: Vec<RoaringBitmap>,
}

/// What one partition tells, in order.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) moments: Vec<Moment>,
    pub(crate) items: Vec<Item>,
    pub(crate) flips: Vec<Flip>,
    partition: u8,
    /// Whether the next event's first item begins a moment of its own.
    begins: bool,
}

impl Item {
    pub(crate) fn place(&self) -> SegmentPlace {
        match self {
            Item::Transition(passed) => passed.place,
            Item::Notice(noticed) => noticed.place,
        }
    }

    pub(crate) fn moment(&self) -> u32 {
        match self {
            Item::Transition(passed) => passed.moment,
            Item::Notice(noticed) => noticed.moment,
        }
    }

    /// Whether it is a contact's transition.
    pub(crate) fn is_of(&self, contact: &str) -> bool {
        matches!(self, Item::Transition(passed) if passed.contact == contact)
    }

    /// Puts the item under another moment, and its reason elsewhere in the list.
    pub(crate) fn rebase(&mut self, moment: u32, flips_before: u32) {
        match self {
            Item::Transition(passed) => {
                passed.moment = moment;
                passed.flips = (passed.flips.0 + flips_before, passed.flips.1 + flips_before);
            }
            Item::Notice(noticed) => noticed.moment = moment,
        }
    }
}

impl Told {
    /// The most items for which memory is kept from turn to turn.
    const KEPT_ITEMS: usize = 16_384;

    pub(crate) fn of(partition: usize) -> Self {
        Told { partition: partition as u8, begins: true, ..Told::default() }
    }

    /// Tells nothing any more, and begins again in the same memory.
    pub(crate) fn begin_again(&mut self, partition: usize) {
        if self.items.capacity() > Self::KEPT_ITEMS {
            *self = Told::default();
        }
        self.items.clear();
        self.moments.clear();
        self.flips.clear();
        (self.partition, self.begins) = (partition as u8, true);
    }

    /// What follows comes of another event.
    pub(crate) fn begin_event(&mut self) {
        self.begins = true;
    }

    fn moment(&mut self, at: Instant, cause: MomentCause) -> u32 {
        let moment = Moment { at, cause };
        if self.begins || self.moments.last() != Some(&moment) {
            self.begins = false;
            self.moments.push(moment);
        }
        self.moments.len() as u32 - 1
    }
}

impl Sink for Told {
    fn transitions(&mut self, reported: &Reported<'_>) {
        let cause = match reported.cause {
            enlist_model::Cause::Clock => MomentCause::Clock,
            // Which one, the sequencer knows.
            enlist_model::Cause::Event(_) => MomentCause::Event(0),
        };
        let moment = self.moment(reported.at, cause);
        let first = self.flips.len() as u32;
        self.flips.extend_from_slice(reported.flipped);
        let flips = (first, self.flips.len() as u32);
        let (creation, partition) = (reported.creation, self.partition);
        self.items.extend(reported.segments().map(|(place, _, change)| {
            let contact = reported.contact.clone();
            Item::Transition(Passed { contact, creation, place, flips, moment, partition, change })
        }));
    }

    fn notice(&mut self, place: SegmentPlace, notice: Notice, entered: RoaringBitmap, left: RoaringBitmap) {
        let moment = self.moment(notice.at, MomentCause::Event(0));
        let parts = |contacts: RoaringBitmap| {
            let mut parts = vec![RoaringBitmap::new(); usize::from(self.partition)];
            parts.push(contacts);
            parts
        };
        let (entered, left) = (parts(entered), parts(left));
        self.items.push(Item::Notice(Box::new(Noticed { place, moment, notice, entered, left })));
    }
}
