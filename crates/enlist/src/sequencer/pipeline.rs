//! The pipeline of a durable workspace: frames that are formed and on their way to the journal, and not executed yet.
//!
//! Forming, keeping and executing overlap: while a frame is synced, the next is formed and the one before is executed. No thread
//! waits for the disk. It does not know how a frame is executed. Invariant: frames leave in the order in which they entered, and
//! only after the journal has answered for them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use enlist_engine::RuleScan;
use enlist_store::{Error as StoreError, Frame, FrameBody, Log, LogPosition, Ticket, WorkspaceNumber};

use crate::error::Error;
use crate::inbox::coalesce::CoalescedBatches;
use crate::inbox::command::Answer;
use crate::inbox::ticket::Reply;
use crate::sequencer::formed::FormedFrame;
use crate::threads::sync::{AtomicU64, Mutex};
use crate::threads::worker_thread::WorkerThread;

/// How many events may be on their way at once. One frame may have more.
const EVENTS_MOST: usize = 32_768;
/// How many frames may be on their way at once.
pub(super) const FRAMES_MOST: usize = 256;

/// The frames of a workspace that are on their way.
pub(crate) struct Pipeline {
    pub(super) log: Arc<dyn Log>,
    /// The workspace in its store.
    pub(crate) number: WorkspaceNumber,
    /// Only the thread that serves the workspace adds and removes.
    waiting: Mutex<VecDeque<Stage>>,
    /// Whether a caller serves the workspace when its frame is kept.
    here: Mutex<Here>,
    /// The journal's answers, in the order of the frames.
    answers: Mutex<VecDeque<enlist_store::Answer>>,
    /// The position after the last frame that left.
    through: AtomicU64,
}

/// What is known of a caller that keeps its frame on its own thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Here {
    /// There is none.
    #[default]
    Nobody,
    /// It looks when it has kept what waits.
    Keeping,
    /// It must serve the workspace then.
    Scheduled,
}

/// What goes through the pipeline.
pub(crate) enum Stage {
    Frame(Staged),
    /// The end of the workspace, after the frames before it.
    Close(Reply<Answer>),
}

/// A frame, and who waits for it.
pub(crate) struct Staged {
    pub(crate) formed: FormedFrame,
    pub(crate) scans: Vec<Option<RuleScan>>,
    pub(crate) replies: Replies,
}

/// Who receives a frame's answer.
pub(crate) enum Replies {
    One(Reply<Answer>),
    Batches(CoalescedBatches),
}

/// Keeps a frame in a log, and waits for that; returns the position after it.
pub(crate) fn keep(log: &dyn Log, workspace: WorkspaceNumber, body: FrameBody) -> Result<LogPosition, Error> {
    Ok(append(log, workspace, body)?.wait()?.plus(1))
}

/// Appends a frame to a log.
fn append(log: &dyn Log, workspace: WorkspaceNumber, body: FrameBody) -> Result<Ticket, StoreError> {
    log.append(vec![Frame { workspace, body }.encode()?])
}

impl Replies {
    pub(super) fn answer(self, answer: Answer) {
        match self {
            Replies::One(reply) => reply.send(answer),
            Replies::Batches(batches) => batches.answer(answer),
        }
    }
}

impl Pipeline {
    pub(crate) fn new(log: Arc<dyn Log>, number: WorkspaceNumber, through: LogPosition) -> Self {
        Pipeline {
            log,
            number,
            waiting: Mutex::default(),
            here: Mutex::default(),
            answers: Mutex::default(),
            through: AtomicU64::new(through.0),
        }
    }

    /// The position after the last frame that was executed. Read it while the state is locked.
    pub(crate) fn through(&self) -> LogPosition {
        LogPosition(self.through.load(Ordering::Acquire))
    }

    /// The position from which on the journal is needed, because a frame is on its way and may be kept already; `None` if none is.
    /// Read it while the state is locked.
    pub(crate) fn needed_from(&self) -> Option<LogPosition> {
        // Both: a frame that is being executed has left the one and is still in the other.
        let waits = self.waiting.lock().iter().any(|stage| matches!(stage, Stage::Frame(_)));
        (waits || self.has_kept()).then(|| self.through())
    }

