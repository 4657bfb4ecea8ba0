//! What one batch published: its transitions and notices in the order of the contract, shared by all who read them.
//!
//! It is made by putting together what the partitions told, and never changes afterwards. What always holds: the order of
//! items is the same however many partitions told them.

use std::sync::Arc;
use std::vec::Drain;

use enlist_model::{Instant, NoticeOutcome, WorkspaceId};
use roaring::RoaringBitmap;

use crate::partition::output::{
    ChangeLog, ContactTransitions, Item, ItemKind, SegmentNotice, Trigger, TriggerCause,
};
use crate::revision::{Revision, Sequence};
use crate::sequencer::segments::Segments;

/// What a batch published.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) workspace: WorkspaceId,
    pub(crate) revision: Revision,
    /// The sequence of the first item; the others follow it one by one.
    pub(crate) first: Sequence,
    pub(crate) catalogue: Arc<Segments>,
    pub(crate) told: ChangeLog,
    /// What it holds of each segment, in no order.
    pub(crate) tallies: Vec<Tally>,
}

/// What a batch did to one segment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// The segment's number.
    pub(crate) segment: u32,
    pub(crate) items: u32,
    /// Transitions in.
    pub(crate) entered: u64,
    /// Transitions out.
    pub(crate) left: u64,
    /// What notices brought in,
    pub(crate) built: u64,
    /// and what they took out.
    pub(crate) unbuilt: u64,
    /// What it held as it was made, if it was.
    pub(crate) made: u64,
}

impl Delivery {
    /// The sequence after the last item's.
    pub(crate) fn end(&self) -> Sequence {
        Sequence(self.first.0 + self.told.items.len() as u64)
    }
}

/// What one partition told of its events, to be read event by event.
pub(crate) struct Stream<'a> {
    transitions: Drain<'a, ContactTransitions>,
    items: &'a [Item],
    /// How many items and transitions were read.
    read: (usize, usize),
    flips_before: u32,
}

impl<'a> Stream<'a> {
    /// Moves the flips at once, the others when they are read.
    pub(crate) fn of(told: &'a mut ChangeLog, merged: &mut ChangeLog) -> Self {
        let flips_before = merged.flips.len() as u32;
        merged.flips.append(&mut told.flips);
        Stream { transitions: told.transitions.drain(..), items: &told.items, read: (0, 0), flips_before }
    }
}

impl ChangeLog {
    /// Adds what one event did in one partition: what it told next, all of one trigger.
    pub(crate) fn add_event(
        &mut self,
        stream: &mut Stream<'_>,
        (items, transitions): (usize, usize),
        trigger: Trigger,
    ) {
        if items == stream.read.0 {
            return;
        }
        let (number, before) = (self.triggers.len() as u32, self.transitions.len());
        self.triggers.push(trigger);
        let count = transitions - stream.read.1;
        self.transitions.extend(stream.transitions.by_ref().take(count).map(|mut transitions_of_item| {
            transitions_of_item.rebase(number, stream.flips_before);
            transitions_of_item
        }));
        let moved = |of: u32| (of as usize - stream.read.1 + before) as u32;
        let told = &stream.items[stream.read.0..items];
        self.items.extend(told.iter().map(|item| Item { of: moved(item.of), ..*item }));
        stream.read = (items, transitions);
    }

    /// Adds what several partitions told of one thing: the days that began on the way to an instant, or one event over
    /// all of them. By instant, then place, then arrival. Notices of one segment become one.
    pub(crate) fn add_together(&mut self, tellings: Vec<ChangeLog>, now: Instant, cause: TriggerCause) {
        let seen = |trigger: &Trigger| {
            if trigger.cause == TriggerCause::Clock { *trigger } else { Trigger { at: now, cause } }
        };
        let order = |trigger: &Trigger| (trigger.at, trigger.cause);
        let mut triggers: Vec<Trigger> =
            tellings.iter().flat_map(|told| told.triggers.iter().map(seen)).collect();
        triggers.sort_by_key(order);
        triggers.dedup();
        let before = self.triggers.len();
        let first = self.items.len();
        for told in tellings {
            let ChangeLog { triggers: told_moments, flips, transitions, notices, items } = told;
            let number = |trigger: u32| {
                let trigger = seen(&told_moments[trigger as usize]);
                (before + triggers.partition_point(|each| order(each) < order(&trigger))) as u32
            };
            let bases = (self.transitions.len() as u32, self.notices.len() as u32);
            let flips_before = self.flips.len() as u32;
            self.flips.extend(flips);
            self.transitions.extend(transitions.into_iter().map(|mut transitions_of_item| {
                transitions_of_item.rebase(number(transitions_of_item.trigger), flips_before);
                transitions_of_item
            }));
            self.notices.extend(notices.into_iter().map(|mut noticed| {
                noticed.trigger = number(noticed.trigger);
                noticed
            }));
            self.items.extend(items.into_iter().map(|item| {
                let base = if item.kind == ItemKind::Notice { bases.1 } else { bases.0 };
                Item { of: base + item.of, ..item }
            }));
        }
        self.triggers.extend(triggers);
        self.put_in_order(first);
    }

