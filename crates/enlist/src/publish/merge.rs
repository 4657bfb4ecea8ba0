//! Merges the outputs of partitions into one change log, in the order of the contract: by instant, event, segment order and
//! creation.
//!
//! Invariant: the merged items and their order do not depend on the number of partitions.

use enlist_model::{Instant, NoticeOutcome};
use roaring::RoaringBitmap;
use smallvec::Drain;

use crate::partition::execute::Accepted;
use crate::partition::output::{
    ChangeLog, ContactTransitions, Item, ItemKind, SegmentNotice, Trigger, TriggerCause,
};

/// One partition's output of a run, read event by event.
pub(crate) struct EventReader<'a> {
    transitions: Drain<'a, [ContactTransitions; 1]>,
    items: &'a [Item],
    items_read: usize,
    transitions_read: usize,
    /// Where this partition's flips begin in the merged list.
    flips_base: u32,
}

impl<'a> EventReader<'a> {
    /// Moves the flips into `merged` at once, since only ranges refer to them; the rest moves as it is read.
    pub(crate) fn new(changes: &'a mut ChangeLog, merged: &mut ChangeLog) -> Self {
        let flips_base = merged.flips.len() as u32;
        merged.flips.extend_from_slice(&changes.flips);
        changes.flips.clear();
        EventReader {
            transitions: changes.transitions.drain(..),
            items: &changes.items,
            items_read: 0,
            transitions_read: 0,
            flips_base,
        }
    }
}

impl ChangeLog {
    /// Reserves memory for several logs at once. A published log is retained, so it must not take more than it needs.
    pub(crate) fn reserve_for<'a>(&mut self, logs: impl Iterator<Item = &'a ChangeLog>) {
        let (mut items, mut transitions, mut flips, mut triggers) = (0, 0, 0, 0);
        for log in logs {
            items += log.items.len();
            transitions += log.transitions.len();
            flips += log.flips.len();
            triggers += log.triggers.len();
        }
        if self.items.is_empty() {
            self.items.reserve_exact(items);
            self.transitions.reserve_exact(transitions);
            self.flips.reserve_exact(flips);
            self.triggers.reserve_exact(triggers);
        } else {
            // A frame of many runs: with exact room for each, each would copy all before it.
            self.items.reserve(items);
            self.transitions.reserve(transitions);
            self.flips.reserve(flips);
            self.triggers.reserve(triggers);
        }
    }

    /// Appends what one accepted event did in its partition: the reader's next items, all by one trigger.
    pub(crate) fn append_event(
        &mut self,
        reader: &mut EventReader<'_>,
        accepted: Accepted,
        trigger: Trigger,
    ) {
        // Most events change no membership. They get no trigger, so that a retained log holds only triggers with items.
        if accepted.items_end == reader.items_read {
            return;
        }
        let (number, base) = (self.triggers.len() as u32, self.transitions.len());
        self.triggers.push(trigger);
        let count = accepted.transitions_end - reader.transitions_read;
        self.transitions.extend(reader.transitions.by_ref().take(count).map(|mut transitions| {
            transitions.rebase(number, reader.flips_base);
            transitions
        }));
        // An item of a run is never a notice: a definition is not part of a run. So `of` always means a transition.
        let moved = |of: u32| (of as usize - reader.transitions_read + base) as u32;
        let items = &reader.items[reader.items_read..accepted.items_end];
        self.items.extend(items.iter().map(|item| Item { of: moved(item.of), ..*item }));
        (reader.items_read, reader.transitions_read) = (accepted.items_end, accepted.transitions_end);
    }

    /// Appends what several partitions did for one reason: the days that began on the way to an instant, or one event in all of
    /// them. Orders the items by instant, segment and creation, and joins the notices of one segment.
    pub(crate) fn append_together(&mut self, logs: Vec<ChangeLog>, now: Instant, cause: TriggerCause) {
        // Days keep their own instants. Everything else gets the workspace's instant and cause: a partition knows neither the
        // number of an event in the workspace nor whether the event changed a setting.
        let actual = |trigger: &Trigger| match trigger.cause {
            TriggerCause::Clock => *trigger,
            TriggerCause::Event(_) | TriggerCause::Settings(_) => Trigger { at: now, cause },
        };
        let order = |trigger: &Trigger| (trigger.at, trigger.cause);
        let mut triggers: Vec<Trigger> =
            logs.iter().flat_map(|log| log.triggers.iter().map(actual)).collect();
        // One trigger for all partitions, so that items of one instant are ordered by segment and not by partition.
        triggers.sort_by_key(order);
        triggers.dedup();
        let base = self.triggers.len();
        let first = self.items.len();
        for log in logs {
            let ChangeLog { triggers: own, origins: _, flips, transitions, notices, items } = log;
            let number = |trigger: u32| {
                let trigger = actual(&own[trigger as usize]);
                (base + triggers.partition_point(|each| order(each) < order(&trigger))) as u32
            };
            let (transitions_base, notices_base) = (self.transitions.len() as u32, self.notices.len() as u32);
            let flips_base = self.flips.len() as u32;
            self.flips.extend(flips);
            self.transitions.extend(transitions.into_iter().map(|mut transitions| {
                transitions.rebase(number(transitions.trigger), flips_base);
                transitions
            }));
            self.notices.extend(notices.into_iter().map(|mut notice| {
                notice.trigger = number(notice.trigger);
                notice
            }));
            self.items.extend(items.into_iter().map(|item| {
                let base = match item.kind {
                    ItemKind::Notice => notices_base,
                    ItemKind::Entered | ItemKind::Left => transitions_base,
                };
                Item { of: base + item.of, ..item }
            }));
        }
        self.triggers.extend(triggers);
        self.sort_from(first);
    }

    /// Puts the items from `first` on in order, and joins the notices of one segment.
    fn sort_from(&mut self, first: usize) {
        let mut items = self.items.split_off(first);
        // Creation comes last: within a segment, contacts are ordered as if they were in one partition.
        items.sort_by_cached_key(|item| match (self.transitions_of(item), self.notice_of(item)) {
            (Some(transitions), _) => (transitions.trigger, item.order, transitions.creation),
            (None, Some(notice)) => (notice.trigger, item.order, 0),
            (None, None) => (0, item.order, 0),
        });
        for item in items {
            if item.kind == ItemKind::Notice {
                // Only items from `first` on: an equal notice before it belongs to an earlier event.
                if let Some(last) = self.items[first..].last().copied()
                    && last.kind == ItemKind::Notice
                    && last.order == item.order
                    && self.trigger(&last) == self.trigger(&item)
                {
                    let other = self.notices[item.of as usize].clone();
                    self.notices[last.of as usize].join(other);
                    continue;
                }
                // A notice bears the instant of its trigger, which is the workspace's and not the engine's.
                let at = self.trigger(&item).at;
                self.notices[item.of as usize].notice.at = at;
            }
            self.items.push(item);
        }
    }
}

