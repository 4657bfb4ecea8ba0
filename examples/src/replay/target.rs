//! The workspace that the log is replayed into, and what it publishes. Only the log moves its time.
//!
//! It knows neither lines nor files. Invariant: everything that a batch published is taken before the next one is
//! submitted, so each batch gets exactly its own output.

use std::thread;

use enlist::{
    Audience, Batch, ContactId, Enlist, Error, Event, HistorySettings, Instant, OnRefusal, Overflow,
    Published, Receipt, SegmentId, SubscribeOptions, Subscription, Ticket, Workspace, WorkspaceLimits,
    WorkspaceSettings,
};

use super::failure::Failure;

/// A workspace with a subscription.
pub(super) struct Target {
    workspace: Workspace,
    subscription: Subscription,
}

/// Events that were submitted.
pub(super) type Submitted = Ticket<Result<Receipt, Error>>;

/// The contents of the workspace at one revision.
pub(super) struct Held {
    /// The greatest instant seen.
    pub(super) now: Option<Instant>,
    /// The number of contacts.
    pub(super) contacts: u64,
    /// Segments in order of creation.
    pub(super) segments: Vec<HeldSegment>,
}

/// A segment and its members.
pub(super) struct HeldSegment {
    /// Its id.
    pub(super) segment: SegmentId,
    /// Its name.
    pub(super) name: String,
    /// Its members.
    pub(super) members: Audience,
}

impl HeldSegment {
    /// The ids of its members, in no particular order.
    pub(super) fn contacts(&self) -> impl Iterator<Item = ContactId> {
        const LOOKED_UP_AT_ONCE: usize = 65_536;
        self.members.batches(LOOKED_UP_AT_ONCE).flatten()
    }
}

impl Target {
    /// An empty workspace with 1 to 64 partitions.
    ///
    /// # Errors
    /// [`Failure::Threads`], [`Failure::Workspace`].
    pub(super) fn new(partitions: usize) -> Result<Self, Failure> {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let enlist = Enlist::builder().workers(partitions.min(cores)).manual_time().build();
        let enlist = enlist.map_err(|source| Failure::Threads { source })?;
        // A log may define any number of segments, and nobody asks for its history.
        let limits = WorkspaceLimits::default().with_segments(usize::MAX).with_conditions(usize::MAX);
        let history = HistorySettings::NONE;
        let settings = WorkspaceSettings::default()
            .with_partitions(partitions)
            .with_retained(0)
            .with_history(history)
            .with_limits(limits);
        let workspace = enlist.create_workspace_with("replay", settings)?;
        let subscription = workspace.subscribe(SubscribeOptions::all().overflow(Overflow::Block));
        Ok(Target { workspace, subscription })
    }

    /// Submits events: up to the first that is refused, or each on its own.
    ///
    /// # Errors
    /// [`Failure::Workspace`].
    pub(super) fn submit(&self, events: Vec<Event>, on_refusal: OnRefusal) -> Result<Submitted, Failure> {
        Ok(self.workspace.submit(Batch::from(events).on_refusal(on_refusal))?)
    }

    /// Waits until they are applied; returns the receipt and what was published, in order.
    ///
    /// # Errors
    /// [`Failure::Workspace`].
    pub(super) fn wait(&mut self, submitted: Submitted) -> Result<(Receipt, Vec<Published>), Failure> {
        let receipt = submitted.wait()?;
        let published = std::iter::from_fn(|| self.subscription.try_next()).collect();
        Ok((receipt, published))
    }

    /// The workspace itself.
    pub(super) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Its contents.
    ///
    /// # Errors
    /// [`Failure::Workspace`].
    pub(super) fn held(&self) -> Result<Held, Failure> {
        let held = self.workspace.read(|view| {
            let held = |segment: &enlist::SegmentDefinition| {
                let members = view.freeze(segment.id().as_str())?;
                let (segment, name) = (segment.id().clone(), segment.name().to_owned());
                Ok(HeldSegment { segment, name, members })
            };
            let segments = view.segments().map(held).collect::<Result<_, Error>>()?;
            Ok::<_, Error>(Held { now: view.now(), contacts: view.contact_count()?, segments })
        });
        Ok(held?)
    }
}
