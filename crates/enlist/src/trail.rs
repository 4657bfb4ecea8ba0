//! What contacts did of late: the latest entries and exits of all contacts together, to be asked for by contact.
//!
//! A ring of records, in which each record says how far back the contact's earlier one lies. It does not know what became of
//! the contact or the segment since. What always holds: a contact has a head exactly if one of its records is in the ring,
//! and the head is the latest.

use enlist_model::{Change, Instant};
use rustc_hash::FxHashMap;

/// The latest entries and exits of all contacts.
#[derive(Debug)]
pub(crate) struct Trail {
    /// Full up to `most`, then overwritten from the start.
    records: Vec<Record>,
    /// How many records there may be.
    most: u32,
    /// Where the next record goes.
    next: u32,
    /// Each contact's latest record.
    heads: FxHashMap<u64, u32>,
}

/// One contact entered or left one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(crate) segment: u32,
    pub(crate) at: Instant,
    pub(crate) change: Change,
}

#[derive(Debug)]
struct Record {
    contact: u64,
    at: Instant,
    segment: u32,
    link: Link,
}

/// Which way the contact went, in the highest bit; and how many records back its earlier one lies, 0 for nowhere.
#[derive(Clone, Copy, Debug)]
struct Link(u32);

impl Trail {
    /// The most records that a link can lead over.
    const MOST: u32 = Link::LEFT - 1;
    /// How many records there is room for at first.
    const FIRST: usize = 64;

    /// An empty trail of no more than `most` records, over all contacts; more than 2³¹ − 1 are not kept. What is not used
    /// yet takes no memory.
    pub(crate) fn new(most: u32) -> Self {
        Trail { records: Vec::new(), most: most.min(Self::MOST), next: 0, heads: FxHashMap::default() }
    }

    /// The contact, by its number of creation, entered or left a segment. Forgets the oldest record if there are too many.
    pub(crate) fn note(&mut self, contact: u64, segment: u32, at: Instant, change: Change) {
        if self.most == 0 {
            return;
        }
        let slot = self.next;
        self.forget(slot);
        let back = self.heads.insert(contact, slot).map_or(0, |head| self.distance(head, slot));
        let record = Record { contact, at, segment, link: Link::new(back, change) };
        if let Some(overwritten) = self.records.get_mut(slot as usize) {
            *overwritten = record;
        } else {
            self.make_room();
            self.records.push(record);
        }
        self.next = if slot + 1 == self.most { 0 } else { slot + 1 };
    }

    /// What the contact did, the newest first, as far as it is kept.
    pub(crate) fn of(&self, contact: u64) -> Vec<Passage> {
        let mut passages = Vec::new();
        let Some(mut slot) = self.heads.get(&contact).copied() else { return passages };
        // How many records are not younger than the one at the slot: a link beyond them leads to what was overwritten.
        let newest = if self.next == 0 { self.most - 1 } else { self.next - 1 };
        let mut rest = self.records.len() as u64 - u64::from(self.distance(slot, newest));
        loop {
            let Record { at, segment, link, .. } = self.records[slot as usize];
            passages.push(Passage { segment, at, change: link.change() });
            let back = link.back();
            if back == 0 || u64::from(back) >= rest {
                return passages;
            }
            rest -= u64::from(back);
            slot = if back <= slot { slot - back } else { slot + (self.most - back) };
        }
    }

    /// About how many bytes it holds.
    pub(crate) fn bytes(&self) -> usize {
        self.records.capacity() * size_of::<Record>() + self.heads.capacity() * (size_of::<(u64, u32)>() + 1)
    }

    /// The record at the slot, if there is one, is about to be overwritten.
    fn forget(&mut self, slot: u32) {
        let Some(record) = self.records.get(slot as usize) else { return };
        if self.heads.get(&record.contact) == Some(&slot) {
            self.heads.remove(&record.contact);
        }
    }

