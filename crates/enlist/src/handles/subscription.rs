//! Hearing of transitions as they happen: a blocking iterator, to be polled as well, so that any async runtime can drive it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use enlist_model::SegmentId;

use crate::handles::published::Published;
use crate::publish::broadcast::Interest;
use crate::publish::delivery::Delivery;
use crate::publish::mailbox::{End, Entry, Mailbox, Overflow};
use crate::revision::Sequence;
use crate::sequencer::Sequencer;

/// How one subscribes; see [`Workspace::subscribe`](crate::Workspace::subscribe).
#[derive(Clone, Debug)]
pub struct SubscribeOptions {
    pub(crate) interest: Interest,
    pub(crate) from: Option<Sequence>,
    pub(crate) overflow: Overflow,
    pub(crate) capacity: usize,
}

impl SubscribeOptions {
    /// Transitions and notices that may wait, unless said otherwise.
    pub const CAPACITY: usize = 65_536;

    /// All segments, those to come included.
    pub fn all() -> Self {
        Self::with(Interest::All)
    }

    /// These segments; they need not be there yet.
    pub fn segments(segments: impl IntoIterator<Item = SegmentId>) -> Self {
        Self::with(Interest::Segments(segments.into_iter().collect()))
    }

    fn with(interest: Interest) -> Self {
        SubscribeOptions { interest, from: None, overflow: Overflow::default(), capacity: Self::CAPACITY }
    }

    /// Begins with the item of that sequence, if it is retained, otherwise with a gap and then with what is. Give the
    /// sequence after the last one that was dealt with. What is retained counts against the [capacity](Self::capacity) like
    /// anything else.
    #[must_use]
    pub fn resume_from(mut self, sequence: Sequence) -> Self {
        self.from = Some(sequence);
        self
    }

    /// What happens when more waits than may.
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How many transitions and notices may wait; 1 at least. A batch is delivered whole, so one that publishes more is
    /// taken when nothing else waits. Where a capacity is small, batches that wait are not applied together.
    #[must_use]
    pub fn capacity(mut self, items: usize) -> Self {
        self.capacity = items.max(1);
        self
    }
}

/// What a workspace publishes, from when it was made on (or from where it resumed).
///
/// As an iterator it blocks until there is something, and ends with the workspace ([`end`](Self::end) says why).
/// Dropping it unsubscribes.
pub struct Subscription {
    core: Arc<Sequencer>,
    number: u64,
    subscriber: Arc<Mailbox>,
    interest: Interest,
    /// The sequence with which it began.
    from: Sequence,
    /// What is being read, and where.
    current: Option<Current>,
    end: Option<End>,
}

struct Current {
    delivery: Arc<Delivery>,
    next: usize,
    /// By the numbers of the delivery's segments, which are of interest; empty if all are.
    of_interest: Vec<u32>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Subscription")
            .field("workspace", &self.core.id)
            .field("interest", &self.interest)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl Subscription {
    pub(crate) fn new(core: Arc<Sequencer>, options: SubscribeOptions) -> Self {
        let SubscribeOptions { interest, from, overflow, capacity } = options;
        let (number, subscriber, from) = core.broadcast.subscribe(interest.clone(), from, overflow, capacity);
        Subscription { core, number, subscriber, interest, from, current: None, end: None }
    }

    /// What there is next, if it is there already.
    pub fn try_next(&mut self) -> Option<Published> {
        self.next_of(Mailbox::try_take)
    }

    /// What there is next; waits for it no longer than `most`. `None` if nothing came, or nothing will: see
    /// [`end`](Self::end).
    pub fn next_within(&mut self, most: Duration) -> Option<Published> {
        self.next_of(|subscriber| subscriber.take(Some(most)))
    }

    /// What there is next, or the task is woken when it is there; `Ready(None)` when the subscription has ended.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Published>> {
        let next = self.next_of(|subscriber| match subscriber.poll_take(context) {
            Poll::Ready(taken) => Some(taken),
            Poll::Pending => None,
        });
        if next.is_none() && self.end.is_none() { Poll::Pending } else { Poll::Ready(next) }
    }

    /// Why it has ended; `None` until the end has been reached by reading.
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// What there is next, as far as entries can be taken; `None` if none can, or if the subscription has ended.
    fn next_of(&mut self, mut take: impl FnMut(&Mailbox) -> Option<(Entry, bool)>) -> Option<Published> {
        loop {
            if let Some(published) = self.next_of_current() {
                return Some(published);
            }
            let gap = self.begin(take(&self.subscriber)?);
            if gap.is_some() || self.end.is_some() {
                return gap;
            }
        }
    }

    /// Begins with an entry that was taken; hands a gap out at once.
    fn begin(&mut self, (entry, was_full): (Entry, bool)) -> Option<Published> {
        if was_full {
            self.core.room_was_made();
        }
        match entry {
            Entry::Gap(gap) => return Some(Published::Gap(gap)),
            Entry::End(end) => self.end = Some(end),
            Entry::Delivery(delivery) => {
                // It may have begun in the midst of it.
                let resumed = self.from.0.saturating_sub(delivery.first.0);
                let entry = |number| delivery.catalogue.get(number);
                let takes = |number| entry(number).is_some_and(|entry| self.interest.takes(&entry.segment));
                let of_interest = match self.interest {
                    Interest::All => Vec::new(),
                    Interest::Segments(_) => {
                        let touched = delivery.tallies.iter().map(|tally| tally.segment);
                        touched.filter(|number| takes(*number)).collect()
                    }
                };
                self.current = Some(Current { delivery, next: resumed as usize, of_interest });
            }
        }
        None
    }

    fn next_of_current(&mut self) -> Option<Published> {
        let current = self.current.as_mut()?;
        while let Some(item) = current.delivery.told.items.get(current.next) {
            let index = current.next;
            current.next += 1;
            if current.of_interest.is_empty() || current.of_interest.contains(&item.place.number) {
                return Some(Published::at(&current.delivery, index));
            }
        }
        self.current = None;
        None
    }
}

impl Iterator for Subscription {
    type Item = Published;

    fn next(&mut self) -> Option<Published> {
        self.next_of(|subscriber| subscriber.take(None))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.core.broadcast.unsubscribe(self.number);
        self.core.room_was_made();
    }
}
