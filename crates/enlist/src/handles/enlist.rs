//! The main type: the threads, the clock and all workspaces.

use std::fmt;
use std::sync::Arc;
use std::thread;

use enlist_engine::Dump;
use enlist_model::{Event, Instant, WorkspaceId};
use enlist_store::Durability;

use crate::batch::Receipt;
use crate::drivers::checkpointer::Checkpointer;
use crate::drivers::clock_driver::ClockDriver;
use crate::error::Error;
use crate::handles::enlist_builder::EnlistBuilder;
use crate::handles::import::{Import, ImportError, ImportProgress, Imported};
#[cfg(doc)]
use crate::handles::opening::Opening;
use crate::handles::workspace::Workspace;
use crate::inbox::ticket::Ticket;
use crate::opening::thread::OpeningThread;
use crate::registry::{self, Registry};
use crate::sequencer::TimeSource;
use crate::sequencer::dump::Origin;
use crate::sequencer::replay::Divergence;
use crate::settings::WorkspaceSettings;
use crate::threads::clock::WallClock;

/// The workspaces of one process, the threads that serve them, and their clock. Cheap to clone; all clones are one.
///
/// When the last handle (of it, and of its workspaces) is dropped, it [shuts down](Self::shutdown). On one of Enlist's own
/// threads, or on a thread that executes a frame, the drop does not wait: a waker or a [`Clock`](crate::Clock) may hold the last handle
/// there. Accepted batches are still applied, subscribers receive the end, and the threads end. For the same reason, code that
/// runs there must not wait for Enlist: no `apply`, no [`Ticket::wait`].
///
/// # Examples
///
/// ```
/// use enlist::{Enlist, Instant, TestClock, WorkspaceSettings};
///
/// let morning = Instant::parse("2026-11-23T09:00:00Z").ok_or("an instant")?;
/// let clock = TestClock::new(morning);
/// let enlist = Enlist::builder().workers(2).clock(clock.clone()).manual_time().build()?;
///
/// let settings = WorkspaceSettings::default().with_partitions(2);
/// let acme = enlist.create_workspace_with("acme", settings)?;
/// enlist.create_workspace("globex")?;
/// assert_eq!(enlist.workspaces().len(), 2);
/// assert!(enlist.workspace("initech").is_none());
///
/// // Time passes in every workspace in which something is due.
/// clock.advance(std::time::Duration::from_secs(86_400));
/// let now = enlist.tick();
/// assert_eq!(enlist.clock_now(), now);
/// let (_, tickets) = enlist.submit_tick();
/// for ticket in tickets {
///     let _ = ticket.wait()?;
/// }
///
/// // A copy, from a dump.
/// acme.contact("ada").save()?;
/// let dump = acme.read(|view| view.dump())?;
/// let copy = enlist.restore_workspace("copy", settings, dump)?;
/// assert_eq!(copy.read(|view| view.contact_count())?, 1);
///
/// assert!(enlist.drop_workspace("globex")?);
/// enlist.shutdown();
/// # assert!(now > morning);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Enlist {
    pub(crate) handle: Arc<Handle>,
}

/// What the handles keep alive.
pub(crate) struct Handle {
    pub(crate) registry: Arc<Registry>,
    pub(super) clock_driver: Option<ClockDriver>,
    pub(super) checkpointer: Option<Checkpointer>,
    pub(super) opening: Option<OpeningThread>,
}

impl fmt::Debug for Enlist {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Enlist").field("workspaces", &self.workspaces()).finish_non_exhaustive()
    }
}

impl Enlist {
    /// Starts with a worker for each core and the wall clock.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// The system's error if it cannot start a thread.
    pub fn new() -> std::io::Result<Self> {
        Self::builder().build()
    }

    /// Configures another number of workers, another clock, or manual time.
    ///
    /// [Example](Self#examples).
    pub fn builder() -> EnlistBuilder {
        let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        EnlistBuilder {
            workers,
            clock: Arc::new(WallClock),
            time: TimeSource::Clock,
            partitions_of: Box::new(|_, stored| stored.partitions),
            durability: Durability::default(),
            divergence: Divergence::Refused,
        }
    }

