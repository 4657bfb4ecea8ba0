//! One workspace behind the front door, and the ways in which events are submitted and their changes received.
//!
//! Invariant: making events is not timed; a refused event ends the run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use enlist::{
    Enlist, Event, Overflow, Published, Receipt, SubscribeOptions, Subscription, TestClock, Workspace,
    WorkspaceSettings,
};
use enlist_engine::Engine;

use crate::digest::Digest;
use crate::failure::Failure;
use crate::lanes::engine::flip_of;
use crate::stopwatch::timed;
use crate::workload::Workload;
use crate::workload::columns::Change;

/// How long a subscriber waits before it checks whether the work is done.
const GLANCE: Duration = Duration::from_millis(2);

/// One workspace.
pub struct Door {
    /// The workspace.
    pub workspace: Workspace,
    // Keeps its threads running.
    _enlist: Enlist,
}

impl Door {
    /// A workspace of this many partitions with everything that an engine holds, one worker for each core, and a
    /// clock that stands still.
    ///
    /// # Errors
    /// [`Failure`] if there are no threads, or the workspace is refused.
    pub fn open(engine: &Engine, partitions: usize) -> Result<Self, Failure> {
        let clock = TestClock::new(Workload::now());
        let enlist = Enlist::builder().clock(clock).build().map_err(Failure::Threads)?;
        let settings = WorkspaceSettings::default().with_partitions(partitions);
        let workspace = enlist.restore_workspace("bench", settings, engine.dump())?;
        Ok(Door { workspace, _enlist: enlist })
    }

    /// Submits batches as fast as the queue accepts them; returns the time until the last was applied.
    ///
    /// # Errors
    /// [`Failure`] if anything is refused.
    pub fn pour(&self, batches: Vec<Vec<Event>>) -> Result<Duration, Failure> {
        let (poured, time) = timed(|| -> Result<(), Failure> {
            let mut tickets = Vec::with_capacity(batches.len());
            for batch in batches {
                tickets.push(self.workspace.submit(batch)?);
            }
            // When the last is answered, all are. So this thread is woken only once.
            tickets.into_iter().rev().try_for_each(|ticket| accepted(ticket.wait()?))
        });
        poured.map(|()| time)
    }

    /// Applies batches one by one, each made after the one before is applied; returns their total time.
    ///
    /// # Errors
    /// [`Failure`] if anything is refused.
    pub fn take(&self, workload: &Workload, changes: &[Change], batch: usize) -> Result<Duration, Failure> {
        let mut time = Duration::ZERO;
        for changes in changes.chunks(batch) {
            let events: Vec<Event> = changes.iter().map(|change| workload.event(change)).collect();
            let (receipt, applying) = timed(|| self.workspace.apply(events));
            accepted(receipt?)?;
            time += applying;
        }
        Ok(time)
    }

    /// Does something while a subscriber to all segments reads every item. Also returns the digest of its
    /// transitions, with events counted from the next one. The workspace waits for the subscriber if it is full.
    ///
    /// # Errors
    /// [`Failure`] if the work fails, or something is published that the workload did not create.
    pub fn heard<T>(&self, work: impl FnOnce() -> Result<T, Failure>) -> Result<(T, Digest), Failure> {
        let before = self.workspace.read(|view| view.event_count());
        let options = SubscribeOptions::all().overflow(Overflow::Block);
        let mut subscription = self.workspace.subscribe(options);
        let is_done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let heard = scope.spawn(|| digest_of(&mut subscription, before, &is_done));
            let worked = work();
            is_done.store(true, Ordering::Release);
            let digest = heard.join().map_err(|_| Failure::Reader)?;
            Ok((worked?, digest?))
        })
    }
}

/// Events of changes, in batches.
pub fn batches(workload: &Workload, changes: &[Change], batch: usize) -> Vec<Vec<Event>> {
    let events = |changes: &[Change]| changes.iter().map(|change| workload.event(change)).collect();
    changes.chunks(batch).map(events).collect()
}

/// Checks that everything was applied.
///
/// # Errors
/// [`Failure::FrontDoor`] with the first event that was refused.
pub fn accepted(receipt: Receipt) -> Result<(), Failure> {
    match receipt.refused.into_iter().next() {
        Some(refused) => Err(enlist::Error::Refused(Box::new(refused)).into()),
        None => Ok(()),
    }
}

/// The digest of what is published, until the work is done and nothing waits.
fn digest_of(subscription: &mut Subscription, before: u64, is_done: &AtomicBool) -> Result<Digest, Failure> {
    let mut digest = Digest::default();
    loop {
        // Everything published before the work was done is available now.
        let was_done = is_done.load(Ordering::Acquire);
        match subscription.next_within(GLANCE) {
            Some(Published::Transition(transition)) => {
                digest.add(flip_of(&transition.to_transition(), before)?);
            }
            Some(other) => return Err(Failure::Unknown { found: format!("{other:?}") }),
            None if was_done => return Ok(digest),
            None => {}
        }
    }
}
