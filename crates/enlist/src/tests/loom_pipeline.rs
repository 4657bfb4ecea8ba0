//! The pipeline of a durable workspace beside its journal, a checkpoint and the end, under every interleaving of threads.
//!
//! The queue, the pipeline and the tickets are the real ones. The journal is a number: how many frames it has kept. Run as the tests
//! in `loom`.

use std::sync::Arc as PlainArc;

use enlist_model::Instant;
use enlist_store::{LogPosition, MemoryLog, WorkspaceNumber};
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

use crate::error::Error;
use crate::inbox::command::Answer;
use crate::inbox::queue::{Next, Queue};
use crate::inbox::ticket::{Reply, Ticket, ticket};
use crate::revision::{Incarnation, Revision};
use crate::sequencer::formed::{Content, FormedFrame, Readings};
use crate::sequencer::pipeline::{Pipeline, Replies, Stage, Staged};

/// What is asked of the workspace.
enum Request {
    Frame(Reply<Answer>),
    Close(Reply<Answer>),
}

/// A workspace of a store.
struct Durable {
    queue: Queue<Request>,
    pipeline: Pipeline,
    /// How many frames were executed: the state, under its lock.
    executed: Mutex<u64>,
    /// How many frames were given to the journal, and how many it has kept.
    appended: AtomicU64,
    kept: AtomicU64,
    is_ended: AtomicU64,
}

fn closed() -> Answer {
    Err(Error::Closed { workspace: enlist_model::WorkspaceId::new("w").unwrap(), events: Vec::new() })
}

impl Durable {
    fn new() -> Arc<Self> {
        let log = PlainArc::new(MemoryLog::default());
        Arc::new(Durable {
            queue: Queue::new(10),
            pipeline: Pipeline::new(log, WorkspaceNumber(0), LogPosition(0)),
            executed: Mutex::new(0),
            appended: AtomicU64::new(0),
            kept: AtomicU64::new(0),
            is_ended: AtomicU64::new(0),
        })
    }

    fn frame(reply: Reply<Answer>) -> Stage {
        let formed = FormedFrame {
            revision: Revision::new(Incarnation::from_bits(1), 1),
            first_creation: 0,
            readings: Readings { clock: Instant::MAX, bytes: 0 },
            anchor: None,
            source: None,
            outcome: None,
            events: PlainArc::default(),
            content: Content::Advance { to: Instant::MAX },
        };
        Stage::Frame(Staged { formed, scans: Vec::new(), replies: Replies::One(reply) })
    }

    /// As a sequencer passes a request on: what the journal has must be found in the pipeline.
    fn pass(&self, request: Request) {
        match request {
            Request::Frame(reply) => {
                self.pipeline.enter(Self::frame(reply));
                self.appended.fetch_add(1, Ordering::SeqCst);
            }
            Request::Close(reply) => self.pipeline.enter(Stage::Close(reply)),
        }
    }

    fn end_stage(&self, stage: Stage, kept: Result<Option<LogPosition>, Error>) {
        match stage {
            Stage::Frame(Staged { replies, .. }) => {
                let at = kept.unwrap().unwrap();
                let mut executed = self.executed.lock().unwrap();
                assert_eq!(*executed, at.0, "frames are executed in order");
                *executed += 1;
                self.pipeline.note_executed(at);
                drop(executed);
                let Replies::One(reply) = replies else { unreachable!() };
                reply.send(closed());
            }
            Stage::Close(reply) => {
                self.is_ended.fetch_add(1, Ordering::SeqCst);
                reply.send(closed());
            }
        }
    }

    /// Serves as a worker does, as often as it must.
    fn follow(&self, mut next: Next) {
        while next == Next::Schedule {
            self.queue.begin_turn();
            loop {
                if let Some((stage, kept)) = self.pipeline.leave() {
                    self.end_stage(stage, kept);
                } else if let Some(request) = self.queue.pop() {
                    self.pass(request);
                } else {
                    break;
                }
            }
            next = if self.pipeline.has_kept() { Next::Schedule } else { self.queue.end_turn() };
        }
    }