    /// Creates a workspace with the [default settings](WorkspaceSettings::default).
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::WorkspaceExists`]; [`Error::Engine`] if the id is empty or longer than 256 bytes; [`Error::Opening`] while a store is
    /// being opened; [`Error::Store`].
    pub fn create_workspace(&self, workspace: &str) -> Result<Workspace, Error> {
        self.create_workspace_with(workspace, WorkspaceSettings::default())
    }

    /// Creates a workspace.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`create_workspace`](Self::create_workspace); [`Error::Partitions`], [`Error::LimitSetting`].
    pub fn create_workspace_with(
        &self,
        workspace: &str,
        settings: WorkspaceSettings,
    ) -> Result<Workspace, Error> {
        self.create(WorkspaceId::new(workspace)?, settings, Origin::Nothing)
    }

    /// Creates a workspace from a [dump](crate::View::dump), over as many partitions as its settings say, regardless of how many
    /// it came from. Memberships are computed again; nothing is published. What the dump holds is not checked against the
    /// [limits](crate::WorkspaceLimits) of the settings.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`create_workspace_with`](Self::create_workspace_with); [`Error::Engine`] if the dump does not fit together.
    pub fn restore_workspace(
        &self,
        workspace: &str,
        settings: WorkspaceSettings,
        dump: Dump,
    ) -> Result<Workspace, Error> {
        self.create(WorkspaceId::new(workspace)?, settings, Origin::Dump(dump))
    }

    /// Creates a workspace from a bulk load: settings, fields and segments, then contacts and conversations, as events.
    ///
    /// Memberships are computed once, at the end, and nothing is published; that is three to four times faster than applying
    /// the events to one partition. Segments may come at any place and in any order. Fields and settings must come before the
    /// first contact, except for other options of a field. Refused events are returned. If the source yields an error, the import ends and no workspace is created.
    ///
    /// Contacts, segments, conditions and bytes are not counted against the [limits](crate::WorkspaceLimits) of the settings. Rules,
    /// lists and values are held to the higher of [`content`](crate::WorkspaceLimits::content) and the contract, so that what exists
    /// already is not refused by a limit that was lowered.
    ///
    /// Unless the host drives time, the workspace begins at the clock's now, so that its next event does not have to pass
    /// every midnight since the last imported event.
    ///
    /// It runs on the calling thread.
    ///
    /// ```
    /// use enlist::{Enlist, Event, Instant, WorkspaceSettings};
    ///
    /// let enlist = Enlist::new()?;
    /// let at = Instant::parse("2026-01-05T09:00:00Z").ok_or("an instant")?;
    /// let rows = ["ada", "bob"].map(|contact| Event::contact_saved(at, contact).set("name", contact).build());
    /// let imported = enlist.import_workspace("crm", WorkspaceSettings::default(), rows)?;
    /// assert_eq!((imported.applied, imported.refused.len()), (2, 0));
    /// assert_eq!(imported.workspace.read(|view| view.contact_count())?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ImportError::Source`] with the source's error; otherwise as
    /// [`create_workspace_with`](Self::create_workspace_with), before any event is read.
    pub fn import_workspace<E>(
        &self,
        workspace: &str,
        settings: WorkspaceSettings,
        events: impl IntoIterator<Item = Result<Event, E>>,
    ) -> Result<Imported, ImportError<E>> {
        self.import_workspace_with(workspace, settings, events, |_| ())
    }

    /// [Imports](Self::import_workspace), and calls `progress` every
    /// [`ImportProgress::EVERY_EVENTS`] events and before memberships are computed.
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// As [`import_workspace`](Self::import_workspace).
    pub fn import_workspace_with<E>(
        &self,
        workspace: &str,
        settings: WorkspaceSettings,
        events: impl IntoIterator<Item = Result<Event, E>>,
        progress: impl FnMut(ImportProgress),
    ) -> Result<Imported, ImportError<E>> {
        let id = WorkspaceId::new(workspace).map_err(Error::from)?;
        let registry = &self.handle.registry;
        registry.check_creatable(&id, &settings)?;
        let import = Import::new(registry.surroundings(), &settings.limits);
        let (engine, refused) = import.run(events, progress)?;
        let applied = engine.event_count();
        let workspace = self.create(id, settings, Origin::Engine(Box::new(engine)))?;
        Ok(Imported { workspace, applied, refused })
    }

