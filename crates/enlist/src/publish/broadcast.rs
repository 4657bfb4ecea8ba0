//! Who hears of what: the subscribers of a workspace, and the latest deliveries for those who come later.
//!
//! A delivery is put before exactly those whose segments it touches; others cost nothing. What always holds: sequences follow
//! one another without holes; a subscriber that resumes gets what is retained and then what is new, nothing twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::task::Waker;

use enlist_model::SegmentId;
use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::publish::delivery::Delivery;
use crate::publish::mailbox::{End, Gap, Mailbox, Overflow};
use crate::revision::{Revision, Sequence};

/// Which segments a subscriber hears of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    All,
    Segments(Vec<SegmentId>),
}

/// A workspace's subscribers and what it published lately.
#[derive(Debug)]
pub(crate) struct Broadcast {
    inner: Mutex<Inner>,
    /// The most items that are retained.
    retained_most: usize,
}

#[derive(Debug)]
struct Inner {
    subscribers: BTreeMap<u64, (Interest, Arc<Mailbox>)>,
    next_subscriber: u64,
    /// Those who hear of everything.
    of_all: Vec<u64>,
    /// Those who hear of a segment.
    of_segment: FxHashMap<SegmentId, Vec<u64>>,
    /// Those for whom the workspace waits.
    blocking: Vec<u64>,
    /// Everyone's capacity, the least first.
    capacities: BTreeSet<(usize, u64)>,
    retained: VecDeque<Arc<Delivery>>,
    retained_items: usize,
    /// About how many bytes they take.
    retained_bytes: usize,
    next: Sequence,
    /// The revision of the latest delivery that is no longer retained.
    forgotten: Revision,
    is_ended: bool,
}

impl Broadcast {
    pub(crate) fn new(retained_most: usize) -> Self {
        let inner = Inner {
            subscribers: BTreeMap::new(),
            next_subscriber: 0,
            of_all: Vec::new(),
            of_segment: FxHashMap::default(),
            blocking: Vec::new(),
            capacities: BTreeSet::new(),
            retained: VecDeque::new(),
            retained_items: 0,
            retained_bytes: 0,
            next: Sequence(1),
            forgotten: Revision(0),
            is_ended: false,
        };
        Broadcast { inner: Mutex::new(inner), retained_most }
    }

    /// The sequence that the next item gets. Only the one writer asks.
    pub(crate) fn next_sequence(&self) -> Sequence {
        self.inner.lock().next
    }

