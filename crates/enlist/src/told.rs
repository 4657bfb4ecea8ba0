//! What one partition tells of a turn: transitions and notices as they come out of its engine, each with its moment.
//!
//! It keeps what merging and subscribers need, numbers instead of names where it can. It knows no other partition. What
//! always holds: items are in the order of the contract as far as one partition knows it, and their moments rise.

use enlist_engine::{BorrowedTransitions, Flip, SegmentOrder, Sink};
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

/// One thing that is told: a segment, and what became of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) place: SegmentOrder,
    /// Which passage it is part of, or which notice it is, by place in the list.
    pub(crate) of: u32,
    pub(crate) kind: ItemKind,
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Entered,
    Left,
    Notice,
}

/// A contact passes in and out of segments at one moment, for one reason.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    pub(crate) contact: ContactId,
    pub(crate) creation: u64,
    /// Which part of the list of flips is the reason.
    pub(crate) flips: (u32, u32),
    /// Its moment, by place in the list.
    pub(crate) moment: u32,
    pub(crate) partition: u8,
}

/// A segment was built, rebuilt or dropped.
#[derive(Clone, Debug)]
pub(crate) struct Noticed {
    pub(crate) moment: u32,
    pub(crate) notice: Notice,
    /// By partition, contacts by their numbers there.
    pub(crate) entered: Vec<RoaringBitmap>,
    pub(crate) left: Vec<RoaringBitmap>,
}

/// What is told, in order: each list refers to those above it.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) moments: Vec<Moment>,
    pub(crate) flips: Vec<Flip>,
    pub(crate) passages: Vec<Passage>,
    pub(crate) notices: Vec<Noticed>,
    pub(crate) items: Vec<Item>,
}

/// What one partition tells, in order.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) lists: Lists,
    partition: u8,
    /// Whether the next event's first item begins a moment of its own.
    begins: bool,
}

impl Lists {
    /// When an item came to be, and of what.
    pub(crate) fn moment(&self, item: &Item) -> &Moment {
        let moment = match item.kind {
            ItemKind::Notice => self.notices[item.of as usize].moment,
            ItemKind::Entered | ItemKind::Left => self.passages[item.of as usize].moment,
        };
        &self.moments[moment as usize]
    }

    /// The passage that an item is part of; `None` of a notice.
    pub(crate) fn passage(&self, item: &Item) -> Option<&Passage> {
        if item.kind == ItemKind::Notice { None } else { self.passages.get(item.of as usize) }
    }

    /// The notice that an item is; `None` of a passage.
    pub(crate) fn notice(&self, item: &Item) -> Option<&Noticed> {
        if item.kind == ItemKind::Notice { self.notices.get(item.of as usize) } else { None }
    }

    /// Whether an item is a contact's transition.
    pub(crate) fn is_of(&self, index: usize, contact: &str) -> bool {
        self.passage(&self.items[index]).is_some_and(|passage| passage.contact == contact)
    }

    /// About how many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.moments.capacity() * size_of::<Moment>()
            + self.flips.capacity() * size_of::<Flip>()
            + self.passages.capacity() * size_of::<Passage>()
            + self.items.capacity() * size_of::<Item>()
    }

    fn clear(&mut self) {
        self.moments.clear();
        self.flips.clear();
        self.passages.clear();
        self.notices.clear();
        self.items.clear();
    }
}

impl Told {
    /// The most items for which memory is kept from turn to turn.
    const KEPT_ITEMS: usize = 65_536;

    pub(crate) fn of(partition: usize) -> Self {
        Told { partition: partition as u8, begins: true, ..Told::default() }
    }

    /// Tells nothing any more, and begins again in the same memory.
    pub(crate) fn begin_again(&mut self, partition: usize) {
        if self.lists.items.capacity() > Self::KEPT_ITEMS {
            *self = Told::default();
        }
        self.lists.clear();
        (self.partition, self.begins) = (partition as u8, true);
    }

    /// What follows comes of another event.
    pub(crate) fn begin_event(&mut self) {
        self.begins = true;
    }

    fn moment(&mut self, at: Instant, cause: MomentCause) -> u32 {
        let moment = Moment { at, cause };
        let moments = &mut self.lists.moments;
        if self.begins || moments.last() != Some(&moment) {
            self.begins = false;
            moments.push(moment);
        }
        moments.len() as u32 - 1
    }
}

impl Sink for Told {
    fn transitions(&mut self, reported: &BorrowedTransitions<'_>) {
        let cause = match reported.cause {
            enlist_model::Cause::Clock => MomentCause::Clock,
            // Which one, the sequencer knows.
            enlist_model::Cause::Event(_) => MomentCause::Event(0),
        };
        let moment = self.moment(reported.at, cause);
        let Lists { flips, passages, items, .. } = &mut self.lists;
        let first = flips.len() as u32;
        flips.extend_from_slice(reported.flipped);
        let of = passages.len() as u32;
        passages.push(Passage {
            contact: reported.contact.clone(),
            creation: reported.creation,
            flips: (first, flips.len() as u32),
            moment,
            partition: self.partition,
        });
        items.extend(reported.segments().map(|(place, _, change)| {
            let kind = if change == Change::Entered { ItemKind::Entered } else { ItemKind::Left };
            Item { place, of, kind }
        }));
    }

    fn notice(&mut self, place: SegmentOrder, notice: Notice, entered: RoaringBitmap, left: RoaringBitmap) {
        let moment = self.moment(notice.at, MomentCause::Event(0));
        let parts = |contacts: RoaringBitmap| {
            let mut parts = vec![RoaringBitmap::new(); usize::from(self.partition)];
            parts.push(contacts);
            parts
        };
        let (entered, left) = (parts(entered), parts(left));
        let Lists { notices, items, .. } = &mut self.lists;
        items.push(Item { place, of: notices.len() as u32, kind: ItemKind::Notice });
        notices.push(Noticed { moment, notice, entered, left });
    }
}
