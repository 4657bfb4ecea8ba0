//! The output of one partition in a frame: transitions and notices as its engine reports them, each with its trigger.
//!
//! A [`ChangeLog`] keeps what merging and subscribers need, by indices instead of names where possible. It knows no other
//! partition. Invariant: within a partition the items are in the order of the contract, and their triggers ascend.

use enlist_engine::{BorrowedTransitions, Flip, SegmentOrder, Sink};
use enlist_model::{Cause, Change, ContactId, Instant, Notice};
use enlist_store::SourcePosition;
use roaring::RoaringBitmap;
use smallvec::{Array, SmallVec};

use crate::contact_set::Unnumbered;
use crate::partition::index::{PartitionIdx, SegmentIdx};

/// The instant and the cause of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trigger {
    pub(crate) at: Instant,
    pub(crate) cause: TriggerCause,
}

/// The cause of a change. At one instant, the changes of a new day come before those of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TriggerCause {
    /// A day began.
    Clock,
    /// An event, by its number in the workspace.
    Event(u64),
    /// An event that changed a setting or a field.
    Settings(u64),
}

/// One published item: a segment, and what happened to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) order: SegmentOrder,
    /// Position of the item's transitions or notice in its list.
    pub(crate) of: u32,
    pub(crate) kind: ItemKind,
}

/// What happened to a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Entered,
    Left,
    Notice,
}

impl Item {
    pub(crate) fn segment(&self) -> SegmentIdx {
        SegmentIdx(self.order.number)
    }

    /// Whether a contact entered or left; `None` for a notice.
    pub(crate) fn change(&self) -> Option<Change> {
        match self.kind {
            ItemKind::Entered => Some(Change::Entered),
            ItemKind::Left => Some(Change::Left),
            ItemKind::Notice => None,
        }
    }
}

/// The segments that a contact enters and leaves by one trigger, with the same flipped conditions.
#[derive(Clone, Debug)]
pub(crate) struct ContactTransitions {
    pub(crate) contact: ContactId,
    pub(crate) creation: u64,
    /// The range of the list of flips that caused them.
    pub(crate) flips: (u32, u32),
    /// Position of the trigger in its list.
    pub(crate) trigger: u32,
    pub(crate) partition: PartitionIdx,
}

/// A segment was built, rebuilt or dropped.
#[derive(Clone, Debug)]
pub(crate) struct SegmentNotice {
    pub(crate) trigger: u32,
    pub(crate) notice: Notice,
    /// Contacts by their numbers, a part for each partition.
    pub(crate) entered: Vec<RoaringBitmap>,
    pub(crate) left: Vec<RoaringBitmap>,
    /// Contacts of a notice from before a restart that were deleted by then.
    pub(crate) unnumbered_entered: Unnumbered,
    pub(crate) unnumbered_left: Unnumbered,
}

/// Changes in order. Each list refers to the lists above it. Those of a single event are mostly in place: a log is retained for long, and
/// each list apart would be one more cache miss when it is released.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    pub(crate) triggers: SmallVec<[Trigger; 1]>,
    /// For triggers whose events have a position in a source, in order: the trigger's position in its list, and the position.
    pub(crate) origins: Vec<(u32, SourcePosition)>,
    pub(crate) flips: SmallVec<[Flip; 8]>,
    pub(crate) transitions: SmallVec<[ContactTransitions; 1]>,
    pub(crate) notices: Vec<SegmentNotice>,
    pub(crate) items: Vec<Item>,
}

/// A partition's change log under construction, in memory that is reused.
#[derive(Debug)]
pub(crate) struct OutputBuffer {
    pub(crate) changes: ChangeLog,
    partition: PartitionIdx,
    /// Whether the next item needs a new trigger, even if it equals the last one.
    begins_event: bool,
}

impl ChangeLog {
    /// The trigger of an item.
    pub(crate) fn trigger(&self, item: &Item) -> &Trigger {
        &self.triggers[self.trigger_of(item) as usize]
    }

    /// The position of an item's trigger in its list.
    fn trigger_of(&self, item: &Item) -> u32 {
        match item.kind {
            ItemKind::Notice => self.notices[item.of as usize].trigger,
            ItemKind::Entered | ItemKind::Left => self.transitions[item.of as usize].trigger,
        }
    }

    /// Adds a trigger, or finds it if it is the last; returns its position in its list.
    pub(crate) fn add_trigger(&mut self, trigger: Trigger) -> u32 {
        if self.triggers.last() != Some(&trigger) {
            self.triggers.push(trigger);
        }
        self.triggers.len() as u32 - 1
    }

    /// Notes the position in its source of the event whose triggers are those from `from` on.
    pub(crate) fn note_origin(&mut self, from: usize, position: SourcePosition) {
        for (number, trigger) in (from as u32..).zip(&self.triggers[from..]) {
            // A day that begins with an event is not caused by it.
            if trigger.cause != TriggerCause::Clock {
                self.origins.push((number, position));
            }
        }
    }

    /// The position in its source of the event that caused an item.
    pub(crate) fn origin_of(&self, item: &Item) -> Option<SourcePosition> {
        let found = self.origins.binary_search_by_key(&self.trigger_of(item), |(trigger, _)| *trigger);
        found.ok().map(|found| self.origins[found].1)
    }

