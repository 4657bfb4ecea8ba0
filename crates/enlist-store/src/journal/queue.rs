//! Frames on their way into the table, and how far they are.
//!
//! Invariant: `start ≤ synced ≤ kept ≤ next`; frames are answered in the order of their positions.

use std::thread::ThreadId;

use super::buffer::Buffer;
use super::table;
use crate::error::Error;
use crate::log::{LogPosition, Reply, Ticket, ticket};

/// Frames on their way.
#[derive(Debug)]
pub(super) struct Queue {
    /// What the next commit answers.
    pub(super) waiting: Vec<Appended>,
    /// How many appends with frames a commit has still to answer.
    pub(super) unanswered: usize,
    /// What is answered already; `None` if everything is synced before its answer.
    pub(super) buffer: Option<Buffer>,
    /// The position of the next frame that is appended.
    pub(super) next: LogPosition,
    /// The position of the first frame that is not cut.
    pub(super) start: LogPosition,
    /// The position after the last kept frame.
    pub(super) kept: LogPosition,
    /// The position after the last frame in the table.
    pub(super) synced: LogPosition,
    /// How many bytes the frames take that are kept and not cut.
    pub(super) bytes: u64,
    pub(super) failure: Option<Error>,
    /// How many appends the last commit answered.
    pub(super) last_group: usize,
    /// Who commits and answers now.
    pub(super) commits: Option<ThreadId>,
    pub(super) closes: bool,
}

/// One append that waits.
#[derive(Debug)]
pub(super) struct Appended {
    pub(super) first: LogPosition,
    /// The stored values.
    pub(super) values: Vec<Vec<u8>>,
    pub(super) reply: Reply,
}

/// Whether the thread that commits must be roused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rouse {
    Needed,
    Unneeded,
}

impl Queue {
    /// Fails if an earlier write has failed.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.failure.clone().map_or(Ok(()), Err)
    }

    /// Takes frames. They are answered at once if they are buffered, otherwise by the next commit.
    pub(super) fn append(&mut self, frames: &[Vec<u8>]) -> (Ticket, Rouse) {
        let first = self.next;
        let values: Vec<_> =
            frames.iter().enumerate().map(|(at, frame)| table::value(first.plus(at), frame)).collect();
        self.next = first.plus(values.len());
        let (ticket, reply) = ticket();
        let appended = Appended { first, values, reply };
        // No frame is answered before one that waits for a commit.
        let buffer = self.buffer.as_mut().filter(|buffer| self.unanswered == 0 && !buffer.is_full());
        let Some(buffer) = buffer else {
            self.unanswered += appended.counted();
            self.waiting.push(appended);
            return (ticket, Rouse::Needed);
        };
        let Appended { first, values, reply } = appended;
        let bytes = values.iter().map(|value| value.len() as u64).sum::<u64>();
        let was_empty = buffer.is_empty();
        if values.is_empty() {
            reply.answer(Ok(first));
            return (ticket, Rouse::Unneeded);
        }
        if let Err(error) = buffer.append(first, values) {
            self.failure.get_or_insert_with(|| error.clone());
            reply.answer(Err(error));
            return (ticket, Rouse::Unneeded);
        }
        self.kept = self.next;
        self.bytes += bytes;
        reply.answer(Ok(first));
        // The thread waits for the first frame, and then for the time of the sync unless there is much.
        (ticket, if was_empty || buffer.is_long() { Rouse::Needed } else { Rouse::Unneeded })
    }

    /// Whether something is answered, or may be, before it is synced.
    pub(super) fn has_unsynced(&self) -> bool {
        self.buffer.is_some() && self.synced < self.next
    }

    /// Asks for a commit of everything that was appended.
    pub(super) fn ask_for_sync(&mut self) -> Ticket {
        let (ticket, reply) = ticket();
        self.waiting.push(Appended { first: self.next, values: Vec::new(), reply });
        ticket
    }

    /// Whether there is something to commit or to answer. After a failure nothing is committed.
    pub(super) fn has_work(&self) -> bool {
        let has_buffered = self.buffer.as_ref().is_some_and(|buffer| !buffer.is_empty());
        !self.waiting.is_empty() || (has_buffered && self.failure.is_none())
    }

    /// Whether a commit must not wait until the next sync is due.
    pub(super) fn is_pressing(&self) -> bool {
        self.closes || !self.waiting.is_empty() || self.buffer.as_ref().is_some_and(Buffer::is_long)
    }
}

impl Appended {
    /// The position after its last frame.
    pub(super) fn end(&self) -> LogPosition {
        self.first.plus(self.values.len())
    }

    /// How much it counts among those that a commit has to answer.
    pub(super) fn counted(&self) -> usize {
        // What only asks for a sync has no frame whose answer could come too late.
        usize::from(!self.values.is_empty())
    }
}
