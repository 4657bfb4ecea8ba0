//! The bounded queue of deliveries for one subscriber, and the policies for a slow subscriber.
//!
//! The publisher enqueues whole deliveries and never waits; the subscriber takes them and may wait. Invariant: deliveries are
//! taken in the order in which they were enqueued, and a gap reports every missing one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::publish::delivery::Delivery;
use crate::revision::{Revision, Sequence};
use crate::threads::sync::{Condvar, Mutex, MutexGuard};

/// What happens when a subscriber's mailbox is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// The workspace waits: it applies no further batch until the subscriber has taken some items. Other workspaces go on.
    Block,
    /// The oldest items are dropped, and a [`Gap`] reports them.
    #[default]
    DropOldest,
    /// The subscription ends with [`End::Lagged`].
    Disconnect,
}

/// Missing transitions and notices. The first that is missing has the sequence `from`, the first that is not missing has `until`.
///
/// After a rebuild of a failed partition, the gap covers everything that may not have been published before. When a subscriber
/// resumes from a sequence that this incarnation of the workspace has not reached, the gap is empty (`from == until`), but the
/// subscriber must still read the segments again.
///
/// To recover, read the segments; the read is of `revision` or later. Then skip items up to the revision that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first item that is missing.
    pub from: Sequence,
    /// The first item that is not missing.
    pub until: Sequence,
    /// The revision of the last missing item.
    pub revision: Revision,
}

/// Why a subscription ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// The workspace was dropped, or Enlist shut down. Everything that was accepted has been delivered.
    Closed,
    /// Another reads for the [consumer](crate::Consumer), or it was removed.
    TakenOver,
    /// The subscriber was too slow, and its policy is [`Overflow::Disconnect`]. Resume from the sequence after the last item.
    Lagged,
}

/// What a subscriber takes out of its mailbox.
#[derive(Clone, Debug)]
pub(crate) enum Taken {
    Delivery(Arc<Delivery>),
    Gap(Gap),
    End(End),
}

/// Whether the mailbox was full before the take. If it was, the workspace may be waiting for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WasFull {
    Yes,
    No,
}

/// The mailbox of one subscriber.
#[derive(Debug)]
pub(crate) struct Mailbox {
    contents: Mutex<Contents>,
    ready: Condvar,
    overflow: Overflow,
    /// Maximum transitions and notices that wait. A single delivery may be larger.
    capacity: usize,
}

/// One entry of the mailbox.
#[derive(Debug)]
enum Enqueued {
    /// With the number of its items for this subscriber.
    Delivery(Arc<Delivery>, usize),
    Gap(Gap),
}

#[derive(Debug, Default)]
struct Contents {
    waiting: VecDeque<Enqueued>,
    items: usize,
    /// What is missing before the first entry.
    gap: Option<Gap>,
    end: Option<End>,
    waker: Option<Waker>,
}

impl Mailbox {
    pub(crate) fn new(overflow: Overflow, capacity: usize, gap: Option<Gap>) -> Self {
        let contents = Mutex::new(Contents { gap, ..Contents::default() });
        Mailbox { contents, ready: Condvar::new(), overflow, capacity }
    }

    /// Enqueues a delivery with `items` matching entries; returns whether the subscription is still open, and the task to wake.
    /// The caller wakes it after releasing its locks, because a waker runs foreign code.
    pub(crate) fn enqueue(&self, delivery: &Arc<Delivery>, items: usize) -> (bool, Option<Waker>) {
        let mut contents = self.contents.lock();
        if contents.end.is_some() {
            return (false, None);
        }
        // An empty mailbox takes a delivery of any size, because a delivery cannot be split.
        if contents.items > 0 && contents.items + items > self.capacity {
            match self.overflow {
                // The workspace stops before the next frame; this frame is executed already and must not be lost.
                Overflow::Block => {}
                Overflow::DropOldest => contents.make_room(items, self.capacity),
                Overflow::Disconnect => contents.end = Some(End::Lagged),
            }
        }
        let is_open = contents.end.is_none();
        if is_open {
            contents.waiting.push_back(Enqueued::Delivery(Arc::clone(delivery), items));
            contents.items += items;
        }
        (is_open, self.wake(contents))
    }

