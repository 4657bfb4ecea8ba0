//! The subscribers of a workspace, and the latest deliveries for subscribers and consumers that resume.
//!
//! A delivery reaches only the subscribers of its segments; the others cost nothing. Invariant: sequences have no holes; a
//! subscriber that resumes gets the retained items and then the new ones, and none twice; what a consumer needs is retained.

mod reading;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use enlist_model::SegmentId;
use enlist_store::ConsumerRecord;
use parking_lot::{Condvar, Mutex};

use crate::hashing::TextMap;
use crate::publish::consumers::Consumers;
use crate::publish::delivery::Delivery;
use crate::publish::interest::Interest;
use crate::publish::mailbox::{End, Gap, Mailbox, Overflow};
use crate::publish::retained::{Retained, RetainedItems};
use crate::revision::{Incarnation, Revision, Sequence};

/// Deliveries that a reader of the latest items looks up at once.
const LOOKED_UP_DELIVERIES: usize = 64;

/// A workspace's subscribers and the items that it published last.
#[derive(Debug)]
pub(crate) struct Broadcast {
    inner: Mutex<Inner>,
    /// Something was published.
    published: Condvar,
    /// Maximum items retained that no consumer needs.
    retained_most: usize,
    /// Whether a consumer refuses writes, for writers that do not take the lock.
    is_refusing: AtomicBool,
}

/// A subscriber, by the order of arrival.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SubscriberId(u64);

#[derive(Debug)]
struct Inner {
    subscribers: BTreeMap<SubscriberId, (Interest, Arc<Mailbox>)>,
    next_subscriber: SubscriberId,
    /// The subscribers of everything.
    of_all: Vec<SubscriberId>,
    /// The subscribers of each segment.
    of_segment: TextMap<SegmentId, Vec<SubscriberId>>,
    /// The subscribers for which the workspace waits.
    blocking: Vec<SubscriberId>,
    /// Every mailbox's capacity, the least first.
    capacities: BTreeSet<(usize, SubscriberId)>,
    retained: RetainedItems,
    consumers: Consumers,
    is_ended: bool,
}

/// A new subscriber's mailbox, and where its items begin.
pub(crate) struct Subscribed {
    pub(crate) id: SubscriberId,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) from: Sequence,
}

/// A consumer that begins to read.
pub(crate) struct Begun {
    pub(crate) subscribed: Subscribed,
    pub(crate) record: ConsumerRecord,
    /// Whether a store must learn of it.
    pub(crate) is_news: bool,
}

/// What consumers need of what was published before a sequence.
#[derive(Debug)]
pub(crate) struct Unacknowledged {
    /// The consumers, by name.
    pub(crate) consumers: BTreeMap<String, ConsumerRecord>,
    /// The number of the first sequence that one of them needs.
    pub(crate) needed_from: u64,
    /// What they need, as far as it was asked for.
    pub(crate) entries: Vec<Retained>,
}

impl Broadcast {
    pub(crate) fn new(retained_most: usize, incarnation: Incarnation) -> Self {
        let inner = Inner {
            subscribers: BTreeMap::new(),
            next_subscriber: SubscriberId::default(),
            of_all: Vec::new(),
            of_segment: TextMap::default(),
            blocking: Vec::new(),
            capacities: BTreeSet::new(),
            retained: RetainedItems::new(incarnation),
            consumers: Consumers::default(),
            is_ended: false,
        };
        Broadcast {
            inner: Mutex::new(inner),
            published: Condvar::new(),
            retained_most,
            is_refusing: AtomicBool::new(false),
        }
    }

    /// Begins where an earlier process ended, with what its consumers need.
    pub(crate) fn begin_at(&self, kept: Vec<Retained>, next: Sequence, forgotten: Revision) {
        self.inner.lock().retained.begin_at(kept, next, forgotten);
    }

