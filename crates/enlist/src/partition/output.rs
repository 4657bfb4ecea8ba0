//! What one partition tells of a turn: transitions and notices as they come out of its engine, each with its trigger.
//!
//! It keeps what merging and subscribers need, numbers instead of names where it can. It knows no other partition. What
//! always holds: items are in the order of the contract as far as one partition knows it, and their triggers rise.

use enlist_engine::{BorrowedTransitions, Flip, SegmentOrder, Sink};
use enlist_model::{Change, ContactId, Instant, Notice};
use roaring::RoaringBitmap;

/// An instant at which something came of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trigger {
    pub(crate) at: Instant,
    pub(crate) cause: TriggerCause,
}

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TriggerCause {
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

/// A contact passes in and out of segments at one trigger, for one reason.
#[derive(Clone, Debug)]
pub(crate) struct ContactTransitions {
    pub(crate) contact: ContactId,
    pub(crate) creation: u64,
    /// Which part of the list of flips is the reason.
    pub(crate) flips: (u32, u32),
    /// Its trigger, by place in the list.
    pub(crate) trigger: u32,
    pub(crate) partition: u8,
}

/// A segment was built, rebuilt or dropped.
#[derive(Clone, Debug)]
pub(crate) struct SegmentNotice {
    pub(crate) trigger: u32,
    pub(crate) notice: Notice,
    /// By partition, contacts by their numbers there.
    pub(crate) entered: Vec<RoaringBitmap>,
    pub(crate) left: Vec<RoaringBitmap>,
}

/// What is told, in order: each list refers to those above it.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) flips: Vec<Flip>,
    pub(crate) transitions: Vec<ContactTransitions>,
    pub(crate) notices: Vec<SegmentNotice>,
    pub(crate) items: Vec<Item>,
}

/// What one partition tells, in order.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) lists: ChangeLog,
    partition: u8,
    /// Whether the next event's first item begins a trigger of its own.
    begins: bool,
}

impl ChangeLog {
    /// When an item came to be, and of what.
    pub(crate) fn trigger(&self, item: &Item) -> &Trigger {
        let trigger = match item.kind {
            ItemKind::Notice => self.notices[item.of as usize].trigger,
            ItemKind::Entered | ItemKind::Left => self.transitions[item.of as usize].trigger,
        };
        &self.triggers[trigger as usize]
    }

    /// The passage that an item is part of; `None` of a notice.
    pub(crate) fn transitions_of_item(&self, item: &Item) -> Option<&ContactTransitions> {
        if item.kind == ItemKind::Notice { None } else { self.transitions.get(item.of as usize) }
    }

    /// The notice that an item is; `None` of a passage.
    pub(crate) fn notice(&self, item: &Item) -> Option<&SegmentNotice> {
        if item.kind == ItemKind::Notice { self.notices.get(item.of as usize) } else { None }
    }

    /// Whether an item is a contact's transition.
    pub(crate) fn is_of(&self, index: usize, contact: &str) -> bool {
        self.transitions_of_item(&self.items[index])
            .is_some_and(|transitions_of_item| transitions_of_item.contact == contact)
    }

    /// About how many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        self.triggers.capacity() * size_of::<Trigger>()
            + self.flips.capacity() * size_of::<Flip>()
            + self.transitions.capacity() * size_of::<ContactTransitions>()
            + self.items.capacity() * size_of::<Item>()
    }

    fn clear(&mut self) {
        self.triggers.clear();
        self.flips.clear();
        self.transitions.clear();
        self.notices.clear();
        self.items.clear();
    }
}

impl Output {
    /// The most items for which memory is kept from turn to turn.
    const KEPT_ITEMS: usize = 65_536;

    pub(crate) fn of(partition: usize) -> Self {
        Output { partition: partition as u8, begins: true, ..Output::default() }
    }

    /// Tells nothing any more, and begins again in the same memory.
    pub(crate) fn begin_again(&mut self, partition: usize) {
        if self.lists.items.capacity() > Self::KEPT_ITEMS {
            *self = Output::default();
        }
        self.lists.clear();
        (self.partition, self.begins) = (partition as u8, true);
    }

    /// What follows comes of another event.
    pub(crate) fn begin_event(&mut self) {
        self.begins = true;
    }

    fn trigger(&mut self, at: Instant, cause: TriggerCause) -> u32 {
        let trigger = Trigger { at, cause };
        let triggers = &mut self.lists.triggers;
        if self.begins || triggers.last() != Some(&trigger) {
            self.begins = false;
            triggers.push(trigger);
        }
        triggers.len() as u32 - 1
    }
}

impl Sink for Output {
    fn transitions(&mut self, reported: &BorrowedTransitions<'_>) {
        let cause = match reported.cause {
            enlist_model::Cause::Clock => TriggerCause::Clock,
            // Which one, the sequencer knows.
            enlist_model::Cause::Event(_) => TriggerCause::Event(0),
        };
        let trigger = self.trigger(reported.at, cause);
        let ChangeLog { flips, transitions, items, .. } = &mut self.lists;
        let first = flips.len() as u32;
        flips.extend_from_slice(reported.flipped);
        let of = transitions.len() as u32;
        transitions.push(ContactTransitions {
            contact: reported.contact.clone(),
            creation: reported.creation,
            flips: (first, flips.len() as u32),
            trigger,
            partition: self.partition,
        });
        items.extend(reported.segments().map(|(place, _, change)| {
            let kind = if change == Change::Entered { ItemKind::Entered } else { ItemKind::Left };
            Item { place, of, kind }
        }));
    }

    fn notice(&mut self, place: SegmentOrder, notice: Notice, entered: RoaringBitmap, left: RoaringBitmap) {
        let trigger = self.trigger(notice.at, TriggerCause::Event(0));
        let parts = |contacts: RoaringBitmap| {
            let mut parts = vec![RoaringBitmap::new(); usize::from(self.partition)];
            parts.push(contacts);
            parts
        };
        let (entered, left) = (parts(entered), parts(left));
        let ChangeLog { notices, items, .. } = &mut self.lists;
        items.push(Item { place, of: notices.len() as u32, kind: ItemKind::Notice });
        notices.push(SegmentNotice { trigger, notice, entered, left });
    }
}