    /// The transitions that an item is part of; `None` for a notice.
    pub(crate) fn transitions_of(&self, item: &Item) -> Option<&ContactTransitions> {
        match item.kind {
            ItemKind::Entered | ItemKind::Left => self.transitions.get(item.of as usize),
            ItemKind::Notice => None,
        }
    }

    /// The notice that an item is; `None` for a transition.
    pub(crate) fn notice_of(&self, item: &Item) -> Option<&SegmentNotice> {
        match item.kind {
            ItemKind::Notice => self.notices.get(item.of as usize),
            ItemKind::Entered | ItemKind::Left => None,
        }
    }

    /// Whether the item at a position is a transition of this contact.
    pub(crate) fn is_of(&self, position: usize, contact: &str) -> bool {
        self.transitions_of(&self.items[position]).is_some_and(|transitions| transitions.contact == contact)
    }

    /// The heap memory that it takes, estimated.
    pub(crate) fn bytes(&self) -> usize {
        let notices: usize = self.notices.iter().map(SegmentNotice::heap_bytes).sum();
        spilled_bytes(&self.triggers)
            + self.origins.capacity() * size_of::<(u32, SourcePosition)>()
            + spilled_bytes(&self.flips)
            + spilled_bytes(&self.transitions)
            + self.items.capacity() * size_of::<Item>()
            + self.notices.capacity() * size_of::<SegmentNotice>()
            + notices
    }

    /// Releases the spare memory of the lists: a published log is retained for long and never grows again.
    pub(crate) fn shrink(&mut self) {
        self.triggers.shrink_to_fit();
        self.origins.shrink_to_fit();
        self.flips.shrink_to_fit();
        self.transitions.shrink_to_fit();
        self.notices.shrink_to_fit();
        self.items.shrink_to_fit();
    }

    fn clear(&mut self) {
        self.triggers.clear();
        self.origins.clear();
        self.flips.clear();
        self.transitions.clear();
        self.notices.clear();
        self.items.clear();
    }
}

impl SegmentNotice {
    /// The heap memory that it takes, estimated. A bitmap counts with its serialized size, which is close to its size in memory.
    fn heap_bytes(&self) -> usize {
        let parts = self.entered.iter().chain(&self.left);
        let slots = (self.entered.capacity() + self.left.capacity()) * size_of::<RoaringBitmap>();
        slots
            + parts
                .filter(|part| !part.is_empty())
                .map(|part| part.serialized_size() + CONTAINER_BYTES)
                .sum::<usize>()
    }
}

/// The heap memory of a list that may be in place.
pub(crate) fn spilled_bytes<A: Array>(list: &SmallVec<A>) -> usize {
    if list.spilled() { list.capacity() * size_of::<A::Item>() } else { 0 }
}

/// What a bitmap's list of containers takes at least: a list that grows begins with four places of 32 bytes.
const CONTAINER_BYTES: usize = 128;

impl OutputBuffer {
    /// Above this many items the memory is released after the frame.
    const REUSED_ITEMS_MOST: usize = 65_536;

    pub(crate) fn new(partition: PartitionIdx) -> Self {
        OutputBuffer { changes: ChangeLog::default(), partition, begins_event: true }
    }

    /// Empties it, for a frame's next assignment.
    pub(crate) fn reset(&mut self) {
        if self.changes.items.capacity() > Self::REUSED_ITEMS_MOST {
            self.changes = ChangeLog::default();
        }
        self.changes.clear();
        self.begins_event = true;
    }

    /// Begins the output of the next event.
    pub(crate) fn begin_event(&mut self) {
        self.begins_event = true;
    }

    fn trigger(&mut self, at: Instant, cause: TriggerCause) -> u32 {
        let trigger = Trigger { at, cause };
        let triggers = &mut self.changes.triggers;
        // Two events may have the same instant; the merge distinguishes them by their triggers.
        if self.begins_event || triggers.last() != Some(&trigger) {
            self.begins_event = false;
            triggers.push(trigger);
        }
        triggers.len() as u32 - 1
    }
}

impl Sink for OutputBuffer {
    fn transitions(&mut self, reported: &BorrowedTransitions<'_>) {
        let cause = match reported.cause {
            Cause::Clock => TriggerCause::Clock,
            // A partition counts its own events only; the sequencer knows the number in the workspace.
            Cause::Event(_) => TriggerCause::Event(0),
        };
        let trigger = self.trigger(reported.at, cause);
        let ChangeLog { flips, transitions, items, .. } = &mut self.changes;
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
        items.extend(reported.segments().map(|(order, _, change)| {
            let kind = match change {
                Change::Entered => ItemKind::Entered,
                Change::Left => ItemKind::Left,
            };
            Item { order, of, kind }
        }));
    }

    fn notice(&mut self, order: SegmentOrder, notice: Notice, entered: RoaringBitmap, left: RoaringBitmap) {
        let trigger = self.trigger(notice.at, TriggerCause::Event(0));
        // At the partition's own position, so that joining the notices of all partitions is an element-wise union.
        let parts = |contacts: RoaringBitmap| {
            let mut parts = vec![RoaringBitmap::new(); self.partition.position()];
            parts.push(contacts);
            parts
        };
        let (entered, left) = (parts(entered), parts(left));
        let ChangeLog { notices, items, .. } = &mut self.changes;
        items.push(Item { order, of: notices.len() as u32, kind: ItemKind::Notice });
        let (unnumbered_entered, unnumbered_left) = Default::default();
        notices.push(SegmentNotice { trigger, notice, entered, left, unnumbered_entered, unnumbered_left });
    }
}
