//! A consumer: a subscription by name that goes on after what it acknowledged, over restarts too.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use enlist_store::{ConsumerRecord, WhenFull as StoredWhenFull};

use crate::error::Error;
use crate::handles::published::Published;
use crate::handles::subscription::Subscription;
use crate::publish::consumers::UNACKNOWLEDGED_MOST;
use crate::publish::interest::Interest;
use crate::publish::mailbox::{End, Gap};
use crate::revision::Sequence;
use crate::sequencer::Sequencer;

/// What is done when too many items wait for a consumer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhenFull {
    /// Writes are refused with [`Error::Unacknowledged`], so that nothing is missing.
    Refuse,
    /// The oldest items are dropped, and the consumer gets a [`Gap`] in their place.
    #[default]
    Gap,
}

/// How a consumer is treated; see [`Workspace::consumer`](crate::Workspace::consumer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerOptions {
    when_full: WhenFull,
    unacknowledged: usize,
}

impl Default for ConsumerOptions {
    fn default() -> Self {
        ConsumerOptions { when_full: WhenFull::default(), unacknowledged: Self::UNACKNOWLEDGED }
    }
}

impl ConsumerOptions {
    /// Maximum transitions and notices that are not acknowledged, by default; about 80 bytes each.
    pub const UNACKNOWLEDGED: usize = UNACKNOWLEDGED_MOST;

    /// [`WhenFull::Gap`], and [`UNACKNOWLEDGED`](Self::UNACKNOWLEDGED) items.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what is done when too many items wait.
    #[must_use]
    pub fn when_full(self, when_full: WhenFull) -> Self {
        Self { when_full, ..self }
    }

    /// Sets how many items may wait, 1 at least. What is accepted already is still applied, so that a few more may.
    #[must_use]
    pub fn unacknowledged(self, items: usize) -> Self {
        Self { unacknowledged: items.max(1), ..self }
    }

    fn to_record(self, acknowledged: u64) -> ConsumerRecord {
        ConsumerRecord {
            acknowledged,
            unacknowledged_most: self.unacknowledged as u64,
            when_full: match self.when_full {
                WhenFull::Refuse => StoredWhenFull::Refuse,
                WhenFull::Gap => StoredWhenFull::Gap,
            },
        }
    }
}

/// A consumer of what a workspace publishes: a subscription by name that goes on after what it acknowledged.
///
/// It hears of all segments. What it has not acknowledged is kept for it, in a [store](crate::EnlistBuilder::open) over restarts too, with
/// the same sequences. An acknowledgement that is lost repeats items; it never skips any. With a consumer that stores the sequence of
/// an item together with its effect, each item takes effect exactly once.
///
/// As an iterator it blocks until an item comes. Dropping it ends the reading and not the consumer: see
/// [`Workspace::remove_consumer`](crate::Workspace::remove_consumer).
///
/// # Examples
///
/// ```
/// use enlist::{ConsumerOptions, Enlist, WhenFull};
/// use std::time::Duration;
///
/// # let directory = std::env::temp_dir().join(format!("enlist-consumer-{}", std::process::id()));
/// # let enlist = Enlist::builder().open(&directory)?.wait()?;
/// # let crm = enlist.create_workspace("crm")?;
/// # crm.segment("all")?.save("All", r#"{"match": "none", "conditions": [{"field": "name", "operator": "equals", "value": "x"}]}"#)?;
/// let options = ConsumerOptions::new().when_full(WhenFull::Refuse).unacknowledged(100_000);
/// let mut hooks = crm.consumer("webhook", options)?;
/// crm.contact("ada").save()?;
/// crm.contact("bob").save()?;
/// let ada = hooks.next().ok_or("ada entered")?;
/// // When it has taken effect:
/// hooks.acknowledge(ada.sequence());
/// assert_eq!(crm.consumers()[0].acknowledged, ada.sequence());
/// drop((hooks, crm, enlist));
///
/// let enlist = Enlist::builder().open(&directory)?.wait()?;
/// let crm = enlist.workspace("crm").ok_or("it was kept")?;
/// let mut hooks = crm.consumer("webhook", options)?;
/// let bob = hooks.next_within(Duration::from_secs(5)).ok_or("bob was not acknowledged")?;
/// assert_eq!(bob.sequence(), ada.sequence().next());
/// assert!(crm.remove_consumer("webhook")?);
/// # drop((hooks, crm, enlist));
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping it ends the reading"]
pub struct Consumer {
    sequencer: Arc<Sequencer>,
    name: String,
    subscription: Subscription,
    /// The last gap that it gave.
    gap: Option<Gap>,
}

