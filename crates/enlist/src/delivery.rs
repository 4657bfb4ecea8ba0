//! What one batch published: its transitions and notices in the order of the contract, shared by all who read them.
//!
//! It is made by putting together what the partitions told, and never changes afterwards. What always holds: the order of
//! items is the same however many partitions told them.

use std::sync::Arc;

use enlist_engine::Flip;
use enlist_model::{Change, Instant, NoticeOutcome, WorkspaceId};
use roaring::RoaringBitmap;

use crate::catalogue::Catalogue;
use crate::revision::{Revision, Sequence};
use crate::told::{Item, Moment, MomentCause, Noticed, Told};

/// What a batch published.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) workspace: WorkspaceId,
    pub(crate) revision: Revision,
    /// The sequence of the first item; the others follow it one by one.
    pub(crate) first: Sequence,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) told: Merged,
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
}

/// What all partitions told of a batch, put together.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) moments: Vec<Moment>,
    pub(crate) items: Vec<Item>,
    pub(crate) flips: Vec<Flip>,
}

impl Delivery {
    /// The sequence after the last item's.
    pub(crate) fn end(&self) -> Sequence {
        Sequence(self.first.0 + self.told.items.len() as u64)
    }
}

impl Merged {
    /// Adds what one event did in one partition: the next items of that partition, all of one moment.
    pub(crate) fn add_event(&mut self, items: impl Iterator<Item = Item>, moment: Moment, flips_before: u32) {
        let first = self.items.len();
        let number = self.moments.len() as u32;
        self.items.extend(items.map(|mut item| {
            item.rebase(number, flips_before);
            item
        }));
        if self.items.len() > first {
            self.moments.push(moment);
        }
    }

    /// Adds what several partitions told of one thing: the days that began on the way to an instant, or one event over
    /// all of them. By instant, then place, then arrival. Notices of one segment become one.
    pub(crate) fn add_together(&mut self, tellings: Vec<Told>, now: Instant, cause: MomentCause) {
        let mut all: Vec<(Moment, Item)> = Vec::new();
        for told in tellings {
            let flips_before = self.flips.len() as u32;
            self.flips.extend_from_slice(&told.flips);
            for mut item in told.items {
                let mut moment = told.moments[item.moment() as usize];
                if moment.cause != MomentCause::Clock {
                    moment = Moment { at: now, cause };
                }
                item.rebase(0, flips_before);
                all.push((moment, item));
            }
        }
        let creation = |item: &Item| match item {
            Item::Transition(passed) => passed.creation,
            Item::Notice(_) => 0,
        };
        all.sort_by_key(|(moment, item)| (moment.at, moment.cause, item.place(), creation(item)));
        let first = self.items.len();
        for (moment, item) in all {
            self.add(moment, item, first);
        }
    }

    /// Adds an item to those from the `first` on, which are of one thing.
    fn add(&mut self, moment: Moment, mut item: Item, first: usize) {
        let begins = self.items.len() == first || self.moments.last() != Some(&moment);
        if begins {
            self.moments.push(moment);
        }
        if let (false, Item::Notice(noticed), Some(Item::Notice(last))) =
            (begins, &mut item, self.items.last_mut())
            && last.place == noticed.place
        {
            last.join(noticed);
            return;
        }
        let number = self.moments.len() as u32 - 1;
        item.rebase(number, 0);
        if let Item::Notice(noticed) = &mut item {
            noticed.notice.at = moment.at;
        }
        self.items.push(item);
    }

    /// Sums up by segment. `scratch` is zero and stays so; it is as long as there are segments.
    pub(crate) fn tally(&self, scratch: &mut [u32]) -> Vec<Tally> {
        let mut tallies: Vec<Tally> = Vec::new();
        for item in &self.items {
            let number = item.place().number;
            let place = &mut scratch[number as usize];
            if *place == 0 {
                tallies.push(Tally { segment: number, ..Tally::default() });
                *place = tallies.len() as u32;
            }
            tallies[*place as usize - 1].count(item);
        }
        for tally in &tallies {
            scratch[tally.segment as usize] = 0;
        }
        tallies
    }
}

impl Tally {
    /// Of one item.
    pub(crate) fn of(item: &Item) -> Self {
        let mut tally = Tally { segment: item.place().number, ..Tally::default() };
        tally.count(item);
        tally
    }

    fn count(&mut self, item: &Item) {
        self.items += 1;
        match item {
            Item::Transition(passed) => {
                let entered = u64::from(passed.change == Change::Entered);
                self.entered += entered;
                self.left += 1 - entered;
            }
            Item::Notice(noticed) => {
                let (entered, left) = match noticed.notice.outcome {
                    NoticeOutcome::Built { members } => (members, 0),
                    NoticeOutcome::Rebuilt { entered, left } => (entered, left),
                    NoticeOutcome::Dropped => (0, 0),
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
    fn join(&mut self, other: &mut Noticed) {
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
