//! A log: frames in the order in which they were appended, each at a position.
//!
//! [`Log`] is what a store asks of whatever keeps its frames. It does not know what a frame means: frames are bytes here.
//! Invariant: positions have no gaps, and a frame that was answered for stays where it is until it is cut.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::error::Error;

/// The place of a frame in a log. The first frame ever is at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPosition(pub u64);

impl LogPosition {
    /// The position `count` frames later.
    #[must_use]
    pub const fn plus(self, count: usize) -> Self {
        LogPosition(self.0 + count as u64)
    }
}

/// Frames with their positions, in order.
pub type Frames<'a> = Box<dyn Iterator<Item = Result<(LogPosition, Vec<u8>), Error>> + 'a>;

/// Whatever keeps frames in order.
///
/// Not published: two implementations are too few to know its form.
pub trait Log: Send + Sync {
    /// Appends frames behind each other. They are kept together or not at all, and in the order of the calls.
    ///
    /// # Errors
    /// [`Error::TooLarge`], and [`Error::Store`] if an earlier append failed; later failures are the ticket's answer.
    fn append(&self, frames: Vec<Vec<u8>>) -> Result<Ticket, Error>;

    /// Keeps and answers what waits, on the calling thread, if nobody else appends. For a caller that waits anyway: it saves waking
    /// two threads. A log may do nothing.
    fn keep_here(&self) {}

    /// The kept frames from a position on, or from the first that is not cut. Frames that are appended meanwhile are not among them.
    ///
    /// # Errors
    /// [`Error::Store`] or [`Error::Damaged`], here or in place of a frame. Nothing follows an error.
    fn read(&self, from: LogPosition) -> Result<Frames<'_>, Error>;

    /// The position after the last kept frame.
    fn end(&self) -> LogPosition;

    /// Deletes the kept frames before a position. Positions stay as they are.
    ///
    /// # Errors
    /// [`Error::Store`] or [`Error::Damaged`].
    fn cut(&self, before: LogPosition) -> Result<(), Error>;
}

/// The answer to an append: the position of the first of its frames, once they are kept.
pub type Answer = Result<LogPosition, Error>;

/// A claim on the answer to an append.
#[derive(Debug)]
#[must_use = "frames are not kept before the answer"]
pub struct Ticket(Arc<Slot>);

/// The other side of a [`Ticket`].
#[derive(Debug)]
pub(crate) struct Reply(Arc<Slot>);

#[derive(Debug, Default)]
struct Slot {
    state: Mutex<State>,
    answered: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Waiting,
    /// What is called with the answer.
    Called(Box<dyn FnOnce(Answer) + Send>),
    Answered(Answer),
}

/// A ticket and the other side of it.
pub(crate) fn ticket() -> (Ticket, Reply) {
    let slot = Arc::new(Slot::default());
    (Ticket(Arc::clone(&slot)), Reply(slot))
}

impl Ticket {
    /// Waits until the frames are kept.
    ///
    /// # Errors
    /// The error with which they are not kept, or perhaps not.
    pub fn wait(self) -> Answer {
        let mut state = self.0.state.lock();
        loop {
            if let State::Answered(answer) = &*state {
                return answer.clone();
            }
            self.0.answered.wait(&mut state);
        }
    }

    /// Calls `then` with the answer, at once if it is there, otherwise on the thread that gives it. `then` should be short:
    /// other answers wait for it.
    pub fn then(self, then: impl FnOnce(Answer) + Send + 'static) {
        let mut state = self.0.state.lock();
        if let State::Answered(answer) = &*state {
            let answer = answer.clone();
            drop(state);
            return then(answer);
        }
        *state = State::Called(Box::new(then));
    }
}

impl Reply {
    pub(crate) fn answer(self, answer: Answer) {
        let mut state = self.0.state.lock();
        if let State::Called(then) = std::mem::replace(&mut *state, State::Answered(answer.clone())) {
            // Without the lock, because it is code of the caller.
            drop(state);
            return then(answer);
        }
        drop(state);
        self.0.answered.notify_all();
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            State::Waiting => out.write_str("Waiting"),
            State::Called(_) => out.write_str("Called"),
            State::Answered(answer) => out.debug_tuple("Answered").field(answer).finish(),
        }
    }
}