    /// Enqueues a gap; returns the task to wake, as [`enqueue`](Self::enqueue).
    pub(crate) fn enqueue_gap(&self, gap: Gap) -> Option<Waker> {
        let mut contents = self.contents.lock();
        if contents.end.is_none() {
            contents.waiting.push_back(Enqueued::Gap(gap));
        }
        self.wake(contents)
    }

    /// Ends the subscription after the entries in it; returns the task to wake, as [`enqueue`](Self::enqueue).
    pub(crate) fn end(&self, end: End) -> Option<Waker> {
        let mut contents = self.contents.lock();
        contents.end.get_or_insert(end);
        self.wake(contents)
    }

    /// Whether the workspace must wait for the subscriber.
    pub(crate) fn blocks(&self) -> bool {
        self.overflow == Overflow::Block && {
            let contents = self.contents.lock();
            contents.end.is_none() && contents.items >= self.capacity
        }
    }

    /// Maximum transitions and notices that wait.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many transitions and notices wait.
    pub(crate) fn waiting(&self) -> usize {
        self.contents.lock().items
    }

    /// Takes the next entry, if there is one.
    pub(crate) fn try_take(&self) -> Option<(Taken, WasFull)> {
        self.contents.lock().take(self.capacity)
    }

    /// Takes the next entry; blocks until there is one, at most for `most`.
    pub(crate) fn take(&self, most: Option<Duration>) -> Option<(Taken, WasFull)> {
        let mut contents = self.contents.lock();
        loop {
            if let Some(taken) = contents.take(self.capacity) {
                return Some(taken);
            }
            let Some(most) = most else {
                contents = self.ready.wait(contents);
                continue;
            };
            contents = self.ready.wait_at_most(contents, most);
            return contents.take(self.capacity);
        }
    }

    /// Takes the next entry, or registers the task to be woken.
    pub(crate) fn poll_take(&self, context: &Context<'_>) -> Poll<(Taken, WasFull)> {
        let mut contents = self.contents.lock();
        if let Some(taken) = contents.take(self.capacity) {
            return Poll::Ready(taken);
        }
        let replaced = contents.waker.replace(context.waker().clone());
        // Dropping a waker runs foreign code, which may poll this mailbox again.
        drop(contents);
        drop(replaced);
        Poll::Pending
    }

    fn wake(&self, mut contents: MutexGuard<'_, Contents>) -> Option<Waker> {
        let waker = contents.waker.take();
        drop(contents);
        self.ready.notify_all();
        waker
    }
}

impl Contents {
    /// Drops the oldest deliveries until `more` items fit.
    fn make_room(&mut self, more: usize, capacity: usize) {
        while self.items > 0 && self.items + more > capacity {
            let Some(oldest) = self.waiting.pop_front() else { break };
            let missing = match oldest {
                Enqueued::Delivery(delivery, items) => {
                    self.items -= items;
                    Gap { from: delivery.first, until: delivery.end(), revision: delivery.revision }
                }
                Enqueued::Gap(gap) => gap,
            };
            // One gap grows instead of many: a subscriber that reads again needs only the last revision.
            let from = self.gap.map_or(missing.from, |gap| gap.from);
            self.gap = Some(Gap { from, ..missing });
        }
    }

    fn take(&mut self, capacity: usize) -> Option<(Taken, WasFull)> {
        let was_full = if self.items >= capacity { WasFull::Yes } else { WasFull::No };
        if let Some(gap) = self.gap.take() {
            return Some((Taken::Gap(gap), was_full));
        }
        match self.waiting.pop_front() {
            Some(Enqueued::Delivery(delivery, items)) => {
                self.items -= items;
                Some((Taken::Delivery(delivery), was_full))
            }
            Some(Enqueued::Gap(gap)) => Some((Taken::Gap(gap), was_full)),
            None => self.end.map(|end| (Taken::End(end), was_full)),
        }
    }
}