impl ContactTransitions {
    /// Moves the references to a trigger and to flips to the merged lists.
    fn rebase(&mut self, trigger: u32, flips_base: u32) {
        self.trigger = trigger;
        self.flips = (self.flips.0 + flips_base, self.flips.1 + flips_base);
    }
}

impl SegmentNotice {
    /// Adds what another partition reports of the same change.
    fn join(&mut self, mut other: SegmentNotice) {
        use NoticeOutcome::{Built, Dropped, Rebuilt};
        self.notice.outcome = match (self.notice.outcome, other.notice.outcome) {
            (Built { members: one }, Built { members: two }) => Built { members: one + two },
            (Rebuilt { entered, left }, Rebuilt { entered: more_entered, left: more_left }) => {
                Rebuilt { entered: entered + more_entered, left: left + more_left }
            }
            // One definition has the same kind of outcome in every partition, so no other pair occurs.
            (Built { .. } | Rebuilt { .. } | Dropped, outcome) => outcome,
        };
        join_parts(&mut self.entered, &mut other.entered);
        join_parts(&mut self.left, &mut other.left);
    }
}

/// Puts the parts of other partitions into their places.
fn join_parts(parts: &mut Vec<RoaringBitmap>, others: &mut Vec<RoaringBitmap>) {
    // A partition's notice has parts only up to its own; `zip` would drop those of later partitions.
    parts.resize(parts.len().max(others.len()), RoaringBitmap::new());
    for (part, other) in parts.iter_mut().zip(others.drain(..)) {
        *part |= other;
    }
}

#[cfg(test)]
mod tests {
    use enlist_engine::SegmentOrder;

    use super::*;

    #[test]
    fn room_for_one_run_is_exact_and_room_for_many_grows_by_doubling() {
        let item = Item { order: SegmentOrder::of(0, 0), of: 0, kind: ItemKind::Entered };
        let run = ChangeLog { items: vec![item; 5], ..ChangeLog::default() };
        let mut merged = ChangeLog::default();
        merged.reserve_for([&run].into_iter());
        assert_eq!(merged.items.capacity(), 5);
        let (mut room, mut moves) = (0, 0);
        for _ in 0..1_000 {
            merged.reserve_for([&run].into_iter());
            merged.items.extend_from_slice(&run.items);
            moves += u32::from(merged.items.capacity() != room);
            room = merged.items.capacity();
        }
        assert!(moves < 20, "{moves}");
    }
}