    /// Whether a frame may leave.
    pub(crate) fn has_kept(&self) -> bool {
        !self.answers.lock().is_empty()
    }

    /// Notes that the frame at a position was executed, while the state is locked.
    pub(crate) fn note_executed(&self, at: LogPosition) {
        self.answers.lock().pop_front();
        self.through.store(at.plus(1).0, Ordering::Release);
    }

    /// Notes that frames before a position are never executed. Nobody has the workspace yet.
    pub(crate) fn pass_over(&self, before: LogPosition) {
        self.through.store(before.0, Ordering::Release);
    }

    /// Calls `look` with the frame that entered last, if one is on its way.
    pub(super) fn last<T>(&self, look: impl FnOnce(&FormedFrame) -> T) -> Option<T> {
        let waiting = self.waiting.lock();
        let last = waiting.iter().rev().find_map(|stage| match stage {
            Stage::Frame(staged) => Some(&staged.formed),
            Stage::Close(_) => None,
        });
        last.map(look)
    }

    pub(crate) fn enter(&self, stage: Stage) {
        self.waiting.lock().push_back(stage);
    }

    /// Whether nothing more may enter now.
    pub(crate) fn is_full(&self) -> bool {
        let waiting = self.waiting.lock();
        let events = waiting.iter().map(|stage| match stage {
            Stage::Frame(staged) => staged.formed.events.len(),
            Stage::Close(_) => 0,
        });
        waiting.len() >= FRAMES_MOST || events.sum::<usize>() >= EVENTS_MOST
    }

    /// Notes the journal's answer for the next frame.
    pub(crate) fn note(&self, answer: enlist_store::Answer) {
        self.answers.lock().push_back(answer);
    }

    /// Keeps on the calling thread what waits for the journal, unless somebody else does. Returns whether the caller must serve the
    /// workspace now.
    pub(crate) fn keep_here(&self) -> bool {
        // One caller at a time; another one is answered as if it had not asked.
        if !self.begin_here() {
            return false;
        }
        {
            // What is answered may run code of a host that must not wait for the journal.
            let _worker = WorkerThread::enter();
            self.log.keep_here();
        }
        self.end_here()
    }

    pub(crate) fn begin_here(&self) -> bool {
        let mut here = self.here.lock();
        let is_free = *here == Here::Nobody;
        if is_free {
            *here = Here::Keeping;
        }
        is_free
    }

    pub(crate) fn end_here(&self) -> bool {
        std::mem::take(&mut *self.here.lock()) == Here::Scheduled
    }

    /// Leaves it to a caller that keeps its frame to serve the workspace. Returns whether there is one.
    pub(crate) fn hand_over(&self) -> bool {
        let mut here = self.here.lock();
        let is_there = *here == Here::Keeping;
        if is_there {
            *here = Here::Scheduled;
        }
        is_there
    }

    /// The next that may leave, and for a frame where it was kept.
    pub(crate) fn leave(&self) -> Option<(Stage, Result<Option<LogPosition>, Error>)> {
        let mut waiting = self.waiting.lock();
        match waiting.front()? {
            Stage::Close(_) => Some((waiting.pop_front()?, Ok(None))),
            Stage::Frame(_) => {
                let mut answers = self.answers.lock();
                let answer = answers.front()?.clone();
                if answer.is_err() {
                    answers.pop_front();
                }
                // An answer stays until its frame is executed: until then the frame must not be cut.
                Some((waiting.pop_front()?, answer.map(Some).map_err(Error::from)))
            }
        }
    }

    /// Appends a frame that is not executed.
    pub(super) fn append(&self, body: FrameBody) -> Result<Ticket, StoreError> {
        append(&*self.log, self.number, body)
    }

    /// Keeps a frame that is not executed, and waits for that.
    pub(super) fn keep(&self, body: FrameBody) -> Result<(), Error> {
        keep(&*self.log, self.number, body).map(|_| ())
    }

    /// Takes back what entered last, because the journal did not take it.
    pub(super) fn take_back(&self) -> Option<Stage> {
        self.waiting.lock().pop_back()
    }

    /// Drops everything. Callers that wait are answered that the workspace is closed.
    pub(super) fn abandon(&self) {
        self.waiting.lock().clear();
    }
}
