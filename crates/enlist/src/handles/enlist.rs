//! The principal type: the threads, the clock and all workspaces.

use std::fmt;
use std::sync::Arc;
use std::thread;

use enlist_engine::Dump;
use enlist_model::{Event, Instant, WorkspaceId};

use crate::clock_driver::Driver;
use crate::error::Error;
use crate::handles::import::{Loaded, load};
use crate::handles::workspace::Workspace;
use crate::inbox::ticket::Ticket;
use crate::registry::Registry;
use crate::sequencer::Receipt;
use crate::sequencer::dump::Origin;
use crate::settings::WorkspaceSettings;
use crate::threads::clock::{Alarm, Clock, WallClock};
use crate::threads::pool::Pool;

/// The workspaces of one process, the threads that serve them, and their clock. Cheap to clone; all clones are one.
///
/// When the last handle (of it, and of its workspaces) is dropped, it [shuts down](Self::shutdown). Wherever that is: where it
/// is one of Enlist's own threads, or one that does a turn (a waker that is woken there held the handle, or a [`Clock`] did),
/// nothing is waited for; what was accepted is applied all the same, subscribers see the end, and the threads end by
/// themselves. For the same reason, what runs there must not wait for what they do: no `apply`, no [`Ticket::wait`].
#[derive(Clone)]
pub struct Enlist {
    pub(crate) handle: Arc<Handle>,
}

/// What the handles keep alive.
pub(crate) struct Handle {
    pub(crate) registry: Arc<Registry>,
    driver: Option<Driver>,
}

/// How an [`Enlist`] is made.
pub struct EnlistBuilder {
    workers: usize,
    clock: Arc<dyn Clock>,
    drives: bool,
}

impl fmt::Debug for Enlist {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Enlist").field("workspaces", &self.workspaces()).finish_non_exhaustive()
    }
}

impl fmt::Debug for EnlistBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("EnlistBuilder")
            .field("workers", &self.workers)
            .field("drives", &self.drives)
            .finish_non_exhaustive()
    }
}

impl EnlistBuilder {
    /// How many worker threads; as many as there are cores, unless said otherwise. At least 1.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// By which clock time passes; the [`WallClock`] unless said otherwise.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The host drives time by itself: no thread watches the clock. Call [`Enlist::tick`], or
    /// [`Workspace::advance`](crate::Workspace::advance). The clock still says at which instant what is written through
    /// handles happens.
    #[must_use]
    pub fn manual_time(mut self) -> Self {
        self.drives = false;
        self
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// What the system says if it has no threads left.
    pub fn build(self) -> std::io::Result<Enlist> {
        let alarm = Alarm::default();
        let pool = Pool::new(self.workers)?;
        let registry = Arc::new(Registry::new(pool, Arc::clone(&self.clock), alarm.clone()));
        let driver = if self.drives {
            Some(Driver::start(Arc::downgrade(&registry), self.clock, alarm)?)
        } else {
            None
        };
        Ok(Enlist { handle: Arc::new(Handle { registry, driver }) })
    }
}

impl Enlist {
    /// With a worker a core and the wall clock.
    ///
    /// # Errors
    /// What the system says if it has no threads left.
    pub fn new() -> std::io::Result<Self> {
        Self::builder().build()
    }

    /// With settings of one's own.
    pub fn builder() -> EnlistBuilder {
        let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        EnlistBuilder { workers, clock: Arc::new(WallClock), drives: true }
    }

    /// Creates a workspace with the [default settings](WorkspaceSettings::default): one partition, 10,000 segments at most.
    ///
    /// # Errors
    /// [`Error::WorkspaceExists`]; [`Error::Engine`] if the id is empty or longer than 256 bytes.
    pub fn create_workspace(&self, workspace: &str) -> Result<Workspace, Error> {
        self.create_workspace_with(workspace, WorkspaceSettings::default())
    }

    /// Creates a workspace.
    ///
    /// # Errors
    /// As [`create_workspace`](Self::create_workspace); [`Error::Partitions`].
    pub fn create_workspace_with(
        &self,
        workspace: &str,
        settings: WorkspaceSettings,
    ) -> Result<Workspace, Error> {
        let core = self.handle.registry.create(WorkspaceId::new(workspace)?, settings, || Origin::Nothing)?;
        Ok(Workspace::new(core, Arc::clone(&self.handle)))
    }

