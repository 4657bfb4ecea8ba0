//! All workspaces of one Enlist by their ids, with the threads that serve them.
//!
//! Workspaces share threads and nothing else. Invariant: a dropped workspace is not found any more, and it finishes what it
//! accepted.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use enlist_engine::Unsaved;
use enlist_model::{Instant, WorkspaceId};
use enlist_store::WorkspaceNumber;

use crate::cursor::life::Life;
use crate::error::Error;
use crate::inbox::command::{Answer, Command, Request};
use crate::inbox::ticket::{Ticket, ticket};
use crate::partition::execute::Task;
use crate::progress::Progress;
use crate::sequencer::dump::Origin;
use crate::sequencer::pipeline::Pipeline;
use crate::sequencer::reads;
use crate::sequencer::state::State;
use crate::sequencer::{Sequencer, Surroundings, TimeSource};
use crate::settings::WorkspaceSettings;
use crate::store::Store;
use crate::store::checkpoint::{self, Occasion};
use crate::store::erasure;
use crate::threads::clock::{Alarm, Clock};
use crate::threads::pool::{Pool, RunQueue};
use crate::threads::worker_thread::WorkerThread;

/// The workspaces and their threads.
pub(crate) struct Registry {
    workspaces: DashMap<WorkspaceId, Arc<Sequencer>>,
    pool: Pool<Task>,
    surroundings: Surroundings,
    /// Where workspaces are kept; `None` if they are in memory only.
    store: Option<Store>,
    /// How far the store is opened. Until it is open, only its workspaces that are open can be used.
    progress: Arc<Progress>,
    is_closed: AtomicBool,
}

