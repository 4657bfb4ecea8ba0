//! What waits for one subscriber, bounded, and what becomes of it when the subscriber is slow.
//!
//! The publisher puts whole deliveries in and never waits; the subscriber takes them out and may. What always holds: what is
//! taken out is all that was put in, in order, but for what a gap says is missing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::publish::delivery::Delivery;
use crate::revision::{Revision, Sequence};
use crate::threads::sync::{Condvar, Mutex, MutexGuard};

/// What happens when a subscriber's list is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// The workspace waits: no further batch is applied until the subscriber has taken some. Nobody else's workspace waits.
    Block,
    /// The oldest are dropped, and a [`Gap`] says so.
    #[default]
    DropOldest,
    /// The subscription ends with [`End::Lagged`].
    Disconnect,
}

/// Transitions and notices that a subscriber does not get: those from a sequence up to, not including, another.
///
/// After a failed partition was rebuilt there is one from a sequence up to itself: no number is missing, but what the
/// partition did just before it failed may not have been told. So there is where somebody resumes from a sequence that is not
/// reached yet, one of the process before this one.
///
/// Read the segments again; what is read is of `revision` or later. Then skip what comes with a revision up to the one that
/// was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first that is missing.
    pub from: Sequence,
    /// The first that is not.
    pub until: Sequence,
    /// The revision of the latest that is missing.
    pub revision: Revision,
}

/// Why a subscription ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The workspace was dropped, or Enlist shut down. Everything that was accepted has been delivered.
    Closed,
    /// The subscriber was too slow and had asked to be disconnected then. Resume from the sequence after the last.
    Lagged,
}

/// Something to be taken out.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Delivery(Arc<Delivery>),
    Gap(Gap),
    End(End),
}

/// What waits for one subscriber.
#[derive(Debug)]
pub(crate) struct Mailbox {
    list: Mutex<List>,
    ready: Condvar,
    overflow: Overflow,
    /// The most transitions and notices that wait. One delivery may be larger.
    capacity: usize,
}

/// What waits, in order.
#[derive(Debug)]
enum Waiting {
    /// With how much of it is for the subscriber.
    Delivery(Arc<Delivery>, usize),
    Gap(Gap),
}

#[derive(Debug, Default)]
struct List {
    waiting: VecDeque<Waiting>,
    items: usize,
    /// What is missing before all that waits.
    gap: Option<Gap>,
    end: Option<End>,
    waker: Option<Waker>,
}

impl Mailbox {
    pub(crate) fn new(overflow: Overflow, capacity: usize, gap: Option<Gap>) -> Self {
        let list = Mutex::new(List { gap, ..List::default() });
        Mailbox { list, ready: Condvar::new(), overflow, capacity }
    }

    /// Puts a delivery in, of which so many items are for the subscriber; says whether it goes on.
    /// The task that waits is to be woken when no lock is held: what it does then may lead back here.
    pub(crate) fn put(&self, delivery: &Arc<Delivery>, items: usize) -> (bool, Option<Waker>) {
        let mut list = self.list.lock();
        if list.end.is_some() {
            return (false, None);
        }
        if list.items > 0 && list.items + items > self.capacity {
            match self.overflow {
                Overflow::Block => {}
                Overflow::DropOldest => list.make_room(items, self.capacity),
                Overflow::Disconnect => list.end = Some(End::Lagged),
            }
        }
        let goes_on = list.end.is_none();
        if goes_on {
            list.waiting.push_back(Waiting::Delivery(Arc::clone(delivery), items));
            list.items += items;
        }
        (goes_on, self.ready(list))
    }

    /// Something is missing that cannot be told any more. The task that waits is to be woken as after [`put`](Self::put).
    pub(crate) fn put_gap(&self, gap: Gap) -> Option<Waker> {
        let mut list = self.list.lock();
        if list.end.is_none() {
            list.waiting.push_back(Waiting::Gap(gap));
        }
        self.ready(list)
    }

    /// Nothing more comes. The task that waits is to be woken as after [`put`](Self::put).
    pub(crate) fn end(&self, end: End) -> Option<Waker> {
        let mut list = self.list.lock();
        list.end.get_or_insert(end);
        self.ready(list)
    }

    /// Whether the workspace must wait for the subscriber.
    pub(crate) fn blocks(&self) -> bool {
        self.overflow == Overflow::Block && {
            let list = self.list.lock();
            list.end.is_none() && list.items >= self.capacity
        }
    }

    /// The most transitions and notices that wait.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many transitions and notices wait.
    pub(crate) fn waiting(&self) -> usize {
        self.list.lock().items
    }

    /// The next entry, if there is one; and whether the subscriber was full before.
    pub(crate) fn try_take(&self) -> Option<(Entry, bool)> {
        self.list.lock().take(self.capacity)
    }

    /// Waits for the next entry, no longer than `most` if that is given.
    pub(crate) fn take(&self, most: Option<Duration>) -> Option<(Entry, bool)> {
        let mut list = self.list.lock();
        loop {
            if let Some(taken) = list.take(self.capacity) {
                return Some(taken);
            }
            let Some(most) = most else {
                list = self.ready.wait(list);
                continue;
            };
            list = self.ready.wait_at_most(list, most);
            return list.take(self.capacity);
        }
    }

    /// The next entry, or the task is woken when there is one.
    pub(crate) fn poll_take(&self, context: &Context<'_>) -> Poll<(Entry, bool)> {
        let mut list = self.list.lock();
        if let Some(taken) = list.take(self.capacity) {
            return Poll::Ready(taken);
        }
        let replaced = list.waker.replace(context.waker().clone());
        // Letting go of a waker may lead back here.
        drop(list);
        drop(replaced);
        Poll::Pending
    }

    fn ready(&self, mut list: MutexGuard<'_, List>) -> Option<Waker> {
        let waker = list.waker.take();
        drop(list);
        self.ready.notify_all();
        waker
    }
}

impl List {
    /// Drops the oldest deliveries until so many more items fit.
    fn make_room(&mut self, more: usize, capacity: usize) {
        while self.items > 0 && self.items + more > capacity {
            let Some(oldest) = self.waiting.pop_front() else { break };
            let missing = match oldest {
                Waiting::Delivery(delivery, items) => {
                    self.items -= items;
                    Gap { from: delivery.first, until: delivery.end(), revision: delivery.revision }
                }
                Waiting::Gap(gap) => gap,
            };
            let from = self.gap.map_or(missing.from, |gap| gap.from);
            self.gap = Some(Gap { from, ..missing });
        }
    }

    fn take(&mut self, capacity: usize) -> Option<(Entry, bool)> {
        let was_full = self.items >= capacity;
        if let Some(gap) = self.gap.take() {
            return Some((Entry::Gap(gap), was_full));
        }
        match self.waiting.pop_front() {
            Some(Waiting::Delivery(delivery, items)) => {
                self.items -= items;
                Some((Entry::Delivery(delivery), was_full))
            }
            Some(Waiting::Gap(gap)) => Some((Entry::Gap(gap), was_full)),
            None => self.end.map(|end| (Entry::End(end), was_full)),
        }
    }
}