    fn create(
        &self,
        id: WorkspaceId,
        settings: WorkspaceSettings,
        origin: Origin,
    ) -> Result<Workspace, Error> {
        let sequencer = self.handle.registry.create(id, settings, origin)?;
        Ok(Workspace::new(sequencer, Arc::clone(&self.handle)))
    }

    /// A workspace that exists. One that a store is still [opening](Opening::enlist) is not found:
    /// [`find_workspace`](Self::find_workspace) tells it from one that does not exist.
    ///
    /// [Example](Self#examples).
    pub fn workspace(&self, workspace: &str) -> Option<Workspace> {
        let sequencer = self.handle.registry.find(workspace)?;
        Some(Workspace::new(sequencer, Arc::clone(&self.handle)))
    }

    /// The ids of all workspaces, in order, those included that a store is still [opening](Opening::enlist).
    ///
    /// [Example](Self#examples).
    pub fn workspaces(&self) -> Vec<WorkspaceId> {
        self.handle.registry.ids()
    }

    /// Drops a workspace: what was accepted is applied, its subscribers see the end, and its memory is freed with the last
    /// handle. Returns whether it existed. Waits until that is done, except on a thread of Enlist's own (within a waker) and within a
    /// [read](crate::Workspace::read).
    ///
    /// [Example](Self#examples).
    ///
    /// # Errors
    /// [`Error::Store`], and [`Error::Opening`] while a store is being opened; then the workspace stays. A workspace that is in
    /// memory only is always dropped.
    pub fn drop_workspace(&self, workspace: &str) -> Result<bool, Error> {
        self.handle.registry.drop_workspace(workspace)
    }

    /// Makes a checkpoint of the store now: everything that is not derived is written, and the journal is cut, so that the store opens
    /// faster. It is made by itself when the journal has grown long and when Enlist is shut down. Workspaces go on meanwhile. Does
    /// nothing without a store.
    ///
    /// [Example](EnlistBuilder::open).
    ///
    /// # Errors
    /// [`Error::Store`], and [`Error::Opening`] while the store is being opened; then the journal still has everything.
    pub fn checkpoint(&self) -> Result<(), Error> {
        self.handle.registry.make_checkpoint()
    }

    /// What the clock reads.
    ///
    /// [Example](Self#examples).
    pub fn clock_now(&self) -> Instant {
        self.handle.registry.surroundings().clock.now()
    }

    /// Lets time pass in every workspace in which something is due by the clock's now, and waits for it. Returns now. The clock
    /// driver does the same without waiting.
    ///
    /// It also waits for workspaces that a full subscriber blocks, so the thread that reads such a subscription must not call
    /// it. Within a [read](crate::Workspace::read), and on a thread of Enlist's own, it does not wait.
    ///
    /// [Example](Self#examples).
    pub fn tick(&self) -> Instant {
        let (now, tickets) = self.submit_tick();
        for ticket in tickets.into_iter().filter(|_| registry::may_wait()) {
            // The answer is an error if the workspace was closed meanwhile; then there is nothing to wait for.
            let _ = ticket.wait();
        }
        now
    }

    /// Submits what [`tick`](Self::tick) does, without waiting: a ticket for each workspace in which something is due. Returns
    /// now. A ticket answers [`Error::Closed`] if its workspace is closed meanwhile.
    ///
    /// [Example](Self#examples).
    pub fn submit_tick(&self) -> (Instant, Vec<Ticket<Result<Receipt, Error>>>) {
        let registry = &self.handle.registry;
        let now = registry.surroundings().clock.now();
        (now, registry.advance_due(now))
    }

    /// Accepts nothing more, applies everything that was accepted, ends every subscription, and ends the threads. Handles of
    /// workspaces still answer reads. Waits until that is done, except on a thread of Enlist's own (within a waker), within a
    /// [read](crate::Workspace::read), or if another call has shut it down.
    ///
    /// [Example](Self#examples).
    pub fn shutdown(&self) {
        self.handle.close();
    }
}

impl Handle {
    fn close(&self) {
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.stop();
        }
        // Before the files are closed that it reads. What it has not opened is in them.
        if let Some(opening) = &self.opening {
            opening.stop();
        }
        self.registry.close();
        if let Some(clock_driver) = &self.clock_driver {
            clock_driver.stop();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close();
    }
}
