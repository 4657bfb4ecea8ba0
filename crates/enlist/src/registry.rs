//! All workspaces of one Enlist by their ids, with the threads that serve them.
//!
//! Nothing of one workspace is reachable through another: they share threads, and otherwise nothing. What always holds: a
//! workspace that is found is open; one that was dropped finishes what it had accepted.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use enlist_model::{Instant, WorkspaceId};

use crate::clock_driver;
use crate::error::Error;
use crate::inbox::ticket::{Ticket, ticket};
use crate::sequencer::dump::Origin;
use crate::sequencer::submit::Answer;
use crate::sequencer::{Command, Sequencer};
use crate::settings::WorkspaceSettings;
use crate::threads::clock::{Alarm, Clock};
use crate::threads::pool::Pool;
use crate::threads::worker_thread::WorkerThread;

/// The workspaces and their threads.
pub(crate) struct Registry {
    workspaces: DashMap<WorkspaceId, Arc<Sequencer>>,
    pool: Pool,
    clock: Arc<dyn Clock>,
    alarm: Alarm,
    is_closed: AtomicBool,
}

impl Registry {
    pub(crate) fn new(pool: Pool, clock: Arc<dyn Clock>, alarm: Alarm) -> Self {
        Registry { workspaces: DashMap::new(), pool, clock, alarm, is_closed: AtomicBool::new(false) }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Makes a workspace of what there is, which is asked for when nothing stands in the way.
    pub(crate) fn create(
        &self,
        id: WorkspaceId,
        settings: WorkspaceSettings,
        origin: impl FnOnce() -> Origin,
    ) -> Result<Arc<Sequencer>, Error> {
        let most = WorkspaceSettings::PARTITIONS_MOST;
        if settings.partitions == 0 || settings.partitions > most {
            return Err(Error::Partitions { found: settings.partitions, most });
        }
        if self.is_closed() {
            return Err(Error::Closed { workspace: id, events: Vec::new() });
        }
        if self.workspaces.contains_key(&id) {
            return Err(Error::WorkspaceExists { workspace: id });
        }
        let origin = origin();
        let (event_count, arrivals) = origin.position();
        let engines = origin.into_engines(settings.partitions)?;
        let (clock, wake) = (Arc::clone(&self.clock), clock_driver::Wake::new(self.alarm.clone()));
        let core = Sequencer::new(id.clone(), settings, clock, self.pool.line(), wake, engines);
        core.note_restored(event_count, arrivals);
        match self.workspaces.entry(id) {
            Entry::Occupied(taken) => Err(Error::WorkspaceExists { workspace: taken.key().clone() }),
            Entry::Vacant(free) => {
                let core = Arc::clone(&free.insert(Arc::new(core)));
                // Closing may have passed by meanwhile.
                if self.is_closed() {
                    self.workspaces.remove(&core.id);
                    return Err(core.closed(Vec::new()));
                }
                Ok(core)
            }
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<Arc<Sequencer>> {
        self.workspaces.get(id).map(|core| Arc::clone(&core))
    }

    /// All ids, in order.
    pub(crate) fn ids(&self) -> Vec<WorkspaceId> {
        let mut ids: Vec<WorkspaceId> = self.workspaces.iter().map(|entry| entry.key().clone()).collect();
        ids.sort_unstable();
        ids
    }

    /// Takes a workspace out; what it accepted is applied, then its subscribers see the end.
    pub(crate) fn drop_workspace(&self, id: &str) -> bool {
        let Some((_, core)) = self.workspaces.remove(id) else { return false };
        let end = close(&core);
        if let Some(end) = end.filter(|_| !WorkerThread::is_current()) {
            let _ = end.wait();
        }
        true
    }

    /// Lets time pass in every workspace whose local date changes up to now. Each does so when its turn comes; the tickets
    /// say when.
    pub(crate) fn advance_due(&self, now: Instant) -> Vec<Ticket<Answer>> {
        let due = self.workspaces.iter().filter(|core| core.next_date_change().is_some_and(|at| at <= now));
        let due: Vec<Arc<Sequencer>> = due.map(|core| Arc::clone(&core)).collect();
        due.iter().filter_map(|core| core.submit_advance(now).ok()).collect()
    }

    /// The same for the driver, which waits for nobody and asks no workspace twice.
    pub(crate) fn drive(&self, now: Instant) {
        for core in &self.workspaces {
            if core.next_date_change().is_some_and(|at| at <= now) {
                core.submit_driven(now);
            }
        }
    }

    /// The next instant, after now, at which some workspace's local date changes.
    pub(crate) fn next_date_change(&self, now: Instant) -> Option<Instant> {
        self.workspaces.iter().filter_map(|core| core.next_date_change()).filter(|at| *at > now).min()
    }

    /// Closes all workspaces, waits until everything accepted is applied, and ends the threads. On [duty](WorkerThread) it waits for
    /// nothing: the threads end when everything accepted is applied.
    pub(crate) fn close(self: &Arc<Self>) {
        if self.is_closed.swap(true, Ordering::AcqRel) {
            return;
        }
        let cores: Vec<Arc<Sequencer>> = self.workspaces.iter().map(|core| Arc::clone(&core)).collect();
        let ends: Vec<_> = cores.iter().filter_map(close).collect();
        if WorkerThread::is_current() {
            return self.stop_after(ends);
        }
        for end in ends {
            let _ = end.wait();
        }
        self.pool.stop();
    }

    /// Ends the threads when the last workspace has ended.
    fn stop_after(self: &Arc<Self>, ends: Vec<Ticket<Answer>>) {
        let waker = Waker::from(Arc::new(LastEnd { registry: Arc::clone(self) }));
        let mut context = Context::from_waker(&waker);
        for mut end in ends {
            // It keeps the waker until it is answered.
            let _ = Pin::new(&mut end).poll(&mut context);
        }
    }
}

/// Held by every workspace that has not ended yet; whichever ends last lets it go, and that ends the threads.
struct LastEnd {
    registry: Arc<Registry>,
}

impl Wake for LastEnd {
    fn wake(self: Arc<Self>) {}
}

impl Drop for LastEnd {
    fn drop(&mut self) {
        // Whoever lets it go is on duty as a rule, and must not wait in any case.
        let _duty = WorkerThread::enter();
        self.registry.pool.stop();
    }
}

/// Closes a workspace; the ticket is answered when all is done. `None` if it was closed before.
fn close(core: &Arc<Sequencer>) -> Option<Ticket<Answer>> {
    let (ticket, reply) = ticket(Err(core.closed(Vec::new())));
    core.follow(core.queue.close(Command::End { reply })?);
    Some(ticket)
}
