//! Configures an [`Enlist`], and starts its threads.

use std::fmt;
use std::sync::Arc;

use enlist_model::WorkspaceId;
use enlist_store::Durability;

use crate::drivers::checkpointer::Checkpointer;
use crate::drivers::clock_driver::ClockDriver;
use crate::handles::enlist::{Enlist, Handle};
use crate::opening::PartitionsOf;
use crate::opening::thread::OpeningThread;
use crate::progress::Progress;
use crate::registry::Registry;
use crate::sequencer::TimeSource;
use crate::sequencer::replay::Divergence;
use crate::settings::WorkspaceSettings;
use crate::store::Store;
use crate::threads::clock::{Alarm, Clock};
use crate::threads::pool::Pool;

/// Configures an [`Enlist`]; see [`Enlist::builder`].
#[must_use = "`build` starts it"]
pub struct EnlistBuilder {
    pub(super) workers: usize,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) time: TimeSource,
    pub(super) partitions_of: Box<PartitionsOf>,
    pub(super) durability: Durability,
    pub(super) divergence: Divergence,
}

impl fmt::Debug for EnlistBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("EnlistBuilder")
            .field("workers", &self.workers)
            .field("time", &self.time)
            .field("durability", &self.durability)
            .finish_non_exhaustive()
    }
}

impl EnlistBuilder {
    /// Sets the number of worker threads, at least 1. By default there is one for each core.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Sets the clock; by default the [`WallClock`](crate::WallClock).
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Lets the host drive time: no thread watches the clock. Call [`Enlist::tick`] or
    /// [`Workspace::advance`](crate::Workspace::advance). The clock still says when a change through a handle happens, but it
    /// does not bound how far ahead an event may lie.
    pub fn manual_time(mut self) -> Self {
        self.time = TimeSource::Manual;
        self
    }

    /// Chooses the number of partitions with which each stored workspace is [opened](Self::open), from its id and its stored
    /// settings. By default it is the stored one. Results do not depend on it.
    pub fn partitions_of(
        mut self,
        partitions_of: impl Fn(&WorkspaceId, &WorkspaceSettings) -> usize + Send + Sync + 'static,
    ) -> Self {
        self.partitions_of = Box::new(partitions_of);
        self
    }

    /// Sets what an answer promises in a store that is [opened](Self::open); by default [`Durability::Synced`]. Each open chooses,
    /// whatever the one before chose: what a process left that buffered is opened synced, and the other way round. Does nothing
    /// without a store.
    ///
    /// ```
    /// use enlist::{Durability, Enlist};
    ///
    /// # let directory = std::env::temp_dir().join(format!("enlist-durability-{}", std::process::id()));
    /// let enlist = Enlist::builder().durability(Durability::buffered()).open(&directory)?.wait()?;
    /// let crm = enlist.create_workspace("crm")?;
    /// // Answered without a sync. Within a second it survives a loss of power, too.
    /// crm.contact("ada").save()?;
    /// # drop((crm, enlist));
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// The system's error if it cannot start a thread.
    pub fn build(self) -> std::io::Result<Enlist> {
        let registry = self.registry(None, Progress::complete())?;
        self.start(registry, || Ok(None))
    }

    pub(super) fn registry(
        &self,
        store: Option<Store>,
        progress: Progress,
    ) -> std::io::Result<Arc<Registry>> {
        let pool = Pool::new(self.workers)?;
        let clock = Arc::clone(&self.clock);
        Ok(Arc::new(Registry::new(pool, clock, Alarm::default(), self.time, store, progress)))
    }

    /// Starts the threads beside the workers; `open` starts the one that opens the store, if there is one.
    pub(super) fn start(
        &self,
        registry: Arc<Registry>,
        open: impl FnOnce() -> std::io::Result<Option<OpeningThread>>,
    ) -> std::io::Result<Enlist> {
        let clock_driver = match self.time {
            TimeSource::Clock => Some(ClockDriver::start(&registry)?),
            TimeSource::Manual => None,
        };
        let checkpointer = registry.store().is_some().then(|| Checkpointer::start(&registry)).transpose()?;
        let opening = open()?;
        Ok(Enlist { handle: Arc::new(Handle { registry, clock_driver, checkpointer, opening }) })
    }
}