    /// Puts the items from the `first` on in order, and joins the notices of one segment.
    fn put_in_order(&mut self, first: usize) {
        let mut items = self.items.split_off(first);
        items.sort_by_cached_key(|item| match (self.transitions_of_item(item), self.notice(item)) {
            (Some(transitions_of_item), _) => {
                (transitions_of_item.trigger, item.place, transitions_of_item.creation)
            }
            (None, Some(noticed)) => (noticed.trigger, item.place, 0),
            (None, None) => (0, item.place, 0),
        });
        for item in items {
            if let (ItemKind::Notice, Some(last)) = (item.kind, self.items[first..].last().copied())
                && last.kind == ItemKind::Notice
                && last.place == item.place
                && self.trigger(&last) == self.trigger(&item)
            {
                let other = self.notices[item.of as usize].clone();
                self.notices[last.of as usize].join(other);
                continue;
            }
            if item.kind == ItemKind::Notice {
                let at = self.trigger(&item).at;
                self.notices[item.of as usize].notice.at = at;
            }
            self.items.push(item);
        }
    }

    /// Sums up by segment. `scratch` is zero and stays so; it is as long as there are segments.
    pub(crate) fn tally(&self, scratch: &mut [u32]) -> Vec<Tally> {
        let mut tallies: Vec<Tally> = Vec::new();
        for item in &self.items {
            let number = item.place.number;
            let place = &mut scratch[number as usize];
            if *place == 0 {
                tallies.push(Tally { segment: number, ..Tally::default() });
                *place = tallies.len() as u32;
            }
            tallies[*place as usize - 1].count(item, self);
        }
        for tally in &tallies {
            scratch[tally.segment as usize] = 0;
        }
        tallies
    }
}

impl ContactTransitions {
    /// Puts it at another trigger, and its reason elsewhere in the list.
    fn rebase(&mut self, trigger: u32, flips_before: u32) {
        self.trigger = trigger;
        self.flips = (self.flips.0 + flips_before, self.flips.1 + flips_before);
    }
}

impl Tally {
    /// Of one item.
    pub(crate) fn of(item: &Item, told: &ChangeLog) -> Self {
        let mut tally = Tally { segment: item.place.number, ..Tally::default() };
        tally.count(item, told);
        tally
    }

    fn count(&mut self, item: &Item, told: &ChangeLog) {
        self.items += 1;
        match item.kind {
            ItemKind::Entered => self.entered += 1,
            ItemKind::Left => self.left += 1,
            ItemKind::Notice => {
                let (entered, left) = match told.notice(item).map(|noticed| noticed.notice.outcome) {
                    Some(NoticeOutcome::Built { members }) => {
                        self.made = members;
                        (members, 0)
                    }
                    Some(NoticeOutcome::Rebuilt { entered, left }) => (entered, left),
                    Some(NoticeOutcome::Dropped) | None => (0, 0),
                };
                self.built += entered;
                self.unbuilt += left;
            }
        }
    }

    /// The number of members after the batch, given that before.
    pub(crate) fn count_after(&self, before: u64) -> u64 {
        before + self.entered + self.built - self.left - self.unbuilt
    }
}

impl SegmentNotice {
    /// Takes in what another partition told of the same thing.
    fn join(&mut self, mut other: SegmentNotice) {
        use NoticeOutcome::{Built, Dropped, Rebuilt};
        self.notice.outcome = match (self.notice.outcome, other.notice.outcome) {
            (Built { members: one }, Built { members: two }) => Built { members: one + two },
            (Rebuilt { entered, left }, Rebuilt { entered: more_entered, left: more_left }) => {
                Rebuilt { entered: entered + more_entered, left: left + more_left }
            }
            (_, outcome) => match outcome {
                Built { .. } | Rebuilt { .. } | Dropped => outcome,
            },
        };
        join(&mut self.entered, &mut other.entered);
        join(&mut self.left, &mut other.left);
    }
}

/// Puts the parts of other partitions in their places.
fn join(parts: &mut Vec<RoaringBitmap>, others: &mut Vec<RoaringBitmap>) {
    parts.resize(parts.len().max(others.len()), RoaringBitmap::new());
    for (part, other) in parts.iter_mut().zip(others.drain(..)) {
        *part |= other;
    }
}