    /// As a sequencer notes the journal's answer.
    fn note_kept(&self, at: u64) {
        self.pipeline.note(Ok(LogPosition(at)));
        let next = self.queue.rouse();
        if next == Next::Schedule && !self.pipeline.hand_over() {
            self.follow(next);
        }
    }

    /// What the journal's thread does for some frames.
    fn keep(&self, frames: u64) {
        for at in 0..frames {
            while self.appended.load(Ordering::SeqCst) == at {
                thread::yield_now();
            }
            self.kept.store(at + 1, Ordering::SeqCst);
            self.note_kept(at);
        }
    }

    /// What a checkpoint does: the position first, then a snapshot. No frame that is cut may be missing in the snapshot.
    fn check_cut(&self) {
        let position = self.kept.load(Ordering::SeqCst);
        let executed = self.executed.lock().unwrap();
        let needed_from = self.pipeline.needed_from().map_or(position, |needed| needed.0);
        let cut = position.min(needed_from);
        assert!(cut <= *executed, "frames before {cut} are cut, and {} are executed", *executed);
        assert_eq!(self.pipeline.through().0, *executed);
    }

    fn push(&self) -> Ticket<Answer> {
        let (ticket, reply) = ticket(closed());
        self.follow(self.queue.push(Request::Frame(reply), 1).unwrap_or(Next::Nothing));
        ticket
    }

    fn close(&self) -> Ticket<Answer> {
        let (ticket, reply) = ticket(closed());
        self.follow(self.queue.close(Request::Close(reply)).unwrap_or(Next::Nothing));
        ticket
    }
}

fn beside<T: 'static>(
    durable: &Arc<Durable>,
    work: impl FnOnce(&Durable) -> T + 'static,
) -> thread::JoinHandle<T> {
    let durable = Arc::clone(durable);
    thread::spawn(move || work(&durable))
}

#[test]
fn loom_no_frame_is_cut_that_is_kept_and_not_executed() {
    loom::model(|| {
        let durable = Durable::new();
        let journal = beside(&durable, |durable| durable.keep(1));
        let checkpoint = beside(&durable, Durable::check_cut);
        let _ = durable.push().wait();
        checkpoint.join().unwrap();
        journal.join().unwrap();
        durable.check_cut();
        assert_eq!(*durable.executed.lock().unwrap(), 1);
    });
}

#[test]
fn loom_a_workspace_that_ends_while_a_frame_is_kept_executes_it_and_then_ends() {
    loom::model(|| {
        let durable = Durable::new();
        let journal = beside(&durable, |durable| durable.keep(1));
        let ticket = durable.push();
        // The last handle is dropped: it closes, and waits for the end.
        let _ = durable.close().wait();
        assert_eq!(durable.is_ended.load(Ordering::SeqCst), 1);
        assert_eq!(*durable.executed.lock().unwrap(), 1, "it ends after what it accepted");
        let _ = ticket.wait();
        journal.join().unwrap();
    });
}

#[test]
fn loom_handles_dropped_by_two_threads_end_a_workspace_once() {
    loom::model(|| {
        let durable = Durable::new();
        let journal = beside(&durable, |durable| durable.keep(1));
        let ticket = durable.push();
        let other = beside(&durable, |durable| drop(durable.close()));
        let end = durable.close();
        other.join().unwrap();
        let _ = ticket.wait();
        journal.join().unwrap();
        // The one that came second has no end to wait for.
        drop(end);
        assert_eq!(durable.is_ended.load(Ordering::SeqCst), 1);
        assert_eq!((*durable.executed.lock().unwrap(), durable.queue.depth()), (1, (0, 0)));
    });
}

#[test]
fn loom_a_frame_is_executed_by_the_caller_that_looked_for_it_or_by_who_kept_it() {
    loom::model(|| {
        let durable = Durable::new();
        let journal = beside(&durable, |durable| durable.keep(1));
        let ticket = durable.push();
        // The journal's thread keeps it before, meanwhile or afterwards.
        assert!(durable.pipeline.begin_here());
        if durable.pipeline.end_here() {
            durable.follow(Next::Schedule);
        }
        let _ = ticket.wait();
        journal.join().unwrap();
        assert_eq!((*durable.executed.lock().unwrap(), durable.queue.depth()), (1, (0, 0)));
    });
}
