//! What the log is replayed into: a workspace whose time the log alone drives, and what that workspace publishes.
//!
//! It knows neither lines nor files. What always holds: everything that a batch published is taken before the next one is
//! handed in, so what is taken is that batch's, and nothing is lost.

use std::thread;

use enlist::{
    Audience, ContactId, Enlist, Error, Event, HistorySettings, Instant, Overflow, Published, Receipt,
    SegmentId, SubscribeOptions, Subscription, Ticket, Workspace, WorkspaceLimits, WorkspaceSettings,
};

use super::failure::Failure;

/// A workspace, subscribed to.
pub(super) struct Target {
    workspace: Workspace,
    subscription: Subscription,
}

/// Events that were handed in.
pub(super) type Submitted = Ticket<Result<Receipt, Error>>;

/// What the workspace holds, all of it at one revision.
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
    /// The ids of its members, in no order.
    pub(super) fn contacts(&self) -> impl Iterator<Item = ContactId> {
        const LOOKED_UP_AT_ONCE: usize = 65_536;
        self.members.batches(LOOKED_UP_AT_ONCE).flatten()
    }
}

impl Target {
    /// An empty workspace of so many partitions, from 1 to 64.
    ///
    /// # Errors
    /// [`Failure::Threads`], [`Failure::Workspace`].
    pub(super) fn new(partitions: usize) -> Result<Self, Failure> {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let enlist = Enlist::builder().workers(partitions.min(cores)).manual_time().build();
        let enlist = enlist.map_err(|source| Failure::Threads { source })?;
        // A log may be of any size, and nobody asks for what was.
        let limits = WorkspaceLimits { segments: usize::MAX, conditions: usize::MAX, ..Default::default() };
        let history = HistorySettings { hours: 0, days: 0 };
        let settings = WorkspaceSettings { partitions, retained: 0, history, limits };
        let workspace = enlist.create_workspace_with("replay", settings)?;
        let subscription = workspace.subscribe(SubscribeOptions::all().overflow(Overflow::Block));
        Ok(Target { workspace, subscription })
    }

    /// Hands events in, to be applied up to the first that is refused, or each for itself.
    ///
    /// # Errors
    /// [`Failure::Workspace`].
    pub(super) fn submit(&self, events: Vec<Event>, until_refused: bool) -> Result<Submitted, Failure> {
        let submitted = if until_refused {
            self.workspace.submit_until_refused(events)
        } else {
            self.workspace.submit(events)
        };
        Ok(submitted?)
    }

    /// Waits until they are applied; gives what became of them, and what was published, in order.
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

    /// What it holds.
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
