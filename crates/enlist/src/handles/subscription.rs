//! A subscription: a blocking iterator over what a workspace publishes. Any async runtime can poll it instead.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use enlist_model::SegmentId;

use crate::handles::published::Published;
use crate::publish::broadcast::{Subscribed, SubscriberId};
use crate::publish::delivery::Delivery;
use crate::publish::interest::Interest;
use crate::publish::mailbox::{End, Mailbox, Overflow, Taken, WasFull};
use crate::revision::Sequence;
use crate::sequencer::Sequencer;

/// How to subscribe; see [`Workspace::subscribe`](crate::Workspace::subscribe).
#[derive(Clone, Debug)]
pub struct SubscribeOptions {
    interest: Interest,
    from: Option<Sequence>,
    overflow: Overflow,
    capacity: usize,
}

impl SubscribeOptions {
    /// Maximum transitions and notices that wait, by default.
    pub const CAPACITY: usize = 65_536;

    /// All segments, future ones included.
    pub fn all() -> Self {
        Self::with(Interest::All)
    }

    /// These segments; they need not exist yet.
    pub fn segments(segments: impl IntoIterator<Item = SegmentId>) -> Self {
        Self::with(Interest::Segments(segments.into_iter().collect()))
    }

    fn with(interest: Interest) -> Self {
        SubscribeOptions { interest, from: None, overflow: Overflow::default(), capacity: Self::CAPACITY }
    }

    /// Begins with the item of this sequence if it is retained, otherwise with a [`Gap`](crate::Gap) and then with what is
    /// retained. Pass the sequence after the last item that was processed ([`Sequence::next`]). A sequence of another
    /// incarnation, from before a restart, begins with a gap. Retained items count against the [capacity](Self::capacity).
    #[must_use]
    pub fn resume_from(mut self, sequence: Sequence) -> Self {
        self.from = Some(sequence);
        self
    }

    /// Sets what happens when the mailbox is full.
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets how many transitions and notices may wait, 1 at least. What a batch publishes is delivered whole: a larger delivery
    /// is accepted when nothing else waits. A small capacity keeps small batches from being coalesced.
    #[must_use]
    pub fn capacity(mut self, items: usize) -> Self {
        self.capacity = items.max(1);
        self
    }
}

/// A subscription to what a workspace publishes, from now on or from the sequence to resume from.
///
/// As an iterator it blocks until an item comes, and ends with the workspace; [`end`](Self::end) says why. Dropping it
/// unsubscribes.
///
/// # Examples
///
/// ```
/// use enlist::{Enlist, Overflow, Published, SubscribeOptions};
/// use std::time::Duration;
///
/// # let enlist = Enlist::new()?;
/// # let workspace = enlist.create_workspace("acme")?;
/// # workspace.segment("all")?.save("All", r#"{"match": "none", "conditions": [{"field": "email", "operator": "is_not_empty"}]}"#)?;
/// let options = SubscribeOptions::all().capacity(10_000).overflow(Overflow::Disconnect);
/// let mut subscription = workspace.subscribe(options);
/// assert!(subscription.try_next().is_none());
///
/// workspace.contact("ada").save()?;
/// let next = subscription.next_within(Duration::from_secs(5));
/// let Some(Published::Transition(entered)) = next else { panic!("ada entered") };
/// assert_eq!(entered.contact().as_str(), "ada");
///
/// // After a pause: what came after this item, and then what is new.
/// assert_eq!(subscription.position(), entered.sequence().next());
/// let later = SubscribeOptions::all().resume_from(subscription.position());
/// workspace.contact("bob").save()?;
/// let mut resumed = workspace.subscribe(later);
/// assert_eq!(resumed.next().map(|item| item.sequence()), Some(entered.sequence().next()));
/// assert_eq!(resumed.end(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// In a task, use the stream of the crate `enlist-tokio`, or [`poll_next`](Self::poll_next).
#[must_use = "dropping it unsubscribes"]
pub struct Subscription {
    sequencer: Arc<Sequencer>,
    id: SubscriberId,
    mailbox: Arc<Mailbox>,
    interest: Interest,
    /// The sequence that it begins with.
    from: Sequence,
    /// The sequence after the last item that it gave.
    position: Sequence,
    current: Option<Current>,
    end: Option<End>,
}