impl Registry {
    pub(crate) fn new(
        pool: Pool<Task>,
        clock: Arc<dyn Clock>,
        alarm: Alarm,
        time: TimeSource,
        store: Option<Store>,
        progress: Progress,
    ) -> Self {
        let surroundings = Surroundings { clock, alarm, run_queue: pool.run_queue(), time };
        Registry {
            workspaces: DashMap::new(),
            pool,
            surroundings,
            store,
            progress: Arc::new(progress),
            is_closed: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// For frames that are executed while the store is opened.
    pub(crate) fn run_queue(&self) -> &RunQueue<Task> {
        &self.surroundings.run_queue
    }

    /// All workspaces.
    pub(crate) fn sequencers(&self) -> Vec<Arc<Sequencer>> {
        self.workspaces.iter().map(|each| Arc::clone(&each)).collect()
    }

    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Makes a checkpoint of the store, if there is one.
    ///
    /// # Errors
    /// [`Error::Store`]; [`Error::Opening`].
    pub(crate) fn make_checkpoint(&self) -> Result<(), Error> {
        self.make_checkpoint_on(Occasion::Running)
    }

    fn make_checkpoint_on(&self, occasion: Occasion) -> Result<(), Error> {
        // It would cut the frames of workspaces that are not there yet.
        self.progress.check()?;
        let Some(store) = &self.store else { return Ok(()) };
        checkpoint::make(store, occasion, || self.sequencers())
    }

    /// Erases what was deleted from the files of the store, if there is one.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::PartitionFailed`], [`Error::Opening`].
    pub(crate) fn erase(&self) -> Result<(), Error> {
        // As a checkpoint.
        self.progress.check()?;
        let Some(store) = &self.store else { return Ok(()) };
        erasure::erase(store, || self.sequencers())
    }

    /// The memory that the facts of all workspaces take, estimated.
    pub(crate) fn fact_bytes(&self) -> u64 {
        self.sequencers().iter().map(|sequencer| sequencer.stats().bytes.facts).sum()
    }

    pub(crate) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Refuses a number of partitions that no workspace can have.
    pub(crate) fn check_partitions(settings: &WorkspaceSettings) -> Result<(), Error> {
        let (found, most) = (settings.partitions, WorkspaceSettings::PARTITIONS_MOST);
        if found == 0 || found > most { Err(Error::Partitions { found, most }) } else { Ok(()) }
    }

    /// Refuses a workspace that could not be created. While the store is being opened that is every one.
    pub(crate) fn check_creatable(
        &self,
        id: &WorkspaceId,
        settings: &WorkspaceSettings,
    ) -> Result<(), Error> {
        Self::check_partitions(settings)?;
        if let Some((found, maximum)) = settings.limits.content.above_maximum() {
            return Err(Error::LimitSetting { found, maximum });
        }
        if self.is_closed() {
            return Err(Error::Closed { workspace: id.clone(), events: Vec::new() });
        }
        self.progress.check()?;
        if self.workspaces.contains_key(id) {
            return Err(Error::WorkspaceExists { workspace: id.clone() });
        }
        Ok(())
    }

    /// Creates a workspace from its origin.
    pub(crate) fn create(
        &self,
        id: WorkspaceId,
        settings: WorkspaceSettings,
        origin: Origin,
    ) -> Result<Arc<Sequencer>, Error> {
        self.check_creatable(&id, &settings)?;
        let begins_with_contents = !matches!(origin, Origin::Nothing);
        let life = Life::draw();
        // Before the locks, because it may take long.
        let state = State::begin(origin, life.incarnation, &settings)?;
        let Some(store) = &self.store else {
            return self.insert(Arc::new(self.begin(id, life, settings, state, None)));
        };
        // In the order in which a checkpoint takes them.
        let mut saved = begins_with_contents.then(|| store.saved());
        // Held until the workspace can be found: nobody else may keep the same id meanwhile.
        let mut next = store.next_workspace();
        self.check_creatable(&id, &settings)?;
        let number = *next;
        let through = if begins_with_contents {
            store.log().end()
        } else {
            store.create(number, &id, &life, &settings, self.surroundings.clock.now())?
        };
        let pipeline = Pipeline::new(store.log(), number, through);
        let sequencer = self.begin(id, life, settings, state, Some(pipeline));
        if let Some(saved) = &mut saved {
            checkpoint::keep_new(store, saved, &sequencer, number)?;
        }
        *next = WorkspaceNumber(number.0 + 1);
        self.insert(Arc::new(sequencer))
    }

    /// A workspace that begins. It is not found before it is [inserted](Self::insert).
    pub(crate) fn begin(
        &self,
        id: WorkspaceId,
        life: Life,
        settings: WorkspaceSettings,
        mut state: State,
        pipeline: Option<Pipeline>,
    ) -> Sequencer {
        if pipeline.is_some() {
            state.note_changes(Unsaved::Everything, 0);
        }
        let sequencer = Sequencer::new(id, life, settings, self.surroundings.clone(), state, pipeline);
        // Before the workspace can be found: nobody may see it without its segments' revisions and counts.
        sequencer.adopt_segments();
        sequencer
    }

    /// A workspace that a checkpoint has. It is not found before it is [inserted](Self::insert).
    pub(crate) fn reopen(
        &self,
        id: WorkspaceId,
        life: Life,
        settings: WorkspaceSettings,
        state: State,
        pipeline: Pipeline,
    ) -> Sequencer {
        Sequencer::new(id, life, settings, self.surroundings.clone(), state, Some(pipeline))
    }

    /// Lets a workspace be found.
    pub(crate) fn insert(&self, sequencer: Arc<Sequencer>) -> Result<Arc<Sequencer>, Error> {
        match self.workspaces.entry(sequencer.id.clone()) {
            // Another thread created it since the check, which held no lock while the state was computed.
            Entry::Occupied(taken) => Err(Error::WorkspaceExists { workspace: taken.key().clone() }),
            Entry::Vacant(free) => {
                drop(free.insert(Arc::clone(&sequencer)));
                // Checked again: `close` may have collected the workspaces just before this one was inserted, and would never
                // close it.
                if self.is_closed() {
                    self.workspaces.remove(&sequencer.id);
                    return Err(sequencer.closed(Vec::new()));
                }
                // The clock driver may have looked for deadlines before this workspace could be found.
                self.surroundings.alarm.ring();
                Ok(sequencer)
            }
        }
    }

    /// A workspace that is open.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Sequencer>> {
        self.workspaces.get(id).map(|sequencer| Arc::clone(&sequencer))
    }

    /// As [`find`](Self::find), but tells a workspace that the store is still opening from one that does not exist.
    ///
    /// # Errors
    /// [`Error::Opening`], or what opening failed with.
    pub(crate) fn find_or_opening(&self, id: &str) -> Result<Option<Arc<Sequencer>>, Error> {
        let pending = self.progress.check_workspace(id);
        let found = self.find(id);
        if found.is_none() { pending.map(|()| None) } else { Ok(found) }
    }

    /// The ids of all workspaces, in order, those included that are not open yet.
    pub(crate) fn ids(&self) -> Vec<WorkspaceId> {
        let pending = self.progress.pending();
        let mut ids: Vec<WorkspaceId> = self.workspaces.iter().map(|entry| entry.key().clone()).collect();
        ids.extend(pending);
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Removes a workspace. What it accepted is applied, and then its subscribers receive the end.
    ///
    /// # Errors
    /// [`Error::Store`] and [`Error::Opening`]; then the workspace stays.
    pub(crate) fn drop_workspace(&self, id: &str) -> Result<bool, Error> {
        self.progress.check()?;
        if let (Some(store), Some(sequencer)) = (&self.store, self.find(id))
            && let Some(pipeline) = &sequencer.pipeline
        {
            // Before it is removed: until then nobody else can create one of that id.
            store.drop_workspace(pipeline.number)?;
        }
        let Some((_, sequencer)) = self.workspaces.remove(id) else { return Ok(false) };
        let end = close(&sequencer);
        // A worker must not wait here: it may be the one that has to execute the close.
        if let Some(end) = end.filter(|_| may_wait()) {
            let _ = end.wait();
        }
        Ok(true)
    }

    /// Submits an advance to every workspace in which something is due by `now`; the tickets answer when it is done.
    pub(crate) fn advance_due(&self, now: Instant) -> Vec<Ticket<Answer>> {
        let due = self.workspaces.iter().filter(|each| each.next_deadline().is_some_and(|at| at <= now));
        // Collected first: after the pool has stopped, an advance runs on this thread, and it must not hold a shard of the map.
        let due: Vec<Arc<Sequencer>> = due.map(|each| Arc::clone(&each)).collect();
        due.iter().filter_map(|sequencer| sequencer.submit_advance(now).ok()).collect()
    }

    /// The same for the clock driver, which does not wait and queues at most one advance per workspace.
    pub(crate) fn advance_by_clock(&self, now: Instant) {
        for sequencer in &self.workspaces {
            if sequencer.next_deadline().is_some_and(|at| at <= now) {
                sequencer.submit_clock_advance(now);
            }
        }
    }

    /// The first deadline after `now` of any workspace.
    pub(crate) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        self.workspaces.iter().filter_map(|each| each.next_deadline()).filter(|at| *at > now).min()
    }

    /// Closes all workspaces, waits until everything accepted is applied, and ends the threads. Where it [may not](may_wait)
    /// wait, the threads end by themselves.
    pub(crate) fn close(self: &Arc<Self>) {
        // The swap lets only the first caller close. It comes before the workspaces are collected, so that a workspace created at
        // the same time either is collected or sees the flag.
        if self.is_closed.swap(true, Ordering::AcqRel) {
            return;
        }
        let open: Vec<Arc<Sequencer>> = self.workspaces.iter().map(|each| Arc::clone(&each)).collect();
        // All are closed before the first is awaited, so that they finish in parallel.
        let ends: Vec<_> = open.iter().filter_map(close).collect();
        if !may_wait() {
            return self.stop_after(ends);
        }
        for end in ends {
            let _ = end.wait();
        }
        self.stop();
    }

    /// Ends the threads and closes the store, after all workspaces have ended.
    fn stop(&self) {
        self.pool.stop();
        // If it fails, the journal has everything.
        let _ = self.make_checkpoint_on(Occasion::Close);
        if let Some(store) = &self.store {
            store.close();
        }
    }

    /// Ends the threads and releases the store as it is.
    pub(crate) fn release(&self) {
        self.pool.stop();
        if let Some(store) = &self.store {
            store.close();
        }
    }

    /// Ends the threads when the last workspace has ended.
    fn stop_after(self: &Arc<Self>, ends: Vec<Ticket<Answer>>) {
        let waker = Waker::from(Arc::new(LastEnd { registry: Arc::clone(self) }));
        let mut context = Context::from_waker(&waker);
        for mut end in ends {
            // The ticket keeps the waker until it is answered.
            let _ = Pin::new(&mut end).poll(&mut context);
        }
    }
}

/// Held by every workspace that has not ended; the last one drops it, and that ends the threads.
struct LastEnd {
    registry: Arc<Registry>,
}

impl Wake for LastEnd {
    fn wake(self: Arc<Self>) {}
}

impl Drop for LastEnd {
    fn drop(&mut self) {
        // Marked even on a foreign thread: this runs wherever the last ticket is answered, and stopping must not wait there.
        let _worker = WorkerThread::enter();
        self.registry.stop();
    }
}

/// Whether the calling thread may wait for workspaces. On a [worker thread](WorkerThread) it would wait for itself; within a read,
/// for a writer that waits for the read to end.
pub(crate) fn may_wait() -> bool {
    !WorkerThread::is_current() && !reads::is_reading()
}

/// Closes a workspace; the ticket answers when it has ended. `None` if it was closed before.
fn close(sequencer: &Arc<Sequencer>) -> Option<Ticket<Answer>> {
    let (ticket, reply) = ticket(Err(sequencer.closed(Vec::new())));
    sequencer.schedule(sequencer.queue.close(Request::new(Command::Close, reply))?);
    Some(ticket)
}