/// A consumer of a workspace, and how far it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConsumerStatus {
    /// Its name.
    pub name: String,
    /// The last sequence that it needs no more. Its number is 0 if it needs everything.
    pub acknowledged: Sequence,
    /// How many items wait for an acknowledgement.
    pub unacknowledged: u64,
    /// Whether somebody reads for it.
    pub is_read: bool,
}

impl fmt::Debug for Consumer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Consumer")
            .field("workspace", &self.sequencer.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Consumer {
    pub(crate) fn begin(
        sequencer: Arc<Sequencer>,
        name: &str,
        options: ConsumerOptions,
    ) -> Result<Self, Error> {
        let subscribed = sequencer.begin_consumer(name, |acknowledged| options.to_record(acknowledged))?;
        let subscription = Subscription::of(Arc::clone(&sequencer), subscribed, Interest::All);
        Ok(Consumer { sequencer, name: name.to_owned(), subscription, gap: None })
    }

    /// Its name.
    ///
    /// [Example](Self#examples).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Says that it needs nothing up to this sequence any more. Returns at once; it is kept soon. A sequence that this handle has not
    /// reached, or of another incarnation, changes nothing. The sequence of a [`Gap`] acknowledges the whole gap.
    ///
    /// [Example](Self#examples).
    pub fn acknowledge(&self, sequence: Sequence) {
        let is_reached = sequence < self.subscription.position();
        let ends_gap = |gap: &Gap| gap.from <= sequence && sequence < gap.until;
        let through = match self.gap.filter(ends_gap) {
            Some(gap) => gap.until.number() - 1,
            None => sequence.number(),
        };
        if is_reached {
            self.sequencer.acknowledge(&self.name, through);
        }
    }

    /// The next item, if it is there.
    ///
    /// [Example](Self#examples).
    pub fn try_next(&mut self) -> Option<Published> {
        let next = self.subscription.try_next();
        self.noted(next)
    }

    /// The next item; waits for it for `most`. `None` if none came, or none will come: see [`end`](Self::end).
    ///
    /// [Example](Self#examples).
    pub fn next_within(&mut self, most: Duration) -> Option<Published> {
        let next = self.subscription.next_within(most);
        self.noted(next)
    }

    /// The next item, or the task is woken when there is one; `Ready(None)` when the reading has ended.
    ///
    /// [Example](Self#examples).
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Published>> {
        self.subscription.poll_next(context).map(|next| self.noted(next))
    }

    /// The sequence after the last item that it gave.
    ///
    /// [Example](Self#examples).
    pub fn position(&self) -> Sequence {
        self.subscription.position()
    }

    /// Why the reading ended; `None` until it has. [`End::TakenOver`] if another reads for the consumer now, or if it was removed.
    ///
    /// [Example](Self#examples).
    pub fn end(&self) -> Option<End> {
        self.subscription.end()
    }

    fn noted(&mut self, next: Option<Published>) -> Option<Published> {
        if let Some(Published::Gap(gap)) = &next {
            self.gap = Some(*gap);
        }
        next
    }
}

impl Iterator for Consumer {
    type Item = Published;

    fn next(&mut self) -> Option<Published> {
        let next = self.subscription.next();
        self.noted(next)
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.sequencer.broadcast.leave_consumer(&self.name, self.subscription.id());
    }
}