    /// How many records the slot `from` lies before the slot `to`.
    fn distance(&self, from: u32, to: u32) -> u32 {
        if from <= to { to - from } else { self.most - (from - to) }
    }

    /// Grows by doubling, but never beyond `most`.
    fn make_room(&mut self) {
        let held = self.records.len();
        if held == self.records.capacity() {
            self.records.reserve_exact(held.max(Self::FIRST).min(self.most as usize - held));
        }
    }
}

impl Link {
    const LEFT: u32 = 1 << 31;

    fn new(back: u32, change: Change) -> Self {
        match change {
            Change::Entered => Link(back),
            Change::Left => Link(back | Self::LEFT),
        }
    }

    fn back(self) -> u32 {
        self.0 & !Self::LEFT
    }

    fn change(self) -> Change {
        if self.0 & Self::LEFT == 0 { Change::Entered } else { Change::Left }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Numbers that follow from the seed, below a bound.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % bound
        }
    }

    fn at(milliseconds: u64) -> Instant {
        Instant::from_milliseconds(i64::try_from(milliseconds).unwrap()).unwrap()
    }

    /// The passages of a contact among the last `most` of all.
    fn naive(all: &[(u64, Passage)], most: u32, contact: u64) -> Vec<Passage> {
        let latest = all.iter().rev().take(most as usize);
        latest.filter(|(whose, _)| *whose == contact).map(|(_, passage)| *passage).collect()
    }

    #[test]
    fn a_trail_tells_of_each_contact_what_is_among_the_latest() {
        for (most, contacts) in [(1, 2), (2, 2), (3, 1), (7, 3), (64, 10), (65, 200), (200, 17)] {
            let mut numbers = Numbers(u64::from(most));
            let mut trail = Trail::new(most);
            let mut all: Vec<(u64, Passage)> = Vec::new();
            for step in 0..1_000_u64 {
                // Some contacts come often, others long after their last record is overwritten.
                let contact = numbers.below(contacts).min(numbers.below(contacts)) + (1 << 40);
                let change = if numbers.below(2) == 0 { Change::Entered } else { Change::Left };
                let passage = Passage { segment: numbers.below(5) as u32, at: at(step / 3), change };
                trail.note(contact, passage.segment, passage.at, passage.change);
                all.push((contact, passage));
                let asked =
                    if step % 50 == 0 { 0..contacts } else { contact - (1 << 40)..contact - (1 << 40) + 1 };
                for contact in asked.map(|number| number + (1 << 40)) {
                    assert_eq!(trail.of(contact), naive(&all, most, contact), "{most} {step} {contact}");
                }
                let latest = all.iter().rev().take(most as usize);
                let heads: BTreeSet<u64> = latest.map(|(contact, _)| *contact).collect();
                assert_eq!(trail.heads.keys().copied().collect::<BTreeSet<_>>(), heads);
            }
        }
    }

    #[test]
    fn memory_grows_with_what_is_noted_up_to_the_most() {
        assert_eq!(size_of::<Record>(), 24);
        let mut trail = Trail::new(1_000);
        assert_eq!(trail.bytes(), 0);
        trail.note(1, 0, at(0), Change::Entered);
        assert_eq!(trail.records.capacity(), Trail::FIRST);
        for contact in 0..10_000 {
            trail.note(contact, 0, at(1), Change::Entered);
        }
        assert_eq!((trail.records.len(), trail.records.capacity()), (1_000, 1_000));
        assert_eq!(trail.heads.len(), 1_000);
        assert!(trail.heads.capacity() < 4_000, "{}", trail.heads.capacity());
        assert_eq!(Trail::new(u32::MAX).bytes(), 0);
    }

    #[test]
    fn a_trail_of_nothing_keeps_nothing() {
        let mut trail = Trail::new(0);
        trail.note(1, 0, at(0), Change::Entered);
        assert_eq!((trail.of(1), trail.bytes()), (Vec::new(), 0));
    }
}
