//! One workspace behind the front door, and the ways in which events are handed to it and heard of.
//!
//! What always holds: making events is not timed; an event that is refused ends the run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use enlist::{
    Enlist, Event, Overflow, Published, Receipt, SubscribeOptions, Subscription, TestClock, Workspace,
    WorkspaceSettings,
};
use enlist_engine::Engine;

use crate::columns::Change;
use crate::digest::Digest;
use crate::engine::flip_of;
use crate::failure::Failure;
use crate::stopwatch::timed;
use crate::workload::Workload;

/// As long as a subscriber waits before it looks whether all is done.
const GLANCE: Duration = Duration::from_millis(2);

/// A workspace of its own.
pub struct Door {
    /// The workspace.
    pub workspace: Workspace,
    // Its threads live as long as it does.
    _enlist: Enlist,
}

impl Door {
    /// A workspace of so many partitions with everything that an engine holds, a worker a core, and a clock that stands.
    ///
    /// # Errors
    /// [`Failure`] if there are no threads, or the workspace is refused.
    pub fn open(engine: &Engine, partitions: usize) -> Result<Self, Failure> {
        let clock = TestClock::new(Workload::now());
        let enlist = Enlist::builder().clock(clock).build().map_err(Failure::Threads)?;
        let settings = WorkspaceSettings { partitions, ..WorkspaceSettings::default() };
        let workspace = enlist.restore_workspace("bench", settings, engine.dump())?;
        Ok(Door { workspace, _enlist: enlist })
    }

    /// Hands batches in one behind the other as fast as the queue takes them, and says when the last was applied.
    ///
    /// # Errors
    /// [`Failure`] if anything is refused.
    pub fn pour(&self, batches: Vec<Vec<Event>>) -> Result<Duration, Failure> {
        let (poured, time) = timed(|| -> Result<(), Failure> {
            let mut tickets = Vec::with_capacity(batches.len());
            for batch in batches {
                tickets.push(self.workspace.submit(batch)?);
            }
            // When the last is answered, so are all: this thread is woken once.
            tickets.into_iter().rev().try_for_each(|ticket| accepted(ticket.wait()?))
        });
        poured.map(|()| time)
    }

    /// Hands batches in and waits for each before the next is made; says how long they took together.
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

    /// Does something while a subscriber to all segments reads every item; says also what its transitions come to,
    /// events counted from the next one. The workspace waits for the subscriber where it must.
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

/// Everything was applied.
///
/// # Errors
/// [`Failure::FrontDoor`] with the first event that was refused.
pub fn accepted(receipt: Receipt) -> Result<(), Failure> {
    match receipt.refused.into_iter().next() {
        Some(refused) => Err(enlist::Error::Refused(Box::new(refused)).into()),
        None => Ok(()),
    }
}

/// What is published comes to, until all is done and nothing waits.
fn digest_of(subscription: &mut Subscription, before: u64, is_done: &AtomicBool) -> Result<Digest, Failure> {
    let mut digest = Digest::default();
    loop {
        // What was published before all was done is there afterwards.
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
