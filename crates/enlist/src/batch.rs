//! A batch of events, and the receipt for it.
//!
//! It knows nothing of how events are executed.

use enlist_model::Event;
use enlist_store::{Source, SourcePosition};

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

/// Maximum bytes of the name of a source.
const SOURCE_NAME_BYTES: usize = 256;

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
    /// The name of the source of the events that have a position.
    source: Option<String>,
    /// The events that have a position in the source, by index.
    positions: Vec<(u32, SourcePosition)>,
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

    /// Says that the events added with [`at`](Self::at) come from a source, by a name of 1 to 256 bytes.
    ///
    /// The workspace remembers the position of the last event of each source that it applied
    /// ([`Workspace::source`](crate::Workspace::source)), and passes over what is there already. So a host that is not sure
    /// what was applied sends it again, and nothing is applied twice.
    ///
    /// ```
    /// use enlist::{Batch, Enlist, Event, Instant};
    ///
    /// let crm = Enlist::new()?.create_workspace("crm")?;
    /// let at = Instant::parse("2026-01-05T09:00:00Z").ok_or("an instant")?;
    /// let ada = Event::contact_saved(at, "ada").build()?;
    /// let receipt = crm.apply(Batch::new().from_source("pg").at((17, 0), ada.clone()))?;
    /// assert_eq!((receipt.applied, receipt.skipped), (1, 0));
    /// assert_eq!(crm.source("pg"), Some((17, 0).into()));
    /// let again = crm.apply(Batch::new().from_source("pg").at((17, 0), ada))?;
    /// assert_eq!((again.applied, again.skipped), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn from_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Appends an event at a position in the source. Positions rise from event to event.
    #[must_use]
    pub fn at(mut self, position: impl Into<SourcePosition>, event: Event) -> Self {
        self.positions.push((self.events.len() as u32, position.into()));
        self.events.push(event);
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

    /// The source of the events, checked.
    pub(crate) fn take_source(&mut self) -> Result<Option<Source>, Error> {
        let positions = std::mem::take(&mut self.positions);
        if positions.is_empty() {
            return Ok(None);
        }
        let name = self.source.take().unwrap_or_default();
        if name.is_empty() || name.len() > SOURCE_NAME_BYTES {
            return Err(Error::SourceName { found: name, most: SOURCE_NAME_BYTES });
        }
        let falls =
            positions.windows(2).find(|pair| pair[1].1 <= pair[0].1).map(|pair| (pair[1].1, pair[0].1));
        if let Some((position, after)) = falls {
            return Err(Error::SourcePositions { source_name: name, position, after });
        }
        Ok(Source::new(name, positions))
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
        Batch { events, ..Batch::default() }
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
    /// The number of the first event that was applied; those applied after it have the following numbers, without a hole. `None`
    /// if none was. So [`Cause::Event`](crate::Cause::Event) leads back to what was handed in.
    ///
    /// ```
    /// # let enlist = enlist::Enlist::new()?;
    /// # let workspace = enlist.create_workspace("acme")?;
    /// use enlist::Event;
    ///
    /// # let at = workspace.clock_now();
    /// let ada = Event::contact_saved(at, "ada").build()?;
    /// let nobody = Event::contact_deleted(at, "nobody").build()?;
    /// let bob = Event::contact_saved(at, "bob").build()?;
    /// let receipt = workspace.apply(vec![ada, nobody, bob])?;
    /// // ada's event has the number 1, bob's has 2, and the one that was refused has none.
    /// assert_eq!((receipt.first_event, receipt.applied, receipt.refused[0].index), (Some(1), 2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub first_event: Option<u64>,
    /// The refused events, in order, each whole and with its reason. They changed nothing, time included.
    pub refused: Vec<RefusedEvent>,
    /// How many of the events were passed over, because their source was applied up to there already.
    pub skipped: usize,
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
