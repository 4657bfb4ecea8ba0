//! The workspace that the log is replayed into, in memory or in a store. Only the log moves its time.
//!
//! It knows no files but the store's directory. Invariant: a line of the log is applied once, however often it is replayed into a
//! store: the number of a line is its position in the source [`SOURCE`].

use std::path::{Path, PathBuf};
use std::thread;

use enlist::{
    Audience, Batch, Consumer, ConsumerOptions, ContactId, Durability, Enlist, Error, Event, HistorySettings,
    Instant, OnRefusal, Receipt, SegmentId, Stats, Ticket, WhenFull, Workspace, WorkspaceLimits,
    WorkspaceSettings,
};

use super::failure::Failure;

/// The name of the workspace.
const WORKSPACE: &str = "replay";
/// The name of the log as a source of events.
const SOURCE: &str = "log";
/// The name of the consumer that writes transitions.
const CONSUMER: &str = "transitions";

/// A workspace, and where it is kept.
pub(super) struct Target {
    workspace: Workspace,
    store: Option<PathBuf>,
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
    /// A workspace with 1 to 64 partitions: an empty one, or the one that the store has.
    ///
    /// # Errors
    /// [`Failure::Threads`], [`Failure::Workspace`].
    pub(super) fn open(partitions: usize, store: Option<(&Path, Durability)>) -> Result<Self, Failure> {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let builder = Enlist::builder().workers(partitions.min(cores)).manual_time();
        let enlist = match store {
            None => builder.build().map_err(|source| Failure::Threads { source })?,
            Some((directory, durability)) => {
                let builder = builder.durability(durability).partitions_of(move |_, _| partitions);
                builder.open(directory)?.wait()?
            }
        };
        // A log may define any number of segments, and nobody asks for its history.
        let limits = WorkspaceLimits::default().with_segments(usize::MAX).with_conditions(usize::MAX);
        let history = HistorySettings::NONE;
        let settings = WorkspaceSettings::default()
            .with_partitions(partitions)
            .with_retained(0)
            .with_history(history)
            .with_limits(limits);
        let workspace = match enlist.workspace(WORKSPACE) {
            Some(workspace) => workspace,
            None => enlist.create_workspace_with(WORKSPACE, settings)?,
        };
        Ok(Target { workspace, store: store.map(|(directory, _)| directory.to_owned()) })
    }

    /// The directory of the store, if it is in one.
    pub(super) fn store(&self) -> Option<&Path> {
        self.store.as_deref()
    }

    /// The last line of the log that it has; 0 if it has none.
    pub(super) fn kept_line(&self) -> u64 {
        self.workspace.source(SOURCE).map_or(0, |position| position.0)
    }

    /// The consumer that hears all that is published, and in a store how many items it has acknowledged.
    ///
    /// # Errors
    /// [`Failure::Transitions`] if the store has no consumer and has items already; [`Failure::Workspace`].
    pub(super) fn consumer(&self, file: &Path) -> Result<(Consumer, Option<u64>), Failure> {
        let known = self.workspace.consumers().into_iter().find(|consumer| consumer.name == CONSUMER);
        if known.is_none() && self.kept_line() > 0 {
            let what = "the store has lines whose transitions were not asked for; replay into another store";
            return Err(Failure::Transitions { file: file.display().to_string(), what: what.to_owned() });
        }
        // A replay without `--transitions` must not fail because of an earlier one with it, and nothing may be missing later.
        let options = ConsumerOptions::new().when_full(WhenFull::Gap).unacknowledged(usize::MAX);
        let consumer = self.workspace.consumer(CONSUMER, options)?;
        let acknowledged = known.map_or(0, |known| known.acknowledged.number());
        Ok((consumer, self.store.is_some().then_some(acknowledged)))
    }

    /// Submits events, each with its line: up to the first that is refused, or each on its own.
    ///
    /// # Errors
    /// [`Failure::Workspace`].
    pub(super) fn submit(
        &self,
        events: Vec<Event>,
        lines: &[u64],
        on_refusal: OnRefusal,
    ) -> Result<Submitted, Failure> {
        let batch = Batch::new().from_source(SOURCE).on_refusal(on_refusal);
        let events = lines.iter().zip(events);
        let batch = events.fold(batch, |batch, (line, event)| batch.at((*line, 0), event));
        Ok(self.workspace.submit(batch)?)
    }

    /// What it has done since its beginning.
    pub(super) fn stats(&self) -> Stats {
        self.workspace.stats()
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