    /// Creates a workspace from a [dump](crate::View::dump), over as many partitions as its settings say, however many it
    /// came from. Memberships are computed anew; nothing is published.
    ///
    /// # Errors
    /// As [`create_workspace_with`](Self::create_workspace_with); [`Error::Engine`] if the dump does not fit together.
    pub fn restore_workspace(
        &self,
        workspace: &str,
        settings: WorkspaceSettings,
        dump: Dump,
    ) -> Result<Workspace, Error> {
        let core =
            self.handle.registry.create(WorkspaceId::new(workspace)?, settings, || Origin::Dump(dump))?;
        Ok(Workspace::new(core, Arc::clone(&self.handle)))
    }

    /// Creates a workspace from a first import: the settings, fields and segments that it begins with, then its contacts and
    /// conversations, as events. Memberships are computed once, when all is taken in, and nothing is published, which is three
    /// to four times faster than applying the events to one partition; over several, what was loaded is dealt out afterwards. All of it is done on the calling thread, and the workspace is there when it is
    /// complete. Events are taken from the iterator one by one; those that are refused are handed back, among them
    /// definitions that come after a contact. Limits hold for what is applied afterwards.
    ///
    /// # Errors
    /// As [`create_workspace_with`](Self::create_workspace_with), before any event is taken.
    pub fn load_workspace(
        &self,
        workspace: &str,
        settings: WorkspaceSettings,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Loaded, Error> {
        let mut refused = Vec::new();
        let origin = || {
            let (engine, not_taken) = load(events);
            refused = not_taken;
            Origin::Engine(Box::new(engine))
        };
        let core = self.handle.registry.create(WorkspaceId::new(workspace)?, settings, origin)?;
        let workspace = Workspace::new(core, Arc::clone(&self.handle));
        let applied = workspace.read(|view| view.event_count());
        Ok(Loaded { workspace, applied, refused })
    }

    /// A workspace that there is.
    pub fn workspace(&self, workspace: &str) -> Option<Workspace> {
        let core = self.handle.registry.find(workspace)?;
        Some(Workspace::new(core, Arc::clone(&self.handle)))
    }

    /// The ids of all workspaces, in order.
    pub fn workspaces(&self) -> Vec<WorkspaceId> {
        self.handle.registry.ids()
    }

    /// Drops a workspace: what was accepted is applied, its subscribers see the end, its memory is freed with the last
    /// handle. Says whether there was one. Waits until that is done, but not on a thread of Enlist's own (within a waker).
    pub fn drop_workspace(&self, workspace: &str) -> bool {
        self.handle.registry.drop_workspace(workspace)
    }

    /// Lets time pass in every workspace, as far as its local date changes up to the clock's now, and waits until it has.
    /// The clock driver does this by itself, without waiting. Says what now is. It waits for workspaces that a subscriber holds
    /// up, too, so the thread that reads such a subscription must not call it.
    pub fn tick(&self) -> Instant {
        let (now, tickets) = self.submit_tick();
        for ticket in tickets {
            // A workspace that closed meanwhile has no more time.
            let _ = ticket.wait();
        }
        now
    }

    /// ForkJoin in that time passes, as [`tick`](Self::tick) does, and waits for nothing: a ticket for each workspace whose
    /// local date changes does. Says what now is. A ticket answers [`Error::Closed`] if its workspace closes meanwhile.
    pub fn submit_tick(&self) -> (Instant, Vec<Ticket<Result<Receipt, Error>>>) {
        let now = self.handle.registry.clock().now();
        (now, self.handle.registry.advance_due(now))
    }

    /// Takes nothing more in, applies everything that was accepted, ends every subscription, and ends the threads.
    /// Handles of workspaces still answer reads. Waits until that is done, but not on a thread of Enlist's own (within a
    /// waker), nor if somebody else has shut down already.
    pub fn shutdown(&self) {
        self.handle.close();
    }
}

impl Handle {
    fn close(&self) {
        self.registry.close();
        if let Some(driver) = &self.driver {
            driver.stop();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close();
    }
}
