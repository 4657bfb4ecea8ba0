//! What one batch published: its transitions and notices in the order of the contract, shared by all who read them.
//!
//! It is made by putting together what the partitions told, and never changes afterwards. What always holds: the order of
//! items is the same however many partitions told them.

use std::sync::Arc;
use std::vec::Drain;

use enlist_model::{Instant, NoticeOutcome, WorkspaceId};
use roaring::RoaringBitmap;

use crate::partition::output::{Item, ItemKind, Lists, Moment, MomentCause, Noticed, Passage};
use crate::revision::{Revision, Sequence};
use crate::sequencer::segments::Catalogue;

/// What a batch published.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) workspace: WorkspaceId,
    pub(crate) revision: Revision,
    /// The sequence of the first item; the others follow it one by one.
    pub(crate) first: Sequence,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) told: Lists,
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
    passages: Drain<'a, Passage>,
    items: &'a [Item],
    /// How many items and passages were read.
    read: (usize, usize),
    flips_before: u32,
}

impl<'a> Stream<'a> {
    /// Moves the flips at once, the others when they are read.
    pub(crate) fn of(told: &'a mut Lists, merged: &mut Lists) -> Self {
        let flips_before = merged.flips.len() as u32;
        merged.flips.append(&mut told.flips);
        Stream { passages: told.passages.drain(..), items: &told.items, read: (0, 0), flips_before }
    }
}

impl Lists {
    /// Adds what one event did in one partition: what it told next, all of one moment.
    pub(crate) fn add_event(
        &mut self,
        stream: &mut Stream<'_>,
        (items, passages): (usize, usize),
        moment: Moment,
    ) {
        if items == stream.read.0 {
            return;
        }
        let (number, before) = (self.moments.len() as u32, self.passages.len());
        self.moments.push(moment);
        let count = passages - stream.read.1;
        self.passages.extend(stream.passages.by_ref().take(count).map(|mut passage| {
            passage.rebase(number, stream.flips_before);
            passage
        }));
        let moved = |of: u32| (of as usize - stream.read.1 + before) as u32;
        let told = &stream.items[stream.read.0..items];
        self.items.extend(told.iter().map(|item| Item { of: moved(item.of), ..*item }));
        stream.read = (items, passages);
    }

    /// Adds what several partitions told of one thing: the days that began on the way to an instant, or one event over
    /// all of them. By instant, then place, then arrival. Notices of one segment become one.
    pub(crate) fn add_together(&mut self, tellings: Vec<Lists>, now: Instant, cause: MomentCause) {
        let seen = |moment: &Moment| {
            if moment.cause == MomentCause::Clock { *moment } else { Moment { at: now, cause } }
        };
        let order = |moment: &Moment| (moment.at, moment.cause);
        let mut moments: Vec<Moment> =
            tellings.iter().flat_map(|told| told.moments.iter().map(seen)).collect();
        moments.sort_by_key(order);
        moments.dedup();
        let before = self.moments.len();
        let first = self.items.len();
        for told in tellings {
            let Lists { moments: told_moments, flips, passages, notices, items } = told;
            let number = |moment: u32| {
                let moment = seen(&told_moments[moment as usize]);
                (before + moments.partition_point(|each| order(each) < order(&moment))) as u32
            };
            let bases = (self.passages.len() as u32, self.notices.len() as u32);
            let flips_before = self.flips.len() as u32;
            self.flips.extend(flips);
            self.passages.extend(passages.into_iter().map(|mut passage| {
                passage.rebase(number(passage.moment), flips_before);
                passage
            }));
            self.notices.extend(notices.into_iter().map(|mut noticed| {
                noticed.moment = number(noticed.moment);
                noticed
            }));
            self.items.extend(items.into_iter().map(|item| {
                let base = if item.kind == ItemKind::Notice { bases.1 } else { bases.0 };
                Item { of: base + item.of, ..item }
            }));
        }
        self.moments.extend(moments);
        self.put_in_order(first);
    }

    /// Puts the items from the `first` on in order, and joins the notices of one segment.
    fn put_in_order(&mut self, first: usize) {
        let mut items = self.items.split_off(first);
        items.sort_by_cached_key(|item| match (self.passage(item), self.notice(item)) {
            (Some(passage), _) => (passage.moment, item.place, passage.creation),
            (None, Some(noticed)) => (noticed.moment, item.place, 0),
            (None, None) => (0, item.place, 0),
        });
        for item in items {
            if let (ItemKind::Notice, Some(last)) = (item.kind, self.items[first..].last().copied())
                && last.kind == ItemKind::Notice
                && last.place == item.place
                && self.moment(&last) == self.moment(&item)
            {
                let other = self.notices[item.of as usize].clone();
                self.notices[last.of as usize].join(other);
                continue;
            }
            if item.kind == ItemKind::Notice {
                let at = self.moment(&item).at;
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

impl Passage {
    /// Puts it at another moment, and its reason elsewhere in the list.
    fn rebase(&mut self, moment: u32, flips_before: u32) {
        self.moment = moment;
        self.flips = (self.flips.0 + flips_before, self.flips.1 + flips_before);
    }
}

impl Tally {
    /// Of one item.
    pub(crate) fn of(item: &Item, told: &Lists) -> Self {
        let mut tally = Tally { segment: item.place.number, ..Tally::default() };
        tally.count(item, told);
        tally
    }

    fn count(&mut self, item: &Item, told: &Lists) {
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

impl Noticed {
    /// Takes in what another partition told of the same thing.
    fn join(&mut self, mut other: Noticed) {
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