    /// Puts the deliveries of a frame, all under one lock, into the mailboxes of the subscribers that they concern.
    pub(crate) fn publish(&self, deliveries: &[Arc<Delivery>]) {
        // One lock for all: a subscriber that joins between two deliveries of a frame would see half of it.
        let mut inner = self.inner.lock();
        let (mut ended, mut wakers) = (Vec::new(), Vec::new());
        for delivery in deliveries {
            inner.retained.push(Retained::Delivery(Arc::clone(delivery)));
            for (id, items) in inner.concerned(delivery) {
                let (is_open, waker) = inner.subscribers[&id].1.enqueue(delivery, items);
                wakers.extend(waker);
                if !is_open {
                    ended.push(id);
                }
            }
        }
        // Removed at once, so that a disconnected subscriber's capacity no longer bounds the next frame.
        for id in ended {
            inner.remove(id);
        }
        self.settle(&mut inner);
        self.published.notify_all();
        // A waker runs foreign code, which may drop a subscription and so take this lock.
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Sends every subscriber a gap, because some items up to this revision may not have been published. The gap has its own
    /// sequence and is retained, so that a subscriber that resumes later gets it too.
    pub(crate) fn publish_gap(&self, gap: Gap) {
        let mut inner = self.inner.lock();
        inner.retained.push(Retained::Gap(gap));
        self.settle(&mut inner);
        self.published.notify_all();
        let gaps = inner.subscribers.values().filter_map(|(_, mailbox)| mailbox.enqueue_gap(gap));
        let wakers: Vec<Waker> = gaps.collect();
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether a subscriber that the workspace waits for is full.
    pub(crate) fn is_blocked(&self) -> bool {
        let inner = self.inner.lock();
        inner.blocking.iter().any(|id| inner.subscribers[id].1.blocks())
    }

    /// The least capacity of a mailbox; `usize::MAX` without subscribers.
    pub(crate) fn least_capacity(&self) -> usize {
        self.inner.lock().capacities.first().map_or(usize::MAX, |(capacity, _)| *capacity)
    }

    /// Adds a subscriber. With a sequence, it first gets what is retained from there on.
    pub(crate) fn subscribe(
        &self,
        interest: Interest,
        from: Option<Sequence>,
        overflow: Overflow,
        capacity: usize,
    ) -> Subscribed {
        self.inner.lock().subscribe(interest, from, overflow, capacity)
    }

    /// Removes a subscriber.
    pub(crate) fn unsubscribe(&self, id: SubscriberId) {
        self.inner.lock().remove(id);
    }

    /// Ends all subscriptions: nothing more is published.
    pub(crate) fn end(&self) {
        let mut inner = self.inner.lock();
        inner.is_ended = true;
        let ends = inner.subscribers.values().filter_map(|(_, mailbox)| mailbox.end(End::Closed));
        let wakers: Vec<Waker> = ends.collect();
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// The number of subscribers, and the most items that wait for one of them.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let inner = self.inner.lock();
        let most = inner.subscribers.values().map(|(_, mailbox)| mailbox.waiting()).max();
        (inner.subscribers.len(), most.unwrap_or(0))
    }

    /// The memory that the retained deliveries take, estimated.
    pub(crate) fn bytes(&self) -> usize {
        self.inner.lock().retained.bytes()
    }

    /// What is retained, the newest first, each item by its delivery and its position there. It is looked up as far as it is read.
    pub(crate) fn newest_items(&self) -> impl Iterator<Item = (Arc<Delivery>, usize)> {
        let mut looked_up: VecDeque<Arc<Delivery>> = VecDeque::new();
        let mut before = None;
        let deliveries = std::iter::from_fn(move || {
            if looked_up.is_empty() {
                // Some at a time, so that writers that publish do not wait for a reader that searches everything.
                let inner = self.inner.lock();
                looked_up.extend(inner.retained.newest_before(before).take(LOOKED_UP_DELIVERIES).cloned());
            }
            let delivery = looked_up.pop_front()?;
            before = Some(delivery.first);
            Some(delivery)
        });
        deliveries
            .flat_map(|delivery| (0..delivery.len()).rev().map(move |item| (Arc::clone(&delivery), item)))
    }

    /// Forgets what is retained and not needed, and notes whether a consumer refuses writes. After every change of either.
    fn settle(&self, inner: &mut Inner) {
        let next = inner.retained.next();
        let needed_from = inner.consumers.needed_from(next.number());
        let needed_from = needed_from.map(|number| Sequence::new(next.incarnation(), number));
        inner.retained.trim(self.retained_most, needed_from);
        if !inner.consumers.is_empty() || self.is_refusing.load(Ordering::Relaxed) {
            self.is_refusing.store(inner.consumers.full(next.number()).is_some(), Ordering::Relaxed);
        }
    }
}

impl Inner {
    /// Adds a subscriber. With a sequence, it first gets what is retained from there on.
    fn subscribe(
        &mut self,
        interest: Interest,
        from: Option<Sequence>,
        overflow: Overflow,
        capacity: usize,
    ) -> Subscribed {
        let next = self.retained.next();
        let gap = from.and_then(|from| self.retained.missing_since(from));
        let mailbox = Arc::new(Mailbox::new(overflow, capacity.max(1), gap));
        // A tag of another incarnation compares as neither less nor equal, so it starts at the present too.
        let from = from.filter(|from| *from <= next).unwrap_or(next);
        for entry in self.retained.since(from) {
            // No task waits on a new mailbox, so there is no waker. If the retained items overflow it, the policy applies.
            match entry {
                Retained::Delivery(delivery) => {
                    let items = interest.count_in(delivery);
                    if items > 0 {
                        let _ = mailbox.enqueue(delivery, items);
                    }
                }
                Retained::Gap(gap) => {
                    let _ = mailbox.enqueue_gap(*gap);
                }
            }
        }
        let id = self.add(interest, overflow, &mailbox);
        // After the retained items: a subscriber to a closed workspace still gets them, and then the end.
        if self.is_ended {
            let _ = mailbox.end(End::Closed);
        }
        Subscribed { id, mailbox, from }
    }

    /// Ends a subscriber, because another reads in its place; returns the task to wake.
    fn take_over(&mut self, id: SubscriberId) -> Option<Waker> {
        let waker = self.subscribers.get(&id).and_then(|(_, mailbox)| mailbox.end(End::TakenOver));
        self.remove(id);
        waker
    }

    /// The subscribers that a delivery concerns, each with the number of its items for them.
    fn concerned(&self, delivery: &Delivery) -> Vec<(SubscriberId, usize)> {
        let mut found: Vec<(SubscriberId, usize)> =
            self.of_all.iter().map(|id| (*id, delivery.len())).collect();
        if self.of_segment.is_empty() {
            return found;
        }
        let mut by_subscriber: BTreeMap<SubscriberId, usize> = BTreeMap::new();
        for tally in &delivery.tallies.by_segment {
            for id in self.of_segment.get(&tally.segment.id).into_iter().flatten() {
                *by_subscriber.entry(*id).or_default() += tally.sums.items as usize;
            }
        }
        found.extend(by_subscriber);
        found
    }

    fn add(&mut self, interest: Interest, overflow: Overflow, mailbox: &Arc<Mailbox>) -> SubscriberId {
        let id = self.next_subscriber;
        self.next_subscriber = SubscriberId(id.0 + 1);
        match &interest {
            Interest::All => self.of_all.push(id),
            Interest::Segments(segments) => {
                // Without duplicates, or one item would be counted twice against the mailbox's capacity.
                for segment in segments.iter().collect::<BTreeSet<_>>() {
                    self.of_segment.entry(segment.clone()).or_default().push(id);
                }
            }
        }
        match overflow {
            Overflow::Block => self.blocking.push(id),
            Overflow::DropOldest | Overflow::Disconnect => {}
        }
        self.capacities.insert((mailbox.capacity(), id));
        self.subscribers.insert(id, (interest, Arc::clone(mailbox)));
        id
    }

    fn remove(&mut self, id: SubscriberId) {
        let Some((interest, mailbox)) = self.subscribers.remove(&id) else { return };
        self.capacities.remove(&(mailbox.capacity(), id));
        self.blocking.retain(|each| *each != id);
        match interest {
            Interest::All => self.of_all.retain(|each| *each != id),
            Interest::Segments(segments) => {
                for segment in segments {
                    if let Some(ids) = self.of_segment.get_mut(&segment) {
                        ids.retain(|each| *each != id);
                        // Segment ids come from tenants, so empty entries must not accumulate.
                        if ids.is_empty() {
                            self.of_segment.remove(&segment);
                        }
                    }
                }
            }
        }
    }
}
