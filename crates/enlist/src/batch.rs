//! A batch of events, and the receipt for it.
//!
//! It knows nothing of how events are executed.

use enlist_model::Event;

use crate::error::{Error, RefusedEvent};
use crate::revision::Revision;

/// What to do when an event of a batch is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnRefusal {
    /// Apply the remaining events. Each event stands for itself.
    #[default]
    Skip,
    /// Stop. The remaining events are returned in [`Receipt::rest`].
    Stop,
}

/// Events to apply in order, under one revision.
///
/// A `Vec` of events converts into a batch that skips refused events.
///
/// ```
/// use enlist::{Batch, Event, Instant, OnRefusal};
///
/// let at = Instant::parse("2026-11-23T12:00:00Z").ok_or("an instant")?;
/// let events = vec![Event::contact_deleted(at, "ada").build()?, Event::contact_deleted(at, "bob").build()?];
/// let batch = Batch::from(events).on_refusal(OnRefusal::Stop);
/// assert_eq!(batch.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    pub(crate) events: Vec<Event>,
    pub(crate) on_refusal: OnRefusal,
}

impl Batch {
    /// An empty batch that skips refused events.
    pub fn new() -> Self {
        Batch::default()
    }

    /// Sets what to do when an event is refused.
    #[must_use]
    pub fn on_refusal(mut self, on_refusal: OnRefusal) -> Self {
        self.on_refusal = on_refusal;
        self
    }

    /// Appends an event.
    pub fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// The events, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How many events it has.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

impl From<Vec<Event>> for Batch {
    fn from(events: Vec<Event>) -> Self {
        Batch { events, on_refusal: OnRefusal::default() }
    }
}

impl From<Event> for Batch {
    fn from(event: Event) -> Self {
        Batch::from(vec![event])
    }
}

impl FromIterator<Event> for Batch {
    fn from_iter<T: IntoIterator<Item = Event>>(events: T) -> Self {
        Batch::from(events.into_iter().collect::<Vec<_>>())
    }
}

/// The outcome of a batch.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it lists the events that were refused"]
#[non_exhaustive]
pub struct Receipt {
    /// The state with the batch applied; a read at this revision or later sees it. Coalesced batches share a revision.
    pub revision: Revision,
    /// How many of the events were applied.
    pub applied: usize,
    /// The refused events, in order, each whole and with its reason. They changed nothing, time included.
    pub refused: Vec<RefusedEvent>,
    /// The events after the refused one, where the batch stops at a refusal.
    pub rest: Vec<Event>,
}

impl Receipt {
    /// The revision if nothing was refused, otherwise the first refusal.
    pub(crate) fn into_single(mut self) -> Result<Revision, Error> {
        match self.refused.pop() {
            Some(refused) => Err(Error::Refused(Box::new(refused))),
            None => Ok(self.revision),
        }
    }
}
