//! The subscribers of a workspace, and the latest deliveries for subscribers that resume.
//!
//! A delivery reaches only the subscribers of its segments; the others cost nothing. Invariant: sequences have no holes; a
//! subscriber that resumes gets the retained items and then the new ones, and none twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::task::Waker;

use enlist_model::SegmentId;
use parking_lot::Mutex;

use crate::hashing::TextMap;
use crate::publish::delivery::Delivery;
use crate::publish::interest::Interest;
use crate::publish::mailbox::{End, Gap, Mailbox, Overflow};
use crate::revision::{Incarnation, Revision, Sequence};

/// A workspace's subscribers and the items that it published last.
#[derive(Debug)]
pub(crate) struct Broadcast {
    inner: Mutex<Inner>,
    /// Maximum items retained.
    retained_most: usize,
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
    retained: VecDeque<Arc<Delivery>>,
    retained_items: usize,
    retained_bytes: usize,
    /// The sequence of the next item.
    next: Sequence,
    /// The revision of the latest delivery that is no longer retained.
    forgotten: Revision,
    is_ended: bool,
}

/// A new subscriber's mailbox, and where its items begin.
pub(crate) struct Subscribed {
    pub(crate) id: SubscriberId,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) from: Sequence,
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
            retained: VecDeque::new(),
            retained_items: 0,
            retained_bytes: 0,
            next: Sequence::new(incarnation, 1),
            forgotten: Revision::new(incarnation, 0),
            is_ended: false,
        };
        Broadcast { inner: Mutex::new(inner), retained_most }
    }

    /// Begins where an earlier process ended: items before `next` are not retained.
    pub(crate) fn begin_at(&self, next: Sequence, forgotten: Revision) {
        let mut inner = self.inner.lock();
        inner.next = next;
        inner.forgotten = forgotten;
    }

    /// Puts the deliveries of a frame, all under one lock, into the mailboxes of the subscribers that they concern.
    pub(crate) fn publish(&self, deliveries: &[Arc<Delivery>]) {
        // One lock for all: a subscriber that joins between two deliveries of a frame would see half of it.
        let mut inner = self.inner.lock();
        let (mut ended, mut wakers) = (Vec::new(), Vec::new());
        for delivery in deliveries {
            inner.next = delivery.end();
            inner.retain(delivery, self.retained_most);
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
        // A waker runs foreign code, which may drop a subscription and so take this lock.
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Sends every subscriber a gap, because some items up to this revision may not have been published. The gap has its own
    /// sequence, and the retained items are forgotten, so that a subscriber that resumes later gets the gap too.
    pub(crate) fn publish_gap(&self, gap: Gap) {
        let mut inner = self.inner.lock();
        let revision = gap.revision;
        inner.next = gap.until;
        inner.forget_all(revision);
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
        let mut inner = self.inner.lock();
        let gap = from.and_then(|from| inner.missing_since(from));
        let mailbox = Arc::new(Mailbox::new(overflow, capacity.max(1), gap));
        // A tag of another incarnation compares as neither less nor equal, so it starts at the present too.
        let from = from.filter(|from| *from <= inner.next).unwrap_or(inner.next);
        for delivery in inner.retained.iter().filter(|delivery| delivery.end() > from) {
            let items = interest.count_in(delivery);
            if items > 0 {
                // No task waits on a new mailbox, so there is no waker. If the retained items overflow it, the policy applies.
                let _ = mailbox.enqueue(delivery, items);
            }
        }
        let id = inner.add(interest, overflow, &mailbox);
        // After the retained items: a subscriber to a closed workspace still gets them, and then the end.
        if inner.is_ended {
            let _ = mailbox.end(End::Closed);
        }
        Subscribed { id, mailbox, from }
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
        let inner = self.inner.lock();
        inner.retained_bytes + inner.retained.len() * size_of::<Arc<Delivery>>()
    }

    /// The retained deliveries, the oldest first.
    pub(crate) fn retained(&self) -> Vec<Arc<Delivery>> {
        self.inner.lock().retained.iter().cloned().collect()
    }
}

impl Inner {
    fn retain(&mut self, delivery: &Arc<Delivery>, most: usize) {
        self.retained.push_back(Arc::clone(delivery));
        self.retained_items += delivery.len();
        self.retained_bytes += delivery.bytes();
        // Whole deliveries are dropped, because a delivery never changes; fewer items than `most` may remain.
        while self.retained_items > most {
            let Some(oldest) = self.retained.pop_front() else { break };
            self.retained_items -= oldest.len();
            self.retained_bytes -= oldest.bytes();
            self.forgotten = oldest.revision;
        }
    }

    fn forget_all(&mut self, revision: Revision) {
        self.retained.clear();
        (self.retained_items, self.retained_bytes) = (0, 0);
        self.forgotten = revision;
    }

    /// What was published from a sequence on and is no longer retained. If the sequence was not reached yet or is of another
    /// incarnation, it comes from another life of the workspace. What is missing is then unknown, so the gap is empty and at the
    /// present.
    fn missing_since(&self, from: Sequence) -> Option<Gap> {
        let is_known = from <= self.next;
        if !is_known {
            let revision = self.retained.back().map_or(self.forgotten, |latest| latest.revision);
            return Some(Gap { from: self.next, until: self.next, revision });
        }
        let until = self.retained.front().map_or(self.next, |oldest| oldest.first);
        (from < until).then_some(Gap { from, until, revision: self.forgotten })
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