    /// Puts a delivery before everyone whom it concerns.
    pub(crate) fn publish(&self, delivery: &Arc<Delivery>) {
        let mut inner = self.inner.lock();
        inner.next = delivery.end();
        inner.retain(delivery, self.retained_most);
        let (mut ended, mut wakers) = (Vec::new(), Vec::new());
        for (number, items) in inner.concerned(delivery) {
            let (goes_on, waker) = inner.subscribers[&number].1.put(delivery, items);
            wakers.extend(waker);
            if !goes_on {
                ended.push(number);
            }
        }
        for number in ended {
            inner.remove(number);
        }
        drop(inner);
        // A task may drop its subscription as it is woken.
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Tells everyone to read again: what came to be up to a revision may not all have been told.
    pub(crate) fn publish_gap(&self, revision: Revision) {
        let inner = self.inner.lock();
        let gap = Gap { from: inner.next, until: inner.next, revision };
        let gaps = inner.subscribers.values().filter_map(|(_, subscriber)| subscriber.put_gap(gap));
        let wakers: Vec<Waker> = gaps.collect();
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether a subscriber has asked the workspace to wait for it, and is full.
    pub(crate) fn is_blocked(&self) -> bool {
        let inner = self.inner.lock();
        inner.blocking.iter().any(|number| inner.subscribers[number].1.blocks())
    }

    /// The least that may wait for a subscriber; without end where there is none.
    pub(crate) fn least_capacity(&self) -> usize {
        self.inner.lock().capacities.first().map_or(usize::MAX, |(capacity, _)| *capacity)
    }

    /// Adds a subscriber; with a sequence, what is retained from there on comes first. Says with which sequence it begins.
    pub(crate) fn subscribe(
        &self,
        interest: Interest,
        from: Option<Sequence>,
        overflow: Overflow,
        capacity: usize,
    ) -> (u64, Arc<Mailbox>, Sequence) {
        let mut inner = self.inner.lock();
        let gap = from.and_then(|from| inner.missing_since(from));
        let subscriber = Arc::new(Mailbox::new(overflow, capacity.max(1), gap));
        let from = from.map_or(inner.next, |from| from.min(inner.next));
        for delivery in inner.retained.iter().filter(|delivery| delivery.end() > from) {
            let items = delivery.items_for(&interest);
            if items > 0 {
                // Nobody waits for it yet.
                let _ = subscriber.put(delivery, items);
            }
        }
        let number = inner.add(interest, overflow, &subscriber);
        if inner.is_ended {
            let _ = subscriber.end(End::Closed);
        }
        (number, subscriber, from)
    }

    /// A subscription was dropped.
    pub(crate) fn unsubscribe(&self, number: u64) {
        self.inner.lock().remove(number);
    }

    /// Nothing more is published.
    pub(crate) fn end(&self) {
        let mut inner = self.inner.lock();
        inner.is_ended = true;
        let ends = inner.subscribers.values().filter_map(|(_, subscriber)| subscriber.end(End::Closed));
        let wakers: Vec<Waker> = ends.collect();
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The number of subscribers, and the most that waits for one.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        let most = inner.subscribers.values().map(|(_, subscriber)| subscriber.waiting()).max();
        (inner.subscribers.len(), most.unwrap_or(0))
    }

    /// About how many bytes are retained.
    pub(crate) fn bytes(&self) -> usize {
        self.inner.lock().retained_bytes
    }

    /// What is retained, the oldest first.
    pub(crate) fn retained(&self) -> Vec<Arc<Delivery>> {
        self.inner.lock().retained.iter().cloned().collect()
    }
}

impl Inner {
    fn retain(&mut self, delivery: &Arc<Delivery>, most: usize) {
        self.retained.push_back(Arc::clone(delivery));
        self.retained_items += delivery.told.items.len();
        self.retained_bytes += delivery.told.bytes();
        while self.retained_items > most {
            let Some(oldest) = self.retained.pop_front() else { break };
            self.retained_items -= oldest.told.items.len();
            self.retained_bytes -= oldest.told.bytes();
            self.forgotten = oldest.revision;
        }
    }

    /// What was published from a sequence on and is no longer retained. A sequence that is not reached yet is one of
    /// another life of the workspace: nothing is known of what is missing then.
    fn missing_since(&self, from: Sequence) -> Option<Gap> {
        if from > self.next {
            let revision = self.retained.back().map_or(self.forgotten, |latest| latest.revision);
            return Some(Gap { from: self.next, until: self.next, revision });
        }
        let until = self.retained.front().map_or(self.next, |oldest| oldest.first);
        (from < until).then_some(Gap { from, until, revision: self.forgotten })
    }

    /// The subscribers whom a delivery concerns, each with how many of its items do.
    fn concerned(&self, delivery: &Delivery) -> Vec<(u64, usize)> {
        let mut found: Vec<(u64, usize)> =
            self.of_all.iter().map(|number| (*number, delivery.told.items.len())).collect();
        if self.of_segment.is_empty() {
            return found;
        }
        let mut by_segment: BTreeMap<u64, usize> = BTreeMap::new();
        for tally in &delivery.tallies {
            let Some(entry) = delivery.catalogue.get(tally.segment) else { continue };
            for number in self.of_segment.get(&entry.segment).into_iter().flatten() {
                *by_segment.entry(*number).or_default() += tally.items as usize;
            }
        }
        found.extend(by_segment);
        found
    }

    fn add(&mut self, interest: Interest, overflow: Overflow, subscriber: &Arc<Mailbox>) -> u64 {
        let number = self.next_subscriber;
        self.next_subscriber += 1;
        match &interest {
            Interest::All => self.of_all.push(number),
            Interest::Segments(segments) => {
                for segment in segments.iter().collect::<FxHashSet<_>>() {
                    self.of_segment.entry(segment.clone()).or_default().push(number);
                }
            }
        }
        if overflow == Overflow::Block {
            self.blocking.push(number);
        }
        self.capacities.insert((subscriber.capacity(), number));
        self.subscribers.insert(number, (interest, Arc::clone(subscriber)));
        number
    }

    fn remove(&mut self, number: u64) {
        let Some((interest, subscriber)) = self.subscribers.remove(&number) else { return };
        self.capacities.remove(&(subscriber.capacity(), number));
        self.blocking.retain(|each| *each != number);
        match interest {
            Interest::All => self.of_all.retain(|each| *each != number),
            Interest::Segments(segments) => {
                for segment in segments {
                    if let Some(numbers) = self.of_segment.get_mut(&segment) {
                        numbers.retain(|each| *each != number);
                        if numbers.is_empty() {
                            self.of_segment.remove(&segment);
                        }
                    }
                }
            }
        }
    }
}

impl Interest {
    pub(crate) fn takes(&self, segment: &SegmentId) -> bool {
        match self {
            Interest::All => true,
            Interest::Segments(segments) => segments.contains(segment),
        }
    }
}

impl Delivery {
    /// How many of its items are of interest.
    pub(crate) fn items_for(&self, interest: &Interest) -> usize {
        let of_interest =
            |number| self.catalogue.get(number).is_some_and(|entry| interest.takes(&entry.segment));
        let tallies = self.tallies.iter().filter(|tally| of_interest(tally.segment));
        tallies.map(|tally| tally.items as usize).sum()
    }
}