/// The delivery that is being read.
struct Current {
    delivery: Arc<Delivery>,
    /// The position of the next item.
    next: usize,
    /// The positions of the tallies that the subscriber wants; `None` for all.
    tallies: Option<Vec<u32>>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Subscription")
            .field("workspace", &self.sequencer.id)
            .field("interest", &self.interest)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl Subscription {
    pub(crate) fn new(sequencer: Arc<Sequencer>, options: SubscribeOptions) -> Self {
        let SubscribeOptions { interest, from, overflow, capacity } = options;
        let subscribed = sequencer.broadcast.subscribe(interest.clone(), from, overflow, capacity);
        Self::of(sequencer, subscribed, interest)
    }

    /// The subscription of a subscriber.
    pub(crate) fn of(sequencer: Arc<Sequencer>, subscribed: Subscribed, interest: Interest) -> Self {
        let Subscribed { id, mailbox, from } = subscribed;
        Subscription { sequencer, id, mailbox, interest, from, position: from, current: None, end: None }
    }

    pub(crate) fn id(&self) -> SubscriberId {
        self.id
    }

    /// The next item, if it is there.
    ///
    /// [Example](Self#examples).
    pub fn try_next(&mut self) -> Option<Published> {
        self.next_by(Mailbox::try_take)
    }

    /// The next item; waits for it for `most`. `None` if none came, or none will come: see [`end`](Self::end).
    ///
    /// [Example](Self#examples).
    pub fn next_within(&mut self, most: Duration) -> Option<Published> {
        self.next_by(|mailbox| mailbox.take(Some(most)))
    }

    /// The next item, or the task is woken when there is one; `Ready(None)` when the subscription has ended.
    ///
    /// [Example](Self#examples).
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Published>> {
        let next = self.next_by(|mailbox| match mailbox.poll_take(context) {
            Poll::Ready(taken) => Some(taken),
            Poll::Pending => None,
        });
        if next.is_none() && self.end.is_none() { Poll::Pending } else { Poll::Ready(next) }
    }

    /// Where to [resume](SubscribeOptions::resume_from) so that nothing is missing or repeated: the sequence after the last item
    /// that it gave, and before the first item the sequence that it begins with. Keep it when the item is processed.
    ///
    /// [Example](Self#examples).
    pub fn position(&self) -> Sequence {
        self.position
    }

    /// Why it ended; `None` until reading has reached the end.
    ///
    /// [Example](Self#examples).
    pub fn end(&self) -> Option<End> {
        self.end
    }

    /// The next item, as long as `take` yields something.
    fn next_by(&mut self, take: impl FnMut(&Mailbox) -> Option<(Taken, WasFull)>) -> Option<Published> {
        let next = self.taken_by(take)?;
        self.position = next.next_sequence();
        Some(next)
    }

    fn taken_by(&mut self, mut take: impl FnMut(&Mailbox) -> Option<(Taken, WasFull)>) -> Option<Published> {
        loop {
            if let Some(published) = self.next_of_current() {
                return Some(published);
            }
            let (taken, was_full) = take(&self.mailbox)?;
            // Only then may the workspace wait for room; resuming takes the queue's lock, which most items need not.
            if was_full == WasFull::Yes {
                self.sequencer.room_was_made();
            }
            match taken {
                Taken::Gap(gap) => return Some(Published::Gap(gap)),
                Taken::End(end) => {
                    self.end = Some(end);
                    return None;
                }
                Taken::Delivery(delivery) => self.begin(delivery),
            }
        }
    }

    fn begin(&mut self, delivery: Arc<Delivery>) {
        // A subscription that resumed may begin in the middle of a delivery.
        let next = self.from.number().saturating_sub(delivery.first.number()) as usize;
        let tallies = self.interest.tallies_in(&delivery);
        self.current = Some(Current { delivery, next, tallies });
    }

    fn next_of_current(&mut self) -> Option<Published> {
        let current = self.current.as_mut()?;
        let next = match &current.tallies {
            None => Some(current.next).filter(|next| *next < current.delivery.len()),
            Some(wanted) => current.delivery.tallies.next_item(current.next, wanted),
        };
        if let Some(position) = next {
            current.next = position + 1;
            return Some(Published::at(&current.delivery, position));
        }
        // Released as soon as it is read: a delivery may be large.
        self.current = None;
        None
    }
}

impl Iterator for Subscription {
    type Item = Published;

    fn next(&mut self) -> Option<Published> {
        self.next_by(|mailbox| mailbox.take(None))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.sequencer.broadcast.unsubscribe(self.id);
        self.sequencer.room_was_made();
    }
}
